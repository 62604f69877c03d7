//! Runs a scan in the test process and keeps what it reports.

use phinder::config::{Overrides, Settings};
use phinder::model::ObjectResult;
use phinder::outputs::{Output, ScanHeader, Summary};
use phinder::scan::{self, Progress};
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One object of a report.
pub struct ObjectReport {
    pub location: String,
    pub coverage: &'static str,
    pub reason: Option<&'static str>,
    pub format: Option<&'static str>,
    pub records: u64,
    pub classes: [u64; 3],
    pub findings: Vec<FindingReport>,
}

/// One finding of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingReport {
    pub detector: String,
    pub field: String,
    pub values: u64,
    pub records: u64,
    pub confidence: &'static str,
    pub samples: Vec<String>,
}

#[derive(Default)]
struct Kept(Vec<ObjectReport>);

impl Output for Kept {
    fn begin(&mut self, _: &ScanHeader) -> io::Result<()> {
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        let findings = result.findings.iter().map(|finding| FindingReport {
            detector: finding.detector.to_string(),
            field: finding.field.to_string(),
            values: finding.values,
            records: finding.records,
            confidence: finding.confidence.as_str(),
            samples: finding.samples.clone(),
        });
        self.0.push(ObjectReport {
            location: result.location.to_string(),
            coverage: result.coverage.as_str(),
            reason: result.coverage.reason().map(|reason| reason.code()),
            format: result.format,
            records: result.records,
            classes: result.classes,
            findings: findings.collect(),
        });
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Scans a target with flags, without any policy.
pub fn scan_target(target: &str, overrides: Overrides) -> (Vec<ObjectReport>, Summary) {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let plan = Settings::read(Some(empty.path())).unwrap().plan(vec![target.to_owned()], overrides).unwrap();
    let mut kept = Kept::default();
    let plan = Arc::new(plan);
    let progress = Arc::new(Progress::new(plan.workers));
    let summary = scan::run(&plan, &mut kept, &progress, &Arc::new(AtomicBool::new(false))).unwrap();
    (kept.0, summary)
}

/// Scans a path with the defaults.
pub fn scan_path(path: &Path) -> Vec<ObjectReport> {
    scan_target(path.to_str().unwrap(), Overrides::default()).0
}

/// The program, with an environment of its own.
pub fn phinder() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phinder"));
    command.env_remove("AWS_PROFILE").env("AWS_EC2_METADATA_DISABLED", "true").env("NO_COLOR", "1");
    command.current_dir(std::env::temp_dir());
    command
}

/// Runs it: exit code, standard output, standard error.
pub fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Runs a scan that writes JSONL to a file: its lines, and the most memory that its process held, in MiB.
pub fn jsonl_and_peak(command: &mut Command) -> (Vec<serde_json::Value>, u64) {
    let lines = tempfile::NamedTempFile::new().unwrap();
    command.args(["--format", "jsonl"]).stdin(std::process::Stdio::null()).stdout(lines.reopen().unwrap());
    let mut process = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", process.id());
    let mut peak = 0;
    while process.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let held = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak = peak.max(held.map_or(0, |kib| kib.parse::<u64>().unwrap() / 1024));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let text = std::fs::read_to_string(lines.path()).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), peak)
}

/// Runs a scan that writes JSONL: exit code and lines.
pub fn jsonl(command: &mut Command) -> (i32, Vec<serde_json::Value>) {
    let (code, text, _) = run(command.args(["--format", "jsonl"]));
    (code, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
