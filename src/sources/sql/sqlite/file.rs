//! A database file that was met among other files: all tables of it, one after the other, every row.
//!
//! There is no server to spare, and such a file is read as wholly as any other. One connection is opened, so a copy that was
//! made to be read may be removed at once.

use super::FORMAT;
use super::cells_of;
use super::database::{self, Database};
use super::reading::Reading;
use crate::model::{ReadError, Reason, RowReader};
use crate::sources::sql::DatabaseOptions;
use crate::sources::sql::feed::Feed;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Text of a table may be so many times as large as its file; a cycle in a damaged or a made-up file has no end.
const MAX_RATIO: u64 = 100;
const LEAST_BUDGET_BYTES: u64 = 64 << 20;

/// A table with its rows, or why it cannot be read.
type Opened = (String, Result<Box<dyn RowReader>, ReadError>);

/// The tables of a file. Each has to be read to its end, or dropped, before the next one is asked for.
pub struct DatabaseTables {
    opened: Receiver<Opened>,
}

impl Iterator for DatabaseTables {
    type Item = Opened;

    fn next(&mut self) -> Option<Self::Item> {
        self.opened.recv().ok()
    }
}

/// Opens the file and lists its tables. Of a file in its place the log is read too, where there is one beside it; a copy,
/// which nobody else uses, may be removed afterwards. An error says why nothing of it can be read.
pub fn database_tables(path: &Path, is_copy: bool) -> Result<DatabaseTables, ReadError> {
    let size_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let database = Database { path: path.to_owned(), has_views: false, is_copy };
    let connection = database.connect()?;
    let tables = database.tables_of(&connection)?;
    let options = DatabaseOptions { is_full: true, ..DatabaseOptions::default() };
    let budget = size_bytes.saturating_mul(MAX_RATIO).max(LEAST_BUDGET_BYTES);
    // One more would be opened ahead of the one that is read.
    let (sender, opened) = sync_channel(0);
    let read = move || read(connection, tables, &options, budget, &sender);
    std::thread::Builder::new()
        .name("phinder-sqlite".to_owned())
        .spawn(read)
        .map_err(|error| ReadError::new(Reason::InternalError, format!("no thread: {error}")))?;
    Ok(DatabaseTables { opened })
}

fn read(
    mut connection: Connection,
    tables: Vec<String>,
    options: &DatabaseOptions,
    budget: u64,
    opened: &SyncSender<Opened>,
) {
    for table in tables {
        let fed = database::columns(&connection, &table)
            .map(|columns| Feed::new(FORMAT, cells_of(columns), Vec::new(), Some(budget)));
        let (feed, reader) = match fed {
            Ok((feed, reader)) => (Some(feed), Ok(Box::new(reader) as Box<dyn RowReader>)),
            Err(error) => (None, Err(error)),
        };
        if opened.send((table.clone(), reader)).is_err() {
            return;
        }
        if let Some(feed) = feed {
            connection = Reading::new(connection, feed, table, options.clone()).read_to_end();
        }
    }
}
