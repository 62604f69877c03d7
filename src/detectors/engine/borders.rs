//! What is found does not depend on where batches end, or on how often a value is written: tables of random values, cut anywhere.

use super::*;
use crate::detectors::spec::Example;
use crate::model::Records;
use std::collections::HashSet;

/// A small generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % count
    }
}

/// Paths and values of every kind, as the detectors' own examples have them.
fn pool() -> Vec<(String, Vec<String>)> {
    let catalogue = Catalogue::built_in().unwrap();
    let mut pool: Vec<(String, Vec<String>)> = vec![("note".to_owned(), Vec::new())];
    for entry in catalogue.entries() {
        for example in entry.spec.examples.positive.iter().chain(&entry.spec.examples.negative) {
            match example {
                Example::Text(text) => pool[0].1.push(text.replace('\n', " ")),
                Example::Field { field, value } => match pool.iter_mut().find(|(known, _)| known == field) {
                    Some((_, values)) => values.push(value.clone()),
                    None => pool.push((field.clone(), vec![value.clone()])),
                },
            }
        }
    }
    pool
}

/// The columns, whose records begin at `first`, as plain values or as dictionaries.
fn batch(table: &[(String, Vec<&str>)], records: Range<usize>, is_dictionary: bool) -> Batch {
    let column = |(ordinal, (path, values)): (usize, &(String, Vec<&str>))| {
        let mut column = Column::new(path.as_str(), ColumnKind::Text, ordinal as u32 + 1);
        let (mut keys, mut known) = (Vec::new(), Vec::new());
        for value in &values[records.clone()] {
            let key = known.iter().position(|other| other == value);
            if key.is_none() || !is_dictionary {
                column.push(value.as_bytes());
                known.push(*value);
            }
            keys.push(key.unwrap_or(known.len() - 1) as u32);
        }
        if is_dictionary {
            column.records = Records::Dictionary { keys, records: (0..records.len() as u32).collect() };
        }
        column
    };
    let columns = table.iter().enumerate().map(column).collect();
    Batch { record_count: records.len() as u32, columns, ..Batch::default() }
}

/// Column, record, detector and text.
type Found = (usize, usize, u16, String);

/// What is found in these records.
fn found(engine: &Engine, profile: &Profile, batch: &Batch, first: usize) -> Vec<Found> {
    let (mut scratch, mut lists) = (Scratch::default(), Vec::new());
    engine.scan(batch, profile, &mut scratch, &mut lists);
    let mut all = Vec::new();
    for (place, (column, list)) in batch.columns.iter().zip(&lists).enumerate() {
        for one in list {
            let text = String::from_utf8_lossy(&column.bytes[one.start as usize..one.end as usize]).into_owned();
            match &column.records {
                Records::Dictionary { keys, records } => {
                    let of_value = keys.iter().zip(records).filter(|(key, _)| **key == one.value);
                    all.extend(
                        of_value.map(|(_, record)| (place, first + *record as usize, one.detector, text.clone())),
                    );
                }
                _ => all.push((place, first + one.value as usize, one.detector, text)),
            }
        }
    }
    all
}

#[test]
fn borders_and_dictionaries_change_nothing() {
    const RECORDS: usize = 240;
    let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Low).unwrap();
    let (pool, mut dice, mut compared) = (pool(), Dice(7), 0);
    for round in 0..60 {
        // A table about persons: what few values of a column are by chance is asked of other tables.
        let mut table: Vec<(String, Vec<&str>)> = vec![("mrn".to_owned(), vec!["4471920"; RECORDS])];
        for _ in 0..4 {
            let (path, values) = &pool[if dice.below(3) == 0 { 0 } else { dice.below(pool.len()) }];
            if table.iter().any(|(known, _)| known == path) {
                continue;
            }
            // Few distinct values, or many.
            let most = 1 + dice.below(values.len().min(40));
            let first = dice.below(values.len() - most + 1);
            let column = (0..RECORDS).map(|_| values[first + dice.below(most)].as_str()).collect();
            table.push((path.clone(), column));
        }
        let whole = batch(&table, 0..RECORDS, false);
        let profile = engine.profile(&whole, &mut Scratch::default());
        let mut expected = found(&engine, &profile, &whole, 0);
        expected.sort();
        compared += expected.len();
        let mut in_parts = Vec::new();
        let mut start = 0;
        while start < RECORDS {
            let end = (start + 1 + dice.below(60)).min(RECORDS);
            in_parts.extend(found(&engine, &profile, &batch(&table, start..end, dice.below(2) == 0), start));
            start = end;
        }
        in_parts.sort();
        let paths: Vec<&String> = table.iter().map(|(path, _)| path).collect();
        let only = |these: &[Found], those: &[Found]| {
            let others: HashSet<&Found> = those.iter().collect();
            these.iter().filter(|found| !others.contains(found)).take(3).cloned().collect::<Vec<_>>()
        };
        let (more, less) = (only(&in_parts, &expected), only(&expected, &in_parts));
        assert!(in_parts == expected, "round {round}: {paths:?}: only in parts {more:?}, only as a whole {less:?}");
    }
    assert!(compared > 20_000, "{compared} matches were compared");
}
