//! Values in encodings other than PLAIN and dictionary, and booleans, decoded by the `parquet` crate from the value bytes of a page.

use super::texts::{Texts, is_bytes};
use super::values::Format;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{AsBytes, DataType};
use parquet::errors::Result;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};
use std::sync::Arc;

/// How many values are decoded at once before they are written as text.
const STEP: usize = 4096;

/// Writes `count` values as text. The levels are dealt with already: to the reader the column has none.
pub fn decode(leaf: &ColumnDescPtr, values: (Encoding, Bytes), count: usize, format: Format) -> Result<Texts> {
    let (encoding, buf) = values;
    let page = Page::DataPage {
        buf,
        num_values: count as u32,
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let flat = Arc::new(ColumnDescriptor::new(leaf.self_type_ptr(), 0, 0, leaf.path().clone()));
    let is_bytes = is_bytes(leaf);
    let mut texts = Texts::new();
    let sink = |raw: &[u8]| texts.push(raw, format, is_bytes);
    match get_column_reader(flat, Box::new(OnePage(Some(page)))) {
        ColumnReader::BoolColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::Int32ColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::Int64ColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::Int96ColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::FloatColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::DoubleColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::ByteArrayColumnReader(reader) => read(reader, count, sink)?,
        ColumnReader::FixedLenByteArrayColumnReader(reader) => read(reader, count, sink)?,
    }
    Ok(texts)
}

fn read<T: DataType>(mut reader: ColumnReaderImpl<T>, count: usize, mut sink: impl FnMut(&[u8])) -> Result<()> {
    let mut left = count;
    let mut values = Vec::new();
    while left > 0 {
        values.clear();
        let (records, _, _) = reader.read_records(left.min(STEP), None, None, &mut values)?;
        if records == 0 {
            break;
        }
        left -= records.min(left);
        values.iter().for_each(|value| sink(value.as_bytes()));
    }
    Ok(())
}

/// A column chunk of one page.
struct OnePage(Option<Page>);

impl Iterator for OnePage {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageReader for OnePage {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        Ok(self.0.take())
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        Ok(None)
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0 = None;
        Ok(())
    }
}
