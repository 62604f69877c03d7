//! Labelled tables: which detectors each field may be found by, judged field by field.
//!
//! A detector is found in a field when at least three of its values, or a fifth of those that are not empty, hold a find: a
//! coincidence in a long column is no mistake, and a table of two rows can still be judged. Where a field of short values
//! accepts several detectors, the one found most often stands for it; in a field of free text each accepted one that is found
//! is right.

use super::examine::Examined;
use super::records::RecordTruth;
use super::text::detector_ids;
use super::{EvaluateError, Evaluator, LEVELS, Mistake, Place};
use crate::detectors::Scratch;
use crate::model::{Class, ColumnKind, Confidence, Records};
use crate::scan::masked_field;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// So many values with a find make a detector found in a field.
const ENOUGH_VALUES: u64 = 3;
/// Or one of so many values that are not empty.
const ENOUGH_SHARE: u64 = 5;
/// From this mean length on, in bytes, the values of a field are free text.
const FREE_TEXT_BYTES: u64 = 40;

/// What the fields of a table hold.
#[derive(Debug)]
struct Truth {
    accepted: BTreeMap<String, Vec<String>>,
    only: Option<Vec<String>>,
    records: Option<RecordTruth>,
}

/// What was found in one field.
#[derive(Debug, Default)]
struct Field {
    values: u64,
    bytes: u64,
    is_lines: bool,
    /// Per detector: values with a find of at least each level, and the first find, masked.
    found: BTreeMap<u16, ([u64; 3], String)>,
}

impl Field {
    fn is_free_text(&self) -> bool {
        self.is_lines || self.bytes >= FREE_TEXT_BYTES * self.values
    }

    fn is_found(&self, values: u64) -> bool {
        values >= ENOUGH_VALUES || (values > 0 && values * ENOUGH_SHARE >= self.values)
    }
}

impl Evaluator<'_> {
    pub(super) fn table(&mut self, table: &Path, truth_path: &Path) -> Result<(), EvaluateError> {
        let text =
            std::fs::read(truth_path).map_err(|source| EvaluateError::Read { path: truth_path.to_owned(), source })?;
        let truth = parse(&text).map_err(|(line, message)| EvaluateError::Label {
            path: truth_path.to_owned(),
            line: line as u64,
            message,
        })?;
        let ids = truth.accepted.values().flatten().chain(truth.only.iter().flatten());
        if let Some((id, message)) = self.unknown(ids) {
            let line = line_of(&text, id);
            return Err(EvaluateError::Label { path: truth_path.to_owned(), line, message });
        }
        let mut fields: BTreeMap<Arc<str>, Field> = BTreeMap::new();
        let mut decided: Vec<Option<Class>> = Vec::new();
        let examined = self.examiner.file(table, |examined| {
            self.tally(examined, &mut fields);
            decided.extend(examined.records.iter().map(|record| record.class));
        });
        examined.map_err(|source| EvaluateError::Decode { path: table.to_owned(), source })?;
        self.report.tables += 1;
        let judged = truth.records.as_ref().map(|records| records.judge(&decided, &mut self.report.records));
        if judged == Some(None) {
            let message = format!("`records` lists another number of records than the table has ({})", decided.len());
            return Err(EvaluateError::Label { path: truth_path.to_owned(), line: 1, message });
        }
        let mut scratch = Scratch::default();
        for (path, field) in fields.iter().filter(|(_, field)| field.values > 0) {
            self.report.fields += 1;
            let accepted = truth.accepted.get(&**path).map_or(&[][..], Vec::as_slice);
            let shown = masked_field(self.examiner.engine(), path, &mut scratch);
            for level in LEVELS {
                self.field(&(table, &shown), field, accepted, (truth.only.as_deref(), level));
            }
        }
        for name in truth.accepted.iter().filter(|(_, accepted)| !accepted.is_empty()).map(|(name, _)| name) {
            if fields.get(name.as_str()).is_none_or(|field| field.values == 0) {
                let shown = masked_field(self.examiner.engine(), name, &mut scratch);
                self.report.absent.push(format!("{}: {shown}", table.display()));
            }
        }
        Ok(())
    }

    /// Adds what a batch shows of each field.
    fn tally(&self, examined: &Examined<'_>, fields: &mut BTreeMap<Arc<str>, Field>) {
        for (index, column) in examined.batch.columns.iter().enumerate() {
            let field = fields.entry(column.path.clone()).or_default();
            field.is_lines |= column.kind == ColumnKind::Lines;
            let mut count = |value: usize| {
                let length = column.value(value).trim_ascii().len() as u64;
                field.values += u64::from(length > 0);
                field.bytes += length;
            };
            match &column.records {
                Records::Dictionary { keys, .. } => keys.iter().for_each(|key| count(*key as usize)),
                _ => (0..column.len()).for_each(&mut count),
            }
            // Several finds in one value are one value that is found, as sure as the surest of them.
            let mut surest: BTreeMap<(u16, u32, u32), Confidence> = BTreeMap::new();
            examined.occurrences(index, |found, record, confidence| {
                let seen = surest.entry((found.detector, found.value, record)).or_insert(confidence);
                *seen = confidence.max(*seen);
                let (_, sample) = field.found.entry(found.detector).or_default();
                if sample.is_empty() {
                    let mask = self.examiner.engine().detectors()[usize::from(found.detector)].mask;
                    *sample = mask.apply(&column.bytes[found.start as usize..found.end as usize]);
                }
            });
            for ((detector, _, _), confidence) in surest {
                let (counts, _) = field.found.entry(detector).or_default();
                counts.iter_mut().take(confidence as usize + 1).for_each(|count| *count += 1);
            }
        }
    }

    fn field(
        &mut self,
        place: &(&Path, &str),
        field: &Field,
        accepted: &[String],
        (only, level): (Option<&[String]>, Confidence),
    ) {
        let detectors = self.examiner.engine().detectors();
        let found = field.found.iter().map(|(index, (counts, sample))| {
            (detectors[usize::from(*index)].id.to_string(), counts[level as usize], sample.as_str())
        });
        let found: Vec<(String, u64, &str)> =
            found.filter(|(id, values, _)| field.is_found(*values) && self.is_judged(id, only)).collect();
        let (mut right, wrong): (Vec<_>, Vec<_>) = found.into_iter().partition(|(id, _, _)| accepted.contains(id));
        if !field.is_free_text() {
            // The first accepted one wins where two are found equally often.
            let place_of = |id: &str| accepted.iter().position(|other| other == id);
            right.sort_by_key(|(id, values, _)| (std::cmp::Reverse(*values), place_of(id)));
            right.truncate(1);
        }
        for (id, _, _) in &right {
            self.counts(id, level).right += 1;
        }
        for (id, values, sample) in &wrong {
            self.counts(id, level).wrong += 1;
            self.field_mistake(place, field, (id, *values, false, sample), level);
        }
        let missed = accepted.iter().find(|id| self.is_judged(id, only)).filter(|_| right.is_empty()).cloned();
        if let Some(id) = missed {
            self.counts(&id, level).missed += 1;
            let index = detectors.iter().position(|detector| *detector.id == *id);
            let found = index.and_then(|index| field.found.get(&(index as u16)));
            let values = found.map_or(0, |(counts, _)| counts[level as usize]);
            self.field_mistake(place, field, (&id, values, true, ""), level);
        }
    }

    fn field_mistake(
        &mut self,
        (table, name): &(&Path, &str),
        field: &Field,
        (detector, found, is_miss, sample): (&str, u64, bool, &str),
        level: Confidence,
    ) {
        if level != self.level {
            return;
        }
        let place = Place::Field { field: (*name).to_owned(), found, values: field.values };
        let (file, detector) = (table.display().to_string(), detector.to_owned());
        self.report.mistakes.push(Mistake { file, place, detector, is_miss, sample: sample.to_owned() });
    }
}

/// Reads `{"fields":{...},"only":[...],"records":[...]}`, or the fields alone. An error comes with its line.
fn parse(text: &[u8]) -> Result<Truth, (usize, String)> {
    let parsed = serde_json::from_slice::<Value>(text)
        .map_err(|error| (error.line().max(1), format!("no valid JSON (column {})", error.column())))?;
    let Value::Object(mut object) = parsed else { return Err((1, "no JSON object".to_owned())) };
    // A column may be called `fields` or `only`: the nested form is one whose `fields` is an object.
    let mut records = None;
    let (fields, only) = match object.remove("fields") {
        Some(Value::Object(fields)) => {
            let told = RecordTruth::read(object.get("records"), object.get("classes"));
            records = told.map_err(|message| (1, message))?;
            (fields, object.remove("only").filter(|only| !only.is_null()))
        }
        Some(other) => {
            object.insert("fields".to_owned(), other);
            (object, None)
        }
        None => (object, None),
    };
    let only = only.map(|only| detector_ids(&only).ok_or((1, "`only` is no list of detector ids".to_owned())));
    Ok(Truth { accepted: accepted(&fields).map_err(|message| (1, message))?, only: only.transpose()?, records })
}

/// The line on which a string of JSON stands first; 1 where it is written otherwise.
fn line_of(text: &[u8], id: &str) -> u64 {
    let place = memchr::memmem::find(text, format!("\"{id}\"").as_bytes()).unwrap_or(0);
    1 + memchr::memchr_iter(b'\n', &text[..place]).count() as u64
}

fn accepted(fields: &Map<String, Value>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut accepted = BTreeMap::new();
    for (place, (name, ids)) in fields.iter().enumerate() {
        let ids = match ids {
            Value::String(id) => Some(vec![id.clone()]),
            Value::Null => Some(Vec::new()),
            other => detector_ids(other),
        };
        let ids = ids.ok_or_else(|| format!("field {} is no detector id and no list of them", place + 1))?;
        accepted.insert(name.clone(), ids);
    }
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truth_is_nested_or_flat() {
        let nested = parse(br#"{"fields":{"ssn":["us_ssn"],"notes":[]},"only":["us_ssn"]}"#).unwrap();
        assert_eq!(nested.accepted["ssn"], ["us_ssn"]);
        assert_eq!((nested.accepted["notes"].len(), nested.only), (0, Some(vec!["us_ssn".to_owned()])));
        let flat = parse(br#"{"ssn":["us_ssn"],"zip":"us_zip","fields":"mrn"}"#).unwrap();
        assert_eq!((flat.accepted["zip"][0].as_str(), flat.accepted["fields"][0].as_str()), ("us_zip", "mrn"));
        assert_eq!(
            parse(b"{\n\"a\": 5}").unwrap_err(),
            (1, "field 1 is no detector id and no list of them".to_owned())
        );
        assert_eq!(parse(b"{\n\"a\" 5}").unwrap_err().0, 2);
    }

    #[test]
    fn three_values_or_a_fifth_are_found() {
        let of = |values| Field { values, ..Field::default() };
        assert!(of(1000).is_found(3) && of(10).is_found(2) && of(1).is_found(1));
        assert!(!of(1000).is_found(2) && !of(11).is_found(2) && !of(1).is_found(0));
    }
}
