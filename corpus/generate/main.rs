//! Generates every synthetic file of the project from a seed: files of any size for the benches, the generated half of
//! the labelled corpus, and the demonstration lake. It shares no code with the scanner, so that neither can cover up
//! for the other.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod check;
mod claims;
mod demo;
mod demo_files;
mod evaluation;
mod identity;
mod labelled;
mod labelled_tables;
mod labelled_texts;
mod labels;
mod random;
mod streams;
mod subject;
mod table;
mod tables;

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage:
  generate FORMAT SIZE --out FILE [--seed N]                             one file for a bench (SIZE: 224M, 1G, 65536);
                   FORMAT: log, csv, ndjson, clean-csv, parquet, or dictionary-parquet (columns of few distinct texts)
  generate tree COUNT SIZE --out DIR [--seed N]                          COUNT files of SIZE bytes each, mixed formats
  generate labelled DIR [--seed N]                                       the generated half of the labelled corpus
  generate evaluation DIR [--seed N]                                     texts and tables for measuring accuracy
  generate wordings DIR [--seed N]                                       the same of labels, headers and sentences
  generate demo DIR                                                      the demonstration lake
  generate check DIR                                                     verifies the labels of a corpus";

const DEFAULT_SEED: u64 = evaluation::COMMITTED_SEED;

type Outcome = Result<(), Box<dyn Error>>;

/// Positional arguments and the two options.
struct Arguments {
    positional: Vec<String>,
    seed: u64,
    out: Option<String>,
}

impl Arguments {
    fn parse(given: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut arguments = Self { positional: Vec::new(), seed: DEFAULT_SEED, out: None };
        let mut given = given;
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--seed" => arguments.seed = given.next().ok_or("--seed needs a number")?.parse()?,
                "--out" => arguments.out = Some(given.next().ok_or("--out needs a path")?),
                _ => arguments.positional.push(argument),
            }
        }
        Ok(arguments)
    }

    fn out(&self) -> Result<&Path, Box<dyn Error>> {
        self.out.as_deref().map(Path::new).ok_or_else(|| "--out is missing".into())
    }
}

/// `224M` is 224 times 2^20 bytes.
fn size(text: &str) -> Result<u64, Box<dyn Error>> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    Ok(digits.parse::<u64>().map_err(|_| format!("not a size: {text}"))? << shift)
}

/// One file for a bench.
fn stream(format: &str, bytes: u64, seed: u64, out: &Path) -> Outcome {
    let columns = match format {
        "parquet" => Some(claims::Columns::Mixed),
        "dictionary-parquet" => Some(claims::Columns::Dictionaries),
        _ => None,
    };
    if let Some(columns) = columns {
        claims::write(columns, bytes, seed, BufWriter::with_capacity(1 << 20, File::create(out)?))?;
        return Ok(());
    }
    let mut file = File::create(out)?;
    streams::write(format, bytes, seed, &mut file)?;
    file.flush()?;
    Ok(())
}

/// Files of the same size in turn of each format, 1,000 to a folder.
fn tree(count: u64, bytes: u64, seed: u64, out: &Path) -> Outcome {
    const KINDS: [(&str, &str); 5] =
        [("log", "log"), ("csv", "csv"), ("ndjson", "ndjson"), ("clean-csv", "csv"), ("log", "txt")];
    for place in 0..count {
        let folder = out.join(format!("part-{:03}", place / 1000));
        if place % 1000 == 0 {
            fs::create_dir_all(&folder)?;
        }
        let (format, extension) = KINDS[(place % 5) as usize];
        let mut content = Vec::with_capacity(bytes as usize + 4096);
        streams::write(format, bytes, seed.wrapping_add(place), &mut content)?;
        fs::write(folder.join(format!("{format}-{place:06}.{extension}")), content)?;
    }
    Ok(())
}

fn run(arguments: &Arguments) -> Outcome {
    let words: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    match words.as_slice() {
        [format @ ("log" | "csv" | "ndjson" | "clean-csv" | "parquet" | "dictionary-parquet"), bytes] => {
            stream(format, size(bytes)?, arguments.seed, arguments.out()?)
        }
        ["tree", count, bytes] => tree(count.parse()?, size(bytes)?, arguments.seed, arguments.out()?),
        ["labelled", folder] => labelled::write(Path::new(folder), arguments.seed),
        ["evaluation", folder] => evaluation::write(Path::new(folder), evaluation::files(arguments.seed)?),
        ["wordings", folder] => evaluation::write(Path::new(folder), evaluation::wordings(arguments.seed)?),
        ["demo", folder] => demo::write(Path::new(folder)),
        ["check", folder] => check::run(Path::new(folder)),
        _ => Err(USAGE.into()),
    }
}

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
