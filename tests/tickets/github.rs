//! GitHub's REST API as its documentation describes it: pages of issues, a private repository or a public one, issues that
//! are deleted (410) or transferred (301).

use super::server::{Answer, Request, Server};
use super::story::{Shown, Tracker};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct State {
    issues: Vec<Value>,
    comments: Vec<(u64, Value)>,
    is_public: bool,
    base: String,
    /// Number of an issue that lies in another repository now.
    moved: Option<u64>,
}

/// A repository `acme/security`.
pub struct GitHub {
    pub server: Server,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        let server = Server::start(move |request| answer(&mut shared.lock().unwrap(), request));
        state.lock().unwrap().base.clone_from(&server.url);
        Self { server, state }
    }

    pub fn publish(&self) {
        self.state.lock().unwrap().is_public = true;
    }

    /// A person says that it is dealt with.
    pub fn close(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let issue = state.issues.iter_mut().find(|issue| has_number(issue, id)).unwrap();
        issue["state"] = json!("closed");
    }

    pub fn transfer(&self, id: &str) {
        self.state.lock().unwrap().moved = id.parse().ok();
    }
}

impl Tracker for GitHub {
    fn server(&self) -> &Server {
        &self.server
    }

    fn table(&self) -> String {
        let url = &self.server.url;
        format!(
            "requests_per_second = 100.0\n[tickets.destination.github]\napi = \"{url}\"\nrepository = \"acme/security\"\n\
             token = {{ file = \"token\" }}\n"
        )
    }

    fn token(&self) -> &'static str {
        "github-token-1"
    }

    fn shown(&self) -> Vec<Shown> {
        let state = self.state.lock().unwrap();
        let all = state.issues.iter().filter(|issue| issue["deleted"].is_null());
        all.map(|issue| {
            let number = issue["number"].as_u64().unwrap();
            let notes: Vec<_> = state.comments.iter().filter(|(of, _)| *of == number).map(|(_, note)| note).collect();
            Shown {
                id: number.to_string(),
                is_open: issue["state"] == "open",
                notes: notes.len(),
                text: format!("{issue} {}", json!(notes)),
            }
        })
        .collect()
    }

    fn close_as_false_positive(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let issue = state.issues.iter_mut().find(|issue| has_number(issue, id)).unwrap();
        issue["state"] = json!("closed");
        issue["labels"].as_array_mut().unwrap().push(json!({ "name": "false-positive" }));
    }

    fn delete(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let issue = state.issues.iter_mut().find(|issue| has_number(issue, id)).unwrap();
        issue["deleted"] = json!(true);
    }

    fn create_path(&self) -> &'static str {
        "/issues"
    }
}

fn has_number(issue: &Value, number: &str) -> bool {
    issue["number"].as_u64() == number.parse().ok()
}

fn answer(state: &mut State, request: &Request) -> Answer {
    if request.header("authorization") != "Bearer github-token-1" {
        return Answer::json(401, &json!({ "message": "Bad credentials" }));
    }
    let parts: Vec<_> = request.path.trim_start_matches('/').split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["repos", "acme", "security" | "elsewhere"]) => {
            Answer::json(200, &json!({ "private": !state.is_public, "full_name": "acme/security" }))
        }
        ("GET", ["repos", "acme", "security", "issues"]) => list(state, request),
        ("POST", ["repos", "acme", "security", "issues"]) => create(state, &request.json()),
        ("GET", ["repositories", "7", "issues", number]) => {
            let number: u64 = number.parse().unwrap();
            let mut issue = state.issues.iter().find(|issue| issue["number"] == number).cloned().unwrap();
            issue["url"] = json!(format!("{}/repos/acme/elsewhere/issues/{number}", state.base));
            issue["repository_url"] = json!(format!("{}/repos/acme/elsewhere", state.base));
            Answer::json(200, &issue)
        }
        (method, ["repos", "acme", "security" | "elsewhere", "issues", number, rest @ ..]) => {
            let number: u64 = number.parse().unwrap();
            if state.moved == Some(number) && parts[2] == "security" {
                let url = format!("{}/repositories/7/issues/{number}", state.base);
                return Answer::json(301, &json!({ "message": "Moved Permanently", "url": url }))
                    .with("location", &url);
            }
            about(state, number, (method, rest), request)
        }
        _ => Answer::json(404, &json!({ "message": "Not Found" })),
    }
}

fn list(state: &State, request: &Request) -> Answer {
    let page: usize = request.query["page"].parse().unwrap();
    let size: usize = request.query["per_page"].parse().unwrap();
    let has_label = |issue: &&Value| {
        let labels = issue["labels"].as_array().unwrap();
        issue["deleted"].is_null() && labels.iter().any(|label| label["name"] == request.query["labels"])
    };
    let found: Vec<_> = state.issues.iter().filter(has_label).skip((page - 1) * size).take(size).collect();
    Answer::json(200, &json!(found))
}

fn create(state: &mut State, body: &Value) -> Answer {
    let number = state.issues.len() as u64 + 1;
    let labels: Vec<_> = body["labels"].as_array().unwrap().iter().map(|name| json!({ "name": name })).collect();
    let issue = json!({
        "number": number, "title": body["title"], "body": body["body"], "labels": labels, "state": "open",
        "url": format!("{}/repos/acme/security/issues/{number}", state.base),
        "repository_url": format!("{}/repos/acme/security", state.base),
        "html_url": format!("https://github.example/acme/security/issues/{number}"),
    });
    state.issues.push(issue.clone());
    Answer::json(201, &issue)
}

fn about(state: &mut State, number: u64, (method, rest): (&str, &[&str]), request: &Request) -> Answer {
    let Some(issue) = state.issues.iter_mut().find(|issue| issue["number"] == number) else {
        return Answer::empty(404);
    };
    if !issue["deleted"].is_null() {
        return Answer::json(410, &json!({ "message": "This issue was deleted" }));
    }
    match (method, rest) {
        ("GET", []) => Answer::json(200, issue),
        ("PATCH", []) => {
            issue["state"] = request.json()["state"].clone();
            Answer::json(200, issue)
        }
        ("GET", ["comments"]) => {
            let own: Vec<_> = state.comments.iter().filter(|(of, _)| *of == number).map(|(_, note)| note).collect();
            Answer::json(200, &json!(own))
        }
        ("POST", ["comments"]) => {
            state.comments.push((number, request.json()));
            Answer::json(201, &json!({ "id": 1 }))
        }
        _ => Answer::empty(405),
    }
}
