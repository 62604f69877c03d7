//! Values on their way into columns: a run of rows of a table, and what was lost of it.

use super::feed::Run;
use crate::model::{Reason, RowBatch, RowColumn};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of one value that are read. The rest of it is not, and the coverage says so.
pub(super) const MAX_VALUE_BYTES: usize = 8 << 20;

/// What is known of a table before any of its rows.
pub(super) struct Described {
    pub(super) columns: Vec<RowColumn>,
    /// The comment of the table.
    pub(super) about: Option<Arc<str>>,
}

/// A run of rows in columns.
pub(super) struct Cells {
    described: Arc<Described>,
    rows: RowBatch,
    shortfall: Option<Reason>,
}

impl Cells {
    /// None yet, of the rows that follow `first_record` others.
    pub(super) fn new(described: Arc<Described>, first_record: u64) -> Self {
        let mut rows = RowBatch::default();
        rows.start(&described.columns, first_record);
        rows.batch.about = described.about.clone();
        Self { described, rows, shortfall: None }
    }

    /// A text of the row in the making.
    pub(super) fn text(&mut self, column: usize, value: &[u8]) {
        let value = self.within_limit(value);
        self.rows.push_text(column, value);
    }

    /// Bytes of the row in the making.
    pub(super) fn bytes(&mut self, column: usize, value: &[u8]) {
        let value = self.within_limit(value).to_vec();
        self.rows.push_binary(column, value);
    }

    /// Makes room for so many values of a column, which have so many bytes together.
    pub(super) fn reserve(&mut self, column: usize, values: usize, bytes: usize) {
        self.rows.reserve(column, values, bytes);
    }

    /// Texts of a column, each by its row and its place in `bytes`.
    pub(super) fn texts(&mut self, column: usize, bytes: &[u8], values: impl Iterator<Item = (u32, Range<usize>)>) {
        if bytes.len() <= MAX_VALUE_BYTES {
            return self.rows.push_texts(column, bytes, values);
        }
        for (row, value) in values {
            let value = value.start..value.start + self.within_limit(&bytes[value]).len();
            self.rows.push_texts(column, bytes, std::iter::once((row, value)));
        }
    }

    /// Makes this row of the run the one in the making.
    pub(super) fn go_to(&mut self, row: u32) {
        self.rows.go_to(row);
    }

    pub(super) fn end_row(&mut self) {
        self.rows.end_row();
    }

    /// Ends so many rows, all that there are.
    pub(super) fn end_rows(&mut self, count: u32) {
        self.rows.end_rows(count);
    }

    fn within_limit<'a>(&mut self, value: &'a [u8]) -> &'a [u8] {
        if value.len() > MAX_VALUE_BYTES {
            self.falls_short(Reason::MemoryLimit);
            return &value[..MAX_VALUE_BYTES];
        }
        value
    }

    /// Something was lost.
    pub(super) fn falls_short(&mut self, reason: Reason) {
        self.shortfall = Some(self.shortfall.map_or(reason, |known| known.min(reason)));
    }
}

impl Run for Cells {
    fn rows(&self) -> u32 {
        self.rows.batch.record_count
    }

    fn held_bytes(&self) -> u64 {
        self.rows.batch.source_bytes
    }

    fn following(&self) -> Self {
        let mut next = Self::new(self.described.clone(), self.rows.batch.first_record + u64::from(self.rows()));
        // Values of a column are alike, so the next run of rows hardly ever moves for want of room.
        if self.rows.is_full() {
            next.rows.reserve_like(&self.rows);
        }
        next
    }

    fn into_rows(self: Box<Self>) -> (RowBatch, Option<Reason>) {
        (self.rows, self.shortfall)
    }
}
