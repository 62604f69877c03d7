//! Lists of words and phrases that are compiled into the program: names of drugs, conditions.
//!
//! Sources and what was left out stand at the top of each list (`detectors/terms/*.txt`). Knows nothing of detectors.

use std::collections::HashMap;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/term_lists.rs"));

/// The terms of a built-in list, lower case and sorted; `None` for a list that does not exist.
pub fn list(name: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
    let (_, text) = TERM_LISTS.iter().find(|(known, _)| *known == name)?;
    Some(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')))
}

/// Whether an abbreviation is somebody's name where it is written like one: `Gerd`, not `GERD` and not `gerd`.
pub(super) fn is_name_too(term: &str) -> bool {
    term == "gerd"
}

/// Names of all lists.
pub fn names() -> impl Iterator<Item = &'static str> {
    TERM_LISTS.iter().map(|(name, _)| *name)
}

/// Terms that begin with the same word, each with its number; the longest come first.
type Terms = Vec<(Box<[u8]>, u8)>;

/// Terms by their first words, to be found in short values; each term has a number that its owner gives it.
#[derive(Debug, Default)]
pub struct TermIndex {
    by_first_word: HashMap<Box<[u8]>, Terms>,
}

/// No term's first word is longer.
const MAX_WORD_BYTES: usize = 40;

impl TermIndex {
    /// Indexes the terms of a built-in list, all with the number 0; a list that does not exist has none.
    pub fn of_list(name: &str) -> Self {
        let mut index = Self::default();
        list(name).into_iter().flatten().for_each(|term| index.add(term, 0));
        index.sort();
        index
    }

    /// Adds a lower-case term; `sort` has to follow.
    pub(super) fn add(&mut self, term: &str, number: u8) {
        let term = term.as_bytes();
        let length = term.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(term.len());
        self.by_first_word.entry(term[..length].into()).or_default().push((term.into(), number));
    }

    /// Brings the terms with the same first word into order.
    pub(super) fn sort(&mut self) {
        self.by_first_word.values_mut().for_each(|terms| terms.sort_by_key(|(term, _)| std::cmp::Reverse(term.len())));
    }

    /// The number of the first term that stands in `value` as whole words, in any case. Allocates nothing.
    pub fn find(&self, value: &[u8]) -> Option<u8> {
        let mut start = 0;
        while start < value.len() {
            if !is_word_byte(value[start]) {
                start += 1;
                continue;
            }
            let rest = &value[start..];
            let length = rest.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(rest.len());
            if let Some(number) = self.begins(rest, length) {
                return Some(number);
            }
            start += length;
        }
        None
    }

    /// The number of the longest term that begins with the first word of `text`, which is `length` bytes long, and ends
    /// where a word ends.
    fn begins(&self, text: &[u8], length: usize) -> Option<u8> {
        let mut word = [0; MAX_WORD_BYTES];
        let word = word.get_mut(..length)?;
        word.copy_from_slice(&text[..length]);
        word.make_ascii_lowercase();
        let mut terms = self.by_first_word.get(&*word)?.iter();
        let is_whole = |term: &[u8]| {
            let same = text.get(..term.len()).is_some_and(|start| start.eq_ignore_ascii_case(term));
            same && text.get(term.len()).is_none_or(|next| !is_word_byte(*next))
        };
        terms.find(|(term, _)| is_whole(term)).map(|(_, number)| *number)
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Names of drugs.
pub static DRUG_NAMES: LazyLock<TermIndex> = LazyLock::new(|| TermIndex::of_list("drug_names"));

/// Conditions.
pub static CONDITIONS: LazyLock<TermIndex> = LazyLock::new(|| TermIndex::of_list("conditions"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_sorted_unique_lower_case_and_long_enough() {
        let names: Vec<_> = names().collect();
        assert_eq!(names, ["conditions", "conditions_said", "drug_names"]);
        for name in ["conditions", "drug_names"] {
            let terms: Vec<_> = list(name).unwrap().collect();
            assert!(terms.len() > 300, "{name} has {} terms", terms.len());
            for pair in terms.windows(2) {
                assert!(pair[0] < pair[1], "{name}: {} stands before {}", pair[0], pair[1]);
            }
            for term in terms {
                assert!(term.is_ascii() && term.len() >= 4 && !term.contains("  "), "{name}: {term}");
                assert_eq!(term, term.to_ascii_lowercase(), "{name}");
                let ends = [term.as_bytes()[0], term.as_bytes()[term.len() - 1]];
                assert!(ends.iter().all(u8::is_ascii_alphanumeric), "{name}: {term}");
            }
        }
        assert!(list("nothing").is_none());
    }

    #[test]
    fn terms_leave_out_everyday_words() {
        let everyday = [
            "water",
            "oxygen",
            "zinc",
            "caffeine",
            "alcohol",
            "urea",
            "glucose",
            "nicotine",
            "today",
            "capital",
            "pytest",
            "cold",
            "shock",
            "depression",
            "stroke",
            "cancer",
            "pregnancy",
        ];
        for name in ["conditions", "drug_names"] {
            let terms: Vec<_> = list(name).unwrap().collect();
            for word in everyday {
                assert!(!terms.contains(&word), "{name}: {word}");
            }
        }
    }

    #[test]
    fn terms_are_found_as_whole_words_in_any_case() {
        for value in ["Lisinopril 10 mg tab", "METFORMIN HCL", "take aspirin daily", "insulin"] {
            assert!(DRUG_NAMES.find(value.as_bytes()).is_some(), "{value}");
        }
        for value in ["Lisinoprilx", "aspirins", "water", "", "10 mg", "caf\u{e9}aspirin"] {
            assert!(DRUG_NAMES.find(value.as_bytes()).is_none(), "{value}");
        }
        assert!(
            CONDITIONS.find(b"hx of Type 2 diabetes mellitus, stable").is_some()
                && CONDITIONS.find(b"hypertension").is_some()
        );
        assert!(CONDITIONS.find(b"type 2 error").is_none() && CONDITIONS.find(b"good").is_none());
    }
}
