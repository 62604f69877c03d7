//! `phinder exact`: builds an index of the organisation's own identifiers from a table, and shows what is in one.

use super::KeyArguments;
use super::report_file::ReportFile;
use crate::config::{KeyPlace, Settings};
use crate::detectors::exact::{
    ExactBuilder, ExactColumn, ExactIndex, ExactKey, ExactKind, MAGIC, NORMALISATION, infer_kind, summarise,
};
use crate::model::{Batch, Column, Records};
use crate::outputs::harmless;
use crate::scan::{self, Table};
use crate::sources::SourceOptions;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Exit code where an index was written and a part of a table could not be read.
const EXIT_GAP: u8 = 3;

/// Build and show indexes for exact match.
#[derive(Debug, Args)]
pub(super) struct ExactArguments {
    #[command(subcommand)]
    command: ExactCommand,
}

#[derive(Debug, Subcommand)]
enum ExactCommand {
    /// Read identifiers from tables and write an index of keyed tags: no value is in it
    #[command(after_help = "Examples:\n  \
        phinder exact build --column mrn patients.csv -o patients.phx\n  \
        phinder exact build --column mrn,last_name,dob:date patients.parquet -o patients.phx\n  \
        phinder exact build --column '#3' export.txt.gz -o patients.phx\n  \
        phinder scan --exact patients.phx s3://my-bucket/logs/\n\n\
        It reads what a scan reads: CSV, TSV, JSON, NDJSON, Parquet, compressed or not. The key is that of the \
        installation (`phinder init` writes one); a scan needs the same.")]
    Build(BuildArguments),
    /// Show columns, counts and size of an index, and whether a key fits
    Show(ShowArguments),
}

#[derive(Debug, Args)]
struct BuildArguments {
    /// Tables: files, globs, - (standard input), s3://bucket/key
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<String>,
    /// Columns by name or, as #3, by place; with a kind, as in dob:date (id, date, name), or the kind is inferred
    #[arg(short, long = "column", value_name = "NAME[:KIND]", value_delimiter = ',', required = true)]
    columns: Vec<String>,
    /// Where to write the index
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Separators that may stand between the digits of an identifier, besides those of the tables: some of "- ./_#"
    #[arg(long, value_name = "CHARACTERS", default_value = "", hide_default_value = true)]
    separators: String,
    #[command(flatten)]
    key: KeyArguments,
}

#[derive(Debug, Args)]
struct ShowArguments {
    /// The index
    index: PathBuf,
    #[command(flatten)]
    key: KeyArguments,
}

pub(super) fn run(arguments: ExactArguments) -> anyhow::Result<u8> {
    match arguments.command {
        ExactCommand::Build(arguments) => build(arguments),
        ExactCommand::Show(arguments) => show(&arguments),
    }
}

fn key(arguments: &KeyArguments) -> anyhow::Result<ExactKey> {
    let (file, secret) = (arguments.key_file.clone(), arguments.key_secret.clone());
    let place = KeyPlace { file, secret, ..KeyPlace::default() };
    Ok(Settings::read(None)?.exact_key(&place)?)
}

fn build(arguments: BuildArguments) -> anyhow::Result<u8> {
    if !ExactBuilder::are_separators(&arguments.separators) {
        bail!("--separators takes some of \"- ./_#\"");
    }
    refuse_to_replace(&arguments.output)?;
    let report = ReportFile::new(&arguments.output, &arguments.tables)?;
    let mut filling = Filling::new(key(&arguments.key)?, &arguments.columns, &arguments.separators)?;
    let bar = ProgressBar::new_spinner();
    let mut records = 0;
    let tables = scan::read_tables(&arguments.tables, &SourceOptions::default(), &mut |number, batch| {
        records += u64::from(batch.record_count);
        filling.add(number, batch);
        bar.set_message(format!("{} records", HumanCount(records)));
        bar.tick();
    });
    bar.finish_and_clear();
    let tables = tables?;
    let index = filling.finish(&tables)?;
    let mut sink = report.open()?;
    index.write(&mut sink).with_context(|| format!("cannot write {}", arguments.output.display()))?;
    drop(sink);
    report.keep()?;
    let mut out = std::io::stdout().lock();
    for table in &tables {
        let name = harmless(table.location.name());
        write!(out, "{name}: {}, {} records", table.format, HumanCount(table.records))?;
        match table.shortfall {
            Some(reason) => writeln!(out, "; NOT ALL OF IT COULD BE READ: {reason}")?,
            None => writeln!(out)?,
        }
    }
    describe(&mut out, index.columns())?;
    let summary = summarise(&arguments.output, None)?;
    writeln!(out, "wrote {}: {}", arguments.output.display(), HumanBytes(summary.file_bytes))?;
    let has_gap = tables.iter().any(|table| table.shortfall.is_some());
    Ok(if has_gap { EXIT_GAP } else { 0 })
}

/// A slip in the arguments must not cost a table.
fn refuse_to_replace(output: &Path) -> anyhow::Result<()> {
    let mut begin = Vec::new();
    if !output.is_file() {
        return Ok(());
    }
    let file = std::fs::File::open(output).with_context(|| format!("cannot read {}", output.display()))?;
    file.take(MAGIC.len() as u64).read_to_end(&mut begin)?;
    if !begin.is_empty() && begin != MAGIC {
        bail!("{} is there and is no index; it is not replaced", output.display());
    }
    Ok(())
}

/// A column that is wanted.
struct Wanted {
    name: String,
    kind: Option<ExactKind>,
    /// In which tables it was seen, by their numbers, ascending.
    seen: Vec<usize>,
}

impl Wanted {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let kinds = [ExactKind::Id, ExactKind::Date, ExactKind::Name];
        let with_kind = kinds.iter().find_map(|kind| {
            text.strip_suffix(kind.as_str()).and_then(|rest| rest.strip_suffix(':')).map(|name| (name, *kind))
        });
        let (name, kind) = with_kind.map_or((text, None), |(name, kind)| (name, Some(kind)));
        if name.trim().is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
            bail!("--column takes the name of a column, and a kind: id, date or name");
        }
        Ok(Self { name: name.trim().to_owned(), kind, seen: Vec::new() })
    }

    /// Whether it is meant. Lines of text are the first and only column of their kind.
    fn is(&self, column: &Column) -> bool {
        let place: Option<u32> = self.name.strip_prefix('#').and_then(|digits| digits.parse().ok());
        let is_there = place.is_some_and(|place| place == column.ordinal || (place == 1 && column.path.is_empty()));
        is_there || column.path.eq_ignore_ascii_case(&self.name)
    }
}

/// Takes the wanted columns out of batches.
struct Filling {
    key: ExactKey,
    separators: String,
    wanted: Vec<Wanted>,
    /// Made when the first batch has told the kinds of the columns.
    builder: Option<ExactBuilder>,
}

impl Filling {
    fn new(key: ExactKey, columns: &[String], separators: &str) -> anyhow::Result<Self> {
        let wanted = columns.iter().map(|text| Wanted::parse(text)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { key, separators: separators.to_owned(), wanted, builder: None })
    }

    fn add(&mut self, table: usize, batch: &Batch) {
        let Self { key, separators, wanted, builder } = self;
        let builder = builder.get_or_insert_with(|| {
            let kinds = wanted.iter().map(|wanted| {
                let columns = batch.columns.iter().filter(|column| wanted.is(column));
                let values = columns.flat_map(|column| (0..column.len()).map(|index| column.value(index)));
                (wanted.name.clone(), wanted.kind.unwrap_or_else(|| infer_kind(&wanted.name, values)))
            });
            ExactBuilder::new(key.clone(), kinds.collect(), separators)
        });
        for (place, wanted) in wanted.iter_mut().enumerate() {
            for column in batch.columns.iter().filter(|column| wanted.is(column)).collect::<Vec<_>>() {
                if wanted.seen.last() != Some(&table) {
                    wanted.seen.push(table);
                }
                add_column(builder, place, column);
            }
        }
    }

    /// The index. Every column must be in every table, and give something: a slip in a name must not look like
    /// success.
    fn finish(self, tables: &[Table]) -> anyhow::Result<ExactIndex> {
        for wanted in &self.wanted {
            if let Some(number) = (0..tables.len()).find(|number| !wanted.seen.contains(number)) {
                bail!(
                    "there is no column `{}` in {} ({}); name it as the table does, or by its place, such as '#3'",
                    wanted.name,
                    harmless(tables[number].location.name()),
                    tables[number].format,
                );
            }
        }
        let Some(builder) = self.builder else { bail!("there is no table to read") };
        let index = builder.finish();
        if let Some(empty) = index.columns().iter().find(|column| column.entries == 0) {
            bail!(
                "nothing of the column `{}` can be indexed as {}: {}",
                empty.name,
                empty.kind.as_str(),
                left_out(empty)
            );
        }
        Ok(index)
    }
}

fn add_column(builder: &mut ExactBuilder, place: usize, column: &Column) {
    let Records::Dictionary { keys, .. } = &column.records else {
        (0..column.len()).for_each(|index| builder.add(place, column.value(index), 1));
        return;
    };
    let mut occurrences = vec![0u64; column.len()];
    for key in keys {
        if let Some(count) = occurrences.get_mut(*key as usize) {
            *count += 1;
        }
    }
    for (index, count) in occurrences.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        builder.add(place, column.value(index), count);
    }
}

fn show(arguments: &ShowArguments) -> anyhow::Result<u8> {
    let named = arguments.key.key_file.is_some() || arguments.key.key_secret.is_some();
    let key = match key(&arguments.key) {
        Ok(key) => Some(key),
        Err(error) if named => return Err(error),
        // The index can be shown without.
        Err(_) => None,
    };
    let summary = summarise(&arguments.index, key.as_ref())?;
    let entries: u64 = summary.columns.iter().map(|column| column.entries).sum();
    let mut out = std::io::stdout().lock();
    describe(&mut out, &summary.columns)?;
    let version = summary.normalisation;
    writeln!(out, "normal forms   version {version}{}", if version == NORMALISATION { "" } else { ", not readable" })?;
    writeln!(out, "size           {} for {} entries", HumanBytes(summary.file_bytes), HumanCount(entries))?;
    let key = match summary.key_fits {
        Some(true) => "fits; the file is as it was built",
        Some(false) => "DOES NOT FIT: the index was built with another one",
        None => "none given; the checksum of the file is right",
    };
    writeln!(out, "key            {key}")?;
    Ok(if summary.key_fits == Some(false) { super::EXIT_ERROR } else { 0 })
}

fn describe(out: &mut dyn Write, columns: &[ExactColumn]) -> std::io::Result<()> {
    writeln!(out, "{:<20}  {:<4}  {:>13}  {:>13}  LEFT OUT", "COLUMN", "KIND", "VALUES", "ENTRIES")?;
    for column in columns {
        let (values, entries) = (HumanCount(column.values).to_string(), HumanCount(column.entries).to_string());
        let (name, kind) = (harmless(&column.name).to_string(), column.kind.as_str());
        writeln!(out, "{name:<20}  {kind:<4}  {values:>13}  {entries:>13}  {}", left_out(column))?;
    }
    for column in columns {
        for (length, chance) in column.chances().filter(|(_, chance)| *chance >= 0.001) {
            writeln!(
                out,
                "{}: {:.1}% of all numbers of {length} digits are indexed, and found by chance as often",
                harmless(&column.name),
                chance.min(1.0) * 100.0
            )?;
        }
    }
    Ok(())
}

/// `12 empty, 3 short`, or a dash.
fn left_out(column: &ExactColumn) -> String {
    let left = &column.left_out;
    let counts = [
        (left.empty, "empty"),
        (left.short, "short"),
        (left.long, "long"),
        (left.form, "of another form"),
        (left.placeholder, "placeholders"),
        (left.frequent, "too frequent"),
    ];
    let texts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, reason)| format!("{} {reason}", HumanCount(*count)))
        .collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(", ") }
}
