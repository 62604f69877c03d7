//! The organisation's own identifiers, wherever they stand: the look-up of an exact-match index.
//!
//! It goes over every column, also over those that names, types or other detectors explain: an indexed number is one
//! however it is written.

use super::{Engine, found_at, value_at};
use crate::detectors::exact::{ExactIndexes, ExactKind};
use crate::detectors::tokens::{Token, bitmaps, for_each_token};
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

/// What a search has found. Three kinds of tokens come in an order each, so each has its cursor: the value it is in, and
/// how far the last identifier reaches.
#[derive(Default)]
struct Found {
    cursors: [(usize, usize); 3],
    matches: Vec<Match>,
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
        let try_token = |found: &mut Found, order: usize, Token { start, runs, .. }: Token| {
            let length = runs.length();
            let has_letter = runs.leading_digits() < length;
            let (value, searched) = &mut found.cursors[order];
            if start < *searched || !own.indexes.may_begin(length as usize, has_letter) {
                return;
            }
            *value = value_at(column, *value, start);
            if let Some(id) = own.indexes.id_at(&column.bytes, start, column.ends[*value] as usize) {
                let place = (usize::from(own.detector), *value);
                *searched = id.end;
                found.matches.push(found_at(place, (start, id.end), id.confidence, EvidenceFlags::EXACT_MATCH));
            }
        };
        let mut found = Found::default();
        for_each_token::<true, _>(
            &mut found,
            (&column.bytes, 0..column.bytes.len(), bitmaps),
            |found, token| try_token(found, 0, token),
            |found, token| try_token(found, 1, token),
            |found, token| try_token(found, 2, token),
        );
        for own_match in found.matches {
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
