//! The reference of the detectors as Markdown: one section for each, read off its own file.
//!
//! `docs/detectors-reference.md` is this text for the built-in detectors; a test holds them together.

use super::catalogue_lists::{SAFE_HARBOR, class_name};
use crate::detectors::Catalogue;
use crate::detectors::spec::{DetectorSpec, Example, Makeup};
use crate::model::Confidence;

/// The whole reference.
pub(super) fn markdown(catalogue: &Catalogue) -> String {
    let mut text = String::from(
        "# Reference of the detectors\n\n\
         Written by `phinder detectors reference` from the files in `detectors/`; do not edit it. [detectors.md](detectors.md) explains the words.\n\n\
         | id | class | HIPAA | name |\n|---|---|---|---|\n",
    );
    for entry in catalogue.entries() {
        let DetectorSpec { id, name, class, safe_harbor, .. } = &entry.spec;
        let letter = safe_harbor.map_or_else(String::new, String::from);
        text.push_str(&format!("| [{id}](#{id}) | {} | {letter} | {name} |\n", class_name(*class)));
    }
    for entry in catalogue.entries() {
        text.push_str(&section(&entry.spec));
    }
    text
}

fn section(spec: &DetectorSpec) -> String {
    let mut text = format!("\n## {}\n\n{}.\n\n", spec.id, spec.name);
    let mut point = |name: &str, value: String| text.push_str(&format!("- **{name}**: {value}\n"));
    point("class", class_name(spec.class).to_owned());
    if let Some((letter, name)) = SAFE_HARBOR.iter().find(|(letter, _)| spec.safe_harbor == Some(*letter)) {
        point("HIPAA", format!("{letter}, {}", lower_first(name)));
    }
    point("source", spec.source.clone());
    if let Some(anywhere) = &spec.anywhere {
        let checked = anywhere.validator.as_ref().map_or_else(String::new, |name| format!(", checked by `{name}`"));
        point("alone", format!("{} confidence{checked}", anywhere.confidence.as_str()));
    }
    if let Some(terms) = &spec.terms {
        point("alone", format!("{} confidence, a term of `{}`", terms.confidence.as_str(), terms.list));
    }
    let context = &spec.context;
    let raised = context.confidence.unwrap_or(Confidence::High).as_str();
    if !(context.words.is_empty() && context.fields.is_empty()) {
        let checked = context.validator.as_ref().map_or_else(String::new, |name| format!(", checked by `{name}`"));
        point("raised", format!("to {raised} by a word or a field{checked}"));
    }
    if let Some(list) = &context.said {
        point("behind a word", format!("a term of `{list}`"));
    }
    let lists = [
        ("words", &context.words),
        ("hints", &context.hints),
        ("before names in small letters", &context.spoken),
        ("fields", &context.fields),
        ("fields beside a person's", &context.sibling_fields),
        ("ruled out by", &context.exclude),
    ];
    for (name, words) in lists.into_iter().filter(|(_, words)| !words.is_empty()) {
        point(name, words.join(", "));
    }
    if let Some(column) = &spec.column {
        let share = format!("{:.0} % of the values", column.min_share * 100.0);
        point("a column without a name", format!("{} confidence where {share} pass", column.confidence.as_str()));
    }
    if let Some(nameless) = &spec.nameless {
        let makeup = match nameless.makeup {
            Makeup::BirthDates => "dates that are spread over lifetimes",
            Makeup::Conditions => "words for illnesses, many of them",
            Makeup::Names => "words of the lists of names",
            Makeup::Results => "names of laboratory tests, or results in words",
            Makeup::ServiceDates => "dates",
            Makeup::RecordNumbers => "numbers in rows of text, behind a name and a date of birth",
        };
        let confidence = nameless.confidence.as_str();
        point("without a label", format!("{confidence} confidence for {makeup}, beside what is about persons"));
        for (title, fields) in
            [("fields with such values", &nameless.fields), ("of people who serve", &nameless.public)]
        {
            if !fields.is_empty() {
                point(title, fields.join(", "));
            }
        }
    }
    if let Some(partial) = &spec.partial {
        point("a part", format!("{} confidence in {}", partial.confidence.as_str(), partial.fields.join(", ")));
    }
    examples(&mut text, "Found", &spec.examples.positive);
    examples(&mut text, "Not found", &spec.examples.negative);
    text
}

fn examples(text: &mut String, title: &str, list: &[Example]) {
    text.push_str(&format!("\n{title}:\n\n"));
    for example in list {
        let line = match example {
            Example::Text(line) => code(line),
            Example::Field { field, value } => format!("{} in the field {}", code(value), code(field)),
        };
        text.push_str(&format!("- {line}\n"));
    }
}

/// As code in a line of Markdown, whatever is in it.
fn code(text: &str) -> String {
    let line = text.replace('\n', "\u{23ce}");
    if line.contains('`') { format!("`` {line} ``") } else { format!("`{line}`") }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_in_docs_is_the_one_that_is_printed() {
        let written = include_str!("../../docs/detectors-reference.md");
        let printed = markdown(&Catalogue::built_in().unwrap());
        let differs = written.lines().zip(printed.lines()).position(|(one, other)| one != other);
        assert!(
            written == printed,
            "line {} of docs/detectors-reference.md: write `phinder detectors reference` into it",
            differs.unwrap_or(written.lines().count().min(printed.lines().count())) + 1
        );
    }

    #[test]
    fn examples_are_code_whatever_is_in_them() {
        assert_eq!(code("a|b"), "`a|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("a\nb"), "`a\u{23ce}b`");
    }
}
