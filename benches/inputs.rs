//! What the benches of single stages share: generated input in memory, the built-in engine, and batches of a format.
//!
//! The generator's modules name each other from the root of the crate, so each bench includes them there itself.

use crate::{claims, streams};
use bytes::Bytes;
use phinder::config::{Overrides, Settings};
use phinder::decoders::{self, Decoder};
use phinder::detectors::{self, Profile};
use phinder::model::{Batch, ByteStream, Content, MemoryContent, ReadError};
use phinder::scan::ScanPlan;
use std::path::Path;
use std::sync::{Arc, OnceLock};

const INPUT_BYTES: u64 = 32 << 20;
const SEED: u64 = 2026;
/// The chunks in which sources deliver.
const CHUNK_BYTES: usize = 1 << 20;
/// A log with few identifiers, a table and events full of them, a table of numbers without any, a columnar table and one
/// of dictionaries alone.
pub const FORMATS: [&str; 6] = ["log", "csv", "ndjson", "clean-csv", "parquet", "dictionary-parquet"];

/// The file of a format, generated once.
pub fn input(format: &str) -> Bytes {
    static INPUTS: [OnceLock<Bytes>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];
    let place = FORMATS.iter().position(|known| *known == format).unwrap();
    let generate = || {
        let mut bytes = Vec::with_capacity(INPUT_BYTES as usize + (1 << 20));
        match format {
            "parquet" => claims::write(claims::Columns::Mixed, INPUT_BYTES, SEED, &mut bytes).unwrap(),
            "dictionary-parquet" => {
                claims::write(claims::Columns::Dictionaries, INPUT_BYTES, SEED, &mut bytes).unwrap();
            }
            _ => assert!(streams::write(format, INPUT_BYTES, SEED, &mut bytes).unwrap()),
        }
        Bytes::from(bytes)
    };
    INPUTS[place].get_or_init(generate).clone()
}

pub fn file_name(format: &str) -> String {
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

pub fn content(bytes: &Bytes) -> Content {
    Content { stream: Box::new(Chunks(bytes.clone())), random_access: Some(Arc::new(MemoryContent(bytes.clone()))) }
}

/// A plan with the built-in detectors and no policy, on one worker.
pub fn plan(target: &Path) -> ScanPlan {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let overrides = Overrides { workers: Some(1), ..Overrides::default() };
    Settings::read(Some(empty.path())).unwrap().plan(vec![target.to_str().unwrap().to_owned()], overrides).unwrap()
}

/// The detectors, compiled once.
pub fn engine() -> &'static detectors::Engine {
    static PLAN: OnceLock<ScanPlan> = OnceLock::new();
    &PLAN.get_or_init(|| plan(Path::new("-"))).engine
}

/// The decoders of a file: one, or one for each part of it.
pub fn open(bytes: &Bytes, format: &str) -> Vec<Box<dyn Decoder>> {
    let mut whole = decoders::open(content(bytes), &file_name(format), &decoders::Limits::default()).unwrap();
    let mut parts = whole.parts();
    if parts.is_empty() {
        parts.push(whole);
    }
    parts
}

/// Every batch of a file through `visit`; the batch is reused unless it is taken.
pub fn decode_all(bytes: &Bytes, format: &str, visit: &mut dyn FnMut(&mut Batch)) {
    let mut batch = Batch::default();
    for mut part in open(bytes, format) {
        while part.next_batch(&mut batch).unwrap() {
            visit(&mut batch);
        }
    }
}

/// What the stages behind the decoder are given.
pub struct Prepared {
    pub batches: Vec<Batch>,
    pub profile: Profile,
}

impl Prepared {
    pub fn new(format: &str) -> Self {
        let mut batches = Vec::new();
        decode_all(&input(format), format, &mut |batch| batches.push(std::mem::take(batch)));
        let profile = engine().profile(&batches[0], &mut detectors::Scratch::default());
        Self { batches, profile }
    }
}
