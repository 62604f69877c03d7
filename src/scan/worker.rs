//! One worker per core: unpack, decode, detect, classify. Everything here is synchronous; a worker waits only for bytes.
//!
//! The worker that takes an object decodes it, and offers its batches and parts to the others: an idle one takes them,
//! and when none is idle the worker scans them itself. So a single large object keeps every core busy.

use super::masking::{self, Named};
use super::open::{self, Decoded};
use super::repeats::{Key, Repeats};
use super::{Message, Opened, ScanError, ScanPlan, next_job};
use crate::classify::{self, Classifier};
use crate::decoders::Decoder;
use crate::detectors::{self, Profile};
use crate::model::{Batch, Evidence, ForeignKey, Location, Match, ReadError, Reason, Sample, SourceContent};
use crate::policy::AllowedValues;
use crossbeam_channel::{Receiver, Sender};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Tables of an object whose profiles are kept.
const MAX_PROFILES: usize = 4096;

/// What a worker reports of an object.
pub(super) enum News {
    /// It was recognised as this format.
    Format(&'static str),
    /// The location itself holds identifiers; this is how it may be shown.
    Masked(Location),
    /// It is a table, with these keys.
    Keys(Vec<ForeignKey>),
    /// Some of its evidence.
    Evidence(Box<Evidence>),
    /// Parts of its key that its content holds.
    Repeats(Repeats),
    /// Reading or decoding failed, or lost something, with what was decoded before it still standing.
    Trouble(Reason),
    /// Its records are rows that were chosen so.
    Sampled(Sample),
    /// Nothing more will be told.
    Done,
}

/// Work that a worker hands to whoever is idle.
pub(super) enum Task {
    /// A decoded batch, and what is known of its columns.
    Batch(Box<Batch>, Arc<Profile>, Arc<Handle>),
    /// A part of an object, to be decoded.
    Part(Box<dyn Decoder>, Arc<Handle>),
}

/// What a worker does next.
pub(super) enum Job {
    Object(Box<Opened>),
    Task(Task),
}

/// An object in work. When its last task lets go of it, the object is done.
pub(super) struct Handle {
    sequence: u64,
    location: Location,
    /// What of the location the content may repeat.
    key: Option<Key>,
    messages: Sender<Message>,
    /// What the first batch says about the columns; set before any other batch is handed on.
    profile: OnceLock<Arc<Profile>>,
    decoded: Decoded,
}

impl Handle {
    fn tell(&self, news: News) {
        // The collector leaves early only when an output failed; the scan then ends with that error.
        let _ = self.messages.send(Message::News(self.sequence, news));
    }

    /// What a decoder says when nothing more is asked of it.
    fn at_end(&self, decoder: &dyn Decoder) {
        if let Some(reason) = decoder.shortfall() {
            self.tell(News::Trouble(reason));
        }
        if let Some(sample) = decoder.sample() {
            self.tell(News::Sampled(sample));
        }
    }

    fn trouble(&self, error: &ReadError) {
        tracing::debug!(sequence = self.sequence, reason = error.reason.code(), detail = %error.detail, "not examined completely");
        self.tell(News::Trouble(error.reason));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let bytes = self.decoded.bytes();
        self.tell(News::Evidence(Box::new(Evidence { bytes, ..Evidence::default() })));
        self.tell(News::Done);
    }
}

/// What all workers share.
pub(super) struct Workers {
    pub(super) plan: Arc<ScanPlan>,
    pub(super) classifier: Classifier,
    /// Detectors of which the classifier makes nothing where they stand alone.
    pub(super) lone: Vec<u16>,
    pub(super) allowed: AllowedValues,
    pub(super) named: Named,
    pub(super) progress: Arc<super::Progress>,
    /// Opened objects that wait for a worker.
    pub(super) waiting: Receiver<Opened>,
    pub(super) cancelled: Arc<AtomicBool>,
}

/// A worker's reused memory.
#[derive(Default)]
struct Memory {
    engine: detectors::Scratch,
    key_engine: detectors::Scratch,
    classify: classify::Scratch,
    matches: Vec<Vec<Match>>,
}

impl Workers {
    /// Works until there is nothing left.
    pub(super) fn run(
        &self,
        index: usize,
        objects: &Receiver<Opened>,
        tasks: &Receiver<Task>,
        messages: &Sender<Message>,
    ) {
        let mut memory = Memory::default();
        while let Some(job) = next_job(objects, tasks) {
            // The handle outlives the work, so that a panic is told before the object counts as done.
            let (handle, outcome) = match job {
                Job::Object(opened) => {
                    let Opened { sequence, object, content, tasks, _prefetch: prefetch } = *opened;
                    drop(prefetch);
                    self.progress.works_on(index, Some(object.location.clone()));
                    let (location, messages, profile) = (object.location, messages.clone(), OnceLock::new());
                    let key = Key::of(&location, self.named.end_in(&location)).filter(|_| location.table().is_none());
                    let decoded = Decoded::default();
                    let handle = Arc::new(Handle { sequence, location, key, messages, profile, decoded });
                    let work = || self.scan_object(&handle, content, &tasks, &mut memory);
                    let outcome = std::panic::catch_unwind(AssertUnwindSafe(work));
                    (handle, outcome)
                }
                Job::Task(Task::Batch(batch, profile, handle)) => {
                    let work = || {
                        handle.tell(News::Evidence(Box::new(self.scan_batch(&batch, &profile, &handle, &mut memory))))
                    };
                    let outcome = std::panic::catch_unwind(AssertUnwindSafe(work));
                    (handle, outcome)
                }
                Job::Task(Task::Part(decoder, handle)) => {
                    let work = || self.scan_rest((decoder, Batch::default()), &handle, None, &mut memory);
                    let outcome = std::panic::catch_unwind(AssertUnwindSafe(work));
                    (handle, outcome)
                }
            };
            self.progress.works_on(index, None);
            if outcome.is_err() {
                memory = Memory::default();
                handle.tell(News::Trouble(Reason::InternalError));
            }
        }
    }

    fn scan_object(
        &self,
        handle: &Arc<Handle>,
        content: Result<SourceContent, ReadError>,
        tasks: &Sender<Task>,
        memory: &mut Memory,
    ) {
        self.scan_location(handle, memory);
        if self.cancelled.load(Ordering::Relaxed) {
            return handle.tell(News::Trouble(Reason::Interrupted));
        }
        if let Ok(SourceContent::Rows(reader)) = &content {
            handle.tell(News::Keys(reader.foreign_keys()));
        }
        let limits = (&self.plan.unpack, &self.plan.decode);
        let opened = content.and_then(|content| open::open(content, handle.location.name(), limits, &handle.decoded));
        let mut decoder = match opened {
            Ok(decoder) => decoder,
            Err(error) => return handle.trouble(&error),
        };
        handle.tell(News::Format(decoder.format()));
        let mut parts = decoder.parts().into_iter();
        if let Some(first) = parts.next() {
            decoder = first;
        }
        let mut batch = Batch::default();
        let more = match decoder.next_batch(&mut batch) {
            Ok(more) => more,
            Err(error) => {
                handle.trouble(&error);
                false
            }
        };
        let profile = self.profile(&batch, handle, memory);
        if more {
            handle.profile.get_or_init(|| profile.clone());
        }
        let mut kept = Vec::new();
        for part in parts {
            if let Err(refused) = tasks.try_send(Task::Part(part, handle.clone())) {
                kept.push(refused.into_inner());
            }
        }
        if more {
            let mut evidence = self.scan_batch(&batch, &profile, handle, memory);
            evidence.generalised = classify::generalised(&batch).map(Arc::from);
            handle.tell(News::Evidence(Box::new(evidence)));
            self.scan_rest((decoder, batch), handle, Some(tasks), memory);
        } else {
            handle.at_end(decoder.as_ref());
        }
        for task in kept {
            if let Err(refused) = tasks.try_send(task)
                && let Task::Part(part, handle) = refused.into_inner()
            {
                self.scan_rest((part, Batch::default()), &handle, Some(tasks), memory);
            }
        }
    }

    fn profile(&self, batch: &Batch, handle: &Handle, memory: &mut Memory) -> Arc<Profile> {
        let profile = self.plan.engine.profile(batch, &mut memory.engine).at(handle.location.as_str());
        Arc::new(profile.without_lone(self.lone.clone()))
    }

    /// Decodes to the end. Batches are offered to idle workers where `tasks` is given.
    fn scan_rest(
        &self,
        (mut decoder, mut batch): (Box<dyn Decoder>, Batch),
        handle: &Arc<Handle>,
        tasks: Option<&Sender<Task>>,
        memory: &mut Memory,
    ) {
        let mut evidence = Evidence::default();
        let mut profile = handle.profile.get().cloned().unwrap_or_default();
        let mut table = decoder.table();
        // Rows of tables may alternate: each is profiled once, by its first batch.
        let mut profiles = HashMap::from([(table, profile.clone())]);
        loop {
            if self.cancelled.load(Ordering::Relaxed) {
                handle.tell(News::Trouble(Reason::Interrupted));
                break;
            }
            match decoder.next_batch(&mut batch) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    handle.trouble(&error);
                    break;
                }
            }
            if decoder.table() != table {
                table = decoder.table();
                if profiles.len() == MAX_PROFILES {
                    profiles.clear();
                }
                let made = || self.profile(&batch, handle, memory);
                profile = profiles.entry(table).or_insert_with(made).clone();
            }
            let Some(tasks) = tasks.filter(|_| self.plan.workers > 1) else {
                evidence.merge(self.scan_batch(&batch, &profile, handle, memory));
                continue;
            };
            // Whoever is idle takes a waiting object: that costs less than handing a batch from core to core.
            if tasks.is_full() || !self.waiting.is_empty() {
                evidence.merge(self.scan_batch(&batch, &profile, handle, memory));
                continue;
            }
            let task = Task::Batch(Box::new(std::mem::take(&mut batch)), profile.clone(), handle.clone());
            if let Err(refused) = tasks.try_send(task)
                && let Task::Batch(back, ..) = refused.into_inner()
            {
                batch = *back;
                evidence.merge(self.scan_batch(&batch, &profile, handle, memory));
            }
        }
        handle.at_end(decoder.as_ref());
        handle.tell(News::Evidence(Box::new(evidence)));
    }

    fn scan_batch(&self, batch: &Batch, profile: &Profile, handle: &Handle, memory: &mut Memory) -> Evidence {
        self.plan.engine.scan(batch, profile, &mut memory.engine, &mut memory.matches);
        if !self.allowed.is_empty() {
            self.drop_allowed(batch, &mut memory.matches);
        }
        if let Some(key) = &handle.key {
            let repeats = key.count(&self.plan.engine, batch, &memory.matches);
            if !repeats.is_empty() {
                handle.tell(News::Repeats(repeats));
            }
        }
        let evidence = self.classifier.classify(batch, &memory.matches, &mut memory.classify);
        self.progress.read_more(batch.source_bytes);
        evidence
    }

    fn drop_allowed(&self, batch: &Batch, matches: &mut [Vec<Match>]) {
        for (column, found) in batch.columns.iter().zip(matches) {
            found.retain(|found| {
                let value = &column.bytes[found.start as usize..found.end as usize];
                let detector = &self.plan.engine.detectors()[usize::from(found.detector)];
                !self.allowed.contains(&detector.id, &keyed_digest(&self.plan.digest_key, value))
            });
        }
    }

    /// Keys and file names hold identifiers too. They are findings of their own, and the location is masked wherever it
    /// is shown.
    fn scan_location(&self, handle: &Handle, memory: &mut Memory) {
        let text = handle.location.as_str();
        let Some(masked) = masking::masked_location(&self.plan.key_engine, text, &mut memory.key_engine) else {
            return;
        };
        handle.tell(News::Masked(Location::from_uri(masked)));
        // What is not looked for is no finding.
        let scanned = masking::scan_location(&self.plan.engine, text, &mut memory.engine);
        if scanned.is_clean() {
            return;
        }
        let evidence = self.classifier.classify(&scanned.batch, &scanned.matches, &mut memory.classify);
        // The location is no record of the content.
        handle.tell(News::Evidence(Box::new(evidence.without_records())));
    }
}

/// HMAC-SHA-256 of a value's letters and digits, lower case: how the policy names a value without holding it.
pub fn keyed_digest(key: &[u8], value: &[u8]) -> [u8; 32] {
    let normal: Vec<u8> =
        value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(&normal);
    mac.finalize().into_bytes().into()
}

/// The classifier of a scan. People are told apart under a key of their own, made from the installation's secret or, where
/// there is none, from random bytes.
pub(super) fn classifier(plan: &ScanPlan) -> Result<Classifier, ScanError> {
    let mut random = [0; 32];
    let secret = match &plan.people_secret {
        Some(secret) => secret,
        None => {
            getrandom::fill(&mut random).map_err(|_| ScanError::Random)?;
            &random[..]
        }
    };
    let mut key = [0; 16];
    key.copy_from_slice(&keyed_digest(secret, b"individuals")[..16]);
    let classifier = Classifier::new(plan.engine.detectors(), plan.min_confidence);
    Ok(classifier
        .with_classification(plan.policy.classification())
        .with_people_key(key)
        .with_special(plan.special.clone()))
}
