//! The stable identity of a problem: what is found where, and nothing that changes from scan to scan.
//!
//! Scan id, time, counts, record numbers, entity tag, version, confidence and severity are left out, so that the same
//! problem is the same finding and the same ticket next month. The hash has no key: give it the location as it leaves
//! the machine, with what a detector found in it masked.

use super::Location;
use sha2::{Digest, Sha256};

/// Changes when the identity of findings changes, so that old and new fingerprints cannot be confused.
const VERSION: &str = "phinder finding 1";

/// 32 hexadecimal digits over the scope (a location without version), the field path and the detector's id.
pub fn fingerprint(scope: &Location, field: &str, detector: &str) -> String {
    let mut hash = Sha256::new();
    for part in [VERSION, scope.as_str(), field, detector] {
        // The length keeps a border between the parts, whatever a key or a field name contains.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    hash.finalize().iter().take(16).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stable_and_keeps_its_parts_apart() {
        let location = Location::s3("b", "k.csv");
        let first = fingerprint(&location, "ssn", "us_ssn");
        assert_eq!(first, "cbeb0499b542197cd21aabc0faefbd56");
        assert_eq!(first, fingerprint(&location, "ssn", "us_ssn"));
        assert_ne!(first, fingerprint(&location, "ssn", "us_itin"));
        assert_ne!(first, fingerprint(&Location::s3("b", "k.csvs"), "sn", "us_ssn"));
    }
}
