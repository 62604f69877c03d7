//! Validators: what a matched text must satisfy beyond its shape, one file per checksum or structure.
//!
//! A validator looks at the matched bytes alone, separators included, and allocates nothing. Detectors name it in
//! their file; a new one is one file here and one line in the table.

mod address;
mod birth_date;
mod card;
mod dea;
mod digits;
mod email;
mod hcpcs;
mod icd10cm;
mod icd10pcs;
mod icd9cm;
mod ip;
mod lab_result;
mod loinc;
mod mbi;
mod ms_drg;
mod name;
mod ndc;
mod npi;
mod phone;
mod record_number;
mod rxnorm;
mod ssn;
mod term;
mod zip;

/// Whether the matched bytes are what their shape suggests.
pub type Validator = fn(&[u8]) -> bool;

const TABLE: &[(&str, Validator)] = &[
    ("account_number", record_number::account_number),
    ("condition_text", term::condition_text),
    ("cpt_with_modifier", hcpcs::cpt_with_modifier),
    ("cvx", ms_drg::cvx),
    ("date_of_birth", birth_date::date_of_birth),
    ("drug_name", term::drug_name),
    ("email", email::email),
    ("hcpcs", hcpcs::hcpcs),
    ("hcpcs_form", hcpcs::hcpcs_form),
    ("icd10cm", icd10cm::icd10cm),
    ("icd10cm_billable", icd10cm::icd10cm_billable),
    ("icd10pcs", icd10pcs::icd10pcs),
    ("icd10pcs_mixed", icd10pcs::icd10pcs_mixed),
    ("icd9cm", icd9cm::icd9cm),
    ("ipv4", ip::ipv4),
    ("lab_result", lab_result::lab_result),
    ("loinc", loinc::loinc),
    ("luhn_card", card::luhn_card),
    ("member_id", record_number::member_id),
    ("mrn", record_number::mrn),
    ("ms_drg", ms_drg::ms_drg),
    ("ndc", ndc::ndc),
    ("person_name", name::person_name),
    ("rxnorm", rxnorm::rxnorm),
    ("snomed", loinc::snomed),
    ("us_address", address::us_address),
    ("us_dea", dea::us_dea),
    ("us_mbi", mbi::us_mbi),
    ("us_mbi_any_letter", mbi::us_mbi_any_letter),
    ("us_npi", npi::us_npi),
    ("us_phone", phone::us_phone),
    ("us_ssn", ssn::us_ssn),
    ("us_zip", zip::us_zip),
];

/// The validator of that name.
pub fn by_name(name: &str) -> Option<Validator> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, validator)| *validator)
}

/// Every name, for an error message that lists them.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        let names: Vec<_> = names().collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(by_name("us_ssn").is_some() && by_name("nothing").is_none());
    }

    #[test]
    fn no_input_makes_a_validator_fail() {
        let mut state = 11_u32;
        for length in (0..40).chain([100, 300]) {
            for _ in 0..200 {
                let alphabet = b"0123456789AEZsz-./ ,@:()'^\xc3\xff";
                let bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        alphabet[(state >> 16) as usize % alphabet.len()]
                    })
                    .collect();
                for (_, validator) in TABLE {
                    validator(&bytes);
                }
            }
        }
    }
}
