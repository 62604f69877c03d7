//! Questions to the ledger: lists of findings with filters, order and pages; one finding with its history.

use super::breach::{self, BreachClock};
use super::{Ledger, LedgerError, State, stored, written};
use crate::model::{Class, Individuals, Severity};
use rusqlite::{Row, params_from_iter};
use serde::Serialize;
use time::OffsetDateTime;

/// Which findings are wanted. Everything left out is not asked.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// States; all where there are none.
    pub states: Vec<State>,
    /// Lowest severity.
    pub min_severity: Option<Severity>,
    /// A class.
    pub class: Option<Class>,
    /// Id of a detector.
    pub detector: Option<String>,
    /// A part of the place.
    pub location: Option<String>,
    /// First observed at or after this, milliseconds since 1970.
    pub observed_since: Option<i64>,
}

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The worst first, of those the oldest.
    #[default]
    Severity,
    /// The newest first.
    FirstObserved,
    /// The one that was seen last first.
    LastSeen,
    /// The one that changed its state last first.
    Changed,
    /// By location.
    Location,
    /// The one with the most records first.
    Records,
}

impl Order {
    fn sql(self) -> &'static str {
        match self {
            Self::Severity => "severity DESC, first_observed_at, id",
            Self::FirstObserved => "first_observed_at DESC, severity DESC, id",
            Self::LastSeen => "last_seen_at DESC, severity DESC, id",
            Self::Changed => "changed_at DESC, severity DESC, id",
            Self::Location => "location, field, detector, id",
            Self::Records => "record_count DESC, severity DESC, id",
        }
    }
}

/// One finding of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingRow {
    /// Stable identity.
    pub fingerprint: String,
    /// The word of its state.
    pub state: String,
    /// The word of its severity.
    pub severity: &'static str,
    /// Class of the records.
    pub class: Option<String>,
    /// The place, as it may be shown: a folder or key prefix with its changing parts as `*`, or a table.
    pub location: String,
    /// The column of a table; elsewhere empty, since a finding is of all fields of a place.
    pub field: String,
    /// Id of the detector.
    pub detector: String,
    /// The word of its confidence.
    pub confidence: &'static str,
    /// Objects that hold it.
    pub objects: i64,
    /// Matching values in all of them.
    pub values: i64,
    /// Records, added up object by object and field by field.
    pub records: i64,
    /// When it was first observed; never changes.
    pub first_observed_at: String,
    /// When it was last seen.
    pub last_seen_at: String,
    /// When its state changed.
    pub changed_at: String,
    /// Of PHI, the 60th day after it was first observed: the last one for notices if it was a breach and is discovered then.
    pub day_60: Option<String>,
    /// Masked samples.
    pub samples: Vec<String>,
    /// What the policy said.
    pub because: String,
    /// Who decided, where somebody did.
    pub decided_by: Option<String>,
    /// Why.
    pub decided_why: Option<String>,
    /// Until when.
    pub decided_until: Option<String>,
}

/// One change of a finding's state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryRow {
    /// When.
    pub at: String,
    /// State before; `None` when it was first observed.
    pub from: Option<String>,
    /// State after.
    pub to: String,
    /// Id of the scan that did it, where one did.
    pub scan_id: Option<String>,
    /// Who did it, where a person did.
    pub who: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

/// What was found of a finding in one field of one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OccurrenceRow {
    /// The object, as it may be shown.
    pub location: String,
    /// Its version, where versions are listed.
    pub version: Option<String>,
    /// Field path, as it may be shown.
    pub field: String,
    /// The word of the severity.
    pub severity: &'static str,
    /// The word of the confidence.
    pub confidence: &'static str,
    /// Matching values.
    pub values: i64,
    /// Records that hold them.
    pub records: i64,
    /// How the object was covered when it was examined last.
    pub coverage: String,
}

/// One finding with its objects and its history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingDetails {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingRow,
    /// What to assess of PHI that is where it is not expected, and until when.
    pub breach: Option<BreachClock>,
    /// What holds it, the worst first; not all of it where there is a lot.
    pub occurrences: Vec<OccurrenceRow>,
    /// Its changes, the first one first.
    pub history: Vec<HistoryRow>,
}

pub(super) const COLUMNS: &str = "fingerprint, state, severity, class, location, field, detector, confidence, object_count, \
     value_count, record_count, first_observed_at, last_seen_at, changed_at, samples, because, decided_by, decided_why, decided_until";

impl Ledger {
    /// A page of findings, and how many there are on all pages.
    pub fn findings(
        &self,
        filter: &Filter,
        order: Order,
        (limit, offset): (u32, u32),
    ) -> Result<(Vec<FindingRow>, u64), LedgerError> {
        let (condition, values) = condition(filter);
        let failed = |error| self.failed(&error);
        let sql = format!("SELECT count(*) FROM findings WHERE {condition}");
        let count = self.connection.query_row(&sql, params_from_iter(&values), |row| row.get(0)).map_err(failed)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM findings WHERE {condition} ORDER BY {} LIMIT {limit} OFFSET {offset}",
            order.sql()
        );
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let rows = statement.query_map(params_from_iter(&values), finding_row).map_err(failed)?;
        Ok((rows.collect::<Result<_, _>>().map_err(failed)?, count))
    }

    /// At most so many findings whose fingerprints begin so, the worst first.
    pub fn findings_that_begin(&self, prefix: &str, limit: u32) -> Result<Vec<FindingRow>, LedgerError> {
        if !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let failed = |error| self.failed(&error);
        // Without a beginning the index of severities gives the first ones; else few are left to be sorted.
        let condition = if prefix.is_empty() { "?1 = ''" } else { "fingerprint >= ?1 AND fingerprint < ?1 || 'g'" };
        let order = Order::Severity.sql();
        let sql = format!("SELECT {COLUMNS} FROM findings WHERE {condition} ORDER BY {order} LIMIT {limit}");
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let rows = statement.query_map([prefix.to_ascii_lowercase()], finding_row).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Every finding in one pass, as they stand when it begins, so that memory does not grow with the ledger.
    pub fn each_finding<E: From<LedgerError>>(
        &self,
        filter: &Filter,
        order: Order,
        mut visit: impl FnMut(&FindingRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let (condition, values) = condition(filter);
        let failed = |error| E::from(self.failed(&error));
        let sql = format!("SELECT {COLUMNS} FROM findings WHERE {condition} ORDER BY {}", order.sql());
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        for row in statement.query_map(params_from_iter(&values), finding_row).map_err(failed)? {
            visit(&row.map_err(failed)?)?;
        }
        Ok(())
    }

    /// The one finding whose fingerprint begins with `prefix`, with at most so many of its occurrences.
    pub fn finding(&self, prefix: &str, occurrences: u32) -> Result<FindingDetails, LedgerError> {
        let (id, _) = self.one(prefix)?;
        let failed = |error| self.failed(&error);
        let sql = format!("SELECT {COLUMNS} FROM findings WHERE id = ?1");
        let finding = self.connection.query_row(&sql, [id], finding_row).map_err(failed)?;
        let sql = "SELECT location, version, text, severity, confidence, value_count, record_count, coverage \
                   FROM occurrences JOIN objects ON objects.id = object JOIN texts ON texts.id = field \
                   WHERE finding = ?1 ORDER BY severity DESC, record_count DESC, object, field LIMIT ?2";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((id, occurrences), occurrence_row).map_err(failed)?;
        let occurrences = rows.collect::<Result<_, _>>().map_err(failed)?;
        let sql = "SELECT at, from_state, to_state, scan_id, who, why, until FROM history \
                   LEFT JOIN scans ON scans.id = history.scan WHERE finding = ?1 ORDER BY history.id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let history = statement.query_map([id], history_row).map_err(failed)?;
        let history = history.collect::<Result<_, _>>().map_err(failed)?;
        let breach = breach::clock(&finding, self.individuals(id).map_err(failed)?, OffsetDateTime::now_utc());
        Ok(FindingDetails { finding, breach, occurrences, history })
    }

    /// The people of the PHI records of a finding's objects; `None` where nothing is kept of them.
    fn individuals(&self, id: i64) -> rusqlite::Result<Option<u64>> {
        let sql = "SELECT evidence FROM objects WHERE evidence IS NOT NULL \
                   AND id IN (SELECT object FROM occurrences WHERE finding = ?1)";
        let mut statement = self.connection.prepare(sql)?;
        let mut people: Option<Individuals> = None;
        for evidence in statement.query_map([id], |row| row.get::<_, Vec<u8>>(0))? {
            if let Some(more) = stored::phi_people(&evidence?) {
                people.get_or_insert_default().merge(&more);
            }
        }
        Ok(people.map(|people| people.count()))
    }

    /// Row and state of the one finding whose fingerprint begins with `prefix`.
    pub(super) fn one(&self, prefix: &str) -> Result<(i64, State), LedgerError> {
        let failed = |error| self.failed(&error);
        let not_one = |count| LedgerError::Fingerprint { prefix: prefix.to_owned(), count };
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(not_one(0));
        }
        let prefix = prefix.to_ascii_lowercase();
        let sql = "SELECT id, state FROM findings WHERE fingerprint >= ?1 AND fingerprint < ?1 || 'g' LIMIT 100";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement
            .query_map([&prefix], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
            .map_err(failed)?;
        let found: Vec<_> = rows.collect::<Result<_, _>>().map_err(failed)?;
        match &found[..] {
            [(id, word)] => Ok((*id, State::from_word(word).unwrap_or(State::Open))),
            found => Err(not_one(found.len())),
        }
    }
}

pub(super) fn condition(filter: &Filter) -> (String, Vec<rusqlite::types::Value>) {
    let mut condition = "1".to_owned();
    let mut values: Vec<rusqlite::types::Value> = Vec::new();
    let mut add = |text: &str, value: rusqlite::types::Value| {
        values.push(value);
        condition.push_str(&format!(" AND {}", text.replace('?', &format!("?{}", values.len()))));
    };
    if let Some(severity) = filter.min_severity {
        add("severity >= ?", (severity as i64).into());
    }
    if let Some(class) = filter.class {
        add("class = ?", class.as_str().to_owned().into());
    }
    if let Some(detector) = &filter.detector {
        add("detector = ?", detector.clone().into());
    }
    if let Some(location) = &filter.location {
        add("instr(location, ?) > 0", location.clone().into());
    }
    if let Some(since) = filter.observed_since {
        add("first_observed_at >= ?", since.into());
    }
    if !filter.states.is_empty() {
        let words: Vec<_> = filter.states.iter().map(|state| format!("'{}'", state.as_str())).collect();
        condition.push_str(&format!(" AND state IN ({})", words.join(", ")));
    }
    (condition, values)
}

pub(super) fn finding_row(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    let (class, first_observed_at): (Option<String>, String) = (row.get(3)?, written(row.get(11)?));
    let is_phi = class.as_deref() == Some(Class::Phi.as_str());
    Ok(FindingRow {
        fingerprint: row.get(0)?,
        state: row.get(1)?,
        severity: severity_word(row.get(2)?),
        class,
        location: row.get(4)?,
        field: row.get(5)?,
        detector: row.get(6)?,
        confidence: confidence_word(row.get(7)?),
        objects: row.get(8)?,
        values: row.get(9)?,
        records: row.get(10)?,
        day_60: breach::day_60(&first_observed_at).filter(|_| is_phi),
        first_observed_at,
        last_seen_at: written(row.get(12)?),
        changed_at: written(row.get(13)?),
        samples: serde_json::from_str(&row.get::<_, String>(14)?).unwrap_or_default(),
        because: row.get(15)?,
        decided_by: row.get(16)?,
        decided_why: row.get(17)?,
        decided_until: row.get::<_, Option<i64>>(18)?.map(written),
    })
}

fn occurrence_row(row: &Row<'_>) -> rusqlite::Result<OccurrenceRow> {
    Ok(OccurrenceRow {
        location: row.get(0)?,
        version: row.get(1)?,
        field: row.get(2)?,
        severity: severity_word(row.get(3)?),
        confidence: confidence_word(row.get(4)?),
        values: row.get(5)?,
        records: row.get(6)?,
        coverage: row.get(7)?,
    })
}

pub(super) fn severity_word(number: i64) -> &'static str {
    Severity::from_number(number).map_or("none", |severity| severity.as_str())
}

fn confidence_word(place: i64) -> &'static str {
    match place {
        0 => "low",
        1 => "medium",
        _ => "high",
    }
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        at: written(row.get(0)?),
        from: row.get(1)?,
        to: row.get(2)?,
        scan_id: row.get(3)?,
        who: row.get(4)?,
        why: row.get(5)?,
        until: row.get::<_, Option<i64>>(6)?.map(written),
    })
}
