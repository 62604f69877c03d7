//! Files as a source: a path, a directory tree, a glob or a `file://` URI.
//!
//! The tree is walked on a blocking thread, a bounded number of entries ahead of the consumer.

mod content;
mod walk;

use super::selection::{Selection, target_glob};
use super::{Source, SourceError, SourceOptions};
use crate::model::{Listed, Location, Object, ReadError, Reason, SourceContent};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use walk::{TreeGlob, Walk};

/// How far the walk runs ahead of its consumer.
const ENTRIES_AHEAD: usize = 256;

const GLOB_CHARACTERS: [char; 4] = ['*', '?', '[', '{'];

/// A file, or what lies below a directory.
pub(super) struct FileSource {
    root: PathBuf,
    glob: Option<TreeGlob>,
    selection: Arc<Selection>,
    scope: String,
    /// Directories of other file systems that the walks met.
    mounts: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl FileSource {
    /// A path that exists as it is, or a glob.
    pub(super) fn open_path(target: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        if target.is_empty() {
            return Err(SourceError::BadTarget { target: target.into(), problem: "it is empty" });
        }
        if std::fs::symlink_metadata(target).is_ok() || !target.contains(GLOB_CHARACTERS) {
            return Self::open_existing(Path::new(target), target, options);
        }
        let glob_start = target.find(GLOB_CHARACTERS).unwrap_or_default();
        let (base, pattern) = target.split_at(target[..glob_start].rfind('/').map_or(0, |slash| slash + 1));
        let base = if base.is_empty() { "." } else { base };
        let mut source = Self::open_existing(Path::new(base), target, options)?;
        let max_depth = (!pattern.contains("**")).then(|| pattern.matches('/').count() + 1);
        source.glob = Some(TreeGlob { matcher: target_glob(pattern)?, max_depth });
        source.scope = format!("{}/{pattern}", source.scope.trim_end_matches('/'));
        Ok(source)
    }

    /// `file:///path`, percent-encoded as a location is.
    pub(super) fn open_uri(target: &str, rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        if !path.starts_with('/') {
            let problem = "a file URI needs an absolute path, file:///path";
            return Err(SourceError::BadTarget { target: target.into(), problem });
        }
        Self::open_existing(&path_of_file_uri(path), target, options)
    }

    fn open_existing(path: &Path, target: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        // Any other failure, such as a denied parent directory, is a gap of the listing.
        if std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(SourceError::NoSuchPath { target: target.into() });
        }
        let root = absolute(path);
        let scope = Location::file(&root).as_str().to_owned();
        Ok(Self { root, glob: None, selection: Arc::new(Selection::new(options)?), scope, mounts: Arc::default() })
    }
}

impl Source for FileSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let entries: Option<mpsc::Receiver<Listed>> = None;
        stream::unfold(entries, move |entries| async move {
            let mut entries = entries.unwrap_or_else(|| self.start_walk());
            entries.recv().await.map(|listed| (listed, Some(entries)))
        })
        .boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        async move {
            let Some(path) = object.location.as_str().strip_prefix("file://").map(path_of_file_uri) else {
                return Err(ReadError::new(Reason::InternalError, "not the location of a file"));
            };
            let opened = tokio::task::spawn_blocking(move || content::open(&path)).await;
            let opened = opened.unwrap_or_else(|_| Err(ReadError::new(Reason::Interrupted, "opening was stopped")));
            opened.map(SourceContent::Bytes)
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }

    fn mounts(&self) -> Vec<Location> {
        let mounts = self.mounts.lock().unwrap_or_else(PoisonError::into_inner);
        mounts.iter().map(|directory| Location::file(directory)).collect()
    }
}

impl FileSource {
    fn start_walk(&self) -> mpsc::Receiver<Listed> {
        let (sender, receiver) = mpsc::channel(ENTRIES_AHEAD);
        let mut walk = Walk::new(self.root.clone(), self.glob.clone(), Arc::clone(&self.selection));
        let mounts = Arc::clone(&self.mounts);
        tokio::task::spawn_blocking(move || {
            for listed in walk.by_ref() {
                if sender.blocking_send(listed).is_err() {
                    return; // Nobody listens any more.
                }
            }
            // Before the channel closes, by which the listing ends.
            mounts.lock().unwrap_or_else(PoisonError::into_inner).append(&mut walk.mounts);
            drop(sender);
        });
        receiver
    }
}

/// The path that identifies a file from anywhere. Links are not resolved, except on the way to a `..`, whose meaning
/// depends on them.
fn absolute(path: &Path) -> PathBuf {
    if path.components().any(|component| component == Component::ParentDir)
        && let Ok(resolved) = path.canonicalize()
    {
        return resolved;
    }
    // `absolute` keeps a trailing slash; collecting the components drops it.
    std::path::absolute(path).map_or_else(|_| path.to_path_buf(), |path| path.components().collect())
}

/// The opposite of [`Location::file`], for what follows `file://`.
pub fn path_of_file_uri(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = code.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_location_leads_back_to_its_path() {
        for path in [&b"/a/b.csv"[..], b"/a/%41.csv", b"/a/\xff\xfe%", b"/a/new\nline +.csv", "/ä/日本".as_bytes()] {
            let path = Path::new(OsStr::from_bytes(path));
            let location = Location::file(path);
            assert_eq!(path_of_file_uri(location.as_str().strip_prefix("file://").unwrap()), path);
        }
        assert_eq!(path_of_file_uri("/100%/%+1/%"), Path::new("/100%/%+1/%"));
    }

    #[test]
    fn targets_that_make_no_sense_are_refused() {
        let options = SourceOptions::default();
        let message = |target| FileSource::open_path(target, &options).err().unwrap().to_string();
        assert!(message("/no/such/file").starts_with("no such file or directory"));
        assert!(message("/no/such/*.csv").starts_with("no such file or directory"));
        assert!(message("").starts_with("cannot use target"));
        assert!(FileSource::open_uri("file://host/x", "host/x", &options).is_err());
    }
}
