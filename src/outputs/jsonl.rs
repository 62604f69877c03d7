//! One JSON object per line, written as the scan goes: the contract for machines.
//!
//! Keys, words and nulls are those of `docs/jsonl.schema.json`. A line of a finding follows the line of its object.

use super::{Output, ScanHeader, Sink, Summary};
use crate::model::{Class, Coverage, Finding, Link, ObjectResult, ObjectSample, Position, Severity, VerdictKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Version of the schema: grows when a key is renamed, removed or given another meaning, not when one is added.
pub const SCHEMA: u32 = 1;

/// Writes JSON lines. All lines of one object are one write.
pub struct Jsonl {
    sink: Sink,
    lines: Vec<u8>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Scan(ScanLine<'a>),
    Object(ObjectLine<'a>),
    Finding(FindingLine<'a>),
    Summary(SummaryLine<'a>),
}

#[derive(Serialize)]
struct ScanLine<'a> {
    schema: u32,
    phinder: &'a str,
    scan_id: &'a str,
    started_at: String,
    scope: &'a [String],
    seed: Option<&'a str>,
    detectors_version: &'a str,
}

#[derive(Serialize)]
struct ClassCounts {
    phi: u64,
    pii: u64,
    health: u64,
}

#[derive(Serialize)]
struct ObjectLine<'a> {
    location: &'a str,
    version: Option<&'a str>,
    format: Option<&'a str>,
    coverage: &'a str,
    reason: Option<&'a str>,
    explanation: Option<&'a str>,
    bytes: u64,
    records: u64,
    classes: ClassCounts,
    individuals: Option<u64>,
    verdict: Option<VerdictKind>,
    severity: Severity,
    findings: usize,
    class_reasons: Vec<&'a str>,
    special_categories: BTreeMap<&'a str, u64>,
    likely_synthetic: bool,
    looks_deidentified: bool,
    generalised: Option<&'a str>,
    sample: Option<SampleLine>,
}

/// Which rows of a table were read, and what follows.
#[derive(Serialize)]
struct SampleLine {
    method: &'static str,
    /// Text, because a number of 64 bits is more than many readers of JSON hold.
    seed: String,
    rows: u64,
    end_rows: u64,
    strata: Vec<StratumLine>,
    independent_rows: u64,
    total_rows: Option<u64>,
    total_is_exact: bool,
    share_at_least: Option<f64>,
    share_at_most: Option<f64>,
    statement: String,
}

/// Rows that were chosen in one way.
#[derive(Serialize)]
struct StratumLine {
    stratum: &'static str,
    rows: u64,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    location: &'a str,
    version: Option<&'a str>,
    field: &'a str,
    detector: &'a str,
    class: Option<Class>,
    confidence: &'a str,
    score: f64,
    values: u64,
    records: u64,
    verdict: VerdictKind,
    severity: Severity,
    because: &'a str,
    fingerprint: &'a str,
    place: String,
    place_fingerprint: &'a str,
    samples: &'a [String],
    evidence: &'a [&'static str],
    positions: &'a [Position],
    likely_synthetic: bool,
}

#[derive(Serialize)]
struct ObjectCounts {
    listed: u64,
    complete: u64,
    sampled: u64,
    partial: u64,
    skipped: u64,
    failed: u64,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    objects: ObjectCounts,
    gaps: u64,
    reasons: BTreeMap<&'static str, u64>,
    bytes: u64,
    records: u64,
    findings: u64,
    unexpected: u64,
    individuals: Option<u64>,
    individuals_unexpected: Option<u64>,
    individuals_over_500: bool,
    exit_code: i32,
    interrupted: bool,
    finished_at: String,
    elapsed_seconds: f64,
    links: Vec<LinkLine<'a>>,
    samples: Vec<ScopeLine<'a>>,
    notes: &'a [String],
}

/// Health data that keys lead to people.
#[derive(Serialize)]
struct LinkLine<'a> {
    health: &'a str,
    people: &'a str,
    by: &'a [String],
    class: Class,
    verdict: VerdictKind,
    severity: Severity,
    because: &'a str,
}

/// A scope of which some objects were read, and what follows for the others.
#[derive(Serialize)]
struct ScopeLine<'a> {
    scope: &'a str,
    coverage: &'static str,
    seed: String,
    total_objects: u64,
    strata: u64,
    drawn: u64,
    besides: u64,
    unread: u64,
    matching: u64,
    share_at_least: Option<f64>,
    share_at_most: Option<f64>,
    statement: String,
}

impl Jsonl {
    /// Lines into a sink.
    pub fn new(sink: Sink) -> Self {
        Self { sink, lines: Vec::new() }
    }

    fn push(&mut self, line: &Line<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.lines, line).map_err(io::Error::other)?;
        self.lines.push(b'\n');
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.sink.write_all(&self.lines);
        self.lines.clear();
        written
    }
}

impl Output for Jsonl {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.push(&Line::Scan(ScanLine {
            schema: SCHEMA,
            phinder: header.phinder,
            scan_id: &header.scan_id,
            started_at: rfc3339(header.started_at)?,
            scope: &header.scope,
            seed: header.seed.as_deref(),
            detectors_version: &header.detectors_version,
        }))?;
        self.write()
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let [phi, pii, health] = result.classes;
        let reason = result.coverage.reason();
        let remarks = &result.remarks;
        self.push(&Line::Object(ObjectLine {
            location: result.location.as_str(),
            version: result.version.as_deref(),
            format: result.format,
            coverage: result.coverage.as_str(),
            reason: reason.map(|reason| reason.code()),
            explanation: reason.map(|reason| reason.explanation()),
            bytes: result.bytes,
            records: result.records,
            classes: ClassCounts { phi, pii, health },
            individuals: result.individuals,
            verdict: result.verdict,
            severity: result.severity,
            findings: result.findings.len(),
            class_reasons: remarks.class_reasons.iter().map(|reason| &**reason).collect(),
            special_categories: remarks.special_categories.iter().map(|(id, records)| (&**id, *records)).collect(),
            likely_synthetic: remarks.is_likely_synthetic,
            looks_deidentified: remarks.looks_deidentified.is_some(),
            generalised: remarks.looks_deidentified.as_deref(),
            sample: sample_line(result),
        }))?;
        for finding in &result.findings {
            self.push(&finding_line(result, finding))?;
        }
        self.write()
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.push(&Line::Summary(SummaryLine {
            objects: ObjectCounts {
                listed: summary.listed,
                complete: summary.complete,
                sampled: summary.sampled,
                partial: summary.partial,
                skipped: summary.skipped,
                failed: summary.failed,
            },
            gaps: summary.gaps,
            reasons: summary.reasons.iter().map(|(reason, count)| (reason.code(), *count)).collect(),
            bytes: summary.bytes,
            records: summary.records,
            findings: summary.findings,
            unexpected: summary.unexpected,
            individuals: summary.individuals,
            individuals_unexpected: summary.individuals_unexpected,
            individuals_over_500: summary.is_over_500(),
            exit_code: summary.exit_code,
            interrupted: summary.interrupted,
            finished_at: rfc3339(summary.finished_at)?,
            elapsed_seconds: (summary.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            links: summary.links.iter().map(link_line).collect(),
            samples: summary.samples.iter().map(scope_line).collect(),
            notes: &summary.notes,
        }))?;
        self.write()?;
        self.sink.flush()
    }
}

fn finding_line<'a>(result: &'a ObjectResult, finding: &'a Finding) -> Line<'a> {
    Line::Finding(FindingLine {
        location: result.location.as_str(),
        version: result.version.as_deref(),
        field: &finding.field,
        detector: &finding.detector,
        class: finding.class,
        confidence: finding.confidence.as_str(),
        score: finding.score,
        values: finding.values,
        records: finding.records,
        verdict: finding.verdict.kind,
        severity: finding.verdict.severity,
        because: &finding.verdict.because,
        fingerprint: &finding.fingerprint,
        place: result.location.place().as_str().to_owned(),
        place_fingerprint: &finding.place_fingerprint,
        samples: &finding.samples,
        evidence: &finding.evidence,
        positions: &finding.positions,
        likely_synthetic: finding.is_likely_synthetic,
    })
}

fn sample_line(result: &ObjectResult) -> Option<SampleLine> {
    let sample = result.remarks.sample?;
    let matching = result.classes.iter().sum();
    let interval = match result.findings.is_empty() {
        true => sample.upper_share().map(|share| (0.0, share)),
        false => sample.share_interval(matching),
    };
    Some(SampleLine {
        method: sample.method.as_str(),
        seed: sample.seed.to_string(),
        rows: sample.rows,
        end_rows: sample.end_rows(),
        strata: sample.strata().map(|(stratum, rows)| StratumLine { stratum, rows }).into(),
        independent_rows: sample.independent_rows,
        total_rows: sample.total_rows,
        total_is_exact: sample.total_is_exact,
        share_at_least: interval.map(|(low, _)| low),
        share_at_most: interval.map(|(_, high)| high),
        statement: result.sample_statement().unwrap_or_default(),
    })
}

fn link_line(link: &Link) -> LinkLine<'_> {
    LinkLine {
        health: link.health.as_str(),
        people: link.people.as_str(),
        by: &link.by,
        class: Class::Phi,
        verdict: link.verdict.kind,
        severity: link.verdict.severity,
        because: &link.verdict.because,
    }
}

fn scope_line(sample: &ObjectSample) -> ScopeLine<'_> {
    ScopeLine {
        scope: &sample.scope,
        coverage: if sample.is_exact() { Coverage::Complete.as_str() } else { Coverage::Sampled.as_str() },
        seed: sample.seed.to_string(),
        total_objects: sample.total,
        strata: sample.strata,
        drawn: sample.drawn(),
        besides: sample.besides(),
        unread: sample.unread,
        matching: sample.matching(),
        share_at_least: sample.share().map(|(low, _)| low),
        share_at_most: sample.share().map(|(_, high)| high),
        statement: sample.statement(),
    }
}

/// The moment as RFC 3339 writes it.
pub(super) fn rfc3339(moment: OffsetDateTime) -> io::Result<String> {
    moment.format(&Rfc3339).map_err(io::Error::other)
}
