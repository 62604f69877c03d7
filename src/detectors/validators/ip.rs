//! IP address: of version 4 or 6, and not one of those that name no machine or that are more likely a version number.

use std::net::Ipv6Addr;

/// Whether it can be the address of a machine.
pub fn ip_address(value: &[u8]) -> bool {
    if value.contains(&b':') { ipv6(value) } else { ipv4(value) }
}

fn ipv6(value: &[u8]) -> bool {
    let address = std::str::from_utf8(value).ok().and_then(|text| text.parse::<Ipv6Addr>().ok());
    address.is_some_and(|address| !address.is_unspecified() && !address.is_loopback() && !address.is_multicast())
}

fn ipv4(value: &[u8]) -> bool {
    let Some(octets) = octets(value) else { return false };
    let names_machine = octets[0] != 0 && octets[0] != 127 && octets[0] < 240;
    // Version numbers have small parts (`1.4.0.26`, `1.1.99.1`); addresses of people rarely start below 10.
    let small = octets[1..].iter().filter(|octet| **octet < 20).count();
    let like_version = octets[0] < 10 && small >= 2 && octets[1..].iter().all(|octet| *octet < 100);
    names_machine && !like_version
}

fn octets(value: &[u8]) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let (mut count, mut digits, mut number) = (0, 0, 0_u16);
    for byte in value.iter().chain(b".") {
        if *byte == b'.' {
            *octets.get_mut(count)? = u8::try_from(number).ok().filter(|_| digits > 0)?;
            (count, digits, number) = (count + 1, 0, 0);
            continue;
        }
        // Written plainly: no leading zero, at most three digits.
        if !byte.is_ascii_digit() || digits == 3 || (digits > 0 && number == 0) {
            return None;
        }
        (digits, number) = (digits + 1, number * 10 + u16::from(byte - b'0'));
    }
    (count == 4).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::{ip_address, ipv4};

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
