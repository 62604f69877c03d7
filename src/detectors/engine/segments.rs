//! Segments of HL7 inside text, as messages, and logs of errors, hold them: `PID|1||4471920^^^H^MR||DOE^J||19800203|F`.
//!
//! The number of a field in its segment tells what it is (HL7 2.5.1, chapters 3 to 6 and 15); of a code, the coding system beside
//! it does. A field without an entry here goes by its number as by a name (`pid 7`), as it does where the whole file is HL7.

use super::conditions::complains;
use super::{Engine, PathPlan, found_at, value_at};
use crate::model::{Column, EvidenceFlags, Match};
use std::ops::Range;

/// Segments that are about a person, and those that name who looked after it.
#[rustfmt::skip]
const SEGMENTS: [&[u8]; 29] = [
    b"PID", b"IN1", b"IN2", b"GT1", b"NK1", b"MRG", b"DG1", b"PR1", b"PV1", b"PV2", b"PD1", b"OBR", b"OBX", b"ORC", b"AIP", b"ROL",
    b"TXA", b"AL1", b"IAM", b"PRB", b"ACC", b"FT1", b"RXA", b"RXD", b"RXE", b"RXG", b"RXO", b"RXR",
    b"SCH",
];
/// Fields that a segment may have.
const MAX_FIELDS: usize = 96;
/// Repetitions of a field that are read.
const MAX_REPETITIONS: usize = 8;
/// Components of a repetition that are read.
const MAX_COMPONENTS: usize = 8;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// What a field of this name holds, in the first component of its first repetition.
    Named(&'static str),
    /// A name with a given name; writers that are a field off have a word there.
    Person,
    /// Identifiers with their types; one without a type is what a field of this name holds.
    Identifiers(Option<&'static str>),
    /// A code with its system; one without a system is what a field of this name holds.
    Code(Option<&'static str>),
    /// Why somebody comes: a code with its system, or words.
    Reason,
    /// A code with its system, and the name of a drug behind it.
    Drug,
    /// A result, or a code with its system, and a result in words behind it.
    Result,
    /// Street and ZIP code.
    Address,
    /// The system of the code in the next field.
    System,
}

/// A segment of a line.
struct Segment<'a> {
    name: &'a [u8],
    /// The fields from the first on, as places of the column.
    fields: Vec<Range<usize>>,
}

/// A field with what is asked of it.
struct Place<'a> {
    plan: &'a PathPlan,
    value: usize,
    /// Where names of coding systems stand, which look like codes themselves.
    systems: Vec<usize>,
}

impl Engine {
    /// Tests the fields of the segments in a text: each has a line of its own, or a log quotes some in one.
    pub(super) fn search_segments(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        let mut searched = 0;
        let mut place = Place { plan, value: 0, systems: Vec::new() };
        // Most texts have hardly any bar.
        for bar in memchr::memchr_iter(b'|', bytes) {
            if bar < searched || segment_at_end(&bytes[..bar]).is_none() {
                continue;
            }
            place.value = value_at(column, place.value, bar);
            searched = column.ends[place.value] as usize;
            self.search_line(column, bar, &mut place, matches);
        }
        if !place.systems.is_empty() {
            matches.retain(|found| place.systems.binary_search(&(found.start as usize)).is_err());
        }
    }

    /// Tests the fields from the first bar of a segment on, up to the end of the line.
    fn search_line(&self, column: &Column, bar: usize, place: &mut Place, matches: &mut Vec<Match>) {
        let (bytes, end) = (column.bytes.as_slice(), column.ends[place.value] as usize);
        let Some(name) = segment_at_end(&bytes[..bar]) else { return };
        let mut segment = Segment { name, fields: Vec::new() };
        let mut start = bar + 1;
        let bars = memchr::memchr_iter(b'|', &bytes[start..end]).map(|place| bar + 1 + place);
        for bar in bars.chain(std::iter::once(end)) {
            let begins = segment_at_end(&bytes[start..bar]).filter(|_| bar < end);
            if segment.fields.len() < MAX_FIELDS {
                segment.fields.push(start..bar - begins.map_or(0, <[u8]>::len));
            }
            if let Some(name) = begins {
                self.test_segment(column, &segment, place, matches);
                segment = Segment { name, fields: Vec::new() };
            }
            start = bar + 1;
        }
        self.test_segment(column, &segment, place, matches);
    }

    fn test_segment(&self, column: &Column, segment: &Segment, place: &mut Place, matches: &mut Vec<Match>) {
        let has_type = |number: usize| segment.fields.get(number - 1).is_some_and(|field| !field.is_empty());
        for (index, range) in segment.fields.iter().enumerate().filter(|(_, range)| !range.is_empty()) {
            let number = index + 1;
            match field_of(segment.name, number) {
                Some(Field::Result) if !has_type(2) => {}
                Some(field) => self.test_field(column, (field, range.clone()), place, matches),
                None => {
                    let first = first_component(&column.bytes, range.clone());
                    self.test_named(column, (&name_of(segment.name, number), first), place, matches);
                }
            }
        }
    }

    /// Tests the repetitions of one field.
    fn test_field(
        &self,
        column: &Column,
        (field, range): (Field, Range<usize>),
        place: &mut Place,
        matches: &mut Vec<Match>,
    ) {
        let bytes = column.bytes.as_slice();
        let mut start = range.start;
        for repetition in bytes[range.clone()].split(|byte| *byte == b'~').take(MAX_REPETITIONS) {
            let components = components(bytes, start..start + repetition.len());
            let component = |number: usize| components.get(number - 1).cloned().unwrap_or(start..start);
            let is_first = start == range.start;
            let mut test = |name: Option<&str>, range: Range<usize>, place: &Place| {
                if let Some(name) = name.filter(|_| !range.is_empty()) {
                    self.test_named(column, (name, range), place, matches);
                }
            };
            match field {
                Field::Named(name) => test(Some(name).filter(|_| is_first), component(1), place),
                Field::Person => test(Some("pid 5").filter(|_| !component(2).is_empty()), component(1), place),
                Field::Identifiers(name) => {
                    let of_type = name_of_type(&bytes[component(5)]);
                    test(of_type.or(name.filter(|_| is_first)), component(1), place);
                }
                Field::Address => {
                    for (number, name) in [(1, "address"), (5, "zip code")] {
                        test(Some(name), component(number), place);
                    }
                }
                Field::System => {
                    if name_of_system(&bytes[component(1)]).is_some() {
                        place.systems.push(component(1).start);
                    }
                }
                Field::Code(_) | Field::Drug | Field::Result | Field::Reason => {
                    let default = match field {
                        Field::Code(name) => name,
                        Field::Reason => Some(REASON),
                        Field::Result => Some("lab result"),
                        _ => None,
                    };
                    let text = match field {
                        Field::Drug => Some("drug name"),
                        Field::Result => Some("lab result"),
                        Field::Reason => Some(REASON),
                        _ => None,
                    };
                    let mut is_coded = false;
                    for first in [1, 4] {
                        let system = component(first + 2);
                        let name = name_of_system(&bytes[system.clone()]);
                        if name.is_some() {
                            place.systems.push(system.start);
                        }
                        is_coded |= name.is_some();
                        let name = name.map_or(default.filter(|_| first == 1 && is_first), |name| name);
                        test(name, component(first), place);
                        test(text.filter(|_| first == 1 || is_coded), component(first + 1), place);
                    }
                }
            }
            start += repetition.len() + 1;
        }
    }

    /// Tests a value for the detectors whose field a name is.
    fn test_named(
        &self,
        column: &Column,
        (name, range): (&str, Range<usize>),
        place: &Place,
        matches: &mut Vec<Match>,
    ) {
        let named = self.compiled.phrases.begins(name).filter(|span| span.end as usize == name.len());
        let headings = named.map(|span| &self.compiled.phrases.meanings[usize::from(span.phrase)].headings);
        let detectors = headings.into_iter().flatten().copied().filter(|index| place.plan.allows(*index));
        if range.is_empty() {
            return;
        }
        let before = matches.len();
        self.try_cell(column, (place.value, range.clone()), detectors, matches);
        if name == REASON && matches.len() == before && complains(&column.bytes[range.clone()]) {
            // Words that say nothing of an illness elsewhere: `knee pain`.
            let detectors = (0..self.compiled.detectors.len() as u16).filter(|index| place.plan.allows(*index));
            if let Some(index) = detectors.into_iter().find(|index| self.holds_conditions(*index)) {
                let confidence = self.compiled.detectors[usize::from(index)].context_confidence;
                let whole = (usize::from(index), place.value);
                matches.push(found_at(whole, (range.start, range.end), confidence, EvidenceFlags::CONTEXT));
            }
        }
    }
}

/// The components of a repetition, without blanks behind them; of one that has parts, the first.
fn components(bytes: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let mut start = range.start;
    let mut list = Vec::with_capacity(MAX_COMPONENTS);
    for component in bytes[range].split(|byte| *byte == b'^').take(MAX_COMPONENTS) {
        list.push(first_component(bytes, start..start + component.len()));
        start += component.len() + 1;
    }
    list
}

/// The first component of the first repetition, without blanks behind it.
fn first_component(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let length = bytes[range.clone()].iter().take_while(|byte| !matches!(byte, b'^' | b'&' | b'~')).count();
    range.start..range.start + bytes[range.start..range.start + length].trim_ascii_end().len()
}

/// The name of a segment that a text ends with, at its beginning or behind anything but a letter or a digit.
fn segment_at_end(text: &[u8]) -> Option<&[u8]> {
    let name = &text[text.len().checked_sub(3)?..];
    let is_apart = text.len() == 3 || !text[text.len() - 4].is_ascii_alphanumeric();
    (is_apart && SEGMENTS.contains(&name)).then_some(name)
}

/// The name of a field that says why somebody comes.
const REASON: &str = "reason for visit";

/// What a field holds, where its number alone does not say it to the detectors.
fn field_of(segment: &[u8], number: usize) -> Option<Field> {
    use Field::{Address, Code, Drug, Identifiers, Named, Person, Reason, Result, System};
    const RECORD: &str = "pid 3";
    const DIAGNOSIS: &str = "dg 1 3";
    const SERVICE: &str = "date of service";
    Some(match (segment, number) {
        (b"PID", 3) | (b"MRG", 1) => Identifiers(Some(RECORD)),
        (b"PID", 2 | 4) | (b"NK1", 33) | (b"GT1", 2) => Identifiers(None),
        (b"PID", 6 | 9) | (b"GT1", 3) | (b"IN1", 16) | (b"MRG", 7) | (b"NK1", 30) => Person,
        (b"PID", 13 | 14) | (b"NK1", 5 | 6) | (b"GT1", 6 | 7) | (b"IN2", 63 | 64) => Named("phone"),
        (b"PID", 11) | (b"NK1", 4) | (b"GT1", 5) | (b"IN1", 19) => Address,
        (b"MRG", 3) | (b"PV1", 19) => Named("account number"),
        (b"NK1", 16) => Named("date of birth"),
        (b"NK1", 37) | (b"IN2", 2) => Named("ssn"),
        (b"IN2", 6) => Named("mbi"),
        (b"IN2", 8) => Named("medicaid id"),
        (b"IN2", 26 | 61) => Named("member id"),
        (b"DG1" | b"PR1", 2) => System,
        (b"DG1" | b"PRB", 3) | (b"FT1", 19) => Code(Some(DIAGNOSIS)),
        (b"PR1", 3) | (b"FT1", 25) => Code(Some("procedure code")),
        (b"OBR", 4) | (b"OBX", 3) => Code(Some("loinc code")),
        (b"FT1", 7) => Code(None),
        (b"OBX", 5) => Result,
        // What kind of an appointment it is, is mixed up with its reason.
        (b"SCH", 7 | 8) | (b"PV2", 3) | (b"OBR", 31) => Reason,
        (b"AL1" | b"IAM", 3) | (b"RXE" | b"RXD", 2) | (b"RXO", 1) | (b"RXA", 5) | (b"RXG", 4) => Drug,
        (b"DG1" | b"PR1", 5) | (b"OBR", 7 | 8) | (b"OBX", 14) | (b"RXA" | b"RXD", 3) | (b"FT1", 4) | (b"ACC", 1) => {
            Named(SERVICE)
        }
        _ => return None,
    })
}

/// What a field with codes of a system is called, by the system's name (HL7 table 0396, and what else is written); of one whose
/// codes nobody knows, nothing.
fn name_of_system(system: &[u8]) -> Option<Option<&'static str>> {
    Some(match system {
        b"I10" | b"I10C" | b"ICD10" | b"ICD10CM" | b"ICD-10" | b"ICD-10-CM" => Some("icd 10"),
        b"I10P" | b"ICD10PCS" | b"ICD-10-PCS" => Some("icd 10 pcs"),
        b"I9" | b"I9C" | b"I9CDX" | b"I9CP" | b"ICD9" | b"ICD9CM" | b"ICD-9" | b"ICD-9-CM" => Some("icd 9"),
        b"LN" | b"LOINC" => Some("loinc code"),
        b"SCT" | b"SNM" | b"SNOMED" | b"SNOMED CT" | b"SNOMEDCT" => Some("snomed code"),
        b"RXNORM" | b"RxNorm" | b"RXN" => Some("rxnorm code"),
        b"C4" | b"C5" | b"CPT" | b"CPT4" | b"CPT-4" => Some("cpt code"),
        b"HCPCS" | b"HPC" | b"HCPT" => Some("hcpcs code"),
        b"CVX" => Some("cvx code"),
        b"NDC" => Some("ndc"),
        b"L" | b"MVX" | b"UCUM" => None,
        [b'9', b'9', _, ..] | [b'H', b'L', b'7', ..] => None,
        _ => return None,
    })
}

/// The name of a field with identifiers of a type of HL7 table 0203: `433302881^^^USA^SS`.
pub(super) fn name_of_type(code: &[u8]) -> Option<&'static str> {
    match code {
        b"MB" | b"HC" => Some("member id"),
        b"SS" => Some("ssn"),
        b"MR" | b"MRN" | b"PI" | b"PT" => Some("mrn"),
        b"MC" => Some("mbi"),
        b"MA" => Some("medicaid id"),
        b"DL" => Some("drivers license"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::detectors::engine::tests::{column, engine, found_in};

    /// What is found in lines of text, with the detector's id.
    fn found(lines: &[&str]) -> Vec<(String, String)> {
        found_in(&engine(), vec![column("", lines)])
    }

    #[test]
    fn every_name_is_one_of_a_field() {
        let compiled = crate::detectors::compile::Compiled::new(&Catalogue::built_in().unwrap()).unwrap();
        let systems = [&b"I10"[..], b"I10P", b"I9", b"LN", b"SCT", b"RXNORM", b"C4", b"HCPCS", b"CVX", b"NDC"];
        let mut names: Vec<String> =
            systems.iter().map(|system| name_of_system(system).flatten().unwrap().to_owned()).collect();
        for segment in SEGMENTS {
            for number in 1..MAX_FIELDS {
                let field = field_of(segment, number);
                if let Some(Field::Named(name) | Field::Identifiers(Some(name)) | Field::Code(Some(name))) = field {
                    names.push(name.to_owned());
                }
            }
        }
        let types = [&b"MB"[..], b"SS", b"MR", b"MC", b"MA", b"DL", b"PPN", b"AN"];
        names.extend(types.iter().map(|code| name_of_type(code).unwrap().to_owned()));
        names.extend(["pid 5", "address", "zip code", "lab result", "drug name", REASON].map(str::to_owned));
        for name in names {
            let span = compiled.phrases.begins(&name).filter(|span| span.end as usize == name.len());
            let headings = span.map_or(0, |span| compiled.phrases.meanings[usize::from(span.phrase)].headings.len());
            assert!(headings > 0, "{name}");
        }
    }

    #[test]
    fn codes_are_what_their_system_says() {
        let found = found(&[
            "OBR|1|||2345-7^Glucose^LN|||20240507",
            "OBX|1|NM|2345-7^Glucose^LN||182|mg/dL|70-99|H",
            "OBX|2|CWE|600-7^Culture^LN||44054006^Diabetes^SCT^E11.9^^I10",
            "PR1|1||27447^TKA^CPT4",
            "DG1|1|I10|E11.9^Type 2 diabetes^I10",
            "AL1|1|DA|7980^Penicillin^RXNORM",
            "RXA|0|1|20240115||208^COVID-19^CVX",
            "RXE||00093-7214-98^x^NDC",
            "FT1|1|||20240116|||99213^Visit^C4",
            "IN2||536904399||||1EG4TE5MK73",
        ]);
        for (detector, value) in [
            ("loinc", "2345-7"),
            ("date_of_service", "20240507"),
            ("lab_result", "182"),
            ("snomed", "44054006"),
            ("icd10cm", "E11.9"),
            ("cpt", "27447"),
            ("rxnorm", "7980"),
            ("cvx", "208"),
            ("ndc", "00093-7214-98"),
            ("cpt", "99213"),
            ("us_ssn", "536904399"),
            ("us_mbi", "1EG4TE5MK73"),
        ] {
            assert!(found.contains(&(detector.to_owned(), value.to_owned())), "{detector} {value}: {found:?}");
        }
        assert!(!found.iter().any(|(_, value)| value == "I10"), "{found:?}");
        assert_eq!(found.iter().filter(|(id, _)| id == "icd10cm").count(), 2, "{found:?}");
    }

    #[test]
    fn a_reason_is_read_by_its_number() {
        let lines = ["SCH|77|||||ROUTINE|Hypertension check|CONSULT", "PV2|||I10^Essential hypertension^I10"];
        assert_eq!(found(&["SCH|77|||||ROUTINE|Knee pain|CONSULT"]).len(), 1);
        assert_eq!(found(&["SCH|77|||||ROUTINE|Annual physical|CONSULT"]), []);
        let found = found(&lines);
        for detector in ["condition", "icd10cm"] {
            assert!(found.iter().any(|(id, _)| id == detector), "{detector}: {found:?}");
        }
    }

    #[test]
    fn codes_of_a_house_and_values_without_a_type_are_none() {
        assert_eq!(found(&["OBX|1|NM|2345-7^Glucose^L||x", "OBX|1||GLU||182", "PR1|1||27447^x^99ABC"]), []);
    }

    #[test]
    fn identifiers_are_what_their_types_say_in_every_repetition() {
        let found = found(&["PID|1||4471920^^^H^MR~536904399^^^USA^SS||DOE^JANE|||F|||1 MAIN ST^^SALEM^OR^97301"]);
        for (detector, value) in [("mrn", "4471920"), ("us_ssn", "536904399"), ("us_zip", "97301")] {
            assert!(found.contains(&(detector.to_owned(), value.to_owned())), "{detector} {value}: {found:?}");
        }
    }
}
