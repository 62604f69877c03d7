//! Phrases that stand for many: `{member|subscriber} {number}` is every such owner before every usual word for a number.
//!
//! Labels have a grammar: whose number it is, then a word for number. Written as a grammar, a detector knows the
//! combinations that nobody thought of.

use super::spec::ContextSpec;
use foldhash::fast::FixedState;
use std::collections::HashSet;

/// What `{number}` stands for in context words. What may follow such a word (`no. is`, `ID number`) is known to `labels`.
const NUMBER_WORDS: &str = "id|i.d|no|num|nbr|number|#|identifier|identification";
/// The same in the names of fields, where words follow each other without marks.
const NUMBER_FIELDS: &str = "id|no|num|nbr|nmbr|number|identifier|identification";

/// What `{insurer}` stands for: insurers and kinds of plans that are named in place of the word insurance.
const INSURERS: &str = "aetna|cigna|humana|anthem|kaiser|uhc|unitedhealthcare|united healthcare|bcbs|blue cross|blue shield|\
    tricare|hmo|ppo|ambetter|molina|wellcare|oscar health|highmark|carefirst|kaiser permanente|emblemhealth|premera|regence|medica|bluecross|blueshield|aarp|caresource";

/// The context with each phrase written out.
pub(super) fn written_out(context: &ContextSpec) -> ContextSpec {
    ContextSpec {
        words: all(&context.words, NUMBER_WORDS),
        distant: all(&context.distant, NUMBER_WORDS),
        spoken: all(&context.spoken, NUMBER_WORDS),
        hints: all(&context.hints, NUMBER_WORDS),
        fields: all(&context.fields, NUMBER_FIELDS),
        sibling_fields: all(&context.sibling_fields, NUMBER_FIELDS),
        care_fields: all(&context.care_fields, NUMBER_FIELDS),
        exclude: all(&context.exclude, NUMBER_WORDS),
        public: all(&context.public, NUMBER_WORDS),
        ..context.clone()
    }
}

/// Field names with each of them written out.
pub(super) fn all_fields(phrases: &[String]) -> Vec<String> {
    all(phrases, NUMBER_FIELDS)
}

fn all(phrases: &[String], numbers: &str) -> Vec<String> {
    let mut written = Vec::with_capacity(phrases.len());
    for phrase in phrases {
        let parts = if is_balanced(phrase) { parts_of(phrase, numbers, false).0 } else { vec![Part::Text(phrase)] };
        written.extend(combined(&parts).into_iter().map(trimmed));
    }
    // Phrases and their choices may repeat one another.
    let mut known = HashSet::with_capacity_and_hasher(written.len(), FixedState::default());
    let is_new: Vec<bool> = written.iter().map(|phrase| known.insert(phrase.as_str())).collect();
    let mut is_new = is_new.into_iter();
    written.retain(|_| is_new.next() == Some(true));
    written
}

/// A piece of a phrase.
enum Part<'a> {
    Text(&'a str),
    Choice(Vec<Vec<Part<'a>>>),
}

/// Whether every choice ends, and none ends that has not begun; what is no choice is taken as it stands.
fn is_balanced(phrase: &str) -> bool {
    let mut open = 0usize;
    phrase.chars().all(|mark| match mark {
        '{' => {
            open += 1;
            true
        }
        '}' => open.checked_sub(1).map(|left| open = left).is_some(),
        _ => true,
    }) && open == 0
}

/// The pieces of a balanced phrase up to its end or, within a choice, to the end of an alternative; and the rest from that end on.
fn parts_of<'a>(phrase: &'a str, numbers: &'a str, in_choice: bool) -> (Vec<Part<'a>>, &'a str) {
    let (mut parts, mut rest) = (Vec::new(), phrase);
    loop {
        let is_end = |mark: char| in_choice && matches!(mark, '|' | '}');
        let place = rest.find(|mark| mark == '{' || is_end(mark)).unwrap_or(rest.len());
        parts.push(Part::Text(&rest[..place]));
        let Some(choice) = rest[place..].strip_prefix('{') else { return (parts, &rest[place..]) };
        let (choice, after) = choice_of(choice, numbers);
        parts.push(choice);
        rest = after;
    }
}

/// The choice that begins behind a brace, and what comes after it. An alternative may be empty (`{new|} member`).
fn choice_of<'a>(text: &'a str, numbers: &'a str) -> (Part<'a>, &'a str) {
    let named = [("number}", numbers), ("insurer}", INSURERS)];
    if let Some((after, list)) = named.into_iter().find_map(|(name, list)| Some((text.strip_prefix(name)?, list))) {
        return (Part::Choice(list.split('|').map(|word| vec![Part::Text(word)]).collect()), after);
    }
    let (mut alternatives, mut rest) = (Vec::new(), text);
    loop {
        let (parts, end) = parts_of(rest, numbers, true);
        alternatives.push(parts);
        match end.strip_prefix('|') {
            Some(next) => rest = next,
            None => return (Part::Choice(alternatives), end.strip_prefix('}').unwrap_or(end)),
        }
    }
}

/// Every text that the pieces stand for, with one blank between words, and perhaps one at its end.
fn combined(parts: &[Part]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for part in parts {
        match part {
            Part::Text(text) => texts.iter_mut().for_each(|before| add(before, text)),
            Part::Choice(alternatives) => {
                let alternatives: Vec<String> = alternatives.iter().flat_map(|parts| combined(parts)).collect();
                let with = |before: &String, text: &String| {
                    let mut both = String::with_capacity(before.len() + text.len() + 16);
                    both.push_str(before);
                    add(&mut both, text);
                    both
                };
                texts =
                    texts.iter().flat_map(|before| alternatives.iter().map(move |text| with(before, text))).collect();
            }
        }
    }
    texts
}

/// Adds a text, in which any white space is one blank. A blank at the start of a phrase says nothing.
fn add(before: &mut String, text: &str) {
    for (place, word) in text.split(char::is_whitespace).enumerate() {
        if place > 0 && !before.ends_with(' ') {
            before.push(' ');
        }
        before.push_str(word);
    }
}

/// The phrase without blanks around it.
fn trimmed(mut phrase: String) -> String {
    phrase.truncate(phrase.trim_end().len());
    if phrase.starts_with(' ') { phrase.split_off(1) } else { phrase }
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
        assert_eq!(written("{a|{b|c}d} {e|e}"), ["a e", "bd e", "cd e"]);
        assert_eq!(written(" {a |} b  {|c}"), ["a b", "a b c", "b", "b c"]);
    }

    #[test]
    fn what_is_no_choice_stands_for_itself() {
        assert_eq!(written("a {b"), ["a {b"]);
        assert_eq!(written("{a {b|c}"), ["{a {b|c}"]);
        assert_eq!(written("a} b"), ["a} b"]);
    }
}
