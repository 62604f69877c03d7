//! Decides, record by record, what the matches of a batch make of it, and aggregates them into evidence.
//!
//! A record with an identifier of a person and health data is PHI. An identifier alone is PII, health data alone is
//! health data about nobody; [`identity`] says what identifies. A provider's number is public and counts for nothing. A
//! network address is of low confidence in a record about nobody, and counts where the record is about somebody; so does
//! a bare pair of words that are names. Matched values end here: only masked samples, counts and sketches of people go on.

mod census;
mod deidentified;
mod identity;
mod people;

pub use deidentified::generalised;

use crate::model::{
    Batch, Class, ClassificationSpec, Column, ColumnKind, Confidence, Detector, DetectorClass, DetectorEvidence,
    Evidence, EvidenceFlags, Match, Position, Records, SpecialTable,
};
use census::{Joined, Strongest};
use foldhash::fast::RandomState;
use identity::{Bits, Identity, Meanings};
use people::{People, Writing};
use std::collections::HashMap;
use std::ops::Range;

/// What the matches of each detector, by index, make of a record.
#[derive(Debug)]
pub struct Classifier {
    identity: Identity,
    detectors: Vec<Detector>,
    writings: Vec<Writing>,
    person_name: Option<u16>,
    birth_date: Option<u16>,
    /// How much a match of each detector tells that a record is about somebody, by confidence.
    told: Vec<[u8; 3]>,
    people: People,
    special: SpecialTable,
    floor: Confidence,
}

/// Reused memory of a worker.
#[derive(Debug, Default)]
pub struct Scratch {
    records: Vec<Marked>,
    /// Of all columns with matches, one after the other.
    runs: Vec<Run>,
    /// Columns whose matches, some of them, wait for what the rest of the record says.
    waiting: Vec<usize>,
    joined: Vec<Joined>,
    meanings: Meanings,
    /// Special categories per record, a bit each; empty where none is told apart.
    special: Vec<u8>,
    /// Special categories of values, by detector.
    special_values: Vec<HashMap<Box<[u8]>, u8, RandomState>>,
    /// Special categories of the matches of one column.
    special_matches: Vec<u8>,
    by_detector: Vec<(u16, Tally)>,
}

/// From how much on a record is about somebody.
const ABOUT_SOMEBODY: u8 = 2;

/// What is known of a record.
#[derive(Debug, Default, Clone, Copy)]
struct Marked {
    bits: Bits,
    strongest: Strongest,
    /// How much other than bare names tells that it is about somebody; enough from [`ABOUT_SOMEBODY`] on.
    about_somebody: u8,
    class: Option<Class>,
}

impl Marked {
    fn is_identified(&self) -> bool {
        matches!(self.class, Some(Class::Phi | Class::Pii))
    }

    fn is_about_somebody(&self) -> bool {
        self.about_somebody >= ABOUT_SOMEBODY
    }
}

/// What all matches of one detector, of one confidence and for which the same spoke do to any record. Mostly all matches of
/// a column are such, so it is asked once and not for each of them.
#[derive(Debug, Clone, Copy)]
struct Effect {
    detector: u16,
    confidence: Confidence,
    evidence: EvidenceFlags,
    /// They make a record something, whatever else it holds.
    counts: bool,
    /// They are about health.
    is_health: bool,
    /// The rest of the record decides about them.
    waits: bool,
    /// How sure they are goes by the record.
    goes_by_record: bool,
    told: u8,
    rank: u8,
    bit: Bits,
}

/// Matches of a column that stand one after the other and do the same to their records.
#[derive(Debug, Clone, Copy)]
struct Run {
    column: usize,
    /// The first of them, and the one behind the last.
    matches: (usize, usize),
    effect: Effect,
}

/// Whether two matches do the same to their records.
#[inline]
fn is_alike(one: &Match, other: &Match) -> bool {
    let key = |found: &Match| u32::from(found.detector) | u32::from(found.evidence.0) << 16;
    key(one) == key(other) && one.confidence == other.confidence
}

const LEVELS: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

/// What a record turned out to be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct JudgedRecord {
    /// What its matches make of it.
    pub class: Option<Class>,
    /// Whether something tells that it is about a person: more than bare names and addresses of machines and mail.
    pub is_about_somebody: bool,
}

impl Classifier {
    /// For the detectors of an engine, by index, with the built-in table of what identifies. Matches below `floor` are
    /// not reported.
    pub fn new(detectors: &[Detector], floor: Confidence) -> Self {
        let place = |id: &str| detectors.iter().position(|detector| &*detector.id == id).map(|place| place as u16);
        Self {
            identity: Identity::new(detectors, &ClassificationSpec::default()),
            writings: detectors.iter().map(|detector| Writing::of(&detector.id)).collect(),
            person_name: place("person_name"),
            birth_date: place("date_of_birth"),
            told: detectors.iter().map(|detector| LEVELS.map(|level| told_of_somebody(detector, level))).collect(),
            people: People::new([0; 16]),
            special: SpecialTable::default(),
            detectors: detectors.to_vec(),
            floor,
        }
    }

    /// Changes what identifies.
    #[must_use]
    pub fn with_classification(mut self, spec: &ClassificationSpec) -> Self {
        self.identity = Identity::new(&self.detectors, spec);
        self
    }

    /// Sets the key of the digests by which people are told apart.
    #[must_use]
    pub fn with_people_key(mut self, key: [u8; 16]) -> Self {
        self.people = People::new(key);
        self
    }

    /// Sets the categories of health data that are specially protected.
    #[must_use]
    pub fn with_special(mut self, special: SpecialTable) -> Self {
        self.special = special;
        self
    }

    /// The evidence of a batch, whose matches stand in one list per column, sorted by place. A match of low confidence
    /// is reported but makes no record anything.
    pub fn classify(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) -> Evidence {
        self.mark(batch, matches, scratch);
        let mut evidence = Evidence { records: u64::from(batch.record_count), ..Evidence::default() };
        let mut by_class = [0; 4];
        for record in &mut scratch.records {
            record.class = scratch.meanings.class_of(record.bits, &self.identity, &mut evidence.reasons);
            by_class[record.class.map_or(0, |class| class as usize + 1)] += 1;
        }
        [_, evidence.health_records, evidence.pii_records, evidence.phi_records] = by_class;
        scratch.meanings.drain_into(&mut evidence.reasons);
        for special in scratch.special.iter().filter(|special| **special != 0) {
            for (index, records) in evidence.special_records.iter_mut().enumerate() {
                *records += u64::from(special >> index & 1);
            }
        }
        self.count_people(batch, matches, scratch, &mut evidence);
        for (place, found) in matches.iter().enumerate().filter(|(_, found)| !found.is_empty()) {
            self.tally_column(batch, (place, found), scratch, &mut evidence);
        }
        evidence
    }

    /// What each record of a batch is, by what [`Self::classify`] goes by.
    pub fn judge_records(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) -> Vec<JudgedRecord> {
        self.mark(batch, matches, scratch);
        let mut reasons = Default::default();
        let Scratch { records, meanings, .. } = scratch;
        let judged = records.iter().map(|record| JudgedRecord {
            class: meanings.class_of(record.bits, &self.identity, &mut reasons),
            is_about_somebody: record.is_about_somebody(),
        });
        judged.collect()
    }

    /// How sure a match is in a record: a network address, a bare name and what was held back go by what else stands there.
    pub fn confidence_in(&self, found: &Match, record: JudgedRecord) -> Confidence {
        let is_raised = if self.is_network(found) && !found.evidence.contains(EvidenceFlags::PUBLICATION) {
            if record.class.is_none() {
                return Confidence::Low;
            }
            true
        } else {
            record.is_about_somebody && self.waits(found)
        };
        if is_raised { found.confidence.max(Confidence::Medium) } else { found.confidence }
    }

    /// Sets the bits of the records, their strongest identifiers and their special categories.
    fn mark(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) {
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
            let Scratch { records, runs, special, special_matches, waiting, .. } = &mut *scratch;
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
                Records::Dictionary { .. } => for_each_occurrence(column, found, |index, record| {
                    let one = run_at(runs, index);
                    mark_runs(&one, (found, bits), |_| record, &mut target);
                }),
            }
        }
        // What waited counts in a record that is about somebody; it tells of nobody itself.
        let Scratch { records, waiting, .. } = scratch;
        for place in waiting {
            let (column, found) = (&batch.columns[*place], &matches[*place]);
            for_each_occurrence(column, found, |index, record| {
                let (found, marked) = (&found[index], &mut records[record as usize]);
                if marked.is_about_somebody() && self.waits(found) {
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
        Effect {
            detector: found.detector,
            confidence: found.confidence,
            evidence: found.evidence,
            counts: self.counts(found),
            is_health: self.class_of(found.detector) == DetectorClass::Health,
            waits: self.waits(found),
            goes_by_record: self.is_network(found) || self.waits(found),
            told: self.told[usize::from(found.detector)][found.confidence as usize],
            rank: self.identity.rank(found.detector),
            bit: self.identity.bit(found.detector),
        }
    }

    /// Whether a match makes a record something, whatever else it holds.
    fn counts(&self, found: &Match) -> bool {
        found.confidence > Confidence::Low
            || (self.is_network(found) && !found.evidence.contains(EvidenceFlags::PUBLICATION))
    }

    /// Whether the rest of the record decides about it: a name for which nothing speaks but lists of names, and what
    /// stands in a text that was written for everybody.
    fn waits(&self, found: &Match) -> bool {
        let is_held_back = found.evidence.contains(EvidenceFlags::PUBLICATION);
        found.confidence == Confidence::Low && (is_held_back || Some(found.detector) == self.person_name)
    }

    fn is_network(&self, found: &Match) -> bool {
        self.class_of(found.detector) == DetectorClass::Network
    }

    fn class_of(&self, detector: u16) -> DetectorClass {
        self.detectors[usize::from(detector)].class
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

    fn tally_column(
        &self,
        batch: &Batch,
        (place, found): (usize, &[Match]),
        scratch: &mut Scratch,
        evidence: &mut Evidence,
    ) {
        scratch.by_detector.clear();
        let own = |run: &Run| (run.column, run.matches.0);
        let first = scratch.runs.partition_point(|run| own(run) < (place, 0));
        let end = first + scratch.runs[first..].partition_point(|run| run.column == place);
        let (column, runs) = (&batch.columns[place], first..end);
        match &column.records {
            Records::Identity => self.tally_runs((batch, column), (runs, found), |found| found.value, scratch),
            Records::Mapped(records) => {
                self.tally_runs((batch, column), (runs, found), |found| records[found.value as usize], scratch);
            }
            Records::Dictionary { .. } => for_each_occurrence(column, found, |index, record| {
                let run = first + scratch.runs[first..end].partition_point(|run| run.matches.1 <= index);
                let whole = scratch.runs[run].matches;
                scratch.runs[run].matches = (index, index + 1);
                self.tally_runs((batch, column), (run..run + 1, found), |_| record, scratch);
                scratch.runs[run].matches = whole;
            }),
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
            let tally = tally_of(by_detector, effect.detector);
            let mut seen = Seen { last_record: tally.last_record, ..Seen::default() };
            let mut count = [0; 3];
            if effect.goes_by_record {
                for found in run {
                    let record = record_of(found);
                    let marked = &records[record as usize];
                    let is_about_somebody = marked.is_about_somebody();
                    let judged = JudgedRecord { class: marked.class, is_about_somebody };
                    let confidence = self.confidence_in(found, judged);
                    if confidence >= self.floor {
                        count[confidence as usize] += 1;
                        seen.add(record, marked.class, special);
                        self.sample(tally, (batch, column), found, record);
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
}

impl Classifier {
    /// Keeps a masked sample of a match, as long as there is room.
    fn sample(&self, tally: &mut Tally, (batch, column): (&Batch, &Column), found: &Match, record: u32) {
        if tally.samples.len() < DetectorEvidence::MAX_SAMPLES {
            let mask = self.detectors[usize::from(found.detector)].mask;
            let value = &column.bytes[found.start as usize..found.end as usize];
            tally.samples.push((position(batch, column, found, record), mask.apply(value)));
        }
    }
}

/// What is marked: the records, and their special categories.
type Target<'a> = (&'a mut [Marked], &'a mut [u8]);

/// Marks the records of the matches of runs. `special` are the special categories of all matches of the column, or empty.
#[inline]
fn mark_runs(
    runs: &[Run],
    (matches, bits): (&[Match], &[u8]),
    record_of: impl Fn(&Match) -> u32,
    (records, special): &mut Target,
) {
    for Run { column, matches: (first, end), effect } in runs.iter().filter(|run| run.effect.counts) {
        for found in &matches[*first..*end] {
            let marked = &mut records[record_of(found) as usize];
            marked.about_somebody = marked.about_somebody.saturating_add(effect.told);
            marked.bits |= effect.bit;
            marked.strongest.offer(effect.rank, *column, found);
        }
        if !bits.is_empty() {
            for (found, bit) in matches[*first..*end].iter().zip(&bits[*first..]) {
                special[record_of(found) as usize] |= bit;
            }
        }
    }
}

/// The one match of that index, as a run.
fn run_at(runs: &[Run], index: usize) -> [Run; 1] {
    let place = runs.partition_point(|run| run.matches.1 <= index);
    [Run { matches: (index, index + 1), ..runs[place] }]
}

/// How much a match of a detector tells that a record is about somebody. Addresses of machines and of mail tell nothing:
/// they stand beside names in every list of authors. One word for an illness stands in any text, two hardly do.
fn told_of_somebody(detector: &Detector, confidence: Confidence) -> u8 {
    match detector.class {
        DetectorClass::Network => 0,
        DetectorClass::Health if confidence < Confidence::High => 1,
        _ if matches!(&*detector.id, "email" | "url") => 0,
        _ => ABOUT_SOMEBODY,
    }
}

/// Counts of one detector in one column of one batch.
#[derive(Debug, Default)]
struct Tally {
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
#[derive(Debug, Default)]
struct Seen {
    records: u64,
    last_record: Option<u32>,
    class: Option<Class>,
    special: u8,
}

impl Seen {
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

/// A detector's tally in the list, where it is put if it is not there.
fn tally_of(list: &mut Vec<(u16, Tally)>, detector: u16) -> &mut Tally {
    let known = list.iter().position(|(known, _)| *known == detector);
    let place = known.unwrap_or_else(|| {
        list.push((detector, Tally::default()));
        list.len() - 1
    });
    &mut list[place].1
}

/// Calls `visit` with the index of each match and each record it stands in, records ascending.
#[inline]
pub fn for_each_occurrence(column: &Column, matches: &[Match], mut visit: impl FnMut(usize, u32)) {
    match &column.records {
        Records::Identity => matches.iter().enumerate().for_each(|(index, found)| visit(index, found.value)),
        Records::Mapped(records) => {
            matches.iter().enumerate().for_each(|(index, found)| visit(index, records[found.value as usize]));
        }
        Records::Dictionary { keys, records } => {
            if matches.is_empty() {
                return;
            }
            let mut first_of_value = vec![0u32; column.len() + 1];
            for found in matches {
                first_of_value[found.value as usize + 1] += 1;
            }
            for value in 0..column.len() {
                first_of_value[value + 1] += first_of_value[value];
            }
            for (key, record) in keys.iter().zip(records) {
                let range = first_of_value[*key as usize] as usize..first_of_value[*key as usize + 1] as usize;
                range.for_each(|index| visit(index, *record));
            }
        }
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
    use crate::model::Mask;

    fn classifier() -> Classifier {
        let detector = |id: &str, class| Detector { id: id.into(), name: id.into(), class, mask: Mask::Full };
        let detectors = [
            detector("ssn", DetectorClass::Identifier),
            detector("icd", DetectorClass::Health),
            detector("zip", DetectorClass::QuasiIdentifier),
            detector("dob", DetectorClass::QuasiIdentifier),
            detector("npi", DetectorClass::Provider),
            detector("ip", DetectorClass::Network),
        ];
        Classifier::new(&detectors, Confidence::Medium)
    }

    fn whole(column: &Column, detector: u16, value: usize) -> Match {
        let range = column.range(value);
        Match {
            detector,
            value: value as u32,
            start: range.start as u32,
            end: range.end as u32,
            confidence: Confidence::High,
            evidence: EvidenceFlags::PATTERN,
        }
    }

    fn column(path: &str, ordinal: u32, values: &[&str]) -> Column {
        let mut column = Column::new(path, ColumnKind::Text, ordinal);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        column
    }

    #[test]
    fn a_record_is_phi_only_where_identifier_and_health_meet() {
        let ids = column("id", 1, &["a", "b", "c", "d"]);
        let codes = column("code", 2, &["w", "x", "y", "z"]);
        let matches = [vec![whole(&ids, 0, 0), whole(&ids, 0, 1)], vec![whole(&codes, 1, 1), whole(&codes, 1, 2)]];
        let batch = Batch { record_count: 4, columns: vec![ids, codes], ..Batch::default() };
        let evidence = classifier().classify(&batch, &matches, &mut Scratch::default());
        assert_eq!((evidence.phi_records, evidence.pii_records, evidence.health_records), (1, 1, 1));
        let ids = &evidence.detectors[&("id".into(), 0)];
        assert_eq!((ids.values, ids.records, ids.class), (2, 2, Some(Class::Phi)));
    }

    #[test]
    fn one_quasi_identifier_is_none_and_two_are_one() {
        let zips = column("zip", 1, &["a", "b"]);
        let births = column("dob", 2, &["c", "d"]);
        let matches = [vec![whole(&zips, 2, 0), whole(&zips, 2, 1)], vec![whole(&births, 3, 1)]];
        let batch = Batch { record_count: 2, columns: vec![zips, births], ..Batch::default() };
        let evidence = classifier().classify(&batch, &matches, &mut Scratch::default());
        assert_eq!((evidence.phi_records, evidence.pii_records, evidence.health_records), (0, 1, 0));
    }

    #[test]
    fn a_provider_is_no_patient() {
        let providers = column("npi", 1, &["a"]);
        let codes = column("code", 2, &["b"]);
        let matches = [vec![whole(&providers, 4, 0)], vec![whole(&codes, 1, 0)]];
        let batch = Batch { record_count: 1, columns: vec![providers, codes], ..Batch::default() };
        let evidence = classifier().classify(&batch, &matches, &mut Scratch::default());
        assert_eq!((evidence.phi_records, evidence.health_records), (0, 1));
    }

    #[test]
    fn a_network_address_counts_where_the_record_is_about_somebody() {
        let ids = column("id", 1, &["a", "b"]);
        let addresses = column("ip", 2, &["c", "d"]);
        let low = |value| Match { confidence: Confidence::Low, ..whole(&addresses, 5, value) };
        let matches = [vec![whole(&ids, 0, 1)], vec![low(0), low(1)]];
        let batch = Batch { record_count: 2, columns: vec![ids, addresses], ..Batch::default() };
        let evidence = classifier().classify(&batch, &matches, &mut Scratch::default());
        let found = &evidence.detectors[&("ip".into(), 5)];
        assert_eq!((found.values, found.by_confidence, found.class), (1, [0, 1, 0], Some(Class::Pii)));
    }

    #[test]
    fn a_bare_name_counts_where_the_record_is_about_somebody() {
        let detector = |id: &str, class| Detector { id: id.into(), name: id.into(), class, mask: Mask::Full };
        let detectors = [
            detector("person_name", DetectorClass::Identifier),
            detector("date_of_birth", DetectorClass::QuasiIdentifier),
            detector("condition", DetectorClass::Health),
            detector("email", DetectorClass::Identifier),
            detector("drug_name", DetectorClass::Health),
        ];
        let classifier = Classifier::new(&detectors, Confidence::Medium);
        let names = column("note", 1, &["a", "b", "c", "d", "e"]);
        let others = column("other", 2, &["", "f", "g", "h", "i"]);
        let more = column("more", 3, &["", "", "", "", "j"]);
        let low = |value| Match { confidence: Confidence::Low, ..whole(&names, 0, value) };
        let medium = |found: Match| Match { confidence: Confidence::Medium, ..found };
        let matches = [
            (0..5).map(low).collect(),
            vec![
                whole(&others, 1, 1),
                medium(whole(&others, 2, 2)),
                whole(&others, 3, 3),
                medium(whole(&others, 2, 4)),
            ],
            vec![medium(whole(&more, 4, 4))],
        ];
        let batch = Batch { record_count: 5, columns: vec![names, others, more], ..Batch::default() };
        let evidence = classifier.classify(&batch, &matches, &mut Scratch::default());
        // Nothing beside it, a birth date, one illness, an address of mail, an illness and a drug.
        assert_eq!((evidence.phi_records, evidence.pii_records, evidence.health_records), (1, 2, 1));
        let found = &evidence.detectors[&("note".into(), 0)];
        assert_eq!((found.values, found.by_confidence, found.class), (2, [0, 2, 0], Some(Class::Phi)));
        let judged = classifier.judge_records(&batch, &matches, &mut Scratch::default());
        let sure = judged.iter().map(|record| classifier.confidence_in(&matches[0][0], *record));
        assert_eq!(sure.filter(|confidence| *confidence == Confidence::Medium).count(), 2);
    }

    #[test]
    fn a_dictionary_counts_every_occurrence() {
        let mut ids = column("id", 1, &["a", "b"]);
        ids.records = Records::Dictionary { keys: vec![0, 1, 0, 0], records: vec![0, 1, 2, 3] };
        let matches = [vec![whole(&ids, 0, 0)]];
        let batch = Batch { record_count: 4, columns: vec![ids], ..Batch::default() };
        let evidence = classifier().classify(&batch, &matches, &mut Scratch::default());
        let ids = &evidence.detectors[&("id".into(), 0)];
        assert_eq!((ids.values, ids.records, evidence.pii_records), (3, 3, 3));
        assert_eq!(ids.samples.len(), 3);
    }

    #[test]
    fn test_data_and_special_categories_are_counted_by_record() {
        let ids = column("id", 1, &["a", "b", "c"]);
        let codes = column("code", 2, &["F11.20", "I10", "F11.20"]);
        let synthetic = |value| Match {
            evidence: EvidenceFlags::PATTERN.with(EvidenceFlags::LIKELY_SYNTHETIC),
            ..whole(&ids, 0, value)
        };
        let matches = [
            vec![synthetic(0), whole(&ids, 0, 1)],
            vec![whole(&codes, 1, 0), whole(&codes, 1, 1), whole(&codes, 1, 2)],
        ];
        let batch = Batch { record_count: 3, columns: vec![ids, codes], ..Batch::default() };
        let category = crate::model::SpecialCategory { id: "substance_use".into(), citation: "42 CFR Part 2".into() };
        let lookup = |id: &str, value: &[u8]| (id == "icd" && value.starts_with(b"F11")).then_some(0);
        let special = SpecialTable::new(vec![category], std::sync::Arc::new(lookup));
        let evidence = classifier().with_special(special).classify(&batch, &matches, &mut Scratch::default());
        assert_eq!(evidence.special_records[0], 2);
        assert_eq!((evidence.phi_records, evidence.synthetic_records), (2, 1));
        assert_eq!((evidence.phi_people.count(), evidence.pii_people.count()), (2, 0));
        let ids = &evidence.detectors[&("id".into(), 0)];
        assert_eq!((ids.synthetic_values, ids.is_likely_synthetic(), ids.special), (1, false, 1));
        let reasons: Vec<_> = evidence.reasons.iter().map(|((_, why), records)| (&**why, *records)).collect();
        assert_eq!(reasons, [("icd", 1), ("ssn + icd", 2)]);
    }

    #[test]
    fn four_fifths_of_test_values_make_likely_test_data() {
        let found = |synthetic_values| {
            let tally = Tally { values: 10, synthetic_values, ..Tally::default() };
            tally.into_evidence().is_likely_synthetic()
        };
        assert_eq!((found(7), found(8)), (false, true));
    }
}
