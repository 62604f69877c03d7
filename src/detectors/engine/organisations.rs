//! Lists of organisations: schools, banks, shops and hospitals have telephones and addresses as people have, and whoever lists
//! them calls the columns no more than `phone` and `address`.
//!
//! Such a column is theirs where one column names organisations, nothing in the table is a person's, and the values follow from
//! which organisation it is. Any sign of a person leaves the whole table as it is: the hospital in the row of a patient is where
//! he was, and the address beside it is his.

use super::providers::{Follows, OF_PATIENTS, PLACES};
use super::split::values_of_records;
use super::{ColumnKey, Engine, PathPlan, Profile, Scratch};
use crate::detectors::field::FieldWords;
use crate::detectors::roles::{Role, is_any};
use crate::detectors::spans::trimmed;
use crate::model::{Batch, Column, ColumnKind, DetectorClass};

/// So many values of a column are looked at.
const SAMPLE: usize = 256;
/// With fewer, nothing can be said of them together.
const MIN_VALUES: usize = 3;
/// Organisations, below which a list of them with health data is not told from the places where each of some patients was treated.
const LEAST_LISTED: usize = 12;
/// Records, below which nothing follows.
const LEAST_RECORDS: usize = 5;

#[rustfmt::skip]
/// Words for organisations: a column called by one, or by one and `name`, names some.
const ORGANISATIONS: &[&str] = &[
    "organization", "organisation", "org", "agency", "institution", "company", "corporation", "business", "firm", "store", "shop",
    "branch", "merchant", "vendor", "dealer", "restaurant", "hotel", "venue", "school", "sch", "college", "university", "bank",
    "center", "centre", "site", "location", "loc", "warehouse", "office", "church", "charity", "foundation", "nonprofit",
    "association", "club", "library", "museum", "station", "dba", "facility", "hospital", "clinic", "pharmacy", "practice",
    "laboratory", "manufacturer", "supplier",
];

#[rustfmt::skip]
/// Words in the names of organisations, sorted: hardly anybody is called by them.
const WORDS: &[&str] = &[
    "academy", "agency", "assoc", "associates", "association", "auto", "bakery", "bank", "cafe", "care", "center", "centers",
    "centre", "church", "clinic", "club", "co", "college", "community", "company", "corp", "corporation", "county", "dental",
    "department", "diner", "district", "drug", "elementary", "enterprises", "foods", "foundation", "fund", "general", "grill",
    "group", "health", "healthcare", "high", "home", "hospice", "hospital", "hotel", "imaging", "inc", "industries", "inn",
    "institute", "insurance", "international", "kitchen", "laboratories", "laboratory", "llc", "llp", "ltd", "manor", "market",
    "medical", "medicine", "memorial", "middle", "ministries", "motors", "museum", "national", "nursing", "office", "partners",
    "pharmaceuticals", "pharmacy", "physicians", "pizza", "plaza", "practice", "products", "regional", "rehab",
    "rehabilitation", "repair", "restaurant", "salon", "savings", "school", "schools", "service", "services", "shop", "society",
    "solutions", "specialists", "store", "supply", "surgery", "systems", "tacos", "technologies", "therapy", "trust",
    "university", "urgent", "wellness",
];

/// What lists of organisations tell of them, and no record of a person does.
const COMPANIONS: &[&str] = &[
    "beds",
    "revenue",
    "ownership",
    "headquarters",
    "naics",
    "duns",
    "website",
    "hours",
    "employees",
    "teachers",
    "pupils",
    "inspection",
    "violation",
    "cuisine",
    "stars",
    "franchise",
    "subsidiary",
    "stock",
    "asset",
    "assets",
    "recalling",
];

#[rustfmt::skip]
/// What a record of somebody may have who is not named, and a list of organisations has not.
const PERSONAL: &[&str] = &[
    "sex", "gender", "age", "race", "ethnicity", "marital", "language", "occupation", "employer", "salary", "height", "weight",
    "bmi", "pregnant", "smoker", "dob", "birth", "born", "deceased", "diagnosis", "dx", "symptom", "symptoms", "complaint",
    "allergy", "allergies", "injury", "onset", "visit", "appointment", "appt", "admission", "admit", "admitted", "discharge",
    "discharged", "encounter", "seen", "arrival", "triage", "room", "chart", "specimen", "collected", "result", "results", "dose",
    "dosage", "rx", "refill", "refills", "fill", "filled", "prescription", "prescribed", "dispensed", "sig", "quantity", "qty",
    "delivery", "shipping", "order", "insurance", "policy", "payer", "payor", "plan", "coverage", "copay", "claim", "relationship",
    "emergency", "caregiver", "note", "notes", "comment", "comments", "message", "narrative", "history", "remarks",
];

#[rustfmt::skip]
/// Whom an organisation has many of: with their numbers or names in it, a table is about them.
const PEOPLE: &[&str] = &[
    "customer", "user", "owner", "guest", "buyer", "applicant", "person", "tenant", "driver", "passenger", "voter", "visitor",
    "caller", "consumer", "borrower", "worker", "candidate", "individual", "case", "account", "contact",
];

/// What is counted and measured of patients in lists of those who care for them: `Patient star rating`.
const MEASURES: &[&str] =
    &["rating", "stars", "often", "average", "percent", "rate", "census", "score", "satisfaction"];

/// What the columns of a table are to a list of organisations.
#[derive(Default)]
struct Listed<'a> {
    names: Vec<Naming<'a>>,
    contacts: Vec<(ColumnKey, &'a Column)>,
    /// Numbers that organisations have as well as people, and addresses in columns called as nobody else's are: somebody's
    /// where there is health data.
    doubtful: Vec<(ColumnKey, &'a Column)>,
    has_health: bool,
    has_address: bool,
    /// Whether a column that no detector knows shows addresses or phones.
    has_unknown_places: bool,
    has_companions: bool,
}

/// A column with names of organisations.
struct Naming<'a> {
    key: ColumnKey,
    column: &'a Column,
    /// Whether they care for patients, who may be in each row.
    is_of_carers: bool,
}

impl Engine {
    /// Finds the columns of a list of organisations that are theirs, though called as those of people are.
    pub(super) fn find_of_organisations(&self, batch: &Batch, scratch: &mut Scratch, profile: &mut Profile) {
        let Some(listed) = self.organisations(batch, scratch, profile).filter(|listed| listed.has_address) else {
            return;
        };
        for naming in &listed.names {
            let named = values_of_records(naming.column, batch);
            let is_theirs = |(_, contact): &&(ColumnKey, &Column)| {
                stands_beside(naming.column, contact)
                    && listed.is_theirs(naming, &Follows::of((naming.column, &named), contact, batch))
            };
            let theirs: Vec<ColumnKey> = listed.contacts.iter().filter(is_theirs).map(|(key, _)| key.clone()).collect();
            if !theirs.is_empty() {
                profile.of_providers.insert(naming.key.clone());
            }
            profile.of_providers.extend(theirs);
        }
    }

    /// Sorts the columns of a table; `None` where it names no organisations or something in it is a person's.
    fn organisations<'a>(&self, batch: &'a Batch, scratch: &mut Scratch, profile: &Profile) -> Option<Listed<'a>> {
        let is_table = |column: &&Column| column.kind != ColumnKind::Lines && !column.is_empty();
        let (names, others): (Vec<_>, Vec<_>) = batch
            .columns
            .iter()
            .filter(is_table)
            .map(|column| (column, FieldWords::of(&column.path)))
            .partition(|(column, field)| self.names_organisations(column, field));
        let naming = |(column, field): &(&'a Column, FieldWords)| Naming {
            key: (column.path.clone(), column.ordinal),
            column,
            is_of_carers: field.role() == Some(Role::Provider),
        };
        let has_companions = names.iter().any(|(_, field)| field.has(COMPANIONS));
        let names = names.iter().map(naming).collect();
        let mut listed = Listed { names, has_companions, ..Listed::default() };
        if listed.names.is_empty() {
            return None;
        }
        for (column, field) in &others {
            let plan = self.plan(column, scratch);
            let key = (column.path.clone(), column.ordinal);
            let by_share = profile.by_share.get(&key).into_iter().flatten();
            let sure: Vec<u16> = plan.named.iter().chain(by_share).copied().collect();
            let beside = profile.by_siblings.get(&key).into_iter().flatten();
            let known: Vec<u16> = sure.iter().chain(beside).copied().collect();
            if self.is_of_somebody(column, field, &plan, (&sure, &known)) {
                return None;
            }
            listed.has_companions |= field.has(COMPANIONS);
            listed.has_health |= self.is_of_class(&known, DetectorClass::Health);
            let is_place = known.is_empty() && holds_places(column);
            listed.has_unknown_places |= is_place;
            listed.has_address |= self.is_any(&known, &["us_address"]);
            if self.is_any(&known, &PLACES) || self.is_any(&known, &["us_phone", "us_address"]) {
                listed.contacts.push((key, column));
            } else if is_place || self.is_any(&known, &["account_number", "aba_routing"]) {
                listed.doubtful.push((key, column));
            }
        }
        if !listed.has_health {
            listed.has_address |= listed.has_unknown_places;
            listed.contacts.append(&mut listed.doubtful);
        }
        Some(listed)
    }

    /// Whether a column names organisations: it is called so and names no persons, or it is called `name` and names such.
    fn names_organisations(&self, column: &Column, field: &FieldWords) -> bool {
        const MIN_FIRMS_PERCENT: usize = 60;
        let words = field.last_words();
        let (is_name, rest) = match words {
            [rest @ .., word, number] if word == "name" && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                (true, rest)
            }
            [rest @ .., word] if word == "name" => (true, rest),
            _ => (false, words),
        };
        let is_called_so = rest.last().is_some_and(|word| is_any(word, ORGANISATIONS));
        let is_plain = is_name && rest.iter().all(|word| word == "legal");
        match field.role() {
            Some(Role::Patient) => false,
            Some(Role::Provider) => {
                (is_name || is_called_so) && share_of(column, MIN_FIRMS_PERCENT, is_of_organisation)
            }
            None if is_called_so => self.names_no_persons(column),
            None => is_plain && share_of(column, MIN_FIRMS_PERCENT, is_of_organisation),
        }
    }

    /// Whether hardly any of the values is the name of a person: some firms are called by their founders.
    fn names_no_persons(&self, column: &Column) -> bool {
        const MAX_PERSONS_PERCENT: usize = 20;
        let Some((_, names)) = &self.compiled.names else { return false };
        let is_person = |value: &[u8]| names.is_full_name(value) && !is_of_organisation(value);
        // Numbers name nothing.
        share_of(column, 1, |value| value.iter().any(u8::is_ascii_alphabetic))
            && !share_of(column, MAX_PERSONS_PERCENT, is_person)
    }

    /// Whether a column tells that its rows are about persons, named or not.
    fn is_of_somebody(
        &self,
        column: &Column,
        field: &FieldWords,
        plan: &PathPlan,
        (sure, known): (&[u16], &[u16]),
    ) -> bool {
        let is_name = |index: &u16| {
            self.id(*index) == "person_name" && !plan.public.contains(index) && !plan.serving.contains(index)
        };
        // A number of the row is one of a record only because of the contacts beside it.
        let is_of_patient = |index: &u16| {
            OF_PATIENTS.contains(&self.id(*index)) && (self.id(*index) != "record_id" || sure.contains(index))
        };
        self.refers_to_patients(column, plan)
            || (field.role() == Some(Role::Patient) && !is_measured(field, known))
            || field.has(PERSONAL)
            || names_people(field)
            || self.is_any(&plan.named, &["icd10cm", "icd9cm", "icd10pcs", "date_of_service"])
            || known.iter().any(|index| is_of_patient(index) || is_name(index))
    }
}

impl Listed<'_> {
    /// Whether contacts that follow so from an organisation are its own.
    fn is_theirs(&self, naming: &Naming, follows: &Follows) -> bool {
        let least = if self.has_health { LEAST_LISTED } else { LEAST_RECORDS };
        // Branches of one name have addresses of their own.
        let are_branches = self.has_companions && !naming.is_of_carers && follows.records() >= LEAST_RECORDS;
        follows.is_proved() || (follows.known >= least && follows.is_one_each()) || are_branches
    }
}

/// Whether a field of patients that no detector knows tells what is measured of all of them.
pub(super) fn is_measured(field: &FieldWords, known: &[u16]) -> bool {
    known.is_empty() && field.has(MEASURES)
}

/// Whether the field names people or numbers them: `customer`, `owner_id`.
fn names_people(field: &FieldWords) -> bool {
    const OF_ONE: [&str; 5] = ["id", "name", "key", "guid", "uuid"];
    let mut words = field.last_words().iter();
    words.next().is_some_and(|word| PEOPLE.contains(&word.as_str()))
        && words.all(|word| OF_ONE.contains(&word.as_str()))
}

/// Whether the second column stands in what the first one stands in.
fn stands_beside(naming: &Column, contact: &Column) -> bool {
    let parent = naming.path.rfind('.').map_or(0, |dot| dot + 1);
    contact.path.starts_with(&naming.path[..parent])
}

/// Whether the values are written as addresses begin, or are numbers of telephones: `100 MAIN ST`, `(617) 555-0188`.
pub(super) fn holds_places(column: &Column) -> bool {
    const MIN_PLACES_PERCENT: usize = 60;
    let is_place = |value: &[u8]| {
        let number = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let street = &value[number..];
        let is_address = (1..=6).contains(&number)
            && street.len() > 4
            && street.first() == Some(&b' ')
            && street.get(1).is_some_and(u8::is_ascii_alphanumeric)
            && street.iter().filter(|byte| byte.is_ascii_alphabetic()).count() > 3;
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        let is_phone = matches!(digits, 10 | 11) && value.len() < 18 && !value.iter().any(u8::is_ascii_alphabetic);
        is_address || (is_phone && value.len() > digits)
    };
    share_of(column, MIN_PLACES_PERCENT, is_place)
}

/// Whether the test is true of that share of the values, in percent.
fn share_of(column: &Column, percent: usize, test: impl Fn(&[u8]) -> bool) -> bool {
    if column.kind != ColumnKind::Text {
        return false;
    }
    let values = (0..column.len()).map(|value| &column.bytes[trimmed(column, column.range(value))]);
    let (mut count, mut passed) = (0, 0);
    for value in values.filter(|value| !value.is_empty()).take(SAMPLE) {
        count += 1;
        passed += usize::from(test(value));
    }
    count >= MIN_VALUES && passed * 100 >= count * percent && passed > 0
}

/// Whether a name has a word that those of organisations have.
fn is_of_organisation(name: &[u8]) -> bool {
    const LONGEST: usize = 16;
    // `CENTER, MARY` is a person.
    let is_turned = memchr::memchr(b',', name).is_some_and(|comma| !name[..comma].contains(&b' '));
    let mut words = name.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_known = |word: &[u8]| {
        let mut lower = [0; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else { return false };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        std::str::from_utf8(lower).is_ok_and(|word| WORDS.binary_search(&word).is_ok())
    };
    // It has a name of its own before the word for what it is.
    !is_turned && words.next().is_some() && words.any(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{Confidence, EvidenceFlags};

    #[test]
    fn names_of_organisations_have_a_word_for_what_they_are() {
        assert!(WORDS.is_sorted(), "{:?}", WORDS.windows(2).find(|pair| pair[0] > pair[1]));
        for name in
            ["Oakmont Dental Associates", "FIRST NATIONAL BANK OF OMAHA", "Rosa's Diner", "Lincoln Middle School"]
        {
            assert!(is_of_organisation(name.as_bytes()), "{name}");
        }
        for name in ["Ada Okafor", "BANK, MARY", "School", "Walter J. Pike", "Dr. Emily Nguyen"] {
            assert!(!is_of_organisation(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn places_are_told_by_their_values() {
        let holds = |values: &[&str]| {
            let mut column = Column::new("x", ColumnKind::Text, 1);
            values.iter().for_each(|value| column.push(value.as_bytes()));
            holds_places(&column)
        };
        assert!(holds(&["12 Elm St", "4471 NW 3RD AVE", "900 Harbor Blvd Ste 4"]));
        assert!(holds(&["(206) 555-0142", "206-555-0143", "206.555.0144"]));
        assert!(!holds(&["12", "2024-03-09", "12 mg", "E11.9"]));
    }

    /// How many of the phones and addresses of 24 rows are found, and how many of them are an organisation's.
    fn contacts(names: &[&str], row: impl Fn(usize) -> Vec<String>) -> (usize, usize) {
        let rows: Vec<Vec<String>> = (0..24).map(row).collect();
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
        let found = lists.iter().flatten().filter(|found| engine.id(found.detector) == "us_phone");
        let public = found.clone().filter(|found| found.evidence.contains(EvidenceFlags::PROVIDER));
        (found.clone().count(), public.count())
    }

    fn place(row: usize) -> Vec<String> {
        vec![
            format!("(312) 555-{:04}", 1000 + row * 7),
            format!("{} Harbor Blvd", 100 + row),
            "Tacoma".to_owned(),
            "98402".to_owned(),
        ]
    }

    /// The contacts of a table of organisations with more columns.
    fn listed(heading: &str, name: impl Fn(usize) -> String, more: &[(&str, &str)]) -> (usize, usize) {
        let names = [
            &[heading, "Phone", "Address", "City", "Zip"][..],
            &more.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ];
        let more: Vec<String> = more.iter().map(|(_, value)| (*value).to_owned()).collect();
        contacts(&names.concat(), |row| [vec![name(row)], place(row), more.clone()].concat())
    }

    fn each(row: usize) -> String {
        format!("Oakmont {row} Lumber Company")
    }

    #[test]
    fn lists_of_organisations_have_their_own_phones() {
        for heading in ["Name", "Warehouse Name", "Institution", "DBA", "LEGAL_NAME"] {
            assert_eq!(listed(heading, each, &[]), (24, 24), "{heading}");
        }
        assert_eq!(listed("Company", |row| format!("Acme {row}"), &[]), (24, 24));
    }

    #[test]
    fn a_name_is_a_persons_unless_its_values_are_those_of_organisations() {
        let people = ["Ada Okafor", "Emily Nguyen", "Michael Schwartz", "Maria Gonzalez"];
        for heading in ["Name", "Company", "Member Company", "Plan Name"] {
            assert_eq!(listed(heading, |row| people[row % 4].to_owned(), &[]), (24, 0), "{heading}");
        }
        assert_eq!(listed("Plan Name", each, &[]), (24, 0));
    }

    #[test]
    fn whoever_else_is_in_the_row_has_the_phone() {
        for more in [
            ("Customer Name", "Ada Okafor"),
            ("patient_dob", "1961-03-04"),
            ("MRN", "4471920"),
            ("Member ID", "W448210093"),
            ("Owner", "Ada Okafor"),
            ("Sex", "F"),
            ("Age", "44"),
            ("dx", "E11.9"),
            ("Admission Date", "2024-03-04"),
            ("Test Result", "positive"),
            ("Patient Status", "new"),
            ("Notes", "his mother has diabetes"),
        ] {
            assert_eq!(listed("Warehouse Name", each, &[more]), (24, 0), "{more:?}");
        }
    }

    #[test]
    fn the_branches_of_a_chain_are_told_by_what_only_organisations_have() {
        let chain = |row: usize| ["Kroger", "Walgreens", "Safeway"][row % 3].to_owned();
        assert_eq!(listed("Store", chain, &[]), (24, 0));
        assert_eq!(listed("Store", chain, &[("Drug", "Ozempic")]), (24, 0));
        assert_eq!(listed("Store", chain, &[("Drug", "Ozempic"), ("In Stock", "yes")]), (24, 24));
    }

    #[test]
    fn where_each_of_a_few_patients_was_treated_is_no_list() {
        let hospital = |row: usize| format!("Mercy {} Hospital", row % 8);
        assert_eq!(listed("Facility", hospital, &[("Condition", "asthma")]), (24, 0));
        let hospitals = |row: usize| format!("Mercy {row} Hospital");
        assert_eq!(listed("Facility", hospitals, &[("Condition", "asthma")]), (24, 24));
    }

    #[test]
    fn what_is_measured_of_patients_makes_no_patients() {
        let hospitals = |row: usize| format!("Mercy {row} Hospital");
        assert_eq!(listed("Hospital Name", hospitals, &[("Patient star rating", "4.5")]), (24, 24));
        assert_eq!(listed("Hospital Name", hospitals, &[("Patient", "Ada Okafor")]), (24, 0));
    }
}
