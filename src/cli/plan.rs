//! `phinder plan`: what a scan would read, take and cost, from a listing or from a report of S3 Inventory.

use super::scan::{AwsArguments, Selection, scope};
use crate::config::Settings;
use crate::estimate::{self, Assumptions, Estimate, Extent, INSTANCES, Instance, Kind, PRICES_REGION};
use crate::outputs::{counted, duration, number, size};
use crate::sources::{DatabaseOptions, is_database};
use anyhow::bail;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum, ValueHint};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Exit code where something could not be listed, so that the estimate is too low.
const EXIT_INCOMPLETE: u8 = 3;

/// Estimate what a scan would read, how long it would take and what it would cost, without opening an object.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    phinder plan s3://my-bucket/logs/ --include '**/*.gz'\n  \
    phinder plan s3:// --instance c7gn.xlarge --format json\n  \
    phinder plan --inventory s3://inventories/my-bucket/daily/2026-11-01T01-00Z/manifest.json\n\n\
    Time is the bytes by a measured rate of a core (docs/performance.md), or what the network of the instance takes where \
    that is longer. Prices are list prices of one region; taxes, discounts and traffic between regions are not in them.")]
pub(super) struct PlanArguments {
    /// What would be scanned: s3://bucket/prefix, s3:// (every bucket), a path, a glob
    #[arg(required_unless_present = "inventory", value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    targets: Vec<String>,
    /// Instead of listing: the manifest.json of an S3 Inventory (CSV or Parquet), a path or s3://bucket/...
    #[arg(long, value_name = "MANIFEST", conflicts_with = "targets")]
    inventory: Option<String>,
    /// Settings whose selection counts; phinder.toml in the working directory if left out
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How the estimate is written
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    format: PlanFormat,
    /// EC2 instance that would scan
    #[arg(long, value_name = "TYPE", default_value = "c7g.xlarge", value_parser = PossibleValuesParser::new(INSTANCES.iter().map(|instance| instance.name)), help_heading = "Assumptions")]
    instance: String,
    /// What an hour of the instance costs, for example as Spot; its price on demand if left out
    #[arg(long, value_name = "DOLLARS", value_parser = positive, help_heading = "Assumptions")]
    dollars_per_hour: Option<f64>,
    /// MB of stored bytes that one core examines in a second; measured figures by kind of file if left out
    #[arg(long, value_name = "MB", value_parser = positive, help_heading = "Assumptions")]
    megabytes_per_second: Option<f64>,
    /// Worker threads, each a core; all cores of the instance if left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "Assumptions")]
    workers: Option<u16>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    aws: AwsArguments,
}

/// How the estimate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// Reads a number above zero.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("write a number above 0".to_owned()),
    }
}

pub(super) fn run(arguments: PlanArguments) -> anyhow::Result<u8> {
    if let Some(target) = arguments.targets.iter().find(|target| *target == "-" || is_database(target)) {
        bail!("{target} has no size before it is read; a plan is made for files and S3");
    }
    let settings = Settings::read(arguments.policy.as_deref())?;
    let overrides = scope(arguments.selection, arguments.aws, DatabaseOptions::default());
    let options = settings.source_options(&overrides)?;
    let Some(instance) = INSTANCES.iter().find(|instance| instance.name == arguments.instance) else {
        bail!("the price of {} is not known", arguments.instance);
    };
    let instance =
        Instance { dollars_per_hour: arguments.dollars_per_hour.unwrap_or(instance.dollars_per_hour), ..*instance };
    let assumptions = Assumptions {
        instance,
        cores: arguments.workers.map_or(instance.cores, |workers| u32::from(workers).min(instance.cores)),
        megabytes_per_second: arguments.megabytes_per_second,
    };
    let extent = match &arguments.inventory {
        Some(manifest) => estimate::of_inventory(manifest, &options)?,
        None => estimate::of_listing(&arguments.targets, &options)?,
    };
    let estimate = Estimate::new(&extent, &assumptions);
    let mut out = std::io::stdout().lock();
    match arguments.format {
        PlanFormat::Text => write_text(&mut out, &extent, &estimate, &assumptions)?,
        PlanFormat::Json => writeln!(out, "{:#}", as_json(&extent, &estimate, &assumptions))?,
    }
    Ok(if extent.unlisted > 0 { EXIT_INCOMPLETE } else { 0 })
}

fn as_json(extent: &Extent, estimate: &Estimate, assumptions: &Assumptions) -> serde_json::Value {
    let instance = &assumptions.instance;
    let rate = |kind| assumptions.rate(kind);
    json!({
        "extent": extent,
        "requests": {
            "list": extent.list_requests(), "get": extent.get_requests(), "kms": extent.kms_requests,
        },
        "time": estimate.time,
        "dollars": estimate.dollars,
        "assumptions": {
            "instance": instance.name,
            "cores": assumptions.cores,
            "dollars_per_hour": instance.dollars_per_hour,
            "network_gigabits": instance.network_gigabits,
            "megabytes_per_second": {
                "text": rate(Kind::Text), "compressed": rate(Kind::Compressed), "parquet": rate(Kind::Parquet),
            },
            "prices": { "region": PRICES_REGION, "are_verified": false },
        },
    })
}

fn write_text(
    out: &mut impl Write,
    extent: &Extent,
    estimate: &Estimate,
    assumptions: &Assumptions,
) -> std::io::Result<()> {
    let (time, dollars, instance) = (&estimate.time, &estimate.dollars, &assumptions.instance);
    writeln!(out, "to read     {}, {}", counted(extent.objects, "object", "objects"), size(extent.bytes))?;
    for (kind, bytes) in &extent.bytes_by_kind {
        writeln!(
            out,
            "            {} {}, {:.0} MB/s on a core",
            size(*bytes),
            kind_name(*kind),
            assumptions.rate(*kind)
        )?;
    }
    for (reason, objects) in &extent.left_out {
        writeln!(out, "left out    {}: {reason}", counted(*objects, "object", "objects"))?;
    }
    if extent.unlisted > 0 {
        let places = counted(extent.unlisted, "place", "places");
        writeln!(
            out,
            "not listed  {places}: nothing is listed there, or it cannot be (see the log); what lies there is not in this estimate"
        )?;
    }
    let kms = extent.kms_requests.map_or(String::new(), |requests| format!(", {} KMS", number(requests)));
    writeln!(out, "requests    {} LIST, {} GET{kms}", number(extent.list_requests()), number(extent.get_requests()))?;
    let limit = if time.network_hours > time.processor_hours { "the network" } else { "the cores" };
    let cores = counted(assumptions.cores.into(), "core", "cores");
    let elapsed = duration(Duration::from_secs_f64(time.hours * 3600.0));
    writeln!(out, "time        {elapsed} on one {} with {cores}; {limit} set it", instance.name)?;
    writeln!(out, "cost        ${:.2}", dollars.total)?;
    let parts = [
        ("instance", dollars.instance),
        ("GET", dollars.get_requests),
        ("LIST", dollars.list_requests),
        ("retrieval", dollars.retrieval),
        ("KMS", dollars.kms_requests),
    ];
    for (name, part) in parts.into_iter().filter(|(_, part)| *part > 0.0) {
        writeln!(out, "            ${part:.2} {name}")?;
    }
    writeln!(
        out,
        "\nAn estimate with approximate list prices of {PRICES_REGION}, which may have changed; the instance at ${} an hour.",
        instance.dollars_per_hour
    )?;
    if extent.kms_requests.is_none() && extent.get_requests() > 0 {
        writeln!(out, "Requests to KMS are not in it: only an inventory with the encryption status tells them.")?;
    }
    Ok(())
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "of text or what no name tells",
        Kind::Compressed => "compressed",
        Kind::Parquet => "of Parquet",
    }
}
