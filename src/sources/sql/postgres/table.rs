//! What the catalogue of PostgreSQL says of a table before it is read: columns, size, key, rights.

use super::session::{Rows, Session};
use crate::model::{ColumnKind, ReadError, Reason, RowColumn};
use crate::sources::sql::Reference;
use crate::sources::sql::catalogue::{Answer, TableName};
use crate::sources::sql::cells::{Cells, Described, MAX_VALUE_BYTES};
use crate::sources::sql::packed::Written;
use encoding_rs::WINDOWS_1252;
use std::collections::HashMap;
use std::sync::Arc;

/// What kind of relation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// A table, or a materialised view: blocks of its own.
    Stored,
    /// A table that is stored in its partitions.
    Partitioned,
    /// A view or a foreign table: rows come from elsewhere.
    Elsewhere,
}

/// How the server writes the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// As text; arrays and composites as JSON.
    Text,
    /// Bytes, in hexadecimal.
    Bytes,
    /// A JSON array of them.
    ListOfBytes,
    /// The bytes of a text whose encoding nobody knows, in hexadecimal.
    AnyText,
}

/// A column that may be read.
struct Column {
    described: RowColumn,
    writing: Writing,
    /// The expression that reads it, at most so long.
    expression: String,
}

/// A table as the catalogue describes it.
pub(super) struct Table {
    /// Schema and name, quoted; of a stored table without the tables that inherit from it, which are listed themselves.
    pub(super) from: String,
    /// The schema and the name, for the lots.
    pub(super) name: String,
    pub(super) relation: Relation,
    /// Blocks on disk, partitions included.
    pub(super) blocks: u64,
    /// Rows by the statistics; `None` where there are none, or not of each partition.
    pub(super) estimated_rows: Option<u64>,
    /// Columns of the primary key, quoted; none where some of them may not be read.
    pub(super) key: Vec<String>,
    /// Whether some columns may not be read.
    pub(super) hides_columns: bool,
    /// Whether nobody knows the encoding of texts, so that bytes may come that are none.
    pub(super) has_any_text: bool,
    /// Whether some columns have names that are no UTF-8, and cannot be asked for.
    pub(super) loses_columns: bool,
    /// Keys that lead to other tables.
    pub(super) references: Vec<Reference>,
    /// What the catalogue says of it.
    comment: Option<Arc<str>>,
    columns: Vec<Column>,
}

impl Table {
    /// Asks about all of these tables in one message. None of them is locked by that but the partitions of partitioned ones, and
    /// those until the answer is there.
    pub(super) async fn describe(session: &Session, tables: &[TableName]) -> Result<Vec<Answer<Self>>, ReadError> {
        let names: Vec<String> = tables
            .iter()
            .map(|table| format!("({}::name, {}::name)", literal(&table.schema), literal(&table.name)))
            .collect();
        let oids = format!(
            "(SELECT array_agg(c.oid) FROM (VALUES {}) AS wanted(schema_name, table_name) \
             JOIN pg_namespace n ON n.nspname = wanted.schema_name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name)",
            names.join(", ")
        );
        let statements = [relations_of(&oids), columns_of(&oids), size_of(&oids), key_of(&oids), references_of(&oids)];
        let mut answers = session.answers(&statements.join("; ")).await?.into_iter();
        let mut relations = HashMap::new();
        for row in answers.next().unwrap_or_default() {
            let Ok([Some(oid), Some(schema), Some(name), Some(kind), hides_rows, is_unfilled, comment]) =
                <[_; 7]>::try_from(row)
            else {
                continue;
            };
            relations.insert((schema, name), (oid, kind, [hides_rows, is_unfilled], comment));
        }
        let mut by_table = || by_oid(answers.next().unwrap_or_default());
        let (mut columns, mut sizes, mut keys, mut references) = (by_table(), by_table(), by_table(), by_table());
        let described = tables.iter().map(|table| {
            let known = relations.remove(&(table.schema.clone(), table.name.clone()));
            let Some((oid, kind, [hides_rows, is_unfilled], comment)) = known else {
                return Err(ReadError::new(Reason::NotFound, "the table is gone"));
            };
            if hides_rows.as_deref() == Some("t") {
                return Err(ReadError::new(Reason::RowSecurity, "row-level security is active for this user"));
            }
            if is_unfilled.as_deref() == Some("t") {
                return Err(ReadError::new(Reason::Empty, "a materialised view that was never filled"));
            }
            let of_table = |answers: &mut HashMap<String, Rows>| answers.remove(&oid).unwrap_or_default();
            let (columns, size) = (of_table(&mut columns), of_table(&mut sizes));
            let (key, references) = (of_table(&mut keys), of_table(&mut references));
            Self::from_catalogue(table, (&kind, comment), (columns, size, key, references))
        });
        Ok(described.collect())
    }

    /// From the rows about its columns, its size, its key, and its references.
    fn from_catalogue(
        table: &TableName,
        (kind, comment): (&str, Option<String>),
        (described, size, key, references): (Rows, Rows, Rows, Rows),
    ) -> Answer<Self> {
        let relation = match kind {
            "r" | "m" => Relation::Stored,
            "p" => Relation::Partitioned,
            _ => Relation::Elsewhere,
        };
        let size = size_in(&size);
        let (columns, hides_columns) = columns(&described, size.holds_long_values)?;
        let loses_columns = described.iter().any(|row| row.first().is_some_and(Option::is_none));
        let only = if kind == "r" { "ONLY " } else { "" };
        Ok(Self {
            from: format!("{only}{}.{}", quoted(&table.schema), quoted(&table.name)),
            name: format!("{}.{}", table.schema, table.name),
            relation,
            blocks: size.blocks,
            estimated_rows: size.estimated_rows,
            key: key_in(&key),
            hides_columns,
            loses_columns,
            has_any_text: described.iter().any(|row| row.last().is_some_and(|is_any| is_any.as_deref() == Some("t"))),
            references: Reference::all(references),
            comment: comment.as_deref().map(Into::into),
            columns,
        })
    }

    /// What is known of it before any of its rows.
    pub(super) fn described(&self) -> Described {
        let columns = self.columns.iter().map(|column| column.described.clone()).collect();
        Described { columns, about: self.comment.clone() }
    }

    /// What a statement selects: the place of the row where it has one, then every column.
    pub(super) fn selected(&self) -> String {
        let place = match self.relation {
            // Who may read some columns only may not read where a row is.
            _ if self.hides_columns => "NULL",
            Relation::Stored => "ctid",
            Relation::Partitioned => "tableoid::text || ctid::text",
            Relation::Elsewhere => "NULL",
        };
        format!("{place}, {}", self.selected_columns())
    }

    /// Every column.
    pub(super) fn selected_columns(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.expression.as_str()).collect();
        columns.join(", ")
    }
}

impl Written for Table {
    fn is_text(&self, column: usize) -> bool {
        self.columns.get(column).is_none_or(|column| column.writing == Writing::Text)
    }

    fn read(&self, column: usize, written: &[u8], cells: &mut Cells) {
        let hexadecimal = || from_hexadecimal(written.strip_prefix(b"\\x")?);
        match self.columns.get(column).map(|column| column.writing) {
            Some(Writing::Bytes) => match hexadecimal() {
                Some(bytes) => cells.bytes(column, &bytes),
                None => cells.text(column, written),
            },
            Some(Writing::ListOfBytes) => {
                if written.len() > MAX_VALUE_BYTES {
                    cells.falls_short(Reason::MemoryLimit);
                }
                bytes_of_list(written).for_each(|bytes| cells.bytes(column, &bytes));
            }
            Some(Writing::AnyText) => {
                let bytes = hexadecimal().unwrap_or_default();
                match std::str::from_utf8(&bytes) {
                    Ok(text) => cells.text(column, text.as_bytes()),
                    Err(_) => cells.text(column, WINDOWS_1252.decode_without_bom_handling(&bytes).0.as_bytes()),
                }
            }
            _ => cells.text(column, written),
        }
    }
}

/// Rows by the oid of their table, which comes first in each and is left out.
fn by_oid(rows: Rows) -> HashMap<String, Rows> {
    let mut tables: HashMap<String, Rows> = HashMap::new();
    for mut row in rows {
        if let Some(oid) = (!row.is_empty()).then(|| row.remove(0)).flatten() {
            tables.entry(oid).or_default().push(row);
        }
    }
    tables
}

fn relations_of(oids: &str) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, row_security_active(c.oid), NOT c.relispopulated, obj_description(c.oid, 'pg_class') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ({oids}::oid[])"
    )
}

/// Each column with its type: a domain stands for what it is made of, an array for what it holds, however deep.
fn columns_of(oids: &str) -> String {
    format!(
        "WITH RECURSIVE made AS (SELECT a.attrelid, a.attnum, a.attname, a.atttypid AS type, false AS is_list FROM pg_attribute a \
           WHERE a.attrelid = ANY ({oids}::oid[]) AND a.attnum > 0 AND NOT a.attisdropped \
         UNION ALL SELECT attrelid, attnum, attname, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END, is_list OR t.typtype <> 'd' \
           FROM made JOIN pg_type t ON t.oid = made.type WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)) \
         SELECT attrelid, attname, t.typname, t.typcategory, t.typlen, has_column_privilege(attrelid, attnum, 'SELECT'), \
         (SELECT description FROM pg_description WHERE objoid = attrelid AND classoid = 'pg_class'::regclass AND objsubid = attnum), is_list, current_setting('server_encoding') = 'SQL_ASCII' \
         FROM made JOIN pg_type t ON t.oid = made.type \
         WHERE t.typtype <> 'd' AND NOT (t.typcategory = 'A' AND t.typelem <> 0) ORDER BY attrelid, attnum"
    )
}

/// The columns that may be read, and whether there are others.
fn columns(rows: &Rows, holds_long_values: bool) -> Result<(Vec<Column>, bool), ReadError> {
    let mut columns = Vec::new();
    let mut hides_columns = false;
    for row in rows {
        let [Some(name), Some(type_name), Some(category), Some(length), may_read, comment, is_list, is_any] =
            row.as_slice()
        else {
            continue;
        };
        if may_read.as_deref() != Some("t") {
            hides_columns = true;
            continue;
        }
        let quoted = quoted(name);
        let is_list = is_list.as_deref() == Some("t");
        let writing = match (type_name.as_str(), is_list) {
            ("bytea", false) => Writing::Bytes,
            ("bytea", true) => Writing::ListOfBytes,
            (_, false) if category == "S" && is_any.as_deref() == Some("t") => Writing::AnyText,
            _ => Writing::Text,
        };
        // One more than is taken tells that there was more.
        let most = MAX_VALUE_BYTES + 1;
        let expression = match length.as_str() {
            // In JSON each element, and each named part, is a value of its own.
            _ if is_list || category == "C" || type_name == "hstore" => {
                format!("left(to_json({quoted})::text, {most})")
            }
            _ if writing == Writing::AnyText => format!("convert_to(left({quoted}::text, {most}), 'SQL_ASCII')"),
            "-1" if writing == Writing::Bytes && !holds_long_values => quoted,
            "-1" if category != "N" && !holds_long_values => format!("{quoted}::text"),
            // Cutting costs as much as sending; the length of a text is known without reading it.
            "-1" if writing == Writing::Bytes => format!(
                "CASE WHEN octet_length({quoted}) > {MAX_VALUE_BYTES} THEN substring({quoted}::bytea FROM 1 FOR {most}) ELSE {quoted} END"
            ),
            "-1" if category == "S" => format!(
                "CASE WHEN octet_length({quoted}) > {MAX_VALUE_BYTES} THEN left({quoted}::text, {most}) ELSE {quoted}::text END"
            ),
            "-1" if category != "N" => format!("left({quoted}::text, {most})"),
            _ => quoted,
        };
        let kind = match category.as_str() {
            _ if is_list => ColumnKind::Text,
            "N" => ColumnKind::Number,
            "D" => ColumnKind::Temporal,
            _ => ColumnKind::Text,
        };
        let comment = comment.as_deref().map(Into::into);
        columns.push(Column {
            described: RowColumn { name: name.as_str().into(), kind, comment },
            writing,
            expression,
        });
    }
    if columns.is_empty() && hides_columns {
        return Err(ReadError::new(Reason::AccessDenied, "no column may be read"));
    }
    if columns.is_empty() {
        return Err(ReadError::new(Reason::Empty, "the table has no columns"));
    }
    Ok((columns, hides_columns))
}

/// Of a partitioned table those of its partitions; none of what is stored elsewhere. `OFFSET 0` has each looked up by its oid:
/// how many partitions there are is not known to the planner, which would read all of `pg_class` instead.
fn size_of(oids: &str) -> String {
    format!(
        "SELECT leaf.root, coalesce(sum(blocks), 0)::bigint, \
         bool_and(blocks = 0 OR (reltuples > 0 AND relpages > 0)), \
         coalesce(sum(CASE WHEN relpages > 0 AND reltuples > 0 THEN reltuples::float8 / relpages * blocks END), 0)::bigint, \
         bool_and(is_short) \
         FROM (SELECT c.oid AS root, c.oid FROM pg_class c WHERE c.oid = ANY ({oids}::oid[]) \
           UNION ALL SELECT c.oid, part.relid::oid FROM pg_class c CROSS JOIN LATERAL pg_partition_tree(c.oid::regclass) AS part \
             WHERE c.oid = ANY ({oids}::oid[]) AND c.relkind = 'p' AND part.isleaf) AS leaf \
         CROSS JOIN LATERAL (SELECT c.reltuples, c.relpages, \
             coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::bigint AS blocks, \
             a.amname = 'heap' AND coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) = 0 AS is_short \
           FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = leaf.oid AND c.relkind IN ('r', 'm') OFFSET 0) AS size \
         GROUP BY leaf.root"
    )
}

/// What the catalogue says of the size of a table.
struct Size {
    blocks: u64,
    /// Rows by the density that the statistics saw.
    estimated_rows: Option<u64>,
    /// Whether some values may be longer than is read: those stand beside the blocks of rows, compressed or not. What a row
    /// has in its own block is shorter.
    holds_long_values: bool,
}

fn size_in(rows: &Rows) -> Size {
    let Some([Some(blocks), is_known, Some(estimate), is_short]) = rows.first().map(Vec::as_slice) else {
        return Size { blocks: 0, estimated_rows: None, holds_long_values: true };
    };
    Size {
        blocks: blocks.parse().unwrap_or(0),
        estimated_rows: estimate.parse().ok().filter(|_| is_known.as_deref() == Some("t")),
        holds_long_values: is_short.as_deref() != Some("t"),
    }
}

fn key_of(oids: &str) -> String {
    format!(
        "SELECT i.indrelid, a.attname, has_column_privilege(a.attrelid, a.attnum, 'SELECT') FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
         WHERE i.indrelid = ANY ({oids}::oid[]) AND i.indisprimary AND i.indisvalid ORDER BY i.indrelid, k.place"
    )
}

/// A key with a column that may not be read orders nothing.
fn key_in(rows: &Rows) -> Vec<String> {
    let column = |row: &Vec<Option<String>>| match row.as_slice() {
        [Some(name), Some(may_read)] if may_read == "t" => Some(quoted(name)),
        _ => None,
    };
    rows.iter().map(column).collect::<Option<_>>().unwrap_or_default()
}

fn references_of(oids: &str) -> String {
    format!(
        "SELECT k.conrelid, k.oid, n.nspname, c.relname, a.attname FROM pg_constraint k \
         CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS own(attnum, place) \
         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = own.attnum \
         JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE k.conrelid = ANY ({oids}::oid[]) AND k.contype = 'f' AND NOT c.relispartition ORDER BY k.oid, own.place"
    )
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text of a statement; `standard_conforming_strings` is not relied on.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn from_hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.chunks_exact(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The values of a JSON array of bytes, which may be nested, and cut at its end: `["\\x0102",null]`.
fn bytes_of_list(text: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    text.split(|byte| *byte == b'"').filter_map(|part| from_hexadecimal(part.strip_prefix(br"\\x")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_arrays_are_bytes() {
        let bytes = |text: &str| bytes_of_list(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(bytes(r#"[["\\x0102","\\x"],[null,"\\xff"]]"#), [vec![1, 2], vec![], vec![255]]);
        assert_eq!(bytes(r#"["\\x0102","\\x030"#), [vec![1, 2], vec![3]], "cut");
        assert!(bytes("[]").is_empty());
    }

    #[test]
    fn a_key_that_is_not_wholly_readable_is_none() {
        let row = |name: &str, may_read: &str| vec![Some(name.to_owned()), Some(may_read.to_owned())];
        assert_eq!(key_in(&vec![row("a", "t"), row("b", "t")]), ["\"a\"", "\"b\""]);
        assert!(key_in(&vec![row("a", "t"), row("b", "f")]).is_empty());
    }
}
