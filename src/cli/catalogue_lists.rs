//! Lists of the detectors in force: by id, and by the 18 identifiers of HIPAA's safe harbor; for people and as JSON.
//!
//! Only makes text; knows nothing of flags.

use crate::detectors::Catalogue;
use crate::detectors::spec::{DetectorClass, DetectorSpec};
use serde_json::{Value, json};
use std::fmt::Write;

/// The identifiers of 45 CFR 164.514(b)(2)(i), in the words of the regulation, shortened where it explains itself.
pub(super) const SAFE_HARBOR: [(char, &str); 18] = [
    ('A', "Names"),
    ('B', "Geographic subdivisions smaller than a state"),
    ('C', "Dates directly related to an individual, except the year; ages over 89"),
    ('D', "Telephone numbers"),
    ('E', "Fax numbers"),
    ('F', "Electronic mail addresses"),
    ('G', "Social security numbers"),
    ('H', "Medical record numbers"),
    ('I', "Health plan beneficiary numbers"),
    ('J', "Account numbers"),
    ('K', "Certificate and license numbers"),
    ('L', "Vehicle identifiers and serial numbers, including license plates"),
    ('M', "Device identifiers and serial numbers"),
    ('N', "Web universal resource locators (URLs)"),
    ('O', "Internet protocol (IP) addresses"),
    ('P', "Biometric identifiers, including finger and voice prints"),
    ('Q', "Full-face photographs and comparable images"),
    ('R', "Any other unique identifying number, characteristic or code"),
];

/// Why no detector finds an identifier that has none.
const NO_DETECTOR: &str = "-";

/// The class as people write it.
pub(super) fn class_name(class: DetectorClass) -> &'static str {
    match class {
        DetectorClass::Identifier => "identifier",
        DetectorClass::QuasiIdentifier => "quasi-identifier",
        DetectorClass::Health => "health",
        DetectorClass::Provider => "provider",
        DetectorClass::Financial => "financial",
        DetectorClass::Network => "network",
    }
}

/// All detectors: id, class, letter, name.
pub(super) fn all(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    let width = specs(catalogue).map(|spec| spec.id.len()).max().unwrap_or(0).max(16);
    let mut line = |id: &str, class: &str, letter: &str, name: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id:<width$}  {class:<16}  {letter:<5}  {name}");
    };
    line("ID", "CLASS", "HIPAA", "NAME");
    for spec in specs(catalogue) {
        let letter = spec.safe_harbor.map_or_else(|| NO_DETECTOR.to_owned(), String::from);
        line(&spec.id, class_name(spec.class), &letter, &spec.name);
    }
    let version = catalogue.version();
    let _ = writeln!(text, "\nHIPAA: letter of the identifier in 45 CFR 164.514(b)(2)(i). Version {version}.");
    text
}

/// The 18 identifiers with the detectors that find each, then the detectors of health data and of the rest.
pub(super) fn safe_harbor(catalogue: &Catalogue) -> String {
    let mut text = String::from("Identifiers of 45 CFR 164.514(b)(2)(i), and the detectors that find them\n\n");
    for (letter, name) in SAFE_HARBOR {
        let found_by = join(&ids(catalogue, |spec| spec.safe_harbor == Some(letter)));
        let _ = writeln!(text, "{letter}  {name}\n     {found_by}");
    }
    text.push_str("\nHealth data: what makes an identifier protected health information\n\n");
    for spec in specs(catalogue).filter(|spec| spec.class == DetectorClass::Health) {
        let _ = writeln!(text, "   {:<12}  {}", spec.id, spec.name);
    }
    let others = ids(catalogue, |spec| spec.safe_harbor.is_none() && spec.class != DetectorClass::Health);
    let _ = writeln!(text, "\nNone of the 18: {}", join(&others));
    let _ = writeln!(text, "{NO_DETECTOR} stands where no detector looks for it. Version {}.", catalogue.version());
    text
}

/// All detectors as a JSON array.
pub(super) fn all_json(catalogue: &Catalogue) -> serde_json::Result<String> {
    let described = |spec: &DetectorSpec| {
        json!({
            "id": spec.id,
            "name": spec.name,
            "class": class_name(spec.class),
            "safe_harbor": spec.safe_harbor,
            "source": spec.source,
        })
    };
    pretty(&specs(catalogue).map(described).collect())
}

/// The 18 identifiers with their detectors, and the detectors of health data, as a JSON object.
pub(super) fn safe_harbor_json(catalogue: &Catalogue) -> serde_json::Result<String> {
    let identifier = |(letter, name): (char, &str)| json!({ "letter": letter, "name": name, "detectors": ids(catalogue, |spec| spec.safe_harbor == Some(letter)) });
    pretty(&json!({
        "identifiers": SAFE_HARBOR.map(identifier),
        "health": ids(catalogue, |spec| spec.class == DetectorClass::Health),
    }))
}

fn pretty(value: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn specs(catalogue: &Catalogue) -> impl Iterator<Item = &DetectorSpec> {
    catalogue.entries().iter().map(|entry| &entry.spec)
}

fn ids(catalogue: &Catalogue, wanted: impl Fn(&DetectorSpec) -> bool) -> Vec<&str> {
    specs(catalogue).filter(|spec| wanted(spec)).map(|spec| spec.id.as_str()).collect()
}

fn join(ids: &[&str]) -> String {
    if ids.is_empty() { NO_DETECTOR.to_owned() } else { ids.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_detectors_name_every_one() {
        let catalogue = Catalogue::built_in().unwrap();
        let (all, by_letter) = (all(&catalogue), safe_harbor(&catalogue));
        for spec in specs(&catalogue) {
            assert!(all.contains(&spec.id) && by_letter.contains(&spec.id), "{}", spec.id);
            let known = |letter: char| SAFE_HARBOR.iter().any(|(other, _)| *other == letter);
            assert!(spec.safe_harbor.is_none_or(known), "{}", spec.id);
        }
        let letters: String = SAFE_HARBOR.iter().map(|(letter, _)| *letter).collect();
        assert_eq!(letters, "ABCDEFGHIJKLMNOPQR");
    }

    #[test]
    fn lists_of_detectors_are_json() {
        let catalogue = Catalogue::built_in().unwrap();
        let all: Value = serde_json::from_str(&all_json(&catalogue).unwrap()).unwrap();
        assert_eq!(all.as_array().unwrap().len(), catalogue.entries().len());
        let by_letter: Value = serde_json::from_str(&safe_harbor_json(&catalogue).unwrap()).unwrap();
        assert_eq!(by_letter["identifiers"][6]["letter"], "G");
        assert!(by_letter["identifiers"][6]["detectors"].as_array().unwrap().contains(&"us_ssn".into()));
        assert!(by_letter["health"].as_array().unwrap().contains(&"icd10cm".into()));
    }
}
