//! Destinations of AWS against an API server that is not ours, with the program as a user runs it. What that server does not
//! check, limits and schema, is checked here.

use super::server::{Answer, Server};
use crate::support::moto::MotoServer;
use crate::support::nights::Nights;
use crate::support::scan::{phinder, run};
use phinder::ledger::Outcome;
use phinder::model::{Class, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use time::OffsetDateTime;

const REGION: &str = "us-east-1";

/// A lake and a ledger, with one destination of AWS.
struct Place {
    nights: Nights,
    endpoint: String,
    at: i64,
}

impl Place {
    fn new(endpoint: &str, table: &str) -> Self {
        let at = i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap() - 3_600_000;
        let mut place = Self { nights: Nights::new(), endpoint: endpoint.to_owned(), at };
        let settings = format!(
            "[tickets]\nresolve_after_scans = 1\n[[tickets.destination]]\nname = \"aws\"\nupdate_every = \"0s\"\n{table}\n"
        );
        fs::write(place.nights.folder().join("phinder.toml"), settings).unwrap();
        place.scan();
        let (code, _, errors) = place.tickets(&["sync"]);
        assert_eq!(code, 0, "{errors}");
        place
    }

    fn scan(&mut self) {
        self.at += 60_000;
        self.nights.scan(self.at, Outcome::Complete);
    }

    fn command(&self) -> Command {
        let mut command = phinder();
        command.current_dir(self.nights.folder()).env("PHINDER_LEDGER", self.nights.path());
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }

    fn tickets(&self, arguments: &[&str]) -> (i32, String, String) {
        run(self.command().arg("tickets").args(arguments))
    }

    /// Twelve places leak, and one of them is cleaned up.
    fn leak_and_clean(&mut self) {
        for bucket in 0..12 {
            self.nights.put(&format!("s3://bucket-{bucket:02}/a.csv"), Class::Phi, Severity::High, 40);
        }
        self.scan();
        let (code, text, errors) = self.tickets(&["sync"]);
        assert_eq!((code, text.contains("12 new")), (0, true), "{text} {errors}");
        self.nights.objects.remove("s3://bucket-07/a.csv");
        self.scan();
        let (code, text, errors) = self.tickets(&["sync"]);
        assert_eq!((code, text.contains("1 closed")), (0, true), "{text} {errors}");
        let (_, text, _) = self.tickets(&["sync"]);
        assert!(text.contains("nothing to tell"), "{text}");
    }
}

/// A call of the API server by its JSON protocol; it does not check signatures.
fn call(endpoint: &str, service: &str, headers: &[(&str, &str)], path: &str, body: &str) -> Value {
    let host = endpoint.trim_start_matches("http://");
    let scope = format!("test/20261123/{REGION}/{service}/aws4_request");
    let mut text = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n",
        body.len()
    );
    headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str(&format!("\r\n{body}"));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
}

fn sqs(endpoint: &str, action: &str, body: &Value) -> Value {
    let target = format!("AmazonSQS.{action}");
    let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.0")];
    call(endpoint, "sqs", &headers, "/", &body.to_string())
}

fn queue(endpoint: &str, name: &str) -> String {
    sqs(endpoint, "CreateQueue", &json!({ "QueueName": name }))["QueueUrl"].as_str().unwrap().to_owned()
}

/// All bodies of a queue.
fn received(endpoint: &str, queue: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let body = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
        let answer = sqs(endpoint, "ReceiveMessage", &body);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            return all;
        }
        for message in messages {
            all.push(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
            let body = json!({ "QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"] });
            sqs(endpoint, "DeleteMessage", &body);
        }
    }
}

fn kinds<'a>(events: impl Iterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    events.for_each(|event| *kinds.entry(event["type"].as_str().unwrap().to_owned()).or_default() += 1);
    kinds
}

fn expected() -> BTreeMap<String, usize> {
    [("phinder.problem.opened".to_owned(), 12), ("phinder.problem.resolved".to_owned(), 1)].into()
}

#[test]
fn sqs_sns_and_eventbridge_take_every_event_once() {
    let moto = MotoServer::start();
    let endpoint = moto.endpoint.as_str();
    // SQS.
    let url = queue(endpoint, "direct");
    let table = format!("[tickets.destination.sqs]\nqueue_url = \"{url}\"\nregion = \"{REGION}\"");
    let mut place = Place::new(endpoint, &table);
    assert_eq!(place.tickets(&["test"]).0, 0);
    place.leak_and_clean();
    assert_eq!(kinds(received(endpoint, &url).iter()), expected());
    // SNS, to a queue that subscribes.
    let url = queue(endpoint, "subscribed");
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = |body: &str| call(endpoint, "sns", &kind, "/", body);
    form("Action=CreateTopic&Version=2010-03-31&Name=problems");
    let topic = format!("arn:aws:sns:{REGION}:123456789012:problems");
    let queue_arn = format!("arn:aws:sqs:{REGION}:123456789012:subscribed");
    form(&format!("Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint={queue_arn}"));
    let mut place = Place::new(endpoint, &format!("[tickets.destination.sns]\ntopic_arn = \"{topic}\""));
    assert_eq!(place.tickets(&["test"]).0, 0);
    place.leak_and_clean();
    let told = received(endpoint, &url);
    let messages: Vec<Value> =
        told.iter().map(|event| serde_json::from_str(event["Message"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(kinds(messages.iter()), expected());
    assert!(told.iter().all(|event| event["Subject"].as_str().is_some_and(|subject| subject.len() < 100)));
    // EventBridge, with an event pattern to a queue.
    let url = queue(endpoint, "ruled");
    let events = |action: &str, body: &Value| {
        let target = format!("AWSEvents.{action}");
        let headers = [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.1")];
        call(endpoint, "events", &headers, "/", &body.to_string())
    };
    events("PutRule", &json!({ "Name": "r", "EventPattern": "{\"source\":[\"phinder\"]}" }));
    let target = json!([{ "Id": "q", "Arn": format!("arn:aws:sqs:{REGION}:123456789012:ruled") }]);
    events("PutTargets", &json!({ "Rule": "r", "Targets": target }));
    let mut place = Place::new(endpoint, &format!("[tickets.destination.eventbridge]\nregion = \"{REGION}\""));
    assert_eq!(place.tickets(&["test"]).0, 0);
    place.leak_and_clean();
    let told = received(endpoint, &url);
    assert_eq!(kinds(told.iter().map(|event| &event["detail"])), expected());
    // A queue that is not there.
    let table =
        format!("[tickets.destination.sqs]\nqueue_url = \"{endpoint}/123456789012/none\"\nregion = \"{REGION}\"");
    let place = Place::new(endpoint, &table);
    let (code, _, errors) = place.tickets(&["test"]);
    assert!(code == 3 && errors.contains("aws"), "{errors}");
}

#[test]
fn security_hub_has_one_finding_of_each_problem() {
    let moto = MotoServer::start();
    let endpoint = moto.endpoint.as_str();
    let table = format!("[tickets.destination.security_hub]\naccount_id = \"123456789012\"\nregion = \"{REGION}\"");
    let mut place = Place::new(endpoint, &table);
    place.leak_and_clean();
    let headers = [("Content-Type", "application/json")];
    let answer = call(endpoint, "securityhub", &headers, "/findings", "{\"MaxResults\":100}");
    let findings = answer["Findings"].as_array().unwrap();
    assert_eq!(findings.len(), 12);
    let archived = findings.iter().filter(|finding| finding["RecordState"] == "ARCHIVED").count();
    assert_eq!(archived, 1);
    assert!(findings.iter().any(|finding| finding["Resources"][0]["Id"] == "arn:aws:s3:::bucket-03"));
}

#[test]
fn security_hub_takes_what_its_schema_says_and_half_a_batch_may_be_refused() {
    let schema: Value = serde_json::from_str(include_str!("../schemas/asff-2018-10-08.json")).unwrap();
    let server = Server::start(move |request| {
        if request.path == "/findings" {
            return Answer::json(200, &json!({ "Findings": [] }));
        }
        let findings = request.json()["Findings"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let problems: Vec<_> = validator.iter_errors(&findings).map(|error| error.to_string()).collect();
        let count = findings.as_array().unwrap().len();
        if !problems.is_empty() || count > 100 || !request.header("authorization").contains("/securityhub/aws4_request")
        {
            return Answer::json(400, &json!({ "Code": "InvalidInputException", "Message": problems.join("; ") }));
        }
        // Every other one is refused.
        let failed = findings.as_array().unwrap().iter().skip(1).step_by(2).map(
            |finding| json!({ "Id": finding["Id"], "ErrorCode": "FindingQuotaExceeded", "ErrorMessage": "refused" }),
        );
        let failed: Vec<_> = failed.collect();
        Answer::json(
            200,
            &json!({ "SuccessCount": count - failed.len(), "FailedCount": failed.len(), "FailedFindings": failed }),
        )
    });
    let table = format!("[tickets.destination.security_hub]\naccount_id = \"123456789012\"\nregion = \"{REGION}\"");
    let mut place = Place::new(&server.url, &table);
    for bucket in 0..150 {
        place.nights.put(&format!("s3://bucket-{bucket:03}/a.csv"), Class::Phi, Severity::Critical, 40);
    }
    place.scan();
    let (code, text, errors) = place.tickets(&["sync"]);
    assert!(text.contains("75 new") && text.contains("75 were refused"), "{code} {text} {errors}");
    assert_eq!(server.count("POST", "/findings/import"), 2, "a hundred, and fifty");
    let (_, text, _) = place.tickets(&["list", "--pending"]);
    assert!(text.lines().count() == 75 && text.contains("FindingQuotaExceeded"), "{text}");
    let (_, text, _) = place.tickets(&["retry"]);
    assert!(text.starts_with("75 are tried again"), "{text}");
}
