//! The end of a scan: findings are made to say what their occurrences say now, and those without any are resolved.
//!
//! Only here, because an object that no longer holds a finding may come before another one of the same place that does.

use super::life::State;
use super::observe::mark_stale;
use super::stored;
use super::write::{Rows, Scan};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Findings of one transaction, so that other scans on the same ledger get their turn.
const BATCH: u32 = 1000;

/// A finding whose occurrences have changed.
struct Stale {
    id: i64,
    detector: String,
    state: State,
    severity: i64,
    first_observed_at: i64,
    gone_because: Option<String>,
}

impl Scan {
    /// Settles what is stale. Only a complete scan resolves: `is_complete`.
    pub(super) fn settle(&self, connection: &mut Connection, is_complete: bool) -> rusqlite::Result<()> {
        let mut last = 0;
        loop {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let batch = stale_after(&transaction, last)?;
            for stale in &batch {
                self.settle_one(&transaction, stale, is_complete)?;
            }
            transaction.commit()?;
            match batch.last() {
                Some(stale) => last = stale.id,
                None => return Ok(()),
            }
        }
    }

    fn settle_one(&self, transaction: &Transaction<'_>, stale: &Stale, is_complete: bool) -> rusqlite::Result<()> {
        let (objects, severity) = sum_up(transaction, stale)?;
        if objects == 0 && !is_complete {
            // It stays stale: a scan that comes to its end says that it is gone.
            return Ok(());
        }
        let why = stale.gone_because.as_deref();
        let (after, why) = match (objects, stale.state) {
            (0, state) => (state.gone(), why),
            (_, State::Baseline) if severity > stale.severity && stale.first_observed_at < self.started => {
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
}

fn stale_after(transaction: &Transaction<'_>, last: i64) -> rusqlite::Result<Vec<Stale>> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, detector, state, severity, first_observed_at, gone_because FROM findings \
         WHERE is_stale AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map((last, BATCH), |row| {
        Ok(Stale {
            id: row.get(0)?,
            detector: row.get(1)?,
            state: State::from_word(&row.get::<_, String>(2)?).unwrap_or(State::Open),
            severity: row.get(3)?,
            first_observed_at: row.get(4)?,
            gone_because: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Writes counts and the worst of each; returns how many objects there are and the severity. What is gone keeps what was
/// known of it last.
fn sum_up(transaction: &Transaction<'_>, stale: &Stale) -> rusqlite::Result<(i64, i64)> {
    let worst = transaction
        .prepare_cached(
            "SELECT object, field.text, because.text, evidence FROM occurrences \
             JOIN texts AS field ON field.id = occurrences.field JOIN texts AS because ON because.id = because \
             JOIN objects ON objects.id = object WHERE finding = ?1 \
             ORDER BY severity DESC, class DESC, record_count DESC, object LIMIT 1",
        )?
        .query_row([stale.id], |row| {
            Ok((row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, Option<Vec<u8>>>(3)?))
        })
        .optional()?;
    let Some((field, because, evidence)) = worst else {
        let sql = "UPDATE findings SET object_count = 0 WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute([stale.id])?;
        return Ok((0, stale.severity));
    };
    let samples = evidence.and_then(|evidence| stored::samples(&evidence, &field, &stale.detector));
    transaction
        .prepare_cached(
            "UPDATE findings SET (object_count, value_count, record_count, class, severity, confidence) = \
             (SELECT count(DISTINCT object), sum(value_count), sum(record_count), \
             CASE max(class) WHEN 0 THEN 'health' WHEN 1 THEN 'pii' WHEN 2 THEN 'phi' END, max(severity), max(confidence) \
             FROM occurrences WHERE finding = ?1), because = ?2, samples = coalesce(?3, samples) \
             WHERE id = ?1 RETURNING object_count, severity",
        )?
        .query_row(params![stale.id, because, samples], |row| Ok((row.get(0)?, row.get(1)?)))
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
        transaction.prepare_cached("DELETE FROM objects WHERE id = ?1")?.execute([object])?;
    }
    Ok(())
}
