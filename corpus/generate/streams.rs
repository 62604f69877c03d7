//! Files of any size for the benches: logs, tables and events with the density of identifiers that such files have.
//!
//! Each line is appended to one reused buffer without formatting machinery, so that the disk is the limit.

use crate::identity::{self as id, PhoneStyle, number, put};
use crate::random::Random;
use crate::tables::{CITIES, DIAGNOSES, DRUGS, FIRST_NAMES, STREETS, SURNAMES};
use std::io::{self, Write};

const CHUNK_BYTES: usize = 1 << 20;
const LEVELS: &[&str] = &["INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR"];
const MODULES: &[&str] = &["gateway", "scheduler", "billing.api", "auth", "worker-7", "cache", "portal.web", "queue"];
const PATHS: &[&str] =
    &["/api/v2/orders/", "/api/v2/sessions/", "/static/app/", "/health/", "/api/v1/slots/", "/internal/jobs/"];
const NOTES: &[&str] = &[
    "Follow-up in 3 months, continue current plan",
    "Reports pain 4/10, worse at night; advised rest",
    "Blood pressure 128/82, weight stable",
    "Refill requested, no side effects",
    "Seen with spouse, interpreter not needed",
    "Labs reviewed, repeat in 6 weeks",
];

/// The header of the table of patients.
pub const PATIENT_HEADER: &str = "patient_id,mrn,first_name,last_name,date_of_birth,sex,ssn,street,city,state,zip,phone,\
email,member_id,provider_npi,diagnosis_code,diagnosis,medication,visit_date,balance,note\n";

/// Appends one line, record or row; the number is its 0-based place.
type Line = fn(&mut Vec<u8>, &mut Random, u64);

/// Writes lines of the format until `size` bytes are reached; `false` if no such format is known.
pub fn write(format: &str, size: u64, seed: u64, sink: &mut dyn Write) -> io::Result<bool> {
    let (header, line): (&str, Line) = match format {
        "log" => ("", log_line),
        "csv" => (PATIENT_HEADER, patient_row),
        "ndjson" => ("", event),
        "clean-csv" => ("id,sensor,reading_a,reading_b,reading_c,count,ratio,epoch,batch,flag\n", clean_row),
        _ => return Ok(false),
    };
    let mut random = Random::new(seed);
    let mut out = Vec::with_capacity(CHUNK_BYTES + 4096);
    put(&mut out, header);
    let (mut written, mut place) = (0u64, 0u64);
    while written + (out.len() as u64) < size {
        line(&mut out, &mut random, place);
        place += 1;
        if out.len() >= CHUNK_BYTES {
            sink.write_all(&out)?;
            written += out.len() as u64;
            out.clear();
        }
    }
    sink.write_all(&out)?;
    Ok(true)
}

fn timestamp(out: &mut Vec<u8>, random: &mut Random, place: u64) {
    let second = place / 40;
    put(out, "2026-03-");
    number(out, 1 + second / 86_400 % 28, 2);
    out.push(b'T');
    number(out, second / 3600 % 24, 2);
    out.push(b':');
    number(out, second / 60 % 60, 2);
    out.push(b':');
    number(out, second % 60, 2);
    out.push(b'.');
    number(out, random.below(1000).into(), 3);
    out.push(b'Z');
}

/// One line of an application's log; one in 2,000 holds PHI.
fn log_line(out: &mut Vec<u8>, random: &mut Random, place: u64) {
    timestamp(out, random, place);
    out.push(b' ');
    put(out, random.pick(LEVELS));
    put(out, " [");
    put(out, random.pick(MODULES));
    put(out, "] request_id=");
    id::uuid(out, random);
    if place % 2000 == 1234 {
        leak(out, random);
    } else {
        match random.below(9) {
            0 | 1 => access(out, random),
            2 => {
                put(out, " job=");
                number(out, random.next() % 100_000_000_000, 11);
                put(out, " enqueued_at=");
                number(out, 1_772_300_000 + place / 40, 10);
                put(out, " attempts=1 queue=default digest=");
                id::hexadecimal(out, random, 16);
                id::hexadecimal(out, random, 16);
            }
            3 => {
                put(out, " cache miss key=v3:");
                id::hexadecimal(out, random, 12);
                put(out, " ttl=");
                number(out, random.between(30, 86_400).into(), 1);
                put(out, " bytes=");
                number(out, random.below(5_000_000).into(), 1);
            }
            _ => {
                put(out, " GET ");
                put(out, random.pick(PATHS));
                number(out, random.next() % 1_000_000_000, 9);
                put(out, " status=200 duration_ms=");
                number(out, random.between(1, 900).into(), 1);
                put(out, " trace=");
                id::hexadecimal(out, random, 16);
                put(out, " node=10.0.");
                number(out, random.below(4).into(), 1);
                out.push(b'.');
                number(out, random.between(1, 254).into(), 1);
            }
        }
    }
    out.push(b'\n');
}

fn access(out: &mut Vec<u8>, random: &mut Random) {
    put(out, " client=");
    id::public_address(out, random);
    put(out, " POST ");
    put(out, random.pick(PATHS));
    id::uuid(out, random);
    put(out, " status=201 bytes=");
    number(out, random.below(90_000).into(), 1);
    put(out, " user_agent=\"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0\"");
}

fn leak(out: &mut Vec<u8>, random: &mut Random) {
    match random.below(3) {
        0 => {
            put(out, " validation failed: patient ssn=");
            id::ssn(out, random, true);
            put(out, " diagnosis=");
            put(out, random.pick(DIAGNOSES).0);
        }
        1 => {
            put(out, " GET /patients/search?mrn=");
            number(out, random.between(2_000_000, 9_899_999).into(), 7);
            put(out, "&dob=");
            id::date(out, random, (1938, 2019));
            put(out, "&icd10=");
            put(out, random.pick(DIAGNOSES).0);
        }
        _ => {
            put(out, " reminder sent patient_email=");
            put(out, &random.pick(FIRST_NAMES).to_lowercase());
            number(out, random.below(1000).into(), 1);
            put(out, "@example.com phone=");
            id::phone(out, random, 207, PhoneStyle::Dashes);
            put(out, " icd10=");
            put(out, random.pick(DIAGNOSES).0);
        }
    }
}

/// Appends a text in ASCII with its capitals made small, without an allocation.
fn lower(out: &mut Vec<u8>, value: &str) {
    out.extend(value.bytes().map(|byte| byte.to_ascii_lowercase()));
}

fn mailbox(out: &mut Vec<u8>, first: &str, last: &str, tag: u32) {
    lower(out, first);
    out.push(b'.');
    lower(out, last);
    number(out, tag.into(), 1);
    put(out, "@example.com");
}

fn member(out: &mut Vec<u8>, random: &mut Random) {
    put(out, random.pick(&["XEH", "WQB", "KLP", "HVF"]));
    number(out, random.below(1_000_000_000).into(), 9);
}

/// One row of 21 columns, the last of them a quoted note.
fn patient_row(out: &mut Vec<u8>, random: &mut Random, place: u64) {
    let (first, last) = (random.pick(FIRST_NAMES), random.pick(SURNAMES));
    let (city, state, zip, area) = random.pick(CITIES);
    let (code, description) = random.pick(DIAGNOSES);
    number(out, 100_001 + place, 6);
    out.push(b',');
    number(out, random.between(2_000_000, 9_899_999).into(), 7);
    for field in [",", first, ",", last, ","] {
        put(out, field);
    }
    id::date(out, random, (1938, 2019));
    put(out, random.pick(&[",F,", ",M,"]));
    id::ssn(out, random, true);
    out.push(b',');
    number(out, random.between(11, 1899).into(), 1);
    for field in [" ", random.pick(STREETS), ",", city, ",", state, ",", zip, ","] {
        put(out, field);
    }
    id::phone(out, random, area, PhoneStyle::Dashes);
    out.push(b',');
    mailbox(out, first, last, random.below(1000));
    out.push(b',');
    member(out, random);
    out.push(b',');
    id::npi(out, random);
    for field in [",", code, ",\"", description, "\",", random.pick(DRUGS), ","] {
        put(out, field);
    }
    id::date(out, random, (2025, 2026));
    out.push(b',');
    number(out, random.below(5000).into(), 1);
    put(out, ".50,\"");
    put(out, random.pick(NOTES));
    put(out, ", call ");
    id::phone(out, random, area, PhoneStyle::Parentheses);
    put(out, "\"\n");
}

/// One nested event; one in five holds a patient.
fn event(out: &mut Vec<u8>, random: &mut Random, place: u64) {
    put(out, "{\"event_id\":\"");
    id::uuid(out, random);
    put(out, "\",\"time\":\"");
    timestamp(out, random, place);
    put(out, "\",\"sequence\":");
    number(out, place, 1);
    put(out, ",\"source\":{\"service\":\"");
    put(out, random.pick(MODULES));
    put(out, "\",\"host\":\"ip-10-0-3-");
    number(out, random.between(1, 254).into(), 1);
    put(out, "\",\"build\":\"2026.3.");
    number(out, random.below(40).into(), 1);
    put(out, "\"},\"type\":\"");
    if place.is_multiple_of(5) {
        put(out, "encounter.updated\",\"patient\":{");
        patient(out, random);
        put(out, "},\"metrics\":{\"queue_ms\":");
    } else {
        put(out, random.pick(&["slot.released", "cache.evicted", "order.packed", "session.refreshed"]));
        put(out, "\",\"payload\":{\"keys\":[\"");
        id::hexadecimal(out, random, 16);
        put(out, "\",\"");
        id::hexadecimal(out, random, 16);
        put(out, "\"],\"order\":");
        // JSON has no numbers that begin with a zero.
        number(out, 1_000_000_000 + random.next() % 9_000_000_000, 10);
        put(out, ",\"expires\":");
        number(out, 1_772_300_000 + place / 40, 10);
        put(out, ",\"tags\":[\"blue\",\"eu-1\",\"canary\"],\"parent\":\"");
        id::uuid(out, random);
        put(out, "\"},\"metrics\":{\"queue_ms\":");
    }
    number(out, random.below(900).into(), 1);
    put(out, ",\"bytes\":");
    number(out, random.below(90_000).into(), 1);
    put(out, ",\"ratio\":0.");
    number(out, random.below(100_000_000).into(), 8);
    put(out, "}}\n");
}

fn patient(out: &mut Vec<u8>, random: &mut Random) {
    let (first, last) = (random.pick(FIRST_NAMES), random.pick(SURNAMES));
    let (city, state, zip, area) = random.pick(CITIES);
    let (code, description) = random.pick(DIAGNOSES);
    put(out, "\"mrn\":\"");
    number(out, random.between(2_000_000, 9_899_999).into(), 7);
    for field in ["\",\"name\":{\"first_name\":\"", first, "\",\"last_name\":\"", last, "\"},\"birth_date\":\""] {
        put(out, field);
    }
    id::date(out, random, (1938, 2019));
    put(out, "\",\"ssn\":\"");
    id::ssn(out, random, true);
    put(out, "\",\"address\":{\"line\":\"");
    number(out, random.between(11, 1899).into(), 1);
    for field in [" ", random.pick(STREETS), "\",\"city\":\"", city, "\",\"state\":\"", state, "\",\"zip\":\"", zip] {
        put(out, field);
    }
    put(out, "\"},\"telecom\":[{\"system\":\"phone\",\"value\":\"");
    id::phone(out, random, area, PhoneStyle::Dashes);
    put(out, "\"},{\"system\":\"email\",\"value\":\"");
    mailbox(out, first, last, random.below(1000));
    for field in ["\"}],\"diagnoses\":[{\"code\":\"", code, "\",\"display\":\"", description, "\"}]"] {
        put(out, field);
    }
}

/// One row of numbers that identify nobody.
fn clean_row(out: &mut Vec<u8>, random: &mut Random, place: u64) {
    number(out, place + 1, 1);
    out.push(b',');
    number(out, random.below(400).into(), 1);
    for _ in 0..3 {
        out.push(b',');
        number(out, random.below(200).into(), 1);
        out.push(b'.');
        number(out, random.below(1_000_000).into(), 6);
    }
    out.push(b',');
    number(out, random.next() % 10_000_000_000, 1);
    put(out, ",0.");
    number(out, random.below(100_000_000).into(), 8);
    out.push(b',');
    number(out, 1_772_300_000 + place, 10);
    out.push(b',');
    number(out, random.below(1_000_000_000).into(), 9);
    put(out, random.pick(&[",0\n", ",1\n"]));
}
