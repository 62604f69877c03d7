//! What is to be told to a destination: pure. The same problems, tickets, limits and moment give the same plan.

use super::problem::{Problem, Problems, Standing, identity};
use super::spec::{Limits, Reopen};
use crate::ledger::{ClosedAs, Operation, Phase, TicketRow, TicketState};
use crate::model::Severity;
use std::collections::HashMap;

/// The place of the ticket that stands for all that have none, and the word of its class.
pub const SUMMARY: (&str, &str) = ("*", "*");

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Looks for a ticket, and makes one if there is none.
    Create,
    /// Looks for a ticket that a call of unknown outcome may have made, and makes none.
    LookUp,
    /// Says what changed.
    Update,
    /// Opens it again.
    Reopen,
    /// Closes it.
    Close(ClosedAs),
}

impl Action {
    /// The operation that is reserved for it.
    pub fn operation(self) -> Operation {
        match self {
            Self::Create | Self::LookUp => Operation::Create,
            Self::Update => Operation::Update,
            Self::Reopen => Operation::Reopen,
            Self::Close(_) => Operation::Close,
        }
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Identity of the problem; that of the summary for the summary.
    pub problem: String,
    /// What is to be done.
    pub action: Action,
    /// Not before this, milliseconds since 1970.
    pub due_at: i64,
    /// The generation of the ticket.
    pub generation: i64,
}

/// Everything that is to be done, in the order in which it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is to be done.
    pub actions: Vec<Planned>,
    /// Places of the problems that must wait for a ticket, because there are too many new ones; the worst first.
    pub overflow: Vec<u32>,
    /// Problems that are proved to be gone since their ticket was closed: nothing is told, but it is remembered.
    pub proved: Vec<String>,
    /// Dead letters whose operation would be due.
    pub dead: usize,
}

/// What a plan is made of, beside problems and tickets.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Which installation.
    pub account: &'a str,
    /// What the destination is told.
    pub limits: &'a Limits,
    /// New tickets that may still be made.
    pub new_allowed: usize,
    /// A ticket that is told nothing for so long is lost, in milliseconds.
    pub refresh_after: Option<i64>,
    /// Now, milliseconds since 1970.
    pub now: i64,
}

/// The plan.
pub fn plan(problems: &Problems, rows: &HashMap<String, TicketRow>, circumstances: Circumstances<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut new: Vec<(u32, i64)> = Vec::new();
    let summary = summary_identity(circumstances.account);
    for place in 0..problems.len() as u32 {
        let (identity, problem) = problems.at(place);
        let row = rows.get(&identity);
        let Some(planned) = planned(&identity, problem, row, circumstances, &mut plan) else { continue };
        match planned.action {
            // One that may be there already is looked for whatever the limits are.
            Action::Create if row.is_none_or(|row| row.phase != Some(Phase::Sent)) => {
                if is_wanted(problem, circumstances.limits) {
                    new.push((place, planned.generation));
                }
            }
            _ => plan.actions.push(planned),
        }
    }
    // The worst first, of those the oldest.
    new.sort_unstable_by_key(|(place, _)| {
        let problem = problems.problem(*place);
        (std::cmp::Reverse((problem.severity, problem.records)), problem.first_observed_at, *place)
    });
    let allowed = circumstances.new_allowed.min(new.len());
    plan.overflow = new[allowed..].iter().map(|(place, _)| *place).collect();
    for (place, generation) in new.drain(..allowed) {
        let (problem, _) = problems.at(place);
        let due_at = rows.get(&problem).map_or(0, |row| row.due_at);
        plan.actions.push(Planned { problem, action: Action::Create, due_at, generation });
    }
    plan_summary(&mut plan, rows.get(&summary), summary, circumstances);
    plan
}

/// Identity of the ticket that stands for all that have none.
pub fn summary_identity(account: &str) -> String {
    identity(account, SUMMARY.0, SUMMARY.1, 0)
}

fn is_wanted(problem: &Problem, limits: &Limits) -> bool {
    let is_class =
        limits.classes.is_empty() || limits.classes.iter().any(|class| class.as_str() == problem.class.as_str());
    is_class && problem.severity >= limits.min_severity && problem.severity > Severity::None
}

fn planned(
    identity: &str,
    problem: &Problem,
    row: Option<&TicketRow>,
    circumstances: Circumstances<'_>,
    plan: &mut Plan,
) -> Option<Planned> {
    let generation = row.map_or(0, |row| row.generation);
    let step = |action, generation| Planned { problem: identity.to_owned(), action, due_at: 0, generation };
    let Some(row) = row else {
        return (problem.standing == Standing::Active).then(|| step(Action::Create, 0));
    };
    let is_active = problem.standing == Standing::Active;
    let mut next = match row.state {
        TicketState::None if is_active => Some(step(Action::Create, generation)),
        TicketState::None if is_unsure(row, Operation::Create) => Some(step(Action::LookUp, generation)),
        TicketState::None => None,
        // It may have been closed, and what it stands for is there.
        TicketState::Open if is_active && may_be_closed(row) => Some(step(Action::Reopen, generation)),
        TicketState::Open => match problem.standing {
            Standing::Active => needs_update(problem, row, circumstances).then(|| step(Action::Update, generation)),
            Standing::Unproved => None,
            Standing::Gone => Some(step(Action::Close(ClosedAs::Resolved), generation)),
            Standing::Decided => Some(step(Action::Close(ClosedAs::Decided), generation)),
        },
        TicketState::Closed if is_active => match row.closed_as {
            // A decision stands. What it did not see is another matter, and gets another ticket.
            Some(ClosedAs::FalsePositive | ClosedAs::Accepted) => Some(step(Action::Create, generation + 1)),
            _ => is_reopened(problem, row, circumstances).then(|| step(Action::Reopen, generation)),
        },
        // It may have been opened, and what it stood for is gone.
        TicketState::Closed if may_be_open(row) && problem.standing == Standing::Gone => {
            Some(step(Action::Close(ClosedAs::Resolved), generation))
        }
        TicketState::Closed if may_be_open(row) && problem.standing == Standing::Decided => {
            Some(step(Action::Close(ClosedAs::Decided), generation))
        }
        TicketState::Closed => {
            if problem.standing == Standing::Gone && !row.is_proved {
                plan.proved.push(identity.to_owned());
            }
            None
        }
    }?;
    // A dead letter stays one until something else is to be done, or somebody says that it be tried again.
    if row.phase == Some(Phase::Dead) && row.operation == Some(next.action.operation()) {
        plan.dead += 1;
        return None;
    }
    next.due_at = row.due_at;
    Some(next)
}

/// Whether it is not known what became of such a call.
fn is_unsure(row: &TicketRow, operation: Operation) -> bool {
    row.phase == Some(Phase::Sent) && row.operation == Some(operation)
}

/// Whether a ticket that counts as open may be closed by a call of unknown outcome. One that counts as open is opened for
/// that reason alone.
fn may_be_closed(row: &TicketRow) -> bool {
    is_unsure(row, Operation::Close) || row.operation == Some(Operation::Reopen)
}

/// Whether a ticket that counts as closed may be open, likewise.
fn may_be_open(row: &TicketRow) -> bool {
    is_unsure(row, Operation::Reopen) || row.operation == Some(Operation::Close)
}

fn needs_update(problem: &Problem, row: &TicketRow, circumstances: Circumstances<'_>) -> bool {
    let since = circumstances.now - row.told_at.unwrap_or(0);
    let said = (row.severity, row.findings, row.records);
    let is = (problem.severity as i64, number(problem.findings), number(problem.records));
    let every = i64::try_from(circumstances.limits.update_every.as_millis()).unwrap_or(i64::MAX);
    (said != is && since >= every) || circumstances.refresh_after.is_some_and(|after| since >= after)
}

fn is_reopened(problem: &Problem, row: &TicketRow, circumstances: Circumstances<'_>) -> bool {
    let closed_at = row.closed_at.unwrap_or(0);
    // What the program closed was settled before; that it is there again says the ledger.
    let is_own = matches!(row.closed_as, Some(ClosedAs::Resolved | ClosedAs::Decided));
    let is_seen_again = is_own || problem.last_seen_at > closed_at;
    match circumstances.limits.reopen {
        Reopen::Never => false,
        Reopen::Verified => row.is_proved || is_own,
        Reopen::Always => is_seen_again,
        Reopen::After(wait) => {
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            is_seen_again && circumstances.now.saturating_sub(closed_at) >= wait
        }
    }
}

/// The summary is open as long as there is something to sum up.
fn plan_summary(plan: &mut Plan, row: Option<&TicketRow>, identity: String, circumstances: Circumstances<'_>) {
    let count = plan.overflow.len() as i64;
    let state = row.map_or(TicketState::None, |row| row.state);
    let action = match state {
        TicketState::None if count > 0 => Action::Create,
        TicketState::None if row.is_some_and(|row| is_unsure(row, Operation::Create)) => Action::LookUp,
        TicketState::Open if count == 0 => Action::Close(ClosedAs::Resolved),
        TicketState::Open if row.is_some_and(may_be_closed) => Action::Reopen,
        TicketState::Closed if count == 0 && row.is_some_and(may_be_open) => Action::Close(ClosedAs::Resolved),
        TicketState::Open => {
            let (told_at, findings) = row.map_or((0, 0), |row| (row.told_at.unwrap_or(0), row.findings));
            let every = i64::try_from(circumstances.limits.update_every.as_millis()).unwrap_or(i64::MAX);
            if findings == count || circumstances.now - told_at < every {
                return;
            }
            Action::Update
        }
        // Whoever closed it has seen those; more of them are news.
        TicketState::Closed
            if count
                > row.map_or(0, |row| if row.closed_as == Some(ClosedAs::Resolved) { 0 } else { row.findings }) =>
        {
            Action::Reopen
        }
        _ => return,
    };
    if row.is_some_and(|row| row.phase == Some(Phase::Dead) && row.operation == Some(action.operation())) {
        plan.dead += 1;
        return;
    }
    plan.actions.push(Planned { problem: identity, action, due_at: row.map_or(0, |row| row.due_at), generation: 0 });
}

/// A count as the ledger keeps it.
pub fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
