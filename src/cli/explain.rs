//! `phinder explain`: what every detector makes of a value, a line or a record, and by which evidence. Values come from a prompt
//! that is never echoed, or from a file; what is shown is masked.

use super::DetectorSelection;
use crate::config::{Overrides, Settings};
use crate::detectors::Scratch;
use crate::evaluate::explain::{self, Account, Explainer, Reasons};
use crate::model::{Batch, Class, Confidence, EvidenceFlags};
use crate::outputs::harmless;
use crate::scan::masked_field;
use anyhow::{Context, bail};
use clap::{ArgGroup, Args};
use console::Term;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Longest line that is read from standard input, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Show what every detector makes of a value, a line or a record, and why.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["field", "line", "file"]),
    after_help = "Examples:\n  \
        phinder explain --field patient_ssn        asks for a value, and explains it in that field\n  \
        phinder explain --line                     asks for a line of text\n  \
        phinder explain visits.csv --record 7      record 7 of a file, counted from 0 as in reports"
)]
pub(super) struct ExplainArguments {
    /// A file: its first record with a find, or the one named by --record
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Ask for a value, and explain it in a field of this name or path
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Ask for a line of text
    #[arg(long)]
    line: bool,
    /// Which record of the file, counted from 0
    #[arg(long, value_name = "N", requires = "file")]
    record: Option<u64>,
    /// Explain these detectors only; all of them take part
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Detectors")]
    detector: Vec<String>,
    #[command(flatten)]
    detectors: DetectorSelection,
}

pub(super) fn run(arguments: ExplainArguments) -> anyhow::Result<u8> {
    let selection = arguments.detectors;
    let (only, without) = (selection.only, selection.without);
    let overrides = Overrides { detectors: selection.detectors, only, without, ..Overrides::default() };
    let catalogue = Settings::read(None)?.catalogue(&overrides)?;
    for id in &arguments.detector {
        if !catalogue.entries().iter().any(|entry| entry.spec.id == *id) {
            bail!("there is no detector `{id}` in force; `phinder detectors list` shows all");
        }
    }
    let explainer = Explainer::new(catalogue).context("detectors do not compile")?;
    let mut out = std::io::stdout().lock();
    if let Some(file) = &arguments.file {
        return explain_file(&explainer, (file, arguments.record), &arguments.detector, &mut out);
    }
    let batch = match &arguments.field {
        Some(field) => explain::value_batch(field, &ask("Value (not shown): ")?),
        None => explain::line_batch(&ask("Line (not shown): ")?),
    };
    explain_batch(&explainer, &batch, &arguments.detector, &mut out)?;
    Ok(0)
}

/// A line that is never echoed: from the terminal, or the first one of standard input.
fn ask(prompt: &str) -> anyhow::Result<String> {
    let line = if std::io::stdin().is_terminal() {
        let terminal = Some(Term::stderr()).filter(Term::is_term).unwrap_or_else(Term::stdout);
        if !terminal.is_term() {
            bail!("there is no terminal to ask on; give the line on standard input");
        }
        terminal.write_str(prompt)?;
        terminal.read_secure_line().context("cannot read from the terminal")?
    } else {
        let mut line = Vec::new();
        std::io::stdin()
            .lock()
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)
            .context("cannot read standard input")?;
        String::from_utf8(line).map_err(|_| anyhow::anyhow!("the line is no UTF-8"))?
    };
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    if line.trim().is_empty() {
        bail!("there is nothing to explain: the line is empty");
    }
    Ok(line)
}

fn explain_file(
    explainer: &Explainer,
    (file, wanted): (&Path, Option<u64>),
    asked: &[String],
    out: &mut impl Write,
) -> anyhow::Result<u8> {
    let examiner = explainer.examiner();
    let mut found: Option<(Batch, Option<Class>, Reasons)> = None;
    let mut records = 0;
    examiner
        .file(file, |examined| {
            let first = examined.batch.first_record;
            records = records.max(first + u64::from(examined.batch.record_count));
            if found.is_some() {
                return;
            }
            let record = match wanted {
                Some(wanted) => wanted.checked_sub(first).and_then(|record| u32::try_from(record).ok()),
                None => first_find(explainer, examined, asked),
            };
            if let Some(record) = record.filter(|record| *record < examined.batch.record_count) {
                let (class, reasons) = explain::class_of(examiner, examined, record);
                found = Some((explain::record_batch(examined.batch, record), class, reasons));
            }
        })
        .with_context(|| format!("cannot examine {}", file.display()))?;
    let Some((batch, class, reasons)) = found else {
        match wanted {
            Some(wanted) => bail!("{} has no record {wanted}: it has {records}, counted from 0", file.display()),
            None => writeln!(out, "Nothing is found in the {records} records of {}.", file.display())?,
        }
        return Ok(0);
    };
    let line = batch.record_lines.first().map(|line| format!(", line {line}")).unwrap_or_default();
    writeln!(out, "{}: record {}{line}", harmless(&file.display().to_string()), batch.first_record)?;
    write_class(class, &reasons, out)?;
    writeln!(out)?;
    explain_batch(explainer, &batch, asked, out)?;
    Ok(0)
}

/// The first record of a batch in which a detector that is asked for finds something.
fn first_find(explainer: &Explainer, examined: &crate::evaluate::Examined<'_>, asked: &[String]) -> Option<u32> {
    let mut first: Option<u32> = None;
    for index in 0..examined.batch.columns.len() {
        examined.occurrences(index, |found, record, _| {
            let id = &explainer.examiner().engine().detectors()[usize::from(found.detector)].id;
            if asked.is_empty() || asked.iter().any(|asked| **asked == **id) {
                first = Some(first.map_or(record, |first| first.min(record)));
            }
        });
    }
    first
}

fn write_class(class: Option<Class>, reasons: &Reasons, out: &mut impl Write) -> anyhow::Result<()> {
    let name = class.map_or("none", Class::as_str);
    writeln!(out, "class: {name}")?;
    let list = |ids: &[String]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    writeln!(out, "  identifiers of a person  {}", list(&reasons.identifiers))?;
    writeln!(
        out,
        "  quasi-identifiers        {} (two different ones count as an identifier)",
        list(&reasons.quasi_identifiers)
    )?;
    writeln!(out, "  health                   {}", list(&reasons.health))?;
    writeln!(
        out,
        "  not counted              {} (low confidence, or a provider's public number)",
        list(&reasons.uncounted)
    )?;
    let missing = match class {
        Some(Class::Phi) => return Ok(()),
        Some(Class::Pii) => "health data",
        Some(Class::Health) => "an identifier of a person",
        None => "an identifier of a person, and health data",
    };
    writeln!(out, "  missing for phi          {missing}")?;
    Ok(())
}

fn explain_batch(explainer: &Explainer, batch: &Batch, asked: &[String], out: &mut impl Write) -> anyhow::Result<()> {
    let accounts = explainer.accounts(batch, asked).context("a detector does not compile alone")?;
    let mut scratch = Scratch::default();
    let mut silent = Vec::new();
    for account in &accounts {
        if account.steps.is_empty() {
            silent.push(account.detector.as_str());
            continue;
        }
        let place =
            account.outcome.as_ref().map(|find| &batch.columns[find.column].path).filter(|path| !path.is_empty());
        let field = place.map(|path| masked_field(explainer.examiner().engine(), path, &mut scratch));
        write_account(account, field.as_deref(), out)?;
    }
    if !silent.is_empty() {
        writeln!(out, "No candidate for: {}", silent.join(", "))?;
    }
    Ok(())
}

fn write_account(account: &Account, field: Option<&str>, out: &mut impl Write) -> anyhow::Result<()> {
    match &account.outcome {
        Some(find) => {
            let field = field.map(|field| format!(" in field {}", harmless(field))).unwrap_or_default();
            let evidence = find.evidence.names().join(", ");
            let confidence = find.confidence.as_str();
            writeln!(out, "{}: found {}{field}, {confidence} ({evidence})", account.detector, harmless(&find.sample))?;
        }
        None => writeln!(out, "{}: not found", account.detector)?,
    }
    let is_by_context = account.outcome.as_ref().is_some_and(|find| find.evidence.contains(EvidenceFlags::CONTEXT))
        && account.steps.iter().skip(1).all(|step| step.before == step.after);
    let level = |confidence: Option<Confidence>| confidence.map_or("nothing", Confidence::as_str);
    for (index, step) in account.steps.iter().enumerate() {
        let effect = match (step.before, step.after) {
            (None, None) if index == 0 => "no shape of it without a field name or label".to_owned(),
            (None, None) => "nothing to judge".to_owned(),
            (None, Some(after)) if index == 0 => after.as_str().to_owned(),
            (before, after) if before == after && step.name == "validator" => "passes, or there is none".to_owned(),
            // The search for names reads the words before a name itself.
            (before, after) if before == after && step.name == "context words" && is_by_context => {
                "no change: the words around it made it a candidate already".to_owned()
            }
            (before, after) if before == after => "no change".to_owned(),
            (before, after) => format!("{} -> {}", level(before), level(after)),
        };
        let lost = match account.lost_to.as_slice() {
            [] => String::new(),
            others if index + 1 == account.steps.len() => format!(" (its place goes to {})", others.join(", ")),
            _ => String::new(),
        };
        writeln!(out, "  {:<14}  {effect}{lost}", step.name)?;
    }
    writeln!(out)?;
    Ok(())
}
