//! Directories at which scans met another file system. Where it is not there any more, the listing shows an empty directory, or
//! none, or what the file system had covered; nothing of that tells what became of the objects that lay in it.

use super::record::keyed;
use super::scope::Scope;
use super::write::scopes;
use hmac::Hmac;
use rusqlite::{Connection, Transaction};
use sha2::Sha256;
use std::collections::BTreeMap;

/// By digests of their locations, how they may be shown.
pub(super) type Mounts = BTreeMap<[u8; 16], String>;

pub(super) const TABLE: &str = "
CREATE TABLE mounts (
    identity BLOB PRIMARY KEY,
    location TEXT NOT NULL,
    scope INTEGER NOT NULL REFERENCES scopes (id)
) STRICT, WITHOUT ROWID;
";

/// What tells a directory from others.
pub(super) fn identity(key: &Hmac<Sha256>, directory: &str) -> [u8; 16] {
    let mut identity = [0; 16];
    identity.copy_from_slice(&keyed(key, &[b"mount", directory.as_bytes()])[..16]);
    identity
}

/// Those that scans of this scope, or of a narrower one, met, and that are not among `met`.
pub(super) fn missing(connection: &Connection, scope: &Scope, met: &Mounts) -> rusqlite::Result<Mounts> {
    let covered: Vec<i64> = scopes(connection, "SELECT id, scope_key FROM scopes WHERE id > ?1", 0)?
        .into_iter()
        .filter(|(_, other)| scope.covers(other))
        .map(|(id, _)| id)
        .collect();
    let mut statement = connection.prepare("SELECT identity, location, scope FROM mounts")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?;
    let mut missing = Mounts::new();
    for row in rows {
        let (identity, location, scope) = row?;
        if covered.contains(&scope) && !met.contains_key(&identity) {
            missing.insert(identity, location);
        }
    }
    Ok(missing)
}

/// Remembers those that a scan met, and forgets those that it takes to be gone.
pub(super) fn keep(transaction: &Transaction<'_>, scope: i64, met: &Mounts, gone: &Mounts) -> rusqlite::Result<()> {
    for identity in gone.keys() {
        transaction.execute("DELETE FROM mounts WHERE identity = ?1", [identity])?;
    }
    for (identity, location) in met {
        let sql = "INSERT INTO mounts (identity, location, scope) VALUES (?1, ?2, ?3) \
                   ON CONFLICT DO UPDATE SET location = excluded.location, scope = excluded.scope";
        transaction.execute(sql, (identity, location, scope))?;
    }
    Ok(())
}
