//! Tables whose rows are known are sampled as the sources do it, thousands of times: what is stated of them has to be true.
//!
//! Shares are chosen near what is stated, and what is looked for stands where it does most harm. Where rows are no lots of
//! their own the same draws are judged without the correction, too: the statements have to be false then, or the test
//! would notice nothing.

use super::END_ROWS;
use super::lots::{BlockLots, KeyLots, places, share_of_rows};
use crate::model::{Sample, SampleMethod};
use crate::sources::random::Random;
use std::ops::Range;

const RUNS: u64 = 2_000;
/// One statement of twenty may be false: 100 of the runs, and 23 more for their own luck. Of a binomial count of 2,000 lots
/// at 5 %, whose standard deviation is 9.7, 99 of 100 are not above that.
const MAY_BE_FALSE: u64 = 123;

/// Numbers between 0 and 1.
struct Dice(Random);

impl Dice {
    fn new(run: u64) -> Self {
        Self(Random::new(run, "dice"))
    }

    fn unit(&mut self) -> f64 {
        ((self.0.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Those of `count` things that are drawn, each with this chance.
    fn drawn(&mut self, count: u64, chance: f64) -> Vec<u64> {
        let mut drawn = Vec::new();
        let mut next = 0_u64;
        loop {
            let gap = if chance < 1.0 { (self.unit().ln() / (-chance).ln_1p()) as u64 } else { 0 };
            next = next.saturating_add(gap);
            if next >= count {
                return drawn;
            }
            drawn.push(next);
            next += 1;
        }
    }
}

/// How often something was stated, and was false.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    bounds: u64,
    false_bounds: u64,
    intervals: u64,
    false_intervals: u64,
}

impl Tally {
    /// What is stated where `found` of the rows match, and `share` of all.
    fn add(&mut self, sample: &Sample, found: u64, share: f64) {
        if found == 0 {
            let Some(bound) = sample.upper_share() else { return };
            self.bounds += 1;
            self.false_bounds += u64::from(share > bound);
        } else {
            let Some((low, high)) = sample.share_interval(found) else { return };
            self.intervals += 1;
            // A share that was counted is exact up to the last digit of its number.
            self.false_intervals += u64::from(share < low - 1e-12 || share > high + 1e-12);
        }
    }

    fn holds(&self, name: &str) {
        assert!(self.false_bounds <= MAY_BE_FALSE && self.false_intervals <= MAY_BE_FALSE, "{name}: {self:?}");
    }

    fn is_false(&self) -> bool {
        self.false_bounds > MAY_BE_FALSE || self.false_intervals > MAY_BE_FALSE
    }
}

fn sample(method: SampleMethod, rows: u64, total: u64) -> Sample {
    Sample { method, total_rows: Some(total), ..Sample::all(1, rows) }
}

/// Blocks that are alike: so many, of so many rows, of which some match.
#[derive(Clone, Copy)]
struct Blocks {
    count: u64,
    rows: u64,
    matching: u64,
}

/// Tallies of a table of such blocks: as it is stated, and without the correction.
fn blocks(wanted: u64, table: &[Blocks]) -> (Tally, Tally) {
    const FULL: u64 = 227;
    let count: u64 = table.iter().map(|blocks| blocks.count).sum();
    let total: u64 = table.iter().map(|blocks| blocks.count * blocks.rows).sum();
    let matching: u64 = table.iter().map(|blocks| blocks.count * blocks.matching).sum();
    let share = matching as f64 / total as f64;
    let lots = BlockLots::new(wanted, count, total, FULL).expect("blocks are drawn");
    let (mut stated, mut uncorrected) = (Tally::default(), Tally::default());
    for run in 0..RUNS {
        let mut dice = Dice::new(run);
        let (mut rows, mut found) = (0, 0);
        for kind in table {
            for _ in dice.drawn(kind.count, lots.blocks) {
                let kept = dice.drawn(kind.rows, lots.kept);
                rows += kept.len() as u64;
                found += kept.iter().filter(|row| **row < kind.matching).count() as u64;
            }
        }
        let drawn = Sample { total_is_exact: false, ..sample(SampleMethod::Blocks, rows, total) };
        stated.add(&Sample { independent_rows: lots.independent_rows(rows), ..drawn }, found, share);
        uncorrected.add(&drawn, found, share);
    }
    (stated, uncorrected)
}

fn kind(count: u64, rows: u64, matching: u64) -> Blocks {
    Blocks { count, rows, matching }
}

#[test]
fn what_is_stated_of_blocks_that_are_alike_is_true() {
    for (density, matching) in [(8, 40), (8, 800), (60, 100), (60, 400), (200, 400), (200, 2_000)] {
        let packed = [kind(40_000 - matching, density, 0), kind(matching, density, density)];
        blocks(200, &packed).0.holds(&format!("{matching} blocks of {density}"));
    }
    for (density, matching) in [(8, 800), (60, 20_000)] {
        let spread = [kind(40_000 - matching, density, 0), kind(matching, density, 1)];
        blocks(200, &spread).0.holds(&format!("a row in {matching} blocks of {density}"));
    }
}

/// What is looked for stands in the fullest blocks, of which few or none are drawn.
#[test]
fn what_is_stated_of_blocks_of_uneven_density_is_true() {
    let mut noticed = 0;
    for density in [1, 20, 60] {
        // About three of a hundred and ten are drawn: that is where the bound lies.
        for full in [10, 40, 90, 120] {
            let hidden = [kind(40_000 - full, density, 0), kind(full, 226, 226)];
            let (stated, uncorrected) = blocks(200, &hidden);
            stated.holds(&format!("{full} full blocks among those of {density}"));
            noticed += u32::from(uncorrected.is_false());
        }
        let among_others = [kind(39_000, density, 0), kind(920, 226, 0), kind(80, 226, 226)];
        blocks(200, &among_others).0.holds(&format!("80 of 1,000 full blocks among those of {density}"));
    }
    assert!(noticed >= 9, "without the correction {noticed} of 12 tables have false statements");
    for matching in [1, 2, 3, 5, 20] {
        let table = [kind(9_900, 1, 0), kind(100 - matching, 157, 0), kind(matching, 157, 157)];
        let (stated, uncorrected) = blocks(900, &table);
        stated.holds(&format!("{matching} of 100 blocks of 157 among single rows"));
        assert!(matching > 3 || uncorrected.is_false(), "{matching}: {uncorrected:?}");
    }
}

/// Rows that have lots of their own, wherever they stand: as shares of a pass, and as places.
#[test]
fn what_is_stated_of_rows_is_true() {
    const TOTAL: u64 = 100_000;
    for matching in [1, 100, 500, 800, 950, 1_010, 1_500, 10_000] {
        let share = matching as f64 / TOTAL as f64;
        let (mut of_pass, mut of_places, mut halved) = (Tally::default(), Tally::default(), Tally::default());
        for run in 0..RUNS {
            let drawn = Dice::new(run).drawn(TOTAL, share_of_rows(300, TOTAL));
            let found = drawn.iter().filter(|row| **row < matching).count() as u64;
            of_pass.add(&sample(SampleMethod::Rows, drawn.len() as u64, TOTAL), found, share);
            let drawn = places(&mut Random::new(run, "t"), 300, TOTAL);
            let found = drawn.range(..matching).count() as u64;
            let read = sample(SampleMethod::Rows, drawn.len() as u64, TOTAL);
            of_places.add(&read, found, share);
            halved.add(&Sample { independent_rows: 600, ..read }, found, share);
        }
        of_pass.holds(&format!("a pass, {matching}"));
        of_places.holds(&format!("places, {matching}"));
        assert!(matching != 800 || halved.is_false(), "a bound of half the share would be noticed: {halved:?}");
    }
}

/// Keys of which most have no row, and rows that crowd at some of them.
#[test]
fn what_is_stated_of_keys_is_true() {
    let crowded = |row: i128| if row < 2_700 { 10_000 + row } else { (row - 2_700) * 66 };
    let regular = |row: i128| row * 7;
    let keys_of = |key: &dyn Fn(i128) -> i128| {
        let mut keys: Vec<i128> = (0..3_000).map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    };
    for (name, keys) in [("crowded", keys_of(&crowded)), ("regular", keys_of(&regular))] {
        let total = keys.len() as u64;
        let span = (keys[0], keys[keys.len() - 1]);
        // Neighbours match: at the low end, and in the middle, which is the crowd.
        let matching: Vec<Range<usize>> =
            [10, 30, 44, 47, 60, 300].iter().flat_map(|n| [0..*n, 1_400..1_400 + n]).collect();
        let mut tallies = vec![Tally::default(); matching.len()];
        for run in 0..RUNS {
            let mut lots = KeyLots::new(Random::new(run, "t"), span, total, 200).expect("keys are dense");
            let mut rows: Vec<usize> = Vec::new();
            loop {
                let drawn = lots.draw(rows.len() as u64, 200, 300);
                if drawn.is_empty() {
                    break;
                }
                rows.extend(drawn.iter().filter_map(|key| keys.binary_search(key).ok()));
            }
            let read = sample(SampleMethod::Keys, rows.len() as u64, total);
            for (tally, matching) in tallies.iter_mut().zip(&matching) {
                let found = rows.iter().filter(|row| matching.contains(row)).count() as u64;
                tally.add(&read, found, matching.len() as f64 / total as f64);
            }
        }
        for (tally, matching) in tallies.iter().zip(&matching) {
            tally.holds(&format!("{name} keys, {matching:?}"));
        }
    }
}

/// The newest rows match, and they are read besides the lots; others may match too.
#[test]
fn what_is_stated_besides_newest_and_oldest_rows_is_true() {
    const TOTAL: u64 = 50_000;
    for (newest, others) in [(0, 600), (3, 0), (50, 0), (50, 200), (50, 5_000), (500, 0)] {
        let share = (newest + others) as f64 / TOTAL as f64;
        let (mut stated, mut uncorrected) = (Tally::default(), Tally::default());
        for run in 0..RUNS {
            let drawn = places(&mut Random::new(run, "t"), 300, TOTAL);
            let is_end = |row: u64| !(END_ROWS..TOTAL - END_ROWS).contains(&row);
            let matches = |row: u64| row >= TOTAL - newest || (END_ROWS..END_ROWS + others).contains(&row);
            let mut read = drawn.clone();
            read.extend((0..END_ROWS).chain(TOTAL - END_ROWS..TOTAL));
            let found = read.iter().filter(|row| matches(**row)).count() as u64;
            let again = drawn.iter().filter(|row| is_end(**row)).count() as u64;
            let rows = drawn.len() as u64;
            let one = Sample { newest_rows: 2 * END_ROWS - again, ..sample(SampleMethod::Rows, rows, TOTAL) };
            stated.add(&one, found, share);
            uncorrected.add(&sample(SampleMethod::Rows, rows + one.end_rows(), TOTAL), found, share);
        }
        stated.holds(&format!("{newest} newest and {others} others"));
        assert!((newest, others) != (50, 0) || uncorrected.is_false(), "{uncorrected:?}");
    }
}

/// Names stand in every row, and one row in a thousand has a diagnosis, too. Who ends the table, or the column of the names alone,
/// when enough names were seen, meets hardly a row that has both: what is read later has no name beside it, and is no PHI.
#[test]
fn a_sample_or_a_column_that_ended_when_enough_was_found_would_miss_what_is_rare() {
    const WANTED: u64 = 3_000;
    const ENOUGH_NAMES: u64 = 300;
    let (mut by_whole, mut by_ended) = (0, 0);
    for run in 0..RUNS {
        let diagnoses = Dice::new(run).drawn(WANTED, 0.001);
        by_whole += u64::from(!diagnoses.is_empty());
        by_ended += u64::from(diagnoses.iter().any(|row| *row < ENOUGH_NAMES));
    }
    assert!(by_whole * 100 >= RUNS * 94, "{by_whole} of {RUNS} whole samples met PHI");
    assert!(by_ended * 100 < RUNS * 30, "{by_ended} of {RUNS} that ended early did");
}
