//! Which files of the input are labelled, and how: lines of labelled texts, or a table with its truth beside it.
//!
//! Looks at names and at a first line, judges nothing.

use super::EvaluateError;
use super::text::{MAX_LINE_BYTES, is_labelled_text};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A labelled file.
pub(super) enum Labelled {
    /// One labelled text a line.
    Texts(PathBuf),
    /// A table and what its fields hold.
    Table {
        /// The table.
        table: PathBuf,
        /// Its truth file.
        truth: PathBuf,
    },
}

const TRUTH_SUFFIX: &str = ".truth.json";

/// The labelled files of a path, sorted. Files of a folder that have no labels are counted; a file that was named must have some.
pub(super) fn labelled(path: &Path, ignored: &mut u64) -> Result<Vec<Labelled>, EvaluateError> {
    let failed = |source| EvaluateError::Read { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return match kind(path, true)? {
            Some(labelled) => Ok(vec![labelled]),
            None => Err(EvaluateError::Unlabelled { path: path.to_owned() }),
        };
    }
    let mut files = Vec::new();
    collect(path, &mut files)?;
    files.sort();
    let mut found = Vec::new();
    for file in files {
        match kind(&file, false)? {
            Some(labelled) => found.push(labelled),
            None if is_truth(&file) => {}
            None => *ignored += 1,
        }
    }
    Ok(found)
}

/// Links are not followed: a folder may contain itself.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), EvaluateError> {
    let failed = |source| EvaluateError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_truth(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TRUTH_SUFFIX))
}

/// `patients.csv.truth.json`, else `patients.truth.json`.
fn truth_beside(path: &Path) -> Option<PathBuf> {
    let beside = |stem: &std::ffi::OsStr| {
        let mut name = stem.to_owned();
        name.push(TRUTH_SUFFIX);
        Some(path.with_file_name(name)).filter(|truth| truth.is_file())
    };
    path.file_name().and_then(beside).or_else(|| path.file_stem().and_then(beside))
}

fn kind(path: &Path, is_named: bool) -> Result<Option<Labelled>, EvaluateError> {
    if is_truth(path) {
        return Ok(None);
    }
    if let Some(truth) = truth_beside(path) {
        return Ok(Some(Labelled::Table { table: path.to_owned(), truth }));
    }
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if extension != "jsonl" && extension != "ndjson" {
        return Ok(None);
    }
    let is_text = is_named || begins_with_text(path)?;
    Ok(is_text.then(|| Labelled::Texts(path.to_owned())))
}

/// Whether the first line that is not blank is a labelled text, or at least no other JSON object.
fn begins_with_text(path: &Path) -> Result<bool, EvaluateError> {
    let failed = |source| EvaluateError::Read { path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            return Ok(false);
        }
        if !line.trim_ascii().is_empty() {
            return Ok(is_labelled_text(&line));
        }
    }
}
