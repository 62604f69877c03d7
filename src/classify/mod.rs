//! Decides, record by record, what the matches of a batch make of it, and aggregates them into evidence.
//!
//! A record with an identifier of a person and health data is PHI. An identifier alone is PII, health data alone is
//! health data about nobody. Two different quasi-identifiers together count as an identifier. A provider's number is
//! public and counts for nothing. A network address is of low confidence in a record about nobody, and counts where
//! the record is about somebody. Matched values end here: only masked samples go on.

use crate::model::{
    Batch, Class, Column, ColumnKind, Confidence, Detector, DetectorClass, DetectorEvidence, Evidence, EvidenceFlags,
    Match, Position, Records,
};

/// What the matches of one record say together: bit 0 an identifier, bit 1 health data, the others one
/// quasi-identifying detector each.
#[derive(Debug, Clone, Copy, Default)]
struct RecordBits(u16);

impl RecordBits {
    const IDENTIFIER: u16 = 1;
    const HEALTH: u16 = 2;
    const QUASI_SHIFT: u32 = 2;
    const QUASI_SLOTS: u32 = 14;

    fn class(self) -> Option<Class> {
        let quasi_identifiers = (self.0 >> Self::QUASI_SHIFT).count_ones();
        let identified = self.0 & Self::IDENTIFIER != 0 || quasi_identifiers >= 2;
        match (identified, self.0 & Self::HEALTH != 0) {
            (true, true) => Some(Class::Phi),
            (true, false) => Some(Class::Pii),
            (false, true) => Some(Class::Health),
            (false, false) => None,
        }
    }
}

/// The bits that a match of each detector sets, by index.
#[derive(Debug)]
pub struct Classifier {
    bits: Vec<u16>,
    detectors: Vec<Detector>,
    floor: Confidence,
}

/// Reused memory of a worker.
#[derive(Debug, Default)]
pub struct Scratch {
    records: Vec<RecordBits>,
    by_detector: Vec<(u16, Tally)>,
}

impl Classifier {
    /// For the detectors of an engine, by index. Matches below `floor` are not reported.
    pub fn new(detectors: &[Detector], floor: Confidence) -> Self {
        let mut quasi = 0;
        let mut bits_of = |class: DetectorClass| match class {
            DetectorClass::Identifier | DetectorClass::Financial => RecordBits::IDENTIFIER,
            DetectorClass::Health => RecordBits::HEALTH,
            DetectorClass::QuasiIdentifier | DetectorClass::Network => {
                quasi += 1;
                1 << (RecordBits::QUASI_SHIFT + (quasi - 1) % RecordBits::QUASI_SLOTS)
            }
            DetectorClass::Provider => 0,
        };
        Self {
            bits: detectors.iter().map(|detector| bits_of(detector.class)).collect(),
            detectors: detectors.to_vec(),
            floor,
        }
    }

    /// The evidence of a batch, whose matches stand in one list per column, sorted by place. A match of low confidence
    /// is reported but makes no record anything.
    pub fn classify(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) -> Evidence {
        self.mark_records(batch, matches, scratch);
        let mut evidence = Evidence { records: u64::from(batch.record_count), ..Evidence::default() };
        for record in &scratch.records {
            match record.class() {
                Some(Class::Phi) => evidence.phi_records += 1,
                Some(Class::Pii) => evidence.pii_records += 1,
                Some(Class::Health) => evidence.health_records += 1,
                None => {}
            }
        }
        for (column, found) in batch.columns.iter().zip(matches).filter(|(_, found)| !found.is_empty()) {
            self.tally_column(batch, (column, found), scratch, &mut evidence);
        }
        evidence
    }

    /// The class of each record of a batch, by what [`Self::classify`] goes by.
    pub fn record_classes(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) -> Vec<Option<Class>> {
        self.mark_records(batch, matches, scratch);
        scratch.records.iter().map(|record| record.class()).collect()
    }

    /// How sure a match is in a record of this class: a network address goes by its record.
    pub fn confidence_in(&self, found: &Match, class: Option<Class>) -> Confidence {
        match (self.is_network(found), class) {
            (true, None) => Confidence::Low,
            (true, Some(_)) => found.confidence.max(Confidence::Medium),
            (false, _) => found.confidence,
        }
    }

    fn mark_records(&self, batch: &Batch, matches: &[Vec<Match>], scratch: &mut Scratch) {
        scratch.records.clear();
        scratch.records.resize(batch.record_count as usize, RecordBits::default());
        for (column, found) in batch.columns.iter().zip(matches) {
            for_each_occurrence(column, found, |found, record| {
                if found.confidence > Confidence::Low || self.is_network(found) {
                    scratch.records[record as usize].0 |= self.bits[usize::from(found.detector)];
                }
            });
        }
    }

    fn is_network(&self, found: &Match) -> bool {
        self.detectors[usize::from(found.detector)].class == DetectorClass::Network
    }

    fn tally_column(
        &self,
        batch: &Batch,
        (column, found): (&Column, &[Match]),
        scratch: &mut Scratch,
        evidence: &mut Evidence,
    ) {
        scratch.by_detector.clear();
        let Scratch { records, by_detector } = scratch;
        for_each_occurrence(column, found, |found, record| {
            let class = records[record as usize].class();
            let confidence = self.confidence_in(found, class);
            if confidence < self.floor {
                return;
            }
            let known = by_detector.iter().position(|(detector, _)| *detector == found.detector);
            let index = known.unwrap_or_else(|| {
                by_detector.push((found.detector, Tally::default()));
                by_detector.len() - 1
            });
            let tally = &mut by_detector[index].1;
            tally.add(&Match { confidence, ..*found }, record, class);
            if tally.samples.len() < DetectorEvidence::MAX_SAMPLES {
                let mask = self.detectors[usize::from(found.detector)].mask;
                let value = &column.bytes[found.start as usize..found.end as usize];
                tally.samples.push((position(batch, column, found, record), mask.apply(value)));
            }
        });
        for (detector, tally) in by_detector.drain(..) {
            let key = (column.path.clone(), detector);
            match evidence.detectors.entry(key) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(tally.into_evidence());
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(tally.into_evidence()),
            }
        }
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
    samples: Vec<(Position, String)>,
}

impl Tally {
    fn add(&mut self, found: &Match, record: u32, class: Option<Class>) {
        self.values += 1;
        if self.last_record != Some(record) {
            self.records += 1;
            self.last_record = Some(record);
        }
        self.class = self.class.max(class);
        self.by_confidence[found.confidence as usize] += 1;
        self.evidence = self.evidence.with(found.evidence);
    }

    fn into_evidence(self) -> DetectorEvidence {
        DetectorEvidence {
            values: self.values,
            records: self.records,
            class: self.class,
            by_confidence: self.by_confidence,
            evidence: self.evidence,
            samples: self.samples,
        }
    }
}

/// Calls `visit` with each match and each record it stands in, records ascending.
pub fn for_each_occurrence(column: &Column, matches: &[Match], mut visit: impl FnMut(&Match, u32)) {
    match &column.records {
        Records::Identity => matches.iter().for_each(|found| visit(found, found.value)),
        Records::Mapped(records) => matches.iter().for_each(|found| visit(found, records[found.value as usize])),
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
                matches[range].iter().for_each(|found| visit(found, *record));
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
}
