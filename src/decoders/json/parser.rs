//! Parses one JSON value in one pass, straight into the columns of a batch: no tree, no allocation per value.
//!
//! Tolerant where that is cheap (trailing commas, `NaN`, duplicate keys, raw control characters); everything else that
//! is not JSON stops it, and the decoder delivers the source text instead.

use super::paths::{Paths, Step};
use super::skim::{Stop, skip_space, string_end, value_end, word_end};
use super::text;
use crate::model::{Batch, Column, ColumnKind, Records, SEPARATOR};

/// Everything that parsing writes to.
pub struct Parser<'a> {
    /// The paths known so far.
    pub paths: &'a mut Paths,
    /// The batch that is filled, its columns numbered as in `paths`.
    pub batch: &'a mut Batch,
    /// The kind of each column, over all batches.
    pub kinds: &'a mut Vec<ColumnKind>,
    /// A buffer for documents within strings.
    pub scratch: &'a mut Vec<u8>,
    /// The record that values belong to.
    pub record: u32,
    /// Deeper values are delivered as their source text.
    pub max_depth: usize,
    /// Whether that happened.
    pub too_deep: bool,
    /// Where the last value began: what stands before it was delivered when parsing stops.
    pub reached: usize,
}

const QUOTES: u64 = 0x2222_2222_2222_2222;
const BACKSLASHES: u64 = 0x5C5C_5C5C_5C5C_5C5C;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks (in the highest bit of a byte) the lowest byte of `word` that equals those of `pattern`; higher ones may be wrong.
#[inline]
fn equal_bytes(word: u64, pattern: u64) -> u64 {
    let difference = word ^ pattern;
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// Index of the quote or backslash that comes first. Most strings are short: eight bytes at a time, then vectors.
#[inline]
fn quote_or_backslash(bytes: &[u8], mut position: usize) -> Option<usize> {
    for _ in 0..4 {
        let Some(chunk) = bytes.get(position..).and_then(|rest| rest.first_chunk::<8>()) else { break };
        let word = u64::from_le_bytes(*chunk);
        let found = equal_bytes(word, QUOTES) | equal_bytes(word, BACKSLASHES);
        if found != 0 {
            return Some(position + (found.trailing_zeros() / 8) as usize);
        }
        position += 8;
    }
    memchr::memchr2(b'"', b'\\', bytes.get(position..)?).map(|offset| position + offset)
}

#[inline]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

impl Parser<'_> {
    /// Parses the value at `position` under `node`; `nesting` levels are around it. Returns the index after it.
    /// A bare word that reaches the end of the bytes is taken as whole.
    #[inline(always)]
    pub fn value(&mut self, bytes: &[u8], position: usize, node: u32, nesting: usize) -> Result<usize, Stop> {
        self.reached = position;
        match *bytes.get(position).ok_or(Stop::Incomplete)? {
            b'"' => self.string(bytes, position + 1, node, nesting),
            b'{' | b'[' if nesting >= self.max_depth => self.subtree_as_text(bytes, position),
            b'{' => self.object(bytes, position + 1, node, nesting + 1),
            b'[' => self.array(bytes, position + 1, node, nesting + 1),
            _ => self.word(bytes, position, node),
        }
    }

    #[inline(never)]
    fn object(&mut self, bytes: &[u8], mut position: usize, node: u32, nesting: usize) -> Result<usize, Stop> {
        let mut expected = 0;
        loop {
            let mut byte = *bytes.get(position).ok_or(Stop::Incomplete)?;
            if is_space(byte) {
                position = skip_space(bytes, position);
                byte = *bytes.get(position).ok_or(Stop::Incomplete)?;
            }
            match byte {
                b'"' => {}
                b'}' => return Ok(position + 1),
                _ => return Err(Stop::Malformed(position)),
            }
            let (after_key, child, step) = self.key(bytes, position + 1, node, expected)?;
            expected = child + 1;
            position = self.member_value(bytes, after_key)?;
            position = self.value(bytes, position, step.node, nesting)?;
            position = after_element(bytes, position, b'}')?;
        }
    }

    /// Finds where the key that begins at `position` leads, and delivers it where it is content itself.
    #[inline]
    fn key(&mut self, bytes: &[u8], position: usize, node: u32, expected: usize) -> Result<(usize, usize, Step), Stop> {
        let (length, child, step) = match self.paths.predicted(node, expected, &bytes[position..]) {
            Some((length, step)) => (length, expected, step),
            None => {
                let length = string_end(bytes, position).ok_or(Stop::Incomplete)? + 1 - position;
                // Whether a key is a name may depend on its value: nothing is decided before that is in memory.
                let value = self.member_value(bytes, position + length)?;
                let value = *bytes.get(value).ok_or(Stop::Incomplete)?;
                let (child, step) = self.paths.step(node, expected, &bytes[position..position + length], value);
                (length, child, step)
            }
        };
        if step.emits_key {
            self.key_as_value(&bytes[position..position + length - 1], node);
        }
        Ok((position + length, child, step))
    }

    /// Delivers the raw key of a member of the object at `node` as a value.
    pub fn key_as_value(&mut self, raw: &[u8], node: u32) {
        let number = self.paths.keys_column(node);
        let record = self.record;
        let column = self.column(number, ColumnKind::Text);
        text::unescape(raw, &mut column.bytes);
        column.bytes.push(SEPARATOR);
        finish(column, record);
    }

    /// Steps over the colon.
    #[inline]
    fn member_value(&self, bytes: &[u8], mut position: usize) -> Result<usize, Stop> {
        if bytes.get(position) != Some(&b':') {
            position = skip_space(bytes, position);
            match bytes.get(position) {
                Some(b':') => {}
                Some(_) => return Err(Stop::Malformed(position)),
                None => return Err(Stop::Incomplete),
            }
        }
        position += 1;
        match bytes.get(position) {
            Some(&byte) if is_space(byte) => Ok(skip_space(bytes, position)),
            _ => Ok(position),
        }
    }

    #[inline(never)]
    fn array(&mut self, bytes: &[u8], mut position: usize, node: u32, nesting: usize) -> Result<usize, Stop> {
        let element = self.paths.element(node);
        loop {
            position = skip_space(bytes, position);
            if bytes.get(position) == Some(&b']') {
                return Ok(position + 1);
            }
            position = self.value(bytes, position, element, nesting)?;
            position = after_element(bytes, position, b']')?;
        }
    }

    #[inline(always)]
    fn string(&mut self, bytes: &[u8], start: usize, node: u32, nesting: usize) -> Result<usize, Stop> {
        let stop = quote_or_backslash(bytes, start).ok_or(Stop::Incomplete)?;
        if bytes[stop] == b'"' {
            if matches!(bytes[start], b'{' | b'[') && self.embedded(&bytes[start..stop], node, nesting) {
                return Ok(stop + 1);
            }
            let number = self.paths.column(node);
            let record = self.record;
            let column = self.column(number, ColumnKind::Text);
            // The closing quote comes along and becomes the separator: one copy instead of two.
            column.bytes.extend_from_slice(&bytes[start..=stop]);
            finish(column, record);
            return Ok(stop + 1);
        }
        self.escaped_string(bytes, (start, stop), node, nesting)
    }

    /// A string whose first escape stands at `stop`.
    #[inline(never)]
    fn escaped_string(
        &mut self,
        bytes: &[u8],
        (start, stop): (usize, usize),
        node: u32,
        nesting: usize,
    ) -> Result<usize, Stop> {
        let end = string_end(bytes, stop).ok_or(Stop::Incomplete)?;
        let raw = &bytes[start..end];
        if matches!(raw.first(), Some(b'{' | b'[')) {
            let mut inner = std::mem::take(self.scratch);
            inner.clear();
            text::unescape(raw, &mut inner);
            let is_embedded = self.embedded(&inner, node, nesting);
            *self.scratch = inner;
            if is_embedded {
                return Ok(end + 1);
            }
        }
        let number = self.paths.column(node);
        let record = self.record;
        let column = self.column(number, ColumnKind::Text);
        text::unescape(raw, &mut column.bytes);
        column.bytes.push(SEPARATOR);
        finish(column, record);
        Ok(end + 1)
    }

    /// Decodes a document that stands in a string; false where the string is no document.
    #[cold]
    #[inline(never)]
    fn embedded(&mut self, inner: &[u8], node: u32, nesting: usize) -> bool {
        match value_end(inner, 0) {
            Ok(end) if skip_space(inner, end) == inner.len() && end > 2 => {
                let embedded = self.paths.embedded(node);
                let reached = self.reached;
                let is_decoded = self.value(inner, 0, embedded, nesting + 1).is_ok();
                self.reached = reached;
                is_decoded
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn word(&mut self, bytes: &[u8], position: usize, node: u32) -> Result<usize, Stop> {
        let end = word_end(bytes, position);
        let word = &bytes[position..end];
        match word.first() {
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') if word.iter().any(u8::is_ascii_digit) => {
                let number = self.paths.column(node);
                let record = self.record;
                let column = self.column(number, ColumnKind::Number);
                column.bytes.extend_from_slice(word);
                column.bytes.push(SEPARATOR);
                finish(column, record);
                Ok(end)
            }
            _ => match word {
                b"true" | b"false" | b"null" | b"NaN" | b"Infinity" | b"-Infinity" | b"True" | b"False" | b"None" => {
                    Ok(end)
                }
                _ if end == bytes.len() => Err(Stop::Incomplete),
                _ => Err(Stop::Malformed(position)),
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn subtree_as_text(&mut self, bytes: &[u8], position: usize) -> Result<usize, Stop> {
        let end = value_end(bytes, position)?;
        self.too_deep = true;
        self.raw_text(&bytes[position..end]);
        Ok(end)
    }

    /// Delivers source text that was not decoded, in the column without a path.
    pub fn raw_text(&mut self, raw: &[u8]) {
        let number = self.paths.column(super::paths::ROOT);
        let record = self.record;
        let column = self.column(number, ColumnKind::Lines);
        column.bytes.extend_from_slice(raw);
        column.bytes.push(SEPARATOR);
        finish(column, record);
    }

    /// The column of that number, which holds at least that general a kind.
    #[inline(always)]
    fn column(&mut self, number: u32, kind: ColumnKind) -> &mut Column {
        let number = number as usize;
        if self.kinds.get(number) != Some(&kind) {
            self.widen(number, kind);
        }
        &mut self.batch.columns[number]
    }

    #[cold]
    fn widen(&mut self, number: usize, kind: ColumnKind) {
        while self.kinds.len() <= number {
            let path = std::sync::Arc::clone(&self.paths.columns[self.kinds.len()]);
            // Numbers are what a column is until text comes; the column without a path never is a field.
            self.kinds.push(if path.is_empty() { ColumnKind::Lines } else { ColumnKind::Number });
            let mut column = Column::new(path, ColumnKind::Number, 0);
            column.records = Records::Mapped(Vec::new());
            self.batch.columns.push(column);
        }
        if self.kinds[number] == ColumnKind::Number {
            self.kinds[number] = kind;
        }
    }

    /// Takes back every value of the current record.
    pub fn roll_back(&mut self) {
        for column in self.batch.columns.iter_mut() {
            let Records::Mapped(records) = &mut column.records else { continue };
            while records.last() == Some(&self.record) {
                records.pop();
                column.ends.pop();
            }
            column.bytes.truncate(column.ends.last().map_or(0, |&end| end as usize + 1));
        }
    }
}

/// Ends the value whose bytes were appended, its separator's place included.
#[inline(always)]
fn finish(column: &mut Column, record: u32) {
    if let Some(last) = column.bytes.last_mut() {
        *last = SEPARATOR;
    }
    column.ends.push((column.bytes.len() - 1) as u32);
    if let Records::Mapped(records) = &mut column.records {
        records.push(record);
    }
}

/// Steps over the comma after an element, or stops before `close`.
#[inline]
pub fn after_element(bytes: &[u8], mut position: usize, close: u8) -> Result<usize, Stop> {
    let mut byte = *bytes.get(position).ok_or(Stop::Incomplete)?;
    if is_space(byte) {
        position = skip_space(bytes, position);
        byte = *bytes.get(position).ok_or(Stop::Incomplete)?;
    }
    match byte {
        b',' => Ok(position + 1),
        _ if byte == close => Ok(position),
        _ => Err(Stop::Malformed(position)),
    }
}
