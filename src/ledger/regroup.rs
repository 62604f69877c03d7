//! From findings of single objects (version 1 of the schema) to findings of places, with what was found in each object under
//! them. Whatever a person decided about every object of a place stands; the histories are joined.

use super::State;
use crate::model::Location;
use rusqlite::{Row, Transaction, params};
use std::collections::BTreeMap;

const TABLES: &str = "
-- Evidence of an object may be kept although the object has to be read again.
ALTER TABLE objects ADD COLUMN is_reusable INTEGER NOT NULL DEFAULT 1;
-- A digest of what was said of the object last: while it stays, so do its occurrences. NULL where there are none.
ALTER TABLE objects ADD COLUMN judged INTEGER;
-- Field paths and reasons, which many occurrences share.
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
-- location: a place as people act on it. field: the column of a table, else empty. Counts are those of the occurrences when
-- a scan last settled them; is_stale says that occurrences have changed since, gone_because why the last one went.
CREATE TABLE placed_findings (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    location TEXT NOT NULL,
    field TEXT NOT NULL,
    detector TEXT NOT NULL,
    class TEXT,
    severity INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    object_count INTEGER NOT NULL,
    value_count INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    samples TEXT NOT NULL,
    because TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('new', 'open', 'baseline', 'resolved', 'reopened', 'suppressed', 'accepted')),
    first_observed_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    last_scan INTEGER NOT NULL REFERENCES scans (id),
    decided_by TEXT,
    decided_why TEXT,
    decided_until INTEGER,
    is_stale INTEGER NOT NULL DEFAULT 0,
    gone_because TEXT
) STRICT;
-- What was found of it in one field of one object. By finding first: they are summed up finding by finding.
CREATE TABLE placed_occurrences (
    finding INTEGER NOT NULL REFERENCES findings (id),
    object INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    field INTEGER NOT NULL REFERENCES texts (id),
    class INTEGER,
    severity INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    value_count INTEGER NOT NULL,
    record_count INTEGER NOT NULL,
    because INTEGER NOT NULL REFERENCES texts (id),
    detector_set INTEGER NOT NULL REFERENCES detector_sets (id),
    PRIMARY KEY (finding, object, field)
) STRICT, WITHOUT ROWID;
";

/// The new tables take the place of the old ones; references to `findings` are by name, so history keeps its own.
const RENAMED: &str = "
UPDATE objects SET judged = 0 WHERE id IN (SELECT object FROM occurrences);
DROP TABLE occurrences;
DROP TABLE findings;
ALTER TABLE placed_findings RENAME TO findings;
ALTER TABLE placed_occurrences RENAME TO occurrences;
CREATE INDEX findings_by_severity ON findings (severity DESC, first_observed_at, id);
CREATE INDEX findings_by_state ON findings (state, severity DESC, first_observed_at, id);
CREATE INDEX findings_stale ON findings (id) WHERE is_stale;
CREATE INDEX occurrences_by_object ON occurrences (object);
";

/// A finding of one object.
struct Old {
    id: i64,
    location: Location,
    field: String,
    detector: String,
    state: State,
    first_observed_at: i64,
}

/// One step of the schema.
pub(super) fn by_place(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(TABLES)?;
    let mut places: BTreeMap<String, Vec<Old>> = BTreeMap::new();
    {
        let sql = "SELECT id, location, field, detector, state, first_observed_at FROM findings ORDER BY id";
        let mut statement = transaction.prepare(sql)?;
        for old in statement.query_map([], old_finding)? {
            let old = old?;
            places.entry(old.location.place_fingerprint(&old.field, &old.detector)).or_default().push(old);
        }
    }
    transaction.execute(
        "INSERT OR IGNORE INTO texts (text) SELECT field FROM findings UNION SELECT because FROM findings ORDER BY 1",
        [],
    )?;
    for (fingerprint, members) in &places {
        join(transaction, fingerprint, members)?;
    }
    transaction.execute_batch(RENAMED)
}

fn old_finding(row: &Row<'_>) -> rusqlite::Result<Old> {
    Ok(Old {
        id: row.get(0)?,
        location: Location::from_uri(row.get::<_, String>(1)?),
        field: row.get(2)?,
        detector: row.get(3)?,
        state: State::from_word(&row.get::<_, String>(4)?).unwrap_or(State::Open),
        first_observed_at: row.get(5)?,
    })
}

/// The finding of a place takes the id of the member that says how it stands, and everybody's history.
fn join(transaction: &Transaction<'_>, fingerprint: &str, members: &[Old]) -> rusqlite::Result<()> {
    // What waits for somebody waits, whatever was decided about its neighbours; a decision says more than a resolution.
    let rank = |old: &&Old| match old.state {
        State::Reopened => 5,
        State::Open => 4,
        State::New => 3,
        State::Accepted | State::Suppressed => 2,
        _ => 1,
    };
    let Some(first) = members.iter().max_by_key(|old| (rank(old), -old.id)) else { return Ok(()) };
    let observed = members.iter().map(|old| old.first_observed_at).min().unwrap_or(first.first_observed_at);
    transaction.execute(
        "INSERT INTO placed_findings (id, fingerprint, location, field, detector, class, severity, confidence, \
         object_count, value_count, record_count, samples, because, state, first_observed_at, last_seen_at, changed_at, \
         last_scan, decided_by, decided_why, decided_until, is_stale) \
         SELECT id, ?2, ?3, ?4, detector, class, severity, confidence, 1, value_count, record_count, samples, because, \
         state, ?5, last_seen_at, changed_at, last_scan, decided_by, decided_why, decided_until, 1 \
         FROM findings WHERE id = ?1",
        params![first.id, fingerprint, first.location.place().as_str(), first.location.place_field(&first.field), observed],
    )?;
    for old in members {
        transaction.execute(
            "INSERT OR IGNORE INTO placed_occurrences SELECT ?2, object, \
             (SELECT id FROM texts WHERE text = field), \
             CASE class WHEN 'health' THEN 0 WHEN 'pii' THEN 1 WHEN 'phi' THEN 2 END, severity, confidence, value_count, \
             record_count, (SELECT id FROM texts WHERE text = because), last_detector_set \
             FROM findings JOIN occurrences ON finding = findings.id WHERE findings.id = ?1",
            (old.id, first.id),
        )?;
        transaction.execute("UPDATE history SET finding = ?2 WHERE finding = ?1", (old.id, first.id))?;
    }
    let sql = "UPDATE placed_findings SET last_seen_at = max(last_seen_at, (SELECT max(last_seen_at) FROM findings \
               WHERE id = ?2)) WHERE id = ?1";
    for old in members {
        transaction.execute(sql, (first.id, old.id))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::ledger::{Filter, Ledger, Order, schema};
    use rusqlite::Connection;

    /// Two nights of one export, and a neighbour that somebody suppressed in both its objects.
    const OLD: &str = "
    INSERT INTO detector_sets VALUES (1, 'd', 0);
    INSERT INTO scopes VALUES (1, 's');
    INSERT INTO scans VALUES (1, 'one', 's', 's', 'complete', 1000, 2000, '0', 1, 'e', 1, NULL);
    INSERT INTO objects (id, identity, location, scope, last_scan, coverage) VALUES
        (1, x'01', 's3://b/in/28/a.csv', 1, 1, 'complete'), (2, x'02', 's3://b/in/29/a.csv', 1, 1, 'complete'),
        (3, x'03', 's3://b/test/a.csv', 1, 1, 'complete'), (4, x'04', 's3://b/test/b.csv', 1, 1, 'complete');
    INSERT INTO findings VALUES
        (1, 'f1', 's3://b/in/28/a.csv', 'ssn', 'us_ssn', 'phi', 3, 2, 5, 5, '[]', 'none', 'open', 1000, 1000, 1000, 1, 1, NULL, NULL, NULL),
        (2, 'f2', 's3://b/in/29/a.csv', 'ssn', 'us_ssn', 'phi', 4, 2, 7, 6, '[]', 'none', 'suppressed', 500, 3000, 1000, 1, 1, 'me', 'x', NULL),
        (3, 'f3', 's3://b/test/a.csv', 'ssn', 'us_ssn', 'pii', 2, 2, 1, 1, '[]', 'none', 'suppressed', 700, 1000, 1000, 1, 1, 'me', 'test', 9000),
        (4, 'f4', 's3://b/test/b.csv', '', 'us_ssn', 'pii', 2, 2, 1, 1, '[]', 'none', 'resolved', 600, 1000, 1000, 1, 1, NULL, NULL, NULL);
    INSERT INTO occurrences VALUES (1, 1), (2, 2), (3, 3);
    INSERT INTO history (finding, at, to_state) VALUES (1, 1000, 'new'), (2, 500, 'new'), (3, 700, 'new'), (4, 600, 'new');
    ";

    #[test]
    fn findings_of_objects_become_findings_of_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l");
        let connection = Connection::open(&path).unwrap();
        schema::first_version(&connection);
        connection.execute_batch(OLD).unwrap();
        drop(connection);
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.check().unwrap().mistakes, Vec::<String>::new());
        let (rows, count) = ledger.findings(&Filter::default(), Order::Location, (10, 0)).unwrap();
        assert_eq!(count, 2);
        let told: Vec<_> = rows.iter().map(|row| (&*row.location, &*row.state, &*row.field)).collect();
        assert_eq!(told, [("s3://b/in/*/", "open", ""), ("s3://b/test/", "suppressed", "")]);
        assert_eq!(rows[0].first_observed_at, "1970-01-01T00:00:00.5Z");
        assert_eq!(rows[0].last_seen_at, "1970-01-01T00:00:03Z");
        assert_eq!(rows[1].decided_why.as_deref(), Some("test"));
        let details = ledger.finding(&rows[0].fingerprint, 10).unwrap();
        let held: Vec<_> = details.occurrences.iter().map(|held| (&*held.field, held.records)).collect();
        assert_eq!(held, [("ssn", 6), ("ssn", 5)]);
        assert_eq!(details.history.len(), 2);
    }
}
