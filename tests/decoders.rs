//! The contract of every decoder, over one list of samples: batches do not depend on chunks, damage costs only what lies
//! behind it, and nothing panics, hangs or grows. A new format joins with one line in `samples`.

use bytes::Bytes;
use phinder::decoders::{self, Limits};
use phinder::model::{Batch, ByteStream, Content, MemoryContent, RandomAccess, ReadError, Reason, Records};
use std::sync::Arc;

struct Sample {
    name: &'static str,
    format: &'static str,
    bytes: Vec<u8>,
    /// A value near the beginning, and how many bytes must be there for it to be delivered; `None` where the format
    /// cannot be read without its end.
    early: Option<(&'static str, usize)>,
}

fn samples() -> Vec<Sample> {
    let lines = |line: &dyn Fn(u64) -> String| (0..400).map(line).collect::<String>().into_bytes();
    let csv = |i: u64| {
        format!(
            "{},Name{i},\"note, {i}\nsecond \"\"line\"\"\",{}\n",
            1000 + i,
            if i.is_multiple_of(3) { "" } else { "x" }
        )
    };
    let mut table = b"id,name,note,flag\n".to_vec();
    table.extend(lines(&csv));
    let mut two = b"id,name\n".to_vec();
    two.extend(lines(&|i| format!("{i},Ann{i}\n")));
    two.extend(b"\nmrn,name,dob\n");
    two.extend(lines(&|i| format!("{},Bob{i},1980-01-02\n", 4_471_900 + i)));
    let mut one = b"mrn\n".to_vec();
    one.extend(lines(&|i| format!("{}\n", 4_471_900 + i)));
    let insert = |i: u64| match i % 10 {
        0 => format!("-- part {i}\nINSERT INTO p VALUES ({i},'Name{i}'),\n"),
        9 => format!("({i},'Name{i}');\nUPDATE p SET a = {i}\nWHERE b;\nINSERT INTO q (x) VALUES ({i});\n"),
        _ => format!("({i},E'Name{i}'),{}", if i.is_multiple_of(3) { "\n" } else { " " }),
    };
    let mut dump = b"CREATE TABLE p (id int, name text);\n".to_vec();
    dump.extend(lines(&insert));
    let mut copied = b"SET x = 1;\nCOPY public.p (id, name) FROM stdin;\n".to_vec();
    copied.extend(lines(&|i| format!("{i}\tName{i}\n")));
    copied.extend(b"\\.\n");
    let utf16: Vec<u8> = "\u{FEFF}Patient: Jos\u{e9} 7\r\n\r\nSeen today.\r\n"
        .repeat(50)
        .replace("\n\u{FEFF}", "\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let log = |i: u64| {
        format!(
            "2024-01-02T03:04:{:02}Z INFO event {i}\n{}",
            i % 60,
            if i.is_multiple_of(5) { "  at frame\n" } else { "" }
        )
    };
    let note = |i: u64| {
        format!("Visit {i} went well.\r\nShe is better now.\r\n{}", if i.is_multiple_of(4) { "\r\n" } else { "" })
    };
    let object = |i: u64| format!("{{\"id\": {i}, \"name\": \"Name{i}\", \"tags\": [\"a\", {{\"b\": null}}]}}");
    let array = format!("[{}]", (0..300).map(object).collect::<Vec<_>>().join(",\n"));
    vec![
        Sample {
            name: "a.log",
            format: "text",
            bytes: lines(&log),
            early: Some(("2024-01-02T03:04:01Z INFO event 1", 200)),
        },
        Sample { name: "note.txt", format: "text", bytes: lines(&note), early: Some(("Visit 1 went well.", 200)) },
        Sample { name: "long.txt", format: "text", bytes: b"word and number 12345 ".repeat(3000), early: None },
        Sample { name: "utf16.txt", format: "text", bytes: utf16, early: None },
        Sample { name: "a.csv", format: "csv", bytes: table, early: Some(("Name1", 400)) },
        Sample {
            name: "a.tsv",
            format: "csv",
            bytes: lines(&|i| format!("{i}\tName{i}\t{}\r\n", i * 7)),
            early: Some(("Name1", 200)),
        },
        Sample { name: "two.csv", format: "csv", bytes: two, early: Some(("Ann1", 200)) },
        Sample {
            name: "returns.csv",
            format: "csv",
            bytes: lines(&|i| format!("{i},Name{i},E11{}", if i.is_multiple_of(3) { "\r\n" } else { "\r" })),
            early: Some(("Name1", 200)),
        },
        Sample { name: "one.csv", format: "csv", bytes: one, early: Some(("4471901", 200)) },
        Sample { name: "dump.sql", format: "sql", bytes: dump, early: Some(("Name1", 400)) },
        Sample { name: "copy.sql", format: "sql", bytes: copied, early: Some(("Name1", 200)) },
        Sample { name: "a.ndjson", format: "ndjson", bytes: lines(&|i| object(i) + "\n"), early: Some(("Name1", 400)) },
        Sample { name: "a.json", format: "json", bytes: array.into_bytes(), early: Some(("Name1", 400)) },
        Sample { name: "types.parquet", format: "parquet", bytes: parquet("alltypes_plain"), early: None },
        Sample { name: "nested.parquet", format: "parquet", bytes: parquet("nested_maps.snappy"), early: None },
        Sample { name: "letter.pdf", format: "pdf", bytes: pdf("discharge_letter"), early: None },
        Sample { name: "form.pdf", format: "pdf", bytes: pdf("intake_form"), early: None },
        Sample { name: "int96.parquet", format: "parquet", bytes: parquet("int96_from_spark"), early: None },
    ]
}

fn parquet(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/decoders/parquet");
    std::fs::read(folder.join(format!("{name}.parquet"))).unwrap()
}

/// Written by a browser and by a library for forms.
fn pdf(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/pdf");
    std::fs::read(folder.join(format!("{name}.pdf"))).unwrap()
}

/// Bytes in pieces of one size, and then perhaps an error.
struct Pieces(Bytes, usize, Option<ReadError>);

impl ByteStream for Pieces {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let size = self.0.len().min(self.1);
        if size == 0 {
            return self.2.take().map_or(Ok(None), Err);
        }
        Ok(Some(self.0.split_to(size)))
    }
}

fn content(bytes: &[u8], chunk: usize) -> Content {
    let bytes = Bytes::copy_from_slice(bytes);
    let random_access: Arc<dyn RandomAccess> = Arc::new(MemoryContent(bytes.clone()));
    Content { stream: Box::new(Pieces(bytes, chunk, None)), random_access: Some(random_access) }
}

fn small() -> Limits {
    Limits { batch_bytes: 1024, max_element_bytes: 16 << 10, ..Limits::default() }
}

/// Path, ordinal, values and records of a column.
type ColumnPicture = (String, u32, Vec<Vec<u8>>, Records);
/// First record, lines and columns of a batch.
type BatchPicture = (u64, Vec<u64>, Vec<ColumnPicture>);

/// What can be compared of a decoded object.
#[derive(Debug, Default, PartialEq)]
struct Decoded {
    batches: Vec<BatchPicture>,
    reason: Option<Reason>,
    shortfall: Option<Reason>,
    format: &'static str,
}

impl Decoded {
    fn has(&self, value: &str) -> bool {
        let mut values = self.batches.iter().flat_map(|batch| &batch.2).flat_map(|column| &column.2);
        values.any(|found| found == value.as_bytes())
    }
}

fn decode(content: Content, name: &str, limits: &Limits) -> Decoded {
    let mut decoded = Decoded::default();
    let mut decoder = match decoders::open(content, name, limits) {
        Ok(decoder) => decoder,
        Err(error) => return Decoded { reason: Some(error.reason), ..decoded },
    };
    decoded.format = decoder.format();
    let mut parts = decoder.parts();
    if parts.is_empty() {
        parts.push(decoder);
    }
    let mut batch = Batch::default();
    for mut part in parts {
        for rounds in 0.. {
            assert!(rounds < 1_000_000, "no end");
            match part.next_batch(&mut batch) {
                Ok(true) => decoded.batches.push(picture(&batch)),
                Ok(false) => break,
                Err(error) => {
                    decoded.reason = Some(error.reason);
                    break;
                }
            }
        }
        decoded.shortfall = decoded.shortfall.or(part.shortfall());
    }
    decoded
}

/// Checks what holds for every batch, and copies what is in it.
fn picture(batch: &Batch) -> BatchPicture {
    assert!(batch.record_lines.is_empty() || batch.record_lines.len() == batch.record_count as usize);
    let mut columns = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for column in &batch.columns {
        assert!(seen.insert((column.path.clone(), column.ordinal)), "two columns with one path and ordinal");
        match &column.records {
            Records::Identity => assert!(column.len() <= batch.record_count as usize),
            Records::Mapped(records) => {
                assert_eq!(records.len(), column.len());
                assert!(records.is_sorted() && records.last().is_none_or(|last| *last < batch.record_count));
            }
            Records::Dictionary { keys, records } => {
                assert_eq!(keys.len(), records.len());
                assert!(keys.iter().all(|key| (*key as usize) < column.len()));
            }
        }
        let values: Vec<Vec<u8>> = (0..column.len()).map(|index| column.value(index).to_vec()).collect();
        assert!(column.ends.iter().all(|end| column.bytes[*end as usize] == b'\n'));
        if !values.is_empty() {
            columns.push((column.path.to_string(), column.ordinal, values, column.records.clone()));
        }
    }
    let has_lines = !batch.record_lines.is_empty();
    let lines = if has_lines { batch.record_lines.clone() } else { vec![0; batch.record_count as usize] };
    (batch.first_record, lines, columns)
}

#[test]
fn formats_are_told_by_content() {
    for sample in samples() {
        for name in [sample.name, "misnamed.bin"] {
            let decoded = decode(content(&sample.bytes, 1 << 20), name, &Limits::default());
            assert_eq!(
                (decoded.format, decoded.reason, decoded.shortfall),
                (sample.format, None, None),
                "{}",
                sample.name
            );
            assert!(sample.early.is_none_or(|(value, _)| decoded.has(value)), "{}", sample.name);
        }
    }
}

#[test]
fn batches_do_not_depend_on_chunks() {
    for sample in samples() {
        let whole = decode(content(&sample.bytes, usize::MAX), sample.name, &small());
        // A small Parquet file is one row group, and one batch.
        assert!(whole.batches.len() > 1 || sample.format == "parquet", "{}", sample.name);
        for chunk in [1, 3, 1000, 1024] {
            let pieces = decode(content(&sample.bytes, chunk), sample.name, &small());
            assert_eq!(pieces, whole, "{} in chunks of {chunk}", sample.name);
        }
        let mut next = 0;
        for batch in whole.batches.iter().filter(|batch| !batch.1.is_empty()) {
            assert_eq!(batch.0, next, "{}: records are numbered without gaps", sample.name);
            next += batch.1.len() as u64;
        }
    }
}

#[test]
fn truncated_content_delivers_what_is_there() {
    for sample in samples() {
        for cut in (0..sample.bytes.len()).step_by(sample.bytes.len() / 97 + 1) {
            let decoded = decode(content(&sample.bytes[..cut], 777), sample.name, &small());
            if let Some((value, needed)) = sample.early
                && cut >= needed
            {
                assert!(decoded.has(value), "{} cut at {cut}: {:?}", sample.name, decoded.reason);
            }
        }
    }
}

#[test]
fn an_error_of_the_source_comes_after_the_values_before_it() {
    for sample in samples() {
        let Some((value, _)) = sample.early else { continue };
        let error = ReadError::new(Reason::TimedOut, "stopped answering");
        let half = Bytes::copy_from_slice(&sample.bytes[..sample.bytes.len() / 2]);
        let stream = Box::new(Pieces(half, 500, Some(error)));
        let decoded = decode(Content { stream, random_access: None }, sample.name, &small());
        assert_eq!(decoded.reason, Some(Reason::TimedOut), "{}", sample.name);
        assert!(decoded.has(value), "{}", sample.name);
    }
}

#[test]
fn flipped_bytes_do_no_harm() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for sample in samples() {
        for _ in 0..150 {
            let mut bytes = sample.bytes.clone();
            for _ in 0..=random(8) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            decode(content(&bytes, 4096), sample.name, &small());
        }
    }
}

#[test]
fn every_byte_of_a_long_line_belongs_to_one_piece_with_context() {
    let line: Vec<u8> = (0..20_000_u32).flat_map(|i| format!("{i:06} ").into_bytes()).collect();
    let limits = Limits { batch_bytes: 32 << 10, ..Limits::default() };
    let mut decoder = decoders::open(content(&line, 999), "a.txt", &limits).unwrap();
    let (mut batch, mut owned) = (Batch::default(), Vec::new());
    while decoder.next_batch(&mut batch).unwrap() {
        let column = &batch.columns[0];
        let end = column.bytes.len() - column.context_after_bytes as usize;
        owned.extend_from_slice(&column.bytes[column.context_before_bytes as usize..end]);
    }
    owned.pop();
    assert_eq!(owned, line);
}

#[test]
fn an_unclosed_quote_costs_one_line() {
    let mut table = b"id,name,note\n1,Ann,fine\n2,\"Bob,open\n".to_vec();
    (3..5000).for_each(|i| table.extend(format!("{i},Name{i},text\n").into_bytes()));
    let decoded = decode(content(&table, 5000), "a.csv", &small());
    assert_eq!((decoded.format, decoded.shortfall), ("csv", Some(Reason::MalformedRecords)));
    assert!(decoded.has("Ann") && decoded.has("Name3") && decoded.has("Name4999"));
}

#[test]
fn a_line_larger_than_any_record_does_not_depend_on_chunks_and_the_table_goes_on() {
    let mut table = b"id,name\n1,Ann\n2,Bob\n".to_vec();
    table.extend((0..9000_u32).flat_map(|i| format!("word {i} ").into_bytes()));
    table.extend(b"\n3,Eve\n");
    let whole = decode(content(&table, usize::MAX), "a.csv", &small());
    assert_eq!((whole.format, whole.shortfall), ("csv", Some(Reason::MalformedRecords)));
    assert!(whole.has("Ann") && whole.has("Bob") && whole.has("Eve"));
    for chunk in [1, 1000, 1024] {
        assert_eq!(decode(content(&table, chunk), "a.csv", &small()), whole);
    }
}

#[test]
fn messages_and_interchanges_are_text_that_is_not_decoded() {
    let message = "MSH|^~\\&|A|B\rPID|1||44719^^^H^MR||Doe^Jane\r".repeat(50);
    let interchange = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*\
                       000000001*0*T*:~NM1*IL*1*DOE*JANE~";
    for text in [message.as_str(), interchange] {
        let decoded = decode(content(text.as_bytes(), 100), "a", &small());
        assert_eq!((decoded.format, decoded.reason, decoded.shortfall), ("text", None, Some(Reason::Undecoded)));
    }
}

#[test]
fn what_is_not_decoded_has_its_reason() {
    for (bytes, reason) in [
        (&b""[..], Reason::Empty),
        (b"PK\x03\x04\x14\0", Reason::UnsupportedFormat),
        (b"\x89PNG\r\n\x1A\n\0", Reason::Binary),
        (b"\x01\x02\0\x03", Reason::Binary),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQ\n", Reason::Encrypted),
    ] {
        assert_eq!(decode(content(bytes, 100), "a", &Limits::default()).reason, Some(reason));
    }
}
