//! `phinder report`: the page of a ledger.

use super::catalogue_lists::SAFE_HARBOR;
use super::findings::{FilterArguments, filter};
use super::report_file::ReportFile;
use crate::config::{Overrides, Settings};
use crate::ledger::Ledger;
use crate::outputs::{counted, size};
use crate::report::{self, DetectorText, ReportOptions};
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use time::OffsetDateTime;

/// Write what a ledger remembers as one HTML page that opens from disk.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder report --ledger phinder.ledger -o report.html\n  \
    phinder report --ledger phinder.ledger --location s3://billing/ -o billing.html\n\n\
    The page asks nothing of any network. report.html#f-FINGERPRINT leads to a finding. docs/report.md shows it.")]
pub(super) struct ReportArguments {
    /// The ledger
    #[arg(long, value_name = "FILE", env = "PHINDER_LEDGER")]
    ledger: Option<PathBuf>,
    /// Write to a file; standard output if left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterArguments,
    /// Own detectors, for their names: a TOML file or a directory of them
    #[arg(long = "detectors", value_name = "PATH", help_heading = "Detectors")]
    detectors: Vec<PathBuf>,
}

pub(super) fn run(arguments: &ReportArguments) -> anyhow::Result<u8> {
    let path = arguments.ledger.as_ref().context("which ledger? name it with --ledger or PHINDER_LEDGER")?;
    let ledger = Ledger::open(path)?;
    let options = ReportOptions {
        ledger: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        made_at: OffsetDateTime::now_utc(),
        detectors: detector_texts(&arguments.detectors)?,
        filter: filter(&arguments.filter)?,
        filter_text: arguments.filter.said(),
    };
    let Some(place) = &arguments.output else {
        if std::io::stdout().is_terminal() {
            bail!("a page is nothing for a terminal: name a file with --output");
        }
        report::write(&ledger, &options, &mut BufWriter::new(std::io::stdout().lock()))?;
        return Ok(0);
    };
    let file = ReportFile::new(place, &[])?;
    file.spares(path)?;
    let findings = report::write(&ledger, &options, &mut *file.open()?)?;
    let place = file.place().to_owned();
    file.keep()?;
    let bytes = std::fs::metadata(&place).map_or(0, |file| file.len());
    let findings = counted(findings, "finding", "findings");
    writeln!(std::io::stdout().lock(), "wrote {}: {findings}, {}", place.display(), size(bytes))?;
    Ok(0)
}

/// What is said of the detectors in force. One of which nothing is known any more is called by its id.
fn detector_texts(own: &[PathBuf]) -> anyhow::Result<BTreeMap<String, DetectorText>> {
    let overrides = Overrides { detectors: own.to_vec(), ..Overrides::default() };
    let catalogue = Settings::read(None)?.catalogue(&overrides)?;
    let text = |name: &str, letter: Option<char>| DetectorText {
        name: name.to_owned(),
        identifier: letter.and_then(|letter| SAFE_HARBOR.iter().find(|(known, _)| *known == letter)).map(
            |(letter, words)| {
                format!("identifier {letter} of 45 CFR 164.514(b)(2)(i), {}{}", words[..1].to_lowercase(), &words[1..])
            },
        ),
    };
    let entries = catalogue.entries().iter();
    Ok(entries.map(|entry| (entry.spec.id.clone(), text(&entry.spec.name, entry.spec.safe_harbor))).collect())
}
