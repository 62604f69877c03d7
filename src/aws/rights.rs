//! What the program may have to be allowed in AWS: one table, feature by feature. Policies, checks and documentation come from it.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What uses AWS, and what it must be allowed.
#[derive(Debug)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// What it must be allowed.
    pub rights: &'static [Right],
}

/// Calls to resources of one kind.
#[derive(Debug)]
pub struct Right {
    /// The name of the statement in a policy.
    pub sid: &'static str,
    /// Actions of IAM.
    pub actions: &'static [&'static str],
    /// An ARN, or `*` where the actions know no resources; `${...}` is filled in.
    pub resource: &'static str,
    /// Key and pattern that narrow it further.
    pub condition: Option<(&'static str, &'static str)>,
}

const fn right(sid: &'static str, actions: &'static [&'static str], resource: &'static str) -> Right {
    Right { sid, actions, resource, condition: None }
}

/// Scans of a bucket or of the keys with a prefix.
pub const S3: Feature = Feature {
    name: "s3",
    purpose: "scan a bucket",
    rights: &[
        right("ListObjects", &["s3:ListBucket"], "arn:${partition}:s3:::${bucket}"),
        right("ReadObjects", &["s3:GetObject"], "arn:${partition}:s3:::${bucket}/${prefix}*"),
    ],
};

/// Objects that are encrypted with a key of KMS.
pub const S3_KMS: Feature = Feature {
    name: "s3-kms",
    purpose: "read objects that are encrypted with a key of KMS",
    rights: &[Right {
        sid: "DecryptObjects",
        actions: &["kms:Decrypt"],
        resource: "arn:${partition}:kms:*:${account}:key/*",
        condition: Some(("kms:ViaService", "s3.*.amazonaws.com")),
    }],
};

/// Scans of every version of an object.
pub const S3_VERSIONS: Feature = Feature {
    name: "s3-versions",
    purpose: "scan every version (--versions)",
    rights: &[
        right("ListVersions", &["s3:ListBucketVersions"], "arn:${partition}:s3:::${bucket}"),
        right("ReadVersions", &["s3:GetObjectVersion"], "arn:${partition}:s3:::${bucket}/${prefix}*"),
    ],
};

/// Scans of every bucket of an account.
pub const S3_ALL: Feature = Feature {
    name: "s3-all-buckets",
    purpose: "find every bucket (s3://)",
    rights: &[right("ListBuckets", &["s3:ListAllMyBuckets"], "*")],
};

/// Servers of RDS.
pub const RDS: Feature = Feature {
    name: "rds",
    purpose: "find servers of RDS (rds://)",
    rights: &[right("FindServers", &["rds:DescribeDBInstances", "rds:DescribeDBClusters"], "*")],
};

/// Signing in to servers of RDS with tokens.
pub const RDS_TOKEN: Feature = Feature {
    name: "rds-token",
    purpose: "sign in to servers of RDS with tokens of IAM",
    rights: &[right("SignIn", &["rds-db:connect"], "arn:${partition}:rds-db:*:${account}:dbuser:*/${user}")],
};

/// Secrets of AWS Secrets Manager.
pub const SECRET: Feature = Feature {
    name: "secret",
    purpose: "read a secret: the installation key, a login, a token of a destination",
    rights: &[right("ReadSecrets", &["secretsmanager:GetSecretValue"], "${secret_arn}")],
};

/// Findings in AWS Security Hub.
pub const SECURITY_HUB: Feature = Feature {
    name: "security-hub",
    purpose: "tickets in AWS Security Hub",
    rights: &[
        right(
            "ImportFindings",
            &["securityhub:BatchImportFindings"],
            "arn:${partition}:securityhub:${region}:${account}:product/${account}/default",
        ),
        right("ReadFindings", &["securityhub:GetFindings"], "*"),
    ],
};

/// Events on a bus of Amazon EventBridge.
pub const EVENTBRIDGE: Feature = Feature {
    name: "eventbridge",
    purpose: "tickets as events on a bus",
    rights: &[right("PutEvents", &["events:PutEvents", "events:DescribeEventBus"], "${bus_arn}")],
};

/// Messages to a topic of SNS.
pub const SNS: Feature = Feature {
    name: "sns",
    purpose: "tickets as messages of a topic",
    rights: &[right("Publish", &["sns:Publish", "sns:GetTopicAttributes"], "${topic_arn}")],
};

/// Messages in a queue of SQS.
pub const SQS: Feature = Feature {
    name: "sqs",
    purpose: "tickets as messages in a queue",
    rights: &[right("SendMessages", &["sqs:SendMessage", "sqs:GetQueueAttributes"], "${queue_arn}")],
};

/// All features.
pub const FEATURES: [&Feature; 11] =
    [&S3, &S3_KMS, &S3_VERSIONS, &S3_ALL, &RDS, &RDS_TOKEN, &SECRET, &SECURITY_HUB, &EVENTBRIDGE, &SNS, &SQS];

/// A feature in a place.
#[derive(Debug, Clone)]
pub struct Need {
    /// The feature.
    pub feature: &'static Feature,
    /// What the `${...}` of its resources stand for; what is missing stays as it is.
    pub values: Vec<(&'static str, String)>,
}

impl Need {
    /// A feature anywhere.
    pub fn of(feature: &'static Feature) -> Self {
        Self { feature, values: Vec::new() }
    }

    /// A secret by its ARN or its name; the ARN ends with six characters that the name does not tell.
    pub fn secret(id: &str) -> Self {
        let arn = match id.starts_with("arn:") {
            true => id.to_owned(),
            false => format!("arn:${{partition}}:secretsmanager:*:${{account}}:secret:{id}-??????"),
        };
        Self::of(&SECRET).with("secret_arn", arn)
    }

    /// The same, in one place more closely told.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// The policy that allows what is needed and nothing else; equal statements stand once, with all their resources.
pub fn policy(needs: &[Need]) -> Value {
    let mut statements: BTreeMap<&str, (&Right, Vec<String>)> = BTreeMap::new();
    for need in needs {
        for right in need.feature.rights {
            let fill = |text: String, (name, value): &(&str, String)| text.replace(&format!("${{{name}}}"), value);
            let resource = need.values.iter().fold(right.resource.to_owned(), fill);
            let (_, resources) = statements.entry(right.sid).or_insert((right, Vec::new()));
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
    }
    let statement = |(right, resources): (&Right, Vec<String>)| {
        let mut statement =
            json!({ "Sid": right.sid, "Effect": "Allow", "Action": right.actions, "Resource": resources });
        if let Some((key, pattern)) = right.condition {
            statement["Condition"] = json!({ "StringLike": { key: pattern } });
        }
        statement
    };
    json!({ "Version": "2012-10-17", "Statement": statements.into_values().map(statement).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_changed_anywhere_but_what_tickets_make() {
        let makes = ["securityhub:BatchImportFindings", "events:PutEvents", "sns:Publish", "sqs:SendMessage"];
        let reads = ["Get", "List", "Describe", "Decrypt", "connect"];
        let mut sids = Vec::new();
        for right in FEATURES.iter().flat_map(|feature| feature.rights) {
            sids.push(right.sid);
            for action in right.actions {
                let verb = action.split_once(':').unwrap().1;
                assert!(makes.contains(action) || reads.iter().any(|read| verb.starts_with(read)), "{action}");
            }
        }
        let count = sids.len();
        sids.sort_unstable();
        sids.dedup();
        assert_eq!(sids.len(), count, "a statement is known by its name");
    }

    #[test]
    fn equal_statements_stand_once() {
        let bucket = |name: &str| Need::of(&S3).with("partition", "aws").with("bucket", name).with("prefix", "");
        let policy = policy(&[bucket("a"), bucket("b"), bucket("a"), Need::of(&S3_KMS)]);
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 3);
        let list = statements.iter().find(|statement| statement["Sid"] == "ListObjects").unwrap();
        assert_eq!(list["Resource"], json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]));
        let secret = super::policy(&[Need::secret("key").with("partition", "aws").with("account", "1")]);
        assert_eq!(secret["Statement"][0]["Resource"], json!(["arn:aws:secretsmanager:*:1:secret:key-??????"]));
        assert_eq!(statements[0]["Condition"]["StringLike"]["kms:ViaService"], "s3.*.amazonaws.com");
    }
}
