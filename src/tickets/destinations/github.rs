//! GitHub Issues: an issue per problem in a private repository, known by a hidden marker with its fingerprint.
//!
//! The list of the issues with our label is read once per run: the search of GitHub lags behind, and is limited more tightly.

use super::{Delivered, Delivery, Destination, Failure, Found, Nature, Status};
use crate::ledger::{ClosedAs, External, Operation};
use crate::tickets::address::ServiceUrl;
use crate::tickets::http::{Answer, Http};
use crate::tickets::payload::moment;
use crate::tickets::render::{comment, markdown, sections};
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::GitHubSpec;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Mutex;

const API: &str = "https://api.github.com/";
const LABEL: &str = "phinder";
/// Issues of a page.
const PAGE: usize = 100;
/// Issues that are asked about at a time.
const CONCURRENCY: usize = 2;
/// How far back a comment is looked for that may have been made, in milliseconds.
const RECENT: i64 = 3 * 86_400_000;

/// A repository.
pub struct GitHub {
    http: Http,
    api: ServiceUrl,
    spec: GitHubSpec,
    token: Secret,
    is_private: Mutex<bool>,
    index: Mutex<Option<HashMap<String, Found>>>,
}

impl GitHub {
    /// The repository of a specification.
    pub fn new(spec: &GitHubSpec, secrets: &SecretSettings) -> Result<Self, String> {
        Ok(Self {
            http: Http::new(false)?,
            api: spec.api.clone().map_or_else(|| ServiceUrl::constant(API), Ok)?,
            spec: spec.clone(),
            token: Secret::new(&spec.token, secrets),
            is_private: Mutex::new(false),
            index: Mutex::new(None),
        })
    }

    async fn call(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Answer, Failure> {
        self.http
            .send_with(&self.token, |token| {
                let request = self.http.client().request(method.clone(), url.clone()).bearer_auth(token);
                let request = request
                    .header("accept", "application/vnd.github+json")
                    .header("x-github-api-version", "2022-11-28");
                match body {
                    Some(body) => request.header("content-type", "application/json").body(body.to_string()),
                    None => request,
                }
            })
            .await
    }

    fn issues(&self) -> String {
        format!("repos/{}/issues", self.spec.repository.0)
    }

    /// Places of PHI are told to nobody outside: a repository that everybody can read is refused, whenever it became one.
    async fn require_private(&self) -> Result<(), Failure> {
        let mut is_private = self.is_private.lock().await;
        if !*is_private {
            self.look_private(self.api.at(&format!("repos/{}", self.spec.repository.0))).await?;
            *is_private = true;
        }
        Ok(())
    }

    async fn look_private(&self, url: Url) -> Result<(), Failure> {
        let repository = self.call(Method::GET, url, None).await?.done()?.json();
        if repository["private"].as_bool() == Some(true) {
            return Ok(());
        }
        let name = &self.spec.repository.0;
        Err(Failure::Unusable(format!("the repository {name} is public; tickets go to private ones only")))
    }

    fn external(issue: &Value) -> Result<External, Failure> {
        let path = issue["url"].as_str().and_then(|url| Url::parse(url).ok());
        let (Some(path), Some(number)) = (path, issue["number"].as_u64()) else {
            return Err(Failure::Unknown("the answer names no issue".to_owned()));
        };
        let url = issue["html_url"].as_str().map(str::to_owned);
        Ok(External { id: path.path().trim_start_matches('/').to_owned(), key: format!("#{number}"), url })
    }

    /// The API's URL of an issue, by its path there.
    fn at(&self, external: &External, end: &str) -> Url {
        let mut url = self.api.0.clone();
        url.set_path(&format!("/{}{end}", external.id));
        url
    }

    async fn listed(&self) -> Result<HashMap<String, Found>, Failure> {
        let mut index = HashMap::new();
        for page in 1.. {
            let mut url = self.api.at(&self.issues());
            url.query_pairs_mut().extend_pairs([
                ("labels", LABEL),
                ("state", "all"),
                ("sort", "created"),
                ("direction", "asc"),
                ("per_page", &PAGE.to_string()),
                ("page", &page.to_string()),
            ]);
            let issues = self.call(Method::GET, url, None).await?.done()?.json();
            let Some(issues) = issues.as_array() else {
                return Err(Failure::Unknown("the list answers without issues".to_owned()));
            };
            for issue in issues {
                let Some(fingerprint) = issue["body"].as_str().and_then(marked) else { continue };
                let found =
                    Found { external: Self::external(issue)?, is_open: issue["state"].as_str() == Some("open") };
                // The oldest stands first.
                index.entry(fingerprint.to_owned()).or_insert(found);
            }
            if issues.len() < PAGE {
                break;
            }
        }
        Ok(index)
    }

    async fn change(&self, delivery: &Delivery) -> Delivered {
        self.require_private().await?;
        let external = match (&delivery.external, delivery.operation) {
            (Some(external), Operation::Update | Operation::Reopen | Operation::Close) => external,
            _ => return self.create(delivery).await,
        };
        match delivery.operation {
            Operation::Close => {
                let body = json!({ "state": "closed", "state_reason": "completed" });
                self.of_issue(Method::PATCH, self.at(external, ""), Some(&body)).await?;
            }
            Operation::Reopen => {
                let body = json!({ "state": "open" });
                self.of_issue(Method::PATCH, self.at(external, ""), Some(&body)).await?;
            }
            Operation::Create | Operation::Update => {}
        }
        self.say(external, delivery).await?;
        Ok(external.clone())
    }

    async fn create(&self, delivery: &Delivery) -> Delivered {
        let payload = &delivery.payload;
        let mut labels = vec![LABEL.to_owned()];
        labels.extend(self.spec.labels.iter().cloned());
        let body = json!({
            "title": payload.title,
            "body": format!("{}\n\n{}", markdown(&sections(payload)), marker(&payload.fingerprint)),
            "labels": labels,
        });
        let answer = self.call(Method::POST, self.api.at(&self.issues()), Some(&body)).await?;
        // 410: issues are turned off.
        Self::external(&answer.done()?.json())
    }

    async fn say(&self, external: &External, delivery: &Delivery) -> Result<(), Failure> {
        let marker = format!("<!-- phinder-delivery:{} -->", delivery.id);
        let url = self.at(external, "/comments");
        if delivery.is_repeat {
            let mut recent = url.clone();
            let since = moment(delivery.at - RECENT);
            recent.query_pairs_mut().extend_pairs([("since", since.as_str()), ("per_page", "100")]);
            let comments = self.of_issue(Method::GET, recent, None).await?;
            let is_said = |comment: &Value| comment["body"].as_str().is_some_and(|body| body.contains(&marker));
            if comments.as_array().is_some_and(|comments| comments.iter().any(is_said)) {
                return Ok(());
            }
        }
        let body = json!({ "body": format!("{}\n\n{marker}", comment(&delivery.payload)) });
        self.of_issue(Method::POST, url, Some(&body)).await.map(|_| ())
    }

    /// An answer about one issue. 404 is said of what is not there and of what may not be seen: the repository tells which.
    async fn of_issue(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Value, Failure> {
        let answer = self.call(method, url, body).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                self.look_private(self.api.at(&format!("repos/{}", self.spec.repository.0))).await?;
                Err(Failure::Missing("the issue is not there".to_owned()))
            }
            StatusCode::MOVED_PERMANENTLY => Err(Failure::Missing("the issue was moved".to_owned())),
            _ => Ok(answer.done()?.json()),
        }
    }

    async fn ask(&self, external: &External) -> Result<Status, Failure> {
        let answer = self.call(Method::GET, self.at(external, ""), None).await?;
        let issue = match answer.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                self.require_private().await?;
                return Ok(Status::Missing);
            }
            StatusCode::MOVED_PERMANENTLY => match self.moved(&answer).await? {
                Some(issue) => issue,
                None => return Ok(Status::Missing),
            },
            _ => answer.done()?.json(),
        };
        let external = Self::external(&issue)?;
        if issue["state"].as_str() == Some("open") {
            return Ok(Status::Open(external));
        }
        let labels = issue["labels"].as_array().map_or(&[][..], Vec::as_slice);
        let has = |name: &str| labels.iter().any(|label| label["name"].as_str() == Some(name));
        let closed_as = if has(&self.spec.false_positive_label) {
            ClosedAs::FalsePositive
        } else if has(&self.spec.accepted_label) {
            ClosedAs::Accepted
        } else {
            ClosedAs::Done
        };
        Ok(Status::Closed(closed_as, external))
    }

    /// Where a transferred issue is now, if that is a place that may be told.
    async fn moved(&self, answer: &Answer) -> Result<Option<Value>, Failure> {
        let url = answer.json()["url"].as_str().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| url.origin() == self.api.0.origin()) else { return Ok(None) };
        let answer = self.call(Method::GET, url, None).await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let issue = answer.json();
        let repository = issue["repository_url"].as_str().and_then(|url| Url::parse(url).ok());
        let Some(repository) = repository.filter(|url| url.origin() == self.api.0.origin()) else { return Ok(None) };
        Ok(self.look_private(repository).await.is_ok().then_some(issue))
    }
}

impl Destination for GitHub {
    fn nature(&self) -> Nature {
        // 80 requests a minute that make something, 500 an hour.
        Nature { requests_per_second: 1.0, concurrency: 1, settle: Duration::from_secs(30), ..Nature::TRACKER }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            self.require_private().await?;
            let known = self.listed().await?.len();
            Ok(format!("the repository {} is private and answers; {known} tickets are there", self.spec.repository.0))
        })
    }

    fn find<'a>(&'a self, fingerprint: &'a str, is_repeat: bool) -> LocalBoxFuture<'a, Result<Option<Found>, Failure>> {
        Box::pin(async move {
            let mut index = self.index.lock().await;
            if is_repeat {
                *index = None;
            }
            let known = match &*index {
                Some(known) => known,
                None => index.insert(self.listed().await?),
            };
            Ok(known.get(fingerprint).cloned())
        })
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

fn marker(fingerprint: &str) -> String {
    format!("<!-- phinder:{fingerprint} -->")
}

/// The fingerprint of a marker; the last one, since names from outside stand above it.
fn marked(body: &str) -> Option<&str> {
    let (_, rest) = body.rsplit_once("<!-- phinder:")?;
    rest.split_once(" -->").map(|(fingerprint, _)| fingerprint)
}
