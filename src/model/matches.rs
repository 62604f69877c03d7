//! A detector fired on a value. Matches live inside a worker only: they hold places, never text.

use serde::{Deserialize, Serialize};

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The shape fits, and so would many other things.
    Low,
    /// More likely than not.
    Medium,
    /// Structure, validator or context leave little doubt.
    High,
}

impl Confidence {
    /// The word of the JSONL contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What spoke for a match, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct EvidenceFlags(pub u16);

impl EvidenceFlags {
    /// The shape alone.
    pub const PATTERN: Self = Self(1);
    /// A checksum, a code set or a structural rule passed.
    pub const VALIDATOR: Self = Self(2);
    /// The field's name or path names the detector.
    pub const FIELD_NAME: Self = Self(4);
    /// A context word stands near the value.
    pub const CONTEXT: Self = Self(8);
    /// The share of the column's values that pass exceeds what chance gives.
    pub const COLUMN_SHARE: Self = Self(16);
    /// The value is one that test data has.
    pub const LIKELY_SYNTHETIC: Self = Self(32);
    /// The value is one of the organisation's own identifiers.
    pub const EXACT_MATCH: Self = Self(64);
    /// It stands in a text that was written for everybody, or is one of a few words that a column has by chance, and counts
    /// where something else makes the record one about somebody.
    pub const PUBLICATION: Self = Self(128);

    /// Its field or a word before it says that it is a provider's or an organisation's: it is public, and tells of no patient.
    pub const PROVIDER: Self = Self(256);

    const NAMES: [(Self, &'static str); 9] = [
        (Self::PATTERN, "pattern"),
        (Self::VALIDATOR, "validator"),
        (Self::FIELD_NAME, "field_name"),
        (Self::CONTEXT, "context"),
        (Self::COLUMN_SHARE, "column_share"),
        (Self::LIKELY_SYNTHETIC, "likely_synthetic"),
        (Self::EXACT_MATCH, "exact_match"),
        (Self::PUBLICATION, "publication"),
        (Self::PROVIDER, "provider"),
    ];

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` is in it.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The words of the JSONL contract, in a fixed order.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| *name).collect()
    }
}

/// One detector on one value of one column of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Index of the detector in the engine's table.
    pub detector: u16,
    /// Index of the value in its column.
    pub value: u32,
    /// Start within the column's bytes.
    pub start: u32,
    /// End within the column's bytes.
    pub end: u32,
    /// How sure it is.
    pub confidence: Confidence,
    /// What spoke for it.
    pub evidence: EvidenceFlags,
}
