//! The decision per record: what the truth of a table says of each record, against what a scan makes of it.
//!
//! A record has one class, so a wrong class is a miss of the one and a wrong find of the other. Knows nothing of values.

use super::counts::Counts;
use crate::model::Class;
use serde::Serialize;
use serde_json::Value;

/// Counts of records per class, at medium confidence: what is less sure makes no record anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RecordCounts {
    /// Records with an identifier and health data.
    pub phi: Counts,
    /// Records with an identifier alone.
    pub pii: Counts,
    /// Records with health data alone.
    pub health: Counts,
    /// Records that were judged.
    pub judged: u64,
}

impl RecordCounts {
    fn of(&mut self, class: Class) -> &mut Counts {
        match class {
            Class::Phi => &mut self.phi,
            Class::Pii => &mut self.pii,
            Class::Health => &mut self.health,
        }
    }

    /// Adds a record: its true class, and the one that was decided.
    pub fn add(&mut self, truth: Option<Class>, decided: Option<Class>) {
        self.judged += 1;
        match (truth, decided) {
            (Some(truth), Some(decided)) if truth == decided => self.of(truth).right += 1,
            _ => {
                if let Some(truth) = truth {
                    self.of(truth).missed += 1;
                }
                if let Some(decided) = decided {
                    self.of(decided).wrong += 1;
                }
            }
        }
    }
}

/// What the records of a table truly are.
#[derive(Debug)]
pub(super) enum RecordTruth {
    /// Each by itself, in order.
    Each(Vec<Option<Class>>),
    /// All are about nobody.
    Nothing,
}

impl RecordTruth {
    /// Reads `"records":["phi",null,...]`, or `"classes":{"phi":0,"pii":0,"health":0}`, which says that no record is
    /// anything; other numbers of records do not say which ones they are. An error is a message.
    pub(super) fn read(records: Option<&Value>, classes: Option<&Value>) -> Result<Option<Self>, String> {
        let class = |value: &Value| match value {
            Value::Null => Some(None),
            Value::String(word) => {
                [Class::Phi, Class::Pii, Class::Health].into_iter().find(|class| class.as_str() == word).map(Some)
            }
            _ => None,
        };
        if let Some(records) = records {
            let list = records.as_array().and_then(|list| list.iter().map(class).collect::<Option<Vec<_>>>());
            let list = list.ok_or("`records` is no list of `phi`, `pii`, `health` and null")?;
            return Ok(Some(Self::Each(list)));
        }
        let numbers = classes.and_then(Value::as_object);
        let is_nothing = numbers
            .is_some_and(|numbers| !numbers.is_empty() && numbers.values().all(|number| number.as_u64() == Some(0)));
        Ok(is_nothing.then_some(Self::Nothing))
    }

    /// Counts what was decided; `None` if the table has another number of records.
    pub(super) fn judge(&self, decided: &[Option<Class>], counts: &mut RecordCounts) -> Option<()> {
        match self {
            Self::Each(truth) if truth.len() != decided.len() => return None,
            Self::Each(truth) => truth.iter().zip(decided).for_each(|(truth, decided)| counts.add(*truth, *decided)),
            Self::Nothing => decided.iter().for_each(|decided| counts.add(None, *decided)),
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_class_is_a_miss_and_a_wrong_find() {
        let truth = json!(["phi", "phi", "pii", null, null]);
        let truth = RecordTruth::read(Some(&truth), None).unwrap().unwrap();
        let mut counts = RecordCounts::default();
        let decided = [Some(Class::Phi), Some(Class::Pii), Some(Class::Pii), Some(Class::Health), None];
        assert!(truth.judge(&decided, &mut counts).is_some());
        let of = |right, wrong, missed| Counts { right, wrong, missed };
        assert_eq!((counts.phi, counts.pii, counts.health), (of(1, 0, 1), of(1, 1, 0), of(0, 1, 0)));
        assert_eq!(counts.judged, 5);
        assert!(truth.judge(&decided[1..], &mut counts).is_none());
    }

    #[test]
    fn no_records_of_any_class_means_none() {
        let zeros = json!({"phi": 0, "pii": 0, "health": 0});
        let truth = RecordTruth::read(None, Some(&zeros)).unwrap().unwrap();
        let mut counts = RecordCounts::default();
        assert!(truth.judge(&[Some(Class::Pii), None], &mut counts).is_some());
        assert_eq!((counts.pii.wrong, counts.judged), (1, 2));
        assert!(RecordTruth::read(None, Some(&json!({"phi": 3}))).unwrap().is_none());
        assert!(RecordTruth::read(Some(&json!(["none"])), None).is_err());
    }
}
