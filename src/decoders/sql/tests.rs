//! Dumps as programs write them, decoded.

use super::*;
use crate::model::Content;

/// What a dump gives: `path@ordinal` with its values joined, in order of paths; and how many records.
#[derive(Debug, Default)]
struct Decoded {
    columns: Vec<(String, String)>,
    records: u64,
    lines: Vec<u64>,
    tables: Vec<u32>,
    shortfall: Option<Reason>,
}

impl Decoded {
    fn column(&self, name: &str) -> &str {
        self.columns.iter().find(|known| known.0 == name).map_or("", |known| &known.1)
    }
}

fn decode_with(text: &str, limits: &Limits) -> Decoded {
    assert!(
        is_dump(&text.as_bytes()[..text.len().min(super::super::encoding::SAMPLE_BYTES)], text.len() < 65_536),
        "a dump"
    );
    let stream = Peeked::new(Content::from_bytes(text.as_bytes().to_vec().into()).stream);
    let mut decoder = SqlDecoder::open(stream, limits);
    let (mut batch, mut decoded) = (Batch::default(), Decoded::default());
    let mut bytes = 0;
    while decoder.next_batch(&mut batch).unwrap() {
        assert_eq!(batch.first_record, decoded.records);
        decoded.records += u64::from(batch.record_count);
        decoded.lines.extend(&batch.record_lines);
        decoded.tables.push(decoder.table());
        bytes += batch.source_bytes;
        for column in &batch.columns {
            let name = format!("{}@{}", column.path, column.ordinal);
            for index in 0..column.len() {
                let value = String::from_utf8_lossy(column.value(index)).into_owned();
                match decoded.columns.iter_mut().find(|known| known.0 == name) {
                    Some(known) => known.1 = std::mem::take(&mut known.1) + "|" + &value,
                    None => decoded.columns.push((name.clone(), value)),
                }
            }
        }
        assert!(decoder.window.bytes.capacity() <= 4 * MAX_RECORD_BYTES);
    }
    assert!(bytes <= text.len() as u64);
    decoded.columns.sort();
    decoded.shortfall = decoder.shortfall();
    decoded
}

fn decode(text: &str) -> Decoded {
    decode_with(text, &Limits::default())
}

#[test]
fn each_tuple_is_a_record_whose_columns_the_statement_names() {
    let text =
        "INSERT INTO patients (id, mrn, lname) VALUES\n(0,'4471920','O''Brien'),\n(1,NULL,'Roe'),(2,'4471922','');\n";
    let decoded = decode(text);
    assert_eq!(decoded.column("patients.mrn@2"), "4471920|4471922");
    assert_eq!(decoded.column("patients.lname@3"), "O'Brien|Roe");
    assert_eq!((decoded.records, decoded.lines, decoded.shortfall), (3, vec![2, 3, 3], None));
}

#[test]
fn names_come_from_the_last_table_that_was_created() {
    let text = "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE `p` (\n  `id` int,\n  `ssn` char(9) DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n\
                LOCK TABLES `p` WRITE;\nINSERT INTO `p` VALUES (1,'219099999'),(2,'O\\'B\\n');\nUNLOCK TABLES;\n\
                CREATE TABLE q (a int);\nINSERT INTO q VALUES (7);\nINSERT INTO r VALUES (8,'x');\nINSERT INTO p (ssn) VALUES ('1');";
    let decoded = decode(text);
    assert_eq!(decoded.column("p.ssn@2"), "219099999|O'B\n");
    assert_eq!((decoded.column("q.a@1"), decoded.column("r.#2@2")), ("7", "x"));
    assert_eq!(decoded.column("p.ssn@1"), "1");
    assert!(decoded.column("@0").contains("LOCK TABLES `p` WRITE;|UNLOCK TABLES;"));
    assert_eq!(decoded.tables, [0, 1, 2, 3, 4]);
}

#[test]
fn lines_of_copy_are_records() {
    let text = "--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.p (\n    id integer,\n    note text\n);\n\n\
                COPY public.p (id, note) FROM stdin;\n1\tseen\\tand\\nwell\n2\t\\N\n\\.\n\n\
                COPY public.q FROM stdin;\nx\ty\n\\.\nALTER TABLE p ADD x int;\n";
    let decoded = decode(text);
    assert_eq!((decoded.column("p.id@1"), decoded.column("p.note@2")), ("1|2", "seen\tand\nwell"));
    assert_eq!(decoded.column("q.#2@2"), "y");
    assert!(decoded.column("@0").ends_with("ALTER TABLE p ADD x int;"));
    assert_eq!(decoded.shortfall, None);
    // Three comment lines, the table, two rows and one, the last statement.
    assert_eq!(decoded.records, 1 + 1 + 2 + 1 + 1);
}

#[test]
fn what_is_no_row_is_text_a_record_for_each_statement() {
    let text = "-- Jane's chart\n-- MRN 4471920\nINSERT INTO p (a) VALUES (1) /* paid by Roe */, -- twice\n(2); UPDATE p\nSET ssn = '219-09-9999'\nWHERE a = 1; INSERT INTO p (a) VALUES (3) ON CONFLICT DO NOTHING;\nINSERT INTO p /* odd */ (a) VALUES (4 /* even */);\nINSERT INTO p (a) SELECT 5;\n";
    let decoded = decode(text);
    assert_eq!(decoded.column("p.a@1"), "1|2|3|4");
    let lines = decoded.column("@0");
    for line in [
        "-- Jane's chart|-- MRN 4471920|",
        "/* paid by Roe */|-- twice",
        "SET ssn = '219-09-9999'",
        "/* odd */",
        "/* even */",
    ] {
        assert!(lines.contains(line), "{line} {lines}");
    }
    assert!(lines.contains("ON CONFLICT DO NOTHING;") && lines.ends_with("INSERT INTO p (a) SELECT 5;"));
}

#[test]
fn statements_of_two_tables_may_alternate() {
    let mut text = String::new();
    for i in 0..300 {
        text += &format!("INSERT INTO p (id) VALUES ({i});\nINSERT INTO v (pid) VALUES ({i});\n");
    }
    let decoded = decode(&text);
    assert_eq!((decoded.tables, decoded.records), (vec![1, 2], 600));
    let decoded = decode_with(&text, &Limits { batch_bytes: 512, ..Limits::default() });
    assert_eq!(decoded.column("v.pid@1"), (0..300).map(|i| i.to_string()).collect::<Vec<_>>().join("|"));
    assert!(decoded.tables.iter().all(|table| [1, 2].contains(table)));
}

#[test]
fn every_dialect_is_read() {
    let text = "USE [db]\nGO\nSET IDENTITY_INSERT [dbo].[p] ON\nINSERT [dbo].[p] ([id], [name], [dob]) VALUES (1, N'Jane', CAST(N'1980-01-02T00:00:00.000' AS DateTime))\nINSERT [dbo].[p] ([id], [name], [dob]) VALUES (2, N'Ann', NULL)\nGO\n";
    let decoded = decode(text);
    assert_eq!((decoded.column("p.name@2"), decoded.column("p.dob@3")), ("Jane|Ann", "1980-01-02T00:00:00.000"));
    let text = "REM INSERTING into SCOTT.P\nSET DEFINE OFF;\nInsert into SCOTT.P (ID,DOB) values (1,to_date('1980-01-02','YYYY-MM-DD'));\nInsert into SCOTT.P (ID,DOB) values (2,to_date('1981-01-02','YYYY-MM-DD'));\n";
    assert_eq!(decode(text).column("P.DOB@2"), "1980-01-02|1981-01-02");
    let text = "INSERT ALL\n  INTO p (id) VALUES (1)\n  INTO q (id) VALUES (2)\nSELECT * FROM dual;\n";
    let decoded = decode(text);
    assert_eq!((decoded.column("p.id@1"), decoded.column("q.id@1")), ("1", "2"));
    let text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"p\" (id INTEGER PRIMARY KEY, \"the name\" TEXT);\nINSERT INTO \"p\" VALUES(1,'it''s');\nREPLACE INTO p VALUES(X'4a',replace('a\\nb','\\n',char(10)));\nCOMMIT;\n";
    let decoded = decode(text);
    assert_eq!(decoded.column("p.the name@2"), "it's|a\\nb \\n");
    assert_eq!(decoded.column("p.id@1"), "1|J");
}

#[test]
fn damage_costs_a_line_and_a_cut_the_last_row() {
    let row = |i: u32| format!("({i},'Name{i}','{}')", 4_471_900 + i);
    let mut rows: Vec<String> = (0..40).map(row).collect();
    rows[7] = "(7,'Name7,'4471907')".to_owned();
    rows[20] = "(20,'Name20','44719\u{7}".to_owned();
    let text = format!(
        "INSERT INTO p (id, name, mrn) VALUES\n{};\nINSERT INTO p (id, name, mrn) VALUES (99,'Eve','1');\n",
        rows.join(",\n")
    );
    let decoded = decode(&text);
    let names: Vec<&str> = decoded.column("p.name@2").split('|').collect();
    assert!(names.contains(&"Name6") && names.contains(&"Name39") && names.contains(&"Eve"), "{decoded:?}");
    assert!(names.len() >= 38, "{decoded:?}");
    assert!(decoded.column("@0").contains("(20,'Name20'"), "{decoded:?}");
    assert_eq!(decoded.shortfall, Some(Reason::MalformedRecords));
    let whole = format!("INSERT INTO p (id, name, mrn) VALUES {},{};", row(1), row(2));
    for cut in 58..whole.len() - 1 {
        let decoded = decode(&whole[..cut]);
        // Without its semicolon a statement may be whole.
        let is_whole = whole[..cut].ends_with(')');
        assert_eq!(decoded.shortfall, (!is_whole).then_some(Reason::Truncated), "{}", &whole[..cut]);
        assert!(decoded.column("p.name@2").starts_with("Name1"), "{}", &whole[..cut]);
    }
    let decoded = decode("COPY p (a, b) FROM stdin;\n1\tAnn\n2\tBo");
    assert_eq!((decoded.column("p.b@2"), decoded.shortfall), ("Ann|Bo", Some(Reason::Truncated)));
}

#[test]
fn a_row_larger_than_any_record_is_text_and_the_line_goes_on() {
    let limits = Limits { batch_bytes: 1024, max_element_bytes: 4096, ..Limits::default() };
    let text = format!(
        "INSERT INTO p (id, note) VALUES (1,'Ann'),(2,'{}'),(3,'Eve'),(4,'Bob');\nINSERT INTO p (id, note) VALUES (5,'Zoe');\n",
        "it''s long (".repeat(2000)
    );
    let decoded = decode_with(&text, &limits);
    assert_eq!((decoded.column("p.note@2"), decoded.shortfall), ("Ann|Eve|Bob|Zoe", Some(Reason::MalformedRecords)));
    assert!(decoded.column("@0").starts_with("(2,'it''s long"));
    let text = format!("COPY p (id, note) FROM stdin;\n1\tAnn\n2\t{}\n3\tEve\n\\.\n", "long ".repeat(4000));
    let decoded = decode_with(&text, &limits);
    assert_eq!((decoded.column("p.note@2"), decoded.shortfall), ("Ann|Eve", Some(Reason::MalformedRecords)));
}

#[test]
fn a_line_of_many_megabytes_is_held_in_a_bounded_window() {
    let rows: Vec<String> = (0..400_000).map(|i| format!("({i},'Name{i}','1980-01-02')")).collect();
    let text = format!("INSERT INTO p VALUES {};", rows.join(","));
    let decoded = decode(&text);
    assert_eq!((decoded.records, decoded.shortfall), (400_000, None));
}

#[test]
fn tables_without_end_are_forgotten() {
    let text: String = (0..20_000).map(|i| format!("INSERT INTO t{i} (a) VALUES ({i});\n")).collect();
    let decoded = decode_with(&text, &Limits { batch_bytes: 4096, ..Limits::default() });
    assert_eq!(decoded.records, 20_000);
    assert_eq!(decoded.column("t19999.a@1"), "19999");
}
