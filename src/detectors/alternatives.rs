//! Phrases that stand for many: `{member|subscriber} {number}` is every such owner before every usual word for a number.
//!
//! Labels have a grammar: whose number it is, then a word for number. Written as a grammar, a detector knows the
//! combinations that nobody thought of.

use super::spec::ContextSpec;
use std::collections::HashSet;

/// What `{number}` stands for in context words. What may follow such a word (`no. is`, `ID number`) is known to `labels`.
const NUMBER_WORDS: &str = "id|i.d|no|num|nbr|number|#|identifier|identification";
/// The same in the names of fields, where words follow each other without marks.
const NUMBER_FIELDS: &str = "id|no|num|nbr|nmbr|number|identifier|identification";

/// What `{insurer}` stands for: insurers and kinds of plans that are named in place of the word insurance.
const INSURERS: &str = "aetna|cigna|humana|anthem|kaiser|uhc|unitedhealthcare|united healthcare|bcbs|blue cross|blue shield|\
    tricare|hmo|ppo";

/// The context with each phrase written out.
pub(super) fn written_out(context: &ContextSpec) -> ContextSpec {
    ContextSpec {
        words: all(&context.words, NUMBER_WORDS),
        hints: all(&context.hints, NUMBER_WORDS),
        fields: all(&context.fields, NUMBER_FIELDS),
        sibling_fields: all(&context.sibling_fields, NUMBER_FIELDS),
        exclude: all(&context.exclude, NUMBER_WORDS),
        ..context.clone()
    }
}

fn all(phrases: &[String], numbers: &str) -> Vec<String> {
    let mut written = Vec::with_capacity(phrases.len());
    phrases.iter().for_each(|phrase| write_out(phrase, numbers, &mut written));
    // A choice within a choice repeats those beside it.
    let mut known = HashSet::new();
    written.retain(|phrase| known.insert(phrase.clone()));
    written
}

/// Adds what a phrase stands for. A choice may be empty (`{new|} member`); what is no choice is taken as it stands.
fn write_out(phrase: &str, numbers: &str, written: &mut Vec<String>) {
    let innermost = phrase.split_once('}').and_then(|(start, after)| Some((start.rsplit_once('{')?, after)));
    let Some(((before, choices), after)) = innermost else {
        written.push(phrase.split_whitespace().collect::<Vec<_>>().join(" "));
        return;
    };
    let choices = match choices {
        "number" => numbers,
        "insurer" => INSURERS,
        _ => choices,
    };
    choices.split('|').for_each(|choice| write_out(&format!("{before}{choice}{after}"), numbers, written));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(phrase: &str) -> Vec<String> {
        all(&[phrase.to_owned()], "no|#")
    }

    #[test]
    fn choices_are_combined() {
        assert_eq!(written("date of birth"), ["date of birth"]);
        assert_eq!(written("{a|b} {number}"), ["a no", "a #", "b no", "b #"]);
        assert_eq!(written("{new|} member"), ["new member", "member"]);
        assert_eq!(written("{a|b} .. c"), ["a .. c", "b .. c"]);
        assert_eq!(written("{a|b {number}} c"), ["a c", "b no c", "b # c"]);
    }

    #[test]
    fn what_is_no_choice_stands_for_itself() {
        assert_eq!(written("a {b"), ["a {b"]);
        assert_eq!(written("a} b"), ["a} b"]);
    }
}
