//! What is deployed: units as systemd reads them, policies of IAM that are enough and not too much, the worker of Terraform.

use crate::support::moto::MotoServer;
use crate::support::scan::{phinder, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const LEAK: &str = "name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\n";
/// Above this `systemd-analyze security` finds that a service is exposed: 2.0 of 10.
const MAX_EXPOSURE: &str = "--threshold=20";

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// The Python that ./test installs for the tests.
fn python(script: &str, input: &str) -> String {
    let server = std::env::var_os("PHINDER_MOTO_SERVER").expect("run ./test, which installs what is needed");
    let mut command = Command::new(Path::new(&server).with_file_name("python"));
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn units_are_well_formed_and_hardened() {
    let folder = tempfile::tempdir().unwrap();
    let units = ["phinder.service", "phinder-scan.service", "phinder-scan.timer"];
    for unit in units {
        let text = fs::read_to_string(deploy().join("systemd").join(unit)).unwrap();
        // The program that is tested stands in for the installed one.
        let text = text.replace("/usr/local/bin/phinder", env!("CARGO_BIN_EXE_phinder"));
        fs::write(folder.path().join(unit), text).unwrap();
    }
    let analyze = |arguments: &[&str], unit: &str| {
        let mut command = Command::new("systemd-analyze");
        command.args(arguments).arg(folder.path().join(unit));
        let output = command.output().expect("there is no systemd-analyze: run ./test, which installs it");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    for unit in units {
        let (is_well, said) = analyze(&["verify", "--man=no"], unit);
        assert!(is_well && !said.contains(unit), "{unit}: {said}");
    }
    for unit in &units[..2] {
        let (is_well, said) = analyze(&["security", "--offline=true", "--no-pager", MAX_EXPOSURE], unit);
        assert!(is_well, "{unit}: {said}");
    }
}

#[test]
fn policies_are_those_of_the_table() {
    let mut found = 0;
    for entry in fs::read_dir(deploy().join("iam")).unwrap() {
        let path = entry.unwrap().path();
        let feature = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (code, made, errors) = run(phinder().args(["iam-policy", "--feature", &feature]));
        assert_eq!(code, 0, "{errors}");
        assert_eq!(fs::read_to_string(&path).unwrap(), made, "phinder iam-policy --feature {feature}");
        found += 1;
    }
    assert_eq!(found, phinder::aws::rights::FEATURES.len());
}

const SETUP: &str = r#"
import boto3, json, sys
endpoint = sys.stdin.read().strip()
def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="admin", aws_secret_access_key="admin")
for bucket in ["lake", "other"]:
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="exports/a.csv", Body=b"name,ssn,diagnosis code\nJohn Smith,536-90-4399,E11.9\n")
topic = client("sns").create_topic(Name="phinder")["TopicArn"]
queue = client("sqs").create_queue(QueueName="phinder")["QueueUrl"]
client("events").create_event_bus(Name="phinder")
client("securityhub").enable_security_hub()
client("iam").create_user(UserName="worker")
key = client("iam").create_access_key(UserName="worker")["AccessKey"]
print(json.dumps({"topic": topic, "queue": queue, "id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))
"#;

const ALLOW: &str = r#"
import boto3, json, sys, urllib.request
call = json.load(sys.stdin)
def check_from(count):
    urllib.request.urlopen(urllib.request.Request(call["endpoint"] + "/moto-api/reset-auth", data=count.encode(), headers={"content-type": "text/plain"}))
check_from("inf")
iam = boto3.client("iam", endpoint_url=call["endpoint"], region_name="us-east-1", aws_access_key_id="admin", aws_secret_access_key="admin")
iam.put_user_policy(UserName="worker", PolicyName="worker", PolicyDocument=json.dumps(call["policy"]))
check_from("0")
"#;

/// A worker with nothing but the rights of its policy, at a server that enforces policies.
struct Worker {
    server: MotoServer,
    folder: tempfile::TempDir,
    keys: Value,
}

impl Worker {
    fn new() -> Self {
        let server = MotoServer::start();
        let keys: Value = serde_json::from_str(&python(SETUP, &server.endpoint)).unwrap();
        let worker = Self { server, folder: tempfile::tempdir().unwrap(), keys };
        let text = |name: &str| worker.keys[name].as_str().unwrap();
        let destinations = [
            "security_hub]\naccount_id = \"123456789012\"\nregion = \"us-east-1\"".to_owned(),
            "eventbridge]\nbus = \"phinder\"\nregion = \"us-east-1\"".to_owned(),
            format!("sns]\ntopic_arn = {:?}", text("topic")),
            format!("sqs]\nqueue_url = {:?}\nregion = \"us-east-1\"", text("queue")),
        ];
        let mut settings = "[tickets]\npatience = \"0s\"\n".to_owned();
        for (number, table) in destinations.iter().enumerate() {
            settings += &format!("[[tickets.destination]]\nname = \"d{number}\"\n[tickets.destination.{table}\n");
        }
        settings += "[[serve.job]]\nname = \"nightly\"\ntargets = [\"s3://lake/exports/\"]\nschedule = \"@daily\"\n";
        fs::write(worker.folder.path().join("phinder.toml"), settings).unwrap();
        worker
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = phinder();
        command.current_dir(self.folder.path()).env("AWS_ENDPOINT_URL", &self.server.endpoint);
        command.env("AWS_REGION", "us-east-1").env("AWS_ACCESS_KEY_ID", self.keys["id"].as_str().unwrap());
        command.env("AWS_SECRET_ACCESS_KEY", self.keys["secret"].as_str().unwrap()).env("AWS_MAX_ATTEMPTS", "1");
        run(command.args(arguments))
    }

    /// What `phinder iam-policy` prints, as the server can enforce it: it knows of resources in S3 alone.
    fn policy(&self) -> Value {
        let (code, text, errors) = self.run(&["iam-policy", "--account", "123456789012"]);
        assert!(code == 0 && !text.contains("${"), "{text} {errors}");
        // AWS knows no right for batches; the server asks for one by the name of the call.
        let text = text.replace("\"sqs:SendMessage\"", "\"sqs:SendMessageBatch\"");
        let mut policy: Value = serde_json::from_str(&text).unwrap();
        for statement in policy["Statement"].as_array_mut().unwrap() {
            if !statement["Action"][0].as_str().unwrap().starts_with("s3:") {
                statement["Resource"] = "*".into();
            }
        }
        policy
    }

    fn allow(&self, policy: &Value) {
        let call = serde_json::json!({ "endpoint": self.server.endpoint, "policy": policy });
        python(ALLOW, &call.to_string());
    }

    /// Tries out everything, scans, and tells all destinations; what went wrong, if anything did.
    fn works(&self) -> Result<(), String> {
        for name in ["phinder.ledger", "phinder.ledger.key"] {
            let _ = fs::remove_file(self.folder.path().join(name));
        }
        let _ = fs::remove_dir_all(self.folder.path().join("phinder.ledger.locks"));
        let lines = [
            (&["serve", "--check"][..], 0),
            (&["scan", "s3://lake/exports/", "--ledger", "phinder.ledger", "--no-progress", "--color", "never"], 1),
            (&["tickets", "sync", "--ledger", "phinder.ledger", "--ticket-existing"], 0),
        ];
        for (line, expected) in lines {
            let (code, text, errors) = self.run(line);
            if code != expected {
                return Err(format!("{line:?} ends with {code}: {text} {errors}"));
            }
        }
        Ok(())
    }
}

#[test]
fn the_policy_is_enough_and_each_action_is_needed() {
    let worker = Worker::new();
    let policy = worker.policy();
    worker.allow(&policy);
    worker.works().unwrap();
    assert_ne!(worker.run(&["scan", "s3://other", "--no-progress"]).0, 1, "another bucket is not allowed");
    let mut tried = 0;
    for (at, statement) in policy["Statement"].as_array().unwrap().iter().enumerate() {
        for action in statement["Action"].as_array().unwrap() {
            // Nothing here is encrypted with a key of KMS.
            if action == "kms:Decrypt" {
                continue;
            }
            let mut less = policy.clone();
            less["Statement"][at]["Action"].as_array_mut().unwrap().retain(|other| other != action);
            if less["Statement"][at]["Action"].as_array().unwrap().is_empty() {
                less["Statement"].as_array_mut().unwrap().remove(at);
            }
            worker.allow(&less);
            let failure = worker.works().expect_err(action.as_str().unwrap());
            assert!(!failure.contains("536-90-4399"), "{failure}");
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried} actions");
}

#[test]
fn a_check_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let check = |settings: &str, environment: &[(&str, &str)]| {
        fs::write(folder.path().join("phinder.toml"), settings).unwrap();
        let mut command = phinder();
        command.current_dir(folder.path()).env("AWS_REGION", "us-east-1").envs(environment.iter().copied());
        run(command.args(["serve", "--check"]))
    };
    let job = |target: &str, more: &str| {
        format!("[[serve.job]]\nname = \"a\"\ntargets = [{target:?}]\nschedule = \"@daily\"\n{more}")
    };
    fs::create_dir(folder.path().join("lake")).unwrap();
    fs::write(folder.path().join("lake/a.csv"), LEAK).unwrap();
    let (code, text, errors) = check(&job("lake", ""), &[]);
    assert!(code == 0 && text.contains("can be listed and read") && !text.contains("MISSING"), "{text} {errors}");
    let missing = |settings: &str, environment: &[(&str, &str)], said: &[&str]| {
        let (code, text, errors) = check(settings, environment);
        let line = text.lines().find(|line| line.starts_with("MISSING")).unwrap_or_else(|| panic!("{text} {errors}"));
        assert!(code == 3 && said.iter().all(|said| line.contains(said)), "{said:?}: {text} {errors}");
    };
    missing(&job("nowhere", ""), &[], &["target nowhere", "no such file"]);
    missing(&job("lake", "options = [\"--only=no_such\"]\n"), &[], &["no detector `no_such`"]);
    fs::write(folder.path().join("bad.ledger"), "no ledger").unwrap();
    missing(&job("lake", "ledger = \"bad.ledger\"\n"), &[], &["ledger"]);
    let down = "[[tickets.destination]]\nname = \"hook\"\n[tickets.destination.webhook]\nurl = \"http://127.0.0.1:9\"\nsecret = { env = \"NOT_SET\" }\n";
    missing(&format!("{}{down}", job("lake", "")), &[], &["destination hook", "NOT_SET"]);
    // A server whose clock shows another day, and which refuses the rest.
    let service = crate::tickets::server::Server::start(|request| {
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:role/w</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        let (status, body) = if request.method == "POST" { (200, identity) } else { (403, denied) };
        crate::tickets::server::Answer { status, headers: Vec::new(), body: body.to_owned() }
            .with("date", "Thu, 01 Jan 2026 00:00:00 GMT")
    });
    let keys = [
        ("AWS_ENDPOINT_URL", service.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "y"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ];
    missing(&job("s3://lake", ""), &keys, &["s3://lake", "access_denied", "s3:ListBucket", "iam-policy"]);
    let (_, text, _) = check(&job("s3://lake", ""), &keys);
    assert!(text.contains("ok      credentials of AWS: arn:aws:iam::1:role/w"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("MISSING clock") && line.contains("ahead of AWS")), "{text}");
}

const HCL: &str = r#"
import glob, hcl2, json, sys
folder = sys.stdin.read().strip()
found = {}
for name in sorted(glob.glob(folder + "/*.tf")):
    with open(name) as file:
        for kind, blocks in hcl2.load(file).items():
            found.setdefault(kind, []).extend(blocks)
print(json.dumps(found))
"#;

#[test]
fn the_worker_of_terraform_is_closed_and_encrypted() {
    let folder = deploy().join("terraform");
    let text = python(HCL, folder.to_str().unwrap()).replace("\\\"", "");
    let found: Value = serde_json::from_str(&text).unwrap();
    let resources = |kind: &str| {
        let all = found["resource"].as_array().unwrap().iter();
        let named = all.filter_map(|resource| resource.get(kind));
        named
            .flat_map(|named| named.as_object().unwrap().values().filter(|value| value.is_object()).cloned())
            .collect::<Vec<_>>()
    };
    let first = |value: &Value| if value.is_array() { value[0].clone() } else { value.clone() };
    let [worker] = &resources("aws_instance")[..] else { panic!("{text}") };
    assert_eq!(first(&worker["metadata_options"])["http_tokens"], "required");
    assert_eq!(first(&worker["metadata_options"])["http_put_response_hop_limit"], 1);
    assert_eq!(first(&worker["root_block_device"])["encrypted"], true);
    assert_eq!(worker["associate_public_ip_address"], false);
    // The one way in is from the worker to the endpoints.
    let ways_in = resources("aws_vpc_security_group_ingress_rule");
    assert_eq!(ways_in.len(), 1);
    assert!(ways_in[0]["security_group_id"].to_string().contains("aws_security_group.endpoints"), "{ways_in:?}");
    assert!(resources("aws_security_group").iter().all(|group| group.get("ingress").is_none()));
    assert_eq!(resources("aws_iam_instance_profile").len(), 1);
    assert_eq!(resources("aws_vpc_endpoint").len(), 2);
    // Where the program itself is there, it has a say, too.
    if let Ok(output) = Command::new("terraform").args(["fmt", "-check", "-diff"]).arg(&folder).output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
