//! Parquet's hybrid of run lengths and bit packing: levels and dictionary indices.

/// Appends `count` numbers of `width` bits; false where the bytes end too early or make no sense.
pub fn unpack(bytes: &[u8], width: u32, count: usize, output: &mut Vec<u32>) -> bool {
    let wanted = output.len() + count;
    if width == 0 {
        output.resize(wanted, 0);
        return true;
    }
    if width > 32 {
        return false;
    }
    // Vectors that grow run by run copy more than is unpacked.
    output.reserve(count);
    let mut rest = bytes;
    while output.len() < wanted {
        let Some(header) = varint(&mut rest) else { return false };
        let missing = wanted - output.len();
        if header & 1 == 0 {
            let length = (width as usize).div_ceil(8);
            let run = (header >> 1) as usize;
            if run == 0 || rest.len() < length {
                return false;
            }
            let mut value = [0; 4];
            value[..length].copy_from_slice(&rest[..length]);
            rest = &rest[length..];
            output.resize(output.len() + run.min(missing), u32::from_le_bytes(value));
        } else {
            let values = ((header >> 1) as usize).saturating_mul(8);
            let length = (values / 8).saturating_mul(width as usize);
            // The last group may be cut where its padding is left out.
            let packed = &rest[..length.min(rest.len())];
            let values = values.min(missing).min(packed.len() * 8 / width as usize);
            if values == 0 {
                return false;
            }
            unpack_bits(packed, width, values, output);
            rest = &rest[packed.len()..];
        }
    }
    true
}

/// Eight numbers of `WIDTH` bits, at most 16, at the beginning of these bytes.
#[inline(always)]
fn unpack_group<const WIDTH: usize>(bytes: &[u8; 16]) -> [u32; 8] {
    let word = |first: usize| bytes[first..].first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let mask = (1 << WIDTH) - 1;
    // Half of them are within 64 bits from the byte on in which they begin.
    let (low, high) = (word(0), word(WIDTH / 2) >> (4 * WIDTH % 8));
    std::array::from_fn(|index| {
        let half = if index < 4 { low } else { high };
        (half >> (index % 4 * WIDTH) & mask) as u32
    })
}

/// Whole groups of eight numbers; returns how many numbers they are. The last ones are left, since more bytes are read than
/// they have.
fn unpack_groups<const WIDTH: usize>(packed: &[u8], count: usize, output: &mut Vec<u32>) -> usize {
    let whole = (packed.len().saturating_sub(16) / WIDTH).min(count / 8);
    let first = output.len();
    output.resize(first + 8 * whole, 0);
    for (index, numbers) in output[first..].as_chunks_mut::<8>().0.iter_mut().enumerate() {
        if let Some(bytes) = packed[index * WIDTH..].first_chunk() {
            *numbers = unpack_group::<WIDTH>(bytes);
        }
    }
    8 * whole
}

/// Whether all of `count` numbers of `width` bits are `value`, written as one run: then they need not be written out.
pub fn is_one_run(bytes: &[u8], width: u32, count: usize, value: u32) -> bool {
    let mut rest = bytes;
    let length = (width as usize).div_ceil(8);
    varint(&mut rest).is_some_and(|header| header & 1 == 0 && (header >> 1) as usize >= count)
        && rest.get(..length).is_some_and(|bytes| *bytes == value.to_le_bytes()[..length])
}

fn unpack_bits(packed: &[u8], width: u32, count: usize, output: &mut Vec<u32>) {
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => unpack_groups::<$width>(packed, count, output),)*
                _ => 0,
            }
        };
    }
    let whole = by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    let width_bytes = width as usize;
    unpack_rest(&packed[whole / 8 * width_bytes..], width, count - whole, output);
}

/// One number after the other.
fn unpack_rest(packed: &[u8], width: u32, count: usize, output: &mut Vec<u32>) {
    let mask = if width == 32 { u64::from(u32::MAX) } else { (1 << width) - 1 };
    let width = width as usize;
    // Eight whole bytes can be loaded for all but the last values.
    let fast = if packed.len() >= 8 { ((packed.len() - 8) * 8 / width + 1).min(count) } else { 0 };
    output.extend((0..fast).map(|index| {
        let bit = index * width;
        let word = packed[bit / 8..].first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk));
        (word >> (bit % 8) & mask) as u32
    }));
    output.extend((fast..count).map(|index| {
        let bit = index * width;
        let mut word = [0; 8];
        let tail = &packed[bit / 8..];
        let length = tail.len().min(8);
        word[..length].copy_from_slice(&tail[..length]);
        (u64::from_le_bytes(word) >> (bit % 8) & mask) as u32
    }));
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Bits that a number up to `max` takes.
pub fn bit_width(max: i16) -> u32 {
    (max.max(0) as u16).checked_ilog2().map_or(0, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_groups() {
        let mut output = Vec::new();
        // Eight packed numbers 0..=7 of three bits, then a run of four times 5.
        assert!(unpack(&[0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010, 8, 5], 3, 12, &mut output));
        assert_eq!(output, [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5]);
        assert!(!unpack(&[8, 5], 3, 5, &mut Vec::new()));
        assert!(!unpack(&[0xFF; 12], 3, 5, &mut Vec::new()));
        assert!(unpack(&[], 0, 3, &mut Vec::new()));
        // Nine times 1, and not ten times.
        assert!(is_one_run(&[18, 1], 1, 9, 1) && is_one_run(&[18, 1, 2, 0], 1, 8, 1));
        assert!(!is_one_run(&[18, 1, 2, 1], 1, 10, 1) && !is_one_run(&[18, 0], 1, 9, 1) && !is_one_run(&[18], 1, 9, 1));
        assert!(!is_one_run(&[0b11, 0xFF], 1, 8, 1));
    }

    #[test]
    fn every_width_comes_back() {
        for width in 1..=32u32 {
            let values: Vec<u32> = (0..64u32).map(|value| value.wrapping_mul(2_654_435_761) >> (32 - width)).collect();
            let mut bits = vec![0u8; 8 * width as usize];
            for (index, value) in values.iter().enumerate() {
                for bit in 0..width as usize {
                    let place = index * width as usize + bit;
                    bits[place / 8] |= ((value >> bit & 1) as u8) << (place % 8);
                }
            }
            let mut bytes = vec![8 << 1 | 1];
            bytes.extend(bits);
            let mut output = Vec::new();
            assert!(unpack(&bytes, width, 64, &mut output));
            assert_eq!(output, values, "{width}");
        }
    }

    #[test]
    fn widths() {
        assert_eq!([0, 1, 2, 3, 4, 255].map(bit_width), [0, 1, 2, 2, 3, 8]);
    }
}
