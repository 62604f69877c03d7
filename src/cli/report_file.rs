//! The file of a report: written beside its place and moved there when it is whole, so that a scan that fails leaves
//! the last report as it was. A report never takes the place of what is scanned, and is never scanned itself.

use crate::ledger::{is_ledger, own_files, real_path};
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A report on its way to its place.
pub(super) struct ReportFile {
    place: PathBuf,
    partial: PathBuf,
    /// Whether what is beside its place is ours, to be moved or taken away.
    is_begun: AtomicBool,
}

impl ReportFile {
    /// For a report at `place`, of a scan of `targets`.
    pub(super) fn new(place: &Path, targets: &[String]) -> anyhow::Result<Self> {
        let place = std::path::absolute(place).with_context(|| format!("cannot write {}", place.display()))?;
        if place.is_dir() {
            bail!("cannot write {}: it is a directory", place.display());
        }
        // A device has no head to be read, and may wait for whoever reads.
        if place.is_file() && is_ledger(&place) {
            bail!("{} is a ledger: name another file", place.display());
        }
        if let Ok(existing) = fs::canonicalize(&place)
            && targets.iter().any(|target| fs::canonicalize(target).is_ok_and(|target| target == existing))
        {
            bail!("{} is to be read, so the report cannot be written to it", place.display());
        }
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = place.with_file_name(name);
        Ok(Self { place, partial, is_begun: AtomicBool::new(false) })
    }

    /// Refuses a place that is a file of a ledger.
    pub(super) fn spares(&self, ledger: &Path) -> anyhow::Result<()> {
        let own = own_files(ledger);
        for path in [&self.place, &self.partial] {
            let real = real_path(path);
            // A file that is not there yet, in a folder to which a link leads.
            let folder = path.parent().map(real_path);
            let beyond = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
            if own.iter().any(|own| real.starts_with(own) || beyond.as_ref().is_some_and(|path| path.starts_with(own)))
            {
                bail!("{} belongs to the ledger {}: name another file", path.display(), ledger.display());
            }
        }
        Ok(())
    }

    /// Globs of the locations of the report, before and after it is moved, to be left out of the scan.
    pub(super) fn exclusions(&self) -> Vec<String> {
        let glob = |path: &PathBuf| globset::escape(crate::model::Location::file(path).as_str());
        vec![glob(&self.place), glob(&self.partial)]
    }

    /// Opens it for writing. A device or a pipe is written to as it is.
    pub(super) fn open(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        let path = if self.is_special() { &self.place } else { &self.partial };
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        self.is_begun.store(!self.is_special(), Ordering::Relaxed);
        Ok(Box::new(BufWriter::new(file)))
    }

    /// Puts the whole report in its place.
    pub(super) fn keep(self) -> anyhow::Result<()> {
        if self.is_special() {
            return Ok(());
        }
        fs::rename(&self.partial, &self.place).with_context(|| format!("cannot write {}", self.place.display()))?;
        self.is_begun.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Where it will be.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Whether it is a device or a pipe.
    pub(super) fn is_special(&self) -> bool {
        fs::metadata(&self.place).is_ok_and(|existing| !existing.is_file())
    }
}

impl Drop for ReportFile {
    /// Half a report helps nobody, least of all on a disk that is full.
    fn drop(&mut self) {
        if self.is_begun.load(Ordering::Relaxed) {
            let _ = fs::remove_file(&self.partial);
        }
    }
}
