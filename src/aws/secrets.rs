//! A secret of AWS Secrets Manager, read once. Its value is in no error and no log.

use super::{AwsError, AwsOptions, load};
use aws_config::Region;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{DisplayErrorContext, ProvideErrorMetadata};

/// The text of a secret, by its ARN or its name. A secret of key and value pairs gives that of `key`.
///
/// The region is that of the ARN, else the configured one. An endpoint of an S3-compatible service has no say here:
/// `AWS_ENDPOINT_URL_SECRETS_MANAGER` and `AWS_ENDPOINT_URL` have.
pub async fn secret(id: &str, options: &AwsOptions) -> Result<String, AwsError> {
    let text = text(id, options).await?;
    if !text.starts_with('{') {
        return Ok(text);
    }
    let pairs = pairs(id, &text)?;
    let key = pairs.get("key").and_then(serde_json::Value::as_str);
    key.map(|key| key.trim().to_owned()).ok_or_else(|| failed(id, "it has no text under `key`".to_owned()))
}

/// `username`, where there is one, and `password` of a secret as databases of RDS have them; a secret that is no JSON is
/// the password itself.
pub async fn login(id: &str, options: &AwsOptions) -> Result<(Option<String>, String), AwsError> {
    let text = text(id, options).await?;
    if !text.starts_with('{') {
        return Ok((None, text));
    }
    let pairs = pairs(id, &text)?;
    let value = |name: &str| pairs.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let password = value("password").ok_or_else(|| failed(id, "it has no text under `password`".to_owned()))?;
    Ok((value("username"), password))
}

async fn text(id: &str, options: &AwsOptions) -> Result<String, AwsError> {
    let region = id.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)).map(str::to_owned);
    let own = AwsOptions { endpoint_url: None, anonymous: false, ..options.clone() };
    let settings = load(&own).await?;
    let mut config = aws_sdk_secretsmanager::config::Builder::from(&settings.sdk);
    if let Some(region) = region.filter(|region| !region.is_empty()) {
        config = config.region(Region::new(region));
    }
    let client = Client::from_conf(config.build());
    let answer = client.get_secret_value().secret_id(id).send().await.map_err(|error| {
        // The code says enough; a failure without one never came to the service.
        failed(id, error.code().map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned))
    })?;
    let text = answer.secret_string().ok_or_else(|| failed(id, "it holds bytes, not text".to_owned()))?;
    Ok(text.trim().to_owned())
}

fn pairs(id: &str, text: &str) -> Result<serde_json::Value, AwsError> {
    serde_json::from_str(text).map_err(|_| failed(id, "it is no JSON".to_owned()))
}

fn failed(id: &str, problem: String) -> AwsError {
    AwsError::Secret { id: id.to_owned(), problem }
}
