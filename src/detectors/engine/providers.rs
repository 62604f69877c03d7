//! Tables of providers: lists of physicians, hospitals and what they charge are public, and their columns are often called no
//! more than `phone` or `city`.
//!
//! Such a column is a provider's where its values follow from who the provider is: one number, one phone. In a table of
//! visits or of claims the patients of one provider have many.

use super::organisations::{holds_places, is_measured};
use super::split::{NONE, values_of_records};
use super::{ColumnKey, Engine, Profile, Scratch};
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
pub(super) const OF_PATIENTS: [&str; 11] = [
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
pub(super) const PLACES: [&str; 4] = ["city", "county", "us_zip", "geo_coordinate"];

impl Engine {
    /// Finds the columns of contacts and names that are those of providers although their paths do not say it.
    pub(super) fn find_of_providers(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let (mut names, mut contacts, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        let (mut is_of_patients, mut has_health) = (false, false);
        for column in batch.columns.iter().filter(|column| column.kind != ColumnKind::Lines && !column.is_empty()) {
            let plan = self.plan(column, scratch);
            let key = (column.path.clone(), column.ordinal);
            let by_values = [&profile.by_share, &profile.by_siblings].map(|list| list.get(&key).into_iter().flatten());
            let known: Vec<u16> = plan.named.iter().chain(by_values.into_iter().flatten()).copied().collect();
            let field = FieldWords::of(&column.path);
            let is_health = self.is_of_class(&known, DetectorClass::Health);
            has_health |= is_health;
            match field.role() {
                Some(Role::Provider) if field.has(&["name", "id", "number", "npi", "ccn"]) => names.push(column),
                // Whoever stands in a notice as its contact is asked to be written to.
                Some(Role::Provider) if field.has(&["central"]) && field.has(&["contact", "contacts"]) => {
                    profile.of_providers.insert(key);
                }
                Some(Role::Provider) => {}
                None if self.is_of_class(&known, DetectorClass::Provider) => names.push(column),
                Some(Role::Patient) => is_of_patients |= !is_measured(&field, &known),
                None => {
                    is_of_patients |=
                        self.is_any(&known, &OF_PATIENTS) || (is_health && !self.is_any(&known, &OF_SERVICES));
                    let is_contact = |index: &u16| {
                        PLACES.contains(&self.id(*index))
                            || !self.compiled.detectors[usize::from(*index)].public_fields.is_empty()
                    };
                    if known.iter().any(is_contact) {
                        contacts.push((key, column));
                    } else if known.is_empty() && holds_places(column) {
                        unknown.push((key, column));
                    }
                }
            }
        }
        let mut find = |contacts: &mut Vec<(ColumnKey, &Column)>| {
            let count = contacts.len();
            for name in names.iter().filter(|_| count > 0) {
                let providers = values_of_records(name, batch);
                contacts.retain(|(key, contact)| {
                    let follows = Follows::of((name, &providers), contact, batch);
                    let is_theirs = follows.is_proved() || (!is_of_patients && follows.is_one_each());
                    if is_theirs {
                        profile.of_providers.insert(key.clone());
                    }
                    !is_theirs
                });
            }
            contacts.len() < count
        };
        // Where the phones are theirs, so are addresses in columns that are called as nobody else's are. What is prescribed may
        // be sent to one.
        if find(&mut contacts) && !has_health {
            find(&mut unknown);
        }
    }

    /// Whether some of the detectors have one of the ids.
    pub(super) fn is_any(&self, detectors: &[u16], ids: &[&str]) -> bool {
        detectors.iter().any(|index| ids.contains(&self.id(*index)))
    }

    /// Whether some of the detectors are of the class.
    pub(super) fn is_of_class(&self, detectors: &[u16], class: DetectorClass) -> bool {
        detectors.iter().any(|index| self.compiled.described[usize::from(*index)].class == class)
    }

    /// The id of a detector.
    pub(super) fn id(&self, detector: u16) -> &str {
        &self.compiled.described[usize::from(detector)].id
    }
}

/// How a contact goes with those who are named.
pub(super) struct Follows {
    /// Different names.
    pub(super) known: usize,
    /// Records beyond the first of a name.
    repeats: usize,
    /// Those of them whose contact is another one.
    others: usize,
}

impl Follows {
    /// Counts both columns of a batch: that of the names with the index of its value in each record, and the contacts.
    pub(super) fn of((name, named): (&Column, &[u32]), contact: &Column, batch: &Batch) -> Self {
        let contacts = values_of_records(contact, batch);
        let mut known: HashMap<&[u8], &[u8]> = HashMap::new();
        let (mut repeats, mut others) = (0, 0);
        let pairs = named.iter().zip(&contacts).filter(|(one, other)| **one != NONE && **other != NONE);
        for (one, contact_value) in pairs.take(MOST_RECORDS) {
            let value = contact.value(*contact_value as usize);
            match known.insert(name.value(*one as usize), value) {
                None => {}
                Some(before) => {
                    repeats += 1;
                    others += usize::from(before != value);
                }
            }
        }
        Self { known: known.len(), repeats, others }
    }

    /// Records with a name and a contact.
    pub(super) fn records(&self) -> usize {
        self.known + self.repeats
    }

    /// Whether names come often and have one contact each. Made-up numbers of providers may meet by chance.
    pub(super) fn is_proved(&self) -> bool {
        self.known >= LEAST_PROVIDERS && self.repeats >= LEAST_REPEATS && self.others * ONE_IN <= self.repeats
    }

    /// Whether each has one contact. Where hardly any name comes twice, that is so of everything, and says something in a list
    /// alone.
    pub(super) fn is_one_each(&self) -> bool {
        self.known >= LEAST_PROVIDERS && self.others * ONE_IN <= self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{Confidence, EvidenceFlags};

    /// For each phone in a table of texts: its detector, and whether it is a provider's.
    fn found(names: &[&str], rows: &[Vec<String>]) -> Vec<(String, bool)> {
        all_found(names, rows).into_iter().filter(|(id, _)| id == "us_phone").collect()
    }

    /// The same of each find.
    fn all_found(names: &[&str], rows: &[Vec<String>]) -> Vec<(String, bool)> {
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
        lists.iter().flatten().map(told).collect()
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

    #[test]
    fn an_address_in_a_column_of_any_name_is_a_providers_only_in_a_list_of_them() {
        let told = |names: [&str; 4], last: &str| {
            let row = |row: usize| {
                vec![format!("Mercy Hospital {row}"), phone(row), format!("{} Harbor Blvd", 100 + row), last.to_owned()]
            };
            let all = all_found(&names, &(0..20).map(row).collect::<Vec<_>>());
            all.iter().filter(|(id, is_provider)| id == "us_address" && *is_provider).count()
        };
        assert_eq!(told(["Hospital Name", "Phone", "adr_ln_1", "status"], "open"), 20);
        assert_eq!(told(["Hospital Name", "Phone", "ship_to", "drug"], "Ozempic"), 0);
    }

    #[test]
    fn the_contact_of_a_notice_is_public_and_one_of_a_patient_is_not() {
        let rows: Vec<Vec<String>> =
            (0..20).map(|row| vec![format!("ada{row}@pine.org"), "asthma".to_owned()]).collect();
        let told = |name: &str| all_found(&[name, "conditions"], &rows).into_iter().find(|(id, _)| id == "email");
        assert_eq!(told("study.centralContacts[].email"), Some(("email".to_owned(), true)));
        assert_eq!(told("patient.contacts[].email"), Some(("email".to_owned(), false)));
    }
}
