//! Values whose kind stands in a field beside them: `id_type,id_value` with `SSN,536904399`, `identifiers[].type` and
//! `identifiers[].value`, an alias and its type.

use super::segments::name_of_type;
use super::split::Rows;
use super::{Engine, Profile, Scratch, found_at, passes};
use crate::detectors::field::split_words;
use crate::detectors::spans::trimmed;
use crate::model::{Batch, Column, ColumnKind, EvidenceFlags, Match};
use std::sync::Arc;

/// So many values of a column are looked at.
const SAMPLE: usize = 64;
/// With fewer, none is a column of kinds.
const MIN_VALUES: usize = 2;
/// Share of the values that must be kinds that detectors know, in percent.
const MIN_KNOWN_PERCENT: usize = 30;
/// Longer values are no kinds.
const MAX_KIND_BYTES: usize = 40;
/// So many columns of a table are asked whether they hold kinds.
const MAX_COLUMNS: usize = 64;

/// Words of the name of a column of kinds.
const KINDS: [&str; 10] =
    ["type", "typ", "kind", "use", "system", "category", "attribute", "label", "question", "disp"];
/// Last words of the name of a column of values of many kinds.
const VALUES: [&str; 13] = [
    "value",
    "val",
    "alias",
    "contact",
    "number",
    "num",
    "identifier",
    "data",
    "text",
    "answer",
    "content",
    "values",
    "entry",
];

/// Two columns that belong together.
#[derive(Debug, Clone)]
pub(super) struct TypedColumns {
    kinds: (Arc<str>, u32),
    values: (Arc<str>, u32),
}

impl Engine {
    /// The columns of kinds with those of their values.
    pub(super) fn find_typed(&self, batch: &Batch, scratch: &mut Scratch, profile: &Profile) -> Vec<TypedColumns> {
        let is_text = |column: &&Column| column.kind == ColumnKind::Text && !column.is_empty();
        let kinds = batch.columns.iter().filter(is_text).take(MAX_COLUMNS);
        let kinds: Vec<&Column> = kinds.filter(|column| self.holds_kinds(column)).collect();
        let mut pairs = Vec::new();
        for kinds in kinds {
            let words = split_words(&kinds.path);
            // How much of its name is in that of the kinds, in percent.
            let mut best: Option<(usize, &Column)> = None;
            for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty()) {
                let key = (column.path.clone(), column.ordinal);
                let is_known = profile.by_share.contains_key(&key) || !self.plan(column, scratch).named.is_empty();
                let other = split_words(&column.path);
                let is_value = other.last().is_some_and(|last| VALUES.contains(&last.as_str()));
                if column.path == kinds.path || is_known || !is_value || parent(&column.path) != parent(&kinds.path) {
                    continue;
                }
                let shared = other.iter().filter(|word| words.contains(word)).count() * 100 / other.len();
                if best.is_none_or(|(most, _)| shared > most) {
                    best = Some((shared, column));
                }
            }
            if let Some((_, values)) = best {
                let key = |column: &Column| (column.path.clone(), column.ordinal);
                pairs.push(TypedColumns { kinds: key(kinds), values: key(values) });
            }
        }
        pairs
    }

    /// Whether the column is named for kinds, and many of its values name fields that detectors know.
    fn holds_kinds(&self, column: &Column) -> bool {
        if !split_words(&column.path).iter().any(|word| KINDS.contains(&word.as_str())) {
            return false;
        }
        let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
        let (mut count, mut known) = (0, 0);
        for value in values.filter(|value| !value.is_empty()).take(SAMPLE) {
            if value.len() > MAX_KIND_BYTES {
                return false;
            }
            count += 1;
            known += usize::from(!self.detectors_of_kind(value).is_empty());
        }
        count >= MIN_VALUES && known * 100 >= MIN_KNOWN_PERCENT * count
    }

    /// The detectors whose field a kind names.
    fn detectors_of_kind(&self, kind: &[u8]) -> &[u16] {
        let Ok(kind) = std::str::from_utf8(kind) else { return &[] };
        let name = name_of_type(kind.as_bytes()).map_or_else(|| split_words(kind).join(" "), str::to_owned);
        let Some(span) = self.compiled.phrases.begins(&name).filter(|span| span.end as usize == name.len()) else {
            return &[];
        };
        &self.compiled.phrases.meanings[usize::from(span.phrase)].headings
    }

    /// Tests each value for what the kind beside it says; adds what is found to the list of the column of values.
    pub(super) fn scan_typed(&self, batch: &Batch, profile: &Profile, scratch: &mut Scratch, found: &mut [Vec<Match>]) {
        for typed in &profile.typed {
            let place_of = |key: &(Arc<str>, u32)| {
                batch.columns.iter().position(|column| (&column.path, column.ordinal) == (&key.0, key.1))
            };
            let (Some(kinds), Some(place)) = (place_of(&typed.kinds), place_of(&typed.values)) else { continue };
            let columns = [&batch.columns[kinds], &batch.columns[place]];
            let rows = Rows::of(&columns, batch);
            let plan = self.plan(columns[1], scratch);
            let mut values = [0; 2];
            let mut is_done = vec![false; columns[1].len()];
            for row in 0..rows.count(&columns) {
                if !rows.read(row, &mut values) || is_done[values[1]] {
                    continue;
                }
                let kind = &columns[0].bytes[trimmed(columns[0], columns[0].range(values[0]))];
                let range = trimmed(columns[1], columns[1].range(values[1]));
                let value = &columns[1].bytes[range.clone()];
                let detectors = self.detectors_of_kind(kind).iter().copied().filter(|index| plan.allows(*index));
                for index in detectors {
                    let detector = &self.compiled.detectors[usize::from(index)];
                    if value.is_empty() || !passes(detector, value) {
                        continue;
                    }
                    let place_of_value = (usize::from(index), values[1]);
                    let evidence = EvidenceFlags::FIELD_NAME.with(EvidenceFlags::VALIDATOR);
                    let whole =
                        found_at(place_of_value, (range.start, range.end), detector.context_confidence, evidence);
                    let list = &mut found[place];
                    let from = list.partition_point(|other| other.start < whole.start);
                    let to = list.partition_point(|other| other.start < whole.end);
                    list.splice(from..to, [whole]);
                    is_done[values[1]] = true;
                    break;
                }
            }
        }
    }
}

/// The path of the object that a field stands in.
fn parent(path: &str) -> &str {
    path.rfind('.').map_or("", |dot| &path[..dot])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::Confidence;

    /// Detector and value of what is found in the column of values.
    fn found(names: (&str, &str), rows: &[(&str, &str)]) -> Vec<(String, String)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let mut kinds = Column::new(names.0, ColumnKind::Text, 0);
        let mut values = Column::new(names.1, ColumnKind::Text, 1);
        for (kind, value) in rows {
            kinds.push(kind.as_bytes());
            values.push(value.as_bytes());
        }
        let batch = Batch { record_count: rows.len() as u32, columns: vec![kinds, values], ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let told = |found: &Match| {
            let value = &batch.columns[1].bytes[found.start as usize..found.end as usize];
            (
                engine.detectors()[usize::from(found.detector)].id.to_string(),
                String::from_utf8_lossy(value).into_owned(),
            )
        };
        found[1].iter().map(told).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
    }

    #[test]
    fn a_value_is_what_the_kind_beside_it_says() {
        let rows = [("MRN", "10647749"), ("SSN", "389292815"), ("CMRN", "88"), ("MRN", "44719203")];
        let expected = pairs(&[("mrn", "10647749"), ("us_ssn", "389292815"), ("mrn", "44719203")]);
        assert_eq!(found(("PERSON_ALIAS_TYPE_DISP", "ALIAS"), &rows), expected);
        let rows = [("SS", "014716553"), ("MR", "57389648"), ("XX", "1")];
        assert_eq!(found(("id_type", "id_value"), &rows), pairs(&[("us_ssn", "014716553"), ("mrn", "57389648")]));
    }

    #[test]
    fn columns_of_other_kinds_say_nothing_of_values() {
        assert_eq!(found(("type", "value"), &[("debit", "389292815"), ("credit", "389292816")]), []);
        assert_eq!(found(("id_type", "amount"), &[("SSN", "389292815"), ("SSN", "389292816")]), []);
    }
}
