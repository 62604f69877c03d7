//! Characters that are written as codes: `%2D` in a link, `&#45;` in mark-up, and the sequences that colour a terminal.
//!
//! Only what reads otherwise than it is written is told of. `&` and `%` themselves are common in links, so what follows
//! decides within a byte or two.

use super::tokens::{BLOCK, is_word_byte};
use std::ops::Range;
use wide::i8x16;

/// What a stretch of bytes reads as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// One byte of ASCII.
    As(u8),
    Nothing,
}

/// A code, where it stands, and what it reads as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) range: Range<usize>,
    pub(super) reads: Reads,
}

/// Longest reference to a character: `&ThickSpace;` is none of ours, `&NewLine;` is.
const MAX_REFERENCE: usize = 10;
/// Longest sequence of a terminal.
const MAX_SEQUENCE: usize = 24;
/// The byte that begins one.
const ESCAPE: u8 = 0x1B;

/// What each byte is as a digit of sixteen, 255 for none.
static HEXADECIMAL: [u8; 256] = {
    let mut digits = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digits[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// Named characters that stand where numbers and words are parted.
#[rustfmt::skip]
const NAMED: [(&[u8], Reads); 38] = [
    (b"nbsp", Reads::As(b' ')), (b"amp", Reads::As(b'&')), (b"lt", Reads::As(b'<')), (b"gt", Reads::As(b'>')),
    (b"quot", Reads::As(b'"')), (b"apos", Reads::As(b'\'')), (b"ndash", Reads::As(b'-')), (b"mdash", Reads::As(b'-')),
    (b"hyphen", Reads::As(b'-')), (b"dash", Reads::As(b'-')), (b"minus", Reads::As(b'-')), (b"shy", Reads::Nothing),
    (b"zwj", Reads::Nothing), (b"zwnj", Reads::Nothing), (b"lrm", Reads::Nothing), (b"rlm", Reads::Nothing),
    (b"ensp", Reads::As(b' ')), (b"emsp", Reads::As(b' ')), (b"thinsp", Reads::As(b' ')), (b"numsp", Reads::As(b' ')),
    (b"puncsp", Reads::As(b' ')), (b"Tab", Reads::As(b' ')), (b"NewLine", Reads::As(b' ')), (b"sol", Reads::As(b'/')),
    (b"frasl", Reads::As(b'/')), (b"period", Reads::As(b'.')), (b"comma", Reads::As(b',')), (b"colon", Reads::As(b':')),
    (b"semi", Reads::As(b';')), (b"num", Reads::As(b'#')), (b"commat", Reads::As(b'@')), (b"lpar", Reads::As(b'(')),
    (b"rpar", Reads::As(b')')), (b"plus", Reads::As(b'+')), (b"equals", Reads::As(b'=')), (b"lowbar", Reads::As(b'_')),
    (b"lsquo", Reads::As(b'\'')), (b"rsquo", Reads::As(b'\'')),
];

/// The codes of a text, in their order. Where one stands, more do mostly: of the block behind a mark all marks are read at once.
#[derive(Debug)]
pub(super) struct Codes<'a> {
    bytes: &'a [u8],
    /// Where the block begins.
    block: usize,
    /// Which of its bytes may begin a code and were not looked at yet, one bit each, the first byte lowest.
    marks: u64,
    /// Up to where marks were looked for.
    searched: usize,
}

impl<'a> Codes<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, block: 0, marks: 0, searched: 0 }
    }

    /// The next one that begins at `from` or behind it, which no earlier call may have passed.
    pub(super) fn next_from(&mut self, from: usize) -> Option<Code> {
        loop {
            while self.marks != 0 {
                let at = self.block + self.marks.trailing_zeros() as usize;
                self.marks &= self.marks - 1;
                if at >= from
                    && let Some(code) = code_at(self.bytes, at)
                {
                    return Some(code);
                }
            }
            let start = self.searched.max(from);
            let rest = self.bytes.get(start..)?;
            let Some(mark) = memchr::memchr3(b'%', b'&', ESCAPE, rest) else {
                self.searched = self.bytes.len();
                return None;
            };
            self.block = start + mark;
            self.marks = marks(&rest[mark..]);
            self.searched = (self.block + BLOCK).min(self.bytes.len());
        }
    }
}

/// The places among the first 64 bytes at which a code may begin.
fn marks(text: &[u8]) -> u64 {
    let mut padded = [0; BLOCK];
    let block = text.first_chunk::<BLOCK>().unwrap_or_else(|| {
        padded[..text.len()].copy_from_slice(text);
        &padded
    });
    let mut all = 0;
    for (index, lane) in block.as_chunks::<16>().0.iter().enumerate() {
        let bytes = i8x16::new(lane.map(|byte| byte as i8));
        let is = |byte: u8| bytes.simd_eq(i8x16::splat(byte as i8));
        let marks = is(b'%') | is(b'&') | is(ESCAPE);
        all |= u64::from(marks.to_bitmask() as u16) << (16 * index);
    }
    all
}

fn code_at(bytes: &[u8], at: usize) -> Option<Code> {
    let (length, reads) = match bytes[at] {
        b'%' => in_link(&bytes[at + 1..])?,
        b'&' => reference(&bytes[at + 1..])?,
        _ => sequences(bytes, at)?,
    };
    Some(Code { range: at..at + length, reads })
}

/// What a byte of a link reads as, by what follows its `%`, and how long it is with it. One that was written twice is `%252D`.
fn in_link(after: &[u8]) -> Option<(usize, Reads)> {
    let digit = |at: usize| after.get(at).map(|byte| HEXADECIMAL[usize::from(*byte)]).filter(|digit| *digit < 16);
    let mut at = 0;
    while after[at..].starts_with(b"25") && digit(at + 2).is_some() && digit(at + 3).is_some() {
        at += 2;
    }
    let byte = digit(at)? << 4 | digit(at + 1)?;
    Some((at + 3, printable(byte)?))
}

fn printable(byte: u8) -> Option<Reads> {
    match byte {
        b'\t' | b'\n' | b'\r' => Some(Reads::As(b' ')),
        b' '..=b'~' => Some(Reads::As(byte)),
        _ => None,
    }
}

/// What a reference of mark-up reads as, by what follows its `&`, and how long it is with it. One that was written twice is
/// `&amp;#45;`.
fn reference(after: &[u8]) -> Option<(usize, Reads)> {
    let twice = after.strip_prefix(b"amp;").and_then(named_or_numbered);
    twice.map(|(length, reads)| (length + 5, reads)).or_else(|| {
        let (length, reads) = named_or_numbered(after)?;
        Some((length + 1, reads))
    })
}

fn named_or_numbered(after: &[u8]) -> Option<(usize, Reads)> {
    // Most are parameters of links.
    let end = after[..after.len().min(MAX_REFERENCE)].iter().position(|byte| *byte == b';')?;
    let reads = match after[..end].split_first()? {
        (b'#', [b'x' | b'X', digits @ ..]) => numbered(digits, 16),
        (b'#', digits) => numbered(digits, 10),
        _ => NAMED.iter().find(|(known, _)| *known == &after[..end]).map(|(_, reads)| *reads),
    };
    Some((end + 1, reads?))
}

fn numbered(digits: &[u8], base: u32) -> Option<Reads> {
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()?;
    match u8::try_from(number).ok().filter(u8::is_ascii) {
        Some(byte) => printable(byte),
        None => look_alike(char::from_u32(number)?),
    }
}

/// What the sequences that stand here behind each other read as: nothing, or a blank where they part what would
/// run together, a label in one colour and its value in another.
fn sequences(bytes: &[u8], at: usize) -> Option<(usize, Reads)> {
    let mut end = at;
    while let Some(length) = sequence(&bytes[end..]) {
        end += length;
    }
    let before = at.checked_sub(1).map(|before| bytes[before]).filter(|byte| is_word_byte(*byte));
    let behind = bytes.get(end).copied().filter(|byte| is_word_byte(*byte));
    let parts = |(before, behind): (u8, u8)| {
        before.is_ascii_digit() != behind.is_ascii_digit() || before.is_ascii_lowercase() != behind.is_ascii_lowercase()
    };
    let reads = if before.zip(behind).is_some_and(parts) { Reads::As(b' ') } else { Reads::Nothing };
    (end > at).then_some((end - at, reads))
}

/// The length of one of them: `ESC [`, numbers, a letter that says what they are for.
fn sequence(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(&[ESCAPE, b'['])?;
    let length = parameters.iter().take(MAX_SEQUENCE).position(|byte| !matches!(byte, b' '..=b'?'))?;
    matches!(parameters[length], b'@'..=b'~').then_some(length + 3)
}

/// What a character outside ASCII reads as where it only looks like one of ASCII, or like none at all.
pub(super) fn look_alike(character: char) -> Option<Reads> {
    Some(match character {
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
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text as it reads.
    fn read(text: &str) -> String {
        let (bytes, mut at, mut out) = (text.as_bytes(), 0, Vec::new());
        let mut codes = Codes::of(bytes);
        while let Some(code) = codes.next_from(at) {
            out.extend_from_slice(&bytes[at..code.range.start]);
            if let Reads::As(byte) = code.reads {
                out.push(byte);
            }
            at = code.range.end;
        }
        out.extend_from_slice(&bytes[at..]);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn codes_of_links() {
        assert_eq!(read("/x?dob=03%2F04%2f1961&e=a%40b.org&n=A%20B"), "/x?dob=03/04/1961&e=a@b.org&n=A B");
        assert_eq!(read("412%252D55%25252D7731"), "412-55-7731");
        assert_eq!(read("a%0D%0Ab%09c"), "a  b c");
        for text in ["100%", "5% of 20%", "%zz%2", "%C3%A9", "%00", "%7F", "100%25", "&a=1&b=%"] {
            assert_eq!(read(text), text.replace("%25", "%"), "{text}");
        }
    }

    #[test]
    fn codes_stand_at_every_place() {
        for length in 0..150 {
            let before = "x&".repeat(length / 2) + &"x".repeat(length % 2);
            let text = format!("{before}%2D{before}&#45;{before}%2F");
            assert_eq!(read(&text), format!("{before}-{before}-{before}/"));
        }
    }

    #[test]
    fn references_of_mark_up() {
        assert_eq!(read("412&#45;55&#x2d;77&#X2D;31"), "412-55-77-31");
        assert_eq!(read("MRN:&nbsp;4471920 A&amp;B &lt;x&gt;"), "MRN: 4471920 A&B <x>");
        assert_eq!(read("208&#8209;334&#x2011;7719 44&#8203;71"), "208-334-7719 4471");
        assert_eq!(read("412&amp;#45;55 &amp;nbsp;x"), "412-55  x");
        for text in
            ["a & b; c", "&copy;", "&#;", "&#xzz;", "&#999999999;", "&;", "&", "&nbsp", "&#233;", "AT&T; x", "&#7;"]
        {
            assert_eq!(read(text), text);
        }
    }

    #[test]
    fn colours_part_words_only_where_they_stand_between_them() {
        assert_eq!(read("\x1b[31mMRN: 4471920\x1b[0m"), "MRN: 4471920");
        assert_eq!(read("\x1b[1mssn\x1b[0m=\x1b[33m412-55-7731\x1b[0m SSN"), "ssn=412-55-7731 SSN");
        assert_eq!(read("MRN\x1b[0m\x1b[33m4471920"), "MRN 4471920");
        assert_eq!(read("44\x1b[01;31m\x1b[K719\x1b[m\x1b[K20"), "4471920");
        assert_eq!(read("pa\x1b[1mtie\x1b[0mnt INFO\x1b[0mpatient"), "patient INFO patient");
        for text in ["\x1b", "\x1b[", "\x1b[31", "\x1b]0;title"] {
            assert_eq!(read(text), text);
        }
    }
}
