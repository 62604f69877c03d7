//! Which rows of a table of SQLite are read.

use super::clock::Clock;
use super::database::{columns, is_too_big, quoted, read_error};
use crate::model::{Reason, Sample, SampleMethod};
use crate::sources::random::Random;
use crate::sources::sql::cells::Cells;
use crate::sources::sql::ends::Ends;
use crate::sources::sql::feed::{Feed, Stop};
use crate::sources::sql::lots::{KeyLots, places};
use crate::sources::sql::{DatabaseOptions, END_ROWS};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Keys that are drawn at once.
const KEYS_AT_ONCE: usize = 1_000;

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(read_error(error))
    }
}

/// A table that is being read.
pub(super) struct Reading {
    connection: Connection,
    feed: Feed<Cells>,
    /// The newest and the oldest rows, by their rowids.
    ends: Ends<i64>,
    table: String,
    options: DatabaseOptions,
    clock: Clock,
}

impl Reading {
    pub(super) fn new(connection: Connection, feed: Feed<Cells>, table: String, options: DatabaseOptions) -> Self {
        Self { connection, feed, ends: Ends::default(), table, options, clock: Clock::default() }
    }

    /// Feeds the rows, and how they were chosen; gives the connection back.
    pub(super) fn read_to_end(mut self) -> Connection {
        let outcome = self.read();
        let Self { connection, feed, .. } = self;
        match outcome {
            Ok(sample) => feed.end_blocking(Ok(Some(sample))),
            Err(Stop::Failed(error)) => feed.end_blocking(Err(error)),
            Err(Stop::Closed) => {}
        }
        connection
    }

    fn read(&mut self) -> Result<Sample, Stop> {
        self.clock = Clock::of(&mut self.connection, &self.options)?;
        let Some(rowid) = self.rowid()? else { return self.read_by_place() };
        let quoted = quoted(&self.table);
        // A count reads the table's smallest index once, and makes the sample's size exact.
        let total = self.number(&format!("SELECT count(*) FROM {quoted}"))?;
        let wanted = self.options.sample_rows;
        if self.options.is_full || total <= wanted + 2 * END_ROWS {
            return self.read_all(rowid);
        }
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT {rowid}, * FROM {quoted} ORDER BY {rowid} {order} LIMIT {END_ROWS}");
            self.select(&sql, Some(order == "ASC"), &[])?;
        }
        self.clock.start();
        let span =
            self.connection.query_row(&format!("SELECT min({rowid}), max({rowid}) FROM {quoted}"), [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        let span = (i128::from(span.0), i128::from(span.1));
        let random = Random::new(self.options.seed, &self.table);
        let (method, read) = match KeyLots::new(random, span, total, wanted) {
            Some(lots) => (SampleMethod::Keys, self.read_keys(rowid, lots)?),
            None => (SampleMethod::Rows, self.read_rowids(rowid, total)?),
        };
        let all = Sample::all(self.options.seed, read);
        Ok(self.ends.beside(Sample { method, total_rows: Some(total), ..all }))
    }

    /// Rows whose keys are drawn.
    fn read_keys(&mut self, rowid: &str, mut lots: KeyLots) -> Result<u64, Stop> {
        let mut read = 0;
        loop {
            let drawn = lots.draw(read, self.options.sample_rows, KEYS_AT_ONCE);
            if drawn.is_empty() {
                return Ok(read);
            }
            // A run of lots is read to its end: stopping within it would favour the lower keys.
            for key in drawn {
                read += self.select_row(rowid, key as i64)?;
            }
        }
    }

    /// Where keys are sparse, the keys that there are pass once, as the count did, and places among them are drawn: rows may
    /// crowd anywhere.
    fn read_rowids(&mut self, rowid: &str, total: u64) -> Result<u64, Stop> {
        let mut random = Random::new(self.options.seed, &self.table);
        let mut chosen = places(&mut random, self.options.sample_rows, total).into_iter().peekable();
        let mut keys = Vec::new();
        {
            let mut statement = self.connection.prepare(&format!("SELECT {rowid} FROM {}", quoted(&self.table)))?;
            let mut rows = statement.query([])?;
            let mut place = 0;
            while let (Some(wanted), Some(row)) = (chosen.peek(), rows.next()?) {
                if *wanted == place {
                    keys.push(row.get::<_, i64>(0)?);
                    chosen.next();
                }
                place += 1;
            }
        }
        keys.sort_unstable();
        let mut read = 0;
        for key in keys {
            read += self.select_row(rowid, key)?;
        }
        Ok(read)
    }

    fn select_row(&mut self, rowid: &str, key: i64) -> Result<u64, Stop> {
        let sql = format!("SELECT {rowid}, * FROM {} WHERE {rowid} = ?1", quoted(&self.table));
        self.select(&sql, None, &[key])
    }

    /// Views, virtual tables and tables without rowid have no key to draw: all rows pass, and places of rows are drawn.
    fn read_by_place(&mut self) -> Result<Sample, Stop> {
        let total = self.number(&format!("SELECT count(*) FROM {}", quoted(&self.table)))?;
        let wanted = self.options.sample_rows;
        if self.options.is_full || total <= wanted + 2 * END_ROWS {
            return self.read_as_they_come();
        }
        let chosen = places(&mut Random::new(self.options.seed, &self.table), wanted, total);
        let is_oldest = |place: u64| place < END_ROWS;
        let is_newest = |place: u64| place + END_ROWS >= total;
        let (mut newest_rows, mut oldest_rows) = (0, 0);
        let sql = format!("SELECT 0, * FROM {}", quoted(&self.table));
        self.clock.start();
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut place = 0;
        while let Some(row) = rows.next()? {
            let is_drawn = chosen.contains(&place);
            if is_drawn || is_oldest(place) || is_newest(place) {
                oldest_rows += u64::from(!is_drawn && is_oldest(place));
                newest_rows += u64::from(!is_drawn && is_newest(place));
                feed_row(&mut self.feed, &self.connection, row)?;
            }
            place += 1;
        }
        Ok(Sample {
            method: SampleMethod::Rows,
            seed: self.options.seed,
            rows: chosen.len() as u64,
            newest_rows,
            oldest_rows,
            independent_rows: chosen.len() as u64,
            total_rows: Some(total),
            total_is_exact: true,
        })
    }

    /// All rows by rowid, but those that are too large to be held.
    fn read_all(&mut self, rowid: &str) -> Result<Sample, Stop> {
        let from = quoted(&self.table);
        let sql = format!("SELECT {rowid}, * FROM {from} WHERE {rowid} >= ?1 ORDER BY {rowid}");
        let (mut next, mut read) = (Some(i64::MIN), 0);
        while let Some(first) = next {
            next = None;
            let mut last = None;
            self.clock.start();
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query([first])?;
            let is_stopped = loop {
                match rows.next() {
                    Ok(Some(row)) => {
                        last = Some(row.get::<_, i64>(0)?);
                        feed_row(&mut self.feed, &self.connection, row)?;
                        read += 1;
                    }
                    Ok(None) => break false,
                    Err(error) if is_too_big(&error) => break true,
                    Err(error) => return Err(error.into()),
                }
            };
            if is_stopped {
                self.feed.falls_short(Reason::MemoryLimit);
                // The first row that did not come; what stands behind it is read.
                let sql = format!("SELECT min({rowid}) FROM {from} WHERE {rowid} >= ?1");
                let behind = last.map_or(Some(first), |last| last.checked_add(1));
                let too_large: Option<i64> = match behind {
                    Some(behind) => self.connection.query_row(&sql, [behind], |row| row.get(0))?,
                    None => None,
                };
                next = too_large.and_then(|rowid| rowid.checked_add(1));
            }
        }
        Ok(Sample::all(self.options.seed, read))
    }

    /// All rows as they come.
    fn read_as_they_come(&mut self) -> Result<Sample, Stop> {
        let sql = format!("SELECT 0, * FROM {}", quoted(&self.table));
        self.clock.start();
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            feed_row(&mut self.feed, &self.connection, row)?;
            read += 1;
        }
        Ok(Sample::all(self.options.seed, read))
    }

    /// Feeds the rows that were not seen, and counts all; the first value of each is its rowid. `oldest` says of the newest
    /// and the oldest rows which they are.
    fn select(&mut self, sql: &str, oldest: Option<bool>, keys: &[i64]) -> Result<u64, Stop> {
        self.clock.start();
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(keys))?;
        let mut read = 0;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) if is_too_big(&error) => {
                    self.feed.falls_short(Reason::MemoryLimit);
                    break;
                }
                Err(error) => return Err(error.into()),
            };
            let rowid: i64 = row.get(0)?;
            read += 1;
            let is_known = match oldest {
                Some(is_oldest) => !self.ends.take(rowid, is_oldest),
                None => self.ends.is_drawn(&rowid),
            };
            if is_known {
                continue;
            }
            feed_row(&mut self.feed, &self.connection, row)?;
        }
        Ok(read)
    }

    fn number(&self, sql: &str) -> Result<u64, Stop> {
        self.clock.start();
        let number: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(number.max(0).unsigned_abs())
    }

    /// A name of the rowid that no column of the table takes away; `None` where there is none.
    fn rowid(&self) -> Result<Option<&'static str>, Stop> {
        let sql = "SELECT type = 'table' AND NOT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
        let has_rowid: bool = self.connection.query_row(sql, [&self.table], |row| row.get(0))?;
        let taken: Vec<String> = columns(&self.connection, &self.table)
            .map_err(Stop::Failed)?
            .iter()
            .map(|column| column.name.to_lowercase())
            .collect();
        let free = |name: &&str| !taken.iter().any(|column| column == name);
        Ok(["rowid", "_rowid_", "oid"].into_iter().filter(|_| has_rowid).find(free))
    }
}

/// Every value behind the first one, by what it is and not by what its column was declared as.
fn feed_row(feed: &mut Feed<Cells>, connection: &Connection, row: &rusqlite::Row<'_>) -> Result<(), Stop> {
    for column in 0..row.as_ref().column_count().saturating_sub(1) {
        match row.get_ref(column + 1)? {
            ValueRef::Null => {}
            ValueRef::Integer(number) => feed.run.text(column, number.to_string().as_bytes()),
            ValueRef::Real(number) => feed.run.text(column, number.to_string().as_bytes()),
            ValueRef::Text(text) => feed.run.text(column, text),
            ValueRef::Blob(bytes) => match document_of(connection, bytes) {
                Some(document) => feed.run.text(column, document.as_bytes()),
                None => feed.run.bytes(column, bytes),
            },
        }
    }
    feed.run.end_row();
    if feed.is_full() {
        feed.send_blocking()?;
    }
    Ok(())
}

/// The text of an array or an object in SQLite's own binary form of JSON, whose first byte says which it is.
fn document_of(connection: &Connection, bytes: &[u8]) -> Option<String> {
    const ARRAY: u8 = 11;
    const OBJECT: u8 = 12;
    let kind = bytes.first()? & 0x0F;
    if kind != ARRAY && kind != OBJECT {
        return None;
    }
    let mut statement = connection.prepare_cached("SELECT json(?1) WHERE json_valid(?1, 8)").ok()?;
    statement.query_row([bytes], |row| row.get(0)).ok()
}
