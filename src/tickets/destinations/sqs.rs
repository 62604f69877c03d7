//! Amazon SQS: a message per delivery, ten of a call.
//!
//! A queue whose name ends in `.fifo` keeps the order per problem, and drops a repeat within five minutes by itself; whoever
//! reads recognises later ones by `id`.

use super::aws::Service;
use super::{Delivered, Delivery, Destination, Failure, Nature, event, told};
use crate::aws::AwsOptions;
use crate::tickets::spec::SqsSpec;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};

const TARGET: &str = "AmazonSQS";
const VERSION: &str = "1.0";
/// Messages of a call.
const BATCH: usize = 10;

/// A queue.
pub struct Sqs {
    service: Service,
    queue_url: String,
    is_fifo: bool,
}

impl Sqs {
    /// The queue of a specification.
    pub fn new(spec: &SqsSpec, options: &AwsOptions) -> Result<Self, String> {
        let queue_url = spec.queue_url.endpoint().to_string();
        let is_fifo = queue_url.ends_with(".fifo");
        Ok(Self { service: Service::new("sqs", "SQS", &spec.region, options)?, queue_url, is_fifo })
    }

    async fn send(&self, deliveries: &[Delivery]) -> Vec<Delivered> {
        let entries: Vec<_> = deliveries.iter().enumerate().map(|(at, delivery)| self.entry(at, delivery)).collect();
        let body = json!({ "QueueUrl": self.queue_url, "Entries": entries });
        let answer = self.service.json(VERSION, &format!("{TARGET}.SendMessageBatch"), &body).await;
        answered(deliveries, &answer)
    }

    fn entry(&self, at: usize, delivery: &Delivery) -> Value {
        let mut entry = json!({ "Id": at.to_string(), "MessageBody": event(delivery).to_string() });
        if self.is_fifo {
            entry["MessageGroupId"] = json!(delivery.payload.fingerprint);
            entry["MessageDeduplicationId"] = json!(delivery.id);
        }
        entry
    }
}

impl Destination for Sqs {
    fn nature(&self) -> Nature {
        Nature { batch: BATCH, ..Nature::EVENTS }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let body = json!({ "QueueUrl": self.queue_url, "AttributeNames": ["QueueArn"] });
            let answer = self.service.json(VERSION, &format!("{TARGET}.GetQueueAttributes"), &body).await?;
            let arn = answer.pointer("/Attributes/QueueArn").and_then(Value::as_str).unwrap_or(&self.queue_url);
            Ok(format!("the queue {arn} answers"))
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(self.send(deliveries))
    }
}

/// The answer to a batch names those that failed by their place.
pub(super) fn answered(deliveries: &[Delivery], answer: &Result<Value, Failure>) -> Vec<Delivered> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return deliveries.iter().map(|_| Err(failure.clone())).collect(),
    };
    let failed = answer.get("Failed").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of_place = |at: usize| failed.iter().find(|entry| entry["Id"].as_str() == Some(&at.to_string()));
    let result = |(at, delivery): (usize, &Delivery)| match of_place(at) {
        None => Ok(told(delivery)),
        Some(entry) => {
            let said =
                format!("{}: {}", entry["Code"].as_str().unwrap_or("failed"), entry["Message"].as_str().unwrap_or(""));
            let is_ours = entry["SenderFault"].as_bool().unwrap_or(false);
            Err(if is_ours { Failure::Refused(said) } else { Failure::Unknown(said) })
        }
    };
    deliveries.iter().enumerate().map(result).collect()
}
