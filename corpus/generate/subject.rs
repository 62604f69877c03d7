//! One synthetic encounter, and templates that are filled from it: `<<cell>>` or `<<cell@field.path>>` in a template
//! becomes a value, and the truth notes which detector ought to find it there.

use crate::identity::{self as id, Person, PhoneStyle, text};
use crate::labels::Truth;
use crate::random::Random;
use crate::tables::{DIAGNOSES, DRUGS};

/// What one record tells of.
pub struct Subject {
    /// The patient.
    pub person: Person,
    diagnoses: [(&'static str, &'static str); 2],
    provider: Person,
}

impl Subject {
    /// Draws a patient, two diagnoses and a provider.
    pub fn draw(random: &mut Random) -> Self {
        Self {
            person: Person::draw(random),
            diagnoses: [random.pick(DIAGNOSES), random.pick(DIAGNOSES)],
            provider: Person::draw(random),
        }
    }

    /// The detector that ought to find the value of the cell; `None` for what identifies nobody.
    pub fn detector(cell: &str) -> Option<&'static str> {
        Some(match cell {
            "ssn" | "ssn_bare" => "us_ssn",
            "mrn" | "mrn_prefixed" => "mrn",
            "mbi" | "mbi_dashed" => "us_mbi",
            "member" => "member_id",
            "account" => "account_number",
            "first" | "last" | "name" | "last_first" | "first_url" | "last_url" => "person_name",
            "dob" | "dob_us" => "date_of_birth",
            "phone" | "phone_parentheses" | "phone_international" => "us_phone",
            "email" => "email",
            "street" => "us_address",
            "zip" | "zip_plus4" => "us_zip",
            "npi" => "us_npi",
            "dea" => "us_dea",
            "icd" | "icd_second" | "icd_dotted" | "icd_bare" => "icd10cm",
            "card" | "card_spaced" => "credit_card",
            "ip" => "ip_address",
            _ => return None,
        })
    }

    /// The value of a cell that identifies the patient or the provider.
    fn identifier(&self, cell: &str, random: &mut Random) -> Option<String> {
        let person = &self.person;
        Some(match cell {
            "ssn" => person.ssn.clone(),
            "ssn_bare" => person.ssn_bare(),
            "mrn" => person.mrn.clone(),
            "mrn_prefixed" => format!("HV{}", person.mrn),
            "mbi" => person.mbi.clone(),
            "mbi_dashed" => format!("{}-{}-{}", &person.mbi[..4], &person.mbi[4..7], &person.mbi[7..]),
            "member" => person.member.clone(),
            "account" => person.account.clone(),
            "first" | "first_url" => person.first.to_owned(),
            "last" | "last_url" => person.last.to_owned(),
            "name" => person.name(),
            "last_first" => format!("{}, {}", person.last, person.first),
            "dob" => person.birth.clone(),
            "dob_us" => person.birth_us(),
            "phone" => person.phone.clone(),
            "phone_parentheses" => text(|out| id::phone(out, random, 617, PhoneStyle::Parentheses)),
            "phone_international" => text(|out| id::phone(out, random, 312, PhoneStyle::International)),
            "email" => person.email.clone(),
            "street" => person.street.clone(),
            "zip" => person.city.2.to_owned(),
            "zip_plus4" => format!("{}-{:04}", person.city.2, random.between(1001, 9899)),
            "npi" => text(|out| id::npi(out, random)),
            "dea" => text(|out| id::dea(out, random, self.provider.last)),
            "card" => text(|out| id::card(out, random)),
            "card_spaced" => {
                let digits = text(|out| id::card(out, random));
                format!("{} {} {} {}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
            }
            "ip" => text(|out| id::public_address(out, random)),
            _ => return None,
        })
    }

    /// The value of any cell.
    pub fn value(&self, cell: &str, random: &mut Random) -> String {
        if let Some(value) = self.identifier(cell, random) {
            return value;
        }
        let [first, second] = self.diagnoses;
        match cell {
            "icd" => first.0.to_owned(),
            "icd_second" => second.0.to_owned(),
            "icd_bare" => first.0.replace('.', ""),
            "icd_dotted" => {
                self.diagnoses.iter().map(|it| it.0).find(|code| code.contains('.')).unwrap_or("E11.9").into()
            }
            "description" => first.1.to_owned(),
            "description_second" => second.1.to_owned(),
            "drug" => random.pick(DRUGS).to_owned(),
            "city" => self.person.city.0.to_owned(),
            "state" => self.person.city.1.to_owned(),
            "zip3" => self.person.city.2[..3].to_owned(),
            "sex" => self.person.sex.to_owned(),
            "provider_last" => self.provider.last.to_owned(),
            "visit" => text(|out| id::date(out, random, (2025, 2025))),
            "visit_2026" => format!("2026-{:02}-{:02}", random.between(1, 9), random.between(1, 28)),
            "time" => format!("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60)),
            "epoch" => random.between(1_740_000_000, 1_765_000_000).to_string(),
            "uuid" => text(|out| id::uuid(out, random)),
            "hash" => text(|out| id::hexadecimal(out, random, 16)),
            "order" => format!("ORD-{:08}", random.below(100_000_000)),
            "lab_order" => format!("L{:07}", random.below(10_000_000)),
            "count" => random.between(1, 40).to_string(),
            "milliseconds" => random.between(2, 1900).to_string(),
            "amount" => format!("{}.{:02}", random.between(12, 4800), random.below(100)),
            "ratio" => format!("0.{:06}", random.below(1_000_000)),
            "age_band" => random.pick(&["0-17", "18-34", "35-49", "50-64", "65-79"]).to_owned(),
            "flag" => random.below(2).to_string(),
            "status" => random.pick(&["open", "closed", "pending"]).to_owned(),
            "private_ip" => text(|out| id::private_address(out, random)),
            "taxonomy" => random.pick(&["207Q00000X", "208D00000X", "363LF0000X", "207R00000X"]).to_owned(),
            "clinic" => format!("{} {}", self.person.city.0, random.pick(&["Family Clinic", "Imaging", "Orthopedics"])),
            _ => format!("unknown cell {cell}"),
        }
    }

    /// Fills a template; what `<<cell@path>>` stands for is noted at that field path, `<<cell>>` at the empty one.
    pub fn fill(&self, template: &str, random: &mut Random, truth: &mut Truth) -> String {
        let mut out = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("<<") {
            let Some((place, remainder)) = after.split_once(">>") else { break };
            let (cell, path) = place.split_once('@').unwrap_or((place, ""));
            out.push_str(before);
            out.push_str(&self.value(cell, random));
            if let Some(detector) = Self::detector(cell) {
                truth.found(detector, path);
            }
            rest = remainder;
        }
        out.push_str(rest);
        out
    }
}
