//! Values of keys in text, `zip=02138` and `"family":"Okafor"`, and what a name looks like behind a label, a key or a heading.

use super::{Engine, PathPlan, found_at, passes, shape_evidence};
use crate::detectors::context::PhraseSpan;
use crate::detectors::labels::value_of_key;
use crate::model::{Column, Confidence, EvidenceFlags, Match};

impl Engine {
    /// Index of the detector of names, where one is in force.
    pub fn names_detector(&self) -> Option<u16> {
        self.compiled.names.as_ref().map(|(index, _)| *index)
    }

    /// Whether two neighbouring words of a path name a person.
    pub fn is_name_in_path(&self, one: &[u8], two: &[u8], telling: bool) -> bool {
        self.compiled.names.as_ref().is_some_and(|(_, names)| names.is_pair_of_path(one, two, telling))
    }

    /// In small letters a name has to be of the lists: `patient: ada okafor`, not `patient: denies pain`. In capitals one word at
    /// least is none of the dictionary: not `Patient Comfort Measures`.
    pub(super) fn may_be_name_of_label(&self, index: usize, value: &[u8]) -> bool {
        let names = self.compiled.names.as_ref().filter(|(detector, _)| usize::from(*detector) == index);
        names.is_none_or(|(_, names)| match value.iter().any(u8::is_ascii_uppercase) {
            true => names.has_other_than_words(value),
            false => names.is_pair(value),
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
        let bytes = column.bytes.as_slice();
        let Some(range) = value_of_key(bytes, span.end as usize, column.ends[value] as usize) else { return };
        for &index in keys.iter().filter(|index| plan.allows(**index)) {
            let detector = &self.compiled.detectors[usize::from(index)];
            if passes(detector, &bytes[range.clone()]) {
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
        let Some((_, names)) = self.compiled.names.as_ref().filter(|(names, _)| usize::from(*names) == index) else {
            return;
        };
        let Some(range) = value_of_key(&column.bytes, key, column.ends[value] as usize) else { return };
        let text = &column.bytes[range.clone()];
        if text.first().is_some_and(u8::is_ascii_uppercase) && names.listed_word(text).is_some() {
            let evidence = EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT);
            matches.push(found_at((index, value), (range.start, range.end), Confidence::Low, evidence));
        }
    }
}
