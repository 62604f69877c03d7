//! Context words: which phrases of which detectors stand where in a text.
//!
//! All phrases of all detectors are one Aho-Corasick automaton. It runs only where a token begins whose first word
//! is that of some phrase, which a small bitmap tells.

use super::spans::leading_bytes;
use super::tokens::{FirstWords, Runs, for_each_token, is_word_byte};
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A phrase found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PhraseSpan {
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
    /// Index of the phrase.
    pub(super) phrase: u16,
}

/// What a phrase means to the detectors that name it. The lists hold indices of detectors.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrase {
    /// Raised by it.
    pub(super) raises: Vec<u16>,
    /// Ruled out by it.
    pub(super) excludes: Vec<u16>,
    /// Their value may follow it directly, as a label.
    pub(super) labels: Vec<u16>,
    /// It names a field of theirs, so that as a heading it speaks for the cells under it.
    pub(super) headings: Vec<u16>,
    /// It is a match of theirs: a term of their list.
    pub(super) finds: Vec<u16>,
    /// It names a field of theirs, which in text is the key before `=` or `:`.
    pub(super) keys: Vec<u16>,
}

impl Phrase {
    fn leads_to_values(&self) -> bool {
        let lists = [&self.labels, &self.keys, &self.headings, &self.finds];
        lists.iter().any(|list| !list.is_empty())
    }
}

/// The phrases of all detectors, compiled.
#[derive(Debug)]
pub(super) struct Phrases {
    /// By index.
    pub(super) meanings: Vec<Phrase>,
    automaton: NFA,
    start: StateID,
    /// Phrase of each pattern of the automaton (a phrase has a pattern per way of joining its words).
    phrase_of_pattern: Vec<u16>,
}

/// Collects phrases before they are compiled.
#[derive(Debug, Default)]
pub(super) struct PhraseTable {
    index: HashMap<String, u16>,
    meanings: Vec<Phrase>,
}

impl PhraseTable {
    /// The meaning of `phrase` (any case), to be added to.
    pub(super) fn meaning(&mut self, phrase: &str) -> &mut Phrase {
        let words = phrase.to_ascii_lowercase();
        let next = self.meanings.len() as u16;
        let index = *self.index.entry(words).or_insert(next);
        if index == next {
            self.meanings.push(Phrase::default());
        }
        &mut self.meanings[usize::from(index)]
    }

    /// Compiles what was collected.
    pub(super) fn compile(self, first_words: &mut FirstWords) -> Result<Phrases, aho_corasick::BuildError> {
        let mut patterns = Vec::new();
        let mut known = HashSet::new();
        let mut phrase_of_pattern = Vec::new();
        let mut phrases: Vec<_> = self.index.into_iter().collect();
        phrases.sort();
        for (phrase, index) in phrases {
            for joint in [" ", "_", "-", ".", ""] {
                let pattern = phrase.split(' ').collect::<Vec<_>>().join(joint);
                if !known.insert(pattern.clone()) {
                    continue;
                }
                let leads = self.meanings[usize::from(index)].leads_to_values();
                let flags = FirstWords::SPEAKS | if leads { FirstWords::LEADS } else { 0 };
                let letters = pattern.bytes().take_while(u8::is_ascii_alphabetic).count();
                let (word, follows) = pattern.as_bytes().split_at(letters);
                first_words.mark(word, follows, flags);
                patterns.push(pattern);
                phrase_of_pattern.push(index);
            }
        }
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .prefilter(false)
            .build(&patterns)?;
        // Every automaton of this kind has an anchored start.
        let start = automaton.start_state(Anchored::Yes).unwrap_or_default();
        Ok(Phrases { meanings: self.meanings, automaton, start, phrase_of_pattern })
    }
}

impl Phrases {
    /// Adds the phrases that begin in `range`, which lies in the value that ends at `limit`, to sorted spans.
    pub(super) fn read(
        &self,
        first_words: &FirstWords,
        (bytes, limit): (&[u8], usize),
        range: Range<usize>,
        spans: &mut Vec<PhraseSpan>,
    ) {
        let mut from = range.start;
        if from > 0 && is_word_byte(bytes[from - 1]) {
            // A word that began before is none that begins here.
            from += bytes[from..range.end].iter().take_while(|byte| is_word_byte(**byte)).count();
        }
        // What follows a start is looked at too.
        let part = &bytes[from..bytes.len().min(range.end + 64)];
        let try_at = |spans: &mut Vec<PhraseSpan>, start: usize, runs: Runs| {
            let flags = first_words.flags(leading_bytes(part, start), runs.leading_letters());
            if flags & FirstWords::SPEAKS != 0 && from + start < range.end {
                spans.extend(self.at(bytes, from + start, limit));
            }
        };
        let known = spans.len();
        for_each_token(spans, part, |_, _, _| {}, try_at, try_at);
        spans[known..].sort_unstable_by_key(|span| span.start);
    }

    /// The longest phrase that begins at `start`, a token start, and ends at a token end before `limit`.
    pub(super) fn at(&self, bytes: &[u8], start: usize, limit: usize) -> Option<PhraseSpan> {
        let mut state = self.start;
        let mut longest = None;
        for (place, byte) in bytes[start..limit.min(bytes.len())].iter().enumerate() {
            state = self.automaton.next_state(Anchored::Yes, state, *byte);
            if !self.automaton.is_special(state) {
                continue;
            }
            if self.automaton.is_dead(state) {
                break;
            }
            let end = start + place + 1;
            if self.automaton.is_match(state) && ends_word(bytes, end) {
                // A phrase that ends another one is in its match list too; the whole one is as long as the walk.
                let whole = (0..self.automaton.match_len(state))
                    .map(|index| self.automaton.match_pattern(state, index))
                    .find(|pattern| self.automaton.pattern_len(*pattern) == end - start);
                if let Some(pattern) = whole {
                    let phrase = self.phrase_of_pattern[pattern.as_usize()];
                    longest = Some(PhraseSpan { start: start as u32, end: end as u32, phrase });
                }
            }
        }
        longest
    }
}

/// A word ends before a byte that is no letter or digit, and before a digit (`dob2`).
fn ends_word(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        None => true,
        Some(next) => !is_word_byte(*next) || next.is_ascii_digit(),
    }
}

/// Where the value begins that a label ending at `end` announces: after blanks, punctuation and a few filler words
/// (`MRN is`, `SSN number:`), within a short gap. `None` where something else follows.
pub(super) fn labelled_value_start(bytes: &[u8], end: usize, limit: usize) -> Option<usize> {
    const MAX_GAP_BYTES: usize = 24;
    const FILLERS: [&[u8]; 9] = [b"is", b"no", b"num", b"number", b"nbr", b"id", b"of", b"the", b"was"];
    let limit = limit.min(end + MAX_GAP_BYTES).min(bytes.len());
    let mut at = end;
    while at < limit {
        let byte = bytes[at];
        if !is_word_byte(byte) {
            if matches!(byte, b';' | b',' | b'\n') && at > end {
                return None;
            }
            at += 1;
            continue;
        }
        let word_end = (at..bytes.len()).find(|next| !is_word_byte(bytes[*next])).unwrap_or(bytes.len());
        let word = &bytes[at..word_end];
        if !FILLERS.iter().any(|filler| word.eq_ignore_ascii_case(filler)) {
            // A label that ends in punctuation (`SS#`) needs nothing between.
            return (at > end || !is_word_byte(bytes[end - 1])).then_some(at);
        }
        at = word_end;
    }
    None
}

/// The value of the key that ends at `end`: what stands between `=` or `:` and the next border. After `:` the value may
/// have blanks, and then has to be all there is up to a comma, a semicolon, a wide gap or the end of the line.
pub(super) fn value_of_key(bytes: &[u8], end: usize, limit: usize) -> Option<Range<usize>> {
    const MAX_VALUE_BYTES: usize = 80;
    let quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let mut at = end + usize::from(quote(bytes.get(end)));
    let joint = *bytes[..limit].get(at)?;
    if !matches!(joint, b'=' | b':') {
        return None;
    }
    at += 1;
    while joint == b':' && bytes[..limit].get(at) == Some(&b' ') {
        at += 1;
    }
    at += usize::from(quote(bytes.get(at)));
    let start = at;
    let is_border = |place: usize| match bytes[place] {
        b'&' | b'"' | b',' | b';' | b'|' | b'<' | b'>' | b'\t' | b'\r' | b'\n' | b'}' | b']' => true,
        b' ' => joint == b'=' || bytes.get(place + 1) == Some(&b' '),
        _ => false,
    };
    let latest = limit.min(start + MAX_VALUE_BYTES);
    let stop = (start..latest).find(|place| is_border(*place));
    // Without a border in reach it is no value of a form.
    let stop = stop.or((latest == limit).then_some(limit))?;
    (stop > start).then_some(start..stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(list: &[&str]) -> (Phrases, FirstWords) {
        let mut first_words = FirstWords::default();
        let mut table = PhraseTable::default();
        for (index, phrase) in list.iter().enumerate() {
            table.meaning(phrase).raises.push(index as u16);
        }
        (table.compile(&mut first_words).unwrap(), first_words)
    }

    fn find((phrases, first_words): &(Phrases, FirstWords), text: &str) -> Vec<(String, u16)> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut spans = Vec::new();
        phrases.read(first_words, (bytes, bytes.len()), 0..bytes.len(), &mut spans);
        found.extend(spans.iter().map(|span| {
            let text = text[span.start as usize..span.end as usize].to_owned();
            (text, phrases.meanings[usize::from(span.phrase)].raises[0])
        }));
        found
    }

    #[test]
    fn phrases_are_whole_words_in_every_way_of_joining() {
        let phrases = phrases(&["date of birth", "id", "patient", "patient id"]);
        for text in ["Date of Birth", "date_of_birth", "DATE-OF-BIRTH", "DateOfBirth", "dateofbirth"] {
            assert_eq!(find(&phrases, &format!("x {text}: 1")), [(text.to_owned(), 0)], "{text}");
        }
        assert_eq!(find(&phrases, "identity idle ID=3"), [("ID".to_owned(), 1)]);
        assert_eq!(find(&phrases, "Patient identity"), [("Patient".to_owned(), 2)]);
        assert_eq!(find(&phrases, "patientId 7"), [("patientId".to_owned(), 3)]);
        assert_eq!(find(&phrases, "id"), [("id".to_owned(), 1)]);
    }

    #[test]
    fn a_key_has_the_value_up_to_the_next_border() {
        let value = |text: &str, key: &str| {
            value_of_key(text.as_bytes(), key.len(), text.len()).map(|range| text[range].to_owned())
        };
        assert_eq!(value("zip=02138&x=1", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip=02138 done", "zip").as_deref(), Some("02138"));
        assert_eq!(value("first name: Mary Ann  last", "first name").as_deref(), Some("Mary Ann"));
        assert_eq!(value("zip\": \"02138\"}", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip: 02138", "zip").as_deref(), Some("02138"));
        assert_eq!(value("zip code", "zip"), None);
        assert_eq!(value("zip=", "zip"), None);
        assert_eq!(value(&format!("zip: {}", "x ".repeat(100)), "zip"), None);
    }

    #[test]
    fn a_label_announces_the_value_behind_punctuation_and_fillers() {
        let value = |text: &str, label: &str| {
            labelled_value_start(text.as_bytes(), label.len(), text.len()).map(|start| text[start..].to_owned())
        };
        assert_eq!(value("MRN: 00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN number is #00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN\":\"00123", "MRN").as_deref(), Some("00123"));
        assert_eq!(value("MRN", "MRN"), None);
        assert_eq!(value("MRN 123, 45", "MRN").as_deref(), Some("123, 45"));
        assert_eq!(value("MRN -- ; 45", "MRN"), None);
    }
}
