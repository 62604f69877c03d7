//! What was read of an object, and the documented reason where it was not everything.

use std::fmt;

/// How much of an object was examined. An object has exactly one coverage in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// Every byte was read and decoded.
    Complete,
    /// A stated sample was read.
    Sampled,
    /// Some of it was examined, and the rest could not be.
    Partial(Reason),
    /// Not read on purpose.
    Skipped(Reason),
    /// It was to be read, and nothing could be.
    Failed(Reason),
}

impl Coverage {
    /// The word of the JSONL contract.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Sampled => "sampled",
            Self::Partial(_) => "partial",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is not complete.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Complete | Self::Sampled => None,
            Self::Partial(reason) | Self::Skipped(reason) | Self::Failed(reason) => Some(*reason),
        }
    }

    /// Whether the object counts as "could not be examined" for the exit code: everything but complete, sampled, and
    /// what the user excluded, wholly or in part, or what cannot hold data.
    pub fn is_gap(&self) -> bool {
        match self {
            Self::Complete | Self::Sampled => false,
            Self::Skipped(reason) => !reason.is_by_choice(),
            Self::Partial(reason) => *reason != Reason::UnlikelyColumns,
            Self::Failed(_) => true,
        }
    }
}

macro_rules! reasons {
    ($($variant:ident $code:literal $text:literal),+ $(,)?) => {
        /// Why an object was not examined completely. The codes are part of the output contract: a code is never
        /// renamed or given another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $(#[doc = $text] $variant),+ }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code that outputs carry.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// One sentence for a person: what happened and what to do about it.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    // Of the user's choosing, or nothing to read.
    Excluded "excluded" "left out by --include or --exclude",
    OverSizeLimit "over_size_limit" "larger than --max-size; raise the limit to read it",
    UnderSizeLimit "under_size_limit" "smaller than --min-size; lower the limit to read it",
    OutsideTimeLimit "outside_time_limit" "last modified outside --modified-after and --modified-before",
    Empty "empty" "no content: zero bytes or a folder marker",
    NotSampled "not_sampled" "not drawn by --sample; the notes say what those that were drawn show of it",
    UnlikelyColumns "unlikely_columns" "numbers, times and late dates that only a telling name could make identifiers were left out (--skip-unlikely-columns)",
    // Access.
    AccessDenied "access_denied" "the source refused to let it be read; grant read access to the scanner's role",
    KmsDenied "kms_denied" "the key that encrypts it may not be used; grant kms:Decrypt to the scanner's role",
    CustomerKey "customer_key" "encrypted with a key that only the customer holds (SSE-C); it cannot be read without it",
    Archived "archived" "in an archive storage class; restore it before it can be read",
    NotFound "not_found" "not there: a name that is wrong, or gone between listing and reading",
    Changed "changed" "changed while it was read; scan it again",
    Unreadable "unreadable" "the source failed while it was listed or read; see the log and scan it again",
    TimedOut "timed_out" "the source stopped answering; scan it again",
    SpecialFile "special_file" "not a regular file (FIFO, device, socket)",
    LinkLoop "link_loop" "a symbolic link that leads back to a directory already being listed",
    DanglingLink "dangling_link" "a symbolic link to nothing",
    NothingListed "nothing_listed" "nothing at all is listed here: a name or a glob that is wrong, a share that is not mounted, or rights that show nothing; --accept-empty where a target may be empty",
    NotMounted "not_mounted" "an earlier scan met another file system here with something in it, and it is not there now; mount it, or scan once with --accept-unmounted where it is gone for good",
    // Databases.
    ConnectionFailed "connection_failed" "the database could not be reached, or refused the connection or the sign-in; see the log",
    Insecure "insecure" "the server offers no TLS that can be verified; give --db-ca, or accept it with --db-insecure-host",
    Stopped "stopped" "the database server is stopped; start it, or scan it when it runs",
    UnsupportedEngine "unsupported_engine" "a database of an engine that cannot be read; PostgreSQL, MySQL, MariaDB and Aurora can",
    RowSecurity "row_security" "row-level security would hide rows from this user; scan with a role that may see all of them",
    // Content.
    Binary "binary" "binary content that no decoder knows",
    Corrupt "corrupt" "damaged content: decoding had to stop",
    Truncated "truncated" "the content ends in the middle of a structure",
    MalformedRecords "malformed_records" "some records could not be decoded; the others were",
    Encrypted "encrypted" "encrypted content",
    UnsupportedFormat "unsupported_format" "a known format, or a feature of one, that is not decoded",
    Undecoded "undecoded" "the format is known, but the structure is not: it was read as text",
    NoText "no_text" "pages that show their text as an image, or in a font that does not say which characters it draws; have the text recognised (OCR), and scan the result",
    // Limits.
    ExpansionLimit "expansion_limit" "expands beyond the size or ratio limit (a decompression bomb, or raise --max-expanded-size)",
    NestingLimit "nesting_limit" "compressed or nested more deeply than the limit",
    ByteBudget "byte_budget" "more bytes of the table than --db-max-bytes; raise it, or give --full",
    CopyLimit "copy_limit" "a database file that could not be copied to a temporary file: too large, or no room; copy it, and scan it with sqlite:PATH",
    MemoryLimit "memory_limit" "one element is larger than the memory limit",
    // The scan itself.
    Interrupted "interrupted" "the scan was stopped before it was examined completely",
    InternalError "internal_error" "a defect in phinder; please report it with the log",
}

impl Reason {
    /// The user asked for it, or there was nothing to read: no gap in the examination.
    pub fn is_by_choice(self) -> bool {
        matches!(
            self,
            Self::Excluded
                | Self::OverSizeLimit
                | Self::UnderSizeLimit
                | Self::OutsideTimeLimit
                | Self::Empty
                | Self::NotSampled
                | Self::UnlikelyColumns
        )
    }
}

impl Reason {
    /// The one that says most of an object of several: what the user chose hides nothing that went wrong.
    pub fn most_telling(reasons: impl IntoIterator<Item = Self>) -> Option<Self> {
        reasons.into_iter().min_by_key(|reason| (reason.is_by_choice(), *reason))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_speakable() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn what_the_user_left_out_is_no_gap() {
        assert!(!Coverage::Skipped(Reason::Excluded).is_gap());
        assert!(Coverage::Skipped(Reason::Archived).is_gap());
        assert!(Coverage::Partial(Reason::Empty).is_gap());
        assert!(!Coverage::Partial(Reason::UnlikelyColumns).is_gap());
        let told = Reason::most_telling([Reason::UnlikelyColumns, Reason::Truncated, Reason::Corrupt]);
        assert_eq!((told, Reason::most_telling([])), (Some(Reason::Corrupt), None));
        assert!(!Coverage::Complete.is_gap());
    }
}
