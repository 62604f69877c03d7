//! An S3 server inside the test process: buckets in memory behind a real HTTP listener on 127.0.0.1.
//!
//! Listings are paged and URL-encoded as S3 does it, reads honour ranges, versions and `If-Match`, and the failures of
//! a real service can be switched on per key. Every request is logged, so that a test can say what was not asked.
//! It stands alone, so that benches can include it by path.

#![allow(dead_code)]

#[path = "s3_body.rs"]
mod body;

use async_trait::async_trait;
use body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;

/// Credentials that the server accepts; unsigned requests are accepted too.
pub const ACCESS_KEY: &str = "TESTACCESSKEY";
pub const SECRET_KEY: &str = "test-secret-key";

/// What goes wrong, and how often. Keys are `bucket/key`.
#[derive(Default)]
pub struct Faults {
    pub denied_buckets: HashSet<String>,
    pub denied_keys: HashSet<String>,
    pub kms_denied_keys: HashSet<String>,
    pub customer_keys: HashSet<String>,
    /// Refused on reading although the listing does not show it, as the archive tiers of INTELLIGENT_TIERING do.
    pub archived_keys: HashSet<String>,
    /// This many of the next requests are answered 503 SlowDown.
    pub slow_down_requests: usize,
    /// The content is replaced after its first successful read.
    pub replaced_after_read: HashMap<String, Bytes>,
    /// Bodies are sent in pieces of so many bytes with a pause after each.
    pub slow_bodies: HashMap<String, (usize, Duration)>,
    /// The connection is cut after so many bytes of a body, so many times.
    pub cut_bodies: HashMap<String, (usize, usize)>,
    /// A body stops for good after so many bytes, so many times, with the connection open.
    pub stalled_bodies: HashMap<String, (usize, usize)>,
    /// Pages of object listings after so many fail with 403.
    pub failing_after_pages: Option<usize>,
    /// Range headers are ignored, as simple services do.
    pub ignores_ranges: bool,
    /// The region of a bucket: signed requests for another one are redirected.
    pub bucket_regions: HashMap<String, String>,
    /// Keys per page at most.
    pub page_size: Option<usize>,
    /// How long each page of objects takes.
    pub page_time: Option<Duration>,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    pub method: String,
    pub path: String,
    pub query: String,
    pub range: Option<String>,
    pub if_match: Option<String>,
    pub request_payer: Option<String>,
}

impl LoggedRequest {
    /// The S3 operation, as far as a scanner may use it; otherwise the method.
    pub fn operation(&self) -> &str {
        let has_key = self.path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty());
        match self.method.as_str() {
            "GET" if has_key => "GetObject",
            "GET" if self.path == "/" => "ListBuckets",
            "GET" if self.query.contains("list-type=2") => "ListObjectsV2",
            "GET" if self.query.split('&').any(|part| part == "versions" || part == "versions=") => {
                "ListObjectVersions"
            }
            method => method,
        }
    }
}

/// One version of an object.
#[derive(Clone)]
struct Version {
    id: String,
    etag: String,
    modified: SystemTime,
    storage_class: &'static str,
    restored_until: Option<SystemTime>,
    /// `None` is a delete marker.
    content: Option<Bytes>,
}

/// How an object is stored.
pub struct PutOptions {
    pub modified: SystemTime,
    pub storage_class: &'static str,
    pub restored_until: Option<SystemTime>,
}

impl Default for PutOptions {
    fn default() -> Self {
        Self { modified: SystemTime::now(), storage_class: "STANDARD", restored_until: None }
    }
}

#[derive(Default)]
struct Store {
    /// Versions per key, the newest last.
    buckets: Mutex<BTreeMap<String, BTreeMap<String, Vec<Version>>>>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<LoggedRequest>>,
    next_version: AtomicUsize,
    listed_pages: AtomicUsize,
    reading: Arc<AtomicUsize>,
    most_reading: AtomicUsize,
}

/// The server; it stops when it is dropped.
pub struct S3Server {
    endpoint: String,
    store: Arc<Store>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl S3Server {
    /// Starts an empty server on a free port, on threads of its own.
    pub fn start() -> Self {
        let store = Arc::new(Store::default());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        listener.set_nonblocking(true).expect("nonblocking");
        let endpoint = format!("http://{}", listener.local_addr().expect("address"));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&store);
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, served) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { endpoint, store, stop: Some(stop), thread: Some(thread) }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn create_bucket(&self, bucket: &str) {
        lock(&self.store.buckets).entry(bucket.into()).or_default();
    }

    /// Stores an object (in a bucket that is created if need be) and gives its version id.
    pub fn put(&self, bucket: &str, key: &str, content: impl Into<Bytes>) -> String {
        self.put_with(bucket, key, content, PutOptions::default())
    }

    pub fn put_with(&self, bucket: &str, key: &str, content: impl Into<Bytes>, options: PutOptions) -> String {
        self.store.put(bucket, key, Some(content.into()), options)
    }

    /// Puts a delete marker.
    pub fn delete(&self, bucket: &str, key: &str) {
        self.store.put(bucket, key, None, PutOptions::default());
    }

    /// Stores every file below a directory under its relative path.
    pub fn put_directory(&self, bucket: &str, directory: &Path) {
        let mut directories = vec![directory.to_path_buf()];
        while let Some(next) = directories.pop() {
            for entry in std::fs::read_dir(&next).expect("directory").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let key = path.strip_prefix(directory).expect("below").to_str().expect("UTF-8 path").to_owned();
                    self.put(bucket, &key, std::fs::read(&path).expect("file"));
                }
            }
        }
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.store.faults)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.store.log).clone()
    }

    pub fn clear_requests(&self) {
        lock(&self.store.log).clear();
    }

    pub fn count(&self, operation: &str) -> usize {
        lock(&self.store.log).iter().filter(|request| request.operation() == operation).count()
    }

    /// How many GetObject requests were being answered at the same time at most.
    pub fn most_concurrent_reads(&self) -> usize {
        self.store.most_reading.load(Ordering::SeqCst)
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn serve(listener: std::net::TcpListener, store: Arc<Store>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("listener");
    let mut builder = S3ServiceBuilder::new(Backend(Arc::clone(&store)));
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    builder.set_access(Anyone);
    let service = builder.build();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let connection = Connection { service: service.clone(), store: Arc::clone(&store) };
        tokio::spawn(async move {
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let service = hyper::service::service_fn(move |request| connection.clone().answer(request));
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

#[derive(Clone)]
struct Connection {
    service: S3Service,
    store: Arc<Store>,
}

impl Connection {
    async fn answer(
        self,
        request: hyper::Request<hyper::body::Incoming>,
    ) -> Result<hyper::Response<s3s::Body>, s3s::HttpError> {
        let header =
            |name: &str| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        lock(&self.store.log).push(LoggedRequest {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            range: header("range"),
            if_match: header("if-match"),
            request_payer: header("x-amz-request-payer"),
        });
        self.service.call(request.map(s3s::Body::from)).await
    }
}

struct Anyone;

#[async_trait]
impl S3Access for Anyone {
    async fn check(&self, _context: &mut S3AccessContext<'_>) -> S3Result<()> {
        Ok(())
    }
}

impl Store {
    fn put(&self, bucket: &str, key: &str, content: Option<Bytes>, options: PutOptions) -> String {
        let number = self.next_version.fetch_add(1, Ordering::SeqCst);
        let version = Version {
            id: format!("v{number}"),
            etag: format!("{number:032x}"),
            modified: options.modified,
            storage_class: options.storage_class,
            restored_until: options.restored_until,
            content,
        };
        let id = version.id.clone();
        let mut buckets = lock(&self.buckets);
        buckets.entry(bucket.into()).or_default().entry(key.into()).or_default().push(version);
        id
    }

    /// What is wrong with a request before it is even looked at.
    fn require_service<T>(&self, request: &S3Request<T>, bucket: &str) -> S3Result<()> {
        let mut faults = lock(&self.faults);
        if faults.slow_down_requests > 0 {
            faults.slow_down_requests -= 1;
            return Err(S3Error::with_message(S3ErrorCode::SlowDown, "Please reduce your request rate."));
        }
        let asked = request.region.as_ref().map(s3s::region::Region::as_str);
        if let (Some(region), Some(asked)) = (faults.bucket_regions.get(bucket), asked)
            && region != asked
        {
            let mut error = S3Error::with_message(S3ErrorCode::PermanentRedirect, "The bucket is in another region.");
            let mut headers = hyper::HeaderMap::new();
            headers.insert("x-amz-bucket-region", region.parse().expect("header"));
            error.set_headers(headers);
            error.set_status_code(hyper::StatusCode::MOVED_PERMANENTLY);
            return Err(error);
        }
        if faults.denied_buckets.contains(bucket) {
            return Err(S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied"));
        }
        Ok(())
    }

    fn require_readable(&self, place: &str) -> S3Result<()> {
        let faults = lock(&self.faults);
        let error = |code, message: &'static str| Err(S3Error::with_message(code, message));
        if faults.denied_keys.contains(place) {
            return error(S3ErrorCode::AccessDenied, "Access Denied");
        }
        if faults.kms_denied_keys.contains(place) {
            let message =
                "User: arn:aws:sts::111122223333:assumed-role/scanner is not authorized to perform: kms:Decrypt";
            return error(S3ErrorCode::AccessDenied, message);
        }
        if faults.customer_keys.contains(place) {
            let message = "The object was stored using a form of Server Side Encryption. The correct parameters must be \
                           provided to retrieve the object.";
            return error(S3ErrorCode::InvalidRequest, message);
        }
        if faults.archived_keys.contains(place) {
            return error(S3ErrorCode::InvalidObjectState, "The operation is not valid for the object's storage class");
        }
        Ok(())
    }

    fn page_size(&self, asked: Option<i32>) -> usize {
        let asked = asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(1_000);
        asked.min(lock(&self.faults).page_size.unwrap_or(1_000))
    }

    fn require_page(&self) -> S3Result<()> {
        let listed = self.listed_pages.fetch_add(1, Ordering::SeqCst);
        match lock(&self.faults).failing_after_pages {
            Some(limit) if listed >= limit => Err(S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied")),
            _ => Ok(()),
        }
    }

    /// The wanted version and its content.
    fn find(&self, input: &GetObjectInput) -> S3Result<(Version, Bytes)> {
        let buckets = lock(&self.buckets);
        let bucket = buckets.get(&input.bucket).ok_or(S3ErrorCode::NoSuchBucket)?;
        let versions = bucket.get(&input.key).ok_or(S3ErrorCode::NoSuchKey)?;
        let version = match &input.version_id {
            Some(id) => versions.iter().find(|version| version.id == *id).ok_or(S3ErrorCode::NoSuchVersion)?,
            None => versions.last().ok_or(S3ErrorCode::NoSuchKey)?,
        };
        let content = version.content.clone().ok_or(S3ErrorCode::NoSuchKey)?;
        if ["GLACIER", "DEEP_ARCHIVE"].contains(&version.storage_class) && version.restored_until.is_none() {
            return Err(S3ErrorCode::InvalidObjectState.into());
        }
        Ok((version.clone(), content))
    }

    /// The body with what is to go wrong with it.
    fn body(self: &Arc<Self>, place: &str, content: Bytes) -> StreamingBlob {
        let mut guard = lock(&self.faults);
        let faults = &mut *guard;
        let mut limit = None;
        for (bodies, cuts) in [(&mut faults.cut_bodies, true), (&mut faults.stalled_bodies, false)] {
            if let Some((bytes, times)) = bodies.get_mut(place)
                && *times > 0
                && content.len() > *bytes
            {
                *times -= 1;
                limit = Some((*bytes, cuts));
            }
        }
        let (piece_bytes, pause) = faults.slow_bodies.get(place).copied().unwrap_or((256 << 10, Duration::ZERO));
        drop(guard);
        let end = limit.map_or(content.len(), |(bytes, _)| bytes);
        let pieces: Vec<Bytes> =
            (0..end).step_by(piece_bytes).map(|start| content.slice(start..end.min(start + piece_bytes))).collect();
        let pieces = stream::iter(pieces).map(Ok::<_, std::io::Error>);
        let tail = stream::iter(limit.filter(|(_, cuts)| *cuts).map(|_| Err(std::io::Error::other("cut"))));
        let endless = limit.is_some_and(|(_, cuts)| !cuts);
        let now = self.reading.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_reading.fetch_max(now, Ordering::SeqCst);
        StreamingBlob::wrap(Body {
            pieces: Box::pin(pieces.chain(tail)),
            endless,
            pause,
            sleep: None,
            reading: Arc::clone(&self.reading),
        })
    }
}

/// URL encoding as S3 applies it to keys in listings: a space is `+`.
fn encoded(key: &str, encoding: Option<&EncodingType>) -> String {
    if encoding.map(EncodingType::as_str) != Some("url") {
        return key.to_owned();
    }
    let mut encoded = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => encoded.push(byte.into()),
            b' ' => encoded.push('+'),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// What [`hexadecimal`] wrote.
fn unhexed(text: &str) -> String {
    let digits = text.as_bytes().as_chunks::<2>().0.iter();
    let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

struct Backend(Arc<Store>);

#[async_trait]
impl S3 for Backend {
    async fn list_buckets(&self, request: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        self.0.require_service(&request, "")?;
        let after = request.input.continuation_token.unwrap_or_default();
        let limit = self.0.page_size(request.input.max_buckets);
        let regions = lock(&self.0.faults).bucket_regions.clone();
        let names: Vec<String> = lock(&self.0.buckets).keys().filter(|name| **name > after).cloned().collect();
        let page = names.iter().take(limit);
        let buckets = page.map(|name| Bucket {
            bucket_region: regions.get(name).cloned(),
            name: Some(name.clone()),
            creation_date: Some(SystemTime::now().into()),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            continuation_token: (names.len() > limit).then(|| names[limit - 1].clone()),
            ..ListBucketsOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.0.require_service(&request, &request.input.bucket)?;
        self.0.require_page()?;
        let page_time = lock(&self.0.faults).page_time;
        if let Some(time) = page_time {
            tokio::time::sleep(time).await;
        }
        let input = request.input;
        let limit = self.0.page_size(input.max_keys);
        let prefix = input.prefix.clone().unwrap_or_default();
        let token = input.continuation_token.clone().unwrap_or_default();
        let encoding = input.encoding_type.clone();
        let buckets = lock(&self.0.buckets);
        let bucket = buckets.get(&input.bucket).ok_or(S3ErrorCode::NoSuchBucket)?;
        // From there on, and not from the first key: pages of a large bucket are many.
        let after = if token.is_empty() { input.start_after.clone().unwrap_or_default() } else { unhexed(&token) };
        let first = after.max(prefix.clone());
        let behind = bucket.range(first.clone()..).skip_while(|(key, _)| **key == first && first != prefix);
        let current = behind.take_while(|(key, _)| key.starts_with(&prefix)).filter_map(|(key, versions)| {
            let version = versions.last()?;
            Some((key, version, version.content.as_ref()?.len()))
        });
        let mut found = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let mut is_truncated = false;
        let mut last = String::new();
        for (key, version, size) in current {
            let folder = input.delimiter.as_ref().and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter.as_str())? + delimiter.len();
                Some(key[..prefix.len() + end].to_owned())
            });
            let is_known = folder.is_some() && folders.last() == folder.as_ref();
            if !is_known && found.len() + folders.len() == limit {
                is_truncated = true;
                break;
            }
            last.clone_from(key);
            match folder {
                None => found.push((key, version, size)),
                Some(folder) if !is_known => folders.push(folder),
                Some(_) => {}
            }
        }
        let prefixes = folders.iter().map(|folder| CommonPrefix { prefix: Some(encoded(folder, encoding.as_ref())) });
        let objects = found.iter().map(|(key, version, size)| Object {
            key: Some(encoded(key, encoding.as_ref())),
            size: Some(*size as i64),
            e_tag: Some(ETag::Strong(version.etag.clone())),
            last_modified: Some(version.modified.into()),
            storage_class: Some(version.storage_class.to_owned().into()),
            restore_status: version.restored_until.map(|until| RestoreStatus {
                is_restore_in_progress: Some(false),
                restore_expiry_date: Some(until.into()),
            }),
            ..Object::default()
        });
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: Some((found.len() + folders.len()) as i32),
            contents: Some(objects.collect()),
            common_prefixes: Some(prefixes.collect()),
            next_continuation_token: is_truncated.then(|| hexadecimal(&last)),
            is_truncated: Some(is_truncated),
            encoding_type: encoding.clone(),
            name: Some(input.bucket.clone()),
            ..ListObjectsV2Output::default()
        }))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        self.0.require_service(&request, &request.input.bucket)?;
        self.0.require_page()?;
        let input = request.input;
        let limit = self.0.page_size(input.max_keys);
        let prefix = input.prefix.clone().unwrap_or_default();
        let encoding = input.encoding_type.clone();
        let buckets = lock(&self.0.buckets);
        let bucket = buckets.get(&input.bucket).ok_or(S3ErrorCode::NoSuchBucket)?;
        let all = bucket.iter().filter(|(key, _)| key.starts_with(&prefix));
        let all: Vec<_> =
            all.flat_map(|(key, versions)| versions.iter().rev().map(move |version| (key, version))).collect();
        let marker = (input.key_marker, input.version_id_marker);
        let start = match &marker {
            (Some(key), Some(id)) => {
                all.iter().position(|(k, v)| *k == key && v.id == *id).map_or(all.len(), |place| place + 1)
            }
            (Some(key), None) => all.iter().position(|(k, _)| *k > key).unwrap_or(all.len()),
            _ => 0,
        };
        let page: Vec<_> = all.iter().skip(start).take(limit).collect();
        let is_truncated = start + page.len() < all.len();
        let mut output = ListObjectVersionsOutput {
            is_truncated: Some(is_truncated),
            encoding_type: encoding.clone(),
            versions: Some(Vec::new()),
            delete_markers: Some(Vec::new()),
            ..ListObjectVersionsOutput::default()
        };
        for (key, version) in &page {
            let key = Some(encoded(key, encoding.as_ref()));
            match &version.content {
                Some(content) => output.versions.get_or_insert_default().push(ObjectVersion {
                    key,
                    version_id: Some(version.id.clone()),
                    size: Some(content.len() as i64),
                    e_tag: Some(ETag::Strong(version.etag.clone())),
                    last_modified: Some(version.modified.into()),
                    storage_class: Some(version.storage_class.to_owned().into()),
                    ..ObjectVersion::default()
                }),
                None => output.delete_markers.get_or_insert_default().push(DeleteMarkerEntry {
                    key,
                    version_id: Some(version.id.clone()),
                    ..DeleteMarkerEntry::default()
                }),
            }
        }
        if let (true, Some((key, version))) = (is_truncated, page.last()) {
            output.next_key_marker = Some(encoded(key, encoding.as_ref()));
            output.next_version_id_marker = Some(version.id.clone());
        }
        Ok(S3Response::new(output))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.0.require_service(&request, &request.input.bucket)?;
        let input = request.input;
        let place = format!("{}/{}", input.bucket, input.key);
        self.0.require_readable(&place)?;
        let (version, content) = self.0.find(&input)?;
        let etag = ETag::Strong(version.etag.clone());
        let wanted = input.if_match.as_ref().and_then(|condition| condition.as_etag());
        if wanted.is_some_and(|wanted| *wanted != etag) {
            return Err(S3ErrorCode::PreconditionFailed.into());
        }
        let length = content.len();
        let asked = input.range.filter(|_| !lock(&self.0.faults).ignores_ranges);
        let range = asked.map(|range| range.check(length as u64)).transpose();
        let range = range.map_err(|_| S3Error::new(S3ErrorCode::InvalidRange))?;
        let content_range = range.as_ref().map(|range| format!("bytes {}-{}/{length}", range.start, range.end - 1));
        let part = range.map_or(content.clone(), |range| content.slice(range.start as usize..range.end as usize));
        let replacement = lock(&self.0.faults).replaced_after_read.remove(&place);
        if let Some(replacement) = replacement {
            self.0.put(&input.bucket, &input.key, Some(replacement), PutOptions::default());
        }
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(part.len() as i64),
            content_range,
            accept_ranges: Some("bytes".into()),
            e_tag: Some(etag),
            last_modified: Some(version.modified.into()),
            body: Some(self.0.body(&place, part)),
            ..GetObjectOutput::default()
        }))
    }
}
