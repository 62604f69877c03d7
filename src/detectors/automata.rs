//! The automata of the built-in patterns, made beforehand: making them takes longer than all the rest of a start.
//!
//! `detectors/automata.bin` is compressed with zstd: how many automata (u32), for each the hash of its pattern (u64) and where
//! it begins (u32); then each one: columns, rows, row of the start, last row of a match (u16 each), the class of each byte,
//! and for each row and column the next row (u16). All numbers have their lowest byte first. A pattern that it has not is compiled
//! when it is needed, so a file that is out of date costs time and nothing else; a test says so.

use super::pattern::Steps;
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::sync::LazyLock;

static FILE: &[u8] = include_bytes!("../../detectors/automata.bin");

/// The file, and where the automaton of each pattern begins in it.
struct Automata {
    bytes: Vec<u8>,
    starts: HashMap<u64, usize>,
}

static AUTOMATA: LazyLock<Automata> = LazyLock::new(|| Automata::read(FILE).unwrap_or_else(Automata::none));

impl Automata {
    fn none() -> Self {
        Self { bytes: Vec::new(), starts: HashMap::new() }
    }

    fn read(file: &[u8]) -> Option<Self> {
        const ENTRY: usize = 12;
        let bytes = zstd::stream::decode_all(file).ok()?;
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let entries = rest.get(..u32::from_le_bytes(*count) as usize * ENTRY)?;
        let entry = |entry: &[u8]| {
            let (hash, start) = entry.split_first_chunk::<8>()?;
            Some((u64::from_le_bytes(*hash), u32::from_le_bytes(*start.first_chunk::<4>()?) as usize))
        };
        let starts = entries.chunks_exact(ENTRY).filter_map(entry).collect();
        Some(Self { bytes, starts })
    }

    fn automaton(&self, hash: u64) -> Option<Steps> {
        let rest = self.bytes.get(*self.starts.get(&hash)?..)?;
        let (head, rest) = rest.split_first_chunk::<8>()?;
        let [columns, rows, start, last_match] = *head.as_chunks::<2>().0 else { return None };
        let number = |bytes: [u8; 2]| u32::from(u16::from_le_bytes(bytes));
        let (columns, rows) = (number(columns), number(rows));
        let (classes, rest) = rest.split_first_chunk::<256>()?;
        let cells = rest.as_chunks::<2>().0.get(..(rows * columns) as usize)?;
        Some(Steps {
            classes: *classes,
            next: cells.iter().map(|row| number(*row) * columns).collect(),
            columns,
            start: number(start) * columns,
            last_match: number(last_match) * columns,
        })
    }
}

/// The automaton of a pattern, with what it asks for at its end, if it was made beforehand.
pub(super) fn find(pattern: &str) -> Option<Steps> {
    AUTOMATA.automaton(hash(pattern))
}

fn hash(pattern: &str) -> u64 {
    SipHasher13::new().hash(pattern.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::super::compile::{Compiled, Search};
    use super::*;
    use std::collections::BTreeMap;

    /// Every pattern that is tried at a place, with what it asks for at its end.
    fn built_in_patterns() -> Vec<String> {
        let compiled = Compiled::new(&Catalogue::built_in().unwrap()).unwrap();
        let patterns = compiled.detectors.iter().flat_map(|detector| {
            let anywhere = match detector.anywhere.as_ref().map(|anywhere| &anywhere.search) {
                Some(Search::AtToken(pattern)) => Some(&**pattern),
                _ => None,
            };
            let partial = detector.partial.as_ref().map(|partial| &partial.pattern);
            [anywhere, detector.label.as_ref(), detector.field.as_ref(), partial]
        });
        patterns.flatten().map(|pattern| pattern.bounded().to_owned()).collect()
    }

    /// The file of these patterns, before it is compressed.
    fn written(patterns: &BTreeMap<u64, String>) -> Vec<u8> {
        let mut heads = (patterns.len() as u32).to_le_bytes().to_vec();
        let mut bodies = Vec::new();
        let first = heads.len() + patterns.len() * 12;
        for (hash, pattern) in patterns {
            let steps = Steps::compile(pattern).unwrap();
            heads.extend(hash.to_le_bytes());
            heads.extend(((first + bodies.len()) as u32).to_le_bytes());
            let number = |number: u32| u16::try_from(number).unwrap().to_le_bytes();
            let rows = steps.next.len() as u32 / steps.columns;
            for value in [steps.columns, rows, steps.start / steps.columns, steps.last_match / steps.columns] {
                bodies.extend(number(value));
            }
            bodies.extend(steps.classes);
            bodies.extend(steps.next.iter().flat_map(|next| number(next / steps.columns)));
        }
        [heads, bodies].concat()
    }

    #[test]
    fn the_file_has_every_built_in_pattern() {
        let patterns: BTreeMap<u64, String> =
            built_in_patterns().into_iter().map(|pattern| (hash(&pattern), pattern)).collect();
        let expected = written(&patterns);
        if std::env::var_os("PHINDER_WRITE_AUTOMATA").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/detectors/automata.bin");
            std::fs::write(path, zstd::stream::encode_all(expected.as_slice(), 19).unwrap()).unwrap();
            return;
        }
        let is_up_to_date = zstd::stream::decode_all(FILE).unwrap() == expected;
        assert!(
            is_up_to_date,
            "detectors/automata.bin is out of date: run PHINDER_WRITE_AUTOMATA=1 cargo test the_file_has_every_built_in"
        );
    }

    #[test]
    fn what_is_read_is_what_would_be_compiled() {
        let patterns = built_in_patterns();
        assert!(patterns.len() > 100);
        for pattern in patterns {
            assert_eq!(find(&pattern), Some(Steps::compile(&pattern).unwrap()), "{pattern}");
        }
        assert_eq!(find("no pattern of ours"), None);
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        assert!(Automata::read(&FILE[..FILE.len() / 2]).is_none());
        let cut = zstd::stream::decode_all(FILE).unwrap();
        for length in [0, 3, 4, 100, cut.len() / 2] {
            let file = zstd::stream::encode_all(&cut[..length], 1).unwrap();
            if let Some(automata) = Automata::read(&file) {
                automata.starts.keys().for_each(|hash| drop(automata.automaton(*hash)));
            }
        }
    }
}
