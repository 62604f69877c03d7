//! Words that tell what a name stands in: titles, words for persons, the language of a clinic, of credits, of things.
//!
//! Lists only; what follows from them is decided in `surroundings` and in the module above. All lists are one hash table,
//! since most words asked about are in none.

use crate::detectors::spans::{MAX_PACKED, packed_lower};
use crate::detectors::word_set::WordSet;
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
const TITLES: [&str; 32] = [
    "capt", "cmsgt", "cpl", "det", "doctor", "dr", "drs", "fr", "frau", "herr", "madam", "mayoress", "messrs",
    "miss", "mister", "mistress", "mlle", "mme", "mr", "mrs", "ms", "msgt", "ofc", "pastor", "prof", "rabbi", "rev",
    "reverend", "sgt", "srta", "ssgt", "tsgt",
];

#[rustfmt::skip]
const PERSONS: [&str; 106] = [
    "aunt", "baby", "beneficiary", "bf", "boyfriend", "bro", "brother", "caller", "caregiver", "children",
    "claimant", "client", "clmt", "clt", "cousin", "dad", "daddy", "dau", "daughter", "daughters", "decedent",
    "dependant", "dependent", "dependents", "dpoa", "dtr", "enrollee", "father", "fiance", "fiancee", "gf",
    "girlfriend", "godfather", "godmother", "grandchild", "grandchildren", "granddaughter", "grandfather", "grandma",
    "grandmother", "grandpa", "grandparents", "grandson", "granny", "guar", "guarantor", "guardian", "hcp", "hcpoa",
    "husb", "husband", "infant", "inmate", "insured", "kids", "mama", "mbr", "mom", "mommy", "mother", "mum", "nana",
    "neighbor", "nephew", "newborn", "niece", "nok", "offender", "papa", "parents", "partner", "patient", "patients",
    "poa", "policyholder", "proxy", "pt", "pts", "resident", "roommate", "sib", "sibling", "siblings", "sibs", "sis",
    "sister", "son", "sons", "spouse", "stepbrother", "stepdad", "stepdaughter", "stepfather", "stepmom",
    "stepmother", "stepsister", "stepson", "subscriber", "subscribers", "twin", "twins", "uncle", "veteran", "widow",
    "widower", "wife",
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
const THINGS: [&str; 319] = [
    "academy", "act", "agar", "airport", "algorithm", "amendment", "applicator", "arena", "aspirator", "associates",
    "ave", "avenue", "award", "bakery", "band", "bank", "barracks", "bay", "beach", "blvd", "boot", "boulevard",
    "brace", "brewery", "bridge", "brothers", "building", "bullet", "cabin", "cafe", "camp", "campus", "canal",
    "canyon", "capital", "cathedral", "catheter", "cemetery", "center", "centre", "chapel", "charter", "chiropractic",
    "church", "cipher", "city", "clamp", "classic", "classification", "cleaner", "clinics", "co", "code", "collar",
    "college", "company", "compound", "condominiums", "corp", "corporation", "cottage", "county", "court", "creek",
    "crescent", "criteria", "criterion", "crutch", "crutches", "ct", "cup", "curette", "cutoff", "cycle", "day",
    "dealership", "dental", "derby", "dermatology", "diagnostics", "dialysis", "dictionary", "disease",
    "distribution", "drain", "drains", "drive", "driver", "effect", "elementary", "encoding", "enterprises",
    "equation", "estate", "expressway", "falls", "farm", "farms", "festival", "filter", "financial", "foramen",
    "forceps", "formula", "fort", "foundation", "frame", "freeway", "function", "fund", "gallery", "garden",
    "gardens", "gauze", "grill", "group", "hall", "hammer", "health", "healthcare", "high", "highway", "hospice",
    "hospital", "hospitals", "hotel", "house", "hwy", "imaging", "inc", "index", "industries", "inn", "institute",
    "international", "inventory", "island", "islands", "jetty", "journal", "knob", "knot", "laboratories",
    "laboratory", "labs", "lake", "lane", "law", "library", "licence", "license", "line", "lines", "llc", "ln",
    "lodge", "lounge", "ltd", "mall", "maneuver", "manor", "marina", "matrix", "medal", "medical", "medicine",
    "memorial", "method", "mission", "mitral", "model", "motel", "motors", "mount", "mountain", "murmur", "museum",
    "nebula", "neurology", "number", "numbers", "open", "ophthalmology", "optometry", "orchestra", "orthopaedics",
    "orthopedics", "osteotomy", "overpass", "papilla", "park", "parkway", "partners", "pasture", "pavilion",
    "pediatrics", "pharmaceuticals", "pharmacies", "pharmacy", "physicians", "pinnacle", "pkwy", "plantation",
    "plasty", "playground", "plaza", "podiatrists", "podiatry", "position", "prairie", "precinct", "preserve",
    "press", "prize", "procedure", "process", "project", "properties", "protocol", "publications", "publishing",
    "pump", "quartet", "questionnaire", "radiology", "ranch", "ratio", "rd", "realty", "reflex", "rehabilitation",
    "reservation", "reservoir", "restaurant", "resuscitator", "retractor", "river", "road", "rod", "rods", "rule",
    "scale", "scholarship", "school", "scissors", "score", "securities", "seminary", "series", "server", "shoals",
    "show", "sign", "sling", "software", "solution", "solutions", "sons", "space", "speculum", "sphincter", "spica",
    "splint", "splints", "springs", "square", "st", "stadium", "staging", "stain", "stakes", "station", "stent",
    "stockings", "street", "stretcher", "subdivision", "suites", "surgeons", "syndrome", "systems", "tavern", "team",
    "technique", "technologies", "test", "tests", "theater", "theatre", "theorem", "theory", "therapeutics",
    "tournament", "tower", "towers", "township", "transform", "trio", "trophy", "trust", "tube", "tunnel", "turnpike",
    "unit", "university", "urology", "valley", "ventilator", "viaduct", "village", "villas", "vineyard", "vineyards",
    "way", "wellness", "winery", "wing", "workshop", "zoo",
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
const STOP_WORDS: [&str; 251] = [
    "aetna", "african", "after", "all", "amazon", "american", "and", "anthem", "any", "apple", "apr", "are",
    "arizona", "as", "asian", "at", "aug", "avenue", "bank", "bay", "be", "been", "before", "big", "blue", "both",
    "buick", "but", "by", "cadillac", "california", "can", "captain", "care", "cash", "center", "chart", "chevrolet",
    "chief", "cigna", "cisco", "city", "clinic", "college", "colonel", "columbia", "costco", "county", "crohn",
    "dart", "date", "de", "debian", "debug", "dec", "december", "dell", "der", "did", "do", "doctor", "does", "each",
    "east", "eiffel", "english", "error", "fatal", "feb", "february", "female", "field", "firefox", "foley", "for",
    "fort", "french", "fri", "friday", "from", "gecko", "german", "get", "golden", "google", "had", "has", "haskell",
    "have", "he", "health", "here", "high", "hills", "hospital", "humana", "hyundai", "if", "in", "indian", "info",
    "intel", "internal", "is", "it", "january", "java", "jul", "july", "jun", "kaiser", "la", "lab", "lake", "las",
    "latin", "le", "left", "lexus", "linux", "los", "low", "male", "man", "many", "mar", "march", "mazda", "medicaid",
    "medical", "medicare", "microsoft", "mitsubishi", "mon", "monday", "month", "more", "most", "mount", "mozilla",
    "negative", "nevada", "new", "nissan", "no", "nokia", "normal", "north", "not", "note", "notes", "nov",
    "november", "nurse", "oct", "october", "of", "old", "on", "only", "or", "oracle", "order", "other", "patient",
    "patients", "pepper", "perl", "philips", "plan", "port", "positive", "power", "put", "queen", "right", "road",
    "rust", "sa", "saint", "sale", "sales", "san", "sat", "saturday", "say", "scala", "sep", "september", "sergeant",
    "she", "siemens", "sign", "silver", "since", "sky", "small", "so", "some", "south", "spanish", "stars", "street",
    "subaru", "such", "sun", "sunday", "sunrise", "swift", "test", "texas", "that", "the", "then", "there", "these",
    "they", "this", "those", "thu", "thursday", "time", "to", "toyota", "trace", "tue", "tuesday", "ubuntu",
    "university", "unix", "van", "volkswagen", "von", "walgreens", "walmart", "warn", "warning", "was", "we", "wed",
    "wednesday", "week", "west", "when", "while", "wilson-disease", "with", "woman", "year", "yes", "you",
];

/// What stands before a colon and a person.
#[rustfmt::skip]
const ROLES: [&str; 270] = [
    "absent", "adjudicator", "adjuster", "administrator", "adviser", "advisor", "advocate", "affiant", "aide",
    "anesthesiologist", "appellant", "applicant", "assignee", "assistant", "asst", "attendee", "attendees",
    "attending", "attention", "attn", "attorney", "atty", "auditor", "author", "beneficiary", "biller", "borrower",
    "buyer", "by", "candidate", "cantor", "cardholder", "cardiologist", "caregiver", "cc", "celebrant", "chairman",
    "chairperson", "chairwoman", "chaplain", "chef", "chiropractor", "clerk", "clinician", "clt", "cnm", "coder",
    "collector", "commissioner", "complainant", "consult", "consultant", "consultants", "consults", "contact",
    "coord", "coordinator", "cosigned", "cosigner", "counsel", "counselor", "covering", "crna", "csr", "curator",
    "custodian", "customer", "dean", "debtor", "defendant", "dentist", "deponent", "deputy", "dermatologist",
    "dietitian", "director", "dispatcher", "donor", "doula", "driver", "emergency", "employee", "endocrinologist",
    "enrollee", "examiner", "executor", "facilitator", "fellow", "fn", "foreman", "founder", "from", "geneticist",
    "grantee", "grantor", "guarantor", "guest", "gynecologist", "hematologist", "holder", "hospitalist", "hostess",
    "hygienist", "incumbent", "informant", "insd", "inspector", "instructor", "intern", "internist", "interpreter",
    "interviewee", "interviewer", "investigator", "invitee", "invitees", "juror", "landlord", "lar", "lecturer",
    "legatee", "lessee", "lessor", "liaison", "licensee", "lieutenant", "manager", "mediator", "medic", "member",
    "mentee", "mentor", "midwife", "moderator", "mortgagor", "mro", "nanny", "navigator", "nephrologist",
    "neurologist", "nnp", "nombre", "nominee", "notary", "nurse", "nutritionist", "officer", "oncologist",
    "operator", "optometrist", "ordering", "organizer", "orthodontist", "orthopedist", "paciente", "panelist",
    "paralegal", "paramedic", "parent", "participant", "participants", "passenger", "pastor", "pathologist",
    "patientin", "patron", "payee", "pcp", "pediatrician", "performing", "perfusionist", "petitioner", "pharmacist",
    "phleb", "phlebotomist", "phys", "physician", "plaintiff", "planholder", "podiatrist", "policyowner", "porter",
    "preceptor", "prepared", "prescriber", "present", "presenter", "principal", "proband", "producer", "promoter",
    "proprietor", "prov", "provider", "provost", "psychiatrist", "psychologist", "pulmonologist", "purchaser",
    "radiologist", "re", "realtor", "receptionist", "recipient", "referring", "regarding", "registrant", "registrar",
    "reminder", "rendering", "rep", "reporter", "representative", "requester", "requestor", "researcher", "resident",
    "respondent", "reviewer", "rheumatologist", "scribe", "secretary", "seller", "sender", "shareholder",
    "signatory", "signature", "signed", "signer", "sonographer", "sponsor", "states", "steward", "student",
    "submitter", "submitting", "subtenant", "successor", "superintendent", "supervisor", "surgeon", "surveyor",
    "suspect", "taxpayer", "teacher", "tech", "technician", "technologist", "tenant", "testator", "therapist", "to",
    "trainee", "trainer", "translator", "transporter", "traveler", "traveller", "treasurer", "trustee", "tutor",
    "urologist", "user", "usher", "victim", "visitor", "volunteer", "warden", "witness", "worker",
];

/// Those of them that persons alone have, where `From: ` and `Contact: ` may speak of a firm.
#[rustfmt::skip]
const OWN_ROLES: [&str; 220] = [
    "absent", "adjudicator", "adjuster", "administrator", "adviser", "advisor", "affiant", "aide",
    "anesthesiologist", "appellant", "applicant", "assignee", "assistant", "asst", "attendee", "attendees",
    "attending", "attention", "attn", "attorney", "atty", "beneficiary", "biller", "borrower", "buyer", "candidate",
    "cardholder", "cardiologist", "caregiver", "cc", "chairperson", "chairwoman", "chaplain", "chiropractor",
    "clerk", "clinician", "cnm", "coder", "collector", "commissioner", "complainant", "consultant", "consultants",
    "consults", "contact", "coord", "coordinator", "cosigner", "counselor", "covering", "csr", "custodian",
    "customer", "dean", "debtor", "defendant", "dentist", "deponent", "dermatologist", "dietitian", "director",
    "dispatcher", "donor", "doula", "driver", "employee", "endocrinologist", "enrollee", "examiner", "executor",
    "facilitator", "fellow", "foreman", "geneticist", "grantee", "grantor", "guarantor", "guest", "gynecologist",
    "hematologist", "holder", "hospitalist", "hygienist", "informant", "insd", "inspector", "instructor",
    "internist", "interpreter", "interviewee", "interviewer", "investigator", "invitee", "invitees", "juror",
    "landlord", "lar", "lecturer", "legatee", "lessee", "lessor", "liaison", "licensee", "manager", "medic",
    "member", "mentee", "mentor", "midwife", "mortgagor", "mro", "nanny", "navigator", "nephrologist", "neurologist",
    "nnp", "notary", "nurse", "nutritionist", "oncologist", "operator", "optometrist", "ordering", "orthodontist",
    "orthopedist", "paciente", "panelist", "paralegal", "paramedic", "parent", "participant", "participants",
    "passenger", "pathologist", "patientin", "patron", "payee", "pcp", "pediatrician", "perfusionist", "petitioner",
    "pharmacist", "phleb", "phlebotomist", "phys", "physician", "plaintiff", "podiatrist", "policyowner",
    "preceptor", "prescriber", "present", "presenter", "proband", "proprietor", "prov", "provider", "psychiatrist",
    "psychologist", "pulmonologist", "purchaser", "radiologist", "re", "realtor", "receptionist", "recipient",
    "referring", "regarding", "registrant", "registrar", "reminder", "rep", "representative", "requester",
    "requestor", "researcher", "respondent", "rheumatologist", "scribe", "secretary", "seller", "sender",
    "shareholder", "signatory", "signature", "signed", "signer", "sonographer", "student", "submitter", "submitting",
    "superintendent", "supervisor", "surgeon", "suspect", "taxpayer", "teacher", "tech", "technician",
    "technologist", "tenant", "testator", "therapist", "trainee", "trainer", "translator", "transporter", "traveler",
    "traveller", "treasurer", "trustee", "tutor", "urologist", "user", "victim", "visitor", "volunteer", "warden",
    "witness", "worker",
];

/// What stands before a name that is said or written to somebody.
#[rustfmt::skip]
const INTRODUCTIONS: [&str; 40] = [
    "afternoon", "am", "ask", "asked", "by", "call", "called", "contact", "contacted", "dear", "email", "emailed",
    "for", "from", "hello", "hey", "hi", "i'm", "is", "it's", "meet", "meeting", "met", "morning", "named",
    "notified", "paged", "per", "phone", "phoned", "seeing", "tell", "texted", "texting", "thank", "thanks", "to",
    "told", "visiting", "with",
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
const DEEDS: [&str; 107] = [
    "agreed", "agrees", "appears", "arrived", "asked", "asks", "attended", "aware", "brought", "called", "calls",
    "came", "comes", "complained", "complains", "continues", "cried", "declined", "denied", "denies", "described",
    "did", "disagreed", "does", "drinks", "drove", "eats", "emailed", "explained", "expressed", "feels", "fell",
    "felt", "found", "gave", "gets", "gives", "goes", "got", "had", "has", "is", "knows", "left", "likes", "lived",
    "lives", "looks", "lost", "made", "met", "missed", "moved", "needs", "notes", "paid", "phoned", "plans",
    "prefers", "presented", "presents", "promised", "reached", "reads", "received", "remains", "replied", "reported",
    "reports", "requested", "requests", "responds", "returned", "said", "says", "seems", "sees", "sent", "signed",
    "sleeps", "smokes", "spoke", "started", "stated", "states", "takes", "talked", "tells", "texted", "thanked",
    "thinks", "told", "tolerates", "tried", "understands", "underwent", "uses", "visited", "walked", "walks", "wants",
    "was", "went", "will", "worked", "works", "wrote",
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
const RELATIVES: [&str; 73] = [
    "aunt", "bf", "boyfriend", "bro", "brother", "caregiver", "children", "cousin", "dad", "daddy", "dau", "daughter",
    "daughters", "dpoa", "dtr", "father", "fiance", "fiancee", "gf", "girlfriend", "godfather", "godmother",
    "grandchild", "granddaughter", "grandfather", "grandma", "grandmother", "grandpa", "grandson", "granny",
    "guardian", "hcp", "hcpoa", "husb", "husband", "kids", "mama", "mom", "mommy", "mother", "mum", "nana",
    "neighbor", "nephew", "niece", "nok", "papa", "parents", "partner", "poa", "roommate", "sib", "sibling",
    "siblings", "sis", "sister", "son", "sons", "spouse", "stepbrother", "stepdad", "stepdaughter", "stepfather",
    "stepmom", "stepmother", "stepsister", "stepson", "twin", "twins", "uncle", "widow", "widower", "wife",
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
    #[rustfmt::skip]
    static CLOSINGS: WordSet = WordSet::new(&[
        "cheers", "cordially", "faithfully", "love", "regards", "respectfully", "rgds", "signed", "sincerely",
        "thanks", "thx", "truly", "warmly", "wishes", "yours",
    ]);
    CLOSINGS.contains(word)
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
    #[rustfmt::skip]
    static LISTS: WordSet = WordSet::new(&[
        "absent", "attendees", "attending", "cc", "children", "daughters", "dependents", "household", "names",
        "parents", "participants", "patients", "present", "staff", "team", "to", "with",
    ]);
    LISTS.contains(word)
}

/// Whether it is somebody who works in a clinic.
pub(super) fn is_clinician(word: &[u8]) -> bool {
    #[rustfmt::skip]
    static CLINICIANS: WordSet = WordSet::new(&[
        "aide", "anesthesiologist", "attending", "caregiver", "chaplain", "counselor", "dentist", "doula", "hospitalist",
        "hygienist", "midwife", "nurse", "nutritionist", "oncologist", "orthodontist", "paramedic", "pathologist",
        "pediatrician", "pharmacist", "phleb", "phlebotomist", "physician", "psychiatrist", "radiologist", "sonographer", "surgeon",
        "technologist", "therapist", "worker",
    ]);
    CLINICIANS.contains(word)
}

/// Whether it is somebody in a lawsuit.
pub(super) fn is_party(word: &[u8]) -> bool {
    const PARTIES: [&[u8]; 5] = [b"plaintiff", b"defendant", b"claimant", b"petitioner", b"respondent"];
    PARTIES.iter().any(|party| word.eq_ignore_ascii_case(party))
}

/// Whether the word says before another one what kind of clinician somebody is: `charge nurse`, `physical therapist`.
pub(super) fn is_kind_of_clinician(word: &[u8]) -> bool {
    #[rustfmt::skip]
    static KINDS: WordSet = WordSet::new(&[
        "admitting", "attending", "bedside", "care", "case", "charge", "circulating", "clinic", "clinical",
        "consulting", "covering", "day", "discharge", "er", "evening", "family", "floor", "hospice", "hospital", "icu",
        "infusion", "licensed", "massage", "medical", "mental", "night", "nurse", "occupational", "office",
        "operating", "ordering", "orthopedic", "pediatric", "physical", "physician", "primary", "radiation",
        "recovery", "referring", "registered", "research", "respiratory", "school", "scrub", "social", "speech",
        "staff", "surgical", "transplant", "trauma", "treating", "triage", "unit", "ward", "wound",
    ]);
    KINDS.contains(word)
}

/// Whether the degree stands before names too: `RN Ada Okafor`.
pub(super) fn is_degree_before_name(word: &[u8]) -> bool {
    const DEGREES: [&[u8]; 17] = [
        b"HO", b"RN", b"LPN", b"LVN", b"CNA", b"APRN", b"CRNA", b"LCSW", b"EMT", b"CNM", b"RPh", b"PharmD", b"NP",
        b"MD", b"SW", b"MSW", b"PA-C",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        for list in LISTS.iter().map(|(_, list)| *list).chain([
            &STOP_WORDS[..],
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
