//! What a scan may use before it stops in good order. A ledger goes on from there with --continue.

use super::plan::positive;
use crate::estimate::dollars_spent;
use crate::model::{Period, Size};
use crate::scan::{Progress, ScanPlan};
use anyhow::Context;
use clap::Args;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Exit code of a scan that stopped because it had used what it may use.
pub(super) const EXIT_BUDGET: u8 = 4;

/// How often what is used is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How long what is open may go on when the budget is used up: objects are opened ahead, and what was asked for and not read
/// would be asked for again.
const GRACE: Duration = Duration::from_secs(30);

/// The limit that is reached without anything being asked for.
const TIME: &str = "--max-time";

/// Limits of a whole scan.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct BudgetArguments {
    /// Stop in good order after so long, e.g. 4h
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    max_time: Option<Period>,
    /// Stop in good order after so much was read, e.g. 500GB
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_bytes: Option<Size>,
    /// Stop in good order after so many requests to S3, repeated ones included
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_requests: Option<u64>,
    /// Stop in good order when requests to S3 and the time of the machine have cost so much, by list prices
    #[arg(long, value_name = "DOLLARS", value_parser = positive, help_heading = "Limits")]
    max_dollars: Option<f64>,
    /// What an hour of this machine costs, for --max-dollars; nothing if left out
    #[arg(long, value_name = "DOLLARS", value_parser = positive, requires = "max_dollars", help_heading = "Limits")]
    dollars_per_hour: Option<f64>,
}

impl BudgetArguments {
    /// Watches from a thread of its own. When a limit is reached, nothing more is opened; what is open has [`GRACE`], or no time
    /// at all where it was the time that is used up, and then the scan is cancelled. The answer tells whether a limit was reached.
    pub(super) fn watch(
        self,
        plan: &ScanPlan,
        progress: Arc<Progress>,
        cancelled: Arc<AtomicBool>,
    ) -> anyhow::Result<Arc<AtomicBool>> {
        let is_spent = Arc::new(AtomicBool::new(false));
        let asked_for = self.max_bytes.is_some() || self.max_requests.is_some() || self.max_dollars.is_some();
        if !asked_for && self.max_time.is_none() {
            return Ok(is_spent);
        }
        let (told, started) = (is_spent.clone(), Instant::now());
        let (requests, enough) = (plan.source.requests.clone(), plan.enough.clone());
        let watch = move || {
            while !cancelled.load(Ordering::Relaxed) {
                if let Some(limit) = self.reached(started.elapsed(), &progress, requests.read()) {
                    tracing::warn!(limit, "stopping: the budget is used up; --continue goes on from here");
                    told.store(true, Ordering::Relaxed);
                    enough.store(true, Ordering::Relaxed);
                    if limit != TIME {
                        std::thread::sleep(GRACE);
                    }
                    return cancelled.store(true, Ordering::Relaxed);
                }
                std::thread::sleep(LOOK_EVERY);
            }
        };
        let thread = std::thread::Builder::new().name("phinder-budget".to_owned());
        thread.spawn(watch).context("cannot watch the budget")?;
        Ok(is_spent)
    }

    fn reached(&self, elapsed: Duration, progress: &Progress, (lists, gets): (u64, u64)) -> Option<&'static str> {
        let now = progress.read();
        if self.max_time.is_some_and(|limit| elapsed >= limit.0) {
            return Some(TIME);
        }
        if self.max_bytes.is_some_and(|limit| now.read_bytes >= limit.0) {
            return Some("--max-bytes");
        }
        if self.max_requests.is_some_and(|limit| lists + gets >= limit) {
            return Some("--max-requests");
        }
        let spent = dollars_spent((lists, gets), elapsed, self.dollars_per_hour.unwrap_or(0.0));
        self.max_dollars.is_some_and(|limit| spent >= limit).then_some("--max-dollars")
    }
}
