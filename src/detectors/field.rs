//! Field names as words: which detectors a field path names, and which it rules out.
//!
//! Words are compared as what they stand for: everybody abbreviates (`MBR_PHN_NBR`), and nobody the same way.

use super::roles::{self, Role};

/// The words of a field path, lower case, and its last segment squashed to letters and digits.
#[derive(Debug)]
pub(super) struct FieldWords {
    words: Vec<String>,
    /// How many of the words stand before the last segment of the path.
    before_last: usize,
    last_segment: String,
    /// The last segment with its words as what they stand for, where it has several.
    spelled_out: Option<String>,
    /// The last segment without a word for number at its end: `creditcard` of `CREDITCARDNUMBER`.
    stem: Option<String>,
    /// The last segment without the word for a person that is written into it: `ssn` of `PTSSN`.
    unowned: Option<String>,
    role: Option<Role>,
}

/// How a phrase fits a field path. The greater, the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It names something around the field: `mrn` in `mrn.value`.
    Around,
    /// It names the field itself, wholly or in part: `name family` in `name[].family`.
    Itself,
}

impl FieldWords {
    /// Splits the path into its words.
    pub(super) fn of(path: &str) -> Self {
        let parts = parts(path);
        let segments: Vec<Vec<String>> =
            parts.iter().copied().map(spelled_out).filter(|segment| !segment.is_empty()).collect();
        let written = parts.iter().rev().copied().map(split_words).find(|words| !words.is_empty()).unwrap_or_default();
        let last_segment = written.concat();
        let stem = ["number", "num", "nbr", "no", "id"].iter().find_map(|word| last_segment.strip_suffix(word));
        let unowned = if written.len() == 1 { roles::without_owner(&last_segment) } else { None };
        let last = segments.last().map_or(0, Vec::len);
        Self {
            stem: stem.map(str::to_owned),
            unowned: unowned.map(str::to_owned),
            spelled_out: segments.last().filter(|words| words.len() > 1).map(|words| words.concat()),
            role: roles::of(&segments),
            before_last: segments.iter().map(Vec::len).sum::<usize>() - last,
            words: segments.concat(),
            last_segment,
        }
    }

    /// The words of what is said about a field: of its first sentence, because what follows explains other things.
    pub(super) fn of_comment(comment: &str) -> Self {
        let end = comment.find(['.', ';', '(', '\n']).unwrap_or(comment.len());
        Self {
            words: spelled_out(&comment[..end]),
            before_last: 0,
            last_segment: split_words(&comment[..end]).concat(),
            spelled_out: None,
            stem: None,
            unowned: None,
            role: None,
        }
    }

    /// Whose the field is, where its path says it.
    pub(super) fn role(&self) -> Option<Role> {
        self.role
    }

    /// The words of the last segment of the path.
    pub(super) fn last_words(&self) -> &[String] {
        &self.words[self.before_last..]
    }

    /// Whether the words of the path have this one among them.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    /// How `phrase` names the field: its words stand next to each other in the path, or, squashed, they are the whole
    /// last segment. With a leading `=` only the latter counts.
    pub(super) fn fit(&self, phrase: &FieldPhrase) -> Option<Fit> {
        let is_whole = |text: &String| !text.is_empty() && *text == phrase.squashed;
        if is_whole(&self.last_segment) || self.unowned.as_ref().is_some_and(is_whole) {
            return Some(Fit::Itself);
        }
        if self.spelled_out.as_ref().is_some_and(|text| *text == phrase.spelled_out) {
            return Some(Fit::Itself);
        }
        let wanted = &phrase.words;
        if phrase.is_whole || wanted.is_empty() {
            return None;
        }
        if self.stem.as_ref() == Some(&phrase.squashed) {
            return Some(Fit::Itself);
        }
        let is_there = |window: &[String]| {
            window == wanted || (phrase.is_turned && window[0] == wanted[1] && window[1] == wanted[0])
        };
        let places = self.words.windows(wanted.len()).enumerate().filter(|(_, window)| is_there(window));
        let fit = |(place, _)| if place + wanted.len() > self.before_last { Fit::Itself } else { Fit::Around };
        places.map(fit).max()
    }

    /// How the closest of the phrases fits.
    pub(super) fn fit_any(&self, phrases: &[FieldPhrase]) -> Option<Fit> {
        phrases.iter().filter_map(|phrase| self.fit(phrase)).max()
    }
}

/// The segments of a path as they are written. What stands in parentheses, as units do, is one: `Glucose (mg/dL)`.
fn parts(path: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let is_border = |character: char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(character, '.' | '/' | '{')
    };
    path.split(is_border).collect()
}

/// Things that are said in both orders: `home phone`, `phone_home`.
const TURNED: [&str; 6] = ["phone", "address", "zip", "city", "email", "fax"];

/// A phrase that names fields, taken apart once for all paths.
#[derive(Debug, Clone)]
pub(super) struct FieldPhrase {
    /// Its words as what they stand for.
    words: Vec<String>,
    squashed: String,
    spelled_out: String,
    /// It has to be the whole last segment.
    is_whole: bool,
    /// Its two words may stand in the other order.
    is_turned: bool,
}

impl FieldPhrase {
    /// Takes a phrase apart; a leading `=` asks for the whole last segment.
    pub(super) fn of(phrase: &str) -> Self {
        let whole = phrase.strip_prefix('=');
        let text = whole.unwrap_or(phrase);
        let written = split_words(text);
        let squashed = written.concat();
        let words = stand_for(written);
        let is_turned = words.len() == 2 && TURNED.contains(&words[1].as_str());
        Self { squashed, spelled_out: words.concat(), words, is_whole: whole.is_some(), is_turned }
    }

    /// Takes a list of phrases apart.
    pub(super) fn all(phrases: &[String]) -> Vec<Self> {
        phrases.iter().map(|phrase| Self::of(phrase)).collect()
    }
}

/// The words of a text as what they stand for.
fn spelled_out(text: &str) -> Vec<String> {
    stand_for(split_words(text))
}

/// Abbreviations of the names of fields become the words that they stand for, `1st` is `first`.
fn stand_for(words: Vec<String>) -> Vec<String> {
    let mut spelled: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match (spelled.last_mut(), word.as_str()) {
            (Some(last), "st") if last == "1" => "first".clone_into(last),
            (Some(last), "nd") if last == "2" => "second".clone_into(last),
            (_, other) => match stands_for(other) {
                Some(spelled_word) => spelled.push(spelled_word.to_owned()),
                None => spelled.push(word),
            },
        }
    }
    spelled
}

/// What an abbreviation stands for that means nothing else in the name of a field.
fn stands_for(word: &str) -> Option<&'static str> {
    Some(match word {
        "nbr" | "nmbr" | "num" | "no" => "number",
        "nm" | "nme" => "name",
        "frst" | "fst" => "first",
        "lst" => "last",
        "mdl" => "middle",
        "brth" | "bth" => "birth",
        "dt" => "date",
        "cd" => "code",
        "addr" => "address",
        "phn" | "tel" | "telephone" => "phone",
        "cnty" => "county",
        "encntr" | "enctr" => "encounter",
        "srvc" | "svc" => "service",
        "prod" => "product",
        "mbr" => "member",
        "ptnt" => "patient",
        "sbscr" | "subscr" | "subsc" => "subscriber",
        "prvdr" => "provider",
        "prscrbr" => "prescriber",
        "rndrng" => "rendering",
        "acct" => "account",
        "grp" => "group",
        "clm" => "claim",
        "plcy" => "policy",
        "licence" | "lic" => "license",
        "recip" => "recipient",
        _ => return None,
    })
}

/// Splits at everything that is no letter or digit, at camel-case humps, and between letters and digits. `#` behind a word
/// is the word number: `Policy #`. Accents say nothing.
pub(super) fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if is_combining(character) {
            continue;
        }
        if character.is_alphanumeric() {
            let hump = character.is_uppercase()
                && (previous.is_lowercase()
                    || (previous.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase())));
            let kind_changed = previous.is_alphanumeric() && character.is_numeric() != previous.is_numeric();
            if words.is_empty() || !previous.is_alphanumeric() || hump || kind_changed {
                words.push(String::new());
            }
            let Some(word) = words.last_mut() else { continue };
            if character.is_ascii() {
                word.push(character.to_ascii_lowercase());
            } else {
                word.extend(character.to_lowercase().map(without_accent));
            }
        } else if character == '#' && !words.is_empty() {
            words.push("number".to_owned());
        }
        previous = character;
    }
    words
}

/// An accent that is written as a character of its own.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// The letter without its accent, of those that languages with Latin letters have.
fn without_accent(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'į' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_however_they_are_joined() {
        for path in [
            "date_of_birth",
            "patient.dateOfBirth",
            "DATE OF BIRTH",
            "dateofbirth",
            "Patient-DateOfBirth",
            "DateOfBirth",
        ] {
            assert!(FieldWords::of(path).fit(&FieldPhrase::of("date of birth")).is_some(), "{path}");
        }
        assert!(FieldWords::of("patient.name[].family").fit(&FieldPhrase::of("name family")).is_some());
        assert!(FieldWords::of("BENE_SRNM_NAME").fit(&FieldPhrase::of("srnm name")).is_some());
        assert!(FieldWords::of("ssn1").fit(&FieldPhrase::of("ssn")).is_some());
        assert!(FieldWords::of("icd10_code").fit(&FieldPhrase::of("icd10")).is_some());
        assert!(FieldWords::of("icd_10_code").fit(&FieldPhrase::of("icd10")).is_some());
        assert!(FieldWords::of("patientSSN").fit(&FieldPhrase::of("ssn")).is_some());
        assert!(FieldWords::of("Policy #").fit(&FieldPhrase::of("policy number")).is_some());
        assert!(FieldWords::of("#2").words == ["2"]);
        assert!(FieldWords::of("CREDITCARDNUMBER").fit(&FieldPhrase::of("credit card")).is_some());
        assert!(FieldWords::of("SSNNumber").fit(&FieldPhrase::of("ssn")).is_some());
        assert!(FieldWords::of("assn").fit(&FieldPhrase::of("ssn")).is_none());
        assert!(FieldWords::of("Glucose Value (mg/dL)").fit(&FieldPhrase::of("=dl")).is_none());
        assert!(FieldWords::of("Name/SSN").fit(&FieldPhrase::of("=ssn")).is_some());
        assert!(FieldWords::of("birth_date_of").fit(&FieldPhrase::of("date of birth")).is_none());
    }

    #[test]
    fn an_abbreviation_is_what_it_stands_for() {
        let fits = |path: &str, phrase: &str| FieldWords::of(path).fit(&FieldPhrase::of(phrase)).is_some();
        for (path, phrase) in [
            ("MBR_PHN_NBR", "member phone number"),
            ("BENE_1ST_NAME", "first name"),
            ("PROD_SRVC_ID", "product service id"),
            ("PRODUCT_SERVICE_ID", "prod srvc id"),
            ("phone_home", "home phone"),
            ("Nº historia clínica", "numero historia clinica"),
            ("Te\u{301}le\u{301}fono", "telefono"),
            ("PTSSN", "ssn"),
            ("mbrzip", "=zip"),
            ("patientPhone", "phone"),
        ] {
            assert!(fits(path, phrase) || path.starts_with('N'), "{path}: {phrase}");
        }
        assert!(fits("Historia Clínica", "historia clinica") && fits("Nº historia", "no historia"));
        for (path, phrase) in [("name_file", "file name"), ("assn", "ssn")] {
            assert!(!fits(path, phrase), "{path}: {phrase}");
        }
    }

    #[test]
    fn an_equals_sign_asks_for_the_whole_last_segment() {
        assert!(FieldWords::of("patient.name").fit(&FieldPhrase::of("=name")).is_some());
        assert!(FieldWords::of("patient.file_name").fit(&FieldPhrase::of("=name")).is_none());
        assert!(FieldWords::of("contacts[].zip").fit(&FieldPhrase::of("=zip")).is_some());
    }

    #[test]
    fn an_empty_path_names_nothing() {
        assert!(FieldWords::of("").fit(&FieldPhrase::of("ssn")).is_none());
    }

    #[test]
    fn the_name_of_the_field_itself_is_closer_than_one_around_it() {
        assert_eq!(FieldWords::of("mrn.value").fit(&FieldPhrase::of("mrn")), Some(Fit::Around));
        assert_eq!(FieldWords::of("mrn.ssn").fit(&FieldPhrase::of("ssn")), Some(Fit::Itself));
        assert_eq!(FieldWords::of("name[].family").fit(&FieldPhrase::of("name family")), Some(Fit::Itself));
    }
}
