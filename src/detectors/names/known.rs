//! What a found name is besides a name: a figure, a street, a provider's; and what a word before it is.
//!
//! Asked of what was found alone, which is rare.

use super::surroundings::{self, Right, is_capitalised, leading_word, word_before};
use super::words::{self, Kind};
use super::{Names, pairs};
use crate::detectors::word_set::WordSet;
use std::ops::Range;

impl Names {
    /// Whether a name behind or with a title is that of a product, a figure or a street: `Mr. Clean`, `Dr. Martin Luther King Blvd`.
    pub fn is_called_otherwise(&self, text: &[u8], name: Range<usize>) -> bool {
        let first = leading_word(&text[name.clone()]);
        let start = match words::kind(first) {
            Some(Kind::Title) => name.start,
            _ => {
                let before = text[..name.start].trim_ascii_end();
                let before = before.strip_suffix(b".").unwrap_or(before);
                let word = word_before(before, before.len());
                if words::kind(word) != Some(Kind::Title) || name.start - before.len() > 2 {
                    return false;
                }
                before.len() - word.len()
            }
        };
        // Who is called like somebody known is somebody (`Mr. Henry Ford was admitted`).
        pairs::is_figure(&text[start..name.end]) || is_before_thing(text, name.end)
    }

    /// Whether the word is a title: `dr`, `mister`.
    pub fn is_title(&self, word: &[u8]) -> bool {
        words::kind(word) == Some(Kind::Title)
    }

    /// Whether the word says what somebody is to a patient: `wife`, `dtr`.
    pub fn is_relative(&self, word: &[u8]) -> bool {
        words::is_relative(word)
    }

    /// Whether the words around a name in its line are those of care, besides the one that announces it.
    pub fn is_of_care(&self, line: &[u8], name: Range<usize>) -> bool {
        let around = surroundings::around(line, name.start, name.end);
        around.care > 1 && around.authors == 0
    }

    /// Whether a physician in small letters is told of something, or tells it: `paged dr. okonjo`, `dr okonjo aware`.
    pub fn is_told_of_physician(&self, text: &[u8], title: &Range<usize>, name: &Range<usize>) -> bool {
        const TOLD: [&[u8]; 9] =
            [b"paged", b"notified", b"called", b"informed", b"texted", b"updated", b"messaged", b"per", b"consulted"];
        const TELLS: [&[u8]; 9] = [
            b" aware",
            b" notified",
            b" called",
            b" informed",
            b" updated",
            b" paged",
            b" in to ",
            b" at bedside",
            b" ordered",
        ];
        let before = text[..title.start].trim_ascii_end();
        let word = word_before(before, before.len());
        surroundings::is_physician(&text[title.clone()])
            && (TOLD.contains(&word) || TELLS.iter().any(|verb| text[name.end..].starts_with(verb)))
    }

    /// Whether a name is told as that of somebody who treats, and not of who is treated: by a degree or a number of providers behind
    /// it, or by what is said before it.
    pub fn is_of_provider(&self, text: &[u8], name: Range<usize>) -> bool {
        let before = text[..name.start].trim_ascii_end();
        let label = before.strip_suffix(b":").unwrap_or(before).trim_ascii_end();
        let word = word_before(label, label.len());
        if matches!(words::kind(word), Some(Kind::Person | Kind::Name | Kind::NameLabel)) {
            return false;
        }
        let dotted = label.strip_suffix(b".").unwrap_or(label);
        let is_titled = is_doctor(leading_word(&text[name.clone()])) || is_doctor(word_before(dotted, dotted.len()));
        is_titled || TREATS.contains(word) || has_degree_alone(text, name.clone()) || is_numbered(&text[name.end..])
    }
}

/// Who treats, before a name.
#[rustfmt::skip]
static TREATS: WordSet = WordSet::new(&[
    "anesthesiologist", "attending", "cardiologist", "clinician", "dentist", "dermatologist", "hospitalist",
    "hygienist", "internist", "midwife", "nephrologist", "neurologist", "nurse", "oncologist", "optometrist",
    "orthodontist", "pathologist", "pcp", "pediatrician", "pharmacist", "phlebotomist", "physician", "podiatrist",
    "prescriber", "provider", "psychiatrist", "psychologist", "radiologist", "surgeon", "therapist", "urologist",
]);

fn is_doctor(word: &[u8]) -> bool {
    [&b"dr"[..], b"drs", b"doctor"].iter().any(|title| word.eq_ignore_ascii_case(title))
}

/// Whether a degree follows that can be nothing else.
fn has_degree_alone(text: &[u8], name: Range<usize>) -> bool {
    let is_capitals = !text[name.clone()].iter().any(u8::is_ascii_lowercase);
    let rest = &text[name.end..];
    if !is_capitals {
        return surroundings::right(text, name.end, false) == Right::Degree;
    }
    // In a text of capitals `DO` is a word.
    let Some(rest) = rest.strip_prefix(b", ") else { return false };
    let word = leading_word(rest);
    words::is_degree(word) && rest.get(word.len()).is_none_or(|byte| matches!(byte, b',' | b'.' | b'\n' | b')' | b';'))
}

/// `, NPI 1245319599`, ` (NPI: 1245319599)`
fn is_numbered(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(b" ") else { return false };
    let rest = rest.strip_prefix(b"(").unwrap_or(rest);
    let word = leading_word(rest);
    word.eq_ignore_ascii_case(b"npi") && rest[word.len()..].iter().take(4).any(u8::is_ascii_digit)
}

/// Whether a street, a school or a hospital goes on behind a suffix or directly: ` Blvd`, `. Drive`.
fn is_before_thing(text: &[u8], end: usize) -> bool {
    let rest = text[end..].strip_prefix(b".").unwrap_or(&text[end..]);
    let Some(rest) = rest.strip_prefix(b" ") else { return false };
    let is_suffix = text[..end].ends_with(b"Jr") || text[..end].ends_with(b"Sr");
    let is_joined = text.get(end) == Some(&b' ') || is_suffix;
    let word = leading_word(rest);
    is_joined && is_capitalised(word) && words::kind(word) == Some(Kind::Thing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the name stands in a text.
    fn range(text: &str, name: &str) -> Range<usize> {
        let start = text.find(name).unwrap();
        start..start + name.len()
    }

    #[test]
    fn figures_and_streets_are_nobody() {
        let names = Names::new();
        for (text, name) in [
            ("a bottle of Dr. Pepper", "Dr. Pepper"),
            ("Mr. Coffee filters", "Coffee"),
            ("Dr. Martin Luther King Jr. Blvd", "Dr. Martin Luther King Jr"),
            ("near Dr. Rosa Zapata Elementary", "Dr. Rosa Zapata"),
        ] {
            assert!(names.is_called_otherwise(text.as_bytes(), range(text, name)), "{text}");
        }
        for (text, name) in [
            ("Dr. Rosa Zapata called", "Dr. Rosa Zapata"),
            ("Rosa Zapata", "Rosa Zapata"),
            ("Mr. Henry Ford was admitted", "Henry Ford"),
            ("Mrs. Meyers has gout", "Meyers"),
            ("Mr. Hyde has gout", "Hyde"),
        ] {
            assert!(!names.is_called_otherwise(text.as_bytes(), range(text, name)), "{text}");
        }
    }

    #[test]
    fn a_degree_or_a_number_tells_of_a_provider() {
        let names = Names::new();
        for text in [
            "Rosa Zapata, MD treats heart failure",
            "labs read by Rosa Zapata RN",
            "Rosa Zapata, NPI 1245319599",
            "Attending: Rosa Zapata, M.D.",
            "Surgeon: Rosa Zapata",
            "seen by Dr. Rosa Zapata today",
        ] {
            assert!(names.is_of_provider(text.as_bytes(), range(text, "Rosa Zapata")), "{text}");
        }
        for text in ["Patient: Rosa Zapata, MD", "Rosa Zapata was seen", "Rosa Zapata, DOB 3/4/1961"] {
            assert!(!names.is_of_provider(text.as_bytes(), range(text, "Rosa Zapata")), "{text}");
        }
        assert!(!names.is_of_provider(b"ROSA ZAPATA DO NOT MOVE", 0..11));
    }
}
