//! Where a ledger may lie: on a disk of this machine, and where it was left.

use super::LedgerError;
use super::schema::APPLICATION_ID;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The folder of the locks of a ledger.
pub(super) fn locks(ledger: &Path) -> PathBuf {
    beside(ledger, ".locks")
}

fn beside(ledger: &Path, end: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The file itself where `ledger` is a link: its key, its log and its locks lie beside that.
pub fn real_path(ledger: &Path) -> PathBuf {
    let absolute = || std::path::absolute(ledger).unwrap_or_else(|_| ledger.to_owned());
    ledger.canonicalize().unwrap_or_else(|_| absolute())
}

/// The key that is made with a ledger where none is named.
pub fn key_file(ledger: &Path) -> PathBuf {
    beside(ledger, ".key")
}

/// Every file that belongs to a ledger, and the folder of its locks: nothing else may be written there.
pub fn own_files(ledger: &Path) -> Vec<PathBuf> {
    let ledger = real_path(ledger);
    ["", "-wal", "-shm", "-journal", ".key", ".locks"].iter().map(|end| beside(&ledger, end)).collect()
}

/// Whether the file is a ledger, whoever's: an SQLite database with its mark.
pub fn is_ledger(path: &Path) -> bool {
    let mut head = [0; 72];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(b"SQLite format 3\0") && head[68..] == APPLICATION_ID.to_be_bytes()
}

/// A ledger that scans have used and that is not there, or has lost all that it held, was deleted, moved or cut: a new one in
/// its place would call everything new.
pub(super) fn refuse_lost(ledger: &Path) -> Result<(), LedgerError> {
    let locks = locks(ledger);
    let bytes = std::fs::metadata(ledger).map_or(0, |file| file.len());
    if bytes == 0 && locks.is_dir() {
        return Err(LedgerError::Lost { path: ledger.to_owned(), locks });
    }
    Ok(())
}

/// SQLite takes a file of some bytes for an empty database.
pub(super) fn refuse_cut(ledger: &Path) -> Result<(), LedgerError> {
    const HEADER_BYTES: u64 = 100;
    let bytes = std::fs::metadata(ledger).map_or(0, |file| file.len());
    if (1..HEADER_BYTES).contains(&bytes) {
        let problem = format!("only {bytes} bytes are left of it");
        return Err(LedgerError::Damaged { path: ledger.to_owned(), problem });
    }
    Ok(())
}

/// Whether the file is there and cannot be written: by its rights, or because of where it lies.
pub(super) fn is_read_only(ledger: &Path) -> bool {
    let opened = std::fs::OpenOptions::new().append(true).open(ledger);
    opened.is_err_and(|error| matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem))
}

/// Whether something was written that is not in the file itself yet.
pub(super) fn has_log(ledger: &Path) -> bool {
    std::fs::metadata(beside(ledger, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Locks and shared memory do not reach from machine to machine: two of them would write over each other.
#[cfg(target_os = "linux")]
pub(super) fn refuse_network(ledger: &Path) -> Result<(), LedgerError> {
    let folder = ledger.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let system = rustix::fs::statfs(folder).ok().and_then(|answer| network_name(answer.f_type as u64 & 0xffff_ffff));
    match system {
        Some(system) => Err(LedgerError::Network { path: ledger.to_owned(), system }),
        None => Ok(()),
    }
}

/// Elsewhere nothing tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn refuse_network(_: &Path) -> Result<(), LedgerError> {
    Ok(())
}

/// The file systems that several machines share, by the numbers of statfs(2).
#[cfg(target_os = "linux")]
fn network_name(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x4750_4653 => "GPFS",
        0x0102_1997 => "9P",
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_what_machines_share_is_refused() {
        assert_eq!(network_name(0x6969), Some("NFS"));
        assert_eq!(network_name(0xef53), None, "ext4");
        let folder = tempfile::tempdir().unwrap();
        assert!(refuse_network(&folder.path().join("l")).is_ok() && refuse_network(Path::new("l")).is_ok());
        let error = LedgerError::Network { path: "/mnt/l".into(), system: "NFS" }.to_string();
        assert!(error.contains("/mnt/l") && error.contains("NFS") && error.contains("local disk"), "{error}");
    }
}
