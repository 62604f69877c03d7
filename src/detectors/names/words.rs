//! Words that tell what a name stands in: titles, words for persons, the language of a clinic, of credits, of things.
//!
//! Lists only; what follows from them is decided in `surroundings` and in the module above. All lists are one hash table,
//! since most words asked about are in none.

use crate::detectors::spans::{MAX_PACKED, packed_lower};
use std::sync::LazyLock;

/// What a word tells about a name near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Mr`, `Dr`.
    Title,
    /// A person in care, or of the family: `patient`, `daughter`.
    Person,
    /// What makes a label of `name`: `full`, `maiden`.
    NameLabel,
    /// `name` itself.
    Name,
    /// The language of care and of health insurance.
    Care,
    /// Words of care that other language has too: `seen`, `history`.
    WeakCare,
    /// What is said of a patient after the name.
    Sequel,
    /// Firms, streets, diseases, devices: what a name in front of the word is a part of.
    Thing,
    /// The language of credits, licences, code and history.
    Author,
}

#[rustfmt::skip]
const TITLES: [&str; 15] = [
    "cmsgt", "cpl", "doctor", "dr", "madam", "miss", "mister", "mr", "mrs", "ms", "msgt", "prof", "sgt", "ssgt",
    "tsgt",
];

#[rustfmt::skip]
const PERSONS: [&str; 68] = [
    "aunt", "baby", "beneficiary", "boyfriend", "brother", "caller", "caregiver", "claimant", "client", "clmt",
    "cousin", "dad", "daughter", "daughters", "decedent", "dependant", "dependent", "dependents", "dtr", "enrollee",
    "father", "fiance", "girlfriend", "grandchild", "granddaughter", "grandfather", "grandmother", "grandson", "guar",
    "guarantor", "guardian", "husband", "infant", "inmate", "insured", "mbr", "mom", "mother", "neighbor", "nephew",
    "newborn", "niece", "nok", "offender", "parents", "partner", "patient", "patients", "poa", "policyholder", "proxy",
    "pt", "pts", "resident", "roommate", "sibling", "sister", "son", "spouse", "stepdaughter", "stepfather",
    "stepmother", "stepson", "subscriber", "subscribers", "uncle", "veteran", "wife",
];

#[rustfmt::skip]
const NAME_LABELS: [&str; 17] = [
    "account", "birth", "contact", "customer", "emergency", "employee", "family", "first", "full", "given", "last",
    "legal", "maiden", "member", "middle", "parent", "preferred",
];

#[rustfmt::skip]
const NAMES: [&str; 3] = [
    "name", "names", "surname",
];

#[rustfmt::skip]
const CARE: [&str; 183] = [
    "a1c", "admission", "admit", "admits", "admitted", "aki", "albuterol", "allergic", "allergies", "ambulating",
    "amlodipine", "amoxicillin", "anemia", "anesthesia", "antibiotics", "anxiety", "appendectomy", "appointment",
    "appt", "arthritis", "arthroplasty", "aspirin", "asthma", "asymptomatic", "atorvastatin", "bedside", "biopsied",
    "biopsy", "bipolar", "bmi", "born", "bp", "cancer", "cardiology", "catheter", "cbc", "chart", "chemo",
    "chemotherapy", "chills", "clinic", "clinician", "colonoscopy", "consent", "consented", "copay", "copd", "cough",
    "covid", "deceased", "deductible", "dementia", "diabetes", "diabetic", "diagnosed", "diagnosis", "dialysis",
    "diarrhea", "discharge", "discharged", "discharging", "dizziness", "dizzy", "dob", "dosage", "dx", "dyspnea",
    "edema", "ekg", "endoscopy", "extubated", "fever", "fracture", "gabapentin", "glucose", "gout", "headache",
    "headaches", "hemoglobin", "hemolyzed", "hgb", "hiv", "hospice", "hospital", "hospitalized", "hpi", "hydrocodone",
    "hypertension", "hysterectomy", "ibuprofen", "icu", "immunization", "immunized", "influenza", "inhaler",
    "injured", "injuries", "injury", "inpatient", "insulin", "insurance", "intubated", "intubation", "labs", "lesion",
    "levothyroxine", "lisinopril", "losartan", "mammogram", "medicaid", "medicare", "medication", "medications",
    "meds", "metformin", "metoprolol", "mg", "migraine", "mri", "mrn", "nausea", "numbness", "nurse", "obesity",
    "omeprazole", "oncology", "orthopedic", "outpatient", "oxycodone", "pain", "pcp", "pediatric", "pharmacy",
    "physician", "pneumonia", "postop", "prednisone", "pregnancy", "pregnant", "prenatal", "preop", "prescribed",
    "prescription", "psychiatric", "pulmonary", "radiology", "rash", "refill", "refills", "rehab", "reimbursed", "rx",
    "sedated", "seizure", "sepsis", "sertraline", "specimen", "ssn", "stroke", "surgery", "surgical", "swelling",
    "symptomatic", "symptoms", "syncope", "tablets", "telehealth", "therapy", "transfusion", "triage", "tumor",
    "ultrasound", "urinalysis", "vaccinated", "vaccination", "vaccine", "vitals", "voicemail", "vomiting", "ward",
    "warfarin", "wound", "xray",
];

#[rustfmt::skip]
const WEAK_CARE: [&str; 41] = [
    "bed", "billed", "bleeding", "blood", "complaint", "complaints", "counseling", "coverage", "depression",
    "disability", "dose", "ed", "enrolled", "er", "evaluated", "examined", "expired", "follow", "followed", "followup",
    "history", "infusion", "lab", "lives", "living", "mask", "member", "monitored", "records", "referral",
    "referred", "rescheduled", "results", "scheduled", "screened", "seen", "stable", "tested", "transferred",
    "treated", "treatment",
];

#[rustfmt::skip]
const SEQUELS: [&str; 33] = [
    "arrived", "cancelled", "complained", "complaining", "complains", "delivered", "denied", "denies", "developed",
    "endorsed", "endorses", "had", "has", "is", "missed", "needs", "phoned", "presented", "presenting", "presents",
    "received", "reported", "reports", "requires", "resides", "states", "suffered", "suffers", "takes", "tolerated",
    "underwent", "was", "weighs",
];

#[rustfmt::skip]
const THINGS: [&str; 232] = [
    "academy", "act", "agar", "airport", "algorithm", "amendment", "arena", "associates", "ave", "avenue", "award",
    "bakery", "band", "bank", "bay", "beach", "blvd", "boulevard", "brewery", "bridge", "brothers", "building", "cafe",
    "camp", "canyon", "capital", "cathedral", "center", "centre", "charter", "chiropractic", "church", "cipher",
    "city", "clamp", "classic", "classification", "clinics", "co", "code", "college", "company", "corp", "corporation",
    "county", "court", "creek", "criteria", "ct", "cup", "cycle", "day", "dealership", "dental", "derby",
    "dermatology", "diagnostics", "dialysis", "dictionary", "disease", "distribution", "drive", "driver", "effect",
    "elementary", "encoding", "enterprises", "equation", "estate", "falls", "farm", "farms", "festival", "filter",
    "financial", "forceps", "formula", "fort", "foundation", "function", "fund", "garden", "gardens", "grill", "group",
    "hall", "health", "healthcare", "high", "highway", "hospice", "hospitals", "hotel", "house", "hwy", "imaging",
    "inc", "index", "industries", "institute", "international", "inventory", "island", "islands", "journal",
    "laboratories", "laboratory", "labs", "lake", "lane", "law", "library", "licence", "license", "line", "lines",
    "llc", "ln", "ltd", "maneuver", "matrix", "medal", "medical", "medicine", "memorial", "method", "mission", "model",
    "motors", "mount", "mountain", "murmur", "museum", "neurology", "number", "numbers", "open", "ophthalmology",
    "optometry", "orchestra", "orthopaedics", "orthopedics", "park", "parkway", "partners", "pavilion", "pediatrics",
    "pharmaceuticals", "pharmacies", "pharmacy", "physicians", "pkwy", "plaza", "podiatrists", "podiatry", "position",
    "press", "prize", "procedure", "process", "project", "properties", "protocol", "publications", "publishing",
    "pump", "quartet", "questionnaire", "radiology", "ranch", "ratio", "rd", "realty", "reflex", "rehabilitation",
    "restaurant", "river", "road", "rule", "scale", "scholarship", "school", "score", "securities", "seminary",
    "series", "server", "show", "sign", "software", "solution", "solutions", "sons", "space", "springs", "square",
    "st", "stadium", "staging", "stain", "stakes", "station", "street", "surgeons", "syndrome", "systems", "team",
    "technique", "technologies", "test", "tests", "theater", "theatre", "theorem", "theory", "therapeutics",
    "tournament", "tower", "township", "transform", "trio", "trophy", "trust", "tube", "unit", "university", "urology",
    "valley", "way", "wellness", "winery", "wing",
];

#[rustfmt::skip]
const AUTHORS: [&str; 240] = [
    "acked", "acm", "actor", "addison", "al", "album", "apache", "api", "apple", "architect", "article", "artist",
    "arxiv", "author", "authors", "based", "battle", "blog", "book", "bug", "bugs", "build", "builds", "changelog",
    "chapter", "char", "chemist", "class", "com", "commit", "commits", "committed", "compile", "compiler", "composer",
    "conference", "config", "congressman", "const", "contributed", "contribution", "contributions", "contributor",
    "contributors", "copyright", "copyrighted", "corrections", "credit", "credits", "de", "debian", "designed",
    "developer", "developers", "directed", "docs", "documentation", "doi", "domain", "economist", "edited", "editor",
    "editors", "eds", "edu", "elected", "elsevier", "emacs", "email", "emperor", "error", "errors", "et", "example",
    "examples", "file", "files", "film", "fixed", "fixes", "font", "fonts", "github", "gitlab", "gnu", "google",
    "governor", "historian", "homepage", "html", "http", "https", "idea", "ieee", "ietf", "implementation",
    "implemented", "int", "invented", "inventor", "irc", "isbn", "java", "javascript", "json", "kaufmann", "kernel",
    "king", "latex", "lemma", "licensed", "linux", "list", "locale", "mail", "mailing", "maintained", "maintainer",
    "maintainers", "manpage", "manual", "mathematician", "mayor", "mcgraw", "merge", "merged", "microsoft", "module",
    "movie", "mozilla", "net", "novel", "null", "object", "option", "options", "org", "package", "packages",
    "painter", "paper", "papers", "parser", "patch", "patched", "patches", "perl", "permission", "philosopher",
    "physicist", "poet", "ported", "post", "postscript", "pp", "prentice", "presidency", "president", "prince",
    "proceedings", "professor", "program", "programmed", "programmer", "programs", "proof", "public", "published",
    "publisher", "publishers", "pull", "python", "queen", "redhat", "reilly", "release", "released", "request",
    "reserved", "return", "revised", "revision", "rewritten", "rewrote", "rfc", "rights", "ruby", "script", "scripts",
    "secretary", "senator", "singer", "site", "song", "springer", "starring", "string", "strings", "struct",
    "suggested", "suggestion", "tag", "tags", "testing", "tex", "thank", "thanks", "thesis", "timezone", "translated",
    "translation", "translator", "translators", "treaty", "type", "types", "typo", "ubuntu", "uk", "unicode", "unix",
    "upload", "uploader", "uploaders", "version", "vim", "void", "vol", "warning", "web", "website", "wiley",
    "windowmaker", "windows", "workshop", "writes", "written", "wrote", "www", "xml",
];

const LISTS: [(Kind, &[&str]); 9] = [
    (Kind::Title, &TITLES),
    (Kind::Person, &PERSONS),
    (Kind::NameLabel, &NAME_LABELS),
    (Kind::Name, &NAMES),
    (Kind::Care, &CARE),
    (Kind::WeakCare, &WEAK_CARE),
    (Kind::Sequel, &SEQUELS),
    (Kind::Thing, &THINGS),
    (Kind::Author, &AUTHORS),
];

/// Capitalised words that begin sentences, calendars and proper names of things more often than names of persons.
#[rustfmt::skip]
const STOP_WORDS: [&str; 240] = [
    "aetna", "african", "after", "all", "amazon", "american", "and", "anthem", "any", "apple", "apr", "are", "arizona",
    "as", "asian", "at", "aug", "avenue", "bank", "bay", "be", "been", "before", "big", "blue", "both", "but", "by",
    "california", "can", "captain", "care", "cash", "center", "chart", "chief", "cigna", "cisco", "city", "clinic",
    "college", "colonel", "columbia", "costco", "county", "crohn", "dart", "date", "de", "debian", "debug", "dec",
    "december", "dell", "der", "did", "do", "doctor", "does", "each", "east", "eiffel", "english", "error", "fatal",
    "feb", "february", "female", "field", "firefox", "foley", "for", "fort", "french", "fri", "friday", "from",
    "gecko", "german", "get", "golden", "google", "had", "has", "haskell", "have", "he", "health", "here", "high",
    "hills", "hospital", "humana", "if", "in", "indian", "info", "intel", "internal", "is", "it", "january", "java",
    "jul", "july", "jun", "kaiser", "la", "lab", "lake", "las", "latin", "le", "left", "linux", "los", "low", "male",
    "man", "many", "mar", "march", "medicaid", "medical", "medicare", "microsoft", "mon", "monday", "month", "more",
    "most", "mount", "mozilla", "negative", "nevada", "new", "no", "nokia", "normal", "north", "not", "note", "notes",
    "nov", "november", "nurse", "oct", "october", "of", "old", "on", "only", "or", "oracle", "order", "other",
    "patient", "patients", "pepper", "perl", "philips", "plan", "port", "positive", "power", "put", "queen", "right",
    "road", "rust", "sa", "saint", "sale", "sales", "san", "sat", "saturday", "say", "scala", "sep", "september",
    "sergeant", "she", "siemens", "sign", "silver", "since", "sky", "small", "so", "some", "south", "spanish", "stars",
    "street", "such", "sun", "sunday", "sunrise", "swift", "test", "texas", "that", "the", "then", "there", "these",
    "they", "this", "those", "thu", "thursday", "time", "to", "trace", "tue", "tuesday", "ubuntu", "university",
    "unix", "van", "von", "walgreens", "walmart", "warn", "warning", "was", "we", "wed", "wednesday", "week", "west",
    "when", "while", "wilson-disease", "with", "woman", "year", "yes", "you",
];

/// Pairs of list words that name a firm, a place, a disease or somebody of history.
#[rustfmt::skip]
const KNOWN_PAIRS: [&str; 114] = [
    "abraham lincoln", "ada lovelace", "alan turing", "albert einstein", "alice springs", "april fools",
    "aston martin", "austin flint", "austin healey", "baby boy", "baby girl", "baker hughes", "barnes noble",
    "betty ford", "bud light", "calvin klein", "cape cod", "carnegie mellon", "carol stream", "carson city",
    "cedars sinai", "charcot marie", "charles schwab", "charlotte russe", "chester drawers", "christian dior",
    "costa rica", "dana farber", "dean witter", "diego garcia", "ehlers danlos", "eli lilly", "ernst young",
    "florence nightingale", "fort worth", "francis bacon", "francis marion", "frank lloyd", "general hospital",
    "george washington", "glen burnie", "grant thornton", "guillain barre", "harley davidson", "helen keller",
    "henoch schonlein", "henry ford", "hudson taylor", "isaac newton", "jack daniels", "james bond", "james madison",
    "james webb", "jane doe", "jean paul", "jefferson davis", "jenny craig", "jim beam", "john deere", "john doe",
    "john hancock", "john wayne", "johnny walker", "johns hopkins", "jordan river", "kaiser permanente", "kelly blue",
    "leonardo vinci", "lorem ipsum", "lou gehrig", "madison garden", "maria stein", "marie curie", "marie tooth",
    "martin luther", "martin marietta", "mary immaculate", "mary kay", "mason dixon", "merrill lynch", "mont blanc",
    "morgan stanley", "neiman marcus", "oscar mayer", "paget schroetter", "paul mitchell", "puerto rico",
    "quest diagnostics", "ralph lauren", "robert wood", "ronald mcdonald", "rosa parks", "saint joseph", "san antonio",
    "san diego", "san jose", "san juan", "santa ana", "santa barbara", "santa clara", "santa maria", "santa rosa",
    "sierra madre", "st joseph", "stanley cooper", "stevens johnson", "thomas edison", "thomas jefferson",
    "tommy hilfiger", "victor harbor", "virginia beach", "virginia mason", "warren buffett", "wells fargo",
];

/// What stands before a colon and a person.
#[rustfmt::skip]
const ROLES: [&str; 177] = [
    "absent", "adjudicator", "adjuster", "advocate", "affiant", "aide", "anesthesiologist", "appellant", "applicant",
    "assistant", "attendee", "attendees", "attending", "attention", "attn", "attorney", "atty", "author", "biller",
    "borrower", "buyer", "by", "candidate", "cardholder", "cardiologist", "caregiver", "cc", "chaplain",
    "chiropractor", "clerk", "clinician", "cnm", "coder", "collector", "complainant", "consultant", "contact",
    "coordinator", "cosigned", "cosigner", "counselor", "covering", "csr", "custodian", "customer", "debtor",
    "defendant", "dentist", "deponent", "dermatologist", "dietitian", "dispatcher", "donor", "driver", "emergency",
    "employee", "endocrinologist", "enrollee", "examiner", "facilitator", "fellow", "fn", "from", "geneticist",
    "guest", "gynecologist", "hematologist", "holder", "hospitalist", "hygienist", "insd", "intern", "internist",
    "interpreter", "interviewer", "investigator", "lar", "liaison", "manager", "medic", "member", "midwife", "mro",
    "navigator", "nephrologist", "neurologist", "nnp", "nombre", "notary", "nurse", "nutritionist", "officer",
    "oncologist", "operator", "optometrist", "ordering", "orthodontist", "orthopedist", "paciente", "paralegal",
    "paramedic", "parent", "participant", "participants", "passenger", "pathologist", "patientin", "payee", "pcp",
    "pediatrician", "performing", "perfusionist", "petitioner", "pharmacist", "phlebotomist", "phys", "physician",
    "plaintiff", "podiatrist", "prepared", "prescriber", "present", "principal", "proband", "prov", "provider",
    "psychiatrist", "psychologist", "pulmonologist", "radiologist", "re", "receptionist", "recipient", "referring",
    "regarding", "registrar", "reminder", "rendering", "rep", "reporter", "representative", "requester", "requestor",
    "researcher", "resident", "rheumatologist", "scribe", "sender", "signatory", "signature", "signed", "signer",
    "sonographer", "states", "student", "submitter", "submitting", "supervisor", "surgeon", "taxpayer", "teacher",
    "tech", "technician", "technologist", "tenant", "therapist", "to", "translator", "transporter", "traveler",
    "traveller", "urologist", "user", "visitor", "volunteer", "witness", "worker",
];

/// Those of them that persons alone have, where `From: ` and `Contact: ` may speak of a firm.
#[rustfmt::skip]
const OWN_ROLES: [&str; 157] = [
    "absent", "adjudicator", "adjuster", "affiant", "aide", "anesthesiologist", "appellant", "applicant", "assistant",
    "attendee", "attendees", "attending", "attention", "attn", "attorney", "atty", "biller", "borrower", "buyer",
    "candidate", "cardholder", "cardiologist", "caregiver", "cc", "chaplain", "chiropractor", "clerk", "clinician",
    "cnm", "coder", "collector", "complainant", "consultant", "contact", "coordinator", "cosigner", "counselor",
    "covering", "csr", "custodian", "customer", "debtor", "defendant", "dentist", "deponent", "dermatologist",
    "dietitian", "dispatcher", "donor", "driver", "employee", "endocrinologist", "enrollee", "examiner", "facilitator",
    "geneticist", "guest", "gynecologist", "hematologist", "holder", "hospitalist", "hygienist", "insd", "internist",
    "interpreter", "interviewer", "investigator", "lar", "liaison", "manager", "medic", "member", "midwife", "mro",
    "navigator", "nephrologist", "neurologist", "nnp", "notary", "nurse", "nutritionist", "oncologist", "operator",
    "optometrist", "orthodontist", "orthopedist", "paciente", "paralegal", "paramedic", "parent", "participant",
    "participants", "passenger", "pathologist", "patientin", "payee", "pcp", "pediatrician", "perfusionist",
    "petitioner", "pharmacist", "phlebotomist", "phys", "physician", "plaintiff", "podiatrist", "prescriber",
    "present", "proband", "prov", "provider", "psychiatrist", "psychologist", "pulmonologist", "radiologist", "re",
    "receptionist", "recipient", "referring", "regarding", "registrar", "reminder", "rep", "representative",
    "requester", "requestor", "researcher", "rheumatologist", "scribe", "sender", "signatory", "signature", "signed",
    "signer", "sonographer", "student", "submitter", "submitting", "supervisor", "surgeon", "taxpayer", "teacher",
    "tech", "technician", "technologist", "tenant", "therapist", "translator", "transporter", "traveler", "traveller",
    "urologist", "user", "visitor", "volunteer", "witness", "worker",
];

/// What stands before a name that is said or written to somebody.
#[rustfmt::skip]
const INTRODUCTIONS: [&str; 26] = [
    "afternoon", "am", "asked", "by", "call", "called", "contact", "contacted", "dear", "for", "from", "hello", "hey",
    "hi", "i'm", "is", "it's", "morning", "named", "notified", "paged", "per", "thanks", "to", "told", "with",
];

/// Words of authors that notes, letters and logs have too.
#[rustfmt::skip]
const WEAK_CREDITS: [&str; 108] = [
    "actor", "album", "api", "apple", "architect", "article", "artist", "based", "battle", "book", "build", "builds",
    "chapter", "char", "class", "com", "conference", "config", "congressman", "const", "credit", "de", "directed",
    "domain", "economist", "edu", "elected", "email", "emperor", "error", "errors", "et", "example", "examples",
    "file", "files", "film", "governor", "historian", "html", "http", "https", "idea", "int", "invented", "inventor",
    "json", "king", "list", "locale", "mail", "mailing", "mathematician", "mayor", "movie", "net", "novel", "null",
    "object", "option", "options", "org", "painter", "paper", "papers", "philosopher", "physicist", "poet", "post",
    "pp", "presidency", "president", "prince", "proof", "public", "published", "pull", "queen", "release", "released",
    "request", "return", "revised", "script", "scripts", "secretary", "senator", "singer", "site", "song", "string",
    "tag", "tags", "testing", "thank", "thanks", "type", "types", "uk", "upload", "version", "void", "vol", "warning",
    "web", "website", "www", "xml",
];

/// What persons do, right behind their name.
#[rustfmt::skip]
const DEEDS: [&str; 49] = [
    "agreed", "arrived", "asked", "asks", "called", "calls", "complained", "complains", "continues", "declined",
    "denied", "denies", "described", "feels", "found", "had", "has", "is", "lives", "missed", "needs", "notes",
    "phoned", "presented", "presents", "received", "reported", "reports", "requested", "requests", "returned", "said",
    "says", "smokes", "spoke", "stated", "states", "takes", "talked", "tells", "texted", "told", "understands",
    "underwent", "wants", "was", "will", "works", "wrote",
];

/// Degrees and professions behind a name.
#[rustfmt::skip]
const DEGREES: [&str; 62] = [
    "acnp", "aprn", "bsn", "ccrn", "cma", "cna", "cnm", "cnp", "cns", "cpc", "crna", "crnp", "cwocn", "cwon", "dc",
    "dds", "dmd", "dnp", "do", "dpm", "dpt", "dvm", "edd", "emt", "facs", "fnp", "jd", "lcpc", "lcsw", "lcsw-c",
    "licsw", "lmft", "lmhc", "lpc", "lpn", "lsw", "lvn", "mbbs", "md", "mls", "msn", "msph", "msw", "nnp", "np",
    "nremt", "od", "otr", "pa", "pac", "pharmd", "psyd", "rcp", "rd", "rdn", "rhia", "rhit", "rn", "rph", "rrt", "rt",
    "slp",
];

/// What somebody in a clinic or an office does, before `by` and a name.
#[rustfmt::skip]
const CLINICAL_DEEDS: [&str; 38] = [
    "accompanied", "administered", "approved", "assessed", "authorized", "collected", "completed", "counseled", "dictated",
    "documented", "drawn", "entered", "evaluated", "examined", "identified", "interpreted", "interviewed", "obtained",
    "ordered", "performed", "prepared", "prescribed", "read", "recorded", "ref", "referred", "reported", "requested",
    "reviewed", "scheduled", "seen", "signed", "submitted", "supervised", "transcribed", "treated", "verified", "witnessed",
];

/// Words above a list of authors.
#[rustfmt::skip]
const CREDITS: [&str; 12] = [
    "author", "authors", "contributor", "contributors", "copyright", "copyrighted", "credits", "developers",
    "licensed", "maintainer", "maintainers", "translators",
];

/// What somebody says who asks for something.
#[rustfmt::skip]
const REQUESTS: [&str; 7] = [
    "i", "i'm", "me", "my", "our", "please", "your",
];

/// What customers have.
#[rustfmt::skip]
const CUSTOM: [&str; 18] = [
    "account", "address", "appointments", "balance", "bill", "billing", "birthday", "card", "customer", "invoice",
    "payment", "phone", "policy", "portal", "refund", "statement", "subscription", "transfer",
];

/// Persons who are told by what they are to the patient, their names often behind it.
#[rustfmt::skip]
const RELATIVES: [&str; 27] = [
    "aunt", "boyfriend", "brother", "cousin", "dad", "daughter", "father", "fiance", "girlfriend", "granddaughter",
    "grandfather", "grandmother", "grandson", "husband", "mom", "mother", "nephew", "niece", "nok", "poa", "sister",
    "son", "spouse", "stepdaughter", "stepson", "uncle", "wife",
];

/// What else a word may be; the low bits of [`Meaning`] hold its kind.
const STOP: u16 = 1 << 4;
const ROLE: u16 = 1 << 5;
const INTRODUCTION: u16 = 1 << 6;
const WEAK_CREDIT: u16 = 1 << 7;
const DEED: u16 = 1 << 8;
const DEGREE: u16 = 1 << 9;
const CREDIT: u16 = 1 << 10;
const OWN_ROLE: u16 = 1 << 11;
const REQUEST: u16 = 1 << 12;
const CUSTOMER: u16 = 1 << 13;
const RELATIVE: u16 = 1 << 14;
const CLINICAL_DEED: u16 = 1 << 15;
const KIND: u16 = 15;

/// All that the lists say of a word: 1 and the place of its kind in `LISTS`, and one bit for each other list.
type Meaning = u16;

/// The words of all lists by hash, open addressing; no word packs to zero.
struct Words {
    slots: Vec<(u128, Meaning)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(Words::new);

impl Words {
    fn new() -> Self {
        const SLOTS: usize = 1 << 12;
        let mut words = Self { slots: vec![(0, 0); SLOTS] };
        for (place, (_, list)) in LISTS.iter().enumerate() {
            // A word of several lists is what the first of them says.
            list.iter().for_each(|word| {
                let meaning = words.entry(word);
                *meaning |= if *meaning & KIND == 0 { place as u16 + 1 } else { 0 };
            });
        }
        let others: [(Meaning, &[&str]); 12] = [
            (STOP, &STOP_WORDS),
            (ROLE, &ROLES),
            (INTRODUCTION, &INTRODUCTIONS),
            (WEAK_CREDIT, &WEAK_CREDITS),
            (DEED, &DEEDS),
            (DEGREE, &DEGREES),
            (CREDIT, &CREDITS),
            (OWN_ROLE, &OWN_ROLES),
            (REQUEST, &REQUESTS),
            (CUSTOMER, &CUSTOM),
            (RELATIVE, &RELATIVES),
            (CLINICAL_DEED, &CLINICAL_DEEDS),
        ];
        for (bit, list) in others {
            list.iter().for_each(|word| *words.entry(word) |= bit);
        }
        words
    }

    fn entry(&mut self, word: &str) -> &mut Meaning {
        let key = packed_lower(word.as_bytes());
        let place = self.place(key);
        self.slots[place].0 = key;
        &mut self.slots[place].1
    }

    /// Where the word stands, or would.
    #[inline]
    fn place(&self, key: u128) -> usize {
        let mask = self.slots.len() - 1;
        let mixed = (key as u64 ^ ((key >> 64) as u64).rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut place = (mixed >> 40) as usize & mask;
        while self.slots[place].0 != key && self.slots[place].0 != 0 {
            place = (place + 1) & mask;
        }
        place
    }
}

/// What the lists say of a word, in any case.
#[inline]
fn meaning(word: &[u8]) -> Meaning {
    if word.is_empty() || word.len() > MAX_PACKED {
        return 0;
    }
    let words = &*WORDS;
    words.slots[words.place(packed_lower(word))].1
}

/// What the word tells, in any case.
pub(super) fn kind(word: &[u8]) -> Option<Kind> {
    let place = usize::from(meaning(word) & KIND);
    place.checked_sub(1).map(|place| LISTS[place].0)
}

/// Whether the word cannot be a part of a name.
pub(super) fn is_stop_word(word: &[u8]) -> bool {
    meaning(word) & STOP != 0
}

/// Whether a person stands behind this word and a colon.
pub(super) fn is_role(word: &[u8]) -> bool {
    meaning(word) & ROLE != 0
}

/// Whether the word greets, or says who speaks.
pub(super) fn greets(word: &[u8]) -> bool {
    [&b"dear"[..], b"hello", b"hey", b"hi", b"i'm", b"name's", b"thanks"]
        .iter()
        .any(|greeting| word.eq_ignore_ascii_case(greeting))
}

/// Whether the word ends a letter.
pub(super) fn closes(word: &[u8]) -> bool {
    const CLOSINGS: [&[u8]; 14] = [
        b"love",
        b"warmly",
        b"yours",
        b"sincerely",
        b"regards",
        b"rgds",
        b"truly",
        b"respectfully",
        b"thanks",
        b"wishes",
        b"signed",
        b"cheers",
        b"faithfully",
        b"cordially",
    ];
    CLOSINGS.iter().any(|closing| word.eq_ignore_ascii_case(closing))
}

/// Whether somebody in a clinic or an office does it: what stands before `by` and a name.
pub(super) fn is_clinical_deed(word: &[u8]) -> bool {
    meaning(word) & CLINICAL_DEED != 0
}

/// Whether it is a role that persons alone have.
pub(super) fn is_own_role(word: &[u8]) -> bool {
    meaning(word) & OWN_ROLE != 0
}

/// Whether somebody says it who asks for something, and whether it is something that customers have.
pub(super) fn request_and_custom(word: &[u8]) -> (bool, bool) {
    let meaning = meaning(word);
    (meaning & REQUEST != 0, meaning & CUSTOMER != 0)
}

/// Whether the word says what somebody is to the patient.
pub(super) fn is_relative(word: &[u8]) -> bool {
    meaning(word) & RELATIVE != 0
}

/// Whether the word is said before a name.
pub(super) fn introduces(word: &[u8]) -> bool {
    meaning(word) & INTRODUCTION != 0
}

/// Whether a word of authors is one of notes, letters and logs too.
pub(super) fn is_weak_credit(word: &[u8]) -> bool {
    meaning(word) & WEAK_CREDIT != 0
}

/// Whether the word says what somebody does.
pub(super) fn is_deed(word: &[u8]) -> bool {
    meaning(word) & DEED != 0
}

/// Whether a list of persons stands behind the word.
pub(super) fn announces_list(word: &[u8]) -> bool {
    const LISTS: [&[u8]; 17] = [
        b"absent",
        b"attendees",
        b"attending",
        b"cc",
        b"children",
        b"daughters",
        b"dependents",
        b"household",
        b"names",
        b"parents",
        b"participants",
        b"patients",
        b"present",
        b"staff",
        b"team",
        b"to",
        b"with",
    ];
    LISTS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether it is somebody who works in a clinic.
pub(super) fn is_clinician(word: &[u8]) -> bool {
    const CLINICIANS: [&[u8]; 22] = [
        b"anesthesiologist",
        b"attending",
        b"caregiver",
        b"chaplain",
        b"dentist",
        b"hospitalist",
        b"hygienist",
        b"midwife",
        b"nurse",
        b"oncologist",
        b"orthodontist",
        b"paramedic",
        b"pathologist",
        b"pediatrician",
        b"pharmacist",
        b"phlebotomist",
        b"physician",
        b"psychiatrist",
        b"radiologist",
        b"surgeon",
        b"technologist",
        b"therapist",
    ];
    CLINICIANS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether the degree stands before names too: `RN Ada Okafor`.
pub(super) fn is_degree_before_name(word: &[u8]) -> bool {
    const DEGREES: [&[u8]; 16] = [
        b"RN", b"LPN", b"LVN", b"CNA", b"APRN", b"CRNA", b"LCSW", b"EMT", b"CNM", b"RPh", b"PharmD", b"NP", b"MD",
        b"SW", b"MSW", b"PA-C",
    ];
    DEGREES.contains(&word)
}

/// Whether the word is a degree or a profession, in capitals: `MD`.
pub(super) fn is_degree(word: &[u8]) -> bool {
    let is_written = |degree: &&[u8]| *degree == word;
    ((2..=6).contains(&word.len()) && word[1].is_ascii_uppercase() && meaning(word) & DEGREE != 0)
        || [&b"PharmD"[..], b"PsyD", b"Esq", b"EdD"].iter().any(is_written)
}

/// Whether a list of authors stands below the word.
pub(super) fn is_credit(word: &[u8]) -> bool {
    (6..=12).contains(&word.len()) && meaning(word) & CREDIT != 0
}

/// Whether the two words together are known to be somebody or something else.
pub(super) fn is_known_pair(words: &[u8]) -> bool {
    let mut buffer = [0; 32];
    let Some(lower) = buffer.get_mut(..words.len()) else { return false };
    lower.copy_from_slice(words);
    lower.make_ascii_lowercase();
    KNOWN_PAIRS.binary_search_by(|listed| listed.as_bytes().cmp(lower)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        for list in LISTS.iter().map(|(_, list)| *list).chain([
            &STOP_WORDS[..],
            &KNOWN_PAIRS,
            &ROLES,
            &OWN_ROLES,
            &INTRODUCTIONS,
            &WEAK_CREDITS,
            &REQUESTS,
            &CUSTOM,
            &RELATIVES,
            &CLINICAL_DEEDS,
        ]) {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert!(LISTS.iter().all(|(_, list)| list.iter().all(|word| word.len() <= MAX_PACKED)));
    }

    #[test]
    fn words_tell_in_any_case() {
        assert_eq!(kind(b"PATIENT"), Some(Kind::Person));
        assert_eq!(kind(b"Copyright"), Some(Kind::Author));
        assert_eq!(kind(b"xylophone"), None);
        assert_eq!(kind(b""), None);
    }
}
