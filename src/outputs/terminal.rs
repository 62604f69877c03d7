//! The report for people: what was found where it is not expected, what is expected, what was not looked at, and what
//! to do next. Written at the end, worst first, in the width and with the colours that the caller gives.
//!
//! It never judges more than it saw: a clean result names what was examined and what was not.

use super::sentences::{classes, examined_sentences, moment, next_sentence, objects_by_class, result_sentence};
use super::tally::{ExpectedPlace, KeptFinding, KeptObject, Tally, UnexpectedPlace};
use super::text::{columns, counted, harmless, number, padded, shorten, wrapped};
use super::{Options, Output, ScanHeader, Sink, Summary};
use crate::model::{ObjectResult, Severity};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Places whose objects are shown one by one; the others have a line each.
const DETAILED_PLACES: usize = 12;
/// Places that have a line.
const LISTED_PLACES: usize = 40;
/// Narrower terminals get lines of this width.
const NARROWEST: usize = 48;
/// From this width on there is room for words that explain a column.
const SPACIOUS: usize = 90;
const INDENT: &str = "  ";

/// Collects sums while the scan goes, and writes the report at its end.
pub struct Terminal {
    sink: Sink,
    width: usize,
    paint: Paint,
    names: BTreeMap<Arc<str>, String>,
    tally: Tally,
}

/// ANSI escape sequences, or nothing.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Critical => "1;31",
            Severity::High => "31",
            Severity::Medium => "33",
            Severity::Low => "36",
            Severity::None => "2",
        };
        self.with(code, text)
    }
}

impl Terminal {
    /// A report into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        let width = options.width.max(NARROWEST);
        let names = options.detector_names.iter().map(|(id, name)| (id.clone(), harmless(name))).collect();
        Self { sink, width, paint: Paint(options.is_coloured), names, tally: Tally::default() }
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.sink, "{}", text.trim_end())
    }

    /// A text of any length, each line behind `indent`.
    fn paragraph(&mut self, indent: &str, text: &str) -> io::Result<()> {
        for line in wrapped(text, self.width.saturating_sub(columns(indent))) {
            self.line(&format!("{indent}{line}"))?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.paint.bold(text);
        self.line("")?;
        self.line(&text)
    }

    fn unexpected(&mut self) -> io::Result<()> {
        let places = std::mem::take(&mut self.tally.unexpected.by_scope);
        if places.is_empty() {
            return Ok(());
        }
        self.heading("Not expected")?;
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(_, place)| Reverse((place.severity, place.classes, place.objects)));
        for (scope, place) in places.iter().take(DETAILED_PLACES) {
            self.place(scope, place)?;
        }
        if places.len() > DETAILED_PLACES {
            self.line("")?;
        }
        for (scope, place) in places.iter().take(LISTED_PLACES).skip(DETAILED_PLACES) {
            self.place_line(scope, place)?;
        }
        let rest = places.get(LISTED_PLACES..).unwrap_or_default();
        if !rest.is_empty() {
            let objects = rest.iter().map(|(_, place)| place.objects).sum();
            let objects = counted(objects, "object", "objects");
            self.paragraph(
                INDENT,
                &format!("and {objects} in {}", counted(rest.len() as u64, "more place", "more places")),
            )?;
        }
        Ok(())
    }

    /// One line: severity and scope.
    fn place_line(&mut self, scope: &str, place: &UnexpectedPlace) -> io::Result<()> {
        let severity = place.severity.unwrap_or(Severity::Low);
        let badge = self.paint.severity(severity, &padded(severity.as_str(), 8));
        let scope = self.paint.bold(&shorten(&harmless(scope), self.width - 12));
        self.line(&format!("{INDENT}{badge}  {scope}"))?;
        self.paragraph(&" ".repeat(12), &objects_by_class(place.objects, place.classes))
    }

    fn place(&mut self, scope: &str, place: &UnexpectedPlace) -> io::Result<()> {
        self.line("")?;
        self.place_line(scope, place)?;
        for object in &place.worst {
            self.line("")?;
            self.object_lines(scope, object)?;
        }
        let shown = place.worst.len() as u64;
        if place.objects > shown {
            self.line("")?;
            let more = counted(place.objects - shown, "more object", "more objects");
            let more = self.paint.dim(&format!("and {more} here"));
            self.line(&format!("    {more}"))?;
        }
        Ok(())
    }

    fn object_lines(&mut self, scope: &str, object: &KeptObject) -> io::Result<()> {
        let name = object.location.strip_prefix(harmless(scope).as_str()).unwrap_or(&object.location);
        let mut about = match classes(object.classes) {
            Some(classes) => format!("{classes} of {}", counted(object.records, "record", "records")),
            None => counted(object.records, "record", "records"),
        };
        if let Some(individuals) = object.individuals.filter(|individuals| *individuals > 0) {
            about.push_str(&format!(", about {}", counted(individuals, "person", "people")));
        }
        if !object.is_complete {
            about.push_str(", not all of it examined");
        }
        let space = self.width - 4;
        if columns(name) + 3 + columns(&about) <= space {
            self.line(&format!("    {name}   {}", self.paint.dim(&about)))?;
        } else {
            self.line(&format!("    {}", shorten(name, space)))?;
            let about = self.paint.dim(&shorten(&about, space - 2));
            self.line(&format!("      {about}"))?;
        }
        for remark in &object.remarks {
            self.paragraph("      ", remark)?;
        }
        let rows: Vec<Row> = object.findings.iter().map(|finding| self.row(finding)).collect();
        let widths = Widths::of(&rows, self.width);
        for row in &rows {
            let line = widths.line(row, self.paint);
            self.line(&line)?;
        }
        if object.findings_left_out > 0 {
            let more = counted(object.findings_left_out as u64, "more finding", "more findings");
            let more = self.paint.dim(&format!("and {more}"));
            self.line(&format!("      {more}"))?;
        }
        Ok(())
    }

    fn row(&self, finding: &KeptFinding) -> Row {
        let name = self.names.get(&finding.detector).cloned();
        Row {
            name: name.unwrap_or_else(|| harmless(&finding.detector)),
            field: finding.field.clone(),
            values: counted(finding.values, "value ", "values"),
            confidence: if self.width < SPACIOUS {
                finding.confidence.as_str().to_owned()
            } else {
                format!("{} confidence", finding.confidence.as_str())
            },
            severity: finding.severity,
            samples: finding.samples.clone(),
        }
    }

    fn expected(&mut self) -> io::Result<()> {
        let places = std::mem::take(&mut self.tally.expected.by_scope);
        if places.is_empty() {
            return Ok(());
        }
        self.heading("Expected by the policy")?;
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(_, place)| Reverse((place.classes, place.objects)));
        for (scope, place) in places.iter().take(LISTED_PLACES) {
            self.expected_place(scope, place)?;
        }
        if places.len() > LISTED_PLACES {
            let rest = &places[LISTED_PLACES..];
            let objects = counted(rest.iter().map(|(_, place)| place.objects).sum(), "object", "objects");
            self.paragraph(
                INDENT,
                &format!("and {objects} in {}", counted(rest.len() as u64, "more place", "more places")),
            )?;
        }
        Ok(())
    }

    fn expected_place(&mut self, scope: &str, place: &ExpectedPlace) -> io::Result<()> {
        self.line(&format!("{INDENT}{}", shorten(&harmless(scope), self.width - 2)))?;
        self.paragraph("    ", &objects_by_class(place.objects, place.classes))?;
        for because in &place.because {
            self.paragraph("    ", &harmless(because))?;
        }
        Ok(())
    }

    fn not_looked_at(&mut self, summary: &Summary) -> io::Result<()> {
        let gaps = std::mem::take(&mut self.tally.gaps);
        if gaps.is_empty() && summary.sampled == 0 {
            return Ok(());
        }
        self.heading("Not looked at, or not completely")?;
        if summary.sampled > 0 {
            let objects = counted(summary.sampled, "object", "objects");
            self.paragraph(INDENT, &format!("{objects} sampled: a stated part of each was read"))?;
            for (location, statement) in std::mem::take(&mut self.tally.samples) {
                self.line(&format!("    {}", shorten(&location, self.width - 4)))?;
                self.paragraph("      ", &statement)?;
            }
        }
        let mut gaps: Vec<_> = gaps.into_iter().collect();
        // What the user left out comes last: it is no surprise.
        gaps.sort_by_key(|((coverage, reason), gap)| {
            (*coverage == "skipped" && reason.is_by_choice(), Reverse(gap.objects), *reason)
        });
        for ((coverage, reason), gap) in gaps {
            self.line(&format!("{INDENT}{} {coverage}: {reason}", counted(gap.objects, "object", "objects")))?;
            self.paragraph("    ", reason.explanation())?;
            for example in &gap.examples {
                let example = self.paint.dim(&shorten(example, self.width - 6));
                self.line(&format!("      {example}"))?;
            }
            let shown = gap.examples.len() as u64;
            if gap.objects > shown {
                let more = self.paint.dim(&format!("and {} more", number(gap.objects - shown)));
                self.line(&format!("      {more}"))?;
            }
        }
        Ok(())
    }

    fn examined(&mut self, summary: &Summary) -> io::Result<()> {
        self.heading("Examined")?;
        for sentence in examined_sentences(summary) {
            self.paragraph(INDENT, &sentence)?;
        }
        if self.tally.objects_without_class > 0 {
            let objects = counted(self.tally.objects_without_class, "object holds", "objects hold");
            self.paragraph(
                INDENT,
                &format!("{objects} only values that point to nobody, such as a provider's public number"),
            )?;
        }
        for note in &summary.notes {
            self.paragraph(INDENT, &harmless(note))?;
        }
        Ok(())
    }

    fn conclusion(&mut self, summary: &Summary, left_out: u64, worst: Option<&str>) -> io::Result<()> {
        let said = result_sentence(summary, left_out, self.tally.unexpected_objects);
        let next = next_sentence(summary, worst);
        self.line("")?;
        for line in wrapped(&said, self.width) {
            let line = self.paint.bold(&line);
            self.line(&line)?;
        }
        for line in wrapped(&next, self.width) {
            self.line(&line)?;
        }
        Ok(())
    }
}

impl Output for Terminal {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        let head =
            format!("phinder {} · scan {} · {}", header.phinder, harmless(&header.scan_id), moment(header.started_at));
        for line in wrapped(&head, self.width) {
            self.line(&line)?;
        }
        for (index, scope) in header.scope.iter().take(8).enumerate() {
            let label = if index == 0 { "scope" } else { "" };
            self.line(&format!("{label:<7}{}", shorten(&harmless(scope), self.width - 7)))?;
        }
        if header.scope.len() > 8 {
            self.line(&format!("       and {} more", header.scope.len() - 8))?;
        }
        if let Some(seed) = &header.seed {
            self.line(&format!("seed   {}", shorten(&harmless(seed), self.width - 7)))?;
        }
        self.sink.flush()
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        self.tally.add(result);
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let places = &self.tally.unexpected.by_scope;
        // The last of the greatest in reverse order is the first one that the report shows.
        let worst = places.iter().rev().max_by_key(|(_, place)| (place.severity, place.classes, place.objects));
        let worst = worst.map(|(scope, _)| shorten(&harmless(scope), self.width - 16));
        let left_out = self.tally.left_out();
        self.unexpected()?;
        self.expected()?;
        self.not_looked_at(summary)?;
        self.examined(summary)?;
        self.conclusion(summary, left_out, worst.as_deref())?;
        self.sink.flush()
    }
}

/// One finding, as texts.
struct Row {
    name: String,
    field: String,
    values: String,
    confidence: String,
    severity: Severity,
    samples: Vec<String>,
}

/// Columns of the table of one object's findings.
struct Widths {
    name: usize,
    field: usize,
    values: usize,
    confidence: usize,
    samples: usize,
}

impl Widths {
    fn of(rows: &[Row], width: usize) -> Self {
        let widest = |text: fn(&Row) -> &str| rows.iter().map(|row| columns(text(row))).max().unwrap_or(0);
        let field = widest(|row| &row.field).min(width / 5);
        let values = widest(|row| &row.values);
        let confidence = widest(|row| &row.confidence);
        let gap_of_field = if field > 0 { 2 } else { 0 };
        let others = 6 + gap_of_field + field + 2 + values + 2 + confidence;
        // The name is what people read first: samples give way before it does.
        let name = widest(|row| &row.name).min(width * 2 / 5).min(width.saturating_sub(others));
        let used = others + name + 2;
        Self { name, field, values, confidence, samples: width.saturating_sub(used) }
    }

    fn line(&self, row: &Row, paint: Paint) -> String {
        let name = paint.severity(row.severity, &padded(&row.name, self.name));
        let field = if self.field > 0 { format!("  {}", padded(&row.field, self.field)) } else { String::new() };
        let values = format!("{}{}", " ".repeat(self.values.saturating_sub(columns(&row.values))), row.values);
        let confidence = padded(&row.confidence, self.confidence);
        format!("      {name}{field}  {values}  {confidence}  {}", paint.dim(&self.samples(row)))
    }

    /// As many samples as fit; a single one is shortened, and left out where no more than a stump would remain.
    fn samples(&self, row: &Row) -> String {
        let mut shown = String::new();
        for sample in &row.samples {
            let separator = if shown.is_empty() { "" } else { ", " };
            if columns(&shown) + columns(separator) + columns(sample) > self.samples {
                if shown.is_empty() && self.samples >= 8 {
                    shown = shorten(sample, self.samples);
                }
                break;
            }
            shown.push_str(separator);
            shown.push_str(sample);
        }
        shown
    }
}
