//! What can be asked of a running server: whether it lives, whether it is ready, and its figures in the Prometheus text format.

use super::timetable::{Outcome, Past};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A loop that went round longer ago than this hangs: it sleeps a minute at most.
const LOOP_LIMIT: Duration = Duration::from_secs(180);

/// One job as it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct JobStatus {
    pub(super) next: Option<Timestamp>,
    pub(super) past: Option<Past>,
    /// Runs by how they ended, as [`Outcome::ENDS`], since the server started.
    pub(super) ends: [u64; 4],
    pub(super) code: Option<i32>,
    pub(super) tickets: Option<i32>,
}

/// The server as it stands.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) jobs: BTreeMap<String, JobStatus>,
    pub(super) reloads: u64,
    pub(super) failed_reloads: u64,
    pub(super) is_config_current: bool,
    pub(super) is_state_written: bool,
    pub(super) is_draining: bool,
    pub(super) went_round: Instant,
}

/// The status, shared with those who ask.
#[derive(Debug)]
pub(super) struct Board(Mutex<Status>);

impl Board {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Status {
            jobs: BTreeMap::new(),
            reloads: 0,
            failed_reloads: 0,
            is_config_current: true,
            is_state_written: true,
            is_draining: false,
            went_round: Instant::now(),
        }))
    }

    pub(super) fn status(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server lives; what is wrong if not.
    pub(super) fn health(&self) -> Result<(), &'static str> {
        let is_alive = self.status().went_round.elapsed() < LOOP_LIMIT;
        is_alive.then_some(()).ok_or("the server's loop hangs")
    }

    /// Whether the server does what its configuration says; what is wrong if not.
    pub(super) fn readiness(&self) -> Result<(), &'static str> {
        self.health()?;
        let status = self.status();
        match (status.is_draining, status.is_config_current, status.is_state_written) {
            (true, ..) => Err("stopping"),
            (_, false, _) => {
                Err("the configuration is wrong: jobs stay as they were, and scans fail until it is mended")
            }
            (.., false) => Err("the state cannot be written"),
            _ => Ok(()),
        }
    }

    /// All figures.
    pub(super) fn exposition(&self) -> String {
        let status = self.status();
        let mut text = String::new();
        let bit = |is: bool| f64::from(u8::from(is));
        let version = vec![(format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0)];
        family(&mut text, "phinder_build_info", "gauge", "The version that runs.", version);
        let one = |value| vec![(String::new(), value)];
        let reloads = [("done", status.reloads), ("failed", status.failed_reloads)];
        let reloads = reloads.map(|(result, count)| (format!("{{result=\"{result}\"}}"), count as f64));
        family(&mut text, "phinder_config_reloads_total", "counter", "Reloads by their result.", reloads.into());
        let help = "1 if the configuration in force is the one in the file.";
        family(&mut text, "phinder_config_current", "gauge", help, one(bit(status.is_config_current)));
        let help = "1 if the last write of the state file succeeded.";
        family(&mut text, "phinder_state_written", "gauge", help, one(bit(status.is_state_written)));
        family(&mut text, "phinder_draining", "gauge", "1 while the server stops.", one(bit(status.is_draining)));
        let seconds = |moment: Option<Timestamp>| moment.map(|moment| moment.as_second() as f64);
        let families: [(&str, &str, Value<'_>); 7] = [
            ("running", "1 while the job runs.", &|job| {
                Some(bit(job.past.is_some_and(|past| past.outcome == Some(Outcome::Running))))
            }),
            ("next_run_timestamp_seconds", "When the job begins next.", &|job| seconds(job.next)),
            ("last_start_timestamp_seconds", "When the job began last.", &|job| seconds(job.past?.began)),
            ("last_end_timestamp_seconds", "When the job ended last.", &|job| seconds(job.past?.ended)),
            ("last_complete_timestamp_seconds", "When a scan of the job last went through.", &|job| {
                seconds(job.past?.completed)
            }),
            ("last_exit_code", "Exit code of the job's last scan.", &|job| job.code.map(f64::from)),
            ("last_tickets_exit_code", "Exit code of the job's last delivery of tickets.", &|job| {
                job.tickets.map(f64::from)
            }),
        ];
        for (name, help, value) in families {
            let samples = status.jobs.iter().filter_map(|(job, of)| Some((format!("{{job=\"{job}\"}}"), value(of)?)));
            family(&mut text, &format!("phinder_job_{name}"), "gauge", help, samples.collect());
        }
        let ends = status.jobs.iter().flat_map(|(job, of)| {
            Outcome::ENDS.iter().zip(of.ends).map(move |(outcome, count)| {
                (format!("{{job=\"{job}\",outcome=\"{}\"}}", outcome.as_str()), count as f64)
            })
        });
        let help = "Runs by how they ended, since the server started.";
        family(&mut text, "phinder_job_runs_total", "counter", help, ends.collect());
        text
    }
}

/// What a metric says of a job.
type Value<'a> = &'a dyn Fn(&JobStatus) -> Option<f64>;

/// One metric with its samples. Labels need no escapes: names of jobs are plain.
fn family(text: &mut String, name: &str, kind: &str, help: &str, samples: Vec<(String, f64)>) {
    // Writing into a string does not fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
