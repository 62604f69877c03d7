//! National drug code: ten digits in three groups (4-4-2, 5-3-2, 5-4-1), eleven in claims (5-4-2), twelve from 2033 (6-4-2).
//! It has no check digit.

use super::digits;

/// Whether the groups have the lengths of a drug code, or ten or eleven digits stand without groups: eight at least where a number
/// has lost the zeros before it.
pub fn ndc(value: &[u8]) -> bool {
    let mut lengths = [0usize; 3];
    let mut group = 0;
    for byte in value {
        match byte {
            b'0'..=b'9' => lengths[group] += 1,
            b'-' if group < 2 => group += 1,
            _ => return false,
        }
    }
    let fits = match group {
        0 => matches!(lengths[0], 8..=11),
        2 => matches!(lengths, [4, 4, 2] | [5, 3, 2] | [5, 4, 1 | 2] | [6, 4, 2]),
        _ => false,
    };
    fits && digits::collect::<12>(value).is_some_and(|(found, length)| !digits::is_repdigit(&found[..length]))
}

#[cfg(test)]
mod tests {
    use super::ndc;

    #[test]
    fn the_groups_have_their_lengths() {
        for valid in
            ["0002-8215-01", "50580-449-05", "55513-0530-1", "00002-8215-01", "00002821501", "0002821501", "49490066"]
        {
            assert!(ndc(valid.as_bytes()), "{valid}");
        }
        for invalid in ["2024-11-24", "555-123-4567", "0002-8215", "0002-8215-01-", "0000-0000-00", "1234567", "", "-"]
        {
            assert!(!ndc(invalid.as_bytes()), "{invalid}");
        }
    }
}
