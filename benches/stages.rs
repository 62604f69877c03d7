//! Megabytes per second of each stage, alone and on one thread, over generated input of 32 MiB per format.
//!
//! `cargo bench --bench stages`, or with a part of a name: `cargo bench --bench stages -- decode`. Throughput counts
//! the bytes of the file (of what comes out, for decompression), so that the stages of one format can be compared.
//! The inputs come from the generator of the corpus with a fixed seed; everything is in memory except for `scan`.

// The generator is included whole, with its tests, which a bench does not run.
#![allow(missing_docs, dead_code, unused_imports, clippy::unwrap_used)]

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

use bytes::Bytes;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use inputs::{FORMATS, Prepared, content, decode_all, engine, file_name, input, plan};
use phinder::classify::{self, Classifier};
use phinder::detectors;
use phinder::model::{Confidence, Match, ObjectResult};
use phinder::outputs::{Output, ScanHeader, Summary};
use phinder::scan::{self, Progress};
use phinder::unpack;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() {
    divan::main();
}

#[divan::bench(args = ["gzip", "zstd"], sample_count = 10, sample_size = 1)]
fn unpack(bencher: Bencher, compression: &str) {
    let log = input("log");
    let packed = if compression == "gzip" {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(&log).unwrap();
        Bytes::from(encoder.finish().unwrap())
    } else {
        Bytes::from(zstd::encode_all(&log[..], 3).unwrap())
    };
    bencher.counter(BytesCount::new(log.len())).bench_local(|| {
        let mut unpacked = unpack::open(content(&packed), &unpack::Limits::default()).unwrap().content;
        let mut bytes = 0;
        while let Some(chunk) = unpacked.stream.next_chunk().unwrap() {
            bytes += black_box(chunk).len();
        }
        assert_eq!(bytes, log.len());
    });
}

#[divan::bench(args = FORMATS, sample_count = 10, sample_size = 1)]
fn decode(bencher: Bencher, format: &str) {
    let bytes = input(format);
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        decode_all(&bytes, format, &mut |batch| {
            black_box(batch);
        });
    });
}

#[divan::bench(args = FORMATS, sample_count = 10, sample_size = 1)]
fn detect(bencher: Bencher, format: &str) {
    let prepared = Prepared::new(format);
    let mut scratch = detectors::Scratch::default();
    let mut found = Vec::new();
    bencher.counter(BytesCount::new(input(format).len())).bench_local(|| {
        for batch in &prepared.batches {
            engine().scan(batch, &prepared.profile, &mut scratch, &mut found);
            black_box(&found);
        }
    });
}

#[divan::bench(args = FORMATS, sample_count = 10, sample_size = 1)]
fn classify(bencher: Bencher, format: &str) {
    let prepared = Prepared::new(format);
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
    let classifier = Classifier::new(engine().detectors(), Confidence::Medium);
    let mut scratch = classify::Scratch::default();
    bencher.counter(BytesCount::new(input(format).len())).bench_local(|| {
        for (batch, matches) in prepared.batches.iter().zip(&matches) {
            black_box(classifier.classify(batch, matches, &mut scratch));
        }
    });
}

/// The whole pipeline with one worker over a file, results discarded. Reading and listing have threads of their own.
#[divan::bench(args = FORMATS, sample_count = 10, sample_size = 1)]
fn scan(bencher: Bencher, format: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(file_name(format));
    std::fs::write(&path, input(format)).unwrap();
    bencher.counter(BytesCount::new(input(format).len())).with_inputs(|| Arc::new(plan(&path))).bench_local_values(
        |plan| {
            let progress = Arc::new(Progress::new(plan.workers));
            let summary = scan::run(&plan, &mut Nowhere, &progress, &Arc::new(AtomicBool::new(false))).unwrap();
            assert_eq!(summary.complete, 1);
        },
    );
}

/// Discards results.
struct Nowhere;

impl Output for Nowhere {
    fn begin(&mut self, _: &ScanHeader) -> io::Result<()> {
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        black_box(result);
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
