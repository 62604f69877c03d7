//! How many distinct people stand behind keyed digests: exact up to 512, a HyperLogLog sketch of 4,096 registers beyond.
//!
//! The standard error of the sketch is 1.04 / sqrt(4096) = 1.6 percent. Sketches merge in any order to the same result.
//! It must be given keyed digests. They and the sketch stay in the scan and its ledger; only the count is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of keyed digests, of which only the number is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Individuals(Kept);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Kept {
    /// The digests, ascending. Written as their bytes in base64.
    #[serde(serialize_with = "write_digests", deserialize_with = "read_digests")]
    Few(Vec<u64>),
    /// Per register the longest run of zeros that was seen, plus one. Written as a character for each.
    #[serde(serialize_with = "write_registers", deserialize_with = "read_registers")]
    Many(Box<[u8]>),
}

/// As ledgers have it: a text, or the list of numbers of older ones.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Text(String),
    Numbers(Vec<T>),
}

/// The character of register 0. Up to the largest one no character needs an escape in JSON.
const FIRST_CHARACTER: u8 = b'#';

fn write_digests<S: Serializer>(digests: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = digests.iter().flat_map(|digest| digest.to_be_bytes()).collect();
    serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
}

fn read_digests<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Numbers(digests) => Ok(digests),
        Written::Text(text) => {
            let bytes = STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)?;
            let (digests, rest) = bytes.as_chunks::<8>();
            match rest {
                [] => Ok(digests.iter().map(|digest| u64::from_be_bytes(*digest)).collect()),
                _ => Err(D::Error::custom("part of a digest")),
            }
        }
    }
}

fn write_registers<S: Serializer>(registers: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    let text: String = registers.iter().map(|rank| char::from(rank + FIRST_CHARACTER)).collect();
    serializer.serialize_str(&text)
}

fn read_registers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<[u8]>, D::Error> {
    let registers = match Written::deserialize(deserializer)? {
        Written::Numbers(registers) => Some(registers),
        Written::Text(text) => text.bytes().map(|character| character.checked_sub(FIRST_CHARACTER)).collect(),
    };
    match registers {
        Some(registers) if registers.len() == REGISTERS => Ok(registers.into()),
        _ => Err(D::Error::custom("no registers")),
    }
}

const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;
/// The largest value of a register.
const MAX_RANK: usize = (64 - INDEX_BITS + 1) as usize;

/// Stands in kept bytes where the number of digests would.
const SKETCH: u16 = u16::MAX;
/// Half a byte that says that a register is far above the lowest one.
const FAR: u8 = 15;

impl Default for Individuals {
    fn default() -> Self {
        Self(Kept::Few(Vec::new()))
    }
}

impl Individuals {
    /// Grows where the digests are made in another way: what was counted by others cannot be merged, and is counted anew.
    pub const DIGESTS_VERSION: u32 = 2;

    /// As many are counted exactly.
    pub const EXACT: usize = 512;

    /// Adds a person by a keyed digest.
    pub fn insert(&mut self, digest: u64) {
        match &mut self.0 {
            Kept::Few(digests) => {
                let Err(place) = digests.binary_search(&digest) else { return };
                digests.insert(place, digest);
                if digests.len() > Self::EXACT {
                    self.spread();
                }
            }
            Kept::Many(registers) => note(registers, digest),
        }
    }

    /// Adds everybody of another set. Commutative and associative.
    pub fn merge(&mut self, other: &Self) {
        match &other.0 {
            Kept::Few(digests) => digests.iter().for_each(|digest| self.insert(*digest)),
            Kept::Many(theirs) => {
                self.spread();
                if let Kept::Many(mine) = &mut self.0 {
                    for (mine, theirs) in mine.iter_mut().zip(theirs) {
                        *mine = (*mine).max(*theirs);
                    }
                }
            }
        }
    }

    /// How many they are: exact up to [`Self::EXACT`], an estimate beyond.
    pub fn count(&self) -> u64 {
        match &self.0 {
            Kept::Few(digests) => digests.len() as u64,
            Kept::Many(registers) => (estimate(registers).round() as u64).max(Self::EXACT as u64 + 1),
        }
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Kept::Few(digests) if digests.is_empty())
    }

    /// Adds them to bytes that are kept: digests as they are; of a sketch half a byte for each register, above the lowest
    /// one, and a byte more for those few that are far above it.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        match &self.0 {
            Kept::Few(digests) => {
                bytes.extend((digests.len() as u16).to_be_bytes());
                digests.iter().for_each(|digest| bytes.extend(digest.to_be_bytes()));
            }
            Kept::Many(registers) => {
                bytes.extend(SKETCH.to_be_bytes());
                let lowest = registers.iter().copied().min().unwrap_or_default();
                bytes.push(lowest);
                let half = |rank: u8| (rank - lowest).min(FAR);
                let (pairs, _) = registers.as_chunks::<2>();
                bytes.extend(pairs.iter().map(|[one, two]| half(*one) << 4 | half(*two)));
                bytes.extend(registers.iter().filter(|rank| **rank - lowest >= FAR));
            }
        }
    }

    /// Takes from the front of bytes what [`Self::write`] wrote; `None` where it is something else.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut take = |length: usize| {
            let (taken, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(taken)
        };
        let count = u16::from_be_bytes(*take(2)?.as_array()?);
        if count != SKETCH {
            let (digests, _) = take(usize::from(count) * 8)?.as_chunks::<8>();
            let digests: Vec<u64> = digests.iter().map(|digest| u64::from_be_bytes(*digest)).collect();
            let is_set = digests.len() <= Self::EXACT && digests.is_sorted_by(|one, two| one < two);
            return is_set.then_some(Self(Kept::Few(digests)));
        }
        let lowest = take(1)?[0];
        let mut registers: Vec<u8> = take(REGISTERS / 2)?.iter().flat_map(|pair| [pair >> 4, pair & FAR]).collect();
        for register in &mut registers {
            *register = if *register == FAR { take(1)?[0] } else { register.checked_add(lowest)? };
        }
        let is_sketch = registers.iter().all(|rank| usize::from(*rank) <= MAX_RANK);
        is_sketch.then(|| Self(Kept::Many(registers.into())))
    }

    fn spread(&mut self) {
        let Kept::Few(digests) = &self.0 else { return };
        let mut registers = vec![0; REGISTERS].into_boxed_slice();
        digests.iter().for_each(|digest| note(&mut registers, *digest));
        self.0 = Kept::Many(registers);
    }
}

fn note(registers: &mut [u8], digest: u64) {
    let index = (digest >> (64 - INDEX_BITS)) as usize;
    // The bit below the remaining ones bounds the run of zeros.
    let rest = (digest << INDEX_BITS) | (1 << (INDEX_BITS - 1));
    let rank = rest.leading_zeros() as u8 + 1;
    registers[index] = registers[index].max(rank);
}

/// The estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6: it
/// needs no table of corrections.
fn estimate(registers: &[u8]) -> f64 {
    let mut counts = [0u32; MAX_RANK + 1];
    registers.iter().for_each(|rank| counts[usize::from(*rank).min(MAX_RANK)] += 1);
    let size = REGISTERS as f64;
    let mut sum = size * tau(1.0 - f64::from(counts[MAX_RANK]) / size);
    for count in counts[1..MAX_RANK].iter().rev() {
        sum = 0.5 * (sum + f64::from(*count));
    }
    sum += size * sigma(f64::from(counts[0]) / size);
    size * size / (2.0 * std::f64::consts::LN_2 * sum)
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum <= before {
            return sum;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * y;
        if sum >= before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64: a stand-in for a keyed digest.
    fn digest(number: u64) -> u64 {
        let mut x = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn people(numbers: std::ops::Range<u64>) -> Individuals {
        let mut set = Individuals::default();
        numbers.for_each(|number| set.insert(digest(number)));
        set
    }

    #[test]
    fn individuals_are_exact_up_to_512_and_close_beyond() {
        for count in [0, 1, 499, 500, 512] {
            assert_eq!(people(0..count).count(), count);
        }
        for count in [513, 1_240, 10_000, 100_000, 1_000_000] {
            let estimate = people(0..count).count() as f64;
            let error = (estimate / count as f64 - 1.0).abs();
            assert!(error < 3.0 * 0.016_25, "{count}: {estimate}");
        }
    }

    #[test]
    fn individuals_merge_in_any_order_and_count_once() {
        let (few, many, more) = (people(0..300), people(200..900), people(850..3_000));
        let whole = people(0..3_000);
        for order in [[&few, &many, &more], [&more, &few, &many], [&many, &more, &few]] {
            let mut merged = Individuals::default();
            order.iter().for_each(|part| merged.merge(part));
            assert_eq!(merged, whole);
        }
        let mut twice = few.clone();
        twice.merge(&few);
        assert_eq!(twice.count(), 300);
    }

    #[test]
    fn they_come_back_from_bytes_or_not_at_all() {
        let every_rank = Individuals(Kept::Many((0..REGISTERS).map(|place| (place % (MAX_RANK + 1)) as u8).collect()));
        let high = Individuals(Kept::Many((0..REGISTERS).map(|place| 30 + (place % 20) as u8).collect()));
        for set in [people(0..0), people(0..1), people(0..512), people(0..513), people(0..200_000), every_rank, high] {
            let mut bytes = b"before".to_vec();
            set.write(&mut bytes);
            let whole = bytes.len();
            bytes.extend(b"after");
            let mut rest = &bytes[6..];
            assert_eq!(Individuals::read(&mut rest), Some(set));
            assert_eq!(rest, b"after");
            for cut in 6..whole {
                assert_eq!(Individuals::read(&mut &bytes[6..cut]), None);
            }
        }
        // As long as the digests that it replaces, and no longer, for as many people as matter.
        let mut sketch = Vec::new();
        people(0..7_000).write(&mut sketch);
        assert!(sketch.len() < 2_100, "{}", sketch.len());
        for damaged in [&[0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1][..], &[2, 1], &[255, 255, 60]] {
            let bytes = [damaged, &[0; 9000]].concat();
            assert_eq!(Individuals::read(&mut bytes.as_slice()), None);
        }
    }

    #[test]
    fn they_come_back_from_a_text_and_from_the_numbers_of_older_ledgers() {
        let every_rank = Individuals(Kept::Many((0..REGISTERS).map(|place| (place % (MAX_RANK + 1)) as u8).collect()));
        for set in [people(0..0), people(0..1), people(0..512), people(0..20_000), every_rank] {
            let text = serde_json::to_string(&set).unwrap();
            assert!(!text.contains('\\'), "{text}");
            assert_eq!(serde_json::from_str::<Individuals>(&text).unwrap(), set);
            let numbers = match &set.0 {
                Kept::Few(digests) => serde_json::json!({ "Few": digests }),
                Kept::Many(registers) => serde_json::json!({ "Many": registers.to_vec() }),
            };
            assert_eq!(serde_json::from_value::<Individuals>(numbers).unwrap(), set);
        }
        for damaged in [r#"{"Few":"AAAA"}"#, r#"{"Few":"!"}"#, r#"{"Many":"123"}"#, r#"{"Many":[1,2]}"#] {
            assert!(serde_json::from_str::<Individuals>(damaged).is_err(), "{damaged}");
        }
    }
}
