//! Takes records as most tables write them: as many cells as the table has columns, one line, no quotes but those around a cell.
//!
//! Many of them are found first, then their cells are copied column by column, so that what is known of a column is
//! looked up once for all. Any other record is left to [`super::csv_record`]. Nothing here knows headers or batches.

use super::csv_record::{SHORT, make_room};
use crate::model::{Column, Records, SEPARATOR};
use multiversion::multiversion;

/// Most cells that are found before they are copied: their places stay in the nearest cache.
const MAX_CELLS: usize = 2_048;

/// Where records stand: the bytes, the places that can end a cell, and the byte between cells.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// The places in them of delimiters, line feeds and quotes.
    pub places: &'a [u32],
    /// The byte between cells; no quote.
    pub delimiter: u8,
    /// Whether `\"` is a quote inside a quoted cell.
    pub backslash: bool,
    /// How many cells a record has, at least two.
    pub width: usize,
    /// Behind it no record may end.
    pub limit: usize,
}

/// Cells of consecutive records, the records one behind the other: where each begins and ends.
#[derive(Default)]
pub struct PlainRecords {
    cells: Vec<(u32, u32)>,
    count: usize,
}

impl PlainRecords {
    /// Finds records from a position on; `cursor` is the first place not before it. Both move behind what was found.
    /// Returns whether there are any: none where the next one is of another kind.
    #[inline(never)]
    pub fn find(&mut self, table: &Table, position: &mut usize, cursor: &mut usize) -> bool {
        let most = (MAX_CELLS / table.width).max(1);
        self.cells.resize(most * table.width, (0, 0));
        self.count = 0;
        for row in self.cells.chunks_exact_mut(table.width) {
            let found = table.row(row, *position, *cursor).or_else(|| table.quoted_row(row, *position, *cursor));
            let Some((after, next)) = found.filter(|(after, _)| *after <= table.limit) else { break };
            (*position, *cursor) = (after, next);
            self.count += 1;
        }
        self.count > 0
    }

    /// How many records were found.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Takes what was found as the records from `record` on: one column for each cell, and what is used of it.
    pub fn take(
        &self,
        table: &Table,
        record: u32,
        (columns, used): (&mut [Column], &mut [usize]),
        spare: &mut Vec<Vec<u32>>,
    ) {
        let rows = &self.cells[..self.count * table.width];
        for (at, (column, used)) in columns.iter_mut().zip(used).take(table.width).enumerate() {
            let (known, cells) = (column.ends.len(), Cells { rows, at, width: table.width });
            let size: usize = cells.map(|(start, end)| (end - start) as usize).sum();
            make_room(column, *used + size + self.count + SHORT);
            column.ends.resize(known + self.count, 0);
            let taken = copy_cells(table.bytes, cells, (&mut column.bytes, used), &mut column.ends[known..]);
            column.ends.truncate(known + taken);
            let has_gaps = known != record as usize || matches!(column.records, Records::Mapped(_));
            if has_gaps || taken < self.count {
                enter_each(cells, record, (column, known), spare);
            }
        }
    }
}

/// The cells of one column.
#[derive(Clone, Copy)]
struct Cells<'a> {
    rows: &'a [(u32, u32)],
    at: usize,
    width: usize,
}

impl Iterator for Cells<'_> {
    type Item = (u32, u32);

    #[inline(always)]
    fn next(&mut self) -> Option<(u32, u32)> {
        let cell = self.rows.get(self.at);
        self.at += self.width;
        cell.copied()
    }
}

/// Copies cells behind what is used of a column, each with a separator, and says where each ends. Returns how many are not empty.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn copy_cells(bytes: &[u8], cells: Cells, (room, used): (&mut [u8], &mut usize), ends: &mut [u32]) -> usize {
    let (mut place, mut taken) = (*used as u32, 0);
    for (start, end) in cells {
        let length = end - start;
        let (from, to) = (start as usize, place as usize);
        // Most values are short: a copy of fixed size is one instruction or two, and what is too much is overwritten.
        if length < SHORT as u32
            && let Some(cell) = bytes.get(from..from + SHORT).and_then(|cell| cell.first_chunk::<SHORT>())
            && let Some(room) = room.get_mut(to..to + SHORT).and_then(|room| room.first_chunk_mut::<SHORT>())
        {
            *room = *cell;
            room[length as usize % SHORT] = SEPARATOR;
        } else {
            copy_long(&bytes[from..end as usize], &mut room[to..]);
        }
        // An empty one is no value, and what comes next takes its place.
        let is_value = u32::from(length > 0);
        ends[taken] = place + length;
        taken += is_value as usize;
        place += length + is_value;
    }
    *used = place as usize;
    taken
}

#[inline(never)]
fn copy_long(value: &[u8], room: &mut [u8]) {
    room[..value.len()].copy_from_slice(value);
    room[value.len()] = SEPARATOR;
}

/// Says which records the values of cells belong to, of a column that had so many values before.
#[inline(never)]
fn enter_each(
    cells: impl Iterator<Item = (u32, u32)>,
    record: u32,
    (column, known): (&mut Column, usize),
    spare: &mut Vec<Vec<u32>>,
) {
    if !matches!(column.records, Records::Mapped(_)) {
        let mut records = spare.pop().unwrap_or_default();
        records.extend(0..known as u32);
        column.records = Records::Mapped(records);
    }
    let Records::Mapped(records) = &mut column.records else { return };
    records.extend((record..).zip(cells).filter(|(_, (start, end))| end > start).map(|(record, _)| record));
}

impl Table<'_> {
    /// The cells of the record at a position if no quote stands in it, and where the next one begins.
    #[inline(always)]
    fn row(&self, row: &mut [(u32, u32)], position: usize, cursor: usize) -> Option<(usize, usize)> {
        let next = cursor + self.width;
        let places = self.places.get(cursor..next)?;
        let mut start = position as u32;
        for (cell, place) in row.iter_mut().zip(places) {
            *cell = (start, *place);
            start = *place + 1;
            if *self.bytes.get(*place as usize)? != self.delimiter {
                break;
            }
        }
        let (last, (last_start, last_end)) = (*places.last()?, row.last_mut()?);
        // The walk has come to the end, and what stopped it there is the end of the line.
        if start != last + 1 || self.bytes[last as usize] != b'\n' {
            return None;
        }
        *last_end -= u32::from(*last_end > *last_start && self.bytes[last as usize - 1] == b'\r');
        Some((last as usize + 1, next))
    }

    /// The same for a record some of whose cells stand in quotes.
    #[inline(never)]
    fn quoted_row(&self, row: &mut [(u32, u32)], position: usize, cursor: usize) -> Option<(usize, usize)> {
        let (mut start, mut next) = (position, cursor);
        let last = row.len() - 1;
        for (number, cell) in row.iter_mut().enumerate() {
            let quoted = match self.bytes.get(start)? {
                b'"' => Some(self.closing_quote(&mut next)?),
                _ => None,
            };
            let at = *self.places.get(next)? as usize;
            let expected = if number == last { b'\n' } else { self.delimiter };
            if *self.bytes.get(at)? != expected {
                return None;
            }
            let has_return = number == last && at > start && self.bytes[at - 1] == b'\r';
            *cell = match quoted {
                Some(end) => (start as u32 + 1, end as u32),
                None => (start as u32, (at - usize::from(has_return)) as u32),
            };
            (start, next) = (at + 1, next + 1);
        }
        Some((start, next))
    }

    /// Where the quoted cell ends whose opening quote is the place `next`, which then is the one behind its closing quote.
    /// `None` where a quote or a line feed stands in it, or something else behind it than what ends a cell.
    fn closing_quote(&self, next: &mut usize) -> Option<usize> {
        loop {
            *next += 1;
            let at = *self.places.get(*next)? as usize;
            match self.bytes.get(at)? {
                b'"' => {
                    *next += 1;
                    let is_escaped = self.backslash && self.bytes[at - 1] == b'\\';
                    let ends = match *self.bytes.get(at + 1)? {
                        b'\r' => self.bytes.get(at + 2) == Some(&b'\n'),
                        following => following == self.delimiter || following == b'\n',
                    };
                    return (ends && !is_escaped).then_some(at);
                }
                b'\n' => return None,
                _ => {}
            }
        }
    }
}
