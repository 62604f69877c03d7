//! Numbers of banks: the routing number of the American Bankers Association and the IBAN (ISO 13616).

use super::digits;

/// Whether it is a routing number: a prefix of the Federal Reserve and the check digit with the weights 3, 7 and 1.
pub fn aba_routing(value: &[u8]) -> bool {
    let Some((found, 9)) = digits::collect::<9>(value) else { return false };
    let prefix = digits::number(&found[..2]);
    let weighted = found.iter().zip([3, 7, 1].iter().cycle()).map(|(digit, weight)| u32::from(*digit) * weight);
    matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80)
        && weighted.sum::<u32>().is_multiple_of(10)
        && !digits::is_repdigit(&found)
}

/// Countries with the length of their IBAN.
#[rustfmt::skip]
const IBAN_LENGTHS: [([u8; 2], usize); 76] = [
    (*b"AD", 24), (*b"AE", 23), (*b"AL", 28), (*b"AT", 20), (*b"AZ", 28), (*b"BA", 20), (*b"BE", 16), (*b"BG", 22), (*b"BH", 22), (*b"BR", 29), (*b"BY", 28), (*b"CH", 21), (*b"CR", 22), (*b"CY", 28), (*b"CZ", 24), (*b"DE", 22), (*b"DK", 18), (*b"DO", 28), (*b"EE", 20), (*b"EG", 29), (*b"ES", 24), (*b"FI", 18), (*b"FO", 18), (*b"FR", 27), (*b"GB", 22), (*b"GE", 22), (*b"GI", 23), (*b"GL", 18), (*b"GR", 27), (*b"GT", 28), (*b"HR", 21), (*b"HU", 28), (*b"IE", 22), (*b"IL", 23), (*b"IQ", 23), (*b"IS", 26), (*b"IT", 27), (*b"JO", 30), (*b"KW", 30), (*b"KZ", 20), (*b"LB", 28), (*b"LC", 32), (*b"LI", 21), (*b"LT", 20), (*b"LU", 20), (*b"LV", 21), (*b"LY", 25), (*b"MC", 27), (*b"MD", 24), (*b"ME", 22), (*b"MK", 19), (*b"MR", 27), (*b"MT", 31), (*b"MU", 30), (*b"NL", 18), (*b"NO", 15), (*b"PK", 24), (*b"PL", 28), (*b"PS", 29), (*b"PT", 25), (*b"QA", 29), (*b"RO", 24), (*b"RS", 22), (*b"SA", 24), (*b"SC", 31), (*b"SD", 18), (*b"SE", 24), (*b"SI", 19), (*b"SK", 24), (*b"SM", 27), (*b"ST", 25), (*b"SV", 28), (*b"TL", 23), (*b"TN", 24), (*b"TR", 26), (*b"UA", 29),
];

/// Whether country, length and the remainder of 97 fit. Blanks between the groups are ignored.
pub fn iban(value: &[u8]) -> bool {
    let letters = || value.iter().filter(|byte| **byte != b' ').map(u8::to_ascii_uppercase);
    let (Some(first), Some(second)) = (letters().next(), letters().nth(1)) else { return false };
    let known = IBAN_LENGTHS.iter().find(|(country, _)| *country == [first, second]);
    if known.is_none_or(|(_, length)| letters().count() != *length) {
        return false;
    }
    let mut remainder = 0_u32;
    for byte in letters().skip(4).chain(letters().take(4)) {
        remainder = match byte {
            b'0'..=b'9' => remainder * 10 + u32::from(byte - b'0'),
            b'A'..=b'Z' => remainder * 100 + u32::from(byte - b'A') + 10,
            _ => return false,
        } % 97;
    }
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_numbers_have_a_prefix_and_a_check_digit() {
        for valid in ["021000021", "121000248", "071004200", "0210-0002-1"] {
            assert!(aba_routing(valid.as_bytes()), "{valid}");
        }
        for invalid in ["123456789", "000000000", "021000022", "02100002", "500000005", "131000000"] {
            assert!(!aba_routing(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn iban_has_the_length_of_its_country_and_a_remainder() {
        for valid in ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"] {
            assert!(iban(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["DE88370400440532013000", "DE8937040044053201300", "US89370400440532013000", "DE", "", "GB82-WEST"]
        {
            assert!(!iban(invalid.as_bytes()), "{invalid}");
        }
    }
}
