//! Check digits of published schemes, written from their definitions and shared with nobody.

/// The Luhn digit after `digits`, with `start` added to the sum.
pub fn luhn(digits: &str, start: u32) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            if index % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    (10 - (sum + start) % 10) % 10
}

/// The check digit of a DEA number of six digits.
pub fn dea(digits: &str) -> u32 {
    digits.bytes().enumerate().map(|(index, byte)| u32::from(byte - b'0') * (1 + index as u32 % 2)).sum::<u32>() % 10
}

/// The ninth digit of an ABA routing number of eight.
pub fn aba(digits: &str) -> u32 {
    let sum: u32 =
        digits.bytes().zip([3, 7, 1, 3, 7, 1, 3, 7]).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    (10 - sum % 10) % 10
}

/// The check digit of a GTIN of thirteen digits.
pub fn gtin(digits: &str) -> u32 {
    let sum: u32 =
        digits.bytes().enumerate().map(|(at, byte)| u32::from(byte - b'0') * if at % 2 == 0 { 3 } else { 1 }).sum();
    (10 - sum % 10) % 10
}

/// The two check digits of an IBAN.
pub fn iban(country: &str, account: &str) -> u32 {
    let remainder = format!("{account}{country}00").bytes().fold(0, |rest: u32, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    98 - remainder
}

/// A VIN with the ninth character put right.
pub fn vin(draft: &str) -> String {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'R' => u32::from(byte - b'J') + 1,
        _ => u32::from(byte - b'S') + 2,
    };
    let sum: u32 = draft.bytes().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
    let check = match sum % 11 {
        10 => 'X',
        digit => char::from(b'0' + digit as u8),
    };
    format!("{}{check}{}", &draft[..8], &draft[9..])
}

/// The Verhoeff digit after `digits`: the dihedral group of order ten and the published permutation.
pub fn verhoeff(digits: &str) -> u32 {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |left: u32, right: u32| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left - 5 + 5 - right) % 5,
        (false, false) => (5 + left - right) % 5,
    };
    let sum = digits.bytes().rev().enumerate().fold(0, |sum, (index, byte)| {
        let moved = (0..=index).fold(u32::from(byte - b'0'), |digit, _| PERMUTATION[digit as usize]);
        product(sum, moved)
    });
    (0..10).find(|candidate| product(sum, *candidate) == 0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        assert_eq!(luhn("123456789", 24), 3);
        assert_eq!(luhn("2345", 0), 7);
        assert_eq!(dea("583672"), 7);
        assert_eq!(aba("02100002"), 1);
        assert_eq!(gtin("0061414112345"), 2);
        assert_eq!(iban("GB", "WEST12345698765432"), 82);
        assert_eq!(vin("1M8GDM9A0KP042788"), "1M8GDM9AXKP042788");
        for concept in ["44054006", "38341003", "73211009", "195967001"] {
            let (body, check) = concept.split_at(concept.len() - 1);
            assert_eq!(verhoeff(body).to_string(), check, "{concept}");
        }
    }
}
