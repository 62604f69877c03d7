//! A run: its time, and what it did.

use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::Instant;

/// The time of a run: a moment, and what has passed since.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started_at: i64,
    started: Instant,
}

impl Clock {
    /// Starts now, as if it were `at`, milliseconds since 1970.
    pub fn starting_at(at: i64) -> Self {
        Self { started_at: at, started: Instant::now() }
    }

    /// Starts now.
    pub fn system() -> Self {
        Self::starting_at(i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(0))
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.started_at + milliseconds(self.started.elapsed())
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Tickets that were made.
    pub created: usize,
    /// Tickets that were there already.
    pub adopted: usize,
    /// Tickets that were told what changed.
    pub updated: usize,
    /// Tickets that were opened again.
    pub reopened: usize,
    /// Tickets that were closed.
    pub closed: usize,
    /// Tickets that people closed, or opened again.
    pub by_people: usize,
    /// Findings that were there when the destination was first used, and get no ticket.
    pub known: Option<i64>,
    /// Problems that must wait for a ticket, because there are too many new ones.
    pub overflow: usize,
    /// Deliveries that are still to be made.
    pub waiting: usize,
    /// Deliveries that were refused.
    pub dead: usize,
    /// Why the run ended before everything was told.
    pub stopped: Option<String>,
    /// Whether another process was delivering.
    pub is_busy: bool,
}

/// As the ledger counts.
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
