//! Finds what begins the items of a text that lists persons: the element that XML repeats, the item of a YAML list,
//! a card, a paragraph that begins with the same label as the others.
//!
//! Each item is a record, because the format tells where one ends: blocks of a size would put several persons into one. A document
//! about one person, who is told of before the first item, is no list of persons.

use super::json::persons::tells_patient;
use std::collections::HashMap;

/// Fewer may be alike by chance.
const LEAST_ITEMS: usize = 3;
/// Longest beginning of an item.
const MAX_BYTES: usize = 32;
/// So many lines before the first item, and of the first one, are looked at.
const MAX_LINES: usize = 64;

/// How the first line of an item begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    bytes: [u8; MAX_BYTES],
    length: usize,
    /// Blanks before it.
    indent: usize,
    /// Whether no name may go on behind it.
    is_whole_word: bool,
}

impl Opening {
    /// Of an item that begins with this text behind so many blanks.
    fn new(text: &[u8], indent: usize, is_whole_word: bool) -> Option<Self> {
        let mut bytes = [0; MAX_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, length: text.len(), indent, is_whole_word })
    }

    /// Whether a line, or a text that begins with one, begins an item.
    pub fn begins(&self, line: &[u8]) -> bool {
        let Some(rest) = line.get(self.indent..).filter(|_| line[..self.indent].iter().all(|byte| is_blank(*byte)))
        else {
            return false;
        };
        let next = rest.get(self.length).copied();
        rest.starts_with(&self.bytes[..self.length])
            && !(self.is_whole_word && next.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte)))
    }
}

/// What begins the items of a text that lists persons.
pub fn find(lines: &[&[u8]]) -> Option<Opening> {
    let first = lines.iter().find(|line| !line.trim_ascii().is_empty())?.trim_ascii();
    match first {
        b"BEGIN:VCARD" => Opening::new(first, 0, true),
        b"BEGIN:VCALENDAR" => Opening::new(b"BEGIN:VEVENT", 0, true),
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] => elements(lines),
        _ => yaml_items(lines).or_else(|| paragraphs(lines)),
    }
}

/// The outermost element that is repeated through most of a text.
fn elements(lines: &[&[u8]]) -> Option<Opening> {
    let mut counts: HashMap<(usize, &[u8]), (usize, usize, usize)> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let rest = line.trim_ascii_start();
        let name =
            rest.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte)).count();
        if rest.first() == Some(&b'<') && name > 0 {
            let entry = counts.entry((line.len() - rest.len(), &rest[..=name])).or_insert((0, at, at));
            (entry.0, entry.2) = (entry.0 + 1, at);
        }
    }
    let is_most = |(_, (count, first, last)): &(&(usize, &[u8]), &(usize, usize, usize))| {
        *count >= LEAST_ITEMS && (last - first) * 2 >= lines.len()
    };
    // The first of the outermost ones, so that the order of a hash map decides nothing.
    let ((indent, name), (_, start, _)) =
        counts.iter().filter(is_most).min_by_key(|((indent, _), (_, start, _))| (*indent, *start))?;
    let opening = Opening::new(name, *indent, true)?;
    // Rows of a table name nothing themselves: what their cells are is told by those around them, and they stay together.
    let tells = first_item(lines, &opening, *start).iter().any(|line| names_of(line).any(|name| tells_patient(&name)));
    let is_of_one = lines[..*start].iter().take(MAX_LINES).any(|line| names_of(line).any(|name| tells_patient(&name)));
    (tells && !is_of_one).then_some(opening)
}

/// The names of elements and attributes in a line of XML.
fn names_of(line: &[u8]) -> impl Iterator<Item = String> + '_ {
    let tags =
        line.split(|byte| *byte == b'<').skip(1).map(|tag| tag.split(|byte| *byte == b'>').next().unwrap_or(tag));
    tags.flat_map(|tag| tag.split(|byte| byte.is_ascii_whitespace())).map(|part| {
        let name = part.split(|byte| *byte == b'=').next().unwrap_or(part);
        String::from_utf8_lossy(name).into_owned()
    })
}

/// The items of a list of YAML that is most of a text: `- name: Okafor`.
fn yaml_items(lines: &[&[u8]]) -> Option<Opening> {
    let is_item = |line: &&[u8]| line.trim_ascii_start().starts_with(b"- ") && key_of(line).is_some();
    let start = lines.iter().position(is_item)?;
    let indent = lines[start].len() - lines[start].trim_ascii_start().len();
    let opening = Opening::new(b"- ", indent, false)?;
    let filled = || lines[start..].iter().filter(|line| !line.trim_ascii().is_empty());
    let items = filled().filter(|line| opening.begins(line)).count();
    // Everything below is part of an item: a key with its value, further in.
    let within = filled().filter(|line| !opening.begins(line) && line.len() > indent && is_blank(line[indent])).count();
    let keys = filled().filter(|line| key_of(line).is_some()).count();
    let all = filled().count();
    let tells = |line: &&[u8]| key_of(line).is_some_and(|key| tells_patient(&key));
    let fits = items >= LEAST_ITEMS && items + within == all && keys * 10 >= all * 8;
    let is_of_one = lines[..start].iter().take(MAX_LINES).any(tells);
    (fits && !is_of_one && first_item(lines, &opening, start).iter().any(tells)).then_some(opening)
}

/// The key of a line of YAML: `dob` of `  dob: 1980-02-03`.
fn key_of(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"- ").unwrap_or(line);
    let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count();
    let is_key = length > 0 && line.get(length) == Some(&b':') && matches!(line.get(length + 1), None | Some(b' '));
    is_key.then(|| String::from_utf8_lossy(&line[..length]).into_owned())
}

/// The label that begins paragraphs, and nothing else, from the first one on: of a patient (`Patient: ..`), or an element of DICOM.
fn paragraphs(lines: &[&[u8]]) -> Option<Opening> {
    let start = lines.iter().position(|line| !line.trim_ascii().is_empty())?;
    let label = label_of(lines[start])?;
    let opening = Opening::new(label, 0, false)?;
    let begins: Vec<usize> = (start..lines.len()).filter(|at| opening.begins(lines[*at])).collect();
    let is_apart = |at: &usize| *at == start || lines[at - 1].trim_ascii().is_empty();
    (begins.len() >= LEAST_ITEMS && begins.iter().all(is_apart)).then_some(opening)
}

fn label_of(line: &[u8]) -> Option<&[u8]> {
    let is_of_element = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b',';
    if line.len() > 11 && line[0] == b'(' && line[10] == b')' && line[1..10].iter().all(is_of_element) {
        return Some(&line[..11]);
    }
    let colon = line.iter().take(MAX_BYTES).position(|byte| *byte == b':')?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.".contains(byte);
    let name = &line[..colon];
    (name.iter().all(is_name) && tells_patient(&String::from_utf8_lossy(name))).then(|| &line[..=colon])
}

/// The lines of the first item.
fn first_item<'a, 'b>(lines: &'a [&'b [u8]], opening: &Opening, start: usize) -> &'a [&'b [u8]] {
    let rest = lines[start + 1..].iter().take(MAX_LINES);
    let length = rest.take_while(|line| !opening.begins(line)).count();
    &lines[start..=start + length]
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lines begin an item.
    fn items(text: &str) -> usize {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        find(&lines).map_or(0, |opening| lines.iter().filter(|line| opening.begins(line)).count())
    }

    #[test]
    fn lists_of_persons_have_items() {
        let card = "BEGIN:VCARD\nFN:Ada Okafor\nEND:VCARD\n";
        assert_eq!(items(&card.repeat(4)), 4);
        let claim = "  <Claim id=\"1\">\n    <Subscriber>Okafor</Subscriber>\n    <Code>E11.9</Code>\n  </Claim>\n";
        assert_eq!(items(&format!("<?xml version=\"1.0\"?>\n<Claims>\n{}</Claims>\n", claim.repeat(3))), 3);
        let item = "  - surname: Okafor\n    visits:\n      - dx: I10\n";
        assert_eq!(items(&format!("people:\n{}", item.repeat(4))), 4);
        let element = "(0010,0010) PN [Okafor^Ada]\n(0010,0030) DA [19800203]\n\n";
        assert_eq!(items(&element.repeat(3)), 3);
        assert_eq!(items(&"Patient: Ada Okafor\n\nHas gout.\n\n".repeat(3)), 3);
    }

    #[test]
    fn parts_of_one_persons_document_are_none() {
        let entry = "  <diagnosis>\n    <code>E11.9</code>\n  </diagnosis>\n";
        let head = "<chart>\n  <patient>Okafor</patient>\n";
        assert_eq!(items(&format!("{head}{}</chart>\n", entry.repeat(3))), 0);
        assert_eq!(items(&format!("{head}{}</chart>\n", entry.replace("code", "memberCode").repeat(3))), 0);
        assert_eq!(items(&format!("patient: Okafor\nvisits:\n{}", "  - dx: I10\n    member: 1\n".repeat(3))), 0);
        let row = "<tr>\n<td>Okafor</td>\n<td>Gout</td>\n</tr>\n";
        let header = "<tr>\n<th>Patient</th>\n<th>Reason</th>\n</tr>\n";
        assert_eq!(items(&format!("<table>\n{header}{}</table>\n", row.repeat(5))), 0);
        assert_eq!(items(&"- dx: I10\n  on: 2024-03-09\n".repeat(4)), 0);
        assert_eq!(items("- call the patient: today\nthen go\n- rest\n- sleep\n"), 0);
        assert_eq!(items(&"Plan: rest\n\nSleep.\n\n".repeat(3)), 0);
        assert_eq!(items(&"Patient: well\nPatient: rests\n\n".repeat(3)), 0);
    }
}
