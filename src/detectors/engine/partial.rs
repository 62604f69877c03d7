//! Parts of a value that tell of the whole: the last four digits of an SSN in a field that says so, or behind marks
//! that stand for the others (`XXX-XX-4399`, `***-**-4399`).

use super::{Engine, PathPlan, found_at, value_at};
use crate::detectors::compile::Partial;
use crate::detectors::spans::trimmed;
use crate::model::{Column, EvidenceFlags, Match};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// What stands within every masked number that is looked for in texts.
static MASKS: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| [b"*-**-", b"X-XX-", b"x-xx-"].map(Finder::new));

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'*' | b'#' | b'X' | b'x')
}

impl Engine {
    /// Tests each whole value for a part: any that the field says it holds, and a masked one where the field is named for the
    /// whole. Returns how many passed.
    pub(super) fn partial_values(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) -> usize {
        let mut covered = 0;
        for (detectors, only_masked) in [(&plan.partial, false), (&plan.named, true)] {
            for index in detectors {
                let partial = self.compiled.detectors[usize::from(*index)].partial.as_ref();
                let Some(partial) = partial.filter(|partial| partial.confidence >= self.floor) else { continue };
                let before = matches.len();
                for (value, range) in column.ranges().enumerate() {
                    let range = trimmed(column, range);
                    let text = &column.bytes[range.clone()];
                    let is_meant = text.first().is_some_and(|first| !only_masked || is_mark(*first));
                    if is_meant && partial.pattern.whole().covers(text) {
                        let place = (usize::from(*index), value);
                        let evidence = EvidenceFlags::FIELD_NAME;
                        matches.push(found_at(place, (range.start, range.end), partial.confidence, evidence));
                    }
                }
                covered = covered.max(matches.len() - before);
            }
        }
        covered
    }

    /// Adds the masked numbers in a text.
    pub(super) fn search_masked(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        let detectors = self.compiled.detectors.iter().enumerate();
        // A column with the detector's name is read as a whole.
        let is_meant = |index: usize| plan.allows(index as u16) && !plan.named.contains(&(index as u16));
        // Below the least confidence that anybody asks for there is nothing to look for.
        let is_wanted = |partial: &&Partial| partial.confidence >= self.floor;
        let partials: Vec<(usize, &Partial)> = detectors
            .filter_map(|(index, detector)| {
                Some((index, detector.partial.as_ref().filter(is_wanted).filter(|_| is_meant(index))?))
            })
            .collect();
        if partials.is_empty() {
            return;
        }
        for mask in MASKS.iter() {
            let mut value = 0;
            for place in mask.find_iter(bytes) {
                let marks = bytes[..place].iter().rev().take_while(|byte| is_mark(**byte)).count();
                let behind = place + mask.needle().len();
                let digits = bytes[behind..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (start, end) = (place - marks, behind + digits);
                let joins = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
                if joins(start.checked_sub(1).and_then(|before| bytes.get(before))) || joins(bytes.get(end)) {
                    continue;
                }
                value = value_at(column, value, place);
                let covers = |(_, partial): &&(usize, &Partial)| partial.pattern.whole().covers(&bytes[start..end]);
                if let Some((index, partial)) = partials.iter().find(covers) {
                    matches.push(found_at((*index, value), (start, end), partial.confidence, EvidenceFlags::PATTERN));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::{Catalogue, engine::Scratch};
    use crate::model::{Batch, ColumnKind, Confidence};

    fn found(path: &str, values: &[&str]) -> Vec<(String, String, Confidence)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Low).unwrap();
        let kind = if path.is_empty() { ColumnKind::Lines } else { ColumnKind::Text };
        let mut column = Column::new(path, kind, 0);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        let batch = Batch { record_count: values.len() as u32, columns: vec![column], ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let told = |found: &Match| {
            let text = &batch.columns[0].bytes[found.start as usize..found.end as usize];
            let id = engine.detectors()[usize::from(found.detector)].id.to_string();
            (id, String::from_utf8_lossy(text).into_owned(), found.confidence)
        };
        found[0].iter().map(told).collect()
    }

    fn parts(list: &[&str]) -> Vec<(String, String, Confidence)> {
        list.iter().map(|part| ("us_ssn".to_owned(), (*part).to_owned(), Confidence::Low)).collect()
    }

    #[test]
    fn the_last_digits_of_an_ssn_are_found_where_the_field_says_so() {
        let values = ["4399", "0017"];
        for path in ["ssn_last4", "ssnLast4", "ssn4", "last4ssn", "SSN (last 4)", "last_four_ssn", "ssn_l4"] {
            assert_eq!(found(path, &values), parts(&values), "{path}");
        }
        for path in ["last4", "card_last4", "ssn", "ssn_flag"] {
            assert_eq!(found(path, &values), [], "{path}");
        }
    }

    #[test]
    fn masked_numbers_are_found_in_texts_and_columns() {
        let masked = ["XXX-XX-4399", "***-**-0017", "xxx-xx-4398"];
        assert_eq!(found("ssn", &masked), parts(&masked));
        assert_eq!(found("c7", &masked), parts(&masked));
        let text = found("", &["SSN: ***-**-4399, on file", "verified (xxx-xx-0017)", "SSN 536-90-4399"]);
        let told: Vec<_> = text[..2].iter().map(|(_, number, confidence)| (number.as_str(), *confidence)).collect();
        assert_eq!(told, [("***-**-4399", Confidence::Low), ("xxx-xx-0017", Confidence::Low)]);
        assert_eq!(text[2].2, Confidence::High);
        for text in ["a-xxx-xx-0017", "xx-xx-0017", "XXX-XX-00171", "XXX-XX-XXXX", "x-xx-0017", "***-**-****"] {
            assert_eq!(found("", &[text]), [], "{text}");
        }
    }
}
