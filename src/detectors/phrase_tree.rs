//! Which of many phrases begins at a place: a look into a hash table for the first word, then a walk down a radix tree for
//! the rest.
//!
//! Most words that begin some phrase are not followed by the rest of one, and the first byte after them says so. Knows
//! nothing of what the phrases mean.

use super::spans::{ascii_lower, leading_bytes};
use super::tokens::is_word_byte;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Letters of the first word that are its key; the tree goes on after them.
const KEY_LETTERS: usize = 8;

/// No phrase ends at a node.
const NONE: u16 = u16::MAX;

/// What is known of a first word: its first letters in lower case, the first one lowest, and how many it has in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    head: u64,
    letters: u32,
}

impl Key {
    /// The key of the word of so many letters, at least one, at the start of these eight bytes.
    #[inline]
    fn of(head: u64, letters: u32) -> Self {
        const CASE: u64 = 0x2020_2020_2020_2020;
        const NOT_ASCII: u64 = 0x8080_8080_8080_8080;
        let used = u64::MAX >> (64 - 8 * letters.min(KEY_LETTERS as u32));
        let head = head & used;
        // Bytes from 0x80 up have no case.
        Self { head: head | CASE & used & !((head & NOT_ASCII) >> 2), letters }
    }

    #[inline]
    fn hash(self) -> usize {
        let mixed = (self.head ^ u64::from(self.letters)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 32) as usize
    }
}

/// A first word, and where phrases go on from it.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    key: Key,
    node: u32,
    /// What the next byte may be for some phrase to be there, one bit for each by [`next_bit`].
    next: u64,
}

/// The bit of a byte in lower case; four bytes share each.
#[inline]
fn next_bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

/// A stretch of bytes that some phrases have in common, and what can follow it.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Where the bytes stand in the text of all labels.
    label: (u32, u32),
    /// The phrase that ends after them.
    phrase: u16,
    /// The nodes that follow: the first one, and how many.
    children: (u32, u16),
    /// What they begin with, one bit for each by [`next_bit`].
    next: u64,
}

/// What of a phrase stands behind its key, and the phrase's number.
type Rest<'a> = (&'a [u8], u16);

/// The compiled phrases.
#[derive(Debug)]
pub(super) struct PhraseTree {
    /// Open addressing; a key without letters is a free place.
    heads: Vec<Head>,
    nodes: Vec<Node>,
    /// First byte of each node's label.
    firsts: Vec<u8>,
    labels: Vec<u8>,
}

impl PhraseTree {
    /// Compiles phrases, all different, in lower case, with the number of each. One that begins with no letter is never found.
    pub(super) fn new<'a>(phrases: impl Iterator<Item = (&'a str, u16)>) -> Self {
        let mut groups: Vec<(Key, Vec<Rest>)> = Vec::new();
        let mut places_of: HashMap<Key, usize, FixedState> = HashMap::default();
        for (phrase, number) in phrases {
            let letters = leading_letters(phrase.as_bytes());
            if letters == 0 {
                continue;
            }
            let key = Key::of(leading_bytes(phrase.as_bytes(), 0), letters as u32);
            let rest = &phrase.as_bytes()[letters.min(KEY_LETTERS)..];
            let place = *places_of.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, rests)) => rests.push((rest, number)),
                None => groups.push((key, vec![(rest, number)])),
            }
        }
        let places = (2 * groups.len()).next_power_of_two();
        let mut tree =
            Self { heads: vec![Head::default(); places], nodes: Vec::new(), firsts: Vec::new(), labels: Vec::new() };
        for (key, mut rests) in groups {
            rests.sort_unstable();
            let node = tree.reserve(1);
            tree.fill(node, 0, &rests);
            let mut place = key.hash() & (places - 1);
            while tree.heads[place].key.letters != 0 {
                place = (place + 1) & (places - 1);
            }
            // What ends a word is not told apart.
            let bits = rests.iter().map(|(rest, _)| rest.first().map_or(u64::MAX, |byte| next_bit(*byte)));
            tree.heads[place] = Head { key, node: node as u32, next: bits.fold(0, |all, bit| all | bit) };
        }
        tree
    }

    fn reserve(&mut self, count: usize) -> usize {
        let first = self.nodes.len();
        self.nodes.resize(first + count, Node { label: (0, 0), phrase: NONE, children: (0, 0), next: 0 });
        self.firsts.resize(first + count, 0);
        first
    }

    /// Fills a node for sorted, different texts that are alike in their first `known` bytes.
    fn fill(&mut self, node: usize, known: usize, texts: &[(&[u8], u16)]) {
        let (first, last) = (texts[0].0, texts[texts.len() - 1].0);
        let common = first.iter().zip(last).take_while(|(one, other)| one == other).count();
        let start = self.labels.len();
        self.labels.extend_from_slice(&first[known..common]);
        self.firsts[node] = first.get(known).copied().unwrap_or(0);
        let ends_here = first.len() == common;
        let longer = &texts[usize::from(ends_here)..];
        let groups = longer.chunk_by(|one, other| one.0[common] == other.0[common]);
        let count = groups.clone().count();
        let children = self.reserve(count);
        self.nodes[node] = Node {
            label: (start as u32, (common - known) as u32),
            phrase: if ends_here { texts[0].1 } else { NONE },
            children: (children as u32, count as u16),
            next: longer.iter().fold(0, |all, (text, _)| all | next_bit(text[common])),
        };
        for (place, group) in groups.enumerate() {
            self.fill(children + place, common, group);
        }
    }

    /// End and number of the longest phrase, in any case, that begins at `start`, a token start, with a word of so many
    /// letters, and ends at the end of a word before `limit`.
    #[inline(always)]
    pub(super) fn longest_at(
        &self,
        bytes: &[u8],
        (start, letters): (usize, u32),
        limit: usize,
    ) -> Option<(usize, u16)> {
        let bytes = &bytes[..bytes.len().min(limit + 1)];
        if letters == 0 {
            return None;
        }
        let head = self.first_word(Key::of(leading_bytes(bytes, start), letters))?;
        let place = start + (letters as usize).min(KEY_LETTERS);
        // Most ends here.
        if next_bit(bytes.get(place).map_or(0, u8::to_ascii_lowercase)) & head.next == 0 {
            return None;
        }
        self.longest_from(head.node, (bytes, place), limit)
    }

    /// The same for what stands behind the key.
    #[inline(never)]
    fn longest_from(&self, node: u32, (bytes, place): (&[u8], usize), limit: usize) -> Option<(usize, u16)> {
        let (mut node, mut place) = (&self.nodes[node as usize], place);
        let mut longest = None;
        loop {
            let (label, length) = node.label;
            let end = place + length as usize;
            if end > limit || !self.is_label((label as usize, length as usize), bytes, place) {
                return longest;
            }
            place = end;
            if node.phrase != NONE && ends_word(bytes, place) {
                longest = Some((place, node.phrase));
            }
            let (first, count) = (node.children.0 as usize, usize::from(node.children.1));
            // Mostly nothing goes on.
            let next = bytes.get(place).map_or(0, u8::to_ascii_lowercase);
            if next_bit(next) & node.next == 0 || place >= limit {
                return longest;
            }
            let Some(child) = self.firsts[first..first + count].iter().position(|byte| *byte == next) else {
                return longest;
            };
            node = &self.nodes[first + child];
        }
    }

    /// Whether the label so far into the text of labels, of so many bytes, stands at a place in any case.
    #[inline]
    fn is_label(&self, (label, length): (usize, usize), bytes: &[u8], place: usize) -> bool {
        // Most labels are short, and one comparison of eight bytes tells.
        if length <= 8
            && let (Some(text), Some(label)) =
                (bytes[place..].first_chunk::<8>(), self.labels[label..].first_chunk::<8>())
        {
            let differ = ascii_lower(u64::from_le_bytes(*text)) ^ u64::from_le_bytes(*label);
            return length == 0 || differ << (64 - 8 * length) == 0;
        }
        let text = bytes.get(place..place + length);
        text.is_some_and(|text| text.eq_ignore_ascii_case(&self.labels[label..label + length]))
    }

    #[inline]
    fn first_word(&self, key: Key) -> Option<&Head> {
        let mask = self.heads.len() - 1;
        let mut place = key.hash() & mask;
        loop {
            let head = &self.heads[place];
            if head.key == key {
                return Some(head);
            }
            if head.key.letters == 0 {
                return None;
            }
            place = (place + 1) & mask;
        }
    }
}

/// How many letters a text begins with; bytes from 0x80 up count as letters.
pub(super) fn leading_letters(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count()
}

/// A word ends before a byte that is no letter or digit, and before a digit behind a letter (`dob2`). After punctuation (`acct #`) it has ended.
fn ends_word(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        None => true,
        Some(_) if !is_word_byte(bytes[end - 1]) => true,
        Some(next) => !is_word_byte(*next) || (next.is_ascii_digit() && !bytes[end - 1].is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phrase_that_ends_with_a_word_is_found() {
        let phrases = [
            "patient",
            "patient id",
            "patient identifier",
            "id",
            "member no.",
            "observation date",
            "né",
            "npi2 code",
            "ph",
            "ph 2",
        ];
        let tree = PhraseTree::new(phrases.iter().enumerate().map(|(number, phrase)| (*phrase, number as u16)));
        let find = |text: &'static str| {
            let found = tree.longest_at(text.as_bytes(), (0, leading_letters(text.as_bytes()) as u32), text.len());
            found.map(|(end, number)| (&text[..end], phrases[usize::from(number)]))
        };
        assert_eq!(find("Patient Identity"), Some(("Patient", "patient")));
        assert_eq!(find("PATIENT ID: 7"), Some(("PATIENT ID", "patient id")));
        assert_eq!(find("patient identifier"), Some(("patient identifier", "patient identifier")));
        assert_eq!(find("patients"), None);
        assert_eq!(find("observation dates"), None);
        assert_eq!(find("Observation Date2"), Some(("Observation Date", "observation date")));
        assert_eq!(find("observations date"), None);
        assert_eq!(find("member no.7"), Some(("member no.", "member no.")));
        assert_eq!(find("né"), Some(("né", "né")));
        assert_eq!(find("ph 2025550143"), Some(("ph", "ph")));
        assert_eq!(find("ph 2: 3"), Some(("ph 2", "ph 2")));
        assert_eq!(find("NPI2 Code 4"), Some(("NPI2 Code", "npi2 code")));
        assert_eq!(find(""), None);
        assert_eq!(tree.longest_at(b"patient id", (0, 7), 8), Some((7, 0)));
        assert_eq!(tree.longest_at(b"patient id", (0, 7), 5), None);
    }
}
