//! Values of keys in text, `zip=02138` and `"family":"Okafor"`, and what a name looks like behind a label, a key or a heading.

use super::search::reads_as_term;
use super::{Engine, PathPlan, found_at, passes, shape_evidence};
use crate::detectors::context::PhraseSpan;
use crate::detectors::labels::{KeyValue, has_sibling_tag, value_of_key};
use crate::detectors::names::Names;
use crate::detectors::phrase_tree::leading_letters;
use crate::detectors::tokens::is_word_byte;
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match};
use std::ops::Range;

/// Letters of the longest abbreviation.
const MAX_ABBREVIATION: usize = 5;

impl Engine {
    /// Index of the detector of names, where one is in force.
    pub fn names_detector(&self) -> Option<u16> {
        self.compiled.names.as_ref().map(|(index, _)| *index)
    }

    /// The names, if the detector is theirs.
    pub(super) fn names_of(&self, index: usize) -> Option<&Names> {
        self.compiled.names.as_ref().filter(|(detector, _)| usize::from(*detector) == index).map(|(_, names)| names)
    }

    /// Whether two neighbouring words of a path name a person.
    pub fn is_name_in_path(&self, one: &[u8], two: &[u8], telling: bool) -> bool {
        self.compiled.names.as_ref().is_some_and(|(_, names)| names.is_pair_of_path(one, two, telling))
    }

    /// Whether what stands behind a label may be a name. In small letters it has to be of the lists: `patient: ada okafor`, not
    /// `patient: denies pain`. In capitals one word at least is none of the dictionary: not `Patient Comfort Measures`. Without a
    /// colon the label may be the subject of a sentence: `PT FELL ON ICE`.
    pub(super) fn may_be_name_of_label(&self, index: usize, bytes: &[u8], range: Range<usize>) -> bool {
        self.names_of(index).is_none_or(|names| {
            let value = &bytes[range.clone()];
            let is_small = !value.iter().any(|byte| byte.is_ascii_uppercase() || *byte >= 0xc3);
            match is_told(&bytes[..range.start]) {
                true if is_small => names.is_small_pair_of_label(value),
                true => names.may_follow_label(value),
                false if is_small => names.is_pair(value),
                false => names.may_follow_bare_label(value),
            }
        })
    }

    /// What stands under a heading may be the label of another line: `PCP`, `Dx`. Short names are on the lists.
    pub(super) fn may_be_name_of_cell(&self, index: u16, value: &[u8]) -> bool {
        const MIN_LENGTH: usize = 4;
        let names = self.compiled.names.as_ref().filter(|(detector, _)| *detector == index);
        names.is_none_or(|(_, names)| value.len() >= MIN_LENGTH || names.listed_word(value).is_some())
    }

    /// Tries the value of a key in text (`zip=02138`, `First name: Luis`) for the detectors whose field the key is.
    pub(super) fn try_key(
        &self,
        column: &Column,
        plan: &PathPlan,
        (span, value): (PhraseSpan, usize),
        matches: &mut Vec<Match>,
    ) {
        let keys = &self.compiled.phrases.meanings[usize::from(span.phrase)].keys;
        if keys.is_empty() {
            return;
        }
        let (bytes, limit) = (column.bytes.as_slice(), column.ends[value] as usize);
        let end = end_of_field(&bytes[..limit], span.end as usize);
        let Some(KeyValue { range, is_told }) = value_of_key(bytes, end, limit) else { return };
        for &index in keys.iter().filter(|index| plan.allows(**index)) {
            let detector = &self.compiled.detectors[usize::from(index)];
            let names = self.names_of(usize::from(index));
            let end = match names {
                Some(_) => self.end_of_name(bytes, range.clone(), limit).unwrap_or(range.start),
                None => range.end,
            };
            let range = range.start..end;
            let text = &bytes[range.clone()];
            // `first_name = request.name`: without quotation marks, and behind a sign that programs have as well.
            let may_be = || match names {
                Some(names) => is_written_as_listed(names, text),
                None => text.iter().any(u8::is_ascii_digit),
            };
            if passes(detector, text) && (is_told || may_be()) {
                let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
                let place = (usize::from(index), value);
                matches.push(found_at(place, (range.start, range.end), detector.context_confidence, evidence));
            }
        }
    }

    /// A listed name alone as the value of a key: `"family":"Okafor"`.
    pub(super) fn try_name_of_key(
        &self,
        column: &Column,
        (key, index): (usize, usize),
        value: usize,
        matches: &mut Vec<Match>,
    ) {
        let Some(names) = self.names_of(index) else { return };
        let Some(found) = value_of_key(&column.bytes, key, column.ends[value] as usize) else { return };
        let KeyValue { range, .. } = found;
        let text = &column.bytes[range.clone()];
        if text.first().is_some_and(u8::is_ascii_uppercase) && names.listed_word(text).is_some() {
            let evidence = EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT);
            matches.push(found_at((index, value), (range.start, range.end), Confidence::Low, evidence));
        }
    }

    /// Tries the content of a tag that tells a part of a name where the tag of the other part stands beside it:
    /// `<given>Ada</given><family>Okafor</family>`. It begins at `start`.
    pub(super) fn try_name_of_tag(
        &self,
        column: &Column,
        (label, start): (Range<usize>, usize),
        (index, value): (usize, usize),
        matches: &mut Vec<Match>,
    ) {
        const MAX_CONTENT_BYTES: usize = 48;
        let bytes = column.bytes.as_slice();
        // The tag beside it may stand in another line of the text, but not in another value of a column.
        let known = if column.kind == ColumnKind::Lines { 0..bytes.len() } else { column.range(value) };
        let label = label.start - known.start..label.end - known.start;
        if self.names_of(index).is_none() || !has_sibling_tag(&bytes[known], label) {
            return;
        }
        let rest = &bytes[start..(column.ends[value] as usize).min(start + MAX_CONTENT_BYTES)];
        let Some(length) = memchr::memchr(b'<', rest).filter(|length| rest[*length..].starts_with(b"</")) else {
            return;
        };
        let length = rest[..length].trim_ascii_end().len();
        if passes(&self.compiled.detectors[index], &rest[..length]) {
            let evidence = shape_evidence(true).with(EvidenceFlags::CONTEXT);
            matches.push(found_at((index, value), (start, start + length), Confidence::Medium, evidence));
        }
    }

    /// Where a name ends. What finds it goes by capital letters, and may have taken a word too many: one that begins a term or a
    /// label (`Ada Okafor Metformin 500 mg`, `Ada Okafor SSN`), an abbreviation (`Ada Okafor COPD`), or a word of the dictionary
    /// behind a whole name (`Ada Okafor Follow`). `None` where nothing of a name is left.
    pub(super) fn end_of_name(&self, bytes: &[u8], name: Range<usize>, limit: usize) -> Option<usize> {
        let (_, names) = self.compiled.names.as_ref()?;
        if names.is_called_otherwise(&bytes[..limit], name.clone()) {
            return None;
        }
        let mut at = name.start;
        while at < name.end {
            let rest = &bytes[at..name.end];
            let length = rest.iter().take_while(|byte| is_word_byte(**byte) || matches!(byte, b'-' | b'\'')).count();
            let word = at..at + length;
            if length > 1 && self.is_behind_name(bytes, (name.start, word), (names, limit)) {
                let text = bytes[name.start..at].trim_ascii_end();
                let text = text.strip_suffix(b",").unwrap_or(text);
                let is_long = || text.len() > 3 && names.has_other_than_words(text);
                let is_name = text.contains(&b' ') || names.listed_word(text) == Some(true) || is_long();
                return is_name.then_some(name.start + text.len());
            }
            at += length.max(1);
        }
        Some(name.end)
    }

    /// Whether a word is none of the name that begins at `start`, and says something else.
    fn is_behind_name(
        &self,
        bytes: &[u8],
        (start, word): (usize, Range<usize>),
        (names, limit): (&Names, usize),
    ) -> bool {
        let text = &bytes[word.clone()];
        let is_first = word.start == start;
        let listed = || names.listed_word(text);
        let letters = leading_letters(text) as u32;
        if let Some(span) = self.compiled.phrases.at(bytes, (word.start, letters), limit) {
            let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
            let place = (span.start as usize, span.end as usize);
            let is_one_word = place.1 <= word.end;
            let is_term = !meaning.finds.is_empty() && reads_as_term(bytes, place, meaning.is_name_too);
            if is_term && (!is_one_word || listed() != Some(true)) {
                return true;
            }
            let owner = self.names_detector();
            let is_label = meaning.labels.iter().chain(&meaning.keys).any(|index| Some(*index) != owner);
            let is_followed = || matches!(bytes[place.1..limit.max(place.1)].first(), Some(b':' | b'#' | b'='));
            if is_label && !is_first && (is_followed() || listed().is_none()) {
                return true;
            }
        }
        if is_first || listed().is_some() {
            return false;
        }
        let is_suffix = matches!(text, b"II" | b"III" | b"IV" | b"JR" | b"SR");
        let is_abbreviation = text.len() <= MAX_ABBREVIATION
            && !is_suffix
            && text.iter().all(u8::is_ascii_uppercase)
            && bytes[start..word.start].iter().any(u8::is_ascii_lowercase);
        let before = bytes[start..word.start].trim_ascii_end();
        is_abbreviation || (!names.has_other_than_words(text) && names.is_full_name(before))
    }
}

/// Where the key ends, of a field of a form in markup behind its attribute: of `value` in `name="fname" value="Ada"`.
fn end_of_field(bytes: &[u8], end: usize) -> usize {
    const ATTRIBUTE: &[u8] = b" value";
    let quote = usize::from(matches!(bytes.get(end), Some(b'"' | b'\'')));
    let goes_on =
        quote == 1 && bytes[end + 1..].starts_with(ATTRIBUTE) && bytes.get(end + 1 + ATTRIBUTE.len()) == Some(&b'=');
    if goes_on { end + 1 + ATTRIBUTE.len() } else { end }
}

/// Whether the text before a name says that one follows: it ends in more than a word that is the subject of a sentence, too.
fn is_told(before: &[u8]) -> bool {
    const SUBJECTS: [&[u8]; 6] = [b"patient", b"patients", b"pt", b"pts", b"claimant", b"decedent"];
    let trimmed = before.trim_ascii_end();
    let trimmed = trimmed.strip_suffix(b".").unwrap_or(trimmed);
    let length = trimmed.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &trimmed[trimmed.len() - length..];
    // The column of a form is wide: `Patient    Ada Okafor`.
    before.len() > trimmed.len() + 2 || !SUBJECTS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether the lists have it, and it is written as names are.
fn is_written_as_listed(names: &Names, text: &[u8]) -> bool {
    let is_capitalised = text.first().is_some_and(|first| first.is_ascii_uppercase() || *first >= 0xc3);
    is_capitalised && (names.listed_word(text) == Some(true) || names.is_listed_pair(text))
}
