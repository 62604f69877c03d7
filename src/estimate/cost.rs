//! From what there is to read to hours and dollars, by measured rates and list prices.

use super::prices::{self, Instance};
use super::{Extent, Kind};
use serde::Serialize;
use std::time::Duration;

/// MB (10^6 bytes as stored) that one core examines in a second, where nothing else is said. Figures of
/// `docs/performance.md`: text is a CSV full of identifiers, the slowest of the text formats.
const TEXT_MEGABYTES_PER_SECOND: f64 = 246.0;
const PARQUET_MEGABYTES_PER_SECOND: f64 = 116.0;
/// Bytes of a log that `gzip -6` stores in one: a compressed byte stands for so many.
const EXPANSION: f64 = 4.5;

/// On what a scan would run, and how fast.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    /// The instance.
    pub instance: Instance,
    /// Cores of it that scan.
    pub cores: u32,
    /// MB of stored bytes that a core examines in a second, whatever they are; measured figures by kind if left out.
    pub megabytes_per_second: Option<f64>,
}

impl Assumptions {
    /// MB of stored bytes of a kind that one core examines in a second.
    pub fn rate(&self, kind: Kind) -> f64 {
        self.megabytes_per_second.unwrap_or(match kind {
            Kind::Text => TEXT_MEGABYTES_PER_SECOND,
            Kind::Compressed => TEXT_MEGABYTES_PER_SECOND / EXPANSION,
            Kind::Parquet => PARQUET_MEGABYTES_PER_SECOND,
        })
    }
}

/// Hours that a scan takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Time {
    /// From start to end: the longer one of the two below.
    pub hours: f64,
    /// What the cores need, all of them busy.
    pub processor_hours: f64,
    /// What the network needs at the bandwidth that lasts.
    pub network_hours: f64,
}

/// Dollars that a scan costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dollars {
    /// Everything below.
    pub total: f64,
    /// Requests that list.
    pub list_requests: f64,
    /// Requests that read.
    pub get_requests: f64,
    /// Retrieval from storage classes that charge for it.
    pub retrieval: f64,
    /// Requests to KMS, where an inventory tells them.
    pub kms_requests: f64,
    /// The instance.
    pub instance: f64,
}

/// Time and money of a scan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Hours.
    pub time: Time,
    /// Dollars.
    pub dollars: Dollars,
}

impl Estimate {
    /// What reading `extent` takes.
    pub fn new(extent: &Extent, assumptions: &Assumptions) -> Self {
        let core_seconds: f64 =
            extent.bytes_by_kind.iter().map(|(kind, bytes)| *bytes as f64 / 1e6 / assumptions.rate(*kind)).sum();
        let processor_hours = core_seconds / f64::from(assumptions.cores) / 3600.0;
        let network_hours = extent.s3_bytes() as f64 * 8.0 / 1e9 / assumptions.instance.network_gigabits / 3600.0;
        let hours = processor_hours.max(network_hours);
        let mut dollars = Dollars {
            total: 0.0,
            list_requests: extent.list_requests() as f64 / 1e3 * prices::LIST_THOUSAND,
            get_requests: 0.0,
            retrieval: 0.0,
            kms_requests: extent.kms_requests.unwrap_or(0) as f64 / 1e4 * prices::KMS_TEN_THOUSAND,
            instance: hours * assumptions.instance.dollars_per_hour,
        };
        for (name, class) in &extent.s3_classes {
            let price = prices::class(name);
            dollars.get_requests += class.get_requests as f64 / 1e3 * price.get_thousand;
            dollars.retrieval += class.bytes as f64 / f64::from(1 << 30) * price.retrieval_gib;
        }
        dollars.total =
            dollars.list_requests + dollars.get_requests + dollars.retrieval + dollars.kms_requests + dollars.instance;
        Self { time: Time { hours, processor_hours, network_hours }, dollars }
    }
}

/// Dollars for requests to S3 that list and that read, at the prices of the class STANDARD, and for the time of a machine.
/// What other classes, KMS and traffic cost is not in it.
pub fn dollars_spent((lists, gets): (u64, u64), elapsed: Duration, dollars_per_hour: f64) -> f64 {
    lists as f64 / 1e3 * prices::LIST_THOUSAND
        + gets as f64 / 1e3 * prices::class("STANDARD").get_thousand
        + elapsed.as_secs_f64() / 3600.0 * dollars_per_hour
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Listed, Location, Object};

    const INSTANCE: Instance = Instance { name: "test", cores: 2, dollars_per_hour: 3.0, network_gigabits: 0.8 };

    fn extent(objects: &[(&str, u64, &str)]) -> Extent {
        let mut extent = Extent::default();
        for (key, bytes, class) in objects {
            let mut object = Object::at(Location::s3("b", key));
            object.size_bytes = Some(*bytes);
            object.storage_class = Some((*class).to_owned());
            extent.add(&Listed::Object(object));
        }
        extent
    }

    fn assumptions(cores: u32, megabytes_per_second: Option<f64>) -> Assumptions {
        Assumptions { instance: INSTANCE, cores, megabytes_per_second }
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9 * right.abs().max(1e-3)
    }

    #[test]
    fn what_was_spent_is_requests_and_time() {
        let spent = dollars_spent((1_000, 10_000), Duration::from_secs(1_800), 0.2);
        assert!((spent - (0.005 + 0.004 + 0.1)).abs() < 1e-9, "{spent}");
    }

    #[test]
    fn the_slower_of_cores_and_network_tells_the_time() {
        // 720 GB at 2 x 10 MB/s are 10 hours; at 0.8 Gbit/s, which are 100 MB/s, two.
        let extent = extent(&[("a.log", 720_000_000_000, "STANDARD")]);
        let slow = Estimate::new(&extent, &assumptions(2, Some(10.0)));
        assert!(near(slow.time.processor_hours, 10.0) && near(slow.time.network_hours, 2.0));
        assert!(near(slow.time.hours, 10.0) && near(slow.dollars.instance, 30.0));
        let fast = Estimate::new(&extent, &assumptions(2, Some(1_000.0)));
        assert!(near(fast.time.hours, 2.0) && near(fast.dollars.instance, 6.0));
    }

    #[test]
    fn a_kind_has_its_own_rate() {
        let hours =
            |name| Estimate::new(&extent(&[(name, 1 << 30, "STANDARD")]), &assumptions(1, None)).time.processor_hours;
        assert!(near(hours("a.gz") / hours("a.log"), EXPANSION));
        assert!(hours("a.parquet") > hours("a.log"));
    }

    #[test]
    fn requests_and_retrieval_cost_what_their_class_costs() {
        let extent = extent(&[("a", 8 << 30, "STANDARD_IA"), ("b", 1, "GLACIER_IR"), ("c", 1, "STANDARD")]);
        let Dollars { total, list_requests, get_requests, retrieval, kms_requests, instance } =
            Estimate::new(&extent, &assumptions(2, None)).dollars;
        assert!(near(get_requests, 1024.0 * 0.001 / 1e3 + 0.01 / 1e3 + 0.0004 / 1e3));
        assert!(near(retrieval, 8.0 * 0.01 + 0.03 / f64::from(1 << 30)));
        assert!(near(list_requests, 0.005 / 1e3) && kms_requests == 0.0);
        assert!(near(total, list_requests + get_requests + retrieval + instance));
    }
}
