//! From the TOML of a policy to a compiled one. Every mistake is an error with file, line, column and what to do.

use super::allowed::parse_digest;
use super::entry::{Entry, EntryKind};
use super::pattern::{FieldPattern, LocationPattern};
use super::severity::SeverityScale;
use super::spec::{AllowLocationSpec, AllowValueSpec, ClassSpec, ExpectSpec, PolicySpec, SeveritySpec};
use super::{AllowedValue, Policy};
use crate::model::{Class, ClassificationSpec};
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::{Date, Month};
use toml::Spanned;
use toml::value::Datetime;

/// A policy could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is no policy.
    #[error("{file}:{line}:{column}: {message}")]
    Invalid {
        /// The file as it was named.
        file: String,
        /// 1-based line.
        line: usize,
        /// 1-based column, in characters.
        column: usize,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The folder that relative patterns start from is not known.
    #[error(
        "{file}: cannot tell which folder relative patterns start from ({reason}); name the policy by its full path"
    )]
    NoFolder {
        /// The file as it was named.
        file: String,
        /// Why it is not known.
        reason: String,
    },
}

type Texts = Spanned<Vec<Spanned<String>>>;

/// The text with what is needed to point into it.
struct Builder<'a> {
    text: &'a str,
    file: String,
    folder: PathBuf,
}

/// Reads text into a policy and the tables of others.
pub(super) fn parse<Scan, Detectors, Tickets, Serve>(
    text: &str,
    path: &Path,
) -> Result<(Policy, Scan, Detectors, Tickets, Serve), PolicyError>
where
    Scan: Default + DeserializeOwned,
    Detectors: Default + DeserializeOwned,
    Tickets: Default + DeserializeOwned,
    Serve: Default + DeserializeOwned,
{
    let file = path.display().to_string();
    let full = std::path::absolute(path)
        .map_err(|error| PolicyError::NoFolder { file: file.clone(), reason: error.to_string() })?;
    let folder = full.parent().map_or_else(|| PathBuf::from("/"), Path::to_path_buf);
    let builder = Builder { text, file, folder };
    let spec: PolicySpec<Scan, Detectors, Tickets, Serve> = toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('\n', "; ");
        let start = error.span().map_or(0, |span| span.start);
        builder.error(start..start, format!("{message}; docs/policy.md describes every key"))
    })?;
    let mut entries = Vec::with_capacity(spec.expect.len() + spec.allow.location.len());
    for expect in spec.expect {
        entries.push(builder.expect(expect)?);
    }
    for allow in spec.allow.location {
        entries.push(builder.allow_location(allow)?);
    }
    let mut values = Vec::with_capacity(spec.allow.value.len());
    for value in spec.allow.value {
        values.push(builder.allow_value(value)?);
    }
    let severity = builder.severity(spec.severity)?;
    let classification = builder.classification(spec.classification)?;
    let policy = Policy { entries, values, severity, classification, file: builder.file };
    Ok((policy, spec.scan, spec.detectors, spec.tickets, spec.serve))
}

impl Builder<'_> {
    fn expect(&self, spec: Spanned<ExpectSpec>) -> Result<Entry, PolicyError> {
        let line = self.place(spec.span().start).0;
        let spec = spec.into_inner();
        let name = self.said(spec.name, "name", "say what people call the place")?;
        let reason = self.said(spec.reason, "reason", "say why it is expected there")?;
        let label = format!("\"{name}\" ({}:{line})", self.file);
        let because = format!("expected by {label}: {reason}").into();
        Ok(Entry {
            kind: EntryKind::Expect,
            label,
            line,
            locations: self.patterns("locations", &spec.locations)?,
            except: spec.except.iter().map(|text| self.pattern(text)).collect::<Result<_, _>>()?,
            classes: Some(self.classes(&spec.classes)?),
            fields: self.fields(spec.fields.as_ref())?,
            detectors: self.detectors(spec.detectors.as_ref())?,
            reason,
            owner: spec.owner,
            expires: None,
            because,
            because_expired: None,
        })
    }

    fn allow_location(&self, spec: Spanned<AllowLocationSpec>) -> Result<Entry, PolicyError> {
        let line = self.place(spec.span().start).0;
        let spec = spec.into_inner();
        let reason = self.said(spec.reason, "reason", "say why it is tolerated")?;
        let expires = self.day(&spec.expires)?;
        let label = format!("allow.location ({}:{line})", self.file);
        let because: Arc<str> = format!("allowed until {expires} by {label}: {reason}").into();
        let because_expired: Arc<str> = format!("{label} allowed it until {expires} and has expired").into();
        Ok(Entry {
            kind: EntryKind::Allow,
            label,
            line,
            locations: self.patterns("locations", &spec.locations)?,
            except: spec.except.iter().map(|text| self.pattern(text)).collect::<Result<_, _>>()?,
            classes: spec.classes.as_ref().map(|classes| self.classes(classes)).transpose()?,
            fields: self.fields(spec.fields.as_ref())?,
            detectors: self.detectors(spec.detectors.as_ref())?,
            reason,
            owner: spec.owner,
            expires: Some(expires),
            because,
            because_expired: Some(because_expired),
        })
    }

    fn allow_value(&self, spec: Spanned<AllowValueSpec>) -> Result<AllowedValue, PolicyError> {
        let line = self.place(spec.span().start).0;
        let spec = spec.into_inner();
        let digest = parse_digest(spec.digest.get_ref()).ok_or_else(|| {
            // The text is not repeated: somebody may have put the value itself here.
            let what = "digest is not 64 hexadecimal digits; give the keyed digest of the value, never the value";
            self.error(spec.digest.span(), what)
        })?;
        let detector =
            spec.detector.map(|id| self.said(id, "detector", "name one or leave the key out")).transpose()?;
        let reason = self.said(spec.reason, "reason", "say why it is tolerated")?;
        Ok(AllowedValue { digest, detector, expires: self.day(&spec.expires)?, line, reason })
    }

    fn severity(&self, spec: SeveritySpec) -> Result<SeverityScale, PolicyError> {
        let mut scale = SeverityScale::default();
        let ids = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
        for (given, target) in
            [(&spec.some_records, &mut scale.some_records), (&spec.many_records, &mut scale.many_records)]
        {
            if let Some(given) = given {
                if *given.get_ref() == 0 {
                    return Err(self.error(given.span(), "a threshold of 0 records; give 1 or more"));
                }
                *target = *given.get_ref();
            }
        }
        if scale.some_records > scale.many_records {
            let span = spec.some_records.or(spec.many_records).map_or(0..0, |given| given.span());
            return Err(self.error(span, "some_records is larger than many_records; swap or correct them"));
        }
        if let Some(list) = spec.sensitive_detectors {
            scale.sensitive_detectors = ids(list);
        }
        if let Some(list) = spec.network_detectors {
            scale.network_detectors = ids(list);
        }
        Ok(scale)
    }

    fn classification(&self, spec: Option<Spanned<ClassificationSpec>>) -> Result<ClassificationSpec, PolicyError> {
        let Some(spec) = spec else { return Ok(ClassificationSpec::default()) };
        let span = spec.span();
        let spec = spec.into_inner();
        for combination in &spec.combination {
            if combination.detectors.len() + combination.groups.len() < 2 {
                let what =
                    "a combination of fewer than two parts; to let one detector identify, make its role \"strong\"";
                return Err(self.error(span, what));
            }
            if combination.reason.trim().is_empty() {
                return Err(self.error(span, "a combination without a reason; say why it identifies somebody"));
            }
        }
        Ok(spec)
    }

    /// A text that must say something.
    fn said(&self, text: Spanned<String>, key: &str, advice: &str) -> Result<String, PolicyError> {
        let span = text.span();
        let text = text.into_inner();
        if text.trim().is_empty() {
            return Err(self.error(span, format!("{key} is empty; {advice}")));
        }
        Ok(text)
    }

    fn patterns(&self, key: &str, texts: &Texts) -> Result<Vec<LocationPattern>, PolicyError> {
        self.not_empty(key, texts)?;
        texts.get_ref().iter().map(|text| self.pattern(text)).collect()
    }

    fn pattern(&self, text: &Spanned<String>) -> Result<LocationPattern, PolicyError> {
        LocationPattern::new(text.get_ref(), &self.folder)
            .map_err(|reason| self.error(text.span(), format!("\"{}\": {reason}", text.get_ref())))
    }

    fn classes(&self, classes: &Spanned<Vec<ClassSpec>>) -> Result<Vec<Class>, PolicyError> {
        self.not_empty("classes", classes)?;
        Ok(classes.get_ref().iter().map(|class| Class::from(*class)).collect())
    }

    fn fields(&self, texts: Option<&Texts>) -> Result<Option<Vec<FieldPattern>>, PolicyError> {
        let Some(texts) = texts else { return Ok(None) };
        self.not_empty("fields", texts)?;
        Ok(Some(texts.get_ref().iter().map(|text| FieldPattern::new(text.get_ref())).collect()))
    }

    fn detectors(&self, texts: Option<&Texts>) -> Result<Option<Vec<String>>, PolicyError> {
        let Some(texts) = texts else { return Ok(None) };
        self.not_empty("detectors", texts)?;
        Ok(Some(texts.get_ref().iter().map(|text| text.get_ref().clone()).collect()))
    }

    /// An empty list would cover nothing, which is never what somebody meant.
    fn not_empty<T>(&self, key: &str, list: &Spanned<Vec<T>>) -> Result<(), PolicyError> {
        if list.get_ref().is_empty() {
            return Err(
                self.error(list.span(), format!("{key} is empty, so the entry covers nothing; list at least one"))
            );
        }
        Ok(())
    }

    fn day(&self, given: &Spanned<Datetime>) -> Result<Date, PolicyError> {
        let moment = given.get_ref();
        let date = match (moment.date, moment.time, moment.offset) {
            (Some(date), None, None) => Month::try_from(date.month)
                .ok()
                .and_then(|month| Date::from_calendar_date(i32::from(date.year), month, date.day).ok()),
            _ => None,
        };
        date.ok_or_else(|| {
            self.error(given.span(), "expires is not a day; write one such as 2027-01-31, without quotes")
        })
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> PolicyError {
        let (line, column) = self.place(span.start);
        PolicyError::Invalid { file: self.file.clone(), line, column, message: message.into() }
    }

    /// 1-based line and column of a byte offset.
    fn place(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}
