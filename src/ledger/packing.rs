//! Evidence as bytes: numbers of variable length, texts with their length, people as they are kept.
//!
//! It is written for every object in which something was found, so it has to cost less than reading one: no text is made of
//! numbers, and nothing is compressed that is hardly longer than what compressing takes. What is read is not trusted: it
//! fits to the last byte, or is nothing.

use super::stored::Stored;
use crate::model::{Class, DetectorEvidence, Evidence, EvidenceFlags, Individuals, Position, SpecialTable, TableFacts};
use std::sync::Arc;

/// The first byte, which no other form of evidence begins with.
pub(super) const MARK: u8 = 1;

/// The bytes of evidence, with the detectors by their ids, which another program has too.
pub(super) fn written((evidence, table): (&Evidence, Option<&TableFacts>), detectors: &[Arc<str>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2048);
    bytes.push(MARK);
    evidence.phi_people.write(&mut bytes);
    evidence.pii_people.write(&mut bytes);
    let counts = [
        evidence.records,
        evidence.bytes,
        evidence.phi_records,
        evidence.pii_records,
        evidence.health_records,
        evidence.synthetic_records,
    ];
    counts.iter().chain(&evidence.special_records).for_each(|count| number(&mut bytes, *count));
    number(&mut bytes, evidence.reasons.len() as u64);
    for ((class, why), records) in &evidence.reasons {
        bytes.push(class_byte(Some(*class)));
        text(&mut bytes, why);
        number(&mut bytes, *records);
    }
    let table = table.and_then(|table| serde_json::to_string(table).ok());
    optional_text(&mut bytes, evidence.generalised.as_deref());
    optional_text(&mut bytes, table.as_deref());
    let known = |index: u16| detectors.get(usize::from(index));
    let all = || evidence.detectors.iter().filter_map(|((field, index), found)| Some((field, known(*index)?, found)));
    number(&mut bytes, all().count() as u64);
    for (field, detector, found) in all() {
        text(&mut bytes, field);
        text(&mut bytes, detector);
        write_found(&mut bytes, found);
    }
    bytes
}

fn write_found(bytes: &mut Vec<u8>, found: &DetectorEvidence) {
    let [low, medium, high] = found.by_confidence;
    for count in [found.values, found.records, low, medium, high, found.synthetic_values] {
        number(bytes, count);
    }
    number(bytes, u64::from(found.evidence.0));
    bytes.extend([class_byte(found.class), found.special]);
    number(bytes, found.samples.len() as u64);
    for (position, sample) in &found.samples {
        number(bytes, position.record);
        for place in [position.line, position.column] {
            // Places begin at 1, but nothing hangs on that here.
            number(bytes, place.map_or(0, |place| place.saturating_add(1)));
        }
        text(bytes, sample);
    }
}

fn class_byte(class: Option<Class>) -> u8 {
    class.map_or(0, |class| class as u8 + 1)
}

/// Seven bits a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn optional_text(bytes: &mut Vec<u8>, optional: Option<&str>) {
    bytes.push(u8::from(optional.is_some()));
    if let Some(present) = optional {
        text(bytes, present);
    }
}

/// What [`written`] wrote.
pub(super) fn read(bytes: &[u8]) -> Option<Stored> {
    let mut rest = Rest(bytes.strip_prefix(&[MARK])?);
    let phi_people = Individuals::read(&mut rest.0)?;
    let pii_people = Individuals::read(&mut rest.0)?;
    let counts = rest.numbers()?;
    let special = rest.numbers::<{ SpecialTable::MAX }>()?.to_vec();
    let mut reasons = Vec::new();
    for _ in 0..rest.number()? {
        reasons.push((rest.class()??, rest.text()?.to_owned(), rest.number()?));
    }
    let generalised = rest.optional_text()?.map(str::to_owned);
    let table = rest.optional_text()?.map(serde_json::from_str).transpose().ok()?;
    let mut found = Vec::new();
    for _ in 0..rest.number()? {
        found.push((rest.text()?.to_owned(), rest.text()?.to_owned(), rest.found()?));
    }
    rest.0.is_empty().then_some(Stored { counts, special, reasons, phi_people, pii_people, generalised, found, table })
}

/// The people alone, of the PHI and of the PII records.
pub(super) fn people(bytes: &[u8]) -> Option<[Individuals; 2]> {
    let mut rest = bytes.strip_prefix(&[MARK])?;
    Some([Individuals::read(&mut rest)?, Individuals::read(&mut rest)?])
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn numbers<const COUNT: usize>(&mut self) -> Option<[u64; COUNT]> {
        let mut numbers = [0; COUNT];
        for place in &mut numbers {
            *place = self.number()?;
        }
        Some(numbers)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn optional_text(&mut self) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }

    fn class(&mut self) -> Option<Option<Class>> {
        match self.byte()? {
            0 => Some(None),
            byte => [Class::Health, Class::Pii, Class::Phi].get(usize::from(byte) - 1).copied().map(Some),
        }
    }

    fn found(&mut self) -> Option<DetectorEvidence> {
        let [values, records, low, medium, high, synthetic_values] = self.numbers()?;
        let evidence = EvidenceFlags(u16::try_from(self.number()?).ok()?);
        let (class, special) = (self.class()?, self.byte()?);
        let mut samples = Vec::new();
        for _ in 0..self.number()? {
            let [record, line, column] = self.numbers()?;
            let [line, column] = [line, column].map(|place| place.checked_sub(1));
            samples.push((Position { record, line, column }, self.text()?.to_owned()));
        }
        let by_confidence = [low, medium, high];
        Some(DetectorEvidence { values, records, class, by_confidence, evidence, synthetic_values, special, samples })
    }
}
