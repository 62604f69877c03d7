//! Words of sentences about patients, which no name consists of, and what else is said of somebody by name.
//!
//! Asked behind labels without a colon, and where a word in capitals follows a name in capitals.

use super::words;
use crate::detectors::word_set::WordSet;

/// Prepositions, adverbs, adjectives, forms of verbs, places of a ward. None that many persons have as a name.
#[rustfmt::skip]
static PROSE: WordSet = WordSet::new(&[
    "a", "abd", "able", "about", "above", "across", "acutely", "admitted", "afebrile", "after", "again", "against",
    "agitated", "ago", "alert", "all", "alone", "already", "also", "although", "always", "am", "ambulated",
    "ambulating", "among", "and", "any", "anymore", "anyone", "appropriate", "appropriately", "are", "around", "as",
    "asap", "asleep", "at", "ate", "available", "awake", "aware", "away", "back", "bad", "badly", "bagged", "bathed",
    "bathroom", "be", "because", "bed", "bedside", "been", "before", "began", "behind", "being", "below", "beside",
    "besides", "better", "between", "beyond", "bid", "bipap", "bled", "bolused", "both", "bp", "but", "by", "called",
    "calm", "calmly", "came", "can", "cannot", "cant", "cathed", "ccu", "chair", "clearly", "coded", "comfortable",
    "comfortably", "commode", "complete", "completely", "confused", "continuously", "cooperative", "coughed", "could",
    "cpap", "cried", "currently", "cxr", "daily", "dead", "deceased", "demonstrates", "desatted", "desatting",
    "despite", "did", "didnt", "difficult", "discharged", "diuresed", "diuresing", "does", "doesnt", "done", "dont",
    "down", "drank", "drinks", "drip", "due", "during", "each", "eager", "easily", "eating", "either", "ekg", "else",
    "even", "every", "everyone", "everything", "ew", "except", "extubated", "febrile", "fed", "feels", "fell", "felt",
    "few", "floor", "for", "found", "from", "fully", "further", "gets", "gives", "goes", "got", "gtt", "had",
    "hallway", "has", "hasnt", "have", "having", "he", "hence", "her", "here", "hers", "herself", "him", "himself",
    "his", "how", "however", "hr", "hypertensive", "hypotensive", "icu", "if", "ill", "immediately", "improved", "in",
    "incontinent", "independent", "inside", "instead", "intact", "into", "intubated", "is", "isnt", "it", "its",
    "itself", "iv", "just", "kept", "knows", "later", "lays", "least", "less", "lethargic", "lightheaded", "likely",
    "lobby", "lost", "made", "many", "maybe", "me", "medicated", "met", "micu", "might", "mildly", "mine", "minimal",
    "minimally", "moderate", "moderately", "more", "most", "much", "multiple", "must", "myself", "nauseated",
    "nauseous", "near", "nearly", "need", "needs", "negative", "neither", "never", "next", "nh", "nicu", "no",
    "nobody", "none", "nonverbal", "nor", "normal", "normally", "not", "nothing", "now", "npo", "nsr", "obese",
    "obtunded", "occasionally", "of", "off", "often", "okay", "on", "once", "one", "only", "onto", "ordered",
    "oriented", "other", "others", "our", "out", "outside", "over", "overnight", "paced", "pacing", "pacu", "pale",
    "paralyzed", "pegged", "picu", "pleasant", "pleasantly", "please", "po", "poorly", "positive", "pre",
    "premedicated", "previously", "prior", "prn", "qid", "quickly", "quietly", "quite", "rather", "ready", "recently",
    "rehab", "reports", "repositioned", "resp", "responsive", "restless", "room", "rr", "safely", "same", "sat",
    "sats", "says", "sedated", "see", "seen", "several", "severe", "severely", "shall", "she", "should", "sicu", "since",
    "sleepy", "slept", "slightly", "slowly", "snf", "some", "somewhat", "somnolent", "spoke", "stably", "stated",
    "states", "sterile", "stuporous", "successfully", "such", "suctioned", "sudden", "suddenly", "tachycardic",
    "tachypneic", "takes", "than", "that", "the", "their", "them", "then", "there", "these", "they", "thirsty",
    "this", "those", "though", "threw", "through", "throughout", "thru", "tid", "till", "tired", "to", "today",
    "together", "told", "tolerated", "tolerates", "tolerating", "tomorrow", "tonight", "too", "took", "toward",
    "towards", "trached", "transfered", "transferred", "turned", "twice", "two", "tx", "unable", "unchanged",
    "unconscious", "uncooperative", "under", "unit", "unless", "unresponsive", "unsafe", "unstable", "unsteady",
    "until", "unto", "unwilling", "up", "upon", "upset", "us", "usually", "vent", "verbal", "very", "via", "voided",
    "voiding", "vomited", "vs", "vss", "wants", "was", "wasnt", "we", "weaned", "well", "went", "were", "what",
    "when", "where", "whether", "which", "while", "who", "whom", "whose", "why", "willing", "with", "within",
    "without", "wnl", "woke", "wont", "wore", "worse", "would", "yesterday", "yet", "you", "your", "yours",
]);

/// What somebody has, in the language of care and of accounts.
#[rustfmt::skip]
static BELONGINGS: WordSet = WordSet::new(&[
    "account", "address", "allergies", "allergy", "apartment", "appointment", "appointments", "appt", "baby", "back",
    "balance", "bed", "behavior", "bill", "birthday", "blood", "boss", "boyfriend", "bp", "brain", "breathing", "car",
    "card", "care", "case", "chart", "children", "claim", "class", "condition", "coverage", "ct", "daughter",
    "dentist", "device", "diagnosis", "diet", "discharge", "dob", "doctor", "dose", "ear", "email", "employer",
    "exam", "eye", "family", "fever", "file", "foot", "girlfriend", "glucose", "hand", "head", "health", "heart",
    "hip", "home", "hospital", "house", "husband", "id", "identity", "inhaler", "injury", "insulin", "insurance",
    "ip", "iv", "job", "knee", "lab", "labs", "leg", "license", "login", "lungs", "medical", "medication",
    "medications", "medicine", "meds", "mom", "mood", "mother", "mri", "mrn", "name", "neck", "nurse", "order",
    "pain", "parents", "passport", "password", "pharmacy", "phone", "policy", "prescription", "pressure", "pulse",
    "record", "records", "referral", "refill", "request", "results", "room", "rx", "scan", "school", "seizure",
    "seizures", "shoulder", "skin", "sleep", "sodium", "son", "speech", "ssn", "surgery", "symptoms", "teacher",
    "temperature", "test", "therapy", "tube", "tumor", "ultrasound", "urine", "vaccine", "vehicle", "vision", "visit",
    "vitals", "weight", "wife", "wound", "xray",
]);

/// Whether the word goes on with a sentence.
pub(super) fn is_prose(word: &[u8]) -> bool {
    PROSE.contains(word)
}

/// Whether it is something that somebody has: `Ada's chart`.
pub(super) fn is_belonging(word: &[u8]) -> bool {
    BELONGINGS.contains(word)
}

/// Whether a word has the form of a verb: `updated`, `requesting`.
pub(super) fn is_inflected(word: &[u8]) -> bool {
    const MIN_LETTERS: usize = 5;
    let ends_in = |end: &[u8]| word.len() >= end.len() && word[word.len() - end.len()..].eq_ignore_ascii_case(end);
    word.len() >= MIN_LETTERS && (ends_in(b"ed") || ends_in(b"ing"))
}

/// Whether the words behind a name in capitals or in small letters go on with a sentence: `CALLED`, `in to see`.
pub(super) fn goes_on_with_sentence(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b" ") else { return false };
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &rest[..length];
    // `WIFE ROSA CELL 617-555-0188`
    let is_phone = || {
        [&b"cell"[..], b"phone", b"ph", b"tel", b"home", b"mobile"].iter().any(|phone| word.eq_ignore_ascii_case(phone))
    };
    let is_about = || word.eq_ignore_ascii_case(b"re");
    is_prose(word) || is_inflected(word) || words::is_deed(word) || is_phone() || is_about()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_from_names() {
        assert!(PROSE.is_searchable() && BELONGINGS.is_searchable());
        for rest in [" IN TO SEE", " called twice", " UPDATED", " aware of the plan"] {
            assert!(goes_on_with_sentence(rest.as_bytes()), "{rest}");
        }
        for rest in [" OKAFOR", "", " Garcia", ", then"] {
            assert!(!goes_on_with_sentence(rest.as_bytes()), "{rest}");
        }
        assert!(is_belonging(b"chart") && !is_belonging(b"theorem"));
    }
}
