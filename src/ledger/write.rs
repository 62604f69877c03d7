//! Objects on their way into the ledger, with what was found in them.

use super::manifest::{self, ScanFacts};
use super::milliseconds;
use super::mounts::{self, Mounts};
use super::observe::Seen;
use super::record::{ScanStart, nanoseconds};
use super::scope::Scope;
use super::settle;
use crate::model::{Coverage, Examined, Finding, Object, ObjectResult, VerdictKind};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use std::collections::HashSet;
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
    /// With its location as it may be shown.
    pub(super) result: Arc<ObjectResult>,
    examined: Examined,
    evidence: Option<Vec<u8>>,
    is_reusable: bool,
}

impl Entry {
    pub(super) fn new(
        (identity, etag): ([u8; 16], Option<String>),
        object: &Object,
        (examined, evidence, is_reusable): (Examined, Option<Vec<u8>>, bool),
        result: &Arc<ObjectResult>,
    ) -> Self {
        Self {
            identity,
            size: object.size_bytes.and_then(|size| i64::try_from(size).ok()),
            modified: nanoseconds(object.modified),
            etag,
            version: object.version.clone(),
            result: result.clone(),
            examined,
            evidence,
            is_reusable,
        }
    }
}

impl Entry {
    /// What the policy does not expect.
    pub(super) fn unexpected(&self) -> impl Iterator<Item = &Finding> {
        self.result.findings.iter().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected)
    }
}

/// The scan that writes.
pub(super) struct Scan {
    pub(super) id: i64,
    scope: i64,
    /// Milliseconds since 1970.
    pub(super) started: i64,
    pub(super) set: i64,
    examination: String,
    pub(super) detectors: Vec<Arc<str>>,
    pub(super) min_confidence: i64,
    /// What it sees first is known already, and waits for nobody.
    pub(super) is_baseline: bool,
    pub(super) seen: Seen,
    /// The objects that it has met.
    met: Rows,
    /// Places of which it did not examine all.
    pub(super) gaps: HashSet<String>,
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
        (start, set, is_baseline): (&ScanStart, i64, bool),
    ) -> Self {
        let (examination, detectors) = (start.examination.clone(), start.detectors.clone());
        let min_confidence = start.min_confidence as i64;
        let (seen, met, gaps) = (Seen::default(), Rows::default(), HashSet::new());
        let scan =
            Scan { id, scope, started, set, examination, detectors, min_confidence, is_baseline, seen, met, gaps };
        Self { connection, scan, pending: Vec::new(), since: Instant::now(), is_listing_broken: false }
    }

    pub(super) fn push(&mut self, entry: Entry) -> rusqlite::Result<()> {
        self.is_listing_broken |= entry.examined == Examined::Listing
            && matches!(entry.result.coverage, Coverage::Failed(_) | Coverage::Partial(_));
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
        self.scan.seen.begin_transaction();
        let (scan, pending) = (&mut self.scan, &self.pending);
        let written = Statements::prepare(&transaction).and_then(|mut statements| {
            pending.iter().try_for_each(|entry| scan.write(&transaction, entry, &mut statements))
        });
        if let Err(error) = written.and_then(|()| transaction.commit()) {
            // The rows that it knows were never written.
            self.scan.seen.clear();
            return Err(error);
        }
        self.pending.clear();
        Ok(())
    }

    /// Objects that a complete listing does not show any more leave the ledger. Where a newer scan lists the same, it
    /// knows better.
    pub(super) fn forget_missing(&mut self, scope: &Scope) -> rusqlite::Result<()> {
        if self.is_listing_broken {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newer = scopes(&transaction, "SELECT id, scope_key FROM scans WHERE id > ?1", self.scan.id)?;
        let known = scopes(&transaction, "SELECT id, scope_key FROM scopes WHERE id > ?1", 0)?;
        let is_left = |other: &Scope| newer.iter().any(|(_, newer)| newer.covers(other));
        for (id, _) in known.iter().filter(|(_, other)| scope.covers(other) && !is_left(other)) {
            settle::forget_objects(&transaction, *id, (self.scan.id, &self.scan.met))?;
        }
        transaction.commit()
    }

    /// File systems that the scan met are remembered, and those that it takes to be gone are forgotten.
    pub(super) fn keep_mounts(&mut self, met: &Mounts, gone: &Mounts) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        mounts::keep(&transaction, self.scan.scope, met, gone)?;
        transaction.commit()
    }

    /// Findings say what their occurrences say now; a complete scan resolves those that have none.
    pub(super) fn settle(&mut self, is_complete: bool) -> rusqlite::Result<()> {
        self.scan.settle(&mut self.connection, is_complete, self.is_listing_broken)
    }

    /// Marks the end of the scan, with its manifest.
    pub(super) fn end(&mut self, facts: &ScanFacts<'_>) -> rusqlite::Result<()> {
        let now = milliseconds(OffsetDateTime::now_utc()).max(self.scan.started);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE scans SET state = ?2, finished_at = ?3, totals = ?4 WHERE id = ?1",
            (self.scan.id, facts.outcome, now, facts.totals.to_string()),
        )?;
        manifest::append(&transaction, self.scan.id, facts, now)?;
        transaction.commit()?;
        self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE);")
    }
}

/// What a statement says of scopes, with a number for each; those of other versions are left out.
pub(super) fn scopes(connection: &Connection, sql: &str, after: i64) -> rusqlite::Result<Vec<(i64, Scope)>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([after], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let parsed = rows.map(|row| row.map(|(id, key)| Some((id, serde_json::from_str(&key).ok()?))));
    parsed.filter_map(Result::transpose).collect()
}

/// A set of rows of a table.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<u64>);

impl Rows {
    fn insert(&mut self, row: i64) {
        let place = row as usize / 64;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (row % 64);
    }

    pub(super) fn contains(&self, row: i64) -> bool {
        self.0.get(row as usize / 64).is_some_and(|bits| bits & 1 << (row % 64) != 0)
    }
}

/// What is said of each object and of each thing found in it: looked up once for a transaction, since finding a prepared
/// statement costs as much as most of them.
pub(super) struct Statements<'a> {
    known: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    update: CachedStatement<'a>,
    pub(super) occurrence: CachedStatement<'a>,
}

impl<'a> Statements<'a> {
    fn prepare(transaction: &'a Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            known: transaction.prepare_cached("SELECT id, judged, scope FROM objects WHERE identity = ?1")?,
            insert: transaction.prepare_cached(
                "INSERT INTO objects (identity, version, last_scan, location, scope, size, modified, etag, coverage, \
                 reason, format, examined_scan, examination, evidence, is_reusable, judged) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?,
            update: transaction.prepare_cached(
                "UPDATE objects SET version = ?2, last_scan = max(last_scan, ?3), location = ?4, scope = ?5, size = ?6, \
                 modified = ?7, etag = ?8, coverage = ?9, reason = ?10, format = ?11, examined_scan = ?12, \
                 examination = ?13, evidence = ?14, is_reusable = ?15, judged = ?16 WHERE identity = ?1",
            )?,
            occurrence: transaction.prepare_cached(super::observe::OCCURRENCE)?,
        })
    }
}

/// Row of an object, what was said of it last, and the scope that listed it.
type Known = (i64, Option<i64>, i64);

impl Scan {
    fn write(
        &mut self,
        transaction: &Transaction<'_>,
        entry: &Entry,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        if !matches!(entry.result.coverage, Coverage::Complete | Coverage::Skipped(_)) {
            self.gaps.insert(entry.result.location.place().as_str().to_owned());
        }
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let known: Option<Known> = statements.known.query_row([entry.identity], read).optional()?;
        let judged = self.judged(entry);
        let before = known.and_then(|(_, before, _)| before);
        let object = match (known, entry.examined) {
            (Some((id, _, scope)), Examined::Listing | Examined::Memory) => {
                self.touch_object(transaction, id, scope)?
            }
            (known, _) => self.write_object(statements, entry, (known, judged))?,
        };
        self.met.insert(object);
        if entry.examined == Examined::Listing {
            return Ok(());
        }
        if entry.examined == Examined::Memory && before == judged {
            // Nothing is read and nothing is said anew: most objects of most nights.
            return self.see_all(transaction, entry);
        }
        let present = self.observe(transaction, (object, &mut statements.occurrence), entry)?;
        if before.is_some() && entry.result.coverage == Coverage::Complete {
            self.remove_others(transaction, object, entry, &present)?;
        }
        // What this scan could not have seen stays, and another scan has to look at it again.
        let has_others = || transaction.prepare_cached("SELECT 1 FROM occurrences WHERE object = ?1")?.exists([object]);
        let judged = match judged {
            None if before.is_some() && has_others()? => Some(0),
            judged => judged,
        };
        if known.is_some() && before != judged {
            let sql = "UPDATE objects SET judged = ?2 WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute((object, judged))?;
        }
        Ok(())
    }

    /// What is known of an object now. A new one is written with what is said of it, any other one keeps what was said of it
    /// until that has changed.
    fn write_object(
        &self,
        statements: &mut Statements<'_>,
        entry: &Entry,
        (known, judged): (Option<Known>, Option<i64>),
    ) -> rusqlite::Result<i64> {
        let is_read = entry.examined == Examined::Content;
        let is_judged = entry.examined != Examined::Listing;
        let judged = known.map_or(judged.filter(|_| is_judged), |(_, before, _)| before);
        let values = params![
            entry.identity,
            entry.version,
            self.id,
            entry.result.location.as_str(),
            self.scope,
            entry.size,
            entry.modified,
            entry.etag,
            entry.result.coverage.as_str(),
            entry.result.coverage.reason().map(|reason| reason.code()),
            entry.result.format,
            is_read.then_some(self.id),
            is_read.then_some(&self.examination),
            entry.evidence,
            entry.is_reusable,
            judged,
        ];
        match known {
            Some((id, ..)) => statements.update.execute(values).map(|_| id),
            None => statements.insert.insert(values),
        }
    }

    /// It was seen, and what is known of it stays. Nothing is written of it but another scope: most objects of most nights.
    fn touch_object(&self, transaction: &Transaction<'_>, id: i64, scope: i64) -> rusqlite::Result<i64> {
        if scope != self.scope {
            let sql = "UPDATE objects SET last_scan = max(last_scan, ?2), scope = ?3 WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute((id, self.id, self.scope))?;
        }
        Ok(id)
    }
}
