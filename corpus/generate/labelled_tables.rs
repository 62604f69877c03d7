//! The generated tables of the labelled corpus: delimited text in several dialects, and Parquet.

use crate::labels::Truth;
use crate::random::Random;
use crate::subject::Subject;
use crate::table::{self, Values};

/// A table to generate. A column is `header=cell`; `header=cell?` is empty now and then.
pub struct Table {
    /// File name within the folder of the format.
    pub file: &'static str,
    /// Field separator; `\0` for Parquet.
    pub delimiter: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Number of records.
    pub rows: usize,
    /// The columns.
    pub columns: &'static [&'static str],
}

const fn csv(file: &'static str, rows: usize, columns: &'static [&'static str]) -> Table {
    Table { file, delimiter: ',', header: true, rows, columns }
}

const fn parquet(file: &'static str, rows: usize, columns: &'static [&'static str]) -> Table {
    Table { file, delimiter: '\0', header: true, rows, columns }
}

/// Every generated table.
pub const TABLES: &[Table] = &[
    csv(
        "patients_wide.csv",
        60,
        &[
            "row=count",
            "mrn=mrn",
            "first_name=first",
            "last_name=last",
            "date_of_birth=dob",
            "sex=sex",
            "ssn=ssn?",
            "address=street",
            "city=city",
            "state=state",
            "zip=zip",
            "phone=phone?",
            "email=email?",
            "member_id=member",
            "pcp_npi=npi",
            "diagnosis_code=icd",
            "diagnosis=description",
            "medication=drug",
            "last_visit=visit",
            "balance=amount",
        ],
    ),
    csv(
        "encounters_export.csv",
        80,
        &["encounter_uuid=uuid", "mrn=mrn", "visit_date=visit", "dx1=icd", "dx2=icd_second"],
    ),
    Table {
        file: "claims_semicolon.csv",
        delimiter: ';',
        header: true,
        rows: 50,
        columns: &[
            "claim_line=count",
            "Subscriber ID=member",
            "Patient Name=last_first",
            "Rendering NPI=npi",
            "ICD10=icd_bare",
            "Billed=amount",
        ],
    },
    Table {
        file: "lab_orders.tsv",
        delimiter: '\t',
        header: true,
        rows: 45,
        columns: &["lab_order=lab_order", "MRN=mrn_prefixed", "DOB=dob_us", "icd10_code=icd_dotted", "status=status"],
    },
    csv(
        "billing_accounts.csv",
        40,
        &["account_number=account", "guarantor_name=name", "card_number=card?", "amount_due=amount", "status=status"],
    ),
    csv("contacts.csv", 70, &["first_name=first", "last_name=last", "email=email", "mobile_phone=phone_parentheses?"]),
    csv("provider_registry.csv", 40, &["npi=npi", "organization=clinic", "taxonomy_code=taxonomy", "state=state"]),
    csv(
        "prescriptions.csv",
        40,
        &[
            "patient_name=name",
            "birth_date=dob",
            "drug=drug",
            "icd10=icd",
            "prescriber_npi=npi",
            "prescriber_dea=dea",
            "refills=flag",
        ],
    ),
    Table {
        file: "headerless_export.csv",
        delimiter: ',',
        header: false,
        rows: 64,
        columns: &["#1=uuid", "#2=ssn", "#3=email", "#4=phone_parentheses", "#5=icd_dotted", "#6=amount"],
    },
    csv(
        "readmission_features.csv",
        90,
        &["mrn=mrn", "dob=dob", "primary_icd=icd", "prior_admissions=count", "risk=ratio", "readmitted_30d=flag"],
    ),
    csv(
        "deidentified_cohort.csv",
        90,
        &["subject=uuid", "age_band=age_band", "zip3=zip3", "primary_icd=icd", "risk=ratio", "readmitted_30d=flag"],
    ),
    csv("quasi_identifiers.csv", 50, &["study_key=hash", "birth_date=dob", "zip_code=zip", "icd10cm=icd", "arm=flag"]),
    csv("one_quasi_identifier.csv", 50, &["study_key=hash", "zip_code=zip", "icd10cm=icd", "score=ratio"]),
    Table {
        file: "medicare_pipe.csv",
        delimiter: '|',
        header: true,
        rows: 36,
        columns: &[
            "BENE_MBI=mbi",
            "BENE_BIRTH_DT=dob",
            "ICD_DGNS_CD1=icd_bare",
            "AT_PHYSN_NPI=npi",
            "CLM_PMT_AMT=amount",
        ],
    },
    parquet(
        "claims.parquet",
        300,
        &[
            "claim_uuid=uuid",
            "patient_mrn=mrn",
            "member_id=member",
            "birth_date=dob",
            "zip=zip",
            "diagnosis_code=icd",
            "provider_npi=npi",
            "drug=drug",
            "status=status",
        ],
    ),
    parquet(
        "campaign_audience.parquet",
        150,
        &["full_name=name", "email=email", "phone=phone?", "segment=status", "condition_icd10=icd"],
    ),
    parquet("cohort.parquet", 200, &["subject=uuid", "age_band=age_band", "diagnosis_code=icd", "ratio=ratio"]),
    parquet("mailing_list.parquet", 120, &["first_name=first", "last_name=last", "street_address=street", "zip=zip"]),
];

fn quoted(value: &str, delimiter: char) -> String {
    if value.contains([delimiter, '"', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

fn delimited(table: &Table, headers: &[&str], columns: &[Vec<String>]) -> Vec<u8> {
    let mut out = String::new();
    let separator = table.delimiter.to_string();
    if table.header {
        out.push_str(&headers.join(&separator));
        out.push('\n');
    }
    for row in 0..table.rows {
        let cells: Vec<String> = columns.iter().map(|column| quoted(&column[row], table.delimiter)).collect();
        out.push_str(&cells.join(&separator));
        out.push('\n');
    }
    out.into_bytes()
}

/// The bytes of a table and the truth about them.
pub fn render(table: &Table, random: &mut Random) -> parquet::errors::Result<(Vec<u8>, Truth)> {
    let mut truth = Truth::default();
    let specs: Vec<(&str, &str)> = table.columns.iter().filter_map(|column| column.split_once('=')).collect();
    let headers: Vec<&str> = specs.iter().map(|spec| spec.0).collect();
    let mut columns = vec![Vec::with_capacity(table.rows); specs.len()];
    for _ in 0..table.rows {
        let subject = Subject::draw(random);
        for (column, (header, cell)) in columns.iter_mut().zip(&specs) {
            if cell.ends_with('?') && random.one_in(7) {
                column.push(String::new());
                continue;
            }
            let cell = cell.trim_end_matches('?');
            column.push(subject.value(cell, random));
            if let Some(detector) = Subject::detector(cell) {
                truth.found(detector, header);
            }
        }
        truth.end_record();
    }
    let bytes = if table.delimiter == '\0' {
        let named: Vec<(&str, Values)> =
            headers.iter().zip(&columns).map(|(header, column)| (*header, Values::text(column))).collect();
        table::file(&named)?
    } else {
        delimited(table, &headers, &columns)
    };
    Ok((bytes, truth))
}

/// Identifiers that a careless load stored as numbers and dates: leading zeros are lost, and they are still what they are.
pub fn numeric_identifiers(random: &mut Random) -> parquet::errors::Result<(Vec<u8>, Truth)> {
    let mut truth = Truth::default();
    let subjects: Vec<Subject> = (0..120).map(|_| Subject::draw(random)).collect();
    for _ in &subjects {
        for (detector, field) in [("us_ssn", "ssn"), ("mrn", "mrn"), ("date_of_birth", "dob"), ("icd10cm", "icd10")] {
            truth.found(detector, field);
        }
        truth.end_record();
    }
    let integers = |read: fn(&Subject) -> String| {
        Values::Integer(subjects.iter().map(|subject| read(subject).parse().unwrap_or_default()).collect())
    };
    let columns = [
        ("ssn", integers(|subject| subject.person.ssn_bare())),
        ("mrn", integers(|subject| subject.person.mrn.clone())),
        ("dob", Values::Date(subjects.iter().map(|subject| table::days(&subject.person.birth)).collect())),
        ("icd10", Values::text(subjects.iter().map(|subject| subject.value("icd", &mut Random::new(0))))),
        ("billed", Values::Decimal((0..120).map(|_| f64::from(random.below(90_000)) / 100.0).collect())),
    ];
    Ok((table::file(&columns)?, truth))
}
