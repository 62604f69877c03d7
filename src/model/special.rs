//! Categories of health data that laws protect beyond HIPAA: substance use, HIV, mental health and others.
//!
//! A table of names and citations, and the question which category a value is in. What answers is given from outside.

use std::fmt;
use std::sync::Arc;

/// One category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialCategory {
    /// The word of the JSONL contract: `substance_use`.
    pub id: Arc<str>,
    /// The law that protects it.
    pub citation: Arc<str>,
}

/// Answers with the index of the category for the id of a detector and a matched value.
pub type SpecialLookup = Arc<dyn Fn(&str, &[u8]) -> Option<u8> + Send + Sync>;

/// The categories of a scan. Empty by default: nothing is special then.
#[derive(Clone, Default)]
pub struct SpecialTable {
    categories: Vec<SpecialCategory>,
    lookup: Option<SpecialLookup>,
}

impl SpecialTable {
    /// How many categories are told apart; further ones are left out.
    pub const MAX: usize = 8;

    /// A table whose categories `lookup` counts from 0.
    pub fn new(mut categories: Vec<SpecialCategory>, lookup: SpecialLookup) -> Self {
        categories.truncate(Self::MAX);
        Self { categories, lookup: Some(lookup) }
    }

    /// The categories by index.
    pub fn categories(&self) -> &[SpecialCategory] {
        &self.categories
    }

    /// Whether nothing is special.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    /// The category of a value, as a set of one bit or none.
    pub fn bit(&self, detector: &str, value: &[u8]) -> u8 {
        let found = self.lookup.as_ref().and_then(|lookup| lookup(detector, value)).map(usize::from);
        found.filter(|index| *index < self.categories.len()).map_or(0, |index| 1 << index)
    }
}

impl fmt::Debug for SpecialTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpecialTable").field("categories", &self.categories).finish_non_exhaustive()
    }
}
