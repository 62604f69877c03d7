//! What the stages after the engine need to know of a detector: what its matches mean and how they are masked.

use serde::Deserialize;
use std::sync::Arc;

/// What a detector's matches say about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectorClass {
    /// Points to one person: an SSN, an MRN, a name, a phone number.
    Identifier,
    /// Points to a person only together with another one: a ZIP code, a birth date, a place.
    QuasiIdentifier,
    /// Says something about a person's health or care: a diagnosis, a procedure, a drug.
    Health,
    /// Names a provider, who is public: no identifier of a patient.
    Provider,
    /// An identifier of a payment: a card, a bank account.
    Financial,
    /// An address of a machine, which may be a person's.
    Network,
}

/// How a matched value is masked before it leaves the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// Letters and digits become `*`, except the last four: `***-**-1234`.
    Last4,
    /// Words keep their first letter: `J*** S****`.
    Initials,
    /// The first letter of the local part and the top-level domain: `j***@*******.com`.
    Email,
    /// A date keeps nothing but its year, where it has one of four digits.
    Year,
    /// A code keeps its first three characters: `E11.*`.
    Prefix3,
    /// Every letter and digit becomes `*`.
    Full,
}

/// One detector of the engine's table.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Stable id that outputs carry.
    pub id: Arc<str>,
    /// Name for a person.
    pub name: Arc<str>,
    /// What a match says about the record.
    pub class: DetectorClass,
    /// How values are masked.
    pub mask: Mask,
}

impl Mask {
    /// The value with everything hidden that could identify anybody. At most 64 characters; bytes that are no UTF-8
    /// are hidden too.
    pub fn apply(self, value: &[u8]) -> String {
        const MAX_CHARS: usize = 64;
        let text = String::from_utf8_lossy(value);
        let characters: Vec<char> = text.trim().chars().take(MAX_CHARS).collect();
        match self {
            Self::Last4 => last4(&characters),
            Self::Initials => initials(&characters),
            Self::Email => email(&characters),
            Self::Year => year(&characters),
            Self::Prefix3 => prefix3(&characters),
            Self::Full => keep(&characters, |_| false),
        }
    }
}

/// Hides letters, digits and everything outside ASCII, except where `kept` says so by the place among the characters
/// that would be hidden.
fn keep(characters: &[char], kept: impl Fn(usize) -> bool) -> String {
    let mut place = 0;
    let hide = |character: &char| {
        if !is_telling(*character) {
            return *character;
        }
        place += 1;
        if kept(place - 1) { *character } else { '*' }
    };
    characters.iter().map(hide).collect()
}

fn is_telling(character: char) -> bool {
    !character.is_ascii() || character.is_ascii_alphanumeric() || character.is_ascii_control()
}

/// A value of fewer than eight telling characters shows none of them: four would be most of it.
fn last4(characters: &[char]) -> String {
    let telling = characters.iter().filter(|character| is_telling(**character)).count();
    keep(characters, |place| telling >= 8 && place + 4 >= telling)
}

/// A code of three characters (`I10`) would be shown as a whole.
fn prefix3(characters: &[char]) -> String {
    let telling = characters.iter().filter(|character| is_telling(**character)).count();
    keep(characters, |place| place < if telling > 3 { 3 } else { 1 })
}

fn initials(characters: &[char]) -> String {
    let mut inside_word = false;
    let hide = |character: &char| {
        let first = !inside_word && character.is_alphabetic();
        inside_word = is_telling(*character);
        if first || !inside_word { *character } else { '*' }
    };
    characters.iter().map(hide).collect()
}

fn email(characters: &[char]) -> String {
    let domain = characters.iter().rposition(|character| *character == '@').unwrap_or(characters.len());
    let last_dot = characters.iter().rposition(|character| *character == '.').unwrap_or(characters.len());
    let hide = |(index, character): (usize, &char)| {
        // One letter of a short name would be most of it.
        let first = index == 0 && domain >= 3;
        let shown = first || !is_telling(*character) || (last_dot > domain && index > last_dot);
        if shown { *character } else { '*' }
    };
    characters.iter().enumerate().map(hide).collect()
}

fn year(characters: &[char]) -> String {
    let digit = |index: usize| characters.get(index).is_some_and(char::is_ascii_digit);
    let starts_year = |start: usize| {
        (start == 0 || !digit(start - 1))
            && (start..start + 4).all(digit)
            && !digit(start + 4)
            && matches!(characters[start], '1' | '2')
    };
    let start = (0..characters.len()).find(|start| starts_year(*start)).unwrap_or(usize::MAX);
    let hide = |(index, character): (usize, &char)| {
        let shown = !is_telling(*character) || (index >= start && index - start < 4);
        if shown { *character } else { '*' }
    };
    characters.iter().enumerate().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mask_keeps_what_it_promises_and_no_more() {
        for (mask, value, masked) in [
            (Mask::Last4, "536-90-4399", "***-**-4399"),
            (Mask::Last4, "1234567", "*******"),
            (Mask::Initials, "John O'Neil Smith", "J*** O'N*** S****"),
            (Mask::Initials, "SMITH, JOHN", "S****, J***"),
            (Mask::Email, "john.smith@mail.example.com", "j***.*****@****.*******.com"),
            (Mask::Email, "john@localhost", "j***@*********"),
            (Mask::Email, "a@b.co", "*@*.co"),
            (Mask::Year, "1980-02-03", "1980-**-**"),
            (Mask::Year, "02/03/1980", "**/**/1980"),
            (Mask::Year, "19800203", "********"),
            (Mask::Year, "January 2, 1980", "******* *, 1980"),
            (Mask::Prefix3, "E11.9", "E11.*"),
            (Mask::Full, "12 Main St", "** **** **"),
            (Mask::Full, "caf\u{e9}\n", "****"),
        ] {
            assert_eq!(mask.apply(value.as_bytes()), masked, "{mask:?}");
        }
        assert_eq!(Mask::Full.apply(&[b'a'; 500]).len(), 64);
    }
}
