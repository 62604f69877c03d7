//! PDF: the text of its pages as lines, and the fields of its forms.
//!
//! A page is read when its lines are asked for. What a page shows as an image is no text, and told
//! ([`Reason::NoText`]); so is everything else that was not read. The parser is a library that panics on no document known, and
//! is not trusted to: a panic of it is damage.

mod fonts;
mod form;
mod glyph_names;
mod guard;
mod lines;
mod page;
mod streams;
mod strings;

use super::text::TextDecoder;
use super::{Decoder, Limits, Peeked};
use crate::model::{Batch, ByteStream, RandomAccess, ReadError, Reason};
use bytes::Bytes;
use hayro_syntax::object::{Dict, Number};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use memchr::memmem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Largest document that is read: it is held in memory.
pub const MAX_BYTES: usize = 32 << 20;
/// Operators of pages that are followed, for each byte of the document, and at least.
const WORK_PER_BYTE: usize = 100;
const LEAST_WORK: usize = 64 << 20;

/// Reads a document.
pub fn open(content: &dyn RandomAccess, limits: &Limits) -> Result<Box<dyn Decoder>, ReadError> {
    if content.len() > MAX_BYTES as u64 {
        return Err(ReadError::new(Reason::MemoryLimit, format!("a pdf of more than {MAX_BYTES} bytes")));
    }
    let bytes = content.read(0..content.len())?;
    guard::check(&bytes).map_err(|reason| ReadError::new(reason, "a pdf that would expand too much"))?;
    let work = LEAST_WORK.max(bytes.len().saturating_mul(WORK_PER_BYTE));
    let lost = Lost::default();
    let is_cut = is_cut(&bytes);
    let pdf =
        contained(|| Pdf::new(Arc::new(bytes))).and_then(|loaded| loaded.map_err(|error| refusal(error, is_cut)))?;
    if is_cut {
        lost.tell(Reason::Truncated);
    }
    let fields = contained(|| form::Fields::read(&pdf))?;
    fields.lost.iter().for_each(|reason| lost.tell(*reason));
    if contained(|| is_page_missing(&pdf))? {
        lost.tell(Reason::Corrupt);
    }
    let pages = Pages { next: 0, shared: page::Shared::new(work), pdf, lost: lost.clone() };
    let text = TextDecoder::prose(Peeked::new(Box::new(pages)), limits);
    Ok(Box::new(PdfDecoder { fields: fields.into_batch(), text, before: 0, lost }))
}

/// Why the library does not read a document.
fn refusal(error: LoadPdfError, is_cut: bool) -> ReadError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            ReadError::new(Reason::Encrypted, "pdf with a password")
        }
        LoadPdfError::Decryption(_) => ReadError::new(Reason::Encrypted, "pdf encrypted in a way that is not known"),
        LoadPdfError::Invalid if is_cut => ReadError::new(Reason::Truncated, "pdf without an end"),
        LoadPdfError::Invalid => ReadError::new(Reason::Corrupt, "no pages of a pdf found"),
    }
}

/// Whether objects stand behind the last end of the file, or there is none.
fn is_cut(bytes: &[u8]) -> bool {
    let after = memmem::rfind(bytes, b"%%EOF").map(|at| &bytes[at..]);
    after.is_none_or(|after| memmem::find(after, b" obj").is_some())
}

/// Whether the document says that it has more pages than were found.
fn is_page_missing(pdf: &Pdf) -> bool {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let count = root.and_then(|root| root.get::<Dict<'_>>("Pages")?.get::<Number>("Count"));
    count.is_some_and(|count| count.as_f64() > pdf.pages().len() as f64)
}

/// A panic of the library is damage of the document.
fn contained<T>(work: impl FnOnce() -> T) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| ReadError::new(Reason::Corrupt, "the pdf library gave up"))
}

/// What was not read so far, by the reasons' order.
#[derive(Clone, Default)]
struct Lost(Arc<AtomicU64>);

impl Lost {
    fn tell(&self, reason: Reason) {
        self.0.fetch_or(1 << reason as u64, Ordering::Relaxed);
    }

    fn reason(&self) -> Option<Reason> {
        let told = self.0.load(Ordering::Relaxed);
        Reason::most_telling(Reason::ALL.iter().copied().filter(|reason| told & (1 << *reason as u64) != 0))
    }
}

/// The text of a document, page by page.
struct Pages {
    next: usize,
    shared: page::Shared,
    pdf: Pdf,
    lost: Lost,
}

impl Pages {
    /// The text of the next pages that have any.
    fn next_text(&mut self) -> Option<String> {
        while let Some(page) = self.pdf.pages().get(self.next) {
            self.next += 1;
            let mut lines = String::new();
            let read = contained(|| {
                let lost = page::read(page, &mut self.shared, &mut lines);
                form::notes(page.raw(), &mut lines);
                lost
            });
            match read {
                Ok(lost) => lost.into_iter().for_each(|reason| self.lost.tell(reason)),
                Err(error) => self.lost.tell(error.reason),
            }
            if !lines.trim().is_empty() {
                lines.push('\n');
                return Some(lines);
            }
        }
        if self.next > self.pdf.pages().len() {
            return None;
        }
        self.next += 1;
        match contained(|| form::filled_in(&self.pdf)) {
            Ok(Ok(filled)) => filled,
            Ok(Err(reason)) | Err(ReadError { reason, .. }) => {
                self.lost.tell(reason);
                None
            }
        }
    }
}

impl ByteStream for Pages {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        Ok(self.next_text().map(Bytes::from))
    }
}

/// The fields of a document, then its text.
struct PdfDecoder {
    fields: Option<Batch>,
    text: TextDecoder,
    /// Records before the text.
    before: u64,
    lost: Lost,
}

impl Decoder for PdfDecoder {
    fn format(&self) -> &'static str {
        "pdf"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        if let Some(fields) = self.fields.take() {
            *batch = fields;
            self.before = 1;
            return Ok(true);
        }
        let more = self.text.next_batch(batch)?;
        batch.first_record += self.before;
        Ok(more)
    }

    fn shortfall(&self) -> Option<Reason> {
        self.lost.reason()
    }

    fn table(&self) -> u32 {
        u32::from(self.fields.is_none() && self.before == 0)
    }
}

#[cfg(test)]
mod tests;
