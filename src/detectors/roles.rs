//! Whose a field is: a patient's, or a provider's, which the law makes public. A path says it in many words:
//! `Provider Business Practice Location Address Telephone Number`, `rndrng_prvdr_city`, `general_practitioner.telecom[].value`.

/// Whose a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Somebody who is cared for or insured, or who belongs to them.
    Patient,
    /// Somebody who provides or orders care, and organisations that do.
    Provider,
}

/// Who provides care, orders it or sells what it needs.
const PROVIDERS: &[&str] = &[
    "provider",
    "prov",
    "prescriber",
    "physician",
    "practitioner",
    "doctor",
    "clinician",
    "surgeon",
    "pharmacist",
    "nurse",
    "dentist",
    "therapist",
    "radiologist",
    "pathologist",
    "pcp",
    "hcp",
    "facility",
    "hospital",
    "clinic",
    "pharmacy",
    "practice",
    "laboratory",
    "supplier",
    "manufacturer",
    "rendering",
    "prescribing",
    "attending",
    "referring",
    "dispensing",
    "hospice",
    "lab",
];

/// Officials, and those who are paid by firms, whom notices name so that everybody knows them: two words each.
const OFFICIALS: &[[&str; 2]] =
    &[["covered", "recipient"], ["authorized", "official"], ["central", "contact"], ["overall", "official"]];

/// Who is cared for, insured, or belongs to somebody who is; and everybody else about whom a record may be.
const PATIENTS: &[&str] = &[
    "patient",
    "pt",
    "pat",
    "member",
    "subscriber",
    "insured",
    "guarantor",
    "beneficiary",
    "bene",
    "client",
    "resident",
    "enrollee",
    "dependent",
    "spouse",
    "kin",
    "mother",
    "father",
    "guardian",
    "participant",
    "subject",
    "donor",
    "recipient",
    "decedent",
    "employee",
    "emp",
    "student",
    "claimant",
    "policyholder",
    "child",
    "parent",
    "debtor",
];

/// What happens between both: a phone of a `clinic_visit` is the patient's.
const EVENTS: &[&str] = &[
    "visit",
    "appointment",
    "appt",
    "call",
    "encounter",
    "admission",
    "order",
    "referral",
    "request",
    "log",
    "claim",
    "case",
    "session",
    "stay",
    "note",
    "message",
    "intake",
    "survey",
    "registration",
    "enrollment",
];

/// What a field of a person or of an organisation stands in: `address.line`, `telecom[].value`.
const AROUND: &[&str] = &[
    "address",
    "telecom",
    "name",
    "location",
    "phone",
    "line",
    "value",
    "identifier",
    "mailing",
    "business",
    "number",
    "info",
    "details",
    "contacts",
];

/// Words for a person that are written into the name of a field without a mark between: `PTSSN`, `mbrzip`.
const OWNERS: &[&str] = &[
    "patient",
    "member",
    "subscriber",
    "subscr",
    "guarantor",
    "insured",
    "employee",
    "dependent",
    "spouse",
    "bene",
    "ptnt",
    "ptn",
    "pat",
    "mbr",
    "mem",
    "emp",
    "sub",
    "guar",
    "dep",
    "pt",
    "ins",
];

/// Whose the field is whose path has these segments: the last word for a person in what it is called, or in what it stands in.
pub(super) fn of(segments: &[Vec<String>]) -> Option<Role> {
    let mut outwards = segments.iter().rev();
    let last = outwards.next()?;
    if let Some(role) = of_words(last) {
        return Some(role);
    }
    let is_around = |segment: &&Vec<String>| segment.iter().all(|word| is_any(word, AROUND));
    match outwards.find(|segment| !is_around(segment))?.as_slice() {
        [.., before, word] if is_official(before, word) => Some(Role::Provider),
        segment => of_words(std::slice::from_ref(segment.last()?)),
    }
}

fn of_words(words: &[String]) -> Option<Role> {
    let mut role = None;
    for (index, word) in words.iter().enumerate() {
        let before = if index > 0 { words[index - 1].as_str() } else { "" };
        // Open Payments: whoever is paid has a place of business.
        let is_paid =
            || word == "recipient" && words[index + 1..].starts_with(&["primary", "business"].map(str::to_owned));
        if is_official(before, word) || is_any(word, PROVIDERS) || is_paid() {
            role = Some(Role::Provider);
        } else if is_any(word, EVENTS) {
            role = None;
        } else if is_any(word, PATIENTS) {
            role = Some(Role::Patient);
        }
    }
    role
}

fn is_official(before: &str, word: &str) -> bool {
    OFFICIALS.iter().any(|[first, second]| *first == before && is_any(word, &[second]))
}

/// Whether a word, or what it is the plural of, is one of the list.
pub(super) fn is_any(word: &str, list: &[&str]) -> bool {
    let singular = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
    list.contains(&word)
        || word.strip_suffix('s').is_some_and(|stem| list.contains(&stem))
        || singular.is_some_and(|stem| list.contains(&stem.as_str()))
}

/// The name of a field without the word for a person that it begins with; `None` where there is none, or hardly anything else.
pub(super) fn without_owner(name: &str) -> Option<&str> {
    const LEAST: usize = 3;
    OWNERS.iter().filter_map(|owner| name.strip_prefix(owner)).find(|rest| rest.len() >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::super::field::FieldWords;
    use super::*;

    #[test]
    fn paths_say_whose_a_field_is() {
        for (path, role) in [
            ("Provider Business Practice Location Address Telephone Number", Some(Role::Provider)),
            ("Rndrng_Prvdr_City", Some(Role::Provider)),
            ("Covered_Recipient_First_Name", Some(Role::Provider)),
            ("Authorized Official Last Name", Some(Role::Provider)),
            ("generalPractitioner.telecom[].value", Some(Role::Provider)),
            ("facilities[].address.line[]", Some(Role::Provider)),
            ("patient.primary_care_provider.phone", Some(Role::Provider)),
            ("provider.patients[].phone", Some(Role::Patient)),
            ("hospital_patient_phone", Some(Role::Patient)),
            ("recipient_name", Some(Role::Patient)),
            ("Recipient_Primary_Business_Street_Address_Line2", Some(Role::Provider)),
            ("contactsModule.centralContacts[].phone", Some(Role::Provider)),
            ("study.overallOfficials[].name", Some(Role::Provider)),
            ("patient.contacts[].phone", Some(Role::Patient)),
            ("clinic_visits.phone", None),
            ("hospital_admissions.first_name", None),
            ("clinic.visits[].phone", None),
            ("doctor_appointment_phone", None),
            ("phone", None),
        ] {
            assert_eq!(FieldWords::of(path).role(), role, "{path}");
        }
    }

    #[test]
    fn whose_it_is_may_be_written_into_a_name() {
        for (name, rest) in [("ptssn", Some("ssn")), ("patientzip", Some("zip")), ("mbrphone", Some("phone"))] {
            assert_eq!(without_owner(name), rest);
        }
        assert_eq!(without_owner("ptid"), None);
        assert_eq!(without_owner("phone"), None);
    }
}
