//! Values that are test data by agreement: numbers that were published as examples, ranges kept free for fiction, and
//! what the common generators of synthetic patients write.
//!
//! They are accepted elsewhere like any other value; these say what they are.

use super::{digits, phone, ssn, url};

/// An SSN that nobody can have, or that fills a box.
pub fn synthetic_ssn(value: &[u8]) -> bool {
    ssn::us_test_ssn(value)
}

/// An MBI with an S in the second place, as in the synthetic files of CMS.
pub fn synthetic_mbi(value: &[u8]) -> bool {
    value.get(1).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'S'))
}

/// A number of the range for fiction (555-0100 to 555-0199), directory assistance, or the area 555, which is nowhere.
pub fn synthetic_phone(value: &[u8]) -> bool {
    const FEWEST: usize = 3;
    if value.iter().filter(|byte| **byte == b'5').count() < FEWEST {
        return false;
    }
    let Some((found, length)) = phone::digits_of(value) else { return false };
    let Some(local) = found[..length].last_chunk::<10>() else { return false };
    let line = digits::number(&local[6..]);
    local[..3] == [5, 5, 5] || (local[3..6] == [5, 5, 5] && (matches!(line, 100..=199) || line == 1212))
}

/// An address in a domain that RFC 2606 keeps for examples.
pub fn synthetic_email(value: &[u8]) -> bool {
    value.rsplit(|byte| *byte == b'@').next().is_some_and(is_example_domain)
}

/// A page in a domain that RFC 2606 keeps for examples.
pub fn synthetic_url(value: &[u8]) -> bool {
    url::host(value).is_some_and(is_example_domain)
}

fn is_example_domain(domain: &[u8]) -> bool {
    let is_one_of = |text: &[u8], words: &[&str]| words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text));
    let dot = memchr::memrchr(b'.', domain);
    let (before, top) = dot.map_or((None, domain), |dot| (Some(&domain[..dot]), &domain[dot + 1..]));
    // Most end in three letters.
    if top.len() != 3 {
        return is_one_of(top, &["example", "invalid", "localhost", "test"]);
    }
    let Some(before) = before else { return false };
    let label = memchr::memrchr(b'.', before).map_or(before, |dot| &before[dot + 1..]);
    label.eq_ignore_ascii_case(b"example") && is_one_of(top, &["com", "edu", "net", "org"])
}

/// The numbers that card networks and payment processors publish for tests.
const TEST_CARDS: [u64; 19] = [
    4_111_111_111_111_111,
    4_012_888_888_881_881,
    4_242_424_242_424_242,
    4_222_222_222_222,
    4_000_056_655_665_556,
    4_000_000_000_000_002,
    5_555_555_555_554_444,
    5_105_105_105_105_100,
    5_200_828_282_828_210,
    2_223_003_122_003_222,
    378_282_246_310_005,
    371_449_635_398_431,
    378_734_493_671_000,
    6_011_111_111_111_117,
    6_011_000_990_139_424,
    30_569_309_025_904,
    38_520_000_023_237,
    3_530_111_333_300_000,
    3_566_002_020_360_505,
];

/// A published test number.
pub fn synthetic_card(value: &[u8]) -> bool {
    digits::collect::<19>(value).is_some_and(|(found, length)| TEST_CARDS.contains(&digits::number(&found[..length])))
}

/// The example of the CMS document on the check digit, with or without the prefix of a card.
pub fn synthetic_npi(value: &[u8]) -> bool {
    value.strip_prefix(b"80840").unwrap_or(value) == b"1234567893"
}

/// A name with a number at the end of a word, as Synthea makes them.
pub fn synthetic_person_name(value: &[u8]) -> bool {
    value.split(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80).any(|word| {
        let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && digits < word.len() && !word[0].is_ascii_digit()
    })
}

/// An address of the blocks kept for documentation (RFC 5737, RFC 3849).
pub fn synthetic_ip(value: &[u8]) -> bool {
    const DOCUMENTATION: [&[u8]; 5] = [b"192.0.2.", b"198.51.100.", b"203.0.113.", b"2001:db8:", b"2001:DB8:"];
    DOCUMENTATION.iter().any(|block| value.starts_with(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees(predicate: fn(&[u8]) -> bool, synthetic: &[&str], real: &[&str]) {
        for text in synthetic {
            assert!(predicate(text.as_bytes()), "{text}");
        }
        for text in real {
            assert!(!predicate(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn published_numbers_are_known_and_their_neighbours_are_not() {
        agrees(
            synthetic_ssn,
            &[
                "078-05-1120",
                "219-09-9999",
                "457-55-5462",
                "987-65-4325",
                "123-45-6789",
                "111-11-1111",
                "111-22-3333",
                "999-70-1411",
            ],
            &["078-05-1121", "536-90-4399", "123-45-6788", "000-12-3456"],
        );
        agrees(synthetic_mbi, &["1S00EU8FA10", "1s00eu8fa10"], &["1EG4TE5MK73", ""]);
        agrees(synthetic_card, &["4111-1111-1111-1111", "378282246310005"], &["4012888888881882", "4485275742308327"]);
        agrees(synthetic_npi, &["1234567893", "808401234567893"], &["1245319599"]);
    }

    #[test]
    fn ranges_for_fiction_are_known() {
        agrees(
            synthetic_phone,
            &["(212) 555-0123", "212-555-1212 x4", "+1 212 555 0199", "555-234-5678"],
            &["212-555-0200", "212-554-0123", "555-0123"],
        );
        agrees(
            synthetic_email,
            &["a@example.com", "a@mail.example.org", "a@b.test", "a@b.INVALID"],
            &["a@examples.com", "a@b.com", "example.com@b.org"],
        );
        agrees(synthetic_url, &["https://portal.example.com/p/1"], &["https://portal.clinic.org/example.com"]);
        agrees(synthetic_ip, &["203.0.113.7", "2001:db8::1"], &["203.0.114.7", "2001:4860::8888"]);
    }

    #[test]
    fn generated_names_end_in_numbers() {
        agrees(
            synthetic_person_name,
            &["Abe604", "Mr. Abe604 Frami345", "Frami345, Abe"],
            &["Abe Frami", "4th Street", "60"],
        );
    }
}
