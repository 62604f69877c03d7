//! Exact match: finds the organisation's own identifiers, of which it knows nothing but keyed tags.
//!
//! An index is built from a table of patients and holds a 64-bit tag for each normal form (`normalise`). A scan tags what it
//! reads in the same way and looks the tag up. Without the key a tag cannot be made, so the file tells nothing of the
//! values; docs/exact-match.md says what a holder of both can do.

mod build;
mod file;
mod key;
pub mod normalise;
mod tags;

pub use build::{ExactBuilder, infer_kind};
pub use file::{ExactSummary, MAGIC, summarise};
pub use key::ExactKey;
pub use normalise::{NORMALISATION, Refusal};

use crate::model::Confidence;
use normalise::{MAX_WRITTEN, MIN_SIGNIFICANT, NormalId, identifier, separator_bit};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tags::{Filter, Tags};

/// Most parts that an identifier is joined from; a UUID has five.
const MAX_PARTS: usize = 6;
/// A random number of its length is indexed less often than this: it is found with high confidence.
const RARE: f64 = 5e-4;
/// The same for medium confidence.
const UNUSUAL: f64 = 2e-2;

/// What an indexed column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExactKind {
    /// Identifiers of one person each: found wherever they stand.
    Id,
    /// Dates, such as birth dates: they only confirm what was found otherwise.
    Date,
    /// Names: they only confirm what was found otherwise.
    Name,
}

impl ExactKind {
    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Date => "date",
            Self::Name => "name",
        }
    }
}

/// Values that are not indexed, by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// No letter and no digit.
    pub empty: u64,
    /// Too few letters and digits.
    pub short: u64,
    /// Too long.
    pub long: u64,
    /// Not the form of the kind.
    pub form: u64,
    /// Stand-ins for no value.
    pub placeholder: u64,
    /// Occurrences of values that occur far more often than others.
    pub frequent: u64,
}

impl LeftOut {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.empty + self.short + self.long + self.form + self.placeholder + self.frequent
    }
}

/// What identifiers of a column look like: enough to turn away most tokens before anything is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    /// By length, how many have digits only; empty where none has.
    digit_lengths: Vec<u64>,
    /// Bit by length of those with a letter.
    letter_lengths: u64,
    /// Bit by length of the tokens with which those with a letter may begin.
    letter_openings: u64,
    /// Separators that may stand between the digits of those that have digits only.
    separators: u8,
}

/// One column of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExactColumn {
    /// As it is named in the table that the index was built from.
    pub name: String,
    /// What it holds.
    pub kind: ExactKind,
    /// Distinct normal forms.
    pub entries: u64,
    /// Values that were read.
    pub values: u64,
    /// Those of them that are not indexed.
    pub left_out: LeftOut,
    shape: Shape,
}

impl ExactColumn {
    /// By length of numbers that are indexed: the share of all numbers of that length that they are.
    pub fn chances(&self) -> impl Iterator<Item = (usize, f64)> {
        // Numbers of a length begin with one of nine digits.
        let share = |(length, count): (usize, &u64)| (length, *count as f64 / (9.0 * 10f64.powi(length as i32 - 1)));
        self.shape.digit_lengths.iter().enumerate().skip(1).filter(|(_, count)| **count > 0).map(share)
    }
}

/// Why an index cannot be used. No text holds a value.
#[derive(Debug, thiserror::Error)]
pub enum ExactError {
    /// The file could not be read.
    #[error("cannot read the index {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{path} is no index that this version of phinder reads; `phinder exact build` makes one", path = path.display())]
    NoIndex {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged or was changed.
    #[error("the index {path} cannot be used: {problem}; build it again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// It was built by a version with other normal forms.
    #[error(
        "the index {path} has normal forms of version {found}, this phinder reads version {NORMALISATION}; build it again",
        path = path.display()
    )]
    Normalisation {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u16,
    },
    /// It was built with another key.
    #[error("the index {path} was built with another key; name the right one with --key-file or --key-secret", path = path.display())]
    WrongKey {
        /// The file.
        path: PathBuf,
    },
}

/// One index: tags by column.
pub struct ExactIndex {
    key: ExactKey,
    columns: Vec<ExactColumn>,
    tags: Vec<Tags>,
}

impl ExactIndex {
    /// The columns.
    pub fn columns(&self) -> &[ExactColumn] {
        &self.columns
    }
}

/// An identifier that is indexed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactFound {
    /// Where it ends.
    pub end: usize,
    /// Its column, as an index into [`ExactIndexes::columns`].
    pub column: usize,
    /// The share of random numbers of its length that are indexed; 0 for an identifier with a letter.
    pub chance: f64,
    /// What that makes of it where nothing around it speaks for it.
    pub confidence: Confidence,
}

/// Every index of a scan, looked up together.
pub struct ExactIndexes {
    key: ExactKey,
    columns: Vec<ExactColumn>,
    tags: Vec<Tags>,
    filter: Filter,
    /// By length of a token of digits, and of one with a letter: whether an identifier may begin with it.
    openings: [[bool; MAX_WRITTEN + 1]; 2],
    /// By length: the share of random numbers that are indexed.
    chances: [f64; normalise::MAX_SIGNIFICANT + 1],
    letter_lengths: u64,
    /// Separators that may stand between digits.
    separators: u8,
}

impl ExactIndexes {
    /// Joins indexes that were all read with `key`.
    pub fn new(key: ExactKey, indexes: Vec<ExactIndex>) -> Self {
        let (mut columns, mut tags) = (Vec::new(), Vec::new());
        for index in indexes {
            columns.extend(index.columns);
            tags.extend(index.tags);
        }
        let mut filter = Filter::with_capacity(tags.iter().map(|tags| tags.as_slice().len()).sum());
        tags.iter().flat_map(Tags::as_slice).for_each(|tag| filter.insert(*tag));
        let mut joined = Self {
            key,
            columns,
            tags,
            filter,
            openings: [[false; MAX_WRITTEN + 1]; 2],
            chances: [0.0; normalise::MAX_SIGNIFICANT + 1],
            letter_lengths: 0,
            separators: 0,
        };
        joined.learn_shapes();
        joined
    }

    fn learn_shapes(&mut self) {
        let mut letter_openings = 0;
        for column in self.columns.iter().filter(|column| column.kind == ExactKind::Id) {
            let shape = &column.shape;
            self.letter_lengths |= shape.letter_lengths;
            self.separators |= shape.separators;
            letter_openings |= shape.letter_openings;
            for (length, chance) in column.chances() {
                self.chances[length] += chance;
            }
        }
        let shortest = self.chances.iter().position(|chance| *chance > 0.0);
        for length in 1..=MAX_WRITTEN {
            // Leading zeros make a number of any length, and a separator parts it anywhere.
            let begins_number = shortest.is_some_and(|shortest| length >= shortest || self.separators != 0);
            // An identifier with a letter may begin with digits.
            let begins_other = letter_openings >> length & 1 == 1;
            self.openings[0][length] = begins_number || begins_other;
            self.openings[1][length] = begins_other;
        }
    }

    /// Whether an identifier may begin with a token of this length: a test without hashing, for every token (of letters
    /// too: `MR` of `MR-44-71920`). `has_letter` says whether a letter is in the token.
    #[inline]
    pub fn may_begin(&self, token_length: usize, has_letter: bool) -> bool {
        self.openings[usize::from(has_letter)].get(token_length).is_some_and(|may| *may)
    }

    /// The longest indexed identifier that begins at `start`, which is the start of a token, and ends before `limit`,
    /// the end of its value. Tokens that are joined by one separator count as one identifier.
    pub fn id_at(&self, bytes: &[u8], start: usize, limit: usize) -> Option<ExactFound> {
        let limit = limit.min(bytes.len());
        let mut ends = [(0, false); MAX_PARTS];
        let mut count = 0;
        let (mut at, mut has_letter, mut separators, mut significant) = (start, false, 0u8, 0);
        while count < MAX_PARTS {
            let token =
                bytes.get(at..limit)?.iter().take(MAX_WRITTEN + 1).take_while(|byte| byte.is_ascii_alphanumeric());
            let length = token.inspect(|byte| has_letter |= byte.is_ascii_alphabetic()).count();
            let end = at + length;
            let next = bytes[..limit].get(end).copied().unwrap_or(b'\n');
            // A letter outside ASCII belongs to the token.
            if length == 0 || next >= 0x80 || end - start > MAX_WRITTEN {
                break;
            }
            significant += length;
            // Most of what might be joined is turned away here, before it is normalised.
            let is_plausible = match has_letter {
                true => self.letter_lengths >> significant & 1 == 1,
                // Zeros in front and a fraction of zero do not count, so without them the length is that of the identifier.
                false => {
                    let may_be_shorter = bytes[start] == b'0' || separators & separator_bit(b'.') != 0;
                    let is_known = || self.chances.get(significant).is_some_and(|chance| *chance > 0.0);
                    separators & !self.separators == 0 && (may_be_shorter || is_known())
                }
            };
            ends[count] = (end, is_plausible);
            count += 1;
            let bit = separator_bit(next);
            if bit == 0 {
                break;
            }
            separators |= bit;
            at = end + 1;
        }
        let candidates = ends[..count].iter().rev().filter(|(_, is_plausible)| *is_plausible);
        candidates.filter_map(|(end, _)| self.found(bytes, start..*end, limit)).next()
    }

    fn found(&self, bytes: &[u8], range: std::ops::Range<usize>, limit: usize) -> Option<ExactFound> {
        if range.len() < MIN_SIGNIFICANT {
            return None;
        }
        let normal = identifier(&bytes[range.clone()]).ok()?;
        let (chance, confidence) = self.plausible(&normal)?;
        let tag = self.key.tag(ExactKind::Id, normal.as_bytes());
        if !self.filter.may_contain(tag) {
            return None;
        }
        let column = self.column_of(ExactKind::Id, tag)?;
        if !normal.has_letter && is_part_of_fraction(&bytes[..limit], &range) {
            return None;
        }
        Some(ExactFound { end: range.end, column, chance, confidence })
    }

    /// Whether any identifier has this shape, and how much finding one says.
    fn plausible(&self, normal: &NormalId) -> Option<(f64, Confidence)> {
        let length = normal.as_bytes().len();
        if normal.has_letter {
            return (self.letter_lengths >> length & 1 == 1).then_some((0.0, Confidence::High));
        }
        let chance = self.chances[length];
        let confidence = match chance {
            0.0 => return None,
            _ if chance < RARE => Confidence::High,
            _ if chance < UNUSUAL => Confidence::Medium,
            _ => Confidence::Low,
        };
        Some((chance, confidence))
    }

    fn column_of(&self, kind: ExactKind, tag: u64) -> Option<usize> {
        (0..self.columns.len()).find(|index| self.columns[*index].kind == kind && self.tags[*index].contains(tag))
    }

    /// Whether a value that was found otherwise is indexed: a date, or a name as a whole or by its last word, which
    /// is the family's. Dates and names alone are never findings.
    pub fn confirms(&self, kind: ExactKind, value: &[u8]) -> bool {
        let mut normal = Vec::new();
        if normalise::normalise(kind, value, &mut normal).is_err() {
            return false;
        }
        let is_indexed = |normal: &[u8]| {
            let tag = self.key.tag(kind, normal);
            self.filter.may_contain(tag) && self.column_of(kind, tag).is_some()
        };
        let last_word = normal.iter().rposition(|byte| *byte == b' ').filter(|_| kind == ExactKind::Name);
        is_indexed(&normal) || last_word.is_some_and(|space| is_indexed(&normal[space + 1..]))
    }

    /// The columns of all indexes.
    pub fn columns(&self) -> &[ExactColumn] {
        &self.columns
    }

    /// Memory that the look-up takes.
    pub fn bytes(&self) -> usize {
        self.filter.bytes() + self.tags.iter().map(Tags::bytes).sum::<usize>()
    }
}

/// Whether digits are one side of a decimal point: `0.4471920`, `4471920.55`; but not `4471920.0`, which is how a whole
/// number is written after it was a fraction, and not the end of a sentence.
fn is_part_of_fraction(bytes: &[u8], range: &std::ops::Range<usize>) -> bool {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let after_point = range.start >= 2 && bytes[range.start - 1] == b'.' && digit(range.start - 2);
    let before_point = bytes.get(range.end) == Some(&b'.') && digit(range.end + 1);
    let is_whole = bytes.get(range.end + 1) == Some(&b'0')
        && !bytes.get(range.end + 2).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'.');
    after_point || (before_point && !is_whole)
}

#[cfg(test)]
mod tests;
