//! Small numbers of care that only a label tells apart from any other: MS-DRG (a list) and CVX (vaccines).

use super::digits;
use crate::detectors::code_sets::CodeSet;

/// Whether it is a diagnosis-related group of Medicare; zeros at its front may be lost.
pub fn ms_drg(value: &[u8]) -> bool {
    if value.is_empty() || value.len() > 3 || !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let mut plain = *b"000";
    plain[3 - value.len()..].copy_from_slice(value);
    CodeSet::MsDrg.get(&plain).is_some()
}

/// Whether it can be a vaccine of CVX: 1 to 399 (322 was the last in 2025), or 998 and 999 for none and unknown.
pub fn cvx(value: &[u8]) -> bool {
    if !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let Some((found, length @ 1..)) = digits::collect::<3>(value) else { return false };
    matches!(digits::number(&found[..length]), 1..=399 | 998 | 999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_on_the_list() {
        for valid in ["470", "001", "1", "65", "999"] {
            assert!(ms_drg(valid.as_bytes()), "{valid}");
        }
        for invalid in ["000", "0", "1000", "09A", "", "990"] {
            assert!(!ms_drg(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn vaccines_are_small_numbers() {
        for valid in ["08", "208", "998", "3"] {
            assert!(cvx(valid.as_bytes()), "{valid}");
        }
        for invalid in ["0", "500", "2080", "", "8-1"] {
            assert!(!cvx(invalid.as_bytes()), "{invalid}");
        }
    }
}
