//! Name of a person: words of letters, and none of the words that stand in a form instead of a name.
//!
//! It is asked only where a label or a field says "name": a list of names alone is no evidence, since many names are
//! words and many words are names.

use crate::detectors::word_set::WordSet;

/// Words that no name consists of, lower case: fillers, and what follows "patient" in headings and prose.
#[rustfmt::skip]
static NOT_NAMES: WordSet = WordSet::new(&[
    "abdomen", "access", "account", "act", "address", "admission", "admitted", "advised", "advocate", "age",
    "agreement", "aka", "and", "angiogram", "angiography", "anonymous", "appointment", "appt", "array", "asref",
    "assessment", "assistance", "authorization", "avenue", "base", "benchmarks", "benefit", "billing", "birth", "blank",
    "blood", "body", "bool", "boolean", "boyfriend", "br", "brain", "breast", "brother", "cancer", "cardiac", "care",
    "center", "centered", "cervical", "chart", "class", "clinic", "clinical", "code", "column", "company", "complains",
    "condition", "config", "consent", "contact", "contrast", "corporation", "count", "data", "database", "date",
    "daughter", "declined", "deidentified", "demographics", "denies", "department", "description", "details",
    "diagnosis", "discharge", "discharged", "disease", "dob", "education", "eligibility", "email", "encounter",
    "engagement", "example", "excel", "exchange", "experience", "false", "family", "father", "female", "field", "file",
    "filename", "financial", "first", "firstname", "fix", "fname", "for", "form", "foundation", "from", "full",
    "gender", "generated", "girlfriend", "given", "group", "has", "head", "health", "heart", "height", "history",
    "home", "hospital", "husband", "identification", "identifier", "identity", "imaging", "impl", "inc", "information",
    "institute", "instructions", "insurance", "intake", "integer", "into", "is", "iso", "knee", "lab", "label",
    "laboratory", "language", "last", "lastname", "letter", "list", "liver", "llc", "lname", "lumbar", "male",
    "management", "marital", "measured", "medicaid", "medical", "medicare", "member", "middle", "missing", "mother",
    "mrn", "name", "nan", "navigator", "neck", "nil", "no", "non", "none", "not", "note", "notes", "null", "nullable",
    "number", "nurse", "object", "of", "office", "option", "optional", "or", "other", "outcome", "outcomes", "parser",
    "patient", "patients", "pelvis", "pharmacy", "phone", "placeholder", "plan", "population", "portal", "preference",
    "preferences", "presents", "pressure", "priority", "privacy", "program", "project", "protection", "provided",
    "provider", "public", "questionnaire", "race", "rate", "readonly", "record", "records", "redacted", "referral",
    "registration", "registry", "relative", "report", "reported", "reports", "required", "result", "results", "rights",
    "safety", "sample", "satisfaction", "schema", "seen", "select", "server", "service", "services", "sex", "shoulder",
    "sister", "specification", "spine", "spouse", "sql", "states", "status", "str", "street", "string", "studio",
    "summary", "surname", "survey", "system", "table", "temperature", "test", "tester", "text", "the", "thoracic",
    "true", "type", "undefined", "unidentified", "unit", "unknown", "unnamed", "user", "utf", "varchar", "varying",
    "version", "visit", "weight", "wife", "windows", "with", "without", "yes",
]);

/// Whether every word can be part of a name.
pub fn person_name(value: &[u8]) -> bool {
    const MAX_LENGTH: usize = 80;
    if value.len() > MAX_LENGTH || !value.iter().all(|byte| may_stand_in_name(*byte)) {
        return false;
    }
    let words = || value.split(|byte| !is_word_byte(*byte)).filter(|word| !word.is_empty());
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| is_letter(**byte)).count();
    // Synthetic names end in a few digits (`Abe604`); a number has no letters.
    letters >= 2
        && digits <= letters + 1
        && words().count() <= 6
        && words().all(|word| !is_no_name(word) && !is_camel_case(word))
        && !is_repeated(value)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

fn is_word_byte(byte: u8) -> bool {
    is_letter(byte) || byte.is_ascii_digit()
}

fn may_stand_in_name(byte: u8) -> bool {
    is_word_byte(byte) || matches!(byte, b' ' | b',' | b'.' | b'-' | b'\'' | b'^' | b'(' | b')' | b'"')
}

fn is_no_name(word: &[u8]) -> bool {
    const MAX_WORD: usize = 30;
    word.len() > MAX_WORD || word[0].is_ascii_digit() || NOT_NAMES.contains(word)
}

/// Two words run together, as programs name things: `GeneralName`, but not `MacDonald`.
fn is_camel_case(word: &[u8]) -> bool {
    let hump = word.windows(2).position(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    hump.is_some_and(|place| place > 3)
}

/// `xxxx`, `n/a`-like fillers: one letter over and over.
fn is_repeated(value: &[u8]) -> bool {
    let mut letters = value.iter().filter(|byte| is_letter(**byte)).map(u8::to_ascii_lowercase);
    let first = letters.next();
    letters.all(|letter| Some(letter) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(NOT_NAMES.is_searchable());
    }

    #[test]
    fn names_pass_and_form_words_do_not() {
        for valid in [
            "John Smith",
            "SMITH, JOHN A",
            "Mary-Ann O'Brien",
            "Jos\u{e9} Mu\u{f1}oz",
            "Abe604 Frami345",
            "Li",
            "SMITH^JOHN^A",
            "Dr. Maria de la Cruz",
            "Smith",
            "Flora MacDonald",
        ] {
            assert!(person_name(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "unknown",
            "Test Patient",
            "null",
            "N/A",
            "Care Services",
            "12345",
            "6033391",
            "xxxx",
            "A",
            "",
            "Not Provided",
            "Date Of Birth",
            "a@example.com",
            "INTAKE FORM",
            "2024-01-01",
            "user_name",
            "GeneralName List",
            "Medical Center",
            "impl Into",
            "Option",
            "BR UTF-8",
        ] {
            assert!(!person_name(invalid.as_bytes()), "{invalid}");
        }
    }
}
