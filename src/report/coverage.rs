//! What was looked at and what was not: objects by coverage, reasons with what to do, and the scans themselves.

use super::charts::bar;
use super::collect::{COVERAGE, Overview};
use super::sections::{MAX_GROUPS, legend, section};
use crate::ledger::ScanRow;
use crate::model::Reason;
use crate::outputs::{counted, html_text as escaped, moment, number, shown_name};
use std::cmp::Reverse;
use std::io::{self, Write};
use time::{Duration, OffsetDateTime};

fn reason(code: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.code() == code)
}

/// Whether it was left out because somebody wanted it so, or nothing was there to read.
fn is_by_choice(coverage: &str, code: &str) -> bool {
    let is_whole = coverage == "skipped";
    reason(code).is_some_and(|reason| (is_whole && reason.is_by_choice()) || reason == Reason::UnlikelyColumns)
}

/// Objects that could not be examined, or not fully.
pub(super) fn gaps(overview: &Overview) -> u64 {
    let gaps = overview.gaps.iter().filter(|((coverage, code), _)| !is_by_choice(coverage, code));
    gaps.map(|(_, gap)| gap.objects).sum()
}

pub(super) fn write(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    section(out, "coverage", "Coverage, and what was not looked at")?;
    let whole = overview.coverage();
    let listed: u64 = whole.iter().sum();
    let counts: Vec<_> = COVERAGE.iter().zip(whole).map(|(word, count)| format!("{} {word}", number(count))).collect();
    writeln!(
        out,
        "<p>{} in the ledger: {}.</p>\n{}<div class=\"whole\">{}</div>",
        counted(listed, "object", "objects"),
        counts.join(", "),
        legend(&COVERAGE, &COVERAGE),
        bar(&whole, &COVERAGE, listed),
    )?;
    reasons(out, overview)?;
    by_group(out, overview)?;
    scans(out, overview)?;
    writeln!(
        out,
        "<p class=\"small\">What no scan listed was not looked at, and is not in this report. A sampled object was read in part, \
         as far as its sample says.</p>\n</section>"
    )
}

fn reasons(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    if overview.gaps.is_empty() {
        return writeln!(out, "<p>Everything that was listed was read as it was to be.</p>");
    }
    let mut gaps: Vec<_> = overview.gaps.iter().collect();
    gaps.sort_by_key(|((coverage, code), gap)| (is_by_choice(coverage, code), Reverse(gap.objects)));
    writeln!(
        out,
        "<h3>Not looked at, or not completely</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Reasons\">\
         <table><caption>Objects by reason; what was left out by choice, or is empty, comes last</caption><thead><tr>\
         <th scope=\"col\" class=\"count\">objects</th><th scope=\"col\">coverage</th><th scope=\"col\">reason</th>\
         <th scope=\"col\">what it means, and what to do</th><th scope=\"col\">examples</th></tr></thead><tbody>"
    )?;
    for ((coverage, code), gap) in gaps {
        let examples: Vec<_> = gap.examples.iter().map(|example| escaped(example)).collect();
        writeln!(
            out,
            "<tr><td class=\"count\">{}</td><td>{}</td><th scope=\"row\"><code>{}</code></th><td>{}</td>\
             <td class=\"name\">{}</td></tr>",
            number(gap.objects),
            escaped(coverage),
            escaped(code),
            reason(code).map_or("", Reason::explanation),
            examples.join("<br>"),
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn by_group(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    let mut groups: Vec<_> = overview.groups.iter().filter(|(_, group)| group.coverage != [0; 5]).collect();
    if groups.len() < 2 {
        return Ok(());
    }
    groups.sort_by_key(|(_, group)| Reverse(group.coverage.iter().sum::<u64>()));
    writeln!(
        out,
        "<h3>By bucket, schema or folder</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Coverage by bucket\"><table class=\"bars\"><caption>Objects by coverage, the most objects first</caption>\
         <thead><tr><th scope=\"col\">where</th><th scope=\"col\"><span class=\"hidden\">bar</span></th>{}</tr></thead><tbody>",
        COVERAGE.map(|word| format!("<th scope=\"col\" class=\"count\">{word}</th>")).concat(),
    )?;
    for (name, group) in groups.iter().take(MAX_GROUPS) {
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"name\">{}</th><td>{}</td>{}</tr>",
            escaped(name),
            bar(&group.coverage, &COVERAGE, group.coverage.iter().sum()),
            group.coverage.map(|count| format!("<td class=\"count\">{}</td>", number(count))).concat(),
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if groups.len() > MAX_GROUPS {
        writeln!(out, "<p class=\"rest\">and {} more</p>", number((groups.len() - MAX_GROUPS) as u64))?;
    }
    Ok(())
}

fn scans(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    writeln!(
        out,
        "<h3>Scans</h3>\n<p>{} in the ledger; of each scope the last one:</p>\n<div class=\"wide\" tabindex=\"0\" \
         role=\"region\" aria-label=\"Scans\"><table><caption>The last scan of each scope</caption><thead><tr>\
         <th scope=\"col\">started</th><th scope=\"col\">state</th><th scope=\"col\">scope</th>\
         <th scope=\"col\" class=\"count\">listed</th><th scope=\"col\" class=\"count\">records</th></tr></thead><tbody>",
        counted(overview.scan_count as u64, "scan", "scans"),
    )?;
    for scan in overview.scans.iter().take(MAX_GROUPS) {
        let targets: Vec<_> = scan.targets.iter().map(|target| escaped(&shown_name(target, false))).collect();
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"day\">{}</th><td>{}</td><td class=\"name\">{}{}</td>{}{}</tr>",
            started(scan),
            escaped(&scan.state),
            targets.join(", "),
            if scan.is_narrowed { " (narrowed by filters)" } else { "" },
            total(scan, "listed"),
            total(scan, "records"),
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn started(scan: &ScanRow) -> String {
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(scan.started_at)).map_or_else(String::new, moment)
}

fn total(scan: &ScanRow, name: &str) -> String {
    let count = scan.totals.get(name).and_then(serde_json::Value::as_u64);
    format!("<td class=\"count\">{}</td>", count.map_or_else(|| "not known".to_owned(), number))
}
