//! Procedure codes of five characters: HCPCS level II (a letter, four digits) and CPT (four digits, then a digit or F, T, U).
//!
//! The list of CPT belongs to its publisher and is not here.

use crate::detectors::code_sets::CodeSet;

/// Whether it is a code of HCPCS level II as published.
pub fn hcpcs(value: &[u8]) -> bool {
    let mut plain = [0; 5];
    if value.len() != plain.len() {
        return false;
    }
    plain.copy_from_slice(value);
    plain.make_ascii_uppercase();
    CodeSet::Hcpcs.get(&plain).is_some()
}

/// Whether it has the form of a code of HCPCS level II, those of dentists (CDT) among them; new ones come every quarter, and a
/// label is as good as the list.
pub fn hcpcs_form(value: &[u8]) -> bool {
    let [letter, digits @ ..] = value else { return false };
    let is_section = matches!(letter.to_ascii_uppercase(), b'A'..=b'E' | b'G' | b'H' | b'J'..=b'M' | b'P'..=b'V');
    is_section && digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) && digits != b"0000"
}

/// Whether it can be a code of CPT: anesthesia begins at 00100, and repeated digits are placeholders.
fn cpt(value: &[u8]) -> bool {
    let (Some(last), 5) = (value.last(), value.len()) else { return false };
    let number = value[..4]
        .iter()
        .try_fold(0u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')));
    let Some(number) = number else { return false };
    match last.to_ascii_uppercase() {
        b'F' | b'T' | b'U' => number > 0,
        digit if digit.is_ascii_digit() => {
            (10..=9960).contains(&number) && !value.windows(2).all(|pair| pair[0] == pair[1])
        }
        _ => false,
    }
}

/// Whether it can be a code of CPT, with a modifier or what it means behind it or without: `99213-25`, `70551 MRI brain`.
pub fn cpt_with_modifier(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"HC:").unwrap_or(value);
    match value.get(5) {
        None => cpt(value),
        Some(b'-') => value.len() == 8 && cpt(&value[..5]),
        Some(b' ') => cpt(&value[..5]),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_two_codes_are_on_the_list_or_have_its_form() {
        assert!(hcpcs(b"J1815") && hcpcs(b"g0008") && !hcpcs(b"J0000") && !hcpcs(b"J181") && !hcpcs(b"G0000"));
        assert!(
            hcpcs_form(b"J9999")
                && hcpcs_form(b"Q5150")
                && hcpcs_form(b"D0120")
                && !hcpcs_form(b"N0120")
                && !hcpcs_form(b"J181A")
        );
    }

    #[test]
    fn cpt_has_five_places() {
        for valid in ["99213", "00100", "3074F", "0042T", "0001U"] {
            assert!(cpt(valid.as_bytes()), "{valid}");
        }
        for invalid in ["9921", "00000", "11111", "99999", "9921A", "A9213", "992133", ""] {
            assert!(!cpt(invalid.as_bytes()), "{invalid}");
        }
        assert!(cpt_with_modifier(b"99213-25") && cpt_with_modifier(b"99213") && !cpt_with_modifier(b"99213-253"));
    }
}
