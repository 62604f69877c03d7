//! Texts from templates: `=== name [+detector] [-detector] [docs=N]`, then the wording up to the next `===`.
//!
//! `<<kind>>` is a value, labelled with what it is; `<<=detector=literal>>` labels a literal; `[[one|other]]` is a
//! choice of wordings. One JSON document a line, with byte offsets. Knows nothing of tables.

use super::super::random::Random;
use super::people::Cast;
use super::stock::Stock;
use super::values::Draw;
use super::{Files, half, hash};
use std::error::Error;

const SOURCES: &[&str] = &[
    include_str!("texts/clinical.txt"),
    include_str!("texts/office.txt"),
    include_str!("texts/machines.txt"),
    include_str!("texts/people.txt"),
    include_str!("texts/negative.txt"),
    include_str!("texts/traps.txt"),
];

/// Of the wordings that stand beside the corpus.
const WORDINGS: &[&str] = &[
    include_str!("wordings/plans.txt"),
    include_str!("wordings/persons.txt"),
    include_str!("wordings/names.txt"),
    include_str!("wordings/codes.txt"),
];

/// What every template labels completely; a header adds (`+fax`) and takes away (`-ip_address`).
const ALWAYS: &[&str] = &[
    "us_ssn",
    "us_itin",
    "us_ein",
    "us_passport",
    "us_driver_license",
    "mrn",
    "us_mbi",
    "us_hicn",
    "medicaid_id",
    "member_id",
    "group_number",
    "claim_number",
    "account_number",
    "person_name",
    "us_phone",
    "email",
    "us_address",
    "us_zip",
    "credit_card",
    "date_of_birth",
    "us_npi",
    "us_dea",
    "icd10cm",
    "vin",
    "license_plate",
    "imei",
    "iban",
    "aba_routing",
    "bank_account",
    "mac_address",
];

/// Kinds that a writer puts down in many forms: without a variant, any.
const FREE: &[&str] = &["dob", "phone", "mrn", "ssn", "member", "acct", "card", "dos", "dod", "date", "fax"];

struct Template {
    name: &'static str,
    body: &'static str,
    only: Vec<&'static str>,
    documents: usize,
}

fn parse(source: &'static str) -> Result<Vec<Template>, Box<dyn Error>> {
    source.split("=== ").skip(1).map(template).collect()
}

fn template(section: &'static str) -> Result<Template, Box<dyn Error>> {
    let (header, body) = section.split_once('\n').ok_or("a template without a body")?;
    let mut words = header.split_whitespace();
    let name = words.next().ok_or("a template without a name")?;
    let mut template = Template { name, body: body.trim_end(), only: ALWAYS.to_vec(), documents: 24 };
    for word in words {
        if let Some(detector) = word.strip_prefix('+') {
            template.only.push(detector);
        } else if let Some(detector) = word.strip_prefix('-') {
            template.only.retain(|known| *known != detector);
        } else if let Some(count) = word.strip_prefix("docs=") {
            template.documents = count.parse()?;
        } else {
            return Err(format!("{name}: {word} is not understood").into());
        }
    }
    Ok(template)
}

/// Picks one wording of each choice.
fn choose(body: &str, random: &mut Random) -> Result<String, Box<dyn Error>> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("[[") {
        let (choice, remainder) = after.split_once("]]").ok_or("a choice without an end")?;
        let wordings: Vec<&str> = choice.split('|').collect();
        out.push_str(before);
        out.push_str(random.pick(&wordings));
        rest = remainder;
    }
    out.push_str(rest);
    Ok(out)
}

fn with_variant(kind: &str) -> String {
    let bare =
        kind.strip_prefix("d.").or_else(|| kind.strip_prefix("r.")).or_else(|| kind.strip_prefix("e.")).unwrap_or(kind);
    if FREE.contains(&bare) { format!("{kind}.any") } else { kind.to_owned() }
}

/// One document: the text, and where what stands.
fn fill(template: &Template, stock: &Stock, random: &mut Random) -> Result<(String, Vec<String>), Box<dyn Error>> {
    let cast = Cast::draw(stock, random);
    let draw = Draw { stock, cast: &cast };
    let wording = choose(template.body, random)?;
    let (mut text, mut spans) = (String::with_capacity(wording.len() * 2), Vec::new());
    let mut rest = wording.as_str();
    while let Some((before, after)) = rest.split_once("<<") {
        // `<<<kind>>>` is a value in angle brackets.
        let (bracket, after) = after.strip_prefix('<').map_or(("", after), |after| ("<", after));
        let (place, remainder) = after.split_once(">>").ok_or("a placeholder without an end")?;
        text.push_str(before);
        text.push_str(bracket);
        let start = text.len();
        let detectors = match place.strip_prefix('=') {
            Some(labelled) => {
                let (detector, literal) = labelled.split_once('=').ok_or("a literal without a detector")?;
                text.push_str(literal);
                vec![
                    *template
                        .only
                        .iter()
                        .find(|known| **known == detector)
                        .ok_or(format!("{detector} is not judged"))?,
                ]
            }
            None => {
                let drawn = draw.value(&with_variant(place), random);
                let (value, detectors) = drawn.ok_or(format!("{}: unknown kind {place}", template.name))?;
                text.push_str(&value);
                detectors
            }
        };
        for detector in detectors.iter().filter(|detector| template.only.contains(detector)) {
            spans.push(format!(r#"{{"detector":"{detector}","start":{start},"end":{}}}"#, text.len()));
        }
        rest = remainder;
    }
    text.push_str(rest);
    Ok((text, spans))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",")
}

/// Adds one file per template of the corpus.
pub fn files(stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    fill_all(SOURCES, stock, seed, files)
}

/// Adds one file per template of the wordings beside it.
pub fn wordings(stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    fill_all(WORDINGS, stock, seed, files)
}

fn fill_all(sources: &[&'static str], stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    for source in sources {
        for template in parse(source)? {
            let mut random = Random::new(seed ^ hash(template.name));
            let mut out = String::new();
            for _ in 0..template.documents {
                let (text, spans) = fill(&template, stock, &mut random)?;
                let (text, spans) = (serde_json::to_string(&text)?, spans.join(","));
                let (name, only) = (template.name, quoted(&template.only));
                out.push_str(&format!(
                    "{{\"template\":\"{name}\",\"text\":{text},\"spans\":[{spans}],\"only\":[{only}]}}\n"
                ));
            }
            let path = format!("{}/texts/{}.jsonl", half(template.name), template.name);
            if files.insert(path, out.into_bytes()).is_some() {
                return Err(format!("two templates are called {}", template.name).into());
            }
        }
    }
    Ok(())
}
