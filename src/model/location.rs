//! Where an object is: a URI such as `s3://bucket/key`, `file:///path` or `s3://bucket/key.zip!/inner.csv`.
//!
//! A location is an identity, not a display text: it keeps the key as it is. Whoever shows it to a person makes
//! control characters harmless, and whoever sends it away redacts what a detector found in it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Field path of findings in the location itself.
pub const LOCATION_FIELD: &str = "{location}";

/// The URI of one object. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Location(Arc<str>);

impl From<String> for Location {
    fn from(uri: String) -> Self {
        Self(uri.into())
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.as_str().to_owned()
    }
}

impl Location {
    /// A location from a URI that is already complete.
    pub fn from_uri(uri: impl Into<Arc<str>>) -> Self {
        Self(uri.into())
    }

    /// `s3://bucket/key`; the key is kept byte for byte.
    pub fn s3(bucket: &str, key: &str) -> Self {
        Self(format!("s3://{bucket}/{key}").into())
    }

    /// `file://` and the path. `%` and bytes that are not UTF-8 are percent-encoded, so that two files never share a
    /// location; everything else stays readable.
    pub fn file(path: &Path) -> Self {
        let mut uri = String::from("file://");
        for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '%' { uri.push_str("%25") } else { uri.push(character) }
            }
            for byte in chunk.invalid() {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
        Self(uri.into())
    }

    /// The whole URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `s3`, `file`, `stdin`, ...: the text before `://`.
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// The text after the last `/`: what a person would call the object's name.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The table, where the location is that of one: `postgres://host/database/schema.table`, `mysql://host/database/table`,
    /// `sqlite:///path/file.db/table`.
    pub fn table(&self) -> Option<TableName<'_>> {
        let (system, rest) = self.0.split_once("://")?;
        if !matches!(system, "postgres" | "mysql" | "sqlite") {
            return None;
        }
        let (_, path) = rest.split_once('/')?;
        let (place, name) = path.rsplit_once('/')?;
        let database = place.rsplit('/').next().filter(|database| !database.is_empty())?;
        Some(TableName { system, database, name })
    }

    /// Everything up to and including the last `/`: the prefix or directory the object lies in.
    pub fn parent(&self) -> &str {
        self.0.rfind('/').map_or("", |at| &self.0[..=at])
    }
}

/// The table that a location names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableName<'a> {
    /// `postgres`, `mysql` or `sqlite`.
    pub system: &'a str,
    /// The database, or the file of an SQLite database, percent-encoded as in the location.
    pub database: &'a str,
    /// The table, where there are schemas `schema.table`.
    pub name: &'a str,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_keys_stay_as_they_are() {
        let location = Location::s3("b", "a dir/new\nline%.csv");
        assert_eq!(location.as_str(), "s3://b/a dir/new\nline%.csv");
        assert_eq!(location.parent(), "s3://b/a dir/");
        assert_eq!(location.name(), "new\nline%.csv");
        assert_eq!(location.scheme(), "s3");
    }

    #[test]
    fn tables_are_told_from_objects() {
        for (uri, system, database, name) in [
            ("postgres://h:6000/clinic/public.visits", "postgres", "clinic", "public.visits"),
            ("mysql://h/clinic/visits", "mysql", "clinic", "visits"),
            ("sqlite:///srv/a/clinic.db/visits", "sqlite", "clinic.db", "visits"),
        ] {
            assert_eq!(Location::from_uri(uri).table(), Some(TableName { system, database, name }));
        }
        for uri in ["postgres://h", "postgres://h/clinic", "s3://b/a/b", "file:///a/b/c"] {
            assert_eq!(Location::from_uri(uri).table(), None, "{uri}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_paths_that_are_not_utf8_stay_apart() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let odd = Location::file(Path::new(OsStr::from_bytes(b"/a/\xff.csv")));
        let literal = Location::file(Path::new("/a/%FF.csv"));
        assert_eq!(odd.as_str(), "file:///a/%FF.csv");
        assert_eq!(literal.as_str(), "file:///a/%25FF.csv");
    }
}
