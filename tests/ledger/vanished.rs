//! What is not there any more, and what only seems to be: empty targets, shares that are not mounted.

use super::{CLEAN, Place, RECORD};
use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{phinder, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn gaps(lines: &[Value]) -> Vec<(String, String)> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let gaps = lines.iter().filter(|line| line["type"] == "object" && line["coverage"] == "failed");
    gaps.map(|line| (text(line, "location"), text(line, "reason"))).collect()
}

#[test]
fn an_empty_listing_proves_nothing_by_itself() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    let away = place.folder.path().join("away");
    fs::rename(place.lake(), &away).unwrap();
    fs::create_dir(place.lake()).unwrap();
    for _ in 0..2 {
        let (code, lines, _) = place.scan_of(&place.lake(), &[]);
        let here = format!("file://{}", place.lake().canonicalize().unwrap().display());
        assert_eq!((code, gaps(&lines)), (3, vec![(here, "nothing_listed".to_owned())]));
        assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("new".into(), "new".into()));
    }
    // It comes back, and nothing has happened.
    fs::remove_dir(place.lake()).unwrap();
    fs::rename(&away, place.lake()).unwrap();
    let lines = place.scan(&[]);
    assert_eq!((place.of("a us_ssn"), gaps(&lines)), ("open".into(), vec![]));
    // Somebody says that it is so.
    fs::remove_dir_all(place.lake()).unwrap();
    fs::create_dir(place.lake()).unwrap();
    assert_eq!(place.scan_of(&place.lake(), &["--accept-empty"]).0, 0);
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("resolved".into(), "resolved".into()));
}

#[test]
fn one_empty_target_among_others_resolves_nothing_and_a_folder_that_is_emptied_does() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD), ("b/c/1.csv", RECORD)]);
    let scan = || {
        let mut command = phinder();
        command.arg("scan").args([place.lake().join("a"), place.lake().join("b")]);
        run(command.arg("--ledger").arg(place.ledger()))
    };
    assert_eq!(scan().0, 1);
    fs::remove_file(place.lake().join("b/c/1.csv")).unwrap();
    assert_eq!(scan().0, 1);
    assert_eq!(place.of("c us_ssn"), "resolved", "its target lists something");
    fs::remove_file(place.lake().join("a/1.csv")).unwrap();
    let (code, said, _) = scan();
    assert_eq!((code, place.of("a us_ssn")), (1, "open".into()), "{said}");
    assert!(said.contains("nothing at all is listed here"), "{said}");
}

#[test]
fn an_empty_prefix_of_s3_proves_nothing_by_itself() {
    let place = Place::new(&[]);
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put("lake", "exports/1.csv", RECORD);
    server.put("lake", "logs/1.csv", CLEAN);
    let scan = |target: &str, arguments: &[&str]| {
        let mut command = phinder();
        command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_ACCESS_KEY_ID", ACCESS_KEY);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_REGION", "us-east-1");
        command.args(["scan", target]).args(arguments).arg("--ledger").arg(place.ledger());
        run(&mut command).0
    };
    assert_eq!(scan("s3://lake/exports/", &[]), 1);
    server.delete("lake", "exports/1.csv");
    assert_eq!((scan("s3://lake/exports/", &[]), place.of("exports us_ssn")), (3, "new".into()));
    // A wider listing that shows something proves it.
    assert_eq!((scan("s3://lake", &[]), place.of("exports us_ssn")), (0, "resolved".into()));
    assert_eq!(scan("s3://lake/exprots/*.csv", &[]), 3);
    assert_eq!(scan("s3://lake/exports/", &["--accept-empty"]), 0);
}

/// A scan of the lake in which another file system is mounted at a folder, with a record in it unless it is to be empty.
fn scan_mounted(place: &Place, target: &Path, folder: &str, content: Option<&str>) -> i32 {
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs none \"$1\" && if [ -n \"$2\" ]; then printf '%s' \"$2\" > \"$1/1.csv\"; fi; shift 2; exec \"$@\"";
    command
        .args(["-r", "-m", "sh", "-c", script, "sh"])
        .arg(place.lake().join(folder))
        .arg(content.unwrap_or_default());
    command.arg(env!("CARGO_BIN_EXE_phinder")).arg("scan").arg(target).arg("--ledger").arg(place.ledger());
    command.args(["--no-progress", "--format", "jsonl"]).current_dir(std::env::temp_dir());
    let (code, _, errors) = run(&mut command);
    assert!(matches!(code, 0 | 1 | 3), "{errors}");
    code
}

/// Whether this machine lets a test mount something of its own.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-r", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        println!("nothing can be mounted here: this test is left out");
    }
    may
}

#[test]
fn a_share_that_is_not_mounted_proves_nothing() {
    if !may_mount() {
        return;
    }
    let place = Place::new(&[("a/1.csv", RECORD), ("share/deep/.keep", "")]);
    let lake = place.lake();
    fs::create_dir(lake.join("empty")).unwrap();
    assert_eq!(scan_mounted(&place, &lake, "share", Some(RECORD)), 1);
    let (a, share) = ("a us_ssn", "share us_ssn");
    assert_eq!((place.of(a), place.of(share)), ("new".into(), "new".into()));
    assert_eq!(scan_mounted(&place, &lake, "share", Some(RECORD)), 1);
    assert_eq!(place.of(share), "open");

    // Not mounted, mounted with nothing in it, or without the folder: another target and other files list something.
    fs::remove_file(lake.join("a/1.csv")).unwrap();
    place.put("clean/1.csv", CLEAN);
    let at_share = |lines: &[Value]| {
        let gaps = gaps(lines);
        assert_eq!((gaps.len(), gaps[0].1.as_str()), (1, "not_mounted"), "{gaps:?}");
        assert!(gaps[0].0.ends_with("/lake/share"), "{gaps:?}");
    };
    let (code, lines, _) = place.scan_of(&lake, &[]);
    at_share(&lines);
    assert_eq!((code, place.of(share), place.of(a)), (3, "open".into(), "open".into()));
    assert_eq!(scan_mounted(&place, &lake, "share", None), 3);
    fs::rename(lake.join("share"), place.folder.path().join("away")).unwrap();
    let (code, lines, _) = place.scan_of(&lake, &["--accept-empty"]);
    at_share(&lines);
    assert_eq!((code, place.of(share)), (3, "open".into()));

    // It is back, and what is gone beside it is resolved.
    fs::create_dir(lake.join("share")).unwrap();
    assert_eq!(scan_mounted(&place, &lake, "share", Some(RECORD)), 1);
    assert_eq!((place.of(share), place.of(a)), ("open".into(), "resolved".into()));

    // Gone for good: said once, and no night asks again.
    assert_eq!(place.scan_of(&lake, &["--accept-unmounted"]).0, 0);
    assert_eq!(place.of(share), "resolved");
    let (code, lines, _) = place.scan_of(&lake, &[]);
    assert_eq!((code, gaps(&lines)), (0, vec![]));

    // A link leads to a folder of the share, and without the share to one that is empty.
    fs::create_dir_all(place.folder.path().join("mnt/exports")).unwrap();
    std::os::unix::fs::symlink("../mnt/exports", lake.join("link")).unwrap();
    let mounted = |script: &str| {
        let mut command = Command::new("unshare");
        let script = format!("mount -t tmpfs none ../mnt && mkdir ../mnt/exports && {script}");
        command.args(["-r", "-m", "sh", "-c", &script, "sh"]).arg(env!("CARGO_BIN_EXE_phinder")).arg("scan").arg(".");
        run(command.arg("--ledger").arg(place.ledger()).current_dir(&lake)).0
    };
    fs::write(place.folder.path().join("record"), RECORD).unwrap();
    assert_eq!(mounted("cp ../record ../mnt/exports/1.csv; exec \"$@\""), 1);
    assert_eq!((place.scan_of(&lake, &[]).0, place.of("link us_ssn")), (3, "new".into()));
    assert_eq!((place.scan_of(&lake, &["--accept-unmounted"]).0, place.of("link us_ssn")), (0, "resolved".into()));
    fs::remove_file(lake.join("link")).unwrap();
    place.scan(&[]);

    // The target is the share itself, and what it covered shows.
    place.put("share/under/.keep", "x");
    assert_eq!(scan_mounted(&place, &lake.join("share"), "share", Some(RECORD)), 1);
    let (code, lines, _) = place.scan_of(&lake.join("share"), &[]);
    at_share(&lines);
    assert_eq!((code, place.of(share)), (3, "reopened".into()));
}

#[test]
fn the_buckets_of_one_account_say_nothing_of_another_one() {
    let place = Place::new(&[]);
    let servers = [S3Server::start(), S3Server::start()];
    for (server, bucket) in servers.iter().zip(["ours", "theirs"]) {
        server.create_bucket(bucket);
        server.put(bucket, "a/1.csv", RECORD);
        server.put(bucket, "b/1.csv", RECORD);
    }
    let scan = |server: &S3Server, target: &str| {
        let mut command = phinder();
        command.env("AWS_ENDPOINT_URL", server.endpoint()).env("AWS_ACCESS_KEY_ID", ACCESS_KEY);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_REGION", "us-east-1");
        let (code, _, errors) = run(command.args(["scan", target, "--ledger"]).arg(place.ledger()));
        assert_eq!(code, 1, "{errors}");
    };
    let state = |bucket: &str, folder: &str| {
        place.show(&format!("s3://{bucket}/{folder}/"), "us_ssn")["state"].as_str().unwrap().to_owned()
    };
    // One by its name, all of the other account, and all of this one.
    scan(&servers[1], "s3://theirs");
    scan(&servers[0], "s3://");
    assert_eq!((state("theirs", "a"), state("ours", "a")), ("new".into(), "new".into()));
    scan(&servers[1], "S3://");
    assert_eq!((state("theirs", "a"), state("ours", "a")), ("open".into(), "new".into()));
    // What is missing in a bucket that is met is gone, whoever listed it last.
    scan(&servers[0], "s3://ours/");
    servers[0].delete("ours", "b/1.csv");
    scan(&servers[0], "s3://");
    assert_eq!((state("ours", "a"), state("ours", "b")), ("open".into(), "resolved".into()));
    assert_eq!((state("theirs", "a"), state("theirs", "b")), ("open".into(), "open".into()));
}
