//! The body of an answer of the test server, with pauses and without an end where a test wants it so.

use bytes::Bytes;
use futures::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>> + Send + Sync>>;

/// A body being sent; counts as being read until it is dropped.
pub struct Body {
    pub pieces: Pieces,
    /// Whether the body stays open for good after its last piece.
    pub endless: bool,
    /// Between two pieces.
    pub pause: Duration,
    pub sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    pub reading: Arc<AtomicUsize>,
}

impl Stream for Body {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(sleep) = self.sleep.as_mut() {
            std::task::ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        match self.pieces.as_mut().poll_next(context) {
            Poll::Ready(None) if self.endless => Poll::Pending,
            Poll::Ready(Some(piece)) => {
                if !self.pause.is_zero() {
                    self.sleep = Some(Box::pin(tokio::time::sleep(self.pause)));
                }
                Poll::Ready(Some(piece))
            }
            other => other,
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.reading.fetch_sub(1, Ordering::SeqCst);
    }
}
