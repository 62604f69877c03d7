//! AWS Security Hub: a finding per problem (ASFF), a hundred of a call. Its id is the fingerprint, so that a repeat changes
//! nothing; what is gone is archived. Security Hub deletes what is not told anew for ninety days.

use super::aws::{Service, partition};
use super::{Delivered, Delivery, Destination, Failure, Nature, Status, told};
use crate::aws::AwsOptions;
use crate::ledger::{ClosedAs, External, Operation};
use crate::outputs::{cut, finding_type, severity_label};
use crate::tickets::payload::moment;
use crate::tickets::render::{plain, sections};
use crate::tickets::spec::SecurityHubSpec;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Findings of a call.
const BATCH: usize = 100;
/// Ids that one filter takes.
const FILTER: usize = 20;
const MAX_ID: usize = 512;
const MAX_TITLE: usize = 256;
const MAX_DESCRIPTION: usize = 1024;

/// A hub.
pub struct SecurityHub {
    service: Service,
    account: String,
    region: String,
}

impl SecurityHub {
    /// The hub of a specification.
    pub fn new(spec: &SecurityHubSpec, options: &AwsOptions) -> Result<Self, String> {
        let service = Service::new("securityhub", "SECURITYHUB", &spec.region, options)?;
        Ok(Self { service, account: spec.account_id.0.clone(), region: spec.region.clone() })
    }

    fn product_arn(&self) -> String {
        let (partition, region, account) = (partition(&self.region), &self.region, &self.account);
        format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default")
    }

    fn finding(&self, delivery: &Delivery) -> Value {
        let payload = &delivery.payload;
        let label = severity_label(payload.worst);
        let first =
            if payload.first_observed_at.is_empty() { moment(delivery.at) } else { payload.first_observed_at.clone() };
        json!({
            "SchemaVersion": "2018-10-08",
            "Id": id(&payload.fingerprint),
            "ProductArn": self.product_arn(),
            "ProductName": "phinder",
            "GeneratorId": "phinder/problem",
            "AwsAccountId": self.account,
            "CreatedAt": first,
            // An update that is not newer is ignored.
            "UpdatedAt": milliseconds(delivery.at),
            "Title": cut(&payload.title, MAX_TITLE),
            "Description": cut(&plain(&sections(payload)[..2]), MAX_DESCRIPTION),
            "RecordState": if delivery.operation == Operation::Close { "ARCHIVED" } else { "ACTIVE" },
            "FindingProviderFields": {
                "Severity": { "Label": label, "Original": payload.severity },
                "Types": [finding_type(payload.class())],
            },
            "ProductFields": {
                "phinder/fingerprint": payload.fingerprint,
                "phinder/findings": payload.findings.to_string(),
                "phinder/records": payload.records.to_string(),
                "phinder/individuals": payload.individuals_text(),
            },
            "Resources": [self.resource(&payload.place)],
        })
    }

    fn resource(&self, place: &str) -> Value {
        let (kind, id) = match place.strip_prefix("s3://") {
            Some(bucket) => ("AwsS3Bucket", format!("arn:{}:s3:::{bucket}", partition(&self.region))),
            None => ("Other", place.to_owned()),
        };
        json!({ "Type": kind, "Id": cut(&id, MAX_ID), "Partition": partition(&self.region), "Region": self.region })
    }

    async fn import(&self, deliveries: &[Delivery]) -> Vec<Delivered> {
        let findings: Vec<_> = deliveries.iter().map(|delivery| self.finding(delivery)).collect();
        let answer = match self.service.rest("/findings/import", &json!({ "Findings": findings })).await {
            Ok(answer) => answer,
            Err(failure) => return deliveries.iter().map(|_| Err(failure.clone())).collect(),
        };
        let failed = answer["FailedFindings"].as_array().map_or(&[][..], Vec::as_slice);
        let failed: HashMap<_, _> = failed.iter().filter_map(|entry| Some((entry["Id"].as_str()?, entry))).collect();
        let result = |delivery: &Delivery| {
            let own = id(&delivery.payload.fingerprint);
            let Some(entry) = failed.get(own.as_str()) else { return Ok(told(delivery)) };
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let said = format!("{}: {}", text("ErrorCode"), text("ErrorMessage"));
            Err(if text("ErrorCode").starts_with("Internal") { Failure::Unknown(said) } else { Failure::Refused(said) })
        };
        deliveries.iter().map(result).collect()
    }

    async fn ask(&self, tickets: &[External]) -> Result<Vec<Status>, Failure> {
        let mut workflows: HashMap<String, String> = HashMap::new();
        for chunk in tickets.chunks(FILTER) {
            let ids: Vec<_> =
                chunk.iter().map(|external| json!({ "Value": id(&external.id), "Comparison": "EQUALS" })).collect();
            let product = json!([{ "Value": self.product_arn(), "Comparison": "EQUALS" }]);
            let body = json!({ "Filters": { "Id": ids, "ProductArn": product }, "MaxResults": 100 });
            let answer = self.service.rest("/findings", &body).await?;
            let Some(findings) = answer["Findings"].as_array() else {
                return Err(Failure::Unknown("the answer has no findings".to_owned()));
            };
            for finding in findings {
                if let Some(id) = finding["Id"].as_str() {
                    let workflow = finding["Workflow"]["Status"].as_str().unwrap_or("NEW");
                    workflows.insert(id.to_owned(), workflow.to_owned());
                }
            }
        }
        let status = |external: &External| match workflows.get(&id(&external.id)).map(String::as_str) {
            None => Status::Missing,
            Some("SUPPRESSED") => Status::Closed(ClosedAs::Accepted, external.clone()),
            Some("RESOLVED") => Status::Closed(ClosedAs::Done, external.clone()),
            Some(_) => Status::Open(external.clone()),
        };
        Ok(tickets.iter().map(status).collect())
    }
}

impl Destination for SecurityHub {
    fn nature(&self) -> Nature {
        Nature {
            batch: BATCH,
            concurrency: 1,
            requests_per_second: 5.0,
            has_status: true,
            refresh_after: Some(Duration::from_secs(30 * 86_400)),
            max_new_per_run: 1000,
            ..Nature::EVENTS
        }
    }

    fn check(&self) -> LocalBoxFuture<'_, Result<String, Failure>> {
        Box::pin(async {
            let nobody = External { id: "0".repeat(32), key: String::new(), url: None };
            self.ask(&[nobody]).await?;
            Ok(format!("Security Hub of {} in {} answers", self.account, self.region))
        })
    }

    fn deliver<'a>(&'a self, deliveries: &'a [Delivery]) -> LocalBoxFuture<'a, Vec<Delivered>> {
        Box::pin(self.import(deliveries))
    }

    fn status<'a>(&'a self, tickets: &'a [External]) -> LocalBoxFuture<'a, Result<Vec<Status>, Failure>> {
        Box::pin(self.ask(tickets))
    }
}

fn id(fingerprint: &str) -> String {
    format!("phinder/problem/{fingerprint}")
}

/// A moment with its milliseconds: two updates within a second are two.
fn milliseconds(at: i64) -> String {
    let second = moment(at);
    format!("{}.{:03}Z", second.trim_end_matches('Z'), at.rem_euclid(1000))
}
