//! Apache Parquet for warehouses and notebooks: the rows of the table, typed, compressed, in row groups that bound the
//! memory. What was examined altogether stands in the file's metadata.

use super::table::{COLUMNS, Cell, Kind, rows};
use super::{Output, ScanHeader, Sink, Summary};
use crate::model::ObjectResult;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use std::io;
use std::sync::Arc;

/// Rows that are kept before they are written.
const GROUP_ROWS: usize = 16_384;

/// Writes row groups.
pub struct Parquet {
    sink: Option<Sink>,
    writer: Option<SerializedFileWriter<Sink>>,
    header: Option<ScanHeader>,
    columns: Vec<Column>,
    rows: usize,
}

/// The values of a column since the last row group, with the levels that say which are null or belong together.
#[derive(Default)]
struct Column {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Counts(Vec<i64>),
    Numbers(Vec<f64>),
    Flags(Vec<bool>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Texts(Vec::new())
    }
}

impl Parquet {
    /// Row groups into a sink.
    pub fn new(sink: Sink) -> Self {
        Self { sink: Some(sink), writer: None, header: None, columns: empty_columns(), rows: 0 }
    }

    fn flush_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        self.rows = 0;
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in std::mem::replace(&mut self.columns, empty_columns()) {
            column.write(&mut group).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

impl Output for Parquet {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        let schema = schema().map_err(failed)?;
        let zstd = ZstdLevel::try_new(3).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(zstd))
            .set_created_by(format!("phinder {}", header.phinder))
            .build();
        if let Some(sink) = self.sink.take() {
            self.writer = Some(SerializedFileWriter::new(sink, schema, Arc::new(properties)).map_err(failed)?);
        }
        self.header = Some(header.clone());
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let Some(header) = &self.header else { return Ok(()) };
        for row in rows(header, result) {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                column.push(cell);
            }
            self.rows += 1;
        }
        if self.rows >= GROUP_ROWS { self.flush_group() } else { Ok(()) }
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.flush_group()?;
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        let counts = [
            ("phinder.schema", 1),
            ("phinder.objects.listed", summary.listed),
            ("phinder.objects.complete", summary.complete),
            ("phinder.objects.sampled", summary.sampled),
            ("phinder.objects.partial", summary.partial),
            ("phinder.objects.skipped", summary.skipped),
            ("phinder.objects.failed", summary.failed),
            ("phinder.findings", summary.findings),
            ("phinder.unexpected", summary.unexpected),
            ("phinder.interrupted", u64::from(summary.interrupted)),
        ];
        for (key, count) in counts {
            writer.append_key_value_metadata(KeyValue::new(key.to_owned(), count.to_string()));
        }
        writer.into_inner().map_err(failed)?.flush()
    }
}

impl Column {
    fn push(&mut self, cell: Cell<'_>) {
        if let Cell::Texts(texts) = cell {
            return self.push_list(&texts);
        }
        let is_null = cell == Cell::Null;
        match (&mut self.values, cell) {
            (Values::Texts(values), Cell::Text(text)) => values.push(ByteArray::from(text)),
            (Values::Counts(values), Cell::Count(count)) => values.push(i64::try_from(count).unwrap_or(i64::MAX)),
            (Values::Counts(values), Cell::Moment(moment)) => {
                values.push(i64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX));
            }
            (Values::Numbers(values), Cell::Number(number)) => values.push(number),
            (Values::Flags(values), Cell::Flag(flag)) => values.push(flag),
            _ => {}
        }
        self.definitions.push(i16::from(!is_null));
    }

    /// A list is never null: 0 is an empty one, 1 an element.
    fn push_list(&mut self, texts: &[&str]) {
        let Values::Texts(values) = &mut self.values else { return };
        if texts.is_empty() {
            self.definitions.push(0);
            self.repetitions.push(0);
        }
        for (place, text) in texts.iter().enumerate() {
            values.push(ByteArray::from(*text));
            self.definitions.push(1);
            self.repetitions.push(i16::from(place > 0));
        }
    }

    fn write(self, group: &mut SerializedRowGroupWriter<'_, Sink>) -> Result<(), ParquetError> {
        let Some(mut writer) = group.next_column()? else { return Ok(()) };
        let definitions = Some(self.definitions.as_slice());
        let repetitions = Some(self.repetitions.as_slice()).filter(|levels| !levels.is_empty());
        match &self.values {
            Values::Texts(values) => {
                writer.typed::<ByteArrayType>().write_batch(values, definitions, repetitions)?;
            }
            Values::Counts(values) => {
                writer.typed::<Int64Type>().write_batch(values, definitions, repetitions)?;
            }
            Values::Numbers(values) => {
                writer.typed::<DoubleType>().write_batch(values, definitions, repetitions)?;
            }
            Values::Flags(values) => {
                writer.typed::<BoolType>().write_batch(values, definitions, repetitions)?;
            }
        }
        writer.close()
    }
}

fn empty_columns() -> Vec<Column> {
    let values = |kind: Kind| match kind {
        Kind::Text | Kind::Texts => Values::Texts(Vec::new()),
        Kind::Count | Kind::Moment => Values::Counts(Vec::new()),
        Kind::Number => Values::Numbers(Vec::new()),
        Kind::Flag => Values::Flags(Vec::new()),
    };
    COLUMNS.iter().map(|(_, kind)| Column { values: values(*kind), ..Column::default() }).collect()
}

fn schema() -> Result<Arc<Type>, ParquetError> {
    let fields = COLUMNS.iter().map(|(name, kind)| field(name, *kind)).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("phinder").with_fields(fields).build()?))
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Texts => return list(name),
        Kind::Count => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.with_logical_type(logical).build()?))
}

/// The three levels of a list, by the specification of logical types.
fn list(name: &str) -> Result<Arc<Type>, ParquetError> {
    let element = Type::primitive_type_builder("element", Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok(Arc::new(list))
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
