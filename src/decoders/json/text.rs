//! The text of JSON strings: escapes resolved, invalid ones replaced, nothing lost.

use memchr::memchr;

/// Appends the text of a string's raw content (between its quotes) to `output`. Escapes that are not JSON stay as they
/// stand; a surrogate without its partner becomes U+FFFD.
pub fn unescape(raw: &[u8], output: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(backslash) = memchr(b'\\', rest) {
        output.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        let Some((&escape, after)) = rest.split_first() else {
            output.push(b'\\');
            return;
        };
        rest = after;
        match escape {
            b'"' | b'\\' | b'/' => output.push(escape),
            b'n' => output.push(b'\n'),
            b't' => output.push(b'\t'),
            b'r' => output.push(b'\r'),
            b'b' => output.push(8),
            b'f' => output.push(12),
            b'u' => rest = unicode(rest, output),
            other => output.extend_from_slice(&[b'\\', other]),
        }
    }
    output.extend_from_slice(rest);
}

/// Resolves what follows `\u`, and returns what comes after it.
fn unicode<'a>(rest: &'a [u8], output: &mut Vec<u8>) -> &'a [u8] {
    let Some(first) = hexadecimal(rest) else {
        push_char(char::REPLACEMENT_CHARACTER, output);
        return rest;
    };
    let after = &rest[4..];
    if (0xD800..0xDC00).contains(&first)
        && let Some(low) = after.strip_prefix(b"\\u").and_then(hexadecimal)
        && (0xDC00..0xE000).contains(&low)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00);
        push_char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), output);
        return &after[6..];
    }
    push_char(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), output);
    after
}

fn hexadecimal(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.iter().try_fold(0, |code, &byte| Some(code << 4 | (byte as char).to_digit(16)?))
}

fn push_char(character: char, output: &mut Vec<u8>) {
    output.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The text of a raw string as owned text.
pub fn unescaped(raw: &[u8]) -> String {
    let mut output = Vec::with_capacity(raw.len());
    unescape(raw, &mut output);
    String::from_utf8_lossy(&output).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (raw, expected) in [
            (r#"a\"b\\c\/d\n"#, "a\"b\\c/d\n"),
            (r"\u00e9\ud83d\ude00", "\u{e9}\u{1f600}"),
            (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\uZZ12\q", "\u{fffd}ZZ12\\q"),
            (r"\u12", "\u{fffd}12"),
        ] {
            assert_eq!(unescaped(raw.as_bytes()), expected, "{raw}");
        }
    }
}
