//! Which patterns can match at a token, by the token's shape: so many digits or letters, what follows them, so many
//! digits after that; and by what it begins with: the first digits, or the first word.
//!
//! The tables are read off the patterns' automata, so nothing is written by hand per pattern, and a pattern that a user
//! adds is served like a built-in one. Most tokens of a log are none that any pattern can begin with.

use super::pattern::{AnchoredPattern, Walk};
use super::tokens::{FirstWords, Token};
use std::collections::HashMap;

/// A set of patterns, one bit each by their order in the table. The last bit stands for all that come after it.
pub(super) type PatternSet = u128;

/// Patterns that have a bit of their own.
const MAX_DISTINCT: usize = 127;

/// What the byte after a run is, as far as patterns commonly tell them apart.
const CLASSES: usize = 8;
static CLASS_OF: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | 0x80..=0xFF => 1,
            b'A'..=b'Z' => 2,
            b'-' => 3,
            b'.' => 4,
            b'/' => 5,
            b' ' => 6,
            b')' => 7,
            // Digits end a run only where it is counted no further.
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Runs of digits are counted up to here; a longer one may be anything.
const MAX_DIGITS: u32 = 15;
/// The second run of digits of a number.
const MAX_SECOND_DIGITS: u32 = 7;
/// Leading letters of a word.
const MAX_LETTERS: u32 = 7;

/// Shapes of numbers that are told apart, and of words.
const NUMBER_SHAPES: usize = 1 << 13;
const WORD_SHAPES: usize = 1 << 11;

/// Kinds of the second byte of a number: ten digits, and anything else. Four bits, as those of the first one.
const SECOND_KINDS: usize = 16;
/// A kind for each pair of bytes.
const NUMBER_HEADS: usize = 1 << 8;
static DIGIT_KIND: [u8; 256] = {
    let mut kinds = [10; 256];
    let mut digit = 0;
    while digit < 10 {
        kinds[(b'0' + digit) as usize] = digit;
        digit += 1;
    }
    kinds
};

/// Kinds of the first byte of a word: 26 letters in any case, and bytes from 0x80 up.
const FIRST_LETTERS: usize = 27;
/// Kinds of its second byte: 26 small letters, 26 capitals, bytes from 0x80 up, and anything else. Six bits.
const SECOND_LETTERS: usize = 64;
const ANY_SECOND: usize = 53;
/// Sets for each pair of kinds, and what is no pair.
const WORD_HEADS: usize = 1 << 11;
static LETTER_KIND: [u8; 256] = {
    let mut kinds = [ANY_SECOND as u8; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            letter @ b'a'..=b'z' => letter - b'a',
            letter @ b'A'..=b'Z' => letter - b'A' + 26,
            0x80.. => 52,
            _ => ANY_SECOND as u8,
        };
        byte += 1;
    }
    kinds
};

/// The same of a first byte, whose case is not told.
static FIRST_KIND: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match LETTER_KIND[byte] {
            letter @ ..52 => letter % 26,
            other => other - 26,
        };
        byte += 1;
    }
    kinds
};

/// The compiled tables.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Set of the numbers' shape: digits (4 bits), class (3), second run of digits (3), class (3).
    numbers: Box<[u16; NUMBER_SHAPES]>,
    /// Column of `joint` for the first digit and the kind of the second byte of a number.
    heads: Box<[u16; NUMBER_HEADS]>,
    /// What a set of shapes and a set of heads have together, `heads_count` columns a row.
    joint: Vec<u16>,
    heads_count: usize,
    /// The same for words, by the kinds of their first two bytes.
    word_heads: Box<[u16; WORD_HEADS]>,
    joint_words: Vec<u16>,
    word_heads_count: usize,
    /// Set of the words' shape: first letter is upper case (1), letters (3), digits (4), class (3); first for any word, then
    /// for one that is known to begin some pattern.
    words: [Box<[u16; WORD_SHAPES]>; 2],
    any_small_word: bool,
    /// The distinct sets; the first is the empty one.
    sets: Vec<PatternSet>,
}

/// Sets by number, each once.
struct SetTable {
    sets: Vec<PatternSet>,
    known: HashMap<PatternSet, u16>,
}

impl SetTable {
    /// Numbers the sets that each of some shapes has in common with each of some heads. Returns the column of each head,
    /// the rows of the shapes one after the other, and how long a row is.
    fn join(&mut self, shapes: &[PatternSet], heads: &[PatternSet]) -> (Vec<u16>, Vec<u16>, usize) {
        let mut distinct = heads.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let column = |set: &PatternSet| distinct.binary_search(set).unwrap_or_default() as u16;
        let columns = heads.iter().map(column).collect();
        let common = shapes.iter().flat_map(|shape| distinct.iter().map(move |head| shape & head));
        (columns, common.map(|set| self.number(set)).collect(), distinct.len())
    }

    fn number(&mut self, set: PatternSet) -> u16 {
        *self.known.entry(set).or_insert_with(|| {
            self.sets.push(set);
            self.sets.len() as u16 - 1
        })
    }
}

impl Shapes {
    /// Reads the tables off the patterns, and adds the words that begin a match of those that begin with few.
    pub(super) fn of(patterns: &[&AnchoredPattern], first_words: &mut FirstWords) -> Self {
        let mut numbers = vec![0; NUMBER_SHAPES];
        let mut heads = vec![0; NUMBER_HEADS];
        let mut word_heads = vec![0; FIRST_LETTERS * SECOND_LETTERS];
        let mut words = [vec![0; WORD_SHAPES], vec![0; WORD_SHAPES]];
        for (index, pattern) in patterns.iter().enumerate() {
            let bit = Self::bit(index);
            let kinds = Kinds::of(pattern);
            kinds.mark_numbers(bit, &mut numbers);
            kinds.mark_heads(bit, &mut heads);
            kinds.mark_word_heads(bit, &mut word_heads);
            // The second table is for words that are known to begin some pattern, and holds all that any word can be.
            for is_capital in [true, false] {
                kinds.mark_words(is_capital, bit, &mut words[1]);
                let Some(list) = kinds.first_words(is_capital) else {
                    kinds.mark_words(is_capital, bit, &mut words[0]);
                    continue;
                };
                for (word, walk) in &list {
                    let ends = pattern.is_match_at_end(walk);
                    let goes_on = |byte: u8| {
                        let after = pattern.step(walk, &[pattern.class_of(byte)]);
                        after.is_match() || !after.is_over()
                    };
                    first_words.mark_before(word, |byte| (byte == 0 && ends) || goes_on(byte), FirstWords::PATTERN);
                }
            }
        }
        let mut table = SetTable { sets: vec![0], known: HashMap::from([(0, 0)]) };
        let any_small_word = words[0][..1 << 10].iter().any(|set| *set != 0);
        let numbers: Vec<u16> = numbers.into_iter().map(|set| table.number(set)).collect();
        let shapes = table.sets.clone();
        let (heads, joint, heads_count) = table.join(&shapes, &heads);
        // What a word and a number can be is never the same, so their sets are numbered apart.
        let mut of_words = SetTable { sets: vec![0], known: HashMap::from([(0, 0)]) };
        let words = words.map(|list| array(list.into_iter().map(|set| of_words.number(set))));
        let (word_heads, joint_words, word_heads_count) = table.join(&of_words.sets, &word_heads);
        Self {
            numbers: array(numbers),
            heads: array(heads),
            joint,
            heads_count,
            word_heads: array(word_heads),
            joint_words,
            word_heads_count,
            words,
            any_small_word,
            sets: table.sets,
        }
    }

    /// Tables that rule nothing out, to compare with.
    #[cfg(test)]
    pub(super) fn of_anything(count: usize) -> Self {
        let all = (0..count).fold(0, |set, index| set | Self::bit(index));
        Self {
            numbers: Box::new([1; NUMBER_SHAPES]),
            heads: Box::new([0; NUMBER_HEADS]),
            joint: vec![0, 1],
            heads_count: 1,
            word_heads: Box::new([0; WORD_HEADS]),
            joint_words: vec![0, 1],
            word_heads_count: 1,
            words: [Box::new([1; WORD_SHAPES]), Box::new([1; WORD_SHAPES])],
            any_small_word: true,
            sets: vec![0, all],
        }
    }

    /// Index of the set of patterns that can match at a token that begins with a digit.
    #[inline(always)]
    pub(super) fn of_number(&self, token: &Token) -> u16 {
        // A bit that is set ends the count, and a longer run is not told apart.
        let digits = (!token.runs.digit | 1 << MAX_DIGITS).trailing_zeros();
        let first_class = class_of(token.byte(digits as usize));
        let second = (!(token.runs.digit >> digits >> 1) | 1 << MAX_SECOND_DIGITS).trailing_zeros();
        let second_class = class_of(token.byte((digits + 1 + second) as usize));
        let key = (digits as usize) << 9 | first_class << 6 | (second as usize) << 3 | second_class;
        // Digits differ in their lowest four bits.
        let first = usize::from(token.byte(0)) & 15;
        let second = usize::from(DIGIT_KIND[usize::from(token.byte(1))]);
        let head = usize::from(self.heads[(first * SECOND_KINDS + second) % NUMBER_HEADS]);
        self.joint[usize::from(self.numbers[key % NUMBER_SHAPES]) * self.heads_count + head]
    }

    /// Index of the set of patterns that can match at a token that begins with a letter, which is a capital or not; the
    /// first word may be known to begin a pattern, or not.
    #[inline(always)]
    pub(super) fn of_word(&self, token: &Token, is_capital: bool, begins_pattern: bool) -> u16 {
        let letters = token.runs.leading_letters();
        let digits = (!(token.runs.digit >> (letters & 63)) | 1 << MAX_DIGITS).trailing_zeros();
        let class = class_of(token.byte((letters + digits) as usize));
        let shape = (letters.min(MAX_LETTERS) as usize) << 7 | (digits as usize) << 3 | class;
        let set = self.words[usize::from(begins_pattern)][(usize::from(is_capital) << 10 | shape) % WORD_SHAPES];
        let first = usize::from(FIRST_KIND[usize::from(token.byte(0))]);
        let second = usize::from(LETTER_KIND[usize::from(token.byte(1))]);
        let head = self.word_heads[(first * SECOND_LETTERS + second) % WORD_HEADS];
        self.joint_words[usize::from(set) * self.word_heads_count + usize::from(head)]
    }

    /// Whether a pattern may begin with words in small letters that are too many to know.
    #[inline(always)]
    pub(super) fn any_small_word(&self) -> bool {
        self.any_small_word
    }

    /// The set of that index.
    #[inline]
    pub(super) fn set(&self, index: u16) -> PatternSet {
        self.sets[usize::from(index)]
    }

    /// Calls `found` with the index of each pattern of a set, of `count` patterns in all.
    #[inline]
    pub(super) fn for_each_pattern(mut set: PatternSet, count: usize, mut found: impl FnMut(usize)) {
        while set != 0 {
            let index = set.trailing_zeros() as usize;
            set &= set - 1;
            found(index);
            if index == MAX_DISTINCT {
                (MAX_DISTINCT + 1..count).for_each(&mut found);
            }
        }
    }

    /// The bit of a pattern.
    pub(super) fn bit(index: usize) -> PatternSet {
        1 << index.min(MAX_DISTINCT)
    }
}

#[inline]
fn class_of(byte: u8) -> usize {
    usize::from(CLASS_OF[usize::from(byte)])
}

/// The list as an array, with zeros behind it.
fn array<const N: usize>(list: impl IntoIterator<Item = u16>) -> Box<[u16; N]> {
    let mut array = Box::new([0; N]);
    array.iter_mut().zip(list).for_each(|(place, number)| *place = number);
    array
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// What the tables tell apart, as the classes of bytes of one pattern's automaton.
struct Kinds<'a> {
    pattern: &'a AnchoredPattern,
    digits: Vec<u8>,
    letters: Vec<u8>,
    /// What ends a word.
    no_letters: Vec<u8>,
    /// Bytes from 0x80 up.
    high: Vec<u8>,
    /// First letters of words: small ones and bytes from 0x80 up, and capitals.
    first: [Vec<u8>; 2],
    /// Bytes that end a run, by their class.
    ends: [Vec<u8>; CLASSES],
}

impl<'a> Kinds<'a> {
    fn of(pattern: &'a AnchoredPattern) -> Self {
        let first =
            |is_capital: bool| pattern.classes(move |byte| is_letter(byte) && byte.is_ascii_uppercase() == is_capital);
        let ends = |class: usize| {
            pattern.classes(move |byte| !byte.is_ascii_digit() && usize::from(CLASS_OF[usize::from(byte)]) == class)
        };
        Self {
            pattern,
            digits: pattern.classes(|byte| byte.is_ascii_digit()),
            letters: pattern.classes(is_letter),
            no_letters: pattern.classes(|byte| !is_letter(byte)),
            high: pattern.classes(|byte| byte >= 0x80),
            first: [first(false), first(true)],
            ends: std::array::from_fn(ends),
        }
    }

    /// Where the byte that ends a run leads to, if it is of the class; the end of all bytes is of the first one.
    fn end_run(&self, walk: &Walk, class: usize) -> Walk {
        let after = self.pattern.step(walk, &self.ends[class]);
        if class == 0 && self.pattern.is_match_at_end(walk) { after.with_match() } else { after }
    }

    /// Marks the shapes of numbers that a match of the pattern can have.
    fn mark_numbers(&self, bit: PatternSet, table: &mut [PatternSet]) {
        let mut walk = self.pattern.walk();
        for digits in 1..=MAX_DIGITS {
            let key = (digits as usize) << 9;
            walk = self.pattern.step(&walk, &self.digits);
            if walk.is_match() || digits == MAX_DIGITS {
                // A match that has ended is one whatever follows, and the longest runs are not told apart.
                return mark(&mut table[key..], bit, walk.is_match() || !walk.is_over());
            }
            if walk.is_over() {
                return;
            }
            for class in 0..CLASSES {
                let after = self.end_run(&walk, class);
                let key = key | class << 6;
                if after.is_match() {
                    mark(&mut table[key..key + (1 << 6)], bit, true);
                } else if !after.is_over() {
                    self.mark_digits(after, MAX_SECOND_DIGITS, &mut table[key..key + (1 << 6)], bit);
                }
            }
        }
    }

    /// Marks what numbers that a match of the pattern can be begin with.
    fn mark_heads(&self, bit: PatternSet, table: &mut [PatternSet]) {
        let no_digits = self.pattern.classes(|byte| !byte.is_ascii_digit());
        let digit = |digit: usize| self.pattern.class_of(b'0' + digit as u8);
        for first in 0..10 {
            let walk = self.pattern.step(&self.pattern.walk(), &[digit(first)]);
            let row = &mut table[first * SECOND_KINDS..(first + 1) * SECOND_KINDS];
            if walk.is_match() {
                mark(row, bit, true);
                continue;
            }
            for (second, set) in row.iter_mut().enumerate().take(11) {
                let after = match second {
                    10 => self.pattern.step(&walk, &no_digits),
                    _ => self.pattern.step(&walk, &[digit(second)]),
                };
                let ends = second == 10 && self.pattern.is_match_at_end(&walk);
                mark(std::slice::from_mut(set), bit, ends || after.is_match() || !after.is_over());
            }
        }
    }

    /// Marks what words that a match of the pattern can be begin with.
    fn mark_word_heads(&self, bit: PatternSet, table: &mut [PatternSet]) {
        let of_kinds = |kinds: &[u8; 256], count: usize| {
            let mut lists = vec![Vec::new(); count];
            for byte in 0..=255 {
                let class = self.pattern.class_of(byte);
                // What begins no word is of none of the kinds of first letters.
                if let Some(list) = lists.get_mut(usize::from(kinds[usize::from(byte)]))
                    && !list.contains(&class)
                {
                    list.push(class);
                }
            }
            lists
        };
        let (firsts, seconds) = (of_kinds(&FIRST_KIND, FIRST_LETTERS), of_kinds(&LETTER_KIND, SECOND_LETTERS));
        for (first, classes) in firsts.iter().enumerate() {
            let walk = self.pattern.step(&self.pattern.walk(), classes);
            let row = &mut table[first * SECOND_LETTERS..(first + 1) * SECOND_LETTERS];
            if walk.is_match() {
                mark(row, bit, true);
                continue;
            }
            if walk.is_over() {
                continue;
            }
            for (second, set) in row.iter_mut().enumerate() {
                let after = self.pattern.step(&walk, &seconds[second]);
                let ends = second == ANY_SECOND && self.pattern.is_match_at_end(&walk);
                mark(std::slice::from_mut(set), bit, ends || after.is_match() || !after.is_over());
            }
        }
    }

    /// The words (in lower case, of up to eight letters) that begin with a capital, or not, and a match of the pattern can
    /// begin with, each with where it leads to, if they are few.
    fn first_words(&self, is_capital: bool) -> Option<Vec<(Vec<u8>, Walk)>> {
        // Most that begins with a capital may be any word, which shows soon.
        let most = if is_capital { 500 } else { 4_000 };
        let pattern = self.pattern;
        let mut words = Vec::new();
        let mut open = vec![(pattern.walk(), Vec::new())];
        while let Some((walk, word)) = open.pop() {
            let is_whole = word.len() == FirstWords::MAX_LETTERS;
            // Letters outside ASCII have no case that could be folded away.
            let other = pattern.step(&walk, &self.high);
            let is_other = !other.is_over() && !is_whole && (!is_capital || !word.is_empty());
            if words.len() + open.len() > most || walk.is_match() || is_other {
                return None;
            }
            let ends = pattern.step(&walk, &self.no_letters);
            if !word.is_empty() && (is_whole || !ends.is_over() || ends.is_match() || pattern.is_match_at_end(&walk)) {
                words.push((word.clone(), walk.clone()));
            }
            for letter in (b'a'..=b'z').filter(|_| !is_whole) {
                let (small, capital) = (pattern.class_of(letter), pattern.class_of(letter.to_ascii_uppercase()));
                let next = match (word.is_empty(), is_capital) {
                    (true, true) => pattern.step(&walk, &[capital]),
                    (true, false) => pattern.step(&walk, &[small]),
                    (false, _) => pattern.step(&walk, &[small, capital]),
                };
                if !next.is_over() || next.is_match() {
                    open.push((next, [word.as_slice(), &[letter]].concat()));
                }
            }
        }
        Some(words)
    }

    /// Marks the shapes of words that begin with a capital, or not, and that a match of the pattern can have.
    fn mark_words(&self, is_capital: bool, bit: PatternSet, table: &mut [PatternSet]) {
        let upper = usize::from(is_capital);
        let end = (upper + 1) << 10;
        let mut walk = self.pattern.step(&self.pattern.walk(), &self.first[upper]);
        for letters in 1..=MAX_LETTERS {
            let key = upper << 10 | (letters as usize) << 7;
            if letters == MAX_LETTERS {
                return self.mark_long_words(walk, &mut table[key..end], bit);
            }
            if walk.is_match() {
                return mark(&mut table[key..end], bit, true);
            }
            if walk.is_over() {
                return;
            }
            self.mark_digits(walk.clone(), MAX_DIGITS, &mut table[key..key + (1 << 7)], bit);
            walk = self.pattern.step(&walk, &self.letters);
        }
    }

    /// Marks what can follow words of so many letters or more.
    fn mark_long_words(&self, mut walk: Walk, table: &mut [PatternSet], bit: PatternSet) {
        // However many letters follow.
        loop {
            let longer = walk.clone().or(self.pattern.step(&walk, &self.letters));
            if longer == walk {
                break;
            }
            walk = longer;
        }
        self.mark_digits(walk.clone(), MAX_DIGITS, table, bit);
        // Of a long word, digits are not counted past the window, so one may stand behind those that were.
        for digits in 0..MAX_DIGITS as usize {
            walk = self.pattern.step(&walk, &self.digits);
            mark(&mut table[digits << 3..][..1], bit, !walk.is_over() || walk.is_match());
        }
    }

    /// Marks what can follow: digits, up to `most` of them, then a class. The table is indexed by both.
    fn mark_digits(&self, mut walk: Walk, most: u32, table: &mut [PatternSet], bit: PatternSet) {
        for digits in 0..=most {
            let row = &mut table[(digits as usize) << 3..];
            if walk.is_match() || digits == most {
                return mark(row, bit, walk.is_match() || !walk.is_over());
            }
            if walk.is_over() {
                return;
            }
            for (class, set) in row[..CLASSES].iter_mut().enumerate() {
                let after = self.end_run(&walk, class);
                mark(std::slice::from_mut(set), bit, after.is_match() || !after.is_over());
            }
            walk = self.pattern.step(&walk, &self.digits);
        }
    }
}

fn mark(sets: &mut [PatternSet], bit: PatternSet, is_possible: bool) {
    if is_possible {
        sets.iter_mut().for_each(|set| *set |= bit);
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::End;
    use super::super::tokens::{bitmaps, for_each_token};
    use super::*;

    /// A token is never kept from a pattern that matches at it.
    #[test]
    fn whatever_matches_is_allowed() {
        let texts = [
            r"\d{3}-\d{2}-\d{4}",
            r"\d{9}",
            r"[12]\d{9}",
            r"[A-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?",
            r"[A-HJ-NPR-Z0-9]{17}",
            r"(?:Mr|Mrs)\. [A-Z][a-z]+",
            r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
            r"[A-Z]{2} \d{5}",
            r"\d{1,5} [A-Z][a-z]+ St",
            r"[1-9][A-Z][0-9A-Z]\d-?[A-Z][0-9A-Z]\d",
            r"\d+",
            r"[a-z]+",
            r"[2-9]\d{2}\) ?\d{3}-\d{4}",
            r"\d{12,20}",
            r"x\d{16,30}",
        ];
        let patterns: Vec<_> = texts.iter().map(|text| AnchoredPattern::new(text, End::OfToken).unwrap()).collect();
        let mut first_words = FirstWords::default();
        let shapes = Shapes::of(&patterns.iter().collect::<Vec<_>>(), &mut first_words);
        let mut state = 11u32;
        let alphabet = b"0123456789012345678901234567890123456789ABEMRrsx.-/ )(,_:\n\xc3";
        let mut matches = 0;
        for round in 0..20_000 {
            let length = 1 + round % 40;
            let mut bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    alphabet[(state >> 16) as usize % alphabet.len()]
                })
                .collect();
            let samples = ["536-90-4399", "Mrs. Smith", "MA 02138", "10.0.0.1", "1EG4-TE5", "E11.9", "12 Main St"];
            bytes.extend(samples[round % samples.len()].bytes());
            let check = |matches: &mut u32, start: usize, index: u16| {
                for (bit, pattern) in patterns.iter().enumerate() {
                    if pattern.end_of_match(&bytes, start, bytes.len()).is_some() {
                        *matches += 1;
                        let text = String::from_utf8_lossy(&bytes[start..]);
                        assert!(shapes.set(index) & Shapes::bit(bit) != 0, "{} at {text}", texts[bit]);
                    }
                }
            };
            let check_word = |matches: &mut u32, token: Token, is_capital: bool| {
                let flags = first_words.flags(token.head(), token.runs.leading_letters());
                check(matches, token.start, shapes.of_word(&token, is_capital, flags & FirstWords::PATTERN != 0));
            };
            for_each_token::<true, _>(
                &mut matches,
                (&bytes, 0..bytes.len(), bitmaps),
                |matches, token| check(matches, token.start, shapes.of_number(&token)),
                |matches, token| check_word(matches, token, token.byte(0) < 0x80),
                |matches, token| check_word(matches, token, false),
            );
        }
        assert!(matches > 10_000, "{matches}");
    }

    /// Runs are counted in a window of 64 bytes; a pattern knows of none.
    #[test]
    fn words_of_any_length_are_allowed() {
        let pattern = AnchoredPattern::new(r"[A-Za-z]+\d{0,4} County", End::OfToken).unwrap();
        let shapes = Shapes::of(&[&pattern], &mut FirstWords::default());
        for first in ["A", "b"] {
            for letters in 0..80 {
                for digits in ["", "1", "12", "1234"] {
                    let text = format!("{first}{}{digits} County", "x".repeat(letters));
                    let mut tried = 0;
                    let check = |tried: &mut i32, token: Token, is_capital: bool| {
                        if token.start == 0 {
                            *tried += 1;
                            assert_ne!(shapes.of_word(&token, is_capital, false), 0, "{text}");
                        }
                    };
                    for_each_token::<false, _>(
                        &mut tried,
                        (text.as_bytes(), 0..text.len(), bitmaps),
                        |_, _| {},
                        |tried, token| check(tried, token, true),
                        |tried, token| check(tried, token, false),
                    );
                    assert_eq!(tried, 1);
                }
                let other = format!("{first}{}/County", "x".repeat(letters));
                for_each_token::<false, _>(
                    &mut (),
                    (other.as_bytes(), 0..1, bitmaps),
                    |_, _| {},
                    |_, token| assert!(letters > 62 || shapes.of_word(&token, true, false) == 0, "{other}"),
                    |_, token| assert!(letters > 62 || shapes.of_word(&token, false, false) == 0, "{other}"),
                );
            }
        }
    }

    #[test]
    fn most_shapes_of_a_log_are_no_patterns() {
        let pattern = AnchoredPattern::new(r"\d{3}-\d{2}-\d{4}", End::OfToken).unwrap();
        let shapes = Shapes::of(&[&pattern], &mut FirstWords::default());
        let mut found = Vec::new();
        let line = b"2024-01-15 10:22:33.123 10.0.0.1 536-90-4399 550e8400-e29b 123-45";
        for_each_token::<false, _>(
            &mut found,
            (line, 0..line.len(), bitmaps),
            |found, token| found.push((token.start, shapes.of_number(&token))),
            |_, _| {},
            |_, _| {},
        );
        let kept: Vec<usize> = found.into_iter().filter(|(_, index)| *index != 0).map(|(start, _)| start).collect();
        assert_eq!(kept, [33]);
    }
}
