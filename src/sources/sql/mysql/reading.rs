//! Which rows of a table of MySQL or MariaDB are read, and by which statements.
//!
//! Lots are drawn over a whole-number key: single keys where they are dense, ranges of keys where they are sparse. A table
//! without such a key is passed once, and each row has a lot of its own. The newest and the oldest rows come besides.

use super::session::{self, Session, text_of};
use super::table::Table;
use crate::model::{Sample, SampleMethod};
use crate::sources::random::Random;
use crate::sources::sql::feed::{Feed, Stop};
use crate::sources::sql::lots::{Clusters, KeyLots};
use crate::sources::sql::{DatabaseOptions, END_ROWS};
use std::collections::HashSet;

/// Tables up to this size are counted, which is quick.
const FEW_BYTES: u64 = 64 << 20;
/// Keys of one statement.
const KEYS_AT_ONCE: usize = 4_000;
/// Ranges of keys of one statement.
const RANGES_AT_ONCE: usize = 50;
/// Rows of one range of keys that are read.
const MAX_ROWS_OF_RANGE: u32 = 200;

/// A table that is being read.
pub(super) struct Reading {
    pub(super) feed: Feed,
    table: Table,
    options: DatabaseOptions,
    /// Keys of the newest and the oldest rows.
    seen: HashSet<Vec<u8>>,
}

/// The lowest and the highest key.
type Span = (i128, i128);

/// What one statement gave.
#[derive(Default)]
struct Selected {
    rows: u64,
    /// Rows among them that were fed before.
    again: u64,
    /// Rows of each range, in the order of the ranges.
    by_range: Vec<u64>,
}

/// What a statement is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Ends,
    Lots,
    /// The second value tells which range a row is of.
    Ranges(usize),
}

impl Reading {
    pub(super) fn new(feed: Feed, table: Table, options: DatabaseOptions) -> Self {
        Self { feed, table, options, seen: HashSet::new() }
    }

    pub(super) async fn read(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let wanted = self.options.sample_rows;
        if self.options.is_full {
            return self.read_all(session).await;
        }
        if self.table.is_view {
            return self.read_first(session).await;
        }
        let is_counted = self.table.bytes <= FEW_BYTES;
        let (counted, span) = self.count_and_span(session, is_counted).await?;
        let total = counted.unwrap_or(self.table.estimated_rows);
        if is_counted && total <= wanted + 2 * END_ROWS {
            return self.read_all(session).await;
        }
        self.read_ends(session).await?;
        let random = Random::new(self.options.seed, &self.table.name);
        let sample = match span {
            Some(span) => self.read_lots(session, KeyLots::new(random, span, total)).await?,
            None => self.read_by_rows(session, random, total).await?,
        };
        Ok(Sample { total_rows: Some(total), total_is_exact: is_counted, ..sample })
    }

    async fn read_all(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let sql = format!("SELECT {} FROM {}", self.table.selected(), self.table.from);
        let read = self.select(session, &sql, Purpose::Lots).await?;
        Ok(Sample::all(self.options.seed, read.rows))
    }

    /// A view has no key to draw from.
    async fn read_first(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let most = self.options.sample_rows;
        let sql = format!("SELECT {} FROM {} LIMIT {}", self.table.selected(), self.table.from, most + 1);
        let read = self.select(session, &sql, Purpose::Lots).await?;
        if read.rows <= most {
            return Ok(Sample::all(self.options.seed, read.rows));
        }
        let all = Sample::all(self.options.seed, read.rows);
        Ok(Sample { method: SampleMethod::First, total_rows: None, total_is_exact: false, independent_rows: 0, ..all })
    }

    async fn read_ends(&mut self, session: &mut Session) -> Result<(), Stop> {
        if self.table.key.is_empty() {
            return Ok(());
        }
        let statement = |order: &str| {
            let key: Vec<String> = self.table.key.iter().map(|column| format!("{column} {order}")).collect();
            let (selected, from) = (self.table.selected(), &self.table.from);
            format!("SELECT {selected} FROM {from} ORDER BY {} LIMIT {END_ROWS}", key.join(", "))
        };
        let sql = ["ASC", "DESC"].map(statement).join("; ");
        self.select(session, &sql, Purpose::Ends).await?;
        Ok(())
    }

    /// Rows, where they are to be counted, and the lowest and the highest key, where it is a whole number.
    async fn count_and_span(
        &self,
        session: &mut Session,
        is_counted: bool,
    ) -> Result<(Option<u64>, Option<Span>), Stop> {
        let key = self.table.key.first().filter(|_| self.table.has_number_key);
        if key.is_none() && !is_counted {
            return Ok((None, None));
        }
        let count = if is_counted { "COUNT(*)" } else { "NULL" };
        let ends = key.map_or("NULL, NULL".to_owned(), |key| format!("MIN({key}), MAX({key})"));
        let rows = session.rows(&format!("SELECT {count}, {ends} FROM {}", self.table.from)).await?;
        let number = |place: usize| rows.first().and_then(|row| row.get(place)).and_then(Option::as_deref);
        let counted = number(0).and_then(|text| text.parse().ok());
        let span = number(1).and_then(|low| low.parse().ok()).zip(number(2).and_then(|high| high.parse().ok()));
        Ok((counted, span))
    }

    async fn read_lots(&mut self, session: &mut Session, mut lots: KeyLots) -> Result<Sample, Stop> {
        let wanted = self.options.sample_rows;
        let ends = self.seen.len() as u64;
        // A key that is not alone in its index can stand in many rows.
        let are_single = !lots.are_ranges() && self.table.key.len() == 1;
        let (mut clusters, mut again) = (Clusters::default(), 0);
        while !clusters.is_enough(wanted) {
            let at_once = if are_single { KEYS_AT_ONCE } else { RANGES_AT_ONCE };
            let drawn = lots.draw(clusters.missing(wanted).min(at_once));
            if drawn.is_empty() {
                break;
            }
            if are_single {
                let keys: Vec<String> = drawn.iter().map(|(key, _)| key.to_string()).collect();
                let (selected, from) = (self.table.selected(), &self.table.from);
                let sql = format!("SELECT {selected} FROM {from} WHERE {} IN ({})", self.table.key[0], keys.join(", "));
                let read = self.select(session, &sql, Purpose::Lots).await?;
                again += read.again;
                (0..read.rows).for_each(|_| clusters.add(1));
            } else {
                let sql = self.ranges(&drawn);
                let read = self.select(session, &sql, Purpose::Ranges(drawn.len())).await?;
                again += read.again;
                read.by_range.iter().for_each(|rows| clusters.add(*rows));
            }
        }
        Ok(Sample {
            method: if are_single { SampleMethod::Keys } else { SampleMethod::KeyRanges },
            end_rows: ends.saturating_sub(again),
            independent_rows: clusters.independent_rows(),
            ..Sample::all(self.options.seed, clusters.rows)
        })
    }

    /// One statement for many ranges; each row tells which range it is of.
    fn ranges(&self, drawn: &[(i128, i128)]) -> String {
        let (identity, columns) = (self.table.identity(), self.table.selected_columns());
        let (from, key) = (&self.table.from, &self.table.key[0]);
        let one = |(index, (start, end)): (usize, &(i128, i128))| {
            format!(
                "(SELECT CONCAT({index}, ':', COALESCE({identity}, '')), {columns} FROM {from} \
                 WHERE {key} >= {start} AND {key} < {end} LIMIT {MAX_ROWS_OF_RANGE})"
            )
        };
        drawn.iter().enumerate().map(one).collect::<Vec<_>>().join(" UNION ALL ")
    }

    /// Passes the table once; each row has its own lot.
    async fn read_by_rows(&mut self, session: &mut Session, mut random: Random, total: u64) -> Result<Sample, Stop> {
        let wanted = self.options.sample_rows as f64;
        let share = ((wanted + 3.0 * wanted.sqrt()) / total.max(1) as f64).min(1.0);
        let seed = random.next() >> 33;
        let ends = self.seen.len() as u64;
        let (selected, from) = (self.table.selected(), &self.table.from);
        let sql = format!("SELECT {selected} FROM {from} WHERE RAND({seed}) < {share:.9}");
        let read = self.select(session, &sql, Purpose::Lots).await?;
        Ok(Sample {
            method: SampleMethod::Rows,
            end_rows: ends.saturating_sub(read.again),
            ..Sample::all(self.options.seed, read.rows)
        })
    }

    /// Feeds the rows that were not seen; the first value of each tells it from others.
    async fn select(&mut self, session: &mut Session, sql: &str, purpose: Purpose) -> Result<Selected, Stop> {
        let mut result = session.stream(sql).await?;
        let mut read = Selected::default();
        if let Purpose::Ranges(ranges) = purpose {
            read.by_range = vec![0; ranges];
        }
        loop {
            let Some(row) = result.next().await.map_err(|error| session::read_error(&error))? else {
                // The answer of the next statement, where there are several.
                if result.is_empty() {
                    break;
                }
                continue;
            };
            read.rows += 1;
            let mut identity = text_of(row.as_ref(0)).filter(|_| !self.options.is_full);
            if let (Purpose::Ranges(_), Some(text)) = (purpose, identity) {
                let colon = text.iter().position(|byte| *byte == b':').unwrap_or(0);
                let range = std::str::from_utf8(&text[..colon]).ok().and_then(|index| index.parse::<usize>().ok());
                if let Some(rows) = range.and_then(|index| read.by_range.get_mut(index)) {
                    *rows += 1;
                }
                identity = text.get(colon + 1..).filter(|key| !key.is_empty());
            }
            if let Some(identity) = identity {
                if purpose == Purpose::Ends {
                    if !self.seen.insert(identity.to_vec()) {
                        continue;
                    }
                } else if self.seen.contains(identity) {
                    read.again += 1;
                    continue;
                }
            }
            for column in 0..row.len().saturating_sub(1) {
                match text_of(row.as_ref(column + 1)) {
                    Some(bytes) if self.table.is_bytes(column) => self.feed.bytes(column, bytes),
                    Some(text) => self.feed.text(column, text),
                    None => {}
                }
            }
            if self.feed.end_row() {
                self.feed.send().await?;
            }
        }
        Ok(read)
    }
}
