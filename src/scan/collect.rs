//! The one thread that puts evidence together, judges it and writes results, in the order of the listing.

use super::judge::Judge;
use super::key_labels;
use super::linkable::{self, Linkable, Table};
use super::masking::{self, Named, masked_field};
use super::repeats::{self, Key, Repeats};
use super::worker::News;
use super::{CANCEL_CHECK, Message, Progress, ScanError, ScanPlan, coverage_of_nothing};
use crate::detectors::Scratch;
use crate::model::{
    Class, Confidence, Coverage, DetectorEvidence, Evidence, EvidenceFlags, Examined, Finding, Individuals,
    LOCATION_FIELD, Location, Object, ObjectResult, ObjectSample, Reason, Recalled, Remarks, Sampling, Severity,
    SpecialTable, TableFacts, Verdict, VerdictKind, fingerprint,
};
use crate::outputs::{Output, Summary};
use crate::policy::Question;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

/// How long a cancelled scan waits for a source that says nothing.
const CANCEL_GRACE: Duration = Duration::from_secs(3);

/// Results of the scan in the making.
pub(super) struct Collector<'a> {
    plan: &'a ScanPlan,
    progress: &'a Progress,
    window: Arc<Semaphore>,
    pending: BTreeMap<u64, Pending>,
    next: u64,
    listing_complete: bool,
    summary: Summary,
    /// Everybody.
    people: Individuals,
    /// The people of PHI where it is unexpected.
    unexpected_people: Individuals,
    linkable: Linkable,
    /// The sample of the scope whose objects are being concluded.
    sample: ObjectSample,
    /// Scopes that are listed: which objects stand before the end of each.
    sampled: VecDeque<(u64, String, Sampling)>,
    started: Instant,
    /// Field paths as they are shown, by what they are.
    shown_fields: HashMap<Arc<str>, Arc<str>>,
    scratch: Scratch,
    named: Named,
}

/// What is known so far of one object.
struct Pending {
    object: Object,
    coverage: Option<Coverage>,
    masked: Option<Location>,
    format: Option<&'static str>,
    evidence: Evidence,
    /// Parts of its key that its content holds.
    repeats: Repeats,
    troubles: Vec<Reason>,
    /// Where it is a table.
    table: Option<TableFacts>,
    examined: Examined,
    done: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(plan: &'a ScanPlan, progress: &'a Progress, window: Arc<Semaphore>) -> Self {
        Self {
            plan,
            progress,
            window,
            pending: BTreeMap::new(),
            next: 0,
            listing_complete: false,
            summary: Summary::default(),
            people: Individuals::default(),
            unexpected_people: Individuals::default(),
            linkable: Linkable::default(),
            sample: ObjectSample::default(),
            sampled: VecDeque::new(),
            started: Instant::now(),
            shown_fields: HashMap::new(),
            scratch: Scratch::default(),
            named: Named::new(&plan.targets),
        }
    }

    /// Collects until every sender is gone.
    pub(super) fn run(
        mut self,
        messages: &Receiver<Message>,
        output: &mut dyn Output,
        cancelled: &AtomicBool,
    ) -> Result<Summary, ScanError> {
        let written = self.collect(messages, output, cancelled);
        if written.is_err() {
            // Nobody will see more results: let the workers run dry instead of reading on.
            cancelled.store(true, Ordering::Relaxed);
            self.window.close();
        }
        written?;
        self.summary.interrupted = cancelled.load(Ordering::Relaxed) || !self.listing_complete;
        self.summary.elapsed = self.started.elapsed();
        self.summary.links = self.linkable.links();
        self.summary.notes = self.notes();
        if self.summary.records > 0 {
            self.summary.individuals = Some(self.people.count());
            self.summary.individuals_unexpected = Some(self.unexpected_people.count());
        }
        self.summary.finished_at = OffsetDateTime::now_utc();
        self.summary.exit_code = exit_code(&self.summary, self.plan.source.accepts_empty);
        output.end(&self.summary).map_err(ScanError::Output)?;
        Ok(self.summary)
    }

    fn collect(
        &mut self,
        messages: &Receiver<Message>,
        output: &mut dyn Output,
        cancelled: &AtomicBool,
    ) -> Result<(), ScanError> {
        output.begin(&self.plan.header).map_err(ScanError::Output)?;
        while let Some(message) = next_message(messages, cancelled) {
            self.take(message);
            while self.pending.get(&self.next).is_some_and(|pending| pending.done) {
                let Some(pending) = self.pending.remove(&self.next) else { break };
                self.conclude_samples(self.next);
                self.next += 1;
                self.window.add_permits(1);
                self.finish(pending, output)?;
            }
        }
        // An interrupted scan leaves objects behind that no worker took.
        for (sequence, mut pending) in std::mem::take(&mut self.pending) {
            if !pending.done {
                pending.troubles.push(Reason::Interrupted);
            }
            self.conclude_samples(sequence);
            self.finish(pending, output)?;
        }
        self.conclude_samples(u64::MAX);
        Ok(())
    }

    /// Scopes all of whose objects stand before this one are through.
    fn conclude_samples(&mut self, sequence: u64) {
        while let Some((_, scope, sampling)) = self.sampled.pop_front_if(|(end, ..)| *end <= sequence) {
            self.summary.samples.push(std::mem::take(&mut self.sample).of(scope, sampling));
        }
    }

    /// Judges, writes and remembers one object.
    fn finish(&mut self, mut pending: Pending, output: &mut dyn Output) -> Result<(), ScanError> {
        let kept = self.plan.memory.as_ref().map(|memory| (memory.clone(), pending.object.clone(), pending.examined));
        if let Some((_, _, examined)) = &kept {
            self.show_fields(&mut pending.evidence, *examined);
        }
        let object = pending.object.lot.is_some().then(|| pending.object.clone());
        let table = pending.table.clone().filter(|table| kept.is_some() && self.may_keep(table));
        let (result, evidence) = self.conclude(pending);
        let result = Arc::new(result);
        if let Some(object) = object {
            self.sample.add(&object, &result);
        }
        if let Some((memory, object, examined)) = kept {
            memory.record(&object, examined, (&evidence, table.as_ref()), &result)?;
        }
        output.take_object(result).map_err(ScanError::Output)
    }

    /// Field paths as they may be shown, where they are kept; what then has the same path is joined.
    fn show_fields(&mut self, evidence: &mut Evidence, examined: Examined) {
        let mut is_shown = |field: &Arc<str>| *self.shown_field(field) == **field;
        if examined != Examined::Memory && evidence.detectors.keys().all(|(field, _)| is_shown(field)) {
            return;
        }
        let mut shown = Evidence::default();
        for ((field, detector), found) in std::mem::take(&mut evidence.detectors) {
            let field = if examined == Examined::Memory { field } else { self.shown_field(&field) };
            // A mask is not masked again.
            self.shown_fields.insert(field.clone(), field.clone());
            let detectors = BTreeMap::from([((field, detector), found)]);
            shown.merge(Evidence { detectors, ..Evidence::default() });
        }
        evidence.detectors = shown.detectors;
    }

    /// Whether no name in it is data: those are not kept.
    fn may_keep(&mut self, table: &TableFacts) -> bool {
        let columns = table.keys.iter().flat_map(|key| key.columns.iter().map(String::as_str));
        let others = table.keys.iter().filter_map(|key| key.references.as_str().rsplit('/').next());
        columns.chain(others).all(|name| *self.shown_field(&name.into()) == *name)
    }

    fn take(&mut self, message: Message) {
        let (sequence, news) = match message {
            Message::Listed(sequence, object, coverage) => {
                self.progress.listed(object.size_bytes.unwrap_or(0));
                let done = coverage.is_some();
                let (evidence, troubles) = (Evidence::default(), Vec::new());
                let examined = if done { Examined::Listing } else { Examined::Content };
                let (masked, format, table) = (None, None, None);
                let repeats = Repeats::new();
                let pending =
                    Pending { object, coverage, masked, format, evidence, repeats, troubles, table, examined, done };
                self.pending.insert(sequence, pending);
                return;
            }
            Message::Recalled(sequence, object, recalled) => {
                self.progress.listed(object.size_bytes.unwrap_or(0));
                self.progress.recalled(object.size_bytes.unwrap_or(0));
                let Recalled { shown, format, coverage, evidence, table } = *recalled;
                let (coverage, masked, troubles) = (Some(coverage), shown, Vec::new());
                let (examined, done) = (Examined::Memory, true);
                let repeats = Repeats::new();
                let pending =
                    Pending { object, coverage, masked, format, evidence, repeats, troubles, table, examined, done };
                self.pending.insert(sequence, pending);
                return;
            }
            Message::Sampled(end, scope, sampling) => {
                let scope = masking::masked_target(&self.plan.key_engine, &scope, &mut self.scratch);
                self.sampled.push_back((end, scope, sampling));
                return;
            }
            Message::ListingEnded(complete) => {
                self.listing_complete = complete;
                self.progress.listing_ended();
                return;
            }
            Message::News(sequence, news) => (sequence, news),
        };
        let Some(pending) = self.pending.get_mut(&sequence) else { return };
        match news {
            News::Format(format) => pending.format = Some(format),
            News::Masked(location) => pending.masked = Some(location),
            News::Evidence(evidence) => pending.evidence.merge(*evidence),
            News::Repeats(repeats) => {
                repeats.into_iter().for_each(|(part, met)| *pending.repeats.entry(part).or_default() += met);
            }
            News::Trouble(reason) => pending.troubles.push(reason),
            News::Sampled(sample) => pending.table.get_or_insert_default().sample = Some(sample),
            News::Keys(keys) => pending.table.get_or_insert_default().keys = keys,
            News::Done => pending.done = true,
        }
    }

    fn conclude(&mut self, mut pending: Pending) -> (ObjectResult, Evidence) {
        if pending.examined == Examined::Listing {
            // No worker has seen it.
            let location = pending.object.location.as_str();
            let engine = &self.plan.key_engine;
            let masked = match &pending.coverage {
                // It is the target, and is shown as the target is.
                Some(Coverage::Failed(Reason::NothingListed)) => {
                    Some(masking::masked_target(engine, location, &mut self.scratch))
                }
                _ => masking::masked_location(engine, location, &mut self.scratch),
            };
            pending.masked = masked.map(Location::from_uri);
        }
        self.look_at_location(&mut pending);
        self.mask_labelled(&mut pending);
        let coverage = coverage_of(&pending);
        let evidence = &pending.evidence;
        let listed = &pending.object.location;
        // A name that holds an identifier leaves the machine masked, in a fingerprint too.
        let identity = pending.masked.as_ref().unwrap_or_else(|| pending.object.identity());
        let place = if evidence.detectors.is_empty() { identity.clone() } else { identity.place() };
        let mut findings = Vec::with_capacity(evidence.detectors.len());
        for ((field, detector), found) in &evidence.detectors {
            let shown_field = self.shown_field(field);
            findings.push(self.judge([listed, identity, &place], (field, shown_field), *detector, found));
        }
        findings.sort_by(|a, b| {
            let rank = |finding: &Finding| (finding.verdict.severity, finding.class, finding.records);
            rank(b).cmp(&rank(a)).then_with(|| (&a.field, &a.detector).cmp(&(&b.field, &b.detector)))
        });
        let individuals = self.count_people(evidence, &findings);
        let mut remarks = remarks(evidence, &coverage, &self.plan.special);
        if let Some(TableFacts { sample, keys }) = pending.table {
            remarks.sample = sample;
            let shown = pending.masked.clone().unwrap_or_else(|| listed.clone());
            let identifies = evidence.phi_records + evidence.pii_records > 0;
            let health = (evidence.health_records > 0).then(|| self.verdict_on_phi(listed, evidence.health_records));
            self.linkable.add(listed.clone(), Table { shown, health, identifies, keys });
        }
        let judged = || findings.iter().filter(|finding| finding.class.is_some());
        let result = ObjectResult {
            location: pending.masked.unwrap_or(pending.object.location),
            version: pending.object.version,
            format: pending.format,
            coverage,
            bytes: evidence.bytes,
            records: evidence.records,
            classes: [evidence.phi_records, evidence.pii_records, evidence.health_records],
            individuals,
            remarks,
            verdict: judged().map(|finding| finding.verdict.kind).max(),
            severity: findings.iter().map(|finding| finding.verdict.severity).max().unwrap_or(Severity::None),
            findings,
        };
        self.count(&result);
        (result, pending.evidence)
    }

    /// A name in a location proves nothing. Where people are in the content it is most likely one of them, and whatever the
    /// content holds of them is theirs: it is a finding, and is shown masked.
    fn look_at_location(&self, pending: &mut Pending) {
        let class = pending.evidence.class();
        let is_of_people = matches!(class, Some(Class::Phi | Class::Pii));
        if !is_of_people || pending.examined != Examined::Content || pending.object.location.table().is_some() {
            return;
        }
        let location = &pending.object.location;
        let from = self.named.end_in(location);
        let mut values: BTreeMap<u16, u64> = BTreeMap::new();
        let mut shown = pending.masked.as_ref().unwrap_or(location).as_str().to_owned();
        let mut is_masked = false;
        if let Some((masked, count)) = masking::without_names(&self.plan.key_engine, &shown, from) {
            (shown, is_masked) = (masked, true);
            values.extend(self.plan.engine.names_detector().map(|names| (names, count)));
        }
        if !pending.repeats.is_empty() {
            let key = Key::of(location, from);
            let proven = key.map(|key| key.proven(location, &pending.repeats, &pending.evidence)).unwrap_or_default();
            for (text, detector) in proven {
                // It may be masked already, as part of something that is recognised without the content.
                if let Some(masked) = repeats::masked(&self.plan.engine, &shown, from, (text, detector)) {
                    (shown, is_masked) = (masked, true);
                    *values.entry(detector).or_default() += 1;
                }
            }
        }
        if !is_masked {
            return;
        }
        pending.masked = Some(Location::from_uri(shown));
        for (detector, values) in values {
            let found = DetectorEvidence {
                values,
                records: 1,
                class,
                by_confidence: [0, values, 0],
                evidence: EvidenceFlags::CONTEXT,
                synthetic_values: 0,
                special: 0,
                samples: Vec::new(),
            };
            let detectors = BTreeMap::from([((LOCATION_FIELD.into(), detector), found)]);
            pending.evidence.merge(Evidence { detectors, ..Evidence::default() });
        }
    }

    /// Last, because what the content proves is a finding, and this is none.
    fn mask_labelled(&self, pending: &mut Pending) {
        if pending.object.location.table().is_none() {
            let shown = pending.masked.as_ref().unwrap_or(&pending.object.location);
            pending.masked = key_labels::masked(shown.as_str()).map(Location::from_uri).or(pending.masked.take());
        }
    }

    /// The policy is asked about the location as it is; the fingerprints, which leave the machine, are made of `identity` and
    /// its place.
    fn judge(
        &self,
        [location, identity, place]: [&Location; 3],
        (field, shown_field): (&Arc<str>, Arc<str>),
        index: u16,
        found: &DetectorEvidence,
    ) -> Finding {
        let detector = &self.plan.engine.detectors()[usize::from(index)].id;
        let confidence = found.confidence();
        let is_likely_synthetic = found.is_likely_synthetic();
        let evidence = match is_likely_synthetic {
            true => found.evidence,
            false => found.evidence.without(EvidenceFlags::LIKELY_SYNTHETIC),
        };
        let judge = Judge { policy: &self.plan.policy, special: &self.plan.special, today: self.plan.today };
        let verdict = judge.verdict(location, field, detector, found);
        Finding {
            fingerprint: fingerprint(identity, &shown_field, detector),
            place_fingerprint: fingerprint(place, identity.place_field(&shown_field), detector),
            field: shown_field,
            detector: detector.clone(),
            class: found.class,
            confidence,
            score: score(found),
            values: found.values,
            records: found.records,
            verdict,
            is_likely_synthetic,
            samples: found.samples.iter().map(|(_, sample)| sample.clone()).collect(),
            evidence: evidence.names(),
            positions: found.samples.iter().map(|(position, _)| *position).collect(),
        }
    }

    /// What the policy says of so many records of PHI at a location.
    fn verdict_on_phi(&self, location: &Location, records: u64) -> Verdict {
        self.plan.policy.judge(&Question {
            location,
            field: "",
            detector: "",
            class: Some(Class::Phi),
            records,
            // A join says nothing of how sure the values are.
            confidence: Confidence::Medium,
            special: None,
            is_likely_synthetic: false,
            today: self.plan.today,
        })
    }

    /// The people of an object; they are added to those of the scan.
    fn count_people(&mut self, evidence: &Evidence, findings: &[Finding]) -> Option<u64> {
        let is_unexpected =
            |finding: &Finding| finding.class == Some(Class::Phi) && finding.verdict.kind == VerdictKind::Unexpected;
        if findings.iter().any(is_unexpected) {
            self.unexpected_people.merge(&evidence.phi_people);
        }
        let mut people = evidence.phi_people.clone();
        people.merge(&evidence.pii_people);
        self.people.merge(&people);
        (evidence.records > 0).then(|| people.count())
    }

    fn shown_field(&mut self, field: &Arc<str>) -> Arc<str> {
        const MAX_CACHED: usize = 16_384;
        if let Some(shown) = self.shown_fields.get(field) {
            return shown.clone();
        }
        let shown: Arc<str> = masked_field(&self.plan.key_engine, field, &mut self.scratch).into();
        if self.shown_fields.len() >= MAX_CACHED {
            self.shown_fields.clear();
        }
        self.shown_fields.insert(field.clone(), shown.clone());
        shown
    }

    /// What a reader must know besides the counts.
    fn notes(&self) -> Vec<String> {
        let expired = self.plan.policy.expired(self.plan.today);
        let note = |expired: &crate::policy::Expired| {
            format!("policy entry {} expired on {} and no longer applies", expired.entry, expired.expires)
        };
        let mut notes = self.plan.notes.clone();
        notes.extend(expired.iter().map(note));
        notes.extend(self.summary.samples.iter().map(|sample| format!("{}: {}", sample.scope, sample.statement())));
        notes.extend(linkable::notes(&self.summary.links));
        if self.summary.complete + self.summary.sampled + self.summary.partial == 0 {
            notes.push("nothing was examined, so nothing can be said".to_owned());
        }
        if self.summary.leaves_all_out() {
            notes.push("all that was listed is left out by --include, --exclude, sizes or times".to_owned());
        }
        notes
    }

    fn count(&mut self, result: &ObjectResult) {
        let summary = &mut self.summary;
        summary.listed += 1;
        match &result.coverage {
            Coverage::Complete => summary.complete += 1,
            Coverage::Sampled => summary.sampled += 1,
            Coverage::Partial(_) => summary.partial += 1,
            Coverage::Skipped(_) => summary.skipped += 1,
            Coverage::Failed(_) => summary.failed += 1,
        }
        summary.gaps += u64::from(result.coverage.is_gap());
        if let Some(reason) = result.coverage.reason() {
            *summary.reasons.entry(reason).or_insert(0) += 1;
        }
        summary.bytes += result.bytes;
        summary.records += result.records;
        let unexpected =
            result.findings.iter().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected).count() as u64;
        summary.findings += result.findings.len() as u64;
        summary.unexpected += unexpected;
        self.progress.done(result.findings.len() as u64, unexpected);
    }
}

/// The next message; `None` at the end, or when a cancelled scan has been silent for [`CANCEL_GRACE`].
fn next_message(messages: &Receiver<Message>, cancelled: &AtomicBool) -> Option<Message> {
    /// Many small objects at once cost one wake-up then, not one each.
    const NAP: Duration = Duration::from_millis(1);
    let mut silent = Duration::ZERO;
    if messages.is_empty() {
        std::thread::sleep(NAP);
    }
    loop {
        match messages.recv_timeout(CANCEL_CHECK) {
            Ok(message) => return Some(message),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if cancelled.load(Ordering::Relaxed) => {
                silent += CANCEL_CHECK;
                if silent >= CANCEL_GRACE {
                    return None;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn coverage_of(pending: &Pending) -> Coverage {
    if let Some(coverage) = &pending.coverage {
        return coverage.clone();
    }
    match Reason::most_telling(pending.troubles.iter().copied()) {
        None if pending.object.size_bytes == Some(0) && pending.evidence.bytes == 0 => Coverage::Skipped(Reason::Empty),
        None if pending.table.as_ref().and_then(|table| table.sample).is_some_and(|sample| !sample.is_exact()) => {
            Coverage::Sampled
        }
        None => Coverage::Complete,
        Some(reason) if pending.evidence.records > 0 => Coverage::Partial(reason),
        Some(reason) => coverage_of_nothing(reason),
    }
}

/// What else there is to say of an object.
fn remarks(evidence: &Evidence, coverage: &Coverage, special: &SpecialTable) -> Remarks {
    const MAX_REASONS: usize = 3;
    let mut reasons: Vec<_> = evidence.reasons.iter().collect();
    reasons.sort_by_key(|((class, reason), records)| (Reverse((*class, **records)), reason.clone()));
    let identified = evidence.phi_records + evidence.pii_records;
    let categories = special.categories().iter().zip(evidence.special_records);
    let is_deidentified = *coverage == Coverage::Complete && identified == 0 && evidence.health_records > 0;
    Remarks {
        class_reasons: reasons.iter().take(MAX_REASONS).map(|((_, reason), _)| reason.clone()).collect(),
        special_categories: categories
            .filter(|(_, records)| *records > 0)
            .map(|(category, records)| (category.id.clone(), records))
            .collect(),
        is_likely_synthetic: identified > 0 && evidence.synthetic_records == identified,
        looks_deidentified: evidence.generalised.clone().filter(|_| is_deidentified),
        sample: None,
    }
}

/// The share of the matches at each level, as a number between 0 and 1.
fn score(found: &DetectorEvidence) -> f64 {
    let levels = [Confidence::Low, Confidence::Medium, Confidence::High];
    let weight = |level: Confidence| match level {
        Confidence::Low => 0.3,
        Confidence::Medium => 0.65,
        Confidence::High => 0.95,
    };
    let total: u64 = found.by_confidence.iter().sum();
    let sum: f64 = levels.iter().map(|level| weight(*level) * found.by_confidence[*level as usize] as f64).sum();
    if total == 0 { 0.0 } else { (sum / total as f64 * 1000.0).round() / 1000.0 }
}

fn exit_code(summary: &Summary, accepts_empty: bool) -> i32 {
    if summary.interrupted {
        2
    } else if summary.unexpected > 0 || summary.has_unexpected_links() {
        1
    } else if summary.gaps > 0 || (summary.leaves_all_out() && !accepts_empty) {
        3
    } else {
        0
    }
}
