//! Medicare Beneficiary Identifier: eleven places, each with its own kind of character, no check digit (CMS,
//! "Understanding the MBI Format").
//!
//! The synthetic files of CMS carry an S in the second place on purpose, which the format forbids.

/// Whether it follows the format; dashes stand after the fourth and the seventh place or nowhere.
pub fn us_mbi(value: &[u8]) -> bool {
    !value.contains(&b' ')
        && follows(value, |byte| {
            byte.is_ascii_alphabetic() && !matches!(byte.to_ascii_uppercase(), b'S' | b'L' | b'O' | b'I' | b'B' | b'Z')
        })
}

/// The same with any letter in the places of letters, and with blanks for dashes: for a value whose field or label already says what it is.
pub fn us_mbi_any_letter(value: &[u8]) -> bool {
    follows(value, |byte| byte.is_ascii_alphabetic())
}

fn follows(value: &[u8], is_letter: impl Fn(u8) -> bool) -> bool {
    let dashed = match value.len() {
        11 => false,
        13 if matches!(value[4], b'-' | b' ') && value[8] == value[4] => true,
        _ => return false,
    };
    let place = |index: usize| value[index + if dashed { usize::from(index > 3) + usize::from(index > 6) } else { 0 }];
    (0..11).all(|index| {
        let byte = place(index);
        match index {
            0 => matches!(byte, b'1'..=b'9'),
            1 | 4 | 7 | 8 => is_letter(byte),
            2 | 5 => byte.is_ascii_digit() || is_letter(byte),
            _ => byte.is_ascii_digit(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_format() {
        for valid in ["1EG4-TE5-MK73", "1EG4TE5MK73", "1EG4-TE5-MK72", "1eg4te5mk73"] {
            assert!(us_mbi(valid.as_bytes()), "{valid}");
        }
        for invalid in ["1S00EU8FA10", "0EG4TE5MK73", "1EG4TE5MK7", "1EG4-TE5MK73", "1EG4TE5MKA3", "1EG4 TE5 MK73"] {
            assert!(!us_mbi(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn test_format_passes_where_the_field_speaks_for_it() {
        assert!(us_mbi_any_letter(b"1S00EU8FA10") && us_mbi_any_letter(b"1EG4 TE5 MK73"));
        assert!(!us_mbi_any_letter(b"1EG4 TE5-MK73"));
        assert!(!us_mbi_any_letter(b"0S00EU8FA10"));
        assert!(!us_mbi_any_letter(b"1500EU8FA10"));
    }
}
