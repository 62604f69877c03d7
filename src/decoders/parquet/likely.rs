//! Whether a column chunk can hold anything that a detector recognises by its values alone, told by its type and statistics.
//!
//! Numbers of up to six digits, fractions, times of day and late dates are identifiers only where the name of the field says so.

use super::values::Format;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

/// Identifiers that show what they are have more digits, leading zeros that a number has lost included.
const MAX_NUMBER: f64 = 999_999.0;
/// Dates of birth that no field names are recognised by a spread that begins before this, in days since 1970.
const FIRST_DAY: i64 = 365 * 10;
const DAY_SECONDS: i64 = 86_400;

/// Whether nothing in the chunk can be recognised without a name. Without statistics that say so it is not.
pub fn is_unlikely(chunk: &ColumnChunkMetaData, format: Format) -> bool {
    let Some(range) = chunk.statistics().and_then(range) else { return false };
    let is_small = |(least, most): (f64, f64)| least.abs() <= MAX_NUMBER && most.abs() <= MAX_NUMBER;
    match format {
        Format::Signed | Format::Unsigned | Format::Float | Format::Double | Format::Float16 => is_small(range),
        Format::Time(_) => true,
        Format::Date => range.0 >= FIRST_DAY as f64,
        Format::Timestamp(units) => range.0 >= (FIRST_DAY * DAY_SECONDS) as f64 * units as f64,
        // The decimal places of decimals are not in the statistics.
        Format::Decimal(_)
        | Format::JulianNanoseconds
        | Format::Text
        | Format::Bytes
        | Format::Uuid
        | Format::Boolean => false,
    }
}

/// The least and the greatest value, where the chunk says both and its values are numbers.
fn range(statistics: &Statistics) -> Option<(f64, f64)> {
    let range = match statistics {
        Statistics::Int32(values) => (f64::from(*values.min_opt()?), f64::from(*values.max_opt()?)),
        Statistics::Int64(values) => (*values.min_opt()? as f64, *values.max_opt()? as f64),
        Statistics::Float(values) => (f64::from(*values.min_opt()?), f64::from(*values.max_opt()?)),
        Statistics::Double(values) => (*values.min_opt()?, *values.max_opt()?),
        _ => return None,
    };
    // Not-a-number says nothing.
    (range.0 <= range.1).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_without_both_ends_say_nothing() {
        let ends = |least, most| range(&Statistics::int64(least, most, None, None, false));
        assert_eq!(ends(Some(1), Some(5)), Some((1.0, 5.0)));
        assert_eq!(ends(Some(1), None), None);
        assert_eq!(ends(None, Some(5)), None);
        assert_eq!(range(&Statistics::double(Some(f64::NAN), Some(5.0), None, None, false)), None);
    }
}
