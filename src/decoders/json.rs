//! JSON, NDJSON and concatenated JSON, decoded in one pass straight into columns, in bounded memory.
//!
//! A record is a line of NDJSON, an element of a top-level array, or a document. A document that is an envelope of a
//! list of objects (a FHIR Bundle of several patients) gives these as records, and what is around them as records of
//! their own. What is too large to be held is read in parts. What is no JSON is delivered as source text in the column
//! without a path, so that damage loses field paths, not content.

mod descent;
mod keys;
mod parser;
mod paths;
pub(super) mod persons;
mod route;
mod skim;
mod tables;
mod text;
mod window;

use super::{Decoder, Limits};
use crate::model::{Batch, ByteStream, Column, ColumnKind, ReadError, Reason, Records};
pub(super) use paths::member_path;

use descent::{Child, Frame, Holds};
use memchr::{memchr_iter, memrchr2};
use parser::Parser;
use paths::{Paths, ROOT};
use route::Route;
use skim::{Layout, Stop, layout, line_end, skip_space};
use tables::{Cells, TableLayout};
use window::Window;

/// Largest container that is parsed at once. Its values take up to five times as much.
const MAX_CONTAINER_BYTES: usize = 8 << 20;
/// Largest batch that waits for the end of a record.
const MAX_OPEN_BYTES: usize = 4 << 20;
/// Longest string that is decoded at once.
const MAX_STRING_BYTES: usize = 32 << 20;

/// What comes next in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A line that holds a document.
    Line,
    /// The rest of a line that is longer than the limit.
    LongLine,
    /// A document.
    Document,
    /// A child of the innermost container that is read child by child.
    Within,
    /// What follows damage, as lines of text.
    Remainder,
    /// Nothing.
    End,
}

/// Decodes one stream of JSON.
struct JsonDecoder {
    window: Window,
    limits: Limits,
    place: Place,
    format: &'static str,
    /// The way to the records, where the first bytes showed it.
    route: Option<Route>,
    /// The table at the end of that way, where there is one, and the fields of its cells.
    table: Option<TableLayout>,
    cells: Cells,
    /// Whether the next row names the columns.
    skips_row: bool,
    /// The containers that are read child by child, innermost last.
    frames: Vec<Frame>,
    /// What comes after the outermost of them.
    outside: Place,
    paths: Paths,
    kinds: Vec<ColumnKind>,
    scratch: Vec<u8>,
    next_record: u64,
    /// 1-based line at the window's start.
    line: u64,
    shortfall: Option<Reason>,
    /// Bytes of long strings in this batch, which take less memory than many values do.
    long_string_bytes: usize,
    /// Whether members of the object being read went into a record that is not ended.
    record_is_open: bool,
    consumed: u64,
    /// How much of that earlier batches stand for.
    reported: u64,
}

/// Opens a stream of JSON of any layout, told apart by the first `batch_bytes` of it.
pub fn open(stream: impl ByteStream + 'static, limits: &Limits) -> Result<Box<dyn Decoder>, ReadError> {
    let mut window = Window::new(Box::new(stream));
    window.fill(limits.batch_bytes);
    if window.bytes().is_empty()
        && let Some(error) = window.error.take()
    {
        return Err(error);
    }
    if window.bytes().starts_with(b"\xEF\xBB\xBF") {
        window.consume(3);
    }
    if !window.is_last() && tables::may_be_columns(window.bytes()) {
        // Its records are complete only when all of it is there.
        window.fill(limits.max_element_bytes.min(MAX_CONTAINER_BYTES).max(limits.batch_bytes));
    }
    let head = window.bytes();
    // What was asked for, not what happened to come: the layout must not depend on the chunks.
    let layout = layout(head, window.is_last());
    let mut decoder = JsonDecoder {
        place: Place::Document,
        format: if layout == Layout::Lines { "ndjson" } else { "json" },
        route: None,
        table: None,
        cells: Cells::default(),
        skips_row: false,
        frames: Vec::new(),
        outside: Place::Document,
        paths: Paths::new(),
        kinds: Vec::new(),
        scratch: Vec::new(),
        next_record: 0,
        line: 1,
        shortfall: None,
        long_string_bytes: 0,
        record_is_open: false,
        consumed: 0,
        reported: 0,
        limits: limits.clone(),
        window,
    };
    decoder.begin(layout);
    Ok(Box::new(decoder))
}

impl Decoder for JsonDecoder {
    fn format(&self) -> &'static str {
        self.format
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        self.prepare(batch);
        while self.place != Place::End && self.consumed - self.reported < self.batch_bound() {
            self.step(batch);
        }
        if self.record_is_open && self.place != Place::End {
            // What follows of the record becomes another one.
            self.fall_short(Reason::MemoryLimit);
        }
        self.close_record(batch);
        for (column, kind) in batch.columns.iter_mut().zip(&self.kinds) {
            column.kind = *kind;
        }
        batch.source_bytes = self.consumed - std::mem::replace(&mut self.reported, self.consumed);
        self.next_record += u64::from(batch.record_count);
        if batch.record_count > 0 {
            return Ok(true);
        }
        match self.window.error.take() {
            Some(error) if self.place == Place::End => Err(error),
            _ => Ok(self.place != Place::End),
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        self.shortfall
    }
}

impl JsonDecoder {
    fn begin(&mut self, layout: Layout) {
        let start = skip_space(self.window.bytes(), 0);
        let bytes = &self.window.bytes()[start.min(self.window.bytes().len())..];
        let is_object = bytes.first() == Some(&b'{');
        if layout == Layout::Lines {
            self.place = Place::Line;
            return self.begin_rows(start);
        }
        if let Some(table) = tables::find(bytes) {
            return self.begin_table(start, table);
        }
        let has_entries = is_object && route::is_keyed_by_id(bytes, None);
        let holds = match layout {
            Layout::Lines | Layout::Documents => return,
            Layout::Array => Holds::Records,
            Layout::Routed(route) => {
                let is_here = route.is_empty();
                self.route = Some(route);
                if is_here { Holds::Entries } else { Holds::Parts }
            }
            Layout::LargeObject if has_entries => Holds::Entries,
            Layout::LargeObject => Holds::Parts,
        };
        self.enter(start, Frame { is_object, node: ROOT, holds, is_on_route: true });
    }

    /// Begins a document that is a table, or that one dominates.
    fn begin_table(&mut self, start: usize, table: tables::Table) {
        let is_object = self.window.bytes()[start] == b'{';
        let is_here = table.route.is_empty();
        let holds = match &table.layout {
            TableLayout::Rows(rows) if is_here => {
                (self.cells, self.skips_row) = (rows.cells(&mut self.paths, ROOT), rows.skips_first);
                Holds::Rows
            }
            _ => Holds::Parts,
        };
        let is_columns = is_here && table.layout == TableLayout::Columns;
        (self.route, self.table) = (Some(table.route), Some(table.layout));
        if !is_columns {
            self.enter(start, Frame { is_object, node: ROOT, holds, is_on_route: true });
        }
    }

    /// Begins lines that may be rows of a table.
    fn begin_rows(&mut self, start: usize) {
        let Some(rows) = tables::find_in_lines(&self.window.bytes()[start..]) else { return };
        self.cells = rows.cells(&mut self.paths, ROOT);
        if rows.skips_first {
            let line = line_end(self.window.bytes(), start).unwrap_or(start);
            self.advance(line + 1);
        }
        self.table = Some(TableLayout::Rows(rows));
    }

    /// Empties the batch and gives it the columns known so far.
    fn prepare(&mut self, batch: &mut Batch) {
        batch.clear();
        batch.first_record = self.next_record;
        self.long_string_bytes = 0;
        let same = |(column, path): (&Column, &std::sync::Arc<str>)| std::sync::Arc::ptr_eq(&column.path, path);
        let known = self.kinds.len();
        if batch.columns.len() > known || !batch.columns.iter().zip(&self.paths.columns).all(same) {
            batch.columns.clear();
        }
        for number in batch.columns.len()..known {
            let mut column = Column::new(std::sync::Arc::clone(&self.paths.columns[number]), self.kinds[number], 0);
            column.records = Records::Mapped(Vec::new());
            batch.columns.push(column);
        }
    }

    /// How many bytes a batch takes: a record that is read in parts stays whole where memory allows.
    fn batch_bound(&self) -> u64 {
        let open = MAX_OPEN_BYTES + self.long_string_bytes.min(MAX_STRING_BYTES);
        let bound = if self.record_is_open { open.min(self.limits.max_element_bytes) } else { 0 };
        bound.max(self.limits.batch_bytes) as u64
    }

    fn step(&mut self, batch: &mut Batch) {
        match self.place {
            Place::Line => self.lines(batch),
            Place::LongLine => self.long_line(batch),
            Place::Document => self.document(batch),
            Place::Within => self.within(batch),
            Place::Remainder => self.remainder(batch),
            Place::End => {}
        }
    }

    /// Steps over bytes that were dealt with, and counts their lines.
    fn advance(&mut self, length: usize) {
        let bytes = self.window.bytes();
        self.line += memchr_iter(b'\n', &bytes[..length.min(bytes.len())]).count() as u64;
        self.window.consume(length);
        self.consumed += length as u64;
    }

    /// Reads more; false where there is no more, or where one container may not take more memory.
    fn grow(&mut self) -> bool {
        self.grow_to(self.limits.max_element_bytes.min(MAX_CONTAINER_BYTES))
    }

    /// Reads more of a value that begins with `opening`: a string may be longer, because it cannot be parted.
    fn grow_for(&mut self, opening: u8) -> bool {
        let bound = if opening == b'"' { MAX_STRING_BYTES } else { MAX_CONTAINER_BYTES };
        self.grow_to(self.limits.max_element_bytes.min(bound))
    }

    fn grow_to(&mut self, bound: usize) -> bool {
        let length = self.window.bytes().len();
        if self.window.is_last() || length >= bound {
            return false;
        }
        self.window.fill((length * 2).max(self.limits.batch_bytes).min(bound));
        true
    }

    fn fall_short(&mut self, reason: Reason) {
        self.shortfall.get_or_insert(reason);
    }

    /// Starts a record on the line of the byte at `offset` in the window.
    fn open_record(&mut self, batch: &mut Batch, offset: usize) {
        let lines = memchr_iter(b'\n', &self.window.bytes()[..offset]).count() as u64;
        batch.record_lines.push(self.line + lines);
    }

    fn close_record(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut self.record_is_open) {
            batch.record_count += 1;
        }
    }

    /// Decodes the lines that are in memory, at most the rest of this batch.
    fn lines(&mut self, batch: &mut Batch) {
        let Some(mut end) = line_end(self.window.bytes(), 0) else {
            return self.last_or_long_line(batch);
        };
        let limit = self.limits.batch_bytes.saturating_sub(batch.source_bytes as usize);
        let cells = self.table.as_ref().map(|_| &self.cells);
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let (mut start, mut is_damaged) = (0, false);
        loop {
            let done = decode_line(&mut parser, &bytes[start..end], self.line, cells);
            is_damaged |= done.is_err();
            start = end + 1;
            self.line += 1;
            match line_end(bytes, start) {
                Some(next) if start < limit => end = next,
                _ => break,
            }
        }
        let too_deep = parser.too_deep;
        self.window.consume(start);
        self.consumed += start as u64;
        batch.source_bytes += start as u64;
        if is_damaged {
            self.fall_short(Reason::MalformedRecords);
        }
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
    }

    fn last_or_long_line(&mut self, batch: &mut Batch) {
        if self.grow() {
            return;
        }
        if !self.window.is_last() {
            return self.enter_long_line();
        }
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let cells = self.table.as_ref().map(|_| &self.cells);
        let result = decode_line(&mut parser, bytes, self.line, cells);
        let too_deep = parser.too_deep;
        let length = bytes.len();
        match result {
            Ok(()) => {}
            Err(Stop::Incomplete) => self.fall_short(Reason::Truncated),
            Err(Stop::Malformed(_)) => self.fall_short(Reason::MalformedRecords),
        }
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        self.advance(length);
        self.place = Place::End;
    }

    /// Reads a line that is too long to be held child by child, or as text where it is no container.
    fn enter_long_line(&mut self) {
        let start = skip_space(self.window.bytes(), 0);
        let opening = self.window.bytes().get(start).copied();
        self.place = Place::LongLine;
        if let Some(b'{' | b'[') = opening {
            self.outside = Place::Line;
            return self.enter_document(start);
        }
        self.fall_short(Reason::MemoryLimit);
    }

    /// Goes into the document at `start` of the window, which is too large to be held.
    fn enter_document(&mut self, start: usize) {
        let is_object = self.window.bytes()[start] == b'{';
        let node = if is_object { ROOT } else { self.paths.element(ROOT) };
        self.enter(start, Frame { is_object, node, holds: Holds::Parts, is_on_route: false });
    }

    /// Delivers the next piece of a line that is too long to be parsed.
    fn long_line(&mut self, batch: &mut Batch) {
        self.close_record(batch);
        if self.text_piece(batch) {
            self.place = Place::Line;
            if self.window.bytes().is_empty() && self.window.is_last() {
                self.place = Place::End;
            }
        }
    }

    /// Delivers the next line as text, or a piece of it; true where the line ended.
    fn text_piece(&mut self, batch: &mut Batch) -> bool {
        let limit = self.limits.batch_bytes;
        self.window.fill(limit);
        let bytes = self.window.bytes();
        let bytes = &bytes[..bytes.len().min(limit)];
        let (length, ended) = match line_end(bytes, 0) {
            Some(end) => (end + 1, true),
            None if bytes.len() < limit => (bytes.len(), true),
            // A piece ends between two words where it can.
            None => {
                let tail = limit.saturating_sub(4096);
                (memrchr2(b' ', b',', &bytes[tail..]).map_or(limit, |offset| tail + offset + 1), false)
            }
        };
        let piece = bytes[..length].trim_ascii();
        if !piece.is_empty() {
            parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits).raw_text(piece);
            batch.record_lines.push(self.line);
            batch.record_count += 1;
        }
        self.advance(length);
        ended
    }

    fn remainder(&mut self, batch: &mut Batch) {
        self.close_record(batch);
        self.text_piece(batch);
        if self.window.bytes().is_empty() && self.window.is_last() {
            self.place = Place::End;
        }
    }

    fn document(&mut self, batch: &mut Batch) {
        let start = skip_space(self.window.bytes(), 0);
        if start == self.window.bytes().len() {
            self.advance(start);
            if !self.grow() {
                self.place = Place::End;
            }
            return;
        }
        let child = Child { start, key_end: None, value: start };
        if self.table == Some(TableLayout::Columns) {
            self.table = None;
            return self.columns(batch, child, ROOT);
        }
        self.record_value(batch, child);
    }

    /// Decodes a child of the innermost container, or a document, as one record.
    fn record_value(&mut self, batch: &mut Batch, child: Child) {
        let (start, frame) = (child.value, self.frames.last().copied());
        let mut node = ROOT;
        if let Some(frame) = frame {
            let emits_key;
            (node, emits_key) = self.child_node(frame, child);
            if emits_key {
                self.emit_key(batch, frame, child);
            }
        }
        let nesting = self.frames.len().saturating_sub(1);
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let opening = bytes[start];
        let result = match frame.map(|frame| frame.holds) {
            Some(Holds::Rows) => parser.row(bytes, start, (node, &self.cells), nesting),
            _ => parser.value(bytes, start, node, nesting),
        };
        let result = match result {
            // A number or word at the end of what is in memory may go on.
            Ok(end)
                if end == bytes.len() && !self.window.is_last() && !matches!(bytes[end - 1], b'}' | b']' | b'"') =>
            {
                Err(Stop::Incomplete)
            }
            other => other,
        };
        let (reached, too_deep) = (parser.reached, parser.too_deep);
        if result == Err(Stop::Incomplete) && !self.window.is_last() {
            parser.roll_back();
            if self.grow_for(opening) {
                return;
            }
            if matches!(opening, b'{' | b'[') && self.may_enter() {
                return self.enter_large(batch, child);
            }
            return self.give_up(Stop::Incomplete, child.start);
        }
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        self.open_record(batch, child.start);
        batch.record_count += 1;
        match result {
            Ok(end) => self.advance(end),
            Err(stop) => self.give_up(stop, reached),
        }
    }

    /// Goes into a record that is too large to be held.
    fn enter_large(&mut self, batch: &mut Batch, child: Child) {
        match self.frames.last().copied() {
            Some(frame) => self.enter_child(batch, frame, child, Holds::Parts),
            None => {
                self.outside = Place::Document;
                self.enter_document(child.value);
            }
        }
    }

    /// Goes on as text from the last value that was not decoded.
    fn give_up(&mut self, stop: Stop, reached: usize) {
        let reason = match stop {
            Stop::Malformed(_) => Reason::Corrupt,
            Stop::Incomplete if self.window.is_last() => Reason::Truncated,
            Stop::Incomplete => Reason::MemoryLimit,
        };
        self.fall_short(reason);
        self.advance(reached);
        let was_line = !self.frames.is_empty() && self.outside == Place::Line;
        self.frames.clear();
        self.place = if was_line { Place::LongLine } else { Place::Remainder };
    }

    /// Reads on where only white space is left, and ends where there is no more.
    fn more_or_cut(&mut self, start: usize) {
        self.advance(start);
        if !self.grow() {
            self.fall_short(Reason::Truncated);
            self.place = Place::End;
        }
    }
}

fn parser<'a>(
    paths: &'a mut Paths,
    kinds: &'a mut Vec<ColumnKind>,
    scratch: &'a mut Vec<u8>,
    batch: &'a mut Batch,
    limits: &Limits,
) -> Parser<'a> {
    let record = batch.record_count;
    Parser { paths, kinds, scratch, batch, record, max_depth: limits.max_depth, too_deep: false, reached: 0 }
}

/// Decodes the documents of one line, each a record, or a row with these cells; what is no document is delivered as text.
fn decode_line(parser: &mut Parser<'_>, line: &[u8], number: u64, cells: Option<&Cells>) -> Result<(), Stop> {
    let mut start = skip_space(line, 0);
    while start < line.len() {
        parser.record = parser.batch.record_count;
        parser.batch.record_lines.push(number);
        parser.batch.record_count += 1;
        let result = match cells {
            None => parser.value(line, start, ROOT, 0),
            Some(cells) => parser.row(line, start, (ROOT, cells), 0),
        };
        match result {
            Ok(end) => start = skip_space(line, end),
            Err(stop) => {
                parser.roll_back();
                parser.raw_text(line[start..].trim_ascii_end());
                return Err(stop);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
