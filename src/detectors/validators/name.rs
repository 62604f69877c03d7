//! Name of a person: words of letters, and none of the words that stand in a form instead of a name.
//!
//! It is asked only where a label or a field says "name": a list of names alone is no evidence, since many names are
//! words and many words are names.

use crate::detectors::word_set::WordSet;

/// Words that no name consists of, lower case: fillers, and what follows "patient" in headings and prose.
#[rustfmt::skip]
static NOT_NAMES: WordSet = WordSet::new(&[
    "abdomen", "above", "academy", "access", "accompanying", "account", "act", "active", "address", "admission",
    "admitted", "adult", "adults", "advised", "advocate", "age", "agreement", "aka", "alcoholism", "alive", "allergies",
    "allergy", "alzheimers", "ambulating", "amended", "and", "anemia", "anesthesia", "aneurysm", "angiogram",
    "angiography", "anonymized", "anonymous", "answer", "answered", "answering", "anxiety", "anybody", "anyone",
    "applicable", "applicant", "applicants", "appointment", "appt", "archived", "array", "arrhythmia", "arthritis",
    "asref", "assessment", "assigned", "assistance", "assisted", "associates", "association", "asthma", "attached",
    "attack", "authorization", "auto", "autoincrement", "automated", "automatic", "available", "avenue", "base",
    "benchmarks", "benefit", "bigint", "billing", "binary", "bipolar", "birth", "blank", "blob", "blood", "body",
    "bool", "boolean", "boyfriend", "br", "brain", "breast", "bronze", "brother", "busy", "canceled", "cancelled",
    "cancer", "cardiac", "cards", "care", "center", "centered", "centre", "cervical", "chart", "cirrhosis", "city",
    "class", "client", "clients", "clinic", "clinical", "clob", "closed", "code", "column", "comfortable",
    "comfortably", "company", "complains", "condition", "confidential", "config", "confirm", "confirmed", "consent",
    "constipation", "constraint", "contact", "continued", "continues", "contrast", "copd", "corporation", "corrected",
    "cough", "count", "county", "critical", "customer", "customers", "data", "database", "date", "datetime", "daughter",
    "deceased", "decimal", "decline", "declined", "declines", "default", "deidentified", "deleted", "deluxe",
    "dementia", "demographics", "denies", "department", "depression", "description", "desk", "details", "diabetes",
    "diagnosis", "diarrhea", "dictation", "discharge", "discharged", "disconnected", "disease", "disorder",
    "distributor", "dob", "draft", "duplicate", "educated", "education", "either", "eligibility", "email",
    "emancipated", "embolism", "emphysema", "enclosed", "encounter", "encouraged", "engagement", "enrolled",
    "enterprises", "enum", "epilepsy", "estate", "everybody", "everyone", "example", "excel", "exchange", "experience",
    "expired", "extubated", "facilities", "facility", "failure", "false", "family", "father", "fatigue", "female",
    "fever", "fibrillation", "field", "file", "filename", "final", "financial", "first", "firstname", "fix", "float",
    "fname", "following", "for", "foreign", "form", "foundation", "from", "full", "gadgets", "gender", "generated",
    "generic", "girlfriend", "given", "glaucoma", "group", "guarded", "guardian", "guardians", "has", "head",
    "headache", "health", "healthy", "heart", "height", "helpdesk", "helpline", "hepatitis", "herself", "hidden",
    "himself", "history", "holdings", "home", "hospital", "hotline", "husband", "hypertension", "identification",
    "identifier", "identity", "imaging", "impl", "inactive", "inc", "incapacitated", "incorporated", "industries",
    "infarction", "infection", "information", "informed", "institute", "instructed", "instructions", "insurance", "int",
    "intake", "integer", "into", "intubated", "is", "iso", "itself", "knee", "lab", "label", "laboratory", "language",
    "last", "lastname", "lesion", "letter", "leukemia", "list", "listed", "liver", "living", "llc", "lname", "lumbar",
    "lymphoma", "machine", "male", "management", "manufacturer", "marital", "masked", "measured", "medicaid", "medical",
    "medicare", "medicated", "melanoma", "member", "membership", "merge", "merged", "middle", "migraine", "migraines",
    "ministries", "minors", "missing", "monitored", "monitoring", "mother", "mrn", "multiple", "municipality", "myself",
    "name", "nan", "nausea", "navigator", "nchar", "neck", "neither", "nil", "no", "nobody", "non", "none", "nonverbal",
    "not", "note", "notes", "notified", "null", "nullable", "number", "numeric", "nurse", "nursing", "nvarchar",
    "obesity", "object", "of", "office", "omitted", "open", "opened", "option", "optional", "or", "oriented",
    "osteoporosis", "other", "ourselves", "outcome", "outcomes", "parents", "parser", "partners", "patient", "patients",
    "pelvis", "pending", "penicillin", "pharmacy", "phone", "placed", "placeholder", "plan", "platinum", "plus",
    "pneumonia", "polyp", "polyps", "population", "portal", "preference", "preferences", "preliminary", "premium",
    "presents", "pressure", "primary", "priority", "privacy", "procedure", "procedures", "products", "program",
    "project", "protection", "provided", "provider", "pseudonym", "public", "questionnaire", "race", "rate", "readonly",
    "reassessed", "reassured", "received", "receives", "recognition", "record", "records", "redacted", "redirected",
    "refer", "references", "referral", "refusal", "refuse", "refused", "refuses", "registration", "registry",
    "rehabilitation", "relative", "remained", "remains", "removed", "report", "reported", "reports", "repositioned",
    "requested", "requesting", "required", "requires", "resting", "restricted", "result", "results", "retailer",
    "returned", "returns", "reward", "rewards", "rights", "safety", "sample", "satisfaction", "schema", "schizophrenia",
    "sedated", "sedation", "seen", "seizures", "select", "selves", "serial", "server", "service", "services", "several",
    "sex", "shoulder", "sister", "sleeping", "smallint", "society", "solutions", "somebody", "someone", "specification",
    "speech", "spine", "spouse", "sql", "stable", "started", "stated", "states", "status", "stenosis", "stopped", "str",
    "street", "string", "stroke", "studio", "sulfa", "summary", "supplier", "support", "suppressed", "surgery",
    "surgical", "surname", "survey", "suspended", "syndrome", "system", "systems", "table", "tba", "tbc", "tbd",
    "teaching", "technologies", "temperature", "template", "terminated", "test", "tester", "text", "the", "themselves",
    "therapy", "thoracic", "thrombosis", "timestamp", "tinyint", "tolerated", "tolerating", "transcription",
    "transcriptionist", "transfer", "transferred", "transfers", "transport", "transportation", "true", "tuberculosis",
    "tumor", "tumors", "turned", "type", "unable", "unanswered", "unassigned", "unavailable", "unconscious",
    "uncooperative", "undefined", "undetermined", "undisclosed", "unidentified", "unit", "university", "unknown",
    "unknowns", "unlisted", "unnamed", "unreachable", "unresponsive", "unspecified", "unstable", "unverified", "user",
    "utf", "uuid", "varbinary", "varchar", "various", "varying", "vendor", "verbalized", "verbalizes", "verified",
    "verify", "version", "village", "visit", "voice", "voicemail", "voided", "vomiting", "wards", "weakness", "weight",
    "wholesaler", "widgets", "wife", "window", "windows", "with", "withheld", "without", "yes", "yourself",
]);

/// Such words that a thousand persons have as a surname, too: one of them is a name, two are none (`State Bank`).
#[rustfmt::skip]
static SELDOM_NAMES: WordSet = WordSet::new(&[
    "bank", "basic", "below", "both", "char", "college", "counter", "double", "mass", "private", "reach", "same", "self",
    "standard", "state",
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
        && words().filter(|word| SELDOM_NAMES.contains(word)).count() < 2
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
        assert!(NOT_NAMES.is_searchable() && SELDOM_NAMES.is_searchable());
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
            "Self",
            "BANK, JOHN Q",
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
            "Same As Above",
            "See Chart Attached",
            "Living Will",
            "Unable To Reach",
            "Not On File",
            "Voice Recognition",
            "INT PRIMARY KEY",
            "Silver Plus Rewards",
            "Lee State Bank",
            "Option",
            "BR UTF-8",
        ] {
            assert!(!person_name(invalid.as_bytes()), "{invalid}");
        }
    }
}
