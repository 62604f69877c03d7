//! Passes over the whole ledger for a report: findings as they are told, what objects hold, how they are covered, what
//! scans did. One row at a time, and all of one moment.

use super::findings::{COLUMNS, condition, finding_row, severity_word};
use super::scope::Scope;
use super::stored;
use super::{Filter, FindingRow, Ledger, LedgerError, State};
use crate::model::{EvidenceFlags, Individuals};
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use std::collections::HashMap;

/// One scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanRow {
    /// Its row, by which changes name it.
    pub row: i64,
    /// Its id.
    pub scan_id: String,
    /// What it covers, as URIs or globs.
    pub targets: Vec<String>,
    /// Whether something narrows what it reads.
    pub is_narrowed: bool,
    /// `running`, `complete` or `interrupted`.
    pub state: String,
    /// When it started, milliseconds since 1970.
    pub started_at: i64,
    /// When it ended, milliseconds since 1970; `None` where it did not.
    pub finished_at: Option<i64>,
    /// What it counted, as a JSON object; null where it did not end by itself.
    pub totals: serde_json::Value,
    /// The last line of the history when it ended; `None` where it left no manifest.
    pub history: Option<i64>,
}

/// One line of the history of all findings.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Its row.
    pub row: i64,
    /// Row of the finding.
    pub finding: i64,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// State before; `None` when it was first observed.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// Who did it, where a person did.
    pub who: Option<&'a str>,
    /// Why.
    pub why: Option<&'a str>,
}

/// What was found of one finding in one field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Row of the finding.
    pub finding: i64,
    /// Field path, as it may be shown.
    pub field: String,
    /// Severity as a number, and its word.
    pub severity: (i64, &'static str),
    /// Records that hold it.
    pub records: u64,
    /// What spoke for it; nothing where the evidence is not kept.
    pub evidence: EvidenceFlags,
}

/// An object that holds findings.
#[derive(Debug)]
pub struct HeldObject {
    /// As it may be shown.
    pub location: String,
    /// The word of its coverage.
    pub coverage: String,
    /// The people of its PHI records; `None` where the evidence is not kept.
    pub people: Option<Individuals>,
    /// What it holds.
    pub occurrences: Vec<Occurrence>,
}

impl Ledger {
    /// As long as it lives, all questions are answered from one moment, whatever scans write meanwhile.
    pub fn one_moment(&self) -> Result<Moment<'_>, LedgerError> {
        let transaction = self.connection.unchecked_transaction().map_err(|error| self.failed(&error))?;
        Ok(Moment { _transaction: transaction })
    }

    /// All scans, the first one first.
    pub fn scans(&self) -> Result<Vec<ScanRow>, LedgerError> {
        let failed = |error| self.failed(&error);
        let sql = "SELECT scans.id, scan_id, scope, state, started_at, finished_at, totals, \
                   (SELECT max(json_extract(body, '$.history.last')) FROM manifests WHERE scan = scans.id) \
                   FROM scans ORDER BY scans.id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], scan_row).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Shows the findings of a filter with their rows: those that wait for somebody first, of them the worst.
    pub fn visit_rows(&self, filter: &Filter, visit: &mut dyn FnMut(i64, FindingRow)) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        let (condition, values) = condition(filter);
        let active: Vec<_> = State::ALL.iter().filter(|state| state.is_active()).collect();
        let active: Vec<_> = active.iter().map(|state| format!("'{}'", state.as_str())).collect();
        let sql = format!(
            "SELECT {COLUMNS}, id FROM findings WHERE {condition} \
             ORDER BY state IN ({}) DESC, severity DESC, class = 'phi' DESC, record_count DESC, id",
            active.join(", ")
        );
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let id = statement.column_count() - 1;
        let mut rows = statement.query(params_from_iter(&values)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            visit(row.get(id).map_err(failed)?, finding_row(row).map_err(failed)?);
        }
        Ok(())
    }

    /// Shows what became of findings, in the order in which it did.
    pub fn visit_changes(&self, visit: &mut dyn FnMut(Change<'_>)) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        let sql = "SELECT id, finding, at, from_state, to_state, who, why FROM history ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let change = change(row).map_err(failed)?;
            change.into_iter().for_each(&mut *visit);
        }
        Ok(())
    }

    /// Shows of every object its location, the word of its coverage, and the code of the reason where it has one.
    pub fn visit_coverage(&self, visit: &mut dyn FnMut(&str, &str, Option<&str>)) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        let mut statement =
            self.connection.prepare("SELECT location, coverage, reason FROM objects ORDER BY id").map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let mut show = || -> rusqlite::Result<()> {
                let reason = row.get_ref(2)?.as_str_or_null()?;
                visit(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, reason);
                Ok(())
            };
            show().map_err(failed)?;
        }
        Ok(())
    }

    /// Shows every object that holds a finding.
    pub fn visit_held(&self, visit: &mut dyn FnMut(HeldObject)) -> Result<(), LedgerError> {
        let failed = |error| self.failed(&error);
        let detectors = detectors_by_finding(&self.connection).map_err(failed)?;
        // In the order of the objects, so that the evidence of each is unpacked once.
        let sql = "SELECT o.id, o.location, o.coverage, o.evidence, finding, text, severity, record_count \
                   FROM objects AS o CROSS JOIN occurrences ON object = o.id CROSS JOIN texts ON texts.id = field \
                   WHERE o.judged IS NOT NULL ORDER BY o.id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut current: Option<(i64, HeldObject, Option<stored::Stored>)> = None;
        while let Some(row) = rows.next().map_err(failed)? {
            let mut take = || -> rusqlite::Result<Option<HeldObject>> {
                let id: i64 = row.get(0)?;
                let mut done = None;
                if current.as_ref().is_none_or(|(known, ..)| *known != id) {
                    done = current.take().map(|(_, object, _)| object);
                    let told = row.get_ref(3)?.as_blob_or_null()?.and_then(stored::read);
                    let people = told.as_ref().map(|told| told.phi_people.clone());
                    let object =
                        HeldObject { location: row.get(1)?, coverage: row.get(2)?, people, occurrences: Vec::new() };
                    current = Some((id, object, told));
                }
                if let Some((_, object, told)) = &mut current {
                    object.occurrences.push(occurrence(row, &detectors, told.as_ref())?);
                }
                Ok(done)
            };
            take().map_err(failed)?.into_iter().for_each(&mut *visit);
        }
        current.into_iter().for_each(|(_, object, _)| visit(object));
        Ok(())
    }
}

/// One moment of a ledger, see [`Ledger::one_moment`].
pub struct Moment<'a> {
    _transaction: Transaction<'a>,
}

fn scan_row(row: &Row<'_>) -> rusqlite::Result<ScanRow> {
    let scope: Option<Scope> = serde_json::from_str(row.get_ref(2)?.as_str()?).ok();
    let totals: Option<String> = row.get(6)?;
    Ok(ScanRow {
        row: row.get(0)?,
        scan_id: row.get(1)?,
        is_narrowed: scope.as_ref().is_some_and(|scope| !scope.selection.is_empty()),
        targets: scope.map_or(Vec::new(), |scope| scope.targets),
        state: row.get(3)?,
        started_at: row.get(4)?,
        finished_at: row.get(5)?,
        totals: totals.and_then(|totals| serde_json::from_str(&totals).ok()).unwrap_or_default(),
        history: row.get(7)?,
    })
}

fn change<'a>(row: &'a Row<'_>) -> rusqlite::Result<Option<Change<'a>>> {
    let Some(to) = State::from_word(row.get_ref(4)?.as_str()?) else { return Ok(None) };
    Ok(Some(Change {
        row: row.get(0)?,
        finding: row.get(1)?,
        at: row.get(2)?,
        from: row.get_ref(3)?.as_str_or_null()?.and_then(State::from_word),
        to,
        who: row.get_ref(5)?.as_str_or_null()?,
        why: row.get_ref(6)?.as_str_or_null()?,
    }))
}

fn occurrence(
    row: &Row<'_>,
    detectors: &HashMap<i64, String>,
    told: Option<&stored::Stored>,
) -> rusqlite::Result<Occurrence> {
    let (finding, field): (i64, String) = (row.get(4)?, row.get(5)?);
    let detector = detectors.get(&finding).map_or("", String::as_str);
    let found = told.and_then(|told| told.found.iter().find(|(path, id, _)| *path == field && id == detector));
    let severity = row.get(6)?;
    Ok(Occurrence {
        finding,
        severity: (severity, severity_word(severity)),
        records: row.get(7)?,
        evidence: found.map_or_else(EvidenceFlags::default, |(_, _, found)| found.evidence),
        field,
    })
}

fn detectors_by_finding(connection: &Connection) -> rusqlite::Result<HashMap<i64, String>> {
    let mut statement = connection.prepare("SELECT id, detector FROM findings")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
