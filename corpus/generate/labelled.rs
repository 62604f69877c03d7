//! Writes the generated half of the labelled corpus: each file beside its `<name>.expected.toml`.

use crate::labelled_tables::{TABLES, numeric_identifiers, render};
use crate::labelled_texts::{self, DOCUMENTS};
use crate::labels::Truth;
use crate::random::Random;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Writes the bytes and the labels of one file.
fn save(folder: &Path, file: &str, format: &str, bytes: &[u8], truth: &Truth) -> Result<(), Box<dyn Error>> {
    let folder = folder.join(format);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(file), bytes)?;
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    fs::write(folder.join(format!("{stem}.expected.toml")), truth.to_toml(format))?;
    Ok(())
}

/// Writes every generated file below `folder`. A file depends on the seed and its own place in the list.
pub fn write(folder: &Path, seed: u64) -> Result<(), Box<dyn Error>> {
    for (place, table) in TABLES.iter().enumerate() {
        let mut random = Random::new(seed.wrapping_add(place as u64));
        let (bytes, truth) = render(table, &mut random)?;
        let format = if table.delimiter == '\0' { "parquet" } else { "csv" };
        save(folder, table.file, format, &bytes, &truth)?;
    }
    let (bytes, truth) = numeric_identifiers(&mut Random::new(seed.wrapping_add(500)))?;
    save(folder, "numeric_identifiers.parquet", "parquet", &bytes, &truth)?;
    for (place, document) in DOCUMENTS.iter().enumerate() {
        let mut random = Random::new(seed.wrapping_add(1000 + place as u64));
        let (text, truth) = labelled_texts::render(document, &mut random);
        save(folder, document.file, document.format, text.as_bytes(), &truth)?;
    }
    Ok(())
}
