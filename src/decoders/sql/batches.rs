//! The batches that a window of a dump fills, one for each table with rows in it and one for the text between.
//!
//! So tables whose statements alternate do not make a batch of each statement. Batches are given away in the order in which
//! they were begun.

use super::tables::Tables;
use super::value::{Source, Value};
use crate::decoders::csv::kept_bytes;
use crate::decoders::csv_record::enter;
use crate::decoders::csv_record::{push_plain, truncate};
use crate::model::{Batch, Column, ColumnKind, Records};
use std::collections::VecDeque;

/// Fields beyond this many share the last column.
const MAX_COLUMNS: usize = 4096;
/// Most of a statement or a comment that is one record.
const TEXT_BYTES: usize = 2 << 10;
const TEXT_LINES: usize = 40;
/// Batches keep their allocations up to this many, each up to this sum.
const MAX_SPARE_BATCHES: usize = 4;
const MAX_KEPT_BYTES: usize = 16 << 20;

/// What the last line of text belongs to.
#[derive(Debug, Default)]
struct TextRun {
    is_open: bool,
    is_comment: bool,
    bytes: usize,
    lines: usize,
}

/// Records of one table, or of the text between, until the window is done.
struct Filling {
    /// 0 for text.
    number: u32,
    target: Option<usize>,
    batch: Batch,
    /// Bytes that are used of each column of a table: behind them may be room.
    used: Vec<usize>,
}

/// Those being filled, then given away one by one.
#[derive(Default)]
pub struct Batches {
    filling: VecDeque<Filling>,
    text_slot: Option<usize>,
    text: TextRun,
    spare: Vec<Batch>,
    spare_records: Vec<Vec<u32>>,
    /// A value whose escapes are undone.
    written: Vec<u8>,
}

impl Batches {
    /// Takes values as the next record of the table at a place.
    pub fn row(&mut self, (tables, place): (&mut Tables, usize), source: &Source, values: &[Value], line: u64) {
        let target = tables.at(place);
        let slot = match target.slot {
            Some(slot) => slot,
            None => {
                let mut batch = self.empty();
                prepare(&mut batch.columns, &target.paths, &mut self.spare_records);
                let used = vec![0; batch.columns.len()];
                self.begin(Filling { number: target.number, target: Some(place), batch, used })
            }
        };
        target.slot = Some(slot);
        let Filling { batch, used, .. } = &mut self.filling[slot];
        let record = batch.record_lines.len() as u32;
        for (at, value) in values.iter().enumerate() {
            if value.is_empty() {
                continue;
            }
            let at = at.min(MAX_COLUMNS - 1);
            while batch.columns.len() <= at {
                let ordinal = batch.columns.len();
                batch.columns.push(Column::new(target.path(ordinal), ColumnKind::Text, ordinal as u32 + 1));
                used.push(0);
            }
            let (column, used) = (&mut batch.columns[at], &mut used[at]);
            if let Some(plain) = value.plain() {
                enter(column, record, &mut self.spare_records);
                push_plain(source.bytes, plain, (column, used));
                continue;
            }
            self.written.clear();
            value.append_to(source, &mut self.written);
            if !self.written.is_empty() {
                enter(column, record, &mut self.spare_records);
                push_plain(&self.written, 0..self.written.len(), (column, used));
            }
        }
        batch.record_lines.push(line);
        self.end_text();
    }

    /// Takes lines of text that begin at `line`: a record of their own, or more of the last one.
    pub fn text(&mut self, lines: &[u8], line: u64) {
        let text = lines.trim_ascii();
        if text.is_empty() {
            return;
        }
        let is_comment = [&b"--"[..], b"#", b"/*", b"*"].iter().any(|mark| text.starts_with(mark));
        let slot = match self.text_slot {
            Some(slot) => slot,
            None => {
                self.end_text();
                let mut batch = self.empty();
                let lines = Column::new("", ColumnKind::Lines, 0);
                batch.columns.clear();
                batch.columns.push(Column { records: Records::Mapped(Vec::new()), ..lines });
                self.begin(Filling { number: 0, target: None, batch, used: Vec::new() })
            }
        };
        self.text_slot = Some(slot);
        let batch = &mut self.filling[slot].batch;
        let run = &mut self.text;
        let goes_on = run.is_open && run.is_comment == is_comment && run.lines < TEXT_LINES;
        if !goes_on || run.bytes + text.len() > TEXT_BYTES {
            batch.record_lines.push(line);
            *run = TextRun { is_comment, ..TextRun::default() };
        }
        run.bytes += text.len();
        run.is_open = is_comment || !(text.ends_with(b";") || text.eq_ignore_ascii_case(b"go"));
        let record = batch.record_lines.len() as u32 - 1;
        let column = &mut batch.columns[0];
        for line in lines.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty()) {
            run.lines += 1;
            column.push(line);
            if let Records::Mapped(records) = &mut column.records {
                records.push(record);
            }
        }
    }

    /// The next line of text begins a record.
    pub fn end_text(&mut self) {
        self.text.is_open = false;
    }

    /// Nothing more is filled in: the batches stand for so many bytes together.
    pub fn close(&mut self, tables: &mut Tables, source_bytes: u64) {
        for place in self.filling.iter().filter_map(|filling| filling.target) {
            tables.at(place).slot = None;
        }
        self.text_slot = None;
        if let Some(first) = self.filling.front_mut() {
            first.batch.source_bytes = source_bytes;
        }
    }

    /// Gives away the first batch; returns the number of its table.
    pub fn give(&mut self, batch: &mut Batch) -> Option<u32> {
        let mut filled = self.filling.pop_front()?;
        truncate(&mut filled.batch.columns, &filled.used);
        std::mem::swap(batch, &mut filled.batch);
        if self.spare.len() < MAX_SPARE_BATCHES {
            self.spare.push(filled.batch);
        }
        batch.record_count = batch.record_lines.len() as u32;
        Some(filled.number)
    }

    fn begin(&mut self, filling: Filling) -> usize {
        self.filling.push_back(filling);
        self.filling.len() - 1
    }

    /// A batch without records, with the allocations of an old one where they are no burden.
    fn empty(&mut self) -> Batch {
        let mut batch = self.spare.pop().unwrap_or_default();
        if batch.columns.iter().map(kept_bytes).sum::<usize>() > MAX_KEPT_BYTES {
            batch = Batch::default();
        }
        batch.clear();
        batch
    }
}

/// Makes columns those of a table, empty, and with one record per value until shown otherwise.
fn prepare(columns: &mut Vec<Column>, paths: &[std::sync::Arc<str>], spare: &mut Vec<Vec<u32>>) {
    columns.truncate(paths.len());
    for (at, path) in paths.iter().enumerate() {
        match columns.get_mut(at) {
            Some(column) => {
                if let Records::Mapped(mut records) = std::mem::take(&mut column.records) {
                    records.clear();
                    spare.push(records);
                }
                column.clear();
                column.kind = ColumnKind::Text;
                column.ordinal = at as u32 + 1;
                if column.path != *path {
                    column.path = path.clone();
                }
            }
            None => columns.push(Column::new(path.clone(), ColumnKind::Text, at as u32 + 1)),
        }
    }
    spare.truncate(MAX_COLUMNS);
}
