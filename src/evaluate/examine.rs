//! Runs content through decoder, engine and classifier exactly as a worker of a scan does, batch by batch, and shows
//! the matches before they become evidence.
//!
//! Knows nothing of labels. Values stay inside the batch that is shown.

use crate::classify::{self, Classifier, JudgedRecord, for_each_occurrence};
use crate::decoders::{self, Decoder};
use crate::detectors::{Engine, Profile, Scratch};
use crate::model::{Batch, ByteStream, Confidence, Content, Match, ReadError, Reason};
use crate::unpack;
use bytes::Bytes;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Engine and classifier together.
#[derive(Debug)]
pub struct Examiner {
    engine: Engine,
    classifier: Classifier,
}

/// A batch with what was found in it.
pub struct Examined<'a> {
    /// The decoded values.
    pub batch: &'a Batch,
    /// The matches, one list per column, each sorted by place.
    pub matches: &'a [Vec<Match>],
    /// What each record is.
    pub records: &'a [JudgedRecord],
    classifier: &'a Classifier,
}

impl Examined<'_> {
    /// Calls `visit` with each match of a column, the record it stands in, and how sure it is there.
    pub fn occurrences(&self, column: usize, mut visit: impl FnMut(&Match, u32, Confidence)) {
        let matches = &self.matches[column];
        for_each_occurrence(&self.batch.columns[column], matches, |index, record| {
            let found = &matches[index];
            let judged = self.records.get(record as usize).copied().unwrap_or_default();
            visit(found, record, self.classifier.confidence_in(found, judged));
        });
    }
}

impl Examiner {
    /// With an engine of floor [`Confidence::Low`], so that every level can be judged.
    pub fn new(engine: Engine) -> Self {
        let classifier = Classifier::new(engine.detectors(), Confidence::Low);
        Self { engine, classifier }
    }

    /// The engine, whose detectors the matches name by index.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Examines a text as a scan would examine a text file with that content, in one batch.
    pub fn text(&self, text: &str, visit: impl FnMut(&Examined<'_>)) -> Result<(), ReadError> {
        let defaults = decoders::Limits::default();
        let batch_bytes = defaults.batch_bytes.max(text.len() + 2);
        let content = Content::from_bytes(Bytes::copy_from_slice(text.as_bytes()));
        let decoder = decoders::open_as_text(content, &decoders::Limits { batch_bytes, ..defaults });
        self.decoded(decoder, visit)
    }

    /// Examines a file as a scan would.
    pub fn file(&self, path: &Path, visit: impl FnMut(&Examined<'_>)) -> Result<(), ReadError> {
        let file = File::open(path).map_err(|error| ReadError::new(Reason::Unreadable, error.kind().to_string()))?;
        let content = Content { stream: Box::new(FileStream(file)), random_access: None };
        let content = unpack::open(content, &unpack::Limits::default())?.content;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.decoded(decoders::open(content, &name, &decoders::Limits::default())?, visit)
    }

    /// Examines one batch that is already there.
    pub fn batch(&self, batch: &Batch, visit: impl FnMut(&Examined<'_>)) {
        let mut memory = Memory::default();
        memory.profile = Some(self.engine.profile(batch, &mut memory.engine));
        self.show(batch, &mut memory, visit);
    }

    /// Everything a decoder gives. What could not be decoded is an error: figures of a part would be wrong.
    fn decoded(&self, mut decoder: Box<dyn Decoder>, mut visit: impl FnMut(&Examined<'_>)) -> Result<(), ReadError> {
        let mut memory = Memory::default();
        let mut parts = decoder.parts();
        if parts.is_empty() {
            parts.push(decoder);
        }
        let mut batch = Batch::default();
        for mut part in parts {
            while part.next_batch(&mut batch)? {
                if memory.profile.is_none() {
                    memory.profile = Some(self.engine.profile(&batch, &mut memory.engine));
                }
                self.show(&batch, &mut memory, &mut visit);
            }
            if let Some(reason) = part.shortfall().filter(|reason| *reason != Reason::Undecoded) {
                return Err(ReadError::new(reason, "not decoded completely"));
            }
        }
        Ok(())
    }

    fn show(&self, batch: &Batch, memory: &mut Memory, mut visit: impl FnMut(&Examined<'_>)) {
        let Memory { engine, classify, matches, profile } = memory;
        self.engine.scan(batch, profile.get_or_insert_with(Profile::default), engine, matches);
        let records = self.classifier.judge_records(batch, matches, classify);
        visit(&Examined { batch, matches, records: &records, classifier: &self.classifier });
    }
}

/// Reused between the batches of one object.
#[derive(Default)]
struct Memory {
    engine: Scratch,
    classify: classify::Scratch,
    matches: Vec<Vec<Match>>,
    /// What the first batch says about the columns.
    profile: Option<Profile>,
}

/// A file from its beginning.
struct FileStream(File);

impl ByteStream for FileStream {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        const CHUNK_BYTES: u64 = 256 << 10;
        let mut chunk = Vec::new();
        let read = (&mut self.0).take(CHUNK_BYTES).read_to_end(&mut chunk);
        read.map_err(|error| ReadError::new(Reason::Unreadable, error.kind().to_string()))?;
        Ok((!chunk.is_empty()).then(|| Bytes::from(chunk)))
    }
}
