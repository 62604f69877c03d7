//! Names in small letters, as they are dictated and typed in a talk: `doctor ada okafor`, `visitor: ada okafor`, `ada okafor dob
//! 3/4/1961`.
//!
//! No capital tells them from other words, so nothing is looked at but the two words behind or before a phrase that leads to a
//! value, and both have to be hardly anything but names.

use super::{Engine, PathPlan, found_at};
use crate::detectors::names::{Names, SmallName};
use crate::model::{Column, Confidence, EvidenceFlags, Match};
use std::ops::Range;

impl Engine {
    /// Tries the two words behind a label: behind a blank, or behind a colon as all that the line says.
    pub(super) fn try_spoken_behind(
        &self,
        column: &Column,
        plan: &PathPlan,
        (detectors, label, value): (&[u16], Range<usize>, usize),
        matches: &mut Vec<Match>,
    ) {
        let Some((index, names)) = self.compiled.names.as_ref().filter(|(index, _)| plan.allows(*index)) else {
            return;
        };
        if !detectors.contains(index) {
            return;
        }
        let (bytes, limit) = (column.bytes.as_slice(), column.ends[value] as usize);
        let rest = &bytes[label.end.min(limit)..limit];
        if let Some(found) = small_name(names, &bytes[..limit], label.clone()) {
            let line = column.range(value).start;
            let is_care = names.is_of_care(&bytes[line..limit], found.start - line..found.end - line);
            let confidence = if is_care { Confidence::Medium } else { Confidence::Low };
            self.push_spoken(*index, (value, found), confidence, matches);
            return;
        }
        let (gap, is_line) = match rest {
            [b':', b' ', ..] => (2, true),
            // `spoke w/ ada okafor`
            [b'/', b' ', ..] => (2, false),
            [b' ', ..] => (1, false),
            _ => return,
        };
        let start = label.end + gap;
        let Some(end) = names.end_of_small_pair(&bytes[..limit], start) else { return };
        if !is_line || bytes[end..limit].trim_ascii().is_empty() {
            self.push_spoken(*index, (value, start..end), Confidence::Medium, matches);
        }
    }

    /// Tries the two words before a label whose value was found.
    pub(super) fn try_spoken_before(
        &self,
        column: &Column,
        plan: &PathPlan,
        (label, value): (usize, usize),
        matches: &mut Vec<Match>,
    ) {
        let Some((index, names)) = self.compiled.names.as_ref().filter(|(index, _)| plan.allows(*index)) else {
            return;
        };
        let line = column.range(value).start;
        let Some(before) = column.bytes[line..label].strip_suffix(b" ") else { return };
        let before = before.strip_suffix(b",").unwrap_or(before);
        if let Some(start) = names.start_of_small_pair(before) {
            self.push_spoken(*index, (value, line + start..line + before.len()), Confidence::Medium, matches);
        }
    }

    fn push_spoken(
        &self,
        index: u16,
        (value, range): (usize, Range<usize>),
        confidence: Confidence,
        matches: &mut Vec<Match>,
    ) {
        let evidence = EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT);
        let place = (usize::from(index), value);
        matches.push(found_at(place, (range.start, range.end), confidence, evidence));
    }
}

/// The one word behind a title or a word for a relative, where no second one makes a pair: `dr lindqvist`, `son (bram)`.
fn small_name(names: &Names, text: &[u8], label: Range<usize>) -> Option<Range<usize>> {
    let word = &text[label.clone()];
    let is_title = names.is_title(word);
    let gap = match text.get(label.end..)? {
        [b'.', b' ', ..] if is_title => 2,
        [b' ', b'(', ..] if !is_title => 2,
        [b' ', ..] => 1,
        _ => return None,
    };
    let whose = match is_title {
        true => SmallName::Family,
        false if names.is_relative(word) => SmallName::Given,
        false => return None,
    };
    let start = label.end + gap;
    if names.end_of_small_pair(text, start).is_some() {
        return None;
    }
    names.end_of_small_name(text, start, whose).map(|end| start..end)
}
