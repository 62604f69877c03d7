//! US Social Security number: the structural rules of the SSA (POMS RM 10201; randomization FAQ), no check digit.
//!
//! Areas that were unused before June 2011 are legal since. Single numbers that became public are refused one by one,
//! never by prefix: a prefix would hide real numbers beside them.

use super::digits;

/// Never valid although the structure is: a wallet card, a pamphlet, an advertisement; and the usual placeholder.
const NEVER_VALID: [u64; 4] = [78_051_120, 219_099_999, 457_555_462, 123_456_789];

/// Whether it can be an SSN. Seven or eight bare digits are a number whose leading zeros were lost.
pub fn us_ssn(value: &[u8]) -> bool {
    let Some((found, length)) = digits::collect::<9>(value) else { return false };
    if length < 9 && (length < 7 || value.len() != length) {
        return false;
    }
    let found = &found[..length];
    let number = digits::number(found);
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    let assigned = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    let typed = length == 9 && (digits::is_repdigit(found) || is_staircase(found));
    assigned && !typed && !NEVER_VALID.contains(&number)
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
    use super::us_ssn;

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
    fn neighbours_of_public_numbers_are_not_hidden() {
        assert!(us_ssn(b"078-05-1121"));
        assert!(us_ssn(b"219-09-9998"));
        assert!(us_ssn(b"457-55-5463"));
        assert!(us_ssn(b"111-22-3334") && us_ssn(b"123-45-9999") && us_ssn(b"111-33-5555"));
    }
}
