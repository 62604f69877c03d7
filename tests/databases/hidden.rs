//! Tables that the catalogue of MySQL or MariaDB stops to show: some are gone, of others the rights were taken away.

use super::object;
use super::unchanged::Server;
use crate::support::mariadb::MariadbServer;
use crate::support::mysql::MysqlServer;
use crate::support::scan::{jsonl, phinder, run};
use serde_json::Value;
use std::collections::BTreeMap;

const TABLES: &str = "CREATE DATABASE clinic; USE clinic;
    CREATE TABLE quiet(id INT PRIMARY KEY, note VARCHAR(20));
    CREATE TABLE kept(ssn VARCHAR(20)); INSERT INTO kept VALUES ('219-09-9998'), ('457-55-5462');
    CREATE TABLE denied(ssn VARCHAR(20)); INSERT INTO denied VALUES ('219-09-9998'), ('457-55-5462');
    CREATE TABLE dropped(ssn VARCHAR(20)); INSERT INTO dropped VALUES ('219-09-9998'), ('457-55-5462');
    CREATE TABLE `of_536-90-4399`(ssn VARCHAR(20)); INSERT INTO `of_536-90-4399` VALUES ('219-09-9998'), ('457-55-5462');";

fn grant(tables: &[&str]) -> String {
    tables.iter().map(|table| format!("GRANT SELECT ON clinic.`{table}` TO scanner; ")).collect()
}

fn nights(server: &dyn Server) {
    server.run(&grant(&["quiet", "kept", "denied", "dropped", "of_536-90-4399"]));
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("nights.ledger");
    // The lines of a night, and the state of each finding by its table after it.
    let night = |arguments: &[&str]| {
        let (code, lines) = jsonl(server.scan(&ledger).args(arguments));
        let (_, text, _) = run(phinder().args(["findings", "export", "--ledger"]).arg(&ledger));
        let row = |line: &str| -> (String, String) {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            // The table whose name is an identifier is shown without it.
            let table = text("location").rsplit('/').next().unwrap().to_owned();
            (if table.contains('*') { "masked".to_owned() } else { table }, text("state"))
        };
        let states: BTreeMap<String, String> = text.lines().map(row).collect();
        let state = |table: &str| states[table].clone();
        (code, lines, [state("kept"), state("denied"), state("dropped"), state("masked")])
    };
    assert_eq!(night(&[]).2, ["new", "new", "new", "new"]);
    server.run("REVOKE SELECT ON clinic.denied FROM scanner; DROP TABLE dropped; DELETE FROM kept");
    let (_, lines, states) = night(&["--full"]);
    assert_eq!(object(&lines, "/denied")["reason"], "access_denied", "{lines:?}");
    assert_eq!(states, ["resolved", "new", "resolved", "open"]);
    assert_eq!(night(&[]).2, ["resolved", "new", "resolved", "open"], "the next night says the same");
    // A table is asked for by the name that is shown. Where that is not its own, what is not listed is not gone.
    server.run(
        "REVOKE SELECT ON clinic.`of_536-90-4399` FROM scanner; CREATE TABLE dropped(ssn VARCHAR(20)); \
                INSERT INTO dropped VALUES ('219-09-9998'), ('457-55-5462')",
    );
    let (code, lines, states) = night(&[]);
    let denied = lines.iter().filter(|line| line["type"] == "object" && line["reason"] == "access_denied");
    assert_eq!((code, denied.count()), (1, 2), "{lines:?}");
    assert_eq!(states, ["resolved", "new", "reopened", "open"]);
    // Who may read the whole database is told what is gone.
    server
        .run("GRANT SELECT ON clinic.* TO scanner; DROP TABLE denied; DROP TABLE `of_536-90-4399`; DROP TABLE dropped");
    let (code, lines, states) = night(&[]);
    assert_eq!((code, states), (0, ["resolved"; 4].map(str::to_owned)), "{lines:?}");
}

#[test]
fn a_table_of_mariadb_that_may_not_be_read_any_more_is_not_gone() {
    let server = MariadbServer::start();
    MariadbServer::run(&server, TABLES);
    nights(&server);
}

#[test]
fn a_table_of_mysql_that_may_not_be_read_any_more_is_not_gone() {
    let Some(server) = MysqlServer::start() else {
        eprintln!("skipped: there is no MySQL server; see ./test");
        return;
    };
    MysqlServer::run(&server, TABLES);
    nights(&server);
}
