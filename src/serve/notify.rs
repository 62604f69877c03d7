//! What the service manager is told (`sd_notify`); nothing where there is none.

use sd_notify::NotifyState;
use std::time::Duration;

/// Variables that are meant for the server, and not for what it starts.
pub const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The server does its work.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The server reads its configuration again; [`ready`] follows.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The server ends its work.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// One line for people.
pub fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// The server's loop goes round.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] must be said: twice as often as it is asked for. `None` where nobody asks.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

fn tell(state: &[NotifyState<'_>]) {
    // Without a socket this does nothing; a service manager that does not listen is no reason to stop scanning.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not told");
    }
}
