//! Tests of the JSON decoder: layouts, paths, values, damage, bounds, independence of chunk sizes.

use super::*;
use bytes::Bytes;

struct Chunks(Bytes, usize);

impl ByteStream for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let length = self.0.len().min(self.1);
        Ok((length > 0).then(|| self.0.split_to(length)))
    }
}

type Cell = (u64, String, String);

struct Decoded {
    cells: Vec<Cell>,
    records: u64,
    batches: Vec<(u64, u32, u64)>,
    lines: Vec<u64>,
    kinds: Vec<(String, ColumnKind)>,
    shortfall: Option<Reason>,
    format: &'static str,
}

fn decode_with(text: &[u8], chunk: usize, limits: &Limits) -> Decoded {
    let stream = Chunks(Bytes::copy_from_slice(text), chunk);
    let mut decoder = open(stream, limits).unwrap();
    let mut batch = Batch::default();
    let mut out = Decoded {
        cells: Vec::new(),
        records: 0,
        batches: Vec::new(),
        lines: Vec::new(),
        kinds: Vec::new(),
        shortfall: None,
        format: decoder.format(),
    };
    while decoder.next_batch(&mut batch).unwrap() {
        assert_eq!(batch.first_record, out.records);
        assert_eq!(batch.record_lines.len(), batch.record_count as usize);
        out.batches.push((batch.first_record, batch.record_count, batch.source_bytes));
        out.records += u64::from(batch.record_count);
        out.lines.extend(&batch.record_lines);
        for column in &batch.columns {
            let Records::Mapped(records) = &column.records else { panic!("not mapped") };
            assert_eq!(records.len(), column.len());
            assert!(records.is_sorted() && records.iter().all(|&record| record < batch.record_count));
            for (index, record) in records.iter().enumerate() {
                let value = String::from_utf8_lossy(column.value(index)).into_owned();
                out.cells.push((batch.first_record + u64::from(*record), column.path.to_string(), value));
            }
        }
        out.kinds = batch.columns.iter().map(|column| (column.path.to_string(), column.kind)).collect();
    }
    assert!(out.batches.iter().map(|batch| batch.2).sum::<u64>() <= text.len() as u64);
    out.shortfall = decoder.shortfall();
    out
}

fn decode(text: &str) -> Decoded {
    decode_with(text.as_bytes(), usize::MAX, &Limits::default())
}

fn cells(text: &str) -> Vec<String> {
    let mut cells = decode(text).cells;
    cells.sort_by_key(|cell| cell.0);
    cells.iter().map(|(record, path, value)| format!("{record} {path}={value}")).collect()
}

#[test]
fn nested_lines_become_paths() {
    let decoded = decode(
        "{\"id\":7,\"patient\":{\"name\":\"Ann \\\"B\\\"\",\"telecom\":[{\"value\":\"555\"},{\"value\":\"556\"}]}}\n\n\
         {\"patient\":{\"name\":\"Bo\"},\"id\":\"x\",\"ok\":true,\"none\":null,\"a.b\":[[1],[2.5e3]]}\r\n",
    );
    assert_eq!((decoded.format, decoded.records, decoded.shortfall), ("ndjson", 2, None));
    assert_eq!(decoded.lines, [1, 3]);
    let expected: Vec<Cell> = [
        (0, "id", "7"),
        (1, "id", "x"),
        (0, "patient.name", "Ann \"B\""),
        (1, "patient.name", "Bo"),
        (0, "patient.telecom[].value", "555"),
        (0, "patient.telecom[].value", "556"),
        (1, "[\"a.b\"][][]", "1"),
        (1, "[\"a.b\"][][]", "2.5e3"),
    ]
    .map(|(record, path, value)| (record, path.to_owned(), value.to_owned()))
    .to_vec();
    assert_eq!(decoded.cells, expected);
    assert_eq!(decoded.kinds[0].1, ColumnKind::Text);
    assert_eq!(decoded.kinds[3].1, ColumnKind::Number);
}

#[test]
fn elements_of_a_top_level_array_are_records() {
    let text = "\u{feff}[ {\"a\": 1},\n {\"a\": \"\\u00e9\"}, [\"x\", \"y\"], \"scalar\" ,]\n";
    assert_eq!(cells(text), ["0 a=1", "1 a=\u{e9}", "2 []=x", "2 []=y", "3 =scalar"]);
    assert_eq!(decode(text).lines, [1, 2, 2, 2]);
}

#[test]
fn an_envelope_gives_its_elements_as_records() {
    let text = "{\n\"resourceType\": \"Bundle\", \"total\": 2,\n\"entry\": [\n{\"resource\": {\"resourceType\": \"Patient\", \"id\": \"p1\", \
                \"birthDate\": \"1970-01-01\", \"address\": \"1 Main St, Springfield\"}},\n{\"resource\": {\"resourceType\": \"Patient\", \"id\": \
                \"p2\", \"gender\": \"unknown\", \"birthDate\": \"1971-01-01\"}}],\n\"last\": true, \"end\": \"z\"}";
    let cells = cells(text);
    assert_eq!(cells[0], "0 resourceType=Bundle");
    assert!(cells.contains(&"1 entry[].resource.id=p1".to_owned()));
    assert!(cells.contains(&"2 entry[].resource.id=p2".to_owned()));
    assert!(cells.contains(&"3 end=z".to_owned()));
    assert_eq!(decode(text).lines, [2, 4, 5, 6]);
}

#[test]
fn a_bundle_of_one_patient_stays_together() {
    let text = "{\"resourceType\": \"Bundle\", \"entry\": [{\"resource\": {\"resourceType\": \"Patient\", \"id\": \"p\"}}, \
                {\"resource\": {\"resourceType\": \"Condition\", \"code\": \"E11.9\"}}]}";
    assert_eq!(decode(text).records, 1);
    let two = text.replace("Condition", "Patient");
    assert_eq!(decode(&two).records, 3);
}

#[test]
fn keys_that_are_content_do_not_get_into_paths() {
    for (text, path, key_path, key) in [
        ("{\"536-90-4397\":{\"dx\":\"v\"}}", "*.dx", "{key}", "536-90-4397"),
        ("{\"jane.doe@hospital.org\":{\"dx\":\"v\"}}", "*.dx", "{key}", "jane.doe@hospital.org"),
        ("{\"by_ssn\":{\"536904399\":{\"dx\":\"v\"}}}", "by_ssn.*.dx", "by_ssn.{key}", "536904399"),
        ("{\"mrn\":{\"4471920\":\"v\"}}", "mrn.*", "mrn.{key}", "4471920"),
        ("{\"dob\":{\"1961-04-05\":[\"v\"]}}", "dob.*[]", "dob.{key}", "1961-04-05"),
        ("{\"patients\":{\"Jane Doe\":{\"dx\":\"v\"}}}", "patients.*.dx", "patients.{key}", "Jane Doe"),
    ] {
        let mut expected = [format!("0 {key_path}={key}"), format!("0 {path}=v")];
        expected.sort();
        // Small documents are decoded at once, large ones member by member.
        for batch_bytes in [1 << 20, 4] {
            let decoded = decode_with(text.as_bytes(), 3, &Limits { batch_bytes, ..Limits::default() });
            let mut cells: Vec<_> =
                decoded.cells.iter().map(|cell| format!("{} {}={}", cell.0, cell.1, cell.2)).collect();
            cells.sort();
            assert_eq!(cells, expected);
        }
    }
    for name in ["icd10", "address_1", "v2024", "Diagnosis Code"] {
        let text = format!("{{\"{name}\":{{\"a\":\"v\"}}}}");
        assert!(cells(&text).contains(&format!("0 {name}.a=v")), "{name}");
    }
}

#[test]
fn nested_lists_give_their_elements_as_records() {
    let list: Vec<_> = (0..800).map(|number| format!("{{\"ssn\":\"s{number}\",\"dx\":\"d{number}\"}}")).collect();
    let list = format!("[{}]", list.join(","));
    let ids: Vec<_> =
        (0..800).map(|number| format!("\"p{number}\":{{\"ssn\":\"s{number}\",\"dx\":\"d{number}\"}}")).collect();
    let ids = format!("{{{}}}", ids.join(","));
    for (text, path, key_path) in [
        (format!("{{\"data\":{{\"patients\":{list}}}}}"), "data.patients[].ssn", None),
        (format!("[{list}]"), "[].ssn", None),
        (format!("[{{\"patients\":{list}}}]"), "patients[].ssn", None),
        (format!("{{\"patients\":{ids}}}"), "patients.*.ssn", Some("patients.{key}")),
        (ids.clone(), "*.ssn", Some("{key}")),
    ] {
        // Known from the first bytes, or found on the way down.
        for batch_bytes in [1 << 20, 1024] {
            if batch_bytes == 1024 && text.starts_with("[{") {
                continue;
            }
            let decoded = decode_with(text.as_bytes(), 1000, &Limits { batch_bytes, ..Limits::default() });
            assert_eq!((decoded.records, decoded.shortfall), (800, None), "{path} {batch_bytes}");
            let mut found: Vec<_> =
                decoded.cells.iter().filter(|cell| cell.0 == 799).map(|cell| (&*cell.1, &*cell.2)).collect();
            found.sort();
            assert!(found.contains(&(path, "s799")), "{found:?}");
            assert_eq!(found.len(), 2 + usize::from(key_path.is_some()));
            assert!(key_path.is_none_or(|key_path| found.contains(&(key_path, "p799"))), "{found:?}");
        }
    }
    assert_eq!(decode("{\"patient\":{\"ssn\":\"1\"},\"diagnoses\":[{\"a\":1},{\"a\":2},{\"a\":3}]}").records, 1);
}

#[test]
fn a_container_over_the_limit_is_read_in_parts() {
    let limits = Limits { batch_bytes: 512, max_element_bytes: 2048, ..Limits::default() };
    let numbers: Vec<_> = (0..4000).map(|number| number.to_string()).collect();
    let numbers = numbers.join(",");
    for (text, path) in [
        (format!("{{\"a\":[{numbers}]}}"), "a[]"),
        (format!("{{\"x\":1}}\n{{\"a\":[{numbers}]}}\n{{\"x\":2}}\n"), "a[]"),
        (format!("[{numbers}]\n[1]\n"), "[]"),
        (format!("[{{\"a\":{{\"b\":[{numbers}]}}}}]"), "a.b[]"),
    ] {
        let whole = decode_with(text.as_bytes(), usize::MAX, &limits);
        let values: Vec<_> =
            whole.cells.iter().filter(|cell| cell.1 == path || cell.1.is_empty()).map(|cell| &cell.2).collect();
        assert!(values.len() >= 4000, "{path}: {}", values.len());
        assert!(whole.batches.iter().all(|batch| batch.2 <= 5000), "{:?}", whole.batches);
        for chunk in [1, 7, 513] {
            assert_eq!(decode_with(text.as_bytes(), chunk, &limits).cells, whole.cells);
        }
        if text.starts_with("{\"x\"") {
            assert_eq!(whole.cells.iter().filter(|cell| cell.1 == "x").count(), 2);
            assert_eq!(whole.shortfall, Some(Reason::MemoryLimit));
        }
    }
}

#[test]
fn a_long_string_does_not_part_its_record() {
    let text = format!("{{\"ssn\":\"1\",\"file\":\"{}\",\"dx\":\"E11\"}}", "x".repeat(9 << 20));
    for text in [format!("{text}\n{text}\n"), format!("[{text},{text}]")] {
        let decoded = decode(&text);
        assert_eq!((decoded.records, decoded.shortfall), (2, None));
        assert_eq!(decoded.cells.iter().filter(|cell| cell.0 == 1).count(), 3);
    }
}

#[test]
fn a_document_that_is_no_envelope_is_one_record() {
    let text = "{\"patient\": {\"ssn\": \"078-05-1120\"}, \"diagnoses\": [{\"code\": \"E11\"}, {\"code\": \"I10\"}]}";
    assert_eq!(cells(text), ["0 patient.ssn=078-05-1120", "0 diagnoses[].code=E11", "0 diagnoses[].code=I10"]);
}

#[test]
fn a_large_object_is_read_member_by_member() {
    let limits = Limits { batch_bytes: 256, ..Limits::default() };
    let mut text = "{\"made\":\"today\",\"small\":[{\"a\":1},{\"a\":2}],\"rows\":[".to_owned();
    for number in 0..100 {
        text.push_str(&format!("{{\"n\":{number}}},"));
    }
    text.push_str("{}],\"after\":\"x\"}");
    let decoded = decode_with(text.as_bytes(), 7, &limits);
    assert_eq!(decoded.shortfall, None);
    let numbers: Vec<_> = decoded.cells.iter().filter(|cell| cell.1 == "rows[].n").collect();
    assert_eq!(numbers.len(), 100);
    assert_eq!(numbers[99].2, "99");
    assert_eq!(decoded.cells.iter().filter(|cell| cell.0 == 0).count(), 3);
    assert_eq!(decoded.records, 103);
}

#[test]
fn a_bad_line_is_text_and_the_rest_is_decoded() {
    let text = "{\"ssn\":\"1\"}\n{\"ssn\":\"2\", oops}\n{\"ssn\":\"3\"}{\"ssn\":\"4\"}\n{\"ssn\":\"5\"\n";
    let decoded = decode(text);
    assert_eq!(decoded.shortfall, Some(Reason::MalformedRecords));
    assert_eq!(cells(text), ["0 ssn=1", "1 ={\"ssn\":\"2\", oops}", "2 ssn=3", "3 ssn=4", "4 ={\"ssn\":\"5\""]);
}

#[test]
fn a_broken_document_keeps_what_came_before() {
    let text = "[{\"a\":\"x\"},{\"a\":\"y\",\"b\":\n078-05-1120 ,,\n more}]";
    let decoded = decode(text);
    assert_eq!(decoded.shortfall, Some(Reason::Corrupt));
    let all = cells(text);
    assert!(all.contains(&"1 a=y".to_owned()), "{all:?}");
    let cut = "[{\"a\":\"x\"},{\"a\":\"y\",\"b\":\"078-05-11";
    assert_eq!(cells(cut), ["0 a=x", "1 a=y", "2 =\"078-05-11"]);
    assert_eq!(decode(cut).shortfall, Some(Reason::Truncated));
}

#[test]
fn nesting_beyond_the_limit_is_text() {
    let limits = Limits { max_depth: 3, ..Limits::default() };
    let decoded = decode_with(b"{\"a\":{\"b\":{\"c\":{\"d\":\"deep\"}}},\"e\":1}", 5, &limits);
    assert_eq!(decoded.shortfall, Some(Reason::NestingLimit));
    assert!(decoded.cells.contains(&(0, String::new(), "{\"d\":\"deep\"}".to_owned())));
    assert!(decoded.cells.contains(&(0, "e".to_owned(), "1".to_owned())));
    let bomb = "[".repeat(100_000);
    assert_eq!(decode(&bomb).shortfall, Some(Reason::Truncated));
}

#[test]
fn documents_within_strings_are_decoded() {
    let text = "{\"payload\":\"{\\\"ssn\\\":\\\"078-05-1120\\\",\\\"n\\\":[1]}\",\"note\":\"[not json\"}";
    assert_eq!(cells(text), ["0 payload{}.ssn=078-05-1120", "0 payload{}.n[]=1", "0 note=[not json"]);
}

#[test]
fn keys_with_digits_are_values_too() {
    let text = "{\"078-05-1120\":{\"dx\":\"E11\"}}\n{\"078-05-1121\":{\"dx\":\"I10\"}}\n";
    let cells = cells(text);
    assert!(cells.contains(&"0 {key}=078-05-1120".to_owned()), "{cells:?}");
    assert!(cells.contains(&"1 {key}=078-05-1121".to_owned()));
}

#[test]
fn an_element_over_the_limit_is_text() {
    let limits = Limits { batch_bytes: 64, max_element_bytes: 256, ..Limits::default() };
    let long = "word ".repeat(200);
    let lines = format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\n{{\"a\":2}}\n");
    let array = format!("[{{\"a\":1}},\n{{\"a\":\"{long}\"}},{{\"a\":2}}]");
    for text in [lines.as_bytes(), array.as_bytes()] {
        let decoded = decode_with(text, 13, &limits);
        assert_eq!(decoded.shortfall, Some(Reason::MemoryLimit));
        let words: usize = decoded.cells.iter().map(|cell| cell.2.matches("word").count()).sum();
        assert_eq!(words, 200);
    }
    let after = decode_with(lines.as_bytes(), 13, &limits);
    assert!(after.cells.iter().any(|cell| cell.1 == "a" && cell.2 == "2"));
}

#[test]
fn batches_do_not_depend_on_chunks() {
    let limits = Limits { batch_bytes: 512, ..Limits::default() };
    let mut lines = String::new();
    for number in 0..300 {
        lines.push_str(&format!("{{\"n\":{number},\"t\":\"{}\",\"e\":\"\\n\"}}\n", "x".repeat(number % 50)));
        if number % 71 == 3 {
            lines.push_str("broken {\n");
        }
    }
    let array = format!("[{}]", lines.replace("broken {\n", "").trim_end().replace('\n', ",\n"));
    let envelope = format!("{{\"v\":1,\"rows\":{array},\"w\":2}}");
    let cut = &envelope[..envelope.len() / 2];
    for text in [&lines, &array, &envelope, cut] {
        let whole = decode_with(text.as_bytes(), usize::MAX, &limits);
        assert!(whole.batches.len() > 5);
        for chunk in [1, 2, 3, 511, 512, 513] {
            let other = decode_with(text.as_bytes(), chunk, &limits);
            assert_eq!(other.batches, whole.batches);
            assert_eq!(other.cells, whole.cells);
            assert_eq!(other.lines, whole.lines);
            assert_eq!(other.shortfall, whole.shortfall);
        }
    }
}

#[test]
fn a_failing_stream_delivers_what_came_before() {
    struct Failing(bool);
    impl ByteStream for Failing {
        fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
            if std::mem::replace(&mut self.0, true) {
                return Err(ReadError::new(Reason::TimedOut, "gone"));
            }
            Ok(Some(Bytes::from_static(b"{\"a\":\"x\"}\n{\"a\":\"y")))
        }
    }
    let mut decoder = open(Failing(false), &Limits::default()).unwrap();
    let mut batch = Batch::default();
    assert!(decoder.next_batch(&mut batch).unwrap());
    assert_eq!(batch.record_count, 2);
    assert_eq!(decoder.next_batch(&mut batch).unwrap_err().reason, Reason::TimedOut);
}

#[test]
fn any_bytes_are_survived() {
    let mut seed = 7u64;
    let alphabet = b"{}[]\",:\\u0d8e1 \n\t-truefalsnl\xff{}\"\"";
    for _ in 0..3000 {
        let mut text = Vec::new();
        for _ in 0..40 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push(alphabet[(seed >> 33) as usize % alphabet.len()]);
        }
        let limits = Limits { batch_bytes: 16, max_element_bytes: 32, max_depth: 4, ..Limits::default() };
        let whole = decode_with(&text, usize::MAX, &limits);
        assert_eq!(decode_with(&text, 1, &limits).cells, whole.cells);
    }
}

#[test]
fn rows_of_a_table_are_records() {
    let rows = r#"["4471","Okafor","E11.9"],["4472","Ferreira",null],["4473","Lindqvist","I10"]"#;
    let expected = [
        "0 chart_no=4471",
        "0 family=Okafor",
        "0 dx=E11.9",
        "1 chart_no=4472",
        "1 family=Ferreira",
        "2 chart_no=4473",
        "2 family=Lindqvist",
        "2 dx=I10",
    ];
    let names = r#"["chart_no","family","dx"]"#;
    let typed = r#"[{"name":"chart_no","type":"text"},{"name":"family"},{"name":"dx"}]"#;
    let boxed = |rows: &str, row: &str, cell: &str| {
        let rows = rows.replace('"', "").replace("null", "-");
        let cells = |row: &str| {
            let cells: Vec<_> = row.split(',').map(|text| format!("{{\"{cell}\":\"{text}\"}}")).collect();
            format!("{{\"{row}\":[{}]}}", cells.join(","))
                .replace("\"-\"", "null")
                .replace(&format!("\"{row}\""), "\"KEY\"")
        };
        let list: Vec<_> = rows.trim_matches(['[', ']']).split("],[").map(cells).collect();
        list.join(",").replace("KEY", row)
    };
    for (text, prefix) in [
        (format!("[{names},{rows}]"), ""),
        (format!("{names}\n{}\n", rows.replace("],", "]\n")), ""),
        (format!("{{\"headers\":{names},\"lines\":[{rows}]}}"), "lines[]."),
        (format!("{{\"columns\":{names},\"index\":[0,1,2],\"data\":[{rows}]}}"), "data[]."),
        (format!("{{\"data\":[{rows}],\"columns\":{typed}}}"), "data[]."),
        (
            format!(
                "{{\"status\":\"ok\",\"manifest\":{{\"schema\":{{\"columns\":{typed}}}}},\"result\":{{\"array\":[{rows}]}}}}"
            ),
            "result.array[].",
        ),
        (format!("{{\"schema\":{{\"fields\":{typed}}},\"rows\":[{}]}}", boxed(rows, "f", "v")), "rows[]."),
        (
            format!("{{\"Set\":{{\"Rows\":[{}]}}}}", boxed(&format!("{names},{rows}"), "Data", "VarCharValue")),
            "Set.Rows[].",
        ),
    ] {
        for limits in [Limits::default(), Limits { batch_bytes: 1024, ..Limits::default() }] {
            for chunk in [1, 3, 4096] {
                let decoded = decode_with(text.as_bytes(), chunk, &limits);
                assert_eq!(decoded.shortfall, None, "{text}");
                let rest = |path: &str| {
                    !path.starts_with("index")
                        && !path.contains("name")
                        && !path.ends_with("]")
                        && !path.contains("type")
                };
                let mut found: Vec<(u64, String)> = decoded
                    .cells
                    .iter()
                    .filter(|(_, path, _)| path.starts_with(prefix) && rest(path) && path != "status")
                    .map(|(record, path, value)| (*record, format!("{}={value}", &path[prefix.len()..])))
                    .collect();
                found.sort_by_key(|(record, _)| *record);
                let first = found.first().map_or(0, |(record, _)| *record);
                let mut found: Vec<_> =
                    found.iter().map(|(record, text)| format!("{} {text}", record - first)).collect();
                let mut expected = expected.to_vec();
                found.sort();
                expected.sort();
                assert_eq!(found, expected, "{text}");
            }
        }
    }
}

#[test]
fn rows_without_names_are_no_table() {
    for text in
        ["[[\"a\",\"b\"],[\"c\",\"d\"]]", "[[1,2],[3,4]]", "{\"at\":[[-80.1,25.2],[-80.2,25.3]],\"kind\":\"Line\"}"]
    {
        assert!(decode(text).cells.iter().all(|(_, path, _)| path.ends_with("[]") || path == "kind"), "{text}");
    }
    // A row that does not fit keeps its cells.
    let text = "{\"columns\":[\"chart\",\"dx\"],\"rows\":[[\"1\",\"x\"],[\"2\",\"y\"],[\"3\",\"z\"],[\"4\",\"x\"],[\"5\",\"x\"],[\"6\",\"x\"],[\"7\",\"x\"],[\"8\",\"x\"],[\"9\",\"y\",\"more\"],{\"a\":\"b\"},\"c\"]}";
    let all = cells(text);
    for expected in ["rows[].dx=y", "rows[][]=more", "rows[].a=b", "rows[]=c"] {
        assert!(all.iter().any(|cell| cell.ends_with(expected)), "{expected}: {all:?}");
    }
}

#[test]
fn values_at_one_place_of_columns_are_a_record() {
    let lists = "{\"chart_no\":[\"4471\",\"4472\"],\"dx\":[\"E11.9\",null],\"born\":[1980,1981]}";
    let numbered = "{\"chart_no\":{\"0\":\"4471\",\"7\":\"4472\"},\"dx\":{\"0\":\"E11.9\",\"7\":null},\"born\":{\"0\":1980,\"7\":1981}}";
    for text in [lists, numbered] {
        let mut found = cells(text);
        found.sort();
        assert_eq!(found, ["0 born=1980", "0 chart_no=4471", "0 dx=E11.9", "1 born=1981", "1 chart_no=4472"]);
        assert_eq!(decode(text).records, 2);
        let inside = format!("{{\"ok\":true,\"data\":{text}}}");
        assert!(cells(&inside).iter().any(|cell| cell.ends_with("data.chart_no=4472")), "{:?}", cells(&inside));
    }
    for other in [
        "{\"a\":[\"x\",\"y\"],\"b\":[\"z\"]}",
        "{\"who\":\"Okafor\",\"a\":[\"x\",\"y\"],\"b\":[\"z\",\"w\"]}",
        "{\"a\":[\"x\",\"y\"]}",
    ] {
        assert_eq!(decode(other).records, 1, "{other}");
    }
    // A table of more than a batch.
    let list = |from: usize| (0..900).map(|number| (from + number).to_string()).collect::<Vec<_>>().join("\",\"");
    let text = format!("{{\"chart_no\":[\"{}\"],\"code\":[\"{}\"]}}", list(1000), list(5000));
    let limits = Limits { batch_bytes: 1024, ..Limits::default() };
    let whole = decode_with(text.as_bytes(), usize::MAX, &limits);
    assert_eq!((whole.records, whole.shortfall), (900, None));
    for chunk in [1, 7, 1023] {
        assert_eq!(decode_with(text.as_bytes(), chunk, &limits).cells, whole.cells);
    }
    assert!(whole.cells.contains(&(899, "code".to_owned(), "5899".to_owned())));
}
