//! Reads delimited records: an index of everything that can end a cell, and the walk along it.
//!
//! The index is built in vectors of bytes, so that finding cells costs less than copying them. The walk follows RFC 4180
//! and is lenient beyond it: a quote inside an unquoted cell is a character, and a quoted cell ends only at a quote
//! before a delimiter or a line end. It must not know headers or batches.

use crate::model::{Column, Records, SEPARATOR};
use multiversion::multiversion;
use std::ops::Range;
use wide::u8x32;

/// How records are to be read.
#[derive(Debug, Clone, Copy)]
pub struct Syntax {
    /// The byte between cells.
    pub delimiter: u8,
    /// Whether `\"` is a quote inside a quoted cell.
    pub backslash: bool,
    /// Whether nothing follows the bytes.
    pub at_end: bool,
    /// Whether a quote at the beginning of a cell opens a quoted one.
    pub quotes: bool,
    /// How far from the record's start a quote may close.
    pub max_span: usize,
}

/// Most cells of a record: what holds them must not grow with a line of delimiters.
pub const MAX_CELLS: usize = 65_536;

/// One cell, quotes excluded.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    start: u32,
    end: u32,
    /// Whether quotes in it are doubled or escaped.
    escaped: bool,
}

/// How reading a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The next record starts at `end`, `lines` lines on.
    Record {
        /// Where it ends, line end included.
        end: usize,
        /// How many lines it takes.
        lines: usize,
    },
    /// It does not end in these bytes.
    More,
    /// A quote that is never closed.
    Unclosed,
    /// More cells than any record may have.
    TooMany,
}

/// Whether text writes a quote inside a quoted cell as `\"`: there is one before a word.
pub fn uses_backslash(sample: &[u8]) -> bool {
    let precedes_word = |at: usize| sample.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
    memchr::memmem::find_iter(sample, b"\\\"").any(precedes_word)
}

/// The places of delimiters, line feeds and quotes in `bytes`, ascending.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
pub fn index(bytes: &[u8], delimiter: u8, places: &mut Vec<u32>) {
    #[cfg(not(target_feature = "avx2"))]
    let found_in = multiversion::target::match_target! {
        "x86_64+avx2" => |block: &[u8; BLOCK], delimiter: u8| found_in_avx2(block, delimiter),
        _ => found_in,
    };
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let mut count = 0;
    for (number, block) in blocks.iter().enumerate() {
        let mut mask = found_in(block, delimiter);
        let found = mask.count_ones() as usize;
        if places.len() < count + BLOCK {
            places.resize(count + count / 8 + 16 * BLOCK, 0);
        }
        let Some(room) = places[count..].first_chunk_mut::<BLOCK>() else { return };
        // Eight at a time, whether there are as many or not: what is too much is overwritten.
        for room in room.as_chunks_mut::<8>().0.iter_mut().take(found.div_ceil(8)) {
            for place in room {
                *place = (number * BLOCK) as u32 + mask.trailing_zeros();
                mask &= mask.wrapping_sub(1);
            }
        }
        count += found;
    }
    places.truncate(count);
    let base = bytes.len() - rest.len();
    let ends_cell = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'"';
    places.extend(rest.iter().enumerate().filter(|(_, byte)| ends_cell(**byte)).map(|(at, _)| (base + at) as u32));
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Where the delimiters, line feeds and quotes of a block stand, one bit each, on every processor.
#[inline(always)]
fn found_in(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    let (delimiters, feeds, quotes) = (u8x32::splat(delimiter), u8x32::splat(b'\n'), u8x32::splat(b'"'));
    let mut mask = 0_u64;
    for (part, lane) in block.as_chunks::<32>().0.iter().enumerate() {
        let lane = u8x32::new(*lane);
        let found = lane.simd_eq(delimiters) | lane.simd_eq(feeds) | lane.simd_eq(quotes);
        mask |= u64::from(found.to_bitmask()) << (32 * part);
    }
    mask
}

/// The same where AVX2 is found at run time. A build for processors that have it needs nothing else than the above.
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
#[target_feature(enable = "avx2")]
#[inline]
fn found_in_avx2(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    use std::arch::x86_64::{
        _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi8,
    };
    let mut mask = 0;
    for (part, half) in block.as_chunks::<32>().0.iter().enumerate() {
        let [first, second, third, fourth] = *half.as_chunks::<8>().0 else { return found_in(block, delimiter) };
        let word = i64::from_le_bytes;
        let bytes = _mm256_set_epi64x(word(fourth), word(third), word(second), word(first));
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
        let found = _mm256_or_si256(_mm256_or_si256(is(delimiter), is(b'\n')), is(b'"'));
        mask |= u64::from(_mm256_movemask_epi8(found) as u32) << (32 * part);
    }
    mask
}

/// Reads the record that begins at `start`; `cursor` is the first place in the index not before it, and moves on only
/// where a record was read.
pub fn read_record(
    (bytes, places): (&[u8], &[u32]),
    cursor: &mut usize,
    start: usize,
    syntax: &Syntax,
    cells: &mut Vec<Cell>,
) -> Outcome {
    cells.clear();
    let (mut next, mut lines, mut cell_start) = (*cursor, 0, start);
    loop {
        if cells.len() == MAX_CELLS {
            return Outcome::TooMany;
        }
        let mut quoted_end = None;
        if syntax.quotes && bytes.get(cell_start) == Some(&b'"') {
            next += 1;
            match close_quote((bytes, places), &mut next, (start, cell_start), syntax) {
                Quoted::Closed { at, escaped, feeds } => {
                    cells.push(Cell { start: cell_start as u32 + 1, end: at as u32, escaped });
                    lines += feeds;
                    quoted_end = Some(at);
                }
                Quoted::Open if syntax.at_end => return Outcome::Unclosed,
                Quoted::Open => return Outcome::More,
                Quoted::TooFar => return Outcome::Unclosed,
            }
        }
        let mut place = places.get(next).map(|place| *place as usize);
        while quoted_end.is_none()
            && let Some(at) = place
            && bytes[at] == b'"'
            && syntax.delimiter != b'"'
        {
            next += 1;
            place = places.get(next).map(|place| *place as usize);
        }
        let Some(at) = place else {
            if !syntax.at_end {
                return Outcome::More;
            }
            if quoted_end.is_none() {
                cells.push(Cell { start: cell_start as u32, end: bytes.len() as u32, escaped: false });
            }
            *cursor = next;
            return Outcome::Record { end: bytes.len(), lines: lines + 1 };
        };
        next += 1;
        let is_feed = bytes[at] == b'\n';
        if quoted_end.is_none() {
            let end = if is_feed && at > cell_start && bytes[at - 1] == b'\r' { at - 1 } else { at };
            cells.push(Cell { start: cell_start as u32, end: end as u32, escaped: false });
        }
        if is_feed {
            *cursor = next;
            return Outcome::Record { end: at + 1, lines: lines + 1 };
        }
        cell_start = at + 1;
    }
}

/// Says that the next value of a column belongs to a record. Until one has none, each has one.
#[inline(always)]
pub fn enter(column: &mut Column, record: u32, spare: &mut Vec<Vec<u32>>) {
    match &mut column.records {
        Records::Mapped(records) => records.push(record),
        _ if column.ends.len() == record as usize => {}
        _ => enter_after_gap(column, record, spare),
    }
}

#[cold]
#[inline(never)]
fn enter_after_gap(column: &mut Column, record: u32, spare: &mut Vec<Vec<u32>>) {
    let mut records = spare.pop().unwrap_or_default();
    records.extend(0..column.ends.len() as u32);
    records.push(record);
    column.records = Records::Mapped(records);
}

/// Bytes that are copied at once.
pub const SHORT: usize = 32;

/// Takes away the room behind what is used of each column.
pub fn truncate(columns: &mut [Column], used: &[usize]) {
    for (column, used) in columns.iter_mut().zip(used) {
        column.bytes.truncate(*used);
    }
}

/// Appends bytes as one value. The column has `used` bytes; behind them may be room.
#[inline(always)]
pub fn push_plain(bytes: &[u8], value: Range<usize>, (column, used): (&mut Column, &mut usize)) {
    let length = value.len();
    // Most values are short: a copy of fixed size is one instruction or two, and what is too much is overwritten.
    if length < SHORT
        && let Some(cell) = bytes[value.start..].first_chunk::<SHORT>()
        && let Some(room) = column.bytes.get_mut(*used..).and_then(|room| room.first_chunk_mut::<SHORT>())
    {
        *room = *cell;
        room[length] = SEPARATOR;
        column.ends.push((*used + length) as u32);
        *used += length + 1;
    } else {
        push_long(&bytes[value], (column, used));
    }
}

#[inline(never)]
fn push_long(value: &[u8], (column, used): (&mut Column, &mut usize)) {
    make_room(column, *used + value.len());
    let place = &mut column.bytes[*used..=*used + value.len()];
    place[..value.len()].copy_from_slice(value);
    place[value.len()] = SEPARATOR;
    column.ends.push((*used + value.len()) as u32);
    *used += value.len() + 1;
}

/// Makes a column hold so many bytes, and a separator.
pub fn make_room(column: &mut Column, size: usize) {
    // Little at first: a table may have tens of thousands of columns.
    const LEAST_ROOM: usize = 2 * SHORT;
    if column.bytes.len() <= size {
        let size = (size + LEAST_ROOM).max(2 * column.bytes.len());
        column.bytes.resize(size.max(column.bytes.capacity()), 0);
    }
}

enum Quoted {
    Closed { at: usize, escaped: bool, feeds: usize },
    Open,
    TooFar,
}

/// Finds the quote that closes the cell which was opened at `open`.
fn close_quote(
    (bytes, places): (&[u8], &[u32]),
    next: &mut usize,
    (record, open): (usize, usize),
    syntax: &Syntax,
) -> Quoted {
    let (mut escaped, mut feeds) = (false, 0);
    while let Some(place) = places.get(*next) {
        *next += 1;
        let at = *place as usize;
        if at - record > syntax.max_span {
            return Quoted::TooFar;
        }
        if bytes[at] != b'"' {
            feeds += usize::from(bytes[at] == b'\n');
            continue;
        }
        let slashes = bytes[open + 1..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if syntax.backslash && slashes % 2 == 1 {
            escaped = true;
            continue;
        }
        let ends = match bytes.get(at + 1) {
            None if syntax.at_end => true,
            None => return Quoted::Open,
            Some(b'\n') => true,
            Some(byte) if *byte == syntax.delimiter => true,
            Some(b'\r') => match bytes.get(at + 2) {
                None if !syntax.at_end => return Quoted::Open,
                following => following.is_none_or(|byte| *byte == b'\n'),
            },
            Some(b'"') => {
                escaped = true;
                *next += 1;
                false
            }
            Some(_) => false,
        };
        if ends {
            return Quoted::Closed { at, escaped, feeds };
        }
    }
    Quoted::Open
}

impl Cell {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Its bytes as they stand.
    pub fn raw<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start as usize..self.end as usize]
    }

    /// Appends its value and ends it. The column has `used` bytes; behind them may be room, which [`truncate`] takes away.
    #[inline(always)]
    pub fn push_to(&self, bytes: &[u8], place: (&mut Column, &mut usize), backslash: bool) {
        if self.escaped {
            self.push_escaped(bytes, place, backslash);
        } else {
            push_plain(bytes, self.start as usize..self.end as usize, place);
        }
    }

    #[inline(never)]
    fn push_escaped(&self, bytes: &[u8], (column, used): (&mut Column, &mut usize), backslash: bool) {
        let raw = self.raw(bytes);
        make_room(column, *used + raw.len());
        let place = &mut column.bytes[*used..=*used + raw.len()];
        place[..raw.len()].copy_from_slice(raw);
        let length = unescape(&mut place[..raw.len()], backslash);
        place[length] = SEPARATOR;
        column.ends.push((*used + length) as u32);
        *used += length + 1;
    }

    /// Appends its value: with doubled and escaped quotes made single ones.
    pub fn append_to(&self, bytes: &[u8], value: &mut Vec<u8>, backslash: bool) {
        let start = value.len();
        value.extend_from_slice(self.raw(bytes));
        if self.escaped {
            let length = unescape(&mut value[start..], backslash);
            value.truncate(start + length);
        }
    }
}

/// Makes doubled and escaped quotes single ones, in place. Returns how much is left.
fn unescape(text: &mut [u8], backslash: bool) -> usize {
    let (mut from, mut length) = (0, 0);
    while let Some(found) = memchr::memchr(b'"', &text[from..]) {
        let at = from + found;
        let is_escaped = backslash && found > 0 && text[at - 1] == b'\\';
        let kept = if is_escaped { from..at - 1 } else { from..at };
        text.copy_within(kept.clone(), length);
        length += kept.len();
        text[length] = b'"';
        length += 1;
        from = at + if !is_escaped && text.get(at + 1) == Some(&b'"') { 2 } else { 1 };
    }
    text.copy_within(from.., length);
    length + text.len() - from
}
