//! The labelled corpus for measuring accuracy: texts and tables from templates, in a tuning half and a judging half.
//!
//! The half of a template follows from its name alone, so that no wording and no schema stands in both. A seed draws
//! the values and the wordings; the bytes depend on nothing else. Knows nothing of the scanner.

pub mod checks;
mod classes;
mod clutter;
mod dates;
mod people;
mod stock;
mod tables;
mod texts;
mod values;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Path below the corpus, and content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The seed of the files in the repository.
pub const COMMITTED_SEED: u64 = 2026;

/// FNV-1a, 64 bits.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// The half of a template: bit 32 of the FNV-1a hash of its name.
pub fn half(template: &str) -> &'static str {
    if hash(template) >> 32 & 1 == 0 { "tuning" } else { "judging" }
}

/// Every file of the corpus for a seed.
pub fn files(seed: u64) -> Result<Files, Box<dyn Error>> {
    let stock = stock::Stock::load();
    let mut files = Files::new();
    texts::files(&stock, seed, &mut files)?;
    tables::files(&stock, seed, &mut files)?;
    Ok(files)
}

/// Every file of the wordings: labels, headers and sentences of forms, cards, exports and talks, in the same two halves.
pub fn wordings(seed: u64) -> Result<Files, Box<dyn Error>> {
    let stock = stock::Stock::load();
    let mut files = Files::new();
    texts::wordings(&stock, seed, &mut files)?;
    tables::wordings(&stock, seed, &mut files)?;
    Ok(files)
}

/// Writes every file below `folder`, in place of what stands in its two halves.
pub fn write(folder: &Path, files: Files) -> Result<(), Box<dyn Error>> {
    for half in ["tuning", "judging"] {
        let half = folder.join(half);
        if half.exists() {
            fs::remove_dir_all(half)?;
        }
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
