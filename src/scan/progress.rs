//! Counters that the pipeline raises and a display reads. Raised once per object or batch, never per record.

use crate::model::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The counters of a running scan.
#[derive(Debug, Default)]
pub struct Progress {
    listed_objects: AtomicU64,
    listed_bytes: AtomicU64,
    done_objects: AtomicU64,
    read_bytes: AtomicU64,
    recalled_bytes: AtomicU64,
    findings: AtomicU64,
    unexpected: AtomicU64,
    listing_ended: AtomicBool,
    in_flight: Vec<Mutex<Option<Location>>>,
}

/// The counters at one moment.
#[derive(Debug, Clone, Default)]
pub struct ProgressReading {
    /// Objects listed so far.
    pub listed_objects: u64,
    /// Their listed sizes, bytes.
    pub listed_bytes: u64,
    /// Objects finished.
    pub done_objects: u64,
    /// Bytes of what was examined.
    pub read_bytes: u64,
    /// Bytes of what was recalled, and not read again.
    pub recalled_bytes: u64,
    /// Findings so far.
    pub findings: u64,
    /// Unexpected ones among them.
    pub unexpected: u64,
    /// Whether the totals are final.
    pub listing_ended: bool,
    /// What each busy worker is reading.
    pub in_flight: Vec<Location>,
}

impl ProgressReading {
    /// Bytes of what needs no more work, examined or recalled.
    pub fn settled_bytes(&self) -> u64 {
        self.read_bytes + self.recalled_bytes
    }
}

impl Progress {
    /// For so many workers.
    pub fn new(workers: usize) -> Self {
        Self { in_flight: (0..workers).map(|_| Mutex::new(None)).collect(), ..Self::default() }
    }

    /// All counters, each read on its own.
    pub fn read(&self) -> ProgressReading {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ProgressReading {
            listed_objects: get(&self.listed_objects),
            listed_bytes: get(&self.listed_bytes),
            done_objects: get(&self.done_objects),
            read_bytes: get(&self.read_bytes),
            recalled_bytes: get(&self.recalled_bytes),
            findings: get(&self.findings),
            unexpected: get(&self.unexpected),
            listing_ended: self.listing_ended.load(Ordering::Relaxed),
            in_flight: self
                .in_flight
                .iter()
                .filter_map(|slot| slot.lock().ok().and_then(|location| location.clone()))
                .collect(),
        }
    }

    pub(super) fn listed(&self, bytes: u64) {
        self.listed_objects.fetch_add(1, Ordering::Relaxed);
        self.listed_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn listing_ended(&self) {
        self.listing_ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn read_more(&self, bytes: u64) {
        self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn recalled(&self, bytes: u64) {
        self.recalled_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn done(&self, findings: u64, unexpected: u64) {
        self.done_objects.fetch_add(1, Ordering::Relaxed);
        self.findings.fetch_add(findings, Ordering::Relaxed);
        self.unexpected.fetch_add(unexpected, Ordering::Relaxed);
    }

    pub(super) fn works_on(&self, worker: usize, location: Option<Location>) {
        if let Some(Ok(mut slot)) = self.in_flight.get(worker).map(Mutex::lock) {
            *slot = location;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counters are read one after the other while others raise them: none may be a part of another one.
    #[test]
    fn what_was_recalled_is_no_part_of_what_was_read() {
        let progress = Progress::new(1);
        progress.recalled(5);
        let recalled = progress.read();
        assert_eq!((recalled.read_bytes, recalled.recalled_bytes, recalled.settled_bytes()), (0, 5, 5));
        progress.read_more(3);
        let both = progress.read();
        assert_eq!((both.read_bytes, both.recalled_bytes, both.settled_bytes()), (3, 5, 8));
    }
}
