//! Signed requests to services of AWS of which one or two calls are needed: not worth building an SDK each.

use super::{AwsError, AwsOptions, load};
use aws_config::Region;
use aws_sdk_s3::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// A service in a region, and who asks.
pub struct Signer {
    credentials: SharedCredentialsProvider,
    service: &'static str,
    region: Region,
    /// Where the service is, without a slash at the end.
    pub endpoint: String,
}

impl Signer {
    /// Finds credentials. `service` is the name that requests are signed for, `variable` the end of the environment variable
    /// that may name another endpoint (`AWS_ENDPOINT_URL_SNS`).
    pub async fn new(
        options: &AwsOptions,
        service: &'static str,
        variable: &str,
        region: &str,
    ) -> Result<Self, AwsError> {
        let own = AwsOptions { endpoint_url: None, anonymous: false, ..options.clone() };
        let settings = load(&own).await?;
        let credentials = settings.sdk.credentials_provider();
        let credentials = credentials.ok_or_else(|| AwsError::NoCredentials("no provider is configured".into()))?;
        let own_endpoint = std::env::var(format!("AWS_ENDPOINT_URL_{variable}")).ok();
        let endpoint = own_endpoint.or_else(|| settings.sdk.endpoint_url().map(str::to_owned));
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = endpoint.unwrap_or_else(|| format!("https://{service}.{region}.{suffix}"));
        Ok(Self {
            credentials,
            service,
            region: Region::new(region.to_owned()),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
        })
    }

    /// The headers that sign a POST request, beside its own.
    pub async fn headers(
        &self,
        url: &str,
        own: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, AwsError> {
        let failed = |problem: String| AwsError::Signature { service: self.service, problem };
        let credentials = self.credentials.provide_credentials().await;
        let identity = credentials.map_err(|error| AwsError::NoCredentials(error.to_string()))?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region.as_ref())
            .name(self.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(error.to_string()))?
            .into();
        let request = SignableRequest::new("POST", url, own.iter().copied(), SignableBody::Bytes(body))
            .map_err(|error| failed(error.to_string()))?;
        let (instructions, _) = sign(request, &parameters).map_err(|error| failed(error.to_string()))?.into_parts();
        let (headers, _) = instructions.into_parts();
        Ok(headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect())
    }
}
