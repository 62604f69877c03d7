//! One thing to scan, as its source lists it, before a byte of it was read.

use super::{Coverage, Location};
use std::time::SystemTime;

/// An object of a listing: identity and what the listing tells about it. Its content is opened later.
#[derive(Debug, Clone)]
pub struct Object {
    /// Where it is.
    pub location: Location,
    /// What it is, where that outlives its location: a table of a server that may be given another name.
    pub lasting: Option<Location>,
    /// Size in bytes as listed; `None` where a source cannot know it (standard input).
    pub size_bytes: Option<u64>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
    /// The entity tag that pins the content, as the source wrote it (with its quotes).
    pub etag: Option<String>,
    /// A digest of what the server says of a table that changes whenever its rows do; `None` where nothing tells that.
    pub table_state: Option<String>,
    /// The version id, when a listing of versions was asked for.
    pub version: Option<String>,
    /// The storage class as the source names it.
    pub storage_class: Option<String>,
    /// How it was chosen, where not all objects are read.
    pub lot: Option<Lot>,
}

/// How an object of a sample was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lot {
    /// By lot: it stands for others.
    Drawn,
    /// Besides, because nothing that is like it was drawn.
    Besides,
}

impl Object {
    /// An object of which only the location is known.
    pub fn at(location: Location) -> Self {
        Self {
            location,
            lasting: None,
            size_bytes: None,
            modified: None,
            etag: None,
            table_state: None,
            version: None,
            storage_class: None,
            lot: None,
        }
    }

    /// What tells it from all others, from scan to scan: what is remembered of it goes by this.
    pub fn identity(&self) -> &Location {
        self.lasting.as_ref().unwrap_or(&self.location)
    }
}

/// One entry of a listing.
#[derive(Debug, Clone)]
pub enum Listed {
    /// To be opened and scanned.
    Object(Object),
    /// Seen, but not to be read; or a place that could not be listed. It is reported with this coverage, never dropped.
    Gap(Object, Coverage),
}

impl Listed {
    /// What was listed.
    pub fn object(&self) -> &Object {
        let (Self::Object(object) | Self::Gap(object, _)) = self;
        object
    }
}
