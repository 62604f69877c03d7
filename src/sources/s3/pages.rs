//! One page of a listing: what is asked for, and what the answer says.

use super::S3Source;
use super::client::read_error;
use super::listing::{Level, Part, Step, Stretch};
use crate::model::{Coverage, Listed, Location, Object, ReadError, Reason};
use crate::sources::selection::Selection;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{EncodingType, ObjectStorageClass, OptionalObjectAttributes, RequestPayer, RestoreStatus};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

const BUCKETS_PER_PAGE: i32 = 1_000;

/// What asks for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// The first one behind what is listed before, if anything is.
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

impl S3Source {
    /// Asks, and returns what stands in the place of the step.
    pub(super) async fn answer(&self, step: Step) -> Vec<Part> {
        match step {
            Step::Buckets(token) => self.buckets(token).await,
            Step::List(stretch) => self.list(stretch).await,
            Step::Divide(stretch, levels) => {
                let steps = match levels.front() {
                    Some(Level { folder, .. }) => match self.folders(&stretch, folder).await {
                        Ok((folders, is_all)) => stretch.divided(levels, &folders, is_all),
                        // It is only slower so.
                        Err(error) => {
                            tracing::debug!(%error, "a listing is not divided");
                            vec![stretch.undivided()]
                        }
                    },
                    None => vec![stretch.undivided()],
                };
                steps.into_iter().map(Part::Open).collect()
            }
        }
    }

    async fn buckets(&self, token: Option<String>) -> Vec<Part> {
        let client = self.clients.for_account().await;
        let request = client.list_buckets().max_buckets(BUCKETS_PER_PAGE).set_continuation_token(token.clone());
        let output = match request.send().await {
            Ok(output) => output,
            Err(error) => return vec![gap("", "", &read_error("ListBuckets", &error))],
        };
        let mut names: Vec<&str> = Vec::new();
        for bucket in output.buckets() {
            let Some(name) = bucket.name() else { continue };
            if let Some(region) = bucket.bucket_region() {
                self.clients.remember_region(name, region);
            }
            names.push(name);
        }
        names.sort_unstable();
        let mut parts: Vec<_> = names.iter().map(|name| Part::Open(Step::List(self.whole(name)))).collect();
        match &output.continuation_token {
            Some(_) if output.continuation_token == token => {
                let error = ReadError::new(Reason::Unreadable, "ListBuckets: the listing does not advance");
                parts.push(gap("", "", &error));
            }
            Some(next) => parts.push(Part::Open(Step::Buckets(Some(next.clone())))),
            None => {}
        }
        parts
    }

    /// The next page of a stretch, and what is to be asked for after it.
    async fn list(&self, stretch: Stretch) -> Vec<Part> {
        let page = match &stretch.next {
            Page::Markers(..) => self.version_page(&stretch).await,
            _ if self.versions => self.version_page(&stretch).await,
            _ => self.object_page(&stretch).await,
        };
        let bucket = stretch.bucket.clone();
        let failed = |error: &ReadError| gap(&bucket, &self.prefix, error);
        let (mut entries, mut following) = match page {
            Ok(page) => page,
            Err(error) => return vec![failed(&error)],
        };
        let mut stretch = stretch;
        if !entries.is_sorted_by(|one, next| one.key < next.key) {
            if stretch.after.is_some() && stretch.folder.is_some() || stretch.until.is_some() {
                // It was divided because its first page was in order.
                return vec![failed(&ReadError::new(Reason::Unreadable, "the listing is in no order"))];
            }
            stretch.folder = None;
        }
        let count = entries.len();
        entries.retain(|entry| stretch.until.as_ref().is_none_or(|until| entry.key <= *until));
        if entries.len() < count {
            following = None;
        }
        if stretch.next == Page::First
            && let Some(after) = &stretch.after
        {
            // Not every service knows where to begin.
            entries.retain(|entry| entry.key > *after);
        }
        let after = following.map(|following| match following == stretch.next {
            true => failed(&ReadError::new(Reason::Unreadable, "the listing does not advance")),
            false => {
                let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                Part::Open(stretch.step_after(following, &keys))
            }
        });
        let listed = entries.into_iter().filter_map(|entry| self.listed(entry)).collect();
        std::iter::once(Part::Page(listed)).chain(after).collect()
    }

    /// The next folders in a folder behind what is listed, and whether there are no more.
    async fn folders(&self, stretch: &Stretch, folder: &str) -> Result<(Vec<String>, bool), ReadError> {
        let client = self.clients.for_bucket(&stretch.bucket).await;
        let output = client
            .list_objects_v2()
            .bucket(&*stretch.bucket)
            .prefix(folder)
            .delimiter("/")
            .set_start_after(stretch.after.clone())
            .encoding_type(EncodingType::Url)
            .set_request_payer(self.request_payer())
            .send()
            .await
            .map_err(|error| read_error("ListObjectsV2", &error))?;
        let is_encoded = output.encoding_type() == Some(&EncodingType::Url);
        let prefixes = output.common_prefixes().iter().filter_map(|common| common.prefix());
        let mut folders: Vec<String> = prefixes.map(|prefix| decoded_key(prefix.to_owned(), is_encoded)).collect();
        folders.sort_unstable();
        Ok((folders, output.is_truncated() != Some(true)))
    }

    async fn object_page(&self, stretch: &Stretch) -> Result<(Vec<Entry>, Option<Page>), ReadError> {
        let Stretch { bucket, next: page, .. } = stretch;
        let token = if let Page::Token(token) = page { Some(token.clone()) } else { None };
        let start_after = stretch.after.clone().filter(|_| token.is_none());
        let mut asks_again = true;
        let output = loop {
            let client = self.clients.for_bucket(bucket).await;
            let request = client
                .list_objects_v2()
                .bucket(&**bucket)
                .set_prefix(self.key_prefix())
                .encoding_type(EncodingType::Url)
                .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
                .set_request_payer(self.request_payer())
                .set_start_after(start_after.clone())
                .set_continuation_token(token.clone());
            match request.send().await {
                Ok(output) => break output,
                Err(error) if asks_again && self.clients.learns_region(bucket, &error) => asks_again = false,
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

    async fn version_page(&self, stretch: &Stretch) -> Result<(Vec<Entry>, Option<Page>), ReadError> {
        let Stretch { bucket, next: page, .. } = stretch;
        let (key_marker, version_marker) = match page {
            Page::Markers(key, version) => (Some(key.clone()), version.clone()),
            _ => (None, None),
        };
        let mut asks_again = true;
        let output = loop {
            let client = self.clients.for_bucket(bucket).await;
            let request = client
                .list_object_versions()
                .bucket(&**bucket)
                .set_prefix(self.key_prefix())
                .encoding_type(EncodingType::Url)
                .optional_object_attributes(OptionalObjectAttributes::RestoreStatus)
                .set_request_payer(self.request_payer())
                .set_key_marker(key_marker.clone())
                .set_version_id_marker(version_marker.clone());
            match request.send().await {
                Ok(output) => break output,
                Err(error) if asks_again && self.clients.learns_region(bucket, &error) => asks_again = false,
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

/// A bucket, or the account where it has no name, that is not listed completely.
fn gap(bucket: &str, prefix: &str, error: &ReadError) -> Part {
    tracing::warn!(%error, "a listing is not complete");
    let location = if bucket.is_empty() { Location::from_uri("s3://") } else { Location::s3(bucket, prefix) };
    Part::Gap(Arc::from(bucket), Listed::Gap(Object::at(location), Coverage::Failed(error.reason)))
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
