//! `phinder serve`: from phinder.toml to a server that scans by itself, and the signals that steer it.

use super::{LogFormat, Logging, scan, serve_check};
use crate::aws::spot;
use crate::config::{DEFAULT_FILE, Settings};
use crate::serve::{Command, JobSpec, Program, ServeSpec, Server, StateFolder, SystemClock};
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Scan by itself: the jobs of phinder.toml, each when it is due, and tickets after each.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder serve --check                        is everything there that the jobs need?\n  \
    phinder serve                                run until SIGTERM or Ctrl-C; SIGHUP reads phinder.toml again\n  \
    curl http://127.0.0.1:9464/metrics           how things stand\n\n\
    Jobs stand in phinder.toml; docs/serve.md describes every key, docs/deploy.md a worker on EC2.\n\n\
    Exit codes: 0 stopped in good order, or everything is there (--check); 2 configuration error or it cannot start; \
    3 something is missing (--check)")]
pub(super) struct ServeArguments {
    /// Settings and jobs
    #[arg(long, visible_alias = "policy", value_name = "FILE", default_value = DEFAULT_FILE)]
    config: PathBuf,
    /// Try out everything that the jobs need, say what is missing, and end
    #[arg(long)]
    check: bool,
}

pub(super) fn run(arguments: ServeArguments, logging: &Logging) -> anyhow::Result<u8> {
    let config = std::path::absolute(&arguments.config).context("cannot use the configuration")?;
    let settings = Settings::read(Some(&config))?;
    let folder = state_folder(&settings);
    let flags = vec!["--log".into(), (&logging.log).into(), "--log-format".into(), logging.log_format.word().into()];
    let program = Program { flags, ..program(&config)? };
    let spec = jobs(&settings, &program, &folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    if arguments.check {
        return runtime.block_on(serve_check::run(&settings, &spec, &program, &folder));
    }
    let seed = spec.seed.clone().unwrap_or_else(machine_id);
    drop(settings);
    runtime.block_on(async {
        let (told, commands) = mpsc::channel(4);
        watch_signals(told.clone())?;
        if spec.watch_spot {
            tokio::spawn(watch_spot(told.clone()));
        }
        let state = StateFolder::open(&folder)?;
        let again = (program.clone(), folder.clone());
        let reload = move || read_again(&again.0, &again.1).map_err(|error| format!("{error:#}"));
        let server = Server::start((spec, seed), program, state, Arc::new(SystemClock), Box::new(reload)).await?;
        tracing::info!(address = %server.address()?, state = %folder.display(), "serving");
        server.run(commands).await;
        drop(told);
        Ok(0)
    })
}

/// This program, with a configuration.
pub(super) fn program(config: &Path) -> anyhow::Result<Program> {
    let path = std::env::current_exe().context("cannot tell which program this is")?;
    Ok(Program { path, config: config.to_owned(), flags: Vec::new() })
}

fn read_again(program: &Program, folder: &Path) -> anyhow::Result<ServeSpec> {
    jobs(&Settings::read(Some(&program.config))?, program, folder)
}

/// The jobs, after each was found to make a command line of `phinder scan`. Without destinations nobody is told.
fn jobs(settings: &Settings, program: &Program, folder: &Path) -> anyhow::Result<ServeSpec> {
    let mut spec = settings.serve.clone();
    if spec.jobs.0.is_empty() {
        bail!("no job is set: write a [[serve.job]] into {} (docs/serve.md)", program.config.display());
    }
    for job in &mut spec.jobs.0 {
        parsed(job, program, folder)?;
        Arc::make_mut(job).tickets &= !settings.tickets.destinations.0.is_empty();
    }
    Ok(spec)
}

/// The scan that a job is.
pub(super) fn parsed(job: &JobSpec, program: &Program, folder: &Path) -> anyhow::Result<scan::ScanArguments> {
    scan::parse(program.scan(job, folder)).map_err(|error| {
        let text = error.to_string();
        let text = text.trim_start_matches("error: ").lines().next().unwrap_or_default().to_owned();
        anyhow::anyhow!("the job {:?}: {text}", job.name)
    })
}

/// Where the server remembers: as configured, else where systemd says, else beside the configuration.
fn state_folder(settings: &Settings) -> PathBuf {
    let of_systemd = || std::env::var("STATE_DIRECTORY").ok()?.split(':').next().map(PathBuf::from);
    match &settings.serve.state {
        Some(state) => settings.folder().join(state),
        None => of_systemd().unwrap_or_else(|| settings.folder().to_owned()),
    }
}

/// What tells this machine from others.
fn machine_id() -> String {
    std::fs::read_to_string("/etc/machine-id").unwrap_or_default().trim().to_owned()
}

async fn watch_spot(told: mpsc::Sender<Command>) {
    match spot::interruption_notice().await {
        Some(notice) => {
            tracing::warn!(%notice, "the instance is about to be interrupted: stopping");
            // Nobody is left to be told when the server has ended already.
            let _ = told.send(Command::Drain).await;
        }
        None => {
            tracing::warn!("no notice of an interruption will be seen: the instance metadata service does not answer")
        }
    }
}

#[cfg(unix)]
fn watch_signals(told: mpsc::Sender<Command>) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hang_up = signal(SignalKind::hangup()).context("cannot watch signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch signals")?;
    tokio::spawn(async move {
        loop {
            let command = tokio::select! {
                Some(()) = hang_up.recv() => Command::Reload,
                Some(()) = terminate.recv() => Command::Drain,
                Some(()) = interrupt.recv() => Command::Drain,
                else => return,
            };
            if told.send(command).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch_signals(told: mpsc::Sender<Command>) -> anyhow::Result<()> {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = told.send(Command::Drain).await;
        }
    });
    Ok(())
}

impl LogFormat {
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}
