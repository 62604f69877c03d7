//! What a scan covers, so that one scan is known to look at everything that another one did.

use super::hexadecimal;
use super::record::keyed;
use hmac::{Hmac, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The scope of a scan, without what may not be shown: see [`redacted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Targets as URIs, or as globs.
    pub targets: Vec<String>,
    /// Whether all versions of objects are listed.
    pub versions: bool,
    /// What narrows the objects that are read, as one text. What it leaves out is listed nevertheless.
    pub selection: String,
    /// Objects of each target that are read, where not all of them are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u64>,
}

/// A text of a scope of which only `shown` may leave the ledger, told apart from others that are shown alike by a digest
/// under the ledger's key.
pub fn redacted(text: &str, shown: &str, key: &[u8]) -> String {
    if text == shown {
        return text.to_owned();
    }
    let digest = Hmac::<Sha256>::new_from_slice(key).map(|key| keyed(&key, &[b"scope", text.as_bytes()]));
    format!("{shown}#{}", digest.map_or(String::new(), |digest| hexadecimal(&digest[..8])))
}

impl Scope {
    /// The same text for the same scope.
    pub(super) fn key(&self) -> String {
        let mut sorted = self.clone();
        sorted.targets.sort();
        sorted.targets.dedup();
        serde_json::to_string(&sorted).unwrap_or_default()
    }

    /// Whether a complete listing of this one lists everything that lies in the other one.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let within = |target: &String| self.targets.iter().any(|wider| covers_target(wider, target));
        (self.versions || !other.versions) && other.targets.iter().all(within)
    }

    /// The same, where this is every bucket of an account: those that the scan met are covered as if they had been named. Of
    /// others it says nothing, since those of other accounts can be named and are not listed.
    pub(super) fn with_buckets<'a>(&self, met: impl Iterator<Item = &'a str>) -> Self {
        let mut scope = self.clone();
        if self.has_accounts() {
            scope.targets.extend(met.map(|bucket| format!("s3://{bucket}")));
        }
        scope
    }

    /// Whether every bucket of an account is listed.
    pub(super) fn has_accounts(&self) -> bool {
        self.targets.iter().any(|target| is_account(target))
    }

    /// Whether a complete scan of this one reads everything that one of the other one read.
    pub(super) fn examines(&self, other: &Self) -> bool {
        let is_as_wide = self.selection.is_empty() || self.selection == other.selection;
        is_as_wide && self.sample.is_none() && self.covers(other)
    }
}

/// `s3:// of 111122223333`; earlier versions did not say whose.
fn is_account(target: &str) -> bool {
    target == "s3://" || target.starts_with("s3:// ")
}

/// Whether a complete listing of one target lists everything that lies in another one.
pub fn covers_target(wider: &str, target: &str) -> bool {
    if wider == target {
        return true;
    }
    if wider.contains(['*', '?', '[']) || is_account(wider) {
        return false;
    }
    // A key prefix of S3 covers every key that starts with it; a bucket or a directory what lies below it.
    let is_key_prefix = wider.strip_prefix("s3://").is_some_and(|rest| rest.contains('/'));
    match target.strip_prefix(wider) {
        Some(rest) => wider.ends_with('/') || is_key_prefix || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(target: &str, versions: bool) -> Scope {
        Scope { targets: vec![target.to_owned()], versions, selection: String::new(), sample: None }
    }

    #[test]
    fn a_wider_scope_covers_a_narrower_one() {
        let covers = |a: &str, b: &str| scope(a, false).covers(&scope(b, false));
        assert!(covers("s3:// of 1", "s3:// of 1") && !covers("s3:// of 1", "s3:// of 2"));
        assert!(!covers("s3:// of 1", "s3://b/x") && !covers("s3://", "s3://b/x"), "it may be another account's");
        let met = scope("s3:// of 1", false).with_buckets(["b"].into_iter());
        assert!(met.covers(&scope("s3://b/x", false)) && !met.covers(&scope("s3://c", false)));
        assert!(!scope("s3://a", false).with_buckets(["b"].into_iter()).covers(&scope("s3://b", false)));
        assert!(covers("s3://b", "s3://b/x/"));
        assert!(covers("s3://b/lo", "s3://b/logs/"));
        assert!(!covers("s3://b", "s3://bucket2/x"));
        assert!(!covers("s3://b/x/", "s3://b"));
        assert!(covers("file:///a", "file:///a/b.csv") && !covers("file:///a", "file:///ab"));
        assert!(!covers("s3://b/*.csv", "s3://b/*.csv.gz"));
        assert!(!scope("s3://b", false).covers(&scope("s3://b", true)));
        assert!(scope("s3://b", true).covers(&scope("s3://b", false)));
    }
}
