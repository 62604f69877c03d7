//! Reading the digits of a value past its separators, and the Luhn sum that several numbers share.
//!
//! Knows no particular number.

/// Whether a byte may stand between the digits of a written number.
pub const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' | b'\t' | b'_')
}

/// Of each byte the value of the digit that it is; else whether it may stand between digits.
static KIND: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            other if is_separator(other) => SEPARATOR,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};
const SEPARATOR: u8 = 0x10;
const OTHER: u8 = 0x80;

/// The values (0 to 9) of up to `N` digits and their number; `None` for more digits or for any byte that is neither
/// a digit nor a separator.
#[inline]
pub fn collect<const N: usize>(value: &[u8]) -> Option<([u8; N], usize)> {
    // Without a branch for each byte: what comes next cannot be foreseen.
    const MOST: usize = 32;
    if value.len() >= MOST {
        return collect_long(value);
    }
    let (mut found, mut length, mut kinds) = ([0; MOST], 0, 0);
    for byte in value {
        let kind = KIND[usize::from(*byte)];
        found[length % MOST] = kind;
        length += usize::from(kind < SEPARATOR);
        kinds |= kind;
    }
    if kinds & OTHER != 0 || length > N {
        return None;
    }
    // A separator may stand behind the last digit.
    found[length % MOST] = 0;
    let mut digits = [0; N];
    digits.copy_from_slice(&found[..N]);
    Some((digits, length))
}

/// The same of any length.
fn collect_long<const N: usize>(value: &[u8]) -> Option<([u8; N], usize)> {
    let mut digits = [0; N];
    let mut length = 0;
    for byte in value {
        match KIND[usize::from(*byte)] {
            SEPARATOR => {}
            OTHER => return None,
            digit => {
                *digits.get_mut(length)? = digit;
                length += 1;
            }
        }
    }
    Some((digits, length))
}

/// The values of digits that stand at these places and nowhere else, with the same separator between them as in `form`.
/// `None` where the value is not written so: it may be written otherwise.
#[inline]
pub fn written_as<const L: usize, const N: usize>(value: &[u8], places: [usize; N], form: &[u8; L]) -> Option<[u8; N]> {
    let value: &[u8; L] = value.try_into().ok()?;
    let mut is_other = false;
    for (byte, wanted) in value.iter().zip(form) {
        is_other |= if *wanted == b'0' { byte.wrapping_sub(b'0') > 9 } else { byte != wanted };
    }
    (!is_other).then(|| places.map(|place| value[place].wrapping_sub(b'0')))
}

/// The number that digit values write.
pub fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

/// Whether all digits are the same one.
pub fn is_repdigit(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// The Luhn sum of digit values, check digit included; a valid number gives a multiple of 10 (ISO/IEC 7812-1).
pub fn luhn_sum(digits: &[u8]) -> u32 {
    let mut sum = 0;
    for (place, digit) in digits.iter().rev().enumerate() {
        let doubled = u32::from(*digit) << (place % 2);
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_skipped_and_other_bytes_refused() {
        assert_eq!(collect::<3>(b"1-2 3"), Some(([1, 2, 3], 3)));
        assert_eq!(collect::<3>(b"12"), Some(([1, 2, 0], 2)));
        assert_eq!(collect::<3>(b"1234"), None);
        assert_eq!(collect::<3>(b"12x3"), None);
        for text in ["", "1-", "12-3-", "(1) 2", "1.2.3.4", "+-", "12345678901234567890", "x"] {
            assert_eq!(collect::<19>(text.as_bytes()), collect_long(text.as_bytes()), "{text}");
        }
        let long = "1 ".repeat(16);
        assert_eq!(collect::<19>(long.as_bytes()).map(|(_, length)| length), Some(16));
        assert_eq!(number(&[1, 0, 2]), 102);
        assert_eq!(written_as(b"1-23", [0, 2, 3], b"0-00"), Some([1, 2, 3]));
        for other in ["1-2", "1-234", "1/23", "x-23", "1-2x", "1:23"] {
            assert_eq!(written_as(other.as_bytes(), [0, 2, 3], b"0-00"), None, "{other}");
        }
        assert!(is_repdigit(&[4, 4, 4]));
        assert_eq!(luhn_sum(&[4, 9, 0, 1, 5, 4, 2, 0, 3, 2, 3, 7, 5, 1, 8]) % 10, 0);
    }
}
