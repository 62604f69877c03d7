//! DEA registration number: registrant type, first letter of the name or 9, six digits and a check digit.
//! One random number in ten passes.

/// Whether type and check digit fit; a suffix after a dash is left out of it.
pub fn us_dea(value: &[u8]) -> bool {
    let Some((&[kind, name, ref digits @ ..], rest)) = value.split_first_chunk::<9>() else {
        return false;
    };
    let kind_known = b"ABCDEFGHJKLMPRSTUX".contains(&kind.to_ascii_uppercase());
    let suffix_fits = rest.is_empty() || (rest[0] == b'-' && rest.len() > 1);
    if !kind_known || !suffix_fits || !(name.is_ascii_alphabetic() || name == b'9') {
        return false;
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digit = |place: usize| u32::from(digits[place] - b'0');
    (digit(0) + digit(2) + digit(4) + 2 * (digit(1) + digit(3) + digit(5))) % 10 == digit(6) && digits != b"0000000"
}

#[cfg(test)]
mod tests {
    use super::us_dea;

    #[test]
    fn follows_type_and_check_digit() {
        for valid in ["AP5836727", "BB1388568", "AB1234563", "F91234563", "AB1234563-012"] {
            assert!(us_dea(valid.as_bytes()), "{valid}");
        }
        for invalid in ["AB1234560", "IB1234563", "A_1234563", "AB123456", "AB12345635", "AB0000000", "AB1234563-"] {
            assert!(!us_dea(invalid.as_bytes()), "{invalid}");
        }
    }
}
