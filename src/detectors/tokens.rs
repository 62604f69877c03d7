//! Where runs of letters and digits begin, and what they are made of: the only places at which anything is tried.
//!
//! Sixty-four bytes become three bitmaps with 16-byte vectors (SSE2 or NEON through the crate `wide`); starts and
//! lengths of runs are then a few shifts away, without a branch on content. Bytes from 0x80 up count as letters, so that a
//! token never starts inside a UTF-8 letter.

use wide::i8x16;

const BLOCK: usize = 64;

/// What the 64 bytes from a token start on are, one bit each, the first byte lowest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    /// Letters, digits and bytes from 0x80 up.
    pub(super) word: u64,
    /// Digits.
    pub(super) digit: u64,
    /// Upper-case letters.
    pub(super) upper: u64,
}

impl Runs {
    /// How many letters the token begins with, at most 64.
    #[inline]
    pub(super) fn leading_letters(self) -> u32 {
        (self.word & !self.digit).trailing_ones()
    }

    /// How many digits the token begins with, at most 64.
    #[inline]
    pub(super) fn leading_digits(self) -> u32 {
        self.digit.trailing_ones()
    }

    /// How many letters the first word has: up to the first other byte or the first hump of camel case.
    #[inline]
    pub(super) fn first_word_letters(self) -> u32 {
        let letters = self.word & !self.digit;
        let humps = self.upper & ((letters & !self.upper) << 1);
        (letters & !humps).trailing_ones()
    }
}

/// Calls `number` with each token that begins with a digit and `word` with each other one; each sees its tokens in
/// ascending order, and is told the offset of the start and what follows.
#[inline]
pub(super) fn for_each_token<S>(
    state: &mut S,
    bytes: &[u8],
    mut number: impl FnMut(&mut S, usize, Runs),
    mut word: impl FnMut(&mut S, usize, Runs),
) {
    let mut current = bitmaps_at(bytes, 0);
    let mut carry = 0;
    let mut base = 0;
    while base < bytes.len() {
        let next = bitmaps_at(bytes, base + BLOCK);
        let starts = current.word & !(current.word << 1 | carry);
        carry = current.word >> 63;
        let runs = |bit: u32| Runs {
            word: joined(current.word, next.word, bit),
            digit: joined(current.digit, next.digit, bit),
            upper: joined(current.upper, next.upper, bit),
        };
        let mut numbers = starts & current.digit;
        while numbers != 0 {
            let bit = numbers.trailing_zeros();
            number(state, base + bit as usize, runs(bit));
            numbers &= numbers - 1;
        }
        let mut words = starts & !current.digit;
        while words != 0 {
            let bit = words.trailing_zeros();
            word(state, base + bit as usize, runs(bit));
            words &= words - 1;
        }
        current = next;
        base += BLOCK;
    }
}

/// The 64 bits from `bit` on of two consecutive words.
#[inline]
fn joined(low: u64, high: u64, bit: u32) -> u64 {
    low >> bit | (high << 1) << (63 - bit)
}

/// Whether the byte belongs to a token.
#[inline]
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The bitmaps of the block at `base`; nothing is set past the end of the bytes.
#[inline]
fn bitmaps_at(bytes: &[u8], base: usize) -> Runs {
    match bytes.get(base..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        Some(block) => bitmaps(block),
        None => {
            let mut block = [0; BLOCK];
            let rest = bytes.get(base..).unwrap_or_default();
            block[..rest.len()].copy_from_slice(rest);
            bitmaps(&block)
        }
    }
}

#[inline]
fn bitmaps(block: &[u8; BLOCK]) -> Runs {
    let mut runs = Runs { word: 0, digit: 0, upper: 0 };
    for (index, lane) in block.as_chunks::<16>().0.iter().enumerate() {
        let bytes = i8x16::new(lane.map(|byte| byte as i8));
        let lower = bytes | i8x16::splat(0x20);
        let letter = lower.simd_gt(i8x16::splat(0x60)) & lower.simd_lt(i8x16::splat(0x7b));
        let digit = bytes.simd_gt(i8x16::splat(0x2f)) & bytes.simd_lt(i8x16::splat(0x3a));
        let upper = bytes.simd_gt(i8x16::splat(0x40)) & bytes.simd_lt(i8x16::splat(0x5b));
        let bits = |class: i8x16| u64::from(class.to_bitmask() as u16) << (16 * index);
        // The sign bit of the byte itself is the class "0x80 and up".
        runs.word |= bits(letter | digit | bytes);
        runs.digit |= bits(digit);
        runs.upper |= bits(upper);
    }
    runs
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
                let keep = |starts: &mut Vec<usize>, start: usize, runs: Runs| {
                    let window = |is: fn(u8) -> bool| {
                        let bits = part[start..].iter().take(64).enumerate();
                        bits.fold(0, |all, (place, byte)| all | u64::from(is(*byte)) << place)
                    };
                    assert_eq!(runs.word, window(is_word_byte));
                    assert_eq!(runs.digit, window(|byte| byte.is_ascii_digit()));
                    assert_eq!(runs.upper, window(|byte| byte.is_ascii_uppercase()));
                    starts.push(start);
                };
                let keep_word = keep;
                for_each_token(&mut starts, part, keep, keep_word);
                starts.sort_unstable();
                let expected: Vec<usize> = (0..part.len())
                    .filter(|at| is_word_byte(part[*at]) && (*at == 0 || !is_word_byte(part[*at - 1])))
                    .collect();
                assert_eq!(starts, expected);
            }
        }
    }

    #[test]
    fn the_first_word_ends_at_a_hump() {
        let letters = |text: &str| bitmaps_at(text.as_bytes(), 0).first_word_letters();
        assert_eq!(letters("patientName"), 7);
        assert_eq!(letters("SSNNumber"), 9);
        assert_eq!(letters("dob2"), 3);
        assert_eq!(letters("Patient id"), 7);
        assert_eq!(letters("2nd"), 0);
    }
}
