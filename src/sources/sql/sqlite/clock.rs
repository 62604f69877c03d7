//! How long a statement may run. SQLite knows no such limit: it asks now and then whether it should go on.

use super::database::read_error;
use crate::sources::sql::DatabaseOptions;
use crate::sources::sql::feed::Stop;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Steps of a statement between two looks at the clock, well below a millisecond.
const STEPS: i32 = 10_000;

/// The time that is left for the statement that runs.
#[derive(Default)]
pub(super) struct Clock {
    /// How long each may take, and until when this one may; nothing where all may take as long as they like.
    limit: Option<(Duration, Arc<Mutex<Instant>>)>,
}

impl Clock {
    /// Ends statements of the connection at their time.
    pub(super) fn of(connection: &mut Connection, options: &DatabaseOptions) -> Result<Self, Stop> {
        if options.is_full {
            return Ok(Self::default());
        }
        let timeout = options.statement_timeout;
        let until = Arc::new(Mutex::new(Instant::now() + timeout));
        let watched = until.clone();
        let is_over = move || Instant::now() > *watched.lock().unwrap_or_else(PoisonError::into_inner);
        connection.progress_handler(STEPS, Some(is_over)).map_err(|error| Stop::Failed(read_error(error)))?;
        Ok(Self { limit: Some((timeout, until)) })
    }

    /// A statement begins.
    pub(super) fn start(&self) {
        if let Some((timeout, until)) = &self.limit {
            *until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + *timeout;
        }
    }
}
