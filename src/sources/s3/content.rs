//! The bytes of one S3 object: ranged GETs, a bounded number ahead of the consumer, every one pinned to the listed
//! version of the object and resumed where a body broke off.
//!
//! The first range arrives with opening. The others are fetched by the runtime while the worker that reads them decodes.

use super::client::{BodyFailure, S3Clients, body_error, read_error};
use crate::model::{ByteStream, Content, RandomAccess, ReadError, Reason};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::RequestPayer;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Bytes of one GET: smaller objects are read with a single one, and opening an object holds at most this much.
pub const RANGE_BYTES: u64 = 8 << 20;

/// Ranges in flight or waiting for one object.
const RANGES_AHEAD: usize = 4;

/// How often one range is taken up again.
const MAX_RESUMPTIONS: u32 = 5;

const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// What a GET needs to know of an object.
pub(super) struct Target {
    pub(super) clients: Arc<S3Clients>,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) etag: Option<String>,
    pub(super) version: Option<String>,
    pub(super) size_bytes: u64,
    pub(super) requester_pays: bool,
}

/// Opens an object of known size: fetches the first range, and nothing more yet.
pub(super) async fn open(target: Target) -> Result<Content, ReadError> {
    let target = Arc::new(target);
    let first = 0..target.size_bytes.min(RANGE_BYTES);
    let next = first.end;
    // An empty object needs no request.
    let chunks = if first.is_empty() { Vec::new() } else { target.fetch(first).await? };
    let is_whole = next == target.size_bytes;
    let runtime = Handle::current();
    let random_access = S3RandomAccess {
        target: Arc::clone(&target),
        runtime: runtime.clone(),
        whole: is_whole.then(|| chunks.clone()),
    };
    let stream = S3Stream { target, runtime, chunks: chunks.into(), ahead: VecDeque::new(), next };
    Ok(Content { stream: Box::new(stream), random_access: Some(Arc::new(random_access)) })
}

impl Target {
    /// The bytes of a range, in the pieces in which they arrived.
    async fn fetch(&self, range: Range<u64>) -> Result<Vec<Bytes>, ReadError> {
        let mut chunks = Vec::new();
        let mut received = 0;
        let mut resumptions = 0;
        loop {
            let rest = range.start + received..range.end;
            let output = self.get(rest.clone()).await?;
            let (error, failure) = match collect(output, &mut chunks, rest.end - rest.start).await {
                Ok(()) => return Ok(chunks),
                Err(failed) => failed,
            };
            if resumptions == MAX_RESUMPTIONS {
                return Err(error);
            }
            tracing::debug!(bucket = self.bucket, %error, "GetObject is taken up again");
            if failure == BodyFailure::WrongBytes {
                chunks.clear();
            }
            received = chunks.iter().map(|chunk| chunk.len() as u64).sum();
            if received == range.end - range.start {
                // It broke off after its last byte: nothing is missing, but nothing vouches for it either.
                chunks.clear();
                received = 0;
            }
            tokio::time::sleep(FIRST_BACKOFF * 2_u32.pow(resumptions)).await;
            resumptions += 1;
        }
    }

    /// One GET whose answer is the range asked for, or an error.
    async fn get(&self, range: Range<u64>) -> Result<GetObjectOutput, ReadError> {
        let is_whole = range.start == 0 && range.end == self.size_bytes;
        let header = (!is_whole).then(|| format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
        let mut asks_again = true;
        loop {
            let client = self.clients.for_bucket(&self.bucket).await;
            let request = client
                .get_object()
                .bucket(&self.bucket)
                .key(&self.key)
                .set_range(header.clone())
                .set_if_match(self.etag.clone())
                .set_version_id(self.version.clone())
                .set_request_payer(self.requester_pays.then_some(RequestPayer::Requester));
            match request.send().await {
                Ok(output) => {
                    self.require_range(&output, &range, is_whole)?;
                    return Ok(output);
                }
                Err(error) if asks_again && self.clients.learns_region(&self.bucket, &error) => asks_again = false,
                Err(error) => return Err(read_error("GetObject", &error)),
            }
        }
    }

    /// A service that ignores `Range` or has another size in mind would otherwise put wrong bytes in place.
    fn require_range(&self, output: &GetObjectOutput, range: &Range<u64>, is_whole: bool) -> Result<(), ReadError> {
        let length = range.end - range.start;
        let answered = output.content_length().and_then(|length| u64::try_from(length).ok());
        if answered.is_some_and(|answered| answered != length) {
            // Without an ETag to match, this is how a replaced object shows.
            return Err(ReadError::new(Reason::Changed, format!("GetObject: {answered:?} bytes instead of {length}")));
        }
        let start = format!("bytes {}-", range.start);
        if !is_whole && !output.content_range().is_some_and(|answered| answered.starts_with(&start)) {
            return Err(ReadError::new(Reason::Unreadable, "GetObject: the answer is not the range asked for"));
        }
        Ok(())
    }
}

/// Appends the body's pieces to `chunks`; `length` is what it must amount to.
async fn collect(
    mut output: GetObjectOutput,
    chunks: &mut Vec<Bytes>,
    length: u64,
) -> Result<(), (ReadError, BodyFailure)> {
    let mut received = 0;
    while let Some(piece) = output.body.next().await {
        let piece = piece.map_err(|error| body_error(&error))?;
        received += piece.len() as u64;
        if !piece.is_empty() {
            chunks.push(piece);
        }
    }
    match received.cmp(&length) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => {
            let detail = format!("GetObject body: ended after {received} of {length} bytes");
            Err((ReadError::new(Reason::Unreadable, detail), BodyFailure::BrokenOff))
        }
        std::cmp::Ordering::Greater => {
            let detail = format!("GetObject body: {received} bytes instead of {length}");
            Err((ReadError::new(Reason::Unreadable, detail), BodyFailure::WrongBytes))
        }
    }
}

/// A range being fetched by the runtime. Dropping it stops the request.
struct Fetching(JoinHandle<Result<Vec<Bytes>, ReadError>>);

impl Drop for Fetching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The ranges of an object in order.
struct S3Stream {
    target: Arc<Target>,
    runtime: Handle,
    chunks: VecDeque<Bytes>,
    ahead: VecDeque<Fetching>,
    /// Where the next range to be asked for starts.
    next: u64,
}

impl S3Stream {
    fn keep_fetching(&mut self) {
        while self.next < self.target.size_bytes && self.ahead.len() < RANGES_AHEAD {
            let range = self.next..self.target.size_bytes.min(self.next + RANGE_BYTES);
            self.next = range.end;
            let target = Arc::clone(&self.target);
            self.ahead.push_back(Fetching(self.runtime.spawn(async move { target.fetch(range).await })));
        }
    }
}

impl ByteStream for S3Stream {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        self.keep_fetching();
        loop {
            if let Some(chunk) = self.chunks.pop_front() {
                return Ok(Some(chunk));
            }
            let Some(fetching) = self.ahead.front_mut() else { return Ok(None) };
            let fetched = self.runtime.block_on(&mut fetching.0);
            self.ahead.pop_front();
            self.keep_fetching();
            let stopped = |_| Err(ReadError::new(Reason::Interrupted, "GetObject: the runtime was stopped"));
            self.chunks = fetched.unwrap_or_else(stopped)?.into();
        }
    }
}

/// Ranges of an object in any order.
struct S3RandomAccess {
    target: Arc<Target>,
    runtime: Handle,
    /// An object of a single range was read when it was opened, and is not asked for again.
    whole: Option<Vec<Bytes>>,
}

impl RandomAccess for S3RandomAccess {
    fn len(&self) -> u64 {
        self.target.size_bytes
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        let length = self.target.size_bytes;
        if range.start > range.end || range.end > length {
            return Err(ReadError::new(Reason::Truncated, format!("range {range:?} of {length} bytes")));
        }
        match &self.whole {
            Some(chunks) => Ok(slice_of(chunks, range)),
            None => Ok(joined(self.runtime.block_on(self.fetch(range))?)),
        }
    }
}

impl S3RandomAccess {
    async fn fetch(&self, range: Range<u64>) -> Result<Vec<Bytes>, ReadError> {
        let starts = (range.start..range.end).step_by(RANGE_BYTES as usize);
        let parts = starts.map(|start| self.target.fetch(start..range.end.min(start + RANGE_BYTES)));
        stream::iter(parts).buffered(RANGES_AHEAD).try_concat().await
    }
}

/// A range of bytes that are held in pieces; copied only where it crosses the border of two.
fn slice_of(chunks: &[Bytes], range: Range<u64>) -> Bytes {
    let mut parts = Vec::new();
    let mut chunk_start = 0;
    for chunk in chunks {
        let chunk_end = chunk_start + chunk.len() as u64;
        let (start, end) = (range.start.max(chunk_start), range.end.min(chunk_end));
        if start < end {
            parts.push(chunk.slice((start - chunk_start) as usize..(end - chunk_start) as usize));
        }
        chunk_start = chunk_end;
    }
    joined(parts)
}

fn joined(mut chunks: Vec<Bytes>) -> Bytes {
    match chunks.len() {
        0 | 1 => chunks.pop().unwrap_or_default(),
        _ => {
            let mut bytes = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
            chunks.iter().for_each(|chunk| bytes.extend_from_slice(chunk));
            bytes.freeze()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_every_range() {
        let chunks: Vec<Bytes> = [&b"abc"[..], b"d", b"efgh"].into_iter().map(Bytes::from_static).collect();
        let whole = joined(chunks.clone());
        assert_eq!(&whole[..], b"abcdefgh");
        for start in 0..=8 {
            for end in start..=8 {
                assert_eq!(slice_of(&chunks, start..end), whole.slice(start as usize..end as usize));
            }
        }
    }
}
