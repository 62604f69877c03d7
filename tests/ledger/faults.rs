//! What happens to disks and clocks: a full disk, a ledger that is locked, gone, damaged, or from another time.

use super::{Place, RECORD, without_times};
use crate::support::scan::{phinder, run};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Enough for several transactions.
fn lake() -> Place {
    let place = Place::new(&[]);
    for index in 0..120 {
        place.put(&format!("team/{}/{index}.csv", super::folder(index)), RECORD);
    }
    place
}

/// A scan whose files cannot grow beyond so many blocks of 512 bytes: what is written then fails, as on a full disk.
#[cfg(unix)]
fn scan_within(place: &Place, blocks: u32) -> (i32, String) {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_phinder"), "scan"]);
    command.arg(place.lake()).arg("--ledger").arg(place.ledger()).args(["--no-progress", "--format", "jsonl"]);
    command.env("AWS_EC2_METADATA_DISABLED", "true").current_dir(std::env::temp_dir());
    let (code, _, errors) = run(&mut command);
    (code, errors)
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_scan_and_loses_nothing() {
    let undisturbed = lake();
    undisturbed.scan(&[]);
    let size = fs::metadata(undisturbed.ledger()).unwrap().len() / 512;
    let wanted = without_times(&undisturbed);
    // From the first page to the last one: the ledger, its log and its index all meet the limit somewhere.
    let (mut failed, mut begun) = (0, 0);
    for step in 0..14 {
        let place = lake();
        let blocks = 1 + size as u32 * step / 12;
        let (code, errors) = scan_within(&place, blocks);
        if code == 2 {
            failed += 1;
            assert!(errors.contains("ledger") && !errors.contains("panic"), "{blocks} blocks: {errors}");
        }
        // There is room again.
        if fs::metadata(place.ledger()).is_ok_and(|file| file.len() > 0) {
            begun += 1;
            let (code, said, errors) = run(phinder().args(["ledger", "check"]).arg(place.ledger()));
            assert_eq!(code, 0, "{blocks} blocks: {said}{errors}");
        }
        place.scan(&[]);
        let found: Vec<_> =
            without_times(&place).iter().map(|row| (row["detector"].clone(), row["records"].clone())).collect();
        let all: Vec<_> = wanted.iter().map(|row| (row["detector"].clone(), row["records"].clone())).collect();
        assert_eq!(found, all, "{blocks} blocks");
    }
    assert!(failed >= 5 && begun >= 5, "{failed} of {begun}");
}

#[test]
fn a_ledger_that_somebody_else_holds_is_waited_for() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let holder = Connection::open(place.ledger()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1500));
        holder.execute_batch("COMMIT").unwrap();
    });
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "open");
    release.join().unwrap();
}

#[test]
fn a_ledger_that_was_deleted_is_not_begun_anew_in_silence() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    fs::remove_file(place.ledger()).unwrap();
    let (code, _, errors) = place.scan_of(&place.lake(), &[]);
    assert!(code == 2 && errors.contains("deleted, moved or emptied since its last scan"), "{errors}");
    assert!(!place.ledger().exists(), "and nothing is in its place");
    // As the error says.
    fs::remove_dir_all(place.folder.path().join("l.ledger.locks")).unwrap();
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "new");
}

#[test]
fn a_clock_that_goes_backwards_changes_no_order() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    // The night before was ten years from now.
    let later = 10 * 365 * 86_400_000_i64;
    let connection = Connection::open(place.ledger()).unwrap();
    connection
        .execute_batch(&format!(
            "UPDATE findings SET first_observed_at = first_observed_at + {later}, last_seen_at = last_seen_at + {later}, \
             changed_at = changed_at + {later}; UPDATE scans SET started_at = started_at + {later}, \
             finished_at = finished_at + {later};"
        ))
        .unwrap();
    drop(connection);
    let first = place.show("/a/", "us_ssn");
    fs::remove_file(place.lake().join("b/1.csv")).unwrap();
    place.scan(&[]);
    let again = place.show("/a/", "us_ssn");
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("open".into(), "resolved".into()));
    assert_eq!(again["first_observed_at"], first["first_observed_at"]);
    assert_eq!(again["last_seen_at"], first["last_seen_at"], "it was seen then, whatever the clock says now");
    assert_eq!(run(phinder().args(["audit", "list", "--ledger"]).arg(place.ledger())).0, 0);
}

#[test]
fn a_clock_that_goes_backwards_tells_the_baseline_from_what_came_later() {
    let place = Place::new(&[("a/1.csv", "name,ssn,city\nJohn Smith,536-90-4399,Springfield\n")]);
    place.scan(&["--baseline"]);
    let connection = Connection::open(place.ledger()).unwrap();
    connection.execute_batch("UPDATE findings SET first_observed_at = first_observed_at + 3600000").unwrap();
    drop(connection);
    place.put("a/2.csv", RECORD);
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "open", "it is worse than it was");
}

#[test]
fn no_output_takes_the_place_of_the_ledger_or_its_key() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let ledger = place.ledger();
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink(&ledger, &link).unwrap();
    let beside = |end: &str| place.folder.path().join(format!("l.ledger{end}"));
    let kept: Vec<_> = ["", ".key"].iter().map(|end| fs::read(beside(end)).unwrap()).collect();
    for output in [ledger.clone(), link.clone(), beside(".key"), beside("-wal"), beside(".locks").join("x")] {
        let mut commands = [phinder(), phinder(), phinder(), phinder()];
        commands[0].args(["findings", "export"]).arg("-o").arg(&output);
        commands[1].args(["audit", "export"]).arg("-o").arg(&output);
        commands[2].arg("report").arg("-o").arg(&output);
        commands[3].arg("scan").arg(place.lake()).arg("-o").arg(format!("jsonl={}", output.display()));
        for mut command in commands {
            let (code, _, errors) = run(command.arg("--ledger").arg(&ledger));
            assert!(code == 2 && errors.contains("name another file"), "{command:?}: {errors}");
        }
    }
    // Nor that of somebody else's, whatever ledger is named.
    let (code, _, errors) = run(phinder().arg("scan").arg(place.lake()).arg("-o").arg(&ledger));
    assert!(code == 2 && errors.contains("is a ledger"), "{errors}");
    assert_eq!(kept, ["", ".key"].map(|end| fs::read(beside(end)).unwrap()));
    // What is exported replaces an older export, and is whole.
    let export = place.folder.path().join("export");
    for arguments in [["findings", "export"], ["audit", "export"]] {
        fs::write(&export, "old").unwrap();
        assert_eq!(run(phinder().args(arguments).arg("-o").arg(&export).arg("--ledger").arg(&ledger)).0, 0);
        assert!(fs::read_to_string(&export).unwrap().starts_with('{'));
    }
}

#[test]
fn a_link_leads_to_the_same_ledger() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink(place.ledger(), &link).unwrap();
    let (code, _, errors) = run(phinder().arg("scan").arg(place.lake()).arg("--ledger").arg(&link));
    assert_eq!(code, 1, "with the key beside the file: {errors}");
    assert_eq!(place.of("a us_ssn"), "open");
    assert!(!place.folder.path().join("link.locks").exists(), "one ledger has one set of locks");
}

/// Somebody who may read the file and nothing else.
#[cfg(target_os = "linux")]
#[test]
fn a_ledger_of_somebody_else_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let shared = place.folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::copy(place.ledger(), shared.join("l")).unwrap();
    for (path, mode) in [(place.folder.path(), 0o755), (&shared, 0o755), (&shared.join("l"), 0o644)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let program = shared.join("phinder");
    fs::copy(env!("CARGO_BIN_EXE_phinder"), &program).unwrap();
    for arguments in [["findings", "list"], ["audit", "verify"]] {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--clear-groups"]).arg(&program).args(arguments).arg("--ledger");
        let (code, said, errors) = run(command.arg(shared.join("l")).current_dir(&shared));
        if errors.contains("setpriv") {
            eprintln!("not shown here: nobody may become somebody else");
            return;
        }
        assert!(code == 0 && !said.is_empty(), "{arguments:?}: {errors}");
    }
}

#[test]
fn what_is_no_ledger_or_cannot_be_written_says_so() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let refused = |ledger: &Path, word: &str| {
        let mut command = phinder();
        command.arg("scan").arg(place.lake()).arg("--ledger").arg(ledger).env("PHINDER_KEY", "a1".repeat(32));
        let (code, _, errors) = run(&mut command);
        assert!(code == 2 && errors.contains(word), "{word}: {errors}");
    };
    let copy = |name: &str| {
        let path = place.folder.path().join(name);
        fs::copy(place.ledger(), &path).unwrap();
        path
    };
    // From the future, of somebody else, with garbage in the middle.
    let newer = copy("newer");
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused(&newer, "written by a newer phinder");
    let other = place.folder.path().join("other");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    refused(&other, "another program's database");
    let corrupt = copy("corrupt");
    let mut bytes = fs::read(&corrupt).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 6000].fill(0xa5);
    fs::write(&corrupt, bytes).unwrap();
    refused(&corrupt, "restore a backup");
    refused(&place.folder.path().join("no such folder/l"), "no such folder");
    refused(place.folder.path(), "cannot open the ledger");
}

/// Runs a script in which `$F` is a file system of its own of so many kilobytes, `$P` the program, `$L` the lake; `None` where
/// the system lets nobody mount one.
#[cfg(target_os = "linux")]
fn on_small_disk(place: &Place, kilobytes: u32, script: &str) -> Option<(i32, String, String)> {
    let folder = place.folder.path().join("disk");
    fs::create_dir_all(&folder).unwrap();
    let isolated = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script]);
        command.env("F", &folder).env("P", env!("CARGO_BIN_EXE_phinder")).env("L", place.lake());
        command.env("PHINDER_KEY", "a1".repeat(32)).env("AWS_EC2_METADATA_DISABLED", "true");
        command.current_dir(place.folder.path());
        run(&mut command)
    };
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs \"$F\"");
    if isolated(&mount).0 != 0 {
        eprintln!("not shown here: nobody may mount a file system");
        return None;
    }
    Some(isolated(&format!("{mount} && {script}")))
}

#[cfg(target_os = "linux")]
#[test]
fn a_small_disk_that_fills_up_says_so_and_keeps_what_was_written() {
    let place = lake();
    let scan = "$P scan \"$L\" --ledger \"$F/l\" --format jsonl --no-progress >/dev/null";
    // A filler leaves less and less; then there is room again.
    for left in [0, 20, 60, 120, 200] {
        let script = format!(
            "{{ head -c {} /dev/zero >\"$F/filler\" 2>/dev/null; {scan}; echo \"code $?\"; rm \"$F/filler\"; \
             if [ -s \"$F/l\" ]; then $P ledger check \"$F/l\" && {scan} || [ $? = 1 ] && $P ledger check \"$F/l\"; fi; }}",
            (1400 - left) * 1024
        );
        let Some((code, said, errors)) = on_small_disk(&place, 1400, &script) else { return };
        assert!(said.starts_with("code 2"), "{left}: {said}{errors}");
        assert!(errors.contains("ledger") && !errors.contains("panic"), "{left}: {errors}");
        assert!(code == 0 || !said.contains("schema"), "{left}: {said}{errors}");
        assert!(!said.contains("wrong:"), "{left}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_ledger_can_be_read_and_is_not_scanned_into() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    let kept = place.findings(&["export"]).1;
    let script = |command: &str| format!("cp l.ledger \"$F/l\" && mount -o remount,ro \"$F\" && {{ {command}; }}");
    let on = |command: &str| on_small_disk(&place, 4000, &script(command));
    let Some((code, said, errors)) = on("$P findings export --ledger \"$F/l\"") else { return };
    assert_eq!((code, &said), (0, &kept), "{errors}");
    for command in ["report", "audit verify", "findings list"] {
        let (code, said, errors) = on(&format!("$P {command} --ledger \"$F/l\"")).unwrap();
        assert!(code == 0 && !said.is_empty(), "{command}: {errors}");
    }
    let (code, _, errors) = on("$P scan \"$L\" --ledger \"$F/l\"").unwrap();
    assert!(code == 2 && errors.contains("cannot open the ledger") && errors.contains("Read-only"), "{errors}");
    let fingerprint = kept.split("\"fingerprint\":\"").nth(1).unwrap()[..32].to_owned();
    let decide = format!("$P findings accept {fingerprint} --why x --who me --ledger \"$F/l\"");
    let (code, _, errors) = on(&decide).unwrap();
    assert!(code == 2 && errors.contains("cannot write the ledger"), "{errors}");
}

#[test]
fn a_key_is_written_wholly_or_not_at_all() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    // Two that begin the same ledger at once, of different scopes.
    let scans: Vec<_> = (0..4)
        .map(|index| {
            place.put(&format!("{index}/1.csv"), RECORD);
            let mut command = phinder();
            command.arg("scan").arg(place.lake().join(index.to_string())).arg("--ledger").arg(place.ledger());
            std::thread::spawn(move || run(&mut command))
        })
        .collect();
    for scan in scans {
        let (code, _, errors) = scan.join().unwrap();
        assert_eq!(code, 1, "{errors}");
    }
    let left =
        fs::read_dir(place.folder.path()).unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    assert_eq!(left.filter(|name| name.contains("key")).collect::<Vec<_>>(), ["l.ledger.key"]);

    // A disk that is full before the key is written, and has room again.
    let place = Place::new(&[("a/1.csv", RECORD)]);
    let (code, errors) = scan_within(&place, 0);
    assert!(code == 2 && errors.contains("cannot write"), "{errors}");
    assert!(!phinder::ledger::key_file(&place.ledger()).exists());
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "new");
    // An empty file is begun as one that is not there; what is no file is said to be none.
    let place = Place::new(&[("a/1.csv", RECORD)]);
    fs::write(place.ledger(), "").unwrap();
    place.scan(&[]);
    assert_eq!(place.of("a us_ssn"), "new");
    let (code, _, errors) = run(phinder().arg("scan").arg(place.lake()).arg("--ledger").arg(place.lake()));
    assert!(code == 2 && errors.contains("it is no file"), "{errors}");
}

#[test]
fn texts_that_are_none_are_damage() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    place.scan(&[]);
    Connection::open(place.ledger())
        .unwrap()
        .execute_batch(
            "UPDATE findings SET because = CAST(x'fffe' AS TEXT); UPDATE objects SET location = CAST(x'ff' AS TEXT);",
        )
        .unwrap();
    let check = || run(phinder().args(["ledger", "check"]).arg(place.ledger()));
    let (code, said, errors) = check();
    assert_eq!(code, 2, "{said}{errors}");
    assert!(said.contains("texts of findings are damaged") && said.contains("of objects"), "{said}{errors}");
    for arguments in [&["findings", "list"][..], &["findings", "export"], &["report", "-o", "-"]] {
        let (code, _, errors) = run(phinder().args(arguments).arg("--ledger").arg(place.ledger()));
        assert!(code == 2 && errors.contains("is damaged") && errors.contains("restore a backup"), "{errors}");
    }
}

/// Runs a command whose files cannot grow beyond so many blocks of 512 bytes.
#[cfg(unix)]
fn within(blocks: u32, arguments: &[&str], folder: &Path) -> (i32, String) {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_phinder")]).args(arguments).current_dir(folder);
    let (code, _, errors) = run(&mut command);
    (code, errors)
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    let folder = place.folder.path();
    fs::write(folder.join("report.html"), "the last one").unwrap();
    let files = || {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| !name.to_string_lossy().starts_with("l.ledger-"));
        names.sort();
        names
    };
    let before = files();
    // More than what is shared of the ledger while it is open, less than what is to be written.
    for (blocks, arguments) in [
        (80, &["ledger", "backup", "l.ledger", "copy.ledger"][..]),
        (66, &["report", "--ledger", "l.ledger", "-o", "report.html"]),
        (0, &["scan", "lake", "--no-ledger", "-o", "csv=findings.csv", "-o", "parquet=findings.parquet"]),
    ] {
        let (code, errors) = within(blocks, arguments, folder);
        assert!(
            code == 2 && errors.contains("cannot write") || errors.contains("File too large"),
            "{arguments:?}: {code} {errors}"
        );
        assert_eq!(files(), before, "{arguments:?}");
        assert_eq!(fs::read_to_string(folder.join("report.html")).unwrap(), "the last one");
        let (code, _, errors) = run(phinder().args(arguments).current_dir(folder));
        assert!(matches!(code, 0 | 1), "there is room again: {arguments:?}: {errors}");
        for name in files().iter().filter(|name| !before.contains(name)) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        fs::write(folder.join("report.html"), "the last one").unwrap();
    }
}
