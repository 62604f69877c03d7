//! One column chunk, page by page: levels and dictionary indices decoded here, values written as text into a column.
//!
//! A chunk of dictionary pages alone becomes a dictionary of the values that occur in the batch; no row is built. Plain
//! pages are sliced as they are; the remaining encodings go through the `parquet` crate, one page's values at a time.

use super::access::ChunkBytes;
use super::page::{are_below, corrupt, dictionary_keys, split_levels};
use super::texts::{Texts, is_bytes};
use super::typed;
use super::values::Format;
use crate::model::{Column, ReadError, Reason, Records};
use bytes::Bytes;
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A page may not claim more values: they may all be one run of a few bytes.
const MAX_PAGE_VALUES: u32 = 16 << 20;
/// What an occurrence costs in a batch beside its bytes.
const OCCURRENCE_BYTES: usize = 8;
const UNSEEN: u32 = u32::MAX;

/// The values of the page at hand that are still to come.
enum Values {
    /// Indices into the dictionary.
    Keys(Vec<u32>),
    /// PLAIN encoding, as it stands in the page.
    Plain(Bytes),
    /// Decoded from any other encoding.
    Texts(Texts),
}

/// The page at hand.
struct Current {
    definition: Vec<u32>,
    repetition: Vec<u32>,
    /// Levels in the page, and how many were taken.
    levels: usize,
    position: usize,
    values: Values,
    /// Values taken; bytes taken for PLAIN.
    taken: usize,
}

/// Reads one column chunk.
pub struct ColumnCursor {
    leaf: ColumnDescPtr,
    format: Format,
    bytes: Arc<ChunkBytes>,
    pages: Option<SerializedPageReader<ChunkBytes>>,
    dictionary: Texts,
    /// Place of each dictionary value in the batch's column.
    places: Vec<u32>,
    placed: Vec<u32>,
    current: Option<Current>,
    /// Values beyond the border of the last batch, and their number of records.
    carried: Option<(Column, u32)>,
    /// Why the chunk could not be read to its end.
    pub failure: Option<ReadError>,
}

impl ColumnCursor {
    /// Reads the chunk described by `chunk`, whose content is `bytes`.
    pub fn open(
        chunk: &ColumnChunkMetaData,
        format: Format,
        bytes: ChunkBytes,
        rows: usize,
    ) -> Result<Self, ReadError> {
        let bytes = Arc::new(bytes);
        let reader = Arc::clone(&bytes);
        let pages = guarded(&bytes, || SerializedPageReader::new(reader, chunk, rows, None))?;
        Ok(Self {
            leaf: chunk.column_descr_ptr(),
            format,
            bytes,
            pages: Some(pages),
            dictionary: Texts::new(),
            places: Vec::new(),
            placed: Vec::new(),
            current: None,
            carried: None,
            failure: None,
        })
    }

    /// About how many records have values of so many bytes, by its dictionary or its first page.
    pub fn records_within(&mut self, bytes: usize) -> u32 {
        if !self.has_values()
            && let Err(error) = self.next_page()
        {
            self.failure = Some(error);
            self.pages = None;
        }
        let Some(page) = &self.current else { return u32::MAX };
        let (taken, values) = match &page.values {
            // A dictionary that fits in is written once for each batch.
            Values::Keys(_) if self.dictionary.bytes.len() <= bytes / 2 => (0, 1),
            Values::Keys(_) => (self.dictionary.bytes.len(), self.dictionary.ends.len()),
            Values::Plain(plain) => (plain.len(), page.levels),
            Values::Texts(texts) => (texts.bytes.len(), page.levels),
        };
        let of_one = taken / values.max(1) + OCCURRENCE_BYTES;
        let begun = page.repetition.iter().filter(|level| **level == 0).count();
        let of_record = (of_one * page.levels).checked_div(begun).unwrap_or(of_one);
        u32::try_from(bytes / of_record.max(1)).unwrap_or(u32::MAX)
    }

    /// Appends up to `wanted` records to the emptied `column`, fewer where `budget` is used up or the chunk ends.
    pub fn fill(&mut self, column: &mut Column, wanted: u32, budget: &mut usize) -> u32 {
        for place in self.placed.drain(..) {
            self.places[place as usize] = UNSEEN;
        }
        let mut started = 0;
        if let Some((mut carried, records)) = self.carried.take() {
            if records > wanted {
                self.carried = Some((split_off(&mut carried, wanted), records - wanted));
            }
            std::mem::swap(column, &mut carried);
            started = records.min(wanted);
            if records > wanted {
                return started;
            }
        } else {
            as_dictionary(column, (wanted as usize).min(*budget / OCCURRENCE_BYTES));
        }
        loop {
            if !self.has_values() {
                if let Err(error) = self.next_page() {
                    self.failure = Some(error);
                    self.pages = None;
                }
                if self.current.is_none() {
                    break;
                }
                continue;
            }
            if self.take(column, wanted, &mut started, budget) {
                break;
            }
        }
        started
    }

    /// Keeps the records from `records` on for the next batch.
    pub fn carry(&mut self, column: &mut Column, filled: u32, records: u32) {
        if filled <= records {
            return;
        }
        materialize(column);
        let mut rest = split_off(column, records);
        let mut rest_records = filled - records;
        if let Some((more, more_records)) = self.carried.take() {
            append(&mut rest, &more, rest_records);
            rest_records += more_records;
        }
        self.carried = Some((rest, rest_records));
    }

    fn has_values(&self) -> bool {
        self.current.as_ref().is_some_and(|page| page.position < page.levels)
    }

    /// Moves values of the current page to the column; true where the batch is full.
    fn take(&mut self, column: &mut Column, wanted: u32, started: &mut u32, budget: &mut usize) -> bool {
        let Some(page) = self.current.as_mut() else { return false };
        let max = self.leaf.max_def_level() as u32;
        let sink = Sink {
            column,
            dictionary: &self.dictionary,
            places: &mut self.places,
            placed: &mut self.placed,
            format: self.format,
            width: width(&self.leaf),
            is_bytes: is_bytes(&self.leaf),
        };
        let result = take_levels(page, sink, max, (wanted, started), budget);
        match result {
            Ok(is_full) => is_full,
            Err(error) => {
                self.failure = Some(error);
                self.pages = None;
                self.current = None;
                true
            }
        }
    }

    /// Decodes the next data page; none is left at the end.
    fn next_page(&mut self) -> Result<(), ReadError> {
        self.current = None;
        while let Some(reader) = self.pages.as_mut() {
            let page = guarded(&self.bytes, || reader.get_next_page())?;
            let Some(page) = page else {
                self.pages = None;
                return Ok(());
            };
            match page {
                Page::DictionaryPage { buf, num_values, .. } => self.read_dictionary(&buf, num_values)?,
                data => {
                    let page = self.read_data(&data)?;
                    if page.levels > 0 {
                        self.current = Some(page);
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn read_dictionary(&mut self, bytes: &[u8], count: u32) -> Result<(), ReadError> {
        if count as usize > bytes.len() {
            return Err(corrupt("dictionary page claims more values than it has bytes"));
        }
        let is_bytes = is_bytes(&self.leaf);
        self.dictionary.ends.reserve(count as usize);
        self.dictionary.bytes.reserve(bytes.len());
        let mut position = 0;
        for _ in 0..count {
            let raw = plain_value(bytes, &mut position, width(&self.leaf))
                .ok_or_else(|| corrupt("dictionary page ends within a value"))?;
            self.dictionary.push(raw, self.format, is_bytes);
        }
        self.places.resize(self.dictionary.ends.len(), UNSEEN);
        Ok(())
    }

    fn read_data(&self, page: &Page) -> Result<Current, ReadError> {
        if page.num_values() > MAX_PAGE_VALUES {
            return Err(ReadError::new(Reason::MemoryLimit, "a page claims too many values"));
        }
        let count = page.num_values() as usize;
        let (repetition, mut definition, values) = split_levels(page, &self.leaf, count)?;
        let max = self.leaf.max_def_level();
        let present =
            if definition.is_empty() { count } else { definition.iter().filter(|&&level| level == max as u32).count() };
        if present == count {
            definition = Vec::new();
        }
        let values = match page.encoding() {
            _ if present == 0 => Values::Keys(Vec::new()),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => Values::Keys(dictionary_keys(&values, present)?),
            // Booleans are bits.
            Encoding::PLAIN if self.format != Format::Boolean => Values::Plain(values),
            encoding => Values::Texts(guarded(&self.bytes, || {
                typed::decode(&self.leaf, (encoding, values), present, self.format)
            })?),
        };
        Ok(Current { definition, repetition, levels: count, position: 0, values, taken: 0 })
    }
}

/// Keys of a run that are looked at at once.
const KEYS_AT_ONCE: usize = 1024;

/// Where values go.
struct Sink<'a> {
    column: &'a mut Column,
    dictionary: &'a Texts,
    places: &'a mut [u32],
    placed: &'a mut Vec<u32>,
    format: Format,
    /// Bytes of a PLAIN value; `None` for byte arrays, whose length stands before them.
    width: Option<usize>,
    is_bytes: bool,
}

/// Moves values record by record until the batch is full (true) or the page is at its end.
fn take_levels(
    page: &mut Current,
    mut sink: Sink<'_>,
    max: u32,
    (wanted, started): (u32, &mut u32),
    budget: &mut usize,
) -> Result<bool, ReadError> {
    while page.position < page.levels {
        if sink.takes_runs(page) {
            let run = (wanted - *started).min(u32::try_from(*budget / sink.most_bytes()).unwrap_or(u32::MAX));
            if run > 0 {
                let taken = sink.run_of_keys(page, run, *started, budget)?;
                *started += taken;
                continue;
            }
        }
        let begins_record = page.repetition.get(page.position).is_none_or(|&level| level == 0) || *started == 0;
        if begins_record {
            if *started == wanted || (*budget == 0 && *started > 0) {
                return Ok(true);
            }
            *started += 1;
        }
        if page.definition.get(page.position).is_none_or(|&level| level == max) {
            let cost = sink.value(page, *started - 1)?;
            *budget = budget.saturating_sub(cost + OCCURRENCE_BYTES);
        }
        page.position += 1;
    }
    Ok(false)
}

impl Sink<'_> {
    /// Whether every level of the page is a record with a dictionary value: then nothing is decided value by value.
    fn takes_runs(&self, page: &Current) -> bool {
        matches!((&page.values, &self.column.records), (Values::Keys(_), Records::Dictionary { .. }))
            && page.repetition.is_empty()
            && page.definition.is_empty()
            && self.dictionary.all_delivered
    }

    /// Bytes that an occurrence takes, on average, where its value is not in the batch yet.
    fn most_bytes(&self) -> usize {
        let is_placed = self.placed.len() == self.places.len();
        let text = if is_placed { 0 } else { self.dictionary.bytes.len() / self.places.len().max(1) };
        OCCURRENCE_BYTES + text
    }

    /// Moves up to `limit` dictionary values, one for each record from `first` on; returns how many.
    fn run_of_keys(
        &mut self,
        page: &mut Current,
        limit: u32,
        first: u32,
        budget: &mut usize,
    ) -> Result<u32, ReadError> {
        let run = (page.levels - page.position).min(limit as usize);
        let Values::Keys(page_keys) = &page.values else { return Ok(0) };
        let page_keys =
            page_keys.get(page.taken..page.taken + run).ok_or_else(|| corrupt("fewer values than levels"))?;
        if !are_below(page_keys, self.places.len()) {
            return Err(corrupt("index beyond the dictionary"));
        }
        let before = self.column.bytes.len();
        if let Records::Dictionary { records, .. } = &mut self.column.records {
            records.extend(first..first + run as u32);
        }
        let mut places = [0; KEYS_AT_ONCE];
        for page_keys in page_keys.chunks(KEYS_AT_ONCE) {
            let (places, known) = (&mut places[..page_keys.len()], &*self.places);
            let mut any = 0;
            for (place, &key) in places.iter_mut().zip(page_keys) {
                *place = known[key as usize];
                any |= *place;
            }
            // A batch that has all values soon has no more to place.
            if any == UNSEEN {
                for (place, &key) in places.iter_mut().zip(page_keys).filter(|(place, _)| **place == UNSEEN) {
                    if self.places[key as usize] == UNSEEN {
                        self.place(key);
                    }
                    *place = self.places[key as usize];
                }
            }
            if let Records::Dictionary { keys, .. } = &mut self.column.records {
                keys.extend_from_slice(places);
            }
        }
        page.taken += run;
        page.position += run;
        *budget = budget.saturating_sub(self.column.bytes.len() - before + run * OCCURRENCE_BYTES);
        Ok(run as u32)
    }

    /// Adds a dictionary value to the column, if it is to be delivered.
    fn place(&mut self, key: u32) {
        let Some(text) = self.dictionary.get(key as usize) else { return };
        self.places[key as usize] = self.column.ends.len() as u32;
        self.placed.push(key);
        self.column.push(text);
    }

    /// Moves the next value of the page; returns the bytes it took.
    #[inline]
    fn value(&mut self, page: &mut Current, record: u32) -> Result<usize, ReadError> {
        let before = self.column.bytes.len();
        match &page.values {
            Values::Keys(keys) => {
                let &key = keys.get(page.taken).ok_or_else(|| corrupt("fewer values than levels"))?;
                page.taken += 1;
                self.key(key, record)?;
            }
            Values::Plain(bytes) => {
                let raw = plain_value(bytes, &mut page.taken, self.width)
                    .ok_or_else(|| corrupt("page ends within a value"))?;
                let column = as_plain(self.column);
                if self.format.append(raw, self.is_bytes, &mut column.bytes) {
                    end_value(column, record);
                }
            }
            Values::Texts(texts) => {
                if page.taken >= texts.ends.len() {
                    return Err(corrupt("fewer values than levels"));
                }
                let column = as_plain(self.column);
                if let Some(text) = texts.get(page.taken) {
                    column.bytes.extend_from_slice(text);
                    end_value(column, record);
                }
                page.taken += 1;
            }
        }
        Ok(self.column.bytes.len() - before.min(self.column.bytes.len()))
    }

    #[inline]
    fn key(&mut self, key: u32, record: u32) -> Result<(), ReadError> {
        if key as usize >= self.places.len() {
            return Err(corrupt("index beyond the dictionary"));
        }
        if matches!(self.column.records, Records::Dictionary { .. }) {
            if self.places[key as usize] == UNSEEN {
                self.place(key);
            }
            let place = self.places[key as usize];
            if place != UNSEEN
                && let Records::Dictionary { keys, records } = &mut self.column.records
            {
                keys.push(place);
                records.push(record);
            }
        } else if let Some(text) = self.dictionary.get(key as usize) {
            self.column.bytes.extend_from_slice(text);
            end_value(self.column, record);
        }
        Ok(())
    }
}

fn end_value(column: &mut Column, record: u32) {
    column.end_value();
    if let Records::Mapped(records) = &mut column.records {
        records.push(record);
    }
}

/// The raw value at `position` of PLAIN bytes.
#[inline]
fn plain_value<'a>(bytes: &'a [u8], position: &mut usize, width: Option<usize>) -> Option<&'a [u8]> {
    let length = match width {
        Some(width) => width,
        None => {
            let length = bytes.get(*position..)?.first_chunk::<4>()?;
            *position += 4;
            u32::from_le_bytes(*length) as usize
        }
    };
    let raw = bytes.get(*position..position.checked_add(length)?)?;
    *position += length;
    Some(raw)
}

/// Makes an empty column one of dictionary values, with room for so many occurrences.
fn as_dictionary(column: &mut Column, occurrences: usize) {
    if !matches!(column.records, Records::Dictionary { .. }) {
        column.records = Records::Dictionary { keys: Vec::new(), records: Vec::new() };
    }
    if let Records::Dictionary { keys, records } = &mut column.records {
        keys.reserve(occurrences);
        records.reserve(occurrences);
    }
}

/// Makes the column one of plain values, whatever is in it.
#[inline]
fn as_plain(column: &mut Column) -> &mut Column {
    if matches!(column.records, Records::Dictionary { .. }) {
        materialize(column);
    }
    column
}

/// Writes out every occurrence of a dictionary.
#[cold]
fn materialize(column: &mut Column) {
    let Records::Dictionary { keys, records } = &mut column.records else { return };
    let (keys, records) = (std::mem::take(keys), std::mem::take(records));
    let mut plain = Column::new(Arc::clone(&column.path), column.kind, column.ordinal);
    for &key in &keys {
        plain.push(column.value(key as usize));
    }
    plain.records = Records::Mapped(records);
    *column = plain;
}

/// Cuts a column of plain values before record `records`; returns the rest, its records counted from 0.
pub(super) fn split_off(column: &mut Column, records: u32) -> Column {
    let mut rest = Column::new(Arc::clone(&column.path), column.kind, column.ordinal);
    rest.records = Records::Mapped(Vec::new());
    let Records::Mapped(owners) = &mut column.records else { return rest };
    let cut = owners.partition_point(|&record| record < records);
    let moved: Vec<u32> = owners.drain(cut..).map(|record| record - records).collect();
    let start = cut.checked_sub(1).map_or(0, |last| column.ends[last] as usize + 1);
    rest.ends = column.ends.drain(cut..).map(|end| end - start as u32).collect();
    rest.bytes = column.bytes.split_off(start);
    rest.records = Records::Mapped(moved);
    rest
}

/// Appends plain values whose records begin at `first`.
fn append(column: &mut Column, more: &Column, first: u32) {
    let Records::Mapped(records) = &more.records else { return };
    for (index, record) in records.iter().enumerate() {
        column.bytes.extend_from_slice(more.value(index));
        end_value(column, record + first);
    }
}

/// Bytes of a PLAIN value; `None` for byte arrays.
fn width(leaf: &ColumnDescPtr) -> Option<usize> {
    match leaf.physical_type() {
        Physical::INT32 | Physical::FLOAT => Some(4),
        Physical::INT64 | Physical::DOUBLE => Some(8),
        Physical::INT96 => Some(12),
        Physical::FIXED_LEN_BYTE_ARRAY => Some(leaf.type_length().max(0) as usize),
        Physical::BYTE_ARRAY | Physical::BOOLEAN => None,
    }
}

/// Calls the page reader, whose errors and panics on damaged content become a reason.
fn guarded<T>(bytes: &ChunkBytes, call: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T, ReadError> {
    let result = catch_unwind(AssertUnwindSafe(call));
    if let Some(failure) = bytes.take_failure() {
        return Err(failure);
    }
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(parquet::errors::ParquetError::NYI(_))) => {
            Err(ReadError::new(Reason::UnsupportedFormat, "a page uses a feature that is not decoded"))
        }
        Ok(Err(_)) => Err(corrupt("a page is damaged")),
        Err(_) => Err(corrupt("a page cannot be decoded")),
    }
}
