//! The command line: one file per subcommand. The only code that knows flags or writes to a terminal.

mod audit;
mod budget;
mod catalogue_lists;
mod complete;
mod completions;
mod core_dumps;
mod destinations;
mod detectors;
mod eval;
mod exact;
mod explain;
mod finding_show;
mod findings;
mod iam_policy;
mod init;
mod ledger;
mod ledger_scan;
mod logs;
mod plan;
mod policy;
mod policy_diff;
mod progress;
mod reference;
mod report;
mod report_file;
mod scan;
mod scope_targets;
mod serve;
mod serve_check;
mod stop;
mod tickets;

use crate::model::Confidence;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code for a usage or configuration error, or a scan that could not be completed.
const EXIT_ERROR: u8 = 2;

/// Finds protected health information (PHI) where it should not be.
#[derive(Debug, Parser)]
#[command(
    name = "phinder",
    version,
    about,
    long_about = "Finds protected health information (PHI) where it should not be.\n\n\
        It reads files and S3 objects, decides record by record what is PHI, and asks a policy whether it may be \
        there. Nothing is written to what it reads, and no value leaves it: reports hold masked samples only.",
    after_long_help = "Start here:\n  \
        phinder init                          write a commented phinder.toml\n  \
        phinder scan ./exports                scan a directory\n  \
        phinder scan s3://my-bucket/logs/     scan a prefix\n  \
        phinder plan s3://my-bucket           what that would cost\n  \
        phinder detectors list                what it finds\n\n\
        Exit codes:\n  \
        0  everything in scope was examined, nothing unexpected was found\n  \
        1  unexpected PHI, PII or health data was found\n  \
        2  usage or configuration error, or the scan could not be completed\n  \
        3  nothing unexpected in what was examined, but some of it could not be examined, or there was nothing to examine\n  \
        4  --max-time, --max-bytes or --max-requests ended the scan"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: Logging,
}

/// How much is logged, and how.
#[derive(Debug, Args)]
struct Logging {
    /// What to log on standard error: error, warn, info, debug, or a filter such as phinder=debug; libraries never say more than info
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        env = "PHINDER_LOG",
        default_value = "warn,phinder=info",
        help_heading = "Logging"
    )]
    log: String,
    /// How log lines are written
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = "Logging")]
    log_format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan files, directories, standard input or S3
    Scan(Box<scan::ScanArguments>),
    /// Estimate what a scan would read, how long it would take and what it would cost, without opening an object
    Plan(Box<plan::PlanArguments>),
    /// List, show and test detectors
    Detectors(detectors::DetectorsArguments),
    /// Build an index of the organisation's own identifiers, which a scan then finds; or show one
    Exact(exact::ExactArguments),
    /// Measure precision and recall on labelled data
    Eval(eval::EvalArguments),
    /// Show what every detector makes of a value, a line or a record, and why
    Explain(explain::ExplainArguments),
    /// List what a ledger remembers, and decide about it: suppress, accept, resolve, reopen
    Findings(findings::FindingsArguments),
    /// Write what a ledger remembers as one HTML page that opens from disk
    Report(report::ReportArguments),
    /// Tell destinations of problems, each once, and keep their tickets true
    Tickets(tickets::TicketsArguments),
    /// Scan by itself: the jobs of phinder.toml, each when it is due, and tickets after each
    Serve(serve::ServeArguments),
    /// Print the policy of IAM that allows what is needed, and nothing else
    IamPolicy(iam_policy::IamPolicyArguments),
    /// Back up, check and shrink a ledger
    Ledger(ledger::LedgerArguments),
    /// List, export, verify and sign what a ledger keeps of each scan
    Audit(audit::AuditArguments),
    /// Ask the policy about a location, compare two policies, or make a digest for the list of allowed values
    Policy(policy::PolicyArguments),
    /// Write a commented phinder.toml and an installation key
    Init(init::InitArguments),
    /// Write what lets a shell complete commands and flags
    Completions(completions::CompletionsArguments),
}

/// Which detectors are in force: the same flags wherever detectors are used.
#[derive(Debug, Args, Default)]
struct DetectorSelection {
    /// Own detectors: a TOML file or a directory of them; an equal id replaces a built-in detector
    #[arg(long = "detectors", value_name = "PATH", help_heading = "Detectors")]
    detectors: Vec<PathBuf>,
    /// Code sets in place of built-in ones: a folder of files such as icd10cm.txt, one code a line
    #[arg(long, value_name = "DIR", help_heading = "Detectors")]
    code_sets: Option<PathBuf>,
    /// Use only these detectors
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Detectors")]
    only: Vec<String>,
    /// Leave these detectors out
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Detectors")]
    without: Vec<String>,
}

/// Where the installation key comes from; else from the variable PHINDER_KEY, else from phinder.key beside the policy.
#[derive(Debug, Args, Default)]
struct KeyArguments {
    /// File of the installation key, needed for indexes and where the policy allows single values
    #[arg(long, value_name = "FILE", help_heading = "Key")]
    key_file: Option<PathBuf>,
    /// Secret of AWS Secrets Manager that holds the installation key: its ARN or name
    #[arg(long, value_name = "ARN|NAME", conflicts_with = "key_file", help_heading = "Key")]
    key_secret: Option<String>,
}

/// A level of confidence on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ConfidenceArgument {
    /// The shape fits, and so would many other things
    Low,
    /// More likely than not
    Medium,
    /// Structure, validator or context leave little doubt
    High,
}

impl From<ConfidenceArgument> for Confidence {
    fn from(argument: ConfidenceArgument) -> Self {
        match argument {
            ConfidenceArgument::Low => Self::Low,
            ConfidenceArgument::Medium => Self::Medium,
            ConfidenceArgument::High => Self::High,
        }
    }
}

/// Reads a command line, where a variable that is empty is as good as none.
fn parsed<P: Parser>(line: impl IntoIterator<Item = OsString>) -> Result<P, clap::Error> {
    fn without_empty_variables(command: clap::Command) -> clap::Command {
        let is_empty =
            |argument: &clap::Arg| argument.get_env().and_then(std::env::var_os).is_some_and(|text| text.is_empty());
        command
            .mut_args(|argument| if is_empty(&argument) { argument.env(None) } else { argument })
            .mut_subcommands(without_empty_variables)
    }
    let mut command = without_empty_variables(P::command());
    let mut matches = command.try_get_matches_from_mut(line)?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Parses the command line, runs it, and returns its exit code.
pub fn main() -> ExitCode {
    complete::answer();
    let arguments = match parsed::<Arguments>(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output with exit code 0, mistakes to standard error with 2.
            let code = error.exit_code().clamp(0, 255) as u8;
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(EXIT_ERROR) };
        }
    };
    if let Err(error) = logs::start(&arguments.logging.log, arguments.logging.log_format == LogFormat::Json) {
        return complain(&error);
    }
    core_dumps::turn_off();
    let outcome = match arguments.command {
        Command::Scan(arguments) => scan::run(*arguments),
        Command::Plan(arguments) => plan::run(*arguments),
        Command::Detectors(arguments) => detectors::run(arguments),
        Command::Exact(arguments) => exact::run(arguments),
        Command::Eval(arguments) => eval::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Findings(arguments) => findings::run(arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Tickets(arguments) => tickets::run(arguments),
        Command::Serve(serving) => serve::run(serving, &arguments.logging),
        Command::IamPolicy(arguments) => iam_policy::run(arguments),
        Command::Ledger(arguments) => ledger::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Policy(arguments) => policy::run(arguments),
        Command::Init(arguments) => init::run(arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        // Whoever closed the pipe has seen enough, and need not be told; the code still says that not all was written.
        Err(error) if is_broken_pipe(&error) => ExitCode::from(EXIT_ERROR),
        Err(error) => complain(&error),
    }
}

#[allow(clippy::print_stderr, reason = "this is the terminal")]
fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("phinder: {error:#}");
    ExitCode::from(EXIT_ERROR)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
