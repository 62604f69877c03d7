//! Synthetic identifiers, appended to a buffer: each has the legal structure of its scheme and belongs to nobody known.
//!
//! Telephone numbers are half from the fictional range 555-0100 to 555-0199; e-mail addresses are in domains reserved by
//! RFC 2606; card numbers start like the test numbers that payment processors publish.

use crate::random::Random;
use crate::tables::{CITIES, FIRST_NAMES, STREETS, SURNAMES};

const MBI_LETTERS: &[u8] = b"ACDEFGHJKMNPQRTUVWXY";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends text.
#[inline]
pub fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number in decimal, with leading zeros up to `width`.
#[inline]
pub fn number(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = value;
    let mut start = digits.len();
    while rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let start = start.min(digits.len() - width.max(1));
    out.extend_from_slice(&digits[start..]);
}

/// Appends `count` lower-case hexadecimal digits, 16 at most.
#[inline]
pub fn hexadecimal(out: &mut Vec<u8>, random: &mut Random, count: usize) {
    let mut digits = [0u8; 16];
    let mut bits = random.next();
    for digit in &mut digits {
        *digit = HEX[(bits & 15) as usize];
        bits >>= 4;
    }
    out.extend_from_slice(&digits[..count]);
}

/// A version 4 UUID.
pub fn uuid(out: &mut Vec<u8>, random: &mut Random) {
    hexadecimal(out, random, 8);
    out.push(b'-');
    hexadecimal(out, random, 4);
    put(out, "-4");
    hexadecimal(out, random, 3);
    put(out, "-a");
    hexadecimal(out, random, 3);
    out.push(b'-');
    hexadecimal(out, random, 12);
}

/// A social security number that the structure rules of the SSA allow, with dashes or without.
pub fn ssn(out: &mut Vec<u8>, random: &mut Random, dashed: bool) {
    let area = match random.between(1, 898) {
        area if area >= 666 => area + 1,
        area => area,
    };
    number(out, area.into(), 3);
    if dashed {
        out.push(b'-');
    }
    number(out, random.between(1, 99).into(), 2);
    if dashed {
        out.push(b'-');
    }
    number(out, random.between(1000, 9999).into(), 4);
}

/// The digit that makes the Luhn sum of `digits` plus `start` a multiple of ten.
fn luhn_digit(digits: &[u8], start: u32) -> u8 {
    let mut sum = start;
    for (index, digit) in digits.iter().rev().enumerate() {
        let value = u32::from(digit - b'0');
        sum += if index % 2 == 0 { value * 2 / 10 + value * 2 % 10 } else { value };
    }
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// A National Provider Identifier with its check digit.
pub fn npi(out: &mut Vec<u8>, random: &mut Random) {
    let start = out.len();
    number(out, u64::from(random.between(100_000_000, 199_999_999)), 9);
    let check = luhn_digit(&out[start..], 24);
    out.push(check);
}

/// A card number of 16 digits in a published test range.
pub fn card(out: &mut Vec<u8>, random: &mut Random) {
    let start = out.len();
    put(out, random.pick(&["411111", "400000", "555555", "520082", "601111"]));
    number(out, u64::from(random.below(1_000_000_000)), 9);
    let check = luhn_digit(&out[start..], 0);
    out.push(check);
}

/// A Medicare Beneficiary Identifier, with dashes or without.
pub fn mbi(out: &mut Vec<u8>, random: &mut Random, dashed: bool) {
    for (index, kind) in b"9ax9-ax9-aa99".iter().enumerate() {
        match kind {
            b'-' if !dashed => {}
            b'-' => out.push(b'-'),
            b'a' => out.push(random.pick(MBI_LETTERS)),
            b'x' if random.one_in(2) => out.push(random.pick(MBI_LETTERS)),
            _ if index == 0 => out.push(b'0' + random.between(1, 9) as u8),
            _ => out.push(b'0' + random.below(10) as u8),
        }
    }
}

/// A DEA registration number whose second letter is that of the surname.
pub fn dea(out: &mut Vec<u8>, random: &mut Random, surname: &str) {
    out.push(random.pick(b"ABFM"));
    out.push(surname.as_bytes().first().map_or(b'9', u8::to_ascii_uppercase));
    let digits: [u8; 6] = std::array::from_fn(|_| random.below(10) as u8);
    digits.iter().for_each(|digit| out.push(b'0' + digit));
    let sum = digits.iter().enumerate().map(|(index, digit)| digit * (1 + index as u8 % 2)).sum::<u8>();
    out.push(b'0' + sum % 10);
}

/// How a telephone number is written.
#[derive(Debug, Clone, Copy)]
pub enum PhoneStyle {
    /// `(207) 555-0142`
    Parentheses,
    /// `207-555-0142`
    Dashes,
    /// `+1 207 555 0142`
    International,
}

/// A telephone number of the area, half of them in the fictional range.
pub fn phone(out: &mut Vec<u8>, random: &mut Random, area: u32, style: PhoneStyle) {
    let (before, between, after) = match style {
        PhoneStyle::Parentheses => ("(", ") ", "-"),
        PhoneStyle::Dashes => ("", "-", "-"),
        PhoneStyle::International => ("+1 ", " ", " "),
    };
    let (exchange, line) = if random.one_in(2) {
        (555, random.between(100, 199))
    } else {
        (random.pick(&[234, 246, 258, 327, 348, 362, 429, 437, 463, 524, 538, 622, 647, 724, 748, 862, 873, 942]), {
            random.between(1000, 9999)
        })
    };
    put(out, before);
    number(out, area.into(), 3);
    put(out, between);
    number(out, exchange, 3);
    put(out, after);
    number(out, line.into(), 4);
}

/// A date as `YYYY-MM-DD` in the years given.
pub fn date(out: &mut Vec<u8>, random: &mut Random, years: (u32, u32)) {
    number(out, random.between(years.0, years.1).into(), 4);
    out.push(b'-');
    number(out, random.between(1, 12).into(), 2);
    out.push(b'-');
    number(out, random.between(1, 28).into(), 2);
}

/// An IPv4 address as a service provider hands it to a household.
pub fn public_address(out: &mut Vec<u8>, random: &mut Random) {
    number(out, u64::from(random.pick(&[67u32, 71, 73, 76, 96, 98, 108, 174])), 1);
    for _ in 0..3 {
        out.push(b'.');
        number(out, random.between(2, 250).into(), 1);
    }
}

/// An IPv4 address of a private network.
pub fn private_address(out: &mut Vec<u8>, random: &mut Random) {
    put(out, "10.");
    number(out, random.below(256).into(), 1);
    out.push(b'.');
    number(out, random.below(256).into(), 1);
    out.push(b'.');
    number(out, random.between(1, 254).into(), 1);
}

/// The text that a function appends to an empty buffer.
pub fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(32);
    write(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// One synthetic person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Given name.
    pub first: &'static str,
    /// Family name.
    pub last: &'static str,
    /// `F` or `M`, drawn without regard to the name.
    pub sex: &'static str,
    /// `YYYY-MM-DD`.
    pub birth: String,
    /// With dashes.
    pub ssn: String,
    /// Seven digits.
    pub mrn: String,
    /// Without dashes.
    pub mbi: String,
    /// Three letters and nine digits.
    pub member: String,
    /// Ten digits.
    pub account: String,
    /// `207-555-0142`
    pub phone: String,
    /// In a reserved domain.
    pub email: String,
    /// Number and street.
    pub street: String,
    /// City, state, ZIP code.
    pub city: (&'static str, &'static str, &'static str),
}

impl Person {
    /// Draws a person.
    pub fn draw(random: &mut Random) -> Self {
        let (first, last) = (random.pick(FIRST_NAMES), random.pick(SURNAMES));
        let (city, state, zip, area) = random.pick(CITIES);
        let domain = random.pick(&["example.com", "example.org", "example.net"]);
        let tag = random.between(1, 99);
        Self {
            first,
            last,
            sex: random.pick(&["F", "M"]),
            birth: text(|out| date(out, random, (1938, 2019))),
            ssn: text(|out| ssn(out, random, true)),
            mrn: random.between(2_000_000, 9_899_999).to_string(),
            mbi: text(|out| mbi(out, random, false)),
            member: format!("{}{:09}", random.pick(&["XEH", "WQB", "KLP", "HVF"]), random.below(1_000_000_000)),
            account: format!("{}{:06}", random.between(4100, 4899), random.below(1_000_000)),
            phone: text(|out| phone(out, random, area, PhoneStyle::Dashes)),
            email: format!("{}.{}{tag}@{domain}", first.to_lowercase(), last.to_lowercase()),
            street: format!("{} {}", random.between(11, 1899), random.pick(STREETS)),
            city: (city, state, zip),
        }
    }

    /// Given and family name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `MM/DD/YYYY`.
    pub fn birth_us(&self) -> String {
        format!("{}/{}/{}", &self.birth[5..7], &self.birth[8..], &self.birth[..4])
    }

    /// Nine digits.
    pub fn ssn_bare(&self) -> String {
        self.ssn.replace('-', "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_published_examples() {
        assert_eq!(luhn_digit(b"123456789", 24), b'3');
        assert_eq!(luhn_digit(b"411111111111111", 0), b'1');
    }

    #[test]
    fn numbers_keep_their_width() {
        for (value, width, expected) in [(0, 1, "0"), (7, 3, "007"), (1234, 2, "1234"), (0, 0, "0")] {
            assert_eq!(text(|out| number(out, value, width)), expected);
        }
    }

    #[test]
    fn social_security_numbers_avoid_what_is_never_issued() {
        let mut random = Random::new(1);
        for _ in 0..20_000 {
            let drawn = text(|out| ssn(out, &mut random, true));
            assert!(!drawn.starts_with('9') && !drawn.starts_with("666") && !drawn.starts_with("000"), "{drawn}");
            assert!(&drawn[4..6] != "00" && drawn.len() == 11);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_person() {
        let draw = || Person::draw(&mut Random::new(9));
        assert_eq!(draw().email, draw().email);
        assert_eq!(draw().mbi.len(), 11);
    }
}
