//! SQLite as a source: `sqlite:PATH`, its tables, and its views where they are asked for; and database files that are met
//! among other files ([`file`]).
//!
//! The file is opened read-only and nothing is created beside it. Rows are drawn by rowid. The file is not trusted: its
//! schema may not call functions with side effects, and damage ends one table.

mod clock;
mod database;
mod file;
mod reading;

pub use file::{DatabaseTables, database_tables};

use super::cells::{Cells, Described};
use super::feed::Feed;
use super::{DatabaseOptions, decoded, encoded, unlisted};
use crate::model::{Listed, Location, Object, ReadError, Reason, RowColumn, SourceContent};
use crate::sources::selection::Selection;
use crate::sources::{Source, SourceError, SourceOptions};
use database::Database;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use reading::Reading;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FORMAT: &str = "sqlite";

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
        Database { path: self.path.clone(), has_views: self.options.views, is_copy: false }
    }

    fn listed(&self, tables: Result<Vec<String>, ReadError>, state: Option<&String>) -> Vec<Listed> {
        let tables = match tables {
            Ok(tables) => tables,
            Err(error) => {
                let (object, coverage) = unlisted(self.scope.clone(), &error);
                return vec![Listed::Gap(object, coverage)];
            }
        };
        let listed = |table: String| {
            let object = Object::at(Location::from_uri(format!("{}/{}", self.scope, encoded(&table))));
            let object = Object { table_state: state.cloned(), ..object };
            self.selection.listed(object, Path::new(&table))
        };
        tables.into_iter().map(listed).collect()
    }
}

impl Source for SqliteSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let (database, asks_states) = (self.database(), self.options.asks_states);
        stream::once(async move {
            let listed = tokio::task::spawn_blocking(move || {
                (asks_states.then(|| database.state()).flatten(), database.tables())
            })
            .await;
            let stopped = || (None, Err(ReadError::new(Reason::Interrupted, "listing was stopped")));
            let (state, tables) = listed.unwrap_or_else(|_| stopped());
            stream::iter(self.listed(tables, state.as_ref()))
        })
        .flatten()
        .boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        let (table, scope) = (decoded(object.location.name()), self.scope.clone());
        let (database, options) = (self.database(), self.options.clone());
        async move {
            let opened = tokio::task::spawn_blocking(move || open_table(&database, table, &scope, options)).await;
            opened.unwrap_or_else(|_| Err(ReadError::new(Reason::Interrupted, "opening was stopped")))
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }
}

/// Starts reading a table on a thread of its own.
fn open_table(
    database: &Database,
    table: String,
    scope: &str,
    options: DatabaseOptions,
) -> Result<SourceContent, ReadError> {
    let connection = database.connect()?;
    let columns = database::columns(&connection, &table)?;
    let keys = database::foreign_keys(&connection, &table, scope)?;
    let (feed, reader) = Feed::new(FORMAT, cells_of(columns), keys, options.budget());
    let reading = Reading::new(connection, feed, table, options);
    tokio::task::spawn_blocking(move || reading.read_to_end());
    Ok(SourceContent::Rows(Box::new(reader)))
}

/// None of the rows of these columns yet.
fn cells_of(columns: Vec<RowColumn>) -> Cells {
    Cells::new(Arc::new(Described { columns, about: None }), 0)
}
