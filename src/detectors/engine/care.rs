//! Fields of records of care: what is named as everywhere (`date`, `serial no`, `value`) is a patient's where the other fields are
//! those of a patient.

use super::{Engine, Profile, Scratch, Task, passes};
use crate::detectors::compile::CompiledDetector;
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::model::{Batch, Column, ColumnKind, DetectorClass, Records};
use std::collections::HashSet;

/// So many values of a column are looked at to tell whether they are dates, and so many columns.
const SAMPLE: usize = 256;
const MAX_COLUMNS: usize = 128;
/// Share of the values that must be dates, in percent.
const MIN_DATES_PERCENT: usize = 90;
/// So many values of a column are searched for health data, and with fewer none.
const SEARCHED: usize = 32;
const MIN_SEARCHED: usize = 3;

impl Engine {
    /// Adds the detectors that columns are taken for in records of care, where no other is named for the column.
    pub(super) fn find_of_care(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let mut waiting = Vec::new();
        let (mut has_person, mut has_care, mut has_health) = (false, false, false);
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty()) {
            let plan = self.plan(column, scratch);
            let key = (column.path.clone(), column.ordinal);
            let by_values = profile.by_share.get(&key).into_iter().flatten();
            let by_kinds = profile.typed.iter().filter(|typed| typed.is_of(column)).flat_map(|typed| &typed.detectors);
            let told = plan.named.iter().chain(by_values).chain(by_kinds);
            let known = || told.clone().filter(|index| !plan.public.contains(index));
            has_person |= known().any(|index| self.is_identifier(*index)) || self.refers_to_patients(column, &plan);
            has_care |= known().any(|index| self.compiled.detectors[usize::from(*index)].is_of_care);
            has_health |= known().any(|index| self.is_health(*index));
            // A column of codes may hold those of another list.
            let of_care = plan.of_care.iter().copied();
            let of_care: Vec<u16> =
                of_care.filter(|index| plan.named.iter().all(|named| self.are_codes(*named, *index))).collect();
            if !of_care.is_empty() && !profile.by_siblings.contains_key(&key) {
                waiting.push((key, of_care));
            }
        }
        if has_person && has_care {
            has_health |= waiting.iter().flat_map(|(_, of_care)| of_care).any(|index| self.is_health(*index));
            profile.by_siblings.extend(waiting);
        }
        has_health |= profile.by_siblings.values().flatten().any(|index| self.is_health(*index));
        if has_person {
            self.find_dates_of_care(batch, has_health, scratch, profile);
        }
    }

    /// Adds the columns of dates beside a person and health data, whatever they are called but for what programs note of the
    /// record itself: headings for what happens to patients are without number (`given`, `visited`, `stop`).
    fn find_dates_of_care(&self, batch: &Batch, has_health: bool, scratch: &mut Scratch, profile: &mut Profile) {
        let is_meant = |detector: &CompiledDetector| {
            detector.nameless.as_ref().is_some_and(|spec| spec.makeup == Makeup::ServiceDates)
        };
        let Some(place) = self.compiled.detectors.iter().position(is_meant) else { return };
        let (index, detector) = (place as u16, &self.compiled.detectors[place]);
        let is_field = |column: &&Column| matches!(column.kind, ColumnKind::Text | ColumnKind::Temporal);
        let mut dates = Vec::new();
        for column in batch.columns.iter().filter(is_field).take(MAX_COLUMNS) {
            // What hardly any record has stands around the records: when a dump was taken.
            let is_meant = is_usual(column, batch) && !self.is_taken(column, scratch, profile);
            if is_meant && self.plan(column, scratch).allows(index) && holds_dates(detector, column) {
                dates.push((column.path.clone(), column.ordinal));
            }
        }
        if !dates.is_empty() && (has_health || self.shows_health(batch, scratch, profile)) {
            profile.by_share.extend(dates.into_iter().map(|key| (key, vec![index])));
        }
    }

    /// Whether the column is known for something by its name, its values or what stands beside it.
    fn is_taken(&self, column: &Column, scratch: &mut Scratch, profile: &Profile) -> bool {
        let key = (column.path.clone(), column.ordinal);
        !self.plan(column, scratch).named.is_empty()
            || profile.by_share.contains_key(&key)
            || profile.by_siblings.contains_key(&key)
            || profile.typed.iter().any(|typed| typed.is_of(column))
    }

    /// Whether a column that nothing is known of has health data in half of its values: names of drugs, codes with a dot.
    fn shows_health(&self, batch: &Batch, scratch: &mut Scratch, profile: &Profile) -> bool {
        let is_text = |column: &&Column| column.kind == ColumnKind::Text;
        batch.columns.iter().filter(is_text).take(MAX_COLUMNS).any(|column| {
            if self.is_taken(column, scratch, profile) {
                return false;
            }
            let mut sample = Column::new(column.path.clone(), ColumnKind::Text, column.ordinal);
            let values = column.ranges().map(|range| &column.bytes[range]).filter(|value| !value.is_empty());
            values.take(SEARCHED).for_each(|value| sample.push(value));
            if sample.len() < MIN_SEARCHED {
                return false;
            }
            let plan = self.plan(column, scratch);
            let mut found = Vec::new();
            self.scan_written(&sample, Task { plan: &plan, profile, is_only: false }, scratch, &mut found);
            let health = found.iter().filter(|found| self.is_health(found.detector));
            let values: HashSet<u32> = health.map(|found| found.value).collect();
            values.len() * 2 >= sample.len()
        })
    }

    /// Whether both find health data.
    fn are_codes(&self, one: u16, other: u16) -> bool {
        self.is_health(one) && self.is_health(other)
    }

    fn is_health(&self, detector: u16) -> bool {
        self.compiled.described[usize::from(detector)].class == DetectorClass::Health
    }

    /// Whether its values tell of one person: identifiers, and numbers of persons in a system.
    fn is_identifier(&self, detector: u16) -> bool {
        let described = &self.compiled.described[usize::from(detector)];
        described.class == DetectorClass::Identifier || &*described.id == "record_id"
    }
}

/// Whether more than a few of the records have a value.
pub(super) fn is_usual(column: &Column, batch: &Batch) -> bool {
    const ONE_IN: usize = 20;
    let count = match &column.records {
        Records::Dictionary { keys, .. } => keys.len(),
        Records::Identity | Records::Mapped(_) => column.len(),
    };
    count * ONE_IN >= batch.record_count as usize
}

/// Whether nearly all values are dates with a day.
fn holds_dates(detector: &CompiledDetector, column: &Column) -> bool {
    let values = column.ranges().map(|range| &column.bytes[trimmed(column, range)]);
    let (mut count, mut dates) = (0, 0);
    for value in values.filter(|value| !value.is_empty()).take(SAMPLE) {
        count += 1;
        dates += usize::from(!is_version(value) && passes(detector, value));
        // Most columns are something else altogether.
        if count == 8 && dates == 0 {
            return false;
        }
    }
    dates > 0 && dates * 100 >= MIN_DATES_PERCENT * count
}

/// `1.2.80` is more often that than a date.
fn is_version(value: &[u8]) -> bool {
    value.len() < 10 && value.contains(&b'.')
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

    #[test]
    fn a_column_of_dates_beside_a_person_and_health_data_needs_no_name() {
        let date = |path, date| found(&[(path, date), ("mrn", "4471920"), ("dx", "E11.9")]);
        for (path, value) in [
            ("visited", "2024-03-09"),
            ("Given", "03/09/2024"),
            ("STOP", "2024-03-09T10:11:12Z"),
            ("admit", "20240309"),
            ("seen", "Tuesday, July 09, 2024"),
            ("seen", "Tue 9 Jul 2024"),
        ] {
            assert_eq!(date(path, value), ["date_of_service"], "{path}");
            assert_eq!(found(&[(path, value), ("dx", "E11.9")]), Vec::<String>::new(), "{path}: nobody is told of");
        }
        let panel = [("COLLECTED", "2021/08/08"), ("patient_id", "7192985"), ("GLU", "106")];
        assert_eq!(found(&panel), ["date_of_service"]);
        for path in ["created_at", "updated", "exported", "load_ts", "expires"] {
            assert_eq!(date(path, "2024-03-09"), Vec::<String>::new(), "{path}");
        }
        assert_eq!(date("firmware", "1.2.80"), Vec::<String>::new());
        assert_eq!(date("born", "1980-02-03"), ["date_of_birth"]);
    }

    #[test]
    fn health_data_may_show_in_a_column_without_a_telling_name() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let found = |texts: [&str; 3]| {
            let columns = [
                ("START", ["2024-03-09", "2024-03-10", "2024-03-11"]),
                ("person_id", ["4471920", "4471921", "4471922"]),
                ("DESCRIPTION", texts),
            ];
            let columns = (0..).zip(columns).map(|(ordinal, (path, values))| {
                let mut column = Column::new(path, ColumnKind::Text, ordinal);
                values.iter().for_each(|value| column.push(value.as_bytes()));
                column
            });
            let batch = Batch { record_count: 3, columns: columns.collect(), ..Batch::default() };
            let profile = engine.profile(&batch, &mut Scratch::default());
            profile.by_share.contains_key(&("START".into(), 0))
        };
        assert!(found(["Lisinopril 10 mg tablet", "Metformin 500 mg tablet", "Gauze"]));
        assert!(!found(["Paper", "Lisinopril 10 mg tablet", "Gauze"]));
    }
}
