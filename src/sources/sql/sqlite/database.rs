//! A database file as SQLite opens it, and what its schema says.

use crate::model::{ColumnKind, ForeignKey, ReadError, Reason, RowColumn};
use crate::sources::sql::{Reference, encoded, state};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a table may be locked by somebody who writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes within this may have one time.
const GRANULE: Duration = Duration::from_secs(2);

/// Bytes of a row that are held. A larger one is left out, and the coverage says so.
const MAX_ROW_BYTES: i32 = 64 << 20;

/// A database file.
pub(super) struct Database {
    pub(super) path: PathBuf,
    /// Whether its views are read too.
    pub(super) has_views: bool,
    /// Whether it is a copy that nobody else uses.
    pub(super) is_copy: bool,
}

impl Database {
    pub(super) fn connect(&self) -> Result<Connection, ReadError> {
        // A file in WAL mode without its log would get one by being opened, and so would its folder.
        let is_settled = self.is_copy || (is_in_wal_mode(&self.path) && !beside(&self.path, "-wal").exists());
        let uri = format!("file:{}?mode=ro{}", uri_path(&self.path), if is_settled { "&immutable=1" } else { "" });
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri, flags).map_err(read_error)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(read_error)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_ROW_BYTES).map_err(read_error)?;
        connection
            .execute_batch("PRAGMA trusted_schema=OFF; PRAGMA query_only=ON; PRAGMA cell_size_check=ON;")
            .map_err(read_error)?;
        Ok(connection)
    }

    /// What tells whether any table of it was changed: size and time of the file and of its log; `None` where one of them was
    /// written so lately that the next change may have the same time.
    pub(super) fn state(&self) -> Option<String> {
        let now = SystemTime::now();
        let mut parts = Vec::new();
        for path in [self.path.clone(), beside(&self.path, "-wal")] {
            let Ok(file) = std::fs::metadata(path) else {
                parts.push(String::new());
                continue;
            };
            let modified = file.modified().ok()?;
            now.duration_since(modified).ok().filter(|age| *age >= GRANULE)?;
            parts.push(format!("{} {:?}", file.len(), modified.duration_since(UNIX_EPOCH).ok()?));
        }
        Some(state::digest(parts.iter().map(String::as_str)))
    }

    pub(super) fn tables(&self) -> Result<Vec<String>, ReadError> {
        self.tables_of(&self.connect()?)
    }

    /// The same over a connection that there is already.
    pub(super) fn tables_of(&self, connection: &Connection) -> Result<Vec<String>, ReadError> {
        let kinds = if self.has_views { "'table', 'virtual', 'view'" } else { "'table', 'virtual'" };
        let sql = format!(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ({kinds}) \
             AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        );
        let mut statement = connection.prepare(&sql).map_err(read_error)?;
        let names = statement.query_map([], |row| row.get(0)).map_err(read_error)?;
        names.collect::<Result<_, _>>().map_err(read_error)
    }
}

pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<RowColumn>, ReadError> {
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

pub(super) fn foreign_keys(connection: &Connection, table: &str, scope: &str) -> Result<Vec<ForeignKey>, ReadError> {
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

pub(super) fn quoted(name: &str) -> String {
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

/// Whether a row is larger than what is held.
pub(super) fn is_too_big(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::TooBig)
}

/// The text of SQLite's errors can hold values of a damaged schema: the code alone is kept.
pub(super) fn read_error(error: rusqlite::Error) -> ReadError {
    let Some(code) = error.sqlite_error_code() else {
        return ReadError::new(Reason::Unreadable, "a value of an unexpected type");
    };
    let reason = match code {
        ErrorCode::DatabaseCorrupt => Reason::Corrupt,
        ErrorCode::NotADatabase => Reason::UnsupportedFormat,
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => Reason::AccessDenied,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OperationInterrupted => Reason::TimedOut,
        ErrorCode::TooBig => Reason::MemoryLimit,
        _ => Reason::Unreadable,
    };
    ReadError::new(reason, format!("SQLite: {code:?}"))
}
