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
                self.join((column, found), scratch);
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

    fn join(&self, (column, matches): (&Column, &[Match]), scratch: &mut Scratch) {
        let Scratch { records, joined, joins, .. } = scratch;
        joins.clear();
        joins.extend(matches.iter().map(|found| self.join_of(found)));
        if joins.iter().all(|join| matches!(join.when, When::Never)) {
            return;
        }
        for_each_occurrence(column, matches, |index, record| {
            let (join, marked) = (&mut joins[index], &records[record as usize]);
            let counts = match join.when {
                When::Never => false,
                When::Always => true,
                When::AboutSomebody => marked.is_about_somebody(),
            };
            if !counts || !self.is_joined(&marked.strongest) {
                return;
            }
            let found = &matches[index];
            let value = &column.bytes[found.start as usize..found.end as usize];
            let joined = &mut joined[record as usize];
            if join.is_name {
                // What a dictionary repeats is read once.
                let name = *join.name.get_or_insert_with(|| self.people.name(found.detector, value));
                join_name(name, joined);
            } else if !self.is_name(&marked.strongest) || Some(found.detector) == self.birth_date {
                let bit = self.identity.bit(found.detector);
                if joined.seen & bit == 0 {
                    joined.seen |= bit;
                    let digest = *join.digest.get_or_insert_with(|| {
                        self.people.digest(found.detector, self.writings[usize::from(found.detector)], value)
                    });
                    joined.sum = joined.sum.wrapping_add(digest);
                }
            }
        });
    }

    fn join_of(&self, found: &Match) -> Join {
        let is_name = Some(found.detector) == self.person_name;
        let matters = is_name || self.identity.rank(found.detector) == Identity::QUASI;
        let when = match () {
            () if !matters || found.evidence.contains(EvidenceFlags::PROVIDER) => When::Never,
            () if self.counts(found) => When::Always,
            () if self.waits(found) => When::AboutSomebody,
            () => When::Never,
        };
        Join { when, is_name, name: None, digest: None }
    }
}

/// What a match adds to what tells people apart together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Join {
    when: When,
    is_name: bool,
    /// Digest and number of words of the name, once it was read; `None` within where there is no word.
    name: Option<Option<(u64, u32)>>,
    /// Digest of any other value, once it was read.
    digest: Option<u64>,
}

/// In which records a match counts.
#[derive(Debug, Clone, Copy)]
enum When {
    Never,
    Always,
    AboutSomebody,
}

/// A name of several words stands alone: the next one in the record is somebody else's. Single words are its parts.
fn join_name(name: Option<(u64, u32)>, joined: &mut Joined) {
    const MAX_PARTS: u32 = 3;
    let Some((sum, words)) = name else { return };
    let is_whole = words > 1;
    if joined.name_parts >= MAX_PARTS || (is_whole && joined.name_parts > 0) {
        return;
    }
    joined.sum = joined.sum.wrapping_add(sum);
    joined.name_parts = if is_whole { MAX_PARTS } else { joined.name_parts + 1 };
}
