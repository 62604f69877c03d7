//! What a target must be allowed in AWS.

use super::SourceOptions;
use crate::aws::rights::{Need, RDS, RDS_TOKEN, S3, S3_ALL, S3_KMS, S3_VERSIONS};

/// The features that a scan of `target` uses; none for what is not in AWS.
pub fn needs(target: &str, options: &SourceOptions) -> Vec<Need> {
    if let Some(rest) = target.strip_prefix("s3://") {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = key.split(['*', '?']).next().unwrap_or_default();
        let of_bucket = |feature| {
            let name = if bucket.is_empty() { "*" } else { bucket };
            Need::of(feature).with("bucket", name).with("prefix", prefix)
        };
        let mut needs = vec![of_bucket(&S3), Need::of(&S3_KMS)];
        if bucket.is_empty() {
            needs.push(Need::of(&S3_ALL));
        }
        if options.versions {
            needs.push(of_bucket(&S3_VERSIONS));
        }
        return needs;
    }
    if !target.starts_with("rds://") {
        return Vec::new();
    }
    let mut needs = vec![Need::of(&RDS)];
    match (&options.database.secret, &options.database.user) {
        (Some(secret), _) => needs.push(Need::secret(secret)),
        (None, Some(user)) => needs.push(Need::of(&RDS_TOKEN).with("user", user)),
        (None, None) => {}
    }
    needs
}
