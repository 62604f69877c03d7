//! The labelled corpus holds together: labels parse and are possible, both halves have templates of their own, there is
//! enough of it, and the files in the repository are what the generator makes. The short wordings beside it are found.

// The modules of the generator, compiled here once more: they share no code with the scanner.
#[allow(dead_code)]
#[path = "../corpus/generate/evaluation/mod.rs"]
mod evaluation;
#[allow(dead_code)]
#[path = "../corpus/generate/random.rs"]
mod random;
#[allow(dead_code)]
#[path = "../corpus/generate/table.rs"]
mod table;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    template: String,
    text: String,
    spans: Vec<Span>,
    only: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    detector: String,
    start: usize,
    end: usize,
}

#[derive(Deserialize)]
struct Truth {
    fields: BTreeMap<String, Vec<String>>,
}

fn corpus(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder)
}

/// Every committed file of the labelled corpus: path below it, and content.
fn committed() -> evaluation::Files {
    committed_in("labelled")
}

fn committed_in(folder: &str) -> evaluation::Files {
    fn walk(folder: &Path, root: &Path, files: &mut evaluation::Files) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = evaluation::Files::new();
    walk(&corpus(folder), &corpus(folder), &mut files);
    files
}

fn documents(files: &evaluation::Files) -> Vec<(String, Document)> {
    let texts = files.iter().filter(|(name, _)| name.ends_with(".jsonl"));
    texts
        .flat_map(|(name, bytes)| {
            let lines = std::str::from_utf8(bytes).unwrap().lines();
            lines.map(|line| (name.clone(), serde_json::from_str(line).unwrap())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn spans_lie_on_characters_and_are_judged() {
    for (name, document) in documents(&committed()) {
        for span in &document.spans {
            let value = document.text.get(span.start..span.end);
            assert!(value.is_some_and(|value| !value.trim().is_empty()), "{name}: {} at {}", span.detector, span.start);
            assert!(document.only.contains(&span.detector), "{name}: {} is labelled and not judged", span.detector);
        }
        assert!(!document.text.contains("<<") && !document.text.contains("[["), "{name}: a template shows through");
    }
}

#[test]
fn the_halves_share_no_template() {
    let mut halves: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in committed().into_keys() {
        let parts: Vec<&str> = name.split('/').collect();
        let [half, kind, file] = parts[..] else { panic!("{name} is not in a half") };
        let stem = file.split('.').next().unwrap();
        let template = if kind == "tables" { stem.rsplit_once('_').unwrap().0 } else { stem };
        halves.entry(half.to_owned()).or_default().insert(format!("{kind}/{template}"));
        if kind == "texts" {
            assert_eq!(half, evaluation::half(template), "{name}");
        }
    }
    for (_, document) in documents(&committed()) {
        assert!(halves.values().any(|names| names.contains(&format!("texts/{}", document.template))));
    }
    assert!(halves["tuning"].is_disjoint(&halves["judging"]));
    assert!(halves.values().all(|templates| templates.len() >= 90), "a half is small");
}

#[test]
fn every_table_has_its_truth_and_there_are_enough_values() {
    let files = committed();
    let mut labelled = 0;
    let mut values = documents(&files).iter().map(|(_, document)| document.spans.len()).sum::<usize>();
    for (name, bytes) in &files {
        let Some((stem, extension)) = name.rsplit_once('.') else { panic!("{name}") };
        labelled += usize::from(!name.ends_with(".truth.json"));
        if extension == "jsonl" || name.ends_with(".truth.json") {
            continue;
        }
        let truth: Truth = serde_json::from_slice(&files[&format!("{stem}.truth.json")]).unwrap();
        assert!(!truth.fields.is_empty(), "{name}");
        if extension == "csv" || extension == "tsv" {
            let rows = std::str::from_utf8(bytes).unwrap().lines().count() - 1;
            values += rows * truth.fields.values().filter(|accepted| !accepted.is_empty()).count();
        }
    }
    assert!(labelled >= 400, "{labelled} labelled files");
    assert!(values >= 20_000, "{values} labelled values");
}

#[test]
fn the_repository_holds_what_the_generator_makes_and_another_seed_makes_something_else() {
    let made = evaluation::files(evaluation::COMMITTED_SEED).unwrap();
    let committed = committed();
    assert!(made.keys().eq(committed.keys()), "other names of files");
    let differing: Vec<&String> =
        made.iter().filter(|(name, bytes)| committed[*name] != **bytes).map(|it| it.0).collect();
    assert!(differing.is_empty(), "{differing:?}");
    let unseen = evaluation::files(evaluation::COMMITTED_SEED + 1).unwrap();
    assert!(unseen.keys().eq(made.keys()));
    let same = made.iter().filter(|(name, bytes)| unseen[*name] == **bytes && !name.ends_with(".truth.json")).count();
    assert!(same * 2 < made.len(), "{same} files do not depend on the seed");
}

#[test]
fn labels_in_other_words_are_understood() {
    let file = corpus("wordings/labels_in_other_words.jsonl");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_phinder"));
    let output = command.args(["eval", "--min-f1", "0.9"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_wordings_are_what_the_generator_makes() {
    let made = evaluation::wordings(evaluation::COMMITTED_SEED).unwrap();
    let mut committed = committed_in("wordings");
    committed.retain(|name, _| name.contains('/'));
    let differing: Vec<&String> =
        made.iter().filter(|(name, bytes)| committed.get(*name) != Some(bytes)).map(|it| it.0).collect();
    assert!(differing.is_empty() && made.len() == committed.len(), "{differing:?}");
}

#[test]
fn wordings_of_forms_exports_and_talks_and_whole_documents_are_understood() {
    for (half, floor) in [
        ("wordings/tuning", 0.95),
        ("wordings/judging", 0.90),
        ("documents/ordinary", 0.94),
        ("documents/difficult", 0.91),
        ("documents/varied", 0.92),
        ("documents/unusual", 0.80),
        ("documents/unseen", 0.80),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_phinder"));
        let output = command.args(["eval", "--format", "json"]).arg(corpus(half)).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |key: &str| report["totals"]["medium"][key].as_f64().unwrap();
        let f1 = 2.0 * count("tp") / (2.0 * count("tp") + count("fp") + count("fn"));
        assert!(f1 >= floor, "{half}: F1 {f1:.3}");
    }
}
