//! The compressed side of a layer: a stream that can be looked into, and taken from in pieces.

use crate::model::{ByteStream, ReadError};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A stream with its next bytes at hand.
pub struct Input {
    stream: Box<dyn ByteStream>,
    pending: Bytes,
    end: Option<Result<(), ReadError>>,
}

impl Input {
    /// Nothing is read yet.
    pub fn new(stream: Box<dyn ByteStream>) -> Self {
        Self { stream, pending: Bytes::new(), end: None }
    }

    /// The next bytes: at least `bytes`, fewer only where the stream ends or fails.
    pub fn peek(&mut self, bytes: usize) -> &[u8] {
        while self.pending.len() < bytes && self.end.is_none() {
            match self.stream.next_chunk() {
                Ok(Some(chunk)) if self.pending.is_empty() => self.pending = chunk,
                Ok(Some(chunk)) => {
                    let mut joined = BytesMut::with_capacity(self.pending.len() + chunk.len());
                    joined.extend_from_slice(&self.pending);
                    joined.extend_from_slice(&chunk);
                    self.pending = joined.freeze();
                }
                Ok(None) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        &self.pending
    }

    /// Takes bytes away that were looked at.
    pub fn skip(&mut self, bytes: usize) {
        let _ = self.pending.split_to(bytes.min(self.pending.len()));
    }

    /// Takes zero bytes away: padding behind what was read.
    pub fn skip_zeros(&mut self) {
        loop {
            let next = self.peek(1);
            let zeros = next.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return;
            }
            self.skip(zeros);
        }
    }

    /// How the stream ended, once it did.
    pub fn end(&self) -> Result<(), ReadError> {
        self.end.clone().unwrap_or(Ok(()))
    }
}

impl ByteStream for Input {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if !self.pending.is_empty() {
            return Ok(Some(std::mem::take(&mut self.pending)));
        }
        match self.end.clone() {
            Some(end) => end.map(|()| None),
            None => self.stream.next_chunk(),
        }
    }
}

/// Counts the bytes that are read from the object itself.
pub struct Counted {
    stream: Box<dyn ByteStream>,
    consumed: Arc<AtomicU64>,
}

impl Counted {
    /// Adds to `consumed` what passes through.
    pub fn new(stream: Box<dyn ByteStream>, consumed: Arc<AtomicU64>) -> Self {
        Self { stream, consumed }
    }
}

impl ByteStream for Counted {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = self.stream.next_chunk()?;
        self.consumed.fetch_add(chunk.as_ref().map_or(0, Bytes::len) as u64, Ordering::Relaxed);
        Ok(chunk)
    }
}
