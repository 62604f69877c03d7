//! A scan that is remembered: begins, recalls what is unchanged, records object by object, ends.
//!
//! Objects are written in short transactions of some hundred, so that a scan that dies loses the last of them at most and
//! reads those again, and other scans on the same ledger get their turn. What has been written is never half of an object.

use super::manifest::ScanFacts;
use super::mounts::{self, Mounts};
use super::scope::Scope;
use super::write::{Entry, Writer};
use super::{Ledger, LedgerError, hexadecimal, milliseconds, place};
use super::{settle, stored};
use crate::model::{
    Confidence, Evidence, Examined, Location, Memory, MemoryError, Object, ObjectResult, Recalled, TableFacts,
};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;

/// What a scan says of itself when it begins.
pub struct ScanStart {
    /// Id of the scan; a resumed one keeps its own.
    pub scan_id: String,
    /// When it starts.
    pub started_at: OffsetDateTime,
    /// What it covers.
    pub scope: Scope,
    /// Version of the set of detectors.
    pub detectors_version: String,
    /// Ids of the detectors in force, by their index.
    pub detectors: Vec<Arc<str>>,
    /// Digest of everything that decides what is found.
    pub examination: String,
    /// Lowest confidence that is reported.
    pub min_confidence: Confidence,
    /// Seed by which rows of tables are chosen, where there are tables.
    pub seed: Option<String>,
    /// The key of the digests.
    pub key: Vec<u8>,
    /// Reads every object, changed or not.
    pub is_full: bool,
    /// Goes on with a scan that was interrupted.
    pub is_resumed: bool,
    /// File systems that were met and are not there any more are gone for good.
    pub accepts_unmounted: bool,
    /// What is seen for the first time is known already: it becomes the baseline and waits for nobody.
    pub is_baseline: bool,
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was listed and is through.
    Complete,
    /// It was stopped.
    Interrupted,
}

/// The ledger's side of a running scan.
pub struct Recorder {
    path: PathBuf,
    scan: i64,
    scan_id: String,
    started_at: OffsetDateTime,
    scope: Scope,
    detectors: Vec<Arc<str>>,
    examination: String,
    detectors_version: String,
    seed: Option<String>,
    /// The key of the digests, ready for each of them.
    key: Hmac<Sha256>,
    is_full: bool,
    /// Nothing was known of any object when the scan began.
    is_first: bool,
    reader: Mutex<Connection>,
    writer: Mutex<Writer>,
    accepts_unmounted: bool,
    /// Buckets that it met, where it lists all of an account.
    buckets: Mutex<BTreeSet<String>>,
    /// File systems that the scan met, and those that it takes to be gone.
    mounts: Mutex<(Mounts, Mounts)>,
    /// Held as long as the scan runs; the system lets go of it when the process dies.
    _lock: File,
}

impl Recorder {
    /// Begins a scan, or goes on with one.
    pub fn begin(path: &Path, start: ScanStart) -> Result<Self, LedgerError> {
        let mut ledger = Ledger::create(path)?;
        ledger.quick_check()?;
        let scope_key = start.scope.key();
        let lock = lock(&mut ledger, &scope_key)?;
        let failed = |error| super::translated(path, &error);
        let other_key = || LedgerError::OtherKey { path: path.to_owned() };
        let key = Hmac::<Sha256>::new_from_slice(&start.key).map_err(|_| other_key())?;
        if !check_key(&ledger.connection, &key).map_err(failed)? {
            return Err(other_key());
        }
        let transaction =
            ledger.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let set = detector_set(&transaction, &start).map_err(failed)?;
        let scope = scope_row(&transaction, &scope_key).map_err(failed)?;
        let going_on = unfinished(&transaction, &scope_key).map_err(failed)?;
        // Whoever ran it is gone: its lock is ours.
        transaction
            .execute("UPDATE scans SET state = 'interrupted' WHERE scope_key = ?1 AND state = 'running'", [&scope_key])
            .map_err(failed)?;
        let (mut seed, mut is_baseline) = (start.seed.clone(), start.is_baseline);
        let (scan, scan_id, started) = match (start.is_resumed, going_on) {
            (true, None) => return Err(LedgerError::NothingToResume),
            (true, Some((scan, scan_id, started))) => {
                let sql = "UPDATE scans SET state = 'running', detector_set = ?2, examination = ?3, min_confidence = ?4 \
                           WHERE id = ?1";
                let values = (scan, set, &start.examination, start.min_confidence as i64);
                transaction.execute(sql, values).map_err(failed)?;
                // It goes on as it was begun: what another seed draws would be another sample.
                let begun: (Option<String>, bool) = transaction
                    .query_row("SELECT seed, is_baseline FROM scans WHERE id = ?1", [scan], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .map_err(failed)?;
                (seed, is_baseline) = (begun.0.or(seed), is_baseline || begun.1);
                (scan, scan_id, started)
            }
            (false, _) => {
                let started = milliseconds(start.started_at);
                insert_scan(&transaction, &start, (&scope_key, set, started)).map_err(failed)?;
                (transaction.last_insert_rowid(), start.scan_id.clone(), started)
            }
        };
        let is_first =
            !transaction.prepare("SELECT 1 FROM objects LIMIT 1").and_then(|mut any| any.exists([])).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        let reader = Ledger::open(path)?.connection;
        // Everything that a scan refers to it has just written or read in the same transaction: five look-ups for each thing
        // found would be a third of what it costs. `phinder ledger check` looks at all references.
        ledger.connection.pragma_update(None, "foreign_keys", false).map_err(failed)?;
        let writer = Writer::new(ledger.connection, (scan, scope, started), (&start, set, is_baseline));
        let started_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(started) * 1_000_000);
        Ok(Self {
            path: path.to_owned(),
            scan,
            scan_id,
            started_at: started_at.unwrap_or(start.started_at),
            scope: start.scope,
            detectors: start.detectors,
            examination: start.examination,
            detectors_version: start.detectors_version,
            seed,
            key,
            is_full: start.is_full,
            is_first,
            reader: Mutex::new(reader),
            writer: Mutex::new(writer),
            accepts_unmounted: start.accepts_unmounted,
            buckets: Mutex::default(),
            mounts: Mutex::default(),
            _lock: lock,
        })
    }

    /// Id of the scan: the given one, or that of the scan that goes on.
    pub fn scan_id(&self) -> &str {
        &self.scan_id
    }

    /// The seed of the scan: the given one, or that of the scan that goes on.
    pub fn seed(&self) -> Option<&str> {
        self.seed.as_deref()
    }

    /// When the scan started.
    pub fn started_at(&self) -> OffsetDateTime {
        self.started_at
    }

    /// Ends the scan, and adds its manifest to the audit trail. What a complete listing does not show any more is gone, and
    /// so are its findings.
    pub fn finish(&self, outcome: Outcome, totals: &serde_json::Value) -> Result<(), LedgerError> {
        let failed = |error| super::translated(&self.path, &error);
        let mut writer = self.writer();
        writer.flush().map_err(failed)?;
        if outcome == Outcome::Complete {
            let buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let scope = self.scope.with_buckets(buckets.iter().map(String::as_str));
            writer.forget_missing(&scope).map_err(failed)?;
            let mounts = self.mounts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            writer.keep_mounts(&mounts.0, &mounts.1).map_err(failed)?;
        }
        writer.settle(outcome == Outcome::Complete).map_err(failed)?;
        let manifest = ScanFacts {
            scan_id: &self.scan_id,
            outcome: if outcome == Outcome::Complete { "complete" } else { "interrupted" },
            scope: &self.scope,
            started_at: super::written(milliseconds(self.started_at)),
            phinder: env!("CARGO_PKG_VERSION"),
            detectors_version: &self.detectors_version,
            examination: &self.examination,
            seed: self.seed.as_deref(),
            totals,
        };
        writer.end(&manifest).map_err(failed)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while it was held left a transaction that was rolled back: what was written is whole.
        self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn memory_error(&self, error: &rusqlite::Error) -> MemoryError {
        MemoryError(super::translated(&self.path, error).to_string())
    }

    fn meet_bucket(&self, object: &Object) {
        let key = || object.location.as_str().strip_prefix("s3://")?.split_once('/');
        let Some((bucket, _)) = key().filter(|_| self.scope.has_accounts()) else { return };
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !buckets.contains(bucket) {
            buckets.insert(bucket.to_owned());
        }
    }

    fn identity(&self, object: &Object) -> [u8; 16] {
        let version = object.version.as_deref().unwrap_or_default();
        let mut identity = [0; 16];
        let digest = keyed(&self.key, &[b"object", object.identity().as_str().as_bytes(), version.as_bytes()]);
        identity.copy_from_slice(&digest[..16]);
        identity
    }

    /// What pins its content: the entity tag, or of a table its state. Under the key, because most tags are a digest of the
    /// content, and of one that is a single number all could be tried.
    fn tag(&self, object: &Object) -> Option<String> {
        let of_object = object.etag.as_ref().map(|tag| [b"etag".as_slice(), tag.as_bytes()]);
        let pinned =
            of_object.or_else(|| object.table_state.as_ref().map(|state| [b"table".as_slice(), state.as_bytes()]))?;
        Some(hexadecimal(&keyed(&self.key, &pinned)[..16]))
    }

    /// Whether the rows that were read of a table are those that this scan would read: all of them, or a sample of the same
    /// seed.
    fn is_same_sample(&self, table: Option<&TableFacts>) -> bool {
        let seed = self.seed.as_ref().and_then(|seed| seed.parse().ok());
        let sample = table.and_then(|table| table.sample);
        sample.is_some_and(|sample| sample.is_exact() || Some(sample.seed) == seed)
    }

    fn recalled(&self, object: &Object) -> rusqlite::Result<Option<Recalled>> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached(
            "SELECT location, coverage, reason, format, size, modified, etag, examined_scan, evidence FROM objects \
             WHERE identity = ?1 AND examination = ?2 AND is_reusable",
        )?;
        let recalled = statement
            .query_row((self.identity(object), &self.examination), |row| {
                let same = row.get::<_, Option<i64>>(4)? == object.size_bytes.and_then(|size| i64::try_from(size).ok())
                    && row.get::<_, Option<i64>>(5)? == nanoseconds(object.modified)
                    && row.get::<_, Option<String>>(6)? == self.tag(object);
                let is_of_this_scan = row.get::<_, Option<i64>>(7)? == Some(self.scan);
                if !same || (self.is_full && !is_of_this_scan) {
                    return Ok(None);
                }
                let (location, word): (String, String) = (row.get(0)?, row.get(1)?);
                let (code, format): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
                let evidence: Vec<u8> = row.get(8)?;
                let known_format = format.as_deref().map(stored::format);
                let parts = (stored::coverage(&word, code.as_deref()), stored::unpacked(&evidence, &self.detectors));
                let (Some(coverage), Some((evidence, table))) = parts else { return Ok(None) };
                // A database file of this machine may have a log beside it, which has changed.
                let has_log = known_format == Some(Some("sqlite")) && self.tag(object).is_none();
                let is_another_sample = object.table_state.is_some() && !self.is_same_sample(table.as_ref());
                if known_format == Some(None) || has_log || is_another_sample {
                    return Ok(None);
                }
                let shown = (location != object.location.as_str()).then(|| Location::from_uri(location));
                Ok(Some(Recalled { shown, format: known_format.flatten(), coverage, evidence, table }))
            })
            .optional()?;
        Ok(recalled.flatten())
    }
}

impl Memory for Recorder {
    fn recall(&self, object: &Object) -> Option<Recalled> {
        // Without a moment or a tag nothing tells whether it changed.
        if self.is_first || (object.modified.is_none() && object.etag.is_none() && object.table_state.is_none()) {
            return None;
        }
        match self.recalled(object) {
            Ok(recalled) => recalled,
            // What cannot be recalled is read.
            Err(error) => {
                tracing::debug!(%error, "the ledger does not answer");
                None
            }
        }
    }

    fn record(
        &self,
        object: &Object,
        examined: Examined,
        (evidence, table): (&Evidence, Option<&TableFacts>),
        result: &Arc<ObjectResult>,
    ) -> Result<(), MemoryError> {
        self.meet_bucket(object);
        let is_kept = object.table_state.is_none() || table.is_some();
        let table = table.filter(|_| object.table_state.is_some());
        // Evidence that is not recalled is kept for what is made of it: people, samples, what another policy would say.
        let is_lasting = stored::is_lasting(&result.coverage) && !is_fresh(object) && is_kept;
        let packed = match examined {
            Examined::Content if is_lasting || !evidence.detectors.is_empty() => {
                stored::packed((evidence, table), &self.detectors).ok()
            }
            _ => None,
        };
        let is_reusable = is_lasting && packed.is_some();
        let known_by = (self.identity(object), self.tag(object));
        let entry = Entry::new(known_by, object, (examined, packed, is_reusable), result);
        let recorded = self.writer().push(entry);
        recorded.map_err(|error| self.memory_error(&error))
    }

    fn unlisted(&self, start: &str, listed: &[Object]) -> Result<Vec<Location>, MemoryError> {
        let listed: HashSet<[u8; 16]> = listed.iter().map(|object| self.identity(object)).collect();
        let missing = settle::known_objects(&self.reader(), &self.scope, start)
            .map_err(|error| self.memory_error(&error))?
            .into_iter()
            .filter(|(identity, _)| !listed.contains(identity));
        Ok(missing.map(|(_, location)| Location::from_uri(location)).collect())
    }

    fn knows(&self, object: &Object) -> Result<bool, MemoryError> {
        let known = self
            .reader()
            .prepare_cached("SELECT 1 FROM objects WHERE identity = ?1")
            .and_then(|mut statement| statement.exists([self.identity(object)]));
        known.map_err(|error| self.memory_error(&error))
    }

    fn unmounted(&self, met: &[[Location; 2]]) -> Result<Vec<Location>, MemoryError> {
        let identified = |[directory, shown]: &[Location; 2]| {
            (mounts::identity(&self.key, directory.as_str()), shown.as_str().to_owned())
        };
        let met: Mounts = met.iter().map(identified).collect();
        let missing = mounts::missing(&self.reader(), &self.scope, &met).map_err(|error| self.memory_error(&error))?;
        let (missing, gone) = if self.accepts_unmounted { (Mounts::new(), missing) } else { (missing, Mounts::new()) };
        *self.mounts.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = (met, gone);
        Ok(missing.into_values().map(Location::from_uri).collect())
    }
}

/// Whether it was written so lately that the clock of its file system may not tell the next change from the last one.
fn is_fresh(object: &Object) -> bool {
    const GRANULE: std::time::Duration = std::time::Duration::from_secs(2);
    let age = object.modified.map(|modified| SystemTime::now().duration_since(modified).unwrap_or_default());
    object.etag.is_none() && object.table_state.is_none() && age.is_none_or(|age| age < GRANULE)
}

/// Nanoseconds since 1970.
pub(super) fn nanoseconds(moment: Option<SystemTime>) -> Option<i64> {
    let since = moment?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// HMAC-SHA-256 over parts that are kept apart.
pub(super) fn keyed(key: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Keeps a digest of the key at first use, and compares it from then on.
fn check_key(connection: &Connection, key: &Hmac<Sha256>) -> rusqlite::Result<bool> {
    let digest = hexadecimal(&keyed(key, &[b"ledger"]));
    connection.execute("INSERT OR IGNORE INTO settings VALUES ('key', ?1)", [&digest])?;
    let kept: String = connection.query_row("SELECT value FROM settings WHERE name = 'key'", [], |row| row.get(0))?;
    Ok(kept == digest)
}

/// One process at a time scans a scope. The lock is the system's: no process that has died holds it.
fn lock(ledger: &mut Ledger, scope_key: &str) -> Result<File, LedgerError> {
    let open = |path: &Path| {
        let path = path.to_owned();
        move |source| LedgerError::Open { path, source }
    };
    let folder = place::locks(&ledger.path);
    std::fs::create_dir_all(&folder).map_err(open(&folder))?;
    let place = folder.join(hexadecimal(&Sha256::digest(scope_key.as_bytes())[..8]));
    let file = File::create(&place).map_err(open(&place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(source)) => Err(open(&place)(source)),
        Err(TryLockError::WouldBlock) => {
            let running = unfinished(&ledger.connection, scope_key).map_err(|error| ledger.failed(&error))?;
            let (_, scan_id, started) = running.unwrap_or_default();
            let seconds = (milliseconds(OffsetDateTime::now_utc()) - started).max(0) / 1000;
            Err(LedgerError::Running { scan_id, age: age(seconds) })
        }
    }
}

/// `1 second`, `40 seconds`, `3 minutes`, `2 hours`.
fn age(seconds: i64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3600),
    }
}

/// The last scan of a scope, if it did not end: row, id, start.
fn unfinished(connection: &Connection, scope_key: &str) -> rusqlite::Result<Option<(i64, String, i64)>> {
    let sql = "SELECT id, scan_id, started_at, state FROM scans WHERE scope_key = ?1 ORDER BY id DESC LIMIT 1";
    let last = connection
        .query_row(sql, [scope_key], |row| {
            Ok((row.get::<_, String>(3)?, (row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))
        })
        .optional()?;
    Ok(last.filter(|(state, _)| state != "complete").map(|(_, scan)| scan))
}

/// The row of a set of detectors; a set that was never used is newer than all before.
fn detector_set(connection: &Connection, start: &ScanStart) -> rusqlite::Result<i64> {
    connection.execute(
        "INSERT OR IGNORE INTO detector_sets (version, first_used_at) VALUES (?1, ?2)",
        (&start.detectors_version, milliseconds(start.started_at)),
    )?;
    let sql = "SELECT id FROM detector_sets WHERE version = ?1";
    connection.query_row(sql, [&start.detectors_version], |row| row.get(0))
}

/// The row of a scope.
fn scope_row(connection: &Connection, scope_key: &str) -> rusqlite::Result<i64> {
    connection.execute("INSERT OR IGNORE INTO scopes (scope_key) VALUES (?1)", [scope_key])?;
    connection.query_row("SELECT id FROM scopes WHERE scope_key = ?1", [scope_key], |row| row.get(0))
}

fn insert_scan(
    connection: &Connection,
    start: &ScanStart,
    (scope_key, set, started): (&str, i64, i64),
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO scans (scan_id, scope, scope_key, state, started_at, phinder, detector_set, examination, \
         min_confidence, seed, is_baseline) VALUES (?1, ?2, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            &start.scan_id,
            scope_key,
            started,
            env!("CARGO_PKG_VERSION"),
            set,
            &start.examination,
            start.min_confidence as i64,
            &start.seed,
            start.is_baseline,
        ),
    )?;
    Ok(())
}
