//! Reading the digits of a value past its separators, and the Luhn sum that several numbers share.
//!
//! Knows no particular number.

/// Whether a byte may stand between the digits of a written number.
pub const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' | b'\t')
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
const SEPARATOR: u8 = 10;
const OTHER: u8 = 11;

/// The values (0 to 9) of up to `N` digits and their number; `None` for more digits or for any byte that is neither
/// a digit nor a separator.
pub fn collect<const N: usize>(value: &[u8]) -> Option<([u8; N], usize)> {
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
        assert_eq!(number(&[1, 0, 2]), 102);
        assert!(is_repdigit(&[4, 4, 4]));
        assert_eq!(luhn_sum(&[4, 9, 0, 1, 5, 4, 2, 0, 3, 2, 3, 7, 5, 1, 8]) % 10, 0);
    }
}
