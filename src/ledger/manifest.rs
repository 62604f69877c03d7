//! Manifests: what each scan covered, with what, and what was known at its end. Each holds the digest of the one before, so
//! that none can be changed or taken out of the middle unseen.

use super::scope::Scope;
use super::{Ledger, LedgerError, hexadecimal, written};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the scan says of itself.
#[derive(Serialize)]
pub(super) struct ScanFacts<'a> {
    pub(super) scan_id: &'a str,
    /// `complete` or `interrupted`.
    pub(super) outcome: &'a str,
    pub(super) scope: &'a Scope,
    pub(super) started_at: String,
    pub(super) phinder: &'a str,
    pub(super) detectors_version: &'a str,
    pub(super) examination: &'a str,
    pub(super) seed: Option<&'a str>,
    pub(super) totals: &'a serde_json::Value,
}

/// Rows of a table that a manifest vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vouched {
    pub(super) rows: u64,
    /// Id of the last one; 0 where rows have no order of their own.
    pub(super) last: i64,
    /// SHA-256 over them, hexadecimal.
    pub(super) sha256: String,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    facts: &'a ScanFacts<'a>,
    finished_at: String,
    /// What is vouched for of a finding: [`FORM`].
    form: u32,
    /// All findings as the scan left them, without what people decide.
    findings: Vouched,
    /// What became of findings since the manifest before, decisions of people included.
    history: Vouched,
}

/// Grows with what is vouched for of a finding. Manifests without one are of the first form.
const FORM: u32 = 2;

/// What is read back of a body.
#[derive(Deserialize)]
pub(super) struct Vouchers {
    pub(super) outcome: String,
    pub(super) scope: Scope,
    pub(super) started_at: String,
    pub(super) detectors_version: String,
    pub(super) examination: String,
    pub(super) totals: serde_json::Value,
    #[serde(default)]
    pub(super) form: u32,
    pub(super) findings: Vouched,
    pub(super) history: Vouched,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its number, from 1.
    pub id: i64,
    /// What it says, a JSON object as it was written.
    pub body: String,
    /// Digest of the manifest before; zeros for the first.
    pub previous: String,
    /// SHA-256 of `previous`, a line end and `body`, hexadecimal.
    pub digest: String,
}

impl Manifest {
    /// The digest that it must have.
    pub(super) fn expected_digest(&self) -> String {
        digest(&self.previous, &self.body)
    }
}

impl Ledger {
    /// The manifests, the first one first.
    pub fn manifests(&self) -> Result<Vec<Manifest>, LedgerError> {
        let failed = |error| self.failed(&error);
        let sql = "SELECT id, body, previous, digest FROM manifests ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], manifest).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }
}

fn manifest(row: &Row<'_>) -> rusqlite::Result<Manifest> {
    Ok(Manifest { id: row.get(0)?, body: row.get(1)?, previous: row.get(2)?, digest: row.get(3)? })
}

/// Adds the manifest of a scan that has ended, in the transaction that says so.
pub(super) fn append(
    transaction: &Transaction<'_>,
    scan: i64,
    facts: &ScanFacts<'_>,
    finished: i64,
) -> rusqlite::Result<()> {
    let sql = "SELECT id, body, previous, digest FROM manifests ORDER BY id DESC LIMIT 1";
    let last = transaction.query_row(sql, [], manifest).optional()?;
    let known = last.as_ref().and_then(|last| serde_json::from_str::<Vouchers>(&last.body).ok());
    let body = Body {
        facts,
        finished_at: written(finished),
        form: FORM,
        findings: findings(transaction, FORM)?,
        history: history(transaction, known.map_or(0, |known| known.history.last), i64::MAX)?,
    };
    let body = serde_json::to_string(&body).unwrap_or_default();
    let previous = last.map_or_else(|| "0".repeat(64), |last| last.digest);
    let digest = digest(&previous, &body);
    transaction.execute(
        "INSERT INTO manifests (scan, body, previous, digest) VALUES (?1, ?2, ?3, ?4)",
        (scan, &body, &previous, &digest),
    )?;
    Ok(())
}

fn digest(previous: &str, body: &str) -> String {
    hexadecimal(&Sha256::digest(format!("{previous}\n{body}")))
}

/// All findings, by fingerprint. What a person decides is in the history.
pub(super) fn findings(connection: &Connection, form: u32) -> rusqlite::Result<Vouched> {
    let more = if form < FORM { "" } else { ", samples, because" };
    let sql = format!(
        "SELECT 0, json_array(fingerprint, location, field, detector, class, severity, confidence, object_count, \
         value_count, record_count, first_observed_at, last_seen_at{more}) FROM findings ORDER BY fingerprint"
    );
    vouch(connection, &sql, [0, 0])
}

/// The rows of the history after one and up to another.
pub(super) fn history(connection: &Connection, after: i64, last: i64) -> rusqlite::Result<Vouched> {
    let sql = "SELECT history.id, json_array(history.id, fingerprint, at, scan, from_state, to_state, who, why, until) \
               FROM history JOIN findings ON findings.id = finding WHERE history.id > ?1 AND history.id <= ?2 \
               ORDER BY history.id";
    let mut vouched = vouch(connection, sql, [after, last])?;
    vouched.last = vouched.last.max(after);
    Ok(vouched)
}

fn vouch(connection: &Connection, sql: &str, range: [i64; 2]) -> rusqlite::Result<Vouched> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = if statement.parameter_count() == 0 { statement.query([])? } else { statement.query(range)? };
    let (mut hash, mut count, mut last) = (Sha256::new(), 0, 0);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        hash.update(row.get_ref(1)?.as_str()?);
        hash.update("\n");
        count += 1;
    }
    Ok(Vouched { rows: count, last, sha256: hexadecimal(&hash.finalize()) })
}
