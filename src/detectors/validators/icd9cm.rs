//! ICD-9-CM code (until 2015, still in archives): a diagnosis or a procedure of the last published set. Most look like
//! plain decimals, so only a label or a field may ask.

use crate::detectors::code_sets::{CodeSet, plain_code};

const DIAGNOSIS: u64 = 1;
const PROCEDURE: u64 = 2;

/// Whether it is a code of the set, its dot, if any, where the kind of code has it: `250.00`, `E812.0`, `V70.0`, `00.66`; or one
/// that was kept as a decimal number, and so has lost zeros at its end (`250.0`, `786.5`) or got one (`496.0`).
pub fn icd9cm(value: &[u8]) -> bool {
    is_listed(value) || is_listed_as_number(value)
}

/// Three digits and one behind a point, where the code has two there, or none.
fn is_listed_as_number(value: &[u8]) -> bool {
    let [first, second, third, b'.', fraction] = *value else { return false };
    let digits = [first, second, third, fraction];
    digits.iter().all(u8::is_ascii_digit)
        && (is_listed(&[first, second, third, b'.', fraction, b'0']) || (fraction == b'0' && is_listed(&value[..3])))
}

fn is_listed(value: &[u8]) -> bool {
    let mut plain = [0; 5];
    let Some((length, dot)) = plain_code(value, &mut plain) else { return false };
    let kinds = CodeSet::Icd9cm.get(&plain[..length]).unwrap_or(0);
    let before_dot = if plain[0] == b'E' { 4 } else { 3 };
    match dot {
        None => kinds != 0,
        Some(2) => kinds & PROCEDURE != 0,
        Some(place) => place == before_dot && kinds & DIAGNOSIS != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::icd9cm;

    #[test]
    fn the_dot_says_which_kind_it_is() {
        for valid in ["250.00", "25000", "V70.0", "E812.0", "e8120", "00.66", "401.9", "250.0", "786.5", "496.0"] {
            assert!(icd9cm(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["250.99", "2500.0", "25.000", "E81.20", "401.", ".4019", "999999", "", "E11.9", "250.00.0", "496.5"]
        {
            assert!(!icd9cm(invalid.as_bytes()), "{invalid}");
        }
    }
}
