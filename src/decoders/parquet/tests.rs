//! Tests of the Parquet decoder: sample files, damage, limits, batches that cover the same records.

use super::*;
use crate::model::{ColumnKind, MemoryContent, Records};
use bytes::Bytes;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::collections::BTreeMap;

/// Values by path, each with its record.
type Cells = BTreeMap<String, Vec<(u64, String)>>;

struct Decoded {
    cells: Cells,
    records: u64,
    source_bytes: u64,
    shortfall: Option<Reason>,
    error: Option<Reason>,
    dictionaries: usize,
    batches: usize,
}

fn drain(mut decoder: Box<dyn Decoder>, into: &mut Decoded) {
    let mut batch = Batch::default();
    loop {
        match decoder.next_batch(&mut batch) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                into.error = Some(error.reason);
                break;
            }
        }
        into.batches += 1;
        into.records += u64::from(batch.record_count);
        into.source_bytes += batch.source_bytes;
        for column in &batch.columns {
            let cells = into.cells.entry(column.path.to_string()).or_default();
            let mut add = |record: u32, value: usize| {
                assert!(record < batch.record_count);
                let text = String::from_utf8_lossy(column.value(value)).into_owned();
                cells.push((batch.first_record + u64::from(record), text));
            };
            match &column.records {
                Records::Dictionary { keys, records } => {
                    into.dictionaries += 1;
                    assert!(records.is_sorted());
                    records.iter().zip(keys).for_each(|(&record, &key)| add(record, key as usize));
                }
                Records::Mapped(records) => {
                    assert!(records.is_sorted());
                    assert_eq!(records.len(), column.len());
                    records.iter().enumerate().for_each(|(index, &record)| add(record, index));
                }
                Records::Identity => assert!(column.is_empty()),
            }
        }
    }
    into.shortfall = into.shortfall.or(decoder.shortfall());
}

fn decode(content: Vec<u8>, as_parts: bool) -> Result<Decoded, ReadError> {
    decode_within(content, as_parts, &Limits::default())
}

fn decode_within(content: Vec<u8>, as_parts: bool, limits: &Limits) -> Result<Decoded, ReadError> {
    let mut decoder = open(Arc::new(MemoryContent(Bytes::from(content))), limits)?;
    let mut decoded = Decoded {
        cells: Cells::new(),
        records: 0,
        source_bytes: 0,
        shortfall: None,
        error: None,
        dictionaries: 0,
        batches: 0,
    };
    let parts = if as_parts { decoder.parts() } else { Vec::new() };
    if parts.is_empty() {
        drain(decoder, &mut decoded);
    } else {
        parts.into_iter().for_each(|part| drain(part, &mut decoded));
    }
    Ok(decoded)
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{SAMPLES}/{name}.parquet")).unwrap()
}

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/decoders/parquet");

fn texts(cells: &[(u64, String)]) -> Vec<&str> {
    cells.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn plain_and_dictionary_samples() {
    let plain = decode(sample("alltypes_plain"), true).unwrap();
    assert_eq!((plain.records, plain.shortfall, plain.error), (8, None, None));
    assert_eq!(texts(&plain.cells["id"]), ["4", "5", "6", "7", "2", "3", "0", "1"]);
    assert_eq!(texts(&plain.cells["date_string_col"])[..2], ["03/01/09"; 2]);
    assert_eq!(texts(&plain.cells["timestamp_col"])[..2], ["2009-03-01", "2009-03-01T00:01:00"]);
    assert_eq!(texts(&plain.cells["float_col"])[1], "1.1");
    assert!(plain.dictionaries > 0);
    assert!(!plain.cells.contains_key("bool_col"));
}

#[test]
fn nested_samples_keep_records_apart() {
    let lists = decode(sample("list_columns"), false).unwrap();
    let expected: Vec<(u64, String)> =
        [(0, "1"), (0, "2"), (0, "3"), (1, "1"), (2, "4")].map(|(record, text)| (record, text.to_owned())).into();
    assert_eq!(lists.cells["int64_list[]"], expected);
    assert_eq!(texts(&lists.cells["utf8_list[]"]), ["abc", "efg", "hij", "efg", "hij", "xyz"]);
    let maps = decode(sample("nested_maps.snappy"), false).unwrap();
    assert_eq!(maps.records, 6);
    assert_eq!(maps.cells["a.key"][0], (0, "a".to_owned()));
    assert!(maps.cells.contains_key("a.value.key"));
    let nullable = decode(sample("nullable.impala"), false).unwrap();
    assert_eq!((nullable.records, nullable.shortfall), (7, None));
    assert_eq!(decode(sample("nulls.snappy"), false).unwrap().records, 8);
}

#[test]
fn other_encodings_and_types() {
    assert_eq!(decode(sample("delta_length_byte_array"), true).unwrap().cells["FRUIT"].len(), 1000);
    let decimals = decode(sample("fixed_length_decimal"), true).unwrap();
    assert_eq!(texts(&decimals.cells["value"])[..2], ["1.00", "2.00"]);
    let times = decode(sample("int96_from_spark"), true).unwrap();
    assert_eq!(texts(&times.cells["a"])[0], "2024-01-01T20:34:56.123456");
    let halves = decode(sample("float16_nonzeros_and_nans"), true).unwrap();
    assert_eq!(texts(&halves.cells["x"])[0], "1");
    for name in ["lz4_raw_compressed", "hadoop_lz4_compressed", "byte_stream_split.zstd"] {
        let decoded = decode(sample(name), true).unwrap();
        assert!(decoded.shortfall.is_none() && decoded.cells.values().any(|cells| !cells.is_empty()), "{name}");
    }
}

/// A file of three row groups: an identifier that overflows its dictionary, a status that does not, a number.
fn written(rows: usize, size_of_dictionary: usize) -> Vec<u8> {
    let schema = "message m { required binary ssn (UTF8); optional binary status (UTF8); required int64 n; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_dictionary_page_size_limit(size_of_dictionary)
        .set_data_page_row_count_limit(500)
        .set_write_batch_size(100);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for group in 0..3 {
        let mut row_group = writer.next_row_group().unwrap();
        let mut column = row_group.next_column().unwrap().unwrap();
        let ids: Vec<ByteArray> =
            (0..rows).map(|row| format!("078-05-{:06}", group * rows + row).as_str().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let mut column = row_group.next_column().unwrap().unwrap();
        let present: Vec<i16> = (0..rows).map(|row| i16::from(row % 3 != 0)).collect();
        let texts: Vec<ByteArray> =
            (0..rows).filter(|row| row % 3 != 0).map(|row| ["open", "closed"][row % 2].into()).collect();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&present), None).unwrap();
        column.close().unwrap();
        let mut column = row_group.next_column().unwrap().unwrap();
        let numbers: Vec<i64> = (0..rows as i64).collect();
        column.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        row_group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn dictionaries_that_overflow_go_on_as_plain_values() {
    let file = written(2_000, 4_000);
    let size = file.len() as u64;
    for as_parts in [true, false] {
        let decoded = decode(file.clone(), as_parts).unwrap();
        assert_eq!((decoded.records, decoded.shortfall, decoded.error), (6_000, None, None));
        assert!(decoded.source_bytes > 0 && decoded.source_bytes <= size);
        let ids = &decoded.cells["ssn"];
        assert_eq!(ids.len(), 6_000);
        assert!(
            ids.iter()
                .enumerate()
                .all(|(row, (record, text))| { *record == row as u64 && *text == format!("078-05-{row:06}") })
        );
        let status = &decoded.cells["status"];
        assert_eq!(status.len(), 3 * (2_000 - 667));
        assert!(status.iter().all(|(record, text)| {
            let row = record % 2_000;
            row % 3 != 0 && text == ["open", "closed"][(row % 2) as usize]
        }));
        assert_eq!(decoded.cells["n"].last(), Some(&(5_999, "1999".to_owned())));
        assert!(decoded.dictionaries >= 3);
    }
}

#[test]
fn a_column_is_cut_between_two_records() {
    let mut column = Column::new("a", ColumnKind::Text, 0);
    column.records = Records::Mapped(vec![0, 0, 2, 3]);
    column.bytes.clear();
    for text in ["a", "bb", "ccc", "d"] {
        column.push(text.as_bytes());
    }
    let rest = column::split_off(&mut column, 2);
    assert_eq!((column.len(), rest.len()), (2, 2));
    assert_eq!((rest.value(0), rest.value(1)), (&b"ccc"[..], &b"d"[..]));
    assert_eq!(rest.records, Records::Mapped(vec![0, 1]));
    assert_eq!(column.value(1), b"bb");
}

#[test]
fn wide_values_make_more_batches_not_larger_ones() {
    let schema = Arc::new(parse_message_type("message m { required binary a; required binary b; }").unwrap());
    let properties =
        Arc::new(WriterProperties::builder().set_data_page_row_count_limit(7).set_write_batch_size(7).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    // The first column is small where the second is large: its surplus is carried over.
    for unit in [1_000, 60_000] {
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = (0..900)
            .map(|row| format!("{row} {}", "x".repeat(if row > 300 { unit } else { 1 })).as_str().into())
            .collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    let decoded = decode(writer.into_inner().unwrap(), true).unwrap();
    assert_eq!((decoded.records, decoded.shortfall, decoded.error), (900, None, None));
    assert!(decoded.batches > 2, "{}", decoded.batches);
    for name in ["a", "b"] {
        let cells = &decoded.cells[name];
        assert_eq!(cells.len(), 900);
        assert!(
            cells
                .iter()
                .enumerate()
                .all(|(row, (record, text))| { *record == row as u64 && text.starts_with(&format!("{row} ")) })
        );
    }
}

#[test]
fn damage_costs_one_column_at_most_and_never_panics() {
    let file = written(300, 1 << 20);
    let whole = decode(file.clone(), false).unwrap();
    let mut seed = 3u64;
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut survived = 0;
    for _ in 0..400 {
        let mut damaged = file.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let place = (seed >> 33) as usize % damaged.len();
            damaged[place] = (seed >> 20) as u8;
        }
        if let Ok(decoded) = decode(damaged, false) {
            survived += usize::from(decoded.records > 0);
        }
    }
    let mut damaged = file.clone();
    damaged[4..24].fill(0xFF);
    let decoded = decode(damaged, false).unwrap();
    std::panic::set_hook(quiet);
    assert!(survived > 100, "{survived}");
    assert!(decoded.shortfall.is_some());
    assert_eq!(decoded.cells["n"], whole.cells["n"]);
}

#[test]
fn footers_that_lie() {
    let file = written(10, 1 << 20);
    let reason = |content: Vec<u8>| decode(content, false).err().map(|error| error.reason);
    assert_eq!(reason(file[..file.len() - 1].to_vec()), Some(Reason::Truncated));
    assert_eq!(reason(b"PAR1".to_vec()), Some(Reason::Truncated));
    let mut encrypted = file.clone();
    let end = encrypted.len();
    encrypted[end - 1] = b'E';
    assert_eq!(reason(encrypted), Some(Reason::Encrypted));
    let mut large = file.clone();
    large[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(reason(large), Some(Reason::Corrupt));
    // The front of the file is missing: the offsets lead nowhere sensible.
    let footer_only = file[file.len() - 600..].to_vec();
    let decoded = decode(footer_only, false);
    assert!(decoded.is_err() || decoded.is_ok_and(|decoded| decoded.shortfall.is_some()));
}

#[test]
fn columns_that_can_hold_nothing_are_left_out_where_that_is_wanted() {
    let schema = "message rows { required int64 small; required int64 zip; required int64 large; required double share; \
                  required int32 day (DATE); required int32 early (DATE); required binary note (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for values in [[1, 999_999], [2138, 60601], [1, 1_000_000]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[-0.5, 0.75], None, None).unwrap();
    column.close().unwrap();
    for days in [[4000, 20000], [-4000, 20000]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&days, None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&["a".into(), "b".into()], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let content = writer.into_inner().unwrap();
    let all = decode(content.clone(), false).unwrap();
    assert_eq!((all.cells.len(), all.shortfall), (7, None));
    let unlikely_columns = Some(crate::decoders::KnownFields::new(|path| path == "zip"));
    let limits = Limits { unlikely_columns, ..Limits::default() };
    let likely = decode_within(content.clone(), false, &limits).unwrap();
    assert_eq!(likely.cells.keys().collect::<Vec<_>>(), ["early", "large", "note", "zip"]);
    assert_eq!((likely.records, likely.shortfall), (2, Some(Reason::UnlikelyColumns)));
    // What is left out hides no damage: the page header of the column of notes, the last one, is overwritten.
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(content.clone())).unwrap();
    let (start, length) = metadata.row_group(0).column(6).byte_range();
    let mut damaged = content;
    damaged[start as usize..(start + length) as usize].fill(0xFF);
    for as_parts in [false, true] {
        let decoded = decode_within(damaged.clone(), as_parts, &limits).unwrap();
        assert!(decoded.shortfall.is_some_and(|reason| reason != Reason::UnlikelyColumns), "{:?}", decoded.shortfall);
    }
}

#[test]
fn many_columns_of_dictionaries_make_large_batches() {
    const ROWS: usize = 20_000;
    const COLUMNS: usize = 20;
    let fields: String = (0..COLUMNS).map(|index| format!("required binary c{index} (UTF8); ")).collect();
    let schema = Arc::new(parse_message_type(&format!("message m {{ {fields} }}")).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let text = |column: usize, row: usize| format!("{:0>100}", (row * 7919 + column) % 8_000);
    for index in 0..COLUMNS {
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = (0..ROWS).map(|row| text(index, row).as_str().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    let decoded = decode(writer.into_inner().unwrap(), true).unwrap();
    assert_eq!((decoded.records, decoded.shortfall, decoded.error), (ROWS as u64, None, None));
    assert!(decoded.batches <= 20, "{}", decoded.batches);
    assert!(
        decoded.dictionaries >= COLUMNS * decoded.batches / 2,
        "{} of them stay dictionaries",
        decoded.dictionaries
    );
    for index in [0, COLUMNS - 1] {
        let cells = &decoded.cells[&format!("c{index}")];
        assert!(cells.iter().enumerate().all(|(row, cell)| *cell == (row as u64, text(index, row))));
    }
}

#[test]
fn a_page_may_be_larger_than_other_elements() {
    // Writers look at the size of a page after so many values only.
    let schema = Arc::new(parse_message_type("message m { required binary note (UTF8); }").unwrap());
    let properties = WriterProperties::builder().set_dictionary_enabled(false).set_write_batch_size(1024);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = (0..800).map(|_| "x".repeat(100_000).as_str().into()).collect();
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let decoded = decode(writer.into_inner().unwrap(), true).unwrap();
    assert_eq!((decoded.records, decoded.shortfall, decoded.error), (800, None, None));
    assert!(decoded.batches > 2, "{}", decoded.batches);
}
