//! `phinder findings`: what a ledger remembers, and what people decide about it.

use super::complete;
use super::finding_show::{self, ShowArguments};
use super::report_file::ReportFile;
use crate::config::{date_of, moment_of};
use crate::detectors::{Catalogue, Engine, Scratch};
use crate::ledger::{Decision, Filter, FindingRow, HistoryRow, Ledger, Order, State};
use crate::model::{Class, Confidence, Severity};
use crate::outputs::{counted, harmless};
use crate::scan::masked_text;
use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Characters of what is kept with a decision, in each line of a history.
const MAX_WHO: usize = 200;
const MAX_WHY: usize = 2000;

/// List what a ledger remembers, and decide about it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder findings list --ledger phinder.ledger --severity high\n  \
    phinder findings show 8909f564 --ledger phinder.ledger\n  \
    phinder findings suppress 8909f564 --ledger phinder.ledger --why 'test data' --until 2027-01-31\n\n\
    A fingerprint may be shortened as long as it names one finding. States are those of docs/ledger.md.")]
pub(super) struct FindingsArguments {
    /// The ledger
    #[arg(long, value_name = "FILE", global = true, env = "PHINDER_LEDGER")]
    ledger: Option<PathBuf>,
    #[command(subcommand)]
    command: FindingsCommand,
}

#[derive(Debug, Subcommand)]
enum FindingsCommand {
    /// List findings, the worst first; those of the baseline and those that are resolved, suppressed or accepted only when asked for
    List(ListArguments),
    /// Show one finding
    Show(ShowArguments),
    /// Show what became of a finding, and by whom
    History {
        /// Its fingerprint, or the beginning of it
        #[arg(add = ArgValueCompleter::new(complete::fingerprints))]
        fingerprint: String,
    },
    /// It is no finding, or is to be left alone: later scans do not open it again
    Suppress(DecideArguments),
    /// The risk is accepted: later scans do not open it again
    Accept(DecideArguments),
    /// It is dealt with; a scan that sees it again reopens it
    Resolve(DecideArguments),
    /// Take back that it was suppressed, accepted or resolved
    Reopen(DecideArguments),
    /// Write all findings, whatever their state
    Export(ExportArguments),
}

/// Which findings are wanted: the same flags wherever a ledger's findings are.
#[derive(Debug, Args)]
pub(super) struct FilterArguments {
    /// Only these states
    #[arg(long, value_enum, value_delimiter = ',')]
    state: Vec<StateArgument>,
    /// This severity and worse
    #[arg(long, value_enum)]
    severity: Option<SeverityArgument>,
    /// Only this class
    #[arg(long, value_enum)]
    class: Option<ClassArgument>,
    /// Only this detector
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// Only locations that contain this
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// Only what was first observed at or after this date or time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

impl FilterArguments {
    /// The filter as a person would say it; empty where there is none.
    pub(super) fn said(&self) -> String {
        fn word<T: ValueEnum>(value: &T) -> String {
            value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
        }
        let mut said = Vec::new();
        if !self.state.is_empty() {
            said.push(format!("state {}", self.state.iter().map(word).collect::<Vec<_>>().join(" or ")));
        }
        said.extend(self.severity.as_ref().map(|severity| format!("severity {} or worse", word(severity))));
        said.extend(self.class.as_ref().map(|class| format!("class {}", word(class))));
        said.extend(self.detector.as_ref().map(|detector| format!("detector {detector}")));
        said.extend(self.location.as_ref().map(|location| format!("location contains {location}")));
        said.extend(self.since.as_ref().map(|since| format!("first observed since {since}")));
        said.join(", ")
    }
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    filter: FilterArguments,
    /// All states
    #[arg(long, conflicts_with = "state")]
    all: bool,
    /// What comes first
    #[arg(long, value_enum, default_value = "severity")]
    sort: SortArgument,
    /// Findings of a page
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// The page, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// How they are written
    #[arg(long, value_enum, default_value = "table")]
    format: ListFormat,
}

#[derive(Debug, Args)]
struct ExportArguments {
    #[command(flatten)]
    filter: FilterArguments,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct DecideArguments {
    /// Fingerprints, or the beginnings of them; all are decided about, or none
    #[arg(required = true, value_name = "FINGERPRINT", add = ArgValueCompleter::new(complete::fingerprints))]
    fingerprints: Vec<String>,
    /// Why; it is kept with the finding, and identifiers of people in it are masked
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Who; the user of the system if left out
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// When it ends by itself, for suppress and accept: at the end of a day (UTC), or at a time with its offset
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateArgument {
    New,
    Open,
    Baseline,
    Resolved,
    Reopened,
    Suppressed,
    Accepted,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeverityArgument {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ClassArgument {
    Phi,
    Pii,
    Health,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SortArgument {
    Severity,
    FirstObserved,
    LastSeen,
    Changed,
    Location,
    Records,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people
    Table,
    /// One JSON object per line
    Jsonl,
}

pub(super) fn run(arguments: FindingsArguments) -> anyhow::Result<u8> {
    let path = arguments.ledger.context("which ledger? name it with --ledger or PHINDER_LEDGER")?;
    match arguments.command {
        FindingsCommand::List(arguments) => list(&path, &arguments)?,
        FindingsCommand::Export(arguments) => export(&path, &arguments)?,
        FindingsCommand::Show(arguments) => finding_show::run(&path, &arguments)?,
        FindingsCommand::History { fingerprint } => history(&path, &fingerprint)?,
        FindingsCommand::Suppress(arguments) => decide(&path, arguments, State::Suppressed)?,
        FindingsCommand::Accept(arguments) => decide(&path, arguments, State::Accepted)?,
        FindingsCommand::Resolve(arguments) => decide(&path, arguments, State::Resolved)?,
        FindingsCommand::Reopen(arguments) => decide(&path, arguments, State::Reopened)?,
    }
    Ok(0)
}

fn list(path: &Path, arguments: &ListArguments) -> anyhow::Result<()> {
    let mut filter = filter(&arguments.filter)?;
    if filter.states.is_empty() && !arguments.all {
        filter.states = State::ALL.iter().copied().filter(|state| state.is_active()).collect();
    }
    let order = match arguments.sort {
        SortArgument::Severity => Order::Severity,
        SortArgument::FirstObserved => Order::FirstObserved,
        SortArgument::LastSeen => Order::LastSeen,
        SortArgument::Changed => Order::Changed,
        SortArgument::Location => Order::Location,
        SortArgument::Records => Order::Records,
    };
    let offset = (arguments.page - 1).saturating_mul(arguments.limit);
    let ledger = Ledger::open(path)?;
    let (rows, count) = ledger.findings(&filter, order, (arguments.limit, offset))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.format == ListFormat::Jsonl {
        for row in &rows {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        }
        return Ok(out.flush()?);
    }
    if !rows.is_empty() {
        writeln!(out, "{:<8}  {:<10}  {:<8}  {:<6}  {:<10}  found", "finding", "state", "severity", "class", "since")?;
    }
    for row in &rows {
        writeln!(out, "{}", line(row))?;
    }
    let shown = rows.len() as u64;
    match (shown, count) {
        (0, 0) => writeln!(out, "no finding")?,
        _ if shown == count => writeln!(out, "{}", counted(count, "finding", "findings"))?,
        _ => writeln!(out, "{shown} of {count} findings, page {}", arguments.page)?,
    }
    if !arguments.all && arguments.filter.state.is_empty() {
        let baseline = Filter { states: vec![State::Baseline], ..filter };
        let (_, count) = ledger.findings(&baseline, order, (0, 0))?;
        if count > 0 {
            writeln!(out, "{count} more in the baseline: --state baseline")?;
        }
    }
    Ok(out.flush()?)
}

fn line(row: &FindingRow) -> String {
    let class = row.class.as_deref().unwrap_or_default();
    let since = row.first_observed_at.get(..10).unwrap_or_default();
    let short = row.fingerprint.get(..8).unwrap_or_default();
    let field = if row.field.is_empty() { String::new() } else { format!(" in {}", row.field) };
    let found = harmless(&format!("{}{field}, {}, {}", row.detector, amount(row), row.location));
    format!("{short:<8}  {:<10}  {:<8}  {class:<6}  {since:<10}  {found}", row.state, row.severity)
}

pub(super) fn amount(row: &FindingRow) -> String {
    let plural = |count: i64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{} in {}", plural(row.records, "record"), plural(row.objects, "object"))
}

fn export(path: &Path, arguments: &ExportArguments) -> anyhow::Result<()> {
    let (ledger, filter) = (Ledger::open(path)?, filter(&arguments.filter)?);
    let file = arguments.output.as_ref().map(|place| ReportFile::new(place, &[])).transpose()?;
    let mut out: Box<dyn Write> = match &file {
        Some(file) => {
            file.spares(path)?;
            file.open()?
        }
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    ledger
        .each_finding(&filter, Order::Location, |row| anyhow::Ok(writeln!(out, "{}", serde_json::to_string(row)?)?))?;
    out.flush()?;
    drop(out);
    file.map_or(Ok(()), ReportFile::keep)
}

fn history(path: &Path, fingerprint: &str) -> anyhow::Result<()> {
    let details = Ledger::open(path)?.finding(fingerprint, 0)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", line(&details.finding))?;
    for change in &details.history {
        writeln!(out, "  {}  {}", change.at, harmless(&sentence(change)))?;
    }
    Ok(())
}

/// `new -> open by scan 01J: why (until when)`.
pub(super) fn sentence(change: &HistoryRow) -> String {
    let from = change.from.as_deref().map_or(String::new(), |from| format!("{from} -> "));
    let by = match (&change.who, &change.scan_id) {
        (Some(who), _) => format!(" by {who}"),
        (None, Some(scan)) => format!(" by scan {scan}"),
        (None, None) => String::new(),
    };
    let why = change.why.as_deref().map_or(String::new(), |why| format!(": {why}"));
    let until = change.until.as_deref().map_or(String::new(), |until| format!(" (until {until})"));
    format!("{from}{}{by}{why}{until}", change.to)
}

fn decide(path: &Path, arguments: DecideArguments, state: State) -> anyhow::Result<()> {
    let until = arguments.until.as_deref().map(end).transpose()?;
    if until.is_some() && !matches!(state, State::Suppressed | State::Accepted) {
        bail!("--until is for suppress and accept");
    }
    if arguments.why.trim().is_empty() {
        bail!("say why: --why");
    }
    let who =
        arguments.who.or_else(|| ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()));
    let who = who.filter(|who| !who.is_empty()).context("say who decides: --who")?;
    for (flag, text, most) in [("--who", &who, MAX_WHO), ("--why", &arguments.why, MAX_WHY)] {
        if text.chars().count() > most {
            bail!("{flag} is longer than {most} characters");
        }
    }
    let ledger = Ledger::open(path)?;
    let engine = Engine::new(&Catalogue::built_in()?, Confidence::Medium).context("detectors do not compile")?;
    let masked = masked_text(&engine, &arguments.why, &mut Scratch::default());
    if masked.is_some() {
        tracing::warn!("what identifies somebody in --why is kept masked");
    }
    let decision = Decision { state, who, why: masked.unwrap_or(arguments.why), until };
    let mut out = std::io::stdout().lock();
    for fingerprint in ledger.decide(&arguments.fingerprints, &decision)? {
        writeln!(out, "{fingerprint} is {}", state.as_str())?;
    }
    Ok(())
}

pub(super) fn filter(arguments: &FilterArguments) -> anyhow::Result<Filter> {
    let state = |state: &StateArgument| match state {
        StateArgument::New => State::New,
        StateArgument::Open => State::Open,
        StateArgument::Baseline => State::Baseline,
        StateArgument::Resolved => State::Resolved,
        StateArgument::Reopened => State::Reopened,
        StateArgument::Suppressed => State::Suppressed,
        StateArgument::Accepted => State::Accepted,
    };
    Ok(Filter {
        states: arguments.state.iter().map(state).collect(),
        min_severity: arguments.severity.map(|severity| match severity {
            SeverityArgument::Low => Severity::Low,
            SeverityArgument::Medium => Severity::Medium,
            SeverityArgument::High => Severity::High,
            SeverityArgument::Critical => Severity::Critical,
        }),
        class: arguments.class.map(|class| match class {
            ClassArgument::Phi => Class::Phi,
            ClassArgument::Pii => Class::Pii,
            ClassArgument::Health => Class::Health,
        }),
        detector: arguments.detector.clone(),
        location: arguments.location.clone(),
        observed_since: arguments.since.as_deref().map(moment).transpose()?,
    })
}

/// A date (its first moment, UTC) or a time with its offset, in milliseconds since 1970.
fn moment(text: &str) -> anyhow::Result<i64> {
    let parsed = moment_of(text).with_context(|| {
        format!(
            "cannot read the time {text:?}; write a date such as 2027-01-31, or a time such as 2027-01-31T08:00:00Z"
        )
    })?;
    Ok(i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000)?)
}

/// Until when a decision stands: a date is its last moment, UTC.
fn end(text: &str) -> anyhow::Result<i64> {
    const DAY: i64 = 86_400_000;
    let last = moment(text)? + if date_of(text).is_some() { DAY - 1 } else { 0 };
    if i128::from(last) <= OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000 {
        bail!("--until {text} is over already");
    }
    Ok(last)
}
