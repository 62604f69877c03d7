//! The field paths of the documents seen so far, as a tree that is walked while a document is parsed.
//!
//! Every object node predicts that keys come in the order in which they came before, so that in the steady state a key
//! costs one comparison. The tree is bounded: keys that are themselves content (identifiers) collapse to `*`.

use super::keys::{is_content, is_person_name};
use super::text;
use std::collections::HashMap;
use std::sync::Arc;

/// Number of the path of a document.
pub const ROOT: u32 = 0;
const NONE: u32 = u32::MAX;
const MAX_COLUMNS: usize = 4096;
const MAX_NODES: usize = 16_384;
const MAX_CHILDREN: usize = 256;
/// Keys with four digits or more are identifiers or dates rather than names.
const MAX_CHILDREN_WITH_DIGITS: u32 = 32;
/// From this many children on a mispredicted key is looked up by hash.
const INDEXED_FROM: usize = 16;

struct Child {
    /// The key as it stands in the source, with its closing quote.
    quoted: Box<[u8]>,
    /// Its first sixteen bytes, and which of them it has: compared in two instructions.
    head: u128,
    mask: u128,
    step: Step,
}

impl Child {
    fn new(quoted: &[u8], step: Step) -> Self {
        let length = quoted.len().min(16);
        let (mut head, mut mask) = ([0; 16], [0; 16]);
        head[..length].copy_from_slice(&quoted[..length]);
        mask[..length].fill(0xFF);
        Self { quoted: quoted.into(), head: u128::from_le_bytes(head), mask: u128::from_le_bytes(mask), step }
    }

    #[inline]
    fn begins(&self, rest: &[u8]) -> bool {
        match rest.first_chunk::<16>() {
            Some(chunk) if u128::from_le_bytes(*chunk) & self.mask != self.head => false,
            Some(_) if self.quoted.len() <= 16 => true,
            _ => rest.starts_with(&self.quoted),
        }
    }
}

/// Where a key leads.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The node of the member's value.
    pub node: u32,
    /// Whether the key is delivered as a value as well.
    pub emits_key: bool,
}

#[derive(Default)]
struct Node {
    path: String,
    children: Vec<Child>,
    index: HashMap<Box<[u8]>, u32>,
    with_digits: u32,
    element: Option<u32>,
    embedded: Option<u32>,
    star: Option<u32>,
    keys: Option<u32>,
    column: Option<u32>,
}

/// Every path seen, and the columns of those that had values.
pub struct Paths {
    nodes: Vec<Node>,
    /// Paths of the columns, in the order in which they appeared.
    pub columns: Vec<Arc<str>>,
    column_of: HashMap<Arc<str>, u32>,
    overflow: u32,
}

impl Paths {
    /// A tree of the root alone.
    pub fn new() -> Self {
        Self { nodes: vec![Node::default()], columns: Vec::new(), column_of: HashMap::new(), overflow: NONE }
    }

    /// The step of the key that begins at `rest` (after its opening quote), if it is the `expected`th child of `node`.
    #[inline]
    pub fn predicted(&self, node: u32, expected: usize, rest: &[u8]) -> Option<(usize, Step)> {
        let child = self.nodes[node as usize].children.get(expected)?;
        child.begins(rest).then_some((child.quoted.len(), child.step))
    }

    /// The step of `quoted` (a key with its closing quote) under `node`, and the number of the child for prediction;
    /// `value` is the first byte of its value.
    pub fn step(&mut self, node: u32, expected: usize, quoted: &[u8], value: u8) -> (usize, Step) {
        let parent = &self.nodes[node as usize];
        if parent.children.len() >= INDEXED_FROM {
            if let Some(&child) = parent.index.get(quoted) {
                return (child as usize, parent.children[child as usize].step);
            }
        } else {
            let count = parent.children.len();
            for offset in 0..count {
                let child = (expected + offset) % count;
                if *parent.children[child].quoted == *quoted {
                    return (child, parent.children[child].step);
                }
            }
        }
        self.add_child(node, expected, quoted, value)
    }

    fn add_child(&mut self, node: u32, expected: usize, quoted: &[u8], value: u8) -> (usize, Step) {
        let raw = &quoted[..quoted.len().saturating_sub(1)];
        let digits = raw.iter().filter(|byte| byte.is_ascii_digit()).count();
        let key = text::unescaped(raw);
        let is_full = self.is_full();
        let parent = &self.nodes[node as usize];
        let collapses = is_full
            || parent.children.len() >= MAX_CHILDREN
            || (digits >= 4 && parent.with_digits >= MAX_CHILDREN_WITH_DIGITS)
            || is_content(&key)
            || (matches!(value, b'{' | b'[') && is_person_name(&key));
        if collapses {
            return (expected, Step { node: self.star(node), emits_key: true });
        }
        let path = if is_descriptor(&key, value) && may_be_described(parent) {
            parent.path.clone()
        } else {
            member_path(&parent.path, &key)
        };
        let target = self.add_node(path);
        let step = Step { node: target, emits_key: digits > 0 };
        let parent = &mut self.nodes[node as usize];
        parent.with_digits += u32::from(digits >= 4);
        parent.children.push(Child::new(quoted, step));
        let number = parent.children.len() - 1;
        parent.index.insert(quoted.into(), number as u32);
        (number, step)
    }

    /// The node of the elements of an array at `node`.
    #[inline]
    pub fn element(&mut self, node: u32) -> u32 {
        if let Some(element) = self.nodes[node as usize].element {
            return element;
        }
        let element = self.derived(node, "[]");
        self.nodes[node as usize].element = Some(element);
        element
    }

    /// The node of the document that stands in a string at `node`.
    pub fn embedded(&mut self, node: u32) -> u32 {
        if let Some(embedded) = self.nodes[node as usize].embedded {
            return embedded;
        }
        let embedded = self.derived(node, "{}");
        self.nodes[node as usize].embedded = Some(embedded);
        embedded
    }

    /// The node of the values whose keys are content.
    pub fn star(&mut self, node: u32) -> u32 {
        if let Some(star) = self.nodes[node as usize].star {
            return star;
        }
        let star = if self.is_full() {
            self.overflow()
        } else {
            let path = member_path(&self.nodes[node as usize].path, "*");
            self.add_node(path)
        };
        self.nodes[node as usize].star = Some(star);
        star
    }

    /// The column that holds the keys under `node`.
    pub fn keys_column(&mut self, node: u32) -> u32 {
        if let Some(keys) = self.nodes[node as usize].keys {
            return keys;
        }
        let path = member_path(&self.nodes[node as usize].path, "{key}");
        let column = self.column_named(if self.is_full() { "{key}".to_owned() } else { path });
        self.nodes[node as usize].keys = Some(column);
        column
    }

    /// The column of the values at `node`.
    #[inline(always)]
    pub fn column(&mut self, node: u32) -> u32 {
        match self.nodes[node as usize].column {
            Some(column) => column,
            None => {
                let column = self.column_named(self.nodes[node as usize].path.clone());
                self.nodes[node as usize].column = Some(column);
                column
            }
        }
    }

    fn column_named(&mut self, path: String) -> u32 {
        if let Some(&column) = self.column_of.get(path.as_str()) {
            return column;
        }
        let path: Arc<str> = path.into();
        self.columns.push(Arc::clone(&path));
        let column = (self.columns.len() - 1) as u32;
        self.column_of.insert(path, column);
        column
    }

    fn derived(&mut self, node: u32, suffix: &str) -> u32 {
        if node == self.overflow || self.nodes.len() >= MAX_NODES * 2 {
            return self.overflow();
        }
        let path = format!("{}{suffix}", self.nodes[node as usize].path);
        self.add_node(path)
    }

    fn is_full(&self) -> bool {
        self.columns.len() >= MAX_COLUMNS || self.nodes.len() >= MAX_NODES
    }

    /// The one node of everything beyond the bounds: whatever is under it stays in it.
    fn overflow(&mut self) -> u32 {
        if self.overflow == NONE {
            let node = self.add_node("*".to_owned());
            self.overflow = node;
            let entry = &mut self.nodes[node as usize];
            (entry.element, entry.embedded, entry.star) = (Some(node), Some(node), Some(node));
        }
        self.overflow
    }

    fn add_node(&mut self, path: String) -> u32 {
        self.nodes.push(Node { path, ..Node::default() });
        (self.nodes.len() - 1) as u32
    }
}

/// Whether a key only says of which type its value is, as databases write documents (`{"S": "Okafor"}`, `{"$oid": ..}`): it names no
/// field. `value` is the first byte of the value.
fn is_descriptor(key: &str, value: u8) -> bool {
    match key {
        "S" | "N" | "B" | "string" => value == b'"',
        "M" => value == b'{',
        "L" | "SS" | "NS" | "BS" => value == b'[',
        "BOOL" | "NULL" | "$oid" | "$date" | "$numberLong" | "$numberInt" | "$numberDouble" | "$numberDecimal"
        | "$uuid" | "$symbol" | "VarCharValue" | "stringValue" | "intValue" | "integerValue" | "longValue"
        | "doubleValue" | "booleanValue" | "timestampValue" => value != b'{' || key == "$date",
        _ => false,
    }
}

/// Whether the members of an object may be descriptors of its value: no member seen so far is anything else, and something names
/// the value.
fn may_be_described(node: &Node) -> bool {
    const KINDS: [&[u8]; 4] = [b"\"", b"{", b"[", b"t"];
    let is_descriptor_of = |child: &Child| {
        let key = String::from_utf8_lossy(child.quoted.strip_suffix(b"\"").unwrap_or_default());
        KINDS.iter().any(|kind| is_descriptor(&key, kind[0]))
    };
    !matches!(node.path.as_str(), "" | "[]") && node.children.iter().all(is_descriptor_of)
}

/// The path of the member `key` of an object at `parent`; keys that would be misread are quoted.
pub fn member_path(parent: &str, key: &str) -> String {
    if key.is_empty() || key.contains(['.', '[', ']', '"']) {
        format!("{parent}[\"{}\"]", key.replace('"', "\\\""))
    } else if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_content_collapse() {
        let mut paths = Paths::new();
        for number in 0..1000 {
            let key = format!("123-45-{number:04}\"");
            let (_, step) = paths.step(ROOT, 0, key.as_bytes(), b'{');
            assert!(step.emits_key);
            paths.column(step.node);
        }
        assert_eq!(paths.columns.len(), 1);
        assert_eq!(&*paths.columns[0], "*");
        let keys = paths.keys_column(ROOT);
        assert_eq!(&*paths.columns[keys as usize], "{key}");
    }

    #[test]
    fn the_number_of_paths_is_bounded() {
        let mut paths = Paths::new();
        for outer in 0..250 {
            let (_, outer) = paths.step(ROOT, 0, format!("k{}\"", letters(outer)).as_bytes(), b'1');
            for inner in 0..250 {
                let (_, inner) = paths.step(outer.node, 0, format!("k{}\"", letters(inner)).as_bytes(), b'1');
                paths.column(inner.node);
            }
        }
        assert!(paths.columns.len() < MAX_COLUMNS + 300, "{}", paths.columns.len());
    }

    fn letters(number: u32) -> String {
        format!("{number:08b}").replace('0', "a").replace('1', "b")
    }

    #[test]
    fn a_key_that_tells_a_type_is_no_part_of_the_path() {
        let mut paths = Paths::new();
        let mut path_of = |keys: &[(&str, u8)]| {
            let node = keys
                .iter()
                .fold(ROOT, |node, (key, value)| paths.step(node, 0, format!("{key}\"").as_bytes(), *value).1.node);
            let column = paths.column(node);
            paths.columns[column as usize].to_string()
        };
        assert_eq!(path_of(&[("Item", b'{'), ("surname", b'{'), ("S", b'"')]), "Item.surname");
        assert_eq!(
            path_of(&[("Item", b'{'), ("who", b'{'), ("M", b'{'), ("born", b'{'), ("S", b'"')]),
            "Item.who.born"
        );
        assert_eq!(path_of(&[("seen", b'{'), ("$date", b'{'), ("$numberLong", b'"')]), "seen");
        // Others are names.
        assert_eq!(path_of(&[("S", b'"')]), "S");
        assert_eq!(path_of(&[("shirt", b'{'), ("size", b'"')]), "shirt.size");
        assert_eq!(path_of(&[("shirt", b'{'), ("S", b'"')]), "shirt.S");
        assert_eq!(path_of(&[("sizes", b'{'), ("S", b'1')]), "sizes.S");
    }

    #[test]
    fn odd_keys_are_quoted() {
        assert_eq!(member_path("a", "b.c"), "a[\"b.c\"]");
        assert_eq!(member_path("", ""), "[\"\"]");
        assert_eq!(member_path("a[]", "b"), "a[].b");
    }
}
