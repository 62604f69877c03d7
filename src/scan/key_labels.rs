//! Numbers in a key that a word of the key makes somebody's: `patient/536904399/`, `member_id=8842917`, `MRN00482913.pdf`. No
//! detector tells such a number from others by itself, and no content need hold it; a report that shows it leads to a person.

use crate::model::Mask;
use std::ops::Range;

/// Words for a person, or for the number of one. Not `client` and `account`, which number organisations as often.
const PERSONS: [&str; 22] = [
    "patient",
    "pat",
    "pt",
    "member",
    "mbr",
    "subscriber",
    "enrollee",
    "insured",
    "beneficiary",
    "resident",
    "guarantor",
    "person",
    "inpatient",
    "outpatient",
    "mrn",
    "ssn",
    "mbi",
    "hicn",
    "empi",
    "medicaid",
    "medicare",
    "newborn",
];
/// What may stand between such a word and the number.
const HOLDERS: [&str; 16] = [
    "id",
    "ids",
    "no",
    "nr",
    "num",
    "number",
    "numbers",
    "key",
    "identifier",
    "record",
    "records",
    "file",
    "files",
    "chart",
    "charts",
    "folder",
];
/// What may stand within a word behind that of a person: `patientid`, `memberNo`.
const ENDINGS: [&str; 6] = ["ids", "id", "number", "num", "no", "key"];
/// Digits, without leading zeros, from which on a number may be that of somebody.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=20;
/// Letters that numbers of records begin with: `W123456789`.
const MAX_PREFIX: usize = 2;
/// Marks between a word and its number: `patient: 536904399`, `patient/536904399`.
const MAX_MARKS: usize = 3;

/// The key, or the whole location, with such numbers masked; `None` where there are none.
pub(super) fn masked(location: &str) -> Option<String> {
    let bytes = location.as_bytes();
    // Most keys hold no number that is long enough.
    if !bytes.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() >= *DIGITS.start()) {
        return None;
    }
    let start = location.find("://").map_or(0, |at| at + 3);
    // The name of a bucket may tell whose the numbers behind it are; those in it are of accounts.
    let is_bucket = |word: &Range<usize>| location.starts_with("s3://") && !bytes[start..word.start].contains(&b'/');
    let words = words(bytes, start);
    let (mut shown, mut copied) = (String::new(), 0);
    for (index, word) in words.iter().enumerate() {
        let text = &bytes[word.clone()];
        let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let number = &text[letters..];
        // One letter may follow: `12345678A`.
        let digits = number.strip_suffix(&[number.last().copied().unwrap_or(0)]).filter(|digits| {
            number.last().is_some_and(u8::is_ascii_alphabetic) && digits.iter().all(u8::is_ascii_digit)
        });
        let digits = digits.unwrap_or(number);
        if !may_be_of_somebody(digits) || is_bucket(word) || begins_uuid(&bytes[word.start..]) {
            continue;
        }
        let is_told = is_person(&text[..letters])
            || (letters <= MAX_PREFIX && is_told(bytes, words.get(..index).unwrap_or_default(), word.start));
        if is_told {
            let from = if is_person(&text[..letters]) { word.start + letters } else { word.start };
            shown.push_str(&location[copied..from]);
            shown.push_str(&Mask::Last4.apply(&bytes[from..word.end]));
            copied = word.end;
        }
    }
    shown.push_str(&location[copied..]);
    (copied > 0).then_some(shown)
}

/// `12345678-bbfd-4b2d-9b5d-ab8dfbbd4bed`: drawn by lot, and told as a whole.
fn begins_uuid(bytes: &[u8]) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let mut parts = bytes.split(|byte| !byte.is_ascii_hexdigit());
    groups.iter().all(|length| parts.next().is_some_and(|part| part.len() == *length))
}

/// Runs of letters and digits.
fn words(bytes: &[u8], from: usize) -> Vec<Range<usize>> {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let (mut words, mut place) = (Vec::new(), from);
    while let Some(start) = bytes[place..].iter().position(is_of_word).map(|at| place + at) {
        place = bytes[start..].iter().position(|byte| !is_of_word(byte)).map_or(bytes.len(), |at| start + at);
        words.push(start..place);
    }
    words
}

/// Whether a word for a person stands right before: in the same part of the key, or as the end of the one before.
fn is_told(bytes: &[u8], before: &[Range<usize>], number: usize) -> bool {
    let is_near = |end: usize, start: usize| {
        let marks = &bytes[end..start];
        marks.len() <= MAX_MARKS && marks.iter().filter(|mark| **mark == b'/').count() <= 1
    };
    let mut next = number;
    for word in before.iter().rev().take(2) {
        if !is_near(word.end, next) {
            return false;
        }
        let text = &bytes[word.clone()];
        if is_person(text) {
            return true;
        }
        if !HOLDERS.iter().any(|holder| text.eq_ignore_ascii_case(holder.as_bytes())) {
            return false;
        }
        next = word.start;
    }
    false
}

/// `patient`, `Patients`, `beneficiaries`, `patientId`, `memberno`.
fn is_person(word: &[u8]) -> bool {
    let Ok(word) = std::str::from_utf8(word) else { return false };
    let word = word.to_ascii_lowercase();
    let is_one = |word: &str| {
        PERSONS.iter().any(|person| {
            let rest = word.strip_prefix(person);
            matches!(rest, Some("" | "s"))
                || word.strip_suffix("ies").is_some_and(|stem| person.strip_suffix('y') == Some(stem))
        })
    };
    is_one(&word) || ENDINGS.iter().any(|ending| word.strip_suffix(ending).is_some_and(is_one))
}

/// Whether digits may be the number of somebody: not a day, a month or a moment, and no counter.
fn may_be_of_somebody(digits: &[u8]) -> bool {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let significant = digits.len() - digits.iter().take_while(|digit| **digit == b'0').count();
    DIGITS.contains(&significant) && digits.len() <= *DIGITS.end() && !is_moment(digits)
}

/// `202611`, `20261129`, `20261129101112`.
fn is_moment(digits: &[u8]) -> bool {
    let number = |place: Range<usize>| {
        digits.get(place).map(|digits| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let within = |place: Range<usize>, range: std::ops::RangeInclusive<u32>| {
        number(place).is_none_or(|number| range.contains(&number))
    };
    matches!(digits.len(), 6 | 8 | 10 | 12 | 14 | 17)
        && within(0..4, 1900..=2099)
        && within(4..6, 1..=12)
        && within(6..8, 1..=31)
        && within(8..10, 0..=23)
        && within(10..12, 0..=59)
        && within(12..14, 0..=60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_behind_words_for_persons_are_masked() {
        for (location, shown) in [
            ("s3://b/patient/536904399/a.csv", "s3://b/patient/*****4399/a.csv"),
            ("s3://b/patients/536904399.csv", "s3://b/patients/*****4399.csv"),
            ("s3://patients/536904399.csv", "s3://patients/*****4399.csv"),
            ("s3://b/members/W123456789/claims.json", "s3://b/members/******6789/claims.json"),
            ("s3://b/member_id=8842917/part-00000.parquet", "s3://b/member_id=*******/part-00000.parquet"),
            ("s3://b/x/patientId=44182/", "s3://b/x/patientId=*****/"),
            ("s3://b/beneficiaries/12345678A/", "s3://b/beneficiaries/*****678A/"),
            ("s3://b/by-patient/88417723/2026/11/29/x.txt", "s3://b/by-patient/****7723/2026/11/29/x.txt"),
            ("s3://b/patient-records/88417723/x.txt", "s3://b/patient-records/****7723/x.txt"),
            ("file:///x/MRN00482913.pdf", "file:///x/MRN****2913.pdf"),
            ("file:///x/patient 536904399.pdf", "file:///x/patient *****4399.pdf"),
            ("file:///x/patient/no/536904399.pdf", "file:///x/patient/no/*****4399.pdf"),
            ("s3://b/ssn/patient/536904399/mrn/88417723", "s3://b/ssn/patient/*****4399/mrn/****7723"),
        ] {
            assert_eq!(masked(location).as_deref(), Some(shown));
            assert_eq!(masked(shown), None, "a mask is not masked again");
        }
    }

    #[test]
    fn days_counters_and_numbers_of_nobody_stay() {
        for location in [
            "s3://patients-111122223333/a.csv",
            "s3://b/patients/12345678-bbfd-4b2d-9b5d-ab8dfbbd4bed.json",
            "s3://b/patient/2026/11/29/a.csv",
            "s3://b/patient/20261129/a.csv",
            "s3://b/patient_20261129101112.csv",
            "s3://b/patients/202611/a.csv",
            "s3://b/patients/000012_0",
            "s3://b/patients/part-00012-536904399.csv",
            "s3://b/patients/batch/536904399.csv",
            "s3://b/patients/export20112233.csv",
            "s3://b/clients/10023881/a.csv",
            "s3://b/AWSLogs/111122223333/us-east-1/2026/11/29/x.json.gz",
            "s3://b/patients/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.json",
            "s3://b/patients/123456789012345678901234",
            "s3://b/patients/",
            "s3://",
        ] {
            assert_eq!(masked(location), None, "{location}");
        }
    }
}
