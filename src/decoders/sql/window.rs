//! What is held of a dump, and the place in it that was reached.

use super::value::Source;
use crate::decoders::refill::Refill;
use crate::model::ReadError;
use memchr::memchr;

/// A part of the stream that slides along it.
pub struct Window {
    refill: Refill,
    /// What is held.
    pub bytes: Vec<u8>,
    /// Where the next thing to read begins.
    pub position: usize,
    /// Offset of the bytes in the stream.
    pub start: u64,
    /// Whether nothing follows the bytes.
    pub at_end: bool,
    /// Whether a backslash escapes in an ordinary text.
    pub backslash: bool,
    /// The line of the position, from 1.
    pub line: u64,
    /// The first line feed from the position on; the end of the bytes where there is none.
    feed: usize,
}

impl Window {
    /// Nothing is held yet.
    pub fn new(refill: Refill, backslash: bool) -> Self {
        Self { refill, bytes: Vec::new(), position: 0, start: 0, at_end: false, backslash, line: 1, feed: 0 }
    }

    /// What is held, for reading.
    pub fn source(&self) -> Source<'_> {
        Source { bytes: &self.bytes, at_end: self.at_end, backslash: self.backslash }
    }

    /// What lies at the position and behind it.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.position..]
    }

    /// Offset of the position in the stream.
    pub fn offset(&self) -> u64 {
        self.start + self.position as u64
    }

    /// Makes the window begin at the position and hold `size` bytes.
    pub fn slide(&mut self, size: usize) {
        if self.at_end || self.rest().len() >= size {
            return;
        }
        self.bytes.drain(..self.position);
        self.start += self.position as u64;
        self.position = 0;
        self.at_end = self.refill.fill(&mut self.bytes, size);
        self.feed = self.next_feed();
    }

    /// Moves on to `end`.
    pub fn advance(&mut self, end: usize) {
        self.position = end;
        while self.feed < end {
            self.line += 1;
            let next = self.feed + 1;
            self.feed = next + memchr(b'\n', &self.bytes[next..]).unwrap_or(self.bytes.len() - next);
        }
    }

    /// Where the line at the position ends, line feed included, or `None` if it is longer than the window.
    pub fn line_end(&self) -> Option<usize> {
        if self.feed < self.bytes.len() {
            return Some(self.feed + 1);
        }
        self.at_end.then_some(self.bytes.len())
    }

    /// How the stream ended.
    pub fn end(&self) -> Result<(), ReadError> {
        self.refill.end()
    }

    fn next_feed(&self) -> usize {
        memchr(b'\n', self.rest()).map_or(self.bytes.len(), |length| self.position + length)
    }
}
