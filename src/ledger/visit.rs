//! Passes over all findings, for whoever puts them together: one row at a time, so that memory does not grow with the ledger.

use super::scope::Scope;
use super::stored::people;
use super::{Decision, Ledger, LedgerError, State, translated};
use crate::model::{Class, Confidence, Individuals, LOCATION_FIELD, Severity};
use rusqlite::TransactionBehavior;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One finding of a pass.
#[derive(Debug, Clone, Copy)]
pub struct Visited<'a> {
    /// Its row.
    pub id: i64,
    /// Stable identity.
    pub fingerprint: &'a str,
    /// Where, as it may be shown.
    pub location: &'a str,
    /// Field path, as it may be shown.
    pub field: &'a str,
    /// Id of the detector.
    pub detector: &'a str,
    /// Class of the records.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Records when it was last seen.
    pub records: u64,
    /// Where it stands.
    pub state: State,
    /// First observed, milliseconds since 1970.
    pub first_observed_at: i64,
    /// Last seen, milliseconds since 1970.
    pub last_seen_at: i64,
    /// The line of the history that reopened it last, 0 where none did.
    pub reopened: i64,
    /// Who decided, where somebody did.
    pub decided_by: Option<&'a str>,
    /// Complete scans of the scope that resolved it, that one included; `None` where a person did, or it is not resolved.
    pub proofs: Option<u32>,
}

/// What the objects of a group hold.
#[derive(Debug, Clone, Default)]
pub struct GroupContent {
    /// Who they are about, by the evidence that is kept.
    pub people: Individuals,
    /// Objects by the word of their coverage.
    pub coverage: BTreeMap<String, u64>,
    /// Whether the evidence of every object is kept.
    pub is_whole: bool,
}

impl Ledger {
    /// Shows every finding that has a class, ordered by location.
    pub fn visit_findings(&self, visit: &mut dyn FnMut(Visited<'_>)) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        let completions = self.completions().map_err(failed)?;
        let mut statement = self
            .connection
            .prepare(
                "SELECT id, fingerprint, location, field, detector, class, severity, confidence, record_count, state, \
                 first_observed_at, last_seen_at, \
                 coalesce((SELECT max(h.id) FROM history h WHERE h.finding = findings.id AND h.to_state = 'reopened'), 0), \
                 CASE WHEN state = 'resolved' THEN (SELECT h.scan FROM history h WHERE h.finding = findings.id \
                 AND h.to_state = 'resolved' ORDER BY h.id DESC LIMIT 1) END, decided_by \
                 FROM findings WHERE class IS NOT NULL ORDER BY location, id",
            )
            .map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let mut show = || -> rusqlite::Result<()> {
                let text = |place| row.get_ref(place).and_then(|value| Ok(value.as_str()?));
                let (Some(class), Some(state)) = (class_of(text(5)?), State::from_word(text(9)?)) else {
                    return Ok(());
                };
                let scan: Option<i64> = row.get(13)?;
                visit(Visited {
                    id: row.get(0)?,
                    fingerprint: text(1)?,
                    location: text(2)?,
                    field: text(3)?,
                    detector: text(4)?,
                    class,
                    severity: Severity::from_number(row.get(6)?).unwrap_or(Severity::None),
                    confidence: match row.get::<_, i64>(7)? {
                        0 => Confidence::Low,
                        1 => Confidence::Medium,
                        _ => Confidence::High,
                    },
                    records: row.get(8)?,
                    state,
                    first_observed_at: row.get(10)?,
                    last_seen_at: row.get(11)?,
                    reopened: row.get(12)?,
                    decided_by: row.get_ref(14)?.as_str_or_null()?,
                    proofs: scan.map(|scan| completions.get(&scan).copied().unwrap_or_default()),
                });
                Ok(())
            };
            show().map_err(failed)?;
        }
        Ok(())
    }

    /// Places in whose name, or in the name of an object in them, a detector found an identifier.
    pub fn places_that_name_somebody(&self) -> Result<HashSet<String>, LedgerError> {
        let failed = |error| self.failed(&error);
        let sql = "SELECT DISTINCT location FROM findings JOIN occurrences ON finding = findings.id \
                   WHERE occurrences.field = (SELECT id FROM texts WHERE text = ?1)";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([LOCATION_FIELD], |row| row.get(0)).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// For each scan, how many scans of its scope ended completely from it on. One that reads a sample of the objects may not
    /// have looked where another one did, so it counts for itself alone.
    fn completions(&self) -> rusqlite::Result<HashMap<i64, u32>> {
        let mut by_scope: HashMap<String, u32> = HashMap::new();
        let mut by_scan = HashMap::new();
        let mut statement = self.connection.prepare("SELECT id, scope_key, state FROM scans ORDER BY id DESC")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key: String = row.get(1)?;
            let is_sampled = serde_json::from_str::<Scope>(&key).is_ok_and(|scope| scope.sample.is_some());
            let count = by_scope.entry(key).or_default();
            let completed = u32::from(row.get_ref(2)?.as_str()? == "complete");
            *count = if is_sampled { completed } else { *count + completed };
            by_scan.insert(row.get(0)?, *count);
        }
        Ok(by_scan)
    }

    /// What the objects hold in which findings stand that are not closed. `group` says which of `content` a finding (by
    /// location and class) belongs to.
    pub fn visit_objects(
        &self,
        group: &mut dyn FnMut(&str, Class) -> Option<usize>,
        content: &mut [GroupContent],
    ) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        content.iter_mut().for_each(|content| content.is_whole = true);
        let mut statement = self
            .connection
            .prepare(
                "SELECT DISTINCT f.location, f.class, o.id, o.coverage, o.evidence FROM findings f \
                 JOIN occurrences ON occurrences.finding = f.id JOIN objects o ON o.id = occurrences.object \
                 WHERE f.class IS NOT NULL AND f.state IN ('new', 'open', 'reopened')",
            )
            .map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let mut add = || -> rusqlite::Result<()> {
                let Some(class) = class_of(row.get_ref(1)?.as_str()?) else { return Ok(()) };
                let Some(place) = group(row.get_ref(0)?.as_str()?, class) else { return Ok(()) };
                let Some(content) = content.get_mut(place) else { return Ok(()) };
                *content.coverage.entry(row.get(3)?).or_default() += 1;
                let evidence = row.get_ref(4)?.as_blob_or_null()?;
                match (evidence.and_then(people), class) {
                    (Some([phi, _]), Class::Phi) => content.people.merge(&phi),
                    (Some([_, pii]), Class::Pii) => content.people.merge(&pii),
                    (None, _) => content.is_whole = false,
                    _ => {}
                }
                Ok(())
            };
            add().map_err(failed)?;
        }
        Ok(())
    }

    /// Decides about many findings at once, by their rows; those for which the decision makes no sense any more are left.
    pub fn decide_rows(&mut self, rows: &[i64], decision: &Decision, now: i64) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let failed = |error| translated(&path, &error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for id in rows {
            let sql = "SELECT state FROM findings WHERE id = ?1";
            let word: String = transaction.query_row(sql, [id], |row| row.get(0)).map_err(failed)?;
            if let Some(before) = State::from_word(&word) {
                super::decide::write(&transaction, (*id, before), decision, now).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)
    }
}

fn class_of(word: &str) -> Option<Class> {
    [Class::Phi, Class::Pii, Class::Health].into_iter().find(|class| class.as_str() == word)
}
