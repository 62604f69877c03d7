//! Looking around in a column's bytes: what a token begins with, whether a number goes on, where a list goes on.

use super::labels::is_item_letter;
use super::tokens::is_joint;
use crate::model::Column;
use std::ops::Range;

/// The first eight bytes of the token at `start`, the first one lowest, zeros past the end of the column.
#[inline]
pub(super) fn leading_bytes(bytes: &[u8], start: usize) -> u64 {
    match bytes[start..].first_chunk::<8>() {
        Some(head) => u64::from_le_bytes(*head),
        None => bytes[start..].iter().rev().fold(0, |head, byte| head << 8 | u64::from(*byte)),
    }
}

/// The longest text that [`packed`] packs, bytes.
pub(super) const MAX_PACKED: usize = 15;

/// A text of 1 to [`MAX_PACKED`] bytes as one number, which no other text has; never zero.
#[inline]
pub(super) fn packed(text: &[u8]) -> u128 {
    let (low, high) = packed_halves(text);
    u128::from(low) | u128::from(high) << 64 | (text.len() as u128) << 120
}

/// The same of the text in lower case.
#[inline]
pub(super) fn packed_lower(text: &[u8]) -> u128 {
    let (low, high) = packed_halves(text);
    u128::from(ascii_lower(low)) | u128::from(ascii_lower(high)) << 64 | (text.len() as u128) << 120
}

/// The first eight bytes and those after them, the first one of each lowest, zeros where the text has ended. Reads whole
/// words that overlap, since a copy of a few bytes costs more.
#[inline]
fn packed_halves(text: &[u8]) -> (u64, u64) {
    let length = text.len();
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        let rest = 8 * (length.min(MAX_PACKED) - 8) as u32;
        return (first, last.checked_shr(64 - rest).unwrap_or(0));
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return (u64::from(first) | u64::from(last) << (8 * (length - 4)), 0);
    }
    let byte = |place: usize| text.get(place).map_or(0, |byte| u64::from(*byte) << (8 * place));
    (byte(0) | byte(1) | byte(2), 0)
}

/// Eight bytes with the capitals of ASCII in lower case.
#[inline]
pub(super) fn ascii_lower(bytes: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = bytes & (EACH * 0x7f);
    let from_a = low + EACH * (0x80 - b'A' as u64);
    let behind_z = low + EACH * (0x7f - b'Z' as u64);
    bytes | ((from_a ^ behind_z) & !bytes & (EACH << 7)) >> 2
}

/// Where the next item of a list begins that goes on at `end` with a comma, a semicolon, a slash or a word. Remarks may stand
/// between the items if they are codes: `E11.9 type 2 diabetes; I10 (hypertension)`.
pub(super) fn next_list_item(bytes: &[u8], end: usize, limit: usize, has_remarks: bool) -> Option<usize> {
    const MAX_REMARK_BYTES: usize = 80;
    let is_joint = |byte: &u8| matches!(byte, b',' | b';' | b'/' | b'|');
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let end = end + usize::from(is_quote(bytes[..limit].get(end)));
    // `99214-25, 20610`
    let has_modifier = has_remarks
        && matches!(bytes[end..limit], [b'-', one, two, b',' | b';' | b' ', ..]
            if one.is_ascii_alphanumeric() && two.is_ascii_alphanumeric());
    let end = end + if has_modifier { 3 } else { 0 };
    let rest = &bytes[end..limit];
    if let Some(word) =
        [b" and ".as_slice(), b" or ", b" & ", b" vs ", b" vs. "].into_iter().find(|word| rest.starts_with(word))
    {
        return Some(end + word.len());
    }
    // `A. M5450  B. H35431`
    if has_remarks {
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        if blanks > 0 && rest.len() > blanks && is_item_letter(&rest[blanks..=blanks], &rest[blanks + 1..]) {
            return Some(end + blanks + 3);
        }
    }
    let joint = match rest.first()? {
        byte if is_joint(byte) => 0,
        b' ' if has_remarks => rest.iter().take(MAX_REMARK_BYTES).position(is_joint)?,
        _ => return None,
    };
    let after = &rest[joint + 1..];
    let blanks = after.iter().take_while(|byte| **byte == b' ').count();
    let word = if after[blanks..].starts_with(b"and ") { b"and ".len() } else { 0 };
    let mut next = end + joint + 1 + blanks + word;
    next += usize::from(is_quote(bytes[..limit].get(next)));
    (next < limit).then_some(next)
}

/// The parts of a value between `;`, `|` and `,`, trimmed; none if there is only one.
pub(super) fn list_items(column: &Column, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let is_border = |byte: u8| matches!(byte, b';' | b'|' | b',');
    let borders = range.clone().filter(move |at| is_border(column.bytes[*at]));
    let is_list = borders.clone().next().is_some();
    let mut start = range.start;
    let items = borders.chain(std::iter::once(range.end)).map(move |border| {
        let item = start..border;
        start = border + 1;
        trimmed(column, item)
    });
    items.filter(move |item| is_list && !item.is_empty())
}

/// The range without blanks and quotes around it.
#[inline]
pub(super) fn trimmed(column: &Column, range: Range<usize>) -> Range<usize> {
    // Most values have nothing around them.
    match column.bytes[range.clone()] {
        [first, .., last] if !is_outside(first) && !is_outside(last) => range,
        _ => trimmed_off(column, range),
    }
}

#[inline]
fn is_outside(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'')
}

fn trimmed_off(column: &Column, range: Range<usize>) -> Range<usize> {
    let bytes = &column.bytes[range.clone()];
    let skipped = bytes.iter().take_while(|byte| is_outside(**byte)).count();
    let trailing = bytes[skipped..].iter().rev().take_while(|byte| is_outside(**byte)).count();
    range.start + skipped..range.end - trailing
}

/// Whether the number that ends at `end` goes on: `123-45-6789.0`.
#[inline]
pub(super) fn is_joined_after(bytes: &[u8], end: usize) -> bool {
    bytes.get(end).is_some_and(|byte| is_joint(*byte))
        && bytes[end - 1].is_ascii_digit()
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
}

/// Whether groups of digits with blanks between them go on before or after: a row of numbers, not one that is written in groups.
pub(super) fn is_in_number_row(bytes: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let blank = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b' ');
    let before = || blank(start.checked_sub(1)) && digit(start.checked_sub(2));
    let after = blank(Some(end)) && digit(Some(end + 1));
    let is_spaced = || bytes[start..end].iter().all(|byte| byte.is_ascii_digit() || *byte == b' ');
    (after || before()) && is_spaced() && bytes[start..end].contains(&b' ')
}

/// The range without the `.0` that programs add to whole numbers of a column with gaps.
pub(super) fn without_zero_fraction(column: &Column, range: Range<usize>) -> Range<usize> {
    match zero_fraction(&column.bytes[range.clone()]) {
        Some((whole, 1)) => range.start..range.start + whole,
        _ => range,
    }
}

/// Fractions of the numbers in a column.
#[derive(Default)]
pub(super) struct Fractions {
    /// Whether all of them are zero; asked for once, and only where a number has two places or more.
    are_zero: Option<bool>,
}

impl Fractions {
    /// The range without a fraction of zeros. Where it has the places of an amount (`.00`), the whole column has to be without
    /// cents: it is a number of that type, and no price.
    pub(super) fn cut(&mut self, column: &Column, range: Range<usize>) -> Range<usize> {
        match zero_fraction(&column.bytes[range.clone()]) {
            Some((whole, 1)) => range.start..range.start + whole,
            Some((whole, _)) if *self.are_zero.get_or_insert_with(|| all_are_whole(column)) => {
                range.start..range.start + whole
            }
            _ => range,
        }
    }
}

/// Digits before a fraction of zeros, and the zeros.
fn zero_fraction(value: &[u8]) -> Option<(usize, usize)> {
    const MIN_DIGITS: usize = 4;
    // Most numbers have none.
    if value.last() != Some(&b'0') {
        return None;
    }
    let whole = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let zeros = value[whole..].strip_prefix(b".")?;
    let is_zero = whole >= MIN_DIGITS && !zeros.is_empty() && zeros.iter().all(|byte| *byte == b'0');
    is_zero.then_some((whole, zeros.len()))
}

fn all_are_whole(column: &Column) -> bool {
    column.ranges().all(|range| {
        let value = &column.bytes[trimmed(column, range)];
        let fraction = value.iter().position(|byte| *byte == b'.').map_or(&[][..], |point| &value[point + 1..]);
        fraction.iter().all(|byte| *byte == b'0')
    })
}

/// The most digits that [`whole_number`] writes out.
pub(super) const MAX_WHOLE_DIGITS: usize = 20;

/// A whole number in scientific notation (`5.36904399E8`), as spreadsheets and data frames write long numbers, with all
/// its digits; any other value as it is.
pub(super) fn whole_number<'a>(value: &'a [u8], digits: &'a mut [u8; MAX_WHOLE_DIGITS]) -> &'a [u8] {
    match written_out(value, digits) {
        Some(length) => &digits[..length],
        None => value,
    }
}

fn written_out(value: &[u8], digits: &mut [u8; MAX_WHOLE_DIGITS]) -> Option<usize> {
    const LONGEST: usize = 24;
    if value.len() > LONGEST || value.get(1) != Some(&b'.') {
        return None;
    }
    let mark = value.iter().position(|byte| matches!(byte, b'e' | b'E'))?;
    let mut exponent = 0usize;
    for byte in value[mark + 1..].strip_prefix(b"+").unwrap_or(&value[mark + 1..]) {
        exponent = exponent * 10 + usize::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    let (length, fraction) = (exponent + 1, &value[2..mark]);
    if length > MAX_WHOLE_DIGITS || fraction.len() > exponent || mark + 1 == value.len() {
        return None;
    }
    digits.fill(b'0');
    for (to, from) in digits.iter_mut().zip(value[..1].iter().chain(fraction)) {
        *to = from.is_ascii_digit().then_some(*from)?;
    }
    Some(length)
}

/// The run of bytes around `place`, within `value`, that are no blanks, quotes or brackets.
pub(super) fn run_around(bytes: &[u8], place: usize, value: Range<usize>) -> Range<usize> {
    const MAX_RUN_BYTES: usize = 512;
    let border = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b',' | b';')
    };
    let earliest = value.start.max(place.saturating_sub(MAX_RUN_BYTES));
    let latest = value.end.min(place + MAX_RUN_BYTES);
    let start = (earliest..place).rev().find(|at| border(bytes[*at])).map_or(earliest, |at| at + 1);
    let end = (place..latest).find(|at| border(bytes[*at])).unwrap_or(latest);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_loses_nothing() {
        let text: Vec<u8> = (0..=255u8).chain(*b"@AZ[`az{").collect();
        for length in 1..=MAX_PACKED {
            for part in text.windows(length) {
                let mut bytes = [0; 16];
                bytes[..length].copy_from_slice(part);
                bytes[15] = length as u8;
                assert_eq!(packed(part), u128::from_le_bytes(bytes));
                bytes[..length].make_ascii_lowercase();
                assert_eq!(packed_lower(part), u128::from_le_bytes(bytes));
            }
        }
    }

    #[test]
    fn fractions_of_zeros_are_cut_where_a_column_has_no_others() {
        let cut = |values: &[&str]| {
            let mut column = Column::default();
            values.iter().for_each(|value| column.push(value.as_bytes()));
            let mut fractions = Fractions::default();
            let ranges: Vec<_> = column.ranges().map(|range| fractions.cut(&column, range)).collect();
            ranges
                .into_iter()
                .map(|range| String::from_utf8_lossy(&column.bytes[range]).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(cut(&["219099998.00", "12345679.00", "", "457555462"]), ["219099998", "12345679", "", "457555462"]);
        assert_eq!(cut(&["219099998.00", "12345679.50"]), ["219099998.00", "12345679.50"], "prices");
        assert_eq!(cut(&["219099998.0", "1.5"]), ["219099998", "1.5"], "what a data frame writes");
        for other in ["12.00", "x.00", "1234.", "1234.00x", "1234.0.0", ".00"] {
            assert_eq!(cut(&[other]), [other]);
        }
    }

    #[test]
    fn whole_numbers_are_written_out() {
        let read =
            |text: &str| String::from_utf8(whole_number(text.as_bytes(), &mut [0; MAX_WHOLE_DIGITS]).to_vec()).unwrap();
        assert_eq!(read("5.36904399E8"), "536904399");
        assert_eq!(read("1.2e+09"), "1200000000");
        for other in ["5.36904399E7", "1.5", "5.3E", "E11.9", "1.2e99", "x.2e3", "1.xe3", "5.3e-4", ""] {
            assert_eq!(read(other), other);
        }
    }
}
