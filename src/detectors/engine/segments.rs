//! Segments of HL7 inside text, as logs and messages of errors hold them: `PID|1||4471920^^^H^MR||DOE^J||19800203|F`.
//!
//! The number of a field in its segment is its name (`pid 7`), as it is where the whole file is HL7.

use super::{Engine, PathPlan, value_at};
use crate::model::{Column, Match};

/// Segments that are about a person, and those that name who looked after it.
const SEGMENTS: [&[u8]; 15] = [
    b"PID", b"IN1", b"GT1", b"NK1", b"MRG", b"DG1", b"PV1", b"PV2", b"PD1", b"OBR", b"ORC", b"AIP", b"ROL", b"TXA",
    b"RXA",
];
/// Fields that a segment may have.
const MAX_FIELDS: usize = 64;
/// Repetitions of a field that are read.
const MAX_REPETITIONS: usize = 8;

impl Engine {
    /// Tests the fields of the segments in a text: each has a line of its own, or a log quotes some in one.
    pub(super) fn search_segments(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        let (mut value, mut searched) = (0, 0);
        // Most texts have hardly any bar.
        for bar in memchr::memchr_iter(b'|', bytes) {
            if bar < searched || segment_at_end(&bytes[..bar]).is_none() {
                continue;
            }
            value = value_at(column, value, bar);
            searched = column.ends[value] as usize;
            self.search_segment(column, plan, (value, bar), matches);
        }
    }

    /// Tests the fields from the first bar of a segment on, up to the end of the line.
    fn search_segment(&self, column: &Column, plan: &PathPlan, (value, bar): (usize, usize), matches: &mut Vec<Match>) {
        let (bytes, end) = (column.bytes.as_slice(), column.ends[value] as usize);
        let Some(mut segment) = segment_at_end(&bytes[..bar]) else { return };
        let (mut number, mut start) = (1, bar + 1);
        for bar in
            memchr::memchr_iter(b'|', &bytes[start..end]).map(|place| bar + 1 + place).chain(std::iter::once(end))
        {
            let field = &bytes[start..bar];
            let begins = segment_at_end(field).filter(|_| bar < end);
            if number <= MAX_FIELDS {
                let field = &field[..field.len() - begins.map_or(0, <[u8]>::len)];
                self.test_field((column, plan), (value, start), (segment, number, field), matches);
            }
            number += 1;
            if let Some(next) = begins {
                (segment, number) = (next, 1);
            }
            start = bar + 1;
        }
    }

    /// Tests the repetitions of one field.
    fn test_field(
        &self,
        (column, plan): (&Column, &PathPlan),
        (value, start): (usize, usize),
        (segment, number, field): (&[u8], usize, &[u8]),
        matches: &mut Vec<Match>,
    ) {
        let mut from = start;
        for repetition in field.split(|byte| *byte == b'~').take(MAX_REPETITIONS) {
            let component = repetition.iter().take_while(|byte| !matches!(byte, b'^' | b'&')).count();
            let component = repetition[..component].trim_ascii_end().len();
            // Only the first one is what the field is, where no type says so.
            let name = match identifier_type(repetition) {
                Some(name) if segment == b"PID" && number == 3 => Some(name.to_owned()),
                _ => (from == start).then(|| name_of(segment, number)),
            };
            if let Some(name) = name.filter(|_| component > 0) {
                let named = self.compiled.phrases.begins(&name);
                let named = named.filter(|span| span.end as usize == name.len());
                let headings = named.map(|span| &self.compiled.phrases.meanings[usize::from(span.phrase)].headings);
                let detectors = headings.into_iter().flatten().copied().filter(|index| plan.allows(*index));
                self.try_cell(column, (value, from..from + component), detectors, matches);
            }
            from += repetition.len() + 1;
        }
    }
}

/// The name of a segment that a text ends with, at its beginning or behind anything but a letter or a digit.
fn segment_at_end(text: &[u8]) -> Option<&[u8]> {
    let name = &text[text.len().checked_sub(3)?..];
    let is_apart = text.len() == 3 || !text[text.len() - 4].is_ascii_alphanumeric();
    (is_apart && SEGMENTS.contains(&name)).then_some(name)
}

/// The name of the field for an identifier in PID-3, by its type (HL7 table 0203): `433302881^^^USA^SS`.
fn identifier_type(repetition: &[u8]) -> Option<&'static str> {
    name_of_type(repetition.split(|byte| *byte == b'^').nth(4)?)
}

/// The name of a field with identifiers of a type of HL7 table 0203.
pub(super) fn name_of_type(code: &[u8]) -> Option<&'static str> {
    match code {
        b"MB" => Some("member id"),
        b"SS" => Some("ssn"),
        b"MR" | b"MRN" | b"PI" | b"PT" => Some("mrn"),
        b"MC" => Some("mbi"),
        b"MA" => Some("medicaid id"),
        b"DL" => Some("drivers license number"),
        b"PPN" => Some("passport number"),
        b"AN" => Some("account number"),
        _ => None,
    }
}

/// As fields of detectors write it: `pid 7`, `in 1 36`.
fn name_of(segment: &[u8], number: usize) -> String {
    let letters = segment.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, digit) = (&segment[..letters], &segment[letters..]);
    let blank = if digit.is_empty() { "" } else { " " };
    format!("{}{blank}{} {number}", String::from_utf8_lossy(word).to_ascii_lowercase(), String::from_utf8_lossy(digit))
}
