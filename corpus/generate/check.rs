//! Verifies a corpus: every `<name>.expected.toml` parses, is consistent with itself and has its file; every file below a
//! labelled folder has labels. Says nothing of what a scanner finds.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const SUFFIX: &str = ".expected.toml";
const FORMATS: &[&str] = &["csv", "json", "log", "ndjson", "parquet", "pdf", "sql", "text"];
const DETECTORS: &[&str] = &[
    "us_ssn",
    "mrn",
    "icd10cm",
    "us_npi",
    "us_mbi",
    "us_dea",
    "date_of_birth",
    "person_name",
    "us_phone",
    "email",
    "us_address",
    "us_zip",
    "member_id",
    "account_number",
    "ip_address",
    "credit_card",
];

/// What is wrong, one sentence per problem.
type Problems = Vec<String>;

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn count(table: &Table, key: &str) -> Option<i64> {
    table.get(key).and_then(Value::as_integer).filter(|count| *count >= 0)
}

fn check_finding(finding: &Value, place: &str, problems: &mut Problems) {
    let Some(finding) = finding.as_table() else { return problems.push(format!("{place}: a finding is no table")) };
    let detector = finding.get("detector").and_then(Value::as_str).unwrap_or_default();
    if !DETECTORS.contains(&detector) {
        problems.push(format!("{place}: unknown detector `{detector}`"));
    }
    if finding.get("field").and_then(Value::as_str).is_none() {
        problems.push(format!("{place}: {detector} has no field"));
    }
    match (count(finding, "values"), count(finding, "records")) {
        (Some(values), Some(records)) if values >= records && records > 0 => {}
        _ => problems.push(format!("{place}: {detector} has impossible counts")),
    }
}

fn check_labels(text: &str, format: &str, place: &str, problems: &mut Problems) {
    let labels: Table = match text.parse() {
        Ok(labels) => labels,
        Err(error) => return problems.push(format!("{place}: {}", error.message())),
    };
    if labels.get("format").and_then(Value::as_str) != Some(format) {
        problems.push(format!("{place}: format is not the folder's, {format}"));
    }
    let classes = labels.get("classes").and_then(Value::as_table);
    if !classes.is_some_and(|classes| ["phi", "pii", "health"].iter().all(|class| count(classes, class).is_some())) {
        problems.push(format!("{place}: classes are incomplete"));
    }
    for finding in labels.get("finding").and_then(Value::as_array).into_iter().flatten() {
        check_finding(finding, place, problems);
    }
}

/// The name without what stands after the first dot of the file name.
fn labels_of(path: &Path) -> PathBuf {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    path.with_file_name(format!("{stem}{SUFFIX}"))
}

/// Checks the corpus below `folder` and prints how many files it has.
pub fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut problems = Problems::new();
    let mut labelled = 0;
    for format in FORMATS {
        let all = files(&folder.join(format))?;
        let (labels, samples): (Vec<_>, Vec<_>) = all.iter().partition(|path| path.to_string_lossy().ends_with(SUFFIX));
        for path in &labels {
            let place = path.display().to_string();
            check_labels(&fs::read_to_string(path)?, format, &place, &mut problems);
            if !samples.iter().any(|sample| labels_of(sample) == **path) {
                problems.push(format!("{place}: has no file"));
            }
        }
        for sample in samples {
            if !labels.contains(&&labels_of(sample)) {
                problems.push(format!("{}: has no labels", sample.display()));
            }
        }
        labelled += labels.len();
    }
    let clean = files(&folder.join("clean"))?.len();
    if problems.is_empty() {
        println!("{labelled} labelled files, {clean} clean files");
        return Ok(());
    }
    Err(problems.join("\n").into())
}
