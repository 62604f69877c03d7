//! What people decide about findings: who, why, and until when. Each decision is a line of the finding's history.

use super::{Ledger, LedgerError, State, milliseconds};
use rusqlite::{Transaction, TransactionBehavior};
use time::OffsetDateTime;

/// A decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What the finding becomes.
    pub state: State,
    /// Who decides.
    pub who: String,
    /// Why.
    pub why: String,
    /// When it ends by itself, milliseconds since 1970; `None` for never.
    pub until: Option<i64>,
}

impl Ledger {
    /// Decides about the findings whose fingerprints begin with `prefixes`, all of them or none, and returns the whole
    /// fingerprints.
    pub fn decide(&self, prefixes: &[String], decision: &Decision) -> Result<Vec<String>, LedgerError> {
        let failed = |error| self.failed(&error);
        let now = milliseconds(OffsetDateTime::now_utc());
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(failed)?;
        let mut decided: Vec<String> = Vec::with_capacity(prefixes.len());
        for prefix in prefixes {
            let (id, before) = self.one(prefix)?;
            let fingerprint: String = transaction
                .query_row("SELECT fingerprint FROM findings WHERE id = ?1", [id], |row| row.get(0))
                .map_err(failed)?;
            // Named twice, it is decided about once.
            if decided.contains(&fingerprint) {
                continue;
            }
            if !is_possible(before, decision.state) {
                let (state, wanted) = (before.as_str(), decision.state.as_str());
                return Err(LedgerError::Decision { fingerprint, state, wanted });
            }
            write(&transaction, (id, before), decision, now).map_err(failed)?;
            decided.push(fingerprint);
        }
        transaction.commit().map_err(failed)?;
        Ok(decided)
    }
}

/// Writes a decision about one row, where it makes sense in its state.
pub(super) fn write(
    transaction: &Transaction<'_>,
    (id, before): (i64, State),
    decision: &Decision,
    now: i64,
) -> rusqlite::Result<()> {
    let after = decision.state;
    if !is_possible(before, after) {
        return Ok(());
    }
    // Where nothing is left of it, the next complete scan of its place says so again.
    transaction
        .prepare_cached(
            "UPDATE findings SET state = ?2, changed_at = ?3, decided_by = ?4, decided_why = ?5, decided_until = ?6, \
             is_stale = is_stale OR (?2 = 'reopened' AND object_count = 0) WHERE id = ?1",
        )?
        .execute((id, after.as_str(), now, &decision.who, &decision.why, decision.until))?;
    transaction
        .prepare_cached(
            "INSERT INTO history (finding, at, from_state, to_state, who, why, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((id, now, before.as_str(), after.as_str(), &decision.who, &decision.why, decision.until))?;
    Ok(())
}

/// Only what is closed can be reopened, and only what is not resolved can be resolved.
fn is_possible(before: State, after: State) -> bool {
    match after {
        State::Reopened => !before.is_active(),
        State::Resolved => before != State::Resolved,
        _ => true,
    }
}
