//! The detectors of a scan: the built-in ones, and a user's own, of which an equal id replaces a built-in one.

use super::spec::DetectorSpec;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/built_in_detectors.rs"));

/// Why detectors could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file or directory could not be read.
    #[error("cannot read detectors from {path}")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not a detector.
    #[error("{file}:{line}: {message}")]
    Parse {
        /// The file.
        file: String,
        /// 1-based line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A directory given by the user holds no detector.
    #[error("no detector (*.toml) in {path}")]
    Empty {
        /// The directory.
        path: PathBuf,
    },
}

/// One detector with the file it came from.
#[derive(Debug, Clone)]
pub struct Entry {
    /// File name for messages.
    pub file: String,
    /// What it says.
    pub spec: DetectorSpec,
    /// It comes with phinder, whose tests have compiled its patterns.
    pub is_built_in: bool,
}

/// The detectors in force, in a fixed order.
#[derive(Debug, Clone)]
pub struct Catalogue {
    entries: Vec<Entry>,
    digest: Sha256,
}

impl Catalogue {
    /// The detectors that come with phinder, by id.
    pub fn built_in() -> Result<Self, CatalogueError> {
        let mut catalogue = Self { entries: Vec::new(), digest: Sha256::new() };
        for (file, text) in BUILT_IN {
            catalogue.insert(file, text, true)?;
        }
        Ok(catalogue)
    }

    /// Adds every `*.toml` of a directory tree, or one file. Sorted by path, so that the result does not depend on the
    /// file system.
    pub fn add_path(&mut self, path: &Path) -> Result<(), CatalogueError> {
        let mut files = Vec::new();
        collect(path, &mut files)?;
        if files.is_empty() {
            return Err(CatalogueError::Empty { path: path.to_owned() });
        }
        files.sort();
        for file in files {
            let text =
                std::fs::read_to_string(&file).map_err(|source| CatalogueError::Read { path: file.clone(), source })?;
            self.add(&file.display().to_string(), &text)?;
        }
        Ok(())
    }

    /// Adds one detector; an equal id is replaced in its place.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CatalogueError> {
        self.insert(file, text, false)
    }

    fn insert(&mut self, file: &str, text: &str, is_built_in: bool) -> Result<(), CatalogueError> {
        let spec = parse(file, text)?;
        self.digest.update(text.as_bytes());
        let entry = Entry { file: file.to_owned(), spec, is_built_in };
        match self.entries.binary_search_by(|other| other.spec.id.cmp(&entry.spec.id)) {
            Ok(place) => self.entries[place] = entry,
            Err(place) => self.entries.insert(place, entry),
        }
        Ok(())
    }

    /// Says what else the detectors find things by: the version changes with it.
    pub fn depend_on(&mut self, digest: &[u8]) {
        self.digest.update(digest);
    }

    /// All of them, by id.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Keeps the detectors that `wanted` says.
    pub fn retain(&mut self, wanted: impl Fn(&DetectorSpec) -> bool) {
        self.entries.retain(|entry| wanted(&entry.spec));
        for entry in &self.entries {
            self.digest.update(entry.spec.id.as_bytes());
        }
    }

    /// Changes what the detectors say, to see what becomes of their finds without some of it. The version stays the one of
    /// what was loaded.
    pub fn change(&mut self, change: impl Fn(&mut DetectorSpec)) {
        self.entries.iter_mut().for_each(|entry| {
            change(&mut entry.spec);
            entry.is_built_in = false;
        });
    }

    /// A short digest of everything loaded: equal versions find the same things.
    pub fn version(&self) -> String {
        let digest = self.digest.clone().finalize();
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn parse(file: &str, text: &str) -> Result<DetectorSpec, CatalogueError> {
    toml::from_str::<DetectorSpec>(text).map_err(|error| CatalogueError::Parse {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1),
        message: error.message().to_owned(),
    })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CatalogueError> {
    let failed = |source| CatalogueError::Read { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let inner = entry.map_err(failed)?.path();
        if inner.is_dir() {
            collect(&inner, files)?;
        } else if inner.extension().is_some_and(|extension| extension == "toml") {
            files.push(inner);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let text = "id = \"x\"\nname = \"X\"\nclas = \"identifier\"\n";
        let error = Catalogue::built_in().unwrap().add("own.toml", text).unwrap_err().to_string();
        assert!(error.starts_with("own.toml:3: unknown field `clas`"), "{error}");
    }

    #[test]
    fn the_same_id_replaces_the_built_in_detector() {
        let mut catalogue = Catalogue::built_in().unwrap();
        let (count, version) = (catalogue.entries().len(), catalogue.version());
        let (file, text) = BUILT_IN[0];
        catalogue.add(file, &text.replace("name = \"", "name = \"Our ")).unwrap();
        assert_eq!(catalogue.entries().len(), count);
        assert_ne!(catalogue.version(), version);
    }
}
