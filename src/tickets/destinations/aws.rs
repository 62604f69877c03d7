//! What the destinations of AWS share: one signed JSON call, and what its errors say.

use super::Failure;
use crate::aws::AwsOptions;
use crate::aws::sign::Signer;
use crate::tickets::http::{Answer, Http};
use serde_json::Value;
use tokio::sync::OnceCell;

/// Error codes by which services of AWS ask to be left alone; some come with status 400.
const BUSY: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "KMSThrottlingException",
];
/// Error codes that no other payload would help against.
const UNUSABLE: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "NonExistentQueue",
    "NotFound",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// A service of AWS.
pub struct Service {
    http: Http,
    options: AwsOptions,
    name: &'static str,
    variable: &'static str,
    region: String,
    signer: OnceCell<Signer>,
}

impl Service {
    /// `name` is what requests are signed for, `variable` the end of the variable that may name another endpoint.
    pub fn new(name: &'static str, variable: &'static str, region: &str, options: &AwsOptions) -> Result<Self, String> {
        Ok(Self {
            http: Http::new(false)?,
            options: options.clone(),
            name,
            variable,
            region: region.to_owned(),
            signer: OnceCell::new(),
        })
    }

    /// A JSON call by its target: `AWSEvents.PutEvents`.
    pub async fn json(&self, version: &str, target: &str, body: &Value) -> Result<Value, Failure> {
        let kind = format!("application/x-amz-json-{version}");
        let own = [("content-type", kind.as_str()), ("x-amz-target", target)];
        Ok(self.send("/", &own, body.to_string()).await?.json())
    }

    /// A JSON call by its path: `/findings/import`.
    pub async fn rest(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.send(path, &[("content-type", "application/json")], body.to_string()).await?.json())
    }

    /// A call with a form, as the older services take it.
    pub async fn form(&self, fields: &[(&str, &str)]) -> Result<(), Failure> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let own = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        self.send("/", &own, body.finish()).await.map(|_| ())
    }

    async fn send(&self, path: &str, own: &[(&str, &str)], body: String) -> Result<Answer, Failure> {
        let unusable = |error: crate::aws::AwsError| Failure::Unusable(error.to_string());
        let make = || Signer::new(&self.options, self.name, self.variable, &self.region);
        let signer = self.signer.get_or_try_init(make).await.map_err(unusable)?;
        let url = format!("{}{path}", signer.endpoint);
        let signed = signer.headers(&url, own, body.as_bytes()).await.map_err(unusable)?;
        let mut request = self.http.client().post(&url).body(body);
        for (name, value) in own {
            request = request.header(*name, *value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let answer = self.http.send(request).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let code = code(&answer);
        let failure = answer.failure();
        Err(match code.as_deref() {
            Some(code) if BUSY.contains(&code) => Failure::Busy { wait: None, said: failure.said().to_owned() },
            Some(code) if UNUSABLE.contains(&code) => Failure::Unusable(failure.said().to_owned()),
            _ => failure,
        })
    }
}

/// The error code of an answer: `{"__type": "com.amazonaws.sqs#QueueDoesNotExist"}`, a header, or an XML element.
fn code(answer: &Answer) -> Option<String> {
    let header = answer.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let json = answer.json();
    let places = [json.get("__type"), json.get("Code"), json.pointer("/Error/Code")];
    let text = header.or_else(|| places.into_iter().flatten().find_map(|code| code.as_str().map(str::to_owned)));
    let text = text.or_else(|| {
        let body = String::from_utf8_lossy(&answer.body);
        Some(body.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned())
    })?;
    // `namespace#Name:url`, and the names of older services: `AWS.SimpleQueueService.NonExistentQueue`.
    let text = text.split('#').next_back()?.split(':').next()?;
    Some(text.split('.').next_back()?.to_owned())
}

/// The partition that a region lies in.
pub fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
