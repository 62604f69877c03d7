//! `phinder iam-policy`: the policy of IAM that allows what targets, jobs and destinations need, and nothing else.

use super::{scan, serve};
use crate::aws::rights::{FEATURES, Feature, Need, policy};
use crate::config::{DEFAULT_FILE, Settings};
use crate::{sources, tickets};
use anyhow::{Context, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Print the policy of IAM that allows what is needed, and nothing else.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder iam-policy --account 111122223333              what the jobs and destinations of phinder.toml need\n  \
    phinder iam-policy s3://exports/daily/ --account 111122223333\n  \
    phinder iam-policy --feature s3,sqs                    as a template\n\n\
    ${...} stands for what is not known here: replace it.")]
pub(super) struct IamPolicyArguments {
    /// Targets, as `phinder scan` takes them; the jobs and destinations of the settings if there are none
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// The settings; phinder.toml in the working directory if left out
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Features by name, as a template
    #[arg(long = "feature", value_name = "NAME", value_delimiter = ',', conflicts_with = "targets",
          value_parser = PossibleValuesParser::new(FEATURES.iter().map(|feature| feature.name)))]
    features: Vec<String>,
    /// The account, 12 digits
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Partition of AWS: aws, aws-us-gov, aws-cn; aws if left out
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
}

pub(super) fn run(arguments: IamPolicyArguments) -> anyhow::Result<u8> {
    let is_template = !arguments.features.is_empty();
    let mut needs = if is_template {
        let named = |name: &String| FEATURES.iter().copied().find(|feature| feature.name == *name);
        arguments.features.iter().filter_map(named).map(Need::of).collect()
    } else if arguments.targets.is_empty() {
        of_settings(arguments.policy.as_deref())?
    } else {
        let line = ["scan", "--"].iter().map(Into::into).chain(arguments.targets.iter().map(Into::into));
        of_scan(scan::parse(line.collect())?)
    };
    if needs.is_empty() {
        bail!("nothing there is in AWS: no policy is needed");
    }
    let partition = arguments.partition.or_else(|| (!is_template).then(|| "aws".to_owned()));
    for need in &mut needs {
        need.values.extend(arguments.account.iter().map(|account| ("account", account.clone())));
        need.values.extend(partition.iter().map(|partition| ("partition", partition.clone())));
    }
    writeln!(std::io::stdout(), "{:#}", policy(&needs))?;
    Ok(0)
}

fn of_settings(file: Option<&Path>) -> anyhow::Result<Vec<Need>> {
    let settings = Settings::read(file)?;
    let program = serve::program(settings.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE)))?;
    let mut needs = Vec::new();
    for job in &settings.serve.jobs.0 {
        needs.extend(of_scan(serve::parsed(job, &program, Path::new(""))?));
    }
    needs.extend(settings.tickets.destinations.0.iter().flat_map(tickets::needs));
    if settings.serve.jobs.0.is_empty() && needs.is_empty() {
        return Err(anyhow::anyhow!("no job and no destination is set"))
            .context("name targets, or write [[serve.job]]");
    }
    Ok(needs)
}

/// What a scan needs: its targets, and the secret that holds its key.
pub(super) fn of_scan(arguments: scan::ScanArguments) -> Vec<Need> {
    let secret = arguments.key_secret().map(Need::secret);
    let (targets, options) = scan::sources(arguments);
    targets.iter().flat_map(|target| sources::needs(target, &options)).chain(secret).collect()
}

/// The actions of a feature's needs, for people.
pub(super) fn actions(needs: &[Need]) -> String {
    let features = needs.iter().map(|need| need.feature);
    let actions: Vec<_> = features.flat_map(|Feature { rights, .. }| *rights).flat_map(|right| right.actions).collect();
    actions.into_iter().copied().collect::<Vec<_>>().join(", ")
}
