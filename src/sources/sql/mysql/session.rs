//! One read-only connection to MySQL or MariaDB.

use super::Server;
use super::table::quoted;
use crate::model::{ReadError, Reason};
use crate::sources::sql::catalogue::TableName;
use crate::sources::sql::login::Login;
use crate::sources::sql::tls;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, IoError, OptsBuilder, QueryResult, Row, SslOpts, TextProtocol};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Seconds for which a lock that somebody holds on a table is waited for.
const LOCK_SECONDS: u32 = 2;
/// Bytes of one row that are taken at most: the protocol knows no larger limit.
const MAX_ROW_BYTES: usize = 1 << 30;
const HOST: &str = "SELECT @@hostname";

/// Rows as texts; `None` is NULL.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// A connection that was set up.
pub(super) struct Session {
    connection: Conn,
    /// What the server calls itself: one address may lead to several.
    host: String,
    /// Whether the catalogue answers for many tables as for one: MySQL has a dictionary since version 8. MariaDB, and MySQL before,
    /// open each table of a database to find some.
    has_dictionary: bool,
}

/// A connection as its server knows it.
#[derive(Clone)]
pub(super) struct Running {
    id: u32,
    host: String,
}

impl Running {
    /// Ends what the server does for the connection, over a second one, because the first one is busy.
    pub(super) async fn kill(&self, server: &Server) {
        let stopped = async {
            let mut other = Session { connection: sign_in(server).await?, host: String::new(), has_dictionary: false };
            if other.text(HOST).await? == self.host {
                other.run(&format!("KILL QUERY {}", self.id)).await?;
            }
            Ok::<_, ReadError>(())
        };
        if let Err(error) = stopped.await {
            tracing::debug!(detail = %error.detail, "a statement was not stopped");
        }
    }
}

impl Session {
    pub(super) async fn connect(server: &Server) -> Result<Self, ReadError> {
        let options = &server.options;
        let mut session = Self { connection: sign_in(server).await?, host: String::new(), has_dictionary: false };
        session.host = session.text(HOST).await?;
        let version = session.text("SELECT VERSION()").await?;
        let is_mariadb = version.contains("MariaDB");
        session.has_dictionary = !is_mariadb && !version.starts_with("5.");
        // Both names limit reading statements; the units differ.
        let limit = match (options.is_full, is_mariadb) {
            (true, true) => "max_statement_time = 0".to_owned(),
            (true, false) => "max_execution_time = 0".to_owned(),
            (false, true) => format!("max_statement_time = {}", options.statement_timeout.as_secs_f64()),
            (false, false) => format!("max_execution_time = {}", options.statement_timeout.as_millis()),
        };
        for statement in [
            "SET SESSION TRANSACTION READ ONLY".to_owned(),
            format!("SET SESSION {limit}"),
            format!("SET SESSION lock_wait_timeout = {LOCK_SECONDS}"),
        ] {
            session.run(&statement).await?;
        }
        // A count takes one thread of the server: to start four of them takes longer than to count what is counted here.
        if session.has_dictionary
            && let Err(error) = session.run("SET SESSION innodb_parallel_read_threads = 1").await
        {
            tracing::debug!(detail = %error.detail, "counts take as many threads as the server gives them");
        }
        Ok(session)
    }

    /// Whether the catalogue answers for many tables as for one.
    pub(super) fn has_dictionary(&self) -> bool {
        self.has_dictionary
    }

    /// What the server knows the connection by.
    pub(super) fn running(&self) -> Running {
        Running { id: self.connection.id(), host: self.host.clone() }
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<(), ReadError> {
        self.connection.query_drop(sql).await.map_err(|error| read_error(&error))
    }

    /// Begins a transaction that cannot write, and answers its first statement, where there is one, all in one message. The probe comes
    /// last, and what the server refuses of it is told beside.
    pub(super) async fn begin(
        &mut self,
        statement: Option<&str>,
        probe: &str,
    ) -> Result<(Rows, Option<ReadError>), ReadError> {
        let mut statements = vec!["START TRANSACTION READ ONLY"];
        statements.extend(statement);
        let expected = statements.len();
        statements.push(probe);
        let (mut answers, refusal) = self.answers_before(&statements.join("; ")).await?;
        // That of the transaction, and that of setting what is prepared, have no rows.
        match refusal {
            Some(error) if answers.len() <= expected => Err(error),
            refusal => Ok((if expected == 2 { answers.swap_remove(1) } else { Rows::new() }, refusal)),
        }
    }

    /// Few rows of each statement.
    pub(super) async fn answers(&mut self, sql: &str) -> Result<Vec<Rows>, ReadError> {
        match self.answers_before(sql).await? {
            (answers, None) => Ok(answers),
            (_, Some(error)) => Err(error),
        }
    }

    /// Few rows of each statement that was not refused, and why the one after them was.
    async fn answers_before(&mut self, sql: &str) -> Result<(Vec<Rows>, Option<ReadError>), ReadError> {
        let mut result = self.stream(sql).await?;
        let (mut answers, mut rows) = (Vec::new(), Rows::new());
        loop {
            match result.next().await.map_err(|error| read_error(&error))? {
                Some(row) => rows.push(texts(row)),
                None => {
                    answers.push(std::mem::take(&mut rows));
                    if result.is_empty() {
                        // A statement that was refused gives no answer; the connection keeps its error.
                        let refusal = result.next().await.err().map(|error| read_error(&error));
                        return Ok((answers, refusal));
                    }
                }
            }
        }
    }

    /// Asks for no row of a table: who may not read it is refused whether it is there or not, so that only those who may are
    /// told that there is none.
    pub(super) async fn ask_for(&mut self, table: &TableName) -> Result<(), ReadError> {
        self.run(&format!("SELECT 1 FROM {}.{} LIMIT 0", quoted(&table.database), quoted(&table.name))).await
    }

    /// Ends the transaction.
    pub(super) async fn leave(&mut self) -> Result<(), ReadError> {
        self.run("ROLLBACK").await
    }

    /// Few rows at once, as texts; `None` is NULL.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Rows, ReadError> {
        let rows: Vec<Row> = self.connection.query(sql).await.map_err(|error| read_error(&error))?;
        Ok(rows.into_iter().map(texts).collect())
    }

    pub(super) async fn text(&mut self, sql: &str) -> Result<String, ReadError> {
        let first = self.rows(sql).await?.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        first.ok_or_else(|| ReadError::new(Reason::Unreadable, "nothing came back"))
    }

    /// Rows as they come.
    pub(super) async fn stream(&mut self, sql: &str) -> Result<QueryResult<'_, 'static, TextProtocol>, ReadError> {
        self.connection.query_iter(sql.to_owned()).await.map_err(|error| read_error(&error))
    }
}

fn texts(row: Row) -> Vec<Option<String>> {
    let values = row.unwrap_raw().into_iter();
    values.map(|value| text_of(value.as_ref()).map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect()
}

/// The bytes of a value; the text protocol sends all of them as text.
pub(super) fn text_of(value: Option<&mysql_async::Value>) -> Option<&[u8]> {
    match value {
        Some(mysql_async::Value::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}

/// A connection of somebody who is signed in, encrypted unless the host is excused.
async fn sign_in(server: &Server) -> Result<Conn, ReadError> {
    let (address, options) = (&server.address, &server.options);
    let is_insecure = options.insecure_hosts.contains(&address.host);
    let encryption = match address.is_socket() {
        true => None,
        false if is_insecure => Some(SslOpts::default().with_danger_accept_invalid_certs(true)),
        false => Some(verified(options.ca_file.as_deref())?),
    };
    let login = server.sign_in.login().await?;
    let open = |tls| open(server, login.clone(), tls);
    let connected = match open(encryption).await {
        // A host that need not encrypt may be one that cannot.
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if is_insecure => open(None).await,
        connected => connected,
    };
    connected.map_err(|error| tls::advised(connect_error(&error), &address.host, options))
}

async fn open(server: &Server, login: Login, tls: Option<SslOpts>) -> Result<Conn, Error> {
    let address = &server.address;
    let mut builder = OptsBuilder::default()
        .user(login.user)
        .pass(login.password)
        // A token can be handed over only as it is, and never without TLS.
        .enable_cleartext_plugin(tls.is_some() && server.sign_in.is_token())
        .db_name(address.database.clone())
        .ssl_opts(tls)
        .prefer_socket(false)
        // The server's own limit is for what it is sent; its rows may be larger.
        .max_allowed_packet(Some(MAX_ROW_BYTES))
        .connect_attribute("program_name", "phinder");
    builder = match address.is_socket() {
        true => builder.socket(Some(address.host.clone())),
        false => builder.ip_or_hostname(address.host.clone()).tcp_port(address.port),
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(builder)).await {
        Ok(connected) => connected,
        Err(_) => Err(Error::Io(IoError::Io(std::io::ErrorKind::TimedOut.into()))),
    }
}

fn verified(ca_file: Option<&std::path::Path>) -> Result<SslOpts, ReadError> {
    let roots = match ca_file {
        Some(path) => {
            let text = std::fs::read(path).map_err(|error| {
                ReadError::new(Reason::Insecure, format!("cannot read {}: {error}", path.display()))
            })?;
            vec![text.into()]
        }
        None => {
            let native = rustls_native_certs::load_native_certs().certs.into_iter();
            native.map(|certificate| certificate.to_vec().into()).collect()
        }
    };
    Ok(SslOpts::default().with_root_certs(roots).with_disable_built_in_roots(true))
}

/// The connection is not there, although it was.
pub(super) fn lost() -> ReadError {
    ReadError::new(Reason::ConnectionFailed, "the connection was lost")
}

/// Before anybody is signed in, messages of the server hold no value of a table, and say what is wrong.
fn connect_error(error: &Error) -> ReadError {
    let reason = match error {
        Error::Server(answer) if answer.code == 1049 => Reason::NotFound,
        Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)) => Reason::Insecure,
        // A certificate that is refused ends the handshake as an error of the stream.
        Error::Io(IoError::Io(inner)) if inner.kind() == std::io::ErrorKind::InvalidData => Reason::Insecure,
        Error::Io(IoError::Io(inner)) if inner.kind() == std::io::ErrorKind::TimedOut => Reason::TimedOut,
        _ => Reason::ConnectionFailed,
    };
    ReadError::new(reason, error.to_string())
}

/// The code alone: messages about rows can hold their values.
pub(super) fn read_error(error: &Error) -> ReadError {
    let Error::Server(answer) = error else { return lost() };
    let reason = match answer.code {
        1044 | 1142 | 1143 | 1227 | 1356 => Reason::AccessDenied,
        1049 | 1051 | 1054 | 1146 => Reason::NotFound,
        1205 | 1317 | 1969 | 3024 => Reason::TimedOut,
        1053 | 1927 => Reason::ConnectionFailed,
        1034 | 1194 | 1712 => Reason::Corrupt,
        1153 => Reason::MemoryLimit,
        _ => Reason::Unreadable,
    };
    ReadError::new(reason, format!("MySQL: {}", answer.code))
}
