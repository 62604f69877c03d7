//! Reads a code set from a file of the user: an `fst` map as the built-in ones, or text with one code a line.
//!
//! Knows nothing of which set it is or who asks it.

use super::{Codes, Replacement};
use fst::Map;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a code set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeSetError {
    /// The folder or a file in it could not be read.
    #[error("cannot read code sets from {path}", path = path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The folder has no set that is known.
    #[error("no code set in {folder}; name a file as a set of `phinder detectors code-sets`: icd10cm.fst or icd10cm.txt",
            folder = folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is named for no set.
    #[error("{path} replaces no code set; `phinder detectors code-sets` lists their names", path = path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// A set stands there twice.
    #[error("{path} names a code set that another file of the folder has too; keep one of them", path = path.display())]
    Twice {
        /// The second file.
        path: PathBuf,
    },
    /// A line is no code.
    #[error("{path}:{line}: this is no code; write one a line, letters, digits and a dot, and a tab before anything else",
            path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
    },
    /// The file has no code at all.
    #[error("{path} holds no code", path = path.display())]
    NoCodes {
        /// The file.
        path: PathBuf,
    },
    /// A binary set is damaged or something else.
    #[error("{path} is no code set; build it with `cargo run --example build_code_set`, or give it as text (.txt)",
            path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: fst::Error,
    },
    /// Codes have been looked up before, in other sets.
    #[error("the code sets of {folder} come too late: others are in use", folder = folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
}

/// The files of `folder` that are code sets, with the place that `known` gives to their names. Sorted by name.
pub(super) fn sets_in(
    folder: &Path,
    known: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<(usize, PathBuf)>, CodeSetError> {
    let failed = |source| CodeSetError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "fst" || ending == "txt") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut sets: Vec<(usize, PathBuf)> = Vec::new();
    for path in paths {
        let place = path.file_stem().and_then(|stem| known(&stem.to_string_lossy()));
        let Some(place) = place else { return Err(CodeSetError::Unknown { path }) };
        if sets.iter().any(|(other, _)| *other == place) {
            return Err(CodeSetError::Twice { path });
        }
        sets.push((place, path));
    }
    if sets.is_empty() {
        return Err(CodeSetError::Empty { folder: folder.to_owned() });
    }
    Ok(sets)
}

/// Reads one set.
pub(super) fn read(path: &Path) -> Result<Replacement, CodeSetError> {
    let bytes = std::fs::read(path).map_err(|source| CodeSetError::Read { path: path.to_owned(), source })?;
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let (codes, version, date) = if path.extension().is_some_and(|ending| ending == "fst") {
        let damaged = |source| CodeSetError::Damaged { path: path.to_owned(), source };
        let codes = Map::new(Cow::Owned(bytes)).map_err(damaged)?;
        codes.as_fst().verify().map_err(damaged)?;
        (codes, None, None)
    } else {
        let text = String::from_utf8_lossy(&bytes);
        (from_text(&text, path)?, remark(&text, "version"), remark(&text, "date"))
    };
    if codes.is_empty() {
        return Err(CodeSetError::NoCodes { path: path.to_owned() });
    }
    Ok(Replacement { codes, path: path.to_owned(), version, date, digest })
}

/// One code a line, with or without dot; after a tab its number or `valid`. Where none has a number, a code that other codes begin
/// with is a category (0), every other one is 1. `#` begins a remark.
fn from_text(text: &str, path: &Path) -> Result<Codes, CodeSetError> {
    let mut codes: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut has_kinds = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim_end();
        if line.is_empty() || line.starts_with('#') || line.starts_with("code\t") {
            continue;
        }
        let mut columns = line.split('\t').map(str::trim);
        let written = columns.next().unwrap_or_default();
        let code: Vec<u8> =
            written.bytes().filter(|byte| *byte != b'.').map(|byte| byte.to_ascii_uppercase()).collect();
        if code.is_empty() || !code.iter().all(u8::is_ascii_alphanumeric) {
            return Err(CodeSetError::Line { path: path.to_owned(), line: number + 1 });
        }
        let kind = columns.next().map(|kind| if kind == "valid" { 1 } else { kind.parse().unwrap_or(0) });
        has_kinds |= kind.is_some();
        *codes.entry(code).or_default() |= kind.unwrap_or(1);
    }
    if !has_kinds {
        let plain: Vec<Vec<u8>> = codes.keys().cloned().collect();
        for pair in plain.windows(2).filter(|pair| pair[1].starts_with(&pair[0])) {
            codes.insert(pair[0].clone(), 0);
        }
    }
    let built = Map::from_iter(codes).and_then(|map| Map::new(Cow::Owned(map.into_fst().into_inner())));
    built.map_err(|source| CodeSetError::Damaged { path: path.to_owned(), source })
}

/// What a remark `# version: ...` says.
fn remark(text: &str, key: &str) -> Option<String> {
    let remarks = text.lines().take_while(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let mut values = remarks.filter_map(|remark| remark.strip_prefix(key)?.strip_prefix(':'));
    values.next().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn code_sets_are_read_from_plain_text() {
        let (_folder, path) = file("icd10cm.txt", b"# version: FY2031\n# date: 2030-10-01\nE11\nE11.9\r\nz99.9\n");
        let set = read(&path).unwrap();
        assert_eq!((set.version.as_deref(), set.date.as_deref()), (Some("FY2031"), Some("2030-10-01")));
        let got: Vec<_> = ["E11", "E119", "Z999", "E10"].map(|code| set.codes.get(code)).into();
        assert_eq!(got, [Some(0), Some(1), Some(1), None]);
    }

    #[test]
    fn code_sets_keep_the_kinds_that_a_text_states() {
        let (_folder, path) = file("icd9cm.txt", b"250.00\t1\n00.01\t2\n0001\t1\n");
        let set = read(&path).unwrap();
        assert_eq!(set.codes.get("25000"), Some(1));
        assert_eq!(set.codes.get("0001"), Some(3));
    }

    #[test]
    fn code_sets_that_are_wrong_say_where_and_never_what() {
        let (_folder, path) = file("hcpcs.txt", b"J1815\nnot a code\n");
        let message = read(&path).err().unwrap().to_string();
        assert!(message.contains("hcpcs.txt:2: ") && !message.contains("not a code"), "{message}");
        let (_folder, path) = file("hcpcs.fst", b"J1815\n");
        assert!(matches!(read(&path), Err(CodeSetError::Damaged { .. })));
        let (_folder, path) = file("hcpcs.txt", b"# nothing\n");
        assert!(matches!(read(&path), Err(CodeSetError::NoCodes { .. })));
    }

    #[test]
    fn code_sets_have_to_be_known_and_single() {
        let known = |id: &str| (id == "hcpcs").then_some(0);
        let (folder, path) = file("hcpcs.txt", b"J1815\n");
        assert_eq!(sets_in(folder.path(), known).unwrap(), [(0, path)]);
        std::fs::write(folder.path().join("hcpcs.fst"), b"").unwrap();
        assert!(matches!(sets_in(folder.path(), known), Err(CodeSetError::Twice { .. })));
        let (folder, _) = file("icd11.txt", b"1A00\n");
        assert!(matches!(sets_in(folder.path(), known), Err(CodeSetError::Unknown { .. })));
        let (folder, _) = file("README.md", b"");
        assert!(matches!(sets_in(folder.path(), known), Err(CodeSetError::Empty { .. })));
    }
}
