//! Which rows of a table of PostgreSQL are read, and by which statements.
//!
//! A table that is small is counted and each of its rows has a lot of its own (BERNOULLI). Of a large one keys are drawn, where
//! it has a whole-number key and many keys have a row; else many blocks (SYSTEM), and a few rows of each. The newest and the
//! oldest rows come besides.

use super::session::{self, BEGIN, Session};
use super::table::{Relation, Table};
use super::tap::TakenRows;
use crate::model::{Reason, Sample, SampleMethod};
use crate::sources::random::Random;
use crate::sources::sql::ends::Ends;
use crate::sources::sql::feed::{Feed, Stop};
use crate::sources::sql::lots::{BlockLots, KeyLots, share_of_rows};
use crate::sources::sql::packed::PackedRows;
use crate::sources::sql::{DatabaseOptions, END_ROWS};
use futures::StreamExt;
use std::sync::Arc;
use tokio_postgres::SimpleQueryRow;

/// Tables up to this many blocks (64 MiB) are read through, which is quicker than it is to draw blocks of them.
const FEW_BLOCKS: u64 = 8_192;
/// Keys of one statement.
const KEYS_AT_ONCE: usize = 4_000;
/// Bytes of a block that a row with one value takes: a pointer, a header, and the value, each aligned.
const LEAST_ROW_BYTES: u64 = 36;
/// Bytes of a block, where the server does not say it.
const BLOCK_BYTES: u64 = 8_192;
/// Blocks of which rows are counted where there are no statistics.
const PILOT_BLOCKS: f64 = 100.0;
/// Offsets of rows within a block that are looked at for its first and last rows.
const OFFSETS: u32 = 64;

/// A table that is being read.
pub(super) struct Reading {
    pub(super) feed: Feed<PackedRows>,
    table: Arc<Table>,
    options: DatabaseOptions,
    /// The newest and the oldest rows, by their places.
    ends: Ends<String>,
}

/// What a statement is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The oldest rows and the newest ones, by their places.
    Ends,
    /// Rows by lot, by their places.
    Lots,
    /// Rows that nothing has to be told from.
    All,
}

impl Reading {
    pub(super) fn new(feed: Feed<PackedRows>, table: Arc<Table>, options: DatabaseOptions) -> Self {
        Self { feed, table, options, ends: Ends::default() }
    }

    /// Begins the transaction in which the table is read, too, with the first statement.
    pub(super) async fn read(&mut self, session: &Session) -> Result<Sample, Stop> {
        if self.table.hides_columns {
            self.feed.falls_short(Reason::AccessDenied);
        }
        if self.table.loses_columns {
            self.feed.falls_short(Reason::MalformedRecords);
        }
        let wanted = self.options.sample_rows;
        if self.options.is_full {
            return self.read_all(session, &format!("{BEGIN}; ")).await;
        }
        if self.table.relation == Relation::Elsewhere {
            return self.read_first(session).await;
        }
        let is_small = self.table.blocks <= FEW_BLOCKS;
        let total = if is_small {
            session.number(&format!("{BEGIN}; SELECT count(*) FROM {}", self.table.from)).await?
        } else {
            session.rows(BEGIN).await?;
            self.estimate(session).await?
        };
        if is_small && total <= wanted + 2 * END_ROWS {
            return self.read_all(session, "").await;
        }
        self.read_ends(session).await?;
        let lots = if is_small { None } else { self.key_lots(session, total).await? };
        let sample = match lots {
            Some(lots) => self.read_keys(session, lots).await?,
            None => self.read_by_lot(session, total, is_small).await?,
        };
        Ok(Sample { total_rows: Some(total), total_is_exact: is_small, ..sample })
    }

    /// Lots over the primary key, where it is one whole number and many keys have a row.
    async fn key_lots(&self, session: &Session, total: u64) -> Result<Option<KeyLots>, Stop> {
        let [key] = self.table.key.as_slice() else { return Ok(None) };
        if self.table.hides_columns {
            return Ok(None);
        }
        let sql = format!("SELECT min({key}), max({key}), pg_typeof(min({key})) FROM {}", self.table.from);
        let rows = session.rows(&sql).await?;
        let Some([Some(lowest), Some(highest), Some(key_type)]) = rows.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let is_number = ["smallint", "integer", "bigint"].contains(&key_type.as_str());
        let span = lowest.parse().ok().zip(highest.parse().ok()).filter(|_| is_number);
        let random = Random::new(self.options.seed, &self.table.name);
        Ok(span.and_then(|span| KeyLots::new(random, span, total, self.options.sample_rows)))
    }

    async fn read_keys(&mut self, session: &Session, mut lots: KeyLots) -> Result<Sample, Stop> {
        let mut rows = 0;
        loop {
            let drawn = lots.draw(rows, self.options.sample_rows, KEYS_AT_ONCE);
            if drawn.is_empty() {
                break;
            }
            let keys: Vec<String> = drawn.iter().map(ToString::to_string).collect();
            let (selected, from, key) = (self.table.selected(), &self.table.from, &self.table.key[0]);
            let sql = format!("SELECT {selected} FROM {from} WHERE {key} = ANY ('{{{}}}'::bigint[])", keys.join(","));
            rows += self.select(session, &sql, Purpose::Lots).await?;
        }
        let sample = Sample { method: SampleMethod::Keys, ..Sample::all(self.options.seed, rows) };
        Ok(self.ends.beside(sample))
    }

    /// Blocks, or rows of all blocks.
    async fn read_by_lot(&mut self, session: &Session, total: u64, is_small: bool) -> Result<Sample, Stop> {
        let wanted = self.options.sample_rows;
        let mut random = Random::new(self.options.seed, &self.table.name);
        // Seeds of REPEATABLE and setseed are of a narrower range than ours.
        let (seed, unit) = (random.next() >> 33, (random.next() >> 11) as f64 / (1_u64 << 53) as f64);
        let is_partitioned = self.table.relation == Relation::Partitioned;
        let mut block_bytes = BLOCK_BYTES;
        if !is_small || is_partitioned {
            let sql = format!("SELECT setseed({unit}), current_setting('block_size')");
            let rows = session.rows(&sql).await?;
            let text = rows.first().and_then(|row| row.get(1)).and_then(Option::as_deref);
            block_bytes = text.and_then(|text| text.parse().ok()).unwrap_or(BLOCK_BYTES);
        }
        // With one seed, the same blocks would be drawn of each partition, and they are often alike.
        let seed = if is_partitioned { "random()".to_owned() } else { seed.to_string() };
        let lots = match is_small {
            true => None,
            false => BlockLots::new(wanted, self.table.blocks, total, block_bytes / LEAST_ROW_BYTES),
        };
        let (from, selected) = (&self.table.from, self.table.selected());
        let sql = match &lots {
            Some(BlockLots { blocks, kept, .. }) => format!(
                "SELECT {selected} FROM {from} TABLESAMPLE SYSTEM ({:.9}) REPEATABLE ({seed}) WHERE random() < {kept:.9}",
                100.0 * blocks
            ),
            None => {
                let percent = 100.0 * share_of_rows(wanted, total);
                format!("SELECT {selected} FROM {from} TABLESAMPLE BERNOULLI ({percent:.9}) REPEATABLE ({seed})")
            }
        };
        let read = self.select(session, &sql, Purpose::Lots).await?;
        Ok(self.ends.beside(Sample {
            method: if lots.is_some() { SampleMethod::Blocks } else { SampleMethod::Rows },
            independent_rows: lots.map_or(read, |lots| lots.independent_rows(read)),
            ..Sample::all(self.options.seed, read)
        }))
    }

    async fn read_all(&mut self, session: &Session, begin: &str) -> Result<Sample, Stop> {
        let sql = format!("{begin}SELECT {} FROM {}", self.table.selected_columns(), self.table.from);
        let read = self.select_all(session, &sql).await?;
        Ok(Sample::all(self.options.seed, read))
    }

    /// A view has no blocks to draw from.
    async fn read_first(&mut self, session: &Session) -> Result<Sample, Stop> {
        let most = self.options.sample_rows;
        let (selected, from) = (self.table.selected_columns(), &self.table.from);
        let sql = format!("{BEGIN}; SELECT {selected} FROM {from} LIMIT {}", most + 1);
        let read = self.select_all(session, &sql).await?;
        if read <= most {
            return Ok(Sample::all(self.options.seed, read));
        }
        Ok(Sample {
            method: SampleMethod::First,
            total_rows: None,
            total_is_exact: false,
            independent_rows: 0,
            ..Sample::all(self.options.seed, read)
        })
    }

    /// By the primary key where there is one, else the rows of the first and the last block.
    async fn read_ends(&mut self, session: &Session) -> Result<(), Stop> {
        let (from, selected) = (self.table.from.clone(), self.table.selected());
        let mut statements = Vec::new();
        if !self.table.key.is_empty() {
            for order in ["ASC", "DESC"] {
                let key: Vec<String> = self.table.key.iter().map(|column| format!("{column} {order}")).collect();
                statements.push(format!("SELECT {selected} FROM {from} ORDER BY {} LIMIT {END_ROWS}", key.join(", ")));
            }
        } else if self.table.relation == Relation::Stored && !self.table.hides_columns {
            for block in [0, self.table.blocks.saturating_sub(1)] {
                let places: Vec<String> = (1..=OFFSETS).map(|offset| format!("'({block},{offset})'")).collect();
                let places = places.join(",");
                statements.push(format!(
                    "SELECT {selected} FROM {from} WHERE ctid = ANY (ARRAY[{places}]::tid[]) LIMIT {END_ROWS}"
                ));
            }
        }
        if !statements.is_empty() {
            self.select(session, &statements.join("; "), Purpose::Ends).await?;
        }
        Ok(())
    }

    /// Rows by the statistics, or by a few blocks where nothing was analysed.
    async fn estimate(&self, session: &Session) -> Result<u64, Stop> {
        if let Some(rows) = self.table.estimated_rows.filter(|rows| *rows > 0) {
            return Ok(rows);
        }
        let percent = (100.0 * PILOT_BLOCKS / self.table.blocks as f64).min(100.0);
        let sql = format!("SELECT count(*) FROM {} TABLESAMPLE SYSTEM ({percent:.9}) REPEATABLE (1)", self.table.from);
        let rows = session.number(&sql).await?;
        Ok((rows as f64 * 100.0 / percent) as u64)
    }

    /// Feeds all rows, as they are sent where that can be, and counts them.
    async fn select_all(&mut self, session: &Session, sql: &str) -> Result<u64, Stop> {
        if self.table.has_any_text {
            return self.select(session, sql, Purpose::All).await;
        }
        let mut taken = session.taken();
        let stream = session.stream(sql).await?;
        tokio::pin!(stream);
        let mut read = 0;
        let outcome = loop {
            tokio::select! {
                biased;
                Some(rows) = taken.next() => read += self.feed_taken(rows).await?,
                row = session::next_row(&mut stream) => match row {
                    Ok(Some(row)) => {
                        read += 1;
                        if self.feed_row(&row, 0) {
                            self.feed.send().await?;
                        }
                    }
                    ended => break ended,
                },
            }
        };
        // What was sent before the end was taken before it.
        while let Ok(rows) = taken.try_recv() {
            read += self.feed_taken(rows).await?;
        }
        outcome?;
        Ok(read)
    }

    async fn feed_taken(&mut self, TakenRows { rows, bytes }: TakenRows) -> Result<u64, Stop> {
        self.feed.run.take(rows, bytes);
        self.feed.send().await?;
        Ok(rows.into())
    }

    /// Feeds the rows that were not seen, and counts all. The first value of each tells its place, unless it is for all rows.
    async fn select(&mut self, session: &Session, sql: &str, purpose: Purpose) -> Result<u64, Stop> {
        let stream = session.stream(sql).await?;
        tokio::pin!(stream);
        let mut read = 0;
        while let Some(row) = session::next_row(&mut stream).await? {
            read += 1;
            let is_full = if purpose == Purpose::All {
                self.feed_row(&row, 0)
            } else if !row.try_get(0).ok().flatten().is_some_and(|place| self.is_known(place, purpose, read)) {
                self.feed_row(&row, 1)
            } else {
                continue;
            };
            if is_full {
                self.feed.send().await?;
            }
        }
        Ok(read)
    }

    /// Whether a row at this place, the so-manieth of a statement, was seen before.
    fn is_known(&mut self, place: &str, purpose: Purpose, read: u64) -> bool {
        if purpose == Purpose::Lots {
            return self.ends.is_drawn(place);
        }
        // The oldest come first: so many by their key, or those of the first block.
        let has_key = !self.table.key.is_empty();
        let is_oldest = if has_key { read <= END_ROWS } else { place.starts_with("(0,") };
        !self.ends.take(place.to_owned(), is_oldest)
    }

    /// The values from the `first` one on; whether that makes the run large enough to be sent.
    fn feed_row(&mut self, row: &SimpleQueryRow, first: usize) -> bool {
        for place in first..row.len() {
            match row.try_get(place) {
                Ok(value) => self.feed.run.push(value.map(str::as_bytes)),
                // Bytes that are no text in the encoding of the database.
                Err(_) => {
                    self.feed.falls_short(Reason::MalformedRecords);
                    self.feed.run.push(None);
                }
            }
        }
        self.feed.run.end_row();
        self.feed.is_full()
    }
}
