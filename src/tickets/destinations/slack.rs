//! Slack: one message per run, a digest of what is new, worse, back and gone. The URL of the incoming webhook is the secret.

use super::{Delivered, Delivery, Destination, Failure, Nature, told};
use crate::ledger::Operation;
use crate::tickets::address::ServiceUrl;
use crate::tickets::http::Http;
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::SlackSpec;
use futures::future::LocalBoxFuture;
use serde_json::json;

/// Deliveries of one message.
const BATCH: usize = 500;
/// Lines of each kind.
const MAX_LINES: usize = 15;

/// A channel.
pub struct Slack {
    http: Http,
    url: Secret,
}

impl Slack {
    /// The channel of a specification.
    pub fn new(spec: &SlackSpec, secrets: &SecretSettings) -> Result<Self, String> {
        Ok(Self { http: Http::new(false)?, url: Secret::new(&spec.url, secrets) })
    }

    async fn post(&self, text: &str) -> Result<(), Failure> {
        let url = self.url.value().await.map_err(Failure::Unusable)?;
        let url = ServiceUrl::try_from(url).map_err(Failure::Unusable)?;
        let body = json!({ "text": text, "unfurl_links": false, "unfurl_media": false }).to_string();
        let request = self.http.client().post(url.endpoint()).header("content-type", "application/json").body(body);
        self.http.send(request).await?.done().map(|_| ())
    }
}

impl Destination for Slack {
    fn nature(&self) -> Nature {
        Nature {
            batch: BATCH,
            concurrency: 1,
            requests_per_second: 1.0,
            max_new_per_run: BATCH as u32,
            ..Nature::EVENTS
        }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            self.post("phinder: a test; the digest of findings will come here").await?;
            Ok("it took a test message".to_owned())
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(async move {
            let posted = self.post(&digest(deliveries)).await;
            deliveries.iter().map(|delivery| posted.clone().map(|()| told(delivery))).collect()
        })
    }
}

fn digest(deliveries: &[Delivery]) -> String {
    let mut text = "*phinder*".to_owned();
    for (operation, heading) in [
        (Operation::Create, "new"),
        (Operation::Reopen, "back again"),
        (Operation::Update, "changed"),
        (Operation::Close, "gone"),
    ] {
        let of_kind: Vec<_> = deliveries.iter().filter(|delivery| delivery.operation == operation).collect();
        if of_kind.is_empty() {
            continue;
        }
        text.push_str(&format!("\n*{} {heading}*", of_kind.len()));
        for delivery in of_kind.iter().take(MAX_LINES) {
            let payload = &delivery.payload;
            let counts = match operation {
                Operation::Close => String::new(),
                _ => {
                    format!(": {}, {} findings, about {} records", payload.severity, payload.findings, payload.records)
                }
            };
            text.push_str(&format!("\n• `{}`{counts}", escaped(&payload.title)));
        }
        if of_kind.len() > MAX_LINES {
            text.push_str(&format!("\nand {} more", of_kind.len() - MAX_LINES));
        }
    }
    text
}

/// What stands in a span of code: names from outside become no mention and no link there, and cannot end it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_only_names() {
        assert_eq!(escaped("<!channel> `a` & s3://b"), "&lt;!channel&gt; 'a' &amp; s3://b");
    }
}
