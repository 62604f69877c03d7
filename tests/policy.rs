//! The policy as its users meet it: the example, the order of entries, days, and what a mistake is answered with.

use phinder::model::{Class, Confidence, Location, Severity, VerdictKind};
use phinder::policy::{EXAMPLE, Policy, Question};
use serde::Deserialize;
use std::path::Path;
use time::Date;
use time::macros::date;

const TODAY: Date = date!(2026 - 11 - 23);

fn policy(text: &str) -> Policy {
    Policy::parse(text, Path::new("/srv/phinder.toml")).unwrap()
}

fn mistake(text: &str) -> String {
    Policy::parse(text, Path::new("/srv/phinder.toml")).unwrap_err().to_string()
}

fn question<'a>(location: &'a Location, class: Class) -> Question<'a> {
    Question {
        location,
        field: "ssn",
        detector: "us_ssn",
        class: Some(class),
        records: 12,
        confidence: Confidence::High,
        special: None,
        is_likely_synthetic: false,
        today: TODAY,
    }
}

const TWO_PLACES: &str = r#"
[[expect]]
name = "clinical"
locations = ["s3://acme/clinical/**"]
classes = ["phi", "pii"]
reason = "landing zone"
except = ["s3://acme/clinical/exports/**"]

[[expect]]
name = "all of acme"
locations = ["s3://acme/**"]
classes = ["phi"]
fields = ["s*"]
detectors = ["us_ssn"]
reason = "migration"

[[allow.location]]
locations = ["s3://acme/clinical/exports/**", "tmp/*.csv"]
reason = "clean-up"
expires = 2026-11-23

[[allow.value]]
digest = "0101010101010101010101010101010101010101010101010101010101010101"
detector = "us_phone"
reason = "hotline"
expires = 2026-11-22
"#;

#[test]
fn the_example_is_a_valid_policy() {
    let policy = policy(EXAMPLE);
    assert_eq!(policy.entries().len(), 2);
    let clinical = Location::s3("acme-clinical", "in/a.csv");
    assert_eq!(policy.judge(&question(&clinical, Class::Phi)).kind, VerdictKind::Expected);
    let exports = Location::s3("acme-clinical", "exports/a.csv");
    assert_eq!(policy.judge(&question(&exports, Class::Phi)).kind, VerdictKind::Unexpected);
    // What is commented out is valid as well.
    let all: Vec<_> =
        EXAMPLE.lines().map(|line| line.strip_prefix("# ").filter(|code| is_toml(code)).unwrap_or(line)).collect();
    let policy = self::policy(&all.join("\n"));
    assert_eq!(policy.entries().len(), 3);
    assert_eq!(policy.classification().combination.len(), 1);
    assert!(!policy.allowed_values(TODAY).is_empty());
}

fn is_toml(code: &str) -> bool {
    code.starts_with("[[allow")
        || code.starts_with("[classification")
        || code.starts_with("[[classification")
        || code.starts_with("[tickets")
        || code.starts_with("[[tickets")
        || code.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[test]
fn without_a_policy_everything_is_unexpected() {
    let location = Location::s3("b", "k");
    let verdict = Policy::default().judge(&question(&location, Class::Phi));
    assert_eq!((verdict.kind, verdict.severity), (VerdictKind::Unexpected, Severity::High));
    assert_eq!(&*verdict.because, "no policy entry expects phi here");
    let verdict = Policy::default().judge(&Question { class: None, ..question(&location, Class::Phi) });
    assert_eq!((verdict.kind, verdict.severity), (VerdictKind::Expected, Severity::None));
}

#[test]
fn the_first_entry_that_covers_it_decides() {
    let policy = policy(TWO_PLACES);
    let judge = |key: &str, class, field| {
        let location = Location::s3("acme", key);
        policy.judge(&Question { field, ..question(&location, class) })
    };
    let verdict = judge("clinical/a.csv", Class::Phi, "ssn");
    assert_eq!(verdict.severity, Severity::None);
    assert_eq!(&*verdict.because, "expected by \"clinical\" (/srv/phinder.toml:2): landing zone");
    assert_eq!(
        &*judge("x/a.csv", Class::Phi, "ssn").because,
        "expected by \"all of acme\" (/srv/phinder.toml:9): migration"
    );
    assert_eq!(judge("x/a.csv", Class::Phi, "notes").kind, VerdictKind::Unexpected);
    assert_eq!(judge("x/a.csv", Class::Pii, "ssn").kind, VerdictKind::Unexpected);
    assert_eq!(judge("clinical/a.csv", Class::Health, "ssn").kind, VerdictKind::Unexpected);
    assert_eq!(
        &*judge("clinical/exports/a.csv", Class::Pii, "ssn").because,
        "allowed until 2026-11-23 by allow.location (/srv/phinder.toml:17): clean-up"
    );
}

#[test]
fn after_its_last_day_an_entry_does_not_apply() {
    let policy = policy(TWO_PLACES);
    let location = Location::from_uri("file:///srv/tmp/a.csv");
    let on = |today| policy.judge(&Question { today, ..question(&location, Class::Pii) });
    assert_eq!(on(TODAY).kind, VerdictKind::Expected);
    let verdict = on(date!(2026 - 11 - 24));
    assert_eq!((verdict.kind, verdict.severity), (VerdictKind::Unexpected, Severity::High));
    assert_eq!(&*verdict.because, "allow.location (/srv/phinder.toml:17) allowed it until 2026-11-23 and has expired");

    assert!(policy.allowed_values(TODAY).is_empty());
    assert!(policy.allowed_values(date!(2026 - 11 - 22)).contains("us_phone", &[1; 32]));
    let expired = policy.expired(TODAY);
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].entry, "allowed value (/srv/phinder.toml:22)");
    assert_eq!(policy.expired(date!(2026 - 11 - 24)).len(), 2);
}

#[test]
fn mistakes_are_answered_with_place_and_advice() {
    let entry = |lines: &str| format!("[[expect]]\nname = \"a\"\nreason = \"b\"\n{lines}\n");
    let place = "locations = [\"s3://b/**\"]";
    for (text, expected) in [
        (
            "[[expected]]".to_owned(),
            "/srv/phinder.toml:1:3: unknown field `expected`, expected one of `expect`, `allow`, `severity`, `classification`, `scan`, `detectors`, `tickets`, `serve`; docs/policy.md describes every key",
        ),
        (
            entry(&format!("{place}\nclasses = [\"phi\"]\nfield = [\"a\"]")),
            "/srv/phinder.toml:6:1: unknown field `field`, expected one of `name`, `locations`, `except`, `classes`, `fields`, `detectors`, `reason`, `owner`; docs/policy.md describes every key",
        ),
        (
            entry(&format!("{place}\nclasses = [\"PHI\"]")),
            "/srv/phinder.toml:5:12: unknown variant `PHI`, expected one of `phi`, `pii`, `health`; docs/policy.md describes every key",
        ),
        (
            entry(&format!("{place}\nclasses = []")),
            "/srv/phinder.toml:5:11: classes is empty, so the entry covers nothing; list at least one",
        ),
        (
            entry("locations = []\nclasses = [\"phi\"]"),
            "/srv/phinder.toml:4:13: locations is empty, so the entry covers nothing; list at least one",
        ),
        (
            entry("locations = [\"s3://b/**\", \"s3://b/[a\"]\nclasses = [\"phi\"]"),
            "/srv/phinder.toml:4:27: \"s3://b/[a\": not a valid pattern (unclosed character class; missing ']')",
        ),
        (
            "[[allow.location]]\nlocations = [\"a/**\"]\nreason = \" \"\nexpires = 2027-01-31".to_owned(),
            "/srv/phinder.toml:3:10: reason is empty; say why it is tolerated",
        ),
        (
            "[[allow.location]]\nlocations = [\"a/**\"]\nreason = \"r\"".to_owned(),
            "/srv/phinder.toml:1:1: missing field `expires`; docs/policy.md describes every key",
        ),
        (
            "[[allow.location]]\nlocations = [\"a/**\"]\nreason = \"r\"\nexpires = 2027-01-31T10:00:00Z".to_owned(),
            "/srv/phinder.toml:4:11: expires is not a day; write one such as 2027-01-31, without quotes",
        ),
        (
            "[[allow.value]]\ndigest = \"123-45-6789\"\nreason = \"r\"\nexpires = 2027-01-31".to_owned(),
            "/srv/phinder.toml:2:10: digest is not 64 hexadecimal digits; give the keyed digest of the value, never the value",
        ),
        ("[severity]\nsome_records = 0".to_owned(), "/srv/phinder.toml:2:16: a threshold of 0 records; give 1 or more"),
        (
            "[severity]\nsome_records = 600".to_owned(),
            "/srv/phinder.toml:2:16: some_records is larger than many_records; swap or correct them",
        ),
    ] {
        assert_eq!(mistake(&text), expected);
    }
}

#[test]
fn the_tables_of_others_are_handed_over() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Scan {
        threads: Option<u32>,
    }
    let parse =
        |text| Policy::parse_with::<Scan, toml::Table, toml::Table, toml::Table>(text, Path::new("/srv/phinder.toml"));
    let (_, scan, detectors, ..) = parse("[scan]\nthreads = 3\n[detectors]\nmine = 1").unwrap();
    assert_eq!(scan.threads, Some(3));
    assert_eq!(detectors.len(), 1);
    assert_eq!(
        parse("[scan]\nthread = 3").unwrap_err().to_string(),
        "/srv/phinder.toml:2:1: unknown field `thread`, expected `threads`; docs/policy.md describes every key"
    );
    assert!(policy("[scan]\nanything = 1").is_empty());
}

#[test]
fn an_explanation_names_every_entry_that_speaks_about_the_place() {
    let location = Location::s3("acme", "clinical/a.csv");
    let explanation = policy(TWO_PLACES).explain(&location, Some("ssn"), Some("us_ssn"), TODAY);
    assert!(explanation.is_expected(Class::Phi) && !explanation.is_expected(Class::Health));
    assert_eq!(
        explanation.render(&|text| text.to_owned()),
        "\
s3://acme/clinical/a.csv

  phi     expected
          decided by \"clinical\" (/srv/phinder.toml:2)
            landing zone; pattern s3://acme/clinical/**
          also covered by \"all of acme\" (/srv/phinder.toml:9)
            migration; pattern s3://acme/**

  pii     expected
          decided by \"clinical\" (/srv/phinder.toml:2)
            landing zone; pattern s3://acme/clinical/**

  health  unexpected
          no entry expects health here
"
    );
    let exports = Location::s3("acme", "clinical/exports/a.csv");
    let explanation = policy(TWO_PLACES).explain(&exports, None, None, date!(2026 - 11 - 24));
    assert_eq!(
        explanation.render(&|text| text.to_owned()),
        "\
s3://acme/clinical/exports/a.csv

  phi     unexpected
          covered in part by \"all of acme\" (/srv/phinder.toml:9)
            migration; pattern s3://acme/**; fields s* only; detectors us_ssn only
          no longer covered by allow.location (/srv/phinder.toml:17)
            clean-up; pattern s3://acme/clinical/exports/**; last day 2026-11-23

  pii     unexpected
          no longer covered by allow.location (/srv/phinder.toml:17)
            clean-up; pattern s3://acme/clinical/exports/**; last day 2026-11-23

  health  unexpected
          no longer covered by allow.location (/srv/phinder.toml:17)
            clean-up; pattern s3://acme/clinical/exports/**; last day 2026-11-23

  entries that do not apply
          \"clinical\" (/srv/phinder.toml:2): leaves it out by the pattern s3://acme/clinical/exports/**
"
    );
}

#[test]
fn special_health_data_is_worse_and_test_data_milder() {
    let location = Location::s3("b", "k");
    let judge = |class, special, is_likely_synthetic| {
        Policy::default().judge(&Question { special, is_likely_synthetic, ..question(&location, class) })
    };
    let special = judge(Class::Phi, Some("substance_use (42 CFR Part 2)"), false);
    assert_eq!(special.severity, Severity::Critical);
    assert_eq!(
        &*special.because,
        "no policy entry expects phi here; one step worse: its records hold substance_use (42 CFR Part 2)"
    );
    let synthetic = judge(Class::Phi, None, true);
    assert_eq!((synthetic.kind, synthetic.severity), (VerdictKind::Unexpected, Severity::Low));
    assert!(synthetic.because.ends_with("; two steps milder: the values look like test data"));
    assert_eq!(judge(Class::Health, None, true).severity, Severity::Low);
    assert_eq!(judge(Class::Phi, Some("hiv"), true).severity, Severity::Medium);
}

#[test]
fn classification_is_read_and_its_mistakes_have_a_line() {
    let read = policy(
        "[classification]\nroles = { email = \"ignored\" }\n[[classification.combination]]\n\
         detectors = [\"city\"]\ngroups = [\"dates\"]\nreason = \"small towns\"\n",
    );
    assert_eq!(read.classification().combination.len(), 1);
    assert_eq!(read.detector_ids().collect::<Vec<_>>(), ["email", "city"]);
    for (text, start) in [
        ("[classification]\nroles = { email = \"weak\" }", "/srv/phinder.toml:2:19: unknown variant `weak`"),
        (
            "[[classification.combination]]\ngroups = [\"planets\", \"dates\"]\nreason = \"x\"",
            "/srv/phinder.toml:2:11: unknown variant `planets`",
        ),
        (
            "[[classification.combination]]\ndetectors = [\"city\"]\nreason = \"x\"",
            "/srv/phinder.toml:1:3: a combination of fewer than two parts",
        ),
    ] {
        let error = Policy::parse(text, Path::new("/srv/phinder.toml")).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}
