//! Dumps of SQL: rows of `INSERT` and `COPY` as records with named columns, everything else as text.
//!
//! Fields are `table.column`; names come from the statement's list, else from the last CREATE TABLE of that name. Rows of a table
//! that stand in one window are one batch, whatever stands between them: statements of two tables may alternate. Other statements and
//! comments are values of a column of lines, a record each. A row that cannot be read costs its line, which is text; one that is larger
//! than any record may be is text in pieces.

mod batches;
mod recognise;
mod statement;
mod tables;
mod value;
mod window;

use super::refill::Refill;
use super::text::CONTEXT_BYTES;
use super::{Decoder, Limits, Peeked};
use crate::model::{Batch, Column, ColumnKind, ReadError, Reason};
use batches::Batches;
use memchr::{memchr, memchr_iter};
use std::ops::Range;
use tables::Tables;
use value::{RowEnd, Source, Stop, Value};
use window::Window;

pub use recognise::is_dump;

/// Beginnings of statements that are remembered.
const MAX_HEADS: usize = 16;
/// Largest row whatever the limits say.
const MAX_RECORD_BYTES: usize = 8 << 20;
/// How far a row may reach where a text before it was closed in the wrong place.
const SUSPECT_SPAN_BYTES: usize = 16 << 10;
/// Where the position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between statements, or inside one without rows.
    Statement,
    /// Among the rows of one. `wants`: a comma says that another one follows.
    Tuples { wants: bool },
    /// Among the lines of COPY.
    Copied,
}

/// A row or line that is too large to be held.
enum Long {
    ToLineEnd,
    ToRowEnd(RowEnd),
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Taken,
    /// The batch is full.
    Full,
    /// What stands at the position does not end in the window.
    Cut,
    /// Nothing is left.
    End,
}

/// Rows of a dump, from UTF-8.
pub struct SqlDecoder {
    window: Window,
    place: Place,
    tables: Tables,
    /// Where the rows belong that are read.
    target: usize,
    /// The beginnings of the last statements with rows, as they stand, and where their rows belong: the next one mostly has one of them.
    heads: Vec<(Vec<u8>, usize)>,
    /// Which of them is the oldest.
    oldest_head: usize,
    /// Rows stood in the last statement, and it may go on.
    continues: bool,
    values: Vec<Value>,
    comments: Vec<Range<usize>>,
    batches: Batches,
    /// Which table the last batch belongs to.
    number: u32,
    limits: Limits,
    next_record: u64,
    /// What is being delivered in pieces, and how much of it belongs to the piece before.
    long: Option<(Long, usize)>,
    suspect_until: u64,
    shortfall: Option<Reason>,
}

impl SqlDecoder {
    /// Decodes UTF-8 without a byte order mark.
    pub fn open(mut stream: Peeked, limits: &Limits) -> Self {
        let sample = stream.head(super::encoding::SAMPLE_BYTES);
        let lone_cr = memchr(b'\n', sample).is_none() && memchr(b'\r', sample).is_some();
        let backslash = recognise::uses_backslash(sample);
        Self {
            window: Window::new(Refill::new(Box::new(stream), lone_cr.then_some(b'\r')), backslash),
            place: Place::Statement,
            tables: Tables::default(),
            target: 0,
            heads: Vec::new(),
            oldest_head: 0,
            continues: false,
            values: Vec::new(),
            comments: Vec::new(),
            batches: Batches::default(),
            number: 0,
            limits: Limits { batch_bytes: limits.batch_bytes.max(64), ..limits.clone() },
            next_record: 0,
            long: None,
            suspect_until: 0,
            shortfall: None,
        }
    }

    fn falls_short(&mut self, reason: Reason) {
        self.shortfall = Some(self.shortfall.map_or(reason, |known| known.min(reason)));
    }

    /// Looks further, up to the largest row. `false` where that is not allowed.
    fn widen(&mut self) -> bool {
        let held = self.window.bytes.len() - self.window.position;
        let largest = self.limits.max_element_bytes.min(MAX_RECORD_BYTES).max(self.limits.batch_bytes);
        if held >= largest || self.window.at_end {
            return false;
        }
        self.window.slide(held.saturating_mul(2).clamp(self.limits.batch_bytes, largest));
        true
    }

    /// Takes the values that were read as the next record of their table.
    fn commit_row(&mut self) {
        let source = self.window.source();
        self.batches.row((&mut self.tables, self.target), &source, &self.values, self.window.line);
    }

    /// Takes lines of text, or part of one.
    fn commit_text(&mut self, range: Range<usize>) {
        self.batches.text(&self.window.bytes[range], self.window.line);
    }

    /// Takes comments that were met inside of something.
    fn commit_comments(&mut self) {
        let comments = std::mem::take(&mut self.comments);
        for comment in &comments {
            self.commit_text(comment.clone());
        }
        self.comments = comments;
        self.comments.clear();
    }

    /// Takes what stands at the position. `start` is where the window began.
    fn step(&mut self, start: u64) -> Step {
        let rest = self.window.rest();
        let is_row = matches!(self.place, Place::Tuples { .. });
        if self.place != Place::Copied {
            let between = if is_row { b',' } else { b';' };
            let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == between;
            let blanks = rest.iter().position(|byte| !is_between(byte)).unwrap_or(rest.len());
            if blanks > 0 {
                if is_row && memchr(b',', &rest[..blanks]).is_some() {
                    self.place = Place::Tuples { wants: true };
                }
                self.window.advance(self.window.position + blanks);
                return Step::Taken;
            }
        }
        if rest.is_empty() {
            if !self.window.at_end {
                return Step::Cut;
            }
            if matches!(self.place, Place::Copied | Place::Tuples { wants: true }) {
                self.falls_short(Reason::Truncated);
                self.place = Place::Statement;
            }
            return Step::End;
        }
        // Where the batch is full; at its beginning nothing is too large for it.
        let most = if self.window.offset() == start {
            self.window.bytes.len()
        } else {
            ((start + self.limits.batch_bytes as u64).saturating_sub(self.window.start)) as usize
        };
        match self.place {
            Place::Statement => self.statement(most),
            Place::Tuples { .. } => self.tuple(most),
            Place::Copied => self.copied(most),
        }
    }

    fn statement(&mut self, most: usize) -> Step {
        if let Some((length, target)) = self.known_head() {
            self.target = target;
            return self.begin_rows(self.window.position + length, most, Place::Tuples { wants: true });
        }
        if self.continues && self.window.bytes[self.window.position] == b'(' && self.is_row_at(self.window.position) {
            self.place = Place::Tuples { wants: false };
            return Step::Taken;
        }
        // What stands behind a comment may be a statement with rows.
        if let Ok(Some(end)) = value::comment_end(&self.window.source(), self.window.position)
            && self.window.bytes[self.window.position] == b'/'
            && end <= most
            && memchr(b'\n', &self.window.bytes[self.window.position..end]).is_none()
        {
            self.commit_text(self.window.position..end);
            self.window.advance(end);
            return Step::Taken;
        }
        let mut comments = std::mem::take(&mut self.comments);
        let head = statement::read_head(&self.window.source(), self.window.position, self.continues, &mut comments);
        self.comments = comments;
        match head {
            Ok(head) => {
                if head.end > most {
                    self.comments.clear();
                    return Step::Full;
                }
                let is_copied = head.rows == statement::Rows::Copied;
                let is_bare = self.comments.is_empty();
                self.commit_comments();
                self.target = self.tables.target(&head, &self.window.bytes);
                if is_bare && !is_copied {
                    let head = (self.window.bytes[self.window.position..head.end].to_vec(), self.target);
                    if self.heads.len() < MAX_HEADS {
                        self.heads.push(head);
                    } else {
                        self.heads[self.oldest_head] = head;
                        self.oldest_head = (self.oldest_head + 1) % MAX_HEADS;
                    }
                }
                self.begin_rows(head.end, most, if is_copied { Place::Copied } else { Place::Tuples { wants: true } })
            }
            Err(stop) => {
                self.comments.clear();
                if stop == Stop::More {
                    return Step::Cut;
                }
                match statement::read_created(&self.window.source(), self.window.position) {
                    Ok(created) => {
                        self.tables.create(&created, &self.window.bytes);
                        // What has no list of columns has other names from here on.
                        self.heads.clear();
                        self.oldest_head = 0;
                    }
                    Err(Stop::More) => return Step::Cut,
                    Err(Stop::Not) => {}
                }
                self.text_line(most)
            }
        }
    }

    /// The length of the beginning of the statement at the position, and where its rows belong, if one of the last ones began so.
    fn known_head(&self) -> Option<(usize, usize)> {
        let rest = self.window.rest();
        let ends_at = |length: usize| rest.get(length).is_some_and(|byte| !value::is_word_byte(*byte));
        let known = self.heads.iter().find(|(head, _)| rest.starts_with(head) && ends_at(head.len()));
        known.map(|(head, target)| (head.len(), *target))
    }

    fn begin_rows(&mut self, end: usize, most: usize, place: Place) -> Step {
        if end > most {
            return Step::Full;
        }
        self.place = place;
        self.continues = true;
        self.window.advance(end);
        Step::Taken
    }

    /// Takes the line at the position as text: up to a statement with rows that stands in it.
    fn text_line(&mut self, most: usize) -> Step {
        let Some(mut end) = self.window.line_end() else { return Step::Cut };
        let line = &self.window.bytes[self.window.position..end];
        let begins = |at: &usize| {
            let rest = line[at + 1..].trim_ascii_start();
            [&b"insert"[..], b"replace", b"copy"]
                .iter()
                .any(|word| rest.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
        };
        if let Some(at) = memchr_iter(b';', line).find(begins) {
            end = self.window.position + at + 1;
        }
        if end > most {
            return Step::Full;
        }
        self.continues &= !self.window.bytes[self.window.position..end].trim_ascii_end().ends_with(b";");
        self.commit_text(self.window.position..end);
        self.window.advance(end);
        Step::Taken
    }

    fn is_row_at(&self, at: usize) -> bool {
        let (mut values, mut comments) = (Vec::new(), Vec::new());
        let line = memchr(b'\n', &self.window.bytes[at..]).map_or(self.window.bytes.len(), |length| at + length);
        let source = Source { bytes: &self.window.bytes[..line], at_end: true, backslash: self.window.backslash };
        value::read_row(&source, at + 1, &mut values, &mut comments).is_ok()
    }

    /// Takes the row at the position, or ends the statement.
    fn tuple(&mut self, most: usize) -> Step {
        match self.window.bytes[self.window.position] {
            b'(' => {}
            b';' => {
                self.place = Place::Statement;
                self.continues = false;
                self.window.advance(self.window.position + 1);
                return Step::Taken;
            }
            b'-' | b'/' | b'#' => match value::comment_end(&self.window.source(), self.window.position) {
                Ok(Some(end)) if end > most => return Step::Full,
                Ok(Some(end)) => {
                    self.commit_text(self.window.position..end);
                    self.window.advance(end);
                    return Step::Taken;
                }
                Err(Stop::More) => return Step::Cut,
                _ => {
                    self.place = Place::Statement;
                    return Step::Taken;
                }
            },
            _ => {
                let word = statement::first_word(&self.window.bytes, self.window.position);
                if self.window.position + word.len() == self.window.bytes.len() && !self.window.at_end {
                    return Step::Cut;
                }
                if word.eq_ignore_ascii_case(b"row") {
                    self.window.advance(self.window.position + word.len());
                } else {
                    self.place = Place::Statement;
                }
                return Step::Taken;
            }
        }
        let (mut values, mut comments) = (std::mem::take(&mut self.values), std::mem::take(&mut self.comments));
        let is_suspect = self.window.offset() < self.suspect_until;
        let mut source = self.window.source();
        if is_suspect && source.bytes.len() - self.window.position > SUSPECT_SPAN_BYTES {
            source =
                Source { bytes: &source.bytes[..self.window.position + SUSPECT_SPAN_BYTES], at_end: true, ..source };
        }
        let row = value::read_row(&source, self.window.position + 1, &mut values, &mut comments);
        (self.values, self.comments) = (values, comments);
        match row {
            Ok(end) if self.swallows_rows(end) => {
                self.suspect_until = self.suspect_until.max(self.window.start + end as u64);
                self.malformed_row(most)
            }
            Ok(end) if end > most => {
                self.comments.clear();
                Step::Full
            }
            Ok(end) => {
                self.commit_row();
                self.commit_comments();
                self.place = Place::Tuples { wants: false };
                self.window.advance(end);
                Step::Taken
            }
            Err(Stop::More) => {
                self.comments.clear();
                Step::Cut
            }
            Err(Stop::Not) => self.malformed_row(most),
        }
    }

    /// Whether a row of several lines has another number of values than the table has columns, and rows begin inside of it:
    /// a text in it is not closed where it should be.
    fn swallows_rows(&mut self, end: usize) -> bool {
        let width = self.tables.at(self.target).width;
        width != 0 && self.values.len() != width && self.has_row_start(end)
    }

    /// Whether a line before `end`, but for the first one, begins a row or a statement.
    fn has_row_start(&self, end: usize) -> bool {
        let row = &self.window.bytes[self.window.position..end];
        memchr_iter(b'\n', row).any(|feed| {
            let line = row[feed + 1..].trim_ascii_start();
            line.first() == Some(&b'(') || line.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"insert"))
        })
    }

    /// Takes the line of a row that cannot be read as text.
    fn malformed_row(&mut self, most: usize) -> Step {
        self.comments.clear();
        let Some(end) = self.window.line_end() else {
            return self.begin_long(Long::ToLineEnd);
        };
        if end > most {
            return Step::Full;
        }
        let is_cut = self.window.at_end && !self.has_row_start(self.window.bytes.len());
        self.falls_short(if is_cut { Reason::Truncated } else { Reason::MalformedRecords });
        self.batches.end_text();
        self.commit_text(self.window.position..end);
        self.batches.end_text();
        self.place = Place::Tuples { wants: false };
        self.window.advance(end);
        Step::Taken
    }

    /// Takes a line of COPY.
    fn copied(&mut self, most: usize) -> Step {
        let Some(end) = self.window.line_end() else { return Step::Cut };
        if end > most {
            return Step::Full;
        }
        let line = &self.window.bytes[self.window.position..end];
        let is_cut = !line.ends_with(b"\n");
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line == b"\\." {
            self.place = Place::Statement;
            self.continues = false;
        } else {
            let range = self.window.position..self.window.position + line.len();
            let mut values = std::mem::take(&mut self.values);
            let is_row = value::read_copied(&self.window.bytes, range.clone(), &mut values);
            self.values = values;
            if is_row {
                self.commit_row();
            } else {
                self.falls_short(Reason::MalformedRecords);
                self.commit_text(range);
            }
            if is_cut {
                self.falls_short(Reason::Truncated);
            }
        }
        self.window.advance(end);
        Step::Taken
    }

    fn begin_long(&mut self, long: Long) -> Step {
        self.long = Some((long, 0));
        Step::Full
    }

    /// What stands at the beginning of a batch is larger than anything that is held.
    fn too_large(&mut self) -> Step {
        match self.place {
            Place::Tuples { .. } if self.window.bytes[self.window.position] == b'(' => {
                if self.has_row_start(self.window.bytes.len()) {
                    self.suspect_until = self.suspect_until.max(self.window.start + self.window.bytes.len() as u64);
                    return self.malformed_row(self.window.bytes.len());
                }
                self.falls_short(Reason::MalformedRecords);
                self.begin_long(Long::ToRowEnd(RowEnd::default()))
            }
            // A comment or a statement of lines is read line by line.
            Place::Statement | Place::Tuples { .. } if self.window.line_end().is_some() => {
                self.place = Place::Statement;
                self.text_line(self.window.bytes.len())
            }
            Place::Statement | Place::Tuples { .. } => self.begin_long(Long::ToLineEnd),
            Place::Copied => {
                self.falls_short(Reason::MalformedRecords);
                self.begin_long(Long::ToLineEnd)
            }
        }
    }

    /// Takes the next piece of what is too large as the one value of a batch; `carried` bytes of it are the end of the piece
    /// before. `false` where nothing is left of it.
    fn take_piece(&mut self, batch: &mut Batch, mut long: Long, context_before: usize) -> bool {
        let size = self.limits.batch_bytes;
        self.window.slide(size + 1);
        let context = CONTEXT_BYTES.min(size / 8);
        // The engine counts the context in bytes of the column, separator included: hence one byte less is shared.
        let carried = if context_before == 0 { 0 } else { 2 * context - 1 };
        let rest = self.window.rest();
        let held = &rest[..rest.len().min(size)];
        let found = match &mut long {
            Long::ToLineEnd => memchr(b'\n', held),
            // What is carried was looked at before.
            Long::ToRowEnd(end) => {
                end.find(&held[carried.min(held.len())..], self.window.backslash).map(|at| at + carried)
            }
        };
        let is_last = found.is_some() || (self.window.at_end && rest.len() <= size);
        let length = found.unwrap_or(held.len());
        if is_last && found.is_none() && matches!(long, Long::ToRowEnd(_)) {
            self.falls_short(Reason::Truncated);
        }
        let shared = if is_last { 0 } else { 2 * context - 1 };
        let rest = self.window.rest();
        let mut column = Column::new("", ColumnKind::Lines, 0);
        column.push(&rest[..length]);
        column.context_before_bytes = context_before as u32;
        column.context_after_bytes = if is_last { 0 } else { context as u32 };
        batch.clear();
        batch.columns.clear();
        batch.columns.push(column);
        batch.record_lines.push(self.window.line);
        batch.source_bytes = length.saturating_sub(carried) as u64;
        batch.record_count = 1;
        let feed = usize::from(found.is_some() && matches!(long, Long::ToLineEnd));
        self.window.advance(self.window.position + length + feed - shared);
        if is_last && matches!(self.place, Place::Tuples { .. }) {
            self.place = Place::Tuples { wants: false };
        }
        self.long = (!is_last).then_some((long, context));
        length > 0
    }

    /// Fills batches from the next window; `false` where nothing was left.
    fn fill_batches(&mut self) -> bool {
        self.window.slide(self.limits.batch_bytes);
        let start = self.window.offset();
        loop {
            match self.step(start) {
                Step::Taken => {}
                Step::Cut if self.window.offset() == start && self.widen() => {}
                Step::Cut if self.window.offset() == start => match self.too_large() {
                    Step::Taken => {}
                    _ => break,
                },
                Step::Full | Step::Cut | Step::End => break,
            }
        }
        let taken = self.window.offset() - start;
        self.batches.close(&mut self.tables, taken);
        if let Some(target) = self.tables.forget_if_many(self.target) {
            self.target = target;
            self.heads.clear();
            self.oldest_head = 0;
        }
        taken > 0 || self.long.is_some()
    }
}

impl Decoder for SqlDecoder {
    fn format(&self) -> &'static str {
        "sql"
    }

    fn table(&self) -> u32 {
        self.number
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        loop {
            if let Some(number) = self.batches.give(batch) {
                self.number = number;
                batch.first_record = self.next_record;
                self.next_record += u64::from(batch.record_count);
                return Ok(true);
            }
            if let Some((long, context_before)) = self.long.take() {
                if self.take_piece(batch, long, context_before) {
                    self.number = 0;
                    batch.first_record = self.next_record;
                    self.next_record += 1;
                    return Ok(true);
                }
                continue;
            }
            if !self.fill_batches() {
                batch.clear();
                if self.window.position < self.window.bytes.len() {
                    return Err(ReadError::new(Reason::InternalError, "sql: no progress"));
                }
                return self.window.end().map(|()| false);
            }
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        self.shortfall
    }
}

#[cfg(test)]
mod tests;
