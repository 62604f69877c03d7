//! MySQL and MariaDB as a source: the tables of a database or of all databases of a server, over one connection.
//!
//! Every statement runs in a read-only transaction with a timeout, in the text protocol. Rows are drawn by key, never by
//! sorting a table by random numbers.

mod listing;
mod reading;
mod session;
mod table;

use super::address::Address;
use super::catalogue::{Answer, Catalogue, TableName};
use super::feed::{Feed, Stop};
use super::login::{self, SignIn};
use super::packed::PackedRows;
use super::state::ListedTable;
use super::{DatabaseOptions, Reference, ServerName, decoded, encoded, unlisted};
use crate::model::{Listed, Location, Object, ReadError, Reason, SourceContent};
use crate::sources::selection::Selection;
use crate::sources::{Source, SourceError, SourceOptions};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use reading::Reading;
use session::{Running, Session};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use table::Table;
use tokio::sync::{Mutex, OwnedMutexGuard};

const SCHEME: &str = "mysql";
const DEFAULT_PORT: u16 = 3306;

/// Databases of one server.
pub(in crate::sources) struct MysqlSource {
    server: Arc<Server>,
    selection: Selection,
    name: ServerName,
    is_listed: AtomicBool,
}

/// How the server is reached, and the one connection to it.
pub(super) struct Server {
    address: Address,
    sign_in: SignIn,
    options: DatabaseOptions,
    session: Arc<Mutex<Option<Session>>>,
    /// The tables that are read next.
    catalogue: std::sync::Mutex<Catalogue<Table>>,
    /// What the server knows the connection by.
    running: std::sync::Mutex<Option<Running>>,
}

/// The connection, held by whoever reads.
type Held = OwnedMutexGuard<Option<Session>>;

impl MysqlSource {
    /// `rest` is what follows `mysql://` in the target.
    pub(in crate::sources) fn open(rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let address = Address::parse(SCHEME, rest, DEFAULT_PORT)?;
        let name = ServerName { scope: address.scope(SCHEME), lasting: None };
        let login = login::of_mysql(&address, options.database.user.as_deref());
        Self::at(name, address, SignIn::Known(login), options)
    }

    /// A server whose place and name are known.
    pub(super) fn at(
        name: ServerName,
        address: Address,
        sign_in: SignIn,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let session = Arc::new(Mutex::new(None));
        let server = Server {
            address,
            sign_in,
            options: options.database.clone(),
            session,
            catalogue: std::sync::Mutex::default(),
            running: std::sync::Mutex::new(None),
        };
        Ok(Self {
            server: Arc::new(server),
            selection: Selection::new(options)?,
            name,
            is_listed: AtomicBool::new(false),
        })
    }

    async fn tables(&self) -> Result<Vec<ListedTable>, ReadError> {
        let mut held = self.server.session().await?;
        let session = held.as_mut().ok_or_else(session::lost)?;
        listing::tables(session, self.server.address.database.as_deref(), &self.server.options).await
    }

    fn table(&self, table: &TableName, state: Option<String>) -> Listed {
        let TableName { database, name, .. } = table;
        let object = self.name.object(&format!("{}/{}", encoded(database), encoded(name)));
        let object = Object { table_state: state, ..object };
        self.selection.listed(object, Path::new(&format!("{database}.{name}")))
    }

    fn listed(&self, tables: Result<Vec<ListedTable>, ReadError>) -> Vec<Listed> {
        match tables {
            Ok(tables) => {
                self.is_listed.store(true, Ordering::Relaxed);
                let mut read = Vec::new();
                let listed = tables.into_iter().map(|ListedTable { schema, name, state }| {
                    let table = TableName { database: schema, schema: String::new(), name };
                    let listed = self.table(&table, state);
                    if matches!(listed, Listed::Object(_)) {
                        read.push(table);
                    }
                    listed
                });
                let listed = listed.collect();
                self.server.catalogue().expect(read.into_iter());
                listed
            }
            Err(error) => {
                let database = self.server.address.database.as_deref().map(encoded);
                let scope = &self.name.scope;
                let place = database.map_or(scope.clone(), |database| format!("{scope}/{database}"));
                let (object, coverage) = unlisted(place, &error);
                vec![Listed::Gap(object, coverage)]
            }
        }
    }
}

impl Source for MysqlSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        stream::once(async move { stream::iter(self.listed(self.tables().await)) }).flatten().boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        let server = self.server.clone();
        async move {
            let Some(name) = table_name(&object.location) else {
                return Err(ReadError::new(Reason::InternalError, "not a table as it was listed"));
            };
            // The connection is held until the table is read: tables are read in the order in which they get it.
            let mut held = server.session().await?;
            let session = held.as_mut().ok_or_else(session::lost)?;
            let table = match server.describe(session, &name).await {
                Ok(table) => table,
                Err(error) => {
                    if session.leave().await.is_err() {
                        *held = None;
                    }
                    return Err(error);
                }
            };
            let scope = &self.name.scope;
            let key = |key: &Reference| key.key(format!("{scope}/{}/{}", encoded(&key.schema), encoded(&key.table)));
            let keys = table.references.iter().map(key).collect();
            let table = Arc::new(table);
            let run = PackedRows::new(table.described(), table.clone());
            let (feed, reader) = Feed::new(SCHEME, run, keys, server.options.budget());
            tokio::spawn(read(held, Reading::new(feed, table, server.options.clone())));
            Ok(SourceContent::Rows(Box::new(reader)))
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.name.scope.clone()
    }

    /// The catalogue shows nobody a table of which nothing was granted. Where it could not be asked, that is a gap of its own.
    fn hides(&self) -> bool {
        self.is_listed.load(Ordering::Relaxed)
    }

    fn unlisted<'a>(&'a self, location: &'a Location) -> BoxFuture<'a, Option<Listed>> {
        async move {
            let is_here = location.as_str().strip_prefix(&self.name.scope).is_some_and(|rest| rest.starts_with('/'));
            let table = table_name(location).filter(|_| is_here && self.hides())?;
            let asked = async {
                let mut held = self.server.session().await?;
                held.as_mut().ok_or_else(session::lost)?.ask_for(&table).await
            };
            match asked.await {
                Err(error) if error.reason == Reason::NotFound => None,
                // It is there, or nobody can tell. Whoever opens it is told why it cannot be read.
                _ => Some(self.table(&table, None)),
            }
        }
        .boxed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let running = self.server.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        async move {
            if let Some(running) = running {
                running.kill(&self.server).await;
            }
        }
        .boxed()
    }
}

/// The table that a location names.
fn table_name(location: &Location) -> Option<TableName> {
    let mut parts = location.as_str().rsplit('/');
    let (name, database) = (parts.next()?, parts.next()?);
    Some(TableName { database: decoded(database), schema: String::new(), name: decoded(name) })
}

/// Reads a table to its end, and leaves the connection as it was, or not at all.
async fn read(mut held: Held, mut reading: Reading) {
    let Some(session) = held.as_mut() else { return };
    let outcome = reading.read(session).await;
    if outcome.is_err() || session.leave().await.is_err() {
        // What is left of an answer is not read: the connection ends with it.
        *held = None;
    }
    match outcome {
        Ok(sample) => reading.feed.end(Ok(Some(sample))).await,
        Err(Stop::Failed(error)) => reading.feed.end(Err(error)).await,
        Err(Stop::Closed) => {}
    }
}

impl Server {
    /// The connection, made where there is none.
    async fn session(&self) -> Result<Held, ReadError> {
        let mut held = self.session.clone().lock_owned().await;
        if held.is_none() {
            let session = Session::connect(self).await?;
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.running());
            *held = Some(session);
        }
        Ok(held)
    }

    fn catalogue(&self) -> std::sync::MutexGuard<'_, Catalogue<Table>> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the catalogue says of a table, which is asked about those that follow, too.
    async fn describe(&self, session: &mut Session, table: &TableName) -> Answer<Table> {
        let known = self.catalogue().take(table);
        if let Some(answer) = known {
            return answer;
        }
        let mut asked = self.catalogue().next(table, session.has_dictionary());
        let mut answers = Table::describe(session, &asked).await;
        if answers.is_err() && asked.len() > 1 {
            asked = self.catalogue().alone(asked);
            answers = Table::describe(session, &asked).await;
        }
        let first = self.catalogue().keep(asked, answers?);
        match first.unwrap_or_else(|| Err(session::lost())) {
            // The catalogue says the same of a table that is not shown as of one that is not there.
            Err(error) if error.reason == Reason::NotFound => Err(session.ask_for(table).await.err().unwrap_or(error)),
            answer => answer,
        }
    }
}
