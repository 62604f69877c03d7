//! The texts and templates of the demonstration lake.

/// Where the patients live: city, state, ZIP code.
pub const TOWNS: &[(&str, &str, &str)] = &[
    ("Portland", "ME", "04101"),
    ("Portland", "ME", "04103"),
    ("South Portland", "ME", "04106"),
    ("Falmouth", "ME", "04105"),
    ("Scarborough", "ME", "04074"),
    ("Westbrook", "ME", "04092"),
    ("Saco", "ME", "04072"),
    ("Biddeford", "ME", "04005"),
];

/// A notebook before and after the rows that its output shows.
pub const NOTEBOOK: (&str, &str) = (
    r#"{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 3,
   "metadata": {},
   "source": ["table = pd.read_csv(\"readmission_features.csv\")\n", "table.head()"],
   "outputs": [{
    "name": "stdout",
    "output_type": "stream",
    "text": [
     "   mrn      dob         primary_icd10\n",
"#,
    r#"     "[5 rows x 3 columns]\n"
    ]
   }]
  }
 ],
 "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
 "nbformat": 4,
 "nbformat_minor": 5
}
"#,
);

/// Header of the clinic's table of patients.
pub const PATIENT_HEADER: &str = "mrn,first_name,last_name,date_of_birth,sex,ssn,street_address,city,state,zip,phone,email,\
member_id,primary_care_npi,last_visit,balance_due\n";

/// One row of it.
pub const PATIENT_ROW: &str = "<<mrn>>,<<first>>,<<last>>,<<dob>>,<<sex>>,<<ssn>>,<<street>>,<<city>>,<<state>>,<<zip>>,\
<<phone>>,<<email>>,<<member>>,<<npi>>,<<visit_2026>>,<<amount>>";

/// One encounter event.
pub const ENCOUNTER: &str = r#"{"encounter_id":"<<uuid>>","patient":{"mrn":"<<mrn>>","name":"<<name>>","birth_date":"<<dob>>"},"date":"<<visit_2026>>","provider_npi":"<<npi>>","diagnoses":[{"system":"ICD-10-CM","code":"<<icd>>","display":"<<description>>"},{"system":"ICD-10-CM","code":"<<icd_second>>","display":"<<description_second>>"}],"medications":["<<drug>>"]}"#;

/// Columns of the monthly claims.
pub const CLAIM_COLUMNS: &[&str] = &[
    "claim_line_uuid=uuid",
    "patient_mrn=mrn",
    "member_id=member",
    "birth_date=dob",
    "sex=sex",
    "zip=zip",
    "service_date=visit_2026",
    "diagnosis_code=icd",
    "secondary_diagnosis_code=icd_second",
    "drug=drug",
    "rendering_npi=npi",
    "billed_amount=amount",
    "status=status",
];

/// Columns of the audience of a campaign.
pub const AUDIENCE_COLUMNS: &[&str] = &[
    "full_name=name",
    "email=email",
    "mobile_phone=phone",
    "diagnosis_code=icd",
    "diagnosis=description",
    "last_visit=visit_2026",
];

/// Visit notes.
pub const NOTES: &[&str] = &[
    "Harborview Family Clinic - visit note\n\nPatient: <<name>>\nMRN: <<mrn>>\nDOB: <<dob_us>>\nVisit date: <<visit_2026>>\n\n\
Subjective: doing well since the last visit, tolerating <<drug>>, no new complaints.\n\
Objective: BP 124/78, pulse 72, weight stable.\n\nAssessment: <<icd_dotted>> <<description>>\n\
Plan: continue current treatment, return in three months. Reached at <<phone>> for results.\n",
    "Harborview Family Clinic - referral letter\n\nRe: patient name <<name>>, date of birth <<dob>>, MRN <<mrn>>\n\n\
Dear colleague,\n\nthank you for seeing this patient for evaluation of <<description>> (ICD-10 <<icd>>). Current \
medication: <<drug>>.\n\nKind regards,\nHarborview Family Clinic, NPI <<npi>>\n",
    "Telephone encounter\n\nCaller: patient <<name>> (MRN <<mrn>>)\nDate: <<visit_2026>> <<time>>\nCall back: <<phone>>\n\n\
Asks for a refill of <<drug>>. Last diagnosis on file <<icd_dotted>>. Refill sent, 90 days.\n",
];

/// Header of the export that someone left.
pub const EXPORT_HEADER: &str = "MRN,Patient Name,SSN,DOB,Diagnosis Code,Diagnosis\n";

/// One row of it.
pub const EXPORT_ROW: &str = "<<mrn>>,\"<<last_first>>\",<<ssn>>,<<dob_us>>,<<icd>>,\"<<description>>\"";

/// Header of the payer's feed.
pub const FEED_HEADER: &str = "subscriber_id,member_last_name,member_first_name,dob,icd10,rendering_npi,paid\n";

/// One row of it.
pub const FEED_ROW: &str = "<<member>>,<<last>>,<<first>>,<<dob>>,<<icd>>,<<npi>>,<<amount>>";

/// One patient of the dump.
pub const DUMP_PATIENT: &str = r#"{"mrn":"<<mrn>>","name":{"first_name":"<<first>>","last_name":"<<last>>"},"ssn":"<<ssn>>","birth_date":"<<dob>>","telecom":[{"system":"phone","value":"<<phone>>"},{"system":"email","value":"<<email>>"}],"address":{"street":"<<street>>","city":"<<city>>","zip":"<<zip>>"}}"#;

/// One visit of the dump.
pub const DUMP_VISIT: &str =
    r#"{"mrn":"<<mrn>>","date":"<<visit_2026>>","icd10":"<<icd>>","drug":"<<drug>>","charge":<<amount>>}"#;

/// What the portal and the worker log when all is well.
pub const QUIET_LINES: &[&str] = &[
    "INFO [portal] request_id=<<uuid>> GET /static/app.<<hash>>.js status=200 duration_ms=<<milliseconds>> node=<<private_ip>>",
    "INFO [portal] request_id=<<uuid>> GET /appointments/slots?week=<<count>> status=200 duration_ms=<<milliseconds>>",
    "INFO [auth] request_id=<<uuid>> session refreshed, expires=<<epoch>>",
    "DEBUG [worker-2] job=<<uuid>> queue=default attempts=1 enqueued_at=<<epoch>> digest=<<hash>>",
    "WARN [pool] connection reset by peer, retry 1 of 3 in <<milliseconds>> ms",
    "INFO [billing] batch closed, orders=<<count>> total=<<amount>> reference=<<order>>",
];

/// What it should not log.
pub const LEAKS: &[&str] = &[
    "INFO [portal] request_id=<<uuid>> GET /patients/search?mrn=<<mrn>>&dob=<<dob>> status=200 duration_ms=<<milliseconds>>",
    r#"ERROR [intake] request_id=<<uuid>> schema violation, payload={"patient":{"first_name":"<<first>>","last_name":"<<last>>","ssn":"<<ssn>>","date_of_birth":"<<dob>>","mrn":"<<mrn>>"},"diagnosis":{"icd10":"<<icd>>"}}"#,
    "INFO [reminder] sms sent phone=<<phone>> visit=<<visit_2026>> mrn=<<mrn>> icd10=<<icd>>",
];

/// Files whose bytes do not depend on any patient.
pub const STATIC_FILES: &[(&str, &str)] = &[
    ("finance/general_ledger_2026-09.csv", GENERAL_LEDGER),
    ("public/zip_population.csv", ZIP_POPULATION),
    ("public/price_list.csv", PRICE_LIST),
    ("public/opening_hours.txt", OPENING_HOURS),
    ("data-science/train_model.py", TRAIN_MODEL),
];

const GENERAL_LEDGER: &str = "posted_on,ledger_code,cost_center,debit,credit,memo
2026-09-01,4000,110,0.00,18450.25,visit revenue
2026-09-01,5100,110,6210.00,0.00,medical supplies
2026-09-02,5200,120,845.10,0.00,laundry service
2026-09-03,6100,100,2150.00,0.00,rent Harbor Street site
2026-09-04,6200,100,389.99,0.00,electricity
2026-09-05,4000,120,0.00,9310.40,visit revenue
2026-09-08,5100,120,1240.75,0.00,vaccines and syringes
2026-09-09,6300,100,410.00,0.00,internet and telephone
2026-09-10,7100,130,1899.00,0.00,exam table repair
2026-09-15,6400,100,12100.00,0.00,payroll transfer
2026-09-16,4100,110,0.00,2380.00,laboratory revenue
2026-09-22,5300,110,77.30,0.00,printer paper
2026-09-30,6400,100,12100.00,0.00,payroll transfer
2026-09-30,8000,100,15.00,0.00,bank fees
";

const ZIP_POPULATION: &str = "area,households,population
04101,10891,19234
04102,9012,17880
04103,13644,31002
04106,10790,25561
04107,3791,9112
04108,402,860
04110,698,1702
04005,9377,22450
04072,8266,20117
04074,8290,21344
";

const PRICE_LIST: &str = "sku,service,price_usd,unit
HV-1001,Office visit (new),185.00,visit
HV-1002,Office visit (established),120.00,visit
HV-1010,Annual physical,210.00,visit
HV-2001,Flu shot,35.00,each
HV-2002,Travel consultation,95.00,visit
HV-3001,Sports physical form,45.00,each
HV-3005,Records copy,0.25,page
HV-4000,Late cancellation,50.00,each
";

const OPENING_HOURS: &str =
    "Harborview Family Clinic is open Monday to Friday from 8 am to 6 pm and Saturday from 9 am to noon.

Walk-ins are welcome for flu shots. For anything else please book online. Parking is free for two hours in the garage
behind the building; bring the ticket to the desk.
";

const TRAIN_MODEL: &str = "\"\"\"Trains the readmission model from the feature table.\"\"\"
import pandas as pd
from sklearn.linear_model import LogisticRegression

SEED = 20261001
FEATURES = [\"prior_visits\", \"risk_score\"]

table = pd.read_csv(\"readmission_features.csv\")
table = table.dropna(subset=FEATURES)
model = LogisticRegression(max_iter=1000, random_state=SEED)
model.fit(table[FEATURES], table[\"readmitted_30d\"])
print(round(model.score(table[FEATURES], table[\"readmitted_30d\"]), 4))
";

/// The policy: where the clinic expects what.
pub const PHINDER_TOML: &str = r#"# Where Harborview Family Clinic expects protected health information. Anything else that holds it is a finding.

[[expect]]
name = "clinical area"
locations = ["clinical/**"]      # a pattern without scheme is relative to this file
classes = ["phi", "pii", "health"]
reason = "system of record; access is limited to care teams and logged"

[[expect]]
name = "newsletter"
locations = ["marketing/newsletter.csv"]
classes = ["pii"]
reason = "subscribers gave their addresses for the newsletter"

[[expect]]
name = "provider directory"
locations = ["public/providers.csv"]
classes = ["pii"]
reason = "business contacts that the clinic publishes"

[[expect]]
name = "de-identified features"
locations = ["data-science/*_deidentified.csv"]
classes = ["health"]
reason = "no identifiers left: age bands and three-digit ZIP codes only"
"#;
