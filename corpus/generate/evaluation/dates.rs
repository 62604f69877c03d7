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
/// More forms, of letters, cards and talks.
const WIDE_FORMS: &[&str] = &[
    "iso",
    "us",
    "us",
    "short",
    "long",
    "dash",
    "dmy",
    "two",
    "brief",
    "ordinal",
    "formal",
    "british",
    "yearfirst",
    "military",
    "abbreviated",
    "hyphens",
    "dots",
];

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
    let chosen = match variant {
        "any" => random.pick(FORMS),
        "wide" => random.pick(WIDE_FORMS),
        _ => variant,
    };
    let ordinal = match day {
        1 | 21 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    Some(match chosen {
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
        "brief" => format!("{month}/{day}/{:02}", year % 100),
        "ordinal" => format!("{name} {day}{ordinal}, {year}"),
        "formal" => format!("the {day}{ordinal} of {name}, {year}"),
        "british" => format!("{day} {name} {year}"),
        "yearfirst" => format!("{year}/{month:02}/{day:02}"),
        "military" => format!("{day:02}{}{year}", name[..3].to_uppercase()),
        "abbreviated" => format!("{} {day}, {year}", &name[..3]),
        "hyphens" => format!("{day:02}-{}-{year}", &name[..3]),
        "dots" => format!("{month}.{day}.{year}"),
        "epochday" => days_since_1970(date).to_string(),
        // Day 1 of a spreadsheet is the first of 1900, which it takes for a leap year.
        "excel" => (days_since_1970(date) + 25_569).to_string(),
        "ts" => format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", random.below(24), random.below(60)),
        "sql" => format!("{year}-{month:02}-{day:02} 00:00:00"),
        "year" => year.to_string(),
        "month" => month.to_string(),
        "day" => day.to_string(),
        _ => return None,
    })
}

fn days_since_1970(Date(year, month, day): Date) -> i64 {
    let (year, month) = (i64::from(year), i64::from(month));
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + i64::from(day) - 719_469
}
