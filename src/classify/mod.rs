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
mod runs;
mod tally;

pub use deidentified::generalised;

use crate::model::{
    Batch, Class, ClassificationSpec, Column, Confidence, Detector, DetectorClass, Evidence, EvidenceFlags, Match,
    Records, SpecialTable,
};
use census::{Join, Joined, Strongest};
use foldhash::fast::RandomState;
use identity::{Bits, Identity, Meanings};
use people::{People, Writing};
use runs::{Cover, Effect, Run};
use std::collections::HashMap;
use tally::{Occurrences, Seen, Tally};

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
    /// By column, how its matches cover all records.
    covers: Vec<Option<Cover>>,
    /// Of the matches of one dictionary, by index.
    effects: Vec<Effect>,
    occurrences: Vec<Occurrences>,
    joins: Vec<Join>,
    /// Columns whose matches, some of them, wait for what the rest of the record says.
    waiting: Vec<usize>,
    joined: Vec<Joined>,
    /// Digests of the matches of one column.
    digests: Vec<u64>,
    /// Digests and numbers of words of the names of one column.
    names: Vec<Option<(u64, u32)>>,
    meanings: Meanings,
    /// Special categories per record, a bit each; empty where none is told apart.
    special: Vec<u8>,
    /// Special categories of values, by detector.
    special_values: Vec<HashMap<Box<[u8]>, u8, RandomState>>,
    /// Special categories of the matches of one column.
    special_matches: Vec<u8>,
    /// The same of its values.
    special_by_value: Vec<u8>,
    by_detector: Vec<(u16, Tally)>,
    /// What all records of the batch are.
    whole: Seen,
    /// How often each key of a dictionary occurs.
    key_counts: Vec<u32>,
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

    fn judged(&self) -> JudgedRecord {
        JudgedRecord { class: self.class, is_about_somebody: self.is_about_somebody() }
    }
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
        let (mut by_class, mut highest) = ([0; 4], None);
        // Mostly one record holds what the last one held.
        for run in scratch.records.chunk_by_mut(|one, other| one.bits == other.bits) {
            let class = scratch.meanings.class_of((run[0].bits, run.len()), &self.identity, &mut evidence.reasons);
            run.iter_mut().for_each(|record| record.class = class);
            by_class[class.map_or(0, |class| class as usize + 1)] += run.len() as u64;
            highest = highest.max(class);
        }
        [_, evidence.health_records, evidence.pii_records, evidence.phi_records] = by_class;
        scratch.meanings.drain_into(&mut evidence.reasons);
        if !count_special(&scratch.special, &mut evidence.special_records) {
            scratch.special.clear();
        }
        scratch.whole = Seen::all(&scratch.records, &scratch.special, highest);
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
            class: meanings.class_of((record.bits, 1), &self.identity, &mut reasons),
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

    /// The detectors whose matches make nothing of a record that holds nothing else, and are not reported of it.
    pub fn lone(&self) -> Vec<u16> {
        if self.floor == Confidence::Low {
            return Vec::new();
        }
        let is_lone = |index: &u16| {
            self.class_of(*index) == DetectorClass::Network
                && self.identity.meaning(self.identity.bit(*index)).class.is_none()
        };
        (0..self.detectors.len() as u16).filter(is_lone).collect()
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
}

/// Counts the special categories of records, a bit each; `false` where there is none.
fn count_special(special: &[u8], records: &mut [u64]) -> bool {
    if special.iter().fold(0, |all, set| all | set) == 0 {
        return false;
    }
    let mut by_set = [0u64; 256];
    special.iter().for_each(|set| by_set[usize::from(*set)] += 1);
    for (set, count) in by_set.iter().enumerate().filter(|(_, count)| **count > 0) {
        for (index, records) in records.iter_mut().enumerate() {
            *records += count * (set as u64 >> index & 1);
        }
    }
    true
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ColumnKind, Mask};

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
    fn what_is_a_providers_is_counted_and_makes_its_record_nothing() {
        let ids = column("provider_name", 1, &["a", "b"]);
        let codes = column("code", 2, &["x", "y"]);
        let of = |evidence| {
            let own = Match { evidence, ..whole(&ids, 0, 0) };
            let matches = [vec![own], vec![whole(&codes, 1, 0), whole(&codes, 1, 1)]];
            let batch = Batch { record_count: 2, columns: vec![ids.clone(), codes.clone()], ..Batch::default() };
            classifier().classify(&batch, &matches, &mut Scratch::default())
        };
        let public = of(EvidenceFlags::PATTERN.with(EvidenceFlags::PROVIDER));
        assert_eq!((public.phi_records, public.pii_records, public.health_records), (0, 0, 2));
        assert_eq!(public.detectors[&("provider_name".into(), 0)].values, 1);
        assert_eq!((public.phi_people.count(), of(EvidenceFlags::PATTERN).phi_records), (0, 1));
    }

    #[test]
    fn a_dictionary_counts_as_its_values_written_out() {
        let keys = [0, 1, 0, 2, 0, 1, 3];
        let few = ["a", "b", "c", "d"];
        let texts: Vec<&str> = keys.iter().map(|key| few[*key as usize]).collect();
        let written = column("id", 1, &texts);
        let records = Records::Dictionary { keys: keys.to_vec(), records: (0..keys.len() as u32).collect() };
        let dictionary = Column { records, ..column("id", 1, &few) };
        // Of one kind, and of several, some of which go by the record.
        for detectors_of in [[&[0][..], &[0], &[0], &[]], [&[0], &[1, 5], &[5], &[]], [&[5], &[5], &[5], &[1]]] {
            let matches = |column: &Column, keys: &[u32]| -> Vec<Match> {
                let of_value = |(value, key): (usize, &u32)| {
                    detectors_of[*key as usize].iter().map(move |detector| whole(column, *detector, value))
                };
                keys.iter().enumerate().flat_map(of_value).collect()
            };
            let of = |column: &Column, matches: Vec<Match>| {
                let batch = Batch { record_count: 7, columns: vec![column.clone()], ..Batch::default() };
                classifier().classify(&batch, &[matches], &mut Scratch::default())
            };
            let plain = of(&written, matches(&written, &keys));
            assert_eq!(of(&dictionary, matches(&dictionary, &[0, 1, 2, 3])), plain);
            assert!(!plain.detectors.is_empty());
        }
    }

    /// Columns with a match in each record are classified as one; as records that are told one by one they never are.
    #[test]
    fn a_column_that_covers_all_records_counts_as_its_records_do_one_by_one() {
        let ids = [
            ("person_name", DetectorClass::Identifier),
            ("date_of_birth", DetectorClass::QuasiIdentifier),
            ("us_zip", DetectorClass::QuasiIdentifier),
            ("us_ssn", DetectorClass::Identifier),
            ("icd10cm", DetectorClass::Health),
            ("ip_address", DetectorClass::Network),
        ];
        let detectors =
            ids.map(|(id, class)| Detector { id: id.into(), name: id.into(), class, mask: crate::model::Mask::Full });
        let lookup = |_: &str, value: &[u8]| (value[0] == b'b').then_some(0);
        let category = crate::model::SpecialCategory { id: "substance_use".into(), citation: "42 CFR Part 2".into() };
        let special = SpecialTable::new(vec![category], std::sync::Arc::new(lookup));
        // Names may tell nobody apart, and then their columns are classified as one whatever they hold.
        let mut without_names = ClassificationSpec::default();
        without_names.roles.insert("person_name".into(), crate::model::IdentityRole::Ignored);
        let classifiers = [ClassificationSpec::default(), without_names].map(|spec| {
            Classifier::new(&detectors, Confidence::Medium).with_classification(&spec).with_special(special.clone())
        });
        let mut state = 2026_u64;
        let mut below = move |count: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % count
        };
        let texts = ["ann lee", "bea", "carl j fox", "02138", "1980-02-03"];
        let mut covered = 0;
        for round in 0..4_000 {
            let classifier = &classifiers[round % 2];
            let count = 1 + below(12) as u32;
            let (mut quick, mut slow) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
            for ordinal in 0..1 + below(4) as u32 {
                let is_dictionary = below(2) == 0;
                let keys: Vec<u32> = (0..count).map(|_| below(3) as u32).collect();
                let values = if is_dictionary { 3 } else { count };
                let values: Vec<&str> = (0..values).map(|_| texts[below(5) as usize]).collect();
                let (detector, spread) = (below(6) as u16, below(4));
                let matches_of = |below: &mut dyn FnMut(u64) -> u64| {
                    let many = if spread == 0 { below(3) } else { 1 };
                    let one = |detector| {
                        let low = [Confidence::High, Confidence::Medium, Confidence::Low][below(3) as usize];
                        let confidence = if spread == 1 { low } else { Confidence::High };
                        let flag = [EvidenceFlags::PROVIDER, EvidenceFlags::LIKELY_SYNTHETIC][below(2) as usize];
                        let is_plain = spread != 2 || below(2) == 0;
                        let evidence =
                            if is_plain { EvidenceFlags::PATTERN } else { EvidenceFlags::PATTERN.with(flag) };
                        (detector, confidence, evidence)
                    };
                    (0..many).map(|_| detector).map(one).collect::<Vec<_>>()
                };
                let found: Vec<Vec<_>> = values.iter().map(|_| matches_of(&mut below)).collect();
                let list =
                    |column: &Column, places: &[u32]| -> Vec<Match> {
                        let of_value =
                            |(value, place): (usize, &u32)| {
                                let at = whole(column, 0, value);
                                let made = |(detector, confidence, evidence): &(u16, Confidence, EvidenceFlags)| {
                                    Match { detector: *detector, confidence: *confidence, evidence: *evidence, ..at }
                                };
                                found[*place as usize].iter().map(made).collect::<Vec<_>>()
                            };
                        places.iter().enumerate().flat_map(of_value).collect()
                    };
                let own = column("x", ordinal, &values);
                let all: Vec<u32> = (0..values.len() as u32).collect();
                let places = if is_dictionary { keys.clone() } else { all.clone() };
                let written: Vec<&str> = places.iter().map(|place| values[*place as usize]).collect();
                let records = Records::Mapped((0..count).collect());
                let written = Column { records, ..column("x", ordinal, &written) };
                slow.1.push(list(&written, &places));
                slow.0.push(written);
                quick.1.push(list(&own, &all));
                let records = Records::Dictionary { keys, records: (0..count).collect() };
                quick.0.push(if is_dictionary { Column { records, ..own } } else { own });
            }
            let classify = |(columns, matches): (Vec<Column>, Vec<Vec<Match>>)| {
                let batch = Batch { record_count: count, columns, ..Batch::default() };
                let mut scratch = Scratch::default();
                let evidence = classifier.classify(&batch, &matches, &mut scratch);
                (evidence, scratch.covers.iter().flatten().count())
            };
            let ((quick, covers), (slow, none)) = (classify(quick), classify(slow));
            assert_eq!(none, 0);
            assert_eq!(quick, slow);
            covered += covers;
        }
        assert!(covered > 1_000, "{covered} columns were classified as one");
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
}
