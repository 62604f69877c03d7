//! File, environment and flags -> a built [`ScanPlan`]. The last one that says something wins: defaults, then
//! `phinder.toml`, then flags. Knows nothing of how flags are parsed.

mod key;

pub use key::{KEY_VARIABLE, KeyError, KeyPlace};

use crate::detectors::code_sets::{self, CodeSetError};
use crate::detectors::exact::{ExactError, ExactIndex, ExactIndexes, ExactKey};
use crate::detectors::special::{SpecialCategories, SpecialCategoriesError};
use crate::detectors::{Catalogue, CatalogueError, CompileError, Engine, Scratch};
use crate::model::{Confidence, Individuals, Size};
use crate::outputs::ScanHeader;
use crate::policy::{Policy, PolicyError};
use crate::scan::{self, ScanPlan};
use crate::serve::ServeSpec;
use crate::sources::{DatabaseOptions, SourceOptions, is_database};
use crate::tickets::TicketsSpec;
use crate::{decoders, unpack};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::cell::LazyCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

/// The file that is read when no other is named, if it is there.
pub const DEFAULT_FILE: &str = "phinder.toml";
/// The installation key that is read from beside the policy when no other is named.
pub const DEFAULT_KEY_FILE: &str = "phinder.key";

/// Why no plan can be made. Each text says what is wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The policy or another table of the file is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A detector's file is wrong.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A code set of the user cannot be used.
    #[error(transparent)]
    CodeSet(#[from] CodeSetError),
    /// A detector cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The special categories of health data cannot be read.
    #[error(transparent)]
    Special(#[from] SpecialCategoriesError),
    /// An index cannot be used.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// There is no key that can be used.
    #[error(transparent)]
    KeyPlace(#[from] KeyError),
    /// A key is not one that `phinder init` writes.
    #[error("{path} is no installation key: it must hold 64 hexadecimal digits; `phinder init` writes one", path = path.display())]
    BadKey {
        /// The key's file.
        path: PathBuf,
    },
    /// A detector that is named does not exist.
    #[error("there is no detector `{0}`; `phinder detectors list` shows all")]
    UnknownDetector(String),
    /// The system gives no random bytes for the seed of a sample.
    #[error("cannot choose a seed: the system gives no random bytes; give one with --seed")]
    Random,
    /// A size cannot be read.
    #[error("{0}")]
    Size(String),
    /// A time cannot be read.
    #[error("cannot read the time `{0}`; write a date (2026-10-31) or a time (2026-10-31T08:00:00Z)")]
    Time(String),
    /// The policy allows values, and there is no key to recognise them.
    #[error("cannot read the installation key from {path}; it keys the digests of people and of the values that the policy \
             allows; name it with --key-file", path = path.display())]
    Key {
        /// The key's file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// What flags say; everything left out comes from the file or the default.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The policy's file.
    pub policy: Option<PathBuf>,
    /// File of the installation key.
    pub key_file: Option<PathBuf>,
    /// Secret of AWS Secrets Manager that holds the installation key.
    pub key_secret: Option<String>,
    /// Indexes of the organisation's own identifiers.
    pub exact: Vec<PathBuf>,
    /// Own detectors: files or directories.
    pub detectors: Vec<PathBuf>,
    /// Folder of code sets that replace built-in ones.
    pub code_sets: Option<PathBuf>,
    /// Only these detectors.
    pub only: Vec<String>,
    /// Not these detectors.
    pub without: Vec<String>,
    /// Lowest confidence that is reported.
    pub min_confidence: Option<Confidence>,
    /// Globs of what to scan.
    pub include: Vec<String>,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// Size limits as written.
    pub min_size: Option<String>,
    /// Size limits as written.
    pub max_size: Option<String>,
    /// Time limits as written.
    pub modified_after: Option<String>,
    /// Time limits as written.
    pub modified_before: Option<String>,
    /// Limit of decompression as written.
    pub max_expanded_size: Option<String>,
    /// Leaves columns of Parquet out that can hold nothing without a telling name.
    pub skip_unlikely_columns: bool,
    /// Bytes of each table that are read at most.
    pub db_max_bytes: Option<String>,
    /// Worker threads.
    pub workers: Option<usize>,
    /// Rate limit of S3 requests.
    pub max_requests_per_second: Option<u32>,
    /// Seed of the rows that are chosen; one at random if left out.
    pub seed: Option<u64>,
    /// Whether what is unchanged since an earlier scan is read again.
    pub reads_unchanged: bool,
    /// Everything of a source that has no key in the file.
    pub source: SourceOptions,
}

/// The `[scan]` table of the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScanTable {
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    min_size: Option<String>,
    max_size: Option<String>,
    max_expanded_size: Option<String>,
    #[serde(default)]
    skip_unlikely_columns: bool,
    workers: Option<usize>,
    max_requests_per_second: Option<u32>,
}

/// The `[detectors]` table of the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetectorsTable {
    #[serde(default)]
    directories: Vec<PathBuf>,
    code_sets: Option<PathBuf>,
    #[serde(default)]
    exact: Vec<PathBuf>,
    #[serde(default)]
    only: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    min_confidence: Option<Confidence>,
}

/// The file with its tables, read.
pub struct Settings {
    /// The policy; empty where there is no file.
    pub policy: Policy,
    /// Where it was read from.
    pub file: Option<PathBuf>,
    /// Who is told of problems.
    pub tickets: TicketsSpec,
    /// What runs by itself, and when.
    pub serve: ServeSpec,
    scan: ScanTable,
    detectors: DetectorsTable,
}

impl Settings {
    /// Reads `file`, or `phinder.toml` in the working directory if there is one.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match file {
            Some(path) => path.to_owned(),
            None if Path::new(DEFAULT_FILE).exists() => PathBuf::from(DEFAULT_FILE),
            None => {
                let (scan, detectors) = (ScanTable::default(), DetectorsTable::default());
                let (policy, tickets, serve) = (Policy::default(), TicketsSpec::default(), ServeSpec::default());
                return Ok(Self { policy, file: None, tickets, serve, scan, detectors });
            }
        };
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let (policy, scan, detectors, tickets, serve) =
            Policy::parse_with::<ScanTable, DetectorsTable, TicketsSpec, ServeSpec>(&text, &path)?;
        Ok(Self { policy, file: Some(path), tickets, serve, scan, detectors })
    }

    /// The detectors in force: built-in ones, those of the file, those of the flags. Code sets of the user are put in force
    /// for the whole process, before anything can look up a code.
    pub fn catalogue(&self, overrides: &Overrides) -> Result<Catalogue, ConfigError> {
        self.narrowed(self.whole_catalogue(overrides)?, overrides)
    }

    /// All detectors that could be in force.
    fn whole_catalogue(&self, overrides: &Overrides) -> Result<Catalogue, ConfigError> {
        let mut catalogue = Catalogue::built_in()?;
        let folder = self.folder();
        let of_file = || self.detectors.code_sets.as_ref().map(|path| folder.join(path));
        if let Some(path) = overrides.code_sets.clone().or_else(of_file) {
            code_sets::use_folder(&path)?;
        }
        if let Some(digest) = code_sets::replaced_digest() {
            catalogue.depend_on(&digest);
        }
        for directory in &self.detectors.directories {
            catalogue.add_path(&folder.join(directory))?;
        }
        for directory in &overrides.detectors {
            catalogue.add_path(directory)?;
        }
        Ok(catalogue)
    }

    /// Without the detectors that the file or the flags leave out.
    fn narrowed(&self, mut catalogue: Catalogue, overrides: &Overrides) -> Result<Catalogue, ConfigError> {
        let pick =
            |flags: &Vec<String>, file: &Vec<String>| if flags.is_empty() { file.clone() } else { flags.clone() };
        let only = pick(&overrides.only, &self.detectors.only);
        let without = pick(&overrides.without, &self.detectors.without);
        for id in only.iter().chain(&without) {
            if !catalogue.entries().iter().any(|entry| entry.spec.id == *id) {
                return Err(ConfigError::UnknownDetector(id.clone()));
            }
        }
        if !only.is_empty() || !without.is_empty() {
            catalogue.retain(|spec| (only.is_empty() || only.contains(&spec.id)) && !without.contains(&spec.id));
        }
        Ok(catalogue)
    }

    /// Lowest confidence that is reported.
    pub fn min_confidence(&self, overrides: &Overrides) -> Confidence {
        overrides.min_confidence.or(self.detectors.min_confidence).unwrap_or(Confidence::Medium)
    }

    /// Builds the plan of a scan of `targets`.
    pub fn plan(self, targets: Vec<String>, overrides: Overrides) -> Result<ScanPlan, ConfigError> {
        let whole = self.whole_catalogue(&overrides)?;
        let catalogue = self.narrowed(whole.clone(), &overrides)?;
        let min_confidence = self.min_confidence(&overrides);
        let own = self.exact_indexes(&overrides)?.map(Arc::new);
        let has_own_identifiers = own.is_some();
        let compiled = |catalogue: &Catalogue| -> Result<Arc<Engine>, ConfigError> {
            // Medium matches make a record what it is, whatever is reported of them.
            let engine = Engine::new(catalogue, min_confidence.min(Confidence::Medium))?;
            Ok(Arc::new(match &own {
                Some(indexes) => engine.with_exact(indexes.clone()),
                None => engine,
            }))
        };
        let engine = compiled(&catalogue)?;
        let is_whole = catalogue.entries().len() == whole.entries().len();
        let key_engine = if is_whole { engine.clone() } else { compiled(&whole)? };
        let started_at = OffsetDateTime::now_utc();
        let seed = overrides.seed.map_or_else(|| getrandom::u64().map_err(|_| ConfigError::Random), Ok)?;
        let is_sampled = overrides.source.sample.is_some() || targets.iter().any(|target| is_database(target));
        let header = ScanHeader {
            scan_id: scan_id(started_at),
            started_at,
            scope: targets
                .iter()
                .map(|target| scan::masked_target(&key_engine, target, &mut Scratch::default()))
                .collect(),
            seed: is_sampled.then(|| seed.to_string()),
            phinder: env!("CARGO_PKG_VERSION"),
            detectors_version: catalogue.version(),
        };
        let mut unpack = unpack::Limits::default();
        if let Some(limit) = size(overrides.max_expanded_size.as_ref().or(self.scan.max_expanded_size.as_ref()))? {
            unpack.max_expanded_bytes = limit;
        }
        // Parsing it takes as long as the rest of a start.
        let built_in = LazyCell::new(Catalogue::built_in);
        let known = |id: &str| built_in.as_ref().is_ok_and(|all| all.entries().iter().any(|e| e.spec.id == id));
        let unknown: Vec<&str> = self.policy.detector_ids().filter(|id| !known(id)).collect();
        let in_catalogue = |id: &&str| catalogue.entries().iter().any(|entry| entry.spec.id == *id);
        let notes = unknown.into_iter().filter(|id| !in_catalogue(id));
        let notes =
            notes.map(|id| format!("the policy names a detector `{id}`, which does not exist: it has no effect"));
        let notes = notes.collect();
        let digest_key = self.digest_key(&overrides, started_at.date())?;
        let people_secret = self.people_secret(&overrides)?;
        let mut source = self.source_options(&overrides)?;
        source.database.seed = seed;
        if let Some(limit) = size(overrides.db_max_bytes.as_ref())? {
            source.database.max_table_bytes = limit;
        }
        let mut decode = decoders::Limits::default();
        // Detectors of the user's own, and indexes of identifiers, may know numbers of any length.
        let is_built_in = || catalogue.entries().iter().all(|entry| known(&entry.spec.id)) && !has_own_identifiers;
        if (overrides.skip_unlikely_columns || self.scan.skip_unlikely_columns) && is_built_in() {
            decode.unlikely_columns = Some(decoders::KnownFields::new(engine.known_fields()));
        }
        let examination =
            self.examination(&overrides, (&catalogue, min_confidence, &unpack, &decode), started_at.date());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = overrides.workers.or(self.scan.workers).unwrap_or(cores).max(1);
        Ok(ScanPlan {
            targets,
            source,
            engine,
            key_engine,
            min_confidence,
            policy: self.policy,
            digest_key,
            people_secret,
            special: SpecialCategories::built_in()?.table(),
            unpack,
            decode,
            workers,
            prefetch_mib: 64,
            today: started_at.date(),
            notes,
            examination,
            memory: None,
            reads_unchanged: overrides.reads_unchanged,
            enough: Arc::default(),
            header,
        })
    }

    /// A digest of everything that decides what is found in an object, whatever the policy then says of it.
    fn examination(
        &self,
        overrides: &Overrides,
        (catalogue, min_confidence, unpack, decode): (&Catalogue, Confidence, &unpack::Limits, &decoders::Limits),
        today: Date,
    ) -> String {
        let mut text = format!(
            "{} {} {} {} {} {unpack:?} {:?} {:?} {}",
            env!("CARGO_PKG_VERSION"),
            scan::KEYS_VERSION,
            Individuals::DIGESTS_VERSION,
            catalogue.version(),
            min_confidence.as_str(),
            decode,
            self.policy.classification(),
            self.policy.allowed_values(today).identity(),
        );
        let DatabaseOptions { sample_rows, is_full, views, .. } = &overrides.source.database;
        let rows = if *is_full { "all".to_owned() } else { sample_rows.to_string() };
        text.push_str(&format!(" {rows} {views}"));
        for path in self.exact_paths(overrides) {
            // Whoever changes an index writes it anew.
            let known = std::fs::metadata(&path).map(|file| (file.len(), file.modified().ok()));
            text.push_str(&format!(" {} {known:?}", path.display()));
        }
        Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is listed, and how sources are asked.
    pub fn source_options(&self, overrides: &Overrides) -> Result<SourceOptions, ConfigError> {
        let globs = |flags: &[String], file: &[String]| [file, flags].concat();
        Ok(SourceOptions {
            include: globs(&overrides.include, &self.scan.include),
            exclude: globs(&overrides.exclude, &self.scan.exclude),
            min_size_bytes: size(overrides.min_size.as_ref().or(self.scan.min_size.as_ref()))?,
            max_size_bytes: size(overrides.max_size.as_ref().or(self.scan.max_size.as_ref()))?,
            modified_after: moment(overrides.modified_after.as_ref())?,
            modified_before: moment(overrides.modified_before.as_ref())?,
            max_requests_per_second: overrides.max_requests_per_second.or(self.scan.max_requests_per_second),
            ..overrides.source.clone()
        })
    }

    /// The installation key; needed only where the policy allows single values.
    fn digest_key(&self, overrides: &Overrides, today: Date) -> Result<Vec<u8>, ConfigError> {
        if self.policy.allowed_values(today).is_empty() {
            return Ok(Vec::new());
        }
        let place = KeyPlace::of(overrides);
        if place.is_elsewhere() {
            return Ok(place.read(self.folder())?);
        }
        self.installation_key(overrides.key_file.as_deref())
    }

    /// The folder that paths in the file, and the key beside it, are relative to.
    pub fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }

    /// The key of indexes: that of the installation, from wherever it comes.
    pub fn exact_key(&self, place: &KeyPlace) -> Result<ExactKey, ConfigError> {
        Ok(ExactKey::from_secret(&place.read(self.folder())?))
    }

    fn exact_paths(&self, overrides: &Overrides) -> Vec<PathBuf> {
        let of_file = self.detectors.exact.iter().map(|path| self.folder().join(path));
        of_file.chain(overrides.exact.iter().cloned()).collect()
    }

    /// The key of a ledger: the installation key, from wherever it comes; `None` where there is none.
    pub fn ledger_key(&self, overrides: &Overrides) -> Result<Option<Vec<u8>>, ConfigError> {
        let place = KeyPlace::of(overrides);
        if place.is_elsewhere() {
            return Ok(Some(place.read(self.folder())?));
        }
        self.people_secret(overrides)
    }

    /// The indexes of the file and of the flags, read; `None` where there are none.
    pub fn exact_indexes(&self, overrides: &Overrides) -> Result<Option<ExactIndexes>, ConfigError> {
        let paths = self.exact_paths(overrides);
        if paths.is_empty() {
            return Ok(None);
        }
        let key = self.exact_key(&KeyPlace::of(overrides))?;
        let indexes = paths.iter().map(|path| ExactIndex::read(path, &key)).collect::<Result<_, _>>()?;
        Ok(Some(ExactIndexes::new(key, indexes)))
    }

    /// The installation key, if there is one: people are then told apart by the same digests in every scan.
    fn people_secret(&self, overrides: &Overrides) -> Result<Option<Vec<u8>>, ConfigError> {
        match self.installation_key(overrides.key_file.as_deref()) {
            Ok(key) => Ok(Some(key)),
            Err(ConfigError::Key { source, .. })
                if overrides.key_file.is_none() && source.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The installation key, as named or beside the policy: 64 hexadecimal digits. A shorter one would let whoever sees
    /// a digest try all values.
    pub fn installation_key(&self, named: Option<&Path>) -> Result<Vec<u8>, ConfigError> {
        let path = named.map_or_else(|| self.folder().join(DEFAULT_KEY_FILE), Path::to_path_buf);
        let key = std::fs::read(&path).map_err(|source| ConfigError::Key { path: path.clone(), source })?;
        let key = key.trim_ascii();
        if key.len() != 64 || !key.iter().all(u8::is_ascii_hexdigit) {
            return Err(ConfigError::BadKey { path });
        }
        Ok(key.to_vec())
    }
}

/// Unique enough for one installation: the time to the nanosecond and the process.
fn scan_id(started_at: OffsetDateTime) -> String {
    format!("{:016x}{:08x}", started_at.unix_timestamp_nanos() as u64, std::process::id())
}

/// A number of bytes as it is written.
fn size(text: Option<&String>) -> Result<Option<u64>, ConfigError> {
    text.map(|text| text.parse::<Size>().map(|size| size.0).map_err(ConfigError::Size)).transpose()
}

/// A date (its first moment, UTC) or a time with its offset.
/// A date (its first moment, UTC) or a time with its offset; `None` for anything else. A time that does not say of which zone it
/// is means another moment on every machine.
pub fn moment_of(text: &str) -> Option<OffsetDateTime> {
    let date = date_of(text).map(|date| date.with_time(Time::MIDNIGHT).assume_utc());
    date.or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
}

/// `2026-10-31`.
pub fn date_of(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

fn moment(text: Option<&String>) -> Result<Option<SystemTime>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let parsed = moment_of(text).ok_or_else(|| ConfigError::Time(text.clone()))?;
    let since_epoch = std::time::Duration::from_secs(parsed.unix_timestamp().max(0).unsigned_abs());
    Ok(Some(UNIX_EPOCH + since_epoch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_or_full() {
        let read = |text: &str| moment(Some(&text.to_owned())).unwrap().unwrap();
        let midnight = read("2026-10-31");
        assert_eq!(read("2026-10-31T01:00:00+01:00"), midnight);
        for text in ["yesterday", "2026-10-31T08:00:00", "2026-10-31 ", "2026-02-30", "2026-W44-6", ""] {
            assert!(moment(Some(&text.to_owned())).is_err(), "{text}");
        }
    }
}
