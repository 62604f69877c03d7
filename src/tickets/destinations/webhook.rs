//! A webhook, signed as Standard Webhooks says: HMAC-SHA-256 over `id.timestamp.body`. The id of a delivery is the same for
//! all its attempts, so that whoever receives it twice knows.

use super::{Delivered, Delivery, Destination, Failure, Nature, event, told};
use crate::tickets::http::Http;
use crate::tickets::secret::{Secret, SecretSettings};
use crate::tickets::spec::WebhookSpec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{StatusCode, Url};
use sha2::Sha256;
use time::OffsetDateTime;

/// A webhook.
pub struct Webhook {
    http: Http,
    url: Url,
    secret: Secret,
}

impl Webhook {
    /// The webhook of a specification.
    pub fn new(spec: &WebhookSpec, secrets: &SecretSettings) -> Result<Self, String> {
        Ok(Self {
            http: Http::new(spec.allow_link_local)?,
            url: spec.url.endpoint(),
            secret: Secret::new(&spec.secret, secrets),
        })
    }

    async fn post(&self, id: &str, body: String) -> Result<(), Failure> {
        let timestamp = OffsetDateTime::now_utc().unix_timestamp().to_string();
        let answer = self.http.send_with(&self.secret, |secret| {
            self.http
                .client()
                .post(self.url.clone())
                .header("content-type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", &timestamp)
                .header("webhook-signature", signature(secret, id, &timestamp, &body))
                .body(body.clone())
        });
        let answer = answer.await?;
        match answer.status {
            // Whoever has seen the id before may say so.
            StatusCode::CONFLICT => Ok(()),
            _ => answer.done().map(|_| ()),
        }
    }

    async fn tell(&self, delivery: &Delivery) -> Delivered {
        self.post(&delivery.id, event(delivery).to_string()).await.map(|()| told(delivery))
    }
}

impl Destination for Webhook {
    fn nature(&self) -> Nature {
        Nature::EVENTS
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let now = OffsetDateTime::now_utc().unix_timestamp();
            let id = format!("test-{now}");
            let timestamp = super::super::payload::moment(now * 1000);
            let body = serde_json::json!({ "type": "phinder.test", "schema": 1, "id": id, "timestamp": timestamp, "data": {} });
            self.post(&id, body.to_string()).await?;
            Ok("it took an event of the type phinder.test".to_owned())
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(futures::stream::iter(deliveries).then(|delivery| self.tell(delivery)).collect())
    }
}

fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = key.unwrap_or_else(|| secret.as_bytes().to_vec());
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the Standard Webhooks specification's reference libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
