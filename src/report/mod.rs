//! The report over a ledger: one HTML file that opens from disk and needs nothing but itself.
//!
//! What is summed up stands in the page as text, tables and SVG, and reads and prints without scripts. The findings stand in
//! it once, as JSON; its script makes the rows that are looked at, and no more of them.

mod charts;
mod collect;
mod coverage;
mod embedded;
mod findings;
mod sections;

use crate::ledger::{Filter, Ledger, LedgerError};
use crate::outputs::HtmlPage;
use std::collections::BTreeMap;
use std::io::{self, Write};
use time::OffsetDateTime;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// What a report is made of besides the ledger.
pub struct ReportOptions {
    /// Name of the ledger for people, without folders.
    pub ledger: String,
    /// When it is made.
    pub made_at: OffsetDateTime,
    /// Detectors by id.
    pub detectors: BTreeMap<String, DetectorText>,
    /// Which findings are in it.
    pub filter: Filter,
    /// The same as a person would say it; empty where all are.
    pub filter_text: String,
}

/// What is said of a detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorText {
    /// Its name.
    pub name: String,
    /// Which identifier of 45 CFR 164.514(b)(2)(i) it finds, as a person would say it; `None` for the others.
    pub identifier: Option<String>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The page cannot be written.
    #[error("cannot write the report")]
    Write(#[from] io::Error),
}

/// Writes the page, and returns how many findings are in it.
pub fn write(ledger: &Ledger, options: &ReportOptions, out: &mut dyn Write) -> Result<u64, ReportError> {
    let overview = collect::overview(ledger, options)?;
    let page = HtmlPage { title: "phinder report", styles: &[STYLE], scripts: &[SCRIPT] };
    page.begin(out)?;
    sections::write(out, &overview, options)?;
    embedded::write(out, &overview, options)?;
    page.end(out)?;
    out.flush()?;
    Ok(overview.findings.len() as u64)
}
