//! The leaves of a Parquet schema: their field paths and how their values are written as text.
//!
//! The groups that only encode lists and maps are no part of a path: `patient.telecom[].value`, `attributes.key`.

use super::super::json::member_path;
use super::values::Format;
use crate::model::ColumnKind;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor, Type};

/// The field paths of all leaves, in order.
pub fn paths(schema: &SchemaDescriptor) -> Vec<String> {
    let mut paths = Vec::new();
    for field in schema.root_schema().get_fields() {
        place(field, member_path("", field.name()), &mut paths);
    }
    paths
}

/// Adds the leaves under `node`, which itself is at `path`.
fn place(node: &Type, path: String, paths: &mut Vec<String>) {
    let path = if is_repeated(node) { path + "[]" } else { path };
    if node.is_primitive() {
        paths.push(path);
        return;
    }
    let fields = node.get_fields();
    if is_list(node)
        && let [repeated] = fields
        && is_repeated(repeated)
    {
        return place_elements(repeated, node.name(), path + "[]", paths);
    }
    if is_map(node)
        && let [entries] = fields
        && is_repeated(entries)
        && entries.is_group()
    {
        return place_fields(entries, &path, paths);
    }
    place_fields(node, &path, paths);
}

/// The elements of a list: the only field of the repeated group, or the repeated node itself in older files
/// (LogicalTypes, backward-compatibility rules of lists).
fn place_elements(repeated: &Type, list_name: &str, path: String, paths: &mut Vec<String>) {
    if repeated.is_primitive() {
        paths.push(path);
        return;
    }
    let name = repeated.name();
    match repeated.get_fields() {
        [element] if name != "array" && name != format!("{list_name}_tuple") => place(element, path, paths),
        _ => place_fields(repeated, &path, paths),
    }
}

fn place_fields(node: &Type, path: &str, paths: &mut Vec<String>) {
    for field in node.get_fields() {
        place(field, member_path(path, field.name()), paths);
    }
}

fn is_repeated(node: &Type) -> bool {
    let basic = node.get_basic_info();
    basic.has_repetition() && basic.repetition() == Repetition::REPEATED
}

fn is_list(node: &Type) -> bool {
    let basic = node.get_basic_info();
    basic.converted_type() == ConvertedType::LIST || matches!(basic.logical_type_ref(), Some(LogicalType::List))
}

fn is_map(node: &Type) -> bool {
    let basic = node.get_basic_info();
    matches!(basic.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || matches!(basic.logical_type_ref(), Some(LogicalType::Map))
}

/// How the values of a leaf are written; `None` for those that are no content (intervals, and booleans unless they are wanted).
pub fn format(leaf: &ColumnDescriptor, with_booleans: bool) -> Option<Format> {
    let logical = leaf.logical_type_ref();
    let converted = leaf.converted_type();
    if matches!(logical, Some(LogicalType::Unknown)) || converted == ConvertedType::INTERVAL {
        return None;
    }
    let is_decimal = matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL;
    Some(match leaf.physical_type() {
        Physical::BOOLEAN => return with_booleans.then_some(Format::Boolean),
        _ if is_decimal => Format::Decimal(leaf.type_scale().clamp(0, 76) as u32),
        Physical::INT32 => integer32(logical, converted),
        Physical::INT64 => integer64(logical, converted),
        Physical::INT96 => Format::JulianNanoseconds,
        Physical::FLOAT => Format::Float,
        Physical::DOUBLE => Format::Double,
        Physical::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Uuid)) => Format::Uuid,
        Physical::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Float16)) => Format::Float16,
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => {
            let is_text = matches!(logical, Some(LogicalType::String | LogicalType::Enum | LogicalType::Json))
                || matches!(converted, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON);
            if is_text { Format::Text } else { Format::Bytes }
        }
    })
}

fn integer32(logical: Option<&LogicalType>, converted: ConvertedType) -> Format {
    match (logical, converted) {
        (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => Format::Date,
        (Some(LogicalType::Time(_)), _) | (_, ConvertedType::TIME_MILLIS) => Format::Time(1_000),
        (_, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32) => Format::Unsigned,
        _ => Format::Signed,
    }
}

fn integer64(logical: Option<&LogicalType>, converted: ConvertedType) -> Format {
    match (logical, converted) {
        (Some(LogicalType::Timestamp(timestamp)), _) => Format::Timestamp(per_second(&timestamp.unit)),
        (Some(LogicalType::Time(time)), _) => Format::Time(per_second(&time.unit)),
        (_, ConvertedType::TIMESTAMP_MILLIS) => Format::Timestamp(1_000),
        (_, ConvertedType::TIMESTAMP_MICROS) => Format::Timestamp(1_000_000),
        (_, ConvertedType::TIME_MICROS) => Format::Time(1_000_000),
        (_, ConvertedType::UINT_64) => Format::Unsigned,
        _ => Format::Signed,
    }
}

fn per_second(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

/// What the column of such values is.
pub fn kind(format: Format) -> ColumnKind {
    match format {
        Format::Text | Format::Bytes | Format::Uuid | Format::Boolean => ColumnKind::Text,
        Format::Date | Format::Time(_) | Format::Timestamp(_) | Format::JulianNanoseconds => ColumnKind::Temporal,
        _ => ColumnKind::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    #[test]
    fn wrappers_of_lists_and_maps_are_no_part_of_paths() {
        let schema = parse_message_type(
            "message patients {
               required binary ssn (UTF8);
               optional group telecom (LIST) { repeated group list { optional group element { optional binary value; } } }
               optional group old (LIST) { repeated int32 element; }
               optional group legacy (LIST) { repeated group array { required int32 a; } }
               optional group attributes (MAP) { repeated group key_value { required binary key; optional int32 value; } }
               repeated group visit { required int64 date; repeated int32 codes; }
             }",
        )
        .unwrap();
        assert_eq!(
            paths(&SchemaDescriptor::new(Arc::new(schema))),
            [
                "ssn",
                "telecom[].value",
                "old[]",
                "legacy[].a",
                "attributes.key",
                "attributes.value",
                "visit[].date",
                "visit[].codes[]"
            ]
        );
    }
}
