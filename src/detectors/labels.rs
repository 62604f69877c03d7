//! The grammar of labels: where the value stands that a label announces.
//!
//! A label is a phrase of a detector, in running text (`MRN on file is 4471920`), in forms (`MRN (clinic): 4471920`), in
//! markup (`<td>MRN</td><td>4471920</td>`) or as a key (`mrn=4471920`). Which phrases are labels and what their values
//! look like is not known here.

use super::tokens::is_word_byte;
use super::word_set::WordSet;
use std::ops::Range;

/// How far a value may begin behind its label, not counting tags and remarks in parentheses.
const MAX_GAP_BYTES: usize = 40;

/// Words between a label and its value that say nothing; `mm`, `dd` and `yyyy` are the places that a form has for a date.
#[rustfmt::skip]
static FILLERS: WordSet = WordSet::new(&[
    "age", "appears", "are", "as", "assigned", "at", "back", "be", "being", "card", "changed", "code", "codes",
    "confirmed", "dd", "ending", "entered", "file", "found", "gender", "given", "have", "her", "him", "home", "id",
    "identification", "identifier", "ids", "is", "it", "it's", "its", "listed", "me", "mm", "nbr", "nbsp", "no", "nos", "now", "num",
    "number", "numbers", "on", "please", "primary", "provided", "reads", "ready", "record", "recorded", "s", "said",
    "says", "secondary", "sex", "should", "showing", "shows", "the", "them", "to", "updated", "us", "used", "value",
    "verified", "was", "we", "which", "yy", "yyyy",
]);

/// Fillers that stand directly before a value, after whatever else was said.
static ANNOUNCERS: WordSet = WordSet::new(&["are", "as", "is", "on", "was"]);

/// Words that begin an addition to a label: `MRN for John Smith is 4471920`, `born in Ohio on 3/4/1985`.
static OPENERS: WordSet = WordSet::new(&["according", "for", "in", "of", "per"]);

/// How many words such an addition may have.
const MAX_ADDED_WORDS: usize = 3;

/// How many words may come before the value in the answer to a question: `Your DOB? Caller: Sure, it's 3/4/1985`.
const MAX_ANSWER_WORDS: usize = 6;

/// Whether a word between a label and its value says nothing.
pub(super) fn is_filler(word: &[u8]) -> bool {
    is_one_of(word, &FILLERS)
}

/// Words without digits, none of them a month, which would begin a date.
fn is_small_talk(word: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let is_month = word.get(..3).is_some_and(|start| MONTHS.iter().any(|month| start.eq_ignore_ascii_case(month)));
    word.iter().all(u8::is_ascii_alphabetic) && !is_month
}

/// Where what is answered begins, behind who answers and what else is said: `Caller: Sure, it's 3/4/1985`.
pub(super) fn after_speaker(bytes: &[u8], start: usize, limit: usize) -> usize {
    const MAX_SPEAKER_BYTES: usize = 16;
    let line = &bytes[start..limit];
    let speaker = line.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mut at = match line.get(speaker..speaker + 2) {
        Some(b": ") if (1..=MAX_SPEAKER_BYTES).contains(&speaker) => start + speaker + 2,
        // `Speaker 2 (0:24): 3/4/1985`
        _ if speaker > 0 => start + end_of_timed_speaker(line).unwrap_or(0),
        _ => start,
    };
    for _ in 0..MAX_ANSWER_WORDS {
        let word = bytes[at..limit].iter().take_while(|byte| is_word_byte(**byte)).count();
        let (said, rest) = bytes[at..limit].split_at(word);
        let gap = rest.iter().take_while(|byte| matches!(byte, b' ' | b',' | b'.' | b'\'')).count();
        // `HZN 449 201 883`
        let begins_number = said.len() <= 4
            && said.iter().all(u8::is_ascii_uppercase)
            && !is_filler(said)
            && rest.get(gap).is_some_and(u8::is_ascii_digit);
        if word == 0 || gap == 0 || !is_small_talk(said) || begins_number {
            break;
        }
        at += word + gap;
    }
    at
}

/// Where what is said begins in a line that has a time in brackets behind who speaks: `Speaker 2 (0:24): `.
fn end_of_timed_speaker(line: &[u8]) -> Option<usize> {
    const MAX_SPEAKER_BYTES: usize = 40;
    let head = &line[..line.len().min(MAX_SPEAKER_BYTES)];
    let end = memchr::memmem::find(head, b"): ").or_else(|| memchr::memmem::find(head, b"]: "))?;
    let open = memchr::memrchr2(b'(', b'[', &head[..end])?;
    let is_time = head[open + 1..end].iter().all(|byte| byte.is_ascii_digit() || b":.APMapm ".contains(byte));
    is_time.then_some(end + 3)
}

/// Where a line of a talk begins behind the time that it was written at: `[10:02:30] user: 3/4/1985`. `None` without one.
pub(super) fn after_time(bytes: &[u8], line: Range<usize>) -> Option<usize> {
    const MAX_TIME_BYTES: usize = 24;
    let rest = bytes[line.clone()].strip_prefix(b"[")?;
    let close = rest.iter().take(MAX_TIME_BYTES).position(|byte| *byte == b']')?;
    let is_time = rest[..close].contains(&b':') && rest[..close].first().is_some_and(u8::is_ascii_digit);
    let blanks = rest[close + 1..].iter().take_while(|byte| **byte == b' ').count();
    is_time.then_some(line.start + close + 2 + blanks)
}

/// Where the value begins that a label announces: after blanks, punctuation, markup, remarks and a few filler words
/// (`MRN is`, `SSN number (patient):`), within a short gap. `None` where something else follows.
pub(super) fn labelled_value_start(bytes: &[u8], label: Range<usize>, limit: usize) -> Option<usize> {
    let limit = limit.min(bytes.len());
    let end = label.end;
    // What a closing tag ends has been said, and who speaks in a talk says nothing of what is said: `[MBR] 1245319599`.
    if bytes[..label.start].ends_with(b"</") || is_speaker(bytes, &label) {
        return None;
    }
    if is_glued(bytes, &label, limit) {
        return Some(end);
    }
    let (mut at, mut latest) = (end, limit.min(end + MAX_GAP_BYTES));
    // Words of an addition that may still come; none outside one.
    let mut added = None;
    // Words of an answer that may still come, once the label has asked.
    let mut answer = 0;
    while at < latest {
        let byte = bytes[at];
        if let Some(after) = after_aside(bytes, at, limit) {
            latest = limit.min(latest + after - at);
            at = after;
            continue;
        }
        if !is_word_byte(byte) {
            let is_break = match byte {
                b',' => at > end && added.is_none() && answer == 0 && !goes_on_with_value(&bytes[at + 1..limit]),
                b'.' => added.is_some(),
                // Repetitions of a field: `EPIC^MRN~433302881`.
                b'~' => at == end && bytes.get(at + 1).is_some_and(|next| is_word_byte(*next)),
                _ => matches!(byte, b';' | b'\n') && at > end,
            };
            if is_break {
                return None;
            }
            match byte {
                b':' | b'=' => added = None,
                b'?' => answer = MAX_ANSWER_WORDS,
                _ => {}
            }
            at += 1;
            continue;
        }
        let word_end = (at..limit).find(|next| !is_word_byte(bytes[*next])).unwrap_or(limit);
        let word = &bytes[at..word_end];
        match added {
            Some(_) if is_one_of(word, &ANNOUNCERS) => added = None,
            Some(0) => return None,
            Some(MAX_ADDED_WORDS) if is_behind_of(&bytes[..at]) && has_digit(word) => return Some(at),
            Some(_) if has_digit(word) => return None,
            Some(more) => added = Some(more - 1),
            // `birth_date = TO_DATE('1974-05-10'`
            None if word.eq_ignore_ascii_case(b"date")
                && matches!(bytes[word_end..], [b'(', b'\'', ..] | [b' ', b'\'', ..]) => {}
            None if is_one_of(word, &FILLERS) || is_ordinal(word, bytes.get(word_end)) => {}
            // `DIAGNOSIS  A. M5450  B. H35431`
            None if at > end && is_item_letter(word, &bytes[word_end..limit]) => {}
            // A second label for the same value: `SSN/TIN: 536904399`.
            None if at == end + 1 && bytes[end] == b'/' && word.iter().all(u8::is_ascii_alphabetic) => {}
            None if at > end && is_one_of(word, &OPENERS) => added = Some(MAX_ADDED_WORDS),
            None if answer > 0 && is_small_talk(word) => answer -= 1,
            // A label that ends in punctuation (`SS#`) needs nothing between.
            None if is_masked(bytes, at) => return None,
            None => return (at > end || !is_word_byte(bytes[end - 1])).then_some(at),
        }
        at = word_end;
    }
    None
}

/// Whether the label stands in brackets at the beginning of a line.
fn is_speaker(bytes: &[u8], label: &Range<usize>) -> bool {
    bytes.get(label.end) == Some(&b']')
        && bytes[..label.start].ends_with(b"[")
        && (label.start == 1 || bytes[label.start - 2] == b'\n')
}

/// Whether a long number or a date follows a short label in capitals without anything between: `MRN4471920`.
fn is_glued(bytes: &[u8], label: &Range<usize>, limit: usize) -> bool {
    const MAX_LABEL_BYTES: usize = 4;
    const MIN_DIGITS: usize = 7;
    label.len() <= MAX_LABEL_BYTES
        && bytes[label.clone()].iter().all(u8::is_ascii_uppercase)
        && bytes.get(label.end).is_some_and(u8::is_ascii_digit)
        && bytes[label.end..limit].iter().take_while(|byte| is_digit_or_joint(byte)).count() >= MIN_DIGITS
}

/// Whether it counts labels: `Dx 2: I10`.
fn is_ordinal(word: &[u8], next: Option<&u8>) -> bool {
    word.len() <= 2 && word.iter().all(u8::is_ascii_digit) && matches!(next, Some(b':' | b'='))
}

/// Whether it is the letter of an item: `A. `, `b) `.
pub(super) fn is_item_letter(word: &[u8], rest: &[u8]) -> bool {
    word.len() == 1 && word[0].is_ascii_alphabetic() && matches!(rest, [b'.' | b')' | b':', b' ', ..])
}

fn has_digit(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
}

fn is_behind_of(text: &[u8]) -> bool {
    text.ends_with(b"of ")
}

fn is_digit_or_joint(byte: &u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'/')
}

/// The end of a tag, a character reference or a remark in parentheses that begins at `at`. A remark has no digits: what
/// has them may be the value.
fn after_aside(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    const MAX_ASIDE_BYTES: usize = 48;
    let rest = &bytes[at..limit.min(at + MAX_ASIDE_BYTES)];
    let closing = match (rest.first()?, rest.get(1)?) {
        (b'<', b'/' | b'a'..=b'z' | b'A'..=b'Z') => b'>',
        (b'(', next) if next.is_ascii_alphabetic() => b')',
        (b'[', next) if next.is_ascii_alphabetic() => b']',
        (b'&', b'#' | b'a'..=b'z') => b';',
        _ => return None,
    };
    let length = memchr::memchr(closing, rest)?;
    let inside = &rest[1..length];
    let is_aside = match closing {
        b'>' => !inside.contains(&b'<'),
        b';' => inside.len() <= 6 && inside[1..].iter().all(u8::is_ascii_alphanumeric),
        _ => !inside.iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'=' | b'(' | b'[')),
    };
    is_aside.then_some(at + length + 1)
}

/// Whether what follows a comma is the value (`MRN number, 4471920`) or names it (`{"type": "MRN", "value": "4471920"}`).
fn goes_on_with_value(rest: &[u8]) -> bool {
    let skipped = rest.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'')).count();
    let length = rest[skipped..].iter().take_while(|byte| is_word_byte(**byte)).count();
    let word = &rest[skipped..skipped + length];
    word.eq_ignore_ascii_case(b"value") || (skipped == 1 && has_digit(word))
}

fn is_one_of(word: &[u8], words: &WordSet) -> bool {
    // Most labels are followed by numbers.
    word.first().is_some_and(u8::is_ascii_alphabetic) && words.contains(word)
}

/// The attributes of the tag that a label names end here, and its content begins: `<mrn use="official">4471920`.
pub(super) fn tag_content_start(bytes: &[u8], label: Range<usize>, limit: usize) -> Option<usize> {
    const MAX_TAG_BYTES: usize = 80;
    let before = label.start.checked_sub(1)?;
    let limit = limit.min(bytes.len());
    if bytes[before] != b'<' || bytes.get(label.end) != Some(&b' ') {
        return None;
    }
    let length = memchr::memchr(b'>', &bytes[label.end..limit.min(label.end + MAX_TAG_BYTES)])?;
    let start = label.end + length + 1;
    let is_empty = memchr::memmem::find(&bytes[label.end..start], b"value=").is_some();
    (start < limit && !is_empty).then_some(start)
}

/// The value that a database says to be there already, before the name of its key: `Duplicate entry '536904399' for key 'person.ssn'`.
fn duplicate_entry(bytes: &[u8], label: usize, earliest: usize) -> Option<Range<usize>> {
    const MAX_NAME_BYTES: usize = 64;
    const MAX_VALUE_BYTES: usize = 80;
    let name = bytes[earliest..label].iter().rev().take(MAX_NAME_BYTES);
    let name = name.take_while(|byte| is_word_byte(**byte) || matches!(byte, b'_' | b'.' | b'`')).count();
    let end = bytes[earliest..label - name].strip_suffix(b"' for key '").map(|before| earliest + before.len())?;
    let length = bytes[earliest..end].iter().rev().take(MAX_VALUE_BYTES).position(|byte| *byte == b'\'')?;
    bytes[earliest..end - length - 1].ends_with(b"Duplicate entry ").then_some(end - length..end)
}

/// The value before a label in parentheses: `4471920 (MRN)`, `4471920 (patient's MRN)`, `(305) 448-2210 (fax)`; and a telephone
/// number before its last word: `305-448-2210 fax`. It begins after `earliest`.
pub(super) fn value_before(bytes: &[u8], label: Range<usize>, earliest: usize) -> Option<Range<usize>> {
    if let Some(value) = duplicate_entry(bytes, label.start, earliest) {
        return Some(value);
    }
    const MAX_OWNER_BYTES: usize = 12;
    const MAX_VALUE_BYTES: usize = 24;
    if bytes[label.clone()].eq_ignore_ascii_case(b"fax") && !goes_on_with_number(&bytes[label.end..]) {
        let before = &bytes[earliest..label.start];
        let end = before.trim_ascii_end().strip_suffix(b"-").unwrap_or(before.trim_ascii_end()).len();
        if before[..end].ends_with(b"(") {
            let end = before[..end - 1].trim_ascii_end().len();
            return telephone_before(bytes, earliest, earliest + end);
        }
        return telephone_before(bytes, earliest, earliest + end);
    }
    if !matches!(bytes.get(label.end), Some(b')' | b']')) {
        return None;
    }
    let owner = bytes[earliest..label.start].iter().rev().take(MAX_OWNER_BYTES);
    let owner = owner.take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'')).count();
    let open = (label.start - owner).checked_sub(1).filter(|open| *open >= earliest)?;
    if !matches!(bytes[open], b'(' | b'[') {
        return None;
    }
    let blanks = bytes[earliest..open].iter().rev().take_while(|byte| **byte == b' ').count();
    let end = open - blanks;
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'.');
    let length = bytes[earliest..end].iter().rev().take_while(part).count();
    let start = end - length;
    let is_value = bytes[start..end].iter().any(u8::is_ascii_digit) && length <= MAX_VALUE_BYTES;
    (is_value && is_word_byte(bytes[start])).then_some(start..end)
}

/// Whether a number follows in the same line, a few bytes on.
fn goes_on_with_number(rest: &[u8]) -> bool {
    const FEW_BYTES: usize = 16;
    rest.iter().take(FEW_BYTES).take_while(|byte| **byte != b'\n').any(u8::is_ascii_digit)
}

/// The ten digits of a telephone number that ends at a place, with what joins them, and begins after `earliest`.
fn telephone_before(bytes: &[u8], earliest: usize, end: usize) -> Option<Range<usize>> {
    const DIGITS: usize = 10;
    const MOST_BYTES: usize = 14;
    let part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b' ' | b')' | b'/');
    let run = bytes[earliest..end].iter().rev().take(MOST_BYTES).take_while(part).count();
    let text = &bytes[end - run..end];
    let (first, _) = text.iter().enumerate().rev().filter(|(_, byte)| byte.is_ascii_digit()).nth(DIGITS - 1)?;
    let start = end - run + first;
    (!(start > earliest && bytes[start - 1].is_ascii_digit())).then_some(start..end)
}

/// How long the word is that a form has under a label for what is to be written there: `MM`, `DD`, `YYYY`, or the number of the
/// box, `1a`.
fn place_of_form(text: &[u8]) -> usize {
    const PLACES: [&[u8]; 4] = [b"MM", b"DD", b"YY", b"YYYY"];
    let length = text.iter().take_while(|byte| is_word_byte(**byte)).count();
    let word = &text[..length];
    let is_box = matches!(word, [b'1'..=b'9', b'a'..=b'd'] | [b'1'..=b'3', b'0'..=b'9', b'a'..=b'd']);
    if is_box || PLACES.contains(&word) { length } else { 0 }
}

/// Whether a line has nothing but punctuation and markup after the label that ends at `end`, or ends as a question
/// (`Can I have your SSN please?`).
pub(super) fn is_alone(bytes: &[u8], end: usize, limit: usize) -> bool {
    let (mut at, line) = (end, bytes[end..limit].trim_ascii_end());
    // A sentence may be broken before the value: `whose medical record number is`.
    if [&b" is"[..], b" was", b" are"].contains(&line) {
        return true;
    }
    let mut words = match line {
        [.., b'?'] => MAX_ANSWER_WORDS,
        _ => 0,
    };
    while at < limit {
        match after_aside(bytes, at, limit) {
            Some(after) => at = after,
            None if is_mark(bytes[at]) || b":#.?_=".contains(&bytes[at]) => at += 1,
            None if words > 0 => {
                let length = bytes[at..limit].iter().take_while(|byte| is_word_byte(**byte)).count();
                if length == 0 || !is_small_talk(&bytes[at..at + length]) {
                    return false;
                }
                words -= 1;
                at += length;
            }
            None => match place_of_form(&bytes[at..limit]) {
                0 => return false,
                length => at += length,
            },
        }
    }
    true
}

/// How many marks a line may begin with; more of them are a ruler.
const MAX_MARKS: usize = 4;

/// Where the first value of a line begins: after blanks, marks of quotes and lists, and tags.
pub(super) fn first_value(bytes: &[u8], line: Range<usize>) -> Option<usize> {
    let (mut at, mut marks) = (line.start, 0);
    while at < line.end && marks <= MAX_MARKS {
        if let Some(after) = after_aside(bytes, at, line.end) {
            at = after;
            continue;
        }
        if is_word_byte(bytes[at]) {
            return Some(after_item_number(bytes, at, line.end));
        }
        if !is_mark(bytes[at]) {
            return None;
        }
        marks += usize::from(!bytes[at].is_ascii_whitespace());
        at += 1;
    }
    None
}

/// Blanks and what marks a quotation, an item of a list or a cell.
fn is_mark(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'*-|>[{(+".contains(&byte)
}

/// Where an item of a numbered list begins: `2. I10`, `3) E11.9`.
fn after_item_number(bytes: &[u8], at: usize, limit: usize) -> usize {
    let digits = bytes[at..limit].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match &bytes[at + digits..limit] {
        [b'.' | b')', b' ', ..] if (1..=2).contains(&digits) => at + digits + 2,
        _ => at,
    }
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyValue {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// Whether quotation marks or a sign that data has alone say that it is one: programs write `first_name = request.name` too.
    pub(super) is_told: bool,
}

/// What joins a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Joint {
    /// One past its last byte.
    end: usize,
    sign: Sign,
    /// Blanks stand before it, or it is one that programs and tables have.
    is_loose: bool,
}

/// The kinds of joints that differ in where the value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `zip=02138`, up to the next blank.
    Equals,
    /// `First name: Mary Ann`, and every other one.
    Colon,
    /// `<firstName>`
    Tag,
}

/// The joint at a place behind a key: `=`, `:`, `==`, `:=`, `=>`, `->`, `|` or a tab, with blanks around it.
fn joint_at(line: &[u8], at: usize) -> Option<Joint> {
    const MAX_BLANKS: usize = 24;
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let blanks = line.get(at..)?.iter().take(MAX_BLANKS).take_while(is_blank).count();
    let rest = &line[at + blanks..];
    let joint = |length: usize, sign: Sign, is_loose: bool| {
        let end = at + blanks + length;
        let is_spaced = sign == Sign::Equals && matches!(line.get(end), Some(b' ' | b'\t'));
        // Behind ` = ` the value goes on to the end of the entry, as behind a colon.
        let sign = if is_spaced { Sign::Colon } else { sign };
        Some(Joint { end, sign, is_loose: is_loose || is_spaced || blanks > 0 })
    };
    match rest {
        [b':', b':', ..] | [b'=', b'~', ..] => None,
        [b'=', b'=', b'=', ..] => joint(3, Sign::Colon, true),
        [b'=', b'=' | b'>', ..] | [b'-', b'>', ..] | [b':', b'=', ..] => joint(2, Sign::Colon, true),
        [b'=', ..] => joint(1, Sign::Equals, false),
        [b':', ..] => joint(1, Sign::Colon, false),
        [b'|', ..] => joint(1, Sign::Colon, true),
        _ if line[at..at + blanks].contains(&b'\t') => joint(0, Sign::Colon, true),
        _ => None,
    }
}

/// The value of the key that ends at `end`: what stands between the joint and the quotation mark that closes or the next border.
/// After all but `=` the value may have blanks, and then has to be all there is up to a comma, a semicolon, a wide gap or the end of the line.
pub(super) fn value_of_key(bytes: &[u8], end: usize, limit: usize) -> Option<KeyValue> {
    const MAX_VALUE_BYTES: usize = 80;
    let line = &bytes[..limit];
    let is_mark = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'`'));
    let emphasis = |at: usize| line[at..].iter().take_while(|byte| **byte == b'*').count();
    // Quotation marks inside a string have a backslash before them.
    let escape = |at: usize| usize::from(line.get(at) == Some(&b'\\') && is_mark(line.get(at + 1)));
    let mut at = end + escape(end);
    at += usize::from(is_mark(line.get(at)));
    at += emphasis(at.min(limit));
    let joint = match line.get(at) {
        Some(b'>') if at == end && is_opening_tag(bytes, end) => {
            Joint { end: at + 1, sign: Sign::Tag, is_loose: false }
        }
        _ => joint_at(line, at)?,
    };
    at = joint.end;
    at += emphasis(at);
    while joint.sign == Sign::Colon && matches!(line.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    // The first element of a list: `"given":["Ada"]`.
    at += usize::from(joint.sign != Sign::Tag && line.get(at) == Some(&b'[') && is_mark(line.get(at + 1)));
    at += escape(at);
    let mark = line.get(at).copied().filter(|byte| is_mark(Some(byte)));
    at += usize::from(mark.is_some());
    let start = at;
    let latest = limit.min(start + MAX_VALUE_BYTES);
    let near = &bytes[start.min(latest)..latest];
    // An apostrophe inside (`'D'Angelo'`) closes nothing.
    let goes_on = |place: usize| near.get(place + 1).is_some_and(|next| is_word_byte(*next));
    let closes = |place: usize, mark: u8| match near[place] {
        b'\\' => true,
        byte => byte == mark && !(mark == b'\'' && goes_on(place)),
    };
    let quoted = mark.and_then(|mark| (0..near.len()).find(|place| closes(*place, mark)));
    let is_border = |place: usize| match bytes[place] {
        b'&' | b'"' | b',' | b';' | b'|' | b'<' | b'>' | b'\t' | b'\r' | b'\n' | b'}' | b']' | b'\\' => true,
        b' ' => joint.sign == Sign::Equals || bytes.get(place + 1) == Some(&b' '),
        _ => false,
    };
    let stop = quoted.map(|length| start + length).or_else(|| (start..latest).find(|place| is_border(*place)));
    // Without a border in reach it is no value of a form.
    let stop = stop.or((latest == limit).then_some(limit))?;
    // The content of a tag ends where the tag is closed.
    let is_whole = joint.sign != Sign::Tag || line.get(stop..stop + 2) == Some(b"</");
    let is_told = quoted.is_some() || !joint.is_loose;
    let stop = stop - bytes[start..stop].iter().rev().take_while(|byte| **byte == b' ').count();
    (stop > start && is_whole && !is_masked(bytes, start)).then_some(KeyValue { range: start..stop, is_told })
}

/// Whether the label is the name of a tag that opens: `<given>`, `<v3:given qualifier="CL">`.
pub(super) fn is_name_of_tag(bytes: &[u8], label: &Range<usize>) -> bool {
    label.start > 0
        && matches!(bytes[label.start - 1], b'<' | b':')
        && matches!(bytes.get(label.end), Some(b'>' | b' '))
}

/// Whether the tag of the other part of a name stands near the tag that the label names: `<family>` beside `<given>`.
pub(super) fn has_sibling_tag(bytes: &[u8], label: Range<usize>) -> bool {
    const NEAR: usize = 160;
    const PAIRS: [(&[u8], &[u8]); 2] = [(b"given", b"family"), (b"first", b"last")];
    let name = &bytes[label.clone()];
    let sibling = PAIRS.iter().find_map(|(one, other)| match () {
        () if name.eq_ignore_ascii_case(one) => Some(*other),
        () if name.eq_ignore_ascii_case(other) => Some(*one),
        () => None,
    });
    let near = &bytes[label.start.saturating_sub(NEAR)..bytes.len().min(label.end + NEAR)];
    sibling.is_some_and(|sibling| {
        near.windows(sibling.len() + 2).any(|tag| {
            matches!(tag[0], b'<' | b':')
                && matches!(tag[tag.len() - 1], b'>' | b' ')
                && tag[1..tag.len() - 1].eq_ignore_ascii_case(sibling)
        })
    })
}

/// Whether two numbers have the same form: digits and letters at the same places, and the same marks between.
pub(super) fn are_numbers_alike(one: &[u8], other: &[u8]) -> bool {
    let is_alike = |(one, other): (&u8, &u8)| {
        (one.is_ascii_digit() && other.is_ascii_digit())
            || (one.is_ascii_alphabetic() && other.is_ascii_alphabetic())
            || one == other
    };
    one.len() == other.len() && has_digit(one) && one.iter().zip(other).all(is_alike)
}

/// Whether the one number behind a label in the plural says how many there are: `claims: 4471920 processed`, `total claims: 4471920`.
pub(super) fn is_count(bytes: &[u8], label: usize, value: Range<usize>) -> bool {
    let before = bytes[..label].trim_ascii_end();
    let word = before.iter().rev().take_while(|byte| is_word_byte(**byte)).count();
    let word = &before[before.len() - word..];
    let is_summed = word.eq_ignore_ascii_case(b"total") || word.eq_ignore_ascii_case(b"of");
    let goes_on = matches!(bytes.get(value.end..value.end + 2), Some([b' ', next]) if next.is_ascii_lowercase());
    bytes[value].iter().all(u8::is_ascii_digit) && (is_summed || goes_on)
}

/// Whether what stands at a place is the rest of a value that is masked: `****7528`, `#####7528`, `xxxx7528`. Two asterisks that
/// close behind the value are emphasis.
pub(super) fn is_masked(bytes: &[u8], at: usize) -> bool {
    const MIN_MARKS: usize = 3;
    const BULLET: &[u8] = "\u{2022}".as_bytes();
    let marks = |mark: u8| bytes[..at].iter().rev().take(MIN_MARKS).take_while(|byte| **byte == mark).count();
    let word = &bytes[at..];
    let is_emphasis = || {
        let length = word.iter().take_while(|byte| is_word_byte(**byte) || **byte == b'-').count();
        word[length..].starts_with(b"**")
    };
    let hidden = word.iter().take_while(|byte| matches!(byte, b'x' | b'X' | b'-')).count();
    let crosses = word[..hidden].iter().filter(|byte| **byte != b'-').count();
    let is_crossed_out = crosses >= MIN_MARKS && word.get(hidden).is_some_and(u8::is_ascii_digit);
    marks(b'*') >= MIN_MARKS
        || (marks(b'*') == 2 && !is_emphasis())
        || marks(b'#') >= MIN_MARKS
        || bytes[..at].ends_with(BULLET)
        || word.starts_with(BULLET)
        || is_crossed_out
}

/// Whether the key that ends at `end` is the name of a tag that opens: `<firstName>`, `<first_name>`. Formats of
/// documents write `<firstname>`, of authors.
fn is_opening_tag(bytes: &[u8], end: usize) -> bool {
    const MAX_NAME_BYTES: usize = 40;
    let is_name = |byte: &&u8| is_word_byte(**byte) || matches!(byte, b'_' | b'-' | b'.');
    let length = bytes[..end].iter().rev().take(MAX_NAME_BYTES).take_while(is_name).count();
    let name = &bytes[end - length..end];
    let is_of_record = name.iter().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    is_of_record && bytes[..end - length].ends_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_value_up_to_the_next_border() {
        let value = |text: &str, key: &str| {
            value_of_key(text.as_bytes(), key.len(), text.len()).map(|found| text[found.range].to_owned())
        };
        assert_eq!(value("zip=02138&x=1", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip=02138 done", "zip").as_deref(), Some("02138"));
        assert_eq!(value("first name: Mary Ann  last", "first name").as_deref(), Some("Mary Ann"));
        assert_eq!(value("zip\": \"02138\"}", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip: 02138", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip code", "zip"), None);
        let tag = |text: &str| value_of_key(text.as_bytes(), 10, text.len()).map(|found| text[found.range].to_owned());
        assert_eq!(tag("<firstName>Mary Ann</firstName>").as_deref(), Some("Mary Ann"));
        assert_eq!(tag("<firstName>Mary<br>"), None);
        assert_eq!(tag("<firstname>Mary</firstname>"), None);
        assert_eq!(tag(" firstName>Mary</x>"), None);
        assert_eq!(value("zip=", "zip"), None);
        for text in [
            "zip=Ada",
            "zip: Ada",
            "zip=\"Ada\"",
            "zip='Ada'",
            "zip\":\"Ada",
            "zip\": \"Ada\"",
            "zip = Ada",
            "zip = \"Ada\"",
            "zip\"=>\"Ada\"",
            "zip => 'Ada'",
            "zip->Ada",
            "zip := \"Ada\"",
            "zip == Ada",
            "zip|Ada|",
            "zip | Ada | x",
            "zip\tAda\tx",
            "zip=['Ada']",
        ] {
            assert_eq!(value(text, "zip").as_deref(), Some("Ada"), "{text}");
        }
        assert_eq!(value("zip='D'Ada', ", "zip").as_deref(), Some("D'Ada"));
        assert_eq!(value("zip::Ada", "zip"), None);
        let is_told = |text: &str| value_of_key(text.as_bytes(), 3, text.len()).is_some_and(|found| found.is_told);
        assert!(is_told("zip=Ada") && is_told("zip = 'Ada'") && is_told("zip: Ada") && !is_told("zip = Ada"));
        assert_eq!(value(&format!("zip: {}", "x ".repeat(100)), "zip"), None);
    }

    #[test]
    fn tags_of_a_name_stand_beside_each_other() {
        let text = b"<given>Ada</given>\n<v3:family>Okafor</v3:family>";
        assert!(is_name_of_tag(text, &(1..6)) && has_sibling_tag(text, 1..6));
        assert!(!has_sibling_tag(b"<given>reason</given>", 1..6) && !is_name_of_tag(b"a given> b", &(2..7)));
    }

    #[test]
    fn masks_and_counts_are_no_values() {
        for masked in ["****7528", "#####7528", "xxxx7528", "XXX-XX-7528", "**7528", "\u{2022}\u{2022}7528"] {
            let at = masked.find(|mark: char| mark.is_alphanumeric()).unwrap();
            assert!(is_masked(masked.as_bytes(), at), "{masked}");
        }
        for whole in ["4471920", "#4471920", "**4471920**", "XX-4471920", "##4471920"] {
            let at = whole.find(|mark: char| mark.is_alphanumeric()).unwrap();
            assert!(!is_masked(whole.as_bytes(), at), "{whole}");
        }
        assert!(is_count(b"claims: 4471920 processed", 0, 8..15) && is_count(b"total claims: 4471920", 6, 14..21));
        assert!(!is_count(b"claims: 4471920", 0, 8..15) && !is_count(b"claims: W471920 paid", 0, 8..15));
        assert!(
            are_numbers_alike(b"A-471", b"B-306")
                && !are_numbers_alike(b"471", b"47")
                && !are_numbers_alike(b"ab", b"cd")
        );
    }

    #[test]
    fn a_label_announces_the_value_behind_punctuation_and_fillers() {
        let value = |text: &str, label: &str| {
            labelled_value_start(text.as_bytes(), 0..label.len(), text.len()).map(|start| text[start..].to_owned())
        };
        assert_eq!(value("MRN: 00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN number is #00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN\":\"00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN", "MRN"), None);
        assert_eq!(value("MRN 123, 45", "MRN").as_deref(), Some("123, 45"));
        assert_eq!(value("MRN -- ; 45", "MRN"), None);
    }

    #[test]
    fn labels_have_remarks_additions_and_markup() {
        let value = |text: &str, label: &str| {
            let at = text.find(label).unwrap();
            let found = labelled_value_start(text.as_bytes(), at..at + label.len(), text.len());
            found.map(|start| text[start..].split(['<', ' ', '"', '\'']).next().unwrap().to_owned())
        };
        for text in [
            "MRN (clinic): 4471920",
            "MRN on file is 4471920",
            "MRN for John Smith is 4471920",
            "**MRN:** 4471920",
            "<td>MRN</td><td>4471920</td>",
            "<b>MRN:</b>&nbsp;4471920",
            "'MRN' => '4471920'",
            "(MRN='4471920'",
            r#"{"type": "MRN", "value": "4471920"}"#,
            "MRN4471920",
        ] {
            assert_eq!(value(text, "MRN").as_deref(), Some("4471920"), "{text}");
        }
        assert_eq!(value("born in Columbus, Ohio on 3/4/85", "born").as_deref(), Some("3/4/85"));
        assert_eq!(value("Dx 2: I10", "Dx").as_deref(), Some("I10"));
        assert_eq!(value("SSN/TIN: 536904399", "SSN").as_deref(), Some("536904399"));
        assert_eq!(value("born in Ohio on 3/4/85", "born").as_deref(), Some("3/4/85"));
        assert_eq!(value("DOB? Yes, 3/4/85", "DOB").as_deref(), Some("3/4/85"));
        assert_eq!(value("DOB please? Caller: Sure, it's 3/4/85", "DOB").as_deref(), Some("3/4/85"));
        assert_eq!(value("DOB? Caller: Sure, 3/4/85", "DOB").as_deref(), Some("3/4/85"));
        assert_eq!(value("DOB per registration is 3/4/85", "DOB").as_deref(), Some("3/4/85"));
        assert_eq!(value("MRN of the patient is 4471920", "MRN").as_deref(), Some("4471920"));
        assert_eq!(value("MRN of 4471920", "MRN").as_deref(), Some("4471920"));
        assert_eq!(value("MRN number, 4471920", "MRN").as_deref(), Some("4471920"));
        assert_eq!(value("</MRN><id>4471920", "MRN"), None);
        for text in ["MRN, 12 visits; 4471920", "MRN for visits 4471920", "MRN in 4471920", "MRN, SSN, value"] {
            assert_ne!(value(text, "MRN").as_deref(), Some("4471920"), "{text}");
        }
    }

    #[test]
    fn a_label_in_parentheses_stands_behind_its_value() {
        let value = |text: &str| {
            let at = text.find("MRN").unwrap();
            value_before(text.as_bytes(), at..at + 3, 0).map(|range| text[range].to_owned())
        };
        assert_eq!(value("seen: 4471920 (MRN)").as_deref(), Some("4471920"));
        assert_eq!(value("4471920 (patient's MRN)").as_deref(), Some("4471920"));
        for other in ["4471920 MRN", "number (MRN)", "(MRN)", "MRN)", "4471920 (see MRN 5)", "4471920, (MRN)"] {
            assert_eq!(value(other), None, "{other}");
        }
    }

    #[test]
    fn a_line_below_a_label_may_be_marked() {
        let value = |text: &str| first_value(text.as_bytes(), 0..text.len()).map(|start| text[start..].to_owned());
        assert_eq!(value("  <td>4471920").as_deref(), Some("4471920"));
        assert_eq!(value("> 4471920").as_deref(), Some("4471920"));
        assert_eq!(value("2. I10").as_deref(), Some("I10"));
        assert_eq!(value("2.5").as_deref(), Some("2.5"));
        for none in [" -- ", "------ 4471920", "/// 4471920"] {
            assert_eq!(value(none), None);
        }
        assert_eq!(after_speaker(b"Caller: 3/4/85", 0, 14), 8);
        assert_eq!(after_speaker(b"Caller: yes, it's 3/4/85", 0, 24), 18);
        assert_eq!(after_speaker(b"3/4/85: x", 0, 9), 0);
        assert!(
            is_alone(b"MRN:</th>", 3, 9)
                && is_alone(b"MRN?", 3, 4)
                && is_alone(b"MRN is", 3, 6)
                && is_alone(b"DOB  MM DD YY", 3, 13)
                && is_alone(b"I.D. Number 1a", 11, 14)
                && !is_alone(b"MRN of", 3, 6)
                && is_alone(b"MRN please?", 3, 11)
        );
        let tag = "<mrn use=\"official\">4471920</mrn>";
        assert_eq!(
            tag_content_start(tag.as_bytes(), 1..4, tag.len()).map(|start| &tag[start..start + 7]),
            Some("4471920")
        );
    }
}
