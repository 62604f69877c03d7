//! Names whose parts stand apart: in a message (`OKAFOR^ADA`), in quotation marks, in cells side by side.

use super::parse::{self, Part};
use super::table::Entry;
use super::{NameFound, NameReason, Names, fits, surroundings, words};
use crate::model::Confidence;

impl Names {
    /// `OKAFOR^ADA`, `OKAFOR*ADA`, `'Okafor', 'Ada'`: the parts of a message are one name, elements and cells are two.
    pub(super) fn separated(&self, text: &[u8], first: Part) -> Option<NameFound> {
        let (other, end) = match text.get(first.end) {
            Some(b'^') => parse::part_after_separator(text, first).map(|second| (second, second.end))?,
            _ => {
                let after = || parse::part_after_separator(text, first);
                (parse::part_before_separator(text, first).or_else(after)?, first.end)
            }
        };
        let is_stop = |part: Part| words::is_stop_word(&text[part.start..part.end]);
        if other.shape != first.shape || is_stop(first) || is_stop(other) {
            return None;
        }
        let entry = |part: Part| self.table.entry(&text[part.start..part.end]);
        let found = NameFound { start: first.start, end, confidence: Confidence::Low, reason: NameReason::Lists };
        if surroundings::is_name_of_message(text, first.start.min(other.start)) {
            let is_listed = !entry(first).is_nothing();
            let found = NameFound { confidence: Confidence::Medium, reason: NameReason::Label, ..found };
            return is_listed.then_some(found);
        }
        let (one, two) = (entry(first), entry(other));
        // Hardly anything else is written so: a name of HL7 or DICOM.
        let is_name = |entry: Entry| !entry.is_nothing() && !entry.word && !entry.place;
        if text.get(first.end) == Some(&b'^') && is_long(first) && is_long(other) && (is_name(one) || is_name(two)) {
            let may_be = |entry: Entry| !entry.is_nothing() || !(entry.word || entry.place);
            let found = NameFound { confidence: Confidence::Medium, reason: NameReason::Label, ..found };
            return (may_be(one) && may_be(two)).then_some(found);
        }
        (fits(one, two) || fits(two, one)).then_some(found)
    }

    /// Given name and surname in cells side by side: `4471920,Ada,Okafor,1961-03-04`.
    pub(super) fn in_cells(&self, text: &[u8], first: Part) -> Option<NameFound> {
        let other = parse::part_in_next_cell(text, first).or_else(|| parse::part_in_cell_before(text, first))?;
        let is_stop = |part: Part| words::is_stop_word(&text[part.start..part.end]);
        if other.shape != first.shape || is_stop(first) || is_stop(other) {
            return None;
        }
        let (one, two) =
            (self.table.entry(&text[first.start..first.end]), self.table.entry(&text[other.start..other.end]));
        let found =
            NameFound { start: first.start, end: first.end, confidence: Confidence::Low, reason: NameReason::Lists };
        (fits(one, two) || fits(two, one)).then_some(found)
    }
}

/// Whether it is more than two letters.
fn is_long(part: Part) -> bool {
    part.end - part.start > 2
}
