//! OCSF 1.6.0 events of the class Data Security Finding (2006), one JSON object per line, for SIEMs and data lakes.
//!
//! Only what is unexpected is an event. The attributes that could hold a value (`pattern_match`, `value`) stay empty.

use super::jsonl::rfc3339;
use super::phrases::{Names, bucket_and_key, confidence_number, description, percent, title};
use super::{Options, Output, ScanHeader, Sink, Summary};
use crate::model::{Coverage, Finding, ObjectResult, Position, Severity, VerdictKind};
use serde_json::{Value, json};
use std::io::{self, Write};

/// The released version of the schema that the events follow.
const VERSION: &str = "1.6.0";
const CLASS: u64 = 2006;

/// Writes events.
pub struct Ocsf {
    sink: Sink,
    names: Names,
    header: Option<ScanHeader>,
}

impl Ocsf {
    /// Events into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        Self { sink, names: options.detector_names.clone(), header: None }
    }
}

impl Output for Ocsf {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.header = Some(header.clone());
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let Some(header) = &self.header else { return Ok(()) };
        let unexpected = result.findings.iter().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected);
        for finding in unexpected {
            writeln!(self.sink, "{}", event(header, &self.names, result, finding)?)?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.sink.flush()
    }
}

fn event(header: &ScanHeader, names: &Names, result: &ObjectResult, finding: &Finding) -> io::Result<Value> {
    let milliseconds = i64::try_from(header.started_at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let (severity_id, severity) = severity(finding.verdict.severity);
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Data Security Finding",
        "class_uid": CLASS,
        "type_name": "Data Security Finding: Create",
        "type_uid": CLASS * 100 + 1,
        "time": milliseconds,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "confidence_id": confidence_number(finding.confidence),
        "confidence_score": percent(finding),
        "is_alert": true,
        "message": title(finding, names),
        "metadata": {
            "version": VERSION,
            "product": { "name": "phinder", "vendor_name": "phinder", "version": header.phinder },
            "correlation_uid": header.scan_id,
            "log_version": header.detectors_version,
            "original_time": rfc3339(header.started_at)?,
        },
        "finding_info": {
            "uid": finding.fingerprint,
            "title": title(finding, names),
            "desc": description(result, finding),
            "types": [finding.class.map_or("none", |class| class.as_str())],
        },
        "data_security": data_security(names, result, finding),
        "resources": [{ "uid": result.location.as_str(), "name": result.location.name(), "type": result.location.scheme() }],
    });
    add_place(&mut event, result);
    Ok(event)
}

fn data_security(names: &Names, result: &ObjectResult, finding: &Finding) -> Value {
    let places: Vec<Value> = finding.positions.iter().map(|position| occurrence(finding, position)).collect();
    let (status_id, status) = match result.coverage {
        Coverage::Complete => (1, "Complete"),
        Coverage::Failed(_) => (3, "Fail"),
        _ => (2, "Partial"),
    };
    json!({
        "category_id": 1,
        "category": "Personal",
        "data_lifecycle_state_id": 1,
        "data_lifecycle_state": "Data at-Rest",
        "detection_system_id": 4,
        "detection_system": "Data Discovery & Classification",
        "classifier_details": {
            "type": "detector",
            "name": names.get(&finding.detector).map_or(&*finding.detector, String::as_str),
            "uid": &*finding.detector,
        },
        "discovery_details": [{ "type": &*finding.detector, "count": finding.values, "occurrences": places }],
        "status_id": status_id,
        "status": status,
        "size": result.bytes,
        "total": finding.values,
    })
}

fn occurrence(finding: &Finding, position: &Position) -> Value {
    let mut place = json!({ "row_number": position.record });
    if !finding.field.is_empty() {
        place["column_name"] = (*finding.field).into();
    }
    if let Some(line) = position.line {
        place["start_line"] = line.into();
        place["end_line"] = line.into();
    }
    if let Some(column) = position.column {
        place["column_number"] = column.into();
    }
    place
}

/// The bucket with its object, the database and its table, or the file.
fn add_place(event: &mut Value, result: &ObjectResult) {
    let file =
        json!({ "name": name_of(result), "path": result.location.as_str(), "type_id": 1, "type": "Regular File" });
    if let Some((bucket, _)) = bucket_and_key(&result.location) {
        let mut file = file;
        if let Some(version) = &result.version {
            file["version"] = version.as_str().into();
        }
        event["databucket"] = json!({ "type_id": 1, "type": "S3", "name": bucket, "file": file });
    } else if let Some(table) = result.location.table() {
        let whole = result.location.as_str();
        let server = whole.strip_suffix(table.name).map_or(whole, |place| place.trim_end_matches('/'));
        event["database"] = json!({ "type_id": 1, "type": "Relational", "name": table.database, "uid": server });
        event["table"] = json!({ "name": table.name, "uid": whole });
    } else if result.location.scheme() == "file" {
        event["file"] = file;
    }
}

fn name_of(result: &ObjectResult) -> &str {
    match result.location.name() {
        "" => result.location.as_str(),
        name => name,
    }
}

fn severity(severity: Severity) -> (u64, &'static str) {
    match severity {
        Severity::None => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
