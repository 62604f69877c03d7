//! Values in words: what a field of drugs or of diagnoses holds counts where any of its words are a term of the list.

use crate::detectors::terms::{CONDITIONS, DRUG_NAMES};

/// Whether a drug is named in it: `Lisinopril 10 mg tab`.
pub fn drug_name(value: &[u8]) -> bool {
    DRUG_NAMES.find(value).is_some()
}

/// Whether a condition is named in it: `Essential (primary) hypertension`.
pub fn condition_text(value: &[u8]) -> bool {
    CONDITIONS.find(value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_name_a_drug_or_a_condition() {
        assert!(drug_name(b"Lisinopril 10 mg tab") && !drug_name(b"gauze 4x4"));
        assert!(condition_text(b"Essential (primary) hypertension") && !condition_text(b"like new"));
    }
}
