//! Numbers that an organisation gives out in a form of its own: of a medical record, a member, an account.
//!
//! They have no published structure. What can be said is what they are not: dates, placeholders, words.

/// Whether it can be a medical record number: at least four digits, at most twenty characters, or a UUID.
pub fn mrn(value: &[u8]) -> bool {
    (is_number_of(value, 4, 4) && !is_written_phone(value) && !is_written_ssn(value))
        || is_uuid(value)
        || is_in_pairs(value)
}

/// Three pairs of digits, as charts are filed by their last ones: `14-06-89`. Some of them look like dates.
fn is_in_pairs(value: &[u8]) -> bool {
    let digits = |pair: &[u8]| pair.len() == 2 && pair.iter().all(u8::is_ascii_digit);
    value.len() == 8 && value.split(|byte| *byte == b'-').all(digits) && is_varied(value)
}

/// Three groups of digits as telephone numbers have them: `212-555-0134`.
fn is_written_phone(value: &[u8]) -> bool {
    matches!(value, [_, _, _, b'-', _, _, _, b'-', _, _, _, _]) && super::phone::us_phone(value)
}

/// The form of a Social Security number, which a document may name beside the record's: `412-55-7731`.
fn is_written_ssn(value: &[u8]) -> bool {
    matches!(value, [_, _, _, b'-', _, _, b'-', _, _, _, _]) && super::ssn::us_ssn(value)
}

/// Whether it can be the number of a health plan's member: at least six characters with at least four digits.
pub fn member_id(value: &[u8]) -> bool {
    // Those of Medicare have a detector of their own.
    is_number_of(value, 6, 4) && !is_hash(value) && !is_span_of_years(value) && !super::mbi::us_mbi(value)
}

/// Sixteen digits or more to the base of sixteen, with small letters: members of clusters have such names.
fn is_hash(value: &[u8]) -> bool {
    value.len() >= 16
        && value.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && value.iter().any(u8::is_ascii_lowercase)
}

/// Whether it can be the number of an account: at least six digits, or four behind letters (`LP-8895`).
pub fn account_number(value: &[u8]) -> bool {
    // The account of a cloud that is billed: `012345-6789AB-CDEF01`.
    let mut groups = value.split(|byte| *byte == b'-');
    if value.len() == 20 && groups.all(|group| group.len() == 6 && group.iter().all(u8::is_ascii_hexdigit)) {
        return false;
    }
    let digits = if value.first().is_some_and(u8::is_ascii_uppercase) { 4 } else { 6 };
    is_number_of(value, 6, digits)
}

/// Whether it can be the number of a person in some system: two digits or more, or a UUID.
pub fn record_id(value: &[u8]) -> bool {
    is_uuid(value) || is_number_of(value, 2, 2)
}

/// By its length and hyphens, and not all zeros.
fn is_uuid(value: &[u8]) -> bool {
    const UUID_LENGTH: usize = 36;
    value.len() == UUID_LENGTH
        && value.iter().filter(|byte| **byte == b'-').count() == 4
        && value.iter().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Whether it can be the number of a claim or a group: at least four digits, a sign before it allowed. Months have such a
/// form too: files are called `claims-2026-07`.
pub fn claim_number(value: &[u8]) -> bool {
    let is_month = value.len() == 7 && matches!(value, [b'1' | b'2', b'9' | b'0', _, _, b'-', b'0' | b'1', _]);
    !is_month && is_number_of(value.strip_prefix(b"-").unwrap_or(value), 5, 4)
}

/// A number without the two letters of a state before it: `TX RRG-1893`.
pub(super) fn without_state(value: &[u8]) -> &[u8] {
    const MIN_LENGTH: usize = 8;
    match value {
        [one, two, b' ', rest @ ..]
            if value.len() >= MIN_LENGTH && one.is_ascii_uppercase() && two.is_ascii_uppercase() =>
        {
            rest
        }
        _ => value,
    }
}

/// Whether it can be the plate of a car: four to eight letters and digits, not the same one again and again.
pub fn license_plate(value: &[u8]) -> bool {
    let value = without_state(value);
    let places = || value.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let first = places().next();
    (4..=8).contains(&places().count())
        && places().any(u8::is_ascii_digit)
        && places().any(|place| Some(place) != first)
        && !is_written_date(value)
}

/// Weaknesses of software have numbers of such a form, and stand behind words for numbers: `CVE-2024-38669`.
fn is_number_of(value: &[u8], min_length: usize, min_digits: usize) -> bool {
    const MAX_LENGTH: usize = 20;
    if value.len() < min_length || value.len() > MAX_LENGTH || value.starts_with(b"CVE-") || is_literal(value) {
        return false;
    }
    let marks = Marks::of(value);
    marks.digits >= min_digits && is_varied(value) && !marks.tell_date(value) && !is_placeholder(value)
}

/// A number of a program, to the base of sixteen: `0x150d`.
fn is_literal(value: &[u8]) -> bool {
    matches!(value, [b'0', b'x' | b'X', rest @ ..] if rest.iter().all(u8::is_ascii_hexdigit))
}

/// Whether it is neither a written date nor digits that fill a box.
pub(super) fn is_no_filler(value: &[u8]) -> bool {
    is_varied(value) && !is_written_date(value) && !is_placeholder(value)
}

/// `2024-2025`, which stands behind names of plans.
fn is_span_of_years(value: &[u8]) -> bool {
    let is_year = |year: &[u8]| {
        year.len() == 4 && matches!(year, [b'1', b'9', ..] | [b'2', b'0', ..]) && year.iter().all(u8::is_ascii_digit)
    };
    value.len() == 9 && value[4] == b'-' && is_year(&value[..4]) && is_year(&value[5..]) && value[..4] <= value[5..]
}

/// Whether it has two different digits.
fn is_varied(value: &[u8]) -> bool {
    let mut digits = value.iter().filter(|byte| byte.is_ascii_digit());
    let first = digits.next();
    digits.any(|digit| Some(digit) != first)
}

/// A date with separators, or a time. Eight bare digits may well be a number.
fn is_written_date(value: &[u8]) -> bool {
    Marks::of(value).tell_date(value)
}

/// How many digits, borders between parts of a date and colons a value has.
#[derive(Debug, PartialEq, Eq)]
struct Marks {
    digits: usize,
    borders: usize,
    colons: usize,
}

impl Marks {
    /// Counted together, in fields of one number.
    #[inline]
    fn of(value: &[u8]) -> Self {
        const FIELD: u64 = 20;
        const COUNTS: [u64; 256] = {
            let mut counts = [0; 256];
            let mut byte = 0;
            while byte < 256 {
                counts[byte] = match byte as u8 {
                    b'0'..=b'9' => 1,
                    b'-' | b'/' | b'.' => 1 << FIELD,
                    b':' => 1 << (2 * FIELD),
                    _ => 0,
                };
                byte += 1;
            }
            counts
        };
        static OF_BYTE: [u64; 256] = COUNTS;
        // What is longer than a field counts is no number, and no date.
        let value = &value[..value.len().min((1 << FIELD) - 1)];
        let sum = value.iter().fold(0, |sum, byte| sum + OF_BYTE[usize::from(*byte)]);
        let field = |place: u64| (sum >> (place * FIELD)) as usize & ((1 << FIELD) - 1);
        Self { digits: field(0), borders: field(1), colons: field(2) }
    }

    fn tell_date(&self, value: &[u8]) -> bool {
        self.colons > 0 || (self.borders == 2 && super::birth_date::date_of_birth(value))
    }
}

/// The digits that people type to fill a box: each one more than the last.
fn is_placeholder(value: &[u8]) -> bool {
    let follows = |pair: &[u8]| pair[1] == if pair[0] == b'9' { b'0' } else { pair[0] + 1 };
    value.iter().all(u8::is_ascii_digit) && value.windows(2).all(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_and_dates_and_fillers_do_not() {
        for valid in ["00482913", "MR-4471920", "A1047", "4471-9920", "20010203", "14-06-89"] {
            assert!(mrn(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "123",
            "0000000",
            "111111",
            "2024-01-15",
            "01/15/2024",
            "12:30:45",
            "abcdef",
            "",
            "123456789",
            "012345678901",
            "CVE-2024-38669",
            "614-555-0134",
            "412-55-7731",
        ] {
            assert!(!mrn(invalid.as_bytes()), "{invalid}");
        }
        assert!(!mrn(b"123456789012345678901"));
    }

    #[test]
    fn ids_claims_and_plates() {
        assert!(!member_id(b"2024-2025") && member_id(b"2031-1945") && mrn(b"2024-2025"));
        assert!(record_id(b"100447") && record_id(b"6b8f1f0e-2c1d-4f7a-9f3e-0a1b2c3d4e5f") && record_id(b"S-1047"));
        assert!(!record_id(b"7") && !record_id(b"00000000-0000-0000-0000-000000000000") && !record_id(b"abc"));
        assert!(claim_number(b"-100001674") && claim_number(b"CLM-2024881") && !claim_number(b"1234"));
        assert!(license_plate(b"8XYZ123") && license_plate(b"ABC 1234") && license_plate(b"1234"));
        assert!(license_plate(b"TX RRG-1893") && !license_plate(b"TX RRG-ABCD"));
        assert!(!license_plate(b"ABCDEF") && !license_plate(b"123") && !license_plate(b"0000") && !license_plate(b""));
    }

    #[test]
    fn each_asks_for_its_own_length() {
        assert!(member_id(b"XYZ7714") && member_id(b"W20984417"));
        assert!(!member_id(b"3f2a9c1db04e77a1"));
        assert!(!member_id(b"X7714") && !member_id(b"ABCDEFG12"));
        assert!(!account_number(b"012345-6789AB-CDEF01") && !mrn(b"0x150d4471") && !record_id(b"0x150d"));
        assert!(account_number(b"884201937") && account_number(b"AC-884201"));
        assert!(!account_number(b"88420") && !account_number(b"ABC-884") && account_number(b"LP-8895"));
    }
}
