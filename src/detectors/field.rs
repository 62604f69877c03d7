//! Field names as words: which detectors a field path names, and which it rules out.

/// The words of a field path, lower case, and its last segment squashed to letters and digits.
#[derive(Debug)]
pub(super) struct FieldWords {
    words: Vec<String>,
    last_segment: String,
}

impl FieldWords {
    /// Splits the path into its words.
    pub(super) fn of(path: &str) -> Self {
        let last_segment = path.rsplit(['.', '/', '{']).find(|segment| !segment.is_empty()).unwrap_or_default();
        Self { words: split_words(path), last_segment: squash(last_segment) }
    }

    /// Whether `phrase` names the field: its words stand next to each other in the path, or, squashed, they are the
    /// whole last segment. With a leading `=` only the latter counts.
    pub(super) fn fit(&self, phrase: &str) -> bool {
        if let Some(whole) = phrase.strip_prefix('=') {
            return self.last_segment == squash(whole);
        }
        let wanted = split_words(phrase);
        let in_words = !wanted.is_empty() && self.words.windows(wanted.len()).any(|window| window == wanted);
        in_words || (!self.last_segment.is_empty() && self.last_segment == squash(phrase))
    }

    /// Whether any of the phrases fits.
    pub(super) fn fit_any(&self, phrases: &[String]) -> bool {
        phrases.iter().any(|phrase| self.fit(phrase))
    }
}

/// Splits at everything that is no letter or digit, at camel-case humps, and between letters and digits.
fn split_words(text: &str) -> Vec<String> {
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
                    word.extend(character.to_lowercase());
                }
                _ => words.push(character.to_lowercase().collect()),
            }
        }
        previous = character;
    }
    words
}

fn squash(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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
            assert!(FieldWords::of(path).fit("date of birth"), "{path}");
        }
        assert!(FieldWords::of("patient.name[].family").fit("name family"));
        assert!(FieldWords::of("BENE_SRNM_NAME").fit("srnm name"));
        assert!(FieldWords::of("ssn1").fit("ssn"));
        assert!(FieldWords::of("icd10_code").fit("icd10"));
        assert!(FieldWords::of("icd_10_code").fit("icd10"));
        assert!(FieldWords::of("patientSSN").fit("ssn"));
        assert!(FieldWords::of("SSNNumber").fit("ssn"));
        assert!(!FieldWords::of("assn").fit("ssn"));
        assert!(!FieldWords::of("birth_date_of").fit("date of birth"));
    }

    #[test]
    fn an_equals_sign_asks_for_the_whole_last_segment() {
        assert!(FieldWords::of("patient.name").fit("=name"));
        assert!(!FieldWords::of("patient.file_name").fit("=name"));
        assert!(FieldWords::of("contacts[].zip").fit("=zip"));
    }

    #[test]
    fn an_empty_path_names_nothing() {
        assert!(!FieldWords::of("").fit("ssn"));
    }
}
