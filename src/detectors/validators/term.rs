//! Values in words: what a field of drugs or of diagnoses holds counts where any of its words are a term of the list.

use crate::detectors::terms::{self, CONDITIONS, DRUG_NAMES};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether a drug is named in it: `Lisinopril 10 mg tab`.
pub fn drug_name(value: &[u8]) -> bool {
    DRUG_NAMES.find(value).is_some()
}

/// Whether a condition is named in it (`Essential (primary) hypertension`), or it is one that is named in an everyday word.
pub fn condition_text(value: &[u8]) -> bool {
    CONDITIONS.find(value).is_some() || SAID.contains(value.trim_ascii().to_ascii_lowercase().as_slice())
}

static SAID: LazyLock<HashSet<&'static [u8]>> =
    LazyLock::new(|| terms::list("conditions_said").into_iter().flatten().map(str::as_bytes).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_name_a_drug_or_a_condition() {
        assert!(drug_name(b"Lisinopril 10 mg tab") && !drug_name(b"gauze 4x4"));
        assert!(condition_text(b"Essential (primary) hypertension") && !condition_text(b"like new"));
        assert!(condition_text(b"Gout") && !condition_text(b"the stroke of the engine"));
    }
}
