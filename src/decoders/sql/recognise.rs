//! Tells a dump of SQL from other texts by their first 64 KiB.
//!
//! A dump begins with a statement or a comment, and holds rows that are written as such. A note, a log or a manual that quotes a
//! statement has lines between that are no statements, and stays what it is.

use super::statement::{Rows, first_word, read_created, read_head};
use super::value::{Source, Stop, comment_end, read_row};
use memchr::{memchr, memchr_iter, memmem};

/// Lines at the beginning that may be anything: programs that write dumps warn there.
const MAX_FOREIGN_START: usize = 3;
/// Rows and statements that make up for a line that is none.
const STATEMENTS_PER_FOREIGN_LINE: usize = 4;
/// Rows that are enough to tell.
const ENOUGH_ROWS: usize = 400;

/// Words that statements, and the commands between them, begin with.
const WORDS: [&[u8]; 58] = [
    b"alter",
    b"analyze",
    b"attach",
    b"begin",
    b"call",
    b"column",
    b"comment",
    b"commit",
    b"connect",
    b"copy",
    b"create",
    b"declare",
    b"delete",
    b"delimiter",
    b"disable",
    b"do",
    b"drop",
    b"else",
    b"enable",
    b"end",
    b"exec",
    b"execute",
    b"flush",
    b"go",
    b"grant",
    b"if",
    b"insert",
    b"into",
    b"load",
    b"lock",
    b"merge",
    b"pragma",
    b"print",
    b"prompt",
    b"purge",
    b"quit",
    b"raiserror",
    b"refresh",
    b"reindex",
    b"rem",
    b"rename",
    b"replace",
    b"reset",
    b"revoke",
    b"rollback",
    b"savepoint",
    b"select",
    b"set",
    b"spool",
    b"start",
    b"truncate",
    b"unlock",
    b"update",
    b"upsert",
    b"use",
    b"vacuum",
    b"values",
    b"with",
];

/// Whether texts escape with a backslash: the dump says which program wrote it, or a quote in a word is written so.
pub fn uses_backslash(sample: &[u8]) -> bool {
    let has = |text: &[u8]| memmem::find(sample, text).is_some();
    if has(b"PostgreSQL database dump") || has(b"standard_conforming_strings = on") {
        return false;
    }
    let escapes_in_word = |at: usize| {
        at > 0
            && sample[at - 1].is_ascii_alphanumeric()
            && sample.get(at + 2).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
    };
    has(b"-- MySQL dump")
        || has(b"-- MariaDB dump")
        || has(b"/*!40")
        || has(b"ENGINE=")
        || has(b"phpMyAdmin")
        || memmem::find_iter(sample, b"\\'").any(escapes_in_word)
        || memmem::find_iter(sample, b"\\\\'").next().is_some()
}

/// Whether text is a dump. `whole`: nothing follows the sample.
pub fn is_dump(sample: &[u8], whole: bool) -> bool {
    let source = Source { bytes: sample, at_end: whole, backslash: uses_backslash(sample) };
    let mut counts = Counts::default();
    let mut at = 0;
    while let Some(next) = counts.take(&source, at) {
        at = next;
        let is_foreign = counts.foreign > MAX_FOREIGN_START && counts.foreign > counts.statements + counts.rows;
        if is_foreign || counts.rows >= ENOUGH_ROWS {
            break;
        }
    }
    let made_up = counts.foreign * STATEMENTS_PER_FOREIGN_LINE <= counts.statements + counts.rows;
    // A schema alone is text: it has no rows. Where the sample cuts it, they follow.
    made_up && (counts.rows > 0 || counts.is_cut || (!whole && counts.created > 0 && counts.foreign == 0))
}

#[derive(Default)]
struct Counts {
    rows: usize,
    statements: usize,
    created: usize,
    /// Lines that belong to no statement.
    foreign: usize,
    /// The place is inside a statement without rows.
    inside: bool,
    /// The sample ends inside the first row.
    is_cut: bool,
}

impl Counts {
    /// Takes what stands at a place; returns what follows it, or `None` at the end.
    fn take(&mut self, source: &Source, at: usize) -> Option<usize> {
        let bytes = source.bytes;
        let at = at + bytes.get(at..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
        if let Some(end) = comment_end(source, at).ok()? {
            return Some(end);
        }
        let mut comments = Vec::new();
        if let Ok(head) = read_head(source, at, self.rows > 0, &mut comments) {
            self.inside = false;
            self.statements += 1;
            return match head.rows {
                Rows::Tuples => self.tuples(source, head.end),
                Rows::Copied => self.copied(source, head.end),
            };
        }
        let line_end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        let line = bytes[at..line_end].trim_ascii_end();
        let word = first_word(bytes, at);
        let is_command = matches!(line[0], b'\\' | b'.' | b'@') || line == b"/";
        let is_row_word = [&b"insert"[..], b"replace", b"copy", b"into"].iter().any(|w| w.eq_ignore_ascii_case(word));
        let goes_on = || is_row_word && memchr(b'(', line).is_none() && !line.ends_with(b";");
        if self.inside {
        } else if is_command {
            return Some(line_end);
        } else if is_row_word && !self.is_other_insert(line) && !goes_on() {
            self.foreign += 1;
            return Some(line_end);
        } else if WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            self.statements += 1;
            self.created += usize::from(read_created(source, at).is_ok());
            self.inside = true;
        } else {
            self.foreign += 1;
            return Some(line_end);
        }
        if line.ends_with(b";") || line.eq_ignore_ascii_case(b"go") || line == b"/" {
            self.inside = false;
        }
        Some(line_end)
    }

    /// `INSERT .. SELECT` and `INSERT .. SET` have no rows of their own.
    fn is_other_insert(&self, line: &[u8]) -> bool {
        let lower = line.to_ascii_lowercase();
        lower.starts_with(b"insert into ")
            && [&b"select"[..], b" set "].iter().any(|w| memmem::find(&lower, w).is_some())
    }

    fn tuples(&mut self, source: &Source, mut at: usize) -> Option<usize> {
        let (mut values, mut comments) = (Vec::new(), Vec::new());
        let before = self.rows;
        loop {
            let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            at += source.bytes.get(at..)?.iter().position(|byte| !is_between(byte))?;
            if first_word(source.bytes, at).eq_ignore_ascii_case(b"row") {
                at += 3;
            } else if let Some(end) = comment_end(source, at).ok()? {
                at = end;
            } else if source.bytes[at] == b'(' && self.rows < ENOUGH_ROWS {
                match read_row(source, at + 1, &mut values, &mut comments) {
                    Ok(end) => {
                        self.rows += 1;
                        at = end;
                    }
                    Err(Stop::More) => {
                        self.is_cut = true;
                        return None;
                    }
                    // A row that is cut or damaged: its line is passed over.
                    Err(Stop::Not) => at += memchr(b'\n', &source.bytes[at..])?,
                }
            } else {
                // `ON CONFLICT ..` belongs to the statement.
                self.inside = source.bytes[at] != b';' && self.rows > before;
                return Some(if source.bytes[at] == b';' { at + 1 } else { at });
            }
        }
    }

    fn copied(&mut self, source: &Source, mut at: usize) -> Option<usize> {
        for end in memchr_iter(b'\n', &source.bytes[at..]).map(|length| at + length).collect::<Vec<_>>() {
            let line = &source.bytes[at..end];
            at = end + 1;
            if line.trim_ascii_end() == b"\\." {
                // An empty table is one, too.
                self.rows += 1;
                return Some(at);
            }
            self.rows += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_are_told_from_texts_that_quote_statements() {
        let insert = "INSERT INTO p (id, mrn) VALUES\n(1,'4471920'),\n(2,'4471921');\n";
        for text in [
            insert.to_owned(),
            format!("-- exported\n\nSET x = 1;\n{insert}"),
            "COPY public.p (a, b) FROM stdin;\n1\t2\n\\.\n".to_owned(),
            format!("mysqldump: [Warning] a password\n{}", insert.repeat(3)),
            "CREATE TABLE p (\n  a int,\n  b text\n);\nINSERT INTO p VALUES (1,'x');\n".to_owned(),
            "USE [db]\nGO\nINSERT [dbo].[p] ([a]) VALUES (1)\nINSERT [dbo].[p] ([a]) VALUES (2)\nGO\n".to_owned(),
            "REM INSERTING into P\nSET DEFINE OFF;\nInsert into P (A) values (1);\n".to_owned(),
            "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nINSERT INTO p VALUES(1);\nCOMMIT;\n".to_owned(),
            "INSERT INTO p (a)\nVALUES (1) ON CONFLICT DO\n NOTHING;\nINSERT INTO p (a) VALUES (2);".to_owned(),
        ] {
            assert!(is_dump(text.as_bytes(), true), "{text}");
        }
        for text in [
            "Patient: Jane\nran this:\nINSERT INTO p VALUES (1,'x');\nand it worked\n".to_owned(),
            format!("2024-01-02 03:04:05 INFO {insert}"),
            "Insert the catheter\nReplace the dressing\nUpdate the chart\n".to_owned(),
            "id,statement\n1,\"INSERT INTO p VALUES (1)\"\n".to_owned(),
            "CREATE TABLE p (\n  a int\n);\n".to_owned(),
            "INSERT 0 1\nINSERT 0 1\n".to_owned(),
            "copy,paste\n1,2\n3,4\n".to_owned(),
            "# Notes\n\nSome words.\n\n    INSERT INTO p VALUES (1);\n\nMore words.\n".to_owned(),
        ] {
            assert!(!is_dump(text.as_bytes(), true), "{text}");
        }
        assert!(is_dump(b"CREATE TABLE p (\n  a int\n);\nCREATE TABLE q (a int", false));
        assert!(is_dump(b"INSERT INTO p VALUES (1,'long", false));
    }

    #[test]
    fn the_escapes_of_a_dump_are_told() {
        assert!(uses_backslash(b"-- MySQL dump 10.13") && uses_backslash(br"('O\'Brien')"));
        assert!(!uses_backslash(br"('C:\dir\','x')"));
        assert!(!uses_backslash(br"SET standard_conforming_strings = on; ('O\'Brien')"));
    }
}
