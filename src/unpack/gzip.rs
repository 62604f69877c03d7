//! gzip (RFC 1952): any number of members, with zero padding between and behind them tolerated.
//! Anything else behind a member is damage: what it hides would otherwise be skipped in silence.
//!
//! The members are read here, and only the deflate stream by the crate: what was inflated before damage in the same call
//! must not be lost.

use super::input::Input;
use super::{CHUNK_BYTES, Meter};
use crate::model::{ByteStream, ReadError, Reason};
use bytes::Bytes;
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Longest header that is accepted: names and comments have no limit of their own.
const MAX_HEADER_BYTES: usize = 1 << 20;

/// Whether bytes begin like a gzip member of the only method there is.
pub fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1F, 0x8B, 0x08])
}

/// One layer of gzip.
pub struct Gzip {
    input: Input,
    inflate: Decompress,
    crc: Crc,
    in_member: bool,
    meter: Meter,
    failure: Option<ReadError>,
}

impl Gzip {
    /// The input begins with a member.
    pub fn new(input: Input, meter: Meter) -> Self {
        Self { input, inflate: Decompress::new(false), crc: Crc::new(), in_member: false, meter, failure: None }
    }

    fn corrupt(detail: &str) -> ReadError {
        ReadError::new(Reason::Corrupt, format!("gzip: {detail}"))
    }

    /// The input ended too early: because the stream below failed, or because the object is cut.
    fn cut(&self) -> ReadError {
        match self.input.end() {
            Err(error) => error,
            Ok(()) => ReadError::new(Reason::Truncated, "gzip: ends inside a member"),
        }
    }

    /// Reads the header of the next member. `false` where no member follows.
    fn begin_member(&mut self, is_first: bool) -> Result<bool, ReadError> {
        if !is_first {
            self.input.skip_zeros();
        }
        if self.input.peek(1).is_empty() {
            return self.input.end().map(|()| false);
        }
        if !is_gzip(self.input.peek(3)) {
            self.input.end()?;
            return Err(Self::corrupt("no member behind a member"));
        }
        let mut wanted = 10;
        let length = loop {
            let head = self.input.peek(wanted);
            match header_length(head) {
                Some(length) if length <= head.len() => break length,
                _ if head.len() < wanted => return Err(self.cut()),
                _ if wanted >= MAX_HEADER_BYTES => return Err(Self::corrupt("the header is too long")),
                _ => wanted = head.len() + 256,
            }
        };
        self.input.skip(length);
        self.inflate.reset(false);
        self.crc.reset();
        self.in_member = true;
        Ok(true)
    }

    fn end_member(&mut self) -> Result<(), ReadError> {
        let Some(trailer) = self.input.peek(8).first_chunk::<8>().copied() else { return Err(self.cut()) };
        let [a, b, c, d, e, f, g, h] = trailer;
        if u32::from_le_bytes([a, b, c, d]) != self.crc.sum() || u32::from_le_bytes([e, f, g, h]) != self.crc.amount() {
            return Err(Self::corrupt("the checksum does not match"));
        }
        self.input.skip(8);
        self.in_member = false;
        Ok(())
    }

    /// Inflates into `out` until it is full or all is done; returns whether all is done.
    fn inflate(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
        while out.len() < out.capacity() {
            if !self.in_member && !self.begin_member(self.meter.expanded == 0 && out.is_empty())? {
                return Ok(true);
            }
            let (read_before, written_before) = (self.inflate.total_in(), out.len());
            let input = self.input.peek(1);
            let is_cut = input.is_empty();
            let result = self.inflate.decompress_vec(input, out, FlushDecompress::None);
            let read = (self.inflate.total_in() - read_before) as usize;
            self.input.skip(read);
            self.crc.update(&out[written_before..]);
            match result {
                Ok(Status::StreamEnd) => self.end_member()?,
                Ok(_) if is_cut && out.len() == written_before => return Err(self.cut()),
                Ok(_) if read == 0 && out.len() == written_before && out.len() < out.capacity() && !is_cut => {
                    return Err(Self::corrupt("no progress"));
                }
                Ok(_) => {}
                Err(_) => return Err(Self::corrupt("the deflate stream is damaged")),
            }
        }
        Ok(false)
    }
}

impl ByteStream for Gzip {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut out = Vec::with_capacity(CHUNK_BYTES);
        let result = self.inflate(&mut out);
        self.meter.count(out.len())?;
        if out.is_empty() {
            return result.map(|_| None);
        }
        self.failure = result.err();
        Ok(Some(Bytes::from(out)))
    }
}

/// How long the header is, as far as `head` shows it; RFC 1952, section 2.3.
fn header_length(head: &[u8]) -> Option<usize> {
    let flags = *head.get(3)?;
    let mut length = 10;
    if flags & 4 != 0 {
        length += 2 + usize::from(u16::from_le_bytes([*head.get(10)?, *head.get(11)?]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            length += memchr::memchr(0, head.get(length..)?)? + 1;
        }
    }
    Some(length + if flags & 2 != 0 { 2 } else { 0 })
}
