//! Texts of a PDF outside its pages: UTF-16, UTF-8, or close to Windows-1252 (ISO 32000-2, 7.9.2.2).

use std::borrow::Cow;

/// A text string as UTF-8.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, rest) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (encoding_rs::UTF_16BE, rest),
        [0xFF, 0xFE, rest @ ..] => (encoding_rs::UTF_16LE, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (encoding_rs::UTF_8, rest),
        _ => (encoding_rs::WINDOWS_1252, bytes),
    };
    encoding.decode_without_bom_handling(rest).0
}
