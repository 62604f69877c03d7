//! Keyed digests of the identifiers by which people are counted, of equal value however an identifier is written.
//!
//! A digest never leaves the program: it goes into a sketch, and only a count comes out of that.

use siphasher::sip::SipHasher13;

/// The key of the digests.
#[derive(Clone)]
pub(super) struct People {
    key: [u8; 16],
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("People")
    }
}

/// What an identifier is written like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Letters and digits count, punctuation and case do not.
    Plain,
    /// A number whose leading zeros may be lost.
    Number,
    /// A telephone number, with or without the code of the country.
    Phone,
    /// A date, in one of the usual orders.
    Date,
}

impl Writing {
    /// By the id of the detector.
    pub fn of(detector: &str) -> Self {
        match detector {
            "us_ssn" | "us_itin" => Self::Number,
            "us_phone" | "fax" => Self::Phone,
            "date_of_birth" | "date_of_death" | "date_of_service" => Self::Date,
            _ => Self::Plain,
        }
    }
}

/// Characters that count of one identifier.
const MAX_CHARACTERS: usize = 64;

/// Of each byte what it counts as: letters in lower case, digits and what is not ASCII as they are, nothing else.
static NORMAL: [u8; 256] = {
    let mut normal = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() || !(byte as u8).is_ascii() {
            normal[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    normal
};

impl People {
    pub fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The digest of one identifier. Different detectors never give the same person.
    pub fn digest(&self, detector: u16, writing: Writing, value: &[u8]) -> u64 {
        let mut normal = [0; MAX_CHARACTERS];
        let mut length = 0;
        for byte in value {
            if length == MAX_CHARACTERS {
                break;
            }
            // Without a branch on what the byte is.
            normal[length] = NORMAL[usize::from(*byte)];
            length += usize::from(normal[length] != 0);
        }
        let mut normal = &normal[..length];
        match writing {
            Writing::Plain => {}
            Writing::Number => {
                while let [b'0', rest @ ..] = normal {
                    normal = rest;
                }
            }
            Writing::Phone => normal = &normal[length.saturating_sub(10)..],
            Writing::Date => {
                if let Some(day) = day(value) {
                    return self.hash(detector, &day.to_le_bytes());
                }
            }
        }
        self.hash(detector, normal)
    }

    /// The digest of a name: its words count, their order does not. `None` where there is no word.
    pub fn name(&self, detector: u16, value: &[u8]) -> Option<(u64, u32)> {
        let words = value.split(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii() && *byte != b'\'');
        let mut found = None;
        for word in words.filter(|word| !word.is_empty()) {
            let (sum, count) = found.unwrap_or((0u64, 0));
            found = Some((sum.wrapping_add(self.digest(detector, Writing::Plain, word)), count + 1));
        }
        found
    }

    /// Of at most [`MAX_CHARACTERS`] bytes.
    fn hash(&self, detector: u16, bytes: &[u8]) -> u64 {
        // In one piece, which is quicker than piece by piece and gives the same.
        let mut all = [0; 2 + MAX_CHARACTERS];
        let bytes = &bytes[..bytes.len().min(MAX_CHARACTERS)];
        all[..2].copy_from_slice(&detector.to_le_bytes());
        all[2..2 + bytes.len()].copy_from_slice(bytes);
        SipHasher13::new_with_key(&self.key).hash(&all[..2 + bytes.len()])
    }

    /// One digest of what was summed up of several: digests, so that the sum is one but for being mixed with the key, by which
    /// it is none of the digests of which it consists.
    pub fn joined(&self, sum: u64) -> u64 {
        let (low, high) = self.key.split_at(8);
        let key = |half: &[u8]| half.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mixed = (sum ^ key(low)).wrapping_mul(key(high) | 1);
        (mixed ^ mixed >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// Year, month and day of `1980-02-03`, `02/03/1980` or `19800203`, as one number.
fn day(value: &[u8]) -> Option<u32> {
    let runs = value.split(|byte| !byte.is_ascii_digit()).filter(|run| !run.is_empty());
    let mut numbers = [(0u32, 0u32); 3];
    for (place, run) in numbers.iter_mut().zip(runs) {
        let number = run.iter().take(8).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        *place = (number, run.len() as u32);
    }
    match numbers {
        [(date, 8), ..] => Some(date),
        [(year, 4), (month, 1..=2), (day, 1..=2)] | [(month, 1..=2), (day, 1..=2), (year, 4)] => {
            Some(year * 10_000 + month * 100 + day)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn individuals_are_one_however_they_are_written() {
        let people = People::new([7; 16]);
        let same = |writing, one: &str, other: &str| {
            people.digest(1, writing, one.as_bytes()) == people.digest(1, writing, other.as_bytes())
        };
        assert!(same(Writing::Number, "001-01-0001", "1010001"));
        assert!(!same(Writing::Number, "536-90-4399", "536-90-4398"));
        assert!(same(Writing::Phone, "+1 (212) 555-0100", "212.555.0100"));
        assert!(same(Writing::Date, "1980-02-03", "02/03/1980"));
        assert!(same(Writing::Date, "1980-02-03T00:00:00", "19800203"));
        assert!(!same(Writing::Date, "1980-02-03", "1980-03-02"));
        assert!(same(Writing::Plain, "Jane.Doe@example.org", "jane.doe@EXAMPLE.org"));
        assert_eq!(people.name(1, b"SMITH, JOHN"), people.name(1, b"John Smith"));
        assert_ne!(people.name(1, b"John Smith"), people.name(1, b"John Smyth"));
        assert_eq!(people.name(1, b" - "), None);
    }

    #[test]
    fn individuals_depend_on_the_key_and_the_detector() {
        let digest = |key, detector| People::new([key; 16]).digest(detector, Writing::Plain, b"A1");
        assert_ne!(digest(1, 1), digest(2, 1));
        assert_ne!(digest(1, 1), digest(1, 2));
    }
}
