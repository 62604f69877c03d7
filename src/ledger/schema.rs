//! The tables of the ledger and how an older file becomes a newer one: each step in a transaction of its own, so that an
//! interrupted one leaves the file as it was.

use super::{Ledger, LedgerError, mounts, regroup};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::time::{Duration, Instant};

/// Marks the file as a ledger ("PHIN").
pub(super) const APPLICATION_ID: i32 = 0x5048_494e;

/// How a file of one version becomes one of the next.
enum Step {
    /// Statements.
    Sql(&'static str),
    /// What statements alone cannot do.
    Code(fn(&Transaction<'_>) -> rusqlite::Result<()>),
}

/// Steps from each version to the next one; the first begins an empty file.
const STEPS: &[Step] = &[
    Step::Sql(FIRST),
    Step::Code(regroup::by_place),
    Step::Sql(MANIFESTS),
    Step::Sql(super::tickets::TABLES),
    Step::Sql(BEGUN),
    // The evidence of objects is written in another form: a program that does not know it has to say so.
    Step::Sql(""),
    // Entity tags are digests of contents, and were kept as they came. What is read again has one under the key.
    Step::Sql("UPDATE objects SET etag = NULL WHERE etag IS NOT NULL"),
    Step::Sql(mounts::TABLE),
];

const FIRST: &str = "
CREATE TABLE schema_versions (
    version INTEGER PRIMARY KEY,
    applied_at INTEGER NOT NULL,
    phinder TEXT NOT NULL
) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Sets of detectors in the order of their first use: a later one is the newer one.
CREATE TABLE detector_sets (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL UNIQUE,
    first_used_at INTEGER NOT NULL
) STRICT;
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    scan_id TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    scope_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'interrupted')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    phinder TEXT NOT NULL,
    detector_set INTEGER NOT NULL REFERENCES detector_sets (id),
    examination TEXT NOT NULL,
    min_confidence INTEGER NOT NULL,
    totals TEXT
) STRICT;
-- Objects name the scope that listed them last by a number: its text would be most of what an object takes.
CREATE TABLE scopes (id INTEGER PRIMARY KEY, scope_key TEXT NOT NULL UNIQUE) STRICT;
CREATE INDEX scans_by_scope ON scans (scope_key, id);
-- identity: keyed digest of location and version. location: as it may be shown. last_scan: the scan that wrote the row last.
CREATE TABLE objects (
    id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE,
    location TEXT NOT NULL,
    version TEXT,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    last_scan INTEGER NOT NULL REFERENCES scans (id),
    size INTEGER,
    modified INTEGER,
    etag TEXT,
    coverage TEXT NOT NULL,
    reason TEXT,
    format TEXT,
    examined_scan INTEGER REFERENCES scans (id),
    examination TEXT,
    evidence BLOB
) STRICT;
CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    location TEXT NOT NULL,
    field TEXT NOT NULL,
    detector TEXT NOT NULL,
    class TEXT,
    severity INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    value_count INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    samples TEXT NOT NULL,
    because TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'open', 'resolved', 'reopened', 'suppressed', 'accepted')),
    first_observed_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    last_scan INTEGER NOT NULL REFERENCES scans (id),
    last_detector_set INTEGER NOT NULL REFERENCES detector_sets (id),
    decided_by TEXT,
    decided_why TEXT,
    decided_until INTEGER
) STRICT;
CREATE INDEX findings_by_severity ON findings (severity DESC, first_observed_at, id);
CREATE INDEX findings_by_state ON findings (state, severity DESC, first_observed_at, id);
-- Which objects a finding stands in: several have one fingerprint where their shown locations are the same.
CREATE TABLE occurrences (
    object INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    finding INTEGER NOT NULL REFERENCES findings (id),
    PRIMARY KEY (object, finding)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_finding ON occurrences (finding);
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    finding INTEGER NOT NULL REFERENCES findings (id),
    at INTEGER NOT NULL,
    scan INTEGER REFERENCES scans (id),
    from_state TEXT,
    to_state TEXT NOT NULL,
    who TEXT,
    why TEXT,
    until INTEGER
) STRICT;
CREATE INDEX history_by_finding ON history (finding, id);
";

/// What each scan did, chained: `previous` is the digest of the manifest before. Only ever added to.
const MANIFESTS: &str = "
CREATE TABLE manifests (
    id INTEGER PRIMARY KEY,
    scan INTEGER NOT NULL REFERENCES scans (id),
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER manifests_stay_as_they_are BEFORE UPDATE ON manifests
    BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;
CREATE TRIGGER manifests_stay BEFORE DELETE ON manifests
    BEGIN SELECT raise(ABORT, 'the audit trail is only added to'); END;
";

/// How a scan was begun, for whoever goes on with it.
const BEGUN: &str = "
ALTER TABLE scans ADD COLUMN seed TEXT;
ALTER TABLE scans ADD COLUMN is_baseline INTEGER NOT NULL DEFAULT 0;
";

/// The version in the file; 0 where it is empty.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// The version in the file, if this program can read it and it is a ledger at all.
fn known_version(ledger: &Ledger) -> Result<i64, LedgerError> {
    let path = ledger.path.clone();
    let failed = |error| super::translated(&path, &error);
    let found = version(&ledger.connection).map_err(failed)?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(LedgerError::Newer { path, found, known });
    }
    // In this order: whoever makes it meanwhile marks it in the transaction that brings the first table.
    let tables: i64 =
        ledger.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let application: i32 =
        ledger.connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(failed)?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(LedgerError::Damaged { path, problem: "another program's database".to_owned() });
    }
    Ok(found)
}

/// A ledger that cannot be written, if nothing has to be.
pub(super) fn verified(ledger: Ledger) -> Result<Ledger, LedgerError> {
    if known_version(&ledger)? < STEPS.len() as i64 {
        let problem = "it is read-only and was written by an older phinder; open it once where it can be written";
        return Err(LedgerError::Write { path: ledger.path, problem: problem.to_owned() });
    }
    Ok(ledger)
}

/// Settings of the connection, and the steps that the file lacks.
pub(super) fn prepare(ledger: &mut Ledger) -> Result<(), LedgerError> {
    let path = ledger.path.clone();
    let failed = |error| super::translated(&path, &error);
    let (found, known) = (known_version(ledger)?, STEPS.len() as i64);
    enter_wal(&ledger.connection).map_err(failed)?;
    ledger
        .connection
        .execute_batch(
            // Identities are random, so their index is touched all over: it needs a cache, and few checkpoints.
            "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; \
             PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8000; PRAGMA secure_delete = FAST; \
             PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
        )
        .map_err(failed)?;
    // More than a scan uses: what is prepared again costs more than most statements.
    ledger.connection.set_prepared_statement_cache_capacity(64);
    for step in found..known {
        migrate(&mut ledger.connection, step).map_err(failed)?;
    }
    // Steps replace tables to which others refer.
    ledger.connection.pragma_update(None, "foreign_keys", true).map_err(failed)
}

/// Writes to a log beside the file. SQLite waits for nobody while it changes to that, whatever the connection's patience:
/// where another process makes or closes the same ledger, it is asked again.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < super::PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            answer => return answer,
        }
    }
}

/// One step, wholly or not at all; another process may have made it meanwhile.
fn migrate(connection: &mut Connection, step: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == step {
        match STEPS[step as usize] {
            Step::Sql(statements) => transaction.execute_batch(statements)?,
            Step::Code(migrate) => migrate(&transaction)?,
        }
        transaction.execute(
            "INSERT INTO schema_versions VALUES (?1, ?2, ?3)",
            (step + 1, super::milliseconds(time::OffsetDateTime::now_utc()), env!("CARGO_PKG_VERSION")),
        )?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", step + 1)?;
    }
    transaction.commit()
}

/// A file as the first version wrote it.
#[cfg(test)]
pub(super) fn first_version(connection: &Connection) {
    connection.execute_batch(FIRST).unwrap();
    connection.execute("INSERT INTO schema_versions VALUES (1, 0, '0')", []).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_step_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        let connection = Connection::open(&path).unwrap();
        first_version(&connection);
        // A later step has made its first table when this one, which it makes too, stops it.
        connection.execute_batch("CREATE TABLE placed_occurrences (x)").unwrap();
        let tables = |connection: &Connection| -> Vec<String> {
            let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
            let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
            rows.map(|row| row.unwrap().unwrap_or_default()).collect()
        };
        let before = tables(&connection);
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Sqlite { .. })));
        assert_eq!((version(&connection).unwrap(), tables(&connection)), (1, before));
        connection.execute_batch("DROP TABLE placed_occurrences").unwrap();
        drop(connection);
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(version(&ledger.connection).unwrap(), STEPS.len() as i64);
        assert_eq!(ledger.check().unwrap().mistakes, Vec::<String>::new());
    }

    #[test]
    fn processes_that_make_it_at_once_wait_for_each_other() {
        for _ in 0..30 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("l");
            let create = || Ledger::create(&path).map(|ledger| version(&ledger.connection).unwrap());
            let made: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(create)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            for version in made {
                assert_eq!(version.unwrap(), STEPS.len() as i64);
            }
        }
    }

    #[test]
    fn newer_and_foreign_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        let ledger = Ledger::create(&path).unwrap();
        ledger.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(ledger);
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Newer { found: 99, .. })));
        let other = folder.path().join("other");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(matches!(Ledger::open(&other), Err(LedgerError::Damaged { .. })));
        let text = folder.path().join("text");
        std::fs::write(&text, "this is no database at all, and long enough to be looked at".repeat(40)).unwrap();
        assert!(matches!(Ledger::open(&text), Err(LedgerError::Damaged { .. })));
    }
}
