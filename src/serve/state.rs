//! What the server remembers between its own starts: one small JSON file, replaced as a whole, and a lock beside it.

use super::timetable::Past;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "phinder-serve.json";
const LOCK: &str = "phinder-serve.lock";

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder or a file in it cannot be read or written.
    #[error("cannot use the state folder {folder}: {source}", folder = folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another server works there.
    #[error("another phinder serve uses the state folder {folder}; stop it, or set another folder as state in [serve]", folder = folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is damaged.
    #[error("cannot read {path}: {problem}; without it missed runs are not caught up: move it away to begin anew", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The folder, locked for one server.
#[derive(Debug)]
pub struct StateFolder {
    folder: PathBuf,
    /// The system lets go of it when the process dies.
    _lock: File,
}

impl StateFolder {
    /// Makes the folder if need be, and locks it.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let unusable = |source| StateError::Unusable { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::options().create(true).append(true).open(folder.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StateError::Busy { folder: folder.to_owned() }),
            Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// What was remembered of each job; nothing at first.
    pub(super) fn read(&self) -> Result<BTreeMap<String, Past>, StateError> {
        let path = self.folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(StateError::Unusable { folder: self.folder.clone(), source }),
        };
        serde_json::from_slice(&text).map_err(|error| StateError::Damaged { path, problem: error.to_string() })
    }

    /// Replaces what is remembered.
    pub(super) fn write(&self, jobs: &BTreeMap<String, Past>) -> io::Result<()> {
        let new = self.folder.join(format!("{FILE}.new"));
        let mut file = File::create(&new)?;
        serde_json::to_writer_pretty(&mut file, jobs)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, self.folder.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_and_damage_is_said() {
        let place = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(place.path()).unwrap();
        assert!(matches!(StateFolder::open(place.path()), Err(StateError::Busy { .. })));
        assert!(folder.read().unwrap().is_empty());
        let jobs = BTreeMap::from([("nightly".to_owned(), Past::known_since("2026-11-01T00:00:00Z".parse().unwrap()))]);
        folder.write(&jobs).unwrap();
        assert_eq!(folder.read().unwrap(), jobs);
        std::fs::write(place.path().join(FILE), "{\"nightly\":").unwrap();
        assert!(matches!(folder.read(), Err(StateError::Damaged { .. })));
        drop(folder);
        StateFolder::open(place.path()).unwrap();
    }
}
