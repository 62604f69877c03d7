//! Weighs what was found: context words around a match, overlaps of matches, and whether the share of a column's
//! values that pass exceeds what chance gives.

use super::search::Speaker;
use super::{Engine, PathPlan, Profile, Scratch, passes};
use crate::detectors::compile::CompiledDetector;
use crate::detectors::context::PhraseSpan;
use crate::detectors::publication::is_publication;
use crate::detectors::spans::trimmed;
use crate::detectors::spec::PublicationSpec;
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match, Records};

impl Engine {
    /// Raises and rules out the matches from `first` on, which are sorted by place, by the phrases around them in the same
    /// value. Phrases are read only around matches: most lines of a log have none.
    pub(super) fn weigh_context(&self, column: &Column, plan: &PathPlan, first: usize, scratch: &mut Scratch) {
        let Scratch { matches, speakers, context: phrases, windows, .. } = scratch;
        self.find_windows(column, &matches[first..], windows);
        phrases.clear();
        for list in speakers {
            self.read_windows(&column.bytes, windows, list, phrases);
        }
        phrases.sort_by_key(|span| span.start);
        let mut nearest = 0;
        let mut kept = first;
        for place in first..matches.len() {
            let mut found = matches[place];
            let detector = &self.compiled.detectors[usize::from(found.detector)];
            let range = column.range(found.value as usize);
            while phrases.get(nearest).is_some_and(|span| span.end + self.compiled.max_window < found.start) {
                nearest += 1;
            }
            let earliest = found.start.saturating_sub(detector.context.window).max(range.start as u32);
            let latest = found.end.saturating_add(detector.context.window).min(range.end as u32);
            let mut raised = plan.named.contains(&found.detector);
            if raised {
                found.evidence = found.evidence.with(EvidenceFlags::FIELD_NAME);
            }
            let (mut excluded, mut public) = (None, None);
            for span in phrases[nearest..].iter().take_while(|span| span.start < latest) {
                let apart = span.end <= found.start || span.start >= found.end;
                if !apart || span.start < earliest || span.end > latest {
                    continue;
                }
                let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
                // What stands behind a value belongs to the next one: `Home phone: ... Clinic phone: ...`.
                let is_before = span.end <= found.start;
                if is_before && meaning.excludes.contains(&found.detector) {
                    excluded = Some((span.end, meaning.labels.is_empty()));
                }
                if is_before && meaning.publics.contains(&found.detector) {
                    public = Some(span.end);
                }
                if meaning.raises.contains(&found.detector) {
                    raised = true;
                    // What has a value of its own says nothing of the next label's: `invoice 4471, SSN 536-90-4399`.
                    // Unless the two belong together: `routing 026009593, account number 4471920`.
                    let has_value = |(end, is_unknown): (u32, bool)| {
                        let between = column.bytes.get(end as usize..span.start as usize);
                        is_unknown && between.is_some_and(|text| text.iter().any(u8::is_ascii_digit))
                    };
                    if is_before && excluded.is_some_and(has_value) {
                        excluded = None;
                    }
                    found.evidence = found.evidence.with(EvidenceFlags::CONTEXT);
                }
            }
            if raised {
                found.confidence = found.confidence.max(detector.context_confidence);
            }
            // `Clinic phone: 617-555-0188, home 617-555-0199`: one word is for one value.
            let is_own = |end: u32| {
                let between = column.bytes.get(end as usize..found.start as usize);
                between.is_some_and(|text| !text.iter().any(u8::is_ascii_digit))
            };
            if public.is_some_and(is_own) {
                found.evidence = found.evidence.with(EvidenceFlags::PROVIDER);
            }
            // Who treats somebody is no patient.
            if found.confidence >= Confidence::Medium
                && !plan.named.contains(&found.detector)
                && let Some(names) = self.names_of(usize::from(found.detector))
                && names.is_of_provider(
                    &column.bytes[range.clone()],
                    found.start as usize - range.start..found.end as usize - range.start,
                )
            {
                found.evidence = found.evidence.with(EvidenceFlags::PROVIDER);
            }
            if excluded.is_none() {
                matches[kept] = found;
                kept += 1;
            }
        }
        matches.truncate(kept);
    }

    /// The windows of the matches, which are sorted by place: each stretch once, the last one first.
    fn find_windows(&self, column: &Column, matches: &[Match], windows: &mut Vec<Window>) {
        windows.clear();
        // From the last one back, since a later match may look farther back than those before it.
        for found in matches.iter().rev() {
            let detector = &self.compiled.detectors[usize::from(found.detector)];
            let around = detector.context.window;
            let range = column.range(found.value as usize);
            let from = (found.start.saturating_sub(around) as usize).max(range.start);
            // What stands behind a value rules nothing out.
            let behind = if detector.is_raised { found.end.saturating_add(around) } else { found.start };
            let to = (behind as usize).min(range.end);
            match windows.last_mut() {
                Some(next) if to >= next.from && range.end == next.limit => {
                    (next.from, next.to) = (next.from.min(from), next.to.max(to));
                }
                _ => windows.push(Window { from, to, limit: range.end }),
            }
        }
    }

    /// Reads the phrases in windows, the last of which stands first: those of the speakers, by place.
    fn read_windows(&self, bytes: &[u8], windows: &[Window], speakers: &[Speaker], phrases: &mut Vec<PhraseSpan>) {
        let mut next = 0;
        for Window { from, to, limit } in windows.iter().rev() {
            next += speakers[next..].iter().take_while(|speaker| (speaker.start as usize) < *from).count();
            let inside = speakers[next..].iter().take_while(|speaker| (speaker.start as usize) < *to);
            for Speaker { start, letters, phrase } in inside {
                let read = || self.compiled.phrases.at(bytes, (*start as usize, *letters), *limit);
                phrases.extend(phrase.or_else(read));
                next += 1;
            }
        }
    }
}

impl Engine {
    /// Holds back matches that a few of a column's values may be by chance: among titles and places some are names of
    /// illnesses or of people. The rest of their record decides. For tables that are not about persons, and for values that
    /// are no prose.
    pub(super) fn doubt_chance(&self, column: &Column, matches: &mut [Match]) {
        /// With fewer values no share says anything.
        const MIN_VALUES: usize = 20;
        /// Bytes of a value, on average, from which it is prose.
        const PROSE: usize = 48;
        /// One value in so many may be such by chance.
        const ONE_IN: usize = 20;
        let count = column.len();
        if column.kind != ColumnKind::Text || count < MIN_VALUES || column.bytes.len() >= PROSE * count {
            return;
        }
        let is_doubtful = |found: &Match| {
            let told = EvidenceFlags::CONTEXT.0 | EvidenceFlags::FIELD_NAME.0 | EvidenceFlags::COLUMN_SHARE.0;
            self.compiled.detectors[usize::from(found.detector)].made_of_words && found.evidence.0 & told == 0
        };
        // Few detectors have such matches in a column: how many, and in which value the last one stands.
        let mut counts: Vec<(u16, usize, u32)> = Vec::new();
        for found in matches.iter().filter(|found| is_doubtful(found)) {
            match counts.iter_mut().find(|(detector, ..)| *detector == found.detector) {
                Some((_, values, last)) => {
                    (*values, *last) = (*values + usize::from(*last != found.value), found.value)
                }
                None => counts.push((found.detector, 1, found.value)),
            }
        }
        let is_chance = |found: &Match| {
            counts.iter().any(|(detector, values, _)| *detector == found.detector && values * ONE_IN < count)
        };
        for found in matches.iter_mut().filter(|found| is_doubtful(found) && is_chance(found)) {
            hold(found);
        }
        self.doubt_shapes(column, matches);
    }

    /// Holds back matches that are whole values where many values that look the same are none: of part numbers of three, two and
    /// four digits nine in ten could be SSNs, and of the places in a store (`A12.3`) one in four is a code of a diagnosis.
    fn doubt_shapes(&self, column: &Column, matches: &mut [Match]) {
        /// With fewer values no share says anything.
        const MIN_VALUES: usize = 20;
        /// Forms in which the values are written.
        const MAX_SHAPES: usize = 8;
        /// One value in so many may be wrong although the column holds what it looks like.
        const ONE_IN: usize = 20;
        let is_whole = |found: &Match| {
            let told = EvidenceFlags::CONTEXT.0 | EvidenceFlags::FIELD_NAME.0 | EvidenceFlags::COLUMN_SHARE.0;
            found.confidence > Confidence::Low
                && found.evidence.0 & told == 0
                && found.evidence.contains(EvidenceFlags::VALIDATOR)
                && !self.compiled.detectors[usize::from(found.detector)].made_of_words
                && trimmed(column, column.range(found.value as usize)) == (found.start as usize..found.end as usize)
        };
        let mut detectors: Vec<u16> =
            matches.iter().filter(|found| is_whole(found)).map(|found| found.detector).collect();
        detectors.sort_unstable();
        detectors.dedup();
        for detector in detectors {
            let is_of_it = |found: &Match| found.detector == detector && is_whole(found);
            let passed = matches.iter().filter(|found| is_of_it(found)).map(|found| column.value(found.value as usize));
            let mut shapes: Vec<Vec<u8>> = Vec::new();
            let mut count = 0;
            for value in passed {
                count += 1;
                if shapes.len() < MAX_SHAPES && !shapes.iter().any(|shape| has_shape(value, shape)) {
                    shapes.push(shape(value));
                }
            }
            let values = (0..column.len()).map(|value| column.value(value));
            let alike = values.filter(|value| shapes.iter().any(|shape| has_shape(value, shape))).count();
            if alike >= MIN_VALUES && alike.saturating_sub(count) * ONE_IN > alike {
                matches.iter_mut().filter(|found| is_of_it(found)).for_each(hold);
            }
        }
    }
}

/// All digits alike, and all letters.
fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'9',
        b'a'..=b'z' | b'A'..=b'Z' => b'A',
        other => other,
    }
}

/// The value with all digits and all letters alike.
fn shape(value: &[u8]) -> Vec<u8> {
    value.trim_ascii().iter().map(|byte| class(*byte)).collect()
}

/// Whether the value has that shape.
fn has_shape(value: &[u8], shape: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.len() == shape.len() && value.iter().zip(shape).all(|(byte, other)| class(*byte) == *other)
}

/// A stretch around matches that lies in the value that ends at `limit`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    from: usize,
    to: usize,
    limit: usize,
}

impl Engine {
    /// Holds back matches in an object whose texts were written for everybody: values that are test data, and those that
    /// their detectors say. Where its place says so, a label or a field makes no difference: a package has authors.
    pub(super) fn hold_back(&self, profile: &Profile, matches: &mut [Match]) {
        let by_place = profile.lies_with_publications;
        let named = EvidenceFlags::FIELD_NAME;
        for found in matches.iter_mut().filter(|found| by_place || !found.evidence.contains(named)) {
            let spec = self.compiled.detectors[usize::from(found.detector)].in_publications;
            let may_be_held = match spec {
                Some(PublicationSpec::HeldBack) => true,
                Some(PublicationSpec::NeedsLabel) => by_place || !found.evidence.contains(EvidenceFlags::CONTEXT),
                Some(PublicationSpec::InPackages) => profile.lies_with_packages,
                None => false,
            };
            if !may_be_held && !found.evidence.contains(EvidenceFlags::LIKELY_SYNTHETIC) {
                continue;
            }
            if !profile.is_publication() {
                return;
            }
            hold(found);
        }
    }
}

/// Makes a match one about which the rest of its record decides.
fn hold(found: &mut Match) {
    found.confidence = Confidence::Low;
    found.evidence = found.evidence.with(EvidenceFlags::PUBLICATION);
}

impl Profile {
    /// Whether the texts were written for everybody, by their place or by what they say.
    pub(super) fn is_publication(&self) -> bool {
        self.lies_with_publications || *self.is_publication.get_or_init(|| is_publication(&self.head))
    }
}

/// Drops the matches of some detectors, of all matches sorted by place, where their record has no others.
pub(super) fn drop_lone(column: &Column, detectors: &[u16], matches: &mut Vec<Match>) {
    if detectors.is_empty() || column.kind != ColumnKind::Lines {
        return;
    }
    match &column.records {
        Records::Identity => drop_lone_of(|found| found.value, detectors, matches),
        Records::Mapped(records) => drop_lone_of(|found| records[found.value as usize], detectors, matches),
        Records::Dictionary { .. } => {}
    }
}

#[inline]
fn drop_lone_of(record_of: impl Fn(&Match) -> u32, detectors: &[u16], matches: &mut Vec<Match>) {
    let (mut place, mut kept) = (0, 0);
    while let Some(first) = matches.get(place) {
        let of_record = matches[place..].iter().take_while(|found| record_of(found) == record_of(first));
        let count = of_record.clone().count();
        let is_lone =
            detectors.contains(&first.detector) && of_record.skip(1).all(|found| found.detector == first.detector);
        if !is_lone {
            matches.copy_within(place..place + count, kept);
            kept += count;
        }
        place += count;
    }
    matches.truncate(kept);
}

/// Moves the matches to `list`, sorted by place; of overlapping ones the stronger stays, equal ones become one.
pub(super) fn settle_overlaps(matches: &mut Vec<Match>, list: &mut Vec<Match>) {
    let strength = |found: &Match| {
        let named =
            EvidenceFlags(EvidenceFlags::FIELD_NAME.0 | EvidenceFlags::CONTEXT.0 | EvidenceFlags::COLUMN_SHARE.0);
        (found.confidence, found.evidence.0 & named.0 != 0, found.end - found.start, std::cmp::Reverse(found.detector))
    };
    // Most columns have matches of one detector, one in a value.
    if list.is_empty() && matches.is_sorted_by(|one, next| one.end <= next.start) {
        return std::mem::swap(matches, list);
    }
    if !matches.is_sorted_by_key(|found| found.start) {
        matches.sort_by_key(|found| found.start);
    }
    for found in matches.drain(..) {
        let Some(last) = list.last_mut().filter(|last| found.start < last.end) else {
            list.push(found);
            continue;
        };
        let same = (last.detector, last.start, last.end) == (found.detector, found.start, found.end);
        let evidence = last.evidence.with(found.evidence);
        if strength(&found) > strength(last) {
            *last = found;
        }
        if same {
            last.evidence = evidence;
        }
    }
}

/// Whether the share of a column's values that pass is one that chance does not give.
pub(super) fn stands_out(detector: &CompiledDetector, column: &Column) -> bool {
    /// With this many, one value more or less that is often repeated makes no difference.
    const MANY_VALUES: usize = 100;
    /// With fewer, each of them has to pass.
    const MIN_VALUES: usize = 12;
    /// So many are told apart: a value that is often repeated proves no more than once.
    const MAX_DISTINCT: usize = 256;
    /// ln(1e-6)
    const MAX_LOG_PROBABILITY: f64 = -13.8;
    let Some(spec) = &detector.column else { return false };
    let is_meant =
        |value: &[u8]| passes(detector, value) && detector.column_validator.is_none_or(|passes| passes(value));
    let (mut tested, mut passed) = (0usize, 0usize);
    let mut distinct = std::collections::HashSet::new();
    for value in 0..column.len() {
        let range = trimmed(column, column.range(value));
        if !range.is_empty() {
            tested += 1;
            if is_meant(&column.bytes[range.clone()]) {
                passed += 1;
                if distinct.len() < MAX_DISTINCT {
                    distinct.insert(&column.bytes[range]);
                }
            }
        }
        // Of few values each has to pass, of the first of many half of them.
        let allowed = if column.len() < MANY_VALUES { 0 } else { MANY_VALUES / 2 };
        if tested - passed > allowed && tested <= MANY_VALUES {
            return false;
        }
    }
    if tested < MANY_VALUES && (tested < MIN_VALUES || passed < tested) {
        return false;
    }
    if (passed as f64) < spec.min_share * tested as f64 {
        return false;
    }
    // Chernoff's bound on the binomial tail: P(X >= passed) <= exp(-n KL(share || chance)).
    let trials = (distinct.len() + tested - passed) as f64;
    let share = distinct.len() as f64 / trials;
    if share <= spec.chance {
        return false;
    }
    let term = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
    let divergence = term(share, spec.chance) + term(1.0 - share, 1.0 - spec.chance);
    -trials * divergence < MAX_LOG_PROBABILITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::detectors::engine::Scratch;
    use crate::model::Batch;

    /// Which detectors a column without a telling name is taken for.
    fn taken(path: &str, values: &[&str]) -> Vec<String> {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let mut column = Column::new(path, ColumnKind::Text, 1);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        let batch = Batch { record_count: values.len() as u32, columns: vec![column], ..Batch::default() };
        let profile = engine.profile(&batch, &mut Scratch::default());
        let taken = profile.by_share.values().flatten();
        taken.map(|index| engine.detectors()[usize::from(*index)].id.to_string()).collect()
    }

    #[test]
    fn a_column_of_codes_needs_no_name_where_all_of_them_are_codes() {
        let without_dots =
            ["I10", "O80", "Z23", "E039", "F411", "R519", "M5450", "E119", "K219", "J45909", "N390", "S93401A", "I10"];
        assert_eq!(taken("c7", &without_dots), ["icd10cm"]);
        let one_other = [&without_dots[..], &["B12"]].concat();
        assert_eq!(taken("c7", &one_other), Vec::<String>::new());
        let concepts = [
            "44054006",
            "38341003",
            "195967001",
            "55822004",
            "13645005",
            "35489007",
            "73211009",
            "22298006",
            "49436004",
            "84114007",
            "271737000",
            "233604007",
        ];
        assert_eq!(taken("CODE", &concepts), ["snomed"]);
    }

    #[test]
    fn a_name_in_prose_is_a_providers_where_the_text_says_so() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let is_provider = |path: &str, text: &str| {
            let mut column = Column::new(path, ColumnKind::Text, 1);
            column.push(text.as_bytes());
            let batch = Batch { record_count: 1, columns: vec![column], ..Batch::default() };
            let (mut scratch, mut found) = (Scratch::default(), Vec::new());
            let profile = engine.profile(&batch, &mut scratch);
            engine.scan(&batch, &profile, &mut scratch, &mut found);
            let names =
                found[0].iter().filter(|found| &*engine.detectors()[usize::from(found.detector)].id == "person_name");
            names.map(|found| found.evidence.contains(EvidenceFlags::PROVIDER)).collect::<Vec<_>>()
        };
        assert_eq!(is_provider("note", "Marisol Quintero, MD treats heart failure and asthma"), [true]);
        assert_eq!(is_provider("note", "Patient: Marisol Quintero, MD has heart failure"), [false]);
        assert_eq!(is_provider("note", "Marisol Quintero was admitted with heart failure"), [false]);
        assert_eq!(is_provider("patient_name", "Dr. Marisol Quintero"), [false]);
    }

    #[test]
    fn shelves_cells_and_parts_are_no_codes() {
        let made = |form: &dyn Fn(usize) -> String| (1..200).map(form).collect::<Vec<String>>();
        let letter = |number: usize| char::from(b'A' + (number * 7 % 26) as u8);
        for values in [
            made(&|number| format!("C{:02}", number % 26)),
            made(&|number| format!("{}{:02}", letter(number), number % 100)),
            made(&|number| format!("{}{:03}", letter(number), number * 37 % 1000)),
            made(&|number| format!("M{:03}", 100 + number)),
            made(&|number| format!("{}{}", letter(number), number)),
            made(&|number| format!("J{:04}", 1000 + number * 11)),
            made(&|number| format!("{}", 44_054_000 + number)),
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            assert_eq!(taken("c7", &values), Vec::<String>::new(), "{}", values[0]);
        }
    }
}
