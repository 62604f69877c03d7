//! What a record is in text without fields, decided once from its first 64 KiB.
//!
//! A log's event, and a line of line data (a list, fixed-width records, statements), says what it says alone: each is a
//! record, and unrelated lines are never read together. In notes and prose the name stands in one line and the
//! diagnosis in another: there a record is a block of whole paragraphs. The choice depends on the content alone.

use super::items::{self, Opening};
use std::collections::HashMap;

/// How lines make records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Log events: a line each, and lines that begin with whitespace (a stack trace) belong to the event before them.
    Events,
    /// Line data: each line is a record.
    EachLine,
    /// Prose and notes: blocks of paragraphs.
    Blocks,
    /// Messages of HL7 v2, each of which begins with its header segment.
    Messages,
    /// A list of persons, each of whose items begins alike.
    Items(Opening),
    /// An interchange of X12, a segment in each line: the loop of a subscriber, a patient or a claim is a record.
    Interchange,
}

/// Lines that must be there before uniform lines are taken for line data: fewer may be alike by chance.
const LEAST_LINES: usize = 5;

/// Whether a line is the header segment of an HL7 v2 message, file or batch; 0x0B begins a message of its transport.
pub fn begins_message(line: &[u8]) -> bool {
    let line = line.strip_prefix(&[0x0B]).unwrap_or(line);
    let is_separator = |at: usize| line.get(at).is_some_and(|byte| byte.is_ascii_punctuation());
    [&b"MSH"[..], b"FHS", b"BHS"].iter().any(|segment| line.starts_with(segment))
        && is_separator(3)
        && is_separator(4)
        && is_separator(5)
}

/// Length of the header of an X12 interchange.
pub const HEADER_BYTES: usize = 106;

/// Whether content begins with the header of an X12 interchange: 106 bytes with 16 separators at fixed places.
pub fn is_interchange(sample: &[u8]) -> bool {
    let Some(header) = sample.trim_ascii_start().first_chunk::<HEADER_BYTES>() else { return false };
    let separator = header[3];
    header.starts_with(b"ISA")
        && separator.is_ascii()
        && !separator.is_ascii_alphanumeric()
        && separator != b' '
        && header[103] == separator
        && header.iter().filter(|byte| **byte == separator).count() == 16
}

/// The byte that ends the segments of an X12 interchange, where content begins with one.
pub fn segment_end(sample: &[u8]) -> Option<u8> {
    is_interchange(sample).then(|| sample.trim_ascii_start()[105])
}

/// Whether a segment begins a transaction, a member, a claim of a remittance, or the loop of a subscriber or patient.
pub fn begins_loop(segment: &[u8]) -> bool {
    let length = segment.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    matches!(&segment[..length], b"ISA" | b"ST" | b"HL" | b"INS" | b"CLP")
}

/// Decides from the first bytes of a text; a last line that the sample cuts must not be in it.
pub fn decide(sample: &[u8]) -> Layout {
    if begins_message(sample) {
        return Layout::Messages;
    }
    if is_interchange(sample) {
        return Layout::Interchange;
    }
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let filled: Vec<&[u8]> = lines.iter().copied().filter(|line| !line.is_empty()).collect();
    if is_log(&filled) {
        return Layout::Events;
    }
    if let Some(opening) = items::find(&lines) {
        return Layout::Items(opening);
    }
    let blank = lines.len().saturating_sub(1).saturating_sub(filled.len());
    if filled.len() >= LEAST_LINES && blank * 20 <= filled.len() && is_line_data(&filled) {
        return Layout::EachLine;
    }
    Layout::Blocks
}

/// Whether at least 60% of the lines (but for indented ones) begin like a log event, and at least two do.
pub fn is_log(lines: &[&[u8]]) -> bool {
    let unindented = lines.iter().filter(|line| !line.first().is_some_and(u8::is_ascii_whitespace));
    let (mut all, mut events) = (0_usize, 0_usize);
    for line in unindented.filter(|line| !line.is_empty()) {
        all += 1;
        events += usize::from(begins_event(line));
    }
    events >= 2 && events * 10 >= all * 6
}

/// Whether a line begins with a timestamp, a syslog priority, a level, the address of an access log or `key=value`.
pub fn begins_event(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"[").unwrap_or(line);
    let line = skip_priority(line);
    has_shape(line, b"9999-99-99?99:99")
        || has_shape(line, b"9999/99/99?99:99")
        || has_shape(line, b"99/aaa/9999:99:99")
        || has_shape(line, b"aaa 99 99:99:99")
        || has_shape(line, b"aaa  9 99:99:99")
        || has_shape(line, b"99:99:99")
        || has_shape(line, b"A9999 99:99:99")
        || has_shape(line, b"99999999 99:99:99")
        || is_epoch(line)
        || is_level(line)
        || is_access_log(line)
        || is_key_value(line)
}

/// `9` is a digit, `a` a letter, `A` a capital letter, `?` any byte, the rest stands for itself.
fn has_shape(line: &[u8], shape: &[u8]) -> bool {
    line.len() >= shape.len()
        && line.iter().zip(shape).all(|(byte, wanted)| match wanted {
            b'9' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_alphabetic(),
            b'A' => byte.is_ascii_uppercase(),
            b'?' => true,
            other => byte == other,
        })
}

/// `<34>` or `<34>1 ` of RFC 3164 and RFC 5424.
fn skip_priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    match rest.iter().take(4).position(|byte| *byte == b'>') {
        Some(end) if end > 0 && rest[..end].iter().all(u8::is_ascii_digit) => {
            let rest = &rest[end + 1..];
            rest.strip_prefix(b"1 ").unwrap_or(rest)
        }
        _ => line,
    }
}

/// Ten digits of seconds with a fraction, or thirteen of milliseconds, then a space.
fn is_epoch(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let next = line.get(digits).copied();
    line.first() == Some(&b'1') && ((digits == 10 && next == Some(b'.')) || (digits == 13 && next == Some(b' ')))
}

fn is_level(line: &[u8]) -> bool {
    const LEVELS: [&[u8]; 10] =
        [b"TRACE", b"DEBUG", b"INFO", b"NOTICE", b"WARN", b"WARNING", b"ERROR", b"FATAL", b"CRITICAL", b"SEVERE"];
    let letters = line.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    matches!(line.get(letters), Some(b' ' | b':' | b']' | b'|' | b'\t'))
        && LEVELS.iter().any(|level| line[..letters].eq_ignore_ascii_case(level))
        // "Info: call the ward" is a note: a level in mixed case must be closed by a bracket.
        && (line[..letters].iter().all(u8::is_ascii_uppercase) || line.get(letters) == Some(&b']'))
}

/// `192.0.2.1 - `, `host 192.0.2.1 - `, `2001:db8::1 - `.
fn is_access_log(line: &[u8]) -> bool {
    let address = line.iter().take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')).count();
    address >= 7
        && line[..address].iter().filter(|byte| matches!(byte, b'.' | b':')).count() >= 2
        && line.get(address) == Some(&b' ')
}

fn is_key_value(line: &[u8]) -> bool {
    let key = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
    line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') && line.get(key) == Some(&b'=')
}

/// Whether the lines are alike in one of the ways of line data.
fn is_line_data(lines: &[&[u8]]) -> bool {
    let most = |part: usize, tenths: usize| part * 10 >= lines.len() * tenths;
    let single = lines.iter().filter(|line| !line.trim_ascii().iter().any(u8::is_ascii_whitespace)).count();
    if most(single, 9) {
        return true;
    }
    let (length, count) = mode(lines.iter().map(|line| line.len()));
    if length >= 16 && most(count, 9) {
        return true;
    }
    for (delimiter, least) in [(b'\t', 1), (b'|', 1), (b';', 2), (b',', 2)] {
        let (delimiters, count) = mode(lines.iter().map(|line| memchr::memchr_iter(delimiter, line).count()));
        if delimiters >= least && most(count, 9) {
            return true;
        }
    }
    let first = |line: &&[u8]| line.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_vec();
    let (word, count) = mode(lines.iter().map(first));
    // A hyphen or a star before each line is a list in a note.
    if word.iter().any(u8::is_ascii_alphanumeric) && most(count, 8) {
        return true;
    }
    let (shape, count) = mode(lines.iter().map(|line| shape_of(&first(line))));
    // "1." to "9." number the paragraphs of a note.
    shape.len() >= 2 && shape.contains(&b'9') && shape != b"9." && shape != b"9)" && most(count, 8)
}

/// Runs of digits become `9`, runs of letters `a`.
fn shape_of(word: &[u8]) -> Vec<u8> {
    let mut shape: Vec<u8> = word
        .iter()
        .take(32)
        .map(|byte| match byte {
            b'0'..=b'9' => b'9',
            b'a'..=b'z' | b'A'..=b'Z' => b'a',
            other => *other,
        })
        .collect();
    shape.dedup();
    shape
}

/// The most frequent value (the smallest of them, so that the order of a hash map decides nothing) and its count.
fn mode<T: std::hash::Hash + Ord + Default>(values: impl Iterator<Item = T>) -> (T, usize) {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by(|left, right| left.1.cmp(&right.1).then_with(|| right.0.cmp(&left.0))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_events() {
        for log in [
            "2024-01-02T03:04:05Z started\n2024-01-02T03:04:06Z failed\n  at line 5\n",
            "[2024-01-02 03:04:05,123] INFO a\n[2024-01-02 03:04:06,001] INFO b\n",
            "<34>1 2024-01-02T03:04:05Z h a - - -\n<34>Jan  2 03:04:05 h su: x\n",
            "192.0.2.7 - - [02/Jan/2024:03:04:05 +0000] \"GET /\" 200 1\n192.0.2.8 - - [02/Jan/2024:03:04:05 +0000] \"GET /\"\n",
            "level=info msg=a\nlevel=warn msg=b\n",
            "INFO: up\nERROR: down\n",
            "Jan  2 03:04:05 host sshd[1]: x\nJan 12 03:04:05 host sshd[1]: x\n",
        ] {
            assert_eq!(decide(log.as_bytes()), Layout::Events, "{log}");
        }
    }

    #[test]
    fn messages_and_interchanges_are_known() {
        assert_eq!(decide(b"MSH|^~\\&|A|B\nPID|1\n"), Layout::Messages);
        assert_eq!(decide(b"\x0BMSH|^~\\&|A|B\n"), Layout::Messages);
        assert!(!begins_message(b"MSH stands for message header"));
        let header = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~GS*HC~";
        assert!(is_interchange(header.as_bytes()));
        assert!(!is_interchange(header.replace('*', " ").as_bytes()));
        assert!(["\t", "|", "\x1d"].iter().all(|other| is_interchange(header.replace('*', other).as_bytes())));
    }

    #[test]
    fn lists_and_statements_are_lines() {
        let list: String = (0..20).map(|i| format!("{}\n", 1000 + i * 7)).collect();
        assert_eq!(decide(list.as_bytes()), Layout::EachLine);
        let statements: String =
            (0..9).map(|i| format!("INSERT INTO t VALUES ({i}, 'a b', {});\n", i * i * 40)).collect();
        assert_eq!(decide(statements.as_bytes()), Layout::EachLine);
        let fixed: String = (0..9).map(|i| format!("N{i:05}JOHN      DOE       19800101\n")).collect();
        assert_eq!(decide(fixed.as_bytes()), Layout::EachLine);
    }

    #[test]
    fn notes_are_blocks() {
        let note = "Patient: Jane Doe\nMRN: 12345\n\nSeen today for follow-up. She reports that the pain is gone,\n\
                    and that she sleeps well.\n\nAssessment: improving\nPlan: return in two weeks\n";
        assert_eq!(decide(note.as_bytes()), Layout::Blocks);
        assert_eq!(decide(b"one line"), Layout::Blocks);
        let letter = "Dear colleague,\nthank you for the referral of this patient,\nwho came to us in May.\nShe is well\n\
                      and went home the next morning.\nBest regards\n";
        assert_eq!(decide(letter.as_bytes()), Layout::Blocks);
    }
}
