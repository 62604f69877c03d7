//! Tables of providers: lists of physicians, hospitals and what they charge are public, and their columns are often called no
//! more than `phone` or `city`.
//!
//! Such a column is a provider's where its values follow from who the provider is: one number, one phone. In a table of
//! visits or of claims the patients of one provider have many.

use super::split::{NONE, values_of_records};
use super::{Engine, Profile, Scratch};
use crate::detectors::field::FieldWords;
use crate::detectors::roles::Role;
use crate::model::{Batch, Column, ColumnKind, DetectorClass};
use std::collections::HashMap;

/// Records that are looked at.
const MOST_RECORDS: usize = 4096;
/// Providers, below which nothing follows.
const LEAST_PROVIDERS: usize = 5;
/// Records beyond the first of a provider, from which it is proved that the values follow from it.
const LEAST_REPEATS: usize = 10;
/// One value in so many may differ: offices move.
const ONE_IN: usize = 50;

/// What a record of a patient has, and a list of providers has not.
const OF_PATIENTS: [&str; 11] = [
    "mrn",
    "us_ssn",
    "us_mbi",
    "us_hicn",
    "member_id",
    "medicaid_id",
    "date_of_birth",
    "date_of_death",
    "claim_number",
    "record_id",
    "age_over_89",
];
/// Health data that prices and statistics of providers tell of, too.
const OF_SERVICES: [&str; 7] = ["hcpcs", "cpt", "ms_drg", "ndc", "drug_name", "rxnorm", "loinc"];
/// What tells where a provider is, besides what its detector says of providers.
const PLACES: [&str; 4] = ["city", "county", "us_zip", "geo_coordinate"];

impl Engine {
    /// Finds the columns of contacts and names that are those of providers although their paths do not say it.
    pub(super) fn find_of_providers(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let (mut names, mut contacts, mut is_of_patients) = (Vec::new(), Vec::new(), false);
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty()) {
            let plan = self.plan(column, scratch);
            let key = (column.path.clone(), column.ordinal);
            let by_values = [&profile.by_share, &profile.by_siblings].map(|list| list.get(&key).into_iter().flatten());
            let known: Vec<u16> = plan.named.iter().chain(by_values.into_iter().flatten()).copied().collect();
            let is_any = |ids: &[&str]| known.iter().any(|index| ids.contains(&self.id(*index)));
            let is_class =
                |class| known.iter().any(|index| self.compiled.described[usize::from(*index)].class == class);
            let field = FieldWords::of(&column.path);
            match field.role() {
                Some(Role::Provider) if field.has(&["name", "id", "number", "npi", "ccn"]) => names.push(column),
                Some(Role::Provider) => {}
                None if is_class(DetectorClass::Provider) => names.push(column),
                Some(Role::Patient) => is_of_patients = true,
                None => {
                    is_of_patients |=
                        is_any(&OF_PATIENTS) || (is_class(DetectorClass::Health) && !is_any(&OF_SERVICES));
                    let is_contact = |index: &u16| {
                        PLACES.contains(&self.id(*index))
                            || !self.compiled.detectors[usize::from(*index)].public_fields.is_empty()
                    };
                    if known.iter().any(is_contact) {
                        contacts.push((key, column));
                    }
                }
            }
        }
        if contacts.is_empty() {
            return;
        }
        for name in names {
            let providers = values_of_records(name, batch);
            contacts.retain(|(key, contact)| {
                let follows = follows((name, &providers), contact, batch, is_of_patients);
                if follows {
                    profile.of_providers.insert(key.clone());
                }
                !follows
            });
        }
    }

    fn id(&self, detector: u16) -> &str {
        &self.compiled.described[usize::from(detector)].id
    }
}

/// Whether each provider has one value of the contact. Where hardly any provider comes twice, that is so of everything, and says
/// something in a list of providers alone.
fn follows((name, providers): (&Column, &[u32]), contact: &Column, batch: &Batch, is_of_patients: bool) -> bool {
    let contacts = values_of_records(contact, batch);
    let mut known: HashMap<&[u8], &[u8]> = HashMap::new();
    let (mut repeats, mut others) = (0, 0);
    let pairs = providers.iter().zip(&contacts).filter(|(one, other)| **one != NONE && **other != NONE);
    for (provider, contact_value) in pairs.take(MOST_RECORDS) {
        let value = contact.value(*contact_value as usize);
        match known.insert(name.value(*provider as usize), value) {
            None => {}
            Some(before) => {
                repeats += 1;
                others += usize::from(before != value);
            }
        }
    }
    if known.len() < LEAST_PROVIDERS {
        return false;
    }
    // Made-up numbers of providers may meet by chance.
    let is_proved = repeats >= LEAST_REPEATS && others * ONE_IN <= repeats;
    is_proved || (!is_of_patients && others * ONE_IN <= known.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{Confidence, EvidenceFlags};

    /// For each find of a table of texts: its detector, and whether it is a provider's.
    fn found(names: &[&str], rows: &[Vec<String>]) -> Vec<(String, bool)> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let columns = names.iter().enumerate().map(|(place, name)| {
            let mut column = Column::new(*name, ColumnKind::Text, place as u32 + 1);
            rows.iter().for_each(|row| column.push(row[place].as_bytes()));
            column
        });
        let batch = Batch { record_count: rows.len() as u32, columns: columns.collect(), ..Batch::default() };
        let (mut scratch, mut lists) = (Scratch::default(), Vec::new());
        let profile = engine.profile(&batch, &mut scratch);
        engine.scan(&batch, &profile, &mut scratch, &mut lists);
        let told = |found: &crate::model::Match| {
            (engine.id(found.detector).to_owned(), found.evidence.contains(EvidenceFlags::PROVIDER))
        };
        lists.iter().flatten().map(told).filter(|(id, _)| id == "us_phone").collect()
    }

    fn phone(number: usize) -> String {
        format!("(312) 555-{:04}", 1000 + number * 7)
    }

    #[test]
    fn a_phone_that_follows_from_the_provider_is_the_providers() {
        let list: Vec<Vec<String>> =
            (0..20).map(|row| vec![format!("Mercy Hospital {row}"), phone(row), "60614".to_owned()]).collect();
        let of_list = found(&["Hospital Name", "Phone", "ZIP Code"], &list);
        assert!(of_list.len() == 20 && of_list.iter().all(|(_, is_provider)| *is_provider), "{of_list:?}");
        let prices: Vec<Vec<String>> = (0..40)
            .map(|row| vec![format!("Mercy Hospital {}", row % 8), phone(row % 8), "99213".to_owned()])
            .collect();
        assert!(found(&["Hospital Name", "Phone", "hcpcs"], &prices).iter().all(|(_, is_provider)| *is_provider));
    }

    #[test]
    fn a_phone_that_differs_among_the_patients_of_a_provider_is_theirs() {
        let visits: Vec<Vec<String>> =
            (0..40).map(|row| vec![format!("Mercy Hospital {}", row % 8), phone(row), "E11.9".to_owned()]).collect();
        let of_visits = found(&["Hospital Name", "Phone", "dx"], &visits);
        assert!(of_visits.len() == 40 && of_visits.iter().all(|(_, is_provider)| !is_provider), "{of_visits:?}");
        let each_its_own: Vec<Vec<String>> =
            (0..20).map(|row| vec![format!("Mercy Hospital {row}"), phone(row), "E11.9".to_owned()]).collect();
        assert!(found(&["Hospital Name", "Phone", "dx"], &each_its_own).iter().all(|(_, is_provider)| !is_provider));
    }
}
