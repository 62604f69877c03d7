//! Measures how well the detectors do on labelled texts and tables: right, wrong and missed finds per detector and level of
//! confidence.
//!
//! Everything goes through the same decoders, engine and classifier as in a scan. What is told of a mistake is its
//! place and a masked sample, never the value. Knows nothing of how figures are shown.

mod counts;
mod examine;
pub mod explain;
mod records;
mod table;
mod text;
mod walk;

pub use counts::{Counts, LEVELS, Levels, Measure};
pub use examine::{Examined, Examiner};
pub use records::RecordCounts;

use crate::model::{Confidence, Mask, ReadError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Longest id that an error repeats.
const MAX_ID_BYTES: usize = 64;

/// Why labelled input could not be judged. No text holds content of the input.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file or directory could not be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A table could not be decoded completely.
    #[error("cannot examine {path}", path = path.display())]
    Decode {
        /// The table.
        path: PathBuf,
        /// Why not.
        source: ReadError,
    },
    /// A line is no labelled text, or a truth file is none.
    #[error("{path}:{line}: {message}", path = path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A file that was named has no labels.
    #[error("{path} has no labels: put {name}.truth.json beside it, or write one JSON object a line with `text` and `spans`",
        path = path.display(), name = path.file_name().unwrap_or_default().display())]
    Unlabelled {
        /// The file.
        path: PathBuf,
    },
    /// Nothing is labelled in all of the input.
    #[error("nothing is labelled in the input ({ignored} files without labels)")]
    NothingLabelled {
        /// Files that were seen and have no labels.
        ignored: u64,
    },
}

/// A wrong or missed find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// Id of the detector.
    pub detector: String,
    /// `true` for a miss, `false` for a wrong find.
    pub is_miss: bool,
    /// The masked value; empty where a whole field was missed.
    pub sample: String,
}

/// Where a mistake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the text on a line of the file, at these bytes of the text.
    Text {
        /// 1-based line of the file.
        line: u64,
        /// First byte in the text.
        start: usize,
        /// Byte behind the last one.
        end: usize,
    },
    /// In a field of a table.
    Field {
        /// The field path, masked where it holds identifiers.
        field: String,
        /// Values in which the detector found something.
        found: u64,
        /// Values that are not empty.
        values: u64,
    },
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Per detector, by id.
    pub detectors: BTreeMap<String, Levels>,
    /// The decision per record, of the tables whose truth tells it.
    pub records: RecordCounts,
    /// Wrong and missed finds at the level asked for, in the order of the input.
    pub mistakes: Vec<Mistake>,
    /// Texts that were judged.
    pub texts: u64,
    /// Tables that were judged.
    pub tables: u64,
    /// Fields of tables that were judged.
    pub fields: u64,
    /// Files of folders that have no labels.
    pub ignored: u64,
    /// Fields that a truth file names and that hold no value in its table, as `FILE: FIELD`.
    pub absent: Vec<String>,
}

impl Report {
    /// The counts of all detectors together (micro average).
    pub fn totals(&self) -> Levels {
        let mut totals = Levels::default();
        self.detectors.values().for_each(|levels| totals.add(levels));
        totals
    }
}

/// Judges labelled input.
pub struct Evaluator<'a> {
    examiner: &'a Examiner,
    /// Whether labels of detectors that are not in force are left out instead of counted as missed.
    is_narrowed: bool,
    /// The level at which mistakes are listed.
    level: Confidence,
    /// Ids that labels may name although their detectors are not in force.
    known: BTreeSet<String>,
    report: Report,
}

impl<'a> Evaluator<'a> {
    /// `is_narrowed` says that detectors were left out on purpose: their labels are then not judged.
    pub fn new(examiner: &'a Examiner, is_narrowed: bool, level: Confidence) -> Self {
        Self { examiner, is_narrowed, level, known: BTreeSet::new(), report: Report::default() }
    }

    /// The same, with labels of these detectors too, which are not in force. Any other is a mistake of whoever labelled.
    #[must_use]
    pub fn knowing(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.known.extend(ids);
        self
    }

    /// The first of these ids that is none of a detector, as an error says it.
    fn unknown<'i>(&self, mut ids: impl Iterator<Item = &'i String>) -> Option<(&'i String, String)> {
        let id = ids.find(|id| !self.known.contains(*id) && self.mask(id).is_none())?;
        // Anything else may be content that slipped.
        let is_id = id.len() <= MAX_ID_BYTES
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let name = if is_id { format!("`{id}`") } else { "of a name that no id has".to_owned() };
        Some((id, format!("there is no detector {name}; `phinder detectors list` shows all")))
    }

    /// Judges a file or a folder of files.
    pub fn add(&mut self, path: &Path) -> Result<(), EvaluateError> {
        for labelled in walk::labelled(path, &mut self.report.ignored)? {
            match labelled {
                walk::Labelled::Texts(path) => self.texts(&path)?,
                walk::Labelled::Table { table, truth } => self.table(&table, &truth)?,
            }
        }
        Ok(())
    }

    /// The counts, or an error if nothing was labelled.
    pub fn finish(self) -> Result<Report, EvaluateError> {
        if self.report.texts == 0 && self.report.tables == 0 {
            return Err(EvaluateError::NothingLabelled { ignored: self.report.ignored });
        }
        Ok(self.report)
    }

    fn is_judged(&self, detector: &str, only: Option<&[String]>) -> bool {
        let is_asked = only.is_none_or(|only| only.iter().any(|id| id == detector));
        is_asked && (!self.is_narrowed || self.mask(detector).is_some())
    }

    /// How values of a detector are masked; `None` for one that is not in force.
    fn mask(&self, detector: &str) -> Option<Mask> {
        let mut detectors = self.examiner.engine().detectors().iter();
        detectors.find(|known| &*known.id == detector).map(|known| known.mask)
    }

    fn masked(&self, detector: &str, value: &[u8]) -> String {
        self.mask(detector).unwrap_or(Mask::Full).apply(value)
    }

    fn counts(&mut self, detector: &str, level: Confidence) -> &mut Counts {
        self.report.detectors.entry(detector.to_owned()).or_default().at_mut(level)
    }
}
