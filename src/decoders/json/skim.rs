//! Finds where a JSON value ends without decoding it, and from that which shape a file has.
//!
//! Loose on purpose: brackets are counted, strings are skipped, everything else is left to the parser.

use memchr::{memchr, memchr2, memmem};

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
    /// One object whose member of this (raw) name is an array of objects: its elements are the records.
    Wrapper(Vec<u8>),
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
                Some(b'[') => Layout::Array,
                Some(b'{') if is_last => wrapper(bytes, start, end).map_or(Layout::Documents, Layout::Wrapper),
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

/// Names of members that list people, or the resources of a FHIR Bundle: an envelope when they are half of the document.
const LISTS_OF_PEOPLE: [&str; 14] = [
    "entry",
    "patients",
    "members",
    "persons",
    "people",
    "subjects",
    "individuals",
    "beneficiaries",
    "subscribers",
    "enrollees",
    "employees",
    "customers",
    "clients",
    "users",
];
/// Names of members that list anything: an envelope when they are three quarters of the document.
const LISTS: [&str; 11] =
    ["records", "items", "data", "results", "rows", "value", "values", "documents", "hits", "resources", "events"];

/// Name of the member whose elements are records. Any other array (`encounters`) belongs to what stands beside it, and
/// splitting it off would part the health data from the person: then the document is one record.
fn wrapper(bytes: &[u8], start: usize, end: usize) -> Option<Vec<u8>> {
    let mut found = None;
    let mut position = skip_space(bytes, start + 1);
    while bytes.get(position) == Some(&b'"') {
        let key_end = string_end(bytes, position + 1)?;
        let key = &bytes[position + 1..key_end];
        position = skip_space(bytes, key_end + 1);
        if bytes.get(position) != Some(&b':') {
            return None;
        }
        position = skip_space(bytes, position + 1);
        let value_stop = value_end(bytes, position).ok()?;
        let (length, whole) = (value_stop - position, end - start);
        let is_large =
            (names(&LISTS_OF_PEOPLE, key) && length * 2 >= whole) || (names(&LISTS, key) && length * 4 >= whole * 3);
        if is_large && is_array_of_objects(&bytes[position..value_stop]) && !is_of_one_patient(key, &bytes[start..end])
        {
            found = Some(key.to_vec());
        }
        position = skip_space(bytes, value_stop);
        if bytes.get(position) != Some(&b',') {
            break;
        }
        position = skip_space(bytes, position + 1);
    }
    found
}

/// Whether it is a FHIR Bundle with at most one Patient: its other resources are about that one, so it stays together.
fn is_of_one_patient(key: &[u8], document: &[u8]) -> bool {
    let values = |name: &'static [u8]| {
        memmem::find_iter(document, b"\"resourceType\"").filter(move |place| {
            let colon = skip_space(document, place + 14);
            let value = skip_space(document, colon + 1);
            document.get(colon) == Some(&b':') && document[value.min(document.len())..].starts_with(name)
        })
    };
    key == b"entry" && values(b"\"Bundle\"").next().is_some() && values(b"\"Patient\"").nth(1).is_none()
}

fn names(list: &[&str], key: &[u8]) -> bool {
    list.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(key))
}

/// Whether it is an array whose first two elements are objects.
fn is_array_of_objects(bytes: &[u8]) -> bool {
    let second = || {
        let first = skip_space(bytes, 1);
        (bytes.first() == Some(&b'[') && bytes.get(first) == Some(&b'{')).then_some(())?;
        let comma = skip_space(bytes, value_end(bytes, first).ok()?);
        (bytes.get(comma) == Some(&b',')).then(|| skip_space(bytes, comma + 1))
    };
    second().is_some_and(|position| bytes.get(position) == Some(&b'{'))
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
            ("{\"v\":1,\"entry\":[{\"a\":1},{\"a\":22222222222222}]}", Layout::Wrapper(b"entry".to_vec())),
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
