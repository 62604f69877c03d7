//! The nightly story against every system where people work on tickets, and the faults that any of them can have.

use super::github::GitHub;
use super::jira::Jira;
use super::server::{Answer, Server};
use super::servicenow::ServiceNow;
use crate::support::nights::Nights;
use phinder::ledger::{Filter, Order, Outcome, State};
use phinder::model::{Class, Severity};
use phinder::tickets::{self, Clock, Engine, Report, SecretSettings, TicketsSpec};
use serde_json::json;
use std::fs;

/// A ticket as its system shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub id: String,
    pub is_open: bool,
    /// Comments, or work notes.
    pub notes: usize,
    /// Everything that is said.
    pub text: String,
}

/// A system where people work on tickets.
pub trait Tracker {
    fn server(&self) -> &Server;
    /// Its table of the configuration.
    fn table(&self) -> String;
    fn token(&self) -> &'static str;
    /// Tickets that are there.
    fn shown(&self) -> Vec<Shown>;
    fn close_as_false_positive(&self, id: &str);
    fn delete(&self, id: &str);
    /// The end of the path by which a ticket is made.
    fn create_path(&self) -> &'static str;
}

const DAY: i64 = 86_400_000;
/// 2026-11-23 08:00 UTC.
const BEGIN: i64 = 1_795_420_800_000;

#[derive(serde::Deserialize)]
struct File {
    tickets: TicketsSpec,
}

/// A lake, a ledger and a tracker, in days.
pub struct Place {
    pub nights: Nights,
    pub now: i64,
    settings: String,
}

impl Place {
    /// The destination has seen an empty ledger: what comes is new.
    pub fn new(tracker: &dyn Tracker, settings: &str) -> Self {
        let mut place = Self::unused(tracker, settings);
        place.nights.scan(place.now, Outcome::Complete);
        place.sync();
        place
    }

    fn unused(tracker: &dyn Tracker, settings: &str) -> Self {
        Self::with(&format!("{settings}\n{}", tracker.table()), tracker.token())
    }

    /// A destination by the rest of its table.
    pub fn with(settings: &str, token: &str) -> Self {
        let place = Self { nights: Nights::new(), now: BEGIN, settings: settings.to_owned() };
        place.set_token(token);
        place
    }

    pub fn set_token(&self, token: &str) {
        let path = self.nights.folder().join("token");
        fs::write(&path, token).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    /// A day later: a scan, and what is told.
    pub fn night(&mut self) -> Report {
        // A little more than a day: runs take time.
        self.now += DAY + 60_000;
        self.nights.scan(self.now, Outcome::Complete);
        self.sync()
    }

    pub fn sync(&mut self) -> Report {
        self.run(false)
    }

    /// The configuration's file.
    pub fn configuration(&self) -> String {
        format!(
            "[tickets]\naccount = \"production\"\nresolve_after_scans = 2\npatience = \"2s\"\n\
             [[tickets.destination]]\nname = \"t\"\n{}",
            self.settings
        )
    }

    pub fn run(&mut self, is_existing: bool) -> Report {
        let file: File = toml::from_str(&self.configuration()).unwrap();
        let spec = file.tickets;
        let secrets = SecretSettings { folder: self.nights.folder().to_owned(), ..SecretSettings::default() };
        let destination = tickets::open(&spec.destinations.0[0], &secrets).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut ledger = self.nights.ledger();
        // Nothing that happens on a day happens before the scan of it.
        let clock = Clock::starting_at(self.now + 1000);
        let engine = Engine::new(&mut ledger, &spec, &spec.destinations.0[0], destination.as_ref(), clock);
        runtime.block_on(engine.run(is_existing)).unwrap()
    }

    pub fn leak(&mut self, location: &str) {
        self.nights.put(location, Class::Phi, Severity::High, 400);
    }

    fn states(&self) -> Vec<String> {
        let (rows, _) = self.nights.ledger().findings(&Filter::default(), Order::Location, (100, 0)).unwrap();
        rows.into_iter().map(|row| row.state).collect()
    }
}

/// New leak, growth, fixed, back again, false positive.
fn nightly_story(tracker: &dyn Tracker) {
    let mut place = Place::new(tracker, "");
    assert!(tracker.shown().is_empty());
    // A new leak: one ticket, that says what it must and holds no sample.
    place.leak("s3://acme-exports/a.csv");
    assert_eq!(place.night().created, 1);
    let [ticket] = &tracker.shown()[..] else { panic!("{:?}", tracker.shown()) };
    assert!(ticket.is_open && ticket.notes == 0);
    for said in ["s3://acme-exports", "PHI", "us_ssn", "400", "about 400", "164.404(b)", "production", "complete"] {
        assert!(ticket.text.contains(said), "{said} in {}", ticket.text);
    }
    assert!(!ticket.text.contains("4399") && !ticket.text.contains("***"), "no sample: {}", ticket.text);
    // The same again: nothing is said.
    let asked = tracker.server().asked.lock().unwrap().len();
    assert_eq!(place.night(), Report::default());
    let is_read = |request: &super::server::Request| request.method == "GET" || request.path.contains("search");
    assert!(tracker.server().asked.lock().unwrap()[asked..].iter().all(is_read), "nothing is written");
    // It grows: one note. On the same day no second one.
    place.leak("s3://acme-exports/b.csv");
    assert_eq!(place.night().updated, 1);
    place.leak("s3://acme-exports/c.csv");
    place.nights.scan(place.now + 10, Outcome::Complete);
    assert_eq!(place.sync().updated, 0);
    assert_eq!(tracker.shown()[0].notes, 1);
    assert_eq!(place.night().updated, 1);
    // Fixed: the second complete scan closes it, not one that was interrupted.
    place.nights.objects.clear();
    place.now += DAY;
    place.nights.scan(place.now, Outcome::Interrupted);
    assert_eq!(place.sync().closed, 0);
    assert_eq!(place.night().closed, 0);
    assert_eq!(place.night().closed, 1);
    assert!(!tracker.shown()[0].is_open);
    // Back again: the same ticket is opened.
    place.leak("s3://acme-exports/a.csv");
    assert_eq!(place.night().reopened, 1);
    assert!(tracker.shown()[0].is_open);
    assert_eq!(tracker.shown()[0].notes, 4, "growth, growth, gone, back: {}", tracker.shown()[0].text);
    // A person says that it is none: that stands, and flows back.
    tracker.close_as_false_positive(&tracker.shown()[0].id);
    assert_eq!(place.night().by_people, 1);
    assert_eq!(place.states().iter().filter(|state| **state == "suppressed").count(), 1);
    assert_eq!(place.night(), Report::default());
    assert_eq!(tracker.shown().len(), 1);
    assert!(!tracker.shown()[0].is_open, "it stays closed");
    // What that decision did not see gets a ticket of its own.
    place.leak("s3://acme-exports/new/a.csv");
    assert_eq!(place.night().created, 1);
    assert_eq!(tracker.shown().iter().filter(|ticket| ticket.is_open).count(), 1);
    assert_eq!(tracker.shown().len(), 2);
}

/// What can go wrong with any of them.
fn faults(tracker: &dyn Tracker) {
    let server = tracker.server();
    let mut place = Place::new(tracker, "");
    // 500 after it was made: it is found later, and not made again.
    place.leak("s3://one/a.csv");
    server.fail("POST", tracker.create_path(), true, Some(Answer::empty(500)));
    let report = place.night();
    assert_eq!((report.created, report.waiting), (0, 1));
    place.now += 600_000;
    assert_eq!(place.sync().adopted, 1);
    assert_eq!(tracker.shown().len(), 1);
    // The connection is lost before anything was done: made once, after a while.
    place.leak("s3://two/a.csv");
    server.fail("POST", tracker.create_path(), false, None);
    assert_eq!(place.night().waiting, 1);
    assert_eq!(place.sync().created, 0, "not before a search can be trusted");
    place.now += 600_000;
    assert_eq!(place.sync().created, 1);
    // Asked to wait: waits, and goes on.
    place.leak("s3://three/a.csv");
    let busy = Answer::empty(429).with("Retry-After", "0");
    server.fail("POST", tracker.create_path(), false, Some(busy));
    assert_eq!(place.night().created, 1);
    // Asked to wait without a word how long: left for the next run.
    place.leak("s3://four/a.csv");
    server.fail("POST", tracker.create_path(), false, Some(Answer::empty(429)));
    assert_eq!(place.night().waiting, 1);
    assert_eq!(place.night().created, 1);
    // Refused: a dead letter, until somebody says that it be tried again.
    for (refusal, name) in [(400, "five"), (413, "six")] {
        place.leak(&format!("s3://{name}/a.csv"));
        server.fail("POST", tracker.create_path(), false, Some(Answer::json(refusal, &json!({ "message": "no" }))));
        assert_eq!(place.night().dead, 1);
        assert_eq!(place.night().created, 0);
        let mut ledger = place.nights.ledger();
        let rows = ledger.tickets(None).unwrap();
        let mut row = rows.into_iter().find(|row| row.place == format!("s3://{name}")).unwrap();
        assert!(row.problem_said.as_deref().unwrap().contains("no"));
        tickets::free(&mut ledger, &mut row, place.now).unwrap();
        drop(ledger);
        assert_eq!(place.night().created, 1);
    }
    // No rights, then a token that was rotated: nothing is lost.
    place.leak("s3://seven/a.csv");
    place.set_token("revoked");
    let report = place.night();
    assert!(report.stopped.as_deref().is_some_and(|said| said.contains("401")), "{report:?}");
    assert_eq!(place.night().created, 0);
    place.set_token(tracker.token());
    assert_eq!(place.night().created, 1);
    // A ticket that somebody deleted is made again, once.
    let count = tracker.shown().len();
    tracker.delete(&tracker.shown()[0].id);
    assert_eq!(place.night().created, 1);
    assert_eq!((tracker.shown().len(), place.night()), (count, Report::default()));
    let text: String = tracker.shown().iter().map(|ticket| ticket.text.clone()).collect();
    assert!(!text.contains(tracker.token()));
}

#[test]
fn the_nightly_story_in_jira_cloud() {
    nightly_story(&Jira::start(true));
}

#[test]
fn the_nightly_story_in_jira_data_center() {
    nightly_story(&Jira::start(false));
}

#[test]
fn the_nightly_story_in_servicenow() {
    nightly_story(&ServiceNow::start());
}

#[test]
fn the_nightly_story_in_security_incidents_of_servicenow() {
    nightly_story(&ServiceNow::start_security());
}

#[test]
fn the_nightly_story_in_github() {
    nightly_story(&GitHub::start());
}

#[test]
fn faults_of_jira_cloud() {
    faults(&Jira::start(true));
}

#[test]
fn faults_of_servicenow() {
    faults(&ServiceNow::start());
}

#[test]
fn faults_of_security_incidents_of_servicenow() {
    faults(&ServiceNow::start_security());
}

#[test]
fn faults_of_github() {
    faults(&GitHub::start());
}

#[test]
fn a_field_that_jira_requires_is_set_or_the_error_names_it() {
    let jira = Jira::start(true);
    jira.require(Some("customfield_10042"));
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    assert_eq!(place.night().dead, 1);
    let said = place.nights.ledger().tickets(None).unwrap()[0].problem_said.clone().unwrap();
    assert!(said.contains("customfield_10042") && said.contains("Owner is required"), "{said}");
    let settings = "title = \"[{severity}] {class} in {place}\"\nseverity = { high = \"Highest\" }\n\
                    fields = { customfield_10042 = { value = \"Privacy\" } }\nfacts = { customfield_10043 = \"records\" }";
    let mut place = Place::new(&jira, settings);
    place.leak("s3://b/a.csv");
    assert_eq!(place.night().created, 1);
    let fields = jira.fields(&jira.shown()[0].id);
    assert_eq!(fields["customfield_10042"]["value"], "Privacy");
    assert_eq!((&fields["customfield_10043"], &fields["priority"]["name"]), (&json!("400"), &json!("Highest")));
    assert_eq!(fields["summary"], "[high] PHI in s3://b");
}

#[test]
fn a_workflow_without_a_way_to_done_is_a_dead_letter() {
    let jira = Jira::start(false);
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    place.night();
    jira.block_the_way(true);
    place.nights.objects.clear();
    place.night();
    assert_eq!(place.night().dead, 1);
    let said = place.nights.ledger().tickets(None).unwrap()[0].problem_said.clone().unwrap();
    assert!(said.contains("close_transition") && said.contains("Start"), "{said}");
}

#[test]
fn tickets_that_are_moved_are_followed() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    place.night();
    jira.move_to(&jira.shown()[0].id, "OPS-7");
    place.leak("s3://b/b.csv");
    assert_eq!(place.night().updated, 1);
    let row = &place.nights.ledger().tickets(None).unwrap()[0];
    assert_eq!(row.external.as_ref().unwrap().key, "OPS-7");
    let github = GitHub::start();
    let mut place = Place::new(&github, "");
    place.leak("s3://b/a.csv");
    place.night();
    github.transfer(&github.shown()[0].id);
    place.leak("s3://b/b.csv");
    assert_eq!(place.night().updated, 1);
    assert_eq!(github.shown().len(), 1);
}

#[test]
fn a_public_repository_is_told_nothing() {
    let github = GitHub::start();
    github.publish();
    let mut place = Place::new(&github, "");
    place.leak("s3://b/a.csv");
    let report = place.night();
    assert!(report.stopped.as_deref().is_some_and(|said| said.contains("public")), "{report:?}");
    assert_eq!(github.server.count("POST", "/issues"), 0);
}

#[test]
fn records_that_rights_hide_are_not_taken_for_deleted_ones() {
    let servicenow = ServiceNow::start();
    let mut place = Place::new(&servicenow, "");
    place.leak("s3://b/a.csv");
    place.night();
    servicenow.hide(true);
    let report = place.night();
    assert!(report.stopped.as_deref().is_some_and(|said| said.contains("hidden")), "{report:?}");
    servicenow.hide(false);
    place.night();
    assert_eq!(servicenow.shown().len(), 1);
}

#[test]
fn a_search_that_fails_makes_nothing() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    jira.server.fail("POST", "/search/jql", false, Some(Answer::empty(500)));
    let report = place.night();
    assert_eq!((report.created, jira.server.count("POST", "/issue")), (0, 0));
    assert_eq!(place.night().created, 1);
}

#[test]
fn a_ledger_that_is_lost_finds_its_tickets_again() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    place.night();
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    assert_eq!(place.night().adopted, 1);
    assert_eq!(jira.shown().len(), 1);
}

#[test]
fn the_first_run_is_a_baseline_and_new_tickets_are_capped() {
    let jira = Jira::start(true);
    let settings = "max_new_per_run = 3\nrequests_per_second = 1000.0";
    let mut place = Place::unused(&jira, settings);
    for bucket in 0..50 {
        for object in 0..20 {
            place.leak(&format!("s3://old-{bucket}/{object}.csv"));
        }
    }
    place.nights.scan(place.now, Outcome::Complete);
    let report = place.sync();
    assert_eq!((report.known, report.created, jira.shown().len()), (Some(50), 0, 0));
    // What comes later is told, three of a run; the others stand in one more ticket.
    for bucket in 0..10 {
        place.leak(&format!("s3://new-{bucket}/a.csv"));
    }
    place.leak("s3://old-7/other/a.csv");
    let report = place.night();
    assert_eq!((report.created, report.overflow), (4, 8));
    assert_eq!(jira.shown().len(), 4);
    let summary = jira.shown().into_iter().find(|ticket| ticket.text.contains("8 more problems")).unwrap();
    assert!(summary.text.contains("s3://"));
    assert_eq!(place.night().overflow, 5);
    assert_eq!(place.night().overflow, 2);
    let report = place.night();
    assert_eq!((report.overflow, report.closed), (0, 1), "the summary is closed");
    assert_eq!(jira.shown().iter().filter(|ticket| ticket.is_open).count(), 11);
    // Nothing that was fixed and comes back is old.
    place.nights.objects.retain(|location, _| !location.starts_with("s3://old-3/"));
    place.night();
    place.leak("s3://old-3/0.csv");
    assert_eq!(place.night().created, 1);
}

#[test]
fn a_first_run_can_be_told_everything_and_an_hour_has_its_limit() {
    let jira = Jira::start(true);
    let mut place = Place::unused(&jira, "max_new_per_hour = 2\nrequests_per_second = 1000.0");
    for bucket in 0..5 {
        place.leak(&format!("s3://old-{bucket}/a.csv"));
    }
    place.nights.scan(place.now, Outcome::Complete);
    let report = place.run(true);
    assert_eq!((report.created, report.overflow), (3, 3));
    place.now += 60_000;
    assert_eq!(place.sync().created, 0);
    place.now += 3_600_000;
    assert_eq!(place.sync().created, 2);
}

#[test]
fn a_destination_that_is_down_for_a_week_loses_and_doubles_nothing() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    for day in 0..7 {
        place.leak(&format!("s3://bucket-{day}/a.csv"));
        for _ in 0..8 {
            jira.server.fail("POST", "", false, None);
            jira.server.fail("GET", "", false, None);
        }
        assert!(place.night().created == 0);
        jira.server.faults.lock().unwrap().clear();
    }
    place.now += DAY;
    assert_eq!(place.night().created, 7);
    assert_eq!(jira.shown().len(), 7);
}

#[test]
fn one_process_delivers_at_a_time() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    place.leak("s3://b/a.csv");
    let other = place.nights.ledger();
    let lock = other.lock_destination("t").unwrap().expect("nobody else delivers");
    assert!(place.night().is_busy);
    drop(lock);
    assert_eq!(place.sync().created, 1);
}

#[test]
fn reopening_follows_the_stated_policy() {
    for (policy, is_reopened) in [("never", false), ("verified", false), ("always", true), ("after:2d", true)] {
        let github = GitHub::start();
        let mut place = Place::new(&github, &format!("reopen = \"{policy}\""));
        place.leak("s3://b/a.csv");
        place.night();
        // A person says that it is dealt with, and it is not.
        github.close(&github.shown()[0].id);
        assert_eq!(place.night().by_people, 1, "{policy}");
        let reports: Vec<_> = (0..4).map(|_| place.night().reopened).collect();
        assert_eq!(reports.iter().sum::<usize>(), usize::from(is_reopened), "{policy}: {reports:?}");
        assert!(place.states().iter().all(|state| State::from_word(state).unwrap().is_active()), "scans prove it");
    }
}
