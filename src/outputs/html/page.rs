//! What all pages share: the head with its content security policy, the base style, escaping, the end.

use crate::outputs::text::harmless;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The style of every page.
const STYLE: &str = include_str!("style.css");
/// What every page says at its end.
pub const FOOTER: &str =
    "Evidence for a risk analysis; it does not judge whether obligations are met. Samples are masked.";

/// A page that needs nothing but itself.
pub struct HtmlPage<'a> {
    /// Its title, as text.
    pub title: &'a str,
    /// Styles besides the one of every page.
    pub styles: &'a [&'a str],
    /// Its scripts.
    pub scripts: &'a [&'a str],
}

impl HtmlPage<'_> {
    /// Writes everything up to the content of the body. Own styles and scripts are allowed by their digests, and nothing
    /// else: no request, no form, no inline handler.
    pub fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        let digests = |texts: &mut dyn Iterator<Item = &str>| -> String {
            let digest = |text: &str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
            texts.map(digest).collect()
        };
        let styles = || std::iter::once(STYLE).chain(self.styles.iter().copied());
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src{}; script-src{}; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{}</title>\n",
            digests(&mut styles()),
            digests(&mut self.scripts.iter().copied()),
            escaped(self.title),
        )?;
        for style in styles() {
            writeln!(out, "<style>{style}</style>")?;
        }
        writeln!(out, "</head>\n<body>")
    }

    /// Writes the scripts and what follows the content.
    pub fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        for script in self.scripts {
            writeln!(out, "<script>{script}</script>")?;
        }
        writeln!(out, "</body>\n</html>")
    }
}

/// Text and nothing else, in an element or in a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_page_ends_its_own_element() {
        assert!(!STYLE.contains("</") && !super::super::SCRIPT.contains("</"));
    }

    #[test]
    fn text_is_only_text() {
        assert_eq!(escaped("<a href=\"x\">&'\u{202e}"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\\u{202e}");
    }
}
