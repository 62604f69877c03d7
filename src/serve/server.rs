//! The loop of the server: begins what is due, ends what must end, remembers, and says how things stand.

use super::child::{Ended, Program, Stop};
use super::clock::Clock;
use super::http;
use super::metrics::{Board, JobStatus};
use super::notify::{self, News};
use super::spec::ServeSpec;
use super::state::{StateError, StateFolder};
use super::timetable::{Outcome, Timetable};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Interval;

/// Where nothing is due, the loop goes round once a day.
const IDLE: SignedDuration = SignedDuration::from_hours(24);

/// What a running server is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Read the configuration again.
    Reload,
    /// Begin nothing more, stop what runs in good order, and end.
    Drain,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; set another one as listen in [serve]")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// Reads the configuration again.
pub type Reload = Box<dyn FnMut() -> Result<ServeSpec, String> + Send>;

struct Running {
    stop: watch::Sender<Stop>,
    closes: Option<Timestamp>,
    task: task::Id,
}

/// A server that is about to run.
pub struct Server {
    listener: TcpListener,
    work: Work,
}

struct Work {
    spec: ServeSpec,
    program: Arc<Program>,
    state: StateFolder,
    clock: Arc<dyn Clock>,
    reload: Reload,
    timetable: Timetable,
    board: Arc<Board>,
    running: BTreeMap<String, Running>,
    runs: JoinSet<(String, Ended)>,
}

impl Server {
    /// Remembers what earlier servers did in `state`, and listens. `seed` is what delays are computed from.
    pub async fn start(
        (spec, seed): (ServeSpec, String),
        program: Program,
        state: StateFolder,
        clock: Arc<dyn Clock>,
        reload: Reload,
    ) -> Result<Self, ServerError> {
        let address = spec.listen.0;
        let listener = TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })?;
        let timetable = Timetable::new(seed, &spec.jobs.0, state.read()?, clock.now());
        let (running, runs) = (BTreeMap::new(), JoinSet::new());
        let (program, board) = (Arc::new(program), Arc::new(Board::new()));
        let work = Work { spec, program, state, clock, reload, timetable, board, running, runs };
        Ok(Self { listener, work })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Runs until it is told to drain and nothing runs any more.
    pub async fn run(self, mut commands: mpsc::Receiver<Command>) {
        let Self { listener, mut work } = self;
        let answering = tokio::spawn(http::answer(listener, work.board.clone()));
        let mut watchdog = notify::watchdog_interval().map(tokio::time::interval);
        work.remember();
        notify::tell(News::Ready);
        loop {
            let now = work.clock.now();
            work.begin_ready(now);
            work.close_windows(now);
            work.publish(now);
            if work.is_draining() && work.runs.is_empty() {
                break;
            }
            let wake = work.wakes(now);
            let clock = work.clock.clone();
            tokio::select! {
                Some(command) = commands.recv() => work.heed(command),
                Some(ended) = work.runs.join_next() => work.end(ended),
                () = clock.sleep_until(wake) => {}
                () = beat(&mut watchdog) => notify::tell(News::Alive),
            }
        }
        answering.abort();
    }
}

/// The next time at which the service manager wants to hear of us.
async fn beat(watchdog: &mut Option<Interval>) {
    match watchdog {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

impl Work {
    fn is_draining(&self) -> bool {
        self.board.status().is_draining
    }

    fn begin_ready(&mut self, now: Timestamp) {
        while !self.is_draining() && self.runs.len() < self.spec.jobs_at_once.get() {
            let Some(job) = self.timetable.ready(now) else { return };
            self.timetable.begin(&job.name, now);
            // A server that dies from here on knows that the run is to go on.
            self.remember();
            let closes = job.window.map(|window| window.closes_after(now, job.schedule.zone()));
            let (stop, asked) = watch::channel(Stop::No);
            tracing::info!(job = job.name, "begins");
            let name = job.name.clone();
            let (program, folder) = (self.program.clone(), self.state.path().to_owned());
            let run = self.runs.spawn(async move {
                let ended = program.run(&job, &folder, asked).await;
                (job.name.clone(), ended)
            });
            self.running.insert(name, Running { stop, closes, task: run.id() });
        }
    }

    fn close_windows(&mut self, now: Timestamp) {
        for (name, running) in &mut self.running {
            if running.closes.take_if(|closes| *closes <= now).is_some() {
                tracing::info!(job = name, "its window closes: it goes on in the next one");
                // Who has ended already does not hear it.
                let _ = running.stop.send(Stop::WindowCloses);
            }
        }
    }

    fn wakes(&self, now: Timestamp) -> Timestamp {
        let is_free = !self.is_draining() && self.runs.len() < self.spec.jobs_at_once.get();
        let due = if is_free { self.timetable.next(now) } else { None };
        let closes = self.running.values().filter_map(|running| running.closes);
        closes.chain(due).min().unwrap_or(now + IDLE)
    }

    fn end(&mut self, ended: Result<(String, Ended), JoinError>) {
        let ended = ended.or_else(|error| {
            // Its task panicked: the job is not to be thought running for ever.
            tracing::error!(%error, "a run was lost");
            let lost = self.running.iter().find(|(_, running)| running.task == error.id());
            lost.map(|(name, _)| (name.clone(), Ended { outcome: Outcome::Failed, code: None, tickets: None }))
                .ok_or(())
        });
        let Ok((job, ended)) = ended else { return };
        self.running.remove(&job);
        self.timetable.end(&job, ended.outcome, self.clock.now());
        self.remember();
        let outcome = ended.outcome.as_str();
        match ended.outcome {
            Outcome::Failed => tracing::error!(job, outcome, code = ended.code, "ended"),
            _ => tracing::info!(job, outcome, code = ended.code, tickets = ended.tickets, "ended"),
        }
        let mut status = self.board.status();
        let of_job = status.jobs.entry(job).or_default();
        (of_job.code, of_job.tickets) = (ended.code, ended.tickets);
        let counters = Outcome::ENDS.iter().zip(&mut of_job.ends);
        counters.filter(|(end, _)| **end == ended.outcome).for_each(|(_, count)| *count += 1);
    }

    fn heed(&mut self, command: Command) {
        match command {
            Command::Reload => {
                notify::tell(News::Reloading);
                let read = (self.reload)();
                let mut status = self.board.status();
                status.is_config_current = read.is_ok();
                match read {
                    Ok(spec) => {
                        status.reloads += 1;
                        drop(status);
                        if spec.listen.0 != self.spec.listen.0 {
                            tracing::warn!("another address to listen on is taken at the next start");
                        }
                        self.timetable.replace(&spec.jobs.0, self.clock.now());
                        tracing::info!(jobs = spec.jobs.0.len(), "the configuration was read again");
                        self.spec = spec;
                        self.remember();
                    }
                    Err(problem) => {
                        status.failed_reloads += 1;
                        tracing::error!(
                            problem,
                            "the configuration is wrong: jobs and times stay as they were, and scans fail until it is mended"
                        );
                    }
                }
                notify::tell(News::Ready);
            }
            Command::Drain => {
                notify::tell(News::Stopping);
                tracing::info!(running = self.running.len(), "stopping");
                self.board.status().is_draining = true;
                for running in self.running.values() {
                    let _ = running.stop.send(Stop::ServerStops);
                }
            }
        }
    }

    fn remember(&self) {
        let written = self.state.write(self.timetable.past());
        if let Err(error) = &written {
            tracing::error!(%error, folder = %self.state.path().display(), "cannot write the state: free some space");
        }
        self.board.status().is_state_written = written.is_ok();
    }

    /// Says how things stand to those who ask.
    fn publish(&self, now: Timestamp) {
        let mut status = self.board.status();
        let before = std::mem::take(&mut status.jobs);
        for (name, next, past) in self.timetable.overview(now) {
            let known = before.get(name).cloned().unwrap_or_default();
            status.jobs.insert(name.to_owned(), JobStatus { next, past: Some(*past), ..known });
        }
        status.went_round = Instant::now();
        let next = self.timetable.next(now).map_or(String::new(), |next| format!("; next at {next:.0}"));
        let running: Vec<_> = self.running.keys().map(String::as_str).collect();
        drop(status);
        match running.is_empty() {
            true => notify::tell(News::Status(&format!("waiting{next}"))),
            false => notify::tell(News::Status(&format!("running {}{next}", running.join(", ")))),
        }
    }
}
