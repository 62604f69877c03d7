//! What ends a scan early, in good order: signals, and the notice that a Spot instance is about to be interrupted. What was
//! found so far is written, and a ledger can go on from there.

use crate::aws::spot;
use anyhow::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of a process that a second Ctrl-C ends at once, as shells expect it.
const EXIT_KILLED: i32 = 130;

/// Watches from a thread of its own, and sets `cancelled`. A second signal ends the process.
pub(super) fn watch(cancelled: Arc<AtomicBool>, watches_spot: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot watch signals")?;
    let watch = async move {
        if watches_spot {
            tokio::spawn(watch_spot(cancelled.clone()));
        }
        watch_signals(&cancelled).await;
    };
    std::thread::Builder::new()
        .name("phinder-signals".to_owned())
        .spawn(move || runtime.block_on(watch))
        .context("cannot watch signals")?;
    Ok(())
}

async fn watch_spot(cancelled: Arc<AtomicBool>) {
    match spot::interruption_notice().await {
        Some(notice) => {
            tracing::warn!(%notice, "the instance is about to be interrupted: stopping; go on elsewhere with --resume");
            cancelled.store(true, Ordering::Relaxed);
        }
        None => {
            tracing::warn!("no notice of an interruption will be seen: the instance metadata service does not answer")
        }
    }
}

async fn watch_signals(cancelled: &AtomicBool) {
    while signalled().await {
        if cancelled.swap(true, Ordering::Relaxed) {
            #[allow(clippy::exit, reason = "the user asked twice")]
            std::process::exit(EXIT_KILLED);
        }
        tracing::warn!("stopping: results so far are written; once more ends at once");
    }
}

/// Waits for Ctrl-C or, on Unix, SIGTERM or SIGHUP; `false` if signals cannot be watched.
async fn signalled() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return false };
        let Ok(mut hang_up) = signal(SignalKind::hangup()) else { return false };
        tokio::select! {
            received = hang_up.recv() => received.is_some(),
            interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
            received = terminate.recv() => received.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}
