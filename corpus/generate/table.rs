//! Writes Parquet files from columns in memory: snappy, dictionaries where they pay, every column optional.
//!
//! Knows nothing of what the columns mean. An empty text is written as null.

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::io::Write;
use std::sync::Arc;

/// The values of one column of one row group.
pub enum Values {
    /// UTF-8 text.
    Text(Vec<ByteArray>),
    /// 64-bit integers.
    Integer(Vec<i64>),
    /// 64-bit floating point numbers.
    Decimal(Vec<f64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
}

impl Values {
    /// Text from strings.
    pub fn text<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Text(values.into_iter().map(|value| ByteArray::from(value.as_ref())).collect())
    }

    fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::Text(_) => ("binary", " (STRING)"),
            Self::Integer(_) => ("int64", ""),
            Self::Decimal(_) => ("double", ""),
            Self::Date(_) => ("int32", " (DATE)"),
        }
    }
}

/// A Parquet file that grows by row groups of the same columns.
pub struct TableWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// Starts a file with the names and types of `columns`; their values are not written yet.
    pub fn new(sink: W, columns: &[(&str, Values)]) -> Result<Self> {
        let mut message = String::from("message schema {\n");
        for (name, values) in columns {
            let (physical, logical) = values.kind();
            message.push_str(&format!("  optional {physical} {name}{logical};\n"));
        }
        message.push('}');
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("synthetic sample".to_owned())
            .build();
        let schema = Arc::new(parse_message_type(&message)?);
        Ok(Self { writer: SerializedFileWriter::new(sink, schema, Arc::new(properties))? })
    }

    /// Writes one row group.
    pub fn write(&mut self, columns: &[(&str, Values)]) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for (_, values) in columns {
            write_column(&mut group, values)?;
        }
        group.close()?;
        Ok(())
    }

    /// Bytes of the file so far.
    pub fn bytes_written(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    /// Writes the footer.
    pub fn finish(self) -> Result<()> {
        self.writer.close()?;
        Ok(())
    }
}

fn write_column<W: Write + Send>(group: &mut SerializedRowGroupWriter<'_, W>, values: &Values) -> Result<()> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    match values {
        Values::Text(texts) => {
            let levels: Vec<i16> = texts.iter().map(|text| i16::from(!text.is_empty())).collect();
            let writer = column.typed::<ByteArrayType>();
            if levels.contains(&0) {
                let present: Vec<_> = texts.iter().filter(|text| !text.is_empty()).cloned().collect();
                writer.write_batch(&present, Some(&levels), None)?;
            } else {
                writer.write_batch(texts, Some(&levels), None)?;
            }
        }
        Values::Integer(numbers) => {
            column.typed::<Int64Type>().write_batch(numbers, Some(&vec![1; numbers.len()]), None)?;
        }
        Values::Decimal(numbers) => {
            column.typed::<DoubleType>().write_batch(numbers, Some(&vec![1; numbers.len()]), None)?;
        }
        Values::Date(days) => {
            column.typed::<Int32Type>().write_batch(days, Some(&vec![1; days.len()]), None)?;
        }
    }
    column.close()
}

/// A whole file of one row group, in memory.
pub fn file(columns: &[(&str, Values)]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(&mut bytes, columns)?;
    writer.write(columns)?;
    writer.finish()?;
    Ok(bytes)
}

/// Days from 1970-01-01 to a date written `YYYY-MM-DD`.
pub fn days(date: &str) -> i32 {
    let part = |range: std::ops::Range<usize>| date.get(range).and_then(|text| text.parse::<i32>().ok()).unwrap_or(1);
    let (year, month, day) = (part(0..4), part(5..7), part(8..10));
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn a_file_can_be_read_back() {
        let columns = [("name", Values::text(["a", "", "c"])), ("count", Values::Integer(vec![1, 2, 3]))];
        let bytes = file(&columns).expect("a file in memory");
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a Parquet file");
        let rows: Vec<String> =
            reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row").to_string()).collect();
        assert_eq!(rows, ["{name: \"a\", count: 1}", "{name: null, count: 2}", "{name: \"c\", count: 3}"]);
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (date, expected) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("1969-12-31", -1), ("2026-01-01", 20_454)]
        {
            assert_eq!(days(date), expected);
        }
    }
}
