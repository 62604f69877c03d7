//! The ledger as a user runs it: five nights of scans, what is read again, scans that die, decisions, damage.

mod audit;
mod canaries;
mod commands;
mod completion;
mod faults;
mod kills;
mod names;
mod places;
mod spot;
mod vanished;

use crate::support::scan::{phinder, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

const RECORD: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";
const OTHER: &str = "name,ssn,diagnosis code\nPaul Brown,536-90-4411,E11.9\n";
const CLEAN: &str = "item,price\nchair,10\ntable,20\n";

/// A lake and a ledger.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(place.lake()).unwrap();
        files.iter().for_each(|(name, content)| place.put(name, content));
        place
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("l.ledger")
    }

    /// A file that was written a day ago, a second later for each version.
    fn put(&self, name: &str, content: &str) {
        let path = self.lake().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let moment = SystemTime::now() - Duration::from_secs(86_400) + Duration::from_secs(content.len() as u64);
        fs::File::options().write(true).open(&path).unwrap().set_modified(moment).unwrap();
    }

    fn scan_of(&self, target: &Path, arguments: &[&str]) -> (i32, Vec<Value>, String) {
        let mut command = phinder();
        command.arg("scan").arg(target).arg("--ledger").arg(self.ledger()).args(["--format", "jsonl"]).args(arguments);
        let (code, text, errors) = run(&mut command);
        (code, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), errors)
    }

    fn scan(&self, arguments: &[&str]) -> Vec<Value> {
        let (code, lines, errors) = self.scan_of(&self.lake(), arguments);
        assert!(matches!(code, 0 | 1 | 3), "{errors}");
        lines
    }

    fn findings(&self, arguments: &[&str]) -> (i32, String, String) {
        run(phinder().arg("findings").args(arguments).arg("--ledger").arg(self.ledger()).env("USER", "nurse"))
    }

    /// Every finding: its state by `folder detector`.
    fn states(&self) -> BTreeMap<String, String> {
        let (code, text, errors) = self.findings(&["export"]);
        assert_eq!(code, 0, "{errors}");
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|row| {
                let name = row["location"].as_str().unwrap().rsplit('/').nth(1).unwrap().to_owned();
                (format!("{name} {}", row["detector"].as_str().unwrap()), row["state"].as_str().unwrap().to_owned())
            })
            .collect()
    }

    fn of(&self, key: &str) -> String {
        self.states().get(key).unwrap_or_else(|| panic!("{key} in {:?}", self.states())).clone()
    }

    /// A decision that has ended when this returns.
    fn accept_for_a_moment(&self, fingerprint: &str) {
        let until = time::OffsetDateTime::now_utc() + Duration::from_secs(2);
        let until = until.format(&time::format_description::well_known::Rfc3339).unwrap();
        let (code, _, errors) = self.findings(&["accept", fingerprint, "--why", "for now", "--until", &until]);
        assert_eq!(code, 0, "{errors}");
        std::thread::sleep(Duration::from_millis(2100));
    }

    fn show(&self, name: &str, detector: &str) -> Value {
        let fingerprint = self.fingerprint(name, detector);
        serde_json::from_str(&self.findings(&["show", &fingerprint, "--format", "json"]).1).unwrap()
    }

    fn fingerprint(&self, name: &str, detector: &str) -> String {
        let (_, text, _) = self.findings(&["export", "--location", name, "--detector", detector]);
        serde_json::from_str::<Value>(&text).unwrap()["fingerprint"].as_str().unwrap().to_owned()
    }
}

fn results(lines: &[Value]) -> Vec<Value> {
    lines.iter().filter(|line| line["type"] == "object" || line["type"] == "finding").cloned().collect()
}

#[test]
fn five_nights_of_scans() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD), ("clean/1.csv", CLEAN)]);
    place.put("exports/2026/11/28/part-0.csv", RECORD);
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "new");
    assert_eq!(place.of("b us_ssn"), "new");
    let first = place.show("/a/", "us_ssn");
    let nightly = place.show("exports", "us_ssn");
    assert!(nightly["location"].as_str().unwrap().ends_with("/lake/exports/*/"), "{nightly}");

    // The second night: one appears, one is emptied of PHI, one disappears; the export of the night takes the place of the last.
    place.put("c/1.csv", OTHER);
    place.put("b/1.csv", CLEAN);
    fs::remove_file(place.lake().join("exports/2026/11/28/part-0.csv")).unwrap();
    place.put("exports/2026/11/29/part-0.csv", OTHER);
    place.put("exports/2026/11/29/part-1.csv", OTHER);
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "open");
    assert_eq!(place.of("b us_ssn"), "resolved");
    assert_eq!(place.of("c us_ssn"), "new");
    let next = place.show("exports", "us_ssn");
    assert_eq!((&next["fingerprint"], &next["state"]), (&nightly["fingerprint"], &"open".into()));
    assert_eq!((&nightly["objects"], &next["objects"], &next["records"]), (&1.into(), &2.into(), &2.into()));

    // The third: it comes back, another is gone.
    place.put("b/1.csv", RECORD);
    fs::remove_file(place.lake().join("c/1.csv")).unwrap();
    place.scan(&[]);
    assert_eq!(place.of("b us_ssn"), "reopened");
    assert_eq!(place.of("c us_ssn"), "resolved");

    // The fourth: it has moved: another place is another finding.
    fs::remove_file(place.lake().join("a/1.csv")).unwrap();
    place.put("moved/1.csv", RECORD);
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "resolved");
    assert_eq!(place.of("moved us_ssn"), "new");
    assert_eq!(place.of("b us_ssn"), "open");

    // The fifth: it grows, in the file and beside it; the finding stays itself, and is older than its growth.
    place.put("b/1.csv", &format!("{RECORD}Ann Miller,536-90-4412,I10\n"));
    place.put("b/2.csv", OTHER);
    place.put("a/1.csv", RECORD);
    place.scan(&[]);
    let grown = place.show("/b/", "us_ssn");
    assert_eq!((&grown["objects"], &grown["records"], &grown["state"]), (&2.into(), &4.into(), &"open".into()));
    let held: Vec<_> = grown["occurrences"].as_array().unwrap().iter().map(|held| held["records"].clone()).collect();
    assert_eq!(held, [3, 1]);
    let again = place.show("/a/", "us_ssn");
    assert_eq!(again["first_observed_at"], first["first_observed_at"], "it never changes");
    let steps: Vec<_> = again["history"].as_array().unwrap().iter().map(|row| row["to"].as_str().unwrap()).collect();
    assert_eq!(steps, ["new", "open", "resolved", "reopened"]);
    let (code, said, _) = run(phinder().args(["ledger", "check"]).arg(place.ledger()));
    assert_eq!(code, 0);
    assert!(said.contains("5 scans, 7 objects") && said.ends_with("sound\n"), "{said}");

    // One of its files is clean before another one is read: it is the same finding all the while.
    place.put("b/1.csv", CLEAN);
    place.scan(&[]);
    let moved = place.show("/b/", "us_ssn");
    assert_eq!((&moved["objects"], &moved["state"]), (&1.into(), &"open".into()));
    let seen = &moved["history"].as_array().unwrap();
    assert_eq!(seen.last().unwrap()["to"], "open", "{seen:?}");
}

#[test]
fn only_a_scan_that_could_see_it_resolves_a_finding() {
    let place = Place::new(&[("x/a/1.csv", RECORD), ("y/b/1.csv", RECORD)]);
    place.scan(&[]);
    place.put("x/a/1.csv", CLEAN);
    fs::remove_file(place.lake().join("y/b/1.csv")).unwrap();
    // Without the detector, with the file left out, above its confidence; and elsewhere.
    place.scan(&["--without", "us_ssn"]);
    place.scan(&["--exclude", "*/a/*"]);
    place.scan_of(&place.lake().join("x"), &["--exclude", "*"]);
    assert_ne!(place.of("a us_ssn"), "resolved");
    // The place above was listed completely, so what is gone from it is gone.
    assert_eq!(place.of("b us_ssn"), "resolved");
    place.scan_of(&place.lake().join("x"), &[]);
    assert_eq!(place.of("a us_ssn"), "resolved", "a narrower scan saw all of the file");

    // A narrower scan proves nothing of what lies elsewhere.
    place.put("x/a/1.csv", RECORD);
    place.put("y/b/1.csv", RECORD);
    place.scan(&[]);
    fs::remove_file(place.lake().join("y/b/1.csv")).unwrap();
    place.scan_of(&place.lake().join("x"), &[]);
    assert_eq!(place.of("b us_ssn"), "reopened");
}

#[test]
fn what_is_unchanged_is_not_read_and_says_the_same() {
    let place =
        Place::new(&[("a/1.csv", RECORD), ("536-90-4399.csv", OTHER), ("clean.csv", CLEAN), ("d.bin", "\0\u{1}\0")]);
    let first = place.scan(&[]);
    // The content changes and nothing tells: who does not read it cannot know.
    let path = place.lake().join("a/1.csv");
    let moment = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "x".repeat(RECORD.len())).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(moment).unwrap();
    let second = place.scan(&[]);
    assert_eq!(results(&first), results(&second));
    let people = |lines: &[Value]| lines.last().unwrap()["individuals_unexpected"].clone();
    assert_eq!(people(&first), people(&second));
    assert!(people(&first).as_u64().unwrap() >= 2);

    // A policy that changes judges what is remembered, without reading.
    let policy = place.folder.path().join("phinder.toml");
    let text = "[[expect]]\nname = \"all\"\nlocations = [\"**\"]\nclasses = [\"phi\", \"pii\", \"health\"]\nreason = \"a test\"\n";
    fs::write(&policy, text).unwrap();
    let (code, judged, errors) = place.scan_of(&place.lake(), &["--policy", policy.to_str().unwrap()]);
    assert!(matches!(code, 0 | 3), "{errors}");
    assert!(results(&judged).iter().any(|line| line["type"] == "finding"));
    assert_eq!(place.of("a us_ssn"), "resolved");

    let full = place.scan(&["--full"]);
    assert_ne!(results(&first), results(&full), "--full reads it");
    // Other detectors read everything again.
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&["--only", "us_itin"]);
    let lines = place.scan(&[]);
    assert!(results(&lines).iter().any(|line| line["detector"] == "us_ssn"));
}

#[test]
fn a_decision_stands_until_its_day() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    let (a, b) = (place.fingerprint("/a/", "us_ssn"), place.fingerprint("/b/", "us_ssn"));
    let (code, said, errors) = place.findings(&["suppress", &a[..12], "--why", "synthetic"]);
    assert_eq!((code, said), (0, format!("{a} is suppressed\n")), "{errors}");
    place.accept_for_a_moment(&b);
    // A day is meant to its end, and a time is one of a zone; named twice, it is decided about once.
    for (until, kept) in
        [("2130-01-31", "2130-01-31T23:59:59.999Z"), ("2130-01-31T10:00:00-08:00", "2130-01-31T18:00:00Z")]
    {
        assert_eq!(place.findings(&["suppress", &a, &a[..9], "--why", "synthetic", "--until", until]).0, 0);
        assert_eq!(place.show("/a/", "us_ssn")["decided_until"], kept);
    }
    assert_eq!(place.show("/a/", "us_ssn")["history"].as_array().unwrap().len(), 4);
    place.scan(&["--full"]);
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("suppressed".into(), "open".into()));
    let history = place.findings(&["history", &b]).1;
    assert!(history.contains("by nurse: for now (until 20") && history.contains("expired"), "{history}");
    let (_, list, _) = place.findings(&["list", "--detector", "us_ssn"]);
    assert!(list.contains("/b/") && !list.contains("/a/"), "{list}");
    assert!(place.findings(&["list", "--state", "suppressed"]).1.contains("/a/"));
    assert!(place.findings(&["list", "--all", "--limit", "1", "--page", "2"]).1.contains("1 of "));
    // About all of them, or none.
    let (code, said, errors) = place.findings(&["reopen", &a, &b, "--why", "x"]);
    assert!(code == 2 && said.is_empty() && errors.contains("cannot be reopened"), "{said}{errors}");
    assert_eq!(place.of("a us_ssn"), "suppressed");
    assert_eq!(place.findings(&["reopen", &a, "--why", "it is real"]).0, 0);
    assert_eq!(place.findings(&["resolve", &b, "--why", "moved"]).0, 0);
    for (arguments, word) in [
        (vec!["reopen", &a, "--why", "x"], "is reopened"),
        (vec!["suppress", &a, "--why", " "], "say why"),
        (vec!["resolve", &a, "--why", "x", "--until", "2030-01-01"], "--until"),
        (vec!["suppress", &a, "--why", "x", "--until", "2020-01-01"], "is over already"),
        (vec!["suppress", &a, "--why", "x", "--until", "2130-01-01T08:00:00"], "cannot read the time"),
        (vec!["suppress", &a, "--why", &"x".repeat(2001)], "longer than 2000"),
        (vec!["suppress", &a, "--why", "x", "--who", &"x".repeat(201)], "longer than 200"),
        (vec!["show", "zz"], "0 findings"),
    ] {
        let (code, _, errors) = place.findings(&arguments);
        assert_eq!(code, 2);
        assert!(errors.contains(word), "{errors}");
    }
    place.scan(&[]);
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("open".into(), "reopened".into()));
}

#[test]
fn what_is_gone_stays_open_no_longer_than_somebody_says() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD), ("c/1.csv", RECORD), ("d/1.csv", CLEAN)]);
    place.scan(&[]);
    let [a, b, c] = ["/a/", "/b/", "/c/"].map(|name| place.fingerprint(name, "us_ssn"));
    assert_eq!(place.findings(&["suppress", &a, "--why", "synthetic"]).0, 0);
    place.accept_for_a_moment(&b);
    for name in ["a", "b", "c"] {
        fs::remove_file(place.lake().join(name).join("1.csv")).unwrap();
    }
    place.scan(&[]);
    let states = || ["a us_ssn", "b us_ssn", "c us_ssn"].map(|key| place.of(key));
    assert_eq!(states(), ["suppressed", "resolved", "resolved"], "a decision that has ended keeps nothing open");
    // Somebody wants it looked at again: a scan that does not look there says nothing, one that does says that it is gone.
    for fingerprint in [&a, &c] {
        assert_eq!(place.findings(&["reopen", fingerprint, "--why", "are you sure"]).0, 0);
    }
    assert_eq!(place.scan_of(&place.lake().join("d"), &[]).0, 0);
    place.scan(&["--include", "**/nothing"]);
    place.scan(&["--only", "email"]);
    place.scan(&["--sample", "1"]);
    fs::write(place.lake().join("a/cut.csv.gz"), [0x1f, 0x8b, 8, 0, 0]).unwrap();
    fs::write(place.lake().join("c/cut.csv.gz"), [0x1f, 0x8b, 8, 0, 0]).unwrap();
    place.scan(&[]);
    assert_eq!(states(), ["reopened", "resolved", "reopened"], "something there could not be read");
    for name in ["a", "c"] {
        fs::remove_file(place.lake().join(name).join("cut.csv.gz")).unwrap();
    }
    place.scan(&[]);
    assert_eq!(states(), ["resolved", "resolved", "resolved"]);
    let history = place.findings(&["history", &c]).1;
    assert!(history.contains("a complete scan does not find it"), "{history}");
}

#[test]
fn no_value_is_in_the_ledger() {
    let text = "Patient: John Smith\nSSN 219-44-8210, MRN: 88417723, Dx: E11.9\n";
    let json = r#"[{"219-44-8210":{"dob":"1980-02-03","phone":"415-555-2671"}}]"#;
    let place = Place::new(&[("a/1.csv", RECORD), ("536-90-4399.txt", text), ("c.json", json)]);
    place.scan(&["--min-confidence", "low"]);
    let mut files = 0;
    for entry in fs::read_dir(place.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        files += 1;
        let bytes = fs::read(&path).unwrap();
        for value in ["536-90-4399", "536904399", "219-44-8210", "88417723", "John Smith", "1980-02-03", "415-555-2671"]
        {
            assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()), "{value} in {path:?}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{path:?}");
        }
    }
    assert!(files >= 2, "the ledger and its key");
    let exported = place.findings(&["export"]).1;
    assert!(exported.contains("us_ssn") && !exported.contains("219-44-8210"));
}

/// Text that is read word by word, and never twice.
fn note(row: usize) -> String {
    (0..8).map(|part| format!("status {} of request {} was sent to the client ", part + row, row * 7 + part)).collect()
}

/// A name without a number: a place of its own.
fn folder(index: usize) -> String {
    [index / 25, index % 25].iter().map(|place| char::from(b'a' + *place as u8)).collect()
}

/// A lake that takes a while.
fn slow_place() -> Place {
    let place = Place::new(&[]);
    for index in 0..150 {
        let rows: String = (0..9000)
            .map(|row| format!("Mary Jones,{:03}-44-{:04},I10,{}\n", 200 + index, 1000 + row, note(row)))
            .collect();
        place.put(&format!("{}/1.csv", folder(index)), &format!("name,ssn,diagnosis code,remark\n{rows}"));
    }
    place
}

fn start(place: &Place, arguments: &[&str]) -> std::process::Child {
    let mut command = phinder();
    command.arg("scan").arg(place.lake()).arg("--ledger").arg(place.ledger()).args(["--workers", "1"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Objects that a scan has recorded so far, if it has begun.
fn begun(place: &Place) -> Option<u64> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(place.ledger(), flags).ok()?;
    let sql = "SELECT (SELECT count(*) FROM objects) FROM scans LIMIT 1";
    connection.query_row(sql, [], |row| row.get(0)).ok()
}

fn without_times(place: &Place) -> Vec<Value> {
    let text = place.findings(&["export"]).1;
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|mut row| {
        for key in ["first_observed_at", "last_seen_at", "changed_at"] {
            row[key].take();
        }
        row["location"] = row["location"].as_str().unwrap().rsplit('/').nth(1).unwrap().into();
        row["fingerprint"].take();
        row
    })
    .collect()
}

#[test]
fn a_scan_that_is_killed_goes_on_where_it_was() {
    let undisturbed = slow_place();
    undisturbed.scan(&[]);
    let wanted = without_times(&undisturbed);
    assert!(wanted.len() >= 150);

    let place = slow_place();
    let (mut killed, mut recorded) = (0, Vec::new());
    for round in 0..12u64 {
        let mut child = start(&place, if killed == 0 { &["--full"] } else { &["--full", "--resume"] });
        // Until it has got on, however long that takes on a busy machine.
        let before = recorded.last().copied().unwrap_or(0);
        while begun(&place).unwrap_or(0) == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(97 * round % 400));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        recorded.extend(begun(&place));
    }
    assert!(killed > 0, "the scan was killed at least once");
    assert!(recorded.iter().any(|objects| (1..150).contains(objects)), "it was killed in the middle: {recorded:?}");
    assert!(recorded.is_sorted(), "what is recorded stays: {recorded:?}");
    let (code, _, errors) = place.scan_of(&place.lake(), &["--resume"]);
    if code == 2 {
        assert!(errors.contains("nothing to resume"), "{errors}");
    }
    let sound = run(phinder().args(["ledger", "check"]).arg(place.ledger()));
    assert_eq!(sound.0, 0, "{}", sound.1);
    assert_eq!(without_times(&place), wanted, "nothing is lost, nothing doubled, all of it is one scan's");
}

#[test]
fn a_scan_that_goes_on_is_the_one_that_was_begun() {
    let rows: String = (0..3000).map(|row| format!("Mary Jones,219-44-8210,I10,{}\n", note(row))).collect();
    let content = format!("name,ssn,diagnosis code,remark\n{rows}");
    let names: Vec<String> = (0..80).map(|index| format!("{}/1.csv", folder(index))).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), &*content)).collect();
    let place = Place::new(&files);
    let mut child = start(&place, &["--sample", "40", "--baseline"]);
    while begun(&place).unwrap_or(0) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it was killed in the middle");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let connection = rusqlite::Connection::open(place.ledger()).unwrap();
    let seed: String = connection.query_row("SELECT seed FROM scans", [], |row| row.get(0)).unwrap();
    drop(connection);
    let rest = place.scan(&["--sample", "40", "--resume"]);
    assert_eq!(rest[0]["seed"], seed.as_str());
    let read = |lines: &[Value]| {
        let objects = lines.iter().filter(|line| line["type"] == "object" && line["coverage"] == "complete");
        objects.map(|line| line["location"].clone()).collect::<Vec<_>>()
    };
    let mut alone = phinder();
    alone.arg("scan").arg(place.lake()).args(["--sample", "40", "--seed", &seed, "--format", "jsonl", "--no-ledger"]);
    let undisturbed: Vec<Value> = run(&mut alone).1.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read(&rest), read(&undisturbed), "the same are drawn");
    let states = place.states();
    assert!(states.len() >= 40 && states.values().all(|state| state == "baseline"), "{states:?}");
}

#[test]
fn the_environment_may_name_the_ledger_and_a_scan_may_do_without() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    let scan = |options: &[&str]| {
        let mut command = phinder();
        command.args(["scan", "--no-progress"]).arg(place.lake()).args(options);
        run(command.env("PHINDER_LEDGER", place.ledger()))
    };
    assert_eq!(scan(&["--no-ledger"]).0, 1);
    assert!(!place.ledger().exists());
    let (code, _, errors) = scan(&["--no-ledger", "--resume"]);
    assert!(code == 2 && errors.contains("cannot be used with"), "{errors}");
    assert_eq!(scan(&[]).0, 1);
    assert!(place.ledger().exists());
}

#[test]
fn the_same_scope_is_scanned_once_at_a_time() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    // A scan that waits for its input holds the scope.
    let begin = || {
        let mut first = phinder();
        first.args(["scan", "-", "--ledger"]).arg(place.ledger());
        first.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (mut first, mut refused) = (begin(), None);
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(50));
        // On a busy machine the other one may have been first.
        if first.try_wait().unwrap().is_some() {
            first = begin();
        }
        let (code, _, errors) = place.scan_of(Path::new("-"), &[]);
        if code == 2 {
            refused = Some(errors);
            break;
        }
    }
    let errors = refused.expect("the second scan is refused");
    assert!(errors.contains("of the same scope has been running for") && errors.contains("second"), "{errors}");
    // Another scope on the same ledger is none of its business.
    place.scan(&[]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(place.scan_of(Path::new("-"), &[]).0, 0, "whoever died holds nothing");
}

#[test]
fn damage_is_told_and_nothing_is_repaired_in_silence() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    let (code, _, errors) = place.findings(&["list"]);
    assert!(code == 2 && errors.contains("there is no ledger"), "{errors}");
    place.scan(&[]);
    let copy = place.folder.path().join("copy");
    assert_eq!(run(phinder().args(["ledger", "backup"]).arg(place.ledger()).arg(&copy)).0, 0);
    let (code, said, _) = run(phinder().args(["ledger", "check"]).arg(&copy));
    assert!(code == 0 && said.contains("sound"), "{said}");
    assert_eq!(run(phinder().args(["ledger", "backup"]).arg(place.ledger()).arg(&copy)).0, 2, "no file is replaced");
    assert_eq!(run(phinder().args(["ledger", "vacuum"]).arg(place.ledger())).0, 0);

    // Nothing left, or next to nothing: that is no ledger of somebody who begins.
    for (left, word) in
        [(0, "deleted, moved or emptied since its last scan"), (1, "only 1 bytes are left"), (99, "restore a backup")]
    {
        let bytes = fs::read(place.ledger()).unwrap();
        fs::File::options().write(true).open(place.ledger()).unwrap().set_len(left).unwrap();
        for (code, _, errors) in [
            run(phinder().arg("scan").arg(place.lake()).arg("--ledger").arg(place.ledger())),
            place.findings(&["list"]),
            run(phinder().args(["ledger", "check"]).arg(place.ledger())),
        ] {
            assert!(code == 2 && errors.contains(word), "{left}: {errors}");
        }
        assert_eq!(fs::metadata(place.ledger()).unwrap().len(), left, "and stays as it is");
        fs::write(place.ledger(), bytes).unwrap();
    }

    // Cut in the middle.
    let whole = fs::metadata(place.ledger()).unwrap().len();
    fs::File::options().write(true).open(place.ledger()).unwrap().set_len(whole / 2 + 100).unwrap();
    let (code, _, errors) = place.scan_of(&place.lake(), &[]);
    assert!(code == 2 && errors.contains("restore a backup"), "{errors}");

    // The key is gone, or another one.
    fs::remove_file(place.ledger()).unwrap();
    fs::copy(&copy, place.ledger()).unwrap();
    let key = place.folder.path().join("l.ledger.key");
    fs::rename(&key, place.folder.path().join("elsewhere")).unwrap();
    let (code, _, errors) = place.scan_of(&place.lake(), &[]);
    assert!(code == 2 && errors.contains("put it back"), "{errors}");
    let mut command = phinder();
    command.arg("scan").arg(place.lake()).arg("--ledger").arg(place.ledger()).env("PHINDER_KEY", "a1".repeat(32));
    let (code, _, errors) = run(&mut command);
    assert!(code == 2 && errors.contains("begun with another key"), "{errors}");
}
