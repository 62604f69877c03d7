//! The report over a ledger, as a page that is read and as a page that a browser opens.

mod browser;
mod demo;
mod page;

use crate::support::nights::Nights;
use crate::support::scan::{phinder, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Keys that would be more than text, if they could.
const HOSTILE: [&str; 6] = [
    "s3://acme/</script><script>window.taken=true</script>/a.csv",
    "s3://acme/<img src=x onerror=window.taken=true>/a.csv",
    "s3://acme/<!--<script>/a.csv",
    "s3://acme/\u{2028}\u{202e}fdp/a.csv",
    "s3://acme/\"'>&lt;b&gt;${window.taken=true}/a.csv",
    "s3://acme/javascript:window.taken=true/a.csv",
];

/// Writes the report of a ledger, and returns where it is and what it says.
fn report(ledger: &Path, arguments: &[&str]) -> (PathBuf, String) {
    let place = ledger.with_extension("html");
    let (code, said, errors) =
        run(phinder().arg("report").arg("--ledger").arg(ledger).arg("-o").arg(&place).args(arguments));
    assert_eq!(code, 0, "{said}{errors}");
    assert!(said.starts_with("wrote ") && said.contains(" finding"), "{said}");
    let page = fs::read_to_string(&place).unwrap();
    (place, page)
}

/// What the page holds as data.
fn data(page: &str) -> Value {
    let data = page.split("<script type=\"application/json\" id=\"data\">").nth(1).unwrap();
    serde_json::from_str(data.split("</script>").next().unwrap()).unwrap()
}

/// Letters for a number: digits would be taken for what changes from night to night.
fn letters(mut index: u64) -> String {
    let mut text = String::new();
    loop {
        text.push(char::from(b'a' + (index % 26) as u8));
        index /= 26;
        if index == 0 {
            return text;
        }
    }
}

/// A ledger with so many findings, each in a place of its own.
fn many(count: u64) -> Nights {
    use phinder::ledger::Outcome;
    use phinder::model::{Class, Severity};
    let mut nights = Nights::new();
    for index in 0..count {
        let (class, severity) = match index % 10 {
            0 => (Class::Phi, Severity::Critical),
            1..4 => (Class::Phi, Severity::High),
            4..8 => (Class::Pii, Severity::Medium),
            _ => (Class::Health, Severity::Low),
        };
        let bucket = letters(index % 7);
        nights.put(&format!("s3://team-{bucket}/folder-{}/x.csv", letters(index)), class, severity, 1 + index % 40);
    }
    nights.scan(1_790_000_000_000, Outcome::Complete);
    nights
}
