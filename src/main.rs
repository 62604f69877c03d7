//! Parses, runs, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    phinder::cli::main()
}
