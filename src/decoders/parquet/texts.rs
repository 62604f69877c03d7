//! The values of a page or a dictionary, written as text one after the other.

use super::values::Format;
use parquet::basic::Type;
use parquet::schema::types::ColumnDescPtr;

/// Values as text, some of which are nothing to look at.
pub struct Texts {
    /// All texts.
    pub bytes: Vec<u8>,
    /// Where each ends, and whether it is to be delivered.
    pub ends: Vec<(usize, bool)>,
    /// Whether that is all of them.
    pub all_delivered: bool,
}

impl Texts {
    /// None yet.
    pub fn new() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new(), all_delivered: true }
    }

    /// Appends the text of one raw value.
    pub fn push(&mut self, raw: &[u8], format: Format, is_bytes: bool) {
        let is_delivered = format.append(raw, is_bytes, &mut self.bytes);
        self.ends.push((self.bytes.len(), is_delivered));
        self.all_delivered &= is_delivered;
    }

    /// The text of value `index`, if it is to be delivered.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let &(end, is_delivered) = self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1].0 };
        is_delivered.then(|| &self.bytes[start..end])
    }
}

/// Whether values are byte arrays (decimals in them are big-endian).
pub fn is_bytes(leaf: &ColumnDescPtr) -> bool {
    matches!(leaf.physical_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY)
}
