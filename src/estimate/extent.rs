//! How much there is to read: objects, bytes by kind and by storage class, requests. Grows with the number of buckets and storage
//! classes, not with the number of objects.

use crate::model::{Coverage, Listed, Object};
use crate::sources::RANGE_BYTES;
use serde::Serialize;
use std::collections::BTreeMap;

/// Objects that one answer of a listing holds at most.
const OBJECTS_PER_PAGE: u64 = 1_000;

/// What an object's name says of its content, as far as speed depends on it. The scan itself goes by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Logs, delimited text, JSON, and everything that no name tells apart.
    Text,
    /// Text that is stored compressed.
    Compressed,
    /// Parquet.
    Parquet,
}

impl Kind {
    /// By the end of a name, whatever its case.
    pub fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".parquet") {
            Self::Parquet
        } else if [".gz", ".gzip", ".zst", ".zstd"].iter().any(|end| name.ends_with(end)) {
            Self::Compressed
        } else {
            Self::Text
        }
    }
}

/// What of a storage class of S3 is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClassExtent {
    /// Objects of the class that are read.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// GetObject requests that it takes; a Parquet object of several ranges takes a few more.
    pub get_requests: u64,
}

/// What a scan would read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Objects that would be read.
    pub objects: u64,
    /// Bytes of them as they are stored.
    pub bytes: u64,
    /// The same by kind.
    pub bytes_by_kind: BTreeMap<Kind, u64>,
    /// Objects that would not be read, by the reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Places that could not be listed: what lies there is in no estimate.
    pub unlisted: u64,
    /// What is read of S3, by storage class.
    pub s3_classes: BTreeMap<String, ClassExtent>,
    /// Objects of S3 that were listed, by bucket: a listing has pages of a thousand.
    #[serde(skip)]
    listed_in_buckets: BTreeMap<String, u64>,
    /// Requests to the key management service, where an inventory tells them.
    pub kms_requests: Option<u64>,
}

impl Extent {
    /// Counts one entry of a listing.
    pub fn add(&mut self, listed: &Listed) {
        match listed {
            Listed::Gap(_, Coverage::Failed(_)) => self.unlisted += 1,
            Listed::Gap(object, coverage) => {
                self.count_listed(object);
                *self.left_out.entry(coverage.reason().map_or("", |reason| reason.code())).or_default() += 1;
            }
            Listed::Object(object) => {
                self.count_listed(object);
                self.count_read(object);
            }
        }
    }

    /// Counts requests for the key of an object that is encrypted with one of the customer's, one for each GetObject.
    pub fn add_kms_requests(&mut self, requests: u64) {
        *self.kms_requests.get_or_insert(0) += requests;
    }

    /// Requests that list everything: one per thousand objects of a bucket.
    pub fn list_requests(&self) -> u64 {
        self.listed_in_buckets.values().map(|objects| objects.div_ceil(OBJECTS_PER_PAGE)).sum()
    }

    /// Requests that read everything.
    pub fn get_requests(&self) -> u64 {
        self.s3_classes.values().map(|class| class.get_requests).sum()
    }

    /// Bytes that come over the network.
    pub fn s3_bytes(&self) -> u64 {
        self.s3_classes.values().map(|class| class.bytes).sum()
    }

    fn count_listed(&mut self, object: &Object) {
        let Some((bucket, _)) = object.location.as_str().strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
        else {
            return;
        };
        match self.listed_in_buckets.get_mut(bucket) {
            Some(objects) => *objects += 1,
            None => {
                self.listed_in_buckets.insert(bucket.to_owned(), 1);
            }
        }
    }

    fn count_read(&mut self, object: &Object) {
        self.objects += 1;
        // Every listing of files and of S3 tells sizes; a plan is made for nothing else.
        let bytes = object.size_bytes.unwrap_or(0);
        self.bytes += bytes;
        *self.bytes_by_kind.entry(Kind::of_name(object.location.name())).or_default() += bytes;
        if object.location.scheme() == "s3" {
            let name = object.storage_class.as_deref().unwrap_or("STANDARD");
            let class = self.s3_classes.entry(name.to_owned()).or_default();
            class.objects += 1;
            class.bytes += bytes;
            class.get_requests += get_requests(bytes);
        }
    }
}

/// GetObject requests for so many bytes: ranges of 8 MiB, none where there is nothing.
pub(super) fn get_requests(bytes: u64) -> u64 {
    bytes.div_ceil(RANGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Location, Reason};

    fn object(key: &str, bytes: u64, class: Option<&str>) -> Object {
        let mut object = Object::at(Location::s3("b", key));
        object.size_bytes = Some(bytes);
        object.storage_class = class.map(str::to_owned);
        object
    }

    #[test]
    fn objects_are_counted_by_kind_and_class() {
        let mut extent = Extent::default();
        extent.add(&Listed::Object(object("a.log", 10, None)));
        extent.add(&Listed::Object(object("b.LOG.GZ", RANGE_BYTES + 1, Some("STANDARD_IA"))));
        extent.add(&Listed::Object(object("c.parquet", 5, None)));
        extent.add(&Listed::Object(object("empty", 0, None)));
        extent.add(&Listed::Gap(object("d", 7, None), Coverage::Skipped(Reason::Excluded)));
        extent
            .add(&Listed::Gap(Object::at(Location::from_uri("s3://closed/")), Coverage::Failed(Reason::AccessDenied)));
        assert_eq!((extent.objects, extent.bytes, extent.unlisted), (4, RANGE_BYTES + 16, 1));
        let by_kind = [(Kind::Text, 10), (Kind::Compressed, RANGE_BYTES + 1), (Kind::Parquet, 5)];
        assert_eq!(extent.bytes_by_kind, BTreeMap::from(by_kind));
        assert_eq!(extent.left_out, BTreeMap::from([("excluded", 1)]));
        assert_eq!((extent.list_requests(), extent.get_requests()), (1, 4));
        assert_eq!(
            extent.s3_classes["STANDARD_IA"],
            ClassExtent { objects: 1, bytes: RANGE_BYTES + 1, get_requests: 2 }
        );
    }

    #[test]
    fn files_take_no_requests() {
        let mut extent = Extent::default();
        let mut file = Object::at(Location::from_uri("file:///a.csv"));
        file.size_bytes = Some(1);
        extent.add(&Listed::Object(file));
        assert_eq!((extent.objects, extent.bytes), (1, 1));
        assert_eq!((extent.list_requests(), extent.get_requests(), extent.s3_bytes()), (0, 0, 0));
    }

    #[test]
    fn pages_are_those_of_each_bucket() {
        let mut extent = Extent::default();
        for (bucket, objects) in [("a", 1_000), ("b", 1_001)] {
            for key in 0..objects {
                extent.add(&Listed::Object(Object::at(Location::s3(bucket, &key.to_string()))));
            }
        }
        assert_eq!(extent.list_requests(), 3);
    }
}
