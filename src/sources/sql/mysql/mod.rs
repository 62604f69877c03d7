//! MySQL and MariaDB as a source: the tables of a database or of all databases of a server, over one connection.
//!
//! Every statement runs in a read-only transaction with a timeout, in the text protocol. Rows are drawn by key, never by
//! sorting a table by random numbers.

mod reading;
mod session;
mod table;

use super::address::Address;
use super::feed::{Feed, Stop};
use super::login::{self, Login};
use super::{DatabaseOptions, decoded, encoded, unlisted};
use crate::model::{Listed, Location, Object, ReadError, Reason, SourceContent};
use crate::sources::selection::Selection;
use crate::sources::{Source, SourceError, SourceOptions};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use reading::Reading;
use session::Session;
use std::path::Path;
use std::sync::Arc;
use table::Table;
use tokio::sync::{Mutex, OwnedMutexGuard};

const SCHEME: &str = "mysql";
const DEFAULT_PORT: u16 = 3306;

/// Databases of one server.
pub(in crate::sources) struct MysqlSource {
    server: Arc<Server>,
    selection: Selection,
    /// `mysql://host`, how every location begins.
    scope: String,
}

/// How the server is reached, and the one connection to it.
pub(super) struct Server {
    address: Address,
    login: Login,
    options: DatabaseOptions,
    session: Arc<Mutex<Option<Session>>>,
}

/// The connection, held by whoever reads.
type Held = OwnedMutexGuard<Option<Session>>;

impl MysqlSource {
    /// `rest` is what follows `mysql://` in the target.
    pub(in crate::sources) fn open(rest: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let address = Address::parse(SCHEME, rest, DEFAULT_PORT)?;
        let scope = address.scope(SCHEME);
        let login = login::of_mysql(&address);
        let session = Arc::new(Mutex::new(None));
        let server = Server { address, login, options: options.database.clone(), session };
        Ok(Self { server: Arc::new(server), selection: Selection::new(options)?, scope })
    }

    async fn tables(&self) -> Result<Vec<(String, String)>, ReadError> {
        let mut held = self.server.session().await?;
        let session = held.as_mut().ok_or_else(session::lost)?;
        table::names(session, self.server.address.database.as_deref(), self.server.options.views).await
    }

    fn listed(&self, tables: Result<Vec<(String, String)>, ReadError>) -> Vec<Listed> {
        match tables {
            Ok(tables) => {
                let listed = |(database, table): (String, String)| {
                    let location = format!("{}/{}/{}", self.scope, encoded(&database), encoded(&table));
                    let relative = format!("{database}.{table}");
                    self.selection.listed(Object::at(Location::from_uri(location)), Path::new(&relative))
                };
                tables.into_iter().map(listed).collect()
            }
            Err(error) => {
                let database = self.server.address.database.as_deref().map(encoded);
                let place = database.map_or(self.scope.clone(), |database| format!("{}/{database}", self.scope));
                vec![unlisted(place, &error)]
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
            let mut parts = object.location.as_str().rsplit('/');
            let (Some(table), Some(database)) = (parts.next(), parts.next()) else {
                return Err(ReadError::new(Reason::InternalError, "not a table as it was listed"));
            };
            // The connection is held until the table is read: tables are read in the order in which they get it.
            let mut held = server.session().await?;
            let session = held.as_mut().ok_or_else(session::lost)?;
            let table = Table::describe(session, &decoded(database), &decoded(table)).await?;
            let (feed, reader) = Feed::new(SCHEME, table.column_names());
            tokio::spawn(read(held, Reading::new(feed, table, server.options.clone())));
            Ok(SourceContent::Rows(Box::new(reader)))
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }
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
            *held = Some(Session::connect(self).await?);
        }
        Ok(held)
    }
}
