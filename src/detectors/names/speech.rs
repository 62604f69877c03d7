//! Who speaks, writes and signs: names in talks, mails and letters, and what is said of persons in a sentence.
//!
//! Looks at the bytes around a word or a candidate; what follows from it is decided in the module above.

use super::surroundings::{self, end_of_address, is_said_of_patients, leading_word, line_before, word_before};
use super::words::{self, Kind};
use super::{parse, prose};
use crate::detectors::word_set::WordSet;

/// Whether the word stands for itself: a line of its own, as names end letters, who speaks in a talk (`Ada: `,
/// `Ada [10:03]: `), or who does something at the beginning of a sentence.
pub(super) fn is_said(text: &[u8], word: parse::Part) -> bool {
    let before = text[..word.start].trim_ascii_end();
    let rest = &text[word.end..];
    if before.is_empty() || (before == b"-" && rest.trim_ascii().is_empty()) {
        let trimmed = rest.trim_ascii();
        if rest.starts_with(b": ")
            || rest.starts_with(b"> ")
            || trimmed.is_empty()
            || trimmed == b","
            || is_time_of_talk(trimmed)
        {
            return true;
        }
    }
    let begins_sentence = before.last().is_none_or(|last| matches!(last, b'.' | b':' | b'!'));
    begins_sentence && rest.strip_prefix(b" ").is_some_and(|rest| words::is_deed(leading_word(rest)))
}

/// Whether a degree or a profession follows: `Ada, RN`, `Ada RN`.
pub(super) fn has_degree(text: &[u8], end: usize) -> bool {
    let rest = text[end..].strip_prefix(b",").unwrap_or(&text[end..]);
    rest.strip_prefix(b" ").is_some_and(|rest| words::is_degree(leading_word(rest)))
}

/// Whether somebody is spoken to: `Ada, your test is final`, `Ada Okafor, we're sorry`.
pub(super) fn is_spoken_to(text: &[u8], from: usize, end: usize) -> bool {
    const SAID: [&[u8]; 8] = [b"your ", b"we ", b"we're ", b"you ", b"you're ", b"kindly ", b"please ", b"thank you"];
    let before = text[..from].trim_ascii_end();
    // `To finish, Ada, please call`
    let begins = before.last().is_none_or(|last| matches!(last, b'"' | b']' | b'.' | b'!' | b':' | b'\n' | b','));
    begins && text[end..].strip_prefix(b", ").is_some_and(|rest| SAID.iter().any(|said| rest.starts_with(said)))
}

/// Whether brackets say what the person is to the patient: `Kimia (sister)`.
pub(super) fn is_called_relative(text: &[u8], end: usize) -> bool {
    text[end..].strip_prefix(b" (").is_some_and(surroundings::is_relative_in_brackets)
}

/// Whether a relative follows, who is the person's: `Ada's mother`.
pub(super) fn has_relative(text: &[u8], end: usize) -> bool {
    text[end..].strip_prefix(b"'s ").is_some_and(|rest| words::is_relative(leading_word(rest)))
}

/// Whether a verb of charts follows: `reports`, `denies`.
pub(super) fn is_charted(text: &[u8], end: usize) -> bool {
    let Some(rest) = text[end..].strip_prefix(b" ") else { return false };
    let word = leading_word(rest);
    words::kind(word) == Some(Kind::Sequel) && is_said_of_patients(rest, word)
}

/// Whether whoever speaks in a line (`Ada: `, `Ada [10:03]: `) speaks in another one near it, too: so talks are written, and no settings.
pub(super) fn speaks_again(bytes: &[u8], line: usize, end: usize) -> bool {
    const NEAR: usize = 600;
    let name = &bytes[line..end];
    let is_speech =
        |rest: &[u8]| rest.starts_with(b": ") || rest.starts_with(b"> ") || is_time_of_talk(rest.trim_ascii_start());
    if !is_speech(&bytes[end..]) || name.contains(&b' ') {
        return false;
    }
    let near = &bytes[line.saturating_sub(NEAR)..bytes.len().min(end + NEAR)];
    let lines = || near.split(|byte| *byte == b'\n');
    let own = lines().filter_map(|text| text.strip_prefix(name)).filter(|rest| is_speech(rest));
    // Somebody else speaks between: the lines of one speaker alone may be those of a list.
    let others = lines().filter(|text| {
        let word = leading_word(text);
        word.first().is_some_and(u8::is_ascii_uppercase) && is_speech(&text[word.len()..]) && word != name
    });
    own.count() > 1 && others.count() > 1
}

/// Whether a mail quotes what somebody wrote: `On May 3, 2026, Ada Okafor wrote:`.
pub(super) fn wrote(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let address = rest.strip_prefix(b" ").and_then(end_of_address).map_or(0, |length| length + 1);
    rest[address..].starts_with(b" wrote:")
}

/// Whether a mail address stands in brackets behind the name that has one of its words in it: `Ada Okafor (okafor7@lakeside.org)`.
pub(super) fn has_own_mail(text: &[u8], from: usize, end: usize) -> bool {
    const MAX_ADDRESS: usize = 64;
    const MIN_WORD: usize = 3;
    let Some(rest) = text[end..].strip_prefix(b" (").or_else(|| text[end..].strip_prefix(b" <")) else { return false };
    let rest = &rest[..rest.len().min(MAX_ADDRESS)];
    let Some(local) = rest.iter().position(|byte| *byte == b'@').map(|at| &rest[..at]) else { return false };
    let holds =
        |word: &[u8]| word.len() >= MIN_WORD && local.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    text[from..end].split(|byte| !byte.is_ascii_alphabetic()).any(holds)
}

/// Months that are given names, too.
pub(super) fn is_month(word: &[u8]) -> bool {
    [&b"April"[..], b"May", b"June", b"July", b"August"].contains(&word)
}

/// What ends a greeting: `Dear Ada,`, `Hello Ada -`, `Hi Ada!`, `Dear Ada and Luis,`.
pub(super) fn ends_greeting(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let other = rest.strip_prefix(b" and ").or_else(|| rest.strip_prefix(b" & "));
    let after = other.filter(|other| other.first().is_some_and(u8::is_ascii_uppercase)).map(leading_word);
    let joint = if rest.starts_with(b" & ") { 3 } else { 5 };
    let end = after.map_or(end, |word| end + joint + word.len());
    matches!(text[end..], [b',' | b'!' | b':', ..] | [b' ', b'-', b' ', ..])
}

/// Whether something of the person follows: `Ada's chart`, `Ada's CT scan`.
pub(super) fn has_belonging(text: &[u8], end: usize) -> bool {
    // `St. Brendan's Hospital`
    let is_title =
        |word: &[u8]| word.first().is_some_and(u8::is_ascii_uppercase) && !word.iter().all(u8::is_ascii_uppercase);
    let word = text[end..].strip_prefix(b"'s ").map(leading_word);
    word.is_some_and(|word| !is_title(word) && prose::is_belonging(word))
}

/// Whether the writer goes on as one of the persons: `Ada and I`, or says what the person did: `Okafor said yesterday`.
pub(super) fn is_beside_writer(text: &[u8], end: usize) -> bool {
    text[end..].starts_with(b" and I ") || (text.get(end) == Some(&b' ') && says_near(&text[end + 1..]))
}

/// Whether a dash signs with the word that ends the line: `call me at 4. - Ada`.
pub(super) fn is_signature(text: &[u8], from: usize, end: usize) -> bool {
    text[end..].trim_ascii().is_empty() && from > 0 && is_signed(text, from)
}

/// Whether what follows is what somebody does whom the writer knows: `met us yesterday`, `lives at`, `asked about`.
pub(super) fn acts(text: &[u8], end: usize) -> bool {
    const MAX_SENTENCE: usize = 120;
    const ALONE: [&[u8]; 17] = [
        b"called back",
        b"called about",
        b"asked about",
        b"asked for",
        b"asked if",
        b"asked to",
        b"attended the ",
        b"works as ",
        b"works at ",
        b"works for ",
        b"moved to ",
        b"agreed to ",
        b"forgot ",
        b"would like ",
        b"signed the ",
        b"and I ",
        b"owes ",
    ];
    let Some(rest) = text[end..].strip_prefix(b" ") else { return false };
    let rest = behind_other_person(rest);
    let sentence = &rest[..rest.len().min(MAX_SENTENCE)];
    let sentence = &sentence[..memchr::memchr2(b'.', b'\n', sentence).unwrap_or(sentence.len())];
    ALONE.iter().any(|start| sentence.starts_with(start)) || says_near(rest)
}

/// Whether a verb of persons follows, and in its sentence what tells where and when the writer is.
fn says_near(rest: &[u8]) -> bool {
    const MAX_SENTENCE: usize = 120;
    #[rustfmt::skip]
    static SAID: WordSet = WordSet::new(&[
        "asked", "asks", "brought", "called", "calls", "came", "dropped", "gave", "left", "met", "paid", "picked",
        "said", "saw", "says", "sent", "spoke", "stopped", "thinks", "told", "visited", "went", "wrote",
    ]);
    #[rustfmt::skip]
    static NEAR: WordSet = WordSet::new(&[
        "friday", "me", "monday", "my", "our", "saturday", "sunday", "thursday", "today", "tomorrow", "tonight",
        "tuesday", "us", "wednesday", "yesterday",
    ]);
    if !SAID.contains(leading_word(rest)) {
        return false;
    }
    let sentence = &rest[..rest.len().min(MAX_SENTENCE)];
    let sentence = &sentence[..memchr::memchr3(b'.', b'\n', b',', sentence).unwrap_or(sentence.len())];
    sentence.split(|byte| !byte.is_ascii_alphabetic()).any(|word| NEAR.contains(word))
}

/// What follows the second of two persons: `and Luis Ortega attended`.
fn behind_other_person(rest: &[u8]) -> &[u8] {
    let Some(other) = rest.strip_prefix(b"and ") else { return rest };
    let given = leading_word(other);
    let Some(last) = other[given.len()..].strip_prefix(b" ") else { return rest };
    let family = leading_word(last);
    let is_name = |word: &[u8]| word.len() > 1 && word[0].is_ascii_uppercase();
    match last[family.len()..].strip_prefix(b" ") {
        Some(after) if is_name(given) && is_name(family) => after,
        _ => rest,
    }
}

/// `[10:03]: ` or `(10:03 AM): `
fn is_time_of_talk(rest: &[u8]) -> bool {
    const MAX_TIME: usize = 24;
    let close = match rest.first() {
        Some(b'[') => b']',
        Some(b'(') => b')',
        _ => return false,
    };
    let end = rest.iter().take(MAX_TIME).position(|byte| *byte == close);
    rest[1..].first().is_some_and(u8::is_ascii_digit) && end.is_some_and(|end| rest.get(end + 1) == Some(&b':'))
}

/// Whether who tells has met or called the person: `spoke with `, `called `.
pub(super) fn is_told(text: &[u8], from: usize) -> bool {
    #[rustfmt::skip]
    static DEEDS: WordSet = WordSet::new(&[
        "ask", "asked", "call", "called", "contact", "contacted", "emailed", "meet", "meeting", "met", "notified",
        "paged", "phoned", "seeing", "tell", "texted", "texting", "thank", "told", "visiting",
    ]);
    // What is said of those who sign and decide, and seldom of programs.
    #[rustfmt::skip]
    static DONE: WordSet = WordSet::new(&[
        "accompanied", "approved", "assigned", "authorized", "escorted", "hired", "interviewed", "ordered",
        "signed", "supervised", "witnessed",
    ]);
    const TALKS: [&[u8]; 6] = [b"spoke", b"spoken", b"met", b"discussed", b"talked", b"reviewed"];
    let is_of = |list: &[&[u8]], word: &[u8]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let before = text[..from].trim_ascii_end();
    let word = word_before(before, before.len());
    let earlier = before[..before.len() - word.len()].trim_ascii_end();
    let is_by = |word: &[u8]| word.eq_ignore_ascii_case(b"by") || word.eq_ignore_ascii_case(b"to");
    if text[..from].ends_with(b"@")
        || earlier.ends_with(b"behalf")
        || (word == b"to" && is_of(&[b"according"], word_before(earlier, earlier.len())))
    {
        return true;
    }
    if is_by(word) && DONE.contains(word_before(earlier, earlier.len())) {
        return true;
    }
    DEEDS.contains(word) || (is_of(&[b"with", b"to"], word) && is_of(&TALKS, word_before(earlier, earlier.len())))
}

/// Whether a dash before the name signs what was written: `... called back. -A. Okafor`
pub(super) fn is_signed(text: &[u8], from: usize) -> bool {
    let before = text[..from].trim_ascii_end();
    let sentence = before.strip_suffix(b"-").or_else(|| before.strip_suffix("\u{2014}".as_bytes()));
    sentence.is_some_and(|sentence| sentence.last().is_none_or(|last| matches!(last, b' ' | b'-' | b'.')))
}

/// Whether the line above ends a letter.
pub(super) fn is_below_closing(bytes: &[u8], line_start: usize) -> bool {
    closing_above(bytes, line_start).is_some()
}

/// Where the line above begins that ends a letter: `Sincerely,`, `Thank you so much,`, or no more than `Thanks`.
pub(super) fn closing_above(bytes: &[u8], line_start: usize) -> Option<usize> {
    const MAX_LINE: usize = 40;
    const MAX_BARE: usize = 12;
    // A value ends in a separator, and a blank line may stand between.
    let above = bytes[..line_start.min(bytes.len())].trim_ascii_end();
    let (above, is_marked) = match above {
        [line @ .., b',' | b'!'] => (line, true),
        _ => (above, false),
    };
    let line = line_before(above, above.len(), if is_marked { MAX_LINE } else { MAX_BARE })?;
    let start = above.len() - line.len();
    let line = line.trim_ascii_start();
    let word = word_before(line, line.len());
    let ends = if is_marked {
        let is_thanks = || line.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"thank you"));
        words::closes(word)
            || [&b"you"[..], b"best"].iter().any(|closing| word.eq_ignore_ascii_case(closing))
            || is_thanks()
    } else {
        word.len() == line.len() && words::closes(word)
    };
    ends.then_some(start)
}

/// Whether who is named is a program that talks: `Ivy, your virtual assistant`, `Ivy (bot)`.
pub(super) fn is_program(text: &[u8], end: usize) -> bool {
    const MAX_REMARK: usize = 48;
    #[rustfmt::skip]
    static PROGRAMS: WordSet = WordSet::new(&[
        "ai", "automated", "bot", "chatbot", "digital", "robot", "robotic", "virtual", "voicebot",
    ]);
    let rest = &text[end..];
    let Some(rest) = [&b", "[..], b" ("].iter().find_map(|mark| rest.strip_prefix(*mark)) else { return false };
    let rest = &rest[..rest.len().min(MAX_REMARK)];
    let remark = &rest[..rest.iter().position(|byte| b".!?:)\n".contains(byte)).unwrap_or(rest.len())];
    const BEFORE: [&[u8]; 6] = [b"your", b"our", b"the", b"a", b"an", b"my"];
    let mut words = remark.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words
        .find(|word| !BEFORE.iter().any(|before| word.eq_ignore_ascii_case(before)))
        .is_some_and(|word| PROGRAMS.contains(word))
}
