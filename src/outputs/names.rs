//! Names of places for reports and tickets that go to many: what one owner answers for, and names that are withheld.

use super::text::harmless;

/// Folders of a file's location that one owner answers for.
const FOLDERS: usize = 3;

/// A name as a report or a ticket may show it to many. One in which an identifier was found may hold more about the same
/// person, such as a name, and is withheld: the fingerprint finds it in the ledger. A mask tells, too: a changing part is
/// one `*` alone.
pub fn shown_name(name: &str, names_somebody: bool) -> String {
    if !names_somebody && !name.contains("**") {
        return harmless(name);
    }
    let place = owned_place(name);
    format!("{}/(name withheld)", if place.contains("**") { "" } else { &place })
}

/// What one owner answers for: `s3://bucket`, `postgres://host/database/schema`, `mysql://host/database`, `sqlite:///file`, and
/// of a file the first folders.
pub fn owned_place(location: &str) -> String {
    let location = harmless(location);
    let Some((scheme, rest)) = location.split_once("://") else { return location };
    // What lies in an archive lies where the archive does.
    let parts: Vec<&str> = rest.split("!/").next().unwrap_or_default().split('/').collect();
    let first = |count: usize| parts.iter().take(count).copied().collect::<Vec<_>>().join("/");
    let kept = match (scheme, &parts[..]) {
        ("s3", _) => first(1),
        ("postgres", [host, database, table]) => {
            let schema = table.split('.').next().unwrap_or_default();
            format!("{host}/{database}/{schema}")
        }
        ("mysql", _) => first(2),
        // The path begins with a slash, so its first part is empty; the last one is the file. A changing part ends it.
        ("file", parts) => {
            let constant = parts.iter().take_while(|part| !part.contains('*')).count();
            first(constant.min(parts.len().saturating_sub(1)).min(FOLDERS + 1))
        }
        (_, parts) => first(parts.len().saturating_sub(1).max(1)),
    };
    format!("{scheme}://{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_what_one_owner_answers_for() {
        for (location, expected) in [
            ("s3://b/a/b/c.csv", "s3://b"),
            ("s3://b/x.zip!/in.csv", "s3://b"),
            ("postgres://h:5433/db/public.patients", "postgres://h:5433/db/public"),
            ("mysql://h/clinic/visits", "mysql://h/clinic"),
            ("sqlite:///srv/c.db/visits", "sqlite:///srv/c.db"),
            ("file:///srv/exports/a/b/c.csv", "file:///srv/exports/a"),
            ("file:///c.csv", "file://"),
            ("file:///srv/John Smith */in/", "file:///srv"),
            ("file:///srv/x.zip!/in/a.csv", "file:///srv"),
            ("stdin://-", "stdin://-"),
            ("s3://b/new\nline.csv", "s3://b"),
        ] {
            assert_eq!(owned_place(location), expected, "{location}");
        }
    }
}
