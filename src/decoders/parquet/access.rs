//! Ranged reads of one column chunk for the page reader, with the sizes that page headers claim checked beforehand.
//!
//! A page reader sees only that reading failed; why is kept here, so that a network failure is not taken for damage.

use crate::model::{RandomAccess, ReadError, Reason};
use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// A page header is read from at most this many bytes, statistics included.
const HEADER_BYTES: u64 = 1 << 20;

/// The bytes of one column chunk.
pub struct ChunkBytes {
    access: Arc<dyn RandomAccess>,
    range: Range<u64>,
    /// How much is read at once.
    window_bytes: u64,
    max_page_bytes: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    start: u64,
    window: Bytes,
    failure: Option<ReadError>,
}

impl ChunkBytes {
    /// The bytes of `range`, read `window_bytes` at a time; larger pages than `max_page_bytes` are refused.
    pub fn new(access: Arc<dyn RandomAccess>, range: Range<u64>, window_bytes: u64, max_page_bytes: u64) -> Self {
        Self { access, range, window_bytes, max_page_bytes, state: Mutex::default() }
    }

    /// Why reading failed, if it was not the content's fault.
    pub fn take_failure(&self) -> Option<ReadError> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }

    /// At least `length` bytes from `start` (fewer only at the chunk's end).
    fn bytes(&self, start: u64, length: u64) -> Result<Bytes> {
        if start < self.range.start || start > self.range.end {
            return Err(ParquetError::EOF("outside the column chunk".to_owned()));
        }
        let length = length.min(self.range.end - start);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let window_end = state.start + state.window.len() as u64;
        if start < state.start || start + length > window_end {
            let end = (start + length.max(self.window_bytes)).min(self.range.end);
            match self.access.read(start..end) {
                Ok(window) => {
                    state.window = window;
                    state.start = start;
                }
                Err(error) => {
                    state.failure = Some(error);
                    return Err(ParquetError::General("read failed".to_owned()));
                }
            }
        }
        let offset = (start - state.start) as usize;
        if offset > state.window.len() {
            return Err(ParquetError::EOF("short read".to_owned()));
        }
        Ok(state.window.slice(offset..))
    }
}

impl Length for ChunkBytes {
    fn len(&self) -> u64 {
        self.range.end
    }
}

impl ChunkReader for ChunkBytes {
    type T = Reader<Bytes>;

    /// Called for page headers only.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        let bytes = self.bytes(start, HEADER_BYTES)?;
        if claimed_sizes(&bytes).is_some_and(|sizes| sizes.iter().any(|&size| size > self.max_page_bytes)) {
            let error = ReadError::new(Reason::MemoryLimit, "a page is larger than the memory limit");
            self.state.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(error);
            return Err(ParquetError::General("page too large".to_owned()));
        }
        Ok(bytes.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.bytes(start, length as u64)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("page beyond the column chunk".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}

/// Uncompressed and compressed size of a page: fields 2 and 3 of its header (Thrift compact protocol), which begins
/// with three 32-bit integers in order.
fn claimed_sizes(header: &[u8]) -> Option<[u64; 2]> {
    let mut rest = header;
    let mut sizes = [0; 3];
    for size in &mut sizes {
        let (&field, after) = rest.split_first()?;
        if field != 0x15 {
            return None;
        }
        rest = after;
        let mut zigzag = 0u64;
        for shift in (0..35).step_by(7) {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            zigzag |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        *size = zigzag >> 1;
    }
    Some([sizes[1], sizes[2]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MemoryContent;
    use std::io::Read;

    fn chunk(content: Vec<u8>, range: Range<u64>) -> ChunkBytes {
        ChunkBytes::new(Arc::new(MemoryContent(Bytes::from(content))), range, 64, 1000)
    }

    #[test]
    fn bytes_come_from_any_place_of_the_chunk_and_from_nowhere_else() {
        let content: Vec<u8> = (0..=255).collect();
        let chunk = chunk(content.clone(), 10..200);
        for start in [10, 150, 60, 61, 140, 199] {
            let length = 50.min(200 - start);
            assert_eq!(&chunk.get_bytes(start as u64, length).unwrap()[..], &content[start..start + length]);
        }
        assert!(chunk.get_bytes(190, 11).is_err());
        assert!(chunk.get_bytes(9, 1).is_err());
        assert!(chunk.get_bytes(u64::MAX, 1).is_err());
        let mut read = Vec::new();
        chunk.get_read(100).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, &content[100..200]);
        assert!(chunk.take_failure().is_none());
    }

    #[test]
    fn pages_that_claim_too_much_are_refused() {
        // Type 0, uncompressed size 1,001, compressed size 3.
        let chunk = chunk(vec![0x15, 0, 0x15, 0xD2, 0x0F, 0x15, 6, 0], 0..8);
        assert_eq!(claimed_sizes(&[0x15, 0, 0x15, 0xD2, 0x0F, 0x15, 6, 0]), Some([1001, 3]));
        assert!(chunk.get_read(0).is_err());
        assert_eq!(chunk.take_failure().map(|error| error.reason), Some(Reason::MemoryLimit));
    }
}
