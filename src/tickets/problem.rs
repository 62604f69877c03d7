//! Problems: all findings of one class in one place. Put together in one pass over the ledger.

use crate::ledger::{GroupContent, Ledger, LedgerError, State, Visited, Watermark};
use crate::model::{Class, Confidence, Severity};
use crate::outputs::{owned_place, shown_name};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Most findings that a ticket lists one by one.
pub const MAX_CHILDREN: usize = 20;

/// Where the findings of a problem stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Some wait for somebody.
    Active,
    /// None does, but not enough complete scans have shown it.
    Unproved,
    /// Scans, or a person, say that they are gone.
    Gone,
    /// None waits for anybody, because somebody decided so about some of them.
    Decided,
}

/// One finding of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The worst first: severity, records.
    pub rank: (Severity, u64),
    /// Stable identity.
    pub fingerprint: String,
    /// Where, as it may be shown.
    pub location: String,
    /// Field path, as it may be shown.
    pub field: String,
    /// Id of the detector.
    pub detector: String,
}

/// All findings of one class in one place. Those that wait for somebody count, the others only say where it stands.
///
/// Many may wait at a time: nothing is in it that can be found out when something is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place: a bucket, a schema, a folder.
    pub place: Box<str>,
    /// The class.
    pub class: Class,
    /// Where it stands.
    pub standing: Standing,
    /// The worst severity.
    pub severity: Severity,
    /// The highest confidence.
    pub confidence: Confidence,
    /// How many findings.
    pub findings: u64,
    /// Distinct records, at most as many: the most of any finding of a location, summed.
    pub records: u64,
    /// The first observation, milliseconds since 1970.
    pub first_observed_at: i64,
    /// The last observation, milliseconds since 1970.
    pub last_seen_at: i64,
}

/// A problem whose findings are being counted.
struct Tally {
    problem: Problem,
    /// Findings that are resolved and not proved to be gone, that are gone, that somebody decided about.
    counts: [u64; 3],
    /// The location of the last finding, and the most records of one there.
    current: (String, u64),
}

impl Tally {
    fn new(place: &str, class: Class) -> Self {
        let problem = Problem {
            place: place.into(),
            class,
            standing: Standing::Gone,
            severity: Severity::None,
            confidence: Confidence::Low,
            findings: 0,
            records: 0,
            first_observed_at: i64::MAX,
            last_seen_at: 0,
        };
        Self { problem, counts: [0; 3], current: (String::new(), 0) }
    }

    fn add(&mut self, finding: &Visited<'_>, scans_to_resolve: u32) {
        let [unproved, gone, decided] = &mut self.counts;
        match finding.state {
            state if state.is_active() => {}
            State::Resolved if finding.proofs.is_none_or(|proofs| proofs >= scans_to_resolve) => *gone += 1,
            State::Resolved => *unproved += 1,
            State::Suppressed | State::Accepted => *decided += 1,
            _ => {}
        }
        let problem = &mut self.problem;
        problem.last_seen_at = problem.last_seen_at.max(finding.last_seen_at);
        if !finding.state.is_active() {
            return;
        }
        problem.findings += 1;
        problem.severity = problem.severity.max(finding.severity);
        problem.confidence = problem.confidence.max(finding.confidence);
        problem.first_observed_at = problem.first_observed_at.min(finding.first_observed_at);
        // Findings come by location: several detectors find the same records.
        if self.current.0 != finding.location {
            problem.records += self.current.1;
            self.current = (finding.location.to_owned(), 0);
        }
        self.current.1 = self.current.1.max(finding.records);
    }

    fn finish(self) -> Problem {
        let [unproved, _, decided] = self.counts;
        let standing = match (self.problem.findings, unproved, decided) {
            (0, 0, 0) => Standing::Gone,
            (0, 0, _) => Standing::Decided,
            (0, ..) => Standing::Unproved,
            _ => Standing::Active,
        };
        Problem { records: self.problem.records + self.current.1, standing, ..self.problem }
    }
}

/// The problems of a ledger by their identity.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<([u8; 16], Problem)>);

impl Problems {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem with an identity.
    pub fn get(&self, identity: &str) -> Option<&Problem> {
        let wanted = u128::from_str_radix(identity, 16).ok()?.to_be_bytes();
        let place = self.0.binary_search_by(|(known, _)| known.cmp(&wanted)).ok()?;
        Some(&self.0[place].1)
    }

    /// The problem at a place.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn problem(&self, place: u32) -> &Problem {
        &self.0[place as usize].1
    }

    /// Identity and problem at a place.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn at(&self, place: u32) -> (String, &Problem) {
        let (identity, problem) = &self.0[place as usize];
        (written(*identity), problem)
    }
}

/// The problems of a ledger. `account` tells installations apart that report to the same destination.
pub fn problems(
    ledger: &Ledger,
    account: &str,
    known: Watermark,
    scans_to_resolve: u32,
) -> Result<Problems, LedgerError> {
    // Places come one after the other, but for those whose name another one begins with and goes on before the separator:
    // what is done is kept small, and joined where it comes again.
    let mut open: Vec<Tally> = Vec::new();
    let mut done: Vec<(Problem, [u64; 3])> = Vec::new();
    let close = |open: &mut Vec<Tally>, done: &mut Vec<(Problem, [u64; 3])>| {
        done.extend(open.drain(..).map(|tally| {
            let counts = tally.counts;
            (tally.finish(), counts)
        }));
    };
    ledger.visit_findings(&mut |finding| {
        if is_known(finding.id, finding.reopened, known) {
            return;
        }
        let place = owned_place(finding.location);
        if open.first().is_some_and(|tally| *tally.problem.place != *place) {
            close(&mut open, &mut done);
        }
        let at = open.iter().position(|tally| tally.problem.class == finding.class).unwrap_or_else(|| {
            open.push(Tally::new(&place, finding.class));
            open.len() - 1
        });
        open[at].add(&finding, scans_to_resolve);
    })?;
    close(&mut open, &mut done);
    done.sort_by(|(one, _), (other, _)| (&one.place, one.class).cmp(&(&other.place, other.class)));
    done.dedup_by(|(next, next_counts), (problem, counts)| {
        let is_same = (&next.place, next.class) == (&problem.place, problem.class);
        if is_same {
            let joined = [0, 1, 2].map(|at| counts[at] + next_counts[at]);
            let sum = Problem {
                severity: problem.severity.max(next.severity),
                confidence: problem.confidence.max(next.confidence),
                findings: problem.findings + next.findings,
                records: problem.records + next.records,
                first_observed_at: problem.first_observed_at.min(next.first_observed_at),
                last_seen_at: problem.last_seen_at.max(next.last_seen_at),
                ..problem.clone()
            };
            *problem = Tally { problem: sum, counts: joined, current: (String::new(), 0) }.finish();
            *counts = joined;
        }
        is_same
    });
    let identify =
        |(problem, _): (Problem, [u64; 3])| (digest(account, &problem.place, problem.class.as_str(), 0), problem);
    let mut problems: Vec<_> = done.into_iter().map(identify).collect();
    problems.sort_unstable_by_key(|(identity, _)| *identity);
    Ok(Problems(problems))
}

/// What a ticket lists, and what the objects hold. Gathered for those problems alone that something is told of, so that
/// memory does not grow with what is known of all.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    /// The worst findings that wait for somebody.
    pub parts: Vec<Part>,
    /// People and coverage.
    pub content: GroupContent,
}

impl Detail {
    fn keep(&mut self, finding: &Visited<'_>, names_somebody: bool) {
        let rank = (finding.severity, finding.records);
        if self.parts.len() == MAX_CHILDREN && self.parts.last().is_some_and(|last| last.rank >= rank) {
            return;
        }
        let at = self.parts.partition_point(|part| part.rank >= rank);
        let part = Part {
            rank,
            fingerprint: finding.fingerprint.to_owned(),
            location: shown_name(finding.location, names_somebody),
            field: shown_name(finding.field, false),
            detector: finding.detector.to_owned(),
        };
        self.parts.insert(at, part);
        self.parts.truncate(MAX_CHILDREN);
    }
}

/// The details of some problems, in their order.
pub fn details(ledger: &Ledger, known: Watermark, wanted: &[&Problem]) -> Result<Vec<Detail>, LedgerError> {
    let places: HashMap<(&str, Class), usize> =
        wanted.iter().enumerate().map(|(at, problem)| ((&*problem.place, problem.class), at)).collect();
    let mut details = vec![Detail::default(); wanted.len()];
    let naming = ledger.places_that_name_somebody()?;
    ledger.visit_findings(&mut |finding| {
        if finding.state.is_active()
            && !is_known(finding.id, finding.reopened, known)
            && let Some(at) = places.get(&(owned_place(finding.location).as_str(), finding.class))
        {
            details[*at].keep(&finding, naming.contains(finding.location));
        }
    })?;
    let mut content = vec![GroupContent::default(); wanted.len()];
    let mut group = |location: &str, class| places.get(&(owned_place(location).as_str(), class)).copied();
    ledger.visit_objects(&mut group, &mut content)?;
    details.iter_mut().zip(content).for_each(|(detail, content)| detail.content = content);
    Ok(details)
}

/// Rows of the findings that a ticket has shown: those of its problem up to the row `shown`.
pub fn shown_rows(
    ledger: &Ledger,
    (wanted, class): (&str, &str),
    known: Watermark,
    shown: i64,
    is_wanted: impl Fn(&Visited<'_>) -> bool,
) -> Result<Vec<i64>, LedgerError> {
    let mut rows = Vec::new();
    ledger.visit_findings(&mut |finding| {
        let is_shown = finding.id <= shown && !is_known(finding.id, finding.reopened, known);
        if is_shown && is_wanted(&finding) && finding.class.as_str() == class && owned_place(finding.location) == wanted
        {
            rows.push(finding.id);
        }
    })?;
    Ok(rows)
}

/// Whether a finding was there before the destination was first used, and has been ever since.
fn is_known(row: i64, reopened: i64, known: Watermark) -> bool {
    row <= known.findings && reopened <= known.history
}

/// Stable identity of a problem, 32 hexadecimal digits. A ticket that a decision closed for good, and that is followed by
/// another one, leaves that one the next `generation`.
pub fn identity(account: &str, place: &str, class: &str, generation: i64) -> String {
    written(digest(account, place, class, generation))
}

fn written(identity: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(identity))
}

fn digest(account: &str, place: &str, class: &str, generation: i64) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in ["1", account, place, class, &generation.to_string()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut identity = [0; 16];
    identity.copy_from_slice(&digest.finalize()[..16]);
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_of_account_place_class_and_generation() {
        let one = identity("a", "s3://b", "phi", 0);
        assert_eq!(one.len(), 32);
        for other in [
            identity("b", "s3://b", "phi", 0),
            identity("a", "s3://c", "phi", 0),
            identity("a", "s3://b", "pii", 0),
            identity("a", "s3://b", "phi", 1),
            identity("as3", "://b", "phi", 0),
        ] {
            assert_ne!(one, other);
        }
    }

    fn visited(location: &'static str, state: State, records: u64, proofs: Option<u32>) -> Visited<'static> {
        Visited {
            id: 1,
            fingerprint: "f",
            location,
            field: "ssn",
            detector: "us_ssn",
            class: Class::Phi,
            severity: Severity::High,
            confidence: Confidence::High,
            records,
            state,
            first_observed_at: 5,
            last_seen_at: 9,
            reopened: 0,
            decided_by: None,
            proofs,
        }
    }

    fn standing(findings: &[Visited<'_>]) -> Problem {
        let mut tally = Tally::new("s3://b", Class::Phi);
        findings.iter().for_each(|finding| tally.add(finding, 2));
        tally.finish()
    }

    #[test]
    fn where_a_problem_stands_follows_from_its_findings() {
        let open = visited("s3://b/1", State::Open, 3, None);
        let gone = visited("s3://b/2", State::Resolved, 3, Some(2));
        let unproved = visited("s3://b/3", State::Resolved, 3, Some(1));
        let by_person = visited("s3://b/4", State::Resolved, 3, None);
        let accepted = visited("s3://b/5", State::Accepted, 3, None);
        assert_eq!(standing(&[open, gone, accepted]).standing, Standing::Active);
        assert_eq!(standing(&[gone, unproved]).standing, Standing::Unproved);
        assert_eq!(standing(&[gone, by_person]).standing, Standing::Gone);
        assert_eq!(standing(&[gone, accepted]).standing, Standing::Decided);
    }

    #[test]
    fn a_name_that_holds_an_identifier_is_withheld() {
        let mut detail = Detail::default();
        detail.keep(&visited("s3://b/John Smith ***-**-8210/", State::New, 1, None), false);
        detail.keep(&visited("s3://b/John Smith */", State::New, 2, None), true);
        detail.keep(&visited("s3://b/in/*/", State::New, 3, None), false);
        let shown: Vec<_> = detail.parts.iter().map(|part| part.location.as_str()).collect();
        assert_eq!(shown, ["s3://b/in/*/", "s3://b/(name withheld)", "s3://b/(name withheld)"]);
    }

    #[test]
    fn records_are_not_counted_twice_and_the_worst_are_listed() {
        let many: Vec<_> = (0..50).map(|n| visited("s3://b/1", State::New, n, None)).collect();
        let all = [many, vec![visited("s3://b/2", State::New, 7, None)]].concat();
        let problem = standing(&all);
        assert_eq!((problem.findings, problem.records), (51, 49 + 7));
        let mut detail = Detail::default();
        all.iter().for_each(|finding| detail.keep(finding, false));
        assert_eq!(detail.parts.len(), MAX_CHILDREN);
        assert_eq!((detail.parts[0].rank.1, detail.parts[MAX_CHILDREN - 1].rank.1), (49, 30));
    }
}
