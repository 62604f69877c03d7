//! A scan with a ledger: where it is, which key it has, what the scan covers, how it begins and ends.

use super::init;
use super::scope_targets;
use crate::config::{Overrides, Settings};
use crate::detectors::Scratch;
use crate::ledger::{self, LedgerError, Outcome, Recorder, ScanStart, Scope};
use crate::model::Location;
use crate::outputs::Summary;
use crate::scan::{ScanPlan, masked_target};
use crate::sources::SourceOptions;
use anyhow::{Context, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a scan remembers, and what it makes of what is remembered.
#[derive(Debug, Default, Args)]
pub(super) struct LedgerScanArguments {
    /// Remember scans and findings in this file, and do not read again what is unchanged (--full does); begun at first use
    #[arg(long, value_name = "FILE", env = "PHINDER_LEDGER", help_heading = "Ledger")]
    ledger: Option<PathBuf>,
    /// Remember nothing, whatever names a ledger: PHINDER_LEDGER or --ledger
    #[arg(
        long,
        conflicts_with_all = ["resume", "resume_if_interrupted", "baseline", "accept_unmounted", "watch_spot", "tickets"],
        help_heading = "Ledger"
    )]
    no_ledger: bool,
    /// Go on with the last scan of the same scope, which was interrupted
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    resume: bool,
    /// Go on with the last scan of the same scope if it was interrupted, else begin one: for scans that run by themselves
    #[arg(long = "continue", requires = "ledger", conflicts_with = "resume", help_heading = "Ledger")]
    resume_if_interrupted: bool,
    /// What this scan sees for the first time is known already: it waits for nobody until it gets worse
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    baseline: bool,
    /// File systems that were mounted in what is scanned and are not any more are gone for good, and what was found in them is
    /// resolved; else they are reported, and nothing that is missing is taken to be gone
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    accept_unmounted: bool,
    /// On a Spot instance of EC2: stop in good order when it is about to be interrupted
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    watch_spot: bool,
    /// After the scan tell the destinations of phinder.toml, as `phinder tickets sync` does; the exit code stays the scan's
    #[arg(long, requires = "ledger", help_heading = "Ledger")]
    tickets: bool,
}

impl LedgerScanArguments {
    /// Whether the notice of an interruption is looked for.
    pub(super) fn watches_spot(&self) -> bool {
        self.watch_spot
    }
}

/// The ledger of one scan.
pub(super) struct LedgerScan {
    arguments: LedgerScanArguments,
    path: PathBuf,
    key: Vec<u8>,
    recorder: Option<Arc<Recorder>>,
}

impl LedgerScan {
    /// Finds the key, or makes one beside the ledger at its first use; `None` without a ledger.
    pub(super) fn prepare(
        arguments: LedgerScanArguments,
        settings: &Settings,
        overrides: &Overrides,
    ) -> anyhow::Result<Option<Self>> {
        let Some(path) = arguments.ledger.as_ref().filter(|_| !arguments.no_ledger) else { return Ok(None) };
        let path = ledger::real_path(path);
        let key = match settings.ledger_key(overrides)? {
            Some(key) => key,
            None => {
                let place = ledger::key_file(&path);
                if !place.exists() {
                    make_key(&path, &place)?;
                }
                settings.installation_key(Some(&place))?
            }
        };
        Ok(Some(Self { arguments, path, key, recorder: None }))
    }

    /// The ledger, where destinations are to be told after the scan.
    pub(super) fn to_be_told(&self) -> Option<&Path> {
        self.arguments.tickets.then_some(&self.path)
    }

    /// Globs of the ledger's own files.
    pub(super) fn exclusions(&self) -> Vec<String> {
        let globs = |path: PathBuf| {
            let glob = globset::escape(Location::file(&path).as_str());
            [format!("{glob}/*"), glob]
        };
        ledger::own_files(&self.path).into_iter().flat_map(globs).collect()
    }

    /// The file of the ledger.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the scan in the ledger, and gives the plan its memory. `own_files` are globs that select nothing of what is
    /// scanned.
    pub(super) fn begin(&mut self, plan: &mut ScanPlan, own_files: &[String]) -> anyhow::Result<()> {
        let LedgerScanArguments { resume, resume_if_interrupted, .. } = self.arguments;
        let redacted = |text: String| {
            let shown = masked_target(&plan.key_engine, &text, &mut Scratch::default());
            ledger::redacted(&text, &shown, &self.key)
        };
        let scope = Scope {
            targets: scope_targets::covered(&plan.targets, &plan.source)?.into_iter().map(redacted).collect(),
            versions: plan.source.versions,
            selection: redacted(selection(&plan.source, own_files)),
            sample: plan.source.sample,
        };
        let start = |is_resumed| ScanStart {
            scan_id: plan.header.scan_id.clone(),
            started_at: plan.header.started_at,
            scope: scope.clone(),
            detectors_version: plan.header.detectors_version.clone(),
            detectors: plan.engine.detectors().iter().map(|detector| detector.id.clone()).collect(),
            examination: plan.examination.clone(),
            min_confidence: plan.min_confidence,
            seed: plan.header.seed.clone(),
            key: self.key.clone(),
            is_full: plan.reads_unchanged,
            is_resumed,
            accepts_unmounted: self.arguments.accept_unmounted,
            is_baseline: self.arguments.baseline,
        };
        let recorder = match Recorder::begin(&self.path, start(resume || resume_if_interrupted)) {
            Err(LedgerError::NothingToResume) if resume_if_interrupted => Recorder::begin(&self.path, start(false)),
            begun => begun,
        };
        let recorder = Arc::new(recorder?);
        recorder.scan_id().clone_into(&mut plan.header.scan_id);
        plan.header.started_at = recorder.started_at();
        // A scan that goes on draws what it drew before.
        if let Some(seed) = recorder.seed().filter(|_| plan.header.seed.is_some()).and_then(|seed| seed.parse().ok()) {
            plan.source.database.seed = seed;
            plan.header.seed = recorder.seed().map(str::to_owned);
        }
        // What is remembered of people was counted under this key.
        plan.people_secret = Some(self.key.clone());
        plan.memory = Some(recorder.clone());
        plan.source.database.asks_states = true;
        self.recorder = Some(recorder);
        Ok(())
    }

    /// Ends the scan; without a summary it failed.
    pub(super) fn finish(&self, summary: Option<&Summary>) -> anyhow::Result<()> {
        let Some(recorder) = &self.recorder else { return Ok(()) };
        let outcome = match summary {
            Some(summary) if !summary.interrupted => Outcome::Complete,
            _ => Outcome::Interrupted,
        };
        let totals = summary.map_or(serde_json::Value::Null, |summary| {
            serde_json::json!({
                "listed": summary.listed, "complete": summary.complete, "sampled": summary.sampled,
                "partial": summary.partial, "skipped": summary.skipped, "failed": summary.failed,
                "reasons": summary.reasons.iter().map(|(reason, objects)| (reason.code(), *objects)).collect::<BTreeMap<_, _>>(),
                "bytes": summary.bytes, "records": summary.records, "findings": summary.findings,
                "unexpected": summary.unexpected, "exit_code": summary.exit_code,
            })
        });
        Ok(recorder.finish(outcome, &totals)?)
    }
}

/// Makes the key of a ledger that is about to be begun. Where two scans begin it at once, one of them does.
fn make_key(ledger: &Path, place: &Path) -> anyhow::Result<()> {
    let kept = std::fs::metadata(ledger);
    if kept.as_ref().is_ok_and(|kept| !kept.is_file()) {
        bail!("{} cannot be a ledger: it is no file", ledger.display());
    }
    if kept.is_ok_and(|kept| kept.len() > 0) && !place.exists() {
        bail!("{} is gone: without the key the ledger cannot be used; put it back", place.display());
    }
    match init::write_key(place) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        written => {
            written.with_context(|| format!("cannot write {}", place.display()))?;
            tracing::info!(key = %place.display(), "made the key of the ledger: keep it with the ledger, and secret");
            Ok(())
        }
    }
}

/// What narrows the objects that are read.
fn selection(source: &SourceOptions, own_files: &[String]) -> String {
    let exclude: Vec<_> = source.exclude.iter().filter(|glob| !own_files.contains(glob)).collect();
    let sizes = (source.min_size_bytes, source.max_size_bytes);
    let times = (source.modified_after, source.modified_before);
    if source.include.is_empty() && exclude.is_empty() && sizes == (None, None) && times == (None, None) {
        return String::new();
    }
    format!("{:?} {exclude:?} {sizes:?} {times:?}", source.include)
}
