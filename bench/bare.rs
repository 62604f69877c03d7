//! Reads a file and does nothing with it: what reading, splitting or unpacking alone costs on this machine, which `bench/run`
//! holds the scanner against.
//!
//! One kind of reading in a process of its own, so that its time is measured like the scanner's. It uses the same crates in
//! the same build as the scanner and shares no code with it. What it counted is printed, so that nothing can be left out.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use flate2::read::MultiGzDecoder;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::de::IgnoredAny;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: bare KIND FILE
  read             every byte, once
  csv              the fields of delimited text (crate csv, one record reused)
  ndjson           every document parsed and dropped (crate serde_json, nothing kept)
  gzip             every byte, unpacked (crate flate2)
  parquet-pages    every page, unpacked (crate parquet)
  parquet          every value of every column (crate parquet, no row put together)";

const BUFFER_BYTES: usize = 1 << 20;
const PAGE_BYTES: usize = 4096;
/// Values that are taken out of a column at once.
const VALUES: usize = 8192;

type Counted = Result<u64, Box<dyn Error>>;

/// Calls `visit` with what a reader gives. The buffer begins at a page: the kernel copies several times slower to a place
/// that does not.
fn read_all(mut reader: impl Read, mut visit: impl FnMut(&[u8])) -> Result<(), Box<dyn Error>> {
    let mut memory = vec![0; BUFFER_BYTES + PAGE_BYTES];
    let start = memory.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES);
    let buffer = &mut memory[start..start + BUFFER_BYTES];
    loop {
        let length = reader.read(buffer)?;
        if length == 0 {
            return Ok(());
        }
        visit(&buffer[..length]);
    }
}

fn bytes_of(reader: impl Read) -> Counted {
    let mut bytes = 0;
    read_all(reader, |read| bytes += read.len() as u64)?;
    Ok(bytes)
}

fn csv_fields(path: &Path) -> Counted {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES);
    let mut reader = builder.from_path(path)?;
    let (mut record, mut fields) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        fields += record.len() as u64;
    }
    Ok(fields)
}

fn documents(path: &Path) -> Counted {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let (mut line, mut count) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        serde_json::from_slice::<IgnoredAny>(&line)?;
        count += 1;
        line.clear();
    }
    Ok(count)
}

fn page_bytes(path: &Path) -> Counted {
    let file = SerializedFileReader::new(File::open(path)?)?;
    let mut bytes = 0;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        for column in 0..group.num_columns() {
            let mut pages = group.get_column_page_reader(column)?;
            while let Some(page) = pages.get_next_page()? {
                bytes += page.buffer().len() as u64;
            }
        }
    }
    Ok(bytes)
}

fn column_values<T: DataType>(mut reader: ColumnReaderImpl<T>) -> Counted {
    let (mut levels, mut repetitions) = (Vec::new(), Vec::new());
    let (mut values, mut count) = (Vec::new(), 0);
    loop {
        let (records, present, _) =
            reader.read_records(VALUES, Some(&mut levels), Some(&mut repetitions), &mut values)?;
        if records == 0 {
            return Ok(count);
        }
        count += present as u64;
        levels.clear();
        repetitions.clear();
        values.clear();
    }
}

fn values(path: &Path) -> Counted {
    let file = SerializedFileReader::new(File::open(path)?)?;
    let mut count = 0;
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        for column in 0..group.num_columns() {
            count += match group.get_column_reader(column)? {
                ColumnReader::BoolColumnReader(reader) => column_values(reader)?,
                ColumnReader::Int32ColumnReader(reader) => column_values(reader)?,
                ColumnReader::Int64ColumnReader(reader) => column_values(reader)?,
                ColumnReader::Int96ColumnReader(reader) => column_values(reader)?,
                ColumnReader::FloatColumnReader(reader) => column_values(reader)?,
                ColumnReader::DoubleColumnReader(reader) => column_values(reader)?,
                ColumnReader::ByteArrayColumnReader(reader) => column_values(reader)?,
                ColumnReader::FixedLenByteArrayColumnReader(reader) => column_values(reader)?,
            };
        }
    }
    Ok(count)
}

fn count(kind: &str, path: &Path) -> Counted {
    match kind {
        "read" => bytes_of(File::open(path)?),
        "csv" => csv_fields(path),
        "ndjson" => documents(path),
        "gzip" => bytes_of(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, File::open(path)?))),
        "parquet-pages" => page_bytes(path),
        "parquet" => values(path),
        _ => Err(USAGE.into()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let counted = match arguments.as_slice() {
        [kind, path] => count(kind, Path::new(path)),
        _ => Err(USAGE.into()),
    };
    match counted {
        Ok(counted) => {
            println!("{counted}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
