//! Columns of complaints and diagnoses in words: where many values name an illness of the list, the others name one in other
//! words, or say why somebody came.

use super::nameless::MIN_VALUES;
use super::{Engine, Profile, Scratch, found_at};
use crate::detectors::field::FieldWords;
use crate::detectors::roles::Role;
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::detectors::validators::condition_text;
use crate::detectors::word_set::WordSet;
use crate::model::{Batch, Column, ColumnKind, Confidence, DetectorClass, EvidenceFlags};

/// So many values of a column are looked at.
const SAMPLE: usize = 256;
/// So many columns of a table are looked at whose names say something else.
const MAX_OTHERS: usize = 64;
/// Share of the values that must name an illness, in percent: where the column is named for it, and where it is not.
const MIN_NAMED_PERCENT: usize = 15;
const MIN_OTHER_PERCENT: usize = 40;
/// One of them may be such by chance: `price`, `late`, `pain point`.
const MIN_NAMING: usize = 2;
/// With fewer values, none is looked at.
const MIN_NAMED_VALUES: usize = 3;
/// Longer values are prose, which is read word by word.
const MAX_AVERAGE_BYTES: usize = 80;

/// Words for complaints that are words of other things as well: they count in columns that are named for complaints.
#[rustfmt::skip]
static COMPLAINTS: WordSet = WordSet::new(&[
    "abd", "abdominal", "abrasion", "abscess", "ache", "acne", "adhd", "afib", "allergic", "allergies", "allergy",
    "ams", "anemia", "anorexia", "ansiedad", "anxiety", "appendicitis", "arthralgia", "arthritis", "artritis", "asma",
    "asthma", "bleed", "bleeding", "bronchitis", "bronquitis", "cancer", "cataract", "cellulitis", "chemo", "chf",
    "chills", "ckd", "colitis", "concussion", "conjunctivitis", "constipation", "copd", "cough", "covid", "croup",
    "cva", "cyst", "dementia", "depresion", "depression", "dermatitis", "diabetes", "dialysis", "diarrhea", "dizziness", "dizzy",
    "dm", "dolor", "dvt", "dyspnea", "dysuria", "earache", "eczema", "edema", "embarazo", "endometriosis",
    "epilepsia", "epilepsy", "fever", "fibroids", "fiebre", "flu", "fracture", "gastritis", "gerd", "glaucoma",
    "gout", "gripe", "gsw", "hallucinations", "headache", "hematemesis", "hematuria", "hemorrhoids", "hepatitis",
    "hernia", "hiperten", "hipertension", "hiv", "hives", "htn", "hyperlipidemia", "hypertension", "hypoglycemia",
    "hypotension", "hypothyroidism", "infection", "influenza", "insomnia", "itching", "jaundice", "laceration",
    "lesion", "lethargy", "lupus", "malaise", "malaria", "measles", "melanoma", "meningitis", "menopause", "migraine",
    "nausea", "nephritis", "neumonia", "neuropathy", "nosebleed", "numbness", "obesidad", "obesity", "osteoarthritis",
    "otitis", "overdose", "pain", "palpitations", "palsy", "pancreatitis", "parkinson", "pinkeye", "pneumonia",
    "pregnancy", "pregnant", "psoriasis", "ptsd", "rash", "rhinitis", "sciatica", "scoliosis", "seizure", "seizures",
    "sepsis", "shingles", "sinus", "sinusitis", "sob", "sprain", "stemi", "stroke", "suicidal", "swelling", "syncope",
    "tachycardia", "tendonitis", "tinnitus", "tumor", "ulcer", "ulcers", "unresponsive", "urticaria", "uti",
    "vertigo", "vomiting", "wheezing", "wound",
]);

/// Words in the name of a field that holds nothing else.
const DIAGNOSES: [&str; 11] = [
    "diagnosis",
    "diagnoses",
    "dx",
    "diagnostico",
    "diagnose",
    "comorbidity",
    "comorbidities",
    "illness",
    "aeterm",
    "aedecod",
    "histology",
];

impl Engine {
    /// Adds the columns that hold complaints and diagnoses. Those that are not named for them count in tables about persons.
    pub(super) fn find_conditions(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let is_meant = |index: &u16| self.holds_conditions(*index);
        let Some(index) = (0..self.compiled.detectors.len() as u16).find(is_meant) else { return };
        let mut others_left = if profile.is_about_persons { MAX_OTHERS } else { 0 };
        for column in batch.columns.iter().filter(|column| column.kind == ColumnKind::Text && !column.is_empty()) {
            let plan = self.plan(column, scratch);
            let is_health = |named: &u16| self.compiled.described[usize::from(*named)].class == DetectorClass::Health;
            let is_named = plan.named.contains(&index) || plan.unconfirmed.contains(&index);
            if !plan.allows(index) || !plan.named.iter().all(is_health) {
                continue;
            }
            if !is_named && plan.named.is_empty() {
                if others_left == 0 {
                    continue;
                }
                others_left -= 1;
            }
            let is_diagnosis = is_named && self.is_of_diagnoses(column) && self.is_of_patients(batch, scratch);
            if is_diagnosis || self.names_conditions(column, is_named) {
                profile.by_share.entry((column.path.clone(), column.ordinal)).or_default().push(index);
            }
        }
    }

    /// Whether a column is named for diagnoses, and its values say something in a few words each, whichever words those are.
    fn is_of_diagnoses(&self, column: &Column) -> bool {
        let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
        let (mut saying, mut bytes) = (0, 0);
        for value in values.filter(|value| says_something(value)).take(SAMPLE) {
            saying += 1;
            bytes += value.len();
        }
        // What stands in a list of diagnoses may be anything about each.
        let own = column.path.rsplit('.').next().unwrap_or_default();
        saying > 0 && bytes <= MAX_AVERAGE_BYTES * saying && FieldWords::of(own).has(&DIAGNOSES)
    }

    /// Whether a table is one of patients: a column is named for them, or for their numbers. Those who repair things
    /// have diagnoses, too.
    fn is_of_patients(&self, batch: &Batch, scratch: &mut Scratch) -> bool {
        let is_number = |index: &u16| {
            let is_health = self.compiled.described[usize::from(*index)].class == DetectorClass::Health;
            self.compiled.detectors[usize::from(*index)].is_of_care && !is_health
        };
        batch.columns.iter().any(|column| {
            self.plan(column, scratch).named.iter().any(is_number)
                || FieldWords::of(&column.path).role() == Some(Role::Patient)
        })
    }

    /// Whether a detector's columns are recognised so.
    pub(super) fn holds_conditions(&self, index: u16) -> bool {
        let nameless = self.compiled.detectors[usize::from(index)].nameless.as_ref();
        nameless.is_some_and(|spec| spec.makeup == Makeup::Conditions)
    }

    fn names_conditions(&self, column: &Column, is_named: bool) -> bool {
        let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
        let values: Vec<&[u8]> = values.filter(|value| says_something(value)).take(SAMPLE).collect();
        let (least, percent) =
            if is_named { (MIN_NAMED_VALUES, MIN_NAMED_PERCENT) } else { (MIN_VALUES, MIN_OTHER_PERCENT) };
        let bytes: usize = values.iter().map(|value| value.len()).sum();
        let naming = values.iter().filter(|value| condition_text(value) || (is_named && complains(value))).count();
        values.len() >= least
            && bytes <= MAX_AVERAGE_BYTES * values.len()
            && naming >= MIN_NAMING
            && naming * 100 >= percent * values.len()
    }

    /// Takes each value of a column that is meant; returns how many were.
    pub(super) fn whole_texts(
        &self,
        index: u16,
        (confidence, is_meant): (Confidence, fn(&[u8]) -> bool),
        column: &Column,
        scratch: &mut Scratch,
    ) -> usize {
        let mut covered = 0;
        for value in 0..column.len() {
            let range = trimmed(column, column.range(value));
            if !range.is_empty() && is_meant(&column.bytes[range.clone()]) {
                let place = (usize::from(index), value);
                scratch.matches.push(found_at(
                    place,
                    (range.start, range.end),
                    confidence,
                    EvidenceFlags::COLUMN_SHARE,
                ));
                covered += 1;
            }
        }
        covered
    }
}

/// Whether a word in it is one for a complaint.
pub(super) fn complains(value: &[u8]) -> bool {
    value.split(|byte| !byte.is_ascii_alphabetic()).any(|word| !word.is_empty() && COMPLAINTS.contains(word))
}

/// Whether it is more than a mark, a number, or a word for nothing.
pub(super) fn says_something(value: &[u8]) -> bool {
    const NOTHING: [&[u8]; 21] = [
        b"n/a",
        b"na",
        b"none",
        b"null",
        b"nil",
        b"unknown",
        b"other",
        b"normal",
        b"yes",
        b"no",
        b"negative",
        b"positive",
        b"not applicable",
        b"unspecified",
        b"tbd",
        b"pending",
        b"good",
        b"new",
        b"used",
        b"true",
        b"false",
    ];
    value.iter().filter(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count() >= 2
        && !NOTHING.iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;

    /// How many values of the first column are taken for conditions, beside a column of patients or of nobody.
    fn found(path: &str, values: &[&str], beside: &str) -> usize {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let column = |path: &str, ordinal: u32, values: &[&str]| {
            let mut column = Column::new(path, ColumnKind::Text, ordinal);
            values.iter().for_each(|value| column.push(value.as_bytes()));
            column
        };
        let names: Vec<&str> = values.iter().map(|_| "Ada Okafor").collect();
        let columns = vec![column(path, 0, values), column(beside, 1, &names)];
        let batch = Batch { record_count: values.len() as u32, columns, ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let is_condition = |found: &u16| &*engine.detectors()[usize::from(*found)].id == "condition";
        found[0].iter().map(|found| found.detector).filter(is_condition).count()
    }

    #[test]
    fn a_column_of_complaints_is_health_data_value_by_value() {
        let complaints = ["ALTERED MENTAL STATUS", "chest tightness", "Asthma", "HTN check", "pneumonia", "n/a", "UTI"];
        assert_eq!(found("chief complaint", &complaints, "patient name"), 6);
        let reasons = ["asthma", "pneumonia", "migraine", "lightheaded", "COPD", "broke my arm"];
        assert_eq!(found("dropdown_4", &reasons, "patient name"), 6);
        assert!(found("dropdown_4", &reasons, "label") < 6, "nobody is told of");
        assert_eq!(found("CC", &["Headache", "SOB", "Abd pain", "Felt odd at work"], "patient name"), 4);
        assert_eq!(found("reason", &["price", "too late", "pain point"], "customer name"), 0);
        let returns = ["back ordered", "cold email", "eye level", "fall sale", "network congestion", "too late"];
        assert_eq!(found("reason", &returns, "customer name"), 0);
        let words = ["tubular adenoma", "benign naevus", "n/a", "see op note of the 4th"];
        assert_eq!(found("final diagnosis", &words, "patient name"), 3);
        assert_eq!(found("diagnosis", &["motherboard fault", "cracked screen", "no power"], "customer name"), 0);
        assert_eq!(found("condition", &["like new", "good", "acceptable", "worn"], "patient name"), 0);
        assert_eq!(found("title", &["The Plague", "Emma", "Ulysses", "Dune", "Asthma", "Ivanhoe"], "patient name"), 1);
    }
}
