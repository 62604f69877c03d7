//! `phinder completions`: scripts by which shells ask the program what completes a line.

use super::complete::VARIABLE;
use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};
use std::io::Write;

/// What lets a shell complete commands, flags, words and the fingerprints of a ledger.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phinder completions bash > ~/.local/share/bash-completion/completions/phinder\n  \
    phinder completions zsh > ~/.zfunc/_phinder\n  \
    phinder completions fish > ~/.config/fish/completions/phinder.fish\n\n\
    The script asks the program at each press of the key: write it anew after an update. Fingerprints are those of the ledger\n\
    that --ledger or PHINDER_LEDGER names.")]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: ShellArgument,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShellArgument {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn run(arguments: &CompletionsArguments) -> anyhow::Result<u8> {
    let shell: &dyn EnvCompleter = match arguments.shell {
        ShellArgument::Bash => &Bash,
        ShellArgument::Zsh => &Zsh,
        ShellArgument::Fish => &Fish,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "phinder", "phinder", "phinder", &mut script)?;
    std::io::stdout().lock().write_all(&script)?;
    Ok(0)
}
