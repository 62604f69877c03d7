//! Estimates: what `phinder plan` tells is what a scan then asks for, and no object is opened for it.

use crate::support::s3_server::{ACCESS_KEY, PutOptions, S3Server, SECRET_KEY};
use crate::support::scan::{jsonl, phinder, run};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Arc;

fn against(server: &S3Server) -> Command {
    let mut command = phinder();
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1");
    command
}

fn plan(command: &mut Command) -> (i32, Value) {
    let (code, text, errors) = run(command.args(["--format", "json"]));
    (code, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{errors}")))
}

fn log(bytes: usize) -> Vec<u8> {
    b"2026-01-01T00:00:00Z INFO nothing of interest\n".iter().copied().cycle().take(bytes).collect()
}

#[test]
fn a_scan_asks_for_what_its_plan_told() {
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put("lake", "large.log", log(9 << 20));
    server.put("lake", "small.log", log(100));
    server.put("lake", "left/out.log", log(100));
    let archived = PutOptions { storage_class: "GLACIER", ..PutOptions::default() };
    server.put_with("lake", "old.log", log(100), archived);
    let scope = ["s3://lake", "--exclude", "left/**"];
    let (code, plan) = plan(against(&server).arg("plan").args(scope));
    assert_eq!(code, 0);
    assert_eq!(server.count("GetObject"), 0);
    assert_eq!((&plan["extent"]["objects"], &plan["extent"]["bytes"]), (&json!(2), &json!((9 << 20) + 100)));
    assert_eq!(plan["extent"]["left_out"], json!({ "archived": 1, "excluded": 1 }));
    server.clear_requests();
    jsonl(against(&server).arg("scan").args(scope));
    assert_eq!(plan["requests"]["get"], json!(server.count("GetObject")));
    assert_eq!(plan["requests"]["list"], json!(server.count("ListObjectsV2")));
}

#[test]
fn what_cannot_be_listed_makes_an_estimate_incomplete() {
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put("lake", "a.log", log(100));
    let (code, text, _) = run(against(&server).args(["plan", "s3://lake", "s3://nowhere"]));
    assert_eq!(code, 3);
    assert!(text.contains("not listed  1 place"), "{text}");
    assert!(text.contains("to read     1 object, 100 bytes"), "{text}");
}

#[test]
fn hours_and_dollars_follow_the_rate_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), vec![b'a'; 3_600_000]).unwrap();
    let rate = ["--megabytes-per-second", "0.5", "--workers", "2", "--dollars-per-hour", "10"];
    let (code, plan) = plan(phinder().arg("plan").arg(folder.path()).args(rate));
    assert_eq!(code, 0);
    assert!((plan["time"]["hours"].as_f64().unwrap() - 0.001).abs() < 1e-9, "{plan}");
    assert!((plan["dollars"]["total"].as_f64().unwrap() - 0.01).abs() < 1e-9, "{plan}");
}

#[test]
fn a_database_has_no_plan() {
    let (code, _, errors) = run(phinder().args(["plan", "sqlite:clinic.db"]));
    assert_eq!(code, 2);
    assert!(errors.contains("no size before it is read"), "{errors}");
}

#[test]
fn an_inventory_gives_what_a_listing_gives() {
    let server = S3Server::start();
    server.create_bucket("reports");
    let manifest = json!({
        "sourceBucket": "lake", "destinationBucket": "arn:aws:s3:::reports", "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, StorageClass, EncryptionStatus, BucketKeyStatus",
        "files": [{ "key": "data/a.csv", "size": 1 }],
    });
    server.put("reports", "day/manifest.json", manifest.to_string());
    let lines = [
        r#""lake","a%2Cb.log","9437184","STANDARD","SSE-KMS","DISABLED""#,
        r#""lake","c+d.log.gz","100","STANDARD_IA","SSE-KMS","ENABLED""#,
        r#""lake","old.log","100","DEEP_ARCHIVE","SSE-S3","DISABLED""#,
    ];
    server.put("reports", "data/a.csv", lines.join("\n"));
    let inventory = ["plan", "--inventory", "s3://reports/day/manifest.json"];
    let (code, plan) = plan(against(&server).args(inventory));
    assert_eq!(code, 0);
    assert_eq!(plan["extent"]["bytes_by_kind"], json!({ "text": 9_437_184, "compressed": 100 }));
    assert_eq!(plan["extent"]["left_out"], json!({ "archived": 1 }));
    assert_eq!(plan["requests"], json!({ "list": 1, "get": 3, "kms": 2 }));
}

/// A file of the report as S3 writes it: strings, a number, a moment and booleans.
fn parquet_report() -> Vec<u8> {
    let schema = "message inventory { required binary bucket (UTF8); required binary key (UTF8); \
                  optional binary version_id (UTF8); optional boolean is_latest; optional boolean is_delete_marker; \
                  optional int64 size; optional binary storage_class (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let present = [1i16; 4];
    let texts: [[&str; 4]; 2] = [["lake"; 4], ["a,b.log", "a,b.log", "gone.csv", "c+d.csv"]];
    for values in texts {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values.map(ByteArray::from), None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&["2", "1", "1", "1"].map(ByteArray::from), Some(&present), None)
        .unwrap();
    column.close().unwrap();
    for values in [[true, false, true, true], [false, false, true, false]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&values, Some(&present), None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[9_437_184, 5, 0, 100], Some(&present), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&["STANDARD"; 4].map(ByteArray::from), Some(&present), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn an_inventory_of_parquet_tells_versions_and_markers() {
    let server = S3Server::start();
    server.create_bucket("reports");
    let manifest = json!({
        "sourceBucket": "lake", "destinationBucket": "arn:aws:s3:::reports", "fileFormat": "Parquet",
        "fileSchema": "message s3.inventory { ... }", "files": [{ "key": "data/a.parquet", "size": 1 }],
    });
    server.put("reports", "day/manifest.json", manifest.to_string());
    server.put("reports", "data/a.parquet", parquet_report());
    let inventory = ["plan", "--inventory", "s3://reports/day/manifest.json"];
    let (code, current) = plan(against(&server).args(inventory));
    assert_eq!(code, 0);
    assert_eq!((&current["extent"]["objects"], &current["extent"]["bytes"]), (&json!(2), &json!(9_437_284)));
    let (code, all) = plan(against(&server).args(inventory).arg("--versions"));
    assert_eq!(code, 0);
    assert_eq!((&all["extent"]["objects"], &all["extent"]["bytes"]), (&json!(3), &json!(9_437_289)));
}
