//! Text in UTF-32, which some databases and data frames export: four bytes a character.

use super::Peeked;
use crate::model::{ByteStream, ReadError};
use bytes::Bytes;

/// Bytes of a character.
pub const UNIT: usize = 4;

/// Which byte of a character comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest.
    LowFirst,
    /// The highest.
    HighFirst,
}

/// Such text as UTF-8, converted as it is pulled; what is no character becomes U+FFFD.
pub struct Utf32 {
    stream: Peeked,
    order: ByteOrder,
    /// The beginning of a character whose other bytes are in the next chunk.
    begun: Vec<u8>,
}

impl Utf32 {
    /// Behind the byte order mark.
    pub fn new(stream: Peeked, order: ByteOrder) -> Self {
        Self { stream, order, begun: Vec::new() }
    }
}

impl ByteStream for Utf32 {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        loop {
            let Some(chunk) = self.stream.next_chunk()? else {
                let is_cut = !std::mem::take(&mut self.begun).is_empty();
                return Ok(is_cut.then(|| Bytes::from_static("\u{fffd}".as_bytes())));
            };
            self.begun.extend_from_slice(&chunk);
            let (units, rest) = self.begun.as_chunks::<UNIT>();
            let number = |unit: &[u8; UNIT]| match self.order {
                ByteOrder::LowFirst => u32::from_le_bytes(*unit),
                ByteOrder::HighFirst => u32::from_be_bytes(*unit),
            };
            let text: String =
                units.iter().map(|unit| char::from_u32(number(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            self.begun = rest.to_vec();
            if !text.is_empty() {
                return Ok(Some(Bytes::from(text)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    #[test]
    fn characters_are_read_in_both_orders() {
        for order in [ByteOrder::LowFirst, ByteOrder::HighFirst] {
            let bytes = |character: char| match order {
                ByteOrder::LowFirst => (character as u32).to_le_bytes(),
                ByteOrder::HighFirst => (character as u32).to_be_bytes(),
            };
            let mut text: Vec<u8> = "Jos\u{e9} 4471920 \u{1F600}".chars().flat_map(bytes).collect();
            text.push(1);
            let stream = Peeked::new(Content::from_bytes(text.into()).stream);
            let mut read = Peeked::new(Box::new(Utf32::new(stream, order)));
            assert_eq!(read.peek(100), "Jos\u{e9} 4471920 \u{1F600}\u{fffd}".as_bytes());
        }
    }
}
