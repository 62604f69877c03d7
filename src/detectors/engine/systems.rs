//! Systems of codes and identifiers by their URIs and OIDs, as FHIR, C-CDA and their tables name them:
//! `http://snomed.info/sct`, `urn:oid:2.16.840.1.113883.6.90`.

use std::borrow::Cow;

/// The arc of HL7, below which most systems of care in the US stand.
const HL7_ARC: &str = "2.16.840.1.113883.";

/// Beginnings of URIs without scheme and `www.`, in small letters, with the field that holds what is written in the system. The
/// longer one of two stands first.
const URIS: &[(&str, &str)] = &[
    ("hl7.org/fhir/sid/icd-10-procs", "icd 10 pcs"),
    ("hl7.org/fhir/sid/icd-10-pcs", "icd 10 pcs"),
    ("hl7.org/fhir/sid/ex-icd-10-procedures", "icd 10 pcs"),
    ("hl7.org/fhir/sid/icd-10", "icd 10 cm"),
    ("hl7.org/fhir/sid/icd-9", "icd 9 cm"),
    ("hl7.org/fhir/sid/cvx", "cvx"),
    ("hl7.org/fhir/sid/ndc", "ndc"),
    ("hl7.org/fhir/sid/us-ssn", "ssn"),
    ("hl7.org/fhir/sid/us-npi", "npi"),
    ("hl7.org/fhir/sid/us-mbi", "mbi"),
    ("hl7.org/fhir/sid/us-medicare", "medicare number"),
    ("terminology.hl7.org/codesystem/icd10-cm", "icd 10 cm"),
    ("terminology.hl7.org/codesystem/icd10-pcs", "icd 10 pcs"),
    ("terminology.hl7.org/codesystem/icd-9", "icd 9 cm"),
    ("terminology.hl7.org/codesystem/hcpcs", "hcpcs"),
    ("terminology.hl7.org/codesystem/cd2", "cdt code"),
    ("cms.gov/medicare/coding/icd10", "icd 10 pcs"),
    ("cms.gov/medicare/coding/hcpcs", "hcpcs"),
    ("cms.gov/medicare/coding/msdrg", "drg"),
    ("snomed.info/", "snomed"),
    ("nlm.nih.gov/research/umls/rxnorm", "rxnorm"),
    ("ama-assn.org/go/cpt", "cpt"),
    ("ada.org/cdt", "cdt code"),
    ("loinc.org", "loinc"),
    ("nucc.org/provider-taxonomy", "taxonomy code"),
];

/// What stands behind [`HL7_ARC`] in OIDs; with a dot at its end, everything below it.
const OIDS: &[(&str, &str)] = &[
    ("6.90", "icd 10 cm"),
    ("6.3", "icd 10 cm"),
    ("6.4", "icd 10 pcs"),
    ("6.2", "icd 9 cm"),
    ("6.103", "icd 9 cm"),
    ("6.104", "icd 9 cm"),
    ("6.96", "snomed"),
    ("6.88", "rxnorm"),
    ("6.12", "cpt"),
    ("6.13", "cdt code"),
    ("6.14", "hcpcs"),
    ("6.285", "hcpcs"),
    ("6.1", "loinc"),
    ("6.59", "cvx"),
    ("12.292", "cvx"),
    ("6.69", "ndc"),
    ("6.101", "taxonomy code"),
    ("4.1", "ssn"),
    ("4.6", "npi"),
    ("4.572", "medicare number"),
    ("4.927", "mbi"),
    ("4.814", "dea number"),
    ("4.3.", "drivers license"),
    ("4.330.", "passport number"),
];

/// Whether a text names a system: it is a URI or an OID.
pub(super) fn names_system(kind: &str) -> bool {
    kind.contains("://") || kind.starts_with("urn:") || kind.starts_with(HL7_ARC)
}

/// The name of a field that holds what is written in the system: one that is known, else what its last part says
/// (`http://hospital.example/ids/mrn`).
pub(super) fn field_of_system(system: &str) -> Cow<'_, str> {
    let system = system.trim_end_matches(['/', '#']);
    let oid = system.strip_prefix("urn:oid:").unwrap_or(system).strip_prefix(HL7_ARC);
    if let Some(rest) = oid {
        let is_meant = |oid: &str| oid == rest || (oid.ends_with('.') && rest.starts_with(oid));
        let known = OIDS.iter().find(|(oid, _)| is_meant(oid));
        return known.map_or(Cow::Borrowed(""), |(_, field)| Cow::Borrowed(*field));
    }
    if let Some((_, address)) = system.split_once("://") {
        let address = address.strip_prefix("www.").unwrap_or(address).to_ascii_lowercase();
        if let Some((_, field)) = URIS.iter().find(|(uri, _)| address.starts_with(uri)) {
            return Cow::Borrowed(field);
        }
    }
    Cow::Borrowed(system.rsplit(['/', '#', ':']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_its_uri_its_oid_or_its_last_part() {
        for (system, field) in [
            ("http://hl7.org/fhir/sid/icd-10-cm", "icd 10 cm"),
            ("http://www.ama-assn.org/go/cpt", "cpt"),
            ("http://snomed.info/sct/731000124108", "snomed"),
            ("https://www.cms.gov/Medicare/Coding/ICD10", "icd 10 pcs"),
            ("urn:oid:2.16.840.1.113883.6.96", "snomed"),
            ("2.16.840.1.113883.6.1", "loinc"),
            ("urn:oid:2.16.840.1.113883.4.3.25", "drivers license"),
            ("http://hospital.example/ids/mrn/", "mrn"),
            ("urn:example:patient-id", "patient-id"),
            ("urn:oid:2.16.840.1.113883.6.9", ""),
        ] {
            assert!(names_system(system), "{system}");
            assert_eq!(field_of_system(system), field, "{system}");
        }
        assert!(!names_system("MRN") && !names_system("2024-01-15"));
    }

    #[test]
    fn no_uri_hides_a_longer_one() {
        for (place, (uri, _)) in URIS.iter().enumerate() {
            assert!(!URIS[..place].iter().any(|(other, _)| uri.starts_with(other)), "{uri}");
        }
    }
}
