//! What each detector makes of a value, and by which evidence: the detector is run alone without any of it, then with one
//! piece after the other, and at last together with all detectors.
//!
//! The engine itself is asked every time, so an account can never say anything else than what a scan does. Values stay in
//! the batch: accounts hold masked samples.

use super::Examiner;
use super::examine::Examined;
use crate::detectors::spec::DetectorSpec;
use crate::detectors::{Catalogue, CompileError, Engine};
use crate::model::{Batch, Class, Column, ColumnKind, Confidence, DetectorClass, EvidenceFlags, Records};
use std::ops::Range;

/// Explains values with the detectors of a catalogue.
pub struct Explainer {
    catalogue: Catalogue,
    together: Examiner,
}

/// A find as an account tells it.
#[derive(Debug, Clone)]
pub struct Find {
    /// Index of the column.
    pub column: usize,
    /// Bytes of the column.
    pub range: Range<usize>,
    /// How sure it is.
    pub confidence: Confidence,
    /// What spoke for it.
    pub evidence: EvidenceFlags,
    /// The masked value.
    pub sample: String,
}

/// What one piece of evidence did.
#[derive(Debug, Clone)]
pub struct Step {
    /// The piece.
    pub name: &'static str,
    /// The find without it.
    pub before: Option<Confidence>,
    /// The find with it.
    pub after: Option<Confidence>,
}

/// What a detector made of the values.
#[derive(Debug, Clone)]
pub struct Account {
    /// Id of the detector.
    pub detector: String,
    /// The pieces of evidence in the order in which they come in.
    pub steps: Vec<Step>,
    /// What is left when all detectors are in force.
    pub outcome: Option<Find>,
    /// Detectors whose finds stand at its place instead.
    pub lost_to: Vec<String>,
}

/// A change of a detector that takes evidence away.
type Change = fn(&mut DetectorSpec);

fn without_validator(spec: &mut DetectorSpec) {
    spec.context.validator = None;
    if let Some(anywhere) = &mut spec.anywhere {
        anywhere.validator = None;
    }
}

fn without_fields(spec: &mut DetectorSpec) {
    spec.context.fields.clear();
    spec.context.sibling_fields.clear();
}

fn without_words(spec: &mut DetectorSpec) {
    // Without a label before it, the pattern of a labelled value is never tried; fields may still need it.
    spec.context.words.clear();
}

fn without_exclusions(spec: &mut DetectorSpec) {
    spec.context.exclude.clear();
}

/// Pieces of evidence in the order in which they come in; each step takes away what stands behind it.
type Steps = [(&'static str, &'static [Change]); 5];

const IN_FIELDS: Steps = [
    ("candidate", &[without_validator, without_fields, without_words, without_exclusions]),
    ("validator", &[without_fields, without_words, without_exclusions]),
    ("field name", &[without_words, without_exclusions]),
    ("context words", &[without_exclusions]),
    ("words against", &[]),
];

/// In text, the name of a field is a label at most, and words come first.
const IN_LINES: Steps = [
    ("candidate", &[without_validator, without_fields, without_words, without_exclusions]),
    ("validator", &[without_fields, without_words, without_exclusions]),
    ("context words", &[without_fields, without_exclusions]),
    ("field name", &[without_exclusions]),
    ("words against", &[]),
];

impl Explainer {
    /// Compiles the detectors together; each alone only when it is asked.
    pub fn new(catalogue: Catalogue) -> Result<Self, CompileError> {
        let together = Examiner::new(Engine::new(&catalogue, Confidence::Low)?);
        Ok(Self { catalogue, together })
    }

    /// All detectors together.
    pub fn examiner(&self) -> &Examiner {
        &self.together
    }

    /// An account of each detector that `asked` names (all if it is empty), by id. One without any step made nothing of the
    /// values, not even a candidate.
    pub fn accounts(&self, batch: &Batch, asked: &[String]) -> Result<Vec<Account>, CompileError> {
        let mut finds = Vec::new();
        self.together.batch(batch, |examined| finds = found(&self.together, examined));
        let ids = self.catalogue.entries().iter().map(|entry| &entry.spec.id);
        ids.filter(|id| asked.is_empty() || asked.contains(id)).map(|id| self.account(id, batch, &finds)).collect()
    }

    fn account(&self, id: &str, batch: &Batch, finds: &[(String, Find)]) -> Result<Account, CompileError> {
        let own = finds.iter().filter(|(detector, _)| detector == id).map(|(_, find)| find);
        let outcome = own.max_by_key(|find| (find.confidence, std::cmp::Reverse(find.range.start))).cloned();
        let candidate = self.alone(id, &[without_validator, without_exclusions], batch, outcome.as_ref())?;
        let full = self.alone(id, &[], batch, outcome.as_ref())?;
        if candidate.is_none() && full.is_none() && outcome.is_none() {
            return Ok(Account { detector: id.to_owned(), steps: Vec::new(), outcome: None, lost_to: Vec::new() });
        }
        let place = outcome.clone().or_else(|| full.clone()).or_else(|| candidate.clone());
        let mut steps: Vec<Step> = Vec::new();
        let mut before = None;
        let is_text = batch.columns.iter().all(|column| column.kind == ColumnKind::Lines);
        for (name, changes) in if is_text { IN_LINES } else { IN_FIELDS } {
            let find = match changes {
                [] => full.clone(),
                changes => self.alone(id, changes, batch, place.as_ref())?,
            };
            let after = find.map(|find| find.confidence);
            steps.push(Step { name, before, after });
            before = after;
        }
        // Where only a field or a label makes a candidate, the validator speaks behind them.
        if full.is_none() && steps.iter().all(|step| step.after.is_none()) {
            let before = candidate.map(|find| find.confidence);
            steps.push(Step { name: "validator", before, after: None });
        }
        let after = outcome.as_ref().map(|find| find.confidence);
        steps.push(Step { name: "all detectors", before, after });
        let overlaps = |find: &Find| {
            place.as_ref().is_some_and(|own| {
                own.column == find.column && own.range.start < find.range.end && find.range.start < own.range.end
            })
        };
        let others = finds.iter().filter(|(other, find)| outcome.is_none() && other != id && overlaps(find));
        let mut lost_to: Vec<String> = others.map(|(other, _)| other.clone()).collect();
        lost_to.dedup();
        Ok(Account { detector: id.to_owned(), steps, outcome, lost_to })
    }

    /// The surest find of the detector alone, changed; at the given place, if one is given.
    fn alone(
        &self,
        id: &str,
        changes: &[Change],
        batch: &Batch,
        place: Option<&Find>,
    ) -> Result<Option<Find>, CompileError> {
        let mut catalogue = self.catalogue.clone();
        catalogue.retain(|spec| spec.id == id);
        catalogue.change(|spec| changes.iter().for_each(|change| change(spec)));
        let examiner = Examiner::new(Engine::new(&catalogue, Confidence::Low)?);
        let is_there = |find: &Find| {
            place.is_none_or(|place| {
                place.column == find.column && place.range.start < find.range.end && find.range.start < place.range.end
            })
        };
        let mut best = None;
        examiner.batch(batch, |examined| {
            let finds = found(&examiner, examined).into_iter().map(|(_, find)| find).filter(is_there);
            best = finds.max_by_key(|find| (find.confidence, std::cmp::Reverse(find.range.start)));
        });
        Ok(best)
    }
}

/// Everything found, with the ids of the detectors. A network address is as sure as the engine says: alone it has no record
/// that could raise it.
fn found(examiner: &Examiner, examined: &Examined<'_>) -> Vec<(String, Find)> {
    let mut finds = Vec::new();
    for (index, column) in examined.batch.columns.iter().enumerate() {
        examined.occurrences(index, |found, _, confidence| {
            let detector = &examiner.engine().detectors()[usize::from(found.detector)];
            let range = found.start as usize..found.end as usize;
            let sample = detector.mask.apply(&column.bytes[range.clone()]);
            let find = Find { column: index, range, confidence, evidence: found.evidence, sample };
            finds.push((detector.id.to_string(), find));
        });
    }
    finds
}

/// A value in a field, as a batch of one record.
pub fn value_batch(field: &str, value: &str) -> Batch {
    one_column(Column::new(field, ColumnKind::Text, 1), value)
}

/// A line of text, as a batch of one record.
pub fn line_batch(line: &str) -> Batch {
    one_column(Column::new("", ColumnKind::Lines, 0), line)
}

fn one_column(mut column: Column, value: &str) -> Batch {
    column.push(value.as_bytes());
    Batch { record_count: 1, columns: vec![column], ..Batch::default() }
}

/// One record of a batch, as a batch of its own.
pub fn record_batch(batch: &Batch, record: u32) -> Batch {
    let mut columns = Vec::new();
    for column in &batch.columns {
        let mut own = Column::new(column.path.clone(), column.kind, column.ordinal);
        let mut take = |value: usize| own.push(column.value(value));
        match &column.records {
            Records::Identity => {
                if (record as usize) < column.len() {
                    take(record as usize);
                }
            }
            Records::Mapped(records) => {
                records.iter().enumerate().filter(|(_, of)| **of == record).for_each(|(value, _)| take(value));
            }
            Records::Dictionary { keys, records } => {
                keys.iter().zip(records).filter(|(_, of)| **of == record).for_each(|(key, _)| take(*key as usize));
            }
        }
        own.records = Records::Mapped(vec![0; own.len()]);
        columns.push(own);
    }
    let line = batch.record_lines.get(record as usize).copied();
    Batch {
        first_record: batch.first_record + u64::from(record),
        record_count: 1,
        record_lines: line.into_iter().collect(),
        columns,
        about: batch.about.clone(),
        source_bytes: 0,
    }
}

/// Why a record has its class: ids of the detectors that speak, each list sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reasons {
    /// Identifiers of a person.
    pub identifiers: Vec<String>,
    /// Two different ones together are an identifier.
    pub quasi_identifiers: Vec<String>,
    /// Health data.
    pub health: Vec<String>,
    /// Found, but not sure enough, or public: they make the record nothing.
    pub uncounted: Vec<String>,
}

/// The class of a record of an examined batch, and why.
pub fn class_of(examiner: &Examiner, examined: &Examined<'_>, record: u32) -> (Option<Class>, Reasons) {
    let mut reasons = Reasons::default();
    for index in 0..examined.batch.columns.len() {
        examined.occurrences(index, |found, of, confidence| {
            let detector = &examiner.engine().detectors()[usize::from(found.detector)];
            if of != record {
                return;
            }
            let is_network = detector.class == DetectorClass::Network;
            let list = match detector.class {
                _ if confidence == Confidence::Low && !is_network => &mut reasons.uncounted,
                DetectorClass::Identifier | DetectorClass::Financial => &mut reasons.identifiers,
                DetectorClass::QuasiIdentifier | DetectorClass::Network => &mut reasons.quasi_identifiers,
                DetectorClass::Health => &mut reasons.health,
                DetectorClass::Provider => &mut reasons.uncounted,
            };
            list.push(detector.id.to_string());
        });
    }
    for list in [&mut reasons.identifiers, &mut reasons.quasi_identifiers, &mut reasons.health, &mut reasons.uncounted]
    {
        list.sort();
        list.dedup();
    }
    (examined.records.get(record as usize).and_then(|judged| judged.class), reasons)
}
