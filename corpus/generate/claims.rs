//! A table of insurance claims of any size as Parquet: 14 columns of few distinct texts, three of many, four of numbers;
//! or the 14 alone, all of which Parquet keeps as dictionaries.

use crate::identity::{self as id, number, put};
use crate::random::Random;
use crate::table::{TableWriter, Values};
use crate::tables::{CITIES, DIAGNOSES, DRUGS, FIRST_NAMES, SURNAMES};
use bytes::Bytes;
use parquet::data_type::ByteArray;
use std::io::Write;

const ROW_GROUPS: u64 = 6;

/// Which columns a table has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// All of them.
    Mixed,
    /// Those of few distinct texts.
    Dictionaries,
}

impl Columns {
    fn bytes_per_row(self) -> u64 {
        match self {
            Self::Mixed => 75,
            Self::Dictionaries => 11,
        }
    }
}

/// The texts that the columns draw from, made once.
struct Vocabulary {
    columns: Vec<(&'static str, Vec<ByteArray>)>,
}

impl Vocabulary {
    fn new(random: &mut Random) -> Self {
        let mut columns = Vec::new();
        let mut add =
            |name, texts: Vec<String>| columns.push((name, texts.iter().map(|t| t.as_str().into()).collect()));
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        add("first_name", own(FIRST_NAMES));
        add("last_name", own(SURNAMES));
        add("birth_date", (0..4000).map(|_| id::text(|out| id::date(out, random, (1938, 2019)))).collect());
        add("sex", own(&["F", "M"]));
        add("zip", CITIES.iter().map(|city| city.2.to_owned()).collect());
        add("state", CITIES.iter().map(|city| city.1.to_owned()).collect());
        add("diagnosis_code", DIAGNOSES.iter().map(|diagnosis| diagnosis.0.to_owned()).collect());
        add("diagnosis_description", DIAGNOSES.iter().map(|diagnosis| diagnosis.1.to_owned()).collect());
        add("secondary_diagnosis", DIAGNOSES.iter().rev().map(|diagnosis| diagnosis.0.to_owned()).collect());
        add("drug", own(DRUGS));
        add("provider_npi", (0..2000).map(|_| id::text(|out| id::npi(out, random))).collect());
        add("payer", own(&["Bluewater Health", "Northfield Mutual", "Medicare", "Medicaid", "Self pay"]));
        add("place_of_service", own(&["11", "22", "23", "02", "81"]));
        add("status", own(&["paid", "paid", "paid", "denied", "pending", "adjusted"]));
        Self { columns }
    }

    fn draw(&self, random: &mut Random, rows: usize) -> Vec<(&'static str, Values)> {
        let draw = |texts: &[ByteArray], random: &mut Random| {
            (0..rows).map(|_| texts[random.below(texts.len() as u32) as usize].clone()).collect()
        };
        self.columns.iter().map(|(name, texts)| (*name, Values::Text(draw(texts, random)))).collect()
    }
}

/// Distinct texts in one allocation: `write` appends each.
fn distinct(rows: usize, mut write: impl FnMut(&mut Vec<u8>)) -> Values {
    let mut arena = Vec::with_capacity(rows * 24);
    let mut ends = Vec::with_capacity(rows);
    for _ in 0..rows {
        write(&mut arena);
        ends.push(arena.len());
    }
    let arena = Bytes::from(arena);
    let mut start = 0;
    Values::Text(
        ends.into_iter()
            .map(|end| {
                let text = arena.slice(start..end);
                start = end;
                ByteArray::from(text)
            })
            .collect(),
    )
}

fn row_group(which: Columns, vocabulary: &Vocabulary, random: &mut Random, rows: usize) -> Vec<(&'static str, Values)> {
    if which == Columns::Dictionaries {
        return vocabulary.draw(random, rows);
    }
    let claim = distinct(rows, |out| {
        put(out, "CLM-2026-");
        number(out, random.next() % 1_000_000_000_000, 12);
    });
    let mrn = distinct(rows, |out| number(out, random.between(2_000_000, 9_899_999).into(), 7));
    let email = distinct(rows, |out| {
        put(out, random.pick(&["m", "j", "k", "a", "d"]));
        put(out, ".");
        put(out, random.pick(&["smith", "garcia", "nguyen", "lopez", "brown", "wilson"]));
        number(out, random.below(1_000_000).into(), 1);
        put(out, "@example.com");
    });
    let mut columns = vec![("claim_id", claim), ("patient_mrn", mrn), ("patient_email", email)];
    columns.extend(vocabulary.draw(random, rows));
    columns.push(("service_date", Values::Date((0..rows).map(|_| 20_454 + random.below(300) as i32).collect())));
    columns.push(("line_count", Values::Integer((0..rows).map(|_| random.between(1, 12).into()).collect())));
    columns.push(("billed_cents", Values::Integer((0..rows).map(|_| random.below(900_000).into()).collect())));
    columns.push(("allowed_ratio", Values::Decimal((0..rows).map(|_| f64::from(random.below(100)) / 100.0).collect())));
    columns
}

/// Writes row groups until the file has about `size` bytes.
pub fn write<W: Write + Send>(which: Columns, size: u64, seed: u64, sink: W) -> parquet::errors::Result<()> {
    let mut random = Random::new(seed);
    let vocabulary = Vocabulary::new(&mut random);
    let rows = (size / which.bytes_per_row() / ROW_GROUPS).clamp(200, 500_000) as usize;
    let mut columns = row_group(which, &vocabulary, &mut random, rows);
    let mut writer = TableWriter::new(sink, &columns)?;
    loop {
        writer.write(&columns)?;
        if writer.bytes_written() + size / 20 >= size {
            return writer.finish();
        }
        columns = row_group(which, &vocabulary, &mut random, rows);
    }
}
