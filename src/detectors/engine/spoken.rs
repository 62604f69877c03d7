//! Names in small letters, as they are dictated and typed in a talk: `doctor ada okafor`, `visitor: ada okafor`, `ada okafor dob
//! 3/4/1961`.
//!
//! No capital tells them from other words, so nothing is looked at but the two words behind or before a phrase that leads to a
//! value, and both have to be hardly anything but names.

use super::{Engine, PathPlan, found_at};
use crate::detectors::names::{Names, SmallName};
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match};
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
            let is_care = names.is_of_care(&bytes[line..limit], found.start - line..found.end - line)
                || names.is_told_of_physician(&bytes[..limit], &label, &found);
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

    /// Tries who speaks in a line of a talk in small letters: `[10:02] ada.okafor: my refill is late`.
    pub(super) fn search_speakers(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let Some((index, names)) = self.compiled.names.as_ref().filter(|(index, _)| plan.allows(*index)) else {
            return;
        };
        if column.kind != ColumnKind::Lines {
            return;
        }
        let mut start = 0;
        for (value, end) in column.ends.iter().enumerate() {
            let line = start..*end as usize;
            let first = column.bytes.get(start).copied();
            start = line.end + 1;
            // Most lines end here.
            if !matches!(first, Some(b'[' | b'(')) {
                continue;
            }
            let (start, line) = (line.start, &column.bytes[line]);
            if let Some(speaker) = speaker_behind_time(line)
                && names.is_small_speaker(&line[speaker.clone()])
            {
                let range = start + speaker.start..start + speaker.end;
                self.push_spoken(*index, (value, range), Confidence::Medium, matches);
            }
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

/// What stands between a time in brackets that begins a line and a colon: `[10:02] ada.okafor: `, `(3:15 PM) ada okafor: `.
fn speaker_behind_time(line: &[u8]) -> Option<Range<usize>> {
    const MAX_TIME: usize = 14;
    const MAX_SPEAKER: usize = 40;
    let [open @ (b'[' | b'('), hour, ..] = line else { return None };
    // Times have a colon behind one or two digits; most of what else begins so ends here.
    if !hour.is_ascii_digit() || !line[2..].iter().take(2).any(|byte| *byte == b':') {
        return None;
    }
    let close = if *open == b'[' { b']' } else { b')' };
    let end = line.iter().take(MAX_TIME).position(|byte| *byte == close)?;
    let rest = line[end + 1..].strip_prefix(b" ")?;
    let length = rest.iter().take(MAX_SPEAKER).position(|byte| *byte == b':')?;
    let is_speech = rest.get(length + 1) == Some(&b' ') && rest[0].is_ascii_lowercase();
    is_speech.then_some(end + 2..end + 2 + length)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::engine::tests::{column, engine, found_in};

    #[test]
    fn who_speaks_in_small_letters_stands_between_a_time_and_a_colon() {
        let speaker = |line: &str| speaker_behind_time(line.as_bytes()).map(|range| line[range].to_owned());
        assert_eq!(speaker("[10:02] ada.okafor: late").as_deref(), Some("ada.okafor"));
        assert_eq!(speaker("(3:15 PM) ada okafor: late").as_deref(), Some("ada okafor"));
        for line in
            ["[10:02] Ada: late", "[2024-03-04] ada: late", "[10:02] ada", "10:02 ada: late", "[1", "[10:02]x: y"]
        {
            assert_eq!(speaker(line), None, "{line}");
        }
    }

    #[test]
    fn names_in_small_letters_are_found_in_talks_and_lists_of_calls() {
        let engine = engine();
        let names = |text: &str| {
            let found = found_in(&engine, vec![column("", &[text])]);
            found.into_iter().filter(|(id, _)| id == "person_name").map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(names("[10:02] gustavo.okafor: my refill is late"), ["gustavo.okafor"]);
        assert_eq!(names("- gustavo okafor 617-555-0188 wants results"), ["gustavo okafor"]);
        for text in
            ["[10:02] build.bot: deploy finished", "[10:02] main.gustavo: x", "- blue widget 617-555-0188 in stock"]
        {
            assert_eq!(names(text), <[&str; 0]>::default(), "{text}");
        }
    }
}
