//! Delimited tables: one column per field, paths from the header or `#1`, `#2`, ... where there is none.
//!
//! Nothing is dropped. Lines before the table and lines that cannot be read as records are values of a column of lines;
//! fields beyond the header's are columns `#n`; a header whose names may be values is scanned as a record too. Names that occur twice are told apart by the column's ordinal alone. Empty cells are no values. A quote that is
//! never closed, or closes lines later in the middle of other records, costs one line: it is read without quotes. A line
//! that is longer, or has more cells, than any record may be is text in pieces. Behind a blank line another table may begin.

use super::csv_plain::{PlainRecords, Table};
use super::csv_record::{Cell, Outcome, Syntax, enter, index, read_record, truncate, uses_backslash};
use super::header;
use super::refill::{Refill, feed_lone_returns};
use super::sniff::Dialect;
use super::text::CONTEXT_BYTES;
use super::{Decoder, Limits, Peeked};
use crate::model::{Batch, Column, ColumnKind, ReadError, Reason, Records};
use memchr::{memchr, memchr_iter};
use std::sync::Arc;

/// Fields beyond this many share the last column: a line of delimiters must not make a million columns.
const MAX_COLUMNS: usize = 4096;
/// Largest record whatever the limits say: the index of its cells takes several times as much.
const MAX_RECORD_BYTES: usize = 8 << 20;
/// Columns keep their allocations from batch to batch up to this sum.
const MAX_KEPT_BYTES: usize = 32 << 20;
/// Most tables behind blank lines: each one ends a batch.
const MAX_TABLES: usize = 64;
/// Records that are looked at to tell whether a table begins.
const TABLE_SAMPLE_RECORDS: usize = 8;
/// How far a quote may close behind its record's start where a later close was found to be wrong.
const SUSPECT_SPAN_BYTES: usize = 16 << 10;

/// Records of a delimited table, from UTF-8.
pub struct CsvDecoder {
    refill: Refill,
    window: Vec<u8>,
    /// Where the next record starts in the window.
    position: usize,
    /// Offset of the window in the stream.
    window_offset: u64,
    at_end: bool,
    /// Places in the window that can end a cell, and the first of them not before the position.
    places: Vec<u32>,
    cursor: usize,
    cells: Vec<Cell>,
    syntax: Syntax,
    width: usize,
    preamble_lines: usize,
    header_is_next: bool,
    paths: Vec<Arc<str>>,
    /// Lines outside of the table, for the batch being filled.
    lines: Column,
    limits: Limits,
    next_record: u64,
    next_line: u64,
    malformed: bool,
    /// Up to this offset no quote closes.
    unclosed_until: u64,
    /// Up to this offset lies a close that was found to be wrong.
    suspect_until: u64,
    /// The position is inside a line that is larger than any record may be; this much of it belongs to the piece before.
    long_line: Option<usize>,
    after_blank: bool,
    tables: usize,
    spare_records: Vec<Vec<u32>>,
    plain: PlainRecords,
    /// Bytes that are used of each column of the batch being filled.
    used: Vec<usize>,
}

impl CsvDecoder {
    /// Decodes UTF-8 without a byte order mark that is written in `dialect`.
    pub fn open(mut stream: Peeked, dialect: &Dialect, limits: &Limits) -> Self {
        let sample = stream.head(super::encoding::SAMPLE_BYTES);
        let lone_cr = memchr(b'\n', sample).is_none() && memchr(b'\r', sample).is_some();
        let backslash = uses_backslash(sample);
        let syntax =
            Syntax { delimiter: dialect.delimiter, backslash, at_end: false, quotes: true, max_span: usize::MAX };
        Self {
            refill: Refill::new(Box::new(stream), lone_cr.then_some(b'\r')),
            window: Vec::new(),
            position: 0,
            window_offset: 0,
            at_end: false,
            places: Vec::new(),
            cursor: 0,
            cells: Vec::new(),
            syntax,
            width: dialect.width,
            preamble_lines: dialect.preamble_lines,
            header_is_next: dialect.has_header,
            paths: (1..=dialect.width.min(MAX_COLUMNS)).map(positional_path).collect(),
            lines: Column::new("", ColumnKind::Lines, 0),
            limits: Limits { batch_bytes: limits.batch_bytes.max(64), ..limits.clone() },
            next_record: 0,
            next_line: 1,
            malformed: false,
            unclosed_until: 0,
            suspect_until: 0,
            long_line: None,
            after_blank: false,
            tables: 1,
            spare_records: Vec::new(),
            plain: PlainRecords::default(),
            used: Vec::new(),
        }
    }

    /// Makes the window begin at the next record and hold `size` bytes.
    fn slide(&mut self, size: usize) {
        if self.at_end || self.window.len() - self.position >= size {
            return;
        }
        self.window.drain(..self.position);
        self.window_offset += self.position as u64;
        self.position = 0;
        let filled = self.window.len();
        self.at_end = self.refill.fill(&mut self.window, size);
        feed_lone_returns(&mut self.window, filled.saturating_sub(1));
        index(&self.window, self.syntax.delimiter, &mut self.places);
        self.cursor = 0;
    }

    /// Makes the columns of the batch those of the table, empty, and with one record per value until shown otherwise.
    fn prepare(&mut self, columns: &mut Vec<Column>) {
        columns.truncate(self.paths.len());
        let spare: usize = self.spare_records.iter().map(|records| records.capacity() * 4).sum();
        if columns.iter().map(kept_bytes).sum::<usize>() + spare > MAX_KEPT_BYTES {
            columns.clear();
            self.spare_records.clear();
        }
        for (at, path) in self.paths.iter().enumerate() {
            let ordinal = at as u32 + 1;
            match columns.get_mut(at) {
                Some(column) => {
                    if let Records::Mapped(mut records) = std::mem::take(&mut column.records) {
                        records.clear();
                        self.spare_records.push(records);
                    }
                    column.clear();
                    column.ordinal = ordinal;
                    column.kind = ColumnKind::Text;
                    if column.path != *path {
                        column.path = path.clone();
                    }
                }
                None => columns.push(Column::new(path.clone(), ColumnKind::Text, ordinal)),
            }
        }
        self.spare_records.truncate(MAX_COLUMNS);
        self.used.clear();
        self.used.resize(columns.len(), 0);
    }

    /// Takes the cells that were read as the next record.
    fn commit(&mut self, batch: &mut Batch) {
        let record = batch.record_lines.len() as u32;
        let known = batch.columns.len();
        for (cell, (column, used)) in self.cells.iter().zip(batch.columns.iter_mut().zip(&mut self.used)) {
            if !cell.is_empty() {
                enter(column, record, &mut self.spare_records);
                cell.push_to(&self.window, (column, used), self.syntax.backslash);
            }
        }
        if self.cells.len() > known {
            self.commit_beyond(batch, record, known);
        }
        batch.record_lines.push(self.next_line);
    }

    /// Takes those of the cells that stand behind the columns that are known.
    #[cold]
    fn commit_beyond(&mut self, batch: &mut Batch, record: u32, known: usize) {
        for (at, cell) in self.cells.iter().enumerate().skip(known) {
            if cell.is_empty() {
                continue;
            }
            let at = at.min(MAX_COLUMNS.max(self.width) - 1);
            while at >= batch.columns.len() {
                let ordinal = batch.columns.len() + 1;
                if self.paths.len() < ordinal {
                    self.paths.push(positional_path(ordinal));
                }
                let path = self.paths[ordinal - 1].clone();
                batch.columns.push(Column::new(path, ColumnKind::Text, ordinal as u32));
                self.used.push(0);
            }
            enter(&mut batch.columns[at], record, &mut self.spare_records);
            let place = (&mut batch.columns[at], &mut self.used[at]);
            cell.push_to(&self.window, place, self.syntax.backslash);
        }
    }

    /// Takes the line at the position as text; `end` is behind its line feed.
    fn commit_line(&mut self, batch: &mut Batch, end: usize) {
        let line = self.window[self.position..end].trim_ascii_end();
        // What a spreadsheet makes of a blank line says nothing.
        if line.iter().any(|byte| *byte != self.syntax.delimiter && !byte.is_ascii_whitespace()) {
            let record = batch.record_lines.len() as u32;
            if let Records::Mapped(records) = &mut self.lines.records {
                records.push(record);
            } else {
                self.lines.records = Records::Mapped(vec![record]);
            }
            self.lines.push(line);
            batch.record_lines.push(self.next_line);
        }
        self.next_line += 1;
        self.position = end;
        let end = end as u32;
        self.cursor += self.places[self.cursor..].partition_point(|place| *place < end);
    }

    /// Where the line at the position ends, or `None` if it is longer than the window.
    fn line_end(&self) -> Option<usize> {
        match memchr(b'\n', &self.window[self.position..]) {
            Some(found) => Some(self.position + found + 1),
            None => self.at_end.then_some(self.window.len()),
        }
    }

    /// Reads the record at the position into `cells`.
    fn read(&mut self, cursor: &mut usize) -> Outcome {
        let offset = self.window_offset + self.position as u64;
        let syntax = Syntax {
            at_end: self.at_end,
            quotes: offset >= self.unclosed_until,
            max_span: if offset < self.suspect_until { SUSPECT_SPAN_BYTES } else { usize::MAX },
            ..self.syntax
        };
        let outcome = read_record((&self.window, &self.places), cursor, self.position, &syntax, &mut self.cells);
        if !syntax.quotes {
            self.malformed |= self.cells.iter().any(|cell| cell.raw(&self.window).starts_with(b"\""));
        }
        outcome
    }

    /// Whether a record of several lines closes its quote in the middle of other records.
    fn swallows_records(&self) -> bool {
        if self.cells.len() == self.width {
            return false;
        }
        let delimiters = |line: &[u8]| memchr_iter(self.syntax.delimiter, line).count();
        let mut inner = self.cells.iter().flat_map(|cell| cell.raw(&self.window).split(|byte| *byte == b'\n').skip(1));
        inner.any(|line| delimiters(line) * 2 >= self.width)
    }

    /// Takes one line that cannot be read with quotes: as a record without them if it then has the usual cells, else
    /// as text. `false` where the line does not end in the window.
    fn take_malformed(&mut self, batch: &mut Batch) -> bool {
        let Some(end) = self.line_end() else { return false };
        self.malformed = true;
        let syntax = Syntax { at_end: self.at_end, quotes: false, ..self.syntax };
        let mut cursor = self.cursor;
        let source = (&self.window[..], &self.places[..]);
        let outcome = read_record(source, &mut cursor, self.position, &syntax, &mut self.cells);
        if matches!(outcome, Outcome::Record { .. }) && self.cells.len() == self.width {
            self.commit(batch);
            self.next_line += 1;
            self.position = end;
            self.cursor = cursor;
        } else {
            self.commit_line(batch, end);
        }
        true
    }

    /// Takes the header: names for the columns, and a record as well if one of them may be a value.
    fn take_header(&mut self, batch: &mut Batch) {
        self.header_is_next = false;
        let mut name = Vec::new();
        for (at, cell) in self.cells.iter().take(MAX_COLUMNS).enumerate() {
            name.clear();
            cell.append_to(&self.window, &mut name, self.syntax.backslash);
            let text = String::from_utf8_lossy(name.trim_ascii());
            let text = if at == 0 { text.trim_start_matches(['#', ' ']) } else { &*text };
            let path = if text.is_empty() { positional_path(at + 1) } else { Arc::from(text) };
            match self.paths.get_mut(at) {
                Some(known) => *known = path,
                None => self.paths.push(path),
            }
        }
        self.prepare(&mut batch.columns);
        if self.cells.iter().any(|cell| header::is_doubtful_name(cell.raw(&self.window))) {
            self.commit(batch);
        }
    }

    fn take_preamble_line(&mut self, batch: &mut Batch, end: usize) -> bool {
        self.preamble_lines -= 1;
        self.commit_line(batch, end);
        true
    }

    /// Takes the cells that were read, which are not a blank line.
    fn take_record(&mut self, batch: &mut Batch) {
        if self.header_is_next {
            self.take_header(batch);
        } else {
            self.commit(batch);
        }
    }

    /// Takes records as long as they are such as most tables have, and nothing else is expected of the next one.
    fn take_plain_records(&mut self, batch: &mut Batch, batch_start: u64) {
        let offset = self.window_offset + self.position as u64;
        let is_table = self.width > 1 && self.width <= batch.columns.len() && self.syntax.delimiter != b'"';
        let may_be_other = self.header_is_next || self.preamble_lines > 0 || self.after_blank;
        if !is_table || may_be_other || offset < self.unclosed_until.max(self.suspect_until) {
            return;
        }
        let table = Table {
            bytes: &self.window,
            places: &self.places,
            delimiter: self.syntax.delimiter,
            backslash: self.syntax.backslash,
            width: self.width,
            limit: (batch_start + self.limits.batch_bytes as u64 - self.window_offset) as usize,
        };
        while self.plain.find(&table, &mut self.position, &mut self.cursor) {
            let record = batch.record_lines.len() as u32;
            self.plain.take(&table, record, (&mut batch.columns, &mut self.used), &mut self.spare_records);
            let lines = self.next_line..self.next_line + self.plain.len() as u64;
            self.next_line = lines.end;
            batch.record_lines.extend(lines);
        }
    }

    /// Takes what stands at the position. `false` where the batch is full or nothing is left.
    fn step(&mut self, batch: &mut Batch, batch_start: u64) -> bool {
        self.take_plain_records(batch, batch_start);
        let taken = self.window_offset + self.position as u64 - batch_start;
        if self.position == self.window.len() && self.at_end {
            return false;
        }
        let fits = |end: usize, decoder: &Self| {
            taken == 0 || decoder.window_offset + end as u64 - batch_start <= decoder.limits.batch_bytes as u64
        };
        if self.preamble_lines > 0
            && let Some(end) = self.line_end()
        {
            return fits(end, self) && self.take_preamble_line(batch, end);
        }
        let mut cursor = self.cursor;
        match self.read(&mut cursor) {
            Outcome::Record { end, lines } if lines > 1 && self.swallows_records() => {
                if !self.line_end().is_some_and(|line_end| fits(line_end, self)) {
                    return false;
                }
                self.suspect_until = self.suspect_until.max(self.window_offset + end as u64);
                self.take_malformed(batch)
            }
            Outcome::Record { end, lines } => {
                if !fits(end, self) {
                    return false;
                }
                let is_blank = self.cells.len() == 1 && self.cells[0].is_empty();
                let begins_table = self.begins_table(is_blank, cursor, end);
                if begins_table != Some(false) && taken > 0 {
                    self.after_blank = true;
                    return false;
                }
                if begins_table == Some(true) {
                    self.begin_table(batch);
                }
                if !is_blank {
                    self.take_record(batch);
                }
                self.next_line += lines as u64;
                self.position = end;
                self.cursor = cursor;
                true
            }
            outcome @ (Outcome::Unclosed | Outcome::TooMany) => {
                self.header_is_next &= outcome == Outcome::Unclosed;
                let Some(end) = self.line_end() else { return taken == 0 && self.begin_long_line(batch, outcome) };
                if !fits(end, self) {
                    return false;
                }
                if outcome == Outcome::Unclosed
                    && self.at_end
                    && self.window_offset + self.position as u64 >= self.suspect_until
                {
                    self.unclosed_until = self.window_offset + self.window.len() as u64;
                }
                self.take_malformed(batch)
            }
            Outcome::More if taken > 0 => false,
            Outcome::More => self.widen(batch),
        }
    }

    /// The first record of a batch does not end in the window: looks further, up to the largest element.
    fn widen(&mut self, batch: &mut Batch) -> bool {
        let held = self.window.len() - self.position;
        let largest = self.limits.max_element_bytes.min(MAX_RECORD_BYTES).max(self.limits.batch_bytes);
        if held < largest {
            self.slide(held.saturating_mul(2).min(largest));
            return true;
        }
        self.unclosed_until = self.window_offset + self.window.len() as u64;
        if !self.take_malformed(batch) {
            self.malformed = true;
            self.long_line = Some(0);
            return false;
        }
        true
    }

    /// The first line of a batch does not end in the window and cannot be a record.
    fn begin_long_line(&mut self, batch: &mut Batch, outcome: Outcome) -> bool {
        if outcome == Outcome::Unclosed {
            return self.widen(batch);
        }
        self.malformed = true;
        self.long_line = Some(0);
        false
    }

    /// Takes the next piece of a long line as the one value of the batch; `context_before` of it is the end of the
    /// piece before. `false` where nothing is left of it.
    fn take_piece(&mut self, batch: &mut Batch, context_before: usize) -> bool {
        let size = self.limits.batch_bytes;
        self.slide(size + 1);
        let rest = &self.window[self.position..];
        let found = memchr(b'\n', &rest[..rest.len().min(size)]);
        let is_last = found.is_some() || (self.at_end && rest.len() <= size);
        let length = found.unwrap_or(rest.len().min(size));
        let context = CONTEXT_BYTES.min(size / 8);
        // The engine counts the context in bytes of the column, separator included: hence one byte less is shared.
        let shared = if is_last { 0 } else { 2 * context - 1 };
        let mut column = Column::new("", ColumnKind::Lines, 0);
        column.push(&rest[..length]);
        column.context_before_bytes = context_before as u32;
        column.context_after_bytes = if is_last { 0 } else { context as u32 };
        let carried = if context_before == 0 { 0 } else { 2 * context - 1 };
        batch.columns.clear();
        batch.columns.push(column);
        batch.record_lines.push(self.next_line);
        batch.source_bytes = (length + usize::from(found.is_some())).saturating_sub(carried) as u64;
        self.position += length + usize::from(found.is_some()) - shared;
        self.next_line += u64::from(is_last);
        self.long_line = (!is_last).then_some(context);
        self.cursor = self.places.partition_point(|place| (*place as usize) < self.position);
        length > 0
    }

    /// Whether the record that was read begins another table: behind a blank line, of another width, and a header.
    /// `None` where the window ends before that shows.
    fn begins_table(&mut self, is_blank: bool, mut cursor: usize, mut end: usize) -> Option<bool> {
        if is_blank {
            self.after_blank = !self.header_is_next;
            return Some(false);
        }
        let width = self.cells.len();
        if !std::mem::take(&mut self.after_blank) || width == self.width || width < 2 || self.tables == MAX_TABLES {
            return Some(false);
        }
        let cells = |cells: &[Cell], window: &[u8]| cells.iter().map(|cell| cell.raw(window).to_vec()).collect();
        let mut rows: Vec<Vec<Vec<u8>>> = vec![cells(&self.cells, &self.window)];
        let syntax = Syntax { at_end: self.at_end, max_span: SUSPECT_SPAN_BYTES, ..self.syntax };
        let (source, mut following) = ((&self.window[..], &self.places[..]), Vec::new());
        let mut is_cut = false;
        while !is_cut && rows.len() < TABLE_SAMPLE_RECORDS {
            match read_record(source, &mut cursor, end, &syntax, &mut following) {
                Outcome::Record { end: next, .. } if following.len() > 1 => end = next,
                Outcome::More => {
                    is_cut = true;
                    continue;
                }
                _ => break,
            }
            rows.push(cells(&following, &self.window));
        }
        if is_cut && rows.len() == 1 {
            return None;
        }
        let is_table = rows.len() > 1 && rows.iter().all(|row| row.len() == width) && names_columns(&rows);
        Some(is_table)
    }

    /// Makes the cells that were read the header of another table.
    fn begin_table(&mut self, batch: &mut Batch) {
        self.tables += 1;
        self.width = self.cells.len();
        self.paths = (1..=self.width.min(MAX_COLUMNS)).map(positional_path).collect();
        self.header_is_next = true;
        batch.columns.clear();
        self.used.clear();
    }
}

/// What a column holds on to.
pub(super) fn kept_bytes(column: &Column) -> usize {
    let records = if let Records::Mapped(records) = &column.records { records.capacity() * 4 } else { 0 };
    column.bytes.capacity() + column.ends.capacity() * 4 + records
}

/// Whether the first of some records names the columns of the others.
fn names_columns(records: &[Vec<Vec<u8>>]) -> bool {
    let cells: Vec<Vec<&[u8]>> = records.iter().map(|record| record.iter().map(Vec::as_slice).collect()).collect();
    header::names_columns(&cells.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn positional_path(ordinal: usize) -> Arc<str> {
    format!("#{ordinal}").into()
}

impl Decoder for CsvDecoder {
    fn format(&self) -> &'static str {
        "csv"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if let Some(context_before) = self.long_line
            && self.take_piece(batch, context_before)
        {
            batch.record_count = 1;
            batch.first_record = self.next_record;
            self.next_record += 1;
            return Ok(true);
        }
        batch.record_lines.clear();
        self.prepare(&mut batch.columns);
        self.slide(self.limits.batch_bytes);
        let start = self.window_offset + self.position as u64;
        while self.step(batch, start) {}
        truncate(&mut batch.columns, &self.used);
        if self.long_line.is_some() && batch.record_lines.is_empty() {
            return self.next_batch(batch);
        }
        batch.source_bytes = self.window_offset + self.position as u64 - start;
        batch.record_count = batch.record_lines.len() as u32;
        batch.first_record = self.next_record;
        self.next_record += u64::from(batch.record_count);
        if !self.lines.is_empty() {
            batch.columns.push(std::mem::replace(&mut self.lines, Column::new("", ColumnKind::Lines, 0)));
        }
        if batch.record_count > 0 || batch.source_bytes > 0 {
            return Ok(true);
        }
        batch.clear();
        if self.position < self.window.len() {
            return Err(ReadError::new(Reason::InternalError, "csv: no progress"));
        }
        self.refill.end().map(|()| false)
    }

    fn shortfall(&self) -> Option<Reason> {
        self.malformed.then_some(Reason::MalformedRecords)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoders::sniff;
    use crate::model::Content;

    /// Values of each column as `path@ordinal`, joined, and the shortfall.
    fn decode(text: &str, limits: &Limits) -> (Vec<(String, String)>, Option<Reason>) {
        let mut sample = text.as_bytes().to_vec();
        feed_lone_returns(&mut sample, 0);
        let dialect = sniff::delimited(&sample, true, true).unwrap();
        let stream = Peeked::new(Content::from_bytes(text.as_bytes().to_vec().into()).stream);
        let mut decoder = CsvDecoder::open(stream, &dialect, limits);
        let mut batch = Batch::default();
        let mut found: Vec<(String, String)> = Vec::new();
        while decoder.next_batch(&mut batch).unwrap() {
            for column in &batch.columns {
                let name = format!("{}@{}", column.path, column.ordinal);
                for index in 0..column.len() {
                    let value = String::from_utf8_lossy(column.value(index)).into_owned();
                    match found.iter_mut().find(|known| known.0 == name) {
                        Some(known) => known.1 = format!("{}|{value}", known.1),
                        None => found.push((name.clone(), value)),
                    }
                }
            }
        }
        found.sort();
        (found, decoder.shortfall())
    }

    fn column<'a>(found: &'a [(String, String)], name: &str) -> &'a str {
        found.iter().find(|known| known.0 == name).map_or("", |known| &known.1)
    }

    #[test]
    fn quotes_headers_and_ragged_records() {
        let text = "\"id\",name,name,\r\n1,\"a \"\"b\"\", c\",x,\r\n2,\"two\r\nlines\",,y,extra,more\r\n3,z\r\n4,w,,\r\n5,v,,\r\n";
        let (found, shortfall) = decode(text, &Limits::default());
        assert_eq!(column(&found, "id@1"), "1|2|3|4|5");
        assert_eq!(column(&found, "name@2"), "a \"b\", c|two\r\nlines|z|w|v");
        assert_eq!(column(&found, "name@3"), "x");
        assert_eq!(column(&found, "#4@4"), "y");
        assert_eq!(column(&found, "#6@6"), "more");
        assert_eq!(shortfall, None);
    }

    #[test]
    fn lines_before_the_table_and_doubtful_headers_are_scanned() {
        let (found, _) = decode("Export for MRN 12345\n\nid,name,icd10\n1,Ann,E11\n2,Bob,E12\n", &Limits::default());
        assert_eq!(column(&found, "@0"), "Export for MRN 12345");
        assert_eq!(column(&found, "icd10@3"), "E11|E12");
        let (found, _) = decode("name,Room 4711,zip\n1,Ann,12345\n2,Bob,12346\n", &Limits::default());
        assert_eq!(column(&found, "Room 4711@2"), "Room 4711|Ann|Bob");
        let (found, _) = decode("1,Ann\n2,Bob\n", &Limits::default());
        assert_eq!(column(&found, "#2@2"), "Ann|Bob");
    }

    #[test]
    fn escaped_quotes_do_not_end_a_cell() {
        let text = "id,note,x\n1,\"say \\\"hi\\\", then\",a\n2,\"b\",c\n";
        let (found, shortfall) = decode(text, &Limits::default());
        assert_eq!(column(&found, "note@2"), "say \"hi\", then|b");
        assert_eq!(shortfall, None);
    }

    #[test]
    fn well_formed_tables_read_as_the_csv_crate_reads_them() {
        let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["id", "note", "zip", "name"]).unwrap();
        for i in 0..3000_u32 {
            let note = ["", "a,b", "\"", "x\ny", "\"\"q,\"", "plain", "\r\n"][i as usize % 7].repeat(i as usize % 4);
            writer.write_record([&i.to_string(), &note, "00501", &format!("N{i}")]).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let mut notes = Vec::new();
        for record in ::csv::Reader::from_reader(text.as_bytes()).records() {
            notes.extend(record.unwrap().get(1).filter(|note| !note.is_empty()).map(str::to_owned));
        }
        for batch_bytes in [256, 4096, 1 << 20] {
            let (found, shortfall) = decode(&text, &Limits { batch_bytes, ..Limits::default() });
            assert_eq!(column(&found, "note@2"), notes.join("|"));
            assert_eq!(shortfall, None);
        }
    }

    /// Empty cells, quoted and bare ones, long ones, and line ends of both kinds, in any order.
    #[test]
    fn cells_keep_their_records_however_they_are_written() {
        let mut state = 5_u32;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        let long = "long ".repeat(9);
        let cells =
            ["", "x", "7", "a b", &long, "\"\"", "\"q\"", "\"a,b\"", "\"say \"\"so\"\"\"", "\"two\nlines\"", "é"];
        let mut text = String::from("id,one,two,three\n");
        for record in 0..4_000 {
            let kinds = if record % 1_000 < 500 { 5 } else { cells.len() };
            let row = [(); 3].map(|()| cells[random(kinds)]);
            text.push_str(&format!("{record},{}{}", row.join(","), ["\n", "\r\n"][random(2)]));
        }
        let mut expected = [(); 3].map(|()| Vec::new());
        for (record, cells) in ::csv::Reader::from_reader(text.as_bytes()).byte_records().enumerate() {
            for (column, cell) in expected.iter_mut().zip(cells.unwrap().iter().skip(1)) {
                column.extend((!cell.is_empty()).then(|| (record as u64, cell.to_vec())));
            }
        }
        for batch_bytes in [100, 5_000, 1 << 20] {
            let limits = Limits { batch_bytes, ..Limits::default() };
            let dialect = sniff::delimited(text.as_bytes(), true, true).unwrap();
            let stream = Peeked::new(Content::from_bytes(text.clone().into_bytes().into()).stream);
            let (mut decoder, mut batch) = (CsvDecoder::open(stream, &dialect, &limits), Batch::default());
            let mut found = [(); 3].map(|()| Vec::new());
            while decoder.next_batch(&mut batch).unwrap() {
                for (column, list) in batch.columns[1..].iter().zip(&mut found) {
                    for value in 0..column.len() {
                        let record = match &column.records {
                            Records::Mapped(records) => records[value],
                            _ => value as u32,
                        };
                        list.push((batch.first_record + u64::from(record), column.value(value).to_vec()));
                    }
                }
            }
            assert!(found == expected, "batches of {batch_bytes} bytes");
        }
    }

    #[test]
    fn a_line_larger_than_any_record_is_read_as_text() {
        let mut text = String::from("id,name\n1,Ann\n2,Bob\n3,");
        text.push_str(&"long ".repeat(4000));
        text.push_str("\n4,Eve\n");
        let limits = Limits { batch_bytes: 1024, max_element_bytes: 4096, ..Limits::default() };
        let (found, shortfall) = decode(&text, &limits);
        assert_eq!(column(&found, "name@2"), "Ann|Bob|Eve");
        assert!(column(&found, "@0").starts_with("3,long"));
        assert_eq!(shortfall, Some(Reason::MalformedRecords));
    }

    #[test]
    fn a_line_of_delimiters_is_text_in_pieces_and_the_table_goes_on() {
        let mut text = String::from("id,name\n1,Ann\n2,Bob\n");
        text.push_str(&",".repeat(3 << 20));
        text.push_str("4471920\n4,Eve\n");
        let stream = Peeked::new(Content::from_bytes(text.clone().into_bytes().into()).stream);
        let dialect = Dialect { delimiter: b',', width: 2, preamble_lines: 0, has_header: true };
        let mut decoder = CsvDecoder::open(stream, &dialect, &Limits::default());
        let (mut batch, mut line, mut names) = (Batch::default(), Vec::new(), Vec::new());
        while decoder.next_batch(&mut batch).unwrap() {
            for column in batch.columns.iter().filter(|column| column.path.is_empty()) {
                let end = column.bytes.len() - column.context_after_bytes as usize;
                line.extend_from_slice(&column.bytes[column.context_before_bytes as usize..end]);
            }
            for column in batch.columns.iter().filter(|column| &*column.path == "name") {
                names.extend((0..column.len()).map(|at| String::from_utf8_lossy(column.value(at)).into_owned()));
            }
            assert!(decoder.cells.capacity() <= 2 * super::super::csv_record::MAX_CELLS);
        }
        assert_eq!(names, ["Ann", "Bob", "Eve"]);
        assert_eq!(line, text.as_bytes()[20..text.len() - 6]);
        assert_eq!(decoder.shortfall(), Some(Reason::MalformedRecords));
    }

    #[test]
    fn a_run_of_quotes_is_held_in_a_bounded_window() {
        let mut text = b"id,name\n1,Ann\n2,Bob\n3,\"".to_vec();
        text.resize(text.len() + (20 << 20), b'"');
        let dialect = Dialect { delimiter: b',', width: 2, preamble_lines: 0, has_header: true };
        let stream = Peeked::new(Content::from_bytes(text.into()).stream);
        let mut decoder = CsvDecoder::open(stream, &dialect, &Limits::default());
        let mut batch = Batch::default();
        while decoder.next_batch(&mut batch).unwrap() {
            assert!(decoder.window.capacity() <= 2 * MAX_RECORD_BYTES);
        }
        assert_eq!(decoder.shortfall(), Some(Reason::MalformedRecords));
    }

    #[test]
    fn lone_carriage_returns_end_records_too() {
        let (found, _) = decode("ssn,dx\r\n1,E11\r2,E12\r3,E13\r\n4,E14\n", &Limits::default());
        assert_eq!(column(&found, "dx@2"), "E11|E12|E13|E14");
    }

    #[test]
    fn another_table_begins_behind_a_blank_line() {
        let text = "ssn,dx\n219099999,E11\n219099998,E12\n\nmrn,name,dob\n44719,Ann,1980-01-02\n44720,Bob,1981-01-02\n";
        for batch_bytes in [64, 1 << 20] {
            let (found, _) = decode(text, &Limits { batch_bytes, ..Limits::default() });
            assert_eq!(column(&found, "dx@2"), "E11|E12");
            assert_eq!(column(&found, "mrn@1"), "44719|44720", "{batch_bytes} {found:?}");
            assert_eq!(column(&found, "dob@3"), "1980-01-02|1981-01-02");
        }
    }
}
