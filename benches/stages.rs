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
use phinder::classify::{self, Classifier};
use phinder::config::{Overrides, Settings};
use phinder::decoders;
use phinder::detectors::{self, Profile};
use phinder::model::{Batch, ByteStream, Confidence, Content, Match, MemoryContent, ObjectResult, ReadError};
use phinder::outputs::{Output, ScanHeader, Summary};
use phinder::scan::{self, Progress, ScanPlan};
use phinder::unpack;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

const INPUT_BYTES: u64 = 32 << 20;
const SEED: u64 = 2026;
/// The chunks in which sources deliver.
const CHUNK_BYTES: usize = 1 << 20;
/// A log with few identifiers, a table and events full of them, a table of numbers without any, a columnar table.
const FORMATS: [&str; 5] = ["log", "csv", "ndjson", "clean-csv", "parquet"];

fn main() {
    divan::main();
}

/// The file of a format, generated once.
fn input(format: &str) -> Bytes {
    static INPUTS: [OnceLock<Bytes>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];
    let place = FORMATS.iter().position(|known| *known == format).unwrap();
    let generate = || {
        let mut bytes = Vec::with_capacity(INPUT_BYTES as usize + (1 << 20));
        if format == "parquet" {
            claims::write(INPUT_BYTES, SEED, &mut bytes).unwrap();
        } else {
            assert!(streams::write(format, INPUT_BYTES, SEED, &mut bytes).unwrap());
        }
        Bytes::from(bytes)
    };
    INPUTS[place].get_or_init(generate).clone()
}

fn file_name(format: &str) -> String {
    format!("{format}.{}", format.rsplit('-').next().unwrap())
}

/// A stream in chunks of the size that a file source delivers.
struct Chunks(Bytes);

impl ByteStream for Chunks {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let length = self.0.len().min(CHUNK_BYTES);
        Ok((length > 0).then(|| self.0.split_to(length)))
    }
}

fn content(bytes: &Bytes) -> Content {
    Content { stream: Box::new(Chunks(bytes.clone())), random_access: Some(Arc::new(MemoryContent(bytes.clone()))) }
}

/// A plan with the built-in detectors and no policy, on one worker.
fn plan(target: &Path) -> ScanPlan {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let overrides = Overrides { workers: Some(1), ..Overrides::default() };
    Settings::read(Some(empty.path())).unwrap().plan(vec![target.to_str().unwrap().to_owned()], overrides).unwrap()
}

/// The detectors, compiled once.
fn engine() -> &'static detectors::Engine {
    static PLAN: OnceLock<ScanPlan> = OnceLock::new();
    &PLAN.get_or_init(|| plan(Path::new("-"))).engine
}

/// Every batch of a file through `visit`; the batch is reused unless it is taken.
fn decode_all(bytes: &Bytes, format: &str, visit: &mut dyn FnMut(&mut Batch)) {
    let mut whole = decoders::open(content(bytes), &file_name(format), &decoders::Limits::default()).unwrap();
    let mut parts = whole.parts();
    if parts.is_empty() {
        parts.push(whole);
    }
    let mut batch = Batch::default();
    for mut part in parts {
        while part.next_batch(&mut batch).unwrap() {
            visit(&mut batch);
        }
    }
}

/// What the stages behind the decoder are given.
struct Prepared {
    batches: Vec<Batch>,
    profile: Profile,
}

impl Prepared {
    fn new(format: &str) -> Self {
        let mut batches = Vec::new();
        decode_all(&input(format), format, &mut |batch| batches.push(std::mem::take(batch)));
        let profile = engine().profile(&batches[0], &mut detectors::Scratch::default());
        Self { batches, profile }
    }
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
