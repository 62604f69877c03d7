//! Sentences that all reports for people share: what was found, what was examined, what to do next.
//!
//! They claim no more than the scan saw.

use super::Summary;
use super::text::{counted, duration, number, size};
use crate::model::{BREACH_STATUS, RISK_FACTORS, STILL_THERE, breach_notices, day_60};
use time::OffsetDateTime;
use time::macros::format_description;

/// `PHI in 1,204, PII in 3`; `None` where no record has a class.
pub(super) fn classes([phi, pii, health]: [u64; 3]) -> Option<String> {
    let counts = [("PHI", phi), ("PII", pii), ("health data", health)];
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts.map(|(class, count)| format!("{class} in {}", number(*count))).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// `2 objects: PHI in 1,204, PII in 3 records`.
pub(super) fn objects_by_class(objects: u64, records: [u64; 3]) -> String {
    let objects = counted(objects, "object", "objects");
    let word = if records.iter().sum::<u64>() == 1 { "record" } else { "records" };
    classes(records).map_or_else(|| objects.clone(), |classes| format!("{objects}: {classes} {word}"))
}

/// What the scan says, and no more than that.
pub(super) fn result_sentence(summary: &Summary, left_out: u64, [phi, pii, health]: [u64; 3]) -> String {
    let examined = summary.complete + summary.sampled + summary.partial;
    let mut said = if phi > 0 {
        format!("Unexpected PHI in {}.", counted(phi, "object", "objects"))
    } else if pii + health > 0 {
        "No unexpected PHI in what was examined.".to_owned()
    } else if examined == 0 {
        "Nothing was examined, so nothing can be said.".to_owned()
    } else {
        "No unexpected PHI in what was examined, and no other unexpected finding.".to_owned()
    };
    if summary.is_over_500() {
        said.push(' ');
        said.push_str(&many_people_sentence(summary.individuals_unexpected.unwrap_or_default()));
    }
    if pii > 0 {
        said.push_str(&format!(
            " Unexpected identifiers of people without health data in {}.",
            counted(pii, "object", "objects")
        ));
    }
    if health > 0 {
        said.push_str(&format!(
            " Unexpected health data about nobody in particular in {}.",
            counted(health, "object", "objects")
        ));
    }
    if summary.interrupted {
        said.push_str(" The scan was stopped before its end: what it had not reached is not in this report.");
    }
    if summary.gaps > 0 {
        let objects = counted(summary.gaps, "object", "objects");
        said.push_str(&format!(" {objects} could not be examined, or not completely."));
    }
    if summary.sampled > 0 {
        let objects = counted(summary.sampled, "object was", "objects were");
        said.push_str(&format!(" {objects} sampled, not read in full."));
    }
    if left_out > 0 {
        said.push_str(&format!(" {} left out or empty.", counted(left_out, "object was", "objects were")));
    }
    said
}

/// What follows from 500 people or more.
pub fn many_people_sentence(people: u64) -> String {
    format!(
        "It is about {} people: 500 or more, the line from which a breach is reported to the Secretary without delay, and \
         beyond 500 of one state to the media (45 CFR 164.408(b), 164.406). Whether it is a breach, a risk assessment has to \
         say (164.402).",
        number(people)
    )
}

/// What the assessment of unexpected PHI begins with: a heading and its lines. `objects` and `records` hold that PHI.
pub(super) fn breach_sentences(
    started_at: OffsetDateTime,
    summary: &Summary,
    (objects, records): (u64, u64),
) -> (String, Vec<String>) {
    let people = summary.individuals_unexpected.filter(|people| *people > 0);
    let facts = [
        ("{detector}", "identifiers".to_owned()),
        ("{records}", number(records)),
        ("{objects}", number(objects)),
        ("{people}", people.map_or("an unknown number of".to_owned(), |people| format!("about {}", number(people)))),
        ("{mitigation}", STILL_THERE.replace("{seen}", &moment(summary.finished_at))),
        ("{place}", "the places above".to_owned()),
    ];
    let mut lines = vec![format!(
        "observed by this scan on {observed}; if it was not known before, day 60 is {last}: the last day to tell people if it \
         was a breach (45 CFR 164.404(b)). A ledger remembers when it was first observed",
        observed = started_at.date(),
        last = day_60(started_at.date()).map_or_else(String::new, |day| day.to_string()),
    )];
    lines.extend(breach_notices(people).iter().map(|notice| format!("would oblige to tell: {notice}")));
    let factors = RISK_FACTORS.iter();
    lines.extend(factors.map(|factor| format!("{}, {}: {}", factor.citation, factor.question, factor.filled(&facts))));
    (format!("Breach of unsecured PHI: {BREACH_STATUS}"), lines)
}

/// What to do first.
pub(super) fn next_sentence(summary: &Summary, worst: Option<&str>) -> String {
    let gaps = summary.gaps > 0;
    match worst {
        Some(worst) => format!(
            "Next: look at {worst} first; move or remove what does not belong there, or add the place to the policy \
             if it does (phinder policy check LOCATION says which entry decides)."
        ),
        None if summary.interrupted => "Next: run the scan again to its end.".to_owned(),
        None if gaps => "Next: clear the reasons listed above, and scan those objects again.".to_owned(),
        None if summary.leaves_all_out() => {
            "Next: check --include, --exclude, sizes and times; they leave nothing.".to_owned()
        }
        None if summary.listed == 0 => "Next: check the location and the filters; no object was found.".to_owned(),
        None => "Next: nothing to do for now; scan again when the data changes.".to_owned(),
    }
}

/// `2026-11-23 07:08 UTC`.
pub fn moment(moment: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}

/// `11 objects listed: 6 complete, 1 sampled`, and what was read in which time.
pub(super) fn examined_sentences(summary: &Summary) -> [String; 2] {
    let states = [
        (summary.complete, "complete"),
        (summary.sampled, "sampled"),
        (summary.partial, "partial"),
        (summary.skipped, "skipped"),
        (summary.failed, "failed"),
    ];
    let states: Vec<_> =
        states.iter().filter(|state| state.0 > 0).map(|state| format!("{} {}", number(state.0), state.1)).collect();
    let mut listed = format!("{} listed", counted(summary.listed, "object", "objects"));
    if !states.is_empty() {
        listed.push_str(": ");
        listed.push_str(&states.join(", "));
    }
    let mut read = format!(
        "{} and {} in {}",
        counted(summary.records, "record", "records"),
        size(summary.bytes),
        duration(summary.elapsed)
    );
    if let Some(individuals) = summary.individuals.filter(|individuals| *individuals > 0) {
        read.push_str(&format!("; about {}", counted(individuals, "person", "people")));
        if let Some(unexpected) = summary.individuals_unexpected.filter(|unexpected| *unexpected > 0) {
            read.push_str(&format!(", {} of them in unexpected PHI", number(unexpected)));
        }
    }
    [listed, read]
}
