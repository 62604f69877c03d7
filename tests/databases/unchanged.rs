//! Tables that are unchanged since an earlier scan: they are not read again, and the scan says the same of them.

use super::{fields, object};
use crate::support::mariadb::{self, MariadbServer};
use crate::support::mysql::{self, MysqlServer};
use crate::support::postgres::{self, PostgresServer};
use crate::support::scan::{jsonl, phinder};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A small table of health data, one of people that leads to it, and one that is sampled.
const TABLES: &str = "CREATE TABLE visits(id INT PRIMARY KEY, icd10 VARCHAR(20), note VARCHAR(99));
         INSERT INTO visits VALUES (1, 'E11.9', 'diagnosis E11.9, type 2 diabetes'), (2, 'I10', 'diagnosis I10, hypertension');
         CREATE TABLE people(id INT PRIMARY KEY, patient_name VARCHAR(40), ssn VARCHAR(20), visit INT,
           FOREIGN KEY (visit) REFERENCES visits(id));
         INSERT INTO people VALUES (1, 'Mary Miller', '219-09-9998', 1), (2, 'John Smith', '457-55-5462', 2);
         CREATE TABLE many(id INT PRIMARY KEY, note VARCHAR(99));
         INSERT INTO many WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
           SELECT i + 900 * k, 'all quiet' FROM n, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4
             UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS ten;";

const SAMPLE: &[&str] = &["--sample-rows", "1000", "--seed"];

/// A server with those tables.
pub trait Server {
    fn run(&self, sql: &str);
    fn log(&self) -> String;
    /// A scan of the database, with a ledger.
    fn scan(&self, ledger: &Path) -> Command;
}

impl Server for PostgresServer {
    fn run(&self, sql: &str) {
        PostgresServer::run(self, "clinic", sql);
    }
    fn log(&self) -> String {
        PostgresServer::log(self)
    }
    fn scan(&self, ledger: &Path) -> Command {
        scan(&self.url("clinic"), self.ca(), ("PGPASSWORD", postgres::PASSWORD), ledger)
    }
}

impl Server for MariadbServer {
    fn run(&self, sql: &str) {
        MariadbServer::run(self, &format!("USE clinic; {sql}"));
    }
    fn log(&self) -> String {
        MariadbServer::log(self)
    }
    fn scan(&self, ledger: &Path) -> Command {
        scan(&self.url("clinic"), self.ca(), ("MYSQL_PWD", mariadb::PASSWORD), ledger)
    }
}

impl Server for MysqlServer {
    fn run(&self, sql: &str) {
        MysqlServer::run(self, &format!("USE clinic; {sql}"));
    }
    fn log(&self) -> String {
        MysqlServer::log(self)
    }
    fn scan(&self, ledger: &Path) -> Command {
        scan(&self.url("clinic"), self.ca(), ("MYSQL_PWD", mysql::PASSWORD), ledger)
    }
}

fn scan(target: &str, ca: &Path, password: (&str, &str), ledger: &Path) -> Command {
    let mut command = phinder();
    command.env(password.0, password.1).args(["scan", target, "--no-progress", "--ledger"]).arg(ledger);
    command.arg("--db-ca").arg(ca);
    command
}

/// Nights of scans over the tables of a server, whose statements are in its log.
fn nights(server: &dyn Server) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("nights.ledger");
    let reads = || server.log().matches("START TRANSACTION READ ONLY").count();
    // The lines of a night, and how many tables it read.
    let night = |arguments: &[&[&str]]| {
        let before = reads();
        let (_, lines) = jsonl(server.scan(&ledger).args(arguments.concat()));
        (lines, reads() - before)
    };
    let first = night(&[SAMPLE, &["1"]]);
    assert_eq!(first.1, 3);
    assert!(fields(&first.0, "people").contains(&("ssn", "us_ssn")));
    let second = night(&[SAMPLE, &["1"]]);
    assert_eq!(second.1, 0, "nothing was changed");
    for table in ["visits", "people", "many"] {
        assert_eq!(object(&first.0, table), object(&second.0, table));
        assert_eq!(fields(&first.0, table), fields(&second.0, table));
    }
    let links = |lines: &[Value]| lines.last().unwrap()["links"].clone();
    assert!(links(&first.0)[0]["by"].is_array(), "{}", links(&first.0));
    assert_eq!(links(&first.0), links(&second.0), "keys are remembered");
    let other_seed = night(&[SAMPLE, &["2"]]);
    assert_eq!(other_seed.1, 1, "another sample of one table, and all rows of the others as before");
    assert_ne!(object(&other_seed.0, "many")["sample"], object(&first.0, "many")["sample"]);
    server.run("UPDATE many SET note = 'SSN 219-09-9998, diagnosis E11.9'");
    let changed = night(&[SAMPLE, &["2"]]);
    assert_eq!(changed.1, 1);
    assert!(fields(&changed.0, "many").contains(&("note", "us_ssn")));
    // MySQL forgets when a table was last changed as soon as its columns are.
    server.run(
        "DELETE FROM people WHERE id = 2; ALTER TABLE visits ADD COLUMN ssn VARCHAR(20) DEFAULT '536-90-4399'; \
         INSERT INTO visits VALUES (3, 'I10', 'diagnosis I10', '457-55-5462')",
    );
    let (lines, read) = night(&[&["--sample-rows", "all"]]);
    assert_eq!(read, 3, "samples are not all rows");
    assert!(fields(&lines, "visits").contains(&("ssn", "us_ssn")));
    assert_eq!(object(&lines, "people")["records"], 1);
    // A server that knows the second of a change tells no change within it from the next.
    std::thread::sleep(Duration::from_secs(3));
    assert!(night(&[&["--sample-rows", "all"]]).1 <= 3);
    assert_eq!(night(&[&["--sample-rows", "all"]]).1, 0);
    server.run("INSERT INTO many VALUES (9001, 'diagnosis E11.9')");
    assert_eq!(night(&[&["--sample-rows", "all"]]).1, 1);
    assert_eq!(night(&[&["--full"]]).1, 3, "all that is unchanged too");
}

#[test]
fn an_unchanged_table_of_postgres_is_not_read_again() {
    let server = PostgresServer::start();
    PostgresServer::run(&server, "postgres", "CREATE DATABASE clinic");
    Server::run(&server, TABLES);
    Server::run(&server, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner");
    nights(&server);
}

#[test]
fn states_are_asked_for_who_remembers_them_and_of_what_is_read() {
    let server = PostgresServer::start();
    PostgresServer::run(&server, "postgres", "CREATE DATABASE clinic");
    Server::run(&server, TABLES);
    Server::run(&server, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner");
    let folder = tempfile::tempdir().unwrap();
    jsonl(&mut phinder_without_ledger(&server));
    assert!(!server.log().contains("pg_stat_get_tuples_inserted"), "nobody remembers");
    jsonl(server.scan(&folder.path().join("a.ledger")).args(["--exclude", "public.many"]));
    let newest = |table: &str| server.log().contains(&format!("max(\"id\")::text FROM \"public\".\"{table}\""));
    assert!(newest("people") && !newest("many"), "a table that is left out is not touched");
}

fn phinder_without_ledger(server: &PostgresServer) -> Command {
    let mut command = phinder();
    command.env("PGPASSWORD", postgres::PASSWORD).args(["scan", &server.url("clinic"), "--no-progress", "--db-ca"]);
    command.arg(server.ca());
    command
}

#[test]
fn an_unchanged_table_of_mariadb_is_not_read_again() {
    let server = MariadbServer::start();
    MariadbServer::run(&server, "CREATE DATABASE clinic; GRANT SELECT ON clinic.* TO scanner");
    Server::run(&server, TABLES);
    std::thread::sleep(Duration::from_secs(3));
    nights(&server);
}

#[test]
fn an_unchanged_table_of_mysql_is_not_read_again() {
    let Some(server) = MysqlServer::start() else {
        eprintln!("skipped: there is no MySQL server; see ./test");
        return;
    };
    MysqlServer::run(&server, "CREATE DATABASE clinic; GRANT SELECT ON clinic.* TO scanner");
    Server::run(&server, TABLES);
    std::thread::sleep(Duration::from_secs(3));
    nights(&server);
}

#[test]
fn a_database_file_is_read_again_when_it_or_its_log_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (path, ledger) = (folder.path().join("clinic.db"), folder.path().join("nights.ledger"));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE notes(note TEXT); INSERT INTO notes VALUES ('all quiet')").unwrap();
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    let written_at =
        |at: SystemTime| std::fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
    let scan = || {
        let mut command = phinder();
        command.args(["scan", &format!("sqlite:{}", path.display()), "--no-progress", "--ledger"]).arg(&ledger);
        jsonl(&mut command).1
    };
    written_at(yesterday);
    scan();
    connection.execute("UPDATE notes SET note = 'SSN 219-09-9998, diagnosis E11.9'", []).unwrap();
    // As if nothing had been written: size and time are what is looked at.
    written_at(yesterday);
    assert!(fields(&scan(), "/notes").is_empty());
    written_at(yesterday + Duration::from_secs(1));
    assert!(fields(&scan(), "/notes").contains(&("note", "us_ssn")));
    let log = "PRAGMA journal_mode = WAL; UPDATE notes SET note = 'SSN 219-09-9998, diagnosis E11.9, I10'";
    connection.execute_batch(log).unwrap();
    written_at(yesterday + Duration::from_secs(1));
    let lines = scan();
    assert_eq!(object(&lines, "/notes")["format"], "sqlite");
    let codes = |lines: &[Value]| {
        let of_codes = lines.iter().filter(|line| line["detector"] == "icd10cm");
        of_codes.map(|line| line["values"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(codes(&lines), 2, "the log was written now: {lines:?}");
}
