//! A ledger that nights of scans write, without reading anything: which objects there are, and what they hold, is said.

use phinder::ledger::{Ledger, LedgerError, Outcome, Recorder, ScanStart, Scope};
use phinder::model::{
    Class, Confidence, Coverage, DetectorEvidence, Evidence, EvidenceFlags, Examined, Finding, Location, Memory,
    Object, ObjectResult, Remarks, Severity, Verdict, VerdictKind, fingerprint,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// What one object holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    pub class: Class,
    pub severity: Severity,
    pub records: u64,
}

/// A lake and its ledger.
pub struct Nights {
    folder: tempfile::TempDir,
    /// Objects by location.
    pub objects: BTreeMap<String, Held>,
    scans: u32,
}

impl Nights {
    pub fn new() -> Self {
        // In memory where the system can: thousands of ledgers are made.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { folder, objects: BTreeMap::new(), scans: 0 }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("l.ledger")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::open(&self.path()).unwrap()
    }

    pub fn put(&mut self, location: &str, class: Class, severity: Severity, records: u64) {
        self.objects.insert(location.to_owned(), Held { class, severity, records });
    }

    /// A scan of everything at a moment, milliseconds since 1970; one that is not complete proves nothing that is gone.
    pub fn scan(&mut self, at: i64, outcome: Outcome) {
        self.scans += 1;
        let started_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).unwrap();
        let start = || ScanStart {
            scan_id: format!("scan-{}", self.scans),
            started_at,
            scope: Scope { targets: vec!["s3://".to_owned()], versions: false, selection: String::new(), sample: None },
            detectors_version: "1".to_owned(),
            detectors: vec!["us_ssn".into()],
            examination: "e".to_owned(),
            min_confidence: Confidence::Medium,
            key: b"0123456789abcdef0123456789abcdef".to_vec(),
            is_full: false,
            accepts_unmounted: false,
            is_resumed: false,
            is_baseline: false,
            seed: None,
        };
        // A process that another test starts holds the lock of the scan before until it is a program of its own.
        let begun = (0..200).find_map(|_| match Recorder::begin(&self.path(), start()) {
            Err(LedgerError::Running { .. }) => {
                std::thread::sleep(Duration::from_millis(10));
                None
            }
            begun => Some(begun.unwrap()),
        });
        let recorder = begun.unwrap();
        for (location, held) in &self.objects {
            record(&recorder, location, *held);
        }
        recorder.finish(outcome, &serde_json::json!({})).unwrap();
    }
}

fn record(recorder: &Recorder, location: &str, held: Held) {
    let mut object = Object::at(Location::from_uri(location));
    object.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    object.etag = Some(format!("{held:?}"));
    let seed = location.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let finding = Finding {
        field: "ssn".into(),
        detector: "us_ssn".into(),
        class: Some(held.class),
        confidence: Confidence::High,
        score: 0.95,
        values: held.records,
        records: held.records,
        verdict: Verdict { kind: VerdictKind::Unexpected, severity: held.severity, because: "no policy entry".into() },
        is_likely_synthetic: false,
        fingerprint: fingerprint(&object.location, "ssn", "us_ssn"),
        place_fingerprint: object.location.place_fingerprint("ssn", "us_ssn"),
        samples: vec!["***-**-4399".to_owned()],
        evidence: vec!["validator"],
        positions: Vec::new(),
    };
    let mut evidence = Evidence { records: held.records, bytes: 100, ..Evidence::default() };
    (0..held.records.min(1000)).for_each(|person| {
        let digest = (seed ^ person).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match held.class {
            Class::Phi => evidence.phi_people.insert(digest),
            _ => evidence.pii_people.insert(digest),
        }
    });
    evidence.detectors.insert(
        ("ssn".into(), 0),
        DetectorEvidence {
            values: held.records,
            records: held.records,
            class: Some(held.class),
            by_confidence: [0, 0, held.records],
            evidence: EvidenceFlags::VALIDATOR,
            synthetic_values: 0,
            special: 0,
            samples: Vec::new(),
        },
    );
    let result = ObjectResult {
        location: object.location.clone(),
        version: None,
        format: Some("csv"),
        coverage: Coverage::Complete,
        bytes: 100,
        records: held.records,
        classes: [0, 0, 0],
        individuals: None,
        remarks: Remarks::default(),
        verdict: Some(VerdictKind::Unexpected),
        severity: held.severity,
        findings: vec![finding],
    };
    recorder.record(&object, Examined::Content, (&evidence, None), &Arc::new(result)).unwrap();
}
