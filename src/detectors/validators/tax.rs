//! Numbers of the IRS: the individual taxpayer number (ITIN; Publication 4757, IRM 3.21.263) and the employer's (EIN).
//! Neither has a check digit; both have ranges.

use super::digits;

/// Whether it can be an ITIN: it begins with 9, and its fourth and fifth digit are in a range that the IRS issues.
pub fn us_itin(value: &[u8]) -> bool {
    let Some((found, 9)) = digits::collect::<9>(value) else { return false };
    let group = digits::number(&found[3..5]);
    found[0] == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99) && !digits::is_repdigit(&found)
}

/// Whether it can be an EIN: nine digits whose first two are a prefix that the IRS uses.
pub fn us_ein(value: &[u8]) -> bool {
    let Some((found, 9)) = digits::collect::<9>(value) else { return false };
    let prefix = digits::number(&found[..2]);
    let is_used = matches!(
        prefix,
        1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99
    );
    is_used && !digits::is_repdigit(&found) && digits::number(&found) != 123_456_789
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itin_has_the_groups_of_the_irs() {
        for valid in ["912-90-3456", "912-50-3456", "912 70 3456", "900881234", "999-99-0001"] {
            assert!(us_itin(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["912-89-3456", "912-93-4567", "912-66-3456", "812-90-3456", "912-49-3456", "912-90-345", "999999999"]
        {
            assert!(!us_itin(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn ein_has_a_prefix_in_use() {
        for valid in ["04-2103580", "042103580", "95-1234567", "99-7654321"] {
            assert!(us_ein(valid.as_bytes()), "{valid}");
        }
        for invalid in ["00-1234567", "07-1234567", "49-1234567", "97-1234567", "11-1111111", "12-3456789", "04-210358"]
        {
            assert!(!us_ein(invalid.as_bytes()), "{invalid}");
        }
    }
}
