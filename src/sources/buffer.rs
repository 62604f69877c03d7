//! Buffers for reading files: page-aligned and used again.
//!
//! `read` into memory that does not start at a page is three to four times slower than into memory that does, and a
//! fresh megabyte costs a page fault per page. A buffer returns to its pool when the last slice of its bytes is gone.

use bytes::Bytes;
use std::io;
use std::sync::{Arc, Mutex};

/// The most that one chunk of a file holds.
pub(super) const CHUNK_BYTES: usize = 1 << 20;

const PAGE_BYTES: usize = 4096;

/// Buffers kept for the next chunks: the one being decoded, and one that a slice still holds.
const MAX_FREE: usize = 2;

type Free = Arc<Mutex<Vec<Vec<u8>>>>;

/// The buffers of one stream.
#[derive(Default)]
pub(super) struct BufferPool {
    free: Free,
}

impl BufferPool {
    /// A chunk of at most `limit` bytes (1 MiB at most), filled by `read` until it is full or `read` returns 0. Empty
    /// at the end of the input. An error after the first bytes is returned with the next call instead, by `read` itself.
    pub(super) fn fill(
        &self,
        limit: usize,
        mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
    ) -> io::Result<Bytes> {
        let limit = limit.min(CHUNK_BYTES);
        let mut buffer = self.take(limit);
        while buffer.length < limit {
            let from = buffer.start + buffer.length;
            match read(&mut buffer.memory[from..buffer.start + limit], buffer.length) {
                Ok(0) => break,
                Ok(count) => buffer.length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if buffer.length > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Bytes::from_owner(buffer))
    }

    fn take(&self, limit: usize) -> Buffer {
        let kept = self.free.lock().ok().and_then(|mut free| free.pop());
        let memory = kept.filter(|memory| memory.len() >= limit + PAGE_BYTES);
        let memory = memory.unwrap_or_else(|| vec![0; limit + PAGE_BYTES]);
        let start = memory.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES);
        Buffer { memory, start, length: 0, free: Arc::clone(&self.free) }
    }
}

/// Owned by the [`Bytes`] of a chunk; gives its memory back when they are gone.
struct Buffer {
    memory: Vec<u8>,
    start: usize,
    length: usize,
    free: Free,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Ok(mut free) = self.free.lock()
            && free.len() < MAX_FREE
        {
            free.push(std::mem::take(&mut self.memory));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_aligned_and_memory_is_used_again() {
        let pool = BufferPool::default();
        let fill = |value: u8| {
            pool.fill(10_000, |buffer, _| {
                buffer.fill(value);
                Ok(buffer.len().min(3_000))
            })
            .unwrap()
        };
        let first = fill(1);
        assert_eq!(first.as_ptr().align_offset(PAGE_BYTES), 0);
        assert_eq!(&first[..], &[1; 10_000][..]);
        let slice = first.slice(5..6);
        let place = first.as_ptr();
        drop(first);
        let second = fill(2);
        assert_ne!(second.as_ptr(), place, "a slice still holds the first buffer");
        assert_eq!(slice[0], 1);
        drop(slice);
        assert_eq!(fill(3).as_ptr(), place);
    }

    #[test]
    fn bytes_before_an_error_are_delivered() {
        let pool = BufferPool::default();
        let mut calls = 0;
        let chunk = pool.fill(100, |buffer, _| {
            calls += 1;
            if calls > 1 {
                return Err(io::Error::other("broken"));
            }
            buffer[..3].copy_from_slice(b"abc");
            Ok(3)
        });
        assert_eq!(&chunk.unwrap()[..], b"abc");
        assert!(pool.fill(100, |_, _| Err(io::Error::other("broken"))).is_err());
        assert!(pool.fill(100, |_, _| Ok(0)).unwrap().is_empty());
    }
}
