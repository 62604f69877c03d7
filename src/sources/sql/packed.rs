//! Rows as a server sent them, value behind value. The task that talks to the server copies each value once and does nothing else
//! with it; the worker puts them into columns, one column after the other.

use super::cells::{Cells, Described};
use super::feed::Run;
use crate::model::{Reason, RowBatch};
use std::ops::Range;
use std::sync::Arc;

/// In the place of the end of a value that is NULL; a row has a gibibyte at most.
const NULL: u32 = 1 << 31;

/// Rows whose values are put into one column after the other: few enough to stay in the nearest cache.
const ROWS_AT_ONCE: usize = 64;

/// Bytes before the values of a row, and before each of them, where rows are as PostgreSQL sends them: how many values there are,
/// and how long each is.
const SENT: (usize, usize) = (2, 4);

/// How a server writes the values of a table.
pub(super) trait Written: Send + Sync {
    /// Whether the values of a column are written as what they are: text.
    fn is_text(&self, column: usize) -> bool;

    /// Puts a value of the row in the making into its column.
    fn read(&self, column: usize, written: &[u8], cells: &mut Cells);
}

/// A run of rows.
pub(super) struct PackedRows {
    described: Arc<Described>,
    written: Arc<dyn Written>,
    first_record: u64,
    rows: u32,
    bytes: Vec<u8>,
    /// Bytes before the values of a row, and before each of them.
    heads: (usize, usize),
    /// Where each value ends, row by row; those of a row in the making too. Not known yet of rows as they were sent.
    ends: Vec<u32>,
}

impl PackedRows {
    /// None yet.
    pub(super) fn new(described: Described, written: Arc<dyn Written>) -> Self {
        let (described, bytes, ends) = (Arc::new(described), Vec::new(), Vec::new());
        Self { described, written, first_record: 0, rows: 0, bytes, heads: (0, 0), ends }
    }

    /// The next value of the row in the making; `None` is NULL.
    pub(super) fn push(&mut self, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.bytes.extend_from_slice(value);
        }
        let end = self.bytes.len() as u32;
        self.ends.push(if value.is_some() { end } else { end | NULL });
    }

    /// Ends the row, whatever is missing of it.
    pub(super) fn end_row(&mut self) {
        self.rows += 1;
        let values = self.rows as usize * self.described.columns.len();
        self.ends.resize(values, self.bytes.len() as u32 | NULL);
    }

    /// Takes rows as they were sent, all of a run.
    pub(super) fn take(&mut self, rows: u32, sent: Vec<u8>) {
        (self.rows, self.bytes, self.heads) = (rows, sent, SENT);
    }

    /// Looks for the values of rows as they were sent; `false` where they are not as they should be, and only the rows before are kept.
    fn find_values(&mut self) -> bool {
        self.ends.reserve(self.rows as usize * self.described.columns.len());
        let mut place = 0;
        for row in 0..self.rows {
            match self.end_of_row(place) {
                Some(end) => place = end,
                None => {
                    self.rows = row;
                    return false;
                }
            }
        }
        place == self.bytes.len()
    }

    /// Notes where the values of a row end that begins at this place, and says where it ends itself.
    fn end_of_row(&mut self, start: usize) -> Option<usize> {
        let mut place = start + SENT.0;
        for _ in 0..self.described.columns.len() {
            let length = i32::from_be_bytes(*self.bytes.get(place..)?.first_chunk()?);
            place += SENT.1;
            // NULL has a length below zero.
            match usize::try_from(length) {
                Ok(length) => {
                    place += length;
                    self.ends.push(place as u32);
                }
                Err(_) => self.ends.push(place as u32 | NULL),
            }
        }
        (place <= self.bytes.len()).then_some(place)
    }

    /// Where the bytes of a value are; `None` where it is NULL.
    fn value(&self, row: u32, column: usize) -> Option<Range<usize>> {
        let place = row as usize * self.described.columns.len() + column;
        let end = self.ends[place];
        if end & NULL != 0 {
            return None;
        }
        let before = if place == 0 { 0 } else { (self.ends[place - 1] & !NULL) as usize };
        let head = if column == 0 { self.heads.0 } else { 0 };
        Some(before + head + self.heads.1..end as usize)
    }
}

impl Run for PackedRows {
    fn rows(&self) -> u32 {
        self.rows
    }

    fn held_bytes(&self) -> u64 {
        (self.bytes.len() + self.ends.len()) as u64
    }

    fn following(&self) -> Self {
        // Rows are alike, so the next run hardly ever moves for want of room.
        let with_margin = |length: usize| length + length / 8;
        let is_full = self.held_bytes() >= RowBatch::TARGET_BYTES as u64;
        let room = |length: usize| if is_full { with_margin(length.min(RowBatch::TARGET_BYTES)) } else { 0 };
        Self {
            described: self.described.clone(),
            written: self.written.clone(),
            first_record: self.first_record + u64::from(self.rows),
            rows: 0,
            bytes: Vec::with_capacity(if self.heads == SENT { 0 } else { room(self.bytes.len()) }),
            heads: (0, 0),
            ends: Vec::with_capacity(room(self.ends.len())),
        }
    }

    fn into_rows(mut self: Box<Self>) -> (RowBatch, Option<Reason>) {
        let mut cells = Cells::new(self.described.clone(), self.first_record);
        if self.heads == SENT && !self.find_values() {
            cells.falls_short(Reason::MalformedRecords);
        }
        let columns = self.described.columns.len();
        let mut sizes = vec![(0, 0); columns];
        for (row, column) in (0..self.rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            if let Some(value) = self.value(row, column) {
                sizes[column].0 += 1;
                sizes[column].1 += value.len();
            }
        }
        for (column, (values, bytes)) in sizes.into_iter().enumerate() {
            if self.written.is_text(column) {
                cells.reserve(column, values, bytes);
            }
        }
        for first in (0..self.rows).step_by(ROWS_AT_ONCE) {
            let rows = first..self.rows.min(first + ROWS_AT_ONCE as u32);
            for column in 0..columns {
                let values = rows.clone().filter_map(|row| Some((row, self.value(row, column)?)));
                if self.written.is_text(column) {
                    cells.texts(column, &self.bytes, values);
                    continue;
                }
                for (row, value) in values {
                    cells.go_to(row);
                    self.written.read(column, &self.bytes[value], &mut cells);
                }
            }
        }
        cells.end_rows(self.rows);
        Box::new(cells).into_rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ColumnKind, Records, RowColumn};

    /// The second column is bytes.
    struct Halves;

    impl Written for Halves {
        fn is_text(&self, column: usize) -> bool {
            column == 0
        }

        fn read(&self, column: usize, written: &[u8], cells: &mut Cells) {
            cells.bytes(column, written);
        }
    }

    fn packed(rows: &[&[Option<&[u8]>]]) -> PackedRows {
        let column = |name: &str| RowColumn { name: name.into(), kind: ColumnKind::Text, comment: None };
        let described = Described { columns: vec![column("text"), column("bytes")], about: None };
        let mut packed = PackedRows::new(described, Arc::new(Halves));
        for row in rows {
            row.iter().for_each(|value| packed.push(*value));
            packed.end_row();
        }
        packed
    }

    /// Row by row: how many values there are, and of each its length and its bytes.
    fn sent(rows: &[&[Option<&[u8]>]]) -> Vec<u8> {
        let mut sent = Vec::new();
        for row in rows {
            sent.extend((row.len() as u16).to_be_bytes());
            for value in *row {
                sent.extend(value.map_or(-1, |value| value.len() as i32).to_be_bytes());
                sent.extend(value.unwrap_or_default());
            }
        }
        sent
    }

    #[test]
    fn rows_as_they_were_sent_are_the_same_rows() {
        let long = vec![0; 100];
        let rows: &[&[Option<&[u8]>]] =
            &[&[None, Some(b"a")], &[Some(b"one"), None], &[Some(b""), Some(&long)], &[None, None]];
        let mut taken = packed(&[]);
        taken.take(4, sent(rows));
        let next = taken.following();
        assert_eq!((next.first_record, next.rows()), (4, 0));
        let (one, other) = (Box::new(taken).into_rows(), Box::new(packed(rows)).into_rows());
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
        let mut short = packed(&[]);
        let bytes = sent(rows);
        short.take(4, bytes[..bytes.len() - 20].to_vec());
        let (short, shortfall) = Box::new(short).into_rows();
        assert_eq!((short.batch.record_count, shortfall), (2, Some(Reason::MalformedRecords)));
    }

    #[test]
    fn values_come_to_their_column_and_row() {
        let long = vec![0; 100];
        let packed = packed(&[
            &[None, Some(b"a")],
            &[Some(b"one"), None],
            &[],
            &[Some(b""), Some(&long)],
            &[Some(b"two"), Some(&[0, 1])],
        ]);
        let next = packed.following();
        assert_eq!((next.first_record, next.rows()), (5, 0));
        let (rows, shortfall) = Box::new(packed).into_rows();
        assert_eq!((rows.batch.record_count, shortfall), (5, None));
        let values = |column: usize| {
            let column = &rows.batch.columns[column];
            let Records::Mapped(records) = &column.records else { panic!("rows are mapped") };
            let text = |place| String::from_utf8(column.value(place).to_vec()).unwrap();
            records.iter().enumerate().map(|(place, record)| (*record, text(place))).collect::<Vec<_>>()
        };
        assert_eq!(values(0), [(1, "one".to_owned()), (3, String::new()), (4, "two".to_owned())]);
        assert_eq!(values(1), [(0, "a".to_owned()), (4, "0001".to_owned())]);
        assert_eq!((rows.binary[0].record, rows.binary[0].column, rows.binary.len()), (3, 1, 1));
        assert_eq!(rows.batch.source_bytes, 4 + 1 + 4 + 2 + 5 + 100, "as if they had come one by one");
    }
}
