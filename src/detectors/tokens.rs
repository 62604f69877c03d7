//! Where runs of letters and digits begin: the only places at which anything is tried.
//!
//! Sixty-four bytes become one bitmap with 16-byte vectors (SSE2 or NEON through the crate `wide`); the starts are
//! then an and-not away. Bytes from 0x80 up count as letters, so that a token never starts inside a UTF-8 letter.

use wide::i8x16;

/// Calls `found` with the offset of each token start, ascending.
#[inline]
pub(super) fn for_each_token_start(bytes: &[u8], mut found: impl FnMut(usize)) {
    let mut carry = 0u64;
    let mut blocks = bytes.chunks_exact(64);
    let mut base = 0usize;
    for block in &mut blocks {
        let word = word_bitmap(block);
        let mut starts = word & !((word << 1) | carry);
        carry = word >> 63;
        while starts != 0 {
            found(base + starts.trailing_zeros() as usize);
            starts &= starts - 1;
        }
        base += 64;
    }
    let mut inside = carry != 0;
    for (offset, byte) in blocks.remainder().iter().enumerate() {
        let word = is_word_byte(*byte);
        if word && !inside {
            found(base + offset);
        }
        inside = word;
    }
}

/// Whether the byte belongs to a token.
#[inline]
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// One bit per byte of a 64-byte block: set for letters, digits and bytes from 0x80 up.
#[inline]
fn word_bitmap(block: &[u8]) -> u64 {
    let mut bitmap = 0u64;
    for (index, lane) in block.chunks_exact(16).enumerate() {
        let mut signed = [0i8; 16];
        for (to, from) in signed.iter_mut().zip(lane) {
            *to = *from as i8;
        }
        let bytes = i8x16::new(signed);
        let lower = bytes | i8x16::splat(0x20);
        let letter = lower.simd_gt(i8x16::splat(0x60)) & lower.simd_lt(i8x16::splat(0x7b));
        let digit = bytes.simd_gt(i8x16::splat(0x2f)) & bytes.simd_lt(i8x16::splat(0x3a));
        // The sign bit of the byte itself is the class "0x80 and up".
        let class = letter | digit | bytes;
        bitmap |= u64::from(class.to_bitmask() as u16) << (16 * index);
    }
    bitmap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_and_scalar_agree_on_every_byte_and_alignment() {
        let mut state = 7u32;
        let bytes: Vec<u8> = (0..4096)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        for length in [0, 1, 63, 64, 65, 128, 1000, 4096] {
            for skip in 0..65.min(length + 1) {
                let part = &bytes[skip..length];
                let mut starts = Vec::new();
                for_each_token_start(part, |start| starts.push(start));
                let expected: Vec<usize> = (0..part.len())
                    .filter(|at| is_word_byte(part[*at]) && (*at == 0 || !is_word_byte(part[*at - 1])))
                    .collect();
                assert_eq!(starts, expected);
            }
        }
    }
}
