//! What the key of an object repeats of its content: the number of the patient whose record it is, a surname, a birth date.
//!
//! A number in a key proves nothing alone: nine digits are an SSN by chance nine times out of ten. When the content holds that
//! very number as an identifier, it is one in the key too. The comparison is made in the worker, batch by batch; only how
//! often each part of the key was met leaves it.

use crate::detectors::Engine;
use crate::model::{Batch, DetectorClass, Evidence, Location, Mask, Match};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Digits of a number, without leading zeros, from which on it may be that of somebody.
const MIN_DIGITS: usize = 5;
/// From which on it is no coincidence that it is one of many.
const TELLING_DIGITS: usize = 9;
/// Longer values are texts with numbers in them.
const MAX_VALUE: usize = 40;
const MIN_LETTERS: usize = 3;

/// How often parts of a key were met: by part, field and detector.
pub(super) type Repeats = BTreeMap<(u16, Arc<str>, u16), u64>;

/// A part of a key that a content may repeat.
struct Part {
    place: Range<usize>,
    meaning: Meaning,
}

#[derive(PartialEq)]
enum Meaning {
    /// Digits without leading zeros.
    Number(Vec<u8>),
    /// Year, month and day.
    Date([u16; 3]),
    /// Small letters.
    Word(Vec<u8>),
}

/// The parts of a key that nobody named to the program.
pub(super) struct Key {
    parts: Vec<Part>,
    /// The last digits of its numbers, a bit each, by which most numbers of a content are told at a glance.
    last_digits: u16,
    /// The first letters of its words likewise.
    first_letters: u32,
    has_dates: bool,
}

impl Key {
    /// The parts of a location from a place on; `None` where there are none.
    pub(super) fn of(location: &Location, from: usize) -> Option<Self> {
        let bytes = location.as_str().as_bytes();
        let mut parts = Vec::new();
        let mut place = from.min(bytes.len());
        while place < bytes.len() {
            let is_alike: fn(&u8) -> bool = match bytes[place] {
                byte if byte.is_ascii_digit() => u8::is_ascii_digit,
                byte if is_of_word(&byte) => is_of_word,
                _ => {
                    place += 1;
                    continue;
                }
            };
            let end = place + bytes[place..].iter().take_while(|byte| is_alike(byte)).count();
            add(&mut parts, bytes, place..end);
            place = end;
        }
        add_dates(&mut parts, bytes, from);
        let (mut last_digits, mut first_letters) = (0, 0);
        for part in &parts {
            match &part.meaning {
                Meaning::Number(digits) => last_digits |= digits.last().map_or(0, |digit| 1 << (digit - b'0')),
                Meaning::Word(letters) => first_letters |= letter_bit(letters[0]),
                Meaning::Date(_) => {}
            }
        }
        let has_dates = parts.iter().any(|part| matches!(part.meaning, Meaning::Date(_)));
        (!parts.is_empty()).then_some(Self { parts, last_digits, first_letters, has_dates })
    }

    /// Counts the matches of a batch that are parts of the key.
    pub(super) fn count(&self, engine: &Engine, batch: &Batch, matches: &[Vec<Match>]) -> Repeats {
        let names = engine.names_detector().filter(|_| self.first_letters != 0);
        // Most keys have words, and nothing else that a content may repeat.
        let has_numbers = self.last_digits != 0 || self.has_dates;
        let mut repeats = Repeats::new();
        for (column, found) in batch.columns.iter().zip(matches) {
            for found in found.iter().filter(|found| has_numbers || Some(found.detector) == names) {
                let value = &column.bytes[found.start as usize..found.end as usize];
                let detector = &engine.detectors()[usize::from(found.detector)];
                let mut note = |part: usize| {
                    *repeats.entry((part as u16, column.path.clone(), found.detector)).or_default() += 1;
                };
                if Some(found.detector) == names {
                    self.words_in(value, &mut note);
                    continue;
                }
                match (detector.class, detector.mask) {
                    // A year is all that its mask leaves: it is a date.
                    (DetectorClass::QuasiIdentifier, Mask::Year) if self.has_dates => self.dates_in(value, &mut note),
                    (DetectorClass::Identifier | DetectorClass::Financial, _) => self.number_in(value, &mut note),
                    _ => {}
                }
            }
        }
        repeats
    }

    fn number_in(&self, value: &[u8], note: &mut impl FnMut(usize)) {
        let is_candidate = value.len() <= MAX_VALUE
            && value.last().is_some_and(|last| !last.is_ascii_digit() || self.last_digits >> (last - b'0') & 1 == 1);
        if !is_candidate {
            return;
        }
        let digits = || value.iter().filter(|byte| byte.is_ascii_digit()).skip_while(|digit| **digit == b'0');
        for (index, part) in self.parts.iter().enumerate() {
            if let Meaning::Number(number) = &part.meaning
                && digits().eq(number)
            {
                note(index);
            }
        }
    }

    fn dates_in(&self, value: &[u8], note: &mut impl FnMut(usize)) {
        let dates = dates_of(value);
        for (index, part) in self.parts.iter().enumerate() {
            if let Meaning::Date(date) = part.meaning
                && dates.contains(&Some(date))
            {
                note(index);
            }
        }
    }

    fn words_in(&self, value: &[u8], note: &mut impl FnMut(usize)) {
        let mut met = 0u64;
        for word in value.split(|byte| !is_of_word(byte)).filter(|word| word.len() >= MIN_LETTERS) {
            if self.first_letters & letter_bit(word[0].to_ascii_lowercase()) == 0 {
                continue;
            }
            for (index, part) in self.parts.iter().enumerate() {
                if let Meaning::Word(letters) = &part.meaning
                    && letters.eq_ignore_ascii_case(word)
                    && index < 64
                    && met >> index & 1 == 0
                {
                    met |= 1 << index;
                    note(index);
                }
            }
        }
    }

    /// The texts of the key that its content proves to be somebody's, each with the detector that says so. A long number is
    /// proven by being met; what many people have, or what counts objects, by being most of what a field holds.
    pub(super) fn proven<'a>(
        &self,
        location: &'a Location,
        repeats: &Repeats,
        evidence: &Evidence,
    ) -> Vec<(&'a str, u16)> {
        let mut proven = BTreeMap::new();
        for ((index, field, detector), met) in repeats {
            let Some(part) = self.parts.get(usize::from(*index)) else { continue };
            let all = evidence.detectors.get(&(field.clone(), *detector)).map_or(0, |found| found.values);
            let is_telling = matches!(&part.meaning, Meaning::Number(digits) if digits.len() >= TELLING_DIGITS);
            if let Some(text) = location.as_str().get(part.place.clone())
                && all > 0
                && (is_telling || met * 2 >= all)
            {
                proven.entry(text).or_insert(*detector);
            }
        }
        proven.into_iter().collect()
    }
}

/// A location with a text masked wherever it stands as a whole from a place on, as its detector masks; `None` where it does
/// not.
pub(super) fn masked(engine: &Engine, location: &str, from: usize, (text, detector): (&str, u16)) -> Option<String> {
    let mask = engine.detectors()[usize::from(detector)].mask;
    // The year of a birth would stand beside what tells whose it is.
    let hidden = if mask == Mask::Year { Mask::Full } else { mask }.apply(text.as_bytes());
    let is_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let is_alike = |byte: &u8| if is_digit { byte.is_ascii_digit() } else { is_of_word(byte) };
    let (mut shown, mut copied) = (String::new(), 0);
    let mut place = from;
    while let Some(start) = location.get(place..).and_then(|rest| rest.find(text)).map(|at| place + at) {
        place = start + text.len();
        let before = start.checked_sub(1).and_then(|before| location.as_bytes().get(before));
        if !before.is_some_and(is_alike) && !location.as_bytes().get(place).is_some_and(is_alike) {
            shown.push_str(&location[copied..start]);
            shown.push_str(&hidden);
            copied = place;
        }
    }
    shown.push_str(&location[copied..]);
    (copied > 0).then_some(shown)
}

fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_alphabetic() || *byte >= 0x80
}

fn letter_bit(letter: u8) -> u32 {
    1 << (letter & 31)
}

/// A run of digits or of letters.
fn add(parts: &mut Vec<Part>, bytes: &[u8], place: Range<usize>) {
    let text = &bytes[place.clone()];
    if !text[0].is_ascii_digit() {
        if text.len() >= MIN_LETTERS {
            parts.push(Part { place, meaning: Meaning::Word(text.to_ascii_lowercase()) });
        }
        return;
    }
    if let Some(date) = dates_of(text)[0] {
        parts.push(Part { place: place.clone(), meaning: Meaning::Date(date) });
    }
    let number: Vec<u8> = text.iter().copied().skip_while(|digit| *digit == b'0').collect();
    if number.len() >= MIN_DIGITS {
        parts.push(Part { place, meaning: Meaning::Number(number) });
    }
}

/// Dates with marks: `1961-04-02`, `04_02_1961`.
fn add_dates(parts: &mut Vec<Part>, bytes: &[u8], from: usize) {
    const LENGTH: usize = 10;
    for start in from..bytes.len().saturating_sub(LENGTH - 1) {
        let end = start + LENGTH;
        let is_begun = start.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
        if is_begun || !bytes[start].is_ascii_digit() || bytes.get(end).is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let text = &bytes[start..end];
        let marks: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_digit()).collect();
        if let ([one, two], Some(date)) = (&marks[..], dates_of(text)[0])
            && one == two
            && b"-_. ".contains(one)
        {
            parts.push(Part { place: start..end, meaning: Meaning::Date(date) });
        }
    }
}

/// What a text of digits may be as year, month and day: both of them where the day could be the month.
fn dates_of(text: &[u8]) -> [Option<[u16; 3]>; 2] {
    let mut groups = text.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty());
    let first_groups = [groups.next(), groups.next(), groups.next()];
    let (one, two, three) = match first_groups {
        [Some(one), Some(two), Some(three)] => (one, two, three),
        [Some(all), None, None] if all.len() == 8 && matches!(all[0], b'1' | b'2') && all[1] > b'1' => {
            (&all[..4], &all[4..6], &all[6..])
        }
        [Some(all), None, None] if all.len() == 8 => (&all[..2], &all[2..4], &all[4..]),
        _ => return [None; 2],
    };
    let number = |digits: &[u8]| {
        digits.iter().fold(0u16, |sum, digit| sum.wrapping_mul(10).wrapping_add(u16::from(digit - b'0')))
    };
    let date = |year: &[u8], month: &[u8], day: &[u8]| {
        let date = [number(year), number(month), number(day)];
        let is_date = year.len() == 4 && month.len() <= 2 && day.len() <= 2;
        (is_date && (1800..2200).contains(&date[0]) && (1..=12).contains(&date[1]) && (1..=31).contains(&date[2]))
            .then_some(date)
    };
    let dates = [date(one, two, three), date(three, one, two), date(three, two, one)];
    let mut found = dates.into_iter().flatten();
    [found.next(), found.next()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(location: &str) -> Vec<&str> {
        let key = Key::of(&Location::from_uri(location), "s3://b/".len());
        key.map_or(Vec::new(), |key| key.parts.iter().map(|part| &location[part.place.clone()]).collect())
    }

    #[test]
    fn a_key_has_numbers_dates_and_words() {
        assert_eq!(parts("s3://b/x/536904399.csv"), ["536904399", "csv"]);
        assert_eq!(parts("s3://b/MRN00482913/"), ["MRN", "00482913"]);
        assert_eq!(parts("s3://b/smith_1961-04-02.pdf"), ["smith", "pdf", "1961-04-02"]);
        assert_eq!(parts("s3://b/19610402/a"), ["19610402", "19610402"]);
        assert_eq!(parts("s3://b/part-00017/01/x"), ["part"]);
        assert_eq!(parts("s3://b/"), Vec::<&str>::new());
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let day = Some([1961, 4, 2]);
        for text in ["1961-04-02", "19610402", "1961/4/2"] {
            assert_eq!(dates_of(text.as_bytes()), [day, None], "{text}");
        }
        for text in ["04/02/1961", "4.2.1961", "04021961"] {
            assert_eq!(dates_of(text.as_bytes()), [day, Some([1961, 2, 4])], "{text}");
        }
        for text in ["536904399", "99999999", "1961-13-02", "1-2-3", "", "1961"] {
            assert_eq!(dates_of(text.as_bytes()), [None; 2], "{text}");
        }
    }
}
