//! The truth about a generated file: which identifiers were written where, and what class each record has.
//!
//! It restates the labelling rules of `corpus/README.md` and knows nothing of how a scanner decides.

use std::collections::BTreeMap;

/// Detectors whose values identify a person on their own.
const IDENTIFIERS: &[&str] = &[
    "us_ssn",
    "mrn",
    "us_mbi",
    "member_id",
    "account_number",
    "person_name",
    "us_phone",
    "email",
    "us_address",
    "credit_card",
];

/// Detectors whose values identify a person two together.
const QUASI_IDENTIFIERS: &[&str] = &["date_of_birth", "us_zip", "ip_address"];

/// Counts what is written, record by record.
#[derive(Debug, Default)]
pub struct Truth {
    record: BTreeMap<(&'static str, String), u64>,
    findings: BTreeMap<(String, &'static str), (u64, u64)>,
    phi: u64,
    pii: u64,
    health: u64,
}

impl Truth {
    /// A value of the detector stands in the field of the record at hand.
    pub fn found(&mut self, detector: &'static str, field: &str) {
        *self.record.entry((detector, field.to_owned())).or_default() += 1;
    }

    /// The record at hand is complete: decides its class.
    pub fn end_record(&mut self) {
        let record = std::mem::take(&mut self.record);
        let has = |detector: &&str| record.keys().any(|(found, _)| found == detector);
        let identified = IDENTIFIERS.iter().any(has) || QUASI_IDENTIFIERS.iter().filter(|name| has(name)).count() >= 2;
        let has_code = has(&"icd10cm");
        match (identified, has_code) {
            (true, true) => self.phi += 1,
            (true, false) => self.pii += 1,
            (false, true) => self.health += 1,
            (false, false) => {}
        }
        for ((detector, field), values) in record {
            // The address of a machine is labelled where its record is about somebody.
            if detector == "ip_address" && !identified && !has_code {
                continue;
            }
            let counts = self.findings.entry((field, detector)).or_default();
            counts.0 += values;
            counts.1 += 1;
        }
    }

    /// The labels as TOML.
    pub fn to_toml(&self, format: &str) -> String {
        let mut out = format!(
            "format = \"{format}\"\n\n[classes]\nphi = {}\npii = {}\nhealth = {}\n",
            self.phi, self.pii, self.health
        );
        for ((field, detector), (values, records)) in &self.findings {
            out.push_str(&format!(
                "\n[[finding]]\ndetector = \"{detector}\"\nfield = \"{field}\"\nvalues = {values}\nrecords = {records}\n"
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_classed_by_what_stands_in_it() {
        let mut truth = Truth::default();
        for record in [
            &["mrn", "icd10cm"][..],
            &["date_of_birth", "us_zip", "icd10cm"],
            &["date_of_birth", "us_zip"],
            &["email"],
            &["us_zip", "icd10cm"],
            &["us_npi"],
            &["us_zip"],
        ] {
            record.iter().for_each(|detector| truth.found(detector, "field"));
            truth.end_record();
        }
        assert_eq!((truth.phi, truth.pii, truth.health), (2, 2, 1));
        assert!(truth.to_toml("csv").contains("detector = \"us_zip\"\nfield = \"field\"\nvalues = 4\nrecords = 4\n"));
    }
}
