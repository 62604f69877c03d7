//! Values by kind: `ssn`, `dob.us`, `d.name.lf` (the doctor's name, last name first), with the detectors that say what
//! the value is. Every value has the legal structure of its scheme; none belongs to anybody known.
//!
//! Knows nothing of templates, tables or detectors' patterns.

use super::super::random::Random;
use super::checks;
use super::clutter;
use super::dates::{self, Date};
use super::people::Cast;
use super::stock::Stock;

/// A value and what it truly is; nothing for a value that identifies nobody.
pub type Drawn = Option<(String, Vec<&'static str>)>;

fn digits(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + random.below(10) as u8)).collect()
}

fn letters(random: &mut Random, count: usize, alphabet: &[u8]) -> String {
    (0..count).map(|_| char::from(random.pick(alphabet))).collect()
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const VIN_LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTVWXY123456789";

/// Draws values for one cast.
pub struct Draw<'a> {
    /// Names and codes.
    pub stock: &'a Stock,
    /// The people of the record.
    pub cast: &'a Cast,
}

impl Draw<'_> {
    /// The value of a kind, or nothing if the kind is unknown.
    pub fn value(&self, kind: &str, random: &mut Random) -> Drawn {
        let (base, variant) = kind.split_once('.').unwrap_or((kind, ""));
        let (person, base, variant) = match base {
            "p" | "d" | "r" | "e" => {
                let (inner, inner_variant) = variant.split_once('.').unwrap_or((variant, ""));
                (self.cast.person(base), inner, inner_variant)
            }
            _ => (self.cast.person("p"), base, variant),
        };
        let dated =
            |date: Date, detector, random: &mut Random| Some((dates::form(date, variant, random)?, vec![detector]));
        match base {
            "name" => Some((person.name(variant, random)?, vec!["person_name"])),
            "dob" => dated(person.birth, "date_of_birth", random),
            // The year alone is no identifier: 45 CFR 164.514(b)(2)(i)(C).
            "yob" => Some((dates::form(person.birth, "year", random)?, vec![])),
            "dos" => dated(Date::recent(random), "date_of_service", random),
            "dod" => dated(Date::recent(random), "date_of_death", random),
            "date" => Some((dates::form(Date::recent(random), variant, random)?, vec![])),
            "phone" => Some((person.phone(variant, random)?, vec!["us_phone"])),
            "fax" => Some((person.phone(variant, random)?, vec!["fax"])),
            "email" => Some((person.email(random), vec!["email"])),
            "street" => Some((person.street.clone(), vec!["us_address"])),
            "address" => Some((
                format!("{}, {}, {} {}", person.street, person.place.city, person.place.state, person.place.zip),
                vec!["us_address", "us_zip", "city"],
            )),
            "city" => Some((person.place.city.to_owned(), vec!["city"])),
            "county" => Some((person.place.county.to_owned(), vec!["county"])),
            "state" => Some((person.place.state.to_owned(), vec![])),
            "zip" if variant == "4" => {
                Some((format!("{}-{:04}", person.place.zip, random.between(1, 9999)), vec!["us_zip"]))
            }
            "zip" => Some((person.place.zip.to_owned(), vec!["us_zip"])),
            "zip3" => Some((person.place.zip[..3].to_owned(), vec![])),
            "sex" => Some((person.sex.to_owned(), vec![])),
            _ => government(base, variant, &person.ssn, person.surname_initial(), random)
                .or_else(|| account(base, variant, random))
                .or_else(|| self.medical(base, variant, random))
                .or_else(|| device(base, variant, random))
                .or_else(|| clutter::value(base, random).map(|value| (value, vec![]))),
        }
    }

    fn medical(&self, base: &str, variant: &str, random: &mut Random) -> Drawn {
        const LOINC: &[&str] = &[
            "2345-7", "718-7", "4548-4", "2160-0", "3094-0", "2951-2", "2823-3", "2075-0", "17861-6", "1742-6",
            "1920-8", "2085-9", "2093-3", "2571-8", "13457-7", "6690-2", "789-8", "4544-3", "777-3", "8867-4",
            "8480-6", "8462-4", "29463-7", "8302-2", "39156-5", "59408-5",
        ];
        const SNOMED: &[&str] = &[
            "44054006",
            "38341003",
            "73211009",
            "195967001",
            "22298006",
            "84114007",
            "49436004",
            "13645005",
            "35489007",
            "197480006",
            "254837009",
            "59621000",
            "40055000",
            "10509002",
            "15777000",
            "55822004",
            "53741008",
            "271737000",
        ];
        const RXNORM: &[&str] = &[
            "860975", "314076", "617311", "308136", "866924", "198051", "979492", "745679", "310429", "310798",
            "312938", "312961", "849574", "966222", "308191", "248656",
        ];
        const CPT: &[&str] = &[
            "99213", "99214", "99203", "99285", "36415", "80053", "85025", "93000", "71046", "90471", "97110", "20610",
        ];
        let (icd, description) = self.cast.diagnosis;
        let code = |list: &str, id, random: &mut Random| Some((self.stock.code(list, random).to_owned(), vec![id]));
        match base {
            "icd" if variant == "bare" => Some((icd.replace('.', ""), vec!["icd10cm"])),
            "icd" if variant == "second" => Some((self.cast.second_diagnosis.0.to_owned(), vec!["icd10cm"])),
            "icd" if variant == "text" => Some((format!("{icd} {description}"), vec!["icd10cm", "condition"])),
            "icd" => Some((icd.to_owned(), vec!["icd10cm"])),
            "condition" => Some((description.to_owned(), vec!["condition"])),
            "cvx" => code("cvx", "cvx", random),
            "drg" => code("ms_drg", "ms_drg", random),
            "hcpcs" => code("hcpcs", "hcpcs", random),
            "icd10pcs" => code("icd10pcs", "icd10pcs", random),
            "icd9" => code("icd9cm", "icd9cm", random),
            "drug" if variant == "dose" => Some((
                format!("{} {} mg", self.stock.code("drug", random), random.pick(&[5, 10, 20, 25, 40, 50, 100, 500])),
                vec!["drug_name"],
            )),
            "drug" if variant == "upper" => Some((self.stock.code("drug", random).to_uppercase(), vec!["drug_name"])),
            "drug" => code("drug", "drug_name", random),
            "loinc" => Some((random.pick(LOINC).to_owned(), vec!["loinc"])),
            "snomed" => {
                let drawn = random.pick(SNOMED);
                let (body, check) = drawn.split_at(drawn.len() - 1);
                let sound = checks::verhoeff(body).to_string() == check;
                Some((if sound { drawn } else { "44054006" }.to_owned(), vec!["snomed"]))
            }
            "rxnorm" => Some((random.pick(RXNORM).to_owned(), vec!["rxnorm"])),
            "cpt" => Some((random.pick(CPT).to_owned(), vec!["cpt"])),
            "ndc" => Some((ndc(variant, random), vec!["ndc"])),
            "lab" => {
                let (test, low, high, unit) = random.pick(&[
                    ("Hemoglobin A1c", 49, 121, "%"),
                    ("Glucose", 620, 3100, "mg/dL"),
                    ("Creatinine", 5, 41, "mg/dL"),
                    ("Potassium", 31, 62, "mmol/L"),
                    ("TSH", 4, 98, "mIU/L"),
                    ("WBC", 28, 190, "K/uL"),
                ]);
                let value = random.between(low, high);
                Some((format!("{test} {}.{} {unit}", value / 10, value % 10), vec!["lab_result"]))
            }
            "genotype" => Some((format!("rs{}", random.between(1000, 99_999_999)), vec![])),
            _ => None,
        }
    }
}

fn ndc(variant: &str, random: &mut Random) -> String {
    let (labeler, product, package) = match variant {
        "11" => (5, 4, 2),
        _ => random.pick(&[(4, 4, 2), (5, 3, 2), (5, 4, 1)]),
    };
    let parts = [digits(random, labeler), digits(random, product), digits(random, package)];
    if variant == "11" { parts.concat() } else { parts.join("-") }
}

/// Numbers that an authority gives.
fn government(base: &str, variant: &str, ssn: &str, initial: char, random: &mut Random) -> Drawn {
    let (value, id) = match base {
        "ssn" => return social_security(variant, ssn, random),
        "itin" => {
            let group = random.pick(&[50, 58, 65, 70, 77, 82, 88, 90, 92, 94, 99]);
            (format!("9{}-{group}-{}", digits(random, 2), digits(random, 4)), "us_itin")
        }
        "ein" => (
            format!("{:02}-{}", random.pick(&[1, 4, 12, 20, 26, 36, 45, 52, 61, 74, 83, 94]), digits(random, 7)),
            "us_ein",
        ),
        "passport" if random.one_in(2) => {
            (format!("{}{}", letters(random, 1, b"ACEHX"), digits(random, 8)), "us_passport")
        }
        "passport" => (format!("{}{}", random.between(1, 6), digits(random, 8)), "us_passport"),
        "license" => (
            match random.below(4) {
                0 => format!("{}{}", letters(random, 1, ALPHABET), digits(random, 7)),
                1 => format!(
                    "{}{}-{}-{}",
                    letters(random, 1, ALPHABET),
                    digits(random, 3),
                    digits(random, 4),
                    digits(random, 4)
                ),
                2 => format!("{}{}", random.between(1, 9), digits(random, 7)),
                _ => format!("{}{}", letters(random, 1, ALPHABET), digits(random, 12)),
            },
            "us_driver_license",
        ),
        "npi" => {
            let body = format!("{}{}", random.between(1, 2), digits(random, 8));
            (format!("{body}{}", checks::luhn(&body, 24)), "us_npi")
        }
        "dea" => {
            let body = digits(random, 6);
            let kind = random.pick(b"ABFGM");
            (format!("{}{initial}{body}{}", char::from(kind), checks::dea(&body)), "us_dea")
        }
        "mbi" => (mbi(variant, random), "us_mbi"),
        "hicn" => (format!("{ssn}{}", random.pick(&["A", "B", "D", "C1", "W", "B6", "T"])), "us_hicn"),
        "medicaid" => (
            format!("{}{}{}", letters(random, 2, ALPHABET), digits(random, 5), letters(random, 1, ALPHABET)),
            "medicaid_id",
        ),
        "clia" => (format!("{:02}D{}", random.between(1, 52), digits(random, 7)), "clia"),
        "ccn" => (format!("{:02}{:04}", random.between(1, 52), random.between(1, 879)), "ccn"),
        "taxonomy" => (
            random
                .pick(&[
                    "207Q00000X",
                    "208D00000X",
                    "363LF0000X",
                    "207R00000X",
                    "1223G0001X",
                    "282N00000X",
                    "261QP2300X",
                ])
                .to_owned(),
            "provider_taxonomy",
        ),
        _ => return None,
    };
    Some((value, vec![id]))
}

/// Numbers that a hospital, an insurer or a bank gives.
fn account(base: &str, variant: &str, random: &mut Random) -> Drawn {
    let (value, id) = match base {
        "mrn" => (mrn(variant, random)?, "mrn"),
        "member" => (member(variant, random)?, "member_id"),
        "group" => (
            match random.below(3) {
                0 => digits(random, 6),
                1 => format!("{}{}", letters(random, 2, ALPHABET), digits(random, 5)),
                _ => format!("{}-{}", digits(random, 5), digits(random, 3)),
            },
            "group_number",
        ),
        "claim" => (
            match random.below(3) {
                0 => format!("CLM{}", digits(random, 9)),
                1 => format!("{}{}", random.pick(&["2024", "2025", "2026"]), digits(random, 9)),
                _ => format!("{}{}", letters(random, 1, ALPHABET), digits(random, 11)),
            },
            "claim_number",
        ),
        "acct" => (
            match if variant == "any" { random.pick(&["", "dash", "prefix"]) } else { variant } {
                "" => format!("{}{}", random.between(1, 9), digits(random, 9)),
                "dash" => format!("{}-{}", digits(random, 4), digits(random, 6)),
                "prefix" => format!("{}{}", random.pick(&["AC", "PA", "HB"]), digits(random, 8)),
                _ => return None,
            },
            "account_number",
        ),
        "card" => {
            let body =
                format!("{}{}", random.pick(&["411111", "400000", "555555", "520082", "601111"]), digits(random, 9));
            let whole = format!("{body}{}", checks::luhn(&body, 0));
            let spaced = variant == "space" || (variant == "any" && random.one_in(2));
            let value = if spaced {
                format!("{} {} {} {}", &whole[..4], &whole[4..8], &whole[8..12], &whole[12..])
            } else {
                whole
            };
            (value, "credit_card")
        }
        "bank" => (digits(random, 10 + random.clone().below(3) as usize), "bank_account"),
        "aba" => {
            let body = format!("{:02}{}", random.pick(&[1, 2, 3, 6, 7, 11, 12, 21, 26, 31]), digits(random, 6));
            (format!("{body}{}", checks::aba(&body)), "aba_routing")
        }
        "iban" => {
            let (country, body) = match random.below(3) {
                0 => ("DE", digits(random, 18)),
                1 => ("GB", format!("{}{}", letters(random, 4, ALPHABET), digits(random, 14))),
                _ => ("ES", digits(random, 20)),
            };
            (format!("{country}{:02}{body}", checks::iban(country, &body)), "iban")
        }
        _ => return None,
    };
    Some((value, vec![id]))
}

/// Devices, vehicles, networks, places on earth, bodies.
fn device(base: &str, variant: &str, random: &mut Random) -> Drawn {
    let hex = |random: &mut Random, count| letters(random, count, b"0123456789abcdef");
    let (value, id) = match base {
        "vin" => (vin(random), "vin"),
        "plate" => (
            match random.below(3) {
                0 => format!("{}{}{}", random.between(1, 9), letters(random, 3, ALPHABET), digits(random, 3)),
                1 => format!("{}-{}", letters(random, 3, ALPHABET), digits(random, 4)),
                _ => format!("{} {}", letters(random, 3, ALPHABET), digits(random, 4)),
            },
            "license_plate",
        ),
        "udi" => {
            let body = format!("0{}{}", random.between(1, 9), digits(random, 11));
            let serial = format!("{}{}", letters(random, 1, ALPHABET), digits(random, 7));
            (
                format!(
                    "(01){body}{}(17)28{:02}{:02}(21){serial}",
                    checks::gtin(&body),
                    random.between(1, 12),
                    random.between(1, 28)
                ),
                "udi",
            )
        }
        "serial" => (
            match random.below(3) {
                0 => format!("{}{}", letters(random, 3, ALPHABET), digits(random, 6)),
                1 => format!("SN{}", digits(random, 8)),
                _ => format!("{}-{}-{}", letters(random, 2, ALPHABET), digits(random, 4), letters(random, 1, ALPHABET)),
            },
            "device_serial",
        ),
        "imei" => {
            let body = format!("35{}", digits(random, 12));
            (format!("{body}{}", checks::luhn(&body, 0)), "imei")
        }
        "mac" => {
            let mark = if variant == "dash" { "-" } else { ":" };
            let parts: Vec<String> = (0..5).map(|_| hex(random, 2)).collect();
            (format!("{}{mark}{}", random.pick(&["3c", "a4", "f0", "8c", "b8"]), parts.join(mark)), "mac_address")
        }
        "ip" => (
            format!(
                "{}.{}.{}.{}",
                random.pick(&[67, 71, 73, 76, 96, 98, 108, 174]),
                random.below(256),
                random.below(256),
                random.between(1, 254)
            ),
            "ip_address",
        ),
        "url" => (
            format!(
                "https://portal.example.org/{}/{}",
                random.pick(&["patients", "u", "records", "visits"]),
                hex(random, 10)
            ),
            "url",
        ),
        "geo" | "lat" | "lon" => {
            let lat = format!("{}.{}", random.between(26, 47), digits(random, 6));
            let lon = format!("-{}.{}", random.between(70, 122), digits(random, 6));
            (
                if base == "geo" {
                    format!("{lat}, {lon}")
                } else if base == "lat" {
                    lat
                } else {
                    lon
                },
                "geo_coordinate",
            )
        }
        "age" if variant == "90" => (random.between(90, 106).to_string(), "age_over_89"),
        "fingerprint" => (format!("464d5200203230{}", hex(random, 40)), "biometric"),
        "photo" => (
            random
                .pick(&[
                    "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD",
                    "data:image/jpeg;base64,/9j/4QAYRXhpZgAASUkqAAgAAAAA",
                ])
                .to_owned()
                + &letters(random, 24, b"abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789"),
            "face_image",
        ),
        _ => return None,
    };
    Some((value, vec![id]))
}

fn social_security(variant: &str, ssn: &str, random: &mut Random) -> Drawn {
    let (area, group, serial) = (&ssn[..3], &ssn[3..5], &ssn[5..]);
    let value = match if variant == "any" { random.pick(&["", "", "", "space", "bare"]) } else { variant } {
        "space" => format!("{area} {group} {serial}"),
        "dot" => format!("{area}.{group}.{serial}"),
        "bare" => ssn.to_owned(),
        // Side by side, the parts are the number.
        "area" => return Some((area.to_owned(), vec!["us_ssn"])),
        "group" => return Some((group.to_owned(), vec!["us_ssn"])),
        "serial" => return Some((serial.to_owned(), vec!["us_ssn"])),
        "last4" => return Some((serial.to_owned(), vec![])),
        "" => format!("{area}-{group}-{serial}"),
        _ => return None,
    };
    Some((value, vec!["us_ssn"]))
}

fn mbi(variant: &str, random: &mut Random) -> String {
    const LETTERS: &[u8] = b"ACDEFGHJKMNPQRTUVWXY";
    const EITHER: &[u8] = b"ACDEFGHJKMNPQRTUVWXY0123456789";
    let kinds: [&[u8]; 11] = [
        b"123456789",
        LETTERS,
        EITHER,
        b"0123456789",
        LETTERS,
        EITHER,
        b"0123456789",
        LETTERS,
        LETTERS,
        b"0123456789",
        b"0123456789",
    ];
    let whole: String = kinds.iter().map(|kind| char::from(random.pick(kind))).collect();
    if variant == "dash" { format!("{}-{}-{}", &whole[..4], &whole[4..7], &whole[7..]) } else { whole }
}

fn mrn(variant: &str, random: &mut Random) -> Option<String> {
    Some(match if variant == "any" { random.pick(&["", "", "8", "prefix", "dash", "zero"]) } else { variant } {
        "" => random.between(1_000_000, 9_899_999).to_string(),
        "8" => random.between(10_000_000, 98_999_999).to_string(),
        "6" => random.between(100_000, 989_999).to_string(),
        "prefix" => format!("{}{}", random.pick(&["MR", "H", "E", "ZQ", "HV"]), digits(random, 7)),
        "dash" => format!("{}-{}-{}", digits(random, 2), digits(random, 2), digits(random, 2)),
        "zero" => format!("00{}", digits(random, 6)),
        "wide" => return mrn(random.pick(&["", "8", "prefix", "dash", "zero", "tag", "parts", "med"]), random),
        "tag" => format!("MRN-{}", digits(random, 6)),
        "parts" => format!("{}-{}", random.between(1000, 9899), digits(random, 4)),
        "med" => format!("MED{}", digits(random, 8)),
        _ => return None,
    })
}

fn member(variant: &str, random: &mut Random) -> Option<String> {
    Some(match if variant == "any" { random.pick(&["", "w", "num"]) } else { variant } {
        "" => format!("{}{}", letters(random, 3, ALPHABET), digits(random, 9)),
        "w" => format!("W{}-{:02}", digits(random, 9), random.between(1, 6)),
        "num" => format!("{}{}", random.between(1, 9), digits(random, 9)),
        "plan" => return member(random.pick(&["", "num", "tag", "short", "parts"]), random),
        "tag" => format!("{}-{}", random.pick(&["HPB", "HPBN", "BCBS", "HP"]), digits(random, 8)),
        "short" => format!("{}{}", letters(random, 1, ALPHABET), digits(random, 8)),
        "parts" => format!("{}-{}-{}", random.between(1000, 9899), digits(random, 3), digits(random, 4)),
        "space" if random.one_in(2) => format!("W{} {}", digits(random, 4), digits(random, 5)),
        "space" => format!(
            "{} {} {} {}",
            letters(random, 3, ALPHABET),
            digits(random, 3),
            digits(random, 3),
            digits(random, 3)
        ),
        _ => return None,
    })
}

fn vin(random: &mut Random) -> String {
    let maker = random.pick(&["1HG", "1FT", "2T1", "3VW", "5YJ", "1G1"]);
    let model = letters(random, 5, VIN_LETTERS);
    let year = letters(random, 1, b"ABCDEFGHJKLMNPRSTVWXY123456789");
    let plant = letters(random, 1, b"ABCDEFGH");
    checks::vin(&format!("{maker}{model}0{year}{plant}{}", digits(random, 6)))
}
