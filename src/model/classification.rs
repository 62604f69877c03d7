//! How records are told to be about a person, as the configuration says it: roles, groups and combinations of detectors.
//!
//! Plain values: what they mean for a record is decided by the stage that classifies.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What a match says about who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityRole {
    /// Identifies a person alone.
    Strong,
    /// Identifies a person together with others.
    Quasi,
    /// Says nothing.
    Ignored,
}

/// The kind of a quasi-identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityGroup {
    /// Dates of a person's life, and ages.
    Dates,
    /// Places, from a county down to coordinates.
    Geography,
    /// Addresses of machines and pages.
    Network,
    /// Numbers of devices.
    Device,
    /// Names of people.
    Name,
}

/// Detectors and groups that identify a person together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombinationSpec {
    /// Ids of detectors, each of which must be there.
    #[serde(default)]
    pub detectors: Vec<String>,
    /// Groups, of each of which a detector must be there.
    #[serde(default)]
    pub groups: Vec<IdentityGroup>,
    /// Why they identify somebody, for a person.
    pub reason: String,
}

/// The `[classification]` table of the configuration: what differs from the built-in one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassificationSpec {
    /// Roles by id of the detector.
    #[serde(default)]
    pub roles: BTreeMap<String, IdentityRole>,
    /// Groups by id of the detector.
    #[serde(default)]
    pub groups: BTreeMap<String, IdentityGroup>,
    /// Whether two quasi-identifiers identify a person where no combination says so: two dates, or two places, count as
    /// one. By default they do.
    #[serde(default)]
    pub any_two_quasi_identifiers: Option<bool>,
    /// Further combinations, tried before the built-in ones.
    #[serde(default)]
    pub combination: Vec<CombinationSpec>,
}

impl ClassificationSpec {
    /// Every id of a detector that it names.
    pub fn detector_ids(&self) -> impl Iterator<Item = &str> {
        let combined = self.combination.iter().flat_map(|combination| &combination.detectors);
        self.roles.keys().chain(self.groups.keys()).chain(combined).map(String::as_str)
    }
}
