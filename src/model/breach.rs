//! What 45 CFR 164.400-414 asks when unsecured PHI may have been breached: the days, the line of 500, the four factors.
//!
//! Whether there was a breach is for people to assess. Nothing here decides it, and every text says so.

use time::Date;

/// What may be said of it, and no more.
pub const BREACH_STATUS: &str = "potential; assessment required";
/// Individuals from which the Secretary is told together with them (164.408(b)).
pub const MANY_INDIVIDUALS: u64 = 500;
/// Calendar days from discovery to the latest notice to individuals (164.404(b)).
pub const NOTICE_DAYS: i64 = 60;

/// One factor of a risk assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskFactor {
    /// Where it stands.
    pub citation: &'static str,
    /// What is to be assessed.
    pub question: &'static str,
    /// What is known of it from a finding, with `{detector}`, `{records}`, `{objects}`, `{people}`, `{place}` and
    /// `{mitigation}` to be filled in.
    pub known: &'static str,
}

impl RiskFactor {
    /// What is known of it, with facts filled in by their names. What comes from outside stands last among them, so that
    /// nothing is filled into it.
    pub fn filled(&self, facts: &[(&str, String)]) -> String {
        facts.iter().fold(self.known.to_owned(), |known, (name, fact)| known.replace(name, fact))
    }
}

/// The factors of 45 CFR 164.402(2).
pub const RISK_FACTORS: [RiskFactor; 4] = [
    RiskFactor {
        citation: "45 CFR 164.402(2)(i)",
        question: "nature and extent of the PHI, kinds of identifiers, likelihood of re-identification",
        known: "{detector} with health data in {records} records of {objects} objects, {people} individuals",
    },
    RiskFactor {
        citation: "45 CFR 164.402(2)(ii)",
        question: "the unauthorized person who used it or to whom it was disclosed",
        known: "not known here: find out who could read {place}",
    },
    RiskFactor {
        citation: "45 CFR 164.402(2)(iii)",
        question: "whether it was actually acquired or viewed",
        known: "not known here: look into the access logs of {place}",
    },
    RiskFactor {
        citation: "45 CFR 164.402(2)(iv)",
        question: "the extent to which the risk has been mitigated",
        known: "{mitigation}",
    },
];
/// `{mitigation}` of what is still there, with `{seen}` to be filled in.
pub const STILL_THERE: &str = "it was still there at {seen}";
/// `{mitigation}` of what is resolved, with `{changed}` to be filled in.
pub const GONE: &str = "resolved at {changed}; copies elsewhere are not known";

/// The last day of notices to individuals, if it was a breach and was discovered on that day; `None` beyond the calendar.
pub fn day_60(discovered: Date) -> Option<Date> {
    discovered.checked_add(time::Duration::days(NOTICE_DAYS))
}

/// Whom else the number of individuals would oblige to tell; nothing where it is not known.
pub fn breach_notices(individuals: Option<u64>) -> Vec<&'static str> {
    let mut notices = Vec::new();
    if individuals.is_some_and(|count| count >= MANY_INDIVIDUALS) {
        notices.push("500 individuals or more: the Secretary without delay, with the individuals (45 CFR 164.408(b))");
    }
    if individuals.is_some_and(|count| count > MANY_INDIVIDUALS) {
        notices.push("the media, where more than 500 of them live in one State or jurisdiction (45 CFR 164.406)");
    }
    if individuals.is_some_and(|count| count < MANY_INDIVIDUALS) {
        notices.push("fewer than 500 individuals: the Secretary within 60 days of the end of the calendar year (45 CFR 164.408(c))");
    }
    notices
}
