//! Scans of PostgreSQL and MariaDB beside what their client libraries do alone.
//!
//! `cargo bench --bench databases`. Both servers run on this machine, each scan in a process of its own, over TLS. A default
//! sample of a table and of one ten times as large, side by side; every row beside a client that streams the same rows as
//! text and drops them, in turns; many small tables beside one bare sample query for each. Medians of [`RUNS`] runs: seconds, and of
//! scans the processor time and the most memory, which other work on the machine changes less.
//! `PHINDER_BENCH_ROWS` sets the rows of the smaller table (1,000,000 if left out).

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../tests/support/certificates.rs"]
mod certificates;
#[path = "../tests/support/mariadb.rs"]
mod mariadb;
#[path = "../tests/support/postgres.rs"]
mod postgres;

use futures::TryStreamExt;
use mariadb::MariadbServer;
use mysql_async::prelude::Queryable;
use postgres::PostgresServer;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres_rustls::MakeRustlsConnect;

const ROWS: u64 = 1_000_000;
/// Rows of the larger table, in tables of the smaller one.
const TIMES: u64 = 10;
const TABLES: u64 = 500;
const ROWS_OF_MANY: u64 = 5_000;
const RUNS: usize = 5;
/// Of the times that the system tells of a process.
const TICKS_PER_SECOND: f64 = 100.0;

/// Twenty columns as analysts keep them; `n` is the number of the row, `h` a digest of it.
const COLUMNS: &str = "n AS id, h AS token, concat('visit ', n) AS title, n % 97 AS ward, n % 11 AS floor, n * 3 AS units, \
    concat('note of the day ', h) AS note, n / 7.0 AS ratio, concat('S', n % 1000) AS site, n % 2 AS is_open, \
    concat(h, h) AS trace, n % 365 AS day, concat('unit ', n % 40) AS unit, n % 24 AS hour, concat('v', n % 9) AS version, \
    n % 1000 AS score, concat('all quiet at ', n % 24) AS remark, n % 5 AS level, concat('q', n % 4) AS quarter, n % 12 AS month";

struct Engine {
    name: &'static str,
    target: String,
    password: (&'static str, &'static str),
    ca: std::path::PathBuf,
}

fn main() {
    let rows = std::env::var("PHINDER_BENCH_ROWS").map_or(ROWS, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("medians of {RUNS} runs, seconds, of scans also seconds of CPU and peak MiB; tables of 20 columns\n");
    println!(
        "| engine | sample of {rows} rows | of {} rows | every row of {rows} | client alone | rate of the client | {TABLES} tables | bare queries |",
        rows * TIMES
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let server = PostgresServer::start();
    fill_postgres(&server, rows);
    let engine = Engine {
        name: "PostgreSQL",
        target: server.url("postgres"),
        password: ("PGPASSWORD", postgres::PASSWORD),
        ca: server.ca().to_owned(),
    };
    let client = runtime.block_on(postgres_client(server.port, server.ca()));
    let stream = |sql: String| runtime.block_on(async { stream_postgres(&client, &sql).await });
    measure(
        &engine,
        "public.",
        |table| format!("SELECT * FROM {table}"),
        |table| format!("SELECT * FROM {table} TABLESAMPLE BERNOULLI (63)"),
        stream,
    );
    drop(client);
    drop(server);
    let server = MariadbServer::start();
    fill_mariadb(&server, rows);
    let engine = Engine {
        name: "MariaDB",
        target: server.url("bench"),
        password: ("MYSQL_PWD", mariadb::PASSWORD),
        ca: server.ca().to_owned(),
    };
    let mut client = runtime.block_on(mariadb_client(server.port, server.ca()));
    let stream = |sql: String| runtime.block_on(async { stream_mariadb(&mut client, sql).await });
    measure(
        &engine,
        "bench.",
        |table| format!("SELECT * FROM {table}"),
        |table| format!("SELECT * FROM {table} WHERE RAND(1) < 0.63"),
        stream,
    );
}

fn measure(
    engine: &Engine,
    schema: &str,
    all: impl Fn(&str) -> String,
    sample: impl Fn(&str) -> String,
    mut stream: impl FnMut(String) -> u64,
) {
    let scan = |include: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_phinder"));
        command.args(["scan", &engine.target, "--no-progress", "--seed", "1", "--include", include, "--db-ca"]);
        command.arg(&engine.ca).args(more).env(engine.password.0, engine.password.1);
        command.current_dir(std::env::temp_dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        run(command)
    };
    let (small, large) = (format!("{schema}small"), format!("{schema}large"));
    let (mut streamed, mut bare) = (0, 0);
    let samples = [repeated(|| scan(&small, &[])), repeated(|| scan(&large, &[]))].map(median);
    // In turns, so that whatever else the machine does slows down both.
    let turns = repeated(|| (scan(&small, &["--full"]), timed(|| streamed += stream(all(&small)))));
    let mut rates: Vec<f64> = turns.iter().map(|(full, client)| client.seconds / full.seconds).collect();
    rates.sort_by(f64::total_cmp);
    let (full, client) = turns.into_iter().unzip();
    let rate = format!("{:.0} %", 100.0 * rates[RUNS / 2]);
    let tables = repeated(|| scan(&format!("{schema}many_*"), &[]));
    let mut sample_all = || (0..TABLES).map(|number| stream(sample(&format!("{schema}many_{number}")))).sum::<u64>();
    let queries = repeated(|| timed(|| bare += sample_all()));
    let cells = [&samples[..], &[median(full), median(client), rate, median(tables), median(queries)]].concat();
    assert!(streamed > 0 && bare > 0, "rows came");
    println!("| {} | {} |", engine.name, cells.join(" | "));
}

/// What a run took.
struct Run {
    seconds: f64,
    /// Of a process: seconds of CPU, and the most memory in MiB.
    process: Option<(f64, u64)>,
}

/// Runs a scan, and looks at its process until it ends.
fn run(mut command: Command) -> Run {
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let id = child.id();
    let told = |name: &str| std::fs::read_to_string(format!("/proc/{id}/{name}")).unwrap_or_default();
    let (mut cpu, mut peak) = (0.0_f64, 0);
    loop {
        let (status, stat) = (told("status"), told("stat"));
        // Times of user and system are the 12th and 13th values behind the name.
        let times = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        cpu = cpu.max(times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND);
        let held = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak = peak.max(held.map_or(0, |kib| kib.parse::<u64>().unwrap_or(0) / 1024));
        if status.contains("State:\tZ") || status.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = started.elapsed().as_secs_f64();
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{command:?}: {status}");
    Run { seconds, process: Some((cpu, peak)) }
}

fn timed(work: impl FnOnce()) -> Run {
    let started = Instant::now();
    work();
    Run { seconds: started.elapsed().as_secs_f64(), process: None }
}

fn repeated<T>(mut run: impl FnMut() -> T) -> Vec<T> {
    (0..RUNS).map(|_| run()).collect()
}

/// The run in the middle, as a cell of the table.
fn median(mut runs: Vec<Run>) -> String {
    runs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let Run { seconds, process } = &runs[RUNS / 2];
    match process {
        Some((cpu, peak)) => format!("{seconds:.2} ({cpu:.2} CPU, {peak} MiB)"),
        None => format!("{seconds:.2}"),
    }
}

fn fill_postgres(server: &PostgresServer, rows: u64) {
    let table = |name: &str, rows: u64| {
        format!(
            "CREATE TABLE {name} AS SELECT {COLUMNS} FROM (SELECT n, md5(n::text) AS h FROM generate_series(1, {rows}) AS n) AS s;
             ALTER TABLE {name} ADD PRIMARY KEY (id);"
        )
    };
    server.run("postgres", &[table("small", rows), table("large", rows * TIMES)].concat());
    (0..TABLES).for_each(|number| server.run("postgres", &table(&format!("many_{number}"), ROWS_OF_MANY)));
    server.run("postgres", "ANALYZE");
    server.run("postgres", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO scanner");
}

fn fill_mariadb(server: &MariadbServer, rows: u64) {
    let table = |name: &str, rows: u64| {
        format!(
            "CREATE TABLE bench.{name}(PRIMARY KEY (id)) AS SELECT {COLUMNS} FROM
               (SELECT seq AS n, md5(seq) AS h FROM bench.seq_1_to_{rows}) AS s; ANALYZE TABLE bench.{name};"
        )
    };
    server.run("CREATE DATABASE bench; GRANT SELECT ON bench.* TO scanner");
    server.run(&table("small", rows));
    server.run(&table("large", rows * TIMES));
    server.run("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    (0..TABLES).for_each(|number| server.run(&table(&format!("many_{number}"), ROWS_OF_MANY)));
}

async fn postgres_client(port: u16, ca: &Path) -> tokio_postgres::Client {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = MakeRustlsConnect::new(tls.with_root_certificates(roots).with_no_client_auth());
    let mut config = tokio_postgres::Config::new();
    config.host("localhost").port(port).dbname("postgres").user("scanner").password(postgres::PASSWORD);
    let (client, connection) = config.ssl_mode(tokio_postgres::config::SslMode::Require).connect(tls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn stream_postgres(client: &tokio_postgres::Client, sql: &str) -> u64 {
    let rows = client.simple_query_raw(sql).await.unwrap();
    rows.try_fold(0, |count, _| std::future::ready(Ok(count + 1))).await.unwrap()
}

async fn mariadb_client(port: u16, ca: &Path) -> mysql_async::Conn {
    let roots = vec![std::fs::read(ca).unwrap().into()];
    let tls = mysql_async::SslOpts::default().with_root_certs(roots).with_disable_built_in_roots(true);
    let options = mysql_async::OptsBuilder::default().ip_or_hostname("localhost").tcp_port(port).prefer_socket(false);
    let options = options.user(Some("scanner")).pass(Some(mariadb::PASSWORD)).ssl_opts(tls);
    mysql_async::Conn::new(options).await.unwrap()
}

async fn stream_mariadb(client: &mut mysql_async::Conn, sql: String) -> u64 {
    let mut rows = client.query_iter(sql).await.unwrap();
    let mut count = 0;
    while rows.next().await.unwrap().is_some() {
        count += 1;
    }
    count
}
