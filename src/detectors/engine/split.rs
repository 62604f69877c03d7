//! Values whose parts stand in fields of their own: area, group and serial of an SSN, year, month and day of a birth.
//!
//! Which columns belong together is decided once, by the first batch of an object; each record's parts are then joined
//! and tested like the value of one field.

use super::{Engine, Profile, found_at, passes};
use crate::detectors::compile::CompiledDetector;
use crate::detectors::field::{FieldPhrase, FieldWords};
use crate::detectors::spans::{trimmed, without_zero_fraction};
use crate::model::{Batch, Column, ColumnKind, EvidenceFlags, Match, Records};
use std::sync::Arc;

/// Columns that hold the parts of one detector's values, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SplitColumns {
    detector: u16,
    parts: Vec<(Arc<str>, u32)>,
}

/// The longest value that is joined, bytes.
const MAX_JOINED_BYTES: usize = 32;

impl Engine {
    /// Finds the columns of a batch that together hold values.
    pub(super) fn find_splits(&self, batch: &Batch) -> Vec<SplitColumns> {
        let values = batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines);
        let columns: Vec<(&Column, FieldWords)> = values.map(|column| (column, FieldWords::of(&column.path))).collect();
        let splits = self.compiled.detectors.iter().enumerate().filter_map(|(index, detector)| {
            let part = |fields: &Vec<FieldPhrase>| {
                let (column, _) = columns.iter().find(|(_, words)| words.fit_any(fields).is_some())?;
                Some((column.path.clone(), column.ordinal))
            };
            detector.split.as_ref()?;
            let parts: Vec<_> = detector.split_fields.iter().map(part).collect::<Option<_>>()?;
            let is_distinct = parts.iter().enumerate().all(|(place, part)| !parts[..place].contains(part));
            is_distinct.then_some(SplitColumns { detector: index as u16, parts })
        });
        splits.collect()
    }

    /// Joins the parts of each record and adds what is found to the lists of all columns that hold a part.
    pub(super) fn scan_splits(&self, batch: &Batch, profile: &Profile, found: &mut [Vec<Match>]) {
        for split in &profile.splits {
            let place_of = |part: &(Arc<str>, u32)| {
                batch.columns.iter().position(|column| (&column.path, column.ordinal) == (&part.0, part.1))
            };
            let Some(places) = split.parts.iter().map(place_of).collect::<Option<Vec<usize>>>() else { continue };
            let columns: Vec<&Column> = places.iter().map(|place| &batch.columns[*place]).collect();
            let rows = Rows::of(&columns, batch);
            self.scan_split(split.detector, (&columns, &rows), &places, found);
        }
    }

    fn scan_split(&self, index: u16, (columns, rows): (&[&Column], &Rows), places: &[usize], found: &mut [Vec<Match>]) {
        let detector = &self.compiled.detectors[usize::from(index)];
        let evidence = EvidenceFlags::FIELD_NAME.with(EvidenceFlags::VALIDATOR);
        let mut joined = Vec::with_capacity(MAX_JOINED_BYTES);
        let mut values = vec![0; columns.len()];
        // A value of a dictionary is a part in many records, and one match.
        let mut is_part: Vec<Vec<bool>> = columns.iter().map(|column| vec![false; column.len()]).collect();
        for row in 0..rows.count(columns) {
            if rows.read(row, &mut values) && join(detector, columns, &values, &mut joined) && passes(detector, &joined)
            {
                is_part.iter_mut().zip(&values).for_each(|(parts, value)| parts[*value] = true);
            }
        }
        for ((column, place), parts) in columns.iter().zip(places).zip(is_part) {
            let list = &mut found[*place];
            for value in (0..column.len()).filter(|value| parts[*value]) {
                let range = trimmed(column, column.range(value));
                let part = found_at(
                    (usize::from(index), value),
                    (range.start, range.end),
                    detector.context_confidence,
                    evidence,
                );
                // What else was taken for the part alone gives way to the whole.
                let from = list.partition_point(|other| other.start < part.start);
                let to = list.partition_point(|other| other.start < part.end);
                list.splice(from..to, [part]);
            }
        }
    }
}

/// Which values of the columns belong together.
pub(super) enum Rows {
    /// Those of one index.
    ByValue,
    /// By column and record: the index of its value, or [`NONE`].
    ByRecord(Vec<Vec<u32>>),
}

/// The record has no value in the column.
pub(super) const NONE: u32 = u32::MAX;

impl Rows {
    /// Which values of these columns belong together.
    pub(super) fn of(columns: &[&Column], batch: &Batch) -> Self {
        let first = columns[0];
        let is_aligned = |column: &&Column| column.len() == first.len() && column.records == first.records;
        match columns.iter().all(is_aligned) && !matches!(first.records, Records::Dictionary { .. }) {
            true => Self::ByValue,
            false => Self::ByRecord(columns.iter().map(|column| values_of_records(column, batch)).collect()),
        }
    }

    pub(super) fn count(&self, columns: &[&Column]) -> usize {
        match self {
            Self::ByValue => columns[0].len(),
            Self::ByRecord(values) => values[0].len(),
        }
    }

    /// Writes the values of a row; `false` where one is missing.
    pub(super) fn read(&self, row: usize, values: &mut [usize]) -> bool {
        match self {
            Self::ByValue => values.fill(row),
            Self::ByRecord(of_records) => {
                for (value, of_record) in values.iter_mut().zip(of_records) {
                    if of_record[row] == NONE {
                        return false;
                    }
                    *value = of_record[row] as usize;
                }
            }
        }
        true
    }
}

/// The index of the value of each record, the first one where it has several.
pub(super) fn values_of_records(column: &Column, batch: &Batch) -> Vec<u32> {
    let mut values = vec![NONE; batch.record_count as usize];
    let mut set = |record: u32, value: u32| {
        if let Some(place @ &mut NONE) = values.get_mut(record as usize) {
            *place = value;
        }
    };
    match &column.records {
        Records::Identity => (0..column.len() as u32).for_each(|value| set(value, value)),
        Records::Mapped(records) => (0..).zip(records).for_each(|(value, record)| set(*record, value)),
        Records::Dictionary { keys, records } => {
            keys.iter().zip(records).for_each(|(value, record)| set(*record, *value));
        }
    }
    values
}

/// Writes the joined value; `false` where a part is missing or no number of its width.
fn join(detector: &CompiledDetector, columns: &[&Column], values: &[usize], joined: &mut Vec<u8>) -> bool {
    let Some(split) = &detector.split else { return false };
    joined.clear();
    for ((column, value), part) in columns.iter().zip(values).zip(&split.parts) {
        let digits = &column.bytes[without_zero_fraction(column, trimmed(column, column.range(*value)))];
        let is_part = !digits.is_empty() && digits.len() <= part.width && digits.iter().all(u8::is_ascii_digit);
        if !is_part || joined.len() + part.width > MAX_JOINED_BYTES {
            return false;
        }
        if !joined.is_empty() {
            joined.extend_from_slice(split.joint.as_bytes());
        }
        joined.resize(joined.len() + part.width - digits.len(), b'0');
        joined.extend_from_slice(digits);
    }
    true
}
