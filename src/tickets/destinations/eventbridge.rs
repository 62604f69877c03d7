//! Amazon EventBridge: an event per delivery, ten of a call. The source is `phinder`, the detail the event of a webhook.

use super::aws::Service;
use super::{Delivered, Delivery, Destination, Failure, Nature, event, told};
use crate::aws::AwsOptions;
use crate::tickets::spec::EventBridgeSpec;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};

const VERSION: &str = "1.1";
/// Entries of a call.
const BATCH: usize = 10;

/// A bus.
pub struct EventBridge {
    service: Service,
    bus: String,
}

impl EventBridge {
    /// The bus of a specification.
    pub fn new(spec: &EventBridgeSpec, options: &AwsOptions) -> Result<Self, String> {
        Ok(Self { service: Service::new("events", "EVENTBRIDGE", &spec.region, options)?, bus: spec.bus.clone() })
    }

    async fn put(&self, deliveries: &[Delivery]) -> Vec<Delivered> {
        let entry = |delivery: &Delivery| {
            let event = event(delivery);
            json!({
                "Source": "phinder",
                "DetailType": event["type"],
                "Detail": event.to_string(),
                "EventBusName": self.bus,
                "Time": delivery.at / 1000,
            })
        };
        let body = json!({ "Entries": deliveries.iter().map(entry).collect::<Vec<_>>() });
        let answer = match self.service.json(VERSION, "AWSEvents.PutEvents", &body).await {
            Ok(answer) => answer,
            Err(failure) => return deliveries.iter().map(|_| Err(failure.clone())).collect(),
        };
        // The entries of the answer stand in the order of the request; each was taken, or has a code.
        let result = |(at, delivery): (usize, &Delivery)| match answer.pointer(&format!("/Entries/{at}")) {
            None => Err(Failure::Unknown("the answer says nothing of it".to_owned())),
            Some(entry) => match entry.get("ErrorCode").and_then(Value::as_str) {
                None => Ok(told(delivery)),
                Some("ThrottlingException") => {
                    Err(Failure::Busy { wait: None, said: "ThrottlingException".to_owned() })
                }
                Some("InternalFailure" | "InternalException") => Err(Failure::Unknown("InternalFailure".to_owned())),
                Some(code) => Err(Failure::Refused(code.to_owned())),
            },
        };
        deliveries.iter().enumerate().map(result).collect()
    }
}

impl Destination for EventBridge {
    fn nature(&self) -> Nature {
        Nature { batch: BATCH, ..Nature::EVENTS }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let answer = self.service.json(VERSION, "AWSEvents.DescribeEventBus", &json!({ "Name": self.bus })).await?;
            Ok(format!("the bus {} answers", answer["Arn"].as_str().unwrap_or(&self.bus)))
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(self.put(deliveries))
    }
}
