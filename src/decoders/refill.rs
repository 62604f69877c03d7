//! Fills a buffer from a stream to an exact size, so that what a decoder sees does not depend on the stream's chunks.
//!
//! A failure of the stream is the end of the bytes here, and is asked for once they are used up.

use super::separators::Reading;
use crate::model::{ByteStream, ReadError};
use bytes::Bytes;

/// A stream being emptied into buffers.
pub struct Refill {
    stream: Box<dyn ByteStream>,
    /// What is left of the chunk that was last pulled.
    chunk: Bytes,
    end: Option<Result<(), ReadError>>,
    /// What ends a line where it is not LF; it becomes LF.
    line_end: Option<u8>,
    /// What each byte is read as, where that is not itself.
    reading: Option<Reading>,
}

impl Refill {
    /// Nothing is pulled yet.
    pub fn new(stream: Box<dyn ByteStream>, line_end: Option<u8>) -> Self {
        Self { stream, chunk: Bytes::new(), end: None, line_end, reading: None }
    }

    /// The same, with other separators read as the usual ones.
    pub fn reading(self, reading: Option<Reading>) -> Self {
        Self { reading, ..self }
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
            if let Some(reading) = &self.reading {
                buffer[start..].iter_mut().for_each(|byte| *byte = reading[usize::from(*byte)]);
            } else if let Some(line_end) = self.line_end {
                buffer[start..].iter_mut().filter(|byte| **byte == line_end).for_each(|byte| *byte = b'\n');
            }
        }
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

/// Makes each lone CR from `from` on a line feed; one before LF, before another CR or at the very end stays.
pub fn feed_lone_returns(bytes: &mut [u8], mut from: usize) {
    while let Some(found) = memchr::memchr(b'\r', bytes.get(from..).unwrap_or_default()) {
        let at = from + found;
        if bytes.get(at + 1).is_some_and(|next| !matches!(next, b'\n' | b'\r')) {
            bytes[at] = b'\n';
        }
        from = at + 1;
    }
}
