//! Formats for other systems: each against the schema of who defines it, and read back by somebody else's reader.

use crate::outputs::{expected, finding, header, mixed, object, options, remarked, render_bytes, summary};
use crate::support::moto::MotoServer;
use crate::support::scan::{phinder, run};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use phinder::model::{Class, Coverage, Finding, ObjectResult};
use phinder::outputs::{Format, Options, SecurityHub};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const SARIF: &str = include_str!("schemas/sarif-2.1.0.json");
const OCSF: &str = include_str!("schemas/ocsf-1.6.0-data_security_finding.json");
const ASFF: &str = include_str!("schemas/asff-2018-10-08.json");

fn hub_options() -> Options {
    let hub = SecurityHub { partition: "aws".into(), region: "eu-central-1".into(), account: "111122223333".into() };
    Options { security_hub: Some(hub), ..options(100) }
}

/// Names that a format could take for something of its own.
fn hostile() -> Vec<ObjectResult> {
    let names = [
        "=HYPERLINK(\"http://evil\",\"x\")",
        "a|b`c``d",
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "[x](javascript:alert(1)) {0} @everyone",
        "x\r\ny,\"z\"",
        "\u{1b}[31m\u{202e}gnp",
        &"long".repeat(900),
    ];
    let of = |name: &&str| {
        let mut found = finding(name, "us_ssn", Class::Phi, 3);
        found.samples = vec![format!("{name}***")];
        object(&format!("s3://acme/{name}"), Coverage::Complete, vec![found])
    };
    names.iter().map(of).collect()
}

fn everything() -> Vec<ObjectResult> {
    let mut all = mixed();
    all.push(remarked());
    let mut of_file = finding("", "us_ssn", Class::Health, 2);
    of_file.positions.retain(|position| position.line.is_some());
    all.push(object("file:///srv/a%25 b.txt", Coverage::Complete, vec![of_file]));
    let mut versioned = object("s3://acme/v.json", Coverage::Complete, vec![finding("a[].b", "email", Class::Pii, 1)]);
    versioned.version = Some("v1".into());
    versioned.findings[0].positions.truncate(1);
    all.push(versioned);
    let mut nowhere = finding("x", "email", Class::Pii, 1);
    nowhere.positions.clear();
    all.push(object("stdin://-", Coverage::Complete, vec![nowhere]));
    all.extend(hostile());
    all
}

fn text(format: Format, results: &[ObjectResult]) -> String {
    String::from_utf8(render_bytes(format, &hub_options(), results, &summary(results))).unwrap()
}

fn unexpected(results: &[ObjectResult]) -> usize {
    let is_unexpected = |finding: &&Finding| finding.verdict.kind == phinder::model::VerdictKind::Unexpected;
    results.iter().flat_map(|result| &result.findings).filter(is_unexpected).count()
}

fn mistakes(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn sarif_follows_the_schema_of_oasis() {
    let validator = jsonschema::draft4::new(&serde_json::from_str(SARIF).unwrap()).unwrap();
    let all = everything();
    let log: Value = serde_json::from_str(&text(Format::Sarif, &all)).unwrap();
    assert_eq!(mistakes(&validator, &log), Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let findings = all.iter().map(|result| result.findings.len()).sum::<usize>();
    assert_eq!(results.len(), findings);
    assert_eq!(results.iter().filter(|result| result["kind"] == "fail").count(), unexpected(&all));
    let informational = results.iter().find(|result| result["kind"] == "informational").unwrap();
    assert_eq!(informational["level"], "none", "3.27.10: what does not fail has no level");
    assert_eq!(results[0]["partialFingerprints"]["phinder/v1"], all[1].findings[0].fingerprint.as_str());
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 8);
    let notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notifications.contains("archived") && notifications.contains("access_denied"), "{notifications}");
    // No content is quoted, and a scan of nothing is a log too.
    assert!(!log.to_string().contains("snippet"));
    let empty: Value = serde_json::from_str(&text(Format::Sarif, &[])).unwrap();
    assert_eq!(mistakes(&validator, &empty), Vec::<String>::new());
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["level"] = "terrible".into();
    assert!(!validator.is_valid(&broken), "the schema has teeth");
}

#[test]
fn ocsf_follows_its_data_security_finding() {
    let validator = jsonschema::draft202012::new(&serde_json::from_str(OCSF).unwrap()).unwrap();
    let all = everything();
    let events: Vec<Value> = text(Format::Ocsf, &all).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), unexpected(&all));
    for event in &events {
        assert_eq!(mistakes(&validator, event), Vec::<String>::new(), "{event}");
        assert_eq!((&event["class_uid"], &event["type_uid"]), (&2006.into(), &200_601.into()));
        for detail in event["data_security"]["discovery_details"].as_array().unwrap() {
            assert!(detail.get("value").is_none());
        }
        assert!(event["data_security"].get("pattern_match").is_none());
    }
    assert_eq!(events[0]["databucket"]["name"], "acme");
    assert_eq!(events[0]["finding_info"]["uid"], all[1].findings[0].fingerprint.as_str());
    let mut broken = events[0].clone();
    broken.as_object_mut().unwrap().remove("finding_info");
    assert!(!validator.is_valid(&broken), "the schema has teeth");
}

#[test]
fn asff_is_what_one_call_takes() {
    let validator = jsonschema::draft202012::new(&serde_json::from_str(ASFF).unwrap()).unwrap();
    let mut all = everything();
    let many = (0..130).map(|index| finding(&format!("f{index}"), "us_ssn", Class::Phi, 1)).collect();
    all.push(object("s3://acme/many.csv", Coverage::Complete, many));
    let batches: Vec<Value> =
        text(Format::Asff, &all).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(batches.len() >= 2);
    let mut findings = Vec::new();
    for batch in &batches {
        assert_eq!(mistakes(&validator, batch), Vec::<String>::new());
        assert!(batch.to_string().len() < 6_000_000);
        findings.extend(batch.as_array().unwrap());
    }
    assert_eq!(findings.len(), unexpected(&all));
    assert!(findings.iter().all(|finding| finding.to_string().len() < 240_000));
    assert_eq!(findings[0]["ProductArn"], "arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default");
    assert_eq!(findings[0]["Resources"][0]["Id"], "arn:aws:s3:::acme/reports/2026/patients.csv");
    let mut broken = batches[0].clone();
    broken[0]["AwsAccountId"] = "1".into();
    assert!(!validator.is_valid(&broken), "the schema has teeth");
}

/// The file goes to a Security Hub line by line, as `docs/output.md` says.
#[test]
fn a_security_hub_takes_what_is_written_for_it() {
    let moto = MotoServer::start();
    let all = everything();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("findings.asff");
    let written = text(Format::Asff, &all);
    fs::write(&path, &written).unwrap();
    let program = "import boto3, json, sys\n\
                   hub = boto3.client('securityhub', region_name='eu-central-1', endpoint_url=sys.argv[1],\n\
                                      aws_access_key_id='a', aws_secret_access_key='a')\n\
                   for line in open(sys.argv[2], encoding='utf-8'):\n    \
                       answer = hub.batch_import_findings(Findings=json.loads(line))\n    \
                       assert answer['FailedCount'] == 0, answer\n\
                   pages = hub.get_paginator('get_findings').paginate()\n\
                   print(json.dumps([found['Id'] for page in pages for found in page['Findings']]))\n";
    let server = std::env::var_os("PHINDER_MOTO_SERVER").expect("run ./test, which installs what is needed");
    let mut command = Command::new(Path::new(&server).with_file_name("python"));
    let (code, said, errors) = run(command.args(["-c", program, &moto.endpoint]).arg(&path));
    assert_eq!(code, 0, "{errors}");
    let taken: BTreeSet<String> = serde_json::from_str(&said).unwrap();
    let unexpected = written.lines().flat_map(|line| {
        let batch: Vec<Value> = serde_json::from_str(line).unwrap();
        batch.into_iter().map(|found| found["Id"].as_str().unwrap().to_owned())
    });
    assert_eq!(taken, unexpected.collect());
}

/// The texts of a column that was read back, without the mark of a formula.
fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[test]
fn csv_is_read_back_as_it_was_and_runs_nothing() {
    let all = everything();
    let text = text(Format::Csv, &all);
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let place = |name: &str| names.iter().position(|other| other == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let findings: Vec<_> = rows.iter().filter(|row| &row[0] == "finding").collect();
    let gaps: Vec<_> = rows.iter().filter(|row| &row[0] == "object").collect();
    let wanted: Vec<_> =
        all.iter().flat_map(|result| result.findings.iter().map(move |found| (result, found))).collect();
    assert_eq!(findings.len(), wanted.len());
    for (row, (result, found)) in findings.iter().zip(wanted) {
        assert_eq!(plain(&row[place("location")]), result.location.as_str());
        assert_eq!(plain(&row[place("field")]), &*found.field);
        assert_eq!(row[place("values")].parse::<u64>().unwrap(), found.values);
        assert_eq!(plain(&row[place("samples")]), found.samples.join(" | "));
    }
    assert_eq!(gaps.len(), all.iter().filter(|result| result.coverage.reason().is_some()).count());
    assert!(gaps.iter().any(|row| &row[place("reason")] == "access_denied"));
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
}

/// Rows of a file as DuckDB reads them: each as an object of its columns.
fn duckdb(reader: &str, name: &str, bytes: &[u8]) -> Vec<Value> {
    let server = std::env::var_os("PHINDER_MOTO_SERVER").expect("run ./test, which installs what is needed");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let program = "import duckdb, json, sys\n\
                   rows = duckdb.connect().execute(f'select * from {sys.argv[1]}', [sys.argv[2]])\n\
                   names = [column[0] for column in rows.description]\n\
                   print(json.dumps([dict(zip(names, row)) for row in rows.fetchall()], default=str))\n";
    let mut command = Command::new(Path::new(&server).with_file_name("python"));
    let (code, said, errors) = run(command.args(["-c", program, reader]).arg(&path));
    assert_eq!(code, 0, "{errors}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn duckdb_reads_csv_and_parquet_as_they_were() {
    let all = everything();
    let csv = duckdb("read_csv(?, header=true, all_varchar=true)", "r.csv", text(Format::Csv, &all).as_bytes());
    let bytes = render_bytes(Format::Parquet, &hub_options(), &all, &summary(&all));
    let parquet = duckdb("read_parquet(?)", "r.parquet", &bytes);
    assert_eq!(csv.len(), parquet.len());
    let wanted: Vec<_> =
        all.iter().flat_map(|result| result.findings.iter().map(move |found| (result, found))).collect();
    let of_findings = |rows: &[Value]| rows.iter().filter(|row| row["type"] == "finding").cloned().collect::<Vec<_>>();
    let (csv, parquet) = (of_findings(&csv), of_findings(&parquet));
    assert_eq!((csv.len(), parquet.len()), (wanted.len(), wanted.len()));
    for ((csv, parquet), (result, found)) in csv.iter().zip(&parquet).zip(wanted) {
        // An empty cell of CSV is none.
        let cell = |name: &str| plain(csv[name].as_str().unwrap_or_default()).to_owned();
        assert_eq!((&*cell("location"), &*cell("field")), (result.location.as_str(), &*found.field));
        assert_eq!((cell("values"), cell("samples")), (found.values.to_string(), found.samples.join(" | ")));
        assert_eq!(
            (&parquet["location"], &parquet["field"]),
            (&result.location.as_str().into(), &(*found.field).into())
        );
        assert_eq!((&parquet["values"], &parquet["samples"]), (&found.values.into(), &found.samples.clone().into()));
        assert_eq!(parquet["likely_synthetic"], found.is_likely_synthetic);
    }
}

fn field<'a>(row: &'a Row, name: &str) -> &'a Field {
    row.get_column_iter().find(|(other, _)| *other == name).unwrap().1
}

#[test]
fn parquet_is_read_back_with_its_types() {
    let all = everything();
    let bytes = render_bytes(Format::Parquet, &hub_options(), &all, &summary(&all));
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let listed = metadata.iter().find(|pair| pair.key == "phinder.objects.listed").unwrap();
    assert_eq!(listed.value, Some(all.len().to_string()));
    let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let text = |row: &Row, name: &str| match field(row, name) {
        Field::Str(text) => text.clone(),
        other => panic!("{name} is {other:?}"),
    };
    let findings: Vec<&Row> = rows.iter().filter(|row| text(row, "type") == "finding").collect();
    let wanted: Vec<_> =
        all.iter().flat_map(|result| result.findings.iter().map(move |found| (result, found))).collect();
    assert_eq!(findings.len(), wanted.len());
    for (row, (result, found)) in findings.iter().zip(wanted) {
        assert_eq!(text(row, "location"), result.location.as_str());
        assert_eq!(field(row, "values"), &Field::Long(found.values.try_into().unwrap()));
        assert_eq!(field(row, "score"), &Field::Double(found.score));
        assert_eq!(field(row, "likely_synthetic"), &Field::Bool(found.is_likely_synthetic));
        assert_eq!(field(row, "started_at"), &Field::TimestampMicros(header().started_at.unix_timestamp() * 1_000_000));
        let Field::ListInternal(samples) = field(row, "samples") else { panic!("samples are a list") };
        let wanted: Vec<_> = found.samples.iter().cloned().map(Field::Str).collect();
        assert_eq!(samples.elements(), wanted);
    }
    let gap = rows.iter().find(|row| text(row, "type") == "object").unwrap();
    assert_eq!((field(gap, "detector"), field(gap, "values")), (&Field::Null, &Field::Null));
}

#[test]
fn row_groups_bound_the_memory_of_parquet() {
    let many =
        (0..20_000).map(|_| object("s3://acme/a.csv", Coverage::Complete, vec![finding("f", "email", Class::Pii, 1)]));
    let many: Vec<_> = many.collect();
    let bytes = render_bytes(Format::Parquet, &options(100), &many, &summary(&many));
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    assert_eq!(reader.num_row_groups(), 2);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 20_000);
}

#[test]
fn markdown_says_what_the_report_says() {
    let all = mixed();
    let page = text(Format::Markdown, &all);
    for line in [
        "# phinder: `s3://acme/`",
        "### high: `s3://acme/reports/2026/`",
        "| `patients.csv` | US Social Security number | `ssn` | 1,100 | high | `***-**-1234`, `***-**-9876` |",
        "| `s3://acme/clinical/` | 2 objects: PHI in 42 records | expected by \"clinical area\" (phinder.toml:8): landing zone of the health record system |",
        "- 11 objects listed: 6 complete, 1 sampled, 1 partial, 2 skipped, 1 failed",
    ] {
        assert!(page.lines().any(|shown| shown == line), "{line}\n{page}");
    }
    assert!(page.contains("| 1 | failed | `access_denied` |"), "{page}");
    let page = text(Format::Markdown, &hostile());
    // Outside of code spans there is nothing that came from a name.
    let (mut outside, mut rest) = (String::new(), page.as_str());
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let fence = rest[start..].chars().take_while(|character| *character == '`').count();
        let inner = &rest[start + fence..];
        let closing = inner
            .match_indices(&"`".repeat(fence))
            .find(|(at, _)| !inner[at + fence..].starts_with('`') && !inner[..*at].ends_with('`'));
        let (at, _) = closing.unwrap_or_else(|| panic!("a span is open: {inner}"));
        rest = &inner[at + fence..];
    }
    outside.push_str(rest);
    for word in ["script", "javascript", "onerror", "HYPERLINK", "@everyone"] {
        assert!(!outside.contains(word), "{word} in {outside}");
    }
    // Every row of a table has as many cells as its head, whatever a name holds.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let widths: Vec<_> = page.lines().filter(|line| line.starts_with('|')).map(bars).collect();
    assert!(widths.iter().all(|width| *width == 7), "{widths:?}");
}

#[test]
fn unexpected_phi_starts_the_clock_in_reports_for_people() {
    let all = everything();
    for (format, heading) in [(Format::Markdown, "## "), (Format::Html, "<h2>")] {
        let page = text(format, &all);
        assert!(page.contains(&format!("{heading}Breach of unsecured PHI: potential; assessment required")));
        assert!(page.contains("on 2026-11-23; if it was not known before, day 60 is 2027-01-22"), "{page}");
        for factor in ["(i)", "(ii)", "(iii)", "(iv)"] {
            assert!(page.contains(&format!("45 CFR 164.402(2){factor}, ")), "{factor}");
        }
        assert!(!page.contains("{place}") && page.contains("look into the access logs of the places above"));
        let pii = [object("s3://acme/a", Coverage::Complete, vec![finding("x", "email", Class::Pii, 1)])];
        assert!(!text(format, &pii).contains("Breach"), "no clock without PHI");
    }
}

#[test]
fn html_is_one_file_that_reads_without_scripts() {
    let mut all = everything();
    let page = text(Format::Html, &all);
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for outside in ["http-equiv=\"refresh", "<link", "<iframe", "<img", "src=", "url(", "@import"] {
        assert!(!page.replace("src=x", "").contains(outside), "{outside}");
    }
    // One script and one style, both of the program; whatever a name holds is text.
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (1, 1));
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
    let body = page.split("<script>").next().unwrap();
    let findings = all.iter().map(|result| result.findings.len()).sum::<usize>();
    assert_eq!(body.matches("<tr id=\"f-").count(), findings);
    let first = body.find("id=\"f-").unwrap();
    let worst = body[first..].split("</tr>").next().unwrap();
    assert!(worst.contains("high") && worst.contains("unexpected"), "{worst}");
    assert!(body.contains("<td>access_denied</td>"), "what was not looked at is there");
    // Beyond the limit the sums count what the list leaves out.
    let more = (0..10_050).map(|index| {
        object(
            &format!("s3://acme/low/{index}.csv"),
            Coverage::Complete,
            vec![expected(finding("f", "email", Class::Pii, 1))],
        )
    });
    all.extend(more);
    let page = text(Format::Html, &all);
    assert_eq!(page.matches("<tr id=\"f-").count(), 10_000);
    assert!(page.contains(&format!("{} findings are counted only", findings + 50)), "the list says what it lacks");
    assert!(page.contains("s3://acme/reports/2026/patients.csv"), "the worst ones stay");
}

const RECORDS: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\nMary Jones,219-44-8210,I10\n";

#[test]
fn one_scan_writes_every_format_and_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, out) = (folder.path().join("lake"), folder.path().join("out"));
    fs::create_dir_all(&lake).unwrap();
    fs::create_dir_all(&out).unwrap();
    fs::write(lake.join("a.csv"), RECORDS).unwrap();
    fs::write(lake.join("536-90-4399.txt"), "Patient: John Smith\nSSN 219-44-8210, MRN: 88417723, Dx: E11.9\n")
        .unwrap();
    fs::write(lake.join("c.json"), br#"[{"219-44-8210":{"dob":"1980-02-03","phone":"415-555-2671"}}]"#).unwrap();
    let mut command = phinder();
    command.arg("scan").arg(&lake).args(["--min-confidence", "low", "--log", "trace"]);
    command.args(["--account-id", "111122223333", "--region", "us-east-1"]);
    for format in Format::ALL {
        command.arg("--output").arg(format!("{format}={}", out.join(format.name()).display()));
    }
    let (code, shown, log) = run(&mut command);
    assert_eq!(code, 1, "{log}");
    assert!(shown.contains("Unexpected PHI in"), "the report for people is shown besides: {shown}");
    let mut written = vec![("standard output".to_owned(), shown.into_bytes()), ("log".to_owned(), log.into_bytes())];
    for format in Format::ALL {
        written.push((format.to_string(), fs::read(out.join(format.name())).unwrap()));
    }
    for (name, bytes) in &written {
        assert!(!bytes.is_empty() || name == "log", "{name}");
        for value in ["536-90-4399", "536904399", "219-44-8210", "88417723", "John Smith", "1980-02-03", "415-555-2671"]
        {
            let is_there = bytes.windows(value.len()).any(|window| window == value.as_bytes());
            assert!(!is_there, "{value} in {name}");
        }
    }
    // All were told the same.
    let lines = fs::read_to_string(out.join("jsonl")).unwrap();
    let fingerprints: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["type"] == "finding" && line["verdict"] == "unexpected")
        .map(|line| line["fingerprint"].as_str().unwrap().to_owned())
        .collect();
    assert!(fingerprints.len() >= 3);
    for format in ["csv", "html", "sarif", "ocsf", "asff"] {
        let text = fs::read_to_string(out.join(format)).unwrap();
        assert!(fingerprints.iter().all(|fingerprint| text.contains(fingerprint)), "{format}");
    }
}

#[test]
fn standard_output_takes_one_format() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "plain words\n").unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let scan = |arguments: &[&str]| run(phinder().arg("scan").arg(place("a.txt")).args(arguments));
    let (code, shown, _) = scan(&["--format", "csv", "-o", &place("x.csv")]);
    assert_eq!((code, shown.as_str()), (0, ""));
    assert!(fs::read_to_string(place("x.csv")).unwrap().starts_with("type,scan_id,"));
    let (code, shown, _) = scan(&["--format", "sarif", "-o", &format!("csv={}", place("y.csv"))]);
    assert_eq!(code, 0);
    assert!(shown.starts_with("{\"$schema\""), "{shown}");
    let (code, shown, _) = scan(&["-o", "jsonl=-", "-o", &format!("csv={}", place("z.csv"))]);
    assert_eq!(code, 0);
    assert!(shown.starts_with("{\"type\":\"scan\""), "{shown}");
    for (arguments, word) in [
        (vec!["-o", "sraif=out.json"], "--output sraif=out.json (a file of that name is ./sraif=out.json)"),
        (vec!["-o", "jsonl=-", "-o", "csv=-"], "standard output takes one format, not jsonl and csv"),
        (vec!["-o", "jsonl=-", "--format", "csv"], "standard output takes one format, not jsonl and csv"),
        (vec!["-o", "asff=x", "--region", "us-east-1"], "--account-id"),
        (vec!["-o", "asff=x", "--account-id", "12"], "12 digits"),
    ] {
        let (code, _, errors) = scan(&arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(errors.contains(word), "{errors}");
    }
    let (same, twice) = (place("same"), place("same"));
    let (code, _, errors) = scan(&["-o", &format!("jsonl={same}"), "-o", &format!("csv={twice}")]);
    assert_eq!(code, 2);
    assert!(errors.contains("two outputs"), "{errors}");
    assert!(!Path::new(&same).exists());
}
