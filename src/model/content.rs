//! The undecoded bytes of an object, as a worker pulls them. Plain blocking traits: a source implements them over
//! whatever it has, and nothing behind them is visible to the stages.

use super::Reason;
use bytes::Bytes;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Reading or decoding failed. `detail` is for the log: it names what failed and never holds content.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct ReadError {
    /// The coverage reason of the object.
    pub reason: Reason,
    /// What failed, for the log.
    pub detail: String,
}

impl ReadError {
    /// An error with its coverage reason.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// Bytes in order, in chunks of the stream's choosing (never empty). Blocks the calling worker.
pub trait ByteStream: Send {
    /// The next chunk, or `None` at the end. After an error or the end it is not called again.
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError>;
}

/// Bytes at any place. Blocks the calling worker.
pub trait RandomAccess: Send + Sync {
    /// Total length in bytes.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Exactly the bytes of `range`, which must lie within `len`.
    fn read(&self, range: Range<u64>) -> Result<Bytes, ReadError>;

    /// The file of this machine that holds them, where one does.
    fn file(&self) -> Option<&Path> {
        None
    }
}

/// An opened object: its stream, and random access where the source can give it.
pub struct Content {
    /// The bytes from the start.
    pub stream: Box<dyn ByteStream>,
    /// The same bytes at any place; `None` for pipes and for what is decompressed on the way.
    pub random_access: Option<Arc<dyn RandomAccess>>,
}

impl Content {
    /// Content that is wholly in memory.
    pub fn from_bytes(bytes: Bytes) -> Self {
        let memory = MemoryContent(bytes.clone());
        Self { stream: Box::new(memory), random_access: Some(Arc::new(MemoryContent(bytes))) }
    }
}

/// Bytes in memory, as a stream of one chunk and as random access.
pub struct MemoryContent(pub Bytes);

impl ByteStream for MemoryContent {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = std::mem::take(&mut self.0);
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

impl RandomAccess for MemoryContent {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        let length = self.0.len() as u64;
        if range.start > range.end || range.end > length {
            return Err(ReadError::new(Reason::Truncated, format!("range {range:?} of {length} bytes")));
        }
        Ok(self.0.slice(range.start as usize..range.end as usize))
    }
}
