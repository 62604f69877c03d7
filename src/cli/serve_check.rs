//! `phinder serve --check`: tries out what the jobs need, and says what is missing and what to do.

use super::{iam_policy, scan, serve};
use crate::aws::{AwsOptions, identity};
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::model::{Coverage, Listed, Reason};
use crate::outputs::harmless;
use crate::serve::{JobSpec, Program, ServeSpec, StateFolder};
use crate::sources::{self, SourceOptions};
use crate::tickets::{self, SecretSettings};
use futures::StreamExt;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Exit code where something is missing.
const EXIT_MISSING: u8 = 3;
/// Signatures are refused where clocks differ by five minutes, and times in tickets are wrong long before.
const MAX_CLOCK_SECONDS: i64 = 60;
/// A ledger takes some hundred bytes for each object.
const MIN_FREE_BYTES: u64 = 1 << 30;
/// How long one target may take to show its first object.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is tried out, line by line.
struct Checks {
    missing: usize,
}

impl Checks {
    fn say(&mut self, what: &str, result: Result<String, String>) -> anyhow::Result<()> {
        let (word, text) = match &result {
            Ok(text) => ("ok     ", text),
            Err(problem) => ("MISSING", problem),
        };
        self.missing += usize::from(result.is_err());
        writeln!(std::io::stdout(), "{word} {what}: {}", harmless(text))?;
        Ok(())
    }
}

pub(super) async fn run(settings: &Settings, spec: &ServeSpec, program: &Program, folder: &Path) -> anyhow::Result<u8> {
    let mut checks = Checks { missing: 0 };
    let state = StateFolder::open(folder).map(|state| state.path().display().to_string());
    checks.say("state folder", state.map_err(|error| error.to_string()))?;
    checks.say("disk", disk(folder))?;
    let mut aws = None;
    for job in &spec.jobs.0 {
        checks.say(&format!("job {}", job.name), next_run(job))?;
        checks.say(
            &format!("job {}: policy, detectors and key", job.name),
            plan(program, serve::parsed(job, program, folder)?),
        )?;
        checks.say(&format!("job {}: ledger", job.name), ledger(&folder.join(&job.ledger)))?;
        let (targets, options) = scan::sources(serve::parsed(job, program, folder)?);
        for target in &targets {
            let needs = sources::needs(target, &options);
            if !needs.is_empty() && !options.aws.anonymous {
                aws.get_or_insert_with(|| options.aws.clone());
            }
            let tried = tokio::time::timeout(PATIENCE, first_object(target, &options)).await;
            let tried = tried.unwrap_or_else(|_| Err(format!("no answer in {} s", PATIENCE.as_secs())));
            let tried = tried.map_err(|problem| match needs.is_empty() {
                true => problem,
                false => format!("{problem}; it needs {}: `phinder iam-policy`", iam_policy::actions(&needs)),
            });
            checks.say(&format!("job {}: target {target}", job.name), tried)?;
        }
    }
    let secrets = SecretSettings { folder: settings.folder().to_owned(), aws: AwsOptions::default() };
    for destination in &settings.tickets.destinations.0 {
        let needs = tickets::needs(destination);
        if !needs.is_empty() {
            aws.get_or_insert_default();
        }
        let tried = match tickets::open(destination, &secrets) {
            Ok(opened) => opened.check().await.map_err(|failure| failure.said().to_owned()),
            Err(problem) => Err(problem),
        };
        checks.say(&format!("destination {}", destination.name), tried)?;
    }
    if let Some(options) = aws {
        who_and_when(&mut checks, &options).await?;
    }
    Ok(if checks.missing == 0 { 0 } else { EXIT_MISSING })
}

fn next_run(job: &JobSpec) -> Result<String, String> {
    let now = jiff::Timestamp::now();
    let next = job.schedule.next_after(now).ok_or("it is never due")?.to_zoned(job.schedule.zone().clone());
    Ok(format!("due next at {}", next.strftime("%Y-%m-%d %H:%M %Z")))
}

/// Builds what a scan builds before it reads anything.
fn plan(program: &Program, arguments: scan::ScanArguments) -> Result<String, String> {
    let built = || -> anyhow::Result<usize> {
        let (targets, overrides) = scan::overrides(arguments);
        Ok(Settings::read(Some(&program.config))?.plan(targets, overrides)?.engine.detectors().len())
    };
    built().map(|detectors| format!("{detectors} detectors")).map_err(|error| format!("{error:#}"))
}

fn ledger(path: &Path) -> Result<String, String> {
    if !path.exists() {
        return Ok(format!("{} is begun by the first run", path.display()));
    }
    let check = || Ledger::open(path)?.quick_check();
    check().map(|()| path.display().to_string()).map_err(|error| error.to_string())
}

/// Lists a target up to its first object, and opens that one.
async fn first_object(target: &str, options: &SourceOptions) -> Result<String, String> {
    let source = sources::open(target, options).await.map_err(|error| error.to_string())?;
    let mut listing = source.list();
    while let Some(listed) = listing.next().await {
        match listed {
            Listed::Gap(_, Coverage::Failed(Reason::NothingListed)) => {
                return Ok("can be listed; nothing is there now".to_owned());
            }
            Listed::Gap(_, Coverage::Failed(reason) | Coverage::Partial(reason)) => return Err(said("list", reason)),
            Listed::Gap(..) => {}
            Listed::Object(object) => {
                let opened = source.open(&object).await;
                return opened.map(|_| "can be listed and read".to_owned()).map_err(|error| said("read", error.reason));
            }
        }
    }
    Ok("can be listed; it holds nothing that would be read".to_owned())
}

/// Names of objects are not said: they may hold identifiers.
fn said(verb: &str, reason: Reason) -> String {
    format!("cannot {verb} it: {} ({})", reason.code(), reason.explanation())
}

fn disk(folder: &Path) -> Result<String, String> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).map_err(|error| format!("cannot ask for free space: {error}"))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let text = format!("{} free", indicatif::HumanBytes(free));
        match free >= MIN_FREE_BYTES {
            true => Ok(text),
            false => Err(format!("{text}; the ledger needs 1 GiB")),
        }
    }
    #[cfg(not(unix))]
    Ok(format!("{} is not asked for free space here", folder.display()))
}

async fn who_and_when(checks: &mut Checks, options: &AwsOptions) -> anyhow::Result<()> {
    match identity::caller(options).await {
        Err(error) => checks.say("credentials of AWS", Err(error.to_string())),
        Ok(caller) => {
            checks.say("credentials of AWS", Ok(caller.arn))?;
            let clock = match caller.ahead_seconds {
                Some(ahead) if ahead.abs() > MAX_CLOCK_SECONDS => {
                    Err(format!("{ahead} s ahead of AWS; let chrony or systemd-timesyncd set it"))
                }
                Some(ahead) => Ok(format!("{} s from that of AWS", ahead.abs())),
                None => Ok("AWS did not say what time it is".to_owned()),
            };
            checks.say("clock", clock)
        }
    }
}
