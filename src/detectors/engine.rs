//! The engine: one pass over a column's contiguous bytes finds where anything can begin, and only there is anything
//! verified.
//!
//! At a token start (`tokens`) the token's shape says which patterns can match (`shapes`; mostly none), and a table of
//! first words whether a context word can begin. What matches passes a validator and is then judged by the context
//! words around it. Plain synchronous code without locks.

#[cfg(test)]
mod alone;
mod behind;
#[cfg(test)]
mod borders;
mod bound;
mod care;
mod conditions;
mod distant;
mod everywhere;
mod interchange;
mod keys;
mod labelled;
mod nameless;
mod organisations;
mod own;
mod partial;
mod persons;
mod providers;
mod references;
mod results;
mod rows;
mod search;
mod segments;
mod split;
mod spoken;
mod statements;
mod systems;
mod tables;
mod typed;
mod weigh;

use super::catalogue::Catalogue;
use super::compile::{CompileError, Compiled, CompiledDetector};
use super::context::PhraseSpan;
use super::distinct::Distinct;
use super::exact::ExactIndexes;
use super::field::{FieldPhrase, FieldWords};
use super::fold::Folded;
use super::places::{is_of_packages, is_of_publications};
use super::publication::head_of;
use super::roles::Role;
use super::shapes::{PatternSet, Shapes};
use super::spans::{Fractions, MAX_WHOLE_DIGITS, list_items, trimmed, whole_number};
use super::spec::Makeup;
use super::validators::is_toll_free;
use crate::model::{Batch, Column, ColumnKind, Confidence, Detector, DetectorClass, EvidenceFlags, Match};
use conditions::says_something;
use foldhash::fast::FixedState;
pub use own::EXACT_MATCH_ID;
use own::OwnIdentifiers;
use references::Referring;
use search::{Candidates, Speaker};
use split::SplitColumns;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use weigh::{Window, drop_lone, settle_overlaps, stands_out};

/// The detectors of a scan, ready to run. Shared by all workers.
#[derive(Debug)]
pub struct Engine {
    compiled: Compiled,
    floor: Confidence,
    own: Option<OwnIdentifiers>,
}

/// What the first batch of an object says about its columns: which detectors a nameless column is taken for by the
/// share of its values that pass, and an ambiguous name by the fields beside it. It is made once, so that every later batch is judged alike.
#[derive(Debug, Default, Clone)]
pub struct Profile {
    by_share: HashMap<ColumnKey, Vec<u16>, FixedState>,
    /// Detectors that a field is taken for because of the fields beside it.
    by_siblings: HashMap<ColumnKey, Vec<u16>, FixedState>,
    /// Columns of contacts that are those of providers.
    of_providers: HashSet<ColumnKey, FixedState>,
    /// Columns that hold parts of a value.
    splits: Vec<SplitColumns>,
    /// Columns of kinds with those of their values.
    typed: Vec<typed::TypedColumns>,
    /// Whether some field or what is said of the table tells that the records are about persons.
    is_about_persons: bool,
    /// How the texts begin.
    head: Vec<u8>,
    /// Whether they were written for everybody: asked only where something was found that this would hold back.
    is_publication: OnceLock<bool>,
    /// Whether the object lies where such texts lie.
    lies_with_publications: bool,
    /// Whether it is a file of a package.
    lies_with_packages: bool,
    /// Detectors whose matches are left out where nothing else stands in their record.
    lone: Vec<u16>,
}

impl Profile {
    /// The same of an object at this location, which may say what kind of text it is.
    #[must_use]
    pub fn at(self, location: &str) -> Self {
        Self {
            lies_with_publications: is_of_publications(location),
            lies_with_packages: is_of_packages(location),
            ..self
        }
    }

    /// The same, without the matches of these detectors where nothing else is found in their record: for whoever makes
    /// nothing of them there. A log has an address of a machine in every line.
    #[must_use]
    pub fn without_lone(self, detectors: Vec<u16>) -> Self {
        Self { lone: detectors, ..self }
    }
}

/// What is asked of a column.
#[derive(Clone, Copy)]
struct Task<'a> {
    plan: &'a PathPlan,
    profile: &'a Profile,
    /// Its records have no other columns.
    is_only: bool,
}

/// A worker's reused memory. Nothing in it influences a result.
#[derive(Debug, Default)]
pub struct Scratch {
    plans: HashMap<FieldKey, Arc<PathPlan>>,
    /// Tokens that begin with a digit and have the shape of a pattern.
    numbers: Candidates,
    /// Tokens that begin with a capital, and have the shape of a pattern or may begin a name or a phrase.
    names: Candidates,
    /// Tokens that begin with another letter, and have the shape of a pattern or may begin a phrase.
    words: Candidates,
    /// The context words among the names and among the words; ascending.
    speakers: [Vec<Speaker>; 2],
    /// Phrases that lead to values.
    phrases: Vec<PhraseSpan>,
    /// Phrases around matches.
    context: Vec<PhraseSpan>,
    /// The stretches in which those were read.
    windows: Vec<Window>,
    matches: Vec<Match>,
    folded: Folded,
    distinct: Distinct,
}

/// Path and place of a column.
type ColumnKey = (Arc<str>, u32);

/// What is written in words.
const WRITTEN: [&str; 14] = [
    "note",
    "notes",
    "comment",
    "comments",
    "text",
    "message",
    "narrative",
    "summary",
    "description",
    "instructions",
    "report",
    "remarks",
    "history",
    "content",
];

/// Path and comment of a field.
type FieldKey = (Arc<str>, Option<Arc<str>>);

/// What a field path decides, and the comment of the field where the path names nothing.
#[derive(Debug, Default)]
struct PathPlan {
    /// Detectors that the path names.
    named: Vec<u16>,
    /// Detectors that the path names beside a field named for a person.
    ambiguous: Vec<u16>,
    /// Detectors that the path names in records of care.
    of_care: Vec<u16>,
    /// Detectors that the path names where the values confirm it.
    unconfirmed: Vec<u16>,
    /// Detectors of whose values the path says that it holds a part.
    partial: Vec<u16>,
    /// Per detector: whether the path does not rule it out.
    allowed: Vec<bool>,
    /// Detectors for which the path says that their values are a provider's or an organisation's.
    public: Vec<u16>,
    /// The same where the values as a whole are theirs: in the notes of a nurse the names are those of patients.
    serving: Vec<u16>,
    /// The patterns of those that it does not rule out.
    patterns: PatternSet,
    /// Whom it refers to, where it is one of references.
    refers: Option<Referring>,
}

impl PathPlan {
    fn allows(&self, detector: u16) -> bool {
        self.allowed[usize::from(detector)]
    }
}

/// How many cached plans a worker keeps; paths that are data would otherwise grow without end.
const MAX_PLANS: usize = 16_384;

impl Engine {
    /// Compiles the detectors. Matches below `floor` are left out, but for network addresses and names in text, which
    /// the other matches of the record decide about.
    pub fn new(catalogue: &Catalogue, floor: Confidence) -> Result<Self, CompileError> {
        Ok(Self { compiled: Compiled::new(catalogue)?, floor, own: None })
    }

    /// The same engine, which also finds the identifiers of these indexes.
    #[must_use]
    pub fn with_exact(mut self, indexes: Arc<ExactIndexes>) -> Self {
        let detector = self.compiled.described.len() as u16;
        self.compiled.described.push(own::description());
        self.own = Some(OwnIdentifiers { indexes, detector });
        self
    }

    /// The detectors by index, as `Match::detector` counts them.
    pub fn detectors(&self) -> &[Detector] {
        &self.compiled.described
    }

    /// Tells of field paths whether any detector knows them: by name, beside other fields, or as a part of a value.
    pub fn known_fields(&self) -> impl Fn(&str) -> bool + use<> {
        let lists = |detector: &CompiledDetector| {
            let parts = detector.split_fields.iter().flatten();
            let named = detector.fields.iter().chain(&detector.sibling_fields).chain(&detector.care_fields);
            let confirmed = detector.nameless.iter().flat_map(|spec| spec.fields.iter().chain(&spec.public_fields));
            named.chain(confirmed).chain(parts).cloned().collect::<Vec<FieldPhrase>>()
        };
        let phrases: Vec<FieldPhrase> = self.compiled.detectors.iter().flat_map(lists).collect();
        move |path| FieldWords::of(path).fit_any(&phrases).is_some()
    }

    /// The least confidence of what is kept whatever the record holds.
    pub fn floor(&self) -> Confidence {
        self.floor
    }

    /// Looks at the first batch of an object for columns that are recognised by their distribution.
    pub fn profile(&self, batch: &Batch, scratch: &mut Scratch) -> Profile {
        let mut profile = Profile { splits: self.find_splits(batch), head: head_of(batch), ..Profile::default() };
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines) {
            let plan = self.plan(column, scratch);
            let share = |(index, detector): (usize, &CompiledDetector)| {
                let index = index as u16;
                let unnamed = !plan.named.contains(&index) && plan.allows(index);
                (unnamed && stands_out(detector, column)).then_some(index)
            };
            let key = (column.path.clone(), column.ordinal);
            let found: Vec<u16> = self.compiled.detectors.iter().enumerate().filter_map(share).collect();
            if !found.is_empty() {
                profile.by_share.insert(key, found);
            }
        }
        self.find_nameless(batch, scratch, &mut profile);
        self.find_beside_persons(batch, scratch, &mut profile);
        profile.is_about_persons = self.is_about_person(batch) || self.has_identifier(batch, &profile, scratch);
        self.find_conditions(batch, scratch, &mut profile);
        self.find_results(batch, scratch, &mut profile);
        profile.typed = self.find_typed(batch, scratch, &profile);
        self.find_of_care(batch, scratch, &mut profile);
        self.find_of_providers(batch, scratch, &mut profile);
        self.find_of_organisations(batch, scratch, &mut profile);
        profile
    }

    /// Finds the matches of a batch: one list per column, in the order of the columns, each sorted by place and without
    /// overlaps.
    pub fn scan(&self, batch: &Batch, profile: &Profile, scratch: &mut Scratch, found: &mut Vec<Vec<Match>>) {
        found.resize_with(batch.columns.len(), Vec::new);
        for (column, list) in batch.columns.iter().zip(found.iter_mut()) {
            list.clear();
            if column.is_empty() {
                continue;
            }
            let plan = self.plan(column, scratch);
            let is_only = batch.columns.len() == 1 && self.own.is_none();
            self.scan_written(column, Task { plan: &plan, profile, is_only }, scratch, list);
            self.add_referred(column, &plan, list);
        }
        self.scan_splits(batch, profile, found);
        self.scan_typed(batch, profile, scratch, found);
    }

    /// What the path of a column decides.
    fn plan(&self, column: &Column, scratch: &mut Scratch) -> Arc<PathPlan> {
        let key = (column.path.clone(), column.comment.clone());
        if let Some(plan) = scratch.plans.get(&key) {
            return plan.clone();
        }
        let path = &column.path;
        let field = FieldWords::of(path);
        let comment = column.comment.as_deref().map(FieldWords::of_comment);
        let (mut named, mut told) = (Vec::new(), Vec::new());
        let mut plan = PathPlan { refers: Referring::of(path), ..PathPlan::default() };
        let is_of_provider = field.role() == Some(Role::Provider);
        // What a provider writes is about patients.
        let is_written = field.has(&WRITTEN);
        for (index, detector) in self.compiled.detectors.iter().enumerate() {
            let is_contact = is_of_provider && !detector.public_fields.is_empty();
            let of_provider = || if is_contact { field.fit_any(&detector.fields) } else { None };
            let public = field.fit_any(&detector.public_fields).or_else(of_provider).filter(|_| !path.is_empty());
            let is_excluded = || field.fit_any(&detector.excluded_fields).is_some();
            let allowed = path.is_empty() || public.is_some() || !is_excluded();
            plan.allowed.push(allowed);
            if public.is_some() || (is_contact && !is_written) {
                plan.public.push(index as u16);
            }
            if let Some(nameless) = detector.nameless.as_ref().filter(|_| allowed) {
                let serves = public.is_none() && field.fit_any(&nameless.public_fields).is_some();
                if serves {
                    plan.serving.push(index as u16);
                }
                if serves || field.fit_any(&nameless.fields).is_some() {
                    plan.unconfirmed.push(index as u16);
                }
            }
            if let Some(fit) = field.fit_any(&detector.fields).max(public).filter(|_| allowed) {
                named.push((fit, index as u16));
            } else if allowed && field.fit_any(&detector.sibling_fields).is_some() {
                plan.ambiguous.push(index as u16);
            } else if allowed && field.fit_any(&detector.care_fields).is_some() {
                plan.of_care.push(index as u16);
            }
            if allowed && detector.partial.as_ref().is_some_and(|partial| field.fit_any(&partial.fields).is_some()) {
                plan.partial.push(index as u16);
            }
            if allowed && comment.as_ref().is_some_and(|comment| comment.fit_any(&detector.fields).is_some()) {
                told.push(index as u16);
            }
        }
        // What the field itself is called says more than what it stands in: `mrn.ssn` is an SSN.
        let closest = named.iter().map(|(fit, _)| *fit).max();
        plan.named = named.into_iter().filter(|(fit, _)| Some(*fit) == closest).map(|(_, index)| index).collect();
        if plan.named.is_empty() {
            plan.named = told;
        }
        for (place, owner) in self.compiled.at_token.iter().enumerate() {
            if plan.allows(*owner) {
                plan.patterns |= Shapes::bit(place);
            }
        }
        let plan = Arc::new(plan);
        if scratch.plans.len() >= MAX_PLANS {
            scratch.plans.clear();
        }
        scratch.plans.insert(key, plan.clone());
        plan
    }

    /// Scans a column as it reads: characters that only look different or are written as codes are read as ASCII.
    fn scan_written(&self, column: &Column, task: Task, scratch: &mut Scratch, list: &mut Vec<Match>) {
        let mut folded = std::mem::take(&mut scratch.folded);
        let is_folded = folded.read(column);
        let read = if is_folded { &folded.column } else { column };
        self.scan_distinct(read, task, scratch);
        let original = |place: u32| if is_folded { folded.original(place) } else { place };
        let owned = column.context_before_bytes..(column.bytes.len() as u32).saturating_sub(column.context_after_bytes);
        let is_part = owned.len() < column.bytes.len();
        if is_part {
            scratch.matches.retain(|found| owned.contains(&original(found.start)));
        }
        settle_overlaps(&mut scratch.matches, list);
        if self.own.is_some() {
            self.add_own_identifiers(read, list);
            if is_part {
                list.retain(|found| owned.contains(&original(found.start)));
            }
        }
        if is_folded {
            for found in list.iter_mut() {
                (found.start, found.end) = (folded.original(found.start), folded.original_end(found.end));
            }
        }
        scratch.folded = folded;
    }

    /// Scans each value once, where a column's values are repeated.
    fn scan_distinct(&self, column: &Column, task: Task, scratch: &mut Scratch) {
        let mut distinct = std::mem::take(&mut scratch.distinct);
        if distinct.read(column) {
            self.scan_column(&distinct.column, task, scratch);
            distinct.repeat(column, &mut scratch.matches);
        } else {
            self.scan_column(column, task, scratch);
        }
        scratch.distinct = distinct;
    }

    fn scan_column(&self, column: &Column, task: Task, scratch: &mut Scratch) {
        let Task { plan, profile, is_only } = task;
        scratch.matches.clear();
        scratch.phrases.clear();
        let mut covered = 0;
        for &index in &plan.named {
            let detector = &self.compiled.detectors[usize::from(index)];
            let whole = (detector.context_confidence, EvidenceFlags::FIELD_NAME);
            covered = covered.max(self.whole_values(index, whole, column, scratch));
        }
        covered = covered.max(self.partial_values(column, plan, &mut scratch.matches));
        let key = (column.path.clone(), column.ordinal);
        for &index in profile.by_siblings.get(&key).into_iter().flatten() {
            let beside = (Confidence::Medium, EvidenceFlags::FIELD_NAME);
            covered = covered.max(self.whole_values(index, beside, column, scratch));
        }
        for &index in profile.by_share.get(&key).into_iter().flatten() {
            let detector = &self.compiled.detectors[usize::from(index)];
            let by_share = detector.column.as_ref().map(|spec| spec.confidence);
            let nameless = detector.nameless.as_ref().map(|spec| spec.confidence);
            let Some(confidence) = by_share.or(nameless) else { continue };
            let taken = match detector.nameless.as_ref().map(|spec| spec.makeup) {
                Some(Makeup::Conditions) => self.whole_texts(index, (confidence, says_something), column, scratch),
                Some(Makeup::Results) => self.whole_texts(index, (confidence, |_| true), column, scratch),
                _ => self.whole_values(index, (confidence, EvidenceFlags::COLUMN_SHARE), column, scratch),
            };
            covered = covered.max(taken);
        }
        // Numbers and dates without a telling name prove nothing, and a column that one detector covers is explained.
        let unexplained = covered < column.len()
            && covered < column.len() - count_empty(column, covered)
            && matches!(column.kind, ColumnKind::Lines | ColumnKind::Text);
        let first = scratch.matches.len();
        if unexplained {
            self.search_tokens(column, plan, scratch);
            self.search_anchors(column, plan, &mut scratch.matches);
            self.search_tables(column, plan, &scratch.phrases, &mut scratch.matches);
            self.search_speakers(column, plan, &mut scratch.matches);
            self.search_person_rows(column, (plan, profile), first, &mut scratch.matches);
            self.search_behind(column, plan, first, &mut scratch.matches);
            scratch.matches[first..].sort_by_key(|found| (found.start, found.detector));
            if is_only && first == 0 {
                drop_lone(column, &profile.lone, &mut scratch.matches);
            }
            self.weigh_context(column, plan, first, scratch);
            self.search_masked(column, plan, &mut scratch.matches);
            if !profile.is_about_persons {
                self.doubt_chance(column, &mut scratch.matches[first..]);
            }
        }
        for run in scratch.matches.chunk_by_mut(|one, next| one.detector == next.detector) {
            let Some(test) = self.compiled.detectors[usize::from(run[0].detector)].is_synthetic else { continue };
            for found in run {
                if test(&column.bytes[found.start as usize..found.end as usize]) {
                    found.evidence = found.evidence.with(EvidenceFlags::LIKELY_SYNTHETIC);
                }
            }
        }
        let is_of_providers = profile.of_providers.contains(&key);
        let is_public = |found: &Match| {
            let by_values = found.evidence.contains(EvidenceFlags::COLUMN_SHARE);
            let is_of_firm = || {
                self.compiled.detectors[usize::from(found.detector)].is_telephone
                    && is_toll_free(&column.bytes[found.start as usize..found.end as usize])
            };
            is_of_providers
                || plan.public.contains(&found.detector)
                || (by_values && plan.serving.contains(&found.detector))
                || is_of_firm()
        };
        for found in scratch.matches.iter_mut().filter(|found| is_public(found)) {
            found.evidence = found.evidence.with(EvidenceFlags::PROVIDER);
        }
        let held = if profile.lies_with_publications { 0 } else { first };
        self.hold_back(profile, &mut scratch.matches[held..]);
        // Mostly all of them are.
        if scratch.matches.iter().all(|found| found.confidence >= self.floor) {
            return;
        }
        scratch.matches.retain(|found| {
            if found.confidence >= self.floor {
                return true;
            }
            let class = self.compiled.described[usize::from(found.detector)].class;
            let is_name = self.compiled.names.as_ref().is_some_and(|(index, _)| *index == found.detector);
            let waits = is_name || found.evidence.contains(EvidenceFlags::PUBLICATION);
            class == DetectorClass::Network || waits
        });
    }

    /// Tests each whole value for one detector; returns how many passed.
    fn whole_values(
        &self,
        index: u16,
        (confidence, evidence): (Confidence, EvidenceFlags),
        column: &Column,
        scratch: &mut Scratch,
    ) -> usize {
        let matches = &mut scratch.matches;
        let detector = &self.compiled.detectors[usize::from(index)];
        let validated = detector.context_validator.is_some();
        let evidence = if validated { evidence.with(EvidenceFlags::VALIDATOR) } else { evidence };
        let Some(field) = &detector.field else { return 0 };
        let field = field.whole();
        let validator = detector.context_validator;
        let passes = |value: &[u8]| {
            !value.is_empty() && field.covers(value) && validator.is_none_or(|validator| validator(value))
        };
        let (mut covered, mut fractions) = (0, Fractions::default());
        for (value, range) in column.ranges().enumerate() {
            let range = fractions.cut(column, trimmed(column, range));
            let mut found = |range: Range<usize>| {
                let place = (usize::from(index), value);
                matches.push(found_at(place, (range.start, range.end), confidence, evidence));
            };
            let mut digits = [0; MAX_WHOLE_DIGITS];
            let bytes = whole_number(&column.bytes[range.clone()], &mut digits);
            if passes(bytes) {
                found(range);
                covered += 1;
            } else if detector.holds_codes {
                // A cell may hold a list of codes.
                list_items(column, range).filter(|item| passes(&column.bytes[item.clone()])).for_each(found);
            }
        }
        covered
    }
}

/// How many values are empty; it matters only where some detector covers the others.
fn count_empty(column: &Column, covered: usize) -> usize {
    if covered == 0 { 0 } else { column.ranges().filter(Range::is_empty).count() }
}

fn found_at(
    (detector, value): (usize, usize),
    (start, end): (usize, usize),
    confidence: Confidence,
    evidence: EvidenceFlags,
) -> Match {
    let (start, end) = (start as u32, end as u32);
    Match { detector: detector as u16, value: value as u32, start, end, confidence, evidence }
}

fn shape_evidence(validated: bool) -> EvidenceFlags {
    if validated { EvidenceFlags::PATTERN.with(EvidenceFlags::VALIDATOR) } else { EvidenceFlags::PATTERN }
}

/// The value in which `place` lies, going forward from `value`.
#[inline]
fn value_at(column: &Column, mut value: usize, place: usize) -> usize {
    while (column.ends[value] as usize) < place {
        value += 1;
    }
    value
}

/// Whether a whole value is one of the detector's, by field pattern and validator.
fn passes(detector: &CompiledDetector, value: &[u8]) -> bool {
    !value.is_empty()
        && detector.field.as_ref().is_some_and(|pattern| pattern.whole().covers(value))
        && detector.context_validator.is_none_or(|passes| passes(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    pub(super) fn engine() -> Engine {
        Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap()
    }

    /// Ids and texts of the matches in the columns.
    pub(super) fn found_in(engine: &Engine, columns: Vec<Column>) -> Vec<(String, String)> {
        let record_count = columns.iter().map(Column::len).max().unwrap_or(0) as u32;
        let batch = Batch { record_count, columns, ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let pairs = batch.columns.iter().zip(&found).flat_map(|(column, list)| {
            list.iter().map(|found| {
                let text = &column.bytes[found.start as usize..found.end as usize];
                (engine.detectors()[usize::from(found.detector)].id.to_string(), String::from_utf8_lossy(text).into())
            })
        });
        pairs.collect()
    }

    pub(super) fn column(path: &str, values: &[&str]) -> Column {
        let kind = if path.is_empty() { ColumnKind::Lines } else { ColumnKind::Text };
        let mut column = Column::new(path, kind, 0);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        column
    }

    fn pair(id: &str, text: &str) -> (String, String) {
        (id.to_owned(), text.to_owned())
    }

    #[test]
    fn a_plain_name_is_a_persons_beside_a_field_of_a_person() {
        let engine = engine();
        let names = || column("name", &["John Smith"]);
        assert_eq!(found_in(&engine, vec![names(), column("price", &["12.50"])]), []);
        let beside = found_in(&engine, vec![names(), column("dob", &["1980-02-03"])]);
        assert_eq!(beside, [pair("person_name", "John Smith"), pair("date_of_birth", "1980-02-03")]);
    }

    /// How many matches were thought of, at most, in a column of lines.
    fn thought_of(lines: &[&str]) -> usize {
        let column = column("", lines);
        let record_count = column.len() as u32;
        let batch = Batch { record_count, columns: vec![column], ..Batch::default() };
        let (engine, mut scratch, mut found) = (engine(), Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        assert!(!found[0].is_empty());
        scratch.matches.capacity()
    }

    #[test]
    fn what_is_said_over_and_over_is_looked_at_once_each_time() {
        const TIMES: usize = 500;
        let codes = thought_of(&["Dx: E11.9, I10; J45.909 ".repeat(TIMES).as_str()]);
        assert!(codes < 20 * TIMES, "{codes} matches of {TIMES} lists in one line");
        let forms = thought_of(&["Name  John Smith    DOB  1/2/1980    MRN  4471920"; TIMES]);
        assert!(forms < 40 * TIMES, "{forms} matches of {TIMES} lines that look like headings");
    }

    #[test]
    fn a_name_leaves_the_word_behind_it_to_others() {
        let engine = engine();
        let found = |text: &str| found_in(&engine, vec![column("", &[text])]);
        let name = |text: &str| pair("person_name", text);
        let drug = |text: &str| pair("drug_name", text);
        assert_eq!(found("Patient: Rosa Zapata Metformin 500 mg"), [name("Rosa Zapata"), drug("Metformin")]);
        assert_eq!(found("PATIENT: ZAPATA, ROSA SERTRALINE 50 MG"), [name("ZAPATA, ROSA"), drug("SERTRALINE")]);
        assert_eq!(found("Patient Name: Rosa Zapata Asthma"), [name("Rosa Zapata"), pair("condition", "Asthma")]);
        assert_eq!(found("Pt Rosa Zapata COPD exacerbation")[0], name("Rosa Zapata"));
        assert_eq!(found("Patient: Rosa Zapata SSN 412-55-7731")[0], name("Rosa Zapata"));
        assert_eq!(found("Patient: Rosa Maria Zapata Lopez"), [name("Rosa Maria Zapata Lopez")]);
        assert_eq!(found("Patient: Graves, Peter"), [name("Graves, Peter")]);
    }

    #[test]
    fn numbers_of_one_form_go_on_behind_a_label_in_the_singular() {
        let engine = engine();
        let numbers = |text: &str| {
            let found = found_in(&engine, vec![column("", &[text])]);
            found.into_iter().filter(|(id, _)| id == "mrn").map(|(_, text)| text).collect::<Vec<_>>()
        };
        for text in ["MRN: 5476885, 3081978", "MRN 5476885 and 3081978", "mrn_list=[5476885, 3081978]"] {
            assert_eq!(numbers(text), ["5476885", "3081978"], "{text}");
        }
        assert_eq!(numbers("MRNs affected: 5476885, 3081978 and 8137955."), ["5476885", "3081978", "8137955"]);
        for text in ["MRN: 5476885, 12345 visits", "MRN 5476885 and 617-555-0188", "MRN: 5476885. Lot 3081978"] {
            assert_eq!(numbers(text), ["5476885"], "{text}");
        }
    }

    #[test]
    fn a_match_lies_inside_one_value() {
        let engine = engine();
        assert_eq!(found_in(&engine, vec![column("note", &["SSN 536-90", "4399"])]), []);
        let split = column("note", &["x", "SSN 536-90-4399", ""]);
        assert_eq!(found_in(&engine, vec![split]), [pair("us_ssn", "536-90-4399")]);
    }

    #[test]
    fn parts_in_fields_of_their_own_are_one_value() {
        let engine = engine();
        let columns = |serials: &[&str]| {
            let areas = column("ssn_area", &["536", "12", "666"]);
            vec![areas, column("ssn_group", &["90", "3", "12"]), column("ssn_serial", serials)]
        };
        let found = found_in(&engine, columns(&["4399", "17", "3456"]));
        let expected = ["536", "12", "90", "3", "4399", "17"].map(|part| pair("us_ssn", part));
        assert_eq!(found, expected);
        assert_eq!(found_in(&engine, columns(&["", "x", "123456"])), []);
        // A record without one of them has none, and the others have theirs.
        let gap = Column { records: Records::Mapped(vec![0, 2]), ..column("ssn_group", &["90", "3"]) };
        let columns_of = |groups: Column| {
            vec![column("ssn_area", &["536", "12", "12"]), groups, column("ssn_serial", &["4399", "17", "17"])]
        };
        let found = found_in(&engine, columns_of(gap));
        assert_eq!(found, ["536", "12", "90", "3", "4399", "17"].map(|part| pair("us_ssn", part)));
        // So have those of a dictionary.
        let records = Records::Dictionary { keys: vec![1, 0, 0], records: vec![0, 1, 2] };
        let found = found_in(&engine, columns_of(Column { records, ..column("ssn_group", &["3", "90"]) }));
        assert_eq!(found, ["536", "12", "12", "3", "90", "4399", "17", "17"].map(|part| pair("us_ssn", part)));
    }

    #[test]
    fn a_label_announces_the_value_on_the_next_line_of_its_record() {
        let engine = engine();
        let mut lines = column("", &["SSN:", "536904399", "MRN", "", "00482913"]);
        lines.records = Records::Mapped(vec![0; 5]);
        let found = [pair("us_ssn", "536904399"), pair("mrn", "00482913")];
        assert_eq!(found_in(&engine, vec![lines]), found);
        for text in [["MRN", "", "", "00482913"], ["no MRN", "", "00482913", ""]] {
            let mut lines = column("", &text);
            lines.records = Records::Mapped(vec![0; 4]);
            assert_eq!(found_in(&engine, vec![lines]), []);
        }
        assert_eq!(found_in(&engine, vec![column("", &["SSN:", "536904399"])]), []);
    }

    #[test]
    fn a_segment_in_text_has_its_fields_by_number() {
        let engine = engine();
        let found = |line: &str| found_in(&engine, vec![column("", &["sent:", line])]);
        let segment = found("PID|1||00482913^^^H^MR||OKAFOR^GRACE||19800203|F");
        assert!(segment.contains(&pair("mrn", "00482913")) && segment.contains(&pair("date_of_birth", "19800203")));
        assert_eq!(found("OBX|1||00482913^^^H^MR||x||19800203|F"), []);
    }

    #[test]
    fn headings_in_text_speak_for_the_cells_under_them() {
        let engine = engine();
        let plain = [
            "Name             DOB         MRN",
            "Grace Okafor     1980-02-03  00482913",
            "",
            "x  1980-02-03  00482913",
        ];
        let found = found_in(&engine, vec![column("", &plain)]);
        assert_eq!(
            found,
            [pair("person_name", "Grace Okafor"), pair("date_of_birth", "1980-02-03"), pair("mrn", "00482913")]
        );
        let one = ["| Ward | DOB |", "|---|---|", "| 3 West | 1980-02-03 |"];
        assert_eq!(found_in(&engine, vec![column("", &one)]), [pair("date_of_birth", "1980-02-03")]);
        assert_eq!(found_in(&engine, vec![column("", &[one[0], one[2]])]), []);
        let piped = ["| SSN | Zip | Phone |", "|---|---|---|", "| 536904399 | 02138 | 2125550123 |"];
        let found = found_in(&engine, vec![column("", &piped)]);
        assert_eq!(found, [pair("us_ssn", "536904399"), pair("us_zip", "02138"), pair("us_phone", "2125550123")]);
    }

    /// The same engine, in which every pattern is tried and every phrase looked for at every token.
    fn slow_engine() -> Engine {
        let mut engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Low).unwrap();
        engine.compiled.shapes = Shapes::of_anything(engine.compiled.at_token.len());
        engine.compiled.first_words.fill();
        engine
    }

    #[test]
    fn filters_lose_nothing() {
        let (fast, slow) = (Engine::new(&Catalogue::built_in().unwrap(), Confidence::Low).unwrap(), slow_engine());
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut compared = 0;
        for name in ["text", "log", "csv", "ndjson", "clean"] {
            for entry in std::fs::read_dir(folder.join(name)).unwrap() {
                let bytes = std::fs::read(entry.unwrap().path()).unwrap();
                let lines = String::from_utf8_lossy(&bytes);
                let lines: Vec<&str> = lines.lines().take(400).collect();
                // Borders of batches fall anywhere.
                for (first, count) in [(0, lines.len()), (1, 7), (3, 50)] {
                    let part = &lines[first.min(lines.len())..(first + count).min(lines.len())];
                    let (quick, thorough) = (column("", part), column("", part));
                    let found = found_in(&fast, vec![quick]);
                    compared += found.len();
                    assert_eq!(found, found_in(&slow, vec![thorough]));
                }
            }
        }
        assert!(compared > 5_000, "{compared} matches were compared");
    }

    #[test]
    fn a_few_words_of_a_column_are_chance_unless_the_table_is_about_persons() {
        let mut titles: Vec<String> = (0..98).map(|number| format!("Part {number} of the story")).collect();
        titles.extend(["Endometriosis".to_owned(), "Lisinopril".to_owned()]);
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let ids: Vec<String> = (0..100).map(|number| format!("{}", 4_471_000 + 7 * number)).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let held = |path: &str| {
            let columns = vec![column("title", &titles), column(path, &ids)];
            let batch = Batch { record_count: 100, columns, ..Batch::default() };
            let (engine, mut scratch, mut found) = (engine(), Scratch::default(), Vec::new());
            let profile = engine.profile(&batch, &mut scratch);
            engine.scan(&batch, &profile, &mut scratch, &mut found);
            let is_held = |found: &Match| found.evidence.contains(EvidenceFlags::PUBLICATION);
            found[0].iter().map(|found| (is_held(found), found.confidence)).collect::<Vec<_>>()
        };
        assert_eq!(held("shelf"), [(true, Confidence::Low); 2]);
        assert_eq!(held("mrn"), [(false, Confidence::Medium); 2]);
        // More of them are no chance.
        let many = ["Endometriosis", "Part 1", "Part 2", "Part 3"].repeat(10);
        assert_eq!(found_in(&engine(), vec![column("title", &many)]).len(), 10);
    }

    #[test]
    fn what_stands_alone_in_its_record_is_left_out_where_that_is_asked_for() {
        let engine = engine();
        let ip = engine.detectors().iter().position(|detector| &*detector.id == "ip_address").unwrap() as u16;
        let lines = ["from 73.102.176.82 to 73.102.176.83", "SSN 536-90-4399 from 73.102.176.82", "73.102.176.84"];
        let found = |profile: Profile, records: [u32; 3], second: bool| {
            let records = if records == [0, 1, 2] { Records::Identity } else { Records::Mapped(records.to_vec()) };
            let lines = Column { records, ..column("", &lines) };
            let columns = if second { vec![lines, column("x", &["a"])] } else { vec![lines] };
            let batch = Batch { record_count: 4, columns, ..Batch::default() };
            let mut found = Vec::new();
            engine.scan(&batch, &profile, &mut Scratch::default(), &mut found);
            found[0].iter().map(|found| found.value).collect::<Vec<_>>()
        };
        let lone = || Profile::default().without_lone(vec![ip]);
        assert_eq!(found(Profile::default(), [0, 1, 2], false), [0, 0, 1, 1, 2]);
        assert_eq!(found(lone(), [0, 1, 2], false), [1, 1]);
        assert_eq!(found(lone(), [0, 0, 1], false), [0, 0, 1, 1]);
        assert_eq!(found(lone(), [0, 1, 3], false), [1, 1]);
        // What else is in the record is not known here.
        assert_eq!(found(lone(), [0, 1, 2], true), [0, 0, 1, 1, 2]);
    }

    #[test]
    fn values_stand_at_every_border() {
        let engine = engine();
        for length in 0..140 {
            let line = format!("{} 536-90-4399", "x".repeat(length));
            let found = found_in(&engine, vec![column("", &[&line, "536-90-4399", &line])]);
            assert_eq!(found.len(), 3, "{length}");
        }
    }

    #[test]
    fn a_list_of_codes_follows_one_label() {
        let found = found_in(&engine(), vec![column("", &["Dx: E11.9, I10; J45.909 seen"])]);
        assert_eq!(found, [pair("icd10cm", "E11.9"), pair("icd10cm", "I10"), pair("icd10cm", "J45.909")]);
    }
}
