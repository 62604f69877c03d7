//! Canaries: 500 planted values, every command and every output, and every byte that was written searched for them.

use super::commands;
use crate::support::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::scan::phinder;
use crate::tickets::server::{Answer, Server};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const FIRST: [&str; 10] = [
    "Ottilie",
    "Barnaby",
    "Clementine",
    "Thaddeus",
    "Rosalind",
    "Montgomery",
    "Philippa",
    "Algernon",
    "Winifred",
    "Percival",
];
const LAST: [&str; 10] = [
    "Quackenbush",
    "Featherstone",
    "Higginbotham",
    "Throckmorton",
    "Abernathy",
    "Vandermeer",
    "Wolstenholme",
    "Satterfield",
    "Blankenship",
    "Ravenscroft",
];
const PEOPLE: usize = 100;

/// One person: name, SSN, record number, address of mail, telephone.
fn person(index: usize) -> [String; 5] {
    [
        format!("{} {}", FIRST[index % 10], LAST[index / 10]),
        format!("{}-{}-{}", 301 + index, 11 + index % 80, 4007 + index * 3),
        format!("{}", 73_105_211 + index * 7919),
        format!("{}.{}{index}@mail.example.org", FIRST[index % 10].to_lowercase(), LAST[index / 10].to_lowercase()),
        format!("(415) 555-{}", 2003 + index * 7),
    ]
}

/// What must stand nowhere: each value, the digits of those that are numbers, and each surname alone.
fn canaries() -> Vec<String> {
    let mut all: Vec<String> = (0..PEOPLE).flat_map(person).collect();
    assert_eq!(all.len(), 500);
    let digits = |text: &String| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let numbers: Vec<_> =
        (0..PEOPLE).flat_map(|index| [digits(&person(index)[1]), digits(&person(index)[4])]).collect();
    all.extend(numbers);
    all.extend(LAST.iter().flat_map(|surname| [(*surname).to_owned(), surname.to_lowercase()]));
    all
}

/// A lake of tables, notes, documents and a database, with values in contents, names of files, of fields and of columns.
fn plant(folder: &Path) {
    fs::create_dir_all(folder.join("in")).unwrap();
    let mut table = "name,ssn,mrn,email,phone,diagnosis code\n".to_owned();
    let (mut notes, mut lines) = (String::new(), String::new());
    for index in 0..PEOPLE {
        let [name, ssn, mrn, email, phone] = person(index);
        table.push_str(&format!("{name},{ssn},{mrn},{email},{phone},E11.9\n"));
        notes.push_str(&format!("Patient: {name}\nSSN {ssn}, MRN: {mrn}, call {phone} or {email}. Dx: E11.9\n\n"));
        lines.push_str(&format!("{{\"patient\":{{\"name\":\"{name}\",\"ssn\":\"{ssn}\",\"{ssn}\":{{\"mrn\":\"{mrn}\",\"dx\":\"E11.9\"}},\"contact\":[\"{email}\",\"{phone}\"]}}}}\n"));
    }
    fs::write(folder.join("in/table.csv"), &table).unwrap();
    fs::write(folder.join("in/notes.txt"), notes).unwrap();
    fs::write(folder.join("in/lines.ndjson"), lines).unwrap();
    let headless = table.lines().skip(1).take(3).collect::<Vec<_>>().join("\n");
    fs::write(folder.join("in/no-header.csv"), headless).unwrap();
    for index in 0..20 {
        let [name, ssn, mrn, email, _] = person(index);
        fs::write(folder.join(format!("in/{ssn}.csv")), format!("ssn,diagnosis code\n{ssn},E11.9\n")).unwrap();
        fs::write(folder.join(format!("in/{name}.csv")), format!("ssn,diagnosis code\n{ssn},E11.9\n")).unwrap();
        // Keys that tell nothing by themselves, and repeat what is in the content.
        let (digits, surname) = (ssn.replace('-', ""), LAST[index / 10].to_lowercase());
        fs::write(folder.join(format!("in/{digits}.csv")), format!("ssn,diagnosis code\n{ssn},E11.9\n")).unwrap();
        fs::create_dir_all(folder.join(format!("in/MRN{mrn}"))).unwrap();
        let visit = format!("Patient: {name}\nMRN: {mrn}\nSSN {ssn}\nDx: E11.9\n");
        fs::write(folder.join(format!("in/MRN{mrn}/{surname}-{index}.txt")), visit).unwrap();
        // Behind folders of days, with nothing in it that would prove it.
        fs::create_dir_all(folder.join("in/2026/11/29")).unwrap();
        fs::write(folder.join(format!("in/2026/11/29/{ssn}_1.csv")), "item,price\nchair,10\n").unwrap();
        // A word of the key says whose the number is, and nothing else does.
        for key in
            [format!("patient/{digits}/visits.csv"), format!("member_id={mrn}/part-0.csv"), format!("mrn/{mrn}.bin")]
        {
            let path = folder.join("in").join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "item,price\nchair,10\n").unwrap();
        }
        fs::create_dir_all(folder.join(format!("in/{email}"))).unwrap();
        fs::write(folder.join(format!("in/{email}/scan.txt")), format!("SSN: {ssn} {name} E11.9\n")).unwrap();
    }
}

fn plant_database(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "BEGIN; CREATE TABLE patients(name TEXT, ssn TEXT, mrn TEXT, email TEXT, phone TEXT, icd10 TEXT)",
        )
        .unwrap();
    for index in 0..PEOPLE {
        let person = person(index);
        connection
            .execute("INSERT INTO patients VALUES (?1, ?2, ?3, ?4, ?5, 'E11.9')", rusqlite::params_from_iter(person))
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
}

/// Runs commands in a folder of their own, and keeps all that they write.
struct Watched {
    folder: PathBuf,
    runs: usize,
    endpoint: String,
    /// All that the program has, and what of it was run.
    known: BTreeSet<String>,
    ran: BTreeSet<String>,
}

impl Watched {
    fn new(folder: &Path, endpoint: &str) -> Self {
        let (known, ran) = (commands::every_command_and_format(), BTreeSet::new());
        Self { folder: folder.to_owned(), runs: 0, endpoint: endpoint.to_owned(), known, ran }
    }

    fn command(&self) -> Command {
        let mut command = phinder();
        command
            .current_dir(&self.folder)
            .env("PHINDER_LOG", "trace")
            .env("USER", "nurse")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "us-east-1")
            .env("PHINDER_LEDGER", self.folder.join("l.ledger"));
        command
    }

    /// What it said, which stays beside the other files; the exit code is one of `codes`.
    fn run(&mut self, arguments: &[&str], input: Option<&str>, codes: &[i32]) -> String {
        self.ran.extend(commands::of(arguments, &self.known));
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Some(input) = input {
            std::io::Write::write_all(child.stdin.as_mut().unwrap(), input.as_bytes()).unwrap();
        }
        drop(child.stdin.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(codes.contains(&output.status.code().unwrap()), "{arguments:?}: {errors}");
        self.runs += 1;
        for (end, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            fs::write(self.folder.join(format!("run-{:02}.{end}", self.runs)), bytes).unwrap();
        }
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Watched {
    /// What a shell is told that completes a line.
    fn complete(&mut self, shell: &str, words: &[&str]) -> String {
        let mut command = self.command();
        command.env("PHINDER_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let output = command.args(["--", "phinder"]).args(words).output().unwrap();
        self.runs += 1;
        for (end, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            fs::write(self.folder.join(format!("run-{:02}.{end}", self.runs)), bytes).unwrap();
        }
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A server with a job that scans what was planted and tells a webhook, and a service manager that listens.
struct Serving {
    child: Child,
    log: std::thread::JoinHandle<Vec<u8>>,
    address: String,
    manager: UnixDatagram,
    _place: tempfile::TempDir,
    hook: Server,
}

impl Serving {
    fn start(watched: &mut Watched, targets: &[&str]) -> Self {
        let hook = Server::start(|_| Answer::empty(200));
        let secret = watched.folder.join("hook.secret");
        fs::write(&secret, "what the webhook is signed with").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let settings = format!(
            "[serve]\nlisten = \"127.0.0.1:0\"\nstate = \"state\"\n[[serve.job]]\nname = \"nightly\"\ntargets = {targets:?}\n\
             schedule = \"* * * * *\"\noptions = [\"--min-confidence=low\", \"-o\", \"jsonl=served.jsonl\"]\ntickets = true\n\
             [tickets]\naccount = \"test\"\npatience = \"0s\"\n[[tickets.destination]]\nname = \"hook\"\n\
             [tickets.destination.webhook]\nurl = \"{}/hook\"\nsecret = {{ file = \"hook.secret\" }}\n",
            hook.url
        );
        let written = fs::read_to_string(watched.folder.join("phinder.toml")).unwrap();
        fs::write(watched.folder.join("phinder.toml"), format!("{written}\n{settings}")).unwrap();
        fs::create_dir(watched.folder.join("state")).unwrap();
        // The destination has seen an empty ledger, so what the job finds is new to it.
        let (empty, ledger) = (watched.folder.join("state/empty"), "state/phinder.ledger");
        fs::create_dir(&empty).unwrap();
        watched.run(&["scan", empty.to_str().unwrap(), "--accept-empty", "--ledger", ledger], None, &[0]);
        watched.run(&["tickets", "sync", "--ledger", ledger], None, &[0]);
        watched.run(&["serve", "--check"], None, &[0, 3]);
        let place = tempfile::tempdir().unwrap();
        let manager = UnixDatagram::bind(place.path().join("notify")).unwrap();
        manager.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut command = watched.command();
        command.arg("serve").env("NOTIFY_SOCKET", place.path().join("notify")).env_remove("PHINDER_LEDGER");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = Vec::new();
        let address = loop {
            let mut line = Vec::new();
            assert!(errors.read_until(b'\n', &mut line).unwrap() > 0, "{}", String::from_utf8_lossy(&said));
            said.extend(&line);
            let line = String::from_utf8(line).unwrap();
            if let Some((_, rest)) = line.split_once("address=") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        let log = std::thread::spawn(move || {
            errors.read_to_end(&mut said).unwrap();
            said
        });
        Self { child, log, address, manager, _place: place, hook }
    }

    /// What a path answers, head and body.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits for a run that is through, and keeps everything that was said to anybody.
    fn finish(mut self, watched: &mut Watched) {
        let done = "phinder_job_runs_total{job=\"nightly\",outcome=\"complete\"} 1";
        let (mut told, mut message) = (String::new(), [0; 4096]);
        let metrics = (0..2400).find_map(|_| {
            // Paused by the wait for what the service manager is told.
            if let Ok(length) = self.manager.recv(&mut message) {
                told.push_str(&String::from_utf8_lossy(&message[..length]));
            }
            Some(self.get("/metrics"))
                .filter(|metrics| metrics.contains(done) && !self.hook.asked.lock().unwrap().is_empty())
        });
        let metrics = metrics.expect("a job is through, and the webhook was told");
        for (path, answer) in [("metrics", metrics), ("healthz", self.get("/healthz")), ("readyz", self.get("/readyz"))]
        {
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            fs::write(watched.folder.join(format!("served-{path}")), answer).unwrap();
        }
        fs::write(watched.folder.join("served-404"), self.get("/findings/../ledger")).unwrap();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        while let Ok(length) = self.manager.recv(&mut message) {
            told.push_str(&String::from_utf8_lossy(&message[..length]));
        }
        assert!(told.contains("READY=1") && told.contains("STOPPING=1"), "{told}");
        let log = self.log.join().unwrap();
        assert!(String::from_utf8_lossy(&log).contains("ended job"));
        let asked = self.hook.asked.lock().unwrap().clone();
        let heard: Vec<_> = asked.iter().map(|request| format!("{:?} {}", request.headers, request.body)).collect();
        assert!(heard.iter().any(|event| event.contains("problem.opened")), "{heard:?}");
        for (name, text) in [("told", told.into_bytes()), ("log", log), ("hook", heard.join("\n").into_bytes())] {
            fs::write(watched.folder.join(format!("served-{name}")), text).unwrap();
        }
        watched.ran.insert("serve".to_owned());
    }
}

/// Every file below, with what is compressed in it expanded.
fn everything(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, all);
            continue;
        }
        let mut bytes = path.file_name().unwrap().to_string_lossy().as_bytes().to_vec();
        bytes.extend(fs::read(&path).unwrap());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => {
                let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
                reader.get_row_iter(None).unwrap().for_each(|row| bytes.extend(row.unwrap().to_string().into_bytes()));
            }
            Some("ledger") => bytes.extend(evidence(&path)),
            _ => {}
        }
        all.push((path, bytes));
    }
}

/// The evidence of a ledger, expanded.
fn evidence(ledger: &Path) -> Vec<u8> {
    let connection = Connection::open(ledger).unwrap();
    let mut statement = connection.prepare("SELECT evidence FROM objects WHERE evidence IS NOT NULL").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    // It may lie on several pages of the file, and be compressed.
    let expand = |bytes: Vec<u8>| zstd::stream::decode_all(&bytes[..]).unwrap_or(bytes);
    let expanded: Vec<u8> = rows.flat_map(|row| expand(row.unwrap())).collect();
    assert!(expanded.len() > 1000, "there is evidence");
    expanded
}

/// What people decide about findings, and what is shown of them.
fn decide(watched: &mut Watched, first: &str, second: &str) {
    for format in ["table", "jsonl"] {
        watched.run(&["findings", "list", "--all", "--format", format], None, &[0]);
    }
    watched.run(&["findings", "suppress", first, "--why", "a test"], None, &[0]);
    watched.run(&["findings", "reopen", first, "--why", "a test"], None, &[0]);
    let [_, ssn, mrn, email, phone] = person(9);
    let why = format!("asked {email} about SSN {ssn}, MRN: {mrn}, phone {phone}");
    watched.run(&["findings", "accept", second, "--why", &why], None, &[0]);
    watched.run(&["findings", "resolve", first, "--why", "a test"], None, &[0]);
    watched.run(&["findings", "history", first], None, &[0]);
    watched.run(&["report", "-o", "report.html"], None, &[0]);
    watched.run(&["report", "--class", "phi"], None, &[0]);
}

/// The audit trail, policies, tickets, and the care of a ledger.
fn look_back(watched: &mut Watched) {
    let key = watched.folder.with_file_name("audit.pem");
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&key).output().unwrap();
    assert!(made.status.success());
    watched.run(&["audit", "verify"], None, &[0]);
    watched.run(&["audit", "list"], None, &[0]);
    watched.run(&["audit", "export", "-o", "trail.jsonl"], None, &[0]);
    watched.run(&["audit", "sign", "--key", key.to_str().unwrap(), "-o", "trail.sig"], None, &[0]);
    watched.run(&["policy", "diff", "phinder.toml"], None, &[0]);
    watched.run(&["policy", "check", "phinder.toml"], None, &[0]);
    watched.run(&["tickets", "plan"], None, &[0]);
    watched.run(&["tickets", "test"], None, &[0]);
    watched.run(&["tickets", "sync", "--ticket-existing"], None, &[0]);
    watched.run(&["tickets", "list"], None, &[0]);
    watched.run(&["tickets", "retry"], None, &[0]);
    watched.run(&["ledger", "backup", "l.ledger", "copy.ledger"], None, &[0]);
    watched.run(&["ledger", "check", "l.ledger"], None, &[0]);
    watched.run(&["ledger", "vacuum", "l.ledger"], None, &[0]);
}

/// What has to do with detectors and not with a ledger, with a file of the planted values that says what should be found.
fn measure(watched: &mut Watched, folder: &Path) {
    for format in ["text", "json"] {
        watched.run(&["detectors", "list", "--format", format], None, &[0]);
    }
    for command in ["reference", "code-sets", "test"] {
        watched.run(&["detectors", command], None, &[0]);
    }
    watched.run(&["detectors", "show", "us_ssn"], None, &[0]);
    watched.run(&["iam-policy"], None, &[0]);
    for shell in ["bash", "zsh", "fish"] {
        watched.run(&["completions", shell], None, &[0]);
    }
    // The number is labelled, and nothing else: the rest of what is found is called wrong, and shown masked.
    let labelled = folder.join("labelled.jsonl");
    let lines = (0..PEOPLE).map(|index| {
        let [name, ssn, mrn, email, phone] = person(index);
        let text = format!("SSN {ssn} of patient {name}, MRN: {mrn}, {email}, call {phone}");
        serde_json::json!({"text": text, "spans": [{"detector": "us_ssn", "start": 4, "end": 4 + ssn.len()}]})
            .to_string()
    });
    fs::write(&labelled, lines.collect::<Vec<_>>().join("\n")).unwrap();
    for format in ["text", "json"] {
        watched.run(&["eval", labelled.to_str().unwrap(), "--errors", "--format", format], None, &[0, 1]);
    }
}

#[test]
fn none_of_500_planted_values_is_written_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    plant(&lake);
    let database = folder.path().join("clinic.db");
    plant_database(&database);
    let server = S3Server::start();
    server.create_bucket("lake");
    server.put_directory("lake", &lake);
    let kept = folder.path().join("kept");
    fs::create_dir(&kept).unwrap();
    let mut watched = Watched::new(&kept, server.endpoint());
    let lake = lake.to_str().unwrap();
    let database = format!("sqlite:{}", database.display());

    watched.run(&["init"], None, &[0]);
    let serving = Serving::start(&mut watched, &[lake, "s3://lake"]);
    let outputs = ["jsonl", "csv", "parquet", "markdown", "html", "sarif", "ocsf", "asff"]
        .map(|format| format!("{format}=all.{format}"));
    let scan = |target: &str, more: &[&str]| {
        let mut arguments: Vec<String> =
            ["scan", target, "--ledger", "l.ledger", "--min-confidence", "low", "--account-id", "111122223333"]
                .map(String::from)
                .to_vec();
        arguments.extend(outputs.iter().flat_map(|output| ["-o".to_owned(), output.clone()]));
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        arguments
    };
    let run = |watched: &mut Watched, arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        watched.run(&arguments, None, &[1, 3]);
    };
    for format in ["text", "json"] {
        watched.run(&["plan", lake, "--format", format], None, &[0]);
    }
    run(&mut watched, scan(lake, &[]));
    // Somebody reads all the while: the log of the ledger stays beside it.
    let reader = Connection::open(kept.join("l.ledger")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM findings;").unwrap();
    run(&mut watched, scan("s3://lake", &["--log-format", "json"]));
    run(&mut watched, scan(&database, &["--full"]));
    run(&mut watched, scan(lake, &["--baseline", "--full"]));
    run(&mut watched, scan(lake, &["--exclude", "**/2026/**"]));
    run(&mut watched, scan(&format!("{lake}/in/{}.csv", person(3)[1]), &[]));
    assert!(fs::metadata(kept.join("l.ledger-wal")).unwrap().len() > 1000);
    let wal = fs::read(kept.join("l.ledger-wal")).unwrap();
    fs::write(kept.join("wal-as-it-was"), wal).unwrap();
    drop(reader);

    let [name, ssn, mrn, email, phone] = person(7);
    let line = format!("{name}, SSN {ssn}, MRN {mrn}, {email}, {phone}, E11.9\n");
    for format in ["terminal", "jsonl"] {
        watched.run(&["scan", "-", "--no-ledger", "--format", format], Some(&line), &[0, 1]);
    }
    watched.run(&["explain", "--line"], Some(&line), &[0]);
    watched.run(&["explain", "--field", "ssn"], Some(&format!("{ssn}\n")), &[0]);
    watched.run(&["explain", &format!("{lake}/in/table.csv"), "--record", "3"], None, &[0]);
    watched.run(&["policy", "digest"], Some(&format!("{ssn}\n")), &[0]);
    watched.run(
        &["exact", "build", "--column", "mrn,ssn", &format!("{lake}/in/table.csv"), "-o", "people.phx"],
        None,
        &[0],
    );
    watched.run(&["exact", "show", "people.phx"], None, &[0]);
    watched.run(&["scan", lake, "--exact", "people.phx", "--format", "jsonl"], None, &[1, 3]);
    let exported = watched.run(&["findings", "export"], None, &[0]);
    let fingerprints: Vec<String> = exported
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["fingerprint"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(fingerprints.len() >= 10, "{exported}");
    for fingerprint in &fingerprints {
        watched.run(&["findings", "show", fingerprint, "--format", "json"], None, &[0]);
    }
    let [first, second, ..] = &fingerprints[..] else { panic!("two findings") };
    for format in ["text", "markdown"] {
        watched.run(&["findings", "show", first, "--format", format], None, &[0]);
    }
    for shell in ["bash", "zsh", "fish"] {
        let said = watched.complete(shell, &["findings", "show", ""]);
        assert!(fingerprints.iter().filter(|fingerprint| said.contains(&fingerprint[..8])).count() >= 10, "{said}");
    }
    decide(&mut watched, first, second);
    look_back(&mut watched);
    measure(&mut watched, folder.path());
    serving.finish(&mut watched);
    let missing: Vec<_> = watched.known.difference(&watched.ran).collect();
    assert!(missing.is_empty(), "no canary has seen {missing:?}");

    let mut all = Vec::new();
    everything(&kept, &mut all);
    assert!(all.len() > 60 && all.iter().any(|(path, _)| path.ends_with("all.parquet")));
    let canaries = canaries();
    let leaks: Vec<_> =
        all.iter()
            .flat_map(|(path, bytes)| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let found: Vec<_> = canaries.iter().filter(|canary| text.contains(canary.as_str())).cloned().collect();
                let near = found.first().and_then(|canary| text.find(canary.as_str())).map(|at| {
                    text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect::<String>()
                });
                (!found.is_empty()).then(|| (path.file_name().unwrap().to_owned(), found.len(), found[0].clone(), near))
            })
            .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    // The search finds what is there.
    let planted = fs::read_to_string(format!("{lake}/in/table.csv")).unwrap();
    assert_eq!(canaries.iter().filter(|canary| planted.contains(canary.as_str())).count(), 520);
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core_dump() {
    let mut child = phinder()
        .args(["scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limits = (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let text = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        // Both, since a shell may have turned off the one that can be turned on again.
        line.split_whitespace().skip(4).take(2).all(|limit| limit == "0").then_some(line)
    });
    let limits = limits.expect("core dumps are turned off before anything is read");
    assert_eq!(limits.split_whitespace().nth(5), Some("0"), "and cannot be turned on again: {limits}");
    drop(child.stdin.take());
    child.wait().unwrap();
}
