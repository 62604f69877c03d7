//! One compiled entry of a policy: which locations, classes, fields and detectors it covers, and until when.

use super::Question;
use super::pattern::{FieldPattern, LocationPattern};
use crate::model::{Class, Location};
use std::sync::Arc;
use time::Date;

/// Which list of the policy an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// `[[expect]]`: supposed to be there.
    Expect,
    /// `[[allow.location]]`: tolerated until a day.
    Allow,
}

/// One entry that can make a finding expected.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which list it stands in.
    pub kind: EntryKind,
    /// Name and place for a person: `"clinical area" (phinder.toml:12)`.
    pub label: String,
    /// 1-based line of the entry.
    pub line: usize,
    /// Patterns of locations.
    pub locations: Vec<LocationPattern>,
    /// Patterns of locations that are left out.
    pub except: Vec<LocationPattern>,
    /// Classes, `None` for all.
    pub classes: Option<Vec<Class>>,
    /// Patterns of field paths, `None` for all.
    pub fields: Option<Vec<FieldPattern>>,
    /// Ids of detectors, `None` for all.
    pub detectors: Option<Vec<String>>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it applies.
    pub expires: Option<Date>,
    /// The words of a verdict that it makes.
    pub(super) because: Arc<str>,
    /// The words of a verdict that it would have made before it expired.
    pub(super) because_expired: Option<Arc<str>>,
}

impl Entry {
    /// Whether it covers the class in question, leaving aside whether it has expired.
    pub(super) fn covers(&self, class: Class, question: &Question<'_>) -> bool {
        // The cheap tests first: most findings of a scan differ from most entries in the location.
        self.covers_class(class)
            && self.covers_detector(question.detector)
            && self.covers_field(question.field)
            && self.covers_location(question.location)
    }

    /// Whether the location is one of its own.
    pub fn covers_location(&self, location: &Location) -> bool {
        self.matching_pattern(location).is_some() && self.matching_exception(location).is_none()
    }

    /// Whether the class is one of its own.
    pub fn covers_class(&self, class: Class) -> bool {
        self.classes.as_ref().is_none_or(|classes| classes.contains(&class))
    }

    /// Whether the field path is one of its own.
    pub fn covers_field(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|pattern| pattern.matches(field)))
    }

    /// Whether the detector is one of its own.
    pub fn covers_detector(&self, detector: &str) -> bool {
        self.detectors.as_ref().is_none_or(|detectors| detectors.iter().any(|id| id == detector))
    }

    /// Whether its last day has passed.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|expires| today > expires)
    }

    /// The pattern that covers the location.
    pub(super) fn matching_pattern(&self, location: &Location) -> Option<&LocationPattern> {
        self.locations.iter().find(|pattern| pattern.matches(location))
    }

    /// The pattern that takes the location out again.
    pub(super) fn matching_exception(&self, location: &Location) -> Option<&LocationPattern> {
        self.except.iter().find(|pattern| pattern.matches(location))
    }
}
