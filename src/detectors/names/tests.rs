//! Names in sentences: the shapes, the surroundings, and two sets of sentences with the names in them.

use super::table::Entry;
use super::*;

/// Finds as the engine does: asks at each token start, and goes on behind a finding.
fn find(names: &Names, text: &str) -> Vec<(String, Confidence)> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    let mut found = Vec::new();
    let mut next = 0;
    for start in 0..bytes.len() {
        let begins = is_word(bytes[start]) && (start == 0 || !is_word(bytes[start - 1]));
        if start < next || !begins || !names.may_begin(head(&bytes[start..])) {
            continue;
        }
        if let Some(name) = names.at(bytes, start, 0..bytes.len()).filter(|name| name.confidence >= Confidence::Medium)
        {
            found.push((String::from_utf8_lossy(&bytes[name.start..name.end]).into_owned(), name.confidence));
            next = name.end;
        }
    }
    found
}

fn head(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(head)
}

/// Right, wrong and missed names of a set: a line is the names (`-` for none), a tab, and the sentence.
fn judge(set: &str) -> (f64, f64) {
    let names = Names::new();
    let (mut right, mut wrong, mut missed) = (0.0, 0.0, 0.0);
    for line in set.lines() {
        let (wanted, sentence) = line.split_once('\t').unwrap();
        let found = find(&names, sentence);
        let is_wanted = |name: &str| name == wanted;
        right += found.iter().filter(|(name, _)| is_wanted(name)).count().min(1) as f64;
        wrong += found.iter().filter(|(name, _)| !is_wanted(name)).count() as f64;
        missed += f64::from(u8::from(wanted != "-" && !found.iter().any(|(name, _)| is_wanted(name))));
    }
    let (precision, recall) = (right / (right + wrong), right / (right + missed));
    println!("precision {precision:.3} recall {recall:.3} F1 {:.3}", 2.0 * precision * recall / (precision + recall));
    (precision, 2.0 * precision * recall / (precision + recall))
}

#[test]
fn sentences_are_told_apart() {
    for set in [include_str!("tuning.tsv"), include_str!("judging.tsv")] {
        assert!(set.lines().count() >= 150);
        let (precision, f1) = judge(set);
        assert!(precision >= 0.95 && f1 >= 0.85, "precision {precision:.3}, F1 {f1:.3}");
    }
}

#[test]
fn a_label_makes_it_sure_and_credits_take_it_back() {
    let names = Names::new();
    assert_eq!(find(&names, "Patient: Maria Garcia"), [("Maria Garcia".to_owned(), Confidence::High)]);
    assert_eq!(find(&names, "Maria Garcia"), []);
    assert_eq!(find(&names, "Copyright 2001 Maria Garcia, developer"), []);
    assert_eq!(find(&names, "refill for Maria Garcia tomorrow"), [("Maria Garcia".to_owned(), Confidence::Medium)]);
    // Alone, a pair is told to the caller as weak.
    let found = names.at(b"Maria Garcia", 0, 0..12).unwrap();
    assert_eq!((found.end, found.confidence, found.reason), (12, Confidence::Low, NameReason::Lists));
}

#[test]
fn a_bare_name_is_told_as_weak_in_many_forms() {
    let names = Names::new();
    let weak = |text: &str, start: usize| {
        let found = names.at(text.as_bytes(), start, 0..text.len())?;
        (found.confidence == Confidence::Low).then(|| text[found.start..found.end].to_owned())
    };
    for (text, start, wanted) in [
        ("Jennifer [10:03]: which card?", 0, "Jennifer"),
        ("Hi Jennifer can you call us", 3, "Jennifer"),
        ("Jennifer", 0, "Jennifer"),
        ("{\"name\":\"Jennifer Garcia\",", 9, "Jennifer Garcia"),
        ("<name>Jennifer Garcia</name>", 6, "Jennifer Garcia"),
        ("('Garcia', 'Jennifer', 3)", 12, "Jennifer"),
        ("reported to Q. Garcia at noon", 15, "Q. Garcia"),
        ("routed to Xqztia Garcia.", 17, "Xqztia Garcia"),
    ] {
        assert_eq!(weak(text, start).as_deref(), Some(wanted), "{text}");
    }
    let none = |text: &str, start: usize| names.at(text.as_bytes(), start, 0..text.len()).is_none();
    assert!(none("2018 Jennifer Garcia", 5) && none("Ben Hur, VA 24218", 0) && none("Jennifer", 4));
    assert!(none("patch written by Jennifer Garcia", 17) && none("the \"Jennifer Garcia's", 5));
    let listed = b"Contributors:\nJennifer Garcia";
    assert_eq!(names.at(listed, 14, 14..29), None);
    let message = b"NM1*IL*1*GARCIA*JENNIFER****MI";
    let found = names.at(message, 9, 0..message.len()).unwrap();
    assert_eq!((found.end, found.confidence), (15, Confidence::Medium));
}

#[test]
fn a_listed_name_beside_an_unknown_word_is_as_sure_as_its_record() {
    let names = Names::new();
    let weak = |text: &str| {
        let found = names.at(text.as_bytes(), text.find(|first: char| first.is_uppercase()).unwrap(), 0..text.len());
        found.map(|name| (text[name.start..name.end].to_owned(), name.confidence))
    };
    for name in ["Wilhelmina Qorvane", "Jaroslaw Szczepaniuk"] {
        assert_eq!(weak(&format!("we saw {name} there")), Some((name.to_owned(), Confidence::Low)), "{name}");
    }
    for text in
        ["the Grp Nbr: 47137", "a white Toyota Camry was parked", "we saw Wilhelmina Table there", "a Qorvane Zzyl"]
    {
        assert_eq!(weak(text), None, "{text}");
    }
}

#[test]
fn letters_with_marks_and_tones_are_those_of_the_lists() {
    let names = Names::new();
    for (written, listed) in [
        ("Świątek", "Swiatek"),
        ("Łukasz", "Lukasz"),
        ("Nguyễn", "Nguyen"),
        ("Phạm", "Pham"),
        ("Đặng", "Dang"),
        ("Núñez", "Nunez"),
    ] {
        let entry = names.table.entry(written.as_bytes());
        assert!(!entry.is_nothing() && entry == names.table.entry(listed.as_bytes()), "{written}");
    }
}

#[test]
fn a_greeting_a_role_and_a_degree_say_that_it_is_a_name() {
    let names = Names::new();
    let medium = |name: &str| vec![(name.to_owned(), Confidence::Medium)];
    for (text, name) in [
        ("Hi Jennifer, call us", "Jennifer"),
        ("Surgeon: Maria Garcia", "Maria Garcia"),
        ("Traveler name: Maria Garcia", "Maria Garcia"),
        ("My name is Maria Garcia", "Maria Garcia"),
        ("This is Maria Garcia calling", "Maria Garcia"),
        ("checked by Maria Garcia, RN", "Maria Garcia"),
    ] {
        let found = find(&names, text);
        assert!(found == medium(name) || found == [(name.to_owned(), Confidence::High)], "{text}: {found:?}");
    }
    for text in ["From: Maria Garcia", "the name is Maria Garcia", "package name is Maria Garcia"] {
        assert_eq!(find(&names, text), [], "{text}");
    }
}

#[test]
fn the_value_is_the_border() {
    let names = Names::new();
    let bytes = b"Patient: Maria Garcia";
    assert_eq!(names.at(bytes, 9, 9..21).unwrap().confidence, Confidence::Low);
    assert_eq!(names.at(bytes, 9, 0..21).unwrap().confidence, Confidence::High);
    assert_eq!(names.at(bytes, 9, 0..16), None);
}

#[test]
fn names_that_no_list_has_are_told_by_what_stands_around_them() {
    let names = Names::new();
    for (text, name) in [
        ("Dear Liisa Pyysalo,", "Liisa Pyysalo"),
        ("Mr. Dolgorukova called back", "Dolgorukova"),
        ("Hi Siiri, your visit is tomorrow", "Siiri"),
        ("My name is Siiri and I have a fever", "Siiri"),
        ("Wife Siiri Pyysalo at bedside", "Siiri Pyysalo"),
        ("Siiri Pyysalo was seen in clinic", "Siiri Pyysalo"),
        ("I reviewed the chart of Siiri Pyysalo with the resident", "Siiri Pyysalo"),
        ("Jennifer Pyysalo tested positive for influenza", "Jennifer Pyysalo"),
    ] {
        let found: Vec<_> = find(&names, text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, [name], "{text}");
    }
    for text in [
        "Dear Valued Member,",
        "Hi Team, the build is green",
        "Patient Window Cleaner was seen in clinic",
        "Siiri Pyysalo",
        "INSERT INTO patient (FName, LName) VALUES",
        "Provider Portal Login was tested",
    ] {
        assert_eq!(find(&names, text), [], "{text}");
    }
}

#[test]
fn lists_forms_and_neighbours_say_that_it_is_a_name() {
    let names = Names::new();
    for (text, wanted) in [
        (
            "Present: Maria Garcia (chair), Luis Ortega and Jennifer Okafor",
            &["Maria Garcia", "Luis Ortega", "Jennifer Okafor"][..],
        ),
        ("Recipient......Maria Garcia (4471920)", &["Maria Garcia"]),
        ("|PCP|Maria Garcia|", &["Maria Garcia"]),
        ("RN Maria Garcia gave report", &["Maria Garcia"]),
        ("Maria Garcia (617) 555-0188", &["Maria Garcia"]),
        ("Baby boy Okafor, admitted to the nursery", &["Okafor"]),
        ("Jennifer's mother called about the fever", &["Jennifer"]),
        ("electronically signed by Maria Garcia, RN", &["Maria Garcia"]),
        ("On May 3, Maria Garcia <m.garcia@lakeside.org> wrote:", &["Maria Garcia"]),
    ] {
        let found: Vec<_> = find(&names, text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn the_table_is_whole_and_every_usual_name_passes_the_filter() {
    let table = Table::open();
    assert_eq!(table.entry(b"Smith"), Entry { given: table.entry(b"SMITH").given, family: 13, ..Entry::default() });
    assert_eq!(table.entry("Jos\u{e9}".as_bytes()), table.entry(b"JOSE"));
    assert!(table.entry(b"Grace").word && table.entry(b"Houston").place && table.entry(b"Xqzt").is_nothing());
    for name in
        ["Maria ", "Christopher", "O'Brien ", "SMITH, J", "\u{c9}mile X", "Ana\u{ef}s B", "Li Wei--", "Robert J"]
    {
        assert!(table::may_begin(head(name.as_bytes())), "{name}");
    }
    // Neither a name nor a word.
    assert!(table::may_begin(head(b"Pyysalo ")) && table.entry(b"Pyysalo").may_be_rare());
    assert!(table.entry(b"Window").word && table.entry(b"Window").is_nothing());
    for other in ["maria g", "Window x", "INFO main", "12345678", "        ", ""] {
        assert!(!table::may_begin(head(other.as_bytes())), "{other}");
    }
}

#[test]
fn no_bytes_make_it_fail() {
    let names = Names::new();
    let mut state = 5_u32;
    let words = [
        &b"Maria"[..],
        b"Garcia",
        b" ",
        b",",
        b"'",
        b"-",
        b".",
        b":",
        b"\xc3",
        b"\x80",
        b"(",
        b"de",
        b"12",
        b"Mr",
        b"<",
    ];
    for _ in 0..20_000 {
        let mut bytes = Vec::new();
        for _ in 0..12 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.extend_from_slice(words[(state >> 16) as usize % words.len()]);
        }
        for start in 0..bytes.len() {
            if let Some(found) = names.at(&bytes, start, 0..bytes.len()) {
                assert!(found.end > start && found.end <= bytes.len());
            }
        }
    }
    assert_eq!(names.at(b"Maria Garcia", 0, 3..12), None);
    assert_eq!(names.at(b"", 0, 0..0), None);
}

/// What is found in text that holds no patients: `NAMES_TEXT=/usr/share/doc cargo test names_in_other_text -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement over the files of a machine"]
fn names_in_other_text() {
    fn walk(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => walk(&entry.path(), files),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    let names = Names::new();
    let folder = std::env::var("NAMES_TEXT").unwrap();
    let mut files = Vec::new();
    walk(folder.as_ref(), &mut files);
    let (mut size, mut count) = (0, 0);
    for bytes in files.iter().flat_map(std::fs::read) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        size += text.len();
        count += text.lines().map(|line| find(&names, line).len()).sum::<usize>();
    }
    println!("{count} findings in {size} bytes");
    assert!(size > 0);
    assert!(count * 5_000_000 <= size, "more than one finding in five megabytes");
}

#[test]
fn roles_degrees_and_talks_tell_of_persons() {
    let names = Names::new();
    let found = |text: &str| find(&names, text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    for (text, wanted) in [
        ("recheck in 3 months.\n-- R. Okafor, NP", "R. Okafor"),
        ("labs were read by D. Quintero, MD", "D. Quintero"),
        ("Best regards,\nOlufemi Garcia, RHIA", "Olufemi Garcia"),
        ("transfer to store 0417. Pharmacist Paloma Van der Berg, RPh", "Paloma Van der Berg"),
        ("On May 3, 2026, Jennifer Weissman wrote:", "Jennifer Weissman"),
        ("Interpreted by Hye-jin Martinez MD", "Hye-jin Martinez"),
        ("Hello Jennifer! Time for your yearly checkup", "Jennifer"),
    ] {
        assert_eq!(found(text), [wanted], "{text}");
    }
    let talk = "Jennifer: did it go thru\nRosa: not yet\nJennifer: ok\nRosa: ready after 4";
    assert_eq!(found(talk), ["Jennifer"], "who speaks once at the beginning of what is read");
    for text in
        ["Jennifer: 3\nRosa: 4", "Tri-County Orthopedics is open", "80048^DURHAM^NC^27711", "Attending Care Unit, RN"]
    {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn initials_middle_names_and_boards() {
    let names = Names::new();
    let medium = |text: &str| find(&names, text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    for (text, name) in [
        ("Patient: R. J. Castellanos", "R. J. Castellanos"),
        ("Patient: R.J. Castellanos", "R.J. Castellanos"),
        ("Patient: VILLANUEVA,ROSALIND MARIE", "VILLANUEVA,ROSALIND MARIE"),
        ("<p>Dear&nbsp;Ms.&nbsp;Thibodeaux,</p>", "Thibodeaux"),
        ("412 Zapata 71F CHF exac", "Zapata"),
        ("412B Zapata 71 M, CHF", "Zapata"),
        ("[Lab] T. Hollingsworth, your test is final", "T. Hollingsworth"),
        ("Yesenia, your Rx for sertraline is ready", "Yesenia"),
        ("ROSA ZAPATA\nTAKE ONE TABLET DAILY\nSERTRALINE 50 MG TAB", "ROSA ZAPATA"),
    ] {
        let line = text.split('\n').next().unwrap().len();
        let found = match text.contains('\n') {
            true => names.at(text.as_bytes(), 0, 0..line).filter(|name| name.confidence >= Confidence::Medium),
            false => None,
        };
        let found = found.map_or_else(|| medium(text), |found| vec![text[found.start..found.end].to_owned()]);
        assert_eq!(found, [name], "{text}");
    }
    for text in [
        "Mail to: P. O. Box 4412",
        "Bill to: P.O. Box 4412",
        "412 Zapata Street 71F",
        "room Zapata 71F",
        "412 Total 71F",
        "seen at 14 Oak Lane, Grace Marie Xqztia",
        "ROSA ZAPATA\nTAKE THE BUS",
    ] {
        assert!(medium(text).is_empty(), "{text}");
    }
}

/// The names of a text, as they stand in it.
fn named(text: &str) -> Vec<String> {
    find(&Names::new(), text).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn relatives_and_titles_in_capitals() {
    for (text, wanted) in [
        ("WIFE ROSA CALLED, PT STABLE, MEDS GIVEN", "ROSA"),
        ("DTR MARISOL IN TO VISIT PT AT BEDSIDE", "MARISOL"),
        ("DR. ZAPATA UPDATED FAMILY", "ZAPATA"),
        ("Wife Marisol & son visited pt at bedside", "Marisol"),
    ] {
        assert_eq!(named(text), [wanted], "{text}");
    }
    for text in ["SPOUSE AT BEDSIDE, PT STABLE", "WIFE CALLED FOR UPDATE", "FAMILY AWARE OF PLAN", "DR TO SEE PT"] {
        assert_eq!(named(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn lists_of_doctors_of_those_present_and_of_those_greeted() {
    for (text, wanted) in [
        ("seen by Drs. Zapata and Quintero", &["Zapata", "Quintero"][..]),
        ("Attendees: Zapata, Quintero, Villanueva", &["Zapata", "Quintero", "Villanueva"]),
        ("Dear Marisol and Ottilie,", &["Marisol", "Ottilie"]),
        ("Parents Marisol and Esteban at bedside with pt", &["Marisol", "Esteban"]),
    ] {
        assert_eq!(named(text), wanted, "{text}");
    }
    for text in ["Attendees: Finance, Radiology, Billing", "Contents: Zapata, Quintero", "Everett, Zapata and Quintero"]
    {
        assert_eq!(named(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_persons_do_tells_of_them() {
    for (text, wanted) in [
        ("According to Marisol Quintero, the door was open", "Marisol Quintero"),
        ("Approved by Marisol Quintero.", "Marisol Quintero"),
        ("Marisol Quintero met us yesterday", "Marisol Quintero"),
        ("on behalf of Marisol Quintero we confirm", "Marisol Quintero"),
        ("I, Marisol Quintero, hereby agree", "Marisol Quintero"),
        ("Hi, I'm Tyler. The reset did not work", "Tyler"),
        ("To finish this, Marisol, kindly send the form", "Marisol"),
        ("@Marisol Quintero can you look", "Marisol Quintero"),
        ("For Marisol Quintero's file we noted", "Marisol Quintero"),
        ("The nurse was kind, the surgery went well. - Marisol Quintero, Boise", "Marisol Quintero"),
    ] {
        assert_eq!(named(text), [wanted], "{text}");
    }
    for text in [
        "Marisol Quintero met with critics",
        "a patch requested by Marisol Quintero",
        "Copyright 2004 Marisol Quintero, who asked us to publish",
        "written by Marisol Quintero yesterday",
        "@Override Marisol Quintero",
        "Swan Ganz was placed yesterday",
        "St. Marisol's Hospital",
    ] {
        assert_eq!(named(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn markup_rows_and_schedules() {
    for (text, wanted) in [
        ("**Mentor:** Marisol Quintero", "Marisol Quintero"),
        ("**Registrant**: Marisol Quintero", "Marisol Quintero"),
        ("<p>Applicant: Marisol Quintero<br>", "Marisol Quintero"),
        ("{\"customer\": \"Marisol Quintero\"}", "Marisol Quintero"),
        ("QUINTERO, MARISOL 03/04/1961 F", "QUINTERO, MARISOL"),
        ("Quintero, Marisol #4471920 44F", "Quintero, Marisol"),
        ("8:30  QUINTERO, MARISOL  4471920  new pt", "QUINTERO, MARISOL"),
        ("assigned_to: Marisol Quintero", "Marisol Quintero"),
    ] {
        assert_eq!(named(text), [wanted], "{text}");
    }
    for text in ["{\"theme\": \"Marisol Quintero\"}", "v8:30  QUINTERO, MARISOL  44", " * Marisol Quintero"] {
        assert_eq!(named(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn two_words_and_the_boards_of_a_ward_tell_of_persons() {
    let names = Names::new();
    for (text, name) in [
        ("The charge nurse Ada Okafor was told at 0700.", "Ada Okafor"),
        ("Social worker Gustavo Okafor met with family.", "Gustavo Okafor"),
        ("Bank, Peter  DOB 1/2/60", "Bank, Peter"),
        ("Bed 12A Okafor A 72F CHF", "Okafor A"),
        ("Rm 302-1 Okafor, Marsha 72 F", "Okafor, Marsha"),
        ("ICU-4 Castro 66M septic shock", "Castro"),
        ("Case manager Lena Okonkwo will call.", "Lena Okonkwo"),
        ("Respiratory therapist Grace Young at bedside, patient on BiPAP.", "Grace Young"),
    ] {
        assert_eq!(find(&names, text), [(name.to_owned(), Confidence::Medium)], "{text}");
    }
    for text in [
        "Line manager Mason Bee review",
        "Service worker Grace Young registered",
        "a charge nurse Table Lamp",
        "Bed 12A Queen M 72 x 80",
        "Row 12A Castro 66M",
        "Hi, I'm Ivy, your virtual assistant",
    ] {
        assert_eq!(find(&names, text), [], "{text}");
    }
}

#[test]
fn what_numbers_an_entry_stands_before_its_name() {
    for mark in ["", "  ", "- ", "12. ", "3) ", "08:30  ", "10:15 AM ", "Room 4: ", "412-B  ", "[08:30] "] {
        assert!(lines::begins_entry(mark.as_bytes(), mark.len()), "{mark}");
    }
    for text in ["see ", "page 4: ", "12.", "total 4 ", "the room ", "10 mg "] {
        assert!(!lines::begins_entry(text.as_bytes(), text.len()), "{text}");
    }
}

#[test]
fn the_lines_around_a_line_tell_of_its_name() {
    let names = Names::new();
    let found = |text: &str, line: &str| {
        let start = text.find(line).unwrap();
        let found = names.at(text.as_bytes(), start, start..start + line.len())?;
        (found.confidence >= Confidence::Medium).then(|| text[found.start..found.end].to_owned())
    };
    for (text, name) in [
        ("Last Name\nOkafor\nFirst Name\nAda", "Okafor"),
        ("First name:\nMarsha\n", "Marsha"),
        ("the rash is back\nThx\nMarsha", "Marsha"),
        ("Can I take it with food? My pain is worse.\nThank you so much,\nMarsha\n", "Marsha"),
        ("Okafor, Marsha\nDOB: 03/04/1951", "Okafor, Marsha"),
        ("OKAFOR, ADA\n07/19/1966 F\n", "OKAFOR, ADA"),
    ] {
        assert_eq!(found(text, name).as_deref(), Some(name), "{text}");
    }
    for (text, line) in [
        ("Last Name\nFirst\nMiddle", "First"),
        ("Last Name\nHome\n", "Home"),
        ("the build is green\nThanks,\nMarsha", "Marsha"),
        ("Okafor, Marsha\nsent it", "Okafor, Marsha"),
        ("see the file name\nOkafor", "Okafor"),
    ] {
        assert_eq!(found(text, line), None, "{text}");
    }
    let mail = "From: Marsha Okafor\nTo: Primary Care Team\nSubject: rash\n";
    assert!(names.at(mail.as_bytes(), 6, 0..19).is_some_and(|found| found.confidence == Confidence::Medium));
    let other = "From: Marsha Okafor\nwe heard nothing\n";
    assert!(names.at(other.as_bytes(), 6, 0..19).is_some_and(|found| found.confidence == Confidence::Low));
}

#[test]
fn a_name_that_few_have_is_one_where_its_place_says_so() {
    let names = Names::new();
    let found = |text: &str| {
        find(&names, text)
            .into_iter()
            .filter(|(_, confidence)| *confidence > Confidence::Low)
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let mut wrong = Vec::new();
    for (text, name) in [
        ("she asked about her husband Rollo's biopsy", "Rollo"),
        ("My husband Clem, he is not well", "Clem"),
        ("Pt's son-in-law Casimir fills the pillbox", "Casimir"),
        ("Spouse: Obinna", "Obinna"),
        ("WIFE AMY CALLED THE CLINIC", "AMY"),
        ("ZAPATA, 71F, CHF", "ZAPATA"),
        ("LMOM for the clinic; pharmacist Obi.", "Obi"),
        ("Kimia (sister) 949-551-8820", "Kimia"),
        ("his home health nurse, Clarice, noted fevers", "Clarice"),
        ("Plaintiff Marchetti, then 52, underwent surgery", "Marchetti"),
        ("Client: J. Okereke | Session 50 min", "J. Okereke"),
        ("Reading MD: J. Tsao", "J. Tsao"),
        ("Kealoha, 51M, lap chole", "Kealoha"),
        ("Tahani Q., 34F, G2P1", "Tahani Q."),
        ("Nguyen T, 55M, etoh w/d", "Nguyen T"),
        ("SPOKE W/ DR MAKSYMOWICZ RE PLAN", "MAKSYMOWICZ"),
        ("critical K 6.8 on FARROKHZAD, SHIRIN MRN 00718823", "FARROKHZAD, SHIRIN"),
        ("Kuznetsova, Raisa   F   12/14/1935", "Kuznetsova, Raisa"),
        ("Fr. Mulcahy visited", "Mulcahy"),
        ("On Thu, Feb 8, 2024 at 4:12 PM Kaylee Brandt <kbrandt77@gmail.com> wrote:", "Kaylee Brandt"),
        ("Name (as on card): Ada Okafor", "Ada Okafor"),
        ("aide Yolanda P., next clinic visit 6/30", "Yolanda P."),
        ("Employee: Siiri Pyysalo Okafor", "Siiri Pyysalo Okafor"),
        ("<tr><td>Name</td><td>Susan Brown</td></tr>", "Susan Brown"),
        ("1) Calloway, Priscilla \u{2013} W447120093", "Calloway, Priscilla"),
    ] {
        if found(text) != [name] {
            wrong.push((text, found(text)));
        }
    }
    for text in [
        "16 Fr. Foley placed",
        "our partner Accenture has won",
        "father MI at 50, mother DM",
        "CHF, 67F, admitted with dyspnea",
        "HTN, 44F on lisinopril",
        "Worker: Gunicorn",
        "worker Gunicorn started",
        "SW: Zimbra, HW: Dell",
        "Attending Defcon.",
        "my kids Roblox account",
        "18 Fr Coude catheter",
        "Tesla, 51M shares traded",
        "Boston, 72F and sunny",
        "our niece Medical supplies",
        "her sister Company",
        "Xiaoling MS CCC-SLP",
        "<td>Product</td><td>Susan Brown</td>",
        "Spouse: Deceased",
        "Nurse Practitioner, 2018",
        "Follow-up (sister) clinic",
        "<td>File name</td><td>Linux Kernel</td>",
    ] {
        if !found(text).is_empty() {
            wrong.push((text, found(text)));
        }
    }
    assert_eq!(wrong, []);
}
