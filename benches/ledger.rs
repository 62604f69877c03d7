//! The ledger alone: what it costs to remember a million objects and to recognise them the next night, and how long the first
//! page and the report of 100,000 findings take.
//!
//! `cargo bench --bench ledger [OBJECTS]`. Every fifth object holds three findings; objects lie in 1,000 prefixes, a file of
//! a night each. The objects are made here, so that no listing, reading or detecting is in the figures.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use phinder::ledger::{Filter, Ledger, Order, Outcome, Recorder, ScanStart, Scope, State};
use phinder::model::{
    Class, Confidence, Coverage, DetectorEvidence, Evidence, EvidenceFlags, Examined, Finding, Location, Memory,
    Object, ObjectResult, Position, Remarks, Severity, Verdict, VerdictKind,
};
use phinder::report::{self, ReportOptions};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use time::OffsetDateTime;

const DETECTORS: [&str; 3] = ["us_ssn", "person_name", "icd10cm"];
const PREFIXES: u64 = 1000;

fn main() {
    let objects = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nights.ledger");
    let location = |index: u64| format!("s3://lake/{}/2026/11/29/part-{index:07}.csv", letters(index % PREFIXES));
    for night in ["first night, all read", "second night, nothing changed"] {
        let (time, recalled) = scan(&path, objects, &location);
        let bytes = std::fs::metadata(&path).unwrap().len();
        println!(
            "{night}: {:.1} s, {recalled} of {objects} recalled, {} bytes per object, peak {}",
            time.as_secs_f64(),
            bytes / objects,
            peak_memory()
        );
    }
    let path = folder.path().join("findings.ledger");
    // Each object that holds something lies in a prefix of its own.
    scan(&path, 170_000, &|index| format!("s3://lake/{}/part.csv", letters(index)));
    pages(&path);
    report(&path);
}

/// One scan as the pipeline does it: recall, else evidence and result; then the end.
fn scan(path: &Path, objects: u64, location: &dyn Fn(u64) -> String) -> (Duration, u64) {
    let started_at = OffsetDateTime::now_utc();
    let start = ScanStart {
        scan_id: started_at.unix_timestamp_nanos().to_string(),
        started_at,
        scope: Scope { targets: vec!["s3://lake".to_owned()], versions: false, selection: String::new(), sample: None },
        detectors_version: "1".to_owned(),
        detectors: DETECTORS.map(Arc::from).to_vec(),
        examination: "1".to_owned(),
        min_confidence: Confidence::Medium,
        seed: None,
        key: b"a key for measurements".to_vec(),
        is_full: false,
        accepts_unmounted: false,
        is_resumed: false,
        is_baseline: false,
    };
    let started = Instant::now();
    let recorder = Recorder::begin(path, start).unwrap();
    let mut recalled = 0;
    for index in 0..objects {
        let object = object(location(index), index);
        let known = recorder.recall(&object);
        recalled += u64::from(known.is_some());
        let examined = if known.is_some() { Examined::Memory } else { Examined::Content };
        let evidence = known.map_or_else(|| evidence(index), |known| known.evidence);
        let result = result(&object, &evidence);
        recorder.record(&object, examined, (&evidence, None), &Arc::new(result)).unwrap();
    }
    recorder.finish(Outcome::Complete, &serde_json::Value::Null).unwrap();
    (started.elapsed(), recalled)
}

fn pages(path: &Path) {
    let active =
        Filter { states: State::ALL.iter().copied().filter(|state| state.is_active()).collect(), ..Filter::default() };
    for (name, order) in [("severity", Order::Severity), ("records", Order::Records), ("location", Order::Location)] {
        let started = Instant::now();
        let (rows, count) = Ledger::open(path).unwrap().findings(&active, order, (50, 0)).unwrap();
        println!(
            "first page by {name}: {} of {count} findings in {:.1} ms",
            rows.len(),
            started.elapsed().as_secs_f64() * 1e3
        );
    }
}

/// The page over the same ledger.
fn report(path: &Path) {
    let options = ReportOptions {
        ledger: "findings.ledger".to_owned(),
        made_at: OffsetDateTime::now_utc(),
        detectors: BTreeMap::new(),
        filter: Filter::default(),
        filter_text: String::new(),
    };
    let started = Instant::now();
    let mut page = Vec::new();
    let findings = report::write(&Ledger::open(path).unwrap(), &options, &mut page).unwrap();
    println!(
        "report of {findings} findings in {:.2} s, {:.1} MB",
        started.elapsed().as_secs_f64(),
        page.len() as f64 / 1e6
    );
}

/// A number without digits, so that it is a part of a place.
fn letters(mut number: u64) -> String {
    let mut text = String::new();
    loop {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return text;
        }
    }
}

fn object(location: String, index: u64) -> Object {
    Object {
        size_bytes: Some(10_000 + index),
        modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + index)),
        etag: Some(format!("\"{index:032x}\"")),
        ..Object::at(Location::from_uri(location))
    }
}

fn evidence(index: u64) -> Evidence {
    let mut evidence = Evidence { records: 100, bytes: 10_000 + index, ..Evidence::default() };
    if !index.is_multiple_of(5) {
        return evidence;
    }
    evidence.phi_records = 12;
    (0..12).for_each(|person| evidence.phi_people.insert((index * 12 + person).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    for detector in 0..DETECTORS.len() as u16 {
        let found = DetectorEvidence {
            values: 12,
            records: 12,
            class: Some(Class::Phi),
            by_confidence: [0, 0, 12],
            evidence: EvidenceFlags::VALIDATOR,
            synthetic_values: 0,
            special: 0,
            samples: (0..5)
                .map(|record| {
                    (
                        Position { record, line: None, column: Some(2) },
                        format!("***-**-{:04}", (index + record) % 10_000),
                    )
                })
                .collect(),
        };
        evidence.detectors.insert((format!("column {detector}").into(), detector), found);
    }
    evidence
}

fn result(object: &Object, evidence: &Evidence) -> ObjectResult {
    let because: Arc<str> = "no policy entry expects phi here".into();
    let findings = evidence.detectors.iter().map(|((field, detector), found)| Finding {
        field: field.clone(),
        detector: DETECTORS[usize::from(*detector)].into(),
        class: found.class,
        confidence: found.confidence(),
        score: 0.95,
        values: found.values,
        records: found.records,
        verdict: Verdict { kind: VerdictKind::Unexpected, severity: Severity::High, because: because.clone() },
        is_likely_synthetic: false,
        fingerprint: object.location.place_fingerprint(field, DETECTORS[usize::from(*detector)]),
        place_fingerprint: object.location.place_fingerprint(field, DETECTORS[usize::from(*detector)]),
        samples: found.samples.iter().map(|(_, sample)| sample.clone()).collect(),
        evidence: vec!["validator"],
        positions: found.samples.iter().map(|(position, _)| *position).collect(),
    });
    ObjectResult {
        location: object.location.clone(),
        version: None,
        format: Some("csv"),
        coverage: Coverage::Complete,
        bytes: evidence.bytes,
        records: evidence.records,
        classes: [evidence.phi_records, 0, 0],
        individuals: Some(evidence.phi_people.count()),
        remarks: Remarks::default(),
        verdict: Some(VerdictKind::Unexpected),
        severity: Severity::High,
        findings: findings.collect(),
    }
}

/// Largest resident size of this process so far, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |size| size.trim().to_owned())
}
