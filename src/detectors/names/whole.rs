//! Whole values that are names by the lists alone. One of them proves nothing; a column of them does.

use super::Names;
use super::prose::{goes_on_with_sentence, is_inflected, is_prose};
use super::surroundings;
use super::table::Entry;
use super::words::{is_degree, is_stop_word};

/// Whose name in small letters is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallName {
    /// A relative is called by a given name: `wife rosalind`.
    Given,
    /// Who has a title, by a surname: `dr lindqvist`.
    Family,
}

/// The words of a name, without initials, marks, and what somebody is: `Dra. Luz Okafor`, `Luz Okafor, LCSW`.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    const TITLES: [&[u8]; 5] = [b"Dr", b"Dra", b"DR", b"DRA", b"Prof"];
    let words = value.split(|byte| matches!(byte, b' ' | b',' | b'.')).filter(|word| word.len() > 1);
    let names = words.skip_while(|word| TITLES.contains(word)).enumerate();
    // `Do` and `Rd` are surnames, too.
    names.filter(|(place, word)| *place < 2 || !is_degree(word)).map(|(_, word)| word)
}

impl Names {
    /// Whether the value is one word of the lists, and whether it is hardly anything but a name.
    pub fn listed_word(&self, value: &[u8]) -> Option<bool> {
        let is_word = value.iter().all(|byte| is_of_name(*byte) && *byte != b' ');
        let entry = is_word.then(|| self.table.entry(value)).filter(|entry| !entry.is_nothing())?;
        Some(entry.is_clear_given() || entry.is_clear_family())
    }

    /// Whether the value is a given name and a surname, at least one of them hardly anything else.
    pub fn is_pair(&self, value: &[u8]) -> bool {
        let mut words = words(value);
        let (Some(first), Some(last), None) = (words.next(), words.next(), words.next()) else { return false };
        is_given_and_family(self.table.entry(first), self.table.entry(last))
    }

    /// The same, or both are usual names, though words.
    pub fn is_small_pair_of_label(&self, value: &[u8]) -> bool {
        self.is_pair(value) || self.is_usual_pair(value)
    }

    /// Whether the value begins or ends with a given name and has a surname at its other end, one of them hardly anything else.
    pub fn is_full_name(&self, value: &[u8]) -> bool {
        let mut words = words(value);
        let (Some(first), Some(last)) = (words.next(), words.last()) else { return false };
        let (one, two) = (self.table.entry(first), self.table.entry(last));
        is_given_and_family(one, two) || is_given_and_family(two, one)
    }

    /// Whether the value is a surname of the lists with an initial behind a comma, `Okafor, G.`, and whether the surname is hardly
    /// anything but one.
    pub fn surname_with_initial(&self, value: &[u8]) -> Option<bool> {
        let [surname @ .., b',', b' ', initial] = value.strip_suffix(b".").unwrap_or(value) else { return None };
        let entry = initial.is_ascii_uppercase().then(|| self.table.entry(surname)).filter(|entry| entry.family > 0)?;
        Some(entry.is_clear_family())
    }

    /// Whether two neighbouring words of a path are a given name and a surname in either order: one hardly anything else, the
    /// other a listed name too, or, where the path is `telling` of persons, a name of so few that no list has it.
    pub fn is_pair_of_path(&self, one: &[u8], two: &[u8], telling: bool) -> bool {
        if [one, two].iter().any(|word| word.len() < 2 || is_stop_word(word)) {
            return false;
        }
        let entries = [one, two].map(|word| self.table.entry(word));
        let is_clear = |entry: &Entry| entry.is_clear_given() || entry.is_clear_family();
        let may_be = |entry: &Entry| match entry.is_nothing() {
            true => telling && !entry.word && !entry.place,
            false => !entry.word && (!entry.place || entry.given >= 4 || entry.family >= 3),
        };
        entries.iter().any(is_clear) && entries.iter().all(may_be)
    }

    /// Where a given name and a surname in small letters end that begin at `start`, both hardly anything but names.
    pub fn end_of_small_pair(&self, text: &[u8], start: usize) -> Option<usize> {
        let length =
            |at: usize| text.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| is_of_word(**byte)).count());
        let first = start..start + length(start);
        if first.is_empty() || text.get(first.end) != Some(&b' ') {
            return None;
        }
        let last = first.end + 1..first.end + 1 + length(first.end + 1);
        let goes_on =
            text.get(last.end).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@'));
        (!goes_on && self.is_small_pair(&text[first], &text[last.clone()])).then_some(last.end)
    }

    /// Where such a name begins that a text ends with.
    pub fn start_of_small_pair(&self, text: &[u8]) -> Option<usize> {
        // What is longer is no name.
        const MOST: usize = 40;
        let start =
            |end: usize| end - text[..end].iter().rev().take(MOST).take_while(|byte| is_of_word(**byte)).count();
        let last = start(text.len());
        let before = text[..last].strip_suffix(b" ")?;
        let first = start(before.len());
        let is_inside =
            first > 0 && (text[first - 1].is_ascii_alphanumeric() || matches!(text[first - 1], b'_' | b'@'));
        (!is_inside && self.is_small_pair(&before[first..], &text[last..])).then_some(first)
    }

    fn is_small_pair(&self, first: &[u8], last: &[u8]) -> bool {
        let is_small = |word: &[u8]| word.len() > 1 && word[0].is_ascii_lowercase();
        let is_family = |entry: Entry| entry.is_clear_family() || entry.is_rare_family();
        is_small(first)
            && is_small(last)
            && !is_stop_word(first)
            && !is_stop_word(last)
            && self.table.entry(first).is_clear_given()
            && is_family(self.table.entry(last))
    }

    /// Whether a given name and a surname in small letters, with a blank, a dot or a line between, are who speaks in a talk. The
    /// surname may be one of so few that no list has it.
    pub fn is_small_speaker(&self, speaker: &[u8]) -> bool {
        const MIN_LETTERS: usize = 3;
        let Some(gap) = speaker.iter().position(|byte| matches!(byte, b' ' | b'.' | b'_')) else { return false };
        let (first, last) = (&speaker[..gap], &speaker[gap + 1..]);
        let is_small = |word: &[u8]| word.len() >= MIN_LETTERS && word.iter().all(|byte| is_of_word(*byte));
        if !is_small(first) || !is_small(last) || is_stop_word(first) || is_stop_word(last) {
            return false;
        }
        let family = self.table.entry(last);
        self.table.entry(first).is_clear_given()
            && (family.is_clear_family() || family.is_rare_family() || (family.may_be_rare() && !is_inflected(last)))
    }

    /// Where one name in small letters ends that begins at `start`, behind a word for a relative or a title. What is a word of the
    /// dictionary too has to be a usual name, and the sentence has to go on as one about a person does.
    pub fn end_of_small_name(&self, text: &[u8], start: usize, whose: SmallName) -> Option<usize> {
        const MIN_LETTERS: usize = 3;
        let rest = text.get(start..)?;
        let length = rest.iter().take_while(|byte| is_of_word(**byte)).count();
        let word = &rest[..length];
        let word = word.strip_suffix(b"'s").unwrap_or(word);
        let after = &rest[word.len()..];
        let is_joined =
            after.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'/'));
        if word.len() < MIN_LETTERS || is_joined || is_prose(word) || is_stop_word(word) || is_inflected(word) {
            return None;
        }
        let entry = self.table.entry(word);
        let is_name = match whose {
            SmallName::Given => entry.is_clear_given() || entry.is_rare_given(),
            SmallName::Family => {
                entry.is_clear_family() || entry.is_rare_family() || entry.is_clear_given() || {
                    let is_birth = after.strip_prefix(b" (").is_some_and(surroundings::says_age_or_birth);
                    entry.is_no_word() && (is_birth || goes_on_with_sentence(after))
                }
            }
        };
        let is_usual = match whose {
            SmallName::Given => entry.given >= 7,
            SmallName::Family => entry.family >= 7,
        };
        let goes_on =
            || goes_on_with_sentence(after) || matches!(after.first(), Some(b',' | b'.' | b')' | b';') | None);
        (is_name || (is_usual && goes_on())).then_some(start + word.len())
    }

    /// Whether a value behind a label with a colon may be a name: some word is hardly anything else or of no list, or all are a
    /// given name and a surname that are words, too.
    pub fn may_follow_label(&self, value: &[u8]) -> bool {
        if value.first().is_some_and(|first| (0xe4..=0xe9).contains(first)) {
            return is_name_of_ideographs(value);
        }
        let entries = || words(value).map(|word| (word, self.table.entry(word)));
        let may_be = |(word, entry): (&[u8], Entry)| {
            !(entry.word || is_prose(word) || (entry.is_nothing() && is_inflected(word)))
        };
        let is_sentence = || entries().any(|(word, _)| is_prose(word)) && !entries().any(|(_, entry)| is_clear(entry));
        (entries().any(may_be) && !is_sentence()) || self.is_usual_pair(value)
    }

    /// Whether a value behind a label without a colon may be a name, and no sentence about the patient: `PT FELL ON ICE`.
    pub fn may_follow_bare_label(&self, value: &[u8]) -> bool {
        let mut entries = words(value).map(|word| (word, self.table.entry(word)));
        let Some((first, entry)) = entries.next() else { return false };
        // `Golden, Will`
        if value.contains(&b',') && self.is_usual_pair(value) {
            return true;
        }
        if is_stop_word(first) || (entry.word && entry.given < 3 && entry.family < 3) {
            return false;
        }
        let is_clear = |entry: Entry| is_clear(entry) || (!entry.word && (entry.given >= 7 || entry.family >= 7));
        let (mut clear, mut rare) = (is_clear(entry), is_rare(first, entry));
        for (word, entry) in entries {
            if is_prose(word) {
                return false;
            }
            clear |= is_clear(entry);
            rare &= is_rare(word, entry);
        }
        !is_prose(first) && (clear || rare || self.is_usual_pair(value))
    }

    /// Whether the value is a given name and a surname in either order, both usual, though words.
    fn is_usual_pair(&self, value: &[u8]) -> bool {
        let mut words = words(value);
        let (Some(first), Some(last), None) = (words.next(), words.next(), words.next()) else { return false };
        let is_pair =
            |given: &[u8], family: &[u8]| self.table.entry(given).given >= 5 && self.table.entry(family).family >= 5;
        !is_prose(first) && !is_prose(last) && (is_pair(first, last) || is_pair(last, first))
    }

    /// Whether some word of the value is on the lists of names, or not in the dictionary.
    pub fn has_other_than_words(&self, value: &[u8]) -> bool {
        words(value).map(|word| self.table.entry(word)).any(|entry| !entry.is_nothing() || !entry.word)
    }

    /// Whether the value has two to four words, half of them on the lists of names and one hardly anything else.
    pub fn is_listed_pair(&self, value: &[u8]) -> bool {
        const MAX_LENGTH: usize = 48;
        if value.len() > MAX_LENGTH || !value.iter().all(|byte| is_of_name(*byte)) {
            return false;
        }
        let (mut count, mut listed, mut is_clear) = (0, 0, false);
        if words(value).any(|word| is_stop_word(word) && word.len() > 3)
            || words(value).next().is_some_and(is_stop_word)
        {
            return false;
        }
        for entry in words(value).map(|word| self.table.entry(word)) {
            count += 1;
            listed += usize::from(!entry.is_nothing());
            is_clear |= entry.is_clear_given() || entry.is_clear_family();
        }
        (2..=4).contains(&count) && listed * 2 >= count && is_clear
    }
}

/// Whether the two can be a given name and a surname, at least one of them hardly anything else.
fn is_given_and_family(given: Entry, family: Entry) -> bool {
    given.given >= 3 && family.family >= 2 && (given.is_clear_given() || family.is_clear_family())
}

fn is_clear(entry: Entry) -> bool {
    entry.is_clear_given() || entry.is_clear_family()
}

/// Whether a name is written in two or three ideographs, of which the first is a usual surname: other words are as short.
fn is_name_of_ideographs(value: &[u8]) -> bool {
    const SURNAMES: &str = "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林郑鄭谢謝罗羅梁宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾夏韦付邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺顾顧毛郝龚邵万钱錢严嚴覃武戴莫孔向汤佐藤鈴木高橋田中渡辺伊山本中村小林";
    const BYTES: usize = 3;
    let count = value.len() / BYTES;
    let first = value.get(..BYTES).and_then(|first| std::str::from_utf8(first).ok());
    (2..=3).contains(&count) && value.len().is_multiple_of(BYTES) && first.is_some_and(|first| SURNAMES.contains(first))
}

/// Whether a word is of no list and of no dictionary, and written as names in a sentence are.
fn is_rare(word: &[u8], entry: Entry) -> bool {
    !entry.word && !entry.place && word.iter().any(|byte| !byte.is_ascii_uppercase()) && !is_inflected(word)
}

/// Letters in small, and what may stand between them.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte >= 0x80 || matches!(byte, b'-' | b'\'')
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b' ' | b',' | b'.' | b'-' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_behind_a_label_are_no_names() {
        let names = Names::new();
        for value in [
            "FELL ON ICE",
            "Resting In Bed",
            "COUGHING ALL NIGHT",
            "Up Ad Lib",
            "WEANED OFF VENT",
            "Slept Well",
            "VOIDING WELL",
        ] {
            assert!(!names.may_follow_bare_label(value.as_bytes()), "{value}");
        }
        for value in ["Rosa Zapata", "ZAPATA, ROSA", "Grace Young", "Siiri Pyysalo", "Rosa May Zapata"] {
            assert!(names.may_follow_bare_label(value.as_bytes()), "{value}");
            assert!(names.may_follow_label(value.as_bytes()), "{value}");
        }
        for value in ["Window Cleaner", "Up In Chair"] {
            assert!(!names.may_follow_label(value.as_bytes()), "{value}");
        }
        let small =
            |text: &str, whose| names.end_of_small_name(text.as_bytes(), 0, whose).map(|end| text[..end].to_owned());
        assert_eq!(small("rosalind at bedside", SmallName::Given).as_deref(), Some("rosalind"));
        assert_eq!(small("mark called", SmallName::Given).as_deref(), Some("mark"));
        assert_eq!(small("zapata's office", SmallName::Family).as_deref(), Some("zapata"));
        for text in ["will call", "at bedside", "window", "called", "mark_x", "updated by phone"] {
            assert_eq!(small(text, SmallName::Given), None, "{text}");
        }
        assert_eq!(small("appointment", SmallName::Family), None);
    }

    #[test]
    fn what_somebody_is_is_no_part_of_the_name() {
        let names = Names::new();
        for value in ["Shelby Liu, LCSW", "Ron Gerber NP", "Dra. Luz Cabrera", "Wyatt Henson, DPT", "WARREN RADFORD MD"]
        {
            assert!(names.is_full_name(value.as_bytes()) && names.is_listed_pair(value.as_bytes()), "{value}");
        }
        assert!(!names.is_full_name(b"Nguyen MD") && !names.is_full_name(b"Dr. Nguyen"));
    }

    #[test]
    fn values_are_names_by_the_lists_alone() {
        let names = Names::new();
        for value in ["Okafor", "michael", "O'Brien"] {
            assert_eq!(names.listed_word(value.as_bytes()), Some(true), "{value}");
        }
        assert_eq!(names.listed_word(b"Ball"), Some(false));
        for value in ["Okafor, Ada", "MICHAEL B SMITH", "Maria de la Cruz", "Jessica O'Brien"] {
            assert!(names.is_listed_pair(value.as_bytes()), "{value}");
        }
        let is_pair = |one: &str, two: &str, telling| names.is_pair_of_path(one.as_bytes(), two.as_bytes(), telling);
        for (one, two) in [("Smith", "John"), ("MARIA", "LOPEZ"), ("montgomery", "quackenbush")] {
            assert!(is_pair(one, two, false), "{one} {two}");
        }
        assert!(is_pair("ottilie", "Quackenbush", true) && !is_pair("ottilie", "Quackenbush", false));
        for (one, two) in [
            ("daily", "export"),
            ("garcia", "report"),
            ("san", "antonio"),
            ("part", "smith"),
            ("j", "smith"),
            ("athena", "appts"),
            ("list", "greenway"),
        ] {
            assert!(!is_pair(one, two, false), "{one} {two}");
        }
        let small = |text: &str| names.end_of_small_pair(text.as_bytes(), 0).map(|end| text[..end].to_owned());
        assert_eq!(small("ada okafor dictating").as_deref(), None);
        assert_eq!(small("gustavo okafor dictating").as_deref(), Some("gustavo okafor"));
        assert_eq!(names.start_of_small_pair(b"seen: gustavo okafor"), Some(6));
        for text in ["gustavo Okafor", "gustavo", "blue widget", "gustavo report", "gustavo okafor_x"] {
            assert!(small(text).is_none(), "{text}");
        }
        for value in ["Blue Widget", "12 Oak St", "open", "San Francisco", ""] {
            assert!(
                !names.is_listed_pair(value.as_bytes()) && names.listed_word(value.as_bytes()).is_none(),
                "{value}"
            );
        }
    }
}
