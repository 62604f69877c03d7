//! SQLite files: which tables are read, which rows, and what is said of those that were not.

use super::{FORM, LETTER, SEALED, fields, hexadecimal, names_its_strata, object, packed_people, states_no_falsehood};
use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{jsonl, jsonl_and_peak, phinder, run};
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::Value;
use std::io::Write;
use std::path::Path;

fn database(folder: &Path, sql: &str) -> (String, Connection) {
    let path = folder.join("clinic.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(sql).unwrap();
    (format!("sqlite:{}", path.display()), connection)
}

/// `rows` visits; every `nth` note names a patient.
fn visits(connection: &Connection, rows: u32, nth: Option<u32>) {
    connection.execute_batch("BEGIN; CREATE TABLE visits(id INTEGER PRIMARY KEY, room TEXT, note TEXT)").unwrap();
    let mut insert = connection.prepare("INSERT INTO visits(room, note) VALUES (?1, ?2)").unwrap();
    for row in 0..rows {
        let is_planted = nth.is_some_and(|nth| row % nth == nth / 2);
        let note = if is_planted { "SSN 219-09-9998, diagnosis E11.9" } else { "all quiet" };
        insert.execute((format!("room {}", row % 40), note)).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
}

#[test]
fn every_table_is_read_whatever_its_name_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let (target, connection) = database(
        folder.path(),
        r#"CREATE TABLE "Pati.ents ""ä/b"""(mrn TEXT, ssn INTEGER, dob DATE, doc TEXT, scan BLOB);
           INSERT INTO "Pati.ents ""ä/b""" VALUES ('MRN 00482913', 12345679, '1961-04-05',
             '{"patient": {"ssn": "219-09-9998", "codes": ["E11.9"]}}', NULL);
           CREATE TABLE empty(a);
           CREATE TABLE pairs(a TEXT PRIMARY KEY, ssn TEXT) WITHOUT ROWID;
           INSERT INTO pairs VALUES ('x', '219-09-9998');
           CREATE VIEW everybody AS SELECT ssn FROM pairs;"#,
    );
    let csv = "patient_name,ssn,icd10\nMary Miller,219-09-9998,E11.9\nJohn Smith,457-55-5462,I10\n";
    connection.execute(r#"UPDATE "Pati.ents ""ä/b""" SET scan = ?1"#, [csv.as_bytes()]).unwrap();
    let (code, lines) = jsonl(phinder().args(["scan", &target]));
    assert_eq!(code, 1);
    let odd = r#"/Pati%2Eents "ä%2Fb""#;
    let found = fields(&lines, odd);
    for field in ["ssn", "doc.patient.ssn", "scan.ssn"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    assert_eq!(object(&lines, odd)["coverage"], "complete");
    assert_eq!(object(&lines, odd)["format"], "sqlite");
    assert_eq!(object(&lines, "/empty")["sample"]["total_rows"], 0);
    assert!(fields(&lines, "/pairs").contains(&("ssn", "us_ssn")));
    assert!(!lines.iter().any(|line| line["location"].as_str().is_some_and(|text| text.ends_with("everybody"))));
    let (_, lines) = jsonl(phinder().args(["scan", &target, "--views"]));
    assert!(fields(&lines, "/everybody").contains(&("ssn", "us_ssn")));
}

#[test]
fn a_sample_is_drawn_by_its_seed_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (target, connection) = database(folder.path(), "");
    visits(&connection, 50_000, Some(100));
    let scan = |seed: &str| jsonl(phinder().args(["scan", &target, "--seed", seed])).1;
    let (one, again, other) = (scan("1"), scan("1"), scan("2"));
    let sampled = object(&one, "/visits");
    assert_eq!(sampled["coverage"], "sampled");
    let sample = &sampled["sample"];
    assert_eq!((&sample["method"], &sample["seed"]), (&"keys".into(), &"1".into()));
    assert_eq!(sample["total_rows"], 50_000);
    assert!((3_000..3_020).contains(&sample["rows"].as_u64().unwrap()), "{sample}");
    assert_eq!(sample["total_is_exact"], true);
    names_its_strata(sampled);
    assert_eq!(sample["strata"][0]["stratum"], "random");
    let strata = [1, 2].map(|stratum| sample["strata"][stratum]["rows"].as_u64().unwrap());
    assert!(strata.iter().all(|rows| (30..=50).contains(rows)), "newest and oldest rows: {sample}");
    let (low, high) = (sample["share_at_least"].as_f64().unwrap(), sample["share_at_most"].as_f64().unwrap());
    assert!(low < 0.01 && 0.01 < high, "{sample}");
    assert_eq!(sampled["sample"], object(&again, "/visits")["sample"]);
    assert_eq!(sampled["classes"], object(&again, "/visits")["classes"]);
    let places = |lines: &[Value]| lines.iter().find(|line| line["type"] == "finding").unwrap()["positions"].clone();
    assert_eq!(places(&one), places(&again));
    assert_ne!(places(&one), places(&other));
    assert_eq!(one[0]["seed"], "1");
}

#[test]
fn nothing_found_in_a_sample_is_stated_with_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (target, connection) = database(folder.path(), "");
    visits(&connection, 20_000, None);
    let (code, report, _) = run(phinder().args(["scan", &target, "--no-progress", "--seed", "5"]));
    assert_eq!(code, 0);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains(" oldest) of 20,000: with 95 % confidence fewer than 0.1 % of its rows hold"), "{report}");
    let (_, lines) = jsonl(phinder().args(["scan", &target, "--full"]));
    assert_eq!(object(&lines, "/visits")["coverage"], "complete");
    assert_eq!(object(&lines, "/visits")["records"], 20_000);
}

#[test]
fn sparse_keys_and_tables_without_rowid_are_sampled_too() {
    let folder = tempfile::tempdir().unwrap();
    let (target, connection) = database(folder.path(), "");
    connection
        .execute_batch(
            "CREATE TABLE sparse(id INTEGER PRIMARY KEY, v TEXT);
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
             INSERT INTO sparse SELECT i * 1000003 - 4000000000, 'v' || i FROM n;
             CREATE TABLE keyed(a TEXT PRIMARY KEY, rowid TEXT) WITHOUT ROWID;
             INSERT INTO keyed SELECT v, v FROM sparse;",
        )
        .unwrap();
    let (_, lines) = jsonl(phinder().args(["scan", &target, "--sample-rows", "500", "--seed", "3"]));
    let sparse = &object(&lines, "/sparse")["sample"];
    assert_eq!(
        (&sparse["method"], &sparse["rows"], &sparse["independent_rows"]),
        (&"rows".into(), &500.into(), &500.into())
    );
    let keyed = &object(&lines, "/keyed")["sample"];
    assert_eq!((&keyed["method"], &keyed["rows"]), (&"rows".into(), &500.into()));
    assert!(keyed["end_rows"].as_u64().unwrap() > 90, "newest and oldest rows: {keyed}");
    ["/sparse", "/keyed"].iter().for_each(|table| names_its_strata(object(&lines, table)));
}

/// One key far from all others, and matches that are newest rows alone.
#[test]
fn what_is_stated_holds_whatever_the_keys_and_the_newest_rows_are() {
    let folder = tempfile::tempdir().unwrap();
    let (target, _) = database(
        folder.path(),
        "CREATE TABLE outlier(id INTEGER PRIMARY KEY, note TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO outlier SELECT i, CASE WHEN i > 300 AND i % 2 = 0 AND i < 19900 THEN 'SSN 219-09-9998, E11.9' ELSE 'quiet' END FROM n;
         CREATE TABLE newest(id INTEGER PRIMARY KEY, note TEXT);
         INSERT INTO newest SELECT id, CASE WHEN id > 19950 THEN 'SSN 219-09-9998, E11.9' ELSE 'quiet' END FROM outlier;
         INSERT INTO outlier VALUES (9223372036854775807, 'quiet');",
    );
    for seed in ["2", "3", "4"] {
        let (code, lines) = jsonl(phinder().args(["scan", &target, "--seed", seed, "--sample-rows", "1000"]));
        assert_eq!(code, 1);
        let outlier = object(&lines, "/outlier");
        assert_eq!((&outlier["sample"]["method"], &outlier["sample"]["rows"]), (&"rows".into(), &1000.into()));
        assert!(outlier["classes"]["phi"].as_u64().unwrap() > 300, "about half of the rows: {outlier}");
        states_no_falsehood(outlier, 0.49);
        let newest = object(&lines, "/newest");
        assert_eq!(newest["sample"]["method"], "keys");
        states_no_falsehood(newest, 0.002_5);
    }
}

#[test]
fn a_file_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (target, connection) = database(folder.path(), "PRAGMA journal_mode=WAL;");
    visits(&connection, 10, Some(3));
    drop(connection);
    let listed = || {
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        (names, std::fs::read(folder.path().join("clinic.db")).unwrap())
    };
    let before = listed();
    let (code, lines) = jsonl(phinder().args(["scan", &target]));
    assert_eq!((code, &object(&lines, "/visits")["records"]), (1, &10.into()));
    assert!(before == listed(), "nothing was written beside it or into it");
}

#[test]
fn what_is_no_database_or_is_damaged_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.db");
    std::fs::write(&text, "not a database, but long enough to have a header of one hundred bytes ".repeat(20)).unwrap();
    let (code, lines) = jsonl(phinder().args(["scan", &format!("sqlite:{}", text.display())]));
    assert_eq!((code, &lines[1]["reason"]), (3, &"unsupported_format".into()));
    let (target, connection) = database(folder.path(), "");
    visits(&connection, 5_000, None);
    connection.execute_batch("CREATE TABLE after(ssn TEXT); INSERT INTO after VALUES ('219-09-9998')").unwrap();
    drop(connection);
    let path = folder.path().join("clinic.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 4096;
    bytes[8192..last].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let (code, lines) = jsonl(phinder().args(["scan", &target]));
    assert_eq!(code, 1, "the table behind the damage is read");
    assert_eq!(object(&lines, "/visits")["reason"], "corrupt");
    let (code, _, error) = run(phinder().args(["scan", "sqlite:/no/such.db"]));
    assert_eq!(code, 2);
    assert!(error.contains("no such file"), "{error}");
}

/// Two tables, each with columns that mean something only in it.
const CLINIC: &str = "CREATE TABLE patients(id INTEGER PRIMARY KEY, name TEXT, ssn TEXT, icd10 TEXT);
    INSERT INTO patients VALUES (1, 'Mary Miller', '219-09-9998', 'E11.9'), (2, 'John Smith', '457-55-5462', 'I10');
    CREATE TABLE visits(id INTEGER PRIMARY KEY, note TEXT, doc TEXT);
    INSERT INTO visits VALUES (1, 'SSN 219-09-9998, diagnosis E11.9', '{\"patient\": {\"ssn\": \"536-90-4399\"}}');
    CREATE TABLE empty(a);";

#[test]
fn database_files_among_others_are_read_table_by_table() {
    let folder = tempfile::tempdir().unwrap();
    let (_, connection) = database(folder.path(), CLINIC);
    drop(connection);
    let bytes = std::fs::read(folder.path().join("clinic.db")).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&bytes).unwrap();
    let packed = packed.finish().unwrap();
    std::fs::write(folder.path().join("backup.sqlite.gz"), &packed).unwrap();
    std::fs::write(folder.path().join("cut.sqlite"), &bytes[..bytes.len() / 2]).unwrap();
    let copies = tempfile::tempdir().unwrap();
    let (code, lines) = jsonl(phinder().arg("scan").arg(folder.path()).env("TMPDIR", copies.path()));
    assert_eq!(code, 1);
    for name in ["/clinic.db", "/backup.sqlite.gz"] {
        let found = fields(&lines, name);
        for place in [("patients.ssn", "us_ssn"), ("patients.icd10", "icd10cm"), ("visits.doc.patient.ssn", "us_ssn")] {
            assert!(found.contains(&place), "{name} {place:?}: {found:?}");
        }
        assert!(found.contains(&("patients.name", "person_name")), "beside an SSN: {found:?}");
        let line = object(&lines, name);
        assert_eq!((&line["format"], &line["coverage"]), (&"sqlite".into(), &"complete".into()), "{line}");
        assert_eq!((&line["records"], &line["classes"]["phi"]), (&3.into(), &3.into()), "{line}");
    }
    assert_eq!(object(&lines, "/cut.sqlite")["reason"], "corrupt");
    assert_eq!(std::fs::read_dir(copies.path()).unwrap().count(), 0, "no copy is left");
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put("lake", "copies/clinic.db", bytes);
    let mut command = phinder();
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1")
        .env("TMPDIR", copies.path());
    let (_, s3) = jsonl(command.args(["scan", "s3://lake"]));
    assert_eq!(fields(&s3, "/clinic.db"), fields(&lines, "/clinic.db"));
    assert_eq!(std::fs::read_dir(copies.path()).unwrap().count(), 0, "no copy is left");
    let no_room = folder.path().join("nowhere");
    let (_, lines) = jsonl(phinder().arg("scan").arg(folder.path()).env("TMPDIR", &no_room));
    assert_eq!(object(&lines, "/backup.sqlite.gz")["reason"], "copy_limit");
}

#[test]
fn a_log_beside_a_database_file_is_read_with_it_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_, connection) = database(folder.path(), "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;");
    connection.execute_batch(CLINIC).unwrap();
    let (_, lines) = jsonl(phinder().arg("scan").arg(folder.path()));
    assert!(fields(&lines, "/clinic.db").contains(&("patients.ssn", "us_ssn")), "the rows stand in the log");
    assert_eq!(object(&lines, "/clinic.db-wal")["reason"], "unsupported_format");
}

#[test]
fn keys_of_sqlite_lead_from_health_data_to_people() {
    let folder = tempfile::tempdir().unwrap();
    let (target, _) = database(
        folder.path(),
        "CREATE TABLE Patients(id INTEGER PRIMARY KEY, name TEXT, ssn TEXT);
         INSERT INTO Patients VALUES (1, 'Mary Miller', '219-09-9998');
         CREATE TABLE visits(id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patients(id));
         INSERT INTO visits VALUES (7, 1);
         CREATE TABLE diagnoses(visit INTEGER, icd10 TEXT, FOREIGN KEY (visit) REFERENCES visits(id));
         INSERT INTO diagnoses VALUES (7, 'E11.9');",
    );
    let (code, lines) = jsonl(phinder().args(["scan", &target]));
    assert_eq!(code, 1);
    let summary = lines.last().unwrap();
    let link = &summary["links"][0];
    assert_eq!((&link["class"], &link["verdict"]), (&"phi".into(), &"unexpected".into()), "{link}");
    assert_eq!(
        (&link["severity"], &link["by"]),
        (&"medium".into(), &serde_json::json!(["visit", "patient"])),
        "{link}"
    );
    assert!(link["health"].as_str().unwrap().ends_with("/diagnoses"), "{link}");
    assert!(link["people"].as_str().unwrap().ends_with("/Patients"), "{link}");
    assert!(summary["notes"][0].as_str().unwrap().ends_with("together they are PHI, unexpected, severity medium"));
    let policy = folder.path().join("phinder.toml");
    let expects = "[[expect]]\nname = \"clinic\"\nlocations = [\"sqlite:///**\"]\nclasses = [\"pii\", \"health\"]\nreason = \"a clinic\"\n";
    std::fs::write(&policy, expects).unwrap();
    let (code, lines) = jsonl(phinder().args(["scan", &target, "--policy"]).arg(&policy));
    assert_eq!((code, &lines.last().unwrap()["unexpected"]), (1, &0.into()), "PHI is not expected there: {lines:?}");
}

#[test]
fn a_value_that_is_too_large_costs_its_row_and_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (target, _) = database(
        folder.path(),
        "CREATE TABLE notes(id INTEGER PRIMARY KEY, note TEXT);
         INSERT INTO notes VALUES (1, 'SSN 219-09-9998'), (2, printf('%.*c', 300000000, 'x')), (3, 'SSN 457-55-5462');",
    );
    let whole = folder.path().to_str().unwrap().to_owned();
    for (target, table) in [(target, "/notes"), (whole, "/clinic.db")] {
        let (lines, peak) = jsonl_and_peak(phinder().args(["scan", &target]));
        let line = object(&lines, table);
        assert_eq!((&line["coverage"], &line["reason"]), (&"partial".into(), &"memory_limit".into()), "{line}");
        assert_eq!(line["records"], 2, "what stands behind it is read: {line}");
        if let Some(statement) = line["sample"]["statement"].as_str() {
            assert!(statement.starts_with("2 rows were read; nothing is said of"), "{line}");
        }
        assert!((1..200).contains(&peak), "{peak} MiB, with a value of 300 MB");
    }
}

#[test]
fn documents_in_the_binary_form_of_sqlite_are_read_as_documents() {
    let folder = tempfile::tempdir().unwrap();
    let document = |ssn: &str| format!(r#"jsonb('{{"patient": {{"ssn": "{ssn}", "notes": [1, "E11.9"]}}}}')"#);
    let (target, _) = database(
        folder.path(),
        &format!(
            "CREATE TABLE visits(id INTEGER PRIMARY KEY, doc BLOB);
             INSERT INTO visits VALUES (1, {}), (2, x'0c'), (3, x'7bff'), (4, x'{}');",
            document("219-09-9998"),
            "0c00".repeat(100)
        ),
    );
    let (_, lines) = jsonl(phinder().args(["scan", &target]));
    assert!(fields(&lines, "/visits").contains(&("doc.patient.ssn", "us_ssn")), "{lines:?}");
}

#[test]
fn a_statement_of_sqlite_ends_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let (target, _) = database(
        folder.path(),
        "CREATE TABLE t(ssn TEXT); INSERT INTO t VALUES ('219-09-9998');
         CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;",
    );
    let (code, lines) = jsonl(phinder().args(["scan", &target, "--views", "--db-timeout", "1"]));
    assert_eq!(code, 1, "the rest goes on");
    assert_eq!(object(&lines, "/endless")["reason"], "timed_out", "{lines:?}");
    assert_eq!(fields(&lines, "/t"), [("ssn", "us_ssn")]);
}

#[test]
fn cells_are_read_whatever_they_are_packed_in_or_written_with() {
    let folder = tempfile::tempdir().unwrap();
    let (packed, latin) = (packed_people(), hexadecimal(b"SSN 219-09-9998 caf\xe9"));
    let (letter, form) = (hexadecimal(LETTER), hexadecimal(FORM));
    let (target, _) = database(
        folder.path(),
        &format!(
            "CREATE TABLE cells(file BLOB, note BLOB, ssn REAL, digest BLOB, letter BLOB, form BLOB);
             INSERT INTO cells VALUES (x'{packed}', x'{latin}', 12345679, x'11111111222233334444555555555555', x'{letter}', x'{form}');
             CREATE TABLE sealed(file BLOB); INSERT INTO sealed VALUES (x'{}'), (x'{letter}');",
            hexadecimal(SEALED)
        ),
    );
    let (_, lines) = jsonl(phinder().args(["scan", &target]));
    let found = fields(&lines, "/cells");
    for field in ["file.ssn", "note", "ssn", "letter[]", "form.ssn"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    assert!(found.contains(&("form.f3", "date_of_birth")), "{found:?}");
    assert_eq!(object(&lines, "/cells")["coverage"], "complete");
    let sealed = object(&lines, "/sealed");
    assert_eq!((&sealed["coverage"], &sealed["reason"]), (&"partial".into(), &"encrypted".into()));
    assert!(fields(&lines, "/sealed").contains(&("file[]", "us_ssn")), "the rest goes on");
}
