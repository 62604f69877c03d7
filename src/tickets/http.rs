//! HTTP for all destinations: no redirects, time limits, guarded addresses, bounded answers, and what a failure says about
//! whether something was done.

use super::address::{GuardedResolver, names_link_local};
use super::destinations::Failure;
use super::secret::Secret;
use crate::outputs::{cut, harmless};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use rustls::crypto::aws_lc_rs;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Longest answer that is read.
const MAX_ANSWER: usize = 4 << 20;
/// Longest part of an answer that stands in an error.
const MAX_SAID: usize = 300;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client.
#[derive(Clone)]
pub struct Http {
    client: Client,
    may_reach_link_local: bool,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client; `may_reach_link_local` where the configuration allows it.
    pub fn new(may_reach_link_local: bool) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if added == 0 {
            return Err("the system has no certificates to verify servers with; install ca-certificates".to_owned());
        }
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(concat!("phinder/", env!("CARGO_PKG_VERSION")));
        if !may_reach_link_local {
            builder = builder.dns_resolver(Arc::new(GuardedResolver));
        }
        Ok(Self { client: builder.build().map_err(|error| error.to_string())?, may_reach_link_local })
    }

    /// The client that builds requests.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request and reads the answer, whatever its status.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let request = request.build().map_err(|error| Failure::Refused(error.without_url().to_string()))?;
        self.check(request.url())?;
        let mut response = self.client.execute(request).await.map_err(of_transport)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(of_transport)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(Failure::Unknown("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    /// Sends a request that `build` signs with a secret. A secret that is not taken is read anew, since it may have been
    /// rotated.
    pub async fn send_with(&self, secret: &Secret, build: impl Fn(&str) -> RequestBuilder) -> Result<Answer, Failure> {
        let value = secret.value().await.map_err(Failure::Unusable)?;
        let answer = self.send(build(&value)).await?;
        if answer.status == StatusCode::UNAUTHORIZED
            && let Some(value) = secret.rotated(&value).await
        {
            return self.send(build(&value)).await;
        }
        Ok(answer)
    }

    fn check(&self, url: &Url) -> Result<(), Failure> {
        if !self.may_reach_link_local && names_link_local(url) {
            return Err(Failure::Unusable("the address is link-local or a metadata service's".to_owned()));
        }
        Ok(())
    }
}

/// Nothing was done where the connection never stood.
fn of_transport(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    if error.is_connect() { Failure::Unreachable(said) } else { Failure::Unknown(said) }
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The answer if it says that it was done; what else it says otherwise.
    pub fn done(self) -> Result<Self, Failure> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure()) }
    }

    /// What a status that is no success says.
    pub fn failure(&self) -> Failure {
        let said = self.said();
        let wait = self.wait(OffsetDateTime::now_utc());
        match self.status.as_u16() {
            429 => Failure::Busy { wait, said },
            // GitHub says so when a limit is reached.
            403 if wait.is_some() => Failure::Busy { wait, said },
            503 if wait.is_some() => Failure::Busy { wait, said },
            401 | 403 | 404 | 407 | 410 => Failure::Unusable(said),
            408 | 500.. => Failure::Unknown(said),
            300..=399 => Failure::Unusable(format!("{said}; redirects are not followed")),
            _ => Failure::Refused(said),
        }
    }

    /// Status and the beginning of the body.
    fn said(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = harmless(&cut(&text, MAX_SAID));
        let colon = if text.is_empty() { "" } else { ": " };
        format!("HTTP {}{colon}{text}", self.status.as_u16())
    }

    /// How long the answer asks to wait.
    fn wait(&self, now: OffsetDateTime) -> Option<Duration> {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let until = |moment: OffsetDateTime| Duration::try_from(moment - now).unwrap_or_default();
        if let Some(text) = header("retry-after") {
            if let Ok(seconds) = text.parse::<u64>() {
                return Some(Duration::from_secs(seconds));
            }
            return OffsetDateTime::parse(text, &Rfc2822).ok().map(until);
        }
        if header("x-ratelimit-remaining").is_some_and(|left| left != "0") {
            return None;
        }
        let reset = header("x-ratelimit-reset")?;
        let moment = match reset.parse::<i64>() {
            Ok(seconds) => OffsetDateTime::from_unix_timestamp(seconds).ok()?,
            Err(_) => OffsetDateTime::parse(reset, &Rfc3339).ok()?,
        };
        Some(until(moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: headers.collect(), body: Vec::new() }
    }

    #[test]
    fn how_long_to_wait_is_said_in_many_ways() {
        let now = datetime!(2026-11-23 08:00:00 UTC);
        let wait = |headers: &[(&'static str, &str)]| answer(429, headers).wait(now).map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "17")]), Some(17));
        assert_eq!(wait(&[("retry-after", "Mon, 23 Nov 2026 08:01:00 GMT")]), Some(60));
        assert_eq!(wait(&[("x-ratelimit-reset", "1795420830"), ("x-ratelimit-remaining", "0")]), Some(30));
        assert_eq!(wait(&[("x-ratelimit-reset", "2026-11-23T08:00:05Z")]), Some(5));
        assert_eq!(wait(&[("x-ratelimit-reset", "1795420830"), ("x-ratelimit-remaining", "7")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_status_says_whether_something_was_done() {
        use Failure::{Busy, Refused, Unknown, Unusable};
        assert!(matches!(answer(429, &[]).failure(), Busy { wait: None, .. }));
        assert!(matches!(answer(403, &[("retry-after", "1")]).failure(), Busy { .. }));
        assert!(matches!(answer(503, &[("retry-after", "1")]).failure(), Busy { .. }));
        assert!(matches!(answer(503, &[]).failure(), Unknown(_)));
        assert!(matches!(answer(500, &[]).failure(), Unknown(_)));
        for status in [401, 403, 404, 301] {
            assert!(matches!(answer(status, &[]).failure(), Unusable(_)), "{status}");
        }
        for status in [400, 409, 413, 422] {
            assert!(matches!(answer(status, &[]).failure(), Refused(_)), "{status}");
        }
    }
}
