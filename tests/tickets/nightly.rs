//! Tickets as a user runs them: the program, a folder that is scanned, a tracker, mistakes in the configuration, a process
//! that is killed.

use super::jira::{Jira, TOKEN};
use super::server::Answer;
use super::story::{Place, Tracker};
use crate::support::scan::{phinder, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

const RECORD: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";

struct Lake {
    folder: tempfile::TempDir,
}

impl Lake {
    fn new(jira: &Jira) -> Self {
        let lake = Self { folder: tempfile::tempdir().unwrap() };
        let settings =
            "[tickets]\nresolve_after_scans = 1\n[[tickets.destination]]\nname = \"jira\"\nupdate_every = \"0s\"";
        let token = "token = { env = \"JIRA_TOKEN\" }";
        let table = jira.table().replace("token = { file = \"token\" }", token);
        fs::write(lake.path("phinder.toml"), format!("{settings}\n{table}")).unwrap();
        fs::create_dir(lake.path("lake")).unwrap();
        lake
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = phinder();
        command.current_dir(self.folder.path()).env("PHINDER_LEDGER", "l.ledger").env("JIRA_TOKEN", TOKEN);
        run(command.args(arguments))
    }

    fn scan(&self) -> (i32, String, String) {
        self.run(&["scan", "lake", "--ledger", "l.ledger", "--tickets", "--no-progress", "--format", "jsonl"])
    }
}

#[test]
fn a_scan_tells_what_is_new_and_its_exit_code_stays_its_own() {
    let jira = Jira::start(false);
    let lake = Lake::new(&jira);
    fs::write(lake.path("lake/old.csv"), RECORD).unwrap();
    let (code, _, errors) = lake.scan();
    assert!(code == 1 && errors.contains("already get no ticket"), "{code} {errors}");
    fs::create_dir(lake.path("lake/John Smith 219-44-8210")).unwrap();
    fs::write(lake.path("lake/John Smith 219-44-8210/a.csv"), RECORD).unwrap();
    let (_, plan, errors) = lake.run(&["scan", "lake", "--ledger", "l.ledger", "--no-progress", "--format", "jsonl"]);
    assert!(plan.contains("unexpected"), "{errors}");
    for command in [&["tickets", "plan"][..], &["tickets", "sync", "--dry-run"]] {
        let (code, text, errors) = lake.run(command);
        assert!(code == 0 && text.contains("create") && text.contains("phi"), "{text} {errors}");
    }
    assert!(jira.shown().is_empty(), "a plan does nothing");
    let (code, text, errors) = lake.run(&["tickets", "sync"]);
    assert!(code == 0 && text.contains("1 new"), "{text} {errors}");
    let text: String = jira.shown().iter().map(|ticket| ticket.text.clone()).collect();
    for value in ["8210", "4399", "Smith", "Jones", TOKEN] {
        assert!(!text.contains(value), "{value} in {text}");
    }
    assert!(text.contains("(name withheld)"), "{text}");
    let (_, text, _) = lake.run(&["tickets", "list"]);
    assert!(text.contains("open") && text.contains("/browse/SEC-1"), "{text}");
    // The destination is down: the scan says what it finds all the same.
    jira.server.fail("GET", "", false, None);
    let (code, text, errors) = lake.scan();
    assert!(code == 1 && text.contains("summary") && errors.contains("stopped"), "{code} {errors}");
    let ledger = fs::read(lake.path("l.ledger")).unwrap();
    let is_inside = |text: &str| ledger.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!is_inside(TOKEN) && !is_inside("219-44-8210"));
}

#[test]
fn mistakes_are_errors_with_file_and_line() {
    let mistakes = [
        ("[tickets]\naccont = \"x\"\n", "phinder.toml:2:1", "accont"),
        ("[[tickets.destination]]\nname = \"a\"\n", "phinder.toml:1:1", "needs one table"),
        (
            "[[tickets.destination]]\nname = \"a\"\n[tickets.destination.slack]\nurll = { env = \"X\" }\n",
            "phinder.toml:4:1",
            "urll",
        ),
        ("[tickets]\npatience = \"soon\"\n", "phinder.toml:2:12", "soon"),
        ("[[tickets.destination]]\nname = \"a\"\ntitle = \"{value}\"\n", "phinder.toml:3:9", "no fact `value`"),
        (
            "[[tickets.destination]]\nname = \"a\"\n[tickets.destination.webhook]\nurl = \"http://example.org\"\nsecret = { env = \"X\" }\n",
            "phinder.toml:4:7",
            "https://",
        ),
    ];
    for (text, place, said) in mistakes {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("phinder.toml"), text).unwrap();
        let (code, _, errors) = run(phinder().current_dir(folder.path()).args(["tickets", "test"]));
        assert!(code == 2 && errors.contains(place) && errors.contains(said), "{text}: {errors}");
    }
}

#[test]
fn a_test_says_what_is_missing() {
    let jira = Jira::start(true);
    let folder = tempfile::tempdir().unwrap();
    let settings = |table: &str| format!("[[tickets.destination]]\nname = \"jira\"\n{table}");
    let test = |text: String| {
        fs::write(folder.path().join("phinder.toml"), text).unwrap();
        let mut command = phinder();
        run(command.current_dir(folder.path()).env("JIRA_TOKEN", TOKEN).args(["tickets", "test"]))
    };
    let table = jira.table().replace("{ file = \"token\" }", "{ env = \"JIRA_TOKEN\" }");
    let (code, text, errors) = test(settings(&table));
    assert!(code == 0 && text.contains("SEC"), "{text} {errors}");
    let wrong = [
        (table.replace("\"SEC\"", "\"NONE\""), "404"),
        (table.replace("JIRA_TOKEN", "NOT_SET"), "NOT_SET"),
        (format!("{table}issue_type = \"Epic\"\n"), "Task, Bug"),
    ];
    for (table, said) in wrong {
        let (code, _, errors) = test(settings(&table));
        assert!(code == 3 && errors.contains(said) && !errors.contains(TOKEN), "{said}: {errors}");
    }
}

#[test]
fn a_process_that_is_killed_between_call_and_confirmation_makes_one_ticket() {
    let jira = Jira::start(true);
    let mut place = Place::new(&jira, "");
    place.now = i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap();
    place.leak("s3://b/a.csv");
    place.nights.scan(place.now, phinder::ledger::Outcome::Complete);
    fs::write(place.nights.folder().join("phinder.toml"), place.configuration()).unwrap();
    jira.server.fail("POST", "/issue", true, Some(Answer::empty(0)));
    let mut command = phinder();
    command.current_dir(place.nights.folder()).args(["tickets", "sync", "--ledger"]).arg(place.nights.path());
    let mut process = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while jira.shown().is_empty() {
        assert!(Instant::now() < deadline, "the ticket is made");
        std::thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert_unsure(&place.nights.path());
    place.now += 60_000;
    assert_eq!(place.sync().waiting, 1, "not before a search can be trusted");
    place.now += 600_000;
    let report = place.sync();
    assert_eq!((report.adopted, report.created, jira.shown().len()), (1, 0, 1));
}

fn assert_unsure(ledger: &Path) {
    let rows = phinder::ledger::Ledger::open(ledger).unwrap().tickets(None).unwrap();
    assert_eq!(rows[0].phase, Some(phinder::ledger::Phase::Sent));
}
