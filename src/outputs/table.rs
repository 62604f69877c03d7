//! Results as rows of one table, for CSV and Parquet: a row per finding, and a row per object that was not examined
//! completely, so that nothing is skipped in silence.
//!
//! Columns are only added at the end, and keep name, meaning and type.

use super::ScanHeader;
use crate::model::{Class, Finding, ObjectResult, VerdictKind};
use time::OffsetDateTime;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Texts,
    Count,
    Number,
    Flag,
    Moment,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Not known, or not said of such a row.
    Null,
    Text(&'a str),
    Texts(Vec<&'a str>),
    Count(u64),
    Number(f64),
    Flag(bool),
    Moment(OffsetDateTime),
}

/// Names and kinds of the columns.
pub(super) const COLUMNS: [(&str, Kind); 26] = [
    ("type", Kind::Text),
    ("scan_id", Kind::Text),
    ("started_at", Kind::Moment),
    ("location", Kind::Text),
    ("version", Kind::Text),
    ("format", Kind::Text),
    ("coverage", Kind::Text),
    ("reason", Kind::Text),
    ("field", Kind::Text),
    ("detector", Kind::Text),
    ("class", Kind::Text),
    ("confidence", Kind::Text),
    ("score", Kind::Number),
    ("values", Kind::Count),
    ("records", Kind::Count),
    ("individuals", Kind::Count),
    ("verdict", Kind::Text),
    ("severity", Kind::Text),
    ("because", Kind::Text),
    ("fingerprint", Kind::Text),
    ("samples", Kind::Texts),
    ("evidence", Kind::Texts),
    ("record", Kind::Count),
    ("line", Kind::Count),
    ("column", Kind::Count),
    ("likely_synthetic", Kind::Flag),
];

/// A row, in the order of [`COLUMNS`].
pub(super) type Row<'a> = [Cell<'a>; COLUMNS.len()];

/// The rows of one object.
pub(super) fn rows<'a>(header: &'a ScanHeader, result: &'a ObjectResult) -> impl Iterator<Item = Row<'a>> {
    let object = result.coverage.reason().map(|_| row(header, result, None));
    object.into_iter().chain(result.findings.iter().map(move |finding| row(header, result, Some(finding))))
}

fn row<'a>(header: &'a ScanHeader, result: &'a ObjectResult, finding: Option<&'a Finding>) -> Row<'a> {
    let text = |get: fn(&Finding) -> &str| finding.map_or(Cell::Null, |finding| Cell::Text(get(finding)));
    let verdict = finding.map_or(result.verdict, |finding| Some(finding.verdict.kind));
    let place = finding.and_then(|finding| finding.positions.first());
    [
        Cell::Text(if finding.is_some() { "finding" } else { "object" }),
        Cell::Text(&header.scan_id),
        Cell::Moment(header.started_at),
        Cell::Text(result.location.as_str()),
        maybe(result.version.as_deref()),
        maybe(result.format),
        Cell::Text(result.coverage.as_str()),
        maybe(result.coverage.reason().map(|reason| reason.code())),
        text(|finding| &finding.field),
        text(|finding| &finding.detector),
        maybe(finding.and_then(|finding| finding.class).map(Class::as_str)),
        text(|finding| finding.confidence.as_str()),
        finding.map_or(Cell::Null, |finding| Cell::Number(finding.score)),
        finding.map_or(Cell::Null, |finding| Cell::Count(finding.values)),
        Cell::Count(finding.map_or(result.records, |finding| finding.records)),
        count(result.individuals),
        maybe(verdict.map(verdict_word)),
        Cell::Text(finding.map_or(result.severity, |finding| finding.verdict.severity).as_str()),
        text(|finding| &finding.verdict.because),
        text(|finding| &finding.fingerprint),
        Cell::Texts(finding.map_or(Vec::new(), |finding| finding.samples.iter().map(String::as_str).collect())),
        Cell::Texts(finding.map_or(Vec::new(), |finding| finding.evidence.clone())),
        count(place.map(|place| place.record)),
        count(place.and_then(|place| place.line)),
        count(place.and_then(|place| place.column)),
        finding.map_or(Cell::Null, |finding| Cell::Flag(finding.is_likely_synthetic)),
    ]
}

fn maybe(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Null, Cell::Text)
}

fn count(count: Option<u64>) -> Cell<'static> {
    count.map_or(Cell::Null, Cell::Count)
}

/// The word of the JSONL contract.
pub(super) fn verdict_word(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Expected => "expected",
        VerdictKind::Unexpected => "unexpected",
    }
}
