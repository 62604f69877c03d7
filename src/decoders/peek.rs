//! A stream whose first bytes were looked at, and are delivered again.
//!
//! What a format is shows in its first bytes, and a stream cannot be rewound. An error that is met while looking ahead
//! is kept and returned in its place: after the bytes before it.

use crate::model::{ByteStream, ReadError};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// A [`ByteStream`] that can be looked into before it is read.
pub struct Peeked {
    stream: Box<dyn ByteStream>,
    /// Chunks that were looked at and not yet delivered again.
    ahead: VecDeque<Bytes>,
    ahead_bytes: usize,
    /// Where the stream ended while looking ahead: how.
    end: Option<Result<(), ReadError>>,
}

impl Peeked {
    /// Nothing is read yet.
    pub fn new(stream: Box<dyn ByteStream>) -> Self {
        Self { stream, ahead: VecDeque::new(), ahead_bytes: 0, end: None }
    }

    /// The next bytes of the stream without taking them: at least `bytes`, fewer only where the stream ends or fails.
    /// How many more there are depends on the stream's chunks: what is decided from them must look at `bytes` only.
    pub fn peek(&mut self, bytes: usize) -> &[u8] {
        while self.ahead_bytes < bytes && self.end.is_none() {
            match self.stream.next_chunk() {
                Ok(Some(chunk)) => {
                    self.ahead_bytes += chunk.len();
                    self.ahead.push_back(chunk);
                }
                Ok(None) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        let contiguous = self.ahead.front().map_or(0, Bytes::len);
        if self.ahead.len() > 1 && contiguous < bytes {
            let mut joined = BytesMut::with_capacity(self.ahead_bytes);
            self.ahead.drain(..).for_each(|chunk| joined.extend_from_slice(&chunk));
            self.ahead.push_back(joined.freeze());
        }
        self.ahead.front().map_or(&[], |chunk| &chunk[..])
    }

    /// Exactly the first `bytes`, fewer only where the stream ends or fails: the same however it is chunked.
    pub fn head(&mut self, bytes: usize) -> &[u8] {
        let peeked = self.peek(bytes);
        &peeked[..peeked.len().min(bytes)]
    }

    /// Takes away the first `bytes` of what was looked at (a byte order mark).
    pub fn skip(&mut self, mut bytes: usize) {
        while bytes > 0 {
            let Some(front) = self.ahead.front_mut() else { return };
            let taken = front.len().min(bytes);
            let _ = front.split_to(taken);
            bytes -= taken;
            self.ahead_bytes -= taken;
            if front.is_empty() {
                self.ahead.pop_front();
            }
        }
    }

    /// Whether the end of the stream was seen while looking ahead, and nothing lies behind what [`Self::peek`] returns.
    pub fn is_whole(&self) -> bool {
        matches!(self.end, Some(Ok(())))
    }

    /// The error that was met while looking ahead, if nothing came before it.
    pub fn failed_at_start(&self) -> Option<ReadError> {
        match &self.end {
            Some(Err(error)) if self.ahead_bytes == 0 => Some(error.clone()),
            _ => None,
        }
    }
}

impl ByteStream for Peeked {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if let Some(chunk) = self.ahead.pop_front() {
            self.ahead_bytes -= chunk.len();
            return Ok(Some(chunk));
        }
        match self.end.clone() {
            None => self.stream.next_chunk(),
            Some(Ok(())) => Ok(None),
            Some(Err(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;

    struct Chunks(Vec<Result<Bytes, ReadError>>);

    impl ByteStream for Chunks {
        fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
            if self.0.is_empty() { Ok(None) } else { self.0.remove(0).map(Some) }
        }
    }

    fn rest(stream: &mut Peeked) -> (Vec<u8>, Option<Reason>) {
        let mut all = Vec::new();
        loop {
            match stream.next_chunk() {
                Ok(Some(chunk)) => all.extend_from_slice(&chunk),
                Ok(None) => return (all, None),
                Err(error) => return (all, Some(error.reason)),
            }
        }
    }

    #[test]
    fn bytes_looked_at_come_again_and_an_error_after_them() {
        let chunks = vec![
            Ok(Bytes::from_static(b"ab")),
            Ok(Bytes::from_static(b"c")),
            Err(ReadError::new(Reason::Truncated, "cut")),
        ];
        let mut stream = Peeked::new(Box::new(Chunks(chunks)));
        assert_eq!(stream.peek(1), b"ab");
        assert_eq!(stream.head(1), b"a");
        assert_eq!(stream.peek(10), b"abc");
        assert!(!stream.is_whole() && stream.failed_at_start().is_none());
        stream.skip(1);
        assert_eq!(rest(&mut stream), (b"bc".to_vec(), Some(Reason::Truncated)));
    }
}
