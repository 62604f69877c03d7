//! The generated documents of the labelled corpus: notes, logs and JSON, filled from templates.

use crate::labels::Truth;
use crate::random::Random;
use crate::subject::Subject;

/// A document made of records, each from one of the templates.
pub struct Document {
    /// File name within the folder of the format.
    pub file: &'static str,
    /// Folder and format.
    pub format: &'static str,
    /// Before the first record, between two, and after the last.
    pub frame: (&'static str, &'static str, &'static str),
    /// Number of records.
    pub records: usize,
    /// Each record is one of these, in turn of chance.
    pub templates: &'static [&'static str],
}

const LINES: (&str, &str, &str) = ("", "\n", "\n");
const ARRAY: (&str, &str, &str) = ("[\n", ",\n", "\n]\n");

const fn note(file: &'static str, template: &'static [&'static str]) -> Document {
    Document { file, format: "text", frame: LINES, records: 1, templates: template }
}

const fn log(file: &'static str, records: usize, templates: &'static [&'static str]) -> Document {
    Document { file, format: "log", frame: LINES, records, templates }
}

const fn ndjson(file: &'static str, records: usize, templates: &'static [&'static str]) -> Document {
    Document { file, format: "ndjson", frame: LINES, records, templates }
}

const fn json(file: &'static str, records: usize, templates: &'static [&'static str]) -> Document {
    Document { file, format: "json", frame: ARRAY, records, templates }
}

const ACCESS: &str = r#"<<visit>>T<<time>>Z INFO [gateway] request_id=<<uuid>> GET /static/app.<<hash>>.js status=200 duration_ms=<<milliseconds>>"#;
const JOB: &str =
    "<<visit>>T<<time>>Z DEBUG [worker-3] job=<<uuid>> enqueued_at=<<epoch>> attempts=<<count>> digest=<<hash>>";

/// Every generated document.
pub const DOCUMENTS: &[Document] = &[
    note(
        "clinic_note.txt",
        &["PROGRESS NOTE\n\nPatient: <<name>>\nDOB: <<dob_us>>\nMRN: <<mrn>>\nDate of visit: <<visit>>\n\n\
Seen today for follow-up. Feels well, sleeping better, walking daily.\n\nAssessment: <<description>> (<<icd_dotted>>).\n\
Plan: continue <<drug>>, labs in six weeks. Call <<phone>> with results.\n"],
    ),
    note(
        "discharge_letter.txt",
        &["Harborview Family Clinic\nDischarge summary\n\nPatient name: <<name>>\nMedical record number: <<mrn>>\n\
SSN: <<ssn>>\nMedicare number (MBI): <<mbi_dashed>>\n\nPrincipal diagnosis: <<icd>> <<description>>\n\
Secondary diagnosis: <<icd_second>> <<description_second>>\n\nDischarged home in stable condition. Next visit within two \
weeks.\n\nAttending NPI: <<npi>>\n"],
    ),
    note(
        "referral.txt",
        &["Referral to cardiology\n\nMember ID: <<member>>\nPatient: <<name>>\nDate of birth: <<dob>>\n\
Phone: <<phone_parentheses>>\nEmail: <<email>>\n\nReason: ICD-10 <<icd>>\nReferring provider NPI <<npi>>, DEA <<dea>>\n"],
    ),
    note(
        "intake_form.txt",
        &[
            "NEW PATIENT INTAKE\n\nFirst name: <<first>>\nLast name: <<last>>\nBirth date: <<dob_us>>\nAddress: <<street>>\n\
City: <<city>>\nZIP: <<zip>>\nMobile phone: <<phone>>\nEmergency contact phone: <<phone_international>>\n\n\
Preferred language: English\n",
        ],
    ),
    note(
        "billing_email.txt",
        &["From: billing desk\nTo: <<email>>\nSubject: your balance\n\nThank you for your payment of $<<amount>>.\n\
Account number: <<account>>\nCard: <<card_spaced>>\n\nKind regards,\nBilling\n"],
    ),
    log(
        "search_urls.log",
        120,
        &[
            ACCESS,
            JOB,
            ACCESS,
            "<<visit>>T<<time>>Z INFO [portal] GET /patients/search?mrn=<<mrn>>&dob=<<dob>> status=200",
            "<<visit>>T<<time>>Z INFO [portal] GET /patients/search?first_name=<<first_url>>&last_name=<<last_url>> status=200",
        ],
    ),
    log(
        "error_dumps.log",
        100,
        &[
            JOB,
            ACCESS,
            r#"<<visit>>T<<time>>Z ERROR [intake] validation failed payload={"ssn":"<<ssn>>","date_of_birth":"<<dob>>","icd10":"<<icd>>"} code=422"#,
            r#"<<visit>>T<<time>>Z ERROR [claims] rejected member_id=<<member>> npi=<<npi>> icd10=<<icd_dotted>> reason=duplicate"#,
        ],
    ),
    log(
        "reminder_service.log",
        90,
        &[
            JOB,
            "<<visit>> <<time>> INFO reminder queued to=<<email>> template=visit-<<count>>",
            "<<visit>> <<time>> INFO sms sent phone=<<phone>> segments=1",
            "<<visit>> <<time>> WARN reminder skipped, no address on file, retry in <<count>> minutes",
        ],
    ),
    log(
        "client_addresses.log",
        110,
        &[
            r#"<<ip>> - - [12/Mar/2026:<<time>> +0000] "GET /visit-us HTTP/1.1" 200 <<milliseconds>> "-" "Mozilla/5.0""#,
            "<<visit>> <<time>> INFO worker idle for <<milliseconds>> ms",
        ],
    ),
    ndjson(
        "encounter_events.ndjson",
        80,
        &[
            r#"{"event":"<<uuid>>","type":"slot.released","at":<<epoch>>,"payload":{"key":"<<hash>>","count":<<count>>}}"#,
            r#"{"event":"<<uuid>>","type":"encounter.closed","at":<<epoch>>,"patient":{"mrn":"<<mrn@patient.mrn>>","name":{"first_name":"<<first@patient.name.first_name>>","last_name":"<<last@patient.name.last_name>>"},"birth_date":"<<dob@patient.birth_date>>"},"diagnoses":[{"code":"<<icd@diagnoses[].code>>"},{"code":"<<icd_second@diagnoses[].code>>"}]}"#,
        ],
    ),
    ndjson(
        "fhir_patients.ndjson",
        40,
        &[
            r#"{"resourceType":"Patient","id":"<<uuid>>","name":[{"use":"official","family":"<<last@name[].family>>","given":["<<first@name[].given[]>>"]}],"telecom":[{"system":"phone","value":"<<phone@telecom[].value>>"},{"system":"email","value":"<<email@telecom[].value>>"}],"birthDate":"<<dob@birthDate>>","address":[{"line":["<<street@address[].line[]>>"],"city":"<<city>>","state":"<<state>>","postalCode":"<<zip@address[].postalCode>>"}]}"#,
        ],
    ),
    ndjson(
        "claim_lines.ndjson",
        70,
        &[
            r#"{"line":<<count>>,"subscriber_id":"<<member@subscriber_id>>","icd10":["<<icd@icd10[]>>","<<icd_second@icd10[]>>"],"rendering_npi":"<<npi@rendering_npi>>","billed":<<amount>>}"#,
        ],
    ),
    ndjson(
        "portal_audit.ndjson",
        90,
        &[
            r#"{"id":"<<uuid>>","action":"login","user":{"email":"<<email@user.email>>"},"client_ip":"<<ip@client_ip>>","at":"<<visit>>T<<time>>Z"}"#,
            r#"{"id":"<<uuid>>","action":"rotate_key","service":"scheduler","duration_ms":<<milliseconds>>,"at":"<<visit>>T<<time>>Z"}"#,
        ],
    ),
    json(
        "patient_search.json",
        35,
        &[
            r#"  {"medicalRecordNumber": "<<mrn@medicalRecordNumber>>", "patientName": "<<name@patientName>>", "dateOfBirth": "<<dob@dateOfBirth>>", "ssn": "<<ssn@ssn>>", "contact": {"phone": "<<phone@contact.phone>>", "email": "<<email@contact.email>>"}, "problems": [{"icd10": "<<icd@problems[].icd10>>", "text": "<<description>>"}]}"#,
        ],
    ),
    json(
        "payment_profiles.json",
        30,
        &[
            r#"  {"profile": "<<uuid>>", "accountNumber": "<<account@accountNumber>>", "creditCard": {"number": "<<card@creditCard.number>>", "active": true}, "balance": <<amount>>}"#,
        ],
    ),
    json(
        "shipments.json",
        40,
        &[
            r#"  {"shipment": "<<order>>", "parcels": [{"tracking": "<<hash>>", "weight_kg": <<ratio>>}], "placed_at": <<epoch>>, "total": <<amount>>, "status": "<<status>>"}"#,
        ],
    ),
    Document {
        file: "appointment.json",
        format: "json",
        frame: ("", "", "\n"),
        records: 1,
        templates: &[r#"{
  "appointment": "<<uuid>>",
  "patient": {
    "first_name": "<<first@patient.first_name>>",
    "last_name": "<<last@patient.last_name>>",
    "mrn": "<<mrn@patient.mrn>>",
    "insurance": {"member_id": "<<member@patient.insurance.member_id>>"}
  },
  "reason": {"icd10": "<<icd@reason.icd10>>"},
  "provider": {"npi": "<<npi@provider.npi>>"},
  "starts_at": "<<visit>>T<<time>>"
}"#],
    },
];

/// The text of a document and the truth about it.
pub fn render(document: &Document, random: &mut Random) -> (String, Truth) {
    let mut truth = Truth::default();
    let (opening, separator, closing) = document.frame;
    let mut records = Vec::with_capacity(document.records);
    for place in 0..document.records {
        let chosen = match document.templates.get(place) {
            Some(template) => template,
            None => document.templates[random.below(document.templates.len() as u32) as usize],
        };
        records.push(Subject::draw(random).fill(chosen, random, &mut truth));
        truth.end_record();
    }
    let body = records.join(separator);
    let closing = if body.ends_with('\n') { closing.trim_start_matches('\n') } else { closing };
    (format!("{opening}{body}{closing}"), truth)
}
