//! The ICD-10-CM code set: codes that may be billed, and the categories above them.

use super::{CodeSet, plain_code};

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
    let (length, dot) = plain_code(code, &mut plain)?;
    let written_well = length >= DOT && dot.is_none_or(|place| place == DOT);
    CodeSet::Icd10cm.get(&plain[..length]).filter(|_| written_well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_code() {
        assert!(contains(b"E11.9") && contains(b"e119") && contains(b"E11") && contains(b"QA0.0101"));
        assert!(is_billable(b"E11.9") && !is_billable(b"E11"));
        for wrong in [&b"E1"[..], b"E11.", b"E.119", b"E119.", b"", b"...", b"E11.9.", b"E11 9"] {
            assert!(!contains(wrong));
        }
    }
}
