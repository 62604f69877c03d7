//! Holds the structure: which folder may import which, how long a file may be, what nothing may be called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of `src/` may import. `model` imports nothing; stages import `model` alone.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("aws", &[]),
    ("sources", &["model", "aws"]),
    ("unpack", &["model"]),
    ("decoders", &["model"]),
    ("detectors", &["model"]),
    ("classify", &["model"]),
    ("policy", &["model"]),
    ("outputs", &["model"]),
    ("ledger", &["model"]),
    ("report", &["model", "outputs", "ledger"]),
    ("tickets", &["model", "aws", "outputs", "ledger"]),
    ("scan", &["model", "sources", "unpack", "decoders", "detectors", "classify", "policy", "outputs"]),
    ("estimate", &["model", "sources", "unpack", "decoders"]),
    ("evaluate", &["model", "unpack", "decoders", "detectors", "classify", "scan"]),
    ("serve", &["model"]),
    (
        "config",
        &[
            "model",
            "aws",
            "sources",
            "unpack",
            "decoders",
            "detectors",
            "policy",
            "outputs",
            "tickets",
            "scan",
            "serve",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "aws",
            "sources",
            "detectors",
            "policy",
            "outputs",
            "ledger",
            "report",
            "tickets",
            "scan",
            "estimate",
            "evaluate",
            "serve",
            "config",
        ],
    ),
    ("main", &["cli"]),
];

const FORBIDDEN_WORDS: &[&str] = &[
    "rule",
    "rules",
    "recognizer",
    "blob",
    "hit",
    "hits",
    "origin",
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "handler",
    "common",
    "misc",
    "v2",
];

const MAX_LINES: usize = 600;
const MAX_PIPELINE_LINES: usize = 300;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.sort();
    assert!(files.len() > 40, "the walk found the sources");
    files
}

/// The top-level module that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The file without its tests, which stand at its end.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

/// Modules named after `crate::` (or `phinder::` in main.rs), in lines that are no comments.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut code = String::new();
    for line in without_tests(text).lines() {
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    for prefix in ["crate::", "phinder::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let list = group.split('}').next().unwrap();
                for item in list.split(',') {
                    let name = item.trim().split("::").next().unwrap().trim();
                    found.insert(name.to_owned());
                }
            } else {
                found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        let module = module(&path);
        if module == "lib" {
            continue;
        }
        let may = allowed.get(module.as_str()).unwrap_or_else(|| panic!("{module} has no place in the order"));
        for import in imports(&text) {
            assert!(
                import == module || may.contains(&import.as_str()),
                "{} imports {import}, which {module} must not know",
                path.display()
            );
            if import != module {
                seen.insert((module.clone(), import));
            }
        }
    }
    assert!(seen.contains(&("scan".to_owned(), "decoders".to_owned())), "the check sees imports");
    // An order exists, so there is no cycle: each module imports only what stands above it.
    for (place, (name, may)) in ALLOWED.iter().enumerate() {
        for import in *may {
            let above = ALLOWED[..place].iter().any(|(other, _)| other == import);
            assert!(above, "{name} imports {import}, which stands below it");
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (path, text) in sources() {
        let code = without_tests(&text);
        let limit = if path.ends_with("src/scan.rs") { MAX_PIPELINE_LINES } else { MAX_LINES };
        assert!(code.lines().count() <= limit, "{} has more than {limit} lines", path.display());
        assert!(text.starts_with("//!"), "{} does not begin with what it is for", path.display());
    }
}

#[test]
fn nothing_has_a_name_that_says_nothing() {
    let words = |name: &str| name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect::<Vec<_>>();
    let mut names = Vec::new();
    for (path, text) in sources() {
        names.push((path.display().to_string(), path.file_stem().unwrap().to_string_lossy().into_owned()));
        for line in without_tests(&text).lines() {
            for keyword in ["fn ", "struct ", "enum ", "trait ", "mod ", "const ", "static ", "type "] {
                let line = line.trim_start().trim_start_matches("pub(super) ").trim_start_matches("pub ");
                if let Some(rest) = line.strip_prefix(keyword) {
                    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    names.push((path.display().to_string(), name));
                }
            }
        }
    }
    assert!(names.len() > 300, "the check sees declarations");
    for (path, name) in names {
        for word in words(&name).iter().flat_map(|word| word.split('_')) {
            assert!(!FORBIDDEN_WORDS.contains(&word), "{path}: `{name}`");
        }
    }
}
