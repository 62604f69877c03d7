//! Segments of HL7 inside text, as logs and messages of errors hold them: `PID|1||4471920^^^H^MR||DOE^J||19800203|F`.
//!
//! The number of a field in its segment is its name (`pid 7`), as it is where the whole file is HL7.

use super::{Engine, PathPlan};
use crate::model::{Column, Match};

/// Segments that are about a person, and those that name who looked after it.
const SEGMENTS: [&[u8]; 15] = [
    b"PID", b"IN1", b"GT1", b"NK1", b"MRG", b"DG1", b"PV1", b"PV2", b"PD1", b"OBR", b"ORC", b"AIP", b"ROL", b"TXA",
    b"RXA",
];
/// Fields that a segment may have.
const MAX_FIELDS: usize = 64;

impl Engine {
    /// Tests the fields of the segment that this line is.
    pub(super) fn search_segment(&self, column: &Column, plan: &PathPlan, value: usize, matches: &mut Vec<Match>) {
        let line = column.range(value);
        // Most lines end here.
        if column.bytes[line.clone()].get(3) != Some(&b'|') {
            return;
        }
        let bytes = &column.bytes[line.clone()];
        let Some(segment) = bytes.get(..3) else { return };
        if !SEGMENTS.contains(&segment) {
            return;
        }
        let mut start = line.start + 4;
        for (number, field) in bytes[4..].split(|byte| *byte == b'|').enumerate().take(MAX_FIELDS) {
            let component = field.iter().take_while(|byte| !matches!(byte, b'^' | b'~' | b'&')).count();
            if component > 0 {
                let name = name_of(segment, number + 1);
                let named = self.compiled.phrases.begins(&name);
                let named = named.filter(|span| span.end as usize == name.len());
                let headings = named.map(|span| &self.compiled.phrases.meanings[usize::from(span.phrase)].headings);
                let detectors = headings.into_iter().flatten().copied().filter(|index| plan.allows(*index));
                self.try_cell(column, (value, start..start + component), detectors, matches);
            }
            start += field.len() + 1;
        }
    }
}

/// As fields of detectors write it: `pid 7`, `in 1 36`.
fn name_of(segment: &[u8], number: usize) -> String {
    let letters = segment.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, digit) = (&segment[..letters], &segment[letters..]);
    let blank = if digit.is_empty() { "" } else { " " };
    format!("{}{blank}{} {number}", String::from_utf8_lossy(word).to_ascii_lowercase(), String::from_utf8_lossy(digit))
}
