//! Special categories of health data: substance use, HIV, mental health and others that law protects beyond HIPAA.
//!
//! Which codes and words belong to which stands in `detectors/special_categories.toml`, with the statute. Knows values and ids of
//! detectors, not what follows from a category.

use super::code_sets::plain_code;
use super::terms::TermIndex;
use crate::model::{SpecialCategory, SpecialTable};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const BUILT_IN: &str = include_str!("../../detectors/special_categories.toml");

/// A category is known by its place, and a set of them fits in a byte.
const MAX_CATEGORIES: usize = 8;

/// Detectors whose values are words.
const DETECTORS_OF_WORDS: [&str; 2] = ["condition", "drug_name"];

/// Why the categories cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SpecialCategoriesError {
    /// The file does not parse.
    #[error("special categories: {0}")]
    Parse(#[from] toml::de::Error),
    /// There are more than can be told apart.
    #[error("special categories: there are {0}, and at most {MAX_CATEGORIES} may be")]
    TooMany(usize),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    category: Vec<WrittenCategory>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCategory {
    id: String,
    source: String,
    #[serde(default)]
    terms: Vec<String>,
    #[serde(default)]
    codes: BTreeMap<String, Vec<String>>,
}

/// Codes from one to another, each standing for all that begin with it.
#[derive(Debug)]
struct CodeRange {
    first: Box<[u8]>,
    last: Box<[u8]>,
    category: u8,
}

/// The categories, ready to be asked.
#[derive(Debug)]
pub struct SpecialCategories {
    categories: Vec<SpecialCategory>,
    ranges: Vec<(String, Vec<CodeRange>)>,
    terms: TermIndex,
}

impl SpecialCategories {
    /// The categories that come with phinder.
    pub fn built_in() -> Result<Self, SpecialCategoriesError> {
        Self::parse(BUILT_IN)
    }

    fn parse(text: &str) -> Result<Self, SpecialCategoriesError> {
        let written: Written = toml::from_str(text)?;
        if written.category.len() > MAX_CATEGORIES {
            return Err(SpecialCategoriesError::TooMany(written.category.len()));
        }
        let mut ranges: BTreeMap<String, Vec<CodeRange>> = BTreeMap::new();
        let (mut categories, mut terms) = (Vec::new(), TermIndex::default());
        for (place, category) in written.category.into_iter().enumerate() {
            let place = place as u8;
            category.terms.iter().for_each(|term| terms.add(term, place));
            for (detector, codes) in category.codes {
                let read = codes.iter().map(|code| {
                    let (first, last) = code.split_once('-').unwrap_or((code, code));
                    CodeRange { first: first.as_bytes().into(), last: last.as_bytes().into(), category: place }
                });
                ranges.entry(detector).or_default().extend(read);
            }
            let WrittenCategory { id, source, .. } = category;
            categories.push(SpecialCategory { id: id.into(), citation: source.into() });
        }
        terms.sort();
        Ok(Self { categories, ranges: ranges.into_iter().collect(), terms })
    }

    /// The table that tells the stages after the engine which category a value is in.
    pub fn table(self) -> SpecialTable {
        let categories = self.categories.clone();
        SpecialTable::new(categories, Arc::new(move |detector, value| self.of(detector, value)))
    }

    /// The categories by place, as `of` counts them.
    pub fn categories(&self) -> &[SpecialCategory] {
        &self.categories
    }

    /// Place of the first category that a value found by the detector `detector_id` belongs to. Allocates nothing.
    pub fn of(&self, detector_id: &str, value: &[u8]) -> Option<u8> {
        if DETECTORS_OF_WORDS.contains(&detector_id) {
            return self.terms.find(value);
        }
        let (_, ranges) = self.ranges.iter().find(|(detector, _)| detector == detector_id)?;
        let mut plain = [0; 8];
        let (length, _) = plain_code(value, &mut plain)?;
        let code = &plain[..length];
        let prefix = |length: usize| code.get(..length);
        let is_within = |range: &&CodeRange| {
            prefix(range.first.len()).is_some_and(|start| start >= &*range.first)
                && prefix(range.last.len()).is_some_and(|start| start <= &*range.last)
        };
        ranges.iter().find(is_within).map(|range| range.category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::detectors::code_sets::icd10cm;

    fn id(detector: &str, value: &str) -> Option<String> {
        let special = SpecialCategories::built_in().unwrap();
        special.of(detector, value.as_bytes()).map(|place| special.categories()[usize::from(place)].id.to_string())
    }

    #[test]
    fn special_categories_of_codes() {
        for (detector, value, category) in [
            ("icd10cm", "F11.20", Some("substance_use")),
            ("icd10cm", "f1120", Some("substance_use")),
            ("icd10cm", "F17.210", None),
            ("icd10cm", "F03.90", None),
            ("icd10cm", "B20", Some("hiv")),
            ("icd10cm", "Z21", Some("hiv")),
            ("icd10cm", "F33.1", Some("mental_health")),
            ("icd10cm", "O9A.211", Some("reproductive_health")),
            ("icd10cm", "Z33.2", Some("reproductive_health")),
            ("icd10cm", "Z31.430", Some("genetic")),
            ("icd10cm", "Z15.01", Some("genetic")),
            ("icd10cm", "E11.9", None),
            ("icd9cm", "304.00", Some("substance_use")),
            ("icd9cm", "305.1", None),
            ("hcpcs", "H0020", Some("substance_use")),
            ("hcpcs", "J2794", Some("mental_health")),
            ("icd10pcs", "10A07ZX", Some("reproductive_health")),
            ("ms_drg", "897", Some("substance_use")),
            ("us_ssn", "F11.20", None),
            ("icd10cm", "", None),
        ] {
            assert_eq!(id(detector, value).as_deref(), category, "{detector} {value}");
        }
    }

    #[test]
    fn special_categories_of_words() {
        for (detector, value, category) in [
            ("drug_name", "Buprenorphine-naloxone 8 mg", Some("substance_use")),
            ("drug_name", "BIKTARVY", Some("hiv")),
            ("drug_name", "mifepristone 200 mg", Some("reproductive_health")),
            ("drug_name", "Lisinopril 10 mg", None),
            ("condition", "HIV positive", Some("hiv")),
            ("condition", "Major depressive disorder, recurrent", Some("mental_health")),
            ("condition", "BRCA1 positive", Some("genetic")),
            ("condition", "hypertension", None),
        ] {
            assert_eq!(id(detector, value).as_deref(), category, "{detector} {value}");
        }
    }

    #[test]
    fn special_categories_name_codes_and_detectors_that_exist() {
        let special = SpecialCategories::built_in().unwrap();
        let catalogue = Catalogue::built_in().unwrap();
        let exists = |id: &str| catalogue.entries().iter().any(|entry| entry.spec.id == id);
        assert!(DETECTORS_OF_WORDS.iter().all(|id| exists(id)));
        for (detector, ranges) in &special.ranges {
            assert!(exists(detector), "{detector}");
            for range in ranges {
                assert!(range.first <= range.last && range.first.len() <= 7, "{detector}");
                assert!(
                    range.first.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
                    "{detector}"
                );
                let is_category = range.first.len() == 3 && detector == "icd10cm";
                assert!(
                    !is_category || icd10cm::contains(&range.first),
                    "{:?}",
                    range.first.escape_ascii().to_string()
                );
            }
        }
        for category in special.categories() {
            assert!(!category.id.is_empty() && !category.citation.is_empty());
        }
    }

    #[test]
    fn special_categories_are_at_most_eight() {
        let text: String = (0..9).map(|id| format!("[[category]]\nid = \"c{id}\"\nsource = \"\"\n")).collect();
        assert!(matches!(SpecialCategories::parse(&text), Err(SpecialCategoriesError::TooMany(9))));
    }
}
