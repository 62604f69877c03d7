//! Says for one location which entry of the policy decides and why, which others speak about it, and which expired.

use super::entry::Entry;
use super::pattern::FieldPattern;
use crate::model::{Class, Location};
use std::fmt::Write;
use time::Date;

/// What is asked about.
pub(super) struct Subject<'a> {
    pub location: &'a Location,
    pub field: Option<&'a str>,
    pub detector: Option<&'a str>,
    pub today: Date,
}

/// What an entry has to do with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The first that covers it: it decides.
    Decides,
    /// It covers it as well, after the one that decides.
    CoversToo,
    /// It covers some of the fields or detectors only, and none was asked for.
    CoversSome,
    /// It would cover it, and its last day has passed.
    Expired,
}

/// An entry that covers the class at the location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it has to do with the answer.
    pub role: Role,
    /// Name and place of the entry.
    pub entry: String,
    /// Its reason, limits and last day.
    pub because: String,
}

/// The answer for one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassAnswer {
    /// The class.
    pub class: Class,
    /// Whether an entry covers it, whatever the field and the detector if none was asked for.
    pub is_expected: bool,
    /// Entries that cover it, in the order in which they are tried.
    pub candidates: Vec<Candidate>,
}

/// Why a location is judged as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The location that was asked about.
    pub location: Location,
    /// phi, pii, health.
    pub classes: Vec<ClassAnswer>,
    /// Entries that nearly cover it: label and why they do not.
    pub near_misses: Vec<(String, String)>,
    /// Whether the policy has any entry.
    pub has_entries: bool,
}

pub(super) fn explain(entries: &[Entry], subject: Subject<'_>) -> Explanation {
    let classes = [Class::Phi, Class::Pii, Class::Health].map(|class| class_answer(entries, class, &subject));
    let near_misses = entries.iter().filter_map(|entry| Some((entry.label.clone(), near_miss(entry, &subject)?)));
    Explanation {
        location: subject.location.clone(),
        classes: classes.into(),
        near_misses: near_misses.collect(),
        has_entries: !entries.is_empty(),
    }
}

fn class_answer(entries: &[Entry], class: Class, subject: &Subject<'_>) -> ClassAnswer {
    let mut answer = ClassAnswer { class, is_expected: false, candidates: Vec::new() };
    for entry in entries {
        let Some(pattern) = entry.matching_pattern(subject.location) else { continue };
        let covers = entry.covers_class(class)
            && entry.matching_exception(subject.location).is_none()
            && subject.field.is_none_or(|field| entry.covers_field(field))
            && subject.detector.is_none_or(|detector| entry.covers_detector(detector));
        if !covers {
            continue;
        }
        let limits = open_limits(entry, subject);
        let role = match () {
            () if entry.is_expired(subject.today) => Role::Expired,
            () if !limits.is_empty() => Role::CoversSome,
            () if answer.is_expected => Role::CoversToo,
            () => Role::Decides,
        };
        answer.is_expected |= role == Role::Decides;
        let mut because = format!("{}; pattern {}", entry.reason, pattern.text());
        if !limits.is_empty() {
            let _ = write!(because, "; {limits}");
        }
        if let Some(expires) = entry.expires {
            let _ = write!(because, "; last day {expires}");
        }
        answer.candidates.push(Candidate { role, entry: entry.label.clone(), because });
    }
    answer
}

/// Limits of an entry on what was not asked for.
fn open_limits(entry: &Entry, subject: &Subject<'_>) -> String {
    let mut limits = Vec::new();
    if let (None, Some(fields)) = (subject.field, &entry.fields)
        && !fields.iter().any(|field| field.text() == "*")
    {
        let fields: Vec<_> = fields.iter().map(FieldPattern::text).collect();
        limits.push(format!("fields {} only", fields.join(", ")));
    }
    if let (None, Some(detectors)) = (subject.detector, &entry.detectors) {
        limits.push(format!("detectors {} only", detectors.join(", ")));
    }
    limits.join("; ")
}

/// Why an entry whose pattern fits covers nothing of what was asked for.
fn near_miss(entry: &Entry, subject: &Subject<'_>) -> Option<String> {
    entry.matching_pattern(subject.location)?;
    if let Some(except) = entry.matching_exception(subject.location) {
        return Some(format!("leaves it out by the pattern {}", except.text()));
    }
    if let Some(field) = subject.field
        && !entry.covers_field(field)
    {
        return Some("covers other fields".to_owned());
    }
    if let Some(detector) = subject.detector
        && !entry.covers_detector(detector)
    {
        return Some("covers other detectors".to_owned());
    }
    None
}

impl Explanation {
    /// Whether the class is expected at the location, whatever the field and the detector if none was asked for.
    pub fn is_expected(&self, class: Class) -> bool {
        self.classes.iter().any(|answer| answer.class == class && answer.is_expected)
    }

    /// The explanation as lines of text. `show` makes a text harmless for the place where it is shown.
    pub fn render(&self, show: &dyn Fn(&str) -> String) -> String {
        let mut text = format!("{}\n", show(self.location.as_str()));
        // Writing to a string does not fail.
        for answer in &self.classes {
            let word = if answer.is_expected { "expected" } else { "unexpected" };
            let _ = writeln!(text, "\n  {:<7} {word}", answer.class.as_str());
            for candidate in &answer.candidates {
                let role = match candidate.role {
                    Role::Decides => "decided by",
                    Role::CoversToo => "also covered by",
                    Role::CoversSome => "covered in part by",
                    Role::Expired => "no longer covered by",
                };
                let _ = writeln!(text, "          {role} {}", show(&candidate.entry));
                let _ = writeln!(text, "            {}", show(&candidate.because));
            }
            if answer.candidates.is_empty() {
                let _ = writeln!(text, "          no entry expects {} here", answer.class.as_str());
            }
        }
        if !self.near_misses.is_empty() {
            text.push_str("\n  entries that do not apply\n");
            for (entry, because) in &self.near_misses {
                let _ = writeln!(text, "          {}: {}", show(entry), show(because));
            }
        }
        if !self.has_entries {
            text.push_str("\n  the policy has no entry: everything that is found is unexpected\n");
        }
        text
    }
}
