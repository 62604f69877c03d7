//! A tracker in the test process, in virtual time: its search lags behind, and every call can fail before or after it did
//! something, take long, or never return.

use futures::future::LocalBoxFuture;
use phinder::ledger::{ClosedAs, External, Operation};
use phinder::tickets::{Delivered, Delivery, Destination, Failure, Found, Nature, Status};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True `percent` of the time.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A ticket of the tracker.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub id: usize,
    pub fingerprint: String,
    pub is_open: bool,
    /// What a person said when closing it.
    pub closed_by_person: Option<ClosedAs>,
    pub is_deleted: bool,
    /// When the request is worked off, though its answer may be long given up.
    written_at: Instant,
    /// When the search sees it.
    searchable_at: Instant,
    /// Deliveries that a comment was made for.
    pub comments: Vec<String>,
}

/// Longest time between a write and the search that sees it.
pub const LAG: u64 = 30;
/// Longest time that a request is worked off after its answer was given up.
pub const LATE: u64 = 20;

pub struct Tracker {
    pub tickets: RefCell<Vec<Ticket>>,
    random: RefCell<Random>,
    /// Percent of calls that fail.
    pub faults: Cell<u64>,
    pub calls: Cell<usize>,
    pub nature: Nature,
    /// What a call takes.
    pub latency: Duration,
}

/// How a call goes wrong.
enum Fault {
    /// Nothing is done.
    Before(Failure),
    /// It is done, now or a little later, and the answer is lost.
    After(Duration),
    /// It is done, and no answer ever comes.
    Hangs,
}

impl Tracker {
    pub fn new(seed: u64) -> Self {
        Self {
            tickets: RefCell::default(),
            random: RefCell::new(Random::new(seed)),
            faults: Cell::new(0),
            calls: Cell::new(0),
            nature: Nature { settle: Duration::from_secs(60), ..Nature::TRACKER },
            latency: Duration::from_millis(50),
        }
    }

    /// Tickets that are there.
    pub fn live(&self) -> Vec<Ticket> {
        self.tickets.borrow().iter().filter(|ticket| !ticket.is_deleted).cloned().collect()
    }

    fn fault(&self) -> Option<Fault> {
        let mut random = self.random.borrow_mut();
        if !random.chance(self.faults.get()) {
            return None;
        }
        let said = || "seeded".to_owned();
        Some(match random.below(12) {
            0 => Fault::Before(Failure::Busy { wait: Some(Duration::from_secs(random.below(90))), said: said() }),
            1 => Fault::Before(Failure::Busy { wait: None, said: said() }),
            2 => Fault::Before(Failure::Unreachable(said())),
            3 => Fault::Before(Failure::Unusable(said())),
            4 => Fault::Before(Failure::Refused(said())),
            5 | 6 => Fault::Before(Failure::Unknown(said())),
            7 => Fault::Hangs,
            _ => Fault::After(Duration::from_secs(random.below(LATE))),
        })
    }

    async fn answered<T>(&self, act: impl FnOnce(Duration) -> T) -> Result<T, Failure> {
        self.calls.set(self.calls.get() + 1);
        sleep(self.latency).await;
        match self.fault() {
            None => Ok(act(Duration::ZERO)),
            Some(Fault::Before(failure)) => Err(failure),
            Some(Fault::After(late)) => {
                act(late);
                sleep(Duration::from_secs(10)).await;
                Err(Failure::Unknown("the answer was lost".to_owned()))
            }
            Some(Fault::Hangs) => {
                act(Duration::ZERO);
                std::future::pending().await
            }
        }
    }

    async fn one(&self, delivery: &Delivery) -> Delivered {
        if delivery.operation != Operation::Create {
            let id = delivery.external.as_ref().and_then(|external| external.id.parse::<usize>().ok());
            let id = id.expect("a ticket that is changed is known");
            if self.tickets.borrow()[id].is_deleted {
                return Err(Failure::Missing("deleted".to_owned()));
            }
        }
        self.answered(|late| self.act(delivery, late)).await
    }

    fn act(&self, delivery: &Delivery, late: Duration) -> External {
        let mut tickets = self.tickets.borrow_mut();
        let id = match delivery.external.as_ref() {
            Some(external) if delivery.operation != Operation::Create => external.id.parse::<usize>().unwrap(),
            _ => {
                let (id, written_at) = (tickets.len(), Instant::now() + late);
                let lag = Duration::from_secs(self.random.borrow_mut().below(LAG));
                tickets.push(Ticket {
                    id,
                    fingerprint: delivery.payload.fingerprint.clone(),
                    is_open: true,
                    closed_by_person: None,
                    is_deleted: false,
                    written_at,
                    searchable_at: written_at + lag,
                    comments: Vec::new(),
                });
                id
            }
        };
        let ticket = &mut tickets[id];
        match delivery.operation {
            Operation::Create | Operation::Update => {}
            Operation::Reopen => (ticket.is_open, ticket.closed_by_person) = (true, None),
            Operation::Close => ticket.is_open = false,
        }
        if delivery.operation != Operation::Create && !(delivery.is_repeat && ticket.comments.contains(&delivery.id)) {
            ticket.comments.push(delivery.id.clone());
        }
        external(id)
    }
}

fn external(id: usize) -> External {
    External { id: id.to_string(), key: format!("T-{id}"), url: None }
}

impl Destination for Tracker {
    fn nature(&self) -> Nature {
        self.nature
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async { Ok("it answers".to_owned()) })
    }

    fn find<'a>(&'a self, fingerprint: &'a str, _: bool) -> LocalBoxFuture<'a, Result<Option<Found>, Failure>> {
        Box::pin(async move {
            self.answered(|_| {
                let (tickets, now) = (self.tickets.borrow(), Instant::now());
                let found = tickets.iter().find(|ticket| {
                    ticket.fingerprint == fingerprint && !ticket.is_deleted && ticket.searchable_at <= now
                });
                found.map(|ticket| Found { external: external(ticket.id), is_open: ticket.is_open })
            })
            .await
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(async move {
            let mut all = Vec::new();
            for delivery in deliveries {
                all.push(self.one(delivery).await);
            }
            all
        })
    }

    fn status<'a>(&'a self, asked: &'a [External]) -> LocalBoxFuture<'a, Result<Vec<Status>, Failure>> {
        Box::pin(async move {
            self.answered(|_| {
                let (tickets, now) = (self.tickets.borrow(), Instant::now());
                let status = |external: &External| {
                    let ticket = &tickets[external.id.parse::<usize>().unwrap()];
                    assert!(ticket.written_at <= now, "a ticket is known only after it was found");
                    match (ticket.is_deleted, ticket.is_open) {
                        (true, _) => Status::Missing,
                        (false, true) => Status::Open(external.clone()),
                        (false, false) => {
                            Status::Closed(ticket.closed_by_person.unwrap_or(ClosedAs::Done), external.clone())
                        }
                    }
                };
                asked.iter().map(status).collect()
            })
            .await
        })
    }
}
