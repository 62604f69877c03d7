//! The place on which people act: a folder or key prefix whose changing parts are left open, or a table of a database.
//!
//! `s3://b/exports/2026/11/29/part-000.csv` and its like of every other night lie in `s3://b/exports/*/`. A place is made of
//! the text of a location alone, so that the same object lies in the same place on every machine and in every version.

use super::{Location, fingerprint};

/// Letters and digits from which on a token with so many digits is taken for an identifier.
const ID_LENGTH: usize = 16;
const ID_DIGITS: usize = 4;
/// Hexadecimal digits that are no word when they hold a digit.
const HEXADECIMAL_LENGTH: usize = 8;
/// Digits inside a word that count something: `part0001`, and not `icd10`.
const COUNTER_DIGITS: usize = 3;

const UUID_LENGTH: usize = 36;

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Location {
    /// The place in which an object lies: its folder, for a member of an archive that of the archive, with dates, numbers and
    /// identifiers as `*`; a table is a place of its own.
    pub fn place(&self) -> Self {
        if self.table().is_some() {
            return self.clone();
        }
        let whole = self.as_str();
        let container = whole.split_once("!/").map_or(whole, |(container, _)| container);
        let folder = container.rfind('/').map_or(container, |at| &whole[..=at]);
        // A bucket has the name that it has.
        let start = match self.scheme() {
            "s3" => folder.match_indices('/').nth(2).map_or(folder.len(), |(at, _)| at + 1),
            _ => folder.find("://").map_or(0, |at| at + "://".len()),
        };
        let mut place = folder[..start].to_owned();
        let mut is_open = false;
        for segment in folder[start..].split_inclusive('/') {
            let opened = opened(&without_uuids(segment.trim_end_matches('/')), is_open);
            let was_open = std::mem::replace(&mut is_open, opened == "*");
            // Year, month and day are one open part, however deep they are.
            if was_open && is_open {
                continue;
            }
            place.push_str(&opened);
            place.push_str(if segment.ends_with('/') { "/" } else { "" });
        }
        Self::from_uri(place)
    }

    /// The identity of what one detector finds in the place of this location: of a table per column, elsewhere in whichever
    /// field. Of a table's column it is that of the finding itself.
    pub fn place_fingerprint(&self, field: &str, detector: &str) -> String {
        fingerprint(&self.place(), self.place_field(field), detector)
    }

    /// The field, where it is part of what people act on.
    pub fn place_field<'a>(&self, field: &'a str) -> &'a str {
        if self.table().is_some() { field } else { "" }
    }
}

/// UUIDs as `*`: half of their parts would look like words.
fn without_uuids(segment: &str) -> String {
    let is_uuid = |text: &[u8]| {
        let is_part = |(place, byte): (usize, &u8)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        text.iter().enumerate().all(is_part)
    };
    let mut text = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(first) = rest.chars().next() {
        let taken = match rest.as_bytes().get(..UUID_LENGTH) {
            Some(head) if is_uuid(head) => {
                text.push('*');
                UUID_LENGTH
            }
            _ => {
                text.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    text
}

/// A segment of a path with its changing tokens as `*`; neighbours are one.
fn opened(segment: &str, follows_open: bool) -> String {
    let mut tokens: Vec<(&str, bool)> = Vec::new();
    let mut rest = segment;
    while let Some(first) = rest.chars().next() {
        let is_token = is_of_token(first);
        let end = rest.find(|character| is_of_token(character) != is_token).unwrap_or(rest.len());
        tokens.push((&rest[..end], is_token && is_changing(&rest[..end])));
        rest = &rest[end..];
    }
    let has_open = follows_open || tokens.iter().any(|(_, is_open)| *is_open);
    let mut text = String::with_capacity(segment.len());
    let mut pending = "";
    for (token, is_open) in tokens {
        let is_separator = !token.starts_with(is_of_token);
        if is_separator && text.ends_with('*') {
            pending = token;
        } else if is_open || (has_open && is_month(token)) {
            if !text.ends_with('*') {
                text.push('*');
            }
            pending = "";
        } else {
            text.push_str(std::mem::take(&mut pending));
            text.push_str(&counters_opened(token));
        }
    }
    text.push_str(pending);
    text
}

/// A mask hides what differs from object to object, so it belongs to a token.
fn is_of_token(character: char) -> bool {
    character.is_alphanumeric() || character == '*'
}

/// A number, an identifier, a moment, or something masked.
fn is_changing(token: &str) -> bool {
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let is_hexadecimal = token.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `20261129T010203Z`
    let is_moment = token.len() >= 8 && digits + 2 >= token.len() && token.starts_with(|c: char| c.is_ascii_digit());
    digits == token.len()
        || token.contains('*')
        || is_moment
        || (is_hexadecimal && digits > 0 && token.len() >= HEXADECIMAL_LENGTH)
        || (token.len() >= ID_LENGTH && digits >= ID_DIGITS)
}

fn is_month(token: &str) -> bool {
    let token = token.to_ascii_lowercase();
    MONTHS.iter().any(|month| *month == token || (token.len() == 3 && month.starts_with(&token)))
}

/// Long runs of digits inside a word.
fn counters_opened(token: &str) -> String {
    let mut text = String::with_capacity(token.len());
    let mut rest = token;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        text.push_str(if digits >= COUNTER_DIGITS { "*" } else { &rest[..digits] });
        rest = &rest[digits..];
        let letters = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        text.push_str(&rest[..letters]);
        rest = &rest[letters..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_night_to_night_is_left_open() {
        for (location, place) in [
            ("s3://b/exports/2026/11/29/part-000.csv", "s3://b/exports/*/"),
            ("s3://b/exports/2026-11-29/x.csv", "s3://b/exports/*/"),
            ("s3://b/exports/29-Nov-2026/x.csv", "s3://b/exports/*/"),
            ("s3://b/exports/2026/november/x.csv", "s3://b/exports/*/"),
            ("s3://b/exports/20261129T010203Z/x.csv", "s3://b/exports/*/"),
            ("s3://b/lake/year=2026/month=11/day=29/x.parquet", "s3://b/lake/year=*/month=*/day=*/"),
            ("s3://b/jobs/3f2504e0-4f89-11d3-9a0c-0305e82c3301/out/x", "s3://b/jobs/*/out/"),
            ("s3://b/jobs/run_01HV8Z3K4N5P6Q7R8S9T/x", "s3://b/jobs/run_*/"),
            ("s3://b/shard0042/x", "s3://b/shard*/"),
            ("s3://b/patients/***-**-4399/x", "s3://b/patients/*/"),
            ("s3://b/backup-20261129.zip!/a/b.csv", "s3://b/"),
            ("s3://b/icd10/v2/may/deadbeef/x", "s3://b/icd10/v2/may/deadbeef/"),
            ("s3://b-2026/x.csv", "s3://b-2026/"),
            ("s3://b/a--2026--b/2026_/x", "s3://b/a--*--b/*_/"),
            ("file:///srv/in/17/x.csv", "file:///srv/in/*/"),
            ("file:///x.csv", "file:///"),
            ("stdin", "stdin"),
            ("postgres://h/clinic/public.visits_2026", "postgres://h/clinic/public.visits_2026"),
        ] {
            assert_eq!(Location::from_uri(location).place().as_str(), place, "{location}");
        }
    }

    #[test]
    fn an_identity_is_of_a_column_or_of_a_prefix() {
        let [night, next] = ["28", "29"].map(|day| Location::s3("b", &format!("x/2026/11/{day}/a.csv")));
        assert_eq!(night.place_fingerprint("ssn", "us_ssn"), next.place_fingerprint("notes", "us_ssn"));
        assert_ne!(night.place_fingerprint("", "us_ssn"), night.place_fingerprint("", "us_itin"));
        let table = Location::from_uri("mysql://h/clinic/visits");
        assert_ne!(table.place_fingerprint("a", "us_ssn"), table.place_fingerprint("b", "us_ssn"));
        assert_eq!(table.place_fingerprint("a", "us_ssn"), fingerprint(&table, "a", "us_ssn"));
    }
}
