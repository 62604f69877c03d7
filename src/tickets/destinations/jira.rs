//! Jira Cloud (REST v3) and Data Center (REST v2): an issue per problem, known by a label with its fingerprint.
//!
//! The search of Cloud does not see at once what was written, so a call of unknown outcome is left alone for two minutes.

use super::jira_text::{document, lines};
use super::{Delivered, Delivery, Destination, Failure, Found, Nature, Status};
use crate::ledger::{ClosedAs, External, Operation};
use crate::tickets::facts::fact;
use crate::tickets::http::{Answer, Http};
use crate::tickets::payload::Payload;
use crate::tickets::render::{comment, sections, wiki};
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::{Form, JiraSpec};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Issues that are asked about at a time.
const CONCURRENCY: usize = 4;
/// Comments among which one is looked for that may have been made.
const RECENT_COMMENTS: u32 = 20;
/// The category of statuses in which nothing is left to do.
const DONE: &str = "done";

/// Which Jira.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Texts are documents, the search is a new one.
    Cloud,
    /// Texts are wiki mark-up.
    DataCenter,
}

/// A project of Jira.
pub struct Jira {
    http: Http,
    spec: JiraSpec,
    edition: Edition,
    form: Form,
    token: Secret,
}

impl Jira {
    /// The project of a specification.
    pub fn new(spec: &JiraSpec, edition: Edition, form: &Form, secrets: &SecretSettings) -> Result<Self, String> {
        if edition == Edition::Cloud && spec.user.is_none() {
            return Err("Jira Cloud needs the user whose token it is: user = \"me@example.org\"".to_owned());
        }
        let token = Secret::new(&spec.token, secrets);
        Ok(Self { http: Http::new(false)?, spec: spec.clone(), edition, form: form.clone(), token })
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let version = if self.edition == Edition::Cloud { 3 } else { 2 };
        let url = self.spec.site.at(&format!("rest/api/{version}/{path}"));
        self.http
            .send_with(&self.token, |token| {
                let request =
                    self.http.client().request(method.clone(), url.clone()).header("accept", "application/json");
                let request = self.logged_in(request, token);
                match body {
                    Some(body) => request.header("content-type", "application/json").body(body.to_string()),
                    None => request,
                }
            })
            .await
    }

    fn logged_in(&self, request: RequestBuilder, token: &str) -> RequestBuilder {
        match &self.spec.user {
            Some(user) => request.basic_auth(user, Some(token)),
            None => request.bearer_auth(token),
        }
    }

    /// An answer about one issue. Jira says 404 of what is deleted, and of everything where nobody is logged in: the project
    /// tells which.
    async fn of_issue(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let answer = self.call(method, path, body).await?;
        if answer.status == StatusCode::NOT_FOUND {
            self.project().await?;
            return Err(Failure::Missing("the issue is not there".to_owned()));
        }
        Ok(answer.done()?.json())
    }

    async fn project(&self) -> Result<Value, Failure> {
        Ok(self.call(Method::GET, &format!("project/{}", self.spec.project), None).await?.done()?.json())
    }

    fn external(&self, issue: &Value) -> Result<External, Failure> {
        let text = |name: &str| issue[name].as_str().map(str::to_owned);
        let (Some(id), Some(key)) = (text("id"), text("key")) else {
            return Err(Failure::Unknown("the answer names no issue".to_owned()));
        };
        let url = self.spec.site.at(&format!("browse/{key}")).to_string();
        Ok(External { id, key, url: Some(url) })
    }

    async fn search(&self, fingerprint: &str) -> Result<Option<Found>, Failure> {
        let path = if self.edition == Edition::Cloud { "search/jql" } else { "search" };
        let jql = format!("labels = \"{}\" ORDER BY created ASC", label(fingerprint));
        let body = json!({ "jql": jql, "fields": ["status", "labels"], "maxResults": 2 });
        let answer = self.call(Method::POST, path, Some(&body)).await?.done()?.json();
        let Some(issues) = answer["issues"].as_array() else {
            return Err(Failure::Unknown("the search answers without issues".to_owned()));
        };
        let Some(issue) = issues.first() else { return Ok(None) };
        Ok(Some(Found { external: self.external(issue)?, is_open: !is_done(&issue["fields"]["status"]) }))
    }

    async fn create(&self, delivery: &Delivery) -> Delivered {
        let body = json!({
            "fields": self.fields(&delivery.payload),
            "properties": [{ "key": "phinder", "value": { "fingerprint": delivery.payload.fingerprint } }],
        });
        let answer = self.call(Method::POST, "issue", Some(&body)).await?.done()?.json();
        self.external(&answer)
    }

    fn fields(&self, payload: &Payload) -> Value {
        let sections = sections(payload);
        let mut labels = vec!["phinder".to_owned(), label(&payload.fingerprint)];
        labels.extend(self.spec.labels.iter().cloned());
        let mut fields = json!({
            "project": { "key": self.spec.project },
            "issuetype": { "name": self.spec.issue_type },
            "summary": payload.title,
            "description": match self.edition {
                Edition::Cloud => document(&sections),
                Edition::DataCenter => json!(wiki(&sections)),
            },
            "labels": labels,
        });
        if let Some(priority) = self.form.severity_word(payload.worst) {
            fields["priority"] = json!({ "name": priority });
        }
        for (field, name) in &self.form.facts {
            fields[field] = json!(fact(payload, &name.0));
        }
        for (field, value) in &self.form.fields {
            fields[field] = json!(value);
        }
        fields
    }

    async fn say(&self, external: &External, delivery: &Delivery) -> Result<(), Failure> {
        let path = format!("issue/{}/comment", external.id);
        let marker = format!("phinder {}", delivery.id);
        if delivery.is_repeat {
            let recent = format!("{path}?orderBy=-created&maxResults={RECENT_COMMENTS}");
            let comments = self.of_issue(Method::GET, &recent, None).await?;
            if comments["comments"].to_string().contains(&marker) {
                return Ok(());
            }
        }
        let said = comment(&delivery.payload);
        let body = match self.edition {
            Edition::Cloud => lines(&[&said, &marker]),
            Edition::DataCenter => json!(format!("{said}\n\n{marker}")),
        };
        self.of_issue(Method::POST, &path, Some(&json!({ "body": body }))).await.map(|_| ())
    }

    /// Moves an issue into or out of the category "done", unless it is there.
    async fn transit(&self, external: &External, is_closed: bool) -> Result<(), Failure> {
        let path = format!("issue/{}", external.id);
        let issue = self.of_issue(Method::GET, &format!("{path}?fields=status"), None).await?;
        if is_done(&issue["fields"]["status"]) == is_closed {
            return Ok(());
        }
        let path = format!("{path}/transitions");
        let answer = self.of_issue(Method::GET, &format!("{path}?expand=transitions.fields"), None).await?;
        let all = answer["transitions"].as_array().map_or(&[][..], Vec::as_slice);
        let (named, key) = if is_closed {
            (&self.spec.close_transition, "close_transition")
        } else {
            (&self.spec.reopen_transition, "reopen_transition")
        };
        let chosen = all.iter().find(|transition| match named {
            Some(name) => transition["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)),
            None => is_done(&transition["to"]) == is_closed,
        });
        let Some(chosen) = chosen else {
            let names: Vec<_> = all.iter().filter_map(|transition| transition["name"].as_str()).collect();
            return Err(Failure::Refused(format!(
                "the workflow has no such transition from here ({}); set {key}",
                names.join(", ")
            )));
        };
        let mut body = json!({ "transition": { "id": chosen["id"] } });
        let resolution = &chosen["fields"]["resolution"];
        if is_closed && resolution["required"].as_bool() == Some(true) {
            let allowed = resolution["allowedValues"].as_array().map_or(&[][..], Vec::as_slice);
            let done = allowed.iter().find(|value| {
                value["name"]
                    .as_str()
                    .is_some_and(|name| ["done", "fixed", "resolved"].contains(&name.to_lowercase().as_str()))
            });
            if let Some(name) = done.or(allowed.first()).map(|value| &value["name"]) {
                body["fields"] = json!({ "resolution": { "name": name } });
            }
        }
        self.of_issue(Method::POST, &path, Some(&body)).await.map(|_| ())
    }

    async fn change(&self, delivery: &Delivery) -> Delivered {
        let Some(external) = &delivery.external else { return self.create(delivery).await };
        match delivery.operation {
            Operation::Create => return self.create(delivery).await,
            Operation::Update => {}
            // The status first: once it is right it is left alone, whatever becomes of the comment.
            Operation::Close => self.transit(external, true).await?,
            Operation::Reopen => self.transit(external, false).await?,
        }
        self.say(external, delivery).await?;
        Ok(external.clone())
    }

    async fn ask(&self, external: &External) -> Result<Status, Failure> {
        let path = format!("issue/{}?fields=status,resolution", external.id);
        let issue = match self.of_issue(Method::GET, &path, None).await {
            Ok(issue) => issue,
            Err(Failure::Missing(_)) => return Ok(Status::Missing),
            Err(failure) => return Err(failure),
        };
        let external = self.external(&issue)?;
        if !is_done(&issue["fields"]["status"]) {
            return Ok(Status::Open(external));
        }
        let resolution = issue["fields"]["resolution"]["name"].as_str().unwrap_or_default();
        let is_one = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(resolution));
        let closed_as = if is_one(&self.spec.false_positive_resolutions) {
            ClosedAs::FalsePositive
        } else if is_one(&self.spec.accepted_resolutions) {
            ClosedAs::Accepted
        } else {
            ClosedAs::Done
        };
        Ok(Status::Closed(closed_as, external))
    }
}

impl Destination for Jira {
    fn nature(&self) -> Nature {
        Nature { settle: Duration::from_secs(120), ..Nature::TRACKER }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let project = self.project().await?;
            let types = project["issueTypes"].as_array().map_or(&[][..], Vec::as_slice);
            let names: Vec<_> = types.iter().filter_map(|kind| kind["name"].as_str()).collect();
            if !names.is_empty() && !names.contains(&self.spec.issue_type.as_str()) {
                let (kind, project) = (&self.spec.issue_type, &self.spec.project);
                let names = names.join(", ");
                return Err(Failure::Unusable(format!("the project {project} has no type {kind:?}; it has {names}")));
            }
            // What cannot be searched for is never made.
            self.search(&"0".repeat(32)).await?;
            Ok(format!("the project {} answers, and can be searched", self.spec.project))
        })
    }

    fn find<'a>(&'a self, fingerprint: &'a str, _: bool) -> LocalBoxFuture<'a, Result<Option<Found>, Failure>> {
        Box::pin(self.search(fingerprint))
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(futures::stream::iter(deliveries).then(|delivery| self.change(delivery)).collect())
    }

    fn status<'a>(&'a self, tickets: &'a [External]) -> LocalBoxFuture<'a, Result<Vec<Status>, Failure>> {
        Box::pin(async move {
            let asked = futures::stream::iter(tickets).map(|external| self.ask(external)).buffered(CONCURRENCY);
            asked.collect::<Vec<_>>().await.into_iter().collect()
        })
    }
}

fn label(fingerprint: &str) -> String {
    format!("phinder-{fingerprint}")
}

/// Whether a status is in the category "done".
fn is_done(status: &Value) -> bool {
    status["statusCategory"]["key"].as_str() == Some(DONE)
}
