//! The TOML of tickets, as it is written: every table refuses keys it does not know, and values are checked where they are
//! read, so that a mistake is reported with its line.

use super::address::ServiceUrl;
use super::facts;
use super::secret::SecretPlace;
use crate::model::{Period, Severity};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The `[tickets]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TicketsSpec {
    /// Tells this installation from others that report to the same destination: an account number, `production`.
    pub account: String,
    /// Where the report of the last scan can be read.
    pub report_url: Option<String>,
    /// Complete scans that must have missed a problem before its ticket is closed.
    pub resolve_after_scans: u32,
    /// How long one run waits for what is not due yet.
    pub patience: Period,
    /// The destinations, in the order of the file.
    #[serde(rename = "destination")]
    pub destinations: Destinations,
}

impl Default for TicketsSpec {
    fn default() -> Self {
        Self {
            account: String::new(),
            report_url: None,
            resolve_after_scans: 2,
            patience: Period(Duration::from_secs(120)),
            destinations: Destinations::default(),
        }
    }
}

/// Destinations with names of their own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Vec<DestinationSpec>")]
pub struct Destinations(pub Vec<DestinationSpec>);

impl TryFrom<Vec<DestinationSpec>> for Destinations {
    type Error = String;

    fn try_from(all: Vec<DestinationSpec>) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        match all.iter().find(|spec| !names.insert(&spec.name)) {
            Some(twice) => Err(format!("two destinations have the name {:?}", twice.name)),
            None => Ok(Self(all)),
        }
    }
}

/// One `[[tickets.destination]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "DestinationTable")]
pub struct DestinationSpec {
    /// Its name; the ledger remembers by it what was told.
    pub name: String,
    /// What it is told, and how much.
    pub limits: Limits,
    /// How a ticket looks.
    pub form: Form,
    /// Which system it is.
    pub system: System,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationTable {
    name: String,
    #[serde(default)]
    classes: Vec<ClassWord>,
    min_severity: Option<SeverityWord>,
    max_new_per_run: Option<u32>,
    max_new_per_hour: Option<u32>,
    update_every: Option<Period>,
    reopen: Option<Reopen>,
    requests_per_second: Option<f64>,
    title: Option<Template>,
    note: Option<String>,
    #[serde(default)]
    severity: BTreeMap<SeverityWord, String>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    facts: BTreeMap<String, Fact>,
    jira_cloud: Option<JiraSpec>,
    jira_data_center: Option<JiraSpec>,
    servicenow: Option<ServiceNowSpec>,
    github: Option<GitHubSpec>,
    security_hub: Option<SecurityHubSpec>,
    pagerduty: Option<PagerDutySpec>,
    slack: Option<SlackSpec>,
    eventbridge: Option<EventBridgeSpec>,
    sns: Option<SnsSpec>,
    sqs: Option<SqsSpec>,
    webhook: Option<WebhookSpec>,
}

/// What a destination is told, and how much of it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Classes; all where there are none.
    pub classes: Vec<ClassWord>,
    /// Problems below it get no ticket.
    pub min_severity: Severity,
    /// New tickets of one run; what is beyond stands in one summary ticket. `None` for what fits the system.
    pub max_new_per_run: Option<u32>,
    /// New tickets of an hour.
    pub max_new_per_hour: Option<u32>,
    /// A ticket is told of changes at most this often.
    pub update_every: Duration,
    /// When a closed ticket is opened again.
    pub reopen: Reopen,
    /// Requests per second; `None` for what fits the system.
    pub requests_per_second: Option<f64>,
}

/// How a ticket looks.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its title.
    pub title: Template,
    /// A paragraph of the organisation's own: who to ask, which runbook.
    pub note: Option<String>,
    /// What the system calls a severity.
    pub severity: BTreeMap<SeverityWord, String>,
    /// Fields with a constant value.
    pub fields: toml::Table,
    /// Fields that hold a fact of the problem.
    pub facts: BTreeMap<String, Fact>,
}

/// The systems.
#[derive(Debug, Clone)]
pub enum System {
    /// Jira Cloud.
    JiraCloud(JiraSpec),
    /// Jira Data Center.
    JiraDataCenter(JiraSpec),
    /// ServiceNow.
    ServiceNow(ServiceNowSpec),
    /// GitHub Issues.
    GitHub(GitHubSpec),
    /// AWS Security Hub.
    SecurityHub(SecurityHubSpec),
    /// PagerDuty Events v2.
    PagerDuty(PagerDutySpec),
    /// Slack.
    Slack(SlackSpec),
    /// Amazon EventBridge.
    EventBridge(EventBridgeSpec),
    /// Amazon SNS.
    Sns(SnsSpec),
    /// Amazon SQS.
    Sqs(SqsSpec),
    /// A webhook.
    Webhook(WebhookSpec),
}

impl TryFrom<DestinationTable> for DestinationSpec {
    type Error = String;

    fn try_from(table: DestinationTable) -> Result<Self, String> {
        let name = table.name;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
            return Err("a destination's name has 1 to 64 letters, digits, `-`, `_` and `.`".to_owned());
        }
        let systems = [
            table.jira_cloud.map(System::JiraCloud),
            table.jira_data_center.map(System::JiraDataCenter),
            table.servicenow.map(System::ServiceNow),
            table.github.map(System::GitHub),
            table.security_hub.map(System::SecurityHub),
            table.pagerduty.map(System::PagerDuty),
            table.slack.map(System::Slack),
            table.eventbridge.map(System::EventBridge),
            table.sns.map(System::Sns),
            table.sqs.map(System::Sqs),
            table.webhook.map(System::Webhook),
        ];
        let mut systems = systems.into_iter().flatten();
        let (Some(system), None) = (systems.next(), systems.next()) else {
            return Err(format!(
                "the destination {name:?} needs one table of a system, such as [tickets.destination.github]"
            ));
        };
        if table.requests_per_second.is_some_and(|rate| !(0.001..=1000.0).contains(&rate)) {
            return Err("requests_per_second lies between 0.001 and 1000".to_owned());
        }
        Ok(Self {
            name,
            limits: Limits {
                classes: table.classes,
                min_severity: table.min_severity.map_or(Severity::Low, SeverityWord::severity),
                max_new_per_run: table.max_new_per_run,
                max_new_per_hour: table.max_new_per_hour,
                update_every: table.update_every.map_or(DAY, |period| period.0),
                reopen: table.reopen.unwrap_or_default(),
                requests_per_second: table.requests_per_second,
            },
            form: Form {
                title: table.title.unwrap_or_else(|| Template("{class} in {place}".to_owned())),
                note: table.note,
                severity: table.severity,
                fields: table.fields,
                facts: table.facts,
            },
            system,
        })
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// When a closed ticket whose problem is there is opened again. One that a person closed as a false positive or an accepted
/// risk never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Reopen {
    /// Never.
    Never,
    /// Where scans had shown, after it was closed, that the problem was gone.
    #[default]
    Verified,
    /// Where it is still seen so long after it was closed.
    After(Duration),
    /// Where it is seen after it was closed.
    Always,
}

impl TryFrom<String> for Reopen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "never" => Ok(Self::Never),
            "verified" => Ok(Self::Verified),
            "always" => Ok(Self::Always),
            other => match other.strip_prefix("after:") {
                Some(period) => Period::try_from(period.to_owned()).map(|period| Self::After(period.0)),
                None => Err(format!("cannot read {text:?}; write never, verified, after:7d or always")),
            },
        }
    }
}

/// A class by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassWord {
    /// A person together with health data.
    Phi,
    /// A person.
    Pii,
    /// Health data about nobody in particular.
    Health,
}

impl ClassWord {
    /// The word of the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phi => "phi",
            Self::Pii => "pii",
            Self::Health => "health",
        }
    }
}

/// A severity by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeverityWord {
    /// Worth knowing.
    Low,
    /// To be looked at.
    Medium,
    /// To be dealt with soon.
    High,
    /// To be dealt with now.
    Critical,
}

impl SeverityWord {
    /// What it means.
    pub fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

impl Form {
    /// What the system calls a severity, where the configuration says so.
    pub fn severity_word(&self, severity: Severity) -> Option<&str> {
        self.severity.iter().find(|(word, _)| word.severity() == severity).map(|(_, text)| text.as_str())
    }
}

/// Text with names of facts in braces: `{class} in {place}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(pub String);

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        for piece in text.split('{').skip(1) {
            let name = piece.split_once('}').map(|(name, _)| name).ok_or("a `{` has no `}`")?;
            facts::known(name)?;
        }
        Ok(Self(text))
    }
}

/// The name of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fact(pub String);

impl TryFrom<String> for Fact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        facts::known(&text).map(|()| Self(text))
    }
}

/// Jira: a project, and how to log in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JiraSpec {
    /// `https://acme.atlassian.net`, or the base URL of a Data Center.
    pub site: ServiceUrl,
    /// The user whose token it is (Cloud); left out, the token is a personal access token.
    pub user: Option<String>,
    /// The token.
    pub token: SecretPlace,
    /// Key of the project.
    pub project: String,
    /// Type of the issues.
    #[serde(default = "task")]
    pub issue_type: String,
    /// Further labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Name of the transition that closes; left out, the one whose target is in the category "done".
    pub close_transition: Option<String>,
    /// Name of the transition that reopens; left out, one whose target is not in the category "done".
    pub reopen_transition: Option<String>,
    /// Resolutions by which a person says that it is no problem.
    #[serde(default = "false_positive")]
    pub false_positive_resolutions: Vec<String>,
    /// Resolutions by which a person says that the risk is accepted.
    #[serde(default = "accepted")]
    pub accepted_resolutions: Vec<String>,
}

fn task() -> String {
    "Task".to_owned()
}

fn false_positive() -> Vec<String> {
    ["False Positive", "Not a bug", "Invalid", "Cannot Reproduce"].map(str::to_owned).to_vec()
}

fn accepted() -> Vec<String> {
    ["Risk Accepted", "Accepted", "Won't Do", "Won't Fix"].map(str::to_owned).to_vec()
}

/// ServiceNow: a table, and how to log in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceNowSpec {
    /// `https://acme.service-now.com`.
    pub instance: ServiceUrl,
    /// `incident` or `sn_si_incident`.
    #[serde(default = "incident")]
    pub table: ServiceNowTable,
    /// The user; left out, the password is an OAuth token.
    pub user: Option<String>,
    /// The password, or the token.
    pub password: SecretPlace,
    /// Close codes by which a person says that it is no problem.
    #[serde(default = "servicenow_false_positive")]
    pub false_positive_codes: Vec<String>,
    /// Close codes by which a person says that the risk is accepted.
    #[serde(default = "servicenow_accepted")]
    pub accepted_codes: Vec<String>,
    /// The close code that phinder sets.
    #[serde(default = "servicenow_resolved")]
    pub close_code: String,
}

/// A table of ServiceNow that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceNowTable {
    /// Incidents.
    Incident,
    /// Security incidents (the application Security Incident Response).
    SnSiIncident,
}

fn incident() -> ServiceNowTable {
    ServiceNowTable::Incident
}

fn servicenow_false_positive() -> Vec<String> {
    ["False positive", "Not valid", "Invalid"].map(str::to_owned).to_vec()
}

fn servicenow_accepted() -> Vec<String> {
    ["Risk accepted", "Accepted"].map(str::to_owned).to_vec()
}

fn servicenow_resolved() -> String {
    "Resolved by caller".to_owned()
}

/// GitHub Issues: a private repository.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHubSpec {
    /// The API; that of github.com if left out.
    pub api: Option<ServiceUrl>,
    /// `owner/name`.
    pub repository: Repository,
    /// A token that may read and write issues.
    pub token: SecretPlace,
    /// Further labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// A label by which a person says that it is no problem.
    #[serde(default = "github_false_positive")]
    pub false_positive_label: String,
    /// A label by which a person says that the risk is accepted.
    #[serde(default = "github_accepted")]
    pub accepted_label: String,
}

/// `owner/name`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Repository(pub String);

impl TryFrom<String> for Repository {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_name = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && part != ".."
        };
        match text.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => Ok(Self(text)),
            _ => Err(format!("cannot read the repository {text:?}; write owner/name")),
        }
    }
}

fn github_false_positive() -> String {
    "false-positive".to_owned()
}

fn github_accepted() -> String {
    "risk-accepted".to_owned()
}

/// AWS: which region and account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityHubSpec {
    /// The account whose findings they are; the caller's own.
    pub account_id: AccountId,
    /// The region of the hub.
    pub region: String,
}

/// Twelve digits.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(pub String);

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text));
        }
        Err("an AWS account has 12 digits, in quotes".to_owned())
    }
}

/// PagerDuty: the key of an integration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagerDutySpec {
    /// The events API; that of the US service region if left out.
    pub url: Option<ServiceUrl>,
    /// The integration key.
    pub routing_key: SecretPlace,
}

/// Slack: an incoming webhook, whose URL is the secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackSpec {
    /// The webhook's URL.
    pub url: SecretPlace,
}

/// EventBridge: a bus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBridgeSpec {
    /// Name or ARN of the bus.
    #[serde(default = "default_bus")]
    pub bus: String,
    /// Its region.
    pub region: String,
}

fn default_bus() -> String {
    "default".to_owned()
}

/// SNS: a topic.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnsSpec {
    /// Its ARN; the region is that of the ARN.
    pub topic_arn: String,
}

/// SQS: a queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqsSpec {
    /// Its URL.
    pub queue_url: ServiceUrl,
    /// Its region.
    pub region: String,
}

/// A webhook, signed as Standard Webhooks says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSpec {
    /// Where to.
    pub url: ServiceUrl,
    /// The signing secret: `whsec_` and base64, or any text.
    pub secret: SecretPlace,
    /// Allows link-local and metadata addresses.
    #[serde(default)]
    pub allow_link_local: bool,
}
