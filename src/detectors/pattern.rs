//! Compiled patterns: a small anchored automaton for each, and one automaton for all of them together.
//!
//! The common automaton answers "can anything match here, and what?" in one walk that mostly ends after a few bytes;
//! the automaton of a single pattern then says where its match ends.

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

/// A compiled automaton may be this large; a pattern that needs more is refused.
const MAX_AUTOMATON_BYTES: usize = 4 << 20;

/// A pattern whose automaton is larger gets a union of its own.
const MAX_SMALL_BYTES: usize = 64 << 10;

/// A pattern that is tried at token starts.
#[derive(Debug, Clone)]
pub(super) struct OwnedPattern {
    /// Whose it is.
    pub(super) owner: u16,
    /// The pattern.
    pub(super) pattern: String,
    /// Size of its own automaton.
    pub(super) automaton_bytes: usize,
}

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
#[derive(Debug)]
pub(super) struct AnchoredPattern {
    automaton: dense::DFA<Vec<u32>>,
    /// The pattern looks ahead at its end and never behind its start, so one start state serves every place.
    start: StateID,
}

impl AnchoredPattern {
    /// Compiles `pattern` with ASCII classes.
    pub(super) fn new(pattern: &str, end: End) -> Result<Self, PatternError> {
        let (automaton, start) = build(&[bounded(pattern, end)], MatchKind::LeftmostFirst)?;
        let compiled = Self { automaton, start };
        if compiled.end_of_match(b"", 0, 0).is_some() {
            return Err(PatternError::MatchesEmpty);
        }
        Ok(compiled)
    }

    /// End of the match that starts at `start` and lies within `start..end`.
    #[inline]
    pub(super) fn end_of_match(&self, bytes: &[u8], start: usize, end: usize) -> Option<usize> {
        let mut state = self.start;
        let mut ended = None;
        for (place, byte) in bytes[start..end].iter().enumerate() {
            state = self.automaton.next_state(state, *byte);
            // A match is seen one byte late: it ended before this byte.
            if self.automaton.is_special_state(state) {
                if self.automaton.is_match_state(state) {
                    ended = Some(start + place);
                } else if self.automaton.is_dead_state(state) || self.automaton.is_quit_state(state) {
                    return ended;
                }
            }
        }
        let last = match bytes.get(end) {
            Some(byte) => self.automaton.next_state(state, *byte),
            None => self.automaton.next_eoi_state(state),
        };
        if self.automaton.is_match_state(last) { Some(end) } else { ended }
    }

    /// Size of its tables, bytes.
    pub(super) fn size(&self) -> usize {
        self.automaton.memory_usage()
    }

    /// Whether a match can begin with `byte`.
    pub(super) fn may_begin_with(&self, byte: u8) -> bool {
        !self.automaton.is_dead_state(self.automaton.next_state(self.start, byte))
    }
}

/// Several patterns that are tried at one place in one walk.
#[derive(Debug)]
pub(super) struct PatternUnion {
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
    /// Who each pattern belongs to.
    owners: Vec<u16>,
    openings: Openings,
}

/// What the first bytes of a match can be: so many digits (0 to 7), then two bytes of which the first is no digit. It is
/// read off the automata, and lets most tokens of a log go without a walk. Eight digits may go on as they like.
#[derive(Debug)]
pub(super) struct Openings {
    /// One bit per second byte, by number of digits and first byte.
    rows: Vec<[u64; 4]>,
}

impl Openings {
    fn none() -> Self {
        Self { rows: vec![[0; 4]; 9 * 256] }
    }

    /// The openings of all unions.
    pub(super) fn of(unions: &[PatternUnion]) -> Self {
        let Self { mut rows } = Self::none();
        rows[8 * 256..].fill([u64::MAX; 4]);
        for union in unions {
            let mut states = vec![union.start];
            for digits in 0..8 {
                let mut after_digit = Vec::new();
                for (byte, next) in union.steps(&states) {
                    let row = &mut rows[digits * 256 + usize::from(byte)];
                    // After a match everything may follow, and what follows seven digits and a byte is not looked at.
                    if digits == 7 || union.automaton.is_match_state(next) {
                        row.fill(u64::MAX);
                    }
                    for (second, _) in union.steps(&[next]) {
                        row[usize::from(second >> 6)] |= 1 << (second & 63);
                    }
                    if byte.is_ascii_digit() && !after_digit.contains(&next) {
                        after_digit.push(next);
                    }
                }
                states = after_digit;
            }
        }
        Self { rows }
    }

    /// Whether a match can begin with these bytes, of which the first `digits` are digits.
    #[inline]
    pub(super) fn allow(&self, head: u64, digits: usize) -> bool {
        let rest = head >> (8 * (digits & 7));
        let row = &self.rows[digits * 256 + (rest as u8) as usize];
        let second = (rest >> 8) as u8;
        (row[usize::from(second >> 6)] >> (second & 63)) & 1 != 0
    }
}

impl PatternUnion {
    /// Compiles patterns with their owners into unions: one of all that are small by themselves, so that its tables stay
    /// in the caches of a core, and one for each other. A union that is too large is halved.
    pub(super) fn compile(patterns: Vec<OwnedPattern>) -> Result<Vec<Self>, PatternError> {
        let (small, large): (Vec<_>, Vec<_>) =
            patterns.into_iter().partition(|pattern| pattern.automaton_bytes <= MAX_SMALL_BYTES);
        let mut unions = Vec::new();
        Self::compile_together(&small, &mut unions)?;
        for pattern in large {
            Self::compile_together(&[pattern], &mut unions)?;
        }
        Ok(unions)
    }

    fn compile_together(patterns: &[OwnedPattern], unions: &mut Vec<Self>) -> Result<(), PatternError> {
        if patterns.is_empty() {
            return Ok(());
        }
        let bounded: Vec<String> = patterns.iter().map(|owned| bounded(&owned.pattern, End::OfToken)).collect();
        match build(&bounded, MatchKind::All) {
            Ok((automaton, start)) => {
                let owners = patterns.iter().map(|owned| owned.owner).collect();
                let mut union = Self { automaton, start, owners, openings: Openings::none() };
                union.openings = Openings::of(std::slice::from_ref(&union));
                unions.push(union);
                Ok(())
            }
            Err(PatternError::TooLarge(_)) if patterns.len() > 1 => {
                let (one, other) = patterns.split_at(patterns.len() / 2);
                Self::compile_together(one, unions)?;
                Self::compile_together(other, unions)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a match of this union can begin with these bytes.
    #[inline]
    pub(super) fn may_begin(&self, head: u64, digits: usize) -> bool {
        self.openings.allow(head, digits)
    }

    /// The bytes that lead on from any of the states, and where to. A match state leads on: its match ended before.
    fn steps(&self, states: &[StateID]) -> Vec<(u8, StateID)> {
        let mut steps = Vec::new();
        for &state in states {
            for byte in 0..=255u8 {
                let next = self.automaton.next_state(state, byte);
                if !self.automaton.is_dead_state(next) && !self.automaton.is_quit_state(next) {
                    steps.push((byte, next));
                }
            }
        }
        steps
    }

    /// Calls `found` with the owner of each pattern that matches at `start` within `start..end`.
    #[inline]
    pub(super) fn owners_at(&self, bytes: &[u8], start: usize, end: usize, mut found: impl FnMut(u16)) {
        let mut state = self.start;
        let mut seen = 0u64;
        for byte in &bytes[start..end] {
            state = self.automaton.next_state(state, *byte);
            if self.automaton.is_special_state(state) {
                if self.automaton.is_match_state(state) {
                    self.report(state, &mut seen, &mut found);
                } else if self.automaton.is_dead_state(state) || self.automaton.is_quit_state(state) {
                    return;
                }
            }
        }
        let last = match bytes.get(end) {
            Some(byte) => self.automaton.next_state(state, *byte),
            None => self.automaton.next_eoi_state(state),
        };
        if self.automaton.is_match_state(last) {
            self.report(last, &mut seen, &mut found);
        }
    }

    /// A pattern is reported once: `seen` has a bit for each of the first 64, and the others are few enough to repeat.
    fn report(&self, state: StateID, seen: &mut u64, found: &mut impl FnMut(u16)) {
        for index in 0..self.automaton.match_len(state) {
            let pattern = self.automaton.match_pattern(state, index).as_usize();
            let bit = 1u64.checked_shl(pattern as u32).unwrap_or(0);
            if *seen & bit == 0 {
                *seen |= bit;
                found(self.owners[pattern]);
            }
        }
    }
}

fn bounded(pattern: &str, end: End) -> String {
    match end {
        End::OfToken => format!("(?:{pattern})\\b{{end-half}}"),
        End::OfValue => format!("(?:{pattern})\\z"),
    }
}

/// An anchored automaton and its start state. Patterns look ahead at their end and never behind their start, so one
/// start state serves every place.
fn build(patterns: &[String], kind: MatchKind) -> Result<(dense::DFA<Vec<u32>>, StateID), PatternError> {
    let automaton = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .match_kind(kind)
                .dfa_size_limit(Some(MAX_AUTOMATON_BYTES))
                .determinize_size_limit(Some(4 * MAX_AUTOMATON_BYTES)),
        )
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_AUTOMATON_BYTES)))
        .syntax(syntax())
        .build_many(patterns)
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
        Ok(Self { regex })
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
    }

    #[test]
    fn a_union_names_every_pattern_that_matches() {
        let patterns = [(7, r"\d{3}-\d{2}-\d{4}"), (9, r"\d{3}(?:-\d+)+"), (4, r"[A-Z]\d")];
        let owned =
            |(owner, pattern): (u16, &str)| OwnedPattern { owner, pattern: pattern.to_owned(), automaton_bytes: 1 };
        let unions = PatternUnion::compile(patterns.map(owned).into()).unwrap();
        assert_eq!(unions.len(), 1);
        let owners = |text: &str| {
            let mut owners = Vec::new();
            unions[0].owners_at(text.as_bytes(), 0, text.len(), |owner| owners.push(owner));
            owners.sort();
            owners
        };
        assert_eq!(owners("536-90-4399"), [7, 9]);
        assert_eq!(owners("536-90-4399 x"), [7, 9]);
        assert_eq!(owners("536-9"), [9]);
        assert_eq!(owners("B1."), [4]);
        assert!(owners("word").is_empty());
        let openings = Openings::of(&unions);
        let allow = |text: &[u8; 8], digits: usize| openings.allow(u64::from_le_bytes(*text), digits);
        assert!(allow(b"536-90-4", 3) && !allow(b"536 x   ", 3) && allow(b"12345678", 8));
        assert!(!allow(b"53-90-43", 2) && !allow(b"5364-90-", 4) && !allow(b"536-x   ", 3) && !allow(b"5364567-", 7));
        assert!(allow(b"B1.     ", 0) && !allow(b"word    ", 0) && !allow(b"Word    ", 0));
    }

    #[test]
    fn unusable_patterns_are_refused_with_a_reason() {
        assert!(matches!(AnchoredPattern::new(r"\d*", End::OfToken), Err(PatternError::MatchesEmpty)));
        assert!(matches!(AnchoredPattern::new(r"(\d", End::OfToken), Err(PatternError::Syntax(_))));
        let large = r"(?:[a-z]{1,200}[0-9]{1,200}){1,200}";
        assert!(matches!(AnchoredPattern::new(large, End::OfToken), Err(PatternError::TooLarge(_))));
    }
}
