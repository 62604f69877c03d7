//! Allocations of each stage once it is under way, by a counting allocator: for each batch, each record and each value.
//!
//! `cargo bench --bench allocations`, or with names of formats: `cargo bench --bench allocations -- csv ndjson`. Prints a
//! Markdown table. The figures depend on no clock and on nothing else that the machine does. The first half of a file
//! warms a stage up: what it keeps for the next batch has its size then. The second half, with values that were not there
//! before, is counted. A record without an allocation of its own shows as next to nothing, because what a batch allocates
//! is spread over its thousands of records.

// The generator is included whole, with its tests, which a bench does not run. A global allocator cannot be had without
// unsafe code: the one below counts and hands on.
#![allow(missing_docs, dead_code, unused_imports, unsafe_code, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../corpus/generate/claims.rs"]
mod claims;
#[path = "../corpus/generate/identity.rs"]
mod identity;
mod inputs;
#[path = "../corpus/generate/random.rs"]
mod random;
#[path = "../corpus/generate/streams.rs"]
mod streams;
#[path = "../corpus/generate/table.rs"]
mod table;
#[path = "../corpus/generate/tables.rs"]
mod tables;

use inputs::{FORMATS, Prepared, engine, input, open};
use phinder::classify::{self, Classifier};
use phinder::detectors;
use phinder::model::{Batch, Confidence, Evidence, Match, Records};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, with a count of what it is asked for. Memory that grows counts as an allocation.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(bytes: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        // SAFETY: the caller keeps the promises of `GlobalAlloc::realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What was allocated, and over what.
#[derive(Default)]
struct Counted {
    batches: u64,
    records: u64,
    values: u64,
    allocations: u64,
    bytes: u64,
}

/// Allocations and bytes up to now.
fn reading() -> (u64, u64) {
    (ALLOCATIONS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

impl Counted {
    /// Adds what was allocated since `before`.
    fn since(&mut self, before: (u64, u64)) {
        let now = reading();
        self.allocations += now.0 - before.0;
        self.bytes += now.1 - before.1;
    }

    /// Adds the size of a batch. A value of a dictionary counts as often as it occurs.
    fn over(&mut self, batch: &Batch) {
        self.batches += 1;
        self.records += u64::from(batch.record_count);
        for column in &batch.columns {
            self.values += match &column.records {
                Records::Dictionary { keys, .. } => keys.len(),
                Records::Identity | Records::Mapped(_) => column.len(),
            } as u64;
        }
    }
}

/// Whether a batch is counted: the first half warms up.
fn is_counted(place: usize, all: usize) -> bool {
    place >= all / 2
}

/// A file decoded from its beginning to its end, the batch reused; `each` is given the batches, and what it does is
/// counted with the decoding.
fn decode(format: &str, all: usize, mut each: impl FnMut(&Batch)) -> Counted {
    let bytes = input(format);
    let parts = open(&bytes, format);
    let (mut counted, mut batch, mut place) = (Counted::default(), Batch::default(), 0);
    for mut part in parts {
        loop {
            let before = reading();
            let more = part.next_batch(&mut batch).unwrap();
            if more {
                each(&batch);
            }
            if is_counted(place, all) {
                counted.since(before);
            }
            if !more {
                break;
            }
            if is_counted(place, all) {
                counted.over(&batch);
            }
            place += 1;
        }
    }
    assert_eq!(place, all, "{format}: the same batches as before");
    counted
}

/// A stage behind the decoder, over batches that are there already.
fn stage(batches: &[Batch], mut each: impl FnMut(usize, &Batch)) -> Counted {
    let mut counted = Counted::default();
    for (place, batch) in batches.iter().enumerate() {
        let before = reading();
        each(place, batch);
        if is_counted(place, batches.len()) {
            counted.since(before);
            counted.over(batch);
        }
    }
    counted
}

/// As a scan makes it: with a key, people are told apart.
fn classifier() -> Classifier {
    Classifier::new(engine().detectors(), Confidence::Medium).with_people_key([7; 16])
}

fn detect(prepared: &Prepared) -> Counted {
    let (mut scratch, mut found) = (detectors::Scratch::default(), Vec::new());
    stage(&prepared.batches, |_, batch| {
        engine().scan(batch, &prepared.profile, &mut scratch, &mut found);
        black_box(&found);
    })
}

fn classify(prepared: &Prepared) -> Counted {
    let mut scratch = detectors::Scratch::default();
    let matches: Vec<Vec<Vec<Match>>> = prepared
        .batches
        .iter()
        .map(|batch| {
            let mut found = Vec::new();
            engine().scan(batch, &prepared.profile, &mut scratch, &mut found);
            found
        })
        .collect();
    let (classifier, mut scratch) = (classifier(), classify::Scratch::default());
    let mut evidence = Evidence::default();
    let counted = stage(&prepared.batches, |place, batch| {
        evidence.merge(classifier.classify(batch, &matches[place], &mut scratch));
    });
    black_box(evidence);
    counted
}

/// All three in turn on one batch that is reused, as a worker does it.
fn together(format: &str, prepared: &Prepared) -> Counted {
    let (mut scratch, mut found) = (detectors::Scratch::default(), Vec::new());
    let (classifier, mut memory) = (classifier(), classify::Scratch::default());
    let mut evidence = Evidence::default();
    let counted = decode(format, prepared.batches.len(), |batch| {
        engine().scan(batch, &prepared.profile, &mut scratch, &mut found);
        evidence.merge(classifier.classify(batch, &found, &mut memory));
    });
    black_box(evidence);
    counted
}

fn print(format: &str, stage: &str, counted: &Counted) {
    let Counted { batches, records, values, allocations, bytes } = counted;
    let each = |count: &u64| *allocations as f64 / (*count).max(1) as f64;
    println!(
        "| {format} | {stage} | {batches} | {records} | {values} | {allocations} | {:.1} | {:.4} | {:.5} | {:.1} |",
        each(batches),
        each(records),
        each(values),
        *bytes as f64 / (*records).max(1) as f64,
    );
}

fn main() {
    // Cargo adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!(
        "| format | stage | batches | records | values | allocations | for each batch | for each record | for each value \
         | bytes for each record |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for format in FORMATS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == format) {
            continue;
        }
        let prepared = Prepared::new(format);
        assert!(prepared.batches.len() > 3, "{format}: too few batches to warm up");
        print(format, "decode", &decode(format, prepared.batches.len(), |batch| _ = black_box(batch)));
        print(format, "detect", &detect(&prepared));
        print(format, "classify", &classify(&prepared));
        print(format, "together", &together(format, &prepared));
    }
}
