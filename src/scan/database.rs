//! A database file of SQLite among other files or objects: its tables one after the other, as rows.
//!
//! SQLite reads files, so content that is not one of this machine, or is compressed, is copied to a private temporary file,
//! which is removed as soon as it is open. Fields are `table.column`. Damage ends one table.

use super::rows::RowDecoder;
use crate::decoders::{self, Decoder, Peeked};
use crate::model::{Batch, ByteStream as _, RandomAccess, ReadError, Reason};
use crate::sources::{DatabaseTables, database_tables};
use crate::unpack;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tempfile::NamedTempFile;

const SIGNATURE: &[u8] = b"SQLite format 3\0";
/// Most that is copied to a temporary file.
const MAX_COPIED_BYTES: u64 = 4 << 30;

/// Whether the content is a database file.
pub(super) fn is_database(stream: &mut Peeked) -> bool {
    stream.head(SIGNATURE.len()) == SIGNATURE
}

/// The decoder of a database file. `bytes` counts what is read of its rows.
pub(super) fn open(
    stream: Peeked,
    random_access: Option<&dyn RandomAccess>,
    limits: (unpack::Limits, decoders::Limits),
    bytes: Arc<AtomicU64>,
) -> Result<Box<dyn Decoder>, ReadError> {
    let tables = match random_access.and_then(RandomAccess::file) {
        Some(path) => database_tables(path, false)?,
        // The copy is gone when this returns; SQLite has it open.
        None => database_tables(copy(stream)?.path(), true)?,
    };
    Ok(Box::new(DatabaseDecoder { tables, limits, bytes, table: None, number: 0, records: 0, shortfall: None }))
}

/// Readable by nobody else.
fn copy(mut stream: Peeked) -> Result<NamedTempFile, ReadError> {
    let failed = |error: std::io::Error| ReadError::new(Reason::CopyLimit, format!("cannot copy it: {error}"));
    let mut copy = tempfile::Builder::new().prefix("phinder-").tempfile().map_err(failed)?;
    let mut copied = 0;
    while let Some(chunk) = stream.next_chunk()? {
        copied += chunk.len() as u64;
        if copied > MAX_COPIED_BYTES {
            return Err(ReadError::new(Reason::CopyLimit, format!("more than {MAX_COPIED_BYTES} bytes")));
        }
        copy.write_all(&chunk).map_err(failed)?;
    }
    Ok(copy)
}

/// Tables in the order of their names.
struct DatabaseDecoder {
    tables: DatabaseTables,
    limits: (unpack::Limits, decoders::Limits),
    bytes: Arc<AtomicU64>,
    /// The one that is being read.
    table: Option<(String, RowDecoder)>,
    number: u32,
    /// Records of the tables before it.
    records: u64,
    shortfall: Option<Reason>,
}

impl DatabaseDecoder {
    fn falls_short(&mut self, reason: Reason) {
        // No option limits the bytes of a table here.
        let reason = if reason == Reason::ByteBudget { Reason::ExpansionLimit } else { reason };
        self.shortfall = Some(self.shortfall.map_or(reason, |known| known.min(reason)));
    }

    /// Begins with the next table; `false` where there is none.
    fn next_table(&mut self) -> bool {
        while let Some((name, opened)) = self.tables.next() {
            match opened {
                Ok(reader) => {
                    self.number += 1;
                    self.table = Some((name, RowDecoder::new(reader, self.limits.clone(), self.bytes.clone())));
                    return true;
                }
                Err(error) => {
                    tracing::debug!(detail = %error.detail, reason = error.reason.code(), "a table was not read");
                    self.falls_short(error.reason);
                }
            }
        }
        false
    }
}

impl Decoder for DatabaseDecoder {
    fn format(&self) -> &'static str {
        "sqlite"
    }

    fn table(&self) -> u32 {
        self.number
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        loop {
            let Some((name, decoder)) = &mut self.table else {
                if self.next_table() {
                    continue;
                }
                batch.clear();
                return Ok(false);
            };
            let outcome = decoder.next_batch(batch);
            if let Ok(true) = outcome {
                for column in &mut batch.columns {
                    column.path = format!("{name}.{}", column.path).into();
                }
                batch.first_record = self.records;
                self.records += u64::from(batch.record_count);
                return Ok(true);
            }
            let reason = match outcome {
                Ok(_) => decoder.shortfall(),
                Err(error) => {
                    tracing::debug!(detail = %error.detail, reason = error.reason.code(), "a table was not read to its end");
                    Some(error.reason)
                }
            };
            self.table = None;
            if let Some(reason) = reason {
                self.falls_short(reason);
            }
        }
    }

    fn shortfall(&self) -> Option<Reason> {
        self.shortfall
    }
}
