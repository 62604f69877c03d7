//! Lists buckets, page by page: the pages are asked for as they are consumed, so memory holds one of them.
//!
//! A bucket or a page that cannot be listed is a gap at the place that stays unseen, and the next bucket goes on.

use super::S3Source;
use super::client::read_error;
use crate::model::{Coverage, Listed, Location, Object, ReadError, Reason};
use crate::sources::selection::Selection;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{EncodingType, ObjectStorageClass, OptionalObjectAttributes, RequestPayer, RestoreStatus};
use std::collections::VecDeque;
use std::path::Path;
use std::time::SystemTime;

const BUCKETS_PER_PAGE: i32 = 1_000;

/// Where a listing stands.
pub(super) struct Listing<'a> {
    source: &'a S3Source,
    buckets: VecDeque<String>,
    more_buckets: MoreBuckets,
    bucket: Option<BucketCursor>,
    listed: VecDeque<Listed>,
}

enum MoreBuckets {
    After(Option<String>),
    None,
}

/// Where the listing of one bucket stands.
struct BucketCursor {
    bucket: String,
    next: Page,
}

/// What asks for the next page.
#[derive(Clone, PartialEq, Eq)]
enum Page {
    First,
    Token(String),
    Markers(String, Option<String>),
}

/// One entry of a page, before it is known whether it is wanted.
struct Entry {
    key: String,
    object: Object,
    is_restored: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(source: &'a S3Source) -> Self {
        let (buckets, more_buckets) = match &source.bucket {
            Some(bucket) => (VecDeque::from([bucket.clone()]), MoreBuckets::None),
            None => (VecDeque::new(), MoreBuckets::After(None)),
        };
        Self { source, buckets, more_buckets, bucket: None, listed: VecDeque::new() }
    }

    /// The next entry; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Listed> {
        loop {
            if let Some(listed) = self.listed.pop_front() {
                return Some(listed);
            }
            if let Some(cursor) = self.bucket.take() {
                self.bucket = self.list_page(cursor).await;
            } else if let Some(bucket) = self.buckets.pop_front() {
                self.bucket = Some(BucketCursor { bucket, next: Page::First });
            } else if let MoreBuckets::After(token) = std::mem::replace(&mut self.more_buckets, MoreBuckets::None) {
                self.list_buckets(token).await;
            } else {
                return None;
            }
        }
    }

    async fn list_buckets(&mut self, token: Option<String>) {
        let client = self.source.clients.for_account().await;
        let request = client.list_buckets().max_buckets(BUCKETS_PER_PAGE).set_continuation_token(token.clone());
        let output = match request.send().await {
            Ok(output) => output,
            Err(error) => {
                return self.gap(Location::from_uri("s3://"), &read_error("ListBuckets", &error));
            }
        };
        for bucket in output.buckets() {
            let Some(name) = bucket.name() else { continue };
            if let Some(region) = bucket.bucket_region() {
                self.source.clients.remember_region(name, region);
            }
            self.buckets.push_back(name.to_owned());
        }
        self.buckets.make_contiguous().sort();
        match output.continuation_token {
            Some(next) if Some(&next) == token.as_ref() => {
                let error = ReadError::new(Reason::Unreadable, "ListBuckets: the listing does not advance");
                self.gap(Location::from_uri("s3://"), &error);
            }
            Some(next) => self.more_buckets = MoreBuckets::After(Some(next)),
            None => {}
        }
    }

    /// Lists one page and gives the cursor of the next one.
    async fn list_page(&mut self, cursor: BucketCursor) -> Option<BucketCursor> {
        let BucketCursor { bucket, next } = cursor;
        let page = match &next {
            Page::Markers(..) => self.version_page(&bucket, &next).await,
            _ if self.source.versions => self.version_page(&bucket, &next).await,
            _ => self.object_page(&bucket, &next).await,
        };
        let error = match page {
            Ok((entries, following)) => {
                self.listed.extend(entries.into_iter().filter_map(|entry| self.source.listed(entry)));
                match following {
                    None => return None,
                    Some(following) if following != next => return Some(BucketCursor { bucket, next: following }),
                    Some(_) => ReadError::new(Reason::Unreadable, "the listing does not advance"),
                }
            }
            Err(error) => error,
        };
        self.gap(Location::s3(&bucket, &self.source.prefix), &error);
        None
    }

    fn gap(&mut self, location: Location, error: &ReadError) {
        tracing::warn!(%error, "a listing is not complete");
        self.listed.push_back(Listed::Gap(Object::at(location), Coverage::Failed(error.reason)));
    }

    async fn object_page(&self, bucket: &str, page: &Page) -> Result<(Vec<Entry>, Option<Page>), ReadError> {
        let token = if let Page::Token(token) = page { Some(token.clone()) } else { None };
        let mut asks_again = true;
        let output = loop {
            let client = self.source.clients.for_bucket(bucket).await;
            let request = client
                .list_objects_v2()
                .bucket(bucket)
                .set_prefix(self.source.key_prefix())
                .encoding_type(EncodingType::Url)
                .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
                .set_request_payer(self.source.request_payer())
                .set_continuation_token(token.clone());
            match request.send().await {
                Ok(output) => break output,
                Err(error) if asks_again && self.source.clients.learns_region(bucket, &error) => asks_again = false,
                Err(error) => return Err(read_error("ListObjectsV2", &error)),
            }
        };
        let is_encoded = output.encoding_type() == Some(&EncodingType::Url);
        let following = match (output.is_truncated(), output.next_continuation_token()) {
            (Some(true), Some(next)) => Some(Page::Token(next.to_owned())),
            (Some(true), None) => Some(page.clone()),
            _ => None,
        };
        let entries = output.contents.unwrap_or_default().into_iter().filter_map(|listed| {
            let key = decoded_key(listed.key?, is_encoded);
            let mut object = Object::at(Location::s3(bucket, &key));
            object.size_bytes = listed.size.and_then(|size| u64::try_from(size).ok());
            object.modified = system_time(listed.last_modified);
            object.etag = listed.e_tag;
            object.storage_class = listed.storage_class.as_ref().map(|class| class.as_str().to_owned());
            Some(Entry { key, object, is_restored: is_restored(listed.restore_status.as_ref()) })
        });
        Ok((entries.collect(), following))
    }

    async fn version_page(&self, bucket: &str, page: &Page) -> Result<(Vec<Entry>, Option<Page>), ReadError> {
        let (key_marker, version_marker) = match page {
            Page::Markers(key, version) => (Some(key.clone()), version.clone()),
            _ => (None, None),
        };
        let mut asks_again = true;
        let output = loop {
            let client = self.source.clients.for_bucket(bucket).await;
            let request = client
                .list_object_versions()
                .bucket(bucket)
                .set_prefix(self.source.key_prefix())
                .encoding_type(EncodingType::Url)
                .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
                .set_request_payer(self.source.request_payer())
                .set_key_marker(key_marker.clone())
                .set_version_id_marker(version_marker.clone());
            match request.send().await {
                Ok(output) => break output,
                Err(error) if asks_again && self.source.clients.learns_region(bucket, &error) => asks_again = false,
                Err(error) => return Err(read_error("ListObjectVersions", &error)),
            }
        };
        let is_encoded = output.encoding_type() == Some(&EncodingType::Url);
        let following = match (output.is_truncated(), output.next_key_marker) {
            (Some(true), Some(key)) => Some(Page::Markers(decoded_key(key, is_encoded), output.next_version_id_marker)),
            (Some(true), None) => Some(page.clone()),
            _ => None,
        };
        // Delete markers stand in a list of their own: they are no objects.
        let entries = output.versions.unwrap_or_default().into_iter().filter_map(|listed| {
            let key = decoded_key(listed.key?, is_encoded);
            let mut object = Object::at(Location::s3(bucket, &key));
            object.size_bytes = listed.size.and_then(|size| u64::try_from(size).ok());
            object.modified = system_time(listed.last_modified);
            object.etag = listed.e_tag;
            object.version = listed.version_id;
            object.storage_class = listed.storage_class.as_ref().map(|class| class.as_str().to_owned());
            Some(Entry { key, object, is_restored: is_restored(listed.restore_status.as_ref()) })
        });
        Ok((entries.collect(), following))
    }
}

impl S3Source {
    /// What becomes of an entry; `None` where it is outside the target.
    fn listed(&self, entry: Entry) -> Option<Listed> {
        let Entry { key, object, is_restored } = entry;
        if self.glob.as_ref().is_some_and(|glob| !glob.is_match(&key)) {
            return None;
        }
        Some(judged(&self.selection, object, &key, is_restored))
    }

    fn key_prefix(&self) -> Option<String> {
        (!self.prefix.is_empty()).then(|| self.prefix.clone())
    }

    fn request_payer(&self) -> Option<RequestPayer> {
        self.requester_pays.then_some(RequestPayer::Requester)
    }
}

/// An object of a bucket as it is listed: to be read, or a gap with the reason why not. `is_restored` is whether one of an
/// archive can be read for now.
pub fn judged(selection: &Selection, object: Object, key: &str, is_restored: bool) -> Listed {
    if object.size_bytes == Some(0) && key.ends_with('/') {
        return Listed::Gap(object, Coverage::Skipped(Reason::Empty));
    }
    match selection.listed(object, Path::new(key)) {
        Listed::Object(object) if is_archived(&object) && !is_restored => {
            Listed::Gap(object, Coverage::Skipped(Reason::Archived))
        }
        listed => listed,
    }
}

/// `GLACIER_IR` is read at once like any other class.
fn is_archived(object: &Object) -> bool {
    let archives = [ObjectStorageClass::Glacier, ObjectStorageClass::DeepArchive];
    archives.iter().any(|archive| object.storage_class.as_deref() == Some(archive.as_str()))
}

fn is_restored(status: Option<&RestoreStatus>) -> bool {
    status.is_some_and(|status| {
        status.is_restore_in_progress() != Some(true)
            && system_time(status.restore_expiry_date().copied()).is_some_and(|expiry| expiry > SystemTime::now())
    })
}

fn system_time(time: Option<DateTime>) -> Option<SystemTime> {
    time.and_then(|time| SystemTime::try_from(time).ok())
}

/// Keys are asked for in URL encoding, because XML cannot carry all of them. It is that of forms: a space is `+`.
pub fn decoded_key(key: String, is_encoded: bool) -> String {
    if !is_encoded {
        return key;
    }
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        for (encoded, key) in [
            ("a+b", "a b"),
            ("a%2Bb", "a+b"),
            ("a%20b", "a b"),
            ("a%252Fb/c", "a%2Fb/c"),
            ("%E2%82%AC%0A", "\u{20ac}\n"),
            ("100%", "100%"),
            ("%+1%zz", "% 1%zz"),
        ] {
            assert_eq!(decoded_key(encoded.into(), true), key);
            assert_eq!(decoded_key(encoded.into(), false), encoded);
        }
    }

    #[test]
    fn only_the_asynchronous_archives_are_archives() {
        let archived = |class: &str| {
            let mut object = Object::at(Location::s3("b", "k"));
            object.storage_class = Some(class.into());
            is_archived(&object)
        };
        assert!(archived("GLACIER") && archived("DEEP_ARCHIVE"));
        assert!(!archived("GLACIER_IR") && !archived("STANDARD") && !archived("INTELLIGENT_TIERING"));
    }
}
