//! The TOML of `[serve]` and its jobs: every table refuses keys it does not know, and values are checked where they are read.

use super::schedule::{Schedule, Window};
use crate::model::{Period, Size};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// The `[serve]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServeSpec {
    /// Where health, readiness and metrics are served: an address of this machine alone.
    pub listen: Loopback,
    /// The folder of what the server and the ledger remember; `$STATE_DIRECTORY`, or the folder of the file if left out.
    pub state: Option<PathBuf>,
    /// What delays are computed from; the machine's own id if left out.
    pub seed: Option<String>,
    /// Jobs that run at the same time.
    pub jobs_at_once: NonZeroUsize,
    /// Stop in good order when a Spot instance of EC2 is about to be interrupted.
    pub watch_spot: bool,
    /// The jobs, in the order of the file.
    #[serde(rename = "job")]
    pub jobs: Jobs,
}

impl Default for ServeSpec {
    fn default() -> Self {
        Self {
            listen: Loopback::default(),
            state: None,
            seed: None,
            jobs_at_once: NonZeroUsize::MIN,
            watch_spot: false,
            jobs: Jobs::default(),
        }
    }
}

/// An address that only this machine can reach: metrics hold names of jobs, and nobody has to sign in to read them.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "SocketAddr")]
pub struct Loopback(pub SocketAddr);

impl Default for Loopback {
    fn default() -> Self {
        Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464))
    }
}

impl TryFrom<SocketAddr> for Loopback {
    type Error = String;

    fn try_from(address: SocketAddr) -> Result<Self, String> {
        match address.ip().is_loopback() {
            true => Ok(Self(address)),
            false => Err(format!("{address} can be reached from elsewhere; listen on 127.0.0.1 or [::1]")),
        }
    }
}

/// Jobs with names of their own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Vec<JobSpec>")]
pub struct Jobs(pub Vec<Arc<JobSpec>>);

impl TryFrom<Vec<JobSpec>> for Jobs {
    type Error = String;

    fn try_from(all: Vec<JobSpec>) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        match all.iter().find(|job| !names.insert(&job.name)) {
            Some(twice) => Err(format!("two jobs have the name {:?}", twice.name)),
            None => Ok(Self(all.into_iter().map(Arc::new).collect())),
        }
    }
}

/// One `[[serve.job]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "JobTable")]
pub struct JobSpec {
    /// Its name: in logs, metrics and the state file.
    pub name: String,
    /// What is scanned.
    pub targets: Vec<String>,
    /// More flags of `phinder scan`.
    pub options: Vec<String>,
    /// When it is due.
    pub schedule: Schedule,
    /// The hours in which it may run; all if `None`.
    pub window: Option<Window>,
    /// The ledger, relative to the state folder.
    pub ledger: PathBuf,
    /// Whether the destinations are told after each run.
    pub tickets: bool,
    /// The flags of its budget.
    pub budget: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobTable {
    name: String,
    targets: Vec<String>,
    #[serde(default)]
    options: Vec<String>,
    schedule: String,
    time_zone: Option<String>,
    jitter: Option<Period>,
    window: Option<String>,
    ledger: Option<PathBuf>,
    #[serde(default = "yes")]
    tickets: bool,
    #[serde(default)]
    budget: BudgetTable,
}

fn yes() -> bool {
    true
}

/// What one run may use before the job pauses until it is due again.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BudgetTable {
    time: Option<Period>,
    bytes: Option<Size>,
    requests: Option<u64>,
    dollars: Option<f64>,
    /// What an hour of the machine costs.
    dollars_per_hour: Option<f64>,
}

impl TryFrom<JobTable> for JobSpec {
    type Error = String;

    fn try_from(table: JobTable) -> Result<Self, String> {
        let name = table.name;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
            return Err("a job's name has 1 to 64 letters, digits, `-`, `_` and `.`".to_owned());
        }
        let of_job = |problem: String| format!("the job {name:?}: {problem}");
        if table.targets.is_empty() {
            return Err(of_job("it has no targets".to_owned()));
        }
        let jitter = table.jitter.map_or_else(Default::default, |period| period.0);
        let schedule = Schedule::new(&table.schedule, table.time_zone.as_deref(), jitter).map_err(of_job)?;
        let window = table.window.as_deref().map(Window::parse).transpose().map_err(of_job)?;
        let BudgetTable { time, bytes, requests, dollars, dollars_per_hour } = table.budget;
        if dollars_per_hour.is_some() && dollars.is_none() {
            return Err(of_job("its budget has `dollars_per_hour` and no `dollars`".to_owned()));
        }
        let is_amount = |dollars: &f64| dollars.is_finite() && *dollars > 0.0;
        if !dollars.iter().chain(&dollars_per_hour).all(is_amount) {
            return Err(of_job("dollars are a number above 0".to_owned()));
        }
        let budget = [
            time.map(|time| format!("--max-time={}s", time.0.as_secs())),
            bytes.map(|bytes| format!("--max-bytes={}", bytes.0)),
            requests.map(|requests| format!("--max-requests={requests}")),
            dollars.map(|dollars| format!("--max-dollars={dollars}")),
            dollars_per_hour.map(|dollars| format!("--dollars-per-hour={dollars}")),
        ];
        Ok(Self {
            targets: table.targets,
            options: table.options,
            schedule,
            window,
            ledger: table.ledger.unwrap_or_else(|| PathBuf::from("phinder.ledger")),
            tickets: table.tickets,
            budget: budget.into_iter().flatten().collect(),
            name,
        })
    }
}
