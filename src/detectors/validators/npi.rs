//! US National Provider Identifier: ten digits that start with 1 or 2, Luhn over the prefix 80840 (69 FR 3434; CMS
//! check digit standard). One random number in ten passes.

use super::digits;

/// What the prefix 80840 adds to the Luhn sum of the ten digits.
const PREFIX_SUM: u32 = 24;

/// Whether the check digit fits, of ten digits or of the fifteen of the card form.
pub fn us_npi(value: &[u8]) -> bool {
    let Some((found, length)) = digits::collect::<15>(value) else { return false };
    let found = match length {
        10 => &found[..10],
        15 if found.starts_with(&[8, 0, 8, 4, 0]) => &found[5..],
        _ => return false,
    };
    matches!(found[0], 1 | 2) && (digits::luhn_sum(found) + PREFIX_SUM).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::us_npi;

    #[test]
    fn follows_the_check_digit_standard() {
        for valid in ["1234567893", "808401234567893", "1245319599"] {
            assert!(us_npi(valid.as_bytes()), "{valid}");
        }
        for invalid in ["1234567890", "3234567893", "123456789", "818401234567893", "12345678931", "123456789A"] {
            assert!(!us_npi(invalid.as_bytes()), "{invalid}");
        }
    }
}
