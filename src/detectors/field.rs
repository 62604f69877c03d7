//! Field names as words: which detectors a field path names, and which it rules out.

/// The words of a field path, lower case, and its last segment squashed to letters and digits.
#[derive(Debug)]
pub(super) struct FieldWords {
    words: Vec<String>,
    /// How many of the words stand before the last segment of the path.
    before_last: usize,
    last_segment: String,
    /// The last segment without a word for number at its end: `creditcard` of `CREDITCARDNUMBER`.
    stem: Option<String>,
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
        let last_segment = path.rsplit(['.', '/', '{']).find(|segment| !segment.is_empty()).unwrap_or_default();
        let words = split_words(path);
        let before_last = words.len().saturating_sub(split_words(last_segment).len());
        let last_segment = squash(last_segment);
        let stem = ["number", "num", "nbr", "no", "id"].iter().find_map(|word| last_segment.strip_suffix(word));
        Self { words, before_last, stem: stem.map(str::to_owned), last_segment }
    }

    /// The words of what is said about a field: of its first sentence, because what follows explains other things.
    pub(super) fn of_comment(comment: &str) -> Self {
        let end = comment.find(['.', ';', '(', '\n']).unwrap_or(comment.len());
        let words = split_words(&comment[..end]);
        Self { before_last: 0, last_segment: squash(&comment[..end]), stem: None, words }
    }

    /// How `phrase` names the field: its words stand next to each other in the path, or, squashed, they are the whole
    /// last segment. With a leading `=` only the latter counts.
    pub(super) fn fit(&self, phrase: &FieldPhrase) -> Option<Fit> {
        if !self.last_segment.is_empty() && self.last_segment == phrase.squashed {
            return Some(Fit::Itself);
        }
        let wanted = &phrase.words;
        if phrase.is_whole || wanted.is_empty() {
            return None;
        }
        if self.stem.as_ref() == Some(&phrase.squashed) {
            return Some(Fit::Itself);
        }
        let places = self.words.windows(wanted.len()).enumerate().filter(|(_, window)| window == wanted);
        let fit = |(place, _)| if place + wanted.len() > self.before_last { Fit::Itself } else { Fit::Around };
        places.map(fit).max()
    }

    /// How the closest of the phrases fits.
    pub(super) fn fit_any(&self, phrases: &[FieldPhrase]) -> Option<Fit> {
        phrases.iter().filter_map(|phrase| self.fit(phrase)).max()
    }
}

/// A phrase that names fields, taken apart once for all paths.
#[derive(Debug, Clone)]
pub(super) struct FieldPhrase {
    words: Vec<String>,
    squashed: String,
    /// It has to be the whole last segment.
    is_whole: bool,
}

impl FieldPhrase {
    /// Takes a phrase apart; a leading `=` asks for the whole last segment.
    pub(super) fn of(phrase: &str) -> Self {
        let whole = phrase.strip_prefix('=');
        let text = whole.unwrap_or(phrase);
        let words = split_words(text);
        Self { squashed: words.concat(), words, is_whole: whole.is_some() }
    }

    /// Takes a list of phrases apart.
    pub(super) fn all(phrases: &[String]) -> Vec<Self> {
        phrases.iter().map(|phrase| Self::of(phrase)).collect()
    }
}

/// Splits at everything that is no letter or digit, at camel-case humps, and between letters and digits. `#` behind a word
/// is the word number: `Policy #`.
pub(super) fn split_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() {
            let hump = character.is_uppercase()
                && (previous.is_lowercase()
                    || (previous.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase())));
            let kind_changed = previous.is_alphanumeric() && character.is_numeric() != previous.is_numeric();
            match words.last_mut() {
                Some(word) if previous.is_alphanumeric() && !hump && !kind_changed => {
                    if character.is_ascii() {
                        word.push(character.to_ascii_lowercase());
                    } else {
                        word.extend(character.to_lowercase());
                    }
                }
                _ => words.push(character.to_lowercase().collect()),
            }
        } else if character == '#' && !words.is_empty() {
            words.push("number".to_owned());
        }
        previous = character;
    }
    words
}

fn squash(text: &str) -> String {
    split_words(text).concat()
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
        assert!(FieldWords::of("birth_date_of").fit(&FieldPhrase::of("date of birth")).is_none());
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
