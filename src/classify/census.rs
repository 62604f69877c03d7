//! Counts the people of a batch: each identified record stands for one, by the strongest identifier that it holds.
//!
//! A number or an address tells a person alone. A name counts together with the birth date beside it, and its parts from
//! several fields together; quasi-identifiers count all together.

use super::identity::{Bits, Identity};
use super::runs::Cover;
use super::{Classifier, Marked, Scratch, for_each_occurrence};
use crate::model::{Batch, Class, Column, Evidence, EvidenceFlags, Match};

/// The strongest identifier of a record so far, as one number, the least of which tells most: its rank, its column, and
/// which of the matches of the column it is. Of two equal ones the first by place stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strongest(u64);

impl Default for Strongest {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

impl Strongest {
    /// No batch has so many columns.
    const MAX_COLUMN: usize = (1 << 24) - 1;

    /// The match so far into those of a column.
    #[inline]
    pub fn of(rank: u8, column: usize, index: usize) -> Self {
        Self(u64::from(rank) << 56 | (column as u64) << 32 | u64::from(index as u32))
    }

    /// Takes a match that tells more.
    #[inline]
    pub fn offer(&mut self, other: Self) {
        self.0 = self.0.min(other.0);
    }

    fn rank(self) -> u8 {
        (self.0 >> 56) as u8
    }

    fn column(self) -> usize {
        (self.0 >> 32) as usize & Self::MAX_COLUMN
    }

    fn index(self) -> usize {
        self.0 as u32 as usize
    }
}

/// What tells a person only together with others, summed up for a record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Joined {
    sum: u64,
    /// Detectors that are in the sum already.
    seen: Bits,
    /// Parts of a name that are in it.
    name_parts: u8,
    by: JoinedBy,
}

/// What is joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum JoinedBy {
    /// Nothing: the record has what tells a person alone, or nobody.
    #[default]
    Nothing,
    /// A name and the birth date beside it.
    Name,
    /// Quasi-identifiers, all of them.
    Quasi,
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
        let joined_by = |record: &Marked| self.joined_by(record, matches);
        if scratch.records.iter().any(|record| joined_by(record) != JoinedBy::Nothing) {
            let records = scratch.records.iter();
            scratch.joined.extend(records.map(|record| Joined { by: joined_by(record), ..Joined::default() }));
            let mut seen = SeenInColumns::default();
            for (place, (column, found)) in batch.columns.iter().zip(matches).enumerate() {
                self.join(place, (column, found), &mut seen, scratch);
            }
        }
        for (record, marked) in scratch.records.iter().enumerate() {
            let Marked { class, strongest, .. } = marked;
            if !marked.is_identified() || strongest.rank() == Identity::UNRANKED {
                continue;
            }
            let found = &matches[strongest.column()][strongest.index()];
            evidence.synthetic_records += u64::from(found.evidence.contains(EvidenceFlags::LIKELY_SYNTHETIC));
            let digest = match scratch.joined.get(record) {
                Some(joined) if joined.by != JoinedBy::Nothing => self.people.joined(joined.sum),
                _ => self.digest_of(&batch.columns[strongest.column()], found),
            };
            match class {
                Some(Class::Phi) => evidence.phi_people.insert(digest),
                _ => evidence.pii_people.insert(digest),
            }
        }
    }

    fn digest_of(&self, column: &Column, found: &Match) -> u64 {
        let value = &column.bytes[found.start as usize..found.end as usize];
        self.people.digest(found.detector, self.writings[usize::from(found.detector)], value)
    }

    /// What it takes beside the strongest identifier of a record to tell its person apart.
    #[inline]
    fn joined_by(&self, marked: &Marked, matches: &[Vec<Match>]) -> JoinedBy {
        let strongest = marked.strongest;
        let is_name = || {
            let found = &matches[strongest.column()][strongest.index()];
            Some(found.detector) == self.person_name
        };
        match strongest.rank() {
            _ if !marked.is_identified() => JoinedBy::Nothing,
            Identity::QUASI => JoinedBy::Quasi,
            Identity::UNRANKED => JoinedBy::Nothing,
            _ if is_name() => JoinedBy::Name,
            _ => JoinedBy::Nothing,
        }
    }

    fn join(
        &self,
        place: usize,
        (column, matches): (&Column, &[Match]),
        seen: &mut SeenInColumns,
        scratch: &mut Scratch,
    ) {
        // Of several matches in a value it takes the matches themselves.
        if scratch.covers[place] == Some(Cover::Single) && self.join_covered((column, matches), seen, scratch) {
            return;
        }
        let Scratch { records, joined, joins, .. } = scratch;
        joins.clear();
        joins.extend(matches.iter().map(|found| self.join_of(found)));
        if joins.iter().all(|join| matches!(join.when, When::Never)) {
            return;
        }
        seen.in_some |= matches.iter().fold(0, |all, found| all | self.identity.bit(found.detector));
        for_each_occurrence(column, matches, |index, record| {
            let (join, marked) = (&mut joins[index], &records[record as usize]);
            let counts = match join.when {
                When::Never => false,
                When::Always => true,
                When::AboutSomebody => marked.is_about_somebody(),
            };
            let joined = &mut joined[record as usize];
            if !counts || joined.by == JoinedBy::Nothing {
                return;
            }
            let found = &matches[index];
            if join.is_name {
                // What a dictionary repeats is read once.
                let value = &column.bytes[found.start as usize..found.end as usize];
                let name = *join.name.get_or_insert_with(|| self.people.name(found.detector, value));
                join_name(name, joined);
            } else if joined.by == JoinedBy::Quasi || Some(found.detector) == self.birth_date {
                let bit = self.identity.bit(found.detector);
                if (joined.seen | seen.in_all) & bit == 0 {
                    joined.seen |= bit;
                    let digest = *join.digest.get_or_insert_with(|| self.digest_of(column, found));
                    joined.sum = joined.sum.wrapping_add(digest);
                }
            }
        });
    }

    /// The same of a column of which each record has one match, all of one detector; `false` where it is to be done record
    /// by record.
    fn join_covered(
        &self,
        (column, matches): (&Column, &[Match]),
        seen: &mut SeenInColumns,
        scratch: &mut Scratch,
    ) -> bool {
        let detector = matches[0].detector;
        let bit = self.identity.bit(detector);
        let is_quasi = self.identity.rank(detector) == Identity::QUASI;
        if Some(detector) == self.person_name {
            return self.join_names((column, matches), scratch);
        }
        if is_quasi && bit & seen.in_some != 0 {
            return false;
        }
        if !is_quasi || bit & seen.in_all != 0 || matches[0].evidence.contains(EvidenceFlags::PROVIDER) {
            return true;
        }
        let Scratch { joined, digests, .. } = scratch;
        let with_names = Some(detector) == self.birth_date;
        // Where all records are joined by names, of other columns nothing is needed.
        let counts = |joined: &Joined| match joined.by {
            JoinedBy::Nothing => false,
            JoinedBy::Name => with_names,
            JoinedBy::Quasi => true,
        };
        if joined.iter().any(counts) {
            seen.in_all |= bit;
            digests.clear();
            digests.extend(matches.iter().map(|found| self.digest_of(column, found)));
            Cover::for_each_record(column, |record, index| {
                let joined = &mut joined[record];
                if counts(joined) {
                    joined.sum = joined.sum.wrapping_add(digests[index]);
                }
            });
        }
        true
    }

    /// The same of a column of names.
    fn join_names(&self, (column, matches): (&Column, &[Match]), scratch: &mut Scratch) -> bool {
        if matches[0].evidence.contains(EvidenceFlags::PROVIDER) {
            return true;
        }
        let Scratch { joined, names, .. } = scratch;
        names.clear();
        let name = |found: &Match| {
            let value = &column.bytes[found.start as usize..found.end as usize];
            self.people.name(found.detector, value)
        };
        names.extend(matches.iter().map(name));
        Cover::for_each_record(column, |record, index| {
            if joined[record].by != JoinedBy::Nothing {
                join_name(names[index], &mut joined[record]);
            }
        });
        true
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

/// Detectors that are in the sums already: in those of all records, and in those of some.
#[derive(Debug, Default)]
struct SeenInColumns {
    in_all: Bits,
    in_some: Bits,
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
    const MAX_PARTS: u8 = 3;
    let Some((sum, words)) = name else { return };
    let is_whole = words > 1;
    if joined.name_parts >= MAX_PARTS || (is_whole && joined.name_parts > 0) {
        return;
    }
    joined.sum = joined.sum.wrapping_add(sum);
    joined.name_parts = if is_whole { MAX_PARTS } else { joined.name_parts + 1 };
}
