//! What destinations have been told of which problem: the outbox. A row is written before a call and after it, so that a
//! process that dies between the two leaves a call whose outcome is not known, and never one that nobody knows of.

use super::{Ledger, LedgerError, translated};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use std::fs::{File, TryLockError};
use std::path::PathBuf;

/// The tables, a step of the schema.
pub(super) const TABLES: &str = include_str!("ticket_tables.sql");

/// Rows of findings and of their history that were there when a destination was first used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watermark {
    /// The last finding.
    pub findings: i64,
    /// The last change of a finding.
    pub history: i64,
}

/// What a destination shows of a problem, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TicketState {
    /// No ticket.
    #[default]
    None,
    /// A ticket that somebody is to work on.
    Open,
    /// One that is closed.
    Closed,
}

/// Why a ticket is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosedAs {
    /// Scans proved that the problem is gone.
    Resolved,
    /// Somebody decided about the findings in the ledger.
    Decided,
    /// A person closed it: dealt with.
    Done,
    /// A person closed it: no problem.
    FalsePositive,
    /// A person closed it: to be lived with.
    Accepted,
}

/// What is done to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Makes it.
    Create,
    /// Says what changed.
    Update,
    /// Opens it again.
    Reopen,
    /// Closes it.
    Close,
}

/// Where a reserved operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reserved and perhaps sent: its outcome is not known.
    Sent,
    /// Not done, to be tried again.
    Waiting,
    /// Refused: tried again only when somebody says so.
    Dead,
}

/// The words of the tables.
macro_rules! words {
    ($type:ty, $($variant:ident = $word:literal),+) => {
        impl $type {
            /// The word of the ledger.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(TicketState, None = "none", Open = "open", Closed = "closed");
words!(
    ClosedAs,
    Resolved = "resolved",
    Decided = "decided",
    Done = "done",
    FalsePositive = "false_positive",
    Accepted = "accepted"
);
words!(Operation, Create = "create", Update = "update", Reopen = "reopen", Close = "close");
words!(Phase, Sent = "sent", Waiting = "waiting", Dead = "dead");

/// How a destination names a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// What its API takes; never changes.
    pub id: String,
    /// What people call it; changes when a ticket is moved.
    pub key: String,
    /// Where people see it.
    pub url: Option<String>,
}

/// One problem at one destination. Moments are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Name of the destination.
    pub destination: String,
    /// Identity of the problem.
    pub problem: String,
    /// The place of the problem, as it may be shown.
    pub place: String,
    /// The word of its class.
    pub class: String,
    /// How many tickets were closed by a decision and followed by another one.
    pub generation: i64,
    /// How many operations were confirmed.
    pub sequence: i64,
    /// What is there.
    pub state: TicketState,
    /// Why it is closed, where it is.
    pub closed_as: Option<ClosedAs>,
    /// Whether scans proved, after it was closed, that the problem was gone.
    pub is_proved: bool,
    /// What was reserved.
    pub operation: Option<Operation>,
    /// How far it came.
    pub phase: Option<Phase>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was sent last.
    pub sent_at: Option<i64>,
    /// Not to be tried again before this.
    pub due_at: i64,
    /// Why it was not done.
    pub problem_said: Option<String>,
    /// The ticket.
    pub external: Option<External>,
    /// The worst severity that it was told, as a number from 0.
    pub severity: i64,
    /// The number of findings that it was told.
    pub findings: i64,
    /// The number of records that it was told.
    pub records: i64,
    /// The last row of findings that it has seen.
    pub shown: i64,
    /// When it was last told something.
    pub told_at: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<i64>,
}

impl TicketRow {
    /// A problem of which the destination knows nothing.
    pub fn new(destination: &str, problem: &str, place: &str, class: &str) -> Self {
        Self {
            destination: destination.to_owned(),
            problem: problem.to_owned(),
            place: place.to_owned(),
            class: class.to_owned(),
            generation: 0,
            sequence: 0,
            state: TicketState::None,
            closed_as: None,
            is_proved: false,
            operation: None,
            phase: None,
            attempts: 0,
            sent_at: None,
            due_at: 0,
            problem_said: None,
            external: None,
            severity: 0,
            findings: 0,
            records: 0,
            shown: 0,
            told_at: None,
            closed_at: None,
        }
    }
}

/// A line of the log of deliveries.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// What was done.
    pub operation: &'a str,
    /// What came of it.
    pub outcome: &'a str,
    /// Why.
    pub note: Option<&'a str>,
}

const COLUMNS: &str = "destination, problem, place, class, generation, sequence, state, closed_as, is_proved, operation, \
     phase, attempts, sent_at, due_at, problem_said, external_id, external_key, external_url, severity, findings, records, \
     shown, told_at, closed_at";

impl Ledger {
    /// What is reserved must outlive a power failure before it is sent.
    pub fn write_through(&self) -> Result<(), LedgerError> {
        self.connection.pragma_update(None, "synchronous", "FULL").map_err(|error| self.failed(&error))
    }

    /// Passes over all findings read each page once: keeping many of them in memory saves nothing.
    pub fn keep_little(&self) -> Result<(), LedgerError> {
        const CACHE_KIB: i64 = 4096;
        self.connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(|error| self.failed(&error))
    }

    /// One process at a time delivers to a destination; `None` where another one does. The lock is the system's.
    pub fn lock_destination(&self, name: &str) -> Result<Option<File>, LedgerError> {
        let open = |source, path: PathBuf| LedgerError::Open { path, source };
        let folder = super::place::locks(&self.path);
        std::fs::create_dir_all(&folder).map_err(|error| open(error, folder.clone()))?;
        let place = folder.join(format!("tickets-{name}"));
        let file = File::create(&place).map_err(|error| open(error, place.clone()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(open(error, place)),
        }
    }

    /// What was there before a destination was first used; `None` where it never was.
    pub fn watermark(&self, name: &str) -> Result<Option<Watermark>, LedgerError> {
        let sql = "SELECT known_findings, known_history FROM ticket_destinations WHERE name = ?1";
        self.connection
            .query_row(sql, [name], |row| Ok(Watermark { findings: row.get(0)?, history: row.get(1)? }))
            .optional()
            .map_err(|error| self.failed(&error))
    }

    /// The last rows of findings and of their history.
    pub fn last_rows(&self) -> Result<Watermark, LedgerError> {
        let sql = "SELECT (SELECT coalesce(max(id), 0) FROM findings), (SELECT coalesce(max(id), 0) FROM history)";
        self.connection
            .query_row(sql, [], |row| Ok(Watermark { findings: row.get(0)?, history: row.get(1)? }))
            .map_err(|error| self.failed(&error))
    }

    /// Uses a destination for the first time.
    pub fn begin_destination(&self, name: &str, known: Watermark, now: i64) -> Result<(), LedgerError> {
        let sql = "INSERT OR IGNORE INTO ticket_destinations VALUES (?1, ?2, ?3, ?4)";
        self.connection
            .execute(sql, (name, now, known.findings, known.history))
            .map(|_| ())
            .map_err(|error| self.failed(&error))
    }

    /// Every ticket of a destination, or of all where `None`.
    pub fn tickets(&self, destination: Option<&str>) -> Result<Vec<TicketRow>, LedgerError> {
        let failed = |error| self.failed(&error);
        let sql = format!(
            "SELECT {COLUMNS} FROM tickets WHERE ?1 IS NULL OR destination = ?1 ORDER BY destination, severity DESC, id"
        );
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let rows = statement.query_map([destination], ticket_row).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// How many tickets of problems a destination was given since a moment.
    pub fn created_since(&self, destination: &str, since: i64) -> Result<u32, LedgerError> {
        let sql = "SELECT count(*) FROM ticket_log JOIN tickets ON tickets.id = ticket \
                   WHERE destination = ?1 AND at >= ?2 AND ticket_log.operation = 'create' AND outcome = 'done' \
                   AND class <> '*'";
        self.connection.query_row(sql, (destination, since), |row| row.get(0)).map_err(|error| self.failed(&error))
    }

    /// Writes a row as it now is, with the lines of the log that say why, wholly or not at all.
    pub fn save_ticket(&mut self, row: &TicketRow, lines: &[LogLine<'_>]) -> Result<(), LedgerError> {
        let path = self.path.clone();
        save(&mut self.connection, row, lines).map_err(|error| translated(&path, &error))
    }
}

fn save(connection: &mut Connection, row: &TicketRow, lines: &[LogLine<'_>]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let external = row.external.as_ref();
    let id: i64 = transaction
        .prepare_cached(&format!(
            "INSERT INTO tickets ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
             ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) ON CONFLICT (destination, problem) DO UPDATE SET generation = ?5, \
             sequence = ?6, state = ?7, closed_as = ?8, is_proved = ?9, operation = ?10, phase = ?11, attempts = ?12, \
             sent_at = ?13, due_at = ?14, problem_said = ?15, external_id = ?16, external_key = ?17, external_url = ?18, \
             severity = ?19, findings = ?20, records = ?21, shown = ?22, told_at = ?23, closed_at = ?24 RETURNING id"
        ))?
        .query_row(
            params![
                row.destination,
                row.problem,
                row.place,
                row.class,
                row.generation,
                row.sequence,
                row.state.as_str(),
                row.closed_as.map(ClosedAs::as_str),
                row.is_proved,
                row.operation.map(Operation::as_str),
                row.phase.map(Phase::as_str),
                row.attempts,
                row.sent_at,
                row.due_at,
                row.problem_said,
                external.map(|external| &external.id),
                external.map(|external| &external.key),
                external.and_then(|external| external.url.as_ref()),
                row.severity,
                row.findings,
                row.records,
                row.shown,
                row.told_at,
                row.closed_at,
            ],
            |row| row.get(0),
        )?;
    for line in lines {
        transaction
            .prepare_cached(
                "INSERT INTO ticket_log (ticket, at, operation, outcome, note) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((id, line.at, line.operation, line.outcome, line.note))?;
    }
    transaction.commit()
}

fn ticket_row(row: &Row<'_>) -> rusqlite::Result<TicketRow> {
    let text = |place: usize| row.get::<_, Option<String>>(place);
    let external = match (text(15)?, text(16)?) {
        (Some(id), Some(key)) => Some(External { id, key, url: text(17)? }),
        _ => None,
    };
    Ok(TicketRow {
        destination: row.get(0)?,
        problem: row.get(1)?,
        place: row.get(2)?,
        class: row.get(3)?,
        generation: row.get(4)?,
        sequence: row.get(5)?,
        state: TicketState::from_word(&row.get::<_, String>(6)?).unwrap_or_default(),
        closed_as: text(7)?.as_deref().and_then(ClosedAs::from_word),
        is_proved: row.get(8)?,
        operation: text(9)?.as_deref().and_then(Operation::from_word),
        phase: text(10)?.as_deref().and_then(Phase::from_word),
        attempts: row.get(11)?,
        sent_at: row.get(12)?,
        due_at: row.get(13)?,
        problem_said: text(14)?,
        external,
        severity: row.get(18)?,
        findings: row.get(19)?,
        records: row.get(20)?,
        shown: row.get(21)?,
        told_at: row.get(22)?,
        closed_at: row.get(23)?,
    })
}
