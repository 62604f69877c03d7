//! The parts of a data page: levels, and values or keys of a dictionary.

use super::levels::{bit_width, is_one_run, unpack};
use crate::model::{ReadError, Reason};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::schema::types::ColumnDescPtr;

/// Repetition levels, definition levels (none where nothing is missing) and the bytes of the values of a data page.
pub fn split_levels(page: &Page, leaf: &ColumnDescPtr, count: usize) -> Result<(Vec<u32>, Vec<u32>, Bytes), ReadError> {
    let mut rest = page.buffer().clone();
    let mut levels = [Vec::new(), Vec::new()];
    let maxima = [leaf.max_rep_level(), leaf.max_def_level()];
    let lengths = match page {
        Page::DataPageV2 { rep_levels_byte_len, def_levels_byte_len, .. } => {
            [Some(*rep_levels_byte_len), Some(*def_levels_byte_len)]
        }
        Page::DataPage { def_level_encoding, rep_level_encoding, .. } => {
            for (max, encoding) in maxima.iter().zip([rep_level_encoding, def_level_encoding]) {
                if *max > 0 && *encoding != Encoding::RLE {
                    return Err(ReadError::new(Reason::UnsupportedFormat, "levels in an obsolete encoding"));
                }
            }
            [None, None]
        }
        Page::DictionaryPage { .. } => return Err(corrupt("dictionary page among data pages")),
    };
    for (((levels, max), length), is_definition) in levels.iter_mut().zip(maxima).zip(lengths).zip([false, true]) {
        let length = match length {
            Some(length) => length as usize,
            None if max == 0 => continue,
            None => {
                let length = rest.first_chunk::<4>().ok_or_else(|| corrupt("levels are cut"))?;
                let length = u32::from_le_bytes(*length) as usize;
                rest = rest.slice(4..);
                length
            }
        };
        if length > rest.len() {
            return Err(corrupt("levels are longer than their page"));
        }
        let bytes = rest.split_to(length);
        // Most columns have no gaps, which is written as one run.
        let is_full = is_definition && is_one_run(&bytes, bit_width(max), count, max as u32);
        if max > 0 && !is_full && !unpack(&bytes, bit_width(max), count, levels) {
            return Err(corrupt("levels are damaged"));
        }
    }
    let [repetition, definition] = levels;
    Ok((repetition, definition, rest))
}

/// As many keys as the values of a page are.
pub fn dictionary_keys(values: &[u8], count: usize) -> Result<Vec<u32>, ReadError> {
    let mut keys = Vec::new();
    match values.split_first() {
        Some((&width, packed)) if unpack(packed, width.into(), count, &mut keys) => Ok(keys),
        _ => Err(corrupt("dictionary indices are damaged")),
    }
}

/// Whether all keys are below `length`. By what the oldest vectors can: neither do they compare unsigned numbers nor find
/// the larger one.
pub fn are_below(keys: &[u32], length: usize) -> bool {
    let length = u32::try_from(length).unwrap_or(u32::MAX).min(1 << 31);
    // The highest bit of each difference says that it is below, and that of a key that it is none.
    keys.iter().fold(0, |any, key| any | !key.wrapping_sub(length) | key) >> 31 == 0
}

/// An error of damaged content; `detail` never holds content.
pub fn corrupt(detail: &str) -> ReadError {
    ReadError::new(Reason::Corrupt, detail)
}
