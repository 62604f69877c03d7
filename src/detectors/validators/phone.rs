//! Telephone number of the North American Numbering Plan: area code and exchange start with 2 to 9 and are no N11.

use super::digits;

/// Whether ten digits, with or without the country code and an extension, can be a number.
pub fn us_phone(value: &[u8]) -> bool {
    let end = value.iter().position(|byte| byte.is_ascii_alphabetic() || matches!(byte, b',' | b'#'));
    let Some((found, length)) = digits::collect::<11>(&value[..end.unwrap_or(value.len())]) else { return false };
    let found = match length {
        10 => &found[..10],
        11 if found[0] == 1 => &found[1..],
        _ => return false,
    };
    block_fits(&found[..3]) && block_fits(&found[3..6]) && !digits::is_repdigit(found) && !is_counted(found)
}

/// `234-567-8901`, `1 234 567 8910`, `987-654-3210`: what fills a box.
fn is_counted(found: &[u8]) -> bool {
    found.starts_with(&[2, 3, 4, 5, 6, 7, 8]) || found.starts_with(&[9, 8, 7, 6, 5, 4, 3])
}

/// `[2-9]XX` without the service codes 211 to 911.
fn block_fits(block: &[u8]) -> bool {
    block[0] > 1 && !(block[1] == 1 && block[2] == 1)
}

#[cfg(test)]
mod tests {
    use super::us_phone;

    #[test]
    fn follows_the_numbering_plan() {
        for valid in
            ["212-555-0123", "(212) 555-0123", "+1 212 555 0123", "2125550123", "1-212-555-0123 x45", "212.555.0123"]
        {
            assert!(us_phone(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "112-555-0123",
            "212-155-0123",
            "911-555-0123",
            "212-411-0123",
            "212-555-012",
            "222-222-2222",
            "22125550123",
            "12345678910",
            "234-567-8901",
            "987-654-3210",
            "",
        ] {
            assert!(!us_phone(invalid.as_bytes()), "{invalid}");
        }
    }
}
