//! Runs the examples of a detector through the engine as a scan would, beside all the other detectors.

use super::catalogue::Entry;
use super::engine::{Engine, Profile, Scratch};
use super::spec::{DetectorSpec, Example};
use crate::model::{Batch, Column, ColumnKind, Confidence};
use std::fmt;

/// An example whose outcome is not the one that its file states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Id of the detector.
    pub detector: String,
    /// The example as written.
    pub example: String,
    /// Whether it was to be found.
    pub expected_found: bool,
    /// Ids of the detectors that found something in it, with their confidence.
    pub found: Vec<(String, Confidence)>,
    /// What about the patterns of the detector keeps them from matching.
    pub reason: Option<&'static str>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.expected_found { "positive example not found" } else { "negative example found" };
        write!(f, "{}: {kind}: {}", self.detector, self.example)?;
        match self.found.as_slice() {
            [] => write!(f, " (nothing matched)"),
            found => {
                let list: Vec<String> =
                    found.iter().map(|(id, confidence)| format!("{id} {}", confidence.as_str())).collect();
                write!(f, " (matched: {})", list.join(", "))
            }
        }?;
        self.reason.map_or(Ok(()), |reason| write!(f, "; {reason}"))
    }
}

/// Runs all examples of `entry`. An empty list means that each came out as stated.
pub fn check(engine: &Engine, entry: &Entry) -> Vec<Failure> {
    let positive = entry.spec.examples.positive.iter().map(|example| (example, true));
    let negative = entry.spec.examples.negative.iter().map(|example| (example, false));
    let mut failures = Vec::new();
    for (example, expected_found) in positive.chain(negative) {
        let found = find(engine, example);
        let is_found = found.iter().any(|(id, confidence)| *id == entry.spec.id && *confidence >= Confidence::Medium);
        if is_found != expected_found {
            let example = match example {
                Example::Text(text) => text.clone(),
                Example::Field { field, value } => format!("{field} = {value}"),
            };
            let reason = anchored(&entry.spec).filter(|_| expected_found);
            failures.push(Failure { detector: entry.spec.id.clone(), example, expected_found, found, reason });
        }
    }
    failures
}

/// What to say of patterns that ask for the beginning or the end of a text: they are tried where a word begins, inside of one.
fn anchored(spec: &DetectorSpec) -> Option<&'static str> {
    let patterns = [spec.anywhere.as_ref().map(|anywhere| &anywhere.pattern), spec.context.pattern.as_ref()];
    let is_anchored = |pattern: &&String| {
        let begin = pattern.trim_start_matches("(?i)");
        begin.starts_with('^') || begin.starts_with("\\A") || (pattern.ends_with('$') && !pattern.ends_with("\\$"))
    };
    patterns.into_iter().flatten().find(is_anchored).map(|_| {
        "its pattern has `^` or `$`, which stand for the beginning and the end of the text: leave them out, a match begins and \
         ends with a word by itself"
    })
}

/// Ids and confidence of everything that matches the example.
fn find(engine: &Engine, example: &Example) -> Vec<(String, Confidence)> {
    let (mut column, value) = match example {
        Example::Text(text) => (Column::new("", ColumnKind::Lines, 0), text),
        Example::Field { field, value } => (Column::new(field.as_str(), ColumnKind::Text, 1), value),
    };
    column.push(value.as_bytes());
    let batch = Batch { record_count: 1, columns: vec![column], ..Batch::default() };
    let mut matches = Vec::new();
    engine.scan(&batch, &Profile::default(), &mut Scratch::default(), &mut matches);
    let name = |index: u16| engine.detectors()[usize::from(index)].id.to_string();
    matches.iter().flatten().map(|found| (name(found.detector), found.confidence)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::*;

    #[test]
    fn a_failure_says_what_keeps_the_pattern_from_matching() {
        let text = Catalogue::built_in().unwrap();
        let mut entry = text.entries().iter().find(|entry| entry.spec.id == "us_ssn").unwrap().clone();
        assert_eq!(anchored(&entry.spec), None);
        entry.spec.context.pattern = Some("(?i)^B-\\d{6}$".to_owned());
        assert!(anchored(&entry.spec).unwrap().contains('^'));
        entry.spec.context.pattern = Some("[^a]\\d{6}\\$".to_owned());
        assert_eq!(anchored(&entry.spec), None);
    }

    #[test]
    fn every_example_of_every_built_in_detector_comes_out_as_stated() {
        let catalogue = Catalogue::built_in().unwrap();
        let engine = Engine::new(&catalogue, Confidence::Low).unwrap();
        let failures: Vec<String> = catalogue
            .entries()
            .iter()
            .flat_map(|entry| check(&engine, entry))
            .map(|failure| failure.to_string())
            .collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
