//! Jira as its documentation describes it: Cloud takes documents and has a search of its own, Data Center takes text; both
//! check fields, follow a workflow, and say 404 of what is deleted or may not be seen.

use super::server::{Answer, Request, Server};
use super::story::{Shown, Tracker};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct State {
    issues: Vec<Issue>,
    /// A custom field that must be there.
    required: Option<&'static str>,
    /// Whether the workflow has a way to "Done".
    has_no_way: bool,
}

struct Issue {
    fields: Value,
    key: String,
    status: &'static str,
    resolution: Option<String>,
    comments: Vec<Value>,
    is_deleted: bool,
}

/// A Jira with the project SEC.
pub struct Jira {
    pub server: Server,
    state: Arc<Mutex<State>>,
    is_cloud: bool,
}

pub const TOKEN: &str = "jira-token-1";

impl Jira {
    pub fn start(is_cloud: bool) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        let server = Server::start(move |request| answer(&mut shared.lock().unwrap(), is_cloud, request));
        Self { server, state, is_cloud }
    }

    pub fn require(&self, field: Option<&'static str>) {
        self.state.lock().unwrap().required = field;
    }

    pub fn block_the_way(&self, is_blocked: bool) {
        self.state.lock().unwrap().has_no_way = is_blocked;
    }

    pub fn move_to(&self, id: &str, key: &str) {
        self.state.lock().unwrap().issues[number(id)].key = key.to_owned();
    }

    pub fn fields(&self, id: &str) -> Value {
        self.state.lock().unwrap().issues[number(id)].fields.clone()
    }
}

fn number(id: &str) -> usize {
    id.parse::<usize>().unwrap() - 10_000
}

impl Tracker for Jira {
    fn server(&self) -> &Server {
        &self.server
    }

    fn table(&self) -> String {
        let (name, user) =
            if self.is_cloud { ("jira_cloud", "user = \"bot@example.org\"\n") } else { ("jira_data_center", "") };
        format!(
            "[tickets.destination.{name}]\nsite = \"{}\"\n{user}token = {{ file = \"token\" }}\nproject = \"SEC\"\n",
            self.server.url
        )
    }

    fn token(&self) -> &'static str {
        TOKEN
    }

    fn shown(&self) -> Vec<Shown> {
        let state = self.state.lock().unwrap();
        let all = state.issues.iter().enumerate().filter(|(_, issue)| !issue.is_deleted);
        all.map(|(at, issue)| Shown {
            id: (10_000 + at).to_string(),
            is_open: issue.status != "done",
            notes: issue.comments.len(),
            text: format!("{} {}", issue.fields, json!(issue.comments)),
        })
        .collect()
    }

    fn close_as_false_positive(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let issue = &mut state.issues[number(id)];
        (issue.status, issue.resolution) = ("done", Some("False Positive".to_owned()));
    }

    fn delete(&self, id: &str) {
        self.state.lock().unwrap().issues[number(id)].is_deleted = true;
    }

    fn create_path(&self) -> &'static str {
        "/issue"
    }
}

fn answer(state: &mut State, is_cloud: bool, request: &Request) -> Answer {
    let login = request.header("authorization");
    // Basic for "bot@example.org:jira-token-1", or the token as it is.
    let expected = if is_cloud { "Basic Ym90QGV4YW1wbGUub3JnOmppcmEtdG9rZW4tMQ==" } else { "Bearer jira-token-1" };
    if login != expected {
        return Answer::json(401, &json!({ "message": "Client must be authenticated to access this resource." }));
    }
    let root = if is_cloud { "/rest/api/3/" } else { "/rest/api/2/" };
    let Some(path) = request.path.strip_prefix(root) else { return Answer::empty(404) };
    match (request.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", ["project", "SEC"]) => {
            Answer::json(200, &json!({ "key": "SEC", "issueTypes": [{ "name": "Task" }, { "name": "Bug" }] }))
        }
        ("POST", ["issue"]) => create(state, is_cloud, &request.json()["fields"]),
        ("POST", ["search", "jql"]) if is_cloud => search(state, request),
        ("POST", ["search"]) if !is_cloud => search(state, request),
        (method, ["issue", id, rest @ ..]) => {
            let place = id.parse::<usize>().ok().and_then(|id| id.checked_sub(10_000));
            let has_no_way = state.has_no_way;
            match place.and_then(|place| state.issues.get_mut(place)).filter(|issue| !issue.is_deleted) {
                Some(issue) => about(issue, id, (method, rest), (is_cloud, has_no_way), request),
                None => {
                    let said = "Issue does not exist or you do not have permission to see it.";
                    Answer::json(404, &json!({ "errorMessages": [said], "errors": {} }))
                }
            }
        }
        _ => Answer::json(404, &json!({ "errorMessages": ["No project could be found."] })),
    }
}

fn create(state: &mut State, is_cloud: bool, fields: &Value) -> Answer {
    let mut errors = json!({});
    let summary = fields["summary"].as_str().unwrap_or_default();
    if summary.is_empty() || summary.len() > 255 || summary.contains('\n') {
        errors["summary"] = json!("The summary is invalid.");
    }
    let is_document = fields["description"]["type"] == "doc" && fields["description"]["version"] == 1;
    if is_cloud && !is_document {
        errors["description"] =
            json!("Operation value must be an Atlassian Document (see the Atlassian Document Format)");
    }
    if !is_cloud && !fields["description"].is_string() {
        errors["description"] = json!("Operation value must be a string");
    }
    let labels = fields["labels"].as_array().cloned().unwrap_or_default();
    if labels.iter().any(|label| label.as_str().is_none_or(|label| label.contains(' ') || label.len() > 255)) {
        errors["labels"] = json!("The label can't contain spaces.");
    }
    if let Some(required) = state.required.filter(|required| fields.get(*required).is_none()) {
        errors[required] = json!("Owner is required.");
    }
    if fields["project"]["key"] != "SEC" {
        errors["project"] = json!("valid project is required");
    }
    if errors != json!({}) {
        return Answer::json(400, &json!({ "errorMessages": [], "errors": errors }));
    }
    let id = 10_000 + state.issues.len();
    let key = format!("SEC-{}", state.issues.len() + 1);
    let answer = json!({ "id": id.to_string(), "key": key, "self": "" });
    state.issues.push(Issue {
        fields: fields.clone(),
        key,
        status: "new",
        resolution: None,
        comments: Vec::new(),
        is_deleted: false,
    });
    Answer::json(201, &answer)
}

fn search(state: &State, request: &Request) -> Answer {
    let body = request.json();
    let jql = body["jql"].as_str().unwrap_or_default();
    let label = jql.strip_prefix("labels = \"").and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let has = |issue: &Issue| {
        issue.fields["labels"].as_array().is_some_and(|labels| labels.iter().any(|known| known == label))
    };
    let found = state.issues.iter().enumerate().filter(|(_, issue)| !issue.is_deleted && has(issue));
    let found: Vec<_> = found.map(|(at, issue)| shown(issue, &(10_000 + at).to_string())).collect();
    Answer::json(200, &json!({ "issues": found, "isLast": true }))
}

fn shown(issue: &Issue, id: &str) -> Value {
    let resolution = issue.resolution.as_ref().map(|name| json!({ "name": name }));
    let status = json!({ "statusCategory": { "key": issue.status } });
    json!({ "id": id, "key": issue.key, "fields": { "status": status, "resolution": resolution } })
}

fn about(
    issue: &mut Issue,
    id: &str,
    (method, rest): (&str, &[&str]),
    (is_cloud, has_no_way): (bool, bool),
    request: &Request,
) -> Answer {
    match (method, rest) {
        ("GET", []) => Answer::json(200, &shown(issue, id)),
        ("GET", ["comment"]) => Answer::json(200, &json!({ "comments": issue.comments })),
        ("POST", ["comment"]) => {
            let body = request.json()["body"].clone();
            if is_cloud != body.is_object() {
                return Answer::json(400, &json!({ "errors": { "comment": "Comment body is not valid!" } }));
            }
            issue.comments.push(json!({ "body": body }));
            Answer::json(201, &json!({ "id": "1" }))
        }
        ("GET", ["transitions"]) => {
            let to = |key: &str| json!({ "statusCategory": { "key": key } });
            let done = json!({ "id": "31", "name": "Done", "to": to("done"), "fields": { "resolution": {
                "required": true, "allowedValues": [{ "name": "Won't Do" }, { "name": "Done" }] } } });
            let start = json!({ "id": "21", "name": "Start", "to": to("indeterminate"), "fields": {} });
            let all = if has_no_way { vec![start] } else { vec![start, done] };
            Answer::json(200, &json!({ "transitions": all }))
        }
        ("POST", ["transitions"]) => {
            let body = request.json();
            match body["transition"]["id"].as_str() {
                Some("31") if body["fields"]["resolution"]["name"] == "Done" => {
                    (issue.status, issue.resolution) = ("done", Some("Done".to_owned()));
                }
                Some("21") => (issue.status, issue.resolution) = ("indeterminate", None),
                _ => return Answer::json(400, &json!({ "errors": { "resolution": "Resolution is required." } })),
            }
            Answer::empty(204)
        }
        _ => Answer::empty(405),
    }
}
