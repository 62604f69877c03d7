//! `phinder scan`: from flags to a plan, a running scan with its progress, and an exit code.

use super::budget::{BudgetArguments, EXIT_BUDGET};
use super::destinations::{Destinations, OutputArguments};
use super::ledger_scan::{LedgerScan, LedgerScanArguments};
use super::progress::Display;
use super::{ConfidenceArgument, DetectorSelection, KeyArguments, Logging, scope_targets, stop, tickets};
use crate::aws::AwsOptions;
use crate::config::{Overrides, Settings};
use crate::outputs::{Options, SecurityHub};
use crate::scan::{self, Progress, ScanPlan};
use crate::sources::{DEFAULT_SAMPLE_ROWS, DatabaseOptions, SourceOptions};
use crate::tickets::SecretSettings;
use anyhow::Context;
use clap::{Args, Parser, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Scan files, directories, standard input, S3 or databases for PHI.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder scan ./exports                                       a directory\n  \
    phinder scan 'logs/**/*.gz'                                  a glob\n  \
    zcat dump.gz | phinder scan -                                standard input\n  \
    phinder scan s3://my-bucket/logs/ --profile audit            keys that start with logs/\n  \
    phinder scan s3:// --exclude '**/*.parquet'                  every bucket of the account\n  \
    phinder scan s3://my-bucket --versions --format jsonl -o findings.jsonl\n  \
    phinder scan s3://my-bucket --sample 3000                    some of its objects, and what they show of the rest\n  \
    phinder scan sqlite:clinic.db --full                         every row of an SQLite file\n  \
    phinder scan postgres://scanner@host/clinic --db-ca ca.pem   a sample of each table (PGPASSWORD, ~/.pgpass)\n  \
    phinder scan mysql://scanner@host                            every database (MYSQL_PWD, ~/.my.cnf)\n  \
    phinder scan rds:// --db-user scanner --db-ca rds.pem        every server of RDS in the region, by tokens of IAM\n  \
    phinder scan s3://my-bucket --ledger phinder.ledger           remember, and read only what changed next time\n  \
    phinder scan s3://my-bucket --ledger phinder.ledger --tickets  and tell the destinations of phinder.toml\n  \
    phinder scan ./exports -o html=report.html -o csv=findings.csv   and the report here\n\n\
    What may be where is said in phinder.toml (`phinder init` writes one); without it, everything found is unexpected.")]
pub(super) struct ScanArguments {
    /// What to scan: a path, a glob, - (standard input), s3://bucket/prefix, s3:// (every bucket), sqlite:PATH,
    /// postgres://user@host/database, mysql://user@host/database, rds:// (every server of the region), rds://name/database
    #[arg(required = true, value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    targets: Vec<String>,
    /// The policy and settings; phinder.toml in the working directory if left out
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    output: OutputArguments,
    /// Colours in the terminal report
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    color: ColorArgument,
    /// No progress on standard error
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Lowest confidence that is reported
    #[arg(long, value_enum, help_heading = "Detectors")]
    min_confidence: Option<ConfidenceArgument>,
    #[command(flatten)]
    detectors: DetectorSelection,
    /// Find the identifiers of an index that `phinder exact build` made; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Detectors")]
    exact: Vec<PathBuf>,
    #[command(flatten)]
    ledger: LedgerScanArguments,
    #[command(flatten)]
    selection: Selection,
    /// Only N objects of each bucket, prefix or folder, drawn by lot over prefixes, extensions, sizes and ages; the report
    /// says what they show of the others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Selection")]
    sample: Option<u64>,
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    aws: AwsArguments,
    /// Worker threads; one per core if left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "Limits")]
    workers: Option<u16>,
    /// Stop reading a compressed object that expands beyond this, e.g. 50GB; 100GiB if left out
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_expanded_size: Option<String>,
    /// Leave columns of Parquet out whose type and statistics say that only a telling name could make identifiers of them;
    /// files where this happened are reported as read in part. Not with detectors of your own or --exact
    #[arg(long, help_heading = "Limits")]
    skip_unlikely_columns: bool,
    #[command(flatten)]
    budget: BudgetArguments,
}

/// Which objects of a listing are read. What is left out is counted in the report.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Only locations or relative paths that match this glob; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    include: Vec<String>,
    /// Not what matches this glob; wins over --include; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    exclude: Vec<String>,
    /// Not what is smaller, e.g. 1KB
    #[arg(long, value_name = "SIZE", help_heading = "Selection")]
    min_size: Option<String>,
    /// Not what is larger, e.g. 10GB
    #[arg(long, value_name = "SIZE", help_heading = "Selection")]
    max_size: Option<String>,
    /// Only what was last modified at or after this date or time
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    modified_after: Option<String>,
    /// Only what was last modified at or before this date or time
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    modified_before: Option<String>,
    /// A target may list nothing at all, and everything may be left out: no exit code 3 for that
    #[arg(long, help_heading = "Selection")]
    accept_empty: bool,
    /// Non-current versions of S3 objects too
    #[arg(long, help_heading = "Selection")]
    versions: bool,
}

/// How tables are read; every statement is read-only.
#[derive(Debug, Args)]
struct DatabaseArguments {
    /// Rows that are chosen at random of each table; "all" reads every row, but with a ledger no table again that is unchanged
    #[arg(long, value_name = "N", default_value_t = SampleRows::Some(DEFAULT_SAMPLE_ROWS), help_heading = "Databases")]
    sample_rows: SampleRows,
    /// Every row of each table; with a ledger every table and object again, also what is unchanged
    #[arg(long, conflicts_with = "sample_rows", help_heading = "Databases")]
    full: bool,
    /// Seed of every choice of rows and objects, to repeat one; a random one if left out, and the report names it
    #[arg(long, value_name = "N", help_heading = "Selection")]
    seed: Option<u64>,
    /// Views too
    #[arg(long, help_heading = "Databases")]
    views: bool,
    /// Certificates (PEM) that servers are verified against, instead of those of the system
    #[arg(long, value_name = "FILE", help_heading = "Databases")]
    db_ca: Option<PathBuf>,
    /// A host that need not prove who it is, nor encrypt; may be repeated
    #[arg(long, value_name = "HOST", help_heading = "Databases")]
    db_insecure_host: Vec<String>,
    /// Seconds that one statement may take; 60 if left out
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Databases")]
    db_timeout: Option<u64>,
    /// Bytes of each table that are read at most, e.g. 100MB; 1GiB if left out, no limit with --full
    #[arg(long, value_name = "SIZE", help_heading = "Databases")]
    db_max_bytes: Option<String>,
    /// User to sign in as where the target names none; servers of RDS are then given a token of IAM
    #[arg(long, value_name = "USER", help_heading = "Databases")]
    db_user: Option<String>,
    /// Secret of AWS Secrets Manager (name or ARN) with the user and password of servers of RDS
    #[arg(long, value_name = "SECRET", help_heading = "Databases")]
    db_secret: Option<String>,
}

impl ScanArguments {
    /// The secret that holds the installation key, if one does.
    pub(super) fn key_secret(&self) -> Option<&str> {
        self.key.key_secret.as_deref()
    }
}

/// How many rows of a table are read.
#[derive(Debug, Clone, Copy)]
enum SampleRows {
    /// So many, chosen at random.
    Some(u64),
    All,
}

impl FromStr for SampleRows {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            _ if text == "all" => Ok(Self::All),
            Ok(rows) if rows > 0 => Ok(Self::Some(rows)),
            _ => Err("a number of rows, at least 1, or \"all\""),
        }
    }
}

impl fmt::Display for SampleRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Some(rows) => rows.fmt(f),
            Self::All => f.write_str("all"),
        }
    }
}

impl DatabaseArguments {
    fn options(self) -> DatabaseOptions {
        let defaults = DatabaseOptions::default();
        DatabaseOptions {
            sample_rows: match self.sample_rows {
                SampleRows::Some(rows) => rows,
                SampleRows::All => defaults.sample_rows,
            },
            is_full: self.full || matches!(self.sample_rows, SampleRows::All),
            views: self.views,
            ca_file: self.db_ca,
            insecure_hosts: self.db_insecure_host,
            user: self.db_user,
            secret: self.db_secret,
            statement_timeout: self.db_timeout.map_or(defaults.statement_timeout, Duration::from_secs),
            ..defaults
        }
    }
}

/// How AWS is reached; everything left out comes from the standard chain (environment, profiles, SSO, roles).
#[derive(Debug, Args)]
pub(super) struct AwsArguments {
    /// Named profile of the shared AWS configuration
    #[arg(long, help_heading = "AWS")]
    profile: Option<String>,
    /// Region of the first request; the regions of buckets are found out. rds:// reads each: may be repeated
    #[arg(long, help_heading = "AWS")]
    region: Vec<String>,
    /// Endpoint of an S3-compatible service (also AWS_ENDPOINT_URL)
    #[arg(long, value_name = "URL", help_heading = "AWS")]
    endpoint_url: Option<String>,
    /// Send unsigned requests, for public buckets
    #[arg(long, help_heading = "AWS")]
    no_sign_request: bool,
    /// Agree to pay for requests to buckets whose requester pays
    #[arg(long, help_heading = "AWS")]
    requester_pays: bool,
    /// Upper limit of requests per second to S3
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "AWS")]
    max_requests_per_second: Option<u32>,
    /// Seconds of silence after which a request is given up and tried again; 30 if left out
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), help_heading = "AWS")]
    timeout: Option<u64>,
}

/// When the terminal report has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorArgument {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `phinder scan` alone, as somebody else composes its command line.
#[derive(Debug, Parser)]
struct ScanLine {
    #[command(flatten)]
    scan: ScanArguments,
    #[command(flatten)]
    _logging: Logging,
}

/// Reads a command line that begins with `scan`.
pub(super) fn parse(line: Vec<OsString>) -> Result<ScanArguments, clap::Error> {
    super::parsed::<ScanLine>(line).map(|line| line.scan)
}

pub(super) fn run(mut arguments: ScanArguments) -> anyhow::Result<u8> {
    let settings = Settings::read(arguments.policy.as_deref())?;
    let (color, progress_wanted) = (arguments.color, !arguments.no_progress);
    let region = arguments.aws.region.first().cloned();
    let destinations = Destinations::new(std::mem::take(&mut arguments.output), &arguments.targets)?;
    let security_hub = security_hub(destinations.security_hub_account()?, region)?;
    let (ledger_arguments, budget) = (std::mem::take(&mut arguments.ledger), arguments.budget.clone());
    let watches_spot = ledger_arguments.watches_spot();
    let (targets, mut overrides) = overrides(arguments);
    let chooses = overrides.source.sample.is_some() || !(overrides.include.is_empty() && overrides.exclude.is_empty());
    let targets = scope_targets::distinct(targets, chooses)?;
    let mut ledger = LedgerScan::prepare(ledger_arguments, &settings, &overrides)?;
    if let Some(ledger) = &ledger {
        destinations.spare(ledger.path())?;
    }
    let own_files = [destinations.exclusions(), ledger.as_ref().map_or(Vec::new(), LedgerScan::exclusions)].concat();
    overrides.exclude.extend(own_files.iter().cloned());
    let tickets = (settings.tickets.clone(), settings.folder().to_owned(), overrides.source.aws.clone());
    let mut plan = settings.plan(targets, overrides)?;
    if let Some(ledger) = &mut ledger {
        ledger.begin(&mut plan, &own_files)?;
    }
    let plan = Arc::new(plan);
    let options = Options { security_hub, ..report_options(&plan, color, destinations.shows_report()) };
    let mut output = destinations.open(&options)?;
    let cancelled = Arc::new(AtomicBool::new(false));
    stop::watch(cancelled.clone(), watches_spot)?;
    let progress = Arc::new(Progress::new(plan.workers));
    let display = Display::start(progress.clone(), progress_wanted).context("cannot start the progress display")?;
    let is_spent = budget.watch(&plan, progress.clone(), cancelled.clone())?;
    let outcome = scan::run(&plan, &mut output, &progress, &cancelled);
    // The process ends soon: to take the engine apart would be work for nothing.
    std::mem::forget((plan.engine.clone(), plan.key_engine.clone()));
    display.finish();
    drop(output);
    if let Some(ledger) = &ledger {
        ledger.finish(outcome.as_ref().ok())?;
    }
    let summary = outcome?;
    destinations.keep()?;
    // Whoever stopped the scan wants it to end; the next run tells.
    if let Some(ledger) = ledger.as_ref().and_then(LedgerScan::to_be_told).filter(|_| !summary.interrupted) {
        let (tickets, folder, aws) = &tickets;
        let secrets = SecretSettings { folder: folder.clone(), aws: aws.clone() };
        let run = tickets::Run { ledger, tickets, secrets, only: &[] };
        // What the scan found stands, whatever becomes of the tickets.
        if let Err(error) = tickets::sync(&run, false, &mut std::io::stderr()) {
            tracing::error!("the destinations were not told: {error:#}");
        }
    }
    if summary.interrupted && is_spent.load(Ordering::Relaxed) {
        return Ok(EXIT_BUDGET);
    }
    Ok(summary.exit_code.clamp(0, 255) as u8)
}

/// The hub of an account: its region as AWS tools find it out, and the partition that the region lies in.
fn security_hub(account: Option<&str>, region: Option<String>) -> anyhow::Result<Option<SecurityHub>> {
    let Some(account) = account else { return Ok(None) };
    let of_environment = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    let region = region.or_else(of_environment).filter(|region| !region.is_empty());
    let region = region.context("asff needs the region of the Security Hub: --region or AWS_REGION")?;
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Ok(Some(SecurityHub { partition: partition.to_owned(), region, account: account.to_owned() }))
}

/// The targets of a scan, and how they are read.
pub(super) fn sources(arguments: ScanArguments) -> (Vec<String>, SourceOptions) {
    let (targets, overrides) = overrides(arguments);
    (targets, overrides.source)
}

pub(super) fn overrides(arguments: ScanArguments) -> (Vec<String>, Overrides) {
    let ScanArguments { selection, aws, detectors, database, sample, .. } = arguments;
    let (seed, reads_unchanged) = (database.seed, database.full);
    let db_max_bytes = database.db_max_bytes.clone();
    let mut scope = scope(selection, aws, database.options());
    scope.source.sample = sample;
    let overrides = Overrides {
        policy: arguments.policy,
        key_file: arguments.key.key_file,
        key_secret: arguments.key.key_secret,
        exact: arguments.exact,
        detectors: detectors.detectors,
        code_sets: detectors.code_sets,
        only: detectors.only,
        without: detectors.without,
        min_confidence: arguments.min_confidence.map(Into::into),
        max_expanded_size: arguments.max_expanded_size,
        skip_unlikely_columns: arguments.skip_unlikely_columns,
        workers: arguments.workers.map(usize::from),
        seed,
        reads_unchanged,
        db_max_bytes,
        ..scope
    };
    (arguments.targets, overrides)
}

/// Which objects are listed, and how: what a scan and its estimate share.
pub(super) fn scope(selection: Selection, aws: AwsArguments, database: DatabaseOptions) -> Overrides {
    let source = SourceOptions {
        versions: selection.versions,
        accepts_empty: selection.accept_empty,
        requester_pays: aws.requester_pays,
        aws: AwsOptions {
            profile: aws.profile,
            region: aws.region.first().cloned(),
            endpoint_url: aws.endpoint_url,
            anonymous: aws.no_sign_request,
            timeout: aws.timeout.map(Duration::from_secs),
        },
        database: DatabaseOptions { regions: aws.region, ..database },
        ..SourceOptions::default()
    };
    Overrides {
        include: selection.include,
        exclude: selection.exclude,
        min_size: selection.min_size,
        max_size: selection.max_size,
        modified_after: selection.modified_after,
        modified_before: selection.modified_before,
        max_requests_per_second: aws.max_requests_per_second,
        source,
        ..Overrides::default()
    }
}

fn report_options(plan: &ScanPlan, color: ColorArgument, is_shown: bool) -> Options {
    let standard = Options::default();
    let terminal = console::Term::stdout();
    let width = match terminal.size_checked() {
        Some((_, columns)) if is_shown && terminal.is_term() => usize::from(columns),
        _ => standard.width,
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_coloured = match color {
        ColorArgument::Always => true,
        ColorArgument::Never => false,
        ColorArgument::Auto => is_shown && !no_color && std::io::stdout().is_terminal(),
    };
    let names = plan.engine.detectors().iter().map(|detector| (detector.id.clone(), detector.name.to_string()));
    Options { width, is_coloured, detector_names: names.collect(), ..standard }
}
