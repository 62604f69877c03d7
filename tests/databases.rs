//! Databases as a source, against the real engines.

#[path = "databases/sqlite.rs"]
mod sqlite;
