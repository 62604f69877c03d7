//! A growing window over a byte stream: the bytes from the current place on, contiguous, as many as were asked for.
//!
//! What it holds depends on what was asked, what a caller does with it must not depend on how the bytes arrived.
//! A stream that fails is treated as ended; the error is kept so that what was read before it is still decoded.

use crate::model::{ByteStream, ReadError};
use bytes::Bytes;

/// The part of the stream that is in memory.
pub struct Window {
    stream: Box<dyn ByteStream>,
    buffer: Vec<u8>,
    start: usize,
    rest: Bytes,
    ended: bool,
    /// Why the stream ended too early.
    pub error: Option<ReadError>,
}

impl Window {
    /// A window over the whole of `stream`.
    pub fn new(stream: Box<dyn ByteStream>) -> Self {
        Self { stream, buffer: Vec::new(), start: 0, rest: Bytes::new(), ended: false, error: None }
    }

    /// The bytes in memory from the current place on.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether nothing follows [`Window::bytes`].
    pub fn is_last(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    /// Moves the current place forward.
    pub fn consume(&mut self, length: usize) {
        self.start = (self.start + length).min(self.buffer.len());
    }

    /// Reads until at least `length` bytes are in memory, or the stream ends.
    pub fn fill(&mut self, length: usize) {
        if self.buffer.len() - self.start >= length || self.is_last() {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        while self.buffer.len() < length {
            if self.rest.is_empty() {
                self.rest = self.next_chunk();
                if self.rest.is_empty() {
                    return;
                }
            }
            let piece = self.rest.split_to(self.rest.len().min(length - self.buffer.len()));
            self.buffer.extend_from_slice(&piece);
        }
    }

    fn next_chunk(&mut self) -> Bytes {
        while !self.ended {
            match self.stream.next_chunk() {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return chunk,
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    self.error = Some(error);
                }
            }
        }
        Bytes::new()
    }
}
