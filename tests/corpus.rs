//! Accuracy over the labelled corpus: precision and recall per detector, exact counts of PHI records, and silence over
//! the clean files. The floors are what was measured; they only go up.

use crate::support::scan::{ObjectReport, scan_path};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Floors of precision and recall in percent, per detector, values weighted equally.
const FLOORS: &[(&str, f64, f64)] = &[
    ("account_number", 99.9, 99.9),
    ("credit_card", 99.9, 99.9),
    ("date_of_birth", 99.9, 99.9),
    ("email", 99.9, 99.8),
    ("icd10cm", 99.9, 99.9),
    ("ip_address", 99.9, 99.9),
    ("member_id", 99.9, 99.9),
    ("mrn", 99.9, 99.9),
    ("person_name", 99.9, 99.8),
    ("us_address", 99.9, 99.9),
    ("us_dea", 99.9, 99.9),
    ("us_mbi", 99.9, 99.9),
    ("us_npi", 99.9, 99.9),
    ("us_phone", 99.9, 99.9),
    ("us_ssn", 99.9, 99.9),
    ("us_zip", 99.9, 99.9),
];

/// Share of the labelled PHI records that must be counted as PHI, and of the counted ones that must be labelled, percent.
const PHI_FLOOR: f64 = 99.9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[expect(dead_code, reason = "says what the folder says")]
    format: String,
    #[serde(default)]
    classes: Classes,
    #[serde(default)]
    finding: Vec<ExpectedFinding>,
}

#[derive(Deserialize, Default, Clone, Copy)]
struct Classes {
    phi: u64,
    pii: u64,
    health: u64,
}

#[derive(Deserialize)]
struct ExpectedFinding {
    detector: String,
    field: String,
    values: u64,
    #[expect(dead_code, reason = "values are what precision and recall count")]
    records: u64,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Labels and reports of every labelled file.
fn labelled() -> Vec<(PathBuf, Expected, ObjectReport)> {
    let reports = scan_path(&corpus());
    let mut reports: BTreeMap<String, ObjectReport> =
        reports.into_iter().map(|report| (report.location.clone(), report)).collect();
    let mut files = Vec::new();
    for folder in ["csv", "json", "log", "ndjson", "parquet", "pdf", "sql", "text"] {
        for entry in std::fs::read_dir(corpus().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(".expected.toml") {
                continue;
            }
            let labels = path.with_extension("expected.toml");
            let text = std::fs::read_to_string(&labels).unwrap_or_else(|_| panic!("{} has labels", path.display()));
            let expected: Expected = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", labels.display()));
            let report = reports.remove(&format!("file://{}", path.display())).unwrap();
            files.push((path, expected, report));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(files.len() >= 60, "{} labelled files", files.len());
    files
}

#[derive(Default)]
struct Score {
    found: u64,
    missed: u64,
    wrong: u64,
}

impl Score {
    fn precision(&self) -> f64 {
        percent(self.found, self.found + self.wrong)
    }

    fn recall(&self) -> f64 {
        percent(self.found, self.found + self.missed)
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

#[test]
fn precision_and_recall_do_not_fall_below_what_was_reached() {
    let files = labelled();
    let labelled_ids: BTreeSet<String> =
        files.iter().flat_map(|(_, expected, _)| expected.finding.iter().map(|f| f.detector.clone())).collect();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut phi = Score::default();
    for (path, expected, report) in files {
        assert_eq!((report.coverage, report.reason), ("complete", None), "{}", path.display());
        assert!(report.format.is_some() && report.records > 0, "{}", path.display());
        let mut keys: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        for finding in &expected.finding {
            keys.entry((finding.detector.clone(), finding.field.clone())).or_default().0 += finding.values;
        }
        for finding in report.findings.iter().filter(|finding| labelled_ids.contains(&finding.detector)) {
            keys.entry((finding.detector.clone(), finding.field.clone())).or_default().1 += finding.values;
        }
        for ((detector, field), (truth, found)) in keys {
            let score = scores.entry(detector.clone()).or_default();
            score.found += truth.min(found);
            score.missed += truth.saturating_sub(found);
            score.wrong += found.saturating_sub(truth);
            if truth != found {
                let name = path.strip_prefix(corpus()).unwrap().display();
                println!("{name}: {detector} in {field:?}: labelled {truth}, found {found}");
            }
        }
        let (truth, found) = (expected.classes.phi, report.classes[0]);
        phi.found += truth.min(found);
        phi.missed += truth.saturating_sub(found);
        phi.wrong += found.saturating_sub(truth);
        let Classes { phi, pii, health } = expected.classes;
        if [phi, pii, health] != report.classes {
            let name = path.strip_prefix(corpus()).unwrap().display();
            println!("{name}: classes labelled {:?}, found {:?}", [phi, pii, health], report.classes);
        }
    }
    println!("{:<16} {:>7} {:>7} {:>7}  precision  recall", "detector", "found", "missed", "wrong");
    for (detector, score) in &scores {
        let (precision, recall) = (score.precision(), score.recall());
        println!(
            "{detector:<16} {:>7} {:>7} {:>7}  {precision:>8.1}%  {recall:>5.1}%",
            score.found, score.missed, score.wrong
        );
    }
    println!(
        "{:<16} {:>7} {:>7} {:>7}  {:>8.1}%  {:>5.1}%",
        "phi records",
        phi.found,
        phi.missed,
        phi.wrong,
        phi.precision(),
        phi.recall()
    );
    for (detector, precision, recall) in FLOORS {
        let score = scores.get(*detector).unwrap_or_else(|| panic!("{detector} is labelled somewhere"));
        assert!(score.precision() >= *precision, "{detector}: precision {:.1}%", score.precision());
        assert!(score.recall() >= *recall, "{detector}: recall {:.1}%", score.recall());
    }
    assert_eq!(FLOORS.len(), scores.len(), "every labelled detector has a floor");
    assert!(phi.precision() >= PHI_FLOOR && phi.recall() >= PHI_FLOOR);
}

#[test]
fn clean_files_give_nothing_above_low_confidence() {
    let reports = scan_path(&corpus().join("clean"));
    assert!(reports.len() >= 40, "{} clean files", reports.len());
    let mut wrong = Vec::new();
    for report in reports {
        assert_eq!(report.coverage, "complete", "{}", report.location);
        for finding in report.findings.iter().filter(|finding| finding.confidence != "low") {
            wrong.push(format!(
                "{}: {} in {:?}: {:?}",
                report.location, finding.detector, finding.field, finding.samples
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
