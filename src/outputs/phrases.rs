//! What formats for other systems say of a finding in words, and locations as URIs.
//!
//! Keys and field names come from outside: they are made harmless, and shortened to what a system takes.

use super::text::harmless;
use crate::model::{Class, Confidence, Finding, Location, ObjectResult};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of detectors for people, by id.
pub(super) type Names = BTreeMap<Arc<str>, String>;

/// `PHI: US Social Security number in field notes`.
pub(super) fn title(finding: &Finding, names: &Names) -> String {
    let class = match finding.class {
        Some(Class::Phi) => "PHI",
        Some(Class::Pii) => "PII",
        Some(Class::Health) => "Health data",
        None => "No class",
    };
    let name = names.get(&finding.detector).map_or(&*finding.detector, String::as_str);
    let field = if finding.field.is_empty() { String::new() } else { format!(" in field {}", finding.field) };
    harmless(&format!("{class}: {name}{field}"))
}

/// One paragraph: how much, where, how sure, what the policy says, masked samples.
pub(super) fn description(result: &ObjectResult, finding: &Finding) -> String {
    let mut samples: Vec<&str> = finding.samples.iter().map(String::as_str).collect();
    samples.dedup();
    let samples = if samples.is_empty() { String::new() } else { format!("; masked: {}", samples.join(", ")) };
    harmless(&format!(
        "{} values in {} records of {}, {} confidence; {}{samples}",
        finding.values,
        finding.records,
        result.location,
        finding.confidence.as_str(),
        finding.verdict.because,
    ))
}

/// At most `longest` characters; the middle gives way.
pub fn cut(text: &str, longest: usize) -> String {
    let characters = text.chars().count();
    if characters <= longest {
        return text.to_owned();
    }
    let head = longest.saturating_sub(1) / 2;
    let tail = longest.saturating_sub(1) - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(characters - tail).collect();
    format!("{start}…{end}")
}

/// The location as an RFC 3986 URI: what a URI may not hold is percent-encoded.
pub(super) fn uri(location: &Location) -> String {
    // The percent signs of a file's or a table's location are an encoding already; those of a key are part of it.
    let is_encoded = location.scheme() == "file" || location.table().is_some();
    let mut uri = String::with_capacity(location.as_str().len());
    for byte in location.as_str().bytes() {
        let is_kept = byte.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&byte);
        if is_kept || (byte == b'%' && is_encoded) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Bucket and key of an object of S3, the key with its archive member.
pub(super) fn bucket_and_key(location: &Location) -> Option<(&str, &str)> {
    location
        .as_str()
        .strip_prefix("s3://")?
        .split_once('/')
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
}

/// The confidence as a number from 0 to 100.
pub(super) fn percent(finding: &Finding) -> u64 {
    (finding.score * 100.0).round().clamp(0.0, 100.0) as u64
}

/// 1 low, 2 medium, 3 high.
pub(super) fn confidence_number(confidence: Confidence) -> u64 {
    match confidence {
        Confidence::Low => 1,
        Confidence::Medium => 2,
        Confidence::High => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_become_uris() {
        assert_eq!(uri(&Location::s3("b", "a b/ü?#[1]%.csv")), "s3://b/a%20b/%C3%BC%3F%23%5B1%5D%25.csv");
        assert_eq!(uri(&Location::from_uri("file:///a/%FF x.csv")), "file:///a/%FF%20x.csv");
        assert_eq!(bucket_and_key(&Location::s3("b", "k/x.zip!/in.csv")), Some(("b", "k/x.zip!/in.csv")));
        assert_eq!(bucket_and_key(&Location::from_uri("file:///b/k")), None);
    }

    #[test]
    fn the_middle_gives_way() {
        assert_eq!(cut("abcdefgh", 8), "abcdefgh");
        assert_eq!(cut("äbcdefghi", 5), "äb…hi");
    }
}
