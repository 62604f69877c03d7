//! `phinder eval`: how well the detectors do on labelled data, as a table for people or counts for programs.

use super::{ConfidenceArgument, DetectorSelection};
use crate::config::{Overrides, Settings};
use crate::detectors::Engine;
use crate::evaluate::{Counts, Evaluator, Examiner, LEVELS, Levels, Measure, Mistake, Place, Report};
use crate::model::Confidence;
use crate::outputs::harmless;
use anyhow::Context;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

/// Measure precision, recall and F1 per detector on labelled texts and tables.
#[derive(Debug, Args)]
#[command(after_long_help = "Labelled input:\n  \
    texts.jsonl           one {\"text\":\"...\",\"spans\":[{\"detector\":\"us_ssn\",\"start\":4,\"end\":15}]} a line, bytes of UTF-8\n  \
    patients.csv          any table phinder reads, with patients.csv.truth.json beside it: {\"ssn\":[\"us_ssn\"],\"notes\":[]}\n  \
    a folder              every labelled file in it\n\n\
    Exit codes:\n  0  measured\n  1  measured, and a detector is below --min-f1\n  2  usage error, or input that cannot be read or has no labels\n\n\
    docs/accuracy.md says exactly what counts.")]
pub(super) struct EvalArguments {
    /// Labelled files or folders
    #[arg(required = true, value_name = "LABELLED")]
    labelled: Vec<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    format: EvalFormat,
    /// List every wrong and missed find, masked
    #[arg(long, help_heading = "Output")]
    errors: bool,
    /// Level of confidence that --errors and --min-f1 go by
    #[arg(long, value_enum, default_value = "medium", help_heading = "Detectors")]
    min_confidence: ConfidenceArgument,
    /// Exit with 1 if the F1 of a detector is below this, e.g. 0.95
    #[arg(long, value_name = "F1", value_parser = share)]
    min_f1: Option<f64>,
    #[command(flatten)]
    detectors: DetectorSelection,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EvalFormat {
    /// A table for people.
    Text,
    /// Counts per detector and level.
    Json,
}

fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "must lie between 0 and 1".to_owned())
}

pub(super) fn run(arguments: EvalArguments) -> anyhow::Result<u8> {
    let level: Confidence = arguments.min_confidence.into();
    let selection = arguments.detectors;
    let is_narrowed = !selection.only.is_empty() || !selection.without.is_empty();
    let (only, without) = (selection.only, selection.without);
    let settings = Settings::read(None)?;
    let all = Overrides { detectors: selection.detectors, ..Overrides::default() };
    let known = settings.catalogue(&all)?;
    let catalogue = settings.catalogue(&Overrides { only, without, ..all })?;
    let engine = Engine::new(&catalogue, Confidence::Low).context("detectors do not compile")?;
    let examiner = Examiner::new(engine);
    let ids = known.entries().iter().map(|entry| entry.spec.id.clone());
    let mut evaluator = Evaluator::new(&examiner, is_narrowed, level).knowing(ids);
    for path in &arguments.labelled {
        evaluator.add(path)?;
    }
    let report = evaluator.finish()?;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        EvalFormat::Json => json(&report, arguments.errors, &mut out)?,
        EvalFormat::Text => text(&report, arguments.errors.then_some(level), &mut out)?,
    }
    out.flush()?;
    let below = |levels: &Levels| {
        let f1 = levels.at(level).f1();
        arguments.min_f1.is_some_and(|least| f1.is_some_and(|f1| f1.value < least))
    };
    Ok(u8::from(report.detectors.values().any(below)))
}

fn json(report: &Report, with_errors: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut value = serde_json::json!({
        "detectors": report.detectors,
        "totals": report.totals(),
        "records": report.records,
        "texts": report.texts,
        "tables": report.tables,
        "fields": report.fields,
        "ignored": report.ignored,
    });
    if with_errors {
        value["errors"] = report.mistakes.iter().map(mistake_json).collect();
    }
    writeln!(out, "{value}")?;
    Ok(())
}

fn mistake_json(mistake: &Mistake) -> serde_json::Value {
    let kind = if mistake.is_miss { "fn" } else { "fp" };
    let (file, detector, sample) = (&mistake.file, &mistake.detector, &mistake.sample);
    match &mistake.place {
        Place::Text { line, start, end } => serde_json::json!({"file": file, "line": line, "start": start, "end": end,
            "detector": detector, "kind": kind, "sample": sample}),
        Place::Field { field, found, values } => serde_json::json!({"file": file, "field": field, "found": found,
            "values": values, "detector": detector, "kind": kind, "sample": sample}),
    }
}

fn text(report: &Report, errors_at: Option<Confidence>, out: &mut impl Write) -> anyhow::Result<()> {
    let Report { texts, tables, fields, ignored, .. } = report;
    writeln!(
        out,
        "{texts} texts, {tables} tables with {fields} fields; {ignored} files without labels were ignored.\n"
    )?;
    let id_width = report.detectors.keys().map(String::len).max().unwrap_or(0).max("all (micro average)".len());
    writeln!(
        out,
        "{:<id_width$}  {:<6}  {:>6} {:>6} {:>6}  {:<20}  {:<20}  {:<20}",
        "DETECTOR", "AT", "TP", "FP", "FN", "PRECISION", "RECALL", "F1"
    )?;
    let totals = report.totals();
    let all = report.detectors.iter().map(|(id, levels)| (id.as_str(), levels));
    for (id, levels) in all.chain([("all (micro average)", &totals)]) {
        for level in LEVELS {
            let counts = levels.at(level);
            let name = if level == Confidence::Low { id } else { "" };
            writeln!(out, "{}", row(name, id_width, (level, counts)).trim_end())?;
        }
    }
    let records = &report.records;
    if records.judged > 0 {
        writeln!(out, "\nThe decision per record, of {} records whose class is labelled:", records.judged)?;
        let classes = [("phi", &records.phi), ("pii", &records.pii), ("health", &records.health)];
        for (name, counts) in classes {
            writeln!(out, "{}", row(name, id_width, (Confidence::Medium, counts)).trim_end())?;
        }
    }
    writeln!(
        out,
        "\nIntervals are 95%: Wilson's for precision and recall; F1 from Wilson's of tp / (tp + fp + fn). \
         AT is the least confidence that counts."
    )?;
    for absent in &report.absent {
        writeln!(out, "Not judged, no value in the table: {}", harmless(absent))?;
    }
    if let Some(level) = errors_at {
        let count = report.mistakes.len();
        writeln!(out, "\nWrong and missed finds at {} confidence: {count}", level.as_str())?;
        for mistake in &report.mistakes {
            writeln!(out, "{}", mistake_line(mistake))?;
        }
    }
    Ok(())
}

fn row(name: &str, id_width: usize, (level, counts): (Confidence, &Counts)) -> String {
    format!(
        "{name:<id_width$}  {:<6}  {:>6} {:>6} {:>6}  {:<20}  {:<20}  {:<20}",
        level.as_str(),
        counts.right,
        counts.wrong,
        counts.missed,
        measure(counts.precision()),
        measure(counts.recall()),
        measure(counts.f1())
    )
}

fn measure(measure: Option<Measure>) -> String {
    measure.map_or_else(|| "-".to_owned(), |m| format!("{:.3} [{:.3}, {:.3}]", m.value, m.low, m.high))
}

fn mistake_line(mistake: &Mistake) -> String {
    let kind = if mistake.is_miss { "missed" } else { "wrong " };
    let file = harmless(&mistake.file);
    let (detector, sample) = (&mistake.detector, harmless(&mistake.sample));
    match &mistake.place {
        Place::Text { line, start, end } => {
            format!("{kind}  {file}:{line}  {detector}  bytes {start}..{end}  {sample}")
        }
        Place::Field { field, found, values } => {
            let field = harmless(field);
            let line = format!("{kind}  {file}  {detector}  field {field}, {found} of {values} values  {sample}");
            line.trim_end().to_owned()
        }
    }
}
