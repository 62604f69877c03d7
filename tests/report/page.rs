//! The page as a file: what it says is what the ledger says, and it holds nothing that it must not.

use super::{HOSTILE, data, report};
use crate::support::nights::Nights;
use crate::support::scan::{phinder, run};
use base64::Engine as _;
use phinder::ledger::Outcome;
use phinder::model::{Class, Severity};
use sha2::{Digest, Sha256};
use std::fs;

const PHI: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";
const PII: &str = "name,ssn\nPaul Brown,536-90-4411\n";
const CLEAN: &str = "item,price\nchair,10\ntable,20\n";
const DAY: i64 = 86_400_000;

#[test]
fn a_report_says_what_scans_found_and_did_not_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, ledger) = (folder.path().join("lake"), folder.path().join("l.ledger"));
    let put = |name: &str, content: &[u8]| {
        let path = lake.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put("exports/2026-11-01/patients.csv", PHI.as_bytes());
    put("exports/2026-11-02/patients.csv", PHI.as_bytes());
    put("marketing/list.csv", PII.as_bytes());
    put("shop/items.csv", CLEAN.as_bytes());
    put("scans/picture.bin", &[0, 159, 146, 150, 0, 1, 2, 3]);
    put("536-90-4399 John Smith/note.csv", PHI.as_bytes());
    let scan = || {
        let (code, ..) = run(phinder().arg("scan").arg(&lake).arg("--ledger").arg(&ledger).args(["--format", "jsonl"]));
        assert!(matches!(code, 0..=3));
    };
    scan();
    fs::remove_dir_all(lake.join("marketing")).unwrap();
    scan();
    let (_, exported, _) = run(phinder().args(["findings", "export", "--ledger"]).arg(&ledger));
    let exported: Vec<serde_json::Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (_, page) = report(&ledger, &[]);
    let data = data(&page);
    let findings = &data["findings"];

    // The same findings, in the same states.
    let text = |place: &serde_json::Value| data["texts"][place.as_u64().unwrap() as usize].as_str().unwrap().to_owned();
    let mut told: Vec<(String, String, i64)> = (0..exported.len())
        .map(|at| {
            let state = findings["state"][at].as_u64().unwrap() as usize;
            let state = data["states"][state][0].as_str().unwrap().to_owned();
            (findings["fingerprint"][at].as_str().unwrap().to_owned(), state, findings["records"][at].as_i64().unwrap())
        })
        .collect();
    let word = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let mut kept: Vec<_> = exported
        .iter()
        .map(|row| (word(row, "fingerprint"), word(row, "state"), row["records"].as_i64().unwrap()))
        .collect();
    told.sort();
    kept.sort();
    assert_eq!(told, kept);
    assert!(kept.iter().any(|(_, state, _)| state == "resolved") && kept.iter().any(|(_, state, _)| state == "open"));

    // Why, by which evidence, where, by which law, and since when.
    let ssn = (0..exported.len())
        .find(|at| text(&findings["detector"][at]) == "us_ssn" && text(&findings["place"][at]).ends_with("exports/*/"));
    let ssn = ssn.unwrap();
    let detail = &data["details"][ssn];
    assert_eq!((detail["people"].as_u64(), detail["objects"].as_array().unwrap().len()), (Some(2), 2));
    assert!(detail["evidence"].as_u64().unwrap() & 2 > 0, "the validator spoke for it: {detail}");
    assert_eq!(detail["history"].as_array().unwrap().len(), 2, "new, then open");
    assert!(text(&findings["because"][ssn]).contains("no policy entry"));
    let detector = &data["detectors"][findings["detector"][ssn].to_string()];
    assert!(detector[1].as_str().unwrap().starts_with("identifier G of 45 CFR 164.514(b)(2)(i), social security"));
    assert_eq!(data["status"], "potential; assessment required");
    assert_eq!(data["factors"].as_array().unwrap().len(), 4);

    // What is summed up reads without scripts.
    let body = page.split("<script type=").next().unwrap();
    assert!(body.contains("<h1>PHI where it is not expected</h1>"));
    assert!(body.contains("Potential; assessment required."));
    assert!(body.contains("The PHI is about 2 people."), "each of them counts once");
    assert!(body.contains("<code>binary</code>") && body.contains("picture.bin"), "what was not looked at");
    assert!(body.contains("scope=\"row\" class=\"name\"><a href=\"#in=file:///"));
    assert_eq!(body.matches("<g><title>").count(), 2, "a column for each scan");

    // No value, and no name that names somebody.
    for word in ["536-90-4399", "John", "Smith", "219-44", "Mary", "Jones", "536904399"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("(name withheld)"));
}

#[test]
fn a_filter_is_said_and_holds_for_everything() {
    let mut nights = Nights::new();
    nights.put("s3://billing/exports/a.csv", Class::Phi, Severity::High, 20);
    nights.put("s3://web/logs/a.csv", Class::Pii, Severity::Low, 7);
    nights.scan(1_790_000_000_000, Outcome::Complete);
    let (_, page) = report(&nights.path(), &["--location", "s3://billing/", "--severity", "medium"]);
    let filter = "severity medium or worse, location contains s3://billing/";
    assert!(page.contains(&format!("Only findings of this filter are in this report: {filter}.")));
    assert!(!page.contains("s3://web"), "not among findings, places, or coverage");
    assert_eq!(data(&page)["findings"]["state"].as_array().unwrap().len(), 1);
    let (_, page) = report(&nights.path(), &["--state", "accepted"]);
    assert!(page.contains("<h1>Nothing waits for anybody</h1>"));
}

#[test]
fn the_trend_counts_what_waits_after_each_scan() {
    let mut nights = Nights::new();
    let start = 1_790_000_000_000;
    nights.put("s3://a/x/a.csv", Class::Phi, Severity::High, 20);
    nights.scan(start, Outcome::Complete);
    nights.put("s3://a/y/a.csv", Class::Pii, Severity::High, 20);
    nights.put("s3://a/z/a.csv", Class::Phi, Severity::High, 510);
    nights.scan(start + DAY, Outcome::Complete);
    nights.objects.remove("s3://a/x/a.csv");
    nights.scan(start + 2 * DAY, Outcome::Complete);
    let rows = |page: &str| -> Vec<Vec<u64>> {
        let table = page.split("aria-label=\"Numbers of the trend\"").nth(1).unwrap().split("</table>").next().unwrap();
        let cells = |row: &str| row.split("class=\"count\">").skip(1).map(number).collect();
        table.split("<tbody>").nth(1).unwrap().split("</tr>").filter(|row| row.contains("<td")).map(cells).collect()
    };
    let (_, page) = report(&nights.path(), &[]);
    // The last one first: phi, pii, health, appeared, resolved, decided.
    assert_eq!(rows(&page), [[1, 1, 0, 0, 1, 0], [2, 1, 0, 2, 0, 0], [1, 0, 0, 1, 0, 0]]);
    assert!(page.contains("It is about 510 people: 500 or more"), "{}", page.split("class=\"lead\"").nth(1).unwrap());
    assert!(page.contains("the media, where more than 500"));
    // A decision between two scans belongs to the next one.
    let (_, list, _) = run(phinder().args(["findings", "export", "--class", "pii", "--ledger"]).arg(nights.path()));
    let fingerprint = list.split("\"fingerprint\":\"").nth(1).unwrap()[..32].to_owned();
    let mut decide = phinder();
    decide.args(["findings", "accept", &fingerprint, "--why", "ours", "--who", "me", "--ledger"]).arg(nights.path());
    assert_eq!(run(&mut decide).0, 0);
    nights.scan(start + 3 * DAY, Outcome::Complete);
    let (_, page) = report(&nights.path(), &[]);
    assert_eq!(rows(&page)[0], [1, 0, 0, 0, 0, 1]);
}

fn number(text: &str) -> u64 {
    text.split('<').next().unwrap().replace(',', "").parse().unwrap()
}

#[test]
fn hostile_keys_stay_text_and_the_policy_allows_only_what_is_there() {
    let mut nights = Nights::new();
    HOSTILE.iter().for_each(|key| nights.put(key, Class::Phi, Severity::High, 2));
    nights.scan(1_790_000_000_000, Outcome::Complete);
    let (_, page) = report(&nights.path(), &[]);
    // One element of data and one script, and no other way to run or to fetch something.
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (2, 2));
    for outside in ["<img", "<link", "<iframe", "<!--", "src=\"", "url(", "@import", "style=\"", " onclick", "unsafe-"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let content = |open: &str, close: &str| -> Vec<String> {
        page.split(open).skip(1).map(|rest| rest.split(close).next().unwrap().to_owned()).collect()
    };
    let (styles, scripts) = (content("<style>", "</style>"), content("<script>", "</script>"));
    assert_eq!((styles.len(), scripts.len()), (2, 1));
    for text in styles.iter().chain(&scripts) {
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    assert_eq!(policy.matches("'sha256-").count(), 3, "nothing else is allowed");
    // Rows are made of text, whatever it is.
    for way in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("] {
        assert!(!scripts[0].contains(way), "{way}");
    }
    let data = data(&page);
    let places: Vec<&str> = data["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(places.iter().any(|text| text.starts_with("s3://acme/</script><script>")));
    assert!(places.contains(&"s3://acme/\\u{2028}\\u{202e}fdp/"), "{places:?}");
}

#[test]
fn a_report_never_takes_the_place_of_its_ledger() {
    let nights = super::many(3);
    let path = nights.path();
    let before = fs::read(&path).unwrap();
    let (code, _, errors) = run(phinder().args(["report", "--ledger"]).arg(&path).arg("-o").arg(&path));
    assert!(code == 2 && errors.contains("is a ledger"), "{errors}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let (code, _, errors) = run(phinder().args(["report", "--ledger"]).arg(nights.folder().join("none")));
    assert!(code == 2 && errors.contains("there is no ledger"), "{errors}");
    // To standard output, for a pipe.
    let (code, page, _) = run(phinder().args(["report", "--ledger"]).arg(&path));
    assert!(code == 0 && page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
}
