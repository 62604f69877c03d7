//! Which listed objects are wanted: globs, size and time limits, decided on the listing before anything is read.

use super::{SourceError, SourceOptions};
use crate::model::{Coverage, Listed, Object, Reason};
use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use std::path::Path;
use std::time::SystemTime;

/// The compiled choices of the user.
pub struct Selection {
    include: Option<GlobSet>,
    exclude: GlobSet,
    min_size_bytes: u64,
    max_size_bytes: u64,
    modified_after: Option<SystemTime>,
    modified_before: Option<SystemTime>,
}

impl Selection {
    /// Compiles the globs.
    pub fn new(options: &SourceOptions) -> Result<Self, SourceError> {
        let include = if options.include.is_empty() { None } else { Some(glob_set(&options.include)?) };
        Ok(Self {
            include,
            exclude: glob_set(&options.exclude)?,
            min_size_bytes: options.min_size_bytes.unwrap_or(0),
            max_size_bytes: options.max_size_bytes.unwrap_or(u64::MAX),
            modified_after: options.modified_after,
            modified_before: options.modified_before,
        })
    }

    /// Why the object is left out, if it is. `relative` is its key, or its path below the target.
    fn left_out(&self, object: &Object, relative: &Path) -> Option<Reason> {
        let location = object.location.as_str();
        let matches = |set: &GlobSet| set.is_match(relative) || set.is_match(location);
        if self.include.as_ref().is_some_and(|set| !matches(set)) || matches(&self.exclude) {
            return Some(Reason::Excluded);
        }
        let size_bytes = object.size_bytes.unwrap_or(self.min_size_bytes);
        if size_bytes > self.max_size_bytes {
            return Some(Reason::OverSizeLimit);
        }
        if size_bytes < self.min_size_bytes {
            return Some(Reason::UnderSizeLimit);
        }
        let modified = object.modified?;
        let outside = self.modified_after.is_some_and(|limit| modified < limit)
            || self.modified_before.is_some_and(|limit| modified > limit);
        outside.then_some(Reason::OutsideTimeLimit)
    }

    /// The object as it is listed: to be read, or a gap with the reason why not.
    pub fn listed(&self, object: Object, relative: &Path) -> Listed {
        match self.left_out(&object, relative) {
            Some(reason) => Listed::Gap(object, Coverage::Skipped(reason)),
            None => Listed::Object(object),
        }
    }

    /// Whether the globs leave the place out, whatever its size and time.
    pub(super) fn excludes(&self, object: &Object, relative: &Path) -> bool {
        self.left_out(object, relative) == Some(Reason::Excluded)
    }
}

fn glob_set(globs: &[String]) -> Result<GlobSet, SourceError> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let compiled = GlobBuilder::new(glob).literal_separator(false).build();
        builder.add(compiled.map_err(|error| invalid_glob(glob, &error))?);
    }
    builder.build().map_err(|error| invalid_glob(&globs.join(" "), &error))
}

/// A glob that is a target: `*` and `?` stop at `/`, `**` does not, as in a shell.
pub(super) fn target_glob(glob: &str) -> Result<GlobMatcher, SourceError> {
    let compiled = GlobBuilder::new(glob).literal_separator(true).build();
    Ok(compiled.map_err(|error| invalid_glob(glob, &error))?.compile_matcher())
}

fn invalid_glob(glob: &str, error: &globset::Error) -> SourceError {
    SourceError::InvalidGlob { glob: glob.into(), problem: error.kind().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;
    use std::time::Duration;

    fn object(key: &str, size_bytes: u64) -> Object {
        let mut object = Object::at(Location::s3("b", key));
        object.size_bytes = Some(size_bytes);
        object.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        object
    }

    fn reason(options: &SourceOptions, key: &str, size_bytes: u64) -> Option<Reason> {
        Selection::new(options).unwrap().left_out(&object(key, size_bytes), Path::new(key))
    }

    #[test]
    fn globs_match_the_key_and_the_location() {
        let options = SourceOptions {
            include: vec!["*.csv".into(), "s3://b/raw/**".into()],
            exclude: vec!["**/tmp/*".into()],
            ..SourceOptions::default()
        };
        assert_eq!(reason(&options, "a/b/c.csv", 1), None);
        assert_eq!(reason(&options, "raw/x.bin", 1), None);
        assert_eq!(reason(&options, "a/x.bin", 1), Some(Reason::Excluded));
        assert_eq!(reason(&options, "a/tmp/c.csv", 1), Some(Reason::Excluded));
        assert_eq!(reason(&options, "a\nb.csv", 1), None);
    }

    #[test]
    fn limits_apply_to_size_and_time() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let sizes = SourceOptions { min_size_bytes: Some(10), max_size_bytes: Some(20), ..SourceOptions::default() };
        assert_eq!(reason(&sizes, "k", 9), Some(Reason::UnderSizeLimit));
        assert_eq!(reason(&sizes, "k", 10), None);
        assert_eq!(reason(&sizes, "k", 20), None);
        assert_eq!(reason(&sizes, "k", 21), Some(Reason::OverSizeLimit));
        let after = SourceOptions { modified_after: at(1_001), ..SourceOptions::default() };
        assert_eq!(reason(&after, "k", 1), Some(Reason::OutsideTimeLimit));
        let before = SourceOptions { modified_before: at(999), ..SourceOptions::default() };
        assert_eq!(reason(&before, "k", 1), Some(Reason::OutsideTimeLimit));
        let exact = SourceOptions { modified_after: at(1_000), modified_before: at(1_000), ..SourceOptions::default() };
        assert_eq!(reason(&exact, "k", 1), None);
    }

    #[test]
    fn a_bad_glob_is_named() {
        let options = SourceOptions { exclude: vec!["a[".into()], ..SourceOptions::default() };
        let error = Selection::new(&options).err().unwrap().to_string();
        assert!(error.starts_with("invalid glob \"a[\""), "{error}");
    }
}
