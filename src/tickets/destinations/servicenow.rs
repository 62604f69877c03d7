//! ServiceNow: a record of `incident` or `sn_si_incident` per problem, known by its `correlation_id`.

use super::{Delivered, Delivery, Destination, Failure, Found, Nature, Status};
use crate::ledger::{ClosedAs, External, Operation};
use crate::model::Severity;
use crate::outputs::cut;
use crate::tickets::facts::fact;
use crate::tickets::http::{Answer, Http};
use crate::tickets::payload::Payload;
use crate::tickets::render::{comment, plain, sections};
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::{Form, ServiceNowSpec, ServiceNowTable};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Longest short description.
const MAX_SHORT: usize = 160;
const FIELDS: &str = "sys_id,number,state,close_code";

/// A table of ServiceNow.
pub struct ServiceNow {
    http: Http,
    spec: ServiceNowSpec,
    form: Form,
    password: Secret,
}

/// The states of a table by number.
struct States {
    working: &'static str,
    resolved: &'static str,
    closed: &'static [&'static str],
}

impl ServiceNow {
    /// The table of a specification.
    pub fn new(spec: &ServiceNowSpec, form: &Form, secrets: &SecretSettings) -> Result<Self, String> {
        let password = Secret::new(&spec.password, secrets);
        Ok(Self { http: Http::new(false)?, spec: spec.clone(), form: form.clone(), password })
    }

    fn table(&self) -> &'static str {
        match self.spec.table {
            ServiceNowTable::Incident => "incident",
            ServiceNowTable::SnSiIncident => "sn_si_incident",
        }
    }

    fn states(&self) -> States {
        match self.spec.table {
            // 2 in progress, 6 resolved, 7 closed, 8 cancelled.
            ServiceNowTable::Incident => States { working: "2", resolved: "6", closed: &["6", "7", "8"] },
            // 16 analysis, 3 closed, 7 cancelled.
            ServiceNowTable::SnSiIncident => States { working: "16", resolved: "3", closed: &["3", "7"] },
        }
    }

    fn url(&self, table: &str, id: Option<&str>, query: &[(&str, &str)]) -> Url {
        let slash = if id.is_some() { "/" } else { "" };
        let mut url = self.spec.instance.at(&format!("api/now/table/{table}{slash}{}", id.unwrap_or_default()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn call(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Answer, Failure> {
        self.http
            .send_with(&self.password, |password| {
                let request =
                    self.http.client().request(method.clone(), url.clone()).header("accept", "application/json");
                let request = match &self.spec.user {
                    Some(user) => request.basic_auth(user, Some(password)),
                    None => request.bearer_auth(password),
                };
                match body {
                    Some(body) => request.header("content-type", "application/json").body(body.to_string()),
                    None => request,
                }
            })
            .await
    }

    /// Records of a query. Rights hide records without a word, and a record that is hidden must not be taken for one that is
    /// not there: the number that the query counts tells.
    async fn query(&self, query: &str, limit: usize) -> Result<Vec<Value>, Failure> {
        let limit_text = limit.to_string();
        let parameters = [("sysparm_query", query), ("sysparm_limit", &limit_text), ("sysparm_fields", FIELDS)];
        let answer = self.call(Method::GET, self.url(self.table(), None, &parameters), None).await?.done()?;
        let counted = answer.headers.get("x-total-count").and_then(|value| value.to_str().ok());
        let counted = counted.and_then(|text| text.parse::<usize>().ok());
        let Some(records) = answer.json()["result"].as_array().cloned() else {
            return Err(Failure::Unknown("the answer has no result".to_owned()));
        };
        if counted.is_some_and(|counted| counted.min(limit) > records.len()) {
            return Err(Failure::Unusable(
                "records are hidden from this user; give it the right to read them".to_owned(),
            ));
        }
        Ok(records)
    }

    fn external(&self, record: &Value) -> Result<External, Failure> {
        let text = |name: &str| record[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let (Some(id), Some(key)) = (text("sys_id"), text("number")) else {
            return Err(Failure::Unknown("the answer names no record".to_owned()));
        };
        let mut url = self.spec.instance.at(&format!("{}.do", self.table()));
        url.query_pairs_mut().append_pair("sys_id", &id);
        Ok(External { id, key, url: Some(url.to_string()) })
    }

    fn is_closed(&self, record: &Value) -> bool {
        record["state"].as_str().is_some_and(|state| self.states().closed.contains(&state))
    }

    fn fields(&self, payload: &Payload) -> Value {
        let urgency = self.form.severity_word(payload.worst);
        let mut fields = json!({
            "short_description": cut(&payload.title, MAX_SHORT),
            "description": plain(&sections(payload)),
            "correlation_id": payload.fingerprint,
            "correlation_display": "phinder",
            "urgency": urgency.unwrap_or(match payload.worst {
                Severity::Critical | Severity::High => "1",
                Severity::Medium => "2",
                Severity::Low | Severity::None => "3",
            }),
        });
        for (field, name) in &self.form.facts {
            fields[field] = json!(fact(payload, &name.0));
        }
        for (field, value) in &self.form.fields {
            fields[field] = json!(value);
        }
        fields
    }

    async fn change(&self, delivery: &Delivery) -> Delivered {
        let external = match (&delivery.external, delivery.operation) {
            (Some(external), Operation::Update | Operation::Reopen | Operation::Close) => external,
            _ => {
                let body = self.fields(&delivery.payload);
                let answer = self.call(Method::POST, self.url(self.table(), None, &[]), Some(&body)).await?;
                return self.external(&answer.done()?.json()["result"]);
            }
        };
        if delivery.is_repeat && self.is_said(external, delivery).await {
            return Ok(external.clone());
        }
        let note = format!("{}\nphinder {}", comment(&delivery.payload), delivery.id);
        let states = self.states();
        let mut body = json!({ "work_notes": note });
        match delivery.operation {
            Operation::Close => {
                body["state"] = json!(states.resolved);
                body["close_code"] = json!(self.spec.close_code);
                body["close_notes"] = json!(comment(&delivery.payload));
            }
            Operation::Reopen => body["state"] = json!(states.working),
            Operation::Create | Operation::Update => {}
        }
        let answer = self.call(Method::PATCH, self.url(self.table(), Some(&external.id), &[]), Some(&body)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            // The table answers, so it is the record that is not there.
            self.query(&format!("correlation_id={}", delivery.payload.fingerprint), 1).await?;
            return Err(Failure::Missing("the record is not there".to_owned()));
        }
        answer.done()?;
        Ok(external.clone())
    }

    /// Whether a note of this delivery stands in the journal. State and note are written together, so the note tells of both.
    /// A user who may not read the journal says it twice at worst.
    async fn is_said(&self, external: &External, delivery: &Delivery) -> bool {
        let query = format!("element_id={}^element=work_notes^valueLIKEphinder {}", external.id, delivery.id);
        let parameters = [("sysparm_query", query.as_str()), ("sysparm_limit", "1"), ("sysparm_fields", "sys_id")];
        let answer = self.call(Method::GET, self.url("sys_journal_field", None, &parameters), None).await;
        let answer = answer.and_then(Answer::done);
        answer.is_ok_and(|answer| answer.json()["result"].as_array().is_some_and(|found| !found.is_empty()))
    }

    fn status_of(&self, record: &Value) -> Result<Status, Failure> {
        let external = self.external(record)?;
        if !self.is_closed(record) {
            return Ok(Status::Open(external));
        }
        let code = record["close_code"].as_str().unwrap_or_default();
        let is_one = |codes: &[String]| codes.iter().any(|known| known.eq_ignore_ascii_case(code));
        let closed_as = if is_one(&self.spec.false_positive_codes) {
            ClosedAs::FalsePositive
        } else if is_one(&self.spec.accepted_codes) {
            ClosedAs::Accepted
        } else {
            ClosedAs::Done
        };
        Ok(Status::Closed(closed_as, external))
    }
}

impl Destination for ServiceNow {
    fn nature(&self) -> Nature {
        Nature { settle: Duration::from_secs(15), requests_per_second: 5.0, ..Nature::TRACKER }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            self.query("correlation_display=phinder", 1).await?;
            Ok(format!("the table {} can be read", self.table()))
        })
    }

    fn find<'a>(&'a self, fingerprint: &'a str, _: bool) -> LocalBoxFuture<'a, Result<Option<Found>, Failure>> {
        Box::pin(async move {
            let records = self.query(&format!("correlation_id={fingerprint}^ORDERBYsys_created_on"), 1).await?;
            let Some(record) = records.first() else { return Ok(None) };
            Ok(Some(Found { external: self.external(record)?, is_open: !self.is_closed(record) }))
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(futures::stream::iter(deliveries).then(|delivery| self.change(delivery)).collect())
    }

    fn status<'a>(&'a self, tickets: &'a [External]) -> LocalBoxFuture<'a, Result<Vec<Status>, Failure>> {
        Box::pin(async move {
            let ids: Vec<_> = tickets.iter().map(|external| external.id.as_str()).collect();
            let records = self.query(&format!("sys_idIN{}", ids.join(",")), ids.len()).await?;
            let by_id: HashMap<_, _> =
                records.iter().filter_map(|record| Some((record["sys_id"].as_str()?, record))).collect();
            let status = |external: &External| match by_id.get(external.id.as_str()) {
                Some(record) => self.status_of(record),
                None => Ok(Status::Missing),
            };
            tickets.iter().map(status).collect()
        })
    }
}
