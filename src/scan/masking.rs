//! Locations and field names hold identifiers too: keys of objects, file names, headers of a misread table, keys of a
//! JSON object that are data. What a detector finds in them is masked wherever it is shown.

use crate::detectors::{Engine, Profile, Scratch};
use crate::model::{Batch, Column, ColumnKind, DetectorClass, Match};

/// A text as one line, with the matches in it that identify somebody.
pub(super) struct Scanned {
    /// The line as a batch of one record.
    pub(super) batch: Batch,
    /// Its matches, sorted by place.
    pub(super) matches: Vec<Vec<Match>>,
}

/// Looks for identifiers of people in a text that is no content.
pub(super) fn scan_text(engine: &Engine, field: &str, text: &[u8], scratch: &mut Scratch) -> Scanned {
    let mut column = Column::new(field, ColumnKind::Lines, 0);
    column.push(text);
    let batch = Batch { record_count: 1, columns: vec![column], ..Batch::default() };
    let mut matches = Vec::new();
    engine.scan(&batch, &Profile::default(), scratch, &mut matches);
    for found in &mut matches {
        found.retain(|found| {
            let class = engine.detectors()[usize::from(found.detector)].class;
            // A bare name waits for other matches of its record, and there are none.
            found.confidence >= engine.floor()
                && !matches!(class, DetectorClass::Health | DetectorClass::Provider | DetectorClass::Network)
        });
    }
    Scanned { batch, matches }
}

impl Scanned {
    /// Whether nobody is identified.
    pub(super) fn is_clean(&self) -> bool {
        self.matches.iter().all(Vec::is_empty)
    }

    /// The text with the matches masked.
    pub(super) fn masked(&self, engine: &Engine) -> String {
        let column = &self.batch.columns[0];
        let bytes = column.value(0);
        let mut masked = String::new();
        let mut copied = 0;
        for found in self.matches.iter().flatten() {
            let (start, end) = (found.start as usize, found.end as usize);
            let mask = engine.detectors()[usize::from(found.detector)].mask;
            masked.push_str(&String::from_utf8_lossy(&bytes[copied..start]));
            masked.push_str(&mask.apply(&bytes[start..end]));
            copied = end;
        }
        masked.push_str(&String::from_utf8_lossy(&bytes[copied..]));
        masked
    }
}

/// A field path as it may be shown: identifiers masked, and runs of digits that are too long for a name.
pub fn masked_field(engine: &Engine, path: &str, scratch: &mut Scratch) -> String {
    const MAX_DIGITS: usize = 5;
    let scanned = scan_text(engine, "", path.as_bytes(), scratch);
    let text = if scanned.is_clean() { path.to_owned() } else { scanned.masked(engine) };
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > MAX_DIGITS {
            shown.extend(std::iter::repeat_n('*', digits));
        } else {
            shown.push_str(&rest[..digits]);
        }
        rest = &rest[digits..];
        let others = rest.bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        shown.push_str(&rest[..others]);
        rest = &rest[others..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::Confidence;

    #[test]
    fn names_that_are_values_are_masked() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let masked = |path: &str| masked_field(&engine, path, &mut Scratch::default());
        assert_eq!(masked("patient.telecom[].value"), "patient.telecom[].value");
        assert_eq!(masked("icd10_2024"), "icd10_2024");
        assert_eq!(masked("536-90-4399.dx"), "***-**-4399.dx");
        assert_eq!(masked("by_ssn.536904399.dx"), "by_ssn.*****4399.dx");
        assert_eq!(masked("by_id.536904399.dx"), "by_id.*********.dx");
        assert_eq!(masked("jane.doe@hospital.org"), "j***.***@********.org");
    }
}
