//! What people do with tickets, heeded: a closing stands, and what it says about the findings is written into the ledger.

use super::destinations::Status;
use super::problem::shown_rows;
use crate::ledger::{
    ClosedAs, Decision, Ledger, LedgerError, LogLine, Operation, State, TicketRow, TicketState, Watermark,
};

/// Tickets that are asked about at a time.
pub const BATCH: usize = 50;
/// How long after a closing somebody may still take it back and be heard, in milliseconds.
const REGRET: i64 = 30 * 86_400_000;

/// Whether it is asked what became of a ticket: one that is open, or was closed by a person lately.
pub fn is_asked(row: &TicketRow, now: i64) -> bool {
    let is_closed_by_person =
        matches!(row.closed_as, Some(ClosedAs::Done | ClosedAs::FalsePositive | ClosedAs::Accepted));
    match row.state {
        TicketState::Open => true,
        TicketState::Closed => is_closed_by_person && row.closed_at.is_some_and(|closed| now - closed < REGRET),
        TicketState::None => false,
    }
}

/// What became of a ticket changes its row, and perhaps the ledger: the row, if it changed.
pub fn heed(
    ledger: &mut Ledger,
    known: Watermark,
    row: &TicketRow,
    status: Status,
    now: i64,
) -> Result<Option<TicketRow>, LedgerError> {
    let mut row = row.clone();
    let outcome = match (status, row.state) {
        (Status::Open(external), TicketState::Open) => {
            if row.external.as_ref() == Some(&external) {
                return Ok(None);
            }
            row.external = Some(external);
            "moved"
        }
        (Status::Open(external), TicketState::Closed) => {
            take_back(ledger, known, &row, now)?;
            (row.state, row.closed_as, row.closed_at) = (TicketState::Open, None, None);
            row.external = Some(external);
            "opened by a person"
        }
        (Status::Closed(ClosedAs::Done, external), TicketState::Open)
            if matches!(row.operation, Some(Operation::Close | Operation::Reopen)) =>
        {
            // Our own call, of unknown outcome until now: one that is open is opened only to take such a closing back.
            (row.state, row.closed_as, row.closed_at) = (TicketState::Closed, Some(ClosedAs::Resolved), Some(now));
            (row.operation, row.phase, row.attempts, row.due_at) = (None, None, 0, 0);
            (row.is_proved, row.external) = (false, Some(external));
            row.sequence += 1;
            "done"
        }
        (Status::Closed(closed_as, external), TicketState::Open) => {
            write_decision(ledger, known, &row, (closed_as, &external.key), now)?;
            (row.state, row.closed_as, row.closed_at) = (TicketState::Closed, Some(closed_as), Some(now));
            (row.operation, row.phase, row.attempts, row.due_at) = (None, None, 0, 0);
            (row.is_proved, row.external) = (false, Some(external));
            "closed by a person"
        }
        (Status::Missing, TicketState::Open) => {
            (row.state, row.external) = (TicketState::None, None);
            (row.operation, row.phase, row.attempts, row.due_at) = (None, None, 0, 0);
            "gone"
        }
        _ => return Ok(None),
    };
    let line = LogLine { at: now, operation: "ask", outcome, note: row.closed_as.map(ClosedAs::as_str) };
    ledger.save_ticket(&row, &[line])?;
    Ok(Some(row))
}

/// A false positive and an accepted risk are decisions about the findings that the ticket showed. That something is done is
/// none: scans prove it.
fn write_decision(
    ledger: &mut Ledger,
    known: Watermark,
    row: &TicketRow,
    (closed_as, key): (ClosedAs, &str),
    now: i64,
) -> Result<(), LedgerError> {
    let (state, why) = match closed_as {
        ClosedAs::FalsePositive => (State::Suppressed, "closed as a false positive"),
        ClosedAs::Accepted => (State::Accepted, "closed as an accepted risk"),
        _ => return Ok(()),
    };
    let rows = shown_rows(ledger, (&row.place, &row.class), known, row.shown, |finding| finding.state.is_active())?;
    let decision = Decision { state, who: who(row, key), why: why.to_owned(), until: None };
    ledger.decide_rows(&rows, &decision, now)
}

/// Whoever opens a ticket again takes back what its closing said, and nothing else.
fn take_back(ledger: &mut Ledger, known: Watermark, row: &TicketRow, now: i64) -> Result<(), LedgerError> {
    let Some(external) = &row.external else { return Ok(()) };
    let who = who(row, &external.key);
    let rows = shown_rows(ledger, (&row.place, &row.class), known, row.shown, |finding| {
        matches!(finding.state, State::Suppressed | State::Accepted) && finding.decided_by == Some(&who)
    })?;
    let why = "its ticket was opened again".to_owned();
    ledger.decide_rows(&rows, &Decision { state: State::Reopened, who, why, until: None }, now)
}

fn who(row: &TicketRow, key: &str) -> String {
    format!("ticket {key} ({})", row.destination)
}
