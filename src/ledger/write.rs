//! Objects and findings on their way into the ledger, and what a scan proves of those that are there.

use super::life::State;
use super::milliseconds;
use super::record::{ScanStart, nanoseconds};
use super::scope::Scope;
use crate::model::{Coverage, Examined, Finding, Object, ObjectResult, VerdictKind};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// Objects of one transaction.
const BATCH: usize = 500;
/// Objects wait no longer than this to be written.
const DELAY: Duration = Duration::from_millis(200);

/// One object with what was found in it, ready to be written.
pub(super) struct Entry {
    identity: [u8; 16],
    size: Option<i64>,
    modified: Option<i64>,
    etag: Option<String>,
    version: Option<String>,
    location: String,
    coverage: Coverage,
    format: Option<&'static str>,
    examined: Examined,
    evidence: Option<Vec<u8>>,
    findings: Vec<Finding>,
}

impl Entry {
    pub(super) fn new(
        identity: [u8; 16],
        object: &Object,
        (examined, evidence): (Examined, Option<Vec<u8>>),
        result: &ObjectResult,
    ) -> Self {
        Self {
            identity,
            size: object.size_bytes.and_then(|size| i64::try_from(size).ok()),
            modified: nanoseconds(object.modified),
            etag: object.etag.clone(),
            version: object.version.clone(),
            location: result.location.as_str().to_owned(),
            coverage: result.coverage.clone(),
            format: result.format,
            examined,
            evidence,
            findings: result.findings.clone(),
        }
    }
}

/// The scan that writes.
struct Scan {
    id: i64,
    scope: i64,
    started: i64,
    set: i64,
    examination: String,
    detectors: Vec<Arc<str>>,
    min_confidence: i64,
}

/// Writes what a scan says.
pub(super) struct Writer {
    connection: Connection,
    scan: Scan,
    pending: Vec<Entry>,
    since: Instant,
    /// A place could not be listed, so what is not listed may be there.
    is_listing_broken: bool,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        (id, scope, started): (i64, i64, i64),
        start: &ScanStart,
        set: i64,
    ) -> Self {
        let (examination, detectors) = (start.examination.clone(), start.detectors.clone());
        let min_confidence = start.min_confidence as i64;
        let scan = Scan { id, scope, started, set, examination, detectors, min_confidence };
        Self { connection, scan, pending: Vec::new(), since: Instant::now(), is_listing_broken: false }
    }

    pub(super) fn push(&mut self, entry: Entry) -> rusqlite::Result<()> {
        self.is_listing_broken |=
            entry.examined == Examined::Listing && matches!(entry.coverage, Coverage::Failed(_) | Coverage::Partial(_));
        if self.pending.is_empty() {
            self.since = Instant::now();
        }
        self.pending.push(entry);
        if self.pending.len() >= BATCH || self.since.elapsed() >= DELAY { self.flush() } else { Ok(()) }
    }

    /// Writes what waits, wholly or not at all.
    pub(super) fn flush(&mut self) -> rusqlite::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for entry in &self.pending {
            self.scan.write(&transaction, entry)?;
        }
        transaction.commit()?;
        self.pending.clear();
        Ok(())
    }

    /// Objects that a complete listing does not show any more leave the ledger, and their findings are resolved.
    pub(super) fn forget_missing(&mut self, scope: &Scope) -> rusqlite::Result<()> {
        if self.is_listing_broken {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut covered: Vec<i64> = Vec::new();
        {
            let mut statement = transaction.prepare("SELECT id, scope_key FROM scopes")?;
            for row in statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))? {
                let (id, key) = row?;
                let other = serde_json::from_str::<Scope>(&key);
                covered.extend(other.is_ok_and(|other| scope.covers(&other)).then_some(id));
            }
        }
        for covered in covered {
            let mut findings: Vec<i64> = Vec::new();
            {
                let mut statement = transaction.prepare(
                    "SELECT DISTINCT finding FROM occurrences JOIN objects ON objects.id = object \
                     WHERE scope = ?1 AND last_scan < ?2",
                )?;
                for finding in statement.query_map((covered, self.scan.id), |row| row.get(0))? {
                    findings.push(finding?);
                }
            }
            transaction.execute("DELETE FROM objects WHERE scope = ?1 AND last_scan < ?2", (covered, self.scan.id))?;
            for finding in findings {
                self.scan.resolve_if_gone(&transaction, finding, "the object is gone")?;
            }
        }
        transaction.commit()
    }

    /// Marks the end of the scan.
    pub(super) fn end(&mut self, state: &str, totals: &str) -> rusqlite::Result<()> {
        let now = milliseconds(OffsetDateTime::now_utc()).max(self.scan.started);
        self.connection.execute(
            "UPDATE scans SET state = ?2, finished_at = ?3, totals = ?4 WHERE id = ?1",
            (self.scan.id, state, now, totals),
        )?;
        self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);")
    }
}

impl Scan {
    fn write(&self, transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<()> {
        let object = match entry.examined {
            Examined::Content => self.write_object(transaction, entry)?,
            Examined::Listing | Examined::Memory => match self.touch_object(transaction, entry)? {
                Some(object) => object,
                None => self.write_object(transaction, entry)?,
            },
        };
        if entry.examined == Examined::Listing {
            return Ok(());
        }
        let mut present = Vec::new();
        for finding in &entry.findings {
            if finding.verdict.kind == VerdictKind::Unexpected {
                present.push(self.write_finding(transaction, object, (entry, finding))?);
            }
        }
        if entry.coverage == Coverage::Complete {
            self.resolve_others(transaction, object, entry, &present)
        } else {
            Ok(())
        }
    }

    fn write_object(&self, transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<i64> {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO objects (identity, location, version, scope, last_scan, size, modified, etag, coverage, \
             reason, format, examined_scan, examination, evidence) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
             ON CONFLICT (identity) DO UPDATE SET location = excluded.location, scope = excluded.scope, \
             last_scan = max(last_scan, excluded.last_scan), size = excluded.size, modified = excluded.modified, \
             etag = excluded.etag, coverage = excluded.coverage, reason = excluded.reason, format = excluded.format, \
             examined_scan = excluded.examined_scan, examination = excluded.examination, evidence = excluded.evidence \
             RETURNING id",
        )?;
        let is_read = entry.examined == Examined::Content;
        statement.query_row(
            params![
                entry.identity,
                entry.location,
                entry.version,
                self.scope,
                self.id,
                entry.size,
                entry.modified,
                entry.etag,
                entry.coverage.as_str(),
                entry.coverage.reason().map(|reason| reason.code()),
                entry.format,
                is_read.then_some(self.id),
                is_read.then_some(&self.examination),
                entry.evidence,
            ],
            |row| row.get(0),
        )
    }

    /// It was seen, and what is known of it stays.
    fn touch_object(&self, transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<Option<i64>> {
        let mut statement = transaction.prepare_cached(
            "UPDATE objects SET last_scan = max(last_scan, ?2), scope = ?3 WHERE identity = ?1 RETURNING id",
        )?;
        statement.query_row((entry.identity, self.id, self.scope), |row| row.get(0)).optional()
    }

    fn write_finding(
        &self,
        transaction: &Transaction<'_>,
        object: i64,
        (entry, finding): (&Entry, &Finding),
    ) -> rusqlite::Result<i64> {
        let mut statement = transaction
            .prepare_cached("SELECT id, state, last_scan, decided_until FROM findings WHERE fingerprint = ?1")?;
        let known = statement
            .query_row([&finding.fingerprint], |row| {
                let until: Option<i64> = row.get(3)?;
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, until))
            })
            .optional()?;
        let id = match known {
            None => self.insert_finding(transaction, entry, finding)?,
            Some((id, word, last_scan, until)) => {
                let before = State::from_word(&word).unwrap_or(State::Open);
                let is_expired = until.is_some_and(|until| until <= self.started);
                // The same scan sees it in another object, or goes on after it was interrupted: nothing new.
                let is_same_scan = last_scan == self.id && before != State::Resolved;
                let after = if is_same_scan { before } else { before.seen_again(is_expired) };
                self.update_finding(transaction, id, finding)?;
                if after != before {
                    self.change_state(transaction, id, after)?;
                    let why = is_expired.then_some("the decision expired");
                    self.note(transaction, (id, Some(before), after), why)?;
                }
                id
            }
        };
        transaction
            .prepare_cached("INSERT OR IGNORE INTO occurrences (object, finding) VALUES (?1, ?2)")?
            .execute((object, id))?;
        Ok(id)
    }

    fn insert_finding(&self, transaction: &Transaction<'_>, entry: &Entry, finding: &Finding) -> rusqlite::Result<i64> {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO findings (fingerprint, location, field, detector, class, severity, confidence, value_count, \
             record_count, samples, because, state, first_observed_at, last_seen_at, changed_at, last_scan, \
             last_detector_set) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'new', ?12, ?12, ?12, ?13, ?14)",
        )?;
        let id = statement.insert(params![
            finding.fingerprint,
            entry.location,
            &*finding.field,
            &*finding.detector,
            finding.class.map(|class| class.as_str()),
            finding.verdict.severity as i64,
            finding.confidence as i64,
            i64::try_from(finding.values).unwrap_or(i64::MAX),
            i64::try_from(finding.records).unwrap_or(i64::MAX),
            serde_json::to_string(&finding.samples).unwrap_or_default(),
            &*finding.verdict.because,
            self.started,
            self.id,
            self.set,
        ])?;
        self.note(transaction, (id, None, State::New), None)?;
        Ok(id)
    }

    fn update_finding(&self, transaction: &Transaction<'_>, id: i64, finding: &Finding) -> rusqlite::Result<()> {
        // A column that an index holds is written only where it changes.
        transaction
            .prepare_cached("UPDATE findings SET severity = ?2 WHERE id = ?1 AND severity <> ?2")?
            .execute((id, finding.verdict.severity as i64))?;
        let mut statement = transaction.prepare_cached(
            "UPDATE findings SET class = ?2, confidence = ?3, value_count = ?4, record_count = ?5, samples = ?6, \
             because = ?7, last_seen_at = max(last_seen_at, ?8), last_scan = ?9, last_detector_set = ?10 WHERE id = ?1",
        )?;
        statement.execute(params![
            id,
            finding.class.map(|class| class.as_str()),
            finding.confidence as i64,
            i64::try_from(finding.values).unwrap_or(i64::MAX),
            i64::try_from(finding.records).unwrap_or(i64::MAX),
            serde_json::to_string(&finding.samples).unwrap_or_default(),
            &*finding.verdict.because,
            self.started,
            self.id,
            self.set,
        ])?;
        Ok(())
    }

    fn change_state(&self, transaction: &Transaction<'_>, id: i64, state: State) -> rusqlite::Result<()> {
        let sql = "UPDATE findings SET state = ?2, changed_at = ?3, \
                   decided_until = CASE WHEN ?2 IN ('suppressed', 'accepted') THEN decided_until END WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute((id, state.as_str(), self.started))?;
        Ok(())
    }

    /// The object was examined completely: what it held and does not hold any more is gone from it, if this scan could
    /// have seen it: with the detector in force, of the same set or a newer one, and at that confidence.
    fn resolve_others(
        &self,
        transaction: &Transaction<'_>,
        object: i64,
        entry: &Entry,
        present: &[i64],
    ) -> rusqlite::Result<()> {
        let mut absent = Vec::new();
        {
            let mut statement = transaction.prepare_cached(
                "SELECT findings.id, fingerprint, detector FROM occurrences JOIN findings ON findings.id = finding \
                 WHERE object = ?1 AND last_detector_set <= ?2 AND confidence >= ?3",
            )?;
            let rows = statement.query_map((object, self.set, self.min_confidence), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })?;
            for row in rows {
                let (id, fingerprint, detector) = row?;
                let is_in_force = self.detectors.iter().any(|known| **known == *detector);
                if is_in_force && !present.contains(&id) {
                    absent.push((id, fingerprint));
                }
            }
        }
        for (id, fingerprint) in absent {
            let expected = entry.findings.iter().find(|finding| finding.fingerprint == fingerprint);
            let why = expected.map_or("a complete scan does not find it any more", |finding| &finding.verdict.because);
            let sql = "DELETE FROM occurrences WHERE object = ?1 AND finding = ?2";
            transaction.prepare_cached(sql)?.execute((object, id))?;
            self.resolve_if_gone(transaction, id, why)?;
        }
        Ok(())
    }

    /// A finding that stands in no object any more is resolved.
    fn resolve_if_gone(&self, transaction: &Transaction<'_>, id: i64, why: &str) -> rusqlite::Result<()> {
        let sql =
            "SELECT state FROM findings WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM occurrences WHERE finding = ?1)";
        let word: Option<String> = transaction.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
        let Some(before) = word.as_deref().and_then(State::from_word) else { return Ok(()) };
        let after = before.gone();
        if after == before {
            return Ok(());
        }
        self.change_state(transaction, id, after)?;
        self.note(transaction, (id, Some(before), after), Some(why))
    }

    fn note(
        &self,
        transaction: &Transaction<'_>,
        (id, before, after): (i64, Option<State>, State),
        why: Option<&str>,
    ) -> rusqlite::Result<()> {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO history (finding, at, scan, from_state, to_state, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        statement.execute((id, self.started, self.id, before.map(State::as_str), after.as_str(), why))?;
        Ok(())
    }
}
