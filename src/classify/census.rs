//! Counts the people of a batch: each identified record stands for one, by the strongest identifier that it holds.
//!
//! A number or an address tells a person alone. A name counts together with the birth date beside it, and its parts from
//! several fields together; quasi-identifiers count all together.

use super::identity::{Bits, Identity};
use super::{Classifier, Marked, Scratch, for_each_occurrence};
use crate::model::{Batch, Class, Column, Evidence, EvidenceFlags, Match};

/// The strongest identifier of a record so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strongest {
    rank: u8,
    is_synthetic: bool,
    detector: u16,
    column: u32,
    start: u32,
    end: u32,
}

impl Default for Strongest {
    fn default() -> Self {
        Self { rank: Identity::UNRANKED, is_synthetic: false, detector: 0, column: 0, start: 0, end: 0 }
    }
}

impl Strongest {
    /// Takes a match that tells more; of two equal ones the first by place stays.
    #[inline]
    pub fn offer(&mut self, rank: u8, column: usize, found: &Match) {
        if rank < self.rank {
            *self = Self {
                rank,
                is_synthetic: found.evidence.contains(EvidenceFlags::LIKELY_SYNTHETIC),
                detector: found.detector,
                column: column as u32,
                start: found.start,
                end: found.end,
            };
        }
    }
}

/// What tells a person only together with others, summed up for a record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Joined {
    sum: u64,
    /// Detectors that are in the sum already.
    seen: Bits,
    /// Parts of a name that are in it.
    name_parts: u32,
}

impl Classifier {
    pub(super) fn count_people(
        &self,
        batch: &Batch,
        matches: &[Vec<Match>],
        scratch: &mut Scratch,
        evidence: &mut Evidence,
    ) {
        scratch.joined.clear();
        let must_join = |record: &Marked| record.is_identified() && self.is_joined(&record.strongest);
        if scratch.records.iter().any(must_join) {
            scratch.joined.resize(scratch.records.len(), Joined::default());
            for (column, found) in batch.columns.iter().zip(matches) {
                self.join((column, found), &scratch.records, &mut scratch.joined);
            }
        }
        for (record, marked) in scratch.records.iter().enumerate() {
            let Marked { class, strongest, .. } = marked;
            if !marked.is_identified() || strongest.rank == Identity::UNRANKED {
                continue;
            }
            evidence.synthetic_records += u64::from(strongest.is_synthetic);
            let digest = if self.is_joined(strongest) {
                self.people.joined(scratch.joined[record].sum)
            } else {
                let bytes = &batch.columns[strongest.column as usize].bytes;
                let value = &bytes[strongest.start as usize..strongest.end as usize];
                self.people.digest(strongest.detector, self.writings[usize::from(strongest.detector)], value)
            };
            match class {
                Some(Class::Phi) => evidence.phi_people.insert(digest),
                _ => evidence.pii_people.insert(digest),
            }
        }
    }

    /// Whether it takes more than this identifier to tell people apart.
    fn is_joined(&self, strongest: &Strongest) -> bool {
        strongest.rank == Identity::QUASI || self.is_name(strongest)
    }

    fn is_name(&self, strongest: &Strongest) -> bool {
        strongest.rank < Identity::QUASI && Some(strongest.detector) == self.person_name
    }

    fn join(&self, (column, matches): (&Column, &[Match]), records: &[Marked], joined: &mut [Joined]) {
        let matters = |found: &Match| {
            Some(found.detector) == self.person_name || self.identity.rank(found.detector) == Identity::QUASI
        };
        if !matches.iter().any(matters) {
            return;
        }
        for_each_occurrence(column, matches, |index, record| {
            let (found, record) = (&matches[index], record as usize);
            let marked = &records[record];
            let counts = self.counts(found) || (marked.is_about_somebody() && self.waits(found));
            if !counts || !self.is_joined(&marked.strongest) || !matters(found) {
                return;
            }
            let value = &column.bytes[found.start as usize..found.end as usize];
            let joined = &mut joined[record];
            if Some(found.detector) == self.person_name {
                self.join_name(found.detector, value, joined);
            } else if !self.is_name(&marked.strongest) || Some(found.detector) == self.birth_date {
                let bit = self.identity.bit(found.detector);
                if joined.seen & bit == 0 {
                    joined.seen |= bit;
                    let writing = self.writings[usize::from(found.detector)];
                    joined.sum = joined.sum.wrapping_add(self.people.digest(found.detector, writing, value));
                }
            }
        });
    }

    /// A name of several words stands alone: the next one in the record is somebody else's. Single words are its parts.
    fn join_name(&self, detector: u16, value: &[u8], joined: &mut Joined) {
        const MAX_PARTS: u32 = 3;
        let Some((sum, words)) = self.people.name(detector, value) else { return };
        let is_whole = words > 1;
        if joined.name_parts >= MAX_PARTS || (is_whole && joined.name_parts > 0) {
            return;
        }
        joined.sum = joined.sum.wrapping_add(sum);
        joined.name_parts = if is_whole { MAX_PARTS } else { joined.name_parts + 1 };
    }
}
