//! The notice that a Spot instance is about to be interrupted, two minutes ahead, from the instance metadata service (IMDSv2).

use aws_config::imds::client::Client;
use aws_config::imds::client::error::ImdsError;
use std::time::Duration;

const PATH: &str = "/latest/meta-data/spot/instance-action";
/// How often the notice is looked for, as AWS recommends it.
const INTERVAL: Duration = Duration::from_secs(5);
const NOT_FOUND: u16 = 404;

/// Waits until there is a notice: when and how, as JSON. `None` where the metadata service does not answer at all: this is no
/// instance, or it is not allowed to ask. `AWS_EC2_METADATA_SERVICE_ENDPOINT` names another service.
pub async fn interruption_notice() -> Option<String> {
    let client = Client::builder().max_attempts(2).build();
    let mut has_answered = false;
    loop {
        match client.get(PATH).await {
            Ok(notice) => return Some(notice.as_ref().to_owned()),
            Err(ImdsError::ErrorResponse(error)) if error.response().status().as_u16() == NOT_FOUND => {
                has_answered = true;
            }
            Err(error) if has_answered => tracing::debug!(%error, "the metadata service did not answer this time"),
            Err(error) => {
                tracing::debug!(%error, "the metadata service does not answer");
                return None;
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
