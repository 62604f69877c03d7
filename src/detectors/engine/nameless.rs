//! Columns without a telling name, as files without a header have them: what all values are together, and what stands in
//! the columns beside, tells what none of the values shows alone.
//!
//! Dates of birth are spread over lifetimes, which dates of visits and orders are not. Words of the lists of names are
//! names where nearly all values are such words. Both count only in a table that is about persons. A column of numbers stays
//! what it is: it may as well count orders.

use super::{Engine, Profile, Scratch};
use crate::detectors::compile::{Anywhere, Search};
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::detectors::validators::year_of_birth;
use crate::model::{Batch, Column, ColumnKind, Confidence, DetectorClass};
use std::ops::Range;

/// So many values of a column are looked at.
const SAMPLE: usize = 256;
/// With fewer, nothing can be said of them together.
const MIN_VALUES: usize = 6;
/// Share of the values that must be what the column is taken for, in percent.
const MIN_PERCENT: usize = 80;
/// Share of the words that must be names and hardly anything else.
const MIN_CLEAR_PERCENT: usize = 40;

/// What a nameless column is by its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Births,
    /// One word each.
    Words,
    /// Whole names.
    Names,
    /// Identifiers of persons that show what they are, or health data.
    OfPersons,
    Nothing,
}

impl Engine {
    /// Adds the detectors that nameless columns are taken for.
    pub(super) fn find_nameless(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let is_nameless =
            |column: &Column| column.kind == ColumnKind::Text && !column.is_empty() && says_nothing(&column.path);
        if !batch.columns.iter().any(is_nameless) {
            return;
        }
        let read = |column: &Column| if is_nameless(column) { self.reading(column) } else { Reading::Nothing };
        let readings: Vec<Reading> = batch.columns.iter().map(read).collect();
        let count = |wanted: Reading| readings.iter().filter(|reading| **reading == wanted).count();
        let others =
            count(Reading::OfPersons) + batch.columns.iter().filter(|it| self.names_person(it, scratch)).count();
        let (births, names, words) = (count(Reading::Births), count(Reading::Names), count(Reading::Words));
        // Given name and surname stand in columns of their own.
        let has_names = names > 0 || words > 1;
        for (column, reading) in batch.columns.iter().zip(&readings) {
            let makeup = match reading {
                Reading::Births if others > 0 || has_names => Makeup::BirthDates,
                Reading::Names if others + births > 0 => Makeup::Names,
                Reading::Words if (words > 1 || others + names > 0) && others + births > 0 => Makeup::Names,
                _ => continue,
            };
            let is_meant = |index: &u16| {
                self.compiled.detectors[usize::from(*index)].nameless.is_some_and(|spec| spec.makeup == makeup)
            };
            let detectors = (0..self.compiled.detectors.len() as u16).filter(is_meant);
            profile.by_share.entry((column.path.clone(), column.ordinal)).or_default().extend(detectors);
        }
    }

    fn names_person(&self, column: &Column, scratch: &mut Scratch) -> bool {
        column.kind != ColumnKind::Lines
            && self.plan(column, scratch).named.iter().any(|index| self.is_of_person(*index))
    }

    fn is_of_person(&self, detector: u16) -> bool {
        let class = self.compiled.described[usize::from(detector)].class;
        matches!(class, DetectorClass::Identifier | DetectorClass::QuasiIdentifier | DetectorClass::Health)
    }

    fn reading(&self, column: &Column) -> Reading {
        let bytes = column.bytes.as_slice();
        let values = (0..column.len()).map(|value| trimmed(column, column.range(value)));
        let values: Vec<Range<usize>> = values.filter(|range| !range.is_empty()).take(SAMPLE).collect();
        if values.len() < MIN_VALUES {
            return Reading::Nothing;
        }
        let is_most = |count: usize| count * 100 >= values.len() * MIN_PERCENT;
        let years: Vec<u64> = values.iter().filter_map(|range| year_of_date(&bytes[range.clone()])).collect();
        if is_most(years.len()) {
            return if is_spread_over_lifetimes(years) { Reading::Births } else { Reading::Nothing };
        }
        let count = |test: &dyn Fn(&[u8]) -> bool| values.iter().filter(|range| test(&bytes[(*range).clone()])).count();
        if let Some((_, names)) = &self.compiled.names {
            // Many surnames are words as well; of words that are no names hardly any is a name alone.
            let clear = count(&|value| names.listed_word(value) == Some(true));
            if clear * 100 >= values.len() * MIN_CLEAR_PERCENT
                && is_most(count(&|value| names.listed_word(value).is_some()))
            {
                return Reading::Words;
            }
            if is_most(count(&|value| names.is_listed_pair(value))) {
                return Reading::Names;
            }
        }
        let anywhere = |index: u16| self.compiled.detectors[usize::from(index)].anywhere.as_ref();
        let of_persons = (0..self.compiled.detectors.len() as u16).filter(|index| self.is_of_person(*index));
        let shows = of_persons.filter_map(anywhere).filter(|anywhere| anywhere.confidence >= Confidence::Medium);
        if shows.into_iter().any(|anywhere| is_most(count(&|value| is_whole_match(anywhere, value)))) {
            return Reading::OfPersons;
        }
        Reading::Nothing
    }
}

/// Whether the whole value is found wherever it stands.
fn is_whole_match(anywhere: &Anywhere, value: &[u8]) -> bool {
    let end = match &anywhere.search {
        Search::AtToken(pattern) => pattern.end_of_match(value, 0, value.len()),
        Search::AroundByte(byte, pattern) if memchr::memchr(*byte, value).is_some() => {
            pattern.find_in(value, 0..value.len()).next().filter(|found| found.0 == 0).map(|found| found.1)
        }
        Search::AroundByte(..) | Search::Everywhere(_) => None,
    };
    end == Some(value.len()) && anywhere.validator.is_none_or(|passes| passes(value))
}

/// The year of a value that is written as a date: with separators, or in eight digits.
fn year_of_date(value: &[u8]) -> Option<u64> {
    const MAX_DATE: usize = 28;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_written = digits < value.len() || digits == 8;
    (value.len() <= MAX_DATE && digits >= 3 && is_written).then(|| year_of_birth(value)).flatten()
}

/// Whether the years, without the first and the last tenth, begin early and reach over a good part of a lifetime.
fn is_spread_over_lifetimes(mut years: Vec<u64>) -> bool {
    const LATEST_BEGIN: u64 = 1970;
    const MIN_SPREAD: u64 = 20;
    years.sort_unstable();
    let tenth = years.len() / 10;
    let (first, last) = (years[tenth], years[years.len() - 1 - tenth]);
    first <= LATEST_BEGIN && last - first >= MIN_SPREAD
}

/// Whether a field path says nothing about its values: a number, or a word that every field could be called by.
fn says_nothing(path: &str) -> bool {
    const EMPTY_WORDS: [&str; 14] =
        ["a", "c", "col", "column", "date", "dt", "f", "field", "unnamed", "v", "val", "value", "var", "x"];
    let letters = path.trim_matches(|character: char| !character.is_ascii_alphabetic());
    !path.is_empty() && (letters.is_empty() || EMPTY_WORDS.iter().any(|word| letters.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_birth_are_spread_over_lifetimes() {
        assert!(is_spread_over_lifetimes(vec![1941, 1956, 1963, 1978, 1984, 1999]));
        assert!(!is_spread_over_lifetimes(vec![2019, 2020, 2021, 2022, 2023, 2024]));
        assert!(!is_spread_over_lifetimes(vec![1987, 1990, 1999, 2005, 2015, 2024]));
        assert!(!is_spread_over_lifetimes(vec![1960, 1961, 1962, 1962, 1963, 1964]));
        assert_eq!(year_of_date(b"03/04/61"), Some(1961));
        assert_eq!(year_of_date(b"19610304"), Some(1961));
        assert_eq!(year_of_date(b"1961"), None);
        assert_eq!(year_of_date(b"22345"), None);
    }

    #[test]
    fn names_of_columns_that_say_nothing() {
        assert!(["#3", "col_4", "Column5", "Unnamed: 2", "field7", "date"].iter().all(|path| says_nothing(path)));
        assert!(["", "release_date", "title", "dob", "col_name"].iter().all(|path| !says_nothing(path)));
    }
}
