//! The policy's verdict on evidence: the same for what was read now and for what is remembered.

use crate::model::{DetectorEvidence, Location, SpecialTable, Verdict};
use crate::policy::{Policy, Question};
use time::Date;

/// By what evidence is judged.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Where what is expected.
    pub policy: &'a Policy,
    /// Categories of health data that are specially protected.
    pub special: &'a SpecialTable,
    /// The day for which entries that expire are looked at.
    pub today: Date,
}

impl Judge<'_> {
    /// The verdict on what `detector` found in `field`; nothing of it is read.
    pub fn verdict(&self, location: &Location, field: &str, detector: &str, found: &DetectorEvidence) -> Verdict {
        let special = specials(found.special, self.special);
        self.policy.judge(&Question {
            location,
            field,
            detector,
            class: found.class,
            records: found.records,
            confidence: found.confidence(),
            special: special.as_deref(),
            is_likely_synthetic: found.is_likely_synthetic(),
            today: self.today,
        })
    }
}

/// Names and laws of a set of special categories; `None` for the empty set.
fn specials(set: u8, special: &SpecialTable) -> Option<String> {
    let named = special.categories().iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
    let named: Vec<_> = named.map(|(_, category)| format!("{} ({})", category.id, category.citation)).collect();
    (!named.is_empty()).then(|| named.join(", "))
}
