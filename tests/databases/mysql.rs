//! MySQL itself: its way to sign in, its types, its limit of time.

use super::{fields, object};
use crate::support::mysql::{MysqlServer, PASSWORD};
use crate::support::scan::{jsonl, phinder};
use std::process::Command;

fn scan(server: &MysqlServer, arguments: &[&str]) -> Command {
    let mut command = phinder();
    command.env("MYSQL_PWD", PASSWORD).args(["scan", &server.url("clinic"), "--no-progress", "--db-ca"]);
    command.arg(server.ca()).args(arguments);
    command
}

#[test]
fn mysql_is_read_over_tls_by_its_own_sign_in_and_types() {
    let Some(server) = MysqlServer::start() else {
        eprintln!("skipped: there is no MySQL server; see ./test");
        return;
    };
    server.run(
        r#"CREATE DATABASE clinic; USE clinic;
        CREATE TABLE types(id BIGINT UNSIGNED PRIMARY KEY, the_ssn TEXT, ssn_number BIGINT, doc JSON, scan LONGBLOB,
          born DATE, feeling ENUM('calm','sad'), kinds SET('a','b'), price DECIMAL(10,2), flag BIT(8), place POINT,
          embedding VECTOR(3), at TIMESTAMP(6), hidden_ssn VARCHAR(20) INVISIBLE,
          made VARCHAR(30) GENERATED ALWAYS AS (CONCAT('SSN ', the_ssn)) VIRTUAL, nothing TEXT) COMMENT 'of all kinds';
        INSERT INTO types(id, the_ssn, ssn_number, doc, scan, born, feeling, kinds, price, flag, place, embedding, at, hidden_ssn)
          VALUES (1, '219-09-9998', 12345679, '{"patient": {"ssn": "457-55-5462"}}',
          'patient_name,ssn,icd10\nMary Miller,219-09-9998,E11.9\nJohn Smith,457-55-5462,I10\n', '1961-04-05', 'sad', 'a,b', 12.5,
          b'101', POINT(1, 2), STRING_TO_VECTOR('[1,2,3]'), '2026-01-02 03:04:05.678', '536-90-4399');
        CREATE TABLE numbers(id INT PRIMARY KEY, ssn DECIMAL(11,2), ssn_double DOUBLE, ssn_float FLOAT);
        INSERT INTO numbers VALUES (1, 219099998, 219099998, 219099984), (2, 12345679, 12345679, 212090016);
        CREATE TABLE parts(id INT PRIMARY KEY, ssn TEXT) PARTITION BY HASH(id) PARTITIONS 4;
        INSERT INTO parts VALUES (1, '219-09-9998'), (2, '457-55-5462'), (3, '536-90-4399');
        CREATE TABLE many(id INT AUTO_INCREMENT PRIMARY KEY, note TEXT);
        SET SESSION cte_max_recursion_depth = 100000;
        INSERT INTO many(note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
          SELECT IF(i MOD 100 = 50, 'SSN 219-09-9998, diagnosis E11.9', 'quiet') FROM n;
        GRANT SELECT, SHOW VIEW ON clinic.* TO scanner"#,
    );
    let (code, lines) = jsonl(&mut scan(&server, &["--seed", "1", "--sample-rows", "1000"]));
    assert_eq!(code, 1, "{lines:?}");
    let found = fields(&lines, "/types");
    for field in ["the_ssn", "ssn_number", "doc.patient.ssn", "scan.ssn", "hidden_ssn", "made"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    let types = object(&lines, "/types");
    assert_eq!((&types["format"], &types["coverage"]), (&"mysql".into(), &"complete".into()), "{types}");
    assert_eq!(fields(&lines, "/numbers"), [("ssn", "us_ssn"), ("ssn_double", "us_ssn"), ("ssn_float", "us_ssn")]);
    assert_eq!(object(&lines, "/parts")["records"], 3, "partitions are read once");
    let many = &object(&lines, "/many")["sample"];
    assert_eq!((&many["method"], &many["total_rows"]), (&"keys".into(), &20_000.into()), "{many}");
    let log = server.log();
    assert!(log.contains("SSL/TLS"), "over TLS");
    assert!(log.contains("max_execution_time = 60000") && log.contains("SET SESSION TRANSACTION READ ONLY"), "{log}");
    let wrong = jsonl(scan(&server, &[]).env("MYSQL_PWD", "wrong")).1;
    assert_eq!(wrong[1]["reason"], "connection_failed");
}

#[test]
fn a_statement_of_mysql_ends_at_its_time() {
    let Some(server) = MysqlServer::start() else {
        eprintln!("skipped: there is no MySQL server; see ./test");
        return;
    };
    server.run(
        "CREATE DATABASE clinic; USE clinic; CREATE TABLE t(ssn TEXT); INSERT INTO t VALUES ('219-09-9998');
         CREATE VIEW slow AS SELECT ssn FROM t WHERE (SELECT COUNT(*) FROM information_schema.columns a,
           information_schema.columns b, information_schema.columns c) > 0 AND SLEEP(300) = 0;
         GRANT SELECT, SHOW VIEW ON clinic.* TO scanner",
    );
    let (code, lines) = jsonl(&mut scan(&server, &["--views", "--db-timeout", "1"]));
    assert_eq!(code, 1, "the rest goes on");
    assert_eq!(object(&lines, "/slow")["reason"], "timed_out", "{lines:?}");
    assert_eq!(fields(&lines, "/t"), [("ssn", "us_ssn")]);
}

#[test]
fn columns_that_mysql_hides_are_told() {
    let Some(server) = MysqlServer::start() else {
        eprintln!("skipped: there is no MySQL server; see ./test");
        return;
    };
    server.run(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE half(id INT PRIMARY KEY, ssn TEXT, hidden TEXT); INSERT INTO half VALUES (1, '219-09-9998', 'x');
         CREATE TABLE by_role(ssn TEXT, hidden TEXT); INSERT INTO by_role VALUES ('219-09-9998', 'x'); CREATE TABLE whole(ssn TEXT, other TEXT);
         CREATE ROLE readers; GRANT SELECT (ssn) ON by_role TO readers; GRANT readers TO scanner; SET DEFAULT ROLE readers TO scanner;
         GRANT SELECT (ssn) ON half TO scanner; GRANT SELECT ON whole TO scanner",
    );
    let (_, lines) = jsonl(&mut scan(&server, &[]));
    for table in ["/half", "/by_role"] {
        let line = object(&lines, table);
        assert_eq!((&line["coverage"], &line["reason"]), (&"partial".into(), &"access_denied".into()), "{line}");
    }
    assert_eq!(fields(&lines, "/half"), [("ssn", "us_ssn")], "what may be read is read");
    assert_eq!(object(&lines, "/whole")["coverage"], "complete");
}
