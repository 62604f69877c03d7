//! Evidence as the ledger keeps it: detectors by id instead of index. It is read back only by a scan whose
//! detectors are the same; anything that does not fit is not recalled, and the object is read again.

use super::packing;
use crate::model::{Class, Coverage, DetectorEvidence, Evidence, Individuals, Reason, SpecialTable, TableFacts};
use serde::Deserialize;
use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::Arc;
use zstd::bulk::Compressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::{DCtx, ResetDirective};

/// Evidence as it is read back. Ledgers of older programs hold it as JSON.
#[derive(Deserialize)]
pub(super) struct Stored {
    pub(super) counts: [u64; 6],
    pub(super) special: Vec<u64>,
    pub(super) reasons: Vec<(Class, String, u64)>,
    pub(super) phi_people: Individuals,
    pub(super) pii_people: Individuals,
    pub(super) generalised: Option<String>,
    /// Field path, id of the detector, and what was found.
    pub(super) found: Vec<(String, String, DetectorEvidence)>,
    #[serde(default)]
    pub(super) table: Option<TableFacts>,
}

/// Most bytes that evidence may expand to.
const MAX_BYTES: u64 = 64 << 20;
/// Longer evidence is compressed: it has many fields, whose paths are alike.
const COMPRESSED_FROM: usize = 16 << 10;
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
    if evidence.is_bare() && table.is_none() {
        return Ok(format!("{} {}", evidence.records, evidence.bytes).into_bytes());
    }
    let bytes = packing::written((evidence, table), detectors);
    if bytes.len() < COMPRESSED_FROM {
        return Ok(bytes);
    }
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(&bytes),
        None => kept.insert(Compressor::new(LEVEL)?).compress(&bytes),
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
    read(bytes).map_or(Vec::new(), |stored| stored.found)
}

/// The people of the records of class `phi`.
pub(super) fn phi_people(bytes: &[u8]) -> Option<Individuals> {
    people(bytes).map(|[phi, _]| phi)
}

/// Everything of evidence in bytes; `None` where it does not fit.
pub(super) fn read(bytes: &[u8]) -> Option<Stored> {
    if bytes.first() == Some(&packing::MARK) {
        return packing::read(bytes);
    }
    let expanded = expanded(bytes)?;
    packing::read(&expanded).or_else(|| serde_json::from_slice(&expanded).ok())
}

fn expanded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut expanded = Vec::new();
    DECOMPRESSOR.with_borrow_mut(|context| {
        context.reset(ResetDirective::SessionOnly).ok()?;
        Decoder::with_context(bytes, context).take(MAX_BYTES).read_to_end(&mut expanded).ok()
    })?;
    Some(expanded)
}

/// The evidence of bytes, and of a table what else is known of it; `None` where it does not fit.
pub(super) fn unpacked(bytes: &[u8], detectors: &[Arc<str>]) -> Option<(Evidence, Option<TableFacts>)> {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        let (records, bytes) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
        let (records, bytes) = (records.parse().ok()?, bytes.parse().ok()?);
        return Some((Evidence { records, bytes, ..Evidence::default() }, None));
    }
    let stored = read(bytes)?;
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
    if let Some(people) = packing::people(bytes) {
        return Some(people);
    }
    read(bytes).map(|stored| [stored.phi_people, stored.pii_people])
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
    use crate::model::{EvidenceFlags, ForeignKey, Location, Position, Sample};

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
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_none(), "{cut}");
        }
        assert!(read(&[&bytes[..], &[0]].concat()).is_none());
        // The people are read without the rest.
        assert_eq!(people(&bytes), read(&bytes).map(|all| [all.phi_people, all.pii_people]));
        let bare = Evidence { records: 12, bytes: 900, ..Evidence::default() };
        let bytes = packed((&bare, None), &detectors).unwrap();
        assert_eq!((bytes.as_slice(), unpacked(&bytes, &[])), (&b"12 900"[..], Some((bare.clone(), None))));
        let key = ForeignKey { columns: vec!["visit".into()], references: Location::from_uri("postgres://h/d/s.t") };
        let table = TableFacts { sample: Some(Sample::all(7, 12)), keys: vec![key] };
        let bytes = packed((&bare, Some(&table)), &detectors).unwrap();
        assert_eq!(unpacked(&bytes, &[]), Some((bare, Some(table))));
    }

    #[test]
    fn evidence_of_many_fields_is_compressed() {
        let detectors: Vec<Arc<str>> = vec!["a".into()];
        let samples = vec![(Position { record: 700, line: Some(701), column: None }, "***-**-1234".to_owned())];
        let found = DetectorEvidence {
            values: 300,
            records: 200,
            class: None,
            by_confidence: [300, 0, 0],
            evidence: EvidenceFlags::PATTERN,
            synthetic_values: 0,
            special: 0,
            samples,
        };
        let mut evidence = Evidence::default();
        for number in 0..2000 {
            evidence.detectors.insert((format!("claims[].lines[].field{number:04}").into(), 0), found.clone());
        }
        let bytes = packed((&evidence, None), &detectors).unwrap();
        assert!(bytes.len() < 20_000, "{}", bytes.len());
        assert_eq!(unpacked(&bytes, &detectors), Some((evidence, None)));
    }

    /// As every program has to read them from now on, and as older ones wrote them.
    #[test]
    fn what_ledgers_hold_can_be_read() {
        let kept = b"\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x09\x00\x00\x07\x5a\x02\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\
            \x01\x03\x05a + b\x02\x00\x00\x01\x01x\x01b\xac\x02\x02\x00\x01\x02\x01\x02\x03\x08\x01\x01\x00\x03\x03***";
        let text = r#"{"counts":[7,90,2,0,0,0],"special":[0,0,0,5,0,0,0,0],"reasons":[["phi","a + b",2]],
            "phi_people":{"Few":"AAAAAAAAAAk"},"pii_people":{"Few":""},"generalised":null,
            "found":[["x","b",{"values":300,"records":2,"class":"phi","by_confidence":[0,1,2],"evidence":2,
            "synthetic_values":1,"special":8,"samples":[[{"record":1,"line":null,"column":2},"***"]]}]]}"#;
        let detectors: Vec<Arc<str>> = vec!["a".into(), "b".into()];
        let older = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
        let (evidence, table) = unpacked(&older, &detectors).unwrap();
        assert_eq!((evidence.detectors.len(), evidence.special_records[3], table), (1, 5, None));
        assert_eq!(evidence.phi_people.count(), 1);
        assert_eq!(packed((&evidence, None), &detectors).unwrap(), kept, "{evidence:?}");
        assert_eq!(unpacked(kept, &detectors), Some((evidence, None)));
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
