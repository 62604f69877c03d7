//! Whole scans of an S3 server: the same findings as on disk, and what cannot be read is said.

use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{jsonl, phinder};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const RECORD: &[u8] = b"name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\n";

fn against(server: &S3Server) -> Command {
    let mut command = phinder();
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1");
    command
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

#[test]
fn a_lake_in_s3_gives_what_it_gives_on_disk() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/demo");
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put_directory("lake", &demo);
    let (disk_code, disk) = jsonl(phinder().arg("scan").arg(&demo));
    let (s3_code, s3) = jsonl(against(&server).args(["scan", "s3://lake"]));
    assert_eq!(disk_code, s3_code);
    let strip = |lines: &[Value], prefix: &str| {
        let mut kept: Vec<Value> =
            lines.iter().filter(|l| l["type"] == "object" || l["type"] == "finding").cloned().collect();
        for line in &mut kept {
            let place = line["location"].as_str().unwrap().strip_prefix(prefix).unwrap().to_owned();
            line["location"] = place.into();
            for name in ["fingerprint", "place", "place_fingerprint"] {
                line[name] = Value::Null;
            }
        }
        kept.sort_by_key(|line| line.to_string());
        kept
    };
    let on_disk = strip(&disk, &format!("file://{}/", demo.display()));
    assert!(on_disk.len() > 80);
    assert_eq!(strip(&s3, "s3://lake/"), on_disk);
    assert_eq!(server.count("HEAD"), 0);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_scanned() {
    let server = S3Server::start();
    server.create_bucket("bucket");
    for key in ["a-denied.csv", "b-kms.csv", "c-customer.csv", "d-archived.csv", "e-fine.csv"] {
        server.put("bucket", key, RECORD.to_vec());
    }
    {
        let mut faults = server.faults();
        faults.denied_keys.insert("bucket/a-denied.csv".to_owned());
        faults.kms_denied_keys.insert("bucket/b-kms.csv".to_owned());
        faults.customer_keys.insert("bucket/c-customer.csv".to_owned());
        faults.archived_keys.insert("bucket/d-archived.csv".to_owned());
    }
    let (code, lines) = jsonl(against(&server).args(["scan", "s3://bucket"]));
    assert_eq!(code, 1);
    let reasons: Vec<&str> = of_type(&lines, "object").iter().filter_map(|line| line["reason"].as_str()).collect();
    assert_eq!(reasons, ["access_denied", "kms_denied", "customer_key", "archived"]);
    let summary = lines.last().unwrap();
    assert_eq!((summary["objects"]["complete"].as_u64(), summary["gaps"].as_u64()), (Some(1), Some(4)));
}

#[test]
fn an_object_replaced_in_the_middle_is_noticed() {
    let server = S3Server::start();
    server.create_bucket("bucket");
    let line = b"2026-01-01T00:00:00Z INFO nothing of interest happened here at all\n";
    let large: Vec<u8> = line.iter().copied().cycle().take(20 << 20).collect();
    server.put("bucket", "large.log", large.clone());
    server.faults().replaced_after_read.insert("bucket/large.log".to_owned(), large[..1 << 20].to_vec().into());
    let (code, lines) = jsonl(against(&server).args(["scan", "s3://bucket"]));
    let object = of_type(&lines, "object")[0];
    assert_eq!((object["coverage"].as_str(), object["reason"].as_str()), (Some("partial"), Some("changed")));
    assert_eq!(code, 3);
}

#[test]
fn versions_are_scanned_when_asked_for() {
    let server = S3Server::start();
    server.create_bucket("bucket");
    server.put("bucket", "a.csv", RECORD.to_vec());
    server.put("bucket", "a.csv", b"name,total\nx,1\n".to_vec());
    let (code, _) = jsonl(against(&server).args(["scan", "s3://bucket"]));
    assert_eq!(code, 0, "the current version is clean");
    let (code, lines) = jsonl(against(&server).args(["scan", "s3://bucket", "--versions"]));
    assert_eq!(code, 1);
    assert_eq!(of_type(&lines, "object").len(), 2);
    assert!(of_type(&lines, "object").iter().all(|line| line["version"].is_string()));
}

#[test]
fn a_whole_account_is_scanned_and_a_closed_bucket_is_a_gap() {
    let server = S3Server::start();
    for bucket in ["aaa-open", "bbb-closed", "ccc-open"] {
        server.create_bucket(bucket);
        server.put(bucket, "x.csv", RECORD.to_vec());
    }
    server.faults().denied_buckets.insert("bbb-closed".to_owned());
    let (code, lines) = jsonl(against(&server).args(["scan", "s3://"]));
    assert_eq!(code, 1);
    let seen: Vec<(&str, &str)> = of_type(&lines, "object")
        .iter()
        .map(|line| (line["location"].as_str().unwrap(), line["coverage"].as_str().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [("s3://aaa-open/x.csv", "complete"), ("s3://bbb-closed/", "failed"), ("s3://ccc-open/x.csv", "complete")]
    );
}

#[test]
fn a_database_in_s3_is_read_again_only_when_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let rows = "CREATE TABLE patients (name TEXT, ssn TEXT, diagnosis_code TEXT); \
                INSERT INTO patients VALUES ('John Smith', '536-90-4399', 'E11.9');";
    connection.execute_batch(rows).unwrap();
    let server = S3Server::start();
    server.create_bucket("bucket");
    server.put("bucket", "clinic.db", std::fs::read(&path).unwrap());
    let ledger = folder.path().join("ledger");
    let scan = || {
        let reads = server.count("GetObject");
        let (code, lines) = jsonl(against(&server).args(["scan", "s3://bucket", "--ledger"]).arg(&ledger));
        let found = of_type(&lines, "finding").iter().map(|line| line["detector"].to_string()).collect::<Vec<_>>();
        (code, found, server.count("GetObject") - reads)
    };
    let (first_code, first, first_reads) = scan();
    let (second_code, second, second_reads) = scan();
    assert_eq!((first_code, first_reads > 0), (1, true), "{first:?}");
    assert_eq!((second_code, &second, second_reads), (1, &first, 0));
    connection.execute_batch("INSERT INTO patients VALUES ('Ann Lee', '536-90-4400', 'I10');").unwrap();
    server.put("bucket", "clinic.db", std::fs::read(&path).unwrap());
    assert!(scan().2 > 0);
}
