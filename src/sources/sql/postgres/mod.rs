//! PostgreSQL as a source: the tables of a database or of all databases of a server, over one connection.
//!
//! Every statement runs in a read-only transaction with a timeout, in the text protocol, so that a type that nobody here
//! knows reads as the server itself writes it. Row-level security is never silently obeyed: the table is then a gap.

mod listing;
mod reading;
mod session;
mod table;
mod tap;

use super::address::Address;
use super::catalogue::{Answer, Catalogue, TableName};
use super::feed::{Feed, Stop};
use super::login::{self, SignIn};
use super::packed::PackedRows;
use super::state::ListedTable;
use super::{DatabaseOptions, Reference, ServerName, decoded, encoded, unlisted};
use crate::model::{Listed, Object, ReadError, Reason, SourceContent};
use crate::sources::selection::Selection;
use crate::sources::{Source, SourceError, SourceOptions};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use reading::Reading;
use session::{Cancel, Session};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use table::Table;
use tokio::sync::{Mutex, OwnedMutexGuard};

const SCHEME: &str = "postgres";
const DEFAULT_PORT: u16 = 5432;
/// Where the databases of a server are asked for.
const FIRST_DATABASE: &str = "postgres";

/// Databases with which Amazon, Microsoft and Google run a server, and which nobody else can enter. A database of that name that
/// belongs to a customer is read.
const OF_PROVIDERS: &str = "'rdsadmin', 'azure_maintenance', 'cloudsqladmin', 'alloydbadmin'";

/// Databases of one server.
pub(in crate::sources) struct PostgresSource {
    server: Arc<Server>,
    database: Option<String>,
    selection: Selection,
    name: ServerName,
}

/// How the server is reached, and the one connection to it.
pub(super) struct Server {
    address: Address,
    sign_in: SignIn,
    options: DatabaseOptions,
    session: Arc<Mutex<Option<Session>>>,
    /// The tables that are read next.
    catalogue: std::sync::Mutex<Catalogue<Table>>,
    /// Stops what the server does for the connection.
    cancel: std::sync::Mutex<Option<Cancel>>,
}

/// The connection, held by whoever reads.
type Held = OwnedMutexGuard<Option<Session>>;

impl PostgresSource {
    /// `rest` is what follows `postgres://` in the target.
    pub(in crate::sources) fn open(rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let address = Address::parse(SCHEME, rest, DEFAULT_PORT)?;
        let name = ServerName { scope: address.scope(SCHEME), lasting: None };
        let login = login::of_postgres(&address, options.database.user.as_deref());
        Self::at(name, address, SignIn::Known(login), options)
    }

    /// A server whose place and name are known.
    pub(super) fn at(
        name: ServerName,
        address: Address,
        sign_in: SignIn,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let database = address.database.clone();
        let session = Arc::new(Mutex::new(None));
        let server = Server {
            address,
            sign_in,
            options: options.database.clone(),
            session,
            catalogue: std::sync::Mutex::default(),
            cancel: std::sync::Mutex::new(None),
        };
        Ok(Self { server: Arc::new(server), database, selection: Selection::new(options)?, name })
    }

    async fn databases(&self) -> Result<Vec<String>, ReadError> {
        if let Some(database) = &self.database {
            return Ok(vec![database.clone()]);
        }
        let held = self.server.session(FIRST_DATABASE).await?;
        // Nobody can create a database of a template while it is read. One that takes no connections is told as a gap.
        let session = held.as_ref().ok_or_else(session::lost)?;
        let sql = format!(
            "SELECT datname FROM pg_database WHERE NOT datistemplate \
             AND NOT (datname IN ({OF_PROVIDERS}) AND pg_get_userbyid(datdba) ~ '^(rdsadmin|azure|cloudsqladmin|alloydb)') ORDER BY datname"
        );
        let rows = session.rows(&sql).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    async fn tables(&self, database: &str) -> Result<Vec<ListedTable>, ReadError> {
        let held = self.server.session(database).await?;
        let session = held.as_ref().ok_or_else(session::lost)?;
        let is_read = |schema: &str, name: &str| matches!(self.table(database, schema, name, None), Listed::Object(_));
        listing::tables(session, &self.server.options, is_read).await
    }

    /// A table as it is listed, if it is to be read.
    fn table(&self, database: &str, schema: &str, name: &str, state: Option<String>) -> Listed {
        let object = self.name.object(&format!("{}/{}.{}", encoded(database), encoded(schema), encoded(name)));
        let object = Object { table_state: state, ..object };
        self.selection.listed(object, Path::new(&format!("{schema}.{name}")))
    }

    /// Everything of one database, or the reason why it cannot be listed.
    async fn listed(&self, database: &str) -> Vec<Listed> {
        let database_part = encoded(database);
        match self.tables(database).await {
            Ok(tables) => {
                let mut read = Vec::new();
                let listed = tables.into_iter().map(|ListedTable { schema, name, state }| {
                    let listed = self.table(database, &schema, &name, state);
                    if matches!(listed, Listed::Object(_)) {
                        read.push(TableName { database: database.to_owned(), schema, name });
                    }
                    listed
                });
                let listed = listed.collect();
                self.server.catalogue().expect(read.into_iter());
                listed
            }
            Err(error) => {
                let (object, coverage) = unlisted(format!("{}/{database_part}", self.name.scope), &error);
                vec![Listed::Gap(object, coverage)]
            }
        }
    }
}

impl Source for PostgresSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let databases = stream::once(self.databases()).flat_map(move |databases| match databases {
            Ok(databases) => stream::iter(databases)
                .then(move |database| async move { stream::iter(self.listed(&database).await) })
                .flatten()
                .boxed(),
            Err(error) => {
                let (object, coverage) = unlisted(self.name.scope.clone(), &error);
                stream::iter([Listed::Gap(object, coverage)]).boxed()
            }
        });
        databases.boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        let server = self.server.clone();
        async move {
            let mut parts = object.location.as_str().rsplit('/');
            let table = parts.next().and_then(|name| name.split_once('.'));
            let (Some((schema, table)), Some(database)) = (table, parts.next()) else {
                return Err(ReadError::new(Reason::InternalError, "not a table as it was listed"));
            };
            // The connection is held until the table is read: tables are read in the order in which they get it.
            let name = TableName { database: decoded(database), schema: decoded(schema), name: decoded(table) };
            let held = server.session(&name.database).await?;
            let session = held.as_ref().ok_or_else(session::lost)?;
            let table = server.describe(session, &name).await?;
            let place = object.location.parent();
            let key = |key: &Reference| key.key(format!("{place}{}.{}", encoded(&key.schema), encoded(&key.table)));
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

    fn stop(&self) -> BoxFuture<'_, ()> {
        let cancel = self.server.cancel.lock().unwrap_or_else(PoisonError::into_inner).clone();
        async move {
            if let Some(cancel) = cancel {
                cancel.run().await;
            }
        }
        .boxed()
    }
}

/// Reads a table to its end, and leaves the connection as it was, or not at all.
async fn read(mut held: Held, mut reading: Reading) {
    let Some(session) = held.as_ref() else { return };
    let outcome = reading.read(session).await;
    match outcome {
        Ok(sample) => {
            session.leave().await;
            reading.feed.end(Ok(Some(sample))).await;
        }
        Err(Stop::Failed(error)) => {
            if error.reason == Reason::ByteBudget {
                // The rest of the answer would still be sent. A request to stop may arrive late and must not stop what
                // comes next, so the connection is not used again.
                session.cancel().run().await;
                *held = None;
            } else {
                session.leave().await;
            }
            reading.feed.end(Err(error)).await;
        }
        Err(Stop::Closed) => {
            // Nobody wants the rest: the server is told to stop, and the connection is not used again.
            session.cancel().run().await;
            *held = None;
        }
    }
}

impl Server {
    /// The connection, to `database`; made anew where it is to another one or broken.
    async fn session(&self, database: &str) -> Result<Held, ReadError> {
        let mut held = self.session.clone().lock_owned().await;
        if !held.as_ref().is_some_and(|session| session.is_for(database)) {
            *held = None;
            let session = Session::connect(self, database).await?;
            *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.cancel());
            *held = Some(session);
        }
        Ok(held)
    }

    fn catalogue(&self) -> std::sync::MutexGuard<'_, Catalogue<Table>> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the catalogue says of a table, which is asked about those that follow, too.
    async fn describe(&self, session: &Session, table: &TableName) -> Answer<Table> {
        let known = self.catalogue().take(table);
        if let Some(answer) = known {
            return answer;
        }
        let mut asked = self.catalogue().next(table, true);
        let mut answers = Table::describe(session, &asked).await;
        if answers.is_err() && asked.len() > 1 {
            asked = self.catalogue().alone(asked);
            answers = Table::describe(session, &asked).await;
        }
        let first = self.catalogue().keep(asked, answers?);
        first.unwrap_or_else(|| Err(session::lost()))
    }
}
