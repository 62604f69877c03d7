//! Validators: what a matched text must satisfy beyond its shape, one file per checksum or structure.
//!
//! A validator looks at the matched bytes alone, separators included, and allocates nothing. Detectors name it in
//! their file; a new one is one file here and one line in the table.

mod address;
mod bank;
mod birth_date;
mod card;
mod dea;
mod device;
mod digits;
mod email;
mod hcpcs;
mod hicn;
mod icd10cm;
mod icd10pcs;
mod icd9cm;
mod ip;
mod lab_result;
mod licence;
mod loinc;
mod mbi;
mod ms_drg;
mod name;
mod ndc;
mod npi;
mod phone;
mod picture;
mod place;
mod record_number;
mod rxnorm;
mod ssn;
mod synthetic;
mod tax;
mod term;
mod url;
mod vin;
mod zip;

pub(super) use birth_date::year_of_birth;
pub(super) use phone::is_toll_free;
pub(super) use term::condition_text;

/// Whether the matched bytes are what their shape suggests.
pub type Validator = fn(&[u8]) -> bool;

const TABLE: &[(&str, Validator)] = &[
    ("aba_routing", bank::aba_routing),
    ("account_number", record_number::account_number),
    ("biometric", picture::biometric),
    ("biometric_field", picture::biometric_field),
    ("claim_number", record_number::claim_number),
    ("condition_text", term::condition_text),
    ("county", place::county),
    ("cpt_with_modifier", hcpcs::cpt_with_modifier),
    ("cvx", ms_drg::cvx),
    ("date_of_birth", birth_date::date_of_birth),
    ("drug_name", term::drug_name),
    ("email", email::email),
    ("email_of_person", email::email_of_person),
    ("geo_coordinate", place::geo_coordinate),
    ("hcpcs", hcpcs::hcpcs),
    ("hcpcs_form", hcpcs::hcpcs_form),
    ("iban", bank::iban),
    ("icd10cm", icd10cm::icd10cm),
    ("icd10cm_billable", icd10cm::icd10cm_billable),
    ("icd10pcs", icd10pcs::icd10pcs),
    ("icd10pcs_mixed", icd10pcs::icd10pcs_mixed),
    ("icd9cm", icd9cm::icd9cm),
    ("imei", device::imei),
    ("ip_address", ip::ip_address),
    ("lab_result", lab_result::lab_result),
    ("license_plate", record_number::license_plate),
    ("loinc", loinc::loinc),
    ("luhn_card", card::luhn_card),
    ("luhn_card_labelled", card::luhn_card_labelled),
    ("mac_address", device::mac_address),
    ("member_id", record_number::member_id),
    ("mrn", record_number::mrn),
    ("ms_drg", ms_drg::ms_drg),
    ("ndc", ndc::ndc),
    ("person_name", name::person_name),
    ("place_name", place::place_name),
    ("record_id", record_number::record_id),
    ("rxnorm", rxnorm::rxnorm),
    ("snomed", loinc::snomed),
    ("synthetic_card", synthetic::synthetic_card),
    ("synthetic_email", synthetic::synthetic_email),
    ("synthetic_ip", synthetic::synthetic_ip),
    ("synthetic_mbi", synthetic::synthetic_mbi),
    ("synthetic_npi", synthetic::synthetic_npi),
    ("synthetic_person_name", synthetic::synthetic_person_name),
    ("synthetic_phone", synthetic::synthetic_phone),
    ("synthetic_ssn", synthetic::synthetic_ssn),
    ("synthetic_url", synthetic::synthetic_url),
    ("udi", device::udi),
    ("url", url::url),
    ("us_address", address::us_address),
    ("us_dea", dea::us_dea),
    ("us_driver_license", licence::us_driver_license),
    ("us_ein", tax::us_ein),
    ("us_hicn", hicn::us_hicn),
    ("us_itin", tax::us_itin),
    ("us_mbi", mbi::us_mbi),
    ("us_mbi_any_letter", mbi::us_mbi_any_letter),
    ("us_npi", npi::us_npi),
    ("us_phone", phone::us_phone),
    ("us_phone_or_local", phone::us_phone_or_local),
    ("us_ssn", ssn::us_ssn),
    ("us_ssn_or_test", ssn::us_ssn_or_test),
    ("us_zip", zip::us_zip),
    ("vin", vin::vin),
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
    fn the_tests_for_synthetic_values_that_detectors_name_are_there() {
        let catalogue = super::super::catalogue::Catalogue::built_in().unwrap();
        let named: Vec<_> = catalogue.entries().iter().filter_map(|entry| entry.spec.synthetic.as_deref()).collect();
        assert!(named.len() >= 9, "{named:?}");
        for name in named {
            assert!(by_name(name).is_some(), "{name}");
        }
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
