//! The pipeline: listing and opening on tokio, one worker per core, one thread that judges and writes.
//!
//! Values move one way: listing -> objects -> workers -> evidence -> results. Every queue is bounded. The channel of
//! objects is bounded by permits taken before an object is opened, so that no tokio thread ever blocks on it.

mod collect;
mod database;
mod judge;
mod key_labels;
mod linkable;
mod lister;
mod masking;
mod open;
mod progress;
mod repeats;
mod rows;
mod tables;
mod worker;

pub use judge::Judge;
pub use masking::{KEYS_VERSION, masked_field, masked_target, masked_text};
pub use progress::{Progress, ProgressReading};
pub use tables::{Table, TableError, read_tables};
pub use worker::keyed_digest;

use crate::decoders;
use crate::detectors::Engine;
use crate::model::{
    Confidence, Coverage, Memory, MemoryError, Object, ReadError, Reason, Recalled, Sampling, SourceContent,
    SpecialTable,
};
use crate::outputs::{Output, ScanHeader, Summary};
use crate::policy::Policy;
use crate::sources::{self, Source, SourceError, SourceOptions};
use crate::unpack;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use lister::Lister;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Everything a scan needs, built from file, environment and flags.
pub struct ScanPlan {
    /// What to scan, as the user wrote it.
    pub targets: Vec<String>,
    /// How to list and open.
    pub source: SourceOptions,
    /// The detectors, compiled.
    pub engine: Arc<Engine>,
    /// All detectors that there are, also those that are left out: names of objects, fields and targets are masked by them.
    pub key_engine: Arc<Engine>,
    /// Lowest confidence that is reported. The class of a record does not depend on it.
    pub min_confidence: Confidence,
    /// Where what is expected.
    pub policy: Policy,
    /// Key of the digests by which the policy allows single values.
    pub digest_key: Vec<u8>,
    /// Secret from which the key of the digests of people is made; `None` takes one at random.
    pub people_secret: Option<Vec<u8>>,
    /// Categories of health data that are specially protected.
    pub special: SpecialTable,
    /// Limits of decompression.
    pub unpack: unpack::Limits,
    /// Limits of decoding.
    pub decode: decoders::Limits,
    /// Worker threads.
    pub workers: usize,
    /// Opened but unread content, in MiB, that may wait for a worker.
    pub prefetch_mib: u32,
    /// The day for which entries of the policy that expire are looked at.
    pub today: time::Date,
    /// What a reader of the report must know beforehand, a sentence each.
    pub notes: Vec<String>,
    /// A digest of everything that decides what is found in an object: equal ones find the same.
    pub examination: String,
    /// What remembers objects from scan to scan, if anything does.
    pub memory: Option<Arc<dyn Memory>>,
    /// Whether what is unchanged since it was remembered is read again.
    pub reads_unchanged: bool,
    /// Set when nothing more is to be opened: what is open is read to its end, then the scan ends as an interrupted one.
    pub enough: Arc<AtomicBool>,
    /// What the outputs are told first.
    pub header: ScanHeader,
}

/// Why a scan could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A target cannot be a source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Threads or the I/O runtime could not be started.
    #[error("cannot start the scan's threads")]
    Start(#[source] std::io::Error),
    /// The system gives no random bytes for the key of the digests of people.
    #[error("cannot make a random key: the system gives no random bytes")]
    Random,
    /// A result could not be remembered.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A result could not be written.
    #[error("cannot write results")]
    Output(#[source] std::io::Error),
}

/// Results that may wait for an earlier object to be finished, so that they come out in the order of the listing.
const REORDER_WINDOW: usize = 65_536;

/// How often who waits looks whether the scan was cancelled.
const CANCEL_CHECK: std::time::Duration = std::time::Duration::from_millis(200);

/// How long a cancelled scan waits for servers to be told.
const STOP_GRACE: std::time::Duration = std::time::Duration::from_secs(3);

/// An object of the listing on its way to a worker.
struct Opened {
    sequence: u64,
    object: Object,
    content: Result<SourceContent, ReadError>,
    /// Workers hand on batches and parts here; the channel closes when the last object is through.
    tasks: Sender<worker::Task>,
    /// Gives its share of the prefetch back when a worker takes the object.
    _prefetch: OwnedSemaphorePermit,
}

/// What the collector is told.
enum Message {
    /// An object was listed. Sequence numbers are consecutive.
    Listed(u64, Object, Option<Coverage>),
    /// An object was listed that need not be read: what is known of it.
    Recalled(u64, Object, Box<Recalled>),
    /// News of an object.
    News(u64, worker::News),
    /// All objects of a scope, which were chosen so, have been listed: those before this number.
    Sampled(u64, String, Sampling),
    /// Listing ended; `false` if it was cut short.
    ListingEnded(bool),
}

/// Scans everything and returns the summary, after it was written to `output`.
///
/// A cancelled scan ends within a few seconds even if a source is silent: its threads are then left behind, and what
/// they were reading is reported as interrupted.
pub fn run(
    plan: &Arc<ScanPlan>,
    output: &mut dyn Output,
    progress: &Arc<Progress>,
    cancelled: &Arc<AtomicBool>,
) -> Result<Summary, ScanError> {
    // The rows of a database come through one connection, which a second thread only slows down.
    let is_one_database = matches!(plan.targets.as_slice(), [one] if sources::is_one_database(one));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(if is_one_database { 1 } else { plan.workers.clamp(1, 4) })
        .thread_name("phinder-io")
        .enable_all()
        .build()
        .map_err(ScanError::Start)?;
    let sources = runtime.block_on(open_sources(plan))?;
    let opened = sources.clone();
    let (object_sender, objects) = unbounded::<Opened>();
    let (task_sender, tasks) = bounded(plan.workers * 2);
    let (message_sender, messages) = bounded::<Message>(1024);
    let window = Arc::new(Semaphore::new(REORDER_WINDOW));
    let lister = Lister {
        sequence: 0,
        objects: object_sender,
        tasks: task_sender,
        messages: message_sender.clone(),
        window: window.clone(),
        prefetch: Arc::new(Semaphore::new(plan.prefetch_mib as usize)),
        prefetch_mib: plan.prefetch_mib,
        cancelled: cancelled.clone(),
        enough: plan.enough.clone(),
        memory: plan.memory.clone(),
        key_engine: plan.key_engine.clone(),
    };
    runtime.spawn(lister.list(sources));
    let classifier = worker::classifier(plan)?;
    let workers = Arc::new(worker::Workers {
        plan: plan.clone(),
        lone: classifier.lone(),
        classifier,
        allowed: plan.policy.allowed_values(plan.today),
        named: masking::Named::new(&plan.targets),
        progress: progress.clone(),
        waiting: objects.clone(),
        cancelled: cancelled.clone(),
    });
    for index in 0..plan.workers {
        let (workers, objects, tasks) = (workers.clone(), objects.clone(), tasks.clone());
        let messages = message_sender.clone();
        std::thread::Builder::new()
            .name(format!("phinder-worker-{index}"))
            .spawn(move || workers.run(index, &objects, &tasks, &messages))
            .map_err(ScanError::Start)?;
    }
    drop((objects, tasks, message_sender));
    let collector = collect::Collector::new(plan, progress, window);
    let summary = collector.run(&messages, output, cancelled);
    if cancelled.load(Ordering::Relaxed) {
        let stopping = futures::future::join_all(opened.iter().map(|source| source.stop()));
        // Whoever does not answer is left behind.
        let _ = runtime.block_on(async { tokio::time::timeout(STOP_GRACE, stopping).await });
    }
    // What is still in flight towards a source has nobody left to read it.
    runtime.shutdown_background();
    summary
}

async fn open_sources(plan: &ScanPlan) -> Result<Vec<Arc<dyn Source>>, ScanError> {
    let mut opened: Vec<Arc<dyn Source>> = Vec::new();
    for target in &plan.targets {
        opened.push(Arc::from(sources::open(target, &plan.source).await?));
    }
    Ok(opened)
}

/// Receives from tasks first, so that what was begun is finished before something new is begun.
fn next_job(objects: &Receiver<Opened>, tasks: &Receiver<worker::Task>) -> Option<worker::Job> {
    if let Ok(task) = tasks.try_recv() {
        return Some(worker::Job::Task(task));
    }
    let object = |opened| worker::Job::Object(Box::new(opened));
    crossbeam_channel::select! {
        recv(tasks) -> task => task.ok().map(worker::Job::Task).or_else(|| objects.recv().ok().map(object)),
        recv(objects) -> opened => opened.ok().map(object).or_else(|| tasks.recv().ok().map(worker::Job::Task)),
    }
}

/// The coverage of an object that nothing could be read of.
fn coverage_of_nothing(reason: Reason) -> Coverage {
    match reason {
        Reason::Empty
        | Reason::Binary
        | Reason::UnsupportedFormat
        | Reason::Encrypted
        | Reason::NoText
        | Reason::CustomerKey
        | Reason::Archived
        | Reason::SpecialFile => Coverage::Skipped(reason),
        _ => Coverage::Failed(reason),
    }
}
