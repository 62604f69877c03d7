//! SQLite as a source: `sqlite:PATH`, its tables, and its views where they are asked for.
//!
//! The file is opened read-only and nothing is created beside it. Rows are drawn by rowid. The file is not trusted: its
//! schema may not call functions with side effects, and damage ends one table.

use super::feed::{Feed, Stop};
use super::lots::{Clusters, KeyLots, Random, places};
use super::{DatabaseOptions, END_ROWS, Reference, decoded, encoded};
use crate::model::{
    ColumnKind, Coverage, ForeignKey, Listed, Location, Object, ReadError, Reason, RowColumn, Sample, SampleMethod,
    SourceContent,
};
use crate::sources::selection::Selection;
use crate::sources::{Source, SourceError, SourceOptions};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FORMAT: &str = "sqlite";
/// How long a table may be locked by somebody who writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Lots that are drawn at once.
const LOTS_AT_ONCE: usize = 1_000;
/// Rows of one range of keys that are read.
const MAX_ROWS_OF_RANGE: u32 = 1_000;

/// A database file.
pub(super) struct Database {
    path: PathBuf,
    options: DatabaseOptions,
}

/// The tables of a database file.
pub(in crate::sources) struct SqliteSource {
    path: PathBuf,
    options: DatabaseOptions,
    selection: Selection,
    scope: String,
}

impl SqliteSource {
    /// `rest` is what follows `sqlite:` in the target.
    pub(in crate::sources) fn open(target: &str, rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let path = Path::new(rest.strip_prefix("//").unwrap_or(rest));
        if !path.is_file() {
            return Err(SourceError::NoSuchPath { target: target.into() });
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let scope = Location::file(&path).as_str().replacen("file:", "sqlite:", 1);
        Ok(Self { path, options: options.database.clone(), selection: Selection::new(options)?, scope })
    }

    fn database(&self) -> Database {
        Database { path: self.path.clone(), options: self.options.clone() }
    }

    fn listed(&self, tables: Result<Vec<String>, ReadError>) -> Vec<Listed> {
        let tables = match tables {
            Ok(tables) => tables,
            Err(error) => {
                tracing::warn!(scope = %self.scope, reason = error.reason.code(), detail = %error.detail, "cannot list tables");
                let object = Object::at(Location::from_uri(self.scope.as_str()));
                return vec![Listed::Gap(object, Coverage::Failed(error.reason))];
            }
        };
        let listed = |table: String| {
            let object = Object::at(Location::from_uri(format!("{}/{}", self.scope, encoded(&table))));
            self.selection.listed(object, Path::new(&table))
        };
        tables.into_iter().map(listed).collect()
    }
}

impl Source for SqliteSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let database = self.database();
        stream::once(async move {
            let tables = tokio::task::spawn_blocking(move || database.tables()).await;
            let stopped = || Err(ReadError::new(Reason::Interrupted, "listing was stopped"));
            stream::iter(self.listed(tables.unwrap_or_else(|_| stopped())))
        })
        .flatten()
        .boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        let (database, table, scope) = (self.database(), decoded(object.location.name()), self.scope.clone());
        async move {
            let opened = tokio::task::spawn_blocking(move || database.open_table(table, &scope)).await;
            opened.unwrap_or_else(|_| Err(ReadError::new(Reason::Interrupted, "opening was stopped")))
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }
}

impl Database {
    fn connect(&self) -> Result<Connection, ReadError> {
        // A file in WAL mode without its log would get one by being opened, and so would its folder.
        let is_settled = is_in_wal_mode(&self.path) && !beside(&self.path, "-wal").exists();
        let uri = format!("file:{}?mode=ro{}", uri_path(&self.path), if is_settled { "&immutable=1" } else { "" });
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri, flags).map_err(read_error)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(read_error)?;
        connection
            .execute_batch("PRAGMA trusted_schema=OFF; PRAGMA query_only=ON; PRAGMA cell_size_check=ON;")
            .map_err(read_error)?;
        Ok(connection)
    }

    fn tables(&self) -> Result<Vec<String>, ReadError> {
        let connection = self.connect()?;
        let kinds = if self.options.views { "'table', 'virtual', 'view'" } else { "'table', 'virtual'" };
        let sql = format!(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ({kinds}) \
             AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        );
        let mut statement = connection.prepare(&sql).map_err(read_error)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(read_error)?;
        names.collect::<Result<_, _>>().map_err(read_error)
    }

    /// Starts reading a table on a thread of its own.
    fn open_table(self, table: String, scope: &str) -> Result<SourceContent, ReadError> {
        let connection = self.connect()?;
        let columns = columns(&connection, &table)?;
        let keys = foreign_keys(&connection, &table, scope)?;
        let (feed, reader) = Feed::new(FORMAT, (columns, keys), self.options.budget());
        let mut reading = Reading { connection, feed, seen: HashSet::new(), table, options: self.options };
        tokio::task::spawn_blocking(move || {
            let outcome = reading.read();
            let Reading { feed, .. } = reading;
            match outcome {
                Ok(sample) => feed.end_blocking(Ok(Some(sample))),
                Err(Stop::Failed(error)) => feed.end_blocking(Err(error)),
                Err(Stop::Closed) => {}
            }
        });
        Ok(SourceContent::Rows(Box::new(reader)))
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(read_error(error))
    }
}

/// A table that is being read.
struct Reading {
    connection: Connection,
    feed: Feed,
    /// Rowids of the newest and the oldest rows.
    seen: HashSet<i64>,
    table: String,
    options: DatabaseOptions,
}

impl Reading {
    fn read(&mut self) -> Result<Sample, Stop> {
        let Some(rowid) = self.rowid()? else { return self.read_by_place() };
        let quoted = quoted(&self.table);
        // A count reads the table's smallest index once, and makes the sample's size exact.
        let total = self.number(&format!("SELECT count(*) FROM {quoted}"))?;
        let wanted = self.options.sample_rows;
        if self.options.is_full || total <= wanted + 2 * END_ROWS {
            return self.read_all();
        }
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT {rowid}, * FROM {quoted} ORDER BY {rowid} {order} LIMIT {END_ROWS}");
            self.select(&sql, &[])?;
        }
        let ends = self.seen.len() as u64;
        let span =
            self.connection.query_row(&format!("SELECT min({rowid}), max({rowid}) FROM {quoted}"), [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        let random = Random::new(self.options.seed, &self.table);
        let mut lots = KeyLots::new(random, (i128::from(span.0), i128::from(span.1)), total);
        let are_ranges = lots.are_ranges();
        let sql = if are_ranges {
            format!("SELECT {rowid}, * FROM {quoted} WHERE {rowid} BETWEEN ?1 AND ?2 LIMIT {MAX_ROWS_OF_RANGE}")
        } else {
            format!("SELECT {rowid}, * FROM {quoted} WHERE {rowid} = ?1")
        };
        let mut clusters = Clusters::default();
        let mut again = 0;
        // A run of lots is read to its end: stopping within it would favour the lower keys.
        while !clusters.is_enough(wanted) {
            let drawn = lots.draw(clusters.missing(wanted).min(LOTS_AT_ONCE));
            if drawn.is_empty() {
                break;
            }
            for (start, end) in drawn {
                // The keys of the table are 64 bits wide, and so is all that lies between them.
                let (first, last) = (start as i64, (end - 1).min(i128::from(i64::MAX)) as i64);
                let read = if are_ranges { self.select(&sql, &[first, last])? } else { self.select(&sql, &[first])? };
                again += read.again;
                clusters.add(read.rows);
            }
        }
        Ok(Sample {
            method: if are_ranges { SampleMethod::KeyRanges } else { SampleMethod::Keys },
            seed: self.options.seed,
            rows: clusters.rows,
            end_rows: ends - again,
            independent_rows: if are_ranges { clusters.independent_rows() } else { clusters.rows },
            total_rows: Some(total),
            total_is_exact: true,
        })
    }

    /// Views, virtual tables and tables without rowid have no key to draw: all rows pass, and places of rows are drawn.
    fn read_by_place(&mut self) -> Result<Sample, Stop> {
        let total = self.number(&format!("SELECT count(*) FROM {}", quoted(&self.table)))?;
        let wanted = self.options.sample_rows;
        if self.options.is_full || total <= wanted + 2 * END_ROWS {
            return self.read_all();
        }
        let chosen = places(&mut Random::new(self.options.seed, &self.table), wanted, total);
        let ends = |place: u64| place < END_ROWS || place + END_ROWS >= total;
        let mut end_rows = 0;
        let sql = format!("SELECT 0, * FROM {}", quoted(&self.table));
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut place = 0;
        while let Some(row) = rows.next()? {
            if chosen.contains(&place) || ends(place) {
                end_rows += u64::from(!chosen.contains(&place));
                feed_row(&mut self.feed, row)?;
            }
            place += 1;
        }
        Ok(Sample {
            method: SampleMethod::Rows,
            seed: self.options.seed,
            rows: chosen.len() as u64,
            end_rows,
            independent_rows: chosen.len() as u64,
            total_rows: Some(total),
            total_is_exact: true,
        })
    }

    fn read_all(&mut self) -> Result<Sample, Stop> {
        let sql = format!("SELECT 0, * FROM {}", quoted(&self.table));
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            feed_row(&mut self.feed, row)?;
            read += 1;
        }
        Ok(Sample::all(self.options.seed, read))
    }

    /// Feeds the rows that were not seen; the first value of each is its rowid.
    fn select(&mut self, sql: &str, keys: &[i64]) -> Result<Selected, Stop> {
        let is_end = keys.is_empty();
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(keys))?;
        let mut read = Selected::default();
        while let Some(row) = rows.next()? {
            let rowid: i64 = row.get(0)?;
            read.rows += 1;
            if is_end && !self.seen.insert(rowid) {
                continue;
            }
            if !is_end && self.seen.contains(&rowid) {
                read.again += 1;
                continue;
            }
            feed_row(&mut self.feed, row)?;
        }
        Ok(read)
    }

    fn number(&self, sql: &str) -> Result<u64, Stop> {
        let number: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(number.max(0).unsigned_abs())
    }

    /// A name of the rowid that no column of the table takes away; `None` where there is none.
    fn rowid(&self) -> Result<Option<&'static str>, Stop> {
        let sql = "SELECT type = 'table' AND NOT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
        let has_rowid: bool = self.connection.query_row(sql, [&self.table], |row| row.get(0))?;
        let taken: Vec<String> = columns(&self.connection, &self.table)
            .map_err(Stop::Failed)?
            .iter()
            .map(|column| column.name.to_lowercase())
            .collect();
        let free = |name: &&str| !taken.iter().any(|column| column == name);
        Ok(["rowid", "_rowid_", "oid"].into_iter().filter(|_| has_rowid).find(free))
    }
}

/// What one statement gave.
#[derive(Default)]
struct Selected {
    rows: u64,
    /// Rows among them that were fed before.
    again: u64,
}

/// Every value behind the first one, by what it is and not by what its column was declared as.
fn feed_row(feed: &mut Feed, row: &rusqlite::Row<'_>) -> Result<(), Stop> {
    for column in 0..row.as_ref().column_count().saturating_sub(1) {
        match row.get_ref(column + 1)? {
            ValueRef::Null => {}
            ValueRef::Integer(number) => feed.text(column, number.to_string().as_bytes()),
            ValueRef::Real(number) => feed.text(column, number.to_string().as_bytes()),
            ValueRef::Text(text) => feed.text(column, text),
            ValueRef::Blob(bytes) => feed.bytes(column, bytes),
        }
    }
    if feed.end_row() {
        feed.send_blocking()?;
    }
    Ok(())
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<RowColumn>, ReadError> {
    // Generated columns are read too, hidden columns of virtual tables are arguments and no content.
    let sql = "SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
    let mut statement = connection.prepare(sql).map_err(read_error)?;
    let column = |row: &rusqlite::Row<'_>| {
        let (name, declared): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(RowColumn { name: name.into(), kind: kind(&declared), comment: None })
    };
    let columns = statement.query_map([table], column).map_err(read_error)?;
    let columns: Vec<RowColumn> = columns.collect::<Result<_, _>>().map_err(read_error)?;
    if columns.is_empty() {
        return Err(ReadError::new(Reason::NotFound, "the table is gone"));
    }
    Ok(columns)
}

fn foreign_keys(connection: &Connection, table: &str, scope: &str) -> Result<Vec<ForeignKey>, ReadError> {
    let sql = "SELECT id, '', \"table\", \"from\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
    let mut statement = connection.prepare(sql).map_err(read_error)?;
    let texts = |row: &rusqlite::Row<'_>| {
        Ok(vec![Some(row.get::<_, i64>(0)?.to_string()), row.get(1)?, row.get(2)?, row.get(3)?])
    };
    let rows = statement.query_map([table], texts).map_err(read_error)?;
    let rows = rows.collect::<Result<_, _>>().map_err(read_error)?;
    // Names of tables are the same whatever their case.
    let key = |key: Reference| key.key(format!("{scope}/{}", encoded(&written(connection, &key.table))));
    Ok(Reference::all(rows).into_iter().map(key).collect())
}

/// A table's name as its schema writes it.
fn written(connection: &Connection, table: &str) -> String {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    connection.query_row(sql, [table], |row| row.get(0)).unwrap_or_else(|_| table.to_owned())
}

/// By the declared type, as far as SQLite itself goes by it.
fn kind(declared: &str) -> ColumnKind {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["DATE", "TIME"]) {
        ColumnKind::Temporal
    } else if has(&["INT", "NUM", "DEC", "REAL", "FLOA", "DOUB"]) {
        ColumnKind::Number
    } else {
        ColumnKind::Text
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The path as a part of an SQLite URI.
fn uri_path(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The header's read version says it.
fn is_in_wal_mode(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[19] == 2
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The text of SQLite's errors can hold values of a damaged schema: the code alone is kept.
fn read_error(error: rusqlite::Error) -> ReadError {
    let Some(code) = error.sqlite_error_code() else {
        return ReadError::new(Reason::Unreadable, "a value of an unexpected type");
    };
    let reason = match code {
        ErrorCode::DatabaseCorrupt => Reason::Corrupt,
        ErrorCode::NotADatabase => Reason::UnsupportedFormat,
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => Reason::AccessDenied,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Reason::TimedOut,
        ErrorCode::TooBig => Reason::MemoryLimit,
        _ => Reason::Unreadable,
    };
    ReadError::new(reason, format!("SQLite: {code:?}"))
}
