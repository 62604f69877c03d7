//! One read-only connection to one database of PostgreSQL.

use super::Server;
use super::tap::{TakenRows, Tap, Tapped};
use crate::model::{ReadError, Reason};
use crate::sources::sql::tls;
use futures::TryStreamExt;
use futures::channel::mpsc::Receiver;
use std::error::Error as _;
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{CancelToken, Client, Config, Error, SimpleQueryMessage, SimpleQueryStream};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a lock that somebody holds on a table is waited for.
const LOCK_TIMEOUT: &str = "2s";
/// A transaction that cannot write.
pub(super) const BEGIN: &str = "START TRANSACTION READ ONLY";
/// A transaction of ours that nobody goes on with ends by itself.
const IDLE_TIMEOUT: &str = "5min";

/// A connection that was set up.
pub(super) struct Session {
    client: Client,
    cancel: Cancel,
    tap: Tap,
    database: String,
}

/// Asks the server, over a second connection, to stop what it does for the first one.
#[derive(Clone)]
pub(super) struct Cancel {
    token: CancelToken,
    tls: MakeRustlsConnect,
}

impl Cancel {
    pub(super) async fn run(&self) {
        let _ = tokio::time::timeout(CONNECT_TIMEOUT, self.token.cancel_query(self.tls.clone())).await;
    }
}

/// Rows as texts; `None` is NULL.
pub(super) type Rows = Vec<Vec<Option<String>>>;

impl Session {
    pub(super) async fn connect(server: &Server, database: &str) -> Result<Self, ReadError> {
        let (address, options) = (&server.address, &server.options);
        let is_insecure = options.insecure_hosts.contains(&address.host);
        let tls = if is_insecure || address.is_socket() {
            tls::unverified()?
        } else {
            tls::verified(options.ca_file.as_deref())?
        };
        let tls = MakeRustlsConnect::new(tls);
        let mut config = Config::new();
        config
            .host(address.host.as_str())
            .port(address.port)
            .dbname(database)
            .application_name("phinder")
            .connect_timeout(CONNECT_TIMEOUT)
            .ssl_mode(if address.is_socket() || is_insecure { SslMode::Prefer } else { SslMode::Require });
        let login = server.sign_in.login().await?;
        if let Some(user) = &login.user {
            config.user(user.as_str());
        }
        if let Some(password) = &login.password {
            config.password(password.as_str());
        }
        let tap = Tap::default();
        let tapped = Tapped { tls: tls.clone(), tap: tap.clone() };
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT * 2, config.connect(tapped));
        let connected = connecting.await.map_err(|_| ReadError::new(Reason::TimedOut, "connecting took too long"))?;
        let (client, connection) =
            connected.map_err(|error| tls::advised(connect_error(&error), &address.host, options))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        let cancel = Cancel { token: client.cancel_token(), tls };
        let session = Self { client, cancel, tap, database: database.to_owned() };
        let timeout = if options.is_full { 0 } else { options.statement_timeout.as_millis() };
        let setup = format!(
            "SET default_transaction_read_only = on; SET statement_timeout = {timeout}; SET lock_timeout = '{LOCK_TIMEOUT}'; \
             SET idle_in_transaction_session_timeout = '{IDLE_TIMEOUT}'; SET row_security = off; SET search_path = pg_catalog; \
             SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1"
        );
        session.client.batch_execute(&setup).await.map_err(|error| read_error(&error))?;
        // Such a database holds whatever was put in: with no encoding asked for, bytes that are no text cost their value
        // alone, and not the table.
        let any = "SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE current_setting('server_encoding') = 'SQL_ASCII'";
        session.client.batch_execute(any).await.map_err(|error| read_error(&error))?;
        // So that a statement ends with a scan that was stopped. Known from version 14 on.
        let _ = session.client.batch_execute("SET client_connection_check_interval = '2s'").await;
        Ok(session)
    }

    pub(super) fn is_for(&self, database: &str) -> bool {
        self.database == database && !self.client.is_closed()
    }

    /// Ends the transaction; an error is the next statement's.
    pub(super) async fn leave(&self) {
        let _ = self.client.batch_execute("ROLLBACK").await;
    }

    /// How to stop what the server does for this connection.
    pub(super) fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Few rows at once.
    pub(super) async fn rows(&self, sql: &str) -> Result<Rows, ReadError> {
        Ok(self.answers(sql).await?.into_iter().flatten().collect())
    }

    /// Few rows of each statement.
    pub(super) async fn answers(&self, sql: &str) -> Result<Vec<Rows>, ReadError> {
        let messages = self.client.simple_query(sql).await.map_err(|error| read_error(&error))?;
        let values = |row: &tokio_postgres::SimpleQueryRow| {
            (0..row.len()).map(|index| row.try_get(index).ok().flatten().map(str::to_owned)).collect()
        };
        let (mut answers, mut rows) = (Vec::new(), Rows::new());
        for message in &messages {
            match message {
                SimpleQueryMessage::Row(row) => rows.push(values(row)),
                SimpleQueryMessage::CommandComplete(_) => answers.push(std::mem::take(&mut rows)),
                _ => {}
            }
        }
        Ok(answers)
    }

    /// One number.
    pub(super) async fn number(&self, sql: &str) -> Result<u64, ReadError> {
        let rows = self.rows(sql).await?;
        let text = rows.first().and_then(|row| row.first()).and_then(Option::as_deref);
        text.and_then(|text| text.parse().ok()).ok_or_else(|| ReadError::new(Reason::Unreadable, "no number came back"))
    }

    /// All rows of the statements that follow, as they are sent, as long as somebody wants them. Where nothing is encrypted, none
    /// come this way.
    pub(super) fn taken(&self) -> Receiver<TakenRows> {
        self.tap.open()
    }

    /// Rows as they come.
    pub(super) async fn stream(&self, sql: &str) -> Result<SimpleQueryStream, ReadError> {
        self.client.simple_query_raw(sql).await.map_err(|error| read_error(&error))
    }
}

/// The next row of a stream.
pub(super) async fn next_row(
    stream: &mut std::pin::Pin<&mut SimpleQueryStream>,
) -> Result<Option<tokio_postgres::SimpleQueryRow>, ReadError> {
    while let Some(message) = stream.try_next().await.map_err(|error| read_error(&error))? {
        if let SimpleQueryMessage::Row(row) = message {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The connection is not there, although it was.
pub(super) fn lost() -> ReadError {
    ReadError::new(Reason::ConnectionFailed, "the connection was lost")
}

/// Before anybody is signed in, messages of the server hold no value of a table, and say what is wrong.
fn connect_error(error: &Error) -> ReadError {
    if let Some(answer) = error.as_db_error() {
        let reason = match *answer.code() {
            SqlState::INVALID_CATALOG_NAME => Reason::NotFound,
            _ => Reason::ConnectionFailed,
        };
        return ReadError::new(reason, format!("{} ({})", answer.message(), answer.code().code()));
    }
    let mut detail = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        detail = format!("{detail}: {inner}");
        source = inner.source();
    }
    let is_tls = detail.contains("TLS") || detail.contains("certificate");
    ReadError::new(if is_tls { Reason::Insecure } else { Reason::ConnectionFailed }, detail)
}

/// The code alone: messages about rows can hold their values.
fn read_error(error: &Error) -> ReadError {
    let Some(code) = error.code() else {
        return if error.is_closed() || error.source().is_some_and(|inner| inner.is::<std::io::Error>()) {
            lost()
        } else {
            ReadError::new(Reason::Unreadable, "the server's answer was not understood")
        };
    };
    // A view of a table whose rows would be hidden is refused by the same code as one without the right.
    let hides_rows = error.as_db_error().and_then(DbError::routine) == Some("check_enable_rls");
    let reason = match *code {
        SqlState::INSUFFICIENT_PRIVILEGE if hides_rows => Reason::RowSecurity,
        SqlState::INSUFFICIENT_PRIVILEGE => Reason::AccessDenied,
        SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME | SqlState::UNDEFINED_COLUMN => Reason::NotFound,
        SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => Reason::TimedOut,
        // A standby takes over what its primary does with the rows, and ends statements that would still see them.
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Reason::Changed,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => Reason::ConnectionFailed,
        SqlState::CHARACTER_NOT_IN_REPERTOIRE | SqlState::UNTRANSLATABLE_CHARACTER | SqlState::DATA_CORRUPTED => {
            Reason::Corrupt
        }
        SqlState::PROGRAM_LIMIT_EXCEEDED | SqlState::OUT_OF_MEMORY => Reason::MemoryLimit,
        _ => Reason::Unreadable,
    };
    ReadError::new(reason, format!("PostgreSQL: {}", code.code()))
}
