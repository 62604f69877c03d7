//! Whether a table is about persons, and the columns that say something of them only there: `name` beside `ssn`, not beside `price`.

use super::{Engine, Profile, Scratch, care};
use crate::detectors::field::FieldWords;
use crate::model::{Batch, Column, ColumnKind, DetectorClass};

impl Engine {
    /// Adds the columns that are named for something beside a field of a person.
    pub(super) fn find_beside_persons(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let is_told = self.is_about_person(batch);
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines) {
            let plan = self.plan(column, scratch);
            let beside: Vec<u16> = plan.ambiguous.iter().copied().filter(|index| plan.allows(*index)).collect();
            if !beside.is_empty() && (is_told || self.is_beside_person(column, batch, (scratch, profile))) {
                profile.by_siblings.insert((column.path.clone(), column.ordinal), beside);
            }
        }
    }

    /// Whether another field of the same table or object is one of an identifier of a person, by its name or by its values.
    fn is_beside_person(&self, column: &Column, batch: &Batch, (scratch, profile): (&mut Scratch, &Profile)) -> bool {
        let parent = |path: &str| path.rfind('.').map_or(0, |dot| dot + 1);
        let own = &column.path[..parent(&column.path)];
        batch.columns.iter().filter(|other| other.path != column.path && !other.is_empty()).any(|other| {
            let is_of_person = |index: &u16| {
                let class = self.compiled.described[usize::from(*index)].class;
                matches!(class, DetectorClass::Identifier | DetectorClass::QuasiIdentifier)
            };
            let plan = self.plan(other, scratch);
            let by_values = profile.by_share.get(&(other.path.clone(), other.ordinal)).into_iter().flatten();
            let is_anybodys = |index: &&u16| !plan.public.contains(index) && !plan.serving.contains(index);
            let mut known = plan.named.iter().chain(by_values).filter(is_anybodys);
            &other.path[..parent(&other.path)] == own && other.kind != ColumnKind::Lines && known.any(is_of_person)
        })
    }

    /// Whether some column is taken for an identifier of persons, by its name or by its values. One that hardly any record
    /// has says nothing of the others.
    pub(super) fn has_identifier(&self, batch: &Batch, profile: &Profile, scratch: &mut Scratch) -> bool {
        let identifies = |index: &u16| self.compiled.described[usize::from(*index)].class == DetectorClass::Identifier;
        let by_values = profile.by_share.values().chain(profile.by_siblings.values()).flatten();
        let mut columns =
            batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && care::is_usual(column, batch));
        by_values.into_iter().any(identifies)
            || columns.any(|column| {
                let plan = self.plan(column, scratch);
                plan.named.iter().any(|index| identifies(index) && !plan.public.contains(index))
                    || self.refers_to_patients(column, &plan)
            })
    }

    /// Whether what is said of the records names what tells of a person: `Patients: name and SSN`.
    pub(super) fn is_about_person(&self, batch: &Batch) -> bool {
        let Some(words) = batch.about.as_deref().map(FieldWords::of_comment) else { return false };
        self.compiled.detectors.iter().zip(&self.compiled.described).any(|(detector, described)| {
            matches!(described.class, DetectorClass::Identifier | DetectorClass::QuasiIdentifier)
                && words.fit_any(&detector.fields).is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::detectors::engine::tests::{column, engine, found_in};

    #[test]
    fn what_stands_beside_persons_is_theirs_where_only_values_tell_of_them() {
        let engine = engine();
        let results = |path: &str, values: &[&str]| {
            let columns = vec![column(path, values), column("HGB", &["11.8", "10.0", "11.4"])];
            found_in(&engine, columns).into_iter().filter(|(id, _)| id == "lab_result").count()
        };
        assert_eq!(results("PT", &["Ada Okafor", "Emily Nguyen", "Michael Schwartz"]), 3);
        assert_eq!(results("nurse", &["Ada Okafor", "Emily Nguyen", "Michael Schwartz"]), 0);
        assert_eq!(results("PT", &["11.2", "12.9", "13.0"]), 0);
    }

    #[test]
    fn a_condition_that_is_ticked_is_somebodys_beside_an_identifier() {
        let engine = engine();
        let ticked = |beside: &str| {
            let columns =
                vec![column("diabetes", &["Y", "N", "1"]), column(beside, &["4471920", "4471921", "4471933"])];
            found_in(&engine, columns).into_iter().filter(|(id, _)| id == "condition_flag").count()
        };
        assert_eq!((ticked("mrn"), ticked("price")), (2, 0));
    }
}
