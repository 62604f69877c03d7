//! Where runs of letters and digits begin, and what they are made of: the only places at which anything is tried.
//!
//! Sixty-four bytes become four bitmaps with vectors: of 32 bytes where the processor has AVX2, else of 16 (SSE2 or NEON
//! through the crate `wide`); starts and lengths of runs are then a few shifts away, without a branch on content. Bytes from 0x80 up count as letters, so that a
//! token never starts inside a UTF-8 letter.

use std::ops::Range;
use wide::i8x32;

/// Bytes that are looked at together.
pub(super) const BLOCK: usize = 64;

/// What the 64 bytes of a block are, one bit each, the first byte lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bitmaps {
    /// Letters and bytes from 0x80 up.
    letter: u64,
    /// Digits.
    digit: u64,
    /// Lower-case letters.
    lower: u64,
    /// What joins the parts of a number: `-`, `.` and `/`.
    joint: u64,
}

impl Bitmaps {
    /// Letters, digits and bytes from 0x80 up.
    #[inline]
    pub(super) fn words(&self) -> u64 {
        self.letter | self.digit
    }

    /// Those of some places at which joints follow as the hyphens of a UUID do that begins there.
    #[inline]
    fn uuid_starts(&self, next: &Self, places: u64) -> u64 {
        let hyphen = |at: u32| joined(self.joint, next.joint, at);
        // Few places have the first one.
        match places & hyphen(8) {
            0 => 0,
            starts => starts & hyphen(13) & hyphen(18) & hyphen(23),
        }
    }
}

/// What the 64 bytes from a token start on are, one bit each, the first byte lowest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    /// Letters and bytes from 0x80 up.
    pub(super) letter: u64,
    /// Digits.
    pub(super) digit: u64,
}

impl Runs {
    /// How many letters the token begins with, at most 64.
    #[inline]
    pub(super) fn leading_letters(self) -> u32 {
        self.letter.trailing_ones()
    }

    /// How many digits the token begins with, at most 64.
    #[inline]
    pub(super) fn leading_digits(self) -> u32 {
        self.digit.trailing_ones()
    }

    /// How long the token is, at most 64.
    #[inline]
    pub(super) fn length(self) -> u32 {
        (self.letter | self.digit).trailing_ones()
    }
}

/// Bytes from a block on that are read at once: more than any look ahead from a token's start takes.
const WINDOW: usize = 256;

/// The start of a token, and what follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    /// Its offset.
    pub(super) start: usize,
    /// What it and the bytes after it are.
    pub(super) runs: Runs,
    window: &'a [u8; WINDOW],
    place: usize,
}

impl Token<'_> {
    /// The byte so many after the first one, at most 128; zero past the end of all bytes.
    #[inline]
    pub(super) fn byte(&self, after: usize) -> u8 {
        self.window[(self.place + after) % WINDOW]
    }

    /// The first eight bytes, the first one lowest; zeros past the end of all bytes.
    #[inline]
    pub(super) fn head(&self) -> u64 {
        let rest = &self.window[self.place % BLOCK..];
        rest.first_chunk::<8>().map_or(0, |head| u64::from_le_bytes(*head))
    }
}

/// Calls `number` with each token that begins in a range with a digit, `name` with each that begins with a capital or a byte
/// from 0x80 up, and `word` with each other one; each sees its tokens in ascending order. Later parts of a longer number
/// (`12` and `31` in `2026-12-31`), and UUIDs with all in them, are left out unless `PARTS`. `bitmaps` is one of the functions below.
#[inline(always)]
pub(super) fn for_each_token<const PARTS: bool, S>(
    state: &mut S,
    (bytes, range, bitmaps): (&[u8], Range<usize>, impl Fn(&[u8; BLOCK]) -> Bitmaps),
    mut number: impl FnMut(&mut S, Token),
    mut name: impl FnMut(&mut S, Token),
    mut word: impl FnMut(&mut S, Token),
) {
    let mut end = [0; WINDOW];
    let mut current = Bitmaps::default();
    // A UUID that runs into the range begins in the block before.
    let first_base = range.start.saturating_sub(BLOCK);
    let mut base = first_base;
    let before = |count: usize| base.checked_sub(count).map_or(0, |at| bytes[at]);
    let mut carry = u64::from(is_word_byte(before(1)));
    // Whether the last bytes before the block are a digit, with a joint behind it.
    let mut last_joint = u64::from(is_joint(before(1)));
    let mut last_digits = u64::from(before(2).is_ascii_digit()) | u64::from(before(1).is_ascii_digit()) << 1;
    let mut in_uuid = 0;
    while base < range.end {
        let rest = &bytes[base..];
        let window = rest.first_chunk::<WINDOW>().unwrap_or_else(|| {
            end[..rest.len()].copy_from_slice(rest);
            end[rest.len()..].fill(0);
            &end
        });
        let blocks = window.as_chunks::<BLOCK>().0;
        if base == first_base {
            current = bitmaps(&blocks[0]);
        }
        let next = bitmaps(&blocks[1]);
        let inside = current.words();
        let mut starts = inside & !(inside << 1 | carry);
        carry = inside >> 63;
        if !PARTS {
            let tokens = starts;
            starts &= !in_uuid;
            in_uuid = 0;
            let mut uuids = current.uuid_starts(&next, tokens);
            while uuids != 0 {
                let first = uuids.trailing_zeros();
                let text = window[first as usize..].first_chunk();
                if is_uuid(joined(inside, next.letter | next.digit, first)) && text.is_some_and(is_hexadecimal) {
                    starts &= !(UUID << first);
                    in_uuid |= UUID.checked_shr(BLOCK as u32 - first).unwrap_or(0);
                }
                uuids &= uuids - 1;
            }
        }
        if base < range.start || range.end - base < BLOCK {
            let own_end = u64::MAX >> (BLOCK - (range.end - base).min(BLOCK));
            let own_start = u64::MAX.checked_shl((range.start.saturating_sub(base)) as u32).unwrap_or(0);
            starts &= own_end & own_start;
        }
        let goes_on = (current.joint << 1 | last_joint) & (current.digit << 2 | last_digits);
        (last_joint, last_digits) = (current.joint >> 63, current.digit >> 62);
        let token = |bit: u32| Token {
            start: base + bit as usize,
            runs: Runs {
                letter: joined(current.letter, next.letter, bit),
                digit: joined(current.digit, next.digit, bit),
            },
            window,
            place: bit as usize,
        };
        let mut numbers = starts & current.digit & if PARTS { u64::MAX } else { !goes_on };
        while numbers != 0 {
            number(state, token(numbers.trailing_zeros()));
            numbers &= numbers - 1;
        }
        let mut names = starts & !current.digit & !current.lower;
        while names != 0 {
            name(state, token(names.trailing_zeros()));
            names &= names - 1;
        }
        let mut words = starts & current.lower;
        while words != 0 {
            word(state, token(words.trailing_zeros()));
            words &= words - 1;
        }
        current = next;
        base += BLOCK;
    }
}

/// Bytes of a UUID.
const UUID_LENGTH: usize = 36;
/// One bit for each of them, and for those that are no hyphens.
const UUID: u64 = (1 << UUID_LENGTH) - 1;
const UUID_DIGITS: u64 = UUID & !(1 << 8 | 1 << 13 | 1 << 18 | 1 << 23);

/// Whether letters and digits stand where a UUID has its own, and none behind it.
#[inline]
fn is_uuid(inside: u64) -> bool {
    inside & (UUID << 1 | 1) == UUID_DIGITS
}

/// Whether all is hexadecimal digits and hyphens. Without branches on content.
#[inline]
fn is_hexadecimal(text: &[u8; UUID_LENGTH]) -> bool {
    let fits = |byte: u8| byte.wrapping_sub(b'0') < 10 || (byte | 0x20).wrapping_sub(b'a') < 6 || byte == b'-';
    text.iter().fold(true, |all, byte| all & fits(*byte))
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

/// Whether the byte joins the parts of a number.
#[inline]
pub(super) fn is_joint(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'/')
}

/// What the bytes are, on every processor.
#[inline]
pub(super) fn bitmaps(block: &[u8; BLOCK]) -> Bitmaps {
    let mut all = Bitmaps::default();
    for (index, lane) in block.as_chunks::<32>().0.iter().enumerate() {
        let bytes = i8x32::new(lane.map(|byte| byte as i8));
        let folded = bytes | i8x32::splat(0x20);
        let letter = folded.simd_gt(i8x32::splat(0x60)) & folded.simd_lt(i8x32::splat(0x7b));
        // The joints stand right before the digits.
        let (to_nine, from_zero) = (bytes.simd_lt(i8x32::splat(0x3a)), bytes.simd_gt(i8x32::splat(0x2f)));
        let from_joint = bytes.simd_gt(i8x32::splat(0x2c));
        let bits = |class: i8x32| u64::from(class.to_bitmask()) << (32 * index);
        // The sign bit of the byte itself is the class "0x80 and up".
        all.letter |= bits(letter | bytes);
        all.digit |= bits(from_zero & to_nine);
        all.lower |= bits(letter & bytes.simd_gt(i8x32::splat(0x60)));
        all.joint |= bits(from_joint & to_nine);
    }
    all.joint &= !all.digit;
    all
}

/// The same where AVX2 is found at run time. A build for processors that have it needs nothing else than the above.
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn bitmaps_avx2(block: &[u8; BLOCK]) -> Bitmaps {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpgt_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
        _mm256_set1_epi8,
    };
    let mut all = Bitmaps::default();
    let above = |bytes: __m256i, byte: i8| _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(byte));
    let below = |bytes: __m256i, byte: i8| _mm256_cmpgt_epi8(_mm256_set1_epi8(byte), bytes);
    for (index, half) in block.as_chunks::<32>().0.iter().enumerate() {
        let [first, second, third, fourth] = *half.as_chunks::<8>().0 else { return bitmaps(block) };
        let word = i64::from_le_bytes;
        let bytes = _mm256_set_epi64x(word(fourth), word(third), word(second), word(first));
        let folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
        let letter = _mm256_and_si256(above(folded, 0x60), below(folded, 0x7b));
        let to_nine = below(bytes, 0x3a);
        let bits = |class: __m256i| u64::from(_mm256_movemask_epi8(class) as u32) << (32 * index);
        all.letter |= bits(_mm256_or_si256(letter, bytes));
        all.digit |= bits(_mm256_and_si256(above(bytes, 0x2f), to_nine));
        all.lower |= bits(_mm256_and_si256(letter, above(bytes, 0x60)));
        all.joint |= bits(_mm256_and_si256(above(bytes, 0x2c), to_nine));
    }
    all.joint &= !all.digit;
    all
}

/// What is known of the words that tokens begin with: a small set of flags for each, found with one look into a table
/// that stays in the caches of a core. It may tell flags of a word that has none.
#[derive(Debug)]
pub(super) struct FirstWords {
    /// By hash: five bits that tell words with the same hash apart (0: not told apart), and three flags.
    entries: Box<[u8; ENTRIES]>,
}

const ENTRIES: usize = 1 << 17;

/// By number of letters, the bytes of a word that are looked at.
static LOOKED_AT: [u64; 128] = {
    let mut masks = [u64::MAX; 128];
    let mut letters = 0;
    while letters < 8 {
        let follows = if (letters as u32) < FirstWords::MIN_LETTERS { 1 } else { 0 };
        masks[letters] = u64::MAX >> (64 - 8 * (letters + follows));
        letters += 1;
    }
    masks
};

impl Default for FirstWords {
    fn default() -> Self {
        Self { entries: Box::new([0; ENTRIES]) }
    }
}

impl FirstWords {
    /// A context word, or a term, begins with it.
    pub(super) const SPEAKS: u8 = 1;
    /// The same, and it leads to a value.
    pub(super) const LEADS: u8 = 2;
    /// A match of a pattern begins with it.
    pub(super) const PATTERN: u8 = 4;
    const FLAGS: u8 = 7;

    /// Letters that are looked at.
    pub(super) const MAX_LETTERS: usize = 8;
    /// A word of fewer letters is known together with the byte after it: it is too frequent in texts alone.
    const MIN_LETTERS: u32 = 3;

    /// Adds flags to a word of letters, in any case. `follows` is what stands behind it; unknown if empty.
    pub(super) fn mark(&mut self, word: &[u8], follows: &[u8], flags: u8) {
        match follows.first() {
            Some(byte) => self.mark_before(word, |other| other == *byte, flags),
            None => self.mark_before(word, |_| true, flags),
        }
    }

    /// Adds flags to a word of letters, in any case, where one of these bytes stands behind it.
    pub(super) fn mark_before(&mut self, word: &[u8], follows: impl Fn(u8) -> bool, flags: u8) {
        let mut head = [0; 8];
        let letters = word.len().min(Self::MAX_LETTERS);
        head[..letters].copy_from_slice(&word[..letters]);
        if letters as u32 >= Self::MIN_LETTERS {
            return self.add(u64::from_le_bytes(head), word.len() as u32, flags);
        }
        // A letter would belong to the word.
        for byte in (0..0x80_u8).filter(|byte| !byte.is_ascii_alphabetic() && follows(*byte)) {
            head[letters] = byte;
            self.add(u64::from_le_bytes(head), word.len() as u32, flags);
        }
    }

    fn add(&mut self, head: u64, letters: u32, flags: u8) {
        let (place, tag) = Self::key(head, letters);
        let entry = &mut self.entries[place];
        let tag = if *entry == 0 || *entry & !Self::FLAGS == tag { tag } else { 0 };
        *entry = tag | *entry & Self::FLAGS | flags;
    }

    /// The flags of the word of so many letters at the start of these eight bytes, the first one lowest.
    #[inline(always)]
    pub(super) fn flags(&self, head: u64, letters: u32) -> u8 {
        let (place, tag) = Self::key(head, letters);
        let entry = self.entries[place];
        let is_it = (entry ^ tag).min(entry) <= Self::FLAGS;
        entry & Self::FLAGS & u8::from(is_it).wrapping_neg()
    }

    /// Where the word's entry stands, and its tag, in place.
    #[inline(always)]
    fn key(head: u64, letters: u32) -> (usize, u8) {
        const CASE: u64 = 0x2020_2020_2020_2020;
        let word = (head | CASE) & LOOKED_AT[(letters & 127) as usize];
        let hash = word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((hash >> 47) as usize, (hash >> 39) as u8 & !Self::FLAGS)
    }

    /// Gives every word all flags, to compare with.
    #[cfg(test)]
    pub(super) fn fill(&mut self) {
        self.entries.fill(Self::FLAGS);
    }
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
                // Half of them are digits and joints.
                if state & 1 << 23 == 0 { (state >> 24) as u8 } else { b"0123456789-./"[(state >> 24) as usize % 13] }
            })
            .collect();
        for length in [0, 1, 63, 64, 65, 128, 1000, 4096] {
            for skip in 0..65.min(length + 1) {
                let part = &bytes[skip..length];
                let mut starts = Vec::new();
                let keep = |starts: &mut Vec<usize>, token: Token| {
                    let Token { start, runs, .. } = token;
                    let window = |is: fn(u8) -> bool| {
                        let bits = part[start..].iter().take(64).enumerate();
                        bits.fold(0, |all, (place, byte)| all | u64::from(is(*byte)) << place)
                    };
                    assert_eq!(runs.letter, window(|byte| is_word_byte(byte) && !byte.is_ascii_digit()));
                    assert_eq!(runs.digit, window(|byte| byte.is_ascii_digit()));
                    let byte = |after: usize| part.get(start + after).copied().unwrap_or(0);
                    assert!((0..=128).all(|after| token.byte(after) == byte(after)));
                    assert_eq!(token.head(), (0..8).rev().fold(0, |head, after| head << 8 | u64::from(byte(after))));
                    starts.push(start);
                };
                let (keep_name, keep_word) = (keep, keep);
                let range = skip.min(part.len())..part.len() - part.len() / 9;
                for_each_token::<true, _>(&mut starts, (part, range.clone(), bitmaps), keep, keep_name, keep_word);
                starts.sort_unstable();
                let begins = |at: &usize| is_word_byte(part[*at]) && (*at == 0 || !is_word_byte(part[*at - 1]));
                let all: Vec<usize> = range.clone().filter(begins).collect();
                assert_eq!(starts, all);
                starts.clear();
                for_each_token::<false, _>(&mut starts, (part, range, bitmaps), keep, keep_name, keep_word);
                starts.sort_unstable();
                let is_part = |at: &usize| {
                    *at >= 2 && part[*at].is_ascii_digit() && is_joint(part[at - 1]) && part[at - 2].is_ascii_digit()
                };
                assert!(starts.iter().eq(all.iter().filter(|at| !is_part(at))));
            }
        }
    }

    #[test]
    fn nothing_begins_in_a_uuid_wherever_blocks_and_ranges_begin() {
        let starts = |text: &str, range: Range<usize>| {
            let mut starts = Vec::new();
            let keep = |starts: &mut Vec<usize>, token: Token| starts.push(token.start);
            let (keep_name, keep_word) = (keep, keep);
            for_each_token::<false, _>(&mut starts, (text.as_bytes(), range, bitmaps), keep, keep_name, keep_word);
            starts.sort_unstable();
            starts
        };
        let uuid = "8f14e45f-ceea-467f-9Ab0-12345678900A";
        for before in 0..140 {
            let text = format!("{}id={uuid} x", " ".repeat(before));
            let (id, end) = (before, text.len() - 1);
            assert_eq!(starts(&text, 0..text.len()), [id, end]);
            for from in id + 1..end {
                assert_eq!(starts(&text, from..text.len()), [end], "from {from}");
            }
        }
        for other in [
            "8f14e45f-ceea-467f-9ab0-12345678900",
            "8f14e45f-ceea-467f-9ab0-12345678900ab",
            "8f14e45f.ceea.467f.9ab0.12345678900a",
            "building-wing-1234-5678-patient12345",
        ] {
            assert!(starts(other, 0..other.len()).len() > 1, "{other}");
        }
    }

    /// Every byte in every lane.
    #[test]
    #[cfg(all(target_arch = "x86_64", not(target_feature = "avx2")))]
    fn wide_vectors_tell_the_same() {
        #[multiversion::multiversion(targets("x86_64+avx2"))]
        fn of_this_machine(block: &[u8; BLOCK]) -> Bitmaps {
            multiversion::target::match_target! {
                "x86_64+avx2" => bitmaps_avx2(block),
                _ => bitmaps(block),
            }
        }
        for byte in 0..=255 {
            for lane in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[lane] = byte;
                assert_eq!(of_this_machine(&block), bitmaps(&block), "{byte:#x} in lane {lane}");
            }
        }
    }

    #[test]
    fn words_have_the_flags_they_were_given() {
        let head = |text: &str| text.bytes().take(8).rev().fold(0, |head, byte| head << 8 | u64::from(byte));
        let mut words = FirstWords::default();
        words.mark(b"patient", b" name", FirstWords::SPEAKS);
        words.mark(b"e", b" mail", FirstWords::LEADS);
        words.mark(b"id", b"", FirstWords::PATTERN);
        assert_eq!(words.flags(head("Patient: x"), 7), FirstWords::SPEAKS);
        assert_eq!(words.flags(head("patience"), 8), 0);
        assert_eq!((words.flags(head("E mail"), 1), words.flags(head("e-mail"), 1)), (FirstWords::LEADS, 0));
        assert_eq!(
            (words.flags(head("ID=7"), 2), words.flags(head("id 7"), 2)),
            (FirstWords::PATTERN, FirstWords::PATTERN)
        );
    }
}
