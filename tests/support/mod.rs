//! What tests share.

pub mod browser;
pub mod certificates;
pub mod mariadb;
pub mod moto;
pub mod mysql;
pub mod nights;
pub mod postgres;
pub mod rds;
pub mod s3_server;
pub mod scan;
