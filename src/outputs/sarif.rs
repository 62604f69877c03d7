//! SARIF 2.1.0 (OASIS) for viewers of static analysis and code scanning, written as the scan goes.
//!
//! An unexpected finding is a result that fails, another one is informational. Nothing quotes content: there are no
//! snippets.

use super::jsonl::rfc3339;
use super::phrases::{Names, cut, description, title, uri};
use super::table::verdict_word;
use super::{Options, Output, ScanHeader, Sink, Summary};
use crate::model::{Finding, ObjectResult, Position, Severity, VerdictKind};
use serde_json::{Value, json};
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Characters of a message that anybody reads.
const MAX_MESSAGE: usize = 2000;

/// Writes one log with one run.
pub struct Sarif {
    sink: Sink,
    names: Names,
    started_at: String,
    is_first: bool,
}

impl Sarif {
    /// A log into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        Self { sink, names: options.detector_names.clone(), started_at: String::new(), is_first: true }
    }
}

impl Output for Sarif {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.started_at = rfc3339(header.started_at)?;
        let kinds: Vec<Value> =
            self.names.iter().map(|(id, name)| json!({ "id": &**id, "shortDescription": { "text": name } })).collect();
        let tool = json!({ "driver": {
            "name": "phinder",
            "semanticVersion": header.phinder,
            "rules": kinds,
            "properties": { "detectorsVersion": header.detectors_version },
        }});
        let details = json!({ "id": format!("phinder/{}", header.scan_id) });
        write!(
            self.sink,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{tool},\"automationDetails\":{details},\
             \"properties\":{},\"results\":[",
            json!({ "scope": header.scope, "seed": header.seed })
        )
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        for finding in &result.findings {
            let separator = if self.is_first { "\n" } else { ",\n" };
            self.is_first = false;
            write!(self.sink, "{separator}{}", self.result(result, finding))?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let notes = summary.notes.iter().map(|note| notification("note", note));
        let gaps = summary.reasons.iter().map(|(reason, objects)| {
            let level = if reason.is_by_choice() { "note" } else { "warning" };
            notification(level, &format!("{objects} objects: {reason}: {}", reason.explanation()))
        });
        let invocation = json!({
            "executionSuccessful": !summary.interrupted,
            "exitCode": summary.exit_code,
            "startTimeUtc": self.started_at,
            "endTimeUtc": rfc3339(summary.finished_at)?,
            "toolExecutionNotifications": gaps.chain(notes).collect::<Vec<_>>(),
            "properties": {
                "objects": {
                    "listed": summary.listed,
                    "complete": summary.complete,
                    "sampled": summary.sampled,
                    "partial": summary.partial,
                    "skipped": summary.skipped,
                    "failed": summary.failed,
                },
                "records": summary.records,
                "bytes": summary.bytes,
            },
        });
        writeln!(self.sink, "\n],\"invocations\":[{invocation}]}}]}}")?;
        self.sink.flush()
    }
}

impl Sarif {
    fn result(&self, result: &ObjectResult, finding: &Finding) -> Value {
        let is_unexpected = finding.verdict.kind == VerdictKind::Unexpected;
        let text = format!("{}: {}", title(finding, &self.names), description(result, finding));
        let mut places = finding.positions.iter().map(|position| place(result, finding, Some(position)));
        let first = places.next().unwrap_or_else(|| place(result, finding, None));
        let mut value = json!({
            "ruleId": &*finding.detector,
            "kind": if is_unexpected { "fail" } else { "informational" },
            "level": if is_unexpected { level(finding.verdict.severity) } else { "none" },
            "message": { "text": message(&cut(&text, MAX_MESSAGE)) },
            "locations": [first],
            "partialFingerprints": { "phinder/v1": finding.fingerprint },
            "rank": (finding.score * 1000.0).round() / 10.0,
            "properties": {
                "class": finding.class,
                "verdict": verdict_word(finding.verdict.kind),
                "severity": finding.verdict.severity,
                "confidence": finding.confidence.as_str(),
                "values": finding.values,
                "records": finding.records,
                "coverage": result.coverage.as_str(),
                "samples": finding.samples,
                "evidence": finding.evidence,
                "likelySynthetic": finding.is_likely_synthetic,
            },
        });
        let others: Vec<Value> = places.collect();
        if !others.is_empty() {
            value["relatedLocations"] = others.into();
        }
        value
    }
}

fn place(result: &ObjectResult, finding: &Finding, position: Option<&Position>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&result.location) } });
    if let Some(line) = position.and_then(|position| position.line) {
        physical["region"] = json!({ "startLine": line });
    }
    let mut place = json!({ "physicalLocation": physical });
    let names = logical_names(result, finding);
    if !names.is_empty() {
        place["logicalLocations"] = names.into();
    }
    if let Some(position) = position {
        place["properties"] = json!({ "record": position.record, "column": position.column });
    }
    place
}

/// The field; of a table its database, the table and the column, each within the one before (3.33.7).
fn logical_names(result: &ObjectResult, finding: &Finding) -> Vec<Value> {
    let field = (!finding.field.is_empty()).then_some(&*finding.field);
    let Some(table) = result.location.table() else {
        return field.map(|field| json!({ "fullyQualifiedName": field, "kind": "member" })).into_iter().collect();
    };
    let mut qualified = String::new();
    let parts = [Some((table.database, "database")), Some((table.name, "table")), field.map(|field| (field, "column"))];
    let name = |(name, kind): (&str, &str)| {
        qualified.push_str(if qualified.is_empty() { "" } else { "." });
        qualified.push_str(name);
        json!({ "name": name, "fullyQualifiedName": qualified.clone(), "kind": kind })
    };
    parts.into_iter().flatten().map(name).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "note",
    }
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": message(text) } })
}

/// Brackets are links and braces are places for arguments in a message (3.11.5, 3.11.6), unless they are written so.
fn message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '[' | ']' | '\\' => escaped.extend(['\\', character]),
            '{' | '}' => escaped.extend([character, character]),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_make_links() {
        assert_eq!(message("[x](http://y) {0} \\"), "\\[x\\](http://y) {{0}} \\\\");
    }
}
