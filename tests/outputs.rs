//! What leaves a scan: JSON lines against their published schema, and the report for people as it reads.

use phinder::model::{
    Class, Confidence, Coverage, Finding, Location, ObjectResult, Position, Reason, Remarks, Severity, Verdict,
    VerdictKind, fingerprint,
};
use phinder::outputs::{Format, Options, ScanHeader, Summary, open};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use time::macros::datetime;

const SCHEMA: &str = include_str!("../docs/jsonl.schema.json");
const REASONS: &str = include_str!("../docs/coverage-reasons.md");

/// A sink that can be read after the output has taken it.
#[derive(Clone, Default)]
pub struct Page(pub Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn header() -> ScanHeader {
    ScanHeader {
        scan_id: "01JD8".to_owned(),
        started_at: datetime!(2026-11-23 07:08:05 UTC),
        scope: vec!["s3://acme/".to_owned()],
        seed: None,
        phinder: "0.1.0",
        detectors_version: "1".to_owned(),
    }
}

pub fn summary(results: &[ObjectResult]) -> Summary {
    let count = |word: &str| results.iter().filter(|result| result.coverage.as_str() == word).count() as u64;
    let findings = || results.iter().flat_map(|result| &result.findings);
    let unexpected = findings().filter(|finding| finding.verdict.kind == VerdictKind::Unexpected).count() as u64;
    let mut reasons = BTreeMap::new();
    for reason in results.iter().filter_map(|result| result.coverage.reason()) {
        *reasons.entry(reason).or_default() += 1;
    }
    Summary {
        listed: results.len() as u64,
        complete: count("complete"),
        sampled: count("sampled"),
        partial: count("partial"),
        skipped: count("skipped"),
        failed: count("failed"),
        gaps: results.iter().filter(|result| result.coverage.is_gap()).count() as u64,
        reasons,
        bytes: results.iter().map(|result| result.bytes).sum(),
        records: results.iter().map(|result| result.records).sum(),
        findings: findings().count() as u64,
        unexpected,
        individuals: None,
        individuals_unexpected: None,
        exit_code: i32::from(unexpected > 0),
        interrupted: false,
        finished_at: datetime!(2026-11-23 07:08:07.25 UTC),
        elapsed: Duration::from_millis(2250),
        links: Vec::new(),
        samples: Vec::new(),
        notes: Vec::new(),
    }
}

pub fn object(location: &str, coverage: Coverage, findings: Vec<Finding>) -> ObjectResult {
    let verdict = findings.iter().map(|finding| finding.verdict.kind).max();
    let severity = findings.iter().map(|finding| finding.verdict.severity).max().unwrap_or(Severity::None);
    let mut classes = [0; 3];
    if let Some(finding) =
        findings.iter().filter(|finding| finding.class.is_some()).max_by_key(|finding| finding.records)
    {
        match finding.class {
            Some(Class::Phi) => classes[0] = finding.records,
            Some(Class::Pii) => classes[1] = finding.records,
            _ => classes[2] = finding.records,
        }
    }
    ObjectResult {
        location: Location::from_uri(location),
        version: None,
        format: (coverage != Coverage::Skipped(Reason::Archived)).then_some("csv"),
        coverage,
        bytes: 50_000,
        records: 1204,
        classes,
        individuals: None,
        remarks: Remarks::default(),
        verdict,
        severity,
        findings,
    }
}

pub fn finding(field: &str, detector: &str, class: Class, records: u64) -> Finding {
    Finding {
        field: field.into(),
        detector: detector.into(),
        class: Some(class),
        confidence: Confidence::High,
        score: 0.93,
        values: records,
        records,
        verdict: Verdict {
            kind: VerdictKind::Unexpected,
            severity: if class == Class::Phi { Severity::High } else { Severity::Low },
            because: "no policy entry expects phi here".into(),
        },
        is_likely_synthetic: false,
        fingerprint: fingerprint(&Location::s3("b", "k"), field, detector),
        place_fingerprint: Location::s3("b", "k").place_fingerprint(field, detector),
        samples: vec!["***-**-1234".to_owned(), "***-**-9876".to_owned()],
        evidence: vec!["validator", "field_name"],
        positions: vec![
            Position { record: 7, line: Some(8), column: Some(3) },
            Position { record: 9, line: None, column: None },
        ],
    }
}

pub fn expected(mut finding: Finding) -> Finding {
    finding.verdict = Verdict {
        kind: VerdictKind::Expected,
        severity: Severity::None,
        because: "expected by \"clinical area\" (phinder.toml:8): landing zone of the health record system".into(),
    };
    finding
}

fn render(format: Format, options: &Options, results: &[ObjectResult]) -> String {
    render_with(format, options, results, &summary(results))
}

fn render_with(format: Format, options: &Options, results: &[ObjectResult], summary: &Summary) -> String {
    String::from_utf8(render_bytes(format, options, results, summary)).unwrap()
}

pub fn render_bytes(format: Format, options: &Options, results: &[ObjectResult], summary: &Summary) -> Vec<u8> {
    let page = Page::default();
    let mut output = open(format, Box::new(page.clone()), options);
    output.begin(&header()).unwrap();
    for result in results {
        output.object(result).unwrap();
    }
    output.end(summary).unwrap();
    page.0.lock().unwrap().clone()
}

fn report(width: usize, results: &[ObjectResult]) -> String {
    render(Format::Terminal, &options(width), results)
}

pub fn options(width: usize) -> Options {
    let names = [
        ("us_ssn", "US Social Security number"),
        ("icd10cm", "Diagnosis code (ICD-10-CM)"),
        ("email", "Email address"),
    ];
    let detector_names = names.iter().map(|(id, name)| (Arc::from(*id), (*name).to_owned())).collect();
    Options { width, is_coloured: false, detector_names, ..Options::default() }
}

/// One of everything.
pub fn mixed() -> Vec<ObjectResult> {
    let mut unclassed = finding("npi", "us_npi", Class::Pii, 3);
    unclassed.class = None;
    vec![
        object("s3://acme/clean/a.csv", Coverage::Complete, vec![]),
        object(
            "s3://acme/reports/2026/patients.csv",
            Coverage::Complete,
            vec![finding("ssn", "us_ssn", Class::Phi, 1100), finding("dx", "icd10cm", Class::Phi, 1204)],
        ),
        object(
            "s3://acme/reports/2026/notes.zip!/inner/visit.txt",
            Coverage::Partial(Reason::Truncated),
            vec![finding("", "us_ssn", Class::Phi, 1)],
        ),
        object("s3://acme/mail/list.csv", Coverage::Complete, vec![finding("e", "email", Class::Pii, 4)]),
        object("s3://acme/clinical/in.csv", Coverage::Complete, vec![expected(finding("s", "us_ssn", Class::Phi, 40))]),
        object("s3://acme/clinical/in2.csv", Coverage::Complete, vec![expected(finding("s", "us_ssn", Class::Phi, 2))]),
        object("s3://acme/providers.csv", Coverage::Complete, vec![expected(unclassed)]),
        object("s3://acme/cold/old.csv", Coverage::Skipped(Reason::Archived), vec![]),
        object("s3://acme/x.log", Coverage::Skipped(Reason::Excluded), vec![]),
        object("s3://acme/secret.csv", Coverage::Failed(Reason::AccessDenied), vec![]),
        object("s3://acme/big.parquet", Coverage::Sampled, vec![]),
    ]
}

#[test]
fn every_json_line_follows_the_schema() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let results = mixed();
    let text = render(Format::Jsonl, &Options::default(), &results);
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let mistakes: Vec<_> = validator.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(mistakes.is_empty(), "{line}: {mistakes:?}");
    }
    let count = |word| lines.iter().filter(|line| line["type"] == word).count();
    assert_eq!((count("scan"), count("object"), count("finding"), count("summary")), (1, 11, 7, 1));
    assert!(text.ends_with("}\n"));
    // The schema has teeth: a line that lacks any fixed key, or has another word, is refused.
    for line in &lines {
        let mut poorer = line.clone();
        poorer.as_object_mut().unwrap().remove("type");
        assert!(!validator.is_valid(&poorer));
        let mut other = line.clone();
        for key in ["coverage", "exit_code", "severity", "schema"] {
            if let Some(value) = other.get_mut(key) {
                *value = "other".into();
                assert!(!validator.is_valid(&other), "{other}");
            }
        }
    }
}

#[test]
fn json_lines_keep_the_contract_to_the_letter() {
    let results = [object("s3://b/k\n.csv", Coverage::Complete, vec![finding("notes", "us_ssn", Class::Phi, 12)])];
    let text = render(Format::Jsonl, &Options::default(), &results);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"type":"scan","schema":1,"phinder":"0.1.0","scan_id":"01JD8","started_at":"2026-11-23T07:08:05Z","scope":["s3://acme/"],"seed":null,"detectors_version":"1"}"#
    );
    assert_eq!(
        lines[1],
        r#"{"type":"object","location":"s3://b/k\n.csv","version":null,"format":"csv","coverage":"complete","reason":null,"explanation":null,"bytes":50000,"records":1204,"classes":{"phi":12,"pii":0,"health":0},"individuals":null,"verdict":"unexpected","severity":"high","findings":1,"class_reasons":[],"special_categories":{},"likely_synthetic":false,"looks_deidentified":false,"generalised":null,"sample":null}"#
    );
    assert_eq!(
        lines[2],
        r#"{"type":"finding","location":"s3://b/k\n.csv","version":null,"field":"notes","detector":"us_ssn","class":"phi","confidence":"high","score":0.93,"values":12,"records":12,"verdict":"unexpected","severity":"high","because":"no policy entry expects phi here","fingerprint":"3f6d","place":"s3://b/","place_fingerprint":"3f6e","samples":["***-**-1234","***-**-9876"],"evidence":["validator","field_name"],"positions":[{"record":7,"line":8,"column":3},{"record":9,"line":null,"column":null}],"likely_synthetic":false}"#
            .replace("3f6d", &fingerprint(&Location::s3("b", "k"), "notes", "us_ssn"))
            .replace("3f6e", &fingerprint(&Location::from_uri("s3://b/"), "", "us_ssn"))
    );
    assert_eq!(
        lines[3],
        r#"{"type":"summary","objects":{"listed":1,"complete":1,"sampled":0,"partial":0,"skipped":0,"failed":0},"gaps":0,"reasons":{},"bytes":50000,"records":1204,"findings":1,"unexpected":1,"individuals":null,"individuals_unexpected":null,"individuals_over_500":false,"exit_code":1,"interrupted":false,"finished_at":"2026-11-23T07:08:07.25Z","elapsed_seconds":2.25,"links":[],"samples":[],"notes":[]}"#
    );
}

#[test]
fn every_reason_is_in_the_schema_and_in_the_documentation() {
    for reason in Reason::ALL {
        assert!(SCHEMA.contains(&format!("\"{reason}\"")), "{reason}");
        let skipped_gap = if Coverage::Skipped(*reason).is_gap() { "yes" } else { "no" };
        let row = format!("| `{reason}` | {} | {skipped_gap} |", reason.explanation());
        assert!(REASONS.contains(&row), "docs/coverage-reasons.md lacks: {row}");
    }
}

#[test]
fn formats_are_chosen_by_name() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(*format));
    }
    assert_eq!(
        "xml".parse::<Format>().unwrap_err().to_string(),
        "unknown output format; use one of terminal, jsonl, csv, parquet, markdown, html, sarif, ocsf, asff"
    );
}

#[test]
fn the_report_is_worst_first_and_says_what_it_did_not_look_at() {
    assert_eq!(
        report(100, &mixed()),
        "\
phinder 0.1.0 · scan 01JD8 · 2026-11-23 07:08 UTC
scope  s3://acme/

Not expected

  high      s3://acme/reports/2026/
            2 objects: PHI in 1,205 records

    patients.csv   PHI in 1,204 of 1,204 records
      Diagnosis code (ICD-10-CM)  dx   1,204 values  high confidence  ***-**-1234, ***-**-9876
      US Social Security number   ssn  1,100 values  high confidence  ***-**-1234, ***-**-9876

    notes.zip!/inner/visit.txt   PHI in 1 of 1,204 records, not all of it examined
      US Social Security number  1 value   high confidence  ***-**-1234, ***-**-9876

  low       s3://acme/mail/
            1 object: PII in 4 records

    list.csv   PII in 4 of 1,204 records
      Email address  e  4 values  high confidence  ***-**-1234, ***-**-9876

Expected by the policy
  s3://acme/clinical/
    2 objects: PHI in 42 records
    expected by \"clinical area\" (phinder.toml:8): landing zone of the health record system

Not looked at, or not completely
  1 object sampled: a stated part of each was read
  1 object failed: access_denied
    the source refused to let it be read; grant read access to the scanner's role
      s3://acme/secret.csv
  1 object skipped: archived
    in an archive storage class; restore it before it can be read
      s3://acme/cold/old.csv
  1 object partial: truncated
    the content ends in the middle of a structure
      s3://acme/reports/2026/notes.zip!/inner/visit.txt
  1 object skipped: excluded
    left out by --include or --exclude
      s3://acme/x.log

Examined
  11 objects listed: 6 complete, 1 sampled, 1 partial, 2 skipped, 1 failed
  13,244 records and 550.0 kB in 2.2 s
  1 object holds only values that point to nobody, such as a provider's public number

Unexpected PHI in 2 objects. Unexpected identifiers of people without health data in 1 object. 3
objects could not be examined, or not completely. 1 object was sampled, not read in full. 1 object
was left out or empty.
Next: look at s3://acme/reports/2026/ first; move or remove what does not belong there, or add the
place to the policy if it does (phinder policy check LOCATION says which entry decides).
"
    );
}

#[test]
fn a_clean_report_claims_no_more_than_it_saw() {
    let clean = [object("s3://acme/a.csv", Coverage::Complete, vec![])];
    assert_eq!(
        report(100, &clean),
        "\
phinder 0.1.0 · scan 01JD8 · 2026-11-23 07:08 UTC
scope  s3://acme/

Examined
  1 object listed: 1 complete
  1,204 records and 50.0 kB in 2.2 s

No unexpected PHI in what was examined, and no other unexpected finding.
Next: nothing to do for now; scan again when the data changes.
"
    );
    let results = [clean[0].clone(), object("s3://acme/b.csv", Coverage::Failed(Reason::KmsDenied), vec![])];
    let text = report(100, &results);
    assert!(text.replace('\n', " ").contains("1 object could not be examined, or not completely."), "{text}");
    assert!(text.contains("Next: clear the reasons listed above"), "{text}");
    let nothing = report(100, &[]);
    assert!(nothing.contains("Nothing was examined, so nothing can be said."), "{nothing}");
    let stopped = Summary { interrupted: true, ..summary(&clean) };
    let text = render_with(Format::Terminal, &options(100), &clean, &stopped);
    assert!(text.replace('\n', " ").contains("The scan was stopped before its end"), "{text}");
    for text in [report(100, &mixed()), report(100, &results), nothing] {
        assert!(!text.to_lowercase().contains("complian"));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut results = mixed();
    let long = format!("s3://acme/{}/x.csv", "a-long-name/".repeat(40));
    let field = "patient.very.deep.path[]".repeat(20);
    results.push(object(
        &long,
        Coverage::Complete,
        vec![finding(&field, "some_detector_without_a_name", Class::Phi, 9)],
    ));
    results.push(object(
        &"病歴".repeat(300),
        Coverage::Partial(Reason::Corrupt),
        vec![finding("病歴", "us_ssn", Class::Phi, 9)],
    ));
    for width in [48, 60, 80, 100, 200] {
        for line in report(width, &results).lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn hostile_texts_cannot_act_on_the_terminal() {
    let hostile = "\x1b[2J\x1b]0;x\x07\r\n\u{202e}\u{9b}31m\u{200b}";
    let mut found = finding(hostile, hostile, Class::Phi, 1);
    found.samples = vec![hostile.to_owned()];
    let mut allowed = expected(found.clone());
    allowed.verdict.because = hostile.into();
    let results = [
        object(&format!("s3://b/{hostile}/k{hostile}"), Coverage::Complete, vec![found]),
        object(&format!("s3://c/{hostile}/k"), Coverage::Failed(Reason::NotFound), vec![allowed]),
    ];
    let mut summary = summary(&results);
    summary.notes = vec![hostile.to_owned()];
    let text = render_with(Format::Terminal, &options(100), &results, &summary);
    let acts = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    assert!(!text.chars().any(acts), "{text:?}");
    assert!(text.contains("^[[2J^[]0;x^G^M^J\\u{202e}\\u{9b}31m\\u{200b}"), "{text}");
}

#[test]
fn colours_come_only_when_asked_for() {
    let plain = report(100, &mixed());
    assert!(!plain.contains('\x1b'));
    let coloured = render(Format::Terminal, &Options { is_coloured: true, ..options(100) }, &mixed());
    assert!(coloured.contains("\x1b[31mhigh    \x1b[0m"));
    let mut stripped = String::new();
    for (index, piece) in coloured.split("\x1b[").enumerate() {
        stripped.push_str(if index == 0 { piece } else { piece.split_once('m').unwrap().1 });
    }
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn many_places_stay_a_readable_report() {
    let results: Vec<_> = (0..3000)
        .map(|index| {
            let location = format!("s3://acme/logs/year={}/day={index}/f.csv", index % 3);
            object(&location, Coverage::Complete, vec![finding("ssn", "us_ssn", Class::Phi, 2)])
        })
        .collect();
    let text = report(100, &results);
    assert!(text.contains("s3://acme/logs/year=2/\n            1,000 objects: PHI in 2,000 records"), "{text}");
    assert!(text.contains("and 995 more objects here"), "{text}");
    assert!(text.lines().count() < 100);
}

/// An object with everything that is said besides its findings.
pub fn remarked() -> ObjectResult {
    let mut found = finding("ssn", "us_ssn", Class::Phi, 1204);
    found.is_likely_synthetic = true;
    found.evidence.push("likely_synthetic");
    ObjectResult {
        individuals: Some(1100),
        remarks: Remarks {
            class_reasons: vec!["us_ssn + icd10cm".into(), "us_ssn".into()],
            special_categories: vec![("substance_use".into(), 3)],
            is_likely_synthetic: true,
            looks_deidentified: Some("years only, three-digit ZIP codes".into()),
            sample: None,
        },
        ..object("s3://acme/x/patients.csv", Coverage::Complete, vec![found])
    }
}

#[test]
fn outputs_say_why_how_many_people_and_what_is_special() {
    let results = [remarked()];
    let summary = Summary { individuals: Some(1240), individuals_unexpected: Some(1100), ..summary(&results) };
    let text = render_with(Format::Terminal, &options(100), &results, &summary);
    for line in [
        "    patients.csv   PHI in 1,204 of 1,204 records, about 1,100 people",
        "      because of us_ssn + icd10cm; us_ssn",
        "      specially protected, in records: substance use in 3",
        "      looks like test data: so do the identifiers of all its records about people",
        "      looks de-identified: years only, three-digit ZIP codes (by its columns and first values; no",
        "  1,204 records and 50.0 kB in 2.2 s; about 1,240 people, 1,100 of them in unexpected PHI",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
    assert!(text.replace('\n', " ").contains("It is about 1,100 people: 500 or more, the line"), "{text}");
    let few = Summary { individuals_unexpected: Some(499), ..summary.clone() };
    assert!(!render_with(Format::Terminal, &options(100), &results, &few).contains("500 or more"));

    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let text = render_with(Format::Jsonl, &Options::default(), &results, &summary);
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let mistakes: Vec<_> = validator.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(mistakes.is_empty(), "{line}: {mistakes:?}");
    }
    assert_eq!(lines[1]["class_reasons"], serde_json::json!(["us_ssn + icd10cm", "us_ssn"]));
    assert_eq!(lines[1]["special_categories"], serde_json::json!({ "substance_use": 3 }));
    assert_eq!(lines[1]["looks_deidentified"], true);
    assert_eq!(lines[2]["likely_synthetic"], true);
    assert_eq!(lines[3]["individuals_over_500"], true);
    // The schema knows the keys: another type is refused.
    for (line, key) in
        [(1, "class_reasons"), (1, "special_categories"), (2, "likely_synthetic"), (3, "individuals_over_500")]
    {
        let mut other = lines[line].clone();
        other[key] = "other".into();
        assert!(!validator.is_valid(&other), "{key}");
    }
}
