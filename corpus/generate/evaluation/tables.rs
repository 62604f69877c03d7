//! Tables from schemas: `=== name formats rows=N of=providers`, then columns: `header|other header = kind`, apart by `; ` or lines.
//!
//! A kind with `?` is empty now and then; `:int`, `:float` store text as a number, as careless loads do; `const TEXT` is the
//! same in every record; `note TEXT` is filled like a text. Headers with dots and `[0]` nest in JSON. Each format is a file
//! with headers, values and order of its own. Knows nothing of texts.

use super::super::random::Random;
use super::super::table::{self, Values};
use super::classes;
use super::people::Cast;
use super::stock::Stock;
use super::values::Draw;
use super::{Files, half, hash};
use std::collections::BTreeMap;
use std::error::Error;

const SOURCES: &[&str] = &[
    include_str!("tables/clinical.txt"),
    include_str!("tables/claims.txt"),
    include_str!("tables/people.txt"),
    include_str!("tables/identifiers.txt"),
    include_str!("tables/nested.txt"),
    include_str!("tables/negative.txt"),
];

/// Of the wordings that stand beside the corpus.
const WORDINGS: &[&str] = &[include_str!("wordings/fields.txt")];

#[derive(Clone, Copy, PartialEq)]
enum Stored {
    Text,
    Integer,
    Decimal,
}

struct Column {
    header: String,
    kind: &'static str,
    optional: bool,
    stored: Stored,
    cells: Vec<String>,
    accepted: Vec<&'static str>,
}

struct Schema {
    name: &'static str,
    formats: Vec<&'static str>,
    rows: usize,
    /// A list of providers, whose contacts are public.
    is_of_providers: bool,
    lines: Vec<(&'static str, &'static str)>,
}

fn parse(section: &'static str) -> Result<Schema, Box<dyn Error>> {
    let (header, body) = section.split_once('\n').ok_or("a schema without columns")?;
    let mut words = header.split_whitespace();
    let name = words.next().ok_or("a schema without a name")?;
    let formats = words.next().ok_or("a schema without formats")?.split(',').collect();
    let options: Vec<&str> = words.collect();
    let rows = options.iter().find_map(|word| word.strip_prefix("rows=")).map_or(Ok(24), str::parse)?;
    let is_of_providers = options.contains(&"of=providers");
    let lines = body.lines().flat_map(|line| line.split("; ")).filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| line.split_once(" = ").ok_or(format!("{name}: not a column: {line}")));
    Ok(Schema { name, formats, rows, is_of_providers, lines: lines.collect::<Result<_, _>>()? })
}

/// The columns with one header of each choice, still without values.
fn columns(schema: &Schema, format: &str, random: &mut Random) -> Vec<Column> {
    let column = |(place, (headers, kind)): (usize, &(&'static str, &'static str))| {
        let headers: Vec<&str> = headers.split('|').collect();
        let mut header = random.pick(&headers).to_owned();
        if format == "parquet" {
            header = header.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        } else if format == "nohead" {
            header = format!("#{}", place + 1);
        }
        let (kind, stored) = match kind.rsplit_once(':') {
            Some((kind, "int")) => (kind, Stored::Integer),
            Some((kind, "float")) => (kind, Stored::Decimal),
            _ => (*kind, Stored::Text),
        };
        let optional = kind.ends_with('?') && !kind.starts_with("note ");
        let kind = if optional { kind.trim_end_matches('?') } else { kind };
        Column { header, kind, optional, stored, cells: Vec::with_capacity(schema.rows), accepted: Vec::new() }
    };
    schema.lines.iter().enumerate().map(column).collect()
}

fn note(template: &str, draw: &Draw, random: &mut Random, accepted: &mut Vec<&'static str>) -> Option<String> {
    let wordings: Vec<&str> = template.split(" / ").collect();
    let mut rest = random.pick(&wordings);
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("<<") {
        let (place, remainder) = after.split_once(">>")?;
        let (value, detectors) = draw.value(place, random)?;
        text.push_str(before);
        text.push_str(&value);
        accepted.extend(detectors);
        rest = remainder;
    }
    text.push_str(rest);
    Some(text)
}

/// Fills the columns; gives the class of each record.
fn draw_rows(
    schema: &Schema,
    columns: &mut [Column],
    stock: &Stock,
    random: &mut Random,
) -> Result<Vec<Option<&'static str>>, Box<dyn Error>> {
    let mut records = Vec::with_capacity(schema.rows);
    for _ in 0..schema.rows {
        let cast = Cast::draw(stock, random);
        let draw = Draw { stock, cast: &cast };
        let mut held = Vec::new();
        for column in columns.iter_mut() {
            let known = column.accepted.len();
            let value = if column.optional && random.one_in(6) {
                Some(String::new())
            } else if let Some(constant) = column.kind.strip_prefix("const ") {
                Some(constant.to_owned())
            } else if let Some(template) = column.kind.strip_prefix("note ") {
                note(template, &draw, random, &mut column.accepted)
            } else {
                draw.value(column.kind, random).map(|(value, detectors)| {
                    column.accepted.extend(detectors);
                    value
                })
            };
            column.cells.push(value.ok_or(format!("{}: unknown kind {}", schema.name, column.kind))?);
            held.extend_from_slice(&column.accepted[known..]);
        }
        records.push(if schema.is_of_providers { classes::of_provider(&held) } else { classes::of_record(&held) });
    }
    for column in columns {
        column.accepted.sort_unstable();
        column.accepted.dedup();
    }
    Ok(records)
}

fn as_number(cell: &str) -> i64 {
    cell.parse().unwrap_or_default()
}

/// A cell as delimited text shows it.
fn shown(column: &Column, row: usize) -> String {
    let cell = &column.cells[row];
    match column.stored {
        _ if cell.is_empty() => String::new(),
        Stored::Text => cell.clone(),
        Stored::Integer => as_number(cell).to_string(),
        Stored::Decimal => format!("{}.0", as_number(cell)),
    }
}

fn delimited(columns: &[Column], rows: usize, delimiter: char, header: bool) -> Vec<u8> {
    let quote = |cell: String| {
        if cell.contains([delimiter, '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    let separator = delimiter.to_string();
    let mut lines = Vec::with_capacity(rows + 1);
    if header {
        lines.push(columns.iter().map(|column| quote(column.header.clone())).collect::<Vec<_>>().join(&separator));
    }
    for row in 0..rows {
        lines.push(columns.iter().map(|column| quote(shown(column, row))).collect::<Vec<_>>().join(&separator));
    }
    (lines.join("\n") + "\n").into_bytes()
}

/// A JSON value under construction; keys keep their order.
enum Node {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Leaf(String),
}

impl Node {
    fn insert(&mut self, path: &str, leaf: String) {
        let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
        let (key, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((key, index)) => (key, index.parse::<usize>().ok()),
            None => (step, None),
        };
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Vec::new());
        }
        let Self::Object(members) = self else { return };
        let at = members.iter().position(|member| member.0 == key).unwrap_or_else(|| {
            members.push((key.to_owned(), Self::Leaf(String::new())));
            members.len() - 1
        });
        let mut node = &mut members[at].1;
        if let Some(index) = index {
            if !matches!(node, Self::Array(_)) {
                *node = Self::Array(Vec::new());
            }
            if let Self::Array(elements) = node {
                while elements.len() <= index {
                    elements.push(Self::Leaf("null".to_owned()));
                }
                node = &mut elements[index];
            }
        }
        match rest {
            Some(rest) => node.insert(rest, leaf),
            None => *node = Self::Leaf(leaf),
        }
    }

    fn write(&self, out: &mut String) -> Result<(), serde_json::Error> {
        match self {
            Self::Leaf(text) => out.push_str(text),
            Self::Array(elements) => {
                out.push('[');
                for (place, element) in elements.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    element.write(out)?;
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (key, node)) in members.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    out.push_str(&serde_json::to_string(key)?);
                    out.push(':');
                    node.write(out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }
}

fn json(columns: &[Column], rows: usize, lines: bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut records = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut node = Node::Object(Vec::new());
        for column in columns {
            let leaf = match column.stored {
                _ if column.cells[row].is_empty() => "null".to_owned(),
                Stored::Text => serde_json::to_string(&column.cells[row])?,
                _ => shown(column, row),
            };
            node.insert(&column.header, leaf);
        }
        let mut out = String::new();
        node.write(&mut out)?;
        records.push(out);
    }
    let text = if lines { records.join("\n") + "\n" } else { format!("[\n{}\n]\n", records.join(",\n")) };
    Ok(text.into_bytes())
}

fn parquet(columns: &[Column]) -> parquet::errors::Result<Vec<u8>> {
    let named: Vec<(&str, Values)> = columns
        .iter()
        .map(|column| {
            let values = match column.stored {
                Stored::Text => Values::text(&column.cells),
                Stored::Integer => Values::Integer(column.cells.iter().map(|cell| as_number(cell)).collect()),
                Stored::Decimal => Values::Decimal(column.cells.iter().map(|cell| as_number(cell) as f64).collect()),
            };
            (column.header.as_str(), values)
        })
        .collect();
    table::file(&named)
}

/// What each field accepts, the elements of an array being one field, and what each record is.
fn truth(columns: &[Column], records: &[Option<&str>]) -> Result<Vec<u8>, serde_json::Error> {
    let mut fields: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for column in columns {
        let mut path = String::new();
        for step in column.header.split_inclusive(']') {
            match step.strip_suffix(']').and_then(|step| step.rsplit_once('[')) {
                Some((before, index)) if index.parse::<usize>().is_ok() => path.push_str(&format!("{before}[]")),
                _ => path.push_str(step),
            }
        }
        let accepted = fields.entry(path).or_default();
        accepted.extend(&column.accepted);
        accepted.sort_unstable();
        accepted.dedup();
    }
    let (fields, records) = (serde_json::to_string(&fields)?, serde_json::to_string(records)?);
    Ok(format!("{{\"fields\":{fields},\"records\":{records}}}\n").into_bytes())
}

/// Adds each schema of the corpus in each of its formats, with the truth beside it.
pub fn files(stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    fill_all(SOURCES, stock, seed, files)
}

/// Adds the schemas of the wordings beside it.
pub fn wordings(stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    fill_all(WORDINGS, stock, seed, files)
}

fn fill_all(sources: &[&'static str], stock: &Stock, seed: u64, files: &mut Files) -> Result<(), Box<dyn Error>> {
    for section in sources.iter().flat_map(|source| source.split("=== ").skip(1)) {
        let schema = parse(section)?;
        for format in &schema.formats {
            let stem = format!("{}/tables/{}_{format}", half(schema.name), schema.name);
            let mut random = Random::new(seed ^ hash(&stem));
            let mut columns = columns(&schema, format, &mut random);
            let records = draw_rows(&schema, &mut columns, stock, &mut random)?;
            let (bytes, extension) = match *format {
                "csv" => (delimited(&columns, schema.rows, ',', true), "csv"),
                "nohead" => (delimited(&columns, schema.rows, ',', false), "csv"),
                "semi" => (delimited(&columns, schema.rows, ';', true), "csv"),
                "pipe" => (delimited(&columns, schema.rows, '|', true), "csv"),
                "tsv" => (delimited(&columns, schema.rows, '\t', true), "tsv"),
                "json" => (json(&columns, schema.rows, false)?, "json"),
                "ndjson" => (json(&columns, schema.rows, true)?, "ndjson"),
                "parquet" => (parquet(&columns)?, "parquet"),
                other => return Err(format!("{}: unknown format {other}", schema.name).into()),
            };
            files.insert(format!("{stem}.truth.json"), truth(&columns, &records)?);
            if files.insert(format!("{stem}.{extension}"), bytes).is_some() {
                return Err(format!("two schemas are called {}", schema.name).into());
            }
        }
    }
    Ok(())
}
