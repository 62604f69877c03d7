//! What a record is by what it truly holds: an identifier of a person and health data in the same record are PHI, an
//! identifier alone is PII (45 CFR 160.103, 164.514). What identifies a provider is public, and identifies no patient. It follows from the labels, and shares no table with the scanner.

const HEALTH: &[&str] = &[
    "condition",
    "cpt",
    "cvx",
    "drug_name",
    "hcpcs",
    "icd10cm",
    "icd10pcs",
    "icd9cm",
    "lab_result",
    "loinc",
    "ms_drg",
    "ndc",
    "rxnorm",
    "snomed",
];
/// Public numbers, of nobody's care.
const PROVIDERS: &[&str] = &["ccn", "clia", "provider_taxonomy", "us_dea", "us_ein", "us_npi"];
/// Kinds of which two different ones identify together.
const KINDS: &[&[&str]] = &[
    &["date_of_birth", "date_of_service", "date_of_death", "age_over_89"],
    &["us_zip", "city", "county", "geo_coordinate"],
    &["ip_address", "mac_address", "url"],
    &["imei", "device_serial", "udi"],
    &["vin"],
    &["license_plate"],
    &["group_number"],
];

/// The class of a record about a provider, in which nothing identifies a patient.
pub fn of_provider(held: &[&str]) -> Option<&'static str> {
    held.iter().any(|detector| HEALTH.contains(detector)).then_some("health")
}

/// The class of a record that holds values of these detectors; nothing for a record about nobody.
pub fn of_record(held: &[&str]) -> Option<&'static str> {
    let is_quasi = |detector: &&str| KINDS.iter().any(|kind| kind.contains(detector));
    let is_strong =
        |detector: &&str| !HEALTH.contains(detector) && !PROVIDERS.contains(detector) && !is_quasi(detector);
    let kinds = KINDS.iter().filter(|kind| held.iter().any(|detector| kind.contains(detector))).count();
    let identifies = kinds >= 2 || held.iter().any(is_strong);
    match (identifies, held.iter().any(|detector| HEALTH.contains(detector))) {
        (true, true) => Some("phi"),
        (true, false) => Some("pii"),
        (false, true) => Some("health"),
        (false, false) => None,
    }
}
