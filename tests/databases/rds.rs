//! RDS: which servers are found, how they are signed in to, and what tables are called. The API is that of a server of its
//! own; the database servers behind it are real.

use super::{fields, object};
use crate::support::mariadb::{self, MariadbServer};
use crate::support::postgres::{self, PostgresServer};
use crate::support::rds::Rds;
use crate::support::scan::{jsonl, phinder, run};
use aws_sdk_rds::Client;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A role of which PostgreSQL asks no password: nobody but AWS can verify a token.
const TOKEN_USER: &str = "token_user";

fn scan(rds: &Rds, target: &str, ca: &Path) -> Command {
    let mut command = phinder();
    rds.environment(&mut command);
    for name in ["PGPASSWORD", "PGUSER", "MYSQL_PWD"] {
        command.env_remove(name);
    }
    command.args(["scan", target, "--no-progress", "--db-ca"]).arg(ca);
    command
}

/// Authorities of both servers in one file, as in the bundle of RDS.
fn bundle(folder: &Path, authorities: &[&Path]) -> std::path::PathBuf {
    let file = folder.join("bundle.pem");
    let texts: Vec<String> = authorities.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    std::fs::write(&file, texts.concat()).unwrap();
    file
}

/// An instance that needs no more than a name, an engine and a port.
async fn instance(client: &Client, name: &str, engine: &str, port: u16) {
    let made = client.create_db_instance().db_instance_identifier(name).engine(engine).db_instance_class("db.t3.micro");
    let made = made.allocated_storage(20).master_username("owner").master_user_password("not used").port(port.into());
    made.enable_iam_database_authentication(engine == "postgres").send().await.unwrap();
}

fn fingerprints(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["fingerprint"].as_str()).collect()
}

#[tokio::test]
async fn servers_are_found_signed_in_to_and_known_by_what_stays() {
    let (rds, clinic, maria) = (Rds::start(), PostgresServer::start(), MariadbServer::start());
    clinic.run("postgres", "CREATE DATABASE clinic");
    clinic.run("postgres", &format!("CREATE ROLE {TOKEN_USER} LOGIN"));
    clinic.run(
        "clinic",
        &format!(
            "CREATE TABLE visits AS SELECT i AS id, CASE WHEN i % 1000 = 500 THEN 'SSN 219-09-9998, diagnosis E11.9' ELSE 'quiet' END
               AS note FROM generate_series(1, 20000) AS i;
             CREATE TABLE quiet AS SELECT i AS id, 'quiet' AS note FROM generate_series(1, 20000) AS i;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {TOKEN_USER}, scanner"
        ),
    );
    maria.run(
        "CREATE DATABASE billing; CREATE TABLE billing.claims(id INT PRIMARY KEY, ssn TEXT);
         INSERT INTO billing.claims VALUES (1, '219-09-9998'); GRANT SELECT ON billing.* TO scanner",
    );
    let folder = tempfile::tempdir().unwrap();
    let ca = bundle(folder.path(), &[clinic.ca(), maria.ca()]);
    let client = rds.client("us-east-1");
    instance(&client, "clinic", "postgres", clinic.port).await;
    let copy = client.create_db_instance_read_replica().db_instance_identifier("copy");
    copy.source_db_instance_identifier("clinic").send().await.unwrap();
    instance(&client, "off", "postgres", clinic.port).await;
    client.stop_db_instance().db_instance_identifier("off").send().await.unwrap();
    let cluster =
        client.create_db_cluster().db_cluster_identifier("trio").engine("aurora-mysql").port(maria.port.into());
    cluster.master_username("owner").master_user_password("not used").send().await.unwrap();
    let member = client.create_db_instance().db_instance_identifier("trio-1").engine("aurora-mysql");
    member.db_instance_class("db.t3.micro").db_cluster_identifier("trio").send().await.unwrap();
    // More than the API tells at once.
    for number in 0..25 {
        instance(&client, &format!("oracle-{number}"), "oracle-ee", 1521).await;
    }
    instance(&rds.client("eu-west-1"), "far", "sqlserver-ex", 1433).await;
    let secret = rds.secrets().create_secret().name("scanner-of-trio");
    let text = format!(r#"{{"username": "scanner", "password": "{}"}}"#, mariadb::PASSWORD);
    secret.secret_string(text).send().await.unwrap();

    let mut all = scan(&rds, "rds://", &ca);
    all.args(["--db-user", TOKEN_USER, "--region", "us-east-1", "--region", "eu-west-1", "--seed", "1"]);
    let (code, lines) = jsonl(&mut all);
    assert_eq!(code, 1, "{lines:?}");
    let at = |place: &str| object(&lines, &format!("rds://us-east-1/{place}"));
    assert!(fields(&lines, "/clinic/clinic/public.visits").contains(&("note", "us_ssn")));
    let quiet = &at("clinic/clinic/public.quiet")["sample"];
    assert!(quiet["share_at_most"].as_f64().unwrap() < 0.001_01, "{quiet}");
    assert_eq!(at("off")["reason"], "stopped");
    assert_eq!(at("oracle-24")["reason"], "unsupported_engine");
    assert_eq!(at("trio")["reason"], "connection_failed", "it takes no tokens, and no password is there");
    assert_eq!(object(&lines, "rds://eu-west-1/far")["reason"], "unsupported_engine");
    let listed = |name: &str| lines.iter().any(|line| line["location"].as_str().is_some_and(|at| at.contains(name)));
    assert!(!listed("/copy") && !listed("/trio-1"), "a copy is read once");

    let mut by_secret = scan(&rds, "rds://trio", &ca);
    let (_, of_trio) = jsonl(by_secret.args(["--db-secret", "scanner-of-trio"]));
    assert_eq!(fields(&of_trio, "rds://us-east-1/trio/billing/claims"), [("ssn", "us_ssn")]);
    let (_, by_password) =
        jsonl(scan(&rds, "rds://trio/billing", &ca).env("MYSQL_PWD", mariadb::PASSWORD).args(["--db-user", "scanner"]));
    assert_eq!(fingerprints(&of_trio), fingerprints(&by_password));
    let by_address =
        jsonl(phinder().env("MYSQL_PWD", mariadb::PASSWORD).args(["scan", &maria.url("billing"), "--db-ca"]).arg(&ca))
            .1;
    assert_ne!(fingerprints(&of_trio), fingerprints(&by_address));

    let rename = client.modify_db_instance().db_instance_identifier("clinic").new_db_instance_identifier("hospital");
    rename.apply_immediately(true).send().await.unwrap();
    let named = |name: &str| {
        let target = format!("rds://{name}/clinic");
        jsonl(scan(&rds, &target, &ca).args(["--db-user", TOKEN_USER, "--seed", "1"])).1
    };
    let renamed = named("hospital");
    assert!(object(&renamed, "public.visits")["location"].as_str().unwrap().starts_with("rds://us-east-1/hospital/"));
    let of_clinic =
        lines.iter().filter(|line| line["location"].as_str().is_some_and(|at| at.contains("/clinic/clinic/")));
    let before: Vec<&str> = of_clinic.filter_map(|line| line["fingerprint"].as_str()).collect();
    assert_eq!(before, fingerprints(&renamed));
    let nowhere = named("clinic");
    assert_eq!(object(&nowhere, "rds://clinic")["reason"], "not_found");
}

#[tokio::test]
async fn the_secret_that_rds_keeps_signs_in_where_nobody_is_named() {
    let (rds, server) = (Rds::start(), PostgresServer::start());
    let client = rds.client("us-east-1");
    let made = client.create_db_instance().db_instance_identifier("managed").engine("postgres");
    let made = made.db_instance_class("db.t3.micro").allocated_storage(20).port(server.port.into());
    let made = made.master_username("owner").manage_master_user_password(true).send().await.unwrap();
    let id =
        made.db_instance().and_then(|instance| instance.master_user_secret()).and_then(|secret| secret.secret_arn());
    let text = format!(r#"{{"username": "scanner", "password": "{}"}}"#, postgres::PASSWORD);
    rds.secrets().put_secret_value().secret_id(id.unwrap()).secret_string(text).send().await.unwrap();
    server.run(
        "postgres",
        "CREATE TABLE t(ssn text); INSERT INTO t VALUES ('219-09-9998'); GRANT SELECT ON t TO scanner",
    );
    let (code, lines) = jsonl(&mut scan(&rds, "rds://managed", server.ca()));
    assert_eq!(code, 1, "{lines:?}");
    assert_eq!(fields(&lines, "managed/postgres/public.t"), [("ssn", "us_ssn")]);
    let gap = |command: &mut Command| jsonl(command).1[1]["reason"].as_str().unwrap().to_owned();
    let named = &mut scan(&rds, "rds://managed", server.ca());
    assert_eq!(gap(named.args(["--db-user", "somebody"])), "connection_failed", "the master user stands in for nobody");
    let mut without_authority = phinder();
    rds.environment(&mut without_authority);
    assert_eq!(gap(without_authority.args(["scan", "rds://managed"])), "insecure");
    let (code, _, error) =
        run(phinder().env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x").args(["scan", "rds://"]));
    assert!(code == 2 && error.contains("no region is known"), "{error}");
}
