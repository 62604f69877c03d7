//! Dates in the many forms in which people and machines write them.

use super::super::random::Random;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Forms that a writer may choose from.
const FORMS: &[&str] = &["iso", "us", "us", "us", "short", "long", "dash", "dmy", "two"];

/// A day.
#[derive(Debug, Clone, Copy)]
pub struct Date(pub u32, pub u32, pub u32);

impl Date {
    /// A day of birth, from infants to the very old.
    pub fn birth(random: &mut Random) -> Self {
        Self(random.between(1931, 2023), random.between(1, 12), random.between(1, 28))
    }

    /// A day of the last years.
    pub fn recent(random: &mut Random) -> Self {
        Self(random.between(2021, 2026), random.between(1, 12), random.between(1, 28))
    }
}

/// The date in a form; `any` picks one.
pub fn form(date: Date, variant: &str, random: &mut Random) -> Option<String> {
    let Date(year, month, day) = date;
    let name = MONTHS[(month as usize - 1) % 12];
    Some(match if variant == "any" { random.pick(FORMS) } else { variant } {
        "" | "iso" => format!("{year}-{month:02}-{day:02}"),
        "us" => format!("{month:02}/{day:02}/{year}"),
        "short" => format!("{month}/{day}/{year}"),
        "two" => format!("{month:02}/{day:02}/{:02}", year % 100),
        "dash" => format!("{month:02}-{day:02}-{year}"),
        "long" => format!("{name} {day}, {year}"),
        "dmy" => format!("{day} {} {year}", &name[..3]),
        "oracle" => format!("{day:02}-{}-{:02}", name[..3].to_uppercase(), year % 100),
        "dot" => format!("{day:02}.{month:02}.{year}"),
        "hl7" => format!("{year}{month:02}{day:02}"),
        "ts" => format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", random.below(24), random.below(60)),
        "sql" => format!("{year}-{month:02}-{day:02} 00:00:00"),
        "year" => year.to_string(),
        "month" => month.to_string(),
        "day" => day.to_string(),
        _ => return None,
    })
}
