//! The tables of a database of PostgreSQL, and the state of each.
//!
//! PostgreSQL counts what is inserted, updated and deleted in each table. The counts are those of one server process: a
//! standby counts nothing, and a crash or a reset begins anew, so they are joined with the moment of each. Before version 15 a
//! connection could keep its counts for itself for as long as it was idle.

use super::session::Session;
use super::table::quoted;
use crate::model::ReadError;
use crate::sources::sql::DatabaseOptions;
use crate::sources::sql::state::{ListedTable, digest};
use std::collections::{HashMap, HashSet};

/// Tables whose newest keys are asked for at once.
const KEYS_AT_ONCE: usize = 100;

/// Servers that count every change, where it is made. Others speak like PostgreSQL but store rows elsewhere.
const COUNTS_CHANGES: &str = "current_setting('server_version_num')::int >= 150000 AND version() ~ '^PostgreSQL [0-9a-z.]+ (\\(|on )' \
     AND NOT pg_is_in_recovery() AND current_setting('track_counts') = 'on' \
     AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";

/// Every table, and views where they are wanted; partitions stand for themselves in their table. Rows of a partition that is a
/// foreign table cannot be drawn, so the partitions of such a table are listed instead of it. Large objects are rows of a table
/// of the catalogue. A state have those that are to be read: nothing is asked of the others.
pub(super) async fn tables(
    session: &Session,
    options: &DatabaseOptions,
    is_read: impl Fn(&str, &str) -> bool,
) -> Result<Vec<ListedTable>, ReadError> {
    let kinds = if options.views { "'r', 'p', 'm', 'v', 'f'" } else { "'r', 'p', 'm'" };
    let sql = format!(
        "WITH mixed AS (SELECT pg_partition_root(oid)::oid AS root FROM pg_class WHERE relkind = 'f' AND relispartition) \
         SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ({kinds}) AND c.relpersistence <> 't' \
         AND CASE WHEN c.relispartition THEN c.relkind <> 'p' AND pg_partition_root(c.oid)::oid IN (SELECT root FROM mixed) \
           ELSE c.oid NOT IN (SELECT root FROM mixed) END \
         AND CASE WHEN c.oid = 'pg_largeobject'::regclass THEN EXISTS (SELECT FROM pg_largeobject_metadata) \
           ELSE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' END ORDER BY 1, 2"
    );
    let mut tables = Vec::new();
    for row in session.rows(&sql).await? {
        let Ok([schema, name, Some(oid)]) = <[_; 3]>::try_from(row) else { continue };
        // A name that is no UTF-8 cannot be asked for: the table is told by its number, and not found.
        let (schema, name) = (schema.unwrap_or_default(), name.unwrap_or_else(|| format!("oid {oid}")));
        tables.push((oid, ListedTable { schema, name, state: None }));
    }
    let read = tables.iter().filter(|(_, table)| options.asks_states && is_read(&table.schema, &table.name));
    let read: HashSet<String> = read.map(|(oid, _)| oid.clone()).collect();
    match states(session, &read).await {
        Ok(mut states) => tables.iter_mut().for_each(|(oid, table)| table.state = states.remove(oid)),
        // Then every table is read.
        Err(error) => tracing::debug!(detail = %error.detail, "the states of tables are not known"),
    }
    Ok(tables.into_iter().map(|(_, table)| table).collect())
}

/// What the catalogue says of a table.
struct Known {
    oid: String,
    counts: String,
    /// Where its newest key is, as a query.
    newest: Option<String>,
}

/// The oid and the state of each of these tables that has one.
async fn states(session: &Session, read: &HashSet<String>) -> Result<HashMap<String, String>, ReadError> {
    if read.is_empty() {
        return Ok(HashMap::new());
    }
    // Of a partitioned table those of its partitions. No function here waits for a lock of a table.
    let sql = format!(
        "WITH leaf AS (SELECT coalesce(pg_partition_root(c.oid)::oid, c.oid) AS root, c.oid, c.relkind, c.relfilenode, a.amname \
           FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.relkind IN ('r', 'm', 'f') AND c.relpersistence <> 't'), \
         counted AS (SELECT root, string_agg(concat_ws(',', oid, relfilenode, pg_stat_get_tuples_inserted(oid), \
             pg_stat_get_tuples_updated(oid), pg_stat_get_tuples_deleted(oid)), ';' ORDER BY oid) AS counts \
           FROM leaf GROUP BY root HAVING bool_and(relkind <> 'f' AND amname = 'heap')) \
         SELECT c.oid, counts, \
           concat_ws(',', c.relkind, pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_bgwriter), \
             (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())), \
           (SELECT md5(string_agg(concat_ws(',', attnum, attname, atttypid, atttypmod, attisdropped), ';' ORDER BY attnum)) \
             FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0), \
           (SELECT md5(string_agg(concat_ws(',', objsubid, description), ';' ORDER BY objsubid)) \
             FROM pg_description WHERE objoid = c.oid AND classoid = 'pg_class'::regclass), \
           (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint WHERE conrelid = c.oid), \
           n.nspname, c.relname, k.attname \
         FROM counted JOIN pg_class c ON c.oid = counted.root JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN LATERAL (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
             JOIN pg_type t ON t.oid = a.atttypid \
             WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid AND t.typcategory IN ('N', 'S', 'D') \
             AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')) AS k ON true \
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' \
         AND NOT row_security_active(c.oid) AND {COUNTS_CHANGES}"
    );
    let mut known = Vec::new();
    for row in session.rows(&sql).await? {
        let Ok([Some(oid), counts, since, columns, comments, constraints, schema, name, key]) = <[_; 9]>::try_from(row)
        else {
            continue;
        };
        if !read.contains(&oid) {
            continue;
        }
        let counts = [counts, since, columns, comments, constraints].map(Option::unwrap_or_default);
        let newest = schema.zip(name).zip(key).map(|((schema, name), key)| {
            format!("(SELECT max({})::text FROM {}.{})", quoted(&key), quoted(&schema), quoted(&name))
        });
        known.push(Known { oid, counts: digest(counts.iter().map(String::as_str)), newest });
    }
    let mut states = HashMap::new();
    for tables in known.chunks(KEYS_AT_ONCE) {
        let newest = newest_keys(session, tables).await?;
        for (Known { oid, counts, newest: query }, newest) in tables.iter().zip(newest) {
            if query.is_none() || newest.is_some() {
                let newest = newest.flatten().unwrap_or_default();
                states.insert(oid.clone(), digest([counts.as_str(), newest.as_str()]));
            }
        }
    }
    Ok(states)
}

/// The newest key of each table, `None` in it where there are no rows; and `None` where it cannot be known.
async fn newest_keys(session: &Session, tables: &[Known]) -> Result<Vec<Option<Option<String>>>, ReadError> {
    let queries: Vec<&str> = tables.iter().map(|table| table.newest.as_deref().unwrap_or("NULL")).collect();
    match session.rows(&format!("SELECT {}", queries.join(", "))).await {
        Ok(mut rows) if rows.len() == 1 => Ok(rows.remove(0).into_iter().map(Some).collect()),
        _ => {
            // One of them cannot be read, or is locked.
            let mut keys = Vec::new();
            for query in queries {
                let answer = session.rows(&format!("SELECT {query}")).await;
                keys.push(answer.ok().and_then(|rows| rows.into_iter().next()?.into_iter().next()));
            }
            Ok(keys)
        }
    }
}
