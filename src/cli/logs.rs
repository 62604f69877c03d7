//! Logs on standard error, and a panic hook that names the place of a defect but never its message: a message may hold
//! what was being decoded.

use anyhow::Context;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging with a filter such as `warn` or `phinder=debug`. What libraries say below `info` is never written,
/// whatever the filter: requests, keys of objects and rows stand in it.
pub(super) fn start(filter: &str, as_json: bool) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("--log {filter:?} is no level or filter"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(super::progress::log_writer);
    let may_be_written = filter_fn(|event| event.target().starts_with("phinder") || *event.level() <= Level::INFO);
    if as_json {
        builder.json().finish().with(may_be_written).init();
    } else {
        builder.with_ansi(false).with_target(false).finish().with(may_be_written).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        tracing::error!(place, "internal error; the object is reported as not examined");
    }));
    Ok(())
}
