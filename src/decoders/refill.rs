//! Fills a buffer from a stream to an exact size, so that what a decoder sees does not depend on the stream's chunks.
//!
//! A failure of the stream is the end of the bytes here, and is asked for once they are used up.

use crate::model::{ByteStream, ReadError};
use bytes::Bytes;

/// A stream being emptied into buffers.
pub struct Refill {
    stream: Box<dyn ByteStream>,
    /// What is left of the chunk that was last pulled.
    chunk: Bytes,
    end: Option<Result<(), ReadError>>,
    /// Whether lines end with a lone CR, which then becomes LF.
    lone_cr: bool,
}

impl Refill {
    /// Nothing is pulled yet.
    pub fn new(stream: Box<dyn ByteStream>, lone_cr: bool) -> Self {
        Self { stream, chunk: Bytes::new(), end: None, lone_cr }
    }

    /// Appends until `buffer` has `size` bytes; returns whether nothing lies behind them.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, size: usize) -> bool {
        loop {
            if self.chunk.is_empty() {
                if self.end.is_some() {
                    return true;
                }
                match self.stream.next_chunk() {
                    Ok(Some(chunk)) => self.chunk = chunk,
                    Ok(None) => self.end = Some(Ok(())),
                    Err(error) => self.end = Some(Err(error)),
                }
                continue;
            }
            let room = size.saturating_sub(buffer.len());
            if room == 0 {
                return false;
            }
            let taken = self.chunk.split_to(room.min(self.chunk.len()));
            let start = buffer.len();
            buffer.extend_from_slice(&taken);
            if self.lone_cr {
                buffer[start..].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
            }
        }
    }

    /// The same with bytes before those that are left.
    pub fn behind(mut self, bytes: Vec<u8>) -> Self {
        let chunk = std::mem::take(&mut self.chunk);
        let rest = Self { chunk, lone_cr: false, ..self };
        Self { stream: Box::new(Rest(rest)), chunk: bytes.into(), end: None, lone_cr: false }
    }

    /// The byte behind what was filled in, where there is one.
    pub fn following(&self) -> Option<u8> {
        self.chunk.first().copied()
    }

    /// How the stream ended; to be asked when everything was used up.
    pub fn end(&self) -> Result<(), ReadError> {
        self.end.clone().unwrap_or(Ok(()))
    }
}

/// What is left of a refill, as a stream again.
struct Rest(Refill);

impl ByteStream for Rest {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if !self.0.chunk.is_empty() {
            return Ok(Some(std::mem::take(&mut self.0.chunk)));
        }
        match self.0.end.clone() {
            Some(end) => end.map(|()| None),
            None => self.0.stream.next_chunk(),
        }
    }
}
