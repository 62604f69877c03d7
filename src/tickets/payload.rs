//! What a ticket says. The type is the allow-list: places and fields as they may be shown, counts and dates; no value, no
//! sample, no row.

use super::facts;
use super::problem::{Detail, Problem, Problems};
use super::spec::Form;
use crate::model::{Class, Severity, day_60};
use crate::outputs::cut;
use serde::Serialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Longest title, the shortest of what systems take.
const MAX_TITLE: usize = 250;
/// Longest location or field in a list.
const MAX_NAME: usize = 200;

/// One finding, as a ticket lists it; in a summary, one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Child {
    /// Where, as it may be shown.
    pub location: String,
    /// Field path, as it may be shown.
    pub field: String,
    /// Id of the detector; of a place, its class.
    pub detector: String,
    /// The word of its severity.
    pub severity: &'static str,
    /// Records.
    pub records: u64,
    /// Stable identity.
    pub fingerprint: String,
}

/// What a ticket says of one problem.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Payload {
    /// Identity of the ticket; destinations find it again by this.
    pub fingerprint: String,
    /// Its title.
    pub title: String,
    /// Which installation says so.
    pub account: String,
    /// Where: a bucket, a schema, a folder.
    pub place: String,
    /// The word of the class; `None` where the ticket sums up what has no ticket.
    pub class: Option<&'static str>,
    /// The word of the worst severity.
    pub severity: &'static str,
    /// The word of the highest confidence.
    pub confidence: &'static str,
    /// How many findings.
    pub findings: u64,
    /// How many records.
    pub records: u64,
    /// How many people, estimated.
    pub individuals: Option<u64>,
    /// Whether there may be more people, because not of everything is known who it is about.
    pub individuals_at_least: bool,
    /// When the first of the findings was first observed.
    pub first_observed_at: String,
    /// When one of them was last seen.
    pub last_seen_at: String,
    /// The last day of notification, if it is a breach that was discovered by the first observation.
    pub notice_due_on: Option<String>,
    /// Objects by how much of them was read.
    pub coverage: BTreeMap<String, u64>,
    /// The worst findings.
    pub children: Vec<Child>,
    /// Findings that are not listed.
    pub more: u64,
    /// What changed since the ticket was last told something.
    pub change: Option<String>,
    /// A paragraph of the organisation's own.
    pub note: Option<String>,
    /// Where the report is.
    pub report_url: Option<String>,
    /// The severity as it is compared.
    #[serde(skip)]
    pub worst: Severity,
}

/// What is the same for all payloads of a run.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Which installation.
    pub account: &'a str,
    /// Where the report is.
    pub report_url: Option<&'a str>,
    /// How a ticket looks.
    pub form: &'a Form,
}

impl Payload {
    /// What is to be said of a problem.
    pub fn of_problem(
        problem: &Problem,
        fingerprint: String,
        detail: &Detail,
        change: Option<String>,
        setting: Setting<'_>,
    ) -> Self {
        let content = &detail.content;
        let people = content.people.count();
        let children = detail.parts.iter().map(|part| Child {
            location: cut(&part.location, MAX_NAME),
            field: cut(&part.field, MAX_NAME),
            detector: part.detector.clone(),
            severity: part.rank.0.as_str(),
            records: part.rank.1,
            fingerprint: part.fingerprint.clone(),
        });
        let children: Vec<_> = children.collect();
        let is_phi = problem.class == Class::Phi;
        // A problem that is gone has no finding left that could say since when.
        let first = if problem.findings > 0 { problem.first_observed_at } else { problem.last_seen_at };
        let mut payload = Self {
            fingerprint,
            title: String::new(),
            account: setting.account.to_owned(),
            place: cut(&problem.place, MAX_NAME),
            class: Some(problem.class.as_str()),
            severity: problem.severity.as_str(),
            confidence: problem.confidence.as_str(),
            findings: problem.findings,
            records: problem.records,
            individuals: (people > 0).then_some(people),
            individuals_at_least: !content.is_whole,
            first_observed_at: moment(first),
            last_seen_at: moment(problem.last_seen_at),
            notice_due_on: (is_phi && problem.findings > 0).then(|| notice_day(first)),
            coverage: content.coverage.clone(),
            more: problem.findings.saturating_sub(children.len() as u64),
            children,
            change,
            note: setting.form.note.clone(),
            report_url: setting.report_url.map(str::to_owned),
            worst: problem.severity,
        };
        payload.title = cut(&facts::filled(&setting.form.title.0, &payload), MAX_TITLE);
        payload
    }

    /// One ticket for all problems that have none, because there are too many new ones. The worst come first.
    pub fn of_overflow(problems: &Problems, waiting: &[u32], fingerprint: String, setting: Setting<'_>) -> Self {
        let all = || waiting.iter().map(|place| problems.problem(*place));
        let worst = all().map(|problem| problem.severity).max().unwrap_or(Severity::None);
        let children = waiting.iter().take(super::problem::MAX_CHILDREN).map(|place| problems.at(*place)).map(
            |(identity, problem)| Child {
                location: cut(&problem.place, MAX_NAME),
                field: String::new(),
                detector: problem.class.as_str().to_owned(),
                severity: problem.severity.as_str(),
                records: problem.records,
                fingerprint: identity,
            },
        );
        let children: Vec<_> = children.collect();
        let first = all().map(|problem| problem.first_observed_at).min().unwrap_or_default();
        let last = all().map(|problem| problem.last_seen_at).max().unwrap_or_default();
        Self {
            fingerprint,
            title: format!("{} more problems wait for a ticket", waiting.len()),
            account: setting.account.to_owned(),
            place: "several places".to_owned(),
            class: None,
            severity: worst.as_str(),
            confidence: "high",
            findings: all().map(|problem| problem.findings).sum(),
            records: all().map(|problem| problem.records).sum(),
            individuals: None,
            individuals_at_least: true,
            first_observed_at: moment(first),
            last_seen_at: moment(last),
            notice_due_on: None,
            coverage: BTreeMap::new(),
            more: (waiting.len() - children.len()) as u64,
            children,
            change: None,
            note: setting.form.note.clone(),
            report_url: setting.report_url.map(str::to_owned),
            worst,
        }
    }

    /// The class; `None` in a summary.
    pub fn class(&self) -> Option<Class> {
        [Class::Phi, Class::Pii, Class::Health].into_iter().find(|class| Some(class.as_str()) == self.class)
    }

    /// What the class is called.
    pub fn class_name(&self) -> &'static str {
        match self.class {
            Some("phi") => "PHI",
            Some("pii") => "PII",
            Some("health") => "Health data",
            _ => "Several classes",
        }
    }

    /// How many people, in words.
    pub fn individuals_text(&self) -> String {
        match self.individuals {
            Some(count) if self.individuals_at_least => format!("at least {count}"),
            Some(count) => format!("about {count}"),
            None => "not known".to_owned(),
        }
    }
}

/// A moment of the ledger as RFC 3339 writes it.
pub fn moment(milliseconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000));
    moment.ok().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

fn notice_day(milliseconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000));
    moment.ok().and_then(|moment| day_60(moment.date())).map_or_else(String::new, |due| due.to_string())
}
