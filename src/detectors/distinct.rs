//! The distinct values of a column: columns of names, codes, places and states repeat a few values, and each is then
//! judged once.
//!
//! Only values that stand for themselves can be judged so: fields, not lines of text, which have neighbours.

use super::spans::{MAX_PACKED, packed};
use crate::model::{Column, ColumnKind, Match};

/// After so many values a column is given up that has more distinct ones than the second number.
const TRIALS: [(usize, usize); 2] = [(128, 125), (1_024, 768)];
/// A column of fewer values is judged as it is.
const MIN_VALUES: usize = 128;
/// Longer values are seldom repeated.
const MAX_BYTES: usize = 256;

/// A worker's reused memory for one column at a time.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    /// Each distinct value once, in the order in which they come first.
    pub(super) column: Column,
    /// Per value of the original: which of the distinct ones it is.
    places: Vec<u32>,
    /// Open addressing: a part of the hash, and the place of the distinct value plus 1.
    slots: Vec<(u32, u32)>,
    /// Where the matches of each distinct value end.
    ends: Vec<u32>,
    repeated: Vec<Match>,
}

impl Distinct {
    /// Reads a column; whether its values are few enough to be judged one by one.
    pub(super) fn read(&mut self, column: &Column) -> bool {
        let is_part = column.context_before_bytes > 0 || column.context_after_bytes > 0;
        if column.len() < MIN_VALUES || column.kind == ColumnKind::Lines || is_part {
            return false;
        }
        let own = &mut self.column;
        (own.path, own.kind, own.ordinal) = (column.path.clone(), column.kind, column.ordinal);
        own.bytes.clear();
        own.ends.clear();
        self.places.clear();
        self.slots.clear();
        // Never full.
        self.slots.resize((column.len() + column.len() / 2).next_power_of_two(), (0, 0));
        for value in 0..column.len() {
            if TRIALS.iter().any(|(count, most)| value == *count && self.column.len() > *most) {
                return false;
            }
            let bytes = &column.bytes[column.range(value)];
            if bytes.len() > MAX_BYTES {
                return false;
            }
            let place = self.place_of(bytes);
            self.places.push(place);
        }
        true
    }

    fn place_of(&mut self, value: &[u8]) -> u32 {
        let hash = hash(value);
        let mask = self.slots.len() - 1;
        let (mut slot, tag) = ((hash >> 32) as usize & mask, hash as u32);
        loop {
            let (known, place) = self.slots[slot];
            let Some(place) = place.checked_sub(1) else { break };
            if known == tag && self.column.bytes[self.column.range(place as usize)] == *value {
                return place;
            }
            slot = (slot + 1) & mask;
        }
        self.column.push(value);
        let count = self.column.len() as u32;
        self.slots[slot] = (tag, count);
        count - 1
    }

    /// Turns the matches in the distinct values into those in all values of the column that was read.
    pub(super) fn repeat(&mut self, column: &Column, matches: &mut Vec<Match>) {
        if matches.is_empty() {
            return;
        }
        // The order of the matches in a value is kept.
        matches.sort_by_key(|found| found.value);
        self.ends.clear();
        for (index, found) in matches.iter().enumerate() {
            self.ends.resize(found.value as usize, index as u32);
            self.ends.push(index as u32 + 1);
        }
        self.ends.resize(self.column.len(), matches.len() as u32);
        self.repeated.clear();
        for (value, place) in self.places.iter().enumerate() {
            let place = *place as usize;
            let first = if place == 0 { 0 } else { self.ends[place - 1] as usize };
            let own = &matches[first..self.ends[place] as usize];
            if own.is_empty() {
                continue;
            }
            let from = self.column.range(place).start as u32;
            let to = column.range(value).start as u32;
            self.repeated.extend(own.iter().map(|found| Match {
                value: value as u32,
                start: found.start - from + to,
                end: found.end - from + to,
                ..*found
            }));
        }
        std::mem::swap(matches, &mut self.repeated);
    }
}

/// A hash for the table alone; its key need not be secret, since a full table is given up and equality is tested.
#[inline]
fn hash(value: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(FACTOR);
        product as u64 ^ (product >> 64) as u64
    };
    if value.len() <= MAX_PACKED {
        let packed = if value.is_empty() { 0 } else { packed(value) };
        return mix(mix(FACTOR, packed as u64), (packed >> 64) as u64);
    }
    let (words, _) = value.as_chunks::<8>();
    let all = words.iter().fold(value.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word)));
    // The last eight bytes, some of them again.
    value.last_chunk::<8>().map_or(all, |last| mix(all, u64::from_le_bytes(*last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, EvidenceFlags};

    fn column(values: &[String]) -> Column {
        let mut column = Column::new("state", ColumnKind::Text, 0);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        column
    }

    fn found(column: &Column, value: usize, detector: u16) -> Match {
        let range = column.range(value);
        let (start, end) = (range.start as u32 + 1, range.end as u32);
        let (confidence, evidence) = (Confidence::Medium, EvidenceFlags::PATTERN);
        Match { detector, value: value as u32, start, end, confidence, evidence }
    }

    #[test]
    fn matches_in_distinct_values_are_those_in_all() {
        let texts =
            ["Ohio", "", "Utah", "a value of more than sixteen bytes", "a value of more than sixteen bytes!", "Iowa"];
        let values: Vec<String> = (0..1_000).map(|index| texts[index * index % texts.len()].to_owned()).collect();
        let (column, mut distinct) = (column(&values), Distinct::default());
        assert!(distinct.read(&column));
        let expected: Vec<Match> = (0..values.len())
            .filter(|value| values[*value].contains('a'))
            .flat_map(|value| [found(&column, value, 3), found(&column, value, 1)])
            .collect();
        let few = &distinct.column;
        let of_value = |value: &usize| few.bytes[few.range(*value)].contains(&b'a');
        let places: Vec<usize> = (0..few.len()).filter(of_value).collect();
        let mut matches: Vec<Match> = places.iter().map(|place| found(few, *place, 3)).collect();
        matches.extend(places.iter().map(|place| found(few, *place, 1)));
        distinct.repeat(&column, &mut matches);
        assert_eq!(matches, expected);
    }

    #[test]
    fn a_column_of_different_values_is_given_up() {
        let values: Vec<String> = (0..1_000).map(|index| (index / 3).to_string()).collect();
        assert!(Distinct::default().read(&column(&values)));
        let values: Vec<String> = (0..1_000).map(|index| index.to_string()).collect();
        assert!(!Distinct::default().read(&column(&values)));
    }
}
