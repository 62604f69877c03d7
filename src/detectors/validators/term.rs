//! Values in words: what a field of drugs or of diagnoses holds counts where any of its words are a term of the list.

use crate::detectors::terms::{self, CONDITIONS, DRUG_NAMES};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether a drug is named in it, `Lisinopril 10 mg tab`, or what one protects from: `Influenza, seasonal`, `Hep B`.
pub fn drug_name(value: &[u8]) -> bool {
    DRUG_NAMES.find(value).is_some() || is_vaccine(value)
}

/// Whether one of its words names a vaccine, which they do in a field of drugs alone.
fn is_vaccine(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 34] = [
        b"bcg",
        b"covid",
        b"covid19",
        b"diphtheria",
        b"dtp",
        b"flu",
        b"hep",
        b"hepa",
        b"hepatitis",
        b"hepb",
        b"hib",
        b"hpv",
        b"influenza",
        b"ipv",
        b"meningococcal",
        b"mmr",
        b"mmrv",
        b"moderna",
        b"mpox",
        b"opv",
        b"pcv",
        b"pcv13",
        b"pcv20",
        b"pertussis",
        b"pfizer",
        b"pneumococcal",
        b"polio",
        b"ppsv23",
        b"rabies",
        b"rotavirus",
        b"rsv",
        b"tetanus",
        b"varicella",
        b"zoster",
    ];
    let mut words = value.split(|byte| !byte.is_ascii_alphanumeric());
    words.any(|word| WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
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
        assert!(drug_name(b"COVID-19 Moderna") && drug_name(b"HEP B adult") && !drug_name(b"influence"));
        assert!(condition_text(b"Essential (primary) hypertension") && !condition_text(b"like new"));
        assert!(condition_text(b"Gout") && !condition_text(b"the stroke of the engine"));
    }
}
