//! Marks records with what their matches make of them. Matches of one kind are marked together.

use super::census::Strongest;
use super::identity::{Bits, Identity};
use super::{Classifier, Marked, Scratch, for_each_occurrence};
use crate::model::{Batch, Column, Confidence, DetectorClass, EvidenceFlags, Match, Records};
use std::collections::HashMap;
use std::ops::Range;

/// What all matches of one detector, of one confidence and for which the same spoke do to any record. Mostly all matches of
/// a column are such, so it is asked once and not for each of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    pub(super) detector: u16,
    pub(super) confidence: Confidence,
    pub(super) evidence: EvidenceFlags,
    /// They make a record something, whatever else it holds.
    pub(super) counts: bool,
    /// They are about health.
    pub(super) is_health: bool,
    /// The rest of the record decides about them.
    pub(super) waits: bool,
    /// How sure they are goes by the record.
    pub(super) goes_by_record: bool,
    pub(super) told: u8,
    pub(super) rank: u8,
    pub(super) bit: Bits,
}

impl Effect {
    /// Whether both make the same of every record, but for how much they tell that it is about somebody.
    fn marks_like(&self, other: &Self) -> bool {
        let is_public = |effect: &Self| effect.evidence.contains(EvidenceFlags::PROVIDER);
        let key = |effect: &Self| (effect.detector, effect.rank, effect.bit, is_public(effect));
        self.counts && !self.goes_by_record && key(self) == key(other)
    }
}

/// Matches of a column that stand one after the other and do the same to their records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) column: usize,
    /// The first of them, and the one behind the last.
    pub(super) matches: (usize, usize),
    pub(super) effect: Effect,
}

/// How each record of a batch has a value of a column in which something matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// Each value has one match, which is that of its number.
    Single,
    /// Some values have several.
    Several,
}

impl Cover {
    /// Of the matches of a column in so many records, if it is so.
    fn of(column: &Column, matches: &[Match], records: usize) -> Option<Self> {
        let values = column.len();
        let is_dense = match &column.records {
            Records::Identity => values == records,
            Records::Mapped(_) => false,
            Records::Dictionary { keys, records: of_keys } => {
                // Compared as what they are, some at once.
                let differ = |any: u32, (record, own): (&u32, u32)| any | (record ^ own);
                keys.len() == records && of_keys.iter().zip(0..).fold(0, differ) == 0
            }
        };
        if !is_dense || matches.len() < values {
            return None;
        }
        // The next value that is to have one.
        let next = matches.iter().try_fold(0, |next, found| match found.value.wrapping_sub(next) {
            0 => Some(next + 1),
            u32::MAX => Some(next),
            _ => None,
        });
        let cover = if matches.len() == values { Self::Single } else { Self::Several };
        next.filter(|next| *next as usize == values).map(|_| cover)
    }

    /// Calls `visit` with each record and its value.
    #[inline]
    pub(super) fn for_each_record(column: &Column, mut visit: impl FnMut(usize, usize)) {
        match &column.records {
            Records::Dictionary { keys, .. } => {
                keys.iter().enumerate().for_each(|(record, key)| visit(record, *key as usize));
            }
            _ => (0..column.len()).for_each(|record| visit(record, record)),
        }
    }
}

/// What all records of a batch have alike.
#[derive(Debug, Default)]
struct OfEveryRecord {
    marked: Marked,
    /// Rank and column of the strongest identifier.
    strongest: Option<(u8, usize)>,
}

impl OfEveryRecord {
    /// Takes a column that does this to every record.
    fn take(&mut self, effect: &Effect, column: usize) {
        self.marked.about_somebody = self.marked.about_somebody.saturating_add(effect.told);
        self.marked.bits |= effect.bit;
        let own = (effect.rank, column);
        if effect.rank != Identity::UNRANKED && self.strongest.is_none_or(|strongest| own < strongest) {
            self.strongest = Some(own);
        }
    }
}

/// Whether two matches do the same to their records.
#[inline]
fn is_alike(one: &Match, other: &Match) -> bool {
    let key = |found: &Match| u32::from(found.detector) | u32::from(found.evidence.0) << 16;
    key(one) == key(other) && one.confidence == other.confidence
}

impl Classifier {
    /// Sets the bits of the records, their strongest identifiers and their special categories.
    pub(super) fn mark(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) {
        let count = batch.record_count as usize;
        scratch.special.clear();
        if !self.special.is_empty() {
            scratch.special.resize(count, 0);
        }
        self.mark_alike(batch, matches, scratch);
        scratch.waiting.clear();
        let mut next = 0;
        for (place, (column, found)) in batch.columns.iter().zip(matches).enumerate() {
            let first = next;
            next += scratch.runs[first..].iter().take_while(|run| run.column == place).count();
            let has_special = self.find_special(column, found, first..next, scratch);
            let Scratch { records, runs, covers, effects, special, special_matches, special_by_value, waiting, .. } =
                &mut *scratch;
            let runs = &runs[first..next];
            if runs.iter().any(|run| run.effect.waits && !run.effect.counts) {
                waiting.push(place);
            }
            let bits = if has_special { special_matches.as_slice() } else { &[] };
            let mut target = (records.as_mut_slice(), special.as_mut_slice());
            if covers[place].is_some() {
                if has_special {
                    special_by_value.clear();
                    special_by_value.resize(column.len(), 0);
                    for (found, bit) in found.iter().zip(bits) {
                        special_by_value[found.value as usize] |= bit;
                    }
                    Cover::for_each_record(column, |record, value| special[record] |= special_by_value[value]);
                }
                continue;
            }
            match &column.records {
                Records::Identity => mark_runs(runs, (found, bits), |found| found.value, &mut target),
                Records::Mapped(records) => {
                    mark_runs(runs, (found, bits), |found| records[found.value as usize], &mut target);
                }
                Records::Dictionary { .. } => {
                    effects.clear();
                    for run in runs {
                        effects.resize(run.matches.1, run.effect);
                    }
                    mark_occurrences(column, (place, found), (effects, bits), &mut target);
                }
            }
        }
        // What waited counts in a record that is about somebody; it tells of nobody itself.
        let Scratch { records, waiting, .. } = scratch;
        for place in waiting {
            let (column, found) = (&batch.columns[*place], &matches[*place]);
            for_each_occurrence(column, found, |index, record| {
                let (found, marked) = (&found[index], &mut records[record as usize]);
                if marked.is_about_somebody() && self.waits(found) && !found.evidence.contains(EvidenceFlags::PROVIDER)
                {
                    marked.bits |= self.identity.bit(found.detector);
                    let rank = self.identity.rank(found.detector);
                    if rank != Identity::UNRANKED {
                        marked.strongest.offer(Strongest::of(rank, *place, index));
                    }
                }
            });
        }
    }

    /// Finds the runs, and gives each record what all have: the columns that have a match in each record, of one detector
    /// and for which the same speaks, which most columns of a table are, need not be gone through record by record.
    fn mark_alike(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) {
        let count = batch.record_count as usize;
        let Scratch { records, runs, covers, .. } = scratch;
        runs.clear();
        covers.clear();
        let (mut all, mut uneven) = (OfEveryRecord::default(), Vec::new());
        for (place, (column, found)) in batch.columns.iter().zip(matches).enumerate() {
            let first = runs.len();
            self.find_runs(place, found, runs);
            covers.push(None);
            let own = &runs[first..];
            if let [Run { effect, .. }, ..] = own
                && own.iter().all(|run| run.effect.marks_like(effect))
                && let Some(cover) = Cover::of(column, found, count)
                && (cover == Cover::Single || effect.rank == Identity::UNRANKED)
            {
                if own.iter().all(|run| run.effect.told == effect.told) && cover == Cover::Single {
                    covers[place] = Some(cover);
                    all.take(effect, place);
                } else {
                    uneven.push((place, cover, Effect { told: 0, ..*effect }));
                }
            }
        }
        // Where that is known already, it makes no difference how much else tells that records are about somebody.
        if all.marked.is_about_somebody() {
            for (place, cover, effect) in &uneven {
                covers[*place] = Some(*cover);
                all.take(effect, *place);
            }
        }
        records.clear();
        let OfEveryRecord { marked, strongest } = all;
        let Some((rank, place)) = strongest else { return records.resize(count, marked) };
        let with = |index: usize| Marked { strongest: Strongest::of(rank, place, index), ..marked };
        match &batch.columns[place].records {
            Records::Dictionary { keys, .. } => records.extend(keys.iter().map(|key| with(*key as usize))),
            _ => records.extend((0..count).map(with)),
        }
    }

    /// Appends the runs of a column's matches.
    fn find_runs(&self, column: usize, found: &[Match], runs: &mut Vec<Run>) {
        let mut first = 0;
        for run in found.chunk_by(is_alike) {
            let end = first + run.len();
            runs.push(Run { column, matches: (first, end), effect: self.effect_of(&run[0]) });
            first = end;
        }
    }

    fn effect_of(&self, found: &Match) -> Effect {
        // What is a provider's is found, and makes its record nothing.
        let is_public = found.evidence.contains(EvidenceFlags::PROVIDER);
        Effect {
            detector: found.detector,
            confidence: found.confidence,
            evidence: found.evidence,
            counts: self.counts(found),
            is_health: self.class_of(found.detector) == DetectorClass::Health,
            waits: self.waits(found),
            goes_by_record: self.is_network(found) || self.waits(found),
            told: if is_public { 0 } else { self.told[usize::from(found.detector)][found.confidence as usize] },
            rank: if is_public { Identity::UNRANKED } else { self.identity.rank(found.detector) },
            bit: if is_public { 0 } else { self.identity.bit(found.detector) },
        }
    }

    /// Fills in the special categories of a column's matches, whose runs stand at those places, each distinct value asked about
    /// once; `false` where there is none.
    fn find_special(&self, column: &Column, matches: &[Match], own: Range<usize>, scratch: &mut Scratch) -> bool {
        const MAX_VALUES: usize = 16_384;
        let Scratch { runs, special_values, special_matches, .. } = scratch;
        if self.special.is_empty() || !runs[own].iter().any(|run| run.effect.is_health) {
            return false;
        }
        let is_health = |found: &Match| self.class_of(found.detector) == DetectorClass::Health;
        special_values.resize_with(self.detectors.len(), HashMap::default);
        special_matches.clear();
        special_matches.extend(matches.iter().map(|found| {
            if !is_health(found) {
                return 0;
            }
            let value = &column.bytes[found.start as usize..found.end as usize];
            let known = &mut special_values[usize::from(found.detector)];
            if let Some(bit) = known.get(value) {
                return *bit;
            }
            let bit = self.special.bit(&self.detectors[usize::from(found.detector)].id, value);
            if known.len() >= MAX_VALUES {
                known.clear();
            }
            known.insert(value.into(), bit);
            bit
        }));
        special_matches.iter().any(|bit| *bit != 0)
    }
}

impl Marked {
    /// Takes the match so far into those of the column at that place.
    #[inline]
    fn take(&mut self, effect: &Effect, column: usize, index: usize) {
        self.about_somebody = self.about_somebody.saturating_add(effect.told);
        self.bits |= effect.bit;
        if effect.rank != Identity::UNRANKED {
            self.strongest.offer(Strongest::of(effect.rank, column, index));
        }
    }
}

/// What is marked: the records, and their special categories.
type Target<'a> = (&'a mut [Marked], &'a mut [u8]);

/// Marks the records of the matches of runs. `bits` are the special categories of all matches of the column, or empty.
#[inline]
fn mark_runs(
    runs: &[Run],
    (matches, bits): (&[Match], &[u8]),
    record_of: impl Fn(&Match) -> u32,
    (records, special): &mut Target,
) {
    for Run { column, matches: (first, end), effect } in runs.iter().filter(|run| run.effect.counts) {
        for (index, found) in matches[*first..*end].iter().enumerate() {
            records[record_of(found) as usize].take(effect, *column, first + index);
        }
        if !bits.is_empty() {
            for (found, bit) in matches[*first..*end].iter().zip(&bits[*first..]) {
                special[record_of(found) as usize] |= bit;
            }
        }
    }
}

/// The same of a dictionary, with the effect of each match.
fn mark_occurrences(
    column: &Column,
    (place, matches): (usize, &[Match]),
    (effects, bits): (&[Effect], &[u8]),
    (records, special): &mut Target,
) {
    for_each_occurrence(column, matches, |index, record| {
        let effect = &effects[index];
        if effect.counts {
            records[record as usize].take(effect, place, index);
            if let Some(bit) = bits.get(index) {
                special[record as usize] |= bit;
            }
        }
    });
}
