//! The audit trail: whole after scans and decisions, and loud about everything that is changed or removed.

use super::{Place, RECORD};
use crate::support::scan::{phinder, run};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn audit(ledger: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(phinder().arg("audit").args(arguments).arg("--ledger").arg(ledger))
}

/// A copy of the ledger in which somebody has changed something.
fn tampered(place: &Place, sql: &str) -> std::path::PathBuf {
    let copy = place.folder.path().join("tampered");
    let _ = fs::remove_file(&copy);
    assert_eq!(run(phinder().args(["ledger", "backup"]).arg(place.ledger()).arg(&copy)).0, 0);
    let connection = Connection::open(&copy).unwrap();
    connection.execute_batch("DROP TRIGGER manifests_stay; DROP TRIGGER manifests_stay_as_they_are;").unwrap();
    connection.execute_batch(sql).unwrap();
    copy
}

/// Two nights and a decision between them.
fn two_nights() -> Place {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    assert_eq!(place.findings(&["accept", &place.fingerprint("/a/", "us_ssn"), "--why", "SEC-1"]).0, 0);
    place.scan(&[]);
    place
}

#[test]
fn each_scan_leaves_a_link_and_nothing_can_be_changed_unseen() {
    let place = two_nights();
    let (code, said, errors) = audit(&place.ledger(), &["verify"]);
    assert!(code == 0 && said.starts_with("2 manifests, nothing was changed or removed"), "{said}{errors}");
    assert!(audit(&place.ledger(), &["list"]).1.contains("complete"));
    let (_, exported, _) = audit(&place.ledger(), &["export"]);
    let body: Value = serde_json::from_str::<Value>(exported.lines().last().unwrap()).unwrap()["body"].take();
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    assert_eq!((&body["totals"]["listed"], &body["totals"]["complete"]), (&2.into(), &2.into()), "{body}");
    assert!(body["scope"]["targets"][0].as_str().unwrap().ends_with("/lake"));
    assert!(body["history"]["rows"].as_u64().unwrap() >= 2, "the decision and what the second night saw");

    for (sql, word) in [
        ("UPDATE manifests SET body = replace(body, 'complete', 'Complete') WHERE id = 1", "manifest 1 "),
        ("DELETE FROM manifests WHERE id = 1", "manifest 2 "),
        ("DELETE FROM manifests WHERE id = 2", "is missing"),
        ("UPDATE history SET why = 'SEC-2' WHERE who IS NOT NULL", "history that manifest 2"),
        ("DELETE FROM history WHERE id = 1", "history that manifest 1"),
        ("UPDATE findings SET record_count = 1", "findings are not as"),
        ("UPDATE findings SET first_observed_at = first_observed_at + 1 WHERE id = 1", "findings are not as"),
        ("UPDATE findings SET because = 'nothing'", "findings are not as"),
        ("UPDATE findings SET samples = '[]'", "findings are not as"),
        ("UPDATE findings SET state = 'resolved' WHERE id = 2", "is not as its history says"),
        ("UPDATE findings SET decided_why = 'SEC-2' WHERE state = 'accepted'", "is not as its history says"),
        ("UPDATE findings SET decided_until = 1 WHERE state = 'accepted'", "is not as its history says"),
        (
            "UPDATE findings SET record_count = 1; UPDATE scans SET state = 'running' WHERE id = 2",
            "not as manifest 2 says",
        ),
        ("UPDATE scans SET totals = '{}' WHERE id = 1", "not as manifest 1 says"),
        ("UPDATE scans SET scope_key = '{}' WHERE id = 2", "not as manifest 2 says"),
        ("UPDATE scans SET started_at = started_at - 86400000 WHERE id = 1", "not as manifest 1 says"),
        ("UPDATE scans SET examination = 'another' WHERE id = 2", "not as manifest 2 says"),
        ("UPDATE detector_sets SET version = 'another'", "not as manifest 1 says"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM scans WHERE id = 2", "scan of manifest 2 is missing"),
        ("DELETE FROM manifests", "is missing"),
    ] {
        let (code, said, errors) = audit(&tampered(&place, sql), &["verify"]);
        assert!(code == 2 && said.contains(word), "{sql}: {said}{errors}");
    }
    // A decision is no change of what was found.
    assert_eq!(place.findings(&["reopen", &place.fingerprint("/a/", "us_ssn"), "--why", "again"]).0, 0);
    assert_eq!(audit(&place.ledger(), &["verify"]).0, 0);
    let untouched = Connection::open(place.ledger()).unwrap();
    assert!(untouched.execute("UPDATE manifests SET body = ''", []).is_err());
    assert!(untouched.execute("DELETE FROM manifests", []).is_err());
}

#[test]
fn what_was_exported_or_signed_shows_that_the_end_was_cut_off() {
    let place = two_nights();
    let path = |name: &str| place.folder.path().join(name).to_str().unwrap().to_owned();
    let [key, public, signature, trail] = ["audit.pem", "audit.pub", "trail.sig", "trail.jsonl"].map(path);
    let openssl = |arguments: &[&str]| assert!(Command::new("openssl").args(arguments).status().unwrap().success());
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", &key]);
    openssl(&["pkey", "-in", &key, "-pubout", "-out", &public]);
    let (code, said, errors) = audit(&place.ledger(), &["sign", "--key", &key, "-o", &signature]);
    assert!(code == 0 && said.starts_with("signed 2 manifests"), "{errors}");
    assert_eq!(audit(&place.ledger(), &["export", "-o", &trail]).0, 0);
    place.scan(&[]);
    let signed = ["verify", "--signature", &signature, "--public-key", &public];
    let exported = ["verify", "--exported", &trail];
    assert_eq!(audit(&place.ledger(), &signed).0, 0, "what is added later changes nothing");
    assert_eq!(audit(&place.ledger(), &exported).0, 0);

    // The last two nights are cut off so that everything else fits.
    let cut = "DELETE FROM manifests WHERE id > 1; DELETE FROM history WHERE scan > 1 OR who IS NOT NULL; \
               UPDATE scans SET finished_at = NULL, state = 'running' WHERE id > 1; \
               UPDATE findings SET decided_by = NULL, state = (SELECT to_state FROM history h WHERE h.finding = findings.id)";
    let cut = tampered(&place, cut);
    assert_eq!(audit(&cut, &["verify"]).0, 0, "the chain alone cannot tell");
    for (arguments, word) in [(&signed[..], "manifest 2, which was signed"), (&exported[..], "not as it was exported")]
    {
        let (code, said, _) = audit(&cut, arguments);
        assert!(code == 2 && said.contains(word), "{said}");
    }
    // Another key, and a signature that somebody touched.
    let [other, other_public] = ["other.pem", "other.pub"].map(path);
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", &other]);
    openssl(&["pkey", "-in", &other, "-pubout", "-out", &other_public]);
    let (code, said, _) = audit(&place.ledger(), &["verify", "--signature", &signature, "--public-key", &other_public]);
    assert!(code == 2 && said.contains("not made with this key"), "{said}");
    fs::write(&signature, fs::read_to_string(&signature).unwrap().replace("\"manifests\": 2", "\"manifests\": 1"))
        .unwrap();
    assert_eq!(audit(&place.ledger(), &signed).0, 2);
    let (code, _, errors) = audit(&place.ledger(), &["sign", "--key", &public, "-o", &path("x")]);
    assert!(code == 2 && errors.contains("openssl genpkey"), "{errors}");
}
