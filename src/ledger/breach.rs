//! The clock of a possible breach of unsecured PHI (45 CFR 164.400-414): what is known for the assessment, and until when.
//!
//! Whether there was a breach is for people to assess. Nothing here decides it, and every text says so.

use super::findings::FindingRow;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// What may be said of it, and no more.
const STATUS: &str = "potential; assessment required";
/// Calendar days from discovery to the latest notice to individuals (164.404(b)).
const DAYS: i64 = 60;
/// Individuals from which the Secretary is told together with them (164.408(b)).
const SECRETARY: u64 = 500;

/// What the assessment of one finding of class `phi` begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachClock {
    /// "potential; assessment required".
    pub status: &'static str,
    /// When phinder observed it first. Whoever knew of it before discovered it before.
    pub first_observed_at: String,
    /// The last day of notices to individuals, if it was discovered when it was first observed.
    pub day_60: String,
    /// Days until then; negative when it has passed.
    pub days_left: i64,
    /// Distinct people in the PHI records of its objects, estimated; `None` where their evidence is not kept.
    pub individuals: Option<u64>,
    /// Whom else the number of individuals would oblige to tell.
    pub notices: Vec<&'static str>,
    /// The factors of 45 CFR 164.402(2).
    pub factors: [Factor; 4],
}

/// One factor of the risk assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// Where it stands.
    pub citation: &'static str,
    /// What is to be assessed.
    pub question: &'static str,
    /// What is known of it here.
    pub known: String,
}

/// The day 60 days after a moment, `2027-01-31`; `None` where it is no moment.
pub(super) fn day_60(first_observed_at: &str) -> Option<String> {
    Some(last_moment(first_observed_at)?.date().to_string())
}

fn last_moment(first_observed_at: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(first_observed_at, &Rfc3339).ok()?.checked_add(Duration::days(DAYS))
}

/// The clock of a finding; `None` unless it is of class `phi`.
pub(super) fn clock(finding: &FindingRow, individuals: Option<u64>, now: OffsetDateTime) -> Option<BreachClock> {
    let last = last_moment(&finding.first_observed_at).filter(|_| finding.class.as_deref() == Some("phi"))?;
    let mut notices = Vec::new();
    if individuals.is_some_and(|count| count >= SECRETARY) {
        notices.push("500 individuals or more: the Secretary without delay, with the individuals (45 CFR 164.408(b))");
    }
    if individuals.is_some_and(|count| count > SECRETARY) {
        notices.push("the media, where more than 500 of them live in one State or jurisdiction (45 CFR 164.406)");
    }
    if individuals.is_some_and(|count| count < SECRETARY) {
        notices.push("fewer than 500 individuals: the Secretary within 60 days of the end of the calendar year (45 CFR 164.408(c))");
    }
    Some(BreachClock {
        status: STATUS,
        first_observed_at: finding.first_observed_at.clone(),
        day_60: last.date().to_string(),
        days_left: (last.date() - now.date()).whole_days(),
        individuals,
        notices,
        factors: factors(finding, individuals),
    })
}

fn factors(finding: &FindingRow, individuals: Option<u64>) -> [Factor; 4] {
    let people = individuals.map_or("an unknown number of".to_owned(), |count| format!("about {count}"));
    let still = match finding.state.as_str() {
        "resolved" => format!("resolved at {}; copies elsewhere are not known", finding.changed_at),
        _ => format!("it was still there at {}", finding.last_seen_at),
    };
    [
        Factor {
            citation: "45 CFR 164.402(2)(i)",
            question: "nature and extent of the PHI, kinds of identifiers, likelihood of re-identification",
            known: format!(
                "{} with health data in {} records of {} objects, {people} individuals",
                finding.detector, finding.records, finding.objects
            ),
        },
        Factor {
            citation: "45 CFR 164.402(2)(ii)",
            question: "the unauthorized person who used it or to whom it was disclosed",
            known: format!("not known here: find out who could read {}", finding.location),
        },
        Factor {
            citation: "45 CFR 164.402(2)(iii)",
            question: "whether it was actually acquired or viewed",
            known: format!("not known here: look into the access logs of {}", finding.location),
        },
        Factor {
            citation: "45 CFR 164.402(2)(iv)",
            question: "the extent to which the risk has been mitigated",
            known: still,
        },
    ]
}
