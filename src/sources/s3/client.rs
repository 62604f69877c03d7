//! The connections to S3: one client per region, which region a bucket is in, and the pace of the requests.
//!
//! It knows requests and their failures, not listings or contents. Failures are described by code, status and request
//! id alone, because the messages of S3 name keys.

use super::super::{RequestCounts, SourceOptions};
use super::count::CountRequests;
use crate::aws::AwsSettings;
use crate::model::{ReadError, Reason};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Clients of all regions, sharing credentials and pace.
pub(super) struct S3Clients {
    settings: AwsSettings,
    default_region: String,
    by_region: Mutex<HashMap<String, Client>>,
    bucket_regions: Mutex<HashMap<String, String>>,
    pace: Option<Pace>,
    requests: Arc<RequestCounts>,
}

impl S3Clients {
    pub(super) fn new(settings: AwsSettings, options: &SourceOptions) -> Self {
        let default_region = settings.sdk.region().map(ToString::to_string).unwrap_or_default();
        Self {
            settings,
            default_region,
            by_region: Mutex::default(),
            bucket_regions: Mutex::default(),
            pace: options.max_requests_per_second.filter(|limit| *limit > 0).map(Pace::new),
            requests: options.requests.clone(),
        }
    }

    /// Waits for the next request's turn, then gives the client of the bucket's region (of the default region as long
    /// as the bucket's is not known). A request that the SDK repeats after a failure is paced by its backoff.
    pub(super) async fn for_bucket(&self, bucket: &str) -> Client {
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        let region = self.region_of(bucket);
        let mut clients = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region).or_insert_with_key(|region| self.client(region)).clone()
    }

    /// The same for requests that concern no bucket.
    pub(super) async fn for_account(&self) -> Client {
        self.for_bucket("").await
    }

    /// Remembers where a bucket is, as a listing of buckets tells it.
    pub(super) fn remember_region(&self, bucket: &str, region: &str) {
        let mut regions = self.bucket_regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.insert(bucket.to_owned(), region.to_owned());
    }

    /// Whether the failure says that the bucket is in another region than the one that was asked. It is remembered,
    /// and the request is to be repeated.
    pub(super) fn learns_region<E>(&self, bucket: &str, error: &SdkError<E, HttpResponse>) -> bool {
        // S3 names the region in the headers of a redirect, so that no request is spent on asking for it.
        let region = error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region"));
        match region {
            Some(region) if !region.is_empty() && region != self.region_of(bucket) => {
                self.remember_region(bucket, region);
                true
            }
            _ => false,
        }
    }

    fn region_of(&self, bucket: &str) -> String {
        let regions = self.bucket_regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.get(bucket).unwrap_or(&self.default_region).clone()
    }

    fn client(&self, region: &str) -> Client {
        // Bucket names with dots are addressed in the path by the SDK itself, as their TLS names cannot match.
        let config = aws_sdk_s3::config::Builder::from(&self.settings.sdk)
            .region(Region::new(region.to_owned()))
            .force_path_style(self.settings.endpoint_is_overridden)
            .interceptor(CountRequests(self.requests.clone()));
        Client::from_conf(config.build())
    }
}

/// Lets requests start at even intervals.
struct Pace {
    interval: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    fn new(max_requests_per_second: u32) -> Self {
        Self { interval: Duration::from_secs(1) / max_requests_per_second, next: Mutex::new(Instant::now()) }
    }

    async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + self.interval;
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

/// The coverage reason of a failed request.
pub(super) fn read_error<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> ReadError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or_default();
            let reason = service_reason(status, code, service.err().message().unwrap_or_default());
            let request_id = service.raw().headers().get("x-amz-request-id").unwrap_or("-");
            ReadError::new(reason, format!("{operation}: status {status}, code {code}, request {request_id}"))
        }
        SdkError::TimeoutError(_) => ReadError::new(Reason::TimedOut, format!("{operation}: timed out")),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            ReadError::new(Reason::TimedOut, format!("{operation}: timed out"))
        }
        other => ReadError::new(Reason::Unreadable, format!("{operation}: {}", DisplayErrorContext(other))),
    }
}

fn service_reason(status: u16, code: &str, message: &str) -> Reason {
    let speaks_of = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match (status, code) {
        (_, "InvalidObjectState") => Reason::Archived,
        (_, "NoSuchKey" | "NoSuchVersion" | "NoSuchBucket") | (404, _) => Reason::NotFound,
        (_, "PreconditionFailed") | (412, _) => Reason::Changed,
        (_, code) if code.starts_with("KMS.") => Reason::KmsDenied,
        (_, "AccessDenied") | (403, _) if speaks_of(&["kms:", "KMS"]) => Reason::KmsDenied,
        (_, "AccessDenied" | "AllAccessDisabled" | "AccountProblem") | (401 | 403, _) => Reason::AccessDenied,
        (400, _) if speaks_of(&["Server Side Encryption", "server side encryption", "SSE-C"]) => Reason::CustomerKey,
        (408 | 504, _) | (_, "RequestTimeout") => Reason::TimedOut,
        _ => Reason::Unreadable,
    }
}

/// The coverage reason of a body that broke off.
pub(super) fn body_error(error: &(dyn Error + 'static)) -> (ReadError, BodyFailure) {
    let text = DisplayErrorContext(error).to_string();
    if text.contains("checksum mismatch") {
        return (ReadError::new(Reason::Unreadable, "GetObject body: checksum mismatch"), BodyFailure::WrongBytes);
    }
    let timed_out = ["throughput", "timed out", "timeout"].iter().any(|word| text.contains(word));
    let reason = if timed_out { Reason::TimedOut } else { Reason::Unreadable };
    (ReadError::new(reason, format!("GetObject body: {text}")), BodyFailure::BrokenOff)
}

/// What a failed body means for the bytes that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFailure {
    /// They are good, and reading may go on behind them.
    BrokenOff,
    /// They are not what is stored.
    WrongBytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_service_have_their_reason() {
        for (status, code, message, reason) in [
            (403, "AccessDenied", "Access Denied", Reason::AccessDenied),
            (
                403,
                "AccessDenied",
                "User: arn:aws:sts::1:x is not authorized to perform: kms:Decrypt",
                Reason::KmsDenied,
            ),
            (400, "KMS.DisabledException", "key is disabled", Reason::KmsDenied),
            (404, "NoSuchKey", "", Reason::NotFound),
            (404, "NoSuchVersion", "", Reason::NotFound),
            (412, "PreconditionFailed", "", Reason::Changed),
            (403, "InvalidObjectState", "", Reason::Archived),
            (
                400,
                "InvalidRequest",
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided",
                Reason::CustomerKey,
            ),
            (400, "InvalidArgument", "", Reason::Unreadable),
            (503, "SlowDown", "", Reason::Unreadable),
            (400, "RequestTimeout", "", Reason::TimedOut),
            (403, "InvalidAccessKeyId", "", Reason::AccessDenied),
        ] {
            assert_eq!(service_reason(status, code, message), reason, "{status} {code} {message}");
        }
    }

    #[test]
    fn turns_are_spread_evenly() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(100);
            let start = Instant::now();
            for _ in 0..11 {
                pace.turn().await;
            }
            assert!(start.elapsed() >= Duration::from_millis(100));
        });
    }
}
