//! What the service manager is told (`sd_notify`); nothing where there is none.

use std::time::Duration;

/// Variables that are meant for the server, and not for what it starts.
pub const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// What there is to tell.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// The server does its work.
    Ready,
    /// The server reads its configuration again; [`News::Ready`] follows.
    Reloading,
    /// The server ends its work.
    Stopping,
    /// One line for people.
    Status(&'a str),
    /// The server's loop goes round.
    Alive,
}

/// How often [`News::Alive`] must be told: twice as often as it is asked for. `None` where nobody asks.
pub fn watchdog_interval() -> Option<Duration> {
    #[cfg(unix)]
    return sd_notify::watchdog_enabled().map(|limit| limit / 2);
    #[cfg(not(unix))]
    None
}

/// Tells it. A service manager that does not listen is no reason to stop scanning.
#[cfg(unix)]
pub fn tell(news: News<'_>) {
    use sd_notify::NotifyState;
    let told = match news {
        News::Ready => sd_notify::notify(&[NotifyState::Ready]),
        News::Reloading => {
            NotifyState::monotonic_usec_now().and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now]))
        }
        News::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
        News::Status(text) => sd_notify::notify(&[NotifyState::Status(text)]),
        News::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
    };
    if let Err(error) = told {
        tracing::debug!(%error, "the service manager was not told");
    }
}

/// There is none here.
#[cfg(not(unix))]
pub fn tell(_: News<'_>) {}
