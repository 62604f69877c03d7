//! Standard input as a source of one object, `stdin://-`, read once from the start to the end.
//!
//! Include, exclude, size and time limits do not apply: nothing is known about it before it is read.

use super::Source;
use super::buffer::{BufferPool, CHUNK_BYTES};
use crate::model::{ByteStream, Content, Listed, Location, Object, ReadError, Reason, SourceContent};
use bytes::Bytes;
use futures::future::{self, BoxFuture};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use std::io::Read;

const URI: &str = "stdin://-";

/// Standard input.
pub(super) struct StdinSource;

impl Source for StdinSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        stream::once(future::ready(Listed::Object(Object::at(Location::from_uri(URI))))).boxed()
    }

    fn open<'a>(&'a self, _object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        let stream = ReaderStream::new(std::io::stdin());
        let content = Content { stream: Box::new(stream), random_access: None };
        future::ready(Ok(SourceContent::Bytes(content))).boxed()
    }

    fn scope(&self) -> String {
        URI.into()
    }
}

/// Chunks of anything that can only be read forward.
struct ReaderStream<R> {
    reader: R,
    buffers: BufferPool,
}

impl<R: Read> ReaderStream<R> {
    fn new(reader: R) -> Self {
        Self { reader, buffers: BufferPool::default() }
    }
}

impl<R: Read + Send> ByteStream for ReaderStream<R> {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let reader = &mut self.reader;
        let chunk = self.buffers.fill(CHUNK_BYTES, |buffer, _| reader.read(buffer));
        let chunk = chunk.map_err(|error| ReadError::new(Reason::Unreadable, format!("standard input: {error}")))?;
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_read_to_its_end_in_full_chunks() {
        let input: Vec<u8> = (0..3_000_000_u32).map(|index| (index % 251) as u8).collect();
        let mut stream = ReaderStream::new(&input[..]);
        let mut output = Vec::new();
        let mut chunks = 0;
        while let Some(chunk) = stream.next_chunk().unwrap() {
            output.extend_from_slice(&chunk);
            chunks += 1;
        }
        assert_eq!(output, input);
        assert_eq!(chunks, 3);
    }
}
