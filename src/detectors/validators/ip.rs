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
    let digit = |byte: &u8| u16::from(byte - b'0');
    let (mut octets, mut rest) = ([0; 4], value);
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let (number, length) = match rest {
            [first @ b'1'..=b'9', second @ b'0'..=b'9', third @ b'0'..=b'9', ..] => {
                (digit(first) * 100 + digit(second) * 10 + digit(third), 3)
            }
            [first @ b'1'..=b'9', second @ b'0'..=b'9', ..] => (digit(first) * 10 + digit(second), 2),
            [first @ b'0'..=b'9', ..] => (digit(first), 1),
            _ => return None,
        };
        *octet = u8::try_from(number).ok()?;
        rest = &rest[length..];
    }
    rest.is_empty().then_some(octets)
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
