//! `phinder serve --check`: tries out what the jobs need.
use super::serve::parsed;
use crate::config::Settings;
use crate::serve::{Program, ServeSpec};
use std::path::Path;
pub(super) async fn run(
    _settings: &Settings,
    spec: &ServeSpec,
    program: &Program,
    folder: &Path,
) -> anyhow::Result<u8> {
    for job in &spec.jobs.0 {
        parsed(job, program, folder)?;
    }
    Ok(0)
}
