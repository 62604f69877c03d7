//! Fonts of a PDF: the characters that codes draw, and how wide they are. Outlines are not looked at.
//!
//! What a font itself says (`ToUnicode`) comes first, then its encoding and the names of its glyphs (ISO 32000-1, 9.10.2).

use super::{glyph_names, streams};
use encoding_rs::{MACINTOSH, UTF_16BE, WINDOWS_1252};
use hayro_cmap::{BfString, CMap};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};

/// Width of a character of Helvetica, from the space on, in thousandths of its size (Adobe's metrics of the font).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
/// Codes of Adobe's standard encoding beyond ASCII that letters and numbers may stand between.
const STANDARD: &[(u8, &str)] = &[
    (0x27, "’"),
    (0x60, "‘"),
    (0xA4, "/"),
    (0xA9, "'"),
    (0xAA, "“"),
    (0xAE, "fi"),
    (0xAF, "fl"),
    (0xB1, "–"),
    (0xB4, "·"),
    (0xB7, "•"),
    (0xB8, "‚"),
    (0xB9, "„"),
    (0xBA, "”"),
    (0xBC, "…"),
    (0xD0, "—"),
    (0xE1, "Æ"),
    (0xE9, "Ø"),
    (0xEA, "Œ"),
    (0xF1, "æ"),
    (0xF5, "ı"),
    (0xF8, "ł"),
    (0xF9, "ø"),
    (0xFA, "œ"),
    (0xFB, "ß"),
];
/// Most widths of a font, and most characters of its map that are read.
const MAX_WIDTHS: usize = 70_000;
const MAX_MAP_BYTES: usize = 2 << 20;

/// A character that was shown.
pub struct Shown<'a> {
    /// What it says; `None` where the font does not tell.
    pub characters: Option<&'a str>,
    /// In units of the font's size.
    pub width: f64,
    /// Whether it is the single byte 32, which word spacing widens.
    pub is_space: bool,
}

enum Codes {
    /// A byte each.
    Simple { characters: Vec<Option<String>>, widths: Vec<f64> },
    /// Two bytes each; whether they are UTF-16. Widths by ranges of codes.
    Composite { is_utf_16: bool, widths: Vec<(u32, u32, f64)>, default_width: f64 },
}

/// A font.
pub struct Font {
    map: Option<CMap>,
    codes: Codes,
}

impl Font {
    /// Reads what the dictionary of a font says.
    pub fn new(font: &Dict<'_>) -> Self {
        let map = font.get::<Stream<'_>>("ToUnicode").and_then(|stream| {
            let decoded = streams::decoded(&stream).ok()?;
            if decoded.bytes.len() > MAX_MAP_BYTES { None } else { CMap::parse(&decoded.bytes, |_| None) }
        });
        let is_composite = font.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "Type0");
        Self { map, codes: if is_composite { composite(font) } else { simple(font) } }
    }

    /// Tells each character of a string.
    pub fn show(&self, string: &[u8], mut tell: impl FnMut(Shown<'_>)) {
        match &self.codes {
            Codes::Simple { characters, widths } => {
                for byte in string {
                    let mapped = self.mapped(u32::from(*byte));
                    let characters = mapped.as_deref().or(characters[usize::from(*byte)].as_deref());
                    tell(Shown { characters, width: widths[usize::from(*byte)], is_space: *byte == b' ' });
                }
            }
            Codes::Composite { is_utf_16, widths, default_width } => {
                for pair in string.chunks(2) {
                    let code = pair.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
                    let itself = || is_utf_16.then(|| UTF_16BE.decode_without_bom_handling(pair).0.into_owned());
                    let characters = self.mapped(code).or_else(itself);
                    let after = widths.partition_point(|(first, ..)| *first <= code);
                    let range = after.checked_sub(1).map(|at| widths[at]).filter(|(_, last, _)| code <= *last);
                    let width = range.map_or(*default_width, |(.., width)| width);
                    tell(Shown { characters: characters.as_deref(), width, is_space: false });
                }
            }
        }
    }

    /// What the font says of a code.
    fn mapped(&self, code: u32) -> Option<String> {
        let text = match self.map.as_ref()?.lookup_bf_string(code)? {
            BfString::Char(character) => character.to_string(),
            BfString::String(text) => text,
        };
        readable(&text)
    }
}

/// Characters as a person would type them; nothing where they are no characters.
fn readable(text: &str) -> Option<String> {
    let mut readable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\t' | '\n' | '\r' | '\u{3000}' => readable.push(' '),
            '\u{ad}' | '\u{2010}' | '\u{2011}' => readable.push('-'),
            '\u{fb00}' => readable.push_str("ff"),
            '\u{fb01}' => readable.push_str("fi"),
            '\u{fb02}' => readable.push_str("fl"),
            '\u{fb03}' => readable.push_str("ffi"),
            '\u{fb04}' => readable.push_str("ffl"),
            // Where fonts of symbols have their codes.
            '\u{f020}'..='\u{f07e}' => readable.extend(char::from_u32(character as u32 - 0xF000)),
            '\u{fffd}' | '\u{e000}'..='\u{f8ff}' => return None,
            control if control.is_control() => return None,
            other => readable.push(other),
        }
    }
    (!readable.is_empty()).then_some(readable)
}

fn simple(font: &Dict<'_>) -> Codes {
    let name = font.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_owned()).unwrap_or_default();
    let kind = font.get::<Name<'_>>("Subtype").map(|kind| kind.as_str().to_owned()).unwrap_or_default();
    let is_symbols = name.ends_with("Symbol") || name.contains("Dingbats");
    let encoding = font.get::<Dict<'_>>("Encoding");
    let base = match &encoding {
        Some(encoding) => encoding.get::<Name<'_>>("BaseEncoding"),
        None => font.get::<Name<'_>>("Encoding"),
    };
    let base = base.as_ref().map(|base| base.as_str());
    let of_base = |code: u8| match base {
        Some("MacRomanEncoding") => Some(MACINTOSH.decode_without_bom_handling(&[code]).0.into_owned()),
        Some("WinAnsiEncoding") => Some(WINDOWS_1252.decode_without_bom_handling(&[code]).0.into_owned()),
        // Glyphs of a document's own: their names alone tell.
        _ if is_symbols || kind == "Type3" => None,
        _ if kind == "TrueType" => Some(WINDOWS_1252.decode_without_bom_handling(&[code]).0.into_owned()),
        _ => STANDARD
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, text)| (*text).to_owned())
            .or_else(|| code.is_ascii().then(|| char::from(code).to_string())),
    };
    let mut characters: Vec<Option<String>> =
        (0..=255).map(|code| of_base(code).and_then(|text| readable(&text))).collect();
    let mut next = 0_usize;
    for item in encoding
        .and_then(|encoding| encoding.get::<Array<'_>>("Differences"))
        .iter()
        .flat_map(Array::iter::<Object<'_>>)
    {
        match item {
            Object::Number(number) => next = number.as_f64() as usize,
            Object::Name(name) => {
                if let Some(place) = characters.get_mut(next) {
                    *place = glyph_names::characters(name.as_str());
                }
                next += 1;
            }
            _ => {}
        }
    }
    let widths = simple_widths(font, &name, &characters);
    Codes::Simple { characters, widths }
}

fn simple_widths(font: &Dict<'_>, name: &str, characters: &[Option<String>]) -> Vec<f64> {
    let matrix = font.get::<Array<'_>>("FontMatrix").and_then(|matrix| matrix.iter::<Number>().next());
    let scale = matrix.map_or(0.001, |scale| scale.as_f64().abs());
    let first = font.get::<Number>("FirstChar").map_or(0, |first| first.as_f64() as usize);
    let given: Vec<f64> = font
        .get::<Array<'_>>("Widths")
        .iter()
        .flat_map(Array::iter::<Number>)
        .take(256)
        .map(|width| width.as_f64() * scale)
        .collect();
    let missing = font.get::<Dict<'_>>("FontDescriptor").and_then(|about| about.get::<Number>("MissingWidth"));
    let missing = missing.map(|width| width.as_f64() * scale);
    let is_fixed = name.contains("Courier") || name.contains("Mono");
    let usual = |code: usize| {
        let letter = characters[code].as_deref().and_then(|text| text.bytes().next()).unwrap_or(b'n');
        let width = HELVETICA.get(usize::from(letter.wrapping_sub(b' '))).copied().unwrap_or(556);
        f64::from(if is_fixed { 600 } else { width }) / 1000.0
    };
    let width_of = |code: usize| match code.checked_sub(first).and_then(|at| given.get(at)) {
        Some(width) => *width,
        None if given.is_empty() => usual(code),
        None => missing.unwrap_or_else(|| usual(code)),
    };
    (0..256).map(width_of).collect()
}

fn composite(font: &Dict<'_>) -> Codes {
    let encoding = font.get::<Name<'_>>("Encoding");
    let is_utf_16 = encoding.is_some_and(|name| name.as_str().contains("UCS2") || name.as_str().contains("UTF16"));
    let below = font.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next());
    let Some(below) = below else { return Codes::Composite { is_utf_16, widths: Vec::new(), default_width: 1.0 } };
    let default_width = below.get::<Number>("DW").map_or(1.0, |width| width.as_f64() / 1000.0);
    let mut widths = Vec::new();
    let mut codes = Vec::with_capacity(3);
    for item in below.get::<Array<'_>>("W").iter().flat_map(Array::iter::<Object<'_>>).take(MAX_WIDTHS) {
        match item {
            Object::Number(number) => codes.push(number.as_f64()),
            Object::Array(list) => {
                let first = codes.last().map_or(0, |first| *first as u32);
                let list = list.iter::<Number>().take(MAX_WIDTHS.saturating_sub(widths.len()));
                widths.extend((first..).zip(list).map(|(code, width)| (code, code, width.as_f64() / 1000.0)));
                codes.clear();
            }
            _ => {}
        }
        if let [first, last, width] = codes[..] {
            widths.push((first as u32, last as u32, width / 1000.0));
            codes.clear();
        }
    }
    widths.sort_by_key(|(first, ..)| *first);
    Codes::Composite { is_utf_16, widths, default_width }
}
