//! Values that look like identifiers and are none: order numbers of nine digits, epoch seconds, tracking numbers,
//! versions, gates, hashes, amounts.

use super::super::random::Random;

fn from(random: &mut Random, count: usize, alphabet: &[u8]) -> String {
    (0..count).map(|_| char::from(random.pick(alphabet))).collect()
}

fn one_of(random: &mut Random, list: &str) -> String {
    let words: Vec<&str> = list.split('|').collect();
    random.pick(&words).to_owned()
}

/// The value of a kind, or nothing if the kind is unknown.
pub fn value(kind: &str, random: &mut Random) -> Option<String> {
    const DIGITS: &[u8] = b"0123456789";
    const HEX: &[u8] = b"0123456789abcdef";
    const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Some(match kind {
        "n1" => random.between(1, 9).to_string(),
        "n2" => random.between(10, 99).to_string(),
        "n3" => random.between(100, 999).to_string(),
        "n4" => random.between(1000, 9999).to_string(),
        "n5" => random.between(10_000, 99_999).to_string(),
        "n6" => random.between(100_000, 999_999).to_string(),
        "n7" => random.between(1_000_000, 9_999_999).to_string(),
        "n8" => random.between(10_000_000, 99_999_999).to_string(),
        "n9" => random.between(100_000_000, 999_999_999).to_string(),
        "n10" => format!("{}{}", random.between(1, 9), from(random, 9, DIGITS)),
        "n11" => format!("{}{}", random.between(1, 9), from(random, 10, DIGITS)),
        "n12" => format!("{}{}", random.between(1, 9), from(random, 11, DIGITS)),
        "n16" => format!("{}{}", random.between(1, 9), from(random, 15, DIGITS)),
        "epoch" => random.between(1_600_000_000, 1_790_000_000).to_string(),
        "epochms" => format!("{}{}", random.between(1_600_000_000, 1_790_000_000), from(random, 3, DIGITS)),
        "tracking" => match random.below(3) {
            0 => format!("1Z{}{}", from(random, 6, b"0123456789AXYEW"), from(random, 10, DIGITS)),
            1 => format!("94{}", from(random, 20, DIGITS)),
            _ => from(random, 12, DIGITS),
        },
        "amount" => format!("{}.{}", random.between(3, 9800), from(random, 2, DIGITS)),
        "ratio" => format!("0.{}", from(random, 6, DIGITS)),
        "pct" => format!("{}.{}", random.between(0, 99), random.below(10)),
        "sku" => format!("{}-{}", from(random, 3, UPPER), from(random, 5, DIGITS)),
        "part" => format!(
            "{}{}-{}{}",
            from(random, 1, UPPER),
            from(random, 2, DIGITS),
            from(random, 3, DIGITS),
            from(random, 1, UPPER)
        ),
        "gate" => format!("{}{}", from(random, 1, b"ABCDEFGT"), random.between(1, 59)),
        "flight" => format!("{}{}", from(random, 2, UPPER), random.between(100, 3999)),
        "isbn" => format!(
            "978-{}-{}-{}-{}",
            random.below(2),
            from(random, 3, DIGITS),
            from(random, 5, DIGITS),
            from(random, 1, DIGITS)
        ),
        "uuid" => format!(
            "{}-{}-4{}-a{}-{}",
            from(random, 8, HEX),
            from(random, 4, HEX),
            from(random, 3, HEX),
            from(random, 3, HEX),
            from(random, 12, HEX)
        ),
        "sha1" => from(random, 40, HEX),
        "sha256" => from(random, 64, HEX),
        "hex8" => from(random, 8, HEX),
        "hex16" => from(random, 16, HEX),
        "base64" => from(random, 48, BASE64),
        "version" => format!("{}.{}.{}", random.below(12), random.below(40), random.below(20)),
        "version4" => {
            format!("{}.{}.{}.{}", random.between(1, 12), random.below(40), random.below(20), random.below(900))
        }
        "privateip" => format!("10.{}.{}.{}", random.below(256), random.below(256), random.between(1, 254)),
        "time" => format!("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60)),
        "clock" => format!("{}:{:02}", random.between(1, 12), random.pick(&[0, 5, 15, 30, 45])),
        "stamp" => format!(
            "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z",
            random.between(1, 9),
            random.between(1, 28),
            random.below(24),
            random.below(60),
            random.below(60),
            from(random, 3, DIGITS)
        ),
        "age" => random.between(18, 88).to_string(),
        "ageband" => one_of(random, "0-17|18-34|35-49|50-64|65-79|80+"),
        "flag" => one_of(random, "Y|N"),
        "bool" => one_of(random, "true|false"),
        "status" => one_of(random, "open|closed|pending|shipped|active|void"),
        "product" => one_of(
            random,
            "desk lamp|usb cable|garden hose|paper towels|coffee beans|wall clock|rain jacket|water bottle",
        ),
        "word" => {
            one_of(random, "amber|copper|delta|falcon|granite|harvest|lantern|meadow|quartz|signal|timber|velvet")
        }
        "dept" => one_of(random, "Finance|Operations|Facilities|Engineering|Nursing|Pharmacy|Legal"),
        "payer" => one_of(random, "Bluewater Health|Northfield Mutual|Medicare|Medicaid|Self pay|Union Plan"),
        "currency" => one_of(random, "USD|EUR|GBP|CAD"),
        "country" => one_of(random, "US|CA|DE|MX|GB"),
        "race" => one_of(random, "White|Black|Asian|Other|Unknown"),
        "posvalue" => one_of(random, "11|22|23|02|81|21"),
        "unit" => one_of(random, "mg/dL|mmol/L|%|K/uL|g/dL"),
        "testname" => one_of(random, "Glucose|Creatinine|Hemoglobin A1c|Potassium|TSH|WBC"),
        "labvalue" => format!("{}.{}", random.between(1, 190), random.below(10)),
        "celsius" => format!("{}.{}", random.between(17, 29), random.below(10)),
        _ => return None,
    })
}
