//! Sources against a real file system and a real S3 server: one contract for all of them, and what is special to each.

mod environment;
mod files;
mod s3;

use crate::support::s3_server::S3Server;
use phinder::aws::AwsOptions;
use phinder::model::{Content, Coverage, Listed, Object, ReadError, Reason, SourceContent};
use phinder::sources::{self, RANGE_BYTES, Source, SourceError, SourceOptions};
use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A source with the runtime that it needs; its contents are read on the test's own thread, as workers do.
struct Opened {
    source: Box<dyn Source>,
    runtime: tokio::runtime::Runtime,
}

impl Opened {
    fn new(target: &str, options: &SourceOptions) -> Self {
        Self::try_new(target, options).unwrap()
    }

    fn try_new(target: &str, options: &SourceOptions) -> Result<Self, SourceError> {
        let runtime = runtime();
        let source = runtime.block_on(sources::open(target, options))?;
        Ok(Self { source, runtime })
    }

    fn list(&self) -> Vec<Listed> {
        self.runtime.block_on(self.source.list().collect())
    }

    /// Location (with `@version`) and `object`, or coverage and reason.
    fn overview(&self) -> Vec<(String, String)> {
        let line = |listed: &Listed| match listed {
            Listed::Object(object) => (name(object), "object".into()),
            Listed::Gap(object, coverage) => (name(object), gap_name(coverage)),
        };
        self.list().iter().map(line).collect()
    }

    fn objects(&self) -> Vec<Object> {
        let object = |listed| match listed {
            Listed::Object(object) => Some(object),
            Listed::Gap(..) => None,
        };
        self.list().into_iter().filter_map(object).collect()
    }

    fn open(&self, object: &Object) -> Result<Content, ReadError> {
        match self.runtime.block_on(self.source.open(object))? {
            SourceContent::Bytes(content) => Ok(content),
            SourceContent::Rows(_) => panic!("{} is no table", object.location),
        }
    }

    fn read(&self, object: &Object) -> Result<Vec<u8>, ReadError> {
        let (bytes, end) = drain(self.open(object)?);
        end.map(|()| bytes)
    }
}

fn name(object: &Object) -> String {
    match &object.version {
        Some(version) => format!("{}@{version}", object.location),
        None => object.location.to_string(),
    }
}

fn gap_name(coverage: &Coverage) -> String {
    format!("{} {}", coverage.as_str(), coverage.reason().unwrap())
}

fn pairs(overview: &[(String, String)]) -> Vec<(&str, &str)> {
    overview.iter().map(|(name, what)| (name.as_str(), what.as_str())).collect()
}

fn drain(mut content: Content) -> (Vec<u8>, Result<(), ReadError>) {
    let mut bytes = Vec::new();
    loop {
        match content.stream.next_chunk() {
            Ok(Some(chunk)) => {
                assert!(!chunk.is_empty());
                bytes.extend_from_slice(&chunk);
            }
            Ok(None) => return (bytes, Ok(())),
            Err(error) => return (bytes, Err(error)),
        }
    }
}

fn s3_options(server: &S3Server) -> SourceOptions {
    let aws = AwsOptions {
        endpoint_url: Some(server.endpoint().into()),
        region: Some("us-east-1".into()),
        anonymous: true,
        ..AwsOptions::default()
    };
    SourceOptions { aws, ..SourceOptions::default() }
}

fn s3(server: &S3Server, target: &str) -> Opened {
    Opened::new(target, &s3_options(server))
}

/// Bytes that differ at every place of a range, so that a misplaced range shows.
fn pattern(length: usize) -> Vec<u8> {
    // The block's length is prime, so that no range starts like another one.
    let block: Vec<u8> = (0..65_537_u64).map(|index| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    let mut bytes = block.repeat(length / block.len() + 1);
    bytes.truncate(length);
    bytes
}

fn assert_same_bytes(left: &[u8], right: &[u8]) {
    assert_eq!(left.len(), right.len());
    assert!(left == right, "first difference at {:?}", left.iter().zip(right).position(|(l, r)| l != r));
}

// The contract.

fn sample_tree() -> BTreeMap<&'static str, Vec<u8>> {
    BTreeMap::from([
        ("a dir/plus+percent%2Fquote'\"&<>.csv", b"id,name\n1,x\n".to_vec()),
        ("a dir/two  spaces .txt", b"text".to_vec()),
        ("a-b", b"before a/".to_vec()),
        ("a/b", b"inside".to_vec()),
        ("a0", b"after a/".to_vec()),
        ("empty.bin", Vec::new()),
        ("escape\u{1b}[31m\ttab.log", b"red".to_vec()),
        ("large.bin", pattern(3 * RANGE_BYTES as usize + 17)),
        ("new\nline.txt", b"line".to_vec()),
        ("one range.bin", pattern(RANGE_BYTES as usize)),
        ("one range and a byte.bin", pattern(RANGE_BYTES as usize + 1)),
        ("über/日本語/😀.json", b"{}".to_vec()),
        ("~tilde(1)!*?.txt", b"shell".to_vec()),
    ])
}

/// What every source does with the same tree.
fn check_contract(opened: &Opened, tree: &BTreeMap<&'static str, Vec<u8>>) {
    let scope = opened.source.scope().trim_end_matches("/**").to_owned();
    let objects = opened.objects();
    assert_eq!(opened.list().len(), tree.len(), "nothing is a gap");
    let names: Vec<_> = objects.iter().map(|object| relative_name(object, &scope)).collect();
    assert_eq!(names, tree.keys().copied().collect::<Vec<_>>(), "same names, sorted");
    let again: Vec<_> = opened.objects().iter().map(name).collect();
    assert_eq!(again, objects.iter().map(name).collect::<Vec<_>>(), "the same listing every time");
    for (object, expected) in objects.iter().zip(tree.values()) {
        assert_eq!(object.size_bytes, Some(expected.len() as u64));
        assert!(object.modified.is_some_and(|modified| modified.elapsed().unwrap() < Duration::from_secs(600)));
        assert_same_bytes(&opened.read(object).unwrap(), expected);
        check_ranges(&opened.open(object).unwrap(), expected);
    }
}

fn check_ranges(content: &Content, expected: &[u8]) {
    let Some(access) = &content.random_access else {
        assert!(expected.is_empty());
        return;
    };
    let length = expected.len() as u64;
    assert_eq!(access.len(), length);
    let middle = length / 2;
    for range in [0..length, 0..length.min(1), length..length, middle..length, length.saturating_sub(8)..length] {
        let wanted = &expected[range.start as usize..range.end as usize];
        assert_same_bytes(&access.read(range).unwrap(), wanted);
    }
    assert_eq!(access.read(0..length + 1).unwrap_err().reason, Reason::Truncated);
}

/// The name below the target. Locations of files encode `%`, keys are kept as they are.
fn relative_name(object: &Object, scope: &str) -> String {
    let name = object.location.as_str().strip_prefix(scope).unwrap().trim_start_matches('/');
    if object.location.scheme() == "file" { name.replace("%25", "%") } else { name.to_owned() }
}

#[test]
fn files_keep_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in sample_tree() {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let target = directory.path().to_str().unwrap();
    check_contract(&Opened::new(target, &SourceOptions::default()), &sample_tree());
    check_contract(&Opened::new(&format!("file://{target}/"), &SourceOptions::default()), &sample_tree());
    check_contract(&Opened::new(&format!("{target}/**"), &SourceOptions::default()), &sample_tree());
}

#[test]
fn s3_keeps_the_contract() {
    let server = S3Server::start();
    for (key, content) in sample_tree() {
        server.put("bucket", key, content);
    }
    check_contract(&s3(&server, "s3://bucket"), &sample_tree());
    check_contract(&s3(&server, "s3://bucket/"), &sample_tree());
}
