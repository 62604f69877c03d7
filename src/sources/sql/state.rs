//! The state of a table: what its server says of it that changes whenever its rows, its columns or their descriptions do.
//!
//! It is asked for when tables are listed, before any of them is read: a change while a table is read is a change since then.
//! Where a server does not tell that nothing was changed, there is no state, and the table is read.

use sha2::{Digest, Sha256};

/// A table of a listing.
pub(super) struct ListedTable {
    /// Its schema or database.
    pub(super) schema: String,
    pub(super) name: String,
    /// What the server says of it.
    pub(super) state: Option<String>,
}

/// A digest of the parts, which are kept apart: some of them are values of the table.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
