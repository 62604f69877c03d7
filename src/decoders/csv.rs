//! Delimited tables: one column per field, paths from the header or `#1`, `#2`, ... where there is none.
//!
//! Nothing is dropped. Lines before the table and lines that cannot be read as records are values of a column of lines;
//! fields beyond the header's are columns `#n`; a header with digits in it is scanned as a record too, for it may be
//! none. Names that occur twice are told apart by the column's ordinal alone. Empty cells are no values. A quote that is
//! never closed, or closes lines later in the middle of other records, costs one line: it is read without quotes.

use super::csv_record::{Cell, Outcome, Syntax, index, read_record, uses_backslash};
use super::refill::Refill;
use super::sniff::Dialect;
use super::text::TextDecoder;
use super::{Decoder, Limits, Peeked};
use crate::model::{Batch, Column, ColumnKind, ReadError, Reason, Records};
use memchr::{memchr, memchr_iter};
use std::sync::Arc;

/// Fields beyond this many share the last column: a line of delimiters must not make a million columns.
const MAX_COLUMNS: usize = 4096;
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
    /// Reads what is left as text: after a line that is larger than any record may be.
    rest: Option<TextDecoder>,
    spare_records: Vec<Vec<u32>>,
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
            refill: Refill::new(Box::new(stream), lone_cr),
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
            rest: None,
            spare_records: Vec::new(),
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
        self.at_end = self.refill.fill(&mut self.window, size);
        index(&self.window, 0, self.syntax.delimiter, &mut self.places);
        self.cursor = 0;
    }

    /// Makes the columns of the batch those of the table, empty, and with one record per value until shown otherwise.
    fn prepare(&mut self, columns: &mut Vec<Column>) {
        columns.truncate(self.paths.len());
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
    }

    /// Takes the cells that were read as the next record.
    fn commit(&mut self, batch: &mut Batch) {
        let record = batch.record_lines.len() as u32;
        for (at, cell) in self.cells.iter().enumerate() {
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
            }
            let column = &mut batch.columns[at];
            match &mut column.records {
                Records::Mapped(records) => records.push(record),
                _ if column.ends.len() == record as usize => {}
                other => {
                    let mut records = self.spare_records.pop().unwrap_or_default();
                    records.extend(0..column.ends.len() as u32);
                    records.push(record);
                    *other = Records::Mapped(records);
                }
            }
            cell.push_to(&self.window, column, self.syntax.backslash);
        }
        batch.record_lines.push(self.next_line);
    }

    /// Takes the line at the position as text; `end` is behind its line feed.
    fn commit_line(&mut self, batch: &mut Batch, end: usize) {
        let line = self.window[self.position..end].trim_ascii_end();
        if !line.is_empty() {
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

    /// Takes the header: names for the columns, and a record as well if there is a digit in it.
    fn take_header(&mut self, batch: &mut Batch) {
        self.header_is_next = false;
        let mut name = Vec::new();
        for (at, cell) in self.cells.iter().take(MAX_COLUMNS).enumerate() {
            name.clear();
            cell.append_to(&self.window, &mut name, self.syntax.backslash);
            let text = String::from_utf8_lossy(name.trim_ascii());
            let path = if text.is_empty() { positional_path(at + 1) } else { Arc::from(&*text) };
            match self.paths.get_mut(at) {
                Some(known) => *known = path,
                None => self.paths.push(path),
            }
        }
        self.prepare(&mut batch.columns);
        if self.cells.iter().any(|cell| cell.raw(&self.window).iter().any(u8::is_ascii_digit)) {
            self.commit(batch);
        }
    }

    /// Takes what stands at the position. `false` where the batch is full or nothing is left.
    fn step(&mut self, batch: &mut Batch, batch_start: u64) -> bool {
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
            if !fits(end, self) {
                return false;
            }
            self.preamble_lines -= 1;
            self.commit_line(batch, end);
            return true;
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
                if self.header_is_next && !is_blank {
                    self.take_header(batch);
                } else if !is_blank {
                    self.commit(batch);
                }
                self.next_line += lines as u64;
                self.position = end;
                self.cursor = cursor;
                true
            }
            Outcome::Unclosed => {
                let Some(end) = self.line_end() else { return taken == 0 && self.widen(batch) };
                if !fits(end, self) {
                    return false;
                }
                if self.at_end && self.window_offset + self.position as u64 >= self.suspect_until {
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
        let largest = self.limits.max_element_bytes.max(self.limits.batch_bytes);
        if held < largest {
            self.slide(held.saturating_mul(2).min(largest));
            return true;
        }
        self.unclosed_until = self.window_offset + self.window.len() as u64;
        if !self.take_malformed(batch) {
            self.malformed = true;
            let rest = self.window.split_off(self.position);
            let refill = std::mem::replace(&mut self.refill, Refill::new(Box::new(super::NoBytes), false));
            let text = TextDecoder::go_on((rest, refill), &self.limits, (self.next_record, self.next_line));
            self.rest = Some(text);
            self.at_end = true;
            return false;
        }
        true
    }
}

fn positional_path(ordinal: usize) -> Arc<str> {
    format!("#{ordinal}").into()
}

impl Decoder for CsvDecoder {
    fn format(&self) -> &'static str {
        "csv"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        if let Some(rest) = &mut self.rest {
            return rest.next_batch(batch);
        }
        batch.clear();
        self.prepare(&mut batch.columns);
        self.slide(self.limits.batch_bytes);
        let start = self.window_offset + self.position as u64;
        while self.step(batch, start) {}
        if self.rest.is_some() && batch.record_lines.is_empty() {
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
        let dialect = sniff::delimited(text.as_bytes(), true, true).unwrap();
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
    fn lines_before_the_table_and_headers_with_digits_are_scanned() {
        let (found, _) = decode("Export for MRN 12345\n\nid,name,icd10\n1,Ann,E11\n2,Bob,E12\n", &Limits::default());
        assert_eq!(column(&found, "@0"), "Export for MRN 12345");
        assert_eq!(column(&found, "icd10@3"), "icd10|E11|E12");
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

    #[test]
    fn a_line_larger_than_any_record_is_read_as_text() {
        let mut text = String::from("id,name\n1,Ann\n2,Bob\n3,");
        text.push_str(&"long ".repeat(4000));
        text.push_str("\n4,Eve\n");
        let limits = Limits { batch_bytes: 1024, max_element_bytes: 4096, ..Limits::default() };
        let (found, shortfall) = decode(&text, &limits);
        assert_eq!(column(&found, "name@2"), "Ann|Bob");
        assert!(column(&found, "@0").ends_with("4,Eve"));
        assert_eq!(shortfall, Some(Reason::MalformedRecords));
    }
}
