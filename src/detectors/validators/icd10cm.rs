//! ICD-10-CM diagnosis code: a member of the published code set, with the dot after the third character or without.
//!
//! The shape alone proves nothing: two thirds of all "letter, two digits" are categories.

use crate::detectors::code_sets::icd10cm;

/// Whether it is a code or a category of the set.
pub fn icd10cm(value: &[u8]) -> bool {
    icd10cm::contains(value)
}

/// Whether it is a code that may be billed: no category with more digits below it.
pub fn icd10cm_billable(value: &[u8]) -> bool {
    icd10cm::is_billable(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_pass_with_and_without_dot() {
        for valid in ["E11.9", "E119", "e11.9", "S72.001A", "S72001A", "QA0.0101", "C4A.0", "U07.1", "E11", "I10"] {
            assert!(icd10cm(valid.as_bytes()), "{valid}");
        }
        for invalid in ["E11.99", "A1C", "B12", "T4", "E1.19", "E119.", ".E119", "E11..9", "E11-9", "", "S72.001AX"] {
            assert!(!icd10cm(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn categories_are_not_billable() {
        assert!(icd10cm_billable(b"E11.9"));
        assert!(icd10cm_billable(b"I10"));
        assert!(!icd10cm_billable(b"E11"));
        assert!(!icd10cm_billable(b"E11.6"));
    }
}
