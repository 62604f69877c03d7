//! Databases as a source, against the real engines.

#[path = "databases/hidden.rs"]
mod hidden;
#[path = "databases/mariadb.rs"]
mod mariadb;
#[path = "databases/mysql.rs"]
mod mysql;
#[path = "databases/postgres.rs"]
mod postgres;
#[path = "databases/rds.rs"]
mod rds;
#[path = "databases/sqlite.rs"]
mod sqlite;
#[path = "databases/unchanged.rs"]
mod unchanged;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::io::Write;

/// A table of people as a file.
const PEOPLE: &str = "patient_name,ssn,icd10\nMary Miller,219-09-9998,E11.9\nJohn Smith,457-55-5462,I10\n";

/// Documents that a browser and a library for forms wrote, and one that needs a password.
const LETTER: &[u8] = include_bytes!("../corpus/pdf/discharge_letter.pdf");
const FORM: &[u8] = include_bytes!("../corpus/pdf/intake_form.pdf");
const SEALED: &[u8] = include_bytes!("../corpus/decoders/pdf/password.pdf");

/// The same, compressed, in hexadecimal.
fn packed_people() -> String {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(PEOPLE.as_bytes()).unwrap();
    hexadecimal(&packed.finish().unwrap())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The line of a table.
fn object<'a>(lines: &'a [Value], table: &str) -> &'a Value {
    let ends = |line: &&Value| line["location"].as_str().is_some_and(|location| location.ends_with(table));
    lines.iter().filter(|line| line["type"] == "object").find(ends).unwrap_or_else(|| panic!("{table} is listed"))
}

/// Fields and detectors of the findings of a table.
fn fields<'a>(lines: &'a [Value], table: &str) -> Vec<(&'a str, &'a str)> {
    let of_table = lines.iter().filter(|line| line["type"] == "finding");
    let of_table = of_table.filter(|line| line["location"].as_str().is_some_and(|location| location.ends_with(table)));
    of_table.map(|line| (line["field"].as_str().unwrap(), line["detector"].as_str().unwrap())).collect()
}

/// Each row that was read is in one stratum, and up to fifty are newest or oldest ones.
fn names_its_strata(line: &Value) {
    let strata = line["sample"]["strata"].as_array().unwrap();
    let rows: Vec<u64> = strata.iter().map(|stratum| stratum["rows"].as_u64().unwrap()).collect();
    let names: Vec<&str> = strata.iter().map(|stratum| stratum["stratum"].as_str().unwrap()).collect();
    assert_eq!(names[1..], ["newest", "oldest"], "{line}");
    assert_eq!(line["records"], rows.iter().sum::<u64>(), "{line}");
    assert!(rows[1..].iter().all(|rows| *rows <= 50) && line["sample"]["end_rows"] == rows[1] + rows[2], "{line}");
}

/// What the line of a table states of the share of its matching rows, which is known, is true. Nothing may be stated.
fn states_no_falsehood(line: &Value, share: f64) {
    let sample = &line["sample"];
    names_its_strata(line);
    if let (Some(least), Some(most)) = (sample["share_at_least"].as_f64(), sample["share_at_most"].as_f64()) {
        assert!(least <= share && share <= most, "{share} is the share: {line}");
    }
}
