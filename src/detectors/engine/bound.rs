//! Values that are bound to the placeholders of a statement, as logs of programs write them: `WHERE last_name = $1` and
//! `Parameters: ["Okafor"]` behind it, or `bind [1]='Okafor'` in a line below.
//!
//! The names of the columns that the placeholders stand for speak for the values. Only a statement and the lines right below it
//! are seen together.

use super::statements::is_statement;
use super::{Engine, PathPlan};
use crate::model::{Column, Match};
use std::ops::Range;

/// Placeholders of one statement.
const MAX_PLACEHOLDERS: usize = 64;
/// Lines below a statement in which its values may stand, and other ones among them, one after the other.
const MAX_LINES: usize = 24;
const MAX_BETWEEN: usize = 2;
/// Words before values, and before their numbers.
const MARKERS: [&[u8]; 4] = [b"param", b"bind", b"args", b"$1 = "];

impl Engine {
    /// The detectors whose field a column is by its name, or by the end of it: `p.last_name`, `old_last_name`.
    fn detectors_of_column(&self, name: &[u8]) -> Vec<u16> {
        let Ok(name) = std::str::from_utf8(name) else { return Vec::new() };
        let name = name.rsplit('.').next().unwrap_or_default();
        let starts = std::iter::once(0).chain(name.match_indices('_').map(|(place, _)| place + 1));
        let phrase = |start: usize| {
            let span =
                self.compiled.phrases.begins(&name[start..]).filter(|span| span.end as usize == name.len() - start);
            span.map(|span| &self.compiled.phrases.meanings[usize::from(span.phrase)])
        };
        let mut headings = starts.filter_map(phrase).map(|meaning| &meaning.headings);
        headings.find(|headings| !headings.is_empty()).cloned().unwrap_or_default()
    }

    /// Tests the values that are bound to the statement in this line.
    pub(super) fn search_bound(&self, column: &Column, plan: &PathPlan, value: usize, matches: &mut Vec<Match>) {
        let line = column.range(value);
        let text = &column.bytes[line.clone()];
        let mut places = memchr::memrchr2_iter(b'?', b'$', text);
        let Some(last) = places.find(|place| is_placeholder(text, *place)) else { return };
        // Most of these lines end here: what it is bound to is asked last.
        let bound = values_behind(column, value, last + 1);
        if bound.is_empty() || !is_statement(text) {
            return;
        }
        let names = placeholders(text);
        let columns: Vec<_> = names.iter().map(|name| self.detectors_of_column(&text[name.clone()])).collect();
        for (row, number, range) in bound {
            let detectors = columns.get(number).into_iter().flatten().copied();
            let detectors = detectors.filter(|index| plan.allows(*index));
            self.try_cell(column, (row, range), detectors, matches);
        }
    }
}

/// Where the next sign of a placeholder stands in a column whose lines are asked about in their order: most lines have none.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    next: usize,
}

impl Placeholders {
    /// Whether one stands in the line.
    pub(super) fn stand_in(&mut self, column: &Column, line: usize) -> bool {
        let line = column.range(line);
        if self.next < line.start {
            let rest = &column.bytes[line.start..];
            self.next = line.start + memchr::memchr2(b'?', b'$', rest).unwrap_or(rest.len());
        }
        self.next < line.end
    }
}

/// The values behind a place of a line, else those in the lines below, each with its line and its number from zero.
fn values_behind(column: &Column, line: usize, place: usize) -> Vec<(usize, usize, Range<usize>)> {
    let of_line = |row: usize, start: usize| {
        let bound = bound_values(&column.bytes[start..column.range(row).end]);
        bound.into_iter().map(move |(number, range)| (row, number, start + range.start..start + range.end))
    };
    let mut values: Vec<_> = of_line(line, column.range(line).start + place).collect();
    if !values.is_empty() {
        return values;
    }
    let mut without = 0;
    for row in line + 1..column.len().min(line + 1 + MAX_LINES) {
        let known = values.len();
        values.extend(of_line(row, column.range(row).start));
        without = if values.len() > known { 0 } else { without + 1 };
        if without > MAX_BETWEEN || is_statement(column.value(row)) {
            values.truncate(known);
            break;
        }
    }
    values
}

/// Whether a placeholder stands here: `= ?`, `(?`, `= $2`; not `/api?page`.
fn is_placeholder(text: &[u8], place: usize) -> bool {
    let is_number = text.get(place + 1).is_some_and(u8::is_ascii_digit);
    let is_free = text[..place].last().is_some_and(|byte| matches!(byte, b' ' | b'=' | b'(' | b',' | b'<' | b'>'));
    let ends = || text.get(place + 1).is_none_or(|next| !next.is_ascii_alphanumeric() || *next == b'1');
    is_free && if text[place] == b'$' { is_number } else { ends() }
}

/// The names of the columns that the placeholders of a statement stand for, in their order. A name is empty where none is told.
fn placeholders(text: &[u8]) -> Vec<Range<usize>> {
    let mut names = Vec::new();
    let inserted = inserted_columns(text);
    for place in memchr::memchr2_iter(b'?', b'$', text) {
        let digits = text[place + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !is_placeholder(text, place) || names.len() == MAX_PLACEHOLDERS {
            continue;
        }
        let name = match &inserted {
            Some((columns, values)) if place > *values => columns.get(names.len()).cloned(),
            _ => compared_name(text, place),
        };
        // `$2` is the second one wherever it stands.
        let number =
            std::str::from_utf8(&text[place + 1..place + 1 + digits]).ok().and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=MAX_PLACEHOLDERS).contains(number)).unwrap_or(names.len() + 1);
        if names.len() < number {
            names.resize(number, 0..0);
        }
        names[number - 1] = name.unwrap_or_default();
    }
    names
}

/// The columns of `INSERT INTO t (a, b) VALUES (`, and where the values begin.
fn inserted_columns(text: &[u8]) -> Option<(Vec<Range<usize>>, usize)> {
    let values = find_word(text, b"values")?;
    let close = memchr::memrchr(b')', &text[..values])?;
    let open = memchr::memrchr(b'(', &text[..close])?;
    let mut start = open + 1;
    let columns = text[start..close].split(|byte| *byte == b',').map(|part| {
        let blanks = part.iter().take_while(|byte| matches!(byte, b' ' | b'`' | b'"' | b'[')).count();
        let name = part[blanks..].iter().take_while(|byte| is_of_name(**byte)).count();
        let range = start + blanks..start + blanks + name;
        start += part.len() + 1;
        range
    });
    Some((columns.collect(), values))
}

/// The name that is compared with what stands at a place: `last_name = `, `p.last_name LIKE `, `lower(last_name) = `.
fn compared_name(text: &[u8], place: usize) -> Option<Range<usize>> {
    const WORDS: [&[u8]; 3] = [b"like", b"ilike", b"in"];
    let without = |end: usize, is_skipped: fn(u8) -> bool| {
        end - text[..end].iter().rev().take_while(|byte| is_skipped(**byte)).count()
    };
    let mut end = without(place, |byte| b" =<>!~(".contains(&byte));
    for _ in 0..2 {
        end = without(end, |byte| b" )\"`]".contains(&byte));
        let start = without(end, is_of_name);
        let word = &text[start..end];
        if !WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return (start < end).then_some(start..end);
        }
        end = start;
    }
    None
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// The values that a line says are bound, each with its number from zero.
fn bound_values(text: &[u8]) -> Vec<(usize, Range<usize>)> {
    let Some(marker) = MARKERS.iter().filter_map(|marker| find(text, marker)).min() else { return Vec::new() };
    let numbered = numbered_values(text, marker);
    if !numbered.is_empty() { numbered } else { listed_values(text, marker).into_iter().enumerate().collect() }
}

/// `bind [1]='Okafor'`, `binding parameter [1] as [VARCHAR] - [Okafor]`, `parameters: $1 = 'Okafor', $2 = '1961-03-04'`.
fn numbered_values(text: &[u8], from: usize) -> Vec<(usize, Range<usize>)> {
    let mut values = Vec::new();
    let mut at = from;
    while let Some(found) = memchr::memchr2(b'$', b'[', &text[at..]).map(|found| at + found) {
        at = found + 1;
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&text[at..at + digits]).ok().and_then(|number| number.parse::<usize>().ok());
        let Some(number) = number.filter(|number| (1..=MAX_PLACEHOLDERS).contains(number)) else { continue };
        let mut behind = at + digits + usize::from(text[found] == b'[');
        // What says the type of the value.
        if text[behind..].starts_with(b" as [") {
            behind += text[behind..].iter().position(|byte| *byte == b']').map_or(0, |close| close + 1);
        }
        let gap = text[behind..].iter().take_while(|byte| b" =->:".contains(byte)).count();
        if gap == 0 {
            continue;
        }
        let start = behind + gap;
        let range = match text.get(start) {
            Some(b'[') => start + 1..end_of_value(text, start + 1, b"]"),
            Some(quote @ (b'\'' | b'"')) => start + 1..end_of_value(text, start + 1, &[*quote]),
            _ => start..end_of_value(text, start, b", ;)]"),
        };
        at = range.end;
        values.push((number - 1, range));
    }
    values
}

/// `Parameters: ["Ada", "1961-03-04"]`, `[params: 'Okafor', 'Ada']`, `Parameters: 4471920(String), Okafor(String)`.
fn listed_values(text: &[u8], from: usize) -> Vec<Range<usize>> {
    const MAX_MARKER: usize = 16;
    let head = &text[from..text.len().min(from + MAX_MARKER)];
    let Some(mark) = head.iter().position(|byte| matches!(byte, b':' | b'=')) else { return Vec::new() };
    let mut at = from + mark + 1;
    at += text[at..].iter().take_while(|byte| b" >[({".contains(byte)).count();
    let mut values = Vec::new();
    while at < text.len() && values.len() < MAX_PLACEHOLDERS {
        let range = match text[at] {
            quote @ (b'\'' | b'"') => at + 1..end_of_value(text, at + 1, &[quote]),
            _ => at..end_of_value(text, at, b",])}("),
        };
        at = range.end;
        values.push(range);
        // The quotation mark, and the type of the value: `Okafor(String)`.
        at += usize::from(matches!(text.get(at), Some(b'\'' | b'"')));
        if text.get(at) == Some(&b'(') {
            at += text[at..].iter().position(|byte| *byte == b')').map_or(0, |close| close + 1);
        }
        match text[at..] {
            [b',', b' ', ..] => at += 2,
            [b',', ..] => at += 1,
            _ => break,
        }
    }
    values
}

fn end_of_value(text: &[u8], start: usize, ends: &[u8]) -> usize {
    text[start..].iter().position(|byte| ends.contains(byte)).map_or(text.len(), |length| start + length)
}

/// Where the text has it, in any case.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (lower, upper) = (wanted[0], wanted[0].to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text)
        .find(|place| text[*place..].get(..wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

/// The same of a whole word.
fn find_word(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let place = find(text, wanted)?;
    let is_end = text.get(place + wanted.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (is_end && (place == 0 || !text[place - 1].is_ascii_alphanumeric())).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::engine::tests::{column, engine, found_in};

    #[test]
    fn placeholders_stand_for_columns() {
        let names = |text: &str| {
            let names = placeholders(text.as_bytes());
            names.into_iter().map(|name| text[name].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("INSERT INTO p (mrn, `dob`) VALUES (?, ?)"), ["mrn", "dob"]);
        assert_eq!(names("select * from p where p.last_name=? and lower(dob) >= ?"), ["p.last_name", "dob"]);
        assert_eq!(names("UPDATE p SET ssn = $2 WHERE mrn IN ($1)"), ["mrn", "ssn"]);
        assert_eq!(names("SELECT a WHERE b LIKE ? LIMIT ?"), ["b", "LIMIT"]);
    }

    #[test]
    fn values_are_numbered_or_listed() {
        let values = |text: &str| {
            let values = bound_values(text.as_bytes());
            values.into_iter().map(|(number, range)| (number, text[range].to_owned())).collect::<Vec<_>>()
        };
        let pair = |one: &str, two: &str| vec![(0, one.to_owned()), (1, two.to_owned())];
        assert_eq!(values("Parameters: [\"Ada\", \"1961-03-04\"]"), pair("Ada", "1961-03-04"));
        assert_eq!(values("[params: 'Okafor', 'Ada']"), pair("Okafor", "Ada"));
        assert_eq!(values("==> Parameters: 4471920(String), Okafor(String)"), pair("4471920", "Okafor"));
        assert_eq!(values("DETAIL:  parameters: $1 = 'Okafor', $2 = '1961-03-04'"), pair("Okafor", "1961-03-04"));
        assert_eq!(values("DEBUG sql: bind [2]='Ada'"), [(1, "Ada".to_owned())]);
        assert_eq!(values("binding parameter [1] as [VARCHAR] - [Okafor]"), [(0, "Okafor".to_owned())]);
        assert!(values("nothing [1] of it").is_empty() && values("params").is_empty());
    }

    #[test]
    fn what_is_bound_is_told_by_the_column_it_is_bound_to() {
        let engine = engine();
        let found = |lines: &[&str]| {
            let found = found_in(&engine, vec![column("", lines)]);
            found.into_iter().map(|(id, text)| format!("{id}={text}")).collect::<Vec<_>>()
        };
        let statement = "SELECT * FROM patients WHERE first_name = $1 AND dob = $2";
        let own = format!("{statement}  Parameters: [\"Marsha\", \"1951-03-04\"]");
        let wanted = ["person_name=Marsha", "date_of_birth=1951-03-04"];
        assert_eq!(found(&[&own]), wanted);
        assert_eq!(found(&[statement, "bind [1]='Marsha'", "bind [2]='1951-03-04'"]), wanted);
        let themes = "SELECT id FROM themes WHERE theme = $1 AND size = $2  Parameters: [\"Rose\", \"1951-03-04\"]";
        assert_eq!(found(&[themes]), <[&str; 0]>::default());
        let other = ["bind [1]='Marsha'", "bind [2]='1951-03-04'"];
        assert_eq!(found(&other), <[&str; 0]>::default());
    }
}
