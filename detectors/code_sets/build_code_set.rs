//! Builds a code set for embedding: `build_code_set CODES.tsv SET.fst`.
//!
//! The input has a code a line, and after a tab its kind, as in the published order files: `valid` or `1` for a code
//! that may be billed, a greater number for a set whose codes are of several kinds, anything else for a category above
//! codes. Without a kind every code may be billed. A first line that begins with `code` is a heading.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::BufWriter;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: build_code_set CODES.tsv SET.fst".into());
    };
    let text = std::fs::read_to_string(input)?;
    let mut codes = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("code\t")) {
        let mut columns = line.split('\t').map(str::trim);
        let code: String = columns.next().unwrap_or_default().chars().filter(|character| *character != '.').collect();
        let kind: u64 = match columns.next() {
            Some("valid") | None => 1,
            Some(kind) => kind.parse().unwrap_or(0),
        };
        *codes.entry(code.to_ascii_uppercase()).or_default() |= kind;
    }
    let mut builder = fst::MapBuilder::new(BufWriter::new(std::fs::File::create(output)?))?;
    for (code, kind) in &codes {
        builder.insert(code, *kind)?;
    }
    builder.finish()?;
    Ok(())
}
