//! Evaluation on labelled texts and tables, as a user runs it: exact counts, exit codes, hostile input.

use crate::support::scan::{phinder, run};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of labelled files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// A labelled text whose labels are given by what they cover.
fn labelled(text: &str, labels: &[(&str, &str)], only: &[&str]) -> String {
    let spans: Vec<Value> = labels
        .iter()
        .map(|(detector, value)| {
            let start = text.find(value).unwrap();
            json!({"detector": detector, "start": start, "end": start + value.len()})
        })
        .collect();
    let mut line = json!({"id": 7, "text": text, "spans": spans});
    if !only.is_empty() {
        line["only"] = json!(only);
    }
    line.to_string()
}

fn eval(path: &Path, flags: &[&str]) -> (i32, String, String) {
    let (code, report, errors) = run(phinder().arg("eval").arg(path).args(flags));
    (code, report, errors)
}

fn counts(path: &Path) -> Value {
    let (code, report, errors) = eval(path, &["--format", "json"]);
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str::<Value>(&report).unwrap()["detectors"].clone()
}

fn level(right: u64, wrong: u64, missed: u64) -> Value {
    json!({"tp": right, "fp": wrong, "fn": missed})
}

fn texts(lines: &[String]) -> (tempfile::TempDir, PathBuf) {
    let folder = folder(&[("texts.jsonl", &lines.join("\n"))]);
    let path = folder.path().join("texts.jsonl");
    (folder, path)
}

#[test]
fn right_wrong_and_missed_finds_are_counted_at_each_level() {
    let (_folder, path) = texts(&[
        // With its label an SSN is of high confidence, without one of medium.
        labelled("SSN: 536-90-4399", &[("us_ssn", "536-90-4399")], &["us_ssn"]),
        labelled("the card says 536-90-4399 on the front", &[("us_ssn", "536-90-4399")], &["us_ssn"]),
        labelled("SSN: 772-12-3456", &[], &["us_ssn"]),
        labelled("SSN: five three six", &[("us_ssn", "five three six")], &["us_ssn"]),
    ]);
    assert_eq!(
        counts(&path),
        json!({"us_ssn": {"low": level(2, 1, 1), "medium": level(2, 1, 1), "high": level(1, 1, 2)}})
    );
}

#[test]
fn only_limits_what_is_judged_in_a_text() {
    let text = "SSN: 536-90-4399, e-mail jane.doe@hospital.example";
    let (_folder, path) = texts(&[labelled(text, &[("us_ssn", "536-90-4399")], &["us_ssn"])]);
    assert_eq!(counts(&path).as_object().unwrap().keys().collect::<Vec<_>>(), ["us_ssn"]);
    let (_folder, path) = texts(&[labelled(text, &[("us_ssn", "536-90-4399")], &[])]);
    assert_eq!(counts(&path)["email"]["medium"], level(0, 1, 0), "without it, all detectors are");
    let (code, report, _) = eval(&path, &["--format", "json", "--only", "email"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((code, report["detectors"].as_object().unwrap().len()), (0, 1), "labels of others are left out");
}

#[test]
fn offsets_are_bytes_of_the_text_whatever_its_line_ends() {
    let note = "Größe 180 cm, José\r\n\r\nSSN: 536-90-4399\r\nSSN: 772-12-3456\nrest\r\n";
    let labels = [("us_ssn", "536-90-4399"), ("us_ssn", "772-12-3456")];
    let (_folder, path) = texts(&[labelled(note, &labels, &["us_ssn"])]);
    assert_eq!(counts(&path)["us_ssn"]["high"], level(2, 0, 0));
    // A label one byte before the value is missed, so the places are exact.
    let start = note.find("536-90-4399").unwrap();
    let beside = json!({"text": note, "only": ["us_ssn"], "spans": [
        {"detector": "us_ssn", "start": start - 1, "end": start},
        {"detector": "us_ssn", "start": start + 11, "end": start + 12}]});
    let (_folder, path) = texts(&[beside.to_string()]);
    assert_eq!(counts(&path)["us_ssn"]["high"], level(0, 2, 2));
    // Past a mebibyte, where a scan would begin another batch.
    let long = format!("{}SSN: 536-90-4399\r\n", "nothing in this line\r\n".repeat(60_000));
    let (_folder, path) = texts(&[labelled(&long, &labels[..1], &["us_ssn"])]);
    assert_eq!(counts(&path)["us_ssn"]["high"], level(1, 0, 0));
}

#[test]
fn a_label_counts_once() {
    let text = "SSN: 536-90-4399 772-12-3456";
    let whole = json!({"text": text, "only": ["us_ssn"],
        "spans": [{"detector": "us_ssn", "start": 5, "end": text.len()}]});
    let (_folder, path) = texts(&[whole.to_string()]);
    assert_eq!(counts(&path)["us_ssn"]["low"], level(1, 0, 0));
}

#[test]
fn a_network_address_is_as_sure_as_its_record_makes_it() {
    let (_folder, path) = texts(&[
        labelled("connect from 203.0.113.77 port 22", &[("ip_address", "203.0.113.77")], &["ip_address"]),
        labelled("SSN: 536-90-4399 from 203.0.113.77", &[("ip_address", "203.0.113.77")], &["ip_address"]),
    ]);
    let counts = counts(&path);
    assert_eq!(counts["ip_address"]["low"], level(2, 0, 0));
    assert_eq!(counts["ip_address"]["medium"], level(1, 0, 1));
}

#[test]
fn a_label_of_an_unknown_detector_is_an_error_with_file_and_line() {
    let good = labelled("SSN: 536-90-4399", &[("us_ssn", "536-90-4399")], &[]);
    for (bad, name) in [
        (labelled("badge B-12", &[("badge", "B-12")], &[]), "`badge`"),
        (labelled("badge B-12", &[], &["badge"]), "`badge`"),
        (labelled("card 536-90-4399", &[], &["536-90-4399"]), "of a name"),
    ] {
        let (_folder, path) = texts(&[good.clone(), bad]);
        let (code, report, errors) = eval(&path, &[]);
        assert_eq!((code, report.as_str()), (2, ""));
        assert!(errors.contains("texts.jsonl:2: there is no detector") && errors.contains(name), "{errors}");
        assert!(!errors.contains("536-90"), "{errors}");
    }
    let truth = folder(&[("t.csv", PATIENTS), ("t.truth.json", "{\n\"ssn\": [\"us_ssn\"],\n\"amount\": [\"badge\"]}")]);
    let (code, _, errors) = eval(truth.path(), &[]);
    assert!(code == 2 && errors.contains("t.truth.json:3:") && errors.contains("`badge`"), "{errors}");
    // Detectors that were left out, and those of a user, are known.
    let (_folder, path) = texts(&[good]);
    let (code, _, errors) = eval(&path, &["--only", "mrn"]);
    assert_eq!((code, errors.as_str()), (0, ""));
}

const PATIENTS: &str = "ssn,visit_note,amount\n536-90-4399,seen,10\n772-12-3456,seen,12\n219-44-8210,SSN 536-90-4399,9\n\
    529-11-7265,seen,11\n";

#[test]
fn a_table_is_judged_field_by_field() {
    for truth_name in ["patients.csv.truth.json", "patients.truth.json"] {
        let truth = r#"{"fields":{"ssn":["us_ssn"],"visit_note":[],"amount":["mrn"],"gone":["us_zip"]},"only":["us_ssn","mrn"]}"#;
        let folder = folder(&[("patients.csv", PATIENTS), (truth_name, truth)]);
        let counts = counts(&folder.path().join("patients.csv"));
        // One of four values of the note is a quarter of them: found where nothing is accepted.
        assert_eq!(counts["us_ssn"]["high"], level(1, 1, 0), "{counts}");
        assert_eq!(counts["mrn"]["low"], level(0, 0, 1), "{counts}");
        assert_eq!(counts.as_object().unwrap().len(), 2, "{counts}");
        let (_, report, _) = eval(folder.path(), &["--errors"]);
        assert!(report.contains("patients.csv: gone"), "{report}");
        assert!(report.contains("field visit_note, 1 of 4 values") && report.contains("***-**-4399"), "{report}");
    }
    let flat = folder(&[
        ("a.ndjson", "{\"ssn\":\"536-90-4399\"}\n{\"ssn\":\"772-12-3456\"}\n"),
        ("a.ndjson.truth.json", r#"{"ssn":"us_ssn"}"#),
    ]);
    assert_eq!(counts(&flat.path().join("a.ndjson"))["us_ssn"]["high"], level(1, 0, 0));
}

#[test]
fn coincidences_in_a_long_column_are_no_mistake() {
    let rows: String = (0..40).map(|row| if row < 2 { "SSN 536-90-4399\n" } else { "nothing\n" }).collect();
    let folder =
        folder(&[("t.csv", &format!("memo\n{rows}")), ("t.csv.truth.json", r#"{"fields":{},"only":["us_ssn"]}"#)]);
    assert_eq!(counts(&folder.path().join("t.csv")), json!({}));
}

#[test]
fn a_folder_is_walked_and_its_unlabelled_files_are_counted() {
    let text = labelled("SSN: 536-90-4399", &[("us_ssn", "536-90-4399")], &["us_ssn"]);
    let folder = folder(&[
        ("a/texts.ndjson", &text),
        ("a/readme.txt", "words"),
        ("events.jsonl", "{\"level\":\"info\"}\n"),
        ("b/patients.csv", PATIENTS),
        ("b/patients.csv.truth.json", r#"{"fields":{"ssn":["us_ssn"],"visit_note":["us_ssn"]},"only":["us_ssn"]}"#),
    ]);
    let (code, report, errors) = eval(folder.path(), &["--format", "json"]);
    assert_eq!(code, 0, "{errors}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["texts"], &report["tables"], &report["ignored"]), (&json!(1), &json!(1), &json!(2)));
    assert_eq!(report["detectors"]["us_ssn"]["high"], level(3, 0, 0));
}

#[test]
fn mistakes_are_listed_with_their_place_and_masked() {
    let (_folder, path) = texts(&[
        String::new(),
        labelled("SSN: 772-12-3456 or john.smith@mail.example", &[("us_ssn", "john.smith@mail.example")], &["us_ssn"]),
    ]);
    for format in ["text", "json"] {
        let (code, report, errors) = eval(&path, &["--errors", "--format", format, "--log", "trace"]);
        assert_eq!(code, 0);
        for value in ["772-12", "john", "smith", "mail"] {
            assert!(!report.contains(value) && !errors.contains(value), "{value} in {report}");
        }
    }
    let (_, report, _) = eval(&path, &["--errors"]);
    assert!(report.contains("texts.jsonl:2  us_ssn  bytes 5..16  ***-**-3456"), "{report}");
    assert!(report.contains("bytes 20..43"), "{report}");
}

#[test]
fn a_floor_of_f1_decides_the_exit_code() {
    let (_folder, path) = texts(&[
        labelled("SSN: 536-90-4399", &[("us_ssn", "536-90-4399")], &["us_ssn"]),
        labelled("the card says 536-90-4399 on the front", &[("us_ssn", "536-90-4399")], &["us_ssn"]),
    ]);
    assert_eq!(eval(&path, &["--min-f1", "0.95"]).0, 0);
    assert_eq!(eval(&path, &["--min-f1", "0.95", "--min-confidence", "high"]).0, 1);
    assert_eq!(eval(&path, &["--min-f1", "1.5"]).0, 2);
    let (_, report, _) = eval(&path, &[]);
    assert!(report.contains("1.000 [0.342, 1.000]"), "{report}");
}

#[test]
fn bad_labels_are_errors_with_file_and_line_and_without_content() {
    let good = labelled("SSN: 536-90-4399", &[("us_ssn", "536-90-4399")], &[]);
    for bad in [
        "{\"text\":\"536-90-4399\"",
        "[]",
        "{\"text\":\"ü 536-90-4399\",\"spans\":[{\"detector\":\"us_ssn\",\"start\":1,\"end\":3}]}",
        "{\"text\":\"536-90-4399\",\"spans\":[{\"detector\":\"us_ssn\",\"start\":0,\"end\":99}]}",
        "{\"text\":\"536-90-4399\",\"spans\":{}}",
        "{\"text\":\"536-90-4399\",\"spans\":[{\"detector\":\"us_ssn\",\"start\":18446744073709551615,\"end\":3}]}",
    ] {
        let (_folder, path) = texts(&[good.clone(), bad.to_owned()]);
        let (code, report, errors) = eval(&path, &[]);
        assert_eq!((code, report.as_str()), (2, ""), "{bad}");
        assert!(errors.contains("texts.jsonl:2:") && !errors.contains("536-90"), "{errors}");
    }
    let truth = folder(&[("t.csv", PATIENTS), ("t.truth.json", "{\n\"ssn\": us_ssn}")]);
    let (code, _, errors) = eval(truth.path(), &[]);
    assert!(code == 2 && errors.contains("t.truth.json:2:"), "{errors}");
}

#[test]
fn input_without_labels_is_an_error() {
    let empty = folder(&[("a.jsonl", ""), ("b.csv", PATIENTS)]);
    for place in
        [empty.path().to_owned(), empty.path().join("a.jsonl"), empty.path().join("b.csv"), empty.path().join("none")]
    {
        let (code, report, errors) = eval(&place, &["--format", "json"]);
        assert_eq!((code, report.as_str()), (2, ""), "{errors}");
    }
    assert!(eval(empty.path(), &[]).2.contains("nothing is labelled"), "says what is wrong");
}

#[test]
fn in_documentation_an_address_waits_for_its_record() {
    let header = "# Copyright (c) 2020 Tidepool. SPDX-License-Identifier: MIT. Bug reports are welcome.\n";
    let lone = format!("{header}# thanks go to jane.doe@hospital.example\n");
    let about_somebody = format!("{header}# thanks go to jane.doe@hospital.example, SSN: 536-90-4399\n");
    let spans = [("email", "jane.doe@hospital.example")];
    let at_medium = |text: &str| {
        let (_folder, path) = texts(&[labelled(text, &spans, &["email"])]);
        counts(&path)["email"]["medium"].clone()
    };
    assert_eq!(at_medium(&lone), level(0, 0, 1));
    assert_eq!(at_medium(&about_somebody), level(1, 0, 0));
    assert_eq!(
        at_medium("thanks go to jane.doe@hospital.example"),
        level(1, 0, 0),
        "a sentence alone says nothing of code"
    );
}

#[test]
fn records_are_judged_by_their_class() {
    let table = "mrn,dx\n4471920,E11.9\n4471933,\n,I10\n,\n";
    let judged = |records: &str| {
        let truth = format!("{{\"fields\":{{\"mrn\":[\"mrn\"],\"dx\":[\"icd10cm\"]}},{records}}}");
        let folder = folder(&[("visits.csv", table), ("visits.csv.truth.json", &truth)]);
        eval(&folder.path().join("visits.csv"), &["--format", "json"])
    };
    let (code, report, _) = judged(r#""records":["phi","phi","health",null]"#);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(code, 0);
    assert_eq!(
        report["records"],
        json!({"phi": level(1, 0, 1), "pii": level(0, 1, 0), "health": level(1, 0, 0), "judged": 4})
    );
    let (_, report, _) = judged(r#""classes":{"phi":0,"pii":0,"health":0}"#);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["records"]["phi"], level(0, 1, 0));
    let (code, _, message) = judged(r#""records":["phi"]"#);
    assert_eq!(code, 2);
    assert!(message.contains("another number of records"), "{message}");
}
