//! PagerDuty Events v2: an alert per problem, known by its deduplication key, so that a repeat does nothing.

use super::{Delivered, Delivery, Destination, Failure, Nature, told};
use crate::ledger::Operation;
use crate::model::Severity;
use crate::outputs::cut;
use crate::tickets::address::ServiceUrl;
use crate::tickets::http::Http;
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::{Form, PagerDutySpec};
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};

const EVENTS: &str = "https://events.pagerduty.com/";
/// Longest summary.
const MAX_SUMMARY: usize = 1024;
/// Characters of an integration key.
const KEY_LENGTH: usize = 32;

/// A service of PagerDuty.
pub struct PagerDuty {
    http: Http,
    url: ServiceUrl,
    routing_key: Secret,
    form: Form,
}

impl PagerDuty {
    /// The service of a specification.
    pub fn new(spec: &PagerDutySpec, form: &Form, secrets: &SecretSettings) -> Result<Self, String> {
        let url = spec.url.clone().map_or_else(|| ServiceUrl::constant(EVENTS), Ok)?;
        let routing_key = Secret::new(&spec.routing_key, secrets);
        Ok(Self { http: Http::new(false)?, url, routing_key, form: form.clone() })
    }

    async fn enqueue(&self, delivery: &Delivery) -> Delivered {
        let answer = self.http.send_with(&self.routing_key, |key| {
            let body = self.event(key, delivery).to_string();
            let request = self.http.client().post(self.url.at("v2/enqueue"));
            request.header("content-type", "application/json").body(body)
        });
        answer.await?.done()?;
        Ok(told(delivery))
    }

    fn event(&self, key: &str, delivery: &Delivery) -> Value {
        let payload = &delivery.payload;
        let is_over = delivery.operation == Operation::Close;
        let mut event = json!({
            "routing_key": key,
            "event_action": if is_over { "resolve" } else { "trigger" },
            "dedup_key": format!("phinder/{}", payload.fingerprint),
        });
        if !is_over {
            let own = self.form.severity_word(payload.worst);
            event["payload"] = json!({
                "summary": cut(&payload.title, MAX_SUMMARY),
                "source": payload.place,
                "severity": own.unwrap_or_else(|| severity(payload.worst)),
                "component": payload.account,
                "class": payload.class,
                "custom_details": payload,
            });
            event["links"] = payload.report_url.iter().map(|url| json!({ "href": url, "text": "report" })).collect();
        }
        event
    }
}

impl Destination for PagerDuty {
    fn nature(&self) -> Nature {
        // 120 events a minute of one integration.
        Nature { requests_per_second: 2.0, concurrency: 1, ..Nature::EVENTS }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let key = self.routing_key.value().await.map_err(Failure::Unusable)?;
            if key.len() != KEY_LENGTH || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(Failure::Unusable("an integration key has 32 letters and digits".to_owned()));
            }
            Ok("the key has the right form; only an event, which would page somebody, shows whether it is taken"
                .to_owned())
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(futures::stream::iter(deliveries).then(|delivery| self.enqueue(delivery)).collect())
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "info",
    }
}
