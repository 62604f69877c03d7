//! Comma-separated values (RFC 4180), UTF-8, for spreadsheets and scripts, written as the scan goes.
//!
//! Keys and field names come from outside. A cell that a spreadsheet would take for a formula begins with an
//! apostrophe, so that it is shown and not run.

use super::jsonl::rfc3339;
use super::table::{COLUMNS, Cell, rows};
use super::{Output, ScanHeader, Sink, Summary};
use crate::model::ObjectResult;
use std::fmt::Write;
use std::io;

/// Between the texts of one cell.
const LIST_SEPARATOR: &str = " | ";

/// Writes a header line and a line per row.
pub struct Csv {
    sink: Sink,
    header: Option<ScanHeader>,
}

impl Csv {
    /// Rows into a sink.
    pub fn new(sink: Sink) -> Self {
        Self { sink, header: None }
    }
}

impl Output for Csv {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.header = Some(header.clone());
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        write!(self.sink, "{}\r\n", names.join(","))
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let Some(header) = &self.header else { return Ok(()) };
        let mut lines = String::new();
        for row in rows(header, result) {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    lines.push(',');
                }
                push_cell(&mut lines, cell)?;
            }
            lines.push_str("\r\n");
        }
        self.sink.write_all(lines.as_bytes())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.sink.flush()
    }
}

fn push_cell(line: &mut String, cell: &Cell<'_>) -> io::Result<()> {
    // Writing to a string does not fail.
    let _ = match cell {
        Cell::Null => Ok(()),
        Cell::Text(text) => {
            push_text(line, text);
            Ok(())
        }
        Cell::Texts(texts) => {
            push_text(line, &texts.join(LIST_SEPARATOR));
            Ok(())
        }
        Cell::Count(count) => write!(line, "{count}"),
        Cell::Number(number) => write!(line, "{number}"),
        Cell::Flag(flag) => write!(line, "{flag}"),
        Cell::Moment(moment) => write!(line, "{}", rfc3339(*moment)?),
    };
    Ok(())
}

fn push_text(line: &mut String, text: &str) {
    let text = if begins_a_formula(text) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) || text.starts_with([' ', '\'']) {
        let _ = write!(line, "\"{}\"", text.replace('"', "\"\""));
    } else {
        line.push_str(&text);
    }
}

/// What spreadsheets evaluate, also behind blanks and in full width, as some of them read it.
fn begins_a_formula(text: &str) -> bool {
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    text.starts_with(['\t', '\r', '\n'])
        || first.is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        let cell = |text: &str| {
            let mut line = String::new();
            push_text(&mut line, text);
            line
        };
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@SUM(A1,\"x\")"), "\"'@SUM(A1,\"\"x\"\")\"");
        assert_eq!(cell("\t=1"), "\"'\t=1\"");
        assert_eq!(cell("  -1"), "\"'  -1\"");
        assert_eq!(cell("＝1"), "\"'＝1\"");
        assert_eq!(cell("s3://b/=1"), "s3://b/=1");
        assert_eq!(cell("***-**-1234"), "***-**-1234");
        assert_eq!(cell("a\nb"), "\"a\nb\"");
    }
}
