//! One run of a job: a scan in a process of its own, then the delivery of tickets in another.

use super::notify;
use super::spec::JobSpec;
use super::timetable::Outcome;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// How long a process that was asked to stop may take before it is killed: a scan needs seconds.
const GRACE: Duration = Duration::from_secs(60);
/// Exit codes of a scan that went through.
const COMPLETE: [i32; 3] = [0, 1, 3];
/// Exit code of a scan whose budget is used up.
const BUDGET: i32 = 4;

/// Why a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is not.
    No,
    /// The window of the job closes.
    WindowCloses,
    /// The server stops.
    ServerStops,
}

/// What came of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// Exit code of the scan; `None` where a signal ended it or it could not be started.
    pub(super) code: Option<i32>,
    /// Exit code of the delivery; `None` where there was none.
    pub(super) tickets: Option<i32>,
}

/// The program that jobs are run with.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// The file of the policy, destinations and jobs.
    pub config: PathBuf,
    /// Flags that each process gets: how it logs.
    pub flags: Vec<OsString>,
}

impl Program {
    /// The command line of a job's scan, without the executable.
    pub fn scan(&self, job: &JobSpec, state: &Path) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec!["scan".into()];
        line.extend(job.options.iter().map(OsString::from));
        line.extend(job.budget.iter().map(OsString::from));
        line.extend(["--continue".into(), "--no-progress".into(), "--ledger".into(), state.join(&job.ledger).into()]);
        line.extend(["--policy".into(), self.config.clone().into()]);
        line.extend(self.flags.iter().cloned());
        line.push("--".into());
        line.extend(job.targets.iter().map(OsString::from));
        line
    }

    fn tickets(&self, job: &JobSpec, state: &Path) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec!["tickets".into(), "sync".into(), "--ledger".into()];
        line.extend([state.join(&job.ledger).into(), "--policy".into(), self.config.clone().into()]);
        line.extend(self.flags.iter().cloned());
        line
    }

    /// Scans, then tells the destinations of what is known, whether or not the scan came to its end.
    pub(super) async fn run(&self, job: &JobSpec, state: &Path, mut stop: watch::Receiver<Stop>) -> Ended {
        let status = self.process(job, self.scan(job, state), Stdio::null(), (stop.clone(), Stop::WindowCloses)).await;
        let code = status.and_then(|status| status.code());
        let outcome = match (*stop.borrow_and_update(), code) {
            (_, Some(code)) if COMPLETE.contains(&code) => Outcome::Complete,
            (_, Some(BUDGET)) => Outcome::Paused,
            (Stop::WindowCloses, Some(_)) => Outcome::Paused,
            (Stop::ServerStops, _) => return Ended { outcome: Outcome::Stopped, code, tickets: None },
            _ => Outcome::Failed,
        };
        let is_ledger = state.join(&job.ledger).exists();
        if !job.tickets || !is_ledger || *stop.borrow() == Stop::ServerStops {
            return Ended { outcome, code, tickets: None };
        }
        let status = self.process(job, self.tickets(job, state), Stdio::inherit(), (stop, Stop::ServerStops)).await;
        Ended { outcome, code, tickets: status.and_then(|status| status.code()) }
    }

    /// Runs one process to its end, which comes early for `heeded` and for the end of the server.
    async fn process(
        &self,
        job: &JobSpec,
        line: Vec<OsString>,
        output: Stdio,
        (mut stop, heeded): (watch::Receiver<Stop>, Stop),
    ) -> Option<ExitStatus> {
        let mut command = Command::new(&self.path);
        command.args(&line).stdin(Stdio::null()).stdout(output).kill_on_drop(true);
        for variable in notify::VARIABLES {
            command.env_remove(variable);
        }
        // A Ctrl-C in a terminal is for the server, which passes it on: a scan that gets it twice ends at once.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(job = job.name, program = %self.path.display(), %error, "cannot start");
                return None;
            }
        };
        let asked = async {
            // The channel closes only when the run is given up.
            stop.wait_for(|stop| *stop == heeded || *stop == Stop::ServerStops).await.is_ok()
        };
        let ended = tokio::select! {
            status = child.wait() => status,
            _ = asked => end(&mut child).await,
        };
        ended.inspect_err(|error| tracing::error!(job = job.name, %error, "cannot wait for its end")).ok()
    }
}

/// Asks a process to stop, and kills it if it does not.
async fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    #[cfg(unix)]
    if let Some(id) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        // It may have ended by itself in the meantime.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
            return status;
        }
    }
    child.kill().await?;
    child.wait().await
}
