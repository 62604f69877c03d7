//! Rows of a database table as a source hands them over: nothing has to be decoded but what single cells hold.
//!
//! A reader blocks its worker as a stream of bytes does. It knows nothing of what values mean.

use super::{Batch, Column, ColumnKind, Content, Location, ReadError, Reason, Records, Sample};
use std::sync::Arc;

/// An opened object: undecoded bytes, or rows.
pub enum SourceContent {
    /// To be unpacked and decoded.
    Bytes(Content),
    /// Rows of a table.
    Rows(Box<dyn RowReader>),
}

/// Columns of a table whose values are keys of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Their names.
    pub columns: Vec<Arc<str>>,
    /// The other table, as it is listed.
    pub references: Location,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowColumn {
    /// Its name.
    pub name: Arc<str>,
    /// What its values are.
    pub kind: ColumnKind,
    /// What the database's catalogue says of it.
    pub comment: Option<Arc<str>>,
}

/// Rows in runs, pulled by a worker.
pub trait RowReader: Send {
    /// Name of the format for outputs: `sqlite`, `postgres`, `mysql`.
    fn format(&self) -> &'static str;

    /// Replaces the contents of `rows` by the next rows; `false` at the end. An error comes after everything before it.
    fn next_rows(&mut self, rows: &mut RowBatch) -> Result<bool, ReadError>;

    /// What was lost although reading went on. To be asked at the end.
    fn shortfall(&self) -> Option<Reason>;

    /// The keys of the table that lead to other tables.
    fn foreign_keys(&self) -> Vec<ForeignKey>;

    /// How the rows were chosen. To be asked at the end; `None` where nothing can be said.
    fn sample(&self) -> Option<Sample>;
}

/// A value that is bytes and not text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryCell {
    /// Index of its column.
    pub column: usize,
    /// Record of the batch.
    pub record: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A run of rows: text in columns, and the binary values beside them.
#[derive(Debug, Clone, Default)]
pub struct RowBatch {
    /// The texts. Its columns are those of the table, in their order.
    pub batch: Batch,
    /// The values that are no text, column by column within a row.
    pub binary: Vec<BinaryCell>,
    held_bytes: usize,
}

impl RowBatch {
    /// Size at which a reader hands a run over.
    const TARGET_BYTES: usize = 1 << 20;
    /// Bytes that are no text hold a document only if they are more than these.
    const SHORT_BYTES: usize = 64;

    /// Makes it ready for the rows that follow `first_record` others, in the given columns.
    pub fn start(&mut self, columns: &[RowColumn], first_record: u64) {
        if self.batch.columns.len() != columns.len() {
            let column = |(index, column): (usize, &RowColumn)| Column {
                records: Records::Mapped(Vec::new()),
                comment: column.comment.clone(),
                ..Column::new(column.name.clone(), column.kind, index as u32 + 1)
            };
            self.batch.columns = columns.iter().enumerate().map(column).collect();
        }
        self.batch.clear();
        self.batch.first_record = first_record;
        self.binary.clear();
        self.held_bytes = 0;
    }

    /// A text of the row in the making. NULL is not pushed.
    pub fn push_text(&mut self, column: usize, value: &[u8]) {
        let record = self.batch.record_count;
        if let Some(column) = self.batch.columns.get_mut(column) {
            column.push(value);
            if let Records::Mapped(records) = &mut column.records {
                records.push(record);
            }
            self.held_bytes += value.len() + 1;
        }
    }

    /// Bytes of the row in the making. What is a line of text is taken as one; a number, a digest or a UUID in bytes is
    /// shown as databases show it.
    pub fn push_binary(&mut self, column: usize, bytes: Vec<u8>) {
        let text = std::str::from_utf8(&bytes).ok();
        if text.is_some_and(|text| !text.contains(char::is_control)) {
            return self.push_text(column, &bytes);
        }
        let is_text = text.is_some_and(|text| !text.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()));
        if bytes.len() <= Self::SHORT_BYTES && !is_text {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            return self.push_text(column, digits.as_bytes());
        }
        self.held_bytes += bytes.len();
        self.binary.push(BinaryCell { column, record: self.batch.record_count, bytes });
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.batch.record_count += 1;
        self.batch.source_bytes = self.held_bytes as u64;
    }

    /// Whether it is large enough to be handed over.
    pub fn is_full(&self) -> bool {
        self.held_bytes >= Self::TARGET_BYTES
    }
}
