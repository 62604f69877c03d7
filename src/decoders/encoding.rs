//! Character encodings: everything behind this file reads UTF-8.
//!
//! The encoding is told by a byte order mark (that of UTF-32 too), else by the first 64 KiB: zero bytes on one side of every pair are UTF-16,
//! valid UTF-8, or ASCII with single damaged bytes, is UTF-8, anything else is Windows-1252 (which covers Latin-1). UTF-8 passes through untouched and is not
//! validated behind the sample: an odd byte there stays the byte that it is. Other encodings are converted chunk by
//! chunk; what has no meaning in them becomes U+FFFD.

use super::Peeked;
use super::utf32::{self, ByteOrder, Utf32};
use crate::model::{ByteStream, ReadError};
use bytes::Bytes;
use encoding_rs::{CoderResult, Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a stream is looked at to tell its encoding and its format.
pub const SAMPLE_BYTES: usize = 64 << 10;

/// What the first bytes say about the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detected {
    /// UTF-8 or ASCII behind a byte order mark of this many bytes (0 or 3).
    Utf8(usize),
    /// Another encoding behind a byte order mark of this many bytes.
    Other(&'static Encoding, usize),
    /// UTF-32 behind its byte order mark, which says whether the highest byte of a character comes first.
    Utf32(ByteOrder),
}

impl Detected {
    /// Whether characters of ASCII have zero bytes in it.
    pub fn is_wide(self) -> bool {
        match self {
            Self::Utf8(_) => false,
            Self::Other(encoding, _) => !encoding.is_ascii_compatible(),
            Self::Utf32(_) => true,
        }
    }
}

/// Tells the encoding of text from its first bytes; `whole` says that nothing follows them.
pub fn detect(sample: &[u8], whole: bool) -> Detected {
    match sample {
        [0xEF, 0xBB, 0xBF, ..] => return Detected::Utf8(3),
        // The mark of UTF-32 begins with the one of UTF-16, in which a text does not begin with a zero.
        [0xFF, 0xFE, 0, 0, ..] => return Detected::Utf32(ByteOrder::LowFirst),
        [0, 0, 0xFE, 0xFF, ..] => return Detected::Utf32(ByteOrder::HighFirst),
        [0xFF, 0xFE, ..] => return Detected::Other(UTF_16LE, 2),
        [0xFE, 0xFF, ..] => return Detected::Other(UTF_16BE, 2),
        _ => {}
    }
    if let Some(encoding) = utf16_by_zero_bytes(sample) {
        return Detected::Other(encoding, 0);
    }
    if mostly_utf8(sample, whole) { Detected::Utf8(0) } else { Detected::Other(WINDOWS_1252, 0) }
}

/// UTF-16 without a mark: text of a European language has zeros in nearly every high byte and none in the low ones.
fn utf16_by_zero_bytes(sample: &[u8]) -> Option<&'static Encoding> {
    let pairs = sample.len().min(8192) / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |side: usize| sample[..pairs * 2].iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 10 >= pairs * 7 && even * 100 <= pairs {
        Some(UTF_16LE)
    } else if even * 10 >= pairs * 7 && odd * 100 <= pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether the sample is UTF-8, give or take single damaged bytes among many characters that are well formed.
fn mostly_utf8(sample: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => return true,
        // A character that the end of the sample cuts is no error.
        Err(error) if error.error_len().is_none() && !whole => return true,
        Err(_) => {}
    }
    if is_damaged_ascii(sample) {
        return true;
    }
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in sample.utf8_chunks() {
        valid += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > invalid * 4
}

/// Whether the sample is ASCII but for a few bytes that are no part of a word: in Windows-1252 most of what is not ASCII is a letter
/// among letters, or a dash, a quotation mark or a blank.
fn is_damaged_ascii(sample: &[u8]) -> bool {
    const LEAST_BETWEEN: usize = 100;
    let mut most = 2 + sample.len() / LEAST_BETWEEN;
    let mut from = 0;
    while let Some(at) = sample[from..].iter().position(|byte| !byte.is_ascii()).map(|place| from + place) {
        let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        let is_mark = matches!(sample[at], 0x82 | 0x84 | 0x85 | 0x91..=0x97 | 0xA0 | 0xAD | 0xB7);
        let touches =
            is_letter(at.checked_sub(1).and_then(|before| sample.get(before))) || is_letter(sample.get(at + 1));
        if is_mark || touches || most == 0 {
            return false;
        }
        most -= 1;
        from = at + 1;
    }
    true
}

/// The stream as UTF-8 without a byte order mark.
pub fn to_utf8(mut stream: Peeked, detected: Detected) -> Peeked {
    match detected {
        Detected::Utf8(mark) => {
            stream.skip(mark);
            stream
        }
        Detected::Other(encoding, mark) => {
            stream.skip(mark);
            let decoder = encoding.new_decoder_without_bom_handling();
            Peeked::new(Box::new(Converted { stream, decoder, ended: None }))
        }
        Detected::Utf32(order) => {
            stream.skip(utf32::UNIT);
            Peeked::new(Box::new(Utf32::new(stream, order)))
        }
    }
}

/// The stream with blanks for zero bytes, which in text are damage and padding.
pub fn without_zeros(stream: Peeked) -> Peeked {
    Peeked::new(Box::new(Blanked(stream)))
}

struct Blanked(Peeked);

impl ByteStream for Blanked {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let blanked = |chunk: Bytes| match memchr::memchr(0, &chunk) {
            None => chunk,
            Some(_) => chunk.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect(),
        };
        Ok(self.0.next_chunk()?.map(blanked))
    }
}

/// Text of another encoding, converted as it is pulled.
struct Converted {
    stream: Peeked,
    decoder: encoding_rs::Decoder,
    /// How the stream below ended; what the converter still held was delivered before it.
    ended: Option<Result<(), ReadError>>,
}

impl ByteStream for Converted {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        loop {
            if let Some(end) = self.ended.clone() {
                return end.map(|()| None);
            }
            let (chunk, last) = match self.stream.next_chunk() {
                Ok(Some(chunk)) => (chunk, false),
                Ok(None) => (Bytes::new(), true),
                Err(error) => {
                    self.ended = Some(Err(error));
                    (Bytes::new(), true)
                }
            };
            if last && self.ended.is_none() {
                self.ended = Some(Ok(()));
            }
            let text = self.convert(&chunk, last);
            if !text.is_empty() {
                return Ok(Some(Bytes::from(text)));
            }
        }
    }
}

impl Converted {
    fn convert(&mut self, mut chunk: &[u8], last: bool) -> Vec<u8> {
        let mut text = String::with_capacity(chunk.len() + chunk.len() / 2 + 16);
        loop {
            let (result, read, _) = self.decoder.decode_to_string(chunk, &mut text, last);
            chunk = &chunk[read..];
            match result {
                CoderResult::InputEmpty => return text.into_bytes(),
                CoderResult::OutputFull => text.reserve(chunk.len() * 3 + 16),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(detect(b"plain", true), Detected::Utf8(0));
        assert_eq!(detect(b"\xEF\xBB\xBFplain", true), Detected::Utf8(3));
        assert_eq!(detect("gr\u{fc}n".as_bytes(), true), Detected::Utf8(0));
        assert_eq!(detect(b"gr\xFCn und bl\xE4ulich", true), Detected::Other(WINDOWS_1252, 0));
        assert_eq!(detect(b"gr\xC3", false), Detected::Utf8(0), "cut by the end of the sample");
        assert_eq!(detect(&utf16("hello there", false), true), Detected::Other(UTF_16LE, 0));
        assert_eq!(detect(&utf16("hello there", true), true), Detected::Other(UTF_16BE, 0));
        assert_eq!(detect(&utf16("\u{FEFF}hi", true), true), Detected::Other(UTF_16BE, 2));
        for damaged in [&b"SSN: 412-55\xff-7731"[..], b"44\x8071920", b"x \xE9 y"] {
            assert_eq!(detect(damaged, true), Detected::Utf8(0), "no letter among letters");
        }
        for text in [&b"412\x9655\x967731"[..], b"\xC4pfel 412-55", b"412\xA055", b"3 \xE9\xE8 4", b"\x80MRN"] {
            assert_eq!(detect(text, true), Detected::Other(WINDOWS_1252, 0));
        }
        let mostly = format!("{}\u{fffd}", "Jos\u{e9} ".repeat(50)).into_bytes();
        let mut damaged = mostly.clone();
        damaged[1] = 0xFF;
        assert_eq!(detect(&damaged, true), Detected::Utf8(0));
    }

    #[test]
    fn converted_text_is_utf8() {
        for big in [false, true] {
            let bytes = utf16("\u{FEFF}Jos\u{e9}, \u{1F600} 123", big);
            let mut stream = Peeked::new(Content::from_bytes(Bytes::from(bytes)).stream);
            let detected = detect(stream.peek(100), true);
            let mut stream = to_utf8(stream, detected);
            assert_eq!(stream.peek(100), "Jos\u{e9}, \u{1F600} 123".as_bytes());
        }
    }
}
