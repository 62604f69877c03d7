//! How bad an unexpected finding is: from its class, the number of records and the confidence, and nothing else.
//!
//! The same finding is equally bad wherever it is; whether it may be there is decided before.

use crate::model::{Class, Confidence, Severity};

/// Detectors whose identifiers alone let somebody steal money or an identity.
pub const SENSITIVE_DETECTORS: &[&str] =
    &["us_ssn", "us_itin", "us_hicn", "us_passport", "us_driver_license", "credit_card", "bank_account", "iban"];

/// Detectors whose identifiers point to a machine or a page rather than to a person.
pub const NETWORK_DETECTORS: &[&str] = &["ip_address", "mac_address", "url"];

/// Thresholds and lists that turn a finding into a severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityScale {
    /// Records from which identifiers without health data are medium rather than low.
    pub some_records: u64,
    /// Records from which a finding is one step worse; 500 individuals is the line of 45 CFR 164.406 and 164.408(b).
    pub many_records: u64,
    /// Ids of detectors that are one step worse without health data.
    pub sensitive_detectors: Vec<String>,
    /// Ids of detectors that are low without health data.
    pub network_detectors: Vec<String>,
}

impl Default for SeverityScale {
    fn default() -> Self {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Self {
            some_records: 10,
            many_records: 500,
            sensitive_detectors: owned(SENSITIVE_DETECTORS),
            network_detectors: owned(NETWORK_DETECTORS),
        }
    }
}

impl SeverityScale {
    /// The severity of an unexpected finding, never `None`.
    pub fn rate(&self, class: Class, detector: &str, records: u64, confidence: Confidence) -> Severity {
        let many = records >= self.many_records;
        match class {
            Class::Phi => {
                let few = match confidence {
                    Confidence::High => Severity::High,
                    Confidence::Medium => Severity::Medium,
                    Confidence::Low => Severity::Low,
                };
                if many { worse(few) } else { few }
            }
            Class::Pii if self.network_detectors.iter().any(|id| id == detector) => Severity::Low,
            Class::Pii => {
                let mut severity = match records {
                    _ if many => Severity::High,
                    records if records >= self.some_records => Severity::Medium,
                    _ => Severity::Low,
                };
                if self.sensitive_detectors.iter().any(|id| id == detector) {
                    severity = worse(severity);
                }
                if confidence == Confidence::Low { milder(severity) } else { severity }
            }
            Class::Health => Severity::Low,
        }
    }
}

pub(super) fn worse(severity: Severity) -> Severity {
    match severity {
        Severity::None => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

/// One step down, but an unexpected finding never falls below low.
pub(super) fn milder(severity: Severity) -> Severity {
    match severity {
        Severity::None | Severity::Low | Severity::Medium => Severity::Low,
        Severity::High => Severity::Medium,
        Severity::Critical => Severity::High,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_amount_and_confidence_decide() {
        let scale = SeverityScale::default();
        let rate = |class, detector, records, confidence| scale.rate(class, detector, records, confidence).as_str();
        use {Class::*, Confidence::*};
        assert_eq!(rate(Phi, "mrn", 500, High), "critical");
        assert_eq!(rate(Phi, "mrn", 499, High), "high");
        assert_eq!(rate(Phi, "mrn", 500, Medium), "high");
        assert_eq!(rate(Phi, "mrn", 1, Medium), "medium");
        assert_eq!(rate(Phi, "mrn", 500, Low), "medium");
        assert_eq!(rate(Phi, "mrn", 1, Low), "low");
        assert_eq!(rate(Pii, "email", 500, High), "high");
        assert_eq!(rate(Pii, "email", 10, Medium), "medium");
        assert_eq!(rate(Pii, "email", 9, High), "low");
        assert_eq!(rate(Pii, "email", 500, Low), "medium");
        assert_eq!(rate(Pii, "us_ssn", 500, High), "critical");
        assert_eq!(rate(Pii, "us_ssn", 10, High), "high");
        assert_eq!(rate(Pii, "us_ssn", 1, High), "medium");
        assert_eq!(rate(Pii, "us_ssn", 1, Low), "low");
        assert_eq!(rate(Pii, "ip_address", 1_000_000, High), "low");
        assert_eq!(rate(Health, "icd10cm", 1_000_000, High), "low");
    }
}
