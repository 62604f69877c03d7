//! PostgreSQL: sign-in, what is read of which table, and what is said where something cannot be read.

use super::{FORM, LETTER, PEOPLE, fields, hexadecimal, object, packed_people, states_no_falsehood};
use crate::support::postgres::{PASSWORD, PostgresServer};
use crate::support::scan::{jsonl, jsonl_and_peak, phinder, run};
use serde_json::Value;
use std::process::Command;

/// A scan with the password and the authority of the server.
fn scan(server: &PostgresServer, target: &str) -> Command {
    let mut command = phinder();
    command.env("PGPASSWORD", PASSWORD).args(["scan", target, "--no-progress", "--db-ca"]).arg(server.ca());
    command
}

const EVERY_KIND: &str = r#"
CREATE TYPE mood AS ENUM ('calm', 'sad');
CREATE DOMAIN ssn_text AS text;
CREATE TABLE "Odd ""na.me/ü"(id bigint PRIMARY KEY, "the ssn" ssn_text, ssn_number bigint, doc jsonb, tags text[],
  scan bytea, born date, feeling mood, price numeric, span int4range, key uuid, x xml, nothing text);
INSERT INTO "Odd ""na.me/ü" VALUES (1, '219-09-9998', 12345679, '{"patient": {"ssn": "457-55-5462"}}',
  '{"SSN 219-09-9998","x"}', convert_to(E'patient_name,ssn,icd10\nMary Miller,219-09-9998,E11.9\nJohn Smith,457-55-5462,I10\n', 'UTF8'),
  '1961-04-05', 'sad', 12.50, '[1,5)', '11111111-2222-3333-4444-555555555555', '<a>SSN 219-09-9998</a>', NULL);
CREATE TABLE nobody(a int);
CREATE TABLE parts(id int, ssn text) PARTITION BY RANGE (id);
CREATE TABLE parts_one PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_two PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, '219-09-9998'), (11, '457-55-5462');
CREATE VIEW seen AS SELECT * FROM parts;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner;
CREATE TABLE secret(ssn text);
CREATE TABLE half(ssn text, hidden text);
INSERT INTO half VALUES ('219-09-9998', 'x');
GRANT SELECT (ssn) ON half TO scanner;
CREATE TABLE guarded(ssn text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON guarded TO scanner;
"#;

#[test]
fn every_table_and_type_is_read_and_gaps_are_told() {
    let server = PostgresServer::start();
    server.run("postgres", "CREATE DATABASE clinic");
    server.run("postgres", "CREATE DATABASE shut ALLOW_CONNECTIONS false");
    server.run("clinic", EVERY_KIND);
    let (code, lines) = jsonl(&mut scan(&server, &server.url("clinic")));
    assert_eq!(code, 1);
    let odd = r#"/clinic/public.Odd "na%2Eme%2Fü"#;
    let found = fields(&lines, odd);
    for field in ["the ssn", "ssn_number", "doc.patient.ssn", "tags[]", "scan.ssn", "x"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    assert_eq!(object(&lines, odd)["location"], format!("postgres://localhost:{}{odd}", server.port));
    assert_eq!(
        (&object(&lines, odd)["format"], &object(&lines, odd)["coverage"]),
        (&"postgres".into(), &"complete".into())
    );
    assert_eq!(object(&lines, "public.nobody")["coverage"], "complete");
    assert_eq!(object(&lines, "public.parts")["records"], 2, "partitions are read once, in their table");
    let listed =
        |name: &str| lines.iter().any(|line| line["location"].as_str().is_some_and(|place| place.contains(name)));
    assert!(!listed("parts_one") && !listed("public.seen") && !listed("pg_catalog"));
    for (table, reason) in [("secret", "access_denied"), ("half", "access_denied"), ("guarded", "row_security")] {
        assert_eq!(object(&lines, &format!("public.{table}"))["reason"], reason, "{table}");
    }
    assert_eq!(fields(&lines, "public.half"), [("ssn", "us_ssn")], "what may be read is read");
    let (_, lines) = jsonl(scan(&server, &server.url("")).arg("--views"));
    assert!(fields(&lines, "/clinic/public.seen").contains(&("ssn", "us_ssn")), "all databases, views too");
    assert_eq!(object(&lines, "/shut")["reason"], "connection_failed", "nobody can look into it");
    let log = server.log();
    assert!(!log.contains(PASSWORD), "no statement names it");
    let statements: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("scanner LOG:  statement: ")).collect();
    assert!(statements.len() > 20, "{log}");
    for word in ["INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "ALTER ", "GRANT ", "COPY "] {
        assert!(!statements.iter().any(|statement| statement.contains(word)), "{word}");
    }
    assert!(log.contains("START TRANSACTION READ ONLY"));
}

#[test]
fn large_tables_are_sampled_by_blocks_and_small_ones_by_rows() {
    let server = PostgresServer::start();
    let note = "CASE WHEN i % 1000 = 500 THEN 'SSN 219-09-9998, diagnosis E11.9' ELSE 'all quiet' END";
    server.run(
        "postgres",
        &format!(
            "CREATE TABLE large(note text, filler text) WITH (fillfactor = 10);
             INSERT INTO large SELECT {note}, repeat('x', 60) FROM generate_series(1, 100000) AS i;
             CREATE TABLE large_keyed(id int PRIMARY KEY, note text, filler text) WITH (fillfactor = 10);
             INSERT INTO large_keyed SELECT i * 3, {note}, repeat('x', 60) FROM generate_series(1, 100000) AS i;
             CREATE TABLE small AS SELECT i AS id, 'all quiet' AS note FROM generate_series(1, 50000) AS i;
             CREATE TABLE keyed(id int PRIMARY KEY, note text);
             INSERT INTO keyed SELECT i, CASE WHEN i > 49990 THEN 'SSN 219-09-9998, E11.9' ELSE 'quiet' END
               FROM generate_series(1, 50000) AS i;
             ANALYZE; GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner"
        ),
    );
    let sample =
        |seed: &str, more: &[&str]| jsonl(scan(&server, &server.url("postgres")).args(["--seed", seed]).args(more)).1;
    let few = ["--sample-rows", "500"];
    let (one, again) = (sample("1", &few), sample("1", &few));
    let large = object(&one, "public.large");
    assert_eq!((&large["coverage"], &large["sample"]["method"]), (&"sampled".into(), &"blocks".into()));
    let number = |key: &str| large["sample"][key].as_f64().unwrap();
    assert!((90_000.0..110_000.0).contains(&number("total_rows")), "{large}");
    assert!((800.0..1_200.0).contains(&number("rows")), "few rows of many blocks: {large}");
    // Blocks have eight rows, and could have 227, of which nine would be read.
    assert!((70.0..110.0).contains(&number("independent_rows")), "{large}");
    states_no_falsehood(large, 0.001);
    assert_eq!(large["sample"], object(&again, "public.large")["sample"]);
    assert_eq!(large["classes"], object(&again, "public.large")["classes"]);
    let keys = object(&one, "public.large_keyed");
    assert_eq!((&keys["sample"]["method"], &keys["sample"]["total_is_exact"]), (&"keys".into(), &false.into()));
    assert!((500..520).contains(&keys["sample"]["rows"].as_u64().unwrap()), "{keys}");
    assert_eq!(keys["sample"]["independent_rows"], keys["sample"]["rows"]);
    states_no_falsehood(keys, 0.001);
    let one = sample("1", &[]);
    assert_eq!(object(&one, "public.large")["sample"]["method"], "rows", "passing it is as quick as that many blocks");
    let small = &object(&one, "public.small")["sample"];
    assert_eq!(
        (&small["method"], &small["total_rows"], &small["total_is_exact"]),
        (&"rows".into(), &50_000.into(), &true.into())
    );
    assert!(small["share_at_most"].as_f64().unwrap() < 0.001_01, "{small}");
    assert!(small["statement"].as_str().unwrap().contains(" oldest) of 50,000: with 95 % confidence fewer than"));
    assert!(object(&one, "public.keyed")["classes"]["phi"].as_u64().unwrap() >= 10, "the newest rows are read");
    states_no_falsehood(object(&one, "public.keyed"), 0.000_2);
    let (_, full) = jsonl(scan(&server, &server.url("postgres")).args(["--full", "--include", "public.large"]));
    assert_eq!(object(&full, "public.large")["classes"]["phi"], 100);
    assert_eq!(object(&full, "public.large")["coverage"], "complete");
}

/// All that matches stands in one block of many rows, or at the same place of each partition.
#[test]
fn blocks_of_uneven_density_and_partitions_do_not_mislead() {
    let server = PostgresServer::start();
    let wide = "INSERT INTO uneven SELECT repeat('quiet x ', 1015) FROM generate_series(1, 4950)";
    server.run(
        "postgres",
        &format!(
            "CREATE TABLE uneven(note text); ALTER TABLE uneven ALTER note SET STORAGE PLAIN; {wide};
             INSERT INTO uneven SELECT CASE WHEN i <= 157 THEN 'SSN 219-09-9998, E11.9' ELSE 'all quiet, no more than that' END
               FROM generate_series(1, 15700) AS i; {wide};
             CREATE TABLE parts(part int, note text) PARTITION BY LIST (part);
             DO $$ BEGIN FOR part IN 1..100 LOOP
               EXECUTE format('CREATE TABLE part_%s PARTITION OF parts FOR VALUES IN (%s)', part, part);
             END LOOP; END $$;
             INSERT INTO parts SELECT part, CASE WHEN i = 1 THEN 'SSN 219-09-9998, E11.9' ELSE 'quiet' END
               FROM generate_series(1, 100) AS part, generate_series(1, 200) AS i;
             ANALYZE; GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner"
        ),
    );
    let mut parts = Vec::new();
    for seed in ["1", "2", "3", "4", "5"] {
        let sample = || jsonl(scan(&server, &server.url("postgres")).args(["--seed", seed, "--sample-rows", "900"])).1;
        let lines = sample();
        let uneven = object(&lines, "public.uneven");
        assert_eq!(uneven["sample"]["method"], "blocks", "{uneven}");
        states_no_falsehood(uneven, 157.0 / 25_600.0);
        let line = object(&lines, "public.parts");
        assert_eq!((&line["sample"]["method"], &line["sample"]["total_rows"]), (&"rows".into(), &20_000.into()));
        parts.push(line["classes"]["phi"].as_u64().unwrap_or(0));
        assert_eq!(line["sample"], object(&sample(), "public.parts")["sample"], "the seed repeats it");
    }
    // Five of a hundred are drawn on average, and not all or none.
    assert!(parts.iter().all(|found| *found < 30), "each partition has lots of its own: {parts:?}");
    assert!(parts.iter().sum::<u64>() > 5, "{parts:?}");
    let (_, lines) = jsonl(scan(&server, &server.url("postgres")).args(["--include", "public.uneven"]));
    assert_eq!(object(&lines, "public.uneven")["sample"]["method"], "rows");
    states_no_falsehood(object(&lines, "public.uneven"), 157.0 / 25_600.0);
}

/// Rows of another server or a file cannot be drawn: all of them would come, and look like many lots.
#[test]
fn partitions_that_lie_elsewhere_make_no_sample_of_the_others() {
    let server = PostgresServer::start();
    let far = tempfile::NamedTempFile::new().unwrap();
    let rows: String = (20_000..200_000).map(|row| format!("{row},quiet\n")).collect();
    std::fs::write(far.path(), rows).unwrap();
    std::fs::set_permissions(far.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    server.run(
        "postgres",
        &format!(
            "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
             CREATE TABLE mixed(id int, note text) PARTITION BY RANGE (id);
             CREATE TABLE near PARTITION OF mixed FOR VALUES FROM (0) TO (20000) PARTITION BY RANGE (id);
             CREATE TABLE nearest PARTITION OF near FOR VALUES FROM (0) TO (20000);
             CREATE FOREIGN TABLE far PARTITION OF mixed FOR VALUES FROM (20000) TO (200000) SERVER files
               OPTIONS (filename '{}', format 'csv');
             INSERT INTO mixed SELECT i, CASE WHEN i % 1000 = 500 THEN 'SSN 219-09-9998, E11.9' ELSE 'quiet' END
               FROM generate_series(0, 19999) AS i;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner; GRANT pg_read_server_files TO scanner",
            far.path().display()
        ),
    );
    let tables = |lines: &[Value]| {
        let names = lines.iter().filter(|line| line["type"] == "object").map(|line| line["location"].as_str().unwrap());
        names.map(|name| name.rsplit('.').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, lines) = jsonl(scan(&server, &server.url("postgres")).args(["--seed", "1"]));
    assert_eq!(tables(&lines), ["nearest"]);
    let sample = &object(&lines, "nearest")["sample"];
    assert_eq!(sample["total_rows"], 20_000);
    assert!(sample["strata"][1]["rows"].as_u64().unwrap() > 0, "its last block is known: {sample}");
    states_no_falsehood(object(&lines, "nearest"), 0.001);
    let (_, lines) = jsonl(scan(&server, &server.url("postgres")).args(["--seed", "1", "--views"]));
    assert_eq!(tables(&lines), ["far", "nearest"], "like other foreign tables");
    assert_eq!(object(&lines, "far")["sample"]["method"], "first");
}

#[test]
fn large_objects_are_no_silence() {
    let server = PostgresServer::start();
    server.run("postgres", "CREATE TABLE t(a int); GRANT SELECT ON t TO scanner");
    let objects = |lines: &[Value]| lines.iter().filter(|line| line["type"] == "object").count();
    assert_eq!(
        objects(&jsonl(&mut scan(&server, &server.url("postgres"))).1),
        1,
        "where there are none, nothing is said"
    );
    server.run("postgres", "SELECT lo_from_bytea(0, 'Mary Miller, SSN 219-09-9998, diagnosis E11.9')");
    let (code, lines) = jsonl(&mut scan(&server, &server.url("postgres")));
    assert_eq!((code, &object(&lines, "pg_largeobject")["reason"]), (3, &"access_denied".into()));
    server.run("postgres", "GRANT SELECT ON pg_largeobject TO scanner");
    let (_, lines) = jsonl(&mut scan(&server, &server.url("postgres")));
    assert!(fields(&lines, "pg_catalog.pg_largeobject").contains(&("data", "us_ssn")), "{lines:?}");
    let (code, lines) = jsonl(scan(&server, &server.url("postgres")).args(["--exclude", "pg_catalog.*"]));
    assert_eq!((code, &object(&lines, "pg_largeobject")["reason"]), (0, &"excluded".into()));
}

#[test]
fn what_goes_wrong_is_told_and_no_password_is() {
    let mut server = PostgresServer::start();
    server.run("postgres", "CREATE TABLE t(ssn text); GRANT SELECT ON t TO scanner");
    let target = server.url("postgres");
    let gap = |command: &mut Command| {
        let (code, lines) = jsonl(command);
        assert_eq!(code, 3);
        assert!(!format!("{lines:?}").contains(PASSWORD));
        lines[1]["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(gap(scan(&server, &target).env("PGPASSWORD", "wrong")), "connection_failed");
    assert_eq!(gap(phinder().env("PGPASSWORD", PASSWORD).args(["scan", &target])), "insecure", "nobody vouches for it");
    let by_address = target.replace("localhost", "127.0.0.2");
    assert_eq!(gap(&mut scan(&server, &by_address)), "connection_failed");
    assert_eq!(gap(&mut scan(&server, &server.url("nowhere"))), "not_found");
    let mut trusting = phinder();
    trusting.env("PGPASSWORD", PASSWORD).args(["scan", &target, "--db-insecure-host", "localhost"]);
    assert_eq!(jsonl(&mut trusting).0, 0);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("pass");
    std::fs::write(&file, format!("localhost:*:postgres:scanner:{PASSWORD}\n")).unwrap();
    Command::new("chmod").arg("600").arg(&file).status().unwrap();
    assert_eq!(jsonl(scan(&server, &target).env_remove("PGPASSWORD").env("PGPASSFILE", &file)).0, 0);
    let in_url = target.replace("scanner@", &format!("scanner:{PASSWORD}@"));
    let (code, _, error) = run(&mut scan(&server, &in_url));
    assert_eq!(code, 2);
    assert!(error.contains("a password must not stand") && !error.contains(PASSWORD), "{error}");
    server.stop();
    assert_eq!(gap(&mut scan(&server, &target)), "connection_failed");
}

#[test]
fn a_statement_that_takes_too_long_and_a_locked_table_are_gaps() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE VIEW slow AS SELECT pg_sleep(30)::text AS x; CREATE TABLE locked(ssn text); CREATE TABLE after(ssn text);
         INSERT INTO after VALUES ('219-09-9998'); GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    std::thread::scope(|scope| {
        scope.spawn(|| server.run("postgres", "BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8)"));
        while !server.log().contains("LOCK TABLE locked") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let (code, lines) = jsonl(scan(&server, &server.url("postgres")).args(["--views", "--db-timeout", "1"]));
        assert_eq!(code, 1);
        assert_eq!(object(&lines, "public.slow")["reason"], "timed_out");
        assert_eq!(object(&lines, "public.locked")["reason"], "timed_out");
        assert_eq!(fields(&lines, "public.after"), [("ssn", "us_ssn")], "the rest goes on");
    });
}

#[test]
fn a_scan_that_is_stopped_leaves_no_statement_behind() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE VIEW slow AS SELECT pg_sleep(600)::text AS x; GRANT SELECT ON slow TO scanner;
         CREATE FUNCTION running() RETURNS boolean LANGUAGE sql AS
           $$ SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'phinder' AND state = 'active') $$",
    );
    let running = |expected: bool| {
        let wait = format!(
            "DO $$ BEGIN WHILE running() <> {expected} LOOP PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
        );
        server.run("postgres", &format!("SET statement_timeout = '60s'; {wait}"));
    };
    let mut command = scan(&server, &server.url("postgres"));
    let command = command.args(["--views", "--db-timeout", "600"]).stdout(std::process::Stdio::null());
    let mut process = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    running(true);
    Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(2), "it says that it was stopped");
    running(false);
}

#[test]
fn odd_tables_cost_what_is_odd_and_no_more() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide(' || string_agg('c' || i || ' text', ', ') || ')' FROM generate_series(1, 1600) AS i); END $$;
         INSERT INTO wide(c1600) VALUES ('SSN 219-09-9998');
         CREATE TABLE long AS SELECT 'SSN 219-09-9998 ' || repeat('x', 256 << 20) AS note;
         CREATE TABLE fat AS SELECT i AS id, 'SSN 219-09-9998 ' || repeat('x', 100000) AS note FROM generate_series(1, 200) AS i;
         CREATE TABLE told(c17 text);
         INSERT INTO told VALUES ('219099998'), ('457555462');
         COMMENT ON COLUMN told.c17 IS 'Patient SSN (no dashes)';
         CREATE TABLE c18(name text); INSERT INTO c18 VALUES ('Mary Miller'); COMMENT ON TABLE c18 IS 'name and SSN of each patient';
         CREATE TABLE c19(name text); INSERT INTO c19 VALUES ('Mary Miller'); COMMENT ON TABLE c19 IS 'parts';
         CREATE MATERIALIZED VIEW unfilled AS SELECT * FROM told WITH NO DATA;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    server.run("postgres", "CREATE DATABASE anything ENCODING 'SQL_ASCII' TEMPLATE template0");
    server.run(
        "anything",
        "CREATE TABLE bytes(note text); INSERT INTO bytes VALUES (E'caf\\xe9, SSN 457-55-5462'), (E'ü\nSSN 219-09-9998');
         CREATE TABLE documents(doc json); INSERT INTO documents VALUES (E'{\"a\": \"caf\\xe9\"}'), ('{\"ssn\": \"219-09-9998\"}');
         DO $$ BEGIN EXECUTE 'CREATE TABLE \"gr' || chr(246) || '\"(ssn text)';
           EXECUTE 'CREATE TABLE half(ssn text, \"stra' || chr(223) || 'e\" text)'; END $$;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    let (lines, peak) = jsonl_and_peak(scan(&server, &server.url("")).args(["--db-max-bytes", "10MB"]));
    assert!((1..200).contains(&peak), "{peak} MiB, with a value of 256 MiB in a table");
    assert_eq!(fields(&lines, "public.wide"), [("c1600", "us_ssn")]);
    assert_eq!(fields(&lines, "public.long"), [("note", "us_ssn")], "{}", object(&lines, "public.long"));
    assert_eq!(object(&lines, "public.long")["reason"], "memory_limit", "the rest of the value is not read");
    let fat = object(&lines, "public.fat");
    assert_eq!((&fat["coverage"], &fat["reason"]), (&"partial".into(), &"byte_budget".into()));
    assert!((1..200).contains(&fat["records"].as_u64().unwrap()), "{fat}");
    assert_eq!(fields(&lines, "public.told"), [("c17", "us_ssn")], "the comment says what the name does not");
    assert_eq!(fields(&lines, "public.c18"), [("name", "person_name")], "so does the comment of the table");
    assert!(fields(&lines, "public.c19").is_empty());
    assert_eq!(object(&lines, "public.unfilled")["reason"], "empty");
    let bytes = object(&lines, "public.bytes");
    assert_eq!((&bytes["coverage"], &bytes["classes"]["pii"]), (&"complete".into(), &2.into()), "{bytes}");
    for table in ["documents", "half"] {
        assert_eq!(object(&lines, &format!("public.{table}"))["reason"], "malformed_records", "{table}");
    }
    assert_eq!(fields(&lines, "public.documents"), [("doc.ssn", "us_ssn")]);
    let unnamed =
        |line: &&Value| line["location"].as_str().is_some_and(|place| place.contains("/anything/public.oid "));
    assert_eq!(lines.iter().find(unnamed).unwrap()["reason"], "not_found", "a name that cannot be asked for is told");
}

#[test]
fn a_table_that_is_dropped_before_it_is_read_is_a_gap() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE VIEW a_waits AS SELECT 1 AS x FROM pg_advisory_lock(7); CREATE TABLE b_gone(ssn text); CREATE TABLE c_stays(ssn text);
         INSERT INTO c_stays VALUES ('219-09-9998'); GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    std::thread::scope(|scope| {
        // The lock is held until the scan waits for it, and the table is gone.
        scope.spawn(|| {
            server.run(
                "postgres",
                "SELECT pg_advisory_lock(7); SET statement_timeout = '60s';
                 DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'phinder' AND wait_event = 'advisory')
                   LOOP PERFORM pg_stat_clear_snapshot(); END LOOP; END $$;
                 DROP TABLE b_gone",
            );
        });
        while !server.log().contains("SELECT pg_advisory_lock(7);") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let (_, lines) = jsonl(scan(&server, &server.url("postgres")).arg("--views"));
        assert_eq!(object(&lines, "public.b_gone")["reason"], "not_found");
        assert_eq!(fields(&lines, "public.c_stays"), [("ssn", "us_ssn")], "the rest goes on");
    });
}

#[test]
fn the_catalogue_is_asked_of_many_tables_at_once() {
    let server = PostgresServer::start();
    let table = |number| format!("CREATE TABLE t{number}(ssn text); INSERT INTO t{number} VALUES ('219-09-9998'); ");
    let tables: String = (0..40).map(table).collect();
    server.run("postgres", &format!("{tables} GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner"));
    let (_, lines) = jsonl(&mut scan(&server, &server.url("postgres")));
    for number in 0..40 {
        assert_eq!(fields(&lines, &format!("public.t{number}")), [("ssn", "us_ssn")]);
    }
    let log = server.log();
    let asked =
        log.lines().filter(|line| line.starts_with("scanner ") && line.contains("has_column_privilege(attrelid"));
    // The first tables may come in another order than they were listed in, and are asked about in smaller numbers.
    assert!((1..20).contains(&asked.count()), "far fewer than there are tables");
}

#[test]
fn health_data_that_a_key_joins_with_people_is_told() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE TABLE patients(id int PRIMARY KEY, ssn text);
         CREATE TABLE visits(id int PRIMARY KEY, patient int REFERENCES patients);
         CREATE TABLE diagnoses(visit int REFERENCES visits, icd10 text);
         INSERT INTO patients VALUES (1, '219-09-9998'); INSERT INTO visits VALUES (1, 1); INSERT INTO diagnoses VALUES (1, 'E11.9');
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    let (_, lines) = jsonl(&mut scan(&server, &server.url("postgres")));
    let place = format!("postgres://localhost:{}/postgres/public", server.port);
    let told = format!(
        "health data of {place}.diagnoses is linkable with people of {place}.patients by visit, then patient: together they are PHI, unexpected, \
         severity medium"
    );
    let link = &lines.last().unwrap()["links"][0];
    assert_eq!((&link["health"], &link["severity"]), (&format!("{place}.diagnoses").into(), &"medium".into()));
    assert_eq!(lines.last().unwrap()["notes"], serde_json::json!([told]));
}

#[test]
fn lists_domains_and_bytes_are_read_like_what_they_hold() {
    let server = PostgresServer::start();
    let (people, packed) = (hexadecimal(PEOPLE.as_bytes()), packed_people());
    let latin = hexadecimal(b"SSN 219-09-9998 caf\xe9");
    let (letter, form) = (hexadecimal(LETTER), hexadecimal(FORM));
    server.run(
        "postgres",
        &format!(
            "CREATE DOMAIN d1 AS bytea; CREATE DOMAIN d2 AS d1; CREATE DOMAIN d3 AS d2; CREATE DOMAIN texts AS text[]; CREATE DOMAIN more AS texts;
             CREATE DOMAIN amount AS numeric(11,2); CREATE TYPE person AS (patient_name text, ssn text);
             CREATE TABLE lists(id int PRIMARY KEY, ssn text[], ssn_numbers bigint[], patient_name text[], date_of_birth date[], patient_ssn more,
               docs jsonb[], scans bytea[], files d3[], people person[], nested_ssn text[][], c17 text[]);
             INSERT INTO lists SELECT i, '{{219099998,457555462}}', '{{219099998,12345679}}', '{{Mary Miller,John Smith}}',
               '{{1961-04-05,NULL}}', '{{536904399}}', ARRAY['{{\"patient\": {{\"ssn\": \"219-09-9998\"}}}}'::jsonb], ARRAY['\\x{people}'::bytea, NULL, '\\x00'],
               ARRAY['\\x{packed}'::d3], ARRAY[ROW('Mary Miller', '219-09-9998')::person], '{{{{219099998}},{{457555462}}}}', '{{219099998}}'
               FROM generate_series(1, 20) AS i;
             COMMENT ON COLUMN lists.c17 IS 'patient SSN';
             CREATE TABLE empty_lists(ssn text[]); INSERT INTO empty_lists VALUES ('{{}}'), (NULL);
             CREATE TABLE domains(scan d3, ssn amount, file d2, note bytea);
             INSERT INTO domains VALUES ('\\x{people}', 219099998, '\\x{packed}', '\\x{latin}'), (NULL, 12345679, NULL, '\\x219099998d15ab');
             CREATE TABLE scans(id int, letter bytea, form d3); INSERT INTO scans VALUES (1, '\\x{letter}', '\\x{form}');
             CREATE TABLE prices(ssn numeric(11,2)); INSERT INTO prices VALUES (12345679.00), (219099998.50);
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner"
        ),
    );
    let (_, lines) = jsonl(&mut scan(&server, &server.url("postgres")));
    let found = fields(&lines, "public.lists");
    for place in [
        ("ssn[]", "us_ssn"),
        ("ssn_numbers[]", "us_ssn"),
        ("patient_name[]", "person_name"),
        ("date_of_birth[]", "date_of_birth"),
        ("patient_ssn[]", "us_ssn"),
        ("docs.patient.ssn", "us_ssn"),
        ("scans.ssn", "us_ssn"),
        ("files.ssn", "us_ssn"),
        ("people.ssn", "us_ssn"),
        ("people.patient_name", "person_name"),
        ("nested_ssn[]", "us_ssn"),
        ("c17[]", "us_ssn"),
    ] {
        assert!(found.contains(&place), "{place:?}: {found:?}");
    }
    for table in ["lists", "empty_lists", "domains", "prices"] {
        assert_eq!(object(&lines, &format!("public.{table}"))["coverage"], "complete", "{table}");
    }
    let found = fields(&lines, "public.domains");
    for field in ["scan.ssn", "ssn", "file.ssn", "note"] {
        assert!(found.contains(&(field, "us_ssn")), "{field}: {found:?}");
    }
    let found = fields(&lines, "public.scans");
    for place in
        [("letter[]", "us_ssn"), ("letter[]", "icd10cm"), ("form.ssn", "us_ssn"), ("form.patient_name", "person_name")]
    {
        assert!(found.contains(&place), "{place:?}: {found:?}");
    }
    assert!(fields(&lines, "public.prices").is_empty(), "numbers with cents are none of persons");
}

#[test]
fn rights_that_are_missing_cost_what_they_hide_and_are_told() {
    let server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE TABLE half_key(id int PRIMARY KEY, ssn text);
         INSERT INTO half_key SELECT i, CASE WHEN i % 10 = 0 THEN '219-09-9998' END FROM generate_series(1, 5000) AS i;
         GRANT SELECT (ssn) ON half_key TO scanner;
         CREATE ROLE owner; CREATE TABLE guarded(ssn text); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
         CREATE VIEW over_guarded WITH (security_invoker) AS SELECT * FROM guarded; GRANT SELECT ON guarded, over_guarded TO scanner;
         CREATE VIEW foreign_view WITH (security_invoker) AS SELECT ssn FROM half_key WHERE id > 0; GRANT SELECT ON foreign_view TO scanner",
    );
    // What a provider runs a server with cannot be entered; what a customer calls the same can.
    server.run("postgres", "CREATE ROLE rdsadmin");
    server.run("postgres", "CREATE DATABASE rdsadmin OWNER rdsadmin");
    server.run("postgres", "CREATE DATABASE cloudsqladmin");
    server.run(
        "cloudsqladmin",
        "CREATE TABLE t(ssn text); INSERT INTO t VALUES ('219-09-9998'); GRANT SELECT ON t TO scanner",
    );
    server.run("rdsadmin", "CREATE TABLE t(ssn text)");
    let (_, lines) = jsonl(scan(&server, &server.url("")).arg("--views"));
    let half = object(&lines, "public.half_key");
    assert_eq!((&half["coverage"], &half["reason"]), (&"partial".into(), &"access_denied".into()), "{half}");
    assert_eq!(fields(&lines, "public.half_key"), [("ssn", "us_ssn")], "what may be read is read");
    assert_eq!(object(&lines, "public.over_guarded")["reason"], "row_security");
    assert_eq!(object(&lines, "public.foreign_view")["reason"], "access_denied");
    let listed = |name: &str| lines.iter().any(|line| line["location"].as_str().is_some_and(|at| at.contains(name)));
    assert!(!listed("/rdsadmin"));
    assert_eq!(fields(&lines, "/cloudsqladmin/public.t"), [("ssn", "us_ssn")]);
}

#[test]
fn a_server_that_ends_in_a_scan_is_a_gap_of_the_table() {
    let mut server = PostgresServer::start();
    server.run(
        "postgres",
        "CREATE VIEW slow AS SELECT pg_sleep(600)::text AS x; GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    let mut command = scan(&server, &server.url("postgres"));
    let process = std::thread::spawn(move || jsonl(command.args(["--views", "--db-timeout", "600"])));
    while !server.log().contains("FROM \"public\".\"slow\"") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.stop();
    let (code, lines) = process.join().unwrap();
    assert_eq!(code, 3);
    assert_eq!(object(&lines, "public.slow")["reason"], "connection_failed");
}

/// A standby reads like its primary, but for what it does not have, and for what its primary takes away meanwhile.
#[test]
fn a_standby_is_read_and_what_disturbs_it_is_a_gap_of_the_table() {
    let primary = PostgresServer::start();
    primary.run(
        "postgres",
        "CREATE TABLE notes AS SELECT i AS id, 'SSN 219-09-9998' AS note FROM generate_series(1, 20000) AS i;
         CREATE VIEW slow AS SELECT note, pg_sleep(600)::text AS x FROM notes;
         CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS a;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner",
    );
    let standby = primary.standby();
    let mut command = scan(&standby, &standby.url("postgres"));
    let process = std::thread::spawn(move || jsonl(command.args(["--views", "--db-timeout", "600"])));
    while !standby.log().contains("FROM \"public\".\"slow\"") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    primary.run("postgres", "DELETE FROM notes");
    primary.run("postgres", "VACUUM notes");
    let (code, lines) = process.join().unwrap();
    assert_eq!(code, 1);
    let notes = object(&lines, "public.notes");
    assert_eq!((&notes["coverage"], &notes["sample"]["method"]), (&"sampled".into(), &"rows".into()), "{notes}");
    assert_eq!(fields(&lines, "public.notes"), [("note", "us_ssn")]);
    assert_eq!(object(&lines, "public.slow")["reason"], "changed");
    assert_eq!(object(&lines, "public.unlogged")["reason"], "unreadable", "a standby has none of its rows");
}

#[test]
fn a_server_without_tls_is_refused_unless_it_is_named() {
    let server = PostgresServer::start();
    server.run("postgres", "CREATE TABLE t(ssn text); GRANT SELECT ON t TO scanner");
    server.run("postgres", "ALTER SYSTEM SET ssl = off");
    server.allow_without_tls();
    let target = server.url("postgres");
    // The server takes the new setting when it gets to it.
    while jsonl(phinder().env("PGPASSWORD", PASSWORD).args(["scan", &target, "--db-insecure-host", "localhost"])).0 != 0
    {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (code, lines) = jsonl(&mut scan(&server, &target));
    assert_eq!((code, &lines[1]["reason"]), (3, &"insecure".into()), "{lines:?}");
    assert!(!server.log().contains(PASSWORD));
}
