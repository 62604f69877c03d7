//! What a shell completes: commands, flags and words as clap knows them, and fingerprints as the ledger knows them.
//!
//! The script that `phinder completions` writes asks the program itself at each press of the key, so this is quick, changes
//! nothing, waits for nobody, and says nothing where it fails.

use super::Arguments;
use super::findings::amount;
use crate::ledger::Ledger;
use crate::outputs::harmless;
use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The variable by which a script asks.
pub(super) const VARIABLE: &str = "PHINDER_COMPLETE";
/// As many as a person looks through.
const MAX_CANDIDATES: u32 = 100;
/// As `phinder findings list` shows them.
const SHORT: usize = 8;

/// Answers the script of a shell and ends the process; does nothing where none asks.
pub(super) fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).bin("phinder").complete();
}

/// Fingerprints of the ledger that begin so, the worst first, with what they are of.
pub(super) fn fingerprints(current: &OsStr) -> Vec<CompletionCandidate> {
    let prefix = current.to_str().unwrap_or_default();
    let found = ledger(std::env::args_os()).and_then(|path| {
        let ledger = Ledger::glance(&path).ok()?;
        ledger.findings_that_begin(prefix, MAX_CANDIDATES).ok()
    });
    let candidate = |row: crate::ledger::FindingRow| {
        let length = if prefix.len() < SHORT { SHORT } else { row.fingerprint.len() };
        let shown = row.fingerprint.get(..length);
        let help = harmless(&format!("{} {}, {}, {}", row.state, row.detector, amount(&row), row.location));
        CompletionCandidate::new(shown.unwrap_or_default()).help(Some(help.into()))
    };
    found.unwrap_or_default().into_iter().map(candidate).collect()
}

/// The ledger of a command line that is not complete: of its flag, else of the environment.
fn ledger(line: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let (mut named, mut is_next) = (None, false);
    for word in line {
        let joined = word.to_str().and_then(|word| word.strip_prefix("--ledger=")).map(PathBuf::from);
        if is_next {
            named = Some(PathBuf::from(&word));
        } else if joined.is_some() {
            named = joined;
        }
        is_next = word == "--ledger";
    }
    named.or_else(|| std::env::var_os("PHINDER_LEDGER").map(PathBuf::from)).filter(|path| !path.as_os_str().is_empty())
}
