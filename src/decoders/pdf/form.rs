//! What a PDF says beside its pages: the fields of a form with their values, and its title.
//!
//! A form is one record: it is about one person as a rule. The path of a field is its name, what it is called for people
//! is its comment.

use super::{streams, strings};
use crate::model::{Batch, Column, ColumnKind, Reason, Records};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Object, ObjectIdentifier, String as PdfString};
use hayro_syntax::xref::XRef;
use std::collections::HashSet;
use std::sync::Arc;

/// Most fields of a form, and most that one is below others.
const MAX_FIELDS: usize = 20_000;
const MAX_DEPTH: usize = 32;
/// Most of all values.
const MAX_BYTES: usize = 4 << 20;

/// The fields of a document.
#[derive(Default)]
pub struct Fields {
    columns: Vec<Column>,
    bytes: usize,
    /// Why there might be more.
    pub lost: Vec<Reason>,
}

impl Fields {
    /// Reads the form and what the document says of itself.
    pub fn read(pdf: &Pdf) -> Self {
        let mut fields = Self::default();
        let metadata = pdf.metadata();
        for (path, text) in
            [("title", &metadata.title), ("subject", &metadata.subject), ("keywords", &metadata.keywords)]
        {
            fields.push(path, &strings::text(text.as_deref().unwrap_or_default()), None);
        }
        let Some(root) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else { return fields };
        if root.get::<Dict<'_>>("Names").is_some_and(|names| names.contains_key("EmbeddedFiles")) {
            fields.lost.push(Reason::UnsupportedFormat);
        }
        if let Some(form) = root.get::<Dict<'_>>("AcroForm") {
            fields.form(pdf.xref(), &form);
        }
        fields
    }

    /// The record of all fields; `None` where there are none.
    pub fn into_batch(self) -> Option<Batch> {
        let columns = self.columns;
        (!columns.is_empty()).then(|| Batch { record_count: 1, columns, ..Batch::default() })
    }

    fn form<'a>(&mut self, xref: &'a XRef, form: &Dict<'a>) {
        let mut seen: HashSet<ObjectIdentifier> = HashSet::new();
        let Some(top) = form.get::<Array<'_>>("Fields") else { return };
        let mut stack = vec![(top.raw_iter(), String::new())];
        let mut count = 0;
        while let Some((items, above)) = stack.last_mut() {
            let Some(item) = items.next() else {
                stack.pop();
                continue;
            };
            let above = above.clone();
            let field = match item {
                MaybeRef::Ref(id) if !seen.insert(id.into()) => continue,
                MaybeRef::Ref(id) => xref.get::<Dict<'_>>(id.into()),
                MaybeRef::NotRef(object) => object.into_dict(),
            };
            let Some(field) = field else { continue };
            count += 1;
            if count > MAX_FIELDS || stack.len() > MAX_DEPTH || self.bytes > MAX_BYTES {
                return self.lost.push(Reason::MemoryLimit);
            }
            let own = field.get::<PdfString<'_>>("T");
            let name = match own.as_ref().map(|own| strings::text(own)) {
                Some(own) if above.is_empty() => own.into_owned(),
                Some(own) => format!("{above}.{own}"),
                None => above,
            };
            self.value(&name, &field);
            if let Some(kids) = field.get::<Array<'_>>("Kids") {
                stack.push((kids.raw_iter(), name));
            }
        }
    }

    fn value(&mut self, name: &str, field: &Dict<'_>) {
        let called = field.get::<PdfString<'_>>("TU");
        let comment: Option<Arc<str>> = called.map(|called| strings::text(&called).into());
        let mut tell = |object: Object<'_>| match object {
            Object::String(text) => self.push(name, &strings::text(&text), comment.clone()),
            // The choice of a button, but that it is off.
            Object::Name(choice) if choice.as_str() != "Off" => self.push(name, choice.as_str(), comment.clone()),
            Object::Stream(stream) => match streams::decoded(&stream) {
                Ok(decoded) => self.push(name, &strings::text(&decoded.bytes), comment.clone()),
                Err(reason) => self.lost.push(reason),
            },
            _ => {}
        };
        match field.get::<Object<'_>>("V") {
            Some(Object::Array(choices)) => choices.iter::<Object<'_>>().take(MAX_FIELDS).for_each(tell),
            Some(value) => tell(value),
            None => {}
        }
    }

    fn push(&mut self, path: &str, text: &str, comment: Option<Arc<str>>) {
        let text = text.trim_matches(|character: char| character.is_whitespace() || character == '\0');
        if text.is_empty() {
            return;
        }
        self.bytes += text.len() + path.len();
        let index = self.columns.iter().position(|column| *column.path == *path).unwrap_or_else(|| {
            let records = Records::Mapped(Vec::new());
            self.columns.push(Column { records, comment, ..Column::new(path, ColumnKind::Text, 0) });
            self.columns.len() - 1
        });
        let column = &mut self.columns[index];
        column.push(text.as_bytes());
        if let Records::Mapped(records) = &mut column.records {
            records.push(0);
        }
    }
}

/// Texts that people attached to a page.
pub fn notes(page: &Dict<'_>, lines: &mut String) {
    for note in page.get::<Array<'_>>("Annots").iter().flat_map(Array::iter::<Dict<'_>>).take(MAX_FIELDS) {
        if let Some(text) = note.get::<PdfString<'_>>("Contents")
            && !text.is_empty()
            && lines.len() < MAX_BYTES
        {
            lines.push('\n');
            lines.push_str(&strings::text(&text));
            lines.push('\n');
        }
    }
}

/// What an XML form (XFA) was filled with.
pub fn filled_in(pdf: &Pdf) -> Result<Option<String>, Reason> {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let Some(form) = root.and_then(|root| root.get::<Dict<'_>>("AcroForm")) else { return Ok(None) };
    let packet = match form.get::<Object<'_>>("XFA") {
        Some(Object::Stream(whole)) => Some(whole),
        Some(Object::Array(packets)) => {
            let mut is_next = false;
            packets.iter::<Object<'_>>().find_map(|item| match item {
                Object::String(name) => {
                    is_next = name.as_bytes() == b"datasets";
                    None
                }
                Object::Stream(stream) if is_next => Some(stream),
                _ => None,
            })
        }
        _ => None,
    };
    packet.map(|packet| Ok(strings::text(&streams::decoded(&packet)?.bytes).replace("><", ">\n<"))).transpose()
}
