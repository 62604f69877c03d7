//! From an opened object to its decoder: rows as they are, bytes by what they are.

use super::database;
use super::rows::RowDecoder;
use crate::decoders::{self, Decoder, Peeked};
use crate::model::{ByteStream, ReadError, SourceContent};
use crate::unpack;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The decoder of an object called `name`. `bytes` counts what is decoded.
pub(super) fn open(
    content: SourceContent,
    name: &str,
    (unpack, decode): (&unpack::Limits, &decoders::Limits),
    bytes: &Arc<AtomicU64>,
) -> Result<Box<dyn Decoder>, ReadError> {
    let limits = || (unpack.clone(), decode.clone());
    let content = match content {
        SourceContent::Bytes(content) => content,
        SourceContent::Rows(reader) => return Ok(Box::new(RowDecoder::new(reader, limits(), bytes.clone()))),
    };
    let mut content = unpack::open(content, unpack)?.content;
    let mut stream = Peeked::new(content.stream);
    if database::is_database(&mut stream) {
        return database::open(stream, content.random_access.as_deref(), limits(), bytes.clone());
    }
    content.stream = Box::new(Counted { inner: stream, bytes: bytes.clone() });
    decoders::open(content, name, decode)
}

/// Counts the bytes that pass.
struct Counted {
    inner: Peeked,
    bytes: Arc<AtomicU64>,
}

impl ByteStream for Counted {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = self.inner.next_chunk()?;
        if let Some(chunk) = &chunk {
            self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }
        Ok(chunk)
    }
}
