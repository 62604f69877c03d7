//! The end of a scan: findings are made to say what their occurrences say now, and those without any are resolved.
//!
//! Only here, because an object that no longer holds a finding may come before another one of the same place that does.

use super::life::State;
use super::observe::mark_stale;
use super::scope::Scope;
use super::stored;
use super::write::{Rows, Scan, scopes};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

/// Findings of one transaction, so that other scans on the same ledger get their turn.
const BATCH: u32 = 1000;

/// A finding whose occurrences have changed.
struct Stale {
    id: i64,
    location: String,
    detector: String,
    state: State,
    severity: i64,
    gone_because: Option<String>,
    /// Until when a person's decision stands.
    decided_until: Option<i64>,
    /// The scan that saw it last.
    last_scan: i64,
}

impl Scan {
    /// Settles what is stale. Only a complete scan resolves: `is_complete`. Where places were not listed, it may have missed
    /// what nobody has proved to be gone: `is_listing_broken`.
    pub(super) fn settle(
        &self,
        connection: &mut Connection,
        is_complete: bool,
        is_listing_broken: bool,
    ) -> rusqlite::Result<()> {
        if is_complete {
            // What was proved to be gone while a decision stood is resolved when that ends.
            connection.execute(
                "UPDATE findings SET is_stale = 1, gone_because = coalesce(gone_because, 'the decision expired, and \
                 nothing is left of it') WHERE object_count = 0 AND state IN ('suppressed', 'accepted') \
                 AND decided_until <= ?1 AND NOT is_stale",
                [self.started],
            )?;
        }
        let mut last = 0;
        loop {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let batch = stale_after(&transaction, last)?;
            for stale in &batch {
                self.settle_one(&transaction, stale, (is_complete, is_listing_broken))?;
            }
            transaction.commit()?;
            match batch.last() {
                Some(stale) => last = stale.id,
                None => return Ok(()),
            }
        }
    }

    fn settle_one(
        &self,
        transaction: &Transaction<'_>,
        stale: &Stale,
        (is_complete, is_listing_broken): (bool, bool),
    ) -> rusqlite::Result<()> {
        let (objects, severity) = sum_up(transaction, stale)?;
        // It stays stale: a scan that comes to its end says that it is gone. What a person has reopened since is looked
        // for by a scan of as much as the one that saw it.
        let is_seen_gone = stale.gone_because.is_some() || (!is_listing_broken && self.looks_at(transaction, stale)?);
        if objects == 0 && !(is_complete && is_seen_gone) {
            return Ok(());
        }
        let why = stale.gone_because.as_deref().unwrap_or("a complete scan does not find it");
        let is_expired = stale.decided_until.is_some_and(|until| until <= self.started);
        let (after, why) = match (objects, stale.state) {
            (0, State::Suppressed | State::Accepted) if is_expired => (State::Resolved, Some(why)),
            (0, state) => (state.gone(), Some(why)),
            (_, State::Baseline) if severity > stale.severity && !self.brought(transaction, stale)? => {
                (State::Open, Some("it is worse than in the baseline"))
            }
            (_, state) => (state, None),
        };
        if after != stale.state {
            self.change_state(transaction, stale.id, after)?;
            self.note(transaction, (stale.id, Some(stale.state), after), why)?;
        }
        let sql = "UPDATE findings SET is_stale = 0, gone_because = NULL WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute([stale.id])?;
        Ok(())
    }

    /// Whether the finding came with this scan.
    fn brought(&self, transaction: &Transaction<'_>, stale: &Stale) -> rusqlite::Result<bool> {
        let sql = "SELECT scan FROM history WHERE finding = ?1 ORDER BY id LIMIT 1";
        let first: Option<i64> = transaction.prepare_cached(sql)?.query_row([stale.id], |row| row.get(0))?;
        Ok(first == Some(self.id))
    }

    /// Whether this scan would have seen the finding: it looked wherever the one did that saw it last, with the detector in
    /// force, of the same set or a newer one and at that confidence, and nothing of the place was left out.
    fn looks_at(&self, transaction: &Transaction<'_>, stale: &Stale) -> rusqlite::Result<bool> {
        if self.gaps.contains(&stale.location) || self.detectors.iter().all(|known| **known != *stale.detector) {
            return Ok(false);
        }
        let scan = |id: i64| -> rusqlite::Result<(Option<Scope>, i64, i64)> {
            let sql = "SELECT scope_key, detector_set, min_confidence FROM scans WHERE id = ?1";
            let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?));
            let (key, set, confidence) = transaction.prepare_cached(sql)?.query_row([id], read)?;
            Ok((serde_json::from_str(&key).ok(), set, confidence))
        };
        let (mine, other) = (scan(self.id)?, scan(stale.last_scan)?);
        Ok(match (mine, other) {
            ((Some(mine), ..), (Some(other), set, confidence)) => {
                mine.examines(&other) && self.set >= set && self.min_confidence <= confidence
            }
            _ => false,
        })
    }
}

fn stale_after(transaction: &Transaction<'_>, last: i64) -> rusqlite::Result<Vec<Stale>> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, detector, state, severity, gone_because, decided_until, last_scan, location FROM findings \
         WHERE is_stale AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map((last, BATCH), |row| {
        Ok(Stale {
            id: row.get(0)?,
            detector: row.get(1)?,
            state: State::from_word(&row.get::<_, String>(2)?).unwrap_or(State::Open),
            severity: row.get(3)?,
            gone_because: row.get(4)?,
            decided_until: row.get(5)?,
            last_scan: row.get(6)?,
            location: row.get(7)?,
        })
    })?;
    rows.collect()
}

/// What the occurrences of a finding say together.
#[derive(Default)]
struct Sum {
    objects: i64,
    values: i64,
    records: i64,
    class: Option<i64>,
    severity: i64,
    confidence: i64,
    /// The worst one: object, field and reason.
    worst: (i64, i64, i64),
}

/// One pass over them, which stand object by object: it is made of all that a scan has found.
fn sum_of(transaction: &Transaction<'_>, finding: i64) -> rusqlite::Result<Option<Sum>> {
    let mut statement = transaction.prepare_cached(
        "SELECT object, field, because, class, severity, confidence, value_count, record_count FROM occurrences \
         WHERE finding = ?1 ORDER BY object, field",
    )?;
    let mut rows = statement.query([finding])?;
    let (mut sum, mut last, mut worst) = (Sum::default(), None, None);
    while let Some(row) = rows.next()? {
        let object: i64 = row.get(0)?;
        let (class, severity, confidence): (Option<i64>, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let records: i64 = row.get(7)?;
        sum.objects += i64::from(last.replace(object) != Some(object));
        sum.values = sum.values.saturating_add(row.get(6)?);
        sum.records = sum.records.saturating_add(records);
        sum.class = sum.class.max(class);
        sum.severity = sum.severity.max(severity);
        sum.confidence = sum.confidence.max(confidence);
        let rank = Some((severity, class, records));
        if rank > worst {
            worst = rank;
            sum.worst = (object, row.get(1)?, row.get(2)?);
        }
    }
    Ok(last.map(|_| sum))
}

/// Writes counts and the worst of each; returns how many objects there are and the severity. What is gone keeps what was
/// known of it last.
fn sum_up(transaction: &Transaction<'_>, stale: &Stale) -> rusqlite::Result<(i64, i64)> {
    let Some(sum) = sum_of(transaction, stale.id)? else {
        let sql = "UPDATE findings SET object_count = 0 WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute([stale.id])?;
        return Ok((0, stale.severity));
    };
    let (because, samples) = transaction
        .prepare_cached(
            "SELECT (SELECT text FROM texts WHERE id = ?2), (SELECT text FROM texts WHERE id = ?3), evidence \
             FROM objects WHERE id = ?1",
        )?
        .query_row(sum.worst, |row| {
            let (field, because): (String, String) = (row.get(0)?, row.get(1)?);
            let evidence = row.get_ref(2)?.as_blob_or_null()?;
            let samples = evidence.and_then(|evidence| stored::samples(evidence, &field, &stale.detector));
            Ok((because, samples))
        })?;
    let class = sum.class.map(|class| ["health", "pii", "phi"].get(class as usize));
    transaction
        .prepare_cached(
            "UPDATE findings SET object_count = ?2, value_count = ?3, record_count = ?4, class = ?5, severity = ?6, \
             confidence = ?7, because = ?8, samples = coalesce(?9, samples) WHERE id = ?1",
        )?
        .execute(params![
            stale.id,
            sum.objects,
            sum.values,
            sum.records,
            class.flatten(),
            sum.severity,
            sum.confidence,
            because,
            samples
        ])?;
    Ok((sum.objects, sum.severity))
}

/// Identities and locations of the objects that a complete listing of this scope may prove to be gone, of those whose
/// locations begin with `start`.
pub(super) fn known_objects(
    connection: &Connection,
    scope: &Scope,
    start: &str,
) -> rusqlite::Result<Vec<([u8; 16], String)>> {
    let known = scopes(connection, "SELECT id, scope_key FROM scopes WHERE id > ?1", 0)?;
    let mut statement =
        connection.prepare("SELECT identity, location FROM objects WHERE scope = ?1 ORDER BY location")?;
    let mut objects = Vec::new();
    for (id, _) in known.iter().filter(|(_, other)| scope.covers(other)) {
        for row in statement.query_map([id], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))? {
            objects.extend(Some(row?).filter(|(_, location)| location.starts_with(start)));
        }
    }
    Ok(objects)
}

/// Objects of a scope that the scan has not met, and that none has written since, leave the ledger.
pub(super) fn forget_objects(
    transaction: &Transaction<'_>,
    scope: i64,
    (scan, met): (i64, &Rows),
) -> rusqlite::Result<()> {
    let mut gone: Vec<i64> = Vec::new();
    {
        let sql = "SELECT id FROM objects WHERE scope = ?1 AND last_scan <= ?2";
        let mut statement = transaction.prepare_cached(sql)?;
        for row in statement.query_map((scope, scan), |row| row.get(0))? {
            let id = row?;
            gone.extend((!met.contains(id)).then_some(id));
        }
    }
    for object in gone {
        let mut statement = transaction.prepare_cached("SELECT DISTINCT finding FROM occurrences WHERE object = ?1")?;
        let findings: Vec<i64> = statement.query_map([object], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for finding in findings {
            mark_stale(transaction, finding, Some("the object is gone"))?;
        }
        // The scan looks after references itself, see `Recorder::begin`.
        transaction.prepare_cached("DELETE FROM occurrences WHERE object = ?1")?.execute([object])?;
        transaction.prepare_cached("DELETE FROM objects WHERE id = ?1")?.execute([object])?;
    }
    Ok(())
}
