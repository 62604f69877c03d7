//! Where the outputs of a scan go: formats, files, and at most one of them to standard output.

use super::report_file::ReportFile;
use crate::outputs::{self, Background, Format, Options, Output};
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// Which results are written where.
#[derive(Debug, Default, Args)]
pub(super) struct OutputArguments {
    /// How results are written where --output names no format; terminal if left out
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), help_heading = "Output")]
    format: Option<String>,
    /// Write results to a file, or as FORMAT=FILE in another format too (- is standard output); may be repeated
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Output")]
    output: Vec<String>,
    /// AWS account that findings in the format asff belong to, 12 digits
    #[arg(long, value_name = "ID", value_parser = account, help_heading = "Output")]
    account_id: Option<String>,
}

fn format_parser() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(Format::ALL.iter().map(|format| format.name()))
}

fn account(text: &str) -> Result<String, &'static str> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| text.to_owned()).ok_or("an account has 12 digits")
}

/// The format that an output names, and its file. A word that is no format is a mistake, and no part of a name.
fn named(output: &str) -> anyhow::Result<Option<(Format, &str)>> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let Some((word, path)) = output.split_once('=').filter(|(word, _)| is_word(word)) else { return Ok(None) };
    let format = word.parse().with_context(|| format!("--output {output} (a file of that name is ./{output})"))?;
    Ok(Some((format, path)))
}

/// The outputs of a scan, not yet opened.
pub(super) struct Destinations {
    files: Vec<(Format, ReportFile)>,
    standard_output: Option<Format>,
    account_id: Option<String>,
}

impl Destinations {
    /// What the flags ask for, for a scan of `targets`.
    pub(super) fn new(arguments: OutputArguments, targets: &[String]) -> anyhow::Result<Self> {
        let format = arguments.format.as_deref().map(str::parse::<Format>).transpose()?;
        let mut files: Vec<(Format, PathBuf)> = Vec::new();
        let mut to_standard_output = Vec::new();
        let mut is_format_used = false;
        for text in &arguments.output {
            let named = named(text)?;
            is_format_used |= named.is_none();
            let (format, path) = named.unwrap_or((format.unwrap_or(Format::Terminal), text));
            match path {
                "" => bail!("--output {text} names no file"),
                "-" => to_standard_output.push(format),
                path => files.push((format, PathBuf::from(path))),
            }
        }
        // A format that no file has taken, and the report for people where nothing is said, go to standard output.
        if !is_format_used && (format.is_some() || to_standard_output.is_empty()) {
            to_standard_output.push(format.unwrap_or(Format::Terminal));
        }
        if to_standard_output.len() > 1 {
            let names: Vec<_> = to_standard_output.iter().map(|format| format.name()).collect();
            bail!("standard output takes one format, not {}; write the others to files", names.join(" and "));
        }
        let files = files
            .into_iter()
            .map(|(format, path)| Ok((format, ReportFile::new(&path, targets)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        for (index, (_, file)) in files.iter().enumerate() {
            if files[..index].iter().any(|(_, other)| other.place() == file.place() && !file.is_special()) {
                bail!("two outputs cannot both be {}", file.place().display());
            }
        }
        Ok(Self { files, standard_output: to_standard_output.pop(), account_id: arguments.account_id })
    }

    /// Refuses files that are those of a ledger.
    pub(super) fn spare(&self, ledger: &Path) -> anyhow::Result<()> {
        self.files.iter().try_for_each(|(_, file)| file.spares(ledger))
    }

    /// Globs of the files, to be left out of the scan.
    pub(super) fn exclusions(&self) -> Vec<String> {
        self.files.iter().flat_map(|(_, file)| file.exclusions()).collect()
    }

    /// Whether the report for people goes to standard output.
    pub(super) fn shows_report(&self) -> bool {
        self.standard_output == Some(Format::Terminal)
    }

    /// Whether findings for Security Hub are asked for; the account they belong to must then be known.
    pub(super) fn security_hub_account(&self) -> anyhow::Result<Option<&str>> {
        let mut formats = self.files.iter().map(|(format, _)| *format).chain(self.standard_output);
        if !formats.any(|format| format == Format::Asff) {
            return Ok(None);
        }
        let account = self.account_id.as_deref();
        account.map(Some).context("asff needs the account that the findings belong to: --account-id")
    }

    /// Opens everything. `shown` is how it looks on standard output.
    pub(super) fn open(&self, shown: &Options) -> anyhow::Result<Background> {
        let in_file = Options { width: Options::default().width, is_coloured: false, ..shown.clone() };
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        for (format, file) in &self.files {
            // A terminal report for a file keeps colours that were asked for with --color always.
            let options = if *format == Format::Terminal && self.standard_output.is_none() { shown } else { &in_file };
            outputs.push(outputs::open(*format, file.open()?, options));
        }
        if let Some(format) = self.standard_output {
            outputs.push(outputs::open(format, Box::new(std::io::stdout()), shown));
        }
        Ok(Background::new(outputs))
    }

    /// Puts the whole files in their places.
    pub(super) fn keep(self) -> anyhow::Result<()> {
        self.files.into_iter().try_for_each(|(_, file)| file.keep())
    }
}
