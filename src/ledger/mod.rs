//! The ledger: one SQLite file that remembers scans, objects, what was found in them, and the life of findings.
//!
//! It holds no value: masked samples, locations as they may be shown, and keyed digests. Everything that can fail on
//! someone's disk is an error with what to do; nothing is repaired in silence.

mod breach;
mod decide;
mod evidence;
mod findings;
mod life;
mod manifest;
mod mounts;
mod observe;
mod overview;
mod packing;
mod place;
mod record;
mod regroup;
mod schema;
mod scope;
mod settle;
mod signature;
mod stored;
mod tickets;
mod verify;
mod visit;
mod write;

pub use breach::{BreachClock, Factor};
pub use decide::Decision;
pub use evidence::{Remembered, RememberedObject};
pub use findings::{Filter, FindingDetails, FindingRow, HistoryRow, OccurrenceRow, Order};
pub use life::State;
pub use manifest::Manifest;
pub use overview::{Change, HeldObject, Occurrence, ScanRow};
pub use place::{is_ledger, key_file, own_files, real_path};
pub use record::{Outcome, Recorder, ScanStart};
pub use scope::{Scope, covers_target, redacted};
pub use signature::{Signature, SignatureError};
pub use tickets::{ClosedAs, External, LogLine, Operation, Phase, TicketRow, TicketState, Watermark};
pub use verify::Audit;
pub use visit::{GroupContent, Visited};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(30);

const READ_ONLY: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Why the ledger cannot be used. Each text says what is wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no such file.
    #[error("there is no ledger at {path}; `phinder scan --ledger {path}` begins one", path = path.display())]
    Missing {
        /// The ledger.
        path: PathBuf,
    },
    /// The file cannot be made or opened.
    #[error("cannot open the ledger {path}", path = path.display())]
    Open {
        /// The ledger.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A newer program wrote it.
    #[error("the ledger {path} was written by a newer phinder (schema {found}, this one knows {known}); use that one", path = path.display())]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// It is damaged, or no ledger at all.
    #[error("{path} is damaged or no ledger ({problem}); restore a backup that `phinder ledger backup` made", path = path.display())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The key is not the one that its digests were made with.
    #[error("the ledger {path} was begun with another key: name that one with --key-file or --key-secret", path = path.display())]
    OtherKey {
        /// The ledger.
        path: PathBuf,
    },
    /// Somebody scans the same.
    #[error("scan {scan_id} of the same scope has been running for {age}; wait for it, or stop it")]
    Running {
        /// Its id.
        scan_id: String,
        /// For how long.
        age: String,
    },
    /// There is nothing to go on with.
    #[error("no scan of this scope was interrupted: there is nothing to resume; leave --resume out")]
    NothingToResume,
    /// No finding, or more than one, has a fingerprint that begins so.
    #[error("{count} findings have a fingerprint that begins with {prefix:?}; `phinder findings list` shows them")]
    Fingerprint {
        /// As given.
        prefix: String,
        /// How many.
        count: usize,
    },
    /// A decision that makes no sense in the state of the finding.
    #[error("finding {fingerprint} is {state}: it cannot be {wanted}")]
    Decision {
        /// The finding.
        fingerprint: String,
        /// Its state.
        state: &'static str,
        /// The decision.
        wanted: &'static str,
    },
    /// Another program holds it.
    #[error("the ledger {path} is locked by another process for more than 30 seconds; try again", path = path.display())]
    Locked {
        /// The ledger.
        path: PathBuf,
    },
    /// It lies where several machines could write to it.
    #[error("the ledger {path} lies on {system}, which machines share, and SQLite's locks do not: put it on a local disk", path = path.display())]
    Network {
        /// The ledger.
        path: PathBuf,
        /// The kind of file system.
        system: &'static str,
    },
    /// It was there and is gone.
    #[error("the ledger {path} was deleted, moved or emptied since its last scan: put it back, or restore a backup; to begin a new one in \
             which everything is new, delete {locks}", path = path.display(), locks = locks.display())]
    Lost {
        /// The ledger.
        path: PathBuf,
        /// What shows that it was there.
        locks: PathBuf,
    },
    /// The disk is full, or the file cannot be written.
    #[error("cannot write the ledger {path}: {problem}; nothing that was written before is lost", path = path.display())]
    Write {
        /// The ledger.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// Anything else that SQLite says.
    #[error("the ledger {path} failed: {problem}", path = path.display())]
    Sqlite {
        /// The ledger.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
}

/// An open ledger.
pub struct Ledger {
    path: PathBuf,
    connection: Connection,
}

/// What a check of the whole file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Mistakes; none where it is sound.
    pub mistakes: Vec<String>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Scans, objects, findings.
    pub counts: [u64; 3],
    /// Version of its schema.
    pub schema: i64,
}

impl Ledger {
    /// Opens a ledger that is there, and makes one that is not: mode 0600, since it tells where PHI is.
    pub fn create(path: &Path) -> Result<Self, LedgerError> {
        let path = &place::real_path(path);
        let open = |source| LedgerError::Open { path: path.clone(), source };
        place::refuse_network(path)?;
        place::refuse_lost(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options.open(path).map_err(open)?;
        Self::prepared(path)
    }

    /// Opens a ledger that is there, and brings an older one to the schema of this program.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.is_file() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let path = &place::real_path(path);
        place::refuse_network(path)?;
        if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
            place::refuse_lost(path)?;
            return Err(LedgerError::Missing { path: path.clone() });
        }
        Self::prepared(path)
    }

    /// Opens a ledger of this schema to be looked at while somebody waits for the answer: nothing is written, and who holds
    /// it is not waited for.
    pub fn glance(path: &Path) -> Result<Self, LedgerError> {
        const PATIENCE: Duration = Duration::from_millis(100);
        let path = &place::real_path(path);
        place::refuse_cut(path)?;
        let failed = |error| translated(path, &error);
        // To read the file with its log makes files beside it, where nobody else has it open.
        let opened = if place::has_log(path) { Self::open_read_only(path) } else { Self::open_unchanging(path) };
        let ledger = opened.map_err(failed).and_then(schema::verified)?;
        ledger.connection.busy_timeout(PATIENCE).map_err(failed)?;
        Ok(ledger)
    }

    fn prepared(path: &Path) -> Result<Self, LedgerError> {
        place::refuse_cut(path)?;
        let failed = |error| translated(path, &error);
        if place::is_read_only(path) {
            return Self::open_read_only(path).map_err(failed).and_then(schema::verified);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let mut ledger = Self { path: path.to_owned(), connection };
        schema::prepare(&mut ledger)?;
        Ok(ledger)
    }

    /// Opens a file that cannot be written, to be read alone.
    fn open_read_only(path: &Path) -> rusqlite::Result<Self> {
        let is_without_log = |error: &rusqlite::Error| {
            matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
        };
        let plainly =
            Connection::open_with_flags(path, READ_ONLY).and_then(|connection| Self::opened(path, connection));
        match plainly {
            // Its log and what is shared of it would have to be made beside it. Where there is none, the file is all there is.
            Err(error) if is_without_log(&error) && !place::has_log(path) => Self::open_unchanging(path),
            plainly => plainly,
        }
    }

    /// Opens a file that nobody writes while it is read.
    fn open_unchanging(path: &Path) -> rusqlite::Result<Self> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let Ok(mut address) = url::Url::from_file_path(absolute) else {
            return Err(rusqlite::Error::InvalidPath(path.to_owned()));
        };
        address.set_query(Some("immutable=1"));
        let connection = Connection::open_with_flags(address.as_str(), READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?;
        Self::opened(path, connection)
    }

    /// Opening touches nothing yet; the first question does.
    fn opened(path: &Path, connection: Connection) -> rusqlite::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        schema::version(&connection).map(|_| Self { path: path.to_owned(), connection })
    }

    /// Looks through the pages of the file; what is wrong is an error.
    pub fn quick_check(&self) -> Result<(), LedgerError> {
        let answer: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| self.failed(&e))?;
        if answer == "ok" {
            return Ok(());
        }
        Err(LedgerError::Damaged { path: self.path.clone(), problem: answer })
    }

    /// Looks through everything, references and counts included.
    pub fn check(&self) -> Result<Health, LedgerError> {
        let failed = |error| self.failed(&error);
        let mut mistakes = Vec::new();
        let mut statement = self.connection.prepare("PRAGMA integrity_check").map_err(failed)?;
        let answers = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        for answer in answers {
            mistakes.extend(Some(answer.map_err(failed)?).filter(|answer| answer != "ok"));
        }
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check").map_err(failed)?;
        let dangling = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        for table in dangling {
            mistakes.push(format!("a row of {} refers to nothing", table.map_err(failed)?));
        }
        mistakes.extend(self.broken_texts().map_err(failed)?);
        let count = |table: &str| {
            let sql = format!("SELECT count(*) FROM {table}");
            self.connection.query_row(&sql, [], |row| row.get::<_, u64>(0)).map_err(failed)
        };
        let bytes = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        let counts = [count("scans")?, count("objects")?, count("findings")?];
        Ok(Health { mistakes, bytes, counts, schema: schema::version(&self.connection).map_err(failed)? })
    }

    /// Tables in which a text is none: SQLite takes any bytes for one.
    fn broken_texts(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement =
            self.connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut mistakes = Vec::new();
        for table in tables {
            let mut statement = self.connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
            let columns = statement.column_count();
            let (mut rows, mut broken) = (statement.query([])?, 0u64);
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    let value = row.get_ref(column)?;
                    broken += u64::from(matches!(value, ValueRef::Text(text) if std::str::from_utf8(text).is_err()));
                }
            }
            if broken > 0 {
                mistakes.push(format!("{broken} texts of {table} are damaged"));
            }
        }
        Ok(mistakes)
    }

    /// Writes a consistent copy to a new file, mode 0600, also while scans run.
    pub fn backup(&self, place: &Path) -> Result<(), LedgerError> {
        let open = |source| LedgerError::Open { path: place.to_owned(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        // SQLite fills an empty file that is there, and keeps its mode.
        options.open(place).map_err(open)?;
        let name = place.to_string_lossy();
        if let Err(error) = self.connection.execute("VACUUM INTO ?1", [&*name]) {
            // Half a copy would be taken for a whole one.
            let _ = std::fs::remove_file(place);
            let mut failed = translated(place, &error);
            if let LedgerError::Damaged { path, .. } = &mut failed {
                path.clone_from(&self.path);
            }
            return Err(failed);
        }
        Ok(())
    }

    /// Gives space back that nothing uses.
    pub fn vacuum(&self) -> Result<(), LedgerError> {
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> LedgerError {
        translated(&self.path, error)
    }
}

/// What SQLite says, as what to do. Its texts name tables and files, never values: all values are parameters.
fn translated(path: &Path, error: &rusqlite::Error) -> LedgerError {
    let (path, problem) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Locked { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Damaged { path, problem },
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::PermissionDenied) => {
            LedgerError::Write { path, problem }
        }
        None if is_no_value(error) => LedgerError::Damaged { path, problem },
        Some(ErrorCode::CannotOpen) => LedgerError::Open { path, source: std::io::Error::other(problem) },
        _ => LedgerError::Sqlite { path, problem },
    }
}

/// Whether what stands in a row is nothing that was ever written there.
fn is_no_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}

/// Milliseconds since 1970, as the ledger keeps moments.
fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A moment of the ledger as RFC 3339 writes it.
fn written(milliseconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000);
    moment.ok().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}
