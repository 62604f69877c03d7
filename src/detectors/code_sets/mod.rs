//! Code sets that are compiled into the program: published lists that a code must be a member of, each of which a
//! newer file may replace.
//!
//! Validators are plain functions without state, so the sets in force are the process's: they are chosen once, by
//! [`use_folder`], before the first look-up, and stay. Sources and licences stand in `detectors/code_sets/README.md`.

mod file;
pub mod icd10cm;

pub use file::CodeSetError;

use fst::Map;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A set's codes with a number each: what it means is the set's own.
type Codes = Map<Cow<'static, [u8]>>;

/// A code set that validators look codes up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSet {
    /// HCPCS level II: procedures, supplies, drugs.
    Hcpcs,
    /// ICD-10-CM: 1 for a code that may be billed, 0 for a category.
    Icd10cm,
    /// ICD-10-PCS: hospital procedures.
    Icd10pcs,
    /// ICD-9-CM: bit 0 for a diagnosis, bit 1 for a procedure.
    Icd9cm,
    /// MS-DRG: groups of hospital stays.
    MsDrg,
}

/// What is known of a built-in set.
struct BuiltIn {
    id: &'static str,
    name: &'static str,
    version: &'static str,
    date: &'static str,
    bytes: &'static [u8],
}

/// In the order of [`CodeSet`].
const BUILT_IN: &[BuiltIn; 5] = &[
    BuiltIn {
        id: "hcpcs",
        name: "HCPCS level II",
        version: "2019 to 2022",
        date: "2022-01-01",
        bytes: include_bytes!("../../../detectors/code_sets/hcpcs.fst"),
    },
    BuiltIn {
        id: "icd10cm",
        name: "ICD-10-CM",
        version: "FY2026, April update",
        date: "2026-04-01",
        bytes: include_bytes!("../../../detectors/code_sets/icd10cm.fst"),
    },
    BuiltIn {
        id: "icd10pcs",
        name: "ICD-10-PCS",
        version: "FY2024",
        date: "2023-10-01",
        bytes: include_bytes!("../../../detectors/code_sets/icd10pcs.fst"),
    },
    BuiltIn {
        id: "icd9cm",
        name: "ICD-9-CM, diagnoses and procedures",
        version: "32 (last)",
        date: "2014-10-01",
        bytes: include_bytes!("../../../detectors/code_sets/icd9cm.fst"),
    },
    BuiltIn {
        id: "ms_drg",
        name: "MS-DRG",
        version: "38 to 40",
        date: "2020-10-01",
        bytes: include_bytes!("../../../detectors/code_sets/ms_drg.fst"),
    },
];

/// A set that replaces a built-in one.
struct Replacement {
    codes: Codes,
    path: PathBuf,
    version: Option<String>,
    date: Option<String>,
    digest: [u8; 32],
}

/// What the user put in place of the built-in sets, in their order.
struct Chosen {
    folder: PathBuf,
    sets: [Option<Replacement>; BUILT_IN.len()],
}

static CHOSEN: OnceLock<Option<Chosen>> = OnceLock::new();
static EMBEDDED: [OnceLock<Option<Codes>>; BUILT_IN.len()] = [const { OnceLock::new() }; BUILT_IN.len()];

/// One set in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name as a file: `icd10cm`.
    pub id: &'static str,
    /// Name for a person.
    pub name: &'static str,
    /// Its version as its publisher counts.
    pub version: String,
    /// When that version came into force, as far as known.
    pub date: Option<String>,
    /// How many codes it has.
    pub codes: usize,
    /// The file that replaces the built-in set.
    pub file: Option<PathBuf>,
}

/// Puts the sets of `folder` (`icd10cm.fst`, or `icd10cm.txt` with one code a line) in the place of the built-in ones of the
/// same name. It counts for the whole process, so it has to come before the first look-up; the same folder may be
/// named again. Every file of the folder with one of these endings has to be a set that is known.
pub fn use_folder(folder: &Path) -> Result<(), CodeSetError> {
    let in_force = || CHOSEN.get().and_then(Option::as_ref).is_some_and(|chosen| chosen.folder == folder);
    if in_force() {
        return Ok(());
    }
    let mut sets = [const { None }; BUILT_IN.len()];
    for (place, path) in file::sets_in(folder, |id| BUILT_IN.iter().position(|set| set.id == id))? {
        sets[place] = Some(file::read(&path)?);
    }
    match CHOSEN.set(Some(Chosen { folder: folder.to_owned(), sets })) {
        Ok(()) => Ok(()),
        Err(_) if in_force() => Ok(()),
        Err(_) => Err(CodeSetError::InUse { folder: folder.to_owned() }),
    }
}

/// The sets in force.
pub fn listed() -> Vec<Listed> {
    let line = |(place, set): (usize, &BuiltIn)| {
        let replacement = replacement(place);
        let unknown = || "not stated".to_owned();
        Listed {
            id: set.id,
            name: set.name,
            version: replacement.map_or(set.version.to_owned(), |given| given.version.clone().unwrap_or_else(unknown)),
            date: replacement.map_or(Some(set.date.to_owned()), |given| given.date.clone()),
            codes: codes(place).map_or(0, Map::len),
            file: replacement.map(|given| given.path.clone()),
        }
    };
    BUILT_IN.iter().enumerate().map(line).collect()
}

/// A digest of the sets that replace built-in ones; none where all are built in.
pub fn replaced_digest() -> Option<[u8; 32]> {
    let mut digest = Sha256::new();
    let mut any = false;
    for (place, set) in BUILT_IN.iter().enumerate() {
        if let Some(given) = replacement(place) {
            any = true;
            digest.update(set.id.as_bytes());
            digest.update(given.digest);
        }
    }
    any.then(|| digest.finalize().into())
}

impl CodeSet {
    /// The number of a code that is written as in the set: upper case, no dot. Allocates nothing.
    pub fn get(self, code: &[u8]) -> Option<u64> {
        codes(self as usize)?.get(code)
    }
}

/// After the first look-up the choice is made.
fn replacement(place: usize) -> Option<&'static Replacement> {
    CHOSEN.get_or_init(|| None).as_ref()?.sets[place].as_ref()
}

fn codes(place: usize) -> Option<&'static Codes> {
    match replacement(place) {
        Some(given) => Some(&given.codes),
        None => EMBEDDED[place].get_or_init(|| Map::new(Cow::Borrowed(BUILT_IN[place].bytes)).ok()).as_ref(),
    }
}

/// Writes a code without its dot and in upper case into `plain`; returns its length and where its dot stood. `None` for
/// a code that is too long, has a second dot, ends in one, or has any other byte in it.
pub fn plain_code<const N: usize>(code: &[u8], plain: &mut [u8; N]) -> Option<(usize, Option<usize>)> {
    let (mut length, mut dot) = (0, None);
    for byte in code {
        if *byte == b'.' && dot.is_none() {
            dot = Some(length);
        } else if byte.is_ascii_alphanumeric() {
            *plain.get_mut(length)? = byte.to_ascii_uppercase();
            length += 1;
        } else {
            return None;
        }
    }
    (dot != Some(length)).then_some((length, dot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_code_sets_are_whole() {
        let counts: Vec<_> = listed().into_iter().map(|set| (set.id, set.codes)).collect();
        assert_eq!(
            counts,
            [("hcpcs", 7_125), ("icd10cm", 98_186), ("icd10pcs", 78_603), ("icd9cm", 16_856), ("ms_drg", 767)]
        );
        for place in 0..BUILT_IN.len() {
            codes(place).unwrap().as_fst().verify().unwrap();
        }
    }

    #[test]
    fn code_sets_cannot_change_after_the_first_look_up() {
        assert!(CodeSet::Hcpcs.get(b"J1815").is_some());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hcpcs.txt"), "Q9999\n").unwrap();
        assert!(matches!(use_folder(folder.path()), Err(CodeSetError::InUse { .. })));
        assert!(CodeSet::Hcpcs.get(b"Q9999").is_none());
    }

    #[test]
    fn code_sets_are_asked_without_dot_and_in_upper_case() {
        let mut plain = [0; 7];
        assert_eq!(plain_code(b"e11.9", &mut plain), Some((4, Some(3))));
        assert_eq!(&plain[..4], b"E119");
        for wrong in [&b"E11."[..], b"E1.1.9", b"E11-9", b"S72.001AX"] {
            assert_eq!(plain_code(wrong, &mut plain), None);
        }
    }
}
