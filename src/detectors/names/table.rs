//! The table of names: how many persons have a word as given name and as surname, and what else the word is.
//!
//! Built by `detectors/code_sets/build_names.rs`; sources and licences stand in the README beside it.

use fst::Map;

static NAMES: &[u8] = include_bytes!("../../../detectors/code_sets/names.fst");
static FIRST_WORDS: &[u8; 1 << 16] = include_bytes!("../../../detectors/code_sets/names_first_words.bits");

const MAX_NAME: usize = 24;

/// The embedded table.
#[derive(Debug)]
pub(super) struct Table {
    names: Option<Map<&'static [u8]>>,
}

/// What the lists say about a word. A level is 0 for fewer than 500 persons, 1 for 500, and one more for each doubling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) given: u8,
    pub(super) family: u8,
    /// It is a word of the dictionary that is not mostly a name.
    pub(super) word: bool,
    /// It is a state, a country or a larger city.
    pub(super) place: bool,
    /// 100 to 499 persons have it as surname, which is no level.
    pub(super) few_family: bool,
}

impl Entry {
    pub(super) fn is_nothing(self) -> bool {
        self.given == 0 && self.family == 0
    }

    /// A word that may be a name, since nothing else is known of it: no list and no dictionary has it, or it is a name of few.
    pub(super) fn may_be_rare(self) -> bool {
        self.is_nothing() && !self.word && !self.place
    }

    /// No word of the dictionary and no place: hardly anything but a name where a name is expected.
    pub(super) fn is_no_word(self) -> bool {
        !self.word && !self.place
    }

    pub(super) fn is_clear_given(self) -> bool {
        self.given >= 4 && !self.word && !self.place
    }

    /// A given name, or one that is a place, too, but of many: `Tyler`.
    pub(super) fn is_likely_given(self) -> bool {
        self.is_clear_given() || (self.given >= 7 && !self.word)
    }

    /// A given name that few have, and nothing else.
    pub(super) fn is_rare_given(self) -> bool {
        (1..4).contains(&self.given) && self.given >= self.family && !self.word && !self.place
    }

    /// A surname that few have, and nothing else.
    pub(super) fn is_rare_family(self) -> bool {
        (self.few_family || self.family == 1) && !self.word && !self.place
    }

    pub(super) fn is_clear_family(self) -> bool {
        self.family >= 3 && !self.word && !self.place
    }
}

impl Table {
    pub(super) fn open() -> Self {
        Self { names: Map::new(NAMES).ok() }
    }

    /// What the lists say. Of a hyphenated word each part counts; accents are no difference.
    pub(super) fn entry(&self, word: &[u8]) -> Entry {
        // Two syllables of one name: `Hye-jin`.
        if let Some(place) = word.windows(2).position(|pair| pair[0] == b'-' && pair[1].is_ascii_lowercase()) {
            let entry = self.simple(&[&word[..place], &word[place + 1..]].concat());
            // `Self-pay`, `Follow-up`
            let is_word =
                entry.is_nothing() && [&word[..place], &word[place + 1..]].iter().all(|part| self.simple(part).word);
            return Entry { word: entry.word || is_word, ..entry };
        }
        let mut parts = word.split(|byte| *byte == b'-').map(|part| self.simple(part));
        let mut entry = parts.next().unwrap_or_default();
        for part in parts {
            entry.family = entry.family.max(part.family);
            entry.given = entry.given.max(part.given);
            entry.word &= part.word;
            entry.place &= part.place;
            entry.few_family |= part.few_family;
        }
        entry
    }

    fn simple(&self, word: &[u8]) -> Entry {
        let mut plain = [0; MAX_NAME];
        let Some(length) = plain_letters(word, &mut plain) else { return Entry::default() };
        let Some(value) = self.names.as_ref().and_then(|names| names.get(&plain[..length])) else {
            return Entry::default();
        };
        Entry {
            given: (value & 15) as u8,
            family: (value >> 4 & 15) as u8,
            word: value >> 8 & 1 == 1,
            place: value >> 9 & 1 == 1,
            few_family: value >> 10 & 1 == 1,
        }
    }
}

/// Writes the letters in upper case without accents and apostrophes, and returns how many there are.
fn plain_letters(word: &[u8], plain: &mut [u8; MAX_NAME]) -> Option<usize> {
    let mut length = 0;
    let mut bytes = word.iter();
    while let Some(byte) = bytes.next() {
        let letter = match byte {
            b'\'' => continue,
            // The right single quotation mark, as an apostrophe.
            0xe2 => {
                bytes.next();
                bytes.next();
                continue;
            }
            0xc3 => without_accent(*bytes.next()?)?,
            0xc4 | 0xc5 => without_mark(u16::from(byte & 1) << 6 | u16::from(bytes.next()? & 0x3f))?,
            0xe1 => without_tone(*bytes.next()?, *bytes.next()?)?,
            byte if byte.is_ascii_alphabetic() => byte.to_ascii_uppercase(),
            _ => return None,
        };
        *plain.get_mut(length)? = letter;
        length += 1;
    }
    Some(length)
}

/// The base letter of a letter of the Latin-1 supplement, by its second byte in UTF-8.
fn without_accent(second: u8) -> Option<u8> {
    Some(match second | 0x20 {
        0xa0..=0xa5 => b'A',
        0xa7 => b'C',
        0xa8..=0xab => b'E',
        0xac..=0xaf => b'I',
        0xb1 => b'N',
        0xb2..=0xb6 | 0xb8 => b'O',
        0xb9..=0xbc => b'U',
        0xbd | 0xbf => b'Y',
        _ => return None,
    })
}

/// The base letter of a letter of the block Latin Extended-A, by its place there: `Świątek`, `Łukasz`, `Yıldız`.
fn without_mark(place: u16) -> Option<u8> {
    /// The first place of each run of letters with the same base letter.
    const RUNS: [(u16, u8); 20] = [
        (0x00, b'A'),
        (0x06, b'C'),
        (0x0e, b'D'),
        (0x12, b'E'),
        (0x1c, b'G'),
        (0x24, b'H'),
        (0x28, b'I'),
        (0x34, b'J'),
        (0x36, b'K'),
        (0x39, b'L'),
        (0x43, b'N'),
        (0x4c, b'O'),
        (0x54, b'R'),
        (0x5a, b'S'),
        (0x62, b'T'),
        (0x68, b'U'),
        (0x74, b'W'),
        (0x76, b'Y'),
        (0x79, b'Z'),
        (0x7f, b'S'),
    ];
    RUNS.iter().rev().find(|(first, _)| *first <= place).map(|(_, letter)| *letter)
}

/// The base letter of a letter of Vietnamese with a mark and a tone, by the second and third byte in UTF-8: `Nguyễn`, `Phạm`.
fn without_tone(second: u8, third: u8) -> Option<u8> {
    let place = u16::from(second.checked_sub(0xba).filter(|row| *row < 2)?) << 6 | u16::from(third & 0x3f);
    Some(match place {
        0x20..=0x37 => b'A',
        0x38..=0x47 => b'E',
        0x48..=0x4b => b'I',
        0x4c..=0x63 => b'O',
        0x64..=0x71 => b'U',
        0x72..=0x79 => b'Y',
        _ => return None,
    })
}

/// Whether a name may begin with these bytes: a capital first, and the first six letters those of a listed name, or of no word
/// of the dictionary. A word that has a letter with an accent among the eight bytes always may.
#[inline]
pub(super) fn may_begin(head: u64) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const SIX: u64 = 0x0000_ffff_ffff_ffff;
    // Letters have bit 6. Of the other bytes that have it, only the one between the parts of a message stands beside names.
    let caret = head ^ (EACH * b'^' as u64);
    let is_caret = (caret.wrapping_sub(EACH) & !caret & (EACH << 7)) >> 1;
    let other = !head & (EACH << 6) | is_caret;
    let before_other = ((other & other.wrapping_neg()) >> 6).wrapping_sub(1);
    let letters = head & !(EACH << 5) & SIX & before_other;
    let place = (letters.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 45) as usize;
    let listed = FIRST_WORDS[place / 8] >> (place % 8) & 1 == 1;
    let capital = (head as u8).wrapping_sub(b'A') < 26;
    let accented = ((head as u8) >= 0xc3) | (capital & (head & (EACH << 7) != 0));
    (capital & listed) | accented
}
