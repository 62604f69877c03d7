//! Health data that a key leads from to people: a table of diagnoses is about nobody until it is joined with the table
//! that its key refers to.
//!
//! Each row of a table determines the row that its key refers to. So what stands there is told about it, over several
//! joins too, and the other way round. Two tables that refer to a third one share nothing: it may be a list of countries.

use crate::model::{ForeignKey, Location};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Joins that are followed.
const MAX_JOINS: usize = 3;
/// Keys that are remembered.
const MAX_KEYS: usize = 100_000;
/// Links that are told one by one.
const MAX_TOLD: usize = 50;

/// Tables with what they hold and their keys. Objects that are no tables are not remembered.
#[derive(Default)]
pub(super) struct Linkable {
    tables: BTreeMap<Location, Table>,
    keys: usize,
}

/// What a table holds, and its keys.
pub(super) struct Table {
    /// As it may be shown.
    pub(super) shown: Location,
    /// Whether there is health data about nobody in it.
    pub(super) has_health: bool,
    /// Whether a record identifies somebody.
    pub(super) identifies: bool,
    pub(super) keys: Vec<ForeignKey>,
}

impl Linkable {
    /// A table that was read, at its location as it is.
    pub(super) fn add(&mut self, location: Location, table: Table) {
        self.keys += table.keys.len();
        let says_something = table.has_health || table.identifies || !table.keys.is_empty();
        if says_something && self.keys <= MAX_KEYS {
            self.tables.insert(location, table);
        }
    }

    /// A sentence for each table of health data that can be joined with people.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut referring: HashMap<&Location, Vec<(&Location, &ForeignKey)>> = HashMap::new();
        for (location, table) in &self.tables {
            for key in &table.keys {
                referring.entry(&key.references).or_default().push((location, key));
            }
        }
        let forwards = |location: &Location| -> Vec<(&Location, &ForeignKey)> {
            self.tables
                .get(location)
                .map_or(Vec::new(), |table| table.keys.iter().map(|key| (&key.references, key)).collect())
        };
        let backwards = |location: &Location| referring.get(location).cloned().unwrap_or_default();
        let health = self.tables.iter().filter(|(_, table)| table.has_health);
        let links = health.filter_map(|(location, table)| {
            let (people, keys) = self.nearest(location, forwards).or_else(|| self.nearest(location, backwards))?;
            Some(format!(
                "health data of {} is linkable with people of {} by {}: together they are PHI",
                table.shown,
                people.shown,
                keys.join(", then ")
            ))
        });
        let mut notes: Vec<String> = links.collect();
        if notes.len() > MAX_TOLD {
            let more = notes.len() - MAX_TOLD;
            notes.truncate(MAX_TOLD);
            notes.push(format!("the health data of {more} more tables are linkable with people"));
        }
        notes
    }

    /// The nearest table that identifies somebody, and the columns of the keys that lead there.
    fn nearest<'a>(
        &'a self,
        from: &'a Location,
        next: impl Fn(&Location) -> Vec<(&'a Location, &'a ForeignKey)>,
    ) -> Option<(&'a Table, Vec<String>)> {
        let mut seen = HashSet::from([from]);
        let mut reached = vec![(from, Vec::new())];
        for _ in 0..MAX_JOINS {
            let mut further = Vec::new();
            for (location, path) in &reached {
                for (other, key) in next(location) {
                    if !seen.insert(other) {
                        continue;
                    }
                    let path = [path.as_slice(), &[key.columns.join(" + ")]].concat();
                    match self.tables.get(other) {
                        Some(table) if table.identifies => return Some((table, path)),
                        _ => further.push((other, path)),
                    }
                }
            }
            reached = further;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns, each with the table that it refers to.
    type Keys<'a> = &'a [(&'a str, &'a str)];

    fn linkable(tables: &[(&str, [u64; 3], Keys<'_>)]) -> Vec<String> {
        let mut linkable = Linkable::default();
        for (name, classes, keys) in tables {
            let at = |name: &str| Location::from_uri(format!("postgres://h/d/{name}"));
            let key =
                |(column, other): &(&str, &str)| ForeignKey { columns: vec![(*column).into()], references: at(other) };
            let (identifies, has_health) = (classes[0] + classes[1] > 0, classes[2] > 0);
            linkable
                .add(at(name), Table { shown: at(name), has_health, identifies, keys: keys.iter().map(key).collect() });
        }
        linkable.notes()
    }

    const PEOPLE: [u64; 3] = [0, 9, 0];
    const HEALTH: [u64; 3] = [0, 0, 1_200];

    #[test]
    fn keys_lead_from_health_data_to_people() {
        let notes = linkable(&[
            ("diagnoses", HEALTH, &[("visit", "visits"), ("code", "codes")]),
            ("visits", [0; 3], &[("patient", "patients")]),
            ("codes", [0; 3], &[]),
            ("patients", PEOPLE, &[]),
        ]);
        assert_eq!(
            notes,
            ["health data of postgres://h/d/diagnoses is linkable with people of postgres://h/d/patients by \
              visit, then patient: together they are PHI"]
        );
        let back = linkable(&[("findings", HEALTH, &[]), ("patients", PEOPLE, &[("finding", "findings")])]);
        assert!(back[0].contains("people of postgres://h/d/patients by finding"), "{back:?}");
    }

    #[test]
    fn tables_that_share_a_third_one_are_not_linked() {
        let shared = linkable(&[
            ("statistics", HEALTH, &[("country", "countries")]),
            ("countries", [0; 3], &[]),
            ("patients", PEOPLE, &[("country", "countries")]),
        ]);
        assert!(shared.is_empty(), "{shared:?}");
        let alone = linkable(&[("diagnoses", HEALTH, &[("next", "diagnoses")]), ("patients", PEOPLE, &[])]);
        assert!(alone.is_empty(), "{alone:?}");
    }
}
