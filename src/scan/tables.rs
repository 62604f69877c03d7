//! Reads objects batch by batch and looks for nothing in them: how an index is built from a table, whatever its format.
//!
//! Knows nothing of what becomes of the batches. One thread reads, one object after the other.

use super::open;
use crate::decoders::{self, Decoder};
use crate::model::{Batch, Coverage, Listed, Location, Object, ReadError, Reason};
use crate::sources::{self, Source, SourceError, SourceOptions};
use crate::unpack;
use futures::StreamExt;
use std::sync::Arc;

/// Why a table could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A target cannot be a source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The I/O runtime could not be started.
    #[error("cannot start reading")]
    Start(#[source] std::io::Error),
    /// An object could not be read or decoded.
    #[error("cannot read {location}")]
    Read {
        /// The object.
        location: Location,
        /// Why not.
        source: ReadError,
    },
    /// An object is listed and cannot be opened.
    #[error("cannot read {location}: {reason}")]
    Gap {
        /// The object.
        location: Location,
        /// Why not.
        reason: Reason,
    },
}

/// One object that was read.
#[derive(Debug)]
pub struct Table {
    /// Where it is.
    pub location: Location,
    /// The format that it was recognised as.
    pub format: &'static str,
    /// How many records it has.
    pub records: u64,
    /// What was lost although it was read to its end.
    pub shortfall: Option<Reason>,
}

/// Reads every object of the targets and gives each batch to `take`, with the number of its object. Blocks; not to be called
/// on a thread of a runtime.
pub fn read_tables(
    targets: &[String],
    options: &SourceOptions,
    take: &mut dyn FnMut(usize, &Batch),
) -> Result<Vec<Table>, TableError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("phinder-io")
        .enable_all()
        .build()
        .map_err(TableError::Start)?;
    let mut tables = Vec::new();
    // A sample would leave most of it out of the index.
    let mut options = options.clone();
    options.database.is_full = true;
    options.sample = None;
    for target in targets {
        let source = runtime.block_on(sources::open(target, &options))?;
        let mut listing = source.list();
        while let Some(listed) = runtime.block_on(listing.next()) {
            match listed {
                Listed::Object(object) => {
                    let number = tables.len();
                    let table = read_table(&runtime, source.as_ref(), &object, &mut |batch| take(number, batch));
                    tables.push(table.map_err(|source| TableError::Read { location: object.location, source })?);
                }
                Listed::Gap(object, coverage) => refuse_gap(object, &coverage)?,
            }
        }
    }
    Ok(tables)
}

/// What the user left out is none.
fn refuse_gap(object: Object, coverage: &Coverage) -> Result<(), TableError> {
    match coverage.reason() {
        Some(reason) if coverage.is_gap() => Err(TableError::Gap { location: object.location, reason }),
        _ => Ok(()),
    }
}

fn read_table(
    runtime: &tokio::runtime::Runtime,
    source: &dyn Source,
    object: &Object,
    take: &mut dyn FnMut(&Batch),
) -> Result<Table, ReadError> {
    let (unpack_limits, limits) = (unpack::Limits::default(), decoders::Limits::default());
    let content = runtime.block_on(source.open(object))?;
    let mut first = open::open(content, object.location.name(), (&unpack_limits, &limits), &Arc::default())?;
    let mut table = Table { location: object.location.clone(), format: first.format(), records: 0, shortfall: None };
    let parts = first.parts();
    // The parts are the whole of it.
    let all = if parts.is_empty() { vec![first] } else { parts };
    for decoder in all {
        read_part(decoder, &mut table, take)?;
    }
    Ok(table)
}

fn read_part(mut decoder: Box<dyn Decoder>, table: &mut Table, take: &mut dyn FnMut(&Batch)) -> Result<(), ReadError> {
    let mut batch = Batch::default();
    while decoder.next_batch(&mut batch)? {
        table.records += u64::from(batch.record_count);
        take(&batch);
    }
    table.shortfall = table.shortfall.or(decoder.shortfall());
    Ok(())
}
