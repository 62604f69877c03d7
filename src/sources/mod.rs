//! Where objects come from: a source lists objects lazily and opens them one at a time.
//!
//! Everything that is wrong with one object, one directory or one bucket becomes a gap with its coverage or a read
//! error with its reason; [`SourceError`] is for a target or options that make no sense as a whole. A source knows
//! nothing of formats, detectors or policy. A new source is one file or folder here and one line in [`open`].

mod buffer;
mod files;
mod nonempty;
mod random;
mod rights;
mod s3;
mod sampled;
mod selection;
mod sql;
mod stdin;

use crate::aws::{AwsError, AwsOptions};
use crate::model::{Listed, Location, Object, ReadError, Sampling, SourceContent};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

pub use files::path_of_file_uri;
pub use rights::needs;
pub use s3::{RANGE_BYTES, decoded_key as decoded_s3_key, judged as judged_s3_object};
pub use selection::Selection;
pub use sql::{DEFAULT_SAMPLE_ROWS, DatabaseOptions, DatabaseTables, database_tables, is_database, is_one_database};

/// Something that lists objects and opens them.
pub trait Source: Send + Sync {
    /// Every object in the source's order (sorted by path or key), lazily, so that memory does not grow with their
    /// number. Poll it on a tokio runtime.
    fn list(&self) -> BoxStream<'_, Listed>;

    /// Opens one object that was listed. Only this is async: the content is read by a synchronous worker thread, which
    /// must not be a thread of the runtime, and the runtime must outlive the content.
    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>>;

    /// What it covers, as a URI, for the report.
    fn scope(&self) -> String;

    /// How objects were chosen, where not all are read. To be asked when the listing has ended.
    fn sampling(&self) -> Option<Sampling> {
        None
    }

    /// Directories at which another file system begins that has something in it. To be asked when the listing has ended.
    fn mounts(&self) -> Vec<Location> {
        Vec::new()
    }

    /// Whether its listing leaves out what may not be read, so that [`Source::unlisted`] is to be asked about what is not in
    /// it any more.
    fn hides(&self) -> bool {
        false
    }

    /// An object of an earlier listing that this one does not show: what it is listed as, unless it is gone. What the source
    /// has no part in is.
    fn unlisted<'a>(&'a self, _location: &'a Location) -> BoxFuture<'a, Option<Listed>> {
        Box::pin(std::future::ready(None))
    }

    /// Ends what a server still does for a scan that was cancelled. Most sources have nothing that outlives its connection.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What was asked of S3 so far. Each attempt is paid for.
#[derive(Debug, Default)]
pub struct RequestCounts {
    /// Requests that list: of objects, versions or buckets.
    pub lists: AtomicU64,
    /// Requests that read an object or a part of one.
    pub gets: AtomicU64,
}

impl RequestCounts {
    /// Requests that list, and requests that read.
    pub fn read(&self) -> (u64, u64) {
        (self.lists.load(Ordering::Relaxed), self.gets.load(Ordering::Relaxed))
    }
}

/// Which objects are wanted, and how a source may be asked.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Globs; an object must match one of them, if there are any. They are tried on the whole location and on the key
    /// or the path relative to the target; `*` also matches `/`.
    pub include: Vec<String>,
    /// Globs of objects to leave out; they win over `include`.
    pub exclude: Vec<String>,
    /// Smaller objects are skipped.
    pub min_size_bytes: Option<u64>,
    /// Larger objects are skipped.
    pub max_size_bytes: Option<u64>,
    /// Objects last modified before this are skipped.
    pub modified_after: Option<SystemTime>,
    /// Objects last modified after this are skipped.
    pub modified_before: Option<SystemTime>,
    /// Lists every version of the objects of a bucket, not only the current ones.
    pub versions: bool,
    /// Accepts to be charged for buckets whose requester pays.
    pub requester_pays: bool,
    /// Upper limit of requests per second to S3, all objects together.
    pub max_requests_per_second: Option<u32>,
    /// Counts the requests to S3, repeated ones too.
    pub requests: Arc<RequestCounts>,
    /// Credentials, region and endpoint.
    pub aws: AwsOptions,
    /// Whether a target may list nothing; else that is a gap.
    pub accepts_empty: bool,
    /// Objects of each bucket, prefix or folder that are read; all of them if left out.
    pub sample: Option<u64>,
    /// How databases are read, and the seed of every choice.
    pub database: DatabaseOptions,
}

/// A target or an option makes no sense as a whole, so nothing can be listed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The target is no path, glob or URI that any source understands.
    #[error(
        "cannot use target {target:?}: {problem}; use a path, a glob, -, s3://, s3://bucket, s3://bucket/prefix, sqlite:PATH, postgres://host/database, mysql://host/database or rds://name"
    )]
    BadTarget {
        /// The target as given.
        target: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no such file or directory.
    #[error("no such file or directory: {target:?}; check the path, or quote a glob so that the shell leaves it alone")]
    NoSuchPath {
        /// The target as given.
        target: String,
    },
    /// A glob cannot be parsed.
    #[error("invalid glob {glob:?}: {problem}")]
    InvalidGlob {
        /// The glob as given.
        glob: String,
        /// What is wrong with it.
        problem: String,
    },
    /// AWS cannot be used.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// Opens the source that `target` names: `-` (standard input), a path, a directory, a glob, `file://`, `s3://` (every
/// bucket), `s3://bucket` or `s3://bucket/prefix` (every key that starts with `prefix`, whether or not it ends with
/// `/`; with `*` or `?` in it, every key that matches the glob), `sqlite:PATH`, `postgres://user@host/database`,
/// `mysql://user@host/database`, `rds://` (every server of the regions) or `rds://name/database`.
///
/// A target that lists nothing at all has a gap, unless the options accept it.
pub async fn open(target: &str, options: &SourceOptions) -> Result<Box<dyn Source>, SourceError> {
    let source = open_any(target, options).await?;
    Ok(if options.accepts_empty { source } else { Box::new(nonempty::NonEmptySource(source)) })
}

async fn open_any(target: &str, options: &SourceOptions) -> Result<Box<dyn Source>, SourceError> {
    if let Some(rest) = target.strip_prefix("sqlite:") {
        return Ok(Box::new(sql::SqliteSource::open(target, rest, options)?));
    }
    let scheme = target.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let sampled = |source: Box<dyn Source>| -> Box<dyn Source> {
        match options.sample {
            Some(wanted) => Box::new(sampled::SampledSource::new(source, wanted, options.database.seed)),
            None => source,
        }
    };
    match scheme.as_ref().map(|(scheme, rest)| (scheme.as_str(), *rest)) {
        Some(("s3", rest)) => Ok(sampled(Box::new(s3::S3Source::open(target, rest, options).await?))),
        Some(("file", rest)) => Ok(sampled(Box::new(files::FileSource::open_uri(target, rest, options)?))),
        Some(("postgres" | "postgresql", rest)) => Ok(Box::new(sql::PostgresSource::open(rest, options)?)),
        Some(("mysql" | "mariadb", rest)) => Ok(Box::new(sql::MysqlSource::open(rest, options)?)),
        Some(("rds", rest)) => Ok(Box::new(sql::RdsSource::open(target, rest, options).await?)),
        Some(("stdin", "-")) => Ok(Box::new(stdin::StdinSource)),
        _ if target == "-" => Ok(Box::new(stdin::StdinSource)),
        Some(_) if !std::path::Path::new(target).exists() => {
            Err(SourceError::BadTarget { target: target.into(), problem: "unknown scheme" })
        }
        _ => Ok(sampled(Box::new(files::FileSource::open_path(target, options)?))),
    }
}
