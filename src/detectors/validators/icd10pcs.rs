//! ICD-10-PCS procedure code: seven characters without I and O, a member of the published set.
//!
//! Some members are seven digits and a few are seven letters; those look like anything, and need a label.

use crate::detectors::code_sets::{CodeSet, plain_code};

/// Whether it is a code of the set.
pub fn icd10pcs(value: &[u8]) -> bool {
    let mut plain = [0; 7];
    let found = plain_code(value, &mut plain).filter(|(length, dot)| *length == 7 && dot.is_none());
    found.is_some() && CodeSet::Icd10pcs.get(&plain).is_some()
}

/// Whether it is a code of the set that has a letter and a digit.
pub fn icd10pcs_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic) && icd10pcs(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_seven_characters() {
        for valid in ["0SR9019", "0016070", "10D00Z1", "0sr9019"] {
            assert!(icd10pcs(valid.as_bytes()), "{valid}");
        }
        for invalid in ["0SR901", "0SR90199", "0SRO019", "ZZZZZZZ", "0SR.9019", ""] {
            assert!(!icd10pcs(invalid.as_bytes()), "{invalid}");
        }
        assert!(icd10pcs_mixed(b"0SR9019") && !icd10pcs_mixed(b"0016070"));
    }
}
