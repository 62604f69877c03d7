//! `phinder policy`: which entry decides about a location and why; what another policy would change; digests for allowed values.

use super::policy_diff;
use crate::config::Settings;
use crate::model::Location;
use crate::outputs;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use time::OffsetDateTime;

/// Ask the policy.
#[derive(Debug, Args)]
pub(super) struct PolicyArguments {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Say which entry of the policy decides about a location, and why
    #[command(after_help = "Examples:\n  \
        phinder policy check s3://acme-clinical/2026/patients.csv\n  \
        phinder policy check exports/patients.csv --field ssn --detector us_ssn")]
    Check(CheckArguments),
    /// Say what another policy would change, by what a ledger remembers; nothing is read again
    Diff(policy_diff::DiffArguments),
    /// Read a value from standard input and print its keyed digest for [[allow.value]]
    #[command(after_help = "The value is read from standard input, so that it stands in no shell history:\n  \
        phinder policy digest < value.txt")]
    Digest(DigestArguments),
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// A location as reports show it, or a path
    location: String,
    /// Ask about one field path
    #[arg(long)]
    field: Option<String>,
    /// Ask about one detector
    #[arg(long, value_name = "ID")]
    detector: Option<String>,
    /// The policy's file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct DigestArguments {
    /// The policy's file, beside which the key lies
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// File of the installation key; by default phinder.key beside the policy
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

pub(super) fn run(arguments: PolicyArguments) -> anyhow::Result<u8> {
    match arguments.command {
        PolicyCommand::Check(arguments) => check(&arguments),
        PolicyCommand::Diff(arguments) => policy_diff::run(&arguments),
        PolicyCommand::Digest(arguments) => digest(&arguments),
    }
}

fn check(arguments: &CheckArguments) -> anyhow::Result<u8> {
    let settings = Settings::read(arguments.policy.as_deref())?;
    let location = match arguments.location.contains("://") {
        true => Location::from_uri(arguments.location.as_str()),
        false => {
            let path = std::path::absolute(&arguments.location)
                .with_context(|| format!("cannot make {:?} a full path", arguments.location))?;
            Location::file(&path)
        }
    };
    let today = OffsetDateTime::now_utc().date();
    let explanation =
        settings.policy.explain(&location, arguments.field.as_deref(), arguments.detector.as_deref(), today);
    let mut out = std::io::stdout().lock();
    match &settings.file {
        Some(file) => writeln!(out, "policy: {}", file.display())?,
        None => writeln!(out, "policy: none (no --policy, and no phinder.toml here)")?,
    }
    write!(out, "{}", explanation.render(&|text| outputs::harmless(text).to_string()))?;
    Ok(0)
}

fn digest(arguments: &DigestArguments) -> anyhow::Result<u8> {
    let settings = Settings::read(arguments.policy.as_deref())?;
    let key = settings.installation_key(arguments.key_file.as_deref())?;
    if std::io::stdin().is_terminal() {
        bail!("standard input is a terminal, which would show the value; pipe it in from a file");
    }
    let mut value = String::new();
    std::io::stdin().lock().read_line(&mut value).context("cannot read the value from standard input")?;
    if !value.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        bail!("standard input holds no value");
    }
    let digest = crate::scan::keyed_digest(&key, value.trim().as_bytes());
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(0)
}
