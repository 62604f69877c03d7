//! What all databases have in common: the options, the names of tables in locations, and rows on their way to a worker.
//!
//! Everything is read-only. Rows are read by one task per database and wait in a short queue, so memory does not grow
//! with the table. Which rows are read is in [`lots`].

mod address;
mod feed;
mod login;
mod lots;
mod mysql;
mod postgres;
mod sqlite;
mod tls;

pub(super) use mysql::MysqlSource;
pub(super) use postgres::PostgresSource;
pub(super) use sqlite::SqliteSource;

use crate::model::{Coverage, Listed, Location, Object, ReadError};
use std::path::PathBuf;
use std::time::Duration;

/// Rows that are chosen of a table where nothing else was asked for: enough to see one in a thousand, with 95 % confidence.
pub const DEFAULT_SAMPLE_ROWS: u64 = 3_000;

/// How long a statement may take where nothing else was asked for.
const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

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
    /// File of the certificates that servers are verified against, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// Hosts that need not prove who they are, nor encrypt.
    pub insecure_hosts: Vec<String>,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            sample_rows: DEFAULT_SAMPLE_ROWS,
            is_full: false,
            seed: 0,
            views: false,
            ca_file: None,
            insecure_hosts: Vec::new(),
            statement_timeout: DEFAULT_STATEMENT_TIMEOUT,
        }
    }
}

/// Whether the target names a database.
pub fn is_database(target: &str) -> bool {
    ["sqlite:", "postgres:", "postgresql:", "mysql:", "mariadb:"].iter().any(|scheme| target.starts_with(scheme))
}

/// The gap where tables could not be listed.
fn unlisted(place: String, error: &ReadError) -> Listed {
    tracing::warn!(place, reason = error.reason.code(), detail = %error.detail, "cannot list tables");
    Listed::Gap(Object::at(Location::from_uri(place)), Coverage::Failed(error.reason))
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
