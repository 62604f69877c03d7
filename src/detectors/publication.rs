//! Whether a text was written for everybody: documentation, a licence, a changelog, a program, a drawing.
//!
//! Names, addresses and words for illnesses stand in such texts without being about anybody's care: they are those of
//! authors, publishers and examples. Wordings of authors, licences and code speak for it, wordings of charts, letters
//! and dumps of tables against it; no single one decides. Looks at the beginning of an object alone.

use crate::model::{Batch, ColumnKind};
use aho_corasick::{AhoCorasick, BuildError};

/// So much of each column is looked at, bytes.
const HEAD_BYTES: usize = 32 << 10;
/// And so much of all columns of an object together.
const ALL_BYTES: usize = 64 << 10;
/// From this mean length on, in bytes, the values of a field are texts.
const TEXT_BYTES: usize = 40;
/// From this sum on a text is a publication: it takes at least three different wordings.
const ENOUGH: i32 = 5;

/// Wordings and what each counts, once however often it stands there. They are whole words, in any case; `*` at the end
/// stands for any ending.
const WORDINGS: &[(i32, &[&str])] = &[
    (
        2,
        &[
            "copyright*", "licensed under", "public license", "free software", "open source", "open-source", "gnu",
            "gpl*", "lgpl*", "mit license", "apache license", "bsd license", "creative commons", "cc by*", "spdx*",
            "hereby granted", "without warranty", "redistribut*", "signed-off-by", "maintainer*", "contribut*",
            "changelog", "changes by", "debian", "upstream", "github*", "gitlab*", "bugzilla*", "bug report*",
            "mailing list*", "source code", "metadata-version", "home-page", "author-email", "urgency=*", "#include*",
            "#define", "#ifdef", "#ifndef", "#!/*", "=head1", "=over", "=cut", "use strict", "from __future__",
            "<?php", "project-id-version", "language-team", "msgid", "msgstr", "viewbox", "<svg", "public static",
            "private static", "println!", "pub fn", "#[derive*", "console.log", "module.exports", "use std", "sha256*",
            "@param", "@return*", "docstring", "pull request*", "stack overflow", "wikipedia*", "iana", "ietf",
        ],
    ),
    (
        1,
        &[
            "author*", "written by", "all rights reserved", "terms of", "bug", "bugs", "bugfix*", "patch by",
            "patch from", "thanks to", "release notes", "commit", "commits", "compile*", "compiler*", "kernel",
            "makefile", "readme", "python", "perl", "javascript", "unicode", "xmlns", "w3.org*", "rfc", "doi", "isbn",
            "proceedings", "api", "import", "from", "def", "class", "return", "self", "function", "const", "void",
            "struct", "enum", "static", "namespace", "template", "typename", "elif", "lambda", "raise", "assert*",
            "endif", "printf", "sizeof", "nullptr", "null", "none", "true", "false", "require", "typeof",
            "prototype", "undefined", "impl", "async", "await", "var", "int", "char", "bool", "boolean", "string",
            "exit", "echo", "sudo", "stdin", "stdout", "stderr", "mkdir", "chmod", "regex*", "parser", "parse",
            "syntax", "deprecat*", "backport*", "segfault*", "malloc", "utf-8", "ascii", "macro*", "repository",
        ],
    ),
    (-2, &["date of birth", "medical record*", "mrn", "discharge*", "prescri*", "policyholder", "subject:", "dear"]),
    (
        -1,
        &[
            "patient", "patients", "diagnosis", "diagnosed", "dob", "ssn", "insurance", "appointment*", "copay*",
            "customer*", "invoice*", "member id", "mg", "follow-up", "clinic", "hospital", "admitted", "allerg*",
        ],
    ),
    (-8, &["insert into", "from stdin"]),
];

/// Words of programs are words of talk too: all of them together count no more than this.
const MOST_OF_WEAK: i32 = 4;

/// The wordings, compiled.
#[derive(Debug)]
pub(super) struct Publications {
    wordings: AhoCorasick,
    /// What each counts, and whether any ending may follow it.
    weights: Vec<(i32, bool)>,
}

impl Publications {
    pub(super) fn new() -> Result<Self, BuildError> {
        let all = WORDINGS.iter().flat_map(|(weight, list)| list.iter().map(|wording| (*weight, *wording)));
        let weights = all.clone().map(|(weight, wording)| (weight, wording.ends_with('*'))).collect();
        let wordings = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all.map(|(_, wording)| wording.trim_end_matches('*')))?;
        Ok(Self { wordings, weights })
    }

    /// Whether a text is a publication, by its beginning.
    pub(super) fn is_one(&self, head: &[u8]) -> bool {
        let mut seen = vec![false; self.weights.len()];
        let (mut strong, mut weak) = (0, 0);
        let is_letter = |place: Option<usize>| place.and_then(|at| head.get(at)).is_some_and(u8::is_ascii_alphabetic);
        for found in self.wordings.find_overlapping_iter(head) {
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
                _ => strong += weight,
            }
        }
        strong + weak.min(MOST_OF_WEAK) >= ENOUGH
    }
}

/// The beginning of the texts of a batch, which has to tell.
pub(super) fn head_of(batch: &Batch) -> Vec<u8> {
    let mut head = Vec::new();
    for column in &batch.columns {
        let is_text = match column.kind {
            ColumnKind::Lines => true,
            ColumnKind::Text => column.bytes.len() >= TEXT_BYTES * column.len().max(1),
            ColumnKind::Number | ColumnKind::Temporal => false,
        };
        if is_text && head.len() < ALL_BYTES {
            head.extend_from_slice(&column.bytes[..column.bytes.len().min(HEAD_BYTES)]);
        }
    }
    head
}
