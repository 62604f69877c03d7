//! `phinder completions`: scripts with which shells complete commands and flags.

use super::Arguments;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::io::Write;

/// What lets a shell complete commands and flags.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phinder completions bash > ~/.local/share/bash-completion/completions/phinder\n  \
    phinder completions zsh > ~/.zfunc/_phinder\n  \
    phinder completions fish > ~/.config/fish/completions/phinder.fish")]
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
    let shell = match arguments.shell {
        ShellArgument::Bash => Shell::Bash,
        ShellArgument::Zsh => Shell::Zsh,
        ShellArgument::Fish => Shell::Fish,
    };
    // The generator panics where it cannot write, so it does not write to the pipe itself.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "phinder", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(0)
}
