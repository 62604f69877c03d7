//! IP address: of version 4 or 6, and not one of those that name no machine or that are more likely a version number.

use std::net::Ipv6Addr;

/// Whether it can be the address of a machine.
pub fn ip_address(value: &[u8]) -> bool {
    match octets(value) {
        Some(octets) => names_machine(octets),
        None => ipv6(value),
    }
}

fn ipv6(value: &[u8]) -> bool {
    let address = std::str::from_utf8(value).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    address.is_some_and(|address| !address.is_unspecified() && !address.is_loopback() && !address.is_multicast())
}

fn names_machine(octets: [u8; 4]) -> bool {
    let is_usual = octets[0] != 0 && octets[0] != 127 && octets[0] < 240;
    // Version numbers have small parts (`1.4.0.26`, `1.1.99.1`); addresses of people rarely start below 10.
    let small = octets[1..].iter().filter(|octet| **octet < 20).count();
    let like_version = octets[0] < 10 && small >= 2 && octets[1..].iter().all(|octet| *octet < 100);
    is_usual && !like_version
}

/// Four numbers, written plainly: without leading zeros.
fn octets(value: &[u8]) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let (mut count, mut digits, mut number) = (0, 0, 0_u16);
    for byte in value {
        if *byte == b'.' {
            if digits == 0 || count == 3 {
                return None;
            }
            octets[count] = number as u8;
            (count, digits, number) = (count + 1, 0, 0);
            continue;
        }
        let digit = u16::from(byte.wrapping_sub(b'0'));
        number = number * 10 + digit;
        if digit > 9 || number > 255 || (digits > 0 && number < 10) {
            return None;
        }
        digits += 1;
    }
    octets[count] = number as u8;
    (count == 3 && digits > 0).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::{ip_address, names_machine, octets};

    #[test]
    fn both_versions_are_addresses() {
        for valid in ["10.0.0.5", "2600:1f18:abc::12", "fe80::1", "2001:4860:4860:0:0:0:0:8888"] {
            assert!(ip_address(valid.as_bytes()), "{valid}");
        }
        for invalid in ["::1", "::", "ff02::1", "12:34:56", "2600::1::2", "1.2.3.4"] {
            assert!(!ip_address(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn machines_pass_and_versions_do_not() {
        let ipv4 = |text: &[u8]| octets(text).is_some_and(names_machine);
        for valid in ["192.168.1.20", "10.0.0.5", "203.0.113.7", "8.8.8.250", "66.249.66.1"] {
            assert!(ipv4(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "1.2.3.4",
            "2.51.1.1",
            "1.4.0.26",
            "4.3.99.16",
            "1.0.0.0",
            "0.0.0.0",
            "255.255.255.0",
            "127.0.0.1",
            "256.1.1.1",
            "10.01.1.1",
            "10.0.0",
            "10.0.0.0.1",
            "240.0.0.1",
            "10..0.1",
            "",
        ] {
            assert!(!ipv4(invalid.as_bytes()), "{invalid}");
        }
    }
}
