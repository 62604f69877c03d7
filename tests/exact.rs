//! Exact match as a user builds and uses it: tables in, an index out, and nothing of the tables in it.

use crate::support::moto::MotoServer;
use crate::support::scan::{phinder, run};
use phinder::config::{Overrides, Settings};
use phinder::detectors::exact::{ExactIndexes, ExactKind};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddee00";

const PATIENTS: &str = "mrn,last_name,dob,city\n\
    MR-44-71920,O'Brien,1980-02-03,Springfield\n\
    0088330142,Müller,02/04/1981,Springfield\n\
    88330142,Müller,02/04/1981,Springfield\n\
    88330777,\"Smith, Jr.\",,Springfield\n\
    N/A,Unknown,1900-01-01,Springfield\n\
    123456789,Smith,1979-12-31,Springfield\n\
    12,Jones,1979-12-30,Springfield\n";

/// A directory with a key and a table of patients.
struct Clinic {
    folder: tempfile::TempDir,
}

impl Clinic {
    fn new() -> Self {
        let clinic = Self { folder: tempfile::tempdir().unwrap() };
        clinic.write("patients.csv", PATIENTS);
        clinic.write_key("phinder.key", KEY);
        clinic
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn write_key(&self, name: &str, key: &str) {
        self.write(name, key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn phinder(&self) -> Command {
        let mut command = phinder();
        command.current_dir(self.folder.path()).env_remove("PHINDER_KEY");
        command
    }

    fn build(&self, arguments: &[&str]) -> (i32, String, String) {
        run(self.phinder().args(["exact", "build"]).args(arguments))
    }

    /// The indexes as the plan of a scan holds them.
    fn plan(&self, index: &str) -> Result<Arc<ExactIndexes>, String> {
        self.plan_with_key(index, "phinder.key")
    }

    fn plan_with_key(&self, index: &str, key: &str) -> Result<Arc<ExactIndexes>, String> {
        let overrides =
            Overrides { exact: vec![self.path(index)], key_file: Some(self.path(key)), ..Overrides::default() };
        let empty = tempfile::NamedTempFile::new().unwrap();
        let indexes = Settings::read(Some(empty.path())).unwrap().exact_indexes(&overrides);
        indexes.map(|indexes| Arc::new(indexes.unwrap())).map_err(|error| error.to_string())
    }
}

fn is_found(indexes: &ExactIndexes, text: &str) -> bool {
    indexes.id_at(text.as_bytes(), 0, text.len()).is_some()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A Parquet file with one column of 64-bit numbers, repeated so that a dictionary pays.
fn parquet(numbers: &[i64]) -> Vec<u8> {
    use parquet::data_type::Int64Type;
    use parquet::file::writer::SerializedFileWriter;
    let schema = parquet::schema::parser::parse_message_type("message m { required int64 mrn; }").unwrap();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::default()).unwrap();
    for _ in 0..2 {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(numbers, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn an_index_is_built_shown_and_planned_with() {
    let clinic = Clinic::new();
    let (code, report, errors) = clinic.build(&["--column", "mrn,last_name,dob", "patients.csv", "-o", "p.phx"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{report}");
    let lines: Vec<Vec<&str>> = report.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(lines.contains(&"mrn id 7 3 1 short, 2 placeholders".split(' ').collect()), "{report}");
    assert!(lines.contains(&"last_name name 7 4 1 placeholders".split(' ').collect()), "{report}");
    let (code, shown, _) = run(clinic.phinder().args(["exact", "show", "p.phx"]));
    assert_eq!(code, 0);
    assert!(shown.contains("fits; the file is as it was built") && shown.contains("version 1"), "{shown}");
    let indexes = clinic.plan("p.phx").unwrap();
    for text in ["mr4471920", "MR 44-71920", "88330142", "000088330142", "88330777"] {
        assert!(is_found(&indexes, text), "{text}");
    }
    for text in ["4471920", "88330143", "123456789", "Springfield", "12"] {
        assert!(!is_found(&indexes, text), "{text}");
    }
    assert!(indexes.confirms(ExactKind::Name, b"MULLER") && indexes.confirms(ExactKind::Date, b"4 Feb 1981"));
    assert!(!indexes.confirms(ExactKind::Date, b"April 2, 1981") && !indexes.confirms(ExactKind::Date, b"1900-01-01"));
}

#[test]
fn a_scan_finds_what_is_indexed_wherever_it_stands() {
    let clinic = Clinic::new();
    clinic.build(&["--column", "mrn,last_name,dob", "patients.csv", "-o", "p.phx"]);
    clinic.write("app.log", "job 17 done for 88330142 in 20 ms\njob 18 done for 88330143\nref MR-44-71920.\n");
    clinic.write("table.csv", "order,amount\n0088330142,12.50\n88330143,3.00\n");
    clinic.write("labelled.txt", "MRN: 88330142\n");
    let (code, report, errors) = run(clinic.phinder().args([
        "scan",
        "app.log",
        "table.csv",
        "labelled.txt",
        "--exact",
        "p.phx",
        "--format",
        "jsonl",
    ]));
    assert_eq!((code, errors.contains("error")), (1, false), "{errors}");
    let lines: Vec<serde_json::Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |file: &str| {
        let finding =
            |line: &&serde_json::Value| line["type"] == "finding" && line["location"].as_str().unwrap().ends_with(file);
        let tell = |line: &serde_json::Value| {
            (line["detector"].clone(), line["field"].clone(), line["values"].clone(), line["evidence"].to_string())
        };
        lines.iter().filter(finding).map(tell).collect::<Vec<_>>()
    };
    let exact =
        |field: &str, values: u64| ("exact_match".into(), field.into(), values.into(), "[\"exact_match\"]".to_owned());
    assert_eq!(of("app.log"), [exact("", 2)]);
    assert_eq!(of("table.csv"), [exact("order", 1)]);
    let [(detector, _, _, evidence)] = of("labelled.txt").try_into().unwrap();
    assert_eq!(detector, "mrn");
    assert!(evidence.contains("exact_match"), "{evidence}");
    assert!(!report.contains("88330142"));
}

#[test]
fn what_is_indexed_is_found_in_other_characters_and_in_codes() {
    let clinic = Clinic::new();
    clinic.build(&["--column", "mrn", "patients.csv", "-o", "p.phx"]);
    let lines = [
        "req \u{ff18}\u{ff18}\u{ff13}\u{ff13}\u{ff10}\u{ff11}\u{ff14}\u{ff12} x",
        "req 88\u{200b}330142 x",
        "req mr\u{2011}44\u{2011}71920 x",
        "GET /x?id=MR%2D44%2D71920",
        "\u{1b}[33m88330142\u{1b}[0m done",
        "none 88\u{200b}330143",
    ];
    clinic.write("app.log", lines.join("\n"));
    let (_, report, errors) = run(clinic.phinder().args([
        "scan",
        "app.log",
        "--exact",
        "p.phx",
        "--key-file",
        "phinder.key",
        "--format",
        "jsonl",
    ]));
    let finding = report.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let found: Vec<_> = finding.filter(|line| line["detector"] == "exact_match").collect();
    assert_eq!(found.iter().map(|line| line["values"].as_u64().unwrap()).sum::<u64>(), 5, "{report} {errors}");
}

#[test]
fn the_file_holds_no_value_and_no_digest_that_can_be_made_without_the_key() {
    let clinic = Clinic::new();
    clinic.build(&["--column", "mrn,last_name,dob", "patients.csv", "-o", "p.phx"]);
    let bytes = fs::read(clinic.path("p.phx")).unwrap();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"\"mrn\"") && !holds(KEY.as_bytes()), "columns, and not the key");
    for value in [
        "MR-44-71920",
        "MR4471920",
        "4471920",
        "88330142",
        "88330777",
        "OBRIEN",
        "O'Brien",
        "MULLER",
        "19800203",
        "1980",
    ] {
        assert!(!holds(value.as_bytes()), "{value}");
        let digest = Sha256::digest(value);
        let short = u64::from_be_bytes(digest[..8].try_into().unwrap());
        for digest in [short.to_le_bytes(), short.to_be_bytes()] {
            assert!(!holds(&digest), "a plain digest of {value}");
        }
        for keys in [(0, 0), (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)] {
            let plain = siphasher::sip::SipHasher24::new_with_keys(keys.0, keys.1).hash(value.as_bytes());
            assert!(!holds(&plain.to_le_bytes()), "a digest of {value} under a key that everybody knows");
        }
    }
    // Under another key not a tag is the same.
    clinic.write_key("other.key", OTHER_KEY);
    let other = ["--column", "mrn", "patients.csv", "-o", "other.phx", "--key-file", "other.key"];
    assert_eq!(clinic.build(&other).0, 0);
    let other = fs::read(clinic.path("other.phx")).unwrap();
    let tags = &other[other.len() - 64 - 3 * 8..other.len() - 64];
    assert!(tags.chunks(8).all(|tag| !holds(tag)));
}

#[test]
fn every_format_of_a_scan_is_a_table() {
    let clinic = Clinic::new();
    clinic.write("patients.tsv", "mrn\tcity\n0088330142\tSpringfield\nMR4471920\tShelbyville\n");
    clinic.write(
        "patients.ndjson",
        "{\"patient\":{\"mrn\":88330142}}\n{\"patient\":{\"mrn\":\"MR4471920\"}}\n{\"x\":1}\n",
    );
    clinic.write("patients.csv.gz", gzip(PATIENTS.as_bytes()));
    clinic.write("patients.parquet", parquet(&[88_330_142, 88_330_777, 88_330_142]));
    clinic.write("ids.txt", "88330142\n88330777\n");
    for (table, column) in [
        ("patients.csv", "#1"),
        ("patients.csv", "MRN:id"),
        ("patients.tsv", "mrn"),
        ("patients.ndjson", "patient.mrn"),
        ("patients.csv.gz", "mrn"),
        ("patients.parquet", "mrn"),
        ("ids.txt", "#1"),
    ] {
        let (code, report, errors) = clinic.build(&["-c", column, table, "-o", "p.phx"]);
        assert_eq!(code, 0, "{table}: {report}{errors}");
        let indexes = clinic.plan("p.phx").unwrap();
        assert!(is_found(&indexes, "88330142") && !is_found(&indexes, "88330143"), "{table}: {report}");
    }
    let (code, report, _) = clinic.build(&["-c", "mrn", "patients.csv.gz", "patients.parquet", "-o", "p.phx"]);
    assert_eq!(code, 0);
    assert!(report.contains("patients.csv.gz: csv, 7 records") && report.contains("parquet, 6 records"), "{report}");
}

#[test]
fn a_wrong_key_is_an_error_and_so_is_one_that_others_can_read() {
    let clinic = Clinic::new();
    clinic.write_key("other.key", OTHER_KEY);
    clinic.write_key("short.key", "0011");
    clinic.build(&["--column", "mrn", "patients.csv", "-o", "p.phx"]);
    let scan = |key: &str| run(clinic.phinder().args(["scan", "patients.csv", "--exact", "p.phx", "--key-file", key]));
    assert_eq!(scan("phinder.key").0, 1);
    for (key, expected) in [
        ("other.key", "p.phx was built with another key"),
        ("short.key", "short.key holds no installation key"),
        ("no.key", "cannot read the key from no.key"),
    ] {
        let (code, _, errors) = scan(key);
        assert_eq!(code, 2);
        assert!(errors.contains(expected), "{errors}");
        assert!(!errors.contains(KEY) && !errors.contains("0011"), "{errors}");
    }
    let (code, shown, _) = run(clinic.phinder().args(["exact", "show", "p.phx", "--key-file", "other.key"]));
    assert_eq!(code, 2);
    assert!(shown.contains("DOES NOT FIT"), "{shown}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(clinic.path("phinder.key"), fs::Permissions::from_mode(0o644)).unwrap();
        let (code, _, errors) = scan("phinder.key");
        assert_eq!(code, 2);
        assert!(errors.contains("can be read by others"), "{errors}");
    }
}

#[test]
fn the_key_comes_from_the_environment_and_the_index_from_the_policy() {
    let clinic = Clinic::new();
    fs::remove_file(clinic.path("phinder.key")).unwrap();
    let (code, _, errors) = clinic.build(&["--column", "mrn", "patients.csv", "-o", "p.phx"]);
    assert_eq!(code, 2);
    assert!(errors.contains("PHINDER_KEY"), "{errors}");
    let build = ["exact", "build", "--column", "mrn", "patients.csv", "-o", "p.phx"];
    assert_eq!(run(clinic.phinder().args(build).env("PHINDER_KEY", KEY)).0, 0);
    fs::create_dir(clinic.path("settings")).unwrap();
    clinic.write("settings/phinder.toml", "[detectors]\nexact = [\"../p.phx\"]\n");
    clinic.write("clean.txt", "nothing to see here\n");
    let scan = |key: &str| {
        let arguments = ["scan", "clean.txt", "--policy", "settings/phinder.toml"];
        run(clinic.phinder().args(arguments).env("PHINDER_KEY", key))
    };
    assert_eq!(scan(KEY).0, 0);
    let (code, _, errors) = scan(OTHER_KEY);
    assert_eq!(code, 2);
    assert!(errors.contains("another key"), "{errors}");
    // The key of the environment is the one that is meant; the file has the last word.
    clinic.write_key("phinder.key", OTHER_KEY);
    assert_eq!(scan(KEY).0, 0);
}

#[test]
fn slips_are_errors_and_write_nothing() {
    let clinic = Clinic::new();
    clinic.write("notes.txt", "some notes\n");
    clinic.write("cut.csv.gz", &gzip(PATIENTS.repeat(50).as_bytes())[..60]);
    for (arguments, expected) in [
        (&["-c", "mnr", "patients.csv", "-o", "p.phx"][..], "no column `mnr` in patients.csv"),
        (&["-c", "city:id", "patients.csv", "-o", "p.phx"], "nothing of the column `city` can be indexed as id"),
        (&["-c", "mrn", "gone.csv", "-o", "p.phx"], "no such file"),
        (&["-c", "mrn", "cut.csv.gz", "-o", "p.phx"], "cannot read"),
        (&["-c", "mrn", "patients.csv", "-o", "notes.txt"], "is there and is no index"),
        (&["-c", "mrn", "patients.csv", "-o", "patients.csv"], "is there and is no index"),
        (&["-c", "mrn", "patients.csv", "-o", "p.phx", "--separators", "x"], "--separators"),
        (&["-c", ":id", "patients.csv", "-o", "p.phx"], "--column"),
    ] {
        let (code, _, errors) = clinic.build(arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(errors.contains(expected), "{errors}");
        for value in ["44-71920", "88330142", "Brien", "Springfield"] {
            assert!(!errors.contains(value), "{errors}");
        }
    }
    assert!(!clinic.path("p.phx").exists());
    assert_eq!(fs::read_to_string(clinic.path("notes.txt")).unwrap(), "some notes\n");
    let (code, _, errors) = run(clinic.phinder().args(["exact", "show", "notes.txt"]));
    assert_eq!(code, 2);
    assert!(errors.contains("notes.txt is no index"), "{errors}");
}

#[test]
fn a_damaged_index_stops_the_scan() {
    let clinic = Clinic::new();
    clinic.build(&["--column", "mrn", "patients.csv", "-o", "p.phx"]);
    let mut bytes = fs::read(clinic.path("p.phx")).unwrap();
    let middle = bytes.len() - 70;
    bytes[middle] ^= 1;
    clinic.write("changed.phx", &bytes);
    clinic.write("cut.phx", &bytes[..middle]);
    for index in ["changed.phx", "cut.phx"] {
        let (code, _, errors) = run(clinic.phinder().args(["scan", "patients.csv", "--exact", index]));
        assert_eq!(code, 2);
        assert!(errors.contains("build it again"), "{errors}");
    }
}

#[test]
fn a_million_entries_take_eight_bytes_each() {
    const COUNT: u64 = 1_000_000;
    let clinic = Clinic::new();
    let number = |index: u64| 100_000_007 + index * 4_001 % 800_000_000;
    let mut table = String::from("mrn\n");
    (0..COUNT).chain(0..1000).for_each(|index| table.push_str(&format!("{}\n", number(index))));
    clinic.write("large.csv", table);
    let (code, report, _) = clinic.build(&["-c", "mrn", "large.csv", "-o", "p.phx"]);
    assert_eq!(code, 0, "{report}");
    let size = fs::metadata(clinic.path("p.phx")).unwrap().len();
    assert!((COUNT * 8..COUNT * 8 + 2000).contains(&size), "{size}: {report}");
    let indexes = clinic.plan("p.phx").unwrap();
    assert_eq!(indexes.columns()[0].entries, COUNT);
    assert!((indexes.bytes() as u64) < COUNT * 11, "{}", indexes.bytes());
    assert!((0..COUNT).step_by(7).all(|index| is_found(&indexes, &number(index).to_string())));
    let all: std::collections::HashSet<u64> = (0..COUNT).map(number).collect();
    let absent = (0..200_000).map(|index| 100_000_000 + index * 3_989).filter(|number| !all.contains(number));
    assert_eq!(absent.filter(|number| is_found(&indexes, &number.to_string())).count(), 0);
}

#[test]
fn the_key_comes_from_secrets_manager() {
    let server = MotoServer::start();
    let clinic = Clinic::new();
    fs::remove_file(clinic.path("phinder.key")).unwrap();
    let aws = |command: &mut Command, endpoint: &str| {
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_REGION", "eu-central-1").env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_MAX_ATTEMPTS", "1");
        run(command)
    };
    let arn = create_secret(&server.endpoint, "phinder/key", KEY);
    create_secret(&server.endpoint, "phinder/pairs", &format!("{{\"key\":\"{KEY}\"}}"));
    create_secret(&server.endpoint, "phinder/wrong", OTHER_KEY);
    create_secret(&server.endpoint, "phinder/none", "{\"password\":\"tiger\"}");
    let build = ["exact", "build", "--column", "mrn", "patients.csv", "-o", "p.phx", "--key-secret", "phinder/key"];
    let (code, _, errors) = aws(clinic.phinder().args(build), &server.endpoint);
    assert_eq!(code, 0, "{errors}");
    let show =
        |secret: &str| aws(clinic.phinder().args(["exact", "show", "p.phx", "--key-secret", secret]), &server.endpoint);
    for secret in [arn.as_str(), "phinder/key", "phinder/pairs"] {
        let (code, shown, errors) = show(secret);
        assert_eq!(code, 0, "{errors}");
        assert!(shown.contains("fits"), "{shown}");
    }
    assert_eq!(show("phinder/wrong").0, 2);
    for (secret, expected) in [("phinder/gone", "ResourceNotFoundException"), ("phinder/none", "no text under `key`")] {
        let (code, _, errors) = show(secret);
        assert_eq!(code, 2);
        assert!(errors.contains(expected) && !errors.contains("tiger"), "{errors}");
    }
}

/// Makes a secret, and gives its ARN.
fn create_secret(endpoint: &str, name: &str, text: &str) -> String {
    use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .build();
    let client = aws_sdk_secretsmanager::Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = client.create_secret().name(name).secret_string(text);
    runtime.block_on(request.send()).unwrap().arn().unwrap().to_owned()
}
