//! Markdown (GitHub's) for tickets, pull requests and wikis: the report for people, with tables, at the end of the scan.
//!
//! Whatever comes from outside stands in code spans or is escaped: it makes no link, no image, no mention and no HTML.

use super::phrases::Names;
use super::sentences::{
    breach_sentences, examined_sentences, moment, next_sentence, objects_by_class, result_sentence,
};
use super::tally::{KeptObject, Tally};
use super::text::{counted, harmless, number};
use super::{Options, Output, ScanHeader, Sink, Summary};
use crate::model::{ObjectResult, Severity};
use std::cmp::Reverse;
use std::io::{self, Write};
use time::OffsetDateTime;

/// Places of each kind that are shown.
const MAX_PLACES: usize = 40;

/// Collects sums while the scan goes, and writes the report at its end.
pub struct Markdown {
    sink: Sink,
    names: Names,
    tally: Tally,
    started_at: OffsetDateTime,
}

impl Markdown {
    /// A report into a sink.
    pub fn new(sink: Sink, options: &Options) -> Self {
        Self {
            sink,
            names: options.detector_names.clone(),
            tally: Tally::default(),
            started_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn unexpected(&mut self) -> io::Result<()> {
        let mut places: Vec<_> = std::mem::take(&mut self.tally.unexpected.by_scope).into_iter().collect();
        if places.is_empty() {
            return Ok(());
        }
        places.sort_by_key(|(_, place)| Reverse((place.severity, place.classes, place.objects)));
        writeln!(self.sink, "\n## Not expected")?;
        for (scope, place) in places.iter().take(MAX_PLACES) {
            let severity = place.severity.unwrap_or(Severity::Low).as_str();
            writeln!(self.sink, "\n### {severity}: {}\n", code(scope))?;
            writeln!(self.sink, "{}\n", objects_by_class(place.objects, place.classes))?;
            writeln!(self.sink, "| object | found | field | values | confidence | masked samples |")?;
            writeln!(self.sink, "|---|---|---|---:|---|---|")?;
            for object in &place.worst {
                self.rows(scope, object)?;
            }
            let shown = place.worst.len() as u64;
            if place.objects > shown {
                writeln!(self.sink, "\nand {} here", counted(place.objects - shown, "more object", "more objects"))?;
            }
            for object in place.worst.iter().filter(|object| !object.remarks.is_empty()) {
                writeln!(self.sink, "\n{}: {}", code(&object.location), escaped(&object.remarks.join("; ")))?;
            }
        }
        self.rest(places.len(), places.iter().skip(MAX_PLACES).map(|(_, place)| place.objects).sum())
    }

    fn rows(&mut self, scope: &str, object: &KeptObject) -> io::Result<()> {
        let name = object.location.strip_prefix(harmless(scope).as_str()).unwrap_or(&object.location);
        for finding in &object.findings {
            let detector = self.names.get(&finding.detector).map_or(&*finding.detector, String::as_str);
            let samples: Vec<_> = finding.samples.iter().map(|sample| cell(sample)).collect();
            writeln!(
                self.sink,
                "| {} | {} | {} | {} | {} | {} |",
                cell(name),
                escaped(detector),
                if finding.field.is_empty() { String::new() } else { cell(&finding.field) },
                number(finding.values),
                finding.confidence.as_str(),
                samples.join(", "),
            )?;
        }
        if object.findings_left_out > 0 {
            let more = counted(object.findings_left_out as u64, "more finding", "more findings");
            writeln!(self.sink, "| {} | and {more} | | | | |", cell(name))?;
        }
        Ok(())
    }

    fn expected(&mut self) -> io::Result<()> {
        let mut places: Vec<_> = std::mem::take(&mut self.tally.expected.by_scope).into_iter().collect();
        if places.is_empty() {
            return Ok(());
        }
        places.sort_by_key(|(_, place)| Reverse((place.classes, place.objects)));
        writeln!(self.sink, "\n## Expected by the policy\n\n| place | found | because |\n|---|---|---|")?;
        for (scope, place) in places.iter().take(MAX_PLACES) {
            let because: Vec<_> = place.because.iter().map(|because| escaped(because)).collect();
            let found = objects_by_class(place.objects, place.classes);
            writeln!(self.sink, "| {} | {found} | {} |", cell(scope), because.join("<br>"))?;
        }
        self.rest(places.len(), places.iter().skip(MAX_PLACES).map(|(_, place)| place.objects).sum())
    }

    fn rest(&mut self, places: usize, objects: u64) -> io::Result<()> {
        let Some(more) = places.checked_sub(MAX_PLACES).filter(|more| *more > 0) else { return Ok(()) };
        let objects = counted(objects, "object", "objects");
        writeln!(self.sink, "\nand {objects} in {}", counted(more as u64, "more place", "more places"))
    }

    fn not_looked_at(&mut self) -> io::Result<()> {
        let gaps = std::mem::take(&mut self.tally.gaps);
        if gaps.is_empty() {
            return Ok(());
        }
        let mut gaps: Vec<_> = gaps.into_iter().collect();
        gaps.sort_by_key(|((coverage, reason), gap)| {
            (*coverage == "skipped" && reason.is_by_choice(), Reverse(gap.objects), *reason)
        });
        writeln!(self.sink, "\n## Not looked at, or not completely\n")?;
        writeln!(self.sink, "| objects | coverage | reason | what to do | examples |\n|---:|---|---|---|---|")?;
        for ((coverage, reason), gap) in gaps {
            let examples: Vec<_> = gap.examples.iter().map(|example| cell(example)).collect();
            writeln!(
                self.sink,
                "| {} | {coverage} | `{reason}` | {} | {} |",
                number(gap.objects),
                escaped(reason.explanation()),
                examples.join("<br>")
            )?;
        }
        Ok(())
    }
}

impl Output for Markdown {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.started_at = header.started_at;
        let scope: Vec<_> = header.scope.iter().map(|scope| code(scope)).collect();
        writeln!(self.sink, "# phinder: {}\n", scope.join(", "))?;
        let seed = header.seed.as_ref().map_or(String::new(), |seed| format!(", seed {}", code(seed)));
        let (version, id) = (header.phinder, code(&header.scan_id));
        writeln!(self.sink, "phinder {version}, scan {id}, {}{seed}", moment(header.started_at))
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        self.tally.add(result);
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let places = &self.tally.unexpected.by_scope;
        let worst = places.iter().rev().max_by_key(|(_, place)| (place.severity, place.classes, place.objects));
        let next = next_sentence(summary, worst.map(|(scope, _)| code(scope)).as_deref());
        let said = result_sentence(summary, self.tally.left_out(), self.tally.unexpected_objects);
        writeln!(self.sink, "\n**{said}**\n\n{next}")?;
        let phi = self.tally.unexpected_phi();
        self.unexpected()?;
        if let Some(phi) = phi {
            let (heading, lines) = breach_sentences(self.started_at, summary, phi);
            writeln!(self.sink, "\n## {heading}\n")?;
            lines.iter().try_for_each(|line| writeln!(self.sink, "- {}", escaped(line)))?;
        }
        self.expected()?;
        self.not_looked_at()?;
        writeln!(self.sink, "\n## Examined\n")?;
        for sentence in examined_sentences(summary) {
            writeln!(self.sink, "- {sentence}")?;
        }
        for note in &summary.notes {
            writeln!(self.sink, "- {}", escaped(note))?;
        }
        self.sink.flush()
    }
}

/// A code span that nothing in the text can end.
fn code(text: &str) -> String {
    let text = harmless(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One blank at each side is taken away again, and keeps a backtick from the fence.
    let pad = if longest > 0 || text.is_empty() || (text.starts_with(' ') && text.ends_with(' ')) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code span in a table, where a bar ends a cell even in code.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text without any mark-up.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => escaped.extend(['\\', character]),
            other => escaped.push(other),
        }
    }
    // An address would become a link by itself.
    escaped.replace("://", ":&#47;/").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_span() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`` <img src=x>"), "``` a`` <img src=x> ```");
        assert_eq!(code("x\n# y"), "`x^J# y`");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }

    #[test]
    fn text_is_only_text() {
        assert_eq!(escaped("[x](http://y) <b> @me"), "\\[x\\](http:&#47;/y) &lt;b&gt; &#64;me");
    }
}
