//! What the ledger remembers of objects, handed out for judging it anew.

use super::{Ledger, LedgerError, stored};
use crate::model::{DetectorEvidence, Location, Severity};
use rusqlite::Row;
use std::collections::HashMap;

/// Evidence of one detector in one field of an object.
#[derive(Debug)]
pub struct Remembered {
    /// Field path, as it may be shown.
    pub field: String,
    /// Id of the detector.
    pub detector: String,
    /// What it found.
    pub found: DetectorEvidence,
    /// Severity by the policy of the last scan; `None` where that expected it.
    pub severity: Option<Severity>,
}

/// An object in which something was found.
#[derive(Debug)]
pub struct RememberedObject {
    /// As it may be shown: identifiers in it are masked.
    pub location: Location,
    /// All that was found, expected or not.
    pub evidence: Vec<Remembered>,
}

impl Ledger {
    /// Visits every object in which something was found, one at a time.
    pub fn remembered<E>(&self, mut visit: impl FnMut(RememberedObject) -> Result<(), E>) -> Result<(), E>
    where
        E: From<LedgerError>,
    {
        let failed = |error| E::from(self.failed(&error));
        // Where nothing was found, the evidence is two bare numbers.
        let sql = "SELECT id, location, evidence FROM objects WHERE substr(evidence, 1, 1) NOT BETWEEN x'30' AND x'39' \
                   ORDER BY id";
        let mut objects = self.connection.prepare(sql).map_err(failed)?;
        let sql = "SELECT text, detector, occurrences.severity FROM occurrences JOIN texts ON texts.id = occurrences.field \
                   JOIN findings ON findings.id = finding WHERE object = ?1";
        let mut occurrences = self.connection.prepare(sql).map_err(failed)?;
        let mut rows = objects.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let (id, location, evidence) = object_row(row).map_err(failed)?;
            let severities = occurrences.query_map([id], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?)));
            let severities = severities.and_then(Iterator::collect::<rusqlite::Result<HashMap<(String, String), _>>>);
            let mut severities = severities.map_err(failed)?;
            let evidence = stored::found(&evidence).into_iter().map(|(field, detector, found)| {
                let severity = severities.remove(&(field.clone(), detector.clone()));
                let severity = severity.and_then(Severity::from_number);
                Remembered { field, detector, found, severity }
            });
            let evidence = evidence.collect();
            visit(RememberedObject { location, evidence })?;
        }
        Ok(())
    }
}

fn object_row(row: &Row<'_>) -> rusqlite::Result<(i64, Location, Vec<u8>)> {
    Ok((row.get(0)?, Location::from_uri(row.get::<_, String>(1)?), row.get(2)?))
}
