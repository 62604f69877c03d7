//! What time it is, and waiting until it is another one.

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::time::Duration;

/// A clock on the wall.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Waits until it is `moment` or later. It may come back early: who waits looks at the clock again.
    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'_, ()>;
}

/// The longest sleep: a clock that is set, and a machine that was suspended, are noticed after it.
const LONGEST: Duration = Duration::from_secs(60);

/// The clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'_, ()> {
        let left = moment.duration_since(self.now());
        tokio::time::sleep(Duration::try_from(left).unwrap_or_default().min(LONGEST)).boxed()
    }
}
