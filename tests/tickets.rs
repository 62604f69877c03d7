//! Tickets: the engine against a tracker that fails in every way, and each destination against a server that behaves as the
//! system does by its documentation.

mod aws;
mod events;
mod faults;
mod github;
pub mod jira;
mod nightly;
pub mod server;
mod servicenow;
pub mod story;
mod tracker;
