//! The content of a stream of a PDF: its filters undone, up to a limit.
//!
//! The library undoes them too, without a limit: what may be large goes through here first.

use crate::model::Reason;
use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use std::borrow::Cow;
use std::io::Read as _;

/// Most that one stream may expand to.
pub const MAX_STREAM_BYTES: usize = 16 << 20;
/// Most of LZW that is handed to the library: it expands to about 1,300 times its size at most.
const MAX_LZW_BYTES: usize = 32 << 10;

/// What a stream holds, and what was lost of it.
pub struct Decoded<'a> {
    /// The bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Why there might be more.
    pub lost: Option<Reason>,
}

/// Undoes the filters of a stream that is no image.
pub fn decoded<'a>(stream: &Stream<'a>) -> Result<Decoded<'a>, Reason> {
    let filters = stream.filters();
    let mut bytes = stream.raw_data();
    let mut lost = None;
    for filter in filters.iter().copied() {
        let undone = match filter {
            Filter::FlateDecode => {
                let (undone, problem) = inflated(&bytes, MAX_STREAM_BYTES);
                lost = lost.or(problem);
                undone
            }
            Filter::Ascii85Decode => ascii_85(&bytes),
            Filter::AsciiHexDecode => ascii_hex(&bytes),
            Filter::RunLengthDecode => run_lengths(&bytes)?,
            Filter::LzwDecode if filters.len() == 1 && bytes.len() <= MAX_LZW_BYTES => by_library(stream)?,
            Filter::Crypt => continue,
            _ => return Err(Reason::UnsupportedFormat),
        };
        bytes = Cow::Owned(undone);
    }
    if lost == Some(Reason::ExpansionLimit) || lost.is_some() && bytes.is_empty() {
        return Err(lost.unwrap_or(Reason::Corrupt));
    }
    // Differences of rows, as images have them, are rare here: the library undoes them, now that the size is known.
    if stream.dict().contains_key("DecodeParms") && filters.contains(&Filter::FlateDecode) && lost.is_none() {
        bytes = Cow::Owned(by_library(stream)?);
    }
    Ok(Decoded { bytes, lost })
}

fn by_library(stream: &Stream<'_>) -> Result<Vec<u8>, Reason> {
    stream.decoded_data().map(Cow::into_owned).map_err(|_| Reason::Corrupt)
}

/// Inflates up to a limit; what stands before damage is kept.
pub fn inflated(bytes: &[u8], limit: usize) -> (Vec<u8>, Option<Reason>) {
    let mut undone = Vec::new();
    let read = ZlibDecoder::new(bytes).take(limit as u64 + 1).read_to_end(&mut undone);
    if undone.len() > limit {
        return (Vec::new(), Some(Reason::ExpansionLimit));
    }
    (undone, read.is_err().then_some(Reason::Corrupt))
}

/// How many bytes come of inflating, up to a few more than a limit, and the first of them.
pub fn inflated_size(bytes: &[u8], limit: usize) -> (usize, Vec<u8>) {
    const HEAD_BYTES: usize = 16;
    let mut decoder = ZlibDecoder::new(bytes);
    let (mut size, mut head, mut buffer) = (0, Vec::new(), vec![0; 64 << 10]);
    while let Ok(count @ 1..) = decoder.read(&mut buffer) {
        head.extend_from_slice(&buffer[..count.min(HEAD_BYTES.saturating_sub(head.len()))]);
        size += count;
        if size > limit {
            break;
        }
    }
    (size, head)
}

/// Undoes ASCII85: five characters are four bytes.
pub fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let mut undone = Vec::with_capacity(bytes.len() / 5 * 4);
    let mut group = Vec::with_capacity(5);
    let end = |group: &mut Vec<u8>, undone: &mut Vec<u8>| {
        let count = group.len();
        if count > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)));
            undone.extend_from_slice(&value.to_be_bytes()[..count - 1]);
        }
        group.clear();
    };
    for byte in bytes {
        match byte {
            b'!'..=b'u' => group.push(byte - b'!'),
            b'z' if group.is_empty() => undone.extend_from_slice(&[0; 4]),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            end(&mut group, &mut undone);
        }
    }
    end(&mut group, &mut undone);
    undone
}

/// Undoes hexadecimal digits.
pub fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().take_while(|byte| **byte != b'>').filter_map(|byte| (*byte as char).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn run_lengths(mut bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut undone = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let taken = match *length {
            128 => break,
            literal @ 0..128 => {
                let run = &rest[..rest.len().min(usize::from(literal) + 1)];
                undone.extend_from_slice(run);
                run.len()
            }
            repeated => {
                undone.extend(
                    rest.first().into_iter().flat_map(|byte| std::iter::repeat_n(*byte, 257 - usize::from(repeated))),
                );
                rest.len().min(1)
            }
        };
        if undone.len() > MAX_STREAM_BYTES {
            return Err(Reason::ExpansionLimit);
        }
        bytes = &rest[taken..];
    }
    Ok(undone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_text_are_undone() {
        assert_eq!(ascii_85(b"9jqo^BlbD-BleB1DJ+*+F(f,q~>"), b"Man is distinguished");
        assert_eq!(ascii_hex(b"48 65 6C6c 6F7>zz"), b"Hello\x70");
        assert_eq!(run_lengths(&[2, b'a', b'b', b'c', 254, b'z', 128, 9]), Ok(b"abczzz".to_vec()));
        assert_eq!(run_lengths(&[5, b'a']), Ok(b"a".to_vec()));
    }
}
