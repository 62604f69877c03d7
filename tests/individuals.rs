//! Whole scans: how many people, why records are what they are, special categories, test data, generalised tables.

use phinder::config::{Overrides, Settings};
use phinder::model::{ObjectResult, SpecialCategory, SpecialTable};
use phinder::outputs::{Output, ScanHeader, Summary};
use phinder::scan::{self, Progress, ScanPlan};
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

#[derive(Default)]
struct Kept(Vec<ObjectResult>);

impl Output for Kept {
    fn begin(&mut self, _: &ScanHeader) -> io::Result<()> {
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        self.0.push(result.clone());
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Files in a folder, and a policy beside it.
struct Lake {
    folder: TempDir,
}

impl Lake {
    fn new(policy: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("phinder.toml"), policy).unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join("in").join(name), text).unwrap();
        }
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn scan(&self, change: impl FnOnce(&mut ScanPlan)) -> (Vec<ObjectResult>, Summary) {
        let target = self.path().join("in").to_str().unwrap().to_owned();
        let settings = Settings::read(Some(&self.path().join("phinder.toml"))).unwrap();
        let mut plan = settings.plan(vec![target], Overrides::default()).unwrap();
        change(&mut plan);
        let mut kept = Kept::default();
        let progress = Arc::new(Progress::new(plan.workers));
        let summary = scan::run(&Arc::new(plan), &mut kept, &progress, &Arc::new(AtomicBool::new(false))).unwrap();
        (kept.0, summary)
    }
}

/// A table of patients with numbers from a range, each with two diagnoses.
fn patients(numbers: std::ops::Range<u32>) -> String {
    let mut text = "ssn,dx\n".to_owned();
    for number in numbers {
        for code in ["E11.9", "I10"] {
            writeln!(text, "536-{:02}-{:04},{code}", 10 + number / 5_000, 1_000 + number % 5_000).unwrap();
        }
    }
    text
}

fn object<'a>(results: &'a [ObjectResult], name: &str) -> &'a ObjectResult {
    results.iter().find(|result| result.location.as_str().ends_with(name)).unwrap()
}

#[test]
fn individuals_count_once_in_all_places() {
    let plain: String = patients(200..400).replace('-', "");
    let lake = Lake::new("", &[("a.csv", &patients(0..300)), ("b.csv", &plain)]);
    let (results, summary) = lake.scan(|_| {});
    let a = object(&results, "a.csv");
    assert_eq!((a.classes, a.individuals), ([600, 0, 0], Some(300)));
    assert_eq!(object(&results, "b.csv").individuals, Some(200));
    assert_eq!((summary.individuals, summary.individuals_unexpected), (Some(400), Some(400)));
    assert!(!summary.is_over_500());
    assert_eq!(&*a.remarks.class_reasons[0], "us_ssn + icd10cm");
}

#[test]
fn every_row_of_a_dump_is_a_record_however_it_is_written() {
    let ssn = |i: u32| format!("53690{:04}", 1_000 + i);
    let rows = |from: u32| (from..from + 40).map(|i| format!("({i},'{}','E11.9')", ssn(i))).collect::<Vec<_>>();
    let copied: String = (80..120).map(|i| format!("{i}\t{}\tE11.9\n", ssn(i))).collect();
    let created = "CREATE TABLE p (id int, ssn text, dx_code text);\n";
    let lake = Lake::new(
        "",
        &[
            ("lines.sql", &format!("INSERT INTO p (id, ssn, dx_code) VALUES\n{};\n", rows(0).join(",\n"))),
            ("extended.sql", &format!("{created}INSERT INTO p VALUES {};\n", rows(40).join(","))),
            ("copy.txt", &format!("{created}COPY p FROM stdin;\n{copied}\\.\n")),
            ("note.txt", "Jane ran this by hand:\nINSERT INTO p VALUES (1,'x');\nIt took a while.\n"),
        ],
    );
    let (results, summary) = lake.scan(|_| {});
    for name in ["lines.sql", "extended.sql", "copy.txt"] {
        let found = object(&results, name);
        assert_eq!((found.format, found.classes, found.individuals), (Some("sql"), [40, 0, 0], Some(40)), "{name}");
        assert!(found.findings.iter().any(|finding| &*finding.field == "p.ssn"), "{name}");
    }
    assert_eq!(object(&results, "note.txt").format, Some("text"));
    assert_eq!(summary.individuals, Some(120));
}

#[test]
fn a_header_is_nobody_whatever_stands_above_it_or_in_it() {
    let rows: String = (0..40).map(|i| format!("536-90-{:04},E11.9,17\n", 1_000 + i)).collect();
    let coded: String = (0..40).map(|i| format!("{},F41{}\n", 4_471_920 + i, i % 10)).collect();
    let lake = Lake::new(
        "",
        &[
            ("padded.csv", &format!("Daily Census,,\nUnit:,4 West,\n,,\nSSN,Dx,Days\n{rows}")),
            ("numbered.csv", &format!("SSN,Dx,Bal 31-60\n{rows}")),
            ("coded.csv", &format!("mrn,c7\n{coded}")),
        ],
    );
    let (results, _) = lake.scan(|_| {});
    for (name, records) in [("padded.csv", 42), ("numbered.csv", 40), ("coded.csv", 40)] {
        let found = object(&results, name);
        assert_eq!((found.records, found.individuals), (records, Some(40)), "{name}");
    }
}

#[test]
fn individuals_of_expected_places_do_not_count_towards_500() {
    let policy = "[[expect]]\nname = \"a\"\nlocations = [\"in/a.csv\"]\nclasses = [\"phi\"]\nreason = \"r\"\n";
    let lake = Lake::new(policy, &[("a.csv", &patients(0..450)), ("b.csv", &patients(400..700))]);
    let (_, summary) = lake.scan(|_| {});
    assert_eq!((summary.individuals_unexpected, summary.is_over_500()), (Some(300), false));
    let lake = Lake::new("", &[("a.csv", &patients(0..450)), ("b.csv", &patients(400..700))]);
    let (_, summary) = lake.scan(|_| {});
    let people = summary.individuals_unexpected.unwrap();
    assert!(summary.is_over_500() && (660..=740).contains(&people), "{people}");
}

#[test]
fn individuals_are_estimated_alike_under_the_key_of_the_installation() {
    let lake = Lake::new("", &[("a.csv", &patients(0..6_000))]);
    std::fs::write(lake.path().join("phinder.key"), "0123456789abcdef".repeat(4)).unwrap();
    let count = |workers| lake.scan(|plan| plan.workers = workers).1.individuals.unwrap();
    let people = count(1);
    assert!((5_700..=6_300).contains(&people), "{people}");
    assert_eq!(people, count(3));
}

#[test]
fn individuals_are_told_by_name_and_birth_date_together() {
    let text = "first_name,last_name,date_of_birth,dx\nJane,Smith,1961-02-03,I10\nJane,Jones,1961-02-03,I10\n\
                Jane,Smith,1961-02-03,E11.9\nJane,Smith,1985-07-08,I10\n";
    let (results, _) = Lake::new("", &[("a.csv", text)]).scan(|_| {});
    assert_eq!((results[0].classes, results[0].individuals), ([4, 0, 0], Some(3)));
}

#[test]
fn individuals_are_unknown_where_nothing_was_read() {
    let (results, summary) = Lake::new("", &[("a.bin", "\0\u{1}\u{2}\0\0")]).scan(|_| {});
    assert_eq!((results[0].individuals, summary.individuals), (None, None));
    let (results, _) = Lake::new("", &[("a.csv", "colour,size\nred,1\nblue,2\n")]).scan(|_| {});
    assert_eq!(results[0].individuals, Some(0));
}

#[test]
fn classification_of_the_policy_changes_what_records_are() {
    let text = "email,dx\njane.doe@hospital.org,I10\njohn.roe@hospital.org,E11.9\n";
    let (results, _) = Lake::new("", &[("a.csv", text)]).scan(|_| {});
    assert_eq!(results[0].classes, [2, 0, 0]);
    let policy = "[classification]\nroles = { email = \"ignored\" }\n";
    let (results, _) = Lake::new(policy, &[("a.csv", text)]).scan(|_| {});
    assert_eq!((results[0].classes, results[0].individuals), ([0, 0, 2], Some(0)));
}

#[test]
fn individuals_with_special_health_data_are_a_worse_finding() {
    let lake = Lake::new("", &[("a.csv", "mrn,dx\nMRN00412345,F11.20\nMRN00412346,I10\n")]);
    let category = SpecialCategory { id: "substance_use".into(), citation: "42 CFR Part 2".into() };
    let lookup = |detector: &str, value: &[u8]| (detector == "icd10cm" && value.starts_with(b"F11")).then_some(0);
    let special = SpecialTable::new(vec![category], Arc::new(lookup));
    let severity_of = |results: &[ObjectResult]| {
        let finding = results[0].findings.iter().find(|finding| &*finding.detector == "mrn").unwrap();
        (finding.verdict.severity, finding.verdict.because.to_string())
    };
    let (plain, _) = lake.scan(|plan| plan.special = SpecialTable::default());
    let (results, _) = lake.scan(|plan| plan.special = special);
    let (built_in, _) = lake.scan(|_| {});
    assert_eq!(built_in[0].remarks.special_categories, [("substance_use".into(), 1)]);
    assert_eq!(results[0].remarks.special_categories, [("substance_use".into(), 1)]);
    let (severity, because) = severity_of(&results);
    assert!(severity > severity_of(&plain).0, "{severity:?}");
    assert!(because.ends_with("its records hold substance_use (42 CFR Part 2)"), "{because}");
}

#[test]
fn classification_tells_a_generalised_table() {
    let good = "birth_year,zip3,age,dx\n1961,100,65,I10\n1975,606,50,E11.9\n";
    let sparse = good.replace("606", "036");
    let exact = "birth_year,zip3,admission_date,dx\n1961,100,2020-03-01,I10\n1975,606,2020-04-01,E11.9\n";
    let (results, _) = Lake::new("", &[("a.csv", good), ("b.csv", &sparse), ("c.csv", exact)]).scan(|_| {});
    let remark = |name: &str| object(&results, name).remarks.looks_deidentified.clone();
    assert_eq!(object(&results, "a.csv").classes, [0, 0, 2]);
    assert_eq!(remark("a.csv").as_deref(), Some("years only, three-digit ZIP codes, ages under 90"));
    assert_eq!((remark("b.csv"), remark("c.csv")), (None, None));
}
