//! Which words from a place on can be a name: two of the lists, one of them beside another word, or one alone where something
//! announces it.

use super::announced::{self, Left};
use super::parse::{self, Part, Shape};
use super::surroundings::{self, Right};
use super::table::Entry;
use super::{Candidate, Names, lines, pairs, prose, speech, words};

impl Names {
    /// The longest name that the words from `first` on can be.
    pub(super) fn candidate(&self, text: &[u8], first: Part, entry: Entry, left: Left) -> Option<Candidate> {
        if words::is_stop_word(&text[first.start..first.end]) {
            return None;
        }
        if let Some(reversed) = self.last_first(text, first, entry).filter(|_| left != Left::Among) {
            return Some(reversed);
        }
        if let Some(pair) = self.given_last(text, first, entry) {
            return Some(pair);
        }
        let is_announced = left.announces();
        let is_listed = left == Left::Among && text.get(first.end) == Some(&b',');
        if let Some(found) = self.unlisted_other(text, first, entry).filter(|_| !is_listed)
            && (is_announced
                || lines::is_in_row(text, found.end)
                || (found.is_pair && text[found.end..].starts_with(b": ") && lines::begins_entry(text, found.start))
                || matches!(surroundings::right(text, found.end, found.all_capitals), Right::Person | Right::Degree)
                || ((found.is_pair || surroundings::is_about(text, found.start))
                    && surroundings::around(text, found.start, found.end).is_of_care())
                || (left == Left::Free && self.is_plainly_rare(text, found)))
        {
            return Some(found);
        }
        // A lone name needs a title, or somebody who says it.
        let lone = match left {
            // `Oak Dr Ste 4`
            Left::Title => entry.family >= 1 || (may_be_rare(text, first, entry, left) && first.end - first.start > 3),
            Left::Label | Left::Role | Left::Called if entry.is_likely_given() || entry.is_clear_family() => true,
            Left::Beside if surroundings::is_behind_kin(text, first.start) => {
                (entry.given >= 3 && !entry.place && !is_short_of_diagnosis(text, first))
                    || ((entry.is_no_word() || (entry.given >= 1 && !entry.word)) && is_written_as_rare(text, first))
            }
            // `Spouse: Obinna`, `pharmacist Obi`
            Left::Label | Left::Role | Left::Called
                if entry.is_no_word()
                    && (surroundings::is_behind_own_person(text, first.start)
                        || surroundings::is_behind_worker(text, first.start)) =>
            {
                is_written_as_rare(text, first) && surroundings::ends_or_goes_on(text, first.end)
            }
            Left::Among => {
                entry.is_likely_given()
                    || entry.is_clear_family()
                    || entry.given >= 3
                    || (entry.may_be_rare() && is_written_as_rare(text, first))
            }
            Left::Called if entry.may_be_rare() => {
                is_written_as_rare(text, first) && !is_behind_colon(text, first.start)
            }
            Left::Called if speech::ends_greeting(text, first.end) => entry.is_rare_given() || entry.given >= 5,
            Left::Beside if entry.is_clear_family() => first.shape == Shape::Title,
            Left::Beside | Left::Introduced => entry.is_likely_given() && first.shape == Shape::Title,
            // `My name is Moana`
            Left::Called if announced::says_own_name(text, first.start) => entry.given >= 1,
            _ if speech::is_spoken_to(text, first.start, first.end) => {
                entry.is_likely_given()
                    || (entry.is_no_word()
                        && is_written_as_rare(text, first)
                        && surroundings::around(text, first.start, first.end).is_of_care())
            }
            _ if first.shape != Shape::Title => false,
            // `Kimia (sister)`
            _ if speech::is_called_relative(text, first.end) => entry.given >= 3 || entry.is_no_word(),
            _ if speech::has_relative(text, first.end)
                || speech::has_belonging(text, first.end)
                || speech::is_beside_writer(text, first.end)
                || speech::is_signature(text, first.start, first.end) =>
            {
                entry.is_likely_given()
            }
            _ if speech::has_degree(text, first.end) => entry.is_likely_given() || entry.is_clear_family(),
            _ => {
                speech::is_said(text, first)
                    && (entry.is_likely_given() || (entry.is_clear_family() && speech::is_charted(text, first.end)))
            }
        };
        // `until June 3`
        let is_month = matches!(text[first.end..], [b' ', digit, ..] if digit.is_ascii_digit())
            && speech::is_month(&text[first.start..first.end]);
        // `WIFE ROSA CALLED`
        // `aide Yolanda P., who`
        let initial = parse::next_part(text, first.end).filter(|part| part.shape == Shape::Initial);
        let end = initial.filter(|part| ends_in_initial(text, part.end)).map_or(first.end, |part| part.end + 1);
        let is_next_stop = || {
            let next = surroundings::leading_word(text[first.end..].trim_ascii_start());
            left == Left::Title && words::is_stop_word(next)
        };
        let goes_on = end == first.end
            && parse::goes_on(text, first.end)
            && !(first.shape == Shape::Capitals && prose::goes_on_with_sentence(&text[first.end..]))
            && !is_next_stop();
        (lone && !is_month && !goes_on).then_some(Candidate { end, is_lone: true, ..Candidate::of(first) })
    }

    /// `Okafor, Ada B.`
    fn last_first(&self, text: &[u8], first: Part, entry: Entry) -> Option<Candidate> {
        if text.get(first.end) != Some(&b',') || entry.family < 2 {
            return None;
        }
        let gap = first.end + 1 + usize::from(text.get(first.end + 1) == Some(&b' '));
        let second = parse::part(text, gap)?;
        let given = self.table.entry(&text[second.start..second.end]);
        let is_usual = given.given >= 4 && given.given >= given.family;
        let is_rare = given.is_rare_given() && entry.is_clear_family();
        // `Hill, Chandler is a 78 y.o. male`
        let is_said = || {
            let right = surroundings::right(text, second.end, false);
            given.given >= 3 && matches!(right, Right::Person | Right::Degree)
        };
        let usual = (is_usual || is_rare || is_said()) && !words::is_stop_word(&text[gap..second.end]);
        if !usual || second.shape == Shape::Initial || second.shape != first.shape {
            return None;
        }
        let mut end = second.end;
        match parse::next_part(text, end) {
            Some(initial) if initial.shape == Shape::Initial => {
                end = initial.end + usize::from(text.get(initial.end) == Some(&b'.'));
            }
            // `OKAFOR,ADA MARIE`, but `14 Oak Lane, Ada Marie Okafor`
            Some(middle)
                if !entry.word
                    && middle.shape == second.shape
                    && self.is_middle_name(&text[middle.start..middle.end]) =>
            {
                end = middle.end;
            }
            _ => {}
        }
        Some(Candidate {
            end,
            is_pair: given.is_clear_given() || (entry.is_clear_family() && !given.place),
            is_clear: given.is_clear_given() && entry.is_clear_family(),
            ..Candidate::of(first)
        })
    }

    /// Whether the words are a listed name and another one that is no word, and nothing around them makes more of it: such a
    /// name is as sure as its record.
    fn is_plainly_rare(&self, text: &[u8], found: Candidate) -> bool {
        let words = || text[found.start..found.end].split(|byte| *byte == b' ').filter(|word| word.len() > 2);
        let is_rare = |entry: Entry| !entry.word && !entry.place;
        !found.all_capitals
            && !matches!(text.get(found.end), Some(b':'))
            && words().map(|word| self.table.entry(word)).all(is_rare)
            && words().any(|word| !self.table.entry(word).is_nothing())
            && !text[found.start..found.end].contains(&b',')
            && surroundings::right(text, found.end, false) == Right::Free
            && surroundings::around(text, found.start, found.end).authors == 0
    }

    fn is_middle_name(&self, word: &[u8]) -> bool {
        self.table.entry(word).is_clear_given() && !words::is_stop_word(word) && words::kind(word).is_none()
    }

    /// `Ada B. de la Cruz Jr.`
    fn given_last(&self, text: &[u8], first: Part, entry: Entry) -> Option<Candidate> {
        if entry.given < 3 && !entry.is_rare_given() {
            return None;
        }
        let mut end = first.end;
        let mut last: Option<(Part, Entry)> = None;
        for _ in 0..4 {
            let Some(part) = parse::next_part(text, end) else { break };
            if part.shape == Shape::Initial {
                if last.is_some() {
                    break;
                }
                end = part.end + usize::from(text.get(part.end) == Some(&b'.'));
                continue;
            }
            let word = &text[part.start..part.end];
            let found = self.table.entry(word);
            let is_listed = found.family >= 2 || found.given >= 4 || (entry.is_clear_given() && found.is_rare_family());
            let is_sentence = || part.shape == Shape::Capitals && prose::is_prose(word);
            if part.shape != first.shape || words::is_stop_word(word) || !is_listed || is_sentence() {
                break;
            }
            end = part.end;
            last = Some((part, found));
        }
        let (last, family) = last?;
        // Of two words, one is hardly anything else.
        let is_doubtful = entry.given < 3 && !family.is_clear_family();
        let is_surname = family.family >= 2 || family.is_rare_family();
        if !is_surname || is_doubtful || pairs::is_known_pair(&text[first.start..last.end]) {
            return None;
        }
        Some(Candidate {
            end: parse::suffix(text, last.end),
            is_pair: entry.is_clear_given() || (family.is_clear_family() && (!entry.place || entry.given >= 9)),
            is_clear: entry.is_clear_given() && family.is_clear_family(),
            ..Candidate::of(first)
        })
    }

    /// After a label, or before what is said of patients, a word that is a name may stand beside one that no list has; both
    /// may be unlisted where the dictionary has neither.
    fn unlisted_other(&self, text: &[u8], first: Part, entry: Entry) -> Option<Candidate> {
        let is_known = |last: Part| pairs::is_known_pair(&text[first.start..last.end]);
        let is_name = (entry.given >= 1 && !entry.word && !entry.place) || entry.is_clear_family();
        let may_be_rare = may_be_rare(text, first, entry, Left::Free);
        let last = match text.get(first.end) {
            Some(b',') if entry.family >= 2 || may_be_rare => {
                parse::part(text, first.end + 1 + usize::from(text.get(first.end + 1) == Some(&b' ')))
            }
            _ if is_name || may_be_rare => parse::next_after_initial(text, first.end),
            _ => None,
        }?;
        let word = &text[last.start..last.end];
        let other = self.table.entry(word);
        // In capitals other words look so, too.
        if may_be_rare && first.shape == Shape::Capitals && (other.given == 0 || other.word) {
            return None;
        }
        let may_be_name = if is_name { !(other.is_nothing() && other.word) } else { !other.word && !other.place };
        let may_be = last.shape == first.shape
            && may_be_name
            && words::kind(word).is_none()
            && !words::is_stop_word(word)
            && !(first.shape == Shape::Capitals && (prose::is_prose(word) || prose::is_inflected(word)))
            && !is_known(last);
        // `Employee: Siew Ling Tan`
        let third = parse::next_part(text, last.end).filter(|third| {
            let word = &text[third.start..third.end];
            third.shape == first.shape
                && self.table.entry(word).is_no_word()
                && words::kind(word).is_none()
                && !words::is_stop_word(word)
                && announced::left(text, first.start).announces()
                && text.get(first.end) == Some(&b' ')
        });
        let end = parse::suffix(text, third.map_or(last.end, |third| third.end));
        may_be.then_some(Candidate { end, is_pair: entry.is_clear_given(), ..Candidate::of(first) })
    }
}

/// Whether the two can be a surname and a given name, one of them hardly anything else.
pub(super) fn fits(last: Entry, given: Entry) -> bool {
    last.family >= 2 && given.given >= 4 && (last.is_clear_family() || given.is_clear_given())
}

/// Whether a word of two or three capitals stands in a sentence that is not in capitals: `father MI at 50`.
fn is_short_of_diagnosis(text: &[u8], word: Part) -> bool {
    const MOST_LETTERS: usize = 3;
    let before = text[..word.start].trim_ascii_end();
    let other = surroundings::word_before(before, before.len());
    word.shape == Shape::Capitals && word.end - word.start <= MOST_LETTERS && other.iter().any(u8::is_ascii_lowercase)
}

/// Whether the initial that ends here has a dot, and no further word of a name behind it.
fn ends_in_initial(text: &[u8], end: usize) -> bool {
    match text.get(end..) {
        Some([b'.', b' ', next, ..]) => !next.is_ascii_uppercase(),
        Some([b'.', next, ..]) => !next.is_ascii_alphanumeric(),
        Some([b'.']) => true,
        _ => false,
    }
}

/// Whether a word may be a name although no list has it: written as names in a sentence are, or in capitals where a comma parts it
/// from a given name, or where a title stands before it.
pub(super) fn may_be_rare(text: &[u8], word: Part, entry: Entry, left: Left) -> bool {
    const MIN_LETTERS: usize = 4;
    let is_in_capitals = || {
        let letters = &text[word.start..word.end];
        word.shape == Shape::Capitals
            && letters.len() >= MIN_LETTERS
            && words::kind(letters).is_none()
            && !prose::is_inflected(letters)
            && letters[..MIN_LETTERS].iter().any(|letter| b"AEIOUY".contains(letter))
            && (left == Left::Title || text.get(word.end) == Some(&b','))
    };
    entry.may_be_rare() && (is_written_as_rare(text, word) || is_in_capitals())
}

/// Whether a word that no list has is written as a name in a sentence is, and no abbreviation.
pub(super) fn is_written_as_rare(text: &[u8], word: Part) -> bool {
    const MIN_LETTERS: usize = 3;
    let letters = &text[word.start..word.end];
    // `FName`, `PhD`
    let has_hump = letters.windows(2).any(|pair| pair[0].is_ascii_alphabetic() && pair[1].is_ascii_uppercase());
    word.shape == Shape::Title && letters.len() >= MIN_LETTERS && !has_hump && words::kind(letters).is_none()
}

fn is_behind_colon(text: &[u8], start: usize) -> bool {
    text[..start].trim_ascii_end().ends_with(b":")
}
