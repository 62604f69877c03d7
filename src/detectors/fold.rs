//! Characters that only look different: full-width digits, non-breaking blanks and hyphens, curly quotes, marks that
//! take no room. A column that holds any is read as if they were the ASCII ones, and places are told in its own bytes.
//!
//! Bytes that are no UTF-8 stand for nothing: they end a word, so that they hide no number beside them.

use crate::model::Column;

/// A column as it reads, and where its bytes stand in the original.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Path and kind are the original's; how values belong to records is not copied.
    pub(super) column: Column,
    /// Where pieces begin that run alike: place in the folded bytes, place in the original.
    pieces: Vec<(u32, u32)>,
}

/// What a character reads as.
enum Reads {
    Itself,
    As(u8),
    Nothing,
}

/// Stands for a byte that is no UTF-8: no letter, no digit, no blank.
const NO_TEXT: u8 = 0x01;

impl Folded {
    /// Reads the column; `false` if it reads as it is written.
    pub(super) fn read(&mut self, column: &Column) -> bool {
        if column.bytes.is_ascii() {
            return false;
        }
        self.column.clear();
        self.pieces.clear();
        self.pieces.push((0, 0));
        let mut is_changed = false;
        let mut at = 0;
        for chunk in column.bytes.utf8_chunks() {
            is_changed |= self.read_text(chunk.valid(), at);
            at += chunk.valid().len();
            for _ in chunk.invalid() {
                self.column.bytes.push(NO_TEXT);
                is_changed = true;
            }
            at += chunk.invalid().len();
        }
        if is_changed {
            self.column.path = column.path.clone();
            self.column.kind = column.kind;
            self.column.ordinal = column.ordinal;
            self.place_ends(column);
        }
        is_changed
    }

    /// Appends a text that begins at `first` in the original.
    fn read_text(&mut self, text: &str, first: usize) -> bool {
        let mut is_changed = false;
        let mut copied = 0;
        let bytes = text.as_bytes();
        let mut at = next_non_ascii(bytes, 0);
        while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let after = at + character.len_utf8();
            match reading(character) {
                Reads::Itself => {}
                read => {
                    is_changed = true;
                    self.column.bytes.extend_from_slice(&bytes[copied..at]);
                    if let Reads::As(byte) = read {
                        self.pieces.push((self.column.bytes.len() as u32, (first + at) as u32));
                        self.column.bytes.push(byte);
                    }
                    self.pieces.push((self.column.bytes.len() as u32, (first + after) as u32));
                    copied = after;
                }
            }
            at = next_non_ascii(bytes, after);
        }
        self.column.bytes.extend_from_slice(&bytes[copied..]);
        is_changed
    }

    /// The ends of the values in the folded bytes. They stand before separators, which are never folded.
    fn place_ends(&mut self, column: &Column) {
        let mut piece = 0;
        for end in &column.ends {
            while self.pieces.get(piece + 1).is_some_and(|(_, original)| original <= end) {
                piece += 1;
            }
            let (folded, original) = self.pieces[piece];
            self.column.ends.push(folded + (end - original));
        }
    }

    /// Where a place of the folded bytes stands in the original.
    pub(super) fn original(&self, place: u32) -> u32 {
        let piece = self.pieces.partition_point(|(folded, _)| *folded <= place).saturating_sub(1);
        let (folded, original) = self.pieces[piece];
        original + (place - folded)
    }
}

/// The next byte from `from` on that is no ASCII; the length if there is none.
fn next_non_ascii(bytes: &[u8], from: usize) -> usize {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let mut at = from;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let high = u64::from_le_bytes(*eight) & HIGH_BITS;
        if high != 0 {
            return at + (high.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + bytes[at.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii()).count()
}

fn reading(character: char) -> Reads {
    match character {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Reads::As(b' '),
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => Reads::Nothing,
        '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{180e}' => Reads::Nothing,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Reads::As(b'-'),
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' => Reads::As(b'\''),
        '\u{201c}' | '\u{201d}' => Reads::As(b'"'),
        '\u{2024}' => Reads::As(b'.'),
        '\u{2044}' | '\u{2215}' => Reads::As(b'/'),
        // The full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => Reads::As((character as u32 - 0xff01 + 0x21) as u8),
        '\u{660}'..='\u{669}' => Reads::As((character as u32 - 0x660) as u8 + b'0'),
        '\u{6f0}'..='\u{6f9}' => Reads::As((character as u32 - 0x6f0) as u8 + b'0'),
        _ => Reads::Itself,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ColumnKind;

    fn column(values: &[&[u8]]) -> Column {
        let mut column = Column::new("a", ColumnKind::Text, 0);
        values.iter().for_each(|value| column.push(value));
        column
    }

    #[test]
    fn what_reads_as_it_is_written_is_left_alone() {
        let mut folded = Folded::default();
        assert!(!folded.read(&column(&[b"plain", "Jos\u{e9}".as_bytes(), "\u{65e5}\u{672c}".as_bytes()])));
    }

    #[test]
    fn look_alikes_read_as_ascii_and_places_are_the_originals() {
        let text = "x\u{2011}y \u{ff11}\u{ff12}\u{a0}3\u{200b}4";
        let original = column(&[b"first", text.as_bytes(), &[0xff, b'5', 0xc3], "last".as_bytes()]);
        let mut folded = Folded::default();
        assert!(folded.read(&original));
        let values: Vec<&[u8]> = (0..4).map(|value| folded.column.value(value)).collect();
        assert_eq!(values, [&b"first"[..], b"x-y 12 34", b"\x015\x01", b"last"]);
        // The digits `12 34` of the second value, in the original's bytes.
        let start = folded.column.range(1).start as u32 + 4;
        let range = folded.original(start) as usize..folded.original(start + 5) as usize;
        assert_eq!(&original.bytes[range], "\u{ff11}\u{ff12}\u{a0}3\u{200b}4".as_bytes());
        let last = folded.column.range(3);
        assert_eq!(folded.original(last.start as u32) as usize, original.range(3).start);
        assert_eq!(folded.original(last.end as u32) as usize, original.range(3).end);
    }

    #[test]
    fn every_length_and_place_of_the_first_other_byte() {
        for length in 0..40 {
            for place in 0..=length {
                let mut bytes = vec![b'a'; length];
                if place < length {
                    bytes[place] = 0xe9;
                }
                assert_eq!(next_non_ascii(&bytes, 0), place.min(length));
            }
        }
    }
}
