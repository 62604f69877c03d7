//! Amazon SNS: a message per delivery. The attributes `type`, `severity` and `class` are for filters of subscriptions.

use super::aws::Service;
use super::{Delivered, Delivery, Destination, Failure, Nature, event, told};
use crate::aws::AwsOptions;
use crate::tickets::spec::SnsSpec;
use futures::StreamExt;
use futures::future::LocalBoxFuture;

const VERSION: (&str, &str) = ("Version", "2010-03-31");
/// Longest subject.
const MAX_SUBJECT: usize = 99;

/// A topic.
pub struct Sns {
    service: Service,
    topic_arn: String,
}

impl Sns {
    /// The topic of a specification.
    pub fn new(spec: &SnsSpec, options: &AwsOptions) -> Result<Self, String> {
        let mut parts = spec.topic_arn.split(':').skip(2);
        let (Some("sns"), Some(region)) = (parts.next(), parts.next()) else {
            return Err(format!("{:?} is no ARN of a topic", spec.topic_arn));
        };
        Ok(Self { service: Service::new("sns", "SNS", region, options)?, topic_arn: spec.topic_arn.clone() })
    }

    async fn publish(&self, delivery: &Delivery) -> Delivered {
        let message = event(delivery);
        let body = message.to_string();
        let kind = message["type"].as_str().unwrap_or_default();
        // A subject is printable ASCII; the message says the rest.
        let title = delivery.payload.title.chars().filter(|c| (' '..='~').contains(c));
        let subject: String = format!("phinder: {}", title.collect::<String>()).chars().take(MAX_SUBJECT).collect();
        let mut fields = vec![
            ("Action", "Publish"),
            VERSION,
            ("TopicArn", &self.topic_arn),
            ("Subject", &subject),
            ("Message", &body),
        ];
        let attributes = [
            ("type", kind),
            ("severity", delivery.payload.severity),
            ("class", delivery.payload.class.unwrap_or("several")),
        ];
        let names: Vec<_> = (1..=attributes.len())
            .map(|at| {
                ["Name", "Value.DataType", "Value.StringValue"].map(|end| format!("MessageAttributes.entry.{at}.{end}"))
            })
            .collect();
        for ((name, value), [of_name, of_kind, of_value]) in attributes.iter().zip(&names) {
            fields.extend([(of_name.as_str(), *name), (of_kind, "String"), (of_value, value)]);
        }
        if self.topic_arn.ends_with(".fifo") {
            fields.push(("MessageGroupId", &delivery.payload.fingerprint));
            fields.push(("MessageDeduplicationId", &delivery.id));
        }
        self.service.form(&fields).await.map(|()| told(delivery))
    }
}

impl Destination for Sns {
    fn nature(&self) -> Nature {
        Nature::EVENTS
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let fields = [("Action", "GetTopicAttributes"), VERSION, ("TopicArn", &self.topic_arn)];
            self.service.form(&fields).await?;
            Ok(format!("the topic {} answers", self.topic_arn))
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(futures::stream::iter(deliveries).then(|delivery| self.publish(delivery)).collect())
    }
}
