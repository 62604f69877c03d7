//! The file of an index: a line that names it, a header in JSON, the tags of each column, a checksum and a seal.
//!
//! ```text
//! "PHINDER EXACT INDEX 1\n"   then the length of the header, 4 bytes
//! header                      JSON: normalisation, key check, columns with their counts and shapes
//! tags                        per column: 8 bytes each, strictly ascending
//! checksum                    SHA-256 of all before, 32 bytes: damage
//! seal                        HMAC-SHA-256 of the checksum under the key, 32 bytes: changes by others
//! ```
//!
//! Numbers are little-endian. A reader trusts nothing: lengths are compared with that of the file before memory is taken.

use super::normalise::{MAX_SIGNIFICANT, NORMALISATION};
use super::tags::Tags;
use super::{ExactColumn, ExactError, ExactIndex, ExactKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// How every index begins; the number is that of the format.
pub const MAGIC: &[u8; 22] = b"PHINDER EXACT INDEX 1\n";

/// A header has a few hundred bytes per column.
const MAX_HEADER_BYTES: usize = 1 << 20;
const MAX_COLUMNS: usize = 256;
const TRAILER_BYTES: u64 = 64;
const CHUNK_BYTES: usize = 1 << 20;

/// What stands in the header.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    normalisation: u16,
    key_check: String,
    columns: Vec<ExactColumn>,
}

/// What can be told of an index without its key.
#[derive(Debug)]
pub struct ExactSummary {
    /// Version of its normal forms.
    pub normalisation: u16,
    /// The columns, in the order in which they were named.
    pub columns: Vec<ExactColumn>,
    /// Size of the file.
    pub file_bytes: u64,
    /// Whether the key that was given is the one that it was built with; `None` where none was given.
    pub key_fits: Option<bool>,
}

impl ExactIndex {
    /// Writes the file.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let header = Header {
            normalisation: NORMALISATION,
            key_check: hexadecimal(&self.key.check()),
            columns: self.columns.clone(),
        };
        let header = serde_json::to_vec(&header)?;
        if header.len() > MAX_HEADER_BYTES || self.columns.len() > MAX_COLUMNS {
            return Err(io::Error::other("too many columns, or names that are too long"));
        }
        let mut to = Summed { inner: to, sum: Sha256::new() };
        to.write_all(MAGIC)?;
        to.write_all(&(header.len() as u32).to_le_bytes())?;
        to.write_all(&header)?;
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        for tags in &self.tags {
            for tags in tags.as_slice().chunks(CHUNK_BYTES / 8) {
                chunk.clear();
                tags.iter().for_each(|tag| chunk.extend_from_slice(&tag.to_le_bytes()));
                to.write_all(&chunk)?;
            }
        }
        let checksum = to.sum.finalize();
        to.inner.write_all(&checksum)?;
        to.inner.write_all(&self.key.seal(&checksum))?;
        to.inner.flush()
    }

    /// Reads and validates a file, of which nothing is trusted.
    pub fn read(path: &Path, key: &ExactKey) -> Result<Self, ExactError> {
        let mut file = IndexFile::open(path)?;
        let header = file.header()?;
        if header.key_check != hexadecimal(&key.check()) {
            return Err(ExactError::WrongKey { path: path.to_owned() });
        }
        let mut tags = Vec::new();
        for column in &header.columns {
            let of_column = Tags::new(file.tags(column.entries)?);
            tags.push(of_column.ok_or_else(|| file.damaged("tags are out of order"))?);
        }
        file.end(Some(key))?;
        Ok(Self { key: key.clone(), columns: header.columns, tags })
    }
}

/// Reads a file to its end and tells what it is. Without a key its checksum alone is tested.
pub fn summarise(path: &Path, key: Option<&ExactKey>) -> Result<ExactSummary, ExactError> {
    let mut file = IndexFile::open(path)?;
    let header = file.header()?;
    let key_fits = key.map(|key| header.key_check == hexadecimal(&key.check()));
    for column in &header.columns {
        file.pass_over(column.entries)?;
    }
    let file_bytes = file.length;
    file.end(key.filter(|_| key_fits == Some(true)))?;
    Ok(ExactSummary { normalisation: header.normalisation, columns: header.columns, file_bytes, key_fits })
}

/// A file that is read from its start to its end, summed on the way.
struct IndexFile<'a> {
    path: &'a Path,
    file: File,
    length: u64,
    /// What is left before the trailer.
    left: u64,
    sum: Sha256,
}

impl<'a> IndexFile<'a> {
    fn open(path: &'a Path) -> Result<Self, ExactError> {
        let failed = |source| ExactError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let left = length.saturating_sub(TRAILER_BYTES);
        Ok(Self { path, file, length, left, sum: Sha256::new() })
    }

    fn damaged(&self, problem: &'static str) -> ExactError {
        ExactError::Damaged { path: self.path.to_owned(), problem }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), ExactError> {
        self.file.read_exact(buffer).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it is cut short"),
            _ => ExactError::Read { path: self.path.to_owned(), source },
        })
    }

    /// Takes bytes that the checksum covers.
    fn take(&mut self, buffer: &mut [u8]) -> Result<(), ExactError> {
        self.left = match self.left.checked_sub(buffer.len() as u64) {
            Some(left) => left,
            None => return Err(self.damaged("it is cut short")),
        };
        self.fill(buffer)?;
        self.sum.update(buffer);
        Ok(())
    }

    fn header(&mut self) -> Result<Header, ExactError> {
        let mut magic = [0; MAGIC.len()];
        let is_index = self.length >= MAGIC.len() as u64 && {
            self.fill(&mut magic)?;
            self.sum.update(magic);
            self.left = self.left.saturating_sub(magic.len() as u64);
            magic == *MAGIC
        };
        if !is_index {
            return Err(ExactError::NoIndex { path: self.path.to_owned() });
        }
        let mut length = [0; 4];
        self.take(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_HEADER_BYTES {
            return Err(self.damaged("its header is too long"));
        }
        let mut text = vec![0; length];
        self.take(&mut text)?;
        let header: Header = serde_json::from_slice(&text).map_err(|_| self.damaged("its header cannot be read"))?;
        if header.normalisation != NORMALISATION {
            return Err(ExactError::Normalisation { path: self.path.to_owned(), found: header.normalisation });
        }
        let sound = |column: &ExactColumn| column.shape.digit_lengths.len() <= MAX_SIGNIFICANT + 1;
        if header.columns.len() > MAX_COLUMNS || !header.columns.iter().all(sound) {
            return Err(self.damaged("its header says what no index says"));
        }
        let entries = header.columns.iter().try_fold(0u64, |sum, column| sum.checked_add(column.entries));
        match entries.and_then(|entries| entries.checked_mul(8)) {
            Some(bytes) if bytes == self.left => Ok(header),
            Some(bytes) if bytes > self.left => Err(self.damaged("it is cut short")),
            _ => Err(self.damaged("its length is not the one that its header says")),
        }
    }

    /// The tags of a column, of which the header was found to fit the length of the file.
    fn tags(&mut self, entries: u64) -> Result<Vec<u64>, ExactError> {
        let mut tags = Vec::with_capacity(usize::try_from(entries).map_err(|_| self.damaged("it is too large"))?);
        self.chunks(entries, |chunk| {
            tags.extend(chunk.chunks_exact(8).filter_map(|tag| tag.try_into().ok()).map(u64::from_le_bytes));
        })?;
        Ok(tags)
    }

    fn pass_over(&mut self, entries: u64) -> Result<(), ExactError> {
        self.chunks(entries, |_| {})
    }

    fn chunks(&mut self, entries: u64, mut each: impl FnMut(&[u8])) -> Result<(), ExactError> {
        let mut bytes = entries * 8;
        let mut chunk = vec![0; bytes.min(CHUNK_BYTES as u64) as usize];
        while bytes > 0 {
            let take = bytes.min(CHUNK_BYTES as u64) as usize;
            self.take(&mut chunk[..take])?;
            each(&chunk[..take]);
            bytes -= take as u64;
        }
        Ok(())
    }

    /// Compares checksum and, with the key, the seal.
    fn end(mut self, key: Option<&ExactKey>) -> Result<(), ExactError> {
        let (mut checksum, mut seal) = ([0; 32], [0; 32]);
        self.fill(&mut checksum)?;
        self.fill(&mut seal)?;
        if self.sum.clone().finalize()[..] != checksum {
            return Err(self.damaged("its checksum does not fit"));
        }
        match key {
            Some(key) if key.seal(&checksum) != seal => Err(self.damaged("it was changed by somebody without the key")),
            _ => Ok(()),
        }
    }
}

/// Sums what is written.
struct Summed<'a> {
    inner: &'a mut dyn Write,
    sum: Sha256,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
