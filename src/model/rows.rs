//! Rows of a database table as a source hands them over: nothing has to be decoded but what single cells hold.
//!
//! A reader blocks its worker as a stream of bytes does. It knows nothing of what values mean.

use super::{Batch, Column, ColumnKind, Content, Location, ReadError, Reason, Records, SEPARATOR, Sample};
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// An opened object: undecoded bytes, or rows.
pub enum SourceContent {
    /// To be unpacked and decoded.
    Bytes(Content),
    /// Rows of a table.
    Rows(Box<dyn RowReader>),
}

/// What is known of a table besides what its rows hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// How the rows that were read were chosen; `None` where nothing can be said.
    pub sample: Option<Sample>,
    /// The keys that lead to other tables.
    pub keys: Vec<ForeignKey>,
}

/// Columns of a table whose values are keys of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Their names.
    pub columns: Vec<String>,
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
    pub const TARGET_BYTES: usize = 1 << 20;
    /// Bytes that are no text hold a document only if they are more than these.
    const SHORT_BYTES: usize = 64;
    /// Most texts are no longer: so many bytes are copied without a call, and what is too much is cut off.
    const SHORT_TEXT: usize = 16;

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

    /// Makes room for as many values as another run of the same columns has, and some more.
    pub fn reserve_like(&mut self, other: &Self) {
        let with_margin = |length: usize| length + length / 8;
        for (column, other) in other.batch.columns.iter().enumerate() {
            self.reserve(column, with_margin(other.ends.len()), with_margin(other.bytes.len()));
        }
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

    /// Bytes of the row in the making. What is a line of text is taken as one, whatever its encoding; a number, a digest or a
    /// UUID in bytes is shown as databases show it.
    pub fn push_binary(&mut self, column: usize, mut bytes: Vec<u8>) {
        bytes.truncate(length_without_padding(&bytes));
        let text = std::str::from_utf8(&bytes).ok();
        if text.is_some_and(|text| !text.contains(char::is_control)) {
            return self.push_text(column, &bytes);
        }
        let is_text = text.is_some_and(|text| !text.contains(is_odd));
        if bytes.len() <= Self::SHORT_BYTES && !is_text {
            match other_text(&bytes) {
                Some(text) if !text.contains(char::is_control) => return self.push_text(column, text.as_bytes()),
                // Lines are a document, which is decoded like a longer one.
                Some(_) => {}
                None => {
                    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    return self.push_text(column, digits.as_bytes());
                }
            }
        }
        self.held_bytes += bytes.len();
        self.binary.push(BinaryCell { column, record: self.batch.record_count, bytes });
    }

    /// Makes room for so many values of a column, which have so many bytes together.
    pub fn reserve(&mut self, column: usize, values: usize, bytes: usize) {
        if let Some(column) = self.batch.columns.get_mut(column) {
            column.bytes.reserve(bytes + values + Self::SHORT_TEXT);
            column.ends.reserve(values);
            if let Records::Mapped(records) = &mut column.records {
                records.reserve(values);
            }
        }
    }

    /// Texts of a column, each by its record and its place in `bytes`, of rows that are ended together.
    pub fn push_texts(&mut self, column: usize, bytes: &[u8], texts: impl Iterator<Item = (u32, Range<usize>)>) {
        let Some(column) = self.batch.columns.get_mut(column) else { return };
        let Records::Mapped(records) = &mut column.records else { return };
        for (record, text) in texts {
            self.held_bytes += text.len() + 1;
            let end = column.bytes.len() + text.len();
            match bytes[text.start..].first_chunk::<{ Self::SHORT_TEXT }>() {
                Some(short) if text.len() <= Self::SHORT_TEXT => {
                    column.bytes.extend_from_slice(short);
                    column.bytes.truncate(end);
                }
                _ => column.bytes.extend_from_slice(&bytes[text]),
            }
            column.ends.push(end as u32);
            column.bytes.push(SEPARATOR);
            records.push(record);
        }
    }

    /// Makes this record the one in the making: rows that are ended together may be filled column by column.
    pub fn go_to(&mut self, record: u32) {
        self.batch.record_count = record;
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.end_rows(self.batch.record_count + 1);
    }

    /// Ends so many rows together, all that there are.
    pub fn end_rows(&mut self, count: u32) {
        self.batch.record_count = count;
        self.batch.source_bytes = self.held_bytes as u64;
    }

    /// Whether it is large enough to be handed over.
    pub fn is_full(&self) -> bool {
        self.held_bytes >= Self::TARGET_BYTES
    }
}

/// No character of a text.
fn is_odd(character: char) -> bool {
    character.is_control() && !character.is_ascii_whitespace()
}

/// The length of a text without the zeros with which a column of a fixed size fills it up; of other bytes, all of it. A number
/// can look like a few characters and zeros, too.
fn length_without_padding(bytes: &[u8]) -> usize {
    const LEAST_BYTES: usize = 4;
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let text = &bytes[..end];
    let is_text =
        || std::str::from_utf8(text).map_or_else(|_| other_text(text).is_some(), |text| !text.contains(is_odd));
    if end >= LEAST_BYTES && is_text() { end } else { bytes.len() }
}

/// Short bytes as text of an encoding that is not UTF-8, told more strictly than that of a file: a UUID or a digest passes for
/// Windows-1252 too easily. Two in three are to be letters, digits and blanks of ASCII, and the others none that text never has.
fn other_text(bytes: &[u8]) -> Option<String> {
    if let Some(text) = utf16_text(bytes) {
        return Some(text);
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let plain = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric() || **byte == b' ').count();
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let is_text = foreign > 0 && plain >= 2 * foreign && plain * 3 >= bytes.len() * 2 && !text.contains(is_odd);
    is_text.then(|| text.into_owned())
}

/// The same for UTF-16 whose letters are those of Latin-1, so that every other byte is zero; a mark may stand before them.
fn utf16_text(bytes: &[u8]) -> Option<String> {
    const LEAST_BYTES: usize = 8;
    let (bytes, encoding) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (rest, UTF_16BE),
        [0xFF, 0xFE, rest @ ..] => (rest, UTF_16LE),
        [0, ..] => (bytes, UTF_16BE),
        _ => (bytes, UTF_16LE),
    };
    if bytes.len() < LEAST_BYTES || bytes.len() % 2 == 1 {
        return None;
    }
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (!text.contains(|c: char| is_odd(c) || c > '\u{ff}')).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of bytes in a cell; `None` where they are decoded like a file.
    fn shown(bytes: &[u8]) -> Option<String> {
        let mut rows = RowBatch::default();
        rows.start(&[RowColumn { name: "cell".into(), kind: ColumnKind::Text, comment: None }], 0);
        rows.push_binary(0, bytes.to_vec());
        let column = &rows.batch.columns[0];
        (!column.is_empty()).then(|| String::from_utf8(column.value(0).to_vec()).unwrap())
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn short_bytes_that_are_text_in_any_encoding_are_read_as_text() {
        assert_eq!(shown(b"SSN 219-09-9998 caf\xe9").as_deref(), Some("SSN 219-09-9998 caf\u{e9}"));
        assert_eq!(
            shown(b"Jos\xe9 Nu\xf1ez \x96 MRN 00482913").as_deref(),
            Some("Jos\u{e9} Nu\u{f1}ez \u{2013} MRN 00482913")
        );
        assert_eq!(shown("Zo\u{eb} 219-09-9998".as_bytes()).as_deref(), Some("Zo\u{eb} 219-09-9998"));
        assert_eq!(shown(&utf16("SSN 219-09-9998")).as_deref(), Some("SSN 219-09-9998"));
        assert_eq!(shown(&utf16("\u{feff}Jos\u{e9}")).as_deref(), Some("Jos\u{e9}"));
        let big: Vec<u8> = utf16("SSN 219-09-9998").chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(shown(&big).as_deref(), Some("SSN 219-09-9998"));
        assert_eq!(shown(b"SSN 219-09-9998\ncaf\xe9"), None, "lines are decoded");
        for text in ["SSN 219-09-9998", "E119"] {
            let padded = [text.as_bytes(), &[0; 20]].concat();
            assert_eq!(shown(&padded).as_deref(), Some(text), "a column of a fixed size");
        }
        assert_eq!(shown(b"SSN 219-09-9998 caf\xe9\0\0").as_deref(), Some("SSN 219-09-9998 caf\u{e9}"));
        assert_eq!(shown(b"SSN 219-09-9998\nE11.9\0\0"), None);
    }

    #[test]
    fn digests_and_numbers_stay_as_they_are() {
        let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut numbers: Vec<Vec<u8>> = vec![
            vec![0; 16],
            vec![0, 0, 0, 0, 13, 15, 94, 158],
            219_099_998_u64.to_le_bytes().to_vec(),
            vec![0xFF; 8],
            b"7\0\0\0".to_vec(),
        ];
        numbers.push([1_u16, 2, 3, 4, 5].map(u16::to_le_bytes).concat());
        numbers.push(1.5_f64.to_be_bytes().to_vec());
        for number in numbers {
            assert_eq!(shown(&number), Some(hexadecimal(&number)));
        }
        // Bytes as a digest has them: of 2,000 UUIDs hardly any is taken for text.
        let mut state = 1_u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let misread = (0..2_000).filter(|_| {
            let uuid: Vec<u8> = (0..16).map(|_| byte()).collect();
            shown(&uuid) != Some(hexadecimal(&uuid))
        });
        assert!(misread.count() <= 4);
    }
}
