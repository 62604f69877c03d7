//! Rows of a database as a decoder: texts are columns already; documents in cells become fields below their column.
//!
//! A cell that is JSON is read like a JSON document, a cell of bytes like a file: unpacked, recognised, decoded. All of
//! its records belong to the row. It knows nothing of databases.

use crate::decoders::{self, Decoder, Limits};
use crate::model::{Batch, Column, ColumnKind, Content, ReadError, Reason, Records, RowBatch, RowReader, Sample};
use crate::unpack;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Reads rows as batches.
pub(super) struct RowDecoder {
    reader: Box<dyn RowReader>,
    unpack: unpack::Limits,
    decode: Limits,
    bytes: Arc<AtomicU64>,
    rows: RowBatch,
    cell: Batch,
    shortfall: Option<Reason>,
}

impl RowDecoder {
    /// `bytes` counts what was read.
    pub(super) fn new(
        reader: Box<dyn RowReader>,
        (unpack, decode): (unpack::Limits, Limits),
        bytes: Arc<AtomicU64>,
    ) -> Self {
        let (rows, cell) = (RowBatch::default(), Batch::default());
        Self { reader, unpack, decode, bytes, rows, cell, shortfall: None }
    }

    /// A cell as if it were a file of its own; nothing of a cell that cannot be read gets into `fields`.
    fn decode_cell(&mut self, place: Place<'_>, bytes: Bytes, fields: &mut Fields) -> Result<(), ReadError> {
        let content = unpack::open(Content::from_bytes(bytes), &self.unpack)?.content;
        let mut decoder = decoders::open(content, "", &self.decode)?;
        let mut parts = decoder.parts();
        if parts.is_empty() {
            parts.push(decoder);
        }
        for mut part in parts {
            while part.next_batch(&mut self.cell)? {
                fields.add(place, &self.cell);
            }
            if let Some(reason) = part.shortfall() {
                return Err(ReadError::new(reason, "a value was not decoded completely"));
            }
        }
        Ok(())
    }

    /// Moves the cells that are JSON documents out of the texts.
    fn expand_documents(&mut self, batch: &mut Batch, fields: &mut Fields) {
        for index in 0..batch.columns.len() {
            let column = &mut batch.columns[index];
            if !(0..column.len()).any(|value| is_document(column.value(value))) {
                continue;
            }
            let Records::Mapped(records) = std::mem::take(&mut column.records) else { continue };
            let path = column.path.clone();
            let mut kept =
                Column { records: Records::Mapped(Vec::new()), ..Column::new(path, column.kind, column.ordinal) };
            kept.comment = column.comment.clone();
            let mut kept_records = Vec::new();
            let texts = std::mem::take(column);
            for (value, record) in records.iter().enumerate() {
                let text = texts.value(value);
                let place = Place {
                    column: &texts.path,
                    comment: texts.comment.as_ref(),
                    ordinal: texts.ordinal,
                    record: *record,
                };
                if is_document(text) && self.decode_cell(place, Bytes::copy_from_slice(text), fields).is_ok() {
                    continue;
                }
                kept.push(text);
                kept_records.push(*record);
            }
            kept.records = Records::Mapped(kept_records);
            batch.columns[index] = kept;
        }
    }

    fn expand_binary(&mut self, columns: &[Column], fields: &mut Fields) {
        for cell in std::mem::take(&mut self.rows.binary) {
            let Some(column) = columns.get(cell.column) else { continue };
            let (column, comment, ordinal) = (&column.path, column.comment.as_ref(), column.ordinal);
            let place = Place { column, comment, ordinal, record: cell.record };
            if let Err(error) = self.decode_cell(place, Bytes::from(cell.bytes), fields) {
                self.shortfall = Some(self.shortfall.map_or(error.reason, |reason| reason.min(error.reason)));
            }
        }
    }
}

impl Decoder for RowDecoder {
    fn format(&self) -> &'static str {
        self.reader.format()
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        if !self.reader.next_rows(&mut self.rows)? {
            batch.clear();
            return Ok(false);
        }
        self.bytes.fetch_add(self.rows.batch.source_bytes, Ordering::Relaxed);
        // The reader makes its columns anew; the binary values have a place in them only.
        *batch = std::mem::take(&mut self.rows.batch);
        let mut fields = Fields::default();
        self.expand_documents(batch, &mut fields);
        self.expand_binary(&batch.columns, &mut fields);
        batch.columns.extend(fields.columns);
        Ok(true)
    }

    fn shortfall(&self) -> Option<Reason> {
        match (self.shortfall, self.reader.shortfall()) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        }
    }

    fn sample(&self) -> Option<Sample> {
        self.reader.sample()
    }
}

/// The cell that is being decoded.
#[derive(Clone, Copy)]
struct Place<'a> {
    column: &'a Arc<str>,
    comment: Option<&'a Arc<str>>,
    ordinal: u32,
    record: u32,
}

/// Columns for what stands inside cells, below the columns of the table.
#[derive(Default)]
struct Fields {
    columns: Vec<Column>,
    by_path: HashMap<(u32, Arc<str>), usize>,
}

impl Fields {
    /// Every value of a decoded cell, in the row of the cell.
    fn add(&mut self, place: Place<'_>, cell: &Batch) {
        for column in &cell.columns {
            match &column.records {
                Records::Dictionary { keys, .. } => {
                    for key in keys {
                        self.value(place, column, *key as usize);
                    }
                }
                _ => {
                    for value in 0..column.len() {
                        self.value(place, column, value);
                    }
                }
            }
        }
    }

    fn value(&mut self, place: Place<'_>, column: &Column, value: usize) {
        let (path, kind) = (&*column.path, column.kind);
        // What the catalogue says of a column is said of each element of a list, and of no field that has a name of its own.
        let comment = place.comment.filter(|_| path.bytes().all(|byte| matches!(byte, b'[' | b']')));
        let comment = comment.or(column.comment.as_ref());
        let path: Arc<str> = match path {
            "" => format!("{}[]", place.column).into(),
            path if path.starts_with('[') => format!("{}{path}", place.column).into(),
            path => format!("{}.{path}", place.column).into(),
        };
        let index = *self.by_path.entry((place.ordinal, path.clone())).or_insert_with(|| {
            // Lines of a text in a cell stand in a named field.
            let kind = if kind == ColumnKind::Lines { ColumnKind::Text } else { kind };
            let records = Records::Mapped(Vec::new());
            self.columns.push(Column { records, comment: comment.cloned(), ..Column::new(path, kind, place.ordinal) });
            self.columns.len() - 1
        });
        let field = &mut self.columns[index];
        field.push(column.value(value));
        if let Records::Mapped(records) = &mut field.records {
            records.push(place.record);
        }
    }
}

/// An object or an array of JSON; a text that only looks like one stays a text.
fn is_document(text: &[u8]) -> bool {
    let trimmed = text.trim_ascii();
    matches!((trimmed.first(), trimmed.last()), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
        && serde_json::from_slice::<serde::de::IgnoredAny>(trimmed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ForeignKey, RowColumn};

    /// Two rows: a plain one, and one whose cells hold documents.
    struct TwoRows(bool);

    impl RowReader for TwoRows {
        fn format(&self) -> &'static str {
            "sqlite"
        }

        fn next_rows(&mut self, rows: &mut RowBatch) -> Result<bool, ReadError> {
            let column = |name: &str| RowColumn { name: name.into(), kind: ColumnKind::Text, comment: None };
            rows.start(&[column("note"), column("scan")], 0);
            rows.push_text(0, b"{not json}");
            rows.push_binary(1, b"plain".to_vec());
            rows.end_row();
            rows.push_text(0, br#"{"patient": {"names": ["Ada", "Eve"]}}"#);
            rows.push_binary(1, b"mrn,city\n1,Rome\n2,Oslo\n3,Bern\n".to_vec());
            rows.end_row();
            rows.push_binary(1, vec![0, 1, 2]);
            rows.end_row();
            rows.push_binary(1, vec![0; 300]);
            rows.end_row();
            Ok(!std::mem::replace(&mut self.0, true))
        }

        fn shortfall(&self) -> Option<Reason> {
            None
        }

        fn foreign_keys(&self) -> Vec<ForeignKey> {
            Vec::new()
        }

        fn sample(&self) -> Option<Sample> {
            None
        }
    }

    #[test]
    fn documents_in_cells_become_fields_of_their_row() {
        let limits = (unpack::Limits::default(), Limits::default());
        let mut decoder = RowDecoder::new(Box::new(TwoRows(false)), limits, Arc::default());
        let mut batch = Batch::default();
        assert!(decoder.next_batch(&mut batch).unwrap());
        let values = |path: &str| {
            let column = batch.columns.iter().find(|column| &*column.path == path).unwrap();
            let Records::Mapped(records) = &column.records else { panic!("rows are mapped") };
            let text = |value| String::from_utf8(column.value(value).to_vec()).unwrap();
            records.iter().enumerate().map(|(value, record)| (*record, text(value))).collect::<Vec<_>>()
        };
        assert_eq!(values("note"), [(0, "{not json}".to_owned())]);
        assert_eq!(values("note.patient.names[]"), [(1, "Ada".to_owned()), (1, "Eve".to_owned())]);
        assert_eq!(values("scan"), [(0, "plain".to_owned()), (2, "000102".to_owned())]);
        assert_eq!(values("scan.city"), ["Rome", "Oslo", "Bern"].map(|city| (1, city.to_owned())));
        assert!(!decoder.next_batch(&mut batch).unwrap());
        assert_eq!(decoder.shortfall(), Some(Reason::Binary), "bytes that nothing reads are no silence");
    }
}
