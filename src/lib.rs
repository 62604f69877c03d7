//! Finds protected health information (PHI) where it should not be.
//!
//! ```text
//!  tokio, I/O only                        one worker per core, CPU only                    one thread
//!  list -> open x prefetch ==[bounded]==> unpack -> decode -> detect -> classify ==[bounded]==> judge -> outputs
//! ```
//!
//! The modules in the order in which an object passes them: [`sources`] lists and opens it, [`unpack`] undoes its
//! compression, [`decoders`] make batches of columns, [`detectors`] find matches in them, [`classify`] decides record
//! by record what they are, [`policy`] judges what was found where, [`outputs`] write it down. [`model`] holds the
//! values that travel, [`scan`] the pipeline, [`estimate`] what it would cost, [`ledger`] what is remembered,
//! [`report`] its page for people, [`tickets`] who is told, [`serve`] what runs by itself, [`evaluate`] its accuracy on labelled data, [`config`] what it runs on,
//! [`cli`] the commands.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::panic
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout))]

pub mod aws;
pub mod classify;
pub mod cli;
pub mod config;
pub mod decoders;
pub mod detectors;
pub mod estimate;
pub mod evaluate;
pub mod ledger;
pub mod model;
pub mod outputs;
pub mod policy;
pub mod report;
pub mod scan;
pub mod serve;
pub mod sources;
pub mod tickets;
pub mod unpack;
