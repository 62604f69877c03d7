//! `phinder detectors`: what is found, how, and whether the examples of a detector hold.

use super::catalogue_lists::{self, class_name};
use super::{DetectorSelection, reference};
use crate::config::{Overrides, Settings};
use crate::detectors::spec::{DetectorSpec, Example};
use crate::detectors::{Catalogue, Engine};
use crate::detectors::{code_sets, examples};
use crate::model::Confidence;
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

/// List, show and test detectors.
#[derive(Debug, Args)]
pub(super) struct DetectorsArguments {
    #[command(subcommand)]
    command: DetectorsCommand,
    #[command(flatten)]
    selection: DetectorSelection,
}

#[derive(Debug, Subcommand)]
enum DetectorsCommand {
    /// List all detectors: id, class, HIPAA identifier, name
    #[command(
        after_help = "Examples:\n  phinder detectors list --safe-harbor     the 18 identifiers, and what finds each\n  \
        phinder detectors list --format json     for programs"
    )]
    List {
        /// The 18 identifiers of 45 CFR 164.514(b)(2)(i), and which detectors find each
        #[arg(long)]
        safe_harbor: bool,
        /// How the list is written
        #[arg(long, value_enum, default_value = "text")]
        format: ListFormat,
    },
    /// Print the reference of all detectors in force as Markdown (docs/detectors-reference.md)
    Reference,
    /// List the code sets in force: name, version, date, number of codes
    CodeSets,
    /// Show one detector: patterns, context, examples, source
    Show {
        /// Id of the detector
        id: String,
    },
    /// Run the examples of detectors through the engine and say which do not come out as stated
    #[command(after_help = "Examples:\n  phinder detectors test                  all detectors\n  \
        phinder detectors test own/badge.toml   a file of your own, beside the built-in ones")]
    Test {
        /// Own detector files or directories to test, or ids; all detectors in force if left out
        #[arg(value_name = "FILE_OR_ID")]
        files: Vec<PathBuf>,
    },
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people.
    Text,
    /// One JSON array of objects.
    Json,
}

pub(super) fn run(arguments: DetectorsArguments) -> anyhow::Result<u8> {
    let selection = arguments.selection;
    let (only, without) = (selection.only, selection.without);
    let code_sets = selection.code_sets;
    let overrides = Overrides { detectors: selection.detectors, code_sets, only, without, ..Overrides::default() };
    let catalogue = Settings::read(None)?.catalogue(&overrides)?;
    match arguments.command {
        DetectorsCommand::List { safe_harbor, format } => list(&catalogue, safe_harbor, format),
        DetectorsCommand::Reference => print(&reference::markdown(&catalogue)),
        DetectorsCommand::CodeSets => list_code_sets(),
        DetectorsCommand::Show { id } => show(&catalogue, &id),
        DetectorsCommand::Test { files } => test(catalogue, &files),
    }
}

fn list(catalogue: &Catalogue, safe_harbor: bool, format: ListFormat) -> anyhow::Result<u8> {
    print(&match (format, safe_harbor) {
        (ListFormat::Text, false) => catalogue_lists::all(catalogue),
        (ListFormat::Text, true) => catalogue_lists::safe_harbor(catalogue),
        (ListFormat::Json, false) => catalogue_lists::all_json(catalogue)?,
        (ListFormat::Json, true) => catalogue_lists::safe_harbor_json(catalogue)?,
    })
}

fn print(text: &str) -> anyhow::Result<u8> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(0)
}

fn list_code_sets() -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<9}  {:>7}  {:<21}  {:<10}  NAME", "ID", "CODES", "VERSION", "DATE")?;
    for set in code_sets::listed() {
        let (id, codes, version, date) = (set.id, set.codes, set.version, set.date.unwrap_or_else(|| "-".to_owned()));
        let from = set.file.map_or_else(String::new, |file| format!(", from {}", file.display()));
        writeln!(out, "{id:<9}  {codes:>7}  {version:<21}  {date:<10}  {}{from}", set.name)?;
    }
    writeln!(out, "\nReplace one with --code-sets DIR: a folder with a file ID.txt, one code a line, or ID.fst.")?;
    Ok(0)
}

fn show(catalogue: &Catalogue, id: &str) -> anyhow::Result<u8> {
    let Some(entry) = catalogue.entries().iter().find(|entry| entry.spec.id == id) else {
        bail!("there is no detector `{id}`; `phinder detectors list` shows all");
    };
    let mut out = std::io::stdout().lock();
    write!(out, "{}", describe(&entry.spec))?;
    writeln!(out, "file        {}", entry.file)?;
    Ok(0)
}

fn describe(spec: &DetectorSpec) -> String {
    let mut text = format!("{}: {}\n\n", spec.id, spec.name);
    let mut line = |name: &str, value: String| text.push_str(&format!("{name:<11} {value}\n"));
    line("class", class_name(spec.class).to_owned());
    if let Some(letter) = spec.safe_harbor {
        line("HIPAA", format!("identifier {letter} of 45 CFR 164.514(b)(2)(i)"));
    }
    line("source", spec.source.clone());
    if let Some(anywhere) = &spec.anywhere {
        line("anywhere", format!("{}   confidence {}", anywhere.pattern, anywhere.confidence.as_str()));
        line("validator", anywhere.validator.clone().unwrap_or_else(|| "none".to_owned()));
    }
    let context = &spec.context;
    let raised = context.confidence.unwrap_or(Confidence::High).as_str();
    if let Some(pattern) = &context.pattern {
        line("after label", format!("{pattern}   confidence {raised}"));
    }
    if let Some(pattern) = &context.field_pattern {
        line("in field", format!("{pattern}   confidence {raised}"));
    }
    for (name, words) in [("words", &context.words), ("fields", &context.fields), ("not near", &context.exclude)] {
        if !words.is_empty() {
            line(name, words.join(", "));
        }
    }
    for (name, list) in [("finds", &spec.examples.positive), ("leaves", &spec.examples.negative)] {
        for example in list {
            line(
                name,
                match example {
                    Example::Text(text) => text.clone(),
                    Example::Field { field, value } => format!("{value}   in field {field}"),
                },
            );
        }
    }
    text
}

/// Seconds that a pattern which no prefilter serves takes for 10^9 bytes of log lines on this machine.
fn cost_of_unserved(engine: &Engine, id: &str) -> Option<f64> {
    const BYTES: usize = 4 << 20;
    const ROUNDS: usize = 3;
    let mut text = String::with_capacity(BYTES + 256);
    let mut number = 1_u32;
    while text.len() < BYTES {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str("2026-03-01T00:00:00.731Z INFO [cache] request_id=");
        text.push_str(&format!("{number:08x} GET /api/orders/{number} status=200 \"user agent {}\"\n", number >> 7));
    }
    let time = || {
        let start = std::time::Instant::now();
        let found = engine.search_unserved(id, std::hint::black_box(text.as_bytes()));
        found.map(|_| start.elapsed().as_secs_f64())
    };
    let best = (0..ROUNDS).filter_map(|_| time()).min_by(f64::total_cmp)?;
    Some(best / text.len() as f64 * 1e9)
}

/// A cost that is small is not told as none.
fn seconds(cost: f64) -> String {
    if cost < 0.1 { "less than 0.1 s".to_owned() } else { format!("{cost:.1} s") }
}

fn test(mut catalogue: Catalogue, files: &[PathBuf]) -> anyhow::Result<u8> {
    let mut own = Vec::new();
    for file in files {
        let id = file.to_string_lossy();
        if !file.exists() && catalogue.entries().iter().any(|entry| entry.spec.id == id) {
            own.push(id.into_owned());
            continue;
        }
        let before: Vec<String> = own.clone();
        let mut alone = Catalogue::built_in()?;
        alone.add_path(file)?;
        catalogue.add_path(file)?;
        let name = file.display().to_string();
        let added = alone.entries().iter().filter(|entry| entry.file.starts_with(&name)).map(|entry| &entry.spec.id);
        own.extend(added.filter(|id| !before.contains(id)).cloned());
    }
    let engine = Engine::new(&catalogue, Confidence::Low).context("detectors do not compile")?;
    let (mut tested, mut examples_run, mut failed) = (0, 0, 0);
    let mut out = std::io::stdout().lock();
    for entry in catalogue.entries().iter().filter(|entry| files.is_empty() || own.contains(&entry.spec.id)) {
        tested += 1;
        examples_run += entry.spec.examples.positive.len() + entry.spec.examples.negative.len();
        for failure in examples::check(&engine, entry) {
            failed += 1;
            writeln!(out, "{failure}")?;
        }
        if let Some(cost) = cost_of_unserved(&engine, &entry.spec.id) {
            writeln!(
                out,
                "{}: [match] pattern can begin with any byte, so it is searched in every byte: measured now, {} of a \
                 core for each GB of log lines. Begin it with a letter or digit, or give an `anchor`, to pay only where it \
                 can match.",
                entry.file,
                seconds(cost)
            )?;
        }
    }
    writeln!(out, "{tested} detectors, {examples_run} examples, {failed} failed")?;
    Ok(u8::from(failed > 0))
}
