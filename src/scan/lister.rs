//! The I/O side of a scan: lists, opens ahead within its permits, and hands over to the workers.

use super::masking::shown_location;
use super::{CANCEL_CHECK, Message, Opened, worker};
use crate::detectors::{Engine, Scratch};
use crate::model::{Coverage, Listed, Location, Memory, MemoryError, Object, Reason};
use crate::sources::Source;
use crossbeam_channel::Sender;
use futures::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// The I/O side: lists, opens ahead within its permits, hands over.
pub(super) struct Lister {
    /// Number of the next entry of the listings.
    pub(super) sequence: u64,
    pub(super) objects: Sender<Opened>,
    pub(super) tasks: Sender<worker::Task>,
    pub(super) messages: Sender<Message>,
    pub(super) window: Arc<Semaphore>,
    pub(super) prefetch: Arc<Semaphore>,
    pub(super) prefetch_mib: u32,
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) enough: Arc<AtomicBool>,
    pub(super) memory: Option<Arc<dyn Memory>>,
    pub(super) key_engine: Arc<Engine>,
}

impl Lister {
    /// Lists everything, in the order of the sources.
    pub(super) async fn list(mut self, sources: Vec<Arc<dyn Source>>) {
        let is_complete = match self.list_all(&sources).await {
            Ok(is_complete) => is_complete,
            Err(error) => {
                // What nobody can tell is not told to be complete.
                tracing::error!(%error, "the scan cannot be ended");
                false
            }
        };
        self.tell(Message::ListingEnded(is_complete)).await;
    }

    /// Whether all of it was listed.
    async fn list_all(&mut self, sources: &[Arc<dyn Source>]) -> Result<bool, MemoryError> {
        let mut mounts = Vec::new();
        for source in sources {
            let Some(met) = self.list_one(source).await else { return Ok(false) };
            if source.hides() && !self.ask_for_unlisted(source, &met).await? {
                return Ok(false);
            }
            if let Some(sampling) = source.sampling() {
                self.tell(Message::Sampled(self.sequence, source.scope(), sampling)).await;
            }
            mounts.extend(source.mounts());
        }
        for location in self.unmounted(mounts)? {
            self.tell_gap(Object::at(location), Coverage::Failed(Reason::NotMounted)).await;
        }
        Ok(true)
    }

    /// What a source lists, where it is to be compared with what earlier scans met; `None` where the scan ends before the
    /// listing.
    async fn list_one(&mut self, source: &Arc<dyn Source>) -> Option<Vec<Object>> {
        let mut met = Vec::new();
        let mut listing = source.list();
        loop {
            if self.is_over() {
                return None;
            }
            // A silent source must not keep a cancelled scan from ending.
            let Ok(next) = tokio::time::timeout(CANCEL_CHECK, listing.next()).await else { continue };
            let Some(listed) = next else { return Some(met) };
            if self.memory.is_some() && source.hides() {
                met.push(listed.object().clone());
            }
            self.pass_on(source, listed).await;
        }
    }

    /// Asks a source whose listing leaves out what may not be read about everything that an earlier scan met there and that is
    /// not in it any more: what is not gone is as good as listed. Whether that came to its end.
    async fn ask_for_unlisted(&mut self, source: &Arc<dyn Source>, met: &[Object]) -> Result<bool, MemoryError> {
        let Some(memory) = self.memory.clone() else { return Ok(true) };
        let scope = source.scope();
        let scheme = scope.split_inclusive("://").next().unwrap_or_default();
        for location in memory.unlisted(scheme, met)? {
            if self.is_over() {
                return Ok(false);
            }
            let Some(listed) = source.unlisted(&location).await else { continue };
            let listed = match memory.knows(listed.object())? {
                true => listed,
                // It is remembered under a name that is not shown: nothing that is not listed may be taken to be gone.
                false => Listed::Gap(listed.object().clone(), Coverage::Failed(Reason::AccessDenied)),
            };
            self.pass_on(source, listed).await;
        }
        Ok(true)
    }

    fn is_over(&self) -> bool {
        let is_stopped = self.cancelled.load(Ordering::Relaxed) || self.enough.load(Ordering::Relaxed);
        is_stopped || self.window.is_closed()
    }

    /// Hands an entry of a listing over.
    async fn pass_on(&mut self, source: &Arc<dyn Source>, listed: Listed) {
        match listed {
            Listed::Gap(object, coverage) => self.tell_gap(object, coverage).await,
            Listed::Object(object) => {
                let Some(sequence) = self.next().await else { return };
                match self.memory.as_ref().and_then(|memory| memory.recall(&object)) {
                    Some(recalled) => self.tell(Message::Recalled(sequence, object, Box::new(recalled))).await,
                    None => {
                        self.tell(Message::Listed(sequence, object.clone(), None)).await;
                        self.open(source.clone(), sequence, object).await;
                    }
                }
            }
        }
    }

    async fn tell_gap(&mut self, object: Object, coverage: Coverage) {
        let Some(sequence) = self.next().await else { return };
        self.tell(Message::Listed(sequence, object, Some(coverage))).await;
    }

    /// The number of the next entry, when there is a place for it; `None` where the scan is over.
    async fn next(&mut self) -> Option<u64> {
        self.window.acquire().await.ok()?.forget();
        self.sequence += 1;
        Some(self.sequence - 1)
    }

    /// Directories where an earlier scan met another file system, and this one did not.
    fn unmounted(&self, mounts: Vec<Location>) -> Result<Vec<Location>, MemoryError> {
        let Some(memory) = &self.memory else { return Ok(Vec::new()) };
        let mut scratch = Scratch::default();
        let shown = |location: Location| {
            let masked = shown_location(&self.key_engine, location.as_str(), &mut scratch);
            let shown = masked.map_or_else(|| location.clone(), Location::from_uri);
            [location, shown]
        };
        memory.unmounted(&mounts.into_iter().map(shown).collect::<Vec<_>>())
    }

    /// Opens in a task of its own, so that the latency of many objects overlaps.
    async fn open(&self, source: Arc<dyn Source>, sequence: u64, object: Object) {
        const MAX_OBJECT_MIB: u64 = 8;
        let mib = object.size_bytes.map_or(MAX_OBJECT_MIB, |bytes| (bytes >> 20).min(MAX_OBJECT_MIB)) as u32 + 1;
        let Ok(permit) = self.prefetch.clone().acquire_many_owned(mib.min(self.prefetch_mib)).await else { return };
        let (objects, tasks) = (self.objects.clone(), self.tasks.clone());
        tokio::spawn(async move {
            let content = source.open(&object).await;
            // The receivers are gone only when the scan is over.
            let _ = objects.send(Opened { sequence, object, content, tasks, _prefetch: permit });
        });
    }

    /// The collector's queue is bounded: when it is full, listing waits without blocking a thread.
    async fn tell(&self, mut message: Message) {
        loop {
            match self.messages.try_send(message) {
                Ok(()) | Err(crossbeam_channel::TrySendError::Disconnected(_)) => return,
                Err(crossbeam_channel::TrySendError::Full(back)) => message = back,
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}
