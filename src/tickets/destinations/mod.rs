//! Destinations: one file per system, one line per system in [`open`].
//!
//! A destination does one thing at a time and says what came of it. It knows nothing of limits, retries and the ledger.

mod aws;
mod eventbridge;
mod github;
mod jira;
mod jira_text;
mod pagerduty;
mod security_hub;
mod servicenow;
mod slack;
mod sns;
mod sqs;
mod webhook;

use super::payload::Payload;
use super::secret::SecretSettings;
use super::spec::{DestinationSpec, System};
use crate::ledger::{ClosedAs, External, Operation};
use futures::future::{LocalBoxFuture, ready};
use std::time::Duration;

/// What came of a call, where it failed. Each says whether something was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was done, and this one will not be done as it is.
    Refused(String),
    /// Nothing was done: the destination wants to be left alone for a while.
    Busy {
        /// For how long, where it says so.
        wait: Option<Duration>,
        /// What it said.
        said: String,
    },
    /// Nothing was done: it takes nothing from us (login, rights, project).
    Unusable(String),
    /// Nothing was done: it cannot be reached.
    Unreachable(String),
    /// The ticket is not there: deleted, or out of our sight.
    Missing(String),
    /// It is not known what was done.
    Unknown(String),
}

impl Failure {
    /// What is said of it.
    pub fn said(&self) -> &str {
        match self {
            Self::Refused(said) | Self::Unusable(said) | Self::Unreachable(said) | Self::Missing(said) => said,
            Self::Unknown(said) | Self::Busy { said, .. } => said,
        }
    }

    /// The word of the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Busy { .. } => "busy",
            Self::Unusable(_) => "unusable",
            Self::Unreachable(_) => "unreachable",
            Self::Missing(_) => "missing",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// One operation on one ticket.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The same for every attempt of this operation, another one for the next operation.
    pub id: String,
    /// What is to be done.
    pub operation: Operation,
    /// The ticket; `None` where it is to be made.
    pub external: Option<External>,
    /// What is to be said.
    pub payload: Payload,
    /// Whether an attempt before may have done it.
    pub is_repeat: bool,
    /// When it was decided, milliseconds since 1970.
    pub at: i64,
}

/// What a delivery leaves behind.
pub type Delivered = Result<External, Failure>;

/// A ticket that was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The ticket.
    pub external: External,
    /// Whether somebody is to work on it.
    pub is_open: bool,
}

/// What became of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Somebody is to work on it; what it is called now.
    Open(External),
    /// A person closed it, or the program did.
    Closed(ClosedAs, External),
    /// It is not there.
    Missing,
}

/// What the engine has to know of a destination.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nature {
    /// Deliveries of one call.
    pub batch: usize,
    /// Calls at a time.
    pub concurrency: usize,
    /// Requests per second that are welcome.
    pub requests_per_second: f64,
    /// How long a call of unknown outcome is left alone until a search can be trusted.
    pub settle: Duration,
    /// Whether tickets can be searched for. Where they cannot, a delivery is repeated under its id, and the destination (or
    /// whoever reads it) knows it by that.
    pub has_search: bool,
    /// Whether people close tickets there.
    pub has_status: bool,
    /// A ticket that is told nothing for so long is lost there.
    pub refresh_after: Option<Duration>,
    /// New tickets of a run, where the configuration does not say.
    pub max_new_per_run: u32,
}

impl Nature {
    /// A system where people work on tickets.
    pub const TRACKER: Self = Self {
        batch: 1,
        concurrency: 8,
        requests_per_second: 10.0,
        settle: Duration::from_secs(60),
        has_search: true,
        has_status: true,
        refresh_after: None,
        max_new_per_run: 25,
    };
    /// A stream of events.
    pub const EVENTS: Self = Self {
        settle: Duration::from_secs(5),
        requests_per_second: 50.0,
        has_search: false,
        has_status: false,
        ..Self::TRACKER
    };
}

/// A system that is told of problems.
pub trait Destination {
    /// What the engine has to know.
    fn nature(&self) -> Nature;

    /// Makes sure that it can be used, without making a ticket: what was checked, in words.
    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>>;

    /// The ticket that carries a fingerprint; of several the oldest. Where `is_repeat`, nothing that is kept from before is
    /// looked at.
    fn find<'a>(
        &'a self,
        _fingerprint: &'a str,
        _is_repeat: bool,
    ) -> LocalBoxFuture<'a, Result<Option<Found>, Failure>> {
        Box::pin(ready(Ok(None)))
    }

    /// Does one thing each; as many results as deliveries.
    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>>;

    /// What became of tickets; as many as were asked for.
    fn status<'a>(&'a self, tickets: &'a [External]) -> LocalBoxFuture<'a, Result<Vec<Status>, Failure>> {
        let all = tickets.iter().map(|external| Status::Open(external.clone())).collect();
        Box::pin(ready(Ok(all)))
    }
}

/// The destination of a specification. An error says what is wrong with it.
pub fn open(spec: &DestinationSpec, secrets: &SecretSettings) -> Result<Box<dyn Destination>, String> {
    let form = &spec.form;
    Ok(match &spec.system {
        System::JiraCloud(jira) => Box::new(jira::Jira::new(jira, jira::Edition::Cloud, form, secrets)?),
        System::JiraDataCenter(jira) => Box::new(jira::Jira::new(jira, jira::Edition::DataCenter, form, secrets)?),
        System::ServiceNow(spec) => Box::new(servicenow::ServiceNow::new(spec, form, secrets)?),
        System::GitHub(spec) => Box::new(github::GitHub::new(spec, secrets)?),
        System::SecurityHub(spec) => Box::new(security_hub::SecurityHub::new(spec, &secrets.aws)?),
        System::PagerDuty(spec) => Box::new(pagerduty::PagerDuty::new(spec, form, secrets)?),
        System::Slack(spec) => Box::new(slack::Slack::new(spec, secrets)?),
        System::EventBridge(spec) => Box::new(eventbridge::EventBridge::new(spec, &secrets.aws)?),
        System::Sns(spec) => Box::new(sns::Sns::new(spec, &secrets.aws)?),
        System::Sqs(spec) => Box::new(sqs::Sqs::new(spec, &secrets.aws)?),
        System::Webhook(spec) => Box::new(webhook::Webhook::new(spec, secrets)?),
    })
}

/// A delivery as an event for programs.
fn event(delivery: &Delivery) -> serde_json::Value {
    let kind = match delivery.operation {
        Operation::Create => "opened",
        Operation::Update => "updated",
        Operation::Reopen => "reopened",
        Operation::Close => "resolved",
    };
    serde_json::json!({
        "type": format!("phinder.problem.{kind}"),
        "schema": 1,
        "id": delivery.id,
        "timestamp": super::payload::moment(delivery.at),
        "data": delivery.payload,
    })
}

/// The external of an event: nothing but the identity.
pub(super) fn told(delivery: &Delivery) -> External {
    let fingerprint = &delivery.payload.fingerprint;
    External { id: fingerprint.clone(), key: fingerprint.chars().take(8).collect(), url: None }
}
