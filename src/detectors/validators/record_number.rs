//! Numbers that an organisation gives out in a form of its own: of a medical record, a member, an account.
//!
//! They have no published structure. What can be said is what they are not: dates, placeholders, words.

/// Whether it can be a medical record number: at least four digits, at most twenty characters.
pub fn mrn(value: &[u8]) -> bool {
    is_number_of(value, 4, 4)
}

/// Whether it can be the number of a health plan's member: at least six characters with at least four digits.
pub fn member_id(value: &[u8]) -> bool {
    is_number_of(value, 6, 4)
}

/// Whether it can be the number of an account: at least six digits.
pub fn account_number(value: &[u8]) -> bool {
    is_number_of(value, 6, 6)
}

fn is_number_of(value: &[u8], min_length: usize, min_digits: usize) -> bool {
    const MAX_LENGTH: usize = 20;
    if value.len() < min_length || value.len() > MAX_LENGTH {
        return false;
    }
    let mut digits = value.iter().filter(|byte| byte.is_ascii_digit());
    let Some(first) = digits.next() else { return false };
    let mut count = 1;
    let mut same = true;
    for digit in digits {
        count += 1;
        same &= digit == first;
    }
    count >= min_digits && !same && !is_written_date(value) && !is_placeholder(value)
}

/// A date with separators, or a time. Eight bare digits may well be a number.
fn is_written_date(value: &[u8]) -> bool {
    let has_three_parts = value.split(|byte| matches!(byte, b'-' | b'/' | b'.')).count() == 3;
    value.contains(&b':') || (has_three_parts && super::birth_date::date_of_birth(value))
}

/// The digits that people type to fill a box: each one more than the last.
fn is_placeholder(value: &[u8]) -> bool {
    let follows = |pair: &[u8]| pair[1] == if pair[0] == b'9' { b'0' } else { pair[0] + 1 };
    value.iter().all(u8::is_ascii_digit) && value.windows(2).all(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_and_dates_and_fillers_do_not() {
        for valid in ["00482913", "MR-4471920", "A1047", "4471-9920", "20010203"] {
            assert!(mrn(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "123",
            "0000000",
            "111111",
            "2024-01-15",
            "01/15/2024",
            "12:30:45",
            "abcdef",
            "",
            "123456789",
            "012345678901",
        ] {
            assert!(!mrn(invalid.as_bytes()), "{invalid}");
        }
        assert!(!mrn(b"123456789012345678901"));
    }

    #[test]
    fn each_asks_for_its_own_length() {
        assert!(member_id(b"XYZ7714") && member_id(b"W20984417"));
        assert!(!member_id(b"X7714") && !member_id(b"ABCDEFG12"));
        assert!(account_number(b"884201937") && account_number(b"AC-884201"));
        assert!(!account_number(b"88420") && !account_number(b"ABC-8842"));
    }
}
