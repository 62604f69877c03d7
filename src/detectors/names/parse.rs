//! The words of a name as they are written: capital letters, initials, apostrophes, hyphens, particles, suffixes.
//!
//! Knows letters only, no lists.

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One capital letter.
    Initial,
    /// `Okafor`, `McDonald`, `O'Brien`.
    Title,
    /// `OKAFOR`.
    Capitals,
}

/// One word of a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) shape: Shape,
}

const PARTICLES: [&[u8]; 15] = [
    b"de", b"la", b"del", b"della", b"da", b"di", b"dos", b"du", b"van", b"von", b"der", b"den", b"ter", b"las", b"los",
];

pub(super) fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0xc3
}

fn is_letter_or_rest(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// The word that begins at `start` with a capital, if it is written as names are.
pub(super) fn part(text: &[u8], start: usize) -> Option<Part> {
    const MAX_WORD: usize = 40;
    let first = *text.get(start)?;
    if !first.is_ascii_uppercase() && first < 0xc3 {
        return None;
    }
    let (mut end, mut lower, mut upper, mut after_mark) = (start, 0, 0, true);
    let mut camel = 0;
    while let Some(byte) = text.get(end).copied() {
        if end - start > MAX_WORD {
            return None;
        }
        if byte.is_ascii_uppercase() {
            camel += usize::from(!after_mark && lower > 0);
            upper += 1;
            after_mark = false;
        } else if is_letter_or_rest(byte) {
            lower += usize::from(byte.is_ascii_lowercase());
            after_mark = false;
        } else if joins(text, start, end) {
            after_mark = true;
        } else {
            break;
        }
        end += 1;
    }
    if text.get(end).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let length = end - start;
    let shape = match (length, lower, upper) {
        (1, ..) => Shape::Initial,
        (_, 0, _) => Shape::Capitals,
        // One hump within a short beginning: McDonald, DeShawn, LaToya.
        _ if camel == 0 || (camel == 1 && has_short_hump(&text[start..end])) => Shape::Title,
        _ => return None,
    };
    Some(Part { start, end, shape })
}

fn has_short_hump(word: &[u8]) -> bool {
    word.iter().skip(1).position(u8::is_ascii_uppercase).is_some_and(|place| place < 3)
}

/// Whether a mark between two letters belongs to the word: `O'Brien`, `Mary-Ann`, but not the `'s` of a possessive.
fn joins(text: &[u8], start: usize, at: usize) -> bool {
    let next = text.get(at + 1).copied().unwrap_or(b' ');
    let after = text.get(at + 2).copied().unwrap_or(b' ');
    match text[at] {
        b'\'' => at > start && is_letter(next) && (is_letter(after) || after == b'-'),
        b'-' => {
            at > start
                && is_letter(after)
                && (next.is_ascii_uppercase() || is_syllable(&text[start..at], &text[at + 1..]))
        }
        _ => false,
    }
}

/// Whether two syllables make a given name, the second in small letters: `Hye-jin`.
fn is_syllable(first: &[u8], rest: &[u8]) -> bool {
    let length = rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    (2..=5).contains(&first.len())
        && (2..=5).contains(&length)
        && rest.get(length).is_none_or(|byte| matches!(byte, b' ' | b',' | b'.' | b'\n'))
}

/// The next word of the name after one space, with particles before it.
pub(super) fn next_part(text: &[u8], end: usize) -> Option<Part> {
    let mut at = end;
    if text.get(at) != Some(&b' ') {
        return None;
    }
    if text[at + 1..].get(..3).is_some_and(|saint| saint.eq_ignore_ascii_case(b"st."))
        && text.get(at + 4) == Some(&b' ')
    {
        at += 4;
    }
    for _ in 0..3 {
        let word = &text[at + 1..];
        let length = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let is_particle = PARTICLES.iter().any(|particle| particle.eq_ignore_ascii_case(&word[..length]));
        // The last part is none, whatever its case: `Ada Van`.
        let goes_on = word.get(length) == Some(&b' ')
            && word
                .get(length + 1)
                .is_some_and(|byte| byte.is_ascii_uppercase() || word[0].is_ascii_lowercase() || is_letter(*byte));
        if !is_particle || !goes_on {
            break;
        }
        at += 1 + length;
    }
    part(text, at + 1)
}

/// What the byte behind a word lets follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// Another word of a name may: ` B`, `, B`, ` de la`.
    Word,
    /// The other part of the name stands behind a separator of messages or rows.
    Separated,
    /// Nothing of a name.
    Other,
}

/// What may follow a word that ends at `end`, by the next bytes alone.
pub(super) fn follows(text: &[u8], end: usize) -> Follows {
    let begins = |at: usize| text.get(at).is_some_and(|byte| byte.is_ascii_uppercase() || *byte >= 0xc3);
    match text.get(end) {
        Some(b' ') if begins(end + 1) => Follows::Word,
        Some(b' ') if matches!(text.get(end + 1), Some(b'd' | b'l' | b'v' | b't')) => Follows::Word,
        Some(b',') if begins(end + 1) || (text.get(end + 1) == Some(&b' ') && begins(end + 2)) => Follows::Word,
        Some(b'^' | b'*') if begins(end + 1) => Follows::Separated,
        Some(b'\'' | b'"') if text.get(end + 1) == Some(&b',') => Follows::Separated,
        _ => Follows::Other,
    }
}

/// The other part of a name behind a separator: the same stands before the first part, or a quotation mark opens both.
pub(super) fn part_after_separator(text: &[u8], first: Part) -> Option<Part> {
    let separator = *text.get(first.end)?;
    let before = first.start.checked_sub(1).map(|at| text[at]);
    if matches!(separator, b'^' | b'*') {
        // The name of a segment: `PER*IP*`.
        if separator == b'*' && before.is_none_or(|before| matches!(before, b'\n' | b'~')) {
            return None;
        }
        let quotes = |before| matches!(before, b'[' | b'`' | b'"' | b'\'' | b'(' | b'=' | b'\n' | b'\t');
        let begins = before
            .is_none_or(|before| matches!(before, b'|' | b'^' | b'*' | b' ') || (separator == b'^' && quotes(before)));
        let second = begins.then(|| part(text, first.end + 1)).flatten()?;
        // `DURHAM^NC^27711`
        let is_state = second.end - second.start == 2
            && text.get(second.end) == Some(&separator)
            && text.get(second.end + 1).is_some_and(u8::is_ascii_digit);
        return (!is_state).then_some(second);
    }
    let gap = first.end + 2 + usize::from(text.get(first.end + 2) == Some(&b' '));
    let is_quoted = before == Some(separator) && text.get(gap) == Some(&separator);
    (is_quoted && matches!(separator, b'\'' | b'"')).then(|| part(text, gap + 1)).flatten()
}

/// What sets cells of a row apart, without blanks.
fn is_border(byte: Option<u8>) -> bool {
    matches!(byte, Some(b',' | b'|' | b'\t' | b';'))
}

/// The word that fills the next cell, where `first` fills one: `,Ada,Okafor,`.
pub(super) fn part_in_next_cell(text: &[u8], first: Part) -> Option<Part> {
    let border = text.get(first.end).copied();
    let before = first.start.checked_sub(1).map(|at| text[at]);
    if !is_border(border) || (before.is_some() && before != border) {
        return None;
    }
    part(text, first.end + 1).filter(|next| text.get(next.end).is_none_or(|byte| Some(*byte) == border))
}

/// The word that fills the cell before.
pub(super) fn part_in_cell_before(text: &[u8], second: Part) -> Option<Part> {
    let border = second.start.checked_sub(1).map(|at| text[at]);
    if !is_border(border) || text.get(second.end).is_some_and(|byte| Some(*byte) != border) {
        return None;
    }
    let first = part_ending_at(text, second.start - 1)?;
    let before = first.start.checked_sub(1).map(|at| text[at]);
    (before.is_none() || before == border).then_some(first)
}

/// The other part of a name before a separator: `OKAFOR*` or `'Okafor', '`.
pub(super) fn part_before_separator(text: &[u8], second: Part) -> Option<Part> {
    let before = text.get(..second.start)?;
    let end = match before.last()? {
        b'*' => second.start - 1,
        quote @ (b'\'' | b'"') => {
            let before = before[..before.len() - 1].trim_ascii_end().strip_suffix(b",")?;
            before.strip_suffix(&[*quote])?.len()
        }
        _ => return None,
    };
    // The name of a segment: `~REF*SY*`.
    let is_segment = |part: &Part| part.start == 0 || matches!(text[part.start - 1], b'\n' | b'~');
    part_ending_at(text, end).filter(|part| text[end] != b'*' || !is_segment(part))
}

fn part_ending_at(text: &[u8], end: usize) -> Option<Part> {
    let is_part = |byte: u8| is_letter_or_rest(byte) || byte == b'-';
    const MOST: usize = 64;
    let near = &text[end.saturating_sub(MOST)..end];
    let length = near.iter().rev().take_while(|byte| is_part(**byte)).count();
    // What is longer is no name.
    let begin = (length < MOST || end == MOST).then(|| end - length)?;
    part(text, begin).filter(|part| part.end == end && part.end - part.start > 2)
}

/// The next word of the name, behind an initial if there is one.
pub(super) fn next_after_initial(text: &[u8], end: usize) -> Option<Part> {
    let next = next_part(text, end)?;
    if next.shape != Shape::Initial {
        return Some(next);
    }
    next_part(text, next.end + usize::from(text.get(next.end) == Some(&b'.')))
}

/// Whether the word that begins here is written in capitals.
pub(super) fn is_in_capitals(text: &[u8], start: usize) -> bool {
    part(text, start).is_some_and(|part| part.shape == Shape::Capitals)
}

/// The capitalised word right before `start`, one space away.
pub(super) fn part_before(text: &[u8], start: usize) -> Option<Part> {
    part_ending_at(text, start.checked_sub(1)?)
}

/// Where an initial begins that stands right before `start`, if one does: of `V. ` in `Ada V. Okafor`.
pub(super) fn before_initial(text: &[u8], start: usize) -> usize {
    match text[..start] {
        [.., b' ', initial, b'.', b' '] if initial.is_ascii_uppercase() => start - 3,
        [.., b' ', initial, b' '] if initial.is_ascii_uppercase() => start - 2,
        _ => start,
    }
}

/// Where the initials begin, the last of which begins at `start`: of `R. J. ` in `R. J. Okafor`.
pub(super) fn first_initial(text: &[u8], start: usize) -> usize {
    const MOST: usize = 2;
    let mut first = start;
    // `Mail to: P. O. Box 12`
    if text[start..].get(3..6).is_some_and(|word| word.eq_ignore_ascii_case(b"box")) {
        return start;
    }
    for _ in 0..MOST {
        let before = text[..first].strip_suffix(b" ").unwrap_or(&text[..first]);
        match before {
            // Points of the compass are those of a street.
            [.., other, b'N' | b'S', b'.'] if !is_letter_or_rest(*other) && matches!(text[first], b'E' | b'W') => break,
            [.., other, initial, b'.'] if initial.is_ascii_uppercase() && !is_letter_or_rest(*other) => {
                first = before.len() - 2;
            }
            [initial, b'.'] if initial.is_ascii_uppercase() => first = 0,
            _ => break,
        }
    }
    first
}

/// The end with a suffix such as `Jr.` or `III`.
pub(super) fn suffix(text: &[u8], end: usize) -> usize {
    let comma = usize::from(text.get(end) == Some(&b','));
    let Some(rest) = text.get(end + comma..).and_then(|rest| rest.strip_prefix(b" ")) else { return end };
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if matches!(&rest[..length], b"Jr" | b"JR" | b"Sr" | b"SR" | b"II" | b"III" | b"IV") {
        end + comma + 1 + length
    } else {
        end
    }
}

/// Whether another capitalised word or a part of an identifier follows at once.
pub(super) fn goes_on(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        Some(b' ') => text.get(end + 1).is_some_and(u8::is_ascii_uppercase),
        Some(byte) => matches!(byte, b'_' | b'/' | b'@' | b'(' | b'=' | b'\\' | b'-'),
        None => false,
    }
}
