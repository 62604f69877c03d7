//! The facts of a problem by name, as templates and mapped fields use them. What is not here reaches no ticket.

use super::payload::Payload;

/// A fact: its name, and what it is of a payload.
type Entry = (&'static str, fn(&Payload) -> String);

const FACTS: &[Entry] = &[
    ("account", |payload| payload.account.clone()),
    ("class", |payload| payload.class_name().to_owned()),
    ("confidence", |payload| payload.confidence.to_owned()),
    ("findings", |payload| payload.findings.to_string()),
    ("fingerprint", |payload| payload.fingerprint.clone()),
    ("first_observed_at", |payload| payload.first_observed_at.clone()),
    ("individuals", |payload| payload.individuals_text()),
    ("notice_due_on", |payload| payload.notice_due_on.clone().unwrap_or_default()),
    ("place", |payload| payload.place.clone()),
    ("records", |payload| payload.records.to_string()),
    ("report_url", |payload| payload.report_url.clone().unwrap_or_default()),
    ("severity", |payload| payload.severity.to_owned()),
];

/// Whether there is such a fact; the error lists all.
pub fn known(name: &str) -> Result<(), String> {
    if FACTS.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let all: Vec<_> = FACTS.iter().map(|(name, _)| *name).collect();
    Err(format!("there is no fact `{name}`; there are {}", all.join(", ")))
}

/// The fact of a name that is known.
pub fn fact(payload: &Payload, name: &str) -> String {
    FACTS.iter().find(|(known, _)| *known == name).map_or_else(String::new, |(_, of)| of(payload))
}

/// A template with its facts put in.
pub fn filled(template: &str, payload: &Payload) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&fact(payload, name));
        rest = after;
    }
    text + rest
}
