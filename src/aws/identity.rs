//! Who the caller is to AWS, and how far this machine's clock is from that of AWS. Nobody needs a right for it.

use super::{AwsError, AwsOptions, load};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::{BoxError, DisplayErrorContext, ProvideErrorMetadata};
use std::sync::{Arc, OnceLock};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// A caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The ARN of the user or the role.
    pub arn: String,
    /// Seconds by which the clock here is ahead; `None` where the answer has no date.
    pub ahead_seconds: Option<i64>,
}

/// Asks AWS STS.
pub async fn caller(options: &AwsOptions) -> Result<Caller, AwsError> {
    let own = AwsOptions { endpoint_url: None, anonymous: false, ..options.clone() };
    let settings = load(&own).await?;
    let ahead = Arc::new(OnceLock::new());
    let config = aws_sdk_sts::config::Builder::from(&settings.sdk).interceptor(CompareClocks(ahead.clone()));
    let answer = Client::from_conf(config.build()).get_caller_identity().send().await.map_err(|error| {
        let said = error.code().map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned);
        AwsError::NoCredentials(said)
    })?;
    let arn = answer.arn().unwrap_or("unknown").to_owned();
    Ok(Caller { arn, ahead_seconds: ahead.get().copied() })
}

/// Compares the date of the first answer with the clock here.
#[derive(Debug)]
struct CompareClocks(Arc<OnceLock<i64>>);

impl Intercept for CompareClocks {
    fn name(&self) -> &'static str {
        "CompareClocks"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(Ok(date)) = date.map(|date| OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822)) {
            // Only the first answer counts; a later one is of a request that was repeated.
            self.0.get_or_init(|| (OffsetDateTime::now_utc() - date).whole_seconds());
        }
        Ok(())
    }
}
