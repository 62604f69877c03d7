//! Rows on their way from the task that talks to a database to the worker that asks for them.

use crate::model::{ColumnKind, ReadError, Reason, RowBatch, RowReader, Sample};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Runs of rows that wait for the worker.
const BATCHES_AHEAD: usize = 2;
/// Bytes of one value that are read. The rest of it is not, and the coverage says so.
pub(super) const MAX_VALUE_BYTES: usize = 8 << 20;

enum Message {
    Rows(RowBatch),
    End(Option<Sample>, Option<Reason>),
    Failed(ReadError),
}

/// The worker's end.
pub(super) struct FedReader {
    format: &'static str,
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
            Some(Message::Rows(batch)) => {
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

    fn sample(&self) -> Option<Sample> {
        self.end.and_then(|(sample, _)| sample)
    }
}

/// A column of a table: its name and what its values are.
pub(super) type ColumnName = (Arc<str>, ColumnKind);

/// The end of the task that reads.
pub(super) struct Feed {
    columns: Vec<ColumnName>,
    rows: RowBatch,
    fed: u64,
    shortfall: Option<Reason>,
    messages: mpsc::Sender<Message>,
}

/// Nobody asks for rows any more.
pub(super) struct Closed;

/// Why reading a table stops early.
pub(super) enum Stop {
    Failed(ReadError),
    Closed,
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Failed(error)
    }
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl Feed {
    /// Both ends of a queue.
    pub(super) fn new(format: &'static str, columns: Vec<ColumnName>) -> (Self, FedReader) {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let mut feed = Self { columns, rows: RowBatch::default(), fed: 0, shortfall: None, messages: sender };
        feed.rows.start(&feed.columns, 0);
        (feed, FedReader { format, messages: receiver, end: None })
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

    fn take(&mut self) -> Option<Message> {
        let count = self.rows.batch.record_count;
        if count == 0 {
            return None;
        }
        self.fed += u64::from(count);
        let rows = std::mem::take(&mut self.rows);
        self.rows.start(&self.columns, self.fed);
        Some(Message::Rows(rows))
    }

    /// Sends what is there, on a thread that may block.
    pub(super) fn send_blocking(&mut self) -> Result<(), Closed> {
        match self.take() {
            Some(message) => self.messages.blocking_send(message).map_err(|_| Closed),
            None => Ok(()),
        }
    }

    /// Sends what is there.
    pub(super) async fn send(&mut self) -> Result<(), Closed> {
        match self.take() {
            Some(message) => self.messages.send(message).await.map_err(|_| Closed),
            None => Ok(()),
        }
    }

    /// Ends with how rows were chosen, or with what went wrong.
    pub(super) async fn end(mut self, outcome: Result<Option<Sample>, ReadError>) {
        if self.send().await.is_ok() {
            let _ = self.messages.send(last(outcome, self.shortfall)).await;
        }
    }

    /// Ends on a thread that may block: with how rows were chosen, or with what went wrong.
    pub(super) fn end_blocking(mut self, outcome: Result<Option<Sample>, ReadError>) {
        if self.send_blocking().is_ok() {
            let _ = self.messages.blocking_send(last(outcome, self.shortfall));
        }
    }
}

fn last(outcome: Result<Option<Sample>, ReadError>, shortfall: Option<Reason>) -> Message {
    match outcome {
        Ok(sample) => Message::End(sample, shortfall),
        Err(error) => Message::Failed(error),
    }
}
