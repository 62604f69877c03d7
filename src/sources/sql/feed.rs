//! Rows on their way from the task that talks to a database to the worker that asks for them.

use crate::model::{ForeignKey, ReadError, Reason, RowBatch, RowColumn, RowReader, Sample};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// MiB of rows that wait for the worker: most samples fit in, so that no statement, and no lock of its table, lasts until what
/// it gave is decoded. A run of rows is about a MiB, or one row that is larger.
const MIB_AHEAD: u32 = 16;
/// Bytes of one value that are read. The rest of it is not, and the coverage says so.
pub(super) const MAX_VALUE_BYTES: usize = 8 << 20;

enum Message {
    /// With the room that they take until they are taken.
    Rows {
        batch: RowBatch,
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
            Some(Message::Rows { batch, .. }) => {
                *rows = batch;
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
        self.end.and_then(|(_, shortfall)| shortfall)
    }

    fn foreign_keys(&self) -> Vec<ForeignKey> {
        self.keys.clone()
    }

    fn sample(&self) -> Option<Sample> {
        self.end.and_then(|(sample, _)| sample)
    }
}

/// The end of the task that reads.
pub(super) struct Feed {
    columns: Vec<RowColumn>,
    /// The comment of the table.
    about: Option<Arc<str>>,
    rows: RowBatch,
    fed: u64,
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

impl Feed {
    /// Both ends of a queue, through which `budget` bytes may go: rows of these columns, of a table with these keys.
    pub(super) fn new(
        format: &'static str,
        (columns, keys): (Vec<RowColumn>, Vec<ForeignKey>),
        budget: Option<u64>,
    ) -> (Self, FedReader) {
        let (sender, receiver) = mpsc::channel(MIB_AHEAD as usize);
        let ahead = Arc::new(Semaphore::new(MIB_AHEAD as usize));
        let (rows, messages) = (RowBatch::default(), sender);
        let mut feed = Self { columns, about: None, rows, fed: 0, shortfall: None, budget, messages, ahead };
        feed.rows.start(&feed.columns, 0);
        (feed, FedReader { format, keys, messages: receiver, end: None })
    }

    /// What the catalogue says of the table.
    pub(super) fn about(&mut self, comment: Option<Arc<str>>) {
        self.about = comment;
    }

    /// A text of the row in the making.
    pub(super) fn text(&mut self, column: usize, value: &[u8]) {
        let value = self.within_limit(value);
        self.rows.push_text(column, value);
    }

    /// Bytes of the row in the making.
    pub(super) fn bytes(&mut self, column: usize, value: &[u8]) {
        let value = self.within_limit(value).to_vec();
        self.rows.push_binary(column, value);
    }

    fn within_limit<'a>(&mut self, value: &'a [u8]) -> &'a [u8] {
        if value.len() > MAX_VALUE_BYTES {
            self.falls_short(Reason::MemoryLimit);
            return &value[..MAX_VALUE_BYTES];
        }
        value
    }

    /// Something was lost.
    pub(super) fn falls_short(&mut self, reason: Reason) {
        self.shortfall = Some(self.shortfall.map_or(reason, |known| known.min(reason)));
    }

    /// Ends the row; the run of rows, where it is large enough to be sent.
    pub(super) fn end_row(&mut self) -> bool {
        self.rows.end_row();
        self.rows.is_full()
    }

    fn take(&mut self) -> Option<RowBatch> {
        let count = self.rows.batch.record_count;
        if count == 0 {
            return None;
        }
        self.fed += u64::from(count);
        let mut rows = std::mem::take(&mut self.rows);
        rows.batch.about = self.about.clone();
        self.budget = self.budget.map(|left| left.saturating_sub(rows.batch.source_bytes));
        self.rows.start(&self.columns, self.fed);
        // Values of a column are alike, so the next run of rows hardly ever moves for want of room.
        if rows.is_full() {
            self.rows.reserve_like(&rows);
        }
        Some(rows)
    }

    /// Hands a run of rows over when there is room for it.
    async fn hand_over(&self, rows: RowBatch) -> Result<(), Stop> {
        let mib = rows.batch.source_bytes.div_ceil(1 << 20).clamp(1, MIB_AHEAD.into()) as u32;
        let room = self.ahead.clone().acquire_many_owned(mib).await.map_err(|_| Stop::Closed)?;
        self.messages.send(Message::Rows { batch: rows, _room: room }).await.map_err(|_| Stop::Closed)
    }

    /// Sends what is there, on a thread that may block. It is an error where that was the last that may be read.
    pub(super) fn send_blocking(&mut self) -> Result<(), Stop> {
        if let Some(rows) = self.take() {
            futures::executor::block_on(self.hand_over(rows))?;
        }
        self.within_budget()
    }

    /// Sends what is there. It is an error where that was the last that may be read.
    pub(super) async fn send(&mut self) -> Result<(), Stop> {
        if let Some(rows) = self.take() {
            self.hand_over(rows).await?;
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
        if let Some(rows) = self.take() {
            let _ = self.hand_over(rows).await;
        }
        let _ = self.messages.send(last(outcome, self.shortfall)).await;
    }

    /// Ends on a thread that may block: with how rows were chosen, or with what went wrong.
    pub(super) fn end_blocking(mut self, outcome: Result<Option<Sample>, ReadError>) {
        if let Some(rows) = self.take() {
            let _ = futures::executor::block_on(self.hand_over(rows));
        }
        let _ = self.messages.blocking_send(last(outcome, self.shortfall));
    }
}

fn last(outcome: Result<Option<Sample>, ReadError>, shortfall: Option<Reason>) -> Message {
    match outcome {
        Ok(sample) => Message::End(sample, shortfall),
        Err(error) => Message::Failed(error),
    }
}
