//! Findings of places: the baseline, what another policy would change, the clock of a possible breach.

use super::{CLEAN, OTHER, Place, RECORD};
use crate::support::scan::{phinder, run};
use serde_json::Value;
use std::fs;

const NUMBERS: &str = "name,ssn,city\nJohn Smith,536-90-4399,Springfield\n";

#[test]
fn a_baseline_waits_for_nobody_until_it_gets_worse() {
    let place = Place::new(&[("a/1.csv", RECORD), ("b/1.csv", NUMBERS), ("c/1.csv", RECORD)]);
    place.scan(&["--baseline"]);
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("baseline".into(), "baseline".into()));
    let (_, list, _) = place.findings(&["list"]);
    assert!(list.starts_with("no finding\n") && list.contains("in the baseline: --state baseline"), "{list}");
    assert!(place.findings(&["list", "--state", "baseline"]).1.contains("/a/"));

    // One grows without getting worse, one gets worse, one goes; what is new is new.
    place.put("a/2.csv", OTHER);
    place.put("b/2.csv", RECORD);
    fs::remove_file(place.lake().join("c/1.csv")).unwrap();
    place.put("d/1.csv", RECORD);
    place.scan(&[]);
    let states = ["a us_ssn", "b us_ssn", "c us_ssn", "d us_ssn"].map(|key| place.of(key));
    assert_eq!(states, ["baseline", "open", "resolved", "new"]);
    let why = place.show("/b/", "us_ssn")["history"].as_array().unwrap().last().unwrap()["why"].clone();
    assert_eq!(why, "it is worse than in the baseline");

    place.put("c/1.csv", RECORD);
    assert_eq!(place.findings(&["suppress", &place.fingerprint("/a/", "us_ssn"), "--why", "a test"]).0, 0);
    place.scan(&[]);
    assert_eq!((place.of("c us_ssn"), place.of("a us_ssn")), ("reopened".into(), "suppressed".into()));
}

#[test]
fn the_clock_of_a_possible_breach_is_shown_with_what_is_to_be_assessed() {
    let place = Place::new(&[("a/1.csv", RECORD), ("a/2.csv", RECORD), ("a/3.csv", OTHER), ("b/1.csv", NUMBERS)]);
    place.scan(&[]);
    let shown = place.show("/a/", "us_ssn");
    let clock = &shown["breach"];
    assert_eq!(clock["status"], "potential; assessment required");
    assert_eq!(clock["first_observed_at"], shown["first_observed_at"]);
    let day = |text: &Value| {
        let date = time::Date::parse(
            text.as_str().unwrap().get(..10).unwrap(),
            &time::format_description::well_known::Iso8601::DATE,
        );
        date.unwrap().to_julian_day()
    };
    assert_eq!(day(&clock["day_60"]) - day(&clock["first_observed_at"]), 60);
    assert_eq!(clock["day_60"], shown["day_60"]);
    assert_eq!((&clock["days_left"], &clock["individuals"]), (&60.into(), &3.into()), "the same people twice");
    let factors: Vec<_> =
        clock["factors"].as_array().unwrap().iter().map(|factor| factor["citation"].clone()).collect();
    assert_eq!(factors, ["i", "ii", "iii", "iv"].map(|number| format!("45 CFR 164.402(2)({number})")));
    assert_eq!(place.show("/b/", "us_ssn")["breach"], Value::Null, "no health data, no PHI");

    let fingerprint = place.fingerprint("/a/", "us_ssn");
    for format in ["text", "markdown"] {
        let (code, said, errors) = place.findings(&["show", &fingerprint, "--format", format]);
        assert_eq!(code, 0, "{errors}");
        for word in
            ["potential; assessment required", "day 60", "individuals: about 3", "45 CFR 164.402(2)(iv)", "3.csv"]
        {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(!said.to_lowercase().contains("complian"), "{said}");
    }
    let (_, said, _) = place.findings(&["show", &fingerprint, "--occurrences", "1"]);
    assert_eq!(said.matches(".csv").count(), 1, "{said}");
}

#[test]
fn another_policy_is_tried_on_what_is_remembered() {
    let place = Place::new(&[("a/1.csv", RECORD), ("a/2.csv", RECORD), ("b/1.csv", RECORD), ("clean/1.csv", CLEAN)]);
    place.scan(&[]);
    let policy = |name: &str, folder: &str| {
        let path = place.folder.path().join(name);
        let lake = place.lake();
        let text = format!(
            "[[expect]]\nname = \"{folder}\"\nlocations = [\"{}/{folder}/**\"]\nclasses = [\"phi\", \"pii\"]\nreason = \"a test\"\n",
            lake.display()
        );
        fs::write(&path, text).unwrap();
        path
    };
    let (old, new) = (policy("old.toml", "a"), policy("new.toml", "b"));
    // Nothing is read: there is nothing to read any more.
    fs::rename(place.lake(), place.folder.path().join("away")).unwrap();
    let diff = |policies: &[&std::path::Path]| {
        let (code, said, errors) =
            run(phinder().args(["policy", "diff"]).args(policies).arg("--ledger").arg(place.ledger()));
        assert_eq!(code, 0, "{errors}");
        said
    };
    let line = |said: &str, place: &str| {
        let found = said.lines().find(|line| line.contains("us_ssn") && line.contains(place));
        found.map(|line| line.split_whitespace().take(7).collect::<Vec<_>>().join(" "))
    };
    let said = diff(&[&new]);
    assert_eq!(line(&said, "/b/").as_deref(), Some("resolved high -> expected 1 -> 0"), "{said}");
    assert_eq!(line(&said, "/a/"), None, "it stays as it is: {said}");
    assert!(said.contains("expected by") && said.contains("as they are"), "{said}");
    let said = diff(&[&old, &new]);
    assert_eq!(line(&said, "/a/").as_deref(), Some("new expected -> high 0 -> 2"), "{said}");
    assert_eq!(line(&said, "/b/").as_deref(), Some("resolved high -> expected 1 -> 0"), "{said}");
    assert!(diff(&[&old, &old]).starts_with("0 new, 0 resolved, 0 changed"));

    // What it says is what a scan then does.
    fs::rename(place.folder.path().join("away"), place.lake()).unwrap();
    place.scan(&["--policy", new.to_str().unwrap()]);
    assert_eq!((place.of("a us_ssn"), place.of("b us_ssn")), ("open".into(), "resolved".into()));
    fs::write(
        &new,
        format!("{}[classification]\nroles = {{ email = \"ignored\" }}\n", fs::read_to_string(&new).unwrap()),
    )
    .unwrap();
    assert!(diff(&[&old, &new]).contains("note: [classification]"));
}
