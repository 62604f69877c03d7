//! One test binary: linking once is much faster than linking each file.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod cli;
mod corpus;
mod databases;
mod decoders;
mod evaluate;
mod exact;
mod explain;
mod formats;
mod individuals;
mod labelled;
mod ledger;
mod outputs;
mod plan;
mod policy;
mod report;
mod s3_scan;
mod sampling;
mod serve;
mod sources;
mod support;
mod tickets;
