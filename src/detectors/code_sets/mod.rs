//! Code sets that are compiled into the program: published lists that a code must be a member of.
//!
//! Sources, licences and versions stand in `detectors/code_sets/README.md`.

pub mod icd10cm;
