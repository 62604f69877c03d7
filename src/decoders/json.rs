//! JSON, NDJSON and concatenated JSON, decoded in one pass straight into columns, in bounded memory.
//!
//! A record is a line of NDJSON, an element of a top-level array, or a document. An object that is an envelope of one
//! array of objects (a FHIR Bundle) gives its elements as records, and its other members as a record of their own. What
//! is no JSON is delivered as source text in the column without a path, so that damage loses field paths, not content.

mod keys;
mod parser;
mod paths;
mod skim;
mod text;
mod window;

use super::{Decoder, Limits};
use crate::model::{Batch, ByteStream, Column, ColumnKind, ReadError, Reason, Records};
pub(super) use paths::member_path;

use memchr::{memchr_iter, memrchr2};
use parser::Parser;
use paths::{Paths, ROOT};
use skim::{Layout, Stop, layout, line_end, skip_space, string_end, value_end};
use window::Window;

/// What comes next in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A line that holds a document.
    Line,
    /// The rest of a line that is longer than the limit.
    LongLine,
    /// A document.
    Document,
    /// An element of an array whose elements are records; `within_object`: the array is a member of an object.
    Element { within_object: bool },
    /// A member of an object that is read member by member.
    Member,
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
    /// Raw name of the member whose elements are records, where the first bytes showed it.
    wrapper: Option<Vec<u8>>,
    /// The node of the elements.
    element: u32,
    paths: Paths,
    kinds: Vec<ColumnKind>,
    scratch: Vec<u8>,
    next_record: u64,
    /// 1-based line at the window's start.
    line: u64,
    shortfall: Option<Reason>,
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
    let head = window.bytes();
    // What was asked for, not what happened to come: the layout must not depend on the chunks.
    let layout = layout(head, window.is_last());
    let mut decoder = JsonDecoder {
        place: Place::Document,
        format: if layout == Layout::Lines { "ndjson" } else { "json" },
        wrapper: None,
        element: ROOT,
        paths: Paths::new(),
        kinds: Vec::new(),
        scratch: Vec::new(),
        next_record: 0,
        line: 1,
        shortfall: None,
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
        while self.place != Place::End && self.consumed - self.reported < self.limits.batch_bytes as u64 {
            self.step(batch);
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
        self.place = match layout {
            Layout::Lines => Place::Line,
            Layout::Documents => Place::Document,
            Layout::Array => {
                self.advance(start + 1);
                Place::Element { within_object: false }
            }
            Layout::Wrapper(name) => {
                self.wrapper = Some(name);
                self.advance(start + 1);
                Place::Member
            }
            Layout::LargeObject => {
                self.advance(start + 1);
                Place::Member
            }
        };
    }

    /// Empties the batch and gives it the columns known so far.
    fn prepare(&mut self, batch: &mut Batch) {
        batch.clear();
        batch.first_record = self.next_record;
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

    fn step(&mut self, batch: &mut Batch) {
        match self.place {
            Place::Line => self.lines(batch),
            Place::LongLine => self.long_line(batch),
            Place::Document => self.document(batch),
            Place::Element { within_object } => self.element(batch, within_object),
            Place::Member => self.member(batch),
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

    /// Reads more; false where there is no more, or where one element may not take more memory.
    fn grow(&mut self) -> bool {
        let length = self.window.bytes().len();
        if self.window.is_last() || length >= self.limits.max_element_bytes {
            return false;
        }
        self.window.fill((length * 2).max(self.limits.batch_bytes).min(self.limits.max_element_bytes));
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
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let (mut start, mut is_damaged) = (0, false);
        loop {
            let done = decode_line(&mut parser, &bytes[start..end], self.line);
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
            self.fall_short(Reason::MemoryLimit);
            self.place = Place::LongLine;
            return;
        }
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let result = decode_line(&mut parser, bytes, self.line);
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

    /// Delivers the next piece of a line that is too long to be parsed.
    fn long_line(&mut self, batch: &mut Batch) {
        if self.text_piece(batch) {
            self.place = Place::Line;
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
        self.record_value(batch, start, ROOT);
    }

    fn element(&mut self, batch: &mut Batch, within_object: bool) {
        let bytes = self.window.bytes();
        let mut start = skip_space(bytes, 0);
        if bytes.get(start) == Some(&b',') {
            start = skip_space(bytes, start + 1);
        }
        match bytes.get(start).copied() {
            None => self.more_or_cut(start),
            Some(b']') => {
                self.advance(start + 1);
                self.place = if within_object { Place::Member } else { Place::Document };
            }
            Some(_) => self.record_value(batch, start, self.element),
        }
    }

    /// Decodes the value at `start` of the window as one record.
    fn record_value(&mut self, batch: &mut Batch, start: usize, node: u32) {
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let bytes = self.window.bytes();
        let result = match parser.value(bytes, start, node, 0) {
            // A number or word at the end of what is in memory may go on.
            Ok(end)
                if end == bytes.len() && !self.window.is_last() && !matches!(bytes[end - 1], b'}' | b']' | b'"') =>
            {
                Err(Stop::Incomplete)
            }
            other => other,
        };
        let (reached, too_deep) = (parser.reached, parser.too_deep);
        if result == Err(Stop::Incomplete) && !self.window.is_last() && bytes.len() < self.limits.max_element_bytes {
            parser.roll_back();
            self.grow();
            return;
        }
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        self.open_record(batch, start);
        batch.record_count += 1;
        match result {
            Ok(end) => self.advance(end),
            Err(stop) => self.give_up(stop, reached),
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
        self.place = Place::Remainder;
    }

    /// Decodes the next member of an object that is read member by member.
    fn member(&mut self, batch: &mut Batch) {
        let bytes = self.window.bytes();
        let mut start = skip_space(bytes, 0);
        if bytes.get(start) == Some(&b',') {
            start = skip_space(bytes, start + 1);
        }
        match bytes.get(start).copied() {
            None => return self.more_or_cut(start),
            Some(b'}') => {
                self.advance(start + 1);
                self.close_record(batch);
                self.place = Place::Document;
                return;
            }
            Some(b'"') => {}
            Some(_) => return self.give_up(Stop::Malformed(start), start),
        }
        match member_value(bytes, start) {
            Ok((key_end, value)) => self.member_at(batch, start, key_end, value),
            Err(stop) => {
                if stop != Stop::Incomplete || !self.grow() {
                    self.give_up(stop, start);
                }
            }
        }
    }

    /// Reads on where only white space is left, and ends where there is no more.
    fn more_or_cut(&mut self, start: usize) {
        self.advance(start);
        if !self.grow() {
            self.fall_short(Reason::Truncated);
            self.place = Place::End;
        }
    }

    fn member_at(&mut self, batch: &mut Batch, start: usize, key_end: usize, value: usize) {
        let bytes = self.window.bytes();
        let quoted = &bytes[start + 1..=key_end];
        let opens_objects = bytes[value] == b'[' && matches!(bytes.get(skip_space(bytes, value + 1)), Some(b'{'));
        let end = value_end(bytes, value);
        let size = end.map_or(bytes.len(), |end| end) - value;
        let holds_records = match &self.wrapper {
            Some(name) => quoted[..quoted.len() - 1] == name[..],
            None => opens_objects && size > self.limits.batch_bytes,
        };
        if holds_records && opens_objects {
            let (_, step) = self.paths.step(ROOT, 0, quoted, bytes[value]);
            self.element = self.paths.element(step.node);
            self.close_record(batch);
            self.advance(value + 1);
            self.place = Place::Element { within_object: true };
            return;
        }
        // A number that ends where the bytes end may go on: a member is always followed by something.
        if end.is_err() || (end == Ok(bytes.len()) && !self.window.is_last()) {
            if !self.grow() {
                self.give_up(Stop::Incomplete, start);
            }
            return;
        }
        let (_, step) = self.paths.step(ROOT, 0, quoted, bytes[value]);
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        if step.emits_key {
            parser.key_as_value(&quoted[..quoted.len() - 1], ROOT);
        }
        let result = parser.value(bytes, value, step.node, 1);
        let (reached, too_deep) = (parser.reached, parser.too_deep);
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        if !std::mem::replace(&mut self.record_is_open, true) {
            self.open_record(batch, start);
        }
        match result {
            Ok(end) => self.advance(end),
            Err(stop) => self.give_up(stop, reached),
        }
    }
}

/// Where the key that opens at `start` ends, and where its value begins.
fn member_value(bytes: &[u8], start: usize) -> Result<(usize, usize), Stop> {
    let key_end = string_end(bytes, start + 1).ok_or(Stop::Incomplete)?;
    let colon = skip_space(bytes, key_end + 1);
    match bytes.get(colon) {
        None => return Err(Stop::Incomplete),
        Some(b':') => {}
        Some(_) => return Err(Stop::Malformed(colon)),
    }
    let value = skip_space(bytes, colon + 1);
    // An array is told from an array of objects by its first element.
    let known = match bytes.get(value) {
        Some(b'[') => skip_space(bytes, value + 1),
        _ => value,
    };
    if known < bytes.len() { Ok((key_end, value)) } else { Err(Stop::Incomplete) }
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

/// Decodes the documents of one line, each a record; what is no document is delivered as text.
fn decode_line(parser: &mut Parser<'_>, line: &[u8], number: u64) -> Result<(), Stop> {
    let mut start = skip_space(line, 0);
    while start < line.len() {
        parser.record = parser.batch.record_count;
        parser.batch.record_lines.push(number);
        parser.batch.record_count += 1;
        match parser.value(line, start, ROOT, 0) {
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
