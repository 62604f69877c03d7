//! The matches of one object, aggregated per detector and field: counts, confidence, masked samples, places.
//!
//! Everything here may leave the machine: it holds no matched value.

use super::{Confidence, EvidenceFlags, Individuals, SpecialTable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a record is, by the matches that stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Health data about nobody in particular.
    Health,
    /// An identifier of a person, without health data.
    Pii,
    /// An identifier and health data in the same record.
    Phi,
}

impl Class {
    /// The word of the JSONL contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Pii => "pii",
            Self::Phi => "phi",
        }
    }
}

/// Where a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// 0-based record within the object.
    pub record: u64,
    /// 1-based line, where the format has lines.
    pub line: Option<u64>,
    /// 1-based column: of the table, or in bytes within a line of text.
    pub column: Option<u64>,
}

/// What one detector found in one field path of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectorEvidence {
    /// Matching values.
    pub values: u64,
    /// Distinct records that hold them.
    pub records: u64,
    /// The highest class of the records that hold a match; `None` where no such record has one (a provider's number, or
    /// one quasi-identifier alone).
    pub class: Option<Class>,
    /// Matches per confidence: low, medium, high.
    pub by_confidence: [u64; 3],
    /// Everything that spoke for any of the matches.
    pub evidence: EvidenceFlags,
    /// Matching values that are likely test data.
    pub synthetic_values: u64,
    /// Special categories of the PHI records that hold a match, a bit each.
    pub special: u8,
    /// Masked samples with the place of each, the first ones by place.
    pub samples: Vec<(Position, String)>,
}

impl DetectorEvidence {
    /// How many samples and positions are kept.
    pub const MAX_SAMPLES: usize = 5;

    /// The confidence that most of the matches reach: the highest level that at least half of them have.
    pub fn confidence(&self) -> Confidence {
        let [low, medium, high] = self.by_confidence;
        let total = low + medium + high;
        if high * 2 >= total {
            Confidence::High
        } else if (high + medium) * 2 >= total {
            Confidence::Medium
        } else {
            Confidence::Low
        }
    }

    /// Whether at least four fifths of the values are test data by their own look.
    pub fn is_likely_synthetic(&self) -> bool {
        self.values > 0 && self.synthetic_values * 5 >= self.values * 4
    }

    /// Adds what another batch of the same object showed. Commutative: the result does not depend on the order.
    pub fn merge(&mut self, other: Self) {
        self.values += other.values;
        self.records += other.records;
        self.class = self.class.max(other.class);
        for (mine, theirs) in self.by_confidence.iter_mut().zip(other.by_confidence) {
            *mine += theirs;
        }
        self.evidence = self.evidence.with(other.evidence);
        self.synthetic_values += other.synthetic_values;
        self.special |= other.special;
        self.samples.extend(other.samples);
        self.samples.sort();
        self.samples.truncate(Self::MAX_SAMPLES);
    }
}

/// Everything that a scan found in one object, or in one batch of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Records examined.
    pub records: u64,
    /// Bytes examined, after decompression.
    pub bytes: u64,
    /// Records of class `phi`.
    pub phi_records: u64,
    /// Records of class `pii`.
    pub pii_records: u64,
    /// Records of class `health`.
    pub health_records: u64,
    /// Identified records whose strongest identifier is likely test data.
    pub synthetic_records: u64,
    /// Records per special category, by its index.
    pub special_records: [u64; SpecialTable::MAX],
    /// What made records what they are: records per class and reason (`us_ssn + icd10cm`).
    pub reasons: BTreeMap<(Class, Arc<str>), u64>,
    /// The people of the records of class `phi`.
    pub phi_people: Individuals,
    /// The people of the records of class `pii`.
    pub pii_people: Individuals,
    /// How the columns of a table that tell of people are generalised; `None` where they are not, or where there are
    /// none. The first batch says it.
    pub generalised: Option<Arc<str>>,
    /// Per field path and index of the detector.
    pub detectors: BTreeMap<(Arc<str>, u16), DetectorEvidence>,
}

impl Evidence {
    /// Adds what another batch of the same object showed. Commutative.
    pub fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.phi_records += other.phi_records;
        self.pii_records += other.pii_records;
        self.health_records += other.health_records;
        self.synthetic_records += other.synthetic_records;
        for (mine, theirs) in self.special_records.iter_mut().zip(other.special_records) {
            *mine += theirs;
        }
        for (reason, records) in other.reasons {
            *self.reasons.entry(reason).or_default() += records;
        }
        self.phi_people.merge(&other.phi_people);
        self.pii_people.merge(&other.pii_people);
        self.generalised = self.generalised.take().or(other.generalised);
        for (key, evidence) in other.detectors {
            match self.detectors.entry(key) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(evidence);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(evidence),
            }
        }
    }

    /// The same matches without any record: for what was found outside the content.
    pub fn without_records(self) -> Self {
        Self { detectors: self.detectors, ..Self::default() }
    }

    /// Whether nothing was found: there are only records and bytes.
    pub fn is_bare(&self) -> bool {
        let Self { phi_records, pii_records, health_records, synthetic_records, special_records, .. } = self;
        let counts = [phi_records, pii_records, health_records, synthetic_records];
        self.detectors.is_empty()
            && self.reasons.is_empty()
            && self.generalised.is_none()
            && counts.into_iter().chain(special_records).all(|count| *count == 0)
            && [&self.phi_people, &self.pii_people].into_iter().all(Individuals::is_empty)
    }

    /// The highest class of any record.
    pub fn class(&self) -> Option<Class> {
        if self.phi_records > 0 {
            Some(Class::Phi)
        } else if self.pii_records > 0 {
            Some(Class::Pii)
        } else if self.health_records > 0 {
            Some(Class::Health)
        } else {
            None
        }
    }
}
