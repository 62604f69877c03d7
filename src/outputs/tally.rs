//! What a report for people remembers of a scan: sums per place and the worst of each, in bounded memory.
//!
//! A clean object leaves nothing but counts, so a million of them cost what one costs. When there are too many places
//! they are joined with their neighbours under a shorter prefix, down to the bucket, so that every count stays exact.

use super::text::{harmless, number};
use crate::model::{Class, Confidence, Coverage, Location, ObjectResult, Reason, Remarks, Severity, VerdictKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Places that are kept apart before they are joined.
const MAX_PLACES: usize = 200;
/// Objects of a place that are shown one by one.
const MAX_OBJECTS: usize = 5;
/// Findings of an object that are shown one by one.
const MAX_FINDINGS: usize = 8;
/// Locations that stand as examples for a reason.
const MAX_EXAMPLES: usize = 3;
/// Policy entries that are named for a place.
const MAX_REASONS: usize = 3;
/// Sampled tables without findings whose statements are shown.
const MAX_SAMPLES: usize = 20;
/// Characters that are kept of any one text.
const MAX_CHARACTERS: usize = 400;

/// One finding of an object that is shown.
#[derive(Debug, Clone)]
pub(super) struct KeptFinding {
    pub detector: Arc<str>,
    pub field: String,
    pub values: u64,
    pub confidence: Confidence,
    pub severity: Severity,
    pub samples: Vec<String>,
}

/// One object with unexpected findings that is shown.
#[derive(Debug, Clone)]
pub(super) struct KeptObject {
    pub location: String,
    pub severity: Severity,
    /// Records of class phi, pii, health.
    pub classes: [u64; 3],
    pub records: u64,
    pub is_complete: bool,
    pub individuals: Option<u64>,
    /// Sentences that stand below it.
    pub remarks: Vec<String>,
    pub findings: Vec<KeptFinding>,
    pub findings_left_out: usize,
}

/// Sums that can be joined.
pub(super) trait Joined: Default {
    fn join(&mut self, other: Self);
}

/// A place with unexpected findings.
#[derive(Debug, Clone, Default)]
pub(super) struct UnexpectedPlace {
    pub severity: Option<Severity>,
    pub objects: u64,
    pub classes: [u64; 3],
    pub worst: Vec<KeptObject>,
}

/// A place where everything that was found is expected.
#[derive(Debug, Clone, Default)]
pub(super) struct ExpectedPlace {
    pub objects: u64,
    pub classes: [u64; 3],
    pub because: Vec<Arc<str>>,
}

/// Objects with the same incomplete coverage.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    pub objects: u64,
    pub examples: Vec<String>,
}

/// Sums per place, joined when there are too many.
#[derive(Debug, Clone)]
pub(super) struct Places<T> {
    pub by_scope: BTreeMap<String, T>,
    depth: usize,
}

/// Everything that the report needs of the objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub unexpected: Places<UnexpectedPlace>,
    pub expected: Places<ExpectedPlace>,
    /// By the word of the coverage and the reason.
    pub gaps: BTreeMap<(&'static str, Reason), Gap>,
    /// Sampled tables without findings, with what that says.
    pub samples: Vec<(String, String)>,
    /// Objects with unexpected findings, by their worst unexpected class: phi, pii, health.
    pub unexpected_objects: [u64; 3],
    /// Objects in which only values of no class were found.
    pub objects_without_class: u64,
}

impl Tally {
    /// Objects with unexpected PHI, and the PHI records of places with unexpected findings; `None` where there is none.
    pub fn unexpected_phi(&self) -> Option<(u64, u64)> {
        let records = self.unexpected.by_scope.values().map(|place| place.classes[0]).sum();
        Some((self.unexpected_objects[0], records)).filter(|(objects, _)| *objects > 0)
    }

    /// Takes in one object.
    pub fn add(&mut self, result: &ObjectResult) {
        if let Some(reason) = result.coverage.reason() {
            let gap = self.gaps.entry((result.coverage.as_str(), reason)).or_default();
            gap.objects += 1;
            if gap.examples.len() < MAX_EXAMPLES {
                gap.examples.push(clipped(result.location.as_str()));
            }
        }
        if result.coverage == Coverage::Sampled
            && result.findings.is_empty()
            && self.samples.len() < MAX_SAMPLES
            && let Some(statement) = result.sample_statement()
        {
            self.samples.push((clipped(result.location.as_str()), statement));
        }
        match result.verdict {
            None => {}
            // Values of no class, such as a provider's public number: no policy had to say anything about them.
            Some(VerdictKind::Expected) if result.findings.iter().all(|finding| finding.class.is_none()) => {
                self.objects_without_class += 1;
            }
            Some(VerdictKind::Expected) => {
                let mut place = ExpectedPlace { objects: 1, classes: result.classes, because: Vec::new() };
                let decided = result.findings.iter().filter(|finding| finding.class.is_some());
                place.join(ExpectedPlace {
                    because: decided.map(|finding| finding.verdict.because.clone()).collect(),
                    ..ExpectedPlace::default()
                });
                self.expected.at(&result.location).join(place);
            }
            Some(VerdictKind::Unexpected) => {
                let unexpected = result.findings.iter().filter(|found| found.verdict.kind == VerdictKind::Unexpected);
                let class = unexpected.filter_map(|finding| finding.class).max().unwrap_or(Class::Health);
                self.unexpected_objects[place_of(class)] += 1;
                self.unexpected.at(&result.location).join(UnexpectedPlace {
                    severity: Some(result.severity),
                    objects: 1,
                    classes: result.classes,
                    worst: vec![kept(result)],
                });
            }
        }
    }

    /// Objects that the user left out, or that have no content: skipped, and no gap.
    pub fn left_out(&self) -> u64 {
        let skipped =
            self.gaps.iter().filter(|((coverage, reason), _)| *coverage == "skipped" && reason.is_by_choice());
        skipped.map(|(_, gap)| gap.objects).sum()
    }
}

/// Index of a class in counts that stand in the order phi, pii, health.
fn place_of(class: Class) -> usize {
    match class {
        Class::Phi => 0,
        Class::Pii => 1,
        Class::Health => 2,
    }
}

fn kept(result: &ObjectResult) -> KeptObject {
    let mut unexpected: Vec<_> =
        result.findings.iter().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected).collect();
    unexpected.sort_by_key(|finding| Reverse((finding.verdict.severity, finding.class, finding.values)));
    let findings = unexpected.iter().take(MAX_FINDINGS).map(|finding| KeptFinding {
        detector: finding.detector.clone(),
        field: clipped(&finding.field),
        values: finding.values,
        confidence: finding.confidence,
        severity: finding.verdict.severity,
        samples: distinct(&finding.samples).take(3).map(|sample| clipped(sample)).collect(),
    });
    KeptObject {
        location: clipped(result.location.as_str()),
        severity: result.severity,
        classes: result.classes,
        records: result.records,
        is_complete: matches!(result.coverage, Coverage::Complete | Coverage::Sampled),
        individuals: result.individuals,
        remarks: result.sample_statement().into_iter().chain(sentences(&result.remarks)).collect(),
        findings: findings.collect(),
        findings_left_out: unexpected.len().saturating_sub(MAX_FINDINGS),
    }
}

/// What the report says of an object besides its findings.
fn sentences(remarks: &Remarks) -> Vec<String> {
    let mut said = Vec::new();
    if !remarks.class_reasons.is_empty() {
        said.push(format!("because of {}", remarks.class_reasons.join("; ")));
    }
    if !remarks.special_categories.is_empty() {
        let each = remarks.special_categories.iter();
        let each: Vec<_> =
            each.map(|(id, records)| format!("{} in {}", id.replace('_', " "), number(*records))).collect();
        said.push(format!("specially protected, in records: {}", each.join(", ")));
    }
    if remarks.is_likely_synthetic {
        said.push("looks like test data: so do the identifiers of all its records about people".to_owned());
    }
    if let Some(generalised) = &remarks.looks_deidentified {
        said.push(format!(
            "looks de-identified: {generalised} (by its columns and first values; no Safe Harbor determination)"
        ));
    }
    said.iter().map(|sentence| clipped(sentence)).collect()
}

/// Harmless, and not longer than anybody reads: the start and the end of it.
fn clipped(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= MAX_CHARACTERS {
        return harmless(text);
    }
    let half = MAX_CHARACTERS / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(characters - half).collect();
    format!("{}…{}", harmless(&head), harmless(&tail))
}

impl Joined for UnexpectedPlace {
    fn join(&mut self, other: Self) {
        self.severity = self.severity.max(other.severity);
        self.objects += other.objects;
        add_counts(&mut self.classes, other.classes);
        self.worst.extend(other.worst);
        self.worst.sort_by(|a, b| {
            (b.severity, b.classes).cmp(&(a.severity, a.classes)).then_with(|| a.location.cmp(&b.location))
        });
        self.worst.truncate(MAX_OBJECTS);
    }
}

impl Joined for ExpectedPlace {
    fn join(&mut self, other: Self) {
        self.objects += other.objects;
        add_counts(&mut self.classes, other.classes);
        for because in other.because {
            if self.because.len() < MAX_REASONS && !self.because.contains(&because) {
                self.because.push(because);
            }
        }
    }
}

fn add_counts(counts: &mut [u64; 3], others: [u64; 3]) {
    for (count, other) in counts.iter_mut().zip(others) {
        *count += other;
    }
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self { by_scope: BTreeMap::new(), depth: usize::MAX }
    }
}

impl<T: Joined> Places<T> {
    /// The sums of the place that the location lies in.
    fn at(&mut self, location: &Location) -> &mut T {
        let parent = place_scope(location);
        let mut scope = cut(parent, self.depth).to_owned();
        while !self.by_scope.contains_key(&scope) && self.by_scope.len() >= MAX_PLACES && self.depth > 1 {
            self.coarsen();
            scope = cut(parent, self.depth).to_owned();
        }
        self.by_scope.entry(scope).or_default()
    }

    /// Joins the deepest places with their neighbours.
    fn coarsen(&mut self) {
        let deepest = self.by_scope.keys().map(|scope| depth(scope)).max().unwrap_or(0);
        self.depth = deepest.min(self.depth).saturating_sub(1).max(1);
        for (scope, place) in std::mem::take(&mut self.by_scope) {
            self.by_scope.entry(cut(&scope, self.depth).to_owned()).or_default().join(place);
        }
    }
}

/// The bucket and prefix, or the directory; for a member of an archive, those of the archive.
fn place_scope(location: &Location) -> &str {
    let whole = location.as_str();
    let container = whole.split_once("!/").map_or(whole, |(container, _)| container);
    container.rfind('/').map_or(container, |at| &whole[..=at])
}

/// Folders below the scheme.
fn depth(scope: &str) -> usize {
    below_scheme(scope).matches('/').count()
}

/// The scope down to so many folders.
fn cut(scope: &str, depth: usize) -> &str {
    let below = below_scheme(scope);
    let start = scope.len() - below.len();
    match depth.checked_sub(1) {
        None => &scope[..start],
        Some(last) => below.match_indices('/').nth(last).map_or(scope, |(at, _)| &scope[..=start + at]),
    }
}

fn below_scheme(scope: &str) -> &str {
    scope.split_once("://").map_or(scope, |(_, below)| below)
}

/// Samples without those that look like an earlier one: to a person, one mask is as good as five.
fn distinct(samples: &[String]) -> impl Iterator<Item = &String> {
    samples.iter().enumerate().filter(|(place, sample)| !samples[..*place].contains(sample)).map(|(_, sample)| sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(u64);

    impl Joined for Count {
        fn join(&mut self, other: Self) {
            self.0 += other.0;
        }
    }

    #[test]
    fn too_many_places_are_joined_and_nothing_is_lost() {
        let mut places = Places::<Count>::default();
        for index in 0..10_000 {
            places.at(&Location::s3("b", &format!("logs/{}/{index}/f.csv", index % 7))).0 += 1;
        }
        places.at(&Location::s3("other", "f.csv")).0 += 1;
        assert_eq!(places.by_scope.values().map(|count| count.0).sum::<u64>(), 10_001);
        assert_eq!(places.by_scope.len(), 8);
        assert!(places.by_scope.contains_key("s3://b/logs/3/"));
        for index in 0..1000 {
            places.at(&Location::s3(&format!("bucket{index}"), "f.csv")).0 += 1;
        }
        assert!(places.by_scope.contains_key("s3://b/") && places.by_scope.contains_key("s3://bucket999/"));
        assert_eq!(places.by_scope.len(), 1002);
    }

    #[test]
    fn a_member_lies_where_its_archive_lies() {
        assert_eq!(place_scope(&Location::from_uri("s3://b/in/k.zip!/x/y.csv")), "s3://b/in/");
        assert_eq!(place_scope(&Location::from_uri("stdin")), "stdin");
        assert_eq!(place_scope(&Location::from_uri("file:///a")), "file:///");
    }
}
