//! What a destination must be allowed in AWS.

use super::secret::SecretPlace;
use super::spec::{DestinationSpec, System};
use crate::aws::rights::{EVENTBRIDGE, Need, SECURITY_HUB, SNS, SQS};

/// The features that a destination uses; none where neither it nor its secret is in AWS.
pub fn needs(destination: &DestinationSpec) -> Vec<Need> {
    let secret = match &destination.system {
        System::JiraCloud(spec) | System::JiraDataCenter(spec) => Some(&spec.token),
        System::ServiceNow(spec) => Some(&spec.password),
        System::GitHub(spec) => Some(&spec.token),
        System::PagerDuty(spec) => Some(&spec.routing_key),
        System::Slack(spec) => Some(&spec.url),
        System::Webhook(spec) => Some(&spec.secret),
        System::SecurityHub(_) | System::EventBridge(_) | System::Sns(_) | System::Sqs(_) => None,
    };
    let service = match &destination.system {
        System::SecurityHub(spec) => {
            Some(Need::of(&SECURITY_HUB).with("region", &spec.region).with("account", &spec.account_id.0))
        }
        System::EventBridge(spec) => Some(Need::of(&EVENTBRIDGE).with("bus_arn", bus(&spec.bus, &spec.region))),
        System::Sns(spec) => Some(Need::of(&SNS).with("topic_arn", &spec.topic_arn)),
        System::Sqs(spec) => {
            Some(Need::of(&SQS).with("queue_arn", queue(spec.queue_url.endpoint().as_str(), &spec.region)))
        }
        _ => None,
    };
    let secret = secret.and_then(|place| match place {
        SecretPlace::Secret(id) => Some(Need::secret(id)),
        SecretPlace::Env(_) | SecretPlace::File(_) => None,
    });
    service.into_iter().chain(secret).collect()
}

fn bus(bus: &str, region: &str) -> String {
    if bus.starts_with("arn:") {
        return bus.to_owned();
    }
    format!("arn:${{partition}}:events:{region}:${{account}}:event-bus/{bus}")
}

/// The ARN of a queue, which stands in its URL: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`.
fn queue(url: &str, region: &str) -> String {
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("arn:${{partition}}:sqs:{region}:{account}:{name}")
}
