//! Names of persons in running text: words of the census lists, weighed with what stands around them.
//!
//! A list alone is no evidence, since names are also words, places, firms and authors. Two list words beside each other
//! are a candidate; a title, a label, a birth date or the language of a clinic makes it a finding; the language of
//! authors, licences and code takes it back. Looks at one value only, and knows nothing of detectors.

mod announced;
mod apart;
mod candidate;
mod known;
mod lines;
mod pairs;
mod parse;
mod prose;
mod speech;
mod surroundings;
mod table;
mod weigh;
mod whole;
mod words;

use crate::model::Confidence;
use announced::Left;
use candidate::{fits, is_written_as_rare, may_be_rare};
use parse::{Follows, Part, Shape};
use std::ops::Range;
use surroundings::Right;
use table::Table;
use weigh::weigh_between;
pub use whole::SmallName;

/// How far around a name its context is read, in bytes.
const CONTEXT_BYTES: usize = 100;

/// Names in running text.
#[derive(Debug)]
pub struct Names {
    table: Table,
}

/// What spoke for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameReason {
    /// Two list words beside each other.
    Lists,
    /// A title before it: `Mrs. Okafor`, `Dear Mr. Okafor`.
    Title,
    /// A label or a word for a person before it: `Patient: Ada Okafor`, `daughter Ada Okafor`.
    Label,
    /// What follows it is said of patients: an age, a birth date, `was admitted`.
    Sequel,
    /// Words of a clinic or of an account in the neighbourhood.
    Neighbourhood,
}

/// A name that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameFound {
    /// Where it begins: before the word asked about, if that is a surname behind a word that no list has.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// How sure it is.
    pub confidence: Confidence,
    /// What spoke for it most.
    pub reason: NameReason,
}

/// The words of a candidate, before its surroundings are weighed.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    start: usize,
    end: usize,
    /// A given name and a surname, one of them clearly a name.
    is_pair: bool,
    /// A pair whose words are both clearly names.
    is_clear: bool,
    all_capitals: bool,
    /// One word.
    is_lone: bool,
}

impl Candidate {
    /// Nothing is known of the words yet.
    fn of(part: Part) -> Self {
        let all_capitals = part.shape == Shape::Capitals;
        Self { start: part.start, end: part.end, is_pair: false, is_clear: false, all_capitals, is_lone: false }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Names {
    /// Opens the embedded table; nothing is built.
    pub fn new() -> Self {
        Self { table: Table::open() }
    }

    /// Whether a name may begin with these eight bytes, the first one lowest. Without branches on content.
    #[inline]
    pub fn may_begin(&self, head: u64) -> bool {
        table::may_begin(head)
    }

    /// The name that begins at `start`, a token start, within `value`: the line or field value around it.
    pub fn at(&self, bytes: &[u8], start: usize, value: Range<usize>) -> Option<NameFound> {
        let value = value.start..value.end.min(bytes.len());
        let text = bytes.get(value.clone())?;
        let from = start.checked_sub(value.start)?;
        let first = parse::part(text, from)?;
        // No name begins with such a word, but a surname behind an initial may be one: `A. West`.
        let is_behind_dot = from >= 2 && text[from - 2] == b'.';
        if first.shape == Shape::Initial || (words::is_stop_word(&text[first.start..first.end]) && !is_behind_dot) {
            return None;
        }
        // `412 Okafor 71F CHF`, on the board of a ward.
        if let Some(end) = lines::end_on_board(text, first.start, first.end) {
            let entry = self.table.entry(&text[first.start..first.end]);
            let is_listed = entry.family >= 1 || entry.few_family;
            let is_name = (is_listed && !entry.word && !entry.place)
                || entry.may_be_rare()
                || (end > first.end && entry.family >= 5 && !entry.place);
            let (start, end) = (start, value.start + end);
            let found = NameFound { start, end, confidence: Confidence::Medium, reason: NameReason::Sequel };
            return is_name.then_some(found);
        }
        // `Okafor, 71F, CHF`
        if let Some(end) = lines::end_before_age_and_sex(text, first.start, first.end)
            && self.may_have_age(text, first)
            && lines::is_of_patient(text, first.start, end)
        {
            let (start, end) = (start, value.start + end);
            return Some(NameFound { start, end, confidence: Confidence::Medium, reason: NameReason::Sequel });
        }
        // `Last name`, and one word alone in the next line.
        if from == 0
            && text[first.end..].trim_ascii().is_empty()
            && let Some(part) = lines::part_named_above(bytes, value.start)
        {
            let found = NameFound {
                start,
                end: value.start + first.end,
                confidence: Confidence::Medium,
                reason: NameReason::Label,
            };
            return self.may_be_part(&text[first.start..first.end], part).then_some(found);
        }
        // Most capitalised words end here, before they are looked up.
        let left = match announced::left(text, from) {
            // The address of a letter: the name stands above the street.
            Left::Free
                if from == 0
                    && is_short_line(text)
                    && self.table.entry(&text[first.start..first.end]).given >= 3
                    && lines::is_above_address(bytes, value.end) =>
            {
                Left::Called
            }
            // A label or the head of a chart: the birth stands below.
            Left::Free
                if text.get(first.end) == Some(&b',')
                    && is_short_line(text)
                    && text[..from].trim_ascii().is_empty()
                    && lines::is_above_birth(bytes, value.end) =>
            {
                Left::Called
            }
            // `Thanks,` and a given name alone in the next line.
            Left::Free if from == 0 && is_lone_line(text, first) && speech::is_below_closing(bytes, value.start) => {
                Left::Among
            }
            left => left,
        };
        let found = match (left, parse::follows(text, first.end)) {
            (Left::Inside, _) => None,
            (Left::Behind, _) => self.behind(text, first),
            (Left::Initial, Follows::Word | Follows::Other) => self.behind_initial(text, first),
            (_, Follows::Separated) | (Left::Enclosed, Follows::Other) => self.separated(text, first),
            (_, Follows::Word) => self
                .judge(text, first, left)
                .or_else(|| self.given_in_row(text, first))
                .or_else(|| self.in_cells(text, first)),
            (_, Follows::Other) => {
                let may_be_lone = left.announces()
                    || speech::is_said(text, first)
                    || speech::has_degree(text, first.end)
                    || speech::has_relative(text, first.end)
                    || speech::is_called_relative(text, first.end)
                    || speech::has_belonging(text, first.end)
                    || speech::is_beside_writer(text, first.end)
                    || speech::is_signature(text, from, first.end)
                    || speech::is_spoken_to(text, from, first.end);
                let lone = may_be_lone.then(|| self.judge(text, first, left)).flatten();
                lone.or_else(|| self.given_in_row(text, first)).or_else(|| self.in_cells(text, first))
            }
        }?;
        let is_two_words = text[found.start..found.end].contains(&b' ');
        let found = NameFound { start: value.start + found.start, end: value.start + found.end, ..found };
        if found.reason == NameReason::Lists
            && is_two_words
            && from == 0
            && (speech::is_below_closing(bytes, value.start)
                || (found.end == value.end
                    && (lines::is_above_address(bytes, value.end) || lines::is_above_directions(bytes, value.end))))
        {
            return Some(NameFound { confidence: Confidence::Medium, reason: NameReason::Label, ..found });
        }
        let says_person = || {
            let closing = || speech::closing_above(bytes, value.start);
            (is_two_words && lines::is_in_bare_head(bytes, value.clone(), found.start..found.end))
                || (!is_two_words
                    && from == 0
                    && closing().is_some_and(|start| surroundings::around(bytes, start, found.end).is_of_care()))
        };
        if found.reason == NameReason::Lists && says_person() {
            return Some(NameFound { confidence: Confidence::Medium, reason: NameReason::Label, ..found });
        }
        if found.reason == NameReason::Lists && from == 0 && speech::speaks_again(bytes, value.start, found.end) {
            return Some(NameFound { confidence: Confidence::Medium, reason: NameReason::Label, ..found });
        }
        // A list of authors stands below what says so.
        let is_credit = found.reason == NameReason::Lists
            && (surroundings::is_below_credits(bytes, value.start) || surroundings::is_behind_year(text, from));
        (!is_credit).then_some(found)
    }

    /// Whether the title that begins at `start` is the end of a street instead: `Oak Dr. Springfield`.
    pub fn is_end_of_street(&self, bytes: &[u8], start: usize) -> bool {
        bytes[start..].starts_with(b"Dr. ") && lines::is_end_of_street(bytes, start)
    }

    /// Whether the word before age and sex may be a name. In capitals diagnoses stand there: `CHF, 67F`.
    fn may_have_age(&self, text: &[u8], word: Part) -> bool {
        const MIN_CAPITALS: usize = 4;
        let letters = &text[word.start..word.end];
        let entry = self.table.entry(letters);
        let is_written = match word.shape {
            Shape::Capitals => letters.len() >= MIN_CAPITALS && entry.family >= 2,
            _ => is_written_as_rare(text, word),
        };
        entry.is_no_word() && is_written
    }

    /// Whether a word may be the part of a name that its label says.
    fn may_be_part(&self, word: &[u8], part: lines::PartOfName) -> bool {
        let entry = self.table.entry(word);
        // What else stands in forms are words: `Home`.
        const MANY: u8 = 5;
        let rank = match part {
            lines::PartOfName::Given => entry.given,
            lines::PartOfName::Family => entry.family.max(u8::from(entry.few_family)),
        };
        let is_listed = rank >= if entry.word { MANY } else { 1 };
        let is_other = words::is_stop_word(word) || words::kind(word).is_some() || prose::is_prose(word);
        !is_other && (is_listed || entry.may_be_rare())
    }

    /// Whether nothing stands before a place in its line but what numbers the entries of a list: `12. `, `08:30  `, `Room 4: `.
    pub fn begins_entry(&self, text: &[u8], at: usize) -> bool {
        lines::begins_entry(text, at)
    }

    /// Whether a `Last, First` in capitals and small letters is two names that many have, as lists of patients have them.
    pub fn is_usual_reversed(&self, name: &[u8]) -> bool {
        const MANY: u8 = 5;
        let mut words = name.split(|byte| matches!(byte, b',' | b' ')).filter(|word| !word.is_empty());
        let (Some(last), Some(given)) = (words.next(), words.next()) else { return false };
        let (last, given) = (self.table.entry(last), self.table.entry(given));
        let is_usual = last.family >= MANY && given.given >= MANY && !(last.place && given.place);
        is_usual || fits(last, given) || (last.may_be_rare() && given.is_clear_given())
    }

    /// Whether the surname of a `Last, First` is a word, too: `Young, Rose`.
    pub fn is_word_reversed(&self, name: &[u8]) -> bool {
        name.split(|byte| *byte == b',').next().is_some_and(|last| self.table.entry(last).word)
    }

    /// Whether it may be a day and what is told of it: `April, Easter`.
    pub fn begins_with_month(&self, name: &[u8]) -> bool {
        name.split(|byte| *byte == b',').next().is_some_and(speech::is_month)
    }

    /// The name that begins with `first`.
    fn judge(&self, text: &[u8], first: Part, left: Left) -> Option<NameFound> {
        let entry = self.table.entry(&text[first.start..first.end]);
        if entry.is_nothing() && !may_be_rare(text, first, entry, left) {
            return None;
        }
        let candidate = self.candidate(text, first, entry, left)?;
        weigh_between(text, candidate, left)
    }

    /// A surname behind a word that no list has, where something announces a name.
    fn behind(&self, text: &[u8], last: Part) -> Option<NameFound> {
        let first = parse::part_before(text, parse::before_initial(text, last.start))
            .filter(|first| first.shape == last.shape)?;
        let word = &text[first.start..first.end];
        if words::kind(word).is_some() || words::is_stop_word(word) {
            return None;
        }
        let left = announced::left(text, first.start);
        let is_announced = left.announces() || left == Left::Enclosed || speech::wrote(text, last.end);
        let says_who = || matches!(surroundings::right(text, last.end, false), Right::Person | Right::Degree);
        if left == Left::Inside || left == Left::Behind || (!is_announced && !says_who()) {
            return None;
        }
        // A word that is listed has been tried itself.
        let is_surname = self.table.entry(&text[last.start..last.end]).is_clear_family();
        if !is_surname || words::is_stop_word(&text[last.start..last.end]) || self.table.entry(word).given >= 3 {
            return None;
        }
        let candidate = Candidate { end: parse::suffix(text, last.end), ..Candidate::of(first) };
        let found = weigh_between(text, candidate, left)?;
        Some(NameFound { confidence: found.confidence.min(Confidence::Medium), ..found })
    }

    /// A given name behind a surname that no list has, or that is a word, at the beginning of a row:
    /// `Bushaw, Regan   03/02/1931   16-69-18`, `Bank, Peter  DOB 1/2/60`.
    fn given_in_row(&self, text: &[u8], given: Part) -> Option<NameFound> {
        let start = lines::surname_that_begins_entry(text, given.start)?;
        let last = parse::part(text, start).filter(|last| last.shape == given.shape)?;
        let initial = parse::next_part(text, given.end).filter(|part| part.shape == Shape::Initial);
        let end = initial.map_or(given.end, |part| part.end + usize::from(text.get(part.end) == Some(&b'.')));
        let entry = self.table.entry(&text[given.start..given.end]);
        let is_surname = !words::is_stop_word(&text[last.start..last.end]);
        let found = NameFound { start, end, confidence: Confidence::Medium, reason: NameReason::Sequel };
        if entry.given >= 3 && is_surname && lines::is_in_dated_row(text, end) {
            return Some(found);
        }
        // What the surname may be else counts for nothing where the entry says that it is one.
        let is_usual =
            entry.given >= 4 && entry.given >= entry.family && !speech::is_month(&text[given.start..given.end]);
        if !is_usual || !lines::is_in_entry(text, end) {
            return None;
        }
        let is_said = surroundings::right(text, end, false) == Right::Person;
        let confidence = if is_said { Confidence::Medium } else { Confidence::Low };
        let reason = if is_said { NameReason::Sequel } else { NameReason::Lists };
        Some(NameFound { confidence, reason, ..found })
    }

    /// `A. Okafor`, `A. B. Okafor`, where something announces a name, or behind a dash that signs.
    fn behind_initial(&self, text: &[u8], last: Part) -> Option<NameFound> {
        let start = last.start.checked_sub(3)?;
        // Several initials need a label: `14 Oak Dr. N. E. Okafor` is an address and a title.
        let first = parse::first_initial(text, start);
        let left = announced::left(text, first);
        let is_labelled = first < start && left.announces() && left != Left::Title;
        let (start, left) = if is_labelled { (first, left) } else { (start, announced::left(text, start)) };
        let has_degree = || surroundings::right(text, last.end, false) == Right::Degree;
        let is_announced = left.announces()
            || speech::is_signed(text, start)
            || has_degree()
            || speech::is_spoken_to(text, start, last.end);
        let entry = self.table.entry(&text[last.start..last.end]);
        if !is_announced && entry.is_clear_family() && !entry.word {
            // As sure as its record, in the language of care.
            let is_care = surroundings::around(text, start, last.end).is_of_care();
            let found = NameFound { start, end: last.end, confidence: Confidence::Low, reason: NameReason::Lists };
            return (is_care && surroundings::right(text, last.end, false) == Right::Free).then_some(found);
        }
        // `Surgeon: B. Okonjo`
        let is_labelled_rare = || {
            let is_entry = matches!(left, Left::Label | Left::Role | Left::Called) && text[..start].ends_with(b": ");
            is_entry && entry.is_no_word() && is_written_as_rare(text, last)
        };
        if !is_announced || (entry.family < 2 && !is_labelled_rare()) {
            return None;
        }
        let left = if left.announces() { left } else { Left::Free };
        let is_clear = entry.is_clear_family() && has_degree();
        weigh_between(text, Candidate { start, is_pair: is_clear, is_clear, ..Candidate::of(last) }, left)
    }
}

/// Whether a line is as long as one with nothing but a name.
fn is_short_line(line: &[u8]) -> bool {
    const MAX_NAME: usize = 40;
    line.len() <= MAX_NAME && !line.iter().any(u8::is_ascii_digit)
}

/// Whether a word is all that its line has, but for a comma or a dot.
fn is_lone_line(line: &[u8], word: Part) -> bool {
    word.shape == Shape::Title && matches!(line[word.end..].trim_ascii_end(), b"" | b"," | b".")
}

#[cfg(test)]
mod tests;
