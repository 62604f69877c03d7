//! Tables inside text: a line of headings with rows below, as mails and reports hold them.
//!
//! A heading that is the name of a field speaks for the cells under it, as a header does in a file of its own.

use super::bound::Placeholders;
use super::{Engine, PathPlan, found_at, passes, shape_evidence, value_at};
use crate::detectors::context::{Phrase, PhraseSpan};
use crate::detectors::spans::trimmed;
use crate::model::{Column, ColumnKind, EvidenceFlags, Match};
use std::ops::Range;

/// Rows that one line of headings may speak for.
const MAX_ROWS: usize = 1_000;
/// Lines of headings at which a table ends that went on behind the ones before.
const MAX_DISTURBED: usize = 4;
/// Cells of one line.
const MAX_CELLS: usize = 64;
/// How far a cell may begin before its heading, where blanks alone set cells apart.
const MAX_OUTDENT: usize = 2;

/// Whether a line of cells has a rule below it, as headings have: `|---|---|`.
fn is_ruled(column: &Column, value: usize) -> bool {
    let is_rule = |line: &[u8]| line.len() > 4 && line.iter().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '));
    column.value(value).first() == Some(&b'|')
        && value + 1 < column.len()
        && column.value(value + 1).starts_with(b"|")
        && is_rule(column.value(value + 1).trim_ascii())
}

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
    /// Where it begins, and where the next one does, in characters from the start of the line.
    place: Range<usize>,
    detectors: &'a [u16],
}

/// The headings of one line.
struct Headings<'a> {
    border: Border,
    list: Vec<Heading<'a>>,
    /// How many cells the line has.
    cells: usize,
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
        self.search_segments(column, plan, matches);
        self.search_interchange(column, plan, matches);
        let (mut value, mut first) = (0, 0);
        let mut all_headings = Vec::new();
        let mut placeholders = Placeholders::default();
        while let Some(span) = phrases.get(first) {
            value = value_at(column, value, span.start as usize);
            let in_line = phrases[first..].iter().take_while(|span| span.start < column.ends[value]).count();
            let line = &phrases[first..first + in_line];
            first += in_line;
            if in_line < 2 && !is_ruled(column, value) {
                continue;
            }
            self.search_statement(column, plan, (value, line), matches);
            if placeholders.stand_in(column, value) {
                self.search_bound(column, plan, value, matches);
            }
            if let Some(headings) = self.headings(column, value, line) {
                all_headings.push((value, headings));
            }
        }
        for (index, (value, headings)) in all_headings.iter().enumerate() {
            // Some rows look like headings, but where many do there is no table that goes on behind them.
            let end = all_headings.get(index + MAX_DISTURBED).map_or(column.len(), |(next, _)| *next);
            self.search_rows(column, plan, (*value, end, headings), matches);
        }
    }

    /// The headings of a line, if at least two of its cells begin with the name of a field, or one above a rule.
    fn headings(&self, column: &Column, value: usize, line: &[PhraseSpan]) -> Option<Headings<'_>> {
        let enough = if is_ruled(column, value) { 1 } else { 2 };
        // Most lines end here, before their cells are looked for.
        let meanings = line.iter().map(|span| &self.compiled.phrases.meanings[usize::from(span.phrase)]);
        let is_heading = |meaning: &&Phrase| !meaning.headings.is_empty() || !meaning.sibling_headings.is_empty();
        let mut some = meanings.filter(is_heading);
        let (first, more) = (some.next()?, some.clone().count());
        if more + 1 < enough || (first.headings.is_empty() && some.all(|meaning| meaning.headings.is_empty())) {
            return None;
        }
        let border = border_of(column.value(value))?;
        let start = column.range(value).start;
        let cells = cells(column, value, border);
        let mut headings = Vec::new();
        // Of those that mean something beside others, one at least says so.
        let mut strong = 0;
        for (index, cell) in cells.iter().enumerate() {
            let Some(span) = line.iter().find(|span| span.start as usize == cell.start) else { continue };
            let next = cells.get(index + 1).map_or(usize::MAX, |next| characters(&column.bytes[start..next.start]));
            let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
            // Blanks alone set labels and values of a form apart, too.
            let is_weak = meaning.headings.is_empty() && border != Border::Blanks;
            let detectors = if is_weak { &meaning.sibling_headings } else { &meaning.headings };
            // A heading is short; what goes on is a sentence.
            if !detectors.is_empty() && cell.end <= span.end as usize + if is_weak { 0 } else { 8 } {
                strong += usize::from(!is_weak);
                let place = characters(&column.bytes[start..cell.start])..next;
                headings.push(Heading { cell: index, place, detectors });
            }
        }
        (headings.len() >= enough && strong > 0).then_some(Headings { border, list: headings, cells: cells.len() })
    }

    fn search_rows(
        &self,
        column: &Column,
        plan: &PathPlan,
        (value, end, headings): (usize, usize, &Headings<'_>),
        matches: &mut Vec<Match>,
    ) {
        for row in value + 1..end.min(value + 1 + MAX_ROWS) {
            let line = column.value(row);
            if line.iter().all(u8::is_ascii_whitespace) {
                break;
            }
            let cells = cells(column, row, headings.border);
            let is_other = matches!(headings.border, Border::Byte(b',' | b';')) && cells.len() != headings.cells;
            if (cells.len() < 2 || is_other) && line.iter().any(u8::is_ascii_alphanumeric) {
                break;
            }
            let start = column.range(row).start;
            for heading in &headings.list {
                let Some(cell) = cell_under(&column.bytes, &cells, start, (headings, heading)) else { continue };
                let detectors = heading.detectors.iter().copied().filter(|index| plan.allows(*index));
                self.try_cell(column, (row, cell), detectors, matches);
            }
        }
    }

    /// Tests a cell for the detectors whose field its heading names.
    pub(super) fn try_cell(
        &self,
        column: &Column,
        (row, cell): (usize, Range<usize>),
        detectors: impl Iterator<Item = u16>,
        matches: &mut Vec<Match>,
    ) {
        for index in detectors {
            let detector = &self.compiled.detectors[usize::from(index)];
            let value = &column.bytes[cell.clone()];
            if passes(detector, value) && self.may_be_name_of_cell(index, value) {
                let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
                let place = (usize::from(index), row);
                matches.push(found_at(place, (cell.start, cell.end), detector.context_confidence, evidence));
            }
        }
    }
}

/// The cell of a row that stands under a heading. Where blanks set cells apart, a row may lack some: only if it has as many
/// as the line of headings are they counted.
fn cell_under(
    bytes: &[u8],
    cells: &[Range<usize>],
    start: usize,
    (headings, heading): (&Headings<'_>, &Heading<'_>),
) -> Option<Range<usize>> {
    let cell = if headings.border != Border::Blanks || cells.len() == headings.cells {
        cells.get(heading.cell)?
    } else {
        let from = heading.place.start.saturating_sub(MAX_OUTDENT);
        let to = heading.place.end.saturating_sub(MAX_OUTDENT);
        cells.iter().find(|cell| (from..to).contains(&characters(&bytes[start..cell.start])))?
    };
    (!cell.is_empty()).then(|| cell.clone())
}

/// How many characters the bytes are: those of UTF-8 after the first of a character do not count.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// What sets the cells of this line apart, if anything does.
fn border_of(line: &[u8]) -> Option<Border> {
    if memchr::memchr(b'|', line).is_some() {
        Some(Border::Byte(b'|'))
    } else if memchr::memchr(b'\t', line).is_some() {
        Some(Border::Byte(b'\t'))
    } else if memchr::memmem::find(line, b"  ").is_some() {
        Some(Border::Blanks)
    } else {
        // At least two of them, and none with a blank behind it.
        let is_list = |border: u8| {
            let mut places = memchr::memchr_iter(border, line);
            places.next().is_some_and(|place| line.get(place + 1) != Some(&b' '))
                && places.next().is_some_and(|place| line.get(place + 1) != Some(&b' '))
                && places.all(|place| line.get(place + 1) != Some(&b' '))
        };
        [b',', b';'].into_iter().find(|border| is_list(*border)).map(Border::Byte)
    }
}

/// Where a cell ends whose next one stands behind a comma or a semicolon; one in quotation marks may hold such.
fn end_of_cell(rest: &[u8], border: u8) -> usize {
    let quoted = rest.strip_prefix(b"\"").and_then(|inside| memchr::memchr(b'"', inside)).map_or(0, |close| close + 2);
    memchr::memchr(border, &rest[quoted.min(rest.len())..]).map_or(rest.len(), |comma| quoted + comma)
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
            Border::Byte(byte @ (b',' | b';')) => (end_of_cell(rest, byte), 1),
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
