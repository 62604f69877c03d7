//! The engine: one pass over a column's contiguous bytes finds where anything can begin, and only there is anything
//! verified.
//!
//! At a token start (`tokens`) the token's shape says which patterns can match (`shapes`; mostly none), and a bitmap of
//! first words whether a context word can begin. What matches passes a validator and is then judged by the context
//! words around it. Plain synchronous code without locks.

use super::catalogue::Catalogue;
use super::compile::{Anywhere, CompileError, Compiled, CompiledDetector, Search};
use super::context::{PhraseSpan, labelled_value_start, value_of_key};
use super::field::FieldWords;
use super::memo::{Memo, Trial};
use super::shapes::{PatternSet, Shapes};
use super::spans::{
    is_in_number_row, is_joined_after, is_joined_before, leading_bytes, list_items, next_list_item, run_around,
    trimmed, without_zero_fraction,
};
use super::tokens::for_each_token;
use crate::model::{Batch, Column, ColumnKind, Confidence, Detector, DetectorClass, EvidenceFlags, Match};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The detectors of a scan, ready to run. Shared by all workers.
#[derive(Debug)]
pub struct Engine {
    compiled: Compiled,
    floor: Confidence,
}

/// What the first batch of an object says about its columns: which detectors a nameless column is taken for by the
/// share of its values that pass, and an ambiguous name by the fields beside it. It is made once, so that every later batch is judged alike.
#[derive(Debug, Default, Clone)]
pub struct Profile {
    by_share: HashMap<(Arc<str>, u32), Vec<u16>>,
    /// Detectors that a field is taken for because of the fields beside it.
    by_siblings: HashMap<(Arc<str>, u32), Vec<u16>>,
}

/// A worker's reused memory. Nothing in it influences a result.
#[derive(Debug, Default)]
pub struct Scratch {
    plans: HashMap<Arc<str>, Arc<PathPlan>>,
    /// Tokens that begin with a digit and have the shape of a pattern.
    numbers: Candidates,
    /// Tokens that begin with a letter, and have the shape of a pattern or may begin a phrase.
    words: Candidates,
    phrases: Vec<PhraseSpan>,
    matches: Vec<Match>,
    memo: Memo,
}

/// Places at which something can begin, ascending: the offset, shifted left by 32, the set of shapes by 1, and in the
/// lowest bit whether a phrase may begin there. It is written without branches and only grows.
#[derive(Debug, Default)]
struct Candidates {
    places: Vec<u64>,
    count: usize,
}

impl Candidates {
    fn reset(&mut self, most: usize) {
        self.count = 0;
        if self.places.len() < most {
            self.places.resize(most, 0);
        }
    }

    /// Keeps the place if anything can begin there.
    #[inline]
    fn offer(&mut self, start: usize, set: u16, may_be_phrase: bool) {
        let what = u64::from(set) << 1 | u64::from(may_be_phrase);
        self.places[self.count] = (start as u64) << 32 | what;
        self.count += usize::from(what != 0);
    }

    /// The place at `index`: offset, set of shapes, whether a phrase may begin.
    #[inline]
    fn at(&self, index: usize) -> (usize, u16, bool) {
        let place = self.places[index];
        ((place >> 32) as usize, (place >> 1) as u16, place & 1 != 0)
    }
}

/// What a field path alone decides.
#[derive(Debug)]
struct PathPlan {
    /// Detectors that the path names.
    named: Vec<u16>,
    /// Detectors that the path names beside a field named for a person.
    ambiguous: Vec<u16>,
    /// Per detector: whether the path does not rule it out.
    allowed: Vec<bool>,
    /// The patterns of those that it does not rule out.
    patterns: PatternSet,
}

impl PathPlan {
    fn allows(&self, detector: u16) -> bool {
        self.allowed[usize::from(detector)]
    }
}

/// How many cached plans a worker keeps; paths that are data would otherwise grow without end.
const MAX_PLANS: usize = 16_384;

impl Engine {
    /// Compiles the detectors. Matches below `floor` are left out, but for network addresses, which the other matches
    /// of the record decide about.
    pub fn new(catalogue: &Catalogue, floor: Confidence) -> Result<Self, CompileError> {
        Ok(Self { compiled: Compiled::new(catalogue)?, floor })
    }

    /// The detectors by index, as `Match::detector` counts them.
    pub fn detectors(&self) -> &[Detector] {
        &self.compiled.described
    }

    /// Looks at the first batch of an object for columns that are recognised by their distribution.
    pub fn profile(&self, batch: &Batch, scratch: &mut Scratch) -> Profile {
        let mut profile = Profile::default();
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines) {
            let plan = self.plan(&column.path, scratch);
            let share = |(index, detector): (usize, &CompiledDetector)| {
                let index = index as u16;
                let unnamed = !plan.named.contains(&index) && plan.allows(index);
                (unnamed && stands_out(detector, column)).then_some(index)
            };
            let key = (column.path.clone(), column.ordinal);
            let found: Vec<u16> = self.compiled.detectors.iter().enumerate().filter_map(share).collect();
            if !found.is_empty() {
                profile.by_share.insert(key.clone(), found);
            }
            let beside: Vec<u16> = plan.ambiguous.iter().copied().filter(|index| plan.allows(*index)).collect();
            if !beside.is_empty() && self.is_beside_person(column, batch, scratch) {
                profile.by_siblings.insert(key, beside);
            }
        }
        profile
    }

    /// Whether another field of the same table or object is named for an identifier of a person.
    fn is_beside_person(&self, column: &Column, batch: &Batch, scratch: &mut Scratch) -> bool {
        let parent = |path: &str| path.rfind('.').map_or(0, |dot| dot + 1);
        let own = &column.path[..parent(&column.path)];
        batch.columns.iter().filter(|other| other.path != column.path && !other.is_empty()).any(|other| {
            let names_person = |index: &u16| {
                let class = self.compiled.described[usize::from(*index)].class;
                matches!(class, DetectorClass::Identifier | DetectorClass::QuasiIdentifier)
            };
            &other.path[..parent(&other.path)] == own
                && other.kind != ColumnKind::Lines
                && self.plan(&other.path, scratch).named.iter().any(names_person)
        })
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
            let plan = self.plan(&column.path, scratch);
            self.scan_column(column, &plan, profile, scratch);
            settle_overlaps(&mut scratch.matches, list);
        }
    }

    fn plan(&self, path: &Arc<str>, scratch: &mut Scratch) -> Arc<PathPlan> {
        if let Some(plan) = scratch.plans.get(path) {
            return plan.clone();
        }
        let field = FieldWords::of(path);
        let mut named = Vec::new();
        let mut plan = PathPlan { named: Vec::new(), ambiguous: Vec::new(), allowed: Vec::new(), patterns: 0 };
        for (index, detector) in self.compiled.detectors.iter().enumerate() {
            let allowed = path.is_empty() || field.fit_any(&detector.context.exclude).is_none();
            plan.allowed.push(allowed);
            if let Some(fit) = field.fit_any(&detector.context.fields).filter(|_| allowed) {
                named.push((fit, index as u16));
            } else if allowed && field.fit_any(&detector.context.sibling_fields).is_some() {
                plan.ambiguous.push(index as u16);
            }
        }
        // What the field itself is called says more than what it stands in: `mrn.ssn` is an SSN.
        let closest = named.iter().map(|(fit, _)| *fit).max();
        plan.named = named.into_iter().filter(|(fit, _)| Some(*fit) == closest).map(|(_, index)| index).collect();
        for (place, owner) in self.compiled.at_token.iter().enumerate() {
            if plan.allows(*owner) {
                plan.patterns |= Shapes::bit(place);
            }
        }
        let plan = Arc::new(plan);
        if scratch.plans.len() >= MAX_PLANS {
            scratch.plans.clear();
        }
        scratch.plans.insert(path.clone(), plan.clone());
        plan
    }

    fn scan_column(&self, column: &Column, plan: &PathPlan, profile: &Profile, scratch: &mut Scratch) {
        scratch.matches.clear();
        scratch.phrases.clear();
        let mut covered = 0;
        for &index in &plan.named {
            let detector = &self.compiled.detectors[usize::from(index)];
            let whole = (detector.context_confidence, EvidenceFlags::FIELD_NAME);
            covered = covered.max(self.whole_values(index, whole, column, scratch));
        }
        let key = (column.path.clone(), column.ordinal);
        for &index in profile.by_siblings.get(&key).into_iter().flatten() {
            let beside = (Confidence::Medium, EvidenceFlags::FIELD_NAME);
            covered = covered.max(self.whole_values(index, beside, column, scratch));
        }
        for &index in profile.by_share.get(&key).into_iter().flatten() {
            let Some(spec) = self.compiled.detectors[usize::from(index)].column else { continue };
            self.whole_values(index, (spec.confidence, EvidenceFlags::COLUMN_SHARE), column, scratch);
        }
        // Numbers and dates without a telling name prove nothing, and a column that one detector covers is explained.
        let unexplained = covered < column.len() && matches!(column.kind, ColumnKind::Lines | ColumnKind::Text);
        if unexplained {
            let first = scratch.matches.len();
            self.search_tokens(column, plan, scratch);
            self.search_anchors(column, plan, &mut scratch.matches);
            scratch.matches[first..].sort_by_key(|found| (found.start, found.detector));
            self.weigh_context(column, plan, first, scratch);
        }
        let owned = column.context_before_bytes..(column.bytes.len() as u32).saturating_sub(column.context_after_bytes);
        scratch.matches.retain(|found| {
            let class = self.compiled.described[usize::from(found.detector)].class;
            (found.confidence >= self.floor || class == DetectorClass::Network) && owned.contains(&found.start)
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
        let Scratch { matches, memo, .. } = scratch;
        let detector = &self.compiled.detectors[usize::from(index)];
        let validated = detector.context_validator.is_some();
        let evidence = if validated { evidence.with(EvidenceFlags::VALIDATOR) } else { evidence };
        let mut covered = 0;
        let mut trial = Trial::default();
        for value in 0..column.len() {
            let range = without_zero_fraction(column, trimmed(column, column.range(value)));
            let mut found = |range: Range<usize>| {
                let place = (usize::from(index), value);
                matches.push(found_at(place, (range.start, range.end), confidence, evidence));
            };
            let bytes = &column.bytes[range.clone()];
            if memo.accepts(&mut trial, index, bytes, || passes(detector, bytes)) {
                found(range);
                covered += 1;
            } else if detector.holds_codes {
                // A cell may hold a list of codes.
                list_items(column, range).filter(|item| passes(detector, &column.bytes[item.clone()])).for_each(found);
            }
        }
        covered
    }

    /// The one pass over the bytes: first where anything can begin, then what does.
    fn search_tokens(&self, column: &Column, plan: &PathPlan, scratch: &mut Scratch) {
        let bytes = column.bytes.as_slice();
        self.collect_candidates(bytes, scratch);
        let Scratch { numbers, words, phrases, matches, .. } = scratch;
        let mut value = 0;
        for index in 0..words.count {
            let (start, set, may_be_phrase) = words.at(index);
            value = value_at(column, value, start);
            if may_be_phrase && let Some(span) = self.compiled.phrases.at(bytes, start, column.ends[value] as usize) {
                phrases.push(span);
                self.try_terms(plan, (span, value), matches);
                self.try_labels(column, plan, (span, value), matches);
                self.try_key(column, plan, (span, value), matches);
            }
            self.try_patterns(column, plan, (start, value), set, matches);
        }
        value = 0;
        for index in 0..numbers.count {
            let (start, set, _) = numbers.at(index);
            value = value_at(column, value, start);
            // A part of a longer number is none of the engine's numbers.
            if !is_joined_before(bytes, start) {
                self.try_patterns(column, plan, (start, value), set, matches);
            }
        }
    }

    /// Collects the tokens at which a phrase or a match may begin.
    ///
    /// There are no branches on content: what a log holds next cannot be predicted, and a mispredicted branch costs
    /// more than all of this.
    fn collect_candidates(&self, bytes: &[u8], scratch: &mut Scratch) {
        let (phrases, shapes) = (&self.compiled.phrases, &self.compiled.shapes);
        // Token starts are at least two bytes apart.
        scratch.numbers.reset(bytes.len() / 2 + 1);
        scratch.words.reset(bytes.len() / 2 + 1);
        for_each_token(
            scratch,
            bytes,
            |scratch, start, runs| scratch.numbers.offer(start, shapes.of_number(bytes, start, runs), false),
            |scratch, start, runs| {
                let may_be_phrase = phrases.may_begin(leading_bytes(bytes, start), runs.first_word_letters());
                scratch.words.offer(start, shapes.of_word(bytes, start, runs), may_be_phrase);
            },
        );
    }

    fn try_patterns(
        &self,
        column: &Column,
        plan: &PathPlan,
        place: (usize, usize),
        set: u16,
        matches: &mut Vec<Match>,
    ) {
        let at_token = &self.compiled.at_token;
        let set = self.compiled.shapes.set(set) & plan.patterns;
        Shapes::for_each_pattern(set, at_token.len(), |pattern| {
            let owner = at_token[pattern];
            if plan.allows(owner) {
                self.verify_token(usize::from(owner), column, place, matches);
            }
        });
    }

    fn verify_token(&self, index: usize, column: &Column, (start, value): (usize, usize), matches: &mut Vec<Match>) {
        let Some(Anywhere { search: Search::AtToken(pattern), validator, confidence }) =
            &self.compiled.detectors[index].anywhere
        else {
            return;
        };
        let bytes = column.bytes.as_slice();
        let Some(end) = pattern.end_of_match(bytes, start, column.ends[value] as usize) else { return };
        if is_joined_after(bytes, end)
            || is_in_number_row(bytes, start, end)
            || validator.is_some_and(|passes| !passes(&bytes[start..end]))
        {
            return;
        }
        matches.push(found_at((index, value), (start, end), *confidence, shape_evidence(validator.is_some())));
    }

    /// A term of a list is a match by itself.
    fn try_terms(&self, plan: &PathPlan, (span, value): (PhraseSpan, usize), matches: &mut Vec<Match>) {
        let finds = &self.compiled.phrases.meanings[usize::from(span.phrase)].finds;
        for &index in finds.iter().filter(|index| plan.allows(**index)) {
            let Some(confidence) = self.compiled.detectors[usize::from(index)].term_confidence else { continue };
            let place = (usize::from(index), value);
            let range = (span.start as usize, span.end as usize);
            matches.push(found_at(place, range, confidence, EvidenceFlags::PATTERN));
        }
    }

    /// Tries the value behind a phrase for the detectors whose label the phrase is.
    fn try_labels(
        &self,
        column: &Column,
        plan: &PathPlan,
        (span, value): (PhraseSpan, usize),
        matches: &mut Vec<Match>,
    ) {
        let labels = &self.compiled.phrases.meanings[usize::from(span.phrase)].labels;
        if labels.is_empty() {
            return;
        }
        let bytes = column.bytes.as_slice();
        let limit = column.ends[value] as usize;
        let Some(start) = labelled_value_start(bytes, span.end as usize, limit) else { return };
        for &index in labels.iter().filter(|index| plan.allows(**index)) {
            let detector = &self.compiled.detectors[usize::from(index)];
            let Some(pattern) = &detector.label else { continue };
            let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
            let mut start = start;
            while let Some(end) = pattern.end_of_match(bytes, start, limit) {
                if detector.context_validator.is_some_and(|passes| !passes(&bytes[start..end])) {
                    break;
                }
                let place = (usize::from(index), value);
                matches.push(found_at(place, (start, end), detector.context_confidence, evidence));
                // A label of codes may announce a list of them.
                let next = next_list_item(bytes, end, limit).filter(|_| detector.holds_codes);
                let Some(next) = next else { break };
                start = next;
            }
        }
    }

    /// Tries the value of a key in text (`zip=02138`, `First name: Luis`) for the detectors whose field the key is.
    fn try_key(&self, column: &Column, plan: &PathPlan, (span, value): (PhraseSpan, usize), matches: &mut Vec<Match>) {
        let keys = &self.compiled.phrases.meanings[usize::from(span.phrase)].keys;
        if keys.is_empty() {
            return;
        }
        let bytes = column.bytes.as_slice();
        let Some(range) = value_of_key(bytes, span.end as usize, column.ends[value] as usize) else { return };
        for &index in keys.iter().filter(|index| plan.allows(**index)) {
            let detector = &self.compiled.detectors[usize::from(index)];
            if passes(detector, &bytes[range.clone()]) {
                let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
                let place = (usize::from(index), value);
                matches.push(found_at(place, (range.start, range.end), detector.context_confidence, evidence));
            }
        }
    }

    /// Patterns that are not selective at their start: around an anchor byte, or everywhere.
    fn search_anchors(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        for &index in self.compiled.around_byte.iter().filter(|index| plan.allows(**index)) {
            let Some(anywhere) = &self.compiled.detectors[usize::from(index)].anywhere else { continue };
            let Search::AroundByte(anchor, pattern) = &anywhere.search else { continue };
            let (mut value, mut searched) = (0, 0);
            for place in memchr::memchr_iter(*anchor, bytes) {
                if place < searched {
                    continue;
                }
                value = value_at(column, value, place);
                let run = run_around(bytes, place, column.range(value));
                searched = run.end;
                for (start, end) in pattern.find_in(bytes, run) {
                    if anywhere.validator.is_none_or(|passes| passes(&bytes[start..end])) {
                        let evidence = shape_evidence(anywhere.validator.is_some());
                        let place = (usize::from(index), value);
                        matches.push(found_at(place, (start, end), anywhere.confidence, evidence));
                    }
                }
            }
        }
        for &index in self.compiled.everywhere.iter().filter(|index| plan.allows(**index)) {
            let Some(anywhere) = &self.compiled.detectors[usize::from(index)].anywhere else { continue };
            let Search::Everywhere(pattern) = &anywhere.search else { continue };
            for value in 0..column.len() {
                for (start, end) in pattern.find_in(bytes, column.range(value)) {
                    if anywhere.validator.is_none_or(|passes| passes(&bytes[start..end])) {
                        let evidence = shape_evidence(anywhere.validator.is_some());
                        let place = (usize::from(index), value);
                        matches.push(found_at(place, (start, end), anywhere.confidence, evidence));
                    }
                }
            }
        }
    }

    /// Raises and rules out the matches from `first` on by the phrases around them in the same value. Matches and
    /// phrases are sorted by place.
    fn weigh_context(&self, column: &Column, plan: &PathPlan, first: usize, scratch: &mut Scratch) {
        let phrases = &scratch.phrases;
        let mut nearest = 0;
        let mut kept = first;
        for place in first..scratch.matches.len() {
            let mut found = scratch.matches[place];
            let detector = &self.compiled.detectors[usize::from(found.detector)];
            while phrases.get(nearest).is_some_and(|span| span.end + self.compiled.max_window < found.start) {
                nearest += 1;
            }
            let range = column.range(found.value as usize);
            let earliest = found.start.saturating_sub(detector.context.window).max(range.start as u32);
            let latest = found.end.saturating_add(detector.context.window).min(range.end as u32);
            let mut raised = plan.named.contains(&found.detector);
            if raised {
                found.evidence = found.evidence.with(EvidenceFlags::FIELD_NAME);
            }
            let mut excluded = false;
            for span in phrases[nearest..].iter().take_while(|span| span.start < latest) {
                let apart = span.end <= found.start || span.start >= found.end;
                if !apart || span.start < earliest || span.end > latest {
                    continue;
                }
                let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
                // What stands behind a value belongs to the next one: `Home phone: ... Clinic phone: ...`.
                excluded |= span.end <= found.start && meaning.excludes.contains(&found.detector);
                if meaning.raises.contains(&found.detector) {
                    raised = true;
                    found.evidence = found.evidence.with(EvidenceFlags::CONTEXT);
                }
            }
            if raised {
                found.confidence = found.confidence.max(detector.context_confidence);
            }
            if !excluded {
                scratch.matches[kept] = found;
                kept += 1;
            }
        }
        scratch.matches.truncate(kept);
    }
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
        && detector.field.as_ref().is_some_and(|pattern| pattern.end_of_match(value, 0, value.len()).is_some())
        && detector.context_validator.is_none_or(|passes| passes(value))
}

/// Moves the matches to `list`, sorted by place; of overlapping ones the stronger stays, equal ones become one.
fn settle_overlaps(matches: &mut Vec<Match>, list: &mut Vec<Match>) {
    let strength = |found: &Match| {
        let named =
            EvidenceFlags(EvidenceFlags::FIELD_NAME.0 | EvidenceFlags::CONTEXT.0 | EvidenceFlags::COLUMN_SHARE.0);
        (found.confidence, found.evidence.0 & named.0 != 0, found.end - found.start, std::cmp::Reverse(found.detector))
    };
    if !matches.is_sorted_by_key(|found| found.start) {
        matches.sort_by_key(|found| found.start);
    }
    for found in matches.drain(..) {
        let Some(last) = list.last_mut().filter(|last| found.start < last.end) else {
            list.push(found);
            continue;
        };
        let same = (last.detector, last.start, last.end) == (found.detector, found.start, found.end);
        let evidence = last.evidence.with(found.evidence);
        if strength(&found) > strength(last) {
            *last = found;
        }
        if same {
            last.evidence = evidence;
        }
    }
}

/// Whether the share of a column's values that pass is one that chance does not give.
fn stands_out(detector: &CompiledDetector, column: &Column) -> bool {
    const MIN_VALUES: usize = 100;
    /// ln(1e-6)
    const MAX_LOG_PROBABILITY: f64 = -13.8;
    let Some(spec) = detector.column else { return false };
    let (mut tested, mut passed) = (0usize, 0usize);
    for value in 0..column.len() {
        let range = trimmed(column, column.range(value));
        if !range.is_empty() {
            tested += 1;
            passed += usize::from(passes(detector, &column.bytes[range]));
        }
        if tested == MIN_VALUES && passed * 2 < MIN_VALUES {
            return false;
        }
    }
    if tested < MIN_VALUES || (passed as f64) < spec.min_share * tested as f64 {
        return false;
    }
    // Chernoff's bound on the binomial tail: P(X >= passed) <= exp(-n KL(share || chance)).
    let share = passed as f64 / tested as f64;
    if share <= spec.chance {
        return false;
    }
    let term = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
    let divergence = term(share, spec.chance) + term(1.0 - share, 1.0 - spec.chance);
    -(tested as f64) * divergence < MAX_LOG_PROBABILITY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Engine {
        Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap()
    }

    /// Ids and texts of the matches in the columns.
    fn found_in(engine: &Engine, columns: Vec<Column>) -> Vec<(String, String)> {
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

    fn column(path: &str, values: &[&str]) -> Column {
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

    #[test]
    fn a_match_lies_inside_one_value() {
        let engine = engine();
        assert_eq!(found_in(&engine, vec![column("note", &["SSN 536-90", "4399"])]), []);
        let split = column("note", &["x", "SSN 536-90-4399", ""]);
        assert_eq!(found_in(&engine, vec![split]), [pair("us_ssn", "536-90-4399")]);
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
