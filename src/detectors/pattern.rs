//! Compiled patterns: a small anchored automaton for each, which says where a match that begins at a place ends.
//!
//! Where a pattern is worth trying is not known here: `shapes` reads it off the automata.

use super::automata;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// A compiled automaton may be this large; a pattern that needs more is refused.
const MAX_AUTOMATON_BYTES: usize = 4 << 20;

/// Why a pattern cannot be used. The text never names a value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PatternError {
    /// It does not parse.
    #[error("the pattern is not valid: {0}")]
    Syntax(String),
    /// Its automaton is over the limit.
    #[error("the pattern is too large: {0}; shorten its counted repetitions")]
    TooLarge(String),
    /// It matches nothing at all, which is everywhere.
    #[error("the pattern can match the empty text; make one part of it required")]
    MatchesEmpty,
    /// The anchor is not one ASCII character.
    #[error("the anchor must be one ASCII character that every match contains")]
    Anchor,
}

/// Where a pattern has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// No letter, digit or `_` may follow.
    OfToken,
    /// It has to cover the whole haystack.
    OfValue,
}

/// A pattern that is tried at one place.
///
/// Its automaton is made when it is first needed: most of the patterns for labels and fields are never asked in a scan.
#[derive(Debug)]
pub(super) struct AnchoredPattern {
    /// With what it asks for at its end.
    bounded: String,
    steps: OnceLock<Steps>,
    by_byte: OnceLock<Option<ByByte>>,
}

impl AnchoredPattern {
    /// Compiles `pattern` with ASCII classes, at once.
    pub(super) fn new(pattern: &str, end: End) -> Result<Self, PatternError> {
        let compiled = Self::of_built_in(pattern, end);
        let steps = Steps::of(&compiled.bounded)?;
        if steps.end_of_match(b"", 0, 0).is_some() {
            return Err(PatternError::MatchesEmpty);
        }
        let _ = compiled.steps.set(steps);
        Ok(compiled)
    }

    /// A pattern that is known to compile, and does so when it is first needed.
    pub(super) fn of_built_in(pattern: &str, end: End) -> Self {
        Self { bounded: bounded(pattern, end), steps: OnceLock::new(), by_byte: OnceLock::new() }
    }

    /// A pattern that does not compile never matches; a test compiles each that is built in.
    #[inline]
    fn steps(&self) -> &Steps {
        self.steps.get_or_init(|| Steps::of(&self.bounded).unwrap_or_default())
    }

    #[inline]
    fn by_byte(&self) -> Option<&ByByte> {
        self.by_byte.get_or_init(|| ByByte::of(self.steps())).as_ref()
    }

    /// End of the match that starts at `start` and lies within `start..end`.
    #[inline]
    pub(super) fn end_of_match(&self, bytes: &[u8], start: usize, end: usize) -> Option<usize> {
        match self.by_byte() {
            Some(table) => table.end_of_match(bytes, start, end),
            None => self.steps().end_of_match(bytes, start, end),
        }
    }

    /// The automaton of a pattern that has to cover a whole value.
    #[inline]
    pub(super) fn whole(&self) -> Whole<'_> {
        match self.by_byte() {
            Some(table) => Whole::Small(table),
            None => Whole::Large(self.steps()),
        }
    }

    /// Its text, with what it asks for at its end.
    #[cfg(test)]
    pub(super) fn bounded(&self) -> &str {
        &self.bounded
    }

    /// Before the first byte.
    pub(super) fn walk(&self) -> Walk {
        Walk { states: vec![self.steps().start], is_match: false }
    }

    /// The classes of the bytes that are taken: what the automaton does not tell apart is one class.
    pub(super) fn classes(&self, takes: impl Fn(u8) -> bool) -> Vec<u8> {
        let mut taken = [false; 256];
        for (byte, class) in (0..=255).zip(self.steps().classes) {
            taken[usize::from(class)] |= takes(byte);
        }
        (0..=255).filter(|class| taken[usize::from(*class)]).collect()
    }

    /// The class of a byte.
    pub(super) fn class_of(&self, byte: u8) -> u8 {
        self.steps().classes[usize::from(byte)]
    }

    /// Where any byte of the classes leads to from where the walk is.
    pub(super) fn step(&self, walk: &Walk, classes: &[u8]) -> Walk {
        let steps = self.steps();
        let mut after = Walk { states: Vec::new(), is_match: false };
        for &class in classes {
            for &state in &walk.states {
                let next = steps.after_class(state, class);
                after.is_match |= steps.is_match(next);
                if next != DEAD && after.states.last() != Some(&next) {
                    after.states.push(next);
                }
            }
        }
        after.states.sort_unstable();
        after.states.dedup();
        after
    }

    /// Whether a match ends where the walk is, if nothing follows.
    pub(super) fn is_match_at_end(&self, walk: &Walk) -> bool {
        let steps = self.steps();
        walk.states.iter().any(|state| steps.is_match(steps.at_end(*state)))
    }

    /// Whether a match can begin with `byte`.
    pub(super) fn may_begin_with(&self, byte: u8) -> bool {
        let steps = self.steps();
        steps.after(steps.start, byte) != DEAD
    }
}

/// A state from which no match can be reached.
const DEAD: u32 = 0;

/// States of an automaton that is walked by its bytes.
const MAX_ROWS: usize = 256;

/// An automaton of few states as a table of what follows each state by the byte itself, so that a step is one look and
/// nothing has to be tested. States are numbered as the rows of [`Steps`] are: [`DEAD`] is 0, those of matches come next.
#[derive(Debug)]
pub(super) struct ByByte {
    next: Box<[[u8; 256]; MAX_ROWS]>,
    /// What follows at the end of all.
    at_end: Box<[u8; MAX_ROWS]>,
    start: u8,
    last_match: u8,
}

impl ByByte {
    /// `None` for more states than a byte numbers.
    fn of(steps: &Steps) -> Option<Self> {
        let columns = steps.columns as usize;
        let rows = steps.next.len() / columns;
        if rows > MAX_ROWS {
            return None;
        }
        let number = |state: u32| (state / steps.columns) as u8;
        let mut next = vec![[0; 256]; MAX_ROWS];
        let mut at_end = Box::new([0; MAX_ROWS]);
        for (row, states) in steps.next.chunks_exact(columns).enumerate() {
            for (place, class) in next[row].iter_mut().zip(steps.classes) {
                *place = number(states[usize::from(class)]);
            }
            at_end[row] = number(states[columns - 1]);
        }
        let (start, last_match) = (number(steps.start), number(steps.last_match));
        Some(Self { next: next.into_boxed_slice().try_into().ok()?, at_end, start, last_match })
    }
}

impl Table for ByByte {
    type State = u8;

    #[inline]
    fn start(&self) -> u8 {
        self.start
    }

    #[inline]
    fn after(&self, state: u8, byte: u8) -> u8 {
        self.next[usize::from(state)][usize::from(byte)]
    }

    #[inline]
    fn at_end(&self, state: u8) -> u8 {
        self.at_end[usize::from(state)]
    }

    #[inline]
    fn last_match(&self) -> u8 {
        self.last_match
    }
}

/// The states of an automaton, as a walk needs them: that from which no match can be reached is the lowest one, zero, and
/// those that say that a match ended before the last byte come next.
trait Table {
    type State: Copy + Default + Ord;

    fn start(&self) -> Self::State;
    fn after(&self, state: Self::State, byte: u8) -> Self::State;
    fn at_end(&self, state: Self::State) -> Self::State;
    fn last_match(&self) -> Self::State;

    #[inline]
    fn is_match(&self, state: Self::State) -> bool {
        state != Self::State::default() && state <= self.last_match()
    }

    /// End of the match that starts at `start` and lies within `start..end`.
    #[inline]
    fn end_of_match(&self, bytes: &[u8], start: usize, end: usize) -> Option<usize> {
        let mut state = self.start();
        let mut ended = None;
        for (place, byte) in bytes[start..end].iter().enumerate() {
            state = self.after(state, *byte);
            // A match is seen one byte late: it ended before this byte.
            if state <= self.last_match() {
                if state == Self::State::default() {
                    return ended;
                }
                ended = Some(start + place);
            }
        }
        let last = match bytes.get(end) {
            Some(byte) => self.after(state, *byte),
            None => self.at_end(state),
        };
        if self.is_match(last) { Some(end) } else { ended }
    }

    /// Whether a pattern that has to cover a whole value covers this one: no match ends before the value does, so only the
    /// last state counts.
    #[inline]
    fn covers(&self, value: &[u8]) -> bool {
        let last = value.iter().fold(self.start(), |state, byte| self.after(state, *byte));
        self.is_match(self.at_end(last))
    }
}

/// An automaton as one table: a row for each state, a column for each class of bytes, and one for the end of all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) classes: [u8; 256],
    /// Where the row of the next state begins.
    pub(super) next: Vec<u32>,
    pub(super) columns: u32,
    pub(super) start: u32,
    /// Rows from the second one up to this one are of states that say that a match ended before the last byte.
    pub(super) last_match: u32,
}

impl Default for Steps {
    /// Matches nothing.
    fn default() -> Self {
        Self { classes: [0; 256], next: vec![DEAD; 2], columns: 2, start: DEAD, last_match: DEAD }
    }
}

impl Steps {
    /// Of a pattern, with what it asks for at its end.
    fn of(pattern: &str) -> Result<Self, PatternError> {
        automata::find(pattern).map_or_else(|| Self::compile(pattern), Ok)
    }

    /// Compiles a pattern and keeps of its automaton what a walk needs.
    pub(super) fn compile(pattern: &str) -> Result<Self, PatternError> {
        let (automaton, start) = build(pattern)?;
        let all = automaton.byte_classes();
        let columns = all.alphabet_len() as u32;
        let of_class: Vec<u8> = (0..columns as usize - 1)
            .filter_map(|class| (0..=255).find(|byte| usize::from(all.get(*byte)) == class))
            .collect();
        // The states that can be reached, those of matches first.
        let is_dead = |state: StateID| automaton.is_dead_state(state) || automaton.is_quit_state(state);
        let (mut reached, mut open) = (vec![start], vec![start]);
        let mut known = HashSet::from([start]);
        while let Some(state) = open.pop() {
            let after = of_class.iter().map(|byte| automaton.next_state(state, *byte));
            for next in after.chain([automaton.next_eoi_state(state)]) {
                if !is_dead(next) && known.insert(next) {
                    reached.push(next);
                    open.push(next);
                }
            }
        }
        reached.sort_by_key(|state| (!automaton.is_match_state(*state), *state));
        let matches = reached.iter().filter(|state| automaton.is_match_state(**state)).count() as u32;
        let rows: HashMap<StateID, u32> = reached.iter().zip(1..).map(|(state, row)| (*state, row * columns)).collect();
        let row_of = |state: StateID| rows.get(&state).copied().unwrap_or(DEAD);
        let mut next = vec![DEAD; columns as usize];
        for state in &reached {
            next.extend(of_class.iter().map(|byte| row_of(automaton.next_state(*state, *byte))));
            next.push(row_of(automaton.next_eoi_state(*state)));
        }
        let classes = std::array::from_fn(|byte| all.get(byte as u8));
        Ok(Self { classes, next, columns, start: row_of(start), last_match: matches * columns })
    }

    #[inline]
    fn after_class(&self, state: u32, class: u8) -> u32 {
        self.next.get((state + u32::from(class)) as usize).copied().unwrap_or(DEAD)
    }
}

impl Table for Steps {
    type State = u32;

    #[inline]
    fn start(&self) -> u32 {
        self.start
    }

    #[inline]
    fn after(&self, state: u32, byte: u8) -> u32 {
        self.after_class(state, self.classes[usize::from(byte)])
    }

    #[inline]
    fn at_end(&self, state: u32) -> u32 {
        self.next.get((state + self.columns - 1) as usize).copied().unwrap_or(DEAD)
    }

    #[inline]
    fn last_match(&self) -> u32 {
        self.last_match
    }
}

/// The automaton of a pattern that has to cover a whole value: one of [`End::OfValue`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Whole<'a> {
    Small(&'a ByByte),
    Large(&'a Steps),
}

impl Whole<'_> {
    /// Whether the value is a match.
    #[inline]
    pub(super) fn covers(self, value: &[u8]) -> bool {
        match self {
            Self::Small(table) => table.covers(value),
            Self::Large(steps) => steps.covers(value),
        }
    }
}

/// All the places in an automaton that bytes of a kind lead to, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Walk {
    states: Vec<u32>,
    is_match: bool,
}

impl Walk {
    /// Whether one of the last bytes ended a match (before itself).
    pub(super) fn is_match(&self) -> bool {
        self.is_match
    }

    /// The same, with a match that ended.
    pub(super) fn with_match(self) -> Self {
        Self { is_match: true, ..self }
    }

    /// The places of both.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.states.extend(other.states);
        self.states.sort_unstable();
        self.states.dedup();
        Self { is_match: self.is_match || other.is_match, ..self }
    }

    /// Whether no match can go on from here.
    pub(super) fn is_over(&self) -> bool {
        self.states.is_empty()
    }
}

/// The pattern with what it asks for at its end.
fn bounded(pattern: &str, end: End) -> String {
    match end {
        End::OfToken => format!("(?:{pattern})\\b{{end-half}}"),
        End::OfValue => format!("(?:{pattern})\\z"),
    }
}

/// An anchored automaton and its start state. Patterns look ahead at their end and never behind their start, so one
/// start state serves every place.
fn build(pattern: &str) -> Result<(dense::DFA<Vec<u32>>, StateID), PatternError> {
    let automaton = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .match_kind(MatchKind::LeftmostFirst)
                .dfa_size_limit(Some(MAX_AUTOMATON_BYTES))
                .determinize_size_limit(Some(4 * MAX_AUTOMATON_BYTES)),
        )
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_AUTOMATON_BYTES)))
        .syntax(syntax())
        .build(pattern)
        .map_err(|error| {
            let cause = chain(&error);
            // The limit on the first stage of the automaton is told by the text of the cause alone.
            match error.is_size_limit_exceeded() || cause.contains("size limit") || cause.contains("exceed") {
                true => PatternError::TooLarge(cause),
                false => PatternError::Syntax(cause),
            }
        })?;
    let anchored = start::Config::new().anchored(Anchored::Yes);
    let start = automaton.start_state(&anchored).map_err(|error| PatternError::Syntax(format!("no start: {error}")))?;
    Ok((automaton, start))
}

/// A pattern that is searched in a stretch of bytes.
#[derive(Debug)]
pub(super) struct SearchedPattern {
    regex: Regex,
    looks_at_ends: bool,
}

impl SearchedPattern {
    /// Compiles `pattern` with ASCII classes.
    pub(super) fn new(pattern: &str) -> Result<Self, PatternError> {
        let regex = RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(MAX_AUTOMATON_BYTES)
            .dfa_size_limit(MAX_AUTOMATON_BYTES)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => PatternError::TooLarge(error.to_string()),
                _ => PatternError::Syntax(chain(&error)),
            })?;
        if regex.is_match(b"") {
            return Err(PatternError::MatchesEmpty);
        }
        let looks_at_ends = regex_automata::util::syntax::parse_with(pattern, &syntax())
            .is_ok_and(|parsed| parsed.properties().look_set().contains_anchor());
        Ok(Self { regex, looks_at_ends })
    }

    /// Whether it asks where a value or a line begins or ends.
    pub(super) fn looks_at_ends(&self) -> bool {
        self.looks_at_ends
    }

    /// The matches within `range`, leftmost first.
    pub(super) fn find_in<'a>(
        &'a self,
        bytes: &'a [u8],
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        let first = range.start;
        self.regex.find_iter(&bytes[range]).map(move |found| (first + found.start(), first + found.end()))
    }
}

/// Patterns of which one pass over bytes tells which have a match in them.
#[derive(Debug)]
pub(super) struct PatternsTogether {
    set: RegexSet,
}

impl PatternsTogether {
    /// `None` where the automaton would be too large.
    pub(super) fn of<'a>(patterns: impl Iterator<Item = &'a SearchedPattern>) -> Option<Self> {
        let set = RegexSetBuilder::new(patterns.map(|pattern| pattern.regex.as_str()))
            .unicode(false)
            .size_limit(MAX_AUTOMATON_BYTES)
            .dfa_size_limit(MAX_AUTOMATON_BYTES)
            .build();
        Some(Self { set: set.ok()? })
    }

    /// The places in the list of those that have a match.
    pub(super) fn found_in(&self, bytes: &[u8]) -> impl Iterator<Item = usize> + use<> {
        self.set.matches(bytes).into_iter()
    }
}

fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// The innermost cause says what is wrong with a pattern; the outer ones only that something is.
fn chain(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_ends_at_the_end_of_a_token() {
        let pattern = AnchoredPattern::new(r"\d{3}-\d{2}-\d{4}", End::OfToken).unwrap();
        assert_eq!(pattern.end_of_match(b"536-90-4399 x", 0, 13), Some(11));
        assert_eq!(pattern.end_of_match(b"536-90-43991", 0, 12), None);
        assert_eq!(pattern.end_of_match(b"x536-90-4399", 1, 12), Some(12));
        let whole = AnchoredPattern::new(r"\d{9}", End::OfValue).unwrap();
        assert_eq!(whole.end_of_match(b"123456789", 0, 9), Some(9));
        assert_eq!(whole.end_of_match(b"123456789 ", 0, 10), None);
        assert!(whole.whole().covers(b"123456789"));
        assert!(
            !whole.whole().covers(b"123456789 ") && !whole.whole().covers(b"12345678") && !whole.whole().covers(b"")
        );
    }

    #[test]
    fn unusable_patterns_are_refused_with_a_reason() {
        assert!(matches!(AnchoredPattern::new(r"\d*", End::OfToken), Err(PatternError::MatchesEmpty)));
        assert!(matches!(AnchoredPattern::new(r"(\d", End::OfToken), Err(PatternError::Syntax(_))));
        let large = r"(?:[a-z]{1,200}[0-9]{1,200}){1,200}";
        assert!(matches!(AnchoredPattern::new(large, End::OfToken), Err(PatternError::TooLarge(_))));
    }
}
