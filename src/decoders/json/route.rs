//! Finds the container whose children are the records of a document: a list of people, an envelope, an object keyed
//! by id, or a list whose elements tell of a person each (`claims`, `visits`).
//!
//! An array of a chart (`encounters` beside a `patient`) belongs to what stands beside it, and splitting it off would part
//! the health data from the person: then the document is one record.

use super::keys::{is_content, is_person_name};
use super::persons::{is_metadata, tells_patient, tells_person};
use super::skim::{Stop, skip_space, string_end, value_end};
use super::text::unescaped;
use memchr::memmem;

/// One level down towards the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// To the member of this raw key.
    Member(Vec<u8>),
    /// To the only element.
    Element,
}

/// The way from a document to the container of its records.
pub type Route = Vec<Hop>;

/// Names of members that list people, or the resources of a FHIR Bundle: an envelope when they are half of the document.
const LISTS_OF_PEOPLE: [&str; 14] = [
    "entry",
    "patients",
    "members",
    "persons",
    "people",
    "subjects",
    "individuals",
    "beneficiaries",
    "subscribers",
    "enrollees",
    "employees",
    "customers",
    "clients",
    "users",
];
/// Names of members that list anything: an envelope when they are three quarters of the document.
const LISTS: [&str; 11] =
    ["records", "items", "data", "results", "rows", "value", "values", "documents", "hits", "resources", "events"];
/// Names of members that are one person: what is listed below them is about that one.
const PEOPLE: [&str; 14] = [
    "patient",
    "member",
    "person",
    "subject",
    "individual",
    "beneficiary",
    "subscriber",
    "enrollee",
    "employee",
    "customer",
    "client",
    "user",
    "resource",
    "demographics",
];
/// So many members of an object are looked at to tell whether it is keyed by id.
const SAMPLED_ENTRIES: usize = 32;
/// So many elements of a list, and members of an object, are looked at to tell whether they are records.
const SAMPLED_ELEMENTS: usize = 8;
/// So many members of a container are looked at.
pub const MAX_MEMBERS: usize = 64;
/// On so many levels of an element members tell of a person: `{"patient": {"ssn": ...}}`.
const PERSON_LEVELS: usize = 3;
/// Deeper containers of records are not looked for.
pub const MAX_HOPS: usize = 8;

/// A child of a container.
pub struct Child<'a> {
    /// Its raw key, and where that begins in the container.
    pub key: Option<&'a [u8]>,
    pub key_start: usize,
    /// Its value, and where that begins.
    pub value: &'a [u8],
    pub start: usize,
}

/// The children of the container that `bytes` begins with, as far as they are whole.
pub struct Children<'a> {
    bytes: &'a [u8],
    position: usize,
    takes_cut: bool,
}

pub fn children(bytes: &[u8]) -> Children<'_> {
    Children { bytes, position: 1, takes_cut: false }
}

/// The same, and the last one as far as there is of it.
pub fn children_with_last(bytes: &[u8]) -> Children<'_> {
    Children { bytes, position: 1, takes_cut: true }
}

impl<'a> Iterator for Children<'a> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        let bytes = self.bytes;
        let mut position = skip_space(bytes, self.position);
        if bytes.get(position) == Some(&b',') {
            position = skip_space(bytes, position + 1);
        }
        let (mut key, mut key_start) = (None, position);
        if bytes.first() == Some(&b'{') {
            if bytes.get(position) != Some(&b'"') {
                return None;
            }
            let key_end = string_end(bytes, position + 1)?;
            (key, key_start) = (Some(&bytes[position + 1..key_end]), position + 1);
            position = skip_space(bytes, key_end + 1);
            if bytes.get(position) != Some(&b':') {
                return None;
            }
            position = skip_space(bytes, position + 1);
        }
        let end = match value_end(bytes, position) {
            Ok(end) => end,
            Err(Stop::Incomplete) if self.takes_cut && position < bytes.len() => bytes.len(),
            Err(_) => return None,
        };
        self.position = end;
        Some(Child { key, key_start, value: &bytes[position..end], start: position })
    }
}

/// The route to the container that dominates `document`, which is whole.
pub fn route(document: &[u8]) -> Option<Route> {
    if is_keyed_by_id(document, None) {
        return Some(Route::new());
    }
    let mut hops = Route::new();
    let mut container = document;
    let mut beside = Beside::Nothing;
    while hops.len() < MAX_HOPS {
        let child = children(container).find(|child| child.value.len() * 2 >= document.len())?;
        let is_most = child.value.len() * 4 >= document.len() * 3;
        beside = beside.max(beside_of(container, &child));
        let is_apart = beside < Beside::Patient;
        let is_list =
            child.key.is_some_and(|key| names(&LISTS_OF_PEOPLE, key) || (is_most && is_apart && names(&LISTS, key)));
        let hop = child.key.map_or(Hop::Element, |key| Hop::Member(key.to_vec()));
        let is_person = child.key.is_some_and(|key| names(&PEOPLE, key));
        hops.push(hop);
        if is_list && is_array_of_objects(child.value) {
            return (!is_of_one_patient(child.key, document)).then_some(hops);
        }
        if is_apart && !is_person && is_list_of_records(child.value, is_most && beside == Beside::Nothing) {
            return Some(hops);
        }
        if (is_list || is_most) && is_keyed_by_id(child.value, child.key) {
            return Some(hops);
        }
        let goes_on = match child.value.first() {
            Some(b'{') => !is_person,
            Some(b'[') => !is_person && children(child.value).nth(1).is_none(),
            _ => false,
        };
        if !goes_on {
            return None;
        }
        container = child.value;
    }
    None
}

/// What stands beside a container and those around it. The greater decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beside {
    /// Nothing, or what tells of the document: when it was written, how many records it has.
    Nothing,
    Anything,
    /// What tells of a patient, to whom the container may belong.
    Patient,
}

fn beside_of(container: &[u8], child: &Child<'_>) -> Beside {
    let others = children(container).filter(|other| !std::ptr::eq(other.value, child.value));
    let told = others.take(MAX_MEMBERS).map(|other| {
        let key = other.key.map(unescaped).unwrap_or_default();
        match other.value.first() {
            _ if tells_patient(&key) || holds_person(other.value, PERSON_LEVELS) => Beside::Patient,
            Some(b'"' | b'{' | b'[') if !is_metadata(&key) => Beside::Anything,
            _ => Beside::Nothing,
        }
    });
    told.max().unwrap_or(Beside::Nothing)
}

/// Whether it is a list of objects that tell of a person each; or one of objects alike, where it is all there is and has nothing
/// beside it to which it could belong.
fn is_list_of_records(bytes: &[u8], is_all: bool) -> bool {
    if !is_array_of_objects(bytes) {
        return false;
    }
    let elements: Vec<_> = children(bytes).take(SAMPLED_ELEMENTS).map(|element| element.value).collect();
    let telling = elements.iter().filter(|element| holds_person(element, PERSON_LEVELS)).count();
    telling * 2 >= elements.len() || (is_all && are_alike(&elements))
}

/// Whether members of an object tell of a person, or those of objects in it.
fn holds_person(object: &[u8], levels: usize) -> bool {
    object.first() == Some(&b'{')
        && children(object).take(MAX_MEMBERS).any(|member| {
            let key = member.key.map(unescaped).unwrap_or_default();
            tells_person(&key) || (levels > 1 && holds_person(member.value, levels - 1))
        })
}

/// Whether the objects have most of their keys in common.
fn are_alike(objects: &[&[u8]]) -> bool {
    let keys = |object: &[u8]| -> Vec<Vec<u8>> {
        let keys = children(object).take(MAX_MEMBERS).filter_map(|member| member.key);
        keys.map(<[u8]>::to_vec).collect()
    };
    let Some((first, others)) = objects.split_first() else { return false };
    let expected = keys(first);
    others.iter().all(|other| {
        let own = keys(other);
        let same = own.iter().filter(|key| expected.contains(key)).count();
        same > 0 && same * 2 >= own.len().min(expected.len())
    })
}

/// Whether members of this raw key list people.
pub fn lists_people(key: &[u8]) -> bool {
    names(&LISTS_OF_PEOPLE, key)
}

fn names(list: &[&str], key: &[u8]) -> bool {
    list.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(key))
}

/// Whether it is an array whose first two elements are objects.
fn is_array_of_objects(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'[') && children(bytes).take(2).filter(|child| child.value.starts_with(b"{")).count() == 2
}

/// Whether it is an object whose members are objects alike, with keys that are ids; `name` is its own key.
pub fn is_keyed_by_id(bytes: &[u8], name: Option<&[u8]>) -> bool {
    if bytes.first() != Some(&b'{') {
        return false;
    }
    let entries: Vec<_> = children(bytes).take(SAMPLED_ENTRIES).collect();
    let Some(first) = entries.first() else { return false };
    let expected: Vec<_> = children(first.value).filter_map(|child| child.key).collect();
    let is_alike = |entry: &Child<'_>| {
        let keys: Vec<_> = children(entry.value).take(64).filter_map(|child| child.key).collect();
        let same = keys.iter().filter(|key| expected.contains(key)).count();
        entry.value.starts_with(b"{") && same > 0 && same * 2 >= keys.len().min(expected.len())
    };
    let every =
        |test: &dyn Fn(&str) -> bool| entries.iter().all(|entry| entry.key.is_some_and(|key| test(&unescaped(key))));
    let is_named = name.is_some_and(|name| names(&LISTS_OF_PEOPLE, name) || names(&LISTS, name));
    let has_ids = (entries.len() >= 2 && every(&|key| is_content(key) || is_person_name(key)))
        || (entries.len() >= 3 && is_named)
        || (entries.len() >= 3 && name.is_none() && every(&|key| key.ends_with(|last: char| last.is_ascii_digit())));
    has_ids && entries.iter().all(is_alike)
}

/// Whether it is a FHIR Bundle with at most one Patient, whose other resources are about that one: so it stays together. Where they
/// refer to several patients, as the answer to a search for conditions does, they are about several.
fn is_of_one_patient(key: Option<&[u8]>, document: &[u8]) -> bool {
    let values = |name: &'static [u8]| {
        memmem::find_iter(document, b"\"resourceType\"").filter(move |place| {
            let colon = skip_space(document, place + 14);
            let value = skip_space(document, colon + 1);
            document.get(colon) == Some(&b':') && document[value.min(document.len())..].starts_with(name)
        })
    };
    key == Some(b"entry")
        && values(b"\"Bundle\"").next().is_some()
        && values(b"\"Patient\"").nth(1).is_none()
        && !refers_to_several(document)
}

/// Whether what stands in a FHIR document is said to be about more than one patient.
fn refers_to_several(document: &[u8]) -> bool {
    const KEYS: [&[u8]; 3] = [b"subject", b"patient", b"beneficiary"];
    let mut first: Option<&[u8]> = None;
    KEYS.iter().any(|key| {
        memmem::find_iter(document, key).any(|place| {
            let id = patient_referred(document, (place, place + key.len())).filter(|id| !id.is_empty());
            id.is_some_and(|id| *first.get_or_insert(id) != id)
        })
    })
}

/// The id of the patient to whom the member with a key at this place refers: `"subject": {"reference": "Patient/4471920"}`.
fn patient_referred(document: &[u8], (start, end): (usize, usize)) -> Option<&[u8]> {
    let is_quoted = start > 0 && document[start - 1] == b'"' && document.get(end) == Some(&b'"');
    let colon = skip_space(document, end + 1);
    let object = skip_space(document, colon + 1);
    if !is_quoted || document.get(colon) != Some(&b':') || document.get(object) != Some(&b'{') {
        return None;
    }
    let reference = children(&document[object..]).take(4).find(|member| member.key == Some(b"reference"))?.value;
    let reference = reference.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let (kind, id) = memmem::rfind(reference, b"Patient/").map(|place| reference.split_at(place + 8))?;
    let is_relative = kind.len() == 8 || kind[kind.len() - 9] == b'/';
    is_relative.then(|| id.split(|byte| *byte == b'/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let name = |hop: &Hop| match hop {
            Hop::Member(key) => unescaped(key),
            Hop::Element => "[]".to_owned(),
        };
        route(text.as_bytes()).map(|hops| hops.iter().map(name).collect::<Vec<_>>().join("/"))
    }

    #[test]
    fn the_container_that_dominates_is_found() {
        let rows = "{\"ssn\":\"1\",\"dx\":\"a\"},{\"ssn\":\"2\",\"dx\":\"b\"}";
        let ids = "\"p1\":{\"ssn\":1,\"dx\":2},\"p2\":{\"ssn\":1},\"p3\":{\"ssn\":1,\"dx\":2}";
        for (text, expected) in [
            (format!("{{\"patients\":[{rows}]}}"), Some("patients")),
            (format!("{{\"data\":{{\"patients\":[{rows}]}}}}"), Some("data/patients")),
            (format!("[{{\"data\":[{rows}]}}]"), Some("[]/data")),
            (format!("{{\"patient\":{{\"results\":[{rows}]}}}}"), None),
            (format!("{{\"encounters\":[{rows}]}}"), Some("encounters")),
            (format!("{{\"data\":{{\"items\":[{rows}]}}}}"), Some("data/items")),
            (format!("{{\"total\":2,\"claims\":[{rows}]}}"), Some("claims")),
            (format!("{{\"patients\":{{{ids}}}}}"), Some("patients")),
            (format!("{{{ids}}}"), Some("")),
            (format!("{{\"by\":{{{}}}}}", ids.replace("\"p", "\"44719")), Some("by")),
            (format!("{{\"patient\":{{{}}}}}", ids.replace("\"p", "\"address_")), None),
        ] {
            assert_eq!(found(&text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_bundle_is_parted_where_it_is_about_several_patients() {
        let bundle = |resources: &[(&str, &str)]| {
            let entry = |(kind, subject): &(&str, &str)| {
                format!(
                    "{{\"resource\":{{\"resourceType\":\"{kind}\",\"subject\": {{\"reference\":\"{subject}\"}},\"code\":\"44054006\"}}}}"
                )
            };
            let entries: Vec<String> = resources.iter().map(entry).collect();
            format!("{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}", entries.join(","))
        };
        let several = [("Condition", "Patient/71"), ("Condition", "https://ehr.example/Patient/72/_history/1")];
        let one = [
            ("Observation", "Patient/71"),
            ("Observation", "https://ehr.example/Patient/71"),
            ("Encounter", "Group/9"),
        ];
        assert_eq!(found(&bundle(&several)).as_deref(), Some("entry"));
        assert_eq!(found(&bundle(&one)), None);
    }

    #[test]
    fn a_list_that_belongs_to_a_person_beside_it_is_no_list_of_records() {
        let visits = "[{\"dx\":\"E11.9\",\"on\":\"2024-03-09\"},{\"dx\":\"I10\",\"on\":\"2024-03-10\"}]";
        let people = visits.replace("\"dx\"", "\"patientId\":4471920,\"dx\"");
        let nested = visits.replace("\"dx\"", "\"patient\":{\"ssn\":\"1\"},\"dx\"");
        for (text, expected) in [
            (format!("{{\"patient\":{{\"mrn\":1}},\"visits\":{visits}}}"), None),
            (format!("{{\"patient\":{{\"mrn\":1}},\"results\":{visits}}}"), None),
            (format!("{{\"patient\":{{\"mrn\":1}},\"visits\":{people}}}"), None),
            (format!("{{\"mrn\":1,\"data\":{{\"visits\":{people}}}}}"), None),
            (format!("{{\"dateOfBirth\":\"1980-02-03\",\"visits\":{visits}}}"), None),
            (format!("{{\"nm\":\"OKAFOR\",\"visits\":{visits}}}"), None),
            (format!("{{\"visits\":{people}}}"), Some("visits")),
            (format!("{{\"visits\":{nested}}}"), Some("visits")),
            (format!("{{\"nm\":\"night\",\"visits\":{people}}}"), Some("visits")),
            (format!("{{\"patient_count\":2,\"visits\":{people}}}"), Some("visits")),
            // Nothing to which it could belong.
            (format!("{{\"count\":2,\"visits\":{visits}}}"), Some("visits")),
            ("{\"nodes\":[{\"a\":1},{\"b\":2}]}".to_owned(), None),
        ] {
            assert_eq!(found(&text).as_deref(), expected, "{text}");
        }
    }
}
