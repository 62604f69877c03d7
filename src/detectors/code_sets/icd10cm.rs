//! The ICD-10-CM code set: codes that may be billed, and the categories above them.

use fst::Map;
use std::sync::LazyLock;

static BYTES: &[u8] = include_bytes!("../../../detectors/code_sets/icd10cm.fst");

/// Codes without dot, upper case; the value is 1 for a code that may be billed and 0 for a category.
static CODES: LazyLock<Option<Map<&'static [u8]>>> = LazyLock::new(|| Map::new(BYTES).ok());

/// Whether it is a code or a category: any case, with the dot after the third character or without a dot.
pub fn contains(code: &[u8]) -> bool {
    look_up(code).is_some()
}

/// Whether it is a code that may be billed: no category with more characters below it.
pub fn is_billable(code: &[u8]) -> bool {
    look_up(code) == Some(1)
}

fn look_up(code: &[u8]) -> Option<u64> {
    const DOT: usize = 3;
    let mut plain = [0; 7];
    let has_dot = code.get(DOT) == Some(&b'.');
    let length = code.len() - usize::from(has_dot);
    if !(3..=7).contains(&length) || (has_dot && length == DOT) {
        return None;
    }
    for (index, to) in plain[..length].iter_mut().enumerate() {
        let from = *code.get(index + usize::from(has_dot && index >= DOT))?;
        if !from.is_ascii_alphanumeric() {
            return None;
        }
        *to = from.to_ascii_uppercase();
    }
    CODES.as_ref()?.get(&plain[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_whole() {
        let codes = CODES.as_ref().unwrap();
        assert_eq!(codes.len(), 98_186);
        codes.as_fst().verify().unwrap();
        let mut billable = 0;
        let mut stream = codes.stream();
        while let Some((_, value)) = fst::Streamer::next(&mut stream) {
            billable += value;
        }
        assert_eq!(billable, 74_719);
    }

    #[test]
    fn every_way_of_writing_a_code() {
        assert!(contains(b"E11.9") && contains(b"e119") && contains(b"E11") && contains(b"QA0.0101"));
        assert!(is_billable(b"E11.9") && !is_billable(b"E11"));
        for wrong in [&b"E1"[..], b"E11.", b"E.119", b"E119.", b"", b"...", b"E11.9.", b"E11 9"] {
            assert!(!contains(wrong));
        }
    }
}
