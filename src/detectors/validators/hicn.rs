//! Medicare claim number of the years before 2020: an SSN with the letters of the claim, or a prefix of the Railroad
//! Retirement Board with six or nine digits (SSA POMS GN 01050.005).
//!
//! The synthetic files of CMS have a T in the first place, which no SSN has.

/// Prefixes of the Railroad Retirement Board.
const RAILROAD: [&[u8]; 15] =
    [b"A", b"CA", b"H", b"JA", b"MA", b"MH", b"PA", b"PD", b"PH", b"WA", b"WCA", b"WCD", b"WCH", b"WD", b"WH"];

/// Whether it follows either form; dashes and blanks between the parts are ignored.
pub fn us_hicn(value: &[u8]) -> bool {
    const MAX_LENGTH: usize = 12;
    let mut compact = [0; MAX_LENGTH];
    let mut length = 0;
    for byte in value.iter().filter(|byte| !matches!(byte, b'-' | b' ')) {
        let Some(place) = compact.get_mut(length) else { return false };
        *place = byte.to_ascii_uppercase();
        length += 1;
    }
    let compact = &compact[..length];
    let letters = compact.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    match letters {
        0 => compact.len() > 9 && is_number(&compact[..9]) && is_claim(&compact[9..]),
        1 if compact[0] == b'T' => compact.len() > 9 && is_number(&compact[1..9]) && is_claim(&compact[9..]),
        _ => is_railroad(compact.split_at(letters)),
    }
}

fn is_number(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_digit) && digits.windows(2).any(|pair| pair[0] != pair[1])
}

/// One of the letters of a beneficiary, and a letter or a digit after it.
fn is_claim(code: &[u8]) -> bool {
    match code {
        [first] => matches!(first, b'A' | b'B' | b'D' | b'E' | b'F' | b'M' | b'T' | b'W'),
        [first, second] => {
            matches!(first, b'B' | b'C' | b'D' | b'E' | b'F' | b'J' | b'K' | b'T' | b'W')
                && second.is_ascii_alphanumeric()
        }
        _ => false,
    }
}

fn is_railroad((prefix, number): (&[u8], &[u8])) -> bool {
    RAILROAD.contains(&prefix) && matches!(number.len(), 6 | 9) && is_number(number)
}

#[cfg(test)]
mod tests {
    use super::us_hicn;

    #[test]
    fn both_forms_pass() {
        for valid in
            ["536904399A", "536-90-4399-A", "536904399C1", "536904399b", "WA536904399", "A123457", "T01000006A"]
        {
            assert!(us_hicn(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["536904399", "536904399Z", "536904399ABC", "ZZ123457", "A12345", "111111111A", "A536904399123", ""]
        {
            assert!(!us_hicn(invalid.as_bytes()), "{invalid}");
        }
    }
}
