//! MariaDB: sign-in, what is read of which table, by which statements.

use super::{fields, hexadecimal, names_its_strata, object, packed_people, states_no_falsehood};
use crate::support::mariadb::{MariadbServer, PASSWORD};
use crate::support::scan::{jsonl, phinder};
use std::process::Command;
use std::time::{Duration, Instant};

/// A scan with the password and the authority of the server.
fn scan(server: &MariadbServer, target: &str) -> Command {
    let mut command = phinder();
    command.env("MYSQL_PWD", PASSWORD).args(["scan", target, "--no-progress", "--db-ca"]).arg(server.ca());
    command
}

#[test]
fn tables_and_types_are_read_and_gaps_are_told() {
    let server = MariadbServer::start();
    server.run(
        r#"CREATE DATABASE clinic; USE clinic;
        CREATE TABLE `Odd ``na.me/ü`(id BIGINT PRIMARY KEY, `the ssn` TEXT, ssn_number BIGINT, doc JSON, scan BLOB,
          born DATE, feeling ENUM('calm','sad'), price DECIMAL(10,2), flag BIT(8), place POINT, nothing TEXT);
        INSERT INTO `Odd ``na.me/ü` VALUES (1, '219-09-9998', 12345679, '{"patient": {"ssn": "457-55-5462"}}',
          'patient_name,ssn,icd10\nMary Miller,219-09-9998,E11.9\nJohn Smith,457-55-5462,I10\n', '1961-04-05', 'sad', 12.5,
          b'101', POINT(1, 2), NULL);
        CREATE TABLE nobody(a INT);
        CREATE VIEW seen AS SELECT `the ssn` AS ssn FROM `Odd ``na.me/ü`;
        CREATE DATABASE other; CREATE TABLE other.t(ssn TEXT); INSERT INTO other.t VALUES ('219-09-9998');
        GRANT SELECT, SHOW VIEW ON clinic.* TO scanner; GRANT SELECT ON other.* TO scanner;"#,
    );
    let (code, lines) = jsonl(&mut scan(&server, &server.url("clinic")));
    assert_eq!(code, 1);
    let odd = "/clinic/Odd `na%2Eme%2Fü";
    let found = fields(&lines, odd);
    for field in ["the ssn", "ssn_number", "doc.patient.ssn", "scan.ssn"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    assert_eq!(object(&lines, odd)["location"], format!("mysql://localhost:{}{odd}", server.port));
    assert_eq!(
        (&object(&lines, odd)["format"], &object(&lines, odd)["coverage"]),
        (&"mysql".into(), &"complete".into())
    );
    assert_eq!(object(&lines, "/nobody")["coverage"], "complete");
    assert_eq!(lines.iter().filter(|line| line["type"] == "object").count(), 2, "no views");
    let (_, lines) = jsonl(scan(&server, &server.url("")).arg("--views"));
    assert!(fields(&lines, "/clinic/seen").contains(&("ssn", "us_ssn")), "all databases, views too");
    assert!(fields(&lines, "/other/t").contains(&("ssn", "us_ssn")));
    assert!(server.log().contains("START TRANSACTION READ ONLY"));
    let gap = |command: &mut Command| {
        let (code, lines) = jsonl(command);
        assert_eq!(code, 3);
        assert!(!format!("{lines:?}").contains(PASSWORD));
        lines[1]["reason"].as_str().unwrap().to_owned()
    };
    let target = server.url("clinic");
    assert_eq!(gap(scan(&server, &target).env("MYSQL_PWD", "wrong")), "connection_failed");
    assert_eq!(gap(phinder().env("MYSQL_PWD", PASSWORD).args(["scan", &target])), "insecure", "nobody vouches for it");
    let mut trusting = phinder();
    trusting.env("MYSQL_PWD", PASSWORD).args(["scan", &target, "--db-insecure-host", "localhost"]);
    assert_eq!(jsonl(&mut trusting).0, 1);
}

#[test]
fn rows_are_drawn_by_key_and_never_by_sorting() {
    let server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE dense(id INT AUTO_INCREMENT PRIMARY KEY, note TEXT);
         INSERT INTO dense(note) SELECT IF(seq MOD 100 = 50, 'SSN 219-09-9998, diagnosis E11.9', 'quiet') FROM seq_1_to_30000;
         CREATE TABLE sparse(id BIGINT UNSIGNED PRIMARY KEY, note TEXT);
         INSERT INTO sparse SELECT seq * 600000000000001, 'quiet' FROM seq_1_to_20000;
         CREATE TABLE pairs(a INT, b INT, note TEXT, PRIMARY KEY (a, b));
         INSERT INTO pairs SELECT seq DIV 10, seq MOD 10, 'quiet' FROM seq_1_to_20000;
         CREATE TABLE worded(k VARCHAR(20) PRIMARY KEY, note TEXT);
         INSERT INTO worded SELECT CONCAT('k', seq), 'quiet' FROM seq_1_to_20000;
         GRANT SELECT ON clinic.* TO scanner",
    );
    let sample = |seed: &str| {
        let mut command = scan(&server, &server.url("clinic"));
        jsonl(command.args(["--seed", seed, "--sample-rows", "1000"])).1
    };
    let (one, again) = (sample("1"), sample("1"));
    let methods = [("dense", "keys"), ("sparse", "rows"), ("pairs", "rows"), ("worded", "rows")];
    for (table, method) in methods {
        let line = object(&one, &format!("/{table}"));
        let sample = &line["sample"];
        assert_eq!((&line["coverage"], &sample["method"]), (&"sampled".into(), &method.into()), "{table}: {line}");
        assert!(sample["rows"].as_u64().unwrap() >= 1000, "{table}: {sample}");
        assert_eq!(sample["independent_rows"], sample["rows"], "{table}: each row has its own lot");
        assert_eq!(sample["total_is_exact"], true);
        names_its_strata(line);
        assert_eq!(line["sample"], object(&again, &format!("/{table}"))["sample"]);
    }
    let dense = object(&one, "/dense");
    let share = |key: &str| dense["sample"][key].as_f64().unwrap();
    assert!(share("share_at_least") < 0.01 && 0.01 < share("share_at_most"), "{dense}");
    assert_eq!(dense["classes"], object(&again, "/dense")["classes"]);
    assert!(!server.log().to_uppercase().contains("ORDER BY RAND"));
    let (_, full) = jsonl(scan(&server, &server.url("clinic")).args(["--full", "--include", "clinic.dense"]));
    assert_eq!(object(&full, "/dense")["classes"]["phi"], 300);
}

/// Rows crowd behind one key, or far from another one: nobody can tell from keys where they are.
#[test]
fn keys_that_say_little_of_rows_do_not_mislead() {
    let server = MariadbServer::start();
    let note = "IF(seq > 300 AND seq MOD 2 = 0 AND seq < 19900, 'SSN 219-09-9998, diagnosis E11.9', 'quiet')";
    server.run(&format!(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE tenants(tenant INT, id INT, note TEXT, PRIMARY KEY (tenant, id));
         INSERT INTO tenants SELECT 7, seq, {note} FROM seq_1_to_20000;
         CREATE TABLE states(active TINYINT, id INT, note TEXT, PRIMARY KEY (active, id));
         INSERT INTO states SELECT seq MOD 2, seq, {note} FROM seq_1_to_20000;
         CREATE TABLE outlier(id BIGINT PRIMARY KEY, note TEXT);
         INSERT INTO outlier SELECT seq, {note} FROM seq_1_to_20000;
         INSERT INTO outlier VALUES (9223372036854775807, 'quiet');
         CREATE TABLE newest(id INT AUTO_INCREMENT PRIMARY KEY, note TEXT);
         INSERT INTO newest(note) SELECT IF(seq > 49950, 'SSN 219-09-9998, diagnosis E11.9', 'quiet') FROM seq_1_to_50000;
         GRANT SELECT ON clinic.* TO scanner"
    ));
    for seed in ["1", "2", "3"] {
        let (code, lines) = jsonl(scan(&server, &server.url("clinic")).args(["--seed", seed]));
        assert_eq!(code, 1);
        for table in ["tenants", "states", "outlier"] {
            let line = object(&lines, &format!("/{table}"));
            assert_eq!(line["sample"]["method"], "rows", "{line}");
            assert!(line["classes"]["phi"].as_u64().unwrap() > 1_000, "about half of the rows: {line}");
            assert!(line["sample"]["share_at_most"].as_f64().unwrap() < 0.6, "{line}");
            states_no_falsehood(line, 0.49);
        }
        let newest = object(&lines, "/newest");
        assert_eq!((&newest["sample"]["method"], &newest["sample"]["share_at_least"]), (&"keys".into(), &0.001.into()));
        states_no_falsehood(newest, 0.001);
    }
    assert!(!server.log().contains("UNION ALL"), "a table that can be passed is passed");
}

/// What cannot be drawn by lot in the time of a statement is read as far as it goes, and no share is stated.
#[test]
fn what_is_no_random_sample_is_not_called_one() {
    let server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE big(tenant INT, id INT, note TEXT, filler VARCHAR(7500) CHARACTER SET latin1, PRIMARY KEY (tenant, id));
         INSERT INTO big SELECT seq MOD 40, seq, 'SSN 219-09-9998, diagnosis E11.9', REPEAT('x', 7500) FROM seq_1_to_20000;
         CREATE TABLE slow(k CHAR(6) PRIMARY KEY, n INT,
           x CHAR(128) AS (IF(n BETWEEN 100 AND 4900, SHA2(REPEAT('x', 10000000), 512), '')) VIRTUAL);
         INSERT INTO slow(k, n) SELECT CONCAT('k', LPAD(seq, 5, '0')), seq FROM seq_1_to_5000;
         ANALYZE TABLE big, slow; GRANT SELECT ON clinic.* TO scanner",
    );
    let mut command = scan(&server, &server.url("clinic"));
    let (_, lines) = jsonl(command.args(["--sample-rows", "500", "--db-timeout", "1"]));
    for (table, method, coverage) in [("big", "key_ranges", "sampled"), ("slow", "first", "partial")] {
        let line = object(&lines, &format!("/{table}"));
        let sample = &line["sample"];
        assert_eq!((&sample["method"], &line["coverage"]), (&method.into(), &coverage.into()), "{line}");
        assert_eq!(sample["independent_rows"], 0, "{line}");
        assert!(sample["share_at_least"].is_null() && sample["share_at_most"].is_null(), "{line}");
        assert!(sample["statement"].as_str().unwrap().contains("because these were not chosen at random"), "{line}");
        // No row is counted twice.
        names_its_strata(line);
    }
    assert!(object(&lines, "/big")["sample"]["rows"].as_u64().unwrap() >= 500);
    assert_eq!(object(&lines, "/slow")["reason"], "timed_out");
    assert!((1..=20).contains(&server.log().matches("UNION ALL (SELECT").count().div_ceil(49)), "few statements");
}

#[test]
fn a_scan_that_is_stopped_leaves_no_statement_behind() {
    let server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; CREATE VIEW clinic.slow AS SELECT SLEEP(600) AS x; GRANT SELECT, SHOW VIEW ON clinic.* TO scanner;",
    );
    let running = |expected: &str| {
        let deadline = Instant::now() + Duration::from_secs(60);
        let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'scanner' AND state = 'User sleep'";
        while server.text(sql).trim() != expected {
            assert!(Instant::now() < deadline, "there are not {expected} statements");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut command = scan(&server, &server.url("clinic"));
    let command = command.args(["--views", "--db-timeout", "600"]).stdout(std::process::Stdio::null());
    let mut process = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    running("1");
    Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(2), "it says that it was stopped");
    running("0");
    assert!(server.log().contains("KILL QUERY"), "it is asked for over a second connection");
}

#[test]
fn comments_and_keys_are_evidence() {
    let server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE patients(id INT PRIMARY KEY, c17 VARCHAR(20) COMMENT 'patient SSN');
         CREATE TABLE diagnoses(patient INT, icd10 TEXT, FOREIGN KEY (patient) REFERENCES patients(id));
         CREATE TABLE c18(name TEXT) COMMENT 'name and SSN of each patient'; INSERT INTO c18 VALUES ('Mary Miller');
         CREATE TABLE c19(name TEXT) COMMENT 'parts'; INSERT INTO c19 VALUES ('Mary Miller');
         INSERT INTO patients VALUES (1, '219099998'); INSERT INTO diagnoses VALUES (1, 'E11.9');
         GRANT SELECT ON clinic.* TO scanner",
    );
    let (_, lines) = jsonl(&mut scan(&server, &server.url("clinic")));
    assert_eq!(fields(&lines, "/patients"), [("c17", "us_ssn")]);
    assert_eq!(fields(&lines, "/c18"), [("name", "person_name")], "the comment of the table speaks for the name");
    assert!(fields(&lines, "/c19").is_empty());
    let note = lines.last().unwrap()["notes"][0].as_str().unwrap();
    assert!(
        note.contains("/clinic/diagnoses is linkable with people of") && note.contains("/patients by patient:"),
        "{note}"
    );
}

#[test]
fn columns_that_are_hidden_are_told_whoever_hides_them() {
    let server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE half(id INT PRIMARY KEY, ssn TEXT, hidden TEXT); INSERT INTO half SELECT seq, IF(seq MOD 10 = 0, '219-09-9998', NULL), 'x' FROM seq_1_to_5000;
         CREATE TABLE by_role(ssn TEXT, hidden TEXT); INSERT INTO by_role VALUES ('219-09-9998', 'x'); CREATE TABLE whole(ssn TEXT, other TEXT); CREATE TABLE all_columns(a TEXT, b TEXT);
         CREATE ROLE readers; GRANT SELECT (ssn) ON by_role TO readers; GRANT readers TO scanner; SET DEFAULT ROLE readers FOR scanner;
         GRANT SELECT (ssn) ON half TO scanner; GRANT SELECT ON whole TO scanner; GRANT SELECT (a, b) ON all_columns TO scanner;
         CREATE DATABASE wide; CREATE TABLE wide.t(ssn TEXT, other TEXT); GRANT SELECT ON `wi%`.* TO scanner; GRANT SELECT (ssn) ON wide.t TO scanner",
    );
    let (_, lines) = jsonl(&mut scan(&server, &server.url("")));
    for table in ["clinic/half", "clinic/by_role"] {
        let line = object(&lines, table);
        assert_eq!((&line["coverage"], &line["reason"]), (&"partial".into(), &"access_denied".into()), "{line}");
    }
    assert_eq!(fields(&lines, "clinic/half"), [("ssn", "us_ssn")], "what may be read is read");
    for table in ["clinic/whole", "clinic/all_columns", "wide/t"] {
        assert_eq!(object(&lines, table)["coverage"], "complete", "{table}");
    }
}

#[test]
fn long_rows_numbers_of_any_type_and_packed_cells_are_read() {
    let server = MariadbServer::start();
    let (packed, latin) = (packed_people(), hexadecimal(b"SSN 219-09-9998 caf\xe9"));
    server.run(&format!(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE long_rows(id INT PRIMARY KEY, a LONGTEXT, b LONGTEXT, c LONGTEXT);
         INSERT INTO long_rows SELECT 1, REPEAT('x', 8000000), REPEAT('y', 8000000), REPEAT('z', 8000000);
         INSERT INTO long_rows VALUES (2, 'SSN 219-09-9998', NULL, NULL);
         CREATE TABLE numbers(id INT PRIMARY KEY, ssn DECIMAL(11,2), ssn_double DOUBLE, ssn_int INT, ssn_float FLOAT);
         INSERT INTO numbers VALUES (1, 219099998, 219099998, 12345679, 219099984), (2, 12345679, 12345679, 12345679, 212090016);
         CREATE TABLE cells(id INT PRIMARY KEY, file BLOB, note VARBINARY(60), id_of_row BINARY(16), fixed BINARY(40));
         INSERT INTO cells VALUES (1, 0x{packed}, 0x{latin}, 0x11111111222233334444555555555555, 'SSN 219-09-9998');
         GRANT SELECT ON clinic.* TO scanner"
    ));
    let (_, lines) = jsonl(&mut scan(&server, &server.url("clinic")));
    let long = object(&lines, "/long_rows");
    assert_eq!((&long["coverage"], &long["records"]), (&"complete".into(), &2.into()), "{long}");
    assert_eq!(fields(&lines, "/long_rows"), [("a", "us_ssn")], "what stands behind a long row is read");
    let found = fields(&lines, "/numbers");
    // Of a FLOAT six digits are shown, which no SSN ends with here.
    for field in ["ssn", "ssn_double", "ssn_int", "ssn_float"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    let found = fields(&lines, "/cells");
    for field in ["file.ssn", "note", "fixed"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    assert_eq!(object(&lines, "/cells")["coverage"], "complete");
}

/// What was deleted from a table that keeps its history is still there.
#[test]
fn the_history_of_a_table_is_read_with_it() {
    let server = MariadbServer::start();
    let note = "IF(seq MOD 100 = 50, 'SSN 219-09-9998, diagnosis E11.9', 'quiet')";
    server.run(&format!(
        "CREATE DATABASE clinic; USE clinic;
         CREATE TABLE few(id INT PRIMARY KEY, note TEXT) WITH SYSTEM VERSIONING;
         INSERT INTO few VALUES (1, 'SSN 219-09-9998, diagnosis E11.9'), (2, 'quiet'); DELETE FROM few WHERE id = 1;
         CREATE TABLE many(id INT PRIMARY KEY, note TEXT) WITH SYSTEM VERSIONING;
         INSERT INTO many SELECT seq, {note} FROM seq_1_to_20000; UPDATE many SET note = 'quiet'; GRANT SELECT ON clinic.* TO scanner"
    ));
    let (_, lines) = jsonl(scan(&server, &server.url("clinic")).args(["--seed", "1"]));
    let few = object(&lines, "/few");
    assert_eq!((&few["classes"]["phi"], &few["records"], &few["coverage"]), (&1.into(), &2.into(), &"complete".into()));
    let many = object(&lines, "/many");
    assert_eq!((&many["sample"]["method"], &many["sample"]["total_rows"]), (&"rows".into(), &40_000.into()), "{many}");
    states_no_falsehood(many, 200.0 / 40_000.0);
    let (_, full) = jsonl(scan(&server, &server.url("clinic")).arg("--full"));
    assert_eq!(object(&full, "/many")["classes"]["phi"], 200);
}

#[test]
fn a_server_that_ends_in_a_scan_is_a_gap_of_the_table() {
    let mut server = MariadbServer::start();
    server.run(
        "CREATE DATABASE clinic; CREATE VIEW clinic.slow AS SELECT SLEEP(600) AS x; GRANT SELECT, SHOW VIEW ON clinic.* TO scanner",
    );
    let mut command = scan(&server, &server.url("clinic"));
    let process = std::thread::spawn(move || jsonl(command.args(["--views", "--db-timeout", "600"])));
    let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'scanner' AND state = 'User sleep'";
    while server.text(sql).trim() != "1" {
        std::thread::sleep(Duration::from_millis(20));
    }
    server.stop();
    let (code, lines) = process.join().unwrap();
    assert_eq!(code, 3);
    assert_eq!(object(&lines, "/slow")["reason"], "connection_failed");
}

#[test]
fn a_server_without_tls_is_refused_unless_it_is_named() {
    let server = MariadbServer::start_without_tls();
    server.run("CREATE DATABASE clinic; CREATE TABLE clinic.t(ssn TEXT); GRANT SELECT ON clinic.* TO scanner");
    let target = server.url("clinic");
    let (code, lines) = jsonl(&mut scan(&server, &target));
    assert_eq!((code, &lines[1]["reason"]), (3, &"insecure".into()), "{lines:?}");
    assert!(!server.log().contains("Connect\tscanner"), "nobody signed in");
    let mut trusting = phinder();
    trusting.env("MYSQL_PWD", PASSWORD).args(["scan", &target, "--db-insecure-host", "localhost"]);
    assert_eq!(jsonl(&mut trusting).0, 0);
}
