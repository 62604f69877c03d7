//! Payment card number: issuer range with the lengths that it uses, and the Luhn digit (ISO/IEC 7812-1).
//! One random number in ten passes Luhn, so groups that only a table of numbers has are refused.

use super::digits;

/// Whether issuer, length and check digit fit.
pub fn luhn_card(value: &[u8]) -> bool {
    let Some((found, length)) = digits::collect::<19>(value) else { return false };
    if length < 13 {
        return false;
    }
    let found = &found[..length];
    let issuer = digits::number(&found[..4]);
    issuer_fits(issuer, length)
        && !digits::is_repdigit(found)
        && digits::luhn_sum(found).is_multiple_of(10)
        && !(value.contains(&b' ') && is_sequence(found))
}

/// The same where a label or a field says that it is a card: of any issuer, from twelve digits on.
pub fn luhn_card_labelled(value: &[u8]) -> bool {
    let Some((found, length)) = digits::collect::<19>(value) else { return false };
    let found = &found[..length];
    luhn_card(value)
        || (length >= 12
            && !value.contains(&b' ')
            && found[0] != 0
            && !found.starts_with(&[1, 2, 3, 4, 5, 6])
            && !digits::is_repdigit(found)
            && digits::luhn_sum(found).is_multiple_of(10))
}

/// Whether groups of four are close to each other, as in a table of years, widths or offsets: eight real numbers in a
/// million are. The test number of payment processors stands where a real one would.
fn is_sequence(found: &[u8]) -> bool {
    const MAX_STEP: u64 = 99;
    let group = |start: usize| digits::number(&found[start..start + 4]);
    found.len() == 16
        && (0..12).step_by(4).all(|start| group(start).abs_diff(group(start + 4)) <= MAX_STEP)
        && !found.chunks(4).all(|group| group == [4, 2, 4, 2])
}

/// Whether a card that starts with these four digits can have this length.
fn issuer_fits(issuer: u64, length: usize) -> bool {
    match issuer {
        4000..=4999 => matches!(length, 13 | 16 | 19),
        5100..=5599 | 2221..=2720 => length == 16,
        3400..=3499 | 3700..=3799 => length == 15,
        6011 | 6440..=6499 | 6500..=6599 => (16..=19).contains(&length),
        3000..=3059 | 3600..=3699 | 3800..=3899 => (14..=19).contains(&length),
        3528..=3589 => (16..=19).contains(&length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::luhn_card;

    #[test]
    fn follows_issuer_length_and_luhn() {
        for invalid in
            ["4111111111111112", "1234567890123452", "411111111111", "0000000000000000", "4111-1111-1111-111x"]
        {
            assert!(!luhn_card(invalid.as_bytes()), "{invalid}");
        }
        for table in ["5211 5212 5213 5214", "5216 5215 5214 5213", "4584 4615 4646 4677", "4224 4224 4224 4224"] {
            assert!(!luhn_card(table.as_bytes()), "{table}");
        }
        for valid in [
            "4242 4242 4242 4242",
            "4111111111111111",
            "4012888888881881",
            "378282246310005",
            "5555 5555 5555 4444",
            "6011-1111-1111-1117",
            "30569309025904",
        ] {
            assert!(luhn_card(valid.as_bytes()), "{valid}");
        }
    }
}
