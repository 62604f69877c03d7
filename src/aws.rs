//! What every AWS client of the program shares: credentials, region, endpoint, retries and timeouts.
//!
//! Everything is the standard chain of the AWS SDK (environment, profiles, SSO, web identity, container and instance
//! roles); the options only narrow it. It knows nothing of S3 objects, scans or findings.

pub mod identity;
pub mod rights;
pub mod secrets;
pub mod sign;
pub mod spot;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, Region, SdkConfig};
use aws_sdk_s3::config::ProvideCredentials;
use std::time::Duration;

/// How long a service may be silent where nothing else was asked for.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Asked first for a bucket's region when no region is configured: every partition-wide request works there.
const FALLBACK_REGION: &str = "us-east-1";

const DEFAULT_MAX_ATTEMPTS: u32 = 6;

/// What the user says about AWS; everything left out comes from the standard chain.
#[derive(Debug, Clone, Default)]
pub struct AwsOptions {
    /// Named profile of the shared configuration files.
    pub profile: Option<String>,
    /// Region for the first request; the regions of buckets are found out by themselves.
    pub region: Option<String>,
    /// Endpoint of an S3-compatible service; its buckets are addressed in the path.
    pub endpoint_url: Option<String>,
    /// Sends unsigned requests (public buckets); no credentials are looked for.
    pub anonymous: bool,
    /// How long a service may be silent before a request is given up and retried; [`DEFAULT_TIMEOUT`] if left out.
    pub timeout: Option<Duration>,
}

/// No usable AWS configuration.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The standard chain gave no credentials.
    #[error(
        "no AWS credentials found: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run on a machine \
         with a role, or pass --no-sign-request for public buckets ({0})"
    )]
    NoCredentials(String),
    /// A secret could not be read, or is not text.
    #[error("cannot use the secret {id} of AWS Secrets Manager: {problem}")]
    Secret {
        /// Its ARN or name.
        id: String,
        /// Why not.
        problem: String,
    },
    /// A request could not be signed.
    #[error("cannot sign a request to {service}: {problem}")]
    Signature {
        /// The service.
        service: &'static str,
        /// Why not.
        problem: String,
    },
}

/// The configuration that clients of all services are built from.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// The SDK's own configuration.
    pub sdk: SdkConfig,
    /// Whether its region was configured, and is not merely one to begin with.
    pub has_region: bool,
    /// Whether an endpoint other than that of AWS is used.
    pub endpoint_is_overridden: bool,
}

/// Resolves the standard chain and makes sure that there are credentials, so that a missing login is one clear error
/// instead of one per object.
pub async fn load(options: &AwsOptions) -> Result<AwsSettings, AwsError> {
    let silence = options.timeout.unwrap_or(DEFAULT_TIMEOUT);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(silence.min(Duration::from_secs(10)))
        .read_timeout(silence)
        .operation_attempt_timeout(silence.saturating_mul(2))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::adaptive().with_max_attempts(max_attempts()))
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(silence).build());
    if let Ok(name) = AppName::new(concat!("phinder-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if options.anonymous {
        loader = loader.no_credentials();
    }
    let mut sdk = loader.load().await;
    let has_region = sdk.region().is_some();
    if !has_region {
        sdk = sdk.into_builder().region(Region::new(FALLBACK_REGION)).build();
    }
    if !options.anonymous {
        require_credentials(&sdk).await?;
    }
    let endpoint_is_overridden = sdk.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    Ok(AwsSettings { sdk, has_region, endpoint_is_overridden })
}

async fn require_credentials(sdk: &SdkConfig) -> Result<(), AwsError> {
    let Some(provider) = sdk.credentials_provider() else {
        return Err(AwsError::NoCredentials("no provider is configured".into()));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(AwsError::NoCredentials(error.to_string())),
    }
}

/// The SDK's own variable still counts, although the retry mode is fixed here.
fn max_attempts() -> u32 {
    std::env::var("AWS_MAX_ATTEMPTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|attempts| *attempts > 0)
        .unwrap_or(DEFAULT_MAX_ATTEMPTS)
}
