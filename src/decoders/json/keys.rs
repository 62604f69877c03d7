//! Tells keys that are content (an SSN, an address, a name) from keys that name a field.
//!
//! A key becomes part of the field path, which reports print: what could be a person's must not get there. In doubt it
//! is content, because a path that is too general loses context only.

/// Longest key that names a field.
const MAX_NAME_BYTES: usize = 64;
/// So many digits in a row are a number of something.
const LONG_NUMBER: usize = 5;

/// Words of headings: capitalised words that stand with one of them are no person's name.
const HEADING_WORDS: &str = "\
    account address addresses admission admissions allergies allergy amount appointment appointments authorization \
    benefit benefits billing birth blood care chief claim claims clinical code codes complaint condition \
    conditions contact contacts count coverage date dates demographics detail details diagnoses diagnosis \
    discharge disease doctor drug drugs effective emergency employer encounter encounters family field fields \
    group guardian header health heart height history home hospital id identifier identifiers immunizations info \
    information insurance items kin lab laboratory legal line lines list location mailing medical medication \
    medications member metadata name names next note notes number numbers observations order orders patient \
    patients payment person pharmacy phone physician plan policy pressure primary procedure procedures provider \
    rate record records relationship report reports request response results secondary security service services \
    signs social status summary symptoms test total treatment treatments type version visit visits vital vitals \
    weight work";

/// Whether a key can only be content, whatever stands below it.
pub fn is_content(key: &str) -> bool {
    let letters = key.chars().filter(|character| character.is_alphabetic()).count();
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    key.len() > MAX_NAME_BYTES
        || key.contains('@')
        || longest_number(key) >= LONG_NUMBER
        || (digits >= 4 && digits > letters && !ends_with_year(key))
        || has_date(key.as_bytes())
}

/// Whether a key reads like a person's name: two or more capitalised words, none of which stands in headings. Content
/// only where a container is below it.
pub fn is_person_name(key: &str) -> bool {
    let mut count = 0;
    for word in key.split([' ', ',']).filter(|word| !word.is_empty()) {
        let is_word = word.chars().all(|character| character.is_alphabetic() || matches!(character, '\'' | '-' | '.'));
        let is_capitalised = word.chars().next().is_some_and(char::is_uppercase);
        if !is_word || !is_capitalised || is_heading(word) {
            return false;
        }
        count += 1;
    }
    count >= 2
}

fn is_heading(word: &str) -> bool {
    HEADING_WORDS.split(' ').any(|heading| heading.eq_ignore_ascii_case(word))
}

fn longest_number(key: &str) -> usize {
    key.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// `v2024`, `FY2023`: letters and a year name an edition.
fn ends_with_year(key: &str) -> bool {
    let name = key.trim_end_matches(|character: char| character.is_ascii_digit());
    let year = &key[name.len()..];
    let is_year = year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    is_year
        && !name.is_empty()
        && !name.contains(|character: char| character.is_ascii_digit())
        && name.contains(char::is_alphabetic)
}

fn has_date(key: &[u8]) -> bool {
    let is_date = |window: &[u8]| {
        window.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    };
    key.windows(10).any(is_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_from_names_of_fields() {
        let long = "x".repeat(65);
        for key in [
            "536-90-4397",
            "536904399",
            "4471920",
            "1961-04-05",
            "jane.doe@hospital.org",
            "MRN-4471",
            "(555) 010-2233",
            "visit of the patient on 1961-04-05",
            "patient_number_44719",
            "1961",
            &long,
        ] {
            assert!(is_content(key), "{key}");
        }
        for key in
            ["icd10", "address_1", "line2", "v2024", "FY2023", "Diagnosis Code", "First Name", "", "a.b", "hba1c"]
        {
            assert!(!is_content(key) && !is_person_name(key), "{key}");
        }
        for key in ["Jane Doe", "Smith, John", "O'Neil, Mary-Ann", "John Q. Public"] {
            assert!(is_person_name(key), "{key}");
        }
        for key in ["Jane", "jane doe", "Patient Details", "Emergency Contact", "Line 2"] {
            assert!(!is_person_name(key), "{key}");
        }
    }
}
