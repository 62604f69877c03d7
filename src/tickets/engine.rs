//! The engine: plans, reserves, delivers, confirms, for one destination at a time.
//!
//! Every call is reserved in the ledger before it is made. What is not confirmed afterwards is of unknown outcome, whether a
//! time limit, a server's error or the death of the process is the reason: it is left alone until a search can be trusted,
//! looked for, and only then repeated.

use super::call::{Job, Outcome, call};
use super::destinations::{Delivery, Destination, Failure};
use super::payload::{Payload, Setting};
use super::plan::{Action, Circumstances, Plan, Planned, SUMMARY, number, plan};
use super::problem::{Detail, Problem, Problems, details, identity, problems};
use super::run::{Clock, Report, milliseconds};
use super::spec::{DestinationSpec, TicketsSpec};
use super::sync;
use crate::ledger::{
    ClosedAs, External, Ledger, LedgerError, LogLine, Operation, Phase, TicketRow, TicketState, Watermark,
};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Actions whose details are held in memory at a time.
const CHUNK: usize = 2000;
/// Attempts of unknown outcome after which a delivery becomes a dead letter.
const MAX_ATTEMPTS: i64 = 20;
/// The longest wait between two attempts, in milliseconds.
const MAX_WAIT: i64 = 86_400_000;
/// Failures one after the other after which a destination is left alone until the next run.
const MAX_FAILURES: u32 = 3;
/// What a call may take beside the time that a search needs, in milliseconds.
const CALL: i64 = 60_000;
/// How long a destination is left alone that is busy and does not say how long.
const BUSY: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600_000;

/// Delivers to one destination.
pub struct Engine<'a> {
    ledger: &'a mut Ledger,
    tickets: &'a TicketsSpec,
    spec: &'a DestinationSpec,
    destination: &'a dyn Destination,
    clock: Clock,
    rows: HashMap<String, TicketRow>,
    known: Watermark,
    shown: i64,
    report: Report,
    /// New tickets of this run, summaries not counted.
    made: usize,
    failures: u32,
    paused_until: i64,
    next_start: Instant,
}

impl<'a> Engine<'a> {
    /// An engine for a destination.
    pub fn new(
        ledger: &'a mut Ledger,
        tickets: &'a TicketsSpec,
        spec: &'a DestinationSpec,
        destination: &'a dyn Destination,
        clock: Clock,
    ) -> Self {
        Self {
            ledger,
            tickets,
            spec,
            destination,
            clock,
            rows: HashMap::new(),
            known: Watermark::default(),
            shown: 0,
            report: Report::default(),
            made: 0,
            failures: 0,
            paused_until: 0,
            next_start: Instant::now(),
        }
    }

    /// What a run would do now, by what is known here. Nothing is asked and nothing is changed. With `is_existing` a
    /// destination that is used for the first time is told of what is there already, too.
    pub fn plan(mut self, is_existing: bool) -> Result<(Plan, Problems), LedgerError> {
        self.known = match self.ledger.watermark(&self.spec.name)? {
            Some(known) => known,
            None if is_existing => Watermark::default(),
            None => self.ledger.last_rows()?,
        };
        self.ledger.keep_little()?;
        self.load_rows()?;
        let problems = self.problems()?;
        let plan = self.planned(&problems)?;
        Ok((plan, problems))
    }

    /// Makes destination and ledger agree, as far as the destination answers.
    pub async fn run(mut self, is_existing: bool) -> Result<Report, LedgerError> {
        let name = self.spec.name.clone();
        let Some(_lock) = self.ledger.lock_destination(&name)? else {
            return Ok(Report { is_busy: true, ..Report::default() });
        };
        self.ledger.write_through()?;
        self.ledger.keep_little()?;
        if self.ledger.watermark(&name)?.is_none() {
            let known = if is_existing { Watermark::default() } else { self.ledger.last_rows()? };
            self.ledger.begin_destination(&name, known, self.clock.now())?;
            self.report.known = Some(known.findings);
        }
        self.known = self.ledger.watermark(&name)?.unwrap_or_default();
        self.load_rows()?;
        if self.destination.nature().has_status {
            self.ask_people().await?;
        }
        self.shown = self.ledger.last_rows()?.findings;
        let problems = self.problems()?;
        let patience = self.clock.now() + milliseconds(self.tickets.patience.0);
        loop {
            let plan = self.planned(&problems)?;
            self.remember_proofs(&plan)?;
            self.report.overflow = plan.overflow.len();
            self.report.dead = plan.dead;
            self.report.waiting = plan.actions.len();
            if self.report.stopped.is_some() {
                break;
            }
            let now = self.clock.now();
            let is_due = |planned: &&Planned| planned.due_at.max(self.paused_until) <= now;
            let due: Vec<_> = plan.actions.iter().filter(is_due).take(CHUNK).cloned().collect();
            if !due.is_empty() {
                self.deliver(due, &problems, &plan.overflow).await?;
                continue;
            }
            let next = plan.actions.iter().map(|planned| planned.due_at.max(self.paused_until)).min();
            match next.filter(|next| *next <= patience) {
                Some(next) => tokio::time::sleep(Duration::from_millis((next - now).unsigned_abs())).await,
                None => break,
            }
        }
        Ok(self.report)
    }

    fn load_rows(&mut self) -> Result<(), LedgerError> {
        let rows = self.ledger.tickets(Some(&self.spec.name))?;
        self.rows = rows.into_iter().map(|row| (row.problem.clone(), row)).collect();
        Ok(())
    }

    fn problems(&self) -> Result<Problems, LedgerError> {
        problems(self.ledger, &self.tickets.account, self.known, self.tickets.resolve_after_scans)
    }

    fn planned(&self, problems: &Problems) -> Result<Plan, LedgerError> {
        let now = self.clock.now();
        let nature = self.destination.nature();
        let of_run = self.spec.limits.max_new_per_run.unwrap_or(nature.max_new_per_run) as usize;
        let mut new_allowed = of_run.saturating_sub(self.made);
        if let Some(of_hour) = self.spec.limits.max_new_per_hour {
            let made = self.ledger.created_since(&self.spec.name, now - HOUR)?;
            new_allowed = new_allowed.min(of_hour.saturating_sub(made) as usize);
        }
        let circumstances = Circumstances {
            account: &self.tickets.account,
            limits: &self.spec.limits,
            new_allowed,
            refresh_after: nature.refresh_after.map(milliseconds),
            now,
        };
        Ok(plan(problems, &self.rows, circumstances))
    }

    fn remember_proofs(&mut self, plan: &Plan) -> Result<(), LedgerError> {
        for problem in &plan.proved {
            if let Some(row) = self.rows.get_mut(problem) {
                row.is_proved = true;
                self.ledger.save_ticket(row, &[])?;
            }
        }
        Ok(())
    }

    /// What people did with tickets flows back: into the ledger where they decided something about the findings.
    async fn ask_people(&mut self) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let asked: Vec<_> = self.rows.values().filter(|row| sync::is_asked(row, now)).cloned().collect();
        let asked: Vec<_> = asked.iter().filter_map(|row| Some((row.clone(), row.external.clone()?))).collect();
        let nature = self.destination.nature();
        for chunk in asked.chunks(sync::BATCH) {
            let externals: Vec<_> = chunk.iter().map(|(_, external)| external.clone()).collect();
            tokio::time::sleep_until(self.next_start).await;
            self.take_turn(externals.len(), nature.requests_per_second);
            let statuses = match self.destination.status(&externals).await {
                Ok(statuses) => statuses,
                Err(Failure::Busy { wait, .. }) => {
                    self.paused_until = self.clock.now() + milliseconds(wait.unwrap_or(BUSY));
                    return Ok(());
                }
                Err(failure) => {
                    self.report.stopped = Some(failure.said().to_owned());
                    return Ok(());
                }
            };
            for ((row, _), status) in chunk.iter().zip(statuses) {
                if let Some(row) = sync::heed(self.ledger, self.known, row, status, self.clock.now())? {
                    self.report.by_people += 1;
                    self.rows.insert(row.problem.clone(), row);
                }
            }
        }
        Ok(())
    }

    /// So many requests are made now; the next ones have their turn when the rate allows it.
    fn take_turn(&mut self, requests: usize, requests_per_second: f64) {
        let rate = self.spec.limits.requests_per_second.unwrap_or(requests_per_second);
        self.next_start = self.next_start.max(Instant::now()) + Duration::from_secs_f64(requests as f64 / rate);
    }

    /// Delivers what is due; ends early where the destination wants to be left alone.
    async fn deliver(&mut self, due: Vec<Planned>, problems: &Problems, overflow: &[u32]) -> Result<(), LedgerError> {
        let wanted: Vec<_> = due.iter().filter_map(|planned| problems.get(&planned.problem)).collect();
        let found = details(self.ledger, self.known, &wanted)?;
        let details: HashMap<(&str, _), &Detail> =
            wanted.iter().zip(&found).map(|(problem, detail)| ((&*problem.place, problem.class), detail)).collect();
        let nature = self.destination.nature();
        let mut queue: VecDeque<Planned> = due.into();
        let mut running = FuturesUnordered::new();
        loop {
            let may_start = running.len() < nature.concurrency && !queue.is_empty() && self.may_go_on();
            let next_start = self.next_start;
            // Calls that are under way go on while the next one waits for its turn.
            tokio::select! {
                biased;
                Some((job, outcomes)) = running.next(), if !running.is_empty() => {
                    self.confirm_all(job, outcomes, problems, overflow)?;
                }
                () = tokio::time::sleep_until(next_start), if may_start => {
                    let actions: Vec<_> = queue.drain(..nature.batch.min(queue.len())).collect();
                    let is_search = nature.has_search && actions.iter().any(|planned| planned.action == Action::Create);
                    self.take_turn(1 + usize::from(is_search), nature.requests_per_second);
                    let mut job = Job { actions: Vec::new(), were_unsure: Vec::new(), deliveries: Vec::new() };
                    for planned in actions {
                        let problem = problems.get(&planned.problem);
                        let detail = problem.and_then(|problem| details.get(&(&*problem.place, problem.class)));
                        let payload = match (problem, detail) {
                            (Some(problem), Some(detail)) => self.payload(&planned, problem, detail),
                            _ => self.summary(&planned, problems, overflow),
                        };
                        let told = told(problem, &payload, overflow);
                        self.reserve(&mut job, planned, told, payload)?;
                    }
                    running.push(call(self.destination, nature.has_search, job));
                }
                else => return Ok(()),
            }
        }
    }

    fn confirm_all(
        &mut self,
        job: Job,
        outcomes: Vec<Outcome>,
        problems: &Problems,
        overflow: &[u32],
    ) -> Result<(), LedgerError> {
        for ((planned, was_unsure), (delivery, outcome)) in
            job.actions.into_iter().zip(job.were_unsure).zip(job.deliveries.iter().zip(outcomes))
        {
            let told = told(problems.get(&planned.problem), &delivery.payload, overflow);
            self.confirm(&planned, was_unsure, told, outcome)?;
        }
        Ok(())
    }

    fn may_go_on(&self) -> bool {
        self.report.stopped.is_none() && self.paused_until <= self.clock.now()
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            account: &self.tickets.account,
            report_url: self.tickets.report_url.as_deref(),
            form: &self.spec.form,
        }
    }

    fn payload(&self, planned: &Planned, problem: &Problem, detail: &Detail) -> Payload {
        let class = problem.class.as_str();
        let fingerprint = identity(&self.tickets.account, &problem.place, class, planned.generation);
        let row = self.rows.get(&planned.problem);
        let change = row.and_then(|row| change(planned.action, row, problem));
        Payload::of_problem(problem, fingerprint, detail, change, self.setting())
    }

    fn summary(&self, planned: &Planned, problems: &Problems, overflow: &[u32]) -> Payload {
        Payload::of_overflow(problems, overflow, planned.problem.clone(), self.setting())
    }

    /// Writes what is about to be sent.
    fn reserve(
        &mut self,
        job: &mut Job,
        planned: Planned,
        (severity, findings, records): (i64, i64, i64),
        payload: Payload,
    ) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let (place, class) = payload.class.map_or(SUMMARY, |class| (payload.place.as_str(), class));
        let row = self
            .rows
            .entry(planned.problem.clone())
            .or_insert_with(|| TicketRow::new(&self.spec.name, &planned.problem, place, class));
        let operation = planned.action.operation();
        let was_unsure = row.phase == Some(Phase::Sent) && row.operation == Some(operation);
        // Something was tried since the last confirmation, perhaps this with something else in between.
        let is_repeat = row.phase.is_some();
        if row.generation != planned.generation {
            (row.generation, row.state, row.external) = (planned.generation, TicketState::None, None);
        }
        if operation == Operation::Create && !was_unsure {
            // What it says if a later search finds that it was made.
            (row.severity, row.findings, row.records, row.shown) = (severity, findings, records, self.shown);
        }
        row.operation = Some(operation);
        row.phase = Some(Phase::Sent);
        row.sent_at = Some(now);
        // If nobody comes back to confirm it, this is when it may be looked for.
        row.due_at = now + CALL + milliseconds(self.destination.nature().settle);
        let external = row.external.clone();
        let (word, sequence) = (operation.as_str(), row.sequence);
        self.ledger.save_ticket(row, &[LogLine { at: now, operation: word, outcome: "reserved", note: None }])?;
        let mut id = format!("{}-{sequence}-{word}", payload.fingerprint);
        if operation == Operation::Update {
            // An update that was given up, and another one that says something else, are two.
            id.push_str(&format!("-{severity}.{findings}.{records}"));
        }
        job.deliveries.push(Delivery { id, operation, external, payload, is_repeat, at: now });
        job.were_unsure.push(was_unsure);
        job.actions.push(planned);
        Ok(())
    }

    /// Writes what came of it.
    fn confirm(
        &mut self,
        planned: &Planned,
        was_unsure: bool,
        (severity, findings, records): (i64, i64, i64),
        outcome: Outcome,
    ) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let Some(mut row) = self.rows.remove(&planned.problem) else { return Ok(()) };
        let operation = planned.action.operation();
        let is_summary = row.class == SUMMARY.1;
        let mut said = None;
        let word = match outcome {
            Outcome::Adopted(external) => {
                settle(&mut row, external);
                (row.state, row.closed_as, row.closed_at) = (TicketState::Open, None, None);
                if was_unsure {
                    row.told_at = row.sent_at;
                } else {
                    // Somebody else made it, or a ledger that is lost: it is told everything.
                    (row.severity, row.findings, row.records, row.shown, row.told_at) = (0, 0, 0, 0, None);
                }
                self.report.adopted += 1;
                self.made += usize::from(!is_summary);
                self.failures = 0;
                "adopted"
            }
            Outcome::Done(external) => {
                settle(&mut row, external);
                (row.severity, row.findings, row.records) = (severity, findings, records);
                (row.shown, row.told_at) = (self.shown, Some(now));
                self.failures = 0;
                match planned.action {
                    Action::Close(why) => {
                        (row.state, row.closed_as, row.closed_at) = (TicketState::Closed, Some(why), Some(now));
                        row.is_proved = false;
                        self.report.closed += 1;
                    }
                    action => {
                        self.made += usize::from(action == Action::Create && !is_summary);
                        (row.state, row.closed_as, row.closed_at) = (TicketState::Open, None, None);
                        *match action {
                            Action::Update => &mut self.report.updated,
                            Action::Reopen => &mut self.report.reopened,
                            _ => &mut self.report.created,
                        } += 1;
                    }
                }
                "done"
            }
            Outcome::NotThere => {
                (row.operation, row.phase, row.attempts, row.due_at) = (None, None, 0, 0);
                "not there"
            }
            Outcome::NotSent(failure) => {
                row.phase = Some(if was_unsure { Phase::Sent } else { Phase::Waiting });
                self.put_off(&mut row, &failure, false);
                said = Some(failure.said().to_owned());
                failure.word()
            }
            Outcome::Failed(failure) => {
                match failure {
                    Failure::Unknown(_) => row.phase = Some(Phase::Sent),
                    Failure::Refused(_) => row.phase = Some(Phase::Dead),
                    Failure::Missing(_) if operation == Operation::Create => row.phase = Some(Phase::Dead),
                    Failure::Missing(_) => {
                        (row.state, row.external, row.operation, row.phase) = (TicketState::None, None, None, None);
                    }
                    _ => row.phase = Some(if was_unsure { Phase::Sent } else { Phase::Waiting }),
                }
                self.put_off(&mut row, &failure, true);
                said = Some(failure.said().to_owned());
                failure.word()
            }
        };
        row.problem_said.clone_from(&said);
        let line = LogLine { at: now, operation: operation.as_str(), outcome: word, note: said.as_deref() };
        self.ledger.save_ticket(&row, &[line])?;
        self.rows.insert(planned.problem.clone(), row);
        Ok(())
    }

    /// When it is tried again, and whether the run goes on.
    fn put_off(&mut self, row: &mut TicketRow, failure: &Failure, is_counted: bool) {
        let now = self.clock.now();
        row.due_at = now;
        match failure {
            Failure::Refused(_) | Failure::Missing(_) => {}
            Failure::Busy { wait, .. } => {
                // A little more than asked for, each one another little, so that they do not all come back at once.
                let wait = milliseconds(wait.unwrap_or(BUSY)) + spread(row, 1000);
                self.paused_until = self.paused_until.max(now + wait);
            }
            Failure::Unusable(said) => self.report.stopped = Some(said.clone()),
            Failure::Unreachable(said) | Failure::Unknown(said) => {
                row.attempts += i64::from(is_counted && matches!(failure, Failure::Unknown(_)));
                let settle = milliseconds(self.destination.nature().settle).max(1000);
                let factor = 1_i64 << row.attempts.saturating_sub(1).clamp(0, 20);
                let wait = settle.saturating_mul(factor).min(MAX_WAIT);
                row.due_at = now + wait + spread(row, settle / 4 + 1);
                if row.attempts >= MAX_ATTEMPTS {
                    row.phase = Some(Phase::Dead);
                }
                self.failures += 1;
                if self.failures >= MAX_FAILURES {
                    self.report.stopped = Some(said.clone());
                }
            }
        }
    }
}

/// Nothing is reserved any more.
fn settle(row: &mut TicketRow, external: External) {
    row.external = Some(external);
    row.sequence += 1;
    (row.operation, row.phase, row.attempts, row.due_at) = (None, None, 0, 0);
}

/// A part of `range` that is another one for each ticket and attempt.
fn spread(row: &TicketRow, range: i64) -> i64 {
    let seed = row.problem.bytes().fold(row.attempts, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    seed.rem_euclid(range.max(1))
}

/// What changed since the ticket was last told something.
fn change(action: Action, row: &TicketRow, problem: &Problem) -> Option<String> {
    let counts = |findings, records| format!("{findings} findings in about {records} records");
    let now = counts(number(problem.findings), number(problem.records));
    let severity = problem.severity.as_str();
    match action {
        Action::Create | Action::LookUp => None,
        Action::Update if row.severity < problem.severity as i64 => {
            Some(format!("It got worse: severity {severity}; now {now}, {} before.", counts(row.findings, row.records)))
        }
        Action::Update => {
            Some(format!("Now {now}, {} before; severity {severity}.", counts(row.findings, row.records)))
        }
        Action::Reopen => Some(format!("It is there again: {now}; severity {severity}.")),
        Action::Close(ClosedAs::Decided) => {
            Some("Somebody decided about all of its findings in the ledger.".to_owned())
        }
        Action::Close(_) => Some("Complete scans do not find it any more.".to_owned()),
    }
}

/// Severity, findings and records that a ticket is told; a summary counts problems.
fn told(problem: Option<&Problem>, payload: &Payload, overflow: &[u32]) -> (i64, i64, i64) {
    match problem {
        Some(problem) => (problem.severity as i64, number(problem.findings), number(problem.records)),
        None => (payload.worst as i64, number(overflow.len() as u64), number(payload.records)),
    }
}

/// A dead letter is tried again. One whose attempts had no known outcome is still looked for first.
pub fn free(ledger: &mut Ledger, row: &mut TicketRow, now: i64) -> Result<(), LedgerError> {
    let operation = row.operation.map_or("", Operation::as_str);
    row.phase = Some(if row.attempts > 0 { Phase::Sent } else { Phase::Waiting });
    (row.attempts, row.due_at) = (0, 0);
    ledger.save_ticket(row, &[LogLine { at: now, operation, outcome: "retry", note: None }])
}
