//! What leaves a scan: one result per object, and its findings with class, verdict, severity and fingerprint.

use super::sample::grouped;
use super::{Class, Confidence, Coverage, Location, Position, Sample};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whether the policy expects what was found where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// A policy entry or an allow-list entry covers it.
    Expected,
    /// Nothing covers it.
    Unexpected,
}

/// How bad an unexpected finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing to do.
    None,
    /// Worth knowing.
    Low,
    /// To be looked at.
    Medium,
    /// To be dealt with soon.
    High,
    /// To be dealt with now.
    Critical,
}

impl Severity {
    /// The severity of a number, as `as i64` makes one.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::None, Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|known| *known as i64 == number)
    }

    /// The word of the JSONL contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What the policy says about one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Expected or not.
    pub kind: VerdictKind,
    /// `None` where it is expected.
    pub severity: Severity,
    /// Which policy entry decided and why, for a person.
    pub because: Arc<str>,
}

/// One detector in one field of one object.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Field path; empty for text without fields.
    pub field: Arc<str>,
    /// Id of the detector.
    pub detector: Arc<str>,
    /// Class of the records in which the values stand, the highest; `None` (null in outputs) where no record has one: a
    /// provider's public number, or one quasi-identifier alone. Such a finding is never unexpected.
    pub class: Option<Class>,
    /// How sure.
    pub confidence: Confidence,
    /// The same as a number between 0 and 1.
    pub score: f64,
    /// Matching values.
    pub values: u64,
    /// Distinct records that hold them.
    pub records: u64,
    /// What the policy says.
    pub verdict: Verdict,
    /// Whether most of the values are likely test data.
    pub is_likely_synthetic: bool,
    /// Stable identity of the problem, 32 hexadecimal digits.
    pub fingerprint: String,
    /// The same of the problem on which people act, which other objects of the place share.
    pub place_fingerprint: String,
    /// Masked samples.
    pub samples: Vec<String>,
    /// What spoke for it.
    pub evidence: Vec<&'static str>,
    /// Places of the samples.
    pub positions: Vec<Position>,
}

/// Health data about nobody that a key of its table leads to people: together they are PHI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The table of the health data, as it may be shown.
    pub health: Location,
    /// The table of the people, as it may be shown.
    pub people: Location,
    /// Columns of the keys that lead from one to the other, one per join.
    pub by: Vec<String>,
    /// What the policy says of PHI in the table of the health data.
    pub verdict: Verdict,
}

/// What else a reader should know of an object. Nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What made its records what they are, the first ones by class and number of records: `us_ssn + icd10cm`.
    pub class_reasons: Vec<Arc<str>>,
    /// Records per special category of health data, where there are any.
    pub special_categories: Vec<(Arc<str>, u64)>,
    /// Whether the strongest identifier of every identified record is likely test data.
    pub is_likely_synthetic: bool,
    /// How a table of health data that identifies nobody is generalised: `years only, three-digit ZIP codes`. By names of
    /// columns and shapes of the first values; no determination under Safe Harbor.
    pub looks_deidentified: Option<Arc<str>>,
    /// Which rows were read, where the object is a table of a database.
    pub sample: Option<Sample>,
}

/// Everything that a scan has to say about one object.
#[derive(Debug, Clone)]
pub struct ObjectResult {
    /// Where it is; what a detector found in the location itself is already masked.
    pub location: Location,
    /// Version id, when versions were listed.
    pub version: Option<String>,
    /// Format it was decoded as; `None` if it was not.
    pub format: Option<&'static str>,
    /// What was read of it.
    pub coverage: Coverage,
    /// Bytes examined after decompression.
    pub bytes: u64,
    /// Records examined.
    pub records: u64,
    /// Records of class phi, pii, health.
    pub classes: [u64; 3],
    /// Distinct people, estimated; `None` where no record was examined.
    pub individuals: Option<u64>,
    /// What else there is to say.
    pub remarks: Remarks,
    /// The worst verdict of its findings; `None` where nothing was found.
    pub verdict: Option<VerdictKind>,
    /// The worst severity of its findings.
    pub severity: Severity,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
}

impl ObjectResult {
    /// What the rows that were read say of the table, where it is one.
    pub fn sample_statement(&self) -> Option<String> {
        let sample = self.remarks.sample.as_ref()?;
        let Coverage::Partial(reason) = self.coverage else {
            return Some(sample.statement(self.classes.iter().sum(), !self.findings.is_empty()));
        };
        let said = match sample.is_exact() {
            true => format!("{} rows were read", grouped(sample.rows)),
            false => sample.statement(self.classes.iter().sum(), !self.findings.is_empty()),
        };
        Some(format!("{said}; nothing is said of what could not be read of the table ({})", reason.code()))
    }
}
