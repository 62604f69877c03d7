//! Where which class of data is expected: judges one finding, and says why.
//!
//! Pure: the same question has the same answer, on any day that the question names. Knows nothing of how something was
//! found, and sees no value. Without a policy everything that is found is unexpected.

mod allowed;
mod build;
mod entry;
mod explain;
mod pattern;
mod severity;
mod spec;

pub use allowed::AllowedValues;
pub use build::PolicyError;
pub use entry::{Entry, EntryKind};
pub use explain::{Candidate, ClassAnswer, Explanation, Role};
pub use pattern::{FieldPattern, LocationPattern};
pub use severity::{NETWORK_DETECTORS, SENSITIVE_DETECTORS, SeverityScale};
pub use spec::{AllowLocationSpec, AllowSpec, AllowValueSpec, ClassSpec, ExpectSpec, PolicySpec, SeveritySpec};

use crate::model::{Class, ClassificationSpec, Confidence, Location, Severity, Verdict, VerdictKind};
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::Arc;
use time::Date;

/// The commented policy that a new installation starts with.
pub const EXAMPLE: &str = include_str!("example.toml");

/// What is to be judged: one detector in one field of one object.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Where the object is, as listed: nothing in it is masked.
    pub location: &'a Location,
    /// Field path; empty for text without fields.
    pub field: &'a str,
    /// Id of the detector.
    pub detector: &'a str,
    /// Class of the records in which the values stand; `None` where no record has one.
    pub class: Option<Class>,
    /// Distinct records that hold them.
    pub records: u64,
    /// How sure.
    pub confidence: Confidence,
    /// A special category of health data in its PHI records; `None` where there is none.
    pub special: Option<&'a str>,
    /// Whether most of the values are likely test data.
    pub is_likely_synthetic: bool,
    /// The day for which entries that expire are looked at.
    pub today: Date,
}

/// A compiled policy.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// In the order in which they are tried: `[[expect]]` before `[[allow.location]]`, each as in the file.
    entries: Vec<Entry>,
    values: Vec<AllowedValue>,
    severity: SeverityScale,
    classification: ClassificationSpec,
    file: String,
}

/// One `[[allow.value]]` entry.
#[derive(Debug, Clone)]
struct AllowedValue {
    digest: [u8; 32],
    detector: Option<String>,
    expires: Date,
    line: usize,
    reason: String,
}

/// An entry whose last day has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// What and where it is: `"name" (phinder.toml:12)`.
    pub entry: String,
    /// Its last day.
    pub expires: Date,
    /// The reason it gave.
    pub reason: String,
}

impl Policy {
    /// Reads a policy. `file` is named in errors, and relative patterns are relative to its folder; the `[scan]`,
    /// `[detectors]`, `[tickets]` and `[serve]` tables are left to others.
    pub fn parse(text: &str, file: &Path) -> Result<Self, PolicyError> {
        Self::parse_with::<toml::Table, toml::Table, toml::Table, toml::Table>(text, file).map(|(policy, ..)| policy)
    }

    /// Reads a policy together with the tables `[scan]`, `[detectors]`, `[tickets]` and `[serve]`, in types of the caller's choosing, so that
    /// a mistake in them is reported with its line too.
    pub fn parse_with<Scan, Detectors, Tickets, Serve>(
        text: &str,
        file: &Path,
    ) -> Result<(Self, Scan, Detectors, Tickets, Serve), PolicyError>
    where
        Scan: Default + DeserializeOwned,
        Detectors: Default + DeserializeOwned,
        Tickets: Default + DeserializeOwned,
        Serve: Default + DeserializeOwned,
    {
        build::parse(text, file)
    }

    /// The verdict on one finding. Without a class it is never unexpected: it points to nobody.
    pub fn judge(&self, question: &Question<'_>) -> Verdict {
        let expected = |because| Verdict { kind: VerdictKind::Expected, severity: Severity::None, because };
        let Some(class) = question.class else {
            return expected("nothing in its records points to a person or to anybody's health".into());
        };
        let mut expired = None;
        for entry in self.entries.iter().filter(|entry| entry.covers(class, question)) {
            if !entry.is_expired(question.today) {
                return expected(entry.because.clone());
            }
            expired = expired.or(Some(entry));
        }
        let mut because: Arc<str> = match expired.and_then(|entry| entry.because_expired.clone()) {
            Some(because) => because,
            None => format!("no policy entry expects {} here", class.as_str()).into(),
        };
        let mut severity = self.severity.rate(class, question.detector, question.records, question.confidence);
        if let Some(special) = question.special {
            severity = severity::worse(severity);
            because = format!("{because}; one step worse: its records hold {special}").into();
        }
        if question.is_likely_synthetic {
            severity = severity::milder(severity::milder(severity));
            because = format!("{because}; two steps milder: the values look like test data").into();
        }
        Verdict { kind: VerdictKind::Unexpected, severity, because }
    }

    /// Which entries speak about a location and which of them decides; `None` for field or detector asks about any.
    pub fn explain(
        &self,
        location: &Location,
        field: Option<&str>,
        detector: Option<&str>,
        today: Date,
    ) -> Explanation {
        explain::explain(&self.entries, explain::Subject { location, field, detector, today })
    }

    /// The values that are allowed on a day.
    pub fn allowed_values(&self, today: Date) -> AllowedValues {
        let valid = self.values.iter().filter(|value| today <= value.expires);
        AllowedValues::new(valid.map(|value| (value.digest, value.detector.clone())))
    }

    /// Entries whose last day has passed, in the order of the policy: they no longer apply and are to be removed or
    /// renewed.
    pub fn expired(&self, today: Date) -> Vec<Expired> {
        let places = self.entries.iter().filter(|entry| entry.is_expired(today)).filter_map(|entry| {
            entry.expires.map(|expires| Expired { entry: entry.label.clone(), expires, reason: entry.reason.clone() })
        });
        let values = self.values.iter().filter(|value| today > value.expires).map(|value| Expired {
            entry: format!("allowed value ({}:{})", self.file, value.line),
            expires: value.expires,
            reason: value.reason.clone(),
        });
        places.chain(values).collect()
    }

    /// The entries, in the order in which they are tried.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Ids of the detectors that it names.
    pub fn detector_ids(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().flat_map(|entry| entry.detectors.iter().flatten());
        let values = self.values.iter().filter_map(|value| value.detector.as_ref());
        entries.chain(values).map(String::as_str).chain(self.classification.detector_ids())
    }

    /// What makes a record one about a person, where it differs from the built-in table.
    pub fn classification(&self) -> &ClassificationSpec {
        &self.classification
    }

    /// Whether another policy lets scans find the same: what differs at most is what is said of it. Else objects have to be
    /// read to know what changes.
    pub fn finds_the_same_as(&self, other: &Self) -> bool {
        let values = |policy: &Self| {
            let mut values: Vec<_> =
                policy.values.iter().map(|value| (value.digest, value.detector.clone(), value.expires)).collect();
            values.sort();
            values
        };
        self.classification == other.classification && values(self) == values(other)
    }

    /// The scale of severities.
    pub fn severity(&self) -> &SeverityScale {
        &self.severity
    }

    /// Whether it has no entry at all, so that everything that is found is unexpected.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.values.is_empty()
    }
}
