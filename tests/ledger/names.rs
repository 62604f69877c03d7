//! Names that hold identifiers: of objects that nobody reads, under detectors that are left out, and of targets.

use super::{Place, RECORD};
use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{phinder, run};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

const NUMBER: &str = "219-44-8210";
const MAIL: &str = "jane.doe@gmail.com";

/// Every file below a folder that holds a text.
fn holders(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path, text));
        } else if fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

/// Scans into every output, exports what the ledger holds, and searches all that was written.
fn nothing_holds(place: &Place, targets: &[&str], arguments: &[&str], values: &[&str]) -> String {
    let written = place.folder.path().join("written");
    fs::create_dir_all(&written).unwrap();
    let ledger = written.join("l.ledger");
    let mut command = phinder();
    command.arg("scan").args(targets).args(arguments).arg("--ledger").arg(&ledger).current_dir(place.lake());
    command.args(["--log", "trace", "--account-id", "111122223333", "--region", "eu-central-1"]);
    for format in ["jsonl", "csv", "parquet", "markdown", "html", "sarif", "ocsf", "asff"] {
        command.arg("-o").arg(format!("{format}={}", written.join(format).display()));
    }
    let (code, said, errors) = run(&mut command);
    assert!(matches!(code, 1 | 3), "{errors}");
    fs::write(written.join("terminal"), said + &errors).unwrap();
    for arguments in [&["findings", "export"][..], &["audit", "export"], &["audit", "list"], &["report", "-o", "-"]] {
        let (code, said, errors) = run(phinder().args(arguments).arg("--ledger").arg(&ledger).current_dir(&written));
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        fs::write(written.join(arguments.join("-")), said).unwrap();
    }
    for value in values {
        assert_eq!(holders(&written, value), Vec::<String>::new(), "{value}");
    }
    fs::read_to_string(written.join("jsonl")).unwrap()
}

#[test]
fn keys_are_masked_whether_or_not_they_are_read() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    // Behind folders of days, excluded, empty, no data at all, and a link to nowhere.
    for name in ["2026/11/29/NUMBER.csv", "left-out/NUMBER.csv", "NUMBER_1.csv", "visit_NUMBER_2.csv", "MAIL/x.csv"] {
        place.put(&name.replace("NUMBER", NUMBER).replace("MAIL", MAIL), "item,price\nchair,10\n");
    }
    place.put(&format!("empty-{NUMBER}"), "");
    place.put(&format!("{NUMBER}.bin"), "\0\u{1}\0");
    std::os::unix::fs::symlink("nowhere", place.lake().join(format!("link-{NUMBER}"))).unwrap();
    let lines = nothing_holds(&place, &["."], &["--exclude", "left-out/*"], &[NUMBER, "219448210", MAIL]);
    for (coverage, count) in [("complete", 5), ("skipped", 3), ("failed", 1)] {
        let objects = lines.lines().filter(|line| line.contains(r#""type":"object""#));
        let found = objects.filter(|line| line.contains(&format!(r#""coverage":"{coverage}""#))).count();
        assert_eq!(found, count, "{coverage}: {lines}");
    }
}

#[test]
fn keys_are_masked_whatever_is_looked_for() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.put(&format!("{NUMBER}.csv"), "item,price\nchair,10\n");
    place.put(&format!("{MAIL}/1.csv"), RECORD);
    let lines = nothing_holds(&place, &["."], &["--only", "icd10cm,us_itin"], &[NUMBER, MAIL]);
    assert!(!lines.contains(r#""detector":"us_ssn""#) && !lines.contains(r#""detector":"email""#), "{lines}");
}

#[test]
fn targets_are_masked_and_told_apart() {
    let place = Place::new(&[("1.csv", RECORD)]);
    let others = ["219-44-8211", NUMBER].map(|number| format!("ssn/{number}"));
    others.iter().for_each(|folder| place.put(&format!("{folder}/1.csv"), RECORD));
    place.put("Ottilie Quackenbush.csv", RECORD);
    let values = [NUMBER, "219-44-8211", "Ottilie", "Quackenbush"];
    let globs = ["--exclude", "**/219-44-8211/nothing"];
    nothing_holds(&place, &[&others[0], &others[1], "Ottilie Quackenbush.csv"], &globs, &values);

    // Each is a scope of its own: only a scan of the same one resolves.
    let scan = |target: &str| {
        let (code, _, errors) = place.scan_of(&place.lake().join(target), &[]);
        assert!(matches!(code, 0 | 1), "{errors}");
    };
    others.iter().for_each(|target| scan(target));
    for folder in &others {
        fs::remove_file(place.lake().join(folder).join("1.csv")).unwrap();
        place.put(&format!("{folder}/2.csv"), "item,price\nchair,10\n");
    }
    scan(&others[0]);
    assert_eq!(place.of("* icd10cm"), "open", "the other one still holds it");
    scan(&others[1]);
    assert_eq!(place.of("* icd10cm"), "resolved");
    let audit = run(phinder().args(["audit", "export", "--ledger"]).arg(place.ledger())).1;
    let scopes: std::collections::BTreeSet<_> =
        audit.lines().filter_map(|line| line.split("targets").nth(1)?.split(']').next()).collect();
    assert_eq!(scopes.len(), 2, "{audit}");
    assert!(!audit.contains(NUMBER), "{audit}");
}

/// The entity tag of an object may be a digest of the one number that it holds, and all numbers can be tried.
#[test]
fn entity_tags_are_kept_under_the_key() {
    let place = Place::new(&[]);
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put("lake", "a/1.csv", RECORD);
    server.put("lake", "a/2.txt", NUMBER);
    let scan = || {
        let mut command = phinder();
        command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_ACCESS_KEY_ID", ACCESS_KEY);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_REGION", "us-east-1");
        let (code, _, errors) = run(command.args(["scan", "s3://lake", "--ledger"]).arg(place.ledger()));
        assert_eq!(code, 1, "{errors}");
    };
    scan();
    // The server numbers its tags.
    let sql = "SELECT count(*) FROM objects WHERE length(etag) = 32 AND etag NOT LIKE '%000000%'";
    let kept: u32 = Connection::open(place.ledger()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2);
    assert_eq!(server.count("GetObject"), 2);
    scan();
    assert_eq!(server.count("GetObject"), 2, "and tell what is unchanged");
    server.put("lake", "a/2.txt", "219-44-8211");
    scan();
    assert_eq!(server.count("GetObject"), 3);
}
