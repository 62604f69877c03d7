//! What is remembered of objects from scan to scan, as the scan asks for it and tells it. What remembers is given from
//! outside; without it every scan starts anew.

use super::{Coverage, Evidence, Location, Object, ObjectResult, TableFacts};
use std::sync::Arc;

/// What an earlier examination of the same content found.
#[derive(Debug)]
pub struct Recalled {
    /// How the location may be shown, where that differs.
    pub shown: Option<Location>,
    /// Format it was decoded as.
    pub format: Option<&'static str>,
    /// What was read of it.
    pub coverage: Coverage,
    /// What was found; field paths are as they may be shown.
    pub evidence: Evidence,
    /// What is known of it where it is a table.
    pub table: Option<TableFacts>,
}

/// How a result came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examined {
    /// The listing said all there is: left out, or a place that could not be listed.
    Listing,
    /// It was opened.
    Content,
    /// It was recalled: nothing was read.
    Memory,
}

/// Remembering failed; the text says what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct MemoryError(pub String);

/// Remembers objects between scans. Called from several threads.
pub trait Memory: Send + Sync {
    /// What is known of an object, if its content and everything that examines it are unchanged. Quick: it is asked for
    /// each object of a listing.
    fn recall(&self, object: &Object) -> Option<Recalled>;

    /// Everything is listed, and these directories are where other file systems begin that have something in them, each with
    /// how it may be shown. Returns, as they may be shown, those where earlier scans of the same places met one and this one
    /// did not.
    fn unmounted(&self, met: &[[Location; 2]]) -> Result<Vec<Location>, MemoryError>;

    /// Everything of a source is listed, and this is all of it. Returns, as they may be shown, the objects that earlier scans
    /// of the same places met and that are not among them, of those whose locations begin with `start`.
    fn unlisted(&self, start: &str, listed: &[Object]) -> Result<Vec<Location>, MemoryError>;

    /// Whether an earlier scan met the object under this name.
    fn knows(&self, object: &Object) -> Result<bool, MemoryError>;

    /// One object is through. `found` is its evidence, with field paths as they may be shown, and of a table
    /// what may be kept of it, without which it is read again; `result` is what is said of it.
    fn record(
        &self,
        object: &Object,
        examined: Examined,
        found: (&Evidence, Option<&TableFacts>),
        result: &Arc<ObjectResult>,
    ) -> Result<(), MemoryError>;
}
