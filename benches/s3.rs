//! A scan of S3 beside the same scan of files: 1,000 objects of 1 MiB from an S3 server on loopback.
//!
//! `cargo bench --bench s3`. The server runs in this process, every client in a process of its own, so that the CPU
//! time of either is known (from /proc, so on Linux alone). Three clients, in turn, [`RUNS`] times: phinder over the
//! files, phinder over the bucket, and a client that lists, gets everything and drops it. Medians are printed.
//! What a scan of S3 should cost at most is 1.3 times the scan of the files plus the server's own cost: server and
//! client share the cores here, so that cost is the server's CPU time divided by the cores. Before that, how long listings take
//! whose pages take their time; `cargo bench --bench s3 -- listings` ends there.

// The generator is included whole, with its tests, which a bench does not run.
#![allow(missing_docs, dead_code, unused_imports, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../corpus/generate/identity.rs"]
mod identity;
#[path = "../corpus/generate/random.rs"]
mod random;
#[path = "../tests/support/s3_server.rs"]
mod s3_server;
#[path = "../corpus/generate/streams.rs"]
mod streams;
#[path = "../corpus/generate/tables.rs"]
mod tables;

use aws_config::BehaviorVersion;
use futures::StreamExt;
use s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const OBJECTS: u64 = 1000;
const OBJECT_BYTES: u64 = 1 << 20;
const SEED: u64 = 2026;
const RUNS: usize = 5;
const BUCKET: &str = "lake";
/// Set for the process that only gets and drops.
const DROP_CLIENT: &str = "PHINDER_BENCH_DROP_CLIENT";
/// Requests that the dropping client has under way.
const CONCURRENCY: usize = 16;

fn main() {
    if std::env::var_os(DROP_CLIENT).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        println!("{}", runtime.block_on(get_and_drop()));
        return;
    }
    listings();
    if std::env::args().any(|argument| argument == "listings") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path());
    let server = S3Server::start();
    server.create_bucket(BUCKET);
    server.put_directory(BUCKET, folder.path());
    let cores = std::thread::available_parallelism().unwrap().get();
    println!("{OBJECTS} objects of {OBJECT_BYTES} bytes, {cores} cores, medians of {RUNS} runs\n");
    let mut runs: [Vec<Cost>; 3] = Default::default();
    for _ in 0..RUNS {
        runs[0].push(Cost::of(phinder(&server).arg("scan").arg(folder.path())));
        runs[1].push(Cost::of(phinder(&server).args(["scan", &format!("s3://{BUCKET}")])));
        let client = std::env::current_exe().unwrap();
        runs[2].push(Cost::of(environment(&mut Command::new(client), &server).env(DROP_CLIENT, "1")));
    }
    report(runs.map(median), cores as f64);
}

/// Buckets that are listed and not read, from a server that takes as long for a page as S3 does.
fn listings() {
    const KEYS: usize = 200_000;
    const PAGE: Duration = Duration::from_millis(100);
    println!("listings of {KEYS} objects, {} ms a page\n", PAGE.as_millis());
    println!("| keys | wall s | requests | pages one after the other s | start alone s |");
    println!("|---|---:|---:|---:|---:|");
    for (name, in_folder) in [("400 folders", 500), ("2 folders", 100_000), ("no folders", 0), ("a folder each", 1)] {
        let server = S3Server::start();
        server.create_bucket(BUCKET);
        server.create_bucket("void");
        for key in 0..KEYS {
            let folder = key.checked_div(in_folder).map(|folder| format!("part={folder:06}/"));
            server.put(BUCKET, &format!("lake/{}{key:06}.csv", folder.unwrap_or_default()), "x");
        }
        server.faults().page_time = Some(PAGE);
        let list = |bucket: &str| {
            let started = Instant::now();
            let target = format!("s3://{bucket}");
            phinder(&server).args(["scan", &target, "--exclude", "**", "--exclude", "s3://**"]).status().unwrap();
            started.elapsed().as_secs_f64()
        };
        let alone = list("void");
        server.clear_requests();
        let wall = list(BUCKET);
        let pages = (KEYS / 1000) as f64 * PAGE.as_secs_f64();
        println!("| {name} | {wall:.2} | {} | {pages:.1} | {alone:.2} |", server.count("ListObjectsV2"));
    }
    println!();
}

fn report([disk, s3, dropped]: [Cost; 3], cores: f64) {
    println!("| what | wall s | MB/s | client CPU s | server CPU s | cores busy |");
    println!("|---|---:|---:|---:|---:|---:|");
    for (what, cost) in [("scan of files", disk), ("scan of S3", s3), ("list, get and drop", dropped)] {
        let megabytes = (OBJECTS * OBJECT_BYTES) as f64 / 1e6;
        let Cost { wall, client, server } = cost;
        let (speed, busy) = (megabytes / wall, (client + server) / wall);
        println!("| {what} | {wall:.2} | {speed:.0} | {client:.2} | {server:.2} | {busy:.2} of {cores} |");
    }
    let serving = s3.server / cores;
    println!("\nserver's own cost: {serving:.2} s ({:.2} CPU s on {cores} cores)", s3.server);
    println!("scan of S3 / (scan of files + server's own cost): {:.2}", s3.wall / (disk.wall + serving));
    println!("scan of S3 / (scan of files + list, get and drop): {:.2}", s3.wall / (disk.wall + dropped.wall));
    println!("scan of S3 / scan of files: {:.2}", s3.wall / disk.wall);
}

/// Files in turn of each text format.
fn write_tree(folder: &Path) {
    const KINDS: [(&str, &str); 4] = [("log", "log"), ("csv", "csv"), ("ndjson", "ndjson"), ("clean-csv", "csv")];
    for place in 0..OBJECTS {
        let (format, extension) = KINDS[(place % 4) as usize];
        let mut content = Vec::with_capacity(OBJECT_BYTES as usize + 4096);
        streams::write(format, OBJECT_BYTES, SEED + place, &mut content).unwrap();
        fs::write(folder.join(format!("{format}-{place:04}.{extension}")), content).unwrap();
    }
}

fn environment<'a>(command: &'a mut Command, server: &S3Server) -> &'a mut Command {
    command
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn phinder(server: &S3Server) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phinder"));
    environment(&mut command, server);
    command
}

/// Lists the bucket and reads every object, as an application would that does nothing with it. The bytes that came.
async fn get_and_drop() -> u64 {
    let settings = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let config = aws_sdk_s3::config::Builder::from(&settings).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let mut pages = client.list_objects_v2().bucket(BUCKET).into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
    }
    assert_eq!(keys.len() as u64, OBJECTS);
    let gets = keys.into_iter().map(|key| {
        let client = client.clone();
        // A task each, so that all cores take part.
        tokio::spawn(async move {
            let mut body = client.get_object().bucket(BUCKET).key(key).send().await.unwrap().body;
            let mut bytes = 0;
            while let Some(chunk) = body.next().await {
                bytes += chunk.unwrap().len() as u64;
            }
            bytes
        })
    });
    futures::stream::iter(gets)
        .buffer_unordered(CONCURRENCY)
        .fold(0, |sum, bytes| std::future::ready(sum + bytes.unwrap()))
        .await
}

/// What one run took, in seconds.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    client: f64,
    server: f64,
}

impl Cost {
    fn of(command: &mut Command) -> Self {
        let (server, client) = cpu_seconds();
        let started = Instant::now();
        let status = command.status().unwrap();
        let wall = started.elapsed().as_secs_f64();
        assert!(matches!(status.code(), Some(0 | 1)), "{command:?}: {status}");
        let (server_after, client_after) = cpu_seconds();
        Self { wall, client: client_after - client, server: server_after - server }
    }
}

/// The run with the median wall time.
fn median(mut runs: Vec<Cost>) -> Cost {
    runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    runs[runs.len() / 2]
}

/// User and system time of this process, and of its children that have ended: proc_pid_stat(5), fields 14 to 17, in
/// ticks of 10 ms.
fn cpu_seconds() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux with /proc");
    let behind_name = &stat[stat.rfind(')').unwrap() + 2..];
    let ticks: Vec<f64> = behind_name.split(' ').skip(11).take(4).map(|field| field.parse().unwrap()).collect();
    ((ticks[0] + ticks[1]) / 100.0, (ticks[2] + ticks[3]) / 100.0)
}
