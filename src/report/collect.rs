//! Everything that the report says, put together in a few passes over the ledger.

use super::ReportOptions;
use super::findings::{Detail, Findings, Told};
use crate::ledger::{Change, HeldObject, Ledger, LedgerError, ScanRow, State};
use crate::model::{Class, Individuals, LOCATION_FIELD, Location, Severity};
use crate::outputs::{owned_place, shown_name};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Scans of the trend, the last ones.
const MAX_POINTS: usize = 60;
/// Objects that stand as examples for a reason.
const MAX_EXAMPLES: usize = 3;
/// The words of coverage, in the order of their counts.
pub(super) const COVERAGE: [&str; 5] = ["complete", "sampled", "partial", "skipped", "failed"];

/// What is found in one place by findings that wait for somebody.
#[derive(Debug, Clone, Default)]
pub(super) struct PlaceSum {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) severity: Option<Severity>,
    /// Records of class phi, pii, health: of each the most that any finding of the place has.
    pub(super) records: [u64; 3],
    pub(super) findings: u64,
}

/// What one owner answers for: a bucket, a schema, a folder.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupSum {
    pub(super) records: [u64; 3],
    pub(super) findings: u64,
    pub(super) severity: Option<Severity>,
    /// The people of its PHI that waits for somebody.
    pub(super) people: Individuals,
    /// Whether of some of it nothing is known about its people.
    pub(super) lacks_people: bool,
    /// When PHI that waits for somebody was first observed there, seconds since 1970.
    pub(super) first_phi: Option<i64>,
    /// Objects by coverage.
    pub(super) coverage: [u64; 5],
}

/// How it stood when a scan ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Point {
    /// When it ended, milliseconds since 1970.
    pub(super) at: i64,
    /// What it covers.
    pub(super) targets: String,
    pub(super) is_complete: bool,
    /// Findings that wait for somebody, of class phi, pii, health.
    pub(super) active: [u64; 3],
    /// Findings that began to wait since the point before.
    pub(super) appeared: u64,
    /// Findings that were resolved since.
    pub(super) resolved: u64,
    /// Findings about which somebody decided since, so that they wait no longer.
    pub(super) decided: u64,
}

/// Objects with the same incomplete coverage.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    pub(super) objects: u64,
    pub(super) examples: Vec<String>,
}

/// The report before it is written.
pub(super) struct Overview {
    pub(super) findings: Findings,
    /// Places of findings that wait for somebody, the worst first.
    pub(super) places: Vec<PlaceSum>,
    /// By name.
    pub(super) groups: BTreeMap<String, GroupSum>,
    pub(super) points: Vec<Point>,
    /// Points before those that are shown.
    pub(super) earlier_points: usize,
    /// By the word of the coverage and the code of the reason.
    pub(super) gaps: BTreeMap<(String, String), Gap>,
    /// Of each scope the last scan, the last one first.
    pub(super) scans: Vec<ScanRow>,
    pub(super) scan_count: usize,
}

impl Overview {
    /// Objects by coverage.
    pub(super) fn coverage(&self) -> [u64; 5] {
        let mut sum = [0; 5];
        for group in self.groups.values() {
            sum.iter_mut().zip(group.coverage).for_each(|(sum, count)| *sum += count);
        }
        sum
    }

    /// The people of all PHI that waits for somebody, each once.
    pub(super) fn people(&self) -> u64 {
        let mut people = Individuals::default();
        self.groups.values().for_each(|group| people.merge(&group.people));
        people.count()
    }
}

pub(super) fn class_index(class: Option<&str>) -> Option<usize> {
    [Class::Phi, Class::Pii, Class::Health].iter().position(|known| Some(known.as_str()) == class)
}

pub(super) fn overview(ledger: &Ledger, options: &ReportOptions) -> Result<Overview, LedgerError> {
    let _moment = ledger.one_moment()?;
    let naming = ledger.places_that_name_somebody()?;
    let mut findings = Findings::default();
    ledger.visit_rows(&options.filter, &mut |id, mut row| {
        let names_somebody = naming.contains(&row.location);
        let group = owned_place(&shown_name(&row.location, names_somebody));
        row.location = shown_name(&row.location, names_somebody);
        row.field = shown_name(&row.field, false);
        findings.push(id, row, group);
    })?;
    let (places, mut groups) = sums(&findings);
    ledger.visit_held(&mut |object| hold(object, &mut findings, &mut groups))?;
    let mut scans = ledger.scans()?;
    let points = points(ledger, &mut findings, &scans)?;
    let mut gaps = BTreeMap::new();
    let wanted = options.filter.location.as_deref();
    ledger.visit_coverage(&mut |location, coverage, reason| {
        if wanted.is_none_or(|text| Location::from_uri(location).place().as_str().contains(text)) {
            cover((location, coverage, reason), &mut groups, &mut gaps);
        }
    })?;
    let scan_count = scans.len();
    scans.reverse();
    let mut scopes = std::collections::HashSet::new();
    scans.retain(|scan| scopes.insert((scan.targets.clone(), scan.is_narrowed)));
    let earlier_points = points.len().saturating_sub(MAX_POINTS);
    let points = points.into_iter().skip(earlier_points).collect();
    Ok(Overview { findings, places, groups, points, earlier_points, gaps, scans, scan_count })
}

/// Places and groups of the findings that wait for somebody. A place counts its records once per class, although several
/// detectors find the same ones.
fn sums(findings: &Findings) -> (Vec<PlaceSum>, BTreeMap<String, GroupSum>) {
    let mut places: BTreeMap<&str, PlaceSum> = BTreeMap::new();
    let mut groups: BTreeMap<String, GroupSum> = BTreeMap::new();
    for told in findings.active() {
        let place = places.entry(&told.row.location).or_insert_with(|| PlaceSum {
            name: told.row.location.clone(),
            group: told.group.clone(),
            ..PlaceSum::default()
        });
        place.findings += 1;
        place.severity = place.severity.max(told.severity());
        if let Some(class) = class_index(told.row.class.as_deref()) {
            place.records[class] = place.records[class].max(told.records());
        }
        let group = groups.entry(told.group.clone()).or_default();
        if told.is_phi() {
            group.first_phi = Some(group.first_phi.map_or(told.first(), |first| first.min(told.first())));
        }
    }
    let mut places: Vec<PlaceSum> = places.into_values().collect();
    for place in &places {
        let group = groups.entry(place.group.clone()).or_default();
        group.findings += place.findings;
        group.severity = group.severity.max(place.severity);
        group.records.iter_mut().zip(place.records).for_each(|(sum, records)| *sum += records);
    }
    places.sort_by_key(|place| Reverse((place.severity, place.records)));
    (places, groups)
}

/// Takes in an object that holds findings.
fn hold(object: HeldObject, findings: &mut Findings, groups: &mut BTreeMap<String, GroupSum>) {
    let names_somebody = object.occurrences.iter().any(|held| held.field == LOCATION_FIELD);
    let mut location = None;
    let mut group_with_phi = None;
    for held in &object.occurrences {
        let Some(place) = findings.place_of(held.finding) else { continue };
        let told = &findings.all()[place];
        if told.is_active() && told.is_phi() {
            group_with_phi = Some(told.group.clone());
        }
        let is_phi = told.is_phi();
        let Some(detail) = findings.detail(place) else { continue };
        let shown = location.get_or_insert_with(|| shown_name(&object.location, names_somebody));
        detail.evidence = detail.evidence.with(held.evidence);
        detail.keep((held.severity, held.records), shown, &shown_name(&held.field, false), &object.coverage);
        match &object.people {
            Some(people) if is_phi => detail.people.get_or_insert_default().merge(people),
            _ => {}
        }
    }
    if let Some(group) = group_with_phi {
        let group = groups.entry(group).or_default();
        match &object.people {
            Some(people) => group.people.merge(people),
            None => group.lacks_people = true,
        }
    }
}

/// How it stood at the end of each scan, and the histories of the findings that are told in detail.
fn points(ledger: &Ledger, findings: &mut Findings, scans: &[ScanRow]) -> Result<Vec<Point>, LedgerError> {
    let mut ended: Vec<(i64, Point)> = scans
        .iter()
        .filter_map(|scan| {
            let point = Point {
                at: scan.finished_at.unwrap_or(scan.started_at),
                targets: scan.targets.iter().map(|target| shown_name(target, false)).collect::<Vec<_>>().join(", "),
                is_complete: scan.state == "complete",
                ..Point::default()
            };
            Some((scan.history?, point))
        })
        .collect();
    ended.sort_by_key(|(history, _)| *history);
    let (mut next, mut running) = (0, Point::default());
    ledger.visit_changes(&mut |change| {
        while let Some((_, point)) = ended.get_mut(next).filter(|(history, _)| change.row > *history) {
            close(point, &mut running);
            next += 1;
        }
        count(&change, findings, &mut running);
    })?;
    ended.iter_mut().skip(next).for_each(|(_, point)| close(point, &mut running));
    Ok(ended.into_iter().map(|(_, point)| point).collect())
}

fn close(point: &mut Point, running: &mut Point) {
    point.active = running.active;
    (point.appeared, point.resolved, point.decided) = (running.appeared, running.resolved, running.decided);
    (running.appeared, running.resolved, running.decided) = (0, 0, 0);
}

fn count(change: &Change<'_>, findings: &mut Findings, running: &mut Point) {
    let Some(place) = findings.place_of(change.finding) else { return };
    if let Some(detail) = findings.detail(place) {
        detail.remember(change);
    }
    let Some(class) = class_index(findings.all()[place].row.class.as_deref()) else { return };
    let (was, is) = (change.from.is_some_and(State::is_active), change.to.is_active());
    match (was, is) {
        (false, true) => {
            running.active[class] += 1;
            running.appeared += 1;
        }
        (true, false) => {
            running.active[class] = running.active[class].saturating_sub(1);
            let count = if change.to == State::Resolved { &mut running.resolved } else { &mut running.decided };
            *count += 1;
        }
        _ => {}
    }
}

fn cover(
    (location, coverage, reason): (&str, &str, Option<&str>),
    groups: &mut BTreeMap<String, GroupSum>,
    gaps: &mut BTreeMap<(String, String), Gap>,
) {
    // Folders that change belong to the one above them, as in the places of findings.
    let group = match location.starts_with("file://") {
        true => owned_place(&shown_name(Location::from_uri(location).place().as_str(), false)),
        false => owned_place(&shown_name(location, false)),
    };
    if !groups.contains_key(&group) {
        groups.insert(group.clone(), GroupSum::default());
    }
    if let (Some(group), Some(place)) = (groups.get_mut(&group), COVERAGE.iter().position(|word| *word == coverage)) {
        group.coverage[place] += 1;
    }
    let Some(reason) = reason else { return };
    let gap = gaps.entry((coverage.to_owned(), reason.to_owned())).or_default();
    gap.objects += 1;
    if gap.examples.len() < MAX_EXAMPLES {
        gap.examples.push(shown_name(location, false));
    }
}

/// The worst that is said, for what stands above the sums.
pub(super) fn worst(findings: &Findings) -> Option<&Told> {
    findings.active().next()
}

/// Whether a detail says anything about people.
pub(super) fn people_of(detail: &Detail) -> Option<u64> {
    detail.people.as_ref().map(Individuals::count)
}
