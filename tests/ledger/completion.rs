//! What shells complete: commands, words, and the fingerprints of the ledger that the line names.

use super::{Place, RECORD};
use crate::support::scan::{phinder, run};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What bash offers for the last of some words, by the script that the program writes.
fn offered(words: &[&str], environment: &[(&str, &Path)]) -> Vec<String> {
    let script = r#"source <(phinder completions bash)
        COMP_WORDS=(phinder "$@"); COMP_CWORD=$#; COMP_TYPE=9; COMPREPLY=()
        _clap_complete_phinder phinder "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let program = Path::new(env!("CARGO_BIN_EXE_phinder")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["--norc", "-c", script, "bash"]).args(words).env("PATH", path).env_remove("PHINDER_LEDGER");
    let (code, said, errors) = run(command.envs(environment.iter().copied()).current_dir(std::env::temp_dir()));
    assert_eq!((code, errors.as_str()), (0, ""), "{said}");
    said.lines().filter(|line| !line.is_empty()).map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn fingerprints_are_completed_from_the_ledger_of_the_line() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", RECORD)]);
    place.scan(&[]);
    let ledger = place.ledger();
    let named = ledger.to_str().unwrap();
    let fingerprint = place.fingerprint("/a/", "us_ssn");
    let (_, exported, _) = place.findings(&["export"]);
    let of_environment = [("PHINDER_LEDGER", ledger.as_path())];
    for verb in ["show", "history", "suppress", "accept", "resolve", "reopen"] {
        let offered = offered(&["findings", verb, ""], &of_environment);
        let fingerprints: Vec<_> = offered.iter().filter(|word| !word.starts_with('-')).collect();
        assert_eq!(fingerprints.len(), exported.lines().count(), "{verb}: {offered:?}");
        assert!(fingerprints.iter().all(|word| word.len() == 8), "{offered:?}");
    }
    assert_eq!(offered(&["findings", "--ledger", named, "show", &fingerprint[..6]], &[]), [&fingerprint[..8]]);
    assert_eq!(offered(&["findings", "suppress", &fingerprint[..8]], &of_environment), [fingerprint.as_str()]);
    // A second one is completed as the first.
    assert_eq!(offered(&["findings", "accept", "00", &fingerprint[..4]], &of_environment), [&fingerprint[..8]]);
    assert_eq!(offered(&["findings", "show", "zz"], &of_environment), Vec::<String>::new());
    assert_eq!(offered(&["findings", "list", "--state", "reop"], &[]), ["reopened"]);
    assert!(offered(&["fin"], &[]).contains(&"findings".to_owned()));
}

#[test]
fn a_ledger_that_cannot_be_read_completes_nothing_and_is_left_as_it_is() {
    let place = Place::new(&[("a/1.csv", RECORD)]);
    let (ledger, missing) = (place.ledger(), place.folder.path().join("none"));
    let offered = |path: &Path| offered(&["findings", "show", ""], &[("PHINDER_LEDGER", path)]);
    let fingerprints = |path: &Path| offered(path).iter().filter(|word| !word.starts_with('-')).count();
    assert_eq!(fingerprints(&missing), 0);
    assert!(!missing.exists());
    place.scan(&[]);
    let files = || {
        let mut names: Vec<_> =
            fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (before, bytes) = (files(), fs::read(&ledger).unwrap());
    assert!(fingerprints(&ledger) > 0);
    assert_eq!((files(), fs::read(&ledger).unwrap()), (before, bytes));
    // Nobody waits at a prompt for somebody who writes.
    let holder = Connection::open(&ledger).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert!(fingerprints(&ledger) > 0, "a log lets readers in");
    drop(holder);
    // From a newer program.
    Connection::open(&ledger).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(fingerprints(&ledger), 0);
    fs::write(&ledger, "no ledger").unwrap();
    assert_eq!(fingerprints(&ledger), 0);
    assert_eq!(run(phinder().args(["findings", "list", "--ledger"]).arg(&ledger)).0, 2);
}
