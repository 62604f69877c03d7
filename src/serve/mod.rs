//! Scans that run by themselves: named jobs, when each is due, and a server that runs them for months.
//!
//! ```text
//! phinder.toml -> jobs -> timetable (pure) -> server -> child: phinder scan, then phinder tickets sync
//!                           ^      |             |
//!                           +- state file        +-> health, readiness, metrics; the service manager
//! ```
//!
//! A scan runs in a process of its own, of the same program: one that runs out of memory or crashes takes no other job
//! with it, its memory goes back to the system when it ends, and the server that waits all day holds no detectors.

mod child;
mod clock;
mod http;
mod metrics;
mod notify;
mod schedule;
mod server;
mod spec;
mod state;
mod timetable;

pub use child::Program;
pub use clock::{Clock, SystemClock};
pub use server::{Command, Reload, Server, ServerError};
pub use spec::{JobSpec, ServeSpec};
pub use state::{StateError, StateFolder};
