//! Reads a document container by container, where its records are children of one or it is too large to be held.
//!
//! Each container on the way down is a frame. Its children are records of their own, or parts of one record that is
//! open until records begin, the batch is full or the document ends.

use super::route::{Hop, is_keyed_by_id, lists_people};
use super::skim::{Stop, skip_space, string_end, value_end};
use super::tables::TableLayout;
use super::{JsonDecoder, Place, parser};
use crate::model::{Batch, Reason};

/// More containers around a value are not read child by child: each costs another look at what it begins with.
const MAX_FRAMES: usize = 32;
/// A string of this size is an attachment rather than a value.
const LONG_STRING_BYTES: usize = 64 << 10;

/// What the children of a container are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Parts of the open record.
    Parts,
    /// Records.
    Records,
    /// Records whose keys are content.
    Entries,
    /// Records whose cells are named by the columns of their table.
    Rows,
    /// Columns of a table: the values at one place of each are a record.
    Columns,
}

/// A container that is read child by child.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Whether it is an object, not an array.
    pub is_object: bool,
    /// The node of an object, or of the elements of an array.
    pub node: u32,
    /// What its children are.
    pub holds: Holds,
    /// Whether it is on the way to the records.
    pub is_on_route: bool,
}

/// Where a child stands in the window.
#[derive(Debug, Clone, Copy)]
pub struct Child {
    /// Where its key opens, or its value where it has none.
    pub start: usize,
    /// The quote that ends its key.
    pub key_end: Option<usize>,
    /// Where its value begins.
    pub value: usize,
}

impl JsonDecoder {
    /// Goes into the container that opens at `position` of the window.
    pub(super) fn enter(&mut self, position: usize, frame: Frame) {
        self.frames.push(frame);
        self.advance(position + 1);
        self.place = Place::Within;
    }

    /// Whether one more container may be read child by child.
    pub(super) fn may_enter(&self) -> bool {
        self.frames.len() < self.limits.max_depth.min(MAX_FRAMES)
    }

    fn leave(&mut self, batch: &mut Batch, length: usize) {
        self.frames.pop();
        self.advance(length);
        match self.frames.last() {
            Some(frame) if frame.holds == Holds::Parts => {}
            Some(_) => self.close_record(batch),
            None => {
                self.close_record(batch);
                (self.route, self.table) = (None, None);
                self.place = self.outside;
            }
        }
    }

    /// Decodes the next child of the innermost container.
    pub(super) fn within(&mut self, batch: &mut Batch) {
        let Some(frame) = self.frames.last().copied() else {
            self.place = self.outside;
            return;
        };
        let bytes = self.window.bytes();
        let mut start = skip_space(bytes, 0);
        if bytes.get(start) == Some(&b',') {
            start = skip_space(bytes, start + 1);
        }
        match (bytes.get(start).copied(), frame.is_object) {
            (None, _) => return self.more_or_cut(start),
            (Some(b'}'), true) | (Some(b']'), false) => return self.leave(batch, start + 1),
            (Some(b'"'), true) => {}
            (Some(_), true) => return self.give_up(Stop::Malformed(start), start),
            (Some(_), false) => return self.child(batch, frame, Child { start, key_end: None, value: start }),
        }
        match member_value(bytes, start) {
            Ok((key_end, value)) => self.child(batch, frame, Child { start, key_end: Some(key_end), value }),
            Err(stop) => {
                if stop != Stop::Incomplete || !self.grow() {
                    self.give_up(stop, start);
                }
            }
        }
    }

    fn child(&mut self, batch: &mut Batch, frame: Frame, child: Child) {
        let bytes = self.window.bytes();
        let opening = bytes[child.value];
        let lists_objects = opening == b'[' && bytes.get(skip_space(bytes, child.value + 1)) == Some(&b'{');
        if frame.holds == Holds::Records && lists_objects {
            let node = self.paths.element(frame.node);
            return self.enter(child.value, Frame { node, ..frame });
        }
        if frame.holds == Holds::Rows && self.skips_row {
            return self.skip_row(child);
        }
        if frame.holds != Holds::Parts {
            self.close_record(batch);
            return self.record_value(batch, child);
        }
        let end = value_end(bytes, child.value);
        let is_container = matches!(opening, b'{' | b'[');
        let holds = match is_container {
            true => self.holds(frame, child, end.unwrap_or(bytes.len()) - child.value),
            false => None,
        };
        match (holds, end) {
            (Some(Holds::Columns), Ok(_)) => {
                let (node, _) = self.child_node(frame, child);
                self.columns(batch, child, node);
            }
            (Some(holds), _) if holds != Holds::Columns => self.enter_child(batch, frame, child, holds),
            // A number that ends where the bytes end may go on: a child is always followed by something.
            (None, Ok(end)) if end < bytes.len() || self.window.is_last() => self.part(batch, frame, child),
            (None, Err(stop @ Stop::Malformed(_))) => self.give_up(stop, child.start),
            _ if self.grow_for(opening) => {}
            _ if is_container && !self.window.is_last() && self.may_enter() => {
                self.enter_child(batch, frame, child, Holds::Parts);
            }
            _ => self.give_up(Stop::Incomplete, child.start),
        }
    }

    /// What the children of a container of `size` bytes are, if it is to be entered.
    fn holds(&self, frame: Frame, child: Child, size: usize) -> Option<Holds> {
        let bytes = self.window.bytes();
        let key = child.key_end.map(|end| &bytes[child.start + 1..end]);
        let is_object = bytes[child.value] == b'{';
        let Some(route) = &self.route else {
            if size <= self.limits.batch_bytes || !self.may_enter() {
                return None;
            }
            if is_object {
                let has_entries = is_keyed_by_id(&bytes[child.value..], key);
                return Some(if has_entries { Holds::Entries } else { Holds::Parts });
            }
            let first = skip_space(bytes, child.value + 1);
            let inner = if bytes.get(first) == Some(&b'[') { skip_space(bytes, first + 1) } else { first };
            // Within a record that is too large nothing but a list of people is a list of records.
            let may_split = frame.is_on_route || key.is_some_and(lists_people);
            return (may_split && bytes.get(inner) == Some(&b'{')).then_some(Holds::Records);
        };
        let is_on_route = frame.is_on_route
            && match route.get(self.frames.len() - 1)? {
                Hop::Member(name) => key == Some(&name[..]),
                Hop::Element => key.is_none(),
            };
        let is_last = self.frames.len() == route.len();
        is_on_route.then_some(match (is_last, is_object, &self.table) {
            (false, ..) => Holds::Parts,
            (true, true, Some(TableLayout::Columns)) => Holds::Columns,
            (true, false, Some(TableLayout::Rows(_))) => Holds::Rows,
            (true, true, _) => Holds::Entries,
            (true, false, _) => Holds::Records,
        })
    }

    /// Enters a child of the innermost container; a key that is content goes into the record that is open then.
    pub(super) fn enter_child(&mut self, batch: &mut Batch, frame: Frame, child: Child, holds: Holds) {
        let (node, emits_key) = self.child_node(frame, child);
        if emits_key {
            self.open_part(batch, child);
            self.emit_key(batch, frame, child);
        }
        if holds != Holds::Parts {
            self.close_record(batch);
        }
        let is_object = self.window.bytes()[child.value] == b'{';
        let node = if is_object { node } else { self.paths.element(node) };
        if let (Holds::Rows, Some(TableLayout::Rows(rows))) = (holds, &self.table) {
            (self.cells, self.skips_row) = (rows.cells(&mut self.paths, node), rows.skips_first);
        }
        let is_on_route = frame.is_on_route && frame.holds == Holds::Parts;
        self.enter(child.value, Frame { is_object, node, holds, is_on_route });
    }

    /// Steps over the row that names the columns.
    fn skip_row(&mut self, child: Child) {
        match value_end(self.window.bytes(), child.value) {
            Ok(end) => {
                self.skips_row = false;
                self.advance(end);
            }
            Err(stop) => {
                if stop != Stop::Incomplete || !self.grow() {
                    self.skips_row = false;
                }
            }
        }
    }

    /// Decodes a child, which is whole, as the columns of a table.
    pub(super) fn columns(&mut self, batch: &mut Batch, child: Child, node: u32) {
        self.close_record(batch);
        let (nesting, mut count) = (self.frames.len(), 0);
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let result = parser.columns(self.window.bytes(), child.value, (node, nesting), &mut count);
        let (reached, too_deep) = (parser.reached, parser.too_deep);
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        for _ in 0..count {
            self.open_record(batch, child.start);
        }
        batch.record_count += count;
        match result {
            Ok(end) => self.advance(end),
            Err(stop) => self.give_up(stop, reached),
        }
    }

    /// The node of a child's value, and whether its key is delivered as a value.
    pub(super) fn child_node(&mut self, frame: Frame, child: Child) -> (u32, bool) {
        let bytes = self.window.bytes();
        match child.key_end {
            None => (frame.node, false),
            Some(_) if frame.holds == Holds::Entries => (self.paths.star(frame.node), true),
            Some(end) => {
                let (_, step) = self.paths.step(frame.node, 0, &bytes[child.start + 1..=end], bytes[child.value]);
                (step.node, step.emits_key)
            }
        }
    }

    pub(super) fn emit_key(&mut self, batch: &mut Batch, frame: Frame, child: Child) {
        let Some(end) = child.key_end else { return };
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        parser.key_as_value(&self.window.bytes()[child.start + 1..end], frame.node);
    }

    fn open_part(&mut self, batch: &mut Batch, child: Child) {
        if !std::mem::replace(&mut self.record_is_open, true) {
            self.open_record(batch, child.start);
        }
    }

    /// Decodes a child, which is whole, as a part of the open record.
    fn part(&mut self, batch: &mut Batch, frame: Frame, child: Child) {
        let (node, emits_key) = self.child_node(frame, child);
        self.open_part(batch, child);
        if emits_key {
            self.emit_key(batch, frame, child);
        }
        let nesting = self.frames.len();
        let mut parser = parser(&mut self.paths, &mut self.kinds, &mut self.scratch, batch, &self.limits);
        let result = parser.value(self.window.bytes(), child.value, node, nesting);
        let (reached, too_deep) = (parser.reached, parser.too_deep);
        if too_deep {
            self.fall_short(Reason::NestingLimit);
        }
        match result {
            Ok(end) => {
                if self.window.bytes()[child.value] == b'"' && end - child.value >= LONG_STRING_BYTES {
                    self.long_string_bytes += end - child.value;
                }
                self.advance(end);
            }
            Err(stop) => self.give_up(stop, reached),
        }
    }
}

/// Where the key that opens at `start` ends, and where its value begins.
fn member_value(bytes: &[u8], start: usize) -> Result<(usize, usize), Stop> {
    let key_end = string_end(bytes, start + 1).ok_or(Stop::Incomplete)?;
    let colon = skip_space(bytes, key_end + 1);
    match bytes.get(colon) {
        None => return Err(Stop::Incomplete),
        Some(b':') => {}
        Some(_) => return Err(Stop::Malformed(colon)),
    }
    let value = skip_space(bytes, colon + 1);
    // An array is told from an array of objects by its first element.
    let known = match bytes.get(value) {
        Some(b'[') => skip_space(bytes, value + 1),
        _ => value,
    };
    if known < bytes.len() { Ok((key_end, value)) } else { Err(Stop::Incomplete) }
}
