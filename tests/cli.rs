//! The program as a user runs it: exit codes, reports, signals, and what must never be printed.

use crate::support::scan::{jsonl, phinder, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const RECORD: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn lines<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

#[test]
fn the_demo_lake_shows_what_is_not_expected() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/demo");
    let policy = demo.join("phinder.toml");
    let (code, report, _) = run(phinder().arg("scan").arg(&demo).arg("--policy").arg(policy));
    assert_eq!(code, 1, "{report}");
    for expected in
        ["exports/", "marketing/", "campaign_audience.parquet", "nightly_2026-10-10.ndjson.zst", "unsupported_format"]
    {
        assert!(report.contains(expected), "{expected} is in\n{report}");
    }
    let unexpected = report.split("Expected by the policy").next().unwrap();
    assert!(!unexpected.contains("/clinical/"), "{unexpected}");
    assert!(!report.contains('\u{1b}'), "no colours off a terminal");
}

#[test]
fn exit_codes_say_what_happened() {
    let clean = folder(&[("a.txt", b"nothing to see here\n")]);
    let phi = folder(&[("a.csv", RECORD.as_bytes())]);
    let unreadable = folder(&[("a.bin", &[0, 1, 2, 3, 0, 0, 9, 8, 0, 255, 0, 0]), ("b.txt", b"plain words\n")]);
    assert_eq!(run(phinder().arg("scan").arg(clean.path())).0, 0);
    assert_eq!(run(phinder().arg("scan").arg(phi.path())).0, 1);
    assert_eq!(run(phinder().arg("scan").arg(unreadable.path())).0, 3);
    assert_eq!(run(phinder().arg("scan").arg("/no/such/path")).0, 2);
    assert_eq!(run(phinder().arg("scan")).0, 2);
    assert_eq!(run(phinder().arg("--version")).0, 0);
    // What the user left out is no gap.
    assert_eq!(run(phinder().arg("scan").arg(unreadable.path()).args(["--exclude", "*.bin"])).0, 0);
}

#[test]
fn a_scan_that_looks_at_nothing_says_so() {
    let folder = folder(&[("a.txt", b"nothing to see here\n"), ("empty/x", b"")]);
    let scan = |target: &str, arguments: &[&str]| {
        run(phinder().arg("scan").arg(folder.path().join(target)).args(arguments).args(["--format", "jsonl"]))
    };
    fs::remove_file(folder.path().join("empty/x")).unwrap();
    for target in ["*.csv", "empty", "**/*.cvs"] {
        let (code, said, _) = scan(target, &[]);
        assert_eq!(code, 3, "{target}: {said}");
        assert!(said.contains(r#""reason":"nothing_listed""#), "{target}: {said}");
        assert_eq!(scan(target, &["--accept-empty"]).0, 0);
        let (code, said, _) = run(phinder().arg("plan").arg(folder.path().join(target)));
        assert_eq!(code, 3, "{target}: {said}");
    }
    for arguments in [["--include", "*.csv"], ["--exclude", "*"], ["--min-size", "1GB"]] {
        let (code, said, _) = scan(".", &arguments);
        assert_eq!(code, 3, "{arguments:?}: {said}");
        assert!(run(phinder().arg("scan").arg(folder.path()).args(arguments)).1.contains("they leave nothing"));
        assert!(said.contains("all that was listed is left out") && said.contains(r#""exit_code":3"#), "{said}");
        assert_eq!(scan(".", &[&arguments[..], &["--accept-empty"]].concat()).0, 0);
    }
    // What has no content is looked at.
    fs::write(folder.path().join("empty/x"), "").unwrap();
    assert_eq!(scan("empty", &[]).0, 0);
}

#[test]
fn what_is_named_twice_is_read_once() {
    let folder = folder(&[("a/1.csv", RECORD.as_bytes()), ("b/1.csv", RECORD.as_bytes())]);
    let listed = |targets: &[&str], arguments: &[&str]| {
        let (_, lines) = jsonl(phinder().arg("scan").args(targets).args(arguments).current_dir(folder.path()));
        lines.last().unwrap()["objects"]["listed"].as_u64().unwrap()
    };
    let whole = format!("file://{}", folder.path().join("a").canonicalize().unwrap().display());
    assert_eq!(listed(&["a", "a/", "./a", &whole], &[]), 1);
    assert_eq!(listed(&["a", ".", "b/1.csv"], &[]), 2);
    // Globs are told from where each target begins.
    assert_eq!(listed(&["a", "."], &["--include", "1.csv"]), 3);
}

#[test]
fn mistakes_in_the_policy_are_named_with_file_and_line() {
    let folder = folder(&[("phinder.toml", b"[[expect]]\nname = \"x\"\nlocatons = [\"a\"]\n"), ("a.txt", b"x\n")]);
    let policy = folder.path().join("phinder.toml");
    let (code, _, errors) = run(phinder().arg("scan").arg(folder.path()).arg("--policy").arg(&policy));
    assert_eq!(code, 2);
    assert!(errors.contains("phinder.toml:3:") && errors.contains("locatons"), "{errors}");
}

#[test]
fn every_line_of_jsonl_keeps_the_contract_and_no_value_is_in_it() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let (_, lines) = jsonl(phinder().arg("scan").arg(&corpus));
    let schema: Value = serde_json::from_str(
        &fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/jsonl.schema.json")).unwrap(),
    )
    .unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in &lines {
        let problems: Vec<String> = validator.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:?} in {line}");
    }
    assert!(lines.len() > 400, "{} lines", lines.len());
    assert_eq!(lines.first().unwrap()["type"], "scan");
    assert_eq!(lines.last().unwrap()["type"], "summary");

    let folder = folder(&[
        ("a.csv", RECORD.as_bytes()),
        ("b.txt", b"Patient: John Smith\nSSN 536-90-4399, MRN: 88417723, john.smith@acme.example, Dx: E11.9\n"),
        ("c.json", br#"[{"ssn":"536-90-4399","dob":"1980-02-03","phone":"415-555-2671"}]"#),
    ]);
    for format in ["jsonl", "terminal"] {
        let (_, report, errors) = run(phinder().arg("scan").arg(folder.path()).args([
            "--format",
            format,
            "--min-confidence",
            "low",
            "--log",
            "trace",
        ]));
        for value in ["536-90-4399", "536904399", "88417723", "John Smith", "john.smith@", "1980-02-03", "415-555-2671"]
        {
            assert!(!report.contains(value), "{value} in the {format} report");
            assert!(!errors.contains(value), "{value} in the log");
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let scan = |workers: &str| {
        let (_, lines) = jsonl(phinder().arg("scan").arg(&corpus).args(["--workers", workers]));
        lines.into_iter().filter(|line| line["type"] == "object" || line["type"] == "finding").collect::<Vec<_>>()
    };
    let one = scan("1");
    assert_eq!(one, scan("4"));
    assert_eq!(one, scan("2"));
}

#[test]
fn standard_input_is_scanned() {
    let mut child = phinder()
        .args(["scan", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(RECORD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(r#""location":"stdin://-""#) && text.contains(r#""phi":2"#), "{text}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_ends_cleanly_and_says_so() {
    let folder = folder(&[("a.csv", RECORD.as_bytes())]);
    // Standard input never ends: only the signal can end this scan.
    let mut child = phinder()
        .arg("scan")
        .arg(folder.path())
        .args(["-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: once it is written, the scan reads.
    stdin.write_all(&b"a line\n".repeat(100_000)).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert!(started.elapsed() < Duration::from_secs(60), "it ended by itself");
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let objects = lines.iter().filter(|line| line["type"] == "object").collect::<Vec<_>>();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["classes"]["phi"], 2, "what was found so far is there");
    assert_eq!(objects[1]["reason"], "interrupted");
    assert_eq!(lines.last().unwrap()["exit_code"], 2);
}

#[cfg(unix)]
#[test]
fn hostile_names_do_no_harm() {
    let folder = folder(&[("new\nline\u{1b}[31mred\u{202e}.csv", RECORD.as_bytes())]);
    let (code, report, _) = run(phinder().arg("scan").arg(folder.path()));
    assert_eq!(code, 1);
    assert!(!report.contains('\u{1b}') && !report.contains('\u{202e}') && !report.contains("new\nline"), "{report}");
}

#[test]
fn identifiers_in_a_name_are_found_and_masked() {
    let folder = folder(&[("patient SSN 536-90-4399.txt", b"nothing\n")]);
    let (code, lines_of_scan) = jsonl(phinder().arg("scan").arg(folder.path()));
    assert_eq!(code, 1);
    let object = lines(&lines_of_scan, "object")[0];
    assert!(object["location"].as_str().unwrap().ends_with("patient SSN ***-**-4399.txt"), "{object}");
    let finding = lines(&lines_of_scan, "finding")[0];
    assert_eq!((finding["field"].as_str(), finding["detector"].as_str()), (Some("{location}"), Some("us_ssn")));
}

/// Locations as they are shown, behind the folder, and what is found in them.
fn keys(files: &[(&str, &str)], more: &[&str]) -> Vec<(String, Vec<String>)> {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let folder = folder(&files);
    let (_, all) = jsonl(phinder().arg("scan").arg(folder.path()).args(more));
    let of = |object: &Value| {
        let is_its = |finding: &&Value| finding["location"] == object["location"] && finding["field"] == "{location}";
        let found = lines(&all, "finding").into_iter().filter(|finding| is_its(finding));
        let location = object["location"].as_str().unwrap().split_once("/lake/").unwrap().1.to_owned();
        (location, found.map(|finding| finding["detector"].as_str().unwrap().to_owned()).collect())
    };
    lines(&all, "object").into_iter().map(of).collect()
}

#[test]
fn a_key_that_repeats_its_content_is_masked() {
    let visits = "visit,mrn,diagnosis code\n2026-01-02,00482913,E11.9\n2026-01-09,00482913,I10\n";
    let note = "Patient: Ottilie Quackenbush\nDOB: 04/02/1961\nMRN: 00482913\nDx: E11.9 diabetes\n";
    for (name, text, shown, detectors) in [
        ("lake/536904399.csv", RECORD, "*****4399.csv", &["us_ssn"][..]),
        ("lake/p/MRN00482913/v.csv", visits, "p/MRN****2913/v.csv", &["mrn"]),
        ("lake/quackenbush_1961-04-02.txt", note, "q**********_****-**-**.txt", &["date_of_birth", "person_name"]),
        ("lake/19610402/QUACKENBUSH.txt", note, "********/Q**********.txt", &["date_of_birth", "person_name"]),
        ("lake/482913/482913-a.txt", note, "******/******-a.txt", &["mrn"]),
    ] {
        // Whether one worker reads the whole, or several read parts.
        for workers in ["1", "3"] {
            let found = keys(&[(name, text)], &["--workers", workers]);
            let detectors = detectors.iter().map(|detector| (*detector).to_owned()).collect();
            assert_eq!(found, [(shown.to_owned(), detectors)], "{name}");
        }
    }
}

#[test]
fn a_key_that_repeats_nothing_or_what_many_have_stays_as_it_is() {
    let people = "name,dob,mrn,diagnosis code\nJohn Smith,2026-11-29,7310521,E11.9\nMary Jones,1980-02-03,7310522,I10\n\
                  Ann Young,1990-02-04,7310523,I10\n";
    let order = "order,item\n536904399,chair\n";
    for (name, text) in [
        // Another number, which passes for an SSN like most.
        ("lake/536904398.csv", RECORD),
        // A day, a word and a short number that one of many has.
        ("lake/dt=2026-11-29/young_people_7310522.csv", people),
        ("lake/20261129/a.csv", people),
        // No identifier in the content.
        ("lake/536904399.csv", order),
        ("lake/part-00000-5369043990.csv", RECORD),
        ("lake/quackenbush/a.csv", RECORD),
    ] {
        assert_eq!(keys(&[(name, text)], &[]), [(name["lake/".len()..].to_owned(), Vec::new())]);
    }
}

#[test]
fn a_policy_is_begun_asked_and_followed() {
    let folder = folder(&[("data/in/a.csv", RECORD.as_bytes())]);
    let at = |name: &str| folder.path().join(name);
    assert_eq!(run(phinder().arg("init").arg(folder.path())).0, 0);
    assert_eq!(run(phinder().arg("init").arg(folder.path())).0, 2, "it does not overwrite");
    assert_eq!(run(phinder().arg("scan").arg(at("data")).arg("--policy").arg(at("phinder.toml"))).0, 1);
    let policy = "[[expect]]\nname = \"intake\"\nlocations = [\"data/in/**\"]\nclasses = [\"phi\"]\nreason = \"r\"\n";
    fs::write(at("phinder.toml"), policy).unwrap();
    let (code, answer, _) =
        run(phinder().args(["policy", "check"]).arg(at("data/in/a.csv")).arg("--policy").arg(at("phinder.toml")));
    assert_eq!(code, 0);
    assert!(answer.contains("intake") && answer.contains("decided by"), "{answer}");
    assert_eq!(run(phinder().arg("scan").arg(at("data")).arg("--policy").arg(at("phinder.toml"))).0, 0);
}

#[test]
fn a_value_is_allowed_by_its_keyed_digest() {
    let folder = folder(&[("a.txt", b"Call our hotline: phone 415-555-2671 any day\n")]);
    let policy = folder.path().join("phinder.toml");
    assert_eq!(run(phinder().arg("init").arg(folder.path())).0, 0);
    fs::write(&policy, "").unwrap();
    let scan = || run(phinder().arg("scan").arg(folder.path().join("a.txt")).arg("--policy").arg(&policy)).0;
    assert_eq!(scan(), 1);
    let mut child = phinder()
        .args(["policy", "digest", "--policy"])
        .arg(&policy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"(415) 555 2671\n").unwrap();
    let digest = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let entry =
        format!("[[allow.value]]\ndigest = \"{}\"\nreason = \"hotline\"\nexpires = 2999-12-31\n", digest.trim());
    fs::write(&policy, entry).unwrap();
    assert_eq!(scan(), 0);
    fs::remove_file(folder.path().join("phinder.key")).unwrap();
    assert_eq!(scan(), 2, "without the key nothing can be compared");
}

#[test]
fn own_detectors_are_used_and_tested() {
    let badge = r#"
id = "badge"
name = "Staff badge"
class = "identifier"
source = "our own numbering"
mask = "full"
[match]
pattern = 'BDG-\d{6}'
confidence = "high"
[examples]
positive = ["seen with BDG-004711 at the door"]
negative = ["BDG-47"]
"#;
    let folder = folder(&[("own/badge.toml", badge.as_bytes()), ("a.txt", b"badge BDG-123456\n")]);
    let own = folder.path().join("own");
    let (code, report, _) = run(phinder().args(["detectors", "test"]).arg(&own));
    assert_eq!((code, report.trim()), (0, "1 detectors, 2 examples, 0 failed"));
    let (code, lines_of_scan) =
        jsonl(phinder().arg("scan").arg(folder.path().join("a.txt")).arg("--detectors").arg(&own));
    assert_eq!(code, 1);
    assert_eq!(lines(&lines_of_scan, "finding")[0]["detector"], "badge");
    fs::write(own.join("badge.toml"), badge.replace("BDG-47\"", "BDG-004712\"")).unwrap();
    let (code, report, _) = run(phinder().args(["detectors", "test"]).arg(&own));
    assert_eq!(code, 1);
    assert!(report.contains("negative example found"), "{report}");
    // A pattern that no prefilter serves says what it costs.
    fs::write(own.join("badge.toml"), badge.replace(r"'BDG-", r"'#?BDG-")).unwrap();
    let (code, report, _) = run(phinder().args(["detectors", "test"]).arg(&own));
    assert_eq!(code, 0, "{report}");
    assert!(report.contains("badge.toml: [match] pattern can begin with any byte"), "{report}");
    assert!(report.contains(" s of a core for each GB") && !report.contains(" 0.0 s"), "{report}");
    // One that asks for the beginning of a text says why nothing matched.
    fs::write(own.join("badge.toml"), badge.replace(r"'BDG-\d{6}'", r"'^BDG-\d{6}$'")).unwrap();
    let (code, report, _) = run(phinder().args(["detectors", "test"]).arg(&own));
    assert_eq!(code, 1);
    assert!(report.contains("(nothing matched); its pattern has `^` or `$`"), "{report}");
    // An error stands there once.
    fs::write(own.join("badge.toml"), badge.replace(r"'BDG-\d{6}'", r"'(?:BDG-\d{6})?'")).unwrap();
    let (code, _, errors) = run(phinder().args(["detectors", "test"]).arg(&own));
    assert_eq!((code, errors.matches("can match the empty text").count()), (2, 1), "{errors}");
}

#[test]
fn code_sets_of_the_user_replace_built_in_ones() {
    let folder = folder(&[
        ("sets/icd10cm.txt", b"# version: FY2031\nE11\nE11.9\nX77.123\n"),
        ("a.txt", b"seen with X77.123 today\nseen with J45.909 today\n"),
        ("phinder.toml", b"[detectors]\ncode_sets = \"sets\"\n"),
        ("wrong/icd10cm.txt", b"not a code\n"),
    ]);
    let at = |name: &str| folder.path().join(name);
    let report = |arguments: &[&str]| {
        let mut command = phinder();
        let (_, lines_of_scan) = jsonl(command.arg("scan").arg(at("a.txt")).args(arguments));
        let values: Vec<_> = lines(&lines_of_scan, "finding").iter().map(|line| line["samples"][0].clone()).collect();
        (values, lines(&lines_of_scan, "scan")[0]["detectors_version"].clone())
    };
    let (built_in, version) = report(&[]);
    assert_eq!(built_in, ["J45.***"]);
    let (replaced, other_version) = report(&["--code-sets", &at("sets").display().to_string()]);
    assert_eq!(replaced, ["X77.***"]);
    assert_ne!(version, other_version);
    assert_eq!(report(&["--policy", &at("phinder.toml").display().to_string()]).0, ["X77.***"]);
    let (code, listed, _) = run(phinder().args(["detectors", "--code-sets"]).arg(at("sets")).arg("code-sets"));
    assert!(code == 0 && listed.contains("FY2031") && listed.contains("ICD-10-PCS"), "{listed}");
    let (code, _, message) = run(phinder().args(["detectors", "--code-sets"]).arg(at("wrong")).arg("list"));
    assert!(code == 2 && message.contains("icd10cm.txt:1: "), "{message}");
}

#[test]
fn limits_apply_to_the_listing_and_are_reported() {
    let folder = folder(&[("small.csv", RECORD.as_bytes()), ("large.txt", &[b'x'; 5000])]);
    let (_, lines_of_scan) = jsonl(phinder().arg("scan").arg(folder.path()).args(["--max-size", "1KB"]));
    let reasons: Vec<_> = lines(&lines_of_scan, "object").iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reasons, [Value::from("over_size_limit"), Value::Null]);
}

#[test]
fn a_report_never_takes_the_place_of_what_is_scanned() {
    let folder = folder(&[("a.csv", RECORD.as_bytes()), ("last.jsonl", b"kept\n")]);
    let at = |name: &str| folder.path().join(name);
    assert_eq!(run(phinder().arg("scan").arg(at("a.csv")).arg("-o").arg(at("a.csv"))).0, 2);
    assert_eq!(fs::read(at("a.csv")).unwrap(), RECORD.as_bytes());
    assert_eq!(run(phinder().args(["scan", "/no/such/path", "-o"]).arg(at("last.jsonl"))).0, 2);
    assert_eq!(fs::read(at("last.jsonl")).unwrap(), b"kept\n");
    let (code, _, _) =
        run(phinder().arg("scan").arg(folder.path()).args(["--format", "jsonl", "-o"]).arg(at("last.jsonl")));
    assert_eq!(code, 1);
    let report = fs::read_to_string(at("last.jsonl")).unwrap();
    assert!(report.contains(r#""excluded""#) && report.lines().last().unwrap().contains("summary"), "{report}");
    assert!(!at("last.jsonl.partial").exists());
}

#[test]
fn a_key_that_could_be_guessed_is_refused() {
    let folder = folder(&[("phinder.toml", b""), ("phinder.key", b"a\n")]);
    let digest =
        phinder().args(["policy", "digest", "--policy"]).arg(folder.path().join("phinder.toml")).status().unwrap();
    assert_eq!(digest.code(), Some(2));
}

#[test]
fn names_that_are_values_are_masked_in_reports() {
    let folder = folder(&[("a.json", br#"{"by_ssn":{"536-90-4399":{"dx":"E11.9"},"219-44-8210":{"dx":"I10"}}}"#)]);
    for format in ["jsonl", "terminal"] {
        let (code, report, _) = run(phinder().arg("scan").arg(folder.path()).args(["--format", format]));
        assert_eq!(code, 1, "{report}");
        assert!(!report.contains("536-90") && !report.contains("219-44"), "{report}");
    }
}

#[test]
fn what_is_reported_does_not_change_what_a_record_is() {
    let folder = folder(&[("a.csv", b"ssn,note\n536-90-4399,seen with E11.9 today\n219-44-8210,and J45.909 again\n")]);
    let classes = |confidence: &str| {
        let (_, lines_of_scan) = jsonl(phinder().arg("scan").arg(folder.path()).args(["--min-confidence", confidence]));
        lines(&lines_of_scan, "object")[0]["classes"].clone()
    };
    assert_eq!(classes("medium")["phi"], 2);
    assert_eq!(classes("high"), classes("medium"));
}

#[test]
fn a_reader_that_leaves_early_gets_no_complaint() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut child = phinder()
        .arg("scan")
        .arg(&corpus)
        .args(["--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2), "not all of the report was written");
}

#[test]
fn columns_that_can_hold_nothing_may_be_left_out_and_nothing_is_lost() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/parquet/numeric_identifiers.parquet");
    let detectors = folder(&[(
        "own.toml",
        b"id = \"own\"\nname = \"Own\"\nclass = \"identifier\"\nmask = \"full\"\n\
        source = \"here\"\n[match]\npattern = 'EMP\\d{6}'\nconfidence = \"medium\"\n\
        [examples]\npositive = [\"EMP123456\"]\nnegative = [\"EMP1\"]\n",
    )]);
    let scan = |options: &[&str]| {
        let (code, lines) = jsonl(phinder().arg("scan").arg(&file).args(options));
        let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).cloned().collect::<Vec<_>>();
        let found: Vec<_> = of("finding").iter().map(|it| (it["field"].clone(), it["values"].clone())).collect();
        (code, found, of("object")[0]["coverage"].clone(), of("object")[0]["reason"].clone())
    };
    let (code, found, coverage, _) = scan(&[]);
    assert_eq!((code, coverage), (1, Value::from("complete")));
    let told = (Value::from("partial"), Value::from("unlikely_columns"));
    assert_eq!(scan(&["--skip-unlikely-columns"]), (code, found, told.0, told.1));
    // Detectors of one's own may know numbers of any length.
    let own = ["--skip-unlikely-columns", "--detectors", detectors.path().to_str().unwrap()];
    assert_eq!(scan(&own).2, "complete");
}

#[test]
fn the_bytes_of_a_file_that_is_read_at_places_are_counted() {
    let schema = parquet::schema::parser::parse_message_type("message m { required int64 number; }").unwrap();
    let properties = parquet::file::properties::WriterProperties::builder().set_dictionary_enabled(false).build();
    let (schema, properties) = (schema.into(), properties.into());
    let mut writer = parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    // More than is looked at to tell what a file is, in groups that two workers read.
    for _ in 0..4 {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let numbers: Vec<i64> = (0..100_000).collect();
        column.typed::<parquet::data_type::Int64Type>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    let file = writer.into_inner().unwrap();
    let folder = folder(&[("a.parquet", &file)]);
    for workers in ["1", "2"] {
        let (_, all) = jsonl(phinder().args(["scan", "--workers", workers]).arg(folder.path()));
        let object = lines(&all, "object")[0];
        assert_eq!(object["records"], 400_000);
        let bytes = object["bytes"].as_u64().unwrap() as usize;
        assert!((3_200_000..=file.len()).contains(&bytes), "{bytes} of {}", file.len());
    }
}
