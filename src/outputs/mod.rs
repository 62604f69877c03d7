//! Renderings of a scan's results: one file per format, one line per format in the table below.
//!
//! An output is given results in order, writes them, and remembers nothing between scans. It sees no value: samples
//! are masked and locations redacted before they come here.

mod advice;
mod asff;
mod background;
mod csv;
mod html;
mod jsonl;
mod markdown;
mod names;
mod ocsf;
mod parquet;
mod phrases;
mod sarif;
mod sentences;
mod table;
mod tally;
mod terminal;
mod text;

pub use advice::{steps_to_take, why_it_matters};
pub use asff::{Asff, finding_type, severity_label};
pub use background::Background;
pub use csv::Csv;
pub use html::{FOOTER as HTML_FOOTER, Html, HtmlPage, escaped as html_text};
pub use jsonl::Jsonl;
pub use markdown::{Markdown, escaped as markdown_text};
pub use names::{owned_place, shown_name};
pub use ocsf::Ocsf;
pub use parquet::Parquet;
pub use phrases::cut;
pub use sarif::Sarif;
pub use sentences::{many_people_sentence, moment};
pub use terminal::Terminal;
pub use text::{counted, duration, harmless, number, size};

use crate::model::{Link, ObjectResult, ObjectSample, Reason, VerdictKind};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// What is known when a scan starts.
#[derive(Debug, Clone)]
pub struct ScanHeader {
    /// Id of this scan.
    pub scan_id: String,
    /// When it started.
    pub started_at: OffsetDateTime,
    /// The locations that were asked for.
    pub scope: Vec<String>,
    /// Seed of the sample, where one is taken.
    pub seed: Option<String>,
    /// Version of the program.
    pub phinder: &'static str,
    /// Version of the set of detectors.
    pub detectors_version: String,
}

/// What is known when a scan ends.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Objects listed: the sum of the five counts that follow.
    pub listed: u64,
    /// Objects read completely.
    pub complete: u64,
    /// Objects of which a stated sample was read.
    pub sampled: u64,
    /// Objects of which some could not be read.
    pub partial: u64,
    /// Objects that were not read on purpose.
    pub skipped: u64,
    /// Objects of which nothing could be read.
    pub failed: u64,
    /// Objects that count as "could not be examined" for the exit code.
    pub gaps: u64,
    /// Objects per reason of incomplete coverage.
    pub reasons: BTreeMap<Reason, u64>,
    /// Bytes examined, after decompression.
    pub bytes: u64,
    /// Records examined.
    pub records: u64,
    /// Findings, expected ones included.
    pub findings: u64,
    /// Unexpected findings.
    pub unexpected: u64,
    /// Distinct people, estimated; `None` where no record was examined.
    pub individuals: Option<u64>,
    /// Distinct people of the PHI records of objects in which PHI is unexpected.
    pub individuals_unexpected: Option<u64>,
    /// The exit code of the scan.
    pub exit_code: i32,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// When it ended.
    pub finished_at: OffsetDateTime,
    /// How long it took.
    pub elapsed: Duration,
    /// Tables of health data that keys lead to people.
    pub links: Vec<Link>,
    /// Scopes of which not all objects were read on purpose, and what follows for the others.
    pub samples: Vec<ObjectSample>,
    /// What else a reader must know, a sentence each: expired policy entries, the bound of a sample.
    pub notes: Vec<String>,
}

impl Default for Summary {
    /// Of a scan of nothing, ended now.
    fn default() -> Self {
        Self {
            listed: 0,
            complete: 0,
            sampled: 0,
            partial: 0,
            skipped: 0,
            failed: 0,
            gaps: 0,
            reasons: BTreeMap::new(),
            bytes: 0,
            records: 0,
            findings: 0,
            unexpected: 0,
            individuals: None,
            individuals_unexpected: None,
            exit_code: 0,
            interrupted: false,
            finished_at: OffsetDateTime::now_utc(),
            elapsed: Duration::ZERO,
            links: Vec::new(),
            samples: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Summary {
    /// Individuals from which a breach is reported without delay, 45 CFR 164.408(b).
    pub const MANY_INDIVIDUALS: u64 = crate::model::MANY_INDIVIDUALS;

    /// Whether keys make PHI of tables where the policy does not expect it.
    pub fn has_unexpected_links(&self) -> bool {
        self.links.iter().any(|link| link.verdict.kind == VerdictKind::Unexpected)
    }

    /// Whether what narrows the objects has left none of those that are listed: a glob that is misspelt more often than wanted.
    pub fn leaves_all_out(&self) -> bool {
        let reasons = [Reason::Excluded, Reason::OverSizeLimit, Reason::UnderSizeLimit, Reason::OutsideTimeLimit];
        let left_out: u64 = reasons.iter().filter_map(|reason| self.reasons.get(reason)).sum();
        left_out > 0 && left_out == self.listed
    }

    /// Whether the unexpected PHI is about that many people, by the estimate.
    pub fn is_over_500(&self) -> bool {
        self.individuals_unexpected.is_some_and(|individuals| individuals >= Self::MANY_INDIVIDUALS)
    }
}

/// A rendering of results, in the order of the calls: `begin` once, `object` for each object, `end` once.
pub trait Output: Send {
    /// The scan starts.
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()>;

    /// One object with its coverage and findings.
    fn object(&mut self, result: &ObjectResult) -> io::Result<()>;

    /// The same with a result that nobody else needs.
    fn take_object(&mut self, result: Arc<ObjectResult>) -> io::Result<()> {
        self.object(&result)
    }

    /// The scan ends. Everything is written and flushed.
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Where an output writes to.
pub type Sink = Box<dyn Write + Send>;

/// Where findings for Security Hub belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityHub {
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    /// Region of the hub.
    pub region: String,
    /// Account, 12 digits.
    pub account: String,
}

/// How results are shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are wanted, as ANSI escape sequences.
    pub is_coloured: bool,
    /// Names of the detectors for people, by id.
    pub detector_names: BTreeMap<Arc<str>, String>,
    /// Where findings for Security Hub belong; only that format asks.
    pub security_hub: Option<SecurityHub>,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, is_coloured: false, detector_names: BTreeMap::new(), security_hub: None }
    }
}

macro_rules! formats {
    ($($variant:ident $name:literal $text:literal $open:expr),+ $(,)?) => {
        /// A format of results.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Format { $(#[doc = $text] $variant),+ }

        impl Format {
            /// Every format, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word by which it is chosen.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        /// Opens an output of a format.
        pub fn open(format: Format, sink: Sink, options: &Options) -> Box<dyn Output> {
            match format { $(Format::$variant => Box::new($open(sink, options))),+ }
        }
    };
}

formats! {
    Terminal "terminal" "A report for people." Terminal::new,
    Jsonl "jsonl" "One JSON object per line." |sink, _: &Options| Jsonl::new(sink),
    Csv "csv" "A table for spreadsheets." |sink, _: &Options| Csv::new(sink),
    Parquet "parquet" "The same table for warehouses." |sink, _: &Options| Parquet::new(sink),
    Markdown "markdown" "A report for tickets and wikis." Markdown::new,
    Html "html" "A report as one file for browsers." Html::new,
    Sarif "sarif" "SARIF 2.1.0." Sarif::new,
    Ocsf "ocsf" "OCSF Data Security Findings." Ocsf::new,
    Asff "asff" "Findings for AWS Security Hub." Asff::new,
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown output format; use one of {}", Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|format| format.name() == word).ok_or(UnknownFormat)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
