//! `phinder tickets`: tells destinations of problems, shows what would be told and what was, frees dead letters, tests.

use super::complain;
use crate::aws::AwsOptions;
use crate::config::Settings;
use crate::ledger::{Ledger, Phase, TicketRow, TicketState};
use crate::outputs::{counted, harmless};
use crate::tickets::{
    self, Action, Clock, DestinationSpec, Engine, Plan, Problems, Report, SecretSettings, TicketsSpec,
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Exit code where something could not be told, or was refused.
const EXIT_INCOMPLETE: u8 = 3;

/// Tell destinations of problems, each once, and keep their tickets true.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder tickets test                                   can every destination be used?\n  \
    phinder tickets plan --ledger phinder.ledger           what a run would do; nothing is sent\n  \
    phinder tickets sync --ledger phinder.ledger           do it\n  \
    phinder tickets list --ledger phinder.ledger           which ticket stands for which problem\n  \
    phinder tickets retry --ledger phinder.ledger          try again what was refused\n\n\
    Destinations stand in phinder.toml; docs/tickets.md has a section for each.\n\n\
    Exit codes: 0 everything is told, 2 usage or configuration error, 3 something waits or was refused")]
pub(super) struct TicketsArguments {
    /// The ledger
    #[arg(long, value_name = "FILE", global = true, env = "PHINDER_LEDGER")]
    ledger: Option<PathBuf>,
    /// The settings; phinder.toml in the working directory if left out
    #[arg(long, value_name = "FILE", global = true)]
    policy: Option<PathBuf>,
    /// Only these destinations
    #[arg(long = "destination", value_name = "NAME", value_delimiter = ',', global = true)]
    destinations: Vec<String>,
    /// Named profile of the AWS configuration files
    #[arg(long, global = true)]
    profile: Option<String>,
    #[command(subcommand)]
    command: TicketsCommand,
}

#[derive(Debug, Subcommand)]
enum TicketsCommand {
    /// Make destinations and ledger agree: heed what people did with tickets, then tell what is new, changed, back or gone
    Sync {
        /// Print what would be done, by what is known here, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Tell a destination that is used for the first time of what is there already, too
        #[arg(long)]
        ticket_existing: bool,
    },
    /// Print what a run would do, and do nothing
    Plan {
        /// As if `sync` had it
        #[arg(long)]
        ticket_existing: bool,
    },
    /// List which ticket stands for which problem
    List {
        /// Only those that wait or were refused
        #[arg(long)]
        pending: bool,
    },
    /// Try again what was refused, at the next `sync`
    Retry {
        /// Identities of problems as `list` shows them, or their beginnings; all if left out
        #[arg(value_name = "PROBLEM")]
        problems: Vec<String>,
    },
    /// Make sure that each destination can be used; no ticket is made
    Test,
}

/// What a run tells.
pub(super) struct Run<'a> {
    /// The ledger.
    pub(super) ledger: &'a Path,
    /// The destinations.
    pub(super) tickets: &'a TicketsSpec,
    /// Where their secrets are.
    pub(super) secrets: SecretSettings,
    /// Only these.
    pub(super) only: &'a [String],
}

pub(super) fn run(arguments: TicketsArguments) -> anyhow::Result<u8> {
    let settings = Settings::read(arguments.policy.as_deref())?;
    let aws = AwsOptions { profile: arguments.profile.clone(), ..AwsOptions::default() };
    let secrets = SecretSettings { folder: settings.folder().to_owned(), aws };
    let ledger = || arguments.ledger.as_deref().context("which ledger? name it with --ledger or PHINDER_LEDGER");
    let chosen = chosen(&settings.tickets, &arguments.destinations)?;
    match &arguments.command {
        TicketsCommand::Sync { dry_run: false, ticket_existing } => {
            let run = Run { ledger: ledger()?, tickets: &settings.tickets, secrets, only: &arguments.destinations };
            sync(&run, *ticket_existing, &mut std::io::stdout())
        }
        TicketsCommand::Sync { ticket_existing, .. } | TicketsCommand::Plan { ticket_existing } => {
            plan(ledger()?, &settings.tickets, &chosen, &secrets, *ticket_existing)
        }
        TicketsCommand::List { pending } => list(ledger()?, &arguments.destinations, *pending),
        TicketsCommand::Retry { problems } => retry(ledger()?, &arguments.destinations, problems),
        TicketsCommand::Test => test(&chosen, &secrets),
    }
}

fn chosen<'a>(tickets: &'a TicketsSpec, names: &[String]) -> anyhow::Result<Vec<&'a DestinationSpec>> {
    let all = &tickets.destinations.0;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|spec| spec.name == **name)) {
        let known: Vec<_> = all.iter().map(|spec| spec.name.as_str()).collect();
        bail!("there is no destination {unknown:?} in the settings; there are: {}", known.join(", "));
    }
    Ok(all.iter().filter(|spec| names.is_empty() || names.contains(&spec.name)).collect())
}

/// Delivers to one destination after the other. One that fails is no reason not to try the others.
pub(super) fn sync(run: &Run<'_>, is_existing: bool, out: &mut dyn Write) -> anyhow::Result<u8> {
    let chosen = chosen(run.tickets, run.only)?;
    if chosen.is_empty() {
        bail!("no destination is set: write a [[tickets.destination]] into phinder.toml (docs/tickets.md)");
    }
    let mut ledger = Ledger::open(run.ledger)?;
    let runtime = runtime()?;
    let mut code = 0;
    for spec in chosen {
        let destination = tickets::open(spec, &run.secrets).map_err(|problem| wrong(spec, &problem))?;
        let engine = Engine::new(&mut ledger, run.tickets, spec, destination.as_ref(), Clock::system());
        let report = runtime.block_on(engine.run(is_existing))?;
        say(out, &spec.name, &report)?;
        if report.stopped.is_some() || report.is_busy || report.waiting + report.dead > 0 {
            code = EXIT_INCOMPLETE;
        }
    }
    Ok(code)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")
}

fn wrong(spec: &DestinationSpec, problem: &str) -> anyhow::Error {
    anyhow::anyhow!("the destination {}: {problem}", spec.name)
}

fn say(out: &mut dyn Write, name: &str, report: &Report) -> anyhow::Result<()> {
    if report.is_busy {
        writeln!(out, "{name}: another process is delivering to it; left to that one")?;
        return Ok(());
    }
    if let Some(known) = report.known {
        match known {
            0 => writeln!(out, "{name}: used for the first time")?,
            _ => writeln!(
                out,
                "{name}: used for the first time: {} that are there already get no ticket (--ticket-existing tells of them, too)",
                counted(known as u64, "finding", "findings")
            )?,
        }
    }
    let counts = [
        (report.created, "new"),
        (report.adopted, "found there"),
        (report.updated, "updated"),
        (report.reopened, "reopened"),
        (report.closed, "closed"),
        (report.by_people, "closed or opened by people"),
    ];
    let counts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    writeln!(out, "{name}: {}", if counts.is_empty() { "nothing to tell".to_owned() } else { counts.join(", ") })?;
    if report.overflow > 0 {
        writeln!(out, "{name}: {} more problems stand in one summary ticket; they follow later", report.overflow)?;
    }
    if report.waiting > 0 {
        writeln!(out, "{name}: {} deliveries wait for the next run", report.waiting)?;
    }
    if report.dead > 0 {
        writeln!(
            out,
            "{name}: {} were refused; `phinder tickets list --pending` says why, `phinder tickets retry` tries again",
            report.dead
        )?;
    }
    if let Some(stopped) = &report.stopped {
        writeln!(out, "{name}: stopped: {}", harmless(stopped))?;
    }
    Ok(())
}

fn plan(
    ledger: &Path,
    tickets: &TicketsSpec,
    chosen: &[&DestinationSpec],
    secrets: &SecretSettings,
    is_existing: bool,
) -> anyhow::Result<u8> {
    let mut ledger = Ledger::open(ledger)?;
    let mut out = std::io::stdout().lock();
    for spec in chosen {
        let destination = tickets::open(spec, secrets).map_err(|problem| wrong(spec, &problem))?;
        let engine = Engine::new(&mut ledger, tickets, spec, destination.as_ref(), Clock::system());
        let (plan, problems) = engine.plan(is_existing)?;
        show_plan(&mut out, &spec.name, &plan, &problems)?;
    }
    Ok(0)
}

fn show_plan(out: &mut dyn Write, name: &str, plan: &Plan, problems: &Problems) -> anyhow::Result<()> {
    if plan.actions.is_empty() && plan.overflow.is_empty() {
        writeln!(out, "{name}: nothing to tell")?;
    }
    let describe = |identity: &str| match problems.get(identity) {
        Some(problem) => format!(
            "{:<8} {:<6} {}, about {}, {}",
            problem.severity.as_str(),
            problem.class.as_str(),
            counted(problem.findings, "finding", "findings"),
            counted(problem.records, "record", "records"),
            problem.place
        ),
        None => format!("the summary of {} problems without a ticket", plan.overflow.len()),
    };
    for planned in &plan.actions {
        let word = match planned.action {
            Action::Create => "create",
            Action::LookUp => "look up",
            Action::Update => "update",
            Action::Reopen => "reopen",
            Action::Close(_) => "close",
        };
        writeln!(out, "{name}: {word:<7}  {}  {}", short(&planned.problem), describe(&planned.problem))?;
    }
    for place in &plan.overflow {
        let (identity, _) = problems.at(*place);
        writeln!(out, "{name}: wait     {}  {}", short(&identity), describe(&identity))?;
    }
    if plan.dead > 0 {
        writeln!(out, "{name}: {} were refused and are not tried again", plan.dead)?;
    }
    Ok(())
}

fn short(identity: &str) -> &str {
    identity.get(..8).unwrap_or(identity)
}

fn list(ledger: &Path, names: &[String], is_pending: bool) -> anyhow::Result<u8> {
    let rows = Ledger::open(ledger)?.tickets(None)?;
    let mut out = std::io::stdout().lock();
    let is_shown = |row: &&TicketRow| {
        (names.is_empty() || names.contains(&row.destination)) && (!is_pending || row.phase.is_some())
    };
    for row in rows.iter().filter(is_shown) {
        let state = match (row.state, row.closed_as) {
            (TicketState::None, _) => "no ticket".to_owned(),
            (TicketState::Open, _) => "open".to_owned(),
            (TicketState::Closed, why) => format!("closed ({})", why.map_or("", |why| why.as_str())),
        };
        let pending = match (row.phase, row.operation) {
            (Some(phase), Some(operation)) => {
                let word = match phase {
                    Phase::Sent => "outcome not known",
                    Phase::Waiting => "waits",
                    Phase::Dead => "refused",
                };
                let said = row.problem_said.as_deref().map_or(String::new(), |said| format!(": {said}"));
                format!("; {} {word}{said}", operation.as_str())
            }
            _ => String::new(),
        };
        let ticket = row.external.as_ref().map_or("-", |external| external.url.as_deref().unwrap_or(&external.key));
        let place = if row.class == "*" { "summary of what has no ticket" } else { &row.place };
        let line = format!(
            "{}  {}  {:<6} {place}  {state}  {ticket}{pending}",
            row.destination,
            short(&row.problem),
            row.class
        );
        writeln!(out, "{}", harmless(&line))?;
    }
    Ok(0)
}

fn retry(ledger: &Path, names: &[String], problems: &[String]) -> anyhow::Result<u8> {
    let mut ledger = Ledger::open(ledger)?;
    let mut freed = 0;
    for mut row in ledger.tickets(None)? {
        let is_meant = (names.is_empty() || names.contains(&row.destination))
            && (problems.is_empty() || problems.iter().any(|prefix| row.problem.starts_with(prefix.as_str())));
        if is_meant && row.phase == Some(Phase::Dead) {
            tickets::free(&mut ledger, &mut row, Clock::system().now())?;
            freed += 1;
        }
    }
    writeln!(std::io::stdout(), "{freed} are tried again by the next `phinder tickets sync`")?;
    Ok(0)
}

fn test(chosen: &[&DestinationSpec], secrets: &SecretSettings) -> anyhow::Result<u8> {
    let runtime = runtime()?;
    let mut code = 0;
    for spec in chosen {
        let checked = match tickets::open(spec, secrets) {
            Ok(destination) => runtime.block_on(destination.check()).map_err(|failure| failure.said().to_owned()),
            Err(problem) => Err(problem),
        };
        match checked {
            Ok(said) => writeln!(std::io::stdout(), "{}: {}", spec.name, harmless(&said))?,
            Err(problem) => {
                complain(&wrong(spec, &harmless(&problem)));
                code = EXIT_INCOMPLETE;
            }
        }
    }
    Ok(code)
}
