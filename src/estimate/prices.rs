//! List prices and instances: one small table, written from general knowledge and not compared with the price lists, which
//! change. What a company pays may be less.
//!
//! To compare with: <https://aws.amazon.com/s3/pricing/>, <https://aws.amazon.com/kms/pricing/>,
//! <https://aws.amazon.com/ec2/pricing/on-demand/>; bandwidth: the tables of "Amazon EC2 instance network bandwidth" and of the
//! instance types in the EC2 documentation.

/// The region that the prices are of.
pub const PRICES_REGION: &str = "us-east-1";

/// Dollars for a thousand ListObjectsV2 or ListObjectVersions requests.
pub(super) const LIST_THOUSAND: f64 = 0.005;
/// Dollars for ten thousand requests to KMS.
pub(super) const KMS_TEN_THOUSAND: f64 = 0.03;

/// What reading a storage class costs.
pub(super) struct ClassPrice {
    /// Dollars for a thousand GetObject requests.
    pub(super) get_thousand: f64,
    /// Dollars for a GB (2^30 bytes) that is retrieved.
    pub(super) retrieval_gib: f64,
}

/// The price of a storage class as S3 names it; of an unknown one, that of STANDARD.
pub(super) fn class(name: &str) -> ClassPrice {
    let (get_thousand, retrieval_gib) = match name {
        "STANDARD_IA" | "ONEZONE_IA" => (0.001, 0.01),
        "GLACIER_IR" => (0.01, 0.03),
        _ => (0.0004, 0.0),
    };
    ClassPrice { get_thousand, retrieval_gib }
}

/// A type of EC2 instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instance {
    /// Its name.
    pub name: &'static str,
    /// Its virtual processors, each a core on Graviton.
    pub cores: u32,
    /// Dollars for an hour, Linux, on demand.
    pub dollars_per_hour: f64,
    /// Bandwidth that lasts, in Gbit/s; "up to" more comes in bursts.
    pub network_gigabits: f64,
}

/// The instances that an estimate can be made for. Those with `n` have the network that their cores can use.
pub const INSTANCES: &[Instance] = &[
    Instance { name: "c7g.large", cores: 2, dollars_per_hour: 0.0725, network_gigabits: 0.937 },
    Instance { name: "c7g.xlarge", cores: 4, dollars_per_hour: 0.145, network_gigabits: 1.876 },
    Instance { name: "c7g.2xlarge", cores: 8, dollars_per_hour: 0.29, network_gigabits: 3.75 },
    Instance { name: "c7g.4xlarge", cores: 16, dollars_per_hour: 0.58, network_gigabits: 7.5 },
    Instance { name: "c7gn.large", cores: 2, dollars_per_hour: 0.1248, network_gigabits: 6.25 },
    Instance { name: "c7gn.xlarge", cores: 4, dollars_per_hour: 0.2496, network_gigabits: 12.5 },
    Instance { name: "c7gn.2xlarge", cores: 8, dollars_per_hour: 0.4992, network_gigabits: 25.0 },
];
