//! S3 as a source: every bucket, one bucket, or the keys of one that start with a prefix.
//!
//! Read-only requests alone: ListBuckets, ListObjectsV2 or ListObjectVersions, and GetObject. Nothing is asked about a
//! single object before it is read.

mod client;
mod content;
mod count;
mod listing;
mod pages;

use super::selection::{Selection, target_glob};
use super::{Source, SourceError, SourceOptions};
use crate::aws;
use crate::model::{Listed, Object, ReadError, Reason, SourceContent};
use client::S3Clients;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use globset::GlobMatcher;
use std::sync::Arc;

pub use content::RANGE_BYTES;
pub use pages::{decoded_key, judged};

const GLOB_CHARACTERS: [char; 2] = ['*', '?'];

/// Buckets of one account.
pub(super) struct S3Source {
    clients: Arc<S3Clients>,
    /// `None` for every bucket.
    bucket: Option<String>,
    prefix: String,
    glob: Option<GlobMatcher>,
    selection: Selection,
    versions: bool,
    requester_pays: bool,
    scope: String,
}

impl S3Source {
    /// `rest` is what follows `s3://` in the target.
    pub(super) async fn open(target: &str, rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() && !rest.is_empty() {
            return Err(SourceError::BadTarget { target: target.into(), problem: "it names a key but no bucket" });
        }
        if bucket.contains(GLOB_CHARACTERS) {
            let problem = "a bucket is named in full; use s3:// with --include 's3://bucket-*/**'";
            return Err(SourceError::BadTarget { target: target.into(), problem });
        }
        let glob_start = key.find(GLOB_CHARACTERS);
        let glob = glob_start.map(|_| target_glob(key)).transpose()?;
        let selection = Selection::new(options)?;
        let settings = aws::load(&options.aws).await?;
        Ok(Self {
            clients: Arc::new(S3Clients::new(settings, options)),
            bucket: (!bucket.is_empty()).then(|| bucket.to_owned()),
            prefix: key[..glob_start.unwrap_or(key.len())].to_owned(),
            glob,
            selection,
            versions: options.versions,
            requester_pays: options.requester_pays,
            scope: format!("s3://{rest}"),
        })
    }
}

impl Source for S3Source {
    fn list(&self) -> BoxStream<'_, Listed> {
        let listing = listing::Listing::new(self);
        stream::unfold(listing, |mut listing| async move { listing.next().await.map(|listed| (listed, listing)) })
            .boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        async move {
            let rest = object.location.as_str().strip_prefix("s3://");
            let (Some((bucket, key)), Some(size_bytes)) =
                (rest.and_then(|rest| rest.split_once('/')), object.size_bytes)
            else {
                return Err(ReadError::new(Reason::InternalError, "not an object as S3 lists it"));
            };
            let content = content::open(content::Target {
                clients: Arc::clone(&self.clients),
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                etag: object.etag.clone(),
                version: object.version.clone(),
                size_bytes,
                requester_pays: self.requester_pays,
            })
            .await;
            content.map(SourceContent::Bytes)
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }
}
