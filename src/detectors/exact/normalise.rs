//! The normal forms of identifiers, dates and names: how a value is written once case, separators and accents are gone.
//!
//! An index holds the digests of normal forms, so every change here needs a new [`NORMALISATION`]: an index of another
//! number is refused. Nothing allocates for identifiers, because every number of a scan passes through here.

use super::ExactKind;

/// Version of the normal forms.
pub const NORMALISATION: u16 = 1;
/// Most letters and digits of an identifier; a UUID has 32.
pub const MAX_SIGNIFICANT: usize = 32;
/// Fewest letters and digits of an identifier: shorter ones are found everywhere by chance.
pub const MIN_SIGNIFICANT: usize = 5;
/// Most bytes of an identifier as written, separators and leading zeros included.
pub const MAX_WRITTEN: usize = 40;

/// Separators inside an identifier. The place in this list is the bit in a set of separators.
pub(super) const SEPARATORS: &[u8; 6] = b"- ./_#";

/// Why a value is not indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing, or no letter and no digit.
    Empty,
    /// An identifier of fewer than five letters and digits, without leading zeros.
    Short,
    /// Longer than an identifier may be.
    Long,
    /// Not the form of its kind: an identifier without a digit or with other characters, a date that cannot be read.
    Form,
    /// A stand-in for no value: `N/A`, zeros, `123456789`.
    Placeholder,
}

/// The normal form of an identifier: upper-case letters and digits, no leading zeros where there are only digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NormalId {
    bytes: [u8; MAX_SIGNIFICANT],
    length: u8,
    /// Whether a letter is in it.
    pub has_letter: bool,
}

impl NormalId {
    /// Its letters and digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// The bit of a separator, 0 for anything else.
#[inline]
pub(super) fn separator_bit(byte: u8) -> u8 {
    SEPARATORS.iter().position(|separator| *separator == byte).map_or(0, |place| 1 << place)
}

/// The normal form of an identifier.
pub fn identifier(value: &[u8]) -> Result<NormalId, Refusal> {
    let value = value.trim_ascii();
    // A whole number that passed through floating point, as spreadsheets and data frames write it.
    let value = match value.strip_suffix(b".0") {
        Some(whole) if !whole.is_empty() && whole.iter().all(u8::is_ascii_digit) => whole,
        _ => value,
    };
    if value.len() > MAX_WRITTEN {
        return Err(Refusal::Long);
    }
    let mut normal = NormalId { bytes: [0; MAX_SIGNIFICANT], length: 0, has_letter: false };
    let (mut length, mut has_digit) = (0, false);
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    for byte in value {
        if !byte.is_ascii_alphanumeric() {
            if separator_bit(*byte) == 0 {
                return Err(Refusal::Form);
            }
            continue;
        }
        if length == 0 && *byte == b'0' && !has_letter {
            has_digit = true;
            continue;
        }
        let Some(place) = normal.bytes.get_mut(length) else { return Err(Refusal::Long) };
        *place = byte.to_ascii_uppercase();
        has_digit |= byte.is_ascii_digit();
        length += 1;
    }
    normal.length = length as u8;
    normal.has_letter = has_letter;
    match () {
        () if length == 0 && !has_digit => Err(Refusal::Empty),
        () if is_placeholder(normal.as_bytes()) => Err(Refusal::Placeholder),
        () if !has_digit => Err(Refusal::Form),
        () if length < MIN_SIGNIFICANT => Err(Refusal::Short),
        () => Ok(normal),
    }
}

/// What stands for no value: one character repeated, an ascending or descending run of digits, or a word for it.
fn is_placeholder(normal: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"NA",
        b"NAN",
        b"NULL",
        b"NONE",
        b"NIL",
        b"UNKNOWN",
        b"UNK",
        b"TEST",
        b"XXX",
        b"TBD",
        b"MISSING",
        b"DECLINED",
        b"REDACTED",
        b"INF",
    ];
    let steps = |step: fn(u8, u8) -> bool| normal.windows(2).all(|pair| step(pair[0], pair[1]));
    let digits = normal.iter().all(u8::is_ascii_digit);
    let next = |digit: u8| if digit == b'9' { b'0' } else { digit + 1 };
    normal.is_empty()
        || WORDS.contains(&normal)
        || (normal.len() > 1 && steps(|a, b| a == b))
        || (digits && normal.len() >= MIN_SIGNIFICANT && normal.windows(2).all(|pair| pair[1] == next(pair[0])))
        || (digits && normal.len() >= MIN_SIGNIFICANT && normal.windows(2).all(|pair| pair[0] == next(pair[1])))
}

/// The normal form of a value of a kind, written to `to`, which is emptied first.
pub fn normalise(kind: ExactKind, value: &[u8], to: &mut Vec<u8>) -> Result<(), Refusal> {
    to.clear();
    match kind {
        ExactKind::Id => to.extend_from_slice(identifier(value)?.as_bytes()),
        ExactKind::Date => {
            let trimmed = value.trim_ascii();
            if trimmed.is_empty() {
                return Err(Refusal::Empty);
            }
            let date = date(trimmed).ok_or(Refusal::Form)?;
            if matches!(&date, b"19000101" | b"19700101" | b"18991230" | b"18000101" | b"99991231") {
                return Err(Refusal::Placeholder);
            }
            to.extend_from_slice(&date);
        }
        ExactKind::Name => name(value, to)?,
    }
    Ok(())
}

/// A date as `YYYYMMDD`. Numbers alone are read as month, day, year, unless the first cannot be a month; a time behind
/// the date is left out; a year of two digits is no date.
pub fn date(value: &[u8]) -> Option<[u8; 8]> {
    if value.len() > 40 {
        return None;
    }
    let value = without_time(value);
    let mut parts: [&[u8]; 3] = [b""; 3];
    let mut count = 0;
    for part in value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let (year, month, day) = match (count, parts) {
        (1, [all, ..]) if all.len() == 8 => (number(&all[..4])?, number(&all[4..6])?, number(&all[6..])?),
        (3, [year, month, day]) if year.len() == 4 => (number(year)?, month_of(month)?, number(day)?),
        (3, [first, second, year]) if year.len() == 4 => {
            let year = number(year)?;
            if let Some(month) = named_month(first) {
                (year, month, number(second)?)
            } else if let Some(month) = named_month(second) {
                (year, month, number(first)?)
            } else {
                let (first, second) = (number(first)?, number(second)?);
                if first > 12 { (year, second, first) } else { (year, first, second) }
            }
        }
        _ => return None,
    };
    let month_of_year = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    time::Date::from_calendar_date(i32::try_from(year).ok()?, month_of_year, u8::try_from(day).ok()?).ok()?;
    if year < 1800 {
        return None;
    }
    let mut normal = [0; 8];
    let mut rest = year * 10_000 + month * 100 + day;
    for place in normal.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    Some(normal)
}

/// What stands before `T12:30:00` or ` 12:30`.
fn without_time(value: &[u8]) -> &[u8] {
    let Some(colon) = value.iter().position(|byte| *byte == b':') else { return value };
    let hour = value[..colon].iter().rposition(|byte| !byte.is_ascii_digit());
    hour.map_or(value, |end| &value[..end])
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

fn month_of(text: &[u8]) -> Option<u32> {
    number(text).or_else(|| named_month(text))
}

/// The month that a text names, wholly or by its first letters, from 1.
pub(in crate::detectors) fn named_month(text: &[u8]) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if text.len() < 3 {
        return None;
    }
    let is_month = |month: &&str| {
        month.len() >= text.len() && month.as_bytes()[..text.len()].eq_ignore_ascii_case(text)
            || text.eq_ignore_ascii_case(b"sept") && month.starts_with("sept")
    };
    MONTHS.iter().position(is_month).map(|place| place as u32 + 1)
}

/// A name in upper case without accents and punctuation, its words in their natural order (`SMITH, JOHN` is
/// `JOHN SMITH`), without titles behind it.
fn name(value: &[u8], to: &mut Vec<u8>) -> Result<(), Refusal> {
    const MAX_NAME: usize = 100;
    let text = std::str::from_utf8(value).map_err(|_| Refusal::Form)?.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.len() > MAX_NAME {
        return Err(Refusal::Long);
    }
    let (family, given) = text.split_once(',').unwrap_or((text, ""));
    for part in [given, family] {
        let start = to.len();
        fold_words(part, to);
        drop_titles(start, to);
    }
    to.pop_if(|last| *last == b' ');
    match () {
        () if to.is_empty() => Err(Refusal::Empty),
        () if is_placeholder(to) => Err(Refusal::Placeholder),
        () if to.iter().any(u8::is_ascii_digit) => Err(Refusal::Form),
        () if to.len() < 2 => Err(Refusal::Short),
        () => Ok(()),
    }
}

/// Appends the words of `text`, each followed by a space.
fn fold_words(text: &str, to: &mut Vec<u8>) {
    let start = to.len();
    for character in text.chars() {
        match character {
            '\'' | '\u{2019}' | '`' | '.' | '/' | '\u{300}'..='\u{36f}' => {}
            _ if character.is_alphanumeric() => {
                let mut encoded = [0; 4];
                for upper in character.to_uppercase() {
                    to.extend_from_slice(without_accent(upper).unwrap_or(upper.encode_utf8(&mut encoded)).as_bytes());
                }
            }
            // Hyphens and spaces part words.
            _ if to.len() > start && to.last() != Some(&b' ') => to.push(b' '),
            _ => {}
        }
    }
    if to.len() > start && to.last() != Some(&b' ') {
        to.push(b' ');
    }
}

/// Drops words that stand behind a name and are none, from the part of it that begins at `start`.
fn drop_titles(start: usize, to: &mut Vec<u8>) {
    const TITLES: &[&[u8]] = &[b"JR ", b"SR ", b"II ", b"III ", b"IV ", b"MD ", b"PHD ", b"RN "];
    let is_last = |title: &&&[u8], part: &[u8]| {
        part.strip_suffix(**title).is_some_and(|rest| rest.is_empty() || rest.ends_with(b" "))
    };
    while let Some(title) = TITLES.iter().find(|title| is_last(title, &to[start..])) {
        to.truncate(to.len() - title.len());
    }
}

/// The plain letter of an accented upper-case one of Latin-1 and Latin Extended-A.
fn without_accent(letter: char) -> Option<&'static str> {
    Some(match letter {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'Æ' => "AE",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'Ð' | 'Ď' | 'Đ' => "D",
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'Ĥ' | 'Ħ' => "H",
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'Ĵ' => "J",
        'Ķ' => "K",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => "N",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => "O",
        'Œ' => "OE",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' => "S",
        'Þ' => "TH",
        'Ţ' | 'Ť' | 'Ŧ' => "T",
        'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => "U",
        'Ŵ' => "W",
        'Ý' | 'Ŷ' | 'Ÿ' => "Y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(kind: ExactKind, value: &str) -> Result<String, Refusal> {
        let mut to = Vec::new();
        normalise(kind, value.as_bytes(), &mut to).map(|()| String::from_utf8(to).unwrap())
    }

    #[test]
    fn identifiers_lose_case_separators_and_leading_zeros() {
        for (written, expected) in [
            ("4471920", Ok("4471920")),
            ("0004471920", Ok("4471920")),
            ("44-71-920", Ok("4471920")),
            (" 4471920.0 ", Ok("4471920")),
            ("mr-44_71920", Ok("MR4471920")),
            ("MR#0044/71.920", Ok("MR004471920")),
            ("00A4471", Ok("00A4471")),
            ("6f9619ff-8b86-d011-b42d-00c04fc964ff", Ok("6F9619FF8B86D011B42D00C04FC964FF")),
            ("0004471", Err(Refusal::Short)),
            ("A123", Err(Refusal::Short)),
            ("", Err(Refusal::Empty)),
            ("--", Err(Refusal::Empty)),
            ("0000000", Err(Refusal::Placeholder)),
            ("9999999", Err(Refusal::Placeholder)),
            ("123456789", Err(Refusal::Placeholder)),
            ("1234567890", Err(Refusal::Placeholder)),
            ("0123456789", Err(Refusal::Placeholder)),
            ("987654321", Err(Refusal::Placeholder)),
            ("N/A", Err(Refusal::Placeholder)),
            ("unknown", Err(Refusal::Placeholder)),
            ("SMITH", Err(Refusal::Form)),
            ("4471920;5", Err(Refusal::Form)),
            ("4471é920", Err(Refusal::Form)),
            ("123456789012345678901234567890123", Err(Refusal::Long)),
            ("00000000000000000000000000000000004471920", Err(Refusal::Long)),
        ] {
            assert_eq!(normal(ExactKind::Id, written), expected.map(str::to_owned), "{written}");
        }
    }

    #[test]
    fn dates_are_read_in_their_usual_forms() {
        for (written, expected) in [
            ("1980-02-03", Ok("19800203")),
            ("1980/2/3", Ok("19800203")),
            ("19800203", Ok("19800203")),
            ("02/03/1980", Ok("19800203")),
            ("2-3-1980", Ok("19800203")),
            ("23.02.1980", Ok("19800223")),
            ("Feb 3, 1980", Ok("19800203")),
            ("3 February 1980", Ok("19800203")),
            ("03-FEB-1980", Ok("19800203")),
            ("1980-02-03T00:00:00Z", Ok("19800203")),
            ("1980-02-03 12:30:01.5", Ok("19800203")),
            ("02/30/1980", Err(Refusal::Form)),
            ("2/3/80", Err(Refusal::Form)),
            ("1980", Err(Refusal::Form)),
            ("", Err(Refusal::Empty)),
            ("1900-01-01", Err(Refusal::Placeholder)),
        ] {
            assert_eq!(normal(ExactKind::Date, written), expected.map(str::to_owned), "{written}");
        }
    }

    #[test]
    fn names_lose_case_accents_punctuation_and_titles() {
        for (written, expected) in [
            ("O'Brien", Ok("OBRIEN")),
            ("o\u{2019}brien", Ok("OBRIEN")),
            ("Müller-Lüdenscheidt", Ok("MULLER LUDENSCHEIDT")),
            ("Mu\u{308}ller", Ok("MULLER")),
            ("Straße", Ok("STRASSE")),
            ("SMITH, John A. Jr.", Ok("JOHN A SMITH")),
            ("Smith Jr., John", Ok("JOHN SMITH")),
            ("Smith, M.D.", Ok("SMITH")),
            ("John Smith, ", Ok("JOHN SMITH")),
            ("John Smith III", Ok("JOHN SMITH")),
            ("李小龍", Ok("李小龍")),
            ("N/A", Err(Refusal::Placeholder)),
            ("unknown", Err(Refusal::Placeholder)),
            ("X", Err(Refusal::Short)),
            ("Agent 47", Err(Refusal::Form)),
            ("", Err(Refusal::Empty)),
        ] {
            assert_eq!(normal(ExactKind::Name, written), expected.map(str::to_owned), "{written}");
        }
    }
}
