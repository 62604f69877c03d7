//! Tells keys of JSON that are about a person from those about a document, by their words.

/// Words that tell of a patient or an insured person wherever they stand in a key.
#[rustfmt::skip]
const OF_PATIENTS: [&str; 27] = [
    "ssn", "mrn", "mbi", "dob", "birth", "birthdate", "birthday", "dateofbirth", "patient", "pat", "member", "mbr", "person", "individual",
    "beneficiary", "bene", "subscriber", "enrollee", "insured", "demographics", "resident", "claimant", "surname",
    "lastname", "firstname", "participant", "subject",
];
/// Words that tell of a person in a record of a list.
const OF_PERSONS: [&str; 5] = ["employee", "customer", "client", "guarantor", "applicant"];
/// Words that tell of a document, or of what it counts.
#[rustfmt::skip]
const OF_DOCUMENTS: [&str; 45] = [
    "api", "at", "batch", "code", "count", "created", "cursor", "date", "environment", "error", "errors", "export", "exported",
    "extract", "filter", "format", "generated", "generator", "header", "info", "license", "limit", "links", "message",
    "meta", "metadata", "next", "offset", "page", "pagination", "previous", "query", "request", "run", "schema", "size",
    "source", "status", "success", "time", "timestamp", "total", "updated", "url", "version",
];
/// A number of people, which is none of them.
const COUNTS: [&str; 5] = ["count", "counts", "total", "number", "num"];

/// Whether a key tells of a patient or an insured person, or of what identifies one.
pub(in crate::decoders) fn tells_patient(key: &str) -> bool {
    let words = words_of(key);
    let is_count = words.iter().any(|word| COUNTS.contains(&word.as_str())) && words.len() == 2;
    let pairs = || words.windows(2).any(|pair| matches!((&*pair[0], &*pair[1]), ("first" | "last", "name")));
    !is_count && (words.iter().any(|word| OF_PATIENTS.contains(&word.as_str())) || pairs())
}

/// Whether a key tells of any person.
pub(super) fn tells_person(key: &str) -> bool {
    tells_patient(key) || words_of(key).iter().any(|word| OF_PERSONS.contains(&word.as_str()))
}

/// Whether a key tells of the document that it stands in.
pub(super) fn is_metadata(key: &str) -> bool {
    let words = words_of(key);
    key.starts_with(['@', '$', '_']) || words.iter().any(|word| OF_DOCUMENTS.contains(&word.as_str()))
}

/// The words of a key in small letters, apart by marks and by humps.
fn words_of(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for character in key.chars() {
        let begins = !previous.is_alphanumeric() || (character.is_uppercase() && previous.is_lowercase());
        if character.is_alphanumeric() {
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(character.to_lowercase());
            }
        }
        previous = character;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_persons_and_of_documents() {
        for key in ["patient", "patientName", "SSN", "date_of_birth", "MemberID", "lastName", "last_name", "subject"] {
            assert!(tells_patient(key), "{key}");
        }
        for key in ["patient_count", "totalPatients", "name", "visits", "id", "customer", "dx"] {
            assert!(!tells_patient(key), "{key}");
        }
        assert!(tells_person("customer_id") && !tells_person("user_agent"));
        for key in ["exportedAt", "total", "meta", "@context", "schemaVersion", "next_page"] {
            assert!(is_metadata(key), "{key}");
        }
        assert!(!is_metadata("name") && !is_metadata("visits"));
    }
}
