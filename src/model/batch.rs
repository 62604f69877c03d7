//! Decoded data, column by column: what a decoder fills and the engine scans.
//!
//! A column is contiguous bytes plus offsets (Arrow's layout with one separator byte after each value), so that one
//! pass of multi-pattern search covers a whole column and a match is mapped back to its value by offset.

use std::sync::Arc;

/// Stands after every value in [`Column::bytes`]. It is no letter and no digit, so no token runs across values.
pub const SEPARATOR: u8 = b'\n';

/// What the values of a column are, as far as the format says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColumnKind {
    /// Lines of free text. The path is empty and says nothing about the values.
    #[default]
    Lines,
    /// A named or positional field whose values are text.
    Text,
    /// A field of numbers written as decimal text: leading zeros are lost.
    Number,
    /// A field of dates or timestamps, written in ISO 8601.
    Temporal,
}

/// Which records the values of a column belong to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Records {
    /// Value `i` belongs to record `i` of the batch.
    #[default]
    Identity,
    /// Value `i` belongs to record `self[i]` of the batch; ascending, repeats and gaps allowed.
    Mapped(Vec<u32>),
    /// The values are distinct ones of a dictionary; occurrence `j` is value `keys[j]` in record `records[j]`.
    Dictionary {
        /// Index of the value, one per occurrence.
        keys: Vec<u32>,
        /// Record of the batch, one per occurrence, ascending.
        records: Vec<u32>,
    },
}

/// The values of one field path in one batch.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// The field path, array indices collapsed: `ssn`, `patient.telecom[].value`; empty for lines of text.
    pub path: Arc<str>,
    /// What the values are.
    pub kind: ColumnKind,
    /// What the source says of the column beside its name: the comment of a database's catalogue.
    pub comment: Option<Arc<str>>,
    /// 1-based place of the column in a delimited table; 0 where columns have no order.
    pub ordinal: u32,
    /// All values, each followed by [`SEPARATOR`]. A value may itself contain that byte.
    pub bytes: Vec<u8>,
    /// Value `i` is `bytes[ends[i-1]+1 .. ends[i]]` (from 0 for the first): `ends[i]` is where its separator stands.
    pub ends: Vec<u32>,
    /// Which records they belong to.
    pub records: Records,
    /// Matches that start in this many first bytes belong to the batch before (they are here as context only).
    pub context_before_bytes: u32,
    /// Matches that start in this many last bytes belong to the next batch (they are here as context only).
    pub context_after_bytes: u32,
}

impl Column {
    /// An empty column.
    pub fn new(path: impl Into<Arc<str>>, kind: ColumnKind, ordinal: u32) -> Self {
        Self { path: path.into(), kind, ordinal, ..Self::default() }
    }

    /// Number of values (distinct ones for a dictionary).
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a value with its separator.
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.end_value();
    }

    /// Ends the value whose bytes were appended to `bytes` since the last one.
    pub fn end_value(&mut self) {
        self.ends.push(self.bytes.len() as u32);
        self.bytes.push(SEPARATOR);
    }

    /// Byte range of value `index`, separator excluded.
    pub fn range(&self, index: usize) -> std::ops::Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 };
        start..self.ends[index] as usize
    }

    /// The byte range of each value, in order.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            std::mem::replace(&mut start, end + 1)..end
        })
    }

    /// The bytes of value `index`.
    pub fn value(&self, index: usize) -> &[u8] {
        &self.bytes[self.range(index)]
    }

    /// Empties it, and keeps path, kind and the allocations.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        match &mut self.records {
            Records::Identity => {}
            Records::Mapped(records) => records.clear(),
            Records::Dictionary { keys, records } => {
                keys.clear();
                records.clear();
            }
        }
        self.context_before_bytes = 0;
        self.context_after_bytes = 0;
    }
}

/// A run of consecutive records of one object. Its borders depend on the content alone, never on how the bytes
/// arrived, so that the same input gives the same batches.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// 0-based number of its first record within the object.
    pub first_record: u64,
    /// How many records it holds.
    pub record_count: u32,
    /// 1-based line on which each record starts; empty where the format has no lines.
    pub record_lines: Vec<u64>,
    /// The columns. No two have the same path and ordinal.
    pub columns: Vec<Column>,
    /// What the source says of the records altogether: the comment of a table in a database's catalogue.
    pub about: Option<Arc<str>>,
    /// Undecoded or decompressed bytes that it stands for, for progress.
    pub source_bytes: u64,
}

impl Batch {
    /// Empties it for the next fill; columns keep path, kind and allocations.
    pub fn clear(&mut self) {
        self.first_record = 0;
        self.record_count = 0;
        self.record_lines.clear();
        self.source_bytes = 0;
        for column in &mut self.columns {
            column.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_pushed() {
        let mut column = Column::new("a", ColumnKind::Text, 1);
        for value in [&b"one"[..], b"", b"two\nlines"] {
            column.push(value);
        }
        assert_eq!(column.len(), 3);
        assert_eq!(column.value(0), b"one");
        assert_eq!(column.value(1), b"");
        assert_eq!(column.value(2), b"two\nlines");
        assert!(column.ranges().eq((0..3).map(|index| column.range(index))));
        column.clear();
        assert!(column.is_empty());
        assert_eq!(&*column.path, "a");
    }
}
