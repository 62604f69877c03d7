//! Counts what is sent to S3: each attempt is paid for, also one that is repeated.

use super::super::RequestCounts;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Raises a counter with each request.
#[derive(Debug)]
pub(super) struct CountRequests(pub(super) Arc<RequestCounts>);

impl Intercept for CountRequests {
    fn name(&self) -> &'static str {
        "CountRequests"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The SDK says in the query which operation a request is, where S3 tells it by nothing else.
        let is_get = context.request().uri().contains("x-id=GetObject");
        let counter = if is_get { &self.0.gets } else { &self.0.lists };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
