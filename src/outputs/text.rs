//! Text for terminals: made harmless, measured in columns, shortened and wrapped; numbers as people read them.
//!
//! Keys, field names and samples come from whoever wrote the object. None of them may move the cursor, change a
//! colour, hide text or turn its direction.

use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with everything that a terminal acts on, or that hides or reorders text, written out: `^[`, `\u{202e}`.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{0}'..='\u{1f}' => {
                shown.push('^');
                shown.push(char::from(character as u8 + b'@'));
            }
            '\u{7f}' => shown.push_str("^?"),
            character if acts_unseen(character) => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

/// Controls, marks of direction, and characters without width that change how others are read.
fn acts_unseen(character: char) -> bool {
    matches!(
        u32::from(character),
        0x80..=0x9f
            | 0xad
            | 0x61c
            | 0x115f..=0x1160
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x2028..=0x202e
            | 0x2060..=0x206f
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xffa0
            | 0xfff0..=0xfffb
            | 0xe0000..=0xe0fff
    )
}

/// Columns that the text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The text in at most `width` columns: its middle gives way, and more is kept of its end, where the names are.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let space = width.saturating_sub(1);
    let head = take(text.chars(), space / 3);
    let tail: String = take(text.chars().rev(), space - columns(&head)).chars().rev().collect();
    format!("{head}…{tail}")
}

/// Characters as long as they fit.
fn take(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for character in characters {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        taken.push(character);
    }
    taken
}

/// The text filled up with spaces to `width` columns; shortened where it is longer.
pub(super) fn padded(text: &str, width: usize) -> String {
    let mut shown = shorten(text, width);
    shown.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&shown))));
    shown
}

/// Lines of at most `width` columns, broken at spaces; a longer word is shortened.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = shorten(word, width);
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(&word) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// `1,234,567`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 object`, `2,000 objects`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// `512 bytes`, `1.5 MB`; a kilobyte is 1,000 bytes.
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return counted(bytes, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

/// `0.4 s`, `3 min 12 s`, `2 h 5 min`.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", elapsed.as_millis() as f64 / 1000.0),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        assert_eq!(harmless("a\x1b[31mb\r\nc\x7f\u{9b}"), "a^[[31mb^M^Jc^?\\u{9b}");
        assert_eq!(harmless("x\u{202e}fdp.exe\u{200b}"), "x\\u{202e}fdp.exe\\u{200b}");
        assert_eq!(harmless("Zoë 病歴 *"), "Zoë 病歴 *");
    }

    #[test]
    fn the_middle_gives_way_by_columns() {
        assert_eq!(shorten("s3://bucket/a/long/path/name.csv", 16), "s3://…h/name.csv");
        assert_eq!(shorten("short", 5), "short");
        let wide = shorten("病歴病歴病歴病歴", 7);
        assert!(columns(&wide) <= 7, "{wide}");
        assert_eq!(shorten("abc", 1), "…");
        assert_eq!(padded("病", 4), "病  ");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 7), ["in…ible"]);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(counted(1, "object", "objects"), "1 object");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(size(999_999), "1.0 MB");
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(192)), "3 min 12 s");
        assert_eq!(duration(Duration::from_secs(7500)), "2 h 5 min");
    }
}
