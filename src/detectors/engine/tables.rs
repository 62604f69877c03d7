//! Tables inside text: a line of headings with rows below, as mails and reports hold them.
//!
//! A heading that is the name of a field speaks for the cells under it, as a header does in a file of its own.

use super::{Engine, PathPlan, found_at, passes, shape_evidence, value_at};
use crate::detectors::context::PhraseSpan;
use crate::detectors::spans::trimmed;
use crate::model::{Column, ColumnKind, EvidenceFlags, Match};
use std::ops::Range;

/// Rows that one line of headings may speak for.
const MAX_ROWS: usize = 1_000;
/// Cells of one line.
const MAX_CELLS: usize = 64;
/// How far a cell may begin before its heading, where blanks alone set cells apart.
const MAX_OUTDENT: usize = 2;

/// What sets the cells of a line apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Border {
    Byte(u8),
    /// Two blanks or more.
    Blanks,
}

/// A heading that names fields of detectors.
struct Heading<'a> {
    /// Which cell of its line it is.
    cell: usize,
    /// Where it begins, and where the next one does, in bytes from the start of the line.
    place: Range<usize>,
    detectors: &'a [u16],
}

impl Engine {
    /// Tests the cells under headings. The phrases are those of the column, sorted by place.
    pub(super) fn search_tables(
        &self,
        column: &Column,
        plan: &PathPlan,
        phrases: &[PhraseSpan],
        matches: &mut Vec<Match>,
    ) {
        if column.kind != ColumnKind::Lines {
            return;
        }
        let (mut value, mut first) = (0, 0);
        while let Some(span) = phrases.get(first) {
            value = value_at(column, value, span.start as usize);
            let in_line = phrases[first..].iter().take_while(|span| span.start < column.ends[value]).count();
            let line = &phrases[first..first + in_line];
            first += in_line;
            if in_line >= 2
                && let Some((border, headings)) = self.headings(column, value, line)
            {
                self.search_rows(column, plan, (value, border, &headings), matches);
            }
        }
    }

    /// The headings of a line, if at least two of its cells begin with the name of a field.
    fn headings(&self, column: &Column, value: usize, line: &[PhraseSpan]) -> Option<(Border, Vec<Heading<'_>>)> {
        let border = border_of(column.value(value))?;
        let start = column.range(value).start;
        let cells = cells(column, value, border);
        let mut headings = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let Some(span) = line.iter().find(|span| span.start as usize == cell.start) else { continue };
            let next = cells.get(index + 1).map_or(usize::MAX, |next| next.start - start);
            let detectors = &self.compiled.phrases.meanings[usize::from(span.phrase)].headings;
            // A heading is short; what goes on is a sentence.
            if !detectors.is_empty() && cell.end <= span.end as usize + 8 {
                headings.push(Heading { cell: index, place: cell.start - start..next, detectors });
            }
        }
        (headings.len() >= 2).then_some((border, headings))
    }

    fn search_rows(
        &self,
        column: &Column,
        plan: &PathPlan,
        (value, border, headings): (usize, Border, &[Heading<'_>]),
        matches: &mut Vec<Match>,
    ) {
        let last = column.len().min(value + 1 + MAX_ROWS);
        for row in value + 1..last {
            let line = column.value(row);
            if line.iter().all(u8::is_ascii_whitespace) {
                break;
            }
            let cells = cells(column, row, border);
            if cells.len() < 2 && line.iter().any(u8::is_ascii_alphanumeric) {
                break;
            }
            let start = column.range(row).start;
            for heading in headings {
                let Some(cell) = cell_under(&cells, start, border, heading) else { continue };
                for &index in heading.detectors.iter().filter(|index| plan.allows(**index)) {
                    let detector = &self.compiled.detectors[usize::from(index)];
                    if passes(detector, &column.bytes[cell.clone()]) {
                        let evidence = shape_evidence(detector.context_validator.is_some());
                        let evidence = evidence.with(EvidenceFlags::CONTEXT);
                        let place = (usize::from(index), row);
                        matches.push(found_at(place, (cell.start, cell.end), detector.context_confidence, evidence));
                    }
                }
            }
        }
    }
}

/// The cell of a row that stands under a heading.
fn cell_under(cells: &[Range<usize>], start: usize, border: Border, heading: &Heading<'_>) -> Option<Range<usize>> {
    let cell = match border {
        Border::Byte(_) => cells.get(heading.cell)?,
        Border::Blanks => {
            let from = heading.place.start.saturating_sub(MAX_OUTDENT);
            let to = heading.place.end.saturating_sub(MAX_OUTDENT);
            cells.iter().find(|cell| (from..to).contains(&(cell.start - start)))?
        }
    };
    (!cell.is_empty()).then(|| cell.clone())
}

/// What sets the cells of this line apart, if anything does.
fn border_of(line: &[u8]) -> Option<Border> {
    if memchr::memchr(b'|', line).is_some() {
        Some(Border::Byte(b'|'))
    } else if memchr::memchr(b'\t', line).is_some() {
        Some(Border::Byte(b'\t'))
    } else {
        memchr::memmem::find(line, b"  ").map(|_| Border::Blanks)
    }
}

/// The trimmed cells of a line.
fn cells(column: &Column, value: usize, border: Border) -> Vec<Range<usize>> {
    let line = column.range(value);
    let bytes = &column.bytes[line.clone()];
    let mut cells = Vec::new();
    let mut from = 0;
    while from <= bytes.len() && cells.len() < MAX_CELLS {
        let rest = &bytes[from..];
        let (length, skipped) = match border {
            Border::Byte(byte) => (memchr::memchr(byte, rest).unwrap_or(rest.len()), 1),
            Border::Blanks => {
                let length = memchr::memmem::find(rest, b"  ").unwrap_or(rest.len());
                (length, rest[length..].iter().take_while(|byte| **byte == b' ').count().max(1))
            }
        };
        let cell = trimmed(column, line.start + from..line.start + from + length);
        // Blanks before the first cell are none.
        if border != Border::Blanks || !cell.is_empty() {
            cells.push(cell);
        }
        from += length + skipped;
    }
    cells
}
