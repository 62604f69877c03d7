//! One HTML file that opens from disk: nothing is fetched, nothing is needed but the file. It reads and prints without
//! scripts; with them its table can be sorted and filtered.
//!
//! A content security policy in the page allows its own style and script by their digests and nothing else, and every text
//! from outside is escaped. The worst findings stand one by one, up to a limit that keeps memory and page bounded.

mod page;

pub use page::{FOOTER, HtmlPage, escaped};

use super::phrases::Names;
use super::sentences::{
    breach_sentences, examined_sentences, moment, next_sentence, objects_by_class, result_sentence,
};
use super::tally::Tally;
use super::text::{counted, number};
use super::{Options, Output, ScanHeader, Sink, Summary};
use crate::model::{Class, Confidence, ObjectResult, Severity, VerdictKind};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::sync::Arc;

/// Findings that stand one by one; the sums count all.
const MAX_FINDINGS: usize = 10_000;
const SCRIPT: &str = include_str!("html/sort.js");

/// Collects while the scan goes, and writes the page at its end.
pub struct Html {
    sink: Sink,
    names: Names,
    tally: Tally,
    header: Option<ScanHeader>,
    /// The least of them on top, so that it gives way.
    findings: BinaryHeap<Reverse<Line>>,
    left_out: u64,
}

/// A finding by how bad it is; then by its place, so that equal ones keep the order of the scan.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    is_unexpected: bool,
    severity: Severity,
    class: Option<Class>,
    records: u64,
    place: Reverse<u64>,
    values: u64,
    confidence: Confidence,
    location: String,
    field: String,
    detector: Arc<str>,
    samples: Vec<String>,
    because: Arc<str>,
    fingerprint: String,
    coverage: &'static str,
}

impl Html {
    /// A page into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        let names = options.detector_names.clone();
        Self { sink, names, tally: Tally::default(), header: None, findings: BinaryHeap::new(), left_out: 0 }
    }

    fn head(&mut self, header: &ScanHeader) -> io::Result<()> {
        let title = format!("phinder: {}", header.scope.join(", "));
        page(&title).begin(&mut self.sink)?;
        write!(
            self.sink,
            "<main>\n<h1>{title}</h1>\n<p class=\"about\">phinder {version}, scan {id}, {moment}</p>\n",
            title = escaped(&title),
            version = escaped(header.phinder),
            id = escaped(&header.scan_id),
            moment = moment(header.started_at),
        )
    }

    fn places(&mut self) -> io::Result<()> {
        let mut places: Vec<_> = std::mem::take(&mut self.tally.unexpected.by_scope).into_iter().collect();
        if !places.is_empty() {
            places.sort_by_key(|(_, place)| Reverse((place.severity, place.classes, place.objects)));
            writeln!(self.sink, "<h2>Places with unexpected findings</h2>")?;
            self.table_head(
                "places",
                &["severity", "place", "objects", "PHI records", "PII records", "health records"],
            )?;
            for (scope, place) in &places {
                let severity = place.severity.unwrap_or(Severity::Low);
                let [phi, pii, health] = place.classes;
                writeln!(
                    self.sink,
                    "<tr>{}<td class=\"name\">{}</td>{}{}{}{}</tr>",
                    severity_cell(severity),
                    escaped(scope),
                    count_cell(place.objects),
                    count_cell(phi),
                    count_cell(pii),
                    count_cell(health)
                )?;
            }
            writeln!(self.sink, "</tbody></table></div>")?;
        }
        let mut places: Vec<_> = std::mem::take(&mut self.tally.expected.by_scope).into_iter().collect();
        if places.is_empty() {
            return Ok(());
        }
        places.sort_by_key(|(_, place)| Reverse((place.classes, place.objects)));
        writeln!(self.sink, "<h2>Expected by the policy</h2>")?;
        self.table_head("expected", &["place", "found", "because"])?;
        for (scope, place) in &places {
            let because: Vec<_> = place.because.iter().map(|because| escaped(because)).collect();
            let found = objects_by_class(place.objects, place.classes);
            let (scope, because) = (escaped(scope), because.join("<br>"));
            writeln!(self.sink, "<tr><td class=\"name\">{scope}</td><td>{found}</td><td>{because}</td></tr>")?;
        }
        writeln!(self.sink, "</tbody></table></div>")
    }

    fn findings(&mut self) -> io::Result<()> {
        let mut lines: Vec<Line> = std::mem::take(&mut self.findings).into_iter().map(|line| line.0).collect();
        if lines.is_empty() {
            return Ok(());
        }
        lines.sort_by(|a, b| b.cmp(a));
        writeln!(self.sink, "<h2>Findings</h2>")?;
        if self.left_out > 0 {
            let left_out = counted(self.left_out, "finding is", "findings are");
            writeln!(
                self.sink,
                "<p>The worst {} are listed; {left_out} counted only.</p>",
                number(lines.len() as u64)
            )?;
        }
        self.table_head(
            "findings",
            &[
                "severity",
                "verdict",
                "class",
                "object",
                "field",
                "found",
                "values",
                "records",
                "confidence",
                "masked samples",
                "because",
                "coverage",
                "fingerprint",
            ],
        )?;
        for line in &lines {
            let name = self.names.get(&line.detector).map_or(&*line.detector, String::as_str);
            let samples: Vec<_> = line.samples.iter().map(|sample| escaped(sample)).collect();
            writeln!(
                self.sink,
                "<tr id=\"f-{fingerprint}\">{severity}<td>{verdict}</td><td>{class}</td><td class=\"name\">{location}</td>\
                 <td class=\"name\">{field}</td><td>{found}</td>{values}{records}<td data-key=\"{rank}\">{confidence}</td>\
                 <td class=\"samples\">{samples}</td><td>{because}</td><td>{coverage}</td>\
                 <td><a href=\"#f-{fingerprint}\">{short}</a></td></tr>",
                fingerprint = escaped(&line.fingerprint),
                severity = severity_cell(line.severity),
                verdict = if line.is_unexpected { "unexpected" } else { "expected" },
                class = line.class.map_or("", Class::as_str),
                location = escaped(&line.location),
                field = escaped(&line.field),
                found = escaped(name),
                values = count_cell(line.values),
                records = count_cell(line.records),
                rank = line.confidence as u8,
                confidence = line.confidence.as_str(),
                samples = samples.join("<br>"),
                because = escaped(&line.because),
                coverage = line.coverage,
                short = escaped(line.fingerprint.get(..8).unwrap_or_default()),
            )?;
        }
        writeln!(self.sink, "</tbody></table></div>")
    }

    fn not_looked_at(&mut self) -> io::Result<()> {
        let mut gaps: Vec<_> = std::mem::take(&mut self.tally.gaps).into_iter().collect();
        if gaps.is_empty() {
            return Ok(());
        }
        gaps.sort_by_key(|((coverage, reason), gap)| {
            (*coverage == "skipped" && reason.is_by_choice(), Reverse(gap.objects), *reason)
        });
        writeln!(self.sink, "<h2>Not looked at, or not completely</h2>")?;
        self.table_head("gaps", &["objects", "coverage", "reason", "what to do", "examples"])?;
        for ((coverage, reason), gap) in gaps {
            let examples: Vec<_> = gap.examples.iter().map(|example| escaped(example)).collect();
            writeln!(
                self.sink,
                "<tr>{}<td>{coverage}</td><td>{reason}</td><td>{}</td><td class=\"name\">{}</td></tr>",
                count_cell(gap.objects),
                escaped(reason.explanation()),
                examples.join("<br>")
            )?;
        }
        writeln!(self.sink, "</tbody></table></div>")
    }

    fn table_head(&mut self, id: &str, names: &[&str]) -> io::Result<()> {
        write!(self.sink, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{id}\">")?;
        write!(self.sink, "<table id=\"{id}\"><thead><tr>")?;
        for name in names {
            write!(self.sink, "<th scope=\"col\">{name}</th>")?;
        }
        writeln!(self.sink, "</tr></thead><tbody>")
    }
}

impl Output for Html {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.header = Some(header.clone());
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        self.tally.add(result);
        for finding in &result.findings {
            let place = self.left_out + self.findings.len() as u64;
            self.findings.push(Reverse(Line {
                is_unexpected: finding.verdict.kind == VerdictKind::Unexpected,
                severity: finding.verdict.severity,
                class: finding.class,
                records: finding.records,
                place: Reverse(place),
                values: finding.values,
                confidence: finding.confidence,
                location: result.location.as_str().to_owned(),
                field: finding.field.to_string(),
                detector: finding.detector.clone(),
                samples: finding.samples.clone(),
                because: finding.verdict.because.clone(),
                fingerprint: finding.fingerprint.clone(),
                coverage: result.coverage.as_str(),
            }));
            if self.findings.len() > MAX_FINDINGS {
                self.findings.pop();
                self.left_out += 1;
            }
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let Some(header) = self.header.take() else { return Ok(()) };
        self.head(&header)?;
        let places = &self.tally.unexpected.by_scope;
        let worst = places.iter().rev().max_by_key(|(_, place)| (place.severity, place.classes, place.objects));
        let next = next_sentence(summary, worst.map(|(scope, _)| scope.as_str()));
        let said = result_sentence(summary, self.tally.left_out(), self.tally.unexpected_objects);
        writeln!(self.sink, "<p class=\"said\">{}</p>\n<p>{}</p>\n<ul>", escaped(&said), escaped(&next))?;
        for sentence in examined_sentences(summary).iter().chain(&summary.notes) {
            writeln!(self.sink, "<li>{}</li>", escaped(sentence))?;
        }
        writeln!(self.sink, "</ul>")?;
        let phi = self.tally.unexpected_phi();
        self.places()?;
        if let Some(phi) = phi {
            let (heading, lines) = breach_sentences(header.started_at, summary, phi);
            let lines: String = lines.iter().map(|line| format!("<li>{}</li>\n", escaped(line))).collect();
            writeln!(self.sink, "<h2>{heading}</h2>\n<ul>\n{lines}</ul>")?;
        }
        self.findings()?;
        self.not_looked_at()?;
        writeln!(self.sink, "<footer>{FOOTER}</footer>\n</main>")?;
        page("").end(&mut self.sink)?;
        self.sink.flush()
    }
}

fn page(title: &str) -> HtmlPage<'_> {
    HtmlPage { title, styles: &[], scripts: &[SCRIPT] }
}

fn severity_cell(severity: Severity) -> String {
    let word = severity.as_str();
    format!("<td data-key=\"{}\"><span class=\"severity {word}\">{word}</span></td>", severity as u8)
}

fn count_cell(count: u64) -> String {
    format!("<td class=\"count\" data-key=\"{count}\">{}</td>", number(count))
}
