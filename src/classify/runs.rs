//! Marks records with what their matches make of them. Matches of one kind are marked together.

use super::identity::{Bits, Identity};
use super::{Classifier, Marked, Scratch, for_each_occurrence};
use crate::model::{Batch, Column, Confidence, DetectorClass, EvidenceFlags, Match, Records};
use std::collections::HashMap;

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

/// Matches of a column that stand one after the other and do the same to their records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) column: usize,
    /// The first of them, and the one behind the last.
    pub(super) matches: (usize, usize),
    pub(super) effect: Effect,
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
        scratch.records.clear();
        scratch.records.resize(count, Marked::default());
        scratch.special.clear();
        if !self.special.is_empty() {
            scratch.special.resize(count, 0);
        }
        scratch.waiting.clear();
        scratch.runs.clear();
        for (place, (column, found)) in batch.columns.iter().zip(matches).enumerate() {
            let first = scratch.runs.len();
            self.find_runs(place, found, &mut scratch.runs);
            let has_special = self.find_special(column, found, first, scratch);
            let Scratch { records, runs, effects, special, special_matches, waiting, .. } = &mut *scratch;
            let runs = &runs[first..];
            if runs.iter().any(|run| run.effect.waits && !run.effect.counts) {
                waiting.push(place);
            }
            let bits = if has_special { special_matches.as_slice() } else { &[] };
            let mut target = (records.as_mut_slice(), special.as_mut_slice());
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
                    marked.strongest.offer(self.identity.rank(found.detector), *place, found);
                }
            });
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

    /// Fills in the special categories of a column's matches, whose runs begin at that place, each distinct value asked about
    /// once; `false` where there is none.
    fn find_special(&self, column: &Column, matches: &[Match], first_run: usize, scratch: &mut Scratch) -> bool {
        const MAX_VALUES: usize = 16_384;
        let Scratch { runs, special_values, special_matches, .. } = scratch;
        if self.special.is_empty() || !runs[first_run..].iter().any(|run| run.effect.is_health) {
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
    /// Takes a match of the column at that place.
    #[inline]
    fn take(&mut self, effect: &Effect, column: usize, found: &Match) {
        self.about_somebody = self.about_somebody.saturating_add(effect.told);
        self.bits |= effect.bit;
        self.strongest.offer(effect.rank, column, found);
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
        for found in &matches[*first..*end] {
            records[record_of(found) as usize].take(effect, *column, found);
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
            records[record as usize].take(effect, place, &matches[index]);
            if let Some(bit) = bits.get(index) {
                special[record as usize] |= bit;
            }
        }
    });
}
