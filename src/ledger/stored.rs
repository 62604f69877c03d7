//! Evidence as the ledger keeps it: detectors by id instead of index, compressed. It is read back only by a scan whose
//! detectors are the same; anything that does not fit is not recalled, and the object is read again.

use crate::model::{
    Class, Coverage, DetectorEvidence, Evidence, EvidenceFlags, Individuals, Reason, SpecialTable, TableFacts,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::Arc;
use zstd::bulk::Compressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::{DCtx, ResetDirective};

#[derive(Deserialize)]
struct Stored {
    counts: [u64; 6],
    special: Vec<u64>,
    reasons: Vec<(Class, String, u64)>,
    phi_people: Individuals,
    pii_people: Individuals,
    generalised: Option<String>,
    found: Vec<(String, String, DetectorEvidence)>,
    #[serde(default)]
    table: Option<TableFacts>,
}

/// The same, borrowed from the evidence that is to be kept.
#[derive(Serialize)]
struct ToStore<'a> {
    counts: [u64; 6],
    special: &'a [u64],
    reasons: Vec<(Class, &'a str, u64)>,
    phi_people: &'a Individuals,
    pii_people: &'a Individuals,
    generalised: Option<&'a str>,
    found: Vec<(&'a str, &'a str, &'a DetectorEvidence)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a TableFacts>,
}

/// Most bytes that evidence may expand to.
const MAX_BYTES: u64 = 64 << 20;
const LEVEL: i32 = 1;

thread_local! {
    // Their memory is much more than most evidence.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// The evidence in bytes. Most objects hold nothing, and take no more than their counts.
pub(super) fn packed(
    (evidence, table): (&Evidence, Option<&TableFacts>),
    detectors: &[Arc<str>],
) -> io::Result<Vec<u8>> {
    let bare = Evidence { records: evidence.records, bytes: evidence.bytes, ..Evidence::default() };
    if *evidence == bare && table.is_none() {
        return Ok(format!("{} {}", bare.records, bare.bytes).into_bytes());
    }
    let found = evidence.detectors.iter().filter_map(|((field, index), found)| {
        let detector = detectors.get(usize::from(*index))?;
        Some((&**field, &**detector, found))
    });
    let stored = ToStore {
        counts: [
            evidence.records,
            evidence.bytes,
            evidence.phi_records,
            evidence.pii_records,
            evidence.health_records,
            evidence.synthetic_records,
        ],
        special: &evidence.special_records,
        reasons: evidence.reasons.iter().map(|((class, why), count)| (*class, &**why, *count)).collect(),
        phi_people: &evidence.phi_people,
        pii_people: &evidence.pii_people,
        generalised: evidence.generalised.as_deref(),
        found: found.collect(),
        table,
    };
    let text = serde_json::to_vec(&stored)?;
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(&text),
        None => kept.insert(Compressor::new(LEVEL)?).compress(&text),
    })
}

/// The masked samples of one detector in one field, as a JSON array; `None` where there are none.
pub(super) fn samples(bytes: &[u8], field: &str, detector: &str) -> Option<String> {
    let (_, _, found) = self::found(bytes).into_iter().find(|(path, id, _)| path == field && id == detector)?;
    let samples: Vec<String> = found.samples.into_iter().map(|(_, sample)| sample).collect();
    serde_json::to_string(&samples).ok()
}

/// Field path, id of the detector and evidence of everything that was found.
pub(super) fn found(bytes: &[u8]) -> Vec<(String, String, DetectorEvidence)> {
    read(bytes).map_or(Vec::new(), |stored: Stored| stored.found)
}

/// The people of the records of class `phi`.
pub(super) fn phi_people(bytes: &[u8]) -> Option<Individuals> {
    Some(read::<Stored>(bytes)?.phi_people)
}

/// What a report tells of an object's evidence.
#[derive(Deserialize)]
pub(super) struct Told {
    /// The people of the records of class `phi`.
    pub(super) phi_people: Individuals,
    /// Field path, id of the detector, and what spoke for it.
    pub(super) found: Vec<(String, String, ToldEvidence)>,
}

/// What spoke for a detector in a field.
#[derive(Deserialize)]
pub(super) struct ToldEvidence {
    pub(super) evidence: EvidenceFlags,
}

/// What a report tells of evidence in bytes, the rest of which is passed over; `None` where it does not fit.
pub(super) fn told(bytes: &[u8]) -> Option<Told> {
    read(bytes)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut text = Vec::new();
    DECOMPRESSOR.with_borrow_mut(|context| {
        context.reset(ResetDirective::SessionOnly).ok()?;
        Decoder::with_context(bytes, context).take(MAX_BYTES).read_to_end(&mut text).ok()
    })?;
    serde_json::from_slice(&text).ok()
}

/// The evidence of bytes, and of a table what else is known of it; `None` where it does not fit.
pub(super) fn unpacked(bytes: &[u8], detectors: &[Arc<str>]) -> Option<(Evidence, Option<TableFacts>)> {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        let (records, bytes) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
        let (records, bytes) = (records.parse().ok()?, bytes.parse().ok()?);
        return Some((Evidence { records, bytes, ..Evidence::default() }, None));
    }
    let stored: Stored = read(bytes)?;
    let [records, bytes, phi_records, pii_records, health_records, synthetic_records] = stored.counts;
    let mut special_records = [0; SpecialTable::MAX];
    for (kept, count) in special_records.iter_mut().zip(stored.special) {
        *kept = count;
    }
    let mut evidence = Evidence {
        records,
        bytes,
        phi_records,
        pii_records,
        health_records,
        synthetic_records,
        special_records,
        reasons: stored.reasons.into_iter().map(|(class, why, count)| ((class, why.into()), count)).collect(),
        phi_people: stored.phi_people,
        pii_people: stored.pii_people,
        generalised: stored.generalised.map(Into::into),
        ..Evidence::default()
    };
    for (field, detector, found) in stored.found {
        let index = detectors.iter().position(|id| **id == *detector)?;
        evidence.detectors.insert((field.into(), u16::try_from(index).ok()?), found);
    }
    Some((evidence, stored.table))
}

/// The people of the PHI and of the PII records, by evidence in bytes; `None` where it does not fit.
pub(super) fn people(bytes: &[u8]) -> Option<[Individuals; 2]> {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        return Some([Individuals::default(), Individuals::default()]);
    }
    let stored: Stored = read(bytes)?;
    Some([stored.phi_people, stored.pii_people])
}

/// The coverage of its words.
pub(super) fn coverage(word: &str, code: Option<&str>) -> Option<Coverage> {
    let reason = || Reason::ALL.iter().copied().find(|reason| Some(reason.code()) == code);
    Some(match word {
        "complete" => Coverage::Complete,
        "sampled" => Coverage::Sampled,
        "partial" => Coverage::Partial(reason()?),
        "skipped" => Coverage::Skipped(reason()?),
        "failed" => Coverage::Failed(reason()?),
        _ => return None,
    })
}

/// Whether the same content would be covered the same way again: it was read, or cannot be by what it is.
pub(super) fn is_lasting(coverage: &Coverage) -> bool {
    match coverage.reason() {
        None => true,
        Some(reason) => matches!(
            reason,
            Reason::Empty
                | Reason::UnlikelyColumns
                | Reason::Binary
                | Reason::Corrupt
                | Reason::Truncated
                | Reason::MalformedRecords
                | Reason::Encrypted
                | Reason::UnsupportedFormat
                | Reason::Undecoded
                | Reason::ExpansionLimit
                | Reason::NestingLimit
                | Reason::MemoryLimit
        ),
    }
}

/// The formats that a result can name.
pub(super) fn format(word: &str) -> Option<&'static str> {
    ["csv", "json", "mysql", "ndjson", "parquet", "pdf", "postgres", "sql", "sqlite", "text"]
        .into_iter()
        .find(|format| *format == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ForeignKey, Location, Position, Sample};

    #[test]
    fn evidence_comes_back_as_it_was() {
        let detectors: Vec<Arc<str>> = vec!["a".into(), "b".into()];
        let mut evidence = Evidence { records: 7, bytes: 90, phi_records: 2, ..Evidence::default() };
        evidence.special_records[3] = 5;
        evidence.reasons.insert((Class::Phi, "a + b".into()), 2);
        (0..600).for_each(|digest: u64| evidence.phi_people.insert(digest.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        evidence.pii_people.insert(u64::MAX);
        let found = DetectorEvidence {
            values: 3,
            records: 2,
            class: Some(Class::Phi),
            by_confidence: [0, 1, 2],
            evidence: EvidenceFlags::VALIDATOR,
            synthetic_values: 1,
            special: 8,
            samples: vec![(Position { record: 1, line: None, column: Some(2) }, "***".to_owned())],
        };
        evidence.detectors.insert(("x".into(), 1), found);
        let bytes = packed((&evidence, None), &detectors).unwrap();
        assert_eq!(unpacked(&bytes, &detectors), Some((evidence, None)));
        assert_eq!(unpacked(&bytes, &detectors[..1]), None, "a detector is missing");
        assert_eq!(unpacked(&bytes[1..], &detectors), None);
        let bare = Evidence { records: 12, bytes: 900, ..Evidence::default() };
        let bytes = packed((&bare, None), &detectors).unwrap();
        assert_eq!((bytes.as_slice(), unpacked(&bytes, &[])), (&b"12 900"[..], Some((bare.clone(), None))));
        let key = ForeignKey { columns: vec!["visit".into()], references: Location::from_uri("postgres://h/d/s.t") };
        let table = TableFacts { sample: Some(Sample::all(7, 12)), keys: vec![key] };
        let bytes = packed((&bare, Some(&table)), &detectors).unwrap();
        assert_eq!(unpacked(&bytes, &[]), Some((bare, Some(table))));
    }

    #[test]
    fn every_format_comes_back() {
        for word in ["csv", "json", "mysql", "ndjson", "parquet", "pdf", "postgres", "sql", "sqlite", "text"] {
            assert_eq!(format(word), Some(word));
        }
        assert_eq!(format("docx"), None);
    }

    #[test]
    fn every_coverage_comes_back() {
        for reason in Reason::ALL {
            let partial = Coverage::Partial(*reason);
            assert_eq!(coverage(partial.as_str(), Some(reason.code())), Some(partial));
        }
        assert!(is_lasting(&Coverage::Skipped(Reason::Binary)) && !is_lasting(&Coverage::Failed(Reason::AccessDenied)));
    }
}
