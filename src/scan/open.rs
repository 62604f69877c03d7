//! From an opened object to its decoder: rows as they are, bytes by what they are.

use super::database;
use super::rows::RowDecoder;
use crate::decoders::{self, Decoder, Peeked};
use crate::model::{ByteStream, RandomAccess, ReadError, SourceContent};
use crate::unpack;
use bytes::Bytes;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes of an object were decoded, unpacked where they were packed. Counted while it is read.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    in_order: Arc<AtomicU64>,
    /// What was read at places, and the bytes that there are: some are read twice.
    at_places: Arc<AtomicU64>,
    length: AtomicU64,
}

impl Decoded {
    /// The number so far. What is read at places was only looked at in order before.
    pub(super) fn bytes(&self) -> u64 {
        match self.at_places.load(Ordering::Relaxed).min(self.length.load(Ordering::Relaxed)) {
            0 => self.in_order.load(Ordering::Relaxed),
            at_places => at_places,
        }
    }
}

/// The decoder of an object called `name`. `decoded` counts what is decoded.
pub(super) fn open(
    content: SourceContent,
    name: &str,
    (unpack, decode): (&unpack::Limits, &decoders::Limits),
    decoded: &Decoded,
) -> Result<Box<dyn Decoder>, ReadError> {
    let limits = || (unpack.clone(), decode.clone());
    let bytes = &decoded.in_order;
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
    if let Some(inner) = content.random_access {
        decoded.length.store(inner.len(), Ordering::Relaxed);
        content.random_access = Some(Arc::new(Counted { inner, bytes: decoded.at_places.clone() }));
    }
    decoders::open(content, name, decode)
}

/// Counts the bytes that pass.
struct Counted<T> {
    inner: T,
    bytes: Arc<AtomicU64>,
}

impl ByteStream for Counted<Peeked> {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = self.inner.next_chunk()?;
        if let Some(chunk) = &chunk {
            self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }
        Ok(chunk)
    }
}

impl RandomAccess for Counted<Arc<dyn RandomAccess>> {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        let bytes = self.inner.read(range)?;
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }

    fn file(&self) -> Option<&Path> {
        self.inner.file()
    }
}
