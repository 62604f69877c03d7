//! Counts the matches of a column in their records: per detector how many, in how many records, of which class, with samples.

use super::runs::{Cover, Effect, Run};
use super::{Classifier, Marked, Scratch, for_each_occurrence};
use crate::model::{
    Batch, Class, Column, ColumnKind, Confidence, DetectorEvidence, Evidence, EvidenceFlags, Match, Position, Records,
};
use std::ops::Range;

/// Counts of one detector in one column of one batch.
#[derive(Debug, Default)]
pub(super) struct Tally {
    values: u64,
    records: u64,
    last_record: Option<u32>,
    class: Option<Class>,
    by_confidence: [u64; 3],
    evidence: EvidenceFlags,
    synthetic_values: u64,
    special: u8,
    samples: Vec<(Position, String)>,
}

/// What the records of some matches are.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    records: u64,
    last_record: Option<u32>,
    class: Option<Class>,
    special: u8,
}

impl Seen {
    /// All records of a batch, the highest class of which is known.
    pub(super) fn all(records: &[Marked], special: &[u8], class: Option<Class>) -> Self {
        let of_phi = records.iter().zip(special).filter(|(record, _)| record.class == Some(Class::Phi));
        Self {
            records: records.len() as u64,
            last_record: (records.len() as u32).checked_sub(1),
            class,
            special: of_phi.fold(0, |all, (_, special)| all | special),
        }
    }

    /// Takes the record of the next match.
    #[inline]
    fn add(&mut self, record: u32, class: Option<Class>, special: &[u8]) {
        self.records += u64::from(self.last_record != Some(record));
        self.last_record = Some(record);
        self.class = self.class.max(class);
        if class == Some(Class::Phi) {
            self.special |= special.get(record as usize).copied().unwrap_or(0);
        }
    }
}

impl Tally {
    /// Whether there is room for a sample.
    #[inline]
    fn has_room(&self) -> bool {
        self.samples.len() < DetectorEvidence::MAX_SAMPLES
    }

    /// Adds the records of matches.
    fn add_seen(&mut self, seen: &Seen) {
        self.records += seen.records;
        self.last_record = seen.last_record;
        self.class = self.class.max(seen.class);
        self.special |= seen.special;
    }

    /// Counts matches, by confidence, for which the same speaks.
    fn add_alike(&mut self, by_confidence: [u64; 3], evidence: EvidenceFlags) {
        let count: u64 = by_confidence.iter().sum();
        if count == 0 {
            return;
        }
        self.values += count;
        for (all, these) in self.by_confidence.iter_mut().zip(by_confidence) {
            *all += these;
        }
        self.evidence = self.evidence.with(evidence);
        if evidence.contains(EvidenceFlags::LIKELY_SYNTHETIC) {
            self.synthetic_values += count;
        }
    }

    fn into_evidence(self) -> DetectorEvidence {
        DetectorEvidence {
            values: self.values,
            records: self.records,
            class: self.class,
            by_confidence: self.by_confidence,
            evidence: self.evidence,
            synthetic_values: self.synthetic_values,
            special: self.special,
            samples: self.samples,
        }
    }
}

/// What there is to count of one match of a dictionary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrences {
    effect: Effect,
    /// The place of its detector's tally; `None` where it is not reported.
    tally: Option<usize>,
    /// By confidence.
    count: [u64; 3],
}

/// The place of a detector's tally in the list, where it is put if it is not there.
fn place_of_tally(list: &mut Vec<(u16, Tally)>, detector: u16) -> usize {
    list.iter().position(|(known, _)| *known == detector).unwrap_or_else(|| {
        list.push((detector, Tally::default()));
        list.len() - 1
    })
}

impl Classifier {
    /// Counts the matches of the column at that place.
    pub(super) fn tally_column(
        &self,
        batch: &Batch,
        (place, found): (usize, &[Match]),
        scratch: &mut Scratch,
        evidence: &mut Evidence,
    ) {
        scratch.by_detector.clear();
        let first = scratch.runs.partition_point(|run| run.column < place);
        let end = scratch.runs.partition_point(|run| run.column <= place);
        let (column, runs) = (&batch.columns[place], first..end);
        let all_are_kept = scratch.runs[runs.clone()].iter().all(|run| run.effect.confidence >= self.floor);
        let cover = scratch.covers[place].filter(|_| all_are_kept);
        match (cover, &column.records) {
            (Some(cover), _) => self.tally_covered((batch, column), (runs, found), cover, scratch),
            (None, Records::Identity) => self.tally_runs((batch, column), (runs, found), |found| found.value, scratch),
            (None, Records::Mapped(records)) => {
                self.tally_runs((batch, column), (runs, found), |found| records[found.value as usize], scratch);
            }
            (None, Records::Dictionary { .. }) => self.tally_occurrences((batch, column), (runs, found), scratch),
        }
        for (detector, tally) in scratch.by_detector.drain(..).filter(|(_, tally)| tally.values > 0) {
            let key = (column.path.clone(), detector);
            match evidence.detectors.entry(key) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(tally.into_evidence());
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(tally.into_evidence()),
            }
        }
    }

    /// Counts matches of which every record has one.
    fn tally_covered(
        &self,
        (batch, column): (&Batch, &Column),
        (runs, matches): (Range<usize>, &[Match]),
        cover: Cover,
        scratch: &mut Scratch,
    ) {
        let Scratch { runs: all, whole, by_detector, key_counts, .. } = scratch;
        let runs = &all[runs];
        let tally = place_of_tally(by_detector, matches[0].detector);
        let tally = &mut by_detector[tally].1;
        tally.add_seen(whole);
        key_counts.clear();
        if let Records::Dictionary { keys, .. } = &column.records
            && (runs.len() > 1 || cover == Cover::Several)
        {
            key_counts.resize(column.len(), 0);
            keys.iter().for_each(|key| key_counts[*key as usize] += 1);
        }
        for Run { matches: (first, end), effect, .. } in runs {
            let run = &matches[*first..*end];
            let values = match &column.records {
                Records::Dictionary { .. } if key_counts.is_empty() => whole.records,
                Records::Dictionary { .. } => run.iter().map(|found| u64::from(key_counts[found.value as usize])).sum(),
                _ => run.len() as u64,
            };
            let mut count = [0; 3];
            count[effect.confidence as usize] = values;
            tally.add_alike(count, effect.evidence);
        }
        for record in 0..batch.record_count {
            let value = match &column.records {
                Records::Dictionary { keys, .. } => keys[record as usize],
                _ => record,
            };
            let first = matches.partition_point(|found| found.value < value);
            for found in matches[first..].iter().take_while(|found| found.value == value) {
                if !tally.has_room() {
                    return;
                }
                self.sample(tally, (batch, column), found, record);
            }
        }
    }

    /// Counts matches, each in its record: those that are alike in what they do are counted together.
    fn tally_runs(
        &self,
        (batch, column): (&Batch, &Column),
        (runs, matches): (Range<usize>, &[Match]),
        record_of: impl Fn(&Match) -> u32,
        scratch: &mut Scratch,
    ) {
        let Scratch { records, runs: all, special, by_detector, .. } = scratch;
        for Run { matches: (first, end), effect, .. } in &all[runs] {
            let run = &matches[*first..*end];
            let floor = if effect.goes_by_record { Confidence::Low } else { self.floor };
            if effect.confidence < floor {
                continue;
            }
            let tally = place_of_tally(by_detector, effect.detector);
            let tally = &mut by_detector[tally].1;
            let mut seen = Seen { last_record: tally.last_record, ..Seen::default() };
            let mut count = [0; 3];
            if effect.goes_by_record {
                for found in run {
                    let record = record_of(found);
                    let marked = &records[record as usize];
                    let confidence = self.confidence_in(found, marked.judged());
                    if confidence >= self.floor {
                        count[confidence as usize] += 1;
                        seen.add(record, marked.class, special);
                        if tally.has_room() {
                            self.sample(tally, (batch, column), found, record);
                        }
                    }
                }
            } else {
                count[effect.confidence as usize] = run.len() as u64;
                for found in run {
                    let record = record_of(found);
                    seen.add(record, records[record as usize].class, special);
                }
                let missing = DetectorEvidence::MAX_SAMPLES.saturating_sub(tally.samples.len());
                for found in run.iter().take(missing) {
                    self.sample(tally, (batch, column), found, record_of(found));
                }
            }
            tally.add_seen(&seen);
            tally.add_alike(count, effect.evidence);
        }
    }

    /// The same of a dictionary, whose matches stand in many records.
    fn tally_occurrences(
        &self,
        (batch, column): (&Batch, &Column),
        (runs, matches): (Range<usize>, &[Match]),
        scratch: &mut Scratch,
    ) {
        let Scratch { records, runs: all, special, by_detector, occurrences, .. } = scratch;
        // Mostly all matches of a column are alike.
        if let [Run { effect, .. }] = &all[runs.clone()]
            && !effect.goes_by_record
        {
            let tally = place_of_tally(by_detector, effect.detector);
            let tally = &mut by_detector[tally].1;
            let (mut seen, mut count) = (Seen::default(), [0; 3]);
            if effect.confidence >= self.floor {
                for_each_occurrence(column, matches, |index, record| {
                    count[effect.confidence as usize] += 1;
                    seen.add(record, records[record as usize].class, special);
                    if tally.has_room() {
                        self.sample(tally, (batch, column), &matches[index], record);
                    }
                });
            }
            tally.add_seen(&seen);
            return tally.add_alike(count, effect.evidence);
        }
        occurrences.clear();
        for Run { matches: (_, end), effect, .. } in &all[runs] {
            let is_kept = effect.goes_by_record || effect.confidence >= self.floor;
            let tally = is_kept.then(|| place_of_tally(by_detector, effect.detector));
            occurrences.resize(*end, Occurrences { effect: *effect, tally, count: [0; 3] });
        }
        let mut seen = vec![Seen::default(); by_detector.len()];
        for_each_occurrence(column, matches, |index, record| {
            let own = &mut occurrences[index];
            let Some(tally) = own.tally else { return };
            let marked = &records[record as usize];
            let mut confidence = own.effect.confidence;
            if own.effect.goes_by_record {
                confidence = self.confidence_in(&matches[index], marked.judged());
                if confidence < self.floor {
                    return;
                }
            }
            own.count[confidence as usize] += 1;
            seen[tally].add(record, marked.class, special);
            let tally = &mut by_detector[tally].1;
            if tally.has_room() {
                self.sample(tally, (batch, column), &matches[index], record);
            }
        });
        for Occurrences { effect, tally, count } in occurrences.iter() {
            if let Some(tally) = tally {
                by_detector[*tally].1.add_alike(*count, effect.evidence);
            }
        }
        by_detector.iter_mut().zip(&seen).for_each(|((_, tally), seen)| tally.add_seen(seen));
    }

    /// Keeps a masked sample of a match.
    #[cold]
    fn sample(&self, tally: &mut Tally, (batch, column): (&Batch, &Column), found: &Match, record: u32) {
        let mask = self.detectors[usize::from(found.detector)].mask;
        let value = &column.bytes[found.start as usize..found.end as usize];
        tally.samples.push((position(batch, column, found, record), mask.apply(value)));
    }
}

fn position(batch: &Batch, column: &Column, found: &Match, record: u32) -> Position {
    let first_line = batch.record_lines.get(record as usize).copied();
    let value = found.value as usize;
    let (line, place) = match column.kind {
        ColumnKind::Lines => {
            let lines_into_record = match &column.records {
                Records::Mapped(records) => {
                    records[..value].iter().rev().take_while(|other| **other == record).count() as u64
                }
                _ => 0,
            };
            let place = u64::from(found.start) - column.range(value).start as u64 + 1;
            (first_line.map(|line| line + lines_into_record), Some(place))
        }
        _ => (first_line, (column.ordinal > 0).then_some(u64::from(column.ordinal))),
    };
    Position { record: batch.first_record + u64::from(record), line, column: place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fifths_of_test_values_make_likely_test_data() {
        let found = |synthetic_values| {
            let tally = Tally { values: 10, synthetic_values, ..Tally::default() };
            tally.into_evidence().is_likely_synthetic()
        };
        assert_eq!((found(7), found(8)), (false, true));
    }
}
