//! ServiceNow's Table API as its documentation describes it: encoded queries, a total count in a header, journal fields.

use super::server::{Answer, Request, Server};
use super::story::{Shown, Tracker};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

struct Record {
    fields: Value,
    notes: Vec<String>,
    is_deleted: bool,
}

/// The table of an instance, and its states by number.
struct Table {
    name: &'static str,
    path: &'static str,
    new: &'static str,
    closed: &'static [&'static str],
    cancelled: &'static str,
}

const INCIDENT: Table =
    Table { name: "incident", path: "/incident", new: "1", closed: &["6", "7", "8"], cancelled: "7" };
const SECURITY_INCIDENT: Table =
    Table { name: "sn_si_incident", path: "/sn_si_incident", new: "10", closed: &["3", "7"], cancelled: "7" };

struct State {
    table: &'static Table,
    records: Vec<Record>,
    /// Rights that hide every record, though the query counts them.
    is_hiding: bool,
}

/// An instance with one table.
pub struct ServiceNow {
    pub server: Server,
    table: &'static Table,
    state: Arc<Mutex<State>>,
}

impl ServiceNow {
    /// One with the table `incident`.
    pub fn start() -> Self {
        Self::of(&INCIDENT)
    }

    /// One with the table `sn_si_incident` of Security Incident Response.
    pub fn start_security() -> Self {
        Self::of(&SECURITY_INCIDENT)
    }

    fn of(table: &'static Table) -> Self {
        let state = Arc::new(Mutex::new(State { table, records: Vec::new(), is_hiding: false }));
        let shared = state.clone();
        Self { server: Server::start(move |request| answer(&mut shared.lock().unwrap(), request)), table, state }
    }

    pub fn hide(&self, is_hiding: bool) {
        self.state.lock().unwrap().is_hiding = is_hiding;
    }
}

impl Tracker for ServiceNow {
    fn server(&self) -> &Server {
        &self.server
    }

    fn table(&self) -> String {
        let url = &self.server.url;
        format!(
            "[tickets.destination.servicenow]\ninstance = \"{url}\"\nuser = \"bot\"\npassword = {{ file = \"token\" }}\ntable = \"{}\"\n",
            self.table.name
        )
    }

    fn token(&self) -> &'static str {
        "servicenow-password-1"
    }

    fn shown(&self) -> Vec<Shown> {
        let state = self.state.lock().unwrap();
        let all = state.records.iter().filter(|record| !record.is_deleted);
        all.map(|record| Shown {
            id: record.fields["sys_id"].as_str().unwrap().to_owned(),
            is_open: !self.table.closed.contains(&record.fields["state"].as_str().unwrap()),
            notes: record.notes.len(),
            text: format!("{} {:?}", record.fields, record.notes),
        })
        .collect()
    }

    fn close_as_false_positive(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        let record = state.records.iter_mut().find(|record| record.fields["sys_id"] == id).unwrap();
        record.fields["state"] = json!(self.table.cancelled);
        record.fields["close_code"] = json!("False positive");
    }

    fn delete(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        state.records.iter_mut().find(|record| record.fields["sys_id"] == id).unwrap().is_deleted = true;
    }

    fn create_path(&self) -> &'static str {
        self.table.path
    }
}

fn answer(state: &mut State, request: &Request) -> Answer {
    // Basic for "bot:servicenow-password-1".
    if request.header("authorization") != "Basic Ym90OnNlcnZpY2Vub3ctcGFzc3dvcmQtMQ==" {
        return Answer::json(401, &json!({ "error": { "message": "User Not Authenticated" }, "status": "failure" }));
    }
    let Some(path) = request.path.strip_prefix("/api/now/table/") else { return Answer::empty(404) };
    match (request.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
        ("POST", [table]) if *table == state.table.name => {
            let mut fields = request.json();
            let at = state.records.len() + 1;
            fields["sys_id"] = json!(format!("{at:032x}"));
            fields["number"] = json!(format!("INC{at:07}"));
            fields["state"] = json!(state.table.new);
            fields["close_code"] = json!("");
            state.records.push(Record { fields: fields.clone(), notes: Vec::new(), is_deleted: false });
            Answer::json(201, &json!({ "result": fields }))
        }
        ("GET", [table]) if *table == state.table.name => query(state, request),
        ("GET", ["sys_journal_field"]) => {
            let query = request.query.get("sysparm_query").map_or("", String::as_str);
            let wanted = query.split("valueLIKE").nth(1).unwrap_or_default();
            let found = state.records.iter().flat_map(|record| &record.notes).filter(|note| note.contains(wanted));
            Answer::json(200, &json!({ "result": found.map(|_| json!({ "sys_id": "1" })).collect::<Vec<_>>() }))
        }
        ("PATCH", [table, id]) if *table == state.table.name => {
            let found = state.records.iter_mut().find(|record| record.fields["sys_id"] == *id && !record.is_deleted);
            let Some(record) = found else {
                let message = "No Record found";
                return Answer::json(404, &json!({ "error": { "message": message }, "status": "failure" }));
            };
            for (field, value) in request.json().as_object().unwrap() {
                match field.as_str() {
                    "work_notes" => record.notes.push(value.as_str().unwrap().to_owned()),
                    field => record.fields[field] = value.clone(),
                }
            }
            Answer::json(200, &json!({ "result": record.fields }))
        }
        _ => Answer::json(400, &json!({ "error": { "message": "Invalid table" }, "status": "failure" })),
    }
}

fn query(state: &State, request: &Request) -> Answer {
    let query = request.query.get("sysparm_query").map_or("", String::as_str);
    let fits = |record: &&Record| {
        !record.is_deleted
            && query.split('^').all(|term| match term.split_once('=') {
                Some((field, value)) => record.fields[field] == value,
                None => match term.strip_prefix("sys_idIN") {
                    Some(ids) => ids.split(',').any(|id| record.fields["sys_id"] == id),
                    None => term.starts_with("ORDERBY"),
                },
            })
    };
    let found: Vec<_> = state.records.iter().filter(fits).map(|record| record.fields.clone()).collect();
    let count = found.len().to_string();
    let shown = if state.is_hiding { Vec::new() } else { found };
    Answer::json(200, &json!({ "result": shown })).with("X-Total-Count", &count)
}
