//! Values whose kind stands in a field beside them: `id_type,id_value` with `SSN,536904399`, `identifier[].system` and
//! `identifier[].value`, `coding[].system` and `coding[].code`, an alias and its type.

use super::segments::name_of_type;
use super::split::Rows;
use super::systems::{field_of_system, names_system};
use super::{Engine, Profile, Scratch, found_at, passes};
use crate::detectors::field::split_words;
use crate::detectors::spans::trimmed;
use crate::model::{Batch, Column, ColumnKind, EvidenceFlags, Match, Records};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// So many values of a column are looked at.
const SAMPLE: usize = 64;
/// With fewer, none is a column of kinds; one that is the URI of a known system says enough.
const MIN_VALUES: usize = 2;
/// Share of the values that must be kinds that detectors know, in percent.
const MIN_KNOWN_PERCENT: usize = 30;
/// Longer values are no kinds, and no systems.
const MAX_KIND_BYTES: usize = 40;
const MAX_SYSTEM_BYTES: usize = 160;
/// So many columns of a table are asked whether they hold kinds.
const MAX_COLUMNS: usize = 64;
/// So many levels below the object of the value a kind may stand: `identifier[].type.coding[].code`.
const MAX_LEVELS: usize = 2;

/// Words of the name of a column of kinds.
const KINDS: [&str; 12] = [
    "type",
    "typ",
    "kind",
    "use",
    "system",
    "vocabulary",
    "terminology",
    "category",
    "attribute",
    "label",
    "question",
    "disp",
];
/// Last words of the name of a column of names of fields: `{"key": "patient_name", "value": ..}`, `record,field_name,value`.
#[rustfmt::skip]
const NAMES: [&str; 13] = [
    "key", "name", "field", "q", "title", "parameter", "param", "variable", "property", "prompt", "concept", "item", "attr",
];
/// Last words of the name of a column that tells the version of the codes beside it.
const VERSIONS: [&str; 6] = ["version", "ver", "vers", "vrsn", "revision", "rev"];
/// Last words of the name of a column of values of many kinds.
const VALUES: [&str; 18] = [
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
    "a",
    "response",
    "reply",
    "result",
    "string",
];
/// The same of codes of many lists.
const CODES: [&str; 2] = ["code", "cd"];

/// Two columns that belong together.
#[derive(Debug, Clone)]
pub(super) struct TypedColumns {
    kinds: (Arc<str>, u32),
    values: (Arc<str>, u32),
    /// What the kinds say, as far as they were looked at.
    pub(super) detectors: Vec<u16>,
    /// Whether they are versions of the ICD.
    are_versions: bool,
}

impl TypedColumns {
    /// Whether it is the column of values.
    pub(super) fn is_of(&self, column: &Column) -> bool {
        (&column.path, column.ordinal) == (&self.values.0, self.values.1)
    }
}

/// What the first values of a column of kinds say.
#[derive(Debug, Default)]
struct Kinds {
    detectors: Vec<u16>,
    /// Whether URIs or OIDs of systems are among them.
    are_systems: bool,
    /// Whether they are versions of the ICD.
    are_versions: bool,
}

/// What a kind makes of a value.
enum Told {
    /// No detector knows the kind.
    Nothing,
    /// The value is not of the kind.
    Other,
    /// It is one.
    Value,
}

impl Engine {
    /// The columns of kinds with those of their values.
    pub(super) fn find_typed(&self, batch: &Batch, scratch: &mut Scratch, profile: &Profile) -> Vec<TypedColumns> {
        let is_text = |column: &&Column| {
            !column.is_empty() && (column.kind == ColumnKind::Text || tells_version(&split_words(&column.path)))
        };
        let columns = batch.columns.iter().filter(is_text).take(MAX_COLUMNS);
        let mut pairs = Vec::new();
        for (column, kinds) in columns.filter_map(|column| Some((column, self.kinds_of(column)?))) {
            let words = split_words(&column.path);
            // How much of its name is in that of the kinds, in percent, and how near they stand.
            let mut best: Option<((usize, usize), &Column)> = None;
            for values in batch.columns.iter().filter(|values| values.kind != ColumnKind::Lines && !values.is_empty()) {
                let other = split_words(&values.path);
                let Some(levels) = levels_below(&values.path, &column.path) else { continue };
                if values.path == column.path || !self.holds_values(&other, &kinds) {
                    continue;
                }
                let key = (values.path.clone(), values.ordinal);
                // A system says more of a code than the name of its field.
                let is_known = profile.by_share.contains_key(&key) || !self.plan(values, scratch).named.is_empty();
                if is_known && !kinds.are_systems && !kinds.are_versions {
                    continue;
                }
                let shared = other.iter().filter(|word| words.contains(word)).count() * 100 / other.len();
                let fit = (shared, MAX_LEVELS - levels);
                if best.is_none_or(|(most, _)| fit > most) {
                    best = Some((fit, values));
                }
            }
            if let Some((_, values)) = best {
                let key = |column: &Column| (column.path.clone(), column.ordinal);
                pairs.push(TypedColumns {
                    kinds: key(column),
                    values: key(values),
                    detectors: kinds.detectors,
                    are_versions: kinds.are_versions,
                });
            }
        }
        pairs
    }

    /// What the column says of the values beside it: it is named for kinds, and many of its values name fields that detectors
    /// know.
    fn kinds_of(&self, column: &Column) -> Option<Kinds> {
        let words = split_words(&column.path);
        let are_versions = tells_version(&words);
        if !are_versions && !words.iter().any(|word| is_kind(word)) && !words.last().is_some_and(|word| is_name(word)) {
            return None;
        }
        let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
        let (mut count, mut known) = (0, 0);
        let mut kinds = Kinds { are_versions, ..Kinds::default() };
        for value in values.filter(|value| !value.is_empty()).take(SAMPLE) {
            let is_system = std::str::from_utf8(value).is_ok_and(names_system);
            if value.len() > if is_system { MAX_SYSTEM_BYTES } else { MAX_KIND_BYTES } {
                return None;
            }
            let detectors = self.detectors_told(value, are_versions);
            count += 1;
            known += usize::from(!detectors.is_empty());
            kinds.are_systems |= is_system && !detectors.is_empty();
            for detector in detectors {
                if !kinds.detectors.contains(detector) {
                    kinds.detectors.push(*detector);
                }
            }
        }
        (kinds.are_systems || (count >= MIN_VALUES && known * 100 >= MIN_KNOWN_PERCENT * count)).then_some(kinds)
    }

    /// Whether a column of such a name holds what the kinds are of: a code is one where they are lists of codes.
    fn holds_values(&self, words: &[String], kinds: &Kinds) -> bool {
        let lists_codes =
            || kinds.detectors.iter().any(|index| self.compiled.detectors[usize::from(*index)].holds_codes);
        words
            .last()
            .is_some_and(|last| VALUES.contains(&last.as_str()) || (CODES.contains(&last.as_str()) && lists_codes()))
    }

    /// The detectors that a kind tells of: by the field that it names, or as a version of the ICD.
    fn detectors_told(&self, kind: &[u8], is_version: bool) -> &[u16] {
        match kind {
            _ if !is_version => self.detectors_of_kind(kind),
            b"9" | b"09" => self.detectors_of_kind(b"icd 9"),
            // Medicare writes the tenth with one digit.
            b"10" | b"0" => self.detectors_of_kind(b"icd 10"),
            _ => self.detectors_of_kind(kind),
        }
    }

    /// The detectors whose field a kind names, wholly or but for a word for number at its end or for a patient at its beginning.
    pub(super) fn detectors_of_kind(&self, kind: &[u8]) -> &[u16] {
        const NUMBERS: [&str; 6] = ["number", "num", "no", "nbr", "identifier", "id"];
        const OWNERS: [&str; 4] = ["patient", "pat", "pt", "member"];
        let Ok(kind) = std::str::from_utf8(kind) else { return &[] };
        let words = match name_of_type(kind.as_bytes()) {
            Some(name) => split_words(name),
            None if names_system(kind) => split_words(&field_of_system(kind)),
            None => split_words(kind),
        };
        let stem = match words.split_last() {
            Some((last, stem)) if NUMBERS.contains(&last.as_str()) => stem,
            _ => &[],
        };
        // `patient.mrn`, `PatientMRN`: whose it is says nothing of what it is.
        let unowned = match words.split_first() {
            Some((first, rest)) if OWNERS.contains(&first.as_str()) => rest,
            _ => &[],
        };
        let named = [&words[..], stem, unowned].map(|words| self.detectors_of_field(words));
        named.into_iter().find(|detectors| !detectors.is_empty()).unwrap_or_default()
    }

    fn detectors_of_field(&self, words: &[String]) -> &[u16] {
        let name = words.join(" ");
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
            let plan = self.plan(columns[1], scratch);
            // Kinds are few, and looking one up takes a while.
            let mut known: HashMap<&[u8], &[u16]> = HashMap::new();
            let mut is_done = vec![false; columns[1].len()];
            let list = &mut found[place];
            pair_up(columns, batch, |kind, value| {
                let kind = &columns[0].bytes[trimmed(columns[0], columns[0].range(kind))];
                let detectors = *known.entry(kind).or_insert_with(|| self.detectors_told(kind, typed.are_versions));
                if detectors.is_empty() {
                    return Told::Nothing;
                }
                let range = trimmed(columns[1], columns[1].range(value));
                let text = &columns[1].bytes[range.clone()];
                let is_meant =
                    |index: &u16| plan.allows(*index) && passes(&self.compiled.detectors[usize::from(*index)], text);
                let Some(index) = detectors.iter().copied().find(is_meant) else { return Told::Other };
                if !std::mem::replace(&mut is_done[value], true) {
                    let evidence = EvidenceFlags::FIELD_NAME.with(EvidenceFlags::VALIDATOR);
                    let confidence = self.compiled.detectors[usize::from(index)].context_confidence;
                    let place = (usize::from(index), value);
                    put(list, found_at(place, (range.start, range.end), confidence, evidence));
                }
                Told::Value
            });
        }
    }
}

/// Adds a match in place of those that it overlaps.
pub(super) fn put(list: &mut Vec<Match>, whole: Match) {
    let from = list.partition_point(|other| other.end <= whole.start);
    let to = list.partition_point(|other| other.start < whole.end);
    list.splice(from..to, [whole]);
}

/// Asks for each kind and the value that it stands beside.
fn pair_up(columns: [&Column; 2], batch: &Batch, mut ask: impl FnMut(usize, usize) -> Told) {
    let rows = Rows::of(&columns, batch);
    let [Some(kinds), Some(values)] = columns.map(records_of) else {
        let mut values = [0; 2];
        for row in 0..rows.count(&columns) {
            if rows.read(row, &mut values) {
                ask(values[0], values[1]);
            }
        }
        return;
    };
    if let Rows::ByValue = rows {
        for place in 0..columns[0].len() {
            ask(place, place);
        }
        return;
    }
    let (mut kind, mut value) = (0, 0);
    while let (Some(of_kind), Some(of_value)) = (kinds.get(kind), values.get(value)) {
        let record = *of_kind.min(of_value);
        let end = |records: &[u32], from: usize| from + records[from..].iter().take_while(|of| **of == record).count();
        let (kinds_end, values_end) = (end(&kinds, kind), end(&values, value));
        pair_up_within(kind..kinds_end, value..values_end, &mut ask);
        (kind, value) = (kinds_end, values_end);
    }
}

/// The same within a record. Where some values have no kind, or some two of them, those at the end are taken to belong together:
/// what a system calls a resource itself mostly stands first, and has none.
fn pair_up_within(kinds: Range<usize>, values: Range<usize>, ask: &mut impl FnMut(usize, usize) -> Told) {
    let (mut kind, mut value) = (kinds.end, values.end);
    while kind > kinds.start && value > values.start {
        let told = ask(kind - 1, value - 1);
        let (kinds_left, values_left) = (kind - kinds.start, value - values.start);
        match told {
            Told::Other if kinds_left < values_left => value -= 1,
            Told::Other | Told::Nothing if kinds_left > values_left => kind -= 1,
            Told::Other | Told::Nothing | Told::Value => (kind, value) = (kind - 1, value - 1),
        }
    }
}

/// The record of each value; none where values are shared by records.
fn records_of(column: &Column) -> Option<Cow<'_, [u32]>> {
    match &column.records {
        Records::Identity => Some((0..column.len() as u32).collect()),
        Records::Mapped(records) => Some(records.as_slice().into()),
        Records::Dictionary { .. } => None,
    }
}

/// How many levels below the object in which a value stands its kind does: none beside it, some where what leads there is a kind
/// (`identifier[].type.coding[].code` beside `identifier[].value`).
fn levels_below(value: &str, kind: &str) -> Option<usize> {
    let object = parent(value);
    if parent(kind) == object {
        return Some(0);
    }
    let below = if object.is_empty() { kind } else { kind.strip_prefix(object)?.strip_prefix('.')? };
    let levels = below.matches('.').count();
    let first = split_words(below.split('.').next().unwrap_or_default());
    (levels <= MAX_LEVELS && first.iter().any(|word| is_kind(word) || is_name(word))).then_some(levels)
}

fn is_kind(word: &str) -> bool {
    KINDS.contains(&word)
}

fn is_name(word: &str) -> bool {
    NAMES.contains(&word)
}

/// Whether a column of this name tells the version of the ICD that a code is of: `icd_version`, `DGNS_VRSN_CD`.
fn tells_version(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(&VERSIONS) && has(&["icd", "dx", "diag", "diagnosis", "dgns", "prcdr"])
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

    /// A column of the values, each with the number of its record.
    fn column(path: &str, values: &[(u32, &str)]) -> Column {
        let mut column = Column::new(path, ColumnKind::Text, 0);
        values.iter().for_each(|(_, value)| column.push(value.as_bytes()));
        column.records = Records::Mapped(values.iter().map(|(record, _)| *record).collect());
        column
    }

    /// Detector and value of what is found in the second of the columns.
    fn found_in(columns: Vec<Column>) -> Vec<(String, String)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let batch = Batch { record_count: 8, columns, ..Batch::default() };
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

    /// The same of columns with a value in each row.
    fn found(names: (&str, &str), rows: &[(&str, &str)]) -> Vec<(String, String)> {
        let column_of = |name: &str, values: Vec<&str>| {
            let values: Vec<(u32, &str)> = (0..).zip(values).collect();
            column(name, &values)
        };
        let (kinds, values) = rows.iter().copied().unzip();
        found_in(vec![column_of(names.0, kinds), column_of(names.1, values)])
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
    fn a_value_is_what_the_name_beside_it_says() {
        let rows = [("surname", "Okafor"), ("MRN", "44719203"), ("colour", "green"), ("mrn", "10647749")];
        let expected = pairs(&[("person_name", "Okafor"), ("mrn", "44719203"), ("mrn", "10647749")]);
        for names in [("variable_name", "response"), ("items[].q", "items[].a"), ("key", "val"), ("prompt", "reply")] {
            assert_eq!(found(names, &rows), expected, "{names:?}");
        }
        // Somebody's name is no name of a field.
        let rows = [("Ada Okafor", "44719203"), ("Li Wei", "10647749"), ("Tom Gray", "10647748")];
        assert_eq!(found(("name", "value"), &rows), []);
    }

    #[test]
    fn codes_are_of_the_version_beside_them() {
        let rows = [("9", "4280"), ("10", "E119"), ("9", "E8120"), ("9", "0000")];
        let expected = pairs(&[("icd9cm", "4280"), ("icd10cm", "E119"), ("icd9cm", "E8120")]);
        assert_eq!(found(("dx_version", "dx_code"), &rows), expected);
        assert_eq!(found(("schema_version", "amount_code"), &rows), []);
    }

    #[test]
    fn columns_of_other_kinds_say_nothing_of_values() {
        assert_eq!(found(("type", "value"), &[("debit", "389292815"), ("credit", "389292816")]), []);
        assert_eq!(found(("id_type", "amount"), &[("SSN", "389292815"), ("SSN", "389292816")]), []);
    }

    #[test]
    fn codes_are_of_the_system_beside_them() {
        let rows = [
            ("http://hl7.org/fhir/sid/icd-10-cm", "I10"),
            ("http://snomed.info/sct", "44054006"),
            ("http://www.nlm.nih.gov/research/umls/rxnorm", "314076"),
            ("urn:oid:2.16.840.1.113883.6.12", "99213"),
            ("http://loinc.org", "2345-7"),
            ("http://example.org/codes", "E11.9"),
            ("http://hl7.org/fhir/sid/icd-10-cm", "Q99999"),
        ];
        let expected = pairs(&[
            ("icd10cm", "I10"),
            ("snomed", "44054006"),
            ("rxnorm", "314076"),
            ("cpt", "99213"),
            ("loinc", "2345-7"),
            ("icd10cm", "E11.9"),
        ]);
        assert_eq!(found(("code.coding[].system", "code.coding[].code"), &rows), expected);
        // One says enough, where it is the URI of a system.
        assert_eq!(found(("code.coding[].system", "code.coding[].code"), &rows[..1]), expected[..1]);
        let named = [("ICD-10-CM", "I10"), ("SNOMED-CT", "44054006")];
        assert_eq!(found(("vocabulary_id", "concept_code"), &named), expected[..2]);
        let others = [("http://example.org/a", "44054006"), ("http://example.org/b", "99213")];
        assert_eq!(found(("coding[].system", "coding[].code"), &others), []);
    }

    #[test]
    fn identifiers_are_of_their_system_or_their_type() {
        let systems = [(0, "http://hospital.example/mrn"), (0, "http://hl7.org/fhir/sid/us-ssn")];
        let systems = column("identifier[].system", &systems);
        let values = column("identifier[].value", &[(0, "4471920"), (0, "536904399")]);
        assert_eq!(found_in(vec![systems, values]), pairs(&[("mrn", "4471920"), ("us_ssn", "536904399")]));
        // The first one has no type, as is usual for what a system gives a resource itself.
        let values = || {
            let resource = (0, "7a017d1f-b3da-45c7-ad89-fd0ed760d415");
            let of_others = [(0, "8602300"), (0, "045112243"), (1, "8602301"), (1, "536904399")];
            column("identifier[].value", &[&[resource][..], &of_others].concat())
        };
        let expected =
            pairs(&[("mrn", "8602300"), ("us_ssn", "045112243"), ("mrn", "8602301"), ("us_ssn", "536904399")]);
        let codes = column("identifier[].type.coding[].code", &[(0, "MR"), (0, "SS"), (1, "MR"), (1, "SS")]);
        assert_eq!(found_in(vec![codes, values()]), expected);
        let texts = ["Medical Record Number", "Social Security Number"];
        let texts = [(0, texts[0]), (0, texts[1]), (1, texts[0]), (1, texts[1])];
        assert_eq!(found_in(vec![column("identifier[].type.text", &texts), values()]), expected);
    }

    #[test]
    fn a_kind_stands_beside_its_value_or_a_little_below() {
        for (value, kind, levels) in [
            ("id_value", "id_type", Some(0)),
            ("a.value", "a.type", Some(0)),
            ("identifier[].value", "identifier[].type.text", Some(1)),
            ("identifier[].value", "identifier[].type.coding[].code", Some(2)),
            ("value", "type.coding[].code", Some(2)),
            ("identifier[].value", "identifier[].assigner.type", None),
            ("identifier[].value", "type", None),
            ("a.value", "ab.type", None),
        ] {
            assert_eq!(levels_below(value, kind), levels, "{value} {kind}");
        }
    }
}
