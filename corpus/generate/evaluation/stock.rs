//! What synthetic people and codes are put together from: names with their frequency, places, streets, code lists.
//!
//! Knows nothing of templates. The names, codes and places are public facts (`stock/*.txt` name their sources); the
//! streets are invented.

use super::super::random::Random;
use std::collections::BTreeMap;

const STREETS: &str = "Maple Ash Willow Harbor Quarry Millbrook Fenwick Orchard Juniper Larkspur Bayview Stonegate Thistle \
    Cedar Prospect Wharf Tanager Foxglove Kingsley Hollow Ridge Pinecrest Meadow Lincoln Jefferson Magnolia Sycamore Aspen Heron \
    Winding Chapel Granite Sunset Birchwood Cottonwood Delancey Overlook Copper Saddle Canyon Mesa Pelican Osprey Sugar Vineyard";
const KINDS: &[&str] = &[
    "St",
    "St.",
    "Street",
    "Ave",
    "Ave.",
    "Avenue",
    "Rd",
    "Road",
    "Ln",
    "Lane",
    "Dr",
    "Drive",
    "Ct",
    "Court",
    "Blvd",
    "Boulevard",
    "Way",
    "Pl",
    "Terrace",
    "Cir",
    "Pkwy",
    "Trail",
];
const UNITS: &[&str] = &["Apt", "Apt.", "Unit", "Suite", "Ste", "#"];
/// Names that are words, of other tongues, hyphenated or with an apostrophe: rare in a list, frequent in a waiting room.
const GIVEN_HARD: &[&str] = &[
    "Grace",
    "Will",
    "Chase",
    "May",
    "Hope",
    "Rose",
    "Mark",
    "Summer",
    "Faith",
    "Jack",
    "Dawn",
    "Art",
    "Bill",
    "Pat",
    "Jürgen",
    "Heike",
    "Günther",
    "Anneliese",
    "José",
    "María",
    "Jesús",
    "Ángel",
    "Lucía",
    "Itzel",
    "Nguyet",
    "Chukwuemeka",
    "Mary-Kate",
    "Jean-Luc",
    "D'Angelo",
    "Anne Marie",
    "Xiomara",
    "Siobhán",
    "Oluwaseun",
    "Björn",
    "Zoë",
    "Li",
];
const LAST_HARD: &[&str] = &[
    "Young",
    "Price",
    "Banks",
    "Rivers",
    "Stone",
    "Long",
    "Case",
    "Field",
    "Waters",
    "Winter",
    "Park",
    "Day",
    "Best",
    "O'Brien",
    "O'Connell",
    "D'Amico",
    "O'Shea",
    "Smith-Jones",
    "Garcia-Lopez",
    "Müller",
    "Schäfer",
    "Weiß",
    "Hoffmann",
    "Fernández",
    "Núñez",
    "Ibáñez",
    "Peña",
    "de la Cruz",
    "van der Berg",
    "Nguyen",
    "Okafor",
    "Kowalczyk",
    "St. Clair",
    "Le",
    "Parkinson",
    "Jackson",
    "Wu",
    "Al-Hassan",
    "MacLeod",
    "Ng",
];

/// Names of one kind with cumulative frequency.
#[derive(Debug)]
struct Names {
    names: Vec<&'static str>,
    cumulative: Vec<u64>,
}

impl Names {
    fn parse(text: &'static str) -> Self {
        let mut names = Vec::new();
        let mut cumulative = Vec::new();
        let mut sum = 0;
        for line in text.lines() {
            let Some((name, bearers)) = line.split_once('\t') else { continue };
            sum += bearers.parse::<u64>().unwrap_or(1);
            names.push(name);
            cumulative.push(sum);
        }
        Self { names, cumulative }
    }

    /// Half by frequency, a third by chance alone, so that rare names occur, the rest from the hard ones.
    fn draw(&self, random: &mut Random, hard: &[&'static str]) -> &'static str {
        match random.below(12) {
            0..=5 => {
                let total = self.cumulative.last().copied().unwrap_or(1);
                let mark = random.next() % total;
                self.names[self.cumulative.partition_point(|sum| *sum <= mark)]
            }
            6..=9 => random.pick(&self.names),
            _ => random.pick(hard),
        }
    }
}

/// A place: ZIP code, city, state, county.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Five digits.
    pub zip: &'static str,
    /// The city.
    pub city: &'static str,
    /// Two letters.
    pub state: &'static str,
    /// The county, without the word.
    pub county: &'static str,
}

/// All stocks, parsed once.
#[derive(Debug)]
pub struct Stock {
    given: Names,
    surnames: Names,
    places: Vec<Place>,
    diagnoses: Vec<(&'static str, &'static str)>,
    codes: BTreeMap<&'static str, Vec<&'static str>>,
    streets: Vec<&'static str>,
}

impl Stock {
    /// Parses the files that are compiled in.
    pub fn load() -> Self {
        let places = include_str!("stock/places.txt").lines().filter_map(|line| {
            let mut cells = line.split('\t');
            Some(Place { zip: cells.next()?, city: cells.next()?, state: cells.next()?, county: cells.next()? })
        });
        let codes = include_str!("stock/codes.txt").lines().filter_map(|line| {
            let (kind, list) = line.split_once(' ')?;
            (kind != "#").then(|| (kind, list.split(' ').collect()))
        });
        Self {
            given: Names::parse(include_str!("stock/given.txt")),
            surnames: Names::parse(include_str!("stock/surnames.txt")),
            places: places.collect(),
            diagnoses: include_str!("stock/icd10cm.txt").lines().filter_map(|line| line.split_once('\t')).collect(),
            codes: codes.collect(),
            streets: STREETS.split_whitespace().collect(),
        }
    }

    /// A given name.
    pub fn given(&self, random: &mut Random) -> &'static str {
        self.given.draw(random, GIVEN_HARD)
    }

    /// A family name.
    pub fn surname(&self, random: &mut Random) -> &'static str {
        self.surnames.draw(random, LAST_HARD)
    }

    /// A place.
    pub fn place(&self, random: &mut Random) -> Place {
        random.pick(&self.places)
    }

    /// An ICD-10-CM code with its description.
    pub fn diagnosis(&self, random: &mut Random) -> (&'static str, &'static str) {
        random.pick(&self.diagnoses)
    }

    /// A code of the list.
    pub fn code(&self, list: &str, random: &mut Random) -> &'static str {
        self.codes.get(list).map_or("", |codes| random.pick(codes))
    }

    /// A street address of one of many forms.
    pub fn street(&self, random: &mut Random) -> String {
        let name = random.pick(&self.streets);
        let kind = random.pick(KINDS);
        let house = match random.below(4) {
            0 => random.between(1, 99),
            1 => random.between(1000, 19_999),
            _ => random.between(100, 999),
        };
        let direction = random.pick(&["", "", "", "N ", "S. ", "West ", "NE "]);
        let unit = random.pick(UNITS);
        let gap = if unit == "#" { "" } else { " " };
        match random.below(10) {
            0 => format!("P.O. Box {}", random.between(10, 9900)),
            1 | 2 => format!("{house} {direction}{name} {kind}, {unit}{gap}{}", random.between(1, 400)),
            3 => {
                format!("{house} {direction}{name} {kind} {unit}{gap}{}", random.pick(&["2B", "14", "3C", "1207", "A"]))
            }
            4 => format!("{house} {}{} {kind}", random.between(2, 9) * 10 + 4, "th"),
            _ => format!("{house} {direction}{name} {kind}"),
        }
    }
}
