//! Rows on their way from the task that talks to a database to the worker that asks for them.

use crate::model::{ForeignKey, ReadError, Reason, RowBatch, RowReader, Sample};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// MiB of rows that wait for the worker: most samples fit in, so that no statement, and no lock of its table, lasts until what
/// it gave is decoded. A run of rows is about a MiB, or one row that is larger.
const MIB_AHEAD: u32 = 16;

/// Rows that go together.
pub(super) trait Run: Send + 'static {
    /// How many there are.
    fn rows(&self) -> u32;

    /// Bytes of their values.
    fn held_bytes(&self) -> u64;

    /// None yet, of the rows that follow these.
    fn following(&self) -> Self
    where
        Self: Sized;

    /// The rows in columns, and what was lost of them.
    fn into_rows(self: Box<Self>) -> (RowBatch, Option<Reason>);
}

enum Message {
    /// With the room that they take until they are taken.
    Rows {
        run: Box<dyn Run>,
        _room: OwnedSemaphorePermit,
    },
    End(Option<Sample>, Option<Reason>),
    Failed(ReadError),
}

/// The worker's end.
pub(super) struct FedReader {
    format: &'static str,
    keys: Vec<ForeignKey>,
    messages: mpsc::Receiver<Message>,
    /// What was lost of the rows that came.
    lost: Option<Reason>,
    end: Option<(Option<Sample>, Option<Reason>)>,
}

impl RowReader for FedReader {
    fn format(&self) -> &'static str {
        self.format
    }

    fn next_rows(&mut self, rows: &mut RowBatch) -> Result<bool, ReadError> {
        if self.end.is_some() {
            return Ok(false);
        }
        match self.messages.blocking_recv() {
            Some(Message::Rows { run, .. }) => {
                let (batch, lost) = run.into_rows();
                *rows = batch;
                self.lost = worse(self.lost, lost);
                Ok(true)
            }
            Some(Message::End(sample, shortfall)) => {
                self.end = Some((sample, shortfall));
                Ok(false)
            }
            Some(Message::Failed(error)) => {
                self.end = Some((None, None));
                Err(error)
            }
            None => {
                self.end = Some((None, None));
                Err(ReadError::new(Reason::Interrupted, "reading was stopped"))
            }
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        worse(self.lost, self.end.and_then(|(_, shortfall)| shortfall))
    }

    fn foreign_keys(&self) -> Vec<ForeignKey> {
        self.keys.clone()
    }

    fn sample(&self) -> Option<Sample> {
        self.end.and_then(|(sample, _)| sample)
    }
}

/// The end of the task that reads.
pub(super) struct Feed<R> {
    /// The rows in the making.
    pub(super) run: R,
    shortfall: Option<Reason>,
    /// Bytes that may still be handed over; `None` for all.
    budget: Option<u64>,
    messages: mpsc::Sender<Message>,
    /// MiB that may wait besides those that do.
    ahead: Arc<Semaphore>,
}

/// Why reading a table stops early.
pub(super) enum Stop {
    Failed(ReadError),
    /// Nobody asks for rows any more.
    Closed,
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Failed(error)
    }
}

impl<R: Run> Feed<R> {
    /// Both ends of a queue, through which `budget` bytes may go, of a table with these keys. `run` has none of its rows yet.
    pub(super) fn new(format: &'static str, run: R, keys: Vec<ForeignKey>, budget: Option<u64>) -> (Self, FedReader) {
        let (messages, receiver) = mpsc::channel(MIB_AHEAD as usize);
        let ahead = Arc::new(Semaphore::new(MIB_AHEAD as usize));
        let feed = Self { run, shortfall: None, budget, messages, ahead };
        (feed, FedReader { format, keys, messages: receiver, lost: None, end: None })
    }

    /// Something was lost.
    pub(super) fn falls_short(&mut self, reason: Reason) {
        self.shortfall = worse(self.shortfall, Some(reason));
    }

    /// Whether the run of rows is large enough to be sent.
    pub(super) fn is_full(&self) -> bool {
        self.run.held_bytes() >= RowBatch::TARGET_BYTES as u64
    }

    fn take(&mut self) -> Option<R> {
        if self.run.rows() == 0 {
            return None;
        }
        let next = self.run.following();
        let run = std::mem::replace(&mut self.run, next);
        self.budget = self.budget.map(|left| left.saturating_sub(run.held_bytes()));
        Some(run)
    }

    /// Hands a run of rows over when there is room for it.
    async fn hand_over(&self, run: R) -> Result<(), Stop> {
        let mib = run.held_bytes().div_ceil(1 << 20).clamp(1, MIB_AHEAD.into()) as u32;
        let room = self.ahead.clone().acquire_many_owned(mib).await.map_err(|_| Stop::Closed)?;
        self.messages.send(Message::Rows { run: Box::new(run), _room: room }).await.map_err(|_| Stop::Closed)
    }

    /// Sends what is there, on a thread that may block. It is an error where that was the last that may be read.
    pub(super) fn send_blocking(&mut self) -> Result<(), Stop> {
        if let Some(run) = self.take() {
            futures::executor::block_on(self.hand_over(run))?;
        }
        self.within_budget()
    }

    /// Sends what is there. It is an error where that was the last that may be read.
    pub(super) async fn send(&mut self) -> Result<(), Stop> {
        if let Some(run) = self.take() {
            self.hand_over(run).await?;
        }
        self.within_budget()
    }

    fn within_budget(&self) -> Result<(), Stop> {
        match self.budget {
            Some(0) => Err(Stop::Failed(ReadError::new(Reason::ByteBudget, "the table's byte budget is used up"))),
            _ => Ok(()),
        }
    }

    /// Ends with how rows were chosen, or with what went wrong.
    pub(super) async fn end(mut self, outcome: Result<Option<Sample>, ReadError>) {
        if let Some(run) = self.take() {
            let _ = self.hand_over(run).await;
        }
        let _ = self.messages.send(last(outcome, self.shortfall)).await;
    }

    /// Ends on a thread that may block: with how rows were chosen, or with what went wrong.
    pub(super) fn end_blocking(mut self, outcome: Result<Option<Sample>, ReadError>) {
        if let Some(run) = self.take() {
            let _ = futures::executor::block_on(self.hand_over(run));
        }
        let _ = self.messages.blocking_send(last(outcome, self.shortfall));
    }
}

/// The reason that comes first.
fn worse(one: Option<Reason>, other: Option<Reason>) -> Option<Reason> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn last(outcome: Result<Option<Sample>, ReadError>, shortfall: Option<Reason>) -> Message {
    match outcome {
        Ok(sample) => Message::End(sample, shortfall),
        Err(error) => Message::Failed(error),
    }
}
