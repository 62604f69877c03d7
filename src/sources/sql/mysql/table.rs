//! What the catalogue of MySQL and MariaDB says of a table before it is read: columns, size, key.

use super::session::{Rows, Session};
use crate::model::{ColumnKind, ReadError, Reason, RowColumn};
use crate::sources::sql::Reference;
use crate::sources::sql::catalogue::{Answer, TableName};
use crate::sources::sql::cells::{Cells, Described, MAX_VALUE_BYTES};
use crate::sources::sql::packed::Written;
use std::collections::HashMap;
use std::sync::Arc;

const INTEGERS: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];

struct Column {
    described: RowColumn,
    is_bytes: bool,
    /// The expression that reads it, at most so long.
    expression: String,
}

/// A table as the catalogue describes it.
pub(super) struct Table {
    /// Database and name, quoted; with all that was of a table that keeps it.
    pub(super) from: String,
    /// Prepared and never run: who may not read every column, which the catalogue does not show, is refused, whatever gave
    /// the rights.
    pub(super) probe: String,
    /// The same name, for the lots.
    pub(super) name: String,
    pub(super) is_view: bool,
    /// Bytes on disk, by the statistics.
    pub(super) bytes: u64,
    /// Rows, by the statistics.
    pub(super) estimated_rows: u64,
    /// Columns of the primary key, quoted; none where some of them may not be read, or where they do not tell rows apart.
    pub(super) key: Vec<String>,
    /// Whether the first of them is a whole number, over which lots can be drawn.
    pub(super) has_number_key: bool,
    /// Keys that lead to other tables.
    pub(super) references: Vec<Reference>,
    /// What the catalogue says of it.
    comment: Option<Arc<str>>,
    columns: Vec<Column>,
}

impl Table {
    /// Asks about all of these tables, which are of one database, in one message.
    pub(super) async fn describe(session: &mut Session, tables: &[TableName]) -> Result<Vec<Answer<Self>>, ReadError> {
        let names: Vec<String> = tables.iter().map(|table| literal(&table.name)).collect();
        let names = match names.as_slice() {
            // MariaDB looks at this table alone then, and else at all of the database.
            [name] => format!("= {name}"),
            _ => format!("IN ({})", names.join(", ")),
        };
        let database = tables.first().map(|table| literal(&table.database)).unwrap_or_default();
        let place = format!("table_schema = {database} AND table_name {names}");
        let statements = [
            format!(
                "SELECT table_name, table_type, coalesce(data_length, 0), coalesce(table_rows, 0), table_comment FROM information_schema.tables WHERE {place}"
            ),
            format!(
                "SELECT table_name, column_name, data_type, column_comment FROM information_schema.columns WHERE {place} \
                 ORDER BY table_name, ordinal_position"
            ),
            format!(
                "SELECT table_name, column_name FROM information_schema.statistics WHERE {place} AND index_name = 'PRIMARY' \
                 ORDER BY table_name, seq_in_index"
            ),
            references(&place),
        ];
        let mut answers = session.answers(&statements.join("; ")).await?.into_iter();
        let mut by_table = || by_name(answers.next().unwrap_or_default());
        let (mut facts, mut columns, mut keys, mut references) = (by_table(), by_table(), by_table(), by_table());
        let described = tables.iter().map(|table| {
            let of_table = |answers: &mut HashMap<String, Rows>| answers.remove(&table.name).unwrap_or_default();
            let (facts, columns) = (of_table(&mut facts), of_table(&mut columns));
            Self::from_catalogue(table, (facts, columns, of_table(&mut keys), of_table(&mut references)))
        });
        Ok(described.collect())
    }

    /// From the rows about it, its columns, its key, and its references.
    fn from_catalogue(
        table: &TableName,
        (facts, described, key, references): (Rows, Rows, Rows, Rows),
    ) -> Answer<Self> {
        let Some([Some(table_type), Some(bytes), Some(estimated_rows), comment]) = facts.first().map(Vec::as_slice)
        else {
            return Err(ReadError::new(Reason::NotFound, "the table is gone"));
        };
        let described = described.iter().filter_map(|row| {
            let mut texts = row.iter().map(Option::as_deref);
            Some((texts.next()??, texts.next()??, texts.next().flatten()))
        });
        let described: Vec<(&str, &str, Option<&str>)> = described.collect();
        if described.is_empty() {
            return Err(ReadError::new(Reason::AccessDenied, "no column may be read"));
        }
        let key: Vec<&str> = key.iter().filter_map(|row| row.first()?.as_deref()).collect();
        let type_of =
            |column: &str| described.iter().find(|(name, ..)| *name == column).map(|(_, data_type, _)| *data_type);
        // Rows that were deleted or changed since stand in a table with system versioning, several to a key.
        let has_history = table_type == "SYSTEM VERSIONED";
        let has_key = !has_history && key.iter().all(|column| type_of(column).is_some());
        let from = format!("{}.{}", quoted(&table.database), quoted(&table.name));
        Ok(Self {
            probe: format!(
                "SET @phinder = {}; PREPARE phinder FROM @phinder",
                literal(&format!("SELECT * FROM {from}"))
            ),
            from: if has_history { format!("{from} FOR SYSTEM_TIME ALL") } else { from },
            name: format!("{}.{}", table.database, table.name),
            is_view: table_type.contains("VIEW"),
            bytes: bytes.parse().unwrap_or(0),
            estimated_rows: estimated_rows.parse().unwrap_or(0),
            has_number_key: has_key
                && key.first().and_then(|first| type_of(first)).is_some_and(|first| INTEGERS.contains(&first)),
            key: if has_key { key.into_iter().map(quoted).collect() } else { Vec::new() },
            references: Reference::all(references),
            comment: comment.as_deref().filter(|comment| !comment.is_empty()).map(Into::into),
            columns: described.into_iter().map(column).collect(),
        })
    }

    /// What is known of it before any of its rows.
    pub(super) fn described(&self) -> Described {
        let columns = self.columns.iter().map(|column| column.described.clone()).collect();
        Described { columns, about: self.comment.clone() }
    }

    /// What a statement selects: what tells the row from others, then every column.
    pub(super) fn selected(&self) -> String {
        format!("{}, {}", self.identity(), self.selected_columns())
    }

    /// The expression that tells a row from others; NULL where there is no key.
    pub(super) fn identity(&self) -> String {
        if self.key.is_empty() { "NULL".to_owned() } else { format!("CONCAT_WS('|', {})", self.key.join(", ")) }
    }

    /// Every column.
    pub(super) fn selected_columns(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.expression.as_str()).collect();
        columns.join(", ")
    }
}

impl Written for Table {
    fn is_text(&self, column: usize) -> bool {
        self.columns.get(column).is_none_or(|column| !column.is_bytes)
    }

    fn read(&self, column: usize, written: &[u8], cells: &mut Cells) {
        cells.bytes(column, written);
    }
}

/// Rows by the name of their table, which comes first in each and is left out.
fn by_name(rows: Rows) -> HashMap<String, Rows> {
    let mut tables: HashMap<String, Rows> = HashMap::new();
    for mut row in rows {
        if let Some(name) = (!row.is_empty()).then(|| row.remove(0)).flatten() {
            tables.entry(name).or_default().push(row);
        }
    }
    tables
}

fn references(place: &str) -> String {
    format!(
        "SELECT table_name, constraint_name, referenced_table_schema, referenced_table_name, column_name \
         FROM information_schema.key_column_usage WHERE {place} AND referenced_table_name IS NOT NULL \
         ORDER BY table_name, constraint_name, ordinal_position"
    )
}

fn column((name, data_type, comment): (&str, &str, Option<&str>)) -> Column {
    let quoted = quoted(name);
    // One more than is taken tells that there was more.
    let most = MAX_VALUE_BYTES + 1;
    let is_bytes = data_type.ends_with("blob") || data_type.ends_with("binary");
    let expression = match data_type {
        "json" => format!("LEFT(CAST({quoted} AS CHAR), {most})"),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" => format!("ST_AsText({quoted})"),
        "bit" => format!("{quoted} + 0"),
        // Six digits are shown of it, fewer than numbers of patients have.
        "float" => format!("IF(ABS({quoted}) < 1e6, CAST({quoted} AS CHAR), CAST({quoted} + 0e0 AS CHAR))"),
        // The other types of texts and bytes hold 64 KiB.
        _ if data_type.starts_with("long") || data_type.starts_with("medium") => format!("LEFT({quoted}, {most})"),
        _ => quoted,
    };
    let kind = match data_type {
        "decimal" | "float" | "double" | "bit" => ColumnKind::Number,
        "date" | "datetime" | "timestamp" | "time" => ColumnKind::Temporal,
        _ if INTEGERS.contains(&data_type) => ColumnKind::Number,
        _ => ColumnKind::Text,
    };
    let comment = comment.filter(|comment| !comment.is_empty()).map(Into::into);
    Column { described: RowColumn { name: name.into(), kind, comment }, is_bytes, expression }
}

pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text of a statement, whatever the server's mode says of backslashes.
pub(super) fn literal(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("CONVERT(0x{digits} USING utf8mb4)")
}
