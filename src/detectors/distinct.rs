//! The distinct values of a column: columns of names, codes, places and states repeat a few values, and each is then
//! judged once.
//!
//! Only values that stand for themselves can be judged so: fields, not lines of text, which have neighbours.

use super::spans::{MAX_PACKED, packed};
use crate::model::{Column, ColumnKind, Match};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// After so many values a column is given up that has more distinct ones than the second number.
const TRIALS: [(usize, usize); 3] = [(128, 125), (1_024, 768), (usize::MAX, MAX_DISTINCT)];
/// A column of more distinct values is given up.
const MAX_DISTINCT: usize = 2_048;
/// At least twice as many.
const SLOTS: usize = 1 << 12;
/// A column of fewer values is judged as it is.
const MIN_VALUES: usize = 128;
/// Longer values are seldom repeated.
const MAX_BYTES: usize = 256;
/// Batches in which a column that was given up is judged as it is, before it is tried again.
const PAUSE: u8 = 15;
/// Columns that are remembered as given up.
const MAX_GIVEN_UP: usize = 4_096;

/// A worker's reused memory for one column at a time.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    /// Each distinct value once, in the order in which they come first.
    pub(super) column: Column,
    /// What each of them is by [`key_of`].
    keys: Vec<u128>,
    /// Per value of the original: which of the distinct ones it is.
    places: Vec<u16>,
    /// Open addressing: the place of the distinct value plus 1.
    slots: Vec<u16>,
    /// Of each distinct value: where its matches begin and end, and where it begins itself.
    found: Vec<(u32, u32, u32)>,
    repeated: Vec<Match>,
    /// The columns that were given up, by path and place, and for how many batches they are.
    given_up: HashMap<(Arc<str>, u32), u8, FixedState>,
}

impl Distinct {
    /// Reads a column; whether its values are few enough to be judged one by one. What a column of its name was found to be a few
    /// batches ago is taken to be so still: that costs or saves time, and changes no outcome.
    pub(super) fn read(&mut self, column: &Column) -> bool {
        let is_part = column.context_before_bytes > 0 || column.context_after_bytes > 0;
        if column.len() < MIN_VALUES || column.kind == ColumnKind::Lines || is_part {
            return false;
        }
        let key = (column.path.clone(), column.ordinal);
        if let Some(pause) = self.given_up.get_mut(&key).filter(|pause| **pause > 0) {
            *pause -= 1;
            return false;
        }
        let is_read = self.read_values(column);
        if !is_read && (self.given_up.len() < MAX_GIVEN_UP || self.given_up.contains_key(&key)) {
            self.given_up.insert(key, PAUSE);
        }
        is_read
    }

    #[inline(never)]
    fn read_values(&mut self, column: &Column) -> bool {
        let Self { column: own, keys, places, slots, .. } = self;
        (own.path, own.kind, own.ordinal) = (column.path.clone(), column.kind, column.ordinal);
        own.bytes.clear();
        own.ends.clear();
        keys.clear();
        places.clear();
        slots.clear();
        slots.resize(SLOTS, 0);
        let (mut start, mut first) = (0, 0);
        for (count, most) in TRIALS {
            let ends = &column.ends[first..column.len().min(count)];
            if !read_part((&column.bytes, ends), &mut start, (own, keys), (places, slots)) {
                return false;
            }
            if count < column.len() && own.len() > most {
                return false;
            }
            first += ends.len();
        }
        true
    }

    /// Turns the matches in the distinct values into those in all values of the column that was read.
    pub(super) fn repeat(&mut self, column: &Column, matches: &mut Vec<Match>) {
        if matches.is_empty() {
            return;
        }
        // The order of the matches in a value is kept.
        matches.sort_by_key(|found| found.value);
        self.found.clear();
        let mut first = 0;
        for (place, range) in self.column.ranges().enumerate() {
            let count = matches[first..].iter().take_while(|found| found.value as usize == place).count();
            self.found.push((first as u32, (first + count) as u32, range.start as u32));
            first += count;
        }
        self.repeated.clear();
        for (value, (place, range)) in self.places.iter().zip(column.ranges()).enumerate() {
            let (first, end, from) = self.found[usize::from(*place)];
            let to = range.start as u32;
            for found in &matches[first as usize..end as usize] {
                self.repeated.push(Match {
                    value: value as u32,
                    start: found.start - from + to,
                    end: found.end - from + to,
                    ..*found
                });
            }
        }
        std::mem::swap(matches, &mut self.repeated);
    }
}

/// Reads the values that end at `ends`, the first of which begins at `start`. `false` where there are too many, or long ones.
#[inline(always)]
fn read_part(
    (bytes, ends): (&[u8], &[u32]),
    start: &mut usize,
    (own, keys): (&mut Column, &mut Vec<u128>),
    (places, slots): (&mut Vec<u16>, &mut [u16]),
) -> bool {
    let Some(slots) = slots.first_chunk_mut::<SLOTS>() else { return false };
    places.reserve(ends.len());
    for end in ends {
        let range = *start..*end as usize;
        *start = range.end + 1;
        let key = key_of(bytes, range.clone());
        let mut slot = slot_of(key);
        let place = loop {
            let place = usize::from(slots[slot]).wrapping_sub(1);
            let Some(known) = keys.get(place) else {
                if range.len() > MAX_BYTES || keys.len() == MAX_DISTINCT {
                    return false;
                }
                own.push(&bytes[range]);
                keys.push(key);
                slots[slot] = keys.len() as u16;
                break keys.len() - 1;
            };
            if *known == key && (range.len() <= MAX_PACKED || own.value(place) == &bytes[range.clone()]) {
                break place;
            }
            slot = (slot + 1) % SLOTS;
        };
        places.push(place as u16);
    }
    true
}

/// What tells values apart: a short value itself, as a number, or a hash of a longer one. No short one has the number of a
/// longer one.
#[inline]
fn key_of(bytes: &[u8], range: Range<usize>) -> u128 {
    let length = range.len();
    if length > MAX_PACKED {
        return u128::MAX << 64 | u128::from(hash_long(&bytes[range]));
    }
    match bytes[range.start..].first_chunk::<16>() {
        // What stands behind the value is masked out.
        Some(chunk) => u128::from_le_bytes(*chunk) & MASKS[length] | LENGTHS[length],
        None if length == 0 => 0,
        None => packed(&bytes[range]),
    }
}

/// By length, the bytes that belong to a value.
static MASKS: [u128; MAX_PACKED + 1] = {
    let mut masks = [0; MAX_PACKED + 1];
    let mut length = 1;
    while length <= MAX_PACKED {
        masks[length] = u128::MAX >> (128 - 8 * length);
        length += 1;
    }
    masks
};

/// The length, in the byte that no value of up to [`MAX_PACKED`] bytes has.
static LENGTHS: [u128; MAX_PACKED + 1] = {
    let mut lengths = [0; MAX_PACKED + 1];
    let mut length = 1;
    while length <= MAX_PACKED {
        lengths[length] = (length as u128) << 120;
        length += 1;
    }
    lengths
};

/// Where a value is looked for first. The hash need not be secret, since a full table is given up and equality is tested.
#[inline]
fn slot_of(key: u128) -> usize {
    let (low, high) = (key as u64, (key >> 64) as u64);
    let mixed = (low ^ high.rotate_left(23)).wrapping_mul(FACTOR);
    (mixed >> 40) as usize % SLOTS
}

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash_long(value: &[u8]) -> u64 {
    let mix = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(FACTOR);
        product as u64 ^ (product >> 64) as u64
    };
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
    fn keys_of_short_values_are_their_bytes() {
        let bytes = b"abcdefghijklmnopqrst";
        for start in 0..bytes.len() {
            for end in start..bytes.len().min(start + MAX_PACKED) {
                let expected = if start == end { 0 } else { packed(&bytes[start..end]) };
                assert_eq!(key_of(bytes, start..end), expected);
            }
        }
        assert_ne!(key_of(bytes, 0..17), key_of(bytes, 1..18));
    }

    #[test]
    fn a_column_of_different_values_is_given_up() {
        let values: Vec<String> = (0..1_000).map(|index| (index / 3).to_string()).collect();
        assert!(Distinct::default().read(&column(&values)));
        let values: Vec<String> = (0..1_000).map(|index| index.to_string()).collect();
        assert!(!Distinct::default().read(&column(&values)));
    }
}
