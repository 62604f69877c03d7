//! Walks a directory tree in a fixed order: the order of the paths as bytes, a directory counting as `name/`, which is
//! also the order in which S3 lists the same tree.
//!
//! Memory holds the names of the directories on the way down, never the whole tree. Symbolic links are followed.

use super::content::reason;
use crate::model::{Coverage, Listed, Location, Object, Reason};
use crate::sources::selection::Selection;
use globset::GlobMatcher;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a glob target leaves of a tree.
#[derive(Clone)]
pub(super) struct TreeGlob {
    /// Matches paths below the root.
    pub(super) matcher: GlobMatcher,
    /// Number of path components that a match can have; `None` with `**`.
    pub(super) max_depth: Option<usize>,
}

/// The walk; every step may block on the file system.
pub(super) struct Walk {
    root: PathBuf,
    glob: Option<TreeGlob>,
    selection: Arc<Selection>,
    started: bool,
    levels: Vec<Level>,
    /// Directories that a link inside a linked directory led into: each is entered once, or links that lead to one
    /// another would multiply the paths without end.
    nested_link_targets: HashSet<Identity>,
    /// Directories at which another file system begins that has something in it.
    pub(super) mounts: BTreeSet<PathBuf>,
}

/// Device and inode: what a directory is, whatever path leads to it.
type Identity = (u64, u64);

/// A directory being listed.
struct Level {
    directory: PathBuf,
    identity: Identity,
    reached_by_link: bool,
    entries: std::vec::IntoIter<Entry>,
    /// Why the listing of the directory itself is not complete.
    failure: Option<Reason>,
}

struct Entry {
    name: OsString,
    is_directory: bool,
    is_link: bool,
}

impl Entry {
    fn sort_key(&self) -> impl Iterator<Item = u8> + '_ {
        self.name.as_bytes().iter().copied().chain(self.is_directory.then_some(b'/'))
    }
}

impl Walk {
    pub(super) fn new(root: PathBuf, glob: Option<TreeGlob>, selection: Arc<Selection>) -> Self {
        Self {
            root,
            glob,
            selection,
            started: false,
            levels: Vec::new(),
            nested_link_targets: HashSet::new(),
            mounts: BTreeSet::new(),
        }
    }

    /// Looks at one path: lists a file, enters a directory.
    fn visit(&mut self, path: &Path, is_link: bool) -> Option<Listed> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.gap(path, Coverage::Failed(missing_reason(&error, is_link))),
        };
        if metadata.is_dir() {
            return self.enter(path, &metadata, is_link);
        }
        if !metadata.is_file() {
            return self.gap(path, Coverage::Skipped(Reason::SpecialFile));
        }
        let relative = self.relative(path);
        if self.glob.as_ref().is_some_and(|glob| !glob.matcher.is_match(relative)) {
            return None;
        }
        let mut object = Object::at(Location::file(path));
        object.size_bytes = Some(metadata.len());
        object.modified = metadata.modified().ok();
        Some(self.selection.listed(object, relative))
    }

    fn enter(&mut self, path: &Path, metadata: &Metadata, is_link: bool) -> Option<Listed> {
        if self.is_at_depth_limit() {
            return None;
        }
        let identity = (metadata.dev(), metadata.ino());
        let inside_link = self.levels.last().is_some_and(|level| level.reached_by_link);
        let leads_back = self.levels.iter().any(|level| level.identity == identity);
        if leads_back || (is_link && inside_link && !self.nested_link_targets.insert(identity)) {
            return self.gap(path, Coverage::Skipped(Reason::LinkLoop));
        }
        let (mut entries, failure) = match read_directory(path) {
            Ok(read) => read,
            Err(error) => return self.gap(path, Coverage::Failed(reason(&error))),
        };
        let is_other_device = || self.device_around(path).is_some_and(|device| device != metadata.dev());
        if !entries.is_empty() && is_other_device() && (is_link || is_mounted(path)) {
            self.mounts.insert(path.to_path_buf());
        }
        entries.sort_unstable_by(|left, right| left.sort_key().cmp(right.sort_key()));
        let reached_by_link = is_link || inside_link;
        let (directory, entries) = (path.to_path_buf(), entries.into_iter());
        self.levels.push(Level { directory, identity, reached_by_link, entries, failure });
        None
    }

    /// The device of the directory that a path lies in.
    fn device_around(&self, path: &Path) -> Option<u64> {
        match self.levels.last() {
            Some(level) => Some(level.identity.0),
            None => fs::metadata(path.parent()?).ok().map(|metadata| metadata.dev()),
        }
    }

    /// Whether nothing below the present entries can match the glob.
    fn is_at_depth_limit(&self) -> bool {
        let max_depth = self.glob.as_ref().and_then(|glob| glob.max_depth);
        max_depth.is_some_and(|max_depth| self.levels.len() >= max_depth)
    }

    /// The path below the root; the file name where the root is the file.
    fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        match path.strip_prefix(&self.root) {
            Ok(relative) if !relative.as_os_str().is_empty() => relative,
            _ => path.file_name().map_or(path, Path::new),
        }
    }

    fn gap(&self, path: &Path, coverage: Coverage) -> Option<Listed> {
        let object = Object::at(Location::file(path));
        let relative = self.relative(path);
        // By its name a glob target rules out only what cannot have led to other names.
        let is_leaf = coverage.reason() == Some(Reason::SpecialFile) || self.is_at_depth_limit();
        if is_leaf && self.glob.as_ref().is_some_and(|glob| !glob.matcher.is_match(relative)) {
            return None;
        }
        let excluded = self.selection.excludes(&object, relative);
        Some(Listed::Gap(object, if excluded { Coverage::Skipped(Reason::Excluded) } else { coverage }))
    }
}

impl Iterator for Walk {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        if !self.started {
            self.started = true;
            let root = self.root.clone();
            let is_link = fs::symlink_metadata(&root).is_ok_and(|metadata| metadata.is_symlink());
            if let Some(listed) = self.visit(&root, is_link) {
                return Some(listed);
            }
        }
        loop {
            let level = self.levels.last_mut()?;
            if let Some(entry) = level.entries.next() {
                let path = level.directory.join(&entry.name);
                if let Some(listed) = self.visit(&path, entry.is_link) {
                    return Some(listed);
                }
            } else if let Some(reason) = level.failure.take() {
                let directory = level.directory.clone();
                return self.gap(&directory, Coverage::Failed(reason));
            } else {
                self.levels.pop();
            }
        }
    }
}

/// Whether something is mounted at a directory on another device. Subvolumes of Btrfs have devices of their own and come and go
/// without being mounted; where the system does not tell them apart, they count as mounted.
#[cfg(target_os = "linux")]
fn is_mounted(directory: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let root = StatxAttributes::MOUNT_ROOT;
    let told = statx(CWD, directory, AtFlags::empty(), StatxFlags::BASIC_STATS);
    told.map_or(true, |told| !told.stx_attributes_mask.contains(root) || told.stx_attributes.contains(root))
}

#[cfg(not(target_os = "linux"))]
fn is_mounted(_: &Path) -> bool {
    true
}

fn missing_reason(error: &io::Error, is_link: bool) -> Reason {
    match reason(error) {
        Reason::NotFound if is_link => Reason::DanglingLink,
        reason => reason,
    }
}

/// The entries of a directory, and why they are not all, if they are not.
fn read_directory(path: &Path) -> io::Result<(Vec<Entry>, Option<Reason>)> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
            Ok(found) => found,
            Err(error) => return Ok((entries, Some(reason(&error)))),
        };
        let is_link = kind.is_symlink();
        let is_directory = kind.is_dir() || (is_link && fs::metadata(entry.path()).is_ok_and(|target| target.is_dir()));
        entries.push(Entry { name: entry.file_name(), is_directory, is_link });
    }
    Ok((entries, None))
}
