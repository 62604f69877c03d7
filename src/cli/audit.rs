//! `phinder audit`: the trail of manifests that scans leave in a ledger.

use super::EXIT_ERROR;
use super::report_file::ReportFile;
use crate::ledger::{Ledger, Manifest, Signature};
use crate::outputs::{counted, harmless};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a ledger keeps of each scan, and whether it is as it was written.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder audit verify --ledger phinder.ledger\n  \
    phinder audit export -o trail.jsonl --ledger phinder.ledger\n  \
    openssl genpkey -algorithm ed25519 -out audit.pem && openssl pkey -in audit.pem -pubout -out audit.pub\n  \
    phinder audit sign --key audit.pem -o trail.sig --ledger phinder.ledger\n  \
    phinder audit verify --signature trail.sig --public-key audit.pub --ledger phinder.ledger\n\n\
    Whoever can write the file could write a new trail: only what is kept elsewhere, an export or a signature, shows that too.")]
pub(super) struct AuditArguments {
    /// The ledger
    #[arg(long, value_name = "FILE", global = true, env = "PHINDER_LEDGER")]
    ledger: Option<PathBuf>,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List the manifests
    List,
    /// Write the manifests, one JSON object per line
    Export {
        /// Write to a file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Prove that nothing was changed or removed; exits with 2 where something was
    Verify(VerifyArguments),
    /// Sign the trail as it is now
    Sign {
        /// The key: Ed25519, PKCS #8, PEM
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where the signature goes, which must not be there yet
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// What was exported before must still be there
    #[arg(long, value_name = "FILE")]
    exported: Option<PathBuf>,
    /// What was signed before must still be there
    #[arg(long, value_name = "FILE", requires = "public_key")]
    signature: Option<PathBuf>,
    /// The public half of the key that signed it (PEM)
    #[arg(long, value_name = "FILE", requires = "signature")]
    public_key: Option<PathBuf>,
}

pub(super) fn run(arguments: AuditArguments) -> anyhow::Result<u8> {
    let path = arguments.ledger.context("which ledger? name it with --ledger or PHINDER_LEDGER")?;
    let ledger = Ledger::open(&path)?;
    match arguments.command {
        AuditCommand::List => list(&ledger.manifests()?)?,
        AuditCommand::Export { output } => export(&path, &ledger.manifests()?, output.as_deref())?,
        AuditCommand::Verify(arguments) => return verify(&ledger, &arguments),
        AuditCommand::Sign { key, output } => sign(&ledger, &key, &output)?,
    }
    Ok(0)
}

fn list(manifests: &[Manifest]) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for manifest in manifests {
        let body: serde_json::Value = serde_json::from_str(&manifest.body).unwrap_or_default();
        let word = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let targets: Vec<_> =
            body["scope"]["targets"].as_array().into_iter().flatten().filter_map(|target| target.as_str()).collect();
        let text = format!(
            "{}  {}  {:<11}  scan {}  {}",
            manifest.id,
            word("finished_at"),
            word("outcome"),
            word("scan_id"),
            targets.join(" ")
        );
        writeln!(out, "{}", harmless(&text))?;
    }
    writeln!(out, "{}", counted(manifests.len() as u64, "manifest", "manifests"))?;
    Ok(out.flush()?)
}

fn export(ledger: &Path, manifests: &[Manifest], output: Option<&Path>) -> anyhow::Result<()> {
    let file = output.map(|place| ReportFile::new(place, &[])).transpose()?;
    let mut out: Box<dyn Write> = match &file {
        Some(file) => {
            file.spares(ledger)?;
            file.open()?
        }
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    for manifest in manifests {
        writeln!(out, "{}", serde_json::to_string(manifest)?)?;
    }
    out.flush()?;
    drop(out);
    file.map_or(Ok(()), ReportFile::keep)
}

fn verify(ledger: &Ledger, arguments: &VerifyArguments) -> anyhow::Result<u8> {
    let exported = arguments.exported.as_deref().map(read_export).transpose()?.unwrap_or_default();
    let mut audit = ledger.verify(&exported)?;
    if let (Some(path), Some(key)) = (&arguments.signature, &arguments.public_key) {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let signature: Signature =
            serde_json::from_str(&text).with_context(|| format!("{} is no signature", path.display()))?;
        if let Err(error) = signature.check(key, &ledger.manifests()?) {
            audit.mistakes.push(error.to_string());
        }
    }
    let mut out = std::io::stdout().lock();
    for note in &audit.notes {
        writeln!(out, "note: {note}")?;
    }
    for mistake in &audit.mistakes {
        writeln!(out, "wrong: {mistake}")?;
    }
    if !audit.mistakes.is_empty() {
        return Ok(EXIT_ERROR);
    }
    let head = audit.head.map_or(String::new(), |head| format!("; the last one is {head}"));
    let manifests = counted(audit.manifests as u64, "manifest", "manifests");
    writeln!(out, "{manifests}, nothing was changed or removed{head}")?;
    Ok(0)
}

fn read_export(path: &Path) -> anyhow::Result<Vec<Manifest>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} is no export of `phinder audit export`", path.display()))
}

fn sign(ledger: &Ledger, key: &Path, output: &Path) -> anyhow::Result<()> {
    let audit = ledger.verify(&[])?;
    if let Some(mistake) = audit.mistakes.first() {
        bail!("the trail is not signed: {mistake}; `phinder audit verify` says all");
    }
    let signature = Signature::sign(&audit, key, OffsetDateTime::now_utc().format(&Rfc3339)?)?;
    let mut file = std::fs::File::create_new(output).with_context(|| format!("cannot write {}", output.display()))?;
    if let Err(error) = writeln!(file, "{}", serde_json::to_string_pretty(&signature)?) {
        let _ = std::fs::remove_file(output);
        return Err(error).with_context(|| format!("cannot write {}", output.display()));
    }
    let mut out = std::io::stdout().lock();
    let manifests = counted(signature.manifests as u64, "manifest", "manifests");
    writeln!(out, "signed {manifests}; keep {} away from the ledger", output.display())?;
    Ok(())
}
