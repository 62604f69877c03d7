//! No core dumps: the memory of a scan holds what is in the objects that it reads.

/// Turns them off for this process and those that it starts, and keeps others of the same user from reading its memory.
/// Where the system does not let it, the scan goes on: no value is written by itself.
#[cfg(target_os = "linux")]
pub(super) fn turn_off() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps cannot be turned off: a crash may write what is in memory to disk");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "the memory of this process can be read by others of the same user");
    }
}

/// Elsewhere they are left to the settings of the system.
#[cfg(not(target_os = "linux"))]
pub(super) fn turn_off() {}
