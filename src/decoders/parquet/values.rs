//! Parquet values (in their PLAIN encoding) as text: numbers in decimal, dates in ISO 8601.

use std::io::Write;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it stands.
    Text,
    /// As it stands where it is text; its printable runs where it is not.
    Bytes,
    /// Little-endian two's complement.
    Signed,
    /// Little-endian, no sign.
    Unsigned,
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// Two bytes.
    Float16,
    /// An integer (big-endian when of bytes) with that many decimal places.
    Decimal(u32),
    /// Days since 1970.
    Date,
    /// Since midnight, in that many units a second.
    Time(i64),
    /// Since 1970, in that many units a second.
    Timestamp(i64),
    /// Nanoseconds of the day and the Julian day.
    JulianNanoseconds,
    /// Sixteen bytes.
    Uuid,
    /// `true` or `false`.
    Boolean,
}

const DAY_SECONDS: i64 = 86_400;
/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i64 = 2_440_588;

impl Format {
    /// Appends the text of `raw`; false (and nothing appended) where there is nothing to look at. `is_bytes`: the
    /// physical type is a byte array.
    #[inline]
    pub fn append(self, raw: &[u8], is_bytes: bool, output: &mut Vec<u8>) -> bool {
        match self {
            Self::Text => output.extend_from_slice(raw),
            Self::Bytes => return append_bytes(raw, output),
            Self::Signed => append_integer(signed(raw).into(), output),
            Self::Unsigned => append_integer(unsigned(raw).into(), output),
            Self::Float => return append_float(f32::from_bits(unsigned(raw) as u32).into(), true, output),
            Self::Double => return append_float(f64::from_bits(unsigned(raw)), false, output),
            Self::Float16 => return append_float(half(unsigned(raw) as u16), true, output),
            Self::Decimal(scale) => {
                let value = if is_bytes { big_endian(raw) } else { Some(signed(raw).into()) };
                return value.is_some_and(|value| append_decimal(value, scale, output));
            }
            Self::Date => append_date(signed(raw), output),
            Self::Time(units) => append_time(signed(raw), units, output),
            Self::Timestamp(units) => {
                let value = signed(raw);
                let day = DAY_SECONDS * units;
                append_timestamp(value.div_euclid(day), value.rem_euclid(day), units, output);
            }
            Self::JulianNanoseconds => {
                let [nanoseconds, day] = [raw.get(..8), raw.get(8..12)].map(|part| part.map_or(0, unsigned));
                let units = 1_000_000_000;
                let nanoseconds = (nanoseconds as i64).rem_euclid(DAY_SECONDS * units);
                append_timestamp(day as i64 - JULIAN_EPOCH, nanoseconds, units, output);
            }
            Self::Uuid => append_uuid(raw, output),
            Self::Boolean => output.extend_from_slice(if raw == [0] { b"false" } else { b"true" }),
        }
        true
    }
}

fn unsigned(raw: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = raw.len().min(8);
    bytes[..length].copy_from_slice(&raw[..length]);
    u64::from_le_bytes(bytes)
}

fn signed(raw: &[u8]) -> i64 {
    if raw.len() == 4 { i64::from(unsigned(raw) as u32 as i32) } else { unsigned(raw) as i64 }
}

fn big_endian(raw: &[u8]) -> Option<i128> {
    let fill = if raw.first().is_some_and(|&byte| byte >= 0x80) { 0xFF } else { 0 };
    let extra = raw.len().saturating_sub(16);
    if raw[..extra].iter().any(|&byte| byte != fill) {
        return None;
    }
    let mut bytes = [fill; 16];
    let raw = &raw[extra..];
    bytes[16 - raw.len()..].copy_from_slice(raw);
    Some(i128::from_be_bytes(bytes))
}

fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// Appends an integer, at least two digits of which are computed at once by the compiler's division by a constant.
pub fn append_integer(value: i128, output: &mut Vec<u8>) {
    if value < 0 {
        output.push(b'-');
    }
    append_digits(value.unsigned_abs(), 1, output);
}

/// Appends a number with leading zeros up to `width` digits.
fn append_digits(mut value: u128, width: usize, output: &mut Vec<u8>) {
    let mut digits = [b'0'; 40];
    let mut start = digits.len();
    while value > u128::from(u64::MAX) {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    let mut value = value as u64;
    while value > 0 {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    output.extend_from_slice(&digits[start.min(digits.len() - width)..]);
}

fn append_float(value: f64, is_single: bool, output: &mut Vec<u8>) -> bool {
    if !value.is_finite() {
        return false;
    }
    let size = value.abs();
    let is_plain = size == 0.0 || (1e-7..1e17).contains(&size);
    // Writing to memory does not fail. A single is written with the digits that it has, not those of its double.
    let _ = match (is_single, is_plain) {
        (true, true) => write!(output, "{}", value as f32),
        (true, false) => write!(output, "{:e}", value as f32),
        (false, true) => write!(output, "{value}"),
        (false, false) => write!(output, "{value:e}"),
    };
    true
}

fn append_decimal(value: i128, scale: u32, output: &mut Vec<u8>) -> bool {
    if scale > 38 {
        return false;
    }
    if value < 0 {
        output.push(b'-');
    }
    append_digits(value.unsigned_abs(), scale as usize + 1, output);
    if scale > 0 {
        output.insert(output.len() - scale as usize, b'.');
    }
    true
}

/// Civil date of a day count (the calendar repeats every 400 years, 146,097 days; years begin in March).
fn append_date(days: i64, output: &mut Vec<u8>) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if year < 0 {
        output.push(b'-');
    }
    append_digits(year.unsigned_abs().into(), 4, output);
    output.push(b'-');
    append_digits(month.unsigned_abs().into(), 2, output);
    output.push(b'-');
    append_digits(day.unsigned_abs().into(), 2, output);
}

fn append_time(value: i64, units: i64, output: &mut Vec<u8>) {
    let (seconds, fraction) = (value.div_euclid(units), value.rem_euclid(units));
    for (index, part) in [seconds / 3_600, seconds / 60 % 60, seconds % 60].into_iter().enumerate() {
        if index > 0 {
            output.push(b':');
        }
        append_digits(part.unsigned_abs().into(), 2, output);
    }
    if fraction > 0 {
        output.push(b'.');
        append_digits(fraction.unsigned_abs().into(), units.ilog10() as usize, output);
        while output.last() == Some(&b'0') {
            output.pop();
        }
    }
}

/// A point in time; at midnight only the date, which then is all that was meant.
fn append_timestamp(days: i64, within_day: i64, units: i64, output: &mut Vec<u8>) {
    append_date(days, output);
    if within_day != 0 {
        output.push(b'T');
        append_time(within_day, units, output);
    }
}

fn append_uuid(raw: &[u8], output: &mut Vec<u8>) {
    for (index, byte) in raw.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            output.push(b'-');
        }
        let _ = write!(output, "{byte:02x}");
    }
}

/// Text as it stands; of anything else the printable runs of four bytes or more.
fn append_bytes(raw: &[u8], output: &mut Vec<u8>) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    if !raw.iter().any(is_control) && std::str::from_utf8(raw).is_ok() {
        output.extend_from_slice(raw);
        return true;
    }
    let before = output.len();
    for run in raw.split(|byte| !matches!(byte, b' '..=b'~')).filter(|run| run.len() >= 4) {
        if output.len() > before {
            output.push(b' ');
        }
        output.extend_from_slice(run);
    }
    output.len() > before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(format: Format, raw: &[u8], is_bytes: bool) -> String {
        let mut output = Vec::new();
        if !format.append(raw, is_bytes, &mut output) {
            assert!(output.is_empty());
            return "-".to_owned();
        }
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn numbers() {
        assert_eq!(text(Format::Signed, &(-7i32).to_le_bytes(), false), "-7");
        assert_eq!(text(Format::Signed, &i64::MIN.to_le_bytes(), false), "-9223372036854775808");
        assert_eq!(text(Format::Unsigned, &u64::MAX.to_le_bytes(), false), "18446744073709551615");
        assert_eq!(text(Format::Signed, &0i32.to_le_bytes(), false), "0");
        assert_eq!(text(Format::Double, &1.5f64.to_le_bytes(), false), "1.5");
        assert_eq!(text(Format::Float, &0.1f32.to_le_bytes(), false), "0.1");
        assert_eq!(text(Format::Double, &1e300f64.to_le_bytes(), false), "1e300");
        assert_eq!(text(Format::Double, &f64::NAN.to_le_bytes(), false), "-");
        assert_eq!(text(Format::Float16, &[0x00, 0xC0], true), "-2");
        assert_eq!(text(Format::Decimal(2), &5i32.to_le_bytes(), false), "0.05");
        assert_eq!(text(Format::Decimal(2), &(-12_345i64).to_le_bytes(), false), "-123.45");
        assert_eq!(text(Format::Decimal(0), &[0x01, 0x00], true), "256");
        assert_eq!(text(Format::Decimal(1), &[0xFF; 20], true), "-0.1");
    }

    #[test]
    fn dates() {
        assert_eq!(text(Format::Date, &0i32.to_le_bytes(), false), "1970-01-01");
        assert_eq!(text(Format::Date, &(-1i32).to_le_bytes(), false), "1969-12-31");
        assert_eq!(text(Format::Date, &19_782i32.to_le_bytes(), false), "2024-02-29");
        let at = 951_782_400_123i64;
        assert_eq!(text(Format::Timestamp(1_000), &at.to_le_bytes(), false), "2000-02-29T00:00:00.123");
        assert_eq!(text(Format::Timestamp(1_000), &951_782_400_000i64.to_le_bytes(), false), "2000-02-29");
        assert_eq!(text(Format::Time(1_000_000), &3_723_500_000i64.to_le_bytes(), false), "01:02:03.5");
        let mut julian = 1_000_000_000u64.to_le_bytes().to_vec();
        julian.extend(2_440_589u32.to_le_bytes());
        assert_eq!(text(Format::JulianNanoseconds, &julian, false), "1970-01-02T00:00:01");
        assert_eq!(text(Format::Timestamp(1_000_000_000), &i64::MIN.to_le_bytes(), false).len(), 29);
    }

    #[test]
    fn bytes() {
        assert_eq!(text(Format::Bytes, "é ok".as_bytes(), true), "é ok");
        assert_eq!(text(Format::Bytes, b"\x00\x01abcd\xff12345ab", true), "abcd 12345ab");
        assert_eq!(text(Format::Bytes, b"\x00\x01abc", true), "-");
        assert_eq!(text(Format::Uuid, &[0xAB; 16], true), "abababab-abab-abab-abab-abababababab");
    }
}
