//! The footer: found at the end of the file, and its schema checked before it is decoded.
//!
//! Decoding a schema recurses by its depth and allocates by its counts of children, both of which a hostile file may
//! claim freely. This walks the Thrift compact encoding for these two numbers alone.

use super::super::Limits;
use super::page::corrupt;
use crate::model::{RandomAccess, ReadError, Reason};

/// First read from the end: most footers fit.
const TAIL_BYTES: u64 = 64 << 10;
/// Magic number and length at the end of the file.
const FOOTER_BYTES: u64 = 8;
/// Deepest schema; also the deepest Thrift structure that is walked.
const MAX_DEPTH: usize = 100;

/// The Thrift bytes of the footer.
pub fn read(access: &dyn RandomAccess, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let length = access.len();
    if length < FOOTER_BYTES + 4 {
        return Err(ReadError::new(Reason::Truncated, "shorter than a footer"));
    }
    let tail = access.read(length.saturating_sub(TAIL_BYTES)..length)?;
    let (rest, magic) = tail.split_at(tail.len().saturating_sub(4));
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err(ReadError::new(Reason::Encrypted, "the footer is encrypted")),
        _ => return Err(ReadError::new(Reason::Truncated, "no footer at the end")),
    }
    let size = rest.last_chunk::<4>().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    if size > length - FOOTER_BYTES {
        return Err(corrupt("the footer claims to be larger than the file"));
    }
    if size > limits.max_element_bytes as u64 {
        return Err(ReadError::new(Reason::MemoryLimit, "the footer is larger than the memory limit"));
    }
    let end = length - FOOTER_BYTES;
    let footer = if size + FOOTER_BYTES <= tail.len() as u64 {
        let end = tail.len() - FOOTER_BYTES as usize;
        tail.slice(end - size as usize..end)
    } else {
        access.read(end - size..end)?
    };
    match (Thrift { rest: &footer }).schema_is_sane() {
        Some(true) => Ok(footer.to_vec()),
        Some(false) => Err(ReadError::new(Reason::NestingLimit, "the schema is nested too deeply or claims too much")),
        None => Err(corrupt("the footer is damaged")),
    }
}

/// A reader of the Thrift compact encoding; `None`: it ends too early or makes no sense.
struct Thrift<'a> {
    rest: &'a [u8],
}

const STOP: u8 = 0;
const LIST: u8 = 9;
const INT32: u8 = 5;

impl Thrift<'_> {
    /// Whether depth and counts of the schema (field 2 of the file's metadata) stay within bounds.
    fn schema_is_sane(&mut self) -> Option<bool> {
        let mut field = 0;
        loop {
            let kind = self.field(&mut field)?;
            match (field, kind) {
                (_, STOP) => return Some(true),
                (2, LIST) => break,
                _ => self.skip(kind, 0)?,
            }
        }
        let (_, count) = self.list()?;
        // Children still to come of each open group.
        let mut open: Vec<usize> = Vec::new();
        for _ in 0..count {
            let children = self.children_of_element()?;
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            if children > count || open.len() > MAX_DEPTH {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Field 5 of a schema element.
    fn children_of_element(&mut self) -> Option<usize> {
        let (mut field, mut children) = (0, 0);
        loop {
            match (self.field(&mut field)?, field) {
                (STOP, _) => return Some(children),
                (INT32, 5) => {
                    let zigzag = self.varint()?;
                    children = if zigzag & 1 == 0 { usize::try_from(zigzag >> 1).ok()? } else { 0 };
                }
                (kind, _) => self.skip(kind, 0)?,
            }
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn advance(&mut self, length: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    /// Type of the next field; `number` becomes its number.
    fn field(&mut self, number: &mut i64) -> Option<u8> {
        let header = self.byte()?;
        if header & 0x0F == STOP {
            return Some(STOP);
        }
        *number = match header >> 4 {
            0 => (self.varint()? >> 1) as i64,
            delta => number.checked_add(delta.into())?,
        };
        Some(header & 0x0F)
    }

    /// Element type and length of a list.
    fn list(&mut self) -> Option<(u8, usize)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            count => count.into(),
        };
        // Every element takes a byte at least.
        (count <= self.rest.len()).then_some((header & 0x0F, count))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.advance(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            LIST | 10 => {
                let (element, count) = self.list()?;
                // Booleans take a byte within a list.
                let element = if element < 3 { 3 } else { element };
                (0..count).try_for_each(|_| self.skip(element, depth + 1))
            }
            12 => {
                let mut field = 0;
                loop {
                    match self.field(&mut field)? {
                        STOP => return Some(()),
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer of a schema of `count` groups, each of which claims `children`.
    fn footer(count: usize, children: u8) -> Vec<u8> {
        let mut bytes = vec![0x15, 2, 0x19, 0xFC];
        let mut left = count;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        for _ in 0..count {
            bytes.extend([0x48, 1, b'a', 0x15, children << 1, 0]);
        }
        bytes
    }

    #[test]
    fn hostile_schemas() {
        assert_eq!((Thrift { rest: &footer(20, 1) }).schema_is_sane(), Some(true));
        assert_eq!((Thrift { rest: &footer(100_000, 1) }).schema_is_sane(), Some(false));
        assert_eq!((Thrift { rest: &footer(20, 60) }).schema_is_sane(), Some(false));
        assert_eq!((Thrift { rest: &footer(20, 1)[..30] }).schema_is_sane(), None);
    }
}
