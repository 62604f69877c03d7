//! Compiled patterns: a small anchored automaton for each, which says where a match that begins at a place ends.
//!
//! Where a pattern is worth trying is not known here: `shapes` reads it off the automata.

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

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
#[derive(Debug)]
pub(super) struct AnchoredPattern {
    automaton: dense::DFA<Vec<u32>>,
    /// The pattern looks ahead at its end and never behind its start, so one start state serves every place.
    start: StateID,
}

impl AnchoredPattern {
    /// Compiles `pattern` with ASCII classes.
    pub(super) fn new(pattern: &str, end: End) -> Result<Self, PatternError> {
        let (automaton, start) = build(&bounded(pattern, end))?;
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

    /// Before the first byte.
    pub(super) fn walk(&self) -> Walk {
        Walk { states: vec![self.start], is_match: false }
    }

    /// Where any byte that is taken leads to from where the walk is.
    pub(super) fn step(&self, walk: &Walk, takes: impl Fn(u8) -> bool) -> Walk {
        let bytes: Vec<u8> = (0..=255).filter(|byte| takes(*byte)).collect();
        self.step_bytes(walk, &bytes)
    }

    /// Where any of the bytes leads to from where the walk is.
    pub(super) fn step_bytes(&self, walk: &Walk, bytes: &[u8]) -> Walk {
        let mut after = Walk { states: Vec::new(), is_match: false };
        for &state in &walk.states {
            for byte in bytes {
                let next = self.automaton.next_state(state, *byte);
                after.is_match |= self.automaton.is_match_state(next);
                if !self.automaton.is_dead_state(next) && !self.automaton.is_quit_state(next) {
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
        let ends = |state: &StateID| self.automaton.is_match_state(self.automaton.next_eoi_state(*state));
        walk.states.iter().any(ends)
    }

    /// Whether a match can begin with `byte`.
    pub(super) fn may_begin_with(&self, byte: u8) -> bool {
        !self.automaton.is_dead_state(self.automaton.next_state(self.start, byte))
    }
}

/// All the places in an automaton that bytes of a kind lead to.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    states: Vec<StateID>,
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

    /// Whether no match can go on from here.
    pub(super) fn is_over(&self) -> bool {
        self.states.is_empty()
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
    fn unusable_patterns_are_refused_with_a_reason() {
        assert!(matches!(AnchoredPattern::new(r"\d*", End::OfToken), Err(PatternError::MatchesEmpty)));
        assert!(matches!(AnchoredPattern::new(r"(\d", End::OfToken), Err(PatternError::Syntax(_))));
        let large = r"(?:[a-z]{1,200}[0-9]{1,200}){1,200}";
        assert!(matches!(AnchoredPattern::new(large, End::OfToken), Err(PatternError::TooLarge(_))));
    }
}
