//! Comma-separated values (RFC 4180), UTF-8, for spreadsheets and scripts, written as the scan goes.
//!
//! Keys and field names come from outside. A cell that a spreadsheet would take for a formula begins with an
//! apostrophe, so that it is shown and not run.

use super::jsonl::rfc3339;
use super::table::{COLUMNS, Cell, rows};
use super::{Output, ScanHeader, Sink, Summary};
use crate::model::ObjectResult;
use std::borrow::Cow;
use std::io;

/// Between the texts of one cell.
const LIST_SEPARATOR: &str = " | ";

/// Writes a header line and a line per row.
pub struct Csv {
    writer: ::csv::Writer<Sink>,
    header: Option<ScanHeader>,
}

impl Csv {
    /// Rows into a sink.
    pub fn new(sink: Sink) -> Self {
        let writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(sink);
        Self { writer, header: None }
    }
}

impl Output for Csv {
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        self.header = Some(header.clone());
        Ok(self.writer.write_record(COLUMNS.iter().map(|(name, _)| name))?)
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let Some(header) = &self.header else { return Ok(()) };
        for row in rows(header, result) {
            for cell in &row {
                self.writer.write_field(text_of(cell)?.as_bytes())?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.writer.flush()
    }
}

fn text_of<'a>(cell: &'a Cell<'_>) -> io::Result<Cow<'a, str>> {
    Ok(match cell {
        Cell::Null => "".into(),
        Cell::Text(text) => harmless((*text).into()),
        Cell::Texts(texts) => harmless(texts.join(LIST_SEPARATOR).into()),
        Cell::Count(count) => count.to_string().into(),
        Cell::Number(number) => number.to_string().into(),
        Cell::Flag(flag) => flag.to_string().into(),
        Cell::Moment(moment) => rfc3339(*moment)?.into(),
    })
}

/// The text as a cell that no spreadsheet evaluates.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    if begins_a_formula(&text) { format!("'{text}").into() } else { text }
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
        let cell = |text: &str| harmless(text.to_owned().into()).into_owned();
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1,\"x\")"), "'@SUM(A1,\"x\")");
        assert_eq!(cell("\t=1"), "'\t=1");
        assert_eq!(cell("  -1"), "'  -1");
        assert_eq!(cell("＝1"), "'＝1");
        assert_eq!(cell("s3://b/=1"), "s3://b/=1");
        assert_eq!(cell("***-**-1234"), "***-**-1234");
        assert_eq!(cell("a\nb"), "a\nb");
    }
}
