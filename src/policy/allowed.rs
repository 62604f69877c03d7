//! Values that are tolerated, by keyed digest: the value itself never stands in a policy.
//!
//! A worker asks before it builds evidence. Whoever computes the digests holds the installation key; nothing here does.

use std::collections::HashMap;
use std::sync::Arc;

/// The allowed values of one day. Cheap to clone and to share between workers.
#[derive(Debug, Clone, Default)]
pub struct AllowedValues {
    /// Per digest the detectors it is allowed for; `None` for all.
    by_digest: Arc<HashMap<[u8; 32], Vec<Option<String>>>>,
}

impl AllowedValues {
    /// From pairs of a digest and the one detector it is for, `None` for all.
    pub fn new(entries: impl IntoIterator<Item = ([u8; 32], Option<String>)>) -> Self {
        let mut by_digest: HashMap<[u8; 32], Vec<Option<String>>> = HashMap::new();
        for (digest, detector) in entries {
            by_digest.entry(digest).or_default().push(detector);
        }
        Self { by_digest: Arc::new(by_digest) }
    }

    /// Whether a value with this HMAC-SHA256 is allowed for the detector.
    pub fn contains(&self, detector: &str, digest: &[u8; 32]) -> bool {
        self.by_digest
            .get(digest)
            .is_some_and(|detectors| detectors.iter().any(|only| only.as_deref().is_none_or(|id| id == detector)))
    }

    /// All of it as one text, the same for the same values.
    pub fn identity(&self) -> String {
        let mut all: Vec<_> = self.by_digest.iter().map(|entry| format!("{entry:?}")).collect();
        all.sort();
        all.concat()
    }

    /// Whether nothing is allowed, so that no digest needs to be computed.
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }
}

/// Reads 64 hexadecimal digits.
pub(super) fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_allowed_for_its_detector_alone() {
        let allowed = AllowedValues::new([([1; 32], Some("us_phone".to_owned())), ([2; 32], None)]);
        assert!(allowed.contains("us_phone", &[1; 32]));
        assert!(!allowed.contains("fax", &[1; 32]));
        assert!(allowed.contains("fax", &[2; 32]));
        assert!(!allowed.contains("fax", &[3; 32]));
        assert!(!allowed.is_empty() && AllowedValues::default().is_empty());
    }

    #[test]
    fn digests_are_64_hexadecimal_digits() {
        assert_eq!(parse_digest(&"0F".repeat(32)), Some([15; 32]));
        assert_eq!(parse_digest(&"0f".repeat(31)), None);
        assert_eq!(parse_digest(&"0g".repeat(32)), None);
        assert_eq!(parse_digest(&"é".repeat(32)), None);
    }
}
