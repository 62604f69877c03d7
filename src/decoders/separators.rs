//! Separators that a message of HL7 v2 or an interchange of X12 chooses for itself: it says in its header which they are, and
//! everything behind reads them as the usual ones.
//!
//! A byte stands for a byte, so that places stay what they are. What is written with a usual separator that has no meaning there
//! becomes a blank.

use super::layout::{self, HEADER_BYTES};
use memchr::memchr_iter;

/// What each byte is read as.
pub type Reading = Box<[u8; 256]>;

/// Where in the header of an interchange its separators stand.
const REPETITION: usize = 82;
const COMPONENT: usize = 104;
const TERMINATOR: usize = 105;

/// How a message is to be read; `None` if it is written with `|^~\&`.
pub fn of_message(sample: &[u8]) -> Option<Reading> {
    let header = sample.strip_prefix(&[0x0B]).unwrap_or(sample);
    if !layout::begins_message(header) {
        return None;
    }
    let field = header[3];
    let own = header[4..].iter().take(4).take_while(|byte| **byte != field && byte.is_ascii_punctuation());
    let pairs = std::iter::once((field, b'|')).chain(own.copied().zip(*b"^~\\&"));
    reading(pairs)
}

/// How an interchange is to be read, apart from what ends its segments; `None` if it is written with `*`, `^` and `:`.
pub fn of_interchange(sample: &[u8]) -> Option<Reading> {
    if !layout::is_interchange(sample) {
        return None;
    }
    let header: &[u8; HEADER_BYTES] = sample.trim_ascii_start().first_chunk()?;
    let is_separator = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b' ';
    let repetition = Some(header[REPETITION]).filter(is_separator).map(|byte| (byte, b'^'));
    let component = Some(header[COMPONENT]).filter(is_separator).map(|byte| (byte, b':'));
    let end = Some((header[TERMINATOR], b'~')).filter(|(end, _)| !matches!(end, b'\n' | b'\r'));
    reading(std::iter::once((header[3], b'*')).chain(component).chain(repetition).chain(end))
}

fn reading(pairs: impl Iterator<Item = (u8, u8)>) -> Option<Reading> {
    let mut table: Reading = Box::new(std::array::from_fn(|byte| byte as u8));
    let (mut own, mut usual) = (Vec::new(), Vec::new());
    for (written, read) in pairs.filter(|(written, _)| !matches!(written, b'\r')) {
        if !own.contains(&written) {
            table[usize::from(written)] = read;
            own.push(written);
            usual.push(read);
        }
    }
    for byte in usual.into_iter().filter(|byte| !own.contains(byte)) {
        table[usize::from(byte)] = b' ';
    }
    table.iter().enumerate().any(|(byte, read)| byte as u8 != *read).then_some(table)
}

/// Longest escape of a message that is read.
pub const MAX_ESCAPE: usize = 12;

/// Makes the escapes in the fields of a message blanks: separators that stand for themselves (`\S\`), line ends (`\.br\`), emphasis and
/// bytes.
pub fn blank_escapes(bytes: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'\\', &bytes[from..]).map(|place| from + place) {
        from = at + 1;
        let rest = &bytes[from..];
        let inside =
            rest.iter().take(MAX_ESCAPE - 2).position(|byte| !byte.is_ascii_alphanumeric() && !b".+-".contains(byte));
        let Some(length) = inside.filter(|length| rest[*length] == b'\\') else { continue };
        if matches!(
            &rest[..length],
            [b'F' | b'S' | b'T' | b'R' | b'E' | b'H' | b'N'] | [b'.', _, ..] | [b'X', _, _, ..]
        ) {
            bytes[at..from + length + 1].fill(b' ');
            from += length + 1;
        }
    }
}

/// Whether what ends segments ends lines: a line feed follows mostly, or it is one.
pub fn ends_lines(sample: &[u8], end: u8) -> bool {
    let (mut all, mut before_feed) = (0_usize, 0_usize);
    for at in memchr_iter(end, sample) {
        all += 1;
        let rest = &sample[at + 1..];
        before_feed += usize::from(rest.first() == Some(&b'\n') || rest.starts_with(b"\r\n"));
    }
    end == b'\n' || before_feed * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: Option<Reading>, text: &[u8]) -> Vec<u8> {
        let table = table.expect("other separators");
        text.iter().map(|byte| table[usize::from(*byte)]).collect()
    }

    #[test]
    fn a_message_says_how_it_is_written() {
        assert!(of_message(b"MSH|^~\\&|A\r").is_none() && of_message(b"MSH|^~\\&#|A\r").is_none());
        assert!(of_message(b"text|^~").is_none());
        let text = b"MSH#*~\\&#A\rPID#1##4*5|6";
        assert_eq!(read(of_message(text), text), b"MSH|^~\\&|A\rPID|1||4^5 6");
        let text = b"\x0BMSH$^~\\&$A";
        assert_eq!(read(of_message(text), text), b"\x0BMSH|^~\\&|A");
    }

    #[test]
    fn an_interchange_says_how_it_is_written() {
        let header = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";
        assert!(of_interchange(header.as_bytes()).is_none() && of_interchange(b"ISA*").is_none());
        for (element, repetition, component, end) in [
            ("\t", "^", ":", "~"),
            ("|", "^", ">", "\n"),
            ("^", "U", ":", "\x1d"),
            ("\x1d", "!", ">", "'"),
            ("\n", "^", ":", "\x1c"),
        ] {
            let own = |text: &str| {
                let text = text.replace('^', "\0").replace('*', element).replace('\0', repetition);
                text.replace(':', component).replace('~', end)
            };
            let text = own(&format!("{header}HI*ABK:E119^BF:I10~"));
            let table = of_interchange(text.as_bytes());
            let usual = String::from_utf8(read(table, text.as_bytes())).unwrap();
            assert!(usual.replace('\n', "~").ends_with("*T*:~HI*ABK:E119^BF:I10~") || repetition == "U", "{usual:?}");
            assert!(usual.contains("HI*ABK:E119"), "{usual:?}");
        }
    }

    #[test]
    fn lines_end_where_feeds_follow() {
        assert!(ends_lines(b"a~\nb~\nc~", b'~') && ends_lines(b"a~\r\nb~\r\n", b'~') && ends_lines(b"a\nb", b'\n'));
        assert!(!ends_lines(b"a~b~c~\n", b'~'));
    }
}
