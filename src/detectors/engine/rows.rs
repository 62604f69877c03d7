//! Rows about a person inside text, without any label: `SMITH, ADA  4418820  07/19/1966  F`.
//!
//! A name begins the row; a sex, an age or a record number beside a date that lies far back make that a date of birth, and
//! the number one of the person's record. Names are rare, so nothing is looked at elsewhere.

use super::{Engine, PathPlan, Profile, found_at};
use crate::detectors::names::Names;
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::detectors::tokens::is_word_byte;
use crate::detectors::validators::year_of_birth;
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match};
use std::ops::Range;

/// How far the cells of a row reach behind the name.
const MAX_ROW_BYTES: usize = 90;
/// Cells that are read.
const MAX_CELLS: usize = 6;
/// A date after this is more likely one of a visit.
const LATEST_YEAR: u64 = 2010;
/// The same of a date that has nothing beside it but the name of a patient: records are kept for some twenty years.
const LATEST_YEAR_ALONE: u64 = 1999;

/// The year that clocks begin with.
const EPOCH: u64 = 1970;

/// What a cell of such a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Date,
    Number,
    /// A sex or an age.
    Trait,
    /// The label of something, `MRN`, `DOB`, or a number that shows what it is.
    Label,
}

impl Engine {
    /// Adds what stands in rows behind the names from `first` on.
    pub(super) fn search_person_rows(
        &self,
        column: &Column,
        (plan, profile): (&PathPlan, &Profile),
        first: usize,
        matches: &mut Vec<Match>,
    ) {
        let Some((names, lists)) = &self.compiled.names else { return };
        let is_street =
            |found: &Match| found.detector == *names && lists.is_end_of_street(&column.bytes, found.start as usize);
        if matches[first..].iter().any(is_street) {
            let mut place = 0;
            matches.retain(|found| {
                place += 1;
                place <= first || !is_street(found)
            });
        }
        let last = matches.len();
        let mut alone = Vec::new();
        for place in first..last {
            let name = matches[place];
            if name.detector != *names {
                continue;
            }
            let range = column.range(name.value as usize);
            let cells = cells_behind(&column.bytes, name.end as usize, range.end);
            if cells.is_empty() {
                if let Some(number) = number_below(column, &name)
                    && !profile.is_publication()
                {
                    self.add_of_row(column, plan, (name.value + 1, number, Makeup::RecordNumbers), matches);
                }
                if let Some(date) = birth_below(column, &name)
                    && !profile.is_publication()
                {
                    self.add_of_row(column, plan, (name.value + 1, date, Makeup::BirthDates), matches);
                }
                continue;
            }
            let is_sure = name.confidence >= Confidence::Medium;
            let is_sexed = matches!(column.bytes[..name.end as usize], [.., b' ', b'F' | b'M']);
            if let Some(number) = number_in_brackets(&column.bytes, (range.start, &name), &cells) {
                self.add_of_row(column, plan, (name.value, number, Makeup::RecordNumbers), matches);
            }
            if let Some(number) = record_in_brackets(&column.bytes, &cells) {
                matches[place].confidence = name.confidence.max(Confidence::Medium);
                matches[place].evidence = name.evidence.with(EvidenceFlags::CONTEXT);
                self.add_of_row(column, plan, (name.value, number, Makeup::RecordNumbers), matches);
            }
            let text = &column.bytes[name.start as usize..name.end as usize];
            let is_listed = text.contains(&b',') && !lists.begins_with_month(text);
            let begins = lists.begins_entry(&column.bytes[range.start..range.end], name.start as usize - range.start);
            let is_usual = || is_listed && begins && is_among_persons(column, lists, name.value as usize, text);
            if let Some(number) = number_of_listed(&column.bytes, text, is_usual, &cells)
                && !profile.is_publication()
            {
                if begins && is_listed {
                    matches[place].confidence = name.confidence.max(Confidence::Medium);
                    matches[place].evidence = name.evidence.with(EvidenceFlags::CONTEXT);
                }
                self.add_of_row(column, plan, (name.value, number, Makeup::RecordNumbers), matches);
            }
            let is_labelled = || is_behind_patient(&column.bytes[range.start..name.start as usize]);
            let date = birth_in(&column.bytes, &cells, (is_sure, is_sexed)).or_else(|| {
                let long_ago = |year: &u64| *year <= LATEST_YEAR_ALONE;
                let alone = date_alone(&column.bytes, &cells).filter(|(_, year)| long_ago(year));
                alone.filter(|_| is_labelled()).map(|(date, _)| date)
            });
            let Some(date) = date else {
                let date = date_alone(&column.bytes, &cells);
                alone.extend(date.map(|(date, year)| DateAlone { place, date, year, begins, is_listed }));
                continue;
            };
            // Changelogs have such rows of authors.
            if profile.is_publication() {
                return;
            }
            matches[place].confidence = name.confidence.max(Confidence::Medium);
            matches[place].evidence = name.evidence.with(EvidenceFlags::CONTEXT);
            self.add_of_row(column, plan, (name.value, date, Makeup::BirthDates), matches);
            let number = cells.iter().find(|(cell, _)| *cell == Cell::Number).map(|(_, range)| range.clone());
            let number = number.or_else(|| number_before(&column.bytes, range.start, name.start as usize));
            if let Some(number) = number {
                self.add_of_row(column, plan, (name.value, number, Makeup::RecordNumbers), matches);
            }
        }
        let births = births_among(&alone);
        // Asked last: it goes through the beginning of the object.
        if births.is_empty() || profile.is_publication() {
            return;
        }
        for DateAlone { place, date, .. } in births {
            let name = matches[place];
            matches[place].confidence = name.confidence.max(Confidence::Medium);
            matches[place].evidence = name.evidence.with(EvidenceFlags::CONTEXT);
            self.add_of_row(column, plan, (name.value, date, Makeup::BirthDates), matches);
        }
    }

    fn add_of_row(
        &self,
        column: &Column,
        plan: &PathPlan,
        (value, range, makeup): (u32, Range<usize>, Makeup),
        matches: &mut Vec<Match>,
    ) {
        let is_meant = |index: &usize| {
            let detector = &self.compiled.detectors[*index];
            plan.allows(*index as u16)
                && detector.nameless.as_ref().is_some_and(|spec| spec.makeup == makeup)
                && detector.context_validator.is_none_or(|passes| passes(&column.bytes[range.clone()]))
        };
        for index in (0..self.compiled.detectors.len()).filter(is_meant) {
            let evidence = EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT);
            let place = (index, value as usize);
            matches.push(found_at(place, (range.start, range.end), Confidence::Medium, evidence));
        }
    }
}

/// Whether what stands before a name says that it is that of somebody in care: `Patient: `, `member: `.
fn is_behind_patient(before: &[u8]) -> bool {
    const PERSONS: [&[u8]; 8] =
        [b"patient", b"pt", b"member", b"mbr", b"subscriber", b"resident", b"client", b"insured"];
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before);
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &before[before.len() - word..];
    PERSONS.iter().any(|person| word.eq_ignore_ascii_case(person))
}

/// A date right behind a name, with nothing else in its row that tells.
#[derive(Debug, Clone)]
struct DateAlone {
    /// Which match the name is.
    place: usize,
    date: Range<usize>,
    year: u64,
    /// The name begins the entry of a list.
    begins: bool,
    /// It is written as in lists of patients: `Okafor, Ada`.
    is_listed: bool,
}

/// Those of the dates that are births: all that are spread as births are; or those in entries of a list which go back so far that
/// nothing else of a record is as old: one behind `Last, First`, or two behind other names, and what stands in entries beside such.
fn births_among(alone: &[DateAlone]) -> Vec<DateAlone> {
    const OLDEST_RECORDS: u64 = 1975;
    if are_births(alone.iter().map(|row| row.year)) {
        return alone.to_vec();
    }
    let entries = || alone.iter().filter(|row| row.begins);
    let early = || entries().filter(|row| row.year <= OLDEST_RECORDS && row.year != EPOCH);
    if !early().any(|row| row.is_listed) && early().count() < 2 {
        return Vec::new();
    }
    entries().filter(|row| row.year <= LATEST_YEAR_ALONE && row.year != EPOCH).cloned().collect()
}

/// The number in brackets right behind a name with a title that patients have: `Mr. Navarro (18-86-63)`.
fn number_in_brackets(
    bytes: &[u8],
    (line, name): (usize, &Match),
    cells: &[(Cell, Range<usize>)],
) -> Option<Range<usize>> {
    const TITLES: [&[u8]; 4] = [b"Mr", b"Mrs", b"Ms", b"Miss"];
    const MAX_DIGITS: usize = 9;
    let (Cell::Number, range) = cells.first()? else { return None };
    let is_enclosed = bytes[..range.start].ends_with(b" (") && bytes.get(range.end) == Some(&b')');
    let before = bytes[line..name.start as usize].trim_ascii_end();
    let before = before.strip_suffix(b".").unwrap_or(before);
    let text = &bytes[name.start as usize..name.end as usize];
    let has_title = TITLES.iter().any(|title| {
        before.ends_with(title)
            || text.strip_prefix(*title).is_some_and(|rest| matches!(rest.first(), Some(b'.' | b' ')))
    });
    let digits = bytes[range.clone()].iter().filter(|byte| byte.is_ascii_digit()).count();
    (is_enclosed && has_title && digits <= MAX_DIGITS).then(|| range.clone())
}

/// The number behind `MR` in brackets right behind a name: `Ada Okafor (MR 4853067)`. Elsewhere the two letters are a title and an
/// examination.
fn record_in_brackets(bytes: &[u8], cells: &[(Cell, Range<usize>)]) -> Option<Range<usize>> {
    let [(Cell::Label, label), (Cell::Number, number), ..] = cells else { return None };
    let is_enclosed = bytes[..label.start].ends_with(b" (") && bytes.get(number.end) == Some(&b')');
    (is_enclosed && &bytes[label.clone()] == b"MR").then(|| number.clone())
}

/// Digits of a record number that nothing but the name before it announces.
const LISTED_DIGITS: std::ops::RangeInclusive<usize> = 6..=9;

/// The number right behind a name that is written as in lists of patients: `8:30  OKAFOR, ADA  4471920  new pt`; in small letters,
/// where usual names begin this entry and those beside it and the number ends it or its cell: `Young, Rose 4471920`.
fn number_of_listed(
    bytes: &[u8],
    name: &[u8],
    is_usual: impl Fn() -> bool,
    cells: &[(Cell, Range<usize>)],
) -> Option<Range<usize>> {
    let (Cell::Number, range) = cells.first()? else { return None };
    let ends_cell = || {
        let is_number = bytes[range.clone()].iter().all(u8::is_ascii_digit);
        let rest = bytes.get(range.end..).unwrap_or_default();
        let is_end = matches!(rest, [] | [b'\n' | b'\r' | b'\t' | b'|', ..] | [b' ', b' ' | b'|' | b'-', ..]);
        is_number && (is_end || cells.len() > 1)
    };
    let is_listed = || is_of_list(name) || (ends_cell() && is_usual());
    (LISTED_DIGITS.contains(&range.len()) && is_listed()).then(|| range.clone())
}

/// The number that has the line below such a name to itself, as at the head of a letter.
fn number_below(column: &Column, name: &Match) -> Option<Range<usize>> {
    let (line, next) = (name.value as usize, name.value as usize + 1);
    if column.kind != ColumnKind::Lines || next >= column.len() {
        return None;
    }
    let text = &column.bytes[name.start as usize..name.end as usize];
    let is_line = column.bytes[column.range(line)].trim_ascii() == text;
    let number = trimmed(column, column.range(next));
    let is_number = column.bytes[number.clone()].iter().all(u8::is_ascii_digit);
    (is_line && is_number && is_of_list(text) && LISTED_DIGITS.contains(&number.len())).then_some(number)
}

/// The date of birth that begins the line below a name which has its own to itself, with the sex behind it, as on labels and
/// wristbands.
fn birth_below(column: &Column, name: &Match) -> Option<Range<usize>> {
    let (line, next) = (name.value as usize, name.value as usize + 1);
    if column.kind != ColumnKind::Lines || next >= column.len() {
        return None;
    }
    // Most names share their line.
    if column.bytes[column.range(line)].trim_ascii().len() != (name.end - name.start) as usize {
        return None;
    }
    let below = trimmed(column, column.range(next));
    let length = column.bytes[below.clone()].iter().take_while(|byte| is_of_cell(**byte)).count();
    let date = below.start..below.start + length;
    let is_date = cell(&column.bytes[date.clone()]) == Some(Cell::Date)
        && year_of_birth(&column.bytes[date.clone()]).is_some_and(|year| year <= LATEST_YEAR);
    let rest = column.bytes[date.end..below.end].trim_ascii_start();
    let sex = rest.iter().take_while(|byte| is_of_cell(**byte)).count();
    let has_sex = !rest.is_empty() && rest[0].is_ascii_uppercase() && cell(&rest[..sex]) == Some(Cell::Trait);
    (is_date && has_sex).then_some(date)
}

/// Whether the lines beside a `Last, First` and its number are written so too, those that are with usual names, and one of the
/// surnames is no word: else shades and makes are listed so, `Brown, Amber 4471920`.
fn is_among_persons(column: &Column, lists: &Names, line: usize, name: &[u8]) -> bool {
    let beside = [line.checked_sub(1), Some(line + 1).filter(|next| *next < column.len())];
    let others: Vec<_> = beside.into_iter().flatten().filter_map(|line| name_and_number(column.value(line))).collect();
    let all = || others.iter().copied().chain([name]);
    !others.is_empty()
        && all().all(|name| lists.is_usual_reversed(name))
        && all().any(|name| !lists.is_word_reversed(name))
}

/// The two words of a line that is written as an entry of a list of persons and numbers is: `Brown, Dark 4471920`.
fn name_and_number(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let number = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = line[..line.len() - number].trim_ascii_end();
    let (last, given) = name.split_at(memchr::memchr(b',', name)?);
    let is_word = |word: &[u8]| !word.is_empty() && word.iter().all(|byte| byte.is_ascii_alphabetic());
    (LISTED_DIGITS.contains(&number) && is_word(last) && is_word(given[1..].trim_ascii())).then_some(name)
}

/// `OKAFOR, ADA`
fn is_of_list(name: &[u8]) -> bool {
    name.contains(&b',') && !name.iter().any(u8::is_ascii_lowercase)
}

/// The cells behind a name, up to what is none.
fn cells_behind(bytes: &[u8], end: usize, limit: usize) -> Vec<(Cell, Range<usize>)> {
    let limit = limit.min(end + MAX_ROW_BYTES);
    let mut cells = Vec::new();
    let mut at = end;
    while at < limit && cells.len() < MAX_CELLS {
        let gap = bytes[at..limit].iter().take_while(|byte| is_gap(**byte)).count();
        let start = at + gap;
        let length = bytes[start..limit].iter().take_while(|byte| is_of_cell(**byte)).count();
        if length == 0 || gap == 0 {
            break;
        }
        // The end of a sentence is none of a cell.
        let length = length - usize::from(length > 1 && bytes[start + length - 1] == b'.');
        let Some(cell) = cell(&bytes[start..start + length]) else { break };
        cells.push((cell, start..start + length));
        at = start + length;
    }
    cells
}

/// The number before the name, or before the given name in a cell of its own.
fn number_before(bytes: &[u8], line: usize, name: usize) -> Option<Range<usize>> {
    let trimmed = |end: usize| end - bytes[line..end].iter().rev().take_while(|byte| is_gap(**byte)).count();
    let token = |end: usize| end - bytes[line..end].iter().rev().take_while(|byte| is_of_cell(**byte)).count()..end;
    let mut found = token(trimmed(name));
    if !found.is_empty() && bytes[found.clone()].iter().all(u8::is_ascii_alphabetic) {
        found = token(trimmed(found.start));
    }
    // A number with a label of its own is that of something else: `Requisition: 2350458  PATIENT: `, `PCR# 25-0144719: Pt `.
    let is_labelled = matches!(bytes[line..found.start].trim_ascii_end().last(), Some(b':' | b'#' | b'='));
    let is_number =
        !found.is_empty() && !is_labelled && found.end < name && cell(&bytes[found.clone()]) == Some(Cell::Number);
    is_number.then_some(found)
}

fn is_gap(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b','
            | b';'
            | b'|'
            | b'('
            | b')'
            | b'['
            | b']'
            | b':'
            | b'#'
            | b'/'
            | b'\''
            | b'"'
            | b'^'
            | b'-'
            | b'<'
            | b'>'
    )
}

fn is_of_cell(byte: u8) -> bool {
    is_word_byte(byte) || matches!(byte, b'/' | b'-' | b'.')
}

fn cell(text: &[u8]) -> Option<Cell> {
    const LABELS: [&[u8]; 9] = [b"dob", b"mrn", b"mr", b"ssn", b"id", b"acct", b"sex", b"age", b"d.o.b."];
    const SEXES: [&[u8]; 4] = [b"M", b"F", b"Male", b"Female"];
    const MIN_NUMBER_DIGITS: usize = 5;
    const MAX_NUMBER: usize = 12;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let marks = text.len() - digits - letters;
    if digits == 0 {
        let is_sex = SEXES.iter().any(|sex| text.eq_ignore_ascii_case(sex) && text[0].is_ascii_uppercase());
        let is_label = LABELS.iter().any(|label| text.eq_ignore_ascii_case(label));
        return if is_sex { Some(Cell::Trait) } else { is_label.then_some(Cell::Label) };
    }
    if (marks == 2 || (marks == 0 && digits == 8)) && letters <= 3 && year_of_birth(text).is_some() {
        return Some(Cell::Date);
    }
    // `52`, `52yo`, `52F`, `52-year-old`
    if digits <= 3 && text[..digits].iter().all(u8::is_ascii_digit) {
        let unit = text[digits..].strip_prefix(b"-").unwrap_or(&text[digits..]);
        let is_unit = unit.is_empty() || matches!(unit[0], b'y' | b'Y' | b'M' | b'F' | b'm' | b'f');
        // What has three digits is an area code more often than an age.
        let is_age = digits < 3 || (text[0] == b'1' && text[1] <= b'1');
        return (is_unit && digits > 0 && is_age).then_some(Cell::Trait);
    }
    // Numbers of social security and of telephones, wholly or behind their area code.
    let groups = text.split(|byte| matches!(byte, b'-' | b'.')).map(<[u8]>::len);
    let forms: [&[usize]; 4] = [&[3, 2, 4], &[3, 3, 4], &[3, 4], &[10]];
    if text.contains(&b'.') || (letters == 0 && forms.iter().any(|form| groups.clone().eq(form.iter().copied()))) {
        return Some(Cell::Label);
    }
    (digits >= MIN_NUMBER_DIGITS && text.len() <= MAX_NUMBER && letters <= 3 && marks <= 3).then_some(Cell::Number)
}

/// The date of birth among the cells: one that lies far back, with a trait, a number or a label beside it; or, behind a name
/// that is sure, alone in brackets.
fn birth_in(bytes: &[u8], cells: &[(Cell, Range<usize>)], (is_sure, is_sexed): (bool, bool)) -> Option<Range<usize>> {
    let place = cells.iter().position(|(cell, _)| *cell == Cell::Date)?;
    let range = cells[place].1.clone();
    let is_far_back = year_of_birth(&bytes[range.clone()]).is_some_and(|year| year <= LATEST_YEAR);
    let is_in_brackets =
        place == 0 && is_sure && bytes[..range.start].ends_with(b"(") && bytes.get(range.end) == Some(&b')');
    let rest = bytes.get(range.end..).unwrap_or_default();
    let rest = &rest[rest.iter().take(2).take_while(|byte| matches!(byte, b' ' | b',' | b'T')).count()..];
    let hours = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let goes_on_with_time = matches!(hours, 1 | 2) && rest.get(hours) == Some(&b':');
    // The sex may be taken for a middle initial.
    // `SMITH, ADA / 07/19/1966`, and nothing more in the line.
    let ends_line = rest.is_empty() || matches!(rest[0], b'\n' | b'\r');
    let is_entry = is_sure
        && place == 0
        && ends_line
        && (bytes[..range.start].ends_with(b" / ") || bytes[..range.start].ends_with(b" | "));
    let has_company = cells.len() > 1 || (is_sexed && place == 0) || is_entry;
    (is_far_back && !goes_on_with_time && (has_company || is_in_brackets)).then_some(range)
}

/// The date right behind a name, with nothing else in its row that tells, and its year.
fn date_alone(bytes: &[u8], cells: &[(Cell, Range<usize>)]) -> Option<(Range<usize>, u64)> {
    let (Cell::Date, range) = cells.first()? else { return None };
    let year = year_of_birth(&bytes[range.clone()]).filter(|year| *year <= LATEST_YEAR)?;
    let goes_on_with_time =
        bytes[range.end..].get(..3).is_some_and(|rest| rest[0] != b'\n' && rest[1].is_ascii_digit() && rest[2] == b':');
    (!goes_on_with_time).then(|| (range.clone(), year))
}

/// Whether dates behind names are spread as births are, which those of visits and orders are not.
fn are_births(years: impl Iterator<Item = u64> + Clone) -> bool {
    const MIN_ROWS: usize = 3;
    const EARLY_YEAR: u64 = 1975;
    const MIN_SPREAD: u64 = 20;
    let (earliest, latest) = (years.clone().min().unwrap_or(u64::MAX), years.clone().max().unwrap_or(0));
    years.count() >= MIN_ROWS && earliest <= EARLY_YEAR && latest >= earliest + MIN_SPREAD
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_behind_names_are_births_where_they_are_spread_like_them() {
        assert!(super::are_births([1951, 1988, 2003].into_iter()));
        for years in [&[1951, 1988][..], &[2001, 2003, 2010], &[1970, 1972, 1975], &[]] {
            assert!(!super::are_births(years.iter().copied()), "{years:?}");
        }
    }

    use super::*;

    fn birth(text: &str, name: usize) -> Option<&str> {
        let cells = cells_behind(text.as_bytes(), name, text.len());
        birth_in(text.as_bytes(), &cells, (true, false)).map(|range| &text[range])
    }

    #[test]
    fn a_number_behind_a_name_of_a_list_is_one_of_its_record() {
        let engine = crate::detectors::engine::tests::engine();
        let numbers = |lines: &[&str]| {
            let column = crate::detectors::engine::tests::column("", lines);
            let found = crate::detectors::engine::tests::found_in(&engine, vec![column]);
            found.into_iter().filter(|(id, _)| id == "mrn").map(|(_, text)| text).collect::<Vec<_>>()
        };
        for text in ["8:30  OKAFOR, GRACE  4471920  new pt", "OKAFOR, GRACE T [ 4471920(SVH) ] DOB: 06/19/1941"] {
            assert_eq!(numbers(&[text]), ["4471920"], "{text}");
        }
        assert_eq!(numbers(&["OKAFOR, GRACE", "4471920", "", "Riverside Hospital"]), ["4471920"]);
        for lines in [
            &["Okafor, Grace  4471920"][..],
            &["we saw Okafor, Grace  4471920"],
            &["OKAFOR, GRACE  617-555-0188"],
            &["OKAFOR, GRACE  20240311"],
            &["OKAFOR, GRACE  12345"],
            &["OKAFOR, GRACE", "seen 4471920"],
            &["seen OKAFOR, GRACE", "4471920"],
            &["RIVERSIDE, OHIO  4471920"],
        ] {
            assert_eq!(numbers(lines), <[&str; 0]>::default(), "{lines:?}");
        }
    }

    #[test]
    fn entries_of_lists_hold_births_and_numbers_of_records() {
        let engine = crate::detectors::engine::tests::engine();
        let found = |lines: &[&str]| {
            let column = crate::detectors::engine::tests::column("", lines);
            let found = crate::detectors::engine::tests::found_in(&engine, vec![column]);
            let is_told = |id: &str| matches!(id, "date_of_birth" | "mrn");
            found.into_iter().filter(|(id, _)| is_told(id)).map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(found(&["Okafor, Marsha - 03/04/1951"]), ["03/04/1951"]);
        assert_eq!(found(&["2. Stone, Marcus (10/21/1966) hip"]), ["10/21/1966"]);
        assert_eq!(found(&["Young, Rose 4471920", "Okafor, Grace 4471921"]), ["4471920", "4471921"]);
        assert_eq!(found(&["OKAFOR, MARSHA", "07/19/1966 F"]), ["07/19/1966"]);
        let schedule = ["08:00  Weaver, Gloria     04/11/1955  Chair 3", "09:15  Marsh, Ivan  02/17/1988  Chair 7"];
        assert_eq!(found(&schedule), ["04/11/1955", "02/17/1988"]);
        let room = ["- Grayson Okafor 2/14/1939 room 12", "- Imelda Castro 8/30/1944 room 14"];
        assert_eq!(found(&room), ["2/14/1939", "8/30/1944"]);
        for lines in [
            &["Okafor, Marsha - 03/04/2024"][..],
            &["Okafor, Marsha - 01/01/1970"],
            &["we met Okafor, Marsha - 03/04/1951"],
            &["Grayson Okafor 2/14/1939 room 12"],
            &["Stone, Marble - 03/04/1951"],
            &["Apple, Orange - 12345678"],
            &["Young, Rose 4471920"],
            &["Young, Rose 4471920 pieces left", "Okafor, Grace 4471921 pieces left"],
            &["Brown, Amber 4471920", "Brown, Dark 4471921"],
            &["Brown, Amber 4471920", "White, Rose 4471921"],
            &["OKAFOR, MARSHA", "07/19/2024 F"],
            &["OKAFOR, MARSHA", "07/19/1966 Friday"],
            &["Young, Rose 44719"],
            &["April, Easter - 04/04/1954"],
        ] {
            assert_eq!(found(lines), <[&str; 0]>::default(), "{lines:?}");
        }
    }

    #[test]
    fn a_date_far_back_in_a_row_about_a_person_is_one_of_birth() {
        let name = "SMITH, ADA".len();
        for row in [
            "SMITH, ADA  4418820  07/19/1966  F",
            "SMITH, ADA 07/19/1966 F",
            "SMITH, ADA (07/19/1966)",
            "SMITH, ADA / 07/19/1966 / 7720193",
            "SMITH, ADA / 07/19/1966",
            "SMITH, ADA, 07/19/1966, MRN 55-20-918",
            "SMITH, ADA | 59F | 07/19/1966 |",
        ] {
            assert_eq!(birth(row, name), Some("07/19/1966"), "{row}");
        }
        for row in [
            "SMITH, ADA 07/19/1966",
            "SMITH, ADA was seen 07/19/1966 F",
            "SMITH, ADA 4418820 07/19/2024 F",
            "SMITH, ADA 1999-03-04 10:00:00 12345",
            "SMITH, ADA",
        ] {
            assert_eq!(birth(row, name), None, "{row}");
        }
    }
}
