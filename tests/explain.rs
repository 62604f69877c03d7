//! Explanations, as a user asks for them: each piece of evidence shows its effect, and no value is shown.

use crate::support::scan::{phinder, run};
use std::fs;
use std::io::Write;
use std::process::Stdio;

/// Runs `phinder explain` with a line on standard input.
fn explain(flags: &[&str], line: &str) -> (i32, String) {
    let mut child = phinder()
        .arg("explain")
        .args(flags)
        .args(["--log", "trace"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A usage error ends it before it reads.
    let _ = writeln!(child.stdin.take().unwrap(), "{line}");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// The lines of one detector's account, blanks made single.
fn account(report: &str, detector: &str) -> Vec<String> {
    let start = format!("{detector}:");
    let lines = report.lines().skip_while(|line| !line.starts_with(&start)).take_while(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_field_name_makes_bare_digits_an_ssn() {
    let (code, report) = explain(&["--field", "patient_ssn", "--detector", "us_ssn"], "536904399");
    assert_eq!(code, 0, "{report}");
    assert!(!report.contains("536904399") && !report.contains("53690"), "{report}");
    let account = account(&report, "us_ssn");
    assert!(
        account[0].contains("found *****4399 in field patient_ssn, high") && account[0].contains("field_name"),
        "{report}"
    );
    assert!(account.contains(&"field name nothing -> high".to_owned()), "{report}");
    let (_, report) = explain(&["--field", "order_id", "--detector", "us_ssn"], "536904399");
    assert!(report.contains("No candidate for: us_ssn"), "{report}");
}

#[test]
fn a_name_behind_a_label_is_a_candidate_because_of_it() {
    let (_, report) = explain(&["--line", "--detector", "person_name"], "Patient: Rosa Zapata, seen today");
    let steps = account(&report, "person_name");
    assert!(steps[0].contains("context"), "{report}");
    assert!(!steps.contains(&"context words no change".to_owned()), "{report}");
}

#[test]
fn words_for_and_against_show_what_they_do() {
    let (_, report) = explain(&["--line", "--detector", "us_ssn"], "SSN: 536-90-4399");
    let steps = account(&report, "us_ssn");
    assert!(steps.contains(&"candidate medium".to_owned()), "{report}");
    assert!(steps.contains(&"context words medium -> high".to_owned()), "{report}");
    let (_, report) = explain(&["--line", "--detector", "us_ssn"], "tracking number 536-90-4399");
    assert!(account(&report, "us_ssn").contains(&"words against medium -> nothing".to_owned()), "{report}");
    let (_, report) = explain(&["--line", "--detector", "us_ssn"], "SSN: 000-12-3456");
    assert!(account(&report, "us_ssn").contains(&"validator medium -> nothing".to_owned()), "{report}");
    assert!(account(&report, "us_ssn")[0].contains("not found"), "{report}");
}

#[test]
fn every_detector_is_accounted_for() {
    let (_, report) = explain(&["--line"], "SSN: 536-90-4399");
    let (_, list, _) = run(phinder().args(["detectors", "list"]));
    for id in list.lines().skip(1).take_while(|line| !line.is_empty()).filter_map(|line| line.split(' ').next()) {
        assert!(report.contains(id), "{id} in {report}");
    }
}

#[test]
fn a_record_has_its_class_and_the_detectors_that_made_it_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("visits.csv");
    fs::write(&path, "ssn,diagnosis code,amount\n536-90-4399,,10\n219-44-8210,E11.9,12\n,I10,7\n").unwrap();
    let explain = |flags: &[&str]| run(phinder().arg("explain").arg(&path).args(flags));
    let (code, report, errors) = explain(&[]);
    assert_eq!(code, 0, "{errors}");
    assert!(
        report.contains("record 0, line 2\nclass: pii") && report.contains("missing for phi          health data"),
        "{report}"
    );
    let (_, report, _) = explain(&["--record", "1"]);
    assert!(report.contains("class: phi") && report.contains("health                   icd10cm"), "{report}");
    assert!(account(&report, "us_ssn")[0].contains("***-**-8210 in field ssn"), "{report}");
    assert!(!report.contains("219-44"), "{report}");
    let (_, report, _) = explain(&["--record", "2"]);
    assert!(report.contains("class: health") && report.contains("an identifier of a person"), "{report}");
    let (code, _, errors) = explain(&["--record", "3"]);
    assert!(code == 2 && errors.contains("has no record 3"), "{errors}");
}

#[test]
fn what_cannot_be_explained_is_an_error() {
    assert_eq!(explain(&["--line"], "").0, 2);
    assert_eq!(explain(&["--line", "--detector", "no_such"], "x").0, 2);
    assert_eq!(explain(&[], "x").0, 2);
    assert_eq!(explain(&["--line", "--field", "ssn"], "x").0, 2);
    assert_eq!(explain(&["/no/such/file"], "x").0, 2);
}
