//! Decoders: undecoded bytes -> batches. This file holds the trait, its limits and the choice of the decoder.
//!
//! The content decides, its name is a hint at most: objects are misnamed more often than they lie about their first
//! bytes. A decoder delivers everything that stands before damage, never looks at a value for what it means, and keeps
//! its memory bounded. What no decoder reads is an error with its reason, never silence; printable runs inside binary
//! content are not looked at. A new decoder is one file and one line in [`open`].

mod csv;
mod csv_plain;
mod csv_record;
mod encoding;
mod header;
mod items;
mod json;
mod layout;
mod parquet;
mod pdf;
mod peek;
mod refill;
mod separators;
mod signature;
mod sniff;
mod sql;
mod text;
mod utf32;
mod zpl;

use crate::model::{Batch, ByteStream as _, Content, MemoryContent, RandomAccess, ReadError, Reason, Sample};
use bytes::BytesMut;
use std::sync::Arc;

pub use peek::Peeked;

/// Bytes -> batches, pulled by a worker.
pub trait Decoder: Send {
    /// Name of the format for outputs: `text`, `csv`, `json`, `ndjson`, `parquet`, `pdf`, `sql`.
    fn format(&self) -> &'static str;

    /// Replaces the contents of `batch` by the next records; `false` at the end, and `batch` is then empty. Columns and
    /// allocations of the batch are reused where the schema did not change. An error comes after everything before it.
    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError>;

    /// What was lost although decoding went on: the coverage becomes partial with it. To be asked at the end.
    fn shortfall(&self) -> Option<Reason> {
        None
    }

    /// How the records were chosen, where they are rows that a source chose. To be asked at the end.
    fn sample(&self) -> Option<Sample> {
        None
    }

    /// Which table of the object the last batch belongs to, where it holds several: fields of one say nothing of another's.
    fn table(&self) -> u32 {
        0
    }

    /// Parts that can be decoded independently and in parallel (row groups), asked once before the first
    /// [`Self::next_batch`]. Empty: decode this one. Records keep their numbers within the object.
    fn parts(&mut self) -> Vec<Box<dyn Decoder>> {
        Vec::new()
    }
}

/// Tells of a field path whether its name alone may make its values something.
#[derive(Clone)]
pub struct KnownFields(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl KnownFields {
    /// Asks this.
    pub fn new(is_known: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_known))
    }

    fn has(&self, path: &str) -> bool {
        (self.0)(path)
    }
}

impl std::fmt::Debug for KnownFields {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KnownFields")
    }
}

/// What bounds the memory and the work of a decoder.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Size that a batch aims at.
    pub batch_bytes: usize,
    /// Largest single element: one JSON document, one delimited record.
    pub max_element_bytes: usize,
    /// Deepest nesting of a document.
    pub max_depth: usize,
    /// Largest object that is held in memory because its format needs random access and its source has none.
    pub max_buffered_bytes: usize,
    /// Columns of Parquet that can hold nothing by type and statistics are left out, but for fields that are known here; all are
    /// read where this is `None`.
    pub unlikely_columns: Option<KnownFields>,
    /// Booleans of Parquet are written, too. In a scan they can be nothing.
    pub with_booleans: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_bytes: 1 << 20,
            max_element_bytes: 64 << 20,
            max_depth: 256,
            max_buffered_bytes: 256 << 20,
            unlikely_columns: None,
            with_booleans: false,
        }
    }
}

/// Chooses the decoder by content; `name` is the object's name (`a.csv.gz`). The error says why there is none: a format
/// that is not decoded, binary or encrypted content, no content at all, or a source that failed.
pub fn open(content: Content, name: &str, limits: &Limits) -> Result<Box<dyn Decoder>, ReadError> {
    let mut stream = Peeked::new(content.stream);
    let head = stream.head(encoding::SAMPLE_BYTES);
    if head.is_empty() {
        return Err(stream.failed_at_start().unwrap_or_else(|| ReadError::new(Reason::Empty, "no content")));
    }
    if head.starts_with(b"PAR1") {
        return parquet::open(random_access(content.random_access, stream, limits)?, limits);
    }
    if head.starts_with(b"%PDF-") {
        let limits = &Limits { max_buffered_bytes: pdf::MAX_BYTES.min(limits.max_buffered_bytes), ..limits.clone() };
        return pdf::open(random_access(content.random_access, stream, limits)?.as_ref(), limits);
    }
    if let Some((format, reason)) = signature::known(head) {
        return Err(ReadError::new(reason, format!("{format} is not decoded")));
    }
    let is_cut = head.len() == encoding::SAMPLE_BYTES;
    let detected = encoding::detect(head, !is_cut);
    let is_wide = detected.is_wide();
    if !is_wide && signature::looks_binary(head) {
        return Err(ReadError::new(Reason::Binary, "no known signature"));
    }
    let mut stream = encoding::to_utf8(stream, detected);
    if is_wide && signature::looks_binary(stream.head(encoding::SAMPLE_BYTES)) {
        return Err(ReadError::new(Reason::Binary, "numbers that are no text in UTF-16 or UTF-32"));
    }
    if memchr::memchr(0, stream.head(encoding::SAMPLE_BYTES)).is_some() {
        stream = encoding::without_zeros(stream);
    }
    open_text(stream, name, limits)
}

/// Reads UTF-8 as text without fields, whatever it looks like.
pub fn open_as_text(content: Content, limits: &Limits) -> Box<dyn Decoder> {
    Box::new(text::TextDecoder::open(Peeked::new(content.stream), limits))
}

/// Reads UTF-8 as a table of `width` columns without a header, separated by commas: for files of which this is known.
pub fn open_as_table(content: Content, width: usize, limits: &Limits) -> Box<dyn Decoder> {
    let dialect = sniff::Dialect { delimiter: b',', width, preamble_lines: 0, has_header: false };
    Box::new(csv::CsvDecoder::open(Peeked::new(content.stream), &dialect, limits))
}

/// Chooses among the formats that are text.
fn open_text(mut stream: Peeked, name: &str, limits: &Limits) -> Result<Box<dyn Decoder>, ReadError> {
    let head = stream.head(encoding::SAMPLE_BYTES);
    let whole = head.len() < encoding::SAMPLE_BYTES;
    if layout::begins_message(head) || layout::is_interchange(head) {
        return Ok(Box::new(text::TextDecoder::open(stream, limits)));
    }
    if sniff::is_json(head) {
        return json::open(stream, limits);
    }
    let has_lone_cr = memchr::memchr(b'\n', head).is_none() && memchr::memchr(b'\r', head).is_some();
    let mut lines = head.to_vec();
    if has_lone_cr {
        lines.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
    } else {
        refill::feed_lone_returns(&mut lines, 0);
    }
    if sql::is_dump(&lines, whole) {
        return Ok(Box::new(sql::SqlDecoder::open(stream, limits)));
    }
    if let Some(dialect) = sniff::delimited(&lines, whole, is_named_delimited(name)) {
        return Ok(Box::new(csv::CsvDecoder::open(stream, &dialect, limits)));
    }
    Ok(Box::new(text::TextDecoder::open(stream, limits)))
}

/// Whether the name says that it is a table, behind the suffixes of compressions.
fn is_named_delimited(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".zst", ".gzip", ".zstd"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    [".csv", ".tsv", ".psv", ".tab"].iter().any(|suffix| name.ends_with(suffix))
}

/// Random access for a format that cannot do without: what the source gives, else all of it held in memory.
fn random_access(
    given: Option<Arc<dyn RandomAccess>>,
    mut stream: Peeked,
    limits: &Limits,
) -> Result<Arc<dyn RandomAccess>, ReadError> {
    if let Some(given) = given {
        return Ok(given);
    }
    let mut held = BytesMut::new();
    while let Some(chunk) = stream.next_chunk()? {
        if held.len() + chunk.len() > limits.max_buffered_bytes {
            let detail = format!("more than {} bytes of a format that needs random access", limits.max_buffered_bytes);
            return Err(ReadError::new(Reason::MemoryLimit, detail));
        }
        held.extend_from_slice(&chunk);
    }
    Ok(Arc::new(MemoryContent(held.freeze())))
}
