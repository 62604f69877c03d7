//! Tickets: each problem is told to each destination once, and its ticket kept true.
//!
//! ```text
//! ledger: findings -> problems --+
//! ledger: tickets ---------------+-> plan (pure) -> reserve in the ledger -> destination -> confirm in the ledger
//! destination: what people did --+
//! ```
//!
//! There is no queue of messages: what is to be told follows from what the ledger holds and what a destination was told
//! last, so that a destination that was down is told what is true now, once. A problem is all that stands in one place (a
//! bucket, a schema, a folder) and has one class. A payload has the fields of a type and no others.

mod address;
mod call;
mod destinations;
mod engine;
mod facts;
mod http;
mod payload;
mod plan;
mod problem;
mod render;
mod rights;
mod run;
mod secret;
mod spec;
mod sync;

pub use destinations::{Delivered, Delivery, Destination, Failure, Found, Nature, Status, open};
pub use engine::{Engine, free};
pub use payload::{Child, Payload};
pub use plan::{Action, Plan, Planned};
pub use problem::{Problem, Problems};
pub use rights::needs;
pub use run::{Clock, Report};
pub use secret::SecretSettings;
pub use spec::{DestinationSpec, TicketsSpec};
