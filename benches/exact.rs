//! Exact match: building an index of five million identifiers, and looking up in it what is there and what is not.
//!
//! `cargo bench --bench exact`. Time per identifier is the time of an iteration by the items that it counts.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use phinder::detectors::exact::{ExactBuilder, ExactIndexes, ExactKey, ExactKind};
use std::sync::OnceLock;

const ENTRIES: u64 = 5_000_000;
/// So many are looked up in an iteration.
const LOOKED_UP: u64 = 100_000;

fn main() {
    divan::main();
}

/// Spread over all numbers of eleven digits; `part` 0 is indexed, 1 is not.
fn number(index: u64, part: u64) -> u64 {
    let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    10_000_000_000 + (spread % 40_000_000_000) * 2 + part
}

fn key() -> ExactKey {
    ExactKey::from_secret(b"a key for measurements")
}

fn build() -> ExactIndexes {
    let mut builder = ExactBuilder::new(key(), vec![("mrn".to_owned(), ExactKind::Id)], "");
    for index in 0..ENTRIES {
        builder.add(0, number(index, 0).to_string().as_bytes(), 1);
    }
    ExactIndexes::new(key(), vec![builder.finish()])
}

fn look_up(bencher: Bencher, part: u64) {
    static INDEXES: OnceLock<ExactIndexes> = OnceLock::new();
    let indexes = INDEXES.get_or_init(build);
    let mut text = Vec::new();
    for index in 0..LOOKED_UP {
        text.extend_from_slice(number(index * 49, part).to_string().as_bytes());
        text.push(b' ');
    }
    bencher.counter(ItemsCount::new(LOOKED_UP)).bench_local(|| {
        let starts = (0..text.len()).step_by(12);
        starts.filter(|start| indexes.id_at(black_box(&text), *start, text.len()).is_some()).count()
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn build_five_million(bencher: Bencher) {
    bencher.counter(ItemsCount::new(ENTRIES)).bench_local(build);
}

#[divan::bench]
fn present(bencher: Bencher) {
    look_up(bencher, 0);
}

#[divan::bench]
fn absent(bencher: Bencher) {
    look_up(bencher, 1);
}
