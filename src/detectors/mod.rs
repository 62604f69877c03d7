//! Finds identifiers and health data in decoded batches.
//!
//! Detectors are data (`detectors/**/*.toml`, schema in `spec`); `catalogue` loads them, `engine` compiles and runs
//! them. Knows columns and values, not where they came from or what becomes of the matches.

mod alternatives;
mod automata;
mod catalogue;
pub mod code_sets;
mod coded;
mod compile;
mod context;
mod distinct;

mod engine;
pub mod exact;
pub mod examples;
mod field;
mod fold;
mod labels;
pub mod names;
mod pattern;
mod phrase_tree;
mod places;
mod publication;
mod roles;
mod shapes;
mod spans;
pub mod spec;
pub mod special;
pub mod terms;
mod tokens;
pub mod validators;
mod word_set;

pub use catalogue::{Catalogue, CatalogueError, Entry};
pub use compile::CompileError;
pub use engine::{EXACT_MATCH_ID, Engine, Profile, Scratch};
pub use pattern::PatternError;
