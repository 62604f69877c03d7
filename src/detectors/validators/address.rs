//! Street address: a house number, one to five words, and a kind of street; or a post office box.
//!
//! Kinds of street are also abbreviations of other things (`CT` a scan, `Dr` a doctor), so the words before count.

use crate::detectors::word_set::WordSet;

/// Words that stand between a number and such an abbreviation where no street is meant.
#[rustfmt::skip]
static NOT_STREETS: WordSet = WordSet::new(&[
    "abdomen", "admission", "am", "and", "appointment", "at", "bit", "by", "byte", "bytes", "channel", "chest",
    "contrast", "copies", "copy", "count", "cycle", "day", "days", "dimensional", "dose", "doses", "for", "head",
    "hour", "hours", "hr", "if", "in", "is", "item", "items", "lead", "mg", "min", "minutes", "ml", "month", "months",
    "neck", "node", "nodes", "of", "on", "option", "options", "or", "patients", "pelvis", "per", "phase", "phases",
    "pixel", "pm", "points", "sinus", "spine", "step", "steps", "tablet", "tablets", "that", "the", "this", "thread",
    "threads", "times", "to", "units", "value", "values", "version", "visit", "visits", "was", "week", "weeks",
    "wire", "with",
]);

/// Words that a small number counts when one of them alone stands before the kind of street: `4 Lane Highway`, `2 Way St`.
static COUNTED: WordSet =
    WordSet::new(&["axis", "door", "lane", "level", "line", "man", "mile", "page", "point", "series", "stage", "way"]);

/// Whether the words between the number and the kind of street can name a street.
pub fn us_address(value: &[u8]) -> bool {
    // A pattern of repeated words stays small if its length is limited here.
    const MAX_BYTES: usize = 80;
    const MAX_BLANKS: usize = 9;
    if value.len() > MAX_BYTES {
        return false;
    }
    let mut words = value.split(|byte| matches!(byte, b' ' | b',')).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    // The words of a box count other things elsewhere.
    let is_boxed = !first[0].is_ascii_digit();
    if !is_boxed && (first.len() > 8 || !first.iter().any(|byte| matches!(byte, b'1'..=b'9'))) {
        return false;
    }
    let (mut count, mut counts_lanes) = (1, false);
    for word in words {
        count += 1;
        counts_lanes |= count == 2 && COUNTED.contains(word);
        if !is_boxed && NOT_STREETS.contains(word) {
            return false;
        }
    }
    !(counts_lanes && count == 3) && value.iter().filter(|byte| **byte == b' ').count() <= MAX_BLANKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(NOT_STREETS.is_searchable() && COUNTED.is_searchable());
    }

    #[test]
    fn streets_pass_and_scans_do_not() {
        for valid in [
            "123 Main St",
            "45B N. Oak Ridge Ave",
            "PO Box 42",
            "9 E 3rd St",
            "4410 County Road 12",
            "RR 2 Box 152",
            "22 Three Mile Rd",
        ] {
            assert!(us_address(valid.as_bytes()), "{valid}");
        }
        for invalid in
            ["3 Chest Ct", "0 Main St", "5 Days Dr", "2 Head CT", "123456789 Main St", "4 Lane Road", "100 Mile Dr", ""]
        {
            assert!(!us_address(invalid.as_bytes()), "{invalid}");
        }
    }
}
