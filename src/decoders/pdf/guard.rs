//! What a PDF may cost before it is parsed: the parser inflates lists of objects without a limit, and keeps them.
//!
//! Each stream is found by its keyword in the bytes, whatever the structure says of it, and inflated to be measured. Which
//! of them are lists of objects is not known yet, so each could be one; an image that does not begin like one could not
//! be kept, only inflated once.

use super::streams::{MAX_STREAM_BYTES, ascii_85, ascii_hex, inflated, inflated_size};
use crate::model::Reason;
use memchr::{memchr_iter, memmem};

/// Most that lists of objects may expand to, together.
const MAX_STRUCTURE_BYTES: usize = 32 << 20;
/// Most that a list of places of objects may expand to: each of a few bytes becomes an entry of many.
const MAX_PLACES_BYTES: usize = 4 << 20;
/// Most that an image may expand to.
const MAX_IMAGE_BYTES: usize = 64 << 20;
/// Most dictionaries of a document: each may be a page, of which the parser makes a list.
const MAX_DICTIONARIES: usize = 150_000;
/// Most names before a dictionary ends: the parser makes a table of them.
const MAX_NAMES: usize = 200_000;
/// Most streams.
const MAX_STREAMS: usize = 100_000;
/// Most of encrypted lists of objects, which cannot be inflated here: 1,032 times as much at worst.
const MAX_SEALED_BYTES: usize = 128 << 10;
/// How far before its stream a dictionary is looked for.
const DICTIONARY_BYTES: usize = 16 << 10;

/// Refuses what would take too much memory or time.
pub fn check(document: &[u8]) -> Result<(), Reason> {
    let is_sealed = memmem::find(document, b"/Encrypt").is_some();
    let mut dictionaries = dictionaries_of(document)?;
    let (mut streams, mut stored_bytes, mut structure_bytes, mut sealed_bytes) = (0, 0, 0, 0);
    for at in memmem::find_iter(document, b"stream") {
        let Some(content) = stream_at(document, at) else { continue };
        let stream = Stream::new(&document[at.saturating_sub(DICTIONARY_BYTES)..at], content);
        streams += 1;
        stored_bytes += stream.content.len();
        // Streams that share their bytes would be inflated again and again.
        if streams > MAX_STREAMS || stored_bytes > 2 * document.len() {
            return Err(Reason::MemoryLimit);
        }
        sealed_bytes += if is_sealed && stream.may_be_list { stream.content.len() } else { 0 };
        if let Some(list) = stream.list()? {
            structure_bytes += list.len();
            dictionaries += dictionaries_of(&list)?;
        }
        if structure_bytes > MAX_STRUCTURE_BYTES {
            return Err(Reason::ExpansionLimit);
        }
    }
    if dictionaries > MAX_DICTIONARIES || sealed_bytes > MAX_SEALED_BYTES {
        return Err(Reason::MemoryLimit);
    }
    Ok(())
}

/// How many dictionaries there are; none may have too many names.
fn dictionaries_of(bytes: &[u8]) -> Result<usize, Reason> {
    let mut from = 0;
    for end in memmem::find_iter(bytes, b">>").chain([bytes.len()]) {
        if end - from > MAX_NAMES && memchr_iter(b'/', &bytes[from..end]).count() > MAX_NAMES {
            return Err(Reason::MemoryLimit);
        }
        from = end;
    }
    Ok(memmem::find_iter(bytes, b"<<").count())
}

/// What follows the keyword of a stream.
fn stream_at(document: &[u8], at: usize) -> Option<&[u8]> {
    let content = &document[at + b"stream".len()..];
    let is_end = document[..at].ends_with(b"end");
    let content = content.strip_prefix(b"\r\n").or(content.strip_prefix(b"\n")).or(content.strip_prefix(b"\r"))?;
    (!is_end).then(|| &content[..memmem::find(content, b"endstream").unwrap_or(content.len())])
}

/// A stream, as it looks.
struct Stream<'a> {
    dictionary: &'a [u8],
    content: &'a [u8],
    may_be_list: bool,
}

impl<'a> Stream<'a> {
    fn new(before: &'a [u8], content: &'a [u8]) -> Self {
        let dictionary = &before[memmem::rfind(before, b"obj").unwrap_or(0)..];
        let stream = Self { dictionary, content, may_be_list: false };
        // A name may be written with codes of its letters.
        let may_be_list = stream.has(b"ObjStm") || stream.has(b"XRef") || stream.has(b"#");
        Self { may_be_list, ..stream }
    }

    fn has(&self, name: &[u8]) -> bool {
        memmem::find(self.dictionary, name).is_some()
    }

    /// What it expands to where it may be a list of objects or of their places.
    fn list(&self) -> Result<Option<Vec<u8>>, Reason> {
        if self.may_be_list && (self.has(b"/LZW") || self.has(b"/RunLength") || self.has(b"/RL")) {
            return Err(Reason::UnsupportedFormat);
        }
        if self.has(b"/Image") && !self.may_be_list && is_zlib(self.content) {
            let (size, head) = inflated_size(self.content, MAX_IMAGE_BYTES);
            if size > MAX_IMAGE_BYTES {
                return Err(Reason::ExpansionLimit);
            }
            if !begins_like_list(&head) {
                return Ok(None);
            }
        }
        let Some(expanded) = self.expanded() else { return Ok(None) };
        let is_places = self.has(b"XRef") || self.has(b"#") || self.has(b"/W[") || self.has(b"/W ");
        let limit = if is_places { MAX_PLACES_BYTES } else { MAX_STREAM_BYTES };
        // What is compressed twice would be more than what is counted.
        let is_too_large = expanded.1 == Some(Reason::ExpansionLimit)
            || expanded.0.len() > limit
            || is_zlib(&expanded.0) && inflated_size(&expanded.0, limit).0 > limit;
        if is_too_large {
            return Err(Reason::ExpansionLimit);
        }
        Ok((self.may_be_list || begins_like_list(&expanded.0)).then_some(expanded.0))
    }

    fn expanded(&self) -> Option<(Vec<u8>, Option<Reason>)> {
        if is_zlib(self.content) {
            Some(inflated(self.content, MAX_STREAM_BYTES))
        } else if self.has(b"85") {
            Some(inflated(&ascii_85(self.content), MAX_STREAM_BYTES))
        } else if self.has(b"Hex") || self.has(b"/AHx") {
            Some(inflated(&ascii_hex(self.content), MAX_STREAM_BYTES))
        } else {
            None
        }
    }
}

/// RFC 1950, 2.2: the method and its check.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..] if method & 0x0F == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

/// A list of objects begins with pairs of numbers (ISO 32000-1, 7.5.7).
fn begins_like_list(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(16)];
    !head.is_empty() && head.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_whitespace())
}
