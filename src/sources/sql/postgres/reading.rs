//! Which rows of a table of PostgreSQL are read, and by which statements.
//!
//! A table that is small is counted and each of its rows has a lot of its own (BERNOULLI). Of a large one many blocks are
//! drawn (SYSTEM), and of each about one row: rows of one block are often alike, so a block counts as one row. The newest
//! and the oldest rows come besides.

use super::session::{self, Session};
use super::table::{Relation, Table};
use crate::model::{Reason, Sample, SampleMethod};
use crate::sources::random::Random;
use crate::sources::sql::feed::{Feed, Stop};
use crate::sources::sql::{DatabaseOptions, END_ROWS};
use std::collections::HashSet;

/// Tables up to this many blocks (64 MiB) are read through, which is quicker than it is to draw blocks of them.
const FEW_BLOCKS: u64 = 8_192;
/// Blocks that are drawn for each row that is wanted: with one row of each on average, e of them have none.
const BLOCKS_PER_ROW: f64 = 1.65;
/// Blocks of which rows are counted where there are no statistics.
const PILOT_BLOCKS: f64 = 100.0;
/// Offsets of rows within a block that are looked at for its first and last rows.
const OFFSETS: u32 = 64;

/// A table that is being read.
pub(super) struct Reading {
    pub(super) feed: Feed,
    table: Table,
    options: DatabaseOptions,
    /// Places of the newest and the oldest rows.
    seen: HashSet<String>,
}

/// What one statement gave.
#[derive(Default)]
struct Selected {
    rows: u64,
    /// Rows among them that were fed before.
    again: u64,
    /// Blocks that they came from.
    blocks: HashSet<String>,
}

impl Reading {
    pub(super) fn new(feed: Feed, table: Table, options: DatabaseOptions) -> Self {
        Self { feed, table, options, seen: HashSet::new() }
    }

    pub(super) async fn read(&mut self, session: &Session) -> Result<Sample, Stop> {
        if self.table.hides_columns {
            self.feed.falls_short(Reason::AccessDenied);
        }
        let wanted = self.options.sample_rows;
        if self.options.is_full {
            return self.read_all(session).await;
        }
        if self.table.relation == Relation::Elsewhere {
            return self.read_first(session).await;
        }
        let is_small = self.table.blocks <= FEW_BLOCKS;
        let total = if is_small {
            session.number(&format!("SELECT count(*) FROM {}", self.table.from)).await?
        } else {
            self.estimate(session).await?
        };
        if is_small && total <= wanted + 2 * END_ROWS {
            return self.read_all(session).await;
        }
        self.read_ends(session).await?;
        let mut random = Random::new(self.options.seed, &self.table.name);
        // Seeds of REPEATABLE and setseed are of a narrower range than ours.
        let (seed, unit) = (random.next() >> 33, (random.next() >> 11) as f64 / (1_u64 << 53) as f64);
        let blocks = wanted as f64 * BLOCKS_PER_ROW;
        let by_blocks = !self.table.hides_columns
            && !is_small
            && blocks * 2.0 <= self.table.blocks as f64
            && total > self.table.blocks / 64;
        let (from, selected) = (&self.table.from, self.table.selected());
        let sql = if by_blocks {
            let rows_per_block = (total as f64 / self.table.blocks as f64).max(1.0);
            session.rows(&format!("SELECT setseed({unit})")).await?;
            format!(
                "SELECT {selected} FROM {from} TABLESAMPLE SYSTEM ({:.9}) REPEATABLE ({seed}) WHERE random() < {:.9}",
                100.0 * blocks / self.table.blocks as f64,
                1.0 / rows_per_block
            )
        } else {
            // As many as are wanted at least: a lot for each row gives a few more or less.
            let enough = wanted as f64 + 3.0 * (wanted as f64).sqrt();
            let percent = (100.0 * enough / total.max(1) as f64).min(100.0);
            format!("SELECT {selected} FROM {from} TABLESAMPLE BERNOULLI ({percent:.9}) REPEATABLE ({seed})")
        };
        let ends = self.seen.len() as u64;
        let read = self.select(session, &sql, false).await?;
        Ok(Sample {
            method: if by_blocks { SampleMethod::Blocks } else { SampleMethod::Rows },
            seed: self.options.seed,
            rows: read.rows,
            end_rows: ends.saturating_sub(read.again),
            independent_rows: if by_blocks { read.blocks.len() as u64 } else { read.rows },
            total_rows: Some(total),
            total_is_exact: is_small,
        })
    }

    async fn read_all(&mut self, session: &Session) -> Result<Sample, Stop> {
        let sql = format!("SELECT {} FROM {}", self.table.selected(), self.table.from);
        let read = self.select(session, &sql, false).await?;
        Ok(Sample::all(self.options.seed, read.rows))
    }

    /// A view has no blocks to draw from.
    async fn read_first(&mut self, session: &Session) -> Result<Sample, Stop> {
        let most = self.options.sample_rows;
        let sql = format!("SELECT {} FROM {} LIMIT {}", self.table.selected(), self.table.from, most + 1);
        let read = self.select(session, &sql, false).await?;
        if read.rows <= most {
            return Ok(Sample::all(self.options.seed, read.rows));
        }
        Ok(Sample {
            method: SampleMethod::First,
            total_rows: None,
            total_is_exact: false,
            independent_rows: 0,
            ..Sample::all(self.options.seed, read.rows)
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
            self.select(session, &statements.join("; "), true).await?;
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

    /// Feeds the rows that were not seen; the first value of each is its place.
    async fn select(&mut self, session: &Session, sql: &str, are_ends: bool) -> Result<Selected, Stop> {
        let stream = session.stream(sql).await?;
        tokio::pin!(stream);
        let mut read = Selected::default();
        while let Some(row) = session::next_row(&mut stream).await? {
            read.rows += 1;
            if let (false, Ok(Some(place))) = (self.options.is_full, row.try_get(0)) {
                if are_ends {
                    if !self.seen.insert(place.to_owned()) {
                        continue;
                    }
                } else {
                    let block = place.split_once(',').map_or(place, |(block, _)| block);
                    if !read.blocks.contains(block) {
                        read.blocks.insert(block.to_owned());
                    }
                    if self.seen.contains(place) {
                        read.again += 1;
                        continue;
                    }
                }
            }
            self.feed_row(&row);
            if self.feed.end_row() {
                self.feed.send().await?;
            }
        }
        Ok(read)
    }

    fn feed_row(&mut self, row: &tokio_postgres::SimpleQueryRow) {
        for column in 0..row.len().saturating_sub(1) {
            match row.try_get(column + 1) {
                Ok(None) => {}
                Ok(Some(text)) => self.table.feed(&mut self.feed, column, text),
                // Bytes that are no text in the encoding of the database.
                Err(_) => self.feed.falls_short(Reason::MalformedRecords),
            }
        }
    }
}
