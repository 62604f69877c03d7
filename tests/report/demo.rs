//! A report of six weekly scans of the demo lake, as a browser shows it. With `PHINDER_PICTURES=docs` in the environment its
//! pictures are written there; docs/report.md shows them.

use super::report;
use crate::support::browser::Browser;
use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{phinder, run};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

const POLICY: &str = r#"
[[expect]]
name = "clinical area"
locations = ["s3://harborview-clinical/**"]
classes = ["phi", "pii", "health"]
reason = "system of record; access is limited to care teams and logged"

[[expect]]
name = "provider directory"
locations = ["s3://harborview-public/providers.csv"]
classes = ["pii"]
reason = "business contacts that the clinic publishes"
"#;
const WEEK: i64 = 7 * 86_400_000;

fn put(server: &S3Server, folder: &str) {
    let bucket = format!("harborview-{folder}");
    server.create_bucket(&bucket);
    server.put_directory(&bucket, &Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/demo").join(folder));
}

/// Scans all buckets a week after the last time: what the ledger knows becomes a week older.
fn scan(server: &S3Server, ledger: &Path, policy: &Path) {
    if ledger.exists() {
        let connection = Connection::open(ledger).unwrap();
        connection
            .execute_batch(&format!(
                "UPDATE scans SET started_at = started_at - {WEEK}, finished_at = finished_at - {WEEK}; \
                 UPDATE history SET at = at - {WEEK}; \
                 UPDATE findings SET first_observed_at = first_observed_at - {WEEK}, \
                 last_seen_at = last_seen_at - {WEEK}, changed_at = changed_at - {WEEK};"
            ))
            .unwrap();
    }
    let mut command = phinder();
    command
        .args(["scan", "s3://", "--format", "jsonl", "--ledger"])
        .arg(ledger)
        .arg("--policy")
        .arg(policy)
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1");
    let (code, _, errors) = run(&mut command);
    assert_eq!(code, 1, "{errors}");
}

fn demo(folder: &Path) -> PathBuf {
    let (ledger, policy) = (folder.join("harborview.ledger"), folder.join("phinder.toml"));
    fs::write(&policy, POLICY).unwrap();
    let server = S3Server::start();
    ["clinical", "exports", "logs", "finance"].iter().for_each(|name| put(&server, name));
    scan(&server, &ledger, &policy);
    put(&server, "backups");
    scan(&server, &ledger, &policy);
    ["public", "data-science", "marketing"].iter().for_each(|name| put(&server, name));
    scan(&server, &ledger, &policy);
    server.delete("harborview-backups", "db_dump.json");
    server.faults().denied_keys.insert("harborview-finance/parts_inventory.csv".to_owned());
    scan(&server, &ledger, &policy);
    put(&server, "archive");
    let (_, list, _) = run(phinder().args(["findings", "list", "--format", "jsonl", "--ledger"]).arg(&ledger));
    let newsletter = list.lines().find(|line| line.contains("harborview-marketing") && line.contains("email"));
    let fingerprint = newsletter.unwrap().split('"').nth(3).unwrap();
    let mut accept = phinder();
    accept.args([
        "findings",
        "accept",
        fingerprint,
        "--why",
        "subscribers gave their addresses",
        "--who",
        "privacy office",
    ]);
    assert_eq!(run(accept.arg("--ledger").arg(&ledger)).0, 0);
    scan(&server, &ledger, &policy);
    scan(&server, &ledger, &policy);
    ledger
}

#[test]
fn the_demo_is_worth_looking_at() {
    let folder = tempfile::tempdir().unwrap();
    let (page, _) = report(&demo(folder.path()), &[]);
    let browser = Browser::start();
    let out = std::env::var_os("PHINDER_PICTURES").map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let take = |name: &str, height: u32| {
        let picture = browser.picture(1280, height);
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 40_000, "{name} is not blank");
        assert!(picture.len() < 250_000, "{name} is {} bytes", picture.len());
        if let Some(folder) = &out {
            fs::write(folder.join(format!("report-{name}.png")), picture).unwrap();
        }
    };
    browser.open(&page, "");
    browser.emulate("light", "screen");
    take("light", 1000);
    browser.emulate("dark", "screen");
    take("dark", 1000);
    browser.emulate("light", "screen");
    browser.run("document.querySelector('#list .open').click(); document.getElementById('findings').scrollIntoView();");
    take("finding", 1000);
    assert_eq!(browser.console(), Vec::<String>::new());
}
