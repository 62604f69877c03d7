//! Characters that only look different or are written as codes: full-width digits, non-breaking blanks and hyphens, curly
//! quotes, marks that take no room, `%2D`, `&#45;`, colours of a terminal. A column that holds any is read as if they were
//! the ASCII ones, and places are told in its own bytes.
//!
//! Bytes that are no UTF-8 are damage: inside a number they are read as nothing, anywhere else as a blank, so that they
//! hide nothing beside them.

use super::coded::{Code, Codes, Reads, look_alike};
use crate::model::{Column, ColumnKind, Records};
use std::ops::Range;

/// A column as it reads, and where its bytes stand in the original.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Path, kind and, for lines, records are the original's.
    pub(super) column: Column,
    /// Where pieces begin that run alike: place in the folded bytes, place in the original. What reads as nothing has a piece
    /// of no length, so that nothing ends behind it.
    pieces: Vec<(u32, u32)>,
}

/// Stands for a sign that is neither letter nor digit, where one touches a word.
const NO_TEXT: u8 = 0x01;
/// So many bytes that are no text may stand inside a number.
const MAX_DAMAGE: usize = 4;

impl Folded {
    /// Reads the column; `false` if it reads as it is written.
    pub(super) fn read(&mut self, column: &Column) -> bool {
        let mut codes = Codes::of(&column.bytes);
        let first_code = codes.next_from(0);
        if first_code.is_none() && column.bytes.is_ascii() {
            return false;
        }
        self.column.clear();
        self.pieces.clear();
        self.pieces.push((0, 0));
        let mut reader =
            Reader { bytes: &column.bytes, copied: 0, code: first_code, codes, is_link: holds_links(column) };
        // Text as a whole is told quickly; chunks are looked for byte by byte.
        let is_changed = match std::str::from_utf8(&column.bytes) {
            Ok(text) => self.read_text(&mut reader, text, 0),
            Err(_) => self.read_chunks(&mut reader),
        };
        if is_changed {
            self.column.bytes.extend_from_slice(&column.bytes[reader.copied..]);
            self.column.path = column.path.clone();
            self.column.kind = column.kind;
            self.column.ordinal = column.ordinal;
            self.copy_records(column);
            self.place_ends(column);
        }
        is_changed
    }

    /// Reads bytes of which some are no UTF-8.
    fn read_chunks(&mut self, reader: &mut Reader) -> bool {
        let mut at = 0;
        let mut is_changed = false;
        for chunk in reader.bytes.utf8_chunks() {
            is_changed |= self.read_text(reader, chunk.valid(), at);
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                let damage = at..at + chunk.invalid().len();
                let reads = reader.damage(damage.clone());
                self.put(reader, damage, reads);
                is_changed = true;
            }
            at += chunk.invalid().len();
        }
        is_changed
    }

    /// Reads a text that begins at `first` in the original.
    fn read_text(&mut self, reader: &mut Reader, text: &str, first: usize) -> bool {
        let mut is_changed = false;
        let end = first + text.len();
        let mut high = first + next_non_ascii(text.as_bytes(), 0);
        loop {
            let code = reader.code.as_ref().map_or(usize::MAX, |code| code.range.start);
            if code < high.min(end) {
                let Some(Code { range, reads }) = reader.code.take() else { return is_changed };
                reader.code = reader.codes.next_from(range.end);
                let reads = reader.in_link(range.start, reads);
                self.put(reader, range, reads);
                is_changed = true;
                continue;
            }
            let Some(character) = text.get(high - first..).and_then(|rest| rest.chars().next()) else {
                return is_changed;
            };
            let range = high..high + character.len_utf8();
            high = first + next_non_ascii(text.as_bytes(), range.end - first);
            if let Some(reads) = reader.reading(character, &range) {
                self.put(reader, range, reads);
                is_changed = true;
            }
        }
    }

    /// Puts what a stretch reads as behind what was copied so far.
    fn put(&mut self, reader: &mut Reader, range: Range<usize>, reads: Reads) {
        let folded = &mut self.column.bytes;
        folded.extend_from_slice(&reader.bytes[reader.copied..range.start]);
        let begin = folded.len() as u32;
        if let Reads::As(byte) = reads {
            folded.push(byte);
        }
        self.pieces.extend([(begin, range.start as u32), (folded.len() as u32, range.end as u32)]);
        reader.copied = range.end;
    }

    /// Lines have neighbours that belong to the same record; values of fields are judged alone.
    fn copy_records(&mut self, column: &Column) {
        match (&column.records, &mut self.column.records) {
            (Records::Mapped(records), Records::Mapped(own)) if column.kind == ColumnKind::Lines => {
                own.clone_from(records);
            }
            (records @ Records::Mapped(_), own) if column.kind == ColumnKind::Lines => *own = records.clone(),
            (_, own) => *own = Records::Identity,
        }
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

    /// Where something that ends at a place of the folded bytes ends in the original: before what reads as nothing.
    pub(super) fn original_end(&self, place: u32) -> u32 {
        let piece = self.pieces.partition_point(|(folded, _)| *folded < place);
        match self.pieces.get(piece) {
            Some((folded, original)) if *folded == place => *original,
            _ => {
                let (folded, original) = self.pieces[piece.saturating_sub(1)];
                original + (place - folded)
            }
        }
    }
}

/// How far a column was read.
struct Reader<'a> {
    bytes: &'a [u8],
    /// Up to where it was copied.
    copied: usize,
    /// The next code.
    code: Option<Code>,
    codes: Codes<'a>,
    /// Whether the values are links.
    is_link: bool,
}

impl Reader<'_> {
    /// A character of a link that no link is written with stays one of its characters, or the link would end there.
    fn in_link(&self, at: usize, reads: Reads) -> Reads {
        match reads {
            Reads::As(byte)
                if self.is_link
                    && self.bytes[at] == b'%'
                    && !byte.is_ascii_alphanumeric()
                    && !b"._~/?&=%#:+,@-".contains(&byte) =>
            {
                Reads::As(b'+')
            }
            _ => reads,
        }
    }

    /// What a character outside ASCII reads as, where that is not itself.
    fn reading(&self, character: char, range: &Range<usize>) -> Option<Reads> {
        match character {
            // What a decoder made of bytes that are no text.
            '\u{fffd}' => Some(self.damage(range.clone())),
            character if is_sign(character) && self.touches_word(range) => Some(Reads::As(NO_TEXT)),
            _ => look_alike(character),
        }
    }

    fn touches_word(&self, range: &Range<usize>) -> bool {
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        is_word(range.start.checked_sub(1).and_then(|before| self.bytes.get(before)))
            || is_word(self.bytes.get(range.end))
    }

    /// What bytes that are no text read as: nothing where they stand inside a number.
    fn damage(&self, range: Range<usize>) -> Reads {
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'/');
        let before = self.bytes[..range.start].iter().rev().take(MAX_DAMAGE).find(|byte| byte.is_ascii());
        let behind = self.bytes[range.end..].iter().take(MAX_DAMAGE).find(|byte| byte.is_ascii());
        match (before, behind) {
            (Some(before), Some(behind))
                if is_of_number(before)
                    && is_of_number(behind)
                    && (before.is_ascii_digit() || behind.is_ascii_digit()) =>
            {
                Reads::Nothing
            }
            _ => Reads::As(b' '),
        }
    }
}

/// A sign of Windows-1252 or of its control characters that is neither letter nor digit: `\u{20ac}44`, `\u{2022}MRN`.
fn is_sign(character: char) -> bool {
    matches!(character, '\u{80}'..='\u{9f}' | '\u{a1}'..='\u{a9}' | '\u{ab}' | '\u{ac}' | '\u{ae}'..='\u{b1}' | '\u{b4}')
        || matches!(character, '\u{b6}'..='\u{b8}' | '\u{bb}' | '\u{bf}' | '\u{20ac}' | '\u{2022}' | '\u{2026}')
}

/// Whether the values of a column are links, by the first that is not empty.
fn holds_links(column: &Column) -> bool {
    let is_link = |value: &[u8]| value.starts_with(b"http://") || value.starts_with(b"https://");
    let mut values = (0..column.len()).map(|value| column.value(value));
    column.kind != ColumnKind::Lines && values.find(|value| !value.is_empty()).is_some_and(is_link)
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
        assert_eq!(values, [&b"first"[..], b"x-y 12 34", b" 5 ", b"last"]);
        // The digits `12 34` of the second value, in the original's bytes.
        let start = folded.column.range(1).start as u32 + 4;
        let range = folded.original(start) as usize..folded.original(start + 5) as usize;
        assert_eq!(&original.bytes[range], "\u{ff11}\u{ff12}\u{a0}3\u{200b}4".as_bytes());
        let last = folded.column.range(3);
        assert_eq!(folded.original(last.start as u32) as usize, original.range(3).start);
        assert_eq!(folded.original(last.end as u32) as usize, original.range(3).end);
    }

    /// The values as they read.
    fn read(values: &[&[u8]]) -> Vec<String> {
        let (mut folded, original) = (Folded::default(), column(values));
        let column = if folded.read(&original) { &folded.column } else { &original };
        (0..column.len()).map(|value| String::from_utf8_lossy(column.value(value)).into_owned()).collect()
    }

    #[test]
    fn codes_and_look_alikes_stand_together() {
        let text = "\u{ff11}%2D2 Jos\u{e9} &#45;\u{2011}3&nbsp;\u{65e5}%20x";
        assert_eq!(read(&[b"%41", text.as_bytes(), b"&amp;", b"%"]), ["A", "1-2 Jos\u{e9} --3 \u{65e5} x", "&", "%"]);
        assert_eq!(read(&[b"https://a/b%20c%2Fd%22", b"x%20y"]), ["https://a/b+c/d+", "x+y"]);
    }

    #[test]
    fn damage_inside_a_number_is_nothing_and_elsewhere_a_blank() {
        assert_eq!(
            read(&[b"412-55\xff-7731", b"44\x8071920", b"\x80MRN: 4", b"MRN\xff44", b"4\xff", b"5"])[..],
            ["412-55-7731", "4471920", " MRN: 4", "MRN 44", "4 ", "5"]
        );
        assert_eq!(read(&["44\u{fffd}71920 x\u{fffd}y".as_bytes()]), ["4471920 x y"]);
        assert_eq!(read(&["\u{20ac}MRN \u{b0} 3\u{b0}C".as_bytes()]), ["\u{1}MRN \u{b0} 3\u{1}C"]);
    }

    #[test]
    fn a_match_ends_before_what_reads_as_nothing() {
        let text = "a 7731\x1b[0m b 12%2D x";
        let original = column(&[text.as_bytes()]);
        let mut folded = Folded::default();
        assert!(folded.read(&original));
        assert_eq!(folded.column.value(0), b"a 7731 b 12- x");
        let place = |start: u32, end: u32| &text[folded.original(start) as usize..folded.original_end(end) as usize];
        assert_eq!((place(2, 6), place(9, 11), place(9, 12)), ("7731", "12", "12%2D"));
        assert_eq!((place(0, 1), place(6, 14)), ("a", " b 12%2D x"));
    }

    #[test]
    fn lines_keep_their_records() {
        let mut lines = column(&[b"SSN&nbsp;", b"412"]);
        lines.kind = ColumnKind::Lines;
        lines.records = Records::Mapped(vec![0, 0]);
        let mut folded = Folded::default();
        assert!(folded.read(&lines));
        assert_eq!(folded.column.records, lines.records);
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
