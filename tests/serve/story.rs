//! The nightly story end to end: a job in the server scans S3, a tracker is told, and everything that goes wrong goes wrong.

use super::{Served, wait_until};
use crate::support::s3_server::S3Server;
use crate::tickets::jira::{Jira, TOKEN};
use crate::tickets::server::Answer;
use crate::tickets::story::Tracker;
use phinder::config::Settings;
use phinder::ledger::Ledger;
use phinder::serve::Command;
use phinder::tickets::{self, Engine, SecretSettings};
use std::fs;
use time::OffsetDateTime;

const LEAK: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";
const CLEAN: &str = "item,price\nchair,10\ntable,20\n";

fn job(server: &S3Server, more: &str) -> String {
    format!(
        "[[serve.job]]\nname = \"nightly\"\ntargets = [\"s3://old\", \"s3://new\"]\nschedule = \"30 1 * * *\"\n\
         time_zone = \"America/New_York\"\noptions = [\"--endpoint-url={}\", \"--no-sign-request\", \"--workers=1\"]\n{more}",
        server.endpoint()
    )
}

fn with_tickets(server: &S3Server, jira: &Jira) -> String {
    format!(
        "{}[tickets]\naccount = \"production\"\nresolve_after_scans = 2\npatience = \"0s\"\n\
         [[tickets.destination]]\nname = \"jira\"\nupdate_every = \"0s\"\n{}",
        job(server, ""),
        jira.table()
    )
}

fn token(served: &Served) {
    fs::write(served.path("token"), TOKEN).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(served.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn open_tickets(jira: &Jira) -> usize {
    jira.shown().iter().filter(|ticket| ticket.is_open).count()
}

#[test]
fn the_nightly_story() {
    let (server, jira) = (S3Server::start(), Jira::start(true));
    server.create_bucket("old");
    server.create_bucket("new");
    server.put("old", "a.csv", LEAK);
    server.put("new", "clean.csv", CLEAN);
    let mut served = Served::new("2026-11-02T00:00:00Z", &with_tickets(&server, &jira));
    token(&served);
    served.start();
    // 01:30 in New York is 06:30 UTC in November.
    let mut day = 2;
    let mut night = |served: &Served| {
        let now = format!("2026-11-{day:02}T06:30:00Z");
        day += 1;
        served.until(&now, "nightly", "complete");
    };
    night(&served);
    assert!(jira.shown().is_empty(), "the first run is the baseline");
    server.put("new", "a.csv", LEAK);
    night(&served);
    assert_eq!((jira.shown().len(), open_tickets(&jira)), (1, 1), "a new leak: one ticket");
    server.put("new", "b.csv", format!("{LEAK}Paul Brown,536-90-4411,E11.9\n"));
    night(&served);
    assert_eq!((jira.shown().len(), jira.shown()[0].notes), (1, 1), "it grows: one comment");
    night(&served);
    assert_eq!((jira.shown().len(), jira.shown()[0].notes), (1, 1), "the same again: nothing");
    server.delete("new", "a.csv");
    server.delete("new", "b.csv");
    night(&served);
    assert_eq!(open_tickets(&jira), 1, "one scan proves nothing yet");
    night(&served);
    assert_eq!((jira.shown().len(), open_tickets(&jira)), (1, 0), "fixed: resolved after complete scans");
    server.put("new", "a.csv", LEAK);
    night(&served);
    assert_eq!((jira.shown().len(), open_tickets(&jira)), (1, 1), "back again: reopened");
    jira.close_as_false_positive(&jira.shown()[0].id);
    night(&served);
    night(&served);
    assert_eq!((jira.shown().len(), open_tickets(&jira)), (1, 0), "a person said false positive: it stays closed");
    // The destination is down for several runs; the server of the worker is restarted in between.
    server.create_bucket("late");
    for _ in 0..40 {
        jira.server.fail("GET", "", false, Some(Answer::empty(503)));
        jira.server.fail("POST", "", false, Some(Answer::empty(503)));
    }
    server.put("new", "late/c.csv", LEAK);
    night(&served);
    served.stop();
    served.start();
    night(&served);
    assert_eq!(jira.shown().len(), 1, "nobody can be told");
    assert_eq!(served.metric("phinder_job_last_tickets_exit_code{job=\"nightly\"}"), Some(3.0));
    jira.server.faults.lock().unwrap().clear();
    // It is made, and the answer is lost: the next runs make no second one.
    jira.server.fail("POST", "/issue", true, Some(Answer::empty(500)));
    // What waits because a destination was down waits minutes by the clock of the machine.
    deliver_later(&served, 1);
    assert_eq!(jira.shown().len(), 2, "the ticket is there, and nobody knows");
    night(&served);
    assert_eq!(jira.shown().len(), 2, "nothing doubled");
    deliver_later(&served, 2);
    night(&served);
    assert_eq!((jira.shown().len(), open_tickets(&jira)), (2, 1), "nothing lost, nothing doubled");
    served.stop();
    let text: String = jira.shown().iter().map(|ticket| ticket.text.clone()).collect();
    assert!(!text.contains("4399") && !text.contains("Smith"), "{text}");
}

/// A delivery so many hours from now, by a clock of the test's own.
fn deliver_later(served: &Served, hours: i64) {
    let settings = Settings::read(Some(&served.path("phinder.toml"))).unwrap();
    let secrets = SecretSettings { folder: served.folder.path().to_owned(), ..SecretSettings::default() };
    let spec = &settings.tickets.destinations.0[0];
    let destination = tickets::open(spec, &secrets).unwrap();
    let now = OffsetDateTime::now_utc().unix_timestamp() * 1000 + hours * 3_600_000;
    let mut ledger = Ledger::open(&served.path("phinder.ledger")).unwrap();
    let clock = tickets::Clock::starting_at(now);
    let engine = Engine::new(&mut ledger, &settings.tickets, spec, destination.as_ref(), clock);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(engine.run(false)).unwrap();
}

#[test]
fn a_budget_of_requests_pauses_a_job_and_the_next_runs_go_on() {
    pauses_and_goes_on("requests = 40");
}

/// Two listings of a night cost as much as 25 objects.
#[test]
fn a_budget_of_dollars_pauses_a_job_and_the_next_runs_go_on() {
    pauses_and_goes_on("dollars = 0.000026\ndollars_per_hour = 0.000001");
}

fn pauses_and_goes_on(budget: &str) {
    let server = S3Server::start();
    for bucket in ["old", "new"] {
        server.create_bucket(bucket);
        (0..40).for_each(|number| {
            server.put(bucket, &format!("{number:02}.csv"), LEAK);
        });
        // Slow enough that the budget is looked at in between.
        let mut faults = server.faults();
        faults.slow_bodies.extend(
            (0..40).map(|number| (format!("{bucket}/{number:02}.csv"), (8, std::time::Duration::from_millis(12)))),
        );
    }
    let budget = format!("tickets = false\n[serve.job.budget]\n{budget}\n");
    let mut served = Served::new("2026-11-02T00:00:00Z", &job(&server, &budget));
    served.start();
    let mut nights = 0;
    loop {
        nights += 1;
        let ended = served.runs("nightly", "paused") + served.runs("nightly", "complete");
        served.set(&format!("2026-11-{:02}T06:30:00Z", 1 + nights));
        wait_until("a run ends", || served.runs("nightly", "paused") + served.runs("nightly", "complete") > ended);
        if served.runs("nightly", "complete") > 0.0 {
            break;
        }
        assert!(nights < 20, "it comes to an end");
    }
    assert!(nights > 1, "the budget paused it");
    // What the nights have read together is known: another one lists, and reads nothing.
    server.clear_requests();
    nights += 1;
    served.until(&format!("2026-11-{:02}T06:30:00Z", 1 + nights), "nightly", "complete");
    served.stop();
    assert_eq!(server.count("GetObject"), 0);
}

#[test]
fn a_window_that_closes_pauses_a_job_and_a_server_that_stops_resumes_it() {
    let server = S3Server::start();
    server.create_bucket("old");
    server.create_bucket("new");
    server.put("old", "a.csv", LEAK);
    // It takes minutes unless it is stopped.
    server.put("new", "slow.csv", LEAK.repeat(200));
    let slow = (16, std::time::Duration::from_millis(200));
    server.faults().slow_bodies.insert("new/slow.csv".to_owned(), slow);
    let window = "window = \"01:00-05:00\"\ntickets = false\n";
    let mut served = Served::new("2026-11-02T00:00:00Z", &job(&server, window));
    served.start();
    let begun = |served: &Served| {
        wait_until("it reads", || server.requests().iter().any(|request| request.path.ends_with("slow.csv")));
        assert_eq!(served.metric("phinder_job_running{job=\"nightly\"}"), Some(1.0));
        server.clear_requests();
    };
    served.set("2026-11-02T06:30:00Z");
    begun(&served);
    served.until("2026-11-02T10:00:00Z", "nightly", "paused");
    assert_eq!(served.metric("phinder_job_next_run_timestamp_seconds{job=\"nightly\"}"), Some(1_793_687_400.0));
    served.set("2026-11-03T06:30:00Z");
    begun(&served);
    // The server stops: the next one goes on at once, within the window.
    served.stop();
    server.faults().slow_bodies.clear();
    served.set("2026-11-03T07:00:00Z");
    served.start();
    wait_until("it goes on", || served.runs("nightly", "complete") > 0.0);
    // Several nights without a server: one run, when the window opens.
    served.stop();
    served.set("2026-11-07T15:00:00Z");
    served.start();
    assert_eq!(served.metric("phinder_job_next_run_timestamp_seconds{job=\"nightly\"}"), Some(1_794_117_600.0));
    served.until("2026-11-08T06:00:00Z", "nightly", "complete");
    assert_eq!(served.runs("nightly", "complete"), 1.0);
    served.stop();
}

#[test]
fn the_configuration_is_read_again_and_a_wrong_one_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("a.csv"), LEAK).unwrap();
    let job = |name: &str, hour: u8| {
        format!(
            "[[serve.job]]\nname = \"{name}\"\ntargets = [{:?}]\nschedule = \"0 {hour} * * *\"\ntickets = false\n",
            place.path()
        )
    };
    let mut served = Served::new("2026-11-02T00:00:00Z", &job("a", 2));
    served.start();
    assert_eq!(served.get("/readyz"), (200, "ok\n".to_owned()));
    served.configure(&format!("{}{}", job("a", 3), job("b", 4)));
    served.tell(Command::Reload);
    wait_until("it is read", || served.metric("phinder_config_reloads_total{result=\"done\"}") == Some(1.0));
    served.configure("[[serve.job]]\nname = \"c\"\n");
    served.tell(Command::Reload);
    wait_until("it is refused", || served.metric("phinder_config_reloads_total{result=\"failed\"}") == Some(1.0));
    assert_eq!(served.get("/readyz").0, 503);
    assert_eq!(served.get("/healthz").0, 200);
    // Jobs and times stay; a scan reads the file itself, and says what is wrong with it.
    served.set("2026-11-02T02:59:00Z");
    assert_eq!(served.runs("a", "failed"), 0.0);
    served.until("2026-11-02T03:00:00Z", "a", "failed");
    served.configure(&format!("{}{}", job("a", 5), job("b", 4)));
    served.tell(Command::Reload);
    wait_until("it is read", || served.metric("phinder_config_reloads_total{result=\"done\"}") == Some(2.0));
    assert_eq!(served.get("/readyz").0, 200);
    served.until("2026-11-02T04:00:00Z", "b", "complete");
    served.until("2026-11-02T05:00:00Z", "a", "complete");
    // A target that is gone is a run that failed, and the server goes on.
    drop(place);
    served.until("2026-11-03T05:00:00Z", "a", "failed");
    assert_eq!(served.metric("phinder_job_last_exit_code{job=\"a\"}"), Some(2.0));
    assert_eq!(served.get("/healthz").0, 200);
    served.stop();
}
