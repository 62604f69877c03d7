//! Labels as printers are told to print them, in ZPL: `^XA^FO50,50^FDOkafor, Ada^FS^XZ`.
//!
//! What is printed is text; the commands around it become blanks, as many as they have bytes, so that places stay what they are and
//! fields stand as far apart as columns do.

use memchr::{memchr, memchr2, memmem};

/// Whether a text has labels in it.
pub fn has_labels(sample: &[u8]) -> bool {
    memmem::find(sample, b"^XA").is_some() && memmem::find(sample, b"^FD").is_some()
}

/// Blanks the commands in lines of labels.
pub fn blank_commands(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(start) = memchr(b'^', &bytes[at..]).map(|place| at + place) {
        let rest = &bytes[start + 1..];
        if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        // What is printed, and what is remarked, stands behind its command; of others nothing is text.
        let end = if matches!(rest, [b'F', b'D' | b'V' | b'X', ..]) {
            start + 3
        } else {
            memchr2(b'^', b'\n', rest).map_or(bytes.len(), |length| start + 1 + length)
        };
        let end = end.min(bytes.len());
        bytes[start..end].fill(b' ');
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_left_where_it_stands() {
        let blanked = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            blank_commands(&mut bytes);
            assert_eq!(bytes.len(), text.len());
            String::from_utf8(bytes).unwrap()
        };
        let label = "^XA^FO50,50^FDOkafor, Ada^FS\n^FO50,90^A0N,30,30^FDDOB: 03/04/1961^FS\n^XZ";
        assert!(has_labels(label.as_bytes()));
        let text = blanked(label);
        assert_eq!(text.find("Okafor, Ada"), label.find("Okafor, Ada"));
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["Okafor,", "Ada", "DOB:", "03/04/1961"]);
        for text in ["2 ^ 3 = 8", "no label", "", "x^"] {
            assert_eq!(blanked(text), text);
            assert!(!has_labels(text.as_bytes()));
        }
    }
}
