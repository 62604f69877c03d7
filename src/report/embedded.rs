//! The findings as JSON inside the page: columns of numbers and one list of the texts that they share, so that 100,000 of
//! them stay small. The script reads it as data; nothing in it can end its element.

use super::collect::{class_index, people_of};
use super::findings::{Detail, Told, seconds};
use super::{ReportOptions, collect::Overview};
use crate::ledger::State;
use crate::model::{
    BREACH_STATUS, Class, EvidenceFlags, GONE, NOTICE_DAYS, RISK_FACTORS, STILL_THERE, Severity, breach_notices,
};
use crate::outputs::{harmless, steps_to_take, why_it_matters};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

/// What each kind of evidence means, as a person would say it.
const EVIDENCE: [(EvidenceFlags, &str); 8] = [
    (EvidenceFlags::PATTERN, "it has the shape"),
    (EvidenceFlags::VALIDATOR, "a checksum, a code set or a structural rule passed"),
    (EvidenceFlags::FIELD_NAME, "the field is named for it"),
    (EvidenceFlags::CONTEXT, "a word near it says so"),
    (EvidenceFlags::COLUMN_SHARE, "more values of the column pass than chance gives"),
    (EvidenceFlags::LIKELY_SYNTHETIC, "it looks like test data"),
    (EvidenceFlags::EXACT_MATCH, "it is one of the organisation's own identifiers"),
    (EvidenceFlags::PUBLICATION, "it stands in a text that was written for everybody"),
];

/// The place of a text in the list.
type Text = u32;
/// Who, why, until when.
type Decision = (Option<Text>, Option<Text>, Option<Text>);
/// When, state before, state after, who, why.
type Change = (i64, Option<Text>, Text, Option<Text>, Option<Text>);

#[derive(Default)]
struct Texts {
    list: Vec<String>,
    known: HashMap<String, Text>,
}

impl Texts {
    fn add(&mut self, text: &str) -> Text {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let place = self.list.len() as Text;
        self.list.push(harmless(text));
        self.known.insert(text.to_owned(), place);
        place
    }

    fn add_one(&mut self, text: Option<&str>) -> Option<Text> {
        text.map(|text| self.add(text))
    }
}

#[derive(Serialize, Default)]
struct Columns<'a> {
    fingerprint: Vec<&'a str>,
    state: Vec<usize>,
    severity: Vec<u8>,
    class: Vec<Option<usize>>,
    confidence: Vec<&'a str>,
    detector: Vec<Text>,
    place: Vec<Text>,
    field: Vec<Text>,
    objects: Vec<i64>,
    values: Vec<i64>,
    records: Vec<i64>,
    /// Seconds since 1970, as are the two below.
    first: Vec<i64>,
    last: Vec<i64>,
    changed: Vec<i64>,
    samples: Vec<Vec<Text>>,
    because: Vec<Text>,
    /// By the place of the finding.
    decided: BTreeMap<usize, Decision>,
}

#[derive(Serialize)]
struct DetailData {
    people: Option<u64>,
    /// Places in `notices`.
    notices: Vec<Text>,
    /// Bits in the order of `evidence`.
    evidence: u16,
    /// Location, field, severity, records, coverage.
    objects: Vec<(Text, Text, Text, u64, Text)>,
    history: Vec<Change>,
}

#[derive(Serialize)]
struct Data<'a> {
    made: i64,
    notice_days: i64,
    status: &'a str,
    factors: [[&'a str; 3]; 4],
    still_there: &'a str,
    gone: &'a str,
    states: Vec<(&'a str, bool)>,
    severities: Vec<&'a str>,
    classes: Vec<ClassData>,
    evidence: Vec<&'a str>,
    detectors: BTreeMap<Text, (&'a str, Option<&'a str>)>,
    texts: &'a [String],
    findings: Columns<'a>,
    details: Vec<DetailData>,
}

#[derive(Serialize)]
struct ClassData {
    name: &'static str,
    why: &'static str,
    steps: &'static [&'static str],
}

/// What a class is called, by its place: phi, pii, health.
pub(super) const CLASS_NAMES: [&str; 3] = ["PHI", "PII", "Health data"];

/// Writes the element with the data.
pub(super) fn write(out: &mut dyn Write, overview: &Overview, options: &ReportOptions) -> io::Result<()> {
    let mut texts = Texts::default();
    let mut columns = Columns::default();
    let mut detectors = BTreeMap::new();
    for told in overview.findings.all() {
        add(&mut columns, told, &mut texts);
        let id = texts.add(&told.row.detector);
        if let Some(text) = options.detectors.get(&told.row.detector) {
            detectors.insert(id, (text.name.as_str(), text.identifier.as_deref()));
        }
    }
    let details = overview.findings.details().iter().map(|detail| detail_data(detail, &mut texts)).collect();
    let classes = [Class::Phi, Class::Pii, Class::Health].into_iter().zip(CLASS_NAMES);
    let data = Data {
        made: options.made_at.unix_timestamp(),
        notice_days: NOTICE_DAYS,
        status: BREACH_STATUS,
        factors: RISK_FACTORS.map(|factor| [factor.citation, factor.question, factor.known]),
        still_there: STILL_THERE,
        gone: GONE,
        states: State::ALL.iter().map(|state| (state.as_str(), state.is_active())).collect(),
        severities: (0..=4).filter_map(Severity::from_number).map(Severity::as_str).collect(),
        classes: classes
            .map(|(class, name)| ClassData { name, why: why_it_matters(class), steps: steps_to_take(class) })
            .collect(),
        evidence: EVIDENCE.iter().map(|(_, text)| *text).collect(),
        detectors,
        texts: &texts.list,
        findings: columns,
        details,
    };
    write!(out, "<script type=\"application/json\" id=\"data\">")?;
    serde_json::to_writer(Embedded(out), &data)?;
    writeln!(out, "</script>")
}

fn add<'a>(columns: &mut Columns<'a>, told: &'a Told, texts: &mut Texts) {
    let row = &told.row;
    let state = State::ALL.iter().position(|state| state.as_str() == row.state).unwrap_or_default();
    if let (Some(who), Some(why)) = (&row.decided_by, &row.decided_why) {
        let decision = [Some(who.as_str()), Some(why), row.decided_until.as_deref()].map(|text| texts.add_one(text));
        columns.decided.insert(columns.state.len(), decision.into());
    }
    columns.fingerprint.push(&row.fingerprint);
    columns.state.push(state);
    columns.severity.push(told.severity().map_or(0, |severity| severity as u8));
    columns.class.push(class_index(row.class.as_deref()));
    columns.confidence.push(row.confidence);
    columns.detector.push(texts.add(&row.detector));
    columns.place.push(texts.add(&row.location));
    columns.field.push(texts.add(&row.field));
    columns.objects.push(row.objects);
    columns.values.push(row.values);
    columns.records.push(row.records);
    columns.first.push(told.first());
    columns.last.push(seconds(&row.last_seen_at));
    columns.changed.push(seconds(&row.changed_at));
    columns.samples.push(row.samples.iter().map(|sample| texts.add(sample)).collect());
    columns.because.push(texts.add(&row.because));
}

fn detail_data(detail: &Detail, texts: &mut Texts) -> DetailData {
    let people = people_of(detail);
    let evidence = EVIDENCE.iter().enumerate().filter(|(_, (flag, _))| detail.evidence.contains(*flag));
    DetailData {
        people,
        notices: breach_notices(people).into_iter().map(|notice| texts.add(notice)).collect(),
        evidence: evidence.fold(0, |bits, (place, _)| bits | 1 << place),
        objects: detail
            .objects
            .iter()
            .map(|held| {
                let [location, field, severity, coverage] =
                    [&held.location, &held.field, held.severity, &held.coverage].map(|text| texts.add(text));
                (location, field, severity, held.rank.1, coverage)
            })
            .collect(),
        history: detail
            .history
            .iter()
            .map(|change| {
                let from = texts.add_one(change.from.map(State::as_str));
                let [who, why] = [&change.who, &change.why].map(|text| texts.add_one(text.as_deref()));
                (change.at, from, texts.add(change.to.as_str()), who, why)
            })
            .collect(),
    }
}

/// JSON that may stand in a script element: what could begin a tag stands only in strings, and is written as its number.
struct Embedded<'a>(&'a mut dyn Write);

impl Write for Embedded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'<' | b'>' | b'&')) {
            self.0.write_all(&rest[..at])?;
            write!(self.0, "\\u{:04x}", rest[at])?;
            rest = &rest[at + 1..];
        }
        self.0.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_element_and_all_of_it_comes_back() {
        let hostile = "</script><!--<script>\u{2028}&amp;]]>\"'\\";
        let mut texts = Texts::default();
        texts.add(hostile);
        let mut written = Vec::new();
        serde_json::to_writer(Embedded(&mut written), &texts.list).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(!written.contains(['<', '>', '&', '\u{2028}']), "{written}");
        let read: Vec<String> = serde_json::from_str(&written).unwrap();
        assert_eq!(read, [hostile.replace('\u{2028}', "\\u{2028}")]);
    }
}
