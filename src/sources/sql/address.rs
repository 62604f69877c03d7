//! Where a database server is, from the URI of a target: `postgres://user@host:port/database`.
//!
//! A password has no place in it: command lines and shell histories are seen by others.

use crate::sources::SourceError;

/// A server, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) user: Option<String>,
    /// A name, an address, or the folder of a Unix socket.
    pub(super) host: String,
    pub(super) port: u16,
    /// `None` for all of them.
    pub(super) database: Option<String>,
    default_port: u16,
}

impl Address {
    /// `rest` is what follows `scheme://`. Errors never hold what stands before the host.
    pub(super) fn parse(scheme: &str, rest: &str, default_port: u16) -> Result<Self, SourceError> {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let bad = |problem| SourceError::BadTarget { target: format!("{scheme}://{place}/{path}"), problem };
        if login.is_some_and(|login| login.contains(':')) {
            return Err(SourceError::BadTarget {
                target: format!("{scheme}://{place}/"),
                problem: "a password must not stand in a command line; set PGPASSWORD or MYSQL_PWD, or use ~/.pgpass or ~/.my.cnf",
            });
        }
        if path.contains(['?', '#']) {
            return Err(bad("parameters are not understood; use the options --db-ca and --db-insecure-host"));
        }
        if path.trim_end_matches('/').contains('/') {
            return Err(bad("name a database at most; use --include for schemas and tables"));
        }
        let (host, port) = match place.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = match port.filter(|port| !port.is_empty()) {
            Some(port) => port.parse().map_err(|_| bad("the port is no number"))?,
            None => default_port,
        };
        let host = percent_decoded(host).ok_or_else(|| bad("it is not percent-encoded UTF-8"))?;
        let host = if host.is_empty() { "localhost".to_owned() } else { host };
        let text = |part: &str| percent_decoded(part).ok_or_else(|| bad("it is not percent-encoded UTF-8"));
        let database = text(path.trim_end_matches('/'))?;
        Ok(Self {
            user: login.map(text).transpose()?.filter(|user| !user.is_empty()),
            host,
            port,
            database: (!database.is_empty()).then_some(database),
            default_port,
        })
    }

    /// A server whose place is known.
    pub(super) fn of(host: String, port: u16, database: Option<String>) -> Self {
        Self { user: None, host, port, database, default_port: port }
    }

    /// Whether it is reached without a network.
    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// `scheme://host`, with the port where it is not the usual one: how locations begin.
    pub(super) fn scope(&self, scheme: &str) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.replace('/', "%2F") };
        if self.port == self.default_port {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }
}

pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_by_their_uri() {
        let parse = |rest: &str| Address::parse("postgres", rest, 5432).unwrap();
        let full = parse("scan%40x@db.example.org:6000/clinic");
        assert_eq!(full.user.as_deref(), Some("scan@x"));
        assert_eq!((full.host.as_str(), full.port), ("db.example.org", 6000));
        assert_eq!(full.database.as_deref(), Some("clinic"));
        assert_eq!(full.scope("postgres"), "postgres://db.example.org:6000");
        assert_eq!(parse("[::1]/x").host, "::1");
        assert_eq!(parse("[::1]/x").scope("postgres"), "postgres://[::1]");
        assert_eq!(parse("h").database, None);
        assert!(parse("%2Frun%2Fpg/x").is_socket());
        assert_eq!(parse("/x").host, "localhost");
    }

    #[test]
    fn passwords_are_refused_and_not_repeated() {
        let error = Address::parse("postgres", "me:S3cret@host/db", 5432).unwrap_err().to_string();
        assert!(error.contains("a password must not stand") && !error.contains("S3cret"), "{error}");
        assert!(Address::parse("postgres", "host/db/schema", 5432).is_err());
        assert!(Address::parse("postgres", "host/db?sslmode=disable", 5432).is_err());
        assert!(Address::parse("postgres", "host:port/db", 5432).is_err());
    }
}
