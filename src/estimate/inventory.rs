//! Reports of S3 Inventory: a manifest that names files of CSV or Parquet, each with one object a record. They are read like
//! any other content, in memory that does not grow with their number.

use super::EstimateError;
use super::extent::{Extent, get_requests};
use crate::decoders::{self, Decoder};
use crate::model::{Batch, Column, Content, Listed, Location, Object, ReadError, Reason, Records, SourceContent};
use crate::sources::{self, Selection, SourceOptions};
use crate::unpack;
use futures::StreamExt;
use serde::Deserialize;
use std::path::Path;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;

/// Largest manifest: each of its files is named in about 150 bytes.
const MAX_MANIFEST_BYTES: usize = 64 << 20;

/// What is read of a manifest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    /// `arn:aws:s3:::bucket`, or the name alone in old reports.
    destination_bucket: String,
    /// `CSV`, `Parquet` or `ORC`.
    file_format: String,
    /// The columns of CSV, `Bucket, Key, Size, ...`; a message type of Parquet.
    file_schema: String,
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    key: String,
}

/// The columns that are asked for, as Parquet and, without `_` and whatever their case, CSV name them.
#[derive(Debug, Clone, Copy)]
enum Field {
    Bucket,
    Key,
    Size,
    Modified,
    StorageClass,
    IsLatest,
    IsDeleteMarker,
    Encryption,
    BucketKey,
}

const FIELDS: [(Field, &str); 9] = [
    (Field::Bucket, "bucket"),
    (Field::Key, "key"),
    (Field::Size, "size"),
    (Field::Modified, "lastmodifieddate"),
    (Field::StorageClass, "storageclass"),
    (Field::IsLatest, "islatest"),
    (Field::IsDeleteMarker, "isdeletemarker"),
    (Field::Encryption, "encryptionstatus"),
    (Field::BucketKey, "bucketkeystatus"),
];

fn canonical(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Reads the report behind a manifest.
pub(super) fn read(runtime: &Runtime, manifest: &str, options: &SourceOptions) -> Result<Extent, EstimateError> {
    let reader = Reader {
        runtime,
        selection: Selection::new(options)?,
        versions: options.versions,
        // What is selected is objects of the report, not its files.
        access: SourceOptions {
            aws: options.aws.clone(),
            requester_pays: options.requester_pays,
            max_requests_per_second: options.max_requests_per_second,
            ..SourceOptions::default()
        },
    };
    let (location, content) = reader.open(manifest)?;
    let bytes = whole(content).map_err(|source| EstimateError::Read { location: location.clone(), source })?;
    let wrong = |problem: String| EstimateError::Manifest { location: location.clone(), problem };
    let described: Manifest = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    // The columns of CSV, in their order; those of Parquet stand in its files.
    let columns: Option<Vec<String>> = match described.file_format.as_str() {
        "CSV" => Some(described.file_schema.split(',').map(canonical).collect()),
        "Parquet" => None,
        other => return Err(wrong(format!("its files are {other}; choose CSV or Parquet for the inventory"))),
    };
    let mut extent = Extent::default();
    for file in &described.files {
        reader.read_file(&file_target(manifest, &described, file), columns.as_deref(), &mut extent)?;
    }
    Ok(extent)
}

/// Where a file of the report lies: in the bucket that the manifest names; in `../data` beside the folder of a manifest that was
/// copied with its files.
fn file_target(manifest: &str, described: &Manifest, file: &File) -> String {
    if manifest.starts_with("s3://") {
        let bucket = described.destination_bucket.rsplit(':').next().unwrap_or_default();
        return Location::s3(bucket, &file.key).as_str().to_owned();
    }
    let name = file.key.rsplit('/').next().unwrap_or_default();
    let folder = Path::new(manifest).parent().unwrap_or(Path::new(""));
    folder.join("../data").join(name).display().to_string()
}

struct Reader<'a> {
    runtime: &'a Runtime,
    selection: Selection,
    versions: bool,
    access: SourceOptions,
}

impl Reader<'_> {
    /// Opens the one object that `target` names, and no other that begins like it.
    fn open(&self, target: &str) -> Result<(Location, Content), EstimateError> {
        let source = self.runtime.block_on(sources::open(target, &self.access))?;
        let mut listing = source.list();
        while let Some(listed) = self.runtime.block_on(listing.next()) {
            let (object, failure) = match listed {
                Listed::Object(object) => (object, None),
                Listed::Gap(object, coverage) => (object, coverage.reason()),
            };
            let read_error = |source| EstimateError::Read { location: object.location.clone(), source };
            if let Some(reason) = failure {
                return Err(read_error(ReadError::new(reason, reason.explanation())));
            }
            if object.location.scheme() == "s3" && object.location.as_str() != target {
                continue;
            }
            return match self.runtime.block_on(source.open(&object)).map_err(read_error)? {
                SourceContent::Bytes(content) => Ok((object.location, content)),
                SourceContent::Rows(_) => Err(EstimateError::Missing(target.to_owned())),
            };
        }
        Err(EstimateError::Missing(target.to_owned()))
    }

    fn read_file(&self, target: &str, csv: Option<&[String]>, extent: &mut Extent) -> Result<(), EstimateError> {
        let (location, content) = self.open(target)?;
        let unpack_limits = unpack::Limits::default();
        let limits = decoders::Limits { with_booleans: true, ..decoders::Limits::default() };
        let decoded = unpack::open(content, &unpack_limits).and_then(|unpacked| match csv {
            Some(columns) => Ok(decoders::open_as_table(unpacked.content, columns.len(), &limits)),
            None => decoders::open(unpacked.content, location.name(), &limits),
        });
        let read_error = |source| EstimateError::Read { location: location.clone(), source };
        let mut decoder = decoded.map_err(read_error)?;
        let parts = decoder.parts();
        let decoders = if parts.is_empty() { vec![decoder] } else { parts };
        for mut decoder in decoders {
            self.read_part(&mut *decoder, csv, &location, extent)?;
        }
        Ok(())
    }

    fn read_part(
        &self,
        decoder: &mut dyn Decoder,
        csv: Option<&[String]>,
        location: &Location,
        extent: &mut Extent,
    ) -> Result<(), EstimateError> {
        let read_error = |source| EstimateError::Read { location: location.clone(), source };
        let mut batch = Batch::default();
        while decoder.next_batch(&mut batch).map_err(read_error)? {
            let table = Table::new(&batch, csv);
            for record in 0..batch.record_count as usize {
                self.add(&table, record, extent).map_err(|problem| {
                    let record = batch.first_record + record as u64 + 1;
                    EstimateError::Record { location: location.clone(), record, problem }
                })?;
            }
        }
        match decoder.shortfall() {
            Some(reason) => Err(read_error(ReadError::new(reason, reason.explanation()))),
            None => Ok(()),
        }
    }

    /// Counts one record; the error says what is wrong with it.
    fn add(&self, table: &Table, record: usize, extent: &mut Extent) -> Result<(), &'static str> {
        let is = |field, value| table.text(field, record) == Some(value);
        // Delete markers are no objects, and versions are counted where they would be read.
        if is(Field::IsDeleteMarker, "true") || (is(Field::IsLatest, "false") && !self.versions) {
            return Ok(());
        }
        let bucket = table.text(Field::Bucket, record).ok_or("has no bucket")?;
        let key = table.text(Field::Key, record).ok_or("has no key")?;
        let key = sources::decoded_s3_key(key.to_owned(), table.has_encoded_keys);
        let mut object = Object::at(Location::s3(bucket, &key));
        let size = table.text(Field::Size, record).ok_or("has no size; add the field to the inventory")?;
        let size_bytes = size.parse().map_err(|_| "has a size that is no number")?;
        object.size_bytes = Some(size_bytes);
        object.storage_class = table.text(Field::StorageClass, record).map(str::to_owned);
        object.modified = table.text(Field::Modified, record).and_then(moment);
        // A report does not tell what is restored for now, so an archive counts as one.
        let listed = sources::judged_s3_object(&self.selection, object, &key, false);
        if let (Listed::Object(_), Some(status)) = (&listed, table.text(Field::Encryption, record)) {
            // A key of the bucket spares nearly all of them.
            let asks_kms = matches!(status, "SSE-KMS" | "DSSE-KMS") && !is(Field::BucketKey, "ENABLED");
            extent.add_kms_requests(if asks_kms { get_requests(size_bytes) } else { 0 });
        }
        extent.add(&listed);
        Ok(())
    }
}

/// The columns of a batch that are asked for, by record.
struct Table<'a> {
    columns: [Vec<Option<&'a [u8]>>; FIELDS.len()],
    /// In CSV keys are encoded as in a listing.
    has_encoded_keys: bool,
}

impl<'a> Table<'a> {
    fn new(batch: &'a Batch, csv: Option<&[String]>) -> Self {
        let named = |name: &str| {
            batch.columns.iter().find(|column| match csv {
                Some(columns) => columns.get((column.ordinal as usize).wrapping_sub(1)).is_some_and(|own| own == name),
                None => canonical(&column.path) == name,
            })
        };
        let columns = FIELDS
            .map(|(_, name)| named(name).map_or(Vec::new(), |column| by_record(column, batch.record_count as usize)));
        Self { columns, has_encoded_keys: csv.is_some() }
    }

    fn text(&self, field: Field, record: usize) -> Option<&'a str> {
        let value = self.columns[field as usize].get(record).copied().flatten()?;
        std::str::from_utf8(value).ok()
    }
}

/// The value of each record, where it has one.
fn by_record(column: &Column, count: usize) -> Vec<Option<&[u8]>> {
    let mut values = vec![None; count];
    let mut put = |record: usize, value: usize| {
        if let Some(place) = values.get_mut(record) {
            *place = Some(column.value(value));
        }
    };
    match &column.records {
        Records::Identity => (0..column.len()).for_each(|value| put(value, value)),
        Records::Mapped(records) => records.iter().enumerate().for_each(|(value, record)| put(*record as usize, value)),
        Records::Dictionary { keys, records } => {
            keys.iter().zip(records).for_each(|(key, record)| put(*record as usize, *key as usize));
        }
    }
    values
}

/// A time as CSV writes it, or as the decoder writes one of Parquet: without its zone, which is UTC, and at midnight the date.
fn moment(text: &str) -> Option<SystemTime> {
    let complete = ["", "Z", "T00:00:00Z"].map(|rest| format!("{text}{rest}"));
    complete.iter().find_map(|time| OffsetDateTime::parse(time, &Rfc3339).ok()).map(Into::into)
}

/// The bytes of a small object.
fn whole(mut content: Content) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.stream.next_chunk()? {
        if bytes.len() + chunk.len() > MAX_MANIFEST_BYTES {
            return Err(ReadError::new(Reason::MemoryLimit, "larger than any manifest"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_each_format_writes_them() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        assert_eq!(moment("1970-01-02T00:00:01.000Z"), at(86_401));
        assert_eq!(moment("1970-01-02T00:00:01"), at(86_401));
        assert_eq!(moment("1970-01-02"), at(86_400));
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn files_lie_where_the_manifest_says() {
        let manifest = |bucket: &str| Manifest {
            destination_bucket: bucket.to_owned(),
            file_format: String::new(),
            file_schema: String::new(),
            files: Vec::new(),
        };
        let file = File { key: "reports/lake/daily/data/a.csv.gz".to_owned() };
        for bucket in ["arn:aws:s3:::inventories", "inventories"] {
            let target = file_target("s3://other/manifest.json", &manifest(bucket), &file);
            assert_eq!(target, "s3://inventories/reports/lake/daily/data/a.csv.gz");
        }
        let target = file_target("daily/2026-01-01T00-00Z/manifest.json", &manifest("b"), &file);
        assert_eq!(target, "daily/2026-01-01T00-00Z/../data/a.csv.gz");
    }
}
