//! Which rows are read: lots drawn from a seed, over the keys, the blocks or the places of rows of a table.
//!
//! Where many keys have a row, keys are drawn: each row is then as likely as any other, whatever the gaps. Blocks are as
//! likely as one another, and so are rows; but rows of one block come together, so they count for less. Nothing here talks to
//! a database.

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

/// Up to `count` keys between the lowest and the highest one, ascending.
pub(super) fn points(random: &mut Random, (lowest, highest): (i128, i128), count: usize) -> BTreeSet<i128> {
    let span = (highest - lowest).max(0) as u128 + 1;
    (0..count).map(|_| lowest + random.below(span) as i128).collect()
}

/// The share of rows of a pass in which each row has its own lot, so that `wanted` of `total` come, and few less if any.
pub(super) fn share_of_rows(wanted: u64, total: u64) -> f64 {
    let wanted = wanted as f64;
    ((wanted + 3.0 * wanted.sqrt()) / total.max(1) as f64).min(1.0)
}

/// The keys between the lowest and the highest one of a table, each of which has one row or none, and how they are drawn.
pub(super) struct KeyLots {
    random: Random,
    lowest: i128,
    keys: u128,
    /// Keys that are drawn at most, where the estimate of rows was too high.
    most: u128,
    /// Rows per key.
    density: f64,
    drawn: HashSet<u128>,
}

impl KeyLots {
    /// `total` rows, by a count or an estimate, of which `wanted` are to be drawn. `None` where too few keys have a row.
    pub(super) fn new(random: Random, (lowest, highest): (i128, i128), total: u64, wanted: u64) -> Option<Self> {
        let keys = (highest - lowest).max(0) as u128 + 1;
        let density = (total as f64 / keys as f64).min(1.0);
        let most = ((2.0 * wanted as f64 / DENSE) as u128).min(keys);
        (density >= DENSE).then(|| Self { random, lowest, keys, most, density, drawn: HashSet::new() })
    }

    /// Keys that were not drawn before, ascending, up to `at_once`, where `rows` came of those that were. None where that is
    /// enough. How many are drawn follows from the number of rows alone, never from what they hold.
    pub(super) fn draw(&mut self, rows: u64, wanted: u64, at_once: usize) -> Vec<i128> {
        const AT_LEAST: f64 = 16.0;
        if rows >= wanted {
            return Vec::new();
        }
        if !self.drawn.is_empty() {
            self.density = rows.max(1) as f64 / self.drawn.len() as f64;
        }
        let missing = ((wanted - rows) as f64 / self.density).max(AT_LEAST);
        let left = self.most - self.drawn.len() as u128;
        let count = left.min(missing.ceil() as u128).min(at_once as u128);
        let mut chosen = BTreeSet::new();
        while (chosen.len() as u128) < count {
            let key = self.random.below(self.keys);
            if self.drawn.insert(key) {
                chosen.insert(self.lowest + key as i128);
            }
        }
        chosen.into_iter().collect()
    }
}

/// Blocks drawn by lot, and some rows of each.
///
/// Nothing is known of the blocks that are not drawn: each of them may be as full as a block can be, and all that is looked
/// for may stand in those. A block that is `full` gives up to `kept * full` rows at once, so that many count as one; and one
/// for the lots of its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BlockLots {
    /// The share of blocks that are drawn.
    pub(super) blocks: f64,
    /// The share of the rows of such a block that are kept.
    pub(super) kept: f64,
    /// Rows of a block at most.
    full: f64,
}

impl BlockLots {
    /// Lots for a table of so many blocks and rows; a block holds up to `full` rows. `None` where so many blocks would be
    /// drawn that it is as quick to pass all of them.
    pub(super) fn new(wanted: u64, blocks: u64, total: u64, full: u64) -> Option<Self> {
        /// Rows that are kept for each that is wanted: rows of full blocks count for half then.
        const ROWS: f64 = 2.0;
        /// Blocks for each row that is wanted: with one row of each on average, e of them have none.
        const FEWEST: f64 = 1.65;
        /// With more, the sample of a large table would not be quick.
        const MOST: f64 = 5.5;
        let (wanted, blocks, full) = (wanted as f64, blocks.max(1) as f64, full.max(1) as f64);
        let density = total.max(1) as f64 / blocks;
        let drawn = (ROWS * full / density).clamp(FEWEST, MOST) * wanted;
        let kept = (ROWS * wanted / (drawn * density)).min(1.0);
        (drawn * 2.0 <= blocks).then_some(Self { blocks: drawn / blocks, kept, full })
    }

    /// As how many independent rows those count that came.
    pub(super) fn independent_rows(&self, rows: u64) -> u64 {
        (rows as f64 / self.rows_that_count_as_one()) as u64
    }

    /// The variance of the rows that come of a full block, over their mean.
    fn rows_that_count_as_one(&self) -> f64 {
        1.0 + self.kept * (self.full - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lots(seed: u64, span: (i128, i128), total: u64) -> KeyLots {
        KeyLots::new(Random::new(seed, "t"), span, total, 1_000).unwrap()
    }

    #[test]
    fn the_same_seed_draws_the_same_lots() {
        let drawn = |seed| lots(seed, (1, 1_000), 900).draw(0, 20, 100);
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        assert_eq!(drawn(7).len(), 23, "as many keys more as have no row");
        assert!(drawn(7).iter().all(|key| (1..=1_000).contains(key)));
    }

    #[test]
    fn every_key_is_drawn_once() {
        let mut lots = lots(1, (-50, 49), 100);
        let mut all: Vec<_> = (0..5).flat_map(|_| lots.draw(0, 1_000, 30)).collect();
        all.sort_unstable();
        assert_eq!(all, (-50..50).collect::<Vec<i128>>());
        assert!(lots.draw(0, 1_000, 30).is_empty());
    }

    /// Neither the span of the keys nor an estimate that is too high makes more statements.
    #[test]
    fn keys_that_are_drawn_are_bounded() {
        let everywhere = (0, i128::from(u64::MAX));
        assert!(KeyLots::new(Random::new(1, "t"), everywhere, 100_001, 3_000).is_none());
        let mut lots = KeyLots::new(Random::new(1, "t"), (1, 1_000_000_000), 1_000_000_000, 3_000).unwrap();
        let mut statements = 0;
        while !lots.draw(0, 3_000, 4_000).is_empty() {
            statements += 1;
        }
        assert!((30..=32).contains(&statements), "{statements}");
    }

    /// Each row is as likely as any other, also where keys come in runs with gaps between them.
    #[test]
    fn no_row_is_more_likely_than_another() {
        let keys: Vec<i128> = (0..200).map(|row| if row < 100 { row } else { 1_000 + row * 10 }).collect();
        let span = (keys[0], *keys.last().unwrap());
        let (mut first_half, mut read) = (0, 0);
        for seed in 0..4_000 {
            for key in lots(seed, span, 200).draw(0, 30, 300) {
                let has_row = keys.binary_search(&key).is_ok();
                read += i32::from(has_row);
                first_half += i32::from(has_row && key < 100);
            }
        }
        let share = f64::from(first_half) / f64::from(read);
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    #[test]
    fn the_fuller_a_block_may_be_the_less_its_rows_count() {
        let close = |lots: BlockLots, rows: u64, expected: u64| {
            let independent = lots.independent_rows(rows);
            assert!(independent.abs_diff(expected) * 50 <= expected, "{lots:?}: {independent}");
        };
        close(BlockLots::new(3_000, 1_000_000, 100_000_000, 200).unwrap(), 6_000, 3_000);
        close(BlockLots::new(3_000, 1_000_000, 10_000_000, 200).unwrap(), 6_000, 727);
        let few = BlockLots::new(3_000, 1_000_000, 1_000_000, 200).unwrap();
        assert!((few.blocks - 0.0165).abs() < 1e-9, "blocks are bounded: {few:?}");
        assert_eq!(BlockLots::new(3_000, 30_000, 100_000, 200), None, "passing all of them is as quick");
    }
}
