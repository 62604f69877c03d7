//! What stands right before a candidate: titles, labels, roles, words for persons, and lists of persons.
//!
//! Reads the bytes before one place; what follows from it is decided in the module above.

use super::parse;
use super::surroundings::{begins_line, is_capitalised, is_physician, line_before, without_in_law, word_before};
use super::words::{self, Kind};
use crate::detectors::word_set::WordSet;

/// A blank as markup writes it.
const NO_BREAK: &[u8] = b"&nbsp;";

/// What stands directly before a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing that counts.
    Free,
    /// It is a part of something: an identifier, a quoted key.
    Inside,
    /// It stands behind another capitalised word: in a longer name of somebody or something.
    Behind,
    /// An initial with a dot: `A. `
    Initial,
    /// `Mrs. `
    Title,
    /// `Patient: `, `Name of patient: `
    Label,
    /// A word for a person without a colon: `patient `, `her daughter `
    Beside,
    /// What a person is in a clinic, an account or a letter: `Prescriber: `, `Referred by: `, `Name: `
    Role,
    /// A role that persons alone have, or who says who it is: `Surgeon: `, `my name is `, `Dear `
    Called,
    /// What is said before a name: `Hi `, `this is `, `spoke with `
    Introduced,
    /// It stands in a list of persons, some of whom have one word: `Attendees: Okafor, Lindqvist`
    Among,
    /// The key of a value says what the person is: `"customer": "`
    Keyed,
    /// A quotation mark, a tag, or the sign of a key: `name="`, `<name>`, `name=`
    Enclosed,
}

impl Left {
    /// Whether a person may be expected.
    pub(super) fn announces(self) -> bool {
        matches!(
            self,
            Self::Label
                | Self::Beside
                | Self::Title
                | Self::Role
                | Self::Called
                | Self::Introduced
                | Self::Among
                | Self::Keyed
        )
    }
}

/// What stands directly before `from`.
pub(super) fn left(text: &[u8], from: usize) -> Left {
    let mut at = from;
    let mut colon = false;
    let (mut blank, mut comma) = (false, false);
    while at > 0 {
        match text[at - 1] {
            b' ' | b'\t' => blank = true,
            // `Dear&nbsp;Ms.&nbsp;Okafor`
            b';' if !colon && text[..at].ends_with(NO_BREAK) => {
                blank = true;
                at -= NO_BREAK.len() - 1;
            }
            // The line of a form on which it is written: `Name: _Ada Okafor_`.
            b'_' if matches!(text.get(at.wrapping_sub(2)), Some(b' ' | b':' | b'_')) => blank = true,
            // `**Name**: Ada Okafor`, `**Name:** Ada Okafor`
            b'*' if blank || colon => {}
            b':' if !colon && (blank || at == from) && text.get(at.wrapping_sub(2)) != Some(&b':') => colon = true,
            // An apposition: `her sister, Ada Okafor,`.
            b',' if blank && !comma && !colon => comma = true,
            _ => break,
        }
        at -= 1;
    }
    if at == 0 {
        return Left::Free;
    }
    let before = text[at - 1];
    // Leaders of a form: `Recipient......Ada Okafor`.
    if before == b'.' && at > 2 && text[at - 2] == b'.' {
        let label = text[..at].iter().rposition(|byte| !matches!(byte, b'.' | b' ')).map_or(0, |place| place + 1);
        let word = word_before(text, label);
        let is_person = matches!(words::kind(word), Some(Kind::Person | Kind::Name)) || words::is_own_role(word);
        return if is_person { Left::Called } else { Left::Free };
    }
    // `|PCP|Ada Okafor|`
    if before == b'|' && !colon && is_cell_of_label(&text[..at - 1]) {
        return Left::Called;
    }
    // `<td>Name</td><td>Ada Okafor</td>`
    if before == b'>' && !colon && is_behind_cell_of_label(&text[..at]) {
        return Left::Called;
    }
    if !blank && !colon {
        // Only a bracket, a quotation mark of prose or a bar of a table may touch a name.
        let open = matches!(before, b'(' | b'|' | b';' | b'\n' | b'\r' | b'^' | b'>')
            && !(before == b'>' && at > 1 && text[at - 2] == b'-');
        return match before {
            // `Wife (Ada Okafor)`
            b'(' if is_behind_person(&text[..at - 1]) => Left::Beside,
            _ if open => Left::Free,
            b'"' | b'\'' if is_behind_key_of_person(&text[..at - 1]) => Left::Keyed,
            b'"' | b'\'' | b'=' | b'*' => Left::Enclosed,
            // `@Ada Okafor please call`
            b'@' if at == 1 || matches!(text[at - 2], b' ' | b'\n' | b'(') => Left::Introduced,
            b'-' if begins_line(text, at - 1) => Left::Free,
            // Who speaks in a chat: `<Ada Okafor> on my way`; who signs: `[Ada Okafor, LPN]`.
            b'<' if begins_line(text, at - 1) && is_speaker(&text[from..]) => Left::Enclosed,
            b'[' => Left::Free,
            _ => Left::Inside,
        };
    }
    // `/s/ Ada Okafor`
    if text[..at].ends_with(b"/s/") {
        return Left::Called;
    }
    // `appt w/ Ada Okafor`
    if text[..at].ends_with(b"w/") {
        return Left::Introduced;
    }
    // `What is your name? Ada Okafor`
    if before == b'?' && words::kind(word_before(text, at - 1)) == Some(Kind::Name) {
        return Left::Called;
    }
    // `Name (as on card): Ada Okafor`
    if colon
        && before == b')'
        && let Some(label) = before_remark(&text[..at])
    {
        at = label;
    }
    let dot = before == b'.' && !colon;
    let word_end = if dot { at - 1 } else { at };
    let word_end = without_in_law(&text[..word_end]).len();
    let word = word_before(text, word_end);
    let kind = words::kind(word);
    // The column of a form: `Guarantor    Ada Okafor`.
    let is_wide = || matches!(text[at..from], [b' ', b' ', ..] | [.., b'\t' | b' ', b' ' | b'\t']);
    let colon = colon || (!dot && !comma && is_wide() && is_label_of_form(text, word_end));
    match kind {
        None if dot && word.len() == 1 && word[0].is_ascii_uppercase() && at + 1 == from => Left::Initial,
        // A system is called MS too.
        Some(Kind::Title) if word == b"MS" && !dot && !parse::is_in_capitals(text, from) => Left::Behind,
        // A revision is called so, too.
        Some(Kind::Title) if is_other_without_dot(word) && !dot => Left::Behind,
        Some(Kind::Title) if !colon && !comma && word.first().is_some_and(u8::is_ascii_uppercase) => Left::Title,
        // `Ref Dr: HALE S`, `Reading MD: J. Tsao`
        Some(Kind::Title) if colon && is_physician(word) => Left::Called,
        None if colon && words::is_degree_before_name(word) => Left::Called,
        // `at 4:12 PM Ada Okafor <ada@example.org> wrote:`
        None if !colon && !dot && !comma && is_time_of_day(text, word_end, word) => Left::Free,
        Some(Kind::Person) if colon => Left::Label,
        Some(Kind::Name) if colon && is_persons_label(text, word_end - word.len()) => Left::Label,
        Some(Kind::Person) if !dot => Left::Beside,
        // `Baby boy Okafor`
        None if !dot && !colon && !comma && is_newborn(text, word_end, word) => Left::Called,
        // `Last Name Okafor  First Name Ada`
        Some(Kind::Name) if !colon && !dot && !comma && is_part_of_name(text, word_end - word.len()) => Left::Called,
        Some(Kind::Name) if colon && begins_line(text, word_end - word.len()) => Left::Called,
        _ if colon && announces_persons(word, true) => Left::Among,
        _ if colon && (words::is_own_role(word) || is_addressed(text, word_end, word)) => Left::Called,
        Some(Kind::Name | Kind::NameLabel) if colon => Left::Role,
        _ if colon && words::is_role(word) => Left::Role,
        _ if !dot && !colon && is_done_by(text, word_end, word) => Left::Called,
        _ if !dot && !colon && (words::greets(word) || says_name(text, word_end, word)) => Left::Called,
        // `I, Ada Okafor, hereby`
        _ if comma && (words::closes(word) || word == b"I") => Left::Called,
        _ if !dot && !colon && (words::introduces(word) || is_on_behalf(text, word_end, word)) => Left::Introduced,
        // `her nurse, Ada, called`
        None | Some(Kind::Care) if comma && !dot && !colon && words::is_clinician(word) => Left::Role,
        _ if !colon && !dot && (comma || before == b'&' || is_joint(word)) && text[..from].ends_with(b" ") => {
            in_announced_list(text, from).unwrap_or_else(|| left_unannounced(before, (colon, dot, comma), word))
        }
        // `RN Ada Okafor`
        None if !dot && !colon && !comma && words::is_degree_before_name(word) => Left::Called,
        // `Attending Ada Okafor`, `Nurse Ada Okafor`
        None | Some(Kind::Care) if !dot && !colon && !comma && words::is_own_role(word) => Left::Role,
        _ => left_unannounced(before, (colon, dot, comma), word),
    }
}

/// Where the remark in brackets begins that a label ends with.
fn before_remark(label: &[u8]) -> Option<usize> {
    const MAX_REMARK: usize = 32;
    let near = &label[label.len().saturating_sub(MAX_REMARK)..];
    let open = near.iter().rposition(|byte| matches!(byte, b'(' | b'\n')).filter(|place| near[*place] == b'(')?;
    Some(label[..label.len() - near.len() + open].trim_ascii_end().len()).filter(|end| *end > 0)
}

/// What is a title with a dot only: a revision, a catheter's size, a verb are written so, too.
fn is_other_without_dot(word: &[u8]) -> bool {
    [&b"rev"[..], b"fr", b"det", b"ofc"].iter().any(|title| word.eq_ignore_ascii_case(title))
}

/// `4:12 PM`
fn is_time_of_day(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    let before = text[..word_end - word.len()].trim_ascii_end();
    matches!(word, b"AM" | b"PM" | b"am" | b"pm") && before.last().is_some_and(u8::is_ascii_digit)
}

/// What nothing announces.
fn left_unannounced(before: u8, (colon, dot, comma): (bool, bool, bool), word: &[u8]) -> Left {
    if matches!(before, b'=' | b'@' | b'#' | b'$' | b'&' | b'/' | b'\\' | b'_' | b'<' | b'+' | b'`') {
        return Left::Inside;
    }
    // A capitalised word right before, on the same line: the middle of a longer name of something.
    if !colon && !dot && !comma && is_capitalised(word) && words::kind(word).is_none() {
        return Left::Behind;
    }
    Left::Free
}

fn is_joint(word: &[u8]) -> bool {
    word == b"and" || word == b"AND"
}

/// `on behalf of `
fn is_on_behalf(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    let before = text[..word_end - word.len()].trim_ascii_end();
    word.eq_ignore_ascii_case(b"of") && word_before(before, before.len()).eq_ignore_ascii_case(b"behalf")
}

/// Whether the text is the key of a value that is a person, without the quotation mark of the value: `"customer": `.
fn is_behind_key_of_person(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let Some(key) = before.strip_suffix(b":").or_else(|| before.strip_suffix(b"=")) else { return false };
    let key = key.trim_ascii_end();
    let key = key.strip_suffix(b"\"").or_else(|| key.strip_suffix(b"'")).unwrap_or(key);
    let word = word_before(key, key.len());
    let is_alone = key[..key.len() - word.len()].last().is_none_or(|byte| !matches!(byte, b'.' | b'_' | b'-'));
    is_alone && (words::kind(word) == Some(Kind::Person) || is_person_of_key(word))
}

/// Whether a name of two or more words closes the bracket: `Ada Okafor> `.
fn is_speaker(text: &[u8]) -> bool {
    const MAX_NAME: usize = 48;
    let close = text.iter().take(MAX_NAME).position(|byte| *byte == b'>');
    close.is_some_and(|close| {
        let is_of_name =
            |byte: &u8| parse::is_letter(*byte) || *byte >= 0x80 || matches!(byte, b' ' | b'-' | b'\'' | b'.');
        text[..close].contains(&b' ') && text[..close].iter().all(is_of_name) && text.get(close + 1) == Some(&b' ')
    })
}

/// `last name`, `first name`; not `file name`.
fn is_part_of_name(text: &[u8], name_start: usize) -> bool {
    const PARTS: [&[u8]; 6] = [b"last", b"first", b"middle", b"given", b"family", b"maiden"];
    let before = text[..name_start].trim_ascii_end();
    let word = word_before(before, before.len());
    PARTS.iter().any(|part| word.eq_ignore_ascii_case(part))
}

/// `baby boy`, `baby girl`
fn is_newborn(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    let before = text[..word_end - word.len()].trim_ascii_end();
    [&b"boy"[..], b"girl"].iter().any(|child| word.eq_ignore_ascii_case(child))
        && word_before(before, before.len()).eq_ignore_ascii_case(b"baby")
}

/// Whether the cell before a bar is a label: `|PCP`, `| Patient `.
fn is_cell_of_label(before: &[u8]) -> bool {
    const NEAR: usize = 64;
    let near = &before[before.len().saturating_sub(NEAR)..];
    let Some(cell) = memchr::memrchr2(b'|', b'\n', near)
        .map(|place| &near[place + 1..])
        .or_else(|| (before.len() <= NEAR).then_some(near))
    else {
        return false;
    };
    let cell = cell.trim_ascii();
    let word = word_before(cell, cell.len());
    let is_person = || words::kind(word) == Some(Kind::Person) || words::is_own_role(word);
    !cell.is_empty() && cell.len() < 24 && is_person()
}

/// Whether the cell of markup before this one is a label: `<td>Name</td><td>`.
fn is_behind_cell_of_label(text: &[u8]) -> bool {
    const MAX_LABEL: usize = 24;
    let Some(before) = text.strip_suffix(b"<td>") else { return false };
    let before = before.trim_ascii_end();
    let Some(label) = before.strip_suffix(b"</td>").or_else(|| before.strip_suffix(b"</th>")) else { return false };
    let label = label.strip_suffix(b"</b>").or_else(|| label.strip_suffix(b"</strong>")).unwrap_or(label);
    let label = label.strip_suffix(b":").unwrap_or(label);
    let Some(start) = label.iter().rev().take(MAX_LABEL).position(|byte| *byte == b'>') else { return false };
    let label = &label[label.len() - start..];
    let word = word_before(label, label.len());
    match words::kind(word) {
        Some(Kind::Person) => true,
        Some(Kind::Name) => word.len() == label.len() || is_persons_label(label, label.len() - word.len()),
        _ => words::is_own_role(word),
    }
}

/// Whether the word that ends at `end` is the last of a short label that begins its line: letters only.
fn is_label_of_form(text: &[u8], end: usize) -> bool {
    const MAX_LABEL: usize = 32;
    let Some(label) = line_before(text, end, 2 * MAX_LABEL).map(<[u8]>::trim_ascii) else { return false };
    let is_of_label =
        |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'/' | b'#' | b'\'' | b'&' | b'-');
    !label.is_empty()
        && label.len() <= MAX_LABEL
        && label.iter().all(is_of_label)
        && label.windows(2).all(|pair| pair != b"  ")
}

/// What stands before a name in a list of persons behind a colon or a word that announces them: each of the ones before has up to
/// four words with capitals, and perhaps a remark in brackets. Where one of them has a single word, the list has to be one of
/// persons alone: `Attendees: Okafor, Lindqvist`, `Drs. Okafor and Lindqvist`.
fn in_announced_list(text: &[u8], from: usize) -> Option<Left> {
    const MAX_NAMES: usize = 20;
    const JOINTS: [&[u8]; 6] = [b", and ", b" and ", b" AND ", b", ", b"; ", b" & "];
    let mut before = &text[..from];
    let mut has_lone = false;
    for _ in 0..MAX_NAMES {
        let rest = JOINTS.iter().find_map(|joint| before.strip_suffix(*joint))?;
        let rest = match rest.strip_suffix(b")") {
            Some(inside) => {
                let open = inside.iter().rev().take(32).position(|byte| *byte == b'(')?;
                inside[..inside.len() - open - 1].trim_ascii_end()
            }
            None => rest,
        };
        let (start, words) = name_that_ends(rest);
        if !(1..=4).contains(&words) {
            return None;
        }
        has_lone |= words == 1;
        let head = rest[..start].trim_ascii_end();
        let label = head.strip_suffix(b":");
        let head = label.or_else(|| head.strip_suffix(b".")).unwrap_or(head);
        let word = word_before(head, head.len());
        if word.eq_ignore_ascii_case(b"drs") {
            return Some(Left::Title);
        }
        if word.eq_ignore_ascii_case(b"dear") {
            return Some(Left::Called);
        }
        if has_lone && announces_persons(word, label.is_some()) {
            return Some(Left::Among);
        }
        let is_announced = label.is_some() || words::kind(word) == Some(Kind::Person);
        if !has_lone && is_announced && words::announces_list(word) {
            return Some(Left::Called);
        }
        if label.is_some() {
            return None;
        }
        before = &rest[..start];
    }
    None
}

/// Whether persons alone stand in the list behind the word: with a colon, or where it is a word for relatives, without one.
fn announces_persons(word: &[u8], has_colon: bool) -> bool {
    #[rustfmt::skip]
    static LABELS: WordSet = WordSet::new(&[
        "attendees", "attending", "attendings", "cc", "clinicians", "consultants", "consults", "guests", "hosts",
        "interns", "invitees", "members", "nurses", "panelists", "participants", "patients", "physicians",
        "providers", "pts", "residents", "speakers", "staff", "students", "surgeons", "visitors", "witnesses",
    ]);
    #[rustfmt::skip]
    static RELATIVES: WordSet = WordSet::new(&[
        "aunts", "boys", "brothers", "children", "cousins", "daughters", "girls", "grandchildren", "grandparents",
        "kids", "nephews", "nieces", "parents", "siblings", "sisters", "sons", "stepchildren", "twins", "uncles",
    ]);
    (has_colon && LABELS.contains(word)) || RELATIVES.contains(word)
}

/// Whether a key is called by what a person is to who keeps the record.
fn is_person_of_key(word: &[u8]) -> bool {
    #[rustfmt::skip]
    static KEYS: WordSet = WordSet::new(&[
        "applicant", "borrower", "buyer", "cardholder", "customer", "debtor", "donor", "employee", "grantor",
        "guarantor", "guest", "holder", "insured", "lessee", "member", "passenger", "payee",
        "policyholder", "purchaser", "recipient", "registrant", "respondent", "seller", "student", "taxpayer",
        "tenant", "traveler", "traveller", "visitor", "witness",
    ]);
    KEYS.contains(word)
}

/// Where the words with capitals begin that a text ends with, and how many there are. A greeting or the title of several is none of them.
fn name_that_ends(text: &[u8]) -> (usize, usize) {
    const MOST: usize = 5;
    let (mut start, mut at, mut words) = (text.len(), text.len(), 0);
    loop {
        let word = word_before(text, at);
        let is_name = word.first().is_some_and(|first| first.is_ascii_uppercase() || *first >= 0xc3);
        let is_head =
            [&b"dear"[..], b"drs"].iter().any(|head| word.eq_ignore_ascii_case(head)) || announces_persons(word, false);
        if !is_name || is_head || words == MOST {
            return (start, words);
        }
        start = at - word.len();
        words += 1;
        if !matches!(text[..start].last(), Some(b' ' | b'-' | b'\'')) {
            return (start, words);
        }
        at = start - 1;
    }
}

/// `patient name`, `name of patient`, `last name`; not `file name`.
fn is_persons_label(text: &[u8], name_start: usize) -> bool {
    let end =
        text[..name_start].iter().rposition(|byte| !matches!(byte, b' ' | b'_' | b'-')).map_or(0, |place| place + 1);
    let mut word = word_before(text, end);
    if word.ends_with(b"'s") {
        word = &word[..word.len() - 2];
    }
    matches!(words::kind(word), Some(Kind::Person | Kind::NameLabel)) || words::is_own_role(word)
}

/// Whether somebody signed or saw it: `electronically signed by `, `seen by `.
fn is_done_by(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    const DEEDS: [&[u8]; 11] = [
        b"administered",
        b"assessed",
        b"dictated",
        b"evaluated",
        b"examined",
        b"interpreted",
        b"prescribed",
        b"seen",
        b"signed",
        b"transcribed",
        b"treated",
    ];
    let before = text[..word_end - word.len()].trim_ascii_end();
    let deed = word_before(before, before.len());
    word.eq_ignore_ascii_case(b"by") && DEEDS.iter().any(|known| deed.eq_ignore_ascii_case(known))
}

/// `Bill to: `, `Dictated by: `; not `Tested-by: `, which is said of programs.
fn is_addressed(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    const TO: [&[u8]; 7] = [b"bill", b"ship", b"sold", b"payable", b"deliver", b"mail", b"assigned"];
    const BY: [&[u8]; 7] = [b"opened", b"closed", b"handled", b"assigned", b"resolved", b"escalated", b"raised"];
    let before = text[..word_end - word.len()].trim_ascii_end();
    let before = before.strip_suffix(b"_").unwrap_or(before);
    let deed = word_before(before, before.len());
    let is_to = TO.iter().any(|known| deed.eq_ignore_ascii_case(known));
    (word.eq_ignore_ascii_case(b"to") && is_to)
        || (word.eq_ignore_ascii_case(b"by")
            && (words::is_clinical_deed(deed) || BY.iter().any(|known| deed.eq_ignore_ascii_case(known))))
}

fn is_behind_person(text: &[u8]) -> bool {
    let text = without_in_law(text.trim_ascii_end());
    let word = word_before(text, text.len());
    words::kind(word.strip_suffix(b"'s").unwrap_or(word)) == Some(Kind::Person)
}

/// `my name is `, `her name was `, `this is `, `I am `, `under the name `, `calls me `, `it's under `, `my husband's name `
fn says_name(text: &[u8], word_end: usize, word: &[u8]) -> bool {
    let is_verb = [&b"is"[..], b"was"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
    let before = text[..word_end - word.len()].trim_ascii_end();
    let owner = word_before(before, before.len());
    if (is_verb && owner.eq_ignore_ascii_case(b"this")) || (word == b"am" && owner == b"I") {
        return true;
    }
    let is_of = |list: &[&[u8]]| list.iter().any(|known| owner.eq_ignore_ascii_case(known));
    if word == b"you" {
        return is_of(&[b"thank"]);
    }
    if word == b"me" {
        return is_of(&[b"call", b"calls", b"called"]);
    }
    if word == b"under" {
        return is_of(&[b"it's", b"is", b"listed", b"registered", b"filed", b"booked", b"scheduled"]);
    }
    if word == b"name" && (owner.ends_with(b"'s") || is_of(&[b"my", b"her", b"his", b"their", b"full", b"maiden"])) {
        return true;
    }
    if word == b"name" && owner == b"the" {
        return before[..before.len() - owner.len()].trim_ascii_end().ends_with(b"under");
    }
    let Some(owner) = is_verb.then(|| before.strip_suffix(b"name")).flatten() else { return false };
    let owner = owner.trim_ascii_end();
    let owner = word_before(owner, owner.len());
    const OWNERS: [&[u8]; 9] = [b"my", b"her", b"his", b"their", b"real", b"legal", b"full", b"first", b"preferred"];
    OWNERS.iter().any(|known| owner.eq_ignore_ascii_case(known))
}

/// `my name is `, `her name was `, `name's `
pub(super) fn says_own_name(text: &[u8], from: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let word = word_before(before, before.len());
    [&b"name's"[..], b"i'm"].iter().any(|said| word.eq_ignore_ascii_case(said))
        || ([&b"is"[..], b"was"].iter().any(|verb| word.eq_ignore_ascii_case(verb))
            && before[..before.len() - word.len()].trim_ascii_end().ends_with(b"name")
            && says_name(text, before.len(), word))
}
