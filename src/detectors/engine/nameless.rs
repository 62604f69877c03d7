//! Columns whose names do not tell what they hold: what all values are together, and what stands in the columns beside, tells
//! what none of the values shows alone.
//!
//! Dates of birth are spread over lifetimes, which dates of visits and orders are not. Words of the lists of names are
//! names where nearly all values are such words. Both count in a table that is about persons. A column that is named for
//! people by their part (`client`, `approved_by`) holds names where its values are such: that takes no table. A column of
//! numbers stays what it is: it may as well count orders.

use super::{Engine, PathPlan, Profile, Scratch};
use crate::detectors::compile::{Anywhere, Search};
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::detectors::validators::year_of_birth;
use crate::model::{Batch, Column, ColumnKind, Confidence, DetectorClass};
use std::ops::Range;
use std::sync::Arc;

/// So many values of a column are looked at.
const SAMPLE: usize = 256;
/// With fewer, nothing can be said of them together.
pub(super) const MIN_VALUES: usize = 6;
/// The same of a column that is named for people.
const MIN_CONFIRMING_VALUES: usize = 3;
/// So many columns of a table are looked at whose names say something else.
const MAX_OTHERS: usize = 128;
/// Share of the values that must be what the column is taken for, in percent; and where it is named for it.
const MIN_PERCENT: usize = 80;
const MIN_CONFIRMING_PERCENT: usize = 70;
/// Share of the words that must be names and hardly anything else.
const MIN_CLEAR_PERCENT: usize = 40;
/// Share of the values that must be a usual given name and a surname where the column is named for people, and where it is
/// named for something else.
const MIN_PAIR_PERCENT: usize = 40;
const MIN_OTHER_PAIR_PERCENT: usize = 60;

/// What the name of a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Nothing: a number, or a word that every field could be called by.
    Nothing,
    /// What some detector finds where the values confirm it.
    Unconfirmed,
    /// Something that no detector knows.
    Other,
    /// What some detector finds.
    Known,
}

/// What a column is by its values.
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
    /// Adds the detectors that columns are taken for by their values.
    pub(super) fn find_nameless(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let mut others_left = MAX_OTHERS;
        let mut naming = |column: &Column, plan: &PathPlan| match () {
            _ if column.kind != ColumnKind::Text || column.is_empty() => Naming::Known,
            _ if says_nothing(&column.path) => Naming::Nothing,
            _ if !plan.named.is_empty() => Naming::Known,
            _ if !plan.unconfirmed.is_empty() => Naming::Unconfirmed,
            _ => {
                let naming = if others_left > 0 { Naming::Other } else { Naming::Known };
                others_left = others_left.saturating_sub(1);
                naming
            }
        };
        let plans: Vec<Arc<PathPlan>> = batch.columns.iter().map(|column| self.plan(column, scratch)).collect();
        let namings: Vec<Naming> =
            batch.columns.iter().zip(&plans).map(|(column, plan)| naming(column, plan)).collect();
        let names_person = |(column, plan): &(&Column, &Arc<PathPlan>)| {
            column.kind != ColumnKind::Lines && plan.named.iter().any(|index| self.is_of_person(*index))
        };
        let named = batch.columns.iter().zip(&plans).filter(names_person).count();
        if !namings.iter().any(|naming| match naming {
            Naming::Nothing | Naming::Unconfirmed => true,
            Naming::Other => named > 0,
            Naming::Known => false,
        }) {
            return;
        }
        let readings: Vec<Reading> =
            batch.columns.iter().zip(&namings).map(|(column, naming)| self.reading(column, *naming)).collect();
        let count = |wanted: Reading| readings.iter().filter(|reading| **reading == wanted).count();
        let by_share = profile.by_share.values().filter(|share| share.iter().any(|index| self.is_of_person(*index)));
        let others = count(Reading::OfPersons) + named + by_share.count();
        let (births, names, words) = (count(Reading::Births), count(Reading::Names), count(Reading::Words));
        // Given name and surname stand in columns of their own.
        let has_names = names > 0 || words > 1;
        for (((column, plan), naming), reading) in batch.columns.iter().zip(&plans).zip(&namings).zip(&readings) {
            let is_confirmed = *naming == Naming::Unconfirmed;
            let makeup = match reading {
                Reading::Births if others > 0 || has_names => Makeup::BirthDates,
                Reading::Names if is_confirmed || others + births > 0 => Makeup::Names,
                Reading::Words if (words > 1 || others + names > 0) && others + births > 0 => Makeup::Names,
                _ => continue,
            };
            let is_meant = |index: &u16| {
                let nameless = self.compiled.detectors[usize::from(*index)].nameless.as_ref();
                plan.allows(*index) && nameless.is_some_and(|spec| spec.makeup == makeup)
            };
            let detectors = (0..self.compiled.detectors.len() as u16).filter(is_meant);
            profile.by_share.entry((column.path.clone(), column.ordinal)).or_default().extend(detectors);
        }
    }

    fn is_of_person(&self, detector: u16) -> bool {
        let class = self.compiled.described[usize::from(detector)].class;
        matches!(class, DetectorClass::Identifier | DetectorClass::QuasiIdentifier | DetectorClass::Health)
    }

    fn reading(&self, column: &Column, naming: Naming) -> Reading {
        let least = match naming {
            Naming::Known => return Reading::Nothing,
            Naming::Unconfirmed => MIN_CONFIRMING_VALUES,
            Naming::Nothing | Naming::Other => MIN_VALUES,
        };
        let bytes = column.bytes.as_slice();
        let values = (0..column.len()).map(|value| trimmed(column, column.range(value)));
        let values: Vec<Range<usize>> = values.filter(|range| !range.is_empty()).take(SAMPLE).collect();
        if values.len() < least {
            return Reading::Nothing;
        }
        let is_share = |count: usize, percent: usize| count * 100 >= values.len() * percent;
        let most = if naming == Naming::Unconfirmed { MIN_CONFIRMING_PERCENT } else { MIN_PERCENT };
        let is_most = |count: usize| is_share(count, most);
        let years: Vec<u64> = values.iter().filter_map(|range| year_of_date(&bytes[range.clone()])).collect();
        if is_most(years.len()) {
            let is_births = values.len() >= MIN_VALUES && is_spread_over_lifetimes(years);
            return if is_births { Reading::Births } else { Reading::Nothing };
        }
        let count = |test: &dyn Fn(&[u8]) -> bool| values.iter().filter(|range| test(&bytes[(*range).clone()])).count();
        if let Some((_, names)) = &self.compiled.names {
            // Words that are listed may be anything else where the column says that it is something else.
            if naming != Naming::Other {
                // Many surnames are words as well; of words that are no names hardly any is a name alone.
                let clear = count(&|value| names.listed_word(value) == Some(true));
                if is_share(clear, MIN_CLEAR_PERCENT) && is_most(count(&|value| names.listed_word(value).is_some())) {
                    return Reading::Words;
                }
            }
            let pairs = match naming {
                Naming::Nothing => 0,
                Naming::Unconfirmed => MIN_PAIR_PERCENT,
                Naming::Other | Naming::Known => MIN_OTHER_PAIR_PERCENT,
            };
            // `Okafor, G.` is nothing in a column that is not named for people.
            let with_initial = |value: &[u8]| match naming {
                Naming::Unconfirmed => names.surname_with_initial(value),
                _ => None,
            };
            if is_most(count(&|value| names.is_listed_pair(value) || with_initial(value).is_some()))
                && is_share(count(&|value| names.is_full_name(value) || with_initial(value) == Some(true)), pairs)
            {
                return Reading::Names;
            }
        }
        if naming != Naming::Nothing {
            return Reading::Nothing;
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
    // A column of a dump whose name nothing tells: `patients.#2`.
    let is_numbered = path.rsplit('.').next().is_some_and(|last| last.starts_with('#'));
    let letters = path.trim_matches(|character: char| !character.is_ascii_alphabetic());
    !path.is_empty()
        && (is_numbered || letters.is_empty() || EMPTY_WORDS.iter().any(|word| letters.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{EvidenceFlags, Match};

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

    /// Detectors with what their matches are, in the one column of a table.
    fn found(path: &str, values: &[&str]) -> Vec<(String, bool)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let mut column = Column::new(path, ColumnKind::Text, 1);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        let batch = Batch { record_count: values.len() as u32, columns: vec![column], ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let told = |found: &Match| {
            let is_provider = found.evidence.contains(EvidenceFlags::PROVIDER);
            (engine.detectors()[usize::from(found.detector)].id.to_string(), is_provider)
        };
        found[0].iter().map(told).collect()
    }

    #[test]
    fn a_column_named_for_people_holds_names_where_its_values_are_such() {
        let names = ["Ada Okafor", "NGUYEN, EMILY", "Maria de la Cruz", "Michael B. Schwartz"];
        let person = |is_provider: bool| vec![("person_name".to_owned(), is_provider); names.len()];
        for path in ["client", "caller_nm", "order.billedTo", "Applicant"] {
            assert_eq!(found(path, &names), person(false), "{path}");
        }
        assert_eq!(found("approved_by", &names), person(true));
        let initials = ["Okafor, A.", "Nguyen, E", "Schwartz, M.", "Lindqvist, G."];
        assert_eq!(found("client", &initials), person(false));
        assert_eq!(found("title", &initials), []);
        // In what somebody writes the names are those of patients.
        let notes = ["Patient: Ada Okafor was diagnosed with asthma", "Patient Emily Nguyen was admitted"];
        let names_of_notes = found("nurse_note", &notes).into_iter().filter(|(detector, _)| detector == "person_name");
        assert_eq!(names_of_notes.collect::<Vec<_>>(), person(false)[..2]);
        // No people are meant, or nobody's names.
        for (path, values) in [
            ("author", names),
            ("title", names),
            ("client", ["Acme Corporation", "Baker Hughes", "General Electric", "Procter and Gamble"]),
            ("driver", ["nvme", "virtio", "Realtek Semiconductor", "Intel Pro"]),
            ("to", ["San Francisco", "New York", "Salt Lake City", "Las Vegas"]),
        ] {
            assert_eq!(found(path, &values), [], "{path}");
        }
        assert_eq!(found("client", &names[..2]), [], "two values prove little");
    }
}
