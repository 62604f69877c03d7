//! Vehicle identification number: seventeen places with a check digit in the ninth (49 CFR 565.15).

/// Whether letters, check digit and model year fit. Only North America enforces the check digit.
pub fn vin(value: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if value.len() != WEIGHTS.len() || value.iter().all(|byte| *byte == value[0]) {
        return false;
    }
    let mut sum = 0;
    for (byte, weight) in value.iter().zip(WEIGHTS) {
        let Some(number) = transliterated(byte.to_ascii_uppercase()) else { return false };
        sum += number * weight;
    }
    let check = match sum % 11 {
        10 => b'X',
        rest => b'0' + rest as u8,
    };
    value[8].to_ascii_uppercase() == check && !matches!(value[9].to_ascii_uppercase(), b'U' | b'Z' | b'0')
}

fn transliterated(byte: u8) -> Option<u32> {
    let number = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'N' => byte - b'J' + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => return None,
    };
    Some(u32::from(number))
}

#[cfg(test)]
mod tests {
    use super::vin;

    #[test]
    fn check_digit_and_letters_decide() {
        for valid in ["1M8GDM9AXKP042788", "1G4AH59H45G118341", "1m8gdm9axkp042788"] {
            assert!(vin(valid.as_bytes()), "{valid}");
        }
        for invalid in ["1M8GDM9A1KP042788", "1M8GDM9AOKP042788", "11111111111111111", "1M8GDM9AXKP04278", ""] {
            assert!(!vin(invalid.as_bytes()), "{invalid}");
        }
    }
}
