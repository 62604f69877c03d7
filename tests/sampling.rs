//! Samples of objects: which are read, what is said of the others, what a ledger makes of it.

use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{jsonl, phinder, run};
use serde_json::Value;
use std::path::Path;

const RECORD: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\n";

/// Folders with logs in which nothing stands; every `nth` holds a record, and one file is of a kind of its own.
fn lake(folder: &Path, files: u32, nth: u32) {
    for number in 0..files {
        let place = folder.join(["app", "db", "web"][(number % 3) as usize]);
        std::fs::create_dir_all(&place).unwrap();
        let content = if number % nth == nth / 2 { RECORD } else { "all quiet\nstill quiet\n" };
        std::fs::write(place.join(format!("{number:04}.log")), content).unwrap();
    }
    std::fs::write(folder.join("app/dump.bak"), RECORD).unwrap();
}

fn summary(lines: &[Value]) -> &Value {
    lines.last().unwrap()
}

/// Locations of the objects that were read.
fn read(lines: &[Value]) -> Vec<&str> {
    let objects = lines.iter().filter(|line| line["type"] == "object" && line["coverage"] == "complete");
    objects.map(|line| line["location"].as_str().unwrap()).collect()
}

#[test]
fn some_objects_are_read_and_the_report_says_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    lake(folder.path(), 600, 10_000);
    let scan = |seed: &str| {
        let arguments = ["--sample", "60", "--seed", seed, "--exclude", "*dump.bak"];
        jsonl(phinder().arg("scan").arg(folder.path()).args(arguments))
    };
    let ((code, one), (_, again), (_, other)) = (scan("1"), scan("1"), scan("2"));
    assert_eq!(code, 0);
    assert_eq!(read(&one), read(&again));
    assert_ne!(read(&one), read(&other));
    assert_eq!(one[0]["seed"], "1");
    let sample = &summary(&one)["samples"][0];
    assert_eq!((&sample["coverage"], &sample["total_objects"]), (&"sampled".into(), &600.into()));
    let drawn = sample["drawn"].as_u64().unwrap();
    assert!((55..=60).contains(&drawn), "{sample}");
    assert_eq!(read(&one).len() as u64, drawn + sample["besides"].as_u64().unwrap());
    for place in ["/app/", "/db/", "/web/"] {
        assert!((15..=25).contains(&read(&one).iter().filter(|location| location.contains(place)).count()));
    }
    let bound = sample["share_at_most"].as_f64().unwrap();
    assert!((bound - (1.0 - 0.05_f64.powf(1.0 / drawn as f64))).abs() < 1e-9);
    let listed = one.iter().filter(|line| line["type"] == "object").count();
    let others = one.iter().filter(|line| line["reason"] == "not_sampled").count();
    assert_eq!((listed, others), (601, 600 - read(&one).len()), "every object is told, one of them excluded");
    let note = summary(&one)["notes"][0].as_str().unwrap();
    assert!(note.contains("sampled objects of 600: with 95 % confidence fewer than"), "{note}");
    let arguments = ["--sample", "60", "--no-progress", "--exclude", "*dump.bak"];
    let (_, report, _) = run(phinder().arg("scan").arg(folder.path()).args(arguments));
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains("of its objects hold what these detectors can see"), "{report}");
}

#[test]
fn what_is_rare_is_looked_at_and_what_is_found_has_an_interval() {
    let folder = tempfile::tempdir().unwrap();
    lake(folder.path(), 600, 5);
    let (code, lines) = jsonl(phinder().arg("scan").arg(folder.path()).args(["--sample", "100", "--seed", "4"]));
    assert_eq!(code, 1);
    assert!(read(&lines).iter().any(|location| location.ends_with("dump.bak")), "the only one of its kind");
    let sample = &summary(&lines)["samples"][0];
    let share = |key: &str| sample[key].as_f64().unwrap();
    assert!(share("share_at_least") < 0.2 && 0.2 < share("share_at_most"), "{sample}");
    let (_, all) = jsonl(phinder().arg("scan").arg(folder.path()).args(["--sample", "5000"]));
    let sample = &summary(&all)["samples"][0];
    assert_eq!((&sample["coverage"], &sample["matching"]), (&"complete".into(), &121.into()));
}

#[test]
fn prefixes_of_s3_are_sampled_over_two_listings() {
    let server = S3Server::start();
    server.create_bucket("lake");
    for number in 0..2_500 {
        server.put("lake", &format!("logs/{number:05}.log"), "all quiet\n");
    }
    server.faults().denied_keys.insert("lake/logs/00000.log".to_owned());
    server.clear_requests();
    let mut command = phinder();
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1");
    let (code, lines) = jsonl(command.args(["scan", "s3://lake/logs/", "--sample", "200", "--seed", "1"]));
    let lists = server.requests().iter().filter(|request| request.operation() == "ListObjectsV2").count();
    assert!((6..9).contains(&lists), "each page twice: {lists}");
    let sample = &summary(&lines)["samples"][0];
    assert_eq!((&sample["scope"], &sample["total_objects"]), (&"s3://lake/logs/".into(), &2_500.into()));
    let chosen = sample["drawn"].as_u64().unwrap() + sample["unread"].as_u64().unwrap();
    assert!((195..=200).contains(&chosen), "{sample}");
    assert!(code == 0 || sample["unread"] == 1, "{code}: {sample}");
    let gets = server.requests().iter().filter(|request| request.operation() == "GetObject").count() as u64;
    assert!(gets <= chosen + 2, "{gets} objects are asked for");
}

#[test]
fn a_sample_resolves_nothing_that_it_did_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake_folder = folder.path().join("lake");
    lake(&lake_folder, 60, 2);
    let ledger = folder.path().join("l.ledger");
    let scan = |arguments: &[&str]| {
        let mut command = phinder();
        command.arg("scan").arg(&lake_folder).arg("--ledger").arg(&ledger).args(arguments);
        jsonl(&mut command).1
    };
    let states = || {
        let (_, text, _) = run(phinder().args(["findings", "export", "--ledger"]).arg(&ledger));
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| row["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    scan(&[]);
    assert!(states().iter().all(|state| state == "new") && !states().is_empty());
    let sampled = scan(&["--sample", "5", "--seed", "3"]);
    assert!(read(&sampled).len() < 20);
    assert!(states().iter().all(|state| state != "resolved"), "{:?}", states());
    // All of it is clean now, and a few objects were looked at.
    for place in ["app", "db", "web"] {
        for entry in std::fs::read_dir(lake_folder.join(place)).unwrap() {
            std::fs::write(entry.unwrap().path(), "nothing left\n").unwrap();
        }
    }
    scan(&["--sample", "5", "--seed", "3"]);
    assert!(states().iter().all(|state| state != "resolved"), "{:?}", states());
    scan(&[]);
    assert!(states().iter().all(|state| state == "resolved"), "{:?}", states());
}
