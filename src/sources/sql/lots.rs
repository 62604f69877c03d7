//! Which rows are read: lots drawn from a seed, over the keys of a table.
//!
//! Where almost every key has a row, keys are drawn: each row is then as likely as any other, whatever the gaps. Where
//! keys are sparse, ranges of equal width are drawn and every row in them is read: again each row is as likely as any
//! other, and a range counts as one independent row. Nothing here talks to a database.

use crate::sources::random::Random;
use std::collections::{BTreeSet, HashSet};

/// Fewest rows per key at which single keys are drawn.
const DENSE: f64 = 0.05;

/// `count` distinct numbers below `total`, ascending: the places of rows that are read on the way through a table.
pub(super) fn places(random: &mut Random, count: u64, total: u64) -> BTreeSet<u64> {
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < count.min(total) {
        chosen.insert(random.below(u128::from(total)) as u64);
    }
    chosen
}

/// The keys between the lowest and the highest one of a table, and how they are drawn.
pub(super) struct KeyLots {
    random: Random,
    lowest: i128,
    /// Lots that there are: keys, or ranges of `width` keys.
    lots: u128,
    width: u128,
    drawn: HashSet<u128>,
}

impl KeyLots {
    /// `total` rows, by a count or an estimate.
    pub(super) fn new(random: Random, (lowest, highest): (i128, i128), total: u64) -> Self {
        let span = (highest - lowest).max(0) as u128 + 1;
        let is_dense = total as f64 >= span as f64 * DENSE;
        let width = if is_dense { 1 } else { span.div_ceil(u128::from(total.max(1))) };
        Self { random, lowest, lots: span.div_ceil(width), width, drawn: HashSet::new() }
    }

    /// Whether a lot is a range and not a single key.
    pub(super) fn are_ranges(&self) -> bool {
        self.width > 1
    }

    /// Up to `count` lots that were not drawn before, ascending: the first key of each and the one after its last.
    pub(super) fn draw(&mut self, count: usize) -> Vec<(i128, i128)> {
        let left = self.lots - self.drawn.len() as u128;
        let mut chosen = BTreeSet::new();
        while (chosen.len() as u128) < left.min(count as u128) {
            let lot = self.random.below(self.lots);
            if self.drawn.insert(lot) {
                chosen.insert(lot);
            }
        }
        let range = |lot: u128| {
            let start = self.lowest + (lot * self.width) as i128;
            (start, start + self.width as i128)
        };
        chosen.into_iter().map(range).collect()
    }
}

/// As how many independent rows the rows of some ranges count: one per range, and fewer where some ranges hold many
/// more rows than others, because what is looked for may stand in those.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    pub(super) rows: u64,
    pub(super) places: u64,
    largest: u64,
}

impl Clusters {
    /// A place of which `rows` were read.
    pub(super) fn add(&mut self, rows: u64) {
        self.rows += rows;
        self.places += u64::from(rows > 0);
        self.largest = self.largest.max(rows);
    }

    /// Whether the rows suffice: as many independent ones as are wanted, or twice as many that are not.
    pub(super) fn is_enough(&self, wanted: u64) -> bool {
        self.rows >= wanted && (self.independent_rows() >= wanted || self.rows >= wanted.saturating_mul(2))
    }

    /// How many lots more to draw.
    pub(super) fn missing(&self, wanted: u64) -> usize {
        const AT_LEAST: u64 = 16;
        wanted.saturating_sub(self.independent_rows()).clamp(AT_LEAST, 1 << 20) as usize
    }

    /// The number that the bound is made of.
    pub(super) fn independent_rows(&self) -> u64 {
        self.places.min(self.rows / self.largest.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_lots() {
        let lots = |seed| KeyLots::new(Random::new(seed, "t"), (1, 1_000), 900).draw(20);
        assert_eq!(lots(7), lots(7));
        assert_ne!(lots(7), lots(8));
        assert!(lots(7).iter().all(|(start, end)| *start >= 1 && *end == start + 1 && *start <= 1_000));
    }

    #[test]
    fn every_lot_is_drawn_once() {
        let mut lots = KeyLots::new(Random::new(1, "t"), (-50, 49), 100);
        let mut all: Vec<_> = (0..5).flat_map(|_| lots.draw(30)).map(|(start, _)| start).collect();
        all.sort_unstable();
        assert_eq!(all, (-50..50).collect::<Vec<i128>>());
        assert!(lots.draw(1).is_empty());
    }

    #[test]
    fn sparse_keys_are_drawn_in_ranges() {
        let mut lots = KeyLots::new(Random::new(1, "t"), (0, i128::from(u64::MAX)), 1_000);
        assert!(lots.are_ranges());
        let drawn = lots.draw(10);
        let width = drawn[0].1 - drawn[0].0;
        assert!(drawn.iter().all(|(start, end)| end - start == width && start % width == 0));
        assert_eq!(lots.draw(usize::MAX).len(), 990, "as many ranges as rows");
    }

    /// Each row is as likely as any other, also where keys come in runs with gaps between them.
    #[test]
    fn no_row_is_more_likely_than_another() {
        let keys: Vec<i128> = (0..200).map(|row| if row < 100 { row } else { 1_000 + row * 10 }).collect();
        let (lowest, highest) = (keys[0], *keys.last().unwrap());
        let mut first_half = 0;
        let mut read = 0;
        for seed in 0..4_000 {
            let mut lots = KeyLots::new(Random::new(seed, "t"), (lowest, highest), keys.len() as u64);
            for (start, end) in lots.draw(30) {
                for key in keys.iter().filter(|key| **key >= start && **key < end) {
                    read += 1;
                    first_half += i32::from(*key < 100);
                }
            }
        }
        let share = f64::from(first_half) / f64::from(read);
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    #[test]
    fn a_crowded_range_weighs_the_others_down() {
        let mut clusters = Clusters::default();
        (0..100).for_each(|_| clusters.add(1));
        assert_eq!(clusters.independent_rows(), 100);
        clusters.add(50);
        assert_eq!(clusters.independent_rows(), 3);
    }
}
