//! Whether the detectors that fired in a record make it one about a person: strong identifiers, combinations, health.
//!
//! The table is `detectors/classification.toml`, changed by the configuration. A record is a set of bits, one per
//! detector; what a set means is worked out once and remembered.

use crate::model::{Class, ClassificationSpec, CombinationSpec, Detector, DetectorClass, IdentityGroup, IdentityRole};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The detectors that fired in a record.
pub(super) type Bits = u128;

/// Detectors with a bit of their own; further ones share the bits that follow, one per role.
const OWN_BITS: u32 = 125;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    classes: BTreeMap<String, IdentityRole>,
    groups: BTreeMap<String, IdentityGroup>,
    combination: Vec<CombinationSpec>,
    individuals: IndividualsTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndividualsTable {
    detectors: Vec<String>,
}

/// `None` only if the file that is built in is damaged, which a test rules out: then classes alone decide.
static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| toml::from_str(include_str!("../../detectors/classification.toml")).ok());

/// What a set of detectors makes of a record.
#[derive(Debug, Clone, Default)]
pub(super) struct Meaning {
    pub class: Option<Class>,
    /// Which detectors, and which combination: `us_ssn + icd10cm`. Empty without a class.
    pub reason: Arc<str>,
}

/// A combination, each part as the bits of which one must be there.
#[derive(Debug)]
struct Combination {
    parts: Vec<Bits>,
    reason: String,
}

/// The table for the detectors of an engine.
#[derive(Debug)]
pub(super) struct Identity {
    /// By index of the detector.
    bits: Vec<Bits>,
    /// By number of the bit; the first of those that share one.
    names: Vec<Arc<str>>,
    strong: Bits,
    quasi: Bits,
    health: Bits,
    /// Quasi-identifiers of which several count as one.
    alike: Vec<Bits>,
    combinations: Vec<Combination>,
    is_any_two_enough: bool,
    /// Bits of strong identifiers by which people are counted, the most telling first.
    priority: Vec<Bits>,
    /// Place in that order, by index of the detector; [`Identity::UNRANKED`] and [`Identity::QUASI`] beside it.
    ranks: Vec<u8>,
}

impl Identity {
    /// The detector tells nobody apart.
    pub const UNRANKED: u8 = u8::MAX;
    /// People are told apart by it only together with others.
    pub const QUASI: u8 = u8::MAX - 1;

    pub fn new(detectors: &[Detector], spec: &ClassificationSpec) -> Self {
        let roles: Vec<_> = detectors.iter().map(|detector| Role::of(detector, spec)).collect();
        let mut identity = Self {
            bits: Vec::with_capacity(detectors.len()),
            names: vec!["".into(); Bits::BITS as usize],
            strong: 0,
            quasi: 0,
            health: 0,
            alike: Vec::new(),
            combinations: Vec::new(),
            is_any_two_enough: spec.any_two_quasi_identifiers.unwrap_or(true),
            priority: Vec::new(),
            ranks: Vec::with_capacity(detectors.len()),
        };
        for (detector, role) in detectors.iter().zip(&roles) {
            identity.assign(detector, *role);
        }
        let bits_of = |id: &str| {
            let place = detectors.iter().position(|detector| &*detector.id == id);
            place.map_or(0, |place| identity.bits[place])
        };
        let groups = group_bits(detectors, &identity.bits, spec);
        let built_in = TABLE.as_ref().map_or(&[][..], |table| &table.combination);
        let combinations: Vec<_> = spec
            .combination
            .iter()
            .chain(built_in)
            .map(|combination| Combination {
                parts: (combination.detectors.iter().map(|id| bits_of(id)))
                    .chain(combination.groups.iter().map(|group| groups.get(group).copied().unwrap_or(0)))
                    .collect(),
                reason: combination.reason.clone(),
            })
            // A part that nothing can find leaves nothing to ask.
            .filter(|combination| combination.parts.iter().all(|part| *part != 0))
            .collect();
        let order = TABLE.as_ref().map_or(&[][..], |table| &table.individuals.detectors);
        let priority = order.iter().map(|id| bits_of(id)).filter(|bit| bit & identity.strong != 0).collect();
        let alike = [IdentityGroup::Dates, IdentityGroup::Geography, IdentityGroup::Network];
        identity.alike = alike.iter().filter_map(|group| groups.get(group).copied()).collect();
        identity.combinations = combinations;
        identity.priority = priority;
        identity
    }

    fn assign(&mut self, detector: &Detector, role: Role) {
        let used = (self.strong | self.quasi | self.health).count_ones();
        let shared = |place: u32| if used < OWN_BITS { 1 << used } else { 1 << (OWN_BITS + place) };
        let order = TABLE.as_ref().map_or(&[][..], |table| &table.individuals.detectors);
        let place = order.iter().position(|id| **id == *detector.id).unwrap_or(order.len());
        let (bit, rank) = match role {
            Role::Strong => (shared(0), place.min(usize::from(Self::QUASI - 1)) as u8),
            Role::Quasi => (shared(1), Self::QUASI),
            Role::Health => (shared(2), Self::UNRANKED),
            Role::Nothing => (0, Self::UNRANKED),
        };
        match role {
            Role::Strong => self.strong |= bit,
            Role::Quasi => self.quasi |= bit,
            Role::Health => self.health |= bit,
            Role::Nothing => {}
        }
        self.bits.push(bit);
        self.ranks.push(rank);
        if bit != 0 {
            let name = &mut self.names[bit.trailing_zeros() as usize];
            if name.is_empty() {
                *name = detector.id.clone();
            }
        }
    }

    pub fn bit(&self, detector: u16) -> Bits {
        self.bits[usize::from(detector)]
    }

    pub fn rank(&self, detector: u16) -> u8 {
        self.ranks[usize::from(detector)]
    }

    pub fn meaning(&self, bits: Bits) -> Meaning {
        let identified = self.identified_by(bits);
        let health = bits & self.health;
        let class = match (identified.is_some(), health != 0) {
            (true, true) => Class::Phi,
            (true, false) => Class::Pii,
            (false, true) => Class::Health,
            (false, false) => return Meaning::default(),
        };
        let mut reason = identified.unwrap_or_default();
        if health != 0 {
            if !reason.is_empty() {
                reason.push_str(" + ");
            }
            reason.push_str(self.name(health));
        }
        Meaning { class: Some(class), reason: reason.into() }
    }

    fn identified_by(&self, bits: Bits) -> Option<String> {
        let strong = bits & self.strong;
        if strong != 0 {
            let first = self.priority.iter().copied().find(|bit| bit & strong != 0).unwrap_or(strong);
            return Some(self.name(first).to_owned());
        }
        for combination in &self.combinations {
            if let Some(bits) = combination.bits_in(bits) {
                let names: Vec<_> = bits.iter().map(|bit| self.name(*bit)).collect();
                return Some(format!("{} ({})", names.join(" + "), combination.reason));
            }
        }
        if !self.is_any_two_enough {
            return None;
        }
        let mut left = bits & self.quasi;
        let first = left & left.wrapping_neg();
        left &= !first;
        for alike in self.alike.iter().filter(|alike| *alike & first != 0) {
            left &= !alike;
        }
        (left != 0).then(|| format!("{} + {}", self.name(first), self.name(left)))
    }

    /// Name of the lowest bit.
    fn name(&self, bits: Bits) -> &str {
        self.names.get(bits.trailing_zeros() as usize).map_or("", |name| name)
    }
}

impl Combination {
    /// A bit of each part, all different.
    fn bits_in(&self, bits: Bits) -> Option<Vec<Bits>> {
        let mut left = bits;
        let mut taken = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let found = left & part;
            if found == 0 {
                return None;
            }
            let bit = found & found.wrapping_neg();
            left &= !bit;
            taken.push(bit);
        }
        Some(taken)
    }
}

fn group_bits(detectors: &[Detector], bits: &[Bits], spec: &ClassificationSpec) -> BTreeMap<IdentityGroup, Bits> {
    let mut groups = BTreeMap::new();
    for (detector, bit) in detectors.iter().zip(bits) {
        let built_in = TABLE.as_ref().and_then(|table| table.groups.get(&*detector.id));
        if let Some(group) = spec.groups.get(&*detector.id).or(built_in) {
            *groups.entry(*group).or_default() |= bit;
        }
    }
    groups
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Strong,
    Quasi,
    Health,
    Nothing,
}

impl Role {
    fn of(detector: &Detector, spec: &ClassificationSpec) -> Self {
        let class = match detector.class {
            DetectorClass::Health if !spec.roles.contains_key(&*detector.id) => return Self::Health,
            DetectorClass::Health => "health",
            DetectorClass::Identifier => "identifier",
            DetectorClass::Financial => "financial",
            DetectorClass::QuasiIdentifier => "quasi_identifier",
            DetectorClass::Network => "network",
            DetectorClass::Provider => "provider",
        };
        let built_in = TABLE.as_ref().and_then(|table| table.classes.get(class));
        match spec.roles.get(&*detector.id).or(built_in) {
            Some(IdentityRole::Strong) => Self::Strong,
            Some(IdentityRole::Quasi) => Self::Quasi,
            Some(IdentityRole::Ignored) | None => Self::Nothing,
        }
    }
}

/// Meanings of the sets that came up, with how many records had each: a small cache in which a set has one place.
#[derive(Debug)]
pub(super) struct Meanings {
    places: Vec<Option<(Bits, Meaning, u64)>>,
}

impl Default for Meanings {
    fn default() -> Self {
        Self { places: vec![None; Self::PLACES] }
    }
}

impl Meanings {
    const PLACES: usize = 128;

    /// The class of a set, which so many records have. What gives way to it is counted into `reasons`.
    pub fn class_of(
        &mut self,
        (bits, times): (Bits, usize),
        identity: &Identity,
        reasons: &mut BTreeMap<(Class, Arc<str>), u64>,
    ) -> Option<Class> {
        let folded = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(29);
        let index = (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 57) as usize % Self::PLACES;
        let place = &mut self.places[index];
        if let Some((known, meaning, records)) = place
            && *known == bits
        {
            *records += times as u64;
            return meaning.class;
        }
        let meaning = identity.meaning(bits);
        let class = meaning.class;
        if let Some((_, meaning, records)) = place.replace((bits, meaning, times as u64)) {
            count(&meaning, records, reasons);
        }
        class
    }

    /// Counts everything into `reasons`. What the sets mean stays known.
    pub fn drain_into(&mut self, reasons: &mut BTreeMap<(Class, Arc<str>), u64>) {
        for (_, meaning, records) in self.places.iter_mut().flatten() {
            count(meaning, std::mem::take(records), reasons);
        }
    }
}

fn count(meaning: &Meaning, records: u64, reasons: &mut BTreeMap<(Class, Arc<str>), u64>) {
    if let Some(class) = meaning.class.filter(|_| records > 0) {
        *reasons.entry((class, meaning.reason.clone())).or_default() += records;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mask;

    fn detectors() -> Vec<Detector> {
        use DetectorClass::*;
        let all = [
            ("us_ssn", Identifier),
            ("person_name", Identifier),
            ("email", Identifier),
            ("date_of_birth", QuasiIdentifier),
            ("date_of_service", QuasiIdentifier),
            ("us_zip", QuasiIdentifier),
            ("city", QuasiIdentifier),
            ("county", QuasiIdentifier),
            ("ip_address", Network),
            ("mac_address", Network),
            ("us_npi", Provider),
            ("icd10cm", Health),
        ];
        let detector = |(id, class): (&str, _)| Detector { id: id.into(), name: id.into(), class, mask: Mask::Full };
        all.into_iter().map(detector).collect()
    }

    fn meaning(spec: &str, ids: &[&str]) -> (Option<&'static str>, String) {
        let detectors = detectors();
        let identity = Identity::new(&detectors, &toml::from_str(spec).unwrap());
        let place = |id: &&str| detectors.iter().position(|detector| *detector.id == **id).unwrap() as u16;
        let bits = ids.iter().map(|id| identity.bit(place(id))).fold(0, |all, bit| all | bit);
        let meaning = identity.meaning(bits);
        (meaning.class.map(Class::as_str), meaning.reason.to_string())
    }

    #[test]
    fn classify_by_the_built_in_table() {
        assert!(TABLE.is_some(), "the built-in table can be read");
        let class = |ids: &[&str]| meaning("", ids).0;
        assert_eq!(class(&["us_ssn", "icd10cm"]), Some("phi"));
        assert_eq!(class(&["person_name"]), Some("pii"));
        assert_eq!(class(&["icd10cm", "us_npi"]), Some("health"));
        assert_eq!(class(&["us_npi"]), None);
        for pair in [["date_of_birth", "us_zip"], ["date_of_service", "city"], ["ip_address", "date_of_birth"]] {
            assert_eq!(class(&pair), Some("pii"), "{pair:?}");
        }
        for pair in [
            ["date_of_birth", "date_of_service"],
            ["city", "county"],
            ["city", "us_zip"],
            ["ip_address", "mac_address"],
        ] {
            assert_eq!(class(&pair), None, "{pair:?}");
        }
        assert_eq!(class(&["city", "county", "us_zip"]), None);
        assert_eq!(class(&["city", "county", "date_of_birth"]), Some("pii"));
    }

    #[test]
    fn classify_says_why() {
        assert_eq!(meaning("", &["email", "us_ssn", "icd10cm"]).1, "us_ssn + icd10cm");
        assert_eq!(
            meaning("", &["date_of_birth", "us_zip", "icd10cm"]).1,
            "date_of_birth + us_zip (birth date and ZIP code; with the sex they single out most people) + icd10cm"
        );
        assert_eq!(meaning("", &["date_of_service", "city"]).1, "date_of_service + city");
        assert_eq!(meaning("", &["icd10cm"]).1, "icd10cm");
    }

    #[test]
    fn classify_follows_the_configuration() {
        let class = |spec: &str, ids: &[&str]| meaning(spec, ids).0;
        assert_eq!(class("roles = { email = \"ignored\" }", &["email", "icd10cm"]), Some("health"));
        assert_eq!(class("roles = { us_zip = \"strong\" }", &["us_zip"]), Some("pii"));
        let quasi = "roles = { person_name = \"quasi\" }";
        assert_eq!(class(quasi, &["person_name"]), None);
        assert_eq!(
            meaning(quasi, &["person_name", "date_of_birth"]).1,
            "person_name + date_of_birth (a name and a date of a person)"
        );
        let strict = "any_two_quasi_identifiers = false";
        assert_eq!(class(strict, &["date_of_service", "city"]), None);
        assert_eq!(class(strict, &["date_of_birth", "us_zip"]), Some("pii"));
        let added = "[[combination]]\ndetectors = [\"city\", \"county\"]\nreason = \"few live there\"";
        assert_eq!(meaning(added, &["city", "county"]).1, "city + county (few live there)");
    }

    #[test]
    fn classify_with_more_detectors_than_bits() {
        let detector = |index: usize| Detector {
            id: format!("own_{index}").into(),
            name: "own".into(),
            class: if index.is_multiple_of(2) { DetectorClass::Identifier } else { DetectorClass::Health },
            mask: Mask::Full,
        };
        let detectors: Vec<_> = (0..300).map(detector).collect();
        let identity = Identity::new(&detectors, &ClassificationSpec::default());
        let class = |index: u16| identity.meaning(identity.bit(index)).class;
        assert_eq!(
            (class(0), class(1), class(298), class(299)),
            (Some(Class::Pii), Some(Class::Health), Some(Class::Pii), Some(Class::Health))
        );
        assert_eq!(identity.meaning(identity.bit(298) | identity.bit(299)).class, Some(Class::Phi));
    }
}
