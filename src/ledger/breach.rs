//! The clock of a possible breach of unsecured PHI (45 CFR 164.400-414): what is known for the assessment, and until when.
//!
//! Whether there was a breach is for people to assess. Nothing here decides it, and every text says so.

use super::findings::FindingRow;
use crate::model::{self, BREACH_STATUS, GONE, RISK_FACTORS, STILL_THERE, breach_notices};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

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
    Some(last_day(first_observed_at)?.to_string())
}

fn last_day(first_observed_at: &str) -> Option<Date> {
    model::day_60(OffsetDateTime::parse(first_observed_at, &Rfc3339).ok()?.date())
}

/// The clock of a finding; `None` unless it is of class `phi`.
pub(super) fn clock(finding: &FindingRow, individuals: Option<u64>, now: OffsetDateTime) -> Option<BreachClock> {
    let last = last_day(&finding.first_observed_at).filter(|_| finding.class.as_deref() == Some("phi"))?;
    Some(BreachClock {
        status: BREACH_STATUS,
        first_observed_at: finding.first_observed_at.clone(),
        day_60: last.to_string(),
        days_left: (last - now.date()).whole_days(),
        individuals,
        notices: breach_notices(individuals),
        factors: factors(finding, individuals),
    })
}

fn factors(finding: &FindingRow, individuals: Option<u64>) -> [Factor; 4] {
    let mitigation = match finding.state.as_str() {
        "resolved" => GONE.replace("{changed}", &finding.changed_at),
        _ => STILL_THERE.replace("{seen}", &finding.last_seen_at),
    };
    let facts = [
        ("{detector}", finding.detector.clone()),
        ("{records}", finding.records.to_string()),
        ("{objects}", finding.objects.to_string()),
        ("{people}", individuals.map_or("an unknown number of".to_owned(), |count| format!("about {count}"))),
        ("{mitigation}", mitigation),
        ("{place}", finding.location.clone()),
    ];
    RISK_FACTORS.map(|factor| Factor {
        citation: factor.citation,
        question: factor.question,
        known: factor.filled(&facts),
    })
}
