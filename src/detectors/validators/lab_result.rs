//! Laboratory results: an analyte and its number. The units stand in the pattern; here is what the number can be.

/// Whether the numbers can be measured in a person: blood pressure above its lower value, a ratio of clotting (INR, which is
/// also a currency) with one decimal place, and nothing that is zero.
pub fn lab_result(value: &[u8]) -> bool {
    let begins = |word: &[u8]| value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    // An analyte may have a digit of its own (A1C): the number stands behind it.
    let is_bare = !value.first().is_some_and(u8::is_ascii_alphabetic);
    let border = value.iter().position(|byte| matches!(byte, b' ' | b':' | b'='));
    let number_at = border.filter(|_| !is_bare).unwrap_or(0);
    if begins(b"bp") || begins(b"blood pressure") {
        return blood_pressure(value);
    }
    if begins(b"inr") || begins(b"pt/inr") {
        return clotting_ratio(&value[number_at..]);
    }
    // A score may be zero, and many results are words: `NEG`, `AB POS`.
    value == b"0"
        || value[number_at..].iter().any(|byte| matches!(byte, b'1'..=b'9'))
        || (!value.is_empty() && !value.iter().any(u8::is_ascii_digit))
}

fn blood_pressure(value: &[u8]) -> bool {
    let mut numbers = value.split(|byte| !byte.is_ascii_digit()).filter(|digits| !digits.is_empty()).map(number);
    let (Some(upper), Some(lower)) = (numbers.next(), numbers.next()) else { return false };
    (50..=300).contains(&upper) && (20..=200).contains(&lower) && upper > lower
}

fn clotting_ratio(value: &[u8]) -> bool {
    let start = value.iter().position(u8::is_ascii_digit).unwrap_or(value.len());
    let [whole, b'.', decimal] = value[start..] else { return false };
    whole != b'0' && whole.is_ascii_digit() && decimal.is_ascii_digit()
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().take(6).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::lab_result;

    #[test]
    fn numbers_are_ones_that_a_person_can_have() {
        for valid in [
            "A1C 8.2 %",
            "glucose 212 mg/dL",
            "BP 150/95 mmHg",
            "INR 2.4",
            "PT/INR: 3.1",
            "blood pressure 120/80",
            "8.2",
            "0",
            "AB POS",
            "NEG",
        ] {
            assert!(lab_result(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["BP 95/150 mmHg", "BP 2/1 mmHg", "INR 2400", "INR 2.45", "INR 0.4", "glucose 0 mg/dL", "BP ", ""]
        {
            assert!(!lab_result(invalid.as_bytes()), "{invalid}");
        }
    }
}
