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
            let key = (column.path.clone(), column.ordinal);
            let by_values = profile.by_share.get(&key).into_iter().flatten();
            let known = || plan.named.iter().chain(by_values.clone()).filter(|index| !plan.public.contains(index));
            has_person |= known().any(|index| self.is_identifier(*index));
            has_care |= known().any(|index| self.compiled.detectors[usize::from(*index)].is_of_care);
            // A column of codes may hold those of another list.
            let of_care = plan.of_care.iter().copied();
            let of_care: Vec<u16> =
                of_care.filter(|index| plan.named.iter().all(|named| self.are_codes(*named, *index))).collect();
            if !of_care.is_empty() && !profile.by_siblings.contains_key(&key) {
                waiting.push((key, of_care));
            }
        }
        if has_person && has_care {
            profile.by_siblings.extend(waiting);
        }
    }

    /// Whether both find health data.
    fn are_codes(&self, one: u16, other: u16) -> bool {
        [one, other].iter().all(|index| self.compiled.described[usize::from(*index)].class == DetectorClass::Health)
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
    fn a_date_is_one_of_service_in_records_of_care_alone() {
        let date = ("transmission_date", "2024-03-09");
        assert_eq!(found(&[date, ("patient_name", "Ada Okafor"), ("dx", "E11.9")]), ["date_of_service"]);
        assert_eq!(found(&[date, ("mrn", "4471920")]), ["date_of_service"]);
        assert_eq!(found(&[date, ("customer_name", "Ada Okafor"), ("zip", "60614")]), Vec::<String>::new());
        assert_eq!(found(&[date, ("dx", "E11.9")]), Vec::<String>::new());
        assert_eq!(found(&[("updated_date", "2024-03-09"), ("mrn", "4471920")]), Vec::<String>::new());
    }
}
