//! Values as statements write them: where one ends, and what it says.
//!
//! Texts in quotes of any dialect, numbers, NULL, hexadecimal bytes, and expressions, of which the texts in them count.
//! Nothing here knows tables or batches, and nothing is copied before a value is taken into its column.

use memchr::{memchr, memchr2, memmem};
use std::ops::Range;
use wide::u8x16;

/// Most values of a row: what holds them must not grow with a line of commas.
pub const MAX_VALUES: usize = 65_536;
/// Deepest parentheses of an expression.
const MAX_DEPTH: usize = 64;

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It does not end in these bytes, and more follow.
    More,
    /// It is not what it was taken for.
    Not,
}

/// The bytes that are read, and how texts are written in them.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The window.
    pub bytes: &'a [u8],
    /// Whether nothing follows the bytes.
    pub at_end: bool,
    /// Whether a backslash escapes in an ordinary text, as MySQL has it.
    pub backslash: bool,
}

/// How the bytes of a value are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// As they stand.
    Plain,
    /// Its quote is doubled in it.
    Doubled,
    /// Backslashes escape in it.
    Escaped,
    /// Backslashes escape in it as in C: `E'caf\u00e9'`.
    EscapedAsInC,
    /// Backslashes escape in it as COPY has it.
    EscapedForCopy,
    /// Two digits a byte.
    Hexadecimal,
    /// A call, a cast, a sum: its texts count.
    Expression,
}

/// One value, quotes excluded.
#[derive(Debug, Clone, Copy)]
pub struct Value {
    start: u32,
    end: u32,
    written: Written,
}

impl Value {
    fn new(range: Range<usize>, written: Written) -> Self {
        Self { start: range.start as u32, end: range.end as u32, written }
    }

    /// Whether there is nothing in it: NULL, or no text.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Where it stands, if nothing in it is escaped.
    #[inline(always)]
    pub fn plain(&self) -> Option<Range<usize>> {
        (self.written == Written::Plain).then_some(self.start as usize..self.end as usize)
    }

    /// Appends what it says.
    pub fn append_to(&self, source: &Source, text: &mut Vec<u8>) {
        let raw = &source.bytes[self.start as usize..self.end as usize];
        if self.written == Written::Plain {
            text.extend_from_slice(raw);
        } else {
            self.append_written(raw, source, text);
        }
    }

    fn append_written(&self, raw: &[u8], source: &Source, text: &mut Vec<u8>) {
        match self.written {
            Written::Expression => return append_expression(raw, source, text),
            Written::Hexadecimal => return append_hexadecimal(raw, text),
            _ => {}
        }
        let start = text.len();
        text.extend_from_slice(raw);
        let quote = source.bytes.get(self.end as usize).copied().unwrap_or(b'\'');
        let length = unescape(&mut text[start..], quote, self.written);
        text.truncate(start + length);
    }
}

/// Whether a byte is part of a word of SQL.
pub fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// Where the comment ends that begins at `at`, line end excluded; `None` where none begins.
pub fn comment_end(source: &Source, at: usize) -> Result<Option<usize>, Stop> {
    let rest = &source.bytes[at..];
    let to_line_end = || match memchr(b'\n', rest) {
        Some(length) => Ok(Some(at + length)),
        None if source.at_end => Ok(Some(source.bytes.len())),
        None => Err(Stop::More),
    };
    match rest {
        [b'-', b'-', ..] | [b'#', b' ' | b'-' | b'#' | b'\n' | b'\r', ..] => to_line_end(),
        [b'/', b'*', ..] => match memmem::find(&rest[2..], b"*/") {
            Some(length) => Ok(Some(at + 2 + length + 2)),
            None if source.at_end => Err(Stop::Not),
            None => Err(Stop::More),
        },
        [b'-' | b'/' | b'#'] if !source.at_end => Err(Stop::More),
        _ => Ok(None),
    }
}

/// Skips blanks and comments, which are noted.
pub fn skip_blanks(source: &Source, mut at: usize, comments: &mut Vec<Range<usize>>) -> Result<usize, Stop> {
    loop {
        match source.bytes.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(b'-' | b'/' | b'#') => match comment_end(source, at)? {
                Some(end) => {
                    comments.push(at..end);
                    at = end;
                }
                None => return Ok(at),
            },
            None if !source.at_end => return Err(Stop::More),
            _ => return Ok(at),
        }
    }
}

/// The first of two bytes. Most texts are short: 32 bytes are looked at without a call.
#[inline(always)]
fn find_either(bytes: &[u8], one: u8, other: u8) -> Option<usize> {
    const LANE: usize = 16;
    for lane in 0..2 {
        let Some(part) = bytes.get(lane * LANE..).and_then(|rest| rest.first_chunk::<LANE>()) else { break };
        let part = u8x16::new(*part);
        let mask = (part.simd_eq(u8x16::splat(one)) | part.simd_eq(u8x16::splat(other))).to_bitmask();
        if mask != 0 {
            return Some(lane * LANE + mask.trailing_zeros() as usize);
        }
    }
    memchr2(one, other, bytes)
}

/// Where the text ends whose first byte behind its quote is at `at`, and whether anything in it is escaped.
fn text_end(source: &Source, mut at: usize, quote: u8, backslash: bool) -> Result<(usize, bool), Stop> {
    let stop = if source.at_end { Stop::Not } else { Stop::More };
    let mut escaped = false;
    loop {
        let rest = source.bytes.get(at..).ok_or(stop)?;
        at += find_either(rest, quote, if backslash { b'\\' } else { quote }).ok_or(stop)?;
        if source.bytes[at] != quote {
            escaped = true;
            at += 2;
            continue;
        }
        match source.bytes.get(at + 1) {
            Some(next) if *next == quote => {
                escaped = true;
                at += 2;
            }
            None if !source.at_end => return Err(Stop::More),
            _ => return Ok((at, escaped)),
        }
    }
}

/// Reads the text that begins at `at`: with its prefix (`N'..'`, `E'..'`, `X'..'`, `q'[..]'`), between quotes or dollars. Returns it
/// and what follows it.
fn read_text(source: &Source, at: usize) -> Result<(Value, usize), Stop> {
    let bytes = source.bytes;
    let first = *bytes.get(at).ok_or(if source.at_end { Stop::Not } else { Stop::More })?;
    let (prefix, quote_at) = match first {
        b'\'' | b'"' => (0, at),
        b'$' => return read_dollars(source, at),
        _ => (first.to_ascii_lowercase(), at + 1),
    };
    let quote = *bytes.get(quote_at).ok_or(Stop::Not)?;
    if !matches!(quote, b'\'' | b'"') || (prefix != 0 && quote == b'"') {
        return Err(Stop::Not);
    }
    if prefix == b'q' {
        let open = *bytes.get(quote_at + 1).ok_or(Stop::Not)?;
        let close = match open {
            b'[' => b']',
            b'(' => b')',
            b'{' => b'}',
            b'<' => b'>',
            other => other,
        };
        let start = quote_at + 2;
        let stop = if source.at_end { Stop::Not } else { Stop::More };
        let length = memmem::find(bytes.get(start..).ok_or(stop)?, &[close, b'\'']).ok_or(stop)?;
        return Ok((Value::new(start..start + length, Written::Plain), start + length + 2));
    }
    let as_in_c = prefix == b'e';
    let backslash = as_in_c || (source.backslash && prefix != b'x');
    let (end, escaped) = text_end(source, quote_at + 1, quote, backslash)?;
    let written = match (prefix, escaped) {
        (b'x', _) => Written::Hexadecimal,
        (_, false) => Written::Plain,
        (b'e', true) => Written::EscapedAsInC,
        _ if backslash => Written::Escaped,
        _ => Written::Doubled,
    };
    Ok((Value::new(quote_at + 1..end, written), end + 1))
}

/// Reads `$$..$$` or `$tag$..$tag$`.
fn read_dollars(source: &Source, at: usize) -> Result<(Value, usize), Stop> {
    let stop = if source.at_end { Stop::Not } else { Stop::More };
    let word = source.bytes[at + 1..].iter().take_while(|byte| **byte != b'$' && is_word_byte(**byte)).count();
    let start = at + 1 + word + 1;
    match source.bytes.get(start - 1) {
        Some(b'$') => {}
        Some(_) => return Err(Stop::Not),
        None => return Err(stop),
    }
    let length = memmem::find(&source.bytes[start..], &source.bytes[at..start]).ok_or(stop)?;
    Ok((Value::new(start..start + length, Written::Plain), start + length + start - at))
}

/// Whether a text begins at `at`, with a prefix of one letter or without.
fn begins_text(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'\'' | b'"' => true,
        b'$' => bytes.get(at + 1).is_some_and(|byte| *byte == b'$' || byte.is_ascii_alphabetic()),
        b'n' | b'N' | b'e' | b'E' | b'x' | b'X' | b'b' | b'B' | b'q' | b'Q' => bytes.get(at + 1) == Some(&b'\''),
        _ => false,
    }
}

/// Where a value ends that is a text without escapes, or digits, and has a comma or a parenthesis behind it at once: most are so.
#[inline(always)]
fn simple_end(bytes: &[u8], at: usize, escape: u8) -> Option<usize> {
    let end = match bytes.get(at)? {
        b'\'' => {
            let close = at + 1 + find_either(&bytes[at + 1..], b'\'', escape)?;
            if bytes[close] != b'\'' {
                return None;
            }
            close + 1
        }
        b'0'..=b'9' => at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => return None,
    };
    matches!(bytes.get(end), Some(b',' | b')')).then_some(end)
}

/// Reads the row whose parenthesis opens before `at` into `values`; returns what follows the one that closes it.
pub fn read_row(
    source: &Source,
    mut at: usize,
    values: &mut Vec<Value>,
    comments: &mut Vec<Range<usize>>,
) -> Result<usize, Stop> {
    values.clear();
    let escape = if source.backslash { b'\\' } else { b'\'' };
    loop {
        if let Some(end) = simple_end(source.bytes, at, escape) {
            let is_text = source.bytes[at] == b'\'';
            values.push(Value::new(at + usize::from(is_text)..end - usize::from(is_text), Written::Plain));
            at = end + 1;
            if source.bytes[end] == b')' {
                return Ok(at);
            }
            if values.len() == MAX_VALUES {
                return Err(Stop::Not);
            }
            continue;
        }
        at = skip_blanks(source, at, comments)?;
        let stop = if source.at_end { Stop::Not } else { Stop::More };
        let first = *source.bytes.get(at).ok_or(stop)?;
        if first == b')' && values.is_empty() {
            return Ok(at + 1);
        }
        let start = at;
        let mut value = None;
        if first == b'\'' || begins_text(source.bytes, at) {
            let (text, after) = read_text(source, at)?;
            at = after;
            // Mostly nothing stands between a text and the comma behind it.
            if !matches!(source.bytes.get(at), Some(b',' | b')')) {
                at = skip_blanks(source, at, comments)?;
            }
            value = Some(text);
        }
        if value.is_none() || !matches!(source.bytes.get(at), Some(b',' | b')')) {
            let (last, end, written) = expression_end(source, at, comments)?;
            let raw = &source.bytes[start..last];
            let range = start..last;
            value = Some(match written {
                _ if value.is_some() => Value::new(range, Written::Expression),
                Written::Plain if is_nothing(&source.bytes[range.clone()]) => Value::new(start..start, Written::Plain),
                Written::Plain if raw.starts_with(b"0x") || raw.starts_with(b"0X") => {
                    Value::new(start + 2..range.end, Written::Hexadecimal)
                }
                written => Value::new(range, written),
            });
            at = end;
        }
        if values.len() == MAX_VALUES {
            return Err(Stop::Not);
        }
        values.extend(value);
        at += 1;
        if source.bytes[at - 1] == b')' {
            return Ok(at);
        }
    }
}

fn is_nothing(raw: &[u8]) -> bool {
    (raw.len() == 4 && raw.eq_ignore_ascii_case(b"null")) || (raw.len() == 7 && raw.eq_ignore_ascii_case(b"default"))
}

/// Where the value ends that goes on at `at`, without and with blanks and comments behind it: before a comma or a parenthesis.
/// Plain where it has no texts and no parts.
fn expression_end(
    source: &Source,
    mut at: usize,
    comments: &mut Vec<Range<usize>>,
) -> Result<(usize, usize, Written), Stop> {
    let stop = if source.at_end { Stop::Not } else { Stop::More };
    let (mut depth, mut written, mut in_word, mut last) = (0, Written::Plain, false, at);
    loop {
        let byte = *source.bytes.get(at).ok_or(stop)?;
        match byte {
            b',' | b')' if depth == 0 => return Ok((last, at, written)),
            b'(' if depth < MAX_DEPTH => {
                depth += 1;
                written = Written::Expression;
            }
            b')' => depth -= 1,
            b'(' | b';' => return Err(Stop::Not),
            b'-' | b'/' => {
                if let Some(end) = comment_end(source, at)? {
                    comments.push(at..end);
                    at = end;
                    continue;
                }
            }
            _ if (!in_word || matches!(byte, b'\'' | b'"')) && begins_text(source.bytes, at) => {
                written = Written::Expression;
                at = read_text(source, at)?.1;
                (last, in_word) = (at, false);
                continue;
            }
            _ => {}
        }
        in_word = is_word_byte(byte);
        at += 1;
        if !byte.is_ascii_whitespace() {
            last = at;
        }
    }
}

/// Appends the texts of an expression. Those of a sum (`||`, `+`, `concat`) follow one another at once; of a conversion the first one
/// alone counts, because what follows it is a format. An expression without texts is appended as it stands.
fn append_expression(raw: &[u8], source: &Source, text: &mut Vec<u8>) {
    let inner = Source { bytes: raw, at_end: true, backslash: source.backslash };
    let (mut at, mut word, mut depth, mut found) = (0, 0..0, 0_usize, false);
    // The depth at which a conversion was called, and whether its text was met.
    let (mut conversion, mut converted, mut is_sum) = (None, false, true);
    while at < raw.len() {
        let starts_word = at == 0 || !is_word_byte(raw[at - 1]);
        if (starts_word || matches!(raw[at], b'\'' | b'"'))
            && begins_text(raw, at)
            && let Ok((value, after)) = read_text(&inner, at)
        {
            if !(conversion.is_some() && std::mem::replace(&mut converted, true)) {
                if found && !is_sum {
                    text.push(b' ');
                }
                value.append_to(&inner, text);
                found = true;
            }
            at = after;
            continue;
        }
        match raw[at] {
            b'(' => {
                depth += 1;
                let name = &raw[word.clone()];
                if conversion.is_none() && is_conversion(name) {
                    (conversion, converted) = (Some(depth), false);
                }
                is_sum = name.is_empty() || name.eq_ignore_ascii_case(b"concat");
            }
            b')' => {
                if conversion == Some(depth) {
                    conversion = None;
                }
                depth = depth.saturating_sub(1);
                is_sum = true;
            }
            _ => {}
        }
        if is_word_byte(raw[at]) {
            let start = if starts_word { at } else { word.start };
            word = start..at + 1;
        } else if raw[at] != b' ' {
            word = 0..0;
        }
        at += 1;
    }
    if !found {
        text.extend_from_slice(raw);
    }
}

/// Whether a function of this name makes a value of another kind from a text.
fn is_conversion(name: &[u8]) -> bool {
    let begins = |word: &[u8]| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    [&b"to_"[..], b"str_to", b"cast", b"convert", b"try_", b"date", b"time", b"parse", b"strptime"]
        .iter()
        .any(|word| begins(word))
}

/// Appends bytes that are written in hexadecimal where they are text, else the digits.
fn append_hexadecimal(digits: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    let value = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, odd) = digits.as_chunks::<2>();
    let mut is_text = odd.is_empty();
    for [high, low] in pairs {
        let byte = value(*high).zip(value(*low)).map_or(0, |(high, low)| (high * 16 + low) as u8);
        if byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') {
            is_text = false;
            break;
        }
        text.push(byte);
    }
    if !is_text || std::str::from_utf8(&text[start..]).is_err() {
        text.truncate(start);
        text.extend_from_slice(digits);
    }
}

/// Undoes escapes in place. Returns how much is left.
fn unescape(text: &mut [u8], quote: u8, written: Written) -> usize {
    let (mut from, mut length) = (0, 0);
    loop {
        let found = match written {
            Written::Doubled => memchr(quote, &text[from..]),
            Written::EscapedForCopy => memchr(b'\\', &text[from..]),
            _ => memchr2(quote, b'\\', &text[from..]),
        };
        let end = found.map_or(text.len(), |found| from + found);
        text.copy_within(from..end, length);
        length += end - from;
        if found.is_none() {
            return length;
        }
        // A quote is doubled, or was escaped before.
        from = end + 1;
        let (byte, taken) = if text[end] == quote && written != Written::EscapedForCopy {
            (quote, usize::from(text.get(from) == Some(&quote)))
        } else {
            escaped_byte(&text[from..], written)
        };
        from += taken;
        if taken > 4 {
            // `\u00e9`: the character takes fewer bytes than its escape.
            let digits = &text[end + 2..from];
            let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let mut buffer = [0; 4];
            let character = code.and_then(char::from_u32).unwrap_or(' ').encode_utf8(&mut buffer).as_bytes();
            text[length..length + character.len()].copy_from_slice(character);
            length += character.len();
        } else {
            text[length] = byte;
            length += 1;
        }
    }
}

/// The byte that an escape stands for, and how many bytes behind the backslash it takes; more than four for a code point.
fn escaped_byte(rest: &[u8], written: Written) -> (u8, usize) {
    let Some(&first) = rest.first() else { return (b'\\', 0) };
    let digits = |from: usize, most: usize, radix: u32| {
        let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
        rest[from.min(rest.len())..].iter().take(most).take_while(is_digit).count()
    };
    let number = |range: Range<usize>, radix: u32| {
        let value = |number: u32, byte: &u8| number * radix + char::from(*byte).to_digit(radix).unwrap_or(0);
        rest[range].iter().fold(0, value) as u8
    };
    let is_long = written != Written::Escaped;
    match first {
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'b' | b'f' | b'Z' => (b' ', 1),
        b'v' if is_long => (b' ', 1),
        b'0' if !is_long => (b' ', 1),
        b'x' if is_long && digits(1, 2, 16) > 0 => {
            let count = digits(1, 2, 16);
            (number(1..1 + count, 16), 1 + count)
        }
        b'0'..=b'7' if is_long => {
            let count = digits(0, 3, 8);
            (number(0..count, 8), count)
        }
        b'u' if written == Written::EscapedAsInC && digits(1, 4, 16) == 4 => (0, 5),
        b'U' if written == Written::EscapedAsInC && digits(1, 8, 16) == 8 => (0, 9),
        other => (other, 1),
    }
}

/// Reads a line of COPY, line end excluded, into `values`. Returns `false` where it has more than any row may.
pub fn read_copied(bytes: &[u8], range: Range<usize>, values: &mut Vec<Value>) -> bool {
    values.clear();
    let mut start = range.start;
    let has_escapes = memchr(b'\\', &bytes[range.clone()]).is_some();
    loop {
        // The line feed behind the line ends the search.
        let found = find_either(&bytes[start..], b'\t', b'\n').map(|length| start + length);
        let tab = found.filter(|at| *at < range.end);
        let end = tab.unwrap_or(range.end);
        let cell = &bytes[start..end];
        let (is_null, is_escaped) = (cell == b"\\N", has_escapes && memchr(b'\\', cell).is_some());
        let written = if is_escaped { Written::EscapedForCopy } else { Written::Plain };
        values.push(Value::new(if is_null { start..start } else { start..end }, written));
        if tab.is_none() {
            return true;
        }
        if values.len() == MAX_VALUES {
            return false;
        }
        start = end + 1;
    }
}

/// Finds the end of a row that is too large to be held, however it comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct RowEnd {
    quote: Option<u8>,
    depth: usize,
    is_escaped: bool,
}

impl RowEnd {
    /// Where the row ends in the next bytes of it, behind its parenthesis.
    pub fn find(&mut self, bytes: &[u8], backslash: bool) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if std::mem::take(&mut self.is_escaped) {
                at += 1;
                continue;
            }
            if let Some(quote) = self.quote {
                let rest = &bytes[at..];
                let found = if backslash { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
                at += found?;
                self.is_escaped = bytes[at] != quote;
                // A doubled quote closes and opens.
                self.quote = self.quote.filter(|_| self.is_escaped);
                at += 1;
                continue;
            }
            match bytes[at] {
                quote @ (b'\'' | b'"') => self.quote = Some(quote),
                b'(' => self.depth += 1,
                b')' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, backslash: bool) -> Option<Vec<String>> {
        let source = Source { bytes: text.as_bytes(), at_end: true, backslash };
        let (mut values, mut comments) = (Vec::new(), Vec::new());
        let end = read_row(&source, 1, &mut values, &mut comments).ok()?;
        assert!(text[end..].is_empty() || text.contains("!"), "{}", &text[end..]);
        let said = |value: &Value| {
            let mut text = Vec::new();
            if !value.is_empty() {
                value.append_to(&source, &mut text);
            }
            String::from_utf8(text).unwrap()
        };
        Some(values.iter().map(said).collect())
    }

    #[test]
    fn values_say_what_their_dialect_writes() {
        for (text, backslash, wanted) in [
            ("(1,'a''b',NULL, -2.5 ,default,TRUE)", false, vec!["1", "a'b", "", "-2.5", "", "TRUE"]),
            (r#"(1,'a\'b\\','x\ny',"q\"r")"#, true, vec!["1", "a'b\\", "x\ny", "q\"r"]),
            (r"('C:\dir\','x')", false, vec![r"C:\dir\", "x"]),
            (r"(N'O''Brien',E'caf\u00e9\t\x41\101')", false, vec!["O'Brien", "caf\u{e9}\tAA"]),
            ("(X'4a616e65',0x4A616E65,0xFF00,x'4')", false, vec!["Jane", "Jane", "FF00", "4"]),
            ("(to_date('1980-01-02','YYYY-MM-DD'), CAST('4471920' AS text))", false, vec!["1980-01-02", "4471920"]),
            (
                "(CAST(N'1980-01-02T00:00:00.000' AS DateTime),CONVERT(date,'x',101))",
                false,
                vec!["1980-01-02T00:00:00.000", "x"],
            ),
            (
                "('1980-01-02'::date, DATE '1980-01-02', _utf8mb4 'Jane' )",
                false,
                vec!["1980-01-02", "1980-01-02", "Jane"],
            ),
            ("('a' || chr(10) || 'b', concat('c','d'), f('e','g'))", false, vec!["ab", "cd", "e g"]),
            ("(now(), nextval('s'), 1 + 2)", false, vec!["now()", "s", "1 + 2"]),
            ("(q'[it's]', $$it's$$, $t$a$$b$t$)", false, vec!["it's", "it's", "a$$b"]),
            ("(1, -- two\n 'x' /* y */, 3)", false, vec!["1", "x", "3"]),
            ("()", false, vec![]),
        ] {
            assert_eq!(
                row(text, backslash).as_deref(),
                Some(&wanted.iter().map(|x| x.to_string()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
        for text in ["(1,'a", "(1;2)", "(1,(2)", "("] {
            assert_eq!(row(text, false), None, "{text}");
        }
    }

    #[test]
    fn lines_of_copy_are_unescaped() {
        let text = b"1\tJane\\tDoe\t\\N\t\tC:\\\\x\\101\\x41";
        let mut values = Vec::new();
        assert!(read_copied(text, 0..text.len(), &mut values));
        let source = Source { bytes: text, at_end: true, backslash: false };
        let said = |value: &Value| {
            let mut text = Vec::new();
            value.append_to(&source, &mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(values.iter().map(said).collect::<Vec<_>>(), ["1", "Jane\tDoe", "", "", "C:\\xAA"]);
    }

    #[test]
    fn the_end_of_a_row_is_found_in_pieces() {
        let text = br"(1,'a)\'b''(',f(2)),(3)";
        for size in 1..text.len() {
            let (mut end, mut before, mut found) = (RowEnd::default(), 0, None);
            for piece in text.chunks(size) {
                found = end.find(piece, true).map(|at| before + at);
                if found.is_some() {
                    break;
                }
                before += piece.len();
            }
            assert_eq!(found, Some(19), "{size}");
        }
    }
}
