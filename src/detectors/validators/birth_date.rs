//! Date of birth: a calendar date that a living or recently living person can have been born on, as people and
//! systems write it. A time of day after it is ignored.

use super::digits;

const FIRST_YEAR: u64 = 1895;
const LAST_YEAR: u64 = 2027;
/// The first day of the first year and the last one of the last, counted from 1970.
const FIRST_DAY: i64 = -27_393;
const LAST_DAY: i64 = 21_183;
/// How the names of months begin, with their place in the year: in English, Spanish and French. A letter with an accent has two
/// bytes. `jui` is June or July; either has the days of a July.
const MONTHS: [(&[u8; 3], u64); 22] = [
    (b"jan", 1),
    (b"feb", 2),
    (b"mar", 3),
    (b"apr", 4),
    (b"may", 5),
    (b"jun", 6),
    (b"jul", 7),
    (b"aug", 8),
    (b"sep", 9),
    (b"oct", 10),
    (b"nov", 11),
    (b"dec", 12),
    (b"ene", 1),
    (b"abr", 4),
    (b"ago", 8),
    (b"dic", 12),
    (b"f\xc3\xa9", 2),
    (b"avr", 4),
    (b"mai", 5),
    (b"jui", 7),
    (b"ao\xc3", 8),
    (b"d\xc3\xa9", 12),
];

/// One part of a written date.
#[derive(Clone, Copy)]
enum Part {
    /// Digits, with their count.
    Number(u64, usize),
    /// A month by name, 1 to 12.
    Month(u64),
}

/// Whether it is a plausible date: ISO, month or day first, two-digit years, month names, eight digits, or the number of a
/// day or of the second or millisecond at which one begins.
pub fn date_of_birth(value: &[u8]) -> bool {
    match day_number(value) {
        Some(day) => is_day_of_birth(day),
        None => year_of_birth(value).is_some() || is_moment_of_birth(value),
    }
}

/// Whether it counts the seconds or milliseconds since 1970 to the beginning of a day, in any time zone.
fn is_moment_of_birth(value: &[u8]) -> bool {
    const HALF_AN_HOUR: i64 = 1_800;
    const DAY: i64 = 86_400;
    const FEWEST_DIGITS: usize = 6;
    const MOST_DIGITS: usize = 13;
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let is_number = (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] != b'0'
        && (digits.len() > 8 || digits.len() < value.len());
    if !is_number {
        return false;
    }
    let number = digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let number = if digits.len() < value.len() { -number } else { number };
    let is_moment =
        |seconds: i64| seconds % HALF_AN_HOUR == 0 && (FIRST_DAY..=LAST_DAY).contains(&seconds.div_euclid(DAY));
    is_moment(number) || (number % 1_000 == 0 && is_moment(number / 1_000))
}

/// The year of such a date, with its century; none for the number of a day.
pub fn year_of_birth(value: &[u8]) -> Option<u64> {
    // Most are written in one way.
    if let Some(found) = digits::written_as(value, [0, 1, 2, 3, 5, 6, 8, 9], b"0000-00-00") {
        let (year, month, day) = (&found[..4], &found[4..6], &found[6..]);
        let year = digits::number(year);
        return is_date(year, digits::number(month), digits::number(day)).then_some(year);
    }
    year_of_written(value)
}

/// The same, however it is written.
fn year_of_written(value: &[u8]) -> Option<u64> {
    let mut parts = [Part::Number(0, 0); 3];
    let mut count = 0;
    let mut rest = value;
    while count < 3 {
        let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
        let Some(start) = rest.iter().position(|byte| byte.is_ascii_digit() || is_letter(byte)) else { break };
        rest = &rest[start..];
        let is_digit = rest[0].is_ascii_digit();
        let same = |byte: &u8| if is_digit { byte.is_ascii_digit() } else { is_letter(byte) };
        let (word, after) = rest.split_at(rest.iter().position(|byte| !same(byte)).unwrap_or(rest.len()));
        rest = after;
        if is_ordinal_suffix(word) && count > 0 || is_weekday(word) && count == 0 {
            continue;
        }
        parts[count] = part(word)?;
        count += 1;
        if count == 1 && matches!(parts[0], Part::Number(_, 8 | 12 | 14)) {
            break;
        }
    }
    let of = |year: u64, month, day| is_date(year, month, day).then_some(year);
    match (&parts[..count], parts) {
        ([Part::Number(number, length @ (8 | 12 | 14))], _) => {
            let date = number / 10_u64.pow(*length as u32 - 8);
            let (first, second, year) = (date / 1_000_000, date / 10_000 % 100, date % 10_000);
            of(date / 10_000, date / 100 % 100, date % 100)
                .or_else(|| of(year, first, second))
                .or_else(|| of(year, second, first))
        }
        (_, [Part::Number(year, 4), Part::Number(month, 1 | 2), Part::Number(day, 1 | 2)]) => of(year, month, day),
        (_, [Part::Number(year, 4), Part::Month(month), Part::Number(day, 1 | 2)]) => of(year, month, day),
        (_, [Part::Number(day, 1 | 2), Part::Month(month), Part::Number(year, 2 | 4)]) => of(full(year), month, day),
        (_, [Part::Month(month), Part::Number(day, 1 | 2), Part::Number(year, 2 | 4)]) => of(full(year), month, day),
        (_, [Part::Number(first, 1 | 2), Part::Number(second, 1 | 2), Part::Number(year, 2 | 4)]) => {
            of(full(year), first, second).or_else(|| of(full(year), second, first))
        }
        _ => None,
    }
}

/// A whole number of four or five digits, or one below zero.
fn day_number(value: &[u8]) -> Option<i64> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let is_negative = digits.len() < value.len();
    let is_number = (if is_negative { 1 } else { 4 }..=5).contains(&digits.len()) && digits[0] != b'0';
    if !is_number || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(if is_negative { -number } else { number })
}

/// Whether it counts the days since 1970, or those of a spreadsheet since 1900, to a day of birth. A number that is a year
/// is taken for one.
fn is_day_of_birth(day: i64) -> bool {
    const LAST_SPREADSHEET_DAY: i64 = 46_752;
    let is_year = (FIRST_YEAR as i64..=LAST_YEAR as i64).contains(&day);
    (FIRST_DAY..=LAST_SPREADSHEET_DAY).contains(&day) && !is_year
}

fn part(word: &[u8]) -> Option<Part> {
    if word[0].is_ascii_digit() {
        let number = word.iter().fold(0_u64, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
        return (word.len() <= 14).then_some(Part::Number(number, word.len()));
    }
    let name = word.get(..3)?;
    let (_, month) = MONTHS.iter().find(|(month, _)| month.eq_ignore_ascii_case(name))?;
    (word.len() <= 10).then_some(Part::Month(*month))
}

fn is_weekday(word: &[u8]) -> bool {
    const SHORT: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    (word.len() > 3 && word[word.len() - 3..].eq_ignore_ascii_case(b"day"))
        || SHORT.iter().any(|day| day.eq_ignore_ascii_case(word))
}

/// What may stand between a day, a month and a year: `4th of March`, `4 de marzo de 1985`.
fn is_ordinal_suffix(word: &[u8]) -> bool {
    [&b"st"[..], b"nd", b"rd", b"th", b"of", b"de", b"del", b"er"]
        .iter()
        .any(|suffix| suffix.eq_ignore_ascii_case(word))
}

/// The century of a two-digit year does not matter here: any leads to a plausible year.
fn full(year: u64) -> u64 {
    if year < 100 { year + 1900 + if year <= LAST_YEAR % 100 { 100 } else { 0 } } else { year }
}

fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (FIRST_YEAR..=LAST_YEAR).contains(&year) && day >= 1 && day <= days
}

#[cfg(test)]
mod tests {
    use super::date_of_birth;

    #[test]
    fn dates_as_they_are_written() {
        for valid in [
            "1980-01-02",
            "1980/1/2",
            "01/02/1980",
            "1/2/80",
            "1-2-1980",
            "25.12.1980",
            "2-Jan-1980",
            "02 January 1980",
            "Jan 2, 1980",
            "January 2nd, 1980",
            "19800102",
            "19800102123000",
            "1980-01-02T00:00:00Z",
            "2000-02-29",
            "1980-01-02 10:11:12.5",
            "12/31/99",
            "02JAN1980",
            "1/2/05",
            "4th of March 1985",
            "4 de marzo de 1985",
            "1er ao\u{fb}t 1985",
            "4 f\u{e9}vrier 1985",
            "Monday, March 4, 1985",
            "3/4/'85",
            "03 / 04 / 1985",
            "31264",
            "5541",
            "-8002",
            "315619200",
            "-505958400",
            "958694400000",
            "-505958400000",
        ] {
            assert!(date_of_birth(valid.as_bytes()), "{valid}");
        }
    }

    #[test]
    fn impossible_and_implausible_dates() {
        for invalid in [
            "1980-13-01",
            "1980-02-30",
            "1900-02-29",
            "1850-01-01",
            "2099-01-01",
            "00/00/0000",
            "1980",
            "99999",
            "-32000",
            "0512",
            "1980-01",
            "0000-00-00",
            "12345678",
            "19801332",
            "x",
            "",
            "31/31/1980",
            "1.2.3.4",
            "Foo 2, 1980",
            "123456789",
            "315619201",
            "2000000000000",
            "36000000",
        ] {
            assert!(!date_of_birth(invalid.as_bytes()), "{invalid}");
        }
    }
}
