//! Logs on standard error, and a panic hook that names the place of a defect but never its message: a message may hold
//! what was being decoded.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts logging with a filter such as `warn` or `phinder=debug`.
pub(super) fn start(filter: &str, as_json: bool) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("--log {filter:?} is no level or filter"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(super::progress::log_writer);
    if as_json {
        builder.json().init();
    } else {
        builder.with_ansi(false).with_target(false).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        tracing::error!(place, "internal error; the object is reported as not examined");
    }));
    Ok(())
}
