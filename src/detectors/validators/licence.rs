//! Number of a driver licence: the states have forms of their own, which the patterns of the detector hold. What they
//! share is said here: enough digits, and no date or filler.

use super::record_number;

/// Whether it can be the number of a licence. Words of letters alone (`INTRODUCTORY`) have the form of one state.
pub fn us_driver_license(value: &[u8]) -> bool {
    const MIN_DIGITS: usize = 3;
    let value = record_number::without_state(value);
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let stars = value.iter().filter(|byte| **byte == b'*').count();
    (5..=20).contains(&value.len())
        && digits >= MIN_DIGITS
        && (digits >= 4 || value.len() == 12)
        && stars <= 4
        && record_number::is_no_filler(value)
}

#[cfg(test)]
mod tests {
    use super::us_driver_license;

    #[test]
    fn numbers_pass_and_words_do_not() {
        for valid in
            ["D1234568", "F255-9215-0094", "884201937", "DOE**MJ501P1", "WDLABCD456DG", "S99912345", "TX 43819296"]
        {
            assert!(us_driver_license(valid.as_bytes()), "{valid}");
        }
        for invalid in ["INTRODUCTORY", "D3", "H1", "ABCDEFG12", "0000000", "2024-01-15", "123456789"] {
            assert!(!us_driver_license(invalid.as_bytes()), "{invalid}");
        }
    }
}
