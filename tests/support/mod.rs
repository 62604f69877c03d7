//! What tests share.

pub mod moto;
pub mod s3_server;
pub mod scan;
