//! Numbers of devices: IMEI (3GPP TS 23.003), MAC address (IEEE 802), unique device identifier (21 CFR 830) in the
//! forms of GS1, HIBCC and ICCBBA.

use super::digits;

/// Whether it is an IMEI: fifteen digits with a Luhn digit.
pub fn imei(value: &[u8]) -> bool {
    let Some((found, 15)) = digits::collect::<15>(value) else { return false };
    digits::luhn_sum(&found).is_multiple_of(10) && !digits::is_repdigit(&found)
}

/// Whether it can be the address of one network card: no multicast, not all zeros, one kind of separator.
pub fn mac_address(value: &[u8]) -> bool {
    let mut octets = [0_u8; 6];
    let mut nibbles = 0;
    let mut separator = None;
    for byte in value {
        let Some(nibble) = char::from(*byte).to_digit(16) else {
            if *separator.get_or_insert(*byte) != *byte {
                return false;
            }
            continue;
        };
        let Some(octet) = octets.get_mut(nibbles / 2) else { return false };
        *octet = *octet << 4 | nibble as u8;
        nibbles += 1;
    }
    let is_group = octets[0] & 1 == 1;
    nibbles == 12 && !is_group && octets.iter().any(|octet| *octet != octets[0])
}

/// Whether it is a unique device identifier of one of the three issuing agencies.
pub fn udi(value: &[u8]) -> bool {
    let gs1 = value.strip_prefix(b"(").unwrap_or(value);
    let gtin = gs1.strip_prefix(b"01)").or_else(|| gs1.strip_prefix(b"01"));
    match (gtin, value) {
        (Some(rest), _) if rest.len() >= 14 => is_gtin(&rest[..14]),
        (_, [b'=' | b'&', b'/' | b'A'..=b'Z' | b'0'..=b'9', rest @ ..]) => rest.len() >= 16,
        (_, [b'+', rest @ ..]) => is_hibcc(rest),
        _ => is_hibcc(value),
    }
}

/// The check digit of a GTIN-14: weights 3 and 1 from the right.
fn is_gtin(value: &[u8]) -> bool {
    let Some((found, 14)) = digits::collect::<14>(value) else { return false };
    let sum: u32 = found.iter().enumerate().map(|(place, digit)| u32::from(*digit) * [3, 1][place % 2]).sum();
    sum.is_multiple_of(10) && !digits::is_repdigit(&found) && value.iter().all(u8::is_ascii_digit)
}

/// A labeller code that starts with a letter, and the check character: the sum of all others, `+` included, modulo 43.
fn is_hibcc(value: &[u8]) -> bool {
    const CHARACTERS: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
    const PLUS: usize = 41;
    const MIN_LENGTH: usize = 7;
    let Some((check, counted)) = value.split_last() else { return false };
    let place = |byte: u8| CHARACTERS.iter().position(|known| *known == byte);
    let mut sum = PLUS;
    for byte in counted {
        let Some(number) = place(*byte) else { return false };
        sum += number;
    }
    value.len() >= MIN_LENGTH && value[0].is_ascii_uppercase() && place(*check) == Some(sum % 43)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imei_has_a_luhn_digit() {
        assert!(imei(b"490154203237518") && imei(b"49-015420-323751-8"));
        assert!(!imei(b"490154203237517") && !imei(b"49015420323751") && !imei(b"000000000000000"));
    }

    #[test]
    fn mac_addresses_of_groups_are_nobodys() {
        for valid in ["3c:22:fb:1a:9d:04", "3C-22-FB-1A-9D-04", "3c22.fb1a.9d04", "3c22fb1a9d04"] {
            assert!(mac_address(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "01:00:5e:00:00:fb", "3c:22:fb:1a:9d", "3c:22-fb:1a:9d:04"]
        {
            assert!(!mac_address(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn udi_of_each_agency() {
        for valid in [
            "(01)00614141999996(17)241231(10)A123B(21)1234",
            "01)00614141999996(21)1234",
            "010061414199999617241231",
            "+A123BJC5D6E71G",
            "A123BJC5D6E71G",
            "=/A9999XYZ100T0944=,000025",
        ] {
            assert!(udi(valid.as_bytes()), "{valid}");
        }
        for invalid in ["(01)00614141999995(21)1234", "0100614141999995", "+A123BJC5D6E71H", "+1", "=/A", "0", ""] {
            assert!(!udi(invalid.as_bytes()), "{invalid}");
        }
    }
}
