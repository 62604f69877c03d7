//! The beginnings of statements that hold rows, and what CREATE TABLE says of columns.
//!
//! `INSERT` and `REPLACE` in any dialect up to VALUES, `COPY .. FROM stdin` with its line end. What fits none of them is
//! no such statement: nothing is guessed here.

use super::value::{Source, Stop, comment_end, is_word_byte, skip_blanks};
use memchr::memchr;
use std::ops::Range;

/// Most columns that a statement may list.
const MAX_COLUMNS: usize = 4096;
/// Longest name.
const MAX_NAME: usize = 256;

/// How the rows behind a statement's beginning are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// In parentheses.
    Tuples,
    /// A line each, with tabs between.
    Copied,
}

/// A statement that holds rows.
#[derive(Debug)]
pub struct Head {
    /// How they are written.
    pub rows: Rows,
    /// The last part of the table's name, quotes included.
    pub table: Range<usize>,
    /// The columns that are listed, quotes included; empty where none are.
    pub columns: Vec<Range<usize>>,
    /// Where the rows begin.
    pub end: usize,
}

/// A table and its columns, quotes included.
#[derive(Debug)]
pub struct Created {
    /// The last part of its name.
    pub table: Range<usize>,
    /// In their order.
    pub columns: Vec<Range<usize>>,
}

/// Reads on from a place, word by word.
struct Reader<'s, 'a> {
    source: &'s Source<'a>,
    at: usize,
    comments: &'s mut Vec<Range<usize>>,
}

impl<'a> Reader<'_, 'a> {
    fn blanks(&mut self) -> Result<(), Stop> {
        self.at = skip_blanks(self.source, self.at, self.comments)?;
        Ok(())
    }

    /// The byte at the place; 0 at the end of everything.
    fn peek(&self) -> Result<u8, Stop> {
        match self.source.bytes.get(self.at) {
            Some(byte) => Ok(*byte),
            None if self.source.at_end => Ok(0),
            None => Err(Stop::More),
        }
    }

    /// The word at the place, and the blanks behind it are skipped. Empty where there is none.
    fn word(&mut self) -> Result<&'a [u8], Stop> {
        let bytes = self.source.bytes;
        let rest = &bytes[self.at..];
        let length = rest.iter().take_while(|byte| is_word_byte(**byte)).count();
        if length == rest.len() && !self.source.at_end {
            return Err(if length > MAX_NAME { Stop::Not } else { Stop::More });
        }
        self.at += length;
        self.blanks()?;
        Ok(&rest[..length])
    }

    /// Takes the word if it is this one.
    fn takes(&mut self, wanted: &[u8]) -> Result<bool, Stop> {
        let before = self.at;
        let is_it = self.word()?.eq_ignore_ascii_case(wanted);
        if !is_it {
            self.at = before;
        }
        Ok(is_it)
    }

    /// Takes words of these as long as there are any.
    fn take_any(&mut self, wanted: &[&[u8]]) -> Result<(), Stop> {
        loop {
            let before = self.at;
            let word = self.word()?;
            if word.is_empty() || !wanted.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                self.at = before;
                return Ok(());
            }
        }
    }

    /// A name, of which the last part counts: `[dbo].[t]`. Blanks behind it are skipped.
    fn name(&mut self) -> Result<Range<usize>, Stop> {
        loop {
            let part = self.name_part()?;
            self.blanks()?;
            if self.peek()? != b'.' {
                return Ok(part);
            }
            self.at += 1;
            // `db..t` leaves the schema out.
            while self.peek()? == b'.' {
                self.at += 1;
            }
            self.blanks()?;
        }
    }

    fn name_part(&mut self) -> Result<Range<usize>, Stop> {
        let (start, bytes) = (self.at, self.source.bytes);
        let close = match self.peek()? {
            quote @ (b'"' | b'`') => quote,
            b'[' => b']',
            _ => {
                // `#t` is a table of a session, `@t` a variable.
                let is_part = |byte: &&u8| is_word_byte(**byte) || matches!(**byte, b'#' | b'@');
                let length = bytes[start..].iter().take_while(is_part).count();
                self.at += length;
                if length == 0 || length > MAX_NAME {
                    return Err(Stop::Not);
                }
                return self.peek().map(|_| start..start + length);
            }
        };
        self.at += 1;
        loop {
            let most = bytes.len().min(start + MAX_NAME);
            let Some(length) = memchr(close, &bytes[self.at.min(most)..most]) else {
                let is_cut = most == bytes.len() && !self.source.at_end;
                return Err(if is_cut { Stop::More } else { Stop::Not });
            };
            self.at += length + 1;
            if self.peek()? != close {
                return Ok(start..self.at);
            }
            self.at += 1;
        }
    }

    /// The names of a list whose parenthesis opens at the place.
    fn list(&mut self) -> Result<Vec<Range<usize>>, Stop> {
        let mut names = Vec::new();
        loop {
            self.at += 1;
            self.blanks()?;
            names.push(self.name()?);
            match self.peek()? {
                b',' if names.len() < MAX_COLUMNS => {}
                b')' => {
                    self.at += 1;
                    self.blanks()?;
                    return Ok(names);
                }
                _ => return Err(Stop::Not),
            }
        }
    }

    fn insert(&mut self) -> Result<Head, Stop> {
        self.take_any(&[
            b"or",
            b"ignore",
            b"replace",
            b"rollback",
            b"abort",
            b"fail",
            b"low_priority",
            b"high_priority",
            b"delayed",
            b"all",
            b"first",
            b"overwrite",
            b"table",
        ])?;
        self.takes(b"into")?;
        self.takes(b"table")?;
        let table = self.name()?;
        let before = self.at;
        if self.takes(b"partition")? {
            if self.peek()? != b'(' {
                return Err(Stop::Not);
            }
            self.list()?;
        } else {
            self.at = before;
        }
        let columns = if self.peek()? == b'(' { self.list()? } else { Vec::new() };
        self.take_any(&[b"overriding", b"system", b"user"])?;
        let mut end = self.at;
        let word = self.word()?;
        end += word.len();
        let second = self.at;
        if word.eq_ignore_ascii_case(b"value") {
            // `OVERRIDING SYSTEM VALUE VALUES`.
            if self.takes(b"values")? {
                end = second + b"values".len();
            }
        } else if !word.eq_ignore_ascii_case(b"values") {
            return Err(Stop::Not);
        }
        if self.peek()? != b'(' && !self.takes(b"row")? {
            return Err(Stop::Not);
        }
        Ok(Head { rows: Rows::Tuples, table, columns, end })
    }

    fn copy(&mut self) -> Result<Head, Stop> {
        let table = self.name()?;
        let columns = if self.peek()? == b'(' { self.list()? } else { Vec::new() };
        if !self.takes(b"from")? {
            return Err(Stop::Not);
        }
        let start = self.at;
        let line_end = match memchr(b'\n', &self.source.bytes[start..]) {
            Some(length) => start + length,
            None if self.source.at_end => self.source.bytes.len(),
            None => return Err(Stop::More),
        };
        let rest = &self.source.bytes[start..line_end];
        let is_csv = rest.windows(3).any(|word| word.eq_ignore_ascii_case(b"csv"));
        if !rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"stdin")) || is_csv {
            return Err(Stop::Not);
        }
        Ok(Head { rows: Rows::Copied, table, columns, end: (line_end + 1).min(self.source.bytes.len()) })
    }

    fn create(&mut self) -> Result<Created, Stop> {
        const BEFORE: [&[u8]; 12] = [
            b"or",
            b"replace",
            b"global",
            b"local",
            b"temp",
            b"temporary",
            b"unlogged",
            b"external",
            b"foreign",
            b"column",
            b"row",
            b"private",
        ];
        self.take_any(&BEFORE)?;
        if !self.takes(b"table")? {
            return Err(Stop::Not);
        }
        self.take_any(&[b"if", b"not", b"exists"])?;
        let table = self.name()?;
        if self.peek()? != b'(' {
            return Err(Stop::Not);
        }
        let mut columns = Vec::new();
        loop {
            self.at += 1;
            self.blanks()?;
            let is_quoted = matches!(self.peek()?, b'"' | b'`' | b'[');
            if self.peek()? == b')' {
                break;
            }
            let name = self.name_part()?;
            self.blanks()?;
            if is_quoted || !self.is_constraint(name.clone()) {
                columns.push(name);
            }
            if self.skip_part()? == b')' || columns.len() == MAX_COLUMNS {
                break;
            }
        }
        Ok(Created { table, columns })
    }

    /// Whether a part of CREATE TABLE that begins with this word is no column. `KEY` may be one: a type follows it then.
    fn is_constraint(&self, word: Range<usize>) -> bool {
        const WORDS: [&[u8]; 9] =
            [b"primary", b"unique", b"constraint", b"foreign", b"check", b"fulltext", b"spatial", b"exclude", b"like"];
        const TYPES: [&[u8]; 10] =
            [b"char", b"varchar", b"text", b"int", b"bigint", b"uuid", b"nvarchar", b"json", b"numeric", b"date"];
        let word = &self.source.bytes[word];
        let is_one = |words: &[&[u8]], word: &[u8]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if is_one(&[b"key", b"index", b"period"], word) {
            let rest = &self.source.bytes[self.at..];
            let next = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()];
            let is_type =
                TYPES.iter().any(|kind| next.get(..kind.len()).is_some_and(|it| it.eq_ignore_ascii_case(kind)));
            return !is_type;
        }
        is_one(&WORDS, word)
    }

    /// Skips to the comma or the parenthesis that ends a part of CREATE TABLE; returns which one it is.
    fn skip_part(&mut self) -> Result<u8, Stop> {
        let mut depth = 0_usize;
        loop {
            let byte = self.peek()?;
            match byte {
                0 => return Err(Stop::Not),
                b',' | b')' if depth == 0 => return Ok(byte),
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\'' => {
                    self.skip_quoted()?;
                    continue;
                }
                b'-' | b'/' | b'#' => {
                    if let Some(end) = comment_end(self.source, self.at)? {
                        self.at = end;
                        continue;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_quoted(&mut self) -> Result<(), Stop> {
        loop {
            self.at += 1;
            match self.peek()? {
                0 => return Err(Stop::Not),
                b'\\' if self.source.backslash => self.at += 1,
                b'\'' => break,
                _ => {}
            }
        }
        self.at += 1;
        Ok(())
    }
}

/// The word of letters at a place.
pub fn first_word(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at..];
    &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count()]
}

/// Reads a statement that holds rows, up to the first of them. `continues`: rows stand before it, so `INTO` alone may go on
/// (`INSERT ALL INTO a VALUES (..) INTO b VALUES (..)`).
pub fn read_head(source: &Source, at: usize, continues: bool, comments: &mut Vec<Range<usize>>) -> Result<Head, Stop> {
    let word = first_word(source.bytes, at);
    if at + word.len() == source.bytes.len() && !source.at_end && word.len() < 8 {
        return Err(Stop::More);
    }
    let is = |wanted: &[u8]| word.eq_ignore_ascii_case(wanted);
    let mut reader = Reader { source, at, comments };
    if is(b"insert") || is(b"replace") || is(b"upsert") {
        reader.word()?;
        reader.insert()
    } else if is(b"copy") {
        reader.word()?;
        reader.copy()
    } else if continues && is(b"into") {
        reader.insert()
    } else {
        Err(Stop::Not)
    }
}

/// Reads CREATE TABLE up to its last column.
pub fn read_created(source: &Source, at: usize) -> Result<Created, Stop> {
    if !first_word(source.bytes, at).eq_ignore_ascii_case(b"create") {
        return Err(Stop::Not);
    }
    let mut comments = Vec::new();
    let mut reader = Reader { source, at, comments: &mut comments };
    reader.word()?;
    reader.create()
}

/// A name without its quotes.
pub fn unquoted(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    for (open, close, doubled) in [('"', '"', "\"\""), ('`', '`', "``"), ('[', ']', "]]")] {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.replace(doubled, &doubled[1..]);
        }
    }
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source<'_> {
        Source { bytes: text.as_bytes(), at_end: true, backslash: false }
    }

    fn head(text: &str) -> Option<(String, Vec<String>, String)> {
        let source = source(text);
        let head = read_head(&source, 0, false, &mut Vec::new()).ok()?;
        let name = |range: &Range<usize>| unquoted(&source.bytes[range.clone()]);
        Some((name(&head.table), head.columns.iter().map(name).collect(), text[head.end..].to_owned()))
    }

    #[test]
    fn statements_with_rows_are_told_in_every_dialect() {
        for (text, table, columns, rest) in [
            ("INSERT INTO p VALUES (1);", "p", vec![], " (1);"),
            ("insert into `my db`.`p` (`a`, `b``c`) values(1,2)", "p", vec!["a", "b`c"], "(1,2)"),
            ("INSERT [dbo].[p] ([a], [b]]c]) VALUES (1, 2)", "p", vec!["a", "b]c"], " (1, 2)"),
            ("Insert into SCOTT.\"P\" (A,B)\nvalues (1,2);", "P", vec!["A", "B"], " (1,2);"),
            ("INSERT IGNORE INTO p(a) VALUES\n(1)", "p", vec!["a"], "\n(1)"),
            ("INSERT OR REPLACE INTO p VALUES(1)", "p", vec![], "(1)"),
            ("REPLACE INTO db..p VALUE (1)", "p", vec![], " (1)"),
            ("INSERT INTO p (a) OVERRIDING SYSTEM VALUE VALUES (1)", "p", vec!["a"], " (1)"),
            ("INSERT INTO p VALUES ROW(1), ROW(2)", "p", vec![], " ROW(1), ROW(2)"),
            ("INSERT ALL\n INTO p (a) VALUES (1)\n INTO q", "p", vec!["a"], " (1)\n INTO q"),
            ("INSERT /* x */ INTO p -- y\n (a) VALUES (1)", "p", vec!["a"], " (1)"),
            ("COPY public.p (a, \"B\") FROM stdin;\n1\t2\n", "p", vec!["a", "B"], "1\t2\n"),
            ("COPY p FROM STDIN WITH NULL AS '';\nx", "p", vec![], "x"),
        ] {
            let columns = columns.into_iter().map(str::to_owned).collect();
            assert_eq!(head(text), Some((table.to_owned(), columns, rest.to_owned())), "{text}");
        }
        for text in [
            "Insert the tube into the vein (left) and values (normal)",
            "INSERT 0 1",
            "INSERT INTO p SELECT * FROM q",
            "INSERT INTO p (SELECT 1)",
            "INSERT INTO p VALUES",
            "COPY p TO stdout;",
            "COPY p FROM stdin WITH (FORMAT csv);",
            "copy the chart from stdin",
        ] {
            assert_eq!(head(text), None, "{text}");
        }
        let cut = Source { at_end: false, ..source("INSERT INTO p (a, b) VAL") };
        assert_eq!(read_head(&cut, 0, false, &mut Vec::new()).err(), Some(Stop::More));
    }

    #[test]
    fn columns_are_those_of_the_table() {
        let text = "CREATE TABLE IF NOT EXISTS `p` (\n `id` int(11) NOT NULL DEFAULT '1,(2' COMMENT 'it''s',\n key varchar(9), -- a, b (\n \
                    amount numeric(10,2) CHECK (amount > 0), PRIMARY KEY (`id`), KEY `k` (`key`),\n UNIQUE KEY (a), CONSTRAINT c FOREIGN KEY (a) REFERENCES q (b)) ENGINE=x;";
        let source = source(text);
        let created = read_created(&source, 0).unwrap();
        let names: Vec<String> = created.columns.iter().map(|name| unquoted(&source.bytes[name.clone()])).collect();
        assert_eq!(
            (unquoted(&source.bytes[created.table]), names),
            ("p".into(), vec!["id".to_owned(), "key".into(), "amount".into()])
        );
        assert!(read_created(&Source { bytes: b"CREATE TABLE p AS SELECT 1", ..source }, 0).is_err());
        assert!(read_created(&Source { bytes: b"CREATE INDEX i ON p (a)", ..source }, 0).is_err());
    }
}
