//! Parquet, decoded at page level: row groups are parts, dictionary columns stay dictionaries, no row is materialised.
//!
//! The columns of a batch cover the same records. Nothing the footer or a page header claims is believed: sizes are
//! checked against the file and the memory limit before anything is read. A damaged column chunk costs what follows in
//! that column of that row group, and shows as a shortfall.

mod access;
mod column;
mod footer;
mod levels;
mod likely;
mod page;
mod room;
mod schema;
mod texts;
mod typed;
mod values;

use super::{Decoder, Limits};
use crate::model::{Batch, Column, RandomAccess, ReadError, Reason};
use access::ChunkBytes;
use column::ColumnCursor;
use page::corrupt;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use room::Room;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use values::Format;

/// Most records of one batch.
const BATCH_RECORDS: u32 = 65_536;
/// Least records of one batch that is planned.
const LEAST_RECORDS: u32 = 16;
/// Bytes of values that a batch aims at, as the file stores them.
const BATCH_BYTES: usize = 8 << 20;
/// Bytes of the values of a batch, the texts of dictionaries and places of values included, shared among its columns.
const MOST_BATCH_BYTES: usize = 32 << 20;
/// A row group of more than this is read in pieces, column by column.
const WHOLE_GROUP_BYTES: u64 = 64 << 20;
/// Size of those pieces, for all columns together and for one.
const PIECES_BYTES: u64 = 64 << 20;
const MOST_PIECE_BYTES: u64 = 8 << 20;
const LEAST_PIECE_BYTES: u64 = 128 << 10;
/// A page is held as a whole, and most writers end one after 1,024 values only, however long they are.
const MOST_PAGE_BYTES: u64 = 160 << 20;

/// Opens a Parquet file: reads its footer.
pub fn open(access: Arc<dyn RandomAccess>, limits: &Limits) -> Result<Box<dyn Decoder>, ReadError> {
    let footer = footer::read(&*access, limits)?;
    let metadata = catch_unwind(|| ParquetMetaDataReader::decode_metadata(&footer))
        .map_err(|_| corrupt("the footer cannot be decoded"))?
        .map_err(|_| corrupt("the footer is damaged"))?;
    let paths = schema::paths(metadata.file_metadata().schema_descr());
    let leaves = metadata.file_metadata().schema_descr().columns().iter().zip(paths);
    let leaves = leaves.map(|(leaf, path)| (Arc::from(path), schema::format(leaf, limits.with_booleans))).collect();
    let file = Arc::new(File { access, metadata, leaves, limits: limits.clone() });
    Ok(Box::new(FileDecoder { groups: row_groups(&file).into_iter(), current: None, shortfall: None }))
}

/// What the decoders of the row groups share.
struct File {
    access: Arc<dyn RandomAccess>,
    metadata: ParquetMetaData,
    /// Path and format of each leaf.
    leaves: Vec<(Arc<str>, Option<Format>)>,
    limits: Limits,
}

fn row_groups(file: &Arc<File>) -> Vec<GroupDecoder> {
    let mut first_record = 0u64;
    let groups = 0..file.metadata.num_row_groups();
    groups
        .map(|index| {
            let decoder = GroupDecoder {
                file: Arc::clone(file),
                index,
                next_record: first_record,
                cursors: None,
                room: None,
                shares: Vec::new(),
                batch_records: BATCH_RECORDS,
                most_records: BATCH_RECORDS,
                unreported_bytes: 0,
                delivered: 0,
                shortfall: None,
                has_left_out: false,
                failure: None,
            };
            first_record = first_record.saturating_add(rows(file.metadata.row_group(index)));
            decoder
        })
        .collect()
}

fn rows(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0)
}

fn compressed_bytes(group: &RowGroupMetaData) -> u64 {
    let sizes = group.columns().iter().map(|chunk| u64::try_from(chunk.compressed_size()).unwrap_or(0));
    sizes.fold(0, u64::saturating_add)
}

/// Decodes the row groups one after the other.
struct FileDecoder {
    groups: std::vec::IntoIter<GroupDecoder>,
    current: Option<GroupDecoder>,
    shortfall: Option<Reason>,
}

impl Decoder for FileDecoder {
    fn format(&self) -> &'static str {
        "parquet"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        loop {
            if self.current.is_none() {
                self.current = self.groups.next();
            }
            let Some(group) = self.current.as_mut() else {
                batch.clear();
                return Ok(false);
            };
            let result = group.next_batch(batch);
            let lost = group.shortfall();
            self.lose(lost);
            match result {
                Ok(true) => return Ok(true),
                Ok(false) => self.current = None,
                // The other row groups may still be whole.
                Err(error) if self.groups.len() > 0 => {
                    self.lose(Some(error.reason));
                    self.current = None;
                }
                Err(error) => {
                    self.current = None;
                    return Err(error);
                }
            }
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        self.shortfall
    }

    fn parts(&mut self) -> Vec<Box<dyn Decoder>> {
        if self.current.is_some() || self.groups.len() < 2 {
            return Vec::new();
        }
        self.groups.by_ref().map(|group| Box::new(group) as Box<dyn Decoder>).collect()
    }
}

impl FileDecoder {
    fn lose(&mut self, reason: Option<Reason>) {
        self.shortfall = Reason::most_telling(self.shortfall.into_iter().chain(reason));
    }
}

/// A leaf that is read: its place among the leaves.
struct Leaf {
    index: usize,
    format: Format,
    cursor: Option<ColumnCursor>,
}

/// Decodes one row group.
struct GroupDecoder {
    file: Arc<File>,
    index: usize,
    next_record: u64,
    /// Opened with the first batch.
    cursors: Option<Vec<Leaf>>,
    /// As long as it is open.
    room: Option<Room>,
    /// Bytes of a batch that each of the columns may take.
    shares: Vec<usize>,
    /// How many records the next batch aims at, and each one at most.
    batch_records: u32,
    most_records: u32,
    unreported_bytes: u64,
    delivered: u64,
    shortfall: Option<Reason>,
    /// Columns were left out because they can hold nothing.
    has_left_out: bool,
    failure: Option<ReadError>,
}

impl Decoder for GroupDecoder {
    fn format(&self) -> &'static str {
        "parquet"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let mut leaves = match self.cursors.take() {
            Some(leaves) => leaves,
            None => {
                self.room = Some(Room::take(self.estimated_bytes()));
                let mut leaves = self.open_columns();
                self.plan_batches(&mut leaves);
                leaves
            }
        };
        self.prepare(batch, &leaves);
        let records = self.fill(batch, &mut leaves);
        self.cursors = Some(leaves);
        batch.record_count = records;
        self.next_record += u64::from(records);
        self.delivered += u64::from(records);
        batch.source_bytes = self.source_bytes(records);
        if records > 0 {
            return Ok(true);
        }
        let expected = rows(self.file.metadata.row_group(self.index));
        let has_columns = self.cursors.replace(Vec::new()).is_some_and(|leaves| !leaves.is_empty());
        // The columns are gone before somebody else gets their room.
        self.room = None;
        if has_columns && self.delivered != expected {
            self.shortfall.get_or_insert(Reason::Corrupt);
        }
        match self.failure.take() {
            // Nothing at all could be read: that is more than a shortfall.
            Some(failure) if self.delivered == 0 => Err(failure),
            _ => Ok(false),
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        // What went wrong comes before what was chosen.
        self.shortfall.or(self.has_left_out.then_some(Reason::UnlikelyColumns))
    }
}

impl GroupDecoder {
    /// Bytes that the open row group takes: what is read at once, its dictionaries, and a batch.
    fn estimated_bytes(&self) -> u64 {
        let group = self.file.metadata.row_group(self.index);
        let size = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let unpacked = group.columns().iter().map(|chunk| size(chunk.uncompressed_size())).fold(0, u64::saturating_add);
        let dictionaries = group.columns().iter().filter_map(|chunk| {
            let packed = size(chunk.data_page_offset()).saturating_sub(size(chunk.dictionary_page_offset()?));
            let ratio = size(chunk.uncompressed_size()) as f64 / size(chunk.compressed_size()).max(1) as f64;
            Some((packed as f64 * ratio) as u64)
        });
        let dictionaries = dictionaries.fold(0, u64::saturating_add).min(unpacked);
        let read = compressed_bytes(group).min(WHOLE_GROUP_BYTES);
        read.saturating_add(2 * dictionaries).saturating_add(unpacked.min(MOST_BATCH_BYTES as u64))
    }

    /// Shares a batch out among the columns, half of it evenly and half by size, and aims at as many records as fit.
    fn plan_batches(&mut self, leaves: &mut [Leaf]) {
        let group = self.file.metadata.row_group(self.index);
        let size = |leaf: &Leaf| u64::try_from(group.column(leaf.index).uncompressed_size()).unwrap_or(0) as f64;
        let all = leaves.iter().map(size).sum::<f64>().max(1.0);
        let half = MOST_BATCH_BYTES as f64 / 2.0;
        let even = half / leaves.len().max(1) as f64;
        self.shares = leaves.iter().map(|leaf| (even + half * size(leaf) / all) as usize).collect();
        for (leaf, share) in leaves.iter_mut().zip(&self.shares) {
            if let Some(cursor) = leaf.cursor.as_mut() {
                self.batch_records = self.batch_records.min(cursor.records_within(*share)).max(LEAST_RECORDS);
            }
        }
        self.most_records = self.batch_records;
    }

    fn open_columns(&mut self) -> Vec<Leaf> {
        let file = Arc::clone(&self.file);
        let group = file.metadata.row_group(self.index);
        let size = compressed_bytes(group);
        self.unreported_bytes = size.min(file.access.len());
        let rows = rows(group);
        let row_bytes = (u64::try_from(group.total_byte_size()).unwrap_or(0) / rows.max(1)).max(1);
        self.batch_records = (BATCH_BYTES as u64 / row_bytes).clamp(LEAST_RECORDS.into(), BATCH_RECORDS.into()) as u32;
        let piece = (PIECES_BYTES / group.num_columns().max(1) as u64).clamp(LEAST_PIECE_BYTES, MOST_PIECE_BYTES);
        let window = if size <= WHOLE_GROUP_BYTES { WHOLE_GROUP_BYTES } else { piece };
        let mut leaves = Vec::new();
        let is_left_out = |index: usize, format: Format| {
            let known = file.limits.unlikely_columns.as_ref();
            known.is_some_and(|known| {
                !known.has(&file.leaves[index].0) && likely::is_unlikely(group.column(index), format)
            })
        };
        for (index, (_, format)) in file.leaves.iter().enumerate().take(group.num_columns()) {
            let Some(format) = *format else { continue };
            // One column at least counts the records.
            let is_last = index + 1 == group.num_columns() && leaves.is_empty();
            if !is_last && is_left_out(index, format) {
                self.has_left_out = true;
                continue;
            }
            let cursor = match self.open_column(group, index, format, window) {
                Ok(cursor) => Some(cursor),
                Err(error) => {
                    self.fail(error);
                    None
                }
            };
            leaves.push(Leaf { index, format, cursor });
        }
        leaves
    }

    fn open_column(
        &self,
        group: &RowGroupMetaData,
        index: usize,
        format: Format,
        window: u64,
    ) -> Result<ColumnCursor, ReadError> {
        let chunk = group.column(index);
        let (start, length) = catch_unwind(AssertUnwindSafe(|| chunk.byte_range()))
            .map_err(|_| corrupt("a column chunk has a negative place"))?;
        let end = start.checked_add(length).filter(|&end| end <= self.file.access.len());
        let Some(end) = end else {
            return Err(ReadError::new(Reason::Truncated, "a column chunk lies beyond the end"));
        };
        let bytes = ChunkBytes::new(Arc::clone(&self.file.access), start..end, window, MOST_PAGE_BYTES);
        ColumnCursor::open(chunk, format, bytes, usize::try_from(rows(group)).unwrap_or(usize::MAX))
    }

    fn fail(&mut self, error: ReadError) {
        self.shortfall.get_or_insert(error.reason);
        self.failure.get_or_insert(error);
    }

    /// Empties the batch and gives it one column per leaf.
    fn prepare(&self, batch: &mut Batch, leaves: &[Leaf]) {
        batch.clear();
        batch.first_record = self.next_record;
        let paths = &self.file.leaves;
        let is_same = batch.columns.len() == leaves.len()
            && batch.columns.iter().zip(leaves).all(|(column, leaf)| {
                Arc::ptr_eq(&column.path, &paths[leaf.index].0) && column.ordinal == leaf.index as u32 + 1
            });
        if !is_same {
            let column = |leaf: &Leaf| {
                Column::new(Arc::clone(&paths[leaf.index].0), schema::kind(leaf.format), leaf.index as u32 + 1)
            };
            batch.columns = leaves.iter().map(column).collect();
        }
    }

    /// Fills all columns with the same records; returns how many.
    fn fill(&mut self, batch: &mut Batch, leaves: &mut [Leaf]) -> u32 {
        let mut wanted = self.batch_records;
        let mut is_cut = false;
        let mut filled = vec![0; leaves.len()];
        for (((leaf, column), filled), share) in
            leaves.iter_mut().zip(&mut batch.columns).zip(&mut filled).zip(self.shares.clone())
        {
            let Some(cursor) = leaf.cursor.as_mut() else { continue };
            let mut budget = share;
            *filled = cursor.fill(column, wanted, &mut budget);
            match cursor.failure.take() {
                Some(error) => {
                    self.fail(error);
                }
                // Its share ended this column: the others follow, and what earlier ones have beyond is carried over.
                None if budget == 0 && *filled > 0 && *filled < wanted => {
                    (wanted, is_cut) = (*filled, true);
                }
                None => {}
            }
        }
        let records = filled.iter().copied().max().unwrap_or(0).min(wanted);
        for ((leaf, column), filled) in leaves.iter_mut().zip(&mut batch.columns).zip(&filled) {
            if let Some(cursor) = leaf.cursor.as_mut() {
                cursor.carry(column, *filled, records);
            }
        }
        // What is carried over is moved, and no dictionary any more: the next batch stays below what was too much, and after it
        // they grow again.
        self.batch_records = match is_cut {
            true => (records - records / 8).max(1),
            false => (self.batch_records + self.batch_records / 16 + 1).min(self.most_records),
        };
        records
    }

    /// The share of the row group's bytes that `records` stand for; the rest at the end.
    fn source_bytes(&mut self, records: u32) -> u64 {
        let group = self.file.metadata.row_group(self.index);
        let left = rows(group).saturating_sub(self.delivered - u64::from(records));
        let share = match left {
            _ if records == 0 || u64::from(records) >= left => self.unreported_bytes,
            left => (u128::from(self.unreported_bytes) * u128::from(records) / u128::from(left)) as u64,
        };
        self.unreported_bytes -= share;
        share
    }
}

#[cfg(test)]
mod tests;
