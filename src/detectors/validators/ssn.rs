//! US Social Security number: the structural rules of the SSA (POMS RM 10201; randomization FAQ), no check digit.
//!
//! Areas that were unused before June 2011 are legal since. Single numbers that became public are refused one by one,
//! never by prefix: a prefix would hide real numbers beside them.

use super::digits;

/// Never valid although the structure is: a wallet card, a pamphlet, an advertisement; and the usual placeholder.
const NEVER_VALID: [u64; 4] = [78_051_120, 219_099_999, 457_555_462, 123_456_789];

/// Whether it can be an SSN. Seven or eight bare digits are a number whose leading zeros were lost.
pub fn us_ssn(value: &[u8]) -> bool {
    read(value).is_some_and(|(found, length)| is_given_out(&found, length))
}

/// The same, and the numbers that stand for one in test data: for a value whose field or label already says what it
/// is. What no system of any kind gives out (`000-`, `666-`, group 00, serial 0000) is refused here too.
pub fn us_ssn_or_test(value: &[u8]) -> bool {
    read(value).is_some()
}

/// Whether it is one of the numbers that stand for one in test data.
pub fn us_test_ssn(value: &[u8]) -> bool {
    read(value).is_some_and(|(found, length)| !is_given_out(&found, length))
}

fn is_given_out(found: &[u8; 9], length: usize) -> bool {
    let number = digits::number(&found[..length]);
    let typed = length == 9 && (digits::is_repdigit(found) || is_staircase(found));
    number / 1_000_000 < 900 && !typed && !NEVER_VALID.contains(&number)
}

/// The digits and their count, where area, group and serial are not those that are never given out.
fn read(value: &[u8]) -> Option<([u8; 9], usize)> {
    // Most are written in one way.
    let (found, length) = match digits::written_as(value, [0, 1, 2, 4, 5, 7, 8, 9, 10], b"000-00-0000") {
        Some(found) => (found, found.len()),
        None => digits::collect::<9>(value)?,
    };
    if length < 9 && (length < 7 || value.len() != length) {
        return None;
    }
    let number = digits::number(&found[..length]);
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    (area != 0 && area != 666 && group != 0 && serial != 0).then_some((found, length))
}

/// `111-22-3333` to `777-88-9999`: each part one digit, and each digit one more than the last.
fn is_staircase(found: &[u8]) -> bool {
    let (area, rest) = found.split_at(3);
    let (group, serial) = rest.split_at(2);
    [area, group, serial].iter().all(|part| digits::is_repdigit(part))
        && group[0] == area[0] + 1
        && serial[0] == group[0] + 1
}

#[cfg(test)]
mod tests {
    use super::{us_ssn, us_ssn_or_test};

    #[test]
    fn follows_the_published_rules() {
        for legal in ["536-90-4399", "536 90 4399", "536904399", "772-12-3456", "001-01-0001", "1010001", "123-45-6788"]
        {
            assert!(us_ssn(legal.as_bytes()), "{legal}");
        }
        for illegal in [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "123-00-4567",
            "123-45-0000",
            "078-05-1120",
            "219-09-9999",
            "457-55-5462",
            "987-65-4320",
            "123-45-6789",
            "999-70-1411",
            "111-11-1111",
            "555555555",
            "111-22-3333",
            "222334444",
            "78051120",
            "12-3456",
            "123456",
            "1234567890",
            "12a456789",
            "",
        ] {
            assert!(!us_ssn(illegal.as_bytes()), "{illegal}");
        }
    }

    #[test]
    fn a_label_lets_test_numbers_pass_but_not_impossible_ones() {
        for test in
            ["078-05-1120", "123-45-6789", "111-11-1111", "999-70-1411", "900-12-3456", "536-90-4399", "1010001"]
        {
            assert!(us_ssn_or_test(test.as_bytes()), "{test}");
        }
        for impossible in
            ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000", "000000000", "666666666", "12-3456"]
        {
            assert!(!us_ssn_or_test(impossible.as_bytes()), "{impossible}");
        }
    }

    #[test]
    fn neighbours_of_public_numbers_are_not_hidden() {
        assert!(us_ssn(b"078-05-1121"));
        assert!(us_ssn(b"219-09-9998"));
        assert!(us_ssn(b"457-55-5463"));
        assert!(us_ssn(b"111-22-3334") && us_ssn(b"123-45-9999") && us_ssn(b"111-33-5555"));
    }
}
