//! What all databases have in common: the options, the names of tables in locations, and rows on their way to a worker.
//!
//! Everything is read-only. Rows are read by one task per database and wait in a short queue, so memory does not grow
//! with the table. Which rows are read is in [`lots`].

mod address;
mod catalogue;
mod cells;
mod ends;
mod feed;
mod login;
mod lots;
mod mysql;
mod packed;
mod postgres;
mod rds;
#[cfg(test)]
mod sample_simulation;
mod sqlite;
mod state;
mod tls;

pub(super) use mysql::MysqlSource;
pub(super) use postgres::PostgresSource;
pub(super) use rds::RdsSource;
pub(super) use sqlite::SqliteSource;
pub use sqlite::{DatabaseTables, database_tables};

use crate::model::{Coverage, ForeignKey, Location, Object, ReadError};
use std::path::PathBuf;
use std::time::Duration;

/// Rows that are chosen of a table where nothing else was asked for: enough to see one in a thousand, with 95 % confidence.
pub const DEFAULT_SAMPLE_ROWS: u64 = 3_000;

/// How long a statement may take where nothing else was asked for.
const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of a table that are read at most where nothing else was asked for.
const DEFAULT_TABLE_BYTES: u64 = 1 << 30;

/// Newest and oldest rows that are read besides the chosen ones, of each.
const END_ROWS: u64 = 50;

/// How databases are read.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// Rows that are chosen of each table.
    pub sample_rows: u64,
    /// Reads every row instead.
    pub is_full: bool,
    /// Seed of the choice.
    pub seed: u64,
    /// Reads views too.
    pub views: bool,
    /// Asks for the state of each table, for somebody who remembers it.
    pub asks_states: bool,
    /// File of the certificates that servers are verified against, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// Hosts that need not prove who they are, nor encrypt.
    pub insecure_hosts: Vec<String>,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// Bytes of each table that are read at most; `--full` knows no limit.
    pub max_table_bytes: u64,
    /// Who signs in, where the target does not say it.
    pub user: Option<String>,
    /// Secret of AWS Secrets Manager with the user and the password, for servers of RDS.
    pub secret: Option<String>,
    /// Regions whose servers of RDS are read; the configured one if there is none.
    pub regions: Vec<String>,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            sample_rows: DEFAULT_SAMPLE_ROWS,
            is_full: false,
            seed: 0,
            views: false,
            asks_states: false,
            ca_file: None,
            insecure_hosts: Vec::new(),
            statement_timeout: DEFAULT_STATEMENT_TIMEOUT,
            max_table_bytes: DEFAULT_TABLE_BYTES,
            user: None,
            secret: None,
            regions: Vec::new(),
        }
    }
}

impl DatabaseOptions {
    /// Bytes of one table that may be read; `None` for all.
    fn budget(&self) -> Option<u64> {
        (!self.is_full).then_some(self.max_table_bytes)
    }
}

/// Whether the target names a database of one server: not all servers of RDS in a region.
pub fn is_one_database(target: &str) -> bool {
    is_database(target) && !target.starts_with("rds:")
}

/// Whether the target names a database.
pub fn is_database(target: &str) -> bool {
    ["sqlite:", "rds:", "postgres:", "postgresql:", "mysql:", "mariadb:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
}

/// The gap where tables could not be listed.
fn unlisted(place: String, error: &ReadError) -> (Object, Coverage) {
    tracing::warn!(place, reason = error.reason.code(), detail = %error.detail, "cannot list tables");
    (Object::at(Location::from_uri(place)), Coverage::Failed(error.reason))
}

/// What a server is called.
struct ServerName {
    /// How the locations of its tables begin: `postgres://host`, `rds://region/name`.
    scope: String,
    /// The same with a name that it keeps, where it can get another one.
    lasting: Option<String>,
}

impl ServerName {
    /// A table, or a database, by its encoded path below the server.
    fn object(&self, path: &str) -> Object {
        let at = |server: &str| Location::from_uri(format!("{server}/{path}"));
        Object { lasting: self.lasting.as_deref().map(at), ..Object::at(at(&self.scope)) }
    }
}

/// A key of a table that leads to another one.
struct Reference {
    columns: Vec<String>,
    /// Schema or database of the other table.
    schema: String,
    table: String,
}

impl Reference {
    /// From rows of key, schema, table and own column, sorted by key and by the place of the column in it.
    fn all(rows: Vec<Vec<Option<String>>>) -> Vec<Self> {
        let mut references: Vec<(String, Self)> = Vec::new();
        for row in rows {
            let Ok([Some(key), Some(schema), Some(table), Some(column)]) = <[_; 4]>::try_from(row) else { continue };
            match references.last_mut().filter(|(known, _)| *known == key) {
                Some((_, reference)) => reference.columns.push(column),
                None => references.push((key, Self { columns: vec![column], schema, table })),
            }
        }
        references.into_iter().map(|(_, reference)| reference).collect()
    }

    /// The key, of a table whose neighbour has that location.
    fn key(&self, references: String) -> ForeignKey {
        let columns = self.columns.iter().map(|column| column.as_str().into()).collect();
        ForeignKey { columns, references: Location::from_uri(references) }
    }
}

/// A name of a database object as a part of a location: what would end the part is percent-encoded.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '%' | '/' | '.' => out.push_str(&format!("%{:02X}", character as u32)),
            _ => out.push(character),
        }
    }
    out
}

/// The opposite of [`encoded`].
fn decoded(part: &str) -> String {
    part.replace("%2F", "/").replace("%2E", ".").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_locations() {
        for name in ["patients", "a.b/c%2F", "größe \"x\"", "%25"] {
            assert_eq!(decoded(&encoded(name)), name);
            assert!(!encoded(name).contains(['/', '.']));
        }
    }
}
