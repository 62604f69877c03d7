//! A fixed set of words, asked in any case: most words have a shape that none of the set has, and no list is searched.

/// Longest word of a set, bytes.
const MAX_WORD: usize = 16;

/// Sorted words in lower case, and one bit for each shape (first letter, last letter, length) that one of them has.
pub(super) struct WordSet {
    words: &'static [&'static str],
    shapes: [u64; 64],
}

impl WordSet {
    /// Of words in ascending order, none of them empty or longer than 16 bytes.
    pub(super) const fn new(words: &'static [&'static str]) -> Self {
        let mut shapes = [0; 64];
        let mut index = 0;
        while index < words.len() {
            let word = words[index].as_bytes();
            let shape = shape_of(word[0], word[word.len() - 1], word.len());
            shapes[shape / 64] |= 1 << (shape % 64);
            index += 1;
        }
        Self { words, shapes }
    }

    /// Whether the word is one of the set.
    #[inline]
    pub(super) fn contains(&self, word: &[u8]) -> bool {
        let (Some(first), Some(last)) = (word.first(), word.last()) else { return false };
        let shape = shape_of(*first, *last, word.len());
        self.shapes[shape / 64] & (1 << (shape % 64)) != 0 && self.search(word)
    }

    fn search(&self, word: &[u8]) -> bool {
        let mut lower = [0; MAX_WORD];
        let Some(lower) = lower.get_mut(..word.len()) else { return false };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        self.words.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
    }

    /// Whether the search finds what is in the list: in order, and no word too long.
    #[cfg(test)]
    pub(super) fn is_searchable(&self) -> bool {
        self.words.is_sorted_by(|one, next| one < next) && self.words.iter().all(|word| self.contains(word.as_bytes()))
    }
}

/// Five bits of a letter are the same in any case.
const fn shape_of(first: u8, last: u8, length: usize) -> usize {
    ((first as usize & 31) << 7 ^ (last as usize & 31) << 2 ^ length) & 4095
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_others_are_not() {
        const SET: WordSet = WordSet::new(&["ab", "abc", "n/a", "zulu"]);
        assert!(SET.is_searchable());
        assert!(SET.contains(b"ABC") && SET.contains(b"N/a"));
        for other in ["", "a", "aac", "abcd", "a word of more than sixteen bytes", "zuzu"] {
            assert!(!SET.contains(other.as_bytes()), "{other}");
        }
    }
}
