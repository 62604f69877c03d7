//! Fields of records of care: what is named as everywhere (`date`, `serial no`, `value`) is a patient's where the other fields are
//! those of a patient.

use super::{Engine, Profile, Scratch};
use crate::model::{Batch, ColumnKind, DetectorClass};

impl Engine {
    /// Adds the detectors that columns are taken for in records of care, where no other is named for the column.
    pub(super) fn find_of_care(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let mut waiting = Vec::new();
        let (mut has_person, mut has_care) = (false, false);
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty()) {
            let plan = self.plan(column, scratch);
            let named = || plan.named.iter().filter(|index| !plan.public.contains(index));
            has_person |= named().any(|index| self.is_identifier(*index));
            has_care |= named().any(|index| self.compiled.detectors[usize::from(*index)].is_of_care);
            let key = (column.path.clone(), column.ordinal);
            if plan.named.is_empty() && !plan.of_care.is_empty() && !profile.by_siblings.contains_key(&key) {
                waiting.push((key, plan.of_care.clone()));
            }
        }
        if has_person && has_care {
            profile.by_siblings.extend(waiting);
        }
    }

    /// Whether a table lists organisations and nobody: one of its fields is named for them, and none for a person.
    pub(super) fn is_directory(&self, batch: &Batch, scratch: &mut Scratch) -> bool {
        const SUBJECTS: [&str; 13] = [
            "facility",
            "hospital",
            "store",
            "practice",
            "organization",
            "organisation",
            "company",
            "branch",
            "pharmacy",
            "clinic",
            "agency",
            "business",
            "provider",
        ];
        let columns = || batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty());
        let is_subject = |path: &str| {
            let path = path.to_ascii_lowercase().replace(['_', '-', '.'], " ");
            SUBJECTS.iter().any(|subject| path == format!("{subject} name") || path == format!("{subject} id"))
        };
        columns().any(|column| is_subject(&column.path))
            && !columns().any(|column| {
                let plan = self.plan(column, scratch);
                let named = plan.named.iter().filter(|index| !plan.public.contains(index));
                let mut other = named.filter(|index| !self.compiled.detectors[usize::from(**index)].is_contact);
                other.any(|index| self.is_identifier(*index) || self.is_quasi(*index))
            })
    }

    fn is_quasi(&self, detector: u16) -> bool {
        self.compiled.described[usize::from(detector)].class == DetectorClass::QuasiIdentifier
    }

    /// Whether its values tell of one person: identifiers, and numbers of persons in a system.
    fn is_identifier(&self, detector: u16) -> bool {
        let described = &self.compiled.described[usize::from(detector)];
        described.class == DetectorClass::Identifier || &*described.id == "record_id"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{Column, Confidence};

    /// Ids of the detectors that find something in the first of the columns.
    fn found(columns: &[(&str, &str)]) -> Vec<String> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let column = |(ordinal, (path, value)): (usize, &(&str, &str))| {
            let mut column = Column::new(*path, ColumnKind::Text, ordinal as u32);
            column.push(value.as_bytes());
            column
        };
        let columns = columns.iter().enumerate().map(column).collect();
        let batch = Batch { record_count: 1, columns, ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        found[0].iter().map(|found| engine.detectors()[usize::from(found.detector)].id.to_string()).collect()
    }

    #[test]
    fn what_a_directory_lists_is_public() {
        let directory =
            [("Address", "3355 Chestnut Dr"), ("Facility Name", "Lakeside"), ("Telephone Number", "304-449-8510")];
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let is_directory = |fields: &[(&str, &str)]| {
            let column = |(path, value): &(&str, &str)| {
                let mut column = Column::new(*path, ColumnKind::Text, 0);
                column.push(value.as_bytes());
                column
            };
            let batch = Batch { record_count: 1, columns: fields.iter().map(column).collect(), ..Batch::default() };
            engine.is_directory(&batch, &mut Scratch::default())
        };
        assert!(is_directory(&directory));
        assert!(!is_directory(&directory[..1]));
        assert!(!is_directory(&[&directory[..], &[("patient_name", "Ada Okafor")]].concat()));
        assert!(!is_directory(&[&directory[..], &[("dob", "1961-03-04")]].concat()));
    }

    #[test]
    fn a_date_is_one_of_service_in_records_of_care_alone() {
        let date = ("transmission_date", "2024-03-09");
        assert_eq!(found(&[date, ("patient_name", "Ada Okafor"), ("dx", "E11.9")]), ["date_of_service"]);
        assert_eq!(found(&[date, ("mrn", "4471920")]), ["date_of_service"]);
        assert_eq!(found(&[date, ("customer_name", "Ada Okafor"), ("zip", "60614")]), Vec::<String>::new());
        assert_eq!(found(&[date, ("dx", "E11.9")]), Vec::<String>::new());
        assert_eq!(found(&[("updated_date", "2024-03-09"), ("mrn", "4471920")]), Vec::<String>::new());
    }
}
