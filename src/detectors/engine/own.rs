//! The organisation's own identifiers, wherever they stand: the look-up of an exact-match index.
//!
//! It goes over every column, also over those that names, types or other detectors explain: an indexed number is one
//! however it is written.

use super::{Engine, found_at, value_at};
use crate::detectors::exact::{ExactIndexes, ExactKind};
use crate::detectors::tokens::for_each_token;
use crate::model::{Column, Confidence, Detector, DetectorClass, EvidenceFlags, Mask, Match};
use std::sync::Arc;

/// Id of the matches.
pub const EXACT_MATCH_ID: &str = "exact_match";

/// An index in force, and the number under which its matches go.
pub(super) struct OwnIdentifiers {
    pub(super) indexes: Arc<ExactIndexes>,
    pub(super) detector: u16,
}

impl std::fmt::Debug for OwnIdentifiers {
    /// Says nothing of what is indexed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnIdentifiers").field("columns", &self.indexes.columns().len()).finish()
    }
}

/// What the other stages need to know of such matches.
pub(super) fn description() -> Detector {
    let name = "Identifier of the organisation's own index";
    Detector { id: EXACT_MATCH_ID.into(), name: name.into(), class: DetectorClass::Identifier, mask: Mask::Last4 }
}

impl Engine {
    /// Adds what is indexed to the settled matches of a column: a match that it confirms becomes certain, anything else is a match
    /// of its own.
    pub(super) fn add_own_identifiers(&self, column: &Column, list: &mut Vec<Match>) {
        let Some(own) = &self.own else { return };
        self.confirm(own, column, list);
        let mut found = Vec::new();
        let mut try_token = |state: &mut (usize, usize), start: usize, length: usize, has_letter: bool| {
            if start < state.1 || !own.indexes.may_begin(length, has_letter) {
                return;
            }
            state.0 = value_at(column, state.0, start);
            if let Some(id) = own.indexes.id_at(&column.bytes, start, column.ends[state.0] as usize) {
                let evidence = EvidenceFlags::EXACT_MATCH;
                let place = (usize::from(own.detector), state.0);
                found.push(found_at(place, (start, id.end), id.confidence, evidence));
                state.1 = id.end;
            }
        };
        // Tokens that begin with digits and the others come in two orders, so they go one after the other.
        let mut numbers = (0, 0);
        for_each_token(
            &mut numbers,
            &column.bytes,
            |state, start, runs| {
                try_token(
                    state,
                    start,
                    runs.word.trailing_ones() as usize,
                    runs.leading_digits() < runs.word.trailing_ones(),
                );
            },
            |_, _, _| {},
        );
        let mut words = (0, 0);
        for_each_token(
            &mut words,
            &column.bytes,
            |_, _, _| {},
            |state, start, runs| try_token(state, start, runs.word.trailing_ones() as usize, true),
        );
        for own_match in found {
            add(own_match, list);
        }
    }

    /// Names and dates are never found by an index alone: it only confirms them.
    fn confirm(&self, own: &OwnIdentifiers, column: &Column, list: &mut [Match]) {
        for found in list {
            let kind = match &*self.compiled.described[usize::from(found.detector)].id {
                "person_name" => ExactKind::Name,
                "date_of_birth" => ExactKind::Date,
                _ => continue,
            };
            let is_indexed = own.indexes.columns().iter().any(|column| column.kind == kind);
            if is_indexed && own.indexes.confirms(kind, &column.bytes[found.start as usize..found.end as usize]) {
                found.confidence = Confidence::High;
                found.evidence = found.evidence.with(EvidenceFlags::EXACT_MATCH);
            }
        }
    }
}

/// Puts a match into a sorted list without overlaps. One that stands there keeps its detector, which says more.
fn add(own: Match, list: &mut Vec<Match>) {
    let from = list.partition_point(|other| other.end <= own.start);
    let to = list.partition_point(|other| other.start < own.end);
    match list.get_mut(from..to) {
        Some([]) | None => list.insert(from, own),
        Some(known) => {
            for other in known {
                other.confidence = other.confidence.max(own.confidence);
                other.evidence = other.evidence.with(EvidenceFlags::EXACT_MATCH);
            }
        }
    }
}
