//! Finds where a JSON value ends without decoding it, and from that which shape a file has.
//!
//! Loose on purpose: brackets are counted, strings are skipped, everything else is left to the parser.

use super::route::{Route, route};
use memchr::{memchr, memchr2};

/// Why there is no end of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The bytes end within the value.
    Incomplete,
    /// What stands at this place cannot be JSON.
    Malformed(usize),
}

/// Index of the first byte at or after `position` that is not white space.
#[inline]
pub fn skip_space(bytes: &[u8], mut position: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(position) {
        position += 1;
    }
    position
}

/// Index of the quote that ends the string whose content begins at `position`.
pub fn string_end(bytes: &[u8], mut position: usize) -> Option<usize> {
    loop {
        position += memchr2(b'"', b'\\', bytes.get(position..)?)?;
        if bytes[position] == b'"' {
            return Some(position);
        }
        position += 2;
    }
}

/// Index after the value that begins at `position`. A bare word or number ends at a delimiter or the end of the bytes.
pub fn value_end(bytes: &[u8], position: usize) -> Result<usize, Stop> {
    let mut position = position;
    let mut depth = 0usize;
    loop {
        match *bytes.get(position).ok_or(Stop::Incomplete)? {
            b'"' => position = string_end(bytes, position + 1).ok_or(Stop::Incomplete)? + 1,
            b'{' | b'[' => {
                depth += 1;
                position += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1).ok_or(Stop::Malformed(position))?;
                position += 1;
            }
            b',' | b':' if depth == 0 => return Err(Stop::Malformed(position)),
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => {
                position += 1;
                continue;
            }
            byte if WORD[byte as usize] => {
                position = word_end(bytes, position);
            }
            _ => return Err(Stop::Malformed(position)),
        }
        if depth == 0 {
            return Ok(position);
        }
    }
}

/// Bytes that numbers and bare words are made of.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'-' | b'.' | b'_');
        byte += 1;
    }
    table
};

/// Index after the number or bare word at `position`.
#[inline]
pub fn word_end(bytes: &[u8], position: usize) -> usize {
    let rest = bytes.get(position..).unwrap_or_default();
    position + rest.iter().position(|&byte| !WORD[byte as usize]).unwrap_or(rest.len())
}

/// How the records of a file are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One document per line.
    Lines,
    /// One top-level array: its elements are the records.
    Array,
    /// Documents one after the other: each is a record.
    Documents,
    /// One document: the children of the container at the end of the route are the records.
    Routed(Route),
    /// One object larger than a batch: a member that is an array of objects and larger than a batch too holds records.
    LargeObject,
}

/// Tells the layout from the first bytes; `is_last`: they are the whole file.
pub fn layout(bytes: &[u8], is_last: bool) -> Layout {
    let start = skip_space(bytes, 0);
    let first = bytes.get(start).copied();
    match value_end(bytes, start) {
        Ok(end) => {
            let next = skip_space(bytes, end);
            if next < bytes.len() && bytes[end..next].contains(&b'\n') && !bytes[start..end].contains(&b'\n') {
                return Layout::Lines;
            }
            match first {
                _ if next < bytes.len() => Layout::Documents,
                Some(b'[') if is_last => route(&bytes[start..end]).map_or(Layout::Array, Layout::Routed),
                Some(b'[') => Layout::Array,
                Some(b'{') if is_last => route(&bytes[start..end]).map_or(Layout::Documents, Layout::Routed),
                Some(b'{') => Layout::LargeObject,
                _ => Layout::Lines,
            }
        }
        Err(Stop::Malformed(_)) => after_bad_line(bytes, first),
        Err(Stop::Incomplete) if is_last && second_line_is_whole(bytes) => Layout::Lines,
        Err(Stop::Incomplete) => match first {
            Some(b'[') => Layout::Array,
            Some(b'{') if !is_last => Layout::LargeObject,
            Some(b'{') => Layout::Documents,
            _ => Layout::Lines,
        },
    }
}

fn after_bad_line(bytes: &[u8], first: Option<u8>) -> Layout {
    if second_line_is_whole(bytes) {
        return Layout::Lines;
    }
    match first {
        Some(b'[') => Layout::Array,
        Some(b'{') => Layout::Documents,
        _ => Layout::Lines,
    }
}

/// Whether the second line is an object or array of its own, as in a file of lines whose first is damaged.
fn second_line_is_whole(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let (first, second) = (first.trim_ascii(), second.trim_ascii());
    // A first line that is only an opening bracket, or ends with one or with a comma, begins a document of many lines.
    !matches!(first.last(), Some(b'[' | b'{' | b','))
        && matches!(second.first(), Some(b'{' | b'['))
        && value_end(second, 0) == Ok(second.len())
}

/// Length of the first line without its line feed, if it ends within the bytes.
pub fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr(b'\n', bytes.get(from..)?).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts() {
        for (text, expected) in [
            ("{\"a\":1}\n{\"a\":2}\n", Layout::Lines),
            ("{bad\n{\"a\":2}\n", Layout::Lines),
            ("[1,2]\n[3,4]\n", Layout::Lines),
            ("[\n{\"a\":2}\n]\n", Layout::Array),
            ("[{\"a\":2},\n{\"a\":2}", Layout::Array),
            ("{\"a\":1}{\"a\":2}", Layout::Documents),
            ("{\"a\":1}\n", Layout::Documents),
            ("{\n\"a\":1}\n{\n\"a\":1}\n", Layout::Documents),
            ("{\n \"a\":1", Layout::Documents),
            (
                "{\"v\":1,\"entry\":[{\"a\":1},{\"a\":22222222222222}]}",
                Layout::Routed(vec![super::super::route::Hop::Member(b"entry".to_vec())]),
            ),
            ("{\"patient\":{\"ssn\":\"123456789\"},\"dx\":[{\"a\":1},{\"a\":2}]}", Layout::Documents),
        ] {
            assert_eq!(layout(text.as_bytes(), true), expected, "{text}");
        }
        assert_eq!(layout(b"{\"a\":[{\"b\":1},", false), Layout::LargeObject);
    }

    #[test]
    fn ends_of_values() {
        assert_eq!(value_end(br#"{"a":"}\""} "#, 0), Ok(11));
        assert_eq!(value_end(b"[1, true", 0), Err(Stop::Incomplete));
        assert_eq!(value_end(b"]", 0), Err(Stop::Malformed(0)));
    }
}
