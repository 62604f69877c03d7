//! Columns of laboratory results without telling names, in tables about persons: the names of what is measured, and results
//! in words (`NEG`, `reactive`).

use super::nameless::MIN_VALUES;
use super::{Engine, Profile, Scratch};
use crate::detectors::compile::CompiledDetector;
use crate::detectors::spans::trimmed;
use crate::detectors::spec::Makeup;
use crate::detectors::word_set::WordSet;
use crate::model::{Batch, Column, ColumnKind, DetectorClass};

/// So many values of a column are looked at.
const SAMPLE: usize = 256;
/// So many columns of a table are looked at.
const MAX_COLUMNS: usize = 128;
/// Share of the values that must name an analyte, in percent, and how many different ones must be named.
const MIN_NAMED_PERCENT: usize = 60;
const MIN_ANALYTES: usize = 3;
/// Share of the values that must be a result in words.
const MIN_RESULTS_PERCENT: usize = 90;
/// Longer values are prose.
const MAX_RESULT_BYTES: usize = 28;
const MAX_NAME_BYTES: usize = 60;

/// Words that are in the name of a laboratory test or a measurement of a body, and in hardly any other.
#[rustfmt::skip]
static ANALYTES: WordSet = WordSet::new(&[
    "a1c", "albumin", "alkaline", "alp", "alt", "amylase", "antibody", "antigen", "ast", "bacteria", "basophils",
    "bicarbonate", "bilirubin", "bmi", "bnp", "bun", "chlamydia", "chloride", "cholesterol", "cortisol", "creatinine",
    "crp", "culture", "diastolic", "dimer", "egfr", "eosinophils", "erythrocytes", "esr", "estradiol", "ferritin",
    "fibrinogen", "ggt", "globulin", "glucose", "hba1c", "hbsag", "hct", "hcv", "hdl", "hematocrit", "hemoglobin",
    "hgb", "hiv", "inr", "ketones", "lactate", "ldh", "ldl", "leukocytes", "lipase", "lymphocytes", "mch", "mchc",
    "mcv", "microalbumin", "monocytes", "neutrophils", "nitrite", "pcr", "phosphatase", "phosphate", "phosphorus",
    "plasma", "platelet", "platelets", "plt", "potassium", "procalcitonin", "progesterone", "prolactin", "prothrombin",
    "psa", "pth", "rbc", "rdw", "rpr", "serum", "sgot", "sgpt", "sodium", "spo2", "systolic", "thyroxine",
    "transferrin", "triglycerides", "troponin", "tsh", "urea", "uric", "urinalysis", "urine", "vldl", "wbc",
]);

/// Results in words that nothing else is called.
#[rustfmt::skip]
static RESULTS: WordSet = WordSet::new(&[
    "detected", "equivocal", "indeterminate", "neg", "non reactive", "non-reactive", "nonreactive", "not detected", "pos",
    "reactive", "undetected", "weak pos",
]);

/// Results, and what an opinion can be as well.
static WORDS: WordSet = WordSet::new(&["inconclusive", "negative", "positive"]);

impl Engine {
    /// Adds the columns of tests and their results, in a table that is about persons.
    pub(super) fn find_results(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let is_meant =
            |detector: &CompiledDetector| detector.nameless.as_ref().is_some_and(|spec| spec.makeup == Makeup::Results);
        let Some(index) = self.compiled.detectors.iter().position(is_meant) else { return };
        if !profile.is_about_persons {
            return;
        }
        let index = index as u16;
        let columns = batch.columns.iter().filter(|column| column.kind == ColumnKind::Text && !column.is_empty());
        for column in columns.take(MAX_COLUMNS) {
            let plan = self.plan(column, scratch);
            let is_health = |named: &u16| self.compiled.described[usize::from(*named)].class == DetectorClass::Health;
            if plan.allows(index) && plan.named.iter().all(is_health) && (names_analytes(column) || has_results(column))
            {
                profile.by_share.entry((column.path.clone(), column.ordinal)).or_default().push(index);
            }
        }
    }
}

fn sample(column: &Column) -> impl Iterator<Item = &[u8]> {
    let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
    values.filter(|value| !value.is_empty()).take(SAMPLE)
}

fn names_analytes(column: &Column) -> bool {
    let (mut count, mut naming, mut names) = (0, 0, std::collections::HashSet::new());
    for value in sample(column) {
        count += 1;
        let mut words = value.split(|byte| !byte.is_ascii_alphanumeric());
        if value.len() <= MAX_NAME_BYTES && words.any(|word| ANALYTES.contains(word)) {
            naming += 1;
            names.insert(value);
        }
        if count == 4 * MIN_VALUES && naming == 0 {
            return false;
        }
    }
    count >= MIN_VALUES && naming * 100 >= MIN_NAMED_PERCENT * count && names.len() >= MIN_ANALYTES
}

fn has_results(column: &Column) -> bool {
    let (mut count, mut sure, mut likely) = (0, 0, 0);
    let mut first: Option<&[u8]> = None;
    let mut is_varied = false;
    for value in sample(column) {
        count += 1;
        let is_sure = value.len() <= MAX_RESULT_BYTES && RESULTS.contains(value);
        sure += usize::from(is_sure);
        likely += usize::from(is_sure || WORDS.contains(value));
        is_varied |= !first.get_or_insert(value).eq_ignore_ascii_case(value);
        if count == 4 * MIN_VALUES && likely * 2 < count {
            return false;
        }
    }
    count >= MIN_VALUES && is_varied && sure > 0 && likely * 100 >= MIN_RESULTS_PERCENT * count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::Confidence;

    /// How many values of the first column are taken for results, beside others.
    fn found(path: &str, values: &[&str], beside: &str) -> usize {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let column = |path: &str, ordinal: u32, values: &[&str]| {
            let mut column = Column::new(path, ColumnKind::Text, ordinal);
            values.iter().for_each(|value| column.push(value.as_bytes()));
            column
        };
        let names: Vec<&str> = values.iter().map(|_| "4471920").collect();
        let columns = vec![column(path, 0, values), column(beside, 1, &names)];
        let batch = Batch { record_count: values.len() as u32, columns, ..Batch::default() };
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut found);
        let is_result = |found: &u16| &*engine.detectors()[usize::from(*found)].id == "lab_result";
        found[0].iter().map(|found| found.detector).filter(is_result).count()
    }

    #[test]
    fn words_are_sorted() {
        assert!([&ANALYTES, &RESULTS, &WORDS].iter().all(|set| set.is_searchable()));
    }

    #[test]
    fn tests_and_their_results_are_health_data_in_a_table_about_persons() {
        let tests = ["Cholesterol, Total", "Platelets", "HEMOGLOBIN A1C", "ALT", "LDL Cholesterol Calc", "Glucose"];
        assert_eq!(found("event_cd_disp", &tests, "mrn"), 6);
        assert_eq!(found("event_cd_disp", &tests, "row"), 0, "nobody is told of");
        let results = ["NEG", "NEG", "POS", "NEG", "Negative", "NEG", "POS"];
        assert_eq!(found("THC", &results, "mrn"), 7);
        assert_eq!(found("flag", &["NEG"; 8], "mrn"), 0, "one word alone");
        let opinions = ["positive", "negative", "positive", "normal", "negative", "positive"];
        assert_eq!(found("sentiment", &opinions, "mrn"), 0);
        let materials = ["Sodium lamp", "Potassium salt", "Desk", "Chair", "Shelf", "Carpet"];
        assert_eq!(found("item", &materials, "mrn"), 0);
    }
}
