//! Codes of clinical terms that carry a check digit: LOINC (Luhn) and SNOMED CT (Verhoeff). Every published code passes.

use super::digits;

/// Whether the digit behind the hyphen is the Luhn check digit of those before it: `2345-7`.
pub fn loinc(value: &[u8]) -> bool {
    // An element of a message has the name behind the code: `2093-3^Cholesterol^LN`.
    let value = value.split(|byte| *byte == b'^').next().unwrap_or_default();
    let [number @ .., b'-', check] = value else { return false };
    let plain = number.iter().all(u8::is_ascii_digit) && check.is_ascii_digit();
    let fits = |(found, length): ([u8; 8], usize)| length > 1 && digits::luhn_sum(&found[..length]).is_multiple_of(10);
    plain && number.first().is_some_and(|first| *first != b'0') && digits::collect::<8>(value).is_some_and(fits)
}

/// The dihedral group of order ten (Verhoeff 1969; SNOMED CT release format 2, check digit).
const PRODUCTS: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// How a digit is changed by its place from the right, modulo eight.
const PERMUTATIONS: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/// Whether it is an identifier of SNOMED CT: 6 to 18 digits, no zero at the front, a partition of concepts, descriptions or
/// relationships (with a namespace at least 11 digits long), and the Verhoeff check digit.
pub fn snomed(value: &[u8]) -> bool {
    if !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let Some((found, length @ 6..)) = digits::collect::<18>(value) else { return false };
    let partition = (found[length - 3], found[length - 2]);
    let is_partition = matches!(partition, (0, 0..=2)) || (matches!(partition, (1, 0..=2)) && length > 10);
    let product = found[..length].iter().rev().enumerate().fold(0u8, |product, (place, digit)| {
        PRODUCTS[usize::from(product)][usize::from(PERMUTATIONS[place % 8][usize::from(*digit)])]
    });
    found[0] != 0 && is_partition && product == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loinc_has_a_luhn_digit() {
        for valid in ["2345-7", "4548-4", "718-7", "85354-9", "94500-6"] {
            assert!(loinc(valid.as_bytes()), "{valid}");
        }
        for invalid in ["2345-6", "2024-1", "23457", "-7", "0-0", "2345-", "12345678-9", ""] {
            assert!(!loinc(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn snomed_has_a_verhoeff_digit_and_a_partition() {
        for valid in ["44054006", "38341003", "73211009", "22298006", "900000000000207008"] {
            assert!(snomed(valid.as_bytes()), "{valid}");
        }
        for invalid in ["44054007", "44054060", "04405406", "4405", "440540061", "123456789", ""] {
            assert!(!snomed(invalid.as_bytes()), "{invalid}");
        }
    }
}
