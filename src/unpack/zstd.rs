//! Zstandard (RFC 8878): any number of frames, skippable ones among them, zero padding tolerated.
//!
//! Input goes in by the pieces that the decompressor asks for, one block at a time: what earlier blocks gave is then
//! already out when a damaged one fails.

use super::input::Input;
use super::{CHUNK_BYTES, Meter};
use crate::model::{ByteStream, ReadError, Reason};
use ::zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};
use bytes::Bytes;

/// Largest window (its logarithm) that memory is given for: 128 MiB, as the reference tool does.
const MAX_WINDOW_LOG: u32 = 27;
/// What the decompressor wants to see first of a frame.
const FIRST_BYTES: usize = 5;
/// Furthest that a frame is looked for behind skippable ones.
const MAX_SKIPPED_BYTES: usize = 1 << 20;

const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// Whether the input is frames of Zstandard; skippable frames alone could be of another format (lz4).
pub fn is_zstd(input: &mut Input) -> bool {
    let mut at = 0;
    loop {
        let Some(head) = input.peek(at + 8).get(at..) else { return false };
        if head.starts_with(&MAGIC) {
            return true;
        }
        let Some([_, _, _, _, a, b, c, d]) = head.first_chunk::<8>().filter(|head| is_skippable(*head)) else {
            return false;
        };
        at += 8 + u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if at > MAX_SKIPPED_BYTES {
            return true;
        }
    }
}

/// One layer of Zstandard.
pub struct Zstd {
    input: Input,
    decoder: Decoder<'static>,
    /// How much the decompressor wants next; 0 between frames.
    wanted: usize,
    meter: Meter,
    failure: Option<ReadError>,
}

impl Zstd {
    /// The input begins with a frame.
    pub fn new(input: Input, meter: Meter) -> Result<Self, ReadError> {
        let corrupt = |_| ReadError::new(Reason::InternalError, "zstd: no decompressor");
        let mut decoder = Decoder::new().map_err(corrupt)?;
        decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG)).map_err(corrupt)?;
        Ok(Self { input, decoder, wanted: 0, meter, failure: None })
    }

    fn between_frames(&mut self) -> Result<bool, ReadError> {
        self.input.skip_zeros();
        let head = self.input.peek(4);
        if head.starts_with(&MAGIC) || is_skippable(head) {
            return Ok(true);
        }
        if head.is_empty() {
            return self.input.end().map(|()| false);
        }
        self.input.end()?;
        Err(ReadError::new(Reason::Corrupt, "zstd: no frame behind a frame"))
    }

    /// Decompresses into `out` until it is full or all is done; returns whether all is done.
    fn decompress(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
        while out.len() < CHUNK_BYTES {
            if self.wanted == 0 && !self.between_frames()? {
                return Ok(true);
            }
            let wanted = if self.wanted == 0 { FIRST_BYTES } else { self.wanted };
            let input = self.input.peek(1);
            let is_cut = input.is_empty();
            let mut source = InBuffer::around(&input[..input.len().min(wanted)]);
            let start = out.len();
            let (hint, written) = {
                let mut target = OutBuffer::around_pos(out, start);
                (self.decoder.run(&mut source, &mut target), target.pos() - start)
            };
            let read = source.pos();
            self.input.skip(read);
            match hint {
                Ok(0) => self.wanted = 0,
                Ok(_) if is_cut && written == 0 => return Err(self.cut()),
                Ok(hint) => self.wanted = hint,
                Err(error) if error.to_string().contains("memory") => {
                    return Err(ReadError::new(Reason::MemoryLimit, "zstd: the window is larger than 128 MiB"));
                }
                Err(_) => return Err(ReadError::new(Reason::Corrupt, "zstd: a frame is damaged")),
            }
        }
        Ok(false)
    }

    /// The input ended too early: because the stream below failed, or because the object is cut.
    fn cut(&self) -> ReadError {
        match self.input.end() {
            Err(error) => error,
            Ok(()) => ReadError::new(Reason::Truncated, "zstd: ends inside a frame"),
        }
    }
}

impl ByteStream for Zstd {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut out = Vec::with_capacity(CHUNK_BYTES);
        let result = self.decompress(&mut out);
        self.meter.count(out.len())?;
        if out.is_empty() {
            return result.map(|_| None);
        }
        self.failure = result.err();
        Ok(Some(Bytes::from(out)))
    }
}
