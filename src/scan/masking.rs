//! Locations and field names hold identifiers too: keys of objects, file names, headers of a misread table, keys of a
//! JSON object that are data. What a detector finds in them is masked wherever it is shown.

use super::key_labels;
use crate::detectors::{Engine, Profile, Scratch};
use crate::model::{Batch, Column, ColumnKind, DetectorClass, LOCATION_FIELD, Location, Mask, Match, Records};
use std::ops::Range;
use std::path::Path;

/// Grows where more is masked in a key than before: what is remembered of objects shows them as they were masked.
pub const KEYS_VERSION: u32 = 4;

/// A text as lines of one record, with the matches in it that identify somebody.
pub(super) struct Scanned<'a> {
    text: &'a [u8],
    /// Its lines as a batch of one record.
    pub(super) batch: Batch,
    /// Its matches, sorted by place.
    pub(super) matches: Vec<Vec<Match>>,
}

/// Looks for identifiers of people in a text that is no content. `is_mark` says at which bytes a line ends.
fn scan_lines<'a>(
    engine: &Engine,
    (field, text): (&str, &'a [u8]),
    is_mark: impl Fn(usize) -> bool,
    scratch: &mut Scratch,
) -> Scanned<'a> {
    let mut column = Column::new(field, ColumnKind::Lines, 0);
    let mut start = 0;
    // What stands between lines takes one byte, as a mark does: places are the same in both.
    for end in (0..text.len()).filter(|place| is_mark(*place)).chain([text.len()]) {
        column.push(&text[start..end]);
        start = end + 1;
    }
    column.records = Records::Mapped(vec![0; column.ends.len()]);
    let batch = Batch { record_count: 1, columns: vec![column], ..Batch::default() };
    let mut matches = Vec::new();
    engine.scan(&batch, &Profile::default(), scratch, &mut matches);
    for found in &mut matches {
        found.retain(|found| {
            let class = engine.detectors()[usize::from(found.detector)].class;
            // A bare name waits for other matches of its record, and there are none.
            found.confidence >= engine.floor()
                && !matches!(class, DetectorClass::Health | DetectorClass::Provider | DetectorClass::Network)
        });
    }
    Scanned { text, batch, matches }
}

/// Looks for identifiers of people in a location, behind its scheme. Its parts are no longer numbers:
/// `2026/11/536-90-4399_1.csv` holds one.
pub(super) fn scan_location<'a>(engine: &Engine, location: &'a str, scratch: &mut Scratch) -> Scanned<'a> {
    let text = &location.as_bytes()[scheme_end(location)..];
    let is_mark = |place: usize| match text[place] {
        b'/' => true,
        // In the name of a mailbox it is part of the name.
        b'_' if place > 0 && text[place - 1].is_ascii_digit() => {
            !text[place..].iter().take_while(|byte| **byte != b'/').any(|byte| *byte == b'@')
        }
        _ => false,
    };
    scan_lines(engine, (LOCATION_FIELD, text), is_mark, scratch)
}

/// A location with the identifiers in it masked; `None` where there are none.
pub(super) fn masked_location(engine: &Engine, location: &str, scratch: &mut Scratch) -> Option<String> {
    let scanned = scan_location(engine, location, scratch);
    (!scanned.is_clean()).then(|| format!("{}{}", &location[..scheme_end(location)], scanned.masked(engine)))
}

/// The same where nothing more is asked about it: numbers that the key says to be somebody's are masked too.
pub(super) fn shown_location(engine: &Engine, location: &str, scratch: &mut Scratch) -> Option<String> {
    let masked = masked_location(engine, location, scratch);
    key_labels::masked(masked.as_deref().unwrap_or(location)).or(masked)
}

fn scheme_end(location: &str) -> usize {
    location.find("://").map_or(0, |at| at + 3)
}

impl Scanned<'_> {
    /// Whether nobody is identified.
    pub(super) fn is_clean(&self) -> bool {
        self.matches.iter().all(Vec::is_empty)
    }

    /// The text with the matches masked.
    fn masked(&self, engine: &Engine) -> String {
        let mut masked = String::new();
        let mut copied = 0;
        for found in self.matches.iter().flatten() {
            let (start, end) = (found.start as usize, found.end as usize);
            let mask = engine.detectors()[usize::from(found.detector)].mask;
            masked.push_str(&String::from_utf8_lossy(&self.text[copied..start]));
            masked.push_str(&mask.apply(&self.text[start..end]));
            copied = end;
        }
        masked.push_str(&String::from_utf8_lossy(&self.text[copied..]));
        masked
    }
}

/// A target as it may be shown: masked like the locations that it leads to. Names of persons are looked for behind its
/// folder or prefix, as there.
pub fn masked_target(engine: &Engine, target: &str, scratch: &mut Scratch) -> String {
    let masked = shown_location(engine, target, scratch).unwrap_or_else(|| target.to_owned());
    let start = scheme_end(target);
    let path = target.strip_prefix("file://").unwrap_or(target);
    let is_path = start == 0 || target.starts_with("file://") || target.starts_with("s3://");
    if !is_path || Path::new(path).is_dir() {
        return masked;
    }
    let first =
        if target.starts_with("s3://") { masked[start..].find('/').map_or(masked.len(), |at| start + at) } else { 0 };
    let from = masked.rfind('/').map_or(0, |slash| slash + 1).max(first);
    without_names(engine, &masked, from).map_or(masked, |(shown, _)| shown)
}

/// What the user named: it is shown as it is, so that whoever scans a home folder finds the way back.
pub(super) struct Named(Vec<String>);

impl Named {
    pub(super) fn new(targets: &[String]) -> Self {
        let uri = |target: &String| {
            if target.contains("://") {
                return target[..target.find(['*', '?', '[']).unwrap_or(target.len())].to_owned();
            }
            let path = Path::new(target);
            let uri = Location::file(&path.canonicalize().unwrap_or_else(|_| path.to_owned())).as_str().to_owned();
            if path.is_dir() { uri + "/" } else { uri }
        };
        Self(targets.iter().map(uri).collect())
    }

    /// Where in a location begins what nobody named: behind the folder or key prefix of its target, or its first part.
    pub(super) fn end_in(&self, location: &Location) -> usize {
        let text = location.as_str();
        let folder = |uri: &String| uri.rfind('/').map_or(0, |slash| slash + 1);
        let named = self.0.iter().filter(|uri| text.starts_with(&uri[..folder(uri)])).map(folder).max();
        let start = text.find("://").map_or(0, |at| at + 3);
        let first = text[start..].find('/').map_or(text.len(), |slash| start + slash + 1);
        named.unwrap_or(0).max(first)
    }
}

/// Words before a name in a path.
const PERSONS: [&[u8]; 8] = [b"patient", b"pt", b"member", b"client", b"resident", b"subscriber", b"insured", b"name"];

/// A path with the names of persons in it masked, from a place on, and how many they are; `None` where there are none.
/// A path has no sentences: its words are what stands between marks.
pub(super) fn without_names(engine: &Engine, path: &str, from: usize) -> Option<(String, u64)> {
    let is_of_word = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b'\'';
    let bytes = path.as_bytes();
    let from = (from..bytes.len()).find(|place| path.is_char_boundary(*place)).unwrap_or(bytes.len());
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut place = from;
    while let Some(start) = bytes[place..].iter().position(is_of_word).map(|at| place + at) {
        place = bytes[start..].iter().position(|byte| !is_of_word(byte)).map_or(bytes.len(), |at| start + at);
        words.push(start..place);
    }
    let is_label =
        |word: &&Range<usize>| PERSONS.iter().any(|label| bytes[(*word).clone()].eq_ignore_ascii_case(label));
    let is_name = |one: &Range<usize>, two: &Range<usize>| {
        let between = &bytes[one.end..two.start];
        if between.is_empty() || between.len() > 2 || !between.iter().all(|byte| b" ,._-+".contains(byte)) {
            return false;
        }
        // Words as people write a name, or beside a word for a person: `patient_ottilie_quackenbush`.
        let is_written =
            between.contains(&b' ') && [one, two].iter().all(|word| bytes[word.start].is_ascii_uppercase());
        let segment = bytes[..one.start].iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let before = words.iter().take_while(|word| word.start < one.start).filter(|word| word.start >= segment);
        let telling = is_written || before.last().as_ref().is_some_and(is_label);
        engine.is_name_in_path(&bytes[one.clone()], &bytes[two.clone()], telling)
    };
    let (mut masked, mut copied, mut count, mut index) = (String::new(), 0, 0, 0);
    while let [one, two, ..] = &words[index..] {
        index += 1;
        if !is_name(one, two) {
            continue;
        }
        masked.push_str(&path[copied..one.start]);
        masked.push_str(&Mask::Initials.apply(&bytes[one.start..two.end]));
        (copied, count, index) = (two.end, count + 1, index + 1);
    }
    masked.push_str(&path[copied..]);
    (count > 0).then_some((masked, count))
}

/// What somebody wrote, with the identifiers of people in it masked; `None` where there are none.
pub fn masked_text(engine: &Engine, text: &str, scratch: &mut Scratch) -> Option<String> {
    let scanned = scan_lines(engine, ("", text.as_bytes()), |place| text.as_bytes()[place] == b'\n', scratch);
    (!scanned.is_clean()).then(|| scanned.masked(engine))
}

/// A field path as it may be shown: identifiers masked, and runs of digits that are too long for a name.
pub fn masked_field(engine: &Engine, path: &str, scratch: &mut Scratch) -> String {
    const MAX_DIGITS: usize = 5;
    let scanned = scan_lines(engine, ("", path.as_bytes()), |_| false, scratch);
    let text = if scanned.is_clean() { path.to_owned() } else { scanned.masked(engine) };
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > MAX_DIGITS {
            shown.extend(std::iter::repeat_n('*', digits));
        } else {
            shown.push_str(&rest[..digits]);
        }
        rest = &rest[digits..];
        let others = rest.bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        shown.push_str(&rest[..others]);
        rest = &rest[others..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::Confidence;

    #[test]
    fn names_of_persons_in_paths_are_masked_behind_what_was_named() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let named = Named::new(&["s3://b/home/maria.lopez/x".to_owned(), "s3://c".to_owned()]);
        for (path, masked) in [
            ("s3://b/home/maria.lopez/x/Ottilie Quackenbush.csv", "s3://b/home/maria.lopez/x/O****** Q**********.csv"),
            ("s3://c/patient_Ottilie_Quackenbush_1980.csv", "s3://c/patient_O******_Q**********_1980.csv"),
            ("s3://c/Quackenbush, Ottilie/x.csv", "s3://c/Q**********, O******/x.csv"),
            ("s3://c/a/montgomery-quackenbush/visit.csv", "s3://c/a/m*********-q**********/visit.csv"),
        ] {
            let shown = without_names(&engine, path, named.end_in(&Location::from_uri(path)));
            assert_eq!(shown, Some((masked.to_owned(), 1)));
        }
        for path in [
            "s3://john-smith/exports/2026/part-0.csv",
            "s3://c/maria/lopez.csv",
            "s3://b/home/maria.lopez/x/a.csv",
            "s3://c/a/Athena_Appts.csv",
            "s3://c/a/problem_list_greenway.tsv",
        ] {
            assert_eq!(without_names(&engine, path, named.end_in(&Location::from_uri(path))), None, "{path}");
        }
        // A place within a character.
        assert_eq!(without_names(&engine, "\u{e9}\u{e9} x", 1), None);
    }

    #[test]
    fn parts_of_a_path_are_no_longer_numbers() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let masked = |path: &str| masked_location(&engine, path, &mut Scratch::default());
        for (path, shown) in [
            ("s3://b/2026/11/29/536-90-4399.csv", "s3://b/2026/11/29/***-**-4399.csv"),
            ("s3://b/7/536-90-4399_1.csv", "s3://b/7/***-**-4399_1.csv"),
            ("s3://b/visit_536-90-4399_20261129.csv", "s3://b/visit_***-**-4399_20261129.csv"),
            ("s3://b/1/jane_1990_x@gmail.com/a", "s3://b/1/j***_****_*@*****.com/a"),
            ("s3://b/ssn/536904399/a.csv", "s3://b/ssn/*****4399/a.csv"),
            ("s3://b/mrn/88417723.csv", "s3://b/mrn/****7723.csv"),
            ("s3://b/2026/1EG4-TE5-MK73.csv", "s3://b/2026/****-***-MK73.csv"),
        ] {
            assert_eq!(masked(path).as_deref(), Some(shown), "{path}");
        }
        for path in [
            "s3://b/year=2026/month=11/part-00000-1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.c000.snappy.parquet",
            "s3://b/AWSLogs/111122223333/us-east-1/2026/11/29/111122223333_CloudTrail_us-east-1_20261129T0000Z_abc.json.gz",
            "s3://b/node/2026/11/29/415/555/2671.csv",
            "s3://b/exports/10/500/main_street/items-2026.csv",
            "s3://b/images/IMG_20261129_101112.jpg",
            "s3://b/data/12/345/6789.csv",
            "s3://b/logs/2026-11-29_10-22-33_415_555_2671.log",
        ] {
            assert_eq!(masked(path), None, "{path}");
        }
    }

    #[test]
    fn a_target_is_shown_as_its_objects_are() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let shown = |target: &str| masked_target(&engine, target, &mut Scratch::default());
        assert_eq!(shown("s3://b/ssn=536904399/"), "s3://b/ssn=*****4399/");
        assert_eq!(shown("s3://b/Ottilie Quackenbush.csv"), "s3://b/O****** Q**********.csv");
        for target in
            ["s3://", "s3://john-smith", "s3://b/home/maria.lopez/", "-", "postgres://h/clinic", "sqlite:x.db"]
        {
            assert_eq!(shown(target), target);
        }
        // A folder is shown as it was named.
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("Ottilie Quackenbush");
        std::fs::create_dir(&named).unwrap();
        assert_eq!(shown(&named.display().to_string()), named.display().to_string());
        assert_eq!(shown(Location::file(&named).as_str()), Location::file(&named).as_str());
    }

    #[test]
    fn what_somebody_writes_keeps_its_words_and_loses_its_identifiers() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let masked = |text: &str| masked_text(&engine, text, &mut Scratch::default());
        for text in ["ticket SEC-123456, asked on 2026-11-29", "deleted\nby lifecycle rule 7", ""] {
            assert_eq!(masked(text), None, "{text}");
        }
        let shown = masked("SSN 536-90-4399 is mine\nMRN: 88417723, ticket 123456").unwrap();
        assert_eq!(shown, "SSN ***-**-4399 is mine\nMRN: ****7723, ticket 123456");
    }

    #[test]
    fn names_that_are_values_are_masked() {
        let engine = Engine::new(&Catalogue::built_in().unwrap(), Confidence::Medium).unwrap();
        let masked = |path: &str| masked_field(&engine, path, &mut Scratch::default());
        assert_eq!(masked("patient.telecom[].value"), "patient.telecom[].value");
        assert_eq!(masked("icd10_2024"), "icd10_2024");
        assert_eq!(masked("536-90-4399.dx"), "***-**-4399.dx");
        assert_eq!(masked("by_ssn.536904399.dx"), "by_ssn.*****4399.dx");
        assert_eq!(masked("by_id.536904399.dx"), "by_id.*********.dx");
        assert_eq!(masked("jane.doe@hospital.org"), "j***.***@********.org");
    }
}
