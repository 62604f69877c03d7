//! Every subcommand and every format that the program itself says it has.

use crate::support::scan::{phinder, run};
use std::collections::BTreeSet;

/// Commands by their words, and each with each format it can write, as `command --format word`.
pub fn every_command_and_format() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    add(&[], &mut found);
    found
}

fn add(words: &[&str], found: &mut BTreeSet<String>) {
    let (code, help, _) = run(phinder().args(words).arg("--help"));
    assert_eq!(code, 0, "{words:?}");
    let below = subcommands(&help);
    for name in below.iter().filter(|name| *name != "help") {
        add(&[words, &[name]].concat(), found);
    }
    if below.is_empty() {
        found.insert(words.join(" "));
        found.extend(formats(&help).iter().map(|format| format!("{} --format {format}", words.join(" "))));
    }
}

/// The words of the list of commands: two spaces before, and the description behind or below.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let name = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(first_word);
    list.filter_map(name).collect()
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The values of the flag or of the argument that says how something is written, or for whom.
fn formats(help: &str) -> Vec<String> {
    let is_wanted =
        |line: &&str| line.trim_start().starts_with("--format <") || line.trim_start().starts_with("<SHELL>");
    let is_next = |line: &&str| line.trim_start().starts_with(['-', '<']) && line.contains('<');
    let mut lines = help.lines().skip_while(|line| !is_wanted(line));
    let Some(_) = lines.next() else { return Vec::new() };
    let lines: Vec<_> = lines.take_while(|line| !is_next(line)).map(str::trim).collect();
    let text = lines.join(" ");
    let inline = text.split_once("[possible values: ").and_then(|(_, rest)| rest.split_once(']'));
    let listed =
        || lines.iter().filter_map(|line| line.strip_prefix("- ")?.split_once(':').map(|(word, _)| word.to_owned()));
    let found: Vec<_> = match inline {
        Some((words, _)) => words.split(", ").map(str::to_owned).collect(),
        None => listed().collect(),
    };
    assert!(found.len() >= 2, "formats in {help}");
    found
}

/// What a command line is, among all that there are: its words, and what it writes.
pub fn of(arguments: &[&str], known: &BTreeSet<String>) -> BTreeSet<String> {
    let commands = [arguments[..1].join(" "), arguments[..arguments.len().min(2)].join(" ")];
    let command = commands.iter().find(|command| known.contains(*command));
    let command = command.unwrap_or_else(|| panic!("{arguments:?} is no command of the program"));
    let pairs = arguments.windows(2).filter_map(|pair| match pair {
        ["--format", format] => Some((*format).to_owned()),
        ["-o" | "--output", place] => place.split_once('=').map(|(format, _)| format.to_owned()),
        ["completions", shell] => Some((*shell).to_owned()),
        _ => None,
    });
    pairs.map(|format| format!("{command} --format {format}")).chain([command.clone()]).collect()
}
