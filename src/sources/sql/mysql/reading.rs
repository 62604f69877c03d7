//! Which rows of a table of MySQL or MariaDB are read, and by which statements.
//!
//! Lots are drawn over a whole-number key that tells rows apart, where many of its keys have a row. Any other table is passed
//! once, and each row has a lot of its own: rows may crowd at some keys, so keys would not do. Where a table is too large for
//! that, rows behind some keys are read, and nothing is said of the others. The newest and the oldest rows come besides.

use super::session::{self, Session, text_of};
use super::table::Table;
use crate::model::{Reason, Sample, SampleMethod};
use crate::sources::random::Random;
use crate::sources::sql::ends::Ends;
use crate::sources::sql::feed::{Feed, Stop};
use crate::sources::sql::lots::{KeyLots, points, share_of_rows};
use crate::sources::sql::packed::PackedRows;
use crate::sources::sql::{DatabaseOptions, END_ROWS};
use std::collections::HashSet;
use std::sync::Arc;

/// Tables up to this size are counted, which is quick.
const FEW_BYTES: u64 = 64 << 20;
/// Keys of one statement.
const KEYS_AT_ONCE: usize = 4_000;
/// Runs of rows of one statement.
const RUNS_AT_ONCE: usize = 50;
/// Rows of one run.
const ROWS_OF_RUN: u64 = 20;
/// Statements for runs of rows, whatever they give.
const STATEMENTS_OF_RUNS: usize = 20;
/// Bytes of a table that are passed in a second, at least.
const BYTES_PER_SECOND: u64 = 128 << 20;
/// Rows of a table at most; a derived table with a limit is made before it is joined.
const ALL_ROWS: u64 = u64::MAX;

/// A table that is being read.
pub(super) struct Reading {
    pub(super) feed: Feed<PackedRows>,
    table: Arc<Table>,
    options: DatabaseOptions,
    /// The newest and the oldest rows, by their keys.
    ends: Ends<Vec<u8>>,
    /// Keys of rows of runs, which may overlap.
    runs: HashSet<Vec<u8>>,
    /// Rows that were handed over.
    fed: u64,
}

/// The lowest and the highest key.
type Span = (i128, i128);

/// What a statement is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The oldest rows, then the newest.
    Ends,
    /// Rows that may come again, and count once.
    Runs,
    /// Rows by lot, which do not.
    Lots,
    /// Rows that nothing has to be told from.
    All,
}

impl Reading {
    pub(super) fn new(feed: Feed<PackedRows>, table: Arc<Table>, options: DatabaseOptions) -> Self {
        Self { feed, table, options, ends: Ends::default(), runs: HashSet::new(), fed: 0 }
    }

    /// Begins the transaction in which the table is read, too, with the first statement.
    pub(super) async fn read(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let wanted = self.options.sample_rows;
        let is_counted = self.table.bytes <= FEW_BYTES;
        let is_sampled = !self.options.is_full && !self.table.is_view;
        let count = if is_sampled { self.count_and_span(is_counted) } else { None };
        let (rows, refusal) = session.begin(count.as_deref(), &self.table.probe).await?;
        if refusal.is_some_and(|error| error.reason == Reason::AccessDenied) {
            self.feed.falls_short(Reason::AccessDenied);
        }
        if self.options.is_full {
            return self.read_all(session).await;
        }
        if self.table.is_view {
            return self.read_first(session).await;
        }
        let number = |place: usize| rows.first().and_then(|row| row.get(place)).and_then(Option::as_deref);
        let counted: Option<u64> = number(0).and_then(|text| text.parse().ok());
        let span = number(1).and_then(|low| low.parse().ok()).zip(number(2).and_then(|high| high.parse().ok()));
        let total = counted.unwrap_or(self.table.estimated_rows);
        if is_counted && total <= wanted + 2 * END_ROWS {
            return self.read_all(session).await;
        }
        self.read_ends(session).await?;
        let random = || Random::new(self.options.seed, &self.table.name);
        // A key that is not alone in its index can stand in many rows.
        let single = span.filter(|_| self.table.key.len() == 1);
        let lots = single.and_then(|span| KeyLots::new(random(), span, total, wanted));
        let sample = match (lots, span) {
            (Some(lots), _) => self.read_keys(session, lots).await?,
            (None, Some(span)) if !self.is_quick_to_pass() => self.read_runs(session, random(), span).await?,
            (None, _) => self.read_by_rows(session, random(), total).await?,
        };
        Ok(Sample { total_rows: Some(total), total_is_exact: is_counted, ..sample })
    }

    /// Whether a statement may pass the table within its time.
    fn is_quick_to_pass(&self) -> bool {
        self.table.bytes <= self.options.statement_timeout.as_secs().saturating_mul(BYTES_PER_SECOND)
    }

    async fn read_all(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let sql = format!("SELECT {} FROM {}", self.table.selected_columns(), self.table.from);
        let read = self.select(session, &sql, Purpose::All).await?;
        Ok(Sample::all(self.options.seed, read))
    }

    /// A view has no key to draw from.
    async fn read_first(&mut self, session: &mut Session) -> Result<Sample, Stop> {
        let most = self.options.sample_rows;
        let sql = format!("SELECT {} FROM {} LIMIT {}", self.table.selected_columns(), self.table.from, most + 1);
        let read = self.select(session, &sql, Purpose::All).await?;
        if read <= most {
            return Ok(Sample::all(self.options.seed, read));
        }
        let all = Sample::all(self.options.seed, read);
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
    fn count_and_span(&self, is_counted: bool) -> Option<String> {
        let key = self.table.key.first().filter(|_| self.table.has_number_key);
        if key.is_none() && !is_counted {
            return None;
        }
        let count = if is_counted { "COUNT(*)" } else { "NULL" };
        let ends = key.map_or("NULL, NULL".to_owned(), |key| format!("MIN({key}), MAX({key})"));
        Some(format!("SELECT {count}, {ends} FROM {}", self.table.from))
    }

    async fn read_keys(&mut self, session: &mut Session, mut lots: KeyLots) -> Result<Sample, Stop> {
        let mut rows = 0;
        loop {
            let drawn = lots.draw(rows, self.options.sample_rows, KEYS_AT_ONCE);
            if drawn.is_empty() {
                break;
            }
            let keys: Vec<String> = drawn.iter().map(ToString::to_string).collect();
            let (selected, from) = (self.table.selected(), &self.table.from);
            let sql = format!("SELECT {selected} FROM {from} WHERE {} IN ({})", self.table.key[0], keys.join(", "));
            rows += self.select(session, &sql, Purpose::Lots).await?;
        }
        let sample = Sample { method: SampleMethod::Keys, ..Sample::all(self.options.seed, rows) };
        Ok(self.ends.beside(sample))
    }

    /// Rows behind some keys, few statements whatever the keys are. Which rows stand behind others is not known, so nothing
    /// follows for them.
    async fn read_runs(&mut self, session: &mut Session, mut random: Random, span: Span) -> Result<Sample, Stop> {
        let ends = self.fed;
        for _ in 0..STATEMENTS_OF_RUNS {
            let (selected, from, key) = (self.table.selected(), &self.table.from, &self.table.key[0]);
            let order = self.table.key.join(", ");
            let run = |point: i128| {
                format!("(SELECT {selected} FROM {from} WHERE {key} >= {point} ORDER BY {order} LIMIT {ROWS_OF_RUN})")
            };
            let sql: Vec<String> = points(&mut random, span, RUNS_AT_ONCE).into_iter().map(run).collect();
            self.select(session, &sql.join(" UNION ALL "), Purpose::Runs).await?;
            if self.fed - ends >= self.options.sample_rows {
                break;
            }
        }
        Ok(self.without_bound(SampleMethod::KeyRanges))
    }

    /// Passes the table once; each row has its own lot. Only its keys are passed where it has some: an index that is smaller
    /// than the table may have them.
    async fn read_by_rows(&mut self, session: &mut Session, mut random: Random, total: u64) -> Result<Sample, Stop> {
        let share = share_of_rows(self.options.sample_rows, total);
        let seed = random.next() >> 33;
        let (selected, from) = (self.table.selected(), &self.table.from);
        let lot = format!("RAND({seed}) < {share:.9}");
        let sql = if self.table.key.is_empty() {
            format!("SELECT {selected} FROM {from} WHERE {lot}")
        } else {
            let key = self.table.key.join(", ");
            format!(
                "SELECT STRAIGHT_JOIN {selected} FROM (SELECT {key} FROM {from} WHERE {lot} LIMIT {ALL_ROWS}) AS drawn \
                 JOIN {from} USING ({key})"
            )
        };
        match self.select(session, &sql, Purpose::Lots).await {
            Ok(read) => {
                let sample = Sample { method: SampleMethod::Rows, ..Sample::all(self.options.seed, read) };
                Ok(self.ends.beside(sample))
            }
            // What came is of the first part of the table.
            Err(Stop::Failed(error)) if error.reason == Reason::TimedOut => {
                self.feed.falls_short(Reason::TimedOut);
                Ok(self.without_bound(SampleMethod::First))
            }
            Err(stop) => Err(stop),
        }
    }

    /// All rows that were handed over, newest and oldest ones among them: nothing follows from them.
    fn without_bound(&self, method: SampleMethod) -> Sample {
        let all = Sample::all(self.options.seed, self.fed - self.ends.count());
        self.ends.beside(Sample { method, independent_rows: 0, ..all })
    }

    /// Feeds the rows that were not seen, and counts all. The first value of each tells it from others, unless it is for all rows.
    async fn select(&mut self, session: &mut Session, sql: &str, purpose: Purpose) -> Result<u64, Stop> {
        let mut result = session.stream(sql).await?;
        let mut read = 0;
        loop {
            let Some(row) = result.next().await.map_err(|error| session::read_error(&error))? else {
                // The answer of the next statement, where there are several.
                if result.is_empty() {
                    break;
                }
                continue;
            };
            read += 1;
            let is_known = match (purpose, text_of(row.as_ref(0))) {
                (Purpose::All, _) | (_, None) => false,
                // The oldest come first.
                (Purpose::Ends, Some(identity)) => !self.ends.take(identity.to_vec(), read <= END_ROWS),
                (Purpose::Runs, Some(identity)) => self.ends.has(identity) || !self.runs.insert(identity.to_vec()),
                (Purpose::Lots, Some(identity)) => self.ends.is_drawn(identity),
            };
            if is_known {
                continue;
            }
            self.fed += 1;
            for place in if purpose == Purpose::All { 0 } else { 1 }..row.len() {
                self.feed.run.push(text_of(row.as_ref(place)));
            }
            self.feed.run.end_row();
            if self.feed.is_full() {
                self.feed.send().await?;
            }
        }
        Ok(read)
    }
}
