//! What a scan sees of findings in one object: the finding of the place, once per scan, and its occurrence in the object.

use super::life::State;
use super::write::{Entry, Scan};
use crate::model::Finding;
use rusqlite::{OptionalExtension, Statement, Transaction, params};
use siphasher::sip::SipHasher13;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Rows that the scan has touched already, by what they are about. An object more costs one statement then.
#[derive(Default)]
pub(super) struct Seen {
    findings: HashMap<String, i64>,
    texts: HashMap<String, i64>,
    /// Findings that are marked stale in the transaction that runs. The end of another scan takes marks away.
    stale: HashSet<i64>,
}

impl Seen {
    const MAX: usize = 65_536;

    /// Forgets everything: what it knows may not have been written, or is too much.
    pub(super) fn clear(&mut self) {
        self.findings.clear();
        self.texts.clear();
        self.stale.clear();
    }

    /// What holds within one transaction alone.
    pub(super) fn begin_transaction(&mut self) {
        self.stale.clear();
    }

    fn keep(map: &mut HashMap<String, i64>, key: &str, id: i64) {
        if map.len() >= Self::MAX {
            map.clear();
        }
        map.insert(key.to_owned(), id);
    }
}

/// An occurrence of one object: finding and field.
type Place = (i64, i64);

/// Written only where it says something new, so that a night without changes writes next to nothing.
pub(super) const OCCURRENCE: &str = "
INSERT INTO occurrences (finding, object, field, class, severity, confidence, value_count, record_count, because, detector_set)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT DO UPDATE SET class = excluded.class, severity = excluded.severity, confidence = excluded.confidence,
    value_count = excluded.value_count, record_count = excluded.record_count, because = excluded.because,
    detector_set = excluded.detector_set
WHERE (class, severity, confidence, value_count, record_count, because, detector_set) IS NOT
    (excluded.class, excluded.severity, excluded.confidence, excluded.value_count, excluded.record_count, excluded.because,
     excluded.detector_set)";

impl Scan {
    /// Writes what was found in an object that was examined, and returns where.
    pub(super) fn observe(
        &mut self,
        transaction: &Transaction<'_>,
        (object, statement): (i64, &mut Statement<'_>),
        entry: &Entry,
    ) -> rusqlite::Result<Vec<Place>> {
        let mut present = Vec::new();
        for finding in entry.unexpected() {
            let id = self.see(transaction, entry, finding)?;
            let field = self.text(transaction, &finding.field)?;
            self.write_occurrence(transaction, statement, (id, object, field), finding)?;
            present.push((id, field));
        }
        Ok(present)
    }

    /// The findings of an object whose occurrences are as they are written.
    pub(super) fn see_all(&mut self, transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<()> {
        for finding in entry.unexpected() {
            self.see(transaction, entry, finding)?;
        }
        Ok(())
    }

    /// A digest of everything that an object's occurrences say, and by which detectors and what confidence they could be seen;
    /// `None` where nothing is unexpected.
    pub(super) fn judged(&self, entry: &Entry) -> Option<i64> {
        let mut hash = SipHasher13::new();
        (self.set, self.min_confidence).hash(&mut hash);
        for finding in entry.unexpected() {
            (&*finding.field, &*finding.detector, &*finding.verdict.because).hash(&mut hash);
            (finding.class.map(|class| class as i64), finding.verdict.severity as i64).hash(&mut hash);
            (finding.confidence as i64, finding.values, finding.records).hash(&mut hash);
        }
        entry.unexpected().next().map(|_| hash.finish().cast_signed())
    }

    /// The object was examined completely: what it held and does not hold any more is gone from it, if this scan could
    /// have seen it: with the detector in force, of the same set or a newer one, and at that confidence.
    pub(super) fn remove_others(
        &self,
        transaction: &Transaction<'_>,
        object: i64,
        entry: &Entry,
        present: &[Place],
    ) -> rusqlite::Result<()> {
        let mut absent = Vec::new();
        {
            let mut statement = transaction.prepare_cached(
                "SELECT occurrences.finding, occurrences.field, detector, text FROM occurrences \
                 JOIN findings ON findings.id = finding JOIN texts ON texts.id = occurrences.field \
                 WHERE object = ?1 AND detector_set <= ?2 AND occurrences.confidence >= ?3",
            )?;
            let rows = statement.query_map((object, self.set, self.min_confidence), |row| {
                let (detector, field): (String, String) = (row.get(2)?, row.get(3)?);
                Ok(((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?), detector, field))
            })?;
            for row in rows {
                let (place, detector, field) = row?;
                if self.detectors.iter().any(|known| **known == *detector) && !present.contains(&place) {
                    absent.push((place, detector, field));
                }
            }
        }
        for ((finding, field), detector, path) in absent {
            let is_it = |found: &&Finding| *found.detector == *detector && *found.field == *path;
            let expected = entry.result.findings.iter().find(is_it);
            let why = expected.map_or("a complete scan does not find it any more", |found| &found.verdict.because);
            let sql = "DELETE FROM occurrences WHERE finding = ?1 AND object = ?2 AND field = ?3";
            transaction.prepare_cached(sql)?.execute((finding, object, field))?;
            mark_stale(transaction, finding, Some(why))?;
        }
        Ok(())
    }

    /// The row of a finding. When the scan sees it for the first time, its life goes on.
    fn see(&mut self, transaction: &Transaction<'_>, entry: &Entry, finding: &Finding) -> rusqlite::Result<i64> {
        let fingerprint = &finding.place_fingerprint;
        if let Some(id) = self.seen.findings.get(fingerprint) {
            return Ok(*id);
        }
        let known = transaction
            .prepare_cached("SELECT id, state, last_scan, decided_until FROM findings WHERE fingerprint = ?1")?
            .query_row([fingerprint], |row| {
                let until: Option<i64> = row.get(3)?;
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, until))
            })
            .optional()?;
        let id = match known {
            None => self.insert_finding(transaction, fingerprint, (entry, finding))?,
            Some((id, word, last_scan, until)) => {
                let before = State::from_word(&word).unwrap_or(State::Open);
                let is_expired = until.is_some_and(|until| until <= self.started);
                // The same scan goes on after it was interrupted: nothing new.
                let is_same_scan = last_scan == self.id && before != State::Resolved;
                let after = if is_same_scan { before } else { before.seen_again(is_expired) };
                transaction
                    .prepare_cached(
                        "UPDATE findings SET last_seen_at = max(last_seen_at, ?2), last_scan = ?3 WHERE id = ?1",
                    )?
                    .execute((id, self.started, self.id))?;
                if after != before {
                    self.change_state(transaction, id, after)?;
                    let why = is_expired.then_some("the decision expired");
                    self.note(transaction, (id, Some(before), after), why)?;
                }
                id
            }
        };
        Seen::keep(&mut self.seen.findings, fingerprint, id);
        Ok(id)
    }

    fn insert_finding(
        &self,
        transaction: &Transaction<'_>,
        fingerprint: &str,
        (entry, finding): (&Entry, &Finding),
    ) -> rusqlite::Result<i64> {
        let state = if self.is_baseline { State::Baseline } else { State::New };
        let mut statement = transaction.prepare_cached(
            "INSERT INTO findings (fingerprint, location, field, detector, class, severity, confidence, object_count, \
             value_count, record_count, samples, because, state, first_observed_at, last_seen_at, changed_at, last_scan) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?13, ?14)",
        )?;
        let id = statement.insert(params![
            fingerprint,
            entry.result.location.place().as_str(),
            entry.result.location.place_field(&finding.field),
            &*finding.detector,
            finding.class.map(|class| class.as_str()),
            finding.verdict.severity as i64,
            finding.confidence as i64,
            count(finding.values),
            count(finding.records),
            serde_json::to_string(&finding.samples).unwrap_or_default(),
            &*finding.verdict.because,
            state.as_str(),
            self.started,
            self.id,
        ])?;
        self.note(transaction, (id, None, state), None)?;
        Ok(id)
    }

    fn write_occurrence(
        &mut self,
        transaction: &Transaction<'_>,
        statement: &mut Statement<'_>,
        (id, object, field): (i64, i64, i64),
        finding: &Finding,
    ) -> rusqlite::Result<()> {
        let because = self.text(transaction, &finding.verdict.because)?;
        let changed = statement.execute(params![
            id,
            object,
            field,
            finding.class.map(|class| class as i64),
            finding.verdict.severity as i64,
            finding.confidence as i64,
            count(finding.values),
            count(finding.records),
            because,
            self.set,
        ])?;
        if changed > 0 && !self.seen.stale.contains(&id) {
            mark_stale(transaction, id, None)?;
            self.seen.stale.insert(id);
        }
        Ok(())
    }

    /// The row of a text that many occurrences share.
    fn text(&mut self, transaction: &Transaction<'_>, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.seen.texts.get(text) {
            return Ok(*id);
        }
        transaction.prepare_cached("INSERT OR IGNORE INTO texts (text) VALUES (?1)")?.execute([text])?;
        let id = transaction
            .prepare_cached("SELECT id FROM texts WHERE text = ?1")?
            .query_row([text], |row| row.get::<_, i64>(0))?;
        Seen::keep(&mut self.seen.texts, text, id);
        Ok(id)
    }

    pub(super) fn change_state(&self, transaction: &Transaction<'_>, id: i64, state: State) -> rusqlite::Result<()> {
        let sql = "UPDATE findings SET state = ?2, changed_at = ?3, \
                   decided_until = CASE WHEN ?2 IN ('suppressed', 'accepted') THEN decided_until END WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute((id, state.as_str(), self.started))?;
        Ok(())
    }

    pub(super) fn note(
        &self,
        transaction: &Transaction<'_>,
        (id, before, after): (i64, Option<State>, State),
        why: Option<&str>,
    ) -> rusqlite::Result<()> {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO history (finding, at, scan, from_state, to_state, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        statement.execute((id, self.started, self.id, before.map(State::as_str), after.as_str(), why))?;
        Ok(())
    }
}

/// Its occurrences have changed: its counts are to be made anew. `why` says why one of them has gone.
pub(super) fn mark_stale(transaction: &Transaction<'_>, id: i64, why: Option<&str>) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE findings SET is_stale = 1, gone_because = coalesce(?2, gone_because) \
             WHERE id = ?1 AND (is_stale = 0 OR ?2 IS NOT NULL)",
        )?
        .execute((id, why))?;
    Ok(())
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
