//! The tables of a dump: what CREATE TABLE told of their columns, and the field paths under which their rows stand.

use super::statement::{Created, Head, unquoted};
use std::collections::HashMap;
use std::sync::Arc;

/// More tables than this are forgotten at the next border of a batch: a dump may make names without end.
const MAX_TABLES: usize = 4096;
/// The same of the names of their columns, in bytes.
const MAX_NAME_BYTES: usize = 16 << 20;

/// Rows of one table, by one list of columns.
#[derive(Debug)]
pub struct Target {
    /// Number of the table within the dump, from 1.
    pub number: u32,
    name: String,
    /// `table.column`; `table.#n` where nothing names the column.
    pub paths: Vec<Arc<str>>,
    /// How many columns are named.
    pub width: usize,
    /// Which of the batches being filled has its rows.
    pub slot: Option<usize>,
}

impl Target {
    /// The path of a column, counted from 0.
    pub fn path(&mut self, at: usize) -> Arc<str> {
        while self.paths.len() <= at {
            self.paths.push(format!("{}.#{}", self.name, self.paths.len() + 1).into());
        }
        self.paths[at].clone()
    }
}

/// All that were met.
#[derive(Debug, Default)]
pub struct Tables {
    /// Columns of CREATE TABLE, by the table's name in lower case.
    created: HashMap<String, Vec<String>>,
    targets: Vec<Target>,
    by_columns: HashMap<(String, Vec<String>), usize>,
    name_bytes: usize,
    numbered: u32,
}

impl Tables {
    /// Remembers the columns of a table.
    pub fn create(&mut self, created: &Created, bytes: &[u8]) {
        let columns: Vec<String> = created.columns.iter().map(|name| unquoted(&bytes[name.clone()])).collect();
        self.name_bytes += columns.iter().map(String::len).sum::<usize>();
        self.created.insert(unquoted(&bytes[created.table.clone()]).to_lowercase(), columns);
    }

    /// The place among the targets of the rows that a statement begins.
    pub fn target(&mut self, head: &Head, bytes: &[u8]) -> usize {
        let name = unquoted(&bytes[head.table.clone()]);
        let columns: Vec<String> = if head.columns.is_empty() {
            self.created.get(&name.to_lowercase()).cloned().unwrap_or_default()
        } else {
            head.columns.iter().map(|column| unquoted(&bytes[column.clone()])).collect()
        };
        let key = (name, columns);
        if let Some(known) = self.by_columns.get(&key) {
            return *known;
        }
        self.numbered += 1;
        let (name, columns) = (key.0.clone(), &key.1);
        let paths: Vec<Arc<str>> = columns.iter().map(|column| format!("{name}.{column}").into()).collect();
        self.name_bytes += paths.iter().map(|path| path.len()).sum::<usize>();
        let target = Target { number: self.numbered, name, width: paths.len(), paths, slot: None };
        self.targets.push(target);
        self.by_columns.insert(key, self.targets.len() - 1);
        self.targets.len() - 1
    }

    /// The target at a place.
    pub fn at(&mut self, place: usize) -> &mut Target {
        &mut self.targets[place]
    }

    /// Forgets all but one where there are too many; returns its new place.
    pub fn forget_if_many(&mut self, kept: usize) -> Option<usize> {
        if self.targets.len().max(self.created.len()) <= MAX_TABLES && self.name_bytes <= MAX_NAME_BYTES {
            return None;
        }
        self.created.clear();
        self.by_columns.clear();
        self.name_bytes = 0;
        if kept < self.targets.len() {
            self.targets.swap(0, kept);
        }
        self.targets.truncate(1);
        Some(0)
    }
}
