//! What a scan would read and cost, told before it: from a listing or from a report of S3 Inventory. No object of the
//! scope is opened.

mod cost;
mod extent;
mod inventory;
mod prices;

pub use cost::{Assumptions, Dollars, Estimate, Time, dollars_spent};
pub use extent::{ClassExtent, Extent, Kind};
pub use prices::{INSTANCES, Instance, PRICES_REGION};

use crate::model::{Location, ReadError};
use crate::sources::{self, SourceError, SourceOptions};
use futures::StreamExt;
use tokio::runtime::Runtime;

/// Why nothing can be estimated. Each text says what is wrong and where.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// A target cannot be a source, or an option makes no sense.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The I/O runtime could not be started.
    #[error("cannot start listing")]
    Start(#[source] std::io::Error),
    /// The manifest or a file of the inventory is not there.
    #[error("there is no {0}; an inventory is named by its manifest.json, and its files lie where the manifest says")]
    Missing(String),
    /// The manifest or a file of the inventory cannot be read.
    #[error("cannot read {location}")]
    Read {
        /// The file.
        location: Location,
        /// Why not.
        source: ReadError,
    },
    /// The manifest is none, or one of a kind that is not read.
    #[error("{location} cannot be used as the manifest of an S3 Inventory: {problem}")]
    Manifest {
        /// The file.
        location: Location,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of the inventory does not hold what the manifest says.
    #[error("{location} is not the inventory that its manifest describes: record {record} {problem}")]
    Record {
        /// The file.
        location: Location,
        /// 1-based number of the record.
        record: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// What a scan of `targets` would read, from their listings. Blocks; not to be called on a thread of a runtime.
pub fn of_listing(targets: &[String], options: &SourceOptions) -> Result<Extent, EstimateError> {
    let runtime = runtime()?;
    let mut extent = Extent::default();
    for target in targets {
        let source = runtime.block_on(sources::open(target, options))?;
        let mut listing = source.list();
        while let Some(listed) = runtime.block_on(listing.next()) {
            extent.add(&listed);
        }
    }
    Ok(extent)
}

/// What a scan of the bucket of an S3 Inventory would read, from the report whose manifest is at `manifest` (a path or
/// `s3://bucket/.../manifest.json`). Blocks; not to be called on a thread of a runtime.
pub fn of_inventory(manifest: &str, options: &SourceOptions) -> Result<Extent, EstimateError> {
    inventory::read(&runtime()?, manifest, options)
}

fn runtime() -> Result<Runtime, EstimateError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("phinder-io")
        .enable_all()
        .build()
        .map_err(EstimateError::Start)
}
