//! Health data that a key leads from to people: a table of diagnoses is about nobody until it is joined with the table
//! that its key refers to.
//!
//! Each row of a table determines the row that its key refers to. So what stands there is told about it, over several
//! joins too, and the other way round. Two tables that refer to a third one share nothing: it may be a list of countries.

use crate::model::{ForeignKey, Link, Location, Verdict, VerdictKind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Joins that are followed.
const MAX_JOINS: usize = 3;
/// Keys that are remembered.
const MAX_KEYS: usize = 100_000;
/// Links that are told in words, one by one.
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
    /// Where there is health data about nobody in it: what the policy would say of PHI there.
    pub(super) health: Option<Verdict>,
    /// Whether a record identifies somebody.
    pub(super) identifies: bool,
    pub(super) keys: Vec<ForeignKey>,
}

impl Linkable {
    /// A table that was read, at its location as it is.
    pub(super) fn add(&mut self, location: Location, table: Table) {
        self.keys += table.keys.len();
        let says_something = table.health.is_some() || table.identifies || !table.keys.is_empty();
        if says_something && self.keys <= MAX_KEYS {
            self.tables.insert(location, table);
        }
    }

    /// Each table of health data that can be joined with people.
    pub(super) fn links(&self) -> Vec<Link> {
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
        let links = self.tables.iter().filter_map(|(location, table)| {
            let verdict = table.health.clone()?;
            let (people, by) = self.nearest(location, forwards).or_else(|| self.nearest(location, backwards))?;
            Some(Link { health: table.shown.clone(), people: people.shown.clone(), by, verdict })
        });
        links.collect()
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

/// A sentence for each of the first links, and one for the others.
pub(super) fn notes(links: &[Link]) -> Vec<String> {
    let sentence = |link: &Link| {
        let judged = match link.verdict.kind {
            VerdictKind::Expected => "which the policy expects there".to_owned(),
            VerdictKind::Unexpected => format!("unexpected, severity {}", link.verdict.severity.as_str()),
        };
        format!(
            "health data of {} is linkable with people of {} by {}: together they are PHI, {judged}",
            link.health,
            link.people,
            link.by.join(", then ")
        )
    };
    let mut notes: Vec<String> = links.iter().take(MAX_TOLD).map(sentence).collect();
    if links.len() > MAX_TOLD {
        let more = links.len() - MAX_TOLD;
        notes.push(format!("the health data of {more} more tables are linkable with people"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;

    /// Columns, each with the table that it refers to.
    type Keys<'a> = &'a [(&'a str, &'a str)];

    fn linkable(tables: &[(&str, [u64; 3], Keys<'_>)]) -> Vec<String> {
        let mut linkable = Linkable::default();
        for (name, classes, keys) in tables {
            let at = |name: &str| Location::from_uri(format!("postgres://h/d/{name}"));
            let key =
                |(column, other): &(&str, &str)| ForeignKey { columns: vec![(*column).into()], references: at(other) };
            let verdict =
                || Verdict { kind: VerdictKind::Unexpected, severity: Severity::High, because: "no entry".into() };
            let (identifies, health) = (classes[0] + classes[1] > 0, (classes[2] > 0).then(verdict));
            linkable.add(at(name), Table { shown: at(name), health, identifies, keys: keys.iter().map(key).collect() });
        }
        notes(&linkable.links())
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
              visit, then patient: together they are PHI, unexpected, severity high"]
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
