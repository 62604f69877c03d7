//! What is said of a candidate behind it, and the kind of language around it.
//!
//! A name is somebody's in a clinic or an account; in credits, licences, code and addresses it is not.

use super::words::{self, Kind};
use super::{CONTEXT_BYTES, parse};

/// What follows a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Nothing that counts.
    Free,
    /// An age, a birth date, or what is said of patients.
    Person,
    /// A degree or a profession: `RN`, `, MD`
    Degree,
    /// A firm, a street, a disease: another capitalised word or a kind of thing.
    Thing,
    /// One more capitalised word that says nothing.
    Word,
    /// An identifier or a mail address.
    Code,
}

/// How much of each kind of language stands near; a word that means care alone counts twice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    pub(super) care: u32,
    pub(super) authors: u32,
    /// Those words of authors that are hardly said of anything else.
    pub(super) credits: u32,
    /// Words of somebody who asks for something: `my`, `please`.
    pub(super) requests: u32,
    /// Words for what customers have: `account`, `card`.
    pub(super) custom: u32,
}

impl Around {
    /// Whether it is the language of care, and of no authors.
    pub(super) fn is_of_care(self) -> bool {
        self.care > 0 && self.authors == 0
    }
}

/// Whether nothing but blanks stands before a place in its line.
pub(super) fn begins_line(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte != b'\n').all(|byte| byte.is_ascii_whitespace())
}

pub(super) fn is_capitalised(word: &[u8]) -> bool {
    word.len() > 1 && word[0].is_ascii_uppercase()
}

pub(super) fn word_before(text: &[u8], end: usize) -> &[u8] {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'\'';
    // What is longer is no word that anybody knows.
    const MOST: usize = 128;
    let near = &text[end.saturating_sub(MOST)..end];
    &near[near.iter().rposition(|byte| !is_part(*byte)).map_or(0, |place| place + 1)..]
}

/// What follows `end`.
pub(super) fn right(text: &[u8], end: usize, all_capitals: bool) -> Right {
    let rest = &text[end..];
    let Some(first) = rest.first().copied() else { return Right::Free };
    // The end of a tag's content.
    let closing = if matches!(first, b',' | b'.' | b'!') { &rest[1..] } else { rest };
    if BREAKS.iter().any(|tag| closing.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))) {
        return Right::Free;
    }
    if closing.starts_with(b"</") && text[..end].contains(&b'>') {
        return Right::Free;
    }
    const BREAKS: [&[u8]; 3] = [b"<br", b"<p>", b"<hr"];
    // The line of a form goes on.
    if first == b'_' && rest.get(1).is_none_or(|byte| matches!(byte, b'_' | b' ' | b'\n')) {
        return Right::Free;
    }
    if matches!(first, b'_' | b'@' | b'=' | b'\\' | b'/' | b'-' | b'&' | b'+' | b'"')
        || rest.starts_with(b"::")
        || rest.starts_with(b"()")
        || (first == b'.' && rest.get(1).is_some_and(u8::is_ascii_alphanumeric))
        || (first == b'(' && !all_capitals)
    {
        return Right::Code;
    }
    if is_before_state(rest) {
        return Right::Thing;
    }
    let possessive = rest.starts_with(b"'s ");
    let rest = if possessive { &rest[2..] } else { rest };
    let comma = usize::from(matches!(rest[0], b',' | b';' | b':' | b'.'));
    let trimmed = rest[comma..].trim_ascii_start();
    if (trimmed.starts_with(b"<") && end_of_address(trimmed).is_none())
        || trimmed.starts_with(b"=")
        || trimmed.starts_with(b"->")
        || (trimmed.starts_with(b"&") && !trimmed.starts_with(b"& "))
    {
        return Right::Code;
    }
    if says_age_or_birth(trimmed) || (comma == 0 && says_role_or_home(trimmed)) {
        return Right::Person;
    }
    // `Ada Okafor (sister)`
    if trimmed.strip_prefix(b"(").is_some_and(is_relative_in_brackets) {
        return Right::Person;
    }
    let word = leading_word(trimmed);
    const DOTTED_DEGREES: [&[u8]; 9] =
        [b"M.D.", b"D.O.", b"R.N.", b"N.P.", b"P.A.", b"D.D.S.", b"Psy.D.", b"D.P.M.", b"Pharm.D."];
    if words::is_degree(word) || DOTTED_DEGREES.iter().any(|degree| trimmed.starts_with(degree)) {
        return Right::Degree;
    }
    let ends_sentence = rest[0] == b'.';
    match words::kind(word) {
        Some(Kind::Thing) if comma == 0 => Right::Thing,
        Some(Kind::Sequel) if !ends_sentence && !possessive => {
            if is_said_of_patients(trimmed, word) {
                Right::Person
            } else {
                Right::Free
            }
        }
        Some(Kind::Care | Kind::WeakCare | Kind::Person) if possessive => Right::Person,
        // A wider gap is one between columns, and an abbreviation no part of a name: `Ada Okafor RN`, `Ada Okafor NPI 1`.
        _ if comma == 0 && rest[0] == b' ' && !all_capitals && goes_on_with(rest, word) => Right::Word,
        _ => Right::Free,
    }
}

/// `sister)`, `son, 4)`
pub(super) fn is_relative_in_brackets(rest: &[u8]) -> bool {
    let word = leading_word(rest);
    words::is_relative(word) && matches!(rest.get(word.len()), Some(b')' | b',' | b';' | b'-'))
}

fn goes_on_with(rest: &[u8], word: &[u8]) -> bool {
    let is_abbreviation = word.len() > 1 && word.iter().all(u8::is_ascii_uppercase);
    let is_column = words::request_and_custom(word).1
        && matches!(rest.get(word.len() + 1..), Some([b':' | b'#' | b'$', ..] | [b' ', b'$' | b'0'..=b'9', ..]));
    is_capitalised(word) && !is_column && rest.get(1).is_some_and(|byte| *byte != b' ') && !is_abbreviation
}

/// What follows a name whose left side is enclosed: the right side has to be so too, by the same sign.
pub(super) fn enclosed_right(text: &[u8], from: usize, end: usize) -> Right {
    let opened = text[..from].last();
    let next = text.get(end);
    let is_closed = match opened {
        Some(b'"' | b'\'') => next == opened,
        Some(b'<') => next == Some(&b'>'),
        _ => next.is_none_or(|byte| matches!(byte, b' ' | b'&' | b';' | b',' | b'|' | b')' | b']' | b'}')),
    };
    if is_closed { Right::Free } else { Right::Code }
}

/// Whether the parts of a name in a message begin here: `NM1*IL*1*` of X12, a field of a segment on a person of HL7.
pub(super) fn is_name_of_message(text: &[u8], from: usize) -> bool {
    const SEGMENTS: [&[u8]; 13] = [
        b"PID|", b"NK1|", b"GT1|", b"IN1|", b"PV1|", b"MRG|", b"STF|", b"OBR|", b"ORC|", b"PV2|", b"PD1|", b"TXA|",
        b"ROL|",
    ];
    let before = &text[..from];
    let x12 = before.strip_suffix(b"*1*").and_then(|before| before.len().checked_sub(6).map(|at| &before[at..]));
    x12.is_some_and(|segment| segment.starts_with(b"NM1*"))
        || (!before.ends_with(b"^^")
            && SEGMENTS.iter().any(|segment| text.starts_with(segment))
            && matches!(before.last(), Some(b'|' | b'^')))
}

/// Whether a profession of a clinic stands right before: `Attending `, `Pharmacist `, `RN `.
pub(super) fn is_behind_clinician(text: &[u8], from: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let word = word_before(before, before.len());
    let is_manager = || {
        let is_of_care =
            |earlier: &[u8]| [&b"case"[..], b"care", b"nurse"].iter().any(|kind| earlier.eq_ignore_ascii_case(kind));
        let earlier = before[..before.len() - word.len()].trim_ascii_end();
        word.eq_ignore_ascii_case(b"manager") && is_of_care(word_before(earlier, earlier.len()))
    };
    words::is_degree_before_name(word) || words::is_clinician(word) || is_manager()
}

/// Whether two words say what the person is in a clinic: `charge nurse `, `Social worker `, `case manager `.
pub(super) fn is_behind_kind_of_clinician(text: &[u8], from: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let word = word_before(before, before.len());
    let Some(earlier) = before[..before.len() - word.len()].strip_suffix(b" ") else { return false };
    words::is_kind_of_clinician(word_before(earlier, earlier.len()))
}

/// Whether what somebody has or gets in a clinic is said to be theirs: `records of `, `prescription for `, `examined by `.
pub(super) fn is_about(text: &[u8], from: usize) -> bool {
    const THINGS: [&[u8]; 44] = [
        b"records",
        b"record",
        b"results",
        b"result",
        b"chart",
        b"prescription",
        b"statement",
        b"report",
        b"form",
        b"order",
        b"referral",
        b"appointment",
        b"labs",
        b"bill",
        b"claim",
        b"claims",
        b"charts",
        b"mri",
        b"ct",
        b"scan",
        b"xray",
        b"ray",
        b"ultrasound",
        b"biopsy",
        b"mammogram",
        b"ekg",
        b"summary",
        b"instructions",
        b"note",
        b"notes",
        b"refill",
        b"rx",
        b"visit",
        b"appt",
        b"admission",
        b"discharge",
        b"authorization",
        b"eligibility",
        b"care",
        b"confirmed",
        b"scheduled",
        b"booked",
        b"rescheduled",
        b"diagnosis",
    ];
    let is_of = |list: &[&[u8]], word: &[u8]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let before = text[..from].trim_ascii_end();
    let before = before.strip_suffix(b"/").filter(|before| before.ends_with(b"w")).unwrap_or(before);
    let word = word_before(before, before.len());
    let earlier = before[..before.len() - word.len()].trim_ascii_end();
    let earlier = word_before(earlier, earlier.len());
    match word {
        b"of" | b"for" => is_of(&THINGS, earlier),
        b"by" => words::is_clinical_deed(earlier),
        b"with" | b"to" | b"w" => is_of(
            &[b"discussed", b"reviewed", b"routed", b"released", b"visit", b"appointment", b"appt", b"follow"],
            earlier,
        ),
        b"schedule" | b"reschedule" => true,
        b"on" => is_of(&[b"summary", b"note", b"report", b"consult"], earlier),
        _ => false,
    }
}

/// What stands in the line before a place, if that is at most so many bytes: a line may be as long as its file, and what is asked
/// of it is asked of each name in it.
pub(super) fn line_before(text: &[u8], at: usize, most: usize) -> Option<&[u8]> {
    let earliest = at.saturating_sub(most);
    match memchr::memrchr(b'\n', &text[earliest..at]) {
        Some(place) => Some(&text[earliest + place + 1..at]),
        None => (earliest == 0).then(|| &text[..at]),
    }
}

/// Where the mail address in brackets ends that a text begins with: `<ada@example.org>`.
pub(super) fn end_of_address(text: &[u8]) -> Option<usize> {
    const MAX_ADDRESS: usize = 80;
    let address = text[..text.len().min(MAX_ADDRESS)].strip_prefix(b"<")?;
    let close = memchr::memchr(b'>', address)?;
    address[..close].contains(&b'@').then_some(close + 2)
}

/// Whether the name stands in the head of a mail, before its address: `From: Ada Okafor <ada@example.org>`.
pub(super) fn is_in_mail_head(text: &[u8], from: usize, end: usize) -> bool {
    // Patches have lines that begin with `Cc:` too.
    const HEADS: [&[u8]; 5] = [b"From:", b"To:", b"CC:", b"Bcc:", b"Reply-To:"];
    let Some(head) = line_before(text, from, 32) else { return false };
    let address = text[end..].strip_prefix(b" ");
    HEADS.contains(&head.trim_ascii()) && address.is_some_and(|rest| end_of_address(rest).is_some())
}

/// Whether the word stands behind one for a relative: `her son Angel`, `wife (Grace`, `her son-in-law, Angel`.
pub(super) fn is_behind_kin(text: &[u8], from: usize) -> bool {
    kin_before(text, from).is_some()
}

/// The text up to a word for a relative that stands before a name, and the word.
fn kin_before(text: &[u8], from: usize) -> Option<(&[u8], &[u8])> {
    let before = text[..from].strip_suffix(b"(").unwrap_or(&text[..from]).trim_ascii_end();
    let before = before.strip_suffix(b",").unwrap_or(before);
    let before = without_in_law(before);
    let word = word_before(before, before.len());
    let kin = word.strip_suffix(b"'s").unwrap_or(word);
    words::is_relative(kin).then(|| (&before[..before.len() - word.len()], kin))
}

/// `son` of `son-in-law`
pub(super) fn without_in_law(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"-in-law").or_else(|| text.strip_suffix(b" in law")).unwrap_or(text)
}

/// Whether a relative stands before the name who is said to be somebody's: `her niece Bisi`, `pt's son Efrain`. Partners are firms,
/// too, and behind several of them anything may stand: `my kids Roblox account`.
pub(super) fn is_behind_own_kin(text: &[u8], from: usize) -> bool {
    const OWNERS: [&[u8]; 7] = [b"her", b"his", b"my", b"their", b"our", b"your", b"pts"];
    let Some((before, _)) = kin_before(text, from).filter(|(_, kin)| is_one_relative(kin)) else { return false };
    let before = before.trim_ascii_end();
    let owner = word_before(before, before.len());
    owner.ends_with(b"'s") || OWNERS.iter().any(|known| owner.eq_ignore_ascii_case(known))
}

fn is_one_relative(word: &[u8]) -> bool {
    let is_of = |list: &[&[u8]]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    words::is_relative(word) && !is_of(&[b"partner"]) && (!word.ends_with(b"s") || is_of(&[b"sis"]))
}

/// Whether one relative, a physician or a nurse stands right before: what follows is hardly anything but a name.
pub(super) fn is_behind_own_person(text: &[u8], from: usize) -> bool {
    let word = person_before(text, from);
    // Software is called SW, too.
    let is_degree = || words::is_degree_before_name(word) && !matches!(word, b"SW" | b"HO");
    is_one_relative(word) || is_physician(word) || words::is_party(word) || is_degree()
}

/// Whether somebody stands there who works in a clinic, by a word that others are called, too: `pharmacist `, `worker `.
pub(super) fn is_behind_worker(text: &[u8], from: usize) -> bool {
    words::is_clinician(person_before(text, from))
}

/// The last word before a colon, a comma or a blank.
fn person_before(text: &[u8], from: usize) -> &[u8] {
    let before = text[..from].trim_ascii_end();
    let before = before.strip_suffix(b":").or_else(|| before.strip_suffix(b",")).unwrap_or(before);
    word_before(before, before.len())
}

/// `Dr`, `Dra`
pub(super) fn is_physician(word: &[u8]) -> bool {
    [&b"dr"[..], b"dra", b"doctor"].iter().any(|title| word.eq_ignore_ascii_case(title))
}

/// Whether a name is all there is, or the sentence goes on with what somebody does.
pub(super) fn ends_or_goes_on(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    ends_entry(text, end)
        || matches!(rest, [b',' | b';' | b')', ..] | [b'.'] | [b'.', b' ' | b'\n', ..])
        || rest.strip_prefix(b" ").is_some_and(|rest| words::is_deed(leading_word(rest)))
}

/// Whether nothing but a degree, a remark or a wide gap follows in the line.
pub(super) fn ends_entry(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    matches!(
        rest,
        [] | [b'\n' | b'\r' | b'|' | b'\t' | b';', ..] | [b' ', b' ' | b'(' | b'-' | b'|', ..] | [b',', b' ', ..]
    ) || matches!(rest.trim_ascii(), b"" | b"," | b"." | b":")
}

/// Whether a year alone or the sign of a copyright stands before the name.
pub(super) fn is_behind_year(text: &[u8], from: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let year = before.strip_suffix(b",").unwrap_or(before);
    let word = word_before(year, year.len());
    let is_year =
        word.len() == 4 && word.iter().all(u8::is_ascii_digit) && matches!(word[..2], [b'1', b'9'] | [b'2', b'0']);
    let is_in_date = matches!(year[..year.len() - word.len()], [.., b'/' | b'.'] | [.., b'0'..=b'9', b'0'..=b'9', b'-'] if !is_span(year));
    (is_year && !is_in_date) || before.ends_with("\u{a9}".as_bytes())
}

/// `2018-2019`
fn is_span(text: &[u8]) -> bool {
    text.len() >= 9 && text[text.len() - 9..text.len() - 5].iter().all(u8::is_ascii_digit)
}

/// Whether a state and its postal code follow: `, IL 60614`.
fn is_before_state(rest: &[u8]) -> bool {
    const CODE: usize = 5;
    let [b',', b' ', one, two, b' ', code @ ..] = rest else { return false };
    one.is_ascii_uppercase()
        && two.is_ascii_uppercase()
        && code.len() >= CODE
        && code[..CODE].iter().all(u8::is_ascii_digit)
}

/// Whether the lines above `start` speak of authors.
pub(super) fn is_below_credits(bytes: &[u8], start: usize) -> bool {
    const ABOVE_BYTES: usize = 240;
    let above = &bytes[start.saturating_sub(ABOVE_BYTES).min(start)..start];
    above.split(|byte| !byte.is_ascii_alphanumeric()).any(words::is_credit)
}

const AGE_UNITS: [&[u8]; 7] = [b"year", b"y/o", b"yo ", b"y.o", b"yr", b"month-old", b"week-old"];

/// `45-year-old`, `62 y/o`, `(DOB 03/04/1961)`, `aged 71`, `67F`.
pub(super) fn says_age_or_birth(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"(").unwrap_or(rest);
    let rest = strip_any(rest, &[b"is a ", b"is an ", b"a ", b"an "]);
    let labelled = strip_any(rest, &[b"age ", b"aged ", b"Age ", b"age: "]);
    if labelled.len() < rest.len() {
        return labelled.first().is_some_and(u8::is_ascii_digit);
    }
    if is_date_and_sex(rest) || is_number_and_age(rest) || is_sex_and_date(rest) {
        return true;
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if (1..=3).contains(&digits) {
        let unit = rest[digits..].trim_ascii_start();
        let unit = unit.strip_prefix(b"-").unwrap_or(unit);
        return AGE_UNITS.iter().any(|age| unit.get(..age.len()).is_some_and(|start| start.eq_ignore_ascii_case(age)))
            || matches!(unit, [b'F' | b'M', b' ' | b',' | b')', ..]);
    }
    let word = leading_word(rest);
    const LABELS: [&[u8]; 8] = [
        b"medical record ",
        b"date of birth",
        b"birth date",
        b"birthdate",
        b"hospital number",
        b"hosp#",
        b"b. ",
        b"chart #",
    ];
    [&b"dob"[..], b"d.o.b", b"mrn", b"ssn", b"born"].iter().any(|label| word.eq_ignore_ascii_case(label))
        || LABELS.iter().any(|label| rest.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label)))
}

/// Whether a list of patients goes on behind the name: a date and the sex, or a number and the age.
pub(super) fn is_row_of_patient(rest: &[u8]) -> bool {
    rest.strip_prefix(b" ").is_some_and(|rest| is_date_and_sex(rest) || is_number_and_age(rest))
}

/// `03/04/1961 M`, as lists of patients have it behind the name.
fn is_date_and_sex(rest: &[u8]) -> bool {
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'-')).count();
    let marks = rest[..length].iter().filter(|byte| !byte.is_ascii_digit()).count();
    (6..=10).contains(&length) && marks == 2 && ends_in_sex(&rest[length..])
}

/// `#4471920 44F`
fn is_number_and_age(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b"#") else { return false };
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = digits(rest);
    let Some(rest) = rest[number..].strip_prefix(b" ") else { return false };
    let age = digits(rest);
    number >= 4
        && (1..=3).contains(&age)
        && matches!(rest[age..], [b'F' | b'M'] | [b'F' | b'M', b' ' | b',' | b'\n', ..])
}

/// `F   12/14/1935`, `| F | 01/01/1950`
fn is_sex_and_date(rest: &[u8]) -> bool {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | b'|' | b'/');
    let start = rest.iter().take_while(|byte| is_gap(byte)).count();
    let [b'F' | b'M', behind @ ..] = &rest[start..] else { return false };
    let gap = behind.iter().take_while(|byte| is_gap(byte)).count();
    let date = &behind[gap..];
    let length = date.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'-')).count();
    let marks = date[..length].iter().filter(|byte| !byte.is_ascii_digit()).count();
    gap > 0 && (6..=10).contains(&length) && marks == 2
}

fn ends_in_sex(rest: &[u8]) -> bool {
    matches!(rest, [b' ', b'F' | b'M'] | [b' ', b'F' | b'M', b' ' | b',' | b'\n' | b'\r', ..])
}

/// `as my emergency contact`, `as guardian`, `lives at`.
fn says_role_or_home(rest: &[u8]) -> bool {
    if let Some(role) = rest.strip_prefix(b"as ") {
        let role = strip_any(role, &[b"a ", b"an ", b"my ", b"his ", b"her ", b"their ", b"our ", b"the "]);
        return words::kind(leading_word(role)) == Some(Kind::Person) || role.starts_with(b"emergency contact");
    }
    [
        &b"lives at "[..],
        b"tested positive",
        b"tested negative",
        b"lives in ",
        b"lives on ",
        b"lives with ",
        b"lives alone",
        b"lives nearby",
        b"lives near ",
        b"lives next ",
    ]
    .iter()
    .any(|start| rest.starts_with(start))
}

fn strip_any<'a>(text: &'a [u8], starts: &[&[u8]]) -> &'a [u8] {
    starts.iter().find_map(|start| text.strip_prefix(*start)).unwrap_or(text)
}

/// Verbs of a chart count at once; `was`, `is` and `has` only with what they say.
pub(super) fn is_said_of_patients(rest: &[u8], verb: &[u8]) -> bool {
    if !matches!(verb, b"was" | b"is" | b"has" | b"had" | b"WAS" | b"IS" | b"HAS") {
        return true;
    }
    let mut next = rest[verb.len()..].trim_ascii_start();
    for skipped in [&b"a "[..], b"an ", b"been ", b"not ", b"now ", b"also ", b"being ", b"no "] {
        next = next.strip_prefix(skipped).unwrap_or(next);
    }
    matches!(words::kind(leading_word(next)), Some(Kind::Care | Kind::WeakCare))
}

pub(super) fn leading_word(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80).count();
    &text[..length]
}

/// Counts the words that tell the kind of language, before and after the candidate.
pub(super) fn around(text: &[u8], from: usize, end: usize) -> Around {
    let mut start = from.saturating_sub(CONTEXT_BYTES);
    while start > 0 && start < from && parse::is_letter(text[start - 1]) {
        start += 1;
    }
    let stop = text.len().min(end + CONTEXT_BYTES);
    let mut around = Around::default();
    for side in [&text[start..from], &text[end..stop]] {
        for word in side.split(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80)) {
            match words::kind(word) {
                Some(Kind::Care) => around.care += 2,
                Some(Kind::WeakCare | Kind::Person) => around.care += 1,
                Some(Kind::Author) => {
                    around.authors += 1;
                    around.credits += u32::from(!words::is_weak_credit(word));
                }
                _ => {
                    let (is_request, is_custom) = words::request_and_custom(word);
                    around.requests += u32::from(is_request);
                    around.custom += u32::from(is_custom);
                }
            }
        }
        let sign = side.windows(3).any(|three| three == b"(c)" || three == b"(C)" || three == b"://");
        around.authors += u32::from(sign);
        around.credits += u32::from(sign);
    }
    around
}

/// Whether the candidate stands in brackets or in a list of names, as credits do.
pub(super) fn is_listed(text: &[u8], from: usize, end: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let after = &text[end..];
    let in_brackets = before.ends_with(b"(") && after.starts_with(b")");
    let goes_on = [&b", "[..], b" and ", b" & "]
        .iter()
        .any(|joint| after.strip_prefix(*joint).is_some_and(|next| next.first().is_some_and(u8::is_ascii_uppercase)));
    in_brackets || goes_on || before.ends_with(b",")
}
