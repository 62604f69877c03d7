//! AWS Security Finding Format (2018-10-08) for Security Hub: each line is an array of at most 100 findings, what one
//! call of BatchImportFindings takes.
//!
//! Only what is unexpected is a finding. Nothing is sent: an account and a region are given, and AWS is not asked.

use super::jsonl::rfc3339;
use super::phrases::{Names, bucket_and_key, cut, description, percent, title, uri};
use super::{Options, Output, ScanHeader, SecurityHub, Sink, Summary};
use crate::model::{Class, Coverage, Finding, ObjectResult, Position, Severity, VerdictKind};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Findings of one call.
const MAX_BATCH: usize = 100;
/// Longest texts, by the user guide.
const MAX_ID: usize = 512;
const MAX_TITLE: usize = 256;
const MAX_DESCRIPTION: usize = 1024;
/// JSON paths beyond this are cut by Security Hub itself.
const MAX_FIELD: usize = 250;
const SCHEMA: &str = "2018-10-08";

/// Writes batches.
pub struct Asff {
    sink: Sink,
    names: Names,
    hub: Option<SecurityHub>,
    scan: Option<Scan>,
    batch: Vec<Value>,
}

/// What all findings of a scan share.
struct Scan {
    scan_id: String,
    phinder: &'static str,
    started_at: String,
}

impl Asff {
    /// Batches into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        let (names, hub) = (options.detector_names.clone(), options.security_hub.clone());
        Self { sink, names, hub, scan: None, batch: Vec::new() }
    }

    fn flush_batch(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = Value::Array(std::mem::take(&mut self.batch));
        writeln!(self.sink, "{batch}")
    }
}

impl Output for Asff {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        if self.hub.is_none() {
            let text = "asff needs the account whose findings they are: --account-id, and a region";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let started_at = rfc3339(header.started_at)?;
        self.scan = Some(Scan { scan_id: header.scan_id.clone(), phinder: header.phinder, started_at });
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let unexpected = result.findings.iter().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected);
        for finding in unexpected {
            if let (Some(scan), Some(hub)) = (&self.scan, &self.hub) {
                self.batch.push(converted(scan, hub, &self.names, (result, finding)));
            }
            if self.batch.len() == MAX_BATCH {
                self.flush_batch()?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.flush_batch()?;
        self.sink.flush()
    }
}

fn converted(scan: &Scan, hub: &SecurityHub, names: &Names, (result, finding): (&ObjectResult, &Finding)) -> Value {
    let SecurityHub { partition, region, account } = hub;
    json!({
        "SchemaVersion": SCHEMA,
        "Id": format!("phinder/{}", finding.fingerprint),
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        "ProductName": "phinder",
        "GeneratorId": cut(&format!("phinder/{}", finding.detector), MAX_ID),
        "AwsAccountId": account,
        "CreatedAt": scan.started_at,
        "UpdatedAt": scan.started_at,
        "Title": cut(&title(finding, names), MAX_TITLE),
        "Description": cut(&description(result, finding), MAX_DESCRIPTION),
        "RecordState": "ACTIVE",
        "FindingProviderFields": {
            "Severity": { "Label": severity_label(finding.verdict.severity), "Original": finding.verdict.severity.as_str() },
            "Types": [finding_type(finding.class)],
            "Confidence": percent(finding),
        },
        "ProductFields": {
            "phinder/fingerprint": finding.fingerprint,
            "phinder/scan": scan.scan_id,
            "phinder/version": scan.phinder,
            "phinder/detector": &*finding.detector,
            "phinder/coverage": result.coverage.as_str(),
        },
        "Resources": [resource(hub, result, finding)],
    })
}

fn resource(hub: &SecurityHub, result: &ObjectResult, finding: &Finding) -> Value {
    let classification = json!({ "Result": {
        "SizeClassified": result.bytes,
        "AdditionalOccurrences": finding.values > finding.positions.len() as u64,
        "Status": { "Code": if result.coverage == Coverage::Complete { "COMPLETE" } else { "PARTIAL" } },
        "SensitiveData": [{
            "Category": "PERSONAL_INFORMATION",
            "TotalCount": finding.values,
            "Detections": [{ "Type": &*finding.detector, "Count": finding.values, "Occurrences": occurrences(finding) }],
        }],
    }});
    let (kind, id) = match bucket_and_key(&result.location) {
        Some((bucket, key)) => ("AwsS3Object", format!("arn:{}:s3:::{bucket}/{key}", hub.partition)),
        None => ("Other", uri(&result.location)),
    };
    let mut resource = json!({
        "Type": kind,
        "Id": cut(&id, MAX_ID),
        "Partition": hub.partition,
        "Region": hub.region,
        "DataClassification": classification,
    });
    if let (Some(version), "AwsS3Object") = (&result.version, kind) {
        resource["Details"] = json!({ "AwsS3Object": { "VersionId": version } });
    }
    if let Some(table) = result.location.table() {
        let mut other = json!({ "System": table.system, "Database": table.database, "Table": table.name });
        if !finding.field.is_empty() {
            other["Column"] = cut(&finding.field, MAX_FIELD).into();
        }
        resource["Details"] = json!({ "Other": other });
    }
    resource
}

/// Lines of a text, cells of a table, records of anything else.
fn occurrences(finding: &Finding) -> Value {
    let is_text = finding.field.is_empty();
    let line = |position: &Position| position.line.map(|line| json!({ "Start": line, "End": line }));
    let lines: Vec<Value> = finding.positions.iter().filter_map(line).collect();
    if is_text && !lines.is_empty() {
        return json!({ "LineRanges": lines });
    }
    let field = cut(&finding.field, MAX_FIELD);
    if !is_text && finding.positions.iter().all(|position| position.column.is_some()) {
        let cell =
            |position: &Position| json!({ "Column": position.column, "Row": position.record + 1, "ColumnName": field });
        return json!({ "Cells": finding.positions.iter().map(cell).collect::<Vec<_>>() });
    }
    let record = |position: &Position| json!({ "JsonPath": field, "RecordIndex": position.record });
    json!({ "Records": finding.positions.iter().map(record).collect::<Vec<_>>() })
}

/// A class in the taxonomy of AWS, which has no category for PHI.
pub fn finding_type(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Phi) => "Sensitive Data Identifications/PII/PHI",
        Some(Class::Health) => "Sensitive Data Identifications/PII/Health",
        Some(Class::Pii) | None => "Sensitive Data Identifications/PII",
    }
}

/// A severity in the words of Security Hub.
pub fn severity_label(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}
