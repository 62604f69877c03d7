//! Where texts lie that were written for everybody: packages, the files of an operating system, programs, and files that
//! projects name by custom.
//!
//! What a text says may not tell (a list of authors reads like a list of customers); its place does. Knows locations only.

/// Folders that package managers fill.
const PACKAGES: [&str; 8] = [
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/.cargo/registry/",
    "/go/pkg/mod/",
    "/.m2/repository/",
    "/bower_components/",
    "/typeshed/",
];

/// Folders that operating systems and other programs fill.
const FOLDERS: [&str; 6] = ["/usr/share/", "/usr/lib/", "/usr/include/", "/.git/", "/__pycache__/", "/gems/"];

/// Names of files without their ending, lower case: about a project, and who made it.
const NAMES: [&str; 24] = [
    "authors",
    "bugs",
    "changelog",
    "changes",
    "codeowners",
    "composer",
    "contributing",
    "contributors",
    "copying",
    "copyright",
    "credits",
    "history",
    "install",
    "licence",
    "license",
    "maintainers",
    "metadata",
    "news",
    "notice",
    "package",
    "pkg-info",
    "readme",
    "thanks",
    "todo",
];

/// The endings that such files have.
const ENDINGS: &[&str] = &["", "md", "rst", "txt", "html", "en"];

/// Of the names, those that other texts have too, and the endings that they need.
const OTHER_ENDINGS: [(&str, &[&str]); 7] = [
    ("changes", &["", "md", "rst"]),
    ("composer", &["json", "lock"]),
    ("history", &["md", "rst"]),
    ("metadata", &[""]),
    ("news", &["", "md", "rst"]),
    ("notice", &["", "md"]),
    ("package", &["json"]),
];

/// Endings of programs and of what is written beside them.
const PROGRAMS: [&str; 46] = [
    "awk", "bash", "bat", "c", "cc", "clj", "cmake", "cpp", "cs", "csh", "css", "cxx", "el", "erl", "ex", "f90",
    "fish", "go", "h", "hpp", "hs", "java", "js", "jsx", "kt", "lua", "m4", "mjs", "ml", "php", "pl", "pm", "po",
    "pot", "proto", "py", "pyi", "rb", "rs", "scala", "scss", "sh", "swift", "tcl", "ts", "tsx",
];

/// Whether a package manager keeps what lies there.
pub(super) fn is_of_packages(location: &str) -> bool {
    PACKAGES.iter().any(|folder| location.contains(folder))
}

/// Whether a location says that what lies there was written for everybody.
pub(super) fn is_of_publications(location: &str) -> bool {
    if is_of_packages(location) || FOLDERS.iter().any(|folder| location.contains(folder)) {
        return true;
    }
    let name = location.rsplit(['/', '!']).next().unwrap_or_default().to_ascii_lowercase();
    let name = [".gz", ".xz", ".bz2", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    if NAMES.binary_search(&stem).is_ok() {
        let others = OTHER_ENDINGS.iter().find(|(known, _)| *known == stem);
        return others.map_or(ENDINGS, |(_, endings)| endings).contains(&ending);
    }
    name.rsplit_once('.').is_some_and(|(_, last)| PROGRAMS.binary_search(&last).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_programs_and_files_of_projects_are_told() {
        for location in [
            "file:///srv/app/node_modules/archy/package.json",
            "file:///usr/share/doc/gawk/examples/data/mail-list",
            "s3://build/src/AUTHORS",
            "s3://build/src/README.md",
            "s3://build/dist.tar.gz!/dist/CHANGELOG.gz",
            "s3://build/lib/easing.py",
        ] {
            assert!(is_of_publications(location), "{location}");
        }
        for location in [
            "s3://clinic/exports/patients.csv",
            "s3://clinic/history.csv",
            "s3://clinic/scans/license.jpg",
            "s3://clinic/credits.csv",
            "s3://clinic/metadata.json",
            "s3://clinic/news/2026.txt",
            "s3://clinic/package/authors_of_notes.txt",
            "stdin://",
            "",
        ] {
            assert!(!is_of_publications(location), "{location}");
        }
    }

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted() && PROGRAMS.is_sorted());
    }
}
