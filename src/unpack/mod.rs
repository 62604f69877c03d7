//! Undoes compression: bytes -> bytes, layer by layer, as they are pulled.
//!
//! Compression is found by content, never by name. Output comes in chunks of up to a mebibyte and nothing is held beyond
//! a decompressor's window. An error comes after every good byte before it. A bomb ends at the limits: on the bytes that
//! come out, on their ratio to the bytes that went in at the bottom of all layers, and on the number of layers.

mod gzip;
mod input;
mod zstd;

use crate::model::{Content, ReadError, Reason};
use input::{Counted, Input};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Size that decompressed chunks aim at.
const CHUNK_BYTES: usize = 1 << 20;
/// The ratio is not judged before this much came out: small objects of one character compress very well.
const RATIO_GRACE_BYTES: u64 = 64 << 20;

/// What bounds decompression.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes that may come out of a layer.
    pub max_expanded_bytes: u64,
    /// Most bytes that may come out for one that went in, judged after the first 64 MiB.
    pub max_ratio: u64,
    /// Most layers of compression.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_expanded_bytes: 100 << 30, max_ratio: 1000, max_depth: 4 }
    }
}

/// Content without its compressions.
pub struct Unpacked {
    /// The innermost content; random access is kept where nothing was compressed.
    pub content: Content,
    /// The compressions that were found, outermost first.
    pub compressions: Vec<&'static str>,
}

/// Undoes compression found by content, nested up to the limit; passes anything else through untouched.
pub fn open(content: Content, limits: &Limits) -> Result<Unpacked, ReadError> {
    let consumed = Arc::new(AtomicU64::new(0));
    let random_access = content.random_access;
    let mut input = Input::new(Box::new(Counted::new(content.stream, consumed.clone())));
    let mut compressions = Vec::new();
    loop {
        let compression = if gzip::is_gzip(input.peek(3)) {
            "gzip"
        } else if zstd::is_zstd(&mut input) {
            "zstd"
        } else {
            break;
        };
        if compressions.len() == limits.max_depth {
            return Err(ReadError::new(Reason::NestingLimit, format!("more than {} compressions", limits.max_depth)));
        }
        compressions.push(compression);
        let meter = Meter { expanded: 0, consumed: consumed.clone(), limits: limits.clone() };
        input = match compression {
            "gzip" => Input::new(Box::new(gzip::Gzip::new(input, meter))),
            _ => Input::new(Box::new(zstd::Zstd::new(input, meter)?)),
        };
    }
    let random_access = random_access.filter(|_| compressions.is_empty());
    Ok(Unpacked { content: Content { stream: Box::new(input), random_access }, compressions })
}

/// Counts what comes out of a layer against the limits.
struct Meter {
    expanded: u64,
    /// Bytes that were read from the object itself, below all layers.
    consumed: Arc<AtomicU64>,
    limits: Limits,
}

impl Meter {
    fn count(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.expanded += bytes as u64;
        if self.expanded > self.limits.max_expanded_bytes {
            let detail = format!("expands to more than {} bytes", self.limits.max_expanded_bytes);
            return Err(ReadError::new(Reason::ExpansionLimit, detail));
        }
        let consumed = self.consumed.load(Ordering::Relaxed).max(1);
        if self.expanded > RATIO_GRACE_BYTES && self.expanded / consumed >= self.limits.max_ratio {
            let detail = format!("expands more than {} times", self.limits.max_ratio);
            return Err(ReadError::new(Reason::ExpansionLimit, detail));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
