//! Statements of SQL inside text, as dumps and error messages hold them: `INSERT INTO t (mrn, dob) VALUES (...), (...)`
//! and `COPY t (mrn, dob) FROM stdin` with rows below.
//!
//! The names of the columns speak for the values, as a header does. Only what stands in one batch is seen together.

use super::{Engine, PathPlan};
use crate::detectors::context::PhraseSpan;
use crate::detectors::spans::trimmed;
use crate::model::{Column, Match};
use std::ops::Range;

/// Rows that one statement may have.
const MAX_ROWS: usize = 10_000;
/// Columns of one statement.
const MAX_COLUMNS: usize = 128;

/// How the rows of a statement are written.
enum Rows {
    /// In parentheses, after so many bytes of the line.
    Tuples(usize),
    /// In the lines below, with tabs between.
    Tabs,
}

impl Engine {
    /// Tests the values of a statement that lists its columns in this line, in which these phrases stand.
    pub(super) fn search_statement(
        &self,
        column: &Column,
        plan: &PathPlan,
        (value, phrases): (usize, &[PhraseSpan]),
        matches: &mut Vec<Match>,
    ) {
        let line = column.range(value);
        let Some((list, rows)) = statement(&column.bytes[line.clone()]) else { return };
        let names = line.start + list.start..line.start + list.end;
        let columns = self.statement_columns(column, names, phrases);
        if columns.iter().all(Vec::is_empty) {
            return;
        }
        let mut test = |row: usize, cells: &[Range<usize>]| {
            for (cell, detectors) in cells.iter().zip(&columns).filter(|(cell, _)| !cell.is_empty()) {
                let detectors = detectors.iter().copied().filter(|index| plan.allows(*index));
                self.try_cell(column, (row, cell.clone()), detectors, matches);
            }
        };
        let last = column.len().min(value + MAX_ROWS);
        match rows {
            Rows::Tuples(skipped) => {
                let mut from = line.start + skipped;
                for row in value..last {
                    let end = column.ends[row] as usize;
                    let is_over = for_each_tuple(&column.bytes, from..end, |cells| test(row, cells));
                    if is_over {
                        break;
                    }
                    from = end + 1;
                }
            }
            Rows::Tabs => {
                for row in value + 1..last {
                    let range = column.range(row);
                    let line = &column.bytes[range.clone()];
                    let is_row = columns.len() == 1 || memchr::memchr(b'\t', line).is_some();
                    if line.starts_with(b"\\.") || !is_row {
                        break;
                    }
                    test(row, &parts(column, range, b'\t'));
                }
            }
        }
    }

    /// For each name of the list the detectors whose field it names.
    fn statement_columns(&self, column: &Column, list: Range<usize>, phrases: &[PhraseSpan]) -> Vec<Vec<u16>> {
        let meaning = |span: &PhraseSpan| &self.compiled.phrases.meanings[usize::from(span.phrase)];
        let detectors = |name: Range<usize>| {
            let within = |span: &&PhraseSpan| span.start as usize >= name.start && span.end as usize <= name.end;
            let ends_it = |span: &&PhraseSpan| {
                // Quotes and brackets around the name may stand behind the phrase.
                span.end as usize == name.end && !meaning(span).headings.is_empty()
            };
            let Some(named) = phrases.iter().filter(within).find(ends_it) else { return Vec::new() };
            let excluded =
                |index: &u16| phrases.iter().filter(within).any(|span| meaning(span).excludes.contains(index));
            meaning(named).headings.iter().copied().filter(|index| !excluded(index)).collect()
        };
        parts(column, list, b',').into_iter().map(detectors).collect()
    }
}

/// Whether a line has a statement of SQL with placeholders, by its words.
pub(super) fn is_statement(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 4] = [b"select ", b"insert ", b"update ", b"delete "];
    WORDS.iter().any(|word| {
        memchr::memchr2_iter(word[0], word[0].to_ascii_uppercase(), line)
            .any(|place| line[place..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
    })
}

/// The list of columns of a statement and how its rows are written, in bytes of the line.
fn statement(line: &[u8]) -> Option<(Range<usize>, Rows)> {
    let open = memchr::memchr(b'(', line)?;
    let close = open + memchr::memchr(b')', &line[open..])?;
    let rest = &line[close + 1..];
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let is = |word: &[u8]| rest[blanks..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let rows = if is(b"values") {
        Rows::Tuples(close + 1 + blanks + b"values".len())
    } else if is(b"from stdin") {
        Rows::Tabs
    } else {
        return None;
    };
    Some((open + 1..close, rows))
}

/// The trimmed parts of a range, without quotes of any kind around them.
fn parts(column: &Column, range: Range<usize>, border: u8) -> Vec<Range<usize>> {
    let mut start = range.start;
    let mut list = Vec::new();
    while list.len() < MAX_COLUMNS {
        let length = memchr::memchr(border, &column.bytes[start..range.end]);
        let part = trimmed(column, start..length.map_or(range.end, |length| start + length));
        let is_quoted = part.len() >= 2 && matches!(column.bytes[part.start], b'`' | b'[');
        list.push(if is_quoted { part.start + 1..part.end - 1 } else { part });
        let Some(length) = length else { break };
        start += length + 1;
    }
    list
}

/// Calls `found` with the values of each tuple in the range, without their quotes. Returns whether the statement ends there.
fn for_each_tuple(bytes: &[u8], range: Range<usize>, mut found: impl FnMut(&[Range<usize>])) -> bool {
    let mut at = range.start;
    let mut cells = Vec::new();
    loop {
        let rest = &bytes[at.min(range.end)..range.end];
        let skipped = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
        at += skipped;
        match rest.get(skipped) {
            Some(b'(') => at += 1,
            // A statement may go on in the next line.
            None => return false,
            Some(_) => return true,
        }
        cells.clear();
        let Some(after) = read_tuple(bytes, at..range.end, &mut cells) else { return true };
        found(&cells);
        at = after;
    }
}

/// Reads the values up to the parenthesis that closes the tuple; returns what follows it.
fn read_tuple(bytes: &[u8], range: Range<usize>, cells: &mut Vec<Range<usize>>) -> Option<usize> {
    let mut at = range.start;
    while at < range.end && cells.len() < MAX_COLUMNS {
        match bytes[at] {
            b')' => return Some(at + 1),
            b' ' | b',' => at += 1,
            quote @ (b'\'' | b'"') => {
                let end = end_of_quoted(bytes, at + 1..range.end, quote)?;
                cells.push(at + 1..end);
                at = end + 1;
            }
            _ => {
                let length = bytes[at..range.end].iter().position(|byte| matches!(byte, b',' | b')'))?;
                let blanks = bytes[at..at + length].iter().rev().take_while(|byte| **byte == b' ').count();
                // A letter before a quote says how the text is written: `N'Smith'`.
                if bytes[at].is_ascii_alphabetic() && bytes.get(at + 1) == Some(&b'\'') {
                    at += 1;
                } else {
                    cells.push(at..at + length - blanks);
                    at += length;
                }
            }
        }
    }
    None
}

/// Where the quote closes; one that is doubled or escaped does not.
fn end_of_quoted(bytes: &[u8], range: Range<usize>, quote: u8) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote && bytes[..range.end].get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_list_columns_and_rows() {
        let text = "INSERT INTO p (mrn, dob) VALUES ('12', N'x''y', NULL), (3 ,\"a\\\"b\");";
        let (list, rows) = statement(text.as_bytes()).unwrap();
        assert_eq!(&text[list], "mrn, dob");
        let Rows::Tuples(skipped) = rows else { panic!("tuples") };
        let mut found: Vec<Vec<&str>> = Vec::new();
        let keep = |cells: &[Range<usize>]| found.push(cells.iter().map(|cell| &text[cell.clone()]).collect());
        assert!(for_each_tuple(text.as_bytes(), skipped..text.len(), keep));
        assert_eq!(found, [vec!["12", "x''y", "NULL"], vec!["3", "a\\\"b"]]);
        assert!(matches!(statement(b"COPY p (a, b) FROM stdin;"), Some((_, Rows::Tabs))));
        assert!(statement(b"f(a, b) from x").is_none() && statement(b"values (a").is_none());
        assert!(!for_each_tuple(b"(1),", 0..4, |_| {}) && for_each_tuple(b"(1", 0..2, |_| {}));
    }
}
