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
locations = ["s3://harborview-web/public/providers.csv"]
classes = ["pii"]
reason = "business contacts that the clinic publishes"
"#;
const WEEK: i64 = 7 * 86_400_000;

/// Puts a folder of the demo lake under its name into a bucket.
fn put(server: &S3Server, bucket: &str, folder: &str) {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/demo");
    let mut folders = vec![lake.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let key = path.strip_prefix(&lake).unwrap().to_str().unwrap();
                server.put(bucket, key, fs::read(&path).unwrap());
            }
        }
    }
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
    ["harborview-clinical", "harborview-lake", "harborview-web"].iter().for_each(|bucket| server.create_bucket(bucket));
    put(&server, "harborview-clinical", "clinical");
    put(&server, "harborview-lake", "exports");
    put(&server, "harborview-lake", "finance");
    put(&server, "harborview-web", "logs");
    scan(&server, &ledger, &policy);
    put(&server, "harborview-lake", "backups");
    scan(&server, &ledger, &policy);
    put(&server, "harborview-lake", "data-science");
    put(&server, "harborview-web", "public");
    put(&server, "harborview-web", "marketing");
    scan(&server, &ledger, &policy);
    server.delete("harborview-lake", "backups/db_dump.json");
    server.faults().denied_keys.insert("harborview-lake/finance/parts_inventory.csv".to_owned());
    scan(&server, &ledger, &policy);
    put(&server, "harborview-lake", "archive");
    let (_, list, _) = run(phinder().args(["findings", "list", "--format", "jsonl", "--ledger"]).arg(&ledger));
    let newsletter = list.lines().find(|line| line.contains("marketing") && line.contains("email"));
    let fingerprint = newsletter.unwrap().split('"').nth(3).unwrap();
    let mut accept = phinder();
    accept.args(["findings", "accept", fingerprint, "--why", "subscribers gave their addresses"]);
    assert_eq!(run(accept.args(["--who", "privacy office", "--ledger"]).arg(&ledger)).0, 0);
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
    take("finding", 880);
    assert_eq!(browser.console(), Vec::<String>::new());
}
