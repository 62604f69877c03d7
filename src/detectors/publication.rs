//! Whether a text was written for everybody: documentation, a licence, a changelog, a program, a drawing.
//!
//! Names, addresses and words for illnesses stand in such texts without being about anybody's care: they are those of
//! authors, publishers and examples. Wordings of authors, licences and code speak for it, wordings of charts, letters
//! and dumps of tables against it; no single one decides. Looks at the beginning of an object alone.

use crate::model::{Batch, ColumnKind};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::LazyLock;

/// So much of each column is looked at, bytes.
const HEAD_BYTES: usize = 32 << 10;
/// And so much of all columns of an object together.
const ALL_BYTES: usize = 64 << 10;
/// From this sum on a text is a publication.
const ENOUGH: i32 = 5;
/// So much of it must come of others than the weakest: a line on copyright stands below letters too.
const ENOUGH_OF_STRONG: i32 = 4;
/// What wordings of the weakest kind are worth together at most: words of programs are words of talk too.
const MOST_OF_WEAK: i32 = 4;
/// Of so many of them that a letter or a note does not have, a text is one about programs.
const MANY_WEAK: i32 = 14;
/// What a text is worth of which many lines are those of a program.
const OF_CODE: i32 = 4;
/// What a text is worth that has the parts of a manual or of a paper, which may be about patients all over.
const OF_MANUAL: i32 = 8;

/// Wordings and what each counts, once however often it stands there. They are whole words, in any case; `*` at the end
/// stands for any ending.
#[rustfmt::skip]
const WORDINGS: &[(i32, &[&str])] = &[
    // The trailer of a changelog, the domains of foundations for software, the heads of packages and keys.
    (5, &[
        "; urgency=*", "metadata-version:", "begin pgp*", "begin certificate*", "signature algorithm:", "upstream-contact:",
        "standards-version:", "(base 16)*", "[dependencies]", "=head1", "project-id-version:", "pot-creation-date:", "kernelversion:", "startfontmetrics*",
    ]),
    (4, &[
        "@debian.org", "@lists.*", "@gnu.org", "@kernel.org", "@vger.kernel.org", "@apache.org", "@gnome.org", "@kde.org",
        "@freedesktop.org", "@python.org", "@cpan.org", "@perl.org", "@users.noreply.github.com", "@src.gnome.org",
        "hereby granted", "signed-off-by:", "co-authored-by:", "author-email:", "spdx-license*", "__version__", "__author*", "@packages.debian.org", "@redhat.com", "@users.sourceforge.net",
        "devdependencies*", "$schema", "r documentation", "\u{7ffb}\u{8bd1}*", "\u{7ffb}\u{8b6f}*", 
    ]),
    (2, &[
        "copyright*", "et al.*", "licensed under", "public license", "free software", "open source", "open-source", "gnu", "gpl*",
        "lgpl*", "mit license", "apache license", "bsd license", "creative commons", "cc by*", "spdx*", "without warranty",
        "redistribut*", "maintainer*", "contribut*", "changelog", "changes by", "debian*", "upstream", "github*", "gitlab*",
        "bugzilla*", "bug report*", "mailing list*", "source code", "home-page", "author:", "authors:", "translator:",
        "#include*", "#define", "#ifdef", "#ifndef", "#!/*", "=over", "=cut", "use strict", "<?php", "language-team",
        "msgid", "msgstr", "viewbox", "<svg", "public static", "private static", "println!", "pub fn", "#[derive*",
        "console.log", "module.exports", "use std", "sha256*", "@param", "@return*", "docstring", "pull request*",
        "wikipedia*", "iana", "ietf", "vulnerabilit*", "code of conduct", ".. include*", ".. code*", ":original:",
        "documentation/*", "edition =", "[package]", "license =", "json schema", "dockerfile", "vim:",
        "regression test*", "unit test*", "/sys/*", "what:\t*", "contact:\t*", "written by", "donor:",
        "::\n*", "lore.kernel.org*", "docbook*", "author(s)", "maintained by", ".th *", "\\\" *", "pypi*", "sourceforge*", "icon theme*", "company_id", "anyof", "allof", "oneof", "freedesktop*", "file format*",  "manpage*", 
    ]),
    (1, &[
        "author*", "(c) 19*", "(c) 20*", "\u{a9} 20*", "protocol*", "====\n*", "dataset*", "data set*", "repository", "bug", "bugs", "bugfix*", "patch by", "patch from",
        "patches", "thanks to", "release notes", "commit", "commits", "compile*", "compiler*", "kernel", "linux", "unix",
        "makefile", "readme", "python", "perl", "javascript", "unicode", "xmlns", "w3.org*", "rfc", "doi", "isbn",
        "proceedings", "api", "import", "def", "class", "return", "self", "function", "const", "void", "struct", "enum",
        "static", "namespace", "template", "typename", "elif", "lambda", "raise", "assert*", "endif", "printf", "sizeof",
        "nullptr", "null", "none", "true", "false", "require", "typeof", "prototype", "undefined", "impl", "async",
        "await", "var", "int", "char", "bool", "boolean", "string", "exit", "echo", "sudo", "stdin", "stdout", "stderr",
        "mkdir", "chmod", "regex*", "parser", "parse", "syntax", "deprecat*", "backport*", "segfault*", "malloc", "utf-8",
        "ascii", "macro*", "license", "git", "merge", "branch", "debug", "fixed", "fixes", "driver", "hardware", "extension*", "specification*", "implementation*",
        "interface*", "filesystem*", "buffer*", "algorithm*", "software", "package*", "command*", "kernels", "device driver*",
    ]),
    (-2, &[
        "date of birth", "medical record*", "mrn", "discharge*", "prescri*", "policyholder", "subject:", "dear", "dob:",
    ]),
    (-1, &[
        "patient", "patients", "diagnosis", "diagnosed", "dob", "ssn", "insurance", "appointment*", "copay*", "customer*",
        "invoice*", "member id", "mg", "follow-up", "clinic", "hospital", "admitted", "allerg*", "findings", "impression",
        "medication*", "physician*", "nurse*", "radiolog*", "surgery", "symptom*", "vitals", "therapy", "history of", "exam",
        "pain", "privacy notice", "unsubscribe", "claim number", "beneficiar*", "caregiver*",
    ]),
    // Rows of a table, whatever the program says that wrote them.
    (-8, &["insert into", "from stdin;"]),
];

/// What stands alone above the parts of a manual or of a paper, in small letters. The first [`TELLING`] of them stand in no form.
#[rustfmt::skip]
const HEADINGS: [&[u8]; 22] = [
    b"abstract", b"acknowledgements", b"acknowledgments", b"arguments", b"author(s)", b"bibliography", b"examples", b"getting started",
    b"installation", b"references", b"see also", b"synopsis", b"usage",
    b"authors", b"description", b"details", b"format", b"introduction", b"keywords", b"note", b"source", b"value",
];

/// Headings that no form and no ticket has.
const TELLING: u32 = 13;

/// How lines of programs begin.
#[rustfmt::skip]
const CODE_STARTS: [&[u8]; 34] = [
    b"import ", b"from ", b"def ", b"class ", b"return", b"if (", b"if(", b"for (", b"for(", b"while ", b"else", b"elif ",
    b"try:", b"except", b"raise ", b"assert", b"self.", b"fn ", b"pub ", b"let ", b"const ", b"var ", b"use ", b"//", b"/*",
    b"* ", b"*/", b"#include", b"#define", b"#if", b"#endif", b"static ", b"my $", b"@",
];
/// How they end.
const CODE_ENDS: [&[u8]; 11] = [b"):", b") {", b"){", b"();", b");", b"};", b"})", b"});", b"&&", b"||", b"\",),"];

/// The first bytes of those, and the last bytes of these.
static BEGIN_CODE: [bool; 256] = outer_bytes(&CODE_STARTS, false);
static END_CODE: [bool; 256] = outer_bytes(&CODE_ENDS, true);

const fn outer_bytes(texts: &[&[u8]], is_last: bool) -> [bool; 256] {
    let mut known = [false; 256];
    let mut index = 0;
    while index < texts.len() {
        let place = if is_last { texts[index].len() - 1 } else { 0 };
        known[texts[index][place] as usize] = true;
        index += 1;
    }
    known
}

/// The wordings, compiled when they are first needed: most objects of a scan do not ask.
static WORDINGS_OF_ALL: LazyLock<Option<Wordings>> = LazyLock::new(Wordings::new);

#[derive(Debug)]
struct Wordings {
    all: AhoCorasick,
    /// What each counts, and whether any ending may follow it.
    weights: Vec<(i32, bool)>,
}

impl Wordings {
    /// They are few enough to compile, which a test shows.
    fn new() -> Option<Self> {
        let listed = WORDINGS.iter().flat_map(|(weight, list)| list.iter().map(|wording| (*weight, *wording)));
        let weights = listed.clone().map(|(weight, wording)| (weight, wording.ends_with('*'))).collect();
        let all = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            // Larger, and faster to walk.
            .kind(Some(AhoCorasickKind::DFA))
            .build(listed.map(|(_, wording)| wording.strip_suffix('*').unwrap_or(wording)))
            .ok()?;
        Some(Self { all, weights })
    }

    fn is_publication(&self, head: &[u8]) -> bool {
        let mut seen = vec![false; self.weights.len()];
        let mut sum = worth_of_lines(head);
        let mut weak = 0;
        let is_letter = |place: Option<usize>| place.and_then(|at| head.get(at)).is_some_and(u8::is_ascii_alphabetic);
        for found in self.all.find_overlapping_iter(head) {
            let index = found.pattern().as_usize();
            let (weight, may_go_on) = self.weights[index];
            let begins = !is_letter(found.start().checked_sub(1)) || !is_letter(Some(found.start()));
            let ends = may_go_on || !is_letter(Some(found.end())) || !is_letter(Some(found.end() - 1));
            if seen[index] || !begins || !ends {
                continue;
            }
            seen[index] = true;
            match weight {
                1 => weak += 1,
                _ => sum += weight,
            }
        }
        if weak >= MANY_WEAK {
            sum += ENOUGH_OF_STRONG;
        }
        sum >= ENOUGH_OF_STRONG && sum + weak.min(MOST_OF_WEAK) >= ENOUGH
    }
}

/// Whether a text is a publication, by its beginning.
pub(super) fn is_publication(head: &[u8]) -> bool {
    WORDINGS_OF_ALL.as_ref().is_some_and(|wordings| wordings.is_publication(head))
}

/// What the lines are worth: a changelog tells itself by one line, a program by the share of its lines.
fn worth_of_lines(head: &[u8]) -> i32 {
    const MIN_LINES: usize = 3;
    const SHARE: usize = 12;
    const OF_A_SIGN: i32 = 2;
    const MIN_PARTS: u32 = 4;
    const MIN_TELLING: u32 = 2;
    // Most lines begin and end with no byte with which any of them does.
    let is_code = |line: &[u8]| {
        let (Some(first), Some(last)) = (line.first(), line.last()) else { return false };
        (BEGIN_CODE[usize::from(*first)] && CODE_STARTS.iter().any(|start| line.starts_with(start)))
            || (END_CODE[usize::from(*last)] && CODE_ENDS.iter().any(|end| line.ends_with(end)))
    };
    let (mut lines, mut code) = (0, 0);
    let (mut has_heading, mut has_signed_comment) = (false, false);
    let mut parts = 0_u32;
    let mut above: &[u8] = &[];
    for line in head.split(|byte| *byte == b'\n') {
        let text = line.trim_ascii();
        if is_changelog_entry(line) {
            return ENOUGH;
        }
        has_heading |= is_underline(text, above);
        parts |= part_of_manual(text).map_or(0, |part| 1 << part);
        has_signed_comment |= is_signed_comment(text);
        lines += usize::from(!text.is_empty());
        code += usize::from(is_code(text));
        above = text;
    }
    let telling = parts & ((1 << TELLING) - 1);
    if parts.count_ones() >= MIN_PARTS && telling.count_ones() >= MIN_TELLING {
        return OF_MANUAL;
    }
    let of_code = if code >= MIN_LINES && code * SHARE >= lines { OF_CODE } else { 0 };
    of_code + i32::from(has_heading) * OF_A_SIGN + i32::from(has_signed_comment) * OF_A_SIGN
}

/// Which part of a manual the line is the heading of, whatever it is marked up with: `## Usage`, `<h3>Usage</h3>`, `USAGE:`.
fn part_of_manual(line: &[u8]) -> Option<usize> {
    const LONGEST: usize = 48;
    let is_mark = |byte: &u8| matches!(byte, b'#' | b'=' | b'*' | b':' | b'.' | b' ');
    let may_begin = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'<' || is_mark(byte);
    if line.len() > LONGEST || !line.first().is_some_and(may_begin) {
        return None;
    }
    let mut text = line;
    while let Some(end) = text.strip_prefix(b"<").and_then(|rest| rest.iter().position(|byte| *byte == b'>')) {
        text = &text[end + 2..];
    }
    let text = text.split(|byte| *byte == b'<').next().unwrap_or_default();
    let begin = text.iter().position(|byte| !is_mark(byte))?;
    let end = text.iter().rposition(|byte| !is_mark(byte))? + 1;
    HEADINGS.iter().position(|heading| text[begin..end].eq_ignore_ascii_case(heading))
}

/// A heading of documentation is underlined to its length.
fn is_underline(line: &[u8], above: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    line.len() >= SHORTEST
        && line.len() == above.len()
        && matches!(line[0], b'=' | b'-' | b'~')
        && line.iter().all(|byte| *byte == line[0])
        && above[0].is_ascii_alphanumeric()
}

/// `# Ann Lee <ann@example.org>`
fn is_signed_comment(line: &[u8]) -> bool {
    let Some(open) = memchr::memrchr(b'<', line) else { return false };
    let is_comment =
        [&b"#"[..], b"//", b"* ", b"<!--", b"%", b";", b"REM ", b"-- "].iter().any(|sign| line.starts_with(sign));
    is_comment && line[open..].contains(&b'@')
}

/// `2022-10-10  Ann Lee  <ann@example.org>`, ` -- Ann Lee <ann@example.org>  Mon, 25 Apr 2011 15:18:22 +0200`
fn is_changelog_entry(line: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'<', line) else { return false };
    let digits =
        |range: std::ops::Range<usize>| line.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    // A log has one blank behind the date.
    let is_dated = digits(0..4)
        && line[4] == b'-'
        && digits(5..7)
        && line.get(10..12) == Some(b"  ")
        && line.trim_ascii_end().ends_with(b">");
    let ends_entry = line.starts_with(b" -- ") && line[open..].iter().filter(|byte| **byte == b':').count() == 2;
    (is_dated || ends_entry) && line[open..].contains(&b'@')
}

/// The beginning of the texts of a batch, and what their fields are called: these have to tell.
pub(super) fn head_of(batch: &Batch) -> Vec<u8> {
    let mut head = Vec::new();
    for column in batch.columns.iter().filter(|column| matches!(column.kind, ColumnKind::Lines | ColumnKind::Text)) {
        if head.len() < ALL_BYTES {
            head.extend_from_slice(column.path.as_bytes());
            head.push(b'\n');
            head.extend_from_slice(&column.bytes[..column.bytes.len().min(HEAD_BYTES)]);
        }
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_and_programs_are_publications() {
        for text in [
            "2019-04-02  Ann Lee  <ann@example.org>\n\n\t* queue.c: Fix the ring.\n",
            " -- Ann Lee <ann@example.org>  Mon, 25 Apr 2011 15:18:22 +0200\n",
            "# Copyright (c) 2020 Ann Lee <ann@example.org>\n# SPDX-License-Identifier: MIT\nx = 1\n",
            "from a import b\n\ndef ease(t):\n    return t\n\nassert ease(1) == 1 # ann@example.org\n",
            "This program is free software; see the GNU General Public License. Bug reports to ann@example.org.\n",
            "<svg viewBox=\"0 0 24 24\"><path d=\"M45.4 305\"/></svg> Copyright 2021\n",
            "Kernel driver lamp1\n===================\n\nAuthor: Ann Lee <ann@example.org>\n\nThe driver reads it.\n",
            "Polyps\n\n## Description\nPatients of a trial; the diagnosis.\n## Usage\ndata(x)\n## Format\nrows\n<h3>References</h3>\nLee A.\n",
            "What:\t\t/sys/bus/lamp\nContact:\tAnn Lee <ann@example.org>\n",
        ] {
            assert!(is_publication(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn notes_letters_logs_and_dumps_are_none() {
        for text in [
            "",
            "Please write to ann.lee@example.org about the appointment.",
            "Author: Dr. Lee\nPatient Ann Lee, DOB 02/03/1980, was admitted with asthma; ann.lee@example.org\n",
            "Subject: your question\nDear Ann, reach me at lee@example.org.\n\u{a9} 2026 Lakeside. All rights reserved.\n",
            "2026-01-02T10:00:00Z INFO import of ann.lee@example.org failed: null returned by parser\n",
            "-- MySQL dump, Copyright (c) 2000, 2026, all rights reserved\nINSERT INTO people VALUES ('ann@example.org');\n",
            "Description\nAnn Lee has asthma.\nNote\ncall her\nDetails\nDOB 02/03/1980\nSource\nphone\nValue\n12\n",
            "Source: phone\nDescription:\nAnn Lee has asthma.\nNote:\ncall 617-555-0142\nDetails:\nDOB 02/03/1980\n",
            "Ticket: cannot log in\nReporter: Ann Lee (ann@example.org)\nSteps: the command returned an error\n",
            "2026-01-02 10:00:00 delivered to Ann Lee <ann.lee@example.org>\n",
            "Dear Ann, call 617-555-0142 to return the form.\nCopyright (c) 2026 Lakeside. All rights reserved.\n",
            "Call 617-555-0142, or return the package. Copyright \u{a9} 2026 Lakeside, 12 Elm Street. Terms of use.\n",
            "CT head\nAuthor: Dr. Lee\n====\nProtocol: stroke. Written by Ann Lee.\nImpression: none.\n",
            "<html><body>Ann Lee, ann@example.org, \u{a9} 2026 Lakeside</body></html>\n",
        ] {
            assert!(!is_publication(text.as_bytes()), "{text}");
        }
    }
}
