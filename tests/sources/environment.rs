//! What depends on the environment runs in a process of its own, which is this test binary again: signed requests, the
//! standard variables, regions, and a second implementation of S3.

use super::*;
use crate::support::moto::MotoServer;
use crate::support::s3_server::{ACCESS_KEY, SECRET_KEY};

fn in_child(test: &str, environment: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1), "--ignored"]);
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"] {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn the_environment_configures_the_source() {
    let server = S3Server::start();
    for (key, content) in sample_tree() {
        server.put("bucket", key, content);
    }
    server.put("far", "key", "far away");
    server.put("far", "large", pattern(RANGE_BYTES as usize + 1));
    server.faults().bucket_regions.insert("far".into(), "eu-central-1".into());
    let environment = [
        ("AWS_ENDPOINT_URL", server.endpoint()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    in_child("signed_requests_in_child", &environment);
    let listings = server.requests().into_iter().filter(|request| request.path.starts_with("/far"));
    // Twice by name: the wrong region, then the right one; all that follows goes there.
    assert_eq!(listings.filter(|request| request.operation() == "ListObjectsV2").count(), 2 + 1);
    in_child("no_credentials_in_child", &[]);
}

#[test]
#[ignore = "started by another test with its environment"]
fn signed_requests_in_child() {
    let options = SourceOptions::default();
    check_contract(&Opened::new("s3://bucket", &options), &sample_tree());
    let far = Opened::new("s3://far", &options);
    let objects = far.objects();
    assert_eq!(far.read(&objects[0]).unwrap(), b"far away");
    assert_same_bytes(&far.read(&objects[1]).unwrap(), &pattern(RANGE_BYTES as usize + 1));
    let everything = Opened::new("s3://", &options);
    assert_eq!(everything.objects().len(), sample_tree().len() + 2);
}

#[test]
#[ignore = "started by another test with its environment"]
fn no_credentials_in_child() {
    let error = Opened::try_new("s3://bucket", &SourceOptions::default()).err().unwrap().to_string();
    assert!(error.starts_with("no AWS credentials found"), "{error}");
}

#[test]
fn another_implementation_of_s3_gives_the_same() {
    let server = MotoServer::start();
    let environment = [
        ("AWS_ENDPOINT_URL", server.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    in_child("moto_in_child", &environment);
}

#[test]
#[ignore = "started by another test with its environment"]
fn moto_in_child() {
    runtime().block_on(fill_moto());
    let options = SourceOptions::default();
    check_contract(&Opened::new("s3://bucket", &options), &moto_tree());
    let cold = Opened::new("s3://cold", &options);
    assert_eq!(pairs(&cold.overview()), [("s3://cold/frozen", "skipped archived"), ("s3://cold/warm", "object")]);
    // The service itself refuses what the listing did not show as archived.
    let Listed::Gap(frozen, _) = cold.list().remove(0) else { panic!("a gap") };
    assert_eq!(cold.open(&frozen).err().unwrap().reason, Reason::Archived);
    let versions = Opened::new("s3://versioned", &SourceOptions { versions: true, ..SourceOptions::default() });
    let contents: Vec<_> = versions.objects().iter().map(|object| versions.read(object).unwrap()).collect();
    assert_eq!(contents, [b"new", b"old"]);
    let mut stale = cold.objects().remove(0);
    stale.etag = Some("\"0123\"".into());
    assert_eq!(cold.open(&stale).err().unwrap().reason, Reason::Changed);
    stale.location = phinder::model::Location::s3("cold", "gone");
    assert_eq!(cold.open(&stale).err().unwrap().reason, Reason::NotFound);
    assert_eq!(Opened::new("s3://", &options).objects().len(), moto_tree().len() + 1 + 1);
}

/// That server has no route for keys with a line feed.
fn moto_tree() -> BTreeMap<&'static str, Vec<u8>> {
    sample_tree().into_iter().filter(|(name, _)| !name.contains('\n')).collect()
}

async fn fill_moto() {
    use aws_sdk_s3::types::{BucketVersioningStatus, StorageClass, VersioningConfiguration};
    let settings = phinder::aws::load(&AwsOptions::default()).await.unwrap();
    let config = aws_sdk_s3::config::Builder::from(&settings.sdk).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(config);
    for bucket in ["bucket", "cold", "versioned"] {
        client.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let put = |bucket, key: &str, content: Vec<u8>| client.put_object().bucket(bucket).key(key).body(content.into());
    for (key, content) in moto_tree() {
        put("bucket", key, content).send().await.unwrap();
    }
    put("cold", "warm", b"warm".to_vec()).send().await.unwrap();
    put("cold", "frozen", b"ice".to_vec()).storage_class(StorageClass::Glacier).send().await.unwrap();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket("versioned").versioning_configuration(enabled).send().await.unwrap();
    for content in ["old", "new"] {
        put("versioned", "key", content.into()).send().await.unwrap();
    }
    client.delete_object().bucket("versioned").key("deleted").send().await.unwrap();
}
