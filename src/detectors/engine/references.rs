//! References of FHIR to the patient whom a resource is about: `subject.reference` with `Patient/4471920`, or with the
//! `urn:uuid:` that a Bundle gives the patient. Who treated or paid (`Practitioner/…`, `Organization/…`) is nobody's patient.

use super::{Engine, PathPlan, found_at, typed};
use crate::detectors::field::split_words;
use crate::detectors::spans::trimmed;
use crate::model::{Column, ColumnKind, EvidenceFlags, Match};
use memchr::memmem;
use std::ops::Range;

/// So many values of a column are looked at to tell whether it refers to patients.
const SAMPLE: usize = 64;
/// Longer values are no references.
const MAX_REFERENCE_BYTES: usize = 300;
/// The longest logical id that FHIR allows.
const MAX_ID_BYTES: usize = 64;

/// Fields of the one whom a resource is about.
const ABOUT: [&str; 6] = ["subject", "patient", "beneficiary", "individual", "subscriber", "for"];
/// An `individual` below one of these took part in the care of somebody.
const OF_CARE_TEAMS: [&str; 2] = ["participant", "participants"];

/// What a field path says of the references below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Referring {
    /// To anybody and anything: only the reference itself tells.
    ToAny,
    /// To the one whom the record is about.
    ToPatient,
}

impl Referring {
    /// What the path says, if it is one of references.
    pub(super) fn of(path: &str) -> Option<Self> {
        let words = split_words(path);
        let (last, before) = words.split_last()?;
        let named = if last == "reference" { before.split_last() } else { Some((last, before)) };
        match named {
            Some((name, around)) if ABOUT.contains(&name.as_str()) => {
                let is_of_team = around.iter().any(|word| OF_CARE_TEAMS.contains(&word.as_str()));
                Some(if is_of_team { Self::ToAny } else { Self::ToPatient })
            }
            _ => (last == "reference").then_some(Self::ToAny),
        }
    }

    /// Where the id of a patient stands in a reference.
    fn id_in(self, reference: &[u8]) -> Option<Range<usize>> {
        const PATIENT: &[u8] = b"Patient";
        const UUID: &[u8] = b"urn:uuid:";
        if reference.len() > MAX_REFERENCE_BYTES {
            return None;
        }
        if self == Self::ToPatient && reference.starts_with(UUID) {
            return is_uuid(&reference[UUID.len()..]).then_some(UUID.len()..reference.len());
        }
        let start = memmem::rfind(reference, PATIENT)?;
        let is_relative = start == 0 || reference[start - 1] == b'/';
        let behind = start + PATIENT.len();
        let id = match reference.get(behind).filter(|_| is_relative)? {
            b'/' => behind + 1,
            // By an identifier: `Patient?identifier=http://hospital.example/mrn|4471920`.
            b'?' => memchr::memrchr(b'|', reference)? + 1,
            _ => return None,
        };
        let is_of_id = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let length = reference[id..].iter().take_while(is_of_id).count();
        // An example has a name: `Patient/example`.
        let has_digit = reference[id..id + length].iter().any(|byte| matches!(byte, b'1'..=b'9'));
        (has_digit && length <= MAX_ID_BYTES).then_some(id..id + length)
    }
}

fn is_uuid(text: &[u8]) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let fits = |(place, byte): (usize, &u8)| {
        if HYPHENS.contains(&place) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.iter().enumerate().all(fits) && text.iter().any(|byte| matches!(byte, b'1'..=b'9'))
}

impl Engine {
    /// Whether the first values of the column refer to patients.
    pub(super) fn refers_to_patients(&self, column: &Column, plan: &PathPlan) -> bool {
        let Some(referring) = plan.refers.filter(|_| column.kind == ColumnKind::Text) else { return false };
        let mut values = column.ranges().take(SAMPLE).map(|range| &column.bytes[trimmed(column, range)]);
        values.any(|value| referring.id_in(value).is_some())
    }

    /// Adds the ids of patients in a column of references to what was found in it.
    pub(super) fn add_referred(&self, column: &Column, plan: &PathPlan, list: &mut Vec<Match>) {
        let Some(referring) = plan.refers.filter(|_| column.kind == ColumnKind::Text) else { return };
        // A patient's id in the system in which they have a record.
        let Some(index) = self.detectors_of_kind(b"mrn").first().copied().filter(|index| plan.allows(*index)) else {
            return;
        };
        let confidence = self.compiled.detectors[usize::from(index)].context_confidence;
        let evidence = EvidenceFlags::FIELD_NAME.with(EvidenceFlags::VALIDATOR);
        for (value, range) in column.ranges().enumerate() {
            let range = trimmed(column, range);
            if let Some(id) = referring.id_in(&column.bytes[range.clone()]) {
                let place = (range.start + id.start, range.start + id.end);
                typed::put(list, found_at((usize::from(index), value), place, confidence, evidence));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::{Catalogue, engine::Scratch};
    use crate::model::{Batch, Confidence};

    /// Detectors and values of what is found in the first of the columns.
    fn found(columns: &[(&str, &[&str])]) -> Vec<(String, String)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let column = |(path, values): &(&str, &[&str])| {
            let mut column = Column::new(*path, ColumnKind::Text, 0);
            values.iter().for_each(|value| column.push(value.as_bytes()));
            column
        };
        let columns: Vec<Column> = columns.iter().map(column).collect();
        let batch = Batch { record_count: columns[0].len() as u32, columns, ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let told = |found: &Match| {
            let value = &batch.columns[0].bytes[found.start as usize..found.end as usize];
            (
                engine.detectors()[usize::from(found.detector)].id.to_string(),
                String::from_utf8_lossy(value).into_owned(),
            )
        };
        found[0].iter().map(told).collect()
    }

    fn ids(list: &[&str]) -> Vec<(String, String)> {
        list.iter().map(|id| ("mrn".to_owned(), (*id).to_owned())).collect()
    }

    #[test]
    fn a_reference_to_a_patient_is_an_identifier() {
        const UUID: &str = "7a017d1f-b3da-45c7-ad89-fd0ed760d415";
        let urn = format!("urn:uuid:{UUID}");
        let patients = [
            "Patient/4471920",
            "https://fhir.example/r4/Patient/erXuFYUfucBZaryVksYEcMg3",
            "Patient?identifier=http://hospital.example/mrn|8602300",
            &urn,
        ];
        let expected = ids(&["4471920", "erXuFYUfucBZaryVksYEcMg3", "8602300", UUID]);
        for path in ["subject.reference", "entry[].resource.beneficiary.reference", "patient_reference", "subject"] {
            assert_eq!(found(&[(path, &patients)]), expected, "{path}");
        }
        // Only the reference itself says that it is one to a patient.
        assert_eq!(found(&[("participant[].actor.reference", &patients)]), expected[..3]);
        assert_eq!(found(&[("participant[].individual.reference", &patients)]), expected[..3]);
    }

    #[test]
    fn a_reference_to_others_is_none() {
        let others = [
            "Practitioner/4471920",
            "Organization/12",
            "Patient/example",
            "#patient1",
            "Group/7",
            "Patient/",
            "INV-12",
        ];
        assert_eq!(found(&[("subject.reference", &others)]), []);
        assert_eq!(found(&[("performer[].reference", &["urn:uuid:7a017d1f-b3da-45c7-ad89-fd0ed760d415"])]), []);
        assert_eq!(found(&[("path", &["Patient/4471920"])]), []);
    }

    #[test]
    fn dates_in_records_of_referred_patients_are_dates_of_service() {
        let columns: [(&str, &[&str]); 4] = [
            ("effectiveDateTime", &["2024-03-09", "2024-03-10"]),
            ("subject.reference", &["Patient/4471920", "Patient/4471921"]),
            ("code.coding[].system", &["http://loinc.org", "http://loinc.org"]),
            ("code.coding[].code", &["2345-7", "718-7"]),
        ];
        let service = |date: &str| ("date_of_service".to_owned(), date.to_owned());
        assert_eq!(found(&columns), [service("2024-03-09"), service("2024-03-10")]);
        assert_eq!(found(&columns[..1]), []);
    }
}
