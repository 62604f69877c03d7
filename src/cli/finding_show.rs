//! `phinder findings show`: everything about one finding, as text, Markdown or JSON.

use super::complete;
use super::findings::{amount, sentence};
use crate::ledger::{BreachClock, FindingDetails, Ledger};
use crate::outputs::{harmless, markdown_text};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use std::io::{BufWriter, Write};
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Its fingerprint, or the beginning of it
    #[arg(add = ArgValueCompleter::new(complete::fingerprints))]
    fingerprint: String,
    /// Objects and fields that are shown, the worst first
    #[arg(long, value_name = "N", default_value_t = 20)]
    occurrences: u32,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// For people
    Text,
    /// For tickets and wikis
    Markdown,
    /// For programs
    Json,
}

/// A heading with its lines.
type Section = (String, Vec<String>);

pub(super) fn run(path: &Path, arguments: &ShowArguments) -> anyhow::Result<()> {
    let details = Ledger::open(path)?.finding(&arguments.fingerprint, arguments.occurrences)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ShowFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &details).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        format => write(&mut out, &sections(&details), format == ShowFormat::Markdown)?,
    }
    Ok(out.flush()?)
}

/// Names come from outside: they are made harmless for the terminal, and escaped where they would be mark-up.
fn write(out: &mut impl Write, sections: &[Section], is_markdown: bool) -> std::io::Result<()> {
    for (place, (heading, lines)) in sections.iter().enumerate() {
        if is_markdown {
            writeln!(
                out,
                "{}{} {}\n",
                if place > 0 { "\n" } else { "" },
                "#".repeat(2 + usize::from(place > 0)),
                markdown_text(heading)
            )?;
        } else {
            writeln!(out, "{}", harmless(heading))?;
        }
        for line in lines {
            match is_markdown {
                true => writeln!(out, "- {}", markdown_text(line))?,
                false => writeln!(out, "  {}", harmless(line))?,
            }
        }
    }
    Ok(())
}

fn sections(details: &FindingDetails) -> Vec<Section> {
    let row = &details.finding;
    let field = if row.field.is_empty() { String::new() } else { format!(" in {}", row.field) };
    let class = row.class.as_deref().unwrap_or("none");
    let mut about = vec![
        format!("{}, severity {}, class {class}, confidence {}", row.state, row.severity, row.confidence),
        amount(row),
        format!("first observed {}, last seen {}, changed {}", row.first_observed_at, row.last_seen_at, row.changed_at),
        format!("why: {}", row.because),
        format!("samples: {}", if row.samples.is_empty() { "none".to_owned() } else { row.samples.join(" | ") }),
        format!("fingerprint {}", row.fingerprint),
    ];
    if let (Some(who), Some(why)) = (&row.decided_by, &row.decided_why) {
        let until = row.decided_until.as_deref().map_or(String::new(), |until| format!(" (until {until})"));
        about.push(format!("decided by {who}: {why}{until}"));
    }
    let mut sections = vec![(format!("{}{field}, {}", row.detector, row.location), about)];
    sections.extend(details.breach.as_ref().map(breach));
    let held = details.occurrences.iter().map(|held| {
        let field = if held.field.is_empty() { String::new() } else { format!(" in {}", held.field) };
        format!(
            "{}, {}{field}: {} records, {} values, {}",
            held.severity, held.location, held.records, held.values, held.coverage
        )
    });
    sections.push(("Where, the worst first".to_owned(), held.collect()));
    let changes = details.history.iter().map(|change| format!("{} {}", change.at, sentence(change)));
    sections.push(("History".to_owned(), changes.collect()));
    sections
}

fn breach(clock: &BreachClock) -> Section {
    let mut lines = vec![
        format!(
            "first observed {}; day 60 is {} ({} days left)",
            clock.first_observed_at, clock.day_60, clock.days_left
        ),
        match clock.individuals {
            Some(count) => format!("individuals: about {count}"),
            None => "individuals: not known".to_owned(),
        },
    ];
    lines.extend(clock.notices.iter().map(|notice| format!("would oblige to tell: {notice}")));
    lines.extend(
        clock.factors.iter().map(|factor| format!("{} {}: {}", factor.citation, factor.question, factor.known)),
    );
    (format!("Breach of unsecured PHI: {}", clock.status), lines)
}
