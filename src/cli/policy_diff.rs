//! `phinder policy diff`: what another policy would say of what a ledger remembers. Nothing is read again.

use crate::config::Settings;
use crate::detectors::special::SpecialCategories;
use crate::ledger::{Ledger, Remembered};
use crate::model::{Location, Severity, VerdictKind};
use crate::outputs::harmless;
use crate::policy::Policy;
use crate::scan::Judge;
use clap::Args;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;

/// What a policy would change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phinder policy diff new.toml --ledger phinder.ledger              against what the last scans said\n  \
    phinder policy diff phinder.toml new.toml --ledger phinder.ledger")]
pub(super) struct DiffArguments {
    /// The new policy; before it an old one, where the new one is not to be compared with what the last scans said
    #[arg(required = true, num_args = 1..=2, value_name = "[OLD] NEW")]
    policies: Vec<PathBuf>,
    /// The ledger whose evidence is judged
    #[arg(long, value_name = "FILE", env = "PHINDER_LEDGER")]
    ledger: PathBuf,
}

/// A finding as one policy sees it.
#[derive(Default, Clone)]
struct Side {
    /// Objects and fields in which it is unexpected.
    occurrences: u64,
    severity: Option<Severity>,
    /// Why, of one of them.
    because: Option<Arc<str>>,
}

impl Side {
    fn add(&mut self, severity: Option<Severity>, because: Option<Arc<str>>) {
        self.occurrences += u64::from(severity.is_some());
        self.severity = self.severity.max(severity);
        self.because = self.because.take().or(because);
    }

    fn word(&self) -> &'static str {
        self.severity.map_or("expected", |severity| severity.as_str())
    }
}

/// Place, column, detector: what makes a finding of the ledger.
type Finding = (String, String, String);

pub(super) fn run(arguments: &DiffArguments) -> anyhow::Result<u8> {
    let (old, new) = match &arguments.policies[..] {
        [old, new] => (Some(Settings::read(Some(old))?.policy), Settings::read(Some(new))?.policy),
        [new, ..] => (None, Settings::read(Some(new))?.policy),
        [] => anyhow::bail!("name the new policy"),
    };
    let special = SpecialCategories::built_in()?.table();
    let today = OffsetDateTime::now_utc().date();
    let judge = |policy| Judge { policy, special: &special, today };
    let mut findings: BTreeMap<Finding, (Side, Side)> = BTreeMap::new();
    Ledger::open(&arguments.ledger)?.remembered(|object| -> anyhow::Result<()> {
        let place = object.location.place();
        for found in &object.evidence {
            let field = object.location.place_field(&found.field).to_owned();
            let key = (place.as_str().to_owned(), field, found.detector.clone());
            let (before, after) = findings.entry(key).or_default();
            match &old {
                Some(old) => add(before, &judge(old), &object.location, found),
                None => before.add(found.severity, None),
            }
            add(after, &judge(&new), &object.location, found);
        }
        Ok(())
    })?;
    write(&findings, &notes(old.as_ref(), &new))?;
    Ok(0)
}

fn add(side: &mut Side, judge: &Judge<'_>, location: &Location, found: &Remembered) {
    let verdict = judge.verdict(location, &found.field, &found.detector, &found.found);
    let severity = (verdict.kind == VerdictKind::Unexpected).then_some(verdict.severity);
    side.add(severity, Some(verdict.because));
}

/// What evidence cannot tell.
fn notes(old: Option<&Policy>, new: &Policy) -> Vec<&'static str> {
    let is_told = match old {
        Some(old) => new.finds_the_same_as(old),
        None => new.finds_the_same_as(&Policy::default()),
    };
    let note = "[classification] and [[allow.value]] decide what is found in an object: what they change shows when objects are read";
    if is_told { Vec::new() } else { vec![note] }
}

fn write(findings: &BTreeMap<Finding, (Side, Side)>, notes: &[&str]) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let [mut appear, mut resolve, mut change] = [0; 3];
    for ((place, field, detector), (before, after)) in findings {
        if (before.severity, before.occurrences) == (after.severity, after.occurrences) {
            continue;
        }
        let word = match (before.severity, after.severity) {
            (None, _) => {
                appear += 1;
                "new"
            }
            (_, None) => {
                resolve += 1;
                "resolved"
            }
            _ => {
                change += 1;
                "changed"
            }
        };
        let field = if field.is_empty() { String::new() } else { format!(" in {field}") };
        let severities = format!("{} -> {}", before.word(), after.word());
        let counts = format!("{} -> {}", before.occurrences, after.occurrences);
        let text = harmless(&format!("{detector}{field}, {place}"));
        writeln!(out, "{word:<8}  {severities:<20}  {counts:<12}  {text}")?;
        if let Some(because) = &after.because {
            writeln!(out, "{:10}{}", "", harmless(because))?;
        }
    }
    let same = findings.len() - appear - resolve - change;
    writeln!(out, "{appear} new, {resolve} resolved, {change} changed, {same} as they are")?;
    for note in notes {
        writeln!(out, "note: {note}")?;
    }
    Ok(out.flush()?)
}
