//! `phinder init`: a commented policy and an installation key.

use crate::config::{DEFAULT_FILE, DEFAULT_KEY_FILE};
use crate::policy;
use anyhow::{Context, bail};
use clap::Args;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Write a commented phinder.toml, and a key for the digests of allowed values, into a directory.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  phinder init && $EDITOR phinder.toml && phinder scan s3://my-bucket")]
pub(super) struct InitArguments {
    /// Directory to write to
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Replace a phinder.toml that is already there (a key never is: digests made with it would be lost)
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: InitArguments) -> anyhow::Result<u8> {
    let policy = arguments.directory.join(DEFAULT_FILE);
    if policy.exists() && !arguments.force {
        bail!("{} is already there; --force replaces it", policy.display());
    }
    fs::create_dir_all(&arguments.directory)
        .with_context(|| format!("cannot create {}", arguments.directory.display()))?;
    fs::write(&policy, policy::EXAMPLE).with_context(|| format!("cannot write {}", policy.display()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "wrote {}: say there where PHI is expected", policy.display())?;
    let key = arguments.directory.join(DEFAULT_KEY_FILE);
    if !key.exists() {
        write_key(&key).with_context(|| format!("cannot write {}", key.display()))?;
        writeln!(out, "wrote {}: keep it secret, and out of version control", key.display())?;
    }
    writeln!(out, "next: phinder scan PATH_OR_S3_URI")?;
    Ok(0)
}

/// 32 random bytes as hexadecimal digits, readable by the owner alone.
pub(super) fn write_key(path: &Path) -> std::io::Result<()> {
    let mut random = [0u8; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
    let mut text = String::new();
    for byte in random {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    // Wholly or not at all, with mode 0600: half a key would keep everybody from making one.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".phinder-key-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
}
