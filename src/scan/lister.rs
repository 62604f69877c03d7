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
    pub(super) async fn list(self, sources: Vec<Arc<dyn Source>>) {
        let mut sequence = 0;
        let mut mounts = Vec::new();
        for source in &sources {
            let mut listing = source.list();
            loop {
                if self.cancelled.load(Ordering::Relaxed) || self.enough.load(Ordering::Relaxed) {
                    self.tell(Message::ListingEnded(false)).await;
                    return;
                }
                // A silent source must not keep a cancelled scan from ending.
                let Ok(next) = tokio::time::timeout(CANCEL_CHECK, listing.next()).await else { continue };
                let Some(listed) = next else { break };
                let Ok(place) = self.window.acquire().await else { return };
                place.forget();
                match listed {
                    Listed::Gap(object, coverage) => {
                        self.tell(Message::Listed(sequence, object, Some(coverage))).await;
                    }
                    Listed::Object(object) => match self.memory.as_ref().and_then(|memory| memory.recall(&object)) {
                        Some(recalled) => self.tell(Message::Recalled(sequence, object, Box::new(recalled))).await,
                        None => {
                            self.tell(Message::Listed(sequence, object.clone(), None)).await;
                            self.open(source.clone(), sequence, object).await;
                        }
                    },
                }
                sequence += 1;
            }
            if let Some(sampling) = source.sampling() {
                self.tell(Message::Sampled(sequence, source.scope(), sampling)).await;
            }
            mounts.extend(source.mounts());
        }
        match self.unmounted(mounts) {
            Ok(unmounted) => {
                for location in unmounted {
                    let Ok(place) = self.window.acquire().await else { return };
                    place.forget();
                    let coverage = Some(Coverage::Failed(Reason::NotMounted));
                    self.tell(Message::Listed(sequence, Object::at(location), coverage)).await;
                    sequence += 1;
                }
            }
            Err(error) => {
                // What nobody can tell is not told to be complete.
                tracing::error!(%error, "the scan cannot be ended");
                self.tell(Message::ListingEnded(false)).await;
                return;
            }
        }
        self.tell(Message::ListingEnded(true)).await;
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
