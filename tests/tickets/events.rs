//! Destinations that take events: a signed webhook, PagerDuty, Slack.

use super::server::{Answer, Server};
use super::story::Place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use phinder::ledger::Outcome;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn started(settings: &str, token: &str) -> Place {
    let mut place = Place::with(settings, token);
    place.nights.scan(place.now, Outcome::Complete);
    place.sync();
    place
}

fn webhook(url: &str) -> String {
    format!("[tickets.destination.webhook]\nurl = \"{url}\"\nsecret = {{ file = \"token\" }}")
}

#[test]
fn a_webhook_is_signed_and_a_repeat_has_the_same_id() {
    let server = Server::start(|_| Answer::empty(204));
    let mut place = started(&webhook(&format!("{}/hook", server.url)), SECRET);
    place.leak("s3://b/a.csv");
    server.fail("POST", "/hook", true, None);
    assert_eq!(place.night().waiting, 1);
    place.now += 60_000;
    assert_eq!(place.sync().created, 1);
    place.nights.objects.clear();
    place.night();
    assert_eq!(place.night().closed, 1);
    let asked = server.asked.lock().unwrap();
    let [first, repeated, closed] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((&first.path, first.header("webhook-id")), (&"/hook".to_owned(), repeated.header("webhook-id")));
    assert_ne!(first.header("webhook-id"), closed.header("webhook-id"));
    for request in asked.iter() {
        let (id, at) = (request.header("webhook-id"), request.header("webhook-timestamp"));
        let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{at}.{}", request.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(request.header("webhook-signature"), expected);
    }
    let opened = first.json();
    assert_eq!((&opened["type"], &opened["schema"]), (&json!("phinder.problem.opened"), &json!(1)));
    assert_eq!(closed.json()["type"], "phinder.problem.resolved");
    let mut fields: Vec<_> = opened["data"].as_object().unwrap().keys().cloned().collect();
    fields.sort();
    let allowed = [
        "account",
        "change",
        "children",
        "class",
        "confidence",
        "coverage",
        "findings",
        "fingerprint",
        "first_observed_at",
        "individuals",
        "individuals_at_least",
        "last_seen_at",
        "more",
        "note",
        "notice_due_on",
        "place",
        "records",
        "report_url",
        "severity",
        "title",
    ];
    assert_eq!(fields, allowed, "nothing else leaves");
}

#[test]
fn a_webhook_follows_no_redirect_and_reaches_no_metadata_service() {
    let server = Server::start(|_| Answer::empty(307).with("location", "http://169.254.169.254/latest/meta-data/"));
    let mut place = started(&webhook(&format!("{}/hook", server.url)), SECRET);
    place.leak("s3://b/a.csv");
    let report = place.night();
    assert!(report.stopped.as_deref().is_some_and(|said| said.contains("redirects are not followed")), "{report:?}");
    let mut place = started(&webhook("https://169.254.169.254/latest/meta-data/"), SECRET);
    place.leak("s3://b/a.csv");
    let report = place.night();
    assert!(report.stopped.as_deref().is_some_and(|said| said.contains("metadata")), "{report:?}");
}

#[test]
fn pagerduty_is_triggered_once_and_resolved() {
    let key = "0123456789abcdef0123456789abcdef";
    let server = Server::start(move |request| match request.json()["routing_key"].as_str() {
        Some(sent) if sent == key => Answer::json(202, &json!({ "status": "success" })),
        _ => Answer::json(400, &json!({ "status": "invalid event" })),
    });
    let settings = format!(
        "min_severity = \"high\"\n[tickets.destination.pagerduty]\nurl = \"{}\"\nrouting_key = {{ file = \"token\" }}",
        server.url
    );
    let mut place = started(&settings, key);
    place.leak("s3://b/a.csv");
    place.nights.put("s3://mild/a.csv", phinder::model::Class::Pii, phinder::model::Severity::Low, 3);
    assert_eq!(place.night().created, 1, "what is mild pages nobody");
    place.nights.objects.clear();
    place.night();
    assert_eq!(place.night().closed, 1);
    let events: Vec<Value> = server.asked.lock().unwrap().iter().map(|request| request.json()).collect();
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["event_action"], &events[1]["event_action"]), (&json!("trigger"), &json!("resolve")));
    assert_eq!(events[0]["dedup_key"], events[1]["dedup_key"]);
    assert!(events[0]["dedup_key"].as_str().unwrap().len() <= 255);
    assert_eq!(
        (&events[0]["payload"]["severity"], &events[0]["payload"]["source"]),
        (&json!("error"), &json!("s3://b"))
    );
}

#[test]
fn slack_gets_one_digest_of_a_run() {
    let server = Server::start(|request| {
        let is_valid = request.json()["text"].is_string() && request.path == "/services/T0/B0/secret";
        if is_valid { Answer::empty(200) } else { Answer::empty(404) }
    });
    let settings = "[tickets.destination.slack]\nurl = { file = \"token\" }";
    let mut place = started(settings, &format!("{}/services/T0/B0/secret", server.url));
    for bucket in 0..40 {
        place.leak(&format!("s3://bucket-{bucket:02}/a.csv"));
    }
    server.fail("POST", "/secret", false, Some(Answer::empty(429).with("retry-after", "0")));
    assert_eq!(place.night().created, 40);
    assert_eq!(server.count("POST", "/secret"), 2, "one that was refused, one that was taken");
    let text = server.asked.lock().unwrap()[1].json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("40 new") && text.contains("and 25 more") && text.contains("`PHI in s3://bucket-"), "{text}");
}
