//! Whether the audit trail is whole: the chain, what its links vouch for, and what was exported or signed before.

use super::manifest::{self, Manifest, Vouchers};
use super::{Ledger, LedgerError, written};
use rusqlite::OptionalExtension;

/// What a verification says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Manifests.
    pub manifests: usize,
    /// Digest of the last one; `None` where there is none.
    pub head: Option<String>,
    /// What was changed or removed; none where all is as it was written.
    pub mistakes: Vec<String>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

impl Ledger {
    /// Looks through the whole trail. `exported` are manifests as they were exported before: each must still be there.
    pub fn verify(&self, exported: &[Manifest]) -> Result<Audit, LedgerError> {
        let manifests = self.manifests()?;
        let mut audit = Audit {
            manifests: manifests.len(),
            head: manifests.last().map(|last| last.digest.clone()),
            ..Audit::default()
        };
        let failed = |error| self.failed(&error);
        let mut previous = "0".repeat(64);
        let mut after = 0;
        let mut last = None;
        for (place, link) in (1..).zip(&manifests) {
            if link.id != place || link.previous != previous || link.expected_digest() != link.digest {
                audit.mistakes.push(format!("manifest {} does not follow the one before, or was changed", link.id));
            }
            previous.clone_from(&link.digest);
            let Ok(vouchers) = serde_json::from_str::<Vouchers>(&link.body) else {
                audit.mistakes.push(format!("manifest {} cannot be read", link.id));
                continue;
            };
            let history = manifest::history(&self.connection, after, vouchers.history.last).map_err(failed)?;
            if history != vouchers.history {
                audit.mistakes.push(format!("the history that manifest {} vouches for was changed", link.id));
            }
            after = vouchers.history.last;
            audit.mistakes.extend(self.scan_differs(link, &vouchers).map_err(failed)?);
            last = Some(vouchers);
        }
        if let Some(last) = last {
            match self.unvouched().map_err(failed)? {
                Some(scan_id) => {
                    audit.notes.push(format!("scan {scan_id} has not ended: the findings are not compared"));
                }
                None if manifest::findings(&self.connection, last.form).map_err(failed)? != last.findings => {
                    audit.mistakes.push("the findings are not as the last scan left them".to_owned());
                }
                None => {}
            }
        }
        audit.mistakes.extend(self.scans_without_manifest().map_err(failed)?);
        audit.mistakes.extend(self.states_without_history().map_err(failed)?);
        for known in exported {
            if manifests.iter().all(|link| link != known) {
                audit.mistakes.push(format!("manifest {} is not as it was exported", known.id));
            }
        }
        Ok(audit)
    }

    /// A scan that may have written since the last manifest: it runs, or died.
    fn unvouched(&self) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT scan_id FROM scans WHERE state = 'running' OR (state = 'interrupted' AND id > \
                   (SELECT max(scan) FROM manifests)) LIMIT 1";
        self.connection.query_row(sql, [], |row| row.get(0)).optional()
    }

    /// The row of a scan that does not say what its manifest says. One that was interrupted may have gone on since.
    fn scan_differs(&self, link: &Manifest, vouchers: &Vouchers) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT scan_id, scope_key, started_at, state, coalesce(totals, 'null'), examination, version FROM scans \
                   JOIN detector_sets ON detector_sets.id = detector_set \
                   WHERE scans.id = (SELECT scan FROM manifests WHERE id = ?1)";
        let row = self.connection.query_row(sql, [link.id], |row| {
            let totals = serde_json::from_str::<serde_json::Value>(&row.get::<_, String>(4)?).ok();
            let is_begun_so =
                row.get::<_, String>(1)? == vouchers.scope.key() && written(row.get(2)?) == vouchers.started_at;
            let is_ended_so = row.get::<_, String>(3)? == vouchers.outcome
                && totals.as_ref() == Some(&vouchers.totals)
                && row.get::<_, String>(5)? == vouchers.examination
                && row.get::<_, String>(6)? == vouchers.detectors_version;
            let is_last = vouchers.outcome == "complete";
            Ok((row.get::<_, String>(0)?, is_begun_so && (is_ended_so || !is_last)))
        });
        Ok(match row.optional()? {
            None => Some(format!("the scan of manifest {} is missing", link.id)),
            Some((scan_id, false)) => Some(format!("scan {scan_id} is not as manifest {} says", link.id)),
            Some((_, true)) => None,
        })
    }

    /// Findings whose state, or the decision behind it, is not that of the last line of their history.
    fn states_without_history(&self) -> rusqlite::Result<Vec<String>> {
        // A ledger of the first schema had a history for each object, which were joined.
        let sql = "WITH steps AS (SELECT min(CASE version WHEN 1 THEN applied_at END) AS first, \
                   max(CASE version WHEN 2 THEN applied_at END) AS second FROM schema_versions) \
                   SELECT fingerprint FROM steps, findings LEFT JOIN history ON history.id = \
                   (SELECT max(h.id) FROM history h WHERE h.finding = findings.id) \
                   WHERE NOT (second - first > 60000 AND coalesce(at, 0) < second) \
                   AND (to_state IS NOT state OR (state IN ('suppressed', 'accepted') \
                   AND (who, why, until) IS NOT (decided_by, decided_why, decided_until))) ORDER BY 1 LIMIT 100";
        let mut statement = self.connection.prepare(sql)?;
        let findings = statement.query_map([], |row| row.get::<_, String>(0))?;
        findings.map(|fingerprint| Ok(format!("finding {} is not as its history says", fingerprint?))).collect()
    }

    /// Scans that ended since there are trails and left no trace in this one.
    fn scans_without_manifest(&self) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT scan_id FROM scans WHERE finished_at IS NOT NULL AND id NOT IN (SELECT scan FROM manifests) \
                   AND finished_at >= (SELECT max(applied_at) FROM schema_versions WHERE version <= 3)";
        let mut statement = self.connection.prepare(sql)?;
        let scans = statement.query_map([], |row| row.get::<_, String>(0))?;
        scans.map(|scan_id| Ok(format!("the manifest of scan {} is missing", scan_id?))).collect()
    }
}
