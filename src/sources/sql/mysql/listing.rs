//! The tables of MySQL and MariaDB, and the state of each.
//!
//! The server knows when a table was last changed, to the second, as long as it runs and the table is open. Where it does not,
//! nothing tells whether there was a change.

use super::session::Session;
use super::table::literal;
use crate::model::ReadError;
use crate::sources::sql::DatabaseOptions;
use crate::sources::sql::state::{ListedTable, digest};
use std::collections::HashMap;

const OWN_SCHEMAS: &str = "('mysql', 'information_schema', 'performance_schema', 'sys')";

/// Seconds after which a change cannot have the same moment as the last one.
const GRANULE: u32 = 2;

/// Every table of the database, or of all of them, and views where they are wanted.
pub(super) async fn tables(
    session: &mut Session,
    database: Option<&str>,
    options: &DatabaseOptions,
) -> Result<Vec<ListedTable>, ReadError> {
    let place = match database {
        Some(database) => format!("table_schema = {}", literal(database)),
        None => format!("table_schema NOT IN {OWN_SCHEMAS}"),
    };
    let views = if options.views { ", 'VIEW'" } else { "" };
    let sql = format!(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE {place} AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED'{views}) ORDER BY 1, 2"
    );
    let rows = session.rows(&sql).await?;
    let states = match options.asks_states {
        true => states(session, &place).await,
        false => Ok(HashMap::new()),
    };
    let states = match states {
        Ok(states) => states,
        // Then every table is read.
        Err(error) => {
            tracing::debug!(detail = %error.detail, "the states of tables are not known");
            HashMap::new()
        }
    };
    let table = |row: Vec<Option<String>>| {
        let [schema, name] = <[_; 2]>::try_from(row).ok()?;
        let (schema, name) = (schema?, name?);
        let state = states.get(&(schema.clone(), name.clone())).cloned();
        Some(ListedTable { schema, name, state })
    };
    Ok(rows.into_iter().filter_map(table).collect())
}

/// The state of each table that has one, by database and name.
async fn states(session: &mut Session, place: &str) -> Result<HashMap<(String, String), String>, ReadError> {
    // A replica that shares the storage of another server does not see that one's changes as its own.
    if session.text("SELECT @@innodb_read_only").await? != "0" {
        return Ok(HashMap::new());
    }
    // MySQL 8 answers from a copy that may be a day old.
    session.run("/*!80000 SET SESSION information_schema_stats_expiry = 0 */").await?;
    // Partitions forget the moment of their last change one by one.
    let sql = format!(
        "SELECT table_schema, table_name, update_time, create_time, auto_increment, table_comment \
         FROM information_schema.tables WHERE {place} AND engine IN ('InnoDB', 'MyISAM', 'Aria') \
         AND coalesce(create_options, '') NOT LIKE '%partitioned%' AND update_time < now() - INTERVAL {GRANULE} SECOND"
    );
    let tables = session.rows(&sql).await?;
    if tables.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT table_schema, table_name, count(*), \
         sum(crc32(concat_ws('|', column_name, column_type, ordinal_position, column_comment))) \
         FROM information_schema.columns WHERE {place} GROUP BY table_schema, table_name"
    );
    let columns = session.rows(&sql).await?;
    let sql = format!(
        "SELECT table_schema, table_name, count(*), sum(crc32(concat_ws('|', constraint_name, column_name, \
         referenced_table_schema, referenced_table_name))) FROM information_schema.key_column_usage \
         WHERE {place} AND referenced_table_name IS NOT NULL GROUP BY table_schema, table_name"
    );
    let references = session.rows(&sql).await?;
    let mut parts: HashMap<(String, String), Vec<String>> = HashMap::new();
    for (is_first, rows) in [(true, tables), (false, columns), (false, references)] {
        for row in rows {
            let mut texts = row.into_iter();
            let (Some(Some(schema)), Some(Some(name))) = (texts.next(), texts.next()) else { continue };
            let said = texts.map(Option::unwrap_or_default);
            match parts.get_mut(&(schema.clone(), name.clone())) {
                Some(known) => known.extend(said),
                None if is_first => drop(parts.insert((schema, name), said.collect())),
                None => {}
            }
        }
    }
    Ok(parts.into_iter().map(|(table, parts)| (table, digest(parts.iter().map(String::as_str)))).collect())
}
