//! Whether the columns of a table that tell of people look generalised, as Safe Harbor asks: years for dates, three
//! digits of ZIP codes, ages under 90 (45 CFR 164.514(b)(2)(i)(B) and (C)).
//!
//! It judges names of columns and shapes of values, of one batch. It is no determination under Safe Harbor.

use crate::model::{Batch, Column, ColumnKind};

/// Three-digit ZIP codes with 20,000 inhabitants or fewer, by the census of 2000 (guidance of HHS, 2012) or of 2020.
const SPARSE_ZIP3: &[u16] =
    &[36, 59, 63, 102, 202, 203, 204, 205, 369, 556, 692, 753, 772, 790, 821, 823, 830, 831, 878, 879, 884, 890, 893];

/// Words in the name of a column that holds identifiers or small places, whatever its values look like.
const TELLING: &[&str] = &[
    "ssn",
    "mrn",
    "mbi",
    "email",
    "mail",
    "phone",
    "telephone",
    "mobile",
    "fax",
    "address",
    "street",
    "city",
    "town",
    "county",
    "firstname",
    "lastname",
    "surname",
    "forename",
    "initials",
    "ip",
    "url",
    "latitude",
    "longitude",
    "lat",
    "lon",
    "lng",
    "face",
    "photo",
    "license",
    "passport",
    "member",
    "subscriber",
    "account",
];
const DATES: &[&str] = &[
    "date",
    "dob",
    "birth",
    "birthdate",
    "born",
    "year",
    "yr",
    "yob",
    "admission",
    "admit",
    "admitted",
    "discharge",
    "discharged",
    "death",
    "died",
    "dod",
    "visit",
    "service",
    "encounter",
];
const ZIPS: &[&str] = &["zip", "zip3", "zipcode", "postal", "postcode", "zcta", "zcta3"];
const AGES: &[&str] = &["age", "ages", "agegroup"];

/// What one column shows.
enum Shape {
    /// Nothing about who somebody is.
    Silent,
    /// It is generalised in this way.
    Generalised(&'static str),
    /// It is not.
    Exact,
}

const YEARS: &str = "years only";
const ZIP3: &str = "three-digit ZIP codes";
const AGE: &str = "ages under 90";

/// How the columns of a table are generalised (`years only, three-digit ZIP codes`); `None` where one of them is not, or
/// where none tells of people.
pub fn generalised(batch: &Batch) -> Option<String> {
    // Most tables have nothing to generalise, and their values need not be looked at.
    if !batch.columns.iter().any(may_be_generalised) {
        return None;
    }
    let mut seen = [false; 3];
    for column in &batch.columns {
        match shape(column) {
            Shape::Silent => {}
            Shape::Generalised(what) => {
                for (seen, known) in seen.iter_mut().zip([YEARS, ZIP3, AGE]) {
                    *seen |= known == what;
                }
            }
            Shape::Exact => return None,
        }
    }
    let seen: Vec<_> = seen.iter().zip([YEARS, ZIP3, AGE]).filter(|(seen, _)| **seen).map(|(_, what)| what).collect();
    (!seen.is_empty()).then(|| seen.join(", "))
}

fn may_be_generalised(column: &Column) -> bool {
    let is_named = |word: &String| [ZIPS, AGES, DATES].iter().any(|list| list.contains(&word.as_str()));
    column.kind == ColumnKind::Temporal || words(&column.path).iter().any(is_named)
}

fn shape(column: &Column) -> Shape {
    let is_empty = |value: &[u8]| matches!(value, b"" | b"NA" | b"N/A" | b"null" | b"NULL" | b"\\N" | b"unknown");
    let mut values =
        (0..column.len()).map(|index| column.value(index).trim_ascii()).filter(|value| !is_empty(value)).peekable();
    if values.peek().is_none() {
        return Shape::Silent;
    }
    let words = words(&column.path);
    let named = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_name = words.windows(2).any(|pair| pair[1] == "name" && pair[0] != "facility" && pair[0] != "drug");
    match column.kind {
        // Free text holds what it likes.
        ColumnKind::Lines => Shape::Exact,
        _ if named(TELLING) || is_name => Shape::Exact,
        _ if named(ZIPS) => all(values, is_allowed_zip3, ZIP3),
        _ if named(AGES) => all(values, is_allowed_age, AGE),
        ColumnKind::Temporal => all(values, is_year, YEARS),
        _ if named(DATES) => {
            let mut years = false;
            for value in values {
                if is_year(value) {
                    years = true;
                } else if has_month(value) {
                    return Shape::Exact;
                }
            }
            if years { Shape::Generalised(YEARS) } else { Shape::Silent }
        }
        _ if values.any(is_full_date) => Shape::Exact,
        _ => Shape::Silent,
    }
}

fn all<'a>(mut values: impl Iterator<Item = &'a [u8]>, fits: fn(&[u8]) -> bool, what: &'static str) -> Shape {
    if values.all(fits) { Shape::Generalised(what) } else { Shape::Exact }
}

/// The words of a path, lower case: at signs between them and where a capital follows a small letter.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in path.chars() {
        if !character.is_ascii_alphanumeric() || (character.is_ascii_uppercase() && before.is_ascii_lowercase()) {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn number(value: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(value).ok()?;
    (text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_year(value: &[u8]) -> bool {
    value.len() == 4 && number(value).is_some_and(|year| (1850..=2150).contains(&year))
}

/// Three digits, also with the others hidden; a column of numbers has lost leading zeros.
fn is_allowed_zip3(value: &[u8]) -> bool {
    let shown = value.strip_suffix(b"**").or_else(|| value.strip_suffix(b"XX")).or_else(|| value.strip_suffix(b"xx"));
    let zip3 = shown.unwrap_or(value);
    zip3.len() <= 3 && number(zip3).is_some_and(|zip3| !SPARSE_ZIP3.iter().any(|sparse| u32::from(*sparse) == zip3))
}

/// Under 90, or everything above 89 as one; a range of ages by its upper end.
fn is_allowed_age(value: &[u8]) -> bool {
    let text = std::str::from_utf8(value).unwrap_or_default();
    if matches!(text, "90+" | ">89" | "> 89" | ">=90" | ">= 90" | "90 or older" | "90 and over") {
        return true;
    }
    let ages: Vec<_> = text.split('-').map(|part| number(part.trim().as_bytes())).collect();
    ages.len() <= 2 && ages.iter().all(|age| age.is_some_and(|age| age < 90))
}

/// Digits in groups, as dates have them: how many digits each of the first groups has, 0 where there are no more. `None`
/// unless there are two groups, or one of eight digits.
fn groups(value: &[u8]) -> Option<[usize; 4]> {
    if !value.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut lengths = [0; 4];
    let parts = value.split(|byte| matches!(byte, b'-' | b'/' | b'.' | b'T' | b' '));
    let digits = parts.take_while(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    for (length, part) in lengths.iter_mut().zip(digits) {
        *length = part.len();
    }
    (lengths[1] > 0 || lengths == ONE_OF_EIGHT).then_some(lengths)
}

/// `20200301`.
const ONE_OF_EIGHT: [usize; 4] = [8, 0, 0, 0];

/// More than a year: a month as well, or words such as `Mar 2020`.
fn has_month(value: &[u8]) -> bool {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let is_named = value.iter().any(u8::is_ascii_digit) && months.iter().any(|month| text.contains(month));
    is_named || groups(value).is_some_and(|lengths| lengths.contains(&4) || lengths == ONE_OF_EIGHT || lengths[2] > 0)
}

fn is_full_date(value: &[u8]) -> bool {
    groups(value).is_some_and(|lengths| matches!(lengths[..], [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(columns: &[(&str, &[&str])]) -> Option<String> {
        let mut batch = Batch::default();
        for (ordinal, (path, values)) in columns.iter().enumerate() {
            let mut column = Column::new(*path, ColumnKind::Text, ordinal as u32 + 1);
            values.iter().for_each(|value| column.push(value.as_bytes()));
            batch.columns.push(column);
        }
        generalised(&batch)
    }

    #[test]
    fn classify_sees_generalised_columns() {
        let codes = ("dx", &["E11.9", "I10"][..]);
        let table =
            [("birth_year", &["1961", "1975"][..]), ("zip3", &["100", "606"][..]), ("age", &["65", "90+"][..]), codes];
        assert_eq!(seen(&table).as_deref(), Some("years only, three-digit ZIP codes, ages under 90"));
        assert_eq!(seen(&[("yearOfService", &["2020", ""]), codes]).as_deref(), Some("years only"));
        assert_eq!(seen(&[("zip", &["100**", "000"]), codes]).as_deref(), Some("three-digit ZIP codes"));
        assert_eq!(seen(&[("age_group", &["40-49", "80-89"]), codes]).as_deref(), Some("ages under 90"));
        assert_eq!(seen(&[codes]), None);
    }

    #[test]
    fn classify_does_not_take_exact_columns_for_generalised() {
        let years = ("birth_year", &["1961"][..]);
        for exact in [
            ("zip3", &["036"][..]),
            ("zip3", &["36"]),
            ("zip3", &["202"]),
            ("zip", &["10001"]),
            ("age", &["91"]),
            ("age", &["85-94"]),
            ("admit_date", &["2020-03-01"]),
            ("admit_date", &["2020-03"]),
            ("admit_date", &["Mar 2020"]),
            ("whenever", &["3/1/2020"]),
            ("city", &["Springfield"]),
            ("patient_name", &["J. D."]),
            ("email", &["x"]),
        ] {
            assert_eq!(seen(&[years, exact]), None, "{exact:?}");
        }
        assert_eq!(seen(&[years, ("facility_name", &["North"])]).as_deref(), Some("years only"));
    }
}
