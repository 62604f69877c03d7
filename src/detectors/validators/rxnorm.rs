//! RxNorm concept (RxCUI): one to eight digits without a check digit, so only a label or a field may ask.

/// Whether it is a number without a zero at its front that is no placeholder.
pub fn rxnorm(value: &[u8]) -> bool {
    let placeholder = value.len() > 2 && value.windows(2).all(|pair| pair[0] == pair[1]);
    (2..=8).contains(&value.len()) && value.iter().all(u8::is_ascii_digit) && value[0] != b'0' && !placeholder
}

#[cfg(test)]
mod tests {
    use super::rxnorm;

    #[test]
    fn a_concept_is_a_plain_number() {
        assert!(rxnorm(b"197361") && rxnorm(b"2563431"));
        assert!(!rxnorm(b"0197361") && !rxnorm(b"999999") && !rxnorm(b"123456789") && !rxnorm(b"12a") && !rxnorm(b""));
    }
}
