//! A scan of S3 is killed at random moments, goes on, and finds what an undisturbed one finds, byte for byte.
//!
//! A hundred moments; `PHINDER_KILLS` takes another number.

use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::{phinder, run};
use phinder::ledger::{Filter, Ledger, Order};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a scan is killed, unless told otherwise.
const KILLS: u32 = 100;
const SEED: u64 = 2026;
const OBJECTS: u32 = 90;
/// A scan that dies again and again is let through in the end.
const MAX_KILLS_OF_ONE: u32 = 4;

/// SplitMix64: the same moments in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn lake() -> S3Server {
    let server = S3Server::start();
    server.create_bucket("lake");
    for index in 0..OBJECTS {
        let rows: String = (0..200)
            .map(|row| {
                format!("Mary Jones,{:03}-44-{:04},I10,status {row} of request {index}\n", 200 + index, 1000 + row)
            })
            .collect();
        let (team, kind) = (index % 9, ["csv", "txt"][index as usize % 2]);
        let name = char::from(b'a' + team as u8);
        server.put(
            "lake",
            &format!("{name}/2026/11/{index:02}/part.{kind}"),
            format!("name,ssn,diagnosis code,remark\n{rows}"),
        );
    }
    server
}

fn scan(server: &S3Server, ledger: &Path, is_resumed: bool) -> Command {
    let mut command = phinder();
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1")
        // People are estimated by keyed digests: with another key by others.
        .env("PHINDER_KEY", "a1".repeat(32))
        .args(["scan", "s3://lake", "--workers", "1", "--no-progress", "--ledger"])
        .arg(ledger);
    if is_resumed {
        command.arg("--resume");
    }
    command
}

/// Everything that the ledger says of findings, but for the times.
fn found(path: &Path) -> String {
    let ledger = Ledger::open(path).unwrap();
    let (rows, _) = ledger.findings(&Filter::default(), Order::Location, (1000, 0)).unwrap();
    let mut all = String::new();
    for row in rows {
        let mut shown = serde_json::to_value(ledger.finding(&row.fingerprint, 1000).unwrap()).unwrap();
        for key in ["first_observed_at", "last_seen_at", "changed_at", "day_60"] {
            shown[key].take();
        }
        shown["breach"] = shown["breach"]["individuals"].take();
        for change in shown["history"].as_array_mut().unwrap() {
            change["at"].take();
            change["scan_id"].take();
        }
        all.push_str(&format!("{shown:#}\n"));
    }
    all
}

/// Kills the process after a while, unless it is through before; returns whether it was killed.
fn killed(mut command: Command, after: Duration) -> bool {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while started.elapsed() < after {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    // One that ended by itself at that moment has a code.
    child.wait().unwrap().code().is_none()
}

#[test]
fn killed_at_random_moments_it_finds_what_it_finds_undisturbed() {
    let kills = std::env::var("PHINDER_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let server = lake();
    let folder = tempfile::tempdir().unwrap();
    let ledger = |name: String| -> PathBuf { folder.path().join(name) };
    let undisturbed = ledger("undisturbed".into());
    let started = Instant::now();
    assert_eq!(run(&mut scan(&server, &undisturbed, false)).0, 1);
    let whole = started.elapsed().as_millis() as u64;
    let wanted = found(&undisturbed);
    assert!(wanted.matches("us_ssn").count() >= 9, "{wanted}");

    let mut random = Random(SEED);
    let (mut done, mut round, mut in_the_middle) = (0, 0, 0);
    while done < kills {
        round += 1;
        let path = ledger(format!("killed-{round}"));
        for attempt in 0..MAX_KILLS_OF_ONE {
            // Killed before it had begun, there is nothing to go on with.
            let is_begun = state(&path).is_some();
            in_the_middle += u32::from(is_begun);
            let moment = Duration::from_millis(random.next() % whole.max(1));
            if done == kills || !killed(scan(&server, &path, attempt > 0 && is_begun), moment) {
                break;
            }
            done += 1;
        }
        let state = state(&path);
        if state.as_deref() != Some("complete") {
            let (code, _, errors) = run(&mut scan(&server, &path, state.is_some()));
            assert_eq!(code, 1, "round {round} of seed {SEED}: {errors}");
        }
        assert_eq!(found(&path), wanted, "round {round} of seed {SEED}");
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.check().unwrap().mistakes, Vec::<String>::new(), "round {round} of seed {SEED}");
        assert_eq!(ledger.verify(&[]).unwrap().mistakes, Vec::<String>::new(), "round {round} of seed {SEED}");
    }
    assert!(in_the_middle > 0, "some died after they had begun");
}

fn state(ledger: &Path) -> Option<String> {
    let connection = rusqlite::Connection::open_with_flags(ledger, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    connection.query_row("SELECT state FROM scans ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).ok()
}
