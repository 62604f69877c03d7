//! The value of a label that does not follow it at once: farther on in its sentence, or in the line that answers a question.
//!
//! Only for labels that name nothing but a number or a date (`distant`), and only the first number behind them is tried, unless
//! something between says that it is another one.

use super::labelled::List;
use super::{Engine, PathPlan};
use crate::detectors::context::PhraseSpan;
use crate::detectors::exact::normalise::named_month;
use crate::detectors::labels::{is_filler, is_masked, labelled_value_start};
use crate::detectors::tokens::is_word_byte;
use crate::detectors::word_set::WordSet;
use crate::model::{Column, ColumnKind, Confidence, Match, Records};
use std::ops::Range;

/// How far behind its label a value may begin in the same line.
const MAX_BYTES: usize = 64;
/// In how many lines below an answer may stand.
const MAX_LINES: usize = 3;
/// How long the part of a line is at most that says who speaks.
const MAX_SPEAKER_BYTES: usize = 48;
/// How far from its beginning the answer may stand in a line.
const MAX_ANSWER_BYTES: usize = 80;
/// How far behind the next label a number is that label's own.
const MAX_GAP: usize = 12;
/// Fewer digits are no identifier that is recognised so far from its label.
const MIN_DIGITS: usize = 5;

/// Words that say that the next number is another one, or that there is none.
#[rustfmt::skip]
static OTHERS: WordSet = WordSet::new(&[
    "absent", "accession", "admission", "admitted", "amount", "appointment", "appt", "balance", "batch", "blank",
    "build", "call", "called", "calling", "count", "counts", "date", "dated", "declined", "deleted", "discharge",
    "discharged", "due", "effective", "error", "exp", "expires", "ext", "extension", "fax", "faxed", "if",
    "invalid", "invoice", "line", "lot", "masked", "missing", "none", "not", "omitted",
    "order", "page", "pages", "pending", "phone", "port", "redacted", "ref", "reference", "refused", "removed",
    "requisition", "room", "seen", "since", "sku", "tel", "ticket", "total", "unavailable", "unknown",
    "until", "version", "visit", "visited", "when", "withheld", "within", "without",
]);

impl Engine {
    /// Tries the number behind the first of the phrases, for the detectors of which it may be the distant label.
    pub(super) fn try_distant(
        &self,
        column: &Column,
        plan: &PathPlan,
        (phrases, value): (&[PhraseSpan], usize),
        matches: &mut Vec<Match>,
    ) {
        let Some((label, behind)) = phrases.split_first() else { return };
        let meaning = |span: &PhraseSpan| &self.compiled.phrases.meanings[usize::from(span.phrase)];
        let detectors = &meaning(label).distant;
        if detectors.is_empty() {
            return;
        }
        let (bytes, end) = (column.bytes.as_slice(), label.end as usize);
        let line = end..column.ends[value] as usize;
        let found = match first_number(bytes, line.clone(), MAX_BYTES) {
            Some(number) if !says_other(&bytes[end..number.start]) && !is_masked(bytes, number.start) => {
                Some((number, value))
            }
            Some(_) => None,
            None if asks(&bytes[line]) => answer(column, value),
            None => None,
        };
        let Some((number, place)) = found else { return };
        // The next label, right before the number, has it for its own: `MRN and DOB: 3/4/1985`. Names have no numbers.
        let names = self.compiled.names.as_ref().map(|(index, _)| *index);
        let announces_other = |span: &PhraseSpan| {
            span.start as usize >= end
                && (span.end as usize..=span.end as usize + MAX_GAP).contains(&number.start)
                && meaning(span).labels.iter().any(|other| !detectors.contains(other) && Some(*other) != names)
        };
        let limit = column.ends[place] as usize;
        let is_area = bytes[..number.start].ends_with(b"(") && bytes[number.end..limit].starts_with(b")");
        if behind.iter().take_while(|span| (span.start as usize) < number.start).any(announces_other)
            || (!is_area && is_other_number(&bytes[number.start..limit]))
        {
            return;
        }
        let is_phone = is_area || has_form_of_phone(&bytes[number.start..limit]);
        let is_told = |index: &&u16| {
            plan.allows(**index) && (!is_phone || self.compiled.detectors[usize::from(**index)].is_telephone)
        };
        for &index in detectors.iter().filter(is_told) {
            let detector = &self.compiled.detectors[usize::from(index)];
            let range = (number.start..limit, List::up_to(limit), detector.context_confidence.min(Confidence::Medium));
            self.try_labelled(column, (usize::from(index), place), range, matches);
        }
    }

    /// Tries the values that stand before the last of the phrases and are told by it: `ID W30419153  GRP 77120`.
    pub(super) fn try_values_before(
        &self,
        column: &Column,
        plan: &PathPlan,
        (phrases, value): (&[PhraseSpan], usize),
        matches: &mut Vec<Match>,
    ) {
        let Some((behind, before)) = phrases.split_last() else { return };
        let bytes = column.bytes.as_slice();
        let earliest = (behind.start as usize).saturating_sub(MAX_BYTES).max(column.range(value).start);
        for told in &self.compiled.phrases.meanings[usize::from(behind.phrase)].values_before {
            let mut near = before.iter().rev().take_while(|span| span.start as usize >= earliest);
            let Some(label) = near.find(|span| span.phrase == told.first).filter(|_| plan.allows(told.detector)) else {
                continue;
            };
            let (label, limit) = (label.start as usize..label.end as usize, behind.start as usize);
            let Some(start) = labelled_value_start(bytes, label, limit) else { continue };
            let confidence = self.compiled.detectors[usize::from(told.detector)].context_confidence;
            self.try_labelled(
                column,
                (usize::from(told.detector), value),
                (start..limit, List::up_to(limit), confidence),
                matches,
            );
        }
    }
}

/// The first word with a digit in a line that begins within so many bytes.
fn first_number(bytes: &[u8], line: Range<usize>, most: usize) -> Option<Range<usize>> {
    let digit = line.start + bytes[line.clone()].iter().take(most).position(u8::is_ascii_digit)?;
    let start = bytes[line.start..digit].iter().rposition(|byte| !is_word_byte(*byte));
    let start = start.map_or(line.start, |place| line.start + place + 1);
    let end =
        bytes[digit..line.end].iter().position(|byte| !is_word_byte(*byte)).map_or(line.end, |place| digit + place);
    // `6 Jun 1943`, but `June 6, 1943` begins with its month.
    let before = bytes[line.start..start].trim_ascii_end();
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let month = &before[before.len() - word..];
    let start = if named_month(month).is_some() { line.start + before.len() - word } else { start };
    Some(start..end)
}

/// Whether what stands between says that the number is another one: a sum, a part of a path, a word for it.
fn says_other(between: &[u8]) -> bool {
    matches!(between.last(), Some(b'$' | b'/' | b'_' | b'@' | b'%' | b'<' | b'=' | b'\\' | b'&' | b'+' | b'~'))
        || between.split(|byte| !is_word_byte(*byte)).any(|word| !word.is_empty() && OTHERS.contains(word))
        || ends_sentence(between)
}

/// Whether a sentence ends in the text and the next one names the number as another one: `on the chart. Lot 4471920`, but not `for
/// Ada Okafor. It should be 4471920`. What is shorter than three letters before the dot is an abbreviation.
fn ends_sentence(text: &[u8]) -> bool {
    const GOES_ON: [&[u8]; 10] =
        [b"It", b"Its", b"That", b"This", b"The", b"Mine", b"Hers", b"His", b"Number", b"Should"];
    const SAID: [&[u8]; 12] =
        [b"sure", b"yes", b"yeah", b"ok", b"okay", b"um", b"uh", b"so", b"and", b"oh", b"well", b"correct"];
    let end_of = |place: usize| {
        let before = text[..place].iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
        before >= 3 && matches!(text.get(place + 1), Some(b' '))
    };
    let Some(end) = memchr::memrchr_iter(b'.', text).find(|place| end_of(*place)) else { return false };
    let next = text[end + 1..].trim_ascii_start();
    let word = next.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let last = next.trim_ascii_end();
    let last = &last[last.iter().rposition(|byte| !is_word_byte(*byte)).map_or(0, |place| place + 1)..];
    let is_said = is_filler(last) || SAID.iter().any(|said| last.eq_ignore_ascii_case(said));
    next.first().is_some_and(u8::is_ascii_uppercase)
        && !GOES_ON.contains(&&next[..word])
        && !last.is_empty()
        && !is_said
}

/// Whether it is written as telephone numbers are.
fn has_form_of_phone(text: &[u8]) -> bool {
    let length = text.iter().take_while(|byte| is_word_byte(**byte) || matches!(byte, b'-' | b'.')).count();
    text[..length].split(|byte| !is_word_byte(*byte)).map(<[u8]>::len).eq([3, 3, 4])
}

/// Whether it is written as moments or shares are, or is too short for an identifier.
fn is_other_number(text: &[u8]) -> bool {
    const MAX_NUMBER_BYTES: usize = 64;
    let length = text
        .iter()
        .take(MAX_NUMBER_BYTES)
        .take_while(|byte| is_word_byte(**byte) || matches!(byte, b'-' | b'.' | b'/' | b':' | b'%'))
        .count();
    let text = &text[..length];
    let groups: Vec<usize> = text.split(|byte| !is_word_byte(*byte)).map(<[u8]>::len).collect();
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_date = text.contains(&b'/')
        || (groups.len() == 3 && groups[0] == 4)
        || text.first().is_some_and(u8::is_ascii_alphabetic);
    text.contains(&b'%')
        || text.contains(&b':')
        || (digits < MIN_DIGITS && groups.len() == 1 && !may_be_day(text) && !is_date)
}

/// The day of a date with the name of a month: `6 Jun 1943`, `6th`.
fn may_be_day(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=2).contains(&digits) && (text.len() == digits || text.len() == digits + 2)
}

/// Whether the rest of a line asks for something: a question, or a few words of a talk (`need dob first`).
fn asks(rest: &[u8]) -> bool {
    const MAX_WORDS: usize = 6;
    // A line may be the whole file.
    const MAX_REST_BYTES: usize = 160;
    if rest.len() > MAX_REST_BYTES {
        return false;
    }
    let words = rest.split(|byte| !is_word_byte(*byte)).filter(|word| !word.is_empty()).count();
    rest.contains(&b'?') || words <= MAX_WORDS
}

/// The first number in the next lines of the same talk.
fn answer(column: &Column, value: usize) -> Option<(Range<usize>, usize)> {
    if column.kind != ColumnKind::Lines {
        return None;
    }
    // Where each line has its time, each is a record.
    let is_talk = |line: &[u8]| line.first().is_some_and(|first| first.is_ascii_digit() || *first == b'[');
    let is_of_talk = |below: usize| match &column.records {
        Records::Mapped(records) if records.get(below) == records.get(value) => true,
        Records::Identity | Records::Mapped(_) => is_talk(column.value(value)) && is_talk(column.value(below)),
        Records::Dictionary { .. } => false,
    };
    // `Ada: `, `[10:02] Ada: `, `@desk: `, `[ADA] `, `ada> `, `> `
    let speaker = |line: &[u8]| {
        let head = &line[..line.len().min(MAX_SPEAKER_BYTES)];
        let signs: [&[u8]; 3] = [b": ", b"> ", b"] "];
        signs.iter().filter_map(|sign| memchr::memmem::find(head, sign)).min()
    };
    speaker(column.value(value))?;
    for below in (value + 1..column.len()).take(MAX_LINES) {
        let line = column.range(below);
        let text = &column.bytes[line.clone()];
        if !is_of_talk(below) {
            return None;
        }
        let said = line.start + speaker(text)? + 1..line.end;
        if let Some(number) = first_number(&column.bytes, said.clone(), MAX_ANSWER_BYTES) {
            return (!says_other(&column.bytes[said.start..number.start])).then_some((number, below));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_between_may_be_about_another_number() {
        for other in [" see chart. Lot ", " is in the chart. Bed ", " missing - batch ", " count ", " (total "] {
            assert!(says_other(other.as_bytes()), "{other}");
        }
        for same in [
            " for patient Lee. It should read ",
            " per Dr. Lee is ",
            " affected: ",
            " for the caller, ",
            " to verify. Sure, ",
        ] {
            assert!(!says_other(same.as_bytes()), "{same}");
        }
        assert!(OTHERS.is_searchable());
    }
}
