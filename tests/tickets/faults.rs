//! Thousands of nights with faults from a seed, in virtual time. At the end of each sequence every problem has exactly one
//! live ticket, and at no time has any two.

use super::tracker::{Random, Tracker};
use crate::support::nights::Nights;
use phinder::ledger::{ClosedAs, Filter, Ledger, Order, Outcome, Phase, State};
use phinder::model::{Class, Severity};
use phinder::tickets::{Clock, Engine, Report, TicketsSpec, free};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Sequences in all; the tests below share them, so that they run beside each other.
const SEQUENCES: u64 = 2000;
const SHARES: u64 = 4;
/// 2026-11-23 08:00 UTC.
const BEGIN: i64 = 1_795_420_800_000;
const PLACES: [&str; 3] = ["s3://alpha", "s3://beta", "s3://gamma"];
const DAY: Duration = Duration::from_secs(86_400);

/// One sequence of nights.
struct Sequence {
    seed: u64,
    random: Random,
    nights: Nights,
    tracker: Tracker,
    spec: TicketsSpec,
    began: Instant,
}

fn spec(reopen: &str, max_new: u64) -> TicketsSpec {
    let text = format!(
        "resolve_after_scans = 1\npatience = \"3m\"\n[[destination]]\nname = \"t\"\nreopen = \"{reopen}\"\n\
         max_new_per_run = {max_new}\n[destination.github]\nrepository = \"o/r\"\ntoken = {{ env = \"NONE\" }}\n"
    );
    toml::from_str(&text).unwrap()
}

impl Sequence {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let reopen = ["verified", "always"][random.below(2) as usize];
        // With one of a run, the others wait behind a summary.
        let max_new = [1, 25][random.below(2) as usize];
        let mut sequence = Self {
            seed,
            random,
            nights: Nights::new(),
            tracker: Tracker::new(seed ^ 0xabcd),
            spec: spec(reopen, max_new),
            began: Instant::now(),
        };
        sequence.scan(Outcome::Complete);
        sequence
    }

    fn now(&self) -> i64 {
        BEGIN + i64::try_from(self.began.elapsed().as_millis()).unwrap()
    }

    fn scan(&mut self, outcome: Outcome) {
        let now = self.now();
        self.nights.scan(now, outcome);
    }

    /// Something appears, grows, gets worse, or goes.
    fn change_the_lake(&mut self) {
        let place = PLACES[self.random.below(3) as usize];
        let folder = ["red", "green", "blue"][self.random.below(3) as usize];
        let location = format!("{place}/{folder}/a.csv");
        if self.nights.objects.contains_key(&location) && self.random.chance(50) {
            self.nights.objects.remove(&location);
        } else {
            let severity = [Severity::Low, Severity::Medium, Severity::High][self.random.below(3) as usize];
            let records = 1 + self.random.below(900);
            self.nights.put(&location, Class::Phi, severity, records);
        }
    }

    /// A person closes, deletes or opens a ticket.
    fn let_a_person_act(&mut self) {
        let mut tickets = self.tracker.tickets.borrow_mut();
        if tickets.is_empty() {
            return;
        }
        let place = self.random.below(tickets.len() as u64) as usize;
        let ticket = &mut tickets[place];
        match self.random.below(5) {
            0 => ticket.is_deleted = true,
            1 if ticket.closed_by_person.is_some() => (ticket.is_open, ticket.closed_by_person) = (true, None),
            kind @ 2.. if ticket.is_open => {
                let how = [ClosedAs::Done, ClosedAs::FalsePositive, ClosedAs::Accepted][kind as usize - 2];
                (ticket.is_open, ticket.closed_by_person) = (false, Some(how));
            }
            _ => {}
        }
    }

    /// One run; `None` where it was killed.
    async fn sync(&mut self, is_killed: bool) -> Option<Report> {
        let mut ledger = self.nights.ledger();
        let clock = Clock::starting_at(self.now());
        let engine = Engine::new(&mut ledger, &self.spec, &self.spec.destinations.0[0], &self.tracker, clock);
        // The first run of all tells what is there: a baseline would leave too little to tell.
        let limit = if is_killed { Duration::from_millis(self.random.below(4000)) } else { DAY };
        let report = timeout(limit, engine.run(true)).await.ok().map(|report| report.unwrap());
        self.assert_no_doubles();
        report
    }

    fn assert_no_doubles(&self) {
        let mut seen = BTreeSet::new();
        for ticket in self.tracker.live() {
            assert!(
                seen.insert(ticket.fingerprint.clone()),
                "seed {}: two tickets of {}: {:#?}",
                self.seed,
                ticket.fingerprint,
                self.tracker.live()
            );
            let comments: BTreeSet<_> = ticket.comments.iter().collect();
            assert_eq!(comments.len(), ticket.comments.len(), "seed {}: a comment stands twice", self.seed);
        }
    }

    async fn run(mut self) {
        let has_people = self.random.chance(50);
        for _ in 0..3 + self.random.below(6) {
            for _ in 0..self.random.below(4) {
                self.change_the_lake();
            }
            let is_complete = self.random.chance(80);
            self.scan(if is_complete { Outcome::Complete } else { Outcome::Interrupted });
            self.tracker.faults.set([0, 20, 50, 100][self.random.below(4) as usize]);
            for _ in 0..=self.random.below(2) {
                let is_killed = self.random.chance(40);
                self.sync(is_killed).await;
            }
            if has_people && self.random.chance(50) {
                self.let_a_person_act();
            }
            sleep(DAY).await;
        }
        // From here on everything works. What waits the longest waits a day.
        self.tracker.faults.set(0);
        for _ in 0..4 {
            self.scan(Outcome::Complete);
            let mut ledger = self.nights.ledger();
            for mut row in ledger.tickets(None).unwrap() {
                if row.phase == Some(Phase::Dead) {
                    free(&mut ledger, &mut row, self.now()).unwrap();
                }
            }
            drop(ledger);
            self.sync(false).await;
            sleep(DAY * 2).await;
        }
        let report = self.sync(false).await.unwrap();
        assert_eq!((report.waiting, report.dead, &report.stopped), (0, 0, &None), "seed {}", self.seed);
        assert_eq!(report.created + report.updated + report.closed, 0, "seed {}: nothing is left to tell", self.seed);
        self.assert_true();
    }

    /// Every problem that is there has exactly one live ticket; what is gone has none that is open.
    fn assert_true(&self) {
        let ledger = self.nights.ledger();
        let active = active_places(&ledger);
        let rows = ledger.tickets(None).unwrap();
        let live: BTreeMap<String, _> = self.tracker.live().into_iter().map(|t| (t.id.to_string(), t)).collect();
        for place in PLACES {
            let row = rows.iter().find(|row| row.place == place);
            let ticket = row.and_then(|row| row.external.as_ref()).and_then(|external| live.get(&external.id));
            let said = format!("seed {}: {place}: {row:#?} {ticket:#?}", self.seed);
            let is_put_away = row.is_some_and(|row| row.closed_as == Some(ClosedAs::Done)) && ticket.is_none();
            if is_put_away {
                // A person said that it is dealt with, and deleted the ticket: that stands until scans say otherwise.
            } else if active.contains(place) {
                let ticket = ticket.unwrap_or_else(|| panic!("no ticket; {said}"));
                assert!(ticket.is_open || ticket.closed_by_person == Some(ClosedAs::Done), "closed; {said}");
            } else if let Some(ticket) = ticket {
                assert!(!ticket.is_open, "open; {said}");
            }
        }
        for row in rows.iter().filter(|row| row.class == "*") {
            let ticket = row.external.as_ref().and_then(|external| live.get(&external.id));
            assert!(ticket.is_none_or(|ticket| !ticket.is_open), "seed {}: the summary of nothing: {row:?}", self.seed);
        }
        // A ticket that nobody knows of would be one that nobody closes.
        let known: BTreeSet<_> = rows.iter().filter_map(|row| row.external.as_ref()).map(|e| e.id.clone()).collect();
        for ticket in live.values().filter(|ticket| ticket.is_open && ticket.closed_by_person.is_none()) {
            let is_followed = rows.iter().any(|row| row.generation > 0);
            assert!(known.contains(&ticket.id.to_string()) || is_followed, "seed {}: lost: {ticket:?}", self.seed);
        }
    }
}

fn active_places(ledger: &Ledger) -> BTreeSet<String> {
    let filter = Filter { states: vec![State::New, State::Open, State::Reopened], ..Filter::default() };
    let (rows, _) = ledger.findings(&filter, Order::Location, (1000, 0)).unwrap();
    let place = |location: &str| PLACES.iter().find(|place| location.starts_with(**place)).unwrap().to_string();
    rows.iter().map(|row| place(&row.location)).collect()
}

/// Everything of 1,000 problems is told as fast as the destination wants it, whatever one call takes.
#[test]
fn a_thousand_tickets_take_what_the_rate_limit_takes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let mut nights = Nights::new();
    for bucket in 0..1000 {
        nights.put(&format!("s3://bucket-{bucket}/a.csv"), Class::Phi, Severity::High, 3);
    }
    nights.scan(BEGIN, Outcome::Complete);
    let text = "[[destination]]\nname = \"t\"\nmax_new_per_run = 1000\nrequests_per_second = 100.0\n\
                [destination.github]\nrepository = \"o/r\"\ntoken = { env = \"NONE\" }\n";
    let spec: TicketsSpec = toml::from_str(text).unwrap();
    let tracker = Tracker::new(1);
    let mut ledger = nights.ledger();
    runtime.block_on(async {
        let began = Instant::now();
        let engine =
            Engine::new(&mut ledger, &spec, &spec.destinations.0[0], &tracker, Clock::starting_at(BEGIN + 1000));
        assert_eq!(engine.run(true).await.unwrap().created, 1000);
        // A search and a call each, 2,000 requests, at 100 per second: virtual time.
        let taken = began.elapsed().as_secs_f64();
        assert!((20.0..20.5).contains(&taken), "{taken}");
    });
}

fn share(number: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for seed in (number..SEQUENCES).step_by(SHARES as usize) {
        runtime.block_on(Sequence::new(seed).run());
    }
}

#[test]
fn two_thousand_sequences_end_with_one_ticket_per_problem_1() {
    share(0);
}

#[test]
fn two_thousand_sequences_end_with_one_ticket_per_problem_2() {
    share(1);
}

#[test]
fn two_thousand_sequences_end_with_one_ticket_per_problem_3() {
    share(2);
}

#[test]
fn two_thousand_sequences_end_with_one_ticket_per_problem_4() {
    share(3);
}
