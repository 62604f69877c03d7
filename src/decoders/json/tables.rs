//! Tables inside JSON: rows that are lists of cells, whose names stand in a list beside them or in the first row, and
//! columns that are lists of values.
//!
//! `{"columns": ["mrn", "dx"], "rows": [[..], ..]}`, `[["mrn", "dx"], [..]]`, rows of cells in objects as query services
//! answer with them, `{"mrn": [..], "dx": [..]}`. Each row is a record, and a cell is the field that its column is named.
//! Decided once from the first bytes of a document; what they do not show is read as any other document.

use super::parser::Parser;
use super::paths::{Paths, Step};
use super::route::{Child, Hop, MAX_HOPS, MAX_MEMBERS, Route, children, children_with_last};
use super::skim::{Stop, skip_space, value_end};
use crate::decoders::header::{is_doubtful_name, names_columns};

/// Members that list the names of columns, as strings or as objects with one.
#[rustfmt::skip]
const LISTS_OF_NAMES: [&str; 21] = [
    "columns", "fields", "headers", "header", "cols", "columnnames", "column_names", "colnames", "fieldnames", "field_names",
    "names", "keys", "schema", "columninfo", "columnmetadata", "column_metadata", "metadata", "rowtype", "attributes", "variables", "columnheaders",
];
/// Members of an object that names a column.
const NAMES_OF_COLUMNS: [&str; 7] = ["name", "label", "field", "columnname", "column_name", "title", "id"];
/// Members of a row that hold its cells.
const LISTS_OF_CELLS: [&str; 6] = ["data", "f", "row", "values", "cells", "c"];
/// So many levels of objects beside the rows are looked through for names.
const NAME_LEVELS: usize = 4;
/// So many levels of objects beside the names are looked through for rows.
const ROW_LEVELS: usize = 2;
/// So many rows are looked at.
const SAMPLED_ROWS: usize = 8;
/// So many members of an object may be the rows, the longest first.
const SAMPLED_LISTS: usize = 3;
/// Most columns of a table.
const MAX_COLUMNS: usize = 2048;

/// A table that dominates a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The way to it.
    pub route: Route,
    /// How it is written.
    pub layout: TableLayout,
}

/// How a table is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableLayout {
    /// As a list of rows.
    Rows(RowLayout),
    /// As an object with a list of values for each column.
    Columns,
}

/// How the rows of a table are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowLayout {
    /// The raw names of the columns.
    pub names: Vec<Vec<u8>>,
    /// The member of a row that holds its cells, where rows are objects.
    pub cells: Option<Vec<u8>>,
    /// Whether the first row names the columns and holds no data.
    pub skips_first: bool,
}

/// The fields of a table's cells.
#[derive(Debug, Default)]
pub struct Cells {
    /// Where the cells of each column go.
    steps: Vec<u32>,
    /// The member of a row that holds its cells.
    key: Option<Vec<u8>>,
}

impl RowLayout {
    /// The fields of the cells, below the node of a row.
    pub fn cells(&self, paths: &mut Paths, row: u32) -> Cells {
        let mut step = |(place, name): (usize, &Vec<u8>)| {
            let mut quoted = if name.is_empty() { format!("#{}", place + 1).into_bytes() } else { name.clone() };
            quoted.push(b'"');
            paths.step(row, place, &quoted, b'"').1.node
        };
        Cells { steps: self.names.iter().enumerate().map(&mut step).collect(), key: self.cells.clone() }
    }
}

/// The table that dominates the document that `head` begins with; it may be cut off behind its first rows.
pub fn find(head: &[u8]) -> Option<Table> {
    let mut route = Route::new();
    let mut container = head;
    let mut names: Option<Vec<Vec<u8>>> = None;
    loop {
        if let Some(layout) = rows_of(container, names.as_deref()) {
            return Some(Table { route, layout: TableLayout::Rows(layout) });
        }
        if are_columns(container) {
            return Some(Table { route, layout: TableLayout::Columns });
        }
        if route.len() == MAX_HOPS {
            return None;
        }
        let mut members: Vec<Child<'_>> = children_with_last(container).take(MAX_MEMBERS).collect();
        members.sort_by_key(|member| std::cmp::Reverse(member.value.len()));
        let beside = |child: &Child<'_>| {
            let others = members.iter().filter(|member| !std::ptr::eq(member.value, child.value));
            others.into_iter().find_map(|member| names_in(member, NAME_LEVELS))
        };
        // Of a short table what names its columns is as long as its rows.
        for child in members.iter().take(SAMPLED_LISTS).filter(|child| child.key.is_some()) {
            if let Some(names) = beside(child)
                && let Some((below, layout)) = rows_within(child.value, &names, ROW_LEVELS)
            {
                route.push(hop(child));
                route.extend(below);
                return Some(Table { route, layout: TableLayout::Rows(layout) });
            }
        }
        let child = members.first()?;
        if child.value.len() * 2 < head.len() || (child.key.is_none() && members.len() > 1) {
            return None;
        }
        names = beside(child).or(names);
        route.push(hop(child));
        container = child.value;
    }
}

fn hop(child: &Child<'_>) -> Hop {
    child.key.map_or(Hop::Element, |key| Hop::Member(key.to_vec()))
}

/// The rows that are a value or stand in it, with columns of these names, and the way to them.
fn rows_within(value: &[u8], names: &[Vec<u8>], levels: usize) -> Option<(Route, RowLayout)> {
    if let Some(layout) = rows_of(value, Some(names)) {
        return Some((Route::new(), layout));
    }
    if levels == 0 || value.first() != Some(&b'{') {
        return None;
    }
    children_with_last(value).take(MAX_MEMBERS).find_map(|child| {
        let (mut route, layout) = rows_within(child.value, names, levels - 1)?;
        route.insert(0, hop(&child));
        Some((route, layout))
    })
}

/// How lines are written that are a row of a table each, the first of which names its columns.
pub fn find_in_lines(head: &[u8]) -> Option<RowLayout> {
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let rows: Vec<&[u8]> = lines.map(<[u8]>::trim_ascii).take(SAMPLED_ROWS).collect();
    let is_row = |line: &&[u8]| line.starts_with(b"[") && value_end(line, 0) == Ok(line.len());
    if rows.iter().all(is_row) { layout_of(rows.into_iter(), None) } else { None }
}

/// How the rows of a list are written, where it is one of rows and something names their columns.
fn rows_of(list: &[u8], beside: Option<&[Vec<u8>]>) -> Option<RowLayout> {
    if list.first() != Some(&b'[') || !matches!(list.get(skip_space(list, 1)), Some(b'[' | b'{')) {
        return None;
    }
    layout_of(children(list).take(SAMPLED_ROWS).map(|row| row.value), beside)
}

fn layout_of<'a>(list: impl Iterator<Item = &'a [u8]>, beside: Option<&[Vec<u8>]>) -> Option<RowLayout> {
    let mut key = None;
    let mut rows: Vec<Vec<&[u8]>> = Vec::new();
    for row in list {
        let (own, cells) = cells_of(row)?;
        if !rows.is_empty() && own != key {
            return None;
        }
        key = own;
        rows.push(cells);
    }
    let width = rows.first()?.len();
    if !(2..=MAX_COLUMNS).contains(&width) || rows.iter().any(|row| row.len() != width) {
        return None;
    }
    let cells = key.map(<[u8]>::to_vec);
    let texts: Vec<Vec<&[u8]>> = rows.iter().map(|row| row.iter().map(|cell| text_of(cell)).collect()).collect();
    let first = &texts[0];
    let is_text = |cell: &&[u8]| scalar_of(cell).is_some_and(|scalar| scalar.first() == Some(&b'"'));
    let own: Vec<Vec<u8>> = first.iter().map(|name| name.to_vec()).collect();
    if let Some(names) = beside.filter(|names| names.len() == width) {
        return Some(RowLayout { names: names.to_vec(), cells, skips_first: own == names });
    }
    let records: Vec<&[&[u8]]> = texts.iter().map(Vec::as_slice).collect();
    let is_header = rows.len() > 1 && rows[0].iter().all(is_text) && names_columns(&records);
    let skips_first = !first.iter().any(|name| is_doubtful_name(name));
    is_header.then_some(RowLayout { names: own, cells, skips_first })
}

/// The member of a row that holds its cells, where it has one, and the cells.
type Row<'a> = (Option<&'a [u8]>, Vec<&'a [u8]>);

/// The cells of a row, and the member that holds them where it is an object.
fn cells_of(row: &[u8]) -> Option<Row<'_>> {
    let cells = |list| children(list).take(MAX_COLUMNS + 1).map(|cell| cell.value).collect();
    match row.first() {
        Some(b'[') => Some((None, cells(row))),
        Some(b'{') => {
            let holds = |child: &Child<'_>| child.value.starts_with(b"[") && names(&LISTS_OF_CELLS, child.key);
            let child = children(row).take(MAX_MEMBERS).find(holds)?;
            let list: Vec<&[u8]> = cells(child.value);
            list.iter().all(|cell| scalar_of(cell).is_some()).then_some((child.key, list))
        }
        _ => None,
    }
}

/// The scalar that a cell is, or that stands in it alone: `{"v": "E11.9"}`.
fn scalar_of(cell: &[u8]) -> Option<&[u8]> {
    match cell.first() {
        Some(b'{') => {
            let mut members = children(cell);
            let (first, second) = (members.next(), members.next());
            match (first, second) {
                (None, _) => Some(b"null"),
                (Some(member), None) => (!matches!(member.value.first(), Some(b'{'))).then_some(member.value),
                _ => None,
            }
        }
        Some(b'[') => None,
        _ => Some(cell),
    }
}

/// The text of a cell, without quotes.
fn text_of(cell: &[u8]) -> &[u8] {
    match scalar_of(cell) {
        Some([b'"', text @ .., b'"']) => text,
        Some(b"null") | None => b"",
        Some(other) => other,
    }
}

/// The names of columns that a member lists.
fn names_in(member: &Child<'_>, levels: usize) -> Option<Vec<Vec<u8>>> {
    match member.value.first() {
        Some(b'[') if names(&LISTS_OF_NAMES, member.key) => {
            let name = |column: Child<'_>| match column.value {
                [b'"', name @ .., b'"'] => Some(name.to_vec()),
                [b'{', ..] => {
                    let members: Vec<Child<'_>> = children(column.value).take(MAX_MEMBERS).collect();
                    let named = |name: &&str| members.iter().find(|member| names(&[*name], member.key));
                    match NAMES_OF_COLUMNS.iter().find_map(named)?.value {
                        [b'"', name @ .., b'"'] => Some(name.to_vec()),
                        _ => None,
                    }
                }
                _ => None,
            };
            let list: Option<Vec<_>> = children(member.value).take(MAX_COLUMNS + 1).map(name).collect();
            list.filter(|list| list.len() >= 2)
        }
        Some(b'{') if levels > 0 => {
            children(member.value).take(MAX_MEMBERS).find_map(|member| names_in(&member, levels - 1))
        }
        _ => None,
    }
}

/// Whether a document that is cut off may be one of columns: it begins with a list of scalars, or with values that are numbered.
pub fn may_be_columns(head: &[u8]) -> bool {
    let Some(first) = children_with_last(head).next().filter(|_| head.starts_with(b"{")) else { return false };
    let is_scalar = |cell: &Child<'_>| !matches!(cell.value.first(), Some(b'{' | b'['));
    let is_numbered = |cell: &Child<'_>| cell.key.is_none_or(|key| key.iter().all(u8::is_ascii_digit));
    children(first.value).take(SAMPLED_ROWS).filter(|cell| is_scalar(cell) && is_numbered(cell)).count() == SAMPLED_ROWS
}

/// Whether it is an object whose members are lists of the same number of scalars, at least two; or objects with the same
/// keys, as tables are written that number their rows.
fn are_columns(object: &[u8]) -> bool {
    if object.first() != Some(&b'{') || value_end(object, 0).is_err() {
        return false;
    }
    let is_scalar = |child: &Child<'_>| !matches!(child.value.first(), Some(b'{' | b'['));
    let mut columns = children(object);
    let Some(first) = columns.next() else { return false };
    let opening = first.value.first().copied();
    if !matches!(opening, Some(b'{' | b'[')) || !children(first.value).next().is_some_and(|cell| is_scalar(&cell)) {
        return false;
    }
    let is_number = |key: &[u8]| key.len() <= 9 && key.iter().all(u8::is_ascii_digit);
    let of_first: Vec<Child<'_>> = children(first.value).collect();
    let is_row = |(row, cell): (usize, &Child<'_>)| {
        is_scalar(cell)
            && of_first.get(row).is_some_and(|other| other.key == cell.key)
            && cell.key.is_none_or(is_number)
    };
    let mut count = 1;
    if of_first.len() < 2 || !of_first.iter().enumerate().all(is_row) {
        return false;
    }
    for column in columns {
        let mut cells = 0;
        let is_alike = column.value.first().copied() == opening
            && children(column.value).enumerate().all(|(row, cell)| {
                cells += 1;
                is_row((row, &cell))
            });
        if !is_alike || cells != of_first.len() {
            return false;
        }
        count += 1;
    }
    (2..=MAX_COLUMNS).contains(&count)
}

fn names(list: &[&str], key: Option<&[u8]>) -> bool {
    key.is_some_and(|key| list.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(key)))
}

impl Parser<'_> {
    /// Parses the row of a table at `position`. What is none is read as any value.
    pub fn row(
        &mut self,
        bytes: &[u8],
        position: usize,
        (node, cells): (u32, &Cells),
        nesting: usize,
    ) -> Result<usize, Stop> {
        match (bytes.get(position), &cells.key) {
            (Some(b'['), None) => self.cells(bytes, position + 1, (node, cells), nesting),
            (Some(b'{'), Some(key)) => {
                let end = value_end(bytes, position)?;
                for member in children(&bytes[position..end]) {
                    let start = position + member.start;
                    if member.key == Some(key) && member.value.starts_with(b"[") {
                        self.cells(bytes, start + 1, (node, cells), nesting + 1)?;
                    } else if let Some(key) = member.key {
                        let from = position + member.key_start;
                        let quoted = &bytes[from..=from + key.len()];
                        let (_, Step { node, .. }) = self.paths.step(node, 0, quoted, bytes[start]);
                        self.value(bytes, start, node, nesting + 1)?;
                    }
                }
                Ok(end)
            }
            _ => self.value(bytes, position, node, nesting),
        }
    }

    fn cells(
        &mut self,
        bytes: &[u8],
        mut position: usize,
        (node, cells): (u32, &Cells),
        nesting: usize,
    ) -> Result<usize, Stop> {
        let beyond = self.paths.element(node);
        let mut columns = cells.steps.iter();
        loop {
            position = skip_space(bytes, position);
            if bytes.get(position) == Some(&b']') {
                return Ok(position + 1);
            }
            let node = columns.next().copied().unwrap_or(beyond);
            position = self.cell(bytes, position, node, nesting + 1)?;
            position = super::parser::after_element(bytes, position, b']')?;
        }
    }

    /// A cell; of an object with one member, what stands in it.
    fn cell(&mut self, bytes: &[u8], position: usize, node: u32, nesting: usize) -> Result<usize, Stop> {
        if bytes.get(position) == Some(&b'{') && nesting < self.max_depth {
            let end = value_end(bytes, position)?;
            let mut members = children(&bytes[position..end]);
            if let (Some(member), None) = (members.next(), members.next()) {
                self.value(bytes, position + member.start, node, nesting + 1)?;
                return Ok(end);
            }
        }
        self.value(bytes, position, node, nesting)
    }

    /// Parses the object of columns at `position`: the values at one place of each are a record. Returns the index behind it;
    /// `count` becomes the number of records, those before an error too.
    pub fn columns(
        &mut self,
        bytes: &[u8],
        position: usize,
        (node, nesting): (u32, usize),
        count: &mut u32,
    ) -> Result<usize, Stop> {
        let end = value_end(bytes, position)?;
        let first = self.record;
        for column in children(&bytes[position..end]) {
            let Some(key) = column.key else { continue };
            let from = position + column.key_start;
            let (_, Step { node, .. }) = self.paths.step(node, 0, &bytes[from..=from + key.len()], b'"');
            for (row, cell) in (0..).zip(children(column.value)) {
                self.record = first + row;
                *count = (*count).max(row + 1);
                self.value(bytes, position + column.start + cell.start, node, nesting + 1)?;
            }
        }
        Ok(end)
    }
}
