//! Context words: which phrases of which detectors stand where in a text.
//!
//! All phrases of all detectors are one tree. It is walked only where a token begins whose first word is that of some
//! phrase, which a small table tells.

use super::labels::is_filler;
use super::phrase_tree::{PhraseTree, leading_letters};
use super::tokens::FirstWords;
use foldhash::fast::FixedState;
use std::collections::hash_map::Entry;
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

/// A label that means something only shortly after another phrase: `account` in `routing .. account`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelAfter {
    /// The phrase that has to stand before.
    pub(super) first: u16,
    /// Whether only what can be a name may stand between them.
    pub(super) name_between: bool,
    /// Whose label it is.
    pub(super) detector: u16,
}

/// A label that means something only shortly before another one, which stands behind its value: `id` in `id [value] group`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueBefore {
    /// The phrase that has to stand before the value.
    pub(super) first: u16,
    /// Whose label it is then.
    pub(super) detector: u16,
}

/// What a phrase means to the detectors that name it. The lists hold indices of detectors.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrase {
    /// Raised by it.
    pub(super) raises: Vec<u16>,
    /// Ruled out by it.
    pub(super) excludes: Vec<u16>,
    /// Of a provider or an organisation, if it stands before their value.
    pub(super) publics: Vec<u16>,
    /// Their value may follow it directly, as a label.
    pub(super) labels: Vec<u16>,
    /// The same, as weakly as `name:` announces a name.
    pub(super) hints: Vec<u16>,
    /// A name in small letters may follow it, which is theirs.
    pub(super) spoken: Vec<u16>,
    /// Their value may stand farther on, or in the answer to a question.
    pub(super) distant: Vec<u16>,
    /// The same as labels, where another phrase stands shortly before; sorted by that phrase.
    pub(super) labels_after: Vec<LabelAfter>,
    /// It follows the label of a value that is theirs because of it.
    pub(super) values_before: Vec<ValueBefore>,
    /// It names a field of theirs, so that as a heading it speaks for the cells under it.
    pub(super) headings: Vec<u16>,
    /// The same, of fields that are theirs only beside those of others.
    pub(super) sibling_headings: Vec<u16>,
    /// It is a match of theirs: a term of their list.
    pub(super) finds: Vec<u16>,
    /// A term that is a name where it is written like one.
    pub(super) is_name_too: bool,
    /// It names a field of theirs, which in text is the key before `=` or `:`.
    pub(super) keys: Vec<u16>,
}

impl Phrase {
    fn leads_to_values(&self) -> bool {
        let lists =
            [&self.labels, &self.hints, &self.spoken, &self.keys, &self.headings, &self.sibling_headings, &self.finds];
        lists.iter().any(|list| !list.is_empty()) || !self.labels_after.is_empty() || !self.values_before.is_empty()
    }

    /// Means all that the other means as well.
    fn add(&mut self, other: &Self) {
        self.add_as_label(other);
        add_new(&mut self.headings, &other.headings);
        add_new(&mut self.sibling_headings, &other.sibling_headings);
        add_new(&mut self.finds, &other.finds);
        add_new(&mut self.keys, &other.keys);
    }

    /// Means what the other means to a value near it.
    fn add_as_label(&mut self, other: &Self) {
        add_new(&mut self.raises, &other.raises);
        add_new(&mut self.excludes, &other.excludes);
        add_new(&mut self.publics, &other.publics);
        add_new(&mut self.labels, &other.labels);
        add_new(&mut self.hints, &other.hints);
        add_new(&mut self.spoken, &other.spoken);
        add_new(&mut self.distant, &other.distant);
        add_new(&mut self.labels_after, &other.labels_after);
        add_new(&mut self.values_before, &other.values_before);
    }
}

fn add_new<T: Copy + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    let new: Vec<T> = more.iter().filter(|item| !list.contains(item)).copied().collect();
    list.extend(new);
}

/// The phrases of all detectors, compiled.
#[derive(Debug)]
pub(super) struct Phrases {
    /// By index.
    pub(super) meanings: Vec<Phrase>,
    /// Which of them are a match or lead to one, by index: a list that stays in the caches of a core.
    leads: Vec<bool>,
    /// Has each phrase once per way of joining its words.
    tree: PhraseTree,
}

/// So many phrases can be numbered.
pub(super) const MAX_PHRASES: usize = u16::MAX as usize;

/// Collects phrases before they are compiled.
#[derive(Debug, Default)]
pub(super) struct PhraseTable {
    index: HashMap<String, u16, FixedState>,
    meanings: Vec<Phrase>,
}

impl PhraseTable {
    /// The meaning of `phrase` (any case), to be added to.
    pub(super) fn meaning(&mut self, phrase: &str) -> &mut Phrase {
        let index = self.index_of(phrase);
        &mut self.meanings[usize::from(index)]
    }

    /// The index that `phrase` has once all is compiled.
    pub(super) fn index_of(&mut self, phrase: &str) -> u16 {
        let words = phrase.to_ascii_lowercase();
        // Beyond the limit, the numbers no longer matter: nothing is compiled.
        let next = self.meanings.len() as u16;
        let index = *self.index.entry(words).or_insert(next);
        if index == next {
            self.meanings.push(Phrase::default());
        }
        index
    }

    /// Whether some phrase raises a detector.
    pub(super) fn raises(&self, detector: u16) -> bool {
        self.meanings.iter().any(|meaning| meaning.raises.contains(&detector))
    }

    /// The longest phrase at a place is the one that is read. One that is another with words behind it that say nothing
    /// (`passport no` of one list, `passport` of another) therefore means what that one does.
    fn let_longer_phrases_mean_the_same(&mut self) {
        let without_last = |phrase: &str| {
            let (before, last) = phrase.rsplit_once(' ')?;
            (matches!(last, "#" | ":" | "=") || is_filler(last.as_bytes()))
                .then(|| self.index.get(before).copied())
                .flatten()
        };
        let mut longer: Vec<(usize, u16, u16)> = self
            .index
            .iter()
            .filter_map(|(phrase, index)| Some((phrase.len(), *index, without_last(phrase)?)))
            .collect();
        // From the shortest on, so that each has all of what it goes on.
        longer.sort_unstable();
        let mut stands_for: HashMap<u16, Vec<u16>> = HashMap::new();
        for (_, index, base) in longer {
            let meaning = self.meanings[usize::from(base)].clone();
            self.meanings[usize::from(index)].add_as_label(&meaning);
            stands_for.entry(base).or_default().push(index);
        }
        for meaning in &mut self.meanings {
            let mut next = 0;
            while let Some(after) = meaning.labels_after.get(next).copied() {
                let others = stands_for.get(&after.first).into_iter().flatten();
                meaning.labels_after.extend(others.map(|first| LabelAfter { first: *first, ..after }));
                next += 1;
            }
        }
    }

    /// Compiles what was collected, unless it is too much.
    pub(super) fn compile(mut self, first_words: &mut FirstWords) -> Option<Phrases> {
        if self.index.len() >= MAX_PHRASES {
            return None;
        }
        self.let_longer_phrases_mean_the_same();
        let mut phrases: Vec<(String, u16)> = self.index.drain().collect();
        phrases.sort_unstable();
        let is_label = |index: u16| !self.meanings[usize::from(index)].labels.is_empty();
        let written = Written::of(&phrases, is_label);
        let mut known: HashMap<&str, u16, FixedState> =
            HashMap::with_capacity_and_hasher(written.phrases.len(), FixedState::default());
        let (mut patterns, mut same) = (Vec::with_capacity(written.phrases.len()), Vec::new());
        for (pattern, index) in written.iter() {
            match known.entry(pattern) {
                Entry::Occupied(first) => same.push((*first.get(), index)),
                Entry::Vacant(place) => {
                    place.insert(index);
                    patterns.push((pattern, index));
                }
            }
        }
        // What reads the same means the same: `memberid` is `member id` too.
        for (first, other) in same.into_iter().filter(|(first, other)| first != other) {
            let other = self.meanings[usize::from(other)].clone();
            self.meanings[usize::from(first)].add(&other);
        }
        for meaning in &mut self.meanings {
            meaning.labels_after.sort_unstable_by_key(|after| (after.first, after.detector));
        }
        let comes_first: HashSet<u16> =
            self.meanings.iter().flat_map(|meaning| meaning.labels_after.iter().map(|after| after.first)).collect();
        for (pattern, index) in &patterns {
            let leads = self.meanings[usize::from(*index)].leads_to_values() || comes_first.contains(index);
            let flags = FirstWords::SPEAKS | if leads { FirstWords::LEADS } else { 0 };
            let letters = leading_letters(pattern.as_bytes());
            let (word, follows) = pattern.as_bytes().split_at(letters);
            first_words.mark(word, follows, flags);
        }
        let leads = self.meanings.iter().map(|meaning| meaning.leads_to_values() || !meaning.distant.is_empty());
        let leads = leads.collect();
        Some(Phrases { tree: PhraseTree::new(patterns.into_iter()), leads, meanings: self.meanings })
    }
}

/// Phrases in every way in which they are written, in one text: there are many.
struct Written {
    text: String,
    /// Where each stands, and the phrase that it is.
    phrases: Vec<(Range<usize>, u16)>,
}

impl Written {
    /// A phrase as it is written comes before those that only read like it when joined: `mrn` before `m r n`.
    fn of(phrases: &[(String, u16)], is_label: impl Fn(u16) -> bool) -> Self {
        let mut written = Self { text: String::new(), phrases: Vec::with_capacity(6 * phrases.len()) };
        for (phrase, index) in phrases {
            written.add([phrase.as_str()].into_iter(), "", *index);
        }
        for (phrase, index) in phrases.iter().filter(|(phrase, _)| phrase.contains(' ')) {
            for joint in ["_", "-", ".", ". ", ""] {
                written.add(phrase.split(' '), joint, *index);
            }
        }
        // A label may announce several values: `MRNs 4471920 and 4471933`.
        for (phrase, index) in phrases.iter().filter(|(phrase, index)| is_label(*index) && has_plural(phrase)) {
            written.add([phrase, "s"].into_iter(), "", *index);
        }
        written
    }

    fn add<'a>(&mut self, words: impl Iterator<Item = &'a str>, joint: &str, index: u16) {
        let start = self.text.len();
        for (place, word) in words.enumerate() {
            self.text.push_str(if place > 0 { joint } else { "" });
            self.text.push_str(word);
        }
        self.phrases.push((start..self.text.len(), index));
    }

    fn iter(&self) -> impl Iterator<Item = (&str, u16)> {
        self.phrases.iter().map(|(range, index)| (&self.text[range.clone()], *index))
    }
}

impl Phrases {
    /// Whether a phrase is a match or leads to one by itself; others matter to what stands near them.
    #[inline]
    pub(super) fn leads(&self, phrase: u16) -> bool {
        self.leads[usize::from(phrase)]
    }

    /// The longest phrase that a text begins with.
    pub(super) fn begins(&self, text: &str) -> Option<PhraseSpan> {
        self.at(text.as_bytes(), (0, leading_letters(text.as_bytes()) as u32), text.len())
    }

    /// The longest phrase that begins at `start`, a token start, with a word of so many letters, and ends at a token end before
    /// `limit`.
    #[inline(always)]
    pub(super) fn at(&self, bytes: &[u8], (start, letters): (usize, u32), limit: usize) -> Option<PhraseSpan> {
        let (end, phrase) = self.tree.longest_at(bytes, (start, letters), limit)?;
        Some(PhraseSpan { start: start as u32, end: end as u32, phrase })
    }
}

/// Whether a label has a plural in `s`: it ends in a letter, and is long enough to be more than a mark.
fn has_plural(label: &str) -> bool {
    label.len() >= 3 && label.ends_with(|last: char| last.is_ascii_lowercase() && last != 's')
}

#[cfg(test)]
mod tests {
    use super::super::tokens::{Token, bitmaps, for_each_token};
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
        let try_at = |found: &mut Vec<(String, u16)>, token: Token| {
            let letters = token.runs.leading_letters();
            let speaks = first_words.flags(token.head(), letters) & FirstWords::SPEAKS != 0;
            let span = phrases.at(bytes, (token.start, letters), bytes.len()).filter(|_| speaks);
            found.extend(span.map(|span| {
                let text = text[span.start as usize..span.end as usize].to_owned();
                (text, phrases.meanings[usize::from(span.phrase)].raises[0])
            }));
        };
        for_each_token::<true, _>(&mut found, (bytes, 0..bytes.len(), bitmaps), |_, _| {}, try_at, try_at);
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
}
