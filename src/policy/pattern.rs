//! Patterns of a policy: globs on locations, and wildcards on field paths.
//!
//! In a location `**` crosses `/` and `*` does not, so that a bucket or a folder cannot be left by accident. Field
//! paths are no paths of folders (`telecom[].value`), so there `*` is any text and brackets are plain characters.

use crate::model::Location;
use globset::{GlobBuilder, GlobMatcher};
use std::path::{Component, Path, PathBuf};

/// A compiled pattern on locations.
#[derive(Debug, Clone)]
pub struct LocationPattern {
    text: String,
    matcher: GlobMatcher,
}

impl LocationPattern {
    /// Compiles a pattern; one without a scheme is a path relative to `directory`, which must be absolute.
    /// The error says what is wrong with it, without the pattern.
    pub fn new(text: &str, directory: &Path) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("an empty pattern covers nothing; write a location such as \"s3://bucket/**\"".to_owned());
        }
        let mut glob = if text.contains("://") { text.to_owned() } else { absolute(text, directory) };
        if let Some((scheme, rest)) = text.split_once("://")
            && (rest.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*{},".contains(&byte)))
        {
            return Err("not a location; write one such as \"s3://bucket/**\" or \"file:///folder/**\"".to_owned());
        }
        refuse_what_surprises(text)?;
        if glob.ends_with('/') {
            glob.push_str("**");
        }
        let built = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
        let matcher = built.map_err(|error| format!("not a valid pattern ({})", error.kind()))?.compile_matcher();
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// Whether the location, all of it, fits.
    pub fn matches(&self, location: &Location) -> bool {
        self.matcher.is_match(location.as_str())
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Refuses what is valid in a glob and does not mean what it seems to: it would cover too little or too much unnoticed.
fn refuse_what_surprises(text: &str) -> Result<(), String> {
    let mut pieces = text.split(['/', ',', '{', '}']);
    if pieces.any(|piece| piece.contains("**") && piece != "**") {
        return Err("** crosses folders only as a folder of its own; write \"folder/**\" or \"**/*.csv\"".to_owned());
    }
    if text.contains("[!") || text.contains("[^") {
        return Err("a negated set of characters would also fit \"/\"; list the characters that fit".to_owned());
    }
    Ok(())
}

/// The `file://` glob of a path pattern. `.` and `..` are resolved by name, because a location has neither.
fn absolute(text: &str, directory: &Path) -> String {
    let mut base = PathBuf::from(directory);
    let mut rest = text.trim_start_matches("./");
    if text.starts_with('/') {
        base = PathBuf::from("/");
        rest = text.trim_start_matches('/');
    }
    while let Some(shorter) = rest.strip_prefix("../") {
        base.pop();
        rest = shorter.trim_start_matches("./");
    }
    let folder: PathBuf = base.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let folder = Location::file(&folder);
    let folder = globset::escape(folder.as_str().trim_end_matches('/'));
    // Locations of files write `%` as `%25`.
    let glob = format!("{folder}/{}", rest.replace('%', "%25"));
    // `file:` alone is left of the root folder, whose slashes were trimmed with the path's end.
    if let Some(rest) = glob.strip_prefix("file:/").filter(|rest| !rest.starts_with('/')) {
        return format!("file:///{rest}");
    }
    glob
}

/// A wildcard on field paths: `*` is any text, `?` any one character, letters match in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPattern(String);

impl FieldPattern {
    /// A pattern from its text. Every text is a valid pattern.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the field path, all of it, fits.
    pub fn matches(&self, field: &str) -> bool {
        wildcard(self.0.as_bytes(), field.as_bytes())
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Greedy match with one point of return, so that a hostile field name cannot make it slow.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(b'?') => {
                at += 1;
                from += 1;
                // One character, not one byte.
                while text.get(from).is_some_and(|byte| byte & 0xC0 == 0x80) {
                    from += 1;
                }
            }
            Some(byte) if byte.eq_ignore_ascii_case(&text[from]) => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, star_from)) => {
                    star = Some((star_at, star_from + 1));
                    at = star_at + 1;
                    from = star_from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, location: &str) -> bool {
        LocationPattern::new(pattern, Path::new("/srv/[policy]")).unwrap().matches(&Location::from_uri(location))
    }

    #[test]
    fn one_star_stays_in_its_folder_and_two_do_not() {
        assert!(fits("s3://b/**", "s3://b/a/b/c.csv"));
        assert!(fits("s3://b/*", "s3://b/c.csv"));
        assert!(!fits("s3://b/*", "s3://b/a/c.csv"));
        assert!(fits("s3://acme-*/**", "s3://acme-clinical/x"));
        assert!(!fits("s3://acme-*/x", "s3://acme-clinical/y/x"));
        assert!(!fits("s3://acme/**", "s3://acme-public/x"));
        assert!(fits("s3://b/a/", "s3://b/a/x/y"));
        assert!(fits("file://**/clinical/**", "file:///data/x/clinical/a.csv"));
        assert!(fits("file://**/clinical/**", "file:///clinical/a.csv"));
        assert!(!fits("file://**/clinical/**", "file:///data/nonclinical/a.csv"));
        assert!(!fits("file://**/clinical/**", "s3://b/clinical/a.csv"));
        assert!(fits("s3://b/*.zip!/**", "s3://b/k.zip!/in/a.csv"));
        assert!(!fits("s3://b/*.zip", "s3://b/k.zip!/a.csv"));
        assert!(fits("s3://b/{in/**,out/*.csv}", "s3://b/in/x/y") && fits("s3://{a,b}/**/*.csv", "s3://b/x/y.csv"));
    }

    #[test]
    fn odd_keys_are_plain_text() {
        assert!(fits("s3://b/in/**", "s3://b/in/new\nline/\u{202e}x"));
        assert!(fits("s3://b/in/**", "s3://b/in//a//"));
        assert!(fits("s3://b/in/**", "s3://b/in/../a"));
        assert!(!fits("s3://b/in/*", "s3://b/in/a/\nb"));
    }

    #[test]
    fn paths_are_relative_to_the_policy() {
        assert!(fits("clinical/**", "file:///srv/[policy]/clinical/a/b"));
        assert!(fits("./clinical/*.csv", "file:///srv/[policy]/clinical/a.csv"));
        assert!(fits("../other/**", "file:///srv/other/b"));
        assert!(fits("/data/100%/**", "file:///data/100%25/b"));
        assert!(!fits("clinical/**", "file:///srv/p/clinical/a"));
        assert!(!fits("clinical/**", "file:///x/srv/[policy]/clinical/a"));
        let root = LocationPattern::new("a/**", Path::new("/")).unwrap();
        assert!(root.matches(&Location::from_uri("file:///a/b")));
    }

    #[test]
    fn mistakes_are_refused() {
        for pattern in [
            "",
            " ",
            "s3://",
            "my bucket://x",
            "s3://b/{a,b",
            "s3://b/[a",
            "s3://b/a**",
            "s3://b/**.csv",
            "s3://b[!x]a",
        ] {
            assert!(LocationPattern::new(pattern, Path::new("/")).is_err(), "{pattern}");
        }
    }

    #[test]
    fn fields_take_wildcards() {
        let fits = |pattern: &str, field: &str| FieldPattern::new(pattern).matches(field);
        assert!(fits("*", "") && fits("*", "a.b"));
        assert!(fits("patient.*", "patient.telecom[].value"));
        assert!(fits("*.telecom[].value", "patient.telecom[].value"));
        assert!(fits("SSN", "ssn") && !fits("ssn", "ssn2"));
        assert!(fits("m?d", "MéD") && !fits("m?d", "md"));
        assert!(fits("a*b*c", "axxbyybzc") && !fits("a*b*c", "axxbyybz"));
        assert!(!fits("", "a") && fits("", ""));
    }
}
