//! `phinder ledger`: backups, checks and space of a ledger.

use super::EXIT_ERROR;
use crate::ledger::Ledger;
use crate::outputs::counted;
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::PathBuf;

/// Back up, check and shrink a ledger.
#[derive(Debug, Args)]
pub(super) struct LedgerArguments {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Write a consistent copy to a new file, also while scans run
    Backup {
        /// The ledger
        ledger: PathBuf,
        /// The copy, which must not be there yet
        copy: PathBuf,
    },
    /// Look through the whole file; exits with 2 where something is wrong
    Check {
        /// The ledger
        ledger: PathBuf,
    },
    /// Give unused space back
    Vacuum {
        /// The ledger
        ledger: PathBuf,
    },
}

pub(super) fn run(arguments: LedgerArguments) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    match arguments.command {
        LedgerCommand::Backup { ledger, copy } => {
            Ledger::open(&ledger)?.backup(&copy)?;
            writeln!(out, "wrote {}; the key is not in it: keep that too", copy.display())?;
        }
        LedgerCommand::Check { ledger } => {
            let health = Ledger::open(&ledger)?.check()?;
            let [scans, objects, findings] = health.counts;
            writeln!(
                out,
                "schema {}, {} bytes: {}, {}, {}",
                health.schema,
                health.bytes,
                counted(scans, "scan", "scans"),
                counted(objects, "object", "objects"),
                counted(findings, "finding", "findings")
            )?;
            for mistake in &health.mistakes {
                writeln!(out, "wrong: {mistake}")?;
            }
            if !health.mistakes.is_empty() {
                writeln!(out, "restore a backup that `phinder ledger backup` made")?;
                return Ok(EXIT_ERROR);
            }
            writeln!(out, "sound")?;
        }
        LedgerCommand::Vacuum { ledger } => {
            let ledger = Ledger::open(&ledger)?;
            ledger.vacuum()?;
            writeln!(out, "{} bytes", ledger.check()?.bytes)?;
        }
    }
    Ok(0)
}
