//! The plain values that travel between the stages of a scan, one word of the vocabulary per file.
//!
//! Nothing here does I/O, waits, logs or knows a stage. Every stage imports this folder and no other stage.

mod batch;
mod binomial;
mod breach;
mod classification;
mod content;
mod coverage;
mod detector;
mod evidence;
mod finding;
mod fingerprint;
mod individuals;
mod location;
mod matches;
mod memory;
mod object;
mod object_sample;
mod place;
mod quantity;
mod rows;
mod sample;
mod special;

pub use batch::{Batch, Column, ColumnKind, Records, SEPARATOR};
pub use breach::{
    BREACH_STATUS, GONE, MANY_INDIVIDUALS, NOTICE_DAYS, RISK_FACTORS, RiskFactor, STILL_THERE, breach_notices, day_60,
};
pub use classification::{ClassificationSpec, CombinationSpec, IdentityGroup, IdentityRole};
pub use content::{ByteStream, Content, MemoryContent, RandomAccess, ReadError};
pub use coverage::{Coverage, Reason};
pub use detector::{Detector, DetectorClass, Mask};
pub use evidence::{Class, DetectorEvidence, Evidence, Position};
pub use finding::{Finding, Link, ObjectResult, Remarks, Severity, Verdict, VerdictKind};
pub use fingerprint::fingerprint;
pub use individuals::Individuals;
pub use location::{LOCATION_FIELD, Location, TableName};
pub use matches::{Confidence, EvidenceFlags, Match};
pub use memory::{Examined, Memory, MemoryError, Recalled};
pub use object::{Listed, Lot, Object};
pub use object_sample::{ObjectSample, Sampling};
pub use quantity::{Period, Size};
pub use rows::{BinaryCell, ForeignKey, RowBatch, RowColumn, RowReader, SourceContent, TableFacts};
pub use sample::{Sample, SampleMethod};
pub use special::{SpecialCategory, SpecialLookup, SpecialTable};
