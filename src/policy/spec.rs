//! The TOML of a policy, as it is written: plain serde types, every one of which refuses keys it does not know.
//!
//! Nothing is compiled or checked here beyond its shape. The `[scan]`, `[detectors]`, `[tickets]` and `[serve]` tables of the same file
//! belong to others: their types are parameters, so that a mistake in them is reported with its line as well.

use crate::model::{Class, ClassificationSpec};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// A whole file: the policy and the tables that other parts of the program read.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    deny_unknown_fields,
    bound = "Scan: Default + Deserialize<'de>, Detectors: Default + Deserialize<'de>, Tickets: Default + Deserialize<'de>, Serve: Default + Deserialize<'de>"
)]
pub struct PolicySpec<Scan = toml::Table, Detectors = toml::Table, Tickets = toml::Table, Serve = toml::Table> {
    /// Places where a class is expected.
    #[serde(default)]
    pub expect: Vec<Spanned<ExpectSpec>>,
    /// Places and values that are tolerated until a day.
    #[serde(default)]
    pub allow: AllowSpec,
    /// Thresholds of the severities.
    #[serde(default)]
    pub severity: SeveritySpec,
    /// What makes a record one about a person.
    #[serde(default)]
    pub classification: Option<Spanned<ClassificationSpec>>,
    /// Settings of the scan, read by their owner.
    #[serde(default)]
    pub scan: Scan,
    /// Settings of the detectors, read by their owner.
    #[serde(default)]
    pub detectors: Detectors,
    /// Settings of the tickets, read by their owner.
    #[serde(default)]
    pub tickets: Tickets,
    /// What runs by itself, read by its owner.
    #[serde(default)]
    pub serve: Serve,
}

/// One `[[expect]]` entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectSpec {
    /// What people call the place.
    pub name: Spanned<String>,
    /// Patterns of locations.
    pub locations: Spanned<Vec<Spanned<String>>>,
    /// Patterns of locations that are left out of it.
    #[serde(default)]
    pub except: Vec<Spanned<String>>,
    /// Classes that are expected.
    pub classes: Spanned<Vec<ClassSpec>>,
    /// Patterns of field paths; absent for all.
    pub fields: Option<Spanned<Vec<Spanned<String>>>>,
    /// Ids of detectors; absent for all.
    pub detectors: Option<Spanned<Vec<Spanned<String>>>>,
    /// Why it is expected.
    pub reason: Spanned<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// The `[[allow.location]]` and `[[allow.value]]` entries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowSpec {
    /// Tolerated places.
    #[serde(default)]
    pub location: Vec<Spanned<AllowLocationSpec>>,
    /// Tolerated values.
    #[serde(default)]
    pub value: Vec<Spanned<AllowValueSpec>>,
}

/// One `[[allow.location]]` entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowLocationSpec {
    /// Patterns of locations.
    pub locations: Spanned<Vec<Spanned<String>>>,
    /// Patterns of locations that are left out of it.
    #[serde(default)]
    pub except: Vec<Spanned<String>>,
    /// Classes that are tolerated; absent for all.
    pub classes: Option<Spanned<Vec<ClassSpec>>>,
    /// Patterns of field paths; absent for all.
    pub fields: Option<Spanned<Vec<Spanned<String>>>>,
    /// Ids of detectors; absent for all.
    pub detectors: Option<Spanned<Vec<Spanned<String>>>>,
    /// Why it is tolerated.
    pub reason: Spanned<String>,
    /// The last day on which it is.
    pub expires: Spanned<Datetime>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// One `[[allow.value]]` entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowValueSpec {
    /// HMAC-SHA256 of the value under the installation key, 64 hexadecimal digits.
    pub digest: Spanned<String>,
    /// The one detector it is for; absent for all.
    pub detector: Option<Spanned<String>>,
    /// Why it is tolerated.
    pub reason: Spanned<String>,
    /// The last day on which it is.
    pub expires: Spanned<Datetime>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// The `[severity]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeveritySpec {
    /// Records from which identifiers without health data are more than low.
    pub some_records: Option<Spanned<u64>>,
    /// Records from which everything is one step worse.
    pub many_records: Option<Spanned<u64>>,
    /// Detectors whose identifiers are one step worse: they alone let somebody steal money or an identity.
    pub sensitive_detectors: Option<Vec<Spanned<String>>>,
    /// Detectors whose identifiers point to a machine and are low alone.
    pub network_detectors: Option<Vec<Spanned<String>>>,
}

/// A class by the word of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassSpec {
    /// A person together with health data.
    Phi,
    /// A person.
    Pii,
    /// Health data about nobody in particular.
    Health,
}

impl From<ClassSpec> for Class {
    fn from(class: ClassSpec) -> Self {
        match class {
            ClassSpec::Phi => Self::Phi,
            ClassSpec::Pii => Self::Pii,
            ClassSpec::Health => Self::Health,
        }
    }
}
